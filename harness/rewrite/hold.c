/* SPDX-License-Identifier: MIT */
/* Frames with memory of their own: those that boxes hold, and those that boxes make. */
#include "rewrite/chain_int.h"

#include <stdlib.h>
#include <string.h>

static size_t weight(const struct parcel *p)
{
    return sizeof *p + p->len;
}

static struct parcel *parcel_new(const struct rewrite_work *w, const uint8_t *frame, size_t len)
{
    struct parcel *p = malloc(sizeof *p + len);
    if (p == NULL)
        return NULL;
    *p = (struct parcel){.order = w->chain->arrivals++,
                         .path = w->path,
                         .dir = w->dir,
                         .box = w->box + (w->dir == MS_DIR_TX ? 1 : -1),
                         .flow = w->flow,
                         .generation = w->flow != NULL ? w->flow->generation : 0,
                         .marks = w->marks,
                         .len = len};
    memcpy(p->frame, frame, len);
    return p;
}

static void put_pending(struct ms_chain *c, struct parcel *p)
{
    p->next = *c->cursor;
    *c->cursor = p;
    c->cursor = &p->next;
}

bool rewrite_send(struct rewrite_work *w, const uint8_t *frame, size_t len)
{
    if (w->chain->births >= BIRTHS_MAX)
        return false;
    struct parcel *p = parcel_new(w, frame, len);
    if (p == NULL)
        return false;
    w->chain->births++;
    put_pending(w->chain, p);
    return true;
}

bool rewrite_compose(struct rewrite_work *w, const uint8_t **frame, size_t *len)
{
    *frame = w->chain->spare;
    return rewrite_packet_build(w, &w->seg, w->chain->spare, FRAME_BUF, len) == MS_OK;
}

bool rewrite_send_like(struct rewrite_work *w, const struct ms_seg *seg)
{
    size_t len = 0;
    return rewrite_packet_build(w, seg, w->chain->spare, FRAME_BUF, &len) == MS_OK &&
           rewrite_send(w, w->chain->spare, len);
}

bool rewrite_send_new(struct rewrite_work *w, enum ms_dir dir, const struct ms_seg *seg)
{
    struct ms_chain *c = w->chain;
    size_t len = 0;
    if (c->births >= BIRTHS_MAX || ms_seg_encode(seg, c->spare, FRAME_BUF, &len) != MS_OK)
        return false;
    struct parcel *p = parcel_new(w, c->spare, len);
    if (p == NULL)
        return false;
    p->dir = dir;
    p->box = w->box + (dir == MS_DIR_TX ? 1 : -1);
    p->marks = (struct flow_marks){.established = w->marks.established};
    c->births++;
    put_pending(c, p);
    return true;
}

static struct queue *queue_of(struct rewrite_work *w)
{
    return &w->chain->box[w->box].held[w->dir];
}

struct parcel *rewrite_hold(struct rewrite_work *w, const uint8_t *frame, size_t len,
                            uint64_t due_ns)
{
    struct parcel *p = parcel_new(w, frame, len);
    if (p == NULL)
        return NULL;
    struct queue *q = queue_of(w);
    struct parcel *before = q->last;
    p->due_ns = due_ns;
    while (before != NULL && before->due_ns > due_ns)
        before = before->before;
    p->before = before;
    p->next = before != NULL ? before->next : q->first;
    *(p->before != NULL ? &p->before->next : &q->first) = p;
    *(p->next != NULL ? &p->next->before : &q->last) = p;
    w->chain->held_octets += weight(p);
    return p;
}

struct held_state {
    struct parcel *of[2]; /* by direction */
};

struct parcel *rewrite_held(const struct rewrite_work *w)
{
    const struct held_state *s = rewrite_known(w);
    return s != NULL ? s->of[w->dir] : NULL;
}

struct parcel *rewrite_hold_one(struct rewrite_work *w, const uint8_t *frame, size_t len,
                                uint64_t due_ns)
{
    struct held_state *s = rewrite_state(w, sizeof *s);
    struct parcel *p = s != NULL ? rewrite_hold(w, frame, len, due_ns) : NULL;
    if (p != NULL) {
        s->of[w->dir] = p;
        p->known_at = &s->of[w->dir];
    }
    return p;
}

/* It stands in the queue of the box before the one where it goes on. */
static void unhold(struct ms_chain *c, struct parcel *p)
{
    struct box *b = &c->box[p->box - (p->dir == MS_DIR_TX ? 1 : -1)];
    struct queue *q = &b->held[p->dir];
    *(p->before != NULL ? &p->before->next : &q->first) = p->next;
    *(p->next != NULL ? &p->next->before : &q->last) = p->before;
    c->held_octets -= weight(p);
    if (b->rewrite->queued[p->dir] >= p->len)
        b->rewrite->queued[p->dir] -= p->len;
    /* A flow that was forgotten has taken what boxes knew of it along. */
    if (p->known_at != NULL && p->flow->generation == p->generation)
        *p->known_at = NULL;
}

void rewrite_release(struct rewrite_work *w, struct parcel *p)
{
    unhold(w->chain, p);
    put_pending(w->chain, p);
}

void rewrite_discard(struct rewrite_work *w, struct parcel *p)
{
    unhold(w->chain, p);
    free(p);
}

void rewrite_chain_let_go(struct ms_chain *c, struct parcel *p)
{
    unhold(c, p);
    c->cursor = &c->pending;
    put_pending(c, p);
}

struct parcel *rewrite_chain_first_held(struct ms_chain *c, bool oldest)
{
    struct parcel *best = NULL;
    uint64_t best_rank = 0;
    for (int i = 0; i < c->n; i++)
        for (unsigned d = 0; d < 2; d++) {
            struct parcel *p = c->box[i].held[d].first;
            if (p == NULL)
                continue;
            const uint64_t rank = oldest ? p->order : c->box[i].on ? p->due_ns : 0;
            if (best == NULL || rank < best_rank) {
                best = p;
                best_rank = rank;
            }
        }
    return best;
}

static void free_list(struct parcel *p)
{
    while (p != NULL) {
        struct parcel *next = p->next;
        free(p);
        p = next;
    }
}

void rewrite_chain_drop_all(struct ms_chain *c)
{
    free_list(c->pending);
    for (int i = 0; i < c->n; i++)
        for (unsigned d = 0; d < 2; d++)
            free_list(c->box[i].held[d].first);
}

void *rewrite_known(const struct rewrite_work *w)
{
    return w->flow != NULL ? w->flow->state[w->box] : NULL;
}

void *rewrite_state(const struct rewrite_work *w, size_t size)
{
    if (w->flow == NULL)
        return NULL;
    if (w->flow->state[w->box] == NULL)
        w->flow->state[w->box] = calloc(1, size);
    return w->flow->state[w->box];
}

uint64_t rewrite_random(const struct rewrite_work *w)
{
    return ms_rng_u64(&w->chain->rng);
}
