/* SPDX-License-Identifier: MIT */
/*
 * Subflows as a row of boxes knows them: which hosts' frames belong together, how far the handshake is, and what each box
 * remembers of them. All of it is read off the frames as they enter the row.
 */
#ifndef MPTCPSPEC_REWRITE_FLOW_H
#define MPTCPSPEC_REWRITE_FLOW_H

#include "mptcpspec/rewrite.h"

enum {
    FLOWS_MAX = 4096, /* the one unused for longest gives way to a new one */
    FLOW_NAMES =
        4, /* 4-tuples that a flow is known by: its own and those of address translations */
    FLOW_BUCKETS = 8192,
    BOXES_MAX = 64,
};

/* What a frame is in its flow; found when it enters the row and carried along with it. */
enum flow_third { THIRD_NOT = 0, THIRD_FIRST, THIRD_REPEATED, THIRD_DATA };
struct flow_marks {
    enum flow_third third;
    bool established; /* the handshake was over before this frame */
    bool repeated;    /* all of its payload was sent before */
};

/* MID: the row saw no SYN of it. OPEN: the initiator's third packet was seen. */
enum flow_stage { FLOW_MID, FLOW_SYN, FLOW_SYNACK, FLOW_OPEN };

struct flow_key {
    struct ms_addr addr[2]; /* the smaller end first, so that both directions have one key */
    uint16_t port[2];
};

struct rewrite_flow;
struct flow_name {
    struct flow_key key;
    struct rewrite_flow *flow;
    struct flow_name *next; /* in its bucket */
};

struct rewrite_flow {
    uint64_t generation; /* differs for each that ever lived at this place */
    uint32_t ordinal;    /* 1: the first whose SYN was seen; 0: none was seen */
    enum flow_stage stage;
    enum ms_dir initiator;
    bool third_mptcp; /* the third packet carried MP_CAPABLE or MP_JOIN */
    /* by direction */
    bool has_isn[2], has_sent[2], has_wscale[2];
    uint32_t isn[2], sent[2]; /* sent: one beyond the highest sequence number */
    uint8_t wscale[2];
    void *state[BOXES_MAX]; /* what each box remembers; on the heap */
    unsigned n_names;
    struct flow_name name[FLOW_NAMES];
    struct rewrite_flow *older, *newer; /* by last use */
};

struct flow_table {
    uint64_t seed;
    struct flow_name *bucket[FLOW_BUCKETS];
    struct rewrite_flow *oldest, *newest;
    unsigned n;
    uint32_t ordinals;
    uint64_t generations;
};

/* A table starts zeroed, with its seed. Frees everything in it. */
void rewrite_flow_table_clear(struct flow_table *t);
/* The flow of this segment, a new one if there is none; NULL if memory is exhausted. */
struct rewrite_flow *rewrite_flow_enter(struct flow_table *t, const struct ms_seg *seg);
/* The flow that goes by the addresses and ports of this segment, or NULL. */
struct rewrite_flow *rewrite_flow_find(const struct flow_table *t, const struct ms_seg *seg);
/* Gives the flow the addresses and ports of this segment as a further name; false if another has it, or no room is left. */
bool rewrite_flow_alias(struct flow_table *t, struct rewrite_flow *f, const struct ms_seg *seg);
/* Takes note of a segment that enters the row, and says what it is. A SYN of a new connection makes the flow anew. */
struct flow_marks rewrite_flow_note(struct flow_table *t, struct rewrite_flow *f,
                                    const struct ms_seg *seg, enum ms_dir dir);

#endif
