/* SPDX-License-Identifier: MIT */
/* From failed expectations to reasons, from reasons to the verdict. */
#include "engine/engine_int.h"

#include <stdio.h>
#include <string.h>

/* An expectation sees only what came after its stimulus. */
void stimulus(struct engine *e, struct flow *f)
{
    if (f) {
        f->cursor = f->n_rx;
        f->answered = false;
        return;
    }
    /* An action on the IUT concerns every subflow, but it must not hide answers that are still awaited. */
    for (size_t i = 0; i < e->n_flow; i++)
        if (e->flow[i]->answered) {
            e->flow[i]->cursor = e->flow[i]->n_rx;
            e->flow[i]->answered = false;
        }
}

const char *reqs_text(struct ms_arena *a, const struct ms_requirement *const *req, size_t n)
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

void tags_of(const struct ms_step *s, struct ms_arena *a, const struct ms_requirement ***out,
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

void reason_add(struct engine *e, enum ms_verdict v, const char *reqs, const char *rule,
                const struct ms_step *s, uint32_t packet, const char *text)
{
    struct ms_result *r = e->result;
    r->reason = ms_arena_grow(e->a, r->reason, &r->cap_reason, r->n_reason, sizeof *r->reason);
    r->reason[r->n_reason++] = (struct ms_reason){
        .verdict = v,
        .reqs = reqs,
        .rule = rule ? rule : "",
        .line = s ? s->loc.line : 0,
        .step = s && s->text ? s->text : "",
        .packet = packet,
        .text = ms_arena_strdup(e->a, text),
    };
    if (v > r->verdict)
        r->verdict = v;
}

static enum ms_verdict verdict_of(const struct engine *e, const struct ms_requirement *q)
{
    switch (q->level) {
    case MS_LEVEL_SHOULD:
    case MS_LEVEL_SHOULD_NOT:
        return e->cfg->strict ? MS_FAIL : MS_WARN;
    case MS_LEVEL_MAY:
        return MS_PASS;
    case MS_LEVEL_FORMAT:
        return q->weak && !e->cfg->strict ? MS_WARN : MS_FAIL;
    default:
        return MS_FAIL;
    }
}

static void judged(struct engine *e, const struct ms_requirement *const *req, size_t n)
{
    struct ms_result *r = e->result;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < r->n_judged && strcmp(r->judged[k], req[i]->id) != 0)
            k++;
        if (k < r->n_judged)
            continue;
        const char **more = ms_arena_alloc(e->a, (r->n_judged + 1) * sizeof *more);
        if (r->n_judged)
            memcpy(more, r->judged, r->n_judged * sizeof *more);
        more[r->n_judged++] = req[i]->id;
        r->judged = more;
    }
}

enum go step_failed(struct engine *e, const struct ms_step *s,
                    const struct ms_requirement *const *failed, size_t n, uint32_t packet,
                    const char *text)
{
    struct ms_event *ev = ms_trace_add(e->trace, MS_EV_EXPECT, ms_now_ns());
    ev->line = s->loc.line;
    ev->handle = s->subject ? s->subject : "";
    ev->packet = packet;
    ev->text = ms_arena_strdup(e->a, text);
    ev->reqs = reqs_text(e->a, failed, n);
    ev->ok = false;
    enum ms_verdict worst = MS_PASS;
    for (size_t i = 0; i < n; i++)
        if (verdict_of(e, failed[i]) > worst)
            worst = verdict_of(e, failed[i]);
    if (n == 0 || e->control)
        worst = MS_INCONC; /* a preamble or a control that the case needs but does not judge */
    ev->verdict = worst;
    judged(e, failed, n);
    reason_add(e, worst, n && !e->control ? ev->reqs : "", NULL, s, packet, text);
    if (worst > MS_WARN) {
        e->stopped = true;
        return GO_STOP;
    }
    return GO_ON;
}

void step_ok(struct engine *e, const struct ms_step *s, uint32_t packet)
{
    const struct ms_requirement **req;
    size_t n;
    tags_of(s, e->a, &req, &n);
    struct ms_event *ev = ms_trace_add(e->trace, MS_EV_EXPECT, ms_now_ns());
    ev->line = s->loc.line;
    ev->handle = s->subject ? s->subject : "";
    ev->packet = packet;
    ev->text = s->text ? s->text : "";
    ev->reqs = reqs_text(e->a, req, n);
    ev->ok = true;
    judged(e, req, n);
}

void broken(struct engine *e, const char *fmt, ...)
{
    if (e->broken)
        return;
    char msg[sizeof e->err.msg];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    ms_fail(&e->err, MS_ERR_SYS, "%s", msg);
    if (e->step) {
        snprintf(e->err.file, sizeof e->err.file, "%s", e->step->loc.file);
        e->err.line = e->step->loc.line;
        e->err.column = e->step->loc.column;
    }
    e->broken = true;
    e->stopped = true;
}

void note(struct engine *e, const char *fmt, ...)
{
    char msg[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    struct ms_event *ev = ms_trace_add(e->trace, MS_EV_NOTE, ms_now_ns());
    ev->line = e->step ? e->step->loc.line : 0;
    ev->handle = "";
    ev->text = ms_arena_strdup(e->a, msg);
}
