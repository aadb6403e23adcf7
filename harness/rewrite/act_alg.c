/* SPDX-License-Identifier: MIT */
/*
 * Application gateways: a text in the stream gives way to one of another length, and every later number of the flow is
 * adjusted. The mappings of MPTCP are not, since such a box knows nothing of them (RFC 8684 3.7).
 *
 * Each flow and direction has the list of its edits. A position x of the sender's is forward(x) at the receiver's, and
 * back again; a segment sent again is edited as it was the first time. Only new octets are searched.
 */
#include "rewrite/chain_int.h"
#include "rewrite/actions.h"

#include <stdio.h>
#include <string.h>

enum { EDITS_MAX = 24 };

struct edit {
    uint32_t at; /* the sender's number of the first octet */
    uint8_t was; /* octets */
    struct rewrite_text is;
};

struct alg_side {
    bool active; /* has edits */
    bool searched;
    uint32_t searched_to;
    bool has_acked;
    uint32_t acked; /* by the receiver, in the sender's numbers */
    uint32_t base;  /* what edits have added that are no longer in the list */
    unsigned n;
    struct edit edit[EDITS_MAX]; /* by position */
};

struct alg_state {
    struct alg_side side[2];
};

static uint32_t forward(const struct alg_side *s, uint32_t x)
{
    uint32_t shift = s->base;
    for (unsigned i = 0; i < s->n; i++) {
        const struct edit *e = &s->edit[i];
        const uint32_t in = x - e->at;
        if (ms_seq_le(x, e->at))
            break;
        if (in < e->was)
            return e->at + shift + (in < e->is.len ? in : e->is.len);
        shift += (uint32_t)e->is.len - e->was;
    }
    return x + shift;
}

/* A text that has not arrived wholly is not acknowledged wholly. */
static uint32_t backward(const struct alg_side *s, uint32_t y)
{
    uint32_t shift = s->base;
    for (unsigned i = 0; i < s->n; i++) {
        const struct edit *e = &s->edit[i];
        const uint32_t in = y - (e->at + shift);
        if (ms_seq_le(y, e->at + shift))
            break;
        if (in < e->is.len)
            return e->at + (in < e->was ? in : (uint32_t)e->was - 1);
        shift += (uint32_t)e->is.len - e->was;
    }
    return y - shift;
}

/*
 * Octets that were acknowledged come again at most by mistake, and are thrown away wherever they seem to belong: edits
 * before them need only be counted. False: no room for another edit.
 */
static bool remember(struct alg_side *s, uint32_t at, size_t was, const struct rewrite_text *is)
{
    if (s->n == EDITS_MAX) {
        const struct edit *e = &s->edit[0];
        if (!s->has_acked || ms_seq_lt(s->acked, e->at + e->was))
            return false;
        s->base += (uint32_t)e->is.len - e->was;
        memmove(s->edit, s->edit + 1, (EDITS_MAX - 1) * sizeof s->edit[0]);
        s->n--;
    }
    s->edit[s->n++] = (struct edit){.at = at, .was = (uint8_t)was, .is = *is};
    s->active = true;
    return true;
}

/* Finds what to replace in p[0..n): how long it is, what comes instead. NULL: nothing. */
typedef const uint8_t *alg_find(const struct ms_rewrite *r, const uint8_t *p, size_t n,
                                bool line_begins, size_t *was, struct rewrite_text *is);

/* Looks through the octets that are new; `from` is the number of payload[0]. */
static void search(struct ms_rewrite *r, struct rewrite_work *w, struct alg_side *s, uint32_t from,
                   alg_find *find)
{
    size_t at = 0;
    size_t room = w->tcp_at - REWRITE_ETH_LEN + w->tcp_len;
    room = room < REWRITE_PACKET_LEN ? REWRITE_PACKET_LEN - room : 0;
    if (s->searched && ms_seq_lt(from, s->searched_to))
        at = s->searched_to - from;
    while (at < w->seg.payload_len) {
        const uint8_t *p = w->seg.payload;
        struct rewrite_text is;
        size_t was = 0;
        const uint8_t *hit =
            find(r, p + at, w->seg.payload_len - at, at == 0 || p[at - 1] == '\n', &was, &is);
        if (hit == NULL)
            break;
        at = (size_t)(hit - p) + was;
        if (is.len > was + room || !remember(s, from + (uint32_t)(hit - p), was, &is))
            continue;
        room = room + was - is.len;
    }
}

