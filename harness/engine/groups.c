/* SPDX-License-Identifier: MIT */
/*
 * Step groups: what repeats in cases. handshake opens a connection, join a further subflow, close ends it by
 * DATA_FIN and FINs, abort by MP_FASTCLOSE. Who sends the first SYN follows from the IUT's role.
 */
#include "engine/engine_int.h"

#include <string.h>

/* ---- waiting inside a group: a preamble, so a failure is inconc ---- */

typedef bool wanted(struct engine *e, const struct rx *r);

static enum go failed(struct engine *e, const struct ms_step *s, const struct flow *f,
                      const char *what)
{
    struct ms_buf b = {0};
    ms_buf_printf(&b, "%s: %s did not come\n", s->text ? s->text : s->name, what);
    for (size_t i = f ? f->cursor : 0; f && i < f->n_rx; i++) {
        ms_buf_printf(&b, "  came: packet %u: ", f->rx[i]->ev->packet);
        ms_seg_text(f->rx[i]->seg, f->peer_isn, f->isn, &b);
        ms_buf_puts(&b, "\n");
    }
    enum go go = step_failed(e, s, NULL, 0, 0, b.data);
    ms_buf_free(&b);
    return go;
}

static struct rx *wait_for(struct engine *e, struct flow *f, wanted *ok, bool *reset)
{
    uint64_t until = deadline(e, 0);
    for (;;) {
        loop_drain(e);
        for (size_t i = f->cursor; i < f->n_rx; i++) {
            struct rx *r = f->rx[i];
            if (r->consumed)
                continue;
            if (ok(e, r)) {
                r->consumed = true;
                f->cursor = i + 1;
                f->answered = true;
                return r;
            }
            if (r->seg->flags & MS_TH_RST) {
                *reset = true;
                return NULL;
            }
        }
        if (e->stopped || !loop_wait(e, until))
            return NULL;
    }
}

static bool is_capable_synack(struct engine *e, const struct rx *r)
{
    const struct ms_opt *o = ms_seg_mp(r->seg, MPTCP_SUB_CAPABLE);
    (void)e;
    return (r->seg->flags & (MS_TH_SYN | MS_TH_ACK)) == (MS_TH_SYN | MS_TH_ACK) && o &&
           o->mp.form == MS_FORM_CAPABLE;
}
static bool is_synack(struct engine *e, const struct rx *r)
{
    (void)e;
    return (r->seg->flags & (MS_TH_SYN | MS_TH_ACK)) == (MS_TH_SYN | MS_TH_ACK);
}
static bool hmac_right(struct engine *e, const struct rx *r, const struct ms_opt *o)
{
    struct ms_opt want;
    prescribe_rx(e, r, o, &want);
    return memcmp(want.mp.hmac, o->mp.hmac, o->mp.hmac_len) == 0;
}
static bool is_join_synack(struct engine *e, const struct rx *r)
{
    const struct ms_opt *o = ms_seg_mp(r->seg, MPTCP_SUB_JOIN);
    return is_synack(e, r) && o && o->mp.form == MS_FORM_JOIN_SYNACK && hmac_right(e, r, o);
}
static bool is_join_ack(struct engine *e, const struct rx *r)
{
    const struct ms_opt *o = ms_seg_mp(r->seg, MPTCP_SUB_JOIN);
    return !(r->seg->flags & MS_TH_SYN) && o && o->mp.form == MS_FORM_JOIN_ACK &&
           hmac_right(e, r, o);
}
static bool is_ack(struct engine *e, const struct rx *r)
{
    (void)e;
    return (r->seg->flags & (MS_TH_SYN | MS_TH_ACK | MS_TH_RST)) == MS_TH_ACK;
}
static bool is_capable_ack(struct engine *e, const struct rx *r)
{
    const struct ms_opt *o = ms_seg_mp(r->seg, MPTCP_SUB_CAPABLE);
    return is_ack(e, r) && o && o->mp.form == MS_FORM_CAPABLE && o->mp.keys == 2;
}

static struct flow *wait_stray(struct engine *e, const char *name, bool join)
{
    uint64_t until = deadline(e, 0);
    for (;;) {
        loop_drain(e);
        struct flow *f = flow_from_stray(e, name, join, 0);
        if (f || e->stopped || !loop_wait(e, until))
            return f;
    }
}

/* ---- handshake ---- */

static size_t syn_options(const struct ms_step *s, const char *first, const char *out[4])
{
    size_t n = 0;
    if (ms_arg_flag(s->arg, s->n_args, "sack"))
        out[n++] = "sack_ok";
    if (ms_arg_flag(s->arg, s->n_args, "ts"))
        out[n++] = "ts";
    if (first)
        out[n++] = first;
    return n;
}

