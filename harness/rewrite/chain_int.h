/* SPDX-License-Identifier: MIT */
/* The row of boxes inside: frames that wait, and those that are still to be passed on. */
#ifndef MPTCPSPEC_REWRITE_CHAIN_INT_H
#define MPTCPSPEC_REWRITE_CHAIN_INT_H

#include "rewrite/internal.h"

enum {
    HELD_MAX = 16 << 20, /* octets that boxes hold; beyond, the longest held goes on */
    BIRTHS_MAX = 256,    /* frames that boxes may make of one that arrives */
    FRAME_BUF = REWRITE_FRAME_MAX + 1024,
};

/* A frame with memory of its own, in a queue. */
struct parcel {
    struct parcel *next, *before; /* before: in the queue of a box */
    uint64_t due_ns;
    uint64_t order; /* of arrival */
    unsigned path;
    enum ms_dir dir;
    int box; /* where it goes on */
    struct rewrite_flow *flow;
    uint64_t generation; /* of the flow when it was put here */
    struct flow_marks marks;
    struct parcel *
        *known_at;   /* where the box knows it, in what it remembers of the flow; NULL: nowhere */
    uint64_t number; /* for that box */
    size_t len;
    uint8_t frame[];
};

struct queue {
    struct parcel *first, *last;
};

struct box {
    struct ms_rewrite *rewrite;
    unsigned path;
    bool on;
    struct queue held[2]; /* by direction; in the order in which they are due */
};

struct ms_chain {
    struct ms_arena *arena;
    struct ms_rng rng;
    bool follow; /* flows, though there is no box yet */
    struct box box[BOXES_MAX];
    int n;
    struct flow_table flows;
    uint64_t now;
    uint64_t arrivals;
    size_t held_octets;
    uint64_t overflows;     /* went on before their time */
    struct parcel *pending; /* to be passed on, in this order */
    struct parcel **cursor; /* where the next frame that a box makes is put */
    unsigned births;
    struct rewrite_work work;
    uint8_t *buf[2], *payload,
        *spare; /* FRAME_BUF octets each; the frame under way is in at most one of buf */
    unsigned buf_used;
    ms_chain_emit *emit;
    void *ctx;
};

/* Takes apart what the chain holds: every parcel is freed. */
void rewrite_chain_drop_all(struct ms_chain *c);
/* The parcel of all boxes that is due first, with its box and queue; NULL if none is held. `oldest`: that came first. */
struct parcel *rewrite_chain_first_held(struct ms_chain *c, bool oldest);
/* Takes the parcel out of its queue and puts it where frames are that are still to be passed on. */
void rewrite_chain_let_go(struct ms_chain *c, struct parcel *p);

#endif
