/* SPDX-License-Identifier: MIT */
/* Capture files: every format and link type, and every way in which one can be damaged. */
#include "unit.h"

#include "mptcpspec/capture.h"

/* ---- files in memory ------------------------------------------------------------------------------------- */

struct file {
    struct ms_buf b;
    bool swapped;
};

static void w16(struct file *f, uint16_t v)
{
    v = f->swapped ? __builtin_bswap16(v) : v;
    ms_buf_add(&f->b, &v, sizeof v);
}

static void w32(struct file *f, uint32_t v)
{
    v = f->swapped ? __builtin_bswap32(v) : v;
    ms_buf_add(&f->b, &v, sizeof v);
}

static void fill(struct file *f, size_t n, uint8_t first)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)(first + i);
        ms_buf_add(&f->b, &c, 1);
    }
}

static void pad(struct file *f)
{
    ms_buf_add(&f->b, "\0\0\0", (4 - f->b.len % 4) % 4);
}

static void opt(struct file *f, uint16_t code, const void *p, uint16_t n)
{
    w16(f, code);
    w16(f, n);
    if (n)
        ms_buf_add(&f->b, p, n);
    pad(f);
}

static void pcap_header(struct file *f, uint32_t magic, uint32_t link)
{
    w32(f, magic);
    w16(f, 2);
    w16(f, 4);
    w32(f, 0);
    w32(f, 0);
    w32(f, 65535);
    w32(f, link);
}

static void pcap_packet(struct file *f, uint32_t sec, uint32_t frac, uint32_t len, uint32_t wire,
                        uint8_t first)
{
    w32(f, sec);
    w32(f, frac);
    w32(f, len);
    w32(f, wire);
    fill(f, len, first);
}

/* Begins a block; the place of its length is returned for block_end. */
static size_t block(struct file *f, uint32_t type)
{
    size_t at = f->b.len;
    w32(f, type);
    w32(f, 0);
    return at;
}

static void block_end(struct file *f, size_t at)
{
    uint32_t n = (uint32_t)(f->b.len - at) + 4;
    uint32_t v = f->swapped ? __builtin_bswap32(n) : n;
    memcpy(f->b.data + at + 4, &v, sizeof v);
    w32(f, n);
}

static void section(struct file *f)
{
    size_t at = block(f, 0x0a0d0d0a);
    w32(f, 0x1a2b3c4d);
    w16(f, 1);
    w16(f, 0);
    w32(f, 0xffffffff);
    w32(f, 0xffffffff);
    block_end(f, at);
}

static void interface(struct file *f, uint16_t link, const char *name, int tsresol, int64_t offset)
{
    size_t at = block(f, 1);
    w16(f, link);
    w16(f, 0);
    w32(f, 0);
    if (name)
        opt(f, 2, name, (uint16_t)strlen(name));
    if (tsresol >= 0) {
        uint8_t r = (uint8_t)tsresol;
        opt(f, 9, &r, 1);
    }
    if (offset) {
        uint64_t o = (uint64_t)offset;
        o = f->swapped ? __builtin_bswap64(o) : o;
        opt(f, 14, &o, sizeof o);
    }
    opt(f, 0, NULL, 0);
    block_end(f, at);
}

static void enhanced(struct file *f, uint32_t iface, uint64_t t, uint32_t len, uint8_t first,
                     const char *comment, int direction)
{
    size_t at = block(f, 6);
    w32(f, iface);
    w32(f, (uint32_t)(t >> 32));
    w32(f, (uint32_t)t);
    w32(f, len);
    w32(f, len + 10);
    fill(f, len, first);
    pad(f);
    if (comment)
        opt(f, 1, comment, (uint16_t)strlen(comment));
    if (direction >= 0) {
        uint32_t v = (uint32_t)direction;
        v = f->swapped ? __builtin_bswap32(v) : v;
        opt(f, 2, &v, sizeof v);
    }
    if (comment || direction >= 0)
        opt(f, 0, NULL, 0);
    block_end(f, at);
}

/* ---- reading --------------------------------------------------------------------------------------------- */

