/* SPDX-License-Identifier: MIT */
/*
 * report: renderings of what a run found: terminal, JUnit XML, JSON, KTAP, capture files. None of them computes
 * a verdict. What they show is declared once, in tables of fields. Formats: docs/reports.md.
 */
#ifndef MPTCPSPEC_REPORT_H
#define MPTCPSPEC_REPORT_H

#include <stdio.h>

#include "mptcpspec/coverage.h"
#include "mptcpspec/lint.h"

#define MS_REPORT_SCHEMA 1

struct ms_counts {
    size_t total;
    size_t verdict[MS_ERROR + 1]; /* by verdict, expected deviations included */
    size_t expected, unexpected;  /* by standing */
    size_t skipped;
    size_t passed; /* neither skipped nor unexpected */
    size_t stale;  /* expected deviations that no longer show */
};

struct ms_report_entry {
    const struct ms_outcome *o;
    enum ms_standing standing;
    const char *why; /* EXPECTED: the reason given for it */
    uint64_t seed;   /* of the run that it comes from */
};

/* Everything that the renderings draw on; borrowed. */
struct ms_report {
    const struct ms_suite *suite;
    size_t n;
    struct ms_report_entry *entry; /* in order of instance, then repetition */
    struct ms_counts counts;
    const struct ms_expected *expected; /* NULL: none */
    /* the run */
    const char *command;
    uint64_t seed;
    double time_scale;
    unsigned jobs, repeat;
    bool strict, interrupted;
    size_t n_rewrites;
    const char *const *rewrite;
    size_t n_positions; /* not read as usual */
    const char *const *position;
    uint64_t start_wall_ns, duration_ns;
    const char *out_dir; /* where evidence lies, "" for none */
    const struct ms_kernel_facts *kernel;
    const char *machine;              /* "x86_64, 2 processors" */
    const char *version;              /* of the harness */
    const char *target;               /* kind of the implementation under test: MS_TARGET_LOCAL */
    const struct ms_site_facts *site; /* where it is; NULL: nothing is told */
    size_t n_profile;
    const struct ms_profile_item *profile;
    size_t n_selectors;
    const char *const *selector;
    unsigned shard, shards; /* 2 of 4; 0 of 0: not divided */
    size_t chosen;          /* by the selectors, in all shards together, each counted once */
};
#define MS_TARGET_LOCAL "local kernel"
#define MS_TARGET_AGENT "agent"

/* Judges every outcome against the expected deviations and counts. Entries live in `a`. */
void ms_report_fill(struct ms_report *r, struct ms_arena *a, const struct ms_outcome *outcome,
                    size_t n, struct ms_expected *expected);
/* Counts what stands in the entries. */
void ms_report_count(struct ms_report *r);

/* ---- the tables of fields -------------------------------------------------------------------------------- */

enum ms_field_type {
    MS_REPORT_STRING,
    MS_REPORT_NUMBER,
    MS_REPORT_REAL,
    MS_REPORT_BOOL,
    MS_REPORT_STRINGS, /* list of strings, by `count` and `item` */
    MS_REPORT_OBJECTS, /* list of objects with the fields `of` */
    MS_REPORT_OBJECT,  /* one object with the fields `of` */
};
struct ms_report_value {
    const char *text; /* may point to `room` */
    char room[128];
    uint64_t num; /* NUMBER, BOOL */
    double real;
};
struct ms_report_field {
    const char *name;
    enum ms_field_type type;
    const char *doc;
    void (*get)(const void *subject, struct ms_report_value *v);
    size_t (*count)(const void *subject);
    const void *(*item)(const void *subject, size_t i); /* STRINGS: const char * */
    const struct ms_report_field *of;
};
/* Each ends with an entry whose name is NULL. */
extern const struct ms_report_field ms_report_root_fields[];   /* subject: struct ms_report */
extern const struct ms_report_field ms_report_run_fields[];    /* struct ms_report */
extern const struct ms_report_field ms_report_counts_fields[]; /* struct ms_report */
extern const struct ms_report_field ms_report_result_fields[]; /* struct ms_report_entry */
extern const struct ms_report_field ms_report_reason_fields[]; /* struct ms_reason */

