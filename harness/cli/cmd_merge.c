/* SPDX-License-Identifier: MIT */
/* mptcpspec merge: the shards of a run become one results file again. */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/gate.h"

struct settings {
    const char *junit, *ktap;
};

static const struct cli_option options[] = {
    CLI_OPT_STRING(struct settings, junit, "junit", "FILE", "write JUnit XML, too"),
    CLI_OPT_STRING(struct settings, ktap, "ktap", "FILE", "write KTAP, too"),
    {0},
};

struct output {
    const char *path;
    int (*render)(const struct ms_report *r, FILE *out, struct ms_error *err);
};

/* Nothing is written before all of it can be. */
static int write_all(const struct output *o, size_t n, const struct ms_report *r)
{
    struct ms_error err = {0};
    for (size_t i = 0; i < n; i++)
        if (o[i].path && ms_output_probe(o[i].path, &err) < 0) {
            cli_say_error(&err);
            return CLI_HARNESS;
        }
    for (size_t i = 0; i < n; i++)
        if (o[i].path && ms_report_write(r, o[i].render, o[i].path, &err) < 0) {
            cli_say_error(&err);
            return CLI_HARNESS;
        }
    return CLI_OK;
}

static int merge(const struct output *o, size_t n_out, struct ms_arena *a, char *const *file,
                 size_t n, const char *command)
{
    struct ms_report *in = ms_arena_alloc(a, n * sizeof *in), out;
    struct ms_error err = {0};
    int rc = MS_OK;
    for (size_t i = 0; i < n && rc == MS_OK; i++)
        rc = ms_report_load(a, file[i], &in[i], &err);
    if (rc == MS_OK)
        rc = ms_report_merge(a, in, (const char *const *)file, n, &out, &err);
    if (rc < 0) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    out.command = command;
    int status = write_all(o, n_out, &out);
    if (status == CLI_OK)
        printf("%zu results of %zu file%s\n%zu passed, %zu failed, %zu skipped\n", out.n, n,
               n == 1 ? "" : "s", out.counts.passed, out.counts.unexpected, out.counts.skipped);
    return status;
}

static int cmd_merge(const struct cli_command *self, int argc, char **argv)
{
    struct settings set = {0};
    char *command = cli_command_line(argc, argv);
    int first = cli_parse(self, &set, argc, argv);
    int status = first < 0 ? CLI_USAGE : CLI_OK;
    if (first > 0 && argc - first < 2) {
        status = cli_usage(self, "an output and at least one results file are needed");
    } else if (first > 0) {
        const struct output o[] = {{argv[first], ms_report_json},
                                   {set.junit, ms_report_junit},
                                   {set.ktap, ms_report_ktap}};
        char **file = argv + first + 1;
        size_t n = (size_t)(argc - first - 1);
        for (size_t i = 0; i < n && status == CLI_OK; i++)
            for (size_t k = 0; k < MS_ARRAY_LEN(o) && status == CLI_OK; k++)
                if (o[k].path && cli_same_file(o[k].path, file[i]))
                    status = cli_usage(self, "%s would be overwritten: the output is named first",
                                       file[i]);
        struct ms_arena *a = ms_arena_new();
        if (status == CLI_OK)
            status = merge(o, MS_ARRAY_LEN(o), a, file, n, command);
        ms_arena_free(a);
    }
    free(command);
    return status;
}

const struct cli_command cli_merge = {
    .name = "merge",
    .args = "OUT.json SHARD.json...",
    .help = "Join the results of the shards of one run.",
    .more = "Each SHARD.json was written by `run --shard I/N --json`. Shards of other suites, "
            "kernels or\n"
            "selectors, shards that overlap and shards that are missing are refused.\n",
    .options = options,
    .run = cmd_merge,
};
