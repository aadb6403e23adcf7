/* SPDX-License-Identifier: MIT */
/* A run that is one of several: part of a divided one, or to be compared with an earlier one. */
#include <stdlib.h>
#include <string.h>

#include "cli/gate.h"

#define SHARDS_MAX 1000u

int gate_read_shard(struct gate *g, const char *text, struct ms_error *err)
{
    unsigned i, n;
    char rest;
    if (strspn(text, "0123456789/") != strlen(text) || strlen(text) > 9 ||
        sscanf(text, "%u/%u%c", &i, &n, &rest) != 2)
        return ms_fail(err, MS_ERR_PARSE, "'%s' is not a part such as 2/4", text);
    if (n < 1 || n > SHARDS_MAX)
        return ms_fail(err, MS_ERR_RANGE, "%s: the number of parts is not between 1 and %u", text,
                       SHARDS_MAX);
    if (i < 1 || i > n)
        return ms_fail(err, MS_ERR_RANGE, "%s: the part is not between 1 and %u", text, n);
    g->shard = i;
    g->shards = n;
    return MS_OK;
}

static int load(struct ms_arena *a, const char *option, const char *path, struct ms_report *r)
{
    struct ms_error err = {0};
    char text[1200];
    if (!path || ms_report_load(a, path, r, &err) == MS_OK)
        return CLI_OK;
    ms_error_format(&err, text, sizeof text);
    cli_say("--%s: %s", option, text);
    return CLI_HARNESS;
}

int gate_load(struct gate *g, struct ms_arena *a)
{
    int status = load(a, "baseline", g->baseline, &g->before);
    if (status == CLI_OK)
        status = load(a, "timing", g->timing, &g->times);
    return status;
}

int gate_target(const struct gate *g, const char *kind)
{
    if (!g->baseline || ms_targets_compare(g->before.target, kind))
        return CLI_OK;
    cli_say("--baseline: %s is about another target: '%s' instead of '%s'", g->baseline,
            g->before.target, kind);
    return CLI_HARNESS;
}

/* ---- shards ---------------------------------------------------------------------------------------------- */

struct timed {
    const char *name;
    uint64_t ns;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct timed *)a)->name, ((const struct timed *)b)->name);
}

/* What each instance took in that run, 0 for unknown; how many are known goes to *n. */
static uint64_t *times_of(const struct ms_suite *s, const struct ms_report *r, size_t *n)
{
    struct timed *t = ms_arena_alloc(s->arena, (r->n + 1) * sizeof *t);
    uint64_t *out = ms_arena_alloc(s->arena, (s->n_instance + 1) * sizeof *out);
    for (size_t i = 0; i < r->n; i++)
        t[i] = (struct timed){r->entry[i].o->instance->name, r->entry[i].o->result.wall_ns};
    qsort(t, r->n, sizeof *t, by_name);
    *n = 0;
    for (size_t i = 0; i < s->n_instance; i++) {
        const struct timed key = {s->instance[i].name, 0};
        const struct timed *found = bsearch(&key, t, r->n, sizeof *t, by_name);
        out[i] = found ? found->ns : 0;
        *n += found != NULL;
    }
    return out;
}

int gate_shard(const struct gate *g, const struct ms_suite *s, bool *chosen)
{
    const struct ms_report *r = g->timing ? &g->times : g->baseline ? &g->before : NULL;
    size_t known;
    if (!g->shards)
        return CLI_OK;
    uint64_t *time_ns = r ? times_of(s, r, &known) : NULL;
    if (r && known == 0)
        cli_say("%s knows none of these results: they are divided by their names",
                g->timing ? g->timing : g->baseline);
    if (ms_shard(s, time_ns, g->shard, g->shards, chosen) > 0)
        return CLI_OK;
    cli_say("part %u/%u is empty: there are too many parts for what was chosen", g->shard,
            g->shards);
    return CLI_USAGE;
}

/* ---- comparing ------------------------------------------------------------------------------------------- */

bool gate_asks_bisect(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--bisect") == 0)
            return true;
    return false;
}

int gate_bisect_status(int status)
{
    return status == CLI_OK || status == CLI_UNEXPECTED || status == CLI_INTERRUPTED
               ? status
               : GATE_CANNOT_TEST;
}

int gate_conclude(const struct ms_comparison *c, const struct ms_catalogue *cat, bool bisect)
{
    ms_compare_print(c, cat, stdout);
    if (bisect)
        return ms_compare_bisect(c);
    return c->worse ? CLI_UNEXPECTED : CLI_OK;
}

/* A run of some results says nothing about those that it was not asked for. */
static struct ms_report asked_for(const struct ms_report *before, const struct ms_report *r)
{
    struct ms_arena *a = r->suite->arena;
    struct ms_report out = *before;
    struct timed *ran = ms_arena_alloc(a, (r->n + 1) * sizeof *ran),
                 *suite = ms_arena_alloc(a, (r->suite->n_instance + 1) * sizeof *suite);
    for (size_t i = 0; i < r->n; i++)
        ran[i].name = r->entry[i].o->instance->name;
    for (size_t i = 0; i < r->suite->n_instance; i++)
        suite[i].name = r->suite->instance[i].name;
    qsort(ran, r->n, sizeof *ran, by_name);
    qsort(suite, r->suite->n_instance, sizeof *suite, by_name);
    out.entry = ms_arena_alloc(a, (before->n + 1) * sizeof *out.entry);
    out.n = 0;
    for (size_t i = 0; i < before->n; i++) {
        const struct timed key = {before->entry[i].o->instance->name, 0};
        if (bsearch(&key, ran, r->n, sizeof *ran, by_name) ||
            (!r->n_selectors && !r->shards &&
             !bsearch(&key, suite, r->suite->n_instance, sizeof *suite, by_name)))
            out.entry[out.n++] = before->entry[i];
    }
    ms_report_count(&out);
    return out;
}

int gate_judge(const struct gate *g, const struct ms_report *r)
{
    struct ms_error err = {0};
    struct ms_comparison c;
    struct ms_report before = asked_for(&g->before, r);
    if (ms_compare(r->suite->arena, &before, g->baseline, r, "this run", false, &c, &err) < 0) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    fputc('\n', stdout);
    return gate_conclude(&c, &r->suite->catalogue, g->bisect);
}
