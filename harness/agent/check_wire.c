/* SPDX-License-Identifier: MIT */
/* Checks of what a session looks like from the link: its interface, its MAC address, its segments. */
#include <string.h>

#include "agent/check.h"
#include "mptcpspec/link.h"

struct wire {
    struct ms_agent_opening o;
    struct ms_link *link;
    struct ms_addr own4, own6, peer4, peer6;
    uint8_t own_mac[6], peer_mac[6];
};

static unsigned guard_ms(const struct check *c)
{
    return (unsigned)(c->cfg->guard_ns / 1000000);
}

/* A link with the tester's MAC address of session 1, which answers for the tester's addresses. */
static bool wire_open(struct check *c, struct wire *w)
{
    struct ms_error err = {0};

    w->link = NULL;
    if (!check_hello(c))
        return false;
    if (c->cfg->iface == NULL)
        return check_skip(c, "no interface was named (--iface)");
    if (!c->facts.fresh)
        return check_skip(c, "the agent does not open fresh sessions (modes=)");
    check_opening(c, &w->o);
    if (!check_open(c, 1, &w->o))
        return false;
    const uint8_t end[2] = {1, 1}, peer_end[2] = {1, 2};
    memcpy(w->own_mac, c->mac, 4);
    memcpy(w->own_mac + 4, end, 2);
    memcpy(w->peer_mac, c->mac, 4);
    memcpy(w->peer_mac + 4, peer_end, 2);
    w->own4 = w->o.topo.addr[0].v4;
    w->own6 = w->o.topo.addr[0].v6;
    w->peer4 = w->o.topo.addr[1].v4;
    w->peer6 = w->o.topo.addr[1].v6;
    int rc = ms_link_open(c->cfg->iface, w->own_mac, &w->link, &err);
    /* What an earlier session left may answer for the same addresses a moment longer. */
    if (rc == MS_OK)
        rc = ms_link_peer(w->link, w->peer_mac, &err);
    if (rc == MS_OK)
        rc = ms_link_own(w->link, &w->own4, &err);
    if (rc == MS_OK)
        rc = ms_link_own(w->link, &w->own6, &err);
    return rc == MS_OK || check_skip(c, "%s", err.msg);
}

static bool answers(struct check *c, struct wire *w, const struct ms_addr *own,
                    const struct ms_addr *peer)
{
    uint8_t mac[6];
    char text[46];
    struct ms_error err = {0};
    if (ms_link_prove(w->link, own, peer, guard_ms(c), mac, &err) != MS_OK)
        return check_fail(c, "%s", err.msg);
    return memcmp(mac, w->peer_mac, 6) == 0 ||
           check_fail(c, "%s is at %02x:%02x:%02x:%02x:%02x:%02x, not at the session's MAC address",
                      ms_addr_text(peer, text), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void wire_address(struct check *c)
{
    struct wire w;
    if (wire_open(c, &w) && answers(c, &w, &w.own4, &w.peer4) &&
        (strstr(c->opened->answer, " ipv6=1") == NULL || answers(c, &w, &w.own6, &w.peer6)))
        check_quiet(c);
    ms_link_close(w.link);
}

/* The next TCP segment on the link. */
static bool segment(struct check *c, struct wire *w, struct ms_link_frame *f, struct ms_seg *seg)
{
    static struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    struct ms_error err = {0};
    uint64_t until = ms_now_ns() + c->cfg->guard_ns;
    while (ms_now_ns() < until) {
        int rc = ms_link_next(w->link, f, &err);
        if (rc < 0)
            return check_fail(c, "%s", err.msg);
        if (rc > 0 && ms_frame_decode(f->octets, f->len, seg, opts, &neigh) == MS_FRAME_TCP &&
            memcmp(f->octets, w->own_mac, 6) == 0)
            return true;
        /* Nothing yet: a ping is as good a pause as any, and notices an agent that is gone. */
        if (rc == 0 && !check_ok(c, check_ask(c, 0, "ping")))
            return false;
    }
    return check_fail(c, "no segment came over the link");
}

static void wire_segment(struct check *c)
{
    struct wire w;
    struct ms_link_frame f;
    struct ms_seg seg;
    if (wire_open(c, &w) && CHECK_HAS(c, MS_VERB_CONNECT) &&
        check_await_started(c, check_ask(c, 1, "connect name=cli addr=198.51.100.1 port=80%s",
                                         check_plain(c, false))) &&
        segment(c, &w, &f, &seg)) {
        if (memcmp(f.octets + 6, w.peer_mac, 6) != 0)
            check_fail(c, "the segment does not come from the session's MAC address");
        else if (!seg.tcp_csum_ok || !seg.ip_csum_ok)
            check_fail(c, "the segment's checksum is wrong: checksum offload is on");
        else if (f.len > 14 + 1500)
            check_fail(c, "a frame of %zu octets: segmentation offload is on", f.len);
        check_quiet(c);
    }
    ms_link_close(w.link);
}

static void wire_gone(struct check *c)
{
    enum { PROBES = 2, APART_MS = 50 };
    struct wire w;
    struct ms_error err = {0};
    uint8_t mac[6];
    if (wire_open(c, &w) && answers(c, &w, &w.own4, &w.peer4) &&
        check_ok(c, check_ask(c, 1, "end"))) {
        /* The network may take a moment longer to go than its session. */
        uint64_t until = ms_now_ns() + c->cfg->guard_ns;
        int rc;
        do
            rc = ms_link_vacant(w.link, &w.peer4, PROBES, APART_MS, mac, &err);
        while (rc == 0 && ms_now_ns() < until);
        if (rc < 0)
            check_fail(c, "%s", err.msg);
        else if (rc == 0)
            check_fail(c, "after end somebody still answers for the session's address");
        check_quiet(c);
    }
    ms_link_close(w.link);
}

const struct check_row check_wire_rows[] = {
    {"wire.address", "a session answers for its addresses, from its MAC address", wire_address},
    {"wire.segment", "its segments leave whole, from its MAC address, with their checksums",
     wire_segment},
    {"wire.gone", "after end nobody answers for the session's addresses", wire_gone},
    {NULL, NULL, NULL},
};
