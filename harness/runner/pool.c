/* SPDX-License-Identifier: MIT */
/*
 * Runs jobs side by side, each in a process and process group of its own. A process that dies, hangs or sends
 * garbage makes its result `error`, nothing else. Ctrl-C stops starting, asks those that run to conclude, and
 * kills what does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/child.h"

#define PARCEL_MAX      ((size_t)8 << 20)
#define NS_PER_S        UINT64_C(1000000000)
#define GRACE_NS        (3 * NS_PER_S)
#define DEFAULT_GUARD_S 120
#define FAR_RTTS        4 /* by so many round trips the bound of a step grows */
/* Programs start, move data and are waited for, step by step, each up to a guard of its own. */
#define SCENARIO_GUARD_S 300

struct slot {
    pid_t pid; /* 0: free */
    int pidfd;
    int in;
    void *log;
    struct ms_buf buf;
    bool hung;    /* killed for living too long */
    bool garbage; /* sent more than any result takes */
    uint64_t start_ns, deadline_ns;
    size_t job;
};

struct pool {
    const struct ms_suite *suite;
    const struct ms_run_config *cfg;
    const struct ms_job *job;
    size_t n_jobs, next, done;
    struct ms_arena *a;
    struct ms_outcome *out;
    struct slot *slot;
    struct pollfd *fds;
    unsigned n_slots, running;
    unsigned places, taken; /* by those that run, see weight() */
    sigset_t mask;          /* of the caller */
    bool stopping;
    bool interrupted;
    const char *no_evidence; /* why evidence could not be written */
    uint64_t kill_at_ns;     /* when stopping: those still alive are killed */
    uint64_t looked_ns;      /* at the guard's clock */
};

/* Cases wait far more than they compute: for the IUT's timers, and for the kernel to end namespaces. */
#define JOBS_PER_PROCESSOR 16u

#define SCENARIOS_PER_PROCESSOR 2u

static unsigned processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1u : n > 16 ? 16u : (unsigned)n;
}

unsigned ms_default_jobs(void)
{
    return JOBS_PER_PROCESSOR * processors();
}

unsigned ms_default_scenario_jobs(void)
{
    return SCENARIOS_PER_PROCESSOR * processors();
}

/* ---- starting ------------------------------------------------------------------------------------------- */

/* How many places a job takes of those that there are. */
static unsigned weight(const struct pool *p, const struct ms_job *job)
{
    unsigned side_by_side = p->cfg->scenario_jobs;
    if (!ms_is_scenario(job->instance) || side_by_side == 0 || side_by_side >= p->places)
        return 1;
    return (p->places + side_by_side - 1) / side_by_side;
}

/* A place for the next job; NULL: not before another has ended. */
static struct slot *free_slot(struct pool *p)
{
    if (p->running && p->taken + weight(p, &p->job[p->next]) > p->places)
        return NULL;
    for (unsigned i = 0; i < p->n_slots; i++)
        if (p->slot[i].pid == 0)
            return &p->slot[i];
    return NULL;
}

/*
 * What a block's steps may wait for by their own words (`within`), all of them one after the other, and `far` each
 * for the way to the IUT.
 */
static uint64_t waits_ns(const struct ms_block *b, uint64_t far)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < b->n; i++) {
        const struct ms_step *s = &b->step[i];
        sum += far;
        sum += s->seg && s->seg->within_ns ? s->seg->within_ns : s->within_ns;
        for (size_t k = 0; k < s->n_blocks; k++)
            sum += waits_ns(&s->block[k], far);
    }
    return sum;
}

static uint64_t guard_ns(const struct pool *p, const struct ms_job *job)
{
    double scale = job->time_scale > 0 ? job->time_scale : p->cfg->time_scale;
    unsigned s = p->cfg->hang_guard_s            ? p->cfg->hang_guard_s
                 : ms_is_scenario(job->instance) ? SCENARIO_GUARD_S
                                                 : DEFAULT_GUARD_S;
    uint64_t far = p->cfg->site ? FAR_RTTS * p->cfg->site->facts.rtt_ns : 0;
    double ns = (double)s * (double)NS_PER_S + (double)waits_ns(&job->instance->c->steps, far);
    return (uint64_t)(ns * (scale > 1 ? scale : 1));
}

