/* SPDX-License-Identifier: MIT */
/* MP_CAPABLE and MP_JOIN against what they said before: repeated handshake packets, HMACs, echoed keys. */
#include <string.h>

#include "trace/model_int.h"

static void note_flags(struct ms_side_watch *w, const struct ms_seg *seg)
{
    const struct ms_mp *mp = model_form(seg, MS_FORM_CAPABLE);
    if (!mp || mp->version != 1) {
        w->cap_missing = true;
        return;
    }
    w->cap_flags_all = w->cap_told ? w->cap_flags_all & mp->cap_flags : mp->cap_flags;
    w->cap_flags |= mp->cap_flags;
    w->cap_told = true;
}

/* 5: the random number of an attempt stays, retransmissions included; so does what goes with it. */
static void note_told(struct ms_model_step *st, struct ms_join_told *first,
                      const struct ms_join_told *now)
{
    if (!first->told) {
        *first = *now;
        return;
    }
    st->watch.join_changed = first->token != now->token     ? "token"
                             : first->nonce != now->nonce   ? "random number"
                             : first->id != now->id         ? "address ID"
                             : first->backup != now->backup ? "B"
                             : memcmp(first->hmac, now->hmac, sizeof now->hmac) != 0 ? "HMAC"
                                                                                     : NULL;
}

/* Keys and numbers that the two ends showed once, and honestly. */
static bool hmac_known(const struct ms_model_step *st)
{
    return st->conn && !st->conn->fault && !st->flow->fault && st->side->n_key_seen == 1 &&
           st->peer->n_key_seen == 1 && st->half->n_nonce == 1 && st->peer_half->n_nonce == 1;
}

static void note_hmac(struct ms_model_step *st, const struct ms_mp *mp)
{
    uint8_t full[32];
    if (!hmac_known(st))
        return;
    ms_join_hmac(st->side->key, st->peer->key, st->half->nonce[0], st->peer_half->nonce[0], full);
    if (memcmp(full, mp->hmac, mp->hmac_len) == 0)
        st->half->watch.hmac_right = true;
    else
        st->half->watch.hmac_wrong = true;
}

static void note_join(struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_half_watch *w = &st->half->watch;
    enum ms_form due = !(seg->flags & MS_TH_SYN) ? MS_FORM_JOIN_ACK
                       : seg->flags & MS_TH_ACK  ? MS_FORM_JOIN_SYNACK
                                                 : MS_FORM_JOIN_SYN;
    if (seg->flags & MS_TH_RST)
        return;
    for (unsigned i = 0; i < seg->n_opt; i++) {
        const struct ms_mp *mp = &seg->opt[i].mp;
        if (seg->opt[i].kind != MS_TCPOPT_MPTCP || mp->form != due)
            continue;
        struct ms_join_told told = {.told = true,
                                    .id = mp->addr_id,
                                    .backup = mp->backup,
                                    .token = mp->token,
                                    .nonce = mp->nonce};
        memcpy(told.hmac, mp->hmac, sizeof told.hmac);
        note_told(st, mp->form == MS_FORM_JOIN_ACK ? &w->third : &w->join, &told);
        if (mp->form != MS_FORM_JOIN_SYN)
            note_hmac(st, mp);
    }
}

/* 3.1: the third packet, and each that repeats it, echoes the listener's key. */
static void note_echo(struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_mp *mp = model_form(seg, MS_FORM_CAPABLE);
    const struct ms_side *listener = &st->conn->side[1];
    if (!mp || mp->keys != 2 || st->role != MS_OPENER || listener->n_key_seen != 1)
        return;
    if (mp->receiver_key == listener->key_seen[0])
        st->half->watch.echo_right = true;
    else
        st->half->watch.echo_wrong = true;
}

void model_watch_opening(struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_flow *f = st->flow;
    if (f->kind == MS_FLOW_JOIN) {
        note_join(st, seg);
        return;
    }
    if (f->kind != MS_FLOW_CAPABLE)
        return;
    if (!(seg->flags & MS_TH_SYN)) {
        note_echo(st, seg);
        return;
    }
    note_flags(&st->side->watch, seg);
    if (st->role == MS_ACCEPTOR && st->syn_repeated && st->side->n_key_seen > 1)
        st->watch.key_changed = true;
}
