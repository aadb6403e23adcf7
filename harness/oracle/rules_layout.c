/* SPDX-License-Identifier: MIT */
/* Lengths and reserved bits of each option: what a sender writes, whatever its peer does. */
#include "oracle/rules.h"

/* Speaks if an option of this subtype has a length that no figure of the RFC has. */
static void check_layout(struct ms_judge *j, uint8_t subtype, const char *lengths)
{
    for (unsigned i = 0; i < j->seg->n_opt; i++) {
        const struct ms_opt *o = &j->seg->opt[i];
        if (o->kind == MS_TCPOPT_MPTCP && !o->bad && o->mp.form == MS_FORM_MALFORMED &&
            o->mp.subtype == subtype && !judge_echo_with_hmac(o))
            rule_broken(j, "%s of %u octets on a %s; it has %s", ms_opt_name(o), o->len,
                        judge_kind(j), lengths);
    }
}

static void check_capable(struct ms_judge *j)
{
    check_layout(j, MPTCP_SUB_CAPABLE, "4, 12, 20, 22 or 24");
}

static void check_join(struct ms_judge *j)
{
    check_layout(j, MPTCP_SUB_JOIN, "12, 16 or 24");
}

static void check_dss(struct ms_judge *j)
{
    check_layout(j, MPTCP_SUB_DSS, "the length that its flags and the checksum make, at most 28");
}

static void check_add_addr(struct ms_judge *j)
{
    check_layout(j, MPTCP_SUB_ADD_ADDR,
                 "16 (IPv4) or 28 (IPv6), 8 less as an echo, 2 more with a port");
}

static void check_remove_addr(struct ms_judge *j)
{
    check_layout(j, MPTCP_SUB_REMOVE_ADDR, "3 and one for each of at least one address id");
}

static void check_prio(struct ms_judge *j)
{
    check_layout(j, MPTCP_SUB_PRIO, "3");
}

static void check_fail(struct ms_judge *j)
{
    check_layout(j, MPTCP_SUB_FAIL, "12, with a 64-bit number");
}

static void check_fastclose(struct ms_judge *j)
{
    check_layout(j, MPTCP_SUB_FASTCLOSE, "12");
}

static void check_tcprst(struct ms_judge *j)
{
    check_layout(j, MPTCP_SUB_TCPRST, "4");
}

static void check_bits(struct ms_judge *j, enum ms_form form)
{
    const struct ms_mp *mp = judge_form(j, form);
    if (mp && mp->reserved)
        rule_broken(j, "reserved bits 0x%x on a %s; they are sent as 0", mp->reserved,
                    judge_kind(j));
}

static void check_join_reserved(struct ms_judge *j)
{
    check_bits(j, MS_FORM_JOIN_SYN);
    check_bits(j, MS_FORM_JOIN_SYNACK);
    check_bits(j, MS_FORM_JOIN_ACK);
}

static void check_dss_reserved(struct ms_judge *j)
{
    check_bits(j, MS_FORM_DSS);
}

static void check_add_addr_reserved(struct ms_judge *j)
{
    check_bits(j, MS_FORM_ADD_ADDR);
}

static void check_prio_reserved(struct ms_judge *j)
{
    check_bits(j, MS_FORM_PRIO);
}

static void check_remove_addr_reserved(struct ms_judge *j)
{
    check_bits(j, MS_FORM_REMOVE_ADDR);
}

static void check_fail_reserved(struct ms_judge *j)
{
    check_bits(j, MS_FORM_FAIL);
}

static void check_fastclose_reserved(struct ms_judge *j)
{
    check_bits(j, MS_FORM_FASTCLOSE);
}

static void check_tcprst_reserved(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_TCPRST);
    if (mp && (mp->rst_flags & 0x0e))
        rule_broken(j, "flags U, V, W are %u%u%u; they are sent as 0", mp->rst_flags >> 3 & 1,
                    mp->rst_flags >> 2 & 1, mp->rst_flags >> 1 & 1);
}

#define LAYOUT_RULE(var, rule_name, ids, lvl, traits, what, fn)                                    \
    RULE_ANYWAY(var, rule_name, ids, lvl, traits, "", what, fn)

LAYOUT_RULE(rule_capable_length, "capable-length", "R-3.1-09, R-3.1-10, R-3.1-11, R-3.1-12",
            MS_LEVEL_FORMAT, MS_ON_CAPABLE | MS_ON_ODD_OPTION,
            "MP_CAPABLE has 4, 12, 20, 22 or 24 octets.", check_capable);
