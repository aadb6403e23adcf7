/* SPDX-License-Identifier: MIT */
/* Where a session's sockets are: in a namespace of its own, or where the agent is. */
#ifndef MPTCPSPEC_AGENT_PLACE_H
#define MPTCPSPEC_AGENT_PLACE_H

#include "agent/serve.h"

struct place {
    struct ms_topo topo;
    struct ms_net net;
    bool fresh;
    char iface[16]; /* shared: where the addresses are, "" */
    struct ms_addr v4, v6;
    uint8_t prefix4, prefix6;
};

/* Makes the network that is asked for and the driver in it, both for as long as the process lives. */
int place_take(const struct ms_agent *a, const struct ms_agent_opening *o, struct place *p,
               struct ms_target **t, struct ms_error *err);
/* What the tester is told of it: keys of the `ok` line. */
void place_describe(const struct place *p, struct ms_agent_out *o);
/* The agent's own namespace as a network: its interfaces are the paths. */
void place_shared_net(const struct ms_agent *a, struct place *p);

#endif
