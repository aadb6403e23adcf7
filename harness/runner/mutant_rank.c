/* SPDX-License-Identifier: MIT */
/* Which results can notice a mutant: told from what their cases say, before anything is run. */
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/mutants.h"

/* Weights: what a case judges tells more than what it merely uses. */
enum { BY_BREAKS = 8, BY_ACTION = 6, BY_IMPLIES = 4, BY_OPTION = 2 };

const char *ms_mutant_section(const struct ms_mutant *m)
{
    return m->breaks.n ? m->breaks.req[0]->section : "";
}

const char *ms_mutant_option(struct ms_arena *a, const struct ms_mutant *m)
{
    for (size_t i = 0; i < m->n_repairs; i++)
        if (m->repair[i].option && m->repair[i].option->kind == MS_TCPOPT_MPTCP)
            return m->repair[i].option->name;
    for (size_t i = 0; i < m->n_rewrites; i++) {
        struct ms_rewrite *r;
        struct ms_error err = {0};
        if (ms_rewrite_parse(a, m->rewrite[i], &r, &err) != MS_OK)
            continue;
        const struct ms_option_name *o = ms_rewrite_option(r);
        if (o && o->kind == MS_TCPOPT_MPTCP)
            return o->name;
    }
    return "";
}

/* ---- what a case does ------------------------------------------------------------------------------------ */

/* True when the step itself is what is looked for. */
typedef bool step_test(const struct ms_step *s, const void *what);

static bool any_step(const struct ms_block *b, step_test *is, const void *what)
{
    for (size_t i = 0; i < b->n; i++) {
        if (is(&b->step[i], what))
            return true;
        for (size_t k = 0; k < b->step[i].n_blocks; k++)
            if (any_step(&b->step[i].block[k], is, what))
                return true;
    }
    return false;
}

/* What groups and verbs put on the wire without naming it. */
static const struct {
    enum ms_step_kind kind;
    const char *name;
    const char *option;
} unsaid[] = {
    {MS_STEP_GROUP, "handshake", "mp_capable"},
    {MS_STEP_GROUP, "join", "mp_join"},
    {MS_STEP_GROUP, "close", "dss"},
    {MS_STEP_GROUP, "abort", "mp_fastclose"},
    {MS_STEP_STATE, "stream", "dss"},
    {MS_STEP_STATE, "data_acked", "dss"},
};

static bool uses_option(const struct ms_step *s, const void *what)
{
    const char *option = what;
    for (size_t i = 0; i < MS_ARRAY_LEN(unsaid); i++)
        if (s->kind == unsaid[i].kind && strcmp(unsaid[i].option, option) == 0 &&
            strcmp(s->name, unsaid[i].name) == 0)
            return true;
    for (size_t i = 0; s->seg && i < s->seg->n_opts; i++)
        if (!s->seg->opt[i].negated && strcmp(s->seg->opt[i].name->name, option) == 0)
            return true;
    return false;
}

static bool writes_field(const struct ms_arg *arg, size_t n, const char *field)
{
    for (size_t i = 0; i < n; i++)
        if (!field || (arg[i].name && strcmp(arg[i].name, field) == 0))
            return true;
    return false;
}

/* A segment is sent in which something is written that the repair could mend. */
static bool deviates(const struct ms_step *s, const void *what)
{
    const struct ms_repair *r = what;
    if ((s->kind != MS_STEP_SEND && s->kind != MS_STEP_HOLD) || !s->seg)
        return false;
    if (r->payload)
        return s->seg->variant != NULL;
    if (!r->option)
        return writes_field(s->seg->fields, s->seg->n_fields, r->field);
    for (size_t i = 0; i < s->seg->n_opts; i++) {
        const struct ms_optspec *o = &s->seg->opt[i];
        bool same =
            o->name == r->option || (r->option->subtype < 0 && o->name->kind == r->option->kind);
        if (same && (o->negated ? !r->field : writes_field(o->arg, o->n_args, r->field)))
            return true;
    }
    return false;
}

static bool has_verb(const struct ms_step *s, const void *what)
{
    const struct ms_left_out *x = what;
    return s->kind == MS_STEP_VERB && strcmp(s->name, x->verb) == 0;
}

/* ---- ranking --------------------------------------------------------------------------------------------- */

static bool judges(const struct ms_case *c, const struct ms_tags *t)
{
    for (size_t i = 0; i < c->n_reqs; i++)
        for (size_t k = 0; k < t->n; k++)
            if (c->req[i] == t->req[k])
                return true;
    return false;
}

static unsigned score(const struct ms_case *c, const struct ms_mutant *m, const char *option)
{
    unsigned n = judges(c, &m->breaks) ? BY_BREAKS : 0;
    bool acts = false;
    n += judges(c, &m->implies) ? BY_IMPLIES : 0;
    for (size_t i = 0; i < m->n_repairs; i++)
        acts |= any_step(&c->steps, deviates, &m->repair[i]);
    for (size_t i = 0; i < m->n_without; i++)
        acts |= any_step(&c->steps, has_verb, &m->without[i]);
    n += acts ? BY_ACTION : 0;
    n += *option && any_step(&c->steps, uses_option, option) ? BY_OPTION : 0;
    return n;
}

struct rank {
    unsigned score;
    size_t ordinal; /* among the results of its case */
    uint32_t spread;
    size_t instance;
};

static int compare(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->ordinal != y->ordinal)
        return x->ordinal < y->ordinal ? -1 : 1;
    if (x->spread != y->spread)
        return x->spread < y->spread ? -1 : 1;
    return x->instance < y->instance ? -1 : x->instance > y->instance;
}

uint32_t ms_name_spread(const char *name)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 16777619u;
    return h;
}

size_t ms_mutant_rank(struct ms_arena *a, const struct ms_suite *s, const bool *chosen,
                      const struct ms_mutant *m, size_t *order)
{
    struct rank *r = ms_arena_alloc(a, (s->n_instance + 1) * sizeof *r);
    const char *option = ms_mutant_option(a, m);
    const struct ms_case *last = NULL;
    size_t n = 0, ordinal = 0;
    unsigned points = 0;
    for (size_t i = 0; i < s->n_instance; i++) {
        const struct ms_instance *in = &s->instance[i];
        bool fits = chosen[i] && !ms_is_scenario(in) && (!m->role_said || m->role == in->c->role) &&
                    (in->family == MS_IPV4 ? m->family4 : m->family6);
        if (in->c != last) {
            last = in->c;
            ordinal = 0;
            points = score(in->c, m, option);
        }
        if (fits)
            r[n++] = (struct rank){points, ordinal++, ms_name_spread(in->c->name), i};
    }
    qsort(r, n, sizeof *r, compare);
    for (size_t i = 0; i < n; i++)
        order[i] = r[i].instance;
    return n;
}
