/* SPDX-License-Identifier: MIT */
/*
 * A result on its way from a case's process to the runner. One function visits every field, writing or reading,
 * so that both ends agree by construction. The writer may have died or gone mad: every length is checked.
 */
#include <string.h>

#include "mptcpspec/runner.h"

#define MAGIC       0x6d737031u /* "msp1" */
#define REASONS_MAX 4096
#define JUDGED_MAX  4096

struct codec {
    struct ms_buf *out; /* writing when set */
    struct ms_arena *a;
    const uint8_t *in;
    size_t left;
    bool bad;
};

static bool take(struct codec *c, uint8_t *p, size_t n)
{
    if (c->bad || c->left < n) {
        c->bad = true;
        memset(p, 0, n);
        return false;
    }
    memcpy(p, c->in, n);
    c->in += n;
    c->left -= n;
    return true;
}

static uint64_t number(struct codec *c, uint64_t v)
{
    uint8_t p[8];
    if (!c->out)
        return take(c, p, sizeof p) ? ms_get64(p) : 0;
    ms_put64(p, v);
    ms_buf_add(c->out, p, sizeof p);
    return v;
}

static const char *string(struct codec *c, const char *s)
{
    size_t n = (size_t)number(c, c->out && s ? strlen(s) : 0);
    if (c->out) {
        if (n)
            ms_buf_add(c->out, s, n);
        return s;
    }
    if (c->bad || n > c->left || memchr(c->in, '\0', n)) {
        c->bad = true;
        return "";
    }
    s = ms_text_clean(c->a, ms_arena_strndup(c->a, (const char *)c->in, n));
    c->in += n;
    c->left -= n;
    return s;
}

/* A count that is about to size an array: each element takes at least `min` octets of what is left. */
static size_t count(struct codec *c, size_t n, size_t max, size_t min)
{
    uint64_t v = number(c, n);
    if (!c->out && (v > max || v * min > c->left))
        c->bad = true;
    return c->bad ? 0 : (size_t)v;
}

static enum ms_verdict verdict(struct codec *c, enum ms_verdict v)
{
    uint64_t n = number(c, (uint64_t)v);
    if (n > MS_ERROR)
        c->bad = true;
    return c->bad ? MS_ERROR : (enum ms_verdict)n;
}

static void visit_reason(struct codec *c, struct ms_reason *r)
{
    r->verdict = verdict(c, r->verdict);
    r->reqs = string(c, r->reqs);
    r->rule = string(c, r->rule);
    r->line = (unsigned)number(c, r->line);
    r->step = string(c, r->step);
    r->packet = (uint32_t)number(c, r->packet);
    r->text = string(c, r->text);
}

static void visit(struct codec *c, struct ms_parcel *p)
{
    struct ms_result *r = &p->result;
    if (number(c, MAGIC) != MAGIC)
        c->bad = true;
    r->verdict = verdict(c, r->verdict);
    r->n_reason = count(c, r->n_reason, REASONS_MAX, 7 * 8);
    if (!c->out)
        r->reason = ms_arena_alloc(c->a, (r->n_reason + 1) * sizeof *r->reason);
    for (size_t i = 0; i < r->n_reason; i++)
        visit_reason(c, &r->reason[i]);
    r->skip_reason = string(c, r->skip_reason);
    r->wall_ns = number(c, r->wall_ns);
    r->cpu_ns = number(c, r->cpu_ns);
    r->syn_ns = number(c, r->syn_ns);
    r->packets = (uint32_t)number(c, r->packets);
    r->lost = (uint32_t)number(c, r->lost);
    r->max_rss_kib = (long)number(c, (uint64_t)r->max_rss_kib);
    r->rewrite_hits = number(c, r->rewrite_hits);
    r->n_judged = count(c, r->n_judged, JUDGED_MAX, 8);
    if (!c->out)
        r->judged = ms_arena_alloc(c->a, (r->n_judged + 1) * sizeof *r->judged);
    for (size_t i = 0; i < r->n_judged; i++)
        r->judged[i] = string(c, r->judged[i]);
    r->counters = string(c, r->counters);
    p->ladder = string(c, p->ladder);
    p->evidence = string(c, p->evidence);
    p->evidence_error = string(c, p->evidence_error);
}

void ms_parcel_pack(const struct ms_parcel *p, struct ms_buf *out)
{
    struct ms_parcel copy = *p; /* the visitor stores back what it writes */
    if (copy.result.n_reason > REASONS_MAX)
        copy.result.n_reason = REASONS_MAX;
    if (copy.result.n_judged > JUDGED_MAX)
        copy.result.n_judged = JUDGED_MAX;
    struct codec c = {.out = out};
    visit(&c, &copy);
}

int ms_parcel_unpack(struct ms_arena *a, const void *octets, size_t len, struct ms_parcel *out,
                     struct ms_error *err)
{
    *out = (struct ms_parcel){0};
    struct codec c = {.a = a, .in = octets, .left = len};
    visit(&c, out);
    out->result.cap_reason = out->result.n_reason;
    if (c.bad || c.left != 0)
        return ms_fail(err, MS_ERR_PARSE, "%zu octets that are no result", len);
    return MS_OK;
}
