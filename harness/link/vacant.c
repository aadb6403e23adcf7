/* SPDX-License-Identifier: MIT */
/* Whether an address is in use on the wire, asked without claiming it. */
#include "link/link_int.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* Somebody's claim: an answer, or a request that he makes in that address' name. */
static bool claims(const uint8_t *frame, size_t len, const struct ms_addr *addr, uint8_t mac[6])
{
    struct ms_neigh n = {0};
    struct ms_seg seg = {0};
    struct ms_opt opts[MS_OPTS_MAX];
    switch (ms_frame_decode(frame, len, &seg, opts, &n)) {
    case MS_FRAME_ARP:
    case MS_FRAME_NS:
    case MS_FRAME_NA:
        memcpy(mac, n.eth_src, 6);
        return ms_addr_eq(&n.sender, addr);
    default:
        return false;
    }
}

/* What waits in the ring, for as long as there is time: 0 when it holds a claim, 1 when it does not. */
static int listen_once(struct ms_link *l, const struct ms_addr *addr, uint64_t until,
                       uint8_t mac[6], struct ms_error *err)
{
    const uint8_t *frame;
    size_t len;
    int rc;
    while ((rc = link_capture(l, &frame, &len, err)) == 1) {
        if (claims(frame, len, addr, mac))
            return 0;
        if (ms_now_ns() >= until)
            return 1;
    }
    return rc < 0 ? rc : 1;
}

int ms_link_vacant(struct ms_link *l, const struct ms_addr *addr, unsigned probes, unsigned wait_ms,
                   uint8_t mac[6], struct ms_error *err)
{
    const struct ms_addr nobody = {.family = addr->family};
    /* Not what others send: it may be much, and merged into frames of any length. A shared link hears its peer alone. */
    int rc = l->shared ? MS_OK : link_filter(l, "arp or icmp6", err);
    if (rc != MS_OK)
        return rc;
    rc = 1;
    for (unsigned i = 0; rc == 1 && i < probes; i++) {
        uint64_t until = ms_now_ns() + wait_ms * 1000000ull, now;
        int sent = neigh_solicit(l, &nobody, addr, err);
        if (sent != MS_OK)
            return sent;
        while ((rc = listen_once(l, addr, until, mac, err)) == 1 && (now = ms_now_ns()) < until) {
            struct pollfd p = {.fd = ms_link_fd(l), .events = POLLIN};
            if (poll(&p, 1, (int)((until - now + 999999) / 1000000)) < 0 && errno != EINTR)
                return ms_fail_errno(err, "poll");
        }
    }
    return rc;
}
