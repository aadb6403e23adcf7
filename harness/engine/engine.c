/* SPDX-License-Identifier: MIT */
/* One case from network to verdict. */
#include "engine/engine_int.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define TESTER_PORT   40001 /* ports in sequence: a reused 4-tuple would meet TIME_WAIT */
#define PAYLOAD_SEEDS 16    /* variants of the stream lie beside each other */

/* ---- set-up ---- */

static bool watch(struct engine *e, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
    if (fd >= 0 && epoll_ctl(e->epoll, EPOLL_CTL_ADD, fd, &ev) == 0)
        return true;
    broken(e, "epoll: %s", strerror(errno));
    return false;
}

static bool links_open(struct engine *e)
{
    for (unsigned p = 0; p < e->seat.net.n_paths; p++) {
        if (ms_seat_link(&e->seat, p, &e->link[p], &e->err) != MS_OK) {
            broken(e, "link: %s", e->err.msg);
            return false;
        }
        if (!watch(e, ms_link_fd(e->link[p])))
            return false;
    }
    return true;
}

static struct ms_site *site_of(const struct engine *e)
{
    return e->cfg->site ? e->cfg->site : ms_site_local();
}

static bool seat_take(struct engine *e)
{
    static const struct {
        const char *name;
        enum ms_service service;
    } services[] = {
        {"discard", MS_SERVICE_DISCARD}, {"echo", MS_SERVICE_ECHO}, {"source", MS_SERVICE_SOURCE}};
    struct ms_seat_request r = {.instance = e->cfg->instance,
                                .topo = e->cfg->topo,
                                .config = {.source_octets = e->c->service_arg,
                                           .stream_seed = e->iut_seed,
                                           .default_port = IUT_PORT,
                                           .family = e->family},
                                .time_scale = e->cfg->time_scale,
                                .interrupted = e->cfg->interrupted};
    for (size_t i = 0; e->c->service && i < MS_ARRAY_LEN(services); i++)
        if (strcmp(services[i].name, e->c->service) == 0)
            r.config.service = services[i].service;
    for (size_t i = 0; i < e->c->n_needs; i++)
        r.config.pm_events |= strcmp(e->c->needs[i], "pm") == 0;
    if (ms_seat_take(site_of(e), &r, &e->seat, &e->err) != MS_OK) {
        broken(e, "%s", e->err.msg);
        return false;
    }
    e->names.topo = e->seat.topo;
    if (e->seat.tester_port)
        e->next_port = e->seat.tester_port;
    return watch(e, e->seat.target->ops->fd(e->seat.target));
}

static void finding(void *ctx, const struct ms_finding *f)
{
    struct engine *e = ctx;
    ms_record_finding(&e->record, f, "", false, e->step);
}

static bool set_up(struct engine *e)
{
    struct ms_oracle_config oc = {
        .observation = MS_OBS_RECEIVER, .judge_rx = true, .finding = finding, .ctx = e};
    e->oracle = ms_oracle_new(&oc);
    e->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (e->epoll < 0) {
        broken(e, "epoll_create1: %s", strerror(errno));
        return false;
    }
    return seat_take(e) && links_open(e) && boxes_open(e);
}

/* Needs that the kernel at hand lacks: the case is skipped, with the reason. */
static const char *lacking(struct engine *e)
{
    for (size_t i = 0; i < e->c->n_needs && !e->broken; i++) {
        const char *n = e->c->needs[i];
        struct ms_done d;
        struct ms_verb v = {.kind = MS_VERB_SYSCTL_GET, .text = n + 7, .path = -1};
        if (strncmp(n, "sysctl:", 7) == 0 && verb_now(e, &v, &d) && d.err)
            return ms_arena_printf(e->a, "this kernel has no %s", n + 7);
    }
    if (e->family == MS_IPV6)
        for (unsigned i = 0; i < e->seat.topo->n_addrs; i++)
            if (e->seat.topo->addr[i].v6.family)
                return NULL;
    if (e->family == MS_IPV6)
        return ms_arena_printf(e->a, "topology %s has no IPv6 address", e->seat.topo->name);
    return NULL;
}

static void tear_down(struct engine *e)
{
    farewell(e);
    for (unsigned p = 0; p < MS_PATHS_MAX; p++)
        ms_link_close(e->link[p]);
    boxes_close(e);
    ms_seat_leave(&e->seat);
    if (e->epoll >= 0)
        close(e->epoll);
    ms_oracle_free(e->oracle);
}

/* ---- steps ---- */

