/* SPDX-License-Identifier: MIT */
/*
 * Initial sequence numbers made anew, as firewalls do that trust no host's choice: everything that counts from them must
 * follow. The SSN of a mapping is relative (RFC 8684 3.3.1) and is right by itself.
 */
#include "rewrite/actions.h"

enum { WRONG_ACK = 1, WRONG_SACK = 2, WRONG_SSN = 4 };

struct isn_state {
    bool on[2]; /* numbers of this direction are shifted */
    uint32_t by[2];
};

static void shift_sack(struct ms_opt *o, uint32_t add)
{
    for (unsigned at = 2; at + 4 <= o->occupied; at += 4)
        ms_put32(o->raw + at, ms_get32(o->raw + at) + add);
}

static void shift_ack(struct ms_seg *seg, uint32_t add, unsigned wrong)
{
    if ((seg->flags & MS_TH_ACK) != 0 && (wrong & WRONG_ACK) == 0)
        seg->ack += add;
    for (unsigned i = 0; i < seg->n_opt && (wrong & WRONG_SACK) == 0; i++)
        if (seg->opt[i].kind == MS_TCPOPT_SACK)
            shift_sack(&seg->opt[i], add);
}

static void shift_ssn(struct ms_seg *seg, uint32_t add)
{
    for (unsigned i = 0; i < seg->n_opt; i++) {
        struct ms_opt *o = &seg->opt[i];
        if (o->kind != MS_TCPOPT_MPTCP || o->mp.form != MS_FORM_DSS ||
            (o->mp.dss_flags & MS_DSS_M) == 0)
            continue;
        o->mp.ssn += add;
        ms_opt_build(o);
    }
}

static enum rewrite_result isn(const struct ms_rewrite *r, struct rewrite_work *w, bool selected,
                               unsigned wrong)
{
    const enum ms_dir d = w->dir, back = d == MS_DIR_TX ? MS_DIR_RX : MS_DIR_TX;
    struct isn_state *s = selected ? rewrite_state(w, sizeof *s) : rewrite_known(w);
    if (s == NULL)
        return REWRITE_UNCHANGED;
    if (selected && !s->on[d]) {
        s->on[d] = true;
        s->by[d] = r->n != 0 ? (uint32_t)r->n : (uint32_t)rewrite_random(w) | 1;
    }
    if (!s->on[d] && !s->on[back])
        return REWRITE_UNCHANGED;
    if (s->on[d]) {
        w->seg.seq += s->by[d];
        if ((wrong & WRONG_SSN) != 0)
            shift_ssn(&w->seg, s->by[d]);
    }
    if (s->on[back])
        shift_ack(&w->seg, 0 - s->by[back], wrong);
    return REWRITE_CHANGED;
}

REWRITE_EACH(act_isn)
{
    return isn(r, w, selected, 0);
}

REWRITE_EACH(act_isn_wrong_ack)
{
    return isn(r, w, selected, WRONG_ACK);
}

REWRITE_EACH(act_isn_wrong_sack)
{
    return isn(r, w, selected, WRONG_SACK);
}

REWRITE_EACH(act_isn_wrong_ssn)
{
    return isn(r, w, selected, WRONG_SSN);
}
