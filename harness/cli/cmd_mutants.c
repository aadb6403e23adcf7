/* SPDX-License-Identifier: MIT */
/*
 * mptcpspec mutants: shows that the suite notices a wrong implementation. Each mutant is the real one behind something
 * that breaks a rule; the suite must fail where that rule is judged.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"

struct settings {
    uint64_t jobs, seed, sample;
    double time_scale;
    bool all, each, verbose, uncovered;
    const char *json, *matrix;
};

static const struct cli_option options[] = {
    CLI_OPT_NUMBER(struct settings, jobs, "jobs", 'j', 1, 1024, "runs side by side"),
    CLI_OPT_NUMBER(struct settings, seed, "seed", 0, 0, CLI_SEED_MAX,
                   "seed of the tester's numbers (default: 1)"),
    CLI_OPT_REAL(struct settings, time_scale, "time-scale", 0.001, 1,
                 "bounds of the runs with a mutant (default 0.05: failures are waited for)"),
    CLI_OPT_FLAG(struct settings, all, "all", 0,
                 "every result against every mutant, not only up to the first kill"),
    CLI_OPT_FLAG(struct settings, each, "each", 0,
                 "go on until a failure of each requirement that a mutant breaks killed it"),
    CLI_OPT_NUMBER(struct settings, sample, "sample", 0, 1, 1000000,
                   "one of N mutants, chosen by their names"),
    CLI_OPT_FLAG(struct settings, uncovered, "uncovered", 0,
                 "run nothing: list MUST and MUST NOT that a case judges and no mutant breaks"),
    CLI_OPT_STRING(struct settings, json, "json", "FILE", "write JSON"),
    CLI_OPT_STRING(struct settings, matrix, "matrix", "FILE",
                   "write who killed which, tab-separated"),
    CLI_OPT_FLAG(struct settings, verbose, "verbose", 'v',
                 "show every kill, and what each run found in which the mutant changed something"),
    {0},
};

/* ---- choosing -------------------------------------------------------------------------------------------- */

struct choice {
    const struct ms_mutant **mutant;
    size_t n;
    char **selector; /* of cases */
    size_t n_selectors;
};

/* Marks the mutants that the word names; false when it names none. */
static bool mark(const struct ms_suite *s, const char *word, bool *marked)
{
    bool any = false;
    for (size_t i = 0; i < s->n_mutant; i++) {
        const struct ms_mutant *m = s->mutant[i];
        bool named = cli_ends_in(word, ".mutants") ? cli_same_file(word, m->loc.file)
                                                   : fnmatch(word, m->name, 0) == 0;
        marked[i] |= named;
        any |= named;
    }
    return any;
}

static void choose(const struct ms_suite *s, const struct settings *set, char **args, size_t n,
                   struct choice *c)
{
    bool *marked = ms_arena_alloc(s->arena, s->n_mutant + 1), any = false;
    c->selector = ms_arena_alloc(s->arena, (n + 1) * sizeof *c->selector);
    c->mutant = ms_arena_alloc(s->arena, (s->n_mutant + 1) * sizeof *c->mutant);
    for (size_t i = 0; i < n; i++) {
        if (mark(s, args[i], marked) || cli_ends_in(args[i], ".mutants"))
            any = true;
        else
            c->selector[c->n_selectors++] = args[i];
    }
    for (size_t i = 0; i < s->n_mutant; i++)
        if ((!any || marked[i]) && ms_name_spread(s->mutant[i]->name) % set->sample == 0)
            c->mutant[c->n++] = s->mutant[i];
}

/* A word that names neither a mutant nor a case is more often a slip in a mutant's name. */
static const char *near_mutant(const struct ms_suite *s, const struct choice *c)
{
    const char **names = ms_arena_alloc(s->arena, (s->n_mutant + 1) * sizeof *names);
    for (size_t i = 0; i < s->n_mutant; i++)
        names[i] = s->mutant[i]->name;
    const char *near = NULL;
    for (size_t i = 0; i < c->n_selectors && !near; i++)
        near = ms_nearest_word(c->selector[i], names, s->n_mutant);
    return near;
}

/* ---- running --------------------------------------------------------------------------------------------- */

static void show_run(void *ctx, const struct ms_mutant *m, const struct ms_outcome *o)
{
    const struct settings *set = ctx;
    if (!set->verbose || o->result.rewrite_hits == 0)
        return;
    printf("%s, %s: %s\n", m->name, o->instance->name, ms_verdict_name(o->result.verdict));
    for (size_t i = 0; i < o->result.n_reason; i++) {
        const struct ms_reason *x = &o->result.reason[i];
        printf("      %s %s%s%s line %u: %.*s\n", ms_verdict_name(x->verdict), x->reqs,
               *x->reqs && *x->rule ? " " : "", x->rule, x->line, (int)strcspn(x->text, "\n"),
               x->text);
    }
}

static void show_progress(void *ctx, size_t decided, size_t total, size_t runs)
{
    (void)ctx;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%zu of %zu mutants decided, %zu runs%s", decided, total, runs,
                decided == total ? "\n" : "");
}

static int write_files(const struct settings *set, const struct ms_mutation_report *r)
{
    const struct {
        const char *path;
        int (*render)(const struct ms_mutation_report *, FILE *, struct ms_error *);
    } files[] = {{set->json, ms_mutation_json}, {set->matrix, ms_mutation_matrix}};
    int status = CLI_OK;
    for (size_t i = 0; i < MS_ARRAY_LEN(files); i++) {
        struct ms_error err = {0};
        if (files[i].path && ms_mutation_write(r, files[i].render, files[i].path, &err) < 0) {
            cli_say_error(&err);
            status = CLI_HARNESS;
        }
    }
    return status;
}

