/* SPDX-License-Identifier: MIT */
/* What becomes of packets between the hosts and the place of capture: other headers, addresses, sums and sizes. */
#ifndef MPTCPSPEC_VIEWS_H
#define MPTCPSPEC_VIEWS_H

#include "capfile.h"

#define VIEW_ETH 14

/* One packet of an Ethernet capture, altered in place. */
typedef void view_alter(struct cap_packet *p);

static inline bool view_decode(const struct cap_packet *p, struct ms_seg *seg,
                               struct ms_opt opt[MS_OPTS_MAX])
{
    struct ms_neigh neigh;
    if (p->len != p->wire)
        return false; /* what was cut cannot be put together again */
    return ms_frame_decode(p->octets, p->len, seg, opt, &neigh) == MS_FRAME_TCP;
}

static inline void view_put(struct cap_packet *p, const struct ms_seg *seg)
{
    static uint8_t frame[65536 + 64];
    size_t len = 0;
    ck_assert_int_eq(ms_seg_encode(seg, frame, sizeof frame, &len), MS_OK);
    free(p->octets);
    p->octets = malloc(len);
    ck_assert_ptr_nonnull(p->octets);
    memcpy(p->octets, frame, len);
    p->len = p->wire = len;
}

static inline void view_same(struct cap_packet *p)
{
    (void)p;
}

/* Behind a router: one hop less, other MAC addresses. */
static inline void view_routed(struct cap_packet *p)
{
    struct ms_seg seg;
    struct ms_opt opt[MS_OPTS_MAX];
    if (!view_decode(p, &seg, opt))
        return;
    seg.ttl--;
    seg.eth_src[4] = seg.eth_dst[4] = 7;
    seg.keep_csum = true;
    view_put(p, &seg);
}

static inline void view_vlan(struct cap_packet *p)
{
    uint8_t *tagged = malloc(p->len + 4);
    ck_assert_ptr_nonnull(tagged);
    memcpy(tagged, p->octets, 12);
    ms_put16(tagged + 12, 0x8100);
    ms_put16(tagged + 14, 42);
    memcpy(tagged + 16, p->octets + 12, p->len - 12);
    free(p->octets);
    p->octets = tagged;
    p->len += 4;
    p->wire += 4;
}

/* Host A, whose address ends in 1, behind an address translator. */
static inline void view_translated(struct cap_packet *p)
{
    struct ms_seg seg;
    struct ms_opt opt[MS_OPTS_MAX];
    if (!view_decode(p, &seg, opt))
        return;
    unsigned last = seg.family == MS_IPV4 ? 3 : 15;
    bool from_a = seg.src.octets[last] == 1;
    struct ms_addr *a = from_a ? &seg.src : &seg.dst;
    uint16_t *port = from_a ? &seg.sport : &seg.dport;
    *port = (uint16_t)(*port + 20000 + a->octets[last - 1] * 16);
    a->octets[last - 1] = 99;
    seg.ttl--;
    seg.eth_src[4] = seg.eth_dst[4] = 7;
    view_put(p, &seg);
}

/* As seen by the host that sends it when the network card does the sum: that of the pseudo-header stands there. */
static inline void view_unfinished(struct cap_packet *p)
{
    struct ms_seg seg;
    struct ms_opt opt[MS_OPTS_MAX];
    uint8_t tail[8] = {0};
    if (!view_decode(p, &seg, opt))
        return;
    size_t octets = seg.family == MS_IPV6 ? 16 : 4;
    uint32_t sum = ms_csum_add(0, seg.src.octets, octets);
    sum = ms_csum_add(sum, seg.dst.octets, octets);
    ms_put32(tail, (uint32_t)(seg.doff * 4u + seg.payload_len));
    tail[7] = 6;
    seg.csum = (uint16_t)~ms_csum_finish(ms_csum_add(sum, tail, sizeof tail));
    seg.keep_csum = true;
    view_put(p, &seg);
}

/* Only what host A sends, when the capture is made there. */
static inline void view_unfinished_a(struct cap_packet *p)
{
    if (p->octets[VIEW_ETH - 3] == 1)
        view_unfinished(p);
}

/* The octets beyond the snap length are gone. */
static inline void view_cut(struct capture *c, size_t snap)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->packet[i].len > snap)
            c->packet[i].len = snap;
}

/* Neighbours of one direction that continue each other become one, as receive offload hands them up. */
static inline void view_merge(struct capture *c)
{
    size_t out = 0;
    for (size_t i = 0; i < c->n; i++) {
        static uint8_t payload[65536];
        struct ms_seg a, b;
        struct ms_opt oa[MS_OPTS_MAX], ob[MS_OPTS_MAX];
        bool joined = false;
        if (out && view_decode(&c->packet[out - 1], &a, oa) && view_decode(&c->packet[i], &b, ob) &&
            a.payload_len && b.payload_len && a.sport == b.sport && a.dport == b.dport &&
            ms_addr_eq(&a.src, &b.src) && a.seq + a.payload_len == b.seq && a.n_opt == b.n_opt) {
            joined = true;
            for (unsigned k = 0; k < a.n_opt; k++)
                joined = joined && oa[k].kind == ob[k].kind &&
                         memcmp(oa[k].raw, ob[k].raw, oa[k].occupied) == 0;
        }
        if (joined) {
            memcpy(payload, a.payload, a.payload_len);
            memcpy(payload + a.payload_len, b.payload, b.payload_len);
            a.payload_len += b.payload_len;
            a.payload = payload;
            view_put(&c->packet[out - 1], &a);
            free(c->packet[i].octets);
        } else {
            c->packet[out++] = c->packet[i];
        }
    }
    c->n = out;
}

/* The same packets, and once more from elsewhere. */
static const struct view {
    const char *name;
    view_alter *first, *second;
    bool network; /* as on the way only */
} views[] = {
    {"as it is", view_same, NULL, false},
    {"unfinished sums", view_unfinished, NULL, false},
    {"unfinished sums of one host", view_unfinished_a, NULL, false},
    {"VLAN", view_vlan, NULL, false},
    {"twice the same", view_same, view_same, true},
    {"before and behind a router", view_same, view_routed, false},
    {"unfinished sums, then behind a router", view_unfinished, view_routed, false},
    {"VLAN and without", view_vlan, view_same, false},
    {"VLAN behind a router", view_routed, view_vlan, false},
    {"both sides of a translator", view_same, view_translated, false},
    {"behind a translator", view_translated, NULL, false},
};

/* The second view lags behind by some packets; one view may lack a packet, or hold merged ones. */
static inline void view_make(const struct capture *b, const struct view *v, size_t lag, bool merge,
                             size_t lacks, struct capture *c)
{
    struct capture first = {.link = b->link}, second = {.link = b->link};
    cap_append(&first, b, 0, b->n);
    cap_append(&second, b, 0, lacks < b->n ? lacks : b->n);
    cap_append(&second, b, lacks + 1, b->n);
    if (merge)
        view_merge(&first);
    for (size_t i = 0; i < first.n; i++)
        v->first(&first.packet[i]);
    for (size_t i = 0; v->second && i < second.n; i++)
        v->second(&second.packet[i]);
    size_t at = 0;
    for (size_t i = 0; i < first.n; i++) {
        cap_append(c, &first, i, i + 1);
        uint64_t now = first.packet[i].time_ns;
        for (; v->second && at < second.n && second.packet[at].time_ns + lag * 1000000u <= now;
             at++)
            cap_append(c, &second, at, at + 1);
    }
    if (v->second)
        cap_append(c, &second, at, second.n);
    cap_free(&first);
    cap_free(&second);
}

#endif
