/* SPDX-License-Identifier: MIT */
/* Inside the model: its tables and the parts that digest one segment. */
#ifndef TRACE_MODEL_INT_H
#define TRACE_MODEL_INT_H

#include "mptcpspec/crypto.h"
#include "mptcpspec/model.h"

#define MODEL_BUCKETS 16384u       /* of the flow and token tables, a power of two */
#define MODEL_STORE   (1u << 20)   /* octets kept of one stream */
#define MODEL_BUDGET  (256u << 20) /* octets kept of all streams */

/*
 * Most that are held at a time. Beyond them the longest idle one of the same state goes: a flood of SYNs must
 * not push out connections that live.
 */
#define MODEL_MAX_PLAIN     8192u
#define MODEL_MAX_HALF_OPEN 2048u
#define MODEL_MAX_OPEN      8192u
#define MODEL_MAX_FLOWS     32768u
/* Ended ones stay this long for what comes late (RFC 9293 3.4.2: MSL of some minutes, in practice far less). */
#define MODEL_MAX_OVER  512u
#define MODEL_LINGER_NS (60ull * 1000 * 1000 * 1000)
/* Flows that were retired, by hash: what comes later still is not taken for the middle of a new one. */
#define MODEL_GRAVES 4096u

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
    struct ms_token_node *token_hash[MODEL_BUCKETS];
    uint32_t grave[MODEL_GRAVES];
    struct ms_life life[LIFE_STATES]; /* rings, longest idle first */
    size_t n_life[LIFE_STATES];
    struct ms_conn *oldest, *newest; /* all connections that are held */
    struct ms_model_counts count;
    uint64_t now_ns;
    uint32_t packet; /* of the segment at hand */
    size_t budget;
    void (*retire)(void *ctx, const struct ms_conn *c);
    void *retire_ctx;
    uint8_t scratch[65536]; /* one mapping's data while its checksum is computed */
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

/* model_data.c: mappings, Data ACKs, content, checksums. */
void model_data(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg, bool fault);
/* The value with these low 32 bits that lies nearest to `near`. */
uint64_t model_extend32(uint32_t low, uint64_t near);

/* model_addr.c: address ids, closing signals. */
void model_signals(struct ms_model_step *st, const struct ms_seg *seg);
void model_learn_id(struct ms_model_step *st, struct ms_side *side, const struct ms_announced *a);

/* model_watch.c: what rules alone ask for; after all else was learned from the segment. */
void model_watch(struct ms_model_step *st, const struct ms_seg *seg);
/* model_opening.c: what MP_CAPABLE and MP_JOIN said when they were sent before. */
void model_watch_opening(struct ms_model_step *st, const struct ms_seg *seg);
/* model_signal.c: options on duplicate ACKs, announcements. */
void model_watch_signals(struct ms_model_step *st, const struct ms_seg *seg);

#endif
