/* SPDX-License-Identifier: MIT */
/* Mappings, Data ACKs, the octets themselves and the checksums over them. */
#include <stdlib.h>
#include <string.h>

#include "trace/model_int.h"

uint64_t model_extend32(uint32_t low, uint64_t near)
{
    return near + (uint64_t)(int64_t)(int32_t)(low - (uint32_t)near);
}

static const struct ms_mp *find_capable_data(const struct ms_model *m, const struct ms_seg *seg)
{
    const struct ms_mp *mp =
        m->forms & 1u << MS_FORM_CAPABLE ? model_form(seg, MS_FORM_CAPABLE) : NULL;
    return mp && mp->has_dll ? mp : NULL;
}

uint64_t model_ssn(const struct ms_model_step *st)
{
    return st->pos - st->half->tfo;
}

/* Reads the mapping of the segment into st->map; false if it has none. */
static bool read_map(const struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_mp *mp = find_capable_data(m, seg);
    struct ms_map *map = &st->map;
    if (mp && !mp->dll)
        return false;
    if (mp) {
        /* 3.1: as if a DSS with the first DSN and SSN 1 were there. */
        *map = (struct ms_map){.ssn = 1, .dsn = st->side->idsn + 1, .capable = true};
    } else {
        mp = m->dss;
        if (!mp || !(mp->dss_flags & MS_DSS_M))
            return false;
        map->wide = (mp->dss_flags & MS_DSS_m) != 0;
        map->dsn = map->wide ? mp->dsn : model_extend32((uint32_t)mp->dsn, st->side->data_hi);
        map->ssn = mp->ssn ? model_extend32(mp->ssn, model_ssn(st)) : 0;
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

static void take_map(struct ms_model *m, struct ms_model_step *st, bool fault)
{
    struct ms_side *s = st->side;
    struct ms_half *h = st->half;
    const struct ms_map *map = &st->map;
    if (st->map_infinite) {
        uint64_t at = model_ssn(st);
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
    model_map_keep(m, st);
}

static void compare(struct ms_model *m, struct ms_prints **prints, const struct ms_model_step *st,
                    struct ms_stretch *in, struct ms_prints_result *r)
{
    if (!*prints)
        *prints = ms_prints_new(&m->count.memory);
    in->flow = st->flow->number;
    ms_prints_put(*prints, in, &m->count.memory, r);
    if (r->beyond)
        model_unknown(m, st->conn, MS_UNK_BOUND);
}

/* Data with a mapping. The octets of a DSN are the same wherever they are sent, so also on this subflow. */
static void take_mapped(struct ms_model *m, struct ms_model_step *st, uint64_t dsn,
                        const uint8_t *p, size_t n)
{
    struct ms_side *s = st->side;
    struct ms_prints_result r;
    struct ms_stretch in = {.pos = dsn - s->idsn,
                            .p = p,
                            .len = n,
                            .needed = s->acked_seen ? s->acked_hi - s->idsn : 0};
    compare(m, &s->stream, st, &in, &r);
    if (!r.differs || st->dsn_conflict)
        return;
    st->dsn_conflict = true;
    st->dsn_conflict_dsn = r.where + s->idsn;
    st->tcp_conflict = r.same_flow;
    st->tcp_conflict_pos = model_ssn(st);
}

static void take_plain(struct ms_model *m, struct ms_model_step *st, uint64_t ssn, const uint8_t *p,
                       size_t n)
{
    const struct ms_half *peer = st->peer_half;
    struct ms_prints_result r;
    struct ms_stretch in = {.pos = ssn,
                            .p = p,
                            .len = n,
                            .needed = peer->ack_seen && peer->ack_hi > st->half->tfo
                                          ? peer->ack_hi - st->half->tfo
                                          : 0};
    compare(m, &st->half->plain, st, &in, &r);
    if (!r.differs || st->tcp_conflict)
        return;
    st->tcp_conflict = true;
    st->tcp_conflict_pos = r.where;
}

/* The payload against what was sent before: by DSN where a mapping is known, else by subflow position. */
static void take_octets(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_half *h = st->half;
    uint64_t at = model_ssn(st), end = at + seg->payload_len;
    uint64_t done = at, delta = 0;
    bool bare = false;
    for (size_t i = model_map_from(h, at);
         st->side && !st->side->infinite && i < h->n_map && h->map[i].ssn < end; i++) {
        const struct ms_map *map = &h->map[i];
        /* Mappings that agree with each other are asked once, those that contradict each on its own. */
        bool agrees = done > at && map->dsn - map->ssn == delta;
        uint64_t from = agrees && done > map->ssn ? done : at > map->ssn ? at : map->ssn;
        uint64_t to = end < map->ssn + map->len ? end : map->ssn + map->len;
        if (from >= to)
            continue;
        bare = bare || from > done;
        take_mapped(m, st, map->dsn + (from - map->ssn), seg->payload + (from - at),
                    (size_t)(to - from));
        done = done > to ? done : to;
        delta = map->dsn - map->ssn;
    }
    /* Also where the same positions were sent without a mapping before. */
    if (bare || done < end || h->plain)
        take_plain(m, st, at, seg->payload, seg->payload_len);
}

static void take_dack(const struct ms_model *m, struct ms_model_step *st)
{
    const struct ms_mp *mp = m->dss;
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
    if (m->dss || find_capable_data(m, seg))
        st->side->dss_sent = true;
    if (!st->side->key_known && m->dss && (m->dss->dss_flags & MS_DSS_M))
        model_unknown(m, st->conn, MS_UNK_KEYS);
    if (st->side->key_known && read_map(m, st, seg))
        take_map(m, st, fault);
    if (seg->payload_len && !fault)
        take_octets(m, st, seg);
    if (!fault)
        model_csums(m, st, seg);
    if (st->peer->key_known)
        take_dack(m, st);
}
