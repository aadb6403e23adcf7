/* SPDX-License-Identifier: MIT */
/* What a segment from the IUT does to the tester's numbers. */
#include "engine/engine_int.h"

#include <string.h>

uint64_t dsn_extend(uint64_t near, uint64_t value, bool eight)
{
    if (eight)
        return value;
    /* RFC 8684 3.3.1: the upper half that brings the value nearest to what is due. */
    uint64_t v = (near & ~0xffffffffull) | (value & 0xffffffffu);
    if (v > near && v - near > 0x80000000ull)
        v -= 0x100000000ull;
    else if (v < near && near - v > 0x80000000ull)
        v += 0x100000000ull;
    return v;
}

static void map_add(struct engine *e, struct flow *f, uint32_t seq, uint64_t dsn, uint32_t len,
                    bool infinite)
{
    for (size_t i = f->n_map; i-- > 0;)
        if (f->map[i].seq == seq && f->map[i].dsn == dsn && f->map[i].len == len)
            return;
    f->map = ms_arena_grow(e->a, f->map, &f->cap_map, f->n_map, sizeof *f->map);
    f->map[f->n_map++] = (struct map){seq, dsn, len, infinite};
}

/* Mapping that covers this subflow octet; the latest first. */
static const struct map *map_of(const struct flow *f, uint32_t seq)
{
    for (size_t i = f->n_map; i-- > 0;) {
        const struct map *m = &f->map[i];
        if (m->infinite ? ms_seq_le(m->seq, seq) : seq - m->seq < m->len)
            return m;
    }
    return NULL;
}

static void data_level(struct engine *e, struct rx *r)
{
    struct flow *f = r->flow;
    struct conn *c = f->conn;
    const struct ms_seg *g = r->seg;
    uint32_t seq = g->seq + !!(g->flags & MS_TH_SYN);
    for (size_t at = 0; at < g->payload_len;) {
        const struct map *m = c->have_peer_key || f->n_map ? map_of(f, seq + (uint32_t)at) : NULL;
        if (!m) {
            if (c->mptcp && !f->fell_back && !c->peer_fell_back) {
                r->lost_mptcp = true;
                return;
            }
            /* Plain TCP: the stream goes on where it stood (an IUT without key starts at 0). */
            map_add(e, f, seq + (uint32_t)at, c->data_rcv_nxt, 0, true);
            continue;
        }
        uint32_t into = seq + (uint32_t)at - m->seq;
        size_t n = m->infinite ? g->payload_len - at : m->len - into;
        if (n > g->payload_len - at)
            n = g->payload_len - at;
        uint64_t dsn = m->dsn + into;
        content_check(e, r, dsn, g->payload + at, n);
        witness_keep(e, c, dsn, g->payload + at, n);
        ranges_add(e->a, &c->data_ahead, dsn, dsn + n);
        at += n;
    }
    c->data_rcv_nxt = ranges_advance(&c->data_ahead, c->data_rcv_nxt);
}

static void take_dss(struct engine *e, struct rx *r, const struct ms_mp *mp)
{
    struct flow *f = r->flow;
    struct conn *c = f->conn;
    c->dss_seen = true;
    if (mp->dss_flags & MS_DSS_A) {
        uint64_t dack = dsn_extend(c->dsn_una, mp->dack, mp->dss_flags & MS_DSS_a);
        if (ms_dsn_lt(c->dsn_una, dack))
            c->dsn_una = dack;
        uint64_t edge = dack + f->peer_win;
        if (ms_dsn_lt(c->win_edge, edge) || !c->win_edge)
            c->win_edge = edge;
    }
    if (!(mp->dss_flags & MS_DSS_M))
        return;
    uint64_t dsn = dsn_extend(c->data_rcv_nxt, mp->dsn, mp->dss_flags & MS_DSS_m);
    bool fin = mp->dss_flags & MS_DSS_F;
    if (mp->dll == 0) { /* RFC 8684 3.3.1: infinite mapping */
        map_add(e, f, f->peer_isn + mp->ssn, dsn, 0, true);
        c->peer_fell_back = true;
        if (f->auto_fallback)
            f->fell_back = true;
        return;
    }
    uint32_t data = mp->dll - (fin ? 1u : 0u);
    if (data)
        map_add(e, f, f->peer_isn + mp->ssn, dsn, data, false);
    if (fin) {
        c->data_fin_rcvd = true;
        c->data_fin_dsn = dsn + data;
        ranges_add(e->a, &c->data_ahead, dsn + data, dsn + data + 1);
        c->data_rcv_nxt = ranges_advance(&c->data_ahead, c->data_rcv_nxt);
    }
}

static void take_capable(struct engine *e, struct rx *r, const struct ms_mp *mp)
{
    struct flow *f = r->flow;
    struct conn *c = f->conn;
    uint8_t fl = r->seg->flags;
    if (fl & MS_TH_SYN) {
        c->csum = c->want_csum || mp->cap_flags & MPTCP_CAP_A; /* RFC 8684 3.1: either one asks */
        if (mp->keys >= 1)
            conn_set_peer_key(c, mp->sender_key);
        return;
    }
    if (mp->keys == 2)
        conn_set_peer_key(c, mp->sender_key);
    if (mp->has_dll && mp->dll)
        map_add(e, f, f->peer_isn + 1, stream_base(c, false), mp->dll, false);
}

