/* SPDX-License-Identifier: MIT */
/* The one event loop of a scenario: the box, both hosts, programs and transfers. */
#include "interop/interop_int.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

/*
 * Of the box, before the others are looked at. One while the wire is awaited: what follows "so many octets have passed" is
 * meant for the middle of a transfer.
 */
#define BATCHES 16

static bool interrupted(const struct scene *s)
{
    return s->cfg->interrupted && *s->cfg->interrupted;
}

static bool storm(struct scene *s)
{
    uint32_t most = s->cfg->most_packets;
    if (s->storm || !most || s->trace->frames == NULL || s->result->packets <= most)
        return s->storm;
    s->storm = s->stopped = true;
    ms_record_reason(&s->record, MS_INCONC, "", NULL, s->step, s->result->packets,
                     ms_arena_printf(s->a, "a storm of more than %u packets", most));
    return true;
}

static bool drain_box(struct scene *s)
{
    bool any = false;
    uint32_t before = s->result->packets;
    int most = s->step && s->step->kind == MS_STEP_WIRE ? 1 : BATCHES;
    for (int i = 0; s->box && i < most && !s->broken && !storm(s); i++) {
        int more = ms_box_work(s->box, &s->err);
        if (more < 0) {
            scene_broken(s, "%s", s->err.msg);
            return any;
        }
        any |= more > 0;
        if (more == 0)
            break;
    }
    return any || s->result->packets != before;
}

static bool drain_host(struct host *h)
{
    struct scene *s = h->scene;
    struct ms_done d;
    bool any = false;
    int got;
    char text[512];
    while (h->target && !s->broken && (got = h->target->ops->next(h->target, &d, &s->err)) != 0) {
        if (got < 0) {
            scene_broken(s, "the driver of the %s: %s", h->name, s->err.msg);
            return any;
        }
        any = true;
        move_take(s, h->which, &d);
    }
    while (h->target && h->target->ops->event(h->target, text, sizeof text, NULL) == 1) {
        any = true;
        scene_note(s, h->name, "path manager: %s", text);
        h->pm_event =
            ms_arena_grow(s->a, h->pm_event, &h->cap_pm_event, h->n_pm_event, sizeof *h->pm_event);
        h->pm_event[h->n_pm_event++] = ms_arena_strdup(s->a, text);
    }
    return any;
}

bool scene_drain(struct scene *s)
{
    bool any = drain_box(s);
    for (int i = 0; i < 2; i++)
        if (s->host[i])
            any |= drain_host(s->host[i]);
    if (s->programs && !s->broken && ms_programs_work(s->programs, &s->err) < 0)
        scene_broken(s, "programs: %s", s->err.msg);
    any |= transfers_work(s);
    return any;
}

bool scene_wait(struct scene *s, uint64_t deadline_ns)
{
    struct epoll_event ev[8];
    if (scene_drain(s))
        return true;
    if (s->broken || s->storm || interrupted(s)) {
        s->stopped = true;
        return false;
    }
    uint64_t now = ms_now_ns();
    if (now >= deadline_ns)
        return false;
    uint64_t left = (deadline_ns - now + 999999) / 1000000;
    int n = epoll_wait(s->epoll, ev, MS_ARRAY_LEN(ev), left > 3600000 ? 3600000 : (int)left);
    if (n < 0 && errno != EINTR)
        scene_broken(s, "epoll_wait: %s", strerror(errno));
    return n > 0;
}

/* A program of the client may open a connection at any time; one of the server waits for that. */
static bool works(const struct scene *s)
{
    for (size_t i = 0; i < s->n_transfer; i++)
        if (!s->transfer[i].ended)
            return true;
    for (size_t i = 0; i < s->n_program; i++)
        if (s->program[i].host->which == MS_CLIENT && !ms_program_ended(s->program[i].run, NULL))
            return true;
    return false;
}

bool scene_quiet(const struct scene *s)
{
    return s->last_ns && !works(s) && flows_over(s) &&
           ms_now_ns() - s->last_ns > (uint64_t)((double)QUIET_NS * s->cfg->time_scale);
}

bool host_verb_now(struct host *h, const struct ms_verb *v, struct ms_done *d)
{
    struct scene *s = h->scene;
    uint32_t id = 0;
    if (h->target->ops->start(h->target, v, &id, &s->err) != MS_OK) {
        scene_broken(s, "%s: %s: %s", h->name, ms_verb_name(v->kind), s->err.msg);
        return false;
    }
    uint64_t until = scene_deadline(s, 0);
    for (;;) {
        int got = h->target->ops->next(h->target, d, &s->err);
        if (got < 0) {
            scene_broken(s, "the driver of the %s: %s", h->name, s->err.msg);
            return false;
        }
        if (got == 1 && d->id == id)
            return true;
        if (got == 1) {
            move_take(s, h->which, d);
            continue;
        }
        struct epoll_event ev;
        drain_box(s); /* what the verb waits for may have to come through the box */
        if (s->broken || ms_now_ns() >= until) {
            scene_broken(s, "%s: %s: no answer", h->name, ms_verb_name(v->kind));
            return false;
        }
        epoll_wait(s->epoll, &ev, 1, 10);
    }
}
