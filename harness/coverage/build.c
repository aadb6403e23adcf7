/* SPDX-License-Identifier: MIT */
/* Puts together who judges what, and counts. */
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/coverage.h"

const char *ms_cover_name(enum ms_cover c)
{
    static const char *const names[] = {
        [MS_COVER_YES] = "covered",        [MS_COVER_UNPROVEN] = "not proven",
        [MS_COVER_NO_MUTANT] = "tag only", [MS_COVER_NO_TAG] = "not judged",
        [MS_COVER_EXCEPTED] = "excepted",  [MS_COVER_UNTESTABLE] = "not testable",
    };
    return c < MS_COVERS ? names[c] : "";
}

const char *ms_way_name(enum ms_way w)
{
    static const char *const names[] = {
        [MS_WAY_NONE] = "", [MS_WAY_STIMULUS] = "stimulus", [MS_WAY_PASSIVE] = "passive"};
    return names[w];
}

static struct ms_cover_row *row_of(struct ms_coverage *c, const char *id)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->row[i].req->id, id) == 0)
            return &c->row[i];
    return NULL;
}

/* ---- expectations, rules, mutants ------------------------------------------------------------------------ */

struct walk {
    struct ms_arena *a;
    struct ms_coverage *out;
    const struct ms_case *c;
};

static void take_tags(const struct walk *w, const struct ms_step *s, const struct ms_tags *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct ms_cover_row *row = &w->out->row[t->req[i] - w->out->suite->catalogue.req];
        if (row->n_steps && row->step[row->n_steps - 1].step == s)
            continue;
        row->step =
            ms_arena_grow(w->a, row->step, &row->cap_steps, row->n_steps, sizeof *row->step);
        row->step[row->n_steps++] = (struct ms_tagged_step){w->c, s};
    }
}

static void take_steps(const struct walk *w, const struct ms_block *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct ms_step *s = &b->step[i];
        take_tags(w, s, &s->tags);
        if (s->seg)
            take_tags(w, s, &s->seg->tags);
        for (size_t k = 0; s->seg && k < s->seg->n_opts; k++)
            take_tags(w, s, &s->seg->opt[k].tags);
        for (size_t k = 0; k < s->n_blocks; k++)
            take_steps(w, &s->block[k]);
    }
}

static void take_rules(struct ms_arena *a, struct ms_cover_row *row)
{
    for (size_t i = 0; ms_rules[i]; i++)
        if (ms_id_listed(ms_rules[i]->reqs, row->req->id)) {
            row->rule =
                ms_arena_grow(a, row->rule, &row->cap_rules, row->n_rules, sizeof *row->rule);
            row->rule[row->n_rules++] = ms_rules[i];
        }
}

static bool names(const struct ms_tags *t, const struct ms_requirement *q)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->req[i] == q)
            return true;
    return false;
}

static void take_mutants(struct ms_arena *a, const struct ms_suite *s, struct ms_cover_row *row)
{
    for (size_t i = 0; i < s->n_mutant; i++) {
        const struct ms_mutant *m = s->mutant[i];
        if (m->equivalent)
            continue;
        if (names(&m->breaks, row->req)) {
            row->breaks =
                ms_arena_grow(a, row->breaks, &row->cap_breaks, row->n_breaks, sizeof *row->breaks);
            row->breaks[row->n_breaks++] = m;
        } else if (names(&m->implies, row->req)) {
            row->implies = ms_arena_grow(a, row->implies, &row->cap_implies, row->n_implies,
                                         sizeof *row->implies);
            row->implies[row->n_implies++] = m;
        }
    }
}

/* ---- what holds of the evidence -------------------------------------------------------------------------- */

static const struct ms_case *case_of_result(const struct ms_suite *s, const char *result)
{
    for (size_t i = 0; i < s->n_instance; i++)
        if (strcmp(s->instance[i].name, result) == 0)
            return s->instance[i].c;
    return NULL;
}

/* The mutant is still the same, and what failed then still judges the requirement. */
static bool still_holds(struct ms_arena *a, const struct ms_coverage *c,
                        const struct ms_cover_row *row, const struct ms_evidence_kill *k)
{
    bool same = false, judged = false;
    for (size_t i = 0; i < row->n_breaks && !same; i++)
        same = strcmp(row->breaks[i]->name, k->mutant) == 0 &&
               strcmp(ms_mutant_digest(a, row->breaks[i]), k->digest) == 0;
    const struct ms_case *in = case_of_result(c->suite, k->result);
    if (*k->rule)
        for (size_t i = 0; i < row->n_rules; i++)
            judged |= strcmp(row->rule[i]->name, k->rule) == 0;
    else
        for (size_t i = 0; i < row->n_steps; i++)
            judged |= row->step[i].c == in;
    return same && judged && in;
}

/* In order of requirement, then mutant, so that the file changes only where something changed. */
static int by_place(const void *x, const void *y)
{
    const struct ms_evidence_kill *const *p = x, *const *q = y;
    return strcmp((*p)->mutant, (*q)->mutant);
}

