/* SPDX-License-Identifier: MIT */
/*
 * Which octets of a data stream an observer has seen at all, whatever they are: what a Data ACK covers must have
 * been sent (RFC 8684 3.3.2). Numbers count from the IDSN.
 */
#include <string.h>

#include "trace/model_int.h"

static void drop(struct ms_gather *g, unsigned i)
{
    g->n--;
    memmove(&g->part[i], &g->part[i + 1], (g->n - i) * sizeof g->part[0]);
}

static void add(struct ms_gather *g, uint64_t from, uint64_t to)
{
    unsigned i = 0;
    while (i < g->n && g->part[i].to < from)
        i++;
    for (; i < g->n && g->part[i].from <= to; drop(g, i)) {
        from = g->part[i].from < from ? g->part[i].from : from;
        to = g->part[i].to > to ? g->part[i].to : to;
    }
    if (from <= g->whole) {
        g->whole = to > g->whole ? to : g->whole;
        return;
    }
    if (g->n == MS_MODEL_PARTS) {
        g->lost = true;
        return;
    }
    memmove(&g->part[i + 1], &g->part[i], (g->n - i) * sizeof g->part[0]);
    g->part[i] = (struct ms_hole){from, to};
    g->n++;
}

/* A mapping that covers this number of the subflow; contradicting ones are judged elsewhere. */
static const struct ms_map *covering(const struct ms_half *h, uint64_t ssn)
{
    for (size_t i = model_map_from(h, ssn); i < h->n_map && h->map[i].ssn <= ssn; i++)
        if (ssn - h->map[i].ssn < h->map[i].len)
            return &h->map[i];
    return NULL;
}

void model_watch_gather(struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_side *s = st->side;
    struct ms_gather *g = &s->watch.gather;
    uint64_t at = st->pos - st->half->tfo, end = at + seg->payload_len + seg->missing;
    if (at == end || g->lost || (seg->flags & (MS_TH_SYN | MS_TH_RST)))
        return;
    if (!s->key_known || s->infinite || !st->half->syn_seen || st->pos < st->half->tfo) {
        g->lost = true;
        return;
    }
    g->whole = g->whole ? g->whole : 1;
    while (at < end) {
        const struct ms_map *map = &st->map;
        if (!st->has_map || at < map->ssn || at - map->ssn >= map->len)
            map = covering(st->half, at);
        uint64_t from = map ? map->dsn - s->idsn + (at - map->ssn) : 0;
        if (!map || from >> 63) {
            g->lost = true; /* its mapping may come later, or means octets before the first */
            return;
        }
        uint64_t to = map->ssn + map->len < end ? map->ssn + map->len : end;
        add(g, from, from + (to - at));
        at = to;
    }
}
