/* SPDX-License-Identifier: MIT */
/* Structs to frames. Whatever the segment says is written, sensible or not; only sizes are checked. */
#include "mptcpspec/wire.h"
#include "wire/internal.h"

#include <string.h>

#define TTL_DEFAULT 64

static size_t put_ip4(uint8_t *p, const struct ms_addr *src, const struct ms_addr *dst,
                      uint8_t proto, uint8_t ttl, uint8_t tos, size_t n)
{
    memset(p, 0, WIRE_IP4_LEN);
    p[0] = 0x45;
    p[1] = tos;
    ms_put16(p + 2, (uint16_t)(WIRE_IP4_LEN + n));
    ms_put16(p + 6, 0x4000); /* do not fragment: then RFC 6864 lets the identification be 0 */
    p[8] = ttl;
    p[9] = proto;
    memcpy(p + 12, src->octets, 4);
    memcpy(p + 16, dst->octets, 4);
    ms_put16(p + 10, ms_csum_finish(ms_csum_add(0, p, WIRE_IP4_LEN)));
    return WIRE_IP4_LEN;
}

static size_t put_ip6(uint8_t *p, const struct ms_addr *src, const struct ms_addr *dst,
                      uint8_t proto, uint8_t ttl, uint8_t tos, size_t n)
{
    ms_put32(p, 0x60000000u | (uint32_t)tos << 20);
    ms_put16(p + 4, (uint16_t)n);
    p[6] = proto;
    p[7] = ttl;
    memcpy(p + 8, src->octets, 16);
    memcpy(p + 24, dst->octets, 16);
    return WIRE_IP6_LEN;
}

size_t wire_put_headers(uint8_t *out, const uint8_t eth_dst[6], const uint8_t eth_src[6],
                        const struct ms_addr *src, const struct ms_addr *dst, uint8_t proto,
                        uint8_t ttl, uint8_t tos, size_t n)
{
    const bool six = src->family == MS_IPV6;
    memcpy(out, eth_dst, 6);
    memcpy(out + 6, eth_src, 6);
    ms_put16(out + 12, six ? WIRE_ETHERTYPE_IP6 : WIRE_ETHERTYPE_IP4);
    out += WIRE_ETH_LEN;
    return WIRE_ETH_LEN + (six ? put_ip6(out, src, dst, proto, ttl, tos, n)
                               : put_ip4(out, src, dst, proto, ttl, tos, n));
}

/* Options and their padding to whole words; returns the octets written. */
static size_t put_options(uint8_t *p, const struct ms_seg *seg)
{
    size_t n = 0;
    uint8_t pad = MS_TCPOPT_NOP;
    for (unsigned i = 0; i < seg->n_opt; i++) {
        memcpy(p + n, seg->opt[i].raw, seg->opt[i].occupied);
        n += seg->opt[i].occupied;
        /* RFC 9293 3.1: what follows the end-of-options octet is zero. */
        if (seg->opt[i].kind == MS_TCPOPT_EOL)
            pad = 0;
    }
    while (n % 4 != 0)
        p[n++] = pad;
    return n;
}

int ms_seg_encode(const struct ms_seg *seg, uint8_t *out, size_t cap, size_t *out_len)
{
    const size_t opts = wire_opts_size(seg->opt, seg->n_opt);
    if (opts > WIRE_OPTS_LEN)
        return MS_ERR_RANGE;
    const size_t header = WIRE_TCP_LEN + (opts + 3) / 4 * 4;
    const size_t tcp_len = header + seg->payload_len;
    const size_t ip = seg->src.family == MS_IPV6 ? WIRE_IP6_LEN : WIRE_IP4_LEN;
    /* Both IP headers count in 16 bits, that of IPv4 includes itself. */
    if (seg->payload_len > 65535 || tcp_len + (ip == WIRE_IP4_LEN ? ip : 0) > 65535)
        return MS_ERR_RANGE;
    if (WIRE_ETH_LEN + ip + tcp_len > cap)
        return MS_ERR_SPACE;

    const uint8_t ttl = seg->ttl != 0 ? seg->ttl : TTL_DEFAULT;
    uint8_t *p = out + wire_put_headers(out, seg->eth_dst, seg->eth_src, &seg->src, &seg->dst,
                                        WIRE_PROTO_TCP, ttl, seg->tos, tcp_len);
    ms_put16(p, seg->sport);
    ms_put16(p + 2, seg->dport);
    ms_put32(p + 4, seg->seq);
    ms_put32(p + 8, seg->ack);
    const size_t doff = seg->doff != 0 ? seg->doff : header / 4;
    p[12] = (uint8_t)(doff << 4 | (seg->reserved & 0x0f));
    p[13] = seg->flags;
    ms_put16(p + 14, seg->win);
    ms_put16(p + 16, 0);
    ms_put16(p + 18, seg->urg);
    put_options(p + WIRE_TCP_LEN, seg);
    if (seg->payload_len != 0)
        memcpy(p + header, seg->payload, seg->payload_len);
    const uint32_t sum = wire_pseudo_sum(&seg->src, &seg->dst, WIRE_PROTO_TCP, tcp_len);
    ms_put16(p + 16, seg->keep_csum ? seg->csum : ms_csum_finish(ms_csum_add(sum, p, tcp_len)));
    *out_len = WIRE_ETH_LEN + ip + tcp_len;
    return MS_OK;
}

const struct ms_opt *ms_seg_mp(const struct ms_seg *seg, uint8_t subtype)
{
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (seg->opt[i].kind == MS_TCPOPT_MPTCP && seg->opt[i].mp.subtype == subtype)
            return &seg->opt[i];
    return NULL;
}

const struct ms_opt *ms_seg_opt(const struct ms_seg *seg, uint8_t kind)
{
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (seg->opt[i].kind == kind)
            return &seg->opt[i];
    return NULL;
}

bool ms_seg_has_mptcp(const struct ms_seg *seg)
{
    return ms_seg_opt(seg, MS_TCPOPT_MPTCP) != NULL;
}

uint32_t ms_seg_len(const struct ms_seg *seg)
{
    return (uint32_t)(seg->payload_len + seg->missing) + ((seg->flags & MS_TH_SYN) != 0) +
           ((seg->flags & MS_TH_FIN) != 0);
}
