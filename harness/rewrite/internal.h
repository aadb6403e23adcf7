/* SPDX-License-Identifier: MIT */
/* Rewrites inside: what a parsed one holds, what an action is given, and the table of actions. */
#ifndef MPTCPSPEC_REWRITE_INTERNAL_H
#define MPTCPSPEC_REWRITE_INTERNAL_H

#include "mptcpspec/crypto.h"
#include "mptcpspec/rewrite.h"
#include "rewrite/flow.h"

enum {
    REWRITE_ETH_LEN = 14,
    REWRITE_IP4_LEN = 20,
    REWRITE_IP6_LEN = 40,
    REWRITE_TCP_LEN = 20,
    REWRITE_OPTS_LEN = 40,     /* RFC 9293 3.1: data offset has four bits */
    REWRITE_TEXT_MAX = 64,     /* octets of a text to look for */
    REWRITE_PACKET_LEN = 9000, /* nothing that a box lets grow gets longer: links carry no more */
    /* No frame is longer: Ethernet, IPv6, and 65535 octets behind it. */
    REWRITE_FRAME_MAX = REWRITE_ETH_LEN + REWRITE_IP6_LEN + 65535,
};

/* How long a box waits at most for a frame that fits the one that it holds, unless it says so. */
#define REWRITE_HOLD_NS UINT64_C(20000000)

/* What stands behind an action's name; [] may be missing. */
enum rewrite_args {
    ARGS_NONE,
    ARGS_OPTION,      /* OPTION */
    ARGS_OPTION_N,    /* OPTION N */
    ARGS_FIELD,       /* OPTION.FIELD */
    ARGS_FIELD_N,     /* OPTION.FIELD N, N may be negative */
    ARGS_FIELD_VALUE, /* OPTION.FIELD = VALUE */
    ARGS_FLAGS,       /* SYN+ACK */
    ARGS_HEX,         /* octets as hex digits */
    ARGS_KINDS,       /* [KIND,KIND] */
    ARGS_NUMBER,      /* N */
    ARGS_NUMBER_OR,   /* [N] */
    ARGS_NUMBER_TIME, /* [N [TIME]] */
    ARGS_NUMBER_2,    /* N [N] */
    ARGS_TIME,        /* TIME */
    ARGS_ADDR,        /* ADDRESS */
    ARGS_ADDR_PORT,   /* ADDRESS PORT */
    ARGS_ADDR_OR,     /* ADDRESS [PORT] */
    ARGS_TEXTS,       /* TEXT TEXT */
    ARGS_SAME_TEXTS,  /* TEXT TEXT of one length */
};

/* What a frame must have for the action to make sense, beyond what its arguments name; and what the action is like. */
enum rewrite_need {
    NEED_NOTHING = 0,
    NEED_PAYLOAD = 1,
    NEED_MPTCP = 2,
    NEED_ROOM = 4,     /* the option of the field, though not the field itself */
    NEED_ABSENT = 8,   /* the option is missing */
    NEED_SYN = 16,     /* a SYN, with or without ACK */
    NEED_ONE_WAY = 32, /* `any` is refused: which side it stands on matters */
    NEED_NEIGH = 64,   /* ARP and neighbour discovery are shown to it, too */
};

enum rewrite_result {
    REWRITE_UNCHANGED, /* the frame passes as it is; not a hit */
    REWRITE_CHANGED,   /* w->seg goes on */
    REWRITE_ADDED,     /* the frame passes as it is, others were sent besides; a hit */
    REWRITE_GONE,      /* it goes no further: dropped, or held; a hit */
    REWRITE_SENT,      /* it was sent again behind another frame; not a hit */
    REWRITE_FRAME,     /* w->other goes on instead, w->other_len octets */
};

struct parcel;

