/* SPDX-License-Identifier: MIT */
/*
 * Expectations. An `expect` takes the first segment since its stimulus that matches. Segments passed over are
 * a mismatch by themselves only if they are RST, FIN, SYN or the loss of MPTCP; `strict` forbids all others.
 */
#include "engine/engine_int.h"

#include <stdio.h>
#include <string.h>

struct flows {
    struct flow *f[64];
    size_t n;
};

bool wants_syn(const struct ms_segspec *s, bool *join)
{
    *join = false;
    for (size_t i = 0; i < s->n_opts; i++)
        if (!s->opt[i].negated && s->opt[i].name->subtype == MPTCP_SUB_JOIN &&
            s->opt[i].name->kind == MS_TCPOPT_MPTCP)
            *join = true;
    return s->has_flags && (s->flags & (MS_TH_SYN | MS_TH_ACK)) == MS_TH_SYN;
}

static void flows_of(struct engine *e, const struct ms_step *s, struct flows *out)
{
    struct flow *f = flow_find(e, s->subject);
    out->n = 0;
    if (!f || !f->bound) {
        bool join = false;
        if (s->seg && wants_syn(s->seg, &join))
            f = flow_from_stray(e, s->subject, join, 0);
        if (!f || !f->bound)
            return;
    }
    if (!(s->seg && s->seg->on_any)) {
        out->f[out->n++] = f;
        return;
    }
    for (size_t i = 0; i < e->n_flow && out->n < MS_ARRAY_LEN(out->f); i++)
        if (e->flow[i]->conn == f->conn && e->flow[i]->bound)
            out->f[out->n++] = e->flow[i];
}

/* A segment that no pattern took and that ends the matter by itself. */
static const char *mismatch_of(const struct engine *e, const struct ms_step *s, const struct rx *r)
{
    const struct ms_seg *g = r->seg;
    if (r->repeated)
        return NULL;
    if (g->flags & MS_TH_RST)
        return "a RST";
    if (g->flags & MS_TH_FIN)
        return "a FIN";
    if (g->flags & MS_TH_SYN)
        return "a SYN";
    if (r->lost_mptcp)
        return "data without mapping (loss of MPTCP)";
    if (e->strict || (s->seg && s->seg->strict))
        return "a segment that strict forbids";
    return NULL;
}

void describe_rx(const struct rx *r, struct ms_buf *b)
{
    ms_buf_printf(b, "  packet %u: ", r->ev->packet);
    ms_seg_text(r->seg, r->flow->peer_isn, r->flow->isn, b);
    ms_buf_puts(b, "\n");
}

