/* SPDX-License-Identifier: MIT */
/* A list of rewrites over one frame: take apart, select, change, put together with right checksums. */
#include "rewrite/internal.h"

#include <string.h>

/* No frame is longer: 14 octets of Ethernet, 40 of IPv6, 65535 behind it. */
#define FRAME_MAX (REWRITE_ETH_LEN + REWRITE_IP6_LEN + 65535u)

struct chain {
    struct ms_rewrite *const *list;
    size_t n;
    enum ms_dir dir;
    void (*emit)(void *ctx, const uint8_t *frame, size_t len);
    void *ctx;
};

static bool take_apart(struct ms_rewrite *r, const uint8_t *frame, size_t len,
                       struct rewrite_work *w)
{
    struct ms_neigh neigh;
    if (ms_frame_decode(frame, len, &w->seg, w->opts, &neigh) != MS_FRAME_TCP)
        return false;
    w->frame = frame;
    w->frame_len = len;
    r->payload = ms_arena_grow(r->arena, r->payload, &r->payload_cap, w->seg.payload_len, 1);
    memcpy(r->payload, w->seg.payload, w->seg.payload_len);
    w->payload = r->payload;
    w->seg.payload = r->payload;
    return true;
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

/*
 * A data offset that told the truth and was not touched is computed anew for the new options; one that the
 * rewrite set, or that was below the header already, stands.
 */
static bool put_together(struct ms_rewrite *r, struct rewrite_work *w, uint8_t doff_was)
{
    if (w->seg.doff == doff_was && (size_t)doff_was * 4 >= REWRITE_TCP_LEN)
        w->seg.doff = 0;
    r->out = ms_arena_grow(r->arena, r->out, &r->out_cap, w->frame_len + REWRITE_OPTS_LEN, 1);
    return ms_seg_encode(&w->seg, r->out, r->out_cap, &r->out_len) == MS_OK;
}

enum rewrite_result rewrite_one(struct ms_rewrite *r, enum ms_dir dir, const uint8_t *frame,
                                size_t len, const uint8_t **out, size_t *out_len)
{
    struct rewrite_work w;
    *out = frame;
    *out_len = len;
    if (!r->dirs[dir] || len > FRAME_MAX || !take_apart(r, frame, len, &w) ||
        !rewrite_selects(r, &w))
        return REWRITE_UNCHANGED;
    r->matches++;
    if (!count_fits(r))
        return REWRITE_UNCHANGED;

    const uint8_t doff_was = w.seg.doff;
    enum rewrite_result result = r->action->apply(r, &w);
    /* Options beyond 40 octets cannot be sent: the frame passes, and that is no hit. */
    if (result == REWRITE_CHANGED && !put_together(r, &w, doff_was))
        result = REWRITE_UNCHANGED;
    if (result == REWRITE_CHANGED || result == REWRITE_FRAME) {
        *out = r->out;
        *out_len = r->out_len;
    }
    r->hits += result != REWRITE_UNCHANGED;
    return result;
}

static void pass_on(const struct chain *c, size_t i, const uint8_t *frame, size_t len)
{
    for (; i < c->n; i++) {
        const enum rewrite_result result =
            rewrite_one(c->list[i], c->dir, frame, len, &frame, &len);
        if (result == REWRITE_DROP)
            return;
        if (result == REWRITE_DUP)
            pass_on(c, i + 1, frame, len);
    }
    c->emit(c->ctx, frame, len);
}

int ms_rewrite_apply(struct ms_rewrite *const *list, size_t n, enum ms_dir dir,
                     const uint8_t *frame, size_t len,
                     void (*emit)(void *ctx, const uint8_t *frame, size_t len), void *ctx)
{
    const struct chain c = {list, n, dir, emit, ctx};
    if (dir != MS_DIR_RX && dir != MS_DIR_TX)
        return MS_ERR_RANGE;
    pass_on(&c, 0, frame, len);
    return MS_OK;
}

enum ms_rewrite_words ms_rewrite_words(const struct ms_rewrite *r)
{
    return r->words;
}

uint64_t ms_rewrite_hits(const struct ms_rewrite *r)
{
    return r->hits;
}
