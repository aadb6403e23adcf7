/* SPDX-License-Identifier: MIT */
/* Two runs, result by result: what fails now and did not before, and why. What counts as worse: docs/ci.md. */
#include <stdlib.h>
#include <string.h>

#include "report/sides.h"

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
           report_names_same(a->broken, a->n_broken, b->broken, b->n_broken) &&
           report_names_same(a->warned, a->n_warned, b->warned, b->n_warned) &&
           (a->verdict != MS_SKIP || strcmp(a->text, b->text) == 0);
}

static void newly(struct ms_arena *a, struct ms_change *c)
{
    struct report_names s = {.a = a};
    for (size_t i = 0; i < c->after.n_broken; i++)
        if (!report_names_hold(c->before.broken, c->before.n_broken, c->after.broken[i]))
            report_names_add(&s, c->after.broken[i], strlen(c->after.broken[i]));
    /* What began to count although it breaks nothing else than before, as by a list that became shorter. */
    for (size_t i = 0; i < c->after.n_broken && s.n == 0 && c->kind == MS_CHANGE_FAILING; i++)
        report_names_add(&s, c->after.broken[i], strlen(c->after.broken[i]));
    c->newly = report_names_sorted(&s);
    c->n_newly = s.n;
}

static bool newly_warns(const struct ms_change *c)
{
    for (size_t i = 0; i < c->after.n_warned; i++)
        if (!report_names_hold(c->before.warned, c->before.n_warned, c->after.warned[i]) &&
            !report_names_hold(c->before.broken, c->before.n_broken, c->after.warned[i]))
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
    struct report_names all = {.a = a};
    for (size_t i = 0; i < c->n; i++) {
        const struct ms_change *x = &c->change[i];
        c->count[x->kind]++;
        c->worse += x->worse;
        for (size_t k = 0; x->worse && k < x->n_newly; k++)
            report_names_add(&all, x->newly[k], strlen(x->newly[k]));
    }
    c->newly = report_names_sorted(&all);
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
    struct report_sides x, y;
    int rc = report_sides(a, before, before_file, &x, err);
    if (rc == MS_OK)
        rc = report_sides(a, after, after_file, &y, err);
    if (rc < 0)
        return rc;
    out->change = ms_arena_alloc(a, (x.n + y.n + 1) * sizeof *out->change);
    for (size_t i = 0, k = 0; i < x.n || k < y.n;) {
        struct ms_change *c = &out->change[out->n];
        int order = i == x.n   ? 1
                    : k == y.n ? -1
                               : strcmp(x.v[i].instance->name, y.v[k].instance->name);
        *c = (struct ms_change){.name = order <= 0 ? x.v[i].instance->name : y.v[k].instance->name};
        if (order <= 0)
            c->before = x.v[i++].side;
        if (order >= 0)
            c->after = y.v[k++].side;
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
