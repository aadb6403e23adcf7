/* SPDX-License-Identifier: MIT */
/*
 * rtnetlink in batches: requests are gathered in one buffer, sent by one call, and only the last is
 * acknowledged (the kernel reports errors of the others by itself), which makes a network cheap to build.
 */
#ifndef MPTCPSPEC_TOPO_NL_H
#define MPTCPSPEC_TOPO_NL_H

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "mptcpspec/topo.h"

#define NL_BATCH_MESSAGES 320
#define NL_MESSAGE_MAX    512

struct nl_batch {
    struct mnl_socket *sock;
    unsigned n;
    size_t len;
    bool overflow;
    unsigned path_mtu; /* for the routes; 0: nothing is said */
    bool lenient;      /* requests added from now on may fail, whatever the cause */
    struct {
        const char *what; /* for the error: "address 10.0.1.2" is made from what and where */
        struct ms_addr addr;
        enum { NL_NOTHING, NL_EXISTING, NL_ANY } tolerate; /* errors taken for success */
    } msg[NL_BATCH_MESSAGES];
    _Alignas(8) uint8_t buf[48 * 1024];
    _Alignas(8) uint8_t scratch[NL_MESSAGE_MAX]; /* where requests go that do not fit */
};

/* Opens a socket in the caller's present namespace. Close with nl_close. */
int nl_open(struct nl_batch *b, struct ms_error *err);
void nl_close(struct nl_batch *b);

/* Opens one request of rtnetlink `type`; at most NL_MESSAGE_MAX octets may be put into it. */
struct nlmsghdr *nl_add(struct nl_batch *b, uint16_t type, uint16_t flags, const char *what,
                        const struct ms_addr *addr);
/* The request that is open may find what it makes already there. */
void nl_tolerate_existing(struct nl_batch *b);
/* Ends the request: counts what was put into it. */
void nl_end(struct nl_batch *b, struct nlmsghdr *nlh);
/* Sends all and waits for the last to be acknowledged. The batch is empty afterwards. */
int nl_commit(struct nl_batch *b, struct ms_error *err);

/* The requests that networks are made of; routes and rules may exist already. */
/* The pair of a path, from the namespace of the tester's end. */
void nl_veth(struct nl_batch *b, const struct ms_net *net, unsigned path);
/* A macvlan on interface `parent` of the present namespace as the IUT's end of a path, born in net->ns_iut. */
void nl_macvlan(struct nl_batch *b, const struct ms_net *net, unsigned path, unsigned parent,
                unsigned mtu);
/* The interface neither asks nor answers by ARP from then on. */
void nl_arp_off(struct nl_batch *b, unsigned ifindex);
void nl_link_up(struct nl_batch *b, unsigned ifindex, bool up);
void nl_addr(struct nl_batch *b, unsigned ifindex, const struct ms_addr *addr, uint8_t prefix,
             bool add);
/* Route to dst/prefix (dst NULL: default) in `table`; gateway and source may be NULL. */
void nl_route(struct nl_batch *b, unsigned ifindex, uint32_t table, const struct ms_addr *dst,
              enum ms_family family, uint8_t prefix, const struct ms_addr *gateway,
              const struct ms_addr *source);
/* Packets from `addr` look up `table`. */
void nl_rule(struct nl_batch *b, const struct ms_addr *addr, uint32_t table, uint32_t priority);

#endif
