/* SPDX-License-Identifier: MIT */
/*
 * lint: a capture file through the oracle. Reads packets, judges both directions of every MPTCP connection in
 * them and tells what it finds by callbacks, while it goes; memory is bounded by the connections that live.
 */
#ifndef MPTCPSPEC_LINT_H
#define MPTCPSPEC_LINT_H

#include "mptcpspec/capture.h"
#include "mptcpspec/oracle.h"

struct ms_lint_finding {
    const struct ms_rule *rule;
    enum ms_verdict verdict; /* by the level of the rule: FAIL, WARN; PASS for a MAY */
    uint64_t packet;
    uint64_t time_ns;
    uint32_t conn, flow; /* numbers, 0: none known */
    const char *text;
};

struct ms_lint_config {
    struct ms_capture_config capture;
    bool strict;   /* SHOULD counts as MUST */
    bool complete; /* see struct ms_oracle_config */
    unsigned
        observation; /* one of MS_OBS_*; 0: as the directions in the file tell, else in the middle */
    const struct ms_rule *const *ignore; /* rules that are not to speak */
    size_t n_ignore;
    void *ctx; /* of the callbacks; each may be NULL */
    void (*on_finding)(void *ctx, const struct ms_lint_finding *f);
};

/* What became of one input. */
struct ms_lint_result {
    enum ms_verdict verdict;
    uint64_t packets, tcp, unread; /* unread: link type unknown */
    uint32_t conns;
    size_t findings[MS_ERROR + 1]; /* by verdict */
};

/*
 * Judges one input. Negative: it could not be read, or not to its end; `out` then holds what was judged before.
 * MS_ERR_UNSUPPORTED: no packet has a link type that can be read.
 */
int ms_lint(const struct ms_lint_config *cfg, const char *path, struct ms_lint_result *out,
            struct ms_error *err);

#endif
