/* SPDX-License-Identifier: MIT */
/* The IUT's side of a network whose tester is on another machine. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "topo/host.h"

enum {
    USUAL_MTU = 1500,
    WAIT_S = 5, /* for what another network holds still */
};

/* ---- what drivers do to frames ---- */

static const struct {
    uint32_t get, set;
    uint32_t bit; /* of the value; 0: it is the value */
    const char *what;
} offloads[] = {
    {ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM, 0, "transmit checksum offload"},
    {ETHTOOL_GTSO, ETHTOOL_STSO, 0, "segmentation offload"},
    {ETHTOOL_GGSO, ETHTOOL_SGSO, 0, "generic segmentation"},
    {ETHTOOL_GGRO, ETHTOOL_SGRO, 0, "generic receive merging"},
    {ETHTOOL_GFLAGS, ETHTOOL_SFLAGS, ETH_FLAG_LRO, "receive merging"},
};
_Static_assert(MS_ARRAY_LEN(offloads) == MS_ARRAY_LEN(((struct ms_offloads *)0)->on),
               "one value a row");

static int ethtool(int s, const char *iface, uint32_t cmd, uint32_t *value)
{
    struct ethtool_value v = {.cmd = cmd, .data = *value};
    struct ifreq ifr = {.ifr_data = (char *)&v};

    memcpy(ifr.ifr_name, iface, sizeof ifr.ifr_name);
    if (ioctl(s, SIOCETHTOOL, &ifr) != 0)
        return -1;
    *value = v.data;
    return 0;
}

/* Sets one row. A driver that cannot switch something off (EOPNOTSUPP) does it in its hardware. */
static int set_offload(int s, const char *iface, size_t i, bool on)
{
    uint32_t value = on;

    if (offloads[i].bit != 0) {
        if (ethtool(s, iface, offloads[i].get, &value) != 0)
            return errno == EOPNOTSUPP ? 0 : -1;
        value = on ? value | offloads[i].bit : value & ~offloads[i].bit;
    }
    return ethtool(s, iface, offloads[i].set, &value) == 0 || errno == EOPNOTSUPP ? 0 : -1;
}

static int switch_off(int s, struct ms_offloads *was, struct ms_error *err)
{
    bool *on = was->on;

    for (size_t i = 0; i < MS_ARRAY_LEN(offloads); i++) {
        uint32_t value = 0;
        on[i] = ethtool(s, was->iface, offloads[i].get, &value) == 0 &&
                (offloads[i].bit == 0 ? value != 0 : (value & offloads[i].bit) != 0);
    }
    for (size_t i = 0; i < MS_ARRAY_LEN(offloads); i++) {
        if (!on[i] || set_offload(s, was->iface, i, false) == 0)
            continue;
        int cause = errno;
        ms_offloads_restore(was);
        errno = cause;
        return ms_fail_errno(err, "%s of %s cannot be switched off%s", offloads[i].what, was->iface,
                             cause == EPERM ? " (CAP_NET_ADMIN is needed: run as root)" : "");
    }
    return MS_OK;
}

static int look_at(int s, const char *iface, struct ms_error *err)
{
    struct ifreq ifr = {0};

    if (strlen(iface) >= sizeof ifr.ifr_name)
        return ms_fail(err, MS_ERR_RANGE, "%s: the name of an interface has at most 15 octets",
                       iface);
    memcpy(ifr.ifr_name, iface, strlen(iface) + 1);
    if (ioctl(s, SIOCGIFFLAGS, &ifr) != 0)
        return ms_fail_errno(err, "interface %s", iface);
    if (!(ifr.ifr_flags & IFF_UP))
        return ms_fail(err, MS_ERR_UNSUPPORTED,
                       "interface %s is down: `ip link set %s up` brings it up", iface, iface);
    if (ifr.ifr_flags & IFF_LOOPBACK)
        return ms_fail(err, MS_ERR_UNSUPPORTED,
                       "%s is the loopback: no other machine is on it, and nothing can be attached",
                       iface);
    return MS_OK;
}

