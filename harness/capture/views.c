/* SPDX-License-Identifier: MIT */
/*
 * Recognises further views of a packet. A view is a way of seeing: interface, direction, link-layer addresses,
 * tags, hop limit. The first packet that is found again elsewhere makes that other view of its direction a
 * second one; from then on nothing of that view is fed, so that segments which one of the two places shows merged,
 * split or altered are not taken for repetitions. A SYN that is found again under other addresses makes its flow
 * another name of the first one.
 */
#include "mptcpspec/capture.h"

#include <stdlib.h>
#include <string.h>

enum {
    RECENT = 16384, /* packets that can be recognised */
    OPENINGS = 1024,
    FLOWS = 4096, /* directions of flows with a second view or another name ... */
    WAYS = 4,     /* ... in sets of so many */
    SECOND_VIEWS = 4,
    HABITS = 8192,
};
/* Views of one packet are at most so far apart; also of a SYN, whose repetition changes its timestamp. */
#define APART_NS UINT64_C(1000000000)

struct tuple {
    struct ms_addr src, dst;
    uint16_t sport, dport;
};

struct recent {
    uint64_t hash, time_ns;
    uint32_t view;
};

struct opening { /* a SYN */
    uint64_t hash, time_ns;
    uint32_t view;
    uint8_t ttl;
    struct tuple name;
};

struct flow {     /* one direction */
    uint64_t key; /* 0: free */
    uint64_t used;
    uint32_t second[SECOND_VIEWS];
    uint8_t n_second;
    bool translated;
    struct tuple name; /* translated: the first name */
};

struct ms_views {
    uint64_t clock;
    size_t flows;
    struct recent recent[RECENT];
    struct opening opening[OPENINGS];
    struct flow flow[FLOWS / WAYS][WAYS];
    uint64_t
        leaving[HABITS]; /* keys of directions that leave the host where the capture was made */
    uint64_t unfinished[HABITS]; /* ... whose SYN had no right checksum */
};

struct ms_views *ms_views_new(void)
{
    return calloc(1, sizeof(struct ms_views));
}

void ms_views_free(struct ms_views *v)
{
    free(v);
}

