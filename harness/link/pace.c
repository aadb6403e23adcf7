/* SPDX-License-Identifier: MIT */
/* A limit of rate: a token bucket, kept as the time up to which frames have been given away. */
#include "link/link_int.h"

#include <stdatomic.h>

void ms_pace_init(struct ms_pace *p, unsigned frames_per_second, unsigned burst)
{
    p->each_ns = frames_per_second ? 1000000000ull / frames_per_second : 0;
    p->burst_ns = p->each_ns * (burst ? burst - 1 : 0);
    atomic_init(&p->earned_ns, 0);
}

bool ms_pace_full(struct ms_pace *p)
{
    return atomic_load(&p->earned_ns) > ms_now_ns() + p->burst_ns;
}

/* Takes a token; when the frame may go. */
static uint64_t pace_take(struct ms_pace *p, uint64_t now)
{
    uint64_t earned = atomic_load(&p->earned_ns), from;
    do
        from = earned > now ? earned : now;
    while (!atomic_compare_exchange_weak(&p->earned_ns, &earned, from + p->each_ns));
    return from > now + p->burst_ns ? from - p->burst_ns : now;
}

int pace_send(struct ms_link *l, const uint8_t *frame, size_t len, struct ms_error *err)
{
    uint64_t now = ms_now_ns(), due = l->pace ? pace_take(l->pace, now) : now;
    if (due <= now && l->outbound.head == NULL)
        return link_write(l, frame, len, err);
    if (!queue_put(&l->outbound, frame, len, due))
        return ms_fail(err, MS_ERR_NOMEM, "memory for a frame");
    l->last_due = due;
    return MS_OK;
}

void ms_link_pace(struct ms_link *l, struct ms_pace *p)
{
    l->pace = p;
}

uint64_t ms_link_due(const struct ms_link *l)
{
    if (l->outbound.head == NULL)
        return UINT64_MAX;
    return l->pace ? l->outbound.head->time_ns : 0;
}

uint64_t ms_link_done(const struct ms_link *l)
{
    return l->outbound.head == NULL ? 0 : l->last_due;
}

int ms_link_flush(struct ms_link *l, struct ms_error *err)
{
    int rc = MS_OK;
    while (rc == MS_OK && ms_link_due(l) <= ms_now_ns()) {
        const struct queued_frame *f = queue_take(&l->outbound);
        if (!l->cut)
            rc = link_write(l, f->octets, f->len, err);
    }
    return rc;
}
