/* SPDX-License-Identifier: MIT */
/* Captures in memory, for the tests of lint: packets are added, dropped, doubled, cut, and written as a pcap file. */
#ifndef MPTCPSPEC_CAPFILE_H
#define MPTCPSPEC_CAPFILE_H

#include "mptcpspec/wire.h"
#include "unit.h"

enum { CAP_ETHERNET = 1, CAP_RAW = 101, CAP_SLL2 = 276 }; /* LINKTYPE_* */

struct cap_packet {
    uint64_t time_ns;
    uint8_t *octets;
    size_t len;  /* octets at hand */
    size_t wire; /* octets that the packet had */
};

struct capture {
    int link;
    struct cap_packet *packet;
    size_t n, room;
};

static inline void cap_add(struct capture *c, uint64_t time_ns, const uint8_t *octets, size_t len)
{
    if (c->n == c->room) {
        c->room = c->room ? 2 * c->room : 64;
        c->packet = realloc(c->packet, c->room * sizeof *c->packet);
        ck_assert_ptr_nonnull(c->packet);
    }
    struct cap_packet *p = &c->packet[c->n++];
    *p = (struct cap_packet){
        .time_ns = time_ns, .octets = malloc(len ? len : 1), .len = len, .wire = len};
    ck_assert_ptr_nonnull(p->octets);
    memcpy(p->octets, octets, len);
}

static inline void cap_add_seg(struct capture *c, uint64_t time_ns, const struct ms_seg *seg)
{
    static uint8_t frame[65536 + 64];
    size_t len = 0;
    ck_assert_int_eq(ms_seg_encode(seg, frame, sizeof frame, &len), MS_OK);
    cap_add(c, time_ns, frame, len);
}

/* Packets [from, to) of another one, octets copied. */
static inline void cap_append(struct capture *c, const struct capture *src, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < src->n; i++) {
        cap_add(c, src->packet[i].time_ns, src->packet[i].octets, src->packet[i].len);
        c->packet[c->n - 1].wire = src->packet[i].wire;
    }
}

static inline void cap_free(struct capture *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->packet[i].octets);
    free(c->packet);
    *c = (struct capture){.link = c->link};
}

/* Writes a pcap file with times in nanoseconds (in this machine's octet order, as the format wants). */
static inline void cap_write(const struct capture *c, const char *path)
{
    const uint32_t head[6] = {0xa1b23c4d, 4u << 16 | 2u, 0, 0, 262144, (uint32_t)c->link};
    FILE *f = fopen(path, "wb");
    ck_assert_msg(f, "%s", path);
    fwrite(head, sizeof head, 1, f);
    for (size_t i = 0; i < c->n; i++) {
        const struct cap_packet *p = &c->packet[i];
        const uint32_t rec[4] = {(uint32_t)(p->time_ns / 1000000000u),
                                 (uint32_t)(p->time_ns % 1000000000u), (uint32_t)p->len,
                                 (uint32_t)p->wire};
        fwrite(rec, sizeof rec, 1, f);
        fwrite(p->octets, p->len, 1, f);
    }
    ck_assert_msg(!ferror(f) && fclose(f) == 0, "%s", path);
}

#endif
