/* SPDX-License-Identifier: MIT */
/* The connection model: what it knows after an honest connection, and what hostile input cannot do. */
#include "mptcp_play.h"

#include "mptcpspec/model.h"

struct watch {
    struct ms_model *model;
    struct ms_model_step step[64];
    char label[64][16];
    size_t n;
};

static void feed(struct play *p, const struct ms_seg *seg, int from, const char *label)
{
    struct watch *w = p->ctx;
    ck_assert_uint_lt(w->n, MS_ARRAY_LEN(w->step));
    snprintf(w->label[w->n], sizeof w->label[0], "%s", label);
    const struct ms_seen in = {.seg = seg, .packet = p->packet, .host = from};
    ms_model_segment(w->model, &in, &w->step[w->n++]);
}

static const struct ms_model_step *at(const struct watch *w, const char *label)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->label[i], label) == 0)
            return &w->step[i];
    ck_abort_msg("no segment %s", label);
}

static struct play start(struct watch *w)
{
    *w = (struct watch){.model = ms_model_new()};
    return (struct play){.key = {0x0102030405060708, 0xa1b2c3d4e5f60718}, .sink = feed, .ctx = w};
}

START_TEST(whole_connection)
{
    static struct watch w;
    struct play p = start(&w);
    p.csum = true;
    play_all(&p);
    const struct ms_conn *c = ms_model_conn(w.model, 0);
    ck_assert_ptr_nonnull(c);
    ck_assert_ptr_null(ms_model_conn(w.model, 1));
    for (int s = 0; s < 2; s++) {
        ck_assert(c->side[s].key_known);
        UNIT_NUM_EQ(c->side[s].key, p.key[s]);
        UNIT_NUM_EQ(c->side[s].token, ms_token(p.key[s]));
        UNIT_NUM_EQ(c->side[s].idsn, play_idsn(&p, s));
        UNIT_NUM_EQ(c->side[s].data_hi, play_idsn(&p, s) + p.next_dsn[s]);
        UNIT_NUM_EQ(c->side[s].acked_hi, c->side[s].data_hi);
        UNIT_NUM_EQ(c->side[s].fin_dsn, c->side[s].data_hi - 1);
        ck_assert(c->side[s].fin_known && c->side[s].dss_sent && c->side[s].announced);
    }
    ck_assert(c->csum_known && c->csum && c->joined && c->closed);
    ck_assert(!c->gap && !c->fault && !c->foreign);
    UNIT_NUM_EQ(c->flows, 3);
    unsigned side = 9;
    ck_assert_ptr_eq(ms_model_token(w.model, ms_token(p.key[1]), &side), c);
    UNIT_NUM_EQ(side, 1);
    ck_assert_ptr_null(ms_model_token(w.model, 12345, &side));

    const struct ms_flow *join = at(&w, "ksyn")->flow;
    ck_assert_int_eq(join->kind, MS_FLOW_JOIN);
    UNIT_NUM_EQ(join->side[MS_OPENER], 1);
    UNIT_NUM_EQ(join->half[MS_OPENER].addr_id, 6);
    UNIT_NUM_EQ(join->half[MS_OPENER].nonce[0], p.flow[2].nonce[HOST_B]);
    ck_assert(join->half[MS_OPENER].third_opt && join->half[MS_ACCEPTOR].acked_third);
    ck_assert(join->half[MS_OPENER].rst);
    ms_model_free(w.model);
}
END_TEST

START_TEST(steps)
{
    static struct watch w;
    struct play p = start(&w);
    play_all(&p);
    const struct ms_model_step *st = at(&w, "data1");
    ck_assert(st->has_map && st->map.capable && st->map_first && !st->map.wide);
    UNIT_NUM_EQ(st->map.ssn, 1);
    UNIT_NUM_EQ(st->map.dsn, play_idsn(&p, HOST_A) + 1);
    UNIT_NUM_EQ(st->map.len, 100);
    ck_assert_int_eq(st->role, MS_OPENER);

    st = at(&w, "data1-again");
    ck_assert(!st->newer && !st->tcp_conflict && !st->dsn_conflict && !st->remap);
    st = at(&w, "dack1");
    ck_assert(st->has_dack && st->dack_wide && !st->dack_back && !st->dack_covers_wide);
    UNIT_NUM_EQ(st->dack, st->dack_limit);
    st = at(&w, "dack2");
    ck_assert(st->dack_covers_wide);
    st = at(&w, "moved");
    ck_assert(st->has_map && !st->dsn_conflict && !st->csum_bad);
    st = at(&w, "fin1");
    ck_assert(st->map.fin && !st->map_fin_only);
    UNIT_NUM_EQ(st->map.len, 10);
    UNIT_NUM_EQ(st->map.dll, 11);
    st = at(&w, "fin2");
    ck_assert(st->map.fin && st->map_fin_only && !st->fin_moved && !st->beyond_fin);
    st = at(&w, "add9");
    ck_assert(!st->id_reused);
    ms_model_free(w.model);
}
END_TEST

