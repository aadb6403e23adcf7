/* SPDX-License-Identifier: MIT */
/* Rewrites of single segments, IPv4 and IPv6: every octet after them, and both checksums. */
#include "rewrite_play.h"

#define TS   "080a0000000100000002"
#define MSS  "020405b4"
#define WS   "030307"
#define SOK  "0402"
#define SACK "0101050a000000c8000000d2"
#define CAP  "1e0c018154f04ad5bd2d9f42"
#define DSS  "1e14200c00000000000000050000000100041234"
#define SUB9 "1e049001"
#define ECT0 2
#define CE   3

/* What one segment becomes. tos and ttl: before and after; win as well. Options are those without the padding. */
struct row {
    const char *text;
    uint8_t flags;
    const char *opts, *payload;
    unsigned out; /* segments that come out */
    uint8_t want_flags;
    const char *want_opts, *want_payload;
    uint8_t tos, want_tos, ttl, want_ttl;
    uint16_t win, want_win;
};

#define SAME 0, 0, 64, 64, 512, 512
#define A    MS_TH_ACK

static const struct row rows[] = {
    {"up strip_subtype 9", A, SUB9 DSS, "data", 1, A, DSS, "data", SAME},
    {"up strip_subtype 2", A, SUB9 DSS, "data", 1, A, SUB9, "data", SAME},
    {"up strip_subtype 3", A, SUB9 DSS, "data", 1, A, SUB9 DSS, "data", SAME},
    {"up strip_unknown", A, "0101" TS DSS, "data", 1, A, "0101" TS, "data", SAME},
    {"up strip_unknown 30", A, DSS "fd040000", "data", 1, A, DSS, "data", SAME},
    {"up strip_unknown 30,253", A, DSS "fd040000", "", 1, A, DSS "fd040000", "", SAME},
    {"up drop_unknown", MS_TH_SYN, MSS CAP, "", 0, 0, "", "", SAME},
    {"up drop_unknown", MS_TH_SYN, MSS "0101" TS, "", 1, MS_TH_SYN, MSS "0101" TS, "", SAME},
    {"up drop_unknown 30", MS_TH_SYN, MSS CAP, "", 1, MS_TH_SYN, MSS CAP, "", SAME},
    {"up no_sack", MS_TH_SYN, MSS "0101" SOK, "", 1, MS_TH_SYN, MSS, "", SAME},
    {"up no_sack", A, SACK, "", 1, A, "", "", SAME},
    {"up mss 1000", MS_TH_SYN, MSS CAP, "", 1, MS_TH_SYN, "020403e8" CAP, "", SAME},
    {"up mss 1460", MS_TH_SYN, MSS CAP, "", 1, MS_TH_SYN, MSS CAP, "", SAME},
    {"up mss 1000", A, MSS CAP, "", 1, A, MSS CAP, "", SAME},
    {"up replace 'at' 'xy'", A, DSS, "data bat", 1, A, DSS, "dxya bxy", SAME},
    {"up replace 0x6461 zz", A, DSS, "data", 1, A, DSS, "zzta", SAME},
    {"up replace 'ab' 'cd'", A, DSS, "data", 1, A, DSS, "data", SAME},
    {"up clear_ecn", A, "", "", 1, A, "", "", 0xb8 | ECT0, 0xb8, 64, 64, 512, 512},
    {"up clear_ecn", MS_TH_SYN | MS_TH_ECE | MS_TH_CWR, MSS, "", 1, MS_TH_SYN, MSS, "", SAME},
    {"up clear_ecn", A | MS_TH_ECE, "", "", 1, A | MS_TH_ECE, "", "", SAME},
    {"up mark_ce", A, "", "x", 1, A, "", "x", ECT0, CE, 64, 64, 512, 512},
    {"up mark_ce", A, "", "x", 1, A, "", "x", SAME},
    {"up dscp 46", A, "", "x", 1, A, "", "x", ECT0, 0xb8 | ECT0, 64, 64, 512, 512},
    {"up dscp 0", A, "", "x", 1, A, "", "x", 0xfc, 0, 64, 64, 512, 512},
    {"up hops 1", A, "", "x", 1, A, "", "x", 0, 0, 2, 1, 512, 512},
    {"up hops 2", A, "", "x", 0, A, "", "x", 0, 0, 2, 1, 512, 512},
    {"up window 100", A, "", "", 1, A, "", "", 0, 0, 64, 64, 512, 100},
    {"up window 600", A, "", "", 1, A, "", "", SAME},
    {"up zero_window 1s", A, "", "", 1, A, "", "", 0, 0, 64, 64, 512, 0},
    {"up zero_window 1s", MS_TH_SYN, "", "", 1, MS_TH_SYN, "", "", SAME},
    {"up mtu 68", A, "", "data", 1, A, "", "data", SAME},
    {"up mtu 75", A, "", "0123456789012345678901234567890123456789", 0, A, "", "", SAME},
    {"up to_rst", A, "0101" TS DSS, "data", 1, MS_TH_RST | A, "0101" TS, "", SAME},
    {"down mtu 75", A, "", "data", 1, A, "", "data", SAME},
};

