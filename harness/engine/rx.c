/* SPDX-License-Identifier: MIT */
/* Segments that reach the tester: to their subflow; its automatic answers. */
#include "engine/engine_int.h"

#include <string.h>

static void stray_add(struct engine *e, struct rx *r)
{
    e->stray = ms_arena_grow(e->a, e->stray, &e->cap_stray, e->n_stray, sizeof *e->stray);
    e->stray[e->n_stray++] = r;
}

static void flow_take(struct engine *e, struct flow *f, struct rx *r)
{
    r->flow = f;
    r->ev->handle = f->name;
    f->rx = ms_arena_grow(e->a, f->rx, &f->cap_rx, f->n_rx, sizeof *f->rx);
    f->rx[f->n_rx++] = r;
    model_receive(e, f, r);
    guard_check(e, r);
}

/* A SYN on the 4-tuple of a subflow that has ended is another subflow: the IUT may take the same port again. */
static bool opens_anew(const struct flow *f, const struct ms_seg *g)
{
    bool ended = f->rst_sent || f->rst_rcvd || (f->fin_sent && f->fin_rcvd);
    return (g->flags & (MS_TH_SYN | MS_TH_ACK)) == MS_TH_SYN && ended && f->have_peer_isn &&
           g->seq != f->peer_isn;
}

void rx_segment(struct engine *e, unsigned path, struct ms_event *ev)
{
    struct rx *r = ms_arena_alloc(e->a, sizeof *r);
    r->seg = ev->seg;
    r->ev = ev;
    r->path = path;
    struct flow *f = flow_by_tuple(e, ev->seg);
    if (f && opens_anew(f, ev->seg))
        f = NULL;
    if (!f) {
        stray_add(e, r);
        guard_check_stray(e, r);
        return;
    }
    flow_take(e, f, r);
}

/* Binds a handle to the 4-tuple of a SYN that the IUT sent on its own, and takes the SYN. */
void rx_bind(struct engine *e, struct flow *f, struct rx *r)
{
    const struct ms_seg *g = r->seg;
    flow_bind(f, &g->dst, &g->src, g->dport, g->sport, r->path);
    flow_own_numbers(e, f);
    flow_take(e, f, r);
    /* Repetitions that came while nobody had taken the handle. */
    for (size_t i = 0; i < e->n_stray; i++) {
        struct rx *o = e->stray[i];
        if (o != r && !o->flow && flow_by_tuple(e, o->seg) == f)
            flow_take(e, f, o);
    }
}

static void auto_echo(struct engine *e, struct flow *f, const struct ms_seg *g)
{
    const struct ms_opt *o = ms_seg_mp(g, MPTCP_SUB_ADD_ADDR);
    if (!f->auto_echo || !o || o->mp.form != MS_FORM_ADD_ADDR || o->mp.echo)
        return;
    struct ms_option_name const *name = ms_option_name_find("add_addr");
    struct ms_arg echo = {.name = "echo"};
    const struct ms_field *field = ms_field_find("add_addr", "echo");
    struct ms_optspec os = {.name = name, .arg = &echo, .n_args = 1, .field = &field};
    struct ms_segspec s = {.has_flags = true, .flags = MS_TH_ACK, .opt = &os, .n_opts = 1};
    size_t cursor = f->cursor;
    bool answered = f->answered;
    tx_spec(e, f, &s, false);
    f->cursor = cursor; /* the tester's own answer is no stimulus of the case */
    f->answered = answered;
}

void rx_react(struct engine *e, struct flow *f, const struct ms_seg *g, bool out_of_order)
{
    struct conn *c = f->conn;
    if (g->flags & (MS_TH_SYN | MS_TH_RST) || f->rst_sent || !f->bound || !f->established)
        return;
    bool fin = g->flags & MS_TH_FIN;
    bool data_fin = false;
    e->reacting = true; /* what comes meanwhile waits its turn */
    for (size_t i = 0; i < g->n_opt; i++)
        if (g->opt[i].kind == MS_TCPOPT_MPTCP && g->opt[i].mp.form == MS_FORM_DSS &&
            g->opt[i].mp.dss_flags & MS_DSS_F)
            data_fin = true;
    /* A keepalive: no octet, or one, just below the next expected (RFC 9293 3.8.4). */
    bool keepalive = !fin && g->payload_len <= 1 && g->seq == f->rcv_nxt - 1;
    if (f->auto_ack &&
        (g->payload_len || fin || out_of_order || keepalive || (data_fin && !c->hold_dack)))
        tx_plain(e, f, MS_TH_ACK, true);
    auto_echo(e, f, g);
    if (f->auto_close && (fin || data_fin)) {
        if (!c->data_fin_sent && c->mptcp && !f->fell_back)
            tx_simple(e, f, MS_TH_ACK, (const char *const[]){"dss"}, 1, 0, true);
        if (fin && !f->fin_sent)
            tx_plain(e, f, MS_TH_FIN | MS_TH_ACK, true);
    }
    e->reacting = false;
}
