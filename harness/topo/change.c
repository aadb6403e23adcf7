/* SPDX-License-Identifier: MIT */
/* Changes to the IUT's network while a case runs. */
#include "topo/routes.h"

/* Opens netlink in the IUT's namespace and comes back; the socket stays bound to it. */
static int open_in_iut(struct nl_batch *b, const struct ms_net *net, struct ms_error *err)
{
    int rc = ms_net_enter_iut(net, err);
    if (rc != MS_OK)
        return rc;
    rc = nl_open(b, err);
    b->path_mtu = net->path_mtu;
    int back = ms_net_enter_tester(net, rc == MS_OK ? err : NULL);
    if (rc == MS_OK && back != MS_OK)
        nl_close(b);
    return rc != MS_OK ? rc : back;
}

static int check_path(const struct ms_net *net, unsigned path, struct ms_error *err)
{
    if (path >= net->n_paths)
        return ms_fail(err, MS_ERR_RANGE, "the topology has no path %u", path + 1);
    return MS_OK;
}

int ms_net_iut_addr(const struct ms_net *net, unsigned path, const struct ms_addr *addr,
                    uint8_t prefix, bool add, struct ms_error *err)
{
    struct nl_batch b;
    int rc = check_path(net, path, err);
    if (rc != MS_OK || (rc = open_in_iut(&b, net, err)) != MS_OK)
        return rc;
    nl_addr(&b, net->path[path].iut_ifindex, addr, prefix, add);
    rc = nl_commit(&b, err);
    if (rc == MS_OK) {
        b.lenient = !add;
        if (add)
            routes_add_address(&b, net, path, addr, prefix);
        else /* routes that preferred the address as source went with it: others may take over */
            routes_add(&b, net, path, addr);
        rc = nl_commit(&b, err);
    }
    nl_close(&b);
    return rc;
}

int ms_net_iut_link(const struct ms_net *net, unsigned path, bool up, struct ms_error *err)
{
    struct nl_batch b;
    int rc = check_path(net, path, err);
    if (rc != MS_OK || (rc = open_in_iut(&b, net, err)) != MS_OK)
        return rc;
    nl_link_up(&b, net->path[path].iut_ifindex, up);
    if (up) { /* going down took the routes away; addresses may have changed since the topology */
        b.lenient = true;
        if (net->ipv6) {
            struct ms_addr ll = ms_net_link_local(net, path);
            nl_addr(&b, net->path[path].iut_ifindex, &ll, 64, true);
        }
        routes_add(&b, net, path, NULL);
    }
    rc = nl_commit(&b, err);
    nl_close(&b);
    return rc;
}