int ms_offloads_off(const char *iface, struct ms_offloads *was, struct ms_error *err)
{
    *was = (struct ms_offloads){0};
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return ms_fail_errno(err, "socket(AF_INET, SOCK_DGRAM)");
    int rc = look_at(s, iface, err);
    if (rc == MS_OK) {
        memcpy(was->iface, iface, strlen(iface) + 1);
        rc = switch_off(s, was, err);
    }
    close(s);
    return rc;
}

void ms_offloads_restore(const struct ms_offloads *was)
{
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    for (size_t i = 0; s >= 0 && i < MS_ARRAY_LEN(offloads); i++)
        if (was->on[i])
            (void)set_offload(s, was->iface, i, true);
    if (s >= 0)
        close(s);
}

/* ---- the network ---- */

static void name_paths(struct ms_net *net, const uint8_t mac[4])
{
    for (unsigned p = 0; p < net->n_paths; p++) {
        uint8_t *iut = net->path[p].iut_mac, *tester = net->path[p].tester_mac;
        snprintf(net->path[p].iut_if, sizeof net->path[p].iut_if, "iut%c", (char)('1' + p));
        memcpy(iut, mac, 4);
        iut[4] = (uint8_t)(p + 1);
        iut[5] = 2;
        memcpy(tester, iut, 6);
        tester[5] = 1;
        net->path[p].iut_ifindex = HOST_FIRST_IFINDEX + p;
    }
}

/* Index of a path's parent and the MTU that its macvlan is to have. */
static int find_parent(const struct ms_uplink *on, unsigned path, unsigned *index, unsigned *mtu,
                       struct ms_error *err)
{
    const char *parent = on->parent[path % on->n_parents];
    struct ifreq ifr = {0};
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return ms_fail_errno(err, "socket(AF_INET, SOCK_DGRAM)");
    memcpy(ifr.ifr_name, parent, sizeof ifr.ifr_name);
    int rc = look_at(s, parent, err);
    *index = if_nametoindex(parent);
    if (rc == MS_OK && (*index == 0 || ioctl(s, SIOCGIFMTU, &ifr) != 0))
        rc = ms_fail_errno(err, "interface %s", parent);
    if (rc == MS_OK)
        *mtu = on->mtu != 0              ? on->mtu
               : ifr.ifr_mtu > USUAL_MTU ? (unsigned)USUAL_MTU
                                         : (unsigned)ifr.ifr_mtu;
    close(s);
    return rc;
}

/* From the first namespace, where the parents are; the caller is in the new one afterwards. */
static int make_links(struct ms_net *net, struct nl_batch *b, const struct ms_uplink *on,
                      struct ms_error *err)
{
    int rc = MS_OK;

    for (unsigned p = 0; rc == MS_OK && p < net->n_paths; p++) {
        unsigned parent = 0, mtu = 0;
        rc = find_parent(on, p, &parent, &mtu, err);
        if (rc == MS_OK)
            nl_macvlan(b, net, p, parent, mtu);
    }
    if (rc != MS_OK || (rc = nl_commit(b, err)) == MS_OK)
        return rc;
    if (errno == EBUSY)
        return ms_fail_context(err, "the interface belongs to a bridge, a bond or the like: name "
                                    "one that does not"),
               rc;
    return errno == EPERM ? (ms_fail_context(err, "CAP_NET_ADMIN is needed (run as root)"), rc)
                          : rc;
}

/* Hears of changes of the interfaces in the present namespace. */
static struct mnl_socket *hear_links(struct ms_error *err)
{
    struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

    if (s == NULL || mnl_socket_bind(s, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0) {
        ms_fail_errno(err, "socket(AF_NETLINK, NETLINK_ROUTE)");
        if (s != NULL)
            mnl_socket_close(s);
        return NULL;
    }
    return s;
}

/*
 * The kernel removes a network some time after its last process, and its MAC addresses are in use until then. A parent
 * tells when it loses a macvlan.
 */
static int bring_up(const struct ms_net *net, struct nl_batch *b, struct mnl_socket *links,
                    struct ms_error *err)
{
    const uint64_t until = ms_now_ns() + WAIT_S * UINT64_C(1000000000);
    struct pollfd change = {.fd = mnl_socket_get_fd(links), .events = POLLIN};
    char message[8192];
    uint64_t now;
    int rc;

