/* SPDX-License-Identifier: MIT */
/* How directions and connections end or fall back: DATA_FIN and FIN, MP_FAIL, infinite mapping, MP_FASTCLOSE. */
#include "trace/model_int.h"

static void raise_to(bool *known, uint64_t *at, uint64_t to)
{
    if (!*known)
        *at = to;
    *known = true;
}

/*
 * 3.3.3: the FIN of the only subflow while data other than that of the segment with the DATA_FIN lacks a Data
 * ACK. A subflow on which data was repeated may no longer work, and one without Data ACKs, with an infinite mapping or
 * data without options of either end, or MP_FAIL, may be plain TCP.
 */
static bool perhaps_plain(const struct ms_model_step *st)
{
    const struct ms_half *h = st->half, *p = st->peer_half;
    return !p->dack_seen || h->infinite || p->infinite || h->bare_data || p->bare_data ||
           st->side->fail_sent || st->peer->fail_sent;
}

static void compare_fin(struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_side *s = st->side;
    const struct ms_half *h = st->half;
    if (!(seg->flags & MS_TH_FIN) || st->watch.fin_again || st->conn->flows != 1 ||
        st->flow->kind != MS_FLOW_CAPABLE || st->flow->fallback || !s->key_known || !s->data_seen ||
        h->repeated || perhaps_plain(st) || s->fastclose_sent || st->peer->fastclose_sent)
        return;
    uint64_t due = s->octets_hi;
    if (s->fin_known && s->watch.fin_from_known && ms_dsn_lt(s->watch.fin_from, due))
        due = s->watch.fin_from;
    if (ms_dsn_lt(s->acked_hi, due)) {
        st->watch.fin_early = true;
        st->watch.fin_lacks = due;
    }
}

static void note_fin_place(struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_side_watch *w = &st->side->watch;
    if (w->fin_tcp || !ms_seg_len(seg))
        return;
    w->fin_tcp = true;
    w->fin_flow = st->flow->number;
    w->fin_end = st->pos + ms_seg_len(seg);
}

/* 3.3.3: an ACK that shows that the DATA_FIN came, and a Data ACK that does not cover it. */
static void note_fin_denied(struct ms_model_step *st)
{
    struct ms_side_watch *w = &st->peer->watch;
    if (w->fin_tcp && w->fin_flow == st->flow->number && st->has_dack && !st->late &&
        st->half->ack_hi >= w->fin_end && st->dack == st->peer->fin_dsn)
        w->fin_denied++;
}

static void note_fin(struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_half_watch *w = &st->half->watch;
    if (st->has_map && st->map.fin) {
        raise_to(&st->side->watch.fin_from_known, &st->side->watch.fin_from, st->map.dsn);
        note_fin_place(st, seg);
    }
    note_fin_denied(st);
    st->watch.fin_again = w->fin_seen;
    compare_fin(st, seg);
    w->fin_seen = w->fin_seen || (seg->flags & MS_TH_FIN);
}

/* 3.7: where MP_FAIL stood, so that the other end's ACK beyond it proves that it came. */
static void note_fail(struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_half_watch *of_peer = &st->peer_half->watch;
    const struct ms_mp *mp = model_form(seg, MS_FORM_FAIL);
    st->watch.fail_due = of_peer->fail_seen && st->half->ack_seen &&
                         st->half->ack_hi > of_peer->fail_pos && !st->side->fail_sent;
    if (mp && !(seg->flags & MS_TH_RST))
        raise_to(&st->half->watch.fail_seen, &st->half->watch.fail_pos, st->half->pos_hi);
}

/* 3.7: a Data ACK on a new ACK when one before it covered octets of the infinite mapping already. */
static void note_infinite(struct ms_model_step *st)
{
    const struct ms_half *p = st->peer_half;
    uint64_t at = p->infinite_pos + p->tfo;
    st->watch.dack_needless = st->has_dack && !st->map_infinite && p->infinite && !st->late &&
                              st->half->watch.last_ack > at &&
                              st->half->ack_hi > st->half->watch.last_ack;
}

/* 3.5: no data is accepted after MP_FASTCLOSE; what the peer had sent until then may have been. */
static void note_fastclose(struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_half_watch *w = &st->half->watch;
    st->watch.dack_closed =
        st->has_dack && w->closed && !st->late && ms_dsn_lt(w->closed_hi, st->dack);
    if (!(seg->flags & MS_TH_RST) && model_form(seg, MS_FORM_FASTCLOSE))
        raise_to(&w->closed, &w->closed_hi, st->peer->data_hi);
}

/* 3.3.1: numbers of 32 bits repeat within the lifetime of a segment if 2^32 octets take less than that. */
static void note_rate(struct ms_model *m, struct ms_model_step *st)
{
    struct ms_side *s = st->side;
    struct ms_side_watch *w = &s->watch;
    if (!st->has_map || st->map_infinite)
        return;
    uint64_t at = s->data_hi - s->idsn;
    for (unsigned i = 0; i < MS_MODEL_RATES && i < w->n_rate; i++) {
        const struct ms_rate *r = &w->rate[i];
        if (!st->map.wide && at - r->at >= 1ull << 32 && m->now_ns - r->ns < MS_MODEL_MSL_NS)
            st->watch.width_due = true;
    }
    if (w->n_rate && at - w->rate[(w->n_rate - 1) % MS_MODEL_RATES].at < 1u << 29)
        return;
    w->rate[w->n_rate++ % MS_MODEL_RATES] = (struct ms_rate){.at = at, .ns = m->now_ns};
}

void model_watch_ending(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    st->side->watch.last_packet = m->packet;
    note_fin(st, seg);
    note_fail(st, seg);
    note_infinite(st);
    note_fastclose(st, seg);
    note_rate(m, st);
}
