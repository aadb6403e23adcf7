/* SPDX-License-Identifier: MIT */
/* Rewrites that follow flows: translation of addresses, numbers and texts, answers in others' names, conditions. */
#include "rewrite_play.h"

#define TS_A      "0101080a0000000100000002"
#define TS_B      "0101080a0000000b0000000c"
#define CAP       "1e0c018154f04ad5bd2d9f42"
#define KEYS      "1e14018100000000000000010000000000000002"
#define DATA_KEYS "1e1601810000000000000001000000000000000200040101"
#define DSS       "1e14200c00000000000000050000000100041234"
#define A         MS_TH_ACK
#define S         MS_TH_SYN

static const char *addr_text(const struct ms_addr *a)
{
    static char text[46];
    return ms_addr_text(a, text);
}

#define TX MS_DIR_TX
#define RX MS_DIR_RX

START_TEST(nat)
{
    static const char *const outside[2] = {"192.0.2.9", "2001:db8:9::9"};
    static const char *const inside[2] = {"10.0.0.1", "2001:db8::1"};
    for (unsigned six = 0; six < 2; six++) {
        struct play p;
        char text[64];
        uint8_t frame[2048];
        struct ms_opt opts[MS_OPTS_MAX];
        snprintf(text, sizeof text, "up nat %s", outside[six]);
        play_open(&p, text);
        p.six = six != 0;
        play_send(&p, TX, S, 100, 0, CAP, "");
        ck_assert_str_eq(addr_text(&play_got(&p, 0)->src), outside[six]);
        UNIT_NUM_EQ(p.seg.sport, 1000);
        /* The answer goes to the outside address, and reaches the inside one. */
        struct ms_seg s = play_seg(&p, RX, S | A, 900, 101, CAP, "", opts);
        ms_addr_parse(outside[six], &s.dst);
        play_frame(&p, RX, frame, play_encode(&s, frame, sizeof frame));
        ck_assert_str_eq(addr_text(&play_got(&p, 1)->dst), inside[six]);
        /* Somebody outside begins: with addresses alone the box knows for whom that is. */
        s = play_seg(&p, RX, S, 5, 0, CAP, "", opts);
        ms_addr_parse(outside[six], &s.dst);
        s.dport = 2222;
        play_frame(&p, RX, frame, play_encode(&s, frame, sizeof frame));
        ck_assert_str_eq(addr_text(&play_got(&p, 2)->dst), inside[six]);
        UNIT_NUM_EQ(p.seg.dport, 2222);
        s = play_seg(&p, TX, S | A, 7, 6, CAP, "", opts);
        s.sport = 2222;
        play_frame(&p, TX, frame, play_encode(&s, frame, sizeof frame));
        ck_assert_str_eq(addr_text(&play_got(&p, 3)->src), outside[six]);
        UNIT_NUM_EQ(ms_chain_acted(p.row), 4);
        play_close(&p);
    }
}
END_TEST

