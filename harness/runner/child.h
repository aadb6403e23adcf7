/* SPDX-License-Identifier: MIT */
/* The process of one case. */
#ifndef MPTCPSPEC_RUNNER_CHILD_H
#define MPTCPSPEC_RUNNER_CHILD_H

#include <signal.h>
#include <sys/types.h>

#include "mptcpspec/runner.h"

/* Frames of one case or scenario: memory is taken only for what is written. */
size_t child_log_octets(const struct ms_case *c);

struct child_job {
    const struct ms_suite *suite;
    const struct ms_run_config *cfg;
    const struct ms_job *job;
    void *log; /* child_log_octets, shared with the parent, formatted */
    int out;   /* the parcel is written here */
    pid_t parent;
    const sigset_t *mask; /* signal mask to run with */
};
/* Runs the case and ends the process. */
void child_main(const struct child_job *j) __attribute__((noreturn));

/*
 * In the parent, for a case whose process died without a word: what the log still holds as trace and ladder,
 * and evidence of it. Fills the outcome's result (verdict error with `text`).
 */
void child_salvage(struct ms_arena *a, const struct ms_run_config *cfg, void *log, const char *text,
                   struct ms_outcome *o);

#endif
