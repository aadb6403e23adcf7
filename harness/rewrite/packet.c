/* SPDX-License-Identifier: MIT */
/* Frames taken apart once, and put together again around what a rewrite did not touch. */
#include "rewrite/chain_int.h"

#include <string.h>

enum { IP4_TOTAL = 2, IP4_CSUM = 10, IP6_PAYLOAD = 4, TCP_CSUM = 16 };

/* The decoder has checked the lengths on the way. */
static size_t tcp_offset(const uint8_t *frame)
{
    const uint8_t *ip = frame + REWRITE_ETH_LEN;
    if (ip[0] >> 4 == 4)
        return REWRITE_ETH_LEN + (size_t)(ip[0] & 0x0f) * 4;
    size_t at = REWRITE_ETH_LEN + REWRITE_IP6_LEN;
    for (uint8_t proto = ip[6]; proto != 6;) {
        proto = frame[at];
        at += 8 + (size_t)frame[at + 1] * 8;
    }
    return at;
}

bool rewrite_packet_decode(struct rewrite_work *w)
{
    if (!w->decoded) {
        w->decoded = true;
        w->kind = w->len > REWRITE_FRAME_MAX
                      ? MS_FRAME_OTHER
                      : ms_frame_decode(w->frame, w->len, &w->seg, w->opts, &w->neigh);
        w->payload = NULL;
        if (w->kind == MS_FRAME_TCP) {
            w->tcp_at = tcp_offset(w->frame);
            w->tcp_len = (size_t)(w->seg.payload - w->frame) + w->seg.payload_len - w->tcp_at;
        }
    }
    return w->kind == MS_FRAME_TCP;
}

void rewrite_packet_own(struct rewrite_work *w)
{
    if (w->payload != NULL)
        return;
    w->payload = w->chain->payload;
    w->payload_cap = FRAME_BUF;
    memcpy(w->payload, w->seg.payload, w->seg.payload_len);
    w->seg.payload = w->payload;
}

/* The 16-bit sum of a TCP segment with its pseudo-header (RFC 9293 3.1), folded. */
static uint16_t tcp_sum(const struct ms_addr *src, const struct ms_addr *dst, const uint8_t *tcp,
                        size_t len, size_t missing)
{
    const size_t n = src->family == MS_IPV6 ? 16 : 4;
    uint8_t tail[6];
    ms_put32(tail, (uint32_t)(len + missing));
    ms_put16(tail + 4, 6);
    uint32_t sum = ms_csum_add(ms_csum_add(0, src->octets, n), dst->octets, n);
    sum = ms_csum_add(ms_csum_add(sum, tail, sizeof tail), tcp, len);
    return (uint16_t)~ms_csum_finish(sum);
}

/* What the sum was, it shall be again (RFC 1624): `is` comes without the checksum's own field. */
static uint16_t keep_sum(uint16_t was, uint16_t is)
{
    if (was == 0xffff)
        return ms_csum_finish(is);
    return (uint16_t)~ms_csum_finish((uint32_t)was + (uint16_t)~is);
}

static void put_ip4(const struct rewrite_work *w, const struct ms_seg *seg, uint8_t *ip,
                    size_t ip_len, long grown)
{
    const uint16_t was = (uint16_t)~ms_csum_finish(ms_csum_add(0, ip, ip_len));
    const uint16_t total = ms_get16(ip + IP4_TOTAL);
    ip[1] = seg->tos;
    /* Behind segmentation offload it is 0. */
    if (total != 0)
        ms_put16(ip + IP4_TOTAL, (uint16_t)(total + grown));
    ip[8] = seg->ttl;
    memcpy(ip + 12, seg->src.octets, 4);
    memcpy(ip + 16, seg->dst.octets, 4);
    ms_put16(ip + IP4_CSUM, 0);
    const uint16_t is = (uint16_t)~ms_csum_finish(ms_csum_add(0, ip, ip_len));
    ms_put16(ip + IP4_CSUM, keep_sum(w->seg.ip_csum_ok ? 0xffff : was, is));
}