struct got {
    int end; /* of the last call */
    struct ms_error err;
    size_t n;
    struct ms_capture_packet p[16]; /* octets are gone */
    uint8_t first[16];
};

static struct got read_all(const void *p, size_t n)
{
    struct got g = {0};
    struct ms_capture *c;
    struct ms_capture_packet q;
    g.end = ms_capture_open_memory(&c, p, n, &g.err);
    if (g.end < 0)
        return g;
    while ((g.end = ms_capture_next(c, &q, &g.err)) > 0) {
        ck_assert_uint_lt(g.n, MS_ARRAY_LEN(g.p));
        g.first[g.n] = q.len ? q.octets[0] : 0;
        g.p[g.n++] = q;
    }
    ms_capture_close(c);
    return g;
}

START_TEST(pcap_variants)
{
    static const struct {
        uint32_t magic;
        uint64_t unit;
        unsigned extra;
    } kinds[] = {{0xa1b2c3d4, 1000, 0}, {0xa1b23c4d, 1, 0}, {0xa1b2cd34, 1000, 8}};
    for (unsigned i = 0; i < 2 * MS_ARRAY_LEN(kinds); i++) {
        struct file f = {.swapped = i & 1};
        pcap_header(&f, kinds[i / 2].magic, 0xf0000001); /* upper bits: frame check sequence */
        for (unsigned k = 0; k < 3; k++) {
            w32(&f, 100 + k);
            w32(&f, 7);
            w32(&f, k);
            w32(&f, 60);
            fill(&f, kinds[i / 2].extra, 0);
            fill(&f, k, (uint8_t)(k * 16));
        }
        struct got g = read_all(f.b.data, f.b.len);
        ck_assert_msg(g.end == 0, "%s", g.err.msg);
        UNIT_NUM_EQ(g.n, 3);
        UNIT_NUM_EQ(g.p[2].number, 3);
        UNIT_NUM_EQ(g.p[2].time_ns, 102000000000 + 7 * kinds[i / 2].unit);
        UNIT_NUM_EQ(g.p[2].link, 1);
        UNIT_NUM_EQ(g.p[2].len, 2);
        UNIT_NUM_EQ(g.p[2].wire_len, 60);
        UNIT_NUM_EQ(g.first[2], 32);
        ms_buf_free(&f.b);
    }
}
END_TEST

START_TEST(pcapng_blocks)
{
    for (int swapped = 0; swapped < 2; swapped++) {
        struct file f = {.swapped = swapped};
        section(&f);
        interface(&f, 1, "eth0", -1, 0);
        interface(&f, 276, "any", 9, -5);
        size_t at = block(&f, 0x40000bad); /* somebody's own */
        fill(&f, 40, 0);
        block_end(&f, at);
        interface(&f, 101, NULL, 0x80 | 10, 0);
        enhanced(&f, 0, 2000001, 5, 0x10, "first", 1);
        enhanced(&f, 1, 9000000003, 8, 0x20, NULL, 2);
        enhanced(&f, 2, 1024 + 512, 0, 0, NULL, -1);
        at = block(&f, 3); /* simple */
        w32(&f, 6);
        fill(&f, 6, 0x30);
        pad(&f);
        block_end(&f, at);
        at = block(&f, 2); /* obsolete */
        w16(&f, 1);
        w16(&f, 0);
        w32(&f, 2);
        w32(&f, 0);
        w32(&f, 3);
        w32(&f, 3);
        fill(&f, 3, 0x40);
        pad(&f);
        block_end(&f, at);
        /* A section of the other byte order, as `cat` of two files makes it. */
        f.swapped = !f.swapped;
        section(&f);
        interface(&f, 113, "second", -1, 0);
        enhanced(&f, 0, 1, 4, 0x50, "x", 0);
        struct got g = read_all(f.b.data, f.b.len);
        ck_assert_msg(g.end == 0, "%s", g.err.msg);
        static const struct {
            uint64_t time;
            uint32_t iface, link, len, wire;
            int dir;
            uint8_t first;
        } want[] = {
            {2000001000, 0, 1, 5, 15, MS_CAPTURE_IN, 0x10},
            {4000000003, 1, 276, 8, 18, MS_CAPTURE_OUT, 0x20},
            {1500000000, 2, 101, 0, 10, MS_CAPTURE_UNKNOWN, 0},
            {0, 0, 1, 6, 6, MS_CAPTURE_UNKNOWN, 0x30},
            {3589934592, 1, 276, 3, 3, MS_CAPTURE_UNKNOWN, 0x40},
            {1000, 3, 113, 4, 14, MS_CAPTURE_UNKNOWN, 0x50},
        };
        UNIT_NUM_EQ(g.n, MS_ARRAY_LEN(want));
        for (size_t i = 0; i < g.n; i++) {
            UNIT_NUM_EQ(g.p[i].time_ns, want[i].time);
            UNIT_NUM_EQ(g.p[i].number, i + 1);
            UNIT_NUM_EQ(g.p[i].iface, want[i].iface);
            UNIT_NUM_EQ(g.p[i].link, want[i].link);
            UNIT_NUM_EQ(g.p[i].len, want[i].len);
            UNIT_NUM_EQ(g.p[i].wire_len, want[i].wire);
            UNIT_NUM_EQ(g.p[i].dir, want[i].dir);
            UNIT_NUM_EQ(g.first[i], want[i].first);
            ck_assert_int_eq(g.p[i].time_known, i != 3);
        }
        ms_buf_free(&f.b);
    }
}
END_TEST