struct output {
    uint8_t *at;
    size_t n, cap;
};

/* What does not fit is cut off, and so is everything after it. */
static void put(struct output *o, const uint8_t *p, size_t n)
{
    if (n > o->cap - o->n) {
        n = o->cap - o->n;
        o->cap = o->n + n;
    }
    memcpy(o->at + o->n, p, n);
    o->n += n;
}

/* The payload [from, from + n) as the receiver gets it, with all edits that fall into it. */
static void edited(const struct alg_side *s, const uint8_t *payload, uint32_t from, size_t n,
                   struct output *out)
{
    const uint32_t end = from + (uint32_t)n;
    uint32_t pos = from;
    for (unsigned i = 0; i < s->n; i++) {
        const struct edit *e = &s->edit[i];
        const uint32_t edit_end = e->at + e->was;
        if (ms_seq_le(edit_end, pos) || ms_seq_le(end, e->at))
            continue;
        if (ms_seq_lt(pos, e->at)) {
            put(out, payload + (pos - from), e->at - pos);
            pos = e->at;
        }
        const bool cut = ms_seq_lt(end, edit_end);
        uint32_t first = pos - e->at, last = cut ? end - e->at : e->is.len;
        first = first < e->is.len ? first : e->is.len;
        last = last < e->is.len ? last : e->is.len;
        put(out, e->is.octets + first, last - first);
        pos = cut ? end : edit_end;
    }
    put(out, payload + (pos - from), end - pos);
}

/* Tells whether something changed. */
static bool edit_payload(struct rewrite_work *w, const struct alg_side *s)
{
    struct ms_seg *seg = &w->seg;
    const uint32_t from = seg->seq + ((seg->flags & MS_TH_SYN) != 0);
    const uint32_t end = from + (uint32_t)seg->payload_len;
    const size_t header = w->tcp_at - REWRITE_ETH_LEN + w->tcp_len - seg->payload_len;
    const size_t was = seg->payload_len;
    const uint32_t seq = forward(s, seg->seq);
    bool changed = seq != seg->seq;
    if (was != 0) {
        struct output out = {.at = w->chain->spare, .cap = was};
        if (header + was < REWRITE_PACKET_LEN)
            out.cap = REWRITE_PACKET_LEN - header;
        edited(s, seg->payload, from, was, &out);
        changed |= out.n != was || memcmp(out.at, seg->payload, was) != 0;
        rewrite_packet_own(w);
        memcpy(w->payload, out.at, out.n);
        seg->payload_len = out.n;
        /* What was cut off is lost, as on any path: what ends the stream may not stand before it. */
        if (out.n != forward(s, end) - forward(s, from))
            seg->flags = (uint8_t)(seg->flags & ~(MS_TH_FIN | MS_TH_PSH));
    }
    seg->seq = seq;
    return changed;
}

/* The receiver's numbers, as the sender knows them. */
static bool restore_ack(struct ms_seg *seg, struct alg_side *s)
{
    bool changed = false;
    if ((seg->flags & MS_TH_ACK) != 0) {
        const uint32_t ack = backward(s, seg->ack);
        changed = ack != seg->ack;
        seg->ack = ack;
        if (!s->has_acked || ms_seq_lt(s->acked, ack))
            s->acked = ack;
        s->has_acked = true;
    }
    for (unsigned i = 0; i < seg->n_opt; i++) {
        struct ms_opt *o = &seg->opt[i];
        for (unsigned at = 2; o->kind == MS_TCPOPT_SACK && at + 4 <= o->occupied; at += 4) {
            const uint32_t y = ms_get32(o->raw + at), x = backward(s, y);
            ms_put32(o->raw + at, x);
            changed |= x != y;
        }
    }
    return changed;
}