static void take_options(struct engine *e, struct rx *r)
{
    struct flow *f = r->flow;
    const struct ms_seg *g = r->seg;
    for (size_t i = 0; i < g->n_opt; i++) {
        const struct ms_opt *o = &g->opt[i];
        if (o->bad)
            return;
        if (o->kind == MS_TCPOPT_WSCALE && g->flags & MS_TH_SYN) {
            f->peer_offered_wscale = true;
            f->peer_wscale = o->wscale > 14 ? 14 : o->wscale;
        }
        if (o->kind == MS_TCPOPT_MSS && g->flags & MS_TH_SYN)
            f->peer_mss = o->mss;
        if (o->kind == MS_TCPOPT_TS) {
            f->ts_recent = o->tsval;
            if (g->flags & MS_TH_SYN) { /* RFC 7323 3.2: in use when both SYNs carry it */
                f->peer_offered_ts = true;
                f->ts_on = f->ts_offered;
            }
        }
        if (o->kind != MS_TCPOPT_MPTCP)
            continue;
        switch (o->mp.form) {
        case MS_FORM_CAPABLE:
            take_capable(e, r, &o->mp);
            break;
        case MS_FORM_JOIN_SYN:
        case MS_FORM_JOIN_SYNACK:
            f->join = true;
            f->peer_nonce = o->mp.nonce;
            f->peer_id = o->mp.addr_id;
            break;
        case MS_FORM_DSS:
            take_dss(e, r, &o->mp);
            break;
        case MS_FORM_ADD_ADDR:
            if (!o->mp.echo)
                f->conn->peer_add_addr = o->mp;
            break;
        default:
            break;
        }
    }
}

/* How far back a repetition is looked for: a flood must not make each segment dearer than the last. */
#define REPEAT_WINDOW 512

struct rx *first_copy(const struct flow *f, const struct ms_seg *g)
{
    if (!(ms_seg_len(g) || g->flags & MS_TH_RST))
        return NULL;
    for (size_t i = f->n_rx > REPEAT_WINDOW ? f->n_rx - REPEAT_WINDOW : 0; i < f->n_rx; i++) {
        const struct ms_seg *o = f->rx[i]->seg;
        if (o != g && o->seq == g->seq && o->flags == g->flags && o->payload_len == g->payload_len)
            return f->rx[i];
    }
    return NULL;
}

void model_receive(struct engine *e, struct flow *f, struct rx *r)
{
    const struct ms_seg *g = r->seg;
    struct conn *c = f->conn;
    r->repeated = first_copy(f, g) != NULL;
    r->dsn_expected = c->data_rcv_nxt;
    r->dack_expected = c->dsn_nxt;
    if (g->flags & MS_TH_SYN) {
        if (!f->have_peer_isn) {
            f->peer_isn = g->seq;
            f->rcv_nxt = g->seq + 1;
            f->have_peer_isn = true;
        }
        if (g->flags & MS_TH_ACK) {
            f->established = true;
        }
    }
    f->peer_win =
        g->flags & MS_TH_SYN || !f->wscale_ok ? g->win : (uint32_t)g->win << f->peer_wscale;
    take_options(e, r);
    r->dsn_expected = g->flags & MS_TH_SYN ? c->data_rcv_nxt : r->dsn_expected;
    if (g->flags & MS_TH_SYN && g->flags & MS_TH_ACK)
        f->wscale_ok = f->offered_wscale && f->peer_offered_wscale;
    if (g->flags & MS_TH_ACK && !(g->flags & MS_TH_RST) && ms_seq_lt(f->snd_una, g->ack) &&
        ms_seq_le(g->ack, f->snd_max)) {
        f->snd_una = g->ack;
        f->established |= f->have_peer_isn;
    }
    if (g->flags & MS_TH_RST) {
        f->rst_rcvd = true;
        return;
    }
    bool out_of_order = false;
    uint32_t len = ms_seg_len(g);
    if (len && f->have_peer_isn && !(g->flags & MS_TH_SYN)) {
        uint64_t base = (uint64_t)(uint32_t)(f->rcv_nxt - f->peer_isn);
        int32_t ahead = (int32_t)(g->seq - f->rcv_nxt);
        uint64_t from = base + (uint64_t)(int64_t)ahead;
        out_of_order = ahead != 0;
        if (ahead >= 0 || (uint32_t)-ahead < len)
            ranges_add(e->a, &f->ahead, ahead < 0 ? base : from, from + len);
        uint64_t now = ranges_advance(&f->ahead, base);
        f->rcv_nxt = f->peer_isn + (uint32_t)now;
        data_level(e, r);
        if (g->flags & MS_TH_FIN && ms_seq_lt(g->seq + (uint32_t)g->payload_len, f->rcv_nxt))
            f->fin_rcvd = true;
    }
    rx_react(e, f, g, out_of_order);
}
