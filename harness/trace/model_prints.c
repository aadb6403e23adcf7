/* SPDX-License-Identifier: MIT */
/*
 * Fingerprints of a stream, in place of its octets: one of each segment as it was first sent, which tells of an
 * equal repetition to the octet, and one of each aligned block, which tells of repetitions that are cut in
 * another way. The octets of the block in the making are kept as they are. So a repetition with boundaries of its
 * own is compared except for less than a block at either end.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/model_int.h"

#define BLOCK        64u
#define BLOCKS_START 64u        /* 4 KiB of the stream */
#define BLOCKS_MOST  (1u << 17) /* 8 MiB */
#define MARKS_START  16u
#define MARKS_MOST   256u

/* A segment as it was sent. */
struct mark {
    uint64_t pos, print;
    uint32_t len, flow;
};

/* A block that is known in part, or was completed last. */
struct part {
    uint64_t no;    /* of the block, counted from position 0 */
    uint64_t known; /* a bit for each octet */
    uint8_t octet[BLOCK];
};

struct ms_prints {
    uint64_t hi;       /* one past the highest position */
    uint64_t span;     /* most that was ever sent beyond what was needed */
    uint64_t first_no; /* lowest block remembered */
    uint32_t *block;   /* ring by number; 0: not known */
    size_t n_block;    /* a power of two */
    struct mark *mark; /* ring, newest before next_mark */
    size_t n_mark, cap_mark, next_mark;
    struct part part[2]; /* where the stream grows; where it is repeated or filled */
};

