/* SPDX-License-Identifier: MIT */
/* Traits of a segment, and which rules they wake. */
#include "oracle/rules.h"

static const uint32_t by_subtype[16] = {
    [MPTCP_SUB_CAPABLE] = MS_ON_CAPABLE,
    [MPTCP_SUB_JOIN] = MS_ON_JOIN,
    [MPTCP_SUB_DSS] = MS_ON_DSS,
    [MPTCP_SUB_ADD_ADDR] = MS_ON_ADD_ADDR,
    [MPTCP_SUB_REMOVE_ADDR] = MS_ON_REMOVE_ADDR,
    [MPTCP_SUB_PRIO] = MS_ON_PRIO,
    [MPTCP_SUB_FAIL] = MS_ON_FAIL,
    [MPTCP_SUB_FASTCLOSE] = MS_ON_FASTCLOSE,
    [MPTCP_SUB_TCPRST] = MS_ON_TCPRST,
};

static uint32_t option_traits(const struct ms_seg *seg)
{
    uint32_t t = 0;
    for (unsigned i = 0; i < seg->n_opt; i++) {
        const struct ms_opt *o = &seg->opt[i];
        if (o->bad)
            t |= MS_ON_ODD_OPTION;
        if (o->kind != MS_TCPOPT_MPTCP)
            continue;
        t |= MS_ON_ANY_MPTCP | by_subtype[o->mp.subtype & 15];
        if (o->mp.form <= MS_FORM_UNKNOWN)
            t |= MS_ON_ODD_OPTION;
    }
    return t;
}

uint32_t judge_traits(const struct ms_judge *j)
{
    const struct ms_seg *seg = j->seg;
    const struct ms_model_step *st = j->st;
    uint32_t t = option_traits(seg);
    if (seg->flags & (MS_TH_SYN | MS_TH_RST | MS_TH_FIN))
        t |= (seg->flags & MS_TH_SYN ? MS_ON_SYN : 0u) | (seg->flags & MS_TH_RST ? MS_ON_RST : 0u) |
             (seg->flags & MS_TH_FIN ? MS_ON_FIN : 0u);
    if (seg->payload_len || seg->missing)
        t |= MS_ON_PAYLOAD;
    if (!seg->tcp_csum_ok)
        t |= MS_ON_BAD_CSUM;
    if (st->flow && st->flow->kind == MS_FLOW_JOIN)
        t |= MS_ON_JOINED;
    if (st->tcp_conflict)
        t |= MS_ON_CONTENT;
    if (!st->conn)
        return t;
    t |= MS_ON_CONN;
    if (st->has_map)
        t |= MS_ON_MAP;
    if (st->has_dack)
        t |= MS_ON_DACK;
    if (st->remap || st->dsn_conflict || st->csum_bad)
        t |= MS_ON_CONTENT;
    return t;
}

/* For each trait the rules that sleep without it. */
void waking_index(struct waking *w)
{
    *w = (struct waking){0};
    for (size_t i = 0; ms_rules[i]; i++) {
        if (!ms_rules[i]->check)
            continue;
        w->all[i / 64] |= 1ull << (i % 64);
        for (unsigned bit = 0; bit < MS_TRAITS; bit++)
            if (ms_rules[i]->on >> bit & 1)
                w->needs[bit][i / 64] |= 1ull << (i % 64);
    }
}

/* The rules awake, as bits in the order of ms_rules. */
void waking_choose(const struct waking *w, uint32_t traits, uint64_t rules[WAKING_WORDS])
{
    for (unsigned k = 0; k < WAKING_WORDS; k++)
        rules[k] = w->all[k];
    for (uint32_t lacking = ~traits & ((1u << MS_TRAITS) - 1); lacking; lacking &= lacking - 1) {
        unsigned bit = (unsigned)__builtin_ctz(lacking);
        for (unsigned k = 0; k < WAKING_WORDS; k++)
            rules[k] &= ~w->needs[bit][k];
    }
}
