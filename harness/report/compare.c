/* SPDX-License-Identifier: MIT */
/* Two runs, result by result: what fails now and did not before, and why. What counts as worse: docs/ci.md. */
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/report.h"

const char *ms_change_name(enum ms_change_kind k)
{
    static const char *const names[MS_CHANGES] = {
        [MS_CHANGE_FAILING] = "newly failing",
        [MS_CHANGE_REASON] = "changed reason",
        [MS_CHANGE_NEW] = "new",
        [MS_CHANGE_GONE] = "gone",
        [MS_CHANGE_PASSING] = "newly passing",
    };
    return names[k];
}

/* ---- sets of names --------------------------------------------------------------------------------------- */

struct names {
    struct ms_arena *a;
    size_t n, cap;
    const char **v;
};

static void names_add(struct names *s, const char *name, size_t len)
{
    for (size_t i = 0; i < s->n; i++)
        if (strlen(s->v[i]) == len && strncmp(s->v[i], name, len) == 0)
            return;
    s->v = ms_arena_grow(s->a, s->v, &s->cap, s->n, sizeof *s->v);
    s->v[s->n++] = ms_arena_strndup(s->a, name, len);
}

static void names_add_list(struct names *s, const char *list)
{
    for (const char *p = list ? list : ""; *(p += strspn(p, ", "));) {
        size_t n = strcspn(p, ", ");
        names_add(s, p, n);
        p += n;
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **names_sorted(struct names *s)
{
    if (s->n)
        qsort(s->v, s->n, sizeof *s->v, by_text);
    return s->v;
}

static bool names_same(const char *const *a, size_t n, const char *const *b, size_t m)
{
    for (size_t i = 0; n == m && i < n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return n == m;
}

static bool names_hold(const char *const *v, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(v[i], name) == 0)
            return true;
    return false;
}

/* ---- one result in one run ------------------------------------------------------------------------------- */

static int by_result(const void *pa, const void *pb)
{
    const struct ms_outcome *a = (*(const struct ms_report_entry *const *)pa)->o,
                            *b = (*(const struct ms_report_entry *const *)pb)->o;
    int c = strcmp(a->instance->name, b->instance->name);
    return c ? c : (a->repetition > b->repetition) - (a->repetition < b->repetition);
}

static const struct ms_report_entry **sorted(struct ms_arena *a, const struct ms_report *r)
{
    const struct ms_report_entry **out = ms_arena_alloc(a, (r->n + 1) * sizeof *out);
    for (size_t i = 0; i < r->n; i++)
        out[i] = &r->entry[i];
    qsort(out, r->n, sizeof *out, by_result);
    return out;
}

static int twice(const struct ms_report_entry **e, size_t n, const char *file, struct ms_error *err)
{
    for (size_t i = 1; i < n; i++)
        if (by_result(&e[i - 1], &e[i]) == 0)
            return ms_fail(err, MS_ERR_PARSE, "%s holds %s twice", file, e[i]->o->instance->name);
    return MS_OK;
}

/* The larger weighs more among repetitions. */
static unsigned weight(const struct ms_report_entry *e)
{
    static const unsigned of[] = {[MS_STANDS_SKIP] = 0,
                                  [MS_STANDS_PASS] = 1,
                                  [MS_STANDS_EXPECTED] = 2,
                                  [MS_STANDS_UNEXPECTED] = 3};
    return of[e->standing] * 16 + (unsigned)e->o->result.verdict;
}

static void add_reasons(const struct ms_result *r, struct names *broken, struct names *warned)
{
    for (size_t i = 0; i < r->n_reason; i++) {
        const struct ms_reason *x = &r->reason[i];
        struct names *to = x->verdict == MS_FAIL ? broken : x->verdict == MS_WARN ? warned : NULL;
        if (!to)
            continue;
        names_add_list(to, x->reqs);
        names_add_list(to, x->rule);
    }
}

static const char *text_of(const struct ms_result *r)
{
    if (r->verdict == MS_SKIP)
        return r->skip_reason ? r->skip_reason : "";
    for (size_t i = 0; i < r->n_reason; i++)
        if (r->reason[i].verdict == r->verdict && r->verdict != MS_PASS)
            return r->reason[i].text ? r->reason[i].text : "";
    return "";
}

/* Takes the repetitions of the first name in e[0..n); returns how many these are. */
static size_t take(struct ms_arena *a, const struct ms_report_entry *const *e, size_t n,
                   struct ms_change_side *out)
{
    const struct ms_report_entry *worst = e[0];
    struct names broken = {.a = a}, warned = {.a = a};
    size_t k = 0;
    for (; k < n && strcmp(e[k]->o->instance->name, e[0]->o->instance->name) == 0; k++) {
        add_reasons(&e[k]->o->result, &broken, &warned);
        if (weight(e[k]) > weight(worst))
            worst = e[k];
    }
    *out = (struct ms_change_side){.there = true,
                                   .verdict = worst->o->result.verdict,
                                   .standing = worst->standing,
                                   .n_broken = broken.n,
                                   .broken = names_sorted(&broken),
                                   .n_warned = warned.n,
                                   .warned = names_sorted(&warned),
                                   .text = text_of(&worst->o->result)};
    return k;
}

/* ---- before against after -------------------------------------------------------------------------------- */

static bool fails(const struct ms_change_side *s)
{
    return s->there && s->standing == MS_STANDS_UNEXPECTED;
}

static bool deviates(const struct ms_change_side *s)
{
    return s->verdict == MS_FAIL || s->verdict == MS_INCONC || s->verdict == MS_ERROR;
}

static bool passes(const struct ms_change_side *s)
{
    return s->verdict == MS_PASS || s->verdict == MS_WARN;
}

static bool alike(const struct ms_change_side *a, const struct ms_change_side *b)
{
    return a->verdict == b->verdict && a->standing == b->standing &&
           names_same(a->broken, a->n_broken, b->broken, b->n_broken) &&
           names_same(a->warned, a->n_warned, b->warned, b->n_warned) &&
           (a->verdict != MS_SKIP || strcmp(a->text, b->text) == 0);
}

static void newly(struct ms_arena *a, struct ms_change *c)
{
    struct names s = {.a = a};
    for (size_t i = 0; i < c->after.n_broken; i++)
        if (!names_hold(c->before.broken, c->before.n_broken, c->after.broken[i]))
            names_add(&s, c->after.broken[i], strlen(c->after.broken[i]));
    /* What began to count although it breaks nothing else than before, as by a list that became shorter. */
    for (size_t i = 0; i < c->after.n_broken && s.n == 0 && c->kind == MS_CHANGE_FAILING; i++)
        names_add(&s, c->after.broken[i], strlen(c->after.broken[i]));
    c->newly = names_sorted(&s);
    c->n_newly = s.n;
}

static bool newly_warns(const struct ms_change *c)
{
    for (size_t i = 0; i < c->after.n_warned; i++)
        if (!names_hold(c->before.warned, c->before.n_warned, c->after.warned[i]) &&
            !names_hold(c->before.broken, c->before.n_broken, c->after.warned[i]))
            return true;
    return false;
}

static bool is_worse(const struct ms_change *c, bool strict)
{
    bool lost = c->kind == MS_CHANGE_GONE ||
                (c->before.there && c->after.verdict == MS_SKIP && c->before.verdict != MS_SKIP);
    if (c->kind == MS_CHANGE_FAILING || (c->kind == MS_CHANGE_NEW && fails(&c->after)))
        return true;
    if (c->kind == MS_CHANGE_REASON && fails(&c->after) && c->n_newly)
        return true;
    return strict && (lost || newly_warns(c));
}

/* False if nothing changed. */
static bool judge(struct ms_arena *a, struct ms_change *c, bool strict)
{
    if (!c->before.there)
        c->kind = MS_CHANGE_NEW;
    else if (!c->after.there)
        c->kind = MS_CHANGE_GONE;
    else if (fails(&c->after) && !fails(&c->before))
        c->kind = MS_CHANGE_FAILING;
    else if (deviates(&c->before) && passes(&c->after))
        c->kind = MS_CHANGE_PASSING;
    else if (!alike(&c->before, &c->after))
        c->kind = MS_CHANGE_REASON;
    else
        return false;
    newly(a, c);
    c->worse = is_worse(c, strict);
    return true;
}

static int by_kind(const void *pa, const void *pb)
{
    const struct ms_change *a = pa, *b = pb;
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcmp(a->name, b->name);
}

static void count(struct ms_arena *a, struct ms_comparison *c)
{
    struct names all = {.a = a};
    for (size_t i = 0; i < c->n; i++) {
        const struct ms_change *x = &c->change[i];
        c->count[x->kind]++;
        c->worse += x->worse;
        for (size_t k = 0; x->worse && k < x->n_newly; k++)
            names_add(&all, x->newly[k], strlen(x->newly[k]));
    }
    c->newly = names_sorted(&all);
    c->n_newly = all.n;
}

/* Behind an agent a case can do what it can do here; with nothing but an address it cannot. */
bool ms_targets_compare(const char *a, const char *b)
{
    static const char *const driven[] = {MS_TARGET_LOCAL, MS_TARGET_AGENT};
    bool in_a = false, in_b = false;
    for (size_t i = 0; i < MS_ARRAY_LEN(driven); i++) {
        in_a = in_a || strcmp(a, driven[i]) == 0;
        in_b = in_b || strcmp(b, driven[i]) == 0;
    }
    return strcmp(a, b) == 0 || (in_a && in_b);
}

int ms_compare(struct ms_arena *a, const struct ms_report *before, const char *before_file,
               const struct ms_report *after, const char *after_file, bool strict,
               struct ms_comparison *out, struct ms_error *err)
{
    *out = (struct ms_comparison){
        .before = before, .before_file = before_file, .after = after, .after_file = after_file};
    if (!ms_targets_compare(before->target, after->target))
        return ms_fail(err, MS_ERR_RANGE, "%s is about another target than %s: '%s', '%s'",
                       before_file, after_file, before->target, after->target);
    const struct ms_report_entry **x = sorted(a, before), **y = sorted(a, after);
    int rc = twice(x, before->n, before_file, err);
    if (rc == MS_OK)
        rc = twice(y, after->n, after_file, err);
    if (rc < 0)
        return rc;
    out->change = ms_arena_alloc(a, (before->n + after->n + 1) * sizeof *out->change);
    for (size_t i = 0, k = 0; i < before->n || k < after->n;) {
        struct ms_change *c = &out->change[out->n];
        int order = i == before->n  ? 1
                    : k == after->n ? -1
                                    : strcmp(x[i]->o->instance->name, y[k]->o->instance->name);
        *c = (struct ms_change){.name =
                                    order <= 0 ? x[i]->o->instance->name : y[k]->o->instance->name};
        if (order <= 0)
            i += take(a, x + i, before->n - i, &c->before);
        if (order >= 0)
            k += take(a, y + k, after->n - k, &c->after);
        if (judge(a, c, strict))
            out->n++;
        else
            out->same++;
    }
    qsort(out->change, out->n, sizeof *out->change, by_kind);
    count(a, out);
    return MS_OK;
}

int ms_compare_bisect(const struct ms_comparison *c)
{
    enum { GOOD = 0, BAD = 1, CANNOT_TEST = 125 };
    bool error = false;
    for (size_t i = 0; i < c->n; i++) {
        const struct ms_change *x = &c->change[i];
        /* An error tells about the machine or the harness, not about the commit. */
        if (x->worse && x->kind != MS_CHANGE_NEW && x->after.verdict != MS_ERROR)
            return BAD;
        error = error || (x->after.verdict == MS_ERROR && x->before.verdict != MS_ERROR);
    }
    bool untested = c->after->counts.skipped == c->after->counts.total;
    return error || untested || c->after->interrupted ? CANNOT_TEST : GOOD;
}
