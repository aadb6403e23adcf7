/* SPDX-License-Identifier: MIT */
/* What the model holds and for how long: idle order, lingering after the end, retiring, forgetting. */
#include <stddef.h>
#include <stdlib.h>

#include "trace/model_int.h"

/* An idle order that is exact to so many segments is enough and costs nothing on most of them. */
#define LIFE_TOUCH 1024u

static const size_t most[LIFE_STATES] = {[LIFE_PLAIN] = MODEL_MAX_PLAIN,
                                         [LIFE_HALF_OPEN] = MODEL_MAX_HALF_OPEN,
                                         [LIFE_OPEN] = MODEL_MAX_OPEN,
                                         [LIFE_OVER] = MODEL_MAX_OVER};

void model_life_init(struct ms_model *m)
{
    for (unsigned s = 0; s < LIFE_STATES; s++)
        m->life[s].prev = m->life[s].next = &m->life[s];
}

void model_life_drop(struct ms_model *m, struct ms_life *l)
{
    if (!l->next)
        return;
    l->prev->next = l->next;
    l->next->prev = l->prev;
    l->prev = l->next = NULL;
    m->n_life[l->state]--;
}

/* At the end of the ring: the last one to go. */
void model_life_put(struct ms_model *m, struct ms_life *l, enum life_state s)
{
    struct ms_life *ring = &m->life[s];
    model_life_drop(m, l);
    l->state = s;
    l->since = s == LIFE_OVER ? m->now_ns : m->count.segments;
    l->prev = ring->prev;
    l->next = ring;
    ring->prev->next = l;
    ring->prev = l;
    m->n_life[s]++;
}

bool model_in_grave(const struct ms_model *m, uint32_t hash)
{
    return m->grave[hash % MODEL_GRAVES] == hash;
}

void model_leave_grave(struct ms_model *m, uint32_t hash)
{
    if (model_in_grave(m, hash))
        m->grave[hash % MODEL_GRAVES] = 0;
}

static void retire_conn(struct ms_model *m, struct ms_conn *c)
{
    if (m->retire)
        m->retire(m->retire_ctx, c);
    for (const struct ms_flow *f = c->newest; f; f = f->conn_next)
        m->grave[f->hash % MODEL_GRAVES] = f->hash;
    model_conn_free(m, c);
}

static void retire(struct ms_model *m, struct ms_life *l)
{
    if (l->is_flow) {
        model_flow_free(m, (struct ms_flow *)((char *)l - offsetof(struct ms_flow, life)));
        return;
    }
    struct ms_conn *c = (struct ms_conn *)((char *)l - offsetof(struct ms_conn, life));
    if (l->state != LIFE_OVER)
        model_unknown(m, c, MS_UNK_EVICTED);
    retire_conn(m, c);
}

void model_life_begin(struct ms_model *m)
{
    struct ms_life *over = &m->life[LIFE_OVER];
    while (over->next != over && m->now_ns > over->next->since &&
           m->now_ns - over->next->since > MODEL_LINGER_NS)
        retire(m, over->next);
    for (unsigned s = 0; s < LIFE_STATES; s++)
        while (m->n_life[s] >= most[s])
            retire(m, m->life[s].next);
    /* Few connections may have very many subflows. */
    static const enum life_state order[] = {LIFE_OVER, LIFE_PLAIN, LIFE_HALF_OPEN, LIFE_OPEN};
    for (unsigned k = 0; k < MS_ARRAY_LEN(order) && m->count.live_flows >= MODEL_MAX_FLOWS; k++)
        while (m->n_life[order[k]] && m->count.live_flows >= MODEL_MAX_FLOWS)
            retire(m, m->life[order[k]].next);
}

static bool fin_acked(const struct ms_flow *f, enum ms_end_role r)
{
    const struct ms_half *peer = &f->half[1 - r];
    return f->half[r].fin && peer->ack_seen && peer->ack_hi > f->half[r].fin_pos;
}

static bool flow_ended(const struct ms_flow *f)
{
    return f->half[0].rst || f->half[1].rst ||
           (fin_acked(f, MS_OPENER) && fin_acked(f, MS_ACCEPTOR));
}

static enum life_state state_of(const struct ms_flow *f)
{
    const struct ms_conn *c = f->conn;
    if (!c)
        return f->over ? LIFE_OVER : LIFE_PLAIN;
    if (c->flows_over == c->flows_kept)
        return LIFE_OVER;
    bool answered = c->life.state == LIFE_OPEN || f->kind != MS_FLOW_CAPABLE ||
                    (f->synack_seen && f->half[MS_OPENER].third_seen);
    return answered ? LIFE_OPEN : LIFE_HALF_OPEN;
}

void model_life_segment(struct ms_model *m, struct ms_flow *f)
{
    if (!f->over && flow_ended(f)) {
        f->over = true;
        if (f->conn)
            f->conn->flows_over++;
    }
    struct ms_life *l = f->conn ? &f->conn->life : &f->life;
    enum life_state s = state_of(f);
    if (s != l->state || (s != LIFE_OVER && m->count.segments - l->since > LIFE_TOUCH))
        model_life_put(m, l, s);
}

void ms_model_on_retire(struct ms_model *m, void (*fn)(void *ctx, const struct ms_conn *c),
                        void *ctx)
{
    m->retire = fn;
    m->retire_ctx = ctx;
}

void ms_model_finish(struct ms_model *m)
{
    while (m->oldest)
        retire_conn(m, m->oldest);
    while (m->n_life[LIFE_PLAIN])
        retire(m, m->life[LIFE_PLAIN].next);
    while (m->n_life[LIFE_OVER])
        retire(m, m->life[LIFE_OVER].next);
}
