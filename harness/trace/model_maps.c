/* SPDX-License-Identifier: MIT */
/* The mappings of one direction of a subflow, by SSN. */
#include <stdlib.h>
#include <string.h>

#include "trace/model_int.h"

#define MAPS_START 8u

static bool same(const struct ms_map *a, const struct ms_map *b)
{
    return a->ssn == b->ssn && a->dsn == b->dsn && a->dll == b->dll && a->fin == b->fin &&
           a->csum == b->csum && a->has_csum == b->has_csum;
}

size_t model_map_from(const struct ms_half *h, uint64_t ssn)
{
    size_t i = h->n_map;
    while (i && h->map[i - 1].reach > ssn)
        i--;
    return i;
}

/* Highest SSN before index i. */
static uint64_t reach_before(const struct ms_half *h, size_t i)
{
    return i ? h->map[i - 1].reach : 0;
}

static void forget(struct ms_half *h, size_t n)
{
    h->n_map -= n;
    h->watch.maps_lost = true;
    memmove(h->map, h->map + n, h->n_map * sizeof *h->map);
}

/* Room for one more: by forgetting what is acknowledged, by growing, or by forgetting the oldest. */
static void make_room(struct ms_model *m, struct ms_half *h, uint64_t acked)
{
    size_t old = 0;
    while (old < h->n_map / 2 && h->map[old].reach <= acked)
        old++;
    if (old && old >= h->cap_map / 4 && h->cap_map > MAPS_START) {
        forget(h, old);
        return;
    }
    size_t cap = h->cap_map ? h->cap_map * 2 : MAPS_START;
    if (cap > MS_MODEL_MAPS || (h->cap_map && m->count.memory >= MODEL_BUDGET)) {
        forget(h, h->cap_map / 4);
        return;
    }
    struct ms_map *bigger = model_alloc(cap * sizeof *bigger);
    if (h->n_map)
        memcpy(bigger, h->map, h->n_map * sizeof *bigger);
    free(h->map);
    h->map = bigger;
    m->count.memory += (cap - h->cap_map) * sizeof *bigger;
    h->cap_map = cap;
}

static void insert(struct ms_half *h, const struct ms_map *map)
{
    size_t i = h->n_map;
    while (i && h->map[i - 1].ssn > map->ssn)
        i--;
    memmove(&h->map[i + 1], &h->map[i], (h->n_map - i) * sizeof *h->map);
    h->map[i] = *map;
    h->n_map++;
    for (uint64_t reach = reach_before(h, i); i < h->n_map; i++) {
        uint64_t end = h->map[i].ssn + h->map[i].len;
        h->map[i].reach = reach = end > reach ? end : reach;
    }
}

void model_map_keep(struct ms_model *m, struct ms_model_step *st)
{
    struct ms_half *h = st->half;
    const struct ms_map *map = &st->map;
    uint64_t end = map->ssn + map->len;
    for (size_t i = model_map_from(h, map->ssn); i < h->n_map && h->map[i].ssn < end; i++) {
        const struct ms_map *old = &h->map[i];
        if (same(old, map))
            return;
        if (!st->remap && old->ssn + old->len > map->ssn &&
            old->dsn - old->ssn != map->dsn - map->ssn) {
            st->remap = true; /* RFC 8684 3.3.1 */
            st->remap_old = *old;
        }
    }
    const struct ms_half *peer = st->peer_half;
    uint64_t acked = peer->ack_seen && peer->ack_hi > h->tfo ? peer->ack_hi - h->tfo : 0;
    if (h->n_map == h->cap_map)
        make_room(m, h, acked);
    insert(h, map);
}

void model_maps_free(struct ms_model *m, struct ms_half *h)
{
    m->count.memory -= h->cap_map * sizeof *h->map;
    free(h->map);
}