static void indent(struct ms_buf *out, const char *text)
{
    while (text && *text) {
        size_t n = strcspn(text, "\n");
        ms_buf_printf(out, "    %.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void all_tags(struct engine *e, const struct ms_step *s, struct attempt *t)
{
    /* Nothing fitting came: what was asked of the segment as a whole failed; without such tags, all of them. */
    if (s->seg && s->seg->tags.n) {
        t->failed = s->seg->tags.req;
        t->n_failed = s->seg->tags.n;
        return;
    }
    ms_step_tags(s, e->a, &t->failed, &t->n_failed);
}

/* The closest candidate among what was passed over explains the failure best. */
static void explain_nothing(struct engine *e, const struct ms_step *s, const struct flows *fl,
                            struct attempt *t)
{
    struct ms_buf b = {0};
    size_t best = 0;
    struct rx *closest = NULL;
    unsigned shown = 0;
    for (size_t k = 0; k < fl->n; k++)
        for (size_t i = fl->f[k]->cursor; i < fl->f[k]->n_rx; i++) {
            struct rx *r = fl->f[k]->rx[i];
            struct ms_matching m = {0};
            if (r->consumed)
                continue;
            match_seg(e, r, s->seg, &m);
            size_t score = m.fitting + (m.base ? 1 : 0);
            for (size_t o = 0; o < s->seg->n_opts;
                 o++) /* an option of the kind asked for, though wrong */
                for (size_t q = 0; q < r->seg->n_opt; q++)
                    score += r->seg->opt[q].kind == s->seg->opt[o].name->kind &&
                             s->seg->opt[o].name->subtype >= 0 &&
                             r->seg->opt[q].mp.subtype == s->seg->opt[o].name->subtype;
            if (!closest || score > best) {
                closest = r;
                best = score;
            }
        }
    ms_buf_printf(&b, "expected: %s\n", s->text ? s->text : "");
    if (!closest) {
        ms_buf_puts(&b, fl->n ? "came: no further segment\n" : "came: no such SYN\n");
        all_tags(e, s, t);
    } else {
        struct ms_buf why = {0};
        struct ms_matching m = {.why = &why};
        match_seg(e, closest, s->seg, &m);
        ms_buf_puts(&b, "closest candidate:\n");
        describe_rx(closest, &b);
        indent(&b, why.data);
        ms_buf_free(&why);
        t->rx = closest;
        if (m.base && m.n_failed) {
            t->failed = m.failed;
            t->n_failed = m.n_failed;
        } else {
            all_tags(e, s, t);
        }
        for (size_t k = 0; k < fl->n; k++)
            for (size_t i = fl->f[k]->cursor; i < fl->f[k]->n_rx && shown < 8; i++)
                if (fl->f[k]->rx[i] != closest && !fl->f[k]->rx[i]->consumed) {
                    if (!shown++)
                        ms_buf_puts(&b, "also passed over:\n");
                    describe_rx(fl->f[k]->rx[i], &b);
                }
    }
    t->text = ms_arena_strdup(e->a, b.data ? b.data : "");
    ms_buf_free(&b);
}

static void consume(struct flow *f, size_t i)
{
    f->rx[i]->consumed = true;
    f->cursor = i + 1;
    f->answered = true;
}

static void failed_on(struct engine *e, const struct ms_step *s, struct rx *r,
                      const struct ms_matching *m, const char *why, const char *lead,
                      struct attempt *t)
{
    struct ms_buf b = {0};
    t->state = TRY_FAILED;
    t->rx = r;
    if (m->base && m->n_failed) {
        t->failed = m->failed;
        t->n_failed = m->n_failed;
    } else {
        all_tags(e, s, t);
    }
    ms_buf_printf(&b, "expected: %s\n%s\n", s->text ? s->text : "", lead);
    describe_rx(r, &b);
    indent(&b, why);
    t->text = ms_arena_strdup(e->a, b.data);
    ms_buf_free(&b);
}

static void try_segment(struct engine *e, const struct ms_step *s, bool take, bool explain,
                        struct attempt *t)
{
    struct flows fl;
    flows_of(e, s, &fl);
    for (size_t k = 0; k < fl.n; k++) {
        struct flow *f = fl.f[k];
        for (size_t i = f->cursor; i < f->n_rx; i++) {
            struct rx *r = f->rx[i];
            struct ms_buf why = {0};
            struct ms_matching m = {.why = &why};
            if (r->consumed)
                continue;
            match_seg(e, r, s->seg, &m);
            const char *bad = m.all ? NULL : mismatch_of(e, s, r);
            if (m.all) {
                t->state = TRY_MET;
                t->rx = r;
                if (take) {
                    match_bind(e, r, s->seg);
                    consume(f, i);
                }
            } else if (m.base && ms_spec_decisive(s->seg) && !r->repeated) {
                failed_on(e, s, r, &m, why.data, "this segment was it, but:", t);
                if (take)
                    consume(f, i);
            } else if (bad) {
                char lead[96];
                snprintf(lead, sizeof lead, "came instead: %s", bad);
                failed_on(e, s, r, &m, why.data, lead, t);
                if (take)
                    consume(f, i);
            }
            ms_buf_free(&why);
            if (t->state != TRY_YET)
                return;
        }
    }
    if (explain)
        explain_nothing(e, s, &fl, t);
}

void try_step(struct engine *e, const struct ms_step *s, bool take, bool explain, struct attempt *t)
{
    *t = (struct attempt){0};
    switch (s->kind) {
    case MS_STEP_EXPECT:
        try_segment(e, s, take, explain, t);
        break;
    case MS_STEP_STATE:
        try_state(e, s, take, t);
        break;
    case MS_STEP_IUT_EXPECT:
    case MS_STEP_RECEIVED: {
        struct ms_buf why = {0};
        t->failed = s->tags.req;
        t->n_failed = s->tags.n;
        try_iut(e, s, &why, t);
        t->text = ms_arena_printf(e->a, "expected: %s\n%s", s->text ? s->text : "",
                                  why.data ? why.data : "");
        ms_buf_free(&why);
        break;
    }
    default:
        break;
    }
}

bool alternative_met(struct engine *e)
{
    const struct ms_step *s = e->either;
    for (size_t i = 0; s && i < s->n_blocks; i++) {
        struct attempt t;
        const struct ms_step *first = &s->block[i].step[0];
        if (i == e->either_skip || first->kind == MS_STEP_EXPECT_NO)
            continue;
        try_step(e, first, false, false, &t);
        if (t.state == TRY_MET) {
            e->either_won = i;
            return true;
        }
    }
    return false;
}

static uint64_t within_of(const struct ms_step *s)
{
    return s->seg && s->seg->within_ns ? s->seg->within_ns : s->within_ns;
}

/* Counters, state and what a service read make no event: they are asked again now and then. */
static unsigned poll_of(const struct ms_step *s)
{
    return s->kind == MS_STEP_IUT_EXPECT || s->kind == MS_STEP_RECEIVED ? 5 : 0;
}

enum go expect_step(struct engine *e, const struct ms_step *s)
{
    uint64_t until = deadline(e, within_of(s));
    struct attempt t;
    if (s->n_blocks)
        return before_step(e, s);
    for (bool last = false;;) {
        loop_drain(e);
        if (e->stopped || e->broken)
            return GO_STOP;
        if (alternative_met(e))
            return GO_SWITCH;
        try_step(e, s, true, last, &t);
        if (e->broken || e->lacks)
            return GO_STOP;
        if (t.state == TRY_MET) {
            step_ok(e, s, t.rx ? t.rx->ev->packet : 0);
            return GO_ON;
        }
        if (t.state == TRY_FAILED || last) {
            struct flow *f = s->seg && s->seg->flags & MS_TH_RST ? flow_find(e, s->subject) : NULL;
            if (f)
                f->rst_missed = true;
            return step_failed(e, s, t.failed, t.n_failed, t.rx ? t.rx->ev->packet : 0, t.text);
        }
        if (!loop_wait_poll(e, until, poll_of(s))) {
            if (e->stopped)
                return GO_STOP;
            last = true;
        }
    }
}
