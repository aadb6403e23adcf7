/* SPDX-License-Identifier: MIT */
/* MP_CAPABLE: RFC 8684 3.1. */
#include "oracle/rules.h"

static const struct ms_mp *capable_of(const struct ms_judge *j)
{
    return judge_form(j, MS_FORM_CAPABLE);
}

/* The figure that belongs to this segment. Version 0 has others: its keys are on the SYN already. */
static void check_form(struct ms_judge *j)
{
    const struct ms_mp *mp = capable_of(j);
    if (!mp || mp->version != 1)
        return;
    unsigned keys = judge_is_syn(j) ? 0 : judge_is_synack(j) ? 1 : 2;
    bool data = keys == 2 && judge_octets(j);
    if (judge_is_rst(j))
        rule_broken(j, "MP_CAPABLE on a RST");
    else if (mp->keys != keys || mp->has_dll != data)
        rule_broken(j, "MP_CAPABLE with %u keys and %s data length on a %s; it has %u keys and %s",
                    mp->keys, mp->has_dll ? "a" : "no", judge_kind(j), keys, data ? "one" : "none");
}

static void check_first_flow(struct ms_judge *j)
{
    if (j->st->flow && j->st->flow->kind == MS_FLOW_JOIN && ms_seg_mp(j->seg, MPTCP_SUB_CAPABLE))
        rule_broken(j, "MP_CAPABLE on a subflow that was opened by MP_JOIN");
}

static void check_version(struct ms_judge *j)
{
    const struct ms_mp *mp = capable_of(j);
    if (!mp)
        return;
    const struct ms_conn *c = j->st->conn;
    unsigned want = 1;
    if (c && c->foreign && mp->version == 0)
        return;
    if (judge_is_syn(j)) {
        /* 3.1: a host that has RFC 6824 as well may try that, in its own layout. */
        if (mp->version == 0 && mp->keys == 1)
            return;
    } else if (!judge_is_synack(j) && c && c->side[1].cap_seen) {
        want = c->side[1].version;
    }
    if (mp->version != want)
        rule_broken(j, "MP_CAPABLE of version %u on a %s; it is %u", mp->version, judge_kind(j),
                    want);
}

static void check_version_offered(struct ms_judge *j)
{
    const struct ms_mp *mp = capable_of(j);
    if (!mp || !judge_is_synack(j) || !j->st->conn || !j->st->conn->side[0].cap_seen)
        return;
    if (mp->version > j->st->conn->side[0].version)
        rule_broken(j, "SYN/ACK with version %u; the SYN offered %u", mp->version,
                    j->st->conn->side[0].version);
}

static void check_b_flag(struct ms_judge *j)
{
    const struct ms_mp *mp = capable_of(j);
    if (mp && (mp->cap_flags & MPTCP_CAP_B))
        rule_broken(j, "flags 0x%02x have B set on a %s", mp->cap_flags, judge_kind(j));
}

static void check_algorithm(struct ms_judge *j)
{
    const struct ms_mp *mp = capable_of(j);
    if (!mp || mp->version != 1)
        return;
    unsigned bits = mp->cap_flags & 0x1f;
    if (bits != MPTCP_CAP_H)
        rule_broken(j, "algorithm bits D to H are 0x%02x on a %s; 0x01 is HMAC-SHA256", bits,
                    judge_kind(j));
}

static void check_algorithm_chosen(struct ms_judge *j)
{
    const struct ms_mp *mp = capable_of(j);
    if (!mp || mp->version != 1 || !judge_is_synack(j) || !j->st->conn ||
        !j->st->conn->side[0].cap_seen)
        return;
    unsigned bits = mp->cap_flags & 0x1f, offered = j->st->conn->side[0].cap_flags & 0x1f;
    if ((bits & (bits - 1)) || (bits & ~offered))
        rule_broken(j, "SYN/ACK chooses algorithms 0x%02x; one of 0x%02x was to be chosen", bits,
                    offered);
}

static void check_uninvited(struct ms_judge *j)
{
    const struct ms_flow *f = j->st->flow;
    if (f && f->kind == MS_FLOW_PLAIN && f->half[MS_OPENER].syn_seen && judge_is_synack(j) &&
        ms_seg_has_mptcp(j->seg))
        rule_broken(j, "MPTCP option on the SYN/ACK to a SYN without a valid one");
}

