/* SPDX-License-Identifier: MIT */
/* Address ids, announcements and their echoes, closing signals. */
#include <string.h>

#include "trace/model_int.h"

static bool same_addr(const struct ms_announced *a, const struct ms_announced *b)
{
    return ms_addr_eq(&a->addr, &b->addr);
}

/*
 * IDs that joins use and IDs that ADD_ADDR announces are kept apart: an address translator changes the source
 * of a join and not the content of an option, which is what IDs are for (RFC 8684 3.2).
 */
void model_learn_id(struct ms_model_step *st, struct ms_side *side, const struct ms_announced *a)
{
    for (size_t i = 0; i < side->n_ann; i++) {
        struct ms_announced *old = &side->ann[i];
        if (old->id != a->id || old->join != a->join)
            continue;
        if (same_addr(old, a)) {
            if (old->has_port == a->has_port && old->port == a->port) {
                old->withdrawn = false;
                return;
            }
            continue;
        }
        if (!old->withdrawn) {
            st->id_reused = true;
            st->id_before = *old;
            old->withdrawn = true;
        }
    }
    if (side->n_ann == MS_MODEL_ANNOUNCED) {
        side->ann_overflow = true;
        return;
    }
    side->ann = model_grow(side->ann, side->n_ann, &side->cap_ann, sizeof *side->ann);
    side->ann[side->n_ann++] = *a;
}

static void take_echo(struct ms_model_step *st, const struct ms_mp *mp)
{
    const struct ms_announced echo = {.addr = mp->addr};
    bool found = false;
    for (size_t i = 0; i < st->peer->n_ann; i++) {
        struct ms_announced *a = &st->peer->ann[i];
        if (a->join || a->id != mp->addr_id || !same_addr(a, &echo) ||
            a->has_port != mp->has_port || a->port != mp->port)
            continue;
        a->echoed = true;
        found = true;
    }
    if (!found && !st->peer->ann_overflow)
        st->echo_unknown = true;
}

static void withdraw(struct ms_side *side, const struct ms_mp *mp)
{
    for (unsigned k = 0; k < mp->n_ids; k++)
        for (size_t i = 0; i < side->n_ann; i++)
            if (side->ann[i].id == mp->ids[k])
                side->ann[i].withdrawn = true;
}

void model_signals(struct ms_model_step *st, const struct ms_seg *seg)
{
    for (unsigned i = 0; i < seg->n_opt; i++) {
        const struct ms_mp *mp = &seg->opt[i].mp;
        if (seg->opt[i].kind != MS_TCPOPT_MPTCP)
            continue;
        if (mp->form == MS_FORM_ADD_ADDR && mp->echo)
            take_echo(st, mp);
        else if (mp->form == MS_FORM_ADD_ADDR) {
            st->side->announced = true;
            model_learn_id(st, st->side,
                           &(struct ms_announced){.id = mp->addr_id,
                                                  .addr = mp->addr,
                                                  .has_port = mp->has_port,
                                                  .port = mp->port});
        } else if (mp->form == MS_FORM_REMOVE_ADDR)
            withdraw(st->side, mp);
        else if (mp->form == MS_FORM_FAIL) {
            st->side->fail_sent = true;
            model_fell_back(st->flow, "MP_FAIL was sent");
        } else if (mp->form == MS_FORM_FASTCLOSE)
            st->side->fastclose_sent = st->conn->closed = true;
    }
}
