/* SPDX-License-Identifier: MIT */
/* Comparison of data that is sent again, and checksums over data that comes in pieces. */
#include <stdlib.h>

#include "mptcp_play.h"

#include "trace/model_int.h"

static uint8_t stream[1u << 20];

static void fill_stream(void)
{
    uint32_t x = 12345;
    for (size_t i = 0; i < sizeof stream; i++) {
        x = x * 1664525 + 1013904223;
        stream[i] = (uint8_t)(x >> 24);
    }
}

/* Puts stream[pos..pos+n), its octet `bad` changed if it lies within. */
static struct ms_prints_result put(struct ms_prints *s, size_t *held, uint64_t pos, size_t n,
                                   uint64_t bad, uint64_t needed)
{
    struct ms_prints_result r;
    const struct ms_stretch in = {
        .pos = pos, .p = stream + pos, .len = n, .flow = 1, .needed = needed};
    if (bad >= pos && bad < pos + n)
        stream[bad] ^= 0x20;
    ms_prints_put(s, &in, held, &r);
    if (bad >= pos && bad < pos + n)
        stream[bad] ^= 0x20;
    return r;
}
#define NONE UINT64_MAX

START_TEST(equal_boundaries)
{
    static const size_t lens[] = {2, 7, 10, 63, 64, 65, 200, 1460};
    fill_stream();
    for (size_t k = 0; k < MS_ARRAY_LEN(lens); k++) {
        size_t held = 0, n = lens[k];
        struct ms_prints *s = ms_prints_new(&held);
        for (uint64_t i = 0; i < 16; i++)
            ck_assert(!put(s, &held, 1 + i * n, n, NONE, 0).differs);
        for (uint64_t i = 0; i < 16; i++) {
            ck_assert(!put(s, &held, 1 + i * n, n, NONE, 0).differs);
            for (size_t at = 0; at < n; at += 1 + n / 7) {
                struct ms_prints_result r = put(s, &held, 1 + i * n, n, 1 + i * n + at, 0);
                ck_assert_msg(r.differs && r.same_flow, "%zu octets, segment %d", n, (int)i);
                UNIT_NUM_EQ(r.where, 1 + i * n);
            }
        }
        ms_prints_free(s, &held);
        UNIT_NUM_EQ(held, 0);
    }
}
END_TEST

/* Segments of one size, then of another: what is changed is found, but near the ends of what is repeated. */
START_TEST(other_boundaries)
{
    static const size_t first[] = {200, 1460, 64, 100, 33}, second[] = {1460, 300, 999, 4000, 128};
    fill_stream();
    for (size_t k = 0; k < MS_ARRAY_LEN(first); k++) {
        size_t held = 0, total = 40000;
        uint64_t missed = 0, bad = 0;
        for (bad = 10000; bad < 10300; bad++) {
            struct ms_prints *s = ms_prints_new(&held);
            bool differs = false;
            for (uint64_t at = 1; at < total; at += first[k])
                ck_assert(!put(s, &held, at, first[k], NONE, 0).differs);
            for (uint64_t at = 5000; at < 20000; at += second[k]) {
                struct ms_prints_result r = put(s, &held, at, second[k], bad, 0);
                ck_assert(!r.beyond);
                differs = differs || r.differs;
            }
            missed += !differs;
            ms_prints_free(s, &held);
        }
        UNIT_NUM_EQ(missed, 0);
    }
}
END_TEST

/* A hole filled later, with what lies on both sides of it again. */
START_TEST(out_of_order)
{
    size_t held = 0;
    fill_stream();
    struct ms_prints *s = ms_prints_new(&held);
    ck_assert(!put(s, &held, 1, 1000, NONE, 0).differs);
    ck_assert(!put(s, &held, 2001, 1000, NONE, 0).differs);
    ck_assert(!put(s, &held, 1001, 1000, NONE, 0).differs);
    ck_assert(!put(s, &held, 1, 3000, NONE, 0).differs);
    ck_assert(put(s, &held, 2, 2999, 1500, 0).differs);
    ck_assert(put(s, &held, 500, 2000, 2200, 0).differs);
    ck_assert(!put(s, &held, 500, 2000, NONE, 0).differs);
    /* The block in the making is kept as it is. */
    ck_assert(!put(s, &held, 3001, 30, NONE, 0).differs);
    ck_assert(!put(s, &held, 3010, 12, NONE, 0).differs);
    ck_assert(put(s, &held, 3011, 12, 3015, 0).differs);
    /* One octet is no data: a keepalive, or a probe. */
    ck_assert(!put(s, &held, 600, 1, 600, 0).differs);
    ms_prints_free(s, &held);
}
END_TEST

