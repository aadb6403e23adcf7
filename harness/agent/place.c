/* SPDX-License-Identifier: MIT */
/* The networks of sessions. */
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/place.h"

static int take_fresh(const struct ms_agent *a, const struct ms_agent_opening *o, struct place *p,
                      struct ms_error *err)
{
    struct ms_uplink on = {.n_parents = a->set.n_ifaces, .mtu = o->mtu, .path_mtu = o->path_mtu};

    if (!a->facts.fresh)
        return ms_fail(err, MS_ERR_UNSUPPORTED,
                       a->set.n_ifaces == 0
                           ? "the agent was started without --iface: it has nothing to attach to"
                           : "the agent lacks CAP_NET_ADMIN and CAP_SYS_ADMIN: run it as root");
    memcpy(on.mac, o->mac, sizeof on.mac);
    memcpy(on.parent, a->set.iface, sizeof on.parent);
    p->topo = o->topo;
    return ms_net_attach(&p->net, &p->topo, &on, err);
}

static unsigned prefix_of(const uint8_t *mask, size_t n)
{
    unsigned bits = 0;
    while (bits < 8 * n && (mask[bits / 8] & 0x80u >> bits % 8))
        bits++;
    return bits;
}

/* An address that others can reach: IPv6 ones of the link only are passed over. */
static void take_address(struct place *p, const struct ifaddrs *i)
{
    if (i->ifa_addr == NULL || i->ifa_netmask == NULL || strcmp(i->ifa_name, p->iface) != 0)
        return;
    if (i->ifa_addr->sa_family == AF_INET && p->v4.family == 0) {
        p->v4.family = MS_IPV4;
        memcpy(p->v4.octets, &((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr, 4);
        struct sockaddr_in *mask = (struct sockaddr_in *)(void *)i->ifa_netmask;
        p->prefix4 = (uint8_t)prefix_of((const uint8_t *)&mask->sin_addr, 4);
    } else if (i->ifa_addr->sa_family == AF_INET6 && p->v6.family == 0) {
        const struct in6_addr *a = &((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr;
        if (IN6_IS_ADDR_LINKLOCAL(a))
            return;
        p->v6.family = MS_IPV6;
        memcpy(p->v6.octets, a, 16);
        struct sockaddr_in6 *mask = (struct sockaddr_in6 *)(void *)i->ifa_netmask;
        p->prefix6 = (uint8_t)prefix_of((const uint8_t *)&mask->sin6_addr, 16);
    }
}

void place_shared_net(const struct ms_agent *a, struct place *p)
{
    p->net = (struct ms_net){.ns_host = -1, .ns_iut = -1, .ns_tester = -1, .topo = &p->topo};
    p->net.n_paths = p->topo.n_paths = a->set.n_ifaces;
    for (unsigned i = 0; i < a->set.n_ifaces; i++) {
        memcpy(p->net.path[i].iut_if, a->set.iface[i], sizeof p->net.path[i].iut_if);
        p->net.path[i].iut_ifindex = if_nametoindex(a->set.iface[i]);
    }
    snprintf(p->topo.name, sizeof p->topo.name, "shared");
}

static void take_shared(const struct ms_agent *a, struct place *p)
{
    struct ifaddrs *list;

    place_shared_net(a, p);
    if (a->set.n_ifaces == 0)
        return;
    memcpy(p->iface, a->set.iface[0], sizeof p->iface);
    if (getifaddrs(&list) != 0)
        return;
    for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next)
        take_address(p, i);
    freeifaddrs(list);
}

int place_take(const struct ms_agent *a, const struct ms_agent_opening *o, struct place *p,
               struct ms_target **t, struct ms_error *err)
{
    struct ms_target_config cfg = {
        .net = &p->net,
        .service = o->service,
        .source_octets = o->octets,
        .stream_seed = o->seed,
        .default_port = o->port,
        .family = o->family,
        .pm_commands = o->pm,
        .pm_events = o->events,
    };

    p->fresh = o->fresh;
    int rc = MS_OK;
    if (o->fresh)
        rc = take_fresh(a, o, p, err);
    else
        take_shared(a, p);
    return rc == MS_OK ? ms_target_local(&cfg, t, err) : rc;
}

static void put_address(struct ms_agent_out *o, const char *key, const struct ms_addr *a,
                        uint8_t prefix)
{
    char text[46], whole[56];
    if (a->family == 0)
        return;
    snprintf(whole, sizeof whole, "%s/%u", ms_addr_text(a, text), prefix);
    ms_agent_put_text(o, key, whole);
}

void place_describe(const struct place *p, struct ms_agent_out *o)
{
    if (p->fresh) {
        ms_agent_put_unsigned(o, "ipv6", p->net.ipv6);
        return;
    }
    put_address(o, "v4", &p->v4, p->prefix4);
    put_address(o, "v6", &p->v6, p->prefix6);
    if (*p->iface != '\0')
        ms_agent_put_text(o, "iface", p->iface);
}
