/* SPDX-License-Identifier: MIT */
/* What the model holds and for how long, and what it knows of flows that it sees in part. */
#include "mptcp_play.h"

#include "trace/model_int.h"

struct lab {
    struct ms_model *model;
    struct ms_model_step st; /* of the segment before */
    uint64_t now_ns;
    uint32_t packet;
    const char *from; /* label from which on segments are seen, NULL: all are */
    const char *lost; /* label that is not seen */
    uint32_t retired[64];
    unsigned unknown[64];
    size_t n_retired;
};

static void retired(void *ctx, const struct ms_conn *c)
{
    struct lab *l = ctx;
    size_t at = l->n_retired++ % MS_ARRAY_LEN(l->retired);
    l->retired[at] = c->number;
    l->unknown[at] = c->unknown;
}

static void give(struct lab *l, const struct ms_seg *seg)
{
    const struct ms_seen in = {.seg = seg, .time_ns = l->now_ns, .packet = ++l->packet, .host = -1};
    ms_model_segment(l->model, &in, &l->st);
}

static void sink(struct play *p, const struct ms_seg *seg, int from, const char *label)
{
    struct lab *l = p->ctx;
    (void)from;
    if (l->from && strcmp(l->from, label) != 0)
        return;
    l->from = NULL;
    if (!l->lost || strcmp(l->lost, label) != 0)
        give(l, seg);
}

static struct play start(struct lab *l)
{
    *l = (struct lab){.model = ms_model_new()};
    ms_model_on_retire(l->model, retired, l);
    return (struct play){.key = {0x0102030405060708, 0xa1b2c3d4e5f60718}, .sink = sink, .ctx = l};
}

static void end(struct lab *l)
{
    struct ms_model_counts c;
    ms_model_finish(l->model);
    ms_model_count(l->model, &c);
    UNIT_NUM_EQ(c.live_conns, 0);
    UNIT_NUM_EQ(c.live_flows, 0);
    UNIT_NUM_EQ(c.memory, 0);
    UNIT_NUM_EQ(c.conns, l->n_retired);
    ms_model_free(l->model);
}

static struct ms_model_counts counts(const struct lab *l)
{
    struct ms_model_counts c;
    ms_model_count(l->model, &c);
    return c;
}

/* A bare segment between two hosts that no play uses. */
static void bare(struct lab *l, uint16_t sport, uint8_t flags, uint32_t seq, const struct ms_mp *mp)
{
    struct ms_opt opt = {.kind = MS_TCPOPT_MPTCP};
    struct ms_seg seg = {.family = MS_IPV4,
                         .src = {.family = MS_IPV4, .octets = {192, 0, 2, 1}},
                         .dst = {.family = MS_IPV4, .octets = {192, 0, 2, 2}},
                         .sport = sport,
                         .dport = 80,
                         .seq = seq,
                         .flags = flags,
                         .opt = &opt};
    if (mp) {
        opt.mp = *mp;
        ck_assert_int_eq(ms_opt_build(&opt), MS_OK);
        seg.n_opt = 1;
    }
    give(l, &seg);
}

static const struct ms_mp capable_syn = {
    .form = MS_FORM_CAPABLE, .version = 1, .cap_flags = MPTCP_CAP_H};