/* What is not acknowledged is kept; what is goes unless memory is plenty, and then nothing is claimed of it. */
START_TEST(window)
{
    size_t held = 0;
    fill_stream();
    struct ms_prints *s = ms_prints_new(&held);
    for (uint64_t at = 0; at < 1000000; at += 1000)
        put(s, &held, at, 1000, NONE, 0);
    ck_assert(put(s, &held, 300, 1500, 700, 0).differs);
    ck_assert(!put(s, &held, 300, 1500, NONE, 0).beyond);
    /* A sixteenth of the data and what a stream always takes. */
    ck_assert_uint_le(held, (1u << 20) / 16 + 16384);
    ms_prints_free(s, &held);
    UNIT_NUM_EQ(held, 0);

    held = MODEL_PLENTY;
    s = ms_prints_new(&held);
    size_t small = held - MODEL_PLENTY;
    for (uint64_t at = 0; at < 1000000; at += 1000)
        put(s, &held, at, 1000, NONE, at);
    UNIT_NUM_EQ(held, MODEL_PLENTY + small);
    struct ms_prints_result r = put(s, &held, 300, 1500, 700, 0);
    ck_assert(r.beyond && !r.differs);
    /* A leap forgets all. */
    const struct ms_stretch leap = {
        .pos = (uint64_t)1 << 60, .p = stream, .len = 100, .flow = 1, .needed = 0};
    ms_prints_put(s, &leap, &held, &r);
    ck_assert(!r.differs);
    ck_assert_uint_le(held, MODEL_PLENTY + 2 * small);
    ck_assert(put(s, &held, 999000, 900, 999100, 0).beyond);
    ms_prints_free(s, &held);
    UNIT_NUM_EQ(held, MODEL_PLENTY);

    /* Without room nothing grows. */
    size_t full = MODEL_BUDGET;
    s = ms_prints_new(&full);
    for (uint64_t at = 0; at < 1000000; at += 1000)
        put(s, &full, at, 1000, NONE, 0);
    UNIT_NUM_EQ(full, MODEL_BUDGET + small);
    ms_prints_free(s, &full);
    ms_prints_free(NULL, &full);
}
END_TEST

/* ---- through the model ------------------------------------------------------------------------------------ */

struct lab {
    struct ms_model *model;
    struct ms_model_step st;
    bool csum_bad, dsn_conflict, tcp_conflict;
};

static void sink(struct play *p, const struct ms_seg *seg, int from, const char *label)
{
    struct lab *l = p->ctx;
    const struct ms_seen in = {.seg = seg, .packet = p->packet, .host = from};
    (void)label;
    ms_model_segment(l->model, &in, &l->st);
    l->csum_bad = l->csum_bad || l->st.csum_bad;
    l->dsn_conflict = l->dsn_conflict || l->st.dsn_conflict;
    l->tcp_conflict = l->tcp_conflict || l->st.tcp_conflict;
}

static struct play start(struct lab *l)
{
    *l = (struct lab){.model = ms_model_new()};
    struct play p = {
        .key = {0x0102030405060708, 0xa1b2c3d4e5f60718}, .csum = true, .sink = sink, .ctx = l};
    play_handshake(&p);
    return p;
}

