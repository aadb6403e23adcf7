/* SPDX-License-Identifier: MIT */
/* What must not come: shown by a control that is answered, or guarded against from some point on. */
#include "engine/engine_int.h"

/* Where each subflow stood when the silence began; what came later concerns it. */
struct since {
    size_t n; /* subflows that there were */
    const size_t *cursor;
    size_t strays;
};

static enum go came(struct engine *e, const struct ms_step *s, struct rx *r)
{
    struct ms_buf b = {0};
    struct attempt t = {0};
    ms_buf_printf(&b, "expected: %s\ncame nevertheless:\n", s->text ? s->text : "");
    describe_rx(r, &b);
    ms_step_tags(s, e->a, &t.failed, &t.n_failed);
    r->consumed = true;
    enum go go = step_failed(e, s, t.failed, t.n_failed, r->ev->packet, b.data);
    ms_buf_free(&b);
    return go;
}

static enum go silence_judge(struct engine *e, const struct ms_step *s, const struct since *since)
{
    bool join = false;
    struct flow *subject = flow_find(e, s->subject);
    if ((!subject || !subject->bound) && wants_syn(s->seg, &join))
        subject = flow_from_stray(e, s->subject, join, since->strays);
    for (size_t k = 0; subject && k < e->n_flow; k++) {
        struct flow *f = e->flow[k];
        if (f != subject && !(s->seg->on_any && f->conn == subject->conn))
            continue;
        for (size_t i = k < since->n ? since->cursor[k] : 0; i < f->n_rx; i++) {
            struct ms_matching m = {0};
            if (f->rx[i]->consumed)
                continue;
            match_seg(e, f->rx[i], s->seg, &m);
            if (m.all)
                return came(e, s, f->rx[i]);
        }
    }
    return GO_ON;
}

enum go expect_no_step(struct engine *e, const struct ms_step *s)
{
    size_t *cursor = ms_arena_alloc(e->a, (e->n_flow + 1) * sizeof *cursor);
    struct since since = {.n = e->n_flow, .cursor = cursor, .strays = e->n_stray};
    for (size_t i = 0; i < e->n_flow; i++)
        cursor[i] = e->flow[i]->cursor;
    e->control++;
    enum go go = run_block(e, &s->block[0], 0);
    e->control--;
    if (go == GO_SWITCH || e->broken)
        return go;
    loop_drain(e);
    enum go verdict = silence_judge(e, s, &since);
    if (verdict == GO_ON && go == GO_ON)
        step_ok(e, s, 0);
    return go == GO_ON ? verdict : go;
}

/* The expectation must be met before the control is answered: a bound that is no clock. */
enum go before_step(struct engine *e, const struct ms_step *s)
{
    struct flow *f = flow_find(e, s->subject);
    size_t cursor = f ? f->cursor : 0;
    struct ms_step only = *s;
    only.n_blocks = 0;
    struct ms_block first = {.n = 1, .step = &only};
    struct ms_step watch = {.kind = MS_STEP_EITHER, .n_blocks = 1, .block = &first};
    const struct ms_step *outer = e->either;
    size_t outer_skip = e->either_skip;
    e->either = &watch;
    e->either_skip = watch.n_blocks;
    e->control++;
    loop_drain(e);
    enum go go = alternative_met(e) ? GO_SWITCH : run_block(e, &s->block[0], 0);
    e->control--;
    if (go == GO_ON) {
        loop_drain(e);
        go = alternative_met(e) ? GO_SWITCH : GO_ON;
    }
    e->either = outer;
    e->either_skip = outer_skip;
    if (go == GO_STOP || e->broken)
        return GO_STOP;
    if (go == GO_ON && f) /* to explain: what came since the stimulus of the expectation itself */
        f->cursor = cursor;
    struct attempt t;
    try_step(e, &only, true, true, &t);
    if (t.state == TRY_MET) {
        step_ok(e, s, t.rx ? t.rx->ev->packet : 0);
        return GO_ON;
    }
    if (f)
        f->cursor = f->n_rx;
    return step_failed(e, s, t.failed, t.n_failed, t.rx ? t.rx->ev->packet : 0, t.text);
}

