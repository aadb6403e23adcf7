/* SPDX-License-Identifier: MIT */
/* mptcpspec list: what there is, one a line, or as JSON. */
#include <jansson.h>
#include <string.h>

#include "cli/commands.h"
#include "mptcpspec/matrix.h"

struct settings {
    bool json, markdown;
};

static const struct cli_option options[] = {
    CLI_OPT_FLAG(struct settings, json, "json", 0, "as a JSON list of objects"),
    CLI_OPT_FLAG(struct settings, markdown, "markdown", 0,
                 "rules and bugs: as docs/oracle.md, docs/known-bugs.md"),
    {0},
};

struct lister {
    const struct ms_suite *suite;
    const bool *chosen; /* instances */
    const struct ms_bugs *bugs;
    json_t *json; /* NULL: text */
};

/* One thing: pairs of key and value, the name first; text shows the name and the values that are not "". */
static void row(const struct lister *l, const char *const kv[][2], size_t n)
{
    if (l->json) {
        json_t *o = json_object();
        for (size_t i = 0; i < n; i++)
            json_object_set_new(o, kv[i][0], json_string(ms_text_clean(l->suite->arena, kv[i][1])));
        json_array_append_new(l->json, o);
        return;
    }
    fputs(kv[0][1], stdout);
    for (size_t i = 1; i < n; i++)
        if (kv[i][1] && *kv[i][1])
            printf("\t%s", kv[i][1]);
    fputc('\n', stdout);
}
#define ROW(l, ...)                                                                                \
    do {                                                                                           \
        const char *const kv[][2] = {__VA_ARGS__};                                                 \
        row(l, kv, MS_ARRAY_LEN(kv));                                                              \
    } while (0)

static void list_cases(const struct lister *l)
{
    const struct ms_case *last = NULL;
    for (size_t i = 0; i < l->suite->n_instance; i++) {
        const struct ms_case *c = l->suite->instance[i].c;
        if (!l->chosen[i] || c == last)
            continue;
        last = c;
        ROW(l, {"name", c->name}, {"section", ms_instance_section(&l->suite->instance[i])},
            {"role", ms_role_names[c->role]}, {"topology", c->topology}, {"purpose", c->purpose});
    }
}

static void list_results(const struct lister *l)
{
    for (size_t i = 0; i < l->suite->n_instance; i++)
        if (l->chosen[i])
            ROW(l, {"name", l->suite->instance[i].name}, {"file", l->suite->instance[i].c->file});
}

static void list_requirements(const struct lister *l)
{
    for (size_t i = 0; i < l->suite->catalogue.n; i++) {
        const struct ms_requirement *r = &l->suite->catalogue.req[i];
        ROW(l, {"name", r->id}, {"level", ms_level_name(r->level)}, {"section", r->section},
            {"actor", r->actor}, {"text", r->text});
    }
}

/* Cases that judge under one of its readings only. */
static const char *held_by(const struct lister *l, const struct ms_position *p)
{
    struct ms_buf b = {0};
    for (size_t i = 0; i < l->suite->n_case; i++)
        for (size_t k = 0; k < l->suite->c[i]->n_positions; k++)
            if (l->suite->c[i]->position[k].position == p)
                ms_buf_printf(&b, "%s%s", b.len ? " " : "", l->suite->c[i]->name);
    const char *names = ms_arena_strdup(l->suite->arena, b.data ? b.data : "");
    ms_buf_free(&b);
    return names;
}

static void list_positions(const struct lister *l)
{
    for (const struct ms_position *p = ms_positions; p->id; p++)
        for (size_t i = 0; i < MS_READINGS; i++)
            ROW(l, {"name", ms_arena_printf(l->suite->arena, "%s=%s", p->id, p->reading[i].name)},
                {"holds", i == 0 ? "usually" : "if chosen"}, {"section", p->section},
                {"question", p->question}, {"reading", p->reading[i].text},
                {"requirements", p->requirements}, {"cases", held_by(l, p)});
}

static void list_topologies(const struct lister *l)
{
    for (size_t i = 0; i < l->suite->n_topo; i++)
        ROW(l, {"name", l->suite->topo[i]->name}, {"purpose", l->suite->topo[i]->purpose});
}

static void list_rewrites(const struct lister *l)
{
    for (const struct ms_rewrite_entry *e = ms_rewrite_table; e->name; e++)
        ROW(l, {"name", e->name}, {"params", e->params}, {"doc", e->doc});
}

static void list_rules(const struct lister *l)
{
    for (size_t i = 0; ms_rules[i]; i++) {
        const struct ms_rule *r = ms_rules[i];
        ROW(l, {"name", r->name}, {"requirements", r->reqs}, {"level", ms_level_name(r->level)},
            {"conditions", r->conditions}, {"doc", r->doc});
    }
}

static void list_tags(const struct lister *l)
{
    const struct ms_suite *s = l->suite;
    const char **seen = NULL;
    size_t n = 0, cap = 0;
    for (size_t i = 0; i < s->n_case; i++)
        for (size_t k = 0; k < s->c[i]->n_tags; k++) {
            size_t j = 0;
            while (j < n && strcmp(seen[j], s->c[i]->tag[k]) != 0)
                j++;
            if (j < n)
                continue;
            seen = ms_arena_grow(s->arena, seen, &cap, n, sizeof *seen);
            seen[n++] = s->c[i]->tag[k];
            ROW(l, {"name", s->c[i]->tag[k]});
        }
}

static void list_field_table(const struct lister *l, const char *of,
                             const struct ms_report_field *fields)
{
    static const char *const types[] = {"string",  "number",  "real",  "bool",
                                        "strings", "objects", "object"};
    for (const struct ms_report_field *f = fields; f->name; f++) {
        const char *name = ms_arena_printf(l->suite->arena, "%s%s%s", of, *of ? "." : "", f->name);
        ROW(l, {"name", name}, {"type", types[f->type]}, {"doc", f->doc});
        if (f->of)
            list_field_table(l, name, f->of);
    }
}

