/* SPDX-License-Identifier: MIT */
/*
 * Flows whose SYN was not seen: whose they are, and their positions. Enough for a table of who, when, how much
 * and how it ended; numbers that count from the SYN are not known, so their data is not judged.
 */
#include "trace/model_int.h"

/* Nothing begins with a RST, and with what may come late from a flow that was retired. */
struct ms_flow *model_mid(struct ms_model *m, const struct ms_seg *seg, uint32_t hash,
                          enum ms_end_role *role)
{
    if ((seg->flags & MS_TH_RST) || model_in_grave(m, hash))
        return NULL;
    struct ms_flow *f = model_flow_add(m, seg, hash);
    f->kind = MS_FLOW_MID;
    *role = MS_OPENER;
    return f;
}

/* Sender and receiver were taken for each other. */
static void swap_ends(struct ms_flow *f)
{
    struct ms_addr addr = f->addr[0];
    uint16_t port = f->port[0];
    struct ms_half half = f->half[0];
    f->addr[0] = f->addr[1];
    f->port[0] = f->port[1];
    f->half[0] = f->half[1];
    f->addr[1] = addr;
    f->port[1] = port;
    f->half[1] = half;
    f->ended_by = 1 - f->ended_by;
    if (f->conn) {
        unsigned side = f->side[0];
        f->side[0] = f->side[1];
        f->side[1] = side;
    }
}

/* The role that this segment shows its sender in; -1: it may be either's. */
static int shown_role(const struct ms_seg *seg)
{
    const struct ms_mp *capable = model_form(seg, MS_FORM_CAPABLE);
    if ((seg->flags & (MS_TH_SYN | MS_TH_ACK)) == (MS_TH_SYN | MS_TH_ACK))
        return MS_ACCEPTOR;
    if ((capable && capable->keys == 2) || model_form(seg, MS_FORM_JOIN_ACK))
        return MS_OPENER;
    return -1;
}

/* The connection that an option of the segment names. */
static bool find_conn(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_mp *mp = model_form(seg, MS_FORM_FASTCLOSE);
    if (!mp)
        mp = model_form(seg, MS_FORM_CAPABLE);
    if (!mp || (mp->form == MS_FORM_CAPABLE && mp->keys != 2))
        return false;
    struct ms_token_node *n = model_token_find(m, ms_token(mp->receiver_key));
    if (!n || n->conn->side[n->side].key != mp->receiver_key)
        return false;
    st->flow->side[st->role] = 1 - n->side;
    st->flow->side[1 - st->role] = n->side;
    model_conn_join(m, n->conn, st->flow);
    return true;
}

static void learn_keys(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    const struct ms_mp *mp = model_form(seg, MS_FORM_CAPABLE);
    struct ms_flow *f = st->flow;
    if (!mp || !mp->keys || f->conn->foreign)
        return;
    if (mp->version != 1) {
        f->conn->foreign = true;
        return;
    }
    model_learn_key(m, st, f->conn, f->side[st->role], mp->sender_key);
    if (mp->keys == 2)
        model_learn_key(m, st, f->conn, f->side[1 - st->role], mp->receiver_key);
}

void model_mid_segment(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    struct ms_flow *f = st->flow;
    if (!seg->n_opt || !ms_seg_has_mptcp(seg))
        return;
    int role = shown_role(seg);
    if (role >= 0 && role != (int)st->role) {
        swap_ends(f);
        st->role = (enum ms_end_role)role;
    }
    if (!f->conn && !find_conn(m, st, seg))
        model_conn_add(m, f);
    model_unknown(m, f->conn, MS_UNK_START);
    learn_keys(m, st, seg);
}
