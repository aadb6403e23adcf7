/* SPDX-License-Identifier: MIT */
/*
 * engine: runs one instance of one case in the calling process: builds its network, plays the tester, drives
 * the IUT, matches what comes, records the trace and concludes the verdict. One thread, one event loop.
 */
#ifndef MPTCPSPEC_ENGINE_H
#define MPTCPSPEC_ENGINE_H

#include "mptcpspec/lang.h"
#include "mptcpspec/oracle.h"
#include "mptcpspec/target.h"
#include "mptcpspec/trace.h"

/* One thing that a verdict rests on: an expectation that failed, a rule that was broken, a remark. */
struct ms_reason {
    enum ms_verdict verdict; /* what it alone would make the case; PASS: an observation (MAY) */
    const char *reqs;        /* "R-3.2-34" list of the failed tag(s), "" for none */
    const char *rule;        /* oracle rule, "" for an expectation */
    unsigned line;           /* case line, 0: none */
    const char *step;        /* the source line */
    uint32_t packet;         /* packet that shows it, 0: none */
    const char *text;        /* what was expected, what came, field by field; several lines */
};

struct ms_result {
    enum ms_verdict verdict;
    size_t n_reason, cap_reason;
    struct ms_reason *reason;
    const char *skip_reason;  /* SKIP only */
    uint64_t wall_ns, cpu_ns; /* of the whole case process so far */
    uint64_t syn_ns;          /* first SYN written to SYN/ACK taken, 0: not measured */
    uint32_t packets;         /* frames in the log */
    uint32_t lost;            /* frames that capture or log lost */
    long max_rss_kib;
    uint64_t rewrite_hits; /* what rewrites on the link and the mutant changed or left out */
    size_t n_judged;       /* requirements whose expectation was evaluated */
    const char **judged;
    const char *counters; /* "MPTcpExt.MPJoinSynRx +1, ..." differences over the case, "" if none */
};

struct ms_engine_config {
    const struct ms_instance *instance;
    const struct ms_topo *topo;
    uint64_t seed;                      /* of the run */
    double time_scale;                  /* multiplies every bound */
    uint64_t longest_ns;                /* no bound is longer than this; 0: no such limit */
    uint32_t most_packets;              /* more end the case, inconclusive; 0: no such limit */
    bool strict;                        /* SHOULD broken fails */
    uint32_t positions;                 /* readings of the run, see catalogue.h */
    struct ms_rewrite *const *rewrites; /* laid on the tester's links */
    size_t n_rewrites;
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
