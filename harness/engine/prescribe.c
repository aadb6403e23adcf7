/* SPDX-License-Identifier: MIT */
/*
 * The values that RFC 8684 prescribes: for an option that the tester is about to send, and for one that the
 * IUT has sent (what a bare field name in an expectation means).
 */
#include "engine/engine_int.h"

#include <string.h>

/* DSN of the first stream octet of one direction (RFC 8684 3.1: the octet after the MP_CAPABLE's). */
uint64_t stream_base(const struct conn *c, bool from_tester)
{
    return (from_tester ? c->idsn : c->peer_idsn) + 1;
}

static uint8_t capable_flags(const struct conn *c, uint8_t flags)
{
    bool third = (flags & (MS_TH_SYN | MS_TH_ACK)) == MS_TH_ACK;
    return (uint8_t)(MPTCP_CAP_H | ((third ? c->csum : c->want_csum) ? MPTCP_CAP_A : 0));
}

static void tx_capable(const struct conn *c, uint8_t flags, size_t data_len, struct ms_mp *mp)
{
    mp->form = MS_FORM_CAPABLE;
    mp->version = 1;
    mp->cap_flags = capable_flags(c, flags);
    mp->sender_key = c->key;
    mp->receiver_key = c->peer_key;
    if (flags & MS_TH_SYN) {
        mp->keys = flags & MS_TH_ACK ? 1 : 0;
        return;
    }
    mp->keys = 2;
    if (data_len) {
        mp->has_dll = true;
        mp->dll = (uint16_t)data_len;
        mp->has_csum = c->csum;
    }
}

static void tx_join(const struct flow *f, uint8_t flags, struct ms_mp *mp)
{
    uint8_t h[32];
    ms_join_hmac(f->conn->key, f->conn->peer_key, f->nonce, f->peer_nonce, h);
    mp->addr_id = f->id;
    mp->backup = f->backup;
    mp->nonce = f->nonce;
    if (!(flags & MS_TH_SYN)) {
        mp->form = MS_FORM_JOIN_ACK;
        mp->hmac_len = 20;
        memcpy(mp->hmac, h, 20); /* RFC 8684 3.2: leftmost 160 bits */
    } else if (flags & MS_TH_ACK) {
        mp->form = MS_FORM_JOIN_SYNACK;
        mp->hmac_len = 8;
        memcpy(mp->hmac, h, 8); /* leftmost 64 bits */
    } else {
        mp->form = MS_FORM_JOIN_SYN;
        mp->token = f->conn->peer_token;
    }
}

static void tx_dss(const struct flow *f, size_t data_len, struct ms_mp *mp)
{
    const struct conn *c = f->conn;
    mp->form = MS_FORM_DSS;
    mp->dss_flags = MS_DSS_A | MS_DSS_a;
    mp->dack = c->hold_dack ? c->held_dack : c->data_rcv_nxt;
    mp->dsn = c->dsn_nxt;
    mp->ssn = data_len ? f->snd_nxt - f->isn : 0;
    mp->dll = (uint16_t)data_len;
    if (data_len) {
        mp->dss_flags |= MS_DSS_M | MS_DSS_m;
        mp->has_csum = c->csum;
    }
}

void prescribe_tx(struct engine *e, struct flow *f, const struct ms_option_name *name,
                  uint8_t flags, size_t data_len, struct ms_opt *opt)
{
    struct conn *c = f->conn;
    struct ms_mp *mp = &opt->mp;
    (void)e;
    memset(opt, 0, sizeof *opt);
    opt->kind = name->kind;
    opt->mss = f->mss;
    opt->wscale = f->wscale;
    opt->tsval = f->ts_clock;
    opt->tsecr = f->ts_recent;
    if (name->kind != MS_TCPOPT_MPTCP || name->subtype < 0)
        return;
    mp->subtype = (uint8_t)name->subtype;
    switch (name->subtype) {
    case MPTCP_SUB_CAPABLE:
        tx_capable(c, flags, data_len, mp);
        break;
    case MPTCP_SUB_JOIN:
        tx_join(f, flags, mp);
        break;
    case MPTCP_SUB_DSS:
        tx_dss(f, data_len, mp);
        break;
    case MPTCP_SUB_ADD_ADDR:
        mp->form = MS_FORM_ADD_ADDR;
        mp->hmac_len = 8;
        mp->addr = f->own;
        break;
    case MPTCP_SUB_REMOVE_ADDR:
        mp->form = MS_FORM_REMOVE_ADDR;
        mp->ids[0] = f->id;
        mp->n_ids = 1;
        break;
    case MPTCP_SUB_PRIO:
        mp->form = MS_FORM_PRIO;
        mp->backup = 1;
        break;
    case MPTCP_SUB_FAIL:
        mp->form = MS_FORM_FAIL;
        mp->dsn = c->data_rcv_nxt;
        break;
    case MPTCP_SUB_FASTCLOSE:
        mp->form = MS_FORM_FASTCLOSE;
        mp->receiver_key = c->peer_key;
        break;
    case MPTCP_SUB_TCPRST:
        mp->form = MS_FORM_TCPRST;
        break;
    default:
        break;
    }
}

