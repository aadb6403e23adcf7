/* SPDX-License-Identifier: MIT */
/* What signals may say and where they may stand: RFC 8684 3.3, 3.4, 3.6. */
#include <string.h>

#include "oracle/rules.h"

static void check_tcprst_place(struct ms_judge *j)
{
    if (!judge_is_rst(j) && judge_form(j, MS_FORM_TCPRST))
        rule_broken(j, "MP_TCPRST on a %s", judge_kind(j));
}

/* 3.6 and 3.2: what a host can hold against a subflow that does not exist yet. */
static void check_refusal(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_TCPRST);
    const struct ms_flow *f = j->st->flow;
    if (mp && judge_is_rst(j) && j->complete && !f->synack_seen && j->st->role == MS_ACCEPTOR &&
        mp->reason > 3 && mp->reason <= 6)
        rule_broken(j, "reason 0x%02x on the RST that answers the SYN of a join", mp->reason);
}

static void check_outstanding(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_TCPRST);
    const struct ms_half *h = j->st->half;
    if (mp && judge_is_rst(j) && mp->reason == 4 && j->complete && h->syn_seen && h->pos_hi <= 1 &&
        !j->st->conn->gap)
        rule_broken(j,
                    "reason 0x04, too much data outstanding, on a subflow on which none was sent");
}

static void check_dss_empty(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_DSS);
    if (mp && !(mp->dss_flags & (MS_DSS_A | MS_DSS_M)))
        rule_broken(j, "DSS with neither Data ACK nor mapping");
}

static void check_port(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_ADD_ADDR);
    if (mp && mp->has_port && !mp->port)
        rule_broken(j, "ADD_ADDR of id %u with port 0", mp->addr_id);
}

/* Unspecified and multicast addresses, and the IPv4 broadcast: no TCP connection can end there. */
static bool cannot_be_joined(const struct ms_addr *a)
{
    static const uint8_t nothing[16];
    if (a->family == MS_IPV6)
        return a->octets[0] == 0xff || memcmp(a->octets, nothing, 16) == 0;
    return a->octets[0] >> 4 == 14 || ms_get32(a->octets) == 0 ||
           ms_get32(a->octets) == 0xffffffffu;
}

static void check_address(struct ms_judge *j)
{
    char text[46];
    const struct ms_mp *mp = judge_form(j, MS_FORM_ADD_ADDR);
    if (mp && cannot_be_joined(&mp->addr))
        rule_broken(j, "ADD_ADDR of %s", ms_addr_text(&mp->addr, text));
}

static void check_id_elsewhere(struct ms_judge *j)
{
    char text[46];
    bool own_address = j->live || (j->complete && j->in_sender_view);
    if (own_address && j->st->watch.id_elsewhere && !j->st->conn->gap)
        rule_broken(j, "id %u, which %s %s", j->st->watch.id,
                    judge_is_syn(j) || judge_is_synack(j) ? "was announced for"
                                                          : "a subflow has for",
                    ms_addr_text(&j->st->watch.id_addr, text));
}

static void check_id_unknown(struct ms_judge *j)
{
    if (j->complete && j->st->watch.id_unknown && !j->st->conn->gap)
        rule_broken(j, "REMOVE_ADDR of id %u, which stood for no address", j->st->watch.id);
}

static void check_to_removed(struct ms_judge *j)
{
    char text[46];
    if (j->complete && j->st->watch.to_removed && !j->st->conn->gap)
        rule_broken(j, "a join to %s, which its owner withdrew", ms_addr_text(&j->seg->dst, text));
}

const struct ms_rule rule_tcprst_place = {
    .name = "tcprst-place",
    .reqs = "R-3.6-01",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_TCPRST,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "MP_TCPRST stands on a RST.",
    .check = check_tcprst_place,
};
const struct ms_rule rule_tcprst_refusal = {
    .name = "tcprst-refusal",
    .reqs = "R-3.2-15, R-3.2-16, R-3.2-29",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_TCPRST | MS_ON_JOINED,
    .despite_peer_fault = true,
    .conditions = "a case, or a complete capture; no SYN/ACK was sent",
    .doc = "The RST that answers the SYN of a join has a reason from 0x00 to 0x03.",
    .check = check_refusal,
};
const struct ms_rule rule_tcprst_outstanding = {
    .name = "tcprst-outstanding",
    .reqs = "R-3.6-15, R-3.3.3-19",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_TCPRST | MS_ON_CONN,
    .conditions = "a case, or a complete capture",
    .doc = "Reason 0x04 resets a subflow on which the sender of the RST has sent data.",
    .check = check_outstanding,
};
const struct ms_rule rule_dss_empty = {
    .name = "dss-empty",
    .reqs = "R-3.3-01",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_DSS,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "A DSS has a Data ACK, a mapping or both.",
    .check = check_dss_empty,
};
const struct ms_rule rule_add_addr_port = {
    .name = "add-addr-port",
    .reqs = "R-3.4.1-03, R-3.4.1-12",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_ADD_ADDR,
    .conditions = "",
    .doc = "A port in ADD_ADDR is one that can be joined, so not 0.",
    .check = check_port,
};
const struct ms_rule rule_add_addr_address = {
    .name = "add-addr-address",
    .reqs = "R-3.4.1-03",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_ADD_ADDR,
    .conditions = "private, link-local and loopback addresses are left alone",
    .doc = "The address in ADD_ADDR is one that can be joined: not unspecified, multicast or "
           "broadcast.",
    .check = check_address,
};
const struct ms_rule rule_id_both_ways = {
    .name = "id-both-ways",
    .reqs = "R-3.4.1-05, R-3.2-06, R-3.2-07",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_ANY_MPTCP | MS_ON_CONN,
    .conditions = "a case, or a complete capture at the sender: no address translation on the way",
    .doc = "An id means one address in ADD_ADDR and MP_JOIN together; 0 is that of the first "
           "subflow.",
    .check = check_id_elsewhere,
};
const struct ms_rule rule_remove_known = {
    .name = "remove-addr-known",
    .reqs = "R-3.4.2-01, R-3.4.2-02",
    .level = MS_LEVEL_MAY,
    .observation = OBS_ANY,
    .on = MS_ON_REMOVE_ADDR | MS_ON_CONN,
    .conditions = "an observation: the receiver ignores it; a case, or a complete capture",
    .doc = "REMOVE_ADDR names ids that were announced or used.",
    .check = check_id_unknown,
};
const struct ms_rule rule_join_removed = {
    .name = "join-removed-address",
    .reqs = "R-3.4.2-10",
    .level = MS_LEVEL_SHOULD,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN | MS_ON_SYN | MS_ON_CONN,
    .conditions = "a case, or a complete capture; an ACK showed that REMOVE_ADDR came",
    .doc = "No subflow is opened to an address that was withdrawn.",
    .check = check_to_removed,
};