START_TEST(comments)
{
    struct file f = {0};
    section(&f);
    interface(&f, 1, NULL, -1, 0);
    size_t at = block(&f, 6);
    for (unsigned i = 0; i < 5; i++)
        w32(&f, 0);
    opt(&f, 1, "one", 3);
    opt(&f, 4, "12345678", 8);
    opt(&f, 1, "three", 5);
    w16(&f, 1); /* a length beyond the block */
    w16(&f, 500);
    block_end(&f, at);
    struct ms_capture *c;
    struct ms_capture_packet p;
    ck_assert_int_eq(ms_capture_open_memory(&c, f.b.data, f.b.len, NULL), MS_OK);
    ck_assert_int_eq(ms_capture_next(c, &p, NULL), 1);
    uint32_t pos = 0;
    const char *text;
    size_t n;
    ck_assert(ms_capture_comment(&p, &pos, &text, &n));
    unit_octets_eq("first", text, n, "one", 3);
    ck_assert(ms_capture_comment(&p, &pos, &text, &n));
    unit_octets_eq("second", text, n, "three", 5);
    ck_assert(!ms_capture_comment(&p, &pos, &text, &n));
    ms_capture_close(c);
    ms_buf_free(&f.b);
}
END_TEST

/* ---- damage ---------------------------------------------------------------------------------------------- */

static void sample(struct file *f, bool ng)
{
    if (ng) {
        section(f);
        interface(f, 1, "eth0", 6, 0);
        for (unsigned i = 0; i < 3; i++)
            enhanced(f, 0, i, 20 + i, (uint8_t)i, "hello", 1);
    } else {
        pcap_header(f, 0xa1b2c3d4, 1);
        for (unsigned i = 0; i < 3; i++)
            pcap_packet(f, i, 0, 20 + i, 20 + i, (uint8_t)i);
    }
}

/* Cut at every octet: the packets before are there, and only a cut between two of them is no damage. */
START_TEST(cut_anywhere)
{
    for (int ng = 0; ng < 2; ng++) {
        struct file f = {0};
        size_t whole[5] = {0}, n_whole = 0, before = 0;
        sample(&f, ng);
        for (size_t n = 0; n <= f.b.len; n++) {
            /* Memory of exactly that size, so that a sanitizer sees a read beyond. */
            uint8_t *p = malloc(n ? n : 1);
            ck_assert_ptr_nonnull(p);
            memcpy(p, f.b.data, n);
            struct got g = read_all(p, n);
            ck_assert_uint_ge(g.n, before);
            before = g.n;
            if (g.end == 0 && n_whole < 5)
                whole[n_whole++] = n;
            else if (g.end < 0)
                ck_assert_msg(g.err.status == MS_ERR_PARSE && strstr(g.err.msg, "memory: "), "%s",
                              g.err.msg);
            free(p);
        }
        UNIT_NUM_EQ(before, 3);
        /* After the header (and the interface), and after each packet. */
        UNIT_NUM_EQ(n_whole, ng ? 5 : 4);
        UNIT_NUM_EQ(whole[n_whole - 1], f.b.len);
        ms_buf_free(&f.b);
    }
}
END_TEST

