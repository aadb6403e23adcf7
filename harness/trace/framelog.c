/* SPDX-License-Identifier: MIT */
/*
 * Frame log in one piece of (possibly shared) memory. The writer publishes a record by storing the new fill
 * mark last, with release order: a reader sees whole records only, even if the writer died half-way.
 */
#include <string.h>

#include "mptcpspec/trace.h"

#define FRAMELOG_MAGIC UINT64_C(0x6d736672616d6531)

struct log_head {
    uint64_t magic;
    uint64_t used; /* octets after the head that hold whole records */
    uint32_t count;
    uint32_t lost;
};

struct log_rec {
    uint64_t time_ns;
    uint32_t packet;
    uint32_t iface;
    uint32_t len, wire_len;
    uint32_t dir, unused;
};

static size_t pad8(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

static struct log_head *head_of(const struct ms_framelog *l)
{
    return l->cap < sizeof(struct log_head) ? NULL : (struct log_head *)(void *)l->base;
}

static size_t fill_of(const struct ms_framelog *l)
{
    const struct log_head *h = head_of(l);
    if (!h || h->magic != FRAMELOG_MAGIC)
        return 0;
    uint64_t used = __atomic_load_n(&h->used, __ATOMIC_ACQUIRE);
    size_t room = l->cap - sizeof *h;
    return used > room ? room : (size_t)used;
}

void ms_framelog_init(struct ms_framelog *l, void *base, size_t cap)
{
    l->base = base;
    l->cap = cap;
    struct log_head *h = head_of(l);
    if (!h)
        return;
    *h = (struct log_head){.magic = FRAMELOG_MAGIC};
}

void ms_framelog_attach(struct ms_framelog *l, void *base, size_t cap)
{
    l->base = base;
    l->cap = cap;
}

uint32_t ms_framelog_add(struct ms_framelog *l, uint32_t iface, enum ms_dir dir, uint64_t time_ns,
                         const void *frame, size_t len)
{
    return ms_framelog_add_cut(l, iface, dir, time_ns, frame, len, len);
}

uint32_t ms_framelog_add_cut(struct ms_framelog *l, uint32_t iface, enum ms_dir dir,
                             uint64_t time_ns, const void *frame, size_t len, size_t wire_len)
{
    struct log_head *h = head_of(l);
    if (!h || h->magic != FRAMELOG_MAGIC)
        return 0;
    size_t used = fill_of(l);
    size_t room = l->cap - sizeof *h - used;
    if (len > UINT32_MAX - 64 || room < sizeof(struct log_rec) ||
        pad8(len) > room - sizeof(struct log_rec)) {
        h->lost++;
        return 0;
    }
    struct log_rec rec = {.time_ns = time_ns,
                          .packet = h->count + 1,
                          .iface = iface,
                          .len = (uint32_t)len,
                          .wire_len = wire_len > UINT32_MAX ? UINT32_MAX : (uint32_t)wire_len,
                          .dir = (uint32_t)dir};
    uint8_t *at = l->base + sizeof *h + used;
    memcpy(at, &rec, sizeof rec);
    if (len)
        memcpy(at + sizeof rec, frame, len);
    h->count = rec.packet;
    __atomic_store_n(&h->used, used + sizeof rec + pad8(len), __ATOMIC_RELEASE);
    return rec.packet;
}

bool ms_framelog_next(const struct ms_framelog *l, size_t *pos, struct ms_frame_rec *out)
{
    size_t used = fill_of(l);
    struct log_rec rec;
    if (*pos > used || used - *pos < sizeof rec)
        return false;
    const uint8_t *at = l->base + sizeof(struct log_head) + *pos;
    memcpy(&rec, at, sizeof rec);
    size_t left = used - *pos - sizeof rec;
    if (rec.len > left || pad8(rec.len) > left)
        return false;
    *out = (struct ms_frame_rec){.packet = rec.packet,
                                 .iface = rec.iface,
                                 .dir = rec.dir == MS_DIR_TX ? MS_DIR_TX : MS_DIR_RX,
                                 .time_ns = rec.time_ns,
                                 .octets = at + sizeof rec,
                                 .len = rec.len,
                                 .wire_len = rec.wire_len < rec.len ? rec.len : rec.wire_len};
    *pos += sizeof rec + pad8(rec.len);
    return true;
}

uint32_t ms_framelog_count(const struct ms_framelog *l)
{
    /* Counted, not read from the head: a writer that died may have raised the number only. */
    uint32_t n = 0;
    struct ms_frame_rec rec;
    for (size_t pos = 0; ms_framelog_next(l, &pos, &rec);)
        n++;
    return n;
}

uint32_t ms_framelog_lost(const struct ms_framelog *l)
{
    const struct log_head *h = head_of(l);
    return h && h->magic == FRAMELOG_MAGIC ? h->lost : 0;
}