static int start(struct pool *p, struct slot *s, struct ms_error *err)
{
    int pipefd[2] = {-1, -1};
    const struct ms_job *job = &p->job[p->next];
    *s = (struct slot){.pidfd = -1, .in = -1, .job = p->next};
    size_t octets = child_log_octets(job->instance->c);
    s->log = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    if (s->log == MAP_FAILED) {
        s->log = NULL;
        return ms_fail_errno(err, "cannot reserve memory for the frames of a case");
    }
    struct ms_framelog log;
    ms_framelog_init(&log, s->log, octets);
    int rc = MS_OK;
    if (pipe2(pipefd, O_CLOEXEC) < 0) {
        rc = ms_fail_errno(err, "cannot make a pipe for a case");
        goto cleanup;
    }
    s->start_ns = ms_now_ns();
    s->deadline_ns = s->start_ns + guard_ns(p, job);
    pid_t self = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        rc = ms_fail_errno(err, "cannot start a process for a case");
        goto cleanup;
    }
    if (pid == 0) {
        const struct child_job j = {.suite = p->suite,
                                    .cfg = p->cfg,
                                    .job = job,
                                    .log = s->log,
                                    .out = pipefd[1],
                                    .parent = self,
                                    .mask = &p->mask};
        child_main(&j);
    }
    setpgid(pid, pid); /* here as well: whoever comes first */
    s->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (s->pidfd < 0 &&
        errno != ENOSYS) { /* without it (Linux before 5.3, valgrind) the pipe's end tells */
        rc = ms_fail_errno(err, "cannot watch the process of a case (pidfd_open)");
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
        goto cleanup;
    }
    s->pid = pid;
    s->in = pipefd[0];
    pipefd[0] = -1;
    fcntl(s->in, F_SETFL, O_NONBLOCK);
    p->next++;
    p->running++;
    p->taken += weight(p, job);
    if (p->cfg->started)
        p->cfg->started(p->cfg->ctx, job->instance, p->running);
cleanup:
    if (pipefd[0] >= 0)
        close(pipefd[0]);
    if (pipefd[1] >= 0)
        close(pipefd[1]);
    if (rc < 0) {
        munmap(s->log, octets);
        s->log = NULL;
    }
    return rc;
}

/* ---- finishing ------------------------------------------------------------------------------------------ */

/* Reads what the pipe holds now. */
static void drain(struct slot *s)
{
    char chunk[16384];
    for (;;) {
        ssize_t n = s->in < 0 ? 0 : read(s->in, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            if (s->in >= 0)
                close(s->in);
            s->in = -1;
            return;
        }
        if (s->buf.len + (size_t)n > PARCEL_MAX) {
            s->garbage = true;
            kill(-s->pid, SIGKILL);
            close(s->in);
            s->in = -1;
            return;
        }
        ms_buf_add(&s->buf, chunk, (size_t)n);
    }
}

/* Words for a process that handed over no result. */
static void obituary(const struct pool *p, const struct slot *s, int status, char *out, size_t cap)
{
    if (s->hung)
        snprintf(out, cap, "hung: killed after %llu s",
                 (unsigned long long)((s->deadline_ns - s->start_ns) / NS_PER_S));
    else if (s->garbage)
        snprintf(out, cap, "the case's process sent more than any result takes and was killed");
    else if (WIFSIGNALED(status) && p->stopping)
        snprintf(out, cap, "interrupted");
    else if (WIFSIGNALED(status))
        snprintf(out, cap, "the case's process died of signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(out, cap, "the case's process ended with status %d and without a result",
                 WEXITSTATUS(status));
}

static void conclude(struct pool *p, struct slot *s, int status, const struct rusage *ru)
{
    struct ms_outcome *o = &p->out[s->job];
    struct ms_parcel parcel;
    struct ms_error err = {0};
    o->timed_out = s->hung;
    o->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (!s->garbage && s->buf.len &&
        ms_parcel_unpack(p->a, s->buf.data, s->buf.len, &parcel, &err) == MS_OK) {
        o->result = parcel.result;
        o->ladder = parcel.ladder;
        o->evidence = parcel.evidence;
        o->evidence_error = parcel.evidence_error;
    } else {
        char text[256];
        obituary(p, s, status, text, sizeof text);
        child_salvage(p->a, p->cfg, s->log, text, o);
    }
    /* What was cut short says nothing about the IUT. */
    if (p->stopping && (o->result.verdict == MS_ERROR || o->result.verdict == MS_INCONC)) {
        o->result.verdict = MS_SKIP;
        o->result.skip_reason = "interrupted";
    }
    o->result.wall_ns = ms_now_ns() - s->start_ns;
    o->result.cpu_ns = ((uint64_t)ru->ru_utime.tv_sec + (uint64_t)ru->ru_stime.tv_sec) * NS_PER_S +
                       ((uint64_t)ru->ru_utime.tv_usec + (uint64_t)ru->ru_stime.tv_usec) * 1000;
    o->result.max_rss_kib = ru->ru_maxrss;
}

