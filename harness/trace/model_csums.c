/* SPDX-License-Identifier: MIT */
/*
 * DSS checksums (RFC 8684 3.3.1) without keeping the data: each mapping has the sum of its first octets, as far
 * as they came without a hole. Data beyond the hole is summed up on its own and added when its turn comes.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/model_int.h"

#define PIECES_START 16u
#define PIECES_MOST  1024u /* a window with many holes */

struct piece {
    uint64_t ssn;
    uint32_t len; /* 0: free */
    uint32_t sum;
    bool mapped;
};

struct ms_pieces {
    unsigned n, next, live;
    struct piece piece[];
};

static size_t size_of(const struct ms_pieces *p)
{
    return p ? sizeof *p + p->n * sizeof *p->piece : 0;
}

static bool overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
    return a < b + b_len && b < a + a_len;
}

/* RFC 1071 2 (B): at an odd place the octets of each word have changed places. */
static void add_sum(struct ms_map *map, uint32_t sum, uint32_t len)
{
    uint16_t folded = (uint16_t)~ms_csum_finish(sum);
    if (map->have & 1)
        folded = (uint16_t)(folded << 8 | folded >> 8);
    map->sum += folded;
    map->have += len;
}

/* Makes room for as many pieces again. */
static void more_pieces(struct ms_model *m, struct ms_half *h)
{
    const struct ms_pieces *old = h->pieces;
    unsigned n = old ? 2 * old->n : PIECES_START;
    struct ms_pieces *bigger = model_alloc(sizeof *bigger + n * sizeof *bigger->piece);
    if (old) {
        memcpy(bigger, old, size_of(old));
        bigger->next = old->n;
    }
    bigger->n = n;
    m->count.memory += size_of(bigger);
    model_pieces_free(m, h);
    h->pieces = bigger;
}

static void keep_piece(struct ms_model *m, struct ms_model_step *st, const struct piece *new)
{
    struct ms_half *h = st->half;
    if (!h->pieces)
        more_pieces(m, h);
    for (unsigned i = 0; i < h->pieces->n; i++) {
        const struct piece *o = &h->pieces->piece[i];
        if (o->ssn == new->ssn && o->len == new->len)
            return;
    }
    if (h->pieces->live == h->pieces->n && h->pieces->n < PIECES_MOST &&
        m->count.memory < MODEL_BUDGET)
        more_pieces(m, h);
    struct piece *o = &h->pieces->piece[h->pieces->next++ % h->pieces->n];
    for (unsigned i = 0; o->len && i < h->pieces->n && h->pieces->live < h->pieces->n; i++)
        o = &h->pieces->piece[h->pieces->next++ % h->pieces->n];
    /* What the capture lacks leaves holes that nothing fills; that has been told. */
    if (o->len && o->mapped && !(st->conn->unknown & (MS_UNK_CUT | MS_UNK_GAP | MS_UNK_START)))
        model_unknown(m, st->conn, MS_UNK_BOUND);
    h->pieces->live += !o->len;
    *o = *new;
}

/* The piece that continues this mapping, if it is there. */
static struct piece *next_piece(const struct ms_half *h, const struct ms_map *map)
{
    for (unsigned i = 0; h->pieces && h->pieces->live && i < h->pieces->n; i++) {
        struct piece *o = &h->pieces->piece[i];
        if (o->len && o->ssn == map->ssn + map->have && o->len <= map->len - map->have)
            return o;
    }
    return NULL;
}

static void drop_piece(struct ms_half *h, struct piece *o)
{
    o->len = 0;
    h->pieces->live--;
}

/* Pieces that repeat what was summed up already, or end before it. */
static void drop_pieces(struct ms_half *h, const struct ms_map *map)
{
    for (unsigned i = 0; h->pieces && h->pieces->live && i < h->pieces->n; i++) {
        struct piece *o = &h->pieces->piece[i];
        if (o->len && overlap(o->ssn, o->len, map->ssn, map->have))
            drop_piece(h, o);
    }
}

static void add_data(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg,
                     struct ms_map *map)
{
    uint64_t at = model_ssn(st), end = at + seg->payload_len, due = map->ssn + map->have;
    uint64_t from = at > map->ssn ? at : map->ssn;
    uint64_t to = end < map->ssn + map->len ? end : map->ssn + map->len;
    if (from > due) {
        keep_piece(
            m, st,
            &(struct piece){.ssn = from,
                            .len = (uint32_t)(to - from),
                            .sum = ms_csum_add(0, seg->payload + (from - at), (size_t)(to - from)),
                            .mapped = true});
        return;
    }
    if (to > due)
        add_sum(map, ms_csum_add(0, seg->payload + (due - at), (size_t)(to - due)),
                (uint32_t)(to - due));
}

static void judge(struct ms_model_step *st, const struct ms_map *map)
{
    uint8_t pseudo[16];
    ms_put64(pseudo, map->dsn);
    ms_put32(pseudo + 8, (uint32_t)map->ssn);
    ms_put16(pseudo + 12, map->dll);
    ms_put16(pseudo + 14, 0);
    uint16_t want = ms_csum_finish(ms_csum_add(map->sum, pseudo, sizeof pseudo));
    /* 0 and ffff are the same number in this arithmetic. */
    if (want == map->csum || (want % 0xffff == 0 && map->csum % 0xffff == 0))
        return;
    st->csum_bad = true;
    st->csum_map = *map;
    st->csum_want = want;
}

static void take_data(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg,
                      struct ms_map *map)
{
    struct ms_half *h = st->half;
    struct piece *o;
    add_data(m, st, seg, map);
    while (map->have < map->len && (o = next_piece(h, map))) {
        add_sum(map, o->sum, o->len);
        drop_piece(h, o);
    }
    if (map->have < map->len)
        return;
    map->judged = true;
    drop_pieces(h, map);
    judge(st, map);
}

void model_csums(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_half *h = st->half;
    if (st->has_map && st->map_fin_only && st->map.has_csum)
        judge(st, &st->map); /* 3.3.3: pseudo-header only */
    uint64_t at = model_ssn(st), end = at + seg->payload_len, known = at;
    if (at == end)
        return;
    for (size_t i = model_map_from(h, at); i < h->n_map && h->map[i].ssn < end; i++) {
        struct ms_map *map = &h->map[i];
        uint64_t map_end = map->ssn + map->len;
        if (known >= map->ssn && known < map_end)
            known = map_end;
        if (map->has_csum && !map->judged && map_end > at && !st->csum_bad)
            take_data(m, st, seg, map);
    }
    /* A mapping that comes after its data finds it summed up. */
    if (known == at && st->conn->csum && !st->side->infinite)
        keep_piece(m, st,
                   &(struct piece){.ssn = at,
                                   .len = (uint32_t)seg->payload_len,
                                   .sum = ms_csum_add(0, seg->payload, seg->payload_len)});
}

void model_pieces_free(struct ms_model *m, struct ms_half *h)
{
    m->count.memory -= size_of(h->pieces);
    free(h->pieces);
    h->pieces = NULL;
}
