/* SPDX-License-Identifier: MIT */
/* The results of one run, each once: repetitions together, with what they break. */
#include <stdlib.h>
#include <string.h>

#include "report/sides.h"

/* ---- sets of names --------------------------------------------------------------------------------------- */

void report_names_add(struct report_names *s, const char *name, size_t len)
{
    s->v = ms_arena_grow(s->a, s->v, &s->cap, s->n, sizeof *s->v);
    s->v[s->n++] = ms_arena_strndup(s->a, name, len);
}

static void names_add_list(struct report_names *s, const char *list)
{
    for (const char *p = list ? list : ""; *(p += strspn(p, ", "));) {
        size_t n = strcspn(p, ", ");
        report_names_add(s, p, n);
        p += n;
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **report_names_sorted(struct report_names *s)
{
    size_t n = 0;
    if (s->n)
        qsort(s->v, s->n, sizeof *s->v, by_text);
    for (size_t i = 0; i < s->n; i++)
        if (n == 0 || strcmp(s->v[n - 1], s->v[i]) != 0)
            s->v[n++] = s->v[i];
    s->n = n;
    return s->v;
}

bool report_names_same(const char *const *a, size_t n, const char *const *b, size_t m)
{
    for (size_t i = 0; n == m && i < n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return n == m;
}

bool report_names_hold(const char *const *v, size_t n, const char *name)
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

static void add_reasons(const struct ms_result *r, struct report_names *broken,
                        struct report_names *warned)
{
    for (size_t i = 0; i < r->n_reason; i++) {
        const struct ms_reason *x = &r->reason[i];
        struct report_names *to = x->verdict == MS_FAIL   ? broken
                                  : x->verdict == MS_WARN ? warned
                                                          : NULL;
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
                   struct report_side *out)
{
    const struct ms_report_entry *worst = e[0];
    struct report_names broken = {.a = a}, warned = {.a = a}, judged = {.a = a};
    size_t k = 0;
    for (; k < n && strcmp(e[k]->o->instance->name, e[0]->o->instance->name) == 0; k++) {
        const struct ms_result *r = &e[k]->o->result;
        add_reasons(r, &broken, &warned);
        for (size_t i = 0; i < r->n_judged; i++)
            report_names_add(&judged, r->judged[i], strlen(r->judged[i]));
        if (weight(e[k]) > weight(worst))
            worst = e[k];
    }
    report_names_sorted(&broken);
    report_names_sorted(&warned);
    report_names_sorted(&judged);
    *out = (struct report_side){
        .instance = e[0]->o->instance,
        .why = worst->why ? worst->why : "",
        .n_judged = judged.n,
        .judged = judged.v,
        .side = {.there = true,
                 .verdict = worst->o->result.verdict,
                 .standing = worst->standing,
                 .n_broken = broken.n,
                 .broken = broken.v,
                 .n_warned = warned.n,
                 .warned = warned.v,
                 .text = text_of(&worst->o->result)},
    };
    return k;
}

int report_sides(struct ms_arena *a, const struct ms_report *r, const char *file,
                 struct report_sides *out, struct ms_error *err)
{
    const struct ms_report_entry **e = sorted(a, r);
    *out = (struct report_sides){.v = ms_arena_alloc(a, (r->n + 1) * sizeof *out->v)};
    int rc = twice(e, r->n, file, err);
    for (size_t i = 0; i < r->n && rc == MS_OK;)
        i += take(a, e + i, r->n - i, &out->v[out->n++]);
    return rc;
}
