/* SPDX-License-Identifier: MIT */
/* A bare address: a service of which nothing is known but where it listens, beside whatever else is on the wire. */
#include "site/host.h"
#include "site/iface.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PROBES = 3, PROBE_MS = 200, NEXT_HOP_MS = 5000, SPARE_PORTS = 4, FRAME_LEAST = 1280 };

/* What the processes of the cases have in common. */
struct shared {
    struct host_ports ports;
    struct ms_pace pace;
    _Atomic bool asking; /* a person */
};

struct host_site {
    struct ms_site base; /* first */
    struct ms_site_spec spec;
    struct host_offer offer;
    struct host_cue cue;
    struct host_iface iface; /* of the tester */
    struct host_sources source;
    struct host_way way; /* with the first source */
    struct host_shield *shield;
    struct shared *shared;
    bool paced;
    struct iface taken; /* the interface as it was */
};

struct host_seat {
    struct ms_topo topo;
    uint16_t first, last; /* ports of the tester */
};

static struct host_site *own(struct ms_site *s)
{
    return (struct host_site *)(void *)s;
}

/* ---- opening ---- */

static const char *text_of(const struct ms_addr *a)
{
    static char text[46];
    return ms_addr_text(a, text);
}

static int check_owner(const struct host_site *h, const struct ms_addr *a, struct ms_error *err)
{
    if (host_reserved(a) || h->spec.host.public_too)
        return MS_OK;
    return ms_fail(err, MS_ERR_RANGE,
                   "%s is an address of the public Internet, and malformed segments are sent on "
                   "purpose: --public-target says that its owner agrees",
                   text_of(a));
}

static int check_target(struct host_site *h, struct ms_error *err)
{
    const struct ms_addr *to = &h->spec.addr;
    struct host_route route;
    if (host_no_unicast(to))
        return ms_fail(err, MS_ERR_RANGE, "%s is no address of a host", text_of(to));
    int rc = check_owner(h, to, err);
    if (rc != MS_OK)
        return rc;
    if (host_iface_own(to) || (host_route_find(to, 0, &route, NULL) == MS_OK && route.local))
        return ms_fail(err, MS_ERR_RANGE,
                       "%s is an address of this host: what is sent to it never reaches %s",
                       text_of(to), h->iface.name);
    return MS_OK;
}

static int check_source(struct host_site *h, const struct ms_addr *a, struct ms_error *err)
{
    uint8_t prefix;
    if (host_iface_own(a))
        return ms_fail(
            err, MS_ERR_RANGE,
            "--source %s is an address of this host: without --source it is used, and its "
            "kernel kept quiet",
            text_of(a));
    if (ms_addr_eq(a, &h->spec.addr))
        return ms_fail(err, MS_ERR_RANGE, "--source %s is the target", text_of(a));
    if (h->source.prefix)
        return check_owner(h, a, err);
    if (!host_iface_network(&h->iface, a, &prefix))
        return ms_fail(err, MS_ERR_RANGE,
                       "--source %s is in no network of %s: give its prefix, %s/LENGTH", text_of(a),
                       h->iface.name, text_of(a));
    return check_owner(h, a, err);
}

static int read_sources(struct host_site *h, struct ms_error *err)
{
    const char *text = h->spec.host.source;
    h->way.answer = text != NULL;
    return text ? host_sources_parse(text, (enum ms_family)h->spec.addr.family, &h->source, err)
                : MS_OK;
}

static int find_sources(struct host_site *h, const struct host_route *route, struct ms_error *err)
{
    if (h->way.answer) {
        int rc = MS_OK;
        for (unsigned i = 0; rc == MS_OK && i < h->source.n; i++)
            rc = check_source(h, &h->source.addr[i], err);
        return rc;
    }
    if (!route->source.family)
        return ms_fail(
            err, MS_ERR_RANGE,
            "%s has no %s address to send from: --source ADDR/PREFIX gives the tester one "
            "that nobody uses",
            h->iface.name, h->spec.addr.family == MS_IPV4 ? "IPv4" : "IPv6");
    h->source.n = 1;
    h->source.addr[0] = route->source;
    return MS_OK;
}

/*
 * The kernel's way by the interface. Asked for an interface it takes an IPv4 address that no route leads to for one on
 * the link: where nothing else says so, its way by whatever interface must be the same.
 */
