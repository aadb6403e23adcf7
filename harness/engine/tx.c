/* SPDX-License-Identifier: MIT */
/*
 * Building and sending segments. What a case leaves out is right: numbers, checksums, keys, HMACs, mappings.
 * What it writes changes the octets; the tester's own numbers follow only where the change leaves them alone.
 */
#include "engine/engine_int.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_MAX   65535
#define PAYLOAD_MAX 65000

/* One segment under construction. */
struct draft {
    struct engine *e;
    struct flow *f;
    const struct ms_segspec *s;
    struct ms_seg seg;
    struct ms_opt opt[MS_OPTS_MAX];
    size_t n_opt;
    uint8_t *payload;
    size_t payload_len;
    uint64_t variant;
    uint64_t payload_dsn; /* DSN of the first payload octet */
    bool seq_written, dsn_written;
    bool fault;
};

static const struct ms_option_name *option_named(const char *name)
{
    return ms_option_name_find(name);
}

static struct ms_opt *draft_add(struct draft *d)
{
    if (d->n_opt == MS_OPTS_MAX) {
        broken(d->e, "more than %d options in one segment", MS_OPTS_MAX);
        return NULL;
    }
    struct ms_opt *o = &d->opt[d->n_opt++];
    memset(o, 0, sizeof *o);
    return o;
}

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

/* ---- option arguments ---- */

static const char *const prescribed_fields[] = {"hmac", "token", "csum", "sender_key", "receiver_key", "key", "dsn",
                                                "ssn",  "dll",   "dack", "len",        "subtype",      "keys", "version",
                                                "h",    "reserved"};

/* Is this written value a deviation that the oracle must know of, or merely another legal choice? */
static bool deviates(const struct draft *d, const struct ms_field *f, const struct ms_value *def,
                     const struct ms_value *v)
{
    if (ms_value_eq(def, v))
        return false;
    const struct conn *c = d->f->conn;
    if (strcmp(f->name, "dsn") == 0 && strcmp(f->option, "dss") == 0)
        return ms_dsn_lt(v->num, c->dsn_una) || ms_dsn_lt(c->dsn_max + 65536, v->num);
    if (strcmp(f->name, "dll") == 0)
        return v->num < d->payload_len;
    for (size_t i = 0; i < MS_ARRAY_LEN(prescribed_fields); i++)
        if (strcmp(prescribed_fields[i], f->name) == 0)
            return true;
    return false;
}

/* `ack`, `map` and the like stand for presence, not for one field. True if the word was one of these. */
static bool presence(struct ms_mp *mp, const char *name, bool on)
{
    static const struct {
        uint8_t sub;
        const char *name;
        uint8_t set;
    } dss[] = {{MPTCP_SUB_DSS, "ack", MS_DSS_A | MS_DSS_a}, {MPTCP_SUB_DSS, "dack", MS_DSS_A | MS_DSS_a},
               {MPTCP_SUB_DSS, "map", MS_DSS_M | MS_DSS_m}, {MPTCP_SUB_DSS, "fin", MS_DSS_F}};
    if (mp->subtype == MPTCP_SUB_DSS)
        for (size_t i = 0; i < MS_ARRAY_LEN(dss); i++)
            if (strcmp(dss[i].name, name) == 0) {
                if (on)
                    mp->dss_flags |= dss[i].set;
                else
                    mp->dss_flags = (uint8_t)(mp->dss_flags & ~dss[i].set);
                return true;
            }
    if (mp->subtype == MPTCP_SUB_DSS && strcmp(name, "dack4") == 0) {
        mp->dss_flags = (uint8_t)((mp->dss_flags & ~MS_DSS_a) | MS_DSS_A);
        return true;
    }
    if (mp->subtype == MPTCP_SUB_DSS && strcmp(name, "dsn4") == 0) {
        mp->dss_flags = (uint8_t)((mp->dss_flags & ~MS_DSS_m) | MS_DSS_M);
        return true;
    }
    if (strcmp(name, "csum") == 0 && (mp->subtype == MPTCP_SUB_DSS || mp->subtype == MPTCP_SUB_CAPABLE)) {
        mp->has_csum = on;
        return true;
    }
    if (strcmp(name, "hmac") == 0 && mp->subtype == MPTCP_SUB_ADD_ADDR) {
        mp->hmac_len = on ? 8 : 0;
        return true;
    }
    if (strcmp(name, "port") == 0 && mp->subtype == MPTCP_SUB_ADD_ADDR && !on) {
        mp->has_port = false;
        return true;
    }
    if (strcmp(name, "echo") == 0 && mp->subtype == MPTCP_SUB_ADD_ADDR) {
        mp->echo = on;
        mp->hmac_len = on ? 0 : 8;
        return true;
    }
    if (mp->subtype == MPTCP_SUB_CAPABLE && strcmp(name, "keys") == 0 && !on) {
        mp->keys = 0;
        return true;
    }
    if (mp->subtype == MPTCP_SUB_CAPABLE && strcmp(name, "dll") == 0 && !on) {
        mp->has_dll = false;
        return true;
    }
    return false;
}

