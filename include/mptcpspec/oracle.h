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

/*
 * Traits of a segment. A rule names those without which it has nothing to say, so that an ordinary segment
 * wakes few rules. A bit of an option stands for its subtype, whatever its length is.
 */
enum ms_trait {
    MS_ON_SYN = 1u << 0,
    MS_ON_RST = 1u << 1,
    MS_ON_FIN = 1u << 2,
    MS_ON_PAYLOAD = 1u << 3,
    MS_ON_ANY_MPTCP = 1u << 4,
    MS_ON_CAPABLE = 1u << 5,
    MS_ON_JOIN = 1u << 6,
    MS_ON_DSS = 1u << 7,
    MS_ON_ADD_ADDR = 1u << 8,
    MS_ON_REMOVE_ADDR = 1u << 9,
    MS_ON_PRIO = 1u << 10,
    MS_ON_FAIL = 1u << 11,
    MS_ON_FASTCLOSE = 1u << 12,
    MS_ON_TCPRST = 1u << 13,
    MS_ON_ODD_OPTION = 1u << 14, /* an option that no layout fits */
    MS_ON_BAD_CSUM = 1u << 15,   /* the TCP checksum does not fit */
    MS_ON_CONN = 1u << 16,       /* its connection is known */
    MS_ON_JOINED = 1u << 17,     /* on a subflow that MP_JOIN opened */
    MS_ON_MAP = 1u << 18,        /* with a mapping whose sender's key is known */
    MS_ON_DACK = 1u << 19,       /* with a Data ACK whose receiver's key is known */
    MS_ON_CONTENT = 1u << 20,    /* octets, a checksum or a mapping contradict what came before */
};
#define MS_TRAITS 21

struct ms_oracle;
struct ms_finding;
struct ms_judge; /* what a rule sees of one segment; private to the oracle */

struct ms_rule {
    const char *name;     /* "join-synack-hmac" */
    const char *reqs;     /* "R-3.2-14, R-3.2-26" */
    enum ms_level level;  /* of the strongest requirement */
    unsigned observation; /* MS_OBS_* or'ed */
    unsigned on;          /* MS_ON_*: all of them are there when the check is called; 0: always */
    bool despite_peer_fault; /* still holds against a peer that misbehaved on this connection */
    bool any_version;        /* also where another version of MPTCP than 1 was negotiated */
    const char *conditions;  /* for people: when it applies; "" always */
    const char *doc;         /* what it demands */
    void (*check)(struct ms_judge *j); /* on each segment with the traits; or NULL */
    void (*end)(struct ms_judge *j); /* once for each host of a connection that is over; or NULL */
};
extern const struct ms_rule
    *const ms_rules[]; /* ends with NULL; order is that of the documentation */
const struct ms_rule *ms_rule_find(const char *name);

/* Headings of the documentation: each stands before its first rule. Ends with title NULL. */
struct ms_rule_topic {
    const char *title;
    const struct ms_rule *first;
};
extern const struct ms_rule_topic ms_rule_topics[];

struct ms_finding {
    const struct ms_rule *rule;
    const struct ms_conn *conn; /* it was found on; NULL: none known */
    const struct ms_flow *flow; /* NULL: none */
    uint32_t packet;            /* where it showed */
    const char *text; /* values: what was sent, what the rule demands; valid during the callback */
};

/* What the feeder knows about a segment beyond its octets. */
struct ms_oracle_input {
    const struct ms_seg *seg;
    enum ms_dir dir; /* MS_DIR_RX: sent by the IUT, judged; MS_DIR_TX: sent by the tester */
    uint32_t iface;
    uint32_t packet;
    uint64_t time_ns;
    unsigned
        observation; /* one of MS_OBS_*, where this segment was seen; 0: that of the configuration */
    bool fault;      /* TX: deliberately wrong: from here the other rules rest on its connection */
};

struct ms_oracle_config {
    unsigned observation; /* where the capture was made */
    /*
     * Of a capture file: no packet of its connections is missing and all stand in the order of the wire, so that
     * the absence of something proves it. A case is always complete.
     */
    bool complete;
    bool judge_rx, judge_tx; /* whose segments are judged (a case: rx only; a capture file: both) */
    /*
     * Of those that are not judged: a segment that breaks a rule is a fault (see ms_oracle_input). For a peer that is no
     * tester, behind a middlebox that may change whatever it sends.
     */
    bool mind_peer;
    void (*finding)(void *ctx, const struct ms_finding *f);
    /* Each connection before it is forgotten, at the latest by ms_oracle_end (see ms_model_on_retire); or NULL. */
    void (*retired)(void *ctx, const struct ms_conn *c);
    void *ctx;
};

/* Lives in its own memory; free with ms_oracle_free. */
struct ms_oracle *ms_oracle_new(const struct ms_oracle_config *cfg);
void ms_oracle_free(struct ms_oracle *o);
void ms_oracle_segment(struct ms_oracle *o, const struct ms_oracle_input *in);
/* End of the trace: what is left is retired. Findings still come by the callback of the configuration. */
void ms_oracle_end(struct ms_oracle *o);
/* The model behind the verdicts, for reports; lives as long as the oracle. */
const struct ms_model *ms_oracle_model(const struct ms_oracle *o);

#endif