static void list_fields(const struct lister *l)
{
    list_field_table(l, "", ms_report_root_fields);
}

static void list_lint_fields(const struct lister *l)
{
    list_field_table(l, "", ms_lint_root_fields);
}

static void list_compare_fields(const struct lister *l)
{
    list_field_table(l, "", ms_compare_root_fields);
}

static void list_matrix_fields(const struct lister *l)
{
    list_field_table(l, "", ms_matrix_root_fields);
}

static void list_coverage_fields(const struct lister *l)
{
    list_field_table(l, "", ms_coverage_root_fields);
}

static const char *ids(const struct lister *l, const struct ms_tags *t)
{
    const char *s = "";
    for (size_t i = 0; i < t->n; i++)
        s = ms_arena_printf(l->suite->arena, "%s%s%s", s, i ? ", " : "", t->req[i]->id);
    return s;
}

static void list_mutants(const struct lister *l)
{
    for (size_t i = 0; i < l->suite->n_mutant; i++) {
        const struct ms_mutant *m = l->suite->mutant[i];
        ROW(l, {"name", m->name}, {"breaks", ids(l, &m->breaks)}, {"implies", ids(l, &m->implies)},
            {"about", m->about}, {"equivalent", m->equivalent});
    }
}

static const char *spaced(const struct lister *l, const char *const *v, size_t n)
{
    const char *s = "";
    for (size_t i = 0; i < n; i++)
        s = ms_arena_printf(l->suite->arena, "%s%s%s", s, i ? " " : "", v[i]);
    return s;
}

static void list_bugs(const struct lister *l)
{
    for (size_t i = 0; i < l->bugs->n; i++) {
        const struct ms_bug *b = &l->bugs->bug[i];
        ROW(l, {"name", b->id}, {"section", b->section}, {"fault", b->fault},
            {"results", spaced(l, b->results, b->n_results)},
            {"requirements", spaced(l, b->requirements, b->n_requirements)},
            {"kernels", b->kernels}, {"fix", b->fix}, {"known", b->known}, {"why_not", b->why_not});
    }
}

static const struct {
    const char *name;
    void (*list)(const struct lister *l);
} kinds[] = {
    {"cases", list_cases},
    {"results", list_results},
    {"requirements", list_requirements},
    {"topologies", list_topologies},
    {"positions", list_positions},
    {"mutants", list_mutants},
    {"bugs", list_bugs},
    {"rewrites", list_rewrites},
    {"rules", list_rules},
    {"tags", list_tags},
    {"fields", list_fields},
    {"lint-fields", list_lint_fields},
    {"compare-fields", list_compare_fields},
    {"matrix-fields", list_matrix_fields},
    {"coverage-fields", list_coverage_fields},
};

static int unknown_kind(const struct cli_command *self, const char *word)
{
    const char *names[MS_ARRAY_LEN(kinds)];
    for (size_t i = 0; i < MS_ARRAY_LEN(kinds); i++)
        names[i] = kinds[i].name;
    const char *near = ms_nearest_word(word, names, MS_ARRAY_LEN(kinds));
    return cli_usage(self, "there is nothing called '%s' to list%s%s%s", word,
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int cmd_list(const struct cli_command *self, int argc, char **argv)
{
    struct settings set = {0};
    int first = cli_parse(self, &set, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    const char *what = first < argc ? argv[first++] : "cases";
    size_t kind = 0;
    while (kind < MS_ARRAY_LEN(kinds) && strcmp(kinds[kind].name, what) != 0)
        kind++;
    if (kind == MS_ARRAY_LEN(kinds))
        return unknown_kind(self, what);
    if (set.markdown &&
        (set.json || (kinds[kind].list != list_rules && kinds[kind].list != list_bugs)))
        return cli_usage(self, "--markdown goes with rules or bugs alone");
    struct ms_suite s;
    bool *chosen = NULL;
    int status = cli_load(&s, argv + first, (size_t)(argc - first));
    if (status != CLI_OK)
        return status;
    /* Lists that do not depend on cases work although some have mistakes. */
    if (kinds[kind].list == list_cases || kinds[kind].list == list_results)
        status = cli_choose(&s, argv + first, (size_t)(argc - first), &chosen);
    if (kinds[kind].list == list_mutants)
        status = cli_load_mutants(&s, argv + first, (size_t)(argc - first));
    struct ms_bugs bugs = {0};
    if (kinds[kind].list == list_bugs)
        status = cli_bugs(&s, &bugs);
    if (status == CLI_OK && set.markdown && kinds[kind].list == list_bugs) {
        cli_bugs_markdown(&bugs);
    } else if (status == CLI_OK && set.markdown) {
        cli_rules_markdown(&s.catalogue, stdout);
    } else if (status == CLI_OK) {
        struct lister l = {
            .suite = &s, .chosen = chosen, .bugs = &bugs, .json = set.json ? json_array() : NULL};
        kinds[kind].list(&l);
        if (l.json) {
            json_dumpf(l.json, stdout, JSON_INDENT(1));
            fputc('\n', stdout);
            json_decref(l.json);
        }
    }
    ms_suite_free(&s);
    return status;
}

const struct cli_command cli_list = {
    .name = "list",
    .args =
        "[cases|results|requirements|positions|topologies|mutants|bugs|rewrites|rules|tags|fields|"
        "lint-fields|compare-fields|matrix-fields|coverage-fields] [SELECTOR...]",
    .help = "List what there is.",
    .options = options,
    .run = cmd_list,
};
