/* SPDX-License-Identifier: MIT */
/* The captures of honest connections that the sweep starts from. */
#ifndef MPTCPSPEC_BASES_H
#define MPTCPSPEC_BASES_H

#include "listing.h"
#include "plays.h"
#include "record.h"

static const struct base {
    const char *name;
    void (*play)(struct play *p); /* NULL: a listing of that name */
    bool v6, csum, ts;
} bases[] = {
    {"whole", play_all, false, false, false},
    {"whole, timestamps", play_all, false, false, true},
    {"whole, checksums", play_all, false, true, false},
    {"whole, IPv6", play_all, true, false, true},
    {"bulk", play_bulk, false, false, false},
    {"bulk, checksums", play_bulk, false, true, true},
    {"loopback", NULL, false, false, false},
    {"internet", NULL, false, false, false},
    {"two-subflows", NULL, false, false, false},
    {"no-data-ack", NULL, false, false, false},
    {"reinject", play_reinject, false, false, true},
    {"reinject, checksums", play_reinject, true, true, false},
    {"come and go", play_come_and_go, false, false, true},
    {"fast close", play_fast_close, false, false, true},
    {"fast close by RST", play_fast_close_rst, false, false, false},
    {"fail, only subflow", play_fail_only, false, true, true},
    {"fail, one of two", play_fail_one_of_two, false, true, false},
    {"narrow wrap", play_narrow_wrap, false, false, true},
    {"two connections", play_two, false, false, true},
    {"two connections, checksums", play_two, false, true, false},
};

#define BASES MS_ARRAY_LEN(bases)

/* The scenes in which nothing is wrong are bases as well. */
static inline bool base_make(size_t n, const char **name, struct capture *cap)
{
    struct recording r = {0};
    struct play p = record_start(&r);
    *cap = (struct capture){0};
    if (n >= BASES) {
        const struct scene *s = &scenes[n - BASES];
        *name = s->name;
        if (*s->want || s->tester >= 0)
            return false;
        s->play(&p);
        *cap = r.cap;
        return true;
    }
    const struct base *b = &bases[n];
    *name = b->name;
    if (!b->play) {
        char path[128];
        struct listing l;
        snprintf(path, sizeof path, "tests/lint/seeds/%s.txt", b->name);
        listing_read(&l, path, cap);
        ms_buf_free(&l.text);
        return true;
    }
    r.ts = b->ts;
    p.v6 = b->v6;
    p.csum = b->csum;
    b->play(&p);
    *cap = r.cap;
    return true;
}

#endif
