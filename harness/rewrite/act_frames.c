/* SPDX-License-Identifier: MIT */
/* Actions on whole frames: lost, doubled, sent again. */
#include "rewrite/actions.h"

#include <string.h>

REWRITE_APPLY(act_drop)
{
    (void)r;
    (void)w;
    return REWRITE_GONE;
}

REWRITE_APPLY(act_dup)
{
    (void)r;
    return rewrite_send(w, w->frame, w->len) ? REWRITE_ADDED : REWRITE_UNCHANGED;
}

REWRITE_APPLY(act_replay)
{
    const uint8_t *before = r->memory;
    const size_t len = r->memory_len;
    /* Two places take turns: the frame before goes out while this one is remembered. */
    struct rewrite_memory *m = &r->spare;
    m->at = ms_arena_grow(r->arena, m->at, &m->cap, w->len, 1);
    memcpy(m->at, w->frame, w->len);
    uint8_t *at = r->memory;
    const size_t cap = r->memory_cap;
    r->memory = m->at;
    r->memory_cap = m->cap;
    r->memory_len = w->len;
    m->at = at;
    m->cap = cap;
    w->other = before;
    w->other_len = len;
    return len != 0 ? REWRITE_FRAME : REWRITE_UNCHANGED;
}

REWRITE_APPLY(act_mtu)
{
    return w->tcp_at - REWRITE_ETH_LEN + w->tcp_len > r->n ? REWRITE_GONE : REWRITE_UNCHANGED;
}

/* A cut begins once. */
REWRITE_EACH(act_cut)
{
    if (!r->dirs[w->dir])
        return REWRITE_UNCHANGED;
    if (selected && r->until_ns == 0)
        r->until_ns = w->now + r->time_ns;
    return w->now < r->until_ns ? REWRITE_GONE : REWRITE_UNCHANGED;
}

REWRITE_EACH(act_cut_packets)
{
    if (!r->dirs[w->dir])
        return REWRITE_UNCHANGED;
    if (selected && r->until_ns == 0) {
        r->until_ns = UINT64_MAX;
        r->left = r->n;
    }
    if (r->left == 0)
        return REWRITE_UNCHANGED;
    r->left--;
    return REWRITE_GONE;
}

struct idle_state {
    uint64_t last_ns;
    bool forgotten;
};

/* Boxes that keep state forget flows that are silent (RFC 8684 3.8, RFC 5382 5: not before two hours and four minutes). */
REWRITE_EACH(act_idle)
{
    struct idle_state *s = rewrite_known(w);
    if (s == NULL && selected && (s = rewrite_state(w, sizeof *s)) != NULL)
        s->last_ns = w->now;
    if (s == NULL)
        return REWRITE_UNCHANGED;
    s->forgotten = s->forgotten || w->now - s->last_ns > r->time_ns;
    s->last_ns = w->now;
    return s->forgotten ? REWRITE_GONE : REWRITE_UNCHANGED;
}