LAYOUT_RULE(rule_join_length, "join-length", "R-3.2-02, R-3.2-17, R-3.2-19", MS_LEVEL_FORMAT,
            MS_ON_JOIN | MS_ON_ODD_OPTION, "MP_JOIN has 12, 16 or 24 octets.", check_join);
LAYOUT_RULE(rule_dss_length, "dss-length", "R-3.3-08, R-3.3-02", MS_LEVEL_FORMAT,
            MS_ON_DSS | MS_ON_ODD_OPTION, "The length of a DSS agrees with its flags.", check_dss);
LAYOUT_RULE(rule_add_addr_length, "add-addr-length", "R-3.4.1-03, R-3.4.1-04", MS_LEVEL_FORMAT,
            MS_ON_ADD_ADDR | MS_ON_ODD_OPTION,
            "ADD_ADDR has the length that family, port and echo flag make.", check_add_addr);
LAYOUT_RULE(rule_remove_addr_length, "remove-addr-length", "R-3.4.2-05", MS_LEVEL_FORMAT,
            MS_ON_REMOVE_ADDR | MS_ON_ODD_OPTION, "REMOVE_ADDR has 3 octets and one for each id.",
            check_remove_addr);
LAYOUT_RULE(rule_prio_length, "prio-length", "R-3.3.8-04", MS_LEVEL_FORMAT,
            MS_ON_PRIO | MS_ON_ODD_OPTION, "MP_PRIO has 3 octets.", check_prio);
LAYOUT_RULE(rule_fail_length, "fail-length", "R-3.7-15, R-3.7-16", MS_LEVEL_FORMAT,
            MS_ON_FAIL | MS_ON_ODD_OPTION, "MP_FAIL has 12 octets with the full 64-bit number.",
            check_fail);
LAYOUT_RULE(rule_fastclose_length, "fastclose-length", "R-3.5-04", MS_LEVEL_FORMAT,
            MS_ON_FASTCLOSE | MS_ON_ODD_OPTION, "MP_FASTCLOSE has 12 octets.", check_fastclose);
LAYOUT_RULE(rule_tcprst_length, "tcprst-length", "R-3.6-03", MS_LEVEL_FORMAT,
            MS_ON_TCPRST | MS_ON_ODD_OPTION, "MP_TCPRST has 4 octets.", check_tcprst);
LAYOUT_RULE(rule_join_reserved, "join-reserved", "R-3.2-11, R-3.2-24", MS_LEVEL_MUST, MS_ON_JOIN,
            "The reserved bits of MP_JOIN are 0.", check_join_reserved);
LAYOUT_RULE(rule_dss_reserved, "dss-reserved", "R-3.3-11", MS_LEVEL_MUST, MS_ON_DSS,
            "The reserved bits of DSS are 0.", check_dss_reserved);
LAYOUT_RULE(rule_add_addr_reserved, "add-addr-reserved", "R-3.4.1-20", MS_LEVEL_MUST,
            MS_ON_ADD_ADDR, "The flag bits of ADD_ADDR other than E are 0.",
            check_add_addr_reserved);
LAYOUT_RULE(rule_tcprst_reserved, "tcprst-reserved", "R-3.6-09", MS_LEVEL_MUST, MS_ON_TCPRST,
            "The flags U, V and W of MP_TCPRST are 0.", check_tcprst_reserved);

/* Of these bits the RFC does not say how they are sent; 0 is what is expected, other values are told. */
#define UNSAID_RULE(var, rule_name, ids, traits, what, fn)                                         \
    RULE_ANYWAY(var, rule_name, ids, MS_LEVEL_MAY, traits,                                         \
                "an observation: the RFC does not say how they are sent", what, fn)
UNSAID_RULE(rule_prio_reserved, "prio-reserved", "R-3.3.8-04", MS_ON_PRIO,
            "The reserved bits of MP_PRIO are 0.", check_prio_reserved);
UNSAID_RULE(rule_remove_addr_reserved, "remove-addr-reserved", "R-3.4.2-05", MS_ON_REMOVE_ADDR,
            "The reserved bits of REMOVE_ADDR are 0.", check_remove_addr_reserved);
UNSAID_RULE(rule_fail_reserved, "fail-reserved", "R-3.7-16", MS_ON_FAIL,
            "The reserved bits of MP_FAIL are 0.", check_fail_reserved);
UNSAID_RULE(rule_fastclose_reserved, "fastclose-reserved", "R-3.5-04", MS_ON_FASTCLOSE,
            "The reserved bits of MP_FASTCLOSE are 0.", check_fastclose_reserved);