static int probe_files(const struct settings *set)
{
    const struct {
        const char *name, *path;
    } files[] = {{"json", set->json}, {"matrix", set->matrix}};
    for (size_t i = 0; i < MS_ARRAY_LEN(files); i++) {
        struct ms_error err = {0};
        if (files[i].path && ms_output_probe(files[i].path, &err) < 0) {
            cli_say("--%s: %s", files[i].name, err.msg);
            return CLI_HARNESS;
        }
    }
    return CLI_OK;
}

static int status_of(const struct ms_mutation_report *r)
{
    if (r->interrupted)
        return CLI_INTERRUPTED;
    if (r->failed || r->found->n_unusable)
        return CLI_UNEXPECTED;
    return r->fate[MS_FATE_NOT_RUN] == r->found->n ? CLI_ALL_SKIPPED : CLI_OK;
}

static int hunt(struct settings *set, const struct ms_suite *s, const struct choice *c,
                const bool *chosen, const char *command)
{
    struct ms_kernel_facts kernel = {0};
    struct ms_expected store, *expected = NULL;
    struct ms_error err = {0};
    int status = probe_files(set);
    if (status == CLI_OK)
        status = cli_prepare(&kernel);
    if (status == CLI_OK)
        status = cli_expected(s, ms_kernel_point(s->arena, &kernel), &store, &expected);
    if (status != CLI_OK)
        return status;
    const struct ms_mutation_config cfg = {.jobs = (unsigned)set->jobs,
                                           .seed = set->seed,
                                           .time_scale = set->time_scale,
                                           .slow = cli_default_time_scale(),
                                           .all = set->all,
                                           .each = set->each,
                                           .chosen = chosen,
                                           .expected = expected,
                                           .interrupted = &cli_interrupted,
                                           .progress = show_progress,
                                           .ran = show_run,
                                           .ctx = set};
    struct ms_mutation found;
    cli_catch_signals();
    int rc = ms_mutation_run(s, c->mutant, c->n, &cfg, s->arena, &found, &err);
    if (rc < 0 && rc != MS_ERR_INTR) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    struct ms_mutation_report r = {.found = &found,
                                   .command = command,
                                   .kernel = kernel.release,
                                   .seed = set->seed,
                                   .interrupted = rc == MS_ERR_INTR};
    ms_mutation_fill(&r, s->arena);
    ms_mutation_print(&r, set->verbose, stdout);
    status = write_files(set, &r);
    return status == CLI_OK ? status_of(&r) : status;
}

static int list_uncovered(const struct ms_suite *s)
{
    size_t n;
    const struct ms_requirement **q = ms_mutants_uncovered(s, &n);
    for (size_t i = 0; i < n; i++)
        printf("%s\t%s\t%s\n", q[i]->id, ms_level_name(q[i]->level), q[i]->text);
    return n ? CLI_UNEXPECTED : CLI_OK;
}

static int with_suite(struct settings *set, struct ms_suite *s, char **args, size_t n,
                      const char *command)
{
    struct choice c = {0};
    bool *chosen;
    int status = cli_load_mutants(s, args, n);
    if (status == CLI_OK)
        status = cli_mutants_good(s);
    if (status != CLI_OK)
        return status;
    if (set->uncovered)
        return list_uncovered(s);
    choose(s, set, args, n, &c);
    status = cli_choose(s, c.selector, c.n_selectors, &chosen);
    if (status == CLI_USAGE) {
        const char *near = near_mutant(s, &c);
        if (near)
            cli_say("or did you mean the mutant '%s'?", near);
    }
    if (status != CLI_OK)
        return status;
    ms_select_leave_scenarios(s, NULL, 0, chosen);
    ms_select_leave_slow(s, (const char *const *)c.selector, c.n_selectors, chosen);
    if (c.n == 0) {
        cli_say("no mutant was chosen; `mptcpspec list mutants` lists them");
        return CLI_USAGE;
    }
    return hunt(set, s, &c, chosen, command);
}

static int cmd_mutants(const struct cli_command *self, int argc, char **argv)
{
    struct settings set = {.time_scale = 0.05, .seed = 1, .sample = 1};
    char *command = cli_command_line(argc, argv);
    int first = cli_parse(self, &set, argc, argv);
    int status = first < 0 ? CLI_USAGE : CLI_OK;
    if (first > 0) {
        struct ms_suite s;
        status = cli_load(&s, argv + first, (size_t)(argc - first));
        if (status == CLI_OK) {
            status = with_suite(&set, &s, argv + first, (size_t)(argc - first), command);
            ms_suite_free(&s);
        }
    }
    free(command);
    return status;
}

const struct cli_command cli_mutants = {
    .name = "mutants",
    .args = "[SELECTOR|MUTANT...]",
    .help = "Show that the suite notices wrong implementations: hunt mutants with it.",
    .more = "A MUTANT is a name or glob of mutants, or a .mutants file; without any, all are "
            "hunted. A\n"
            "SELECTOR as for `run` limits the cases that hunt. Every mutant must be killed by an\n"
            "expectation or rule that is tied to what it breaks; see docs/mutants.md.\n",
    .options = options,
    .run = cmd_mutants,
};
