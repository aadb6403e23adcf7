/* SPDX-License-Identifier: MIT */
/*
 * Captures that must not alarm: honest connections of which the observer sees less, or in another order, or twice.
 * Every base goes through every trouble at every place.
 */
#include "judge.h"
#include "listing.h"
#include "plays.h"
#include "record.h"
#include "views.h"

/* ---- bases: what two honest hosts do ---------------------------------------------------------------------- */

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
static bool base_make(size_t n, const char **name, struct capture *cap)
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

/* ---- troubles: each makes of a base its capture number i; false beyond the last ---------------------------- */

static bool mid_start(const struct capture *b, size_t i, struct capture *c)
{
    cap_append(c, b, i, b->n);
    return i < b->n;
}

static bool early_end(const struct capture *b, size_t i, struct capture *c)
{
    cap_append(c, b, 0, i);
    return i <= b->n;
}

static bool missing(const struct capture *b, size_t i, struct capture *c)
{
    cap_append(c, b, 0, i);
    cap_append(c, b, i + 1, b->n);
    return i < b->n;
}

static bool missing_three(const struct capture *b, size_t i, struct capture *c)
{
    cap_append(c, b, 0, i);
    cap_append(c, b, i + 3, b->n);
    return i + 3 <= b->n;
}

static bool swapped(const struct capture *b, size_t i, struct capture *c)
{
    if (i + 2 > b->n)
        return false;
    cap_append(c, b, 0, i);
    cap_append(c, b, i + 1, i + 2);
    cap_append(c, b, i, i + 1);
    cap_append(c, b, i + 2, b->n);
    return true;
}

static bool doubled(const struct capture *b, size_t i, struct capture *c)
{
    cap_append(c, b, 0, i + 1);
    cap_append(c, b, i, b->n);
    return i < b->n;
}

/* The network doubles a packet, and the second one comes late. */
static bool doubled_late(const struct capture *b, size_t i, struct capture *c)
{
    cap_append(c, b, 0, i + 4);
    cap_append(c, b, i, i + 1);
    cap_append(c, b, i + 4, b->n);
    return i + 4 < b->n;
}

static bool cut(const struct capture *b, size_t i, struct capture *c)
{
    cap_append(c, b, 0, b->n);
    view_cut(c, 34 + i);
    return i < 120;
}

/* The first packets were cut by a smaller snap length than the rest: two captures put together. */
static bool mid_start_cut(const struct capture *b, size_t i, struct capture *c)
{
    cap_append(c, b, i, b->n);
    view_cut(c, 96);
    return i < b->n;
}

static const struct trouble {
    const char *name;
    bool (*make)(const struct capture *base, size_t i, struct capture *out);
    bool network; /* happens on the way, so not before a capture at the sender */
} troubles[] = {
    {"starts with packet", mid_start, false},
    {"ends before packet", early_end, false},
    {"lacks packet", missing, false},
    {"lacks three packets from", missing_three, false},
    {"swaps a pair at", swapped, true},
    {"doubles packet", doubled, true},
    {"doubles later packet", doubled_late, true},
    {"snap length 34 +", cut, false},
    {"snap length 96, starts with packet", mid_start_cut, false},
};

/* ---- views: the same packets once more from elsewhere ------------------------------------------------------ */

static const struct view {
    const char *name;
    view_alter *first, *second;
    bool network; /* as on the way only */
} views[] = {
    {"as it is", view_same, NULL, false},
    {"unfinished sums", view_unfinished, NULL, false},
    {"unfinished sums of one host", view_unfinished_a, NULL, false},
    {"VLAN", view_vlan, NULL, false},
    {"twice the same", view_same, view_same, true},
    {"before and behind a router", view_same, view_routed, false},
    {"unfinished sums, then behind a router", view_unfinished, view_routed, false},
    {"VLAN and without", view_vlan, view_same, false},
    {"VLAN behind a router", view_routed, view_vlan, false},
    {"both sides of a translator", view_same, view_translated, false},
    {"behind a translator", view_translated, NULL, false},
};

