/* SPDX-License-Identifier: MIT */
/*
 * The hunt: in stages, each mutant that still lives against a few more results, those first that can notice it.
 * A result is run without a mutant once, before any mutant meets it.
 */
#include <string.h>

#include "mptcpspec/mutants.h"

/* Results that each living mutant meets in a stage; after the last, all that are left. */
static const size_t batches[] = {4, 12, 48};

/*
 * How long a result with a mutant waits for what does not come: some multiple of what it took without, since some wait
 * for timers of the IUT, and not less than `least`. A kill is confirmed with more: a busy machine must not kill.
 */
static const struct patience {
    double least, multiple;
} first_run = {1, 2}, second_run = {4, 4};
#define GUARD_NS 10e9 /* what an expectation waits otherwise */
/* Ten times what the busiest case takes: a mutant that answers an ACK with an ACK has no end by itself. */
#define MOST_PACKETS 4000

struct plain {
    bool ran;
    enum ms_standing standing;
    struct ms_outcome outcome;
};

/* One mutant on its way. */
struct prey {
    struct ms_mutant_result *r;
    size_t *order;
    size_t n_order, next;
    bool dead;   /* killed */
    size_t more; /* runs since, in which a rule was looked for */
};

struct pair {
    size_t prey, instance;
    bool suspect;                  /* killed in the first run, to be confirmed */
    struct ms_mutant_result trial; /* that kill */
};

struct hunt {
    const struct ms_suite *suite;
    const struct ms_mutation_config *cfg;
    struct ms_arena *a;
    struct ms_mutation *out;
    struct plain *plain; /* by instance */
    struct prey *prey;
    size_t n;
    struct pair *pair;
    size_t n_pair, cap_pair;
};

static int run_jobs(struct hunt *h, const struct ms_job *job, size_t n, struct ms_outcome **o,
                    struct ms_error *err)
{
    const struct ms_run_config cfg = {.jobs = h->cfg->jobs,
                                      .seed = h->cfg->seed,
                                      .time_scale = h->cfg->slow,
                                      .interrupted = h->cfg->interrupted};
    return ms_run_jobs(h->suite, job, n, &cfg, h->a, o, err);
}

/* ---- when a mutant is done with ------------------------------------------------------------------------------ */

/* A rule can fail in any result: after the first kill so many more are tried for those that are still missing. */
#define MORE_FOR_RULES 40

static bool rule_names(const struct ms_requirement *q)
{
    for (size_t i = 0; ms_rules[i]; i++)
        if (ms_id_listed(ms_rules[i]->reqs, q->id))
            return true;
    return false;
}

static bool case_judges(const struct ms_case *c, const struct ms_requirement *q)
{
    for (size_t i = 0; i < c->n_reqs; i++)
        if (c->req[i] == q)
            return true;
    return false;
}

/* Nothing more is wanted of it. */
static bool done(const struct hunt *h, const struct prey *p)
{
    if (!p->dead || h->cfg->all)
        return false;
    if (h->cfg->each && !p->r->mutant->equivalent)
        for (size_t i = 0; i < p->r->mutant->breaks.n; i++)
            if (!ms_mutant_killed_through(p->r, p->r->mutant->breaks.req[i]))
                return false;
    return true;
}

/* After the first kill only results are met that can show one of the requirements that are still missing. */
static bool worth_it(const struct hunt *h, struct prey *p, size_t instance)
{
    if (!p->dead || h->cfg->all)
        return true;
    const struct ms_mutant *m = p->r->mutant;
    bool by_rule = false;
    for (size_t i = 0; i < m->breaks.n; i++) {
        const struct ms_requirement *q = m->breaks.req[i];
        if (ms_mutant_killed_through(p->r, q))
            continue;
        if (case_judges(h->suite->instance[instance].c, q))
            return true;
        by_rule |= rule_names(q);
    }
    return by_rule && p->more++ < MORE_FOR_RULES;
}

/* True if this kill is the first, or the first through something that the mutant breaks. */
static bool tells_more(const struct hunt *h, const struct prey *p,
                       const struct ms_mutant_result *trial)
{
    if (!p->dead || h->cfg->all)
        return trial->n_kills > 0;
    for (size_t i = 0; i < p->r->mutant->breaks.n; i++) {
        const struct ms_requirement *q = p->r->mutant->breaks.req[i];
        if (ms_mutant_killed_through(trial, q) && !ms_mutant_killed_through(p->r, q))
            return true;
    }
    return false;
}

/* ---- without a mutant ------------------------------------------------------------------------------------ */

