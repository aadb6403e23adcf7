/* SPDX-License-Identifier: MIT */
/* What the two proofs of `prove` share. */
#ifndef MPTCPSPEC_CLI_PROVE_H
#define MPTCPSPEC_CLI_PROVE_H

#include "cli/cli.h"

struct prove_settings {
    uint64_t jobs, seed;
    double time_scale;
    bool all, verbose;
    bool boxes,
        cover; /* middleboxes instead of altered lines; only as many as show each rewrite once */
    uint32_t positions;
};

/* The runs that a proof needs. */
struct prove_jobs {
    struct ms_arena *a;
    struct ms_job *job;
    size_t n, cap;
};
size_t prove_add(struct prove_jobs *p, const struct ms_job *j);
/* The unaltered run of an instance, which is made once; `time_scale` of the first who asks. */
size_t prove_plain(struct prove_jobs *p, const struct ms_instance *i, double time_scale);
/* Makes them all. CLI_OK, or the exit status after a message; `expected` NULL when there is no list. */
int prove_run(const struct prove_settings *s, const struct ms_suite *suite,
              const struct prove_jobs *p, struct ms_outcome **outcome, struct ms_expected *store,
              struct ms_expected **expected);
/* A line for each reason. */
void prove_reasons(const struct ms_outcome *o);
/* The last line; the exit status. */
int prove_sum(size_t held, size_t failed, size_t skipped);

/* Each middlebox of the chosen cases must matter: without its effect the case does not pass. `whole`: no selector. */
int prove_boxes(const struct prove_settings *s, const struct ms_suite *suite, const bool *chosen,
                bool whole);

#endif
