/* SPDX-License-Identifier: MIT */
/*
 * Building segments. What a case leaves out is right: numbers, checksums, keys, HMACs, mappings.
 */
#include "engine/draft.h"

#include <string.h>

static bool listed(const struct ms_segspec *s, const char *name, bool negated)
{
    for (size_t i = 0; s && i < s->n_opts; i++)
        if (s->opt[i].negated == negated && strcmp(s->opt[i].name->name, name) == 0)
            return true;
    return false;
}

static bool listed_mptcp(const struct ms_segspec *s)
{
    for (size_t i = 0; s && i < s->n_opts; i++)
        if (!s->opt[i].negated && s->opt[i].name->kind == MS_TCPOPT_MPTCP)
            return true;
    return false;
}

/* Did the case say that this option stays away (and the mutant does not bring it back)? */
static bool refused(const struct draft *d, const char *name)
{
    return listed(d->s, name, true) && !draft_mends_option(d, name);
}

static bool payload_said(struct draft *d)
{
    const struct ms_segspec *s = d->s;
    uint64_t n;
    if (s->variant && !draft_mends_payload(d) && !value_num(d->e, s->variant, &d->variant))
        return false;
    if (d->variant)
        d->fault = true; /* other octets than the stream's at that place */
    if (s->payload == MS_PAYLOAD_STREAM) {
        if (!value_num(d->e, s->payload_len, &n))
            return false;
        if (n > PAYLOAD_MAX) {
            broken(d->e, "a segment of %llu octets: at most %d", (unsigned long long)n,
                   PAYLOAD_MAX);
            return false;
        }
        d->payload_len = (size_t)n;
    } else if (s->payload == MS_PAYLOAD_LITERAL) {
        const struct ms_expr *x = s->payload_octets;
        d->payload_len = x->kind == MS_X_OCTETS ? x->len : strlen(x->text);
        d->payload =
            ms_arena_memdup(d->e->a, x->kind == MS_X_OCTETS ? (const void *)x->octets : x->text,
                            d->payload_len + !d->payload_len);
    }
    return true;
}

static void header_defaults(struct draft *d)
{
    struct flow *f = d->f;
    struct ms_seg *g = &d->seg;
    const struct ms_net *net = &d->e->seat.net;
    memcpy(g->eth_dst, net->path[f->path].iut_mac, 6);
    memcpy(g->eth_src, net->path[f->path].tester_mac, 6);
    g->family = f->own.family;
    g->src = f->own;
    g->dst = f->peer;
    g->ttl = 64;
    g->sport = f->sport;
    g->dport = f->dport;
    g->seq = g->flags & MS_TH_SYN ? f->isn : f->snd_nxt;
    g->ack = g->flags & MS_TH_ACK ? f->rcv_nxt : 0;
    uint32_t win = g->flags & MS_TH_SYN || !f->wscale_ok ? f->win : f->win >> f->wscale;
    g->win = (uint16_t)(win > 65535 ? 65535 : win);
}

static bool header_said(struct draft *d)
{
    const struct ms_segspec *s = d->s;
    for (size_t i = 0; i < s->n_fields; i++) {
        const struct ms_field *f = s->field[i];
        if (draft_mends(d, "tcp", f->name, true))
            continue;
        struct ms_scope sc = {.field = f, .seg = &d->seg};
        struct ms_value v, def = {0};
        if (!s->fields[i].value || !value_eval(d->e, s->fields[i].value, &sc, &v))
            return false;
        ms_value_fit(f, &v);
        f->get(&d->seg, NULL, &def);
        if (strcmp(f->name, "csum") == 0)
            d->seg.keep_csum = true;
        if (!f->set(&d->seg, NULL, &v)) {
            broken(d->e, "header field '%s' cannot be set", f->name);
            return false;
        }
        if (ms_value_eq(&def, &v))
            continue;
        if (strcmp(f->name, "seq") == 0)
            d->seq_written = true;
        if (strcmp(f->name, "seq") == 0 || strcmp(f->name, "ack") == 0 ||
            strcmp(f->name, "csum") == 0 || strcmp(f->name, "doff") == 0)
            d->fault = true;
    }
    return true;
}