/* A frame under way through the row. */
struct rewrite_work {
    struct ms_chain *chain;
    unsigned path;
    enum ms_dir dir;
    uint64_t now;
    int box;                   /* the one that it is at */
    struct rewrite_flow *flow; /* NULL: not TCP, or flows are not followed */
    struct flow_marks marks;
    const uint8_t *frame;
    size_t len;
    /* taken apart; an action with CHANGED may have changed all of it */
    bool decoded;
    enum ms_frame_kind kind;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    size_t tcp_at, tcp_len; /* where the TCP header begins, octets from there on that are at hand */
    uint8_t *
        payload; /* a copy that may be changed, and may grow to payload_cap; see rewrite_packet_own */
    size_t payload_cap;
    const uint8_t *other; /* REWRITE_FRAME */
    size_t other_len;
};

struct rewrite_action {
    const char *name;
    enum rewrite_args args;
    uint64_t min, max, fallback; /* of its (first) number */
    unsigned need;               /* enum rewrite_need */
    /* Either is set. apply: for selected segments, payload may be changed. each: for all of them, in both directions. */
    enum rewrite_result (*apply)(struct ms_rewrite *r, struct rewrite_work *w);
    enum rewrite_result (*each)(struct ms_rewrite *r, struct rewrite_work *w, bool selected);
};
/* Ends with name NULL; in the order of ms_rewrite_table. */
extern const struct rewrite_action rewrite_actions[];

enum cond_kind {
    COND_FLAGS,
    COND_HAS,
    COND_NOT,
    COND_DATA,
    COND_NODATA,
    COND_FIELD,
    COND_THIRD, /* value.num: enum flow_third up to which it counts */
    COND_ESTABLISHED,
    COND_REPEATED,
    COND_SUBTYPE,
    COND_SUBFLOW,
    COND_PATH,
    COND_PACKET,
    COND_AFTER,
    COND_BEFORE,
    COND_CHANCE, /* value.num of 2^32 */
};
enum cond_op { OP_EQ, OP_NE, OP_LT, OP_GT };

struct rewrite_cond {
    enum cond_kind kind;
    uint8_t flags_mask, flags_want;
    const struct ms_option_name *option;
    const struct ms_field *field;
    enum cond_op op;
    struct ms_value value; /* also the number of the others; AFTER, BEFORE: nanoseconds */
    struct rewrite_cond *next;
};

enum count_kind { COUNT_ALL, COUNT_NTH, COUNT_FROM, COUNT_FIRST };

struct rewrite_text {
    uint8_t octets[REWRITE_TEXT_MAX];
    uint8_t len;
};

struct rewrite_memory {
    uint8_t *at;
    size_t cap;
};

struct ms_rewrite {
    struct ms_arena *arena;
    bool dirs[2];
    enum ms_rewrite_words words;
    const struct rewrite_action *action;
    /* arguments of the action */
    const struct ms_option_name *option;
    const struct ms_field *field;
    struct ms_value value;
    int64_t number; /* of those that may be negative, and len's */
    uint64_t n, n2;
    uint64_t time_ns;
    uint8_t flags;
    struct ms_opt insert;
    uint64_t kinds[4]; /* a bit for each option kind */
    struct ms_addr addr;
    uint16_t port;
    struct rewrite_text text[2];
    /* selection */
    struct rewrite_cond *conds;
    enum count_kind count;
    uint64_t count_n;
    /* state */
    bool began; /* since_ns is known: time counts from the first frame after it was laid */
    uint64_t since_ns;
    uint64_t frames[2]; /* segments of each direction that came by */
    uint64_t matches, hits;
    struct ms_opt remembered; /* copy_opt, late_opt, replay_opt */
    bool has_remembered;
    struct ms_value remembered_value; /* copy_field; type NONE: nothing yet */
    uint8_t *memory;                  /* replay: the frame matched before */
    size_t memory_len, memory_cap;
    struct rewrite_memory spare;
    uint64_t until_ns, left; /* cut, cut_packets, zero_window: how long yet; 0: has not begun */
    uint64_t free_ns[2];     /* rate: when the line is free again */
    uint64_t queued[2];      /* rate: octets that wait */
    struct ms_addr inside[MS_IPV6 + 1]; /* nat, napt: who is behind it, by family */
    uint16_t next_port;                 /* napt */
};

