/* SPDX-License-Identifier: MIT */
/*
 * Address translation. The direction of the rewrite is that in which hosts inside send. A flow is translated from its
 * first matching segment on, in both directions; who asks for the outside address is told the inside host's MAC.
 */
#include "rewrite/chain_int.h"
#include "rewrite/actions.h"

#include <string.h>

struct nat_state {
    bool on;
    struct ms_addr inside;
    uint16_t inside_port, outside_port;
};

static bool from_inside(const struct ms_rewrite *r, const struct rewrite_work *w)
{
    return r->dirs[w->dir];
}

/* No host: unspecified, or an address of the link only, which nobody translates. */
static bool is_local(const struct ms_addr *a)
{
    static const uint8_t none[16];
    if (memcmp(a->octets, none, sizeof none) == 0)
        return true;
    return a->family == MS_IPV6 && a->octets[0] == 0xfe && (a->octets[1] & 0xc0) == 0x80;
}

static void learn(struct ms_rewrite *r, const struct ms_addr *a)
{
    struct ms_addr *inside = &r->inside[r->addr.family];
    if (a->family == r->addr.family && inside->family == 0 && !is_local(a))
        *inside = *a;
}

/* RFC 2464 7: the MAC address that goes with the solicited-node address (RFC 4291 2.7.1) of `a`. */
static void solicited_mac(const struct ms_addr *a, uint8_t mac[6])
{
    static const uint8_t head[3] = {0x33, 0x33, 0xff};
    memcpy(mac, head, sizeof head);
    memcpy(mac + 3, a->octets + 13, 3);
}

/* `sender` of a request and of an answer is who speaks; the encoder means by an answer's sender who is told. */
static enum rewrite_result neigh_send(struct rewrite_work *w, struct ms_neigh *n)
{
    uint8_t dst[6], src[6];
    static const uint8_t zero[6];
    memcpy(dst, w->frame, 6);
    memcpy(src, memcmp(n->sender_mac, zero, 6) != 0 ? n->sender_mac : w->frame + 6, 6);
    if (n->request && n->family == MS_IPV6 && (dst[0] & 1) != 0)
        solicited_mac(&n->target, dst);
    if (!n->request) {
        const struct ms_addr told = n->target;
        n->target = n->sender;
        n->sender = told;
    }
    w->other = w->chain->spare;
    return ms_neigh_encode(n, src, dst, w->chain->spare, FRAME_BUF, &w->other_len) == MS_OK
               ? REWRITE_FRAME
               : REWRITE_UNCHANGED;
}

static enum rewrite_result translate_neigh(struct ms_rewrite *r, struct rewrite_work *w)
{
    struct ms_neigh n = w->neigh;
    const struct ms_addr *inside = &r->inside[r->addr.family];
    if (n.family != r->addr.family)
        return REWRITE_UNCHANGED;
    if (from_inside(r, w)) {
        learn(r, &n.sender);
        if (!ms_addr_eq(&n.sender, inside))
            return REWRITE_UNCHANGED;
        n.sender = r->addr;
    } else {
        if (inside->family == 0 || !ms_addr_eq(&n.target, &r->addr))
            return REWRITE_UNCHANGED;
        n.target = *inside;
    }
    return neigh_send(w, &n);
}

/* The segment as the outside sees it. False: no port is free. */
static bool name_outside(struct ms_rewrite *r, struct rewrite_work *w, struct nat_state *s,
                         bool ports)
{
    enum { TRIES = 64 };
    struct ms_seg seg = w->seg;
    seg.src = r->addr;
    for (unsigned i = 0; i < TRIES; i++) {
        if (ports) {
            if (r->next_port < r->n || r->next_port == UINT16_MAX)
                r->next_port = (uint16_t)(r->n - 1);
            seg.sport = ++r->next_port;
        }
        if (rewrite_flow_alias(&w->chain->flows, w->flow, &seg)) {
            s->outside_port = seg.sport;
            return true;
        }
        if (!ports)
            break;
    }
    return false;
}

static enum rewrite_result outward(struct ms_rewrite *r, struct rewrite_work *w, bool selected,
                                   bool ports)
{
    struct nat_state *s = rewrite_known(w);
    learn(r, &w->seg.src);
    if ((s == NULL || !s->on) && selected && w->seg.src.family == r->addr.family &&
        (ports || ms_addr_eq(&w->seg.src, &r->inside[r->addr.family])) &&
        (s = rewrite_state(w, sizeof *s)) != NULL) {
        s->inside = w->seg.src;
        s->inside_port = w->seg.sport;
        s->on = name_outside(r, w, s, ports);
    }
    if (s == NULL || !s->on)
        return REWRITE_UNCHANGED;
    w->seg.src = r->addr;
    w->seg.sport = s->outside_port;
    return REWRITE_CHANGED;
}

static enum rewrite_result inward(struct ms_rewrite *r, struct rewrite_work *w, bool ports)
{
    const struct ms_addr *inside = &r->inside[r->addr.family];
    struct nat_state *s = rewrite_known(w);
    if (!ms_addr_eq(&w->seg.dst, &r->addr) || ms_addr_eq(inside, &r->addr))
        if (s == NULL || !s->on)
            return REWRITE_UNCHANGED;
    if (s == NULL || !s->on) {
        /* With ports of its own the box cannot know for whom this is. */
        if (ports)
            return REWRITE_GONE;
        if (inside->family == 0 || (s = rewrite_state(w, sizeof *s)) == NULL)
            return REWRITE_UNCHANGED;
        struct ms_seg seg = w->seg;
        seg.dst = *inside;
        s->inside = *inside;
        s->inside_port = s->outside_port = seg.dport;
        s->on = rewrite_flow_alias(&w->chain->flows, w->flow, &seg);
        if (!s->on)
            return REWRITE_UNCHANGED;
    }
    w->seg.dst = s->inside;
    w->seg.dport = s->inside_port;
    return REWRITE_CHANGED;
}

static enum rewrite_result nat(struct ms_rewrite *r, struct rewrite_work *w, bool selected,
                               bool ports)
{
    if (w->kind != MS_FRAME_TCP)
        return translate_neigh(r, w);
    if (w->flow == NULL)
        return REWRITE_UNCHANGED;
    return from_inside(r, w) ? outward(r, w, selected, ports) : inward(r, w, ports);
}

REWRITE_EACH(act_nat)
{
    return nat(r, w, selected, false);
}

REWRITE_EACH(act_napt)
{
    return nat(r, w, selected, true);
}
