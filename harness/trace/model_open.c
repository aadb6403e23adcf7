/* SPDX-License-Identifier: MIT */
/* SYN, SYN/ACK and third packet: keys, tokens, joins, and whether the flow is MPTCP at all. */
#include <string.h>

#include "trace/model_int.h"

const struct ms_mp *model_form(const struct ms_seg *seg, enum ms_form form)
{
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (seg->opt[i].kind == MS_TCPOPT_MPTCP && seg->opt[i].mp.form == form)
            return &seg->opt[i].mp;
    return NULL;
}

static bool has_subtype(const struct ms_seg *seg, uint8_t subtype)
{
    return ms_seg_mp(seg, subtype) != NULL;
}

/* Address of that side on the first subflow. */
static const struct ms_addr *first_addr(const struct ms_conn *c, unsigned side)
{
    return &c->first->addr[c->first->side[MS_OPENER] == side ? MS_OPENER : MS_ACCEPTOR];
}

/* RFC 8684 3.1: a host's keys, and its tokens, differ among all its connections of the moment. */
static void look_for_key(const struct ms_model *m, struct ms_model_step *st,
                         const struct ms_conn *conn, unsigned side, uint64_t key)
{
    const struct ms_addr *host = first_addr(conn, side);
    uint32_t token = ms_token(key);
    for (const struct ms_token_node *n = model_token_find(m, token); n; n = n->next) {
        if (n->token != token || n->conn == conn || n->conn->closed ||
            !ms_addr_eq(first_addr(n->conn, n->side), host))
            continue;
        uint64_t other = n->conn->side[n->side].key;
        st->key_shared = st->key_shared || other == key;
        st->token_shared = st->token_shared || (other != key && ms_token(other) == token);
    }
}

static void set_key(struct ms_side *s, uint64_t key)
{
    s->key = key;
    s->key_known = true;
    s->token = ms_token(key);
    s->idsn = ms_idsn(key);
    s->data_hi = s->octets_hi = s->idsn + 1; /* 3.1: the SYN takes the first octet */
}

/* A key as its owner shows it. A listener may show another in a repeated SYN/ACK. */
void model_learn_key(struct ms_model *m, struct ms_model_step *st, struct ms_conn *c, unsigned side,
                     uint64_t key)
{
    struct ms_side *s = &c->side[side];
    for (unsigned i = 0; i < s->n_key_seen; i++)
        if (s->key_seen[i] == key)
            return;
    if (s->n_key_seen == MS_ARRAY_LEN(s->key_seen))
        return;
    look_for_key(m, st, c, side, key);
    s->key_seen[s->n_key_seen++] = key;
    model_token_add(m, ms_token(key), c, side);
    if (!s->key_known)
        set_key(s, key);
}

static void learn_nonce(struct ms_half *h, uint32_t nonce)
{
    for (unsigned i = 0; i < h->n_nonce; i++)
        if (h->nonce[i] == nonce)
            return;
    if (h->n_nonce < MS_ARRAY_LEN(h->nonce))
        h->nonce[h->n_nonce++] = nonce;
}

static void open_capable(struct ms_model *m, struct ms_flow *f, const struct ms_mp *mp, int host)
{
    struct ms_conn *c = model_conn_add(m, f);
    c->side[0].host = host;
    c->side[1].host = host < 0 ? -1 : 1 - host;
    f->kind = MS_FLOW_CAPABLE;
    f->half[MS_OPENER].open_opt = true;
    c->side[0].cap_seen = true;
    c->side[0].cap_flags = mp->cap_flags;
    c->side[0].version = mp->version;
    /* RFC 6824 (version 0) has its key on the SYN and other hashes. */
    c->foreign = mp->version == 0 && mp->keys == 1;
}

/* 5 and 3.2: each join draws its own number. */
static void learn_join_nonce(struct ms_model_step *st, struct ms_side *s, uint32_t nonce)
{
    uint32_t isn = st->half->isn;
    for (size_t i = 0; i < s->n_nonce; i++) {
        if (s->nonce[i].nonce != nonce)
            continue;
        /* The same SYN under other addresses is a capture on both sides of an address translator. */
        st->nonce_reused = s->nonce[i].flow != st->flow->number && s->nonce[i].isn != isn;
        return;
    }
    if (s->n_nonce == MS_MODEL_ANNOUNCED)
        return;
    s->nonce = model_grow(s->nonce, s->n_nonce, &s->cap_nonce, sizeof *s->nonce);
    s->nonce[s->n_nonce++] =
        (struct ms_join_nonce){.nonce = nonce, .flow = st->flow->number, .isn = isn};
}

static bool knows_addr(const struct ms_conn *c, unsigned side, const struct ms_addr *a)
{
    const struct ms_side *s = &c->side[side];
    for (size_t i = 0; i < s->n_ann; i++)
        if (ms_addr_eq(&s->ann[i].addr, a))
            return true;
    return ms_addr_eq(first_addr(c, side), a);
}

