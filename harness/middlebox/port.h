/* SPDX-License-Identifier: MIT */
/* The box's end of the wire to one host on one path: what is taken from it, and what waits to be given to it. */
#ifndef MPTCPSPEC_MIDDLEBOX_PORT_H
#define MPTCPSPEC_MIDDLEBOX_PORT_H

#include <sys/socket.h>

#include "link/handles.h"
#include "mptcpspec/middlebox.h"

enum { PORT_BATCH_FRAMES = 64, PORT_BATCH_OCTETS = 128 * 1024 };

struct box_port {
    struct link_handles h;
    enum ms_host side;
    unsigned path;
    uint8_t mac[6]; /* nobody sends to it but who answers a proof */
    bool proven;
    bool away; /* others share the wire: the host is told by ... */
    uint8_t host_mac[6];
    uint64_t last_sent_ns; /* of the frames taken last, see inbox.c */
    unsigned n;            /* frames that wait, in `octets` one behind the other */
    size_t used;
    uint8_t *octets;
    struct iovec part[PORT_BATCH_FRAMES];
    struct mmsghdr message[PORT_BATCH_FRAMES];
};

/* In the namespace of the interface. NULL with an error; port_close takes what it made. */
struct box_port *port_open(const struct ms_lab *lab, enum ms_host side, unsigned path,
                           struct ms_error *err);
void port_close(struct box_port *p); /* NULL allowed */
/* Room for another frame of that length without writing what waits. */
bool port_has_room(const struct box_port *p, size_t len);
/* Copies the frame behind those that wait; there must be room. */
void port_put(struct box_port *p, const uint8_t *frame, size_t len);
/*
 * Writes what waits, and counts what the kernel did not take. Where the kernel's own queue is full it is tried again,
 * since a loss here would be the harness's own.
 */
int port_flush(struct box_port *p, struct ms_box_counts *counts, struct ms_error *err);
/* Writes frame `i` of those that wait, alone: 1 given, 0 counted as not taken, or negative. Nothing is removed. */
int port_write(struct box_port *p, unsigned i, struct ms_box_counts *counts, struct ms_error *err);
/* Nothing waits any more. */
void port_clear(struct box_port *p);

#endif
