/* SPDX-License-Identifier: MIT */
/* Rules on any segment. */
#include <string.h>

#include "oracle/rules.h"

static void check_wellformed(struct ms_judge *j)
{
    for (unsigned i = 0; i < j->seg->n_opt; i++) {
        const struct ms_opt *o = &j->seg->opt[i];
        if (o->bad)
            rule_broken(j, "option of kind %u has length %u and %u octets are left", o->kind,
                        o->len, o->occupied);
    }
}

static void check_subtype(struct ms_judge *j)
{
    for (unsigned i = 0; i < j->seg->n_opt; i++) {
        const struct ms_opt *o = &j->seg->opt[i];
        if (o->kind != MS_TCPOPT_MPTCP || o->bad)
            continue;
        if (o->mp.form == MS_FORM_UNKNOWN)
            rule_broken(j, "MPTCP subtype 0x%x; 0x0 to 0x8 are assigned", o->mp.subtype);
        else if (o->len < 3)
            rule_broken(j, "MPTCP option of %u octets has no subtype", o->len);
    }
}

/*
 * A capture on the machine that sends shows the unfinished sum that its stack leaves to the network card: the
 * pseudo-header alone, not complemented. That is no fault of what goes on the wire.
 */
bool judge_csum_left_to_card(const struct ms_seg *s)
{
    size_t octets = s->family == MS_IPV6 ? 16 : 4;
    size_t doff = s->doff ? s->doff * 4u : 20u;
    size_t tcp_len = doff + s->payload_len;
    uint8_t tail[8] = {0};
    uint32_t sum = ms_csum_add(0, s->src.octets, octets);
    sum = ms_csum_add(sum, s->dst.octets, octets);
    ms_put32(tail, (uint32_t)tcp_len);
    tail[7] = 6;
    sum = ms_csum_add(sum, tail, sizeof tail);
    return s->csum == (0xffffu & ~(unsigned)ms_csum_finish(sum));
}

static void check_tcp_checksum(struct ms_judge *j)
{
    if (!j->seg->tcp_csum_ok && !judge_csum_left_to_card(j->seg))
        rule_broken(j, "TCP checksum 0x%04x is wrong", j->seg->csum);
}

static void check_syn_options(struct ms_judge *j)
{
    if (!(j->seg->flags & MS_TH_SYN) || judge_is_rst(j))
        return;
    unsigned opening = 0;
    for (unsigned i = 0; i < j->seg->n_opt; i++) {
        const struct ms_opt *o = &j->seg->opt[i];
        if (o->kind != MS_TCPOPT_MPTCP || o->mp.form == MS_FORM_UNKNOWN || o->len < 3)
            continue;
        if (o->mp.subtype == MPTCP_SUB_CAPABLE || o->mp.subtype == MPTCP_SUB_JOIN)
            opening++;
        else
            rule_broken(j, "%s on a %s", ms_opt_name(o), judge_kind(j));
    }
    if (opening > 1)
        rule_broken(j, "%u options that open a subflow on one %s", opening, judge_kind(j));
}

/* 3.7: MP_FAIL answers MP_FAIL even if the infinite mapping was quicker. */
static bool only_fail(const struct ms_seg *s)
{
    for (unsigned i = 0; i < s->n_opt; i++)
        if (s->opt[i].kind == MS_TCPOPT_MPTCP && s->opt[i].mp.form != MS_FORM_FAIL)
            return false;
    return true;
}

static void check_after_fallback(struct ms_judge *j)
{
    const struct ms_flow *f = j->st->flow;
    if (!j->st->plain_why || !ms_seg_has_mptcp(j->seg) || only_fail(j->seg))
        return;
    /* The third packet may be what a capture lacks. */
    if (f->kind == MS_FLOW_CAPABLE && !f->synack_plain && !j->st->half->infinite && !j->complete)
        return;
    /* A SYN/ACK with MP_CAPABLE to a plain SYN has its own rule. */
    if (j->seg->flags & MS_TH_SYN)
        return;
    rule_broken(j, "MPTCP option on a %s although %s", judge_kind(j), j->st->plain_why);
}

