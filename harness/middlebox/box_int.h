/* SPDX-License-Identifier: MIT */
/* The middlebox's inside, shared by its files. */
#ifndef MPTCPSPEC_MIDDLEBOX_BOX_INT_H
#define MPTCPSPEC_MIDDLEBOX_BOX_INT_H

#include "middlebox/inbox.h"
#include "mptcpspec/rewrite.h"

#define BOX_PORTS_MAX (2 * MS_PATHS_MAX)

struct box_host {
    int fd;          /* epoll descriptor: readable when the host sent something */
    struct inbox in; /* taken, only where there are taps */
    /* CLOCK_REALTIME: when the wires were looked at last; what was sent later may have come on some of them only */
    uint64_t horizon_ns;
};

struct ms_box {
    const struct ms_lab *lab;
    struct ms_chain *chain;
    struct ms_box_tap tap;
    int epoll_fd, timer_fd;
    struct box_host host[2];
    uint64_t armed; /* when the timer rings; UINT64_MAX: never */
    unsigned n_ports;
    struct box_port *port[BOX_PORTS_MAX]; /* 2 * path + side */
    bool cut[MS_PATHS_MAX];
    struct inbox work; /* what is being passed on ... */
    size_t work_at;    /* ... from here on */
    enum ms_host turn; /* whose frames are taken next */
    uint64_t told_ns;  /* of the frame that the taps saw last */
    struct ms_box_counts counts;
    int status; /* of what fails where it cannot be returned: inside libpcap and the chain */
    struct ms_error *err;
};

/*
 * Looks at the wires of one host and takes at most a batch from each and passes it on; or, with taps, puts all that waits
 * into the inbox. Returns whether more may wait. Failures are kept in `status`.
 */
bool box_take(struct ms_box *b, enum ms_host side);
/* With taps: shows what the host's inbox has that was sent before `limit_ns` (CLOCK_REALTIME) and the horizon. */
void box_tell_taken(struct ms_box *b, enum ms_host side, uint64_t limit_ns);
/* Through the row: what a host sent. */
void box_pass(struct ms_box *b, const struct box_port *from, const uint8_t *frame, size_t len);
/* Writes what waits for a host, and shows it to the taps. */
void box_flush(struct ms_box *b, struct box_port *p);
void box_fail(struct ms_box *b, int status);
/* One round: all that waits on each wire, at most a batch, through the row and out. As ms_box_work. */
int box_round(struct ms_box *b, struct ms_error *err);
/* Returns when every wire was seen to carry frames in both directions. */
int box_prove(struct ms_box *b, struct ms_error *err);

#endif
