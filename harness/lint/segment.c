/* SPDX-License-Identifier: MIT */
/* What captures of real machines do to segments: offloaded lengths and checksums, fragments. */
#include "lint/segment.h"

enum {
    PROTO_TCP = 6,
    IP6_HEADER = 40,
    IP6_FRAGMENT = 44,
    /* Beyond what one Ethernet packet holds. */
    ORDINARY = 1500,
};

static bool is_fragment(const struct ms_capture_ip *ip)
{
    const uint8_t *p = ip->octets;
    if (p[0] >> 4 == 4)
        return ip->len >= 20 && p[9] == PROTO_TCP && (ms_get16(p + 6) & 0x3fff) != 0;
    return ip->len >= IP6_HEADER + 1 && p[0] >> 4 == 6 && p[6] == IP6_FRAGMENT &&
           p[IP6_HEADER] == PROTO_TCP;
}

/* The length field, 0 for a super-segment that no such field can tell (Linux: BIG TCP). */
static uint16_t ip_length(const struct ms_capture_ip *ip)
{
    return ms_get16(ip->octets + (ip->octets[0] >> 4 == 4 ? 2 : 4));
}

enum segment_kind segment_read(const struct ms_capture_packet *p, struct ms_capture_ip *ip,
                               struct ms_seg *seg, struct ms_opt opts[MS_OPTS_MAX])
{
    struct ms_neigh neigh;
    if (!ms_capture_ip(p, ip))
        return SEGMENT_UNREAD;
    if (!ip->octets)
        return SEGMENT_OTHER;
    if (ms_ip_decode(ip->octets, ip->len, seg, opts, &neigh) != MS_FRAME_TCP)
        return is_fragment(ip) ? SEGMENT_FRAGMENT : SEGMENT_OTHER;
    /* Only the capture knows that a packet without a length of its own was cut. */
    if (p->wire_len > p->len && ip_length(ip) == 0) {
        seg->missing += p->wire_len - p->len;
        seg->csum_unknown = seg->tcp_csum_ok = true;
    }
    /* Segments that a card or driver merged on reception keep the sum of the first. */
    if (!seg->tcp_csum_ok && ip->len > ORDINARY)
        seg->csum_unknown = seg->tcp_csum_ok = true;
    return SEGMENT_TCP;
}
