/* SPDX-License-Identifier: MIT */
/* The table of flows: looked up by either end's view, bounded, the longest unused goes first. */
#include "rewrite/flow.h"

#include <stdlib.h>
#include <string.h>

static int end_compare(const struct ms_seg *seg)
{
    const int c = memcmp(seg->src.octets, seg->dst.octets, sizeof seg->src.octets);
    return c != 0 ? c : (int)seg->sport - (int)seg->dport;
}

static void key_of(const struct ms_seg *seg, struct flow_key *k)
{
    const unsigned src = end_compare(seg) <= 0 ? 0 : 1;
    memset(k, 0, sizeof *k);
    k->addr[src] = seg->src;
    k->addr[1 - src] = seg->dst;
    k->port[src] = seg->sport;
    k->port[1 - src] = seg->dport;
}

static bool key_eq(const struct flow_key *a, const struct flow_key *b)
{
    return a->port[0] == b->port[0] && a->port[1] == b->port[1] &&
           ms_addr_eq(&a->addr[0], &b->addr[0]) && ms_addr_eq(&a->addr[1], &b->addr[1]);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static unsigned bucket_of(const struct flow_table *t, const struct flow_key *k)
{
    uint64_t h = mix(t->seed, (uint64_t)k->port[0] << 16 | k->port[1]);
    for (unsigned i = 0; i < 2; i++) {
        h = mix(h, ms_get64(k->addr[i].octets));
        if (k->addr[i].family == MS_IPV6)
            h = mix(h, ms_get64(k->addr[i].octets + 8));
    }
    return (unsigned)(h >> 32) % FLOW_BUCKETS;
}

static struct flow_name *find(const struct flow_table *t, const struct flow_key *k)
{
    struct flow_name *n = t->bucket[bucket_of(t, k)];
    while (n != NULL && !key_eq(&n->key, k))
        n = n->next;
    return n;
}

static void name_add(struct flow_table *t, struct rewrite_flow *f, const struct flow_key *k)
{
    struct flow_name *n = &f->name[f->n_names++];
    struct flow_name **head = &t->bucket[bucket_of(t, k)];
    n->key = *k;
    n->flow = f;
    n->next = *head;
    *head = n;
}

static void name_remove(struct flow_table *t, struct flow_name *n)
{
    struct flow_name **p = &t->bucket[bucket_of(t, &n->key)];
    while (*p != n)
        p = &(*p)->next;
    *p = n->next;
}

static void order_remove(struct flow_table *t, struct rewrite_flow *f)
{
    *(f->older ? &f->older->newer : &t->oldest) = f->newer;
    *(f->newer ? &f->newer->older : &t->newest) = f->older;
}

static void order_add(struct flow_table *t, struct rewrite_flow *f)
{
    f->newer = NULL;
    f->older = t->newest;
    *(t->newest ? &t->newest->newer : &t->oldest) = f;
    t->newest = f;
}

/* What boxes and the row know of it; its own name stays, those that boxes gave go. */
static void forget(struct flow_table *t, struct rewrite_flow *f)
{
    for (unsigned i = 0; i < BOXES_MAX; i++) {
        free(f->state[i]);
        f->state[i] = NULL;
    }
    while (f->n_names > 1)
        name_remove(t, &f->name[--f->n_names]);
    f->generation = ++t->generations;
    f->stage = FLOW_MID;
    f->ordinal = 0;
    memset(f->has_isn, 0, sizeof f->has_isn);
    memset(f->has_sent, 0, sizeof f->has_sent);
    memset(f->has_wscale, 0, sizeof f->has_wscale);
    memset(f->wscale, 0, sizeof f->wscale);
}

static struct rewrite_flow *take_oldest(struct flow_table *t)
{
    struct rewrite_flow *f = t->oldest;
    forget(t, f);
    name_remove(t, &f->name[0]);
    f->n_names = 0;
    order_remove(t, f);
    return f;
}

struct rewrite_flow *rewrite_flow_find(const struct flow_table *t, const struct ms_seg *seg)
{
    struct flow_key k;
    key_of(seg, &k);
    const struct flow_name *n = find(t, &k);
    return n != NULL ? n->flow : NULL;
}

struct rewrite_flow *rewrite_flow_enter(struct flow_table *t, const struct ms_seg *seg)
{
    struct flow_key k;
    key_of(seg, &k);
    const struct flow_name *n = find(t, &k);
    struct rewrite_flow *f;
    if (n != NULL) {
        f = n->flow;
        if (t->newest == f)
            return f;
        order_remove(t, f);
    } else {
        f = t->n < FLOWS_MAX ? calloc(1, sizeof *f) : take_oldest(t);
        if (f == NULL)
            return NULL;
        t->n += t->n < FLOWS_MAX;
        name_add(t, f, &k);
        f->generation = ++t->generations;
    }
    order_add(t, f);
    return f;
}

bool rewrite_flow_alias(struct flow_table *t, struct rewrite_flow *f, const struct ms_seg *seg)
{
    struct flow_key k;
    key_of(seg, &k);
    const struct flow_name *n = find(t, &k);
    if (n != NULL || f->n_names == FLOW_NAMES)
        return n != NULL && n->flow == f;
    name_add(t, f, &k);
    return true;
}

void rewrite_flow_table_clear(struct flow_table *t)
{
    while (t->oldest != NULL)
        free(take_oldest(t));
    t->n = 0;
}

static bool opens_mptcp(const struct ms_seg *seg)
{
    return ms_seg_mp(seg, MPTCP_SUB_CAPABLE) != NULL || ms_seg_mp(seg, MPTCP_SUB_JOIN) != NULL;
}

/*
 * The initiator's packet after the SYN/ACK completes the handshake, whatever it carries. Repetitions (RFC 8684 3.2: the
 * third ACK of a join is sent until it is answered) have its numbers, no payload, and MPTCP's option if it had it.
 */
static enum flow_third which_third(struct rewrite_flow *f, const struct ms_seg *seg,
                                   enum ms_dir dir)
{
    const uint8_t flags = seg->flags & (MS_TH_SYN | MS_TH_RST | MS_TH_ACK);
    if (flags != MS_TH_ACK || f->stage < FLOW_SYNACK || dir != f->initiator)
        return THIRD_NOT;
    if (f->stage == FLOW_SYNACK) {
        f->stage = FLOW_OPEN;
        f->third_mptcp = opens_mptcp(seg);
        return THIRD_FIRST;
    }
    if (seg->payload_len != 0)
        return ms_seg_mp(seg, MPTCP_SUB_CAPABLE) != NULL ? THIRD_DATA : THIRD_NOT;
    const bool same = seg->seq == f->isn[dir] + 1 && seg->ack == f->isn[1 - dir] + 1 &&
                      (seg->flags & MS_TH_FIN) == 0;
    return same && (!f->third_mptcp || opens_mptcp(seg)) ? THIRD_REPEATED : THIRD_NOT;
}

static void note_syn(struct flow_table *t, struct rewrite_flow *f, const struct ms_seg *seg,
                     enum ms_dir dir)
{
    const struct ms_opt *o = ms_seg_opt(seg, MS_TCPOPT_WSCALE);
    const bool answer = (seg->flags & MS_TH_ACK) != 0;
    if (!answer && !(f->stage != FLOW_MID && f->has_isn[dir] && f->isn[dir] == seg->seq)) {
        forget(t, f);
        f->stage = FLOW_SYN;
        f->initiator = dir;
        f->ordinal = ++t->ordinals;
    } else if (answer && f->stage == FLOW_SYN && dir != f->initiator) {
        f->stage = FLOW_SYNACK;
    }
    f->has_isn[dir] = true;
    f->isn[dir] = seg->seq;
    f->has_wscale[dir] = o != NULL && o->len == 3;
    /* RFC 7323 2.3: more than 14 counts as 14. */
    f->wscale[dir] = f->has_wscale[dir] ? (o->wscale > 14 ? 14 : o->wscale) : 0;
}

struct flow_marks rewrite_flow_note(struct flow_table *t, struct rewrite_flow *f,
                                    const struct ms_seg *seg, enum ms_dir dir)
{
    struct flow_marks m = {.established = f->stage == FLOW_MID || f->stage == FLOW_OPEN};
    const uint32_t end = seg->seq + ms_seg_len(seg);
    if ((seg->flags & MS_TH_SYN) != 0) {
        note_syn(t, f, seg, dir);
        m.established = false;
    }
    m.third = which_third(f, seg, dir);
    m.repeated = seg->payload_len != 0 && f->has_sent[dir] && ms_seq_le(end, f->sent[dir]);
    if ((seg->flags & MS_TH_RST) == 0 && (!f->has_sent[dir] || ms_seq_lt(f->sent[dir], end))) {
        f->has_sent[dir] = true;
        f->sent[dir] = end;
    }
    return m;
}