/* Does the segment meet the conditions, and has it what the action needs? (Counting is not done here.) */
bool rewrite_selects(const struct ms_rewrite *r, const struct rewrite_work *w);
/* Does this option carry the field? `opt` NULL for "tcp". */
bool rewrite_has_field(const struct ms_field *f, const struct ms_seg *seg, const struct ms_opt *opt,
                       struct ms_value *v);
bool rewrite_has_option(const struct ms_seg *seg, const struct ms_option_name *name);

/* ---- what actions use --------------------------------------------------------------------------------- */

/* What this box remembers of the frame's flow: `size` octets, zeroed at first; NULL without flow or memory. */
void *rewrite_state(const struct rewrite_work *w, size_t size);
/* The same, NULL if there is none yet. */
void *rewrite_known(const struct rewrite_work *w);
uint64_t rewrite_random(const struct rewrite_work *w);
/* A further frame from this box on, in the direction of the one at hand. False: too many, or no memory. */
bool rewrite_send(struct rewrite_work *w, const uint8_t *frame, size_t len);
/* The same for a segment that is like the frame at hand but for what `seg` says. */
bool rewrite_send_like(struct rewrite_work *w, const struct ms_seg *seg);
/* A segment that the box makes, to where `dir` leads. */
bool rewrite_send_new(struct rewrite_work *w, enum ms_dir dir, const struct ms_seg *seg);
/* Holds a frame (w's own, or another one like it) until `due_ns`; NULL: no memory. It is in the box's queue of w->dir. */
struct parcel *rewrite_hold(struct rewrite_work *w, const uint8_t *frame, size_t len,
                            uint64_t due_ns);
/* The same for boxes that hold one frame of a flow and direction at a time, and that one; it needs all their memory. */
struct parcel *rewrite_hold_one(struct rewrite_work *w, const uint8_t *frame, size_t len,
                                uint64_t due_ns);
struct parcel *rewrite_held(const struct rewrite_work *w);
/* Lets it go on now, behind the frame at hand if that passes. */
void rewrite_release(struct rewrite_work *w, struct parcel *p);
/* Frees it. */
void rewrite_discard(struct rewrite_work *w, struct parcel *p);
/* Writes w->seg as a frame into a buffer that lives until the next call; false if it cannot be. */
bool rewrite_compose(struct rewrite_work *w, const uint8_t **frame, size_t *len);

/* By how many bits windows of this direction are shifted (RFC 7323 2.2: both SYNs named a scale); not on SYNs. */
unsigned rewrite_scale(const struct rewrite_work *w, enum ms_dir dir);
/* The encoder pads anew, so padding at the end may go. */
void rewrite_trim_padding(struct ms_seg *seg);
/* Removes all options that answer to this name. */
void rewrite_remove_options(struct ms_seg *seg, const struct ms_option_name *name);

/* ---- packets (packet.c) ------------------------------------------------------------------------------- */

/* Takes w->frame apart unless it is; says whether it is TCP. */
bool rewrite_packet_decode(struct rewrite_work *w);
/* Makes w->payload a copy of the payload, to which w->seg.payload points. */
void rewrite_packet_own(struct rewrite_work *w);
/*
 * Writes `seg` as a frame that has the Ethernet and IP headers of w->frame (with their options; addresses, TTL and
 * traffic class as in `seg`). Right checksums stay right, wrong ones wrong by the same. Data offset: computed unless
 * `seg` has another one than the frame.
 */
int rewrite_packet_build(const struct rewrite_work *w, const struct ms_seg *seg, uint8_t *out,
                         size_t cap, size_t *out_len);

#endif
