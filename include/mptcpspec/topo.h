/* SPDX-License-Identifier: MIT */
/*
 * topo: the network of one case. Two anonymous network namespaces (tester and IUT, they die with the process
 * that holds them), one veth pair per path, addresses and routes on the IUT's ends; the tester's ends have no
 * kernel address at all: the tester answers for them itself. Or a lab: two hosts, both with a kernel of their own,
 * and a namespace between them in which nothing but a middlebox passes frames from one to the other.
 */
#ifndef MPTCPSPEC_TOPO_H
#define MPTCPSPEC_TOPO_H

#include "mptcpspec/wire.h"

#define MS_PATHS_MAX      4
#define MS_TOPO_ADDRS_MAX 16

struct ms_topo_addr {
    char name[16];     /* "t1", "i2", "c1", "s2": the name that cases use */
    bool on_iut;       /* else the tester's; with two_hosts: the server's, else the client's */
    unsigned path;     /* 0-based index of the path it sits on */
    struct ms_addr v4; /* family 0 when it has none */
    struct ms_addr v6;
    uint8_t prefix4, prefix6;
};

struct ms_topo {
    char name[48];
    char purpose[256];
    unsigned n_paths;
    unsigned n_addrs;
    struct ms_topo_addr addr[MS_TOPO_ADDRS_MAX];
    /* One routing table for each source address of the IUT (of the client), chosen by rule: the two-interface client. */
    bool source_tables;
    bool
        two_hosts; /* client and server, made by ms_lab_create; else tester and IUT, made by ms_net_create */
};
/* NULL if there is none of that name. */
const struct ms_topo_addr *ms_topo_addr_find(const struct ms_topo *t, const char *name);
/* The address of `a` in that family; family 0 inside when it has none. */
struct ms_addr ms_topo_addr_of(const struct ms_topo_addr *a, enum ms_family family);

/* One sysctl of the IUT namespace's recorded profile. */
struct ms_profile_item {
    const char *name; /* "net.ipv4.tcp_congestion_control" */
    const char *value;
    bool optional; /* may be missing or refused on this kernel */
};
extern const struct ms_profile_item ms_profile[]; /* ends with name NULL */

struct ms_net {
    int ns_host; /* the namespace the process came from */
    int ns_iut;  /* descriptors; -1: closed, or (attached) the one that the process is in */
    int ns_tester;
    unsigned n_paths;
    struct {
        char tester_if[16];
        char iut_if[16];
        unsigned tester_ifindex, iut_ifindex;
        uint8_t tester_mac[6], iut_mac[6];
    } path[MS_PATHS_MAX];
    bool ipv6;    /* the kernel has IPv6; else the IPv6 addresses of the topology were left out */
    unsigned mtu; /* of the interfaces; 0: veth's own (1500) */
    unsigned
        path_mtu; /* what the routes say of it, where the interfaces could carry more; 0: nothing */
    const struct ms_topo *topo;
};

/*
 * Builds the network of `topo` by netlink: namespaces, veth pairs, addresses (without duplicate address
 * detection), quickack routes, rules, transmit checksum offload off on the IUT's ends, the profile's sysctls.
 * Afterwards the caller's thread is in the tester's namespace. On failure everything made is undone.
 */
int ms_net_create(struct ms_net *net, const struct ms_topo *topo, struct ms_error *err);
/* Closes the descriptors and returns to ns_host; the kernel removes what was in the namespaces. */
void ms_net_destroy(struct ms_net *net);
/* Into one of the namespaces; where that is -1 the caller is in it already. */
int ms_net_enter_iut(const struct ms_net *net, struct ms_error *err);
int ms_net_enter_tester(const struct ms_net *net, struct ms_error *err);
/*
 * Link-local address of the IUT's end: neighbour discovery probes come from it (RFC 4861 7.2.2). Its last octet is that
 * of the MAC address: 2 for IUT and client, 1 for the server.
 */
struct ms_addr ms_net_link_local(const struct ms_net *net, unsigned path);
/* Adds or removes one address on the IUT's interface of a path while a case runs. */
int ms_net_iut_addr(const struct ms_net *net, unsigned path, const struct ms_addr *addr,
                    uint8_t prefix, bool add, struct ms_error *err);
/* Sets the IUT's interface of a path down or up (the address stays; IPv6 addresses are put back on up). */
int ms_net_iut_link(const struct ms_net *net, unsigned path, bool up, struct ms_error *err);

/*
 * Where the IUT's side of a network is attached that has its tester on another machine: each path's interface is a
 * macvlan (private mode: attached networks do not hear each other) on one of `parent`, paths beyond them share.
 */
struct ms_uplink {
    unsigned n_parents;
    char parent[MS_PATHS_MAX][16]; /* interfaces of the caller's namespace, which must be up */
    uint8_t mac
        [4]; /* the IUT's interface of path P is mac[0..3], P + 1, 2; the tester's the same with 1 */
    unsigned mtu;      /* of the interfaces; 0: 1500, or the parent's own where that is less */
    unsigned path_mtu; /* as in struct ms_net */
};
/*
 * Builds the IUT's side of `topo` alone, configured as ms_net_create does it. Afterwards the caller's thread is in the
 * IUT's namespace for good; ns_iut and ns_tester are -1. On failure everything made is undone, and the error says which
 * right or driver is lacking. A MAC address that an ended network holds still is waited for. ms_net_destroy goes back; the
 * kernel then removes what was there, in its own time.
 */
int ms_net_attach(struct ms_net *net, const struct ms_topo *topo, const struct ms_uplink *on,
                  struct ms_error *err);

