/* SPDX-License-Identifier: MIT */
/* An IUT behind an agent, on a wire that the tester's interface shares with the agent's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "site/broker.h"
#include "site/iface.h"
#include "site/kinds.h"
#include "site/remote.h"

#define WIRE_MTU      1500u /* as a veth pair has: what a case sends depends on it */
#define GUARD_NS      UINT64_C(30000000000)
#define TRIAL_WAIT_MS 3000

struct agent_site {
    struct ms_site base; /* first */
    struct broker broker;
    struct iface iface;
    uint32_t mac_base; /* apart from those of another tester on the same wire */
    double time_scale;
};

static struct agent_site *agent_of(struct ms_site *site)
{
    return (struct agent_site *)(void *)site;
}

static const char *agent_refuses(const struct ms_site *site, struct ms_arena *a,
                                 const struct ms_instance *i, const struct ms_topo *topo)
{
    (void)site;
    (void)a;
    (void)topo;
    return i->c->role == MS_ROLE_BOTH ? "a scenario has both of its hosts on the tester's machine"
                                      : NULL;
}

/* Processes of cases that live side by side have different numbers, and so have their MAC addresses. */
static void session_mac(const struct agent_site *s, uint8_t mac[4])
{
    uint32_t n = s->mac_base + (uint32_t)getpid();
    mac[0] = 2; /* locally administered, one station */
    mac[1] = (uint8_t)(n >> 16);
    mac[2] = (uint8_t)(n >> 8);
    mac[3] = (uint8_t)n;
}

static void describe_paths(const struct agent_site *s, const uint8_t mac[4], struct ms_net *net)
{
    for (unsigned p = 0; p < net->n_paths; p++) {
        const uint8_t path = (uint8_t)(p + 1);
        memcpy(net->path[p].tester_if, s->iface.name, sizeof net->path[p].tester_if);
        memcpy(net->path[p].tester_mac, mac, 4);
        memcpy(net->path[p].iut_mac, mac, 4);
        net->path[p].tester_mac[4] = net->path[p].iut_mac[4] = path;
        net->path[p].tester_mac[5] = 1;
        net->path[p].iut_mac[5] = 2;
    }
}

static int take(struct agent_site *s, const struct ms_seat_request *r, struct ms_seat *out,
                struct ms_error *err)
{
    const struct ms_target_config *cfg = &r->config;
    const struct ms_topo *topo = r->topo;
    double scale = s->time_scale > 1 ? s->time_scale : 1;
    struct remote_config rc = {.broker = &s->broker,
                               .guard_ns =
                                   (uint64_t)((double)GUARD_NS * scale) + 4 * s->base.facts.rtt_ns,
                               .interrupted = r->interrupted};
    struct ms_agent_opening o = {.fresh = true,
                                 .family = cfg->family,
                                 .service = cfg->service,
                                 .octets = cfg->source_octets,
                                 .seed = cfg->stream_seed,
                                 .port = cfg->default_port,
                                 .pm = cfg->pm_commands,
                                 .events = cfg->pm_events,
                                 .mtu = WIRE_MTU,
                                 .path_mtu = r->path_mtu,
                                 .topo = *topo};
    session_mac(s, o.mac);
    out->net.n_paths = topo->n_paths;
    out->net.mtu = WIRE_MTU;
    out->net.topo = topo;
    out->peers = true;
    describe_paths(s, o.mac, &out->net);
    return remote_open(&rc, &o, &out->target, &out->net.ipv6, err);
}

static int agent_seat(struct ms_site *site, const struct ms_seat_request *r, struct ms_seat *out,
                      struct ms_error *err)
{
    return take(agent_of(site), r, out, err);
}

static void agent_leave(struct ms_seat *seat)
{
    seat->target->ops->free(seat->target);
}

static const char *agent_lost(struct ms_site *site)
{
    const struct broker_state *state = agent_of(site)->broker.state;
    return state && state->lost ? state->text : NULL;
}

static void agent_close(struct ms_site *site)
{
    struct agent_site *s = agent_of(site);
    broker_stop(&s->broker);
    iface_give_back(&s->iface);
    free(s);
}

/* ---- opening ---------------------------------------------------------------------------------------------- */

static int can_do(const struct greeting *g, struct ms_error *err)
{
    const struct ms_agent_hello *h = &g->hello;
    if (!h->kernel.mptcp)
        return ms_fail(
            err, MS_ERR_UNSUPPORTED,
            "no MPTCP on the other side: an MPTCP socket cannot be made on %s %s there%s%s",
            h->system, h->kernel.release, h->kernel.mptcp_errno ? ": " : "",
            h->kernel.mptcp_errno ? strerror(h->kernel.mptcp_errno) : "");
    if (!h->fresh)
        return ms_fail(
            err, MS_ERR_UNSUPPORTED,
            "the agent can make no network namespaces there: start it as root, with --iface");
    return MS_OK;
}

