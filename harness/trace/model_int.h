/* SPDX-License-Identifier: MIT */
/* Inside the model: its tables and the parts that digest one segment. */
#ifndef TRACE_MODEL_INT_H
#define TRACE_MODEL_INT_H

#include "mptcpspec/crypto.h"
#include "mptcpspec/model.h"

#define MODEL_BUCKETS 8192u /* of the flow table, a power of two */
#define MODEL_TOKENS  2048u /* buckets of the token table */
#define MODEL_BUDGET                                                                               \
    (24u << 20) /* octets held for fingerprints and mappings, beyond which none grows */
#define MODEL_PLENTY (4u << 20) /* up to here also what is hardly expected again is kept */

/*
 * Most that are held at a time. Beyond them the longest idle one of the same state goes: a flood of SYNs must
 * not push out connections that live.
 */
#define MODEL_MAX_PLAIN     8192u
#define MODEL_MAX_HALF_OPEN 2048u
#define MODEL_MAX_OPEN      8192u
#define MODEL_MAX_FLOWS     24576u
/* Ended ones stay this long for what comes late (RFC 9293 3.4.2: MSL of some minutes, in practice far less). */
#define MODEL_MAX_OVER  512u
#define MODEL_LINGER_NS (60ull * 1000 * 1000 * 1000)
/* Flows that were retired, by hash: what comes later still is not taken for the middle of a new one. */
#define MODEL_GRAVES 2048u

enum life_state { LIFE_PLAIN, LIFE_HALF_OPEN, LIFE_OPEN, LIFE_OVER, LIFE_STATES };

struct ms_token_node {
    uint32_t token;
    struct ms_conn *conn;
    unsigned side;
    struct ms_token_node *next;      /* in the table */
    struct ms_token_node *conn_next; /* of the same connection */
};

struct ms_model {
    struct ms_flow *flow_hash[MODEL_BUCKETS];
    struct ms_token_node *token_hash[MODEL_TOKENS];
    uint32_t grave[MODEL_GRAVES];
    struct ms_life life[LIFE_STATES]; /* rings, longest idle first */
    size_t n_life[LIFE_STATES];
    struct ms_conn *oldest, *newest; /* all connections that are held */
    struct ms_model_counts count;
    uint64_t now_ns;
    uint32_t packet; /* of the segment at hand */
    void (*retire)(void *ctx, const struct ms_conn *c);
    void *retire_ctx;
    /* Of the segment at hand. */
    unsigned forms;          /* a bit for each MS_FORM_* that it has */
    const struct ms_mp *dss; /* its first DSS */
    const struct ms_opt *ts; /* its timestamps */
};

/* model_table.c */
uint32_t model_hash(const struct ms_seg *seg); /* same for both directions */
struct ms_flow *model_flow_find(const struct ms_model *m, const struct ms_seg *seg, uint32_t hash,
                                enum ms_end_role *role);
struct ms_flow *model_flow_add(struct ms_model *m, const struct ms_seg *seg, uint32_t hash);
struct ms_conn *model_conn_add(struct ms_model *m, struct ms_flow *first);
void model_conn_join(struct ms_model *m, struct ms_conn *c, struct ms_flow *f);
void model_conn_free(struct ms_model *m, struct ms_conn *c);
void model_flow_free(struct ms_model *m, struct ms_flow *f);
void model_token_add(struct ms_model *m, uint32_t token, struct ms_conn *conn, unsigned side);
struct ms_token_node *model_token_find(const struct ms_model *m, uint32_t token);
void *model_alloc(size_t n); /* zeroed; never NULL */
/* Room for one more of `n` elements; doubles. */
void *model_grow(void *array, size_t n, size_t *cap, size_t elem_size);

/* model_life.c: what is held and for how long. */
void model_life_init(struct ms_model *m);
void model_life_put(struct ms_model *m, struct ms_life *l, enum life_state s);
void model_life_drop(struct ms_model *m, struct ms_life *l);
/* Before a segment: retires what lingered long enough, makes room for one flow and one connection. */
void model_life_begin(struct ms_model *m);
/* After it: the flow's state of life. */
void model_life_segment(struct ms_model *m, struct ms_flow *f);
bool model_in_grave(const struct ms_model *m, uint32_t hash);
void model_leave_grave(struct ms_model *m, uint32_t hash);

