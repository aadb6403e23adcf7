/* SPDX-License-Identifier: MIT */
/*
 * runner: a suite of cases from files, the choice among them, and running the chosen instances side by side,
 * each in its own process. It retries nothing and computes no verdict but `error` for a process that died.
 */
#ifndef MPTCPSPEC_RUNNER_H
#define MPTCPSPEC_RUNNER_H

#include "mptcpspec/engine.h"

struct ms_suite {
    struct ms_arena *arena;
    struct ms_catalogue catalogue;
    size_t n_topo;
    const struct ms_topo **topo; /* NULL-terminated */
    size_t n_case;
    const struct ms_case **c;
    size_t n_instance;
    struct ms_instance *instance;
    struct ms_diags diags; /* mistakes found while loading; a case with mistakes is left out */
    size_t n_files;
    const char *data_dir;
    char identity[65]; /* SHA-256 over what was read: requirements, topologies, cases */
    size_t n_broken;   /* files with mistakes */
    struct ms_broken_file {
        const char *file;
        const char *name; /* of its case as far as it can be told, "" if not */
    } * broken;
    /* By ms_suite_load_mutants. */
    size_t n_mutant, cap_mutant, n_mutant_files;
    struct ms_mutant **mutant;
    struct ms_diags mutant_diags; /* mistakes in their files; a mutant with mistakes is left out */
};

/* Where cases/ and topo/ are: $MPTCPSPEC_DATA, beside the binary's build tree, the present folder, or the
 * installed share folder. */
int ms_data_dir(char *out, size_t cap, struct ms_error *err);
/* Loads catalogue, topologies and every .case file below DATA/cases (and the extra files given). */
int ms_suite_load(struct ms_suite *s, const char *data_dir, const char *const *files,
                  size_t n_files, struct ms_error *err);
/* Loads every .mutants file below DATA/cases and the extra files given. */
int ms_suite_load_mutants(struct ms_suite *s, const char *const *files, size_t n_files,
                          struct ms_error *err);
void ms_suite_free(struct ms_suite *s);
const struct ms_topo *ms_suite_topo(const struct ms_suite *s, const char *name);
/* Section under which a result stands in reports: that of its case, "0" when it has none. */
const char *ms_instance_section(const struct ms_instance *i);

/*
 * Selectors: a name or glob of case or result names ("join.*", "join.listener.ack-hmac-wrong/ipv4"), a path of
 * a .case file, or KEY=VALUE with KEY one of section (3.2), req (R-3.2-34), role (listener, initiator, both), family, tag. Several
 * selectors of the same kind add up, different kinds narrow. Marks chosen[i]; returns how many, or a negative
 * status for a selector that is malformed or matches nothing (the error says which).
 */
int ms_select(const struct ms_suite *s, const char *const *selector, size_t n, bool *chosen,
              struct ms_error *err);

/* Cases with this tag wait for long timers: they run when they are asked for. */
#define MS_TAG_SLOW "slow"
/*
 * Takes the slow ones out of `chosen` that no selector names: by tag=slow, by file, or by a name that is no
 * glob. Returns how many.
 */
size_t ms_select_leave_slow(const struct ms_suite *s, const char *const *selector, size_t n,
                            bool *chosen);

/* A case with two live stacks (`iut both`). */
bool ms_is_scenario(const struct ms_instance *i);
/* Scenarios with this tag, with the first values of their tables, are the quick part, which `make run` runs. */
#define MS_TAG_QUICK "quick"
bool ms_is_quick(const struct ms_instance *i);
/*
 * Takes the scenarios out of `chosen` that no selector asks for: one that chooses scenarios alone. Returns how many.
 */
size_t ms_select_leave_scenarios(const struct ms_suite *s, const char *const *selector, size_t n,
                                 bool *chosen);
/* Leaves the scenarios among `chosen`; returns how many. */
size_t ms_select_leave_cases(const struct ms_suite *s, bool *chosen);
/*
 * Narrows `chosen` to part `shard` (from 1) of `shards`. time_ns[i] is what instance i took, 0: not known; NULL: nothing
 * is known. Known ones are spread so that the parts take equally long, the others by their names; whatever is known,
 * each is in exactly one part. Returns how many are left.
 */
