/* SPDX-License-Identifier: MIT */
/* pcapng (draft-ietf-opsawg-pcapng): sections of blocks; those that hold no packet are passed over. */
#include <string.h>

#include "capture/input.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete */
    BLOCK_SIMPLE = 3,
    BLOCK_ENHANCED = 6,
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    IF_NAME = 2,
    IF_TSRESOL = 9,
    IF_TSOFFSET = 14,
    PACKET_FLAGS = 2,
    MICROSECONDS = 6,
    /* A packet, and as much again for its options. */
    BLOCK_MAX = 2 * MS_CAPTURE_PACKET_MAX,
};
static const uint32_t byte_order = 0x1a2b3c4d;

/* Walks over options: *pos moves on; false at the end or at what is damaged. */
static bool option_next(const uint8_t *p, uint32_t len, bool swapped, uint32_t *pos, uint16_t *code,
                        const uint8_t **value, uint16_t *n)
{
    if (*pos > len || len - *pos < 4)
        return false;
    *code = cap16(p + *pos, swapped);
    *n = cap16(p + *pos + 2, swapped);
    if (*code == OPTION_END || *n > len - *pos - 4)
        return false;
    *value = p + *pos + 4;
    *pos += 4 + ((*n + 3u) & ~3u);
    return true;
}

bool ms_capture_comment(const struct ms_capture_packet *p, uint32_t *pos, const char **text,
                        size_t *len)
{
    uint16_t code, n;
    const uint8_t *v;
    while (option_next(p->option, p->option_len, p->swapped, pos, &code, &v, &n))
        if (code == OPTION_COMMENT) {
            *text = (const char *)v;
            *len = n;
            return true;
        }
    return false;
}

static enum ms_capture_dir direction(const struct ms_capture_packet *p)
{
    uint16_t code, n;
    const uint8_t *v;
    for (uint32_t pos = 0; option_next(p->option, p->option_len, p->swapped, &pos, &code, &v, &n);)
        if (code == PACKET_FLAGS && n == 4)
            return (enum ms_capture_dir)((cap32(v, p->swapped) & 3) % 3);
    return MS_CAPTURE_UNKNOWN;
}

/* In units of the interface, to nanoseconds since 1970. */
static uint64_t time_of(const struct iface *i, uint64_t t)
{
    static const uint64_t power[] = {1,           10,           100,          1000,      10000,
                                     100000,      1000000,      10000000,     100000000, 1000000000,
                                     10000000000, 100000000000, 1000000000000};
    const unsigned e = i->tsresol & 0x7f;
    uint64_t ns;
    if (i->tsresol & 0x80)
        ns = e < 64 ? (uint64_t)((unsigned __int128)t * 1000000000 >> e) : 0;
    else if (e <= 9)
        ns = t * power[9 - e];
    else
        ns = e - 9 < MS_ARRAY_LEN(power) ? t / power[e - 9] : 0;
    return ns + (uint64_t)i->tsoffset * 1000000000;
}

static int section(struct ms_capture *c, const uint8_t *body, uint32_t len, struct ms_error *err)
{
    const uint64_t at = c->in.offset;
    if (len < 16)
        return capture_damaged(c, at, err, "the section header is too short");
    if (cap16(body + 4, c->swapped) != 1)
        return capture_damaged(c, at, err, "pcapng version %u.%u is not known",
                               cap16(body + 4, c->swapped), cap16(body + 6, c->swapped));
    c->first_iface += c->n_iface;
    c->n_iface = 0;
    return MS_OK;
}

static int interface(struct ms_capture *c, const uint8_t *body, uint32_t len, struct ms_error *err)
{
    if (len < 8)
        return capture_damaged(c, c->in.offset, err, "an interface description is too short");
    struct iface i = {.link = cap16(body, c->swapped),
                      .snap = cap32(body + 4, c->swapped),
                      .tsresol = MICROSECONDS};
    uint16_t code, n;
    const uint8_t *v;
    for (uint32_t pos = 8; option_next(body, len, c->swapped, &pos, &code, &v, &n);) {
        if (code == IF_TSRESOL && n == 1)
            i.tsresol = v[0];
        if (code == IF_TSOFFSET && n == 8) {
            const uint32_t w[2] = {cap32(v, c->swapped), cap32(v + 4, c->swapped)};
            const bool high_first = c->swapped == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
            i.tsoffset = (int64_t)((uint64_t)w[!high_first] << 32 | w[high_first]);
        }
        if (code == IF_NAME) {
            size_t k = n < sizeof i.name - 1 ? n : sizeof i.name - 1;
            memcpy(i.name, v, k);
            i.name[k] = '\0';
        }
    }
    return capture_iface_add(c, &i, err);
}

/* Where the parts of the three kinds of packet block stand. */
static const struct layout {
    uint32_t type;
    uint32_t data; /* offset of the packet */
    bool simple;   /* no interface, time, captured length */
    bool narrow;   /* 16-bit interface number */
} layouts[] = {
    {BLOCK_ENHANCED, 20, false, false},
    {BLOCK_SIMPLE, 4, true, false},
    {BLOCK_PACKET, 20, false, true},
};

