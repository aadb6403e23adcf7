/* SPDX-License-Identifier: MIT */
/*
 * coverage: by what each requirement is judged, and whether a verdict depends on it: a tag on an expectation or a rule,
 * and a mutant that was killed by a failure of exactly this tag. Runs nothing: what the hunts of mutants found is kept
 * in a snapshot. Formats: docs/coverage.md.
 */
#ifndef MPTCPSPEC_COVERAGE_H
#define MPTCPSPEC_COVERAGE_H

#include "mptcpspec/mutants.h"

#define MS_COVERAGE_SCHEMA 1
#define MS_COVERAGE_IUT    "linux"

/* A mutant that breaks `requirement` was killed by a failure of it. */
struct ms_evidence_kill {
    const char *requirement;
    const char *mutant, *digest; /* as it was when it was hunted */
    const char *result;          /* where it failed */
    const char *rule;            /* "" for an expectation */
};
struct ms_kill_list {
    const char *kernel; /* of the last hunt, "" if unknown */
    size_t n, cap;
    struct ms_evidence_kill *kill;
};

/* Why a requirement cannot be covered. */
struct ms_exception {
    const char *requirement, *reason;
};
struct ms_exceptions {
    size_t n, cap;
    struct ms_exception *e;
};

/* An expectation that names the requirement. */
struct ms_tagged_step {
    const struct ms_case *c;
    const struct ms_step *step;
};

enum ms_cover {
    MS_COVER_YES,
    MS_COVER_UNPROVEN,   /* a tag and a mutant, but no kill by this tag is known */
    MS_COVER_NO_MUTANT,  /* tags only: they do not count */
    MS_COVER_NO_TAG,     /* nothing judges it */
    MS_COVER_EXCEPTED,   /* not covered, and the list of exceptions says why */
    MS_COVER_UNTESTABLE, /* not covered, and the catalogue says why: its class is `no` */
    MS_COVERS,
};
const char *ms_cover_name(enum ms_cover c); /* "tag only" */

enum ms_way {
    MS_WAY_NONE,
    MS_WAY_STIMULUS, /* a case provokes it and judges what comes */
    MS_WAY_PASSIVE,  /* rules alone, in whatever traffic there is */
};
const char *ms_way_name(enum ms_way w);

struct ms_cover_row {
    const struct ms_requirement *req;
    enum ms_cover cover;
    enum ms_way way;
    const char
        *why; /* not covered: the reason, of the exceptions or the catalogue; "" if none is given */
    size_t n_steps, cap_steps;
    struct ms_tagged_step *step;
    size_t n_rules, cap_rules;
    const struct ms_rule **rule;
    size_t n_breaks, cap_breaks;
    const struct ms_mutant **breaks; /* without those called equivalent */
    size_t n_implies, cap_implies;
    const struct ms_mutant **implies;
    size_t n_kills, cap_kills;
    const struct ms_evidence_kill **kill; /* those that still hold */
    bool was_covered;                     /* in the snapshot as it was read */
    bool needless;                        /* among the exceptions although it is covered */
    const char *last; /* last verdict on the target, "" if no results were given */
};

/* covered, excepted and so on of one section, level or class. */
struct ms_cover_share {
    const char *name;
    size_t total, n[MS_COVERS];
};
struct ms_cover_shares {
    size_t n, cap;
    struct ms_cover_share *share;
};

struct ms_coverage {
    const struct ms_suite *suite;
    size_t n; /* as the catalogue */
    struct ms_cover_row *row;
    struct ms_cover_shares sections, levels, classes;
    struct ms_cover_share all, strong; /* strong: MUST and MUST NOT */
    struct ms_kill_list holding;       /* what of the evidence still holds, in order */
    size_t n_stale;                    /* kills that no longer do */
    size_t n_lost, n_gained, n_needless;
};

/*
 * What is known of earlier hunts. A file that is not there is an empty list with MS_ERR_NOTFOUND; another schema,
 * another IUT or what is no such JSON at all is MS_ERR_PARSE with the place.
 */
int ms_coverage_load_snapshot(struct ms_arena *a, const char *path, struct ms_kill_list *out,
                              struct ms_error *err);
/*
 * Adds what a hunt found (`mptcpspec mutants --json`). It replaces what was known of the same mutants; mutants that
 * were hunted in another form than they have now, or are not in the suite, are counted in *ignored.
 */
int ms_coverage_merge_hunt(struct ms_arena *a, const char *path, const struct ms_suite *s,
                           struct ms_kill_list *list, size_t *ignored, struct ms_error *err);
/* Tab-separated: requirement, reason; the first line names the columns. None when there is no such file. */
int ms_coverage_load_exceptions(struct ms_arena *a, const char *path, const struct ms_catalogue *c,
                                struct ms_exceptions *out, struct ms_error *err);

/* `before`: the snapshot as it was read; `now`: with hunts merged, may be the same. Everything lives in `a`. */
void ms_coverage_build(struct ms_arena *a, const struct ms_suite *s,
                       const struct ms_kill_list *before, const struct ms_kill_list *now,
                       const struct ms_exceptions *x, struct ms_coverage *out);
/* Fills `last` of each row from the JSON of a run (`mptcpspec run --json`). */
int ms_coverage_read_results(struct ms_arena *a, const char *path, struct ms_coverage *c,
                             struct ms_error *err);

#endif
