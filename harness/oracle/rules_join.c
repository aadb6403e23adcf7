/* SPDX-License-Identifier: MIT */
/* MP_JOIN: RFC 8684 3.2. */
#include <string.h>

#include "oracle/rules.h"

static void check_form(struct ms_judge *j)
{
    const struct ms_opt *o = ms_seg_mp(j->seg, MPTCP_SUB_JOIN);
    if (!o || o->mp.form == MS_FORM_MALFORMED)
        return;
    /* A SYN/ACK of the host that opened: simultaneous open, for which RFC 8684 3.9.2 gives no format. */
    if (judge_is_synack(j) && j->st->flow && j->st->role == MS_OPENER)
        return;
    enum ms_form want = judge_is_syn(j)      ? MS_FORM_JOIN_SYN
                        : judge_is_synack(j) ? MS_FORM_JOIN_SYNACK
                                             : MS_FORM_JOIN_ACK;
    if (judge_is_rst(j))
        rule_broken(j, "MP_JOIN on a RST");
    else if (o->mp.form != want)
        rule_broken(j, "MP_JOIN of %u octets on a %s", o->len, judge_kind(j));
    else if (want == MS_FORM_JOIN_ACK && j->st->flow && j->st->role == MS_ACCEPTOR)
        rule_broken(j, "MP_JOIN on an ACK of the host that accepted the subflow");
    else if (j->st->flow && j->st->flow->kind == MS_FLOW_CAPABLE)
        rule_broken(j, "MP_JOIN on a subflow that was opened by MP_CAPABLE");
}

bool judge_all_known(const struct ms_judge *j)
{
    const struct ms_model *m = ms_oracle_model(j->oracle);
    const struct ms_conn *c;
    bool any = false;
    for (c = ms_model_conn(m, 0); c; c = c->next) {
        /* A join to an unknown token that is accepted makes a connection of its own. */
        if (j->st->flow && c->first == j->st->flow && c->first->kind == MS_FLOW_JOIN)
            continue;
        if (c->fault || c->foreign || c->gap || !c->side[0].key_known || !c->side[1].key_known)
            return false;
        any = true;
    }
    return any;
}

static void check_token(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_JOIN_SYN);
    if (!mp || !judge_is_syn(j))
        return;
    if (j->st->join_known && j->st->join_own_token)
        rule_broken(j, "token %08x belongs to the sender of the SYN itself", mp->token);
    else if (!j->st->join_known && j->complete && judge_all_known(j))
        rule_broken(j, "token %08x belongs to no connection", mp->token);
}

/* Any pair of the numbers that the two ends showed; true if one gives the HMAC. */
static bool hmac_fits(const struct ms_side *local, const struct ms_side *remote,
                      const struct ms_half *own, const struct ms_half *other, const uint8_t *hmac,
                      size_t n)
{
    for (unsigned a = 0; a < own->n_nonce; a++)
        for (unsigned b = 0; b < other->n_nonce; b++) {
            uint8_t full[32];
            ms_join_hmac(local->key, remote->key, own->nonce[a], other->nonce[b], full);
            if (memcmp(full, hmac, n) == 0)
                return true;
        }
    return false;
}

/* Keys and numbers that are known for certain; more than were kept leave it open. */
static bool hmac_judgeable(const struct ms_model_step *st)
{
    const struct ms_half *a = st->half, *b = st->peer_half;
    return st->conn && st->side->key_known && st->peer->key_known && st->side->n_key_seen == 1 &&
           st->peer->n_key_seen == 1 && a->n_nonce && b->n_nonce &&
           a->n_nonce < MS_ARRAY_LEN(a->nonce) && b->n_nonce < MS_ARRAY_LEN(b->nonce);
}

static void check_hmac(struct ms_judge *j, enum ms_form form, const char *which)
{
    const struct ms_mp *mp = judge_form(j, form);
    const struct ms_model_step *st = j->st;
    if (!mp || !hmac_judgeable(st))
        return;
    if (!hmac_fits(st->side, st->peer, st->half, st->peer_half, mp->hmac, mp->hmac_len))
        rule_broken(j, "HMAC starts with %08x; keys and random numbers do not give it (%s)",
                    ms_get32(mp->hmac), which);
}

static void check_synack_hmac(struct ms_judge *j)
{
    if (judge_is_synack(j))
        check_hmac(j, MS_FORM_JOIN_SYNACK, "leftmost 64 bits of HMAC-B");
}

static void check_ack_hmac(struct ms_judge *j)
{
    if (j->st->flow && j->st->role == MS_OPENER)
        check_hmac(j, MS_FORM_JOIN_ACK, "leftmost 160 bits of HMAC-A");
}

static void check_early_data(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (!st->flow || st->flow->kind != MS_FLOW_JOIN || st->role != MS_OPENER || !judge_octets(j) ||
        (j->seg->flags & (MS_TH_SYN | MS_TH_RST)))
        return;
    if (judge_form(j, MS_FORM_JOIN_ACK))
        rule_broken(j, "data on the ACK with MP_JOIN");
    else if (j->complete && st->before_third_opt && !st->before_acked_third)
        rule_broken(j, "data before an ACK answered the ACK with MP_JOIN");
}