/* True if `a` is known as an address of that side and not of the other one. */
static bool only_of(const struct ms_conn *c, unsigned side, const struct ms_addr *a)
{
    return knows_addr(c, side, a) && !knows_addr(c, 1 - side, a);
}

/* 3.2: the token on a SYN is that of its receiver. True if it is surely that of its sender. */
static bool is_own_token(const struct ms_token_node *owner, const struct ms_seg *seg, int host)
{
    const struct ms_conn *c = owner->conn;
    if (host >= 0 && c->side[owner->side].host >= 0)
        return c->side[owner->side].host == host;
    return only_of(c, owner->side, &seg->src) || only_of(c, 1 - owner->side, &seg->dst);
}

static void open_join(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg,
                      const struct ms_mp *mp)
{
    struct ms_flow *f = st->flow;
    f->kind = MS_FLOW_JOIN;
    f->half[MS_OPENER].open_opt = true;
    f->half[MS_OPENER].addr_id = mp->addr_id;
    f->join_token = mp->token;
    learn_nonce(&f->half[MS_OPENER], mp->nonce);
    const struct ms_token_node *owner = model_token_find(m, mp->token);
    if (!owner)
        return;
    st->join_known = true;
    st->join_conn = owner->conn;
    st->join_own_token = is_own_token(owner, seg, st->host);
    if (st->join_own_token)
        return;
    if (!f->conn) {
        f->side[MS_ACCEPTOR] = owner->side;
        f->side[MS_OPENER] = 1 - owner->side;
        model_conn_join(m, owner->conn, f);
        f->conn->joined = true;
    }
    struct ms_side *s = &f->conn->side[f->side[MS_OPENER]];
    learn_join_nonce(st, s, mp->nonce);
    model_learn_id(st, s,
                   &(struct ms_announced){.id = mp->addr_id, .addr = seg->src, .join = true});
}

void model_syn(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_flow *f = st->flow;
    struct ms_half *h = &f->half[MS_OPENER];
    const struct ms_opt *ws = ms_seg_opt(seg, MS_TCPOPT_WSCALE);
    h->syn_seen = h->placed = true;
    h->isn = seg->seq;
    h->wscale_seen = ws != NULL;
    h->wscale = ws ? ws->wscale : 0;
    if (!st->syn_repeated) {
        h->pos_hi = 1;
        h->tfo_offered = (uint32_t)seg->payload_len;
    }
    const struct ms_mp *capable = model_form(seg, MS_FORM_CAPABLE);
    const struct ms_mp *join = model_form(seg, MS_FORM_JOIN_SYN);
    if (join && f->kind != MS_FLOW_CAPABLE)
        open_join(m, st, seg, join);
    else if (capable && f->kind == MS_FLOW_PLAIN && !f->synack_seen)
        open_capable(m, f, capable, st->host);
    /* 3.2: both addresses of the first subflow have ID 0 without a word about it. */
    if (f->conn && f->kind == MS_FLOW_CAPABLE)
        for (unsigned s = 0; s < 2; s++)
            model_learn_id(st, &f->conn->side[s],
                           &(struct ms_announced){.addr = f->addr[s], .join = true});
}

static void synack_capable(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_flow *f = st->flow;
    struct ms_conn *c = f->conn;
    const struct ms_mp *mp = model_form(seg, MS_FORM_CAPABLE);
    if (!mp || mp->keys != 1) {
        if (has_subtype(seg, MPTCP_SUB_CAPABLE))
            f->murky = true; /* damaged: the opener's way on is not to be foreseen */
        else
            f->synack_plain = !f->half[MS_ACCEPTOR].open_opt;
        return;
    }
    f->half[MS_ACCEPTOR].open_opt = true;
    f->synack_plain = false;
    struct ms_side *s = &c->side[1];
    if (!s->cap_seen) {
        s->cap_seen = true;
        s->cap_flags = mp->cap_flags;
        s->version = mp->version;
        c->csum = ((c->side[0].cap_flags | mp->cap_flags) & MPTCP_CAP_A) != 0;
        c->csum_known = true;
        if (mp->version > 1)
            c->foreign = true;
    }
    model_learn_key(m, st, c, 1, mp->sender_key);
}