/* ---- output files ---------------------------------------------------------------------------------------- */

/* A file that appears whole under its name or not at all: written beside it, renamed when complete. */
struct ms_output {
    FILE *f;
    char path[4096];
    char part[4096];
};
int ms_output_open(struct ms_output *o, const char *path, struct ms_error *err);
/* Completes the file; on failure (a full disk) removes what was written. */
int ms_output_commit(struct ms_output *o, struct ms_error *err);
void ms_output_abort(struct ms_output *o);
/* What a rendering that ended with `rc` left: completed if that was MS_OK, else removed and told. Returns the status. */
int ms_output_end(struct ms_output *o, int rc, struct ms_error *err);
/* Makes a folder and those above it. */
int ms_make_dirs(const char *path, struct ms_error *err);
/* Tells before a run whether a file could be written there. */
int ms_output_probe(const char *path, struct ms_error *err);

/* ---- renderings ------------------------------------------------------------------------------------------ */

int ms_report_json(const struct ms_report *r, FILE *out, struct ms_error *err);
int ms_report_junit(const struct ms_report *r, FILE *out, struct ms_error *err);
int ms_report_ktap(const struct ms_report *r, FILE *out, struct ms_error *err);
/* Opens, renders, commits. */
int ms_report_write(const struct ms_report *r,
                    int (*render)(const struct ms_report *r, FILE *out, struct ms_error *err),
                    const char *path, struct ms_error *err);

/* ---- results files, read again -------------------------------------------------------------------------- */

/*
 * A file that ms_report_json wrote, as the report that it was made from: every rendering works on it. Suite, cases and
 * instances hold what the file says of them and no more. All of it lives in `a`.
 */
int ms_report_load(struct ms_arena *a, const char *path, struct ms_report *r, struct ms_error *err);
/*
 * Joins the shards of one run. Refuses what does not belong together (another suite, target, kernel, choice of cases,
 * ...), results that two of them hold, and shards that are missing. file[i] is the name of in[i].
 */
int ms_report_merge(struct ms_arena *a, const struct ms_report *in, const char *const *file,
                    size_t n, struct ms_report *out, struct ms_error *err);

enum ms_change_kind {
    MS_CHANGE_FAILING, /* fails, and did not */
    MS_CHANGE_REASON, /* another verdict or other requirements, without beginning or ceasing to fail */
    MS_CHANGE_NEW,
    MS_CHANGE_GONE,
    MS_CHANGE_PASSING, /* deviated, and passes */
    MS_CHANGES,
};
const char *ms_change_name(enum ms_change_kind k);

/* One result in one of the two runs, its repetitions together: the worst of them. */
struct ms_change_side {
    bool there;
    enum ms_verdict verdict;
    enum ms_standing standing;
    size_t n_broken, n_warned;
    const char **broken, **warned; /* requirements and rules, sorted, each once */
    const char *text;              /* what it rests on */
};
struct ms_change {
    const char *name;
    enum ms_change_kind kind;
    bool worse;
    struct ms_change_side before, after;
    size_t n_newly;
    const char **newly; /* requirements and rules that `after` breaks and `before` does not */
};
struct ms_comparison {
    const struct ms_report *before, *after;
    const char *before_file, *after_file;
    size_t n;
    struct ms_change *change; /* by kind, then by name */
    size_t count[MS_CHANGES], same, worse;
    size_t n_newly;
    const char **newly; /* of all that is worse */
};
/* `strict`: what newly warns, is newly skipped or gone is worse, too. Refuses other targets and results that occur twice. */
/* True if results of the one kind of target say something about those of the other. */
bool ms_targets_compare(const char *a, const char *b);
int ms_compare(struct ms_arena *a, const struct ms_report *before, const char *before_file,
               const struct ms_report *after, const char *after_file, bool strict,
               struct ms_comparison *out, struct ms_error *err);
