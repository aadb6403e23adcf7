/* SPDX-License-Identifier: MIT */
/* Option names of the case language. */
#include "mptcpspec/wire.h"
#include "wire/internal.h"

#include <string.h>

/* Rows of the table that have no kind of their own. */
#define KIND_RAW 255

const struct ms_option_name ms_option_names[] = {
    {"mp_capable", MS_TCPOPT_MPTCP, MPTCP_SUB_CAPABLE, "Multipath Capable, RFC 8684 3.1"},
    {"mp_join", MS_TCPOPT_MPTCP, MPTCP_SUB_JOIN, "Join Connection, RFC 8684 3.2"},
    {"dss", MS_TCPOPT_MPTCP, MPTCP_SUB_DSS, "Data Sequence Signal, RFC 8684 3.3"},
    {"add_addr", MS_TCPOPT_MPTCP, MPTCP_SUB_ADD_ADDR, "Add Address, RFC 8684 3.4.1"},
    {"remove_addr", MS_TCPOPT_MPTCP, MPTCP_SUB_REMOVE_ADDR, "Remove Address, RFC 8684 3.4.2"},
    {"mp_prio", MS_TCPOPT_MPTCP, MPTCP_SUB_PRIO, "Change Subflow Priority, RFC 8684 3.3.8"},
    {"mp_fail", MS_TCPOPT_MPTCP, MPTCP_SUB_FAIL, "Fallback, RFC 8684 3.7"},
    {"mp_fastclose", MS_TCPOPT_MPTCP, MPTCP_SUB_FASTCLOSE, "Fast Close, RFC 8684 3.5"},
    {"mp_tcprst", MS_TCPOPT_MPTCP, MPTCP_SUB_TCPRST, "Subflow Reset, RFC 8684 3.6"},
    {"mss", MS_TCPOPT_MSS, -1, "maximum segment size, RFC 9293 3.7.1"},
    {"wscale", MS_TCPOPT_WSCALE, -1, "window scale, RFC 7323 2.2"},
    {"sack_ok", MS_TCPOPT_SACK_OK, -1, "selective acknowledgment permitted, RFC 2018 2"},
    {"sack", MS_TCPOPT_SACK, -1, "selective acknowledgment, RFC 2018 3"},
    {"ts", MS_TCPOPT_TS, -1, "timestamps, RFC 7323 3.2"},
    {"fastopen", MS_TCPOPT_FASTOPEN, -1, "fast open cookie, RFC 7413 4.1.1"},
    {"nop", MS_TCPOPT_NOP, -1, "no operation (padding)"},
    {"eol", MS_TCPOPT_EOL, -1, "end of the option list"},
    {"mptcp", MS_TCPOPT_MPTCP, -1, "any option of kind 30, unknown and malformed ones too"},
    {"raw", KIND_RAW, -1, "an option given by its octets; matches an option of any kind"},
    {NULL, 0, -1, NULL},
};

const struct ms_option_name *ms_option_name_find(const char *name)
{
    for (const struct ms_option_name *o = ms_option_names; o->name != NULL; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

bool ms_opt_is(const struct ms_opt *opt, const struct ms_option_name *name)
{
    if (name->kind == KIND_RAW)
        return true;
    if (opt->kind != name->kind)
        return false;
    return name->subtype < 0 || opt->mp.subtype == name->subtype;
}

const char *ms_opt_name(const struct ms_opt *opt)
{
    for (const struct ms_option_name *o = ms_option_names; o->name != NULL; o++)
        if (o->kind != KIND_RAW && ms_opt_is(opt, o))
            return o->name;
    return "opt";
}
