/* SPDX-License-Identifier: MIT */
/* mptcpspec compare: two runs, result by result. */
#include <string.h>

#include "cli/commands.h"
#include "cli/gate.h"

struct settings {
    bool bisect, strict;
    const char *json;
};

static const struct cli_option options[] = {
    CLI_OPT_STRING(struct settings, json, "json", "FILE", "write JSON"),
    CLI_OPT_FLAG(struct settings, strict, "strict", 0,
                 "what newly warns, is newly skipped or gone is worse, too"),
    CLI_OPT_FLAG(struct settings, bisect, "bisect", 0,
                 "exit status for `git bisect run`: 0 good, 1 bad, 125 cannot be tested"),
    {0},
};

static int write_json(const struct ms_comparison *c, const char *path, struct ms_error *err)
{
    struct ms_output o;
    int rc = ms_output_open(&o, path, err);
    return rc < 0 ? rc : ms_output_end(&o, ms_compare_json(c, o.f, err), err);
}

/* The texts of requirements are welcome and not needed: results are compared where no suite is, too. */
static const struct ms_catalogue *texts(struct ms_arena *a, struct ms_catalogue *store)
{
    char data[4096];
    if (ms_data_dir(data, sizeof data, NULL) < 0 ||
        ms_catalogue_load(a, ms_arena_printf(a, "%s/cases/requirements.tsv", data), store, NULL) <
            0)
        return NULL;
    return store;
}

static int compare(const struct settings *set, struct ms_arena *a, char *const *file)
{
    struct ms_report before, after;
    struct ms_comparison c;
    struct ms_catalogue cat;
    struct ms_error err = {0};
    if (ms_report_load(a, file[0], &before, &err) < 0 ||
        ms_report_load(a, file[1], &after, &err) < 0 ||
        ms_compare(a, &before, file[0], &after, file[1], set->strict, &c, &err) < 0 ||
        (set->json && write_json(&c, set->json, &err) < 0)) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    int status = gate_conclude(&c, texts(a, &cat), set->bisect);
    if (status == CLI_OK && after.interrupted) {
        cli_say("%s was interrupted: what it did not reach is not known", file[1]);
        return CLI_HARNESS;
    }
    return status;
}

static int cmd_compare(const struct cli_command *self, int argc, char **argv)
{
    struct settings set = {.bisect = gate_asks_bisect(argc, argv)};
    int first = cli_parse(self, &set, argc, argv), status;
    if (first == 0)
        return CLI_OK;
    if (first < 0) {
        status = CLI_USAGE;
    } else if (argc - first != 2) {
        status = cli_usage(self, "two results files are needed, %d given", argc - first);
    } else if (set.json &&
               (cli_same_file(set.json, argv[first]) || cli_same_file(set.json, argv[first + 1]))) {
        status = cli_usage(self, "--json: %s is one of the files that are compared", set.json);
    } else {
        struct ms_arena *a = ms_arena_new();
        status = compare(&set, a, argv + first);
        ms_arena_free(a);
    }
    return set.bisect ? gate_bisect_status(status) : status;
}

const struct cli_command cli_compare = {
    .name = "compare",
    .args = "BEFORE.json AFTER.json",
    .help = "Compare two runs: what newly fails, and in which requirements.",
    .more = "Both files were written by `run --json` or `merge`. The status is 1 if something is "
            "worse:\n"
            "a result newly fails, a new one fails, or one that failed before breaks further "
            "requirements.\n",
    .options = options,
    .run = cmd_compare,
};