START_TEST(lingers_then_goes)
{
    struct lab l;
    struct play p = start(&l);
    play_all(&p);
    play_ack(&p, "last", 0, HOST_A);
    play_ack(&p, "last", 1, HOST_B);
    play_ack(&p, "last", 1, HOST_A);
    play_ack(&p, "last", 0, HOST_B);
    const struct ms_conn *c = ms_model_conn(l.model, 0);
    ck_assert_ptr_nonnull(c);
    UNIT_NUM_EQ(c->flows_over, 3);
    for (const struct ms_flow *f = c->newest; f; f = f->conn_next)
        ck_assert_int_eq(f->end, f->number == 3 ? MS_END_RST : MS_END_FIN);
    ck_assert(ms_side_fin_acked(&c->side[0]) && ms_side_fin_acked(&c->side[1]));
    UNIT_NUM_EQ(c->unknown, 0);

    /* What comes late while it lingers still belongs to it. */
    l.now_ns += MODEL_LINGER_NS / 2;
    play_ack(&p, "late", 0, HOST_A);
    ck_assert_ptr_eq(l.st.conn, c);
    UNIT_NUM_EQ(l.n_retired, 0);
    l.now_ns += MODEL_LINGER_NS;
    bare(&l, 9, MS_TH_SYN, 1, NULL);
    UNIT_NUM_EQ(l.n_retired, 1);
    UNIT_NUM_EQ(l.retired[0], 1);
    UNIT_NUM_EQ(l.unknown[0], 0);
    ck_assert_ptr_null(ms_model_conn(l.model, 0));
    unsigned side;
    ck_assert_ptr_null(ms_model_token(l.model, ms_token(p.key[0]), &side));

    /* Later still it is no beginning of something new. */
    play_ack(&p, "late", 0, HOST_A);
    ck_assert_ptr_null(l.st.flow);
    play_data(&p, "late", 1, HOST_B, 10, false);
    ck_assert_ptr_null(l.st.flow);
    UNIT_NUM_EQ(counts(&l).conns, 1);
    /* A SYN is. */
    play_handshake(&p);
    ck_assert_ptr_nonnull(l.st.conn);
    UNIT_NUM_EQ(l.st.conn->number, 2);
    ck_assert(l.st.flow->half[0].third_opt && !l.st.conn->gap);
    end(&l);
    UNIT_NUM_EQ(l.retired[1], 2);
}
END_TEST

START_TEST(finish_in_order)
{
    struct lab l;
    start(&l);
    for (uint16_t i = 0; i < 5; i++)
        bare(&l, i, MS_TH_SYN, 1, &capable_syn);
    bare(&l, 2, MS_TH_RST, 2, NULL);
    bare(&l, 0, MS_TH_RST, 2, NULL);
    end(&l);
    for (unsigned i = 0; i < 5; i++)
        UNIT_NUM_EQ(l.retired[i], i + 1);
}
END_TEST

/* Floods of openings push out each other, never a connection that lives. */
START_TEST(floods)
{
    static const struct {
        const struct ms_mp *mp;
        uint8_t flags;
        size_t most;
    } flood[] = {
        {NULL, MS_TH_SYN, MODEL_MAX_PLAIN},
        {NULL, MS_TH_ACK, MODEL_MAX_PLAIN},
        {&capable_syn, MS_TH_SYN, MODEL_MAX_HALF_OPEN},
    };
    for (size_t k = 0; k < MS_ARRAY_LEN(flood); k++) {
        struct lab l;
        struct play p = start(&l);
        play_handshake(&p);
        for (uint32_t i = 0; i < 3 * MODEL_MAX_PLAIN; i++)
            bare(&l, (uint16_t)i, flood[k].flags, i, flood[k].mp);
        ck_assert_uint_le(counts(&l).live_flows, flood[k].most + 1);
        ck_assert_uint_gt(counts(&l).live_flows, flood[k].most - 2);
        play_first_data(&p, "data", 10, 0);
        ck_assert_ptr_nonnull(l.st.conn);
        UNIT_NUM_EQ(l.st.conn->number, 1);
        ck_assert(l.st.has_map);
        end(&l);
        if (flood[k].mp)
            ck_assert(l.unknown[0] == MS_UNK_EVICTED || l.n_retired > MS_ARRAY_LEN(l.unknown));
    }
}
END_TEST

