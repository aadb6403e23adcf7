/* SPDX-License-Identifier: MIT */
/* Mappings, Data ACKs, the octets themselves and the checksums over them. */
#include <stdlib.h>
#include <string.h>

#include "trace/model_int.h"

uint64_t model_extend32(uint32_t low, uint64_t near)
{
    return near + (uint64_t)(int64_t)(int32_t)(low - (uint32_t)near);
}

static const struct ms_mp *find_dss(const struct ms_seg *seg)
{
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (seg->opt[i].kind == MS_TCPOPT_MPTCP && seg->opt[i].mp.form == MS_FORM_DSS)
            return &seg->opt[i].mp;
    return NULL;
}

static const struct ms_mp *find_capable_data(const struct ms_seg *seg)
{
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (seg->opt[i].kind == MS_TCPOPT_MPTCP && seg->opt[i].mp.form == MS_FORM_CAPABLE &&
            seg->opt[i].mp.has_dll)
            return &seg->opt[i].mp;
    return NULL;
}

/* Position in the subflow's data numbering: octets of an accepted fast open are not counted. */
static uint64_t ssn_of(const struct ms_model_step *st)
{
    return st->pos - st->half->tfo;
}

static bool overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
    return a < b + b_len && b < a + a_len;
}

/* Reads the mapping of the segment into st->map; false if it has none. */
static bool read_map(struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_mp *mp = find_capable_data(seg);
    struct ms_map *map = &st->map;
    if (mp && !mp->dll)
        return false;
    if (mp) {
        /* 3.1: as if a DSS with the first DSN and SSN 1 were there. */
        *map = (struct ms_map){.ssn = 1, .dsn = st->side->idsn + 1, .capable = true};
    } else {
        mp = find_dss(seg);
        if (!mp || !(mp->dss_flags & MS_DSS_M))
            return false;
        map->wide = (mp->dss_flags & MS_DSS_m) != 0;
        map->dsn = map->wide ? mp->dsn : model_extend32((uint32_t)mp->dsn, st->side->data_hi);
        map->ssn = mp->ssn ? model_extend32(mp->ssn, ssn_of(st)) : 0;
        map->fin = (mp->dss_flags & MS_DSS_F) != 0;
    }
    map->dll = mp->dll;
    map->has_csum = mp->has_csum;
    map->csum = mp->csum;
    map->len = mp->dll ? (uint32_t)mp->dll - map->fin : 0;
    st->has_map = true;
    st->map_infinite = mp->dll == 0;
    st->map_fin_only = map->fin && mp->dll == 1;
    return true;
}

static bool same_map(const struct ms_map *a, const struct ms_map *b)
{
    return a->ssn == b->ssn && a->dsn == b->dsn && a->dll == b->dll && a->fin == b->fin &&
           a->csum == b->csum && a->has_csum == b->has_csum;
}

/* Keeps the mapping, unless it is there already; notes a contradiction (RFC 8684 3.3.1). */
static void keep_map(struct ms_model_step *st)
{
    struct ms_half *h = st->half;
    const struct ms_map *map = &st->map;
    for (size_t i = 0; i < h->n_map; i++) {
        const struct ms_map *old = &h->map[i];
        if (same_map(old, map))
            return;
        if (!st->remap && overlap(old->ssn, old->len, map->ssn, map->len) &&
            old->dsn - old->ssn != map->dsn - map->ssn) {
            st->remap = true;
            st->remap_old = *old;
        }
    }
    if (h->n_map == h->cap_map && h->cap_map < MS_MODEL_MAPS) {
        size_t cap = h->cap_map ? h->cap_map * 2 : 8;
        struct ms_map *bigger = realloc(h->map, cap * sizeof *bigger);
        if (!bigger)
            return;
        h->map = bigger;
        h->cap_map = cap;
        h->next_map = h->n_map;
    }
    h->map[h->next_map] = *map;
    h->next_map = (h->next_map + 1) % MS_MODEL_MAPS;
    if (h->n_map < h->cap_map)
        h->n_map++;
}

/* 3.3.2: data that came with a 64-bit DSN is acknowledged with 64 bits. */
static void note_width(struct ms_side *s, const struct ms_map *map)
{
    uint64_t to = map->dsn + map->len;
    if (s->next_width) {
        struct ms_width *w = &s->width[(s->next_width - 1) % MS_MODEL_WIDTHS];
        if (w->wide == map->wide && w->to == map->dsn) {
            w->to = to;
            return;
        }
    }
    s->width[s->next_width++ % MS_MODEL_WIDTHS] =
        (struct ms_width){.from = map->dsn, .to = to, .wide = map->wide};
}

static bool came_wide(const struct ms_side *s, uint64_t dsn)
{
    size_t have = s->next_width < MS_MODEL_WIDTHS ? s->next_width : MS_MODEL_WIDTHS;
    for (size_t k = 1; k <= have; k++) {
        const struct ms_width *w = &s->width[(s->next_width - k) % MS_MODEL_WIDTHS];
        if (ms_dsn_le(w->from, dsn) && ms_dsn_lt(dsn, w->to))
            return w->wide;
    }
    return false;
}

static void raise(uint64_t *hi, uint64_t v)
{
    if (ms_dsn_lt(*hi, v))
        *hi = v;
}

