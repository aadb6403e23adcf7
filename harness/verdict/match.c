/* SPDX-License-Identifier: MIT */
/* Does a received segment fit a pattern? Everything that the pattern writes is compared. */
#include "verdict/verdict_int.h"

#include <stdio.h>
#include <string.h>

bool ms_spec_decisive(const struct ms_segspec *s)
{
    if (s->payload == MS_PAYLOAD_LITERAL ||
        (s->payload == MS_PAYLOAD_STREAM && s->payload_len->kind != MS_X_ANY))
        return true;
    return s->has_flags && s->flags & (MS_TH_SYN | MS_TH_FIN | MS_TH_RST);
}

bool ms_value_compare(const struct ms_value *got, enum ms_cmp cmp, const struct ms_value *want)
{
    if (cmp == MS_CMP_EQ || cmp == MS_CMP_NE) {
        bool eq = (got->type == MS_V_NUM || got->type == MS_V_BOOL) &&
                          (want->type == MS_V_NUM || want->type == MS_V_BOOL)
                      ? got->num == want->num
                      : ms_value_eq(got, want);
        return eq == (cmp == MS_CMP_EQ);
    }
    switch (cmp) {
    case MS_CMP_LT:
        return got->num < want->num;
    case MS_CMP_LE:
        return got->num <= want->num;
    case MS_CMP_GT:
        return got->num > want->num;
    default:
        return got->num >= want->num;
    }
}

static void differ(struct ms_matching *m, const char *what, const struct ms_value *want,
                   const struct ms_value *got)
{
    if (!m->why)
        return;
    ms_buf_printf(m->why, "%s: expected ", what);
    ms_value_text(want, m->why);
    ms_buf_puts(m->why, ", came ");
    ms_value_text(got, m->why);
    ms_buf_puts(m->why, "\n");
}

static void blame(struct ms_names *e, struct ms_matching *m, const struct ms_tags *t)
{
    for (size_t i = 0; i < t->n && !m->untagged; i++) {
        m->failed =
            ms_arena_grow(e->arena, m->failed, &m->cap_failed, m->n_failed, sizeof *m->failed);
        m->failed[m->n_failed++] = t->req[i];
    }
}

static void flags_text(uint8_t flags, struct ms_buf *b)
{
    static const struct {
        uint8_t bit;
        const char *name;
    } bits[] = {{MS_TH_SYN, "SYN"}, {MS_TH_FIN, "FIN"}, {MS_TH_RST, "RST"}, {MS_TH_PSH, "PSH"},
                {MS_TH_ACK, "ACK"}, {MS_TH_URG, "URG"}, {MS_TH_ECE, "ECE"}, {MS_TH_CWR, "CWR"}};
    size_t len = b->len;
    for (size_t i = 0; i < MS_ARRAY_LEN(bits); i++)
        if (flags & bits[i].bit)
            ms_buf_printf(b, "%s%s", b->len > len ? "+" : "", bits[i].name);
    if (b->len == len)
        ms_buf_puts(b, "none");
}

static bool flags_fit(const struct ms_segspec *s, uint8_t got)
{
    if (s->any_flags)
        return true;
    if (!s->has_flags)
        return !(got & (MS_TH_SYN | MS_TH_RST));
    uint8_t mask = MS_TH_SYN | MS_TH_FIN | MS_TH_RST | MS_TH_ACK | s->flags;
    if (s->flags & (MS_TH_FIN | MS_TH_RST) && !(s->flags & MS_TH_ACK))
        mask = (uint8_t)(mask &
                         ~MS_TH_ACK); /* whether a RST or FIN acknowledges is not what was asked */
    return (got & mask) == (s->flags & mask);
}

static bool payload_fits(struct ms_names *e, const struct ms_seg *seg, const struct ms_segspec *s,
                         struct ms_matching *m)
{
    uint64_t n = 0;
    if (s->payload == MS_PAYLOAD_UNSAID)
        return true;
    if (s->payload == MS_PAYLOAD_LITERAL) {
        const struct ms_expr *x = s->payload_octets;
        size_t len = x->kind == MS_X_OCTETS ? x->len : strlen(x->text);
        bool same = len == seg->payload_len &&
                    memcmp(seg->payload, x->kind == MS_X_OCTETS ? (const void *)x->octets : x->text,
                           len) == 0;
        if (!same && m->why)
            ms_buf_printf(m->why, "payload: expected other %zu octets, came %zu\n", len,
                          seg->payload_len);
        return same;
    }
    size_t carried = seg->payload_len + seg->missing;
    if (s->payload == MS_PAYLOAD_STREAM && s->payload_len->kind == MS_X_ANY)
        return carried > 0;
    if (s->payload == MS_PAYLOAD_STREAM && !ms_value_num(e, s->payload_len, &n))
        return false;
    if (carried == n)
        return true;
    if (m->why)
        ms_buf_printf(m->why, "payload: expected %llu octets, came %zu\n", (unsigned long long)n,
                      carried);
    return false;
}

