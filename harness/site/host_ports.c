/* SPDX-License-Identifier: MIT */
/* The tester's ports, one after the other: a 4-tuple that comes back would meet TIME_WAIT. */
#include "site/host.h"

#include <stdatomic.h>

#define SPAN (HOST_PORT_LAST - HOST_PORT_FIRST + 1)

void host_ports_init(struct host_ports *p, uint64_t seed)
{
    atomic_init(&p->taken, 0);
    atomic_init(&p->seats, 0);
    p->start = (uint32_t)(seed % SPAN);
}

int host_ports_take(struct host_ports *p, unsigned n, uint16_t *first, uint32_t *seat,
                    struct ms_error *err)
{
    uint32_t at = atomic_load(&p->taken), from, next;
    do {
        from = at;
        uint32_t place = (p->start + from) % SPAN;
        if (place + n > SPAN) /* in a row: not around the end */
            from += SPAN - place;
        next = from + n;
        if (n == 0 || n > SPAN || next > SPAN)
            return ms_fail(err, MS_ERR_RANGE,
                           "the run has used up its %d ports: choose fewer cases", SPAN);
    } while (!atomic_compare_exchange_weak(&p->taken, &at, next));
    *first = (uint16_t)(HOST_PORT_FIRST + (p->start + from) % SPAN);
    *seat = atomic_fetch_add(&p->seats, 1);
    return MS_OK;
}
