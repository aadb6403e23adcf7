/* SPDX-License-Identifier: MIT */
/* From failed expectations and broken rules to reasons, from reasons to the verdict. */
#include "mptcpspec/verdict.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

const char *ms_reqs_text(struct ms_arena *a, const struct ms_requirement *const *req, size_t n)
{
    const char *t = "";
    for (size_t i = 0; i < n; i++)
        t = i ? ms_arena_printf(a, "%s, %s", t, req[i]->id) : req[i]->id;
    return t;
}

static void collect(struct ms_arena *a, const struct ms_tags *t, const struct ms_requirement ***out,
                    size_t *n, size_t *cap)
{
    for (size_t i = 0; i < t->n; i++) {
        *out = ms_arena_grow(a, *out, cap, *n, sizeof **out);
        (*out)[(*n)++] = t->req[i];
    }
}

void ms_step_tags(const struct ms_step *s, struct ms_arena *a, const struct ms_requirement ***out,
                  size_t *n)
{
    size_t cap = 0;
    *out = NULL;
    *n = 0;
    collect(a, &s->tags, out, n, &cap);
    if (!s->seg)
        return;
    collect(a, &s->seg->tags, out, n, &cap);
    for (size_t i = 0; i < s->seg->n_opts; i++)
        collect(a, &s->seg->opt[i].tags, out, n, &cap);
}

void ms_record_reason(const struct ms_record *r, enum ms_verdict v, const char *reqs,
                      const char *rule, const struct ms_step *s, uint32_t packet, const char *text)
{
    struct ms_arena *a = r->trace->arena;
    struct ms_result *q = r->result;
    q->reason = ms_arena_grow(a, q->reason, &q->cap_reason, q->n_reason, sizeof *q->reason);
    q->reason[q->n_reason++] = (struct ms_reason){
        .verdict = v,
        .reqs = reqs,
        .rule = rule ? rule : "",
        .line = s ? s->loc.line : 0,
        .step = s && s->text ? s->text : "",
        .packet = packet,
        .text = ms_arena_strdup(a, text),
    };
    if (v > q->verdict)
        q->verdict = v;
}

static enum ms_verdict verdict_of(const struct ms_record *r, const struct ms_requirement *q)
{
    switch (q->level) {
    case MS_LEVEL_SHOULD:
    case MS_LEVEL_SHOULD_NOT:
        return r->strict ? MS_FAIL : MS_WARN;
    case MS_LEVEL_MAY:
        return MS_PASS;
    case MS_LEVEL_FORMAT:
        return q->weak && !r->strict ? MS_WARN : MS_FAIL;
    default:
        return MS_FAIL;
    }
}

static void judged(const struct ms_record *rec, const struct ms_requirement *const *req, size_t n)
{
    struct ms_result *r = rec->result;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < r->n_judged && strcmp(r->judged[k], req[i]->id) != 0)
            k++;
        if (k < r->n_judged)
            continue;
        const char **more = ms_arena_alloc(rec->trace->arena, (r->n_judged + 1) * sizeof *more);
        if (r->n_judged)
            memcpy(more, r->judged, r->n_judged * sizeof *more);
        more[r->n_judged++] = req[i]->id;
        r->judged = more;
    }
}

static struct ms_event *expect_event(const struct ms_record *r, const struct ms_step *s,
                                     uint32_t packet)
{
    struct ms_event *ev = ms_trace_add(r->trace, MS_EV_EXPECT, ms_now_ns());
    ev->line = s->loc.line;
    ev->handle = s->subject ? s->subject : "";
    ev->packet = packet;
    return ev;
}

enum ms_verdict ms_record_failed(const struct ms_record *r, const struct ms_step *s,
                                 const struct ms_requirement *const *failed, size_t n, bool control,
                                 uint32_t packet, const char *text)
{
    struct ms_event *ev = expect_event(r, s, packet);
    ev->text = ms_arena_strdup(r->trace->arena, text);
    ev->reqs = ms_reqs_text(r->trace->arena, failed, n);
    ev->ok = false;
    enum ms_verdict worst = MS_PASS;
    for (size_t i = 0; i < n; i++)
        if (verdict_of(r, failed[i]) > worst)
            worst = verdict_of(r, failed[i]);
    if (n == 0 || control)
        worst = MS_INCONC; /* a preamble or a control that the case needs but does not judge */
    ev->verdict = worst;
    judged(r, failed, n);
    ms_record_reason(r, worst, n && !control ? ev->reqs : "", NULL, s, packet, text);
    return worst;
}