static int find_route(const struct host_site *h, struct host_route *out, struct ms_error *err)
{
    const struct ms_addr *to = &h->spec.addr;
    struct host_route any;
    struct ms_error why = {0};
    char other[IF_NAMESIZE] = "?";
    uint8_t prefix;
    int rc = host_route_find(to, h->iface.index, out, &why);
    if (rc != MS_OK && rc != MS_ERR_NOTFOUND)
        goto fail;
    if (rc == MS_OK && (out->gateway.family || host_iface_network(&h->iface, to, &prefix)))
        return MS_OK;
    bool on_link = rc == MS_OK;
    if ((rc = host_route_find(to, 0, &any, &why)) != MS_OK)
        goto fail;
    if (on_link && any.ifindex == h->iface.index)
        return MS_OK;
    rc = MS_ERR_NOTFOUND;
    ms_fail(&why, rc, "no route to %s by %s: %s leads there", text_of(to), h->iface.name,
            if_indextoname(any.ifindex, other) ? other : "another interface");
fail:
    *out = (struct host_route){0};
    if (err)
        *err = why;
    return rc;
}

/* On the wire of the sources, or behind the router that the kernel knows for it. */
static int find_next_hop(struct host_site *h, const struct host_route *route, struct ms_error *err)
{
    const struct ms_addr *to = &h->spec.addr, *from = &h->source.addr[0];
    uint8_t prefix = h->source.prefix;
    bool near = prefix ? host_same_network(to, from, prefix)
                       : h->way.answer && host_iface_network(&h->iface, from, &prefix) &&
                             host_same_network(to, from, prefix);
    h->way.next = near || !route->gateway.family ? *to : route->gateway;
    if (h->way.next.family != to->family)
        return ms_fail(err, MS_ERR_UNSUPPORTED,
                       "the way to %s is a router with an address of the "
                       "other family, which is not known here",
                       text_of(to));
    return MS_OK;
}

/* Of nobody: locally administered, told by interface and process. */
static void name_mac(struct host_site *h)
{
    long pid = (long)getpid();
    const uint8_t mac[6] = {
        0x02,        h->iface.mac[4], h->iface.mac[5], (uint8_t)(pid >> 16), (uint8_t)(pid >> 8),
        (uint8_t)pid};
    memcpy(h->way.own_mac, h->way.answer ? mac : h->iface.mac, 6);
}

