/* SPDX-License-Identifier: MIT */
/* Before the first case: is it there, does it listen, does it speak MPTCP? One line instead of hundreds of failures. */
#include "site/host.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { TRIES = 3, WAIT_MS = 1000, NEXT_HOP_MS = 3000 };

struct reach {
    struct host_way *w;
    struct ms_link *l;
    uint16_t port; /* of the tester, next */
    const volatile int *interrupted;
    uint64_t rtt_ns;
    struct ms_error *err;
};

/* What came for a SYN. */
struct answer {
    enum { NOTHING, REFUSED, UNREACHABLE, OPEN } kind;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    bool by_peer; /* UNREACHABLE: the peer says so itself */
    uint64_t time_ns;
};

/* ---- what is sent ---- */

static int emit(struct reach *r, uint16_t sport, uint32_t seq, uint32_t ack, uint8_t flags,
                struct ms_opt *opt, uint8_t n_opt)
{
    struct ms_seg g = {.family = r->w->own.family,
                       .src = r->w->own,
                       .dst = r->w->peer,
                       .sport = sport,
                       .dport = r->w->port,
                       .seq = seq,
                       .ack = ack,
                       .flags = flags,
                       .win = 65535,
                       .opt = opt,
                       .n_opt = n_opt};
    uint8_t frame[256];
    size_t len;
    memcpy(g.eth_src, r->w->own_mac, 6);
    memcpy(g.eth_dst, r->w->next_mac, 6);
    if (ms_seg_encode(&g, frame, sizeof frame, &len) != MS_OK)
        return ms_fail(r->err, MS_ERR_RANGE, "a SYN cannot be encoded");
    return ms_link_send(r->l, frame, len, r->err);
}

/* ---- what comes ---- */

/* An ICMP error about our packet to the peer (RFC 792, RFC 4443 3.1): destination unreachable. */
static bool unreachable(const struct reach *r, const uint8_t *f, size_t len, bool *by_peer)
{
    const uint8_t *peer = r->w->peer.octets;
    if (r->w->peer.family == MS_IPV4) {
        size_t ip = 14, icmp = ip + (len > ip ? (size_t)(f[ip] & 15) * 4 : 0);
        if (len < icmp + 8 + 20 || ms_get16(f + 12) != 0x0800 || f[ip + 9] != 1 || f[icmp] != 3)
            return false;
        *by_peer = memcmp(f + ip + 12, peer, 4) == 0;
        return memcmp(f + icmp + 8 + 16, peer, 4) == 0;
    }
    size_t icmp = 14 + 40;
    if (len < icmp + 8 + 40 || ms_get16(f + 12) != 0x86dd || f[14 + 6] != 58 || f[icmp] != 1)
        return false;
    *by_peer = memcmp(f + 14 + 8, peer, 16) == 0;
    return memcmp(f + icmp + 8 + 24, peer, 16) == 0;
}

static bool is_answer(struct reach *r, uint16_t sport, uint32_t isn, const struct ms_link_frame *f,
                      struct answer *a)
{
    struct ms_neigh n;
    a->time_ns = f->time_ns;
    if (ms_frame_decode(f->octets, f->len, &a->seg, a->opts, &n) != MS_FRAME_TCP) {
        a->kind = unreachable(r, f->octets, f->len, &a->by_peer) ? UNREACHABLE : NOTHING;
        return a->kind != NOTHING;
    }
    const struct ms_seg *g = &a->seg;
    if (!ms_addr_eq(&g->src, &r->w->peer) || g->sport != r->w->port || g->dport != sport ||
        !(g->flags & MS_TH_ACK) || g->ack != isn + 1)
        return false;
    a->kind = g->flags & MS_TH_RST ? REFUSED : g->flags & MS_TH_SYN ? OPEN : NOTHING;
    return a->kind != NOTHING;
}

/* Until the answer is there or the time over. MS_OK either way. */
static int listen_for(struct reach *r, uint16_t sport, uint32_t isn, uint64_t until,
                      struct answer *a)
{
    a->kind = NOTHING;
    for (;;) {
        struct ms_link_frame f;
        int rc;
        while ((rc = ms_link_next(r->l, &f, r->err)) == 1)
            if (is_answer(r, sport, isn, &f, a))
                return MS_OK;
        uint64_t now = ms_now_ns();
        if (rc < 0 || now >= until)
            return rc;
        if (r->interrupted && *r->interrupted)
            return ms_fail(r->err, MS_ERR_INTR, "interrupted");
        struct pollfd p = {.fd = ms_link_fd(r->l), .events = POLLIN};
        if (poll(&p, 1, (int)((until - now + 999999) / 1000000)) < 0 && errno != EINTR)
            return ms_fail_errno(r->err, "poll");
    }
}

/* One request for a connection, repeated as TCP would; the connection that may come of it is reset at once. */
static int request(struct reach *r, struct ms_opt *opt, struct answer *a)
{
    const uint32_t isn = 0x10000000u + r->port;
    const uint16_t sport = r->port++;
    a->kind = NOTHING;
    for (int i = 0; i < TRIES && a->kind == NOTHING; i++) {
        uint64_t sent = ms_now_ns();
        int rc = emit(r, sport, isn, 0, MS_TH_SYN, opt, opt != NULL);
        if (rc == MS_OK)
            rc = listen_for(r, sport, isn, sent + WAIT_MS * 1000000ull, a);
        if (rc != MS_OK)
            return rc;
        uint64_t rtt = a->time_ns > sent ? a->time_ns - sent : 1;
        if (i == 0 && (a->kind == OPEN || a->kind == REFUSED) && (!r->rtt_ns || rtt < r->rtt_ns))
            r->rtt_ns = rtt;
    }
    if (a->kind == OPEN)
        return emit(r, sport, isn + 1, a->seg.seq + 1, MS_TH_RST | MS_TH_ACK, NULL, 0);
    return MS_OK;
}