/* Both keys from the host that opened the connection, on a subflow that tells whose they are. */
static const struct ms_mp *both_keys(const struct ms_judge *j)
{
    const struct ms_mp *mp = capable_of(j);
    const struct ms_flow *f = j->st->flow;
    if (!mp || mp->keys != 2 || !j->st->conn || j->st->role != MS_OPENER ||
        f->kind == MS_FLOW_JOIN || f->murky)
        return NULL;
    return mp;
}

static void check_key_echo(struct ms_judge *j)
{
    const struct ms_mp *mp = both_keys(j);
    if (!mp)
        return;
    const struct ms_side *listener = j->st->peer;
    unsigned n = listener->n_key_seen;
    if (!n || n == MS_ARRAY_LEN(listener->key_seen))
        return;
    for (unsigned i = 0; i < n; i++)
        if (listener->key_seen[i] == mp->receiver_key)
            return;
    rule_broken(j, "echoes the key %016llx; the listener sent %016llx",
                (unsigned long long)mp->receiver_key, (unsigned long long)listener->key);
}

static void check_key_kept(struct ms_judge *j)
{
    const struct ms_mp *mp = both_keys(j);
    if (!mp)
        return;
    const struct ms_side *own = j->st->side;
    if (own->key_known && mp->sender_key != own->key)
        rule_broken(j, "own key %016llx; an earlier segment had %016llx",
                    (unsigned long long)mp->sender_key, (unsigned long long)own->key);
}

static void check_csum_agreed(struct ms_judge *j)
{
    const struct ms_mp *mp = capable_of(j);
    if (!mp || mp->keys != 2 || !j->st->conn || !j->st->conn->csum_known)
        return;
    bool a = (mp->cap_flags & MPTCP_CAP_A) != 0;
    if (j->st->role == MS_OPENER && a != j->st->conn->csum)
        rule_broken(j, "A is %d on a %s; SYN and SYN/ACK agreed on %d", a, judge_kind(j),
                    j->st->conn->csum);
}

static void check_alone(struct ms_judge *j)
{
    const struct ms_mp *mp = capable_of(j);
    if (mp && mp->has_dll && ms_seg_mp(j->seg, MPTCP_SUB_DSS))
        rule_broken(j, "DSS besides an MP_CAPABLE that maps the data");
}

static void check_third(struct ms_judge *j)
{
    const struct ms_flow *f = j->st->flow;
    if (!f || f->kind != MS_FLOW_CAPABLE || j->st->role != MS_OPENER || judge_is_rst(j) ||
        !f->half[MS_ACCEPTOR].open_opt || f->half[MS_OPENER].third_opt || j->st->late)
        return;
    if (j->complete && judge_form(j, MS_FORM_DSS))
        rule_broken(j, "DSS before any MP_CAPABLE with both keys");
}

static void check_key_unique(struct ms_judge *j)
{
    if (j->complete && j->st->key_shared)
        rule_broken(j, "the key is in use by another connection of this host");
}

static void check_token_unique(struct ms_judge *j)
{
    if (j->complete && j->st->token_shared)
        rule_broken(j, "the token of the key is in use by another connection of this host");
}

