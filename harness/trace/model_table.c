/* SPDX-License-Identifier: MIT */
/* Tables of the model: flows by 4-tuple, connections by token. */
#include <stdlib.h>
#include <string.h>

#include "trace/model_int.h"

static uint32_t mix(uint32_t h, const void *p, size_t n)
{
    const uint8_t *o = p;
    for (size_t i = 0; i < n; i++)
        h = (h ^ o[i]) * 16777619u; /* FNV-1a */
    return h;
}

static uint32_t end_hash(const struct ms_addr *a, uint16_t port)
{
    uint32_t h = mix(2166136261u, a->octets, sizeof a->octets);
    return mix(h, &port, sizeof port);
}

/* Both directions give the same bucket. */
static size_t flow_bucket(const struct ms_seg *seg)
{
    return (end_hash(&seg->src, seg->sport) + end_hash(&seg->dst, seg->dport)) % MODEL_BUCKETS;
}

static bool end_is(const struct ms_flow *f, enum ms_end_role r, const struct ms_addr *a,
                   uint16_t port)
{
    return f->port[r] == port && ms_addr_eq(&f->addr[r], a);
}

struct ms_flow *model_flow_find(const struct ms_model *m, const struct ms_seg *seg,
                                enum ms_end_role *role)
{
    for (struct ms_flow *f = m->flow_hash[flow_bucket(seg)]; f; f = f->hash_next) {
        if (end_is(f, MS_OPENER, &seg->src, seg->sport) &&
            end_is(f, MS_ACCEPTOR, &seg->dst, seg->dport)) {
            *role = MS_OPENER;
            return f;
        }
        if (end_is(f, MS_ACCEPTOR, &seg->src, seg->sport) &&
            end_is(f, MS_OPENER, &seg->dst, seg->dport)) {
            *role = MS_ACCEPTOR;
            return f;
        }
    }
    return NULL;
}

struct ms_flow *model_flow_add(struct ms_model *m, const struct ms_seg *seg)
{
    if (m->n_flow >= MODEL_MAX_FLOWS)
        return NULL;
    m->flow = ms_arena_grow(m->arena, m->flow, &m->cap_flow, m->n_flow, sizeof *m->flow);
    struct ms_flow *f = ms_arena_alloc(m->arena, sizeof *f);
    f->number = (uint32_t)++m->n_flow;
    m->flow[m->n_flow - 1] = f;
    f->addr[MS_OPENER] = seg->src;
    f->addr[MS_ACCEPTOR] = seg->dst;
    f->port[MS_OPENER] = seg->sport;
    f->port[MS_ACCEPTOR] = seg->dport;
    f->side[MS_ACCEPTOR] = 1;
    /* In front of the chain: a reused 4-tuple hides its predecessor. */
    struct ms_flow **bucket = &m->flow_hash[flow_bucket(seg)];
    f->hash_next = *bucket;
    *bucket = f;
    return f;
}

struct ms_conn *model_conn_add(struct ms_model *m, struct ms_flow *first)
{
    m->conn = ms_arena_grow(m->arena, m->conn, &m->cap_conn, m->n_conn, sizeof *m->conn);
    struct ms_conn *c = ms_arena_alloc(m->arena, sizeof *c);
    m->conn[m->n_conn++] = c;
    c->number = (uint32_t)m->n_conn;
    c->first = first;
    c->flows = 1;
    first->conn = c;
    return c;
}

void model_token_add(struct ms_model *m, uint32_t token, struct ms_conn *conn, unsigned side)
{
    struct token_node *n = ms_arena_alloc(m->arena, sizeof *n);
    struct token_node **bucket = &m->token_hash[token % MODEL_BUCKETS];
    *n = (struct token_node){.token = token, .conn = conn, .side = side, .next = *bucket};
    *bucket = n;
}

struct token_node *model_token_find(const struct ms_model *m, uint32_t token)
{
    struct token_node *n = m->token_hash[token % MODEL_BUCKETS];
    while (n && n->token != token)
        n = n->next;
    return n;
}

const struct ms_conn *ms_model_token(const struct ms_model *m, uint32_t token, unsigned *side)
{
    const struct token_node *n = model_token_find(m, token);
    if (!n)
        return NULL;
    *side = n->side;
    return n->conn;
}

const struct ms_conn *ms_model_conn(const struct ms_model *m, size_t i)
{
    return i < m->n_conn ? m->conn[i] : NULL;
}

const struct ms_flow *ms_model_flow(const struct ms_model *m, const struct ms_seg *seg)
{
    enum ms_end_role role;
    return model_flow_find(m, seg, &role);
}

struct ms_model *ms_model_new(void)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_model *m = ms_arena_alloc(a, sizeof *m);
    m->arena = a;
    m->budget = MODEL_BUDGET;
    return m;
}

void ms_model_free(struct ms_model *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n_flow; i++)
        for (unsigned r = 0; r < 2; r++) {
            ms_bytes_free(m->flow[i]->half[r].data);
            free(m->flow[i]->half[r].map);
        }
    for (size_t i = 0; i < m->n_conn; i++)
        for (unsigned s = 0; s < 2; s++)
            ms_bytes_free(m->conn[i]->side[s].stream);
    ms_arena_free(m->arena);
}
