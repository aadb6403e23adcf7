/* SPDX-License-Identifier: MIT */
/* Rows of boxes as a whole: order, paths, switching, both ways through translations, bounded memory. */
#include <malloc.h>

#include "rewrite_play.h"

#include "mptcpspec/crypto.h"

#define DSS "1e14200c00000000000000050000000100041234"
#define A   MS_TH_ACK
#define S   MS_TH_SYN
#define TX  MS_DIR_TX
#define RX  MS_DIR_RX

START_TEST(order)
{
    struct play p;
    play_open(&p, "any replace 'a' 'b'");
    play_lay(&p, "any replace 'b' 'c'");
    play_send(&p, TX, A, 1, 1, "", "a"); /* first to last */
    play_send(&p, RX, A, 1, 1, "", "a"); /* last to first */
    play_payload_eq(&p, 0, "c");
    play_payload_eq(&p, 1, "b");
    play_close(&p);
    /* Parts of parts stay in order, and copies behind what they are copies of. */
    play_open(&p, "up split 4");
    play_lay(&p, "up split 2");
    play_lay(&p, "up dup");
    play_send(&p, TX, A, 10, 1, "", "abcdefg");
    static const char *const want[] = {"ab", "ab", "cd", "cd", "ef", "ef", "g", "g"};
    UNIT_NUM_EQ(p.n, 8);
    for (unsigned i = 0; i < 8; i++) {
        play_payload_eq(&p, i, want[i]);
        UNIT_NUM_EQ(p.seg.seq, 10 + i / 2 * 2);
    }
    play_close(&p);
}
END_TEST

/* What a box makes for the other direction passes only the boxes on that side. */
START_TEST(answers_pass_one_side)
{
    struct play p;
    play_open(&p, "down set tcp.ttl = 11");
    play_lay(&p, "up reset");
    play_lay(&p, "down set tcp.ttl = 22");
    play_send(&p, TX, S, 1, 0, "", "");
    UNIT_NUM_EQ(p.n, 1);
    UNIT_NUM_EQ(play_got(&p, 0)->ttl, 11);
    UNIT_NUM_EQ(ms_chain_hits(p.row, 0), 1);
    UNIT_NUM_EQ(ms_chain_hits(p.row, 2), 0);
    play_close(&p);
}
END_TEST

START_TEST(paths)
{
    struct play p;
    struct ms_error err = {0};
    play_open(&p, NULL);
    ck_assert_int_eq(ms_chain_add(p.row, "any drop", 1, &err), 0);
    for (p.path = 0; p.path < 3; p.path++)
        play_send(&p, TX, A, 1, 1, "", "");
    UNIT_NUM_EQ(p.n, 2);
    UNIT_NUM_EQ(p.out[0].path, 0);
    UNIT_NUM_EQ(p.out[1].path, 2);
    play_close(&p);
}
END_TEST

START_TEST(switching)
{
    struct play p;
    play_open(&p, "up delay 1s when after 10ms");
    const int drop = play_lay(&p, "up drop when data");
    play_send(&p, TX, A, 1, 1, "", "");
    p.now += 10 * 1000000;
    play_send(&p, TX, A, 2, 1, "", "");
    UNIT_NUM_EQ(p.n, 1);
    ms_chain_enable(p.row, 0, false); /* what it holds goes out, through those behind it */
    UNIT_NUM_EQ(ms_chain_due(p.row), 0);
    play_wait(&p, 0);
    UNIT_NUM_EQ(p.n, 2);
    UNIT_NUM_EQ(ms_chain_due(p.row), UINT64_MAX);
    ms_chain_enable(p.row, 0, true); /* its time begins anew */
    play_send(&p, TX, A, 3, 1, "", "");
    UNIT_NUM_EQ(p.n, 3);
    ms_chain_enable(p.row, drop, false);
    play_send(&p, TX, A, 3, 1, "", "x");
    UNIT_NUM_EQ(p.n, 4);
    ms_chain_enable(p.row, 99, false);
    ms_chain_enable(p.row, -1, false);
    UNIT_NUM_EQ(ms_chain_hits(p.row, 99), 0);
    ck_assert(!ms_chain_empty(p.row));
    play_close(&p);
}
END_TEST

/* A box that is laid late knows what began before, if flows are followed. */
START_TEST(laid_late)
{
    struct play p;
    play_open(&p, NULL);
    ck_assert(ms_chain_empty(p.row));
    ms_chain_follow(p.row);
    ck_assert(!ms_chain_empty(p.row));
    play_handshake(&p, "", "");
    p.sport++;
    play_handshake(&p, "", "");
    UNIT_NUM_EQ(p.n, 6);
    play_lay(&p, "up drop when subflow 2 and established");
    play_send(&p, TX, A, 101, 901, "", "x");
    p.sport--;
    play_send(&p, TX, A, 101, 901, "", "x");
    UNIT_NUM_EQ(p.n, 7);
    play_close(&p);
}
END_TEST

