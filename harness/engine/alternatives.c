/* SPDX-License-Identifier: MIT */
/* Alternatives and expectations in any order. */
#include "engine/engine_int.h"

static enum go either_nothing(struct engine *e, const struct ms_step *s)
{
    struct ms_buf b = {0};
    const struct ms_requirement **failed = NULL;
    size_t n = 0, cap = 0;
    struct rx *ended = NULL;
    for (size_t i = 0; i < s->n_blocks; i++) {
        struct attempt t;
        try_step(e, &s->block[i].step[0], false, true, &t);
        if (t.state == TRY_FAILED && t.rx)
            ended = t.rx;
        ms_buf_printf(&b, "alternative %zu: %s", i + 1, t.text ? t.text : "\n");
        for (size_t k = 0; k < t.n_failed; k++) {
            bool known = false;
            for (size_t q = 0; q < n; q++)
                known |= failed[q] == t.failed[k];
            if (known)
                continue;
            failed = ms_arena_grow(e->a, failed, &cap, n, sizeof *failed);
            failed[n++] = t.failed[k];
        }
    }
    uint32_t packet = ended ? ended->ev->packet : 0;
    if (ended)
        ended->consumed = true; /* it is accounted for */
    enum go go = step_failed(e, s, failed, n, packet, b.data ? b.data : "");
    ms_buf_free(&b);
    return go;
}

static enum go silence_branch(struct engine *e, const struct ms_step *s, size_t i)
{
    const struct ms_step *outer = e->either;
    size_t outer_skip = e->either_skip;
    e->either = s;
    e->either_skip = i;
    enum go go = run_step(e, &s->block[i].step[0]);
    e->either = outer;
    e->either_skip = outer_skip;
    if (go == GO_SWITCH)
        return run_block(e, &s->block[e->either_won], 0);
    return go == GO_ON ? run_block(e, &s->block[i], 1) : go;
}

enum go either_step(struct engine *e, const struct ms_step *s)
{
    uint64_t until = deadline(e, 0);
    for (;;) {
        size_t hopeless = 0, silence = s->n_blocks;
        loop_drain(e);
        if (e->stopped || e->broken)
            return GO_STOP;
        for (size_t i = 0; i < s->n_blocks; i++) {
            struct attempt t;
            const struct ms_step *first = &s->block[i].step[0];
            if (first->kind == MS_STEP_EXPECT_NO) {
                silence = i;
                continue;
            }
            try_step(e, first, false, false, &t);
            if (t.state == TRY_MET)
                return run_block(e, &s->block[i], 0);
            hopeless += t.state == TRY_FAILED;
        }
        if (silence < s->n_blocks)
            return silence_branch(e, s, silence);
        if (hopeless == s->n_blocks || !loop_wait_poll(e, until, 5))
            return e->stopped ? GO_STOP : either_nothing(e, s);
    }
}

enum go all_step(struct engine *e, const struct ms_step *s)
{
    const struct ms_block *b = &s->block[0];
    bool *done = ms_arena_alloc(e->a, b->n + 1);
    uint64_t until = deadline(e, 0);
    size_t left = b->n;
    /* Expectations in any order must not hide segments from each other: each looks from the common start. */
    size_t *start = ms_arena_alloc(e->a, (e->n_flow + 1) * sizeof *start);
    size_t n_flow = e->n_flow;
    for (size_t i = 0; i < n_flow; i++)
        start[i] = e->flow[i]->cursor;
    for (bool last = false; left;) {
        loop_drain(e);
        if (e->stopped || e->broken)
            return GO_STOP;
        for (size_t i = 0; i < b->n; i++) {
            struct attempt t;
            if (done[i])
                continue;
            for (size_t k = 0; k < n_flow; k++)
                e->flow[k]->cursor = start[k];
            e->step = &b->step[i];
            try_step(e, &b->step[i], false, last, &t);
            if (t.state == TRY_MET) {
                try_step(e, &b->step[i], true, false, &t);
                step_ok(e, &b->step[i], t.rx ? t.rx->ev->packet : 0);
                done[i] = true;
                left--;
            } else if (last) {
                if (step_failed(e, &b->step[i], t.failed, t.n_failed, t.rx ? t.rx->ev->packet : 0,
                                t.text) != GO_ON)
                    return GO_STOP;
                done[i] = true;
                left--;
            }
        }
        if (left && !last && !loop_wait_poll(e, until, 5)) {
            if (e->stopped)
                return GO_STOP;
            last = true;
        }
    }
    for (size_t k = 0; k < e->n_flow; k++)
        e->flow[k]->cursor = e->flow[k]->n_rx;
    return GO_ON;
}
