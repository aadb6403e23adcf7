/* SPDX-License-Identifier: MIT */
/* What `run`, `compare` and `merge` share: results files, shards, the verdict on a change. */
#ifndef MPTCPSPEC_CLI_GATE_H
#define MPTCPSPEC_CLI_GATE_H

#include "cli/cli.h"

enum { GATE_CANNOT_TEST = 125 }; /* what `git bisect run` takes for "skip this commit" */

/* Settings of `run` that are about other runs. */
struct gate {
    const char *baseline, *timing;
    bool bisect;
    unsigned shard, shards; /* 0 of 0: not divided */
    /* once loaded */
    struct ms_report before, times;
};
/* Reads "2/4". */
int gate_read_shard(struct gate *g, const char *text, struct ms_error *err);
/* Reads the files that were named. CLI_OK, or the exit status after a message. */
int gate_load(struct gate *g, struct ms_arena *a);
/* The baseline must be about a target that compares with `kind`. CLI_OK, or the exit status after a message. */
int gate_target(const struct gate *g, const char *kind);
/* Leaves those of this shard. CLI_OK, or the exit status after a message. */
int gate_shard(const struct gate *g, const struct ms_suite *s, bool *chosen);
/* Compares the finished run with the baseline, prints, and gives the exit status. */
int gate_judge(const struct gate *g, const struct ms_report *r);
/*
 * Exit status for `git bisect run`, which takes whatever is neither 0 nor 125 nor above 127 for a bad commit: a harness
 * that could not do its work must not be mistaken for one.
 */
int gate_bisect_status(int status);
/* True if the word stands among the arguments: it counts even when another option is wrong. */
bool gate_asks_bisect(int argc, char **argv);

/* Prints a comparison; its exit status. */
int gate_conclude(const struct ms_comparison *c, const struct ms_catalogue *cat, bool bisect);

#endif
