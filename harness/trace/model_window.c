/* SPDX-License-Identifier: MIT */
/*
 * Right edges of receive windows (RFC 8684 3.3.4, 3.3.5): what each end announced for a subflow and for the
 * connection, and data beyond it. An edge is kept at its highest: a sender may rely on any that it was given.
 */
#include "trace/model_int.h"

/* Window scaling holds once both SYNs had the option, and not on them (RFC 7323 2.2). */
static unsigned scale_of(const struct ms_model_step *st, const struct ms_seg *seg)
{
    if ((seg->flags & MS_TH_SYN) || !st->half->wscale_seen || !st->peer_half->wscale_seen)
        return 0;
    return st->half->wscale > 14 ? 14 : st->half->wscale;
}

static void raise_edge(bool *seen, uint64_t *edge, uint64_t to)
{
    if (!*seen || ms_dsn_lt(*edge, to))
        *edge = to;
    *seen = true;
}

struct windows {
    uint32_t win, held; /* as in struct ms_half_watch */
};

static void widen(struct windows *w, const struct ms_half_watch *h)
{
    w->win = h->win > w->win ? h->win : w->win;
    w->held = h->held > w->held ? h->held : w->held;
}

/*
 * 3.3.5: of windows that differ on several subflows a sender takes "the largest of the most recent window sizes", counted
 * from the Data ACK, whichever segment brought that.
 */
static struct windows widest(const struct ms_model_step *st)
{
    struct windows w = {.win = st->half->watch.win, .held = st->half->watch.held};
    if (!st->conn || st->conn->flows_kept < 2)
        return w;
    for (const struct ms_flow *f = st->conn->newest; f; f = f->conn_next)
        for (unsigned role = 0; role < 2 && !f->over; role++)
            if (&st->conn->side[f->side[role]] == st->side)
                widen(&w, &f->half[role].watch);
    return w;
}

/* The connection's edge for the data of one side; before its key is known only the window can be kept. */
static void announce(struct ms_side *s, struct windows windows)
{
    uint32_t win = windows.win;
    struct ms_side_watch *w = &s->watch;
    if (!s->key_known) {
        w->first_win = win > w->first_win ? win : w->first_win;
        return;
    }
    if (!w->edge_seen)
        raise_edge(&w->edge_seen, &w->edge, s->idsn + 1 + w->first_win);
    uint64_t from = s->acked_seen ? s->acked_hi : s->idsn + 1;
    raise_edge(&w->edge_seen, &w->edge, from + win);
    raise_edge(&w->held_seen, &w->edge_held, w->edge);
    raise_edge(&w->held_seen, &w->edge_held, from + windows.held);
}

/*
 * A TCP that shuns shrinking windows takes no smaller one under the same ACK at the same position. Here that is no excuse,
 * as the window counts from the Data ACK (RFC 8684 3.3.4) and the right edge went forward; but it explains much.
 */
static void hold(struct ms_half_watch *w, uint64_t ack, uint64_t pos, uint32_t win)
{
    if (ack > w->held_ack || pos > w->held_pos || win > w->held || !win)
        w->held = win;
    w->held_ack = ack > w->held_ack ? ack : w->held_ack;
    w->held_pos = pos > w->held_pos ? pos : w->held_pos;
}

/* 3.3.4: Data ACK + window never moves back, but for what the scaling cuts off. */
static void compare_edge(struct ms_model_step *st, uint32_t win, unsigned scale)
{
    struct ms_half_watch *w = &st->half->watch;
    uint64_t edge = st->dack + win;
    if (st->late)
        return;
    if (w->data_edge_seen && ms_dsn_lt(edge + (1u << scale), w->data_edge)) {
        st->watch.edge_back = true;
        st->watch.edge = edge;
        st->watch.edge_before = w->data_edge;
        w->data_edge = edge;
    }
    raise_edge(&w->data_edge_seen, &w->data_edge, edge);
}

static void take_announcement(struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_half *h = st->half;
    const struct ms_half *p = st->peer_half;
    unsigned scale = scale_of(st, seg);
    uint32_t win = (uint32_t)seg->win << scale;
    uint64_t ack = 1;
    if (seg->flags & MS_TH_ACK)
        ack = model_extend32(seg->ack - p->isn, p->pos_hi);
    raise_edge(&h->watch.edge_seen, &h->watch.edge, ack + win);
    h->watch.win = win;
    h->watch.win_closed = h->watch.win_closed || win == 0;
    hold(&h->watch, ack, st->pos, win);
    announce(st->peer, widest(st));
    if (st->has_dack && !(seg->flags & MS_TH_SYN))
        compare_edge(st, win, scale);
}

/* Octets of the segment that its own mapping covers, as the DSN behind the last of them; 0: none. */
static uint64_t mapped_end(const struct ms_model_step *st, uint64_t octets)
{
    const struct ms_map *map = &st->map;
    if (!st->has_map || st->map_infinite || !map->ssn || !map->len)
        return 0;
    uint64_t end = st->pos - st->half->tfo + octets;
    if (end <= map->ssn)
        return 0;
    uint64_t n = end - map->ssn;
    return map->dsn + (n < map->len ? n : map->len);
}

static void compare_data(struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_half_watch *of_peer = &st->peer_half->watch;
    const struct ms_side_watch *own = &st->side->watch;
    uint64_t octets = seg->payload_len + seg->missing, end = st->pos + octets;
    /* One octet may probe a closed window (RFC 9293 3.8.6.1). */
    if (octets < 2 || (seg->flags & MS_TH_SYN))
        return;
    if (of_peer->edge_seen && end > of_peer->edge) {
        st->watch.beyond_flow = true;
        st->watch.edge = of_peer->edge;
        st->watch.beyond = end;
    }
    uint64_t dsn = mapped_end(st, octets);
    if (dsn && own->edge_seen && ms_dsn_lt(own->edge, dsn)) {
        st->watch.beyond_conn = true;
        st->watch.data_edge = own->edge;
        st->watch.data_beyond = dsn;
        st->watch.data_held = own->edge_held;
    }
}

void model_watch_window(struct ms_model_step *st, const struct ms_seg *seg)
{
    if (!st->half->syn_seen || (seg->flags & MS_TH_RST) ||
        (st->flow->kind != MS_FLOW_CAPABLE && st->flow->kind != MS_FLOW_JOIN))
        return;
    if (st->peer_half->syn_seen || !(seg->flags & MS_TH_ACK))
        take_announcement(st, seg);
    compare_data(st, seg);
}
