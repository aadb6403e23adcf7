/* SPDX-License-Identifier: MIT */
/* The process of one case: run the engine, write the evidence, hand the result to the parent, end. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "mptcpspec/interop.h"
#include "runner/child.h"

enum { SALVAGED_MAX = 4000 };

size_t child_log_octets(const struct ms_case *c)
{
    return (size_t)(c->role == MS_ROLE_BOTH ? 64 : 16) << 20;
}

static bool wants_ladder(enum ms_verdict v)
{
    return v != MS_PASS && v != MS_SKIP;
}

static void write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return; /* the parent is gone, or takes a short parcel for what it is */
        p += w;
        n -= (size_t)w;
    }
}

static void add_error_reason(struct ms_arena *a, struct ms_result *r, const char *text)
{
    struct ms_reason *all = ms_arena_alloc(a, (r->n_reason + 1) * sizeof *all);
    if (r->n_reason)
        memcpy(all, r->reason, r->n_reason * sizeof *all);
    all[r->n_reason] = (struct ms_reason){
        .verdict = MS_ERROR, .reqs = "", .rule = "", .step = "", .text = ms_arena_strdup(a, text)};
    r->reason = all;
    r->n_reason++;
    r->verdict = MS_ERROR;
}

static const char *rewrite_text(const struct child_job *j, size_t i)
{
    const struct ms_mutant *m = j->job->mutant;
    if (i < j->cfg->n_rewrites)
        return j->cfg->rewrite_text[i];
    i -= j->cfg->n_rewrites;
    return i < j->job->n_rewrites ? j->job->rewrite[i] : m->rewrite[i - j->job->n_rewrites];
}

/* Rewrites of the run, then those of the job and of its mutant. */
static void collect_rewrites(struct ms_arena *a, const struct child_job *j,
                             struct ms_engine_config *e)
{
    const struct ms_mutant *m = j->job->mutant;
    size_t n = j->cfg->n_rewrites + j->job->n_rewrites + (m ? m->n_rewrites : 0);
    const char **list = ms_arena_alloc(a, (n + 1) * sizeof *list);
    for (size_t i = 0; i < n; i++)
        list[i] = rewrite_text(j, i);
    e->rewrites = list;
    e->n_rewrites = n;
}

static void run_case(struct ms_arena *a, const struct child_job *j, struct ms_trace *trace,
                     struct ms_result *r)
{
    const struct ms_instance *i = j->job->instance;
    struct ms_error err = {0};
    struct ms_engine_config e = {
        .instance = i,
        .topo = ms_suite_topo(j->suite, i->c->topology),
        .site = j->cfg->site,
        .seed = j->cfg->seed,
        .time_scale = j->job->time_scale > 0 ? j->job->time_scale : j->cfg->time_scale,
        .longest_ns = j->job->longest_ns,
        .most_packets = j->job->most_packets,
        .strict = j->cfg->strict,
        .positions = j->cfg->positions,
        .noop_box = j->job->noop_box,
        .mutant = j->job->mutant,
        .interrupted = j->cfg->interrupted,
    };
    collect_rewrites(a, j, &e);
    int rc;
    if (!e.topo)
        rc = ms_fail(&err, MS_ERR_NOTFOUND, "there is no topology named %s", i->c->topology);
    else if (i->c->role == MS_ROLE_BOTH)
        rc = ms_interop_run(&e, trace, r, &err);
    else
        rc = ms_engine_run(&e, trace, r, &err);
    if (rc < 0 && (r->verdict != MS_ERROR || r->n_reason == 0)) {
        char text[1200];
        ms_error_format(&err, text, sizeof text);
        add_error_reason(a, r, text);
    }
}

