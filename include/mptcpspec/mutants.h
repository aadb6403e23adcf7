/* SPDX-License-Identifier: MIT */
/*
 * mutants (layer runner): lets the suite hunt mutants, faulty implementations made of the real one, and says who
 * killed which. What a mutant is stands in docs/mutants.md.
 */
#ifndef MPTCPSPEC_MUTANTS_H
#define MPTCPSPEC_MUTANTS_H

#include "mptcpspec/runner.h"

enum ms_fate {
    MS_FATE_KILLED,
    MS_FATE_SURVIVED,
    MS_FATE_EQUIVALENT,   /* said to be, and nothing told it from correct behaviour */
    MS_FATE_CONTRADICTED, /* said to be equivalent, and killed all the same */
    MS_FATE_NEVER_ACTED,  /* changed nothing in any run: it proves nothing */
    MS_FATE_NOT_RUN,      /* no result that could be run, or interrupted before it was decided */
    MS_FATES,
};
const char *ms_fate_name(enum ms_fate f); /* "never acted" */

/* An expectation or a rule that failed because of the mutant. */
struct ms_kill {
    const struct ms_instance *instance;
    const char *rule; /* "" for an expectation */
    unsigned line;    /* of the case */
    const char *
        reqs; /* of those that the failure is tied to, the ones that the mutant breaks or implies */
    const char *text;
};

struct ms_mutant_result {
    const struct ms_mutant *mutant;
    enum ms_fate fate;
    size_t n_kills, cap_kills;
    struct ms_kill *kill;
    size_t runs, acted; /* results that were run; those in which it changed something */
};

/* A result that deviates without any mutant: nothing can be told by it. */
struct ms_unusable {
    const struct ms_instance *instance;
    enum ms_verdict verdict;
    const char *text;
};

struct ms_mutation {
    size_t n;
    struct ms_mutant_result *result; /* in the order given */
    size_t n_unusable, cap_unusable;
    struct ms_unusable *unusable;
    size_t plain_runs, mutant_runs; /* results that were run without and with a mutant */
    uint64_t duration_ns;
};

struct ms_mutation_config {
    unsigned jobs;
    uint64_t seed;
    double time_scale; /* of the runs with a mutant: failures are waited for */
    double slow;       /* multiplies every bound, 1: usual machine */
    bool all;          /* every result against every mutant, not only up to the first kill */
    bool
        each; /* up to a kill through each requirement that the mutant breaks, as far as there is one */
    const bool *chosen;           /* instances that may hunt */
    struct ms_expected *expected; /* NULL: none */
    const volatile int *interrupted;
    /* Called after each stage; NULL allowed, as the other. */
    void (*progress)(void *ctx, size_t decided, size_t total, size_t runs);
    /* Called for each run with a mutant that was judged. */
    void (*ran)(void *ctx, const struct ms_mutant *m, const struct ms_outcome *o);
    void *ctx;
};

/* MS_ERR_INTR when interrupted: what was decided stands, the rest was not run. */
int ms_mutation_run(const struct ms_suite *s, const struct ms_mutant *const *mutant, size_t n,
                    const struct ms_mutation_config *cfg, struct ms_arena *a,
                    struct ms_mutation *out, struct ms_error *err);

/* The MPTCP option that a mutant is about: of its first rewrite or repair that names one, "" if none does. */
const char *ms_mutant_option(struct ms_arena *a, const struct ms_mutant *m);
/*
 * Neighbours in the alphabet are alike: an order, or a choice, by this number has nothing to do with it and stays the
 * same when others are added.
 */
uint32_t ms_name_spread(const char *name);
/* Section of the first requirement that it breaks. */
const char *ms_mutant_section(const struct ms_mutant *m);

/*
 * The results that may hunt this mutant, those first that can notice it: tied to what it breaks, doing what it
 * answers to, exercising its option. order[] has room for every instance; returns how many.
 */
size_t ms_mutant_rank(struct ms_arena *a, const struct ms_suite *s, const bool *chosen,
                      const struct ms_mutant *m, size_t *order);
/*
 * What in `with` the mutant is to blame for and is tied to what it breaks or implies; `plain` is the same result
 * without it. Appends to r->kill; returns how many.
 */
size_t ms_mutant_judge(struct ms_arena *a, const struct ms_outcome *plain,
                       const struct ms_outcome *with, struct ms_mutant_result *r);

/* True if `id` stands in a list like "R-3.2-14, R-3.2-26". */
bool ms_id_listed(const char *list, const char *id);
/* True if a failure that is tied to this requirement killed the mutant. */
bool ms_mutant_killed_through(const struct ms_mutant_result *r, const struct ms_requirement *q);
/*
 * 16 hexadecimal digits that change when what the mutant does or breaks changes: what was found out about it before
 * then no longer holds.
 */
const char *ms_mutant_digest(struct ms_arena *a, const struct ms_mutant *m);

/* MUST and MUST NOT requirements that a case judges and no mutant breaks; *n receives their number. */
const struct ms_requirement **ms_mutants_uncovered(const struct ms_suite *s, size_t *n);

#endif