static void synack_join(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_flow *f = st->flow;
    const struct ms_mp *mp = model_form(seg, MS_FORM_JOIN_SYNACK);
    if (!mp) {
        if (has_subtype(seg, MPTCP_SUB_JOIN))
            f->murky = true;
        else
            f->synack_plain = !f->half[MS_ACCEPTOR].open_opt;
        return;
    }
    f->half[MS_ACCEPTOR].open_opt = true;
    f->half[MS_ACCEPTOR].addr_id = mp->addr_id;
    f->synack_plain = false;
    learn_nonce(&f->half[MS_ACCEPTOR], mp->nonce);
    if (!f->conn && !model_token_find(m, f->join_token)) {
        /* Accepted, so there is such a connection: it began before the capture. */
        model_token_add(m, f->join_token, model_conn_add(m, f), 1);
        model_unknown(m, f->conn, MS_UNK_START);
    }
    if (f->conn)
        model_learn_id(st, &f->conn->side[f->side[MS_ACCEPTOR]],
                       &(struct ms_announced){.id = mp->addr_id, .addr = seg->src, .join = true});
}

void model_synack(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_flow *f = st->flow;
    struct ms_half *h = &f->half[MS_ACCEPTOR], *o = &f->half[MS_OPENER];
    const struct ms_opt *ws = ms_seg_opt(seg, MS_TCPOPT_WSCALE);
    if (st->syn_repeated && h->isn != seg->seq)
        st->flow->murky = true; /* of another connection between the same ports */
    if (!st->syn_repeated) {
        if (!h->syn_seen && h->placed && h->pos_hi >= MS_MODEL_MID_POS)
            o->ack_seen = false; /* a choice for want of this segment */
        h->syn_seen = h->placed = true;
        h->isn = seg->seq;
        h->pos_hi = h->told_hi = 1;
        h->n_hole = 0;
        h->wscale_seen = ws != NULL;
        h->wscale = ws ? ws->wscale : 0;
    }
    f->synack_seen = true;
    /* RFC 8684 B.2: what a fast open got through is outside the data sequence space. */
    uint32_t taken = seg->ack - o->isn - 1;
    if (taken && taken <= o->tfo_offered) {
        o->tfo = taken;
        if (o->pos_hi < 1 + (uint64_t)taken)
            o->pos_hi = 1 + (uint64_t)taken;
    }
    if (f->kind == MS_FLOW_CAPABLE) {
        synack_capable(m, st, seg);
        f->fallback = f->synack_plain ? "the SYN/ACK had no MP_CAPABLE" : NULL;
    } else if (f->kind == MS_FLOW_JOIN) {
        synack_join(m, st, seg);
    }
}

static bool has_shown(const struct ms_side *s, uint64_t key)
{
    for (unsigned i = 0; i < s->n_key_seen; i++)
        if (s->key_seen[i] == key)
            return true;
    return false;
}

/*
 * Both keys are others than those that were shown: a connection between the same ports whose SYN the capture lacks.
 * In a case none is lacking.
 */
static bool other_connection(const struct ms_model_step *st, const struct ms_mp *mp)
{
    const struct ms_side *s = st->conn->side;
    return st->host < 0 && s[0].key_known && s[1].key_known && !has_shown(&s[0], mp->sender_key) &&
           !has_shown(&s[1], mp->receiver_key);
}

void model_third(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_flow *f = st->flow;
    struct ms_half *h = st->half;
    if (st->role == MS_ACCEPTOR) {
        if (f->half[MS_OPENER].third_opt && (seg->flags & MS_TH_ACK))
            h->acked_third = true;
        return;
    }
    if (seg->flags & MS_TH_RST)
        return;
    h->third_seen = true;
    if (!f->synack_seen && f->kind != MS_FLOW_MID) {
        model_unknown(m, f->conn, MS_UNK_GAP);
        f->murky = f->murky || h->tfo_offered; /* how many of these octets count is not known */
    }
    if (f->kind == MS_FLOW_JOIN && model_form(seg, MS_FORM_JOIN_ACK))
        h->third_opt = true;
    if (!h->third_opt && (seg->flags & MS_TH_ACK) && !ms_seg_has_mptcp(seg))
        h->third_bare = true;
    const struct ms_mp *mp = model_form(seg, MS_FORM_CAPABLE);
    if (f->kind != MS_FLOW_CAPABLE || !mp || mp->keys != 2)
        return;
    if (other_connection(st, mp)) {
        f->murky = true;
        return;
    }
    h->third_opt = true;
    const struct ms_side *own = &f->conn->side[0], *other = &f->conn->side[1];
    if (own->key_known && own->key != mp->sender_key && other->key_known &&
        other->key != mp->receiver_key && other->n_key_seen == 1) {
        f->murky = true; /* both at once: another connection between the same ports */
        return;
    }
    model_learn_key(m, st, f->conn, 0, mp->sender_key);
    /* Of several keys that a listener showed, the echoed one is that of the connection. */
    struct ms_side *listener = &f->conn->side[1];
    for (unsigned i = 0; i < listener->n_key_seen; i++)
        if (listener->key_seen[i] == mp->receiver_key && listener->key != mp->receiver_key &&
            !listener->data_seen)
            set_key(listener, mp->receiver_key);
}