static uint64_t load(const uint8_t *p, size_t n)
{
    uint64_t w = 0;
    memcpy(&w, p, n);
    return w;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Multiplies and folds 16 octets at a time; odd constants keep zeros from being absorbed. */
static uint64_t print_of(const uint8_t *p, size_t n)
{
    const uint64_t k0 = 0xa0761d6478bd642fu, k1 = 0xe7037ed1a0b428dbu;
    uint64_t h = n ^ k0;
    for (; n >= 16; p += 16, n -= 16)
        h = fold(load(p, 8) ^ k0 ^ h, load(p + 8, 8) ^ k1);
    if (n) {
        size_t head = n < 8 ? n : 8;
        h = fold(load(p, head) ^ k0 ^ h, load(p + head, n - head) ^ k1);
    }
    return h;
}

struct ms_prints *ms_prints_new(size_t *held)
{
    struct ms_prints *s = model_alloc(sizeof *s);
    s->n_block = BLOCKS_START;
    s->block = model_alloc(s->n_block * sizeof *s->block);
    s->cap_mark = MARKS_START;
    s->mark = model_alloc(s->cap_mark * sizeof *s->mark);
    s->part[0].no = s->part[1].no = UINT64_MAX;
    *held += sizeof *s + s->n_block * sizeof *s->block + s->cap_mark * sizeof *s->mark;
    return s;
}

void ms_prints_free(struct ms_prints *s, size_t *held)
{
    if (!s)
        return;
    *held -= sizeof *s + s->n_block * sizeof *s->block + s->cap_mark * sizeof *s->mark;
    free(s->block);
    free(s->mark);
    free(s);
}

/* Doubles the ring of blocks. */
static void more_blocks(struct ms_prints *s, size_t *held)
{
    size_t n = s->n_block * 2;
    uint32_t *bigger = model_alloc(n * sizeof *bigger);
    for (uint64_t no = s->first_no; no < s->first_no + s->n_block; no++)
        bigger[no & (n - 1)] = s->block[no & (s->n_block - 1)];
    free(s->block);
    *held += s->n_block * sizeof *bigger;
    s->block = bigger;
    s->n_block = n;
}

/*
 * Makes room for blocks up to `last`. Below `needed` little is expected again (what a path held up that was cut), and
 * is forgotten once memory is no longer plenty.
 */
static void reach(struct ms_prints *s, uint64_t last, uint64_t needed, size_t *held)
{
    while (last - s->first_no >= s->n_block && last - s->first_no < BLOCKS_MOST &&
           *held < (needed / BLOCK + s->n_block <= last ? MODEL_BUDGET : MODEL_PLENTY))
        more_blocks(s, held);
    if (last - s->first_no < s->n_block)
        return;
    uint64_t first = last - s->n_block + 1;
    if (first - s->first_no >= s->n_block)
        memset(s->block, 0, s->n_block * sizeof *s->block);
    else
        for (uint64_t no = s->first_no; no < first; no++)
            s->block[no & (s->n_block - 1)] = 0;
    s->first_no = first;
}

static void add_mark(struct ms_prints *s, const struct mark *new, uint64_t needed, size_t *held)
{
    if (s->n_mark == s->cap_mark) {
        const struct mark *oldest = &s->mark[s->next_mark];
        if (oldest->pos + oldest->len > needed && s->cap_mark < MARKS_MOST &&
            *held < MODEL_BUDGET) {
            struct mark *bigger = model_alloc(2 * s->cap_mark * sizeof *bigger);
            size_t tail = s->cap_mark - s->next_mark;
            memcpy(bigger, oldest, tail * sizeof *bigger);
            memcpy(bigger + tail, s->mark, s->next_mark * sizeof *bigger);
            free(s->mark);
            *held += s->cap_mark * sizeof *bigger;
            s->mark = bigger;
            s->next_mark = s->cap_mark;
            s->cap_mark *= 2;
        }
    }
    s->mark[s->next_mark] = *new;
    s->next_mark = (s->next_mark + 1) & (s->cap_mark - 1);
    if (s->n_mark < s->cap_mark)
        s->n_mark++;
}

/* The same stretch as it was first sent, on that flow if it was sent there. */
static const struct mark *find_mark(const struct ms_prints *s, uint64_t pos, size_t len,
                                    uint32_t flow)
{
    const struct mark *found = NULL;
    for (size_t k = 1; k <= s->n_mark; k++) {
        const struct mark *o = &s->mark[(s->next_mark - k) & (s->cap_mark - 1)];
        if (o->pos != pos || o->len != len)
            continue;
        found = o;
        if (o->flow == flow)
            break;
    }
    return found;
}

static void differ(struct ms_prints_result *r, uint64_t where)
{
    if (!r->differs)
        r->where = where;
    r->differs = true;
}

/* A whole block: learned, or compared. */
static void take_block(struct ms_prints *s, uint64_t no, const uint8_t *octet,
                       struct ms_prints_result *r)
{
    if (no < s->first_no)
        return;
    uint32_t *slot = &s->block[no & (s->n_block - 1)], print = (uint32_t)print_of(octet, BLOCK) | 1;
    if (!*slot)
        *slot = print;
    else if (*slot != print)
        differ(r, no * BLOCK);
}

/* A piece of a block: put together with what is known of it. */
static void take_part(struct ms_prints *s, struct part *other, uint64_t pos, const uint8_t *p,
                      size_t n, struct ms_prints_result *r)
{
    uint64_t no = pos / BLOCK, off = pos % BLOCK;
    uint64_t bits = (~(uint64_t)0 >> (BLOCK - n)) << off;
    struct part *t = s->part[0].no == no ? &s->part[0] : s->part[1].no == no ? &s->part[1] : other;
    if (t->no != no) {
        t->no = no;
        t->known = 0;
    }
    if (t->known & bits)
        for (size_t i = 0; i < n; i++)
            if ((t->known >> (off + i) & 1) && t->octet[off + i] != p[i]) {
                differ(r, pos + i);
                return;
            }
    uint64_t before = t->known;
    memcpy(t->octet + off, p, n);
    t->known |= bits;
    if (t->known == ~(uint64_t)0 && before != t->known)
        take_block(s, no, t->octet, r);
}

static void take_blocks(struct ms_prints *s, uint64_t pos, const uint8_t *p, size_t n,
                        struct ms_prints_result *r)
{
    struct part *other = &s->part[pos < s->hi];
    while (n && !r->differs) {
        size_t piece = BLOCK - pos % BLOCK;
        if (piece > n)
            piece = n;
        if (piece == BLOCK)
            take_block(s, pos / BLOCK, p, r);
        else
            take_part(s, other, pos, p, piece, r);
        pos += piece;
        p += piece;
        n -= piece;
    }
}

void ms_prints_put(struct ms_prints *s, const struct ms_stretch *in, size_t *held,
                   struct ms_prints_result *r)
{
    *r = (struct ms_prints_result){0};
    uint64_t pos = in->pos, end = pos + in->len;
    /* One octet tells nothing: a keepalive, or a probe of a closed window, may carry any. */
    if (in->len < 2 || end < pos || end >> 63)
        return;
    /* A sender repeats what was in flight on a path that failed, and its acknowledgment may pass the repetition. */
    if (end > in->needed && end - in->needed > s->span)
        s->span = end - in->needed;
    uint64_t needed = in->needed > s->span ? in->needed - s->span : 0;
    struct mark m = {
        .pos = pos, .len = (uint32_t)in->len, .flow = in->flow, .print = print_of(in->p, in->len)};
    if (pos < s->hi) {
        const struct mark *old = find_mark(s, pos, in->len, in->flow);
        if (old && old->print == m.print)
            return;
        if (old) {
            differ(r, pos);
            r->same_flow = old->flow == in->flow;
            return;
        }
        r->beyond = pos / BLOCK < s->first_no;
    }
    reach(s, (end - 1) / BLOCK, needed, held);
    take_blocks(s, pos, in->p, in->len, r);
    if (r->differs)
        return;
    add_mark(s, &m, needed, held);
    if (end > s->hi)
        s->hi = end;
}
