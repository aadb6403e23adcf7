/* SPDX-License-Identifier: MIT */
/* What is sent again says the same again: RFC 8684 3.1, 3.2, 5. */
#include "oracle/rules.h"

static void check_join(struct ms_judge *j)
{
    const char *what = j->st->watch.join_changed;
    if (what)
        rule_broken(j, "MP_JOIN on a %s has another %s than the first copy", judge_kind(j), what);
}

static void check_join_syn(struct ms_judge *j)
{
    if (judge_is_syn(j))
        check_join(j);
}

static void check_join_synack(struct ms_judge *j)
{
    if (judge_is_synack(j))
        check_join(j);
}

static void check_join_ack(struct ms_judge *j)
{
    if (!(j->seg->flags & MS_TH_SYN))
        check_join(j);
}

static void check_synack_key(struct ms_judge *j)
{
    if (j->st->watch.key_changed)
        rule_broken(j, "a repeated SYN/ACK shows another key");
}

static void check_signals(struct ms_judge *j)
{
    /* A network may double an ACK, which nothing tells from another one. */
    if ((j->live || j->in_sender_view) && j->st->watch.signals == 3)
        rule_broken(j, "the third duplicate ACK in a row for MPTCP options alone");
}

const struct ms_rule rule_capable_synack_key = {
    .name = "capable-synack-key",
    .reqs = "R-3.1-16",
    .level = MS_LEVEL_MAY,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE | MS_ON_SYN | MS_ON_CONN,
    .conditions = "an observation: another key is legal if the third packet is then accepted",
    .doc = "A repeated SYN/ACK shows the same key.",
    .check = check_synack_key,
};
const struct ms_rule rule_join_syn_fixed = {
    .name = "join-syn-fixed",
    .reqs = "R-5-02, R-3.2-05",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN | MS_ON_SYN,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "A repeated SYN keeps token, random number, address ID and B of its MP_JOIN.",
    .check = check_join_syn,
};
const struct ms_rule rule_join_synack_fixed = {
    .name = "join-synack-fixed",
    .reqs = "R-5-02",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN | MS_ON_SYN,
    .conditions = "",
    .doc = "A repeated SYN/ACK keeps random number, HMAC, address ID and B of its MP_JOIN.",
    .check = check_join_synack,
};
const struct ms_rule rule_join_ack_fixed = {
    .name = "join-ack-fixed",
    .reqs = "R-3.2-21, R-3.2-25",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN,
    .conditions = "",
    .doc = "A repeated third packet keeps the HMAC of its MP_JOIN.",
    .check = check_join_ack,
};
const struct ms_rule rule_signals_few = {
    .name = "signals-few",
    .reqs = "R-3-07, R-3.4.1-33, R-4-03",
    .level = MS_LEVEL_SHOULD_NOT,
    .observation = OBS_ANY,
    .on = MS_ON_ANY_MPTCP | MS_ON_CONN,
    .conditions = "a case, or a capture at the sender; ADD_ADDR, REMOVE_ADDR and MP_PRIO on ACKs "
                  "without SACK; the peer has data "
                  "outstanding on the subflow",
    .doc = "At most two duplicate ACKs in a row are sent for MPTCP options alone.",
    .check = check_signals,
};