static int packet(struct ms_capture *c, const struct layout *l, const uint8_t *body, uint32_t len,
                  struct ms_capture_packet *out, struct ms_error *err)
{
    const uint64_t at = c->in.offset;
    const uint64_t number = c->packets + 1;
    if (len < l->data)
        return capture_damaged(c, at, err, "the block of packet %llu is too short",
                               (unsigned long long)number);
    uint32_t id = l->simple ? 0 : l->narrow ? cap16(body, c->swapped) : cap32(body, c->swapped);
    if (id >= c->n_iface)
        return capture_damaged(c, at, err,
                               "packet %llu is of interface %u, which has no description",
                               (unsigned long long)number, id);
    const struct iface *i = &c->iface[id];
    uint32_t caplen = l->simple ? cap32(body, c->swapped) : cap32(body + 12, c->swapped);
    const uint32_t wire_len = l->simple ? caplen : cap32(body + 16, c->swapped);
    if (l->simple && i->snap && caplen > i->snap)
        caplen = i->snap;
    if (caplen > len - l->data)
        return capture_damaged(c, at, err, "packet %llu claims %u octets, its block holds %u",
                               (unsigned long long)number, caplen, len - l->data);
    const uint32_t padded = (caplen + 3) & ~3u;
    const bool options = !l->simple && padded < len - l->data;
    *out = (struct ms_capture_packet){
        .number = number,
        .offset = at,
        .time_known = !l->simple,
        .iface = c->first_iface + id,
        .link = i->link,
        .len = caplen,
        .wire_len = wire_len > caplen ? wire_len : caplen,
        .octets = body + l->data,
        .option = options ? body + l->data + padded : NULL,
        .option_len = options ? len - l->data - padded : 0,
        .swapped = c->swapped,
    };
    if (!l->simple)
        out->time_ns =
            time_of(i, (uint64_t)cap32(body + 4, c->swapped) << 32 | cap32(body + 8, c->swapped));
    out->dir = direction(out);
    c->packets = number;
    return 1;
}

static int cut_off(const struct ms_capture *c, struct ms_error *err)
{
    return capture_damaged(c, c->in.offset, err,
                           "cut off in the middle of a block, after packet %llu",
                           (unsigned long long)c->packets);
}

/* Type and length of the block that begins here; a section header tells its own byte order. */
static int block_begin(struct ms_capture *c, uint32_t *type, uint32_t *len, struct ms_error *err)
{
    struct input *in = &c->in;
    int rc = input_need(in, 12, err);
    if (rc < 0 || (rc == 0 && input_have(in) == 0))
        return rc;
    if (rc == 0)
        return cut_off(c, err);
    *type = cap32(input_at(in), c->swapped);
    if (*type == BLOCK_SECTION) {
        c->swapped = cap32(input_at(in) + 8, false) != byte_order;
        if (c->swapped && cap32(input_at(in) + 8, true) != byte_order)
            return capture_damaged(c, in->offset, err, "the section header tells no byte order");
    }
    *len = cap32(input_at(in) + 4, c->swapped);
    if (*len < 12 || *len % 4)
        return capture_damaged(c, in->offset, err, "a block of %u octets: the file is damaged here",
                               *len);
    return 1;
}

static const struct layout *layout_of(uint32_t type)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(layouts); i++)
        if (layouts[i].type == type)
            return &layouts[i];
    return NULL;
}

/* One block: 1 with a packet, 2 without, 0 the end. */
static int block(struct ms_capture *c, struct ms_capture_packet *out, struct ms_error *err)
{
    struct input *in = &c->in;
    uint32_t type = 0, len = 0;
    int rc = block_begin(c, &type, &len, err);
    if (rc <= 0)
        return rc;
    const struct layout *l = layout_of(type);
    if (!l && type != BLOCK_SECTION && type != BLOCK_INTERFACE) {
        const uint64_t at = in->offset;
        rc = input_skip(in, len, err);
        return rc > 0    ? 2
               : rc == 0 ? capture_damaged(c, at, err, "cut off in a block of %u octets", len)
                         : rc;
    }
    if (len > BLOCK_MAX)
        return capture_damaged(c, in->offset, err,
                               "a packet block of %u octets, which no packet needs: the file is "
                               "damaged here; what stands before was read",
                               len);
    rc = input_need(in, len, err);
    if (rc <= 0)
        return rc < 0 ? rc : cut_off(c, err);
    const uint8_t *body = input_at(in) + 8;
    if (cap32(body + len - 12, c->swapped) != len)
        return capture_damaged(c, in->offset, err, "the two lengths of a block differ: %u and %u",
                               len, cap32(body + len - 12, c->swapped));
    rc = l                       ? packet(c, l, body, len - 12, out, err)
         : type == BLOCK_SECTION ? section(c, body, len - 12, err)
                                 : interface(c, body, len - 12, err);
    if (rc < 0)
        return rc;
    input_take(in, len);
    return l ? 1 : 2;
}

static int next(struct ms_capture *c, struct ms_capture_packet *out, struct ms_error *err)
{
    int rc;
    do
        rc = block(c, out, err);
    while (rc == 2);
    return rc;
}

int pcapng_begin(struct ms_capture *c, struct ms_error *err)
{
    if (input_have(&c->in) < 4 || cap32(input_at(&c->in), false) != BLOCK_SECTION)
        return 0;
    c->format = "pcapng";
    c->next = next;
    struct ms_capture_packet none;
    /* The section header comes first and has no packet. */
    int rc = block(c, &none, err);
    return rc == 0 ? cut_off(c, err) : rc < 0 ? rc : 1;
}
