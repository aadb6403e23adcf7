/* SPDX-License-Identifier: MIT */
/*
 * What a host must not take from its peer. These rules speak where the peer misbehaves, so each asks itself
 * whether all that it needs was seen before that.
 */
#include "oracle/rules.h"

/* The flow, unless what was seen of it contradicts itself. */
static const struct ms_flow *clear_flow(const struct ms_judge *j)
{
    return j->st->flow && !j->st->flow->murky ? j->st->flow : NULL;
}

static bool goes_on(const struct ms_judge *j)
{
    return !(j->seg->flags & (MS_TH_SYN | MS_TH_RST));
}

/* None of the copies of its SYN or SYN/ACK names an algorithm; all are of version 1. */
static bool names_none(const struct ms_side_watch *w)
{
    return w->cap_told && !w->cap_missing && !(w->cap_flags & 0x1f);
}

static void check_no_algorithm(struct ms_judge *j)
{
    const struct ms_flow *f = clear_flow(j);
    const struct ms_side_watch *w = &j->st->peer->watch;
    if (f && f->kind == MS_FLOW_CAPABLE && judge_is_synack(j) && judge_form(j, MS_FORM_CAPABLE) &&
        names_none(w))
        rule_broken(j, "SYN/ACK with MP_CAPABLE although the SYN named no algorithm");
}

static void check_b(struct ms_judge *j)
{
    const struct ms_flow *f = clear_flow(j);
    const struct ms_side_watch *w = &j->st->peer->watch;
    if (f && f->kind == MS_FLOW_CAPABLE && judge_is_synack(j) && judge_form(j, MS_FORM_CAPABLE) &&
        w->cap_told && !w->cap_missing && (w->cap_flags_all & MPTCP_CAP_B))
        rule_broken(j, "SYN/ACK with MP_CAPABLE although B was set on the SYN");
}

static void check_answer_algorithm(struct ms_judge *j)
{
    const struct ms_flow *f = clear_flow(j);
    const struct ms_side_watch *w = &j->st->peer->watch;
    if (f && f->kind == MS_FLOW_CAPABLE && j->st->role == MS_OPENER && goes_on(j) && w->cap_told &&
        !(w->cap_flags & 0x1f))
        rule_broken(j, "MPTCP option on a %s although the SYN/ACK named no algorithm",
                    judge_kind(j));
}

static void check_key_echo(struct ms_judge *j)
{
    const struct ms_flow *f = clear_flow(j);
    if (!f || f->kind != MS_FLOW_CAPABLE || j->st->role != MS_ACCEPTOR || !goes_on(j))
        return;
    const struct ms_half_watch *w = &j->st->peer_half->watch;
    if (w->echo_wrong && !w->echo_right)
        rule_broken(j, "MPTCP option on a %s although the third packet echoed another key",
                    judge_kind(j));
}

static void check_synack_hmac(struct ms_judge *j)
{
    const struct ms_half_watch *w = &j->st->peer_half->watch;
    if (clear_flow(j) && j->st->role == MS_OPENER && goes_on(j) && w->hmac_wrong && !w->hmac_right)
        rule_broken(j, "%s although the HMAC in the SYN/ACK was wrong; a RST is due",
                    judge_kind(j));
}

static void check_ack_hmac(struct ms_judge *j)
{
    const struct ms_half_watch *w = &j->st->peer_half->watch;
    if (clear_flow(j) && j->st->role == MS_ACCEPTOR && goes_on(j) && w->hmac_wrong &&
        !w->hmac_right)
        rule_broken(j, "%s although the HMAC in the third packet was wrong; a RST is due",
                    judge_kind(j));
}

static void check_token(struct ms_judge *j)
{
    const struct ms_flow *f = clear_flow(j);
    if (f && f->conn && f->conn->first == f && j->st->role == MS_ACCEPTOR && judge_is_synack(j) &&
        j->complete && judge_form(j, MS_FORM_JOIN_SYNACK) && judge_all_known(j))
        rule_broken(j, "SYN/ACK with MP_JOIN although the token belongs to no connection");
}

static void check_add_addr_hmac(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_ADD_ADDR);
    if (clear_flow(j) && mp && j->st->watch.echo_of_wrong)
        rule_broken(j, "echo of id %u; the HMAC of that announcement was wrong", mp->addr_id);
}

/* The acceptor went on after the third packet: the subflow is established. */
static bool accepted(const struct ms_judge *j)
{
    const struct ms_flow *f = clear_flow(j);
    return f && f->conn && j->st->role == MS_ACCEPTOR && goes_on(j) && j->st->before_third_opt;
}