/* What was sent before the guard began may be sent again, as it was. */
static bool sent_before(struct engine *e, const struct guard *g, const struct rx *r)
{
    struct ms_matching m = {0};
    struct rx *first = r->repeated ? first_copy(r->flow, r->seg) : NULL;
    if (!first || first->ev->index >= g->since)
        return false;
    match_seg(e, first, g->step->seg, &m);
    return m.all;
}

static void guards(struct engine *e, struct rx *r, bool stray)
{
    for (size_t i = 0; i < e->n_guard; i++) {
        const struct guard *g = &e->guard[i];
        struct ms_matching m = {0};
        /* A handle that was never opened stands for what the IUT might open. */
        if (g->flow && (stray ? g->flow->bound : g->flow != r->flow))
            continue;
        match_seg(e, r, g->step->seg, &m);
        if (!m.all || sent_before(e, g, r))
            continue;
        struct ms_buf b = {0};
        struct attempt t = {0};
        ms_buf_printf(&b, "guard: %s\ncame nevertheless:\n", g->step->text ? g->step->text : "");
        describe_rx(r, &b);
        ms_step_tags(g->step, e->a, &t.failed, &t.n_failed);
        unsigned control = e->control;
        e->control = 0; /* a guard judges wherever it strikes */
        step_failed(e, g->step, t.failed, t.n_failed, r->ev->packet, b.data);
        e->control = control;
        ms_buf_free(&b);
        return;
    }
}

void guard_check(struct engine *e, struct rx *r)
{
    guards(e, r, false);
}

void guard_check_stray(struct engine *e, struct rx *r)
{
    const struct ms_opt *j = ms_seg_mp(r->seg, MPTCP_SUB_JOIN);
    struct flow nobody = {.name = "", .conn = e->n_conn ? e->conn[0] : NULL};
    for (size_t k = 0; j && k < e->n_conn; k++)
        if (e->conn[k]->token == j->mp.token)
            nobody.conn = e->conn[k];
    if (!nobody.conn)
        return;
    r->flow = &nobody;
    guards(e, r, true);
    r->flow = NULL;
}

/*
 * RFC 9293 3.10.7.1: who is rid of a connection answers by RST. An IUT that had repeated its FIN is rid of it with the first
 * ACK of it, and the tester sends a second one.
 */
static bool answers_last_ack(const struct flow *f, size_t i)
{
    const struct ms_seg *rst = f->rx[i]->seg;
    if (!f->fin_sent || !f->fin_rcvd || f->snd_una != f->snd_nxt || (rst->flags & MS_TH_ACK) ||
        rst->seq != f->rcv_nxt)
        return false;
    for (size_t k = 0; k < i; k++)
        if (f->rx[k]->repeated && (f->rx[k]->seg->flags & MS_TH_FIN))
            return true;
    return false;
}

/* A reset that the case neither asked for nor took is no pass. */
void leftovers(struct engine *e)
{
    for (size_t k = 0; k < e->n_flow; k++) {
        struct flow *f = e->flow[k];
        for (size_t i = 0; i < f->n_rx && !f->rst_sent && !f->rst_missed; i++) {
            struct rx *r = f->rx[i];
            if (r->consumed || r->repeated || !(r->seg->flags & MS_TH_RST) ||
                answers_last_ack(f, i))
                continue;
            struct ms_buf b = {0};
            ms_buf_printf(&b, "subflow %s was reset, which the case does not account for:\n",
                          f->name);
            describe_rx(r, &b);
            reason_add(e, MS_INCONC, "", NULL, NULL, r->ev->packet, b.data);
            ms_buf_free(&b);
        }
    }
}