static bool is_late(const struct ms_arg *a)
{
    return a->value && a->name && (strcmp(a->name, "csum") == 0 || strcmp(a->name, "hmac") == 0);
}

static bool apply_arg(struct draft *d, const struct ms_optspec *os, size_t i, struct ms_opt *opt)
{
    const struct ms_arg *a = &os->arg[i];
    const struct ms_field *f = os->field ? os->field[i] : NULL;
    if (!a->value) {
        if (a->bind || presence(&opt->mp, a->name, !a->negated))
            goto bind;
        if (f && (f->type == MS_V_BOOL || f->bits == 1)) {
            struct ms_value on = {.type = f->type, .num = !a->negated};
            f->set(&d->seg, opt, &on);
        }
        goto bind;
    }
    if (!f) {
        if (a->name && strcmp(a->name, "keys") == 0) {
            uint64_t n = 0;
            if (!value_num(d->e, a->value, &n))
                return false;
            opt->mp.keys = (uint8_t)n;
            d->fault = true;
        }
        return true;
    }
    struct scope sc = {.flow = d->f, .field = f, .seg = &d->seg, .opt = opt};
    struct ms_value def = {0}, v;
    f->get(&d->seg, opt, &def);
    if (!value_eval(d->e, a->value, &sc, &v))
        return false;
    value_fit(f, &v);
    if (opt->mp.subtype == MPTCP_SUB_DSS && strcmp(f->name, "dsn") == 0) {
        d->dsn_written = true;
        opt->mp.dss_flags |= MS_DSS_M | (opt->mp.dss_flags & MS_DSS_M ? 0 : MS_DSS_m);
        opt->mp.dsn = v.num; /* whole, whatever width goes out: the checksum covers 64 bits */
    } else {
        if (opt->mp.subtype == MPTCP_SUB_DSS && (strcmp(f->name, "dll") == 0 || strcmp(f->name, "ssn") == 0) &&
            !(opt->mp.dss_flags & MS_DSS_M))
            opt->mp.dss_flags |= MS_DSS_M | MS_DSS_m;
        if (strcmp(f->option, "add_addr") == 0 && strcmp(f->name, "port") == 0)
            opt->mp.has_port = true;
        if (strcmp(f->name, "csum") == 0)
            opt->mp.has_csum = true;
        if (!f->set(&d->seg, opt, &v) && strcmp(f->name, "len") != 0) {
            broken(d->e, "%s has no field '%s' in this form", f->option, f->name);
            return false;
        }
    }
    if (deviates(d, f, &def, &v))
        d->fault = true;
bind:
    if (a->bind && f) {
        struct ms_value now;
        if (f->get(&d->seg, opt, &now))
            var_set(d->e, a->bind, &now);
    }
    return true;
}

/* DATA_FIN without payload: SSN 0, length 1, DSN its own (RFC 8684 3.3.3); with payload it adds one. */
static void complete_dss(struct draft *d, const struct ms_optspec *os, struct ms_mp *mp)
{
    if (!(mp->dss_flags & MS_DSS_M) && (mp->dss_flags & MS_DSS_F) && !(os && arg_find(os->arg, os->n_args, "map")))
        mp->dss_flags |= MS_DSS_M | MS_DSS_m;
    if (mp->dss_flags & MS_DSS_F && !(os && arg_find(os->arg, os->n_args, "dll")))
        mp->dll = (uint16_t)(d->payload_len + 1);
    bool csum_said = os && arg_find(os->arg, os->n_args, "csum");
    if ((mp->dss_flags & MS_DSS_M) && !csum_said)
        mp->has_csum = d->f->conn->csum;
    if (!(mp->dss_flags & MS_DSS_M) && !csum_said)
        mp->has_csum = false;
}

