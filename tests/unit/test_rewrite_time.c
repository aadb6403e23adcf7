/* SPDX-License-Identifier: MIT */
/* Rewrites that hold frames, split and join them, and lose them for a while. */
#include "rewrite_play.h"

#define TS    "0101080a0000000100000002"
#define DSS_A "1e14200c00000000000000050000000100041234"
#define DSS_B "1e14200c00000000000000090000000500041234"
#define A     MS_TH_ACK
#define TX    MS_DIR_TX
#define RX    MS_DIR_RX

/* Payloads of what came out, joined with commas. */
static const char *payloads(struct play *p)
{
    static char text[512];
    size_t n = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < p->n; i++) {
        const struct ms_seg *s = play_got(p, i);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", i ? "," : "",
                              (int)s->payload_len, (const char *)s->payload);
    }
    return text;
}

static void data(struct play *p, enum ms_dir dir, uint32_t seq, const char *payload)
{
    play_send(p, dir, A, seq, 1, "", payload);
}

START_TEST(delay)
{
    struct play p;
    play_open(&p, "up delay 100ms when data");
    data(&p, TX, 1, "a");
    p.now += 10 * 1000000;
    data(&p, TX, 2, "b");
    data(&p, RX, 1, "r");
    ck_assert_str_eq(payloads(&p), "r");
    UNIT_NUM_EQ(ms_chain_due(p.row), 1100000000);
    play_wait(&p, 89);
    ck_assert_str_eq(payloads(&p), "r");
    play_wait(&p, 1);
    ck_assert_str_eq(payloads(&p), "r,a");
    UNIT_NUM_EQ(ms_chain_due(p.row), 1110000000);
    play_wait(&p, 1000);
    ck_assert_str_eq(payloads(&p), "r,a,b");
    UNIT_NUM_EQ(ms_chain_due(p.row), UINT64_MAX);
    play_close(&p);
}
END_TEST

START_TEST(dup_later)
{
    struct play p;
    play_open(&p, "any dup_later 1.5s nth 1");
    data(&p, TX, 1, "a");
    data(&p, TX, 2, "b");
    play_wait(&p, 1499);
    ck_assert_str_eq(payloads(&p), "a,b");
    play_wait(&p, 1);
    ck_assert_str_eq(payloads(&p), "a,b,a");
    play_close(&p);
}
END_TEST

START_TEST(reorder)
{
    struct play p;
    play_open(&p, "up reorder");
    data(&p, TX, 1, "a");
    data(&p, TX, 2, "b");
    data(&p, TX, 3, "c");
    data(&p, TX, 4, "d");
    data(&p, TX, 5, "e");
    ck_assert_str_eq(payloads(&p), "b,a,d,c");
    play_wait(&p, 20); /* nobody follows */
    ck_assert_str_eq(payloads(&p), "b,a,d,c,e");
    play_close(&p);

    play_open(&p, "up reorder 3 1s when data nth 1");
    data(&p, TX, 1, "a");
    data(&p, RX, 1, "r");
    p.sport++;
    data(&p, TX, 1, "x"); /* another flow */
    p.sport--;
    data(&p, TX, 2, "b");
    data(&p, TX, 3, "c");
    ck_assert_str_eq(payloads(&p), "r,x,b,c");
    data(&p, TX, 4, "d");
    ck_assert_str_eq(payloads(&p), "r,x,b,c,d,a");
    play_close(&p);
}
END_TEST

START_TEST(rate)
{
    /* Frames of 54 + 46 octets at 10000 octets a second: one in 10 ms. */
    static const char load[] = "0123456789012345678901234567890123456789012345";
    struct play p;
    play_open(&p, "up rate 10000 1500");
    for (unsigned i = 0; i < 20; i++)
        data(&p, TX, i, load);
    UNIT_NUM_EQ(p.n, 0);
    for (unsigned i = 1; i <= 15; i++) {
        play_wait(&p, 10);
        UNIT_NUM_EQ(p.n, i);
        UNIT_NUM_EQ(play_got(&p, i - 1)->seq, i - 1);
    }
    play_wait(&p, 1000); /* five found the queue full */
    UNIT_NUM_EQ(p.n, 15);
    data(&p, TX, 30, load);
    play_wait(&p, 9);
    UNIT_NUM_EQ(p.n, 15);
    play_wait(&p, 1);
    UNIT_NUM_EQ(p.n, 16);
    play_close(&p);
}
END_TEST