/* Sequence numbers wrap: before and after are meant modulo 2^32 (RFC 9293 3.4). */
static bool header_compare(const struct ms_field *f, const struct ms_value *got, enum ms_cmp cmp,
                           const struct ms_value *want)
{
    bool serial = strcmp(f->name, "seq") == 0 || strcmp(f->name, "ack") == 0;
    if (!serial || cmp == MS_CMP_EQ || cmp == MS_CMP_NE)
        return ms_value_compare(got, cmp, want);
    struct ms_value distance = {.type = MS_V_NUM,
                                .num = 0x80000000u + (uint32_t)(got->num - want->num)};
    distance.num &= 0xffffffffu;
    struct ms_value zero = {.type = MS_V_NUM, .num = 0x80000000u};
    return ms_value_compare(&distance, cmp, &zero);
}

static bool header_fits(struct ms_names *e, const struct ms_seg *seg, const struct ms_segspec *s,
                        struct ms_matching *m)
{
    bool fits = true;
    for (size_t i = 0; i < s->n_fields; i++) {
        const struct ms_field *f = s->field[i];
        struct ms_scope sc = {.field = f, .seg = seg};
        struct ms_value want, got = {0};
        if (!s->fields[i].value) {
            if (!s->fields[i].bind)
                names_broken(e, "header field '%s' needs a value", f->name);
            continue;
        }
        if (!ms_value_eval(e, s->fields[i].value, &sc, &want))
            return false;
        if (want.type == MS_V_NONE)
            continue;
        ms_value_fit(f, &want);
        f->get(seg, NULL, &got);
        if (!header_compare(f, &got, s->fields[i].cmp, &want)) {
            differ(m, f->name, &want, &got);
            fits = false;
        }
    }
    return fits;
}

/* ---- options ---- */

/* Words that stand for presence: 1 there, 0 not there, -1 not such a word. */
static int present(const struct ms_mp *mp, const char *name)
{
    if (mp->subtype == MPTCP_SUB_DSS) {
        if (strcmp(name, "ack") == 0 || strcmp(name, "dack") == 0)
            return (mp->dss_flags & MS_DSS_A) != 0;
        if (strcmp(name, "map") == 0 || strcmp(name, "dsn") == 0)
            return (mp->dss_flags & MS_DSS_M) != 0;
        if (strcmp(name, "fin") == 0)
            return (mp->dss_flags & MS_DSS_F) != 0;
        if (strcmp(name, "dack4") == 0)
            return (mp->dss_flags & (MS_DSS_A | MS_DSS_a)) == MS_DSS_A;
        if (strcmp(name, "dsn4") == 0)
            return (mp->dss_flags & (MS_DSS_M | MS_DSS_m)) == MS_DSS_M;
    }
    if (strcmp(name, "csum") == 0 &&
        (mp->subtype == MPTCP_SUB_DSS || mp->subtype == MPTCP_SUB_CAPABLE))
        return mp->has_csum;
    if (strcmp(name, "hmac") == 0)
        return mp->hmac_len != 0;
    if (strcmp(name, "port") == 0)
        return mp->has_port;
    if (strcmp(name, "echo") == 0)
        return mp->echo;
    if (mp->subtype == MPTCP_SUB_CAPABLE && strcmp(name, "keys") == 0)
        return mp->keys != 0;
    return -1;
}