static void check(const struct row *row, bool six)
{
    uint8_t frame[2048];
    struct ms_opt opts[MS_OPTS_MAX];
    struct play p;
    play_open(&p, row->text);
    p.six = six;
    struct ms_seg s = play_seg(&p, MS_DIR_TX, row->flags, 100, 200, row->opts, row->payload, opts);
    s.tos = row->tos;
    s.ttl = row->ttl;
    s.win = row->win;
    const size_t len = play_encode(&s, frame, sizeof frame);
    play_frame(&p, MS_DIR_TX, frame, len);
    ck_assert_msg(p.n == row->out, "%s: %u frames", row->text, p.n);
    bool same = p.n == 1 && p.out[0].len == len && memcmp(p.out[0].frame, frame, len) == 0;
    ck_assert_msg(ms_chain_acted(p.row) == !same, "%s: %llu hits", row->text,
                  (unsigned long long)ms_chain_acted(p.row));
    if (row->out == 1) {
        const struct ms_seg *got = play_got(&p, 0);
        UNIT_NUM_EQ(got->flags, row->want_flags);
        UNIT_NUM_EQ(got->tos, row->want_tos);
        UNIT_NUM_EQ(got->ttl, row->want_ttl);
        UNIT_NUM_EQ(got->win, row->want_win);
        UNIT_NUM_EQ(got->seq, 100);
        UNIT_NUM_EQ(got->ack, 200);
        uint8_t want[40];
        const size_t n = play_unhex(row->want_opts, want);
        while (got->n_opt > 0 && got->opt[got->n_opt - 1].kind <= MS_TCPOPT_NOP)
            p.seg.n_opt--;
        uint8_t octets[40];
        size_t taken = 0;
        for (unsigned i = 0; i < got->n_opt; i++) {
            memcpy(octets + taken, got->opt[i].raw, got->opt[i].occupied);
            taken += got->opt[i].occupied;
        }
        unit_octets_eq(row->text, octets, taken, want, n);
        unit_octets_eq(row->text, got->payload, got->payload_len, row->want_payload,
                       strlen(row->want_payload));
    }
    play_close(&p);
}

START_TEST(each_row)
{
    for (size_t i = 0; i < 2 * MS_ARRAY_LEN(rows); i++)
        check(&rows[i / 2], i % 2 != 0);
}
END_TEST

/* IPv6 has a longer header: the same segment is too long. */
START_TEST(mtu_counts_the_ip_packet)
{
    for (unsigned six = 0; six < 2; six++) {
        struct play p;
        play_open(&p, "up mtu 70");
        p.six = six != 0;
        play_send(&p, MS_DIR_TX, A, 1, 1, "", "01234567890");
        UNIT_NUM_EQ(p.n, six ? 0 : 1);
        play_close(&p);
    }
}
END_TEST

