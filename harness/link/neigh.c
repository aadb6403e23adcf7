/* SPDX-License-Identifier: MIT */
/* ARP and neighbour discovery: answering for the tester's addresses, and proving that frames pass. */
#include "link/link_int.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum {
    ETHERTYPE_AT = 12,
    IP6_NEXT_HEADER_AT = 14 + 6,
    IP6_DST_AT = 14 + 24,
    IP6_HOP_BY_HOP = 0,
    IP6_ICMP6 = 58,
    RETRY_FIRST_MS = 1,
    RETRY_MAX_MS = 20,
};

static bool owns(const struct ms_link *l, const struct ms_addr *a)
{
    for (unsigned i = 0; i < l->n_own; i++)
        if (ms_addr_eq(&l->own[i], a))
            return true;
    return false;
}

int ms_link_own(struct ms_link *l, const struct ms_addr *addr, struct ms_error *err)
{
    if (owns(l, addr))
        return MS_OK;
    if (l->n_own == LINK_OWN_MAX)
        return ms_fail(err, MS_ERR_RANGE, "more than %d addresses on %s", LINK_OWN_MAX,
                       l->h.ifname);
    l->own[l->n_own++] = *addr;
    return MS_OK;
}

static int answer(struct ms_link *l, const struct ms_neigh *request, struct ms_error *err)
{
    static const uint8_t all_nodes[6] = {0x33, 0x33, 0, 0, 0, 1};
    static const uint8_t nobody[16];
    struct ms_neigh reply = *request;
    const uint8_t *to = request->eth_src;
    uint8_t frame[128];
    size_t len;

    reply.request = false;
    /* RFC 4861 7.2.4: a solicitation without a source (duplicate address detection) is answered to all. */
    if (request->family == MS_IPV6 && memcmp(request->sender.octets, nobody, 16) == 0)
        to = all_nodes;
    int rc = ms_neigh_encode(&reply, l->mac, to, frame, sizeof frame, &len);
    if (rc != MS_OK)
        return ms_fail(err, (enum ms_status)rc, "building a neighbour reply");
    return link_write(l, frame, len, err);
}

/*
 * Group membership reports (RFC 3810) of the IUT's kernel for its solicited-node groups: housekeeping of the
 * link like neighbour discovery itself.
 */
static bool is_membership_report(const uint8_t *frame, size_t len)
{
    return len > IP6_DST_AT && frame[IP6_NEXT_HEADER_AT] == IP6_HOP_BY_HOP &&
           frame[IP6_DST_AT] == 0xff;
}

enum link_class neigh_handle(struct ms_link *l, const uint8_t *frame, size_t len,
                             struct ms_neigh *heard, struct ms_error *err, int *status)
{
    struct ms_neigh n = {0};
    struct ms_seg seg = {0};
    struct ms_opt opts[MS_OPTS_MAX];

    *status = MS_OK;
    if (len < IP6_NEXT_HEADER_AT + 1)
        return LINK_FRAME_TCP_OR_OTHER;
    uint16_t type = ms_get16(frame + ETHERTYPE_AT);
    if (type == 0x86dd && is_membership_report(frame, len))
        return LINK_FRAME_NOISE;
    if (type != 0x0806 && !(type == 0x86dd && frame[IP6_NEXT_HEADER_AT] == IP6_ICMP6))
        return LINK_FRAME_TCP_OR_OTHER;
    switch (ms_frame_decode(frame, len, &seg, opts, &n)) {
    case MS_FRAME_ARP:
    case MS_FRAME_NS:
    case MS_FRAME_NA:
        if (n.request && l->strangers && !owns(l, &n.target))
            return LINK_FRAME_TCP_OR_OTHER;
        if (n.request && owns(l, &n.target))
            *status = answer(l, &n, err);
        else if (!n.request && heard != NULL)
            *heard = n;
        return LINK_FRAME_NEIGH;
    default:
        return LINK_FRAME_TCP_OR_OTHER;
    }
}

