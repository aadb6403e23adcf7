/* SPDX-License-Identifier: MIT */
/* Capture and injection on one interface, as links and middleboxes use them. */
#ifndef MPTCPSPEC_LINK_HANDLES_H
#define MPTCPSPEC_LINK_HANDLES_H

#include <libnet.h>
#include <pcap.h>

#include "mptcpspec/base.h"

struct link_handles {
    char ifname[16];
    pcap_t *pcap;     /* immediate mode, not blocking, what arrives only, nanoseconds */
    libnet_t *libnet; /* link level; its socket receives nothing */
    int send_fd;      /* libnet's */
};

/*
 * Opens both in the present namespace and stays bound to it. `snaplen`: octets of a slot of the capture's ring, `ring`:
 * octets of it all; 0: what suits a link of that kind. On failure nothing is left open.
 */
int link_handles_open(struct link_handles *h, const char *ifname, int snaplen, int ring,
                      struct ms_error *err);
void link_handles_close(struct link_handles *h);
/* From here on the kernel hands over frames from this MAC address only; what waits in the ring is sorted out too. */
int link_handles_only(struct link_handles *h, const uint8_t mac[6], struct ms_error *err);
/* Frames that found the ring full. */
unsigned link_handles_lost(const struct link_handles *h);
/*
 * Tells ENOBUFS on an interface without carrier (the other end was set down): a frame into a dead cable. Asked of
 * ethtool, since IFF_RUNNING follows the carrier only after a while.
 */
bool link_no_carrier(const struct link_handles *h);

#endif
