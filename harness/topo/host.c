/* SPDX-License-Identifier: MIT */
/* What a namespace is made of that plays a host: its settings, its ends of the wires. */
#include "topo/host.h"
#include "topo/routes.h"
#include "topo/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOPBACK_IFINDEX = 1 };

/*
 * The tester's end is without IPv6 before it exists, so that its kernel says nothing on the link. The IUT's
 * end neither solicits routers nor makes up addresses; its addresses outlive a link that goes down.
 */
static const struct ms_profile_item tester_ipv6[] = {
    {"net.ipv6.conf.default.disable_ipv6", "1", false},
    {NULL, NULL, false},
};
static const struct ms_profile_item iut_ipv6[] = {
    {"net.ipv6.conf.default.addr_gen_mode", "1", false},
    {"net.ipv6.conf.default.accept_ra", "0", false},
    {"net.ipv6.conf.default.router_solicitations", "0", false},
    {"net.ipv6.conf.default.keep_addr_on_down", "1", true},
    {NULL, NULL, false},
};

/*
 * Two real stacks fill each other's buffers. Where the receive buffer is small, octets that came ahead of a lost or late
 * one can fill it, and Linux then takes the missing one by TCP but never into the connection: which transfer stalls so is
 * chance. A receive buffer that holds many times what the peer may have in flight keeps chance out.
 */
static const struct ms_profile_item lab_buffers[] = {
    {"net.ipv4.tcp_rmem", "4096 6291456 6291456", false},
    {"net.ipv4.tcp_wmem", "4096 16384 524288", false},
    {NULL, NULL, false},
};

static int apply(const struct ms_profile_item *items, const char *whose, struct ms_error *err)
{
    for (; items->name != NULL; items++) {
        int rc = ms_sysctl_set(items->name, items->value, items->optional ? NULL : err);
        if (rc != MS_OK && !items->optional)
            return err != NULL ? ms_fail_context(err, "profile of the %s's namespace", whose) : rc;
    }
    return MS_OK;
}

int host_own_namespace(struct ms_error *err)
{
    int fd = proc_open("thread-self/ns/net");
    return fd >= 0 ? fd : ms_fail_errno(err, "/proc/thread-self/ns/net");
}

/* A new namespace, entered; the descriptor or a negative status. */
int host_new_namespace(struct ms_error *err)
{
    if (unshare(CLONE_NEWNET) != 0) {
        switch (errno) {
        case EPERM:
            return ms_fail_errno(err, "unshare(CLONE_NEWNET): CAP_SYS_ADMIN is lacking or a "
                                      "container's seccomp filter refuses");
        case ENOSPC:
            return ms_fail_errno(err, "unshare(CLONE_NEWNET): user.max_net_namespaces is reached");
        case EINVAL:
            return ms_fail_errno(err, "unshare(CLONE_NEWNET): the kernel has no CONFIG_NET_NS");
        default:
            return ms_fail_errno(err, "unshare(CLONE_NEWNET)");
        }
    }
    return host_own_namespace(err);
}

int host_enter(int ns, const char *whose, struct ms_error *err)
{
    if (setns(ns, CLONE_NEWNET) != 0)
        return ms_fail_errno(err, "setns to the %s's namespace", whose);
    return MS_OK;
}

int ms_ns_enter(int ns, int *was, struct ms_error *err)
{
    *was = host_own_namespace(err);
    if (*was < 0)
        return *was;
    if (setns(ns, CLONE_NEWNET) == 0)
        return MS_OK;
    int rc = ms_fail_errno(err, "setns");
    close(*was);
    *was = -1;
    return rc;
}

int ms_ns_return(int was, struct ms_error *err)
{
    int rc = setns(was, CLONE_NEWNET) == 0 ? MS_OK : ms_fail_errno(err, "setns");
    close(was);
    return rc;
}

bool host_has_ipv6(void)
{
    return faccessat(proc_folder(), "sys/net/ipv6/conf/default", F_OK, 0) == 0;
}

int host_wire_profile(bool ipv6, const char *whose, struct ms_error *err)
{
    return ipv6 ? apply(tester_ipv6, whose, err) : MS_OK;
}

int host_lab_profile(const char *whose, struct ms_error *err)
{
    return apply(lab_buffers, whose, err);
}

int host_profile(bool ipv6, const char *whose, struct ms_error *err)
{
    int rc = apply(ms_profile, whose, err);
    return rc == MS_OK && ipv6 ? apply(iut_ipv6, whose, err) : rc;
}

/*
 * Without this the IUT hands over TCP checksums that are still to be computed and segments larger than the
 * MTU. It switches TSO off as well; done on the sending end only, since what is injected is verified anyway.
 */
int host_offload_off(const struct ms_net *net, struct ms_error *err)
{
    int rc = MS_OK;
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return ms_fail_errno(err, "socket(AF_INET, SOCK_DGRAM)");
    for (unsigned i = 0; i < net->n_paths && rc == MS_OK; i++) {
        struct ethtool_value v = {.cmd = ETHTOOL_STXCSUM, .data = 0};
        struct ifreq ifr = {.ifr_data = (char *)&v};
        memcpy(ifr.ifr_name, net->path[i].iut_if, sizeof ifr.ifr_name);
        if (ioctl(s, SIOCETHTOOL, &ifr) != 0)
            rc = ms_fail_errno(err, "ioctl(SIOCETHTOOL): checksum offload of %s",
                               net->path[i].iut_if);
    }
    close(s);
    return rc;
}

int host_configure(struct nl_batch *b, const struct ms_net *net, struct ms_error *err)
{
    const struct ms_topo *t = net->topo;

    b->path_mtu = net->path_mtu;
    nl_link_up(b, LOOPBACK_IFINDEX, true);
    for (unsigned p = 0; p < net->n_paths; p++) {
        unsigned ifindex = net->path[p].iut_ifindex;
        nl_link_up(b, ifindex, true);
        if (net->ipv6) {
            struct ms_addr ll = ms_net_link_local(net, p);
            nl_addr(b, ifindex, &ll, 64, true);
        }
        for (unsigned i = 0; i < t->n_addrs; i++) {
            const struct ms_topo_addr *a = &t->addr[i];
            if (!a->on_iut || a->path != p)
                continue;
            if (a->v4.family != 0)
                nl_addr(b, ifindex, &a->v4, a->prefix4, true);
            if (a->v6.family != 0 && net->ipv6)
                nl_addr(b, ifindex, &a->v6, a->prefix6, true);
        }
        routes_add(b, net, p, NULL);
    }
    return nl_commit(b, err);
}

int host_check(const struct ms_topo *t, struct ms_error *err)
{
    if (t->n_paths == 0 || t->n_paths > MS_PATHS_MAX || t->n_addrs > MS_TOPO_ADDRS_MAX)
        return ms_fail(err, MS_ERR_RANGE, "topology %s: %u paths and %u addresses", t->name,
                       t->n_paths, t->n_addrs);
    for (unsigned i = 0; i < t->n_addrs; i++)
        if (t->addr[i].path >= t->n_paths || t->addr[i].prefix4 > 32 || t->addr[i].prefix6 > 128)
            return ms_fail(err, MS_ERR_RANGE, "topology %s: address %s has no such path or prefix",
                           t->name, t->addr[i].name);
    return MS_OK;
}
