/* SPDX-License-Identifier: MIT */
/*
 * oracle: rules that RFC 8684 lays on every trace, whatever a case asks about. Fed with segments in order, it
 * keeps the observer's model (model.h) and judges what the sender under judgement sent.
 */
#ifndef MPTCPSPEC_ORACLE_H
#define MPTCPSPEC_ORACLE_H

#include "mptcpspec/model.h"
#include "mptcpspec/trace.h"

/* From where a rule may be judged. */
enum ms_observation {
    MS_OBS_RECEIVER = 1, /* at the peer of the sender: what it received, reordering known */
    MS_OBS_SENDER = 2,   /* at the sender's own interface */
    MS_OBS_MIDDLE = 4,   /* anywhere on the path */
};

struct ms_oracle;
struct ms_finding;
struct ms_judge; /* what a rule sees of one segment; private to the oracle */

struct ms_rule {
    const char *name;        /* "join-synack-hmac" */
    const char *reqs;        /* "R-3.2-14, R-3.2-26" */
    enum ms_level level;     /* of the strongest requirement */
    unsigned observation;    /* MS_OBS_* or'ed */
    bool despite_peer_fault; /* still holds against a peer that misbehaved on this connection */
    bool any_version;        /* also where another version of MPTCP than 1 was negotiated */
    const char *conditions;  /* for people: when it applies; "" always */
    const char *doc;         /* what it demands */
    void (*check)(struct ms_judge *j);
};
extern const struct ms_rule
    *const ms_rules[]; /* ends with NULL; order is that of the documentation */
const struct ms_rule *ms_rule_find(const char *name);

struct ms_finding {
    const struct ms_rule *rule;
    uint32_t packet;  /* where it showed */
    const char *text; /* values: what was sent, what the rule demands; valid during the callback */
};

/* What the feeder knows about a segment beyond its octets. */
struct ms_oracle_input {
    const struct ms_seg *seg;
    enum ms_dir dir; /* MS_DIR_RX: sent by the IUT, judged; MS_DIR_TX: sent by the tester */
    uint32_t iface;
    uint32_t packet;
    uint64_t time_ns;
    bool fault; /* TX: deliberately wrong: from here the other rules rest on its connection */
};

struct ms_oracle_config {
    unsigned observation;    /* where the capture was made */
    bool judge_rx, judge_tx; /* whose segments are judged (a case: rx only; a capture file: both) */
    void (*finding)(void *ctx, const struct ms_finding *f);
    void *ctx;
};

/* Lives in its own memory; free with ms_oracle_free. */
struct ms_oracle *ms_oracle_new(const struct ms_oracle_config *cfg);
void ms_oracle_free(struct ms_oracle *o);
void ms_oracle_segment(struct ms_oracle *o, const struct ms_oracle_input *in);
/* End of the trace. Findings still come by the callback of the configuration. */
void ms_oracle_end(struct ms_oracle *o);
/* The model behind the verdicts, for reports; lives as long as the oracle. */
const struct ms_model *ms_oracle_model(const struct ms_oracle *o);

#endif