/* RFC 5227 2.1: an address is taken into use only when nobody answers for it. */
static int check_vacant(struct host_site *h, const volatile int *interrupted, struct ms_error *err)
{
    struct ms_link *l;
    uint8_t mac[6] = {0};
    if (!h->way.answer)
        return MS_OK;
    int rc = ms_link_open(h->iface.name, h->way.own_mac, &l, err);
    if (rc != MS_OK)
        return rc;
    for (unsigned i = 0; rc == MS_OK && i < h->source.n; i++) {
        const struct ms_addr *a = &h->source.addr[i];
        rc = 1;
        for (unsigned k = 0; rc == 1 && k < PROBES; k++)
            rc = interrupted && *interrupted ? ms_fail(err, MS_ERR_INTR, "interrupted")
                                             : ms_link_vacant(l, a, 1, PROBE_MS, mac, err);
        if (rc == 0)
            rc = ms_fail(err, MS_ERR_RANGE,
                         "--source %s is in use: %02x:%02x:%02x:%02x:%02x:%02x answers for it",
                         text_of(a), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
        else if (rc == 1)
            rc = MS_OK;
    }
    ms_link_close(l);
    return rc;
}

static int read_spec(struct host_site *h, struct ms_error *err)
{
    const struct ms_host_spec *s = &h->spec.host;
    struct ms_buf names = {0};
    const char *service = s->service ? s->service : "echo";
    h->offer.profile = host_profile_find(service);
    if (h->offer.profile)
        return MS_OK;
    int rc = ms_fail(err, MS_ERR_PARSE, "--service %.40s: there are %s", service,
                     host_profile_names(&names));
    ms_buf_free(&names);
    return rc;
}

static int share(struct host_site *h, struct ms_error *err)
{
    const struct ms_host_spec *s = &h->spec.host;
    unsigned rate = s->rate_said ? s->rate : MS_HOST_RATE, burst = rate / 20;
    void *p =
        mmap(NULL, sizeof *h->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return ms_fail_errno(err, "memory that cases share");
    h->shared = p;
    h->cue.asking = &h->shared->asking;
    h->paced = rate != 0;
    host_ports_init(&h->shared->ports, s->seed);
    ms_pace_init(&h->shared->pace, rate, burst > 100 ? 100 : burst);
    return MS_OK;
}

static int find_way(struct host_site *h, struct ms_error *err)
{
    struct host_route route;
    int rc = iface_take(&h->taken, h->spec.iface, FRAME_LEAST, err);
    if (rc == MS_OK)
        rc = host_iface_read(h->spec.iface, &h->iface, err);
    if (rc == MS_OK)
        rc = check_target(h, err);
    if (rc != MS_OK)
        return rc;
    h->way.iface = h->iface.name;
    h->way.peer = h->spec.addr;
    h->way.port = h->spec.port;
    if ((rc = read_sources(h, err)) != MS_OK)
        return rc;
    /* A network of its own needs no route. */
    if ((rc = find_route(h, &route, err)) != MS_OK && !h->source.prefix)
        return rc;
    if ((rc = find_sources(h, &route, err)) != MS_OK)
        return rc;
    if ((rc = find_next_hop(h, &route, err)) != MS_OK)
        return rc;
    h->way.own = h->source.addr[0];
    name_mac(h);
    return MS_OK;
}

/* A client on cue needs no server. */
static int reach(struct host_site *h, const volatile int *interrupted, struct ms_error *err)
{
    int rc = host_reach(&h->way, &h->shared->ports, interrupted, &h->base.facts.rtt_ns, err);
    if (rc != MS_ERR_NOTFOUND || !h->cue.command)
        return rc;
    h->offer.no_server = true;
    return MS_OK;
}

static int raise_shield(struct host_site *h, struct ms_error *err)
{
    if (h->way.answer)
        return MS_OK;
    /* The IUT's client connects from any port. */
    return host_shield_raise(&h->spec.addr, h->cue.command ? 0 : h->spec.port, HOST_PORT_FIRST,
                             HOST_PORT_LAST, &h->shield, err);
}

static int prepare(struct host_site *h, const volatile int *interrupted, struct ms_error *err)
{
    int rc = read_spec(h, err);
    if (rc == MS_OK)
        rc = find_way(h, err);
    if (rc == MS_OK)
        rc = share(h, err);
    if (rc == MS_OK)
        rc = check_vacant(h, interrupted, err);
    if (rc == MS_OK)
        rc = raise_shield(h, err);
    if (rc != MS_OK)
        return rc;
    return reach(h, interrupted, err);
}

/* ---- cases ---- */

static const char *site_refuses(const struct ms_site *s, struct ms_arena *a,
                                const struct ms_instance *in, const struct ms_topo *topo)
{
    return host_refusal(&((const struct host_site *)(const void *)s)->offer, a, in, topo);
}

/* The case's addresses: the tester's from its sources, another one first each time; the IUT's first is the target. */
static void lay_topo(const struct host_site *h, const struct ms_topo *from, uint32_t seat,
                     struct ms_topo *to)
{
    unsigned n[2] = {0, 0};
    *to = *from;
    to->n_paths = 1;
    for (unsigned i = 0; i < to->n_addrs; i++) {
        struct ms_topo_addr *a = &to->addr[i];
        unsigned k = n[a->on_iut]++;
        struct ms_addr is = {0};
        if (a->on_iut && k == 0)
            is = h->spec.addr;
        else if (!a->on_iut && k < h->source.n)
            is = h->source.addr[(seat + k) % h->source.n];
        a->path = 0;
        a->v4 = is.family == MS_IPV4 ? is : (struct ms_addr){0};
        a->v6 = is.family == MS_IPV6 ? is : (struct ms_addr){0};
    }
}

static void lay_net(const struct host_site *h, struct ms_seat *out)
{
    struct ms_net *n = &out->net;
    n->n_paths = 1;
    n->ipv6 = true;
    n->topo = out->topo;
    snprintf(n->path[0].tester_if, sizeof n->path[0].tester_if, "%s", h->iface.name);
    n->path[0].tester_ifindex = h->iface.index;
    memcpy(n->path[0].tester_mac, h->way.own_mac, 6);
    memcpy(n->path[0].iut_mac, h->way.next_mac, 6);
}

static int site_seat(struct ms_site *site, const struct ms_seat_request *r, struct ms_seat *out,
                     struct ms_error *err)
{
    struct host_site *h = own(site);
    const struct host_profile *p = h->offer.profile;
    const struct ms_case *c = r->instance->c;
    unsigned ports = (unsigned)c->n_handles + SPARE_PORTS;
    struct host_seat *seat = calloc(1, sizeof *seat);
    uint32_t number;
    if (!seat)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a seat");
    int rc = host_ports_take(&h->shared->ports, ports, &seat->first, &number, err);
    if (rc == MS_OK)
        rc = host_target_new(&h->cue, &out->target, err);
    if (rc != MS_OK) {
        free(seat);
        return rc;
    }
    bool listens = c->role == MS_ROLE_INITIATOR; /* the tester */
    seat->last = (uint16_t)(seat->first + ports - 1);
    lay_topo(h, r->topo, number, &seat->topo);
    out->topo = &seat->topo;
    lay_net(h, out);
    out->port = listens ? seat->first : h->spec.port;
    out->tester_port = (uint16_t)(seat->first + listens);
    out->witness = p->witness;
    out->text = p->text && !listens;
    out->by_address = out->lasting = true;
    out->own = seat;
    return MS_OK;
}

static int site_link(struct ms_seat *seat, unsigned path, struct ms_link **out,
                     struct ms_error *err)
{
    struct host_site *h = own(seat->site);
    const struct host_seat *s = seat->own;
    (void)path; /* there is one */
    int rc = ms_link_open(h->iface.name, h->way.own_mac, out, err);
    if (rc != MS_OK)
        return rc;
    ms_link_confine(*out, &h->spec.addr, h->source.addr, h->source.n);
    rc = ms_link_scope(*out, &h->spec.addr, s->first, s->last, false, err);
    for (unsigned i = 0; rc == MS_OK && h->way.answer && i < h->source.n; i++)
        rc = ms_link_own(*out, &h->source.addr[i], err);
    if (rc == MS_OK)
        rc = ms_link_prove(*out, &h->way.own, &h->way.next, NEXT_HOP_MS, seat->net.path[0].iut_mac,
                           err);
    if (rc == MS_OK && h->paced)
        ms_link_pace(*out, &h->shared->pace);
    if (rc != MS_OK) {
        ms_link_close(*out);
        *out = NULL;
    }
    return rc;
}

static bool site_holds_up(struct ms_site *site)
{
    struct host_site *h = own(site);
    return h->shared->asking || (h->paced && ms_pace_full(&h->shared->pace));
}

static void site_leave(struct ms_seat *seat)
{
    seat->target->ops->free(seat->target);
    free(seat->own);
}

static void site_close(struct ms_site *site)
{
    struct host_site *h = own(site);
    host_shield_lower(h->shield);
    iface_give_back(&h->taken);
    if (h->shared)
        munmap(h->shared, sizeof *h->shared);
    free(h);
}

int host_site_open(const struct ms_site_spec *spec, const volatile int *interrupted,
                   struct ms_site **out, struct ms_error *err)
{
    static const struct ms_site_ops ops = {.refuses = site_refuses,
                                           .seat = site_seat,
                                           .link = site_link,
                                           .leave = site_leave,
                                           .holds_up = site_holds_up,
                                           .close = site_close};
    struct host_site *h = calloc(1, sizeof *h);
    if (!h)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a site");
    h->base.ops = &ops;
    h->taken.fd = h->taken.use = -1;
    h->spec = *spec;
    h->cue = (struct host_cue){
        .command = spec->host.cue, .ask = spec->host.ask, .ask_ctx = spec->host.ask_ctx};
    int rc = prepare(h, interrupted, err);
    if (rc != MS_OK) {
        site_close(&h->base);
        return rc;
    }
    h->offer.family = (enum ms_family)spec->addr.family;
    h->offer.tester_addrs = h->source.n;
    h->offer.cue = h->cue.command != NULL;
    struct ms_site_facts *f = &h->base.facts;
    f->kind = "bare address";
    f->spec = spec->text;
    f->iface = h->iface.name;
    /* A person is asked one thing at a time. */
    f->most_parallel = host_cue_person(&h->cue) ? 1 : h->source.n;
    snprintf(f->profile, sizeof f->profile, "service %s", h->offer.profile->name);
    *out = &h->base;
    return MS_OK;
}
