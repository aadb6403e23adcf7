/* SPDX-License-Identifier: MIT */
/* Frames that were taken and wait for their turn, in the order in which the hosts sent them. */
#ifndef MPTCPSPEC_MIDDLEBOX_INBOX_H
#define MPTCPSPEC_MIDDLEBOX_INBOX_H

#include "middlebox/port.h"

struct inbox_frame {
    struct box_port *from;
    uint64_t sent_ns; /* by the kernel's clock of packets (CLOCK_REALTIME) */
    size_t order;     /* of taking: among frames of one instant */
    size_t at, len;
};

struct inbox {
    struct inbox_frame *frame;
    size_t n, room;
    size_t told; /* the first so many were shown to the taps */
    uint8_t *octets;
    size_t used, size;
};

void inbox_free(struct inbox *in);
/* Copies a frame behind the others; false when memory is exhausted. Frames of one wire stay in their order. */
bool inbox_put(struct inbox *in, struct box_port *from, uint64_t sent_ns, const uint8_t *frame,
               size_t len);
/* Sorts those that were not shown yet by when they were sent. */
void inbox_sort(struct inbox *in);
/* Moves those that were not shown to the empty inbox `to`; false when memory is exhausted. */
bool inbox_move_fresh(struct inbox *in, struct inbox *to);
/* Forgets all, keeps the memory. */
void inbox_empty(struct inbox *in);

#endif