START_TEST(rows_are_bounded)
{
    struct play p;
    struct ms_error err = {0};
    play_open(&p, NULL);
    for (int i = 0; i < 64; i++)
        ck_assert_int_eq(ms_chain_add(p.row, "any drop when path 9", MS_CHAIN_ALL_PATHS, &err), i);
    ck_assert_int_eq(ms_chain_add(p.row, "any drop", MS_CHAIN_ALL_PATHS, &err), MS_ERR_RANGE);
    ck_assert_str_eq(err.msg, "at most 64 boxes stand in a row");
    play_close(&p);
    play_open(&p, NULL);
    ck_assert_int_eq(ms_chain_add(p.row, "any dorp", MS_CHAIN_ALL_PATHS, &err), MS_ERR_PARSE);
    UNIT_NUM_EQ(err.column, 5);
    ck_assert(ms_chain_empty(p.row));
    play_close(&p);
}
END_TEST

struct counted {
    size_t n, octets;
};

static void count(void *ctx, unsigned path, enum ms_dir dir, const uint8_t *frame, size_t len)
{
    struct counted *c = ctx;
    (void)path;
    (void)dir;
    (void)frame;
    c->n++;
    c->octets += len;
}

/* Thirty boxes that double everything do not make a thousand million frames of one. */
START_TEST(births_are_bounded)
{
    struct play p;
    struct counted c = {0};
    uint8_t frame[256];
    struct ms_opt opts[MS_OPTS_MAX];
    play_open(&p, NULL);
    for (unsigned i = 0; i < 30; i++)
        play_lay(&p, "any dup");
    const struct ms_seg s = play_seg(&p, TX, A, 1, 1, "", "x", opts);
    ms_chain_frame(p.row, 0, TX, 0, frame, play_encode(&s, frame, sizeof frame), count, &c);
    ck_assert_msg(c.n > 100 && c.n < 2000, "%zu", c.n);
    play_close(&p);
}
END_TEST

/* A million frames of a hundred thousand flows: what boxes remember does not grow without end. */
START_TEST(memory_is_bounded)
{
    static const char *const boxes[] = {"up isn",          "any proxy_ack_copied",
                                        "up alg 'x' 'yy'", "any reorder 2",
                                        "any delay 50ms",  "up dup_later 10s"};
    struct play p;
    struct counted c = {0};
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_rng rng;
    uint8_t frame[256];
    size_t halfway = 0;
    ms_rng_init(&rng, 1, "flows");
    play_open(&p, NULL);
    for (size_t i = 0; i < MS_ARRAY_LEN(boxes); i++)
        play_lay(&p, boxes[i]);
    for (unsigned i = 0; i < 1000000; i++) {
        const uint32_t flow = ms_rng_u32(&rng) % 100000, r = ms_rng_u32(&rng);
        const enum ms_dir dir = r % 4 == 0 ? RX : TX;
        struct ms_seg s = play_seg(&p, dir, r % 3 == 0 ? S : A, r, r >> 3, r % 5 ? "" : DSS,
                                   r % 7 ? "xaxa" : "", opts);
        *(dir == TX ? &s.sport : &s.dport) = (uint16_t)flow;
        (dir == TX ? &s.src : &s.dst)->octets[1] = (uint8_t)(flow >> 16);
        ms_chain_frame(p.row, 0, dir, i * UINT64_C(10000), frame,
                       play_encode(&s, frame, sizeof frame), count, &c);
        if (ms_chain_due(p.row) <= i * UINT64_C(10000))
            ms_chain_run(p.row, i * UINT64_C(10000), count, &c);
        if (i == 500000)
            halfway = mallinfo2().uordblks;
    }
    const size_t at_end = mallinfo2().uordblks;
    /* A sanitizer's allocator does not tell. */
    if (at_end != 0)
        ck_assert_msg(at_end < halfway + halfway / 10 && at_end < 80u << 20, "%zu, then %zu",
                      halfway, at_end);
    ck_assert_uint_gt(ms_chain_overflows(p.row), 0);
    ck_assert_uint_gt(c.n, 100000);
    play_close(&p);
}
END_TEST

/*
 * Two rows that undo each other: what a sender's stream becomes behind NAT, new sequence numbers and a gateway, is what
 * it was behind the opposite ones. Everything that one row makes of a stream, numbers in both directions agree on.
 */
struct stream {
    uint8_t octets[4096];
    size_t n;
    uint32_t base;
    bool has_base;
};

static void receive(struct stream *st, const struct ms_seg *s)
{
    if (!st->has_base) {
        ck_assert((s->flags & S) != 0);
        st->has_base = true;
        st->base = s->seq + 1;
        return;
    }
    const uint32_t at = s->seq - st->base;
    ck_assert_uint_le(at + s->payload_len, sizeof st->octets);
    memcpy(st->octets + at, s->payload, s->payload_len);
    if (at <= st->n && at + s->payload_len > st->n)
        st->n = at + s->payload_len;
}

