/* SPDX-License-Identifier: MIT */
/* A bare address: what its files share. */
#ifndef MPTCPSPEC_SITE_HOST_H
#define MPTCPSPEC_SITE_HOST_H

#include "site/kinds.h"

/* Ports of the tester: below those that Linux gives to other programs of this host (32768 on). */
#define HOST_PORT_FIRST 10000
#define HOST_PORT_LAST  29999

/* ---- scope.c: whom an address belongs to ---- */
/* Why no flag is needed to test this address ("RFC 1918"); NULL: it may be anybody's. */
const char *host_reserved(const struct ms_addr *a);
/* No host has such an address: multicast, unspecified, broadcast. */
bool host_no_unicast(const struct ms_addr *a);

/* ---- profile.c: what a service is good for ---- */
struct host_profile {
    const char *name;   /* "echo" */
    const char *stands; /* the service that a case wants: "echo", "discard" */
    const char *doc;    /* for people, goes into reports */
    enum ms_witness witness;
    bool text; /* it reads text: what the tester sends must be the beginning of a request */
    uint64_t most_octets; /* on a connection, 0: any number */
};
/* NULL: no such name. */
const struct host_profile *host_profile_find(const char *name);
/* "discard, echo, http" */
const char *host_profile_names(struct ms_buf *out);

/* What the site offers, as far as cases can want it. */
struct host_offer {
    const struct host_profile *profile;
    enum ms_family family;
    unsigned tester_addrs;
    bool cue;       /* the IUT's client can be made to connect */
    bool no_server; /* nothing can be opened at the port: clients only */
};
/* Why the instance cannot run there (arena or static); NULL: it can. */
const char *host_refusal(const struct host_offer *o, struct ms_arena *a,
                         const struct ms_instance *in, const struct ms_topo *topo);

/* ---- route.c: the way to an address ---- */
struct host_route {
    unsigned ifindex;
    bool local;             /* an address of this host itself */
    struct ms_addr gateway; /* family 0: on the link */
    struct ms_addr source;  /* that the kernel would take; family 0: none */
};
/* `ifindex` 0: by any interface. MS_ERR_NOTFOUND: the kernel knows no way. */
int host_route_find(const struct ms_addr *to, unsigned ifindex, struct host_route *out,
                    struct ms_error *err);

/* ---- iface.c: the tester's interface ---- */
struct host_iface {
    char name[16];
    unsigned index;
    uint8_t mac[6];
};
/* Of an interface that iface_take has found good. */
int host_iface_read(const char *name, struct host_iface *out, struct ms_error *err);
/* The kernel's own address in the network of `a` there; *prefix is that network's. False: it has none. */
bool host_iface_network(const struct host_iface *i, const struct ms_addr *a, uint8_t *prefix);
bool host_same_network(const struct ms_addr *a, const struct ms_addr *b, uint8_t prefix);
/* Some interface of this host has the address. */
bool host_iface_own(const struct ms_addr *a);

/* ---- sources.c: addresses of the tester ---- */
#define HOST_SOURCES_MAX 16
struct host_sources {
    unsigned n;
    struct ms_addr addr[HOST_SOURCES_MAX];
    uint8_t prefix; /* of their network; 0: not said */
};
/* "ADDR", "FIRST-LAST", either with "/PREFIX". */
int host_sources_parse(const char *text, enum ms_family family, struct host_sources *out,
                       struct ms_error *err);

/* ---- shield.c: the host's own address ---- */
struct host_shield;
/*
 * From now on this host's kernel does not see what `peer` sends from `peer_port` (0: any) to the ports first to last: an
 * nftables table that its owner takes along when it ends, however it ends.
 */
int host_shield_raise(const struct ms_addr *peer, uint16_t peer_port, uint16_t first, uint16_t last,
                      struct host_shield **out, struct ms_error *err);
void host_shield_lower(struct host_shield *s); /* NULL allowed */

/* ---- ports.c: no 4-tuple comes twice in a run ---- */
struct host_ports {
    _Atomic uint32_t taken; /* of all, from `start` on, around */
    _Atomic uint32_t seats; /* given so far */
    uint32_t start;
};
void host_ports_init(struct host_ports *p, uint64_t seed);
/* `n` ports in a row; *seat numbers the calls from 0. MS_ERR_RANGE: all are used up. */
int host_ports_take(struct host_ports *p, unsigned n, uint16_t *first, uint32_t *seat,
                    struct ms_error *err);

/* ---- reach.c: before the first case ---- */
struct host_way {
    const char *iface;
    uint8_t own_mac[6];
    uint8_t next_mac[6];            /* found by host_reach */
    struct ms_addr own, peer, next; /* next: the peer itself or a router */
    bool answer;                    /* the tester answers for `own`, since no kernel does */
    uint16_t port;
};
/*
 * Resolves the next hop and asks the peer for a connection, in plain TCP and with MP_CAPABLE. MS_OK: it is there and
 * speaks MPTCP version 1. Else one line that says what is wrong; MS_ERR_NOTFOUND: the next hop is there, and nothing can be
 * opened at the port: nothing listens, or a filter is before it.
 * *rtt_ns: the quickest round trip, 0: none.
 */
int host_reach(struct host_way *w, struct host_ports *ports, const volatile int *interrupted,
               uint64_t *rtt_ns, struct ms_error *err);

/* ---- host_target.c: the driver ---- */
struct host_cue {
    const char *command; /* NULL: there is none */
    bool (*ask)(void *ctx, const char *addr, uint16_t port);
    void *ask_ctx;
    _Atomic bool *asking; /* set meanwhile; shared */
};
/* A person lets the client connect. */
bool host_cue_person(const struct host_cue *cue);
/* Holds a pointer to `cue`. */
int host_target_new(const struct host_cue *cue, struct ms_target **out, struct ms_error *err);

#endif
