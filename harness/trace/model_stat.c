/* SPDX-License-Identifier: MIT */
/* Positions that were passed over, figures for tables, and what an observer cannot judge. */
#include <string.h>

#include "trace/model_int.h"

static const char *const unknown_text[MS_UNKNOWNS] = {
    "the capture began in the middle of the connection",
    "segments are missing from the capture",
    "segments are cut by the snap length",
    "segments contradict each other",
    "a key was not seen",
    "a repetition lies beyond what is kept for comparison",
    "the connection was forgotten for lack of room",
};

const char *ms_unknown_text(unsigned bit)
{
    for (unsigned i = 0; i < MS_UNKNOWNS; i++)
        if (bit == 1u << i)
            return unknown_text[i];
    return "";
}

void model_unknown(struct ms_model *m, struct ms_conn *c, unsigned bit)
{
    if (!c || (c->unknown & bit))
        return;
    c->unknown |= bit;
    c->unknown_at[__builtin_ctz(bit)] = m->packet;
    if (bit & (MS_UNK_START | MS_UNK_GAP | MS_UNK_MURKY))
        c->gap = true;
}

void model_fell_back(struct ms_flow *f, const char *why)
{
    if (!f->fallback)
        f->fallback = why;
}

static void drop_hole(struct ms_half *h, unsigned i)
{
    h->n_hole--;
    memmove(&h->hole[i], &h->hole[i + 1], (h->n_hole - i) * sizeof h->hole[0]);
}

static void add_hole(struct ms_half *h, unsigned i, uint64_t from, uint64_t to)
{
    if (h->n_hole == MS_MODEL_HOLES) {
        /* The oldest counts as filled. */
        drop_hole(h, 0);
        i -= i > 0;
    }
    memmove(&h->hole[i + 1], &h->hole[i], (h->n_hole - i) * sizeof h->hole[0]);
    h->hole[i] = (struct ms_hole){from, to};
    h->n_hole++;
}

/* Takes from..end out of the holes; returns how much of it was there. */
static uint64_t fill_holes(struct ms_half *h, uint64_t from, uint64_t end)
{
    uint64_t filled = 0;
    for (unsigned i = 0; i < h->n_hole;) {
        struct ms_hole *o = &h->hole[i];
        uint64_t a = from > o->from ? from : o->from, b = end < o->to ? end : o->to;
        if (a >= b) {
            i++;
            continue;
        }
        filled += b - a;
        if (a == o->from && b == o->to) {
            drop_hole(h, i);
            continue;
        }
        if (a > o->from && b < o->to) {
            uint64_t to = o->to;
            o->to = a;
            add_hole(h, i + 1, b, to);
            break;
        }
        if (a == o->from)
            o->from = b;
        else
            o->to = a;
        i++;
    }
    return filled;
}

uint64_t model_span(struct ms_half *h, uint64_t from, uint64_t end)
{
    uint64_t hi = h->pos_hi, fresh = 0;
    if (end <= from)
        return 0;
    if (from < hi)
        fresh = h->n_hole ? fill_holes(h, from, end < hi ? end : hi) : 0;
    else if (from > hi)
        add_hole(h, h->n_hole, hi, from);
    if (end > hi) {
        fresh += end - (from > hi ? from : hi);
        h->pos_hi = end;
    }
    return fresh;
}

void model_stat(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_flow *f = st->flow;
    struct ms_half *h = st->half;
    f->last_ns = m->now_ns;
    if (f->conn)
        f->conn->last_ns = m->now_ns;
    h->packets++;
    h->octets += seg->payload_len + seg->missing;
    if (seg->missing || seg->opts_cut)
        model_unknown(m, f->conn, MS_UNK_CUT);
    enum ms_flow_end end = (seg->flags & MS_TH_RST)   ? MS_END_RST
                           : (seg->flags & MS_TH_FIN) ? MS_END_FIN
                                                      : MS_END_OPEN;
    if (seg->n_opt && model_form(seg, MS_FORM_FASTCLOSE))
        end = MS_END_FASTCLOSE;
    /* The first closing signal tells who; MP_FASTCLOSE and RST tell more than a FIN how. */
    if (end == MS_END_OPEN)
        return;
    if (f->end == MS_END_OPEN || (f->end == MS_END_FIN && !f->over && end != MS_END_FIN)) {
        f->end = end;
        f->ended_by = st->role;
    }
}

bool ms_side_fin_acked(const struct ms_side *s)
{
    return s->fin_known && s->acked_seen && ms_dsn_lt(s->fin_dsn, s->acked_hi);
}

void ms_model_count(const struct ms_model *m, struct ms_model_counts *out)
{
    *out = m->count;
}