/* Connections that live give way to new ones, the longest idle first. */
START_TEST(idle_gives_way)
{
    struct lab l;
    start(&l);
    const struct ms_mp fail = {.form = MS_FORM_FAIL};
    for (uint32_t i = 0; i < MODEL_MAX_OPEN + 5; i++) {
        bare(&l, (uint16_t)i, MS_TH_ACK, 1, &fail);
        if (i % 500 == 0) /* the first one is never idle for long */
            bare(&l, 0, MS_TH_ACK, 1, &fail);
    }
    ck_assert_uint_le(counts(&l).live_conns, MODEL_MAX_OPEN);
    ck_assert_uint_gt(l.n_retired, 0);
    for (size_t i = 0; i < l.n_retired; i++) {
        ck_assert_uint_ne(l.retired[i], 1);
        UNIT_NUM_EQ(l.unknown[i], MS_UNK_START | MS_UNK_EVICTED);
    }
    end(&l);
}
END_TEST

/* A connection with very many subflows over its life keeps the first and the last ones. */
START_TEST(many_subflows)
{
    static const char *const label[] = {"a", "b", "c", "d"};
    struct lab l;
    struct play p = start(&l);
    play_handshake(&p);
    const struct ms_conn *c = l.st.conn;
    for (unsigned i = 0; i < 2 * MS_MODEL_CONN_FLOWS; i++) {
        play_open(&p, 1, HOST_A, 2, 1);
        p.flow[1].port[HOST_A] = (uint16_t)(5000 + i);
        play_join(&p, 1, HOST_A, 4, label);
        ck_assert_ptr_eq(l.st.conn, c);
        if (i % 2)
            play_send(&p, "rst", 1, HOST_A, MS_TH_RST, NULL);
    }
    UNIT_NUM_EQ(c->flows, 2 * MS_MODEL_CONN_FLOWS + 1);
    UNIT_NUM_EQ(c->flows_kept, MS_MODEL_CONN_FLOWS);
    UNIT_NUM_EQ(c->first->number, 1);
    UNIT_NUM_EQ(c->newest->number, 2 * MS_MODEL_CONN_FLOWS + 1);
    UNIT_NUM_EQ(counts(&l).live_flows, MS_MODEL_CONN_FLOWS);
    unsigned over = 0;
    for (const struct ms_flow *f = c->newest; f; f = f->conn_next)
        over += f->over;
    UNIT_NUM_EQ(c->flows_over, over);
    end(&l);
}
END_TEST

START_TEST(begins_in_the_middle)
{
    static const struct {
        const char *from;
        bool keys;
    } row[] = {{"synack", true}, {"ack", true}, {"data1", true}, {"dack1", false}, {"add", false}};
    for (size_t i = 0; i < MS_ARRAY_LEN(row); i++) {
        struct lab l;
        struct play p = start(&l);
        l.from = row[i].from;
        play_all(&p);
        const struct ms_conn *c = ms_model_conn(l.model, 0);
        ck_assert_ptr_nonnull(c);
        UNIT_NUM_EQ(c->unknown_at[0], 1);
        ck_assert(c->gap && (c->unknown & MS_UNK_START));
        ck_assert_int_eq(c->first->kind, MS_FLOW_MID);
        ck_assert_int_eq(c->first->end, MS_END_FIN);
        if (row[i].keys) {
            /* Joins find it by its token, whatever end they come from. */
            UNIT_NUM_EQ(c->flows, 3);
            UNIT_NUM_EQ(c->first->port[MS_ACCEPTOR], 80);
            for (unsigned s = 0; s < 2; s++)
                UNIT_NUM_EQ(c->side[s].key, p.key[s]);
        }
        const struct ms_half *h = &c->first->half[c->first->port[0] == 80];
        ck_assert_uint_ge(h->octets, 50 + 80 + 10);
        ck_assert_uint_le(h->octets, 100 + 100 + 50 + 80 + 10);
        end(&l);
    }
}
END_TEST