/* Two words folded into one; good enough to spread, values mean nothing. */
static uint64_t fold(uint64_t h, uint64_t w)
{
    const unsigned __int128 m = (unsigned __int128)(h ^ w) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t fold_octets(uint64_t h, const uint8_t *p, size_t n)
{
    uint64_t w;
    for (; n >= sizeof w; n -= sizeof w, p += sizeof w) {
        memcpy(&w, p, sizeof w);
        h = fold(h, w);
    }
    w = n;
    if (n)
        memcpy(&w, p, n);
    return fold(h, w + n);
}

static uint64_t key_of(const struct ms_addr *src, const struct ms_addr *dst, uint16_t sport,
                       uint16_t dport)
{
    const size_t n = src->family == MS_IPV6 ? 16 : 4;
    uint64_t h = fold(src->family + 1u, (uint64_t)sport << 16 | dport);
    h = fold_octets(h, src->octets, n);
    h = fold_octets(h, dst->octets, n);
    return h ? h : 1;
}

static bool within(uint64_t a, uint64_t b)
{
    return a > b ? a - b < APART_NS : b - a < APART_NS;
}

/* What of a packet no router changes; addresses and ports may be, the checksum then is. */
static uint64_t content(const struct ms_seg *seg, const struct ms_capture_ip *ip)
{
    size_t header = (size_t)seg->doff * 4;
    uint64_t h = fold(seg->payload_len, seg->flags);
    h = fold(h, (uint64_t)seg->seq << 32 | seg->ack);
    h = fold(h, seg->win);
    if (header > 20 && (size_t)(seg->payload - ip->octets) >= header + 20)
        h = fold_octets(h, seg->payload - header + 20, header - 20);
    return fold_octets(h, seg->payload, seg->payload_len < 16 ? seg->payload_len : 16);
}

/* 0 where the sender gives none (RFC 6864 4.1), or the version has none. */
static uint16_t ip_id(const struct ms_capture_ip *ip)
{
    return ip->octets[0] >> 4 == 4 && ip->len >= 6 ? ms_get16(ip->octets + 4) : 0;
}

static struct flow *find(struct ms_views *v, uint64_t key)
{
    struct flow *set = v->flow[key % (FLOWS / WAYS)];
    for (unsigned i = 0; i < WAYS; i++)
        if (set[i].key == key) {
            set[i].used = ++v->clock;
            return &set[i];
        }
    return NULL;
}

/* Takes the place of the one that was idle for longest. */
static struct flow *add(struct ms_views *v, uint64_t key)
{
    struct flow *f = find(v, key);
    if (f)
        return f;
    struct flow *set = v->flow[key % (FLOWS / WAYS)];
    f = &set[0];
    for (unsigned i = 1; i < WAYS; i++)
        if (set[i].used < f->used)
            f = &set[i];
    v->flows += f->key == 0;
    *f = (struct flow){.key = key, .used = ++v->clock};
    return f;
}

static void add_name(struct ms_views *v, const struct tuple *other, const struct tuple *first)
{
    struct flow *f = add(v, key_of(&other->src, &other->dst, other->sport, other->dport));
    f->translated = true;
    f->name = *first;
}

static struct tuple reversed(const struct tuple *t)
{
    return (struct tuple){t->dst, t->src, t->dport, t->sport};
}

/*
 * The same SYN, by its sequence number, window and all of its options with the timestamp, under other addresses
 * and after a router (the hop limit differs) is the same connection.
 */
static void look_for_name(struct ms_views *v, const struct ms_seg *seg, uint64_t hash,
                          uint32_t view, uint64_t time_ns)
{
    const struct tuple name = {seg->src, seg->dst, seg->sport, seg->dport};
    struct opening *o = &v->opening[hash % OPENINGS];
    if (o->hash == hash && within(o->time_ns, time_ns) && o->view != view && o->ttl != seg->ttl) {
        if (memcmp(&o->name, &name, sizeof name) == 0)
            return;
        const struct tuple back = reversed(&name), first_back = reversed(&o->name);
        add_name(v, &name, &o->name);
        add_name(v, &back, &first_back);
        return;
    }
    *o = (struct opening){hash, time_ns, view, seg->ttl, name};
}

static bool is_second(const struct flow *f, uint32_t view)
{
    for (unsigned i = 0; i < f->n_second; i++)
        if (f->second[i] == view)
            return true;
    return false;
}

/* Initial hop limits: a packet that leaves with one of them was made here, a forwarded one has less. */
static bool is_initial(uint8_t ttl)
{
    return ttl == 64 || ttl == 128 || ttl == 255;
}

static enum ms_capture_dir end_of(struct ms_views *v, const struct ms_seg *seg,
                                  const struct ms_capture_ip *ip, uint64_t key)
{
    if (ip->dir == MS_CAPTURE_OUT) {
        if (!is_initial(seg->ttl))
            return MS_CAPTURE_UNKNOWN;
        v->leaving[key % HABITS] = key;
        return MS_CAPTURE_OUT;
    }
    const uint64_t back = key_of(&seg->dst, &seg->src, seg->dport, seg->sport);
    return ip->dir == MS_CAPTURE_IN && v->leaving[back % HABITS] == back ? MS_CAPTURE_IN
                                                                         : MS_CAPTURE_UNKNOWN;
}

/*
 * Captured at the sender, segments have what its stack left for the card to finish: part of a sum, or nothing
 * sensible at all. A SYN is the first to show it; one that is damaged on the way is rare, and merely hides others.
 */
static bool sums_left(struct ms_views *v, const struct ms_seg *seg, uint64_t key)
{
    uint64_t *place = &v->unfinished[key % HABITS];
    if (seg->flags & MS_TH_SYN)
        *place = seg->tcp_csum_ok ? (*place == key ? 0 : *place) : key;
    return *place == key;
}

void ms_views_look(struct ms_views *v, struct ms_seg *seg, const struct ms_capture_ip *ip,
                   uint64_t time_ns, struct ms_view *out)
{
    const uint32_t view = (uint32_t)fold(ip->path, seg->ttl);
    const uint64_t body = content(seg, ip);
    uint64_t key = key_of(&seg->src, &seg->dst, seg->sport, seg->dport);
    *out = (struct ms_view){0};
    if ((seg->flags & (MS_TH_SYN | MS_TH_ACK)) == MS_TH_SYN)
        look_for_name(v, seg, body, view, time_ns);
    struct flow *f = v->flows ? find(v, key) : NULL;
    if (f && f->translated) {
        seg->src = f->name.src;
        seg->dst = f->name.dst;
        seg->sport = f->name.sport;
        seg->dport = f->name.dport;
        out->translated = true;
        key = key_of(&seg->src, &seg->dst, seg->sport, seg->dport);
        f = find(v, key);
    }
    if (f && is_second(f, view)) {
        out->again = true;
        return;
    }
    const uint16_t id = ip_id(ip);
    const uint64_t hash = fold(fold(key, body), id);
    struct recent *r = &v->recent[hash % RECENT];
    if (r->hash == hash && within(r->time_ns, time_ns) && (r->view != view || id != 0)) {
        out->again = true;
        if (r->view == view)
            return; /* the very same packet twice: a port that mirrors both directions */
        f = add(v, key);
        if (!f->translated && f->n_second < SECOND_VIEWS)
            f->second[f->n_second++] = view;
        return;
    }
    *r = (struct recent){hash, time_ns, view};
    out->sums_left = sums_left(v, seg, key);
    if (ip->dir != MS_CAPTURE_UNKNOWN)
        out->end = end_of(v, seg, ip, key);
}
