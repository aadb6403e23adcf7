/* SPDX-License-Identifier: MIT */
/* mptcpspec check: every mistake in files of cases, topologies, mutants and expectations, without running anything. */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/commands.h"

static bool known_result(const struct ms_suite *s, const char *name)
{
    for (size_t i = 0; i < s->n_instance; i++)
        if (strcmp(s->instance[i].name, name) == 0)
            return true;
    return false;
}

/* Names in the list of expected deviations must exist; judged requirements are the catalogue's. */
static size_t check_expected(const struct ms_suite *s)
{
    const char *path = cli_data_path(s, "cases/expected/linux.json");
    struct ms_expected e;
    struct ms_error err = {0};
    struct utsname uts;
    size_t mistakes = 0;
    if (access(path, F_OK) != 0)
        return 0;
    uname(&uts);
    if (ms_expected_load(s->arena, path, uts.release, &e, &err) < 0) {
        cli_say_error(&err);
        return 1;
    }
    for (size_t i = 0; i < e.n; i++) {
        const struct ms_deviation *d = &e.d[i];
        if (!known_result(s, d->result)) {
            cli_say("%s: there is no result named %s", path, d->result);
            mistakes++;
        }
        if (*d->requirement && !ms_catalogue_find(&s->catalogue, d->requirement)) {
            cli_say("%s: there is no requirement %s", path, d->requirement);
            mistakes++;
        }
        if (*d->rule && !ms_rule_find(d->rule)) {
            cli_say("%s: there is no rule %s", path, d->rule);
            mistakes++;
        }
    }
    return mistakes;
}

static bool known_glob(const struct ms_suite *s, const char *glob)
{
    const struct ms_bug b = {.n_results = 1, .results = &glob};
    for (size_t i = 0; i < s->n_instance; i++)
        if (ms_bug_touches(&b, &s->instance[i]))
            return true;
    return false;
}

/* Known bugs name cases that exist, and what can be broken. */
static size_t check_bugs(const struct ms_suite *s)
{
    const char *path = cli_data_path(s, "cases/known-bugs.tsv");
    struct ms_bugs bugs;
    struct ms_error err = {0};
    size_t mistakes = 0;
    if (access(path, F_OK) != 0)
        return 0;
    if (ms_bugs_load(s->arena, path, &bugs, &err) < 0) {
        cli_say_error(&err);
        return 1;
    }
    for (size_t i = 0; i < bugs.n; i++) {
        const struct ms_bug *b = &bugs.bug[i];
        for (size_t k = 0; k < b->n_results; k++)
            if (!known_glob(s, b->results[k])) {
                cli_say("%s: %s: there is no case or result named %s", path, b->id, b->results[k]);
                mistakes++;
            }
        for (size_t k = 0; k < b->n_requirements; k++)
            if (!ms_catalogue_find(&s->catalogue, b->requirements[k]) &&
                !ms_rule_find(b->requirements[k])) {
                cli_say("%s: %s: there is no requirement or rule %s", path, b->id,
                        b->requirements[k]);
                mistakes++;
            }
    }
    return mistakes;
}

/* Topology files that were named: those below topo/ were read with the suite, others are read here. */
static int read_topologies(struct ms_suite *s, char *const *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *text;
        size_t len;
        struct ms_error err = {0};
        if (!cli_ends_in(files[i], ".topo"))
            continue;
        if (ms_file_read(s->arena, files[i], &text, &len, &err) < 0) {
            cli_say_error(&err);
            return CLI_HARNESS;
        }
        size_t before = s->diags.n;
        ms_topo_parse(s->arena, files[i], text, len, &s->diags);
        for (size_t k = 0; k < before; k++)
            if (cli_same_file(s->diags.d[k].loc.file, files[i]))
                s->diags.n = before; /* told once */
    }
    return CLI_OK;
}

static int cmd_check(const struct cli_command *self, int argc, char **argv)
{
    int first = cli_parse(self, NULL, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    size_t n = (size_t)(argc - first);
    for (int i = first; i < argc; i++) {
        if (!cli_ends_in(argv[i], ".case") && !cli_ends_in(argv[i], ".topo") &&
            !cli_ends_in(argv[i], ".mutants"))
            return cli_usage(self, "%s is neither a .case nor a .topo nor a .mutants file",
                             argv[i]);
    }
    struct ms_suite s;
    int status = cli_load(&s, argv + first, n);
    if (status != CLI_OK)
        return status;
    status = read_topologies(&s, argv + first, n);
    if (status == CLI_OK)
        status = cli_load_mutants(&s, argv + first, n);
    if (status != CLI_OK) {
        ms_suite_free(&s);
        return status;
    }
    size_t mistakes = cli_print_diags(&s.diags, argv + first, n);
    mistakes += cli_print_diags(&s.mutant_diags, argv + first, n);
    if (n == 0 && mistakes == 0)
        mistakes += check_expected(&s) + check_bugs(&s);
    if (mistakes) {
        cli_say("%zu mistake%s", mistakes, mistakes == 1 ? "" : "s");
        status = CLI_UNEXPECTED;
    } else if (n) {
        printf("%zu file%s: no mistakes\n", n, n == 1 ? "" : "s");
    } else {
        printf("%zu files, %zu topologies, %zu cases, %zu results, %zu mutants: no mistakes\n",
               s.n_files + s.n_mutant_files, s.n_topo, s.n_case, s.n_instance, s.n_mutant);
    }
    ms_suite_free(&s);
    return status;
}

const struct cli_command cli_check = {
    .name = "check",
    .args = "[FILE...]",
    .help = "Find mistakes in files of cases, topologies and mutants without running anything.",
    .more = "Without FILE, the whole suite is checked, with its lists of expected deviations and "
            "of known "
            "bugs.\n",
    .run = cmd_check,
};
