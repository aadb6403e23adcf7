/* SPDX-License-Identifier: MIT */
/*
 * link: capture (libpcap, immediate mode, inbound only) and injection (libnet, link level) on the tester's
 * end of one path. Answers ARP and neighbour solicitations for the tester's addresses by itself. A link can be cut.
 */
#ifndef MPTCPSPEC_LINK_H
#define MPTCPSPEC_LINK_H

#include "mptcpspec/rewrite.h"

struct ms_link;

struct ms_link_frame {
    const uint8_t *octets; /* valid until the next call on this link */
    size_t len;
    uint64_t time_ns; /* CLOCK_MONOTONIC when taken from the ring */
};

/* Opens interface `ifname` in the caller's present namespace; handles stay bound to that namespace. */
int ms_link_open(const char *ifname, const uint8_t own_mac[6], struct ms_link **out,
                 struct ms_error *err);
void ms_link_close(struct ms_link *l); /* NULL allowed */

/* Addresses that this link answers ARP/ND for (copied). */
int ms_link_own(struct ms_link *l, const struct ms_addr *addr, struct ms_error *err);
/*
 * With `on`, ARP requests and neighbour solicitations for addresses that are not the link's own come out of
 * ms_link_next: somebody behind the link may know them under another address.
 */
void ms_link_strangers(struct ms_link *l, bool on);
/* A cut path passes nothing in either direction (ARP/ND included) until restored. */
void ms_link_cut(struct ms_link *l, bool cut);

/* Descriptor to poll for reading. */
int ms_link_fd(const struct ms_link *l);
/*
 * Next frame that is not ARP/ND for us: 1 with *f filled, 0 when nothing waits, negative status on error (an
 * interface that vanished). Never blocks.
 */
int ms_link_next(struct ms_link *l, struct ms_link_frame *f, struct ms_error *err);
/* Injects one frame. A cut link swallows it. */
int ms_link_send(struct ms_link *l, const uint8_t *frame, size_t len, struct ms_error *err);

/*
 * Proves the link: sends an ARP request / neighbour solicitation from `own` for `peer` until it is answered
 * (IFF_UP does not mean that frames pass). Polls; `guard_ms` only bounds a dead link. Fills peer_mac.
 */
int ms_link_prove(struct ms_link *l, const struct ms_addr *own, const struct ms_addr *peer,
                  unsigned guard_ms, uint8_t peer_mac[6], struct ms_error *err);
/* Frames that the capture lost (pcap_stats): a verdict with losses is not to be trusted. */
unsigned ms_link_lost(const struct ms_link *l);

#endif
