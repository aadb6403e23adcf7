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
/*
 * Several links may share one interface, each with MAC addresses of its own: from here on only frames from `mac` come out
 * (the kernel drops the others), requests of others are not answered, and ms_link_prove asks that station alone.
 */
int ms_link_peer(struct ms_link *l, const uint8_t mac[6], struct ms_error *err);
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
/*
 * From now on only this comes out: TCP from `peer` to ports `first` to `last`, whatever station brings it (routers), ARP
 * and neighbour discovery; with `errors` ICMP as well. On an interface that others use the rest does not even fill the
 * ring.
 */
int ms_link_scope(struct ms_link *l, const struct ms_addr *peer, uint16_t first, uint16_t last,
                  bool errors, struct ms_error *err);
/*
 * From now on ms_link_send refuses (MS_ERR_RANGE) what does not go to `peer`, or not from one of the `n_own` addresses
 * (at most 16), whoever wrote it.
 */
void ms_link_confine(struct ms_link *l, const struct ms_addr *peer, const struct ms_addr *own,
                     unsigned n_own);
/*
 * Does anybody on the wire have this address? Asks `probes` times, `wait_ms` apart, without claiming it (RFC 5227 2.1.1,
 * RFC 4862 5.4.2). 1: nobody answered; 0: somebody did, at `mac`; negative status. Other frames are lost
 * from then on.
 */
int ms_link_vacant(struct ms_link *l, const struct ms_addr *addr, unsigned probes, unsigned wait_ms,
                   uint8_t mac[6], struct ms_error *err);

/* ---- a limit of rate ------------------------------------------------------------------------------------- */

/* Several links, of several processes, may share one: it then lies in shared memory. */
struct ms_pace {
    uint64_t each_ns;  /* one frame in so much time ... */
    uint64_t burst_ns; /* ... but what this holds may go at once */
    _Atomic uint64_t earned_ns;
};
void ms_pace_init(struct ms_pace *p, unsigned frames_per_second, unsigned burst);
/* What would be sent now, by whichever link, would wait. */
bool ms_pace_full(struct ms_pace *p);
/*
 * What is sent beyond the limit waits in the link, in order, until ms_link_flush after ms_link_due. ARP and neighbour
 * discovery are not limited. NULL: no limit; what waits goes at the next flush.
 */
void ms_link_pace(struct ms_link *l, struct ms_pace *p);
/* When ms_link_flush has something to write (CLOCK_MONOTONIC); UINT64_MAX: nothing waits. */
uint64_t ms_link_due(const struct ms_link *l);
/* When the last of what waits can go; 0: nothing waits. */
uint64_t ms_link_done(const struct ms_link *l);
/* Writes what is due. */
int ms_link_flush(struct ms_link *l, struct ms_error *err);

/* Frames that the capture lost (pcap_stats): a verdict with losses is not to be trusted. */
unsigned ms_link_lost(const struct ms_link *l);

#endif
