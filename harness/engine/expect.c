/* SPDX-License-Identifier: MIT */
/*
 * Expectations. An `expect` takes the first segment since its stimulus that matches. Segments passed over are
 * a mismatch by themselves only if they are RST, FIN, SYN or the loss of MPTCP; `strict` forbids all others.
 */
#include "engine/engine_int.h"

#include <stdio.h>
#include <string.h>

/* ---- which subflows a step looks at ---- */

struct flows {
    struct flow *f[64];
    size_t n;
};

static bool is_join_syn(const struct ms_segspec *s)
{
    for (size_t i = 0; i < s->n_opts; i++)
        if (!s->opt[i].negated && s->opt[i].name->subtype == MPTCP_SUB_JOIN && s->opt[i].name->kind == MS_TCPOPT_MPTCP)
            return true;
    return false;
}

static void flows_of(struct engine *e, const struct ms_step *s, struct flows *out)
{
    struct flow *f = flow_find(e, s->subject);
    out->n = 0;
    if (!f || !f->bound) {
        bool syn = s->seg && s->seg->has_flags && s->seg->flags & MS_TH_SYN && !(s->seg->flags & MS_TH_ACK);
        f = syn ? flow_from_stray(e, s->subject, is_join_syn(s->seg)) : f;
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

/* ---- segments ---- */

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

static void describe(struct engine *e, const struct rx *r, struct ms_buf *b)
{
    (void)e;
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
    tags_of(s, e->a, &t->failed, &t->n_failed);
}

/* The closest candidate among what was passed over explains the failure best. */
static void explain_nothing(struct engine *e, const struct ms_step *s, const struct flows *fl, struct attempt *t)
{
    struct ms_buf b = {0};
    size_t best = 0;
    struct rx *closest = NULL;
    unsigned shown = 0;
    for (size_t k = 0; k < fl->n; k++)
        for (size_t i = fl->f[k]->cursor; i < fl->f[k]->n_rx; i++) {
            struct rx *r = fl->f[k]->rx[i];
            struct matching m = {0};
            if (r->consumed)
                continue;
            match_seg(e, r, s->seg, &m);
            size_t score = m.fitting + (m.base ? 1 : 0);
            for (size_t o = 0; o < s->seg->n_opts; o++) /* an option of the kind asked for, though wrong */
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
        struct matching m = {.why = &why};
        match_seg(e, closest, s->seg, &m);
        ms_buf_puts(&b, "closest candidate:\n");
        describe(e, closest, &b);
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
                    describe(e, fl->f[k]->rx[i], &b);
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

static void failed_on(struct engine *e, const struct ms_step *s, struct rx *r, const struct matching *m,
                      const char *why, const char *lead, struct attempt *t)
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
    describe(e, r, &b);
    indent(&b, why);
    t->text = ms_arena_strdup(e->a, b.data);
    ms_buf_free(&b);
}

static void try_segment(struct engine *e, const struct ms_step *s, bool take, bool explain, struct attempt *t)
{
    struct flows fl;
    flows_of(e, s, &fl);
    for (size_t k = 0; k < fl.n; k++) {
        struct flow *f = fl.f[k];
        for (size_t i = f->cursor; i < f->n_rx; i++) {
            struct rx *r = f->rx[i];
            struct ms_buf why = {0};
            struct matching m = {.why = &why};
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
            } else if (m.base && spec_decisive(s->seg) && !r->repeated) {
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

/* ---- states ---- */

struct standing {
    bool met, hopeless;
    char text[400];
};

static void state_acked(struct engine *e, struct flow *f, const struct ms_step *s, struct standing *st)
{
    (void)e;
    (void)s;
    st->met = f->snd_una == f->snd_nxt;
    snprintf(st->text, sizeof st->text, "acknowledged up to %u, sent up to %u (relative)", f->snd_una - f->isn,
             f->snd_nxt - f->isn);
}
static void state_data_acked(struct engine *e, struct flow *f, const struct ms_step *s, struct standing *st)
{
    struct conn *c = f->conn;
    uint64_t want = c->dsn_nxt, n;
    if (s->n_args && s->arg[0].value && value_num(e, s->arg[0].value, &n))
        want = stream_base(c, true) + n; /* data_acked N: exactly the first N octets */
    st->met = c->dsn_una == want;
    st->hopeless = ms_dsn_lt(want, c->dsn_una);
    snprintf(st->text, sizeof st->text, "Data ACK at IDSN+%lld, expected IDSN+%lld", (long long)(c->dsn_una - c->idsn),
             (long long)(want - c->idsn));
}
static void state_stream(struct engine *e, struct flow *f, const struct ms_step *s, struct standing *st)
{
    struct conn *c = f->conn;
    uint64_t want = 0;
    if (s->n_args && s->arg[0].value && !value_num(e, s->arg[0].value, &want))
        return;
    uint64_t got = c->data_rcv_nxt - stream_base(c, false);
    if (c->data_fin_rcvd && ms_dsn_lt(c->data_fin_dsn, c->data_rcv_nxt))
        got--; /* the DATA_FIN's octet is none of the stream's */
    st->met = got >= want;
    snprintf(st->text, sizeof st->text, "%llu octets of the IUT's stream came in order, expected %llu",
             (unsigned long long)got, (unsigned long long)want);
}
static void state_closed(struct engine *e, struct flow *f, const struct ms_step *s, struct standing *st)
{
    (void)e;
    (void)s;
    st->met = f->fin_rcvd && f->fin_sent && f->snd_una == f->snd_nxt;
    snprintf(st->text, sizeof st->text, "FIN %s, own FIN %s, %s", f->fin_rcvd ? "received" : "not received",
             f->fin_sent ? "sent" : "not sent", f->snd_una == f->snd_nxt ? "all acknowledged" : "not acknowledged");
}
static void state_reset(struct engine *e, struct flow *f, const struct ms_step *s, struct standing *st)
{
    (void)e;
    (void)s;
    st->met = f->rst_rcvd;
    snprintf(st->text, sizeof st->text, "no RST came");
}
static void state_established(struct engine *e, struct flow *f, const struct ms_step *s, struct standing *st)
{
    (void)e;
    (void)s;
    st->met = f->established && ms_seq_lt(f->isn, f->snd_una);
    snprintf(st->text, sizeof st->text, "the SYN is not acknowledged");
}

static const struct {
    const char *name;
    void (*fn)(struct engine *e, struct flow *f, const struct ms_step *s, struct standing *st);
} states[] = {{"acked", state_acked},   {"data_acked", state_data_acked}, {"stream", state_stream},
              {"closed", state_closed}, {"reset", state_reset},           {"established", state_established}};

static void try_state(struct engine *e, const struct ms_step *s, bool take, struct attempt *t)
{
    struct flow *f = flow_find(e, s->subject);
    struct standing st = {0};
    char lead[96] = "";
    if (!f || !f->conn) {
        broken(e, "'%s' was never opened", s->subject);
        return;
    }
    for (size_t i = 0; i < MS_ARRAY_LEN(states); i++)
        if (strcmp(states[i].name, s->name) == 0)
            states[i].fn(e, f, s, &st);
    for (size_t i = f->cursor; i < f->n_rx && !st.met && !st.hopeless; i++) {
        struct rx *r = f->rx[i];
        if (!r->consumed && !r->repeated && r->seg->flags & MS_TH_RST) {
            st.hopeless = true;
            t->rx = r;
            snprintf(lead, sizeof lead, "came instead: a RST, packet %u\n", r->ev->packet);
        }
    }
    t->failed = s->tags.req;
    t->n_failed = s->tags.n;
    t->state = st.met ? TRY_MET : st.hopeless ? TRY_FAILED : TRY_YET;
    t->text = ms_arena_printf(e->a, "expected: %s\n%s%s\n", s->text ? s->text : "", lead, st.text);
    if (st.met && take)
        f->answered = true;
}

/* ---- one way to ask for all ---- */

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
        t->text = ms_arena_printf(e->a, "expected: %s\n%s", s->text ? s->text : "", why.data ? why.data : "");
        ms_buf_free(&why);
        break;
    }
    default:
        break;
    }
}

/* Another alternative came true while a silence's control runs. */
static bool switched(struct engine *e)
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

/* Counters and state of the IUT make no event: they are asked again now and then. */
static unsigned poll_of(const struct ms_step *s)
{
    return s->kind == MS_STEP_IUT_EXPECT ? 5 : 0;
}

enum go expect_step(struct engine *e, const struct ms_step *s)
{
    uint64_t until = deadline(e, within_of(s));
    struct attempt t;
    for (bool last = false;;) {
        loop_drain(e);
        if (e->stopped || e->broken)
            return GO_STOP;
        if (switched(e))
            return GO_SWITCH;
        try_step(e, s, true, last, &t);
        if (e->broken)
            return GO_STOP;
        if (t.state == TRY_MET) {
            step_ok(e, s, t.rx ? t.rx->ev->packet : 0);
            return GO_ON;
        }
        if (t.state == TRY_FAILED || last)
            return step_failed(e, s, t.failed, t.n_failed, t.rx ? t.rx->ev->packet : 0, t.text);
        if (!loop_wait_poll(e, until, poll_of(s))) {
            if (e->stopped)
                return GO_STOP;
            last = true;
        }
    }
}

/* ---- silence ---- */

static enum go silence_judge(struct engine *e, const struct ms_step *s, const size_t *floor, size_t n)
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
            describe(e, r, &b);
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

/* ---- alternatives and any order ---- */

static enum go either_nothing(struct engine *e, const struct ms_step *s)
{
    struct ms_buf b = {0};
    const struct ms_requirement **failed = NULL;
    size_t n = 0, cap = 0;
    for (size_t i = 0; i < s->n_blocks; i++) {
        struct attempt t;
        try_step(e, &s->block[i].step[0], false, true, &t);
        ms_buf_printf(&b, "alternative %zu: %s", i + 1, t.text ? t.text : "\n");
        for (size_t k = 0; k < t.n_failed; k++) {
            failed = ms_arena_grow(e->a, failed, &cap, n, sizeof *failed);
            failed[n++] = t.failed[k];
        }
    }
    enum go go = step_failed(e, s, failed, n, 0, b.data ? b.data : "");
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
                if (step_failed(e, &b->step[i], t.failed, t.n_failed, t.rx ? t.rx->ev->packet : 0, t.text) != GO_ON)
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

/* ---- guards and what is left ---- */

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
        describe(e, r, &b);
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
            ms_buf_printf(&b, "subflow %s was reset, which the case does not account for:\n", f->name);
            describe(e, r, &b);
            reason_add(e, MS_INCONC, "", NULL, NULL, r->ev->packet, b.data);
            ms_buf_free(&b);
        }
    }
}