/* Every octet changed to several values: never more packets than were written, never a wild read. */
START_TEST(flipped_anywhere)
{
    static const uint8_t with[] = {0x01, 0x80, 0xff};
    for (int ng = 0; ng < 2; ng++) {
        struct file f = {0};
        sample(&f, ng);
        for (size_t i = 0; i < f.b.len; i++)
            for (size_t k = 0; k < MS_ARRAY_LEN(with); k++) {
                f.b.data[i] = (char)((uint8_t)f.b.data[i] ^ with[k]);
                struct got g = read_all(f.b.data, f.b.len);
                ck_assert_uint_le(g.n, 3);
                f.b.data[i] = (char)((uint8_t)f.b.data[i] ^ with[k]);
            }
        ms_buf_free(&f.b);
    }
}
END_TEST

START_TEST(messages)
{
    struct {
        const char *what;
        struct file f;
        const char *want;
    } t[] = {
        {.what = "nothing", .want = "empty"},
        {.what = "gzip", .want = "gzip -dc"},
        {.what = "text", .want = "neither pcap nor pcapng"},
        {.what = "pcap version", .want = "pcap version 3.4"},
        {.what = "huge packet", .want = "packet 1 claims 4000000000 octets"},
        {.what = "cut packet", .want = "packet 1: 5 of its 9 octets"},
        {.what = "no interface", .want = "interface 0, which has no description"},
        {.what = "huge block", .want = "packet block of 268435456 octets"},
        {.what = "block length", .want = "a block of 7 octets"},
        {.what = "two lengths", .want = "two lengths of a block differ: 36 and 99"},
        {.what = "packet in block", .want = "packet 1 claims 50 octets, its block holds 4"},
        {.what = "long block cut", .want = "cut off in a block of 1000000000 octets"},
    };
    ms_buf_add(&t[1].f.b, "\x1f\x8b\x08 and so on, longer than a header", 35);
    ms_buf_puts(&t[2].f.b, "This is no capture at all, but a text.");
    pcap_header(&t[3].f, 0xa1b2c3d4, 1);
    t[3].f.b.data[4] = 3;
    pcap_header(&t[4].f, 0xa1b2c3d4, 1);
    pcap_packet(&t[4].f, 0, 0, 0, 0, 0);
    memcpy(t[4].f.b.data + 32, &(uint32_t){4000000000}, 4);
    pcap_header(&t[5].f, 0xa1b2c3d4, 1);
    pcap_packet(&t[5].f, 0, 0, 9, 9, 0);
    t[5].f.b.len -= 4;
    for (size_t i = 6; i < MS_ARRAY_LEN(t); i++)
        section(&t[i].f);
    enhanced(&t[6].f, 0, 0, 4, 0, NULL, -1);
    interface(&t[7].f, 1, NULL, -1, 0);
    w32(&t[7].f, 6);
    w32(&t[7].f, 0x10000000);
    fill(&t[7].f, 40, 0);
    w32(&t[8].f, 6);
    w32(&t[8].f, 7);
    fill(&t[8].f, 40, 0);
    interface(&t[9].f, 1, NULL, -1, 0);
    enhanced(&t[9].f, 0, 0, 4, 0, NULL, -1);
    memcpy(t[9].f.b.data + t[9].f.b.len - 4, &(uint32_t){99}, 4);
    interface(&t[10].f, 1, NULL, -1, 0);
    enhanced(&t[10].f, 0, 0, 4, 0, NULL, -1);
    memcpy(t[10].f.b.data + t[10].f.b.len - 4 - 4 - 8, &(uint32_t){50}, 4);
    w32(&t[11].f, 77);
    w32(&t[11].f, 1000000000);
    fill(&t[11].f, 40, 0);
    for (size_t i = 0; i < MS_ARRAY_LEN(t); i++) {
        struct got g = read_all(t[i].f.b.data, t[i].f.b.len);
        ck_assert_msg(g.end < 0 && strstr(g.err.msg, t[i].want), "%s: want \"%s\", got \"%s\"",
                      t[i].what, t[i].want, g.err.msg);
        ms_buf_free(&t[i].f.b);
    }
}
END_TEST

