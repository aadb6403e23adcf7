/* SPDX-License-Identifier: MIT */
/* One segment through the model: which flow, which end, what was known before, what it adds. */
#include <string.h>

#include "trace/model_int.h"

static bool flow_over(const struct ms_flow *f)
{
    return f->half[0].rst || f->half[1].rst || (f->half[0].fin && f->half[1].fin);
}

/* The flow that a SYN opens, repeats, or cannot mean. */
static struct ms_flow *flow_for_syn(struct ms_model *m, const struct ms_seg *seg, uint32_t hash,
                                    enum ms_end_role *role, bool *repeated)
{
    struct ms_flow *f = model_flow_find(m, seg, hash, role);
    if (f && f->kind == MS_FLOW_MID)
        f = NULL; /* what was taken for the middle of something was the end of an earlier flow */
    if (f && *role == MS_OPENER && f->half[MS_OPENER].syn_seen &&
        f->half[MS_OPENER].isn == seg->seq) {
        *repeated = true;
        return f;
    }
    if (f && f->synack_seen && !flow_over(f)) {
        /* A SYN into a living flow, or from its other end: what follows may belong to either. */
        f->murky = true;
        return f;
    }
    if (f && *role == MS_ACCEPTOR && !flow_over(f)) {
        f->murky = true; /* simultaneous open */
        return f;
    }
    *role = MS_OPENER;
    return model_flow_add(m, seg, hash);
}

static void bind(struct ms_model_step *st, struct ms_flow *f, enum ms_end_role role)
{
    st->flow = f;
    st->role = role;
    st->half = &f->half[role];
    st->peer_half = &f->half[1 - role];
    st->conn = f->conn;
    st->side = f->conn ? &f->conn->side[f->side[role]] : NULL;
    st->peer = f->conn ? &f->conn->side[1 - f->side[role]] : NULL;
}

/* Why the sender must not use MPTCP on this flow any more (RFC 8684 3.1, 3.7); NULL if it may. */
static const char *plain_why(const struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_flow *f = st->flow;
    const struct ms_half *opener = &f->half[MS_OPENER];
    if (f->murky || (f->conn && (f->conn->fault || f->conn->foreign)) || f->fault)
        return NULL;
    if (f->kind == MS_FLOW_PLAIN && opener->syn_seen)
        return "the SYN had no MPTCP option that opens a connection or a subflow";
    if (f->kind != MS_FLOW_CAPABLE)
        return NULL;
    if (f->synack_plain && !(seg->flags & MS_TH_SYN))
        return "the SYN/ACK had no MP_CAPABLE";
    if (st->role == MS_ACCEPTOR && opener->third_seen && !opener->third_opt && !opener->mptcp_seen)
        return "the third packet had no MP_CAPABLE";
    if (st->half->infinite && !st->late && !(seg->flags & MS_TH_RST) &&
        st->pos - st->half->tfo > st->half->infinite_pos)
        return "an infinite mapping was sent before";
    return NULL;
}

/* Where nothing tells position 0, what comes first is taken for a position far enough from it. */
static void place(struct ms_half *h, uint32_t number)
{
    if (h->placed)
        return;
    h->placed = true;
    h->isn = number - (uint32_t)MS_MODEL_MID_POS;
    h->pos_hi = MS_MODEL_MID_POS;
}

/* Highest marks of acknowledgments; what they cover and was not seen is missing (unless `mute`). */
static void take_ack(struct ms_model *m, struct ms_model_step *st, uint64_t ack, bool mute)
{
    struct ms_half *h = st->half, *p = st->peer_half;
    if (!h->ack_seen || ack > h->ack_hi) {
        h->ack_hi = ack;
        h->ack_seen = true;
    }
    if (mute)
        return;
    if (ack > p->pos_hi || (p->n_hole && p->hole[0].from < ack))
        model_unknown(m, st->conn, MS_UNK_GAP);
    while (p->n_hole && p->hole[0].from < ack)
        model_span(p, p->hole[0].from, p->hole[0].to);
}

/*
 * No window reaches that far (RFC 7323 2.3). After a RST no new window comes; what had been sent into the last one
 * may have been lost on a path that was cut, and the sender goes on behind it.
 */
#define FAR           (1ull << 30)
#define FAR_AFTER_RST (1ull << 24)