static void take_evidence(struct ms_arena *a, const struct ms_kill_list *now, struct ms_coverage *c)
{
    struct ms_kill_list *h = &c->holding;
    *h = (struct ms_kill_list){.kernel = now->kernel};
    for (size_t i = 0; i < now->n; i++) {
        const struct ms_evidence_kill *k = &now->kill[i];
        struct ms_cover_row *row = row_of(c, k->requirement);
        if (!row || !still_holds(a, c, row, k)) {
            c->n_stale++;
            continue;
        }
        row->kill = ms_arena_grow(a, row->kill, &row->cap_kills, row->n_kills, sizeof *row->kill);
        row->kill[row->n_kills++] = k;
    }
    for (size_t i = 0; i < c->n; i++) {
        struct ms_cover_row *row = &c->row[i];
        if (row->n_kills)
            qsort(row->kill, row->n_kills, sizeof *row->kill, by_place);
        for (size_t k = 0; k < row->n_kills; k++) {
            h->kill = ms_arena_grow(a, h->kill, &h->cap, h->n, sizeof *h->kill);
            h->kill[h->n++] = *row->kill[k];
        }
    }
}

/* ---- the judgement --------------------------------------------------------------------------------------- */

static void judge(struct ms_cover_row *row, const struct ms_exceptions *x)
{
    const char *excepted = NULL;
    for (size_t i = 0; i < x->n; i++)
        if (strcmp(x->e[i].requirement, row->req->id) == 0)
            excepted = x->e[i].reason;
    row->way = row->n_steps ? MS_WAY_STIMULUS : row->n_rules ? MS_WAY_PASSIVE : MS_WAY_NONE;
    row->why = row->last = "";
    if (row->n_kills) {
        row->cover = MS_COVER_YES;
        row->needless = excepted != NULL;
    } else if (excepted) {
        row->cover = MS_COVER_EXCEPTED;
        row->why = excepted;
    } else if (strcmp(row->req->testable, "no") == 0) {
        row->cover = MS_COVER_UNTESTABLE;
        row->why = row->req->why_not;
    } else {
        row->cover = row->way == MS_WAY_NONE ? MS_COVER_NO_TAG
                     : row->n_breaks         ? MS_COVER_UNPROVEN
                                             : MS_COVER_NO_MUTANT;
    }
}

static void count(struct ms_cover_share *s, const struct ms_cover_row *row)
{
    s->total++;
    s->n[row->cover]++;
}

static void count_in(struct ms_arena *a, struct ms_cover_shares *l, const char *name,
                     const struct ms_cover_row *row)
{
    size_t i = 0;
    while (i < l->n && strcmp(l->share[i].name, name) != 0)
        i++;
    if (i == l->n) {
        l->share = ms_arena_grow(a, l->share, &l->cap, l->n, sizeof *l->share);
        l->share[l->n++] = (struct ms_cover_share){.name = name};
    }
    count(&l->share[i], row);
}

static void count_all(struct ms_arena *a, struct ms_coverage *c)
{
    c->all.name = "all";
    c->strong.name = "MUST and MUST NOT";
    /* Levels stand in their own order, whatever comes first in the catalogue. */
    for (int l = MS_LEVEL_MUST; l <= MS_LEVEL_FORMAT; l++)
        for (size_t i = 0; i < c->n; i++)
            if (c->row[i].req->level == (enum ms_level)l)
                count_in(a, &c->levels, ms_level_name((enum ms_level)l), &c->row[i]);
    for (size_t i = 0; i < c->n; i++) {
        const struct ms_cover_row *row = &c->row[i];
        count(&c->all, row);
        if (row->req->level == MS_LEVEL_MUST || row->req->level == MS_LEVEL_MUST_NOT)
            count(&c->strong, row);
        count_in(a, &c->sections, row->req->section, row);
        count_in(a, &c->classes, row->req->testable, row);
        c->n_lost += row->was_covered && row->cover != MS_COVER_YES;
        c->n_gained += !row->was_covered && row->cover == MS_COVER_YES;
        c->n_needless += row->needless;
    }
}

void ms_coverage_build(struct ms_arena *a, const struct ms_suite *s,
                       const struct ms_kill_list *before, const struct ms_kill_list *now,
                       const struct ms_exceptions *x, struct ms_coverage *out)
{
    *out = (struct ms_coverage){.suite = s, .n = s->catalogue.n};
    out->row = ms_arena_alloc(a, (out->n + 1) * sizeof *out->row);
    for (size_t i = 0; i < out->n; i++) {
        out->row[i].req = &s->catalogue.req[i];
        take_rules(a, &out->row[i]);
        take_mutants(a, s, &out->row[i]);
    }
    for (size_t i = 0; i < s->n_case; i++)
        take_steps(&(struct walk){a, out, s->c[i]}, &s->c[i]->steps);
    for (size_t i = 0; i < before->n; i++) {
        struct ms_cover_row *row = row_of(out, before->kill[i].requirement);
        if (row)
            row->was_covered = true;
    }
    take_evidence(a, now, out);
    for (size_t i = 0; i < out->n; i++)
        judge(&out->row[i], x);
    count_all(a, out);
}
