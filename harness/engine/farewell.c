/* SPDX-License-Identifier: MIT */
/*
 * The end of a case whose IUT lives on: a server that is left with half a connection would keep it for hours, and one that
 * serves one client at a time would serve nobody else.
 */
#include "engine/engine_int.h"

#include <poll.h>
#include <string.h>

static void on_wire(void *ctx, unsigned path, enum ms_dir dir, const uint8_t *frame, size_t len)
{
    struct engine *e = ctx;
    if (dir == MS_DIR_TX)
        ms_link_send(e->link[path], frame, len,
                     NULL); /* whatever becomes of it: the verdict stands */
}

/* RFC 9293 3.10.7.4: a RST counts at exactly the number that is expected next, which is one of two here. */
static void reset_at(struct engine *e, const struct flow *f, uint32_t seq, bool fastclose)
{
    struct ms_opt opt = {.kind = MS_TCPOPT_MPTCP,
                         .mp = {.form = MS_FORM_FASTCLOSE,
                                .subtype = MPTCP_SUB_FASTCLOSE,
                                .receiver_key = f->conn->peer_key}};
    struct ms_seg g = {.family = f->own.family,
                       .src = f->own,
                       .dst = f->peer,
                       .sport = f->sport,
                       .dport = f->dport,
                       .seq = seq,
                       .ack = f->rcv_nxt,
                       .flags = f->have_peer_isn ? MS_TH_RST | MS_TH_ACK : MS_TH_RST,
                       .opt = &opt};
    uint8_t frame[256];
    size_t len;
    memcpy(g.eth_dst, e->seat.net.path[f->path].iut_mac, 6);
    memcpy(g.eth_src, e->seat.net.path[f->path].tester_mac, 6);
    g.n_opt = fastclose && ms_opt_build(&opt) == MS_OK;
    if (ms_seg_encode(&g, frame, sizeof frame, &len) != MS_OK)
        return;
    /* The middleboxes of the case stand there still: one may have given the numbers another start. */
    if (e->boxes.row)
        ms_chain_frame(e->boxes.row, f->path, MS_DIR_TX, ms_now_ns(), frame, len, on_wire, e);
    else
        on_wire(e, f->path, MS_DIR_TX, frame, len);
}

static bool is_open(const struct flow *f)
{
    bool closed = f->fin_sent && f->fin_rcvd && f->snd_una == f->snd_nxt;
    /* A RST of the case may have been a wrong one. */
    return f->bound && f->conn && (f->snd_nxt != f->isn || f->have_peer_isn) && !f->rst_rcvd &&
           !closed;
}

/* What a limit of rate kept back goes out. */
static void let_go(struct engine *e)
{
    for (unsigned p = 0; p < e->seat.net.n_paths; p++)
        while (e->link[p] && ms_link_done(e->link[p])) {
            uint64_t due = ms_link_due(e->link[p]), now = ms_now_ns();
            if (due > now)
                poll(NULL, 0, (int)((due - now + 999999) / 1000000));
            if (ms_link_flush(e->link[p], NULL) != MS_OK)
                return;
        }
}

void farewell(struct engine *e)
{
    if (!e->seat.lasting)
        return;
    for (unsigned p = 0; p < e->seat.net.n_paths; p++) {
        if (!e->link[p])
            return; /* the case never began */
        ms_link_cut(e->link[p], false);
    }
    for (size_t i = 0; i < e->n_flow; i++) {
        const struct flow *f = e->flow[i];
        if (!is_open(f))
            continue;
        const struct conn *c = f->conn;
        bool fastclose = c->mptcp && c->have_peer_key && !f->fell_back && f->have_peer_isn;
        reset_at(e, f, f->snd_nxt, fastclose);
        if (f->snd_una != f->snd_nxt)
            reset_at(e, f, f->snd_una, fastclose);
        if (f->snd_max != f->snd_nxt)
            reset_at(e, f, f->snd_max, fastclose);
    }
    let_go(e);
}
