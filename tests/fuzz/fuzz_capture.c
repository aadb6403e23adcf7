/* SPDX-License-Identifier: MIT */
/* libFuzzer target: a capture file of anybody, its link layers, and the recognition of further views. */
#include "mptcpspec/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held)
        __builtin_trap();
}

static bool inside(const uint8_t *data, size_t size, const uint8_t *p, size_t n)
{
    return n == 0 || (p >= data && n <= size && (size_t)(p - data) <= size - n);
}

static uint64_t sum; /* of what was read, so that a sanitizer sees each octet touched */

static void touch(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += p[i];
}

static void packet(struct ms_views *views, const struct ms_capture_packet *p)
{
    struct ms_capture_ip ip;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    struct ms_view view;
    const char *text;
    size_t n;
    for (uint32_t pos = 0; ms_capture_comment(p, &pos, &text, &n);) {
        must(inside(p->option, p->option_len, (const uint8_t *)text, n));
        touch((const uint8_t *)text, n);
    }
    if (!ms_capture_ip(p, &ip)) {
        must(!ms_capture_link_name(p->link));
        return;
    }
    if (!ip.octets)
        return;
    must(ip.len > 0 && inside(p->octets, p->len, ip.octets, ip.len));
    touch(ip.octets, ip.len);
    if (ms_ip_decode(ip.octets, ip.len, &seg, opts, &neigh) != MS_FRAME_TCP)
        return;
    must(inside(ip.octets, ip.len, seg.payload, seg.payload_len));
    ms_views_look(views, &seg, &ip, p->time_ns, &view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ms_views
        *views; /* large and of fixed size: what it remembers is part of the test */
    struct ms_capture *c;
    struct ms_capture_packet p;
    struct ms_error err = {0};
    uint64_t number = 0, offset = 0;
    int rc = ms_capture_open_memory(&c, data, size, &err);
    if (!views)
        views = ms_views_new();
    must(views != NULL);
    if (rc < 0) {
        must(err.msg[0] != '\0');
        return 0;
    }
    while ((rc = ms_capture_next(c, &p, &err)) > 0) {
        must(p.number == ++number && p.offset >= offset && p.offset < size);
        must(p.len <= p.wire_len && p.len <= MS_CAPTURE_PACKET_MAX * 2);
        must(inside(data, size, p.octets, p.len));
        must(inside(data, size, p.option, p.option_len));
        touch((const uint8_t *)ms_capture_iface_name(c, p.iface), 1);
        offset = p.offset;
        packet(views, &p);
    }
    must(rc == 0 || err.msg[0] != '\0');
    ms_capture_close(c);
    return 0;
}
