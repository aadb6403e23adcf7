/* SPDX-License-Identifier: MIT */
/* Building and leaving the network of one case. */
#include "topo/host.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int ms_net_enter_iut(const struct ms_net *net, struct ms_error *err)
{
    return net->ns_iut < 0 ? MS_OK : host_enter(net->ns_iut, "IUT", err);
}

int ms_net_enter_tester(const struct ms_net *net, struct ms_error *err)
{
    return net->ns_tester < 0 ? MS_OK : host_enter(net->ns_tester, "tester", err);
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
        net->path[i].tester_ifindex = net->path[i].iut_ifindex = HOST_FIRST_IFINDEX + i;
    }
}

/* Both namespaces, entered one after the other; `b` is opened in the tester's. */
static int make_namespaces(struct ms_net *net, struct nl_batch *b, struct ms_error *err)
{
    int rc;

    if ((net->ns_host = host_own_namespace(err)) < 0)
        return net->ns_host;
    if ((net->ns_tester = host_new_namespace(err)) < 0)
        return net->ns_tester;
    net->ipv6 = host_has_ipv6();
    if ((rc = host_wire_profile(net->ipv6, "tester", err)) != MS_OK ||
        (rc = nl_open(b, err)) != MS_OK)
        return rc;
    if ((net->ns_iut = host_new_namespace(err)) < 0)
        return net->ns_iut;
    return host_profile(net->ipv6, "IUT", err);
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
    if (rc != MS_OK || (rc = host_offload_off(net, err)) != MS_OK ||
        (rc = nl_open(&batch, err)) != MS_OK)
        return rc;
    rc = host_configure(&batch, net, err);
    nl_close(&batch);
    return rc == MS_OK ? ms_net_enter_tester(net, err) : rc;
}

int ms_net_create(struct ms_net *net, const struct ms_topo *topo, struct ms_error *err)
{
    int rc = host_check(topo, err);

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
