/* SPDX-License-Identifier: MIT */
/* Actions on the option list. */
#include "rewrite/actions.h"

#include <string.h>

/* The encoder pads anew, so padding at the end may go. */
void rewrite_trim_padding(struct ms_seg *seg)
{
    while (seg->n_opt > 0 && seg->opt[seg->n_opt - 1].kind <= MS_TCPOPT_NOP)
        seg->n_opt--;
}

void rewrite_remove_options(struct ms_seg *seg, const struct ms_option_name *name)
{
    uint8_t kept = 0;
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (!ms_opt_is(&seg->opt[i], name))
            seg->opt[kept++] = seg->opt[i];
    seg->n_opt = kept;
    rewrite_trim_padding(seg);
}

REWRITE_APPLY(act_strip)
{
    rewrite_remove_options(&w->seg, r->option);
    return REWRITE_CHANGED;
}

REWRITE_APPLY(act_strip_all)
{
    (void)r;
    rewrite_remove_options(&w->seg, ms_option_name_find("mptcp"));
    return REWRITE_CHANGED;
}

REWRITE_APPLY(act_blank)
{
    for (unsigned i = 0; i < w->seg.n_opt; i++)
        if (ms_opt_is(&w->opts[i], r->option))
            memset(w->opts[i].raw, MS_TCPOPT_NOP, w->opts[i].occupied);
    return REWRITE_CHANGED;
}

REWRITE_APPLY(act_insert)
{
    rewrite_trim_padding(&w->seg);
    if (w->seg.n_opt >= MS_OPTS_MAX)
        return REWRITE_UNCHANGED;
    w->opts[w->seg.n_opt++] = r->insert;
    return REWRITE_CHANGED;
}

REWRITE_APPLY(act_truncate_opt)
{
    enum rewrite_result result = REWRITE_UNCHANGED;
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        struct ms_opt *o = &w->opts[i];
        if (!ms_opt_is(o, r->option) || o->occupied < 3)
            continue;
        o->raw[1]--;
        o->raw[o->occupied - 1] = MS_TCPOPT_NOP;
        result = REWRITE_CHANGED;
    }
    return result;
}

REWRITE_APPLY(act_len)
{
    enum rewrite_result result = REWRITE_UNCHANGED;
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        struct ms_opt *o = &w->opts[i];
        if (!ms_opt_is(o, r->option) || o->occupied < 2)
            continue;
        o->raw[1] = (uint8_t)r->number;
        result = REWRITE_CHANGED;
    }
    return result;
}

REWRITE_APPLY(act_copy_opt)
{
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        if (!ms_opt_is(&w->opts[i], r->option))
            continue;
        if (!r->has_remembered) {
            r->remembered = w->opts[i];
            r->has_remembered = true;
            return REWRITE_UNCHANGED;
        }
        w->opts[i] = r->remembered;
        return REWRITE_CHANGED;
    }
    return REWRITE_UNCHANGED;
}

REWRITE_APPLY(act_to_front)
{
    for (unsigned i = 1; i < w->seg.n_opt; i++) {
        if (!ms_opt_is(&w->opts[i], r->option) || ms_opt_is(&w->opts[0], r->option))
            continue;
        const struct ms_opt moved = w->opts[i];
        memmove(&w->opts[1], &w->opts[0], i * sizeof w->opts[0]);
        w->opts[0] = moved;
        return REWRITE_CHANGED;
    }
    return REWRITE_UNCHANGED;
}

/* What is due now comes with the next one. */
REWRITE_APPLY(act_late_opt)
{
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        if (!ms_opt_is(&w->opts[i], r->option))
            continue;
        const struct ms_opt now = w->opts[i];
        if (r->has_remembered)
            w->opts[i] = r->remembered;
        else
            rewrite_remove_options(&w->seg, r->option);
        r->remembered = now;
        r->has_remembered = true;
        return REWRITE_CHANGED;
    }
    return REWRITE_UNCHANGED;
}

/* What it saw last, on a segment that lacks it. */
REWRITE_EACH(act_replay_opt)
{
    struct ms_seg *seg = &w->seg;
    if (!r->dirs[w->dir])
        return REWRITE_UNCHANGED;
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (ms_opt_is(&seg->opt[i], r->option)) {
            r->remembered = seg->opt[i];
            r->has_remembered = true;
            return REWRITE_UNCHANGED;
        }
    if (!selected || !r->has_remembered || seg->n_opt >= MS_OPTS_MAX)
        return REWRITE_UNCHANGED;
    rewrite_trim_padding(seg);
    w->opts[seg->n_opt++] = r->remembered;
    return REWRITE_CHANGED;
}

/* Keeps the options that the box keeps. */
static enum rewrite_result filter(const struct ms_rewrite *r, struct rewrite_work *w,
                                  bool (*keeps)(const struct ms_rewrite *r, const struct ms_opt *o))
{
    const uint8_t before = w->seg.n_opt;
    uint8_t kept = 0;
    for (unsigned i = 0; i < before; i++)
        if (keeps(r, &w->opts[i]))
            w->opts[kept++] = w->opts[i];
    if (kept == before)
        return REWRITE_UNCHANGED;
    w->seg.n_opt = kept;
    rewrite_trim_padding(&w->seg);
    return REWRITE_CHANGED;
}

static bool is_other_subtype(const struct ms_rewrite *r, const struct ms_opt *o)
{
    return o->kind != MS_TCPOPT_MPTCP || o->mp.subtype != r->n;
}

static bool is_known(const struct ms_rewrite *r, const struct ms_opt *o)
{
    return (r->kinds[o->kind / 64] >> o->kind % 64 & 1) != 0;
}

static bool is_no_sack(const struct ms_rewrite *r, const struct ms_opt *o)
{
    (void)r;
    return o->kind != MS_TCPOPT_SACK_OK && o->kind != MS_TCPOPT_SACK;
}

REWRITE_APPLY(act_strip_subtype)
{
    return filter(r, w, is_other_subtype);
}

REWRITE_APPLY(act_strip_unknown)
{
    return filter(r, w, is_known);
}

REWRITE_APPLY(act_drop_unknown)
{
    for (unsigned i = 0; i < w->seg.n_opt; i++)
        if (!is_known(r, &w->opts[i]))
            return REWRITE_GONE;
    return REWRITE_UNCHANGED;
}

/* RFC 2018: without SACK-permitted on the SYNs there are no blocks later; those of older flows go as well. */
REWRITE_APPLY(act_no_sack)
{
    return filter(r, w, is_no_sack);
}

REWRITE_APPLY(act_mss)
{
    enum rewrite_result result = REWRITE_UNCHANGED;
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        struct ms_opt *o = &w->opts[i];
        if (o->kind != MS_TCPOPT_MSS || o->len != 4 || o->mss <= r->n)
            continue;
        o->mss = (uint16_t)r->n;
        ms_opt_build(o);
        result = REWRITE_CHANGED;
    }
    return result;
}