START_TEST(window_is_scaled)
{
    struct play p;
    play_open(&p, "up window 12800");
    play_handshake(&p, MSS "01" WS, "");
    p.n = 0;
    play_send(&p, MS_DIR_TX, A, 101, 901, "", "");
    UNIT_NUM_EQ(play_got(&p, 0)->win, 12800 >> 7);
    play_send(&p, MS_DIR_RX, A, 901, 101, "", "");
    UNIT_NUM_EQ(play_got(&p, 1)->win, 512); /* the other direction */
    play_close(&p);
    play_open(&p, "up window 12800");
    play_handshake(&p, MSS, ""); /* without the option on both SYNs nothing is scaled */
    p.n = 0;
    play_send(&p, MS_DIR_TX, A, 101, 901, "", "");
    UNIT_NUM_EQ(play_got(&p, 0)->win, 512);
    play_close(&p);
}
END_TEST

START_TEST(zero_window_closes)
{
    static const uint16_t want[] = {512, 511, 12, 512, 0};
    struct play p;
    play_open(&p, "up zero_window 100ms nth 4");
    play_handshake(&p, MSS "01" WS, "");
    p.n = 0;
    play_send(&p, MS_DIR_TX, A, 101, 901, "", "");
    play_send(&p, MS_DIR_TX, A, 101, 901 + 128, "", "");
    play_send(&p, MS_DIR_TX, A, 101, 901 + (500 << 7), "", "");
    play_send(&p, MS_DIR_RX, A, 901, 101, "", ""); /* the other direction */
    play_send(&p, MS_DIR_TX, A, 101, 901 + (600 << 7), "", "");
    for (unsigned i = 0; i < 5; i++)
        UNIT_NUM_EQ(play_got(&p, i)->win, want[i]);
    play_close(&p);
}
END_TEST

START_TEST(zero_window_ends)
{
    struct play p;
    play_open(&p, "up zero_window 100ms");
    play_send(&p, MS_DIR_TX, A, 1, 1, "", "");
    play_wait(&p, 99);
    play_send(&p, MS_DIR_TX, A, 1, 1, "", "");
    play_wait(&p, 1);
    play_send(&p, MS_DIR_TX, A, 1, 1, "", "");
    UNIT_NUM_EQ(play_got(&p, 0)->win, 0);
    UNIT_NUM_EQ(play_got(&p, 1)->win, 0);
    UNIT_NUM_EQ(play_got(&p, 2)->win, 512);
    play_close(&p);
}
END_TEST

START_TEST(replay_opt)
{
    struct play p;
    play_open(&p, "up replay_opt add_addr when data");
    play_send(&p, MS_DIR_TX, A, 1, 1, "", "a");
    play_options_eq(&p, 0, "");
    play_send(&p, MS_DIR_TX, A, 2, 1, "1e1030040a0102030102030405060708", "");
    play_send(&p, MS_DIR_TX, A, 2, 1, "0101" TS, "b");
    play_options_eq(&p, 2, "0101" TS "1e1030040a0102030102030405060708");
    play_send(&p, MS_DIR_RX, A, 1, 2, "", "c");
    play_options_eq(&p, 3, "");
    play_send(&p, MS_DIR_TX, A, 3, 1, "0101" TS DSS, "d"); /* no room */
    play_options_eq(&p, 4, "0101" TS DSS);
    UNIT_NUM_EQ(ms_chain_acted(p.row), 1);
    play_close(&p);
}
END_TEST

START_TEST(dup_changed)
{
    for (unsigned six = 0; six < 2; six++) {
        struct play p;
        play_open(&p, "up dup_changed");
        p.six = six != 0;
        play_send(&p, MS_DIR_TX, A, 1, 1, DSS, "data");
        UNIT_NUM_EQ(p.n, 2);
        play_payload_eq(&p, 0, "data");
        play_payload_eq(&p, 1, "e`u`");
        play_options_eq(&p, 1, DSS);
        UNIT_NUM_EQ(p.seg.seq, 1);
        play_close(&p);
    }
}
END_TEST

