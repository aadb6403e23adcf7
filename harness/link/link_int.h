/* SPDX-License-Identifier: MIT */
/* The link's inside, shared by its files. */
#ifndef MPTCPSPEC_LINK_INT_H
#define MPTCPSPEC_LINK_INT_H

#include "link/handles.h"
#include "link/queue.h"
#include "mptcpspec/link.h"

#define LINK_OWN_MAX 16

struct ms_link {
    struct link_handles h;
    uint8_t mac[6];
    bool cut;
    bool strangers;
    bool shared; /* with other links: the station at the other end is known by its MAC address */
    uint8_t peer[6];
    struct ms_addr only_to; /* family 0: anywhere */
    unsigned n_only_from;
    struct ms_addr only_from[LINK_OWN_MAX];
    unsigned n_own;
    struct ms_addr own[LINK_OWN_MAX];
    struct frame_queue queue;
    struct ms_pace *pace;        /* NULL: no limit */
    struct frame_queue outbound; /* times: when each may go */
    uint64_t last_due;
};

/* What a captured frame is to the link itself. */
enum link_class { LINK_FRAME_TCP_OR_OTHER, LINK_FRAME_NEIGH, LINK_FRAME_NOISE };

/*
 * Sorts a frame; answers it if it is a request for an own address. With `heard` not NULL it gets what an
 * ARP reply or neighbour advertisement says.
 */
enum link_class neigh_handle(struct ms_link *l, const uint8_t *frame, size_t len,
                             struct ms_neigh *heard, struct ms_error *err, int *status);
/* Asks who has `peer`, in the name of `own`. */
int neigh_solicit(struct ms_link *l, const struct ms_addr *own, const struct ms_addr *peer,
                  struct ms_error *err);
/* Only what passes this filter (pcap-filter(7)) is captured from now on. */
int link_filter(struct ms_link *l, const char *filter, struct ms_error *err);
/* Whether ms_link_confine lets the frame go. */
int link_confined(const struct ms_link *l, const uint8_t *frame, size_t len, struct ms_error *err);
/* Writes one frame, cut or not. */
int link_write(struct ms_link *l, const uint8_t *frame, size_t len, struct ms_error *err);
/* Writes one frame now, or when the limit of rate lets it go. */
int pace_send(struct ms_link *l, const uint8_t *frame, size_t len, struct ms_error *err);
/* One captured frame: 1, 0 none, negative status. */
int link_capture(struct ms_link *l, const uint8_t **frame, size_t *len, struct ms_error *err);

#endif