/* Nothing begins with the end of something. */
START_TEST(no_beginning)
{
    struct lab l;
    struct play p = start(&l);
    l.from = "rst";
    play_all(&p);
    UNIT_NUM_EQ(counts(&l).flows + counts(&l).plain, 2);
    UNIT_NUM_EQ(counts(&l).conns, 2); /* what follows the RST on the two others has Data ACKs */
    end(&l);
    start(&l);
    bare(&l, 1, MS_TH_RST, 7, NULL);
    ck_assert_ptr_null(l.st.flow);
    bare(&l, 1, MS_TH_ACK, 7, NULL);
    ck_assert_int_eq(l.st.flow->kind, MS_FLOW_MID);
    ck_assert_ptr_null(l.st.conn);
    bare(&l, 1, MS_TH_SYN, 9, &capable_syn);
    ck_assert_int_eq(l.st.flow->kind, MS_FLOW_CAPABLE);
    end(&l);
}
END_TEST

START_TEST(join_to_the_unknown)
{
    static const char *const label[] = {"a", "b", "c", "d"};
    struct lab l;
    struct play p = start(&l);
    play_open(&p, 0, HOST_A, 0, 0);
    for (int f = 1; f < 3; f++) {
        play_open(&p, f, HOST_A, f, 1);
        play_join(&p, f, HOST_A, (uint8_t)(3 + f), label);
        ck_assert_ptr_nonnull(l.st.conn);
        UNIT_NUM_EQ(l.st.conn->number, 1);
    }
    UNIT_NUM_EQ(l.st.conn->flows, 2);
    ck_assert(l.st.conn->unknown & MS_UNK_START);
    end(&l);
}
END_TEST

START_TEST(gaps)
{
    static const struct {
        const char *lost;
        unsigned unknown;
    } row[] = {
        {NULL, 0},        {"synack", MS_UNK_GAP}, {"data2", MS_UNK_GAP}, {"two1", MS_UNK_GAP},
        {"dack1", 0},     {"jdata", MS_UNK_GAP},  {"moved", MS_UNK_GAP}, {"fin2-again", 0},
        {"moved-ack", 0},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(row); i++) {
        struct lab l;
        struct play p = start(&l);
        l.lost = row[i].lost;
        play_all(&p);
        const struct ms_conn *c = ms_model_conn(l.model, 0);
        ck_assert_msg((c->unknown & MS_UNK_GAP) == row[i].unknown, "%s: unknown %x", row[i].lost,
                      c->unknown);
        end(&l);
    }
}
END_TEST

START_TEST(figures)
{
    struct lab l;
    struct play p = start(&l);
    play_handshake(&p);
    play_first_data(&p, "data1", 100, 0);
    play_first_data(&p, "data1-again", 100, 100);
    p.flow[0].next[HOST_A] += 40; /* a segment that comes later */
    play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 0, "0123456789", 10, NULL);
    play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 50, "0123456789012345678901234567890123456789", 40,
                 NULL);
    const struct ms_half *h = &l.st.flow->half[MS_OPENER];
    UNIT_NUM_EQ(h->n_hole, 0);
    UNIT_NUM_EQ(h->octets, 250);
    UNIT_NUM_EQ(h->repeated, 100);
    UNIT_NUM_EQ(h->packets, 6);
    ck_assert_ptr_null(l.st.flow->fallback);
    play_send(&p, "x", 0, HOST_B, MS_TH_FIN | MS_TH_ACK, NULL);
    play_send(&p, "x", 0, HOST_A, MS_TH_RST | MS_TH_ACK, NULL);
    ck_assert_int_eq(l.st.flow->end, MS_END_RST);
    ck_assert_int_eq(l.st.flow->ended_by, MS_OPENER);
    ck_assert(l.st.flow->over);
    end(&l);
}
END_TEST

