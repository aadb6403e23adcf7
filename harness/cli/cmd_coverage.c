/* SPDX-License-Identifier: MIT */
/* mptcpspec coverage: by what each requirement is judged, and whether a mutant proves it. Runs nothing. */
#include <fnmatch.h>
#include <string.h>

#include "cli/commands.h"

struct settings {
    bool check, update;
    const char *json, *mutants, *results, *snapshot, *exceptions;
};

static const struct cli_option options[] = {
    CLI_OPT_STRING(struct settings, json, "json", "FILE", "write everything as JSON"),
    CLI_OPT_STRING(struct settings, results, "results", "FILE",
                   "last verdicts from this report of a run (`run --json`)"),
    CLI_OPT_STRING(struct settings, mutants, "mutants", "FILE",
                   "add what this hunt found (`mutants --each --json`)"),
    CLI_OPT_FLAG(struct settings, check, "check", 0,
                 "fail if a requirement lost the cover that it has in the snapshot"),
    CLI_OPT_FLAG(struct settings, update, "update", 0, "write the snapshot"),
    CLI_OPT_STRING(struct settings, snapshot, "snapshot", "FILE",
                   "instead of cases/coverage/snapshot.json"),
    CLI_OPT_STRING(struct settings, exceptions, "exceptions", "FILE",
                   "instead of cases/coverage/exceptions.tsv"),
    {0},
};

/* What the files say; CLI_OK, or the exit status after a message. */
static int read_files(const struct settings *set, const struct ms_suite *s, struct ms_coverage *c)
{
    struct ms_kill_list before, now;
    struct ms_exceptions exceptions;
    struct ms_error err = {0};
    size_t ignored = 0;
    int rc = ms_coverage_load_snapshot(s->arena, set->snapshot, &before, &err);
    if (rc == MS_ERR_NOTFOUND && !set->check)
        rc = MS_OK; /* the first one is still to be written */
    now = before;
    now.cap = now.n; /* what is appended goes elsewhere: `before` stays as it is */
    now.kill = ms_arena_memdup(s->arena, before.kill, before.n * sizeof *before.kill);
    if (rc == MS_OK && set->mutants)
        rc = ms_coverage_merge_hunt(s->arena, set->mutants, s, &now, &ignored, &err);
    if (rc == MS_OK)
        rc = ms_coverage_load_exceptions(s->arena, set->exceptions, &s->catalogue, &exceptions,
                                         &err);
    if (rc == MS_OK) {
        ms_coverage_build(s->arena, s, &before, &now, &exceptions, c);
        if (set->results)
            rc = ms_coverage_read_results(s->arena, set->results, c, &err);
    }
    if (rc < 0) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    if (ignored)
        cli_say("%s: %zu mutant%s hunted in another form than now: hunt again", set->mutants,
                ignored, ignored == 1 ? " was" : "s were");
    return CLI_OK;
}

static int check(const struct settings *set, const struct ms_coverage *c)
{
    ms_coverage_print_changes(c, stdout);
    if (c->n_lost)
        cli_say("%zu requirement%s lost the cover that %s in %s; see docs/coverage.md", c->n_lost,
                c->n_lost == 1 ? "" : "s", c->n_lost == 1 ? "it had" : "they had", set->snapshot);
    if (c->n_needless)
        cli_say("%zu exception%s without need in %s: leave out what is covered", c->n_needless,
                c->n_needless == 1 ? "" : "s", set->exceptions);
    return c->n_lost || c->n_needless ? CLI_UNEXPECTED : CLI_OK;
}

static int update(const struct settings *set, const struct ms_coverage *c)
{
    struct ms_error err = {0};
    if (ms_coverage_write_snapshot(c, set->snapshot, &err) < 0) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    ms_coverage_print_changes(c, stdout);
    return CLI_OK;
}

/* Marks the requirements that the words name, by id or glob. False after a message. */
static bool choose(const struct cli_command *self, const struct ms_suite *s, char **word, size_t n,
                   bool *chosen)
{
    const struct ms_catalogue *c = &s->catalogue;
    for (size_t i = 0; i < n; i++) {
        bool any = false;
        for (size_t k = 0; k < c->n; k++)
            if (fnmatch(word[i], c->req[k].id, 0) == 0)
                chosen[k] = any = true;
        if (any)
            continue;
        const char *near = ms_nearest_word(word[i], c->ids, c->n);
        cli_usage(self, "there is no requirement '%s'%s%s%s", word[i],
                  near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        return false;
    }
    return true;
}

static int write_json(const struct ms_coverage *c, const char *path)
{
    struct ms_output o;
    struct ms_error err = {0};
    if (ms_output_open(&o, path, &err) == MS_OK &&
        ms_output_end(&o, ms_coverage_json(c, o.f, &err), &err) == MS_OK)
        return CLI_OK;
    cli_say_error(&err);
    return CLI_HARNESS;
}

static int with_suite(const struct cli_command *self, struct settings *set, struct ms_suite *s,
                      char **word, size_t n)
{
    struct ms_coverage c;
    bool *chosen = ms_arena_alloc(s->arena, s->catalogue.n + 1);
    if (!choose(self, s, word, n, chosen))
        return CLI_USAGE;
    int status = cli_load_mutants(s, NULL, 0);
    if (status == CLI_OK && s->diags.n) {
        size_t mistakes = cli_print_diags(&s->diags, NULL, 0);
        cli_say("%zu mistake%s in case or topology files: nothing was counted", mistakes,
                mistakes == 1 ? "" : "s");
        status = CLI_UNEXPECTED;
    }
    if (status == CLI_OK)
        status = cli_mutants_good(s);
    if (!set->snapshot)
        set->snapshot = cli_data_path(s, "cases/coverage/snapshot.json");
    if (!set->exceptions)
        set->exceptions = cli_data_path(s, "cases/coverage/exceptions.tsv");
    if (status == CLI_OK)
        status = read_files(set, s, &c);
    if (status != CLI_OK)
        return status;
    if (set->json && (status = write_json(&c, set->json)) != CLI_OK)
        return status;
    if (set->check)
        return check(set, &c);
    if (set->update)
        return update(set, &c);
    n ? ms_coverage_print_rows(&c, chosen, stdout) : ms_coverage_print(&c, stdout);
    return CLI_OK;
}

static int cmd_coverage(const struct cli_command *self, int argc, char **argv)
{
    struct settings set = {0};
    struct ms_suite s;
    int first = cli_parse(self, &set, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (set.check && set.update)
        return cli_usage(self, "only one of --check and --update");
    if (first < argc && (set.check || set.update))
        return cli_usage(self, "--check and --update are about all requirements");
    int status = cli_load(&s, NULL, 0);
    if (status == CLI_OK) {
        status = with_suite(self, &set, &s, argv + first, (size_t)(argc - first));
        ms_suite_free(&s);
    }
    return status;
}

const struct cli_command cli_coverage = {
    .name = "coverage",
    .args = "[REQUIREMENT...]",
    .help = "Tell by what each requirement is judged, and which mutant proves it.",
    .more = "A requirement is covered if an expectation or a rule names it and a failure of it "
            "killed a mutant\n"
            "that breaks it. Runs nothing: what hunts of mutants found is kept in\n"
            "cases/coverage/snapshot.json. A REQUIREMENT is an id or a glob of ids, of which all "
            "is told; see\n"
            "docs/coverage.md.\n",
    .options = options,
    .run = cmd_coverage,
};
