/* SPDX-License-Identifier: MIT */
/* Two hosts and the box between them. */
#include "topo/host.h"

#include <sched.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    LAB_MTU = 9000,      /* of the wires: a middlebox may make a segment grow, or two into one */
    LAB_PATH_MTU = 1500, /* of the paths, as the hosts are told */
    SERVER_BOX_IFINDEX = 200,
};

const char *ms_host_name(enum ms_host h)
{
    return h == MS_CLIENT ? "client" : "server";
}

int ms_lab_enter(const struct ms_lab *lab, enum ms_host h, struct ms_error *err)
{
    return host_enter(lab->host[h].ns_iut, ms_host_name(h), err);
}

int ms_lab_enter_box(const struct ms_lab *lab, struct ms_error *err)
{
    return host_enter(lab->ns_box, "middlebox", err);
}

/* Only the client has tables for its source addresses: what the server sends goes where the address it sends to is. */
void ms_lab_view(const struct ms_topo *topo, enum ms_host h, struct ms_topo *out)
{
    *out = *topo;
    if (h == MS_SERVER)
        out->source_tables = false;
    else
        for (unsigned i = 0; i < out->n_addrs; i++)
            out->addr[i].on_iut = !out->addr[i].on_iut;
}

/* Locally administered addresses that tell path and host when seen in a capture; the box's ends never send. */
static void name_wires(struct ms_net *net, enum ms_host h)
{
    for (unsigned p = 0; p < net->n_paths; p++) {
        const uint8_t host[6] = {2, 0, 0, 0, (uint8_t)(p + 1), h == MS_CLIENT ? 2 : 1};
        const uint8_t box[6] = {2, 0, 0, 0, (uint8_t)(p + 1), h == MS_CLIENT ? 0xb2 : 0xb1};
        memcpy(net->path[p].iut_mac, host, 6);
        memcpy(net->path[p].tester_mac, box, 6);
        snprintf(net->path[p].iut_if, sizeof net->path[p].iut_if, "eth%c", (char)('1' + p));
        snprintf(net->path[p].tester_if, sizeof net->path[p].tester_if, "%c%c",
                 h == MS_CLIENT ? 'c' : 's', (char)('1' + p));
        net->path[p].iut_ifindex = HOST_FIRST_IFINDEX + p;
        net->path[p].tester_ifindex =
            (h == MS_CLIENT ? HOST_FIRST_IFINDEX : SERVER_BOX_IFINDEX) + p;
    }
}

/* A host that is elsewhere: what leads to it, in the process' own namespace. */
static int join_away(struct ms_net *net, const struct ms_net *away, struct ms_error *err)
{
    if (away->n_paths < net->n_paths)
        return ms_fail(err, MS_ERR_RANGE, "a host elsewhere has %u paths of %u", away->n_paths,
                       net->n_paths);
    for (unsigned p = 0; p < net->n_paths; p++) {
        net->path[p] = away->path[p];
        net->path[p].tester_ifindex = if_nametoindex(away->path[p].tester_if);
        if (net->path[p].tester_ifindex == 0)
            return ms_fail_errno(err, "interface %s", away->path[p].tester_if);
    }
    return MS_OK;
}

static int lay_out(struct ms_lab *lab, const struct ms_topo *topo,
                   const struct ms_net *const away[2], struct ms_error *err)
{
    int rc = MS_OK;
    *lab = (struct ms_lab){.ns_origin = -1, .ns_box = -1, .n_paths = topo->n_paths, .topo = topo};
    for (enum ms_host h = MS_CLIENT; rc == MS_OK && h <= MS_SERVER; h++) {
        lab->away[h] = away[h] != NULL;
        ms_lab_view(topo, h, &lab->view[h]);
        lab->host[h] = (struct ms_net){
            .ns_host = -1,
            .ns_iut = -1,
            .ns_tester = -1,
            .n_paths = topo->n_paths,
            .mtu = LAB_MTU,
            .path_mtu = away[MS_CLIENT] || away[MS_SERVER] ? MS_LAB_AWAY_MTU : LAB_PATH_MTU,
            .topo = &lab->view[h],
        };
        name_wires(&lab->host[h], h);
        if (away[h])
            rc = join_away(&lab->host[h], away[h], err);
    }
    return rc;
}

