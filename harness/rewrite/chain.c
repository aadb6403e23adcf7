/* SPDX-License-Identifier: MIT */
/*
 * A row of boxes: frames pass them in order, back in the opposite order. Frames that boxes make or let go are put in a
 * list and passed on one after the other, so that nothing is nested and everything keeps its order.
 */
#include "rewrite/chain_int.h"

#include <stdlib.h>
#include <string.h>

struct ms_chain *ms_chain_new(uint64_t seed)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_chain *c = ms_arena_alloc(a, sizeof *c);
    c->arena = a;
    c->cursor = &c->pending;
    for (unsigned i = 0; i < 2; i++)
        c->buf[i] = ms_arena_alloc(a, FRAME_BUF);
    c->payload = ms_arena_alloc(a, FRAME_BUF);
    c->spare = ms_arena_alloc(a, FRAME_BUF);
    c->flows.seed = seed;
    ms_rng_init(&c->rng, seed, "boxes");
    return c;
}

void ms_chain_free(struct ms_chain *c)
{
    if (c == NULL)
        return;
    rewrite_chain_drop_all(c);
    rewrite_flow_table_clear(&c->flows);
    ms_arena_free(c->arena);
}

int ms_chain_add(struct ms_chain *c, const char *text, unsigned path, struct ms_error *err)
{
    if (c->n == BOXES_MAX)
        return ms_fail(err, MS_ERR_RANGE, "at most %d boxes stand in a row", BOXES_MAX);
    struct box *b = &c->box[c->n];
    const int rc = ms_rewrite_parse(c->arena, text, &b->rewrite, err);
    if (rc != MS_OK)
        return rc;
    b->path = path;
    b->on = true;
    return c->n++;
}

void ms_chain_enable(struct ms_chain *c, int id, bool on)
{
    if (id < 0 || id >= c->n || c->box[id].on == on)
        return;
    c->box[id].on = on;
    c->box[id].rewrite->began = false;
}

bool ms_chain_empty(const struct ms_chain *c)
{
    return c->n == 0 && !c->follow;
}

void ms_chain_follow(struct ms_chain *c)
{
    c->follow = true;
}

uint64_t ms_chain_hits(const struct ms_chain *c, int id)
{
    return id >= 0 && id < c->n ? c->box[id].rewrite->hits : 0;
}

uint64_t ms_chain_acted(const struct ms_chain *c)
{
    uint64_t sum = 0;
    for (int i = 0; i < c->n; i++)
        sum += c->box[i].rewrite->hits;
    return sum;
}

uint64_t ms_chain_overflows(const struct ms_chain *c)
{
    return c->overflows;
}

static bool count_fits(const struct ms_rewrite *r)
{
    switch (r->count) {
    case COUNT_NTH:
        return r->matches == r->count_n;
    case COUNT_FROM:
        return r->matches >= r->count_n;
    case COUNT_FIRST:
        return r->matches <= r->count_n;
    case COUNT_ALL:
        break;
    }
    return true;
}

static bool selected(struct ms_rewrite *r, const struct rewrite_work *w)
{
    if (!r->dirs[w->dir] || !rewrite_selects(r, w))
        return false;
    r->matches++;
    return count_fits(r);
}

/* The frame becomes the one that stands in the unused buffer. */
static void take_over(struct rewrite_work *w, size_t len)
{
    struct ms_chain *c = w->chain;
    c->buf_used = 1 - c->buf_used;
    w->frame = c->buf[c->buf_used];
    w->len = len;
    w->decoded = false;
}

/* The frame passes as it is; what was taken apart may have been changed in part. */
static enum rewrite_result leave(struct rewrite_work *w)
{
    w->decoded = false;
    return REWRITE_UNCHANGED;
}

static enum rewrite_result act(struct ms_rewrite *r, struct rewrite_work *w)
{
    const struct rewrite_action *a = r->action;
    const bool tcp = rewrite_packet_decode(w);
    if (!tcp)
        return (a->need & NEED_NEIGH) != 0 && w->kind >= MS_FRAME_ARP && w->kind <= MS_FRAME_NA
                   ? a->each(r, w, false)
                   : REWRITE_UNCHANGED;
    r->frames[w->dir]++;
    const bool is_selected = selected(r, w);
    if (a->each != NULL)
        return a->each(r, w, is_selected);
    if (!is_selected)
        return REWRITE_UNCHANGED;
    rewrite_packet_own(w);
    return a->apply(r, w);
}