static enum go handshake_open(struct engine *e, const struct ms_step *s)
{
    const char *opts[4];
    uint64_t data = 0;
    bool reset = false, plain = ms_arg_flag(s->arg, s->n_args, "plain");
    struct flow *f = flow_open(e, s->subject, s->arg, s->n_args, false);
    if (!f)
        return GO_STOP;
    size_t n = syn_options(s, plain ? NULL : "mp_capable", opts);
    stimulus(e, f);
    tx_simple(e, f, MS_TH_SYN, opts, n, 0, false);
    if (!wait_for(e, f, plain ? is_synack : is_capable_synack, &reset))
        return e->broken ? GO_STOP : failed(e, s, f, plain ? "SYN+ACK" : "SYN+ACK with MP_CAPABLE");
    if (ms_arg_flag(s->arg, s->n_args, "no_ack"))
        return GO_ON;
    stimulus(e, f);
    const char *capable = "mp_capable";
    arg_num(e, s->arg, s->n_args, "data", &data);
    tx_simple(e, f, data ? MS_TH_ACK | MS_TH_PSH : MS_TH_ACK, &capable, plain ? 0 : 1, (size_t)data,
              false);
    return GO_ON;
}

static bool unclaimed_connect(const struct engine *e)
{
    for (size_t i = 0; i < e->n_app; i++)
        if (!e->app[i]->taken)
            return true;
    return false;
}

static bool connect_default(struct engine *e)
{
    struct ms_verb v = {.kind = MS_VERB_CONNECT, .port = e->seat.port, .path = -1};
    struct app *a = app_new(e, ++e->connects);
    v.name = a->name;
    topo_addr(e, "t1", &v.addr, NULL);
    return verb_start(e, &v, a, "connect");
}

static enum go handshake_accept(struct engine *e, const struct ms_step *s)
{
    const char *opts[4];
    bool reset = false;
    if (!unclaimed_connect(e) && !connect_default(e))
        return GO_STOP;
    struct flow *f = wait_stray(e, s->subject, false);
    if (!f)
        return e->broken ? GO_STOP : failed(e, s, NULL, "SYN of the IUT");
    if (!ms_seg_mp(f->rx[0]->seg, MPTCP_SUB_CAPABLE))
        return failed(e, s, f, "MP_CAPABLE on the SYN");
    conn_args(e, f, s->arg, s->n_args);
    f->conn->csum |= f->conn->want_csum;
    f->cursor = f->n_rx;
    size_t n = syn_options(s, "mp_capable", opts);
    stimulus(e, f);
    tx_simple(e, f, MS_TH_SYN | MS_TH_ACK, opts, n, 0, false);
    if (!wait_for(e, f, is_capable_ack, &reset))
        return e->broken ? GO_STOP : failed(e, s, f, "third packet with MP_CAPABLE");
    f->established = true;
    return GO_ON;
}

static enum go handshake(struct engine *e, const struct ms_step *s)
{
    return e->c->role == MS_ROLE_LISTENER ? handshake_open(e, s) : handshake_accept(e, s);
}

/* ---- join ---- */

static enum go join_open(struct engine *e, const struct ms_step *s)
{
    bool reset = false;
    const char *join = "mp_join";
    struct flow *f = flow_open(e, s->subject, s->arg, s->n_args, true);
    if (!f)
        return GO_STOP;
    stimulus(e, f);
    tx_simple(e, f, MS_TH_SYN, &join, 1, 0, false);
    if (!wait_for(e, f, is_join_synack, &reset))
        return e->broken ? GO_STOP : failed(e, s, f, "SYN+ACK with a right MP_JOIN");
    stimulus(e, f);
    tx_simple(e, f, MS_TH_ACK, &join, 1, 0, false);
    if (!wait_for(e, f, is_ack, &reset))
        return e->broken ? GO_STOP : failed(e, s, f, "ACK of the third packet");
    return GO_ON;
}

static enum go join_accept(struct engine *e, const struct ms_step *s)
{
    bool reset = false;
    const char *join = "mp_join";
    struct flow *f = wait_stray(e, s->subject, true);
    if (!f)
        return e->broken ? GO_STOP : failed(e, s, NULL, "SYN with MP_JOIN of the IUT");
    conn_args(e, f, s->arg, s->n_args);
    f->cursor = f->n_rx;
    stimulus(e, f);
    tx_simple(e, f, MS_TH_SYN | MS_TH_ACK, &join, 1, 0, false);
    if (!wait_for(e, f, is_join_ack, &reset))
        return e->broken ? GO_STOP : failed(e, s, f, "third packet with a right MP_JOIN");
    f->established = true;
    if (ms_arg_flag(s->arg, s->n_args, "no_fourth"))
        return GO_ON;
    stimulus(e, f);
    tx_plain(e, f, MS_TH_ACK, false);
    return GO_ON;
}

