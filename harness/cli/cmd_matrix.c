/* SPDX-License-Identifier: MIT */
/* mptcpspec matrix: results of several kernels side by side. */
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "mptcpspec/matrix.h"

struct settings {
    bool all, strict, given;
    const char *json;
};

static int set_order(void *settings, const char *value, struct ms_error *err)
{
    struct settings *s = settings;
    s->given = strcmp(value, "given") == 0;
    if (s->given || strcmp(value, "release") == 0)
        return MS_OK;
    return ms_fail(err, MS_ERR_PARSE, "the order is 'release' or 'given'");
}

static const struct cli_option options[] = {
    CLI_OPT_STRING(struct settings, json, "json", "FILE", "write JSON"),
    CLI_OPT_FLAG(struct settings, all, "all", 0, "show what is the same on all kernels, too"),
    {.name = "order",
     .arg = "ORDER",
     .doc = "columns by 'release', or as 'given'",
     .type = CLI_CALL,
     .call = set_order},
    CLI_OPT_FLAG(struct settings, strict, "strict", 0,
                 "exit with 1 if a result stands that nobody expected"),
    {0},
};

/* "LABEL=FILE", or a file whose name is the label. NULL: there is no label in it, or a bad one. */
static const char *label_of(struct ms_arena *a, const char *operand, const char **file)
{
    const char *equals = strchr(operand, '='), *slash = strchr(operand, '/');
    char *label;
    *file = operand;
    if (equals && (!slash || equals < slash)) {
        label = ms_arena_strndup(a, operand, (size_t)(equals - operand));
        *file = equals + 1;
    } else {
        slash = strrchr(operand, '/');
        label = ms_arena_strdup(a, slash ? slash + 1 : operand);
        size_t n = strlen(label);
        if (n > 5 && strcmp(label + n - 5, ".json") == 0)
            label[n - 5] = '\0';
    }
    for (const char *p = label; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p > '~')
            return NULL;
    return *label && strlen(label) <= MS_MATRIX_LABEL_MAX ? label : NULL;
}

/* The table of known bugs and the texts of requirements are welcome and not needed. */
static int tables(struct ms_arena *a, struct ms_bugs *bugs, struct ms_catalogue *cat,
                  struct ms_error *err)
{
    char data[4096];
    if (ms_data_dir(data, sizeof data, NULL) < 0)
        return MS_OK;
    const char *path = ms_arena_printf(a, "%s/cases/known-bugs.tsv", data);
    int rc = access(path, F_OK) == 0 ? ms_bugs_load(a, path, bugs, err) : MS_OK;
    if (rc == MS_OK)
        rc = ms_catalogue_load(a, ms_arena_printf(a, "%s/cases/requirements.tsv", data), cat, err);
    return rc;
}

static int write_json(const struct ms_matrix *m, const char *path, struct ms_error *err)
{
    struct ms_output o;
    int rc = ms_output_open(&o, path, err);
    return rc < 0 ? rc : ms_output_end(&o, ms_matrix_json(m, o.f, err), err);
}

static int matrix(const struct settings *set, struct ms_arena *a, struct ms_matrix_input *in,
                  size_t n)
{
    struct ms_report *report = ms_arena_alloc(a, n * sizeof *report);
    struct ms_error err = {0};
    struct ms_bugs bugs = {0};
    struct ms_catalogue cat = {0};
    struct ms_matrix m;
    int rc = set->json ? ms_output_probe(set->json, &err) : MS_OK;
    for (size_t i = 0; i < n && rc == MS_OK; i++) {
        rc = ms_report_load(a, in[i].file, &report[i], &err);
        in[i].report = &report[i];
    }
    if (rc == MS_OK)
        rc = tables(a, &bugs, &cat, &err);
    if (rc == MS_OK)
        rc = ms_matrix_build(a, in, n, set->given, &bugs, &cat, &m, &err);
    if (rc == MS_OK && set->json)
        rc = write_json(&m, set->json, &err);
    if (rc < 0) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    ms_matrix_print(&m, set->all, stdout);
    size_t unexpected = 0;
    for (size_t k = 0; k < m.n_kernels; k++)
        unexpected += m.kernel[k].counts.unexpected;
    return set->strict && unexpected ? CLI_UNEXPECTED : CLI_OK;
}

static int cmd_matrix(const struct cli_command *self, int argc, char **argv)
{
    struct settings set = {0};
    int first = cli_parse(self, &set, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (argc == first)
        return cli_usage(self, "at least one results file is needed");
    struct ms_arena *a = ms_arena_new();
    size_t n = (size_t)(argc - first);
    struct ms_matrix_input *in = ms_arena_alloc(a, n * sizeof *in);
    int status = CLI_OK;
    for (size_t i = 0; i < n && status == CLI_OK; i++) {
        in[i].label = label_of(a, argv[first + (int)i], &in[i].file);
        if (!in[i].label)
            status = cli_usage(self,
                               "%s: a label is 1 to %d printable characters without space; "
                               "LABEL=FILE gives one",
                               argv[first + (int)i], MS_MATRIX_LABEL_MAX);
        else if (set.json && cli_same_file(set.json, in[i].file))
            status = cli_usage(self, "--json: %s is one of the results files", set.json);
    }
    if (status == CLI_OK)
        status = matrix(&set, a, in, n);
    ms_arena_free(a);
    return status;
}

const struct cli_command cli_matrix = {
    .name = "matrix",
    .args = "[LABEL=]FILE.json...",
    .help = "Results of several kernels side by side: what differs, and why.",
    .more =
        "Each file was written by `run --json`, `interop --json` or `merge`. Files of one label "
        "and kernel\n"
        "become one column; without a label it is the file's name. Labels that begin with no "
        "digit, as\n"
        "\"uml-6.12\" or \"local\", stand beside the column of their series; one that ends in "
        "\"-without-BUG\" is\n"
        "a kernel from which the change that mended a known bug was taken out.\n",
    .options = options,
    .run = cmd_matrix,
};