START_TEST(interfaces_bounded)
{
    struct file f = {0};
    section(&f);
    for (unsigned i = 0; i <= MS_CAPTURE_INTERFACES; i++)
        interface(&f, 1, NULL, -1, 0);
    struct got g = read_all(f.b.data, f.b.len);
    ck_assert_msg(g.end < 0 && strstr(g.err.msg, "more than 4096 interfaces"), "%s", g.err.msg);
    ms_buf_free(&f.b);
}
END_TEST

/* ---- link layers ----------------------------------------------------------------------------------------- */

static const uint8_t ip4[] = {0x45, 0, 0, 24, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};

struct frame {
    uint32_t link;
    const char *what;
    const char *head; /* octets before the IP header */
    size_t n;
    enum ms_capture_dir dir;
};
#define HEAD(s) s, sizeof(s) - 1
#define MACS    "\1\2\3\4\5\6\7\10\11\12\13\14"
static const struct frame frames[] = {
    {1, "Ethernet", HEAD(MACS "\x08\x00"), 0},
    {1, "VLAN", HEAD(MACS "\x81\x00\x00\x05\x08\x00"), 0},
    {1, "QinQ", HEAD(MACS "\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00"), 0},
    {113, "cooked in", HEAD("\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\x00"), MS_CAPTURE_IN},
    {113, "cooked out", HEAD("\0\4\0\1\0\6\1\2\3\4\5\6\0\0\x08\x00"), MS_CAPTURE_OUT},
    {113, "cooked VLAN", HEAD("\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x81\x00\0\5\x08\x00"), MS_CAPTURE_IN},
    {113, "cooked to others", HEAD("\0\3\0\1\0\6\1\2\3\4\5\6\0\0\x08\x00"), 0},
    {276, "cooked v2 in", HEAD("\x08\x00\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0"), MS_CAPTURE_IN},
    {276, "cooked v2 out", HEAD("\x08\x00\0\0\0\0\0\2\0\1\4\6\1\2\3\4\5\6\0\0"), MS_CAPTURE_OUT},
    {101, "raw", HEAD(""), 0},
    {12, "raw, old number", HEAD(""), 0},
    {14, "raw, older number", HEAD(""), 0},
    {228, "raw IPv4", HEAD(""), 0},
    {0, "loopback", HEAD("\2\0\0\0"), 0},
    {108, "OpenBSD loopback", HEAD("\0\0\0\2"), 0},
};

START_TEST(links)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(frames); i++) {
        const struct frame *f = &frames[i];
        const size_t n = f->n + sizeof ip4;
        for (size_t len = 0; len <= n; len++) {
            uint8_t *octets = malloc(n);
            ck_assert_ptr_nonnull(octets);
            memcpy(octets, f->head, f->n);
            memcpy(octets + f->n, ip4, sizeof ip4);
            octets = realloc(octets, len ? len : 1);
            struct ms_capture_packet p = {.link = f->link, .octets = octets, .len = (uint32_t)len};
            struct ms_capture_ip ip;
            ck_assert(ms_capture_ip(&p, &ip));
            ck_assert_msg((ip.octets != NULL) == (len > f->n), "%s, %zu octets", f->what, len);
            if (ip.octets)
                unit_octets_eq(f->what, ip.octets, ip.len, ip4, len - f->n);
            if (len == n)
                ck_assert_msg(ip.dir == f->dir, "%s: direction %d", f->what, (int)ip.dir);
            free(octets);
        }
        ck_assert_ptr_nonnull(ms_capture_link_name(f->link));
    }
    struct ms_capture_packet p = {.link = 105, .octets = ip4, .len = sizeof ip4};
    struct ms_capture_ip ip;
    ck_assert(!ms_capture_ip(&p, &ip));
    ck_assert_ptr_null(ms_capture_link_name(105));
    ck_assert_ptr_nonnull(ms_capture_link_description(105));
    /* What is not IP: ARP, and tags without end. */
    p = (struct ms_capture_packet){
        .link = 1, .octets = (const uint8_t *)MACS "\x08\x06\0\1\2\3", .len = 18};
    ck_assert(ms_capture_ip(&p, &ip) && !ip.octets);
    uint8_t tags[14 + 64 * 4];
    memset(tags, 0, sizeof tags);
    for (size_t at = 12; at + 1 < sizeof tags; at += 4)
        tags[at] = 0x81;
    p = (struct ms_capture_packet){.link = 1, .octets = tags, .len = sizeof tags};
    ck_assert(ms_capture_ip(&p, &ip) && !ip.octets);
}
END_TEST

