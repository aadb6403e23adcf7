/* SPDX-License-Identifier: MIT */
/* The one event loop of a case: links, the IUT's completions, path manager events. */
#include "engine/engine_int.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#define SETTLE_MAX 4

/* A limit of rate keeps back what the case has sent: time counts from when it goes. */
static uint64_t kept_back(const struct engine *e, uint64_t now)
{
    uint64_t last = now;
    for (unsigned i = 0; i < e->seat.net.n_paths; i++)
        if (e->link[i] && ms_link_done(e->link[i]) > last)
            last = ms_link_done(e->link[i]);
    return last - now;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t links_due(const struct engine *e)
{
    uint64_t due = UINT64_MAX;
    for (unsigned i = 0; i < e->seat.net.n_paths; i++)
        if (e->link[i] && ms_link_due(e->link[i]) < due)
            due = ms_link_due(e->link[i]);
    return due;
}

uint64_t deadline(const struct engine *e, uint64_t within_ns)
{
    double ns = (double)(within_ns ? within_ns : GUARD_NS) * e->cfg->time_scale;
    double longest = (double)e->cfg->longest_ns;
    uint64_t now = ms_now_ns(), far = e->seat.site ? 4 * e->seat.site->facts.rtt_ns : 0;
    return now + kept_back(e, now) + far + (uint64_t)(longest > 0 && ns > longest ? longest : ns);
}

/* A mutant and the tester may answer each other for ever: an ACK for each ACK. */
static bool storm(struct engine *e)
{
    uint32_t n = ms_framelog_count(e->trace->frames);
    if (e->storm || !e->cfg->most_packets || n <= e->cfg->most_packets)
        return e->storm;
    e->storm = e->stopped = true;
    reason_add(e, MS_INCONC, "", NULL, e->step, n,
               ms_arena_printf(e->a, "a storm of more than %u packets", e->cfg->most_packets));
    return true;
}

static bool deliver(struct engine *e)
{
    bool any = false;
    while (!e->broken && !storm(e) && boxes_deliver(e))
        any = true;
    return any;
}

static bool drain_links(struct engine *e)
{
    bool any = deliver(e);
    struct ms_link_frame fr;
    for (unsigned i = 0; i < e->seat.net.n_paths; i++) {
        int got;
        if (e->link[i] && !e->broken && ms_link_flush(e->link[i], &e->err) != MS_OK)
            broken(e, "cannot send on path %u: %s", i + 1, e->err.msg);
        while (e->link[i] && !e->broken && !storm(e) &&
               (got = ms_link_next(e->link[i], &fr, &e->err)) != 0) {
            if (got < 0) {
                broken(e, "path %u: %s", i + 1, e->err.msg);
                return any;
            }
            any = e->stirred = true;
            e->heard_ns = ms_now_ns();
            boxes_captured(e, i, &fr);
            deliver(e);
        }
    }
    return any;
}

static bool drain_target(struct engine *e)
{
    bool any = false;
    struct ms_done d;
    int got;
    while (e->seat.target && !e->broken &&
           (got = e->seat.target->ops->next(e->seat.target, &d, &e->err)) != 0) {
        if (got < 0) {
            broken(e, "the IUT's driver: %s", e->err.msg);
            return any;
        }
        any = true;
        verb_done(e, &d);
    }
    return any;
}

static bool drain_events(struct engine *e)
{
    bool any = false;
    char text[512];
    while (e->seat.target &&
           e->seat.target->ops->event(e->seat.target, text, sizeof text, NULL) == 1) {
        any = true;
        note(e, "path manager: %s", text);
        e->pm_event =
            ms_arena_grow(e->a, e->pm_event, &e->cap_pm_event, e->n_pm_event, sizeof *e->pm_event);
        e->pm_event[e->n_pm_event++] = ms_arena_strdup(e->a, text);
    }
    return any;
}

bool loop_drain(struct engine *e)
{
    bool any = false;
    if (e->reacting)
        return false;
    /* An action of the application may make segments and the reverse: until both are quiet. */
    for (bool more = true; more && !e->broken && !storm(e);) {
        more = drain_links(e);
        more |= drain_target(e);
        more |= drain_events(e);
        any |= more;
    }
    return any;
}

void loop_settle(struct engine *e)
{
    const struct ms_target *t = e->seat.target;
    /* What it did may have been answered at once, which may make it do more. */
    for (int i = 0; i < SETTLE_MAX && e->stirred && t && t->ops->settle && !e->stopped; i++) {
        e->stirred = false;
        if (t->ops->settle(e->seat.target, &e->err) != MS_OK) {
            broken(e, "the IUT's driver: %s", e->err.msg);
            return;
        }
        loop_drain(e);
    }
}

bool loop_wait(struct engine *e, uint64_t deadline_ns)
{
    for (;;) {
        if (loop_drain(e))
            return true;
        if (e->broken || e->storm || (e->cfg->interrupted && *e->cfg->interrupted)) {
            e->stopped = true;
            return false;
        }
        uint64_t now = ms_now_ns();
        if (now >= deadline_ns)
            return false;
        remind(e);
        struct epoll_event ev[8];
        uint64_t due = boxes_due(e);
        due = sooner(due, sooner(links_due(e), remind_due(e)));
        uint64_t until = due < deadline_ns ? due : deadline_ns;
        uint64_t left = until > now ? (until - now + 999999) / 1000000 : 0;
        if (epoll_wait(e->epoll, ev, 8, left > 3600000 ? 3600000 : (int)left) < 0 &&
            errno != EINTR) {
            broken(e, "epoll_wait: %s", strerror(errno));
            return false;
        }
    }
}

bool loop_wait_poll(struct engine *e, uint64_t deadline_ns, unsigned poll_ms)
{
    uint64_t now = ms_now_ns();
    uint64_t tick = now + poll_ms * 1000000ull;
    if (!poll_ms || tick >= deadline_ns)
        return loop_wait(e, deadline_ns);
    loop_wait(e, tick);
    return !e->stopped && ms_now_ns() < deadline_ns;
}
