/* SPDX-License-Identifier: MIT */
/*
 * Captures that must not alarm: honest connections of which the observer sees less, or in another order, or twice.
 * Every base goes through every trouble at every place.
 */
#include "bases.h"
#include "judge.h"
#include "mptcpspec/crypto.h"
#include "views.h"

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
    /* One of the listings shows DATA_FINs that are never acknowledged; what lacks then is no trouble's doing. */
    const struct ms_rule *shown = ms_rule_find("fin-acked");
    bool shows = strcmp(base, "no-data-ack") == 0;
    for (size_t k = 0; k < MS_ARRAY_LEN(places) - network; k++) {
        struct judgement j =
            judge(c, (struct ms_lint_config){
                         .observation = places[k].where, .ignore = &shown, .n_ignore = shows});
        tried++;
        if (!j.findings)
            continue;
        alarms++;
        printf("  %s, %s %zu%s: %s (%s)\n", base, what, i, places[k].text, j.rules, j.text);
    }
}

static void all_silent(void)
{
    printf("%u captures, %u alarms\n", tried, alarms);
    fflush(stdout);
    ck_assert_uint_eq(alarms, 0);
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
    all_silent();
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
    all_silent();
}
END_TEST

/* One of two views lacks a packet. */
START_TEST(seen_once)
{
    tried = alarms = 0;
    const char *name;
    for (size_t n = 0; n < BASES; n++) {
        struct capture base;
        ck_assert(base_make(n, &name, &base));
        for (size_t i = 0; i < base.n && base.link == CAP_ETHERNET; i++)
            for (size_t v = 0; v < MS_ARRAY_LEN(views); v++) {
                struct capture c = {.link = base.link};
                if (!views[v].second)
                    continue;
                view_make(&base, &views[v], i % 3, i & 1, i, &c);
                none(name, &c, views[v].name, i + 1, true);
                cap_free(&c);
            }
        cap_free(&base);
    }
    all_silent();
}
END_TEST

static size_t below(struct ms_rng *r, size_t n)
{
    return n ? (size_t)(ms_rng_u64(r) % n) : 0;
}

/* Takes the packet at `from` and puts it at `to`. */
static void move(struct capture *c, size_t from, size_t to)
{
    struct cap_packet p = c->packet[from];
    memmove(&c->packet[from], &c->packet[from + 1], (c->n - from - 1) * sizeof p);
    memmove(&c->packet[to + 1], &c->packet[to], (c->n - to - 1) * sizeof p);
    c->packet[to] = p;
}

static void drop(struct capture *c, size_t at)
{
    move(c, at, c->n - 1);
    free(c->packet[--c->n].octets);
}

/* One of the troubles; true: it happens on the way only. */
static bool trouble(struct ms_rng *r, struct capture *c, size_t *snap)
{
    size_t at = below(r, c->n), near = at + 1 + below(r, 5);
    if (!c->n)
        return false;
    near = near < c->n ? near : c->n - 1;
    switch (below(r, 7)) {
    case 0:
        for (size_t n = 1 + below(r, 5); n && at < c->n; n--)
            drop(c, at);
        return false;
    case 1:
        move(c, at, near);
        return true;
    case 2:
        cap_append(c, c, at, at + 1);
        move(c, c->n - 1, near);
        return true;
    case 3:
        while (c->n > at + 1)
            drop(c, c->n - 1);
        return false;
    case 4:
        for (size_t n = below(r, 12); n && c->n; n--)
            drop(c, 0);
        return false;
    case 5:
        *snap = 54 + below(r, 120);
        return false;
    default:
        drop(c, at);
        return false;
    }
}

/* Several troubles at a time, by chance; SWEEP_MIXED says how many captures. */
START_TEST(mixed)
{
    const char *many = getenv("SWEEP_MIXED");
    size_t count = many ? strtoul(many, NULL, 10) : 4000;
    struct ms_rng r;
    tried = alarms = 0;
    for (size_t i = 0; i < count; i++) {
        const char *name;
        struct capture base, c = {0};
        size_t snap = SIZE_MAX;
        ms_rng_init(&r, i, "sweep");
        if (!base_make(below(&r, BASES + MS_ARRAY_LEN(scenes)), &name, &base))
            continue;
        c.link = base.link;
        const struct view *v = &views[below(&r, MS_ARRAY_LEN(views))];
        bool twice = base.link == CAP_ETHERNET && below(&r, 2), network = twice;
        for (size_t n = 1 + below(&r, 3); n; n--)
            network |= trouble(&r, &base, &snap);
        if (twice)
            view_make(&base, v, below(&r, 4), below(&r, 2), below(&r, 2 * base.n + 1), &c);
        else
            cap_append(&c, &base, 0, base.n);
        view_cut(&c, snap);
        none(name, &c, twice ? v->name : "mixed", i, network);
        cap_free(&base);
        cap_free(&c);
    }
    all_silent();
}
END_TEST

static void tell_unknown(void *ctx, const struct ms_lint_conn *c)
{
    struct judgement *j = ctx;
    for (size_t i = 0; i < c->n_unknown; i++)
        ms_buf_printf(&j->story, "%s; ", c->unknown[i].reason);
}

/* What a capture leaves open is said: no verdict without its reason. */
START_TEST(left_open)
{
    static const struct {
        bool (*make)(const struct capture *base, size_t i, struct capture *out);
        size_t i;
        unsigned why; /* 0: nothing is left open */
    } rows[] = {
        {early_end, 40, 0},       {mid_start, 1, MS_UNK_START},    {mid_start, 8, MS_UNK_START},
        {missing, 3, MS_UNK_GAP}, {missing_three, 26, MS_UNK_GAP}, {cut, 40, MS_UNK_CUT},
        {cut, 48, MS_UNK_CUT},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        const char *name;
        struct capture base, c = {.link = CAP_ETHERNET};
        ck_assert(base_make(2, &name, &base));
        ck_assert(rows[i].make(&base, rows[i].i, &c));
        struct judgement j = judge(&c, (struct ms_lint_config){.on_conn = tell_unknown});
        const char *told = j.story.data ? j.story.data : "";
        ck_assert_msg(j.verdict == (rows[i].why ? MS_INCONC : MS_PASS), "row %zu: verdict %d, %s",
                      i, j.verdict, told);
        ck_assert_msg(!rows[i].why || strstr(told, ms_unknown_text(rows[i].why)), "row %zu: %s", i,
                      told);
        ms_buf_free(&j.story);
        cap_free(&base);
        cap_free(&c);
    }
}
END_TEST

/* RFC 6824: another protocol, which is neither right nor wrong here. */
START_TEST(foreign)
{
    struct recording r = {0};
    struct play p = record_start(&r);
    scene_version_0(&p);
    struct judgement j = judge(&r.cap, (struct ms_lint_config){.complete = true});
    ck_assert_msg(!j.findings && j.verdict == MS_SKIP, "verdict %d, %s", j.verdict, j.text);
    cap_free(&r.cap);
}
END_TEST

UNIT_MAIN("sweep", troubled, seen_twice, seen_once, mixed, left_open, foreign)