static uint16_t mapping_csum(struct draft *d, uint64_t dsn, uint32_t ssn, const struct ms_mp *mp)
{
    if (mp->dll == 0)
        return 0; /* RFC 8684 3.3.1: an infinite mapping's checksum is 0 */
    bool fin = mp->form == MS_FORM_DSS && (mp->dss_flags & MS_DSS_F);
    size_t n = mp->dll - (fin ? 1u : 0u);
    uint8_t *octets = ms_arena_alloc(d->e->a, n + 1);
    if (n == d->payload_len && d->payload)
        memcpy(octets, d->payload, n);
    else
        ms_stream_fill(d->e->tester_seed + d->variant, dsn - stream_base(d->f->conn, true), octets, n);
    return ms_dss_csum(dsn, ssn, mp->dll, 0, octets, n);
}

static void add_addr_hmac(const struct conn *c, struct ms_mp *mp)
{
    uint8_t h[32];
    ms_add_addr_hmac(c->key, c->peer_key, mp->addr_id, &mp->addr, mp->has_port ? mp->port : 0, h);
    memcpy(mp->hmac, h + 24, 8); /* RFC 8684 3.4.1: rightmost 64 bits */
}

/* Fills the payload once it is known where in the stream the segment stands. */
static void fill_payload(struct draft *d, const struct ms_mp *map)
{
    struct conn *c = d->f->conn;
    d->payload_dsn = c->dsn_nxt;
    if (map && map->form == MS_FORM_DSS && (map->dss_flags & MS_DSS_M) && map->dll) {
        uint32_t into = d->seg.seq - d->f->isn - map->ssn;
        d->payload_dsn = map->dsn + (into < map->dll ? into : 0);
    } else if (map && map->form == MS_FORM_CAPABLE) {
        d->payload_dsn = stream_base(c, true);
    }
    if (d->s && d->s->payload == MS_PAYLOAD_LITERAL)
        return;
    if (!d->payload_len)
        return;
    d->payload = ms_arena_alloc(d->e->a, d->payload_len);
    ms_stream_fill(d->e->tester_seed + d->variant, d->payload_dsn - stream_base(c, true), d->payload, d->payload_len);
}

static bool build_mptcp(struct draft *d, const struct ms_option_name *name, const struct ms_optspec *os)
{
    struct ms_opt *opt = draft_add(d);
    if (!opt)
        return false;
    prescribe_tx(d->e, d->f, name, d->seg.flags, d->payload_len, opt);
    struct ms_mp *mp = &opt->mp;
    if (mp->form == MS_FORM_ADD_ADDR && os && arg_flag(os->arg, os->n_args, "echo"))
        *mp = d->f->conn->peer_add_addr; /* an echo repeats what it answers */
    if (mp->form == MS_FORM_DSS && d->payload_len && d->seq_written)
        mp->ssn = d->seg.seq - d->f->isn;
    for (size_t i = 0; os && i < os->n_args; i++)
        if (!is_late(&os->arg[i]) && !apply_arg(d, os, i, opt))
            return false;
    if (mp->form == MS_FORM_ADD_ADDR)
        add_addr_hmac(d->f->conn, mp);
    if (mp->form == MS_FORM_DSS)
        complete_dss(d, os, mp);
    bool mapping = (mp->form == MS_FORM_DSS && (mp->dss_flags & MS_DSS_M)) || (mp->form == MS_FORM_CAPABLE && mp->has_dll);
    if (mapping) {
        fill_payload(d, mp);
        bool capable = mp->form == MS_FORM_CAPABLE;
        mp->csum = mapping_csum(d, capable ? stream_base(d->f->conn, true) : mp->dsn, capable ? 1 : mp->ssn, mp);
    }
    uint16_t right = mp->csum;
    for (size_t i = 0; os && i < os->n_args; i++)
        if (is_late(&os->arg[i]) && !apply_arg(d, os, i, opt))
            return false;
    if (mapping && mp->has_csum && mp->csum != right)
        d->f->conn->bad_dsn = mp->form == MS_FORM_CAPABLE ? stream_base(d->f->conn, true) : mp->dsn;
    return true;
}