void child_main(const struct child_job *j)
{
    setpgid(0, 0);
    /* Dies with the runner; the second line covers a runner that died before the first took effect. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != j->parent)
        _exit(1);
    sigprocmask(SIG_SETMASK, j->mask, NULL);
    signal(SIGPIPE, SIG_IGN);

    struct ms_arena *a = ms_arena_new();
    struct ms_framelog log;
    ms_framelog_attach(&log, j->log, child_log_octets(j->job->instance->c));
    struct ms_trace trace;
    ms_trace_init(&trace, a, &log);
    struct ms_parcel p = {.ladder = "", .evidence = "", .evidence_error = ""};
    run_case(a, j, &trace, &p.result);

    char dir[PATH_MAX] = "";
    if (j->cfg->evidence) {
        struct ms_error err = {0};
        if (j->cfg->evidence(j->cfg->ctx, j->job->instance, j->job->repetition, &trace, &p.result,
                             dir, sizeof dir, &err) < 0) {
            char *text = ms_arena_alloc(a, 1200);
            ms_error_format(&err, text, 1200);
            p.evidence_error = text;
        }
        p.evidence = dir;
    }
    struct ms_buf ladder = {0}, out = {0};
    if (wants_ladder(p.result.verdict)) {
        ms_trace_ladder(&trace, 0, 0, &ladder);
        p.ladder = ladder.data ? ladder.data : "";
    }
    ms_parcel_pack(&p, &out);
    write_all(j->out, out.data, out.len);
    _exit(0);
}

/* Where a frame of the log was seen, as events say it. */
static const char *side_of(const struct ms_case *c, uint32_t iface)
{
    if (c->role == MS_ROLE_BOTH)
        return iface % 2 ? MS_AT_SERVER : MS_AT_CLIENT;
    return iface >= MS_IFACE_TESTER ? MS_AT_TESTER : NULL;
}

/*
 * Frames that a dead process left, as send and receive events: the decoder takes anything. The capture has all of them,
 * the ladder those of the beginning.
 */
static void trace_from_log(struct ms_trace *t, const struct ms_case *c)
{
    struct ms_frame_rec f;
    for (size_t pos = 0; t->n < SALVAGED_MAX && ms_framelog_next(t->frames, &pos, &f);) {
        struct ms_seg seg = {0};
        struct ms_opt opts[MS_OPTS_MAX];
        struct ms_neigh neigh;
        if (t->n == 0)
            t->start_ns = f.time_ns;
        if (ms_frame_decode(f.octets, f.len, &seg, opts, &neigh) != MS_FRAME_TCP)
            continue;
        struct ms_event *e =
            ms_trace_add(t, f.dir == MS_DIR_TX ? MS_EV_SEND : MS_EV_RECV, f.time_ns);
        e->packet = f.packet;
        e->at = side_of(c, f.iface);
        e->seg = ms_seg_copy(t->arena, &seg);
    }
}

void child_salvage(struct ms_arena *a, const struct ms_run_config *cfg, void *log, const char *text,
                   struct ms_outcome *o)
{
    struct ms_arena *tmp = ms_arena_new();
    struct ms_framelog frames;
    ms_framelog_attach(&frames, log, child_log_octets(o->instance->c));
    struct ms_trace trace;
    ms_trace_init(&trace, tmp, &frames);
    trace_from_log(&trace, o->instance->c);

    struct ms_result *r = &o->result;
    *r = (struct ms_result){.skip_reason = "",
                            .counters = "",
                            .packets = ms_framelog_count(&frames),
                            .lost = ms_framelog_lost(&frames)};
    add_error_reason(a, r, text);
    struct ms_buf ladder = {0};
    ms_trace_ladder(&trace, 0, 0, &ladder);
    o->ladder = ladder.data ? ms_arena_strdup(a, ladder.data) : "";
    ms_buf_free(&ladder);
    char dir[PATH_MAX] = "";
    if (cfg->evidence) {
        struct ms_error err = {0};
        if (cfg->evidence(cfg->ctx, o->instance, o->repetition, &trace, r, dir, sizeof dir, &err) <
            0) {
            char buf[1200];
            ms_error_format(&err, buf, sizeof buf);
            o->evidence_error = ms_arena_strdup(a, buf);
        }
    }
    o->evidence = ms_arena_strdup(a, dir);
    ms_arena_free(tmp);
}