/* Numbers of another connection between the same ports, whose SYN was not seen. */
static bool elsewhere(const struct ms_flow *f, const struct ms_half *h, uint64_t at)
{
    uint64_t far = f->half[0].rst || f->half[1].rst ? FAR_AFTER_RST : FAR;
    if (h->fin && at > h->fin_pos + 1)
        return true;
    return at > h->pos_hi ? at - h->pos_hi > far : h->pos_hi - at > FAR;
}

static void positions(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg,
                      bool mute)
{
    struct ms_half *h = st->half, *p = st->peer_half;
    const struct ms_opt *ts = m->ts;
    uint64_t end, ack = 0;
    bool acks = (seg->flags & MS_TH_ACK) != 0;
    place(h, seg->seq);
    st->pos = model_extend32(seg->seq - h->isn, h->pos_hi);
    end = st->pos + ms_seg_len(seg);
    if (!(seg->flags & (MS_TH_SYN | MS_TH_RST)) && elsewhere(st->flow, h, st->pos))
        st->flow->murky = true;
    /* A segment without octets tells as well how far the sender was. */
    uint64_t reached = h->pos_hi > h->told_hi ? h->pos_hi : h->told_hi;
    st->late = end < reached;
    st->newer = end > reached;
    if (acks) {
        place(p, seg->ack);
        ack = model_extend32(seg->ack - p->isn, p->pos_hi);
        st->late = st->late || (h->ack_seen && ack < h->ack_hi);
        st->newer = st->newer || (h->ack_seen && ack > h->ack_hi);
    }
    if (ts && !ts->bad) {
        st->late = st->late || (h->ts_seen && (int32_t)(ts->tsval - h->ts_hi) < 0);
        st->newer = st->newer || (h->ts_seen && (int32_t)(ts->tsval - h->ts_hi) > 0);
        if (!h->ts_seen || (int32_t)(ts->tsval - h->ts_hi) > 0)
            h->ts_hi = ts->tsval;
        h->ts_seen = true;
    }
    /* A position that would lie before the SYN is no position. */
    if (seg->flags & MS_TH_RST)
        return;
    if (end >> 63 == 0 && st->pos >> 63 == 0) {
        h->told_hi = end > h->told_hi ? end : h->told_hi;
        uint64_t octets = seg->payload_len + seg->missing, fresh = model_span(h, st->pos, end);
        h->repeated += octets > fresh ? octets - fresh : 0;
    }
    if (acks && ack >> 63 == 0)
        take_ack(m, st, ack, mute);
}

static void remember_before(struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_flow *f = st->flow;
    st->before_third_opt = f->half[MS_OPENER].third_opt;
    st->before_acked_third = f->half[MS_ACCEPTOR].acked_third;
    st->before_synack_plain = f->synack_plain;
    st->before_peer_dack = st->peer_half->dack_seen;
    st->before_dss_peer = st->peer && st->peer->dss_sent;
    st->plain_why = plain_why(st, seg);
}

static void endings(struct ms_model_step *st, const struct ms_seg *seg)
{
    if (seg->flags & MS_TH_RST)
        st->half->rst = true;
    if ((seg->flags & MS_TH_FIN) && !st->half->fin) {
        st->half->fin = true;
        st->half->fin_pos = st->pos + seg->payload_len + seg->missing;
    }
    if (st->conn && st->flow == st->conn->first && (seg->flags & (MS_TH_RST | MS_TH_FIN)))
        st->conn->closed = true;
}

static void take_opening(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg,
                         bool repeated)
{
    st->syn_repeated = repeated;
    if (seg->flags & MS_TH_ACK) {
        st->syn_repeated = st->flow->synack_seen;
        model_synack(m, st, seg);
    } else {
        st->pos = 0;
        model_syn(m, st, seg);
    }
    bind(st, st->flow, st->role); /* the option may have tied the flow to its connection */
}

/* Data without a mapping where the sender never sent one: it takes the flow for plain TCP (3.7). */
static void note_fallback(const struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_flow *f = st->flow;
    if (f->kind != MS_FLOW_CAPABLE || !seg->payload_len || ms_seg_has_mptcp(seg))
        return;
    if (st->plain_why)
        model_fell_back(f, st->plain_why);
    else if (st->role == MS_OPENER && !st->half->third_opt)
        model_fell_back(f, "the third packet had no MP_CAPABLE");
    else if (!st->side->dss_sent)
        model_fell_back(f, "data was sent without a mapping");
}

