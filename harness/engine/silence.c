/* SPDX-License-Identifier: MIT */
/* What must not come: shown by a control that is answered, or guarded against from some point on. */
#include "engine/engine_int.h"

static enum go silence_judge(struct engine *e, const struct ms_step *s, const size_t *floor,
                             size_t n)
{
    struct flow *subject = flow_find(e, s->subject);
    for (size_t k = 0; k < n && k < e->n_flow; k++) {
        struct flow *f = e->flow[k];
        if (f != subject && !(s->seg->on_any && subject && f->conn == subject->conn))
            continue;
        for (size_t i = floor[k]; i < f->n_rx; i++) {
            struct matching m = {0};
            struct rx *r = f->rx[i];
            if (r->consumed)
                continue;
            match_seg(e, r, s->seg, &m);
            if (!m.all)
                continue;
            struct ms_buf b = {0};
            struct attempt t = {0};
            ms_buf_printf(&b, "expected: %s\ncame nevertheless:\n", s->text ? s->text : "");
            describe_rx(r, &b);
            tags_of(s, e->a, &t.failed, &t.n_failed);
            r->consumed = true;
            enum go go = step_failed(e, s, t.failed, t.n_failed, r->ev->packet, b.data);
            ms_buf_free(&b);
            return go;
        }
    }
    return GO_ON;
}

enum go expect_no_step(struct engine *e, const struct ms_step *s)
{
    size_t n = e->n_flow;
    size_t *floor = ms_arena_alloc(e->a, (n + 1) * sizeof *floor);
    for (size_t i = 0; i < n; i++)
        floor[i] = e->flow[i]->cursor;
    e->control++;
    enum go go = run_block(e, &s->block[0], 0);
    e->control--;
    if (go == GO_SWITCH || e->broken)
        return go;
    loop_drain(e);
    enum go verdict = silence_judge(e, s, floor, n);
    if (verdict == GO_ON && go == GO_ON)
        step_ok(e, s, 0);
    return go == GO_ON ? verdict : go;
}

void guard_check(struct engine *e, struct rx *r)
{
    for (size_t i = 0; i < e->n_guard; i++) {
        const struct guard *g = &e->guard[i];
        struct matching m = {0};
        if (g->flow && g->flow != r->flow)
            continue;
        match_seg(e, r, g->step->seg, &m);
        if (!m.all)
            continue;
        struct ms_buf b = {0};
        struct attempt t = {0};
        ms_buf_printf(&b, "guard: %s\ncame nevertheless:\n", g->step->text ? g->step->text : "");
        describe_rx(r, &b);
        tags_of(g->step, e->a, &t.failed, &t.n_failed);
        unsigned control = e->control;
        e->control = 0; /* a guard judges wherever it strikes */
        step_failed(e, g->step, t.failed, t.n_failed, r->ev->packet, b.data);
        e->control = control;
        ms_buf_free(&b);
        return;
    }
}

/* A reset that the case neither asked for nor took is no pass. */
void leftovers(struct engine *e)
{
    for (size_t k = 0; k < e->n_flow; k++) {
        struct flow *f = e->flow[k];
        for (size_t i = 0; i < f->n_rx && !f->rst_sent; i++) {
            struct rx *r = f->rx[i];
            if (r->consumed || r->repeated || !(r->seg->flags & MS_TH_RST))
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