static void check_despite_c(struct ms_judge *j)
{
    const struct ms_flow *f = j->st->flow;
    if (!accepted(j) || !j->st->conn->first || !(j->st->side->cap_flags & MPTCP_CAP_C))
        return;
    const struct ms_flow *first = j->st->conn->first;
    unsigned own = first->side[MS_OPENER] == f->side[MS_ACCEPTOR] ? MS_OPENER : MS_ACCEPTOR;
    if (first->kind == MS_FLOW_CAPABLE && ms_addr_eq(&j->seg->src, &first->addr[own]) &&
        j->seg->sport == first->port[own])
        rule_broken(j, "%s on a subflow to the address and port from which C = 1 was sent",
                    judge_kind(j));
}

static void check_before_dss(struct ms_judge *j)
{
    const struct ms_side *opener = j->st->peer;
    if (accepted(j) && j->complete && !opener->dss_sent && !opener->announced &&
        !opener->watch.echo_sent && !j->st->conn->gap)
        rule_broken(j, "a subflow is established before its opener sent any DSS");
}

RULE_ANYWAY(rule_capable_no_algorithm, "capable-no-algorithm", "R-3.1-53", MS_LEVEL_MUST,
            MS_ON_CAPABLE | MS_ON_SYN | MS_ON_CONN, "version 1, on each SYN",
            "A SYN whose MP_CAPABLE names no algorithm is answered without MP_CAPABLE.",
            check_no_algorithm);
RULE_ANYWAY(rule_capable_b_taken, "capable-b-taken", "R-3.1-47", MS_LEVEL_MUST,
            MS_ON_CAPABLE | MS_ON_SYN | MS_ON_CONN, "version 1, on each SYN",
            "A SYN whose MP_CAPABLE has B = 1 is answered without MP_CAPABLE.", check_b);
RULE_ANYWAY(
    rule_capable_answer_algorithm, "capable-answer-algorithm", "R-3.1-54", MS_LEVEL_MUST,
    MS_ON_ANY_MPTCP | MS_ON_CONN, "version 1, on each SYN/ACK",
    "After a SYN/ACK whose MP_CAPABLE names no algorithm the initiator goes on as plain TCP.",
    check_answer_algorithm);
RULE_ANYWAY(rule_capable_echo_taken, "capable-echo-taken", "R-3.1-22", MS_LEVEL_FORMAT,
            MS_ON_ANY_MPTCP | MS_ON_CONN, "one key on all SYN/ACKs, and no third packet echoed it",
            "The listener does not go on with MPTCP when its key comes back changed.",
            check_key_echo);
RULE_ANYWAY(rule_join_synack_hmac_taken, "join-synack-hmac-taken", "R-3.2-30", MS_LEVEL_MUST,
            MS_ON_JOINED, "keys and random numbers are known for certain",
            "The opener resets a subflow whose SYN/ACK has a wrong HMAC.", check_synack_hmac);
RULE_ANYWAY(rule_join_ack_hmac_taken, "join-ack-hmac-taken", "R-3.2-34, R-3.4.1-26", MS_LEVEL_MUST,
            MS_ON_JOINED, "keys and random numbers are known for certain",
            "The acceptor resets a subflow whose third packet has a wrong HMAC.", check_ack_hmac);
RULE_ANYWAY(rule_join_token_taken, "join-token-taken", "R-3.2-27, R-3.2-15, R-3.8-01",
            MS_LEVEL_MUST, MS_ON_JOINED | MS_ON_JOIN | MS_ON_SYN,
            "a case, or a complete capture, when all connections are known",
            "A join with an unknown token is not answered by a SYN/ACK with MP_JOIN.", check_token);
RULE_ANYWAY(rule_add_addr_hmac_taken, "add-addr-hmac-taken", "R-3.4.1-18", MS_LEVEL_SHOULD,
            MS_ON_ADD_ADDR | MS_ON_CONN, "both keys were seen",
            "An announcement whose HMAC is wrong is not echoed.", check_add_addr_hmac);
RULE_ANYWAY(rule_join_accepted_despite_c, "join-accepted-despite-c", "R-3.1-48", MS_LEVEL_FORMAT,
            MS_ON_JOINED | MS_ON_CONN, "the MP_CAPABLE of the acceptor had C = 1",
            "A host that sent C = 1 accepts no subflow to that address and port.", check_despite_c);
RULE_ANYWAY(rule_join_accepted_early, "join-accepted-early", "R-3.1-43", MS_LEVEL_MUST_NOT,
            MS_ON_JOINED | MS_ON_CONN,
            "a case, or a complete capture; data-bearing MP_CAPABLE and ADD_ADDR, also as echo, "
            "count as DSS",
            "No subflow becomes established before a DSS of its opener was received.",
            check_before_dss);