static void check_refused(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (!st->flow || st->flow->kind != MS_FLOW_JOIN || st->role != MS_OPENER ||
        !st->before_synack_plain || (j->seg->flags & (MS_TH_SYN | MS_TH_RST)))
        return;
    rule_broken(j, "%s after a SYN/ACK without MP_JOIN; a RST is due", judge_kind(j));
}

static void check_nonce(struct ms_judge *j)
{
    if (j->st->nonce_reused)
        rule_broken(j, "the random number of an earlier join");
}

/* A SYN that opens a further subflow of a known connection, seen for the first time. */
static bool is_new_join(const struct ms_judge *j)
{
    return judge_is_syn(j) && !j->st->syn_repeated && j->st->conn && j->st->flow &&
           j->st->flow->kind == MS_FLOW_JOIN;
}

static void check_before_dss(struct ms_judge *j)
{
    /* An announcement proves as much: options pass, and its HMAC needs both keys. */
    if (j->complete && is_new_join(j) && !j->st->peer->dss_sent && !j->st->peer->announced &&
        !j->st->conn->gap)
        rule_broken(j, "a join before the peer sent any DSS");
}

static void check_despite_c(struct ms_judge *j)
{
    if (!is_new_join(j) || !(j->st->peer->cap_flags & MPTCP_CAP_C))
        return;
    const struct ms_flow *first = j->st->conn->first;
    unsigned peer = j->st->flow->side[MS_ACCEPTOR];
    if (ms_addr_eq(&j->seg->dst, &first->addr[peer]) && j->seg->dport == first->port[peer])
        rule_broken(j, "a join to the address and port from which C = 1 came");
}

const struct ms_rule rule_join_form = {
    .name = "join-form",
    .reqs = "R-3.2-01, R-3.2-02, R-3.2-17, R-3.2-19",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "MP_JOIN has 12 octets on a SYN, 16 on a SYN/ACK and 24 on the opener's ACK, and stands "
           "nowhere else.",
    .check = check_form,
};
const struct ms_rule rule_join_token = {
    .name = "join-token",
    .reqs = "R-3.2-03, R-3.2-04, R-3.1-55",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN | MS_ON_SYN,
    .conditions = "an unknown token: a case, or a complete capture, when all connections are known",
    .doc = "The token of a join is that of the host which receives the SYN.",
    .check = check_token,
};
const struct ms_rule rule_join_synack_hmac = {
    .name = "join-synack-hmac",
    .reqs = "R-3.2-14, R-3.2-18, R-3.2-26",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN | MS_ON_SYN,
    .conditions = "both keys and the SYN were seen",
    .doc = "The SYN/ACK has the leftmost 64 bits of HMAC-B.",
    .check = check_synack_hmac,
};
const struct ms_rule rule_join_ack_hmac = {
    .name = "join-ack-hmac",
    .reqs = "R-3.2-18, R-3.2-19, R-3.2-25",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN | MS_ON_CONN,
    .conditions = "both keys, the SYN and the SYN/ACK were seen",
    .doc = "The third packet has the leftmost 160 bits of HMAC-A.",
    .check = check_ack_hmac,
};
const struct ms_rule rule_join_early_data = {
    .name = "join-early-data",
    .reqs = "R-3.2-23",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_PAYLOAD | MS_ON_JOINED,
    .conditions = "the third packet was seen; data after it: a case, or a complete capture",
    .doc = "The opener sends no data before its ACK with MP_JOIN was answered by an ACK.",
    .check = check_early_data,
};
const struct ms_rule rule_join_refused = {
    .name = "join-refused",
    .reqs = "R-3.2-37, R-3.2-39",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_JOINED,
    .conditions = "",
    .doc = "After a SYN/ACK without MP_JOIN the opener resets the subflow.",
    .check = check_refused,
};
const struct ms_rule rule_join_nonce_fresh = {
    .name = "join-nonce-fresh",
    .reqs = "R-3.2-05, R-5-01",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN | MS_ON_SYN,
    .despite_peer_fault = true,
    .conditions = "a repeated SYN keeps its number",
    .doc = "Each join attempt has a random number of its own.",
    .check = check_nonce,
};
const struct ms_rule rule_join_before_dss = {
    .name = "join-before-dss",
    .reqs = "R-3.1-42",
    .level = MS_LEVEL_MUST_NOT,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN | MS_ON_SYN | MS_ON_CONN,
    .conditions = "a case, or a complete capture; data-bearing MP_CAPABLE and ADD_ADDR of the "
                  "peer count as DSS",
    .doc = "No subflow is opened before a DSS of the peer was received.",
    .check = check_before_dss,
};
const struct ms_rule rule_join_despite_c = {
    .name = "join-despite-c",
    .reqs = "R-3.1-49",
    .level = MS_LEVEL_MUST_NOT,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN | MS_ON_SYN | MS_ON_CONN,
    .conditions = "the peer's MP_CAPABLE had C = 1",
    .doc = "No subflow is opened to the address and port from which C = 1 came.",
    .check = check_despite_c,
};