const struct ms_rule rule_capable_form = {
    .name = "capable-form",
    .reqs = "R-3.1-09, R-3.1-10, R-3.1-11, R-3.1-12, R-3.1-28",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE,
    .despite_peer_fault = true,
    .conditions = "version 1",
    .doc = "MP_CAPABLE has no key on a SYN, one on a SYN/ACK, two on an ACK, and two with a "
           "data-level length on a segment with data.",
    .check = check_form,
};
const struct ms_rule rule_capable_first_flow = {
    .name = "capable-first-flow",
    .reqs = "R-3.1-68",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE | MS_ON_JOINED,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "MP_CAPABLE stands on the first subflow only.",
    .check = check_first_flow,
};
const struct ms_rule rule_capable_version = {
    .name = "capable-version",
    .reqs = "R-3.1-44, R-3.1-02",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE,
    .despite_peer_fault = true,
    .any_version = true,
    .conditions = "the layout of version 0 is left alone",
    .doc = "The version is 1, on the third packet that of the SYN/ACK.",
    .check = check_version,
};
const struct ms_rule rule_capable_version_offered = {
    .name = "capable-version-offered",
    .reqs = "R-3.1-03",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE | MS_ON_SYN,
    .despite_peer_fault = true,
    .any_version = true,
    .conditions = "the SYN was seen",
    .doc = "The version in the SYN/ACK is not above that of the SYN.",
    .check = check_version_offered,
};
const struct ms_rule rule_capable_b_flag = {
    .name = "capable-b-flag",
    .reqs = "R-3.1-46",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "B is 0.",
    .check = check_b_flag,
};
const struct ms_rule rule_capable_algorithm = {
    .name = "capable-algorithm",
    .reqs = "R-3.1-50, R-3.1-51, R-3.1-52",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE,
    .despite_peer_fault = true,
    .conditions = "version 1; a host with HMAC-SHA256 only, the one algorithm that is assigned",
    .doc = "H is 1 and D to G are 0.",
    .check = check_algorithm,
};
const struct ms_rule rule_capable_algorithm_chosen = {
    .name = "capable-algorithm-chosen",
    .reqs = "R-3.1-66",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE | MS_ON_SYN | MS_ON_CONN,
    .conditions = "the SYN was seen",
    .doc = "The SYN/ACK has exactly one of D to H set, one that the SYN offered.",
    .check = check_algorithm_chosen,
};
const struct ms_rule rule_capable_uninvited = {
    .name = "capable-uninvited",
    .reqs = "R-3.1-70",
    .level = MS_LEVEL_MUST_NOT,
    .observation = OBS_ANY,
    .on = MS_ON_SYN | MS_ON_ANY_MPTCP,
    .conditions = "no SYN of the flow had MP_CAPABLE or MP_JOIN",
    .doc = "The SYN/ACK to a plain SYN has no MPTCP option.",
    .check = check_uninvited,
};
const struct ms_rule rule_capable_key_echo = {
    .name = "capable-key-echo",
    .reqs = "R-3.1-11, R-3.1-12",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE | MS_ON_CONN,
    .conditions = "the SYN/ACK was seen",
    .doc = "The initiator echoes the listener's key unchanged.",
    .check = check_key_echo,
};
const struct ms_rule rule_capable_key_kept = {
    .name = "capable-key-kept",
    .reqs = "R-3.1-25, R-3.1-32",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE | MS_ON_CONN,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "The initiator shows the same key in each of its MP_CAPABLEs.",
    .check = check_key_kept,
};
const struct ms_rule rule_capable_csum_agreed = {
    .name = "capable-csum-agreed",
    .reqs = "R-3.1-61, R-3.1-62",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE | MS_ON_CONN,
    .conditions = "SYN and SYN/ACK were seen",
    .doc = "A of the initiator's third packet is 1 if SYN or SYN/ACK had it, else 0.",
    .check = check_csum_agreed,
};
const struct ms_rule rule_capable_alone = {
    .name = "capable-alone",
    .reqs = "R-3.1-30",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE | MS_ON_DSS,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "A segment with the data-bearing MP_CAPABLE has no DSS.",
    .check = check_alone,
};
const struct ms_rule rule_capable_third = {
    .name = "capable-third",
    .reqs = "R-3.1-07, R-3.1-28",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_DSS,
    .conditions = "a case, or a complete capture, where the SYN/ACK had MP_CAPABLE",
    .doc = "The initiator sends MP_CAPABLE with both keys before its first DSS.",
    .check = check_third,
};
const struct ms_rule rule_key_unique = {
    .name = "key-unique",
    .reqs = "R-3.1-18",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE,
    .despite_peer_fault = true,
    .conditions = "a case, or a complete capture, where the other connection of this address has "
                  "seen no FIN, RST or MP_FASTCLOSE",
    .doc = "No two connections of a host have the same key at the same time.",
    .check = check_key_unique,
};
const struct ms_rule rule_token_unique = {
    .name = "token-unique",
    .reqs = "R-3.1-20, R-C.1.1-01",
    .level = MS_LEVEL_SHOULD,
    .observation = OBS_ANY,
    .on = MS_ON_CAPABLE,
    .despite_peer_fault = true,
    .conditions = "a case, or a complete capture, where the other connection of this address has "
                  "seen no FIN, RST or MP_FASTCLOSE",
    .doc = "Different keys of a host at the same time give different tokens.",
    .check = check_token_unique,
};