void ms_record_met(const struct ms_record *r, const struct ms_step *s, uint32_t packet)
{
    const struct ms_requirement **req;
    size_t n;
    ms_step_tags(s, r->trace->arena, &req, &n);
    struct ms_event *ev = expect_event(r, s, packet);
    ev->text = s->text ? s->text : "";
    ev->reqs = ms_reqs_text(r->trace->arena, req, n);
    ev->ok = true;
    judged(r, req, n);
}

void ms_record_finding(const struct ms_record *r, const struct ms_finding *f, const char *who,
                       bool observe, const struct ms_step *s)
{
    static const enum ms_verdict by_level[] = {
        [MS_LEVEL_MUST] = MS_FAIL,       [MS_LEVEL_MUST_NOT] = MS_FAIL, [MS_LEVEL_SHOULD] = MS_WARN,
        [MS_LEVEL_SHOULD_NOT] = MS_WARN, [MS_LEVEL_MAY] = MS_PASS,      [MS_LEVEL_FORMAT] = MS_FAIL,
    };
    struct ms_arena *a = r->trace->arena;
    enum ms_verdict v = by_level[f->rule->level];
    if (v == MS_WARN && r->strict)
        v = MS_FAIL;
    if (observe)
        v = MS_PASS;
    /* Once for each host is enough; the trace has the packets. */
    for (size_t i = 0; i < r->trace->n; i++) {
        const struct ms_event *old = r->trace->event[i];
        if (old->kind == MS_EV_FINDING && strcmp(old->rule, f->rule->name) == 0 &&
            strcmp(old->handle, who) == 0)
            return;
    }
    const char *text =
        *who ? ms_arena_printf(a, "the %s: %s", who, f->text) : ms_arena_strdup(a, f->text);
    struct ms_event *ev = ms_trace_add(r->trace, MS_EV_FINDING, ms_now_ns());
    ev->line = s ? s->loc.line : 0;
    ev->packet = f->packet;
    ev->handle = who;
    ev->text = text;
    ev->reqs = f->rule->reqs;
    ev->rule = f->rule->name;
    ev->verdict = v;
    ms_record_reason(r, v, f->rule->reqs, f->rule->name, s, f->packet, text);
}

void ms_step_error(struct ms_error *err, const struct ms_step *s, const char *fmt, va_list ap)
{
    char msg[sizeof err->msg];
    vsnprintf(msg, sizeof msg, fmt, ap);
    ms_fail(err, MS_ERR_SYS, "%s", msg);
    if (!s)
        return;
    snprintf(err->file, sizeof err->file, "%s", s->loc.file);
    err->line = s->loc.line;
    err->column = s->loc.column;
}

void ms_record_note(const struct ms_record *r, const struct ms_step *s, const char *handle,
                    const char *text)
{
    struct ms_event *ev = ms_trace_add(r->trace, MS_EV_NOTE, ms_now_ns());
    ev->line = s ? s->loc.line : 0;
    ev->handle = handle;
    ev->text = ms_arena_strdup(r->trace->arena, text);
}

void ms_record_figures(const struct ms_record *rec)
{
    struct rusage u;
    struct ms_result *r = rec->result;
    getrusage(RUSAGE_SELF, &u);
    r->cpu_ns = (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000u +
                (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000u;
    r->max_rss_kib = u.ru_maxrss;
    r->packets = ms_framelog_count(rec->trace->frames);
    r->lost += ms_framelog_lost(rec->trace->frames);
    if (!r->counters)
        r->counters = "";
    if (r->lost && r->verdict < MS_INCONC)
        ms_record_reason(rec, MS_INCONC, "", NULL, NULL, 0,
                         "the capture lost frames: this verdict cannot be trusted");
}

const char *ms_case_not_read(struct ms_arena *a, const struct ms_case *c, uint32_t positions)
{
    for (size_t i = 0; i < c->n_positions; i++) {
        const struct ms_held *h = &c->position[i];
        unsigned reading = ms_reading_of(positions, h->position);
        if (reading != h->reading)
            return ms_arena_printf(a, "judges under position %s=%s, this run has %s=%s",
                                   h->position->id, h->position->reading[h->reading].name,
                                   h->position->id, h->position->reading[reading].name);
    }
    return NULL;
}
