/* SPDX-License-Identifier: MIT */
/* Connections, subflows and applications as the tester keeps them. */
#include "engine/engine_int.h"

#include <stdio.h>
#include <string.h>

void conn_set_key(struct conn *c, uint64_t key)
{
    c->key = key;
    c->token = ms_token(key);
    c->idsn = ms_idsn(key);
    /* RFC 8684 3.1: the MP_CAPABLE itself takes the octet at the IDSN. */
    c->dsn_nxt = c->dsn_una = c->dsn_max = c->idsn + 1;
}

void conn_set_peer_key(struct conn *c, uint64_t key)
{
    if (c->have_peer_key)
        return;
    c->peer_key = key;
    c->have_peer_key = true;
    c->peer_token = ms_token(key);
    c->peer_idsn = ms_idsn(key);
    c->data_rcv_nxt = c->peer_idsn + 1;
}

struct conn *conn_new(struct engine *e, bool tester_opens)
{
    struct conn *c = ms_arena_alloc(e->a, sizeof *c);
    e->conn = ms_arena_grow(e->a, e->conn, &e->cap_conn, e->n_conn, sizeof(struct conn *));
    c->number = (unsigned)e->n_conn + 1;
    c->tester_opens = tester_opens;
    conn_set_key(c, ms_rng_u64(&e->rng));
    e->conn[e->n_conn++] = c;
    return c;
}

struct flow *flow_find(const struct engine *e, const char *name)
{
    for (size_t i = 0; name && i < e->n_flow; i++)
        if (strcmp(e->flow[i]->name, name) == 0)
            return e->flow[i];
    return NULL;
}

struct flow *flow_new(struct engine *e, const char *name)
{
    struct flow *f = ms_arena_alloc(e->a, sizeof *f);
    e->flow = ms_arena_grow(e->a, e->flow, &e->cap_flow, e->n_flow, sizeof(struct flow *));
    e->flow[e->n_flow++] = f;
    f->name = name;
    f->win = 262144;
    f->wscale = 7;
    f->mss = e->family == MS_IPV4 ? 1460 : 1440;
    f->peer_mss = 536;
    f->auto_ack = f->auto_echo = f->auto_fallback = true;
    return f;
}

void flow_bind(struct flow *f, const struct ms_addr *own, const struct ms_addr *peer,
               uint16_t sport, uint16_t dport, unsigned path)
{
    f->own = *own;
    f->peer = *peer;
    f->sport = sport;
    f->dport = dport;
    f->path = path;
    f->bound = true;
}

void flow_own_numbers(struct engine *e, struct flow *f)
{
    f->isn = ms_rng_u32(&e->rng);
    f->nonce = ms_rng_u32(&e->rng);
    f->ts_clock = ms_rng_u32(&e->rng);
    f->snd_nxt = f->snd_una = f->snd_max = f->isn;
}

struct flow *flow_by_tuple(const struct engine *e, const struct ms_seg *rx)
{
    for (size_t i = e->n_flow; i-- > 0;) { /* the youngest first: a handle may reuse a 4-tuple */
        struct flow *f = e->flow[i];
        if (f->bound && f->sport == rx->dport && f->dport == rx->sport &&
            ms_addr_eq(&f->own, &rx->dst) && ms_addr_eq(&f->peer, &rx->src))
            return f;
    }
    return NULL;
}

struct app *app_new(struct engine *e, unsigned number)
{
    struct app *p = ms_arena_alloc(e->a, sizeof *p);
    e->app = ms_arena_grow(e->a, e->app, &e->cap_app, e->n_app, sizeof(struct app *));
    snprintf(p->name, sizeof p->name, "c%u", number);
    e->app[e->n_app++] = p;
    return p;
}

struct app *app_of(struct engine *e, const struct ms_step *s)
{
    if (s->on) {
        struct flow *f = flow_find(e, s->on);
        return f && f->conn ? f->conn->app : NULL;
    }
    return e->n_app ? e->app[0] : NULL;
}

/* Ranges are few in any case: kept sorted, merged on insertion. */
void ranges_add(struct ms_arena *a, struct ranges *r, uint64_t from, uint64_t to)
{
    size_t i = 0;
    while (i < r->n && r->r[i].to < from)
        i++;
    size_t j = i;
    while (j < r->n && r->r[j].from <= to) {
        if (r->r[j].from < from)
            from = r->r[j].from;
        if (r->r[j].to > to)
            to = r->r[j].to;
        j++;
    }
    if (i == j) {
        r->r = ms_arena_grow(a, r->r, &r->cap, r->n, sizeof *r->r);
        memmove(r->r + i + 1, r->r + i, (r->n - i) * sizeof *r->r);
        r->n++;
    } else {
        memmove(r->r + i + 1, r->r + j, (r->n - j) * sizeof *r->r);
        r->n -= j - i - 1;
    }
    r->r[i] = (struct range){from, to};
}

uint64_t ranges_advance(struct ranges *r, uint64_t from)
{
    while (r->n && r->r[0].from <= from) {
        if (r->r[0].to > from)
            from = r->r[0].to;
        memmove(r->r, r->r + 1, (r->n - 1) * sizeof *r->r);
        r->n--;
    }
    return from;
}