static enum go send_step(struct engine *e, const struct ms_step *s)
{
    struct flow *f = flow_find(e, s->subject);
    if (!f || !f->bound) {
        bool join = false;
        for (size_t i = 0; i < s->seg->n_opts; i++)
            join |= !s->seg->opt[i].negated && strcmp(s->seg->opt[i].name->name, "mp_join") == 0;
        f = flow_for_syn(e, s, join);
        if (!f)
            return GO_STOP;
    }
    return tx_spec(e, f, s->seg, s->kind == MS_STEP_HOLD);
}

/* A mapping is relative to its subflow: its SSN and checksum are those of the subflow that carries it now. */
static void remap(const struct flow *f, struct ms_seg *seg)
{
    for (size_t i = 0; i < seg->n_opt; i++) {
        struct ms_mp *mp = &seg->opt[i].mp;
        if (mp->form != MS_FORM_DSS || !(mp->dss_flags & MS_DSS_M) || mp->ssn == 0)
            continue;
        mp->ssn = seg->seq - f->isn;
        if (mp->has_csum)
            mp->csum = ms_dss_csum(dsn_extend(f->conn->dsn_nxt, mp->dsn, mp->dss_flags & MS_DSS_m),
                                   mp->ssn, mp->dll, 0, seg->payload, seg->payload_len);
        ms_opt_build(&seg->opt[i]);
    }
}

/* The same data on another subflow, with that subflow's addresses and numbers. */
static bool transplant(struct engine *e, const struct octets *from, const struct flow *f,
                       struct octets *to, uint32_t *taken)
{
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    if (ms_frame_decode(from->p, from->len, &seg, opts, &neigh) != MS_FRAME_TCP)
        return false;
    memcpy(seg.eth_dst, e->seat.net.path[f->path].iut_mac, 6);
    memcpy(seg.eth_src, e->seat.net.path[f->path].tester_mac, 6);
    seg.src = f->own;
    seg.dst = f->peer;
    seg.sport = f->sport;
    seg.dport = f->dport;
    seg.seq = f->snd_nxt;
    seg.ack = f->rcv_nxt;
    seg.doff = 0;
    remap(f, &seg);
    *taken = ms_seg_len(&seg);
    uint8_t *frame = ms_arena_alloc(e->a, from->len + 64);
    to->p = frame;
    return ms_seg_encode(&seg, frame, from->len + 64, &to->len) == MS_OK;
}

static bool transplant_both(struct engine *e, const struct outgoing *from, struct flow *f,
                            struct outgoing *to)
{
    uint32_t taken, ignored;
    if (!f->bound || !transplant(e, &from->written, f, &to->written, &taken))
        return false;
    to->wire = to->written;
    if (from->wire.p != from->written.p && !transplant(e, &from->wire, f, &to->wire, &ignored))
        return false;
    f->snd_nxt += taken;
    if (ms_seq_lt(f->snd_max, f->snd_nxt))
        f->snd_max = f->snd_nxt;
    return true;
}

static enum go resend_step(struct engine *e, const struct ms_step *s)
{
    struct flow *f = flow_find(e, s->subject);
    loop_drain(e);
    for (size_t i = e->n_named; i-- > 0;) {
        struct named_seg *n = &e->named[i];
        if (strcmp(n->name, s->name) != 0)
            continue;
        bool elsewhere = f && f != n->flow;
        struct outgoing out = n->out;
        if (elsewhere && !transplant_both(e, &n->out, f, &out)) {
            broken(e, "'%s' cannot be sent on %s", s->name, s->subject);
            return GO_STOP;
        }
        n->flow->conn->sent_total += n->out.written.len; /* at most: its headers count as well */
        stimulus(e, elsewhere ? f : n->flow);
        tx_frame(e, elsewhere ? f : n->flow, &out, false, elsewhere);
        loop_drain(e);
        return e->stopped ? GO_STOP : GO_ON;
    }
    broken(e, "no segment was named '%s'", s->name);
    return GO_STOP;
}

static enum go auto_step(struct engine *e, const struct ms_step *s)
{
    struct flow *f = flow_find(e, s->subject);
    if (!f || !f->conn) {
        broken(e, "'%s' was never opened", s->subject);
        return GO_STOP;
    }
    if (strcmp(s->name, "ack") == 0)
        f->auto_ack = s->flag;
    else if (strcmp(s->name, "close") == 0)
        f->auto_close = s->flag;
    else if (strcmp(s->name, "echo") == 0)
        f->auto_echo = s->flag;
    else if (strcmp(s->name, "fallback") == 0)
        f->auto_fallback = s->flag;
    else if (strcmp(s->name, "data_ack") == 0) {
        f->conn->hold_dack = !s->flag;
        f->conn->held_dack = f->conn->data_rcv_nxt;
    }
    return GO_ON;
}

