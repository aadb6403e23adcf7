/* SPDX-License-Identifier: MIT */
/* What a namespace is made of that plays a host; shared by the network of a case and the lab. */
#ifndef MPTCPSPEC_TOPO_HOST_H
#define MPTCPSPEC_TOPO_HOST_H

#include "topo/nl.h"

/* Index of the first interface of a host and of its wires' other ends. */
#define HOST_FIRST_IFINDEX 100

/* A descriptor of the namespace that the thread is in, or a negative status. */
int host_own_namespace(struct ms_error *err);
/* The same of a new one, which the thread is in afterwards. */
int host_new_namespace(struct ms_error *err);
int host_enter(int ns, const char *whose, struct ms_error *err);
/* Whether the kernel of the present namespace has IPv6. */
bool host_has_ipv6(void);
/* In the present namespace, before it has interfaces: settings of one that holds wires only, and of a host. */
int host_wire_profile(bool ipv6, const char *whose, struct ms_error *err);
int host_profile(bool ipv6, const char *whose, struct ms_error *err);
/* What hosts of a lab have besides. */
int host_lab_profile(const char *whose, struct ms_error *err);
/* In the host's namespace: its ends of the wires compute checksums and cut segments themselves. */
int host_offload_off(const struct ms_net *net, struct ms_error *err);
/* Brings the host's interfaces up, with addresses, routes and rules. `b` is opened in the host's namespace. */
int host_configure(struct nl_batch *b, const struct ms_net *net, struct ms_error *err);
/* MS_ERR_RANGE if the topology has more than there is room for. */
int host_check(const struct ms_topo *t, struct ms_error *err);

#endif