static void take_established(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg,
                             bool fault)
{
    struct ms_flow *f = st->flow;
    model_third(m, st, seg);
    if (ms_seg_has_mptcp(seg))
        st->half->mptcp_seen = true;
    else if (seg->payload_len)
        st->half->bare_data = true;
    if (!f->fallback)
        note_fallback(st, seg);
    bool placed = st->half->syn_seen && st->pos >> 63 == 0 && st->pos >= st->half->tfo;
    if (f->murky || !placed || (st->conn && st->conn->foreign))
        return;
    if (f->kind == MS_FLOW_PLAIN || f->synack_plain)
        return;
    model_data(m, st, seg, fault);
    if (st->has_map && !st->map_infinite && seg->payload_len > st->map.len)
        st->half->bare_data = true;
    if (st->conn)
        model_signals(st, seg);
}

static struct ms_flow *find_flow(struct ms_model *m, const struct ms_seg *seg,
                                 enum ms_end_role *role, bool *repeated)
{
    uint32_t hash = model_hash(seg);
    if ((seg->flags & (MS_TH_SYN | MS_TH_RST | MS_TH_ACK)) == MS_TH_SYN)
        return flow_for_syn(m, seg, hash, role, repeated);
    struct ms_flow *f = model_flow_find(m, seg, hash, role);
    return f ? f : model_mid(m, seg, hash, role);
}

/* One segment of a flow. */
static void take(struct ms_model *m, struct ms_model_step *st, const struct ms_seen *in,
                 bool repeated)
{
    const struct ms_seg *seg = in->seg;
    struct ms_flow *f = st->flow;
    bool syn = (seg->flags & (MS_TH_SYN | MS_TH_RST)) == MS_TH_SYN;
    bool opening = syn && !(seg->flags & MS_TH_ACK);
    if (opening && f->murky) {
        f->fault = f->fault || in->fault;
        return;
    }
    if (syn && !opening && st->role == MS_OPENER) {
        f->murky = true; /* simultaneous open */
        return;
    }
    if (seg->opts_cut)
        f->murky = true; /* whatever it had to say is lost */
    if (!opening)
        positions(m, st, seg, in->fault || syn);
    remember_before(st, seg);
    if (syn && f->kind != MS_FLOW_MID)
        take_opening(m, st, seg, repeated);
    else
        take_established(m, st, seg, in->fault);
    endings(st, seg);
    model_watch(m, st, seg);
    if (in->fault) {
        f->fault = true;
        if (f->conn)
            f->conn->fault = true;
    }
}

/* One look at the options for all who ask for them. */
static void look_at_options(struct ms_model *m, const struct ms_seg *seg)
{
    m->forms = 0;
    m->dss = NULL;
    m->ts = NULL;
    for (unsigned i = seg->n_opt; i-- > 0;) {
        const struct ms_opt *o = &seg->opt[i];
        if (o->kind == MS_TCPOPT_TS)
            m->ts = o;
        if (o->kind != MS_TCPOPT_MPTCP)
            continue;
        m->forms |= 1u << o->mp.form;
        if (o->mp.form == MS_FORM_DSS)
            m->dss = &o->mp;
    }
}

void ms_model_segment(struct ms_model *m, const struct ms_seen *in, struct ms_model_step *st)
{
    const struct ms_seg *seg = in->seg;
    ms_clear(st, sizeof *st);
    st->host = in->host;
    m->count.segments++;
    m->now_ns = in->time_ns;
    m->packet = in->packet;
    look_at_options(m, seg);
    model_life_begin(m);
    bool repeated = false;
    st->flow = find_flow(m, seg, &st->role, &repeated);
    if (!st->flow)
        return;
    if (st->flow->kind == MS_FLOW_MID)
        model_mid_segment(m, st, seg);
    bind(st, st->flow, st->role);
    take(m, st, in, repeated);
    model_stat(m, st, seg);
    if (st->flow->murky && st->conn) { /* its data is not followed any more */
        st->conn->gap = true;
        if (!(st->conn->unknown & MS_UNK_CUT)) /* else that is why */
            model_unknown(m, st->conn, MS_UNK_MURKY);
    }
    model_life_segment(m, st->flow);
}
