/* SPDX-License-Identifier: MIT */
/* What all kinds of sites share: seats and their links. */
#include "mptcpspec/site.h"

#define LINK_GUARD_MS 10000

/* Every tester address on every path: a second interface may carry packets for the first's address. */
static int own_addresses(const struct ms_seat *seat, struct ms_link *l, struct ms_error *err)
{
    int rc = MS_OK;
    for (unsigned i = 0; rc == MS_OK && i < seat->topo->n_addrs; i++) {
        const struct ms_topo_addr *a = &seat->topo->addr[i];
        if (a->on_iut)
            continue;
        if (a->v4.family)
            rc = ms_link_own(l, &a->v4, err);
        if (rc == MS_OK && a->v6.family)
            rc = ms_link_own(l, &a->v6, err);
    }
    return rc;
}

/*
 * Proves each address of the IUT on this path, not the path alone: the kernel takes a new IPv6 address into use from
 * a work queue, and until then what is sent there is lost.
 */
static int prove(struct ms_seat *seat, struct ms_link *l, unsigned p, enum ms_family family,
                 struct ms_error *err)
{
    const struct ms_topo *t = seat->topo;
    struct ms_addr own = {0};
    int rc = MS_OK;
    for (unsigned i = 0; i < t->n_addrs && !own.family; i++)
        if (!t->addr[i].on_iut && t->addr[i].path == p)
            own = ms_topo_addr_of(&t->addr[i], family);
    for (unsigned i = 0; rc == MS_OK && i < t->n_addrs && own.family; i++) {
        struct ms_addr peer = ms_topo_addr_of(&t->addr[i], family);
        if (t->addr[i].on_iut && t->addr[i].path == p && peer.family)
            rc = ms_link_prove(l, &own, &peer, LINK_GUARD_MS, seat->net.path[p].iut_mac, err);
    }
    return rc;
}

int ms_seat_link(struct ms_seat *seat, unsigned path, struct ms_link **out, struct ms_error *err)
{
    if (seat->site->ops->link)
        return seat->site->ops->link(seat, path, out, err);
    int rc =
        ms_link_open(seat->net.path[path].tester_if, seat->net.path[path].tester_mac, out, err);
    if (rc != MS_OK)
        return rc;
    if (seat->peers)
        rc = ms_link_peer(*out, seat->net.path[path].iut_mac, err);
    if (rc == MS_OK)
        rc = own_addresses(seat, *out, err);
    if (rc == MS_OK)
        rc = prove(seat, *out, path, MS_IPV4, err);
    if (rc == MS_OK && seat->net.ipv6)
        rc = prove(seat, *out, path, MS_IPV6, err);
    if (rc != MS_OK) {
        ms_link_close(*out);
        *out = NULL;
    }
    return rc;
}

int ms_seat_take(struct ms_site *site, const struct ms_seat_request *r, struct ms_seat *out,
                 struct ms_error *err)
{
    *out = (struct ms_seat){.topo = r->topo,
                            .family = r->config.family,
                            .port = r->config.default_port,
                            .net = {.ns_host = -1, .ns_iut = -1, .ns_tester = -1}};
    int rc = site->ops->seat(site, r, out, err);
    out->site = rc == MS_OK ? site : NULL;
    return rc;
}

void ms_seat_leave(struct ms_seat *seat)
{
    if (seat->site)
        seat->site->ops->leave(seat);
    seat->site = NULL;
}
