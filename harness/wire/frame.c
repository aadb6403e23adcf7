/* SPDX-License-Identifier: MIT */
/* Frames to structs: Ethernet, IPv4, IPv6 and TCP headers. Lengths are believed as far as the frame goes. */
#include "mptcpspec/wire.h"
#include "wire/internal.h"

#include <string.h>

/* What the IP header says about the packet behind it. */
struct ip_view {
    struct ms_addr src, dst;
    uint8_t ttl, tos, proto;
    bool csum_ok;
    const uint8_t *data; /* after the IP header and its extensions */
    size_t len;          /* octets there are */
    size_t claimed;      /* octets there should be */
};

static void addr_from(struct ms_addr *a, uint8_t family, const uint8_t *p)
{
    *a = (struct ms_addr){.family = family};
    memcpy(a->octets, p, family == MS_IPV6 ? 16 : 4);
}

static bool ip4_decode(const uint8_t *p, size_t len, struct ip_view *v)
{
    if (len < WIRE_IP4_LEN)
        return false;
    const size_t ihl = (size_t)(p[0] & 0x0f) * 4;
    size_t total = ms_get16(p + 2);
    /* A capture behind segmentation offload shows 0 for a packet beyond 64 KiB. */
    if (total == 0)
        total = len;
    if (ihl < WIRE_IP4_LEN || ihl > len || total < ihl)
        return false;
    /* More fragments, or an offset: no whole segment stands here. */
    if ((ms_get16(p + 6) & 0x3fff) != 0)
        return false;
    v->tos = p[1];
    v->ttl = p[8];
    v->proto = p[9];
    v->csum_ok = ms_csum_finish(ms_csum_add(0, p, ihl)) == 0;
    addr_from(&v->src, MS_IPV4, p + 12);
    addr_from(&v->dst, MS_IPV4, p + 16);
    v->data = p + ihl;
    v->claimed = total - ihl;
    v->len = len - ihl < v->claimed ? len - ihl : v->claimed;
    return true;
}

/* Hop-by-hop, routing and destination options (RFC 8200 4.3 to 4.6) say nothing to TCP: stepped over. */
static bool ip6_skip_extensions(struct ip_view *v)
{
    enum { HOP_BY_HOP = 0, ROUTING = 43, DEST_OPTIONS = 60 };
    while (v->proto == HOP_BY_HOP || v->proto == ROUTING || v->proto == DEST_OPTIONS) {
        if (v->len < 8)
            return false;
        const size_t n = 8 + (size_t)v->data[1] * 8;
        if (n > v->len)
            return false;
        v->proto = v->data[0];
        v->data += n;
        v->len -= n;
        v->claimed -= n;
    }
    return true;
}

static bool ip6_decode(const uint8_t *p, size_t len, struct ip_view *v)
{
    if (len < WIRE_IP6_LEN)
        return false;
    v->tos = (uint8_t)((p[0] & 0x0f) << 4 | p[1] >> 4);
    v->proto = p[6];
    v->ttl = p[7];
    v->csum_ok = true;
    addr_from(&v->src, MS_IPV6, p + 8);
    addr_from(&v->dst, MS_IPV6, p + 24);
    v->data = p + WIRE_IP6_LEN;
    v->len = len - WIRE_IP6_LEN;
    v->claimed = ms_get16(p + 4) != 0 ? ms_get16(p + 4) : v->len;
    if (v->len > v->claimed)
        v->len = v->claimed;
    return ip6_skip_extensions(v);
}