static enum go join(struct engine *e, const struct ms_step *s)
{
    bool iut_opens = e->c->role == MS_ROLE_INITIATOR;
    if (ms_arg_flag(s->arg, s->n_args, "by_iut"))
        iut_opens = true;
    if (ms_arg_flag(s->arg, s->n_args, "by_tester"))
        iut_opens = false;
    return iut_opens ? join_accept(e, s) : join_open(e, s);
}

/* ---- close and abort ---- */

static bool until(struct engine *e, const struct conn *c,
                  bool (*done)(const struct engine *, const struct conn *))
{
    uint64_t limit = deadline(e, 0);
    for (;;) {
        loop_drain(e);
        if (done(e, c))
            return true;
        if (e->stopped || !loop_wait(e, limit))
            return false;
    }
}
static bool data_acked(const struct engine *e, const struct conn *c)
{
    (void)e;
    return c->dsn_una == c->dsn_nxt;
}
static bool peer_finished(const struct engine *e, const struct conn *c)
{
    (void)e;
    return c->data_fin_rcvd && ms_dsn_lt(c->data_fin_dsn, c->data_rcv_nxt);
}
static bool subflows_closed(const struct engine *e, const struct conn *c)
{
    for (size_t i = 0; i < e->n_flow; i++) {
        const struct flow *f = e->flow[i];
        if (f->conn == c && f->established && !f->rst_rcvd && !f->rst_sent &&
            !(f->fin_rcvd && f->fin_sent && f->snd_una == f->snd_nxt))
            return false;
    }
    return true;
}

static enum go close_group(struct engine *e, const struct ms_step *s)
{
    struct flow *f = flow_find(e, s->subject);
    struct conn *c = f->conn;
    if (!c->data_fin_sent) {
        struct ms_arg fin = {.name = "fin"};
        struct ms_optspec os = {.name = ms_option_name_find("dss"), .arg = &fin, .n_args = 1};
        const struct ms_field *field = ms_field_find("dss", "fin");
        os.field = &field;
        struct ms_segspec spec = {.has_flags = true, .flags = MS_TH_ACK, .opt = &os, .n_opts = 1};
        if (tx_spec(e, f, &spec, false) == GO_STOP)
            return GO_STOP;
    }
    if (!until(e, c, data_acked))
        return failed(e, s, f, "Data ACK of the DATA_FIN");
    if (!c->data_fin_rcvd && c->app && !c->app->closed && !e->c->service) {
        struct ms_verb v = {.kind = MS_VERB_CLOSE, .name = c->app->name, .path = -1};
        c->app->closed = true;
        if (!verb_left_out(e, "close", NULL, 0, "close") && !verb_start(e, &v, c->app, "close"))
            return GO_STOP;
    }
    if (!until(e, c, peer_finished))
        return failed(e, s, f, "DATA_FIN of the IUT");
    for (size_t i = 0; i < e->n_flow; i++) {
        struct flow *x = e->flow[i];
        if (x->conn == c && x->established && !x->fin_sent && !x->rst_rcvd && !x->rst_sent)
            tx_plain(e, x, MS_TH_FIN | MS_TH_ACK, false);
    }
    return until(e, c, subflows_closed) ? GO_ON : failed(e, s, f, "FIN of each subflow");
}

static enum go abort_group(struct engine *e, const struct ms_step *s)
{
    struct flow *f = flow_find(e, s->subject);
    const char *fastclose = "mp_fastclose";
    stimulus(e, f);
    tx_simple(e, f, MS_TH_RST | MS_TH_ACK, &fastclose, 1, 0, false);
    return GO_ON;
}

static const struct {
    const char *name;
    bool opens;
    enum go (*run)(struct engine *e, const struct ms_step *s);
} groups[] = {{"handshake", true, handshake},
              {"join", true, join},
              {"close", false, close_group},
              {"abort", false, abort_group}};

enum go group_step(struct engine *e, const struct ms_step *s)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(groups); i++) {
        if (strcmp(groups[i].name, s->name) != 0)
            continue;
        struct flow *f = flow_find(e, s->subject);
        if (!groups[i].opens && (!f || !f->conn || !f->bound)) {
            broken(e, "'%s' was never opened", s->subject);
            return GO_STOP;
        }
        enum go go = groups[i].run(e, s);
        loop_drain(e);
        return e->stopped ? GO_STOP : go;
    }
    broken(e, "'%s' is no step group", s->name);
    return GO_STOP;
}