/* All three, entered one after the other; `b` is opened in the box's. */
static int make_namespaces(struct ms_lab *lab, struct nl_batch *b, struct ms_error *err)
{
    int rc;

    if ((lab->ns_origin = host_own_namespace(err)) < 0)
        return lab->ns_origin;
    if ((lab->ns_box = host_new_namespace(err)) < 0)
        return lab->ns_box;
    lab->ipv6 = host_has_ipv6();
    if ((rc = host_wire_profile(lab->ipv6, "middlebox", err)) != MS_OK ||
        (rc = nl_open(b, err)) != MS_OK)
        return rc;
    for (enum ms_host h = MS_CLIENT; h <= MS_SERVER; h++) {
        struct ms_net *net = &lab->host[h];
        net->ns_host = lab->ns_origin;
        net->ns_tester = lab->ns_box;
        net->ipv6 = lab->ipv6;
        if (lab->away[h])
            continue;
        if ((net->ns_iut = host_new_namespace(err)) < 0)
            return net->ns_iut;
        if ((rc = host_profile(lab->ipv6, ms_host_name(h), err)) != MS_OK ||
            (rc = host_lab_profile(ms_host_name(h), err)) != MS_OK)
            return rc;
    }
    return MS_OK;
}

static int make_host(const struct ms_lab *lab, enum ms_host h, struct ms_error *err)
{
    struct nl_batch b;
    int rc = ms_lab_enter(lab, h, err);
    if (rc != MS_OK || (rc = host_offload_off(&lab->host[h], err)) != MS_OK ||
        (rc = nl_open(&b, err)) != MS_OK)
        return rc;
    rc = host_configure(&b, &lab->host[h], err);
    nl_close(&b);
    return rc;
}

static int build(struct ms_lab *lab, struct ms_error *err)
{
    struct nl_batch b;
    b.sock = NULL;
    int rc = make_namespaces(lab, &b, err);
    for (enum ms_host h = MS_CLIENT; rc == MS_OK && h <= MS_SERVER; h++)
        for (unsigned p = 0; p < lab->n_paths && !lab->away[h]; p++)
            nl_veth(&b, &lab->host[h], p);
    if (rc == MS_OK)
        rc = nl_commit(&b, err);
    nl_close(&b);
    for (enum ms_host h = MS_CLIENT; rc == MS_OK && h <= MS_SERVER; h++)
        rc = lab->away[h] ? MS_OK : make_host(lab, h, err);
    return rc == MS_OK ? ms_lab_enter_box(lab, err) : rc;
}

int ms_lab_create(struct ms_lab *lab, const struct ms_topo *topo, struct ms_error *err)
{
    static const struct ms_net *const none[2];
    return ms_lab_create_with(lab, topo, none, err);
}

int ms_lab_create_with(struct ms_lab *lab, const struct ms_topo *topo,
                       const struct ms_net *const away[2], struct ms_error *err)
{
    *lab = (struct ms_lab){.ns_origin = -1, .ns_box = -1};
    for (enum ms_host h = MS_CLIENT; h <= MS_SERVER; h++)
        lab->host[h].ns_host = lab->host[h].ns_iut = lab->host[h].ns_tester = -1;
    int rc = host_check(topo, err);
    if (rc == MS_OK && !topo->two_hosts)
        rc = ms_fail(err, MS_ERR_RANGE, "topology %s has no client and server", topo->name);
    if (rc == MS_OK)
        rc = lay_out(lab, topo, away, err);
    if (rc == MS_OK)
        rc = build(lab, err);
    if (rc != MS_OK)
        ms_lab_destroy(lab);
    return rc;
}

void ms_lab_destroy(struct ms_lab *lab)
{
    if (lab->ns_origin >= 0) {
        /* Cannot fail: the descriptor is a network namespace and its owner's rights were had before. */
        (void)!setns(lab->ns_origin, CLONE_NEWNET);
        close(lab->ns_origin);
    }
    if (lab->ns_box >= 0)
        close(lab->ns_box);
    for (enum ms_host h = MS_CLIENT; h <= MS_SERVER; h++) {
        if (lab->host[h].ns_iut >= 0)
            close(lab->host[h].ns_iut);
        lab->host[h].ns_host = lab->host[h].ns_iut = lab->host[h].ns_tester = -1;
    }
    lab->ns_origin = lab->ns_box = -1;
}