static enum go let_step(struct engine *e, const struct ms_step *s)
{
    struct ms_value v;
    if (!value_eval(e, s->value, NULL, &v))
        return GO_STOP;
    var_set(e, s->name, &v);
    return GO_ON;
}

static enum go guard_step(struct engine *e, const struct ms_step *s)
{
    struct flow *f = flow_find(e, s->subject);
    if (s->subject && !f)
        f = flow_new(e, s->subject); /* not opened yet, perhaps never */
    loop_drain(e);
    e->guard = ms_arena_grow(e->a, e->guard, &e->cap_guard, e->n_guard, sizeof *e->guard);
    e->guard[e->n_guard++] = (struct guard){s, f, e->trace->n};
    return GO_ON;
}

static enum go path_step(struct engine *e, const struct ms_step *s)
{
    uint64_t n = 0;
    if (!s->value || !value_num(e, s->value, &n))
        return GO_STOP;
    if (n < 1 || n > e->seat.net.n_paths) {
        broken(e, "path %llu: this topology has %u", (unsigned long long)n, e->seat.net.n_paths);
        return GO_STOP;
    }
    loop_drain(e);
    ms_link_cut(e->link[n - 1], strcmp(s->name, "cut") == 0);
    note(e, "path %llu %s", (unsigned long long)n, s->name);
    stimulus(e, NULL);
    return GO_ON;
}

static enum go strict_step(struct engine *e, const struct ms_step *s)
{
    e->strict = s->flag;
    return GO_ON;
}

/* What only acknowledgments show of the application's reading judges no requirement. */
static enum go received_step(struct engine *e, const struct ms_step *s)
{
    if (e->seat.witness != MS_WITNESS_ACKS || s->tags.n == 0)
        return expect_step(e, s);
    struct ms_step *seen = ms_arena_memdup(e->a, s, sizeof *s);
    seen->tags.n = 0;
    note(e, "what the application has read is not seen here: %s",
         ms_reqs_text(e->a, s->tags.req, s->tags.n));
    e->step = seen;
    return expect_step(e, seen);
}

/*
 * Steps that wait for something and change nothing. Whoever waits for the application first gives the IUT's timers time to
 * run, and what they send would be judged as an answer.
 */
static bool only_looks(const struct ms_step *s)
{
    return s->kind == MS_STEP_EXPECT || s->kind == MS_STEP_EXPECT_NO || s->kind == MS_STEP_STATE ||
           s->kind == MS_STEP_EITHER || s->kind == MS_STEP_ALL || s->kind == MS_STEP_IUT_EXPECT ||
           s->kind == MS_STEP_RECEIVED;
}

enum go run_step(struct engine *e, const struct ms_step *s)
{
    static enum go (*const run[MS_STEP_KINDS])(struct engine *, const struct ms_step *) = {
        [MS_STEP_GROUP] = group_step,       [MS_STEP_NEW] = new_step,
        [MS_STEP_SEND] = send_step,         [MS_STEP_HOLD] = send_step,
        [MS_STEP_RESEND] = resend_step,     [MS_STEP_EXPECT] = expect_step,
        [MS_STEP_STATE] = expect_step,      [MS_STEP_EXPECT_NO] = expect_no_step,
        [MS_STEP_AUTO] = auto_step,         [MS_STEP_LET] = let_step,
        [MS_STEP_EITHER] = either_step,     [MS_STEP_ALL] = all_step,
        [MS_STEP_GUARD] = guard_step,       [MS_STEP_PATH] = path_step,
        [MS_STEP_STRICT] = strict_step,     [MS_STEP_VERB] = verb_step,
        [MS_STEP_IUT_EXPECT] = expect_step, [MS_STEP_RECEIVED] = received_step,
        [MS_STEP_BOX] = box_step,
    };
    e->step = s;
    if (!only_looks(s))
        loop_settle(e);
    if (e->cfg->interrupted && *e->cfg->interrupted)
        return GO_STOP;
    if (!run[s->kind]) {
        broken(e, "the engine of crafted cases does not know this step");
        return GO_STOP;
    }
    enum go go = run[s->kind](e, s);
    return e->stopped || e->broken ? GO_STOP : go;
}

enum go run_block(struct engine *e, const struct ms_block *b, size_t from)
{
    for (size_t i = from; i < b->n; i++) {
        enum go go = run_step(e, &b->step[i]);
        if (go != GO_ON)
            return go;
    }
    return GO_ON;
}