/* For `git bisect run`: 0 good, 1 bad, 125 cannot be tested. Results that `before` lacks do not count. */
int ms_compare_bisect(const struct ms_comparison *c);
extern const struct ms_report_field ms_compare_root_fields[]; /* struct ms_comparison */
int ms_compare_json(const struct ms_comparison *c, FILE *out, struct ms_error *err);
/* `cat` gives the texts of requirements; NULL: none. */
void ms_compare_print(const struct ms_comparison *c, const struct ms_catalogue *cat, FILE *out);

/*
 * Packets with comments: what the case's lines did with each of them. Not `whole`: of a long capture the beginning, the
 * end, and what is an event; the comment of the file tells how many are left out.
 */
int ms_pcapng_write(const struct ms_instance *i, const struct ms_trace *t, bool whole,
                    const char *hardware, const char *os, FILE *out, struct ms_error *err);
/* The whole trace of one result. */
int ms_trace_json_write(const struct ms_instance *i, unsigned repetition, uint64_t seed,
                        const struct ms_trace *t, const struct ms_result *r, FILE *out,
                        struct ms_error *err);
/* Writes both into the result's folder below `out_dir`; its name goes to `dir`. */
struct ms_evidence {
    const char *out_dir;
    uint64_t seed;
    const char *hardware, *os; /* for the capture's header */
};
int ms_evidence_write(const struct ms_evidence *c, const struct ms_instance *i, unsigned repetition,
                      const struct ms_trace *t, const struct ms_result *r, char *dir, size_t cap,
                      struct ms_error *err);
/* Folder of a result's evidence below the output folder: its name, made safe for a file system. */
void ms_evidence_dir(const char *result_name, unsigned repetition, char *out, size_t cap);

/* ---- mutants --------------------------------------------------------------------------------------------- */

struct ms_kill_group {
    const char *name;
    size_t killed, total;
};
struct ms_kill_groups {
    size_t n, cap;
    struct ms_kill_group *group;
};
/* What a hunt found; borrowed but for what ms_mutation_fill counts. */
struct ms_mutation_report {
    const struct ms_mutation *found;
    const char *command, *kernel;
    uint64_t seed;
    bool interrupted;
    /* counted */
    size_t fate[MS_FATES];
    size_t failed; /* mutants whose fate is not as it should be */
    double kill_rate;
    struct ms_kill_groups sections, options;
};
void ms_mutation_fill(struct ms_mutation_report *r, struct ms_arena *a);
extern const struct ms_report_field ms_mutation_root_fields[]; /* struct ms_mutation_report */
/* One line a mutant, kills by section and option, the counts. */
void ms_mutation_print(const struct ms_mutation_report *r, bool verbose, FILE *out);
int ms_mutation_json(const struct ms_mutation_report *r, FILE *out, struct ms_error *err);
/* Tab-separated: one line for each mutant and who killed it. */
int ms_mutation_matrix(const struct ms_mutation_report *r, FILE *out, struct ms_error *err);
int ms_mutation_write(const struct ms_mutation_report *r,
                      int (*render)(const struct ms_mutation_report *r, FILE *out,
                                    struct ms_error *err),
                      const char *path, struct ms_error *err);

/* ---- coverage -------------------------------------------------------------------------------------------- */

extern const struct ms_report_field ms_coverage_root_fields[]; /* struct ms_coverage */
double ms_cover_percent(const struct ms_cover_share *s);
/* Shares, what is not covered and why, the sums. */
void ms_coverage_print(const struct ms_coverage *c, FILE *out);
/* All that is known of the requirements chosen; `chosen` by index of the catalogue. */
void ms_coverage_print_rows(const struct ms_coverage *c, const bool *chosen, FILE *out);
/* What the snapshot covered and is no longer covered, what is new, exceptions without need, one line of sums. */
void ms_coverage_print_changes(const struct ms_coverage *c, FILE *out);
int ms_coverage_json(const struct ms_coverage *c, FILE *out, struct ms_error *err);
/* The evidence that holds, as ms_coverage_load_snapshot reads it. */
int ms_coverage_write_snapshot(const struct ms_coverage *c, const char *path, struct ms_error *err);

