/* SPDX-License-Identifier: MIT */
/* What the hosts are asked to do: settings, path manager, programs. */
#include "interop/interop_int.h"

#include <errno.h>
#include <string.h>

/* Starts the verb and takes its end. What a host's system refuses is the scenario's trouble, no verdict. */
static enum go ask(struct scene *s, const struct ms_step *st, struct host *h, struct ms_verb *v)
{
    struct ms_done d;
    struct ms_event *ev = ms_trace_add(s->trace, MS_EV_ACTION, ms_now_ns());
    ev->line = st->loc.line;
    ev->handle = h->name;
    ev->text = st->text;
    if (!host_verb_now(h, v, &d))
        return GO_STOP;
    ev = ms_trace_add(s->trace, MS_EV_DONE, ms_now_ns());
    ev->line = st->loc.line;
    ev->handle = h->name;
    ev->ok = d.err == 0;
    const char *words = d.err && d.len ? ms_arena_strndup(s->a, d.data, d.len) : "";
    ev->text = d.err ? ms_arena_printf(s->a, "%s: %s%s%s", ms_verb_name(v->kind), strerror(d.err),
                                       *words ? ": " : "", words)
                     : ms_arena_printf(s->a, "%s done", ms_verb_name(v->kind));
    /* A setting that older kernels do not have, as if the scenario had named it under `needs`. */
    if (d.err == ENOENT && v->kind == MS_VERB_SYSCTL)
        scene_lacks(
            s, ms_arena_printf(s->a, "the kernel of the %s does not know: %s", h->name, st->text));
    else if (d.err)
        scene_broken(s, "%s: refused by the system: %s", h->name, ev->text);
    scene_drain(s);
    return s->stopped ? GO_STOP : GO_ON;
}

static enum go setting(struct scene *s, const struct ms_step *st, struct host *h)
{
    struct ms_verb v = {.path = -1};
    return ms_setting(&s->names, st, &v) ? ask(s, st, h, &v) : GO_STOP;
}

static enum go counters(struct scene *s, const struct ms_step *st, struct host *h)
{
    struct ms_buf b = {0};
    (void)st;
    if (!counters_read(h))
        return GO_STOP;
    for (size_t i = 0; i < h->n_counters; i++)
        if (h->counters[i].value && strncmp(h->counters[i].name, "MPTcpExt.", 9) == 0)
            ms_buf_printf(&b, "%s%s +%llu", b.len ? ", " : "", h->counters[i].name,
                          (unsigned long long)h->counters[i].value);
    ms_record_note(&s->record, s->step, h->name, b.data ? b.data : "no MPTCP counter has moved");
    ms_buf_free(&b);
    return GO_ON;
}

static enum go allowed(struct scene *s, const struct ms_step *st, struct host *h)
{
    (void)s;
    (void)st;
    (void)h;
    return GO_ON; /* looked at when the scenario is over */
}

static const struct {
    const char *name;
    enum go (*run)(struct scene *s, const struct ms_step *st, struct host *h);
} verbs[] = {
    {"sysctl", setting},      {"endpoint", setting},  {"limits", setting}, {"addr", setting},
    {"link", setting},        {"counters", counters}, {"allow", allowed},  {"run", command_run},
    {"start", command_start}, {"stop", command_stop}, {"pm", setting},
};

enum go host_verb_step(struct scene *s, const struct ms_step *st)
{
    scene_drain(s);
    for (size_t i = 0; i < MS_ARRAY_LEN(verbs); i++)
        if (strcmp(verbs[i].name, st->name) == 0)
            return s->stopped ? GO_STOP : verbs[i].run(s, st, host_of(s, st));
    scene_broken(s, "%s: '%s' is no verb", st->subject, st->name);
    return GO_STOP;
}
