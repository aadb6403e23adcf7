/* SPDX-License-Identifier: MIT */
/*
 * What sending does to the tester's numbers: a deviation changes octets, the numbers follow only where the
 * change leaves them alone, or where the case says `commit`.
 */
#include "engine/draft.h"

static void adopt_option(struct flow *f, uint8_t flags, const struct ms_opt *o)
{
    struct conn *c = f->conn;
    if (o->kind == MS_TCPOPT_WSCALE && flags & MS_TH_SYN) {
        f->offered_wscale = true;
        f->wscale = o->wscale > 14 ? 14 : o->wscale; /* RFC 7323 2.3 */
        f->wscale_ok = flags & MS_TH_ACK ? f->peer_offered_wscale : false;
    }
    if (o->kind == MS_TCPOPT_TS && flags & MS_TH_SYN) {
        f->ts_offered = true;
        f->ts_on = f->peer_offered_ts;
    }
    if (o->kind != MS_TCPOPT_MPTCP)
        return;
    switch (o->mp.form) {
    case MS_FORM_CAPABLE:
        if (flags & MS_TH_SYN)
            c->want_csum = o->mp.cap_flags & MPTCP_CAP_A;
        if (flags & MS_TH_SYN && flags & MS_TH_ACK) {
            c->mptcp = true;
            c->csum |= c->want_csum; /* RFC 8684 3.1: either one asks */
        }
        if (!(flags & MS_TH_SYN) && flags & MS_TH_ACK && c->have_peer_key)
            c->mptcp = true;
        break;
    case MS_FORM_JOIN_SYN:
    case MS_FORM_JOIN_SYNACK:
        f->join = true;
        f->nonce = o->mp.nonce;
        f->id = o->mp.addr_id;
        f->backup = o->mp.backup;
        break;
    case MS_FORM_ADD_ADDR:
        if (!o->mp.echo)
            c->last_add_addr = o->mp;
        break;
    case MS_FORM_DSS:
        if (o->mp.dss_flags & MS_DSS_M && o->mp.dll == 0 && f->auto_fallback)
            f->fell_back = true; /* RFC 8684 3.7: nothing follows an infinite mapping */
        break;
    default:
        break;
    }
}

void draft_adopt(struct draft *d)
{
    struct flow *f = d->f;
    struct conn *c = f->conn;
    const struct ms_segspec *s = d->s;
    bool commit = s && s->commit, keep = s && s->keep;
    bool fin = d->seg.flags & MS_TH_FIN, syn = d->seg.flags & MS_TH_SYN;
    uint32_t end = d->seg.seq + (uint32_t)d->payload_len + fin + syn;
    bool data_fin = false;
    for (size_t i = 0; i < d->n_opt; i++) {
        adopt_option(f, d->seg.flags, &d->opt[i]);
        if (d->opt[i].kind == MS_TCPOPT_MPTCP && d->opt[i].mp.form == MS_FORM_DSS &&
            d->opt[i].mp.dss_flags & MS_DSS_F)
            data_fin = true;
    }
    c->sent_total += d->payload_len;
    c->varied |= d->payload_len && (d->variant != 0 || d->fault);
    if (d->seg.flags & MS_TH_RST) {
        f->rst_sent = true;
        f->rst_at = f->snd_nxt;
    }
    if (keep)
        return;
    if (syn && d->seq_written && commit)
        f->isn = f->snd_nxt = f->snd_una = f->snd_max = d->seg.seq;
    if (!d->seq_written || commit) {
        if (ms_seq_lt(f->snd_nxt, end) || f->snd_nxt == f->isn)
            f->snd_nxt = end;
        if (ms_seq_lt(f->snd_max, f->snd_nxt))
            f->snd_max = f->snd_nxt;
        f->fin_sent |= fin;
    }
    if ((!d->seq_written && !d->dsn_written) || commit) {
        if (s && s->payload == MS_PAYLOAD_LITERAL && d->payload_len) {
            c->literal = ms_arena_grow(d->e->a, c->literal, &c->cap_literal, c->n_literal,
                                       sizeof *c->literal);
            c->literal[c->n_literal++] =
                (struct literal){d->payload_dsn, d->payload, d->payload_len};
        }
        uint64_t to =
            (commit && d->dsn_written ? d->payload_dsn : c->dsn_nxt) + d->payload_len + data_fin;
        if (!syn && ms_dsn_lt(c->dsn_nxt, to))
            c->dsn_nxt = to;
        c->data_fin_sent |= data_fin;
    }
    if (ms_dsn_lt(c->dsn_max, c->dsn_nxt))
        c->dsn_max = c->dsn_nxt;
}