    do {
        for (unsigned p = 0; p < net->n_paths; p++)
            nl_link_up(b, net->path[p].iut_ifindex, true);
        rc = nl_commit(b, err);
        if (rc == MS_OK || errno != EADDRINUSE)
            return rc;
        now = ms_now_ns();
    } while (now < until && poll(&change, 1, (int)((until - now) / 1000000)) == 1 &&
             (mnl_socket_recvfrom(links, message, sizeof message) >= 0 || errno == ENOBUFS));
    errno = EADDRINUSE;
    return ms_fail_context(err, "another network has this MAC address"), rc;
}

static int configure(struct ms_net *net, struct mnl_socket *links, struct ms_error *err)
{
    struct nl_batch b;
    int rc = ms_net_enter_iut(net, err);

    if (rc != MS_OK || (rc = nl_open(&b, err)) != MS_OK)
        return rc;
    rc = bring_up(net, &b, links, err);
    if (rc == MS_OK)
        rc = host_configure(&b, net, err);
    nl_close(&b);
    return rc;
}

static int build(struct ms_net *net, const struct ms_uplink *on, struct ms_error *err)
{
    struct nl_batch b;
    int rc;

    if ((net->ns_host = host_own_namespace(err)) < 0)
        return net->ns_host;
    /* Both stay in the namespace in which the parents are. */
    struct mnl_socket *links = hear_links(err);
    if (links == NULL || nl_open(&b, err) != MS_OK) {
        if (links != NULL)
            mnl_socket_close(links);
        return MS_ERR_SYS;
    }
    rc = net->ns_iut = host_new_namespace(err);
    if (rc >= 0) {
        net->ipv6 = host_has_ipv6();
        rc = host_profile(net->ipv6, "IUT", err);
    }
    if (rc == MS_OK)
        rc = host_enter(net->ns_host, "agent", err);
    if (rc == MS_OK)
        rc = make_links(net, &b, on, err);
    nl_close(&b);
    if (rc == MS_OK)
        rc = configure(net, links, err);
    mnl_socket_close(links);
    return rc;
}

int ms_net_attach(struct ms_net *net, const struct ms_topo *topo, const struct ms_uplink *on,
                  struct ms_error *err)
{
    *net = (struct ms_net){.ns_host = -1, .ns_iut = -1, .ns_tester = -1, .topo = topo};
    int rc = host_check(topo, err);
    if (rc == MS_OK && on->n_parents == 0)
        rc = ms_fail(err, MS_ERR_UNSUPPORTED, "no interface to attach to");
    if (rc != MS_OK)
        return rc;
    net->n_paths = topo->n_paths;
    net->path_mtu = on->path_mtu;
    name_paths(net, on->mac);
    rc = build(net, on, err);
    if (rc != MS_OK) {
        ms_net_destroy(net);
        return rc;
    }
    close(net->ns_iut); /* the caller is in it: that keeps it */
    net->ns_iut = -1;
    return MS_OK;
}

void ms_net_hush(const struct ms_net *net)
{
    struct nl_batch b;

    if (nl_open(&b, NULL) != MS_OK)
        return;
    b.lenient = true;
    for (unsigned p = 0; p < net->n_paths; p++) {
        nl_arp_off(&b, net->path[p].iut_ifindex);
        for (unsigned i = 0; i < net->topo->n_addrs; i++) {
            const struct ms_topo_addr *a = &net->topo->addr[i];
            if (a->on_iut && a->path == p && a->v4.family != 0)
                nl_addr(&b, net->path[p].iut_ifindex, &a->v4, a->prefix4, false);
            if (a->on_iut && a->path == p && a->v6.family != 0 && net->ipv6)
                nl_addr(&b, net->path[p].iut_ifindex, &a->v6, a->prefix6, false);
        }
    }
    nl_commit(&b, NULL);
    nl_close(&b);
}