/* ---- views ----------------------------------------------------------------------------------------------- */

struct sight {
    uint8_t ttl;
    uint64_t path;
    enum ms_capture_dir dir;
    uint16_t id, sport; /* sport 0: 4000 */
    uint32_t seq;
    uint8_t flags;
    uint64_t time_ns;
    bool back; /* from the other host */
};

static struct ms_view look(struct ms_views *v, const struct sight *s, struct ms_seg *seg)
{
    uint8_t packet[64] = {0x45, [4] = (uint8_t)(s->id >> 8), [5] = (uint8_t)s->id};
    uint16_t port = s->sport ? s->sport : 4000;
    *seg = (struct ms_seg){.family = MS_IPV4,
                           .ttl = s->ttl,
                           .sport = s->back ? 80 : port,
                           .dport = s->back ? port : 80,
                           .seq = s->seq,
                           .flags = s->flags,
                           .doff = 5,
                           .payload = packet + 40};
    ms_addr_parse("10.0.0.1", s->back ? &seg->dst : &seg->src);
    ms_addr_parse("10.0.0.2", s->back ? &seg->src : &seg->dst);
    struct ms_capture_ip ip = {
        .octets = packet, .len = 40, .dir = s->dir, .path = s->path * 4 + s->dir};
    struct ms_view out;
    ms_views_look(v, seg, &ip, s->time_ns, &out);
    return out;
}

START_TEST(views)
{
    static const struct {
        const char *what;
        struct sight s[6];
        const char *want; /* 'f': fed, 'a': again */
        uint16_t last_port;
    } t[] = {
        {"forwarded: hop limit less by one",
         {{64, 1, 0, 7, 0, 1, MS_TH_ACK, 0, false}, {63, 1, 0, 7, 0, 1, MS_TH_ACK, 10, false}},
         "fa",
         0},
        {"another interface, same hop limit",
         {{64, 1, 0, 0, 0, 1, MS_TH_ACK, 0, false}, {64, 2, 0, 0, 0, 1, MS_TH_ACK, 10, false}},
         "fa",
         0},
        {"the second view is not fed any more, whatever it shows",
         {{64, 1, 0, 7, 0, 1, MS_TH_ACK, 0, false},
          {63, 2, 0, 7, 0, 1, MS_TH_ACK, 10, false},
          {63, 2, 0, 9, 0, 77, MS_TH_ACK, 20, false},
          {64, 1, 0, 9, 0, 76, MS_TH_ACK, 30, false}},
         "faaf",
         0},
        {"a repetition in the same view, no identification",
         {{64, 1, 0, 0, 0, 1, MS_TH_ACK, 0, false}, {64, 1, 0, 0, 0, 1, MS_TH_ACK, 10, false}},
         "ff",
         0},
        {"a mirror port: the very same packet",
         {{64, 1, 0, 7, 0, 1, MS_TH_ACK, 0, false}, {64, 1, 0, 7, 0, 1, MS_TH_ACK, 10, false}},
         "fa",
         0},
        {"a repetition has another identification",
         {{64, 1, 0, 7, 0, 1, MS_TH_ACK, 0, false}, {64, 1, 0, 8, 0, 1, MS_TH_ACK, 10, false}},
         "ff",
         0},
        {"too late to be a view",
         {{64, 1, 0, 7, 0, 1, MS_TH_ACK, 0, false},
          {63, 1, 0, 7, 0, 1, MS_TH_ACK, 2000000000, false}},
         "ff",
         0},
        {"a translated flow goes by its first name",
         {{64, 1, 0, 7, 0, 5, MS_TH_SYN, 0, false},
          {63, 2, 0, 7, 999, 5, MS_TH_SYN, 10, false},
          {63, 2, 0, 8, 999, 6, MS_TH_ACK, 20, false},
          {50, 2, 0, 9, 999, 6, MS_TH_ACK, 30, true}},
         "faaf",
         4000},
        {"no router between: the same SYN is another connection",
         {{64, 1, 0, 7, 0, 5, MS_TH_SYN, 0, false}, {64, 2, 0, 7, 999, 5, MS_TH_SYN, 10, false}},
         "ff",
         999},
        {"the same SYN at the same place is another connection",
         {{64, 1, 0, 7, 0, 5, MS_TH_SYN, 0, false}, {64, 1, 0, 7, 999, 5, MS_TH_SYN, 10, false}},
         "ff",
         999},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(t); i++) {
        struct ms_views *v = ms_views_new();
        struct ms_seg seg = {0};
        char got[8] = "";
        ck_assert_ptr_nonnull(v);
        for (size_t k = 0; k < strlen(t[i].want); k++)
            strcat(got, look(v, &t[i].s[k], &seg).again ? "a" : "f");
        ck_assert_msg(strcmp(got, t[i].want) == 0, "%s: want %s, got %s", t[i].what, t[i].want,
                      got);
        if (t[i].last_port)
            UNIT_NUM_EQ(seg.sport == 80 ? seg.dport : seg.sport, t[i].last_port);
        ms_views_free(v);
    }
}
END_TEST