/* The text that the gateway is to make of `from`. */
static size_t replaced(const uint8_t *from, size_t n, const char *a, const char *b, uint8_t *to)
{
    size_t m = 0;
    for (size_t i = 0; i < n;) {
        if (n - i >= strlen(a) && memcmp(from + i, a, strlen(a)) == 0) {
            memcpy(to + m, b, strlen(b));
            m += strlen(b);
            i += strlen(a);
        } else {
            to[m++] = from[i++];
        }
    }
    return m;
}

static void translate(unsigned seed, const char *a, const char *b)
{
    struct play p;
    struct ms_rng rng;
    uint8_t sent[2048], want[4096], frame[2048];
    struct ms_opt opts[MS_OPTS_MAX];
    char text[128];
    struct stream st = {0};
    ms_rng_init(&rng, seed, "translate");
    play_open(&p, seed % 2 ? "up napt 192.0.2.9" : "up nat 2001:db8:9::9");
    p.six = seed % 2 == 0;
    play_lay(&p, "any isn");
    snprintf(text, sizeof text, "up alg '%s' '%s'", a, b);
    play_lay(&p, text);
    play_lay(&p, "any isn");
    play_lay(&p, seed % 2 ? "up nat 192.0.2.77" : "up napt 2001:db8:9::77");

    /* Segments of whole texts, old ones sent again now and then; the client's numbers wrap round. */
    enum { SEGMENTS = 40 };
    const uint32_t isn = 0u - 300, server_isn = ms_rng_u32(&rng);
    size_t at[SEGMENTS + 1] = {0};
    for (unsigned i = 0; i < SEGMENTS; i++) {
        at[i + 1] = at[i];
        for (unsigned k = ms_rng_u32(&rng) % 4 + 1; k > 0; k--) {
            const char *piece = ms_rng_u32(&rng) % 6 == 0 ? a : "+";
            memcpy(sent + at[i + 1], piece, strlen(piece));
            at[i + 1] += strlen(piece);
        }
    }
    play_send(&p, TX, S, isn, 0, "", "");
    struct ms_seg *got = play_got(&p, 0);
    receive(&st, got);
    const struct ms_addr outside = got->src;
    const uint16_t port = got->sport;
    struct ms_seg s = play_seg(&p, RX, S | A, server_isn, st.base, "", "", opts);
    s.dst = outside;
    s.dport = port;
    play_frame(&p, RX, frame, play_encode(&s, frame, sizeof frame));
    got = play_got(&p, 1);
    UNIT_NUM_EQ(got->ack, isn + 1);
    const uint32_t server_base = got->seq + 1;
    UNIT_NUM_EQ(got->dport, p.sport);
    ck_assert_str_eq(ms_addr_text(&got->dst, text), p.six ? "2001:db8::1" : "10.0.0.1");
    unsigned first = 0;
    while (first < SEGMENTS) {
        /* Edits are known as long as their octets may come again; at least those of five segments. */
        const unsigned back = ms_rng_u32(&rng) % 3 == 0 ? ms_rng_u32(&rng) % 5 : 0;
        const unsigned k = back <= first ? first - back : first;
        char payload[64] = "";
        memcpy(payload, sent + at[k], at[k + 1] - at[k]);
        p.n = 0;
        play_send(&p, TX, A, isn + 1 + (uint32_t)at[k], server_base, "", payload);
        got = play_got(&p, 0);
        UNIT_NUM_EQ(got->ack, server_isn + 1);
        ck_assert(ms_addr_eq(&got->src, &outside) && got->sport == port);
        receive(&st, got);
        if (k == first)
            first++;
        /* The receiver acknowledges what it has: the sender reads the end of one of its segments. */
        s = play_seg(&p, RX, A, server_isn + 1, st.base + (uint32_t)st.n, "", "", opts);
        s.dst = outside;
        s.dport = port;
        p.n = 0;
        play_frame(&p, RX, frame, play_encode(&s, frame, sizeof frame));
        const uint32_t acked = play_got(&p, 0)->ack - (isn + 1);
        UNIT_NUM_EQ(replaced(sent, acked, a, b, want), st.n);
    }
    const size_t n = replaced(sent, at[SEGMENTS], a, b, want);
    unit_octets_eq("stream", st.octets, st.n, want, n);
    play_close(&p);
}

START_TEST(translations_agree)
{
    for (unsigned seed = 0; seed < 200; seed++) {
        translate(seed, "short", "much longer than it");
        translate(seed, "much longer than it", "short");
        translate(seed, "equal", "EQUAL");
    }
}
END_TEST

UNIT_MAIN("rewrite chain", order, answers_pass_one_side, paths, switching, laid_late,
          rows_are_bounded, births_are_bounded, memory_is_bounded, translations_agree)
