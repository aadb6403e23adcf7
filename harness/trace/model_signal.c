/* SPDX-License-Identifier: MIT */
/* Options on duplicate ACKs, and announcements against each other. */
#include <string.h>

#include "trace/model_int.h"

/* Nothing but signals that wait for no answer of the sender's own retransmission timer. */
static bool only_signals(const struct ms_seg *seg)
{
    bool any = false;
    for (unsigned i = 0; i < seg->n_opt; i++) {
        const struct ms_opt *o = &seg->opt[i];
        if (o->kind == MS_TCPOPT_SACK)
            return false; /* a duplicate ACK of plain TCP's own */
        if (o->kind != MS_TCPOPT_MPTCP)
            continue;
        if (o->mp.form != MS_FORM_ADD_ADDR && o->mp.form != MS_FORM_REMOVE_ADDR &&
            o->mp.form != MS_FORM_PRIO)
            return false;
        any = true;
    }
    return any;
}

/*
 * A duplicate ACK as RFC 5681 defines it: the peer has data outstanding, nothing else is new. What a capture
 * near the sender of that data shows as outstanding is so for the sender as well.
 */
static void count_signals(struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_half *h = st->half;
    struct ms_half_watch *w = &h->watch;
    bool duplicate = (seg->flags & (MS_TH_SYN | MS_TH_FIN | MS_TH_RST | MS_TH_ACK)) == MS_TH_ACK &&
                     ms_seg_len(seg) == 0 && h->ack_seen && h->ack_hi == w->last_ack &&
                     h->pos_hi == w->last_end && seg->win == w->last_win && !st->late &&
                     st->peer_half->pos_hi > h->ack_hi;
    w->signals = duplicate && only_signals(seg) ? w->signals + 1 : 0;
    st->watch.signals = w->signals;
}

static struct ms_announced *find_announced(struct ms_side *s, const struct ms_mp *mp)
{
    for (size_t i = 0; i < s->n_ann; i++) {
        struct ms_announced *a = &s->ann[i];
        if (!a->join && a->id == mp->addr_id && ms_addr_eq(&a->addr, &mp->addr) &&
            a->has_port == mp->has_port && a->port == mp->port)
            return a;
    }
    return NULL;
}

/* 3.4.1: an ADD_ADDR whose HMAC is wrong is silently ignored, so nobody echoes it. */
static void note_hmac(struct ms_model_step *st, const struct ms_mp *mp)
{
    struct ms_announced *a = find_announced(st->side, mp);
    if (!a || st->conn->fault || st->side->n_key_seen != 1 || st->peer->n_key_seen != 1)
        return;
    uint8_t full[32];
    ms_add_addr_hmac(st->side->key, st->peer->key, mp->addr_id, &mp->addr, mp->port, full);
    bool wrong = memcmp(full + 24, mp->hmac, 8) != 0;
    a->hmac_wrong = wrong && (a->hmac_wrong || !a->told);
    a->told = true;
}

/* An address that the ID has by the other way of learning it: ADD_ADDR against MP_JOIN. */
static void compare_id(struct ms_model_step *st, uint8_t id, const struct ms_addr *addr, bool join)
{
    const struct ms_side *s = st->side;
    for (size_t i = 0; i < s->n_ann; i++) {
        const struct ms_announced *a = &s->ann[i];
        if (a->join == join || a->id != id || a->withdrawn || ms_addr_eq(&a->addr, addr))
            continue;
        st->watch.id_elsewhere = true;
        st->watch.id = id;
        st->watch.id_addr = a->addr;
    }
}

static void look_for_ids(struct ms_model_step *st, const struct ms_mp *mp)
{
    const struct ms_side *s = st->side;
    for (unsigned k = 0; k < mp->n_ids && !s->ann_overflow; k++) {
        size_t i = 0;
        while (i < s->n_ann && s->ann[i].id != mp->ids[k])
            i++;
        if (i < s->n_ann)
            continue;
        st->watch.id_unknown = true;
        st->watch.id = mp->ids[k];
    }
}

/* Withdrawn ones remember where; those that are valid again do not. */
static void note_removals(struct ms_model_step *st, const struct ms_mp *mp)
{
    struct ms_side *s = st->side;
    for (size_t i = 0; i < s->n_ann; i++) {
        struct ms_announced *a = &s->ann[i];
        if (!a->withdrawn) {
            a->removed_on = 0;
            a->removal_came = false;
        } else if (!a->removed_on && mp->form == MS_FORM_REMOVE_ADDR) {
            a->removed_on = st->flow->number;
        }
    }
    if (mp->form == MS_FORM_REMOVE_ADDR) {
        st->half->watch.removing = true;
        st->half->watch.removing_pos = st->half->pos_hi;
    }
}

/* An ACK of what the peer sent after its REMOVE_ADDR. */
static void settle_removals(struct ms_model_step *st)
{
    struct ms_half_watch *w = &st->peer_half->watch;
    if (!w->removing || st->half->ack_hi <= w->removing_pos)
        return;
    w->removing = false;
    for (size_t i = 0; i < st->peer->n_ann; i++)
        if (st->peer->ann[i].removed_on == st->flow->number)
            st->peer->ann[i].removal_came = true;
}

/* 3.4.2: a join to an address that its owner withdrew and did not give again. */
static bool is_removed(const struct ms_side *owner, const struct ms_addr *addr)
{
    bool removed = false;
    for (size_t i = 0; i < owner->n_ann; i++) {
        const struct ms_announced *a = &owner->ann[i];
        if (!ms_addr_eq(&a->addr, addr))
            continue;
        if (!a->removed_on || !a->removal_came)
            return false;
        removed = true;
    }
    return removed;
}

static void take_option(struct ms_model_step *st, const struct ms_seg *seg, const struct ms_mp *mp)
{
    if (mp->form == MS_FORM_ADD_ADDR && mp->echo) {
        const struct ms_announced *a = find_announced(st->peer, mp);
        st->watch.echo_of_wrong = a && a->hmac_wrong;
        st->side->watch.echo_sent = true;
    } else if (mp->form == MS_FORM_ADD_ADDR) {
        note_hmac(st, mp);
        compare_id(st, mp->addr_id, &mp->addr, false);
        note_removals(st, mp);
    } else if (mp->form == MS_FORM_JOIN_SYN || mp->form == MS_FORM_JOIN_SYNACK) {
        compare_id(st, mp->addr_id, &seg->src, true);
        note_removals(st, mp);
        st->watch.to_removed =
            mp->form == MS_FORM_JOIN_SYN && !st->syn_repeated && is_removed(st->peer, &seg->dst);
    } else if (mp->form == MS_FORM_REMOVE_ADDR) {
        look_for_ids(st, mp);
        note_removals(st, mp);
    }
}

void model_watch_signals(struct ms_model_step *st, const struct ms_seg *seg)
{
    count_signals(st, seg);
    settle_removals(st);
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (seg->opt[i].kind == MS_TCPOPT_MPTCP)
            take_option(st, seg, &seg->opt[i].mp);
}