static void take_plain(struct hunt *h, const struct ms_outcome *o)
{
    struct plain *p = &h->plain[o->instance - h->suite->instance];
    const char *ignored;
    p->outcome = *o;
    p->standing = ms_expected_judge(h->cfg->expected, o, &ignored);
    if (p->standing != MS_STANDS_UNEXPECTED)
        return;
    struct ms_mutation *m = h->out;
    m->unusable =
        ms_arena_grow(h->a, m->unusable, &m->cap_unusable, m->n_unusable, sizeof *m->unusable);
    m->unusable[m->n_unusable++] =
        (struct ms_unusable){.instance = o->instance,
                             .verdict = o->result.verdict,
                             .text = o->result.n_reason ? o->result.reason[0].text : ""};
}

static int run_plain(struct hunt *h, struct ms_error *err)
{
    struct ms_job *job = ms_arena_alloc(h->a, (h->n_pair + 1) * sizeof *job);
    struct ms_outcome *o;
    size_t n = 0;
    for (size_t i = 0; i < h->n_pair; i++) {
        struct plain *p = &h->plain[h->pair[i].instance];
        if (!p->ran)
            job[n++] = (struct ms_job){.instance = &h->suite->instance[h->pair[i].instance]};
        p->ran = true;
    }
    int rc = run_jobs(h, job, n, &o, err);
    if (rc < 0)
        return rc;
    h->out->plain_runs += n;
    for (size_t i = 0; i < n; i++)
        take_plain(h, &o[i]);
    return MS_OK;
}

static bool usable(const struct hunt *h, size_t instance)
{
    enum ms_standing s = h->plain[instance].standing;
    return s == MS_STANDS_PASS || s == MS_STANDS_EXPECTED;
}

/* ---- with one -------------------------------------------------------------------------------------------- */

static uint64_t longest(const struct hunt *h, size_t instance, const struct patience *p)
{
    double took = (double)h->plain[instance].outcome.result.wall_ns * p->multiple;
    double least = GUARD_NS * h->cfg->time_scale * h->cfg->slow * p->least;
    return (uint64_t)(took > least ? took : least);
}

/* Runs the pairs for which `wanted` holds; outcome[k] belongs to pair index[k]. */
static int run_pairs(struct hunt *h, bool again, bool (*wanted)(const struct hunt *, size_t pair),
                     struct ms_outcome **o, size_t **index, size_t *n, struct ms_error *err)
{
    struct ms_job *job = ms_arena_alloc(h->a, (h->n_pair + 1) * sizeof *job);
    *index = ms_arena_alloc(h->a, (h->n_pair + 1) * sizeof **index);
    *n = 0;
    for (size_t i = 0; i < h->n_pair; i++) {
        const struct pair *x = &h->pair[i];
        if (!wanted(h, i))
            continue;
        (*index)[*n] = i;
        job[(*n)++] = (struct ms_job){
            .instance = &h->suite->instance[x->instance],
            .mutant = h->prey[x->prey].r->mutant,
            .repetition = again ? 2 : 1,
            .most_packets = MOST_PACKETS,
            .longest_ns = longest(h, x->instance, again ? &second_run : &first_run)};
    }
    h->out->mutant_runs += *n;
    return run_jobs(h, job, *n, o, err);
}

static bool pair_usable(const struct hunt *h, size_t pair)
{
    return usable(h, h->pair[pair].instance);
}

static void hand_over(struct hunt *h, const struct pair *x, const struct ms_outcome *o)
{
    if (h->cfg->ran)
        h->cfg->ran(h->cfg->ctx, h->prey[x->prey].r->mutant, o);
}

static int first_runs(struct hunt *h, struct ms_error *err)
{
    struct ms_outcome *o;
    size_t *index, n;
    int rc = run_pairs(h, false, pair_usable, &o, &index, &n, err);
    if (rc < 0)
        return rc;
    for (size_t k = 0; k < n; k++) {
        struct pair *x = &h->pair[index[k]];
        struct ms_mutant_result *r = h->prey[x->prey].r;
        x->trial = (struct ms_mutant_result){.mutant = r->mutant};
        r->runs++;
        r->acted += o[k].result.rewrite_hits > 0;
        x->suspect = ms_mutant_judge(h->a, &h->plain[x->instance].outcome, &o[k], &x->trial) > 0;
        if (!x->suspect)
            hand_over(h, x, &o[k]);
    }
    return MS_OK;
}

