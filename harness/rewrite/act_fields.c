/* SPDX-License-Identifier: MIT */
/* Actions on single fields: any of the field table, and those that boxes treat in ways of their own. */
#include "rewrite/actions.h"

/* Runs `edit` over the field wherever the segment has it, and rebuilds the option around it. */
static enum rewrite_result edit_field(struct ms_rewrite *r, struct rewrite_work *w,
                                      void (*edit)(const struct ms_rewrite *r, struct ms_value *v))
{
    enum rewrite_result result = REWRITE_UNCHANGED;
    struct ms_value v;
    if (rewrite_has_field(r->field, &w->seg, NULL, &v)) {
        edit(r, &v);
        return r->field->set(&w->seg, NULL, &v) ? REWRITE_CHANGED : REWRITE_UNCHANGED;
    }
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        if (!rewrite_has_field(r->field, &w->seg, &w->opts[i], &v))
            continue;
        edit(r, &v);
        if (r->field->set(&w->seg, &w->opts[i], &v) && ms_opt_build(&w->opts[i]) == MS_OK)
            result = REWRITE_CHANGED;
    }
    return result;
}

static void edit_set(const struct ms_rewrite *r, struct ms_value *v)
{
    *v = r->value;
}

static void edit_add(const struct ms_rewrite *r, struct ms_value *v)
{
    v->num += (uint64_t)r->number;
    if (v->width > 0 && v->width < 64)
        v->num &= ((uint64_t)1 << v->width) - 1;
}

static void edit_flip(const struct ms_rewrite *r, struct ms_value *v)
{
    (void)r;
    if (v->type == MS_V_OCTETS) {
        if (v->len > 0)
            v->octets[v->len - 1] ^= 1;
    } else if (v->type == MS_V_ADDR) {
        v->addr.octets[v->addr.family == MS_IPV6 ? 15 : 3] ^= 1;
    } else {
        v->num ^= 1;
    }
}

REWRITE_APPLY(act_set)
{
    return edit_field(r, w, edit_set);
}

/* Setting a field brings the optional part into being that it belongs to. */
REWRITE_APPLY(act_give)
{
    const struct ms_option_name *name = ms_option_name_find(r->field->option);
    enum rewrite_result result = REWRITE_UNCHANGED;
    for (unsigned i = 0; i < w->seg.n_opt; i++)
        if (ms_opt_is(&w->opts[i], name) && r->field->set(&w->seg, &w->opts[i], &r->value) &&
            ms_opt_build(&w->opts[i]) == MS_OK)
            result = REWRITE_CHANGED;
    if (result == REWRITE_CHANGED)
        rewrite_trim_padding(&w->seg); /* the option has grown */
    return result;
}

REWRITE_APPLY(act_add)
{
    return edit_field(r, w, edit_add);
}

REWRITE_APPLY(act_flip)
{
    return edit_field(r, w, edit_flip);
}

REWRITE_APPLY(act_flags)
{
    w->seg.flags = r->flags;
    return REWRITE_CHANGED;
}

/* The field of the first match, wherever it stands there, in all that come later. */
REWRITE_APPLY(act_copy_field)
{
    struct ms_value v;
    bool found = rewrite_has_field(r->field, &w->seg, NULL, &v);
    for (unsigned i = 0; i < w->seg.n_opt && !found; i++)
        found = rewrite_has_field(r->field, &w->seg, &w->opts[i], &v);
    if (r->remembered_value.type == MS_V_NONE) {
        r->remembered_value = v;
        return REWRITE_UNCHANGED;
    }
    if (ms_value_eq(&v, &r->remembered_value))
        return REWRITE_UNCHANGED;
    r->value = r->remembered_value;
    return act_set(r, w);
}

/* RFC 3168 5: the two lower bits of the traffic class. 6.1.1: a SYN asks for it by ECE and CWR. */
enum { ECN_MASK = 3, ECN_CE = 3 };

REWRITE_APPLY(act_clear_ecn)
{
    struct ms_seg *seg = &w->seg;
    const uint8_t asks = (seg->flags & MS_TH_SYN) != 0 ? MS_TH_ECE | MS_TH_CWR : 0;
    (void)r;
    if ((seg->tos & ECN_MASK) == 0 && (seg->flags & asks) == 0)
        return REWRITE_UNCHANGED;
    seg->tos = (uint8_t)(seg->tos & ~ECN_MASK);
    seg->flags = (uint8_t)(seg->flags & ~asks);
    return REWRITE_CHANGED;
}

REWRITE_APPLY(act_mark_ce)
{
    struct ms_seg *seg = &w->seg;
    (void)r;
    if ((seg->tos & ECN_MASK) == 0 || (seg->tos & ECN_MASK) == ECN_CE)
        return REWRITE_UNCHANGED;
    seg->tos |= ECN_CE;
    return REWRITE_CHANGED;
}

REWRITE_APPLY(act_dscp)
{
    const uint8_t tos = (uint8_t)(r->n << 2 | (w->seg.tos & ECN_MASK));
    if (w->seg.tos == tos)
        return REWRITE_UNCHANGED;
    w->seg.tos = tos;
    return REWRITE_CHANGED;
}

REWRITE_APPLY(act_hops)
{
    if (w->seg.ttl <= r->n)
        return REWRITE_GONE;
    w->seg.ttl = (uint8_t)(w->seg.ttl - r->n);
    return REWRITE_CHANGED;
}

unsigned rewrite_scale(const struct rewrite_work *w, enum ms_dir dir)
{
    const struct rewrite_flow *f = w->flow;
    return f != NULL && f->has_wscale[0] && f->has_wscale[1] ? f->wscale[dir] : 0;
}

REWRITE_APPLY(act_window)
{
    struct ms_seg *seg = &w->seg;
    const unsigned scale = (seg->flags & MS_TH_SYN) == 0 ? rewrite_scale(w, w->dir) : 0;
    if ((uint64_t)seg->win << scale <= r->n)
        return REWRITE_UNCHANGED;
    seg->win = (uint16_t)(r->n >> scale);
    return REWRITE_CHANGED;
}

/* How far the sender of a direction allows the other one to send. */
struct edge_state {
    bool known[2];
    uint32_t edge[2];
};

/*
 * Nothing more is allowed than was; a window that is taken back (RFC 9293 3.8.6: it should not be) in both directions at
 * once leaves two hosts behind that refuse each other's numbers for ever.
 */
REWRITE_EACH(act_zero_window)
{
    struct ms_seg *seg = &w->seg;
    const enum ms_dir d = w->dir;
    struct edge_state *s = r->dirs[d] ? rewrite_state(w, sizeof *s) : NULL;
    if (s == NULL || (seg->flags & (MS_TH_SYN | MS_TH_RST | MS_TH_ACK)) != MS_TH_ACK)
        return REWRITE_UNCHANGED;
    if (selected && r->until_ns == 0)
        r->until_ns = w->now + r->time_ns;
    const unsigned scale = rewrite_scale(w, d);
    const uint32_t edge = seg->ack + ((uint32_t)seg->win << scale);
    if (w->now >= r->until_ns) {
        if (!s->known[d] || ms_seq_lt(s->edge[d], edge))
            s->edge[d] = edge;
        s->known[d] = true;
        return REWRITE_UNCHANGED;
    }
    const uint32_t left =
        s->known[d] && ms_seq_lt(seg->ack, s->edge[d]) ? s->edge[d] - seg->ack : 0;
    if (left >> scale >= seg->win)
        return REWRITE_UNCHANGED;
    seg->win = (uint16_t)(left >> scale);
    return REWRITE_CHANGED;
}