size_t ms_shard(const struct ms_suite *s, const uint64_t *time_ns, unsigned shard, unsigned shards,
                bool *chosen);
/* True if a file with mistakes could hold something that these selectors choose. */
bool ms_select_touches_broken(const struct ms_suite *s, const char *const *selector, size_t n);

/* One run that is to be made: an instance, with rewrites of its own on top of those of the whole run. */
struct ms_job {
    const struct ms_instance *instance;
    unsigned repetition;
    const char *const *rewrite;
    size_t n_rewrites;
    const struct ms_mutant *mutant; /* stands between the case and the IUT, NULL: none */
    unsigned noop_box;              /* middlebox of the case that has no effect, from 1; 0: none */
    double time_scale;              /* 0: that of the run */
    uint64_t longest_ns;            /* no bound of an expectation is longer; 0: no such limit */
    uint32_t most_packets;          /* a storm of more ends the case; 0: no such limit */
};

/* One finished run of one instance. */
struct ms_outcome {
    const struct ms_instance *instance;
    unsigned repetition;        /* from 0 */
    size_t job;                 /* index of the job */
    struct ms_result result;    /* strings in the runner's arena */
    const char *ladder;         /* packets as text, for results that did not pass; "" otherwise */
    const char *evidence_error; /* why the evidence could not be written, "" */
    const char *evidence;       /* folder below the output folder, "" when none was written */
    int signal;                 /* the process died by this signal, 0: it did not */
    bool timed_out;
};

struct ms_run_config {
    unsigned jobs;
    unsigned
        scenario_jobs; /* scenarios side by side; they take the place of several cases; 0: as jobs */
    unsigned repeat;
    uint64_t seed;
    double time_scale;
    bool strict;
    uint32_t positions;           /* readings of the run, see catalogue.h */
    struct ms_site *site;         /* where the IUT is; NULL: here */
    const char *rewrite_text[16]; /* laid on the tester's links of every case */
    size_t n_rewrites;
    /* A case process is killed that lives longer than this and what its steps' `within` allow (times time_scale). */
    unsigned hang_guard_s;
    const volatile int *interrupted;
    /* Called in the case's process after the run (or in the parent for one that died, then result is what is
     * known): writes evidence; returns the folder's name in `dir`. */
    int (*evidence)(void *ctx, const struct ms_instance *i, unsigned repetition,
                    const struct ms_trace *t, const struct ms_result *r, char *dir, size_t cap,
                    struct ms_error *err);
    /* Called in the parent as outcomes arrive, in order of completion. */
    void (*finished)(void *ctx, const struct ms_outcome *o, size_t done, size_t total);
    /* Called in the parent when an instance was started; `running` counts it. NULL allowed, as the others. */
    void (*started)(void *ctx, const struct ms_instance *i, unsigned running);
    void *ctx;
};

/*
 * Runs the chosen instances. Outcomes are stored at outcome[k] in order of instance (then repetition), whatever
 * the order of completion. MS_ERR_INTR when interrupted: those not run have verdict SKIP "interrupted".
 */
int ms_run(const struct ms_suite *s, const bool *chosen, const struct ms_run_config *cfg,
           struct ms_arena *a, struct ms_outcome **outcome, size_t *n, struct ms_error *err);
/* The same for a list of jobs; outcome[k] belongs to job[k]. */
int ms_run_jobs(const struct ms_suite *s, const struct ms_job *job, size_t n_jobs,
                const struct ms_run_config *cfg, struct ms_arena *a, struct ms_outcome **outcome,
                struct ms_error *err);
/* How many cases run side by side when nobody says: they mostly wait, so several for each processor. */
unsigned ms_default_jobs(void);
/* The same of scenarios: two real stacks that move data keep a processor busy. */
unsigned ms_default_scenario_jobs(void);

/* ---- passing a result between processes ----------------------------------------------------------------- */

/* What a case's process hands to its parent, in a length-checked binary form. */
struct ms_parcel {
    struct ms_result result;
    const char *ladder;
    const char *evidence;
    const char *evidence_error;
};
void ms_parcel_pack(const struct ms_parcel *p, struct ms_buf *out);
/* Strings live in `a` and are clean (ms_text_clean). Any octets may be given; MS_ERR_PARSE unless they are exactly one whole parcel. */
int ms_parcel_unpack(struct ms_arena *a, const void *octets, size_t len, struct ms_parcel *out,
                     struct ms_error *err);

