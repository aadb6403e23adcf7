/* SPDX-License-Identifier: MIT */
/* Actions that keep frames for a while. */
#include "rewrite/chain_int.h"
#include "rewrite/actions.h"

REWRITE_APPLY(act_delay)
{
    return rewrite_hold(w, w->frame, w->len, w->now + r->time_ns) != NULL ? REWRITE_GONE
                                                                          : REWRITE_UNCHANGED;
}

REWRITE_APPLY(act_dup_later)
{
    return rewrite_hold(w, w->frame, w->len, w->now + r->time_ns) != NULL ? REWRITE_ADDED
                                                                          : REWRITE_UNCHANGED;
}

/* A line of so many octets a second behind a queue that takes what fits. */
REWRITE_APPLY(act_rate)
{
    const enum ms_dir d = w->dir;
    if (r->queued[d] + w->len > r->n2)
        return REWRITE_GONE;
    const uint64_t begin = r->free_ns[d] > w->now ? r->free_ns[d] : w->now;
    const uint64_t end = begin + (uint64_t)w->len * 1000000000 / r->n;
    if (rewrite_hold(w, w->frame, w->len, end) == NULL)
        return REWRITE_UNCHANGED;
    r->free_ns[d] = end;
    r->queued[d] += w->len;
    return REWRITE_GONE;
}

/* One of a flow and direction is held at a time, until so many others have passed. */
REWRITE_EACH(act_reorder)
{
    if (!r->dirs[w->dir])
        return REWRITE_UNCHANGED;
    struct parcel *p = rewrite_held(w);
    if (p != NULL) {
        if (--p->number == 0)
            rewrite_release(w, p);
        return REWRITE_UNCHANGED;
    }
    if (selected && (p = rewrite_hold_one(w, w->frame, w->len, w->now + r->time_ns)) != NULL) {
        p->number = r->n;
        return REWRITE_GONE;
    }
    return REWRITE_UNCHANGED;
}
