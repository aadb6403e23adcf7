/* SPDX-License-Identifier: MIT */
/* Routes and rules of the IUT's namespace, or of a host's. */
#include "topo/routes.h"

#include <string.h>

enum { SOURCE_TABLE_FIRST = 100, SOURCE_RULE_PRIORITY = 1000 };

static bool in_prefix(const struct ms_addr *a, const struct ms_addr *net, uint8_t prefix)
{
    for (unsigned bit = 0; bit < prefix; bit++)
        if ((a->octets[bit / 8] ^ net->octets[bit / 8]) & 0x80u >> bit % 8)
            return false;
    return true;
}

static uint8_t prefix_of(const struct ms_topo_addr *a, enum ms_family family)
{
    return family == MS_IPV6 ? a->prefix6 : a->prefix4;
}

/* True if some address of the IUT on that path has `tester` in its prefix. */
static bool on_link(const struct ms_topo *t, unsigned path, const struct ms_addr *tester,
                    enum ms_family family)
{
    for (unsigned i = 0; i < t->n_addrs; i++) {
        struct ms_addr own = ms_topo_addr_of(&t->addr[i], family);
        if (t->addr[i].on_iut && t->addr[i].path == path && own.family != 0 &&
            in_prefix(tester, &own, prefix_of(&t->addr[i], family)))
            return true;
    }
    return false;
}

void routes_add_address(struct nl_batch *b, const struct ms_net *net, unsigned path,
                        const struct ms_addr *addr, uint8_t prefix)
{
    unsigned ifindex = net->path[path].iut_ifindex;
    uint32_t table = SOURCE_TABLE_FIRST + path;

    nl_route(b, ifindex, RT_TABLE_MAIN, addr, addr->family, prefix, NULL, addr);
    if (net->topo->source_tables) {
        nl_route(b, ifindex, table, addr, addr->family, prefix, NULL, addr);
        nl_rule(b, addr, table, SOURCE_RULE_PRIORITY + path);
    }
}

/* True if the topology gives the host an address of that family on the path. */
static bool has_own(const struct ms_topo *t, unsigned path, enum ms_family family)
{
    for (unsigned i = 0; i < t->n_addrs; i++)
        if (t->addr[i].on_iut && t->addr[i].path == path &&
            ms_topo_addr_of(&t->addr[i], family).family != 0)
            return true;
    return false;
}

/* The routes of the host's own addresses on the path but `gone`; false if there are none. */
static bool own_addresses(struct nl_batch *b, const struct ms_net *net, unsigned path,
                          const struct ms_addr *gone, enum ms_family family)
{
    const struct ms_topo *t = net->topo;
    bool any = false;

    for (unsigned i = 0; i < t->n_addrs; i++) {
        struct ms_addr a = ms_topo_addr_of(&t->addr[i], family);
        if (t->addr[i].path != path || a.family == 0 || !t->addr[i].on_iut ||
            (gone != NULL && ms_addr_eq(&a, gone)))
            continue;
        routes_add_address(b, net, path, &a, prefix_of(&t->addr[i], family));
        any = true;
    }
    return any;
}

/*
 * Where the other host has no address on the path: it answers for its address of another path by ARP all the same,
 * but not by neighbour discovery, so the gateway is its link-local address (as the seeds of IPv6 set-ups have it).
 */
static struct ms_addr foreign_gateway(struct nl_batch *b, const struct ms_net *net, unsigned path,
                                      enum ms_family family)
{
    const struct ms_topo *t = net->topo;
    struct ms_addr gateway = {0};

    if (!t->two_hosts)
        return gateway;
    if (family == MS_IPV6) {
        gateway = ms_net_link_local(net, path);
        gateway.octets[15] ^= 1 ^ 2;
        return gateway;
    }
    for (unsigned i = 0; i < t->n_addrs && gateway.family == 0; i++)
        if (!t->addr[i].on_iut)
            gateway = t->addr[i].v4;
    if (gateway.family != 0 && t->source_tables)
        nl_route(b, net->path[path].iut_ifindex, SOURCE_TABLE_FIRST + path, &gateway, family, 32,
                 NULL, NULL);
    return gateway;
}

static void add_family(struct nl_batch *b, const struct ms_net *net, unsigned path,
                       const struct ms_addr *gone, enum ms_family family)
{
    const struct ms_topo *t = net->topo;
    unsigned ifindex = net->path[path].iut_ifindex;
    struct ms_addr gateway = {0};

    /* A server without an address on the path still knows which addresses of the client are there. */
    if (!own_addresses(b, net, path, gone, family) && (!t->two_hosts || has_own(t, path, family)))
        return;
    for (unsigned i = 0; i < t->n_addrs; i++) {
        struct ms_addr a = ms_topo_addr_of(&t->addr[i], family);
        if (t->addr[i].path != path || a.family == 0 || t->addr[i].on_iut)
            continue;
        if (!on_link(t, path, &a, family))
            nl_route(b, ifindex, RT_TABLE_MAIN, &a, family, family == MS_IPV6 ? 128 : 32, NULL,
                     NULL);
        if (gateway.family == 0)
            gateway = a;
    }
    if (gateway.family == 0)
        gateway = foreign_gateway(b, net, path, family);
    if (gateway.family == 0)
        return;
    if (path == 0)
        nl_route(b, ifindex, RT_TABLE_MAIN, NULL, family, 0, &gateway, NULL);
    if (t->source_tables)
        nl_route(b, ifindex, SOURCE_TABLE_FIRST + path, NULL, family, 0, &gateway, NULL);
}

void routes_add(struct nl_batch *b, const struct ms_net *net, unsigned path,
                const struct ms_addr *gone)
{
    add_family(b, net, path, gone, MS_IPV4);
    if (net->ipv6)
        add_family(b, net, path, gone, MS_IPV6);
}

struct ms_addr ms_net_link_local(const struct ms_net *net, unsigned path)
{
    struct ms_addr a = {.family = MS_IPV6};
    a.octets[0] = 0xfe;
    a.octets[1] = 0x80;
    a.octets[14] = (uint8_t)(path + 1);
    a.octets[15] = net->path[path].iut_mac[5];
    return a;
}
