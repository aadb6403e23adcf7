/* SPDX-License-Identifier: MIT */
/* Rewrites inside: what a parsed one holds, and the table of actions. */
#ifndef MPTCPSPEC_REWRITE_INTERNAL_H
#define MPTCPSPEC_REWRITE_INTERNAL_H

#include "mptcpspec/rewrite.h"

enum {
    REWRITE_ETH_LEN = 14,
    REWRITE_IP6_LEN = 40,
    REWRITE_TCP_LEN = 20,
    REWRITE_OPTS_LEN = 40, /* RFC 9293 3.1: data offset has four bits */
};

struct ms_rewrite;

/* What stands behind an action's name. */
enum rewrite_args {
    ARGS_NONE,
    ARGS_OPTION,      /* OPTION */
    ARGS_OPTION_N,    /* OPTION N */
    ARGS_FIELD,       /* OPTION.FIELD */
    ARGS_FIELD_N,     /* OPTION.FIELD N, N may be negative */
    ARGS_FIELD_VALUE, /* OPTION.FIELD = VALUE */
    ARGS_FLAGS,       /* SYN+ACK */
    ARGS_HEX,         /* octets as hex digits */
};

/* What a frame must have for the action to make sense, beyond what its arguments name. */
enum rewrite_need {
    NEED_NOTHING,
    NEED_PAYLOAD,
    NEED_MPTCP,
    NEED_ROOM, /* the option of the field, though not the field itself */
};

enum rewrite_result {
    REWRITE_UNCHANGED, /* the frame passes as it is; not a hit */
    REWRITE_CHANGED,
    REWRITE_DROP,
    REWRITE_DUP,
    REWRITE_FRAME, /* r->out goes out instead, r->out_len octets */
};

/* A frame taken apart. Options and payload belong to the rewrite and may be changed. */
struct rewrite_work {
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    uint8_t *payload;
    const uint8_t *frame; /* as it came */
    size_t frame_len;
};

struct rewrite_action {
    const char *name;
    enum rewrite_args args;
    enum rewrite_need need;
    enum rewrite_result (*apply)(struct ms_rewrite *r, struct rewrite_work *w);
};
extern const struct rewrite_action
    rewrite_actions[]; /* ends with name NULL; in the order of ms_rewrite_table */

enum cond_kind { COND_FLAGS, COND_HAS, COND_NOT, COND_DATA, COND_NODATA, COND_FIELD };
enum cond_op { OP_EQ, OP_NE, OP_LT, OP_GT };

struct rewrite_cond {
    enum cond_kind kind;
    uint8_t flags_mask, flags_want;
    const struct ms_option_name *option;
    const struct ms_field *field;
    enum cond_op op;
    struct ms_value value;
    struct rewrite_cond *next;
};

enum count_kind { COUNT_ALL, COUNT_NTH, COUNT_FROM, COUNT_FIRST };

struct ms_rewrite {
    struct ms_arena *arena;
    bool dirs[2];
    enum ms_rewrite_words words;
    const struct rewrite_action *action;
    /* arguments of the action */
    const struct ms_option_name *option;
    const struct ms_field *field;
    struct ms_value value;
    int64_t number;
    uint8_t flags;
    struct ms_opt insert;
    /* selection */
    struct rewrite_cond *conds;
    enum count_kind count;
    uint64_t count_n;
    /* state */
    uint64_t matches, hits;
    struct ms_opt remembered; /* copy_opt, late_opt */
    bool has_remembered;
    struct ms_value remembered_value; /* copy_field; type NONE: nothing yet */
    uint8_t *memory;                  /* replay: the frame matched before */
    size_t memory_len, memory_cap;
    uint8_t *payload, *out; /* working space */
    size_t payload_cap, out_cap, out_len;
};

/* One frame through one rewrite. Leaves in *out and *out_len what goes on, which is gone with the next one. */
enum rewrite_result rewrite_one(struct ms_rewrite *r, enum ms_dir dir, const uint8_t *frame,
                                size_t len, const uint8_t **out, size_t *out_len);
/* Does the segment meet the conditions, and has it what the action needs? (Counting is not done here.) */
bool rewrite_selects(const struct ms_rewrite *r, const struct rewrite_work *w);
/* Does this option carry the field? `opt` NULL for "tcp". */
bool rewrite_has_field(const struct ms_field *f, const struct ms_seg *seg, const struct ms_opt *opt,
                       struct ms_value *v);

#endif
