/* SPDX-License-Identifier: MIT */
/* From a captured frame to the IP packet in it, by link type. Tunnels are not looked into. */
#include "mptcpspec/capture.h"

#include <pcap/pcap.h>
#include <string.h>

enum {
    ETHER_IP4 = 0x0800,
    ETHER_IP6 = 0x86dd,
    TAGS_MAX = 8,
    /* Kinds of packet of the cooked headers. */
    COOKED_OUTGOING = 4,
};

/* A mixing function for what tells paths apart; its values mean nothing. */
static uint64_t mix(uint64_t h, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* `type` is an EtherType; `at` stands behind it. VLAN tags are stepped over. */
static void ether(struct ms_capture_ip *out, uint16_t type, const uint8_t *p, size_t at, size_t len)
{
    for (unsigned tags = 0; tags < TAGS_MAX; tags++) {
        if (type != 0x8100 && type != 0x88a8 && type != 0x9100 && type != 0x9200)
            break;
        if (len - at < 4)
            return;
        out->path = mix(out->path, p + at, 2);
        type = ms_get16(p + at + 2);
        at += 4;
    }
    if ((type == ETHER_IP4 || type == ETHER_IP6) && at < len) {
        out->octets = p + at;
        out->len = len - at;
    }
}

static void strip_ethernet(const uint8_t *p, size_t len, struct ms_capture_ip *out)
{
    if (len < 14)
        return;
    out->path = mix(out->path, p, 12);
    ether(out, ms_get16(p + 12), p, 14, len);
}

static enum ms_capture_dir cooked_direction(unsigned kind)
{
    return kind == COOKED_OUTGOING ? MS_CAPTURE_OUT
           : kind == 0             ? MS_CAPTURE_IN
                                   : MS_CAPTURE_UNKNOWN;
}

static void strip_cooked(const uint8_t *p, size_t len, struct ms_capture_ip *out)
{
    if (len < 16)
        return;
    if (out->dir == MS_CAPTURE_UNKNOWN)
        out->dir = cooked_direction(ms_get16(p));
    out->path = mix(out->path, p, 14);
    ether(out, ms_get16(p + 14), p, 16, len);
}

static void strip_cooked2(const uint8_t *p, size_t len, struct ms_capture_ip *out)
{
    if (len < 20)
        return;
    if (out->dir == MS_CAPTURE_UNKNOWN)
        out->dir = cooked_direction(p[10]);
    out->path = mix(out->path, p + 4, 16);
    ether(out, ms_get16(p), p, 20, len);
}

static void strip_raw(const uint8_t *p, size_t len, struct ms_capture_ip *out)
{
    out->octets = len ? p : NULL;
    out->len = len;
}

/* Four octets of address family in somebody's byte order and numbering: the IP header tells the version. */
static void strip_loopback(const uint8_t *p, size_t len, struct ms_capture_ip *out)
{
    if (len > 4)
        strip_raw(p + 4, len - 4, out);
}

/* Numbers of https://www.tcpdump.org/linktypes.html, and the DLT_ numbers that old files hold. */
static const struct link_type {
    uint32_t number;
    const char *name;
    void (*strip)(const uint8_t *p, size_t len, struct ms_capture_ip *out);
} links[] = {
    {1, "Ethernet", strip_ethernet},
    {113, "Linux cooked", strip_cooked},
    {276, "Linux cooked v2", strip_cooked2},
    {101, "raw IP", strip_raw},
    {12, "raw IP", strip_raw},
    {14, "raw IP", strip_raw},
    {228, "raw IPv4", strip_raw},
    {229, "raw IPv6", strip_raw},
    {0, "BSD loopback", strip_loopback},
    {108, "OpenBSD loopback", strip_loopback},
};

static const struct link_type *find(uint32_t number)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(links); i++)
        if (links[i].number == number)
            return &links[i];
    return NULL;
}

bool ms_capture_ip(const struct ms_capture_packet *p, struct ms_capture_ip *out)
{
    const struct link_type *l = find(p->link);
    *out = (struct ms_capture_ip){.dir = p->dir, .path = UINT64_C(0xcbf29ce484222325) ^ p->iface};
    if (!l)
        return false;
    l->strip(p->octets, p->len, out);
    /* Which way it went is part of the way it was seen. */
    out->path = out->path * 4 + out->dir;
    return true;
}

const char *ms_capture_link_name(uint32_t link)
{
    const struct link_type *l = find(link);
    return l ? l->name : NULL;
}

const char *ms_capture_link_description(uint32_t link)
{
    /* The numbers of files and of libpcap agree but for a few old ones. */
    return pcap_datalink_val_to_description((int)link);
}

void ms_capture_links_text(struct ms_buf *out)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(links); i++)
        ms_buf_printf(out, "%s%s (%u)", i ? ", " : "", links[i].name, links[i].number);
}
