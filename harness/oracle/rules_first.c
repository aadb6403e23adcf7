/* SPDX-License-Identifier: MIT */
/* The first segments of each end, and data on a SYN: RFC 8684 3.1, 3.2, B.2. */
#include "oracle/rules.h"

/*
 * 3.1: the initiator repeats its key "before it had received anything from B (since it would not know if the MP_CAPABLE
 * on the ACK was received)". A DSS shows that it was, and so does an announcement, whose HMAC needs both keys.
 */
static void check_first_data(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    const struct ms_half *h = st->half;
    if (st->flow->kind != MS_FLOW_CAPABLE || st->role != MS_OPENER || !st->has_map ||
        st->map.capable || st->map_infinite || st->before_dss_peer || st->peer->announced ||
        h->tfo_offered || !j->complete || st->conn->gap)
        return;
    if (st->pos == 1)
        rule_broken(j, "first data without MP_CAPABLE, and neither DSS nor ADD_ADDR came from the "
                       "listener");
}

static void check_listener_data(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (st->flow->kind != MS_FLOW_CAPABLE || st->role != MS_ACCEPTOR || !judge_octets(j) ||
        st->map_infinite || st->peer->data_seen || st->half->dack_seen || !j->complete ||
        st->conn->gap)
        return;
    if (!st->has_dack)
        rule_broken(j, "the listener sends first, without a Data ACK for the initiator's key");
}

static void check_join_third(struct ms_judge *j)
{
    const struct ms_flow *f = j->st->flow;
    if (j->st->role != MS_OPENER || (j->seg->flags & (MS_TH_SYN | MS_TH_RST)) || !j->complete ||
        !f->half[MS_ACCEPTOR].open_opt || f->half[MS_OPENER].third_opt || j->st->late)
        return;
    if (!ms_seg_mp(j->seg, MPTCP_SUB_JOIN))
        rule_broken(j, "%s before any MP_JOIN answered the SYN/ACK", judge_kind(j));
}

static void check_join_syn_data(struct ms_judge *j)
{
    if (judge_is_syn(j) && judge_form(j, MS_FORM_JOIN_SYN))
        rule_broken(j, "%zu octets on a SYN with MP_JOIN", judge_octets(j));
}

const struct ms_rule rule_capable_first_data = {
    .name = "capable-first-data",
    .reqs = "R-3.1-27, R-3.1-29, R-3.1-32",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_PAYLOAD | MS_ON_MAP,
    .conditions =
        "a case, or a complete capture; no fast open; neither a DSS nor an ADD_ADDR came from the "
        "listener yet",
    .doc = "The initiator's first data, repeated or not, carries MP_CAPABLE.",
    .check = check_first_data,
};
const struct ms_rule rule_listener_first_data = {
    .name = "listener-first-data",
    .reqs = "R-3.1-26",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_PAYLOAD | MS_ON_MAP,
    .conditions = "a case, or a complete capture; the initiator has sent no data",
    .doc = "Data of a listener that sends first has a Data ACK for the initiator's MP_CAPABLE.",
    .check = check_listener_data,
};
const struct ms_rule rule_join_third = {
    .name = "join-third",
    .reqs = "R-3.2-01, R-3.2-19",
    .level = MS_LEVEL_FORMAT,
    .observation = MS_OBS_RECEIVER | MS_OBS_SENDER,
    .on = MS_ON_JOINED,
    .conditions = "a case, or a complete capture, where the SYN/ACK had MP_JOIN",
    .doc = "The opener answers the SYN/ACK by MP_JOIN with its HMAC, or a RST, before all else.",
    .check = check_join_third,
};
const struct ms_rule rule_join_syn_data = {
    .name = "join-syn-data",
    .reqs = "R-B.2-03",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_SYN | MS_ON_JOIN | MS_ON_PAYLOAD,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "The SYN of a join carries no data.",
    .check = check_join_syn_data,
};