/* ---- what it means ---- */

static int refuse(struct reach *r, const char *what)
{
    char text[46];
    const char *addr = ms_addr_text(&r->w->peer, text);
    bool six = r->w->peer.family == MS_IPV6;
    return ms_fail(r->err, MS_ERR_UNSUPPORTED, "%s%s%s port %u: %s", six ? "[" : "", addr,
                   six ? "]" : "", r->w->port, what);
}

/* Nothing can be opened at the port, which says nothing about a client there. */
static int closed(struct reach *r, const char *what)
{
    refuse(r, what);
    return MS_ERR_NOTFOUND;
}

static int plain(struct reach *r, struct answer *a)
{
    int rc = request(r, NULL, a);
    if (rc != MS_OK)
        return rc;
    switch (a->kind) {
    case NOTHING:
        return closed(r, "no answer to three SYNs: the host is not there, or a filter drops them");
    case UNREACHABLE:
        return closed(r, a->by_peer ? "a filter of the target itself refuses it (ICMP destination "
                                      "unreachable)"
                                    : "a router says that it cannot be reached (ICMP destination "
                                      "unreachable)");
    case REFUSED:
        return closed(r, "nothing listens there (RST)");
    case OPEN:
        break;
    }
    if (!a->seg.tcp_csum_ok)
        return refuse(r,
                      "its SYN/ACK comes with an unfinished checksum, as over virtual interfaces "
                      "with checksum offload: `ethtool -K IF tx off` at its end");
    return MS_OK;
}

/* MP_CAPABLE of the first packet: without keys in version 1, with the sender's in version 0 (RFC 6824 3.1). */
static int capable(struct reach *r, uint8_t version, struct answer *a, bool *speaks)
{
    struct ms_opt opt = {.kind = MS_TCPOPT_MPTCP,
                         .mp = {.form = MS_FORM_CAPABLE,
                                .version = version,
                                .cap_flags = MPTCP_CAP_H,
                                .keys = version == 0,
                                .sender_key = 0x0123456789abcdefull + r->port}};
    if (ms_opt_build(&opt) != MS_OK)
        return ms_fail(r->err, MS_ERR_RANGE, "MP_CAPABLE cannot be encoded");
    int rc = request(r, &opt, a);
    const struct ms_opt *o =
        rc == MS_OK && a->kind == OPEN ? ms_seg_mp(&a->seg, MPTCP_SUB_CAPABLE) : NULL;
    *speaks = o && o->mp.form == MS_FORM_CAPABLE && o->mp.keys >= 1 && o->mp.version == version;
    return rc;
}

static int speaks_mptcp(struct reach *r, struct answer *a)
{
    bool one, zero;
    int rc = capable(r, 1, a, &one);
    if (rc != MS_OK || one)
        return rc;
    if (a->kind != OPEN)
        return refuse(r, "it answers plain SYNs, and none with MP_CAPABLE: a filter on the way may "
                         "drop them");
    rc = capable(r, 0, a, &zero);
    if (rc != MS_OK)
        return rc;
    return refuse(r, zero ? "it speaks version 0 of MPTCP only (RFC 6824), which RFC 8684 replaces"
                          : "it speaks TCP and not MPTCP: its SYN/ACK has no MP_CAPABLE");
}

static int next_hop(struct reach *r)
{
    struct host_way *w = r->w;
    struct ms_error why = {0};
    int rc = ms_link_prove(r->l, &w->own, &w->next, NEXT_HOP_MS, w->next_mac, &why);
    if (rc != MS_ERR_TIMEOUT) {
        if (rc != MS_OK && r->err)
            *r->err = why;
        return rc;
    }
    char text[46];
    return ms_fail(
        r->err, MS_ERR_TIMEOUT, "%s %s does not answer %s on %s",
        ms_addr_eq(&w->next, &w->peer) ? "the target" : "the router", ms_addr_text(&w->next, text),
        w->next.family == MS_IPV6 ? "neighbour solicitations" : "ARP requests", w->iface);
}

int host_reach(struct host_way *w, struct host_ports *ports, const volatile int *interrupted,
               uint64_t *rtt_ns, struct ms_error *err)
{
    enum { PORTS = 4 };
    struct reach r = {.w = w, .interrupted = interrupted, .err = err};
    static struct answer a; /* large */
    uint32_t seat;
    uint16_t first;
    int rc = host_ports_take(ports, PORTS, &first, &seat, err);
    if (rc != MS_OK || (rc = ms_link_open(w->iface, w->own_mac, &r.l, err)) != MS_OK)
        return rc;
    r.port = first;
    rc = ms_link_scope(r.l, &w->peer, first, (uint16_t)(first + PORTS - 1), true, err);
    if (rc == MS_OK && w->answer)
        rc = ms_link_own(r.l, &w->own, err);
    if (rc == MS_OK)
        rc = next_hop(&r);
    if (rc == MS_OK)
        rc = plain(&r, &a);
    if (rc == MS_OK)
        rc = speaks_mptcp(&r, &a);
    ms_link_close(r.l);
    *rtt_ns = r.rtt_ns;
    return rc;
}
