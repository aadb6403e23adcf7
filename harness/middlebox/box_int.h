/* SPDX-License-Identifier: MIT */
/* The middlebox's inside, shared by its files. */
#ifndef MPTCPSPEC_MIDDLEBOX_BOX_INT_H
#define MPTCPSPEC_MIDDLEBOX_BOX_INT_H

#include "middlebox/port.h"
#include "mptcpspec/rewrite.h"

#define BOX_PORTS_MAX (2 * MS_PATHS_MAX)

struct ms_box {
    const struct ms_lab *lab;
    struct ms_chain *chain;
    struct ms_box_tap tap;
    int epoll_fd, timer_fd;
    uint64_t armed; /* when the timer rings; UINT64_MAX: never */
    unsigned n_ports;
    struct box_port *port[BOX_PORTS_MAX]; /* 2 * path + side */
    bool cut[MS_PATHS_MAX];
    struct ms_box_counts counts;
    int status; /* of what fails where it cannot be returned: inside libpcap and the chain */
    struct ms_error *err;
};

/* One round: all that waits on each wire, at most a batch, through the row and out. As ms_box_work. */
int box_round(struct ms_box *b, struct ms_error *err);
/* Returns when every wire was seen to carry frames in both directions. */
int box_prove(struct ms_box *b, struct ms_error *err);

#endif