static enum rewrite_result gateway(struct ms_rewrite *r, struct rewrite_work *w, bool selected,
                                   alg_find *find)
{
    const enum ms_dir d = w->dir, back = d == MS_DIR_TX ? MS_DIR_RX : MS_DIR_TX;
    const uint32_t from = w->seg.seq + ((w->seg.flags & MS_TH_SYN) != 0);
    struct alg_state *s = rewrite_known(w);
    bool changed = false;
    if (s == NULL && r->dirs[d] && w->seg.payload_len != 0)
        s = rewrite_state(w, sizeof *s);
    if (s == NULL || w->seg.missing != 0)
        return REWRITE_UNCHANGED;
    if (r->dirs[d] && w->seg.payload_len != 0) {
        if (selected)
            search(r, w, &s->side[d], from, find);
        struct alg_side *side = &s->side[d];
        const uint32_t end = from + (uint32_t)w->seg.payload_len;
        if (!side->searched || ms_seq_lt(side->searched_to, end))
            side->searched_to = end;
        side->searched = true;
    }
    if (s->side[d].active)
        changed = edit_payload(w, &s->side[d]);
    if (s->side[back].active)
        changed |= restore_ack(&w->seg, &s->side[back]);
    return changed ? REWRITE_CHANGED : REWRITE_UNCHANGED;
}

static const uint8_t *find_text(const struct ms_rewrite *r, const uint8_t *p, size_t n,
                                bool line_begins, size_t *was, struct rewrite_text *is)
{
    (void)line_begins;
    *was = r->text[0].len;
    *is = r->text[1];
    return memmem(p, n, r->text[0].octets, r->text[0].len);
}

REWRITE_EACH(act_alg)
{
    return gateway(r, w, selected, find_text);
}

/* The argument of "PORT a,b,c,d,p,q" (RFC 959 4.1.2) as it shall be. */
static void port_argument(const struct ms_rewrite *r, struct rewrite_text *is)
{
    const uint8_t *a = r->addr.octets;
    is->len = (uint8_t)snprintf((char *)is->octets, sizeof is->octets, "%u,%u,%u,%u,%u,%u", a[0],
                                a[1], a[2], a[3], (unsigned)(r->n >> 8), (unsigned)(r->n & 255));
}

/* "EPRT |1|132.235.1.2|6275|" (RFC 2428 2). */
static void eprt_argument(const struct ms_rewrite *r, struct rewrite_text *is)
{
    char addr[46];
    is->len = (uint8_t)snprintf((char *)is->octets, sizeof is->octets, "|%u|%s|%u|",
                                r->addr.family == MS_IPV6 ? 2u : 1u, ms_addr_text(&r->addr, addr),
                                (unsigned)r->n);
}

static const uint8_t *find_port(const struct ms_rewrite *r, const uint8_t *p, size_t n,
                                bool line_begins, size_t *was, struct rewrite_text *is)
{
    static const struct {
        const char *verb, *argument;
        bool six;
        void (*make)(const struct ms_rewrite *r, struct rewrite_text *is);
    } commands[] = {
        {"PORT ", "0123456789,", false, port_argument},
        {"EPRT ", "0123456789abcdefABCDEF.:|", true, eprt_argument},
    };
    for (size_t at = 0; at + 5 < n; at++) {
        if (at == 0 ? !line_begins : p[at - 1] != '\n')
            continue;
        for (size_t c = 0; c < MS_ARRAY_LEN(commands); c++) {
            if (memcmp(p + at, commands[c].verb, 5) != 0 ||
                (!commands[c].six && r->addr.family == MS_IPV6))
                continue;
            size_t len = 0;
            while (at + 5 + len < n && p[at + 5 + len] != '\0' &&
                   strchr(commands[c].argument, p[at + 5 + len]) != NULL)
                len++;
            /* The line must end here, or more of the argument may follow in the next segment. */
            if (len == 0 || len > REWRITE_TEXT_MAX || at + 5 + len == n)
                continue;
            commands[c].make(r, is);
            *was = len;
            return p + at + 5;
        }
    }
    return NULL;
}

REWRITE_EACH(act_ftp_port)
{
    return gateway(r, w, selected, find_port);
}