/* Octets that a rewrite does not concern stay: IP options, identification, flow label, wrong checksums. */
START_TEST(the_rest_stays)
{
    static const uint8_t v4[] = {
        2,    2,    2,    2,    2,    2,    4,    4,    4,    4,    4,    4,    0x08, 0x00,
        0x46, 0x00, 0x00, 0x34, 0xab, 0xcd, 0x40, 0x00, 0x40, 0x06, 0xde, 0xad, 10,   0,
        0,    1,    10,   0,    0,    2,    0x01, 0x01, 0x01, 0x00, 0x03, 0xe8, 0x00, 0x50,
        0,    0,    0,    100,  0,    0,    0,    200,  0x70, 0x10, 0x02, 0x00, 0xbe, 0xef,
        0,    0,    0x02, 0x04, 0x05, 0xb4, 0x1e, 0x03, 0x50, 0x01, 'd',  'a',  't',  'a'};
    struct play p;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg seg;
    struct ms_neigh neigh;
    uint8_t frame[sizeof v4 + 6] = {0};
    memcpy(frame, v4, sizeof v4);
    ms_put16(frame + 16, (uint16_t)(sizeof v4 - 14));
    play_open(&p, "any strip mptcp");
    play_frame(&p, MS_DIR_TX, frame, sizeof frame); /* six octets of padding behind the packet */
    UNIT_NUM_EQ(p.n, 1);
    UNIT_NUM_EQ(p.out[0].len, sizeof v4 - 4);
    const uint8_t *got = p.out[0].frame;
    unit_octets_eq("id, flags", got + 18, 4, v4 + 18, 4);
    unit_octets_eq("IP options", got + 34, 4, v4 + 34, 4);
    UNIT_NUM_EQ(ms_get16(got + 16), sizeof v4 - 14 - 4);
    UNIT_NUM_EQ(ms_frame_decode(got, p.out[0].len, &seg, opts, &neigh), MS_FRAME_TCP);
    ck_assert(!seg.ip_csum_ok && !seg.tcp_csum_ok);
    UNIT_NUM_EQ(seg.payload_len, 4);
    /* Wrong by the same as before: what a checksum must be plus what it was too much. */
    ms_frame_decode(frame, sizeof frame, &seg, opts, &neigh);
    const uint32_t before = ms_csum_add(0, frame + 14, 24), after = ms_csum_add(0, got + 14, 24);
    UNIT_NUM_EQ(ms_csum_finish(before), ms_csum_finish(after));
    play_close(&p);

    /* IPv6: traffic class and flow label share octets; a destination options header stays in its place. */
    uint8_t six[256];
    struct play q;
    play_open(&q, "any dscp 46");
    q.six = true;
    const struct ms_seg s = play_seg(&q, MS_DIR_TX, A, 1, 1, DSS, "data", opts);
    const size_t len = play_encode(&s, six, sizeof six);
    memmove(six + 54 + 8, six + 54, len - 54);
    memset(six + 54, 0, 8);
    six[54] = 6;
    six[54 + 2] = 1; /* PadN */
    six[54 + 3] = 4;
    six[20] = 60;
    six[16] = 0x05;
    six[17] = 0x43;
    ms_put16(six + 18, (uint16_t)(ms_get16(six + 18) + 8));
    play_frame(&q, MS_DIR_TX, six, len + 8);
    play_payload_eq(&q, 0, "data");
    UNIT_NUM_EQ(q.out[0].len, len + 8);
    UNIT_NUM_EQ(q.seg.tos, 46 << 2);
    unit_octets_eq("label", q.out[0].frame + 16, 2, six + 16, 2);
    unit_octets_eq("header", q.out[0].frame + 54, 8, six + 54, 8);
    play_close(&q);
}
END_TEST

UNIT_MAIN("rewrite segment", each_row, mtu_counts_the_ip_packet, window_is_scaled,
          zero_window_closes, zero_window_ends, replay_opt, dup_changed, the_rest_stays)
