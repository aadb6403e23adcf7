/* SPDX-License-Identifier: MIT */
/* The event list of a trace. */
#include <ctype.h>
#include <string.h>

#include "mptcpspec/trace.h"

const char *ms_verdict_name(enum ms_verdict v)
{
    static const char *const names[] = {
        [MS_PASS] = "pass",     [MS_SKIP] = "skip", [MS_WARN] = "warn",
        [MS_INCONC] = "inconc", [MS_FAIL] = "fail", [MS_ERROR] = "error",
    };
    return (size_t)v < MS_ARRAY_LEN(names) ? names[v] : "?";
}

void ms_trace_init(struct ms_trace *t, struct ms_arena *a, struct ms_framelog *frames)
{
    *t = (struct ms_trace){.arena = a, .frames = frames};
}

struct ms_event *ms_trace_add(struct ms_trace *t, enum ms_event_kind kind, uint64_t time_ns)
{
    t->event = ms_arena_grow(t->arena, t->event, &t->cap, t->n, sizeof(struct ms_event *));
    struct ms_event *e = ms_arena_alloc(t->arena, sizeof *e);
    e->kind = kind;
    e->index = (uint32_t)t->n;
    e->time_ns = time_ns;
    e->handle = "";
    e->reqs = "";
    e->ok = true;
    if (t->n == 0 && t->start_ns == 0)
        t->start_ns = time_ns;
    t->event[t->n++] = e;
    return e;
}

const struct ms_seg *ms_seg_copy(struct ms_arena *a, const struct ms_seg *seg)
{
    struct ms_seg *copy = ms_arena_memdup(a, seg, sizeof *seg);
    copy->opt = NULL;
    copy->payload = NULL;
    if (seg->n_opt)
        copy->opt = ms_arena_memdup(a, seg->opt, seg->n_opt * sizeof *seg->opt);
    if (seg->payload_len)
        copy->payload = ms_arena_memdup(a, seg->payload, seg->payload_len);
    return copy;
}

void ms_trace_attach(struct ms_trace *t, const char *name, const void *octets, size_t len)
{
    t->attachment = ms_arena_grow(t->arena, t->attachment, &t->cap_attachments, t->n_attachments,
                                  sizeof *t->attachment);
    char *file = ms_arena_strdup(t->arena, name);
    for (char *p = file; *p; p++)
        if (!isalnum((unsigned char)*p) && (!strchr("-_.", *p) || (*p == '.' && p == file)))
            *p = '_';
    t->attachment[t->n_attachments++] = (struct ms_attachment){
        .name = file, .octets = len ? ms_arena_memdup(t->arena, octets, len) : "", .len = len};
}