/* One mapping over segments of odd lengths, in every order, the option on any of them; right and wrong. */
START_TEST(checksum_in_pieces)
{
    enum { PARTS = 4 };
    static const unsigned cut[PARTS + 1] = {0, 33, 34, 101, 180};
    uint8_t data[180];
    for (unsigned order = 0; order < 24; order++)
        for (unsigned bad = 0; bad < 3; bad++)
            for (unsigned told = 0; told < 2; told++) {
                struct lab l;
                struct play p = start(&l);
                unsigned left[PARTS] = {0, 1, 2, 3}, n = order;
                struct ms_mp mp = play_map(&p, HOST_A, 1, 1, sizeof data, false);
                play_fill(HOST_A, 1, data, sizeof data);
                if (bad == 1)
                    data[order * 7] ^= 1;
                if (bad == 2)
                    mp.csum ^= 0x100;
                p.flow[0].next[HOST_A] += sizeof data;
                for (unsigned k = 0; k < PARTS; k++) {
                    unsigned pick = n % (PARTS - k), part = left[pick];
                    n /= PARTS - k;
                    memmove(&left[pick], &left[pick + 1], (PARTS - 1 - pick) * sizeof left[0]);
                    ck_assert(!l.csum_bad);
                    /* told: on each segment; else on the first that comes */
                    play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, (int32_t)(sizeof data - cut[part]),
                                 data + cut[part], cut[part + 1] - cut[part],
                                 told || !k ? &mp : NULL);
                }
                ck_assert_msg(l.csum_bad == (bad != 0), "order %u, bad %u, told %u", order, bad,
                              told);
                ck_assert(!l.tcp_conflict && !l.dsn_conflict);
                UNIT_NUM_EQ(l.st.conn->unknown & MS_UNK_BOUND, 0);
                ms_model_free(l.model);
            }
}
END_TEST

/* Repetitions with other boundaries and more data in them; a mapping that comes after its data. */
START_TEST(checksum_repeated)
{
    uint8_t data[300];
    for (unsigned bad = 0; bad < 2; bad++) {
        struct lab l;
        struct play p = start(&l);
        play_fill(HOST_A, 1, data, sizeof data);
        struct ms_mp mp = play_map(&p, HOST_A, 1, 1, sizeof data, false);
        mp.csum = (uint16_t)(mp.csum + bad);
        p.flow[0].next[HOST_A] += sizeof data;
        play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 300, data, 100, &mp);
        play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 250, data + 50, 150, NULL);
        play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 290, data + 10, 180, &mp);
        ck_assert(!l.csum_bad);
        play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 101, data + 199, 101, NULL);
        ck_assert(l.csum_bad == bad);
        ms_model_free(l.model);

        p = start(&l);
        p.flow[0].next[HOST_A] += sizeof data;
        play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 177, data + 123, 177, NULL);
        play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 300, data, 123, &mp);
        ck_assert(l.csum_bad == bad);
        ms_model_free(l.model);
    }
}
END_TEST

/* A mapping in pieces of two octets, last piece first. */
static struct lab backwards(size_t n, unsigned bad)
{
    static uint8_t data[3000];
    struct lab l;
    struct play p = start(&l);
    play_fill(HOST_A, 1, data, n);
    struct ms_mp mp = play_map(&p, HOST_A, 1, 1, n, false);
    mp.csum = (uint16_t)(mp.csum + bad);
    p.flow[0].next[HOST_A] += (uint32_t)n;
    for (size_t at = n; at; at -= 2) {
        ck_assert(!l.csum_bad);
        play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, (int32_t)(n - at + 2), data + at - 2, 2, &mp);
    }
    return l;
}

/* As many pieces as a large window with holes may have; more than are kept are not judged, and that is told. */
START_TEST(checksum_bound)
{
    for (unsigned bad = 0; bad < 2; bad++) {
        struct lab l = backwards(2000, bad);
        ck_assert(l.csum_bad == bad);
        UNIT_NUM_EQ(l.st.conn->unknown & MS_UNK_BOUND, 0);
        ms_model_free(l.model);
    }
    struct lab l = backwards(3000, 1);
    ck_assert(!l.csum_bad);
    ck_assert(l.st.conn->unknown & MS_UNK_BOUND);
    ms_model_free(l.model);
}
END_TEST

/* A mapping within another one does not hide the rest of it. */
START_TEST(nested_mappings)
{
    uint8_t data[300];
    struct lab l;
    struct play p = start(&l);
    play_fill(HOST_A, 1, data, sizeof data);
    struct ms_mp outer = play_map(&p, HOST_A, 1, 1, 300, false),
                 inner = play_map(&p, HOST_A, 50, 50, 20, false);
    p.flow[0].next[HOST_A] += sizeof data;
    play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 300, data, 49, &outer);
    play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 251, data + 49, 20, &inner);
    play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 231, data + 69, 231, NULL);
    const struct ms_half *h = l.st.half;
    UNIT_NUM_EQ(h->n_map, 2);
    for (uint64_t ssn = 1; ssn < 301; ssn++)
        UNIT_NUM_EQ(model_map_from(h, ssn), 0);
    UNIT_NUM_EQ(model_map_from(h, 301), 2);
    ck_assert(h->map[0].judged && h->map[1].judged && !l.csum_bad && !l.st.remap);
    ck_assert_ptr_null(h->plain);
    ms_model_free(l.model);
}
END_TEST