/* The suspects of each mutant in turn: the first alone unless all are wanted. */
static bool next_suspect(const struct hunt *h, size_t pair)
{
    const struct pair *x = &h->pair[pair];
    if (!x->suspect || h->cfg->all)
        return x->suspect;
    if (done(h, &h->prey[x->prey]) || !tells_more(h, &h->prey[x->prey], &x->trial))
        return false;
    for (size_t i = pair; i-- > 0 && h->pair[i].prey == x->prey;)
        if (h->pair[i].suspect && tells_more(h, &h->prey[x->prey], &h->pair[i].trial))
            return false;
    return true;
}

/* True while there is more to confirm. */
static int confirm(struct hunt *h, bool *more, struct ms_error *err)
{
    struct ms_outcome *o;
    size_t *index, n;
    int rc = run_pairs(h, true, next_suspect, &o, &index, &n, err);
    *more = n > 0;
    for (size_t k = 0; rc == MS_OK && k < n; k++) {
        struct pair *x = &h->pair[index[k]];
        struct prey *p = &h->prey[x->prey];
        x->suspect = false;
        if (ms_mutant_judge(h->a, &h->plain[x->instance].outcome, &o[k], p->r) > 0)
            p->dead = true;
        hand_over(h, x, &o[k]);
    }
    return rc;
}

/* ---- stages ---------------------------------------------------------------------------------------------- */

/* The next results of each mutant that lives; false when there are none left. */
static bool pair_up(struct hunt *h, size_t batch)
{
    h->n_pair = 0;
    for (size_t i = 0; i < h->n; i++) {
        struct prey *p = &h->prey[i];
        for (size_t k = 0; k < batch && p->next < p->n_order && !done(h, p);) {
            size_t instance = p->order[p->next++];
            if (!worth_it(h, p, instance))
                continue;
            h->pair = ms_arena_grow(h->a, h->pair, &h->cap_pair, h->n_pair, sizeof *h->pair);
            h->pair[h->n_pair++] = (struct pair){.prey = i, .instance = instance};
            k++;
        }
    }
    return h->n_pair > 0;
}

static int stage(struct hunt *h, struct ms_error *err)
{
    bool more = true;
    int rc = run_plain(h, err);
    if (rc == MS_OK)
        rc = first_runs(h, err);
    while (rc == MS_OK && more)
        rc = confirm(h, &more, err);
    size_t decided = 0;
    for (size_t i = 0; i < h->n; i++)
        decided += done(h, &h->prey[i]) || h->prey[i].next == h->prey[i].n_order;
    if (h->cfg->progress)
        h->cfg->progress(h->cfg->ctx, decided, h->n, h->out->plain_runs + h->out->mutant_runs);
    return rc;
}

static enum ms_fate fate_of(const struct prey *p, bool complete)
{
    const struct ms_mutant_result *r = p->r;
    if (p->dead)
        return r->mutant->equivalent ? MS_FATE_CONTRADICTED : MS_FATE_KILLED;
    if (!complete || r->runs == 0)
        return MS_FATE_NOT_RUN;
    if (r->mutant->equivalent)
        return MS_FATE_EQUIVALENT;
    return r->acted ? MS_FATE_SURVIVED : MS_FATE_NEVER_ACTED;
}

int ms_mutation_run(const struct ms_suite *s, const struct ms_mutant *const *mutant, size_t n,
                    const struct ms_mutation_config *cfg, struct ms_arena *a,
                    struct ms_mutation *out, struct ms_error *err)
{
    struct hunt h = {.suite = s, .cfg = cfg, .a = a, .out = out, .n = n};
    uint64_t start = ms_now_ns();
    *out = (struct ms_mutation){.n = n};
    out->result = ms_arena_alloc(a, (n + 1) * sizeof *out->result);
    h.plain = ms_arena_alloc(a, (s->n_instance + 1) * sizeof *h.plain);
    h.prey = ms_arena_alloc(a, (n + 1) * sizeof *h.prey);
    for (size_t i = 0; i < n; i++) {
        struct prey *p = &h.prey[i];
        out->result[i] = (struct ms_mutant_result){.mutant = mutant[i]};
        p->r = &out->result[i];
        p->order = ms_arena_alloc(a, (s->n_instance + 1) * sizeof *p->order);
        p->n_order = ms_mutant_rank(a, s, cfg->chosen, mutant[i], p->order);
    }
    int rc = MS_OK;
    for (size_t k = 0; rc == MS_OK; k++) {
        bool last = cfg->all || k >= MS_ARRAY_LEN(batches);
        if (!pair_up(&h, last ? s->n_instance : batches[k]))
            break;
        rc = stage(&h, err);
    }
    for (size_t i = 0; i < n; i++)
        out->result[i].fate = fate_of(&h.prey[i], rc == MS_OK);
    out->duration_ns = ms_now_ns() - start;
    return rc;
}
