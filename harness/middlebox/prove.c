/* SPDX-License-Identifier: MIT */
/* Proving wires: IFF_UP does not mean that frames pass. */
#include "middlebox/box_int.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { GUARD_MS = 10 * 1000, RETRY_FIRST_MS = 1, RETRY_MAX_MS = 20 };

static const struct ms_net *host_of(const struct ms_box *b, const struct box_port *p)
{
    return &b->lab->host[p->side];
}

/* An IPv4 address of the host: it answers for each of them on any wire. */
static struct ms_addr ipv4_of(const struct ms_net *host)
{
    const struct ms_topo *t = host->topo;
    for (unsigned i = 0; i < t->n_addrs; i++)
        if (t->addr[i].on_iut && t->addr[i].v4.family != 0)
            return t->addr[i].v4;
    return (struct ms_addr){0};
}

/*
 * Asks the host for an address of its own, so that it answers to the box's MAC address. For IPv4 a probe (RFC 5227
 * 2.1.1: no sender's address, nothing to remember), for IPv6 a solicitation from a link-local address of the box.
 */
static int solicit(struct ms_box *b, struct box_port *p, struct ms_error *err)
{
    const struct ms_net *host = host_of(b, p);
    struct ms_neigh n = {.request = true, .target = ipv4_of(host)};
    uint8_t to[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t frame[128];
    size_t len;

    memcpy(n.sender_mac, p->mac, sizeof n.sender_mac);
    memcpy(n.eth_src, p->mac, sizeof n.eth_src);
    if (n.target.family == MS_IPV4) {
        n.sender.family = MS_IPV4;
    } else {
        n.target = n.sender = ms_net_link_local(host, p->path);
        n.sender.octets[15] = p->mac[5];
        const uint8_t group[6] = {0x33,
                                  0x33,
                                  0xff,
                                  n.target.octets[13],
                                  n.target.octets[14],
                                  n.target.octets[15]}; /* RFC 2464 7 */
        memcpy(to, group, sizeof to);
    }
    n.family = n.target.family;
    int rc = ms_neigh_encode(&n, p->mac, to, frame, sizeof frame, &len);
    if (rc != MS_OK)
        return ms_fail(err, (enum ms_status)rc, "building a neighbour request");
    if (!port_has_room(p, len))
        return MS_OK;
    /* Past the taps, and not counted: it is the box's own. */
    struct ms_box_counts not_counted = {0};
    port_put(p, frame, len);
    return port_flush(p, &not_counted, err);
}

static const struct box_port *unproven(const struct ms_box *b)
{
    for (unsigned i = 0; i < b->n_ports; i++)
        if (!b->port[i]->proven)
            return b->port[i];
    return NULL;
}

static int listen_until(struct ms_box *b, uint64_t end, struct ms_error *err)
{
    const uint64_t ms = 1000000;
    for (;;) {
        int rc = box_round(b, err);
        if (rc < 0 || unproven(b) == NULL)
            return rc < 0 ? rc : MS_OK;
        uint64_t now = ms_now_ns();
        if (now >= end)
            return MS_OK;
        struct pollfd p = {.fd = b->epoll_fd, .events = POLLIN};
        if (poll(&p, 1, (int)((end - now + ms - 1) / ms)) < 0 && errno != EINTR)
            return ms_fail_errno(err, "poll");
    }
}

int box_prove(struct ms_box *b, struct ms_error *err)
{
    const uint64_t ms = 1000000, end = ms_now_ns() + GUARD_MS * ms;
    uint64_t wait_ms = RETRY_FIRST_MS;

    for (const struct box_port *p; (p = unproven(b)) != NULL;) {
        if (ms_now_ns() >= end)
            return ms_fail(err, MS_ERR_TIMEOUT,
                           "middlebox: nothing passes on the wire %s to the %s within %u ms",
                           p->h.ifname, ms_host_name(p->side), GUARD_MS);
        for (unsigned i = 0; i < b->n_ports; i++) {
            int rc = b->port[i]->proven ? MS_OK : solicit(b, b->port[i], err);
            if (rc != MS_OK)
                return rc;
        }
        int rc = listen_until(b, ms_now_ns() + wait_ms * ms, err);
        if (rc != MS_OK)
            return rc;
        wait_ms = wait_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : wait_ms * 2;
    }
    return MS_OK;
}