/* The second view lags behind by some packets; one view may lack a packet, or hold merged ones. */
static void view_make(const struct capture *b, const struct view *v, size_t lag, bool merge,
                      size_t lacks, struct capture *c)
{
    struct capture first = {.link = b->link}, second = {.link = b->link};
    cap_append(&first, b, 0, b->n);
    cap_append(&second, b, 0, lacks < b->n ? lacks : b->n);
    cap_append(&second, b, lacks + 1, b->n);
    if (merge)
        view_merge(&first);
    for (size_t i = 0; i < first.n; i++)
        v->first(&first.packet[i]);
    for (size_t i = 0; v->second && i < second.n; i++)
        v->second(&second.packet[i]);
    size_t at = 0;
    for (size_t i = 0; i < first.n; i++) {
        cap_append(c, &first, i, i + 1);
        uint64_t now = first.packet[i].time_ns;
        for (; v->second && at < second.n && second.packet[at].time_ns + lag * 1000000u <= now;
             at++)
            cap_append(c, &second, at, at + 1);
    }
    if (v->second)
        cap_append(c, &second, at, second.n);
    cap_free(&first);
    cap_free(&second);
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static unsigned tried, alarms;

static void none(const char *base, const struct capture *c, const char *what, size_t i,
                 bool network)
{
    static const struct {
        unsigned where;
        const char *text;
    } places[] = {{MS_OBS_MIDDLE, ""},
                  {MS_OBS_RECEIVER, " at the receiver"},
                  {MS_OBS_SENDER, " at the sender"}};
    for (size_t k = 0; k < MS_ARRAY_LEN(places) - network; k++) {
        struct judgement j = judge(c, (struct ms_lint_config){.observation = places[k].where});
        tried++;
        if (!j.findings)
            continue;
        alarms++;
        printf("  %s, %s %zu%s: %s (%s)\n", base, what, i, places[k].text, j.rules, j.text);
    }
}

START_TEST(troubled)
{
    const char *name;
    for (size_t n = 0; n < BASES + MS_ARRAY_LEN(scenes); n++) {
        struct capture base;
        if (!base_make(n, &name, &base))
            continue;
        for (size_t t = 0; t < MS_ARRAY_LEN(troubles); t++)
            for (size_t i = 0;; i++) {
                struct capture c = {.link = base.link};
                bool more = troubles[t].make(&base, i, &c);
                if (more)
                    none(name, &c, troubles[t].name, i + 1, troubles[t].network);
                cap_free(&c);
                if (!more)
                    break;
            }
        cap_free(&base);
    }
    printf("%u captures, %u alarms\n", tried, alarms);
    fflush(stdout);
    ck_assert_uint_eq(alarms, 0);
}
END_TEST

START_TEST(seen_twice)
{
    tried = alarms = 0;
    const char *name;
    for (size_t n = 0; n < BASES + MS_ARRAY_LEN(scenes); n++) {
        struct capture base;
        if (!base_make(n, &name, &base))
            continue;
        for (size_t v = 0; v < MS_ARRAY_LEN(views) && base.link == CAP_ETHERNET; v++)
            for (size_t lag = 0; lag < 4; lag++)
                for (unsigned merge = 0; merge < 2; merge++) {
                    struct capture c = {.link = base.link};
                    view_make(&base, &views[v], lag, merge, SIZE_MAX - 1, &c);
                    none(name, &c, views[v].name, lag, lag > 0 || views[v].network);
                    cap_free(&c);
                }
        cap_free(&base);
    }
    printf("%u captures, %u alarms\n", tried, alarms);
    fflush(stdout);
    ck_assert_uint_eq(alarms, 0);
}
END_TEST

UNIT_MAIN("sweep", troubled, seen_twice)
