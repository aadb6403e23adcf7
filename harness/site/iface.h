/* SPDX-License-Identifier: MIT */
/* The tester's own interface on a wire that it shares with another machine. */
#ifndef MPTCPSPEC_SITE_IFACE_H
#define MPTCPSPEC_SITE_IFACE_H

#include "mptcpspec/base.h"

/* What was switched off on it, to be put back. */
struct iface {
    char name[16];
    bool gro, lro; /* were on */
    int fd; /* a packet socket that keeps the interface listening to all addresses; -1: closed */
};

/*
 * Insists on an Ethernet interface that is up, has a carrier and takes frames of `mtu` octets, makes it hand over frames as
 * they came on the wire and listen to every address. One clear line otherwise, with the remedy.
 */
int iface_take(struct iface *i, const char *name, unsigned mtu, struct ms_error *err);
/* Puts back what was changed. */
void iface_give_back(struct iface *i);

#endif
