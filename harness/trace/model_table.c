/* SPDX-License-Identifier: MIT */
/* Tables of the model: flows by 4-tuple, connections by token and by number. */
#include <stdlib.h>
#include <string.h>

#include "base/oom.h"
#include "trace/model_int.h"

void *model_alloc(size_t n)
{
    void *p = calloc(1, n);
    if (!p)
        ms_oom();
    return p;
}

void *model_grow(void *array, size_t n, size_t *cap, size_t elem_size)
{
    if (n < *cap)
        return array;
    *cap = *cap ? *cap * 2 : 4;
    void *bigger = realloc(array, *cap * elem_size);
    if (!bigger)
        ms_oom();
    return bigger;
}

static uint64_t end_hash(const struct ms_addr *a, uint16_t port)
{
    uint64_t w[2];
    memcpy(w, a->octets, sizeof w);
    uint64_t h = (w[0] ^ port) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 32 ^ w[1]) * 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

uint32_t model_hash(const struct ms_seg *seg)
{
    uint64_t h = end_hash(&seg->src, seg->sport) + end_hash(&seg->dst, seg->dport);
    h *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32) | 1; /* 0 stands for none */
}

static size_t bucket(uint32_t hash)
{
    return hash >> 1 & (MODEL_BUCKETS - 1);
}

static bool end_is(const struct ms_flow *f, enum ms_end_role r, const struct ms_addr *a,
                   uint16_t port)
{
    return f->port[r] == port && ms_addr_eq(&f->addr[r], a);
}

