/* SPDX-License-Identifier: MIT */
/* Octets by position, in a ring that grows up to a limit; one bit each says whether it is known. */
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/model.h"

#define BYTES_START 4096

struct ms_bytes {
    uint64_t base; /* lowest position remembered */
    size_t cap, limit;
    size_t *budget;
    uint8_t *octet;
    uint8_t *known; /* bitmap by ring index */
};

static bool known_at(const struct ms_bytes *b, uint64_t pos)
{
    size_t i = (size_t)(pos & (b->cap - 1));
    return b->known[i / 8] >> (i % 8) & 1;
}

static void mark(struct ms_bytes *b, uint64_t pos, bool on)
{
    size_t i = (size_t)(pos & (b->cap - 1));
    uint8_t bit = (uint8_t)(1u << (i % 8));
    if (on)
        b->known[i / 8] |= bit;
    else
        b->known[i / 8] &= (uint8_t)~bit;
}

struct ms_bytes *ms_bytes_new(size_t limit, size_t *budget)
{
    struct ms_bytes *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->limit = limit < BYTES_START ? BYTES_START : limit;
    b->budget = budget;
    return b;
}

void ms_bytes_free(struct ms_bytes *b)
{
    if (!b)
        return;
    free(b->octet);
    free(b->known);
    free(b);
}

/* Doubles the ring; false when limit, budget or memory forbids it: the store then forgets instead. */
static bool grow(struct ms_bytes *b)
{
    size_t cap = b->cap ? b->cap * 2 : BYTES_START;
    if (cap > b->limit || (b->budget && *b->budget < cap - b->cap))
        return false;
    struct ms_bytes bigger = *b;
    bigger.cap = cap;
    bigger.octet = malloc(cap);
    bigger.known = calloc(cap / 8, 1);
    if (!bigger.octet || !bigger.known) {
        free(bigger.octet);
        free(bigger.known);
        return false;
    }
    for (uint64_t pos = b->base; pos < b->base + b->cap; pos++) {
        if (!known_at(b, pos))
            continue;
        bigger.octet[pos & (cap - 1)] = b->octet[pos & (b->cap - 1)];
        mark(&bigger, pos, true);
    }
    if (b->budget)
        *b->budget -= cap - b->cap;
    free(b->octet);
    free(b->known);
    *b = bigger;
    return true;
}

/* Makes room for positions below `end`, forgetting the oldest where the ring cannot grow. */
static bool reach(struct ms_bytes *b, uint64_t end)
{
    while (end - b->base > b->cap && end - b->base <= b->limit)
        if (!grow(b))
            break;
    if (!b->cap && !grow(b))
        return false;
    if (end - b->base <= b->cap)
        return true;
    uint64_t base = end - b->cap;
    if (base - b->base >= b->cap) {
        memset(b->known, 0, b->cap / 8);
    } else {
        for (uint64_t pos = b->base; pos < base; pos++)
            mark(b, pos, false);
    }
    b->base = base;
    return true;
}

bool ms_bytes_put(struct ms_bytes *b, uint64_t pos, const uint8_t *p, size_t n, uint64_t *where)
{
    if (!b || !n || pos + n < pos)
        return true;
    if (pos + n > b->base && !reach(b, pos + n))
        return true;
    bool same = true;
    for (size_t i = 0; i < n; i++) {
        uint64_t at = pos + i;
        if (at < b->base)
            continue;
        uint8_t *slot = &b->octet[at & (b->cap - 1)];
        if (!known_at(b, at)) {
            *slot = p[i];
            mark(b, at, true);
        } else if (*slot != p[i] && same) {
            same = false;
            *where = at;
        }
    }
    return same;
}

bool ms_bytes_get(const struct ms_bytes *b, uint64_t pos, uint8_t *out, size_t n)
{
    if (!n)
        return true;
    if (!b || !b->cap || pos < b->base || n > b->cap || pos - b->base > b->cap - n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!known_at(b, pos + i))
            return false;
        out[i] = b->octet[(pos + i) & (b->cap - 1)];
    }
    return true;
}
