/* SPDX-License-Identifier: MIT */
/* Names of verbs and of socket options. */
#include "mptcpspec/target.h"

static const char *const verb_names[] = {
    [MS_VERB_LISTEN] = "listen",
    [MS_VERB_ACCEPT] = "accept",
    [MS_VERB_CONNECT] = "connect",
    [MS_VERB_SEND] = "send",
    [MS_VERB_RECV] = "recv",
    [MS_VERB_EXPECT_EOF] = "expect_eof",
    [MS_VERB_SHUTDOWN] = "shutdown",
    [MS_VERB_CLOSE] = "close",
    [MS_VERB_CLOSE_LISTENER] = "close_listener",
    [MS_VERB_STOP_READING] = "stop_reading",
    [MS_VERB_START_READING] = "start_reading",
    [MS_VERB_URGENT] = "urgent",
    [MS_VERB_SOCKOPT] = "sockopt",
    [MS_VERB_NAMES] = "names",
    [MS_VERB_DIGEST] = "digest",
    [MS_VERB_SYSCTL] = "sysctl",
    [MS_VERB_SYSCTL_GET] = "sysctl_get",
    [MS_VERB_ENDPOINT_ADD] = "endpoint_add",
    [MS_VERB_ENDPOINT_DEL] = "endpoint_del",
    [MS_VERB_ENDPOINT_FLAGS] = "endpoint_flags",
    [MS_VERB_ENDPOINT_FLUSH] = "endpoint_flush",
    [MS_VERB_LIMITS] = "limits",
    [MS_VERB_PM_ANNOUNCE] = "pm_announce",
    [MS_VERB_PM_REMOVE] = "pm_remove",
    [MS_VERB_PM_CREATE] = "pm_create",
    [MS_VERB_PM_DESTROY] = "pm_destroy",
    [MS_VERB_ADDR_ADD] = "addr_add",
    [MS_VERB_ADDR_DEL] = "addr_del",
    [MS_VERB_LINK] = "link",
    [MS_VERB_COUNTERS] = "counters",
    [MS_VERB_MPTCP_INFO] = "mptcp_info",
    [MS_VERB_MPTCP_FULL_INFO] = "mptcp_full_info",
};

const char *ms_verb_name(enum ms_verb_kind kind)
{
    return (size_t)kind < MS_ARRAY_LEN(verb_names) && verb_names[kind] != NULL ? verb_names[kind]
                                                                               : "?";
}
