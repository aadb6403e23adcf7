/* SPDX-License-Identifier: MIT */
/* Inside the model: its tables and the parts that digest one segment. */
#ifndef TRACE_MODEL_INT_H
#define TRACE_MODEL_INT_H

#include "mptcpspec/crypto.h"
#include "mptcpspec/model.h"

#define MODEL_BUCKETS   4096         /* of the flow and token tables */
#define MODEL_MAX_FLOWS 65536        /* more are not modelled: a flood must not eat the memory */
#define MODEL_STORE     (1u << 20)   /* octets kept of one stream */
#define MODEL_BUDGET    (256u << 20) /* octets kept of all streams */

struct token_node {
    uint32_t token;
    struct ms_conn *conn;
    unsigned side;
    struct token_node *next;
};

struct ms_model {
    struct ms_arena *arena;
    struct ms_flow *flow_hash[MODEL_BUCKETS];
    struct token_node *token_hash[MODEL_BUCKETS];
    struct ms_flow **flow;
    size_t n_flow, cap_flow;
    struct ms_conn **conn;
    size_t n_conn, cap_conn;
    size_t budget;
    uint8_t scratch[65536]; /* one mapping's data while its checksum is computed */
};

/* model_table.c */
struct ms_flow *model_flow_find(const struct ms_model *m, const struct ms_seg *seg,
                                enum ms_end_role *role);
struct ms_flow *model_flow_add(struct ms_model *m, const struct ms_seg *seg);
struct ms_conn *model_conn_add(struct ms_model *m, struct ms_flow *first);
void model_token_add(struct ms_model *m, uint32_t token, struct ms_conn *conn, unsigned side);
struct token_node *model_token_find(const struct ms_model *m, uint32_t token);

/* model_open.c: what opens a connection or a subflow. */
void model_syn(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);
void model_synack(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);
void model_third(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);

/* model_data.c: mappings, Data ACKs, content, checksums. */
void model_data(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg, bool fault);
/* The value with these low 32 bits that lies nearest to `near`. */
uint64_t model_extend32(uint32_t low, uint64_t near);

/* model_addr.c: address ids, closing signals. */
void model_signals(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg);
void model_learn_id(struct ms_model *m, struct ms_model_step *st, struct ms_side *side,
                    const struct ms_announced *a);

#endif