int neigh_solicit(struct ms_link *l, const struct ms_addr *own, const struct ms_addr *peer,
                  struct ms_error *err)
{
    struct ms_neigh n = {.family = peer->family, .request = true, .sender = *own, .target = *peer};
    uint8_t to[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t frame[128];
    size_t len;

    memcpy(n.sender_mac, l->mac, 6);
    memcpy(n.eth_src, l->mac, 6);
    if (peer->family == MS_IPV6) { /* RFC 2464 7: 33:33 and the last four octets of the group */
        const uint8_t group[6] = {
            0x33, 0x33, 0xff, peer->octets[13], peer->octets[14], peer->octets[15]};
        memcpy(to, group, 6);
    }
    if (l->shared) /* another station with the same address must not hear it (RFC 1122 2.3.2.1 (2)) */
        memcpy(to, l->peer, 6);
    int rc = ms_neigh_encode(&n, l->mac, to, frame, sizeof frame, &len);
    if (rc != MS_OK)
        return ms_fail(err, (enum ms_status)rc, "building a neighbour request");
    return link_write(l, frame, len, err);
}

/* Takes all that waits: 1 when `peer` answered. Frames that are not the link's own business are kept. */
static int listen_for(struct ms_link *l, const struct ms_addr *peer, uint8_t peer_mac[6],
                      struct ms_error *err)
{
    const uint8_t *frame;
    size_t len;
    int rc, status;

    while ((rc = link_capture(l, &frame, &len, err)) == 1) {
        struct ms_neigh heard = {0};
        switch (neigh_handle(l, frame, len, &heard, err, &status)) {
        case LINK_FRAME_NEIGH:
            if (status != MS_OK)
                return status;
            if (heard.family != 0 && ms_addr_eq(&heard.sender, peer)) {
                static const uint8_t absent[6];
                bool given = memcmp(heard.sender_mac, absent, 6) != 0;
                memcpy(peer_mac, given ? heard.sender_mac : heard.eth_src, 6);
                return 1;
            }
            break;
        case LINK_FRAME_NOISE:
            break;
        case LINK_FRAME_TCP_OR_OTHER:
            if (!queue_put(&l->queue, frame, len, ms_now_ns()))
                return ms_fail(err, MS_ERR_NOMEM, "memory for a frame");
            break;
        }
    }
    return rc;
}

int ms_link_prove(struct ms_link *l, const struct ms_addr *own, const struct ms_addr *peer,
                  unsigned guard_ms, uint8_t peer_mac[6], struct ms_error *err)
{
    const uint64_t ms = 1000000, end = ms_now_ns() + guard_ms * ms;
    int wait_ms = RETRY_FIRST_MS;

    for (;;) {
        int rc = neigh_solicit(l, own, peer, err);
        uint64_t again = ms_now_ns() + (uint64_t)wait_ms * ms;
        while (rc == MS_OK) {
            if ((rc = listen_for(l, peer, peer_mac, err)) != 0)
                break;
            uint64_t now = ms_now_ns();
            if (now >= again)
                break;
            struct pollfd p = {.fd = ms_link_fd(l), .events = POLLIN};
            if (poll(&p, 1, (int)((again - now + ms - 1) / ms)) < 0 && errno != EINTR)
                rc = ms_fail_errno(err, "poll");
        }
        if (rc != 0)
            return rc == 1 ? MS_OK : rc;
        if (ms_now_ns() >= end) {
            char text[46];
            return ms_fail(err, MS_ERR_TIMEOUT, "%s does not answer %s on %s within %u ms",
                           ms_addr_text(peer, text),
                           peer->family == MS_IPV6 ? "neighbour solicitations" : "ARP requests",
                           l->h.ifname, guard_ms);
        }
        wait_ms = wait_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : wait_ms * 2;
    }
}
