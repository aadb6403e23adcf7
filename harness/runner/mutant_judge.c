/* SPDX-License-Identifier: MIT */
/* What counts as a kill, and what no mutant covers. */
#include <string.h>

#include "mptcpspec/mutants.h"

static const char *const fates[] = {
    [MS_FATE_KILLED] = "killed",           [MS_FATE_SURVIVED] = "survived",
    [MS_FATE_EQUIVALENT] = "equivalent",   [MS_FATE_CONTRADICTED] = "not equivalent",
    [MS_FATE_NEVER_ACTED] = "never acted", [MS_FATE_NOT_RUN] = "not run",
};

const char *ms_fate_name(enum ms_fate f)
{
    return f < MS_FATES ? fates[f] : "";
}

/* Next id of a list like "R-3.2-14, R-3.2-26"; NULL at its end. */
static const char *next_id(const char **list, size_t *len)
{
    *list += strspn(*list, ", ");
    const char *id = *list;
    *len = strcspn(id, ", ");
    *list += *len;
    return *len ? id : NULL;
}

static bool listed(const char *list, const char *id, size_t n)
{
    size_t len;
    for (const char *x; (x = next_id(&list, &len));)
        if (len == n && memcmp(x, id, n) == 0)
            return true;
    return false;
}

bool ms_id_listed(const char *list, const char *id)
{
    return listed(list, id, strlen(id));
}

bool ms_mutant_killed_through(const struct ms_mutant_result *r, const struct ms_requirement *q)
{
    for (size_t i = 0; i < r->n_kills; i++)
        if (ms_id_listed(r->kill[i].reqs, q->id))
            return true;
    return false;
}

static bool tagged(const struct ms_tags *t, const char *id, size_t n)
{
    for (size_t i = 0; i < t->n; i++)
        if (strlen(t->req[i]->id) == n && memcmp(t->req[i]->id, id, n) == 0)
            return true;
    return false;
}

static bool counts(const struct ms_reason *x)
{
    return x->verdict == MS_FAIL || x->verdict == MS_WARN;
}

/* A deviation that shows without the mutant is none of its doing. */
static bool was_there(const struct ms_result *plain, const struct ms_reason *x, const char *id,
                      size_t n)
{
    for (size_t i = 0; i < plain->n_reason; i++) {
        const struct ms_reason *p = &plain->reason[i];
        if (counts(p) && strcmp(p->rule, x->rule) == 0 && (*x->rule || listed(p->reqs, id, n)))
            return true;
    }
    return false;
}

size_t ms_mutant_judge(struct ms_arena *a, const struct ms_outcome *plain,
                       const struct ms_outcome *with, struct ms_mutant_result *r)
{
    const struct ms_mutant *m = r->mutant;
    const struct ms_result *w = &with->result;
    size_t before = r->n_kills;
    if (w->verdict == MS_ERROR || w->verdict == MS_SKIP || w->rewrite_hits == 0)
        return 0;
    for (size_t i = 0; i < w->n_reason; i++) {
        const struct ms_reason *x = &w->reason[i];
        const char *list = x->reqs, *tied = "";
        size_t n;
        for (const char *id; counts(x) && (id = next_id(&list, &n));)
            if ((tagged(&m->breaks, id, n) || tagged(&m->implies, id, n)) &&
                !was_there(&plain->result, x, id, n))
                tied = ms_arena_printf(a, "%s%s%.*s", tied, *tied ? ", " : "", (int)n, id);
        if (!*tied)
            continue;
        r->kill = ms_arena_grow(a, r->kill, &r->cap_kills, r->n_kills, sizeof *r->kill);
        r->kill[r->n_kills++] = (struct ms_kill){.instance = with->instance,
                                                 .rule = x->rule,
                                                 .line = x->line,
                                                 .reqs = tied,
                                                 .text = x->text};
    }
    return r->n_kills - before;
}

static bool broken_by_some(const struct ms_suite *s, const struct ms_requirement *q)
{
    for (size_t i = 0; i < s->n_mutant; i++)
        for (size_t k = 0; k < s->mutant[i]->breaks.n; k++)
            if (s->mutant[i]->breaks.req[k] == q)
                return true;
    return false;
}

/* By a case that a mutant can be run with: none stands before one of two stacks. */
static bool judged_by_some(const struct ms_suite *s, const struct ms_requirement *q)
{
    for (size_t i = 0; i < s->n_case; i++)
        for (size_t k = 0; k < s->c[i]->n_reqs; k++)
            if (s->c[i]->req[k] == q && s->c[i]->role != MS_ROLE_BOTH)
                return true;
    return false;
}

const struct ms_requirement **ms_mutants_uncovered(const struct ms_suite *s, size_t *n)
{
    const struct ms_catalogue *c = &s->catalogue;
    const struct ms_requirement **out = ms_arena_alloc(s->arena, (c->n + 1) * sizeof *out);
    *n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct ms_requirement *q = &c->req[i];
        bool strong = q->level == MS_LEVEL_MUST || q->level == MS_LEVEL_MUST_NOT;
        if (strong && strcmp(q->testable, "no") != 0 && judged_by_some(s, q) &&
            !broken_by_some(s, q))
            out[(*n)++] = q;
    }
    return out;
}