static bool build_raw(struct draft *d, const struct ms_optspec *os)
{
    struct ms_opt *opt = draft_add(d);
    struct ms_value v;
    if (!opt || !os->n_args || !os->arg[0].value || !value_eval(d->e, os->arg[0].value, NULL, &v))
        return false;
    static const struct ms_field octets = {.type = MS_V_OCTETS};
    value_fit(&octets, &v);
    d->fault = true;
    return ms_opt_raw(opt, v.octets, v.len) == MS_OK;
}

static bool build_option(struct draft *d, const struct ms_option_name *name, const struct ms_optspec *os)
{
    struct ms_opt *opt;
    if (strcmp(name->name, "raw") == 0)
        return build_raw(d, os);
    if (name->kind == MS_TCPOPT_MPTCP && name->subtype >= 0) {
        if (!build_mptcp(d, name, os))
            return false;
        opt = &d->opt[d->n_opt - 1];
    } else {
        opt = draft_add(d);
        if (!opt)
            return false;
        prescribe_tx(d->e, d->f, name, d->seg.flags, 0, opt);
        for (size_t i = 0; os && i < os->n_args; i++)
            if (!apply_arg(d, os, i, opt))
                return false;
    }
    /* A written length octet stands against the content; the octets are those of the content. */
    uint64_t len = 0;
    bool len_said = os && arg_num(d->e, os->arg, os->n_args, "len", &len);
    if (ms_opt_build(opt) != MS_OK) {
        broken(d->e, "option %s does not fit a TCP header", name->name);
        return false;
    }
    if (len_said) {
        uint8_t octets[40];
        size_t n = opt->occupied;
        memcpy(octets, opt->raw, n);
        while (n < len && n < sizeof octets)
            octets[n++] = 0;
        octets[1] = (uint8_t)len;
        if (len >= 2 && len < n)
            n = (size_t)len;
        if (ms_opt_raw(opt, octets, n) != MS_OK)
            return false;
        d->fault = true;
    }
    return true;
}

/* ---- the segment ---- */

static bool payload_said(struct draft *d)
{
    const struct ms_segspec *s = d->s;
    uint64_t n;
    if (s->variant && !value_num(d->e, s->variant, &d->variant))
        return false;
    if (d->variant)
        d->fault = true;
    if (s->payload == MS_PAYLOAD_STREAM) {
        if (!value_num(d->e, s->payload_len, &n))
            return false;
        if (n > PAYLOAD_MAX) {
            broken(d->e, "a segment of %llu octets: at most %d", (unsigned long long)n, PAYLOAD_MAX);
            return false;
        }
        d->payload_len = (size_t)n;
    } else if (s->payload == MS_PAYLOAD_LITERAL) {
        const struct ms_expr *x = s->payload_octets;
        d->payload_len = x->kind == MS_X_OCTETS ? x->len : strlen(x->text);
        d->payload = ms_arena_memdup(d->e->a, x->kind == MS_X_OCTETS ? (const void *)x->octets : x->text, d->payload_len + !d->payload_len);
    }
    return true;
}