static void note_fin(struct ms_model_step *st)
{
    struct ms_side *s = st->side;
    const struct ms_map *map = &st->map;
    uint64_t end = map->dsn + map->len;
    if (map->fin && s->fin_known && s->fin_dsn != end) {
        st->fin_moved = true;
        st->fin_before = s->fin_dsn;
    } else if (map->fin && !s->fin_known) {
        s->fin_known = true;
        s->fin_dsn = end;
        st->beyond_fin = ms_dsn_lt(end, s->octets_hi);
    }
    if (s->fin_known && ms_dsn_lt(s->fin_dsn, end))
        st->beyond_fin = true;
}

static void take_map(struct ms_model_step *st, bool fault)
{
    struct ms_side *s = st->side;
    struct ms_half *h = st->half;
    const struct ms_map *map = &st->map;
    if (st->map_infinite) {
        uint64_t at = ssn_of(st);
        if (!h->infinite || at < h->infinite_pos)
            h->infinite_pos = at;
        h->infinite = s->infinite = true;
        model_fell_back(st->flow, "an infinite mapping was sent");
        return;
    }
    st->map_first = !s->data_seen && st->conn->flows == 1 && st->flow == st->conn->first;
    s->data_seen = true;
    if (!fault)
        note_fin(st);
    raise(&s->data_hi, map->dsn + map->dll);
    raise(&s->octets_hi, map->dsn + map->len);
    if (fault || !map->len || map->ssn == 0)
        return;
    note_width(s, map);
    keep_map(st);
}

/* The payload against what was sent before: by subflow position, and by DSN where a mapping is known. */
static void take_octets(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_half *h = st->half;
    uint64_t at = ssn_of(st), n = seg->payload_len;
    /* A keepalive may carry one octet of no meaning, and so may a probe of a closed window. */
    bool telling = n > 1;
    if (!h->data)
        h->data = ms_bytes_new(MODEL_STORE, &m->budget);
    st->tcp_conflict =
        !ms_bytes_put(h->data, at, seg->payload, seg->payload_len, &st->tcp_conflict_pos) &&
        telling;
    if (!st->side || st->side->infinite)
        return;
    if (!st->side->stream)
        st->side->stream = ms_bytes_new(MODEL_STORE, &m->budget);
    for (size_t i = 0; i < h->n_map; i++) {
        const struct ms_map *map = &h->map[i];
        if (!overlap(at, n, map->ssn, map->len))
            continue;
        uint64_t from = at > map->ssn ? at : map->ssn;
        uint64_t to = at + n < map->ssn + map->len ? at + n : map->ssn + map->len;
        uint64_t dsn = map->dsn + (from - map->ssn), where = 0;
        if (ms_bytes_put(st->side->stream, dsn - st->side->idsn, seg->payload + (from - at),
                         (size_t)(to - from), &where) ||
            st->dsn_conflict || !telling)
            continue;
        st->dsn_conflict = true;
        st->dsn_conflict_dsn = where + st->side->idsn;
    }
}

/* Compares one checksum; true once it could be computed. */
static bool judge_csum(struct ms_model *m, struct ms_model_step *st, const struct ms_map *map)
{
    if (!ms_bytes_get(st->half->data, map->ssn, m->scratch, map->len))
        return false;
    uint32_t ssn = (uint32_t)map->ssn;
    if (ms_dss_csum(map->dsn, ssn, map->dll, map->csum, m->scratch, map->len) == 0)
        return true;
    st->csum_bad = true;
    st->csum_map = *map;
    st->csum_want = ms_dss_csum(map->dsn, ssn, map->dll, 0, m->scratch, map->len);
    return true;
}

static void take_csums(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_half *h = st->half;
    if (st->has_map && st->map_fin_only && st->map.has_csum)
        judge_csum(m, st, &st->map); /* 3.3.3: pseudo-header only */
    for (size_t i = 0; i < h->n_map && !st->csum_bad; i++) {
        struct ms_map *map = &h->map[i];
        if (!map->has_csum || map->judged ||
            !overlap(ssn_of(st), seg->payload_len, map->ssn, map->len))
            continue;
        map->judged = judge_csum(m, st, map);
    }
}

static void take_dack(struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_mp *mp = find_dss(seg);
    if (!mp || !(mp->dss_flags & MS_DSS_A))
        return;
    struct ms_half *h = st->half;
    st->has_dack = true;
    st->dack_wide = (mp->dss_flags & MS_DSS_a) != 0;
    st->dack_limit = st->peer->data_hi;
    st->dack = st->dack_wide ? mp->dack : model_extend32((uint32_t)mp->dack, st->peer->data_hi);
    st->dack_before = h->dack_hi;
    st->dack_back = h->dack_seen && !st->late && ms_dsn_lt(st->dack, h->dack_hi);
    st->dack_covers_wide = came_wide(st->peer, st->dack - 1);
    if (!h->dack_seen || ms_dsn_lt(h->dack_hi, st->dack))
        h->dack_hi = st->dack;
    h->dack_seen = true;
    if (!st->peer->acked_seen || ms_dsn_lt(st->peer->acked_hi, st->dack))
        st->peer->acked_hi = st->dack;
    st->peer->acked_seen = true;
}

void model_data(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg, bool fault)
{
    if (seg->flags & MS_TH_RST)
        return;
    if (!st->conn) {
        if (seg->payload_len && !fault)
            take_octets(m, st, seg);
        return;
    }
    if (find_dss(seg) || find_capable_data(seg))
        st->side->dss_sent = true;
    if (!st->side->key_known)
        model_unknown(m, st->conn, MS_UNK_KEYS);
    if (st->side->key_known && read_map(st, seg))
        take_map(st, fault);
    if (seg->payload_len && !fault)
        take_octets(m, st, seg);
    if (!fault)
        take_csums(m, st, seg);
    if (st->peer->key_known)
        take_dack(st, seg);
}