static enum ms_frame_kind tcp_decode(const struct ip_view *v, struct ms_seg *seg,
                                     struct ms_opt opts[MS_OPTS_MAX])
{
    const uint8_t *p = v->data;
    if (v->len < WIRE_TCP_LEN)
        return MS_FRAME_OTHER;
    seg->family = v->src.family;
    seg->src = v->src;
    seg->dst = v->dst;
    seg->ttl = v->ttl;
    seg->tos = v->tos;
    seg->sport = ms_get16(p);
    seg->dport = ms_get16(p + 2);
    seg->seq = ms_get32(p + 4);
    seg->ack = ms_get32(p + 8);
    seg->doff = p[12] >> 4;
    seg->reserved = p[12] & 0x0f;
    seg->flags = p[13];
    seg->win = ms_get16(p + 14);
    seg->csum = ms_get16(p + 16);
    seg->urg = ms_get16(p + 18);
    seg->ip_csum_ok = v->csum_ok;
    /* A segment cut short cannot be verified. */
    seg->csum_unknown = v->len < v->claimed;
    const uint32_t sum = wire_pseudo_sum(&v->src, &v->dst, WIRE_PROTO_TCP, v->claimed);
    seg->tcp_csum_ok = seg->csum_unknown || ms_csum_finish(ms_csum_add(sum, p, v->len)) == 0;
    size_t header = (size_t)seg->doff * 4;
    if (header < WIRE_TCP_LEN)
        header = WIRE_TCP_LEN;
    seg->opts_cut = header > v->len && header <= v->claimed;
    const size_t at_hand = header < v->len ? header : v->len;
    seg->opt = opts;
    seg->n_opt = (uint8_t)ms_opts_decode(p + WIRE_TCP_LEN, at_hand - WIRE_TCP_LEN, opts);
    /* The option in which the frame ends is no malformed one. */
    if (seg->opts_cut && seg->n_opt && opts[seg->n_opt - 1].bad)
        seg->n_opt--;
    seg->payload = p + at_hand;
    seg->payload_len = v->len - at_hand;
    seg->missing = v->claimed - v->len;
    if (seg->opts_cut)
        seg->missing = v->claimed - header;
    return MS_FRAME_TCP;
}

/* `seg` and `neigh` are clear. */
static enum ms_frame_kind ip_decode(const uint8_t *ip, size_t len, struct ms_seg *seg,
                                    struct ms_opt opts[MS_OPTS_MAX], struct ms_neigh *neigh)
{
    struct ip_view v;
    if (len == 0)
        return MS_FRAME_OTHER;
    const uint8_t version = ip[0] >> 4;
    if (version == 4 ? !ip4_decode(ip, len, &v) : version != 6 || !ip6_decode(ip, len, &v))
        return MS_FRAME_OTHER;
    if (v.proto == WIRE_PROTO_TCP)
        return tcp_decode(&v, seg, opts);
    if (version == 4 && v.proto == WIRE_PROTO_ICMP)
        return MS_FRAME_ICMP;
    if (version == 6 && v.proto == WIRE_PROTO_ICMP6)
        return wire_nd_decode(v.data, v.len, &v.src, &v.dst, neigh);
    return MS_FRAME_OTHER;
}

enum ms_frame_kind ms_ip_decode(const uint8_t *ip, size_t len, struct ms_seg *seg,
                                struct ms_opt opts[MS_OPTS_MAX], struct ms_neigh *neigh)
{
    ms_clear(seg, sizeof *seg);
    ms_clear(neigh, sizeof *neigh);
    return ip_decode(ip, len, seg, opts, neigh);
}

enum ms_frame_kind ms_frame_decode(const uint8_t *frame, size_t len, struct ms_seg *seg,
                                   struct ms_opt opts[MS_OPTS_MAX], struct ms_neigh *neigh)
{
    ms_clear(seg, sizeof *seg);
    ms_clear(neigh, sizeof *neigh);
    if (len <= WIRE_ETH_LEN)
        return MS_FRAME_OTHER;
    const uint8_t *body = frame + WIRE_ETH_LEN;
    const uint16_t type = ms_get16(frame + 12);
    enum ms_frame_kind kind = MS_FRAME_OTHER;
    if (type == WIRE_ETHERTYPE_ARP)
        kind = wire_arp_decode(body, len - WIRE_ETH_LEN, neigh);
    else if ((type == WIRE_ETHERTYPE_IP4 && body[0] >> 4 == 4) ||
             (type == WIRE_ETHERTYPE_IP6 && body[0] >> 4 == 6))
        kind = ip_decode(body, len - WIRE_ETH_LEN, seg, opts, neigh);
    memcpy(seg->eth_dst, frame, 6);
    memcpy(seg->eth_src, frame + 6, 6);
    memcpy(neigh->eth_src, frame + 6, 6);
    return kind;
}