/* Numbers of 32 bits near a wrap of the lower half keep their upper half right. */
START_TEST(narrow_wrap)
{
    static struct watch w;
    struct play p = start(&w);
    struct ms_rng rng;
    ms_rng_init(&rng, 1, "narrow");
    ck_assert_int_eq(ms_key_near_wrap(&rng, 60000, 0, &p.key[HOST_A], NULL), MS_OK);
    play_handshake(&p);
    uint8_t data[1000];
    uint64_t start_hi = play_idsn(&p, HOST_A) >> 32;
    for (int i = 0; i < 60; i++) {
        w.n = 0;
        play_fill(HOST_A, p.next_dsn[0], data, sizeof data);
        struct ms_mp mp =
            play_map(&p, HOST_A, p.next_dsn[0], play_ssn(&p, 0, HOST_A), sizeof data, false);
        mp.dss_flags &= (uint8_t)~MS_DSS_m;
        uint64_t want = mp.dsn;
        p.next_dsn[0] += sizeof data;
        play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 0, data, sizeof data, &mp);
        UNIT_NUM_EQ(w.step[0].map.dsn, want);
        ck_assert(!w.step[0].map.wide);
        struct ms_mp ack = play_dack(&p, HOST_B);
        ack.dss_flags &= (uint8_t)~MS_DSS_a;
        play_send(&p, "x", 0, HOST_B, MS_TH_ACK, &ack);
        UNIT_NUM_EQ(w.step[1].dack, play_idsn(&p, HOST_A) + p.next_dsn[0]);
        ck_assert(!w.step[1].dack_back && !w.step[1].dack_covers_wide);
    }
    UNIT_NUM_EQ((play_idsn(&p, HOST_A) + p.next_dsn[0]) >> 32, start_hi + 1);
    ms_model_free(w.model);
}
END_TEST

/* Many mappings, announcements and joins: the bounded tables forget, nothing grows beyond them. */
START_TEST(bounds)
{
    static struct watch w;
    struct play p = start(&w);
    play_handshake(&p);
    for (int i = 0; i < 2 * MS_MODEL_MAPS; i++) {
        w.n = 0;
        play_data(&p, "x", 0, HOST_A, 3, false);
    }
    const struct ms_flow *f = w.step[0].flow;
    ck_assert_uint_le(f->half[MS_OPENER].n_map, MS_MODEL_MAPS);
    ck_assert_uint_ge(f->half[MS_OPENER].n_map, MS_MODEL_MAPS / 2);
    struct ms_mp add = {0};
    for (int i = 0; i < 2 * MS_MODEL_ANNOUNCED; i++) {
        w.n = 0;
        add = play_add_addr(&p, HOST_B, (uint8_t)(i + 1), i + 1, 0);
        play_send(&p, "x", 0, HOST_B, MS_TH_ACK, &add);
    }
    UNIT_NUM_EQ(f->conn->side[1].n_ann, MS_MODEL_ANNOUNCED);
    ck_assert(f->conn->side[1].ann_overflow);
    w.n = 0;
    add = play_echo(add);
    play_send(&p, "x", 0, HOST_A, MS_TH_ACK, &add);
    ck_assert(!w.step[0].echo_unknown);
    ms_model_free(w.model);
}
END_TEST

/* Random options and numbers on a few flows: nothing but well-defined behaviour is asked for. */
START_TEST(hostile)
{
    struct ms_model *m = ms_model_new();
    struct ms_rng r;
    struct ms_model_step st;
    ms_rng_init(&r, 7, "hostile");
    for (int i = 0; i < 20000; i++) {
        uint8_t raw[40], payload[100] = {0};
        struct ms_opt opt[MS_OPTS_MAX];
        for (size_t k = 0; k < sizeof raw; k++)
            raw[k] = (uint8_t)ms_rng_u32(&r);
        uint64_t dice = ms_rng_u64(&r);
        static const uint8_t lengths[] = {4, 12, 20, 22, 24, 26, 28, 16};
        raw[0] = MS_TCPOPT_MPTCP;
        raw[1] = lengths[dice & 7];
        raw[2] = (uint8_t)((dice >> 3 & 3) << 4 | 1);
        struct ms_seg seg = {.family = MS_IPV4,
                             .src = {.family = MS_IPV4, .octets = {10, 0, 0, 1}},
                             .dst = {.family = MS_IPV4, .octets = {10, 0, 0, 1}},
                             .sport = (uint16_t)(1 + (dice >> 8 & 3)),
                             .dport = (uint16_t)(1 + (dice >> 10 & 3)),
                             .seq = (dice & 0x1000) ? 1 : ms_rng_u32(&r),
                             .ack = ms_rng_u32(&r),
                             .flags = (uint8_t)(dice >> 16 & 0x1f),
                             .opt = opt,
                             .payload = payload,
                             .payload_len = dice >> 24 & 63};
        if ((dice >> 40 & 7) != 0)
            seg.flags &= (uint8_t)~MS_TH_RST;
        seg.n_opt = (uint8_t)ms_opts_decode(raw, sizeof raw, opt);
        const struct ms_seen in = {.seg = &seg, .fault = (dice >> 50 & 63) == 0, .host = -1};
        ms_model_segment(m, &in, &st);
        ck_assert_ptr_eq(ms_model_flow(m, &seg), st.flow);
    }
    ms_model_free(m);
}
END_TEST

UNIT_MAIN("model", whole_connection, steps, narrow_wrap, bounds, hostile)