static void put_ip6(const struct ms_seg *seg, uint8_t *ip, long grown)
{
    const uint16_t payload = ms_get16(ip + IP6_PAYLOAD);
    ip[0] = (uint8_t)(6 << 4 | seg->tos >> 4);
    ip[1] = (uint8_t)(seg->tos << 4 | (ip[1] & 0x0f));
    if (payload != 0)
        ms_put16(ip + IP6_PAYLOAD, (uint16_t)(payload + grown));
    ip[7] = seg->ttl;
    memcpy(ip + 8, seg->src.octets, 16);
    memcpy(ip + 24, seg->dst.octets, 16);
}

/* The packet's length fits its field. */
static bool length_fits(const struct rewrite_work *w, long grown)
{
    const uint8_t *ip = w->frame + REWRITE_ETH_LEN;
    const long was = ms_get16(ip + (ip[0] >> 4 == 4 ? IP4_TOTAL : IP6_PAYLOAD));
    return was == 0 || was + grown <= 65535;
}

int rewrite_packet_build(const struct rewrite_work *w, const struct ms_seg *seg, uint8_t *out,
                         size_t cap, size_t *out_len)
{
    const bool six = w->frame[REWRITE_ETH_LEN] >> 4 == 6;
    const size_t plain = REWRITE_ETH_LEN + (size_t)(six ? REWRITE_IP6_LEN : REWRITE_IP4_LEN);
    struct ms_seg s = *seg;
    size_t n = 0;
    /*
     * A data offset that told the truth and was not touched is computed anew for the new options; one that
     * the rewrite set, or that was below the header already, stands.
     */
    const uint8_t doff_was = w->frame[w->tcp_at + 12] >> 4;
    if (s.doff == doff_was && (size_t)doff_was * 4 >= REWRITE_TCP_LEN)
        s.doff = 0;
    if ((s.src.family == MS_IPV6) != six || (s.dst.family == MS_IPV6) != six || cap < w->tcp_at)
        return MS_ERR_RANGE;
    int rc = ms_seg_encode(&s, out + (w->tcp_at - plain), cap - (w->tcp_at - plain), &n);
    if (rc != MS_OK)
        return rc;
    const size_t tcp_len = n - plain;
    const long grown = (long)tcp_len - (long)w->tcp_len;
    if (!length_fits(w, grown))
        return MS_ERR_RANGE;
    memcpy(out, w->frame, w->tcp_at);
    memcpy(out, s.eth_dst, 6);
    memcpy(out + 6, s.eth_src, 6);
    uint8_t *ip = out + REWRITE_ETH_LEN, *tcp = out + w->tcp_at;
    if (six)
        put_ip6(&s, ip, grown);
    else
        put_ip4(w, &s, ip, w->tcp_at - REWRITE_ETH_LEN, grown);
    if (!s.keep_csum) {
        const uint8_t *old = w->frame + w->tcp_at;
        const struct ms_seg *o = &w->seg;
        struct ms_addr src = o->src, dst = o->dst;
        memcpy(src.octets, w->frame + REWRITE_ETH_LEN + (six ? 8 : 12), six ? 16 : 4);
        memcpy(dst.octets, w->frame + REWRITE_ETH_LEN + (six ? 24 : 16), six ? 16 : 4);
        const uint16_t was = o->tcp_csum_ok && !o->csum_unknown
                                 ? 0xffff
                                 : tcp_sum(&src, &dst, old, w->tcp_len, o->missing);
        ms_put16(tcp + TCP_CSUM, 0);
        ms_put16(tcp + TCP_CSUM, keep_sum(was, tcp_sum(&s.src, &s.dst, tcp, tcp_len, o->missing)));
    }
    *out_len = w->tcp_at + tcp_len;
    return MS_OK;
}