/* Without a service somebody must accept: one application for each connection, in order. */
bool accept_default(struct engine *e)
{
    if (e->c->role != MS_ROLE_LISTENER || e->c->service)
        return true;
    unsigned n = 0;
    if (e->accepting)
        return true;
    e->accepting = true;
    for (size_t i = 0; i < e->c->steps.n; i++)
        n += e->c->steps.step[i].kind == MS_STEP_GROUP || e->c->steps.step[i].kind == MS_STEP_NEW ||
             e->c->steps.step[i].kind == MS_STEP_SEND;
    for (unsigned i = 1; i <= n && i <= 8; i++) {
        struct app *a = app_new(e, i);
        struct ms_verb v = {.kind = MS_VERB_ACCEPT, .path = -1, .name = a->name};
        if (!verb_start(e, &v, a, "accept"))
            return false;
    }
    return true;
}

/* The listener opens before the first step that concerns it; settings written before it apply to it. */
static bool listen_default(struct engine *e)
{
    struct ms_verb v = {.kind = MS_VERB_LISTEN, .path = -1};
    if (e->c->role != MS_ROLE_LISTENER)
        return true;
    for (size_t i = 0; i < e->c->steps.n; i++)
        if (e->c->steps.step[i].kind == MS_STEP_VERB &&
            strcmp(e->c->steps.step[i].name, "listen") == 0)
            return true;
    if (!verb_start(e, &v, NULL, "listen"))
        return false;
    loop_drain(e);
    return !e->broken && accept_default(e);
}

static bool settings_only(const struct ms_step *s)
{
    return s->kind == MS_STEP_BOX || (s->kind == MS_STEP_VERB && strcmp(s->name, "sysctl") == 0);
}

static void run_case(struct engine *e)
{
    const struct ms_block *b = &e->c->steps;
    size_t i = 0;
    while (i < b->n && settings_only(&b->step[i]))
        if (run_step(e, &b->step[i++]) != GO_ON)
            return;
    e->step = NULL;
    if (!listen_default(e))
        return;
    if (run_block(e, b, i) == GO_ON && !e->stopped) {
        e->step = NULL;
        loop_settle(e);
        loop_drain(e);
        leftovers(e);
    }
}

static void figures(struct engine *e)
{
    struct ms_result *r = e->result;
    for (unsigned p = 0; p < MS_PATHS_MAX; p++)
        if (e->link[p])
            r->lost += ms_link_lost(e->link[p]);
    boxes_figures(e);
    r->rewrite_hits += e->mutant_hits;
    ms_record_figures(&e->record);
}

int ms_engine_run(const struct ms_engine_config *cfg, struct ms_trace *trace,
                  struct ms_result *result, struct ms_error *err)
{
    uint64_t start = ms_now_ns();
    struct engine engine = {.cfg = cfg,
                            .c = cfg->instance->c,
                            .family = cfg->instance->family,
                            .a = trace->arena,
                            .trace = trace,
                            .result = result,
                            .record = {trace, result, cfg->strict},
                            .seat.topo = cfg->topo,
                            .epoll = -1,
                            .next_port = TESTER_PORT};
    struct engine *e = &engine;
    *result = (struct ms_result){.verdict = MS_PASS};
    ms_rng_init(&e->rng, cfg->seed, cfg->instance->c->name);
    e->tester_seed = ms_rng_u64(&e->rng) * PAYLOAD_SEEDS;
    e->iut_seed = ms_rng_u64(&e->rng);
    names_open(e);
    ms_names_instance(&e->names, cfg->instance);
    result->skip_reason = ms_case_not_read(e->a, e->c, cfg->positions);
    if (!result->skip_reason && !e->broken && set_up(e)) {
        result->skip_reason = lacking(e);
        if (!result->skip_reason && !e->broken)
            run_case(e);
        if (e->lacks && result->verdict == MS_PASS)
            result->skip_reason = e->lacks;
    }
    if (result->skip_reason)
        result->verdict = MS_SKIP;
    if (!result->skip_reason) {
        if (!e->broken)
            counters_note(e);
        ms_oracle_end(e->oracle);
    }
    if (cfg->interrupted && *cfg->interrupted)
        reason_add(e, MS_INCONC, "", NULL, NULL, 0, "interrupted");
    if (e->broken) {
        char text[1100];
        ms_error_format(&e->err, text, sizeof text);
        reason_add(e, MS_ERROR, "", NULL, e->step, 0, text);
        if (err)
            *err = e->err;
    }
    figures(e);
    tear_down(e);
    result->wall_ns = ms_now_ns() - start;
    return e->broken ? e->err.status : MS_OK;
}