/* Options that a segment has although the case does not write them. */
static bool default_options(struct draft *d, bool before)
{
    struct flow *f = d->f;
    const struct conn *c = f->conn;
    const struct ms_segspec *s = d->s;
    uint8_t fl = d->seg.flags;
    if (before) {
        if (fl & MS_TH_SYN) {
            if (!listed(s, "mss", false) && !refused(d, "mss") && !draft_option(d, "mss", NULL))
                return false;
            bool ws = !(fl & MS_TH_ACK) || f->peer_offered_wscale;
            if (ws && !listed(s, "wscale", false) && !refused(d, "wscale"))
                return draft_option(d, "nop", NULL) && draft_option(d, "wscale", NULL);
        } else if (f->ts_on && !listed(s, "ts", false) && !refused(d, "ts")) {
            return draft_option(d, "nop", NULL) && draft_option(d, "nop", NULL) &&
                   draft_option(d, "ts", NULL);
        }
        return true;
    }
    if (fl & (MS_TH_SYN | MS_TH_RST) || refused(d, "mptcp") || !c->mptcp || f->fell_back)
        return true;
    bool mapped = listed(s, "dss", false) || listed(s, "mp_capable", false) || refused(d, "dss");
    if (!d->payload_len && (listed_mptcp(s) || mapped))
        return true; /* a bare segment carries what was written, else a Data ACK */
    if (mapped)
        return true;
    bool first = c->tester_opens && !c->dss_seen && d->payload_len &&
                 c->dsn_nxt == stream_base(c, true) && !f->join;
    return draft_option(d, first ? "mp_capable" : "dss", NULL);
}

/*
 * The MPTCP option that RFC 8684 demands on this segment: the keys or the HMAC on the third packet of a handshake (3.1,
 * 3.2), the mapping or the Data ACK on what follows (3.3). NULL: none that is certain.
 */
static const char *due(const struct draft *d)
{
    const struct flow *f = d->f;
    const struct conn *c = f->conn;
    if (d->seg.flags & (MS_TH_SYN | MS_TH_RST) || f->fell_back || !f->have_peer_isn)
        return NULL;
    if (f->tester_opens && f->snd_max == f->isn + 1 && f->join)
        return "mp_join";
    if (f->tester_opens && f->snd_max == f->isn + 1 && c->have_peer_key)
        return "mp_capable";
    return c->mptcp ? "dss" : NULL;
}

/* An option that the case left out although it is due. */
static bool mend_missing(struct draft *d)
{
    const char *name = d->twin ? due(d) : NULL;
    if (!name || !draft_mends_option(d, name))
        return true;
    for (size_t i = 0; i < d->n_opt; i++)
        if (strcmp(ms_opt_name(&d->opt[i]), name) == 0)
            return true;
    return draft_option(d, name, NULL);
}

static bool all_options(struct draft *d)
{
    const struct ms_segspec *s = d->s;
    if (!(s && s->exact_options) && !default_options(d, true))
        return false;
    for (size_t i = 0; s && i < s->n_opts; i++)
        if (!s->opt[i].negated && !draft_option(d, s->opt[i].name->name, &s->opt[i]))
            return false;
    if (!(s && s->exact_options) && !default_options(d, false))
        return false;
    if (!mend_missing(d))
        return false;
    size_t total = 0;
    for (size_t i = 0; i < d->n_opt; i++)
        total += d->opt[i].occupied;
    if (total > 40) {
        broken(d->e, "the options take %zu octets; a TCP header has room for 40", total);
        return false;
    }
    return true;
}

bool draft_build(struct draft *d)
{
    if (!d->seg.flags)
        d->seg.flags = d->s->has_flags ? d->s->flags : MS_TH_ACK;
    if (d->s->payload != MS_PAYLOAD_UNSAID && !payload_said(d))
        return false;
    if (!d->s->has_flags && d->payload_len)
        d->seg.flags |= MS_TH_PSH;
    header_defaults(d);
    d->seg.payload_len = d->payload_len;
    if (!header_said(d) || !all_options(d))
        return false;
    if (d->payload_len && !d->placed)
        draft_fill_payload(d, NULL);
    d->seg.opt = d->opt;
    d->seg.n_opt = (uint8_t)d->n_opt;
    d->seg.payload = d->payload;
    return true;
}
