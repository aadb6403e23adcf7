/* SPDX-License-Identifier: MIT */
/*
 * matrix: results of several kernels side by side: what differs, what changed from one to the next, and which known
 * bug explains it. No verdict is computed: all stand in the results files. docs/kernels.md tells how to read it.
 */
#ifndef MPTCPSPEC_MATRIX_H
#define MPTCPSPEC_MATRIX_H

#include "mptcpspec/report.h"

#define MS_MATRIX_KERNELS   64 /* at most */
#define MS_MATRIX_LABEL_MAX 80

/* One results file; files of one label and one kernel become one column. */
struct ms_matrix_input {
    const char *file, *label;
    const struct ms_report *report;
};

struct ms_matrix_kernel {
    const char *label;
    const char *point;              /* release by which its faults are told */
    const struct ms_report *report; /* the first of its files */
    size_t n_files;
    const char **file;
    struct ms_counts counts; /* of all its files */
    bool interrupted;
    bool
        beside; /* another build or machine of a series that has a column of its own: compared with that one alone */
};

/* One result on one kernel. */
struct ms_matrix_cell {
    const struct ms_matrix_kernel *kernel;
    struct ms_change_side side;
    const char *why; /* reason given for an expected deviation, "" */
    size_t n_judged;
    const char **judged;
    size_t n_bugs;
    const struct ms_bug *
        *bug; /* known ones that this kernel has and that break what is broken here */
};
struct ms_matrix_result {
    const struct ms_instance *instance; /* as one of the files tells it */
    bool differs;                       /* kernels that have it do otherwise */
    size_t n;                           /* kernels */
    struct ms_matrix_cell *cell;        /* one a kernel */
};

/* Several results on one kernel: those of a case, or those that judge a requirement. */
struct ms_matrix_sum {
    const struct ms_matrix_kernel *kernel;
    size_t results, ran,
        bad;               /* bad: of those that ran, the ones that do not pass without warning */
    size_t unexpected;     /* of these */
    enum ms_verdict worst; /* of those that ran; SKIP: none did */
};
struct ms_matrix_row {
    const char *name;
    const struct ms_requirement
        *requirement; /* NULL: the row is a case, or an id that is not known */
    const char *section;
    bool differs;
    size_t n;                  /* kernels */
    struct ms_matrix_sum *sum; /* one a kernel */
    size_t n_bugs;
    const struct ms_bug **bug;
};

enum ms_matrix_kind {
    MS_MATRIX_BROKEN,
    MS_MATRIX_FIXED,
    MS_MATRIX_OTHERWISE, /* other requirements, or another verdict */
    MS_MATRIX_NEW,       /* was not there, or was skipped */
    MS_MATRIX_GONE,
    MS_MATRIX_KINDS,
};
const char *ms_matrix_kind_name(enum ms_matrix_kind k);
struct ms_matrix_change {
    enum ms_matrix_kind kind;
    const struct ms_matrix_result *result;
    const struct ms_matrix_cell *before, *after;
    size_t n_names;
    const char *
        *name; /* requirements and rules that only one of the two breaks, or warns of, sorted */
    size_t n_bugs;
    const struct ms_bug **bug; /* that one of the two kernels has, and the other has not */
};
/* From one kernel to the next, or to one beside it. */
struct ms_matrix_step {
    const struct ms_matrix_kernel *before, *after;
    size_t n;
    struct ms_matrix_change *change; /* by kind, then as the results */
    size_t count[MS_MATRIX_KINDS], same;
    size_t unexplained; /* broken, fixed and otherwise without a known bug */
};

struct ms_matrix {
    size_t n_kernels;
    struct ms_matrix_kernel *kernel;
    size_t n_results;
    struct ms_matrix_result *result; /* by section, case and name */
    size_t n_requirements;
    struct ms_matrix_row *requirement; /* by id */
    size_t n_cases;
    struct ms_matrix_row *acase; /* as the results */
    size_t n_steps;
    struct ms_matrix_step *step;
    size_t n_bugs;
    const struct ms_bug **bug; /* those that are named, in the order of the table */
    bool other_suites,
        other_versions; /* the files do not come from one suite, or version of mptcpspec */
};

/*
 * Lays the files side by side, sorted by release (`given`: in their order). `bugs` and `cat` may be NULL. Refuses too
 * many kernels, files of one label but different kernels, and a result that two files of a kernel hold. Lives in `a`,
 * with what it borrows from the reports and tables.
 */
int ms_matrix_build(struct ms_arena *a, const struct ms_matrix_input *in, size_t n, bool given,
                    const struct ms_bugs *bugs, const struct ms_catalogue *cat,
                    struct ms_matrix *out, struct ms_error *err);
extern const struct ms_report_field ms_matrix_root_fields[]; /* struct ms_matrix */
int ms_matrix_json(const struct ms_matrix *m, FILE *out, struct ms_error *err);
/* `all`: rows that are the same everywhere, too, and every result that is new or gone. */
void ms_matrix_print(const struct ms_matrix *m, bool all, FILE *out);

#endif