/* ---- what the IUT should have written ---- */

static void rx_join(const struct flow *f, const struct ms_mp *got, struct ms_mp *want)
{
    uint8_t h[32];
    uint32_t peer_nonce = got->form == MS_FORM_JOIN_ACK ? f->peer_nonce : got->nonce;
    ms_join_hmac(f->conn->peer_key, f->conn->key, peer_nonce, f->nonce, h);
    want->token = f->conn->token; /* RFC 8684 3.2: the receiver's */
    if (got->hmac_len)
        memcpy(want->hmac, h, got->hmac_len);
}

static uint16_t rx_csum(struct engine *e, const struct rx *r, const struct ms_mp *got)
{
    /* Right over the octets as they came; the infinite mapping has checksum 0 (RFC 8684 3.3.1). */
    if (got->dll == 0)
        return 0;
    const struct conn *c = r->flow->conn;
    bool capable = got->form == MS_FORM_CAPABLE;
    uint64_t dsn = capable ? stream_base(c, false)
                           : dsn_extend(r->dsn_expected, got->dsn, got->dss_flags & MS_DSS_m);
    uint32_t ssn = capable ? 1 : got->ssn;
    size_t data = got->dll - (!capable && (got->dss_flags & MS_DSS_F) ? 1u : 0u);
    uint8_t *octets = ms_arena_alloc(e->a, data + 1);
    if (data > r->seg->payload_len)
        return got->csum; /* spans several segments: the oracle's rule judges it whole */
    if (data)
        memcpy(octets, r->seg->payload, data);
    return ms_dss_csum(dsn, ssn, got->dll, 0, octets, data);
}

void prescribe_rx(struct engine *e, const struct rx *r, const struct ms_opt *got,
                  struct ms_opt *want)
{
    const struct flow *f = r->flow;
    const struct conn *c = f->conn;
    const struct ms_mp *g = &got->mp;
    struct ms_mp *w = &want->mp;
    *want = *got; /* what is not prescribed is as it came */
    if (got->kind == MS_TCPOPT_TS) {
        want->tsecr = f->ts_clock;
        return;
    }
    if (got->kind != MS_TCPOPT_MPTCP || !c)
        return;
    switch (g->subtype) {
    case MPTCP_SUB_CAPABLE:
        w->version = 1;
        w->cap_flags = (uint8_t)(MPTCP_CAP_H | (c->csum ? MPTCP_CAP_A : 0));
        if (c->have_peer_key)
            w->sender_key = c->peer_key;
        w->receiver_key = c->key;
        w->dll = (uint16_t)r->seg->payload_len;
        w->has_csum = g->has_dll && c->csum;
        w->csum = g->has_csum ? rx_csum(e, r, g) : 0;
        break;
    case MPTCP_SUB_JOIN:
        rx_join(f, g, w);
        w->reserved = 0;
        break;
    case MPTCP_SUB_DSS: {
        bool fin = g->dss_flags & MS_DSS_F;
        w->dack = r->dack_expected;
        if (!(g->dss_flags & MS_DSS_a))
            w->dack &= 0xffffffffu;
        w->dsn = r->dsn_expected;
        if (!(g->dss_flags & MS_DSS_m))
            w->dsn &= 0xffffffffu;
        uint32_t rel = r->seg->seq - f->peer_isn, into = rel - g->ssn;
        size_t need = r->seg->payload_len + (fin ? 1u : 0u);
        w->ssn = r->seg->payload_len ? rel : 0;
        w->dll = (uint16_t)need;
        if (r->seg->payload_len && into < g->dll && into + need <= g->dll) {
            w->ssn = g->ssn; /* one mapping may cover several segments */
            w->dll = g->dll;
            w->dsn -= into;
            if (!(g->dss_flags & MS_DSS_m))
                w->dsn &= 0xffffffffu;
        }
        w->has_csum = (g->dss_flags & MS_DSS_M) && c->csum;
        w->csum = g->has_csum ? rx_csum(e, r, g) : 0;
        w->reserved = 0;
        break;
    }
    case MPTCP_SUB_ADD_ADDR:
        w->reserved = 0;
        if (g->echo) { /* RFC 8684 3.4.1: same id, address and port, no HMAC */
            w->addr_id = c->last_add_addr.addr_id;
            w->addr = c->last_add_addr.addr;
            w->has_port = c->last_add_addr.has_port;
            w->port = c->last_add_addr.port;
        } else {
            uint8_t h[32];
            ms_add_addr_hmac(c->peer_key, c->key, g->addr_id, &g->addr, g->has_port ? g->port : 0,
                             h);
            memcpy(w->hmac, h + 24, 8); /* rightmost 64 bits */
            w->hmac_len = 8;
        }
        break;
    case MPTCP_SUB_FASTCLOSE:
        w->receiver_key = c->key; /* RFC 8684 3.5: the key of the host that receives it */
        break;
    case MPTCP_SUB_FAIL:
        w->dsn = c->bad_dsn;
        break;
    case MPTCP_SUB_TCPRST:
        w->rst_flags = g->rst_flags & 1;
        break;
    default:
        break;
    }
}