static void header_defaults(struct draft *d)
{
    struct flow *f = d->f;
    struct ms_seg *g = &d->seg;
    const struct ms_net *net = &d->e->net;
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
        struct scope sc = {.flow = d->f, .field = f, .seg = &d->seg};
        struct ms_value v, def = {0};
        if (!s->fields[i].value || !value_eval(d->e, s->fields[i].value, &sc, &v))
            return false;
        value_fit(f, &v);
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
        if (strcmp(f->name, "seq") == 0 || strcmp(f->name, "ack") == 0 || strcmp(f->name, "csum") == 0 ||
            strcmp(f->name, "doff") == 0)
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
            if (!listed(s, "mss", false) && !listed(s, "mss", true) && !build_option(d, option_named("mss"), NULL))
                return false;
            bool ws = !(fl & MS_TH_ACK) || f->peer_offered_wscale;
            if (ws && !listed(s, "wscale", false) && !listed(s, "wscale", true))
                return build_option(d, option_named("nop"), NULL) && build_option(d, option_named("wscale"), NULL);
        } else if (f->ts_on && !listed(s, "ts", false) && !listed(s, "ts", true)) {
            return build_option(d, option_named("nop"), NULL) && build_option(d, option_named("nop"), NULL) &&
                   build_option(d, option_named("ts"), NULL);
        }
        return true;
    }
    if (fl & (MS_TH_SYN | MS_TH_RST) || listed(s, "mptcp", true) || !c->mptcp || f->fell_back)
        return true;
    bool mapped = listed(s, "dss", false) || listed(s, "mp_capable", false) || listed(s, "dss", true);
    if (!d->payload_len && (listed_mptcp(s) || mapped))
        return true; /* a bare segment carries what was written, else a Data ACK */
    if (mapped)
        return true;
    bool first = c->tester_opens && !c->dss_seen && d->payload_len && c->dsn_nxt == stream_base(c, true) && !f->join;
    return build_option(d, option_named(first ? "mp_capable" : "dss"), NULL);
}

static bool all_options(struct draft *d)
{
    const struct ms_segspec *s = d->s;
    if (!(s && s->exact_options) && !default_options(d, true))
        return false;
    for (size_t i = 0; s && i < s->n_opts; i++)
        if (!s->opt[i].negated && !build_option(d, s->opt[i].name, &s->opt[i]))
            return false;
    if (!(s && s->exact_options) && !default_options(d, false))
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

/* ---- what sending does to the tester's numbers ---- */

static void adopt_option(struct flow *f, uint8_t flags, const struct ms_opt *o)
{
    struct conn *c = f->conn;
    if (o->kind == MS_TCPOPT_WSCALE && flags & MS_TH_SYN) {
        f->offered_wscale = true;
        f->wscale = o->wscale > 14 ? 14 : o->wscale; /* RFC 7323 2.3 */
        f->wscale_ok = flags & MS_TH_ACK ? f->peer_offered_wscale : false;
    }
    if (o->kind == MS_TCPOPT_TS && flags & MS_TH_SYN)
        f->ts_offered = true;
    if (o->kind != MS_TCPOPT_MPTCP)
        return;
    switch (o->mp.form) {
    case MS_FORM_CAPABLE:
        if (flags & MS_TH_SYN)
            c->want_csum = o->mp.cap_flags & MPTCP_CAP_A;
        if (flags & MS_TH_SYN && flags & MS_TH_ACK)
            c->mptcp = true;
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
    default:
        break;
    }
}

static void adopt(struct draft *d)
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
    if (d->seg.flags & MS_TH_RST)
        f->rst_sent = true;
    if (keep)
        return;
    if (!d->seq_written || commit) {
        if (ms_seq_lt(f->snd_nxt, end) || f->snd_nxt == f->isn)
            f->snd_nxt = end;
        if (ms_seq_lt(f->snd_max, f->snd_nxt))
            f->snd_max = f->snd_nxt;
        f->fin_sent |= fin;
    }
    if ((!d->seq_written && !d->dsn_written) || commit) {
        if (s && s->payload == MS_PAYLOAD_LITERAL && d->payload_len) {
            c->literal = ms_arena_grow(d->e->a, c->literal, &c->cap_literal, c->n_literal, sizeof *c->literal);
            c->literal[c->n_literal++] = (struct literal){d->payload_dsn, d->payload, d->payload_len};
        }
        uint64_t to = (commit && d->dsn_written ? d->payload_dsn : c->dsn_nxt) + d->payload_len + data_fin;
        if (!syn && ms_dsn_lt(c->dsn_nxt, to))
            c->dsn_nxt = to;
        c->data_fin_sent |= data_fin;
    }
    if (ms_dsn_lt(c->dsn_max, c->dsn_nxt))
        c->dsn_max = c->dsn_nxt;
}