static bool prescribed_fits(const struct ms_optspec *os, const struct ms_field *f, const char *name,
                            const struct ms_seg *seg, const struct ms_opt *got,
                            const struct ms_opt *want, struct ms_matching *m)
{
    static const char *const map[] = {"dsn", "ssn", "dll"};
    bool fits = true;
    bool is_map = strcmp(name, "map") == 0 && got->mp.subtype == MPTCP_SUB_DSS;
    const char *const *names = &name;
    const char *dack = "dack";
    size_t n = 1;
    if (is_map) {
        names = map;
        n = MS_ARRAY_LEN(map);
    } else if (strcmp(name, "ack") == 0 && got->mp.subtype == MPTCP_SUB_DSS) {
        names = &dack;
    }
    for (size_t i = 0; i < n; i++) {
        const struct ms_field *x = f && !is_map ? f : ms_field_find(os->name->name, names[i]);
        struct ms_value g = {0}, w = {0};
        if (!x || x->type == MS_V_BOOL || x->bits == 1)
            continue;
        if (!x->get(seg, want, &w) || !x->get(seg, got, &g)) {
            if (m->why)
                ms_buf_printf(m->why, "%s.%s: not in this form of the option\n", os->name->name,
                              x->name);
            fits = false;
            continue;
        }
        if (!ms_value_compare(&g, MS_CMP_EQ, &w)) {
            char what[64];
            snprintf(what, sizeof what, "%s.%s", os->name->name, x->name);
            differ(m, what, &w, &g);
            fits = false;
        }
    }
    return fits;
}

static bool bare_fits(const struct ms_optspec *os, size_t i, const struct ms_seg *seg,
                      const struct ms_opt *got, const struct ms_opt *want, struct ms_matching *m)
{
    const struct ms_arg *a = &os->arg[i];
    const struct ms_field *f = os->field ? os->field[i] : NULL;
    int there = present(&got->mp, a->name);
    if (a->bind && !a->value) {
        struct ms_value v;
        return f && f->get(seg, got, &v);
    }
    if (there >= 0 && there != !a->negated) {
        if (m->why)
            ms_buf_printf(m->why, "%s.%s: expected %s, is %s\n", os->name->name, a->name,
                          a->negated ? "absent" : "present", there ? "present" : "absent");
        return false;
    }
    if (there >= 0 && a->negated)
        return true;
    struct ms_value g = {0};
    if (f && (f->type == MS_V_BOOL || f->bits == 1)) {
        struct ms_value w = {.type = f->type, .num = !a->negated};
        bool ok = f->get(seg, got, &g) && g.num == w.num;
        if (!ok)
            differ(m, a->name, &w, &g);
        return ok;
    }
    if (a->negated)
        return f && !f->get(seg, got, &g);
    return prescribed_fits(os, f, a->name, seg, got, want, m);
}

static bool short_form(const struct ms_field *f, const struct ms_opt *o)
{
    if (o->mp.form != MS_FORM_DSS)
        return false;
    if (strcmp(f->name, "dsn") == 0)
        return !(o->mp.dss_flags & MS_DSS_m);
    return strcmp(f->name, "dack") == 0 && !(o->mp.dss_flags & MS_DSS_a);
}

static bool option_fits(struct ms_names *e, const struct ms_seg *seg, const struct ms_optspec *os,
                        const struct ms_opt *got, const struct ms_prescriber *p,
                        struct ms_matching *m)
{
    struct ms_opt want;
    bool fits = true;
    p->option(p->ctx, seg, got, &want);
    for (size_t i = 0; i < os->n_args; i++) {
        const struct ms_arg *a = &os->arg[i];
        const struct ms_field *f = os->field ? os->field[i] : NULL;
        if (!a->value) {
            fits &= bare_fits(os, i, seg, got, &want, m);
            continue;
        }
        struct ms_scope sc = {.field = f, .seg = seg, .opt = &want};
        struct ms_value w, g = {0};
        if (!ms_value_eval(e, a->value, &sc, &w))
            return false;
        if (!f || !f->get(seg, got, &g)) {
            if (m->why)
                ms_buf_printf(m->why, "%s.%s: not in this form of the option\n", os->name->name,
                              a->name);
            fits = false;
            continue;
        }
        if (w.type == MS_V_NONE)
            continue; /* any */
        ms_value_fit(f, &w);
        if (short_form(f, got))
            w.num &= 0xffffffffu;
        if (!ms_value_compare(&g, a->cmp, &w)) {
            char what[64];
            snprintf(what, sizeof what, "%s.%s", os->name->name, a->name);
            differ(m, what, &w, &g);
            fits = false;
        }
    }
    return fits;
}

static bool named_so(const struct ms_opt *o, const struct ms_option_name *n)
{
    if (o->kind != n->kind)
        return false;
    return n->subtype < 0 || (o->mp.form != MS_FORM_NONE && o->mp.subtype == n->subtype);
}

