/* SPDX-License-Identifier: MIT */
/*
 * engine: runs one instance of one case in the calling process: builds its network, plays the tester, drives
 * the IUT, matches what comes, records the trace and concludes the verdict. One thread, one event loop.
 */
#ifndef MPTCPSPEC_ENGINE_H
#define MPTCPSPEC_ENGINE_H

#include "mptcpspec/site.h"
#include "mptcpspec/verdict.h"

struct ms_engine_config {
    const struct ms_instance *instance;
    const struct ms_topo *topo;
    struct ms_site *site;  /* where the IUT is; NULL: here */
    uint64_t seed;         /* of the run */
    double time_scale;     /* multiplies every bound */
    uint64_t longest_ns;   /* no bound is longer than this; 0: no such limit */
    uint32_t most_packets; /* more end the case, inconclusive; 0: no such limit */
    bool strict;           /* SHOULD broken fails */
    uint32_t positions;    /* readings of the run, see catalogue.h */
    const char *const
        *rewrites; /* checked texts: laid before the IUT, as if they were part of it */
    size_t n_rewrites;
    unsigned
        noop_box; /* the middlebox of this number (struct ms_step) is laid without effect; 0: none */
    const struct ms_mutant *mutant;  /* its repairs and what it leaves out; NULL: none */
    const volatile int *interrupted; /* set by a signal handler: stop and conclude; NULL: none */
};

/*
 * Runs the case. `trace` was initialised by the caller (arena, frame log) and stays with it; strings in
 * `result` live in the trace's arena. The return value tells whether the harness could do its work; the
 * verdict is in the result either way (MS_ERROR with the reason on failure).
 */
int ms_engine_run(const struct ms_engine_config *cfg, struct ms_trace *trace,
                  struct ms_result *result, struct ms_error *err);

#endif
