/* SPDX-License-Identifier: MIT */
/* Building and leaving the network of one case. */
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

enum { LOOPBACK_IFINDEX = 1, FIRST_IFINDEX = 100 };

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

static int apply(const struct ms_profile_item *items, const char *whose, struct ms_error *err)
{
    for (; items->name != NULL; items++) {
        int rc = ms_sysctl_set(items->name, items->value, items->optional ? NULL : err);
        if (rc != MS_OK && !items->optional)
            return err != NULL ? ms_fail_context(err, "profile of the %s's namespace", whose) : rc;
    }
    return MS_OK;
}

static int own_namespace(struct ms_error *err)
{
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? fd : ms_fail_errno(err, "/proc/thread-self/ns/net");
}

/* A new namespace, entered; the descriptor or a negative status. */
static int new_namespace(struct ms_error *err)
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
    return own_namespace(err);
}

static int enter(int ns, const char *whose, struct ms_error *err)
{
    if (setns(ns, CLONE_NEWNET) != 0)
        return ms_fail_errno(err, "setns to the %s's namespace", whose);
    return MS_OK;
}

int ms_net_enter_iut(const struct ms_net *net, struct ms_error *err)
{
    return enter(net->ns_iut, "IUT", err);
}

int ms_net_enter_tester(const struct ms_net *net, struct ms_error *err)
{
    return enter(net->ns_tester, "tester", err);
}

/* Locally administered addresses that tell path and end when seen in a capture. */
static void name_paths(struct ms_net *net)
{
    for (unsigned i = 0; i < net->n_paths; i++) {
        uint8_t tester[6] = {2, 0, 0, 0, (uint8_t)(i + 1), 1};
        uint8_t iut[6] = {2, 0, 0, 0, (uint8_t)(i + 1), 2};
        snprintf(net->path[i].tester_if, sizeof net->path[i].tester_if, "tester%c",
                 (char)('1' + i));
        snprintf(net->path[i].iut_if, sizeof net->path[i].iut_if, "iut%c", (char)('1' + i));
        memcpy(net->path[i].tester_mac, tester, 6);
        memcpy(net->path[i].iut_mac, iut, 6);
        net->path[i].tester_ifindex = net->path[i].iut_ifindex = FIRST_IFINDEX + i;
    }
}

/*
 * Without this the IUT hands over TCP checksums that are still to be computed and segments larger than the
 * MTU. It switches TSO off as well; done on the sending end only, since what is injected is verified anyway.
 */
static int checksum_offload_off(const struct ms_net *net, struct ms_error *err)
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

static int configure(struct nl_batch *b, const struct ms_net *net, struct ms_error *err)
{
    const struct ms_topo *t = net->topo;

    nl_link_up(b, LOOPBACK_IFINDEX, true);
    for (unsigned p = 0; p < net->n_paths; p++) {
        unsigned ifindex = net->path[p].iut_ifindex;
        nl_link_up(b, ifindex, true);
        if (net->ipv6) {
            struct ms_addr ll = routes_link_local(p);
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

/* Both namespaces, entered one after the other; `b` is opened in the tester's. */
static int make_namespaces(struct ms_net *net, struct nl_batch *b, struct ms_error *err)
{
    int rc;

    if ((net->ns_host = own_namespace(err)) < 0)
        return net->ns_host;
    if ((net->ns_tester = new_namespace(err)) < 0)
        return net->ns_tester;
    net->ipv6 = faccessat(proc_folder(), "sys/net/ipv6/conf/default", F_OK, 0) == 0;
    if ((net->ipv6 && (rc = apply(tester_ipv6, "tester", err)) != MS_OK) ||
        (rc = nl_open(b, err)) != MS_OK)
        return rc;
    if ((net->ns_iut = new_namespace(err)) < 0)
        return net->ns_iut;
    if ((rc = apply(ms_profile, "IUT", err)) != MS_OK)
        return rc;
    return net->ipv6 ? apply(iut_ipv6, "IUT", err) : MS_OK;
}

static int build(struct ms_net *net, struct ms_error *err)
{
    struct nl_batch batch;
    batch.sock = NULL;
    int rc = make_namespaces(net, &batch, err);

    for (unsigned p = 0; rc == MS_OK && p < net->n_paths; p++)
        nl_veth(&batch, net, p);
    if (rc == MS_OK)
        rc = nl_commit(&batch, err);
    nl_close(&batch);
    if (rc != MS_OK || (rc = checksum_offload_off(net, err)) != MS_OK ||
        (rc = nl_open(&batch, err)) != MS_OK)
        return rc;
    rc = configure(&batch, net, err);
    nl_close(&batch);
    return rc == MS_OK ? ms_net_enter_tester(net, err) : rc;
}

static int check(const struct ms_topo *t, struct ms_error *err)
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

int ms_net_create(struct ms_net *net, const struct ms_topo *topo, struct ms_error *err)
{
    int rc = check(topo, err);

    *net = (struct ms_net){.ns_host = -1, .ns_iut = -1, .ns_tester = -1, .topo = topo};
    if (rc != MS_OK)
        return rc;
    net->n_paths = topo->n_paths;
    name_paths(net);
    rc = build(net, err);
    if (rc != MS_OK)
        ms_net_destroy(net);
    return rc;
}

void ms_net_destroy(struct ms_net *net)
{
    if (net->ns_host >= 0) {
        /* Cannot fail: the descriptor is a network namespace and its owner's rights were had before. */
        (void)!setns(net->ns_host, CLONE_NEWNET);
        close(net->ns_host);
    }
    if (net->ns_iut >= 0)
        close(net->ns_iut);
    if (net->ns_tester >= 0)
        close(net->ns_tester);
    net->ns_host = net->ns_iut = net->ns_tester = -1;
}