static bool wants_len(const struct ms_optspec *os)
{
    return ms_arg_find(os->arg, os->n_args, "len") != NULL;
}

static bool spec_option_fits(struct ms_names *e, const struct ms_seg *seg,
                             const struct ms_optspec *os, const struct ms_prescriber *p,
                             struct ms_matching *m)
{
    bool there = false;
    for (size_t i = 0; i < seg->n_opt; i++) {
        const struct ms_opt *o = &seg->opt[i];
        if (!named_so(o, os->name))
            continue;
        there = true;
        if (os->negated)
            break;
        if (o->mp.form == MS_FORM_MALFORMED && !wants_len(os) && os->name->subtype >= 0) {
            if (m->why)
                ms_buf_printf(m->why, "%s: malformed, %u octets\n", os->name->name, o->len);
            continue;
        }
        if (option_fits(e, seg, os, o, p, m))
            return true;
    }
    if (os->negated) {
        if (there && m->why)
            ms_buf_printf(m->why, "%s: expected none, is there\n", os->name->name);
        return !there;
    }
    if (!there && m->why)
        ms_buf_printf(m->why, "%s: not there\n", os->name->name);
    return false;
}

static bool pads(int kind)
{
    return kind == MS_TCPOPT_NOP || kind == MS_TCPOPT_EOL;
}

/* Padding counts where the list has some. */
static bool exact_fits(const struct ms_seg *seg, const struct ms_segspec *s, struct ms_matching *m)
{
    size_t k = 0;
    bool with_pads = false;
    for (size_t i = 0; i < s->n_opts; i++)
        with_pads |= pads(s->opt[i].name->kind);
    for (size_t i = 0; i < seg->n_opt; i++) {
        const struct ms_opt *o = &seg->opt[i];
        if (!with_pads && pads(o->kind))
            continue;
        if (k >= s->n_opts || !named_so(o, s->opt[k].name)) {
            if (m->why)
                ms_buf_printf(m->why, "option %zu: %s was not expected there\n", k + 1,
                              ms_opt_name(o));
            return false;
        }
        k++;
    }
    if (k < s->n_opts && m->why)
        ms_buf_printf(m->why, "option %zu: %s is missing\n", k + 1, s->opt[k].name->name);
    return k == s->n_opts;
}

void ms_match_seg(struct ms_names *e, const struct ms_seg *seg, const struct ms_segspec *s,
                  const struct ms_prescriber *p, struct ms_matching *m)
{
    m->base = m->all = true;
    if (!flags_fit(s, seg->flags)) {
        m->base = false;
        if (m->why) {
            ms_buf_puts(m->why, "flags: expected ");
            if (s->has_flags)
                flags_text(s->flags, m->why);
            else
                ms_buf_puts(m->why, "neither SYN nor RST");
            ms_buf_puts(m->why, ", came ");
            flags_text(seg->flags, m->why);
            ms_buf_puts(m->why, "\n");
        }
    }
    m->base &= payload_fits(e, seg, s, m);
    m->base &= header_fits(e, seg, s, m);
    if (!m->base)
        blame(e, m, &s->tags);
    if (s->exact_options && !exact_fits(seg, s, m)) {
        m->all = false;
        blame(e, m, &s->tags);
    }
    for (size_t i = 0; i < s->n_opts; i++) {
        if (spec_option_fits(e, seg, &s->opt[i], p, m)) {
            m->fitting++;
            continue;
        }
        m->all = false;
        blame(e, m, s->opt[i].tags.n ? &s->opt[i].tags : &s->tags);
    }
    m->all &= m->base;
}

void ms_match_bind(struct ms_names *e, const struct ms_seg *seg, const struct ms_segspec *s)
{
    struct ms_value v;
    for (size_t i = 0; i < s->n_fields; i++)
        if (s->fields[i].bind && s->field[i]->get(seg, NULL, &v))
            ms_names_set(e, s->fields[i].bind, &v);
    for (size_t i = 0; i < s->n_opts; i++) {
        const struct ms_optspec *os = &s->opt[i];
        const struct ms_opt *o = NULL;
        for (size_t k = 0; k < seg->n_opt && !o; k++)
            if (named_so(&seg->opt[k], os->name))
                o = &seg->opt[k];
        for (size_t k = 0; o && k < os->n_args; k++)
            if (os->arg[k].bind && os->field && os->field[k] && os->field[k]->get(seg, o, &v))
                ms_names_set(e, os->arg[k].bind, &v);
    }
}
