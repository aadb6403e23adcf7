/* SPDX-License-Identifier: MIT */
/*
 * ARP (RFC 826) and IPv6 neighbour discovery (RFC 4861) in one shape: a request asks for `target`, an answer
 * tells that `sender` is at `sender_mac`.
 */
#include "mptcpspec/wire.h"
#include "wire/internal.h"

#include <string.h>

enum {
    ARP_LEN = 28,
    ARP_REQUEST = 1,
    ARP_REPLY = 2,
    ND_LEN = 24, /* type, code, checksum, flags, target */
    ND_SOLICIT = 135,
    ND_ADVERTISE = 136,
    ND_OPT_SOURCE = 1,
    ND_OPT_TARGET = 2,
    ND_OPT_LEN = 8,
    ND_HOP_LIMIT = 255, /* RFC 4861 7.1.1: anything less comes from beyond a router */
};

enum ms_frame_kind wire_arp_decode(const uint8_t *p, size_t len, struct ms_neigh *neigh)
{
    static const uint8_t ethernet_ip4[6] = {0, 1, 0x08, 0x00, 6, 4};
    if (len < ARP_LEN || memcmp(p, ethernet_ip4, sizeof ethernet_ip4) != 0)
        return MS_FRAME_OTHER;
    const uint16_t op = ms_get16(p + 6);
    if (op != ARP_REQUEST && op != ARP_REPLY)
        return MS_FRAME_OTHER;
    neigh->family = neigh->sender.family = neigh->target.family = MS_IPV4;
    neigh->request = op == ARP_REQUEST;
    memcpy(neigh->sender_mac, p + 8, 6);
    memcpy(neigh->sender.octets, p + 14, 4);
    memcpy(neigh->target.octets, p + 24, 4);
    return MS_FRAME_ARP;
}

/* Link-layer address option of that type, or nothing. */
static void nd_find_mac(const uint8_t *p, size_t len, uint8_t type, uint8_t mac[6])
{
    while (len >= ND_OPT_LEN) {
        const size_t n = (size_t)p[1] * 8;
        if (n == 0 || n > len)
            return;
        if (p[0] == type) {
            memcpy(mac, p + 2, 6);
            return;
        }
        p += n;
        len -= n;
    }
}

enum ms_frame_kind wire_nd_decode(const uint8_t *p, size_t len, const struct ms_addr *src,
                                  const struct ms_addr *dst, struct ms_neigh *neigh)
{
    if (len < 4)
        return MS_FRAME_OTHER;
    if (len < ND_LEN || (p[0] != ND_SOLICIT && p[0] != ND_ADVERTISE) || p[1] != 0)
        return MS_FRAME_ICMP;
    struct ms_addr named = {.family = MS_IPV6};
    memcpy(named.octets, p + 8, 16);
    neigh->family = MS_IPV6;
    neigh->request = p[0] == ND_SOLICIT;
    neigh->sender = neigh->request ? *src : named;
    neigh->target = neigh->request ? named : *dst;
    nd_find_mac(p + ND_LEN, len - ND_LEN, neigh->request ? ND_OPT_SOURCE : ND_OPT_TARGET,
                neigh->sender_mac);
    return neigh->request ? MS_FRAME_NS : MS_FRAME_NA;
}

static int arp_encode(const struct ms_neigh *n, const uint8_t src_mac[6], const uint8_t dst_mac[6],
                      uint8_t *out, size_t cap, size_t *out_len)
{
    const struct ms_addr *from = n->request ? &n->sender : &n->target;
    const struct ms_addr *to = n->request ? &n->target : &n->sender;
    if (cap < WIRE_ETH_LEN + ARP_LEN)
        return MS_ERR_SPACE;
    memcpy(out, dst_mac, 6);
    memcpy(out + 6, src_mac, 6);
    ms_put16(out + 12, WIRE_ETHERTYPE_ARP);
    uint8_t *p = out + WIRE_ETH_LEN;
    memset(p, 0, ARP_LEN);
    ms_put16(p, 1);
    ms_put16(p + 2, WIRE_ETHERTYPE_IP4);
    p[4] = 6;
    p[5] = 4;
    ms_put16(p + 6, n->request ? ARP_REQUEST : ARP_REPLY);
    memcpy(p + 8, src_mac, 6);
    memcpy(p + 14, from->octets, 4);
    if (!n->request)
        memcpy(p + 18, dst_mac, 6);
    memcpy(p + 24, to->octets, 4);
    *out_len = WIRE_ETH_LEN + ARP_LEN;
    return MS_OK;
}

static int nd_encode(const struct ms_neigh *n, const uint8_t src_mac[6], const uint8_t dst_mac[6],
                     uint8_t *out, size_t cap, size_t *out_len)
{
    enum { FLAG_SOLICITED = 0x40, FLAG_OVERRIDE = 0x20 };
    static const uint8_t solicited_node[13] = {0xff, 0x02, [11] = 0x01, [12] = 0xff};
    static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 0x01};
    static const uint8_t unspecified[16];
    /* RFC 4861 4.3: who has no address yet tells no link-layer address. */
    const bool nobody = n->request && memcmp(n->sender.octets, unspecified, 16) == 0;
    const size_t len = nobody ? ND_LEN : ND_LEN + ND_OPT_LEN;
    if (cap < WIRE_ETH_LEN + WIRE_IP6_LEN + len)
        return MS_ERR_SPACE;
    const struct ms_addr *src = n->request ? &n->sender : &n->target;
    struct ms_addr dst = n->sender;
    uint8_t flags = FLAG_SOLICITED | FLAG_OVERRIDE;
    if (n->request) {
        flags = 0;
        memcpy(dst.octets, solicited_node, sizeof solicited_node);
        memcpy(dst.octets + 13, n->target.octets + 13, 3);
    } else if (memcmp(n->sender.octets, unspecified, 16) == 0) {
        /* RFC 4861 7.2.4: whoever asks without an address is answered through all nodes. */
        flags = FLAG_OVERRIDE;
        memcpy(dst.octets, all_nodes, sizeof all_nodes);
    }
    uint8_t *p = out + wire_put_headers(out, dst_mac, src_mac, src, &dst, WIRE_PROTO_ICMP6,
                                        ND_HOP_LIMIT, 0, len);
    memset(p, 0, ND_LEN);
    p[0] = n->request ? ND_SOLICIT : ND_ADVERTISE;
    p[4] = flags;
    memcpy(p + 8, n->target.octets, 16);
    if (!nobody) {
        p[ND_LEN] = n->request ? ND_OPT_SOURCE : ND_OPT_TARGET;
        p[ND_LEN + 1] = 1;
        memcpy(p + ND_LEN + 2, src_mac, 6);
    }
    const uint32_t sum = wire_pseudo_sum(src, &dst, WIRE_PROTO_ICMP6, len);
    ms_put16(p + 2, ms_csum_finish(ms_csum_add(sum, p, len)));
    *out_len = WIRE_ETH_LEN + WIRE_IP6_LEN + len;
    return MS_OK;
}

int ms_neigh_encode(const struct ms_neigh *n, const uint8_t src_mac[6], const uint8_t dst_mac[6],
                    uint8_t *out, size_t cap, size_t *out_len)
{
    if (n->target.family == MS_IPV4)
        return arp_encode(n, src_mac, dst_mac, out, cap, out_len);
    if (n->target.family == MS_IPV6)
        return nd_encode(n, src_mac, dst_mac, out, cap, out_len);
    return MS_ERR_RANGE;
}