/* The process of this slot has ended: takes its result and frees the slot. */
static void reap(struct pool *p, struct slot *s)
{
    int status = 0;
    struct rusage ru = {0};
    drain(s);
    /* Helpers that the case left behind; the group's id is ours until the wait below. */
    kill(-s->pid, SIGKILL);
    while (wait4(s->pid, &status, 0, &ru) < 0 && errno == EINTR)
        ;
    conclude(p, s, status, &ru);
    if (s->in >= 0)
        close(s->in);
    if (s->pidfd >= 0)
        close(s->pidfd);
    munmap(s->log, child_log_octets(p->job[s->job].instance->c));
    ms_buf_free(&s->buf);
    s->pid = 0;
    p->running--;
    p->taken -= weight(p, &p->job[s->job]);
    p->done++;
    if (*p->out[s->job].evidence_error && !p->interrupted)
        p->no_evidence = p->out[s->job].evidence_error;
    if (p->cfg->finished)
        p->cfg->finished(p->cfg->ctx, &p->out[s->job], p->done, p->n_jobs);
}

/* ---- the loop ------------------------------------------------------------------------------------------- */

static void signal_all(struct pool *p, int sig)
{
    for (unsigned i = 0; i < p->n_slots; i++)
        if (p->slot[i].pid)
            kill(-p->slot[i].pid, sig);
}

static void stop(struct pool *p)
{
    if (p->stopping)
        return;
    p->stopping = true;
    p->kill_at_ns = ms_now_ns() + GRACE_NS;
    signal_all(p, SIGTERM);
}

/* The guard's clock stands still while the site keeps the cases waiting. */
static void wait_with_site(struct pool *p, uint64_t now)
{
    struct ms_site *site = p->cfg->site;
    uint64_t since = p->looked_ns;
    p->looked_ns = now;
    if (!site || !site->ops->holds_up || !site->ops->holds_up(site))
        return;
    for (unsigned i = 0; i < p->n_slots; i++) {
        struct slot *s = &p->slot[i];
        if (s->pid)
            s->deadline_ns += now - (since > s->start_ns ? since : s->start_ns);
    }
}

/* Kills what is due and returns when something is due next. */
static uint64_t enforce(struct pool *p, uint64_t now)
{
    uint64_t next = UINT64_MAX;
    if (p->stopping && now >= p->kill_at_ns) {
        signal_all(p, SIGKILL);
        p->kill_at_ns = now + GRACE_NS;
    }
    if (p->stopping)
        next = p->kill_at_ns;
    for (unsigned i = 0; i < p->n_slots; i++) {
        struct slot *s = &p->slot[i];
        if (!s->pid || s->hung)
            continue;
        if (now >= s->deadline_ns) {
            s->hung = true;
            kill(-s->pid, SIGKILL);
        } else if (s->deadline_ns < next) {
            next = s->deadline_ns;
        }
    }
    return next;
}

static int wait_some(struct pool *p, struct ms_error *err)
{
    uint64_t now = ms_now_ns();
    wait_with_site(p, now);
    uint64_t next = enforce(p, now);
    nfds_t n = 0;
    for (unsigned i = 0; i < p->n_slots; i++) {
        /* A negative descriptor is ignored by poll. */
        p->fds[n++] =
            (struct pollfd){.fd = p->slot[i].pid ? p->slot[i].pidfd : -1, .events = POLLIN};
        p->fds[n++] = (struct pollfd){.fd = p->slot[i].pid ? p->slot[i].in : -1, .events = POLLIN};
    }
    struct timespec ts = {.tv_sec = 1};
    if (next != UINT64_MAX && next - now < NS_PER_S)
        ts = (struct timespec){.tv_nsec = (long)(next > now ? next - now : 0)};
    int rc = ppoll(p->fds, n, &ts, &p->mask);
    if (rc < 0 && errno != EINTR)
        return ms_fail_errno(err, "cannot wait for the cases (ppoll)");
    if (rc < 0)
        return MS_OK;
    for (unsigned i = 0; i < p->n_slots; i++) {
        struct slot *s = &p->slot[i];
        if (s->pid && p->fds[2 * i + 1].revents)
            drain(s);
        if (s->pid && (p->fds[2 * i].revents || (s->pidfd < 0 && s->in < 0)))
            reap(p, s);
    }
    return MS_OK;
}

/* What the site cannot do, or could not any more: NULL if it can. */
static const char *refusal(const struct pool *p, const struct ms_instance *i)
{
    struct ms_site *site = p->cfg->site;
    const char *lost = site->ops->lost ? site->ops->lost(site) : NULL;
    if (lost)
        return ms_arena_printf(p->a, "not run: %s", lost);
    return site->ops->refuses
               ? site->ops->refuses(site, p->a, i, ms_suite_topo(p->suite, i->c->topology))
               : NULL;
}