/* Holes of a stream: as many as fit, filled in any way. */
START_TEST(holes)
{
    struct ms_half h = {.pos_hi = 1};
    UNIT_NUM_EQ(model_span(&h, 11, 21), 10);
    UNIT_NUM_EQ(model_span(&h, 31, 41), 10);
    UNIT_NUM_EQ(h.n_hole, 2);
    UNIT_NUM_EQ(model_span(&h, 4, 6), 2); /* splits the first */
    UNIT_NUM_EQ(h.n_hole, 3);
    UNIT_NUM_EQ(model_span(&h, 4, 6), 0);
    UNIT_NUM_EQ(model_span(&h, 1, 50), 3 + 5 + 10 + 9);
    UNIT_NUM_EQ(h.n_hole, 0);
    UNIT_NUM_EQ(h.pos_hi, 50);
    for (uint64_t i = 0; i < 3 * MS_MODEL_HOLES; i++)
        UNIT_NUM_EQ(model_span(&h, 100 + i * 10, 105 + i * 10), 5);
    UNIT_NUM_EQ(h.n_hole, MS_MODEL_HOLES);
    UNIT_NUM_EQ(model_span(&h, 50, 100 + 3 * MS_MODEL_HOLES * 10 - 5), MS_MODEL_HOLES * 5);
    UNIT_NUM_EQ(h.n_hole, 0);
    UNIT_NUM_EQ(model_span(&h, 60, 60), 0);
}
END_TEST

START_TEST(fallbacks)
{
    static const struct {
        const char *lost, *why;
        struct ms_mp mp;
    } row[] = {
        {NULL, "MP_FAIL", {.form = MS_FORM_FAIL}},
        {NULL, "infinite mapping", {.form = MS_FORM_DSS, .dss_flags = MS_DSS_M}},
        {NULL, "without a mapping", {0}},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(row); i++) {
        struct lab l;
        struct play p = start(&l);
        play_handshake(&p);
        play_send_at(&p, "x", 0, HOST_A, MS_TH_ACK, 0, "0123456789", 10,
                     row[i].mp.form ? &row[i].mp : NULL);
        ck_assert_ptr_nonnull(l.st.flow->fallback);
        ck_assert_msg(strstr(l.st.flow->fallback, row[i].why), "%s", l.st.flow->fallback);
        end(&l);
    }
    struct lab l;
    struct play p = start(&l);
    struct ms_mp mp = play_capable(&p, 0);
    play_open(&p, 0, HOST_A, 0, 0);
    play_send(&p, "syn", 0, HOST_A, MS_TH_SYN, &mp);
    play_send(&p, "synack", 0, HOST_B, MS_TH_SYN | MS_TH_ACK, NULL);
    ck_assert_str_eq(l.st.flow->fallback, "the SYN/ACK had no MP_CAPABLE");
    end(&l);
    for (unsigned bit = 0; bit < MS_UNKNOWNS; bit++)
        ck_assert_uint_gt(strlen(ms_unknown_text(1u << bit)), 0);
    ck_assert_str_eq(ms_unknown_text(1u << MS_UNKNOWNS), "");
}
END_TEST

/* A window full of data was lost with its path before the RST came: its sender stands behind it, on the same flow. */
START_TEST(far_after_reset)
{
    static const struct {
        uint32_t jump;
        bool murky;
    } row[] = {{1u << 20, false}, {1u << 23, false}, {1u << 25, true}};
    for (size_t i = 0; i < MS_ARRAY_LEN(row); i++) {
        struct lab l;
        struct play p = start(&l);
        play_handshake(&p);
        play_send(&p, "rst", 0, HOST_B, MS_TH_RST | MS_TH_ACK, NULL);
        p.flow[0].next[HOST_A] += row[i].jump;
        play_send(&p, "behind", 0, HOST_A, MS_TH_ACK, NULL);
        ck_assert_int_eq(l.st.flow->murky, row[i].murky);
        end(&l);
    }
}
END_TEST

UNIT_MAIN("life", lingers_then_goes, finish_in_order, floods, idle_gives_way, many_subflows,
          begins_in_the_middle, no_beginning, join_to_the_unknown, gaps, figures, holes, fallbacks,
          far_after_reset)