/* The end of an attached network, from within: nobody answers for the topology's addresses, nothing is sent from them. */
void ms_net_hush(const struct ms_net *net);

/*
 * An interface that other stacks' frames go through: what its driver would do to them is switched off (transmit
 * checksums, segmentation, receive merging), so that the wire shows what the IUT says. `was` keeps what to give back.
 */
struct ms_offloads {
    char iface[16];
    bool on[5];
};
/* Fails when there is no such interface, when it is down, or without CAP_NET_ADMIN; nothing is changed then. */
int ms_offloads_off(const char *iface, struct ms_offloads *was, struct ms_error *err);
/* Gives back; from the namespace of the interface. An interface that is gone needs nothing. */
void ms_offloads_restore(const struct ms_offloads *was);

enum ms_host { MS_CLIENT = 0, MS_SERVER = 1 };

/*
 * Client and server in namespaces of their own, and the box's between them: on each path a veth pair from either
 * host to the box. Nothing passes until a middlebox (middlebox.h) works. Holds pointers into itself: is not copied.
 */
struct ms_lab {
    int ns_origin; /* the namespace the process came from; -1 when destroyed */
    int ns_box;
    unsigned n_paths;
    struct ms_topo view[2]; /* the topology as each host sees it: on_iut means "mine" */
    /*
     * Each host as if it were the single IUT: ns_iut is the host's namespace, ns_tester the box's; path[p].iut_if is
     * "eth1", "eth2", path[p].tester_if the box's end of that wire: "c1", "c2" to the client, "s1", "s2" to the server.
     * Whatever takes a network (the target's verbs, ms_net_iut_addr, ms_net_iut_link) works on either. Not to be
     * given to ms_net_destroy.
     */
    struct ms_net host[2];
    /*
     * This host is elsewhere, behind an interface of ns_origin: its ns_iut is -1, path[p].tester_if that interface, on which
     * it sends from path[p].iut_mac. Others may send there too.
     */
    bool away[2];
    bool ipv6;
    const struct ms_topo *topo;
};
/* "client", "server" */
const char *ms_host_name(enum ms_host h);

/*
 * Builds the lab of `topo` (which must have two_hosts and outlive the lab). Both hosts have the recorded profile.
 * A path is the client's choice: what the client sends from an address leaves by that address' path when the topology
 * has source_tables, and what the server sends to a client's address goes by that address' path, whatever its own
 * address. So a subflow runs over one path in both directions, also where the server has no address on it.
 * Interfaces carry frames larger than the 1500 octets that the routes tell TCP of, since a middlebox may make
 * segments grow. Afterwards the caller's thread is in the box's namespace. On failure everything made is undone.
 */
int ms_lab_create(struct ms_lab *lab, const struct ms_topo *topo, struct ms_error *err);
/*
 * The same with hosts that are elsewhere: those for which away[h] (a network of the process' present namespace, with
 * interfaces and MAC addresses of each path) is not NULL. On all paths the MTU is MS_LAB_AWAY_MTU then, which leaves room
 * for what a middlebox adds on a wire of 1500 octets.
 */
#define MS_LAB_AWAY_MTU 1400u
int ms_lab_create_with(struct ms_lab *lab, const struct ms_topo *topo,
                       const struct ms_net *const away[2], struct ms_error *err);
/* The topology as a host of the lab sees it: on_iut means "mine". */
void ms_lab_view(const struct ms_topo *topo, enum ms_host h, struct ms_topo *out);
/* Closes the descriptors and returns to ns_origin; the kernel removes what was in the namespaces. */
void ms_lab_destroy(struct ms_lab *lab);
/* Takes the caller's thread into a host's namespace, and back into the box's. */
int ms_lab_enter(const struct ms_lab *lab, enum ms_host h, struct ms_error *err);
int ms_lab_enter_box(const struct ms_lab *lab, struct ms_error *err);

/* Takes the caller's thread into namespace `ns`; *was gets a descriptor of the one it leaves, for ms_ns_return. */
int ms_ns_enter(int ns, int *was, struct ms_error *err);
/* Goes back and closes `was`. */
int ms_ns_return(int was, struct ms_error *err);

/* Reads / writes a sysctl by dotted name in the caller's present namespace. */
int ms_sysctl_set(const char *name, const char *value, struct ms_error *err);
int ms_sysctl_get(const char *name, char *out, size_t cap, struct ms_error *err);

/*
 * Rootless: makes a user namespace (mapping the caller to root inside) and a network namespace when the
 * process lacks CAP_NET_ADMIN or CAP_SYS_ADMIN; does nothing when it has them. The error says what to do
 * where the system forbids it. Call once, before threads and children.
 */
int ms_privilege_acquire(struct ms_error *err);

struct sockaddr_un;
/*
 * The abstract address "mptcpspec-WHAT", followed by an interface's name or "". Who binds a socket to it has that name in
 * its present network namespace until the last holder of the socket is gone. Returns the length for bind and connect.
 */
unsigned ms_netns_name(struct sockaddr_un *a, const char *what, const char *iface);

/*
 * In a child that is to give something back when its parent is gone, however that came: takes the name `comm`, leaves the
 * parent's session, heeds no signal that ends it (but SIGKILL), and keeps the `n` descriptors (at most MS_OUTLIVE_MAX), as
 * 0 to n - 1, and no other. Ends the child (status 1) if it cannot.
 */
#define MS_OUTLIVE_MAX (1 + MS_PATHS_MAX)
void ms_outlive(const char *comm, const int *keep, unsigned n);

#endif