static void note_facts(struct ms_site_facts *f, const struct ms_site_spec *spec,
                       const struct greeting *g)
{
    const struct ms_agent_hello *h = &g->hello;
    *f = (struct ms_site_facts){.kind = "agent",
                                .spec = spec->text,
                                .iface = spec->iface,
                                .kernel = h->kernel,
                                .processors = h->processors,
                                .rtt_ns = g->rtt_ns,
                                .most_parallel = h->max_sessions ? h->max_sessions : 1};
    memcpy(f->system, h->system, sizeof f->system);
    memcpy(f->machine, h->machine, sizeof f->machine);
    memcpy(f->agent, h->agent, sizeof f->agent);
}

static void trial_topo(struct ms_topo *t)
{
    static const char *const text[] = {"192.0.2.1", "192.0.2.2"};
    *t = (struct ms_topo){.name = "trial", .n_paths = 1, .n_addrs = 2};
    for (unsigned i = 0; i < 2; i++) {
        t->addr[i] = (struct ms_topo_addr){.on_iut = i == 1, .prefix4 = 24};
        snprintf(t->addr[i].name, sizeof t->addr[i].name, "%s1", i ? "i" : "t");
        ms_addr_parse(text[i], &t->addr[i].v4);
    }
}

/* One session, one frame to and fro: what fails here would fail in every case. */
static int trial(struct agent_site *s, const volatile int *interrupted, struct ms_error *err)
{
    struct ms_topo topo;
    struct ms_seat_request r = {.topo = &topo,
                                .config = {.family = MS_IPV4, .default_port = 4433},
                                .interrupted = interrupted};
    struct ms_seat seat = {.site = &s->base, .topo = &topo, .family = MS_IPV4};
    struct ms_link *l = NULL;
    uint8_t mac[6];
    trial_topo(&topo);
    int rc = take(s, &r, &seat, err);
    if (rc != MS_OK)
        return rc;
    rc = ms_link_open(seat.net.path[0].tester_if, seat.net.path[0].tester_mac, &l, err);
    if (rc == MS_OK)
        rc = ms_link_peer(l, seat.net.path[0].iut_mac, err);
    if (rc == MS_OK)
        rc = ms_link_own(l, &topo.addr[0].v4, err);
    if (rc == MS_OK) {
        unsigned wait_ms = (unsigned)(TRIAL_WAIT_MS * s->time_scale);
        rc = ms_link_prove(l, &topo.addr[0].v4, &topo.addr[1].v4, wait_ms, mac, err);
        if (rc == MS_ERR_TIMEOUT)
            rc =
                ms_fail(err, MS_ERR_TIMEOUT,
                        "frames on %s do not reach the agent's interface: --iface must lead to the "
                        "wire of the agent's own --iface",
                        s->iface.name);
    }
    ms_link_close(l);
    agent_leave(&seat);
    return rc;
}

int site_agent_open(const struct ms_site_spec *spec, const volatile int *interrupted,
                    struct ms_site **out, struct ms_error *err)
{
    static const struct ms_site_ops ops = {
        .refuses = agent_refuses,
        .seat = agent_seat,
        .leave = agent_leave,
        .lost = agent_lost,
        .close = agent_close,
    };
    struct greeting g;
    struct agent_site *s = calloc(1, sizeof *s);
    if (!s)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a site");
    s->base.ops = &ops;
    s->broker.doorbell = s->iface.fd = s->iface.use = -1;
    s->time_scale = spec->time_scale > 0 ? spec->time_scale : 1;
    int rc = iface_take(&s->iface, spec->iface, WIRE_MTU, err);
    if (rc == MS_OK && getrandom(&s->mac_base, sizeof s->mac_base, 0) != sizeof s->mac_base)
        rc = ms_fail_errno(err, "getrandom");
    if (rc == MS_OK)
        rc = broker_start(&s->broker, spec, interrupted, &g, err);
    if (rc == MS_OK)
        rc = can_do(&g, err);
    if (rc == MS_OK) {
        note_facts(&s->base.facts, spec, &g);
        rc = trial(s, interrupted, err);
    }
    if (rc != MS_OK) {
        if (err)
            ms_fail_context(err, "--target %s", spec->text);
        agent_close(&s->base);
        return rc;
    }
    *out = &s->base;
    return MS_OK;
}