struct ms_flow *model_flow_find(const struct ms_model *m, const struct ms_seg *seg, uint32_t hash,
                                enum ms_end_role *role)
{
    for (struct ms_flow *f = m->flow_hash[bucket(hash)]; f; f = f->hash_next) {
        if (f->hash != hash)
            continue;
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

struct ms_flow *model_flow_add(struct ms_model *m, const struct ms_seg *seg, uint32_t hash)
{
    struct ms_flow *f = model_alloc(sizeof *f);
    m->count.plain++;
    m->count.live_flows++;
    f->number = (uint32_t)(m->count.plain + m->count.flows);
    f->addr[MS_OPENER] = seg->src;
    f->addr[MS_ACCEPTOR] = seg->dst;
    f->port[MS_OPENER] = seg->sport;
    f->port[MS_ACCEPTOR] = seg->dport;
    f->side[MS_ACCEPTOR] = 1;
    f->first_ns = f->last_ns = m->now_ns;
    f->first_packet = m->packet;
    f->hash = hash;
    /* In front of the chain: a reused 4-tuple hides its predecessor. */
    struct ms_flow **at = &m->flow_hash[bucket(hash)];
    f->hash_next = *at;
    *at = f;
    f->life.is_flow = true;
    model_life_put(m, &f->life, LIFE_PLAIN);
    model_leave_grave(m, hash);
    return f;
}

void model_flow_free(struct ms_model *m, struct ms_flow *f)
{
    struct ms_flow **at = &m->flow_hash[bucket(f->hash)];
    while (*at != f)
        at = &(*at)->hash_next;
    *at = f->hash_next;
    model_life_drop(m, &f->life);
    for (unsigned r = 0; r < 2; r++) {
        ms_prints_free(f->half[r].plain, &m->count.memory);
        model_maps_free(m, &f->half[r]);
        model_pieces_free(m, &f->half[r]);
    }
    free(f);
    m->count.live_flows--;
}

/* A connection that lasts may have had any number of subflows: the oldest but the first goes. */
static void prune(struct ms_model *m, struct ms_conn *c)
{
    struct ms_flow **last = &c->newest, **over = NULL;
    for (struct ms_flow **at = &c->newest; *at; at = &(*at)->conn_next) {
        if (*at == c->first)
            continue;
        last = at;
        if ((*at)->over)
            over = at;
    }
    struct ms_flow **at = over ? over : last, *gone = *at;
    if (!gone->over)
        model_unknown(m, c, MS_UNK_EVICTED);
    c->flows_over -= gone->over;
    c->flows_kept--;
    *at = gone->conn_next;
    model_flow_free(m, gone);
}

void model_conn_join(struct ms_model *m, struct ms_conn *c, struct ms_flow *f)
{
    if (c->flows_kept == MS_MODEL_CONN_FLOWS)
        prune(m, c);
    model_life_drop(m, &f->life);
    m->count.plain--;
    m->count.flows++;
    f->conn = c;
    f->conn_next = c->newest;
    c->newest = f;
    c->flows++;
    c->flows_kept++;
    c->flows_over += f->over;
}

struct ms_conn *model_conn_add(struct ms_model *m, struct ms_flow *first)
{
    struct ms_conn *c = model_alloc(sizeof *c);
    c->number = (uint32_t)++m->count.conns;
    m->count.live_conns++;
    c->first = first;
    c->first_ns = c->last_ns = m->now_ns;
    c->side[0].host = c->side[1].host = -1;
    c->prev = m->newest;
    *(m->newest ? &m->newest->next : &m->oldest) = c;
    m->newest = c;
    model_conn_join(m, c, first);
    model_life_put(m, &c->life, LIFE_HALF_OPEN);
    return c;
}

static void token_free(struct ms_model *m, struct ms_token_node *n)
{
    struct ms_token_node **at = &m->token_hash[n->token % MODEL_TOKENS];
    while (*at != n)
        at = &(*at)->next;
    *at = n->next;
    free(n);
}

void model_conn_free(struct ms_model *m, struct ms_conn *c)
{
    *(c->prev ? &c->prev->next : &m->oldest) = c->next;
    *(c->next ? &c->next->prev : &m->newest) = c->prev;
    model_life_drop(m, &c->life);
    for (struct ms_flow *f = c->newest, *next; f; f = next) {
        next = f->conn_next;
        model_flow_free(m, f);
    }
    for (struct ms_token_node *n = c->tokens, *next; n; n = next) {
        next = n->conn_next;
        token_free(m, n);
    }
    for (unsigned s = 0; s < 2; s++) {
        ms_prints_free(c->side[s].stream, &m->count.memory);
        free(c->side[s].ann);
        free(c->side[s].nonce);
    }
    free(c);
    m->count.live_conns--;
}

void model_token_add(struct ms_model *m, uint32_t token, struct ms_conn *conn, unsigned side)
{
    struct ms_token_node *n = model_alloc(sizeof *n);
    struct ms_token_node **at = &m->token_hash[token % MODEL_TOKENS];
    *n = (struct ms_token_node){
        .token = token, .conn = conn, .side = side, .next = *at, .conn_next = conn->tokens};
    *at = conn->tokens = n;
}

struct ms_token_node *model_token_find(const struct ms_model *m, uint32_t token)
{
    struct ms_token_node *n = m->token_hash[token % MODEL_TOKENS];
    while (n && n->token != token)
        n = n->next;
    return n;
}

const struct ms_conn *ms_model_token(const struct ms_model *m, uint32_t token, unsigned *side)
{
    const struct ms_token_node *n = model_token_find(m, token);
    if (!n)
        return NULL;
    *side = n->side;
    return n->conn;
}

const struct ms_conn *ms_model_conn(const struct ms_model *m, size_t i)
{
    const struct ms_conn *c = m->oldest;
    while (c && i--)
        c = c->next;
    return c;
}

const struct ms_flow *ms_model_flow(const struct ms_model *m, const struct ms_seg *seg)
{
    enum ms_end_role role;
    return model_flow_find(m, seg, model_hash(seg), &role);
}

struct ms_model *ms_model_new(void)
{
    struct ms_model *m = model_alloc(sizeof *m);
    model_life_init(m);
    return m;
}

void ms_model_free(struct ms_model *m)
{
    if (!m)
        return;
    m->retire = NULL;
    ms_model_finish(m);
    free(m);
}
