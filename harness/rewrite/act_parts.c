/* SPDX-License-Identifier: MIT */
/* Segments split and joined, as network cards and their drivers do it (segmentation and receive offload). */
#include "rewrite/chain_int.h"
#include "rewrite/actions.h"

#include <string.h>

static const struct ms_option_name any_mptcp = {"mptcp", MS_TCPOPT_MPTCP, -1, ""};

/* The frame becomes the first part, the others follow it. */
static enum rewrite_result split(const struct ms_rewrite *r, struct rewrite_work *w, bool bare)
{
    const struct ms_seg whole = w->seg;
    const size_t part = (size_t)r->n, parts = (whole.payload_len + part - 1) / part;
    struct ms_opt opts[MS_OPTS_MAX];
    if (parts < 2 || parts > BIRTHS_MAX - w->chain->births || whole.missing != 0)
        return REWRITE_UNCHANGED;
    struct ms_seg s = whole;
    memcpy(opts, w->opts, whole.n_opt * sizeof opts[0]);
    s.opt = opts;
    if (bare)
        rewrite_remove_options(&s, &any_mptcp);
    s.flags = (uint8_t)(s.flags & ~(MS_TH_CWR | MS_TH_SYN));
    for (size_t at = part; at < whole.payload_len; at += part) {
        const bool last = whole.payload_len - at <= part;
        s.seq = whole.seq + (uint32_t)at + ((whole.flags & MS_TH_SYN) != 0);
        s.payload = whole.payload + at;
        s.payload_len = last ? whole.payload_len - at : part;
        if (last)
            s.flags |= whole.flags & (MS_TH_FIN | MS_TH_PSH);
        else
            s.flags = (uint8_t)(s.flags & ~(MS_TH_FIN | MS_TH_PSH));
        rewrite_send_like(w, &s);
    }
    w->seg.payload_len = part;
    w->seg.flags = (uint8_t)(whole.flags & ~(MS_TH_FIN | MS_TH_PSH));
    return REWRITE_CHANGED;
}

REWRITE_APPLY(act_split)
{
    return split(r, w, false);
}

REWRITE_APPLY(act_split_first)
{
    return split(r, w, true);
}

/* Anything but an ordinary piece of the stream ends the joining. */
static bool joinable(const struct ms_seg *seg)
{
    return seg->payload_len != 0 && seg->missing == 0 && seg->tcp_csum_ok &&
           (seg->flags & ~(MS_TH_PSH | MS_TH_FIN)) == MS_TH_ACK;
}

static bool same_options(const struct ms_seg *a, const struct ms_seg *b)
{
    if (a->n_opt != b->n_opt)
        return false;
    for (unsigned i = 0; i < a->n_opt; i++)
        if (a->opt[i].occupied != b->opt[i].occupied ||
            memcmp(a->opt[i].raw, b->opt[i].raw, a->opt[i].occupied) != 0)
            return false;
    return true;
}

/* w->seg becomes `first` and itself in one; false if they do not fit together. */
static bool join(struct rewrite_work *w, const struct ms_seg *first, bool any_options)
{
    struct ms_seg *seg = &w->seg;
    const size_t n = first->payload_len;
    if (!joinable(seg) || seg->seq != first->seq + (uint32_t)n || (first->flags & MS_TH_FIN) != 0 ||
        (!any_options && !same_options(first, seg)) ||
        w->tcp_at - REWRITE_ETH_LEN + REWRITE_TCP_LEN + REWRITE_OPTS_LEN + n + seg->payload_len >
            REWRITE_PACKET_LEN)
        return false;
    rewrite_packet_own(w);
    memmove(w->payload + n, w->payload, seg->payload_len);
    memcpy(w->payload, first->payload, n);
    seg->payload_len += n;
    seg->seq = first->seq;
    seg->flags |= first->flags & MS_TH_PSH;
    memcpy(w->opts, first->opt, first->n_opt * sizeof *w->opts);
    seg->n_opt = first->n_opt;
    return true;
}

static enum rewrite_result coalesce(struct ms_rewrite *r, struct rewrite_work *w, bool selected,
                                    bool any_options)
{
    if (!r->dirs[w->dir])
        return REWRITE_UNCHANGED;
    struct parcel *p = rewrite_held(w);
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg first;
    struct ms_neigh neigh;
    if (p != NULL && selected &&
        ms_frame_decode(p->frame, p->len, &first, opts, &neigh) == MS_FRAME_TCP &&
        join(w, &first, any_options)) {
        const uint64_t parts = p->number + 1, due_ns = p->due_ns;
        rewrite_discard(w, p);
        const uint8_t *frame;
        size_t len;
        if (parts < r->n && rewrite_compose(w, &frame, &len) &&
            (p = rewrite_hold_one(w, frame, len, due_ns)) != NULL) {
            p->number = parts;
            return REWRITE_GONE;
        }
        return REWRITE_CHANGED;
    }
    const bool was_held = p != NULL;
    if (was_held)
        rewrite_release(w, p);
    if (selected && joinable(&w->seg) && (w->seg.flags & MS_TH_FIN) == 0 &&
        (p = rewrite_hold_one(w, w->frame, w->len, w->now + r->time_ns)) != NULL) {
        p->number = 1;
        return REWRITE_GONE;
    }
    /* What was held goes first. */
    return was_held && rewrite_send(w, w->frame, w->len) ? REWRITE_SENT : REWRITE_UNCHANGED;
}

REWRITE_EACH(act_coalesce)
{
    return coalesce(r, w, selected, false);
}

REWRITE_EACH(act_coalesce_first)
{
    return coalesce(r, w, selected, true);
}