/*
 * Valid UTF-8 without control characters other than tab and newline and without what XML 1.0 forbids: each other
 * octet becomes '?'. Returns an arena copy; NULL gives "".
 */
char *ms_text_clean(struct ms_arena *a, const char *s);

/* ---- expected deviations --------------------------------------------------------------------------------- */

/*
 * A file that says which results of an IUT are known to deviate, and in which requirement or rule exactly. The
 * format is documented in docs/reports.md.
 */
struct ms_deviation {
    const char *result;      /* exact name */
    const char *requirement; /* "" when `rule` is given */
    const char *rule;
    const char *reason;
    bool applies; /* to the running kernel */
    bool ran, shown;
};
struct ms_expected {
    const char *file, *iut;
    size_t n;
    struct ms_deviation *d;
};
/* `release`: of the kernel under test as ms_kernel_point tells it, for entries with a range of kernels; "": not known. */
int ms_expected_load(struct ms_arena *a, const char *path, const char *release,
                     struct ms_expected *out, struct ms_error *err);

/* ---- releases of kernels ----------------------------------------------------------------------------------- */

/*
 * True if `release` ("6.1.55") lies in `range` (">=5.19, <6.8 | >=6.12, <6.12.9": alternatives of comparisons that
 * all hold); negative status: malformed range, or a release that does not start with a number.
 */
int ms_kernel_in_range(const char *release, const char *range, struct ms_error *err);
/* As strcmp: by their leading numbers, then by what follows; what starts with no number comes last. */
int ms_kernel_order(const char *a, const char *b);
/* The first two numbers are the same. */
bool ms_kernel_same_series(const char *a, const char *b);
/*
 * The release by which a kernel's faults are told. Debian calls every kernel of a series 6.1.0-N and names the upstream
 * release in the version line: "6.1.192" then; otherwise the release as it is.
 */
const char *ms_kernel_point(struct ms_arena *a, const struct ms_kernel_facts *k);

/* ---- known bugs -------------------------------------------------------------------------------------------- */

/* A fault that kernels had, or have, and the cases that would notice it: cases/known-bugs.tsv, docs/kernels.md. */
struct ms_bug {
    const char *id;      /* "c-flag-of-syn" */
    const char *section; /* of RFC 8684, "" for none */
    const char *fault;   /* what goes wrong, a sentence */
    size_t n_results;
    const char *
        *results; /* globs of results or cases that it makes fail; none: no case notices it */
    size_t n_requirements;
    const char **requirements; /* and rules that it breaks; none: any */
    const char *kernels;       /* range of releases that have it, "" if that is not known */
    const char *fix;           /* title of the change that mended it, "" for none */
    const char *known;         /* where it was told */
    const char *why_not;       /* why no case notices it, "" if one does */
};
struct ms_bugs {
    size_t n, cap;
    struct ms_bug *bug;
};
/* Any file may be given; the mistake is told with its line. What is read lives in `a`. */
int ms_bugs_load(struct ms_arena *a, const char *path, struct ms_bugs *out, struct ms_error *err);
/* A result of this name is one that it can make fail. */
bool ms_bug_touches(const struct ms_bug *b, const struct ms_instance *i);
/* It can break this requirement or rule. */
bool ms_bug_breaks(const struct ms_bug *b, const char *name);
/*
 * A kernel has the fault: by its release (ms_kernel_point), or by its label, which ends in "-without-ID" where the
 * mending change was taken out of it.
 */
bool ms_bug_in_kernel(const struct ms_bug *b, const char *release, const char *label);

/* How a result counts. */
enum ms_standing {
    MS_STANDS_PASS,     /* passed, warnings included */
    MS_STANDS_EXPECTED, /* deviates as expected */
    MS_STANDS_SKIP,
    MS_STANDS_UNEXPECTED, /* fail, inconc or error that nothing covers */
};
const char *ms_standing_name(enum ms_standing s); /* "unexpected" */
/*
 * Judges one outcome against the list (NULL: none) and marks the entries that it shows. `why` receives the
 * reason of the first covering entry, or "".
 */
enum ms_standing ms_expected_judge(struct ms_expected *e, const struct ms_outcome *o,
                                   const char **why);

#endif
