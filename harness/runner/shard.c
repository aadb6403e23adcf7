/* SPDX-License-Identifier: MIT */
/*
 * Parts of a suite that are run apart from each other, on several machines. The machines agree on nothing but the
 * suite, the selectors and the file of times: the same input gives the same parts everywhere.
 */
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/mutants.h"

struct piece {
    const char *name;
    size_t instance;
    uint64_t time_ns;
};

/* The longest first; names make the order the same on every machine. */
static int by_time(const void *pa, const void *pb)
{
    const struct piece *a = pa, *b = pb;
    if (a->time_ns != b->time_ns)
        return a->time_ns > b->time_ns ? -1 : 1;
    return strcmp(a->name, b->name);
}

static unsigned lightest(const uint64_t *load, unsigned shards)
{
    unsigned best = 0;
    for (unsigned i = 1; i < shards; i++)
        if (load[i] < load[best])
            best = i;
    return best;
}

size_t ms_shard(const struct ms_suite *s, const uint64_t *time_ns, unsigned shard, unsigned shards,
                bool *chosen)
{
    struct piece *known = ms_arena_alloc(s->arena, (s->n_instance + 1) * sizeof *known);
    uint64_t *load = ms_arena_alloc(s->arena, shards * sizeof *load), sum = 0;
    size_t n = 0, left = 0;
    for (size_t i = 0; i < s->n_instance; i++)
        if (chosen[i] && time_ns && time_ns[i]) {
            known[n++] = (struct piece){s->instance[i].name, i, time_ns[i]};
            sum += time_ns[i];
        }
    /* Those of unknown length go by their names, so that a new one moves none of them; they count as long as the
     * others are on average. */
    for (size_t i = 0; i < s->n_instance; i++) {
        if (!chosen[i] || (time_ns && time_ns[i]))
            continue;
        unsigned to = ms_name_spread(s->instance[i].name) % shards;
        load[to] += n ? sum / n : 1;
        chosen[i] = to == shard - 1;
        left += chosen[i];
    }
    qsort(known, n, sizeof *known, by_time);
    for (size_t i = 0; i < n; i++) {
        unsigned to = lightest(load, shards);
        load[to] += known[i].time_ns;
        chosen[known[i].instance] = to == shard - 1;
        left += chosen[known[i].instance];
    }
    return left;
}