/* ARP and neighbour discovery: the inside host is known outside by the outside address. */
START_TEST(nat_neighbours)
{
    static const char *const outside[2] = {"192.0.2.9", "2001:db8:9::9"};
    static const char *const inside[2] = {"10.0.0.1", "2001:db8::1"};
    static const char *const peer[2] = {"10.0.0.2", "2001:db8::2"};
    static const uint8_t host[6] = {2, 0, 0, 0, 0, 1}, router[6] = {2, 0, 0, 0, 0, 2};
    static const uint8_t everyone[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    for (unsigned six = 0; six < 2; six++) {
        struct play p;
        char text[64];
        uint8_t frame[128];
        size_t len = 0;
        struct ms_seg seg;
        struct ms_opt opts[MS_OPTS_MAX];
        struct ms_neigh n = {.request = true}, got;
        snprintf(text, sizeof text, "up nat %s", outside[six]);
        play_open(&p, text);

        /* Who asks inside becomes the outside address. */
        ms_addr_parse(inside[six], &n.sender);
        ms_addr_parse(peer[six], &n.target);
        ms_neigh_encode(&n, host, everyone, frame, sizeof frame, &len);
        play_frame(&p, TX, frame, len);
        const enum ms_frame_kind asks =
            ms_frame_decode(p.out[0].frame, p.out[0].len, &seg, opts, &got);
        ck_assert(asks == (six ? MS_FRAME_NS : MS_FRAME_ARP) && got.request);
        ck_assert_str_eq(addr_text(&got.sender), outside[six]);
        ck_assert_str_eq(addr_text(&got.target), peer[six]);
        unit_octets_eq("asking MAC", got.sender_mac, 6, host, 6);

        /* Who asks outside for the outside address asks the inside host. */
        ms_addr_parse(peer[six], &n.sender);
        ms_addr_parse(outside[six], &n.target);
        ms_neigh_encode(&n, router, everyone, frame, sizeof frame, &len);
        play_frame(&p, RX, frame, len);
        ms_frame_decode(p.out[1].frame, p.out[1].len, &seg, opts, &got);
        ck_assert(got.request);
        ck_assert_str_eq(addr_text(&got.sender), peer[six]);
        ck_assert_str_eq(addr_text(&got.target), inside[six]);

        /* Whose answer is the outside address's. */
        got.request = false;
        ms_neigh_encode(&got, host, router, frame, sizeof frame, &len);
        play_frame(&p, TX, frame, len);
        ms_frame_decode(p.out[2].frame, p.out[2].len, &seg, opts, &got);
        ck_assert(!got.request);
        ck_assert_str_eq(addr_text(&got.sender), outside[six]);
        unit_octets_eq("answering MAC", got.sender_mac, 6, host, 6);
        unit_octets_eq("to", p.out[2].frame, 6, router, 6);

        /* The answer to the inside host's question comes to its own address. */
        struct ms_neigh a = {.request = false};
        ms_addr_parse(outside[six], &a.sender);
        ms_addr_parse(peer[six], &a.target);
        ms_neigh_encode(&a, router, host, frame, sizeof frame, &len);
        play_frame(&p, RX, frame, len);
        ms_frame_decode(p.out[3].frame, p.out[3].len, &seg, opts, &got);
        ck_assert_str_eq(addr_text(&got.target), inside[six]);
        ck_assert_str_eq(addr_text(&got.sender), peer[six]);
        unit_octets_eq("router", got.sender_mac, 6, router, 6);
        play_close(&p);
    }
}
END_TEST

START_TEST(napt)
{
    struct play p;
    uint8_t frame[2048];
    struct ms_opt opts[MS_OPTS_MAX];
    play_open(&p, "up napt 192.0.2.9 5000");
    for (unsigned i = 0; i < 3; i++) {
        p.sport = (uint16_t)(1000 + i);
        play_send(&p, TX, S, 100, 0, CAP, "");
        UNIT_NUM_EQ(play_got(&p, i)->sport, 5000 + i);
    }
    for (unsigned i = 0; i < 3; i++) {
        struct ms_seg s = play_seg(&p, RX, S | A, 900, 101, CAP, "", opts);
        ms_addr_parse("192.0.2.9", &s.dst);
        s.dport = (uint16_t)(5000 + i);
        play_frame(&p, RX, frame, play_encode(&s, frame, sizeof frame));
        ck_assert_str_eq(addr_text(&play_got(&p, 3 + i)->dst), "10.0.0.1");
        UNIT_NUM_EQ(p.seg.dport, 1000 + i);
    }
    /* A port that nobody inside has: nobody gets it. */
    struct ms_seg s = play_seg(&p, RX, S, 900, 0, CAP, "", opts);
    ms_addr_parse("192.0.2.9", &s.dst);
    s.dport = 5003;
    play_frame(&p, RX, frame, play_encode(&s, frame, sizeof frame));
    UNIT_NUM_EQ(p.n, 6);
    /* The same flow keeps its port, another connection on the same ports gets the next. */
    play_send(&p, TX, A, 101, 901, "", "x");
    UNIT_NUM_EQ(play_got(&p, 6)->sport, 5002);
    play_send(&p, TX, S, 77, 0, CAP, "");
    UNIT_NUM_EQ(play_got(&p, 7)->sport, 5004);
    play_close(&p);
}
END_TEST

START_TEST(nat_of_one_subflow)
{
    struct play p;
    play_open(&p, "up nat 192.0.2.9 when subflow 2");
    play_send(&p, TX, S, 100, 0, CAP, "");
    p.sport = 1001;
    play_send(&p, TX, S, 200, 0, CAP, "");
    ck_assert_str_eq(addr_text(&play_got(&p, 0)->src), "10.0.0.1");
    ck_assert_str_eq(addr_text(&play_got(&p, 1)->src), "192.0.2.9");
    play_close(&p);
}
END_TEST

/* A receiver's SACK block for 50 octets beyond `ack`, among timestamps. */
static const char *sack(uint32_t from)
{
    static char hex[64];
    snprintf(hex, sizeof hex, "0101050a%08x%08x", from, from + 50);
    return hex;
}

START_TEST(isn)
{
    static const struct {
        const char *name;
        uint32_t ack, sack,
            ssn; /* what the sender's side sees of ACK 151 and SACK 200, the other of SSN 1 */
    } table[] = {
        {"isn", 151, 200, 1},
        {"isn_wrong_ack", 1151, 200, 1},
        {"isn_wrong_sack", 151, 1200, 1},
        {"isn_wrong_ssn", 151, 200, 1001},
    };
    for (size_t i = 0; i < 2 * MS_ARRAY_LEN(table); i++) {
        struct play p;
        char text[32];
        snprintf(text, sizeof text, "up %s 1000", table[i / 2].name);
        play_open(&p, text);
        p.six = i % 2 != 0;
        play_send(&p, TX, S, 100, 0, CAP, "");
        UNIT_NUM_EQ(play_got(&p, 0)->seq, 1100);
        play_send(&p, RX, S | A, 900, 1101, CAP, "");
        UNIT_NUM_EQ(play_got(&p, 1)->seq, 900);
        UNIT_NUM_EQ(p.seg.ack, table[i / 2].ack == 151 ? 101 : 1101);
        play_send(&p, TX, A, 101, 901, DSS, "data");
        UNIT_NUM_EQ(play_got(&p, 2)->seq, 1101);
        UNIT_NUM_EQ(p.seg.ack, 901);
        UNIT_NUM_EQ(ms_seg_mp(&p.seg, MPTCP_SUB_DSS)->mp.ssn, table[i / 2].ssn);
        play_send(&p, RX, A, 901, 1151, sack(1200), "");
        UNIT_NUM_EQ(play_got(&p, 3)->ack, table[i / 2].ack);
        UNIT_NUM_EQ(ms_get32(p.opts[2].raw + 2), table[i / 2].sack);
        UNIT_NUM_EQ(ms_get32(p.opts[2].raw + 6), table[i / 2].sack + 50);
        /* A repeated SYN is shifted likewise; a flow whose SYN was not seen is left alone. */
        play_send(&p, TX, S, 100, 0, CAP, "");
        UNIT_NUM_EQ(play_got(&p, 4)->seq, 1100);
        p.sport = 4000;
        play_send(&p, TX, A, 101, 901, "", "x");
        UNIT_NUM_EQ(play_got(&p, 5)->seq, 101);
        play_close(&p);
    }
}
END_TEST

START_TEST(isn_by_chance)
{
    struct play p;
    play_open(&p, "any isn");
    play_send(&p, TX, S, 100, 0, CAP, "");
    const uint32_t up = play_got(&p, 0)->seq - 100;
    play_send(&p, RX, S | A, 900, 101 + up, CAP, "");
    const uint32_t down = play_got(&p, 1)->seq - 900;
    ck_assert(up != 0 && down != 0 && up != down);
    UNIT_NUM_EQ(p.seg.ack, 101);
    play_send(&p, TX, A, 101, 901 + down, "", "x");
    UNIT_NUM_EQ(play_got(&p, 2)->seq, 101 + up);
    UNIT_NUM_EQ(p.seg.ack, 901);
    play_close(&p);
}
END_TEST

/* Grows by three, shrinks by three: numbers of both sides before, in and behind the text; what is sent again. */
START_TEST(alg)
{
    static const struct {
        const char *text, *sent, *got;
        int by;
    } table[] = {
        {"up alg 'abc' 'ABCDEF'", "xxabcyy", "xxABCDEFyy", 3},
        {"up alg 'abcdef' 'ABC'", "xxabcdefyy", "xxABCyy", -3},
        {"up alg 'abc' 0x414243", "xxabcyy", "xxABCyy", 0},
        {"up alg 'b' 'BB'", "abab", "aBBaBB", 2},
    };
    for (size_t i = 0; i < 2 * MS_ARRAY_LEN(table); i++) {
        const char *sent = table[i / 2].sent, *want = table[i / 2].got;
        const uint32_t n = (uint32_t)strlen(sent), by = (uint32_t)table[i / 2].by;
        struct play p;
        play_open(&p, table[i / 2].text);
        p.six = i % 2 != 0;
        play_handshake(&p, CAP, KEYS);
        p.n = 0;
        play_send(&p, TX, A, 101, 901, DSS, "first:");
        play_send(&p, TX, A | MS_TH_PSH, 107, 901, DSS, sent);
        play_send(&p, TX, A, 107 + n, 901, DSS, "later.");
        play_payload_eq(&p, 0, "first:");
        UNIT_NUM_EQ(p.seg.seq, 101);
        play_payload_eq(&p, 1, want);
        UNIT_NUM_EQ(p.seg.seq, 107);
        play_options_eq(&p, 1, DSS); /* the mapping is as it was, and so wrong */
        play_payload_eq(&p, 2, "later.");
        UNIT_NUM_EQ(p.seg.seq, 107 + n + by);
        /* The receiver's numbers, as the sender knows them. */
        play_send(&p, RX, A, 901, 107, sack(113 + n + by), "");
        UNIT_NUM_EQ(play_got(&p, 3)->ack, 107);
        UNIT_NUM_EQ(ms_get32(p.opts[2].raw + 2), 113 + n);
        play_send(&p, RX, A, 901, 107 + n + by, "", "");
        UNIT_NUM_EQ(play_got(&p, 4)->ack, 107 + n);
        play_send(&p, RX, A, 901, 113 + n + by, "", "");
        UNIT_NUM_EQ(play_got(&p, 5)->ack, 113 + n);
        /* Sent again in one piece, and from the middle of it: the receiver's stream is the same. */
        char all[32], whole[32];
        snprintf(all, sizeof all, "first:%s", sent);
        snprintf(whole, sizeof whole, "first:%s", want);
        play_send(&p, TX, A, 101, 901, DSS, all);
        play_payload_eq(&p, 6, whole);
        for (uint32_t at = 1; at < n; at++) {
            const unsigned k = p.n;
            char head[32];
            snprintf(head, sizeof head, "%.*s", (int)at, sent);
            play_send(&p, TX, A, 107, 901, DSS, head);
            play_send(&p, TX, A, 107 + at, 901, DSS, sent + at);
            char joined[32] = "";
            const struct ms_seg *s = play_got(&p, k);
            UNIT_NUM_EQ(s->seq, 107);
            memcpy(joined, s->payload, s->payload_len);
            const size_t first = s->payload_len;
            s = play_got(&p, k + 1);
            UNIT_NUM_EQ(s->seq, 107 + first);
            memcpy(joined + first, s->payload, s->payload_len);
            ck_assert_str_eq(joined, want);
        }
        play_close(&p);
    }
}
END_TEST

START_TEST(alg_leaves_alone)
{
    static char big[8961];
    struct play p;
    play_open(&p, "up alg 'abc' 'ABCDEF' when data nth 2");
    play_handshake(&p, CAP, KEYS);
    p.n = 0;
    play_send(&p, TX, A, 101, 901, "", "1 abc"); /* not selected */
    play_send(&p, TX, A, 106, 901, "", "2 abc");
    play_send(&p, TX, A, 101, 901, "", "1 abc2 abc"); /* again: the first stays as it was */
    play_send(&p, RX, A, 901, 111, "", "abc");        /* the other direction */
    play_payload_eq(&p, 0, "1 abc");
    play_payload_eq(&p, 1, "2 ABCDEF");
    play_payload_eq(&p, 2, "1 abc2 ABCDEF");
    play_payload_eq(&p, 3, "abc");
    play_close(&p);
    /* A text that has no room: packets do not grow beyond what links carry. */
    memset(big, 'x', sizeof big - 1);
    memcpy(big, "abc", 3);
    play_open(&p, "up alg 'abc' 'ABCDEF'");
    play_send(&p, TX, A, 101, 901, "", big);
    play_payload_eq(&p, 0, big);
    play_close(&p);
}
END_TEST

START_TEST(ftp_port)
{
    static const struct {
        const char *text, *sent, *got;
    } table[] = {
        {"up ftp_port 192.0.2.9 2000", "PORT 10,0,0,1,4,1\r\n", "PORT 192,0,2,9,7,208\r\n"},
        {"up ftp_port 1.2.3.4 1", "PORT 130,104,230,45,200,100\r\n", "PORT 1,2,3,4,0,1\r\n"},
        {"up ftp_port 192.0.2.9 2000", "EPRT |1|10.0.0.1|1025|\r\n", "EPRT |1|192.0.2.9|2000|\r\n"},
        {"up ftp_port 2001:db8::9 80", "EPRT |2|::1|1025|\r\n", "EPRT |2|2001:db8::9|80|\r\n"},
        {"up ftp_port 2001:db8::9 80", "PORT 1,2,3,4,5,6\r\n", "PORT 1,2,3,4,5,6\r\n"},
        {"up ftp_port 192.0.2.9 2000", "XPORT 1,2,3,4,5,6\r\n", "XPORT 1,2,3,4,5,6\r\n"},
        {"up ftp_port 192.0.2.9 2000", "PORT 1,2,3", "PORT 1,2,3"},
        {"up ftp_port 1.1.1.1 257", "NOOP\r\nPORT 1,2,3,4,5,6\r\n", "NOOP\r\nPORT 1,1,1,1,1,1\r\n"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct play p;
        play_open(&p, table[i].text);
        const uint32_t n = (uint32_t)strlen(table[i].sent), m = (uint32_t)strlen(table[i].got);
        play_send(&p, TX, A, 101, 901, DSS, table[i].sent);
        play_payload_eq(&p, 0, table[i].got);
        play_send(&p, TX, A, 101 + n, 901, DSS, "QUIT");
        UNIT_NUM_EQ(play_got(&p, 1)->seq, 101 + m);
        play_send(&p, RX, A, 901, 105 + m, "", "");
        UNIT_NUM_EQ(play_got(&p, 2)->ack, 105 + n);
        play_close(&p);
    }
}
END_TEST

START_TEST(proxy)
{
    for (unsigned i = 0; i < 4; i++) {
        const bool copied = i % 2 != 0;
        struct play p;
        play_open(&p, copied ? "up proxy_ack_copied" : "up proxy_ack");
        p.six = i >= 2;
        play_handshake(&p, CAP, KEYS);
        p.n = 0;
        play_send(&p, TX, A, 101, 901, TS_A, "data"); /* the receiver's window is not known yet */
        UNIT_NUM_EQ(p.n, 1);
        play_send(&p, RX, A, 901, 105, TS_B DSS, "");
        play_send(&p, TX, A, 105, 901, TS_A DSS, "more");
        UNIT_NUM_EQ(p.n, 4);
        play_payload_eq(&p, 2, "more");
        UNIT_NUM_EQ(p.out[2].dir, TX);
        UNIT_NUM_EQ(p.out[3].dir, RX);
        const struct ms_seg *s = play_got(&p, 3);
        UNIT_NUM_EQ(s->ack, 109);
        UNIT_NUM_EQ(s->seq, 901);
        UNIT_NUM_EQ(s->flags, A);
        UNIT_NUM_EQ(s->win, 512 - 4); /* the end of the window stays where it was */
        UNIT_NUM_EQ(s->sport, 80);
        UNIT_NUM_EQ(s->payload_len, 0);
        UNIT_NUM_EQ(ms_seg_has_mptcp(s), copied);
        /* The receiver's clock, the sender's echoed. */
        UNIT_NUM_EQ(ms_seg_opt(s, MS_TCPOPT_TS)->tsval, 11);
        UNIT_NUM_EQ(ms_seg_opt(s, MS_TCPOPT_TS)->tsecr, 1);
        unit_octets_eq("to whom", p.out[3].frame, 6, p.out[2].frame + 6, 6);
        /* Beyond a hole nothing is acknowledged; what fills it is, and what was sent again. */
        play_send(&p, TX, A, 120, 901, "", "late");
        UNIT_NUM_EQ(p.n, 5);
        play_send(&p, TX, A, 101, 901, "", "data");
        UNIT_NUM_EQ(play_got(&p, 6)->ack, 109);
        play_close(&p);
    }
}
END_TEST

START_TEST(resets)
{
    for (unsigned six = 0; six < 2; six++) {
        struct play p;
        play_open(&p, "up reset when data");
        p.six = six != 0;
        play_send(&p, TX, A, 101, 901, DSS, "data");
        UNIT_NUM_EQ(p.n, 1);
        UNIT_NUM_EQ(p.out[0].dir, RX);
        UNIT_NUM_EQ(play_got(&p, 0)->seq, 901);
        UNIT_NUM_EQ(p.seg.ack, 105);
        UNIT_NUM_EQ(p.seg.flags, MS_TH_RST | A);
        UNIT_NUM_EQ(p.seg.n_opt, 0);
        play_send(&p, TX, MS_TH_RST, 101, 0, "", "x"); /* no RST for a RST */
        UNIT_NUM_EQ(p.n, 2);
        play_close(&p);

        play_open(&p, "up reset_both");
        p.six = six != 0;
        play_send(&p, TX, S, 100, 0, CAP, "");
        UNIT_NUM_EQ(p.n, 2);
        UNIT_NUM_EQ(p.out[0].dir, TX);
        UNIT_NUM_EQ(play_got(&p, 0)->flags, MS_TH_RST | A);
        UNIT_NUM_EQ(p.seg.seq, 100);
        UNIT_NUM_EQ(p.seg.n_opt, 0);
        UNIT_NUM_EQ(p.out[1].dir, RX);
        UNIT_NUM_EQ(play_got(&p, 1)->seq, 0);
        UNIT_NUM_EQ(p.seg.ack, 101);
        play_close(&p);
    }
}
END_TEST

START_TEST(keepalive)
{
    struct play p;
    play_open(&p, "up keepalive when data");
    play_send(&p, TX, A | MS_TH_PSH, 101, 901, TS_A DSS, "data");
    UNIT_NUM_EQ(p.n, 2);
    play_payload_eq(&p, 0, "data");
    play_payload_eq(&p, 1, "");
    UNIT_NUM_EQ(p.seg.seq, 104);
    UNIT_NUM_EQ(p.seg.flags, A);
    ck_assert(!ms_seg_has_mptcp(&p.seg) && ms_seg_opt(&p.seg, MS_TCPOPT_TS) != NULL);
    play_close(&p);
}
END_TEST

START_TEST(idle)
{
    struct play p;
    play_open(&p, "up idle 100ms");
    play_send(&p, TX, A, 1, 1, "", "");
    p.now += 100 * 1000000;
    play_send(&p, RX, A, 1, 1, "", "");
    p.now += 100 * 1000000;
    play_send(&p, TX, A, 1, 1, "", "");
    UNIT_NUM_EQ(p.n, 3);
    p.now += 101 * 1000000;
    play_send(&p, TX, A, 1, 1, "", "");
    play_send(&p, RX, A, 1, 1, "", "");
    UNIT_NUM_EQ(p.n, 3);
    p.sport++;
    play_send(&p, TX, A, 1, 1, "", ""); /* another one */
    UNIT_NUM_EQ(p.n, 4);
    p.sport--;
    play_send(&p, TX, S, 50, 0, "", ""); /* a new connection on the same ports */
    UNIT_NUM_EQ(p.n, 5);
    play_close(&p);
}
END_TEST

/* Which of the segments of one connection does a condition select? */
START_TEST(conditions_of_flows)
{
    static const struct {
        const char *text, *dropped;
    } table[] = {
        {"up drop when third", "001000000"},
        {"up drop when third_repeated", "001100000"},
        {"up drop when third_data", "001110000"},
        {"down drop when third", "000000000"},
        {"any drop when established", "000111111"},
        {"any drop when repeated", "000000010"},
        {"any drop when subflow 1", "111111111"},
        {"any drop when subflow > 1", "000000000"},
        {"any drop when path 1", "111111111"},
        {"any drop when path 2", "000000000"},
        {"any drop when subtype 2", "000001010"},
        {"up drop when packet 2", "001000000"},
        {"up drop when packet > 2", "000111011"},
        {"any drop when after 50ms", "000001111"},
        {"any drop when before 50ms", "111110000"},
        {"any drop when after 20ms and before 0.04s", "001100000"},
        {"any drop when chance 100%", "111111111"},
        {"any drop when chance 0%", "000000000"},
        {"any drop when data and chance 100% nth 2", "000001000"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct play p;
        char got[10] = "";
        play_open(&p, table[i].text);
        for (unsigned k = 0; k < 9; k++) {
            p.n = 0;
            switch (k) {
            case 0:
                play_send(&p, TX, S, 100, 0, CAP, "");
                break;
            case 1:
                play_send(&p, RX, S | A, 900, 101, CAP, "");
                break;
            case 2:
            case 3:
                play_send(&p, TX, A, 101, 901, KEYS, "");
                break;
            case 4:
                play_send(&p, TX, A, 101, 901, DATA_KEYS, "data");
                break;
            case 5:
                play_send(&p, TX, A, 105, 901, DSS, "more");
                break;
            case 6:
                play_send(&p, RX, A, 901, 109, "", "");
                break;
            case 7:
                play_send(&p, TX, A, 105, 901, DSS, "more");
                break;
            default:
                play_send(&p, TX, A, 109, 901, "", "");
                break;
            }
            got[k] = p.n == 0 ? '1' : '0';
            p.now += 10 * 1000000;
        }
        ck_assert_msg(strcmp(got, table[i].dropped) == 0, "%s: %s", table[i].text, got);
        play_close(&p);
    }
}
END_TEST

/* What has the third packet's numbers but not its option is a window update, and no repetition. */
START_TEST(window_update_is_no_third)
{
    for (unsigned mptcp = 0; mptcp < 2; mptcp++) {
        struct play p;
        play_open(&p, "up drop when third_repeated");
        play_handshake(&p, CAP, mptcp ? KEYS : "");
        UNIT_NUM_EQ(p.n, 2);
        play_send(&p, TX, A, 101, 901, "", "");
        UNIT_NUM_EQ(p.n, mptcp ? 3 : 2);
        play_close(&p);
    }
}
END_TEST

START_TEST(chance_is_fair_and_repeats)
{
    unsigned dropped[2] = {0};
    for (unsigned k = 0; k < 2; k++) {
        struct play p;
        play_open(&p, "any drop when chance 12.5%");
        for (unsigned i = 0; i < 8000; i++) {
            p.n = 0;
            play_send(&p, TX, A, i, 1, "", "");
            dropped[k] += p.n == 0;
        }
        play_close(&p);
    }
    UNIT_NUM_EQ(dropped[0], dropped[1]);
    ck_assert_msg(dropped[0] > 850 && dropped[0] < 1150, "%u of 8000", dropped[0]);
}
END_TEST

UNIT_MAIN("rewrite flow", nat, nat_neighbours, napt, nat_of_one_subflow, isn, isn_by_chance, alg,
          alg_leaves_alone, ftp_port, proxy, resets, keepalive, idle, conditions_of_flows,
          window_update_is_no_third, chance_is_fair_and_repeats)
