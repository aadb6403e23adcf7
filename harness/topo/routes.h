/* SPDX-License-Identifier: MIT */
/* Which routes and rules the IUT has for a topology. */
#ifndef MPTCPSPEC_TOPO_ROUTES_H
#define MPTCPSPEC_TOPO_ROUTES_H

#include "topo/nl.h"

/*
 * Adds to the batch the routes of one path's interface: its prefixes, the tester's addresses outside them,
 * the default route (first path only) and, with source_tables, the table of each path and its rules. What
 * exists already stays. `gone` (may be NULL) is an IUT address that is no longer there.
 */
void routes_add(struct nl_batch *b, const struct ms_net *net, unsigned path,
                const struct ms_addr *gone);
/* The routes that one IUT address brings: its prefix, and its rule with source_tables. */
void routes_add_address(struct nl_batch *b, const struct ms_net *net, unsigned path,
                        const struct ms_addr *addr, uint8_t prefix);

#endif