/* Keys of few different octets (all zero, counted) turn up by chance. */
static bool key_is_telling(uint64_t number)
{
    uint8_t key[8];
    unsigned different = 0;
    ms_put64(key, number);
    for (unsigned i = 0; i < 8; i++)
        different += memchr(key, key[i], i) == NULL;
    return different >= 5;
}

static bool contains(const struct ms_opt *o, uint64_t key)
{
    for (unsigned at = 2; at + 8u <= o->occupied; at++)
        if (ms_get64(o->raw + at) == key)
            return true;
    return false;
}

static void check_key_secret(struct ms_judge *j)
{
    const struct ms_side *side = j->st->conn->side;
    for (unsigned i = 0; i < j->seg->n_opt; i++) {
        const struct ms_opt *o = &j->seg->opt[i];
        if (o->kind != MS_TCPOPT_MPTCP || o->mp.subtype == MPTCP_SUB_CAPABLE ||
            o->mp.subtype == MPTCP_SUB_FASTCLOSE)
            continue;
        for (unsigned s = 0; s < 2; s++)
            if (side[s].key_known && contains(o, side[s].key) && key_is_telling(side[s].key))
                rule_broken(j, "the key of the %s stands in %s", s ? "listener" : "initiator",
                            ms_opt_name(o));
    }
}

const struct ms_rule rule_option_wellformed = {
    .name = "option-wellformed",
    .reqs = "R-3-02, R-A-01",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_ODD_OPTION,
    .despite_peer_fault = true,
    .any_version = true,
    .conditions = "",
    .doc = "Every TCP option has a length of at least 2 and ends within the header's 40 octets.",
    .check = check_wellformed,
};
const struct ms_rule rule_subtype_known = {
    .name = "subtype-known",
    .reqs = "R-7.2-10, R-3-03",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_ODD_OPTION,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "MPTCP options have one of the subtypes 0x0 to 0x8.",
    .check = check_subtype,
};
const struct ms_rule rule_tcp_checksum = {
    .name = "tcp-checksum",
    .reqs = "",
    .level = MS_LEVEL_MUST,
    .observation = MS_OBS_RECEIVER | MS_OBS_MIDDLE,
    .on = MS_ON_BAD_CSUM,
    .despite_peer_fault = true,
    .any_version = true,
    .conditions = "RFC 9293 3.1; a sum left to the network card is not judged",
    .doc = "The TCP checksum is right.",
    .check = check_tcp_checksum,
};
const struct ms_rule rule_syn_options = {
    .name = "syn-options",
    .reqs = "R-3-04",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_SYN | MS_ON_ANY_MPTCP,
    .despite_peer_fault = true,
    .any_version = true,
    .conditions = "",
    .doc = "Of the MPTCP options a SYN carries MP_CAPABLE or MP_JOIN only, and one of them.",
    .check = check_syn_options,
};
const struct ms_rule rule_mptcp_after_fallback = {
    .name = "mptcp-after-fallback",
    .reqs = "R-3.1-69, R-3.1-71, R-3.1-40, R-3.7-08, R-3.7-34",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_ANY_MPTCP,
    .conditions = "a third packet without MP_CAPABLE: a case, or a complete capture; repetitions "
                  "of what was sent before the fallback, MP_FAIL and, after an "
                  "infinite mapping, RST are not judged",
    .doc = "No MPTCP option is sent on a flow that is plain TCP: not opened by an option, SYN/ACK "
           "or third packet without MP_CAPABLE, or after an infinite mapping.",
    .check = check_after_fallback,
};
const struct ms_rule rule_key_secret = {
    .name = "key-secret",
    .reqs = "R-3.1-15",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_ANY_MPTCP | MS_ON_CONN,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "Keys stand in MP_CAPABLE and MP_FASTCLOSE only.",
    .check = check_key_secret,
};
