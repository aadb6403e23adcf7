/* SPDX-License-Identifier: MIT */
/* One option of a segment under construction: prescribed content, then what the case wrote of it. */
#include "engine/draft.h"

#include <string.h>

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
/* ---- option arguments ---- */

static const char *const prescribed_fields[] = {
    "hmac", "token", "csum", "sender_key", "receiver_key", "key",     "dsn", "ssn",
    "dll",  "dack",  "len",  "subtype",    "keys",         "version", "h",   "reserved"};

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

/* The same for a word without a value: `no csum` where checksums were agreed upon, `no hmac`, flag B. */
static bool word_deviates(const struct draft *d, const struct ms_arg *a)
{
    static const char *const due[] = {"hmac", "keys", "dll", "h", "t"};
    if (strcmp(a->name, "csum") == 0)
        return a->negated == d->f->conn->csum;
    for (size_t i = 0; a->negated && i < MS_ARRAY_LEN(due); i++)
        if (strcmp(due[i], a->name) == 0)
            return true;
    return !a->negated && strcmp(a->name, "b") == 0; /* RFC 8684 3.1: B must be 0 */
}

/* `ack`, `map` and the like stand for presence, not for one field. True if the word was one of these. */
static bool presence(struct ms_mp *mp, const char *name, bool on)
{
    static const struct {
        uint8_t sub;
        const char *name;
        uint8_t set;
    } dss[] = {{MPTCP_SUB_DSS, "ack", MS_DSS_A | MS_DSS_a},
               {MPTCP_SUB_DSS, "dack", MS_DSS_A | MS_DSS_a},
               {MPTCP_SUB_DSS, "map", MS_DSS_M | MS_DSS_m},
               {MPTCP_SUB_DSS, "fin", MS_DSS_F}};
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
    if (strcmp(name, "csum") == 0 &&
        (mp->subtype == MPTCP_SUB_DSS || mp->subtype == MPTCP_SUB_CAPABLE)) {
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
    const char *option = os->name->name;
    if (!a->value) {
        if (!a->bind && draft_mends(d, option, a->name, word_deviates(d, a)))
            return true;
        if (a->bind || presence(&opt->mp, a->name, !a->negated))
            goto bind;
        if (f && (f->type == MS_V_BOOL || f->bits == 1)) {
            struct ms_value on = {.type = f->type, .num = !a->negated};
            f->set(&d->seg, opt, &on);
        }
        goto bind;
    }
    if (!f) {
        if (a->name && strcmp(a->name, "keys") == 0 && !draft_mends(d, option, "keys", true)) {
            uint64_t n = 0;
            if (!value_num(d->e, a->value, &n))
                return false;
            opt->mp.keys = (uint8_t)n;
            d->fault = true;
        }
        return true;
    }
    struct ms_scope sc = {.field = f, .seg = &d->seg, .opt = opt};
    struct ms_value def = {0}, v;
    f->get(&d->seg, opt, &def);
    if (!value_eval(d->e, a->value, &sc, &v))
        return false;
    ms_value_fit(f, &v);
    if (!ms_value_eq(&def, &v) && draft_mends(d, option, f->name, deviates(d, f, &def, &v)))
        return true;
    if (opt->mp.subtype == MPTCP_SUB_DSS && strcmp(f->name, "dsn") == 0) {
        d->dsn_written = true;
        opt->mp.dss_flags |= MS_DSS_M | (opt->mp.dss_flags & MS_DSS_M ? 0 : MS_DSS_m);
        opt->mp.dsn = v.num; /* whole, whatever width goes out: the checksum covers 64 bits */
    } else {
        if (opt->mp.subtype == MPTCP_SUB_DSS &&
            (strcmp(f->name, "dll") == 0 || strcmp(f->name, "ssn") == 0) &&
            !(opt->mp.dss_flags & MS_DSS_M))
            opt->mp.dss_flags |= MS_DSS_M | MS_DSS_m;
        if (strcmp(f->option, "add_addr") == 0 && strcmp(f->name, "port") == 0)
            opt->mp.has_port = true;
        if (strcmp(f->name, "csum") == 0)
            opt->mp.has_csum = true;
        if (opt->mp.subtype == MPTCP_SUB_ADD_ADDR && strcmp(f->name, "echo") == 0)
            presence(&opt->mp, "echo", v.num != 0);
        if (!f->set(&d->seg, opt, &v) && strcmp(f->name, "len") != 0) {
            broken(d->e, "%s has no field '%s' in this form", f->option, f->name);
            return false;
        }
    }
    if (deviates(d, f, &def, &v))
        d->fault = true;
bind:
    if (a->bind && f && !d->twin) {
        struct ms_value now;
        if (f->get(&d->seg, opt, &now))
            var_set(d->e, a->bind, &now);
    }
    return true;
}

/* DATA_FIN without payload: SSN 0, length 1, DSN its own (RFC 8684 3.3.3); with payload it adds one. */
static void complete_dss(struct draft *d, const struct ms_optspec *os, struct ms_mp *mp)
{
    const struct ms_arg *csum = os ? ms_arg_find(os->arg, os->n_args, "csum") : NULL;
    if (csum && draft_mends(d, "dss", "csum", csum->value || word_deviates(d, csum)))
        csum = NULL;
    bool flags_said = os && (ms_arg_find(os->arg, os->n_args, "map") ||
                             ms_arg_find(os->arg, os->n_args, "flags"));
    if (!(mp->dss_flags & MS_DSS_M) && (mp->dss_flags & MS_DSS_F) && !flags_said)
        mp->dss_flags |= MS_DSS_M | MS_DSS_m;
    if (mp->dss_flags & MS_DSS_F && !(os && ms_arg_find(os->arg, os->n_args, "dll")))
        mp->dll = (uint16_t)(d->payload_len + 1);
    if (csum)
        mp->has_csum = !csum->negated;
    else
        mp->has_csum = (mp->dss_flags & MS_DSS_M) && d->f->conn->csum;
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
        content_fill(d->e, d->variant, dsn - stream_base(d->f->conn, true), octets, n);
    return ms_dss_csum(dsn, ssn, mp->dll, 0, octets, n);
}

static void add_addr_hmac(const struct conn *c, struct ms_mp *mp)
{
    uint8_t h[32];
    ms_add_addr_hmac(c->key, c->peer_key, mp->addr_id, &mp->addr, mp->has_port ? mp->port : 0, h);
    memcpy(mp->hmac, h + 24, 8); /* RFC 8684 3.4.1: rightmost 64 bits */
}

/* Fills the payload once it is known where in the stream the segment stands. */
void draft_fill_payload(struct draft *d, const struct ms_mp *map)
{
    struct conn *c = d->f->conn;
    d->payload_dsn = c->dsn_nxt;
    d->placed = true;
    if (map && map->form == MS_FORM_DSS && (map->dss_flags & MS_DSS_M) && map->dll) {
        /* The mapping may begin before this segment, or inside it. */
        int32_t into = (int32_t)(d->seg.seq - d->f->isn - map->ssn);
        if (into < (int32_t)map->dll && into > -(int32_t)d->payload_len)
            d->payload_dsn = map->dsn + (uint64_t)(int64_t)into;
        else
            d->payload_dsn = map->dsn;
    } else if (map && map->form == MS_FORM_CAPABLE) {
        uint32_t into =
            d->seg.seq - d->f->isn - 1; /* the same mapping may stand on several segments */
        d->payload_dsn = stream_base(c, true) + (into < map->dll ? into : 0);
    }
    if (d->s && d->s->payload == MS_PAYLOAD_LITERAL)
        return;
    if (!d->payload_len)
        return;
    d->payload = ms_arena_alloc(d->e->a, d->payload_len);
    if (d->twin && !draft_mends_payload(d)) { /* the octets stay, wherever they seem to belong */
        memcpy(d->payload, d->twin->payload, d->payload_len);
        return;
    }
    content_fill(d->e, d->variant, d->payload_dsn - stream_base(c, true), d->payload,
                 d->payload_len);
}

static bool build_mptcp(struct draft *d, const struct ms_option_name *name,
                        const struct ms_optspec *os)
{
    struct ms_opt *opt = draft_add(d);
    if (!opt)
        return false;
    prescribe_tx(d->e, d->f, name, d->seg.flags, d->payload_len, opt);
    struct ms_mp *mp = &opt->mp;
    if (mp->form == MS_FORM_ADD_ADDR && os && ms_arg_flag(os->arg, os->n_args, "echo") &&
        d->f->conn->peer_add_addr.form)
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
    bool mapping = (mp->form == MS_FORM_DSS && (mp->dss_flags & MS_DSS_M)) ||
                   (mp->form == MS_FORM_CAPABLE && mp->has_dll);
    if (mapping) {
        draft_fill_payload(d, mp);
        bool capable = mp->form == MS_FORM_CAPABLE;
        mp->csum = mapping_csum(d, capable ? stream_base(d->f->conn, true) : mp->dsn,
                                capable ? 1 : mp->ssn, mp);
    }
    uint16_t right = mp->csum;
    for (size_t i = 0; os && i < os->n_args; i++)
        if (is_late(&os->arg[i]) && !apply_arg(d, os, i, opt))
            return false;
    if (mapping && mp->has_csum && mp->csum != right && !d->twin)
        d->f->conn->bad_dsn = mp->form == MS_FORM_CAPABLE ? stream_base(d->f->conn, true) : mp->dsn;
    return true;
}

static bool build_raw(struct draft *d, const struct ms_optspec *os)
{
    if (draft_mends_option(d, "raw"))
        return true;
    struct ms_opt *opt = draft_add(d);
    struct ms_value v;
    if (!opt || !os->n_args || !os->arg[0].value || !value_eval(d->e, os->arg[0].value, NULL, &v))
        return false;
    static const struct ms_field octets = {.type = MS_V_OCTETS};
    ms_value_fit(&octets, &v);
    d->fault = true;
    return ms_opt_raw(opt, v.octets, v.len) == MS_OK;
}

bool draft_option(struct draft *d, const char *option, const struct ms_optspec *os)
{
    const struct ms_option_name *name = ms_option_name_find(option);
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
    bool len_said = os && arg_num(d->e, os->arg, os->n_args, "len", &len) &&
                    !draft_mends(d, name->name, "len", true);
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
