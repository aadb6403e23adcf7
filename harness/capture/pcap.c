/* SPDX-License-Identifier: MIT */
/* Classic pcap: a file header, then records. */
#include <string.h>

#include "capture/input.h"

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    KUZNETZOV_HEADER = 24, /* Linux patch of 1999: eight more octets a record */
};

static int next(struct ms_capture *c, struct ms_capture_packet *out, struct ms_error *err)
{
    struct input *in = &c->in;
    const uint64_t at = in->offset;
    int rc = input_need(in, c->record_header, err);
    if (rc < 0)
        return rc;
    if (rc == 0 && input_have(in) == 0)
        return 0;
    if (rc == 0)
        return capture_damaged(c, at, err, "cut off in the header of packet %llu",
                               (unsigned long long)c->packets + 1);
    const uint8_t *p = input_at(in);
    const uint32_t sec = cap32(p, c->swapped), frac = cap32(p + 4, c->swapped);
    const uint32_t len = cap32(p + 8, c->swapped), wire_len = cap32(p + 12, c->swapped);
    if (len > MS_CAPTURE_PACKET_MAX)
        return capture_damaged(c, at, err,
                               "packet %llu claims %u octets, which no packet has: the file is "
                               "damaged here; what stands before was read",
                               (unsigned long long)c->packets + 1, len);
    rc = input_need(in, c->record_header + len, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return capture_damaged(
            c, at, err, "cut off in the middle of packet %llu: %zu of its %u octets are there",
            (unsigned long long)c->packets + 1, input_have(in) - c->record_header, len);
    *out = (struct ms_capture_packet){
        .number = ++c->packets,
        .offset = at,
        .time_ns = sec * UINT64_C(1000000000) + (uint64_t)frac * (c->nanoseconds ? 1 : 1000),
        .time_known = true,
        .link = c->iface[0].link,
        .len = len,
        .wire_len = wire_len > len ? wire_len : len,
        .octets = input_at(in) + c->record_header,
    };
    input_take(in, c->record_header + len);
    return 1;
}

static const struct magic {
    uint32_t number;
    bool nanoseconds;
    size_t record_header;
} magics[] = {
    {0xa1b2c3d4, false, RECORD_HEADER},
    {0xa1b23c4d, true, RECORD_HEADER},
    {0xa1b2cd34, false, KUZNETZOV_HEADER},
};

int pcap_begin(struct ms_capture *c, struct ms_error *err)
{
    struct input *in = &c->in;
    const struct magic *m = NULL;
    if (input_have(in) < 4)
        return 0;
    for (size_t i = 0; !m && i < 2 * MS_ARRAY_LEN(magics); i++) {
        c->swapped = i & 1;
        if (cap32(input_at(in), c->swapped) == magics[i / 2].number)
            m = &magics[i / 2];
    }
    if (!m)
        return 0;
    if (input_have(in) < FILE_HEADER)
        return capture_damaged(c, 0, err, "cut off in the header of the file");
    const uint8_t *p = input_at(in);
    if (cap16(p + 4, c->swapped) != 2)
        return capture_damaged(c, 4, err, "pcap version %u.%u is not known",
                               cap16(p + 4, c->swapped), cap16(p + 6, c->swapped));
    /* The upper six bits of the link type tell the length of a frame check sequence. */
    const struct iface i = {.snap = cap32(p + 16, c->swapped),
                            .link = cap32(p + 20, c->swapped) & 0x03ffffff};
    int rc = capture_iface_add(c, &i, err);
    if (rc < 0)
        return rc;
    c->format = "pcap";
    c->nanoseconds = m->nanoseconds;
    c->record_header = m->record_header;
    c->next = next;
    input_take(in, FILE_HEADER);
    return 1;
}