/* One frame at one box; false if it goes no further. */
static bool pass_box(struct rewrite_work *w, struct ms_rewrite *r)
{
    struct ms_chain *c = w->chain;
    if (!r->began) {
        r->began = true;
        r->since_ns = w->now;
    }
    if (!r->dirs[w->dir] && r->action->each == NULL)
        return true;
    uint8_t *out = c->buf[1 - c->buf_used];
    size_t len = 0;
    enum rewrite_result result = act(r, w);
    switch (result) {
    case REWRITE_CHANGED:
        /* Options beyond 40 octets cannot be sent: the frame passes, and that is no hit. */
        if (rewrite_packet_build(w, &w->seg, out, FRAME_BUF, &len) == MS_OK)
            take_over(w, len);
        else
            result = leave(w);
        break;
    case REWRITE_FRAME:
        memcpy(out, w->other, w->other_len);
        take_over(w, w->other_len);
        break;
    default:
        break;
    }
    if ((result == REWRITE_UNCHANGED || result == REWRITE_ADDED) && r->action->each == NULL)
        w->decoded = w->decoded && w->payload == NULL;
    r->hits += result != REWRITE_UNCHANGED && result != REWRITE_SENT;
    return result != REWRITE_GONE && result != REWRITE_SENT;
}

static void pass_on(struct ms_chain *c, int i)
{
    struct rewrite_work *w = &c->work;
    const int step = w->dir == MS_DIR_TX ? 1 : -1;
    for (; i >= 0 && i < c->n; i += step) {
        const struct box *b = &c->box[i];
        if (!b->on || (b->path != MS_CHAIN_ALL_PATHS && b->path != w->path))
            continue;
        w->box = i;
        c->cursor = &c->pending;
        if (!pass_box(w, b->rewrite))
            return;
    }
    c->emit(c->ctx, w->path, w->dir, w->frame, w->len);
}

static void pass_pending(struct ms_chain *c)
{
    while (c->pending != NULL) {
        struct parcel *p = c->pending;
        struct rewrite_work *w = &c->work;
        c->pending = p->next;
        c->cursor = &c->pending;
        w->path = p->path;
        w->dir = p->dir;
        w->flow = p->flow != NULL && p->flow->generation == p->generation ? p->flow : NULL;
        w->marks = p->marks;
        w->frame = p->frame;
        w->len = p->len;
        w->decoded = false;
        pass_on(c, p->box);
        free(p);
    }
}

static void settle(struct ms_chain *c)
{
    pass_pending(c);
    while (c->held_octets > HELD_MAX) {
        c->overflows++;
        rewrite_chain_let_go(c, rewrite_chain_first_held(c, true));
        pass_pending(c);
    }
}

static void begin(struct ms_chain *c, uint64_t now_ns, ms_chain_emit *emit, void *ctx)
{
    if (c->now < now_ns)
        c->now = now_ns;
    c->births = 0;
    c->emit = emit;
    c->ctx = ctx;
    c->work.chain = c;
    c->work.now = c->now;
}

int ms_chain_frame(struct ms_chain *c, unsigned path, enum ms_dir dir, uint64_t now_ns,
                   const uint8_t *frame, size_t len, ms_chain_emit *emit, void *ctx)
{
    if (dir != MS_DIR_RX && dir != MS_DIR_TX)
        return MS_ERR_RANGE;
    if (ms_chain_empty(c)) {
        emit(ctx, path, dir, frame, len);
        return MS_OK;
    }
    struct rewrite_work *w = &c->work;
    begin(c, now_ns, emit, ctx);
    w->path = path;
    w->dir = dir;
    w->frame = frame;
    w->len = len;
    w->decoded = false;
    w->flow = NULL;
    w->marks = (struct flow_marks){.third = THIRD_NOT};
    if (rewrite_packet_decode(w)) {
        w->flow = rewrite_flow_enter(&c->flows, &w->seg);
        if (w->flow != NULL)
            w->marks = rewrite_flow_note(&c->flows, w->flow, &w->seg, dir);
    }
    pass_on(c, dir == MS_DIR_TX ? 0 : c->n - 1);
    settle(c);
    return MS_OK;
}

uint64_t ms_chain_due(const struct ms_chain *c)
{
    uint64_t due = UINT64_MAX;
    for (int i = 0; i < c->n; i++)
        for (unsigned d = 0; d < 2; d++) {
            const struct parcel *p = c->box[i].held[d].first;
            if (p != NULL && p->due_ns < due)
                due = p->due_ns;
            if (p != NULL && !c->box[i].on)
                due = 0;
        }
    return due;
}

int ms_chain_run(struct ms_chain *c, uint64_t now_ns, ms_chain_emit *emit, void *ctx)
{
    begin(c, now_ns, emit, ctx);
    while (ms_chain_due(c) <= c->now) {
        c->births = 0;
        rewrite_chain_let_go(c, rewrite_chain_first_held(c, false));
        pass_pending(c);
    }
    settle(c);
    return MS_OK;
}
