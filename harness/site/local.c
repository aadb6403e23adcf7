/* SPDX-License-Identifier: MIT */
/* The tester's own kernel: two namespaces for each case, its sockets in the case's process. */
#include "mptcpspec/site.h"

static int local_seat(struct ms_site *site, const struct ms_seat_request *r, struct ms_seat *out,
                      struct ms_error *err)
{
    (void)site;
    int rc = ms_net_create(&out->net, r->topo, err);
    if (rc != MS_OK) {
        if (err)
            ms_fail_context(err, "network");
        return rc;
    }
    struct ms_target_config cfg = r->config;
    cfg.net = &out->net;
    rc = ms_target_local(&cfg, &out->target, err);
    if (rc != MS_OK) {
        if (err)
            ms_fail_context(err, "the IUT's driver");
        ms_net_destroy(&out->net);
    }
    return rc;
}

static void local_leave(struct ms_seat *seat)
{
    seat->target->ops->free(seat->target);
    ms_net_destroy(&seat->net);
}

static void local_close(struct ms_site *site)
{
    (void)site; /* static */
}

struct ms_site *ms_site_local(void)
{
    static const struct ms_site_ops ops = {
        .seat = local_seat,
        .leave = local_leave,
        .close = local_close,
    };
    static struct ms_site site = {
        .ops = &ops,
        .facts = {.kind = "local kernel", .spec = "local", .iface = "", .system = "Linux"}};
    return &site;
}