void tx_frame(struct engine *e, struct flow *f, const uint8_t *frame, size_t len, bool automatic, bool fault)
{
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    uint64_t now = ms_now_ns(); /* before the write: veth answers before it returns */
    if (ms_link_send(e->link[f->path], frame, len, &e->err) != MS_OK) {
        broken(e, "cannot send on path %u: %s", f->path + 1, e->err.msg);
        return;
    }
    uint32_t packet = ms_framelog_add(e->trace->frames, f->path, MS_DIR_TX, now, frame, len);
    struct ms_event *ev = ms_trace_add(e->trace, MS_EV_SEND, now);
    ev->line = e->step ? e->step->loc.line : 0;
    ev->handle = f->name;
    ev->packet = packet;
    ev->automatic = automatic;
    if (ms_frame_decode(frame, len, &seg, opts, &neigh) != MS_FRAME_TCP)
        return;
    ev->seg = ms_seg_copy(e->a, &seg);
    if (!e->syn_sent_ns && seg.flags == MS_TH_SYN)
        e->syn_sent_ns = now;
    struct ms_oracle_input in = {
        .seg = ev->seg, .dir = MS_DIR_TX, .iface = f->path, .packet = packet, .time_ns = now, .fault = fault};
    ms_oracle_segment(e->oracle, &in);
}

static bool draft_frame(struct draft *d, uint8_t *frame, size_t *len)
{
    d->seg.opt = d->opt;
    d->seg.n_opt = (uint8_t)d->n_opt;
    d->seg.payload = d->payload;
    d->seg.payload_len = d->payload_len;
    int st = ms_seg_encode(&d->seg, frame, FRAME_MAX, len);
    if (st != MS_OK)
        broken(d->e, "the segment cannot be encoded (status %d)", st);
    return st == MS_OK;
}

enum go tx_spec(struct engine *e, struct flow *f, const struct ms_segspec *s, bool hold)
{
    loop_drain(e);
    struct draft d = {.e = e, .f = f, .s = s};
    d.seg.flags = s->has_flags ? s->flags : MS_TH_ACK;
    if (!payload_said(&d))
        return GO_STOP;
    if (!s->has_flags && d.payload_len)
        d.seg.flags |= MS_TH_PSH;
    header_defaults(&d);
    d.seg.payload_len = d.payload_len;
    if (!header_said(&d) || !all_options(&d))
        return GO_STOP;
    if (d.payload_len && !d.payload)
        fill_payload(&d, NULL);
    uint8_t frame[FRAME_MAX];
    size_t len;
    if (!draft_frame(&d, frame, &len))
        return GO_STOP;
    adopt(&d);
    if (s->as) {
        e->named = ms_arena_grow(e->a, e->named, &e->cap_named, e->n_named, sizeof *e->named);
        e->named[e->n_named++] = (struct named_seg){s->as, f, ms_arena_memdup(e->a, frame, len), len};
    }
    if (hold)
        return GO_ON;
    stimulus(e, f);
    tx_frame(e, f, frame, len, false, d.fault);
    loop_drain(e);
    return e->stopped ? GO_STOP : GO_ON;
}

void tx_simple(struct engine *e, struct flow *f, uint8_t flags, const char *const *options, size_t n, size_t data,
               bool automatic)
{
    struct ms_optspec os[4] = {0};
    struct ms_segspec s = {.has_flags = true, .flags = flags, .opt = os, .n_opts = n < 4 ? n : 4};
    for (size_t i = 0; i < s.n_opts; i++)
        os[i].name = option_named(options[i]);
    struct draft d = {.e = e, .f = f, .s = &s, .payload_len = data};
    uint8_t frame[FRAME_MAX];
    size_t len;
    d.seg.flags = flags;
    header_defaults(&d);
    if (!all_options(&d))
        return;
    if (d.payload_len && !d.payload)
        fill_payload(&d, NULL);
    if (!draft_frame(&d, frame, &len))
        return;
    adopt(&d);
    tx_frame(e, f, frame, len, automatic, false);
}

void tx_plain(struct engine *e, struct flow *f, uint8_t flags, bool automatic)
{
    tx_simple(e, f, flags, NULL, 0, 0, automatic);
}