/* The same data over another subflow in other pieces, over the wrap of both kinds of numbers. */
START_TEST(moved)
{
    static const char *const label[] = {"a", "b", "c", "d"};
    struct ms_rng rng;
    uint64_t key;
    ms_rng_init(&rng, 1, "moved");
    ck_assert_int_eq(ms_key_near_wrap(&rng, 6000, 0, &key, NULL), MS_OK);
    for (unsigned bad = 0; bad < 2; bad++) {
        struct lab l;
        struct play p = start(&l);
        ms_model_free(l.model);
        l = (struct lab){.model = ms_model_new()};
        p.key[HOST_A] = key;
        play_handshake(&p);
        play_ack(&p, "dack", 0, HOST_B);
        play_open(&p, 1, HOST_A, 2, 1);
        play_join(&p, 1, HOST_A, 4, label);
        for (unsigned i = 0; i < 10; i++)
            play_data(&p, "x", 0, HOST_A, 1000, false);
        uint8_t data[1300];
        for (uint64_t off = 1; off + sizeof data < 10000; off += sizeof data) {
            struct ms_mp mp =
                play_map(&p, HOST_A, off, play_ssn(&p, 1, HOST_A), sizeof data, false);
            play_fill(HOST_A, off, data, sizeof data);
            if (bad && off > 5000)
                data[700] ^= 4;
            play_send_at(&p, "x", 1, HOST_A, MS_TH_ACK, 0, data, sizeof data, &mp);
        }
        ck_assert(l.dsn_conflict == bad && !l.tcp_conflict && l.csum_bad == bad);
        UNIT_NUM_EQ(l.st.conn->unknown, 0);
        ms_model_free(l.model);
    }
}
END_TEST

/* Super-segments, cut ones, and a mapping of the greatest length. */
START_TEST(large_and_cut)
{
    fill_stream();
    for (unsigned bad = 0; bad < 2; bad++)
        for (unsigned cut = 0; cut < 2; cut++) {
            struct lab l;
            struct play p = start(&l);
            struct ms_opt opt = {.kind = MS_TCPOPT_MPTCP, .mp = play_dack(&p, HOST_A)};
            opt.mp.dss_flags |= MS_DSS_M | MS_DSS_m;
            opt.mp.dsn = play_idsn(&p, HOST_A) + 1;
            opt.mp.ssn = 1;
            opt.mp.dll = 65535;
            opt.mp.has_csum = true;
            opt.mp.csum =
                (uint16_t)(ms_dss_csum(opt.mp.dsn, 1, 65535, 0, stream, 65535) ^ (bad << 3));
            ck_assert_int_eq(ms_opt_build(&opt), MS_OK);
            struct ms_seg seg = {.family = MS_IPV4,
                                 .src = p.flow[0].addr[HOST_A],
                                 .dst = p.flow[0].addr[HOST_B],
                                 .sport = p.flow[0].port[HOST_A],
                                 .dport = p.flow[0].port[HOST_B],
                                 .seq = p.flow[0].next[HOST_A],
                                 .ack = p.flow[0].next[HOST_B],
                                 .flags = MS_TH_ACK,
                                 .opt = &opt,
                                 .n_opt = 1,
                                 .payload = stream,
                                 .payload_len = cut ? 60 : 65535,
                                 .missing = cut ? 65475 : 0,
                                 .csum_unknown = cut,
                                 .tcp_csum_ok = true};
            sink(&p, &seg, HOST_A, "x");
            ck_assert(l.csum_bad == (bad && !cut));
            UNIT_NUM_EQ(l.st.conn->unknown, cut ? MS_UNK_CUT : 0);
            UNIT_NUM_EQ(l.st.half->octets, 65535);
            p.flow[0].next[HOST_A] += 65535;
            play_ack(&p, "x", 0, HOST_B);
            UNIT_NUM_EQ(l.st.conn->unknown & MS_UNK_GAP, 0);
            ms_model_free(l.model);
        }
}
END_TEST

UNIT_MAIN("prints", equal_boundaries, other_boundaries, out_of_order, window, checksum_in_pieces,
          checksum_repeated, checksum_bound, nested_mappings, moved, large_and_cut)
