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
    uint64_t packet;         /* that shows it */
    uint64_t time_ns;        /* of that packet; 0: it was found later */
    uint32_t conn, flow;     /* numbers, 0: none known */
    uint32_t nth;            /* of this rule on this connection, from 1 */
    const char *text;
};

/* Findings with their text that are kept until their connection is told: of one, and of all together. */
#define MS_LINT_KEPT     256
#define MS_LINT_KEPT_ALL 16384

struct ms_lint_unknown {
    const char *reason;
    uint64_t packet; /* where it showed first */
};

/* What became of one connection; valid during the callback. */
struct ms_lint_conn {
    const struct ms_conn *conn;
    enum ms_verdict
        verdict; /* INCONC: nothing broken, not everything judged; SKIP: another version than 1 */
    size_t n_flow;
    const struct ms_flow *const *flow; /* that are still known, oldest first */
    uint64_t findings;                 /* all of them */
    size_t n_finding;                  /* kept ones */
    const struct ms_lint_finding *finding;
    size_t n_unknown; /* why not everything could be judged */
    struct ms_lint_unknown unknown[MS_UNKNOWNS];
    uint64_t base_ns; /* time of the file's first packet */
};

struct ms_lint_rule_count {
    const struct ms_rule *rule;
    uint64_t count, first_packet;
};

/* What became of one input. */
struct ms_lint_result {
    const char *path;
    const char *format; /* "pcap", "pcapng"; "" if it was not even opened */
    enum ms_verdict verdict;
    bool interrupted;
    uint64_t packets;
    uint64_t tcp;       /* of them: TCP segments */
    uint64_t again;     /* of these: further views of one that was judged */
    uint64_t fragments; /* IP fragments of TCP, not judged */
    uint64_t unread;    /* of a link type that cannot be read */
    uint32_t unread_link;
    uint64_t first_ns, last_ns;
    uint64_t conns, flows, plain_flows;
    uint64_t conns_by[MS_ERROR + 1];    /* by verdict */
    uint64_t findings_by[MS_ERROR + 1]; /* by verdict */
    size_t n_rule; /* rules that were broken, in the order of the documentation */
    struct ms_lint_rule_count *rule;
    /* Findings on no known connection, the first MS_LINT_KEPT. */
    size_t n_finding;
    struct ms_lint_finding *finding;
};
void ms_lint_result_free(struct ms_lint_result *r);

struct ms_lint_config {
    struct ms_capture_config capture;
    bool strict;   /* SHOULD counts as MUST */
    bool complete; /* no packet is missing, all stand in the order of the wire */
    unsigned
        observation; /* one of MS_OBS_*; 0: as the directions in the file tell, else in the middle */
    const struct ms_rule *const *ignore; /* rules that are not to speak */
    size_t n_ignore;
    void *ctx; /* of the callbacks; each may be NULL */
    void (*on_finding)(void *ctx, const struct ms_lint_finding *f);
    void (*on_conn)(void *ctx, const struct ms_lint_conn *c); /* when it is over, or forgotten */
    /* Each packet, after the findings that it caused. */
    void (*on_packet)(void *ctx, const struct ms_capture *c, const struct ms_capture_packet *p);
};

/*
 * Judges one input. Negative: it could not be read, or not to its end; `out` then holds what was judged before.
 * MS_ERR_UNSUPPORTED: no packet has a link type that can be read. Always ms_lint_result_free(out) afterwards.
 */
int ms_lint(const struct ms_lint_config *cfg, const char *path, struct ms_lint_result *out,
            struct ms_error *err);

#endif