/* It needs no process: skipped, with the reason. */
static void skip_refused(struct pool *p)
{
    while (p->cfg->site && p->next < p->n_jobs) {
        struct ms_outcome *o = &p->out[p->next];
        const char *why = refusal(p, o->instance);
        if (!why)
            return;
        o->result.skip_reason = why;
        p->next++;
        p->done++;
        if (p->cfg->finished)
            p->cfg->finished(p->cfg->ctx, o, p->done, p->n_jobs);
    }
}

/* The next job that the site takes can be started; NULL: none, or not now. */
static struct slot *next_slot(struct pool *p)
{
    skip_refused(p);
    return p->next < p->n_jobs ? free_slot(p) : NULL;
}

static int loop(struct pool *p, struct ms_error *err)
{
    int rc = MS_OK;
    while (p->running > 0 || (!p->stopping && p->next < p->n_jobs)) {
        if (p->cfg->interrupted && *p->cfg->interrupted && !p->interrupted) {
            p->interrupted = true;
            stop(p);
        }
        struct slot *s;
        while (rc == MS_OK && !p->stopping && (s = next_slot(p))) {
            rc = start(p, s, err);
            if (rc < 0)
                stop(p);
        }
        if (p->running == 0)
            continue;
        int w = wait_some(p, rc == MS_OK ? err : NULL);
        if (w == MS_OK && p->no_evidence)
            w = ms_fail(rc == MS_OK ? err : NULL, MS_ERR_SYS, "%s", p->no_evidence);
        if (w < 0) {
            rc = rc == MS_OK ? w : rc;
            stop(p);
        }
    }
    return p->interrupted && rc == MS_OK ? ms_fail(err, MS_ERR_INTR, "interrupted") : rc;
}

/* Two descriptors a slot and some to spare: the usual soft limit of 1024 is soon reached. */
static void raise_descriptor_limit(unsigned n_slots)
{
    struct rlimit l;
    rlim_t want = (rlim_t)n_slots * 4 + 256;
    if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < want) {
        l.rlim_cur = want < l.rlim_max ? want : l.rlim_max;
        setrlimit(RLIMIT_NOFILE, &l);
    }
}

int ms_run_jobs(const struct ms_suite *s, const struct ms_job *job, size_t n_jobs,
                const struct ms_run_config *cfg, struct ms_arena *a, struct ms_outcome **outcome,
                struct ms_error *err)
{
    struct pool p = {.suite = s, .cfg = cfg, .job = job, .n_jobs = n_jobs, .a = a};
    p.places = p.n_slots = cfg->jobs ? cfg->jobs : ms_default_jobs();
    unsigned most = cfg->site ? cfg->site->facts.most_parallel : 0;
    if (most && p.n_slots > most)
        p.places = p.n_slots = most;
    if (p.n_slots > n_jobs)
        p.n_slots = n_jobs ? (unsigned)n_jobs : 1;
    p.slot = ms_arena_alloc(a, p.n_slots * sizeof *p.slot);
    p.fds = ms_arena_alloc(a, 2 * p.n_slots * sizeof *p.fds);
    p.out = ms_arena_alloc(a, (n_jobs + 1) * sizeof *p.out);
    for (size_t i = 0; i < n_jobs; i++)
        p.out[i] = (struct ms_outcome){
            .instance = job[i].instance,
            .repetition = job[i].repetition,
            .job = i,
            .result = {.verdict = MS_SKIP, .skip_reason = "interrupted", .counters = ""},
            .ladder = "",
            .evidence = "",
            .evidence_error = "",
        };
    *outcome = p.out;
    raise_descriptor_limit(p.n_slots);
    /* Signals arrive while the loop waits, and only there. */
    sigset_t block;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGHUP);
    sigprocmask(SIG_BLOCK, &block, &p.mask);
    int rc = loop(&p, err);
    sigprocmask(SIG_SETMASK, &p.mask, NULL);
    return rc;
}

int ms_run(const struct ms_suite *s, const bool *chosen, const struct ms_run_config *cfg,
           struct ms_arena *a, struct ms_outcome **outcome, size_t *n, struct ms_error *err)
{
    unsigned repeat = cfg->repeat ? cfg->repeat : 1;
    size_t count = 0;
    for (size_t i = 0; i < s->n_instance; i++)
        count += chosen[i] ? repeat : 0;
    struct ms_job *job = ms_arena_alloc(a, (count + 1) * sizeof *job);
    *n = 0;
    for (size_t i = 0; i < s->n_instance; i++)
        for (unsigned r = 0; chosen[i] && r < repeat; r++)
            job[(*n)++] = (struct ms_job){.instance = &s->instance[i], .repetition = r};
    return ms_run_jobs(s, job, *n, cfg, a, outcome, err);
}
