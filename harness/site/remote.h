/* SPDX-License-Identifier: MIT */
/* The driver of an IUT behind an agent: verbs become lines to the broker, lines become completions. */
#ifndef MPTCPSPEC_SITE_REMOTE_H
#define MPTCPSPEC_SITE_REMOTE_H

#include "mptcpspec/agent.h"
#include "site/broker.h"

struct remote_config {
    const struct broker *broker;
    uint64_t guard_ns; /* an agent that answers nothing for so long is given up */
    const volatile int *interrupted;
};

/*
 * Opens a session as `opening` says and gives its driver, which ops->free ends. *ipv6: the IUT's namespace has IPv6. A
 * request is started when the agent says so: what it does at once has then happened.
 */
int remote_open(const struct remote_config *cfg, const struct ms_agent_opening *opening,
                struct ms_target **out, bool *ipv6, struct ms_error *err);

#endif