/* ---- lint ------------------------------------------------------------------------------------------------ */

struct ms_lint_report {
    const char *command;
    const char *at; /* "sender", "receiver", "middle", "" as the file tells */
    bool strict, complete;
    size_t n_ignore;
    const struct ms_rule *const *ignore;
    /* known at the end */
    enum ms_verdict verdict;
    bool interrupted;
};
struct ms_lint_file {
    const struct ms_lint_result *result;
    const char *error; /* why it was not read, or not to its end; "" */
};
extern const struct ms_report_field ms_lint_root_fields[];    /* struct ms_lint_report */
extern const struct ms_report_field ms_lint_file_fields[];    /* struct ms_lint_file */
extern const struct ms_report_field ms_lint_conn_fields[];    /* struct ms_lint_conn */
extern const struct ms_report_field ms_lint_flow_fields[];    /* struct ms_flow */
extern const struct ms_report_field ms_lint_finding_fields[]; /* struct ms_lint_finding */
/* "RFC 8684 3.2, 3.3.1": sections of the requirements behind a rule, "" for none. */
const char *ms_rule_sections(const struct ms_rule *rule, char *out, size_t cap);

/* JSON that is written while the files are read: begin, then for each file begin, connections, end; end. */
struct ms_lint_json {
    FILE *out;
    unsigned files;
    uint64_t conns; /* of this file */
};
void ms_lint_json_begin(struct ms_lint_json *j, const struct ms_lint_report *r, FILE *out);
void ms_lint_json_file(struct ms_lint_json *j, const char *path);
void ms_lint_json_conn(struct ms_lint_json *j, const struct ms_lint_conn *c);
void ms_lint_json_file_end(struct ms_lint_json *j, const struct ms_lint_file *f);
void ms_lint_json_end(struct ms_lint_json *j, const struct ms_lint_report *r);

/* An annotated copy: the same packets in pcapng, with a comment on each that shows a finding. */
struct ms_annotate;
struct ms_annotate *ms_annotate_new(FILE *out, const char *source); /* NULL: no memory */
void ms_annotate_finding(struct ms_annotate *a, const struct ms_lint_finding *f);
/* After its findings. What is found later still goes to the last packet. */
void ms_annotate_packet(struct ms_annotate *a, const struct ms_capture *c,
                        const struct ms_capture_packet *p);
/* Writes what was held back and frees. */
void ms_annotate_end(struct ms_annotate *a);

/* ---- terminal -------------------------------------------------------------------------------------------- */

enum ms_loudness { MS_QUIET, MS_NORMAL, MS_VERBOSE };
struct ms_terminal {
    FILE *out;
    bool color;
    bool live; /* a terminal: one line that moves; else a line a result */
    enum ms_loudness loud;
    size_t done, total;
    size_t n[4]; /* by standing */
    unsigned running;
    unsigned columns;
    uint64_t drawn_ns;
};
/* Honours NO_COLOR, TERM=dumb and whether `out` is a terminal. */
void ms_terminal_init(struct ms_terminal *t, FILE *out, enum ms_loudness loud);
void ms_terminal_started(struct ms_terminal *t, const struct ms_instance *i, unsigned running);
void ms_terminal_finished(struct ms_terminal *t, const struct ms_outcome *o,
                          enum ms_standing standing, const char *why, size_t done, size_t total);
/* Failures, complete, then the counts; the last line is "N passed, N failed, N skipped". */
void ms_terminal_end(struct ms_terminal *t, const struct ms_report *r);

/* Of a lint: findings and connections as they come, then what became of the file. */
struct ms_lint_view {
    struct ms_terminal *t;
    uint64_t conns, conns_hidden, findings_hidden; /* of this file */
};
void ms_lint_view_finding(struct ms_lint_view *v, const struct ms_lint_finding *f);
void ms_lint_view_conn(struct ms_lint_view *v, const struct ms_lint_conn *c);
void ms_lint_view_file(struct ms_lint_view *v, const struct ms_lint_file *f);

#endif
