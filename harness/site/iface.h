/* SPDX-License-Identifier: MIT */
/* The tester's own interface on a wire that it shares with another machine. */
#ifndef MPTCPSPEC_SITE_IFACE_H
#define MPTCPSPEC_SITE_IFACE_H

#include "mptcpspec/base.h"

#include <sys/types.h>

/* What was switched off on it, to be put back. */
struct iface {
    char name[16];
    bool gro, lro; /* were on */
    int fd;  /* a packet socket that keeps the interface listening to all addresses; -1: closed */
    int use; /* the connection to the keeper; -1: there is nothing to give back */
    pid_t keeper; /* this run's child, 0: another run's */
};

/*
 * Insists on an Ethernet interface that is up, has a carrier and takes frames of `mtu` octets, makes it hand over frames as
 * they came on the wire and listen to every address. One clear line otherwise, with the remedy.
 */
int iface_take(struct iface *i, const char *name, unsigned mtu, struct ms_error *err);
/* Puts back what was changed, or leaves it to another run that still uses the interface. */
void iface_give_back(struct iface *i);

/* ---- iface_keep.c: between iface_take and iface_give_back, and among runs ---- */
/* Sees to it that what iface_merges finds is put back when the last run on this interface has ended, by kill -9 too. */
int iface_keep(struct iface *i, struct ms_error *err);
void iface_release(struct iface *i);
/* Finds out whether it merges what it receives: i->gro, i->lro. */
bool iface_merges(struct iface *i);
/* The opposite of what iface_take did: only i->name, gro, lro and fd count, which may be any socket. */
void iface_merge_again(const struct iface *i);

#endif