START_TEST(cut)
{
    struct play p;
    play_open(&p, "any cut 50ms when data nth 2");
    data(&p, TX, 1, "a");
    data(&p, TX, 2, "b");
    data(&p, RX, 1, "r");
    play_wait(&p, 49);
    data(&p, TX, 2, "b");
    play_wait(&p, 1);
    data(&p, TX, 3, "c");
    ck_assert_str_eq(payloads(&p), "a,c");
    play_close(&p);

    play_open(&p, "up cut_packets 2 when data");
    play_send(&p, TX, A, 1, 1, "", "");
    data(&p, TX, 1, "a");
    data(&p, RX, 1, "r");
    play_send(&p, TX, A, 2, 1, "", "");
    data(&p, TX, 2, "b");
    ck_assert_str_eq(payloads(&p), ",r,b");
    UNIT_NUM_EQ(ms_chain_acted(p.row), 2);
    play_close(&p);
}
END_TEST

START_TEST(split)
{
    for (unsigned i = 0; i < 4; i++) {
        const bool first_only = i % 2 != 0;
        struct play p;
        play_open(&p, first_only ? "up split_first 3" : "up split 3");
        p.six = i >= 2;
        play_send(&p, TX, A | MS_TH_PSH | MS_TH_FIN, 100, 7, TS DSS_A, "abcdefgh");
        ck_assert_str_eq(payloads(&p), "abc,def,gh");
        for (unsigned k = 0; k < 3; k++) {
            play_options_eq(&p, k, k > 0 && first_only ? TS : TS DSS_A);
            UNIT_NUM_EQ(p.seg.seq, 100 + 3 * k);
            UNIT_NUM_EQ(p.seg.ack, 7);
            UNIT_NUM_EQ(p.seg.flags, k == 2 ? A | MS_TH_PSH | MS_TH_FIN : A);
        }
        data(&p, TX, 200, "abc"); /* no longer than a part */
        UNIT_NUM_EQ(p.n, 4);
        UNIT_NUM_EQ(ms_chain_acted(p.row), 1);
        play_close(&p);
    }
}
END_TEST

START_TEST(coalesce)
{
    for (unsigned six = 0; six < 2; six++) {
        struct play p;
        play_open(&p, "up coalesce 3");
        p.six = six != 0;
        play_send(&p, TX, A, 100, 7, DSS_A, "abcd");
        play_send(&p, TX, A, 104, 7, DSS_A, "ef");
        UNIT_NUM_EQ(p.n, 0);
        play_send(&p, TX, A | MS_TH_PSH, 106, 9, DSS_A, "ghi");
        play_payload_eq(&p, 0, "abcdefghi");
        play_options_eq(&p, 0, DSS_A);
        UNIT_NUM_EQ(p.seg.seq, 100);
        UNIT_NUM_EQ(p.seg.ack, 9);
        UNIT_NUM_EQ(p.seg.flags, A | MS_TH_PSH);
        /* Other options, a gap, another kind of segment: what is held goes first. */
        play_send(&p, TX, A, 200, 7, DSS_A, "1");
        play_send(&p, TX, A, 201, 7, DSS_B, "2");
        play_send(&p, TX, A, 203, 7, DSS_B, "3");
        play_send(&p, TX, A, 204, 7, "", "");
        ck_assert_str_eq(payloads(&p), "abcdefghi,1,2,3,");
        play_send(&p, TX, A, 204, 7, DSS_B, "4");
        play_send(&p, RX, A, 1, 2, DSS_B, "r"); /* passes by */
        ck_assert_str_eq(payloads(&p), "abcdefghi,1,2,3,,r");
        play_wait(&p, 20);
        ck_assert_str_eq(payloads(&p), "abcdefghi,1,2,3,,r,4");
        play_close(&p);
    }
}
END_TEST

START_TEST(coalesce_first)
{
    struct play p;
    play_open(&p, "up coalesce_first");
    play_send(&p, TX, A, 100, 7, DSS_A, "abcd");
    play_send(&p, TX, A, 104, 7, DSS_B, "efgh");
    play_payload_eq(&p, 0, "abcdefgh");
    play_options_eq(&p, 0, DSS_A);
    play_close(&p);
}
END_TEST

/* No packet gets longer than links carry. */
START_TEST(coalesce_is_bounded)
{
    static char half[4600];
    struct play p;
    memset(half, 'x', sizeof half - 1);
    play_open(&p, "up coalesce");
    data(&p, TX, 0, half);
    data(&p, TX, 4599, half);
    data(&p, TX, 9198, "end");
    play_wait(&p, 20);
    UNIT_NUM_EQ(p.n, 2);
    UNIT_NUM_EQ(play_got(&p, 0)->payload_len, 4599);
    UNIT_NUM_EQ(play_got(&p, 1)->payload_len, 4602);
    play_close(&p);
}
END_TEST

UNIT_MAIN("rewrite time", delay, dup_later, reorder, rate, cut, split, coalesce, coalesce_first,
          coalesce_is_bounded)