/* model_stat.c: positions passed over, statistics, what cannot be judged. */
void model_unknown(struct ms_model *m, struct ms_conn *c, unsigned bit);
/* Takes positions from..end as sent; returns how many of them had not been seen. */
uint64_t model_span(struct ms_half *h, uint64_t from, uint64_t end);
void model_stat(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);
void model_fell_back(struct ms_flow *f, const char *why);

/* model_mid.c: flows whose SYN was not seen. */
struct ms_flow *model_mid(struct ms_model *m, const struct ms_seg *seg, uint32_t hash,
                          enum ms_end_role *role);
void model_mid_segment(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);

/* model_open.c: what opens a connection or a subflow. */
void model_syn(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);
void model_synack(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);
void model_third(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);
void model_learn_key(struct ms_model *m, struct ms_model_step *st, struct ms_conn *c, unsigned side,
                     uint64_t key);
const struct ms_mp *model_form(const struct ms_seg *seg, enum ms_form form);

/* model_prints.c: whether data that is sent again is the same. */
struct ms_stretch {
    uint64_t pos;
    const uint8_t *p;
    size_t len;
    uint32_t flow;   /* number of the flow that carries it */
    uint64_t needed; /* positions below are acknowledged: not expected again */
};
struct ms_prints_result {
    bool differs;   /* from what was sent before ... */
    uint64_t where; /* ... in the stretch that starts here ... */
    bool same_flow; /* ... on this very flow */
    bool beyond;    /* older than what is kept: not compared */
};
struct ms_prints *ms_prints_new(size_t *held); /* *held: sum of the memory of all of them */
void ms_prints_free(struct ms_prints *s, size_t *held); /* NULL allowed */
void ms_prints_put(struct ms_prints *s, const struct ms_stretch *in, size_t *held,
                   struct ms_prints_result *r);

/* model_maps.c: the mappings of one direction of a subflow. */
/* Keeps it, unless it is there already; notes a contradiction in the step. */
void model_map_keep(struct ms_model *m, struct ms_model_step *st);
/* Index of the first mapping that reaches beyond `ssn`; the following ones may overlap. */
size_t model_map_from(const struct ms_half *h, uint64_t ssn);
void model_maps_free(struct ms_model *m, struct ms_half *h);

/* model_csums.c: DSS checksums, summed up as the data comes. */
void model_csums(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);
void model_pieces_free(struct ms_model *m, struct ms_half *h);

/* model_data.c: mappings, Data ACKs, content. */
void model_data(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg, bool fault);
/* Position in the subflow's data numbering: octets of an accepted fast open are not counted. */
uint64_t model_ssn(const struct ms_model_step *st);
/* The value with these low 32 bits that lies nearest to `near`. */
uint64_t model_extend32(uint32_t low, uint64_t near);

/* model_addr.c: address ids, closing signals. */
void model_signals(struct ms_model_step *st, const struct ms_seg *seg);
void model_learn_id(struct ms_model_step *st, struct ms_side *side, const struct ms_announced *a);

/* model_watch.c: what rules alone ask for; after all else was learned from the segment. */
void model_watch(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);
/* model_opening.c: what MP_CAPABLE and MP_JOIN said when they were sent before. */
void model_watch_opening(struct ms_model_step *st, const struct ms_seg *seg);
/* model_signal.c: options on duplicate ACKs, announcements. */
void model_watch_signals(struct ms_model_step *st, const struct ms_seg *seg);
/* model_window.c: right edges, and data beyond them. */
void model_watch_window(struct ms_model_step *st, const struct ms_seg *seg);
/* model_gather.c: which data was seen. */
void model_watch_gather(struct ms_model_step *st, const struct ms_seg *seg);
/* model_ending.c: FIN, MP_FAIL, infinite mapping, MP_FASTCLOSE; the rate of a stream. */
void model_watch_ending(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);

#endif
