/* SPDX-License-Identifier: MIT */
/* What all parts of a running scenario use: what goes wrong, remarks, bounds, expectations that wait. */
#include "interop/interop_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

void scene_broken(struct scene *s, const char *fmt, ...)
{
    if (s->broken)
        return;
    va_list ap;
    va_start(ap, fmt);
    ms_step_error(&s->err, s->step, fmt, ap);
    va_end(ap);
    s->broken = true;
    s->stopped = true;
}

void scene_lacks(struct scene *s, const char *what)
{
    s->lacks = what;
    s->stopped = true;
}

void scene_note(struct scene *s, const char *handle, const char *fmt, ...)
{
    char msg[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    ms_record_note(&s->record, s->step, handle, msg);
}

bool scene_watch(struct scene *s, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
    if (fd >= 0 && epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) == 0)
        return true;
    scene_broken(s, "epoll: %s", strerror(errno));
    return false;
}

uint64_t scene_deadline(const struct scene *s, uint64_t within_ns)
{
    double ns = (double)(within_ns ? within_ns : GUARD_NS) * s->cfg->time_scale;
    double longest = (double)s->cfg->longest_ns;
    return ms_now_ns() + (uint64_t)(longest > 0 && ns > longest ? longest : ns);
}

struct host *host_of(struct scene *s, const struct ms_step *st)
{
    return s->host[strcmp(st->subject, "server") == 0 ? MS_SERVER : MS_CLIENT];
}

enum go scene_failed(struct scene *s, const struct ms_step *st, uint32_t packet, const char *text)
{
    const struct ms_requirement **req;
    size_t n;
    ms_step_tags(st, s->a, &req, &n);
    if (ms_record_failed(&s->record, st, req, n, false, packet, text) <= MS_WARN)
        return GO_ON;
    s->stopped = true;
    return GO_STOP;
}

static enum go conclude(struct scene *s, const struct ms_step *st, const struct attempt *t,
                        const char *lead)
{
    const char *text = ms_arena_printf(s->a, "%s%s%s%s", st->text ? st->text : "expectation", lead,
                                       t->text && *t->text ? "\n" : "", t->text ? t->text : "");
    if (!t->n_failed)
        return scene_failed(s, st, t->packet, text);
    if (ms_record_failed(&s->record, st, t->failed, t->n_failed, false, t->packet, text) <= MS_WARN)
        return GO_ON;
    s->stopped = true;
    return GO_STOP;
}

/* Why waiting has ended without an answer. */
static const char *gave_up(struct scene *s, const struct attempt *t, uint64_t until)
{
    if (ms_now_ns() >= until)
        return "\nnot within the bound";
    if (!t->local && scene_quiet(s))
        return "\nit cannot come any more: every subflow is over";
    return NULL;
}

#define LOOK_MS 500u /* whether anything still lives is looked at so often */

enum go scene_expect(struct scene *s, const struct ms_step *st, try_fn *try)
{
    uint64_t until = scene_deadline(s, st->within_ns);
    uint64_t look = 0; /* when to look again at what no event tells of */
    struct attempt t = {0};
    for (;;) {
        scene_drain(s);
        if (s->stopped)
            return GO_STOP;
        uint64_t now = ms_now_ns();
        if (now >= look) {
            try(s, st, false, &t);
            look = now + t.poll_ms * 1000000ull;
        }
        if (s->stopped)
            return GO_STOP;
        if (t.state == TRY_MET) {
            ms_record_met(&s->record, st, t.packet);
            return GO_ON;
        }
        const char *lead = t.state == TRY_FAILED ? "" : gave_up(s, &t, until);
        if (lead) {
            try(s, st, true, &t);
            return s->stopped ? GO_STOP : conclude(s, st, &t, lead);
        }
        uint64_t wake = now + (t.poll_ms ? t.poll_ms : LOOK_MS) * 1000000ull;
        scene_wait(s, wake < until ? wake : until);
    }
}