/* The host where the capture was made: what leaves with a fresh hop limit was made there. */
START_TEST(ends)
{
    struct ms_views *v = ms_views_new();
    struct ms_seg seg;
    const struct sight in_before = {55, 1, MS_CAPTURE_IN, 0, 0, 1, MS_TH_ACK, 0, true},
                       out = {64, 1, MS_CAPTURE_OUT, 0, 0, 2, MS_TH_ACK, 10, false},
                       in = {55, 1, MS_CAPTURE_IN, 0, 0, 3, MS_TH_ACK, 20, true},
                       forwarded = {63, 1, MS_CAPTURE_OUT, 0, 77, 2, MS_TH_ACK, 10, false};
    ck_assert_ptr_nonnull(v);
    UNIT_NUM_EQ(look(v, &in_before, &seg).end, MS_CAPTURE_UNKNOWN);
    UNIT_NUM_EQ(look(v, &out, &seg).end, MS_CAPTURE_OUT);
    UNIT_NUM_EQ(look(v, &in, &seg).end, MS_CAPTURE_IN);
    UNIT_NUM_EQ(look(v, &forwarded, &seg).end, MS_CAPTURE_UNKNOWN);
    ms_views_free(v);
}
END_TEST

/* A SYN without a right checksum: that machine leaves them to its card. */
START_TEST(unfinished_sums)
{
    struct ms_views *v = ms_views_new();
    struct ms_seg seg;
    struct sight s = {64, 1, 0, 1, 0, 1, MS_TH_SYN, 0, false};
    ck_assert_ptr_nonnull(v);
    /* `look` leaves tcp_csum_ok unset. */
    ck_assert(look(v, &s, &seg).sums_left);
    s = (struct sight){64, 1, 0, 2, 0, 2, MS_TH_ACK, 10, false};
    ck_assert(look(v, &s, &seg).sums_left);
    s = (struct sight){64, 1, 0, 3, 0, 2, MS_TH_ACK, 10, true};
    ck_assert(!look(v, &s, &seg).sums_left);
    ms_views_free(v);
}
END_TEST

UNIT_MAIN("capture", pcap_variants, pcapng_blocks, comments, cut_anywhere, flipped_anywhere,
          messages, interfaces_bounded, links, views, ends, unfinished_sums)
