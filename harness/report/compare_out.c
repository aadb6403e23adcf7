/* SPDX-License-Identifier: MIT */
/* A comparison as text and as JSON from a table of fields. */
#include <string.h>

#include "report/field_def.h"
#include "report/json.h"

/* ---- text ------------------------------------------------------------------------------------------------ */

static void print_side(const struct ms_change_side *s, FILE *out)
{
    fputs(s->there ? ms_verdict_name(s->verdict) : "-", out);
    if (s->standing == MS_STANDS_EXPECTED)
        fputs(" (expected)", out);
}

static void print_names(const char *const *v, size_t n, FILE *out)
{
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%s", i ? ", " : "", v[i]);
}

static void print_change(const struct ms_change *c, FILE *out)
{
    fprintf(out, "%c %-14s %s  ", c->worse ? '!' : ' ', ms_change_name(c->kind), c->name);
    print_side(&c->before, out);
    fputs(" -> ", out);
    print_side(&c->after, out);
    if (c->n_newly) {
        fputs("  ", out);
        print_names(c->newly, c->n_newly, out);
    }
    fputc('\n', out);
    const char *text = c->after.there && c->kind != MS_CHANGE_PASSING ? c->after.text : "";
    unsigned lines = 0;
    for (const char *p = text; *p && lines < 2; lines++) {
        size_t n = strcspn(p, "\n");
        fprintf(out, "      %.*s\n", (int)(n > 200 ? 200 : n), p);
        p += n + (p[n] == '\n');
    }
}

static void print_requirements(const struct ms_comparison *c, const struct ms_catalogue *cat,
                               FILE *out)
{
    if (c->n_newly)
        fputs("\nnewly broken:\n", out);
    for (size_t i = 0; i < c->n_newly; i++) {
        const struct ms_requirement *q = cat ? ms_catalogue_find(cat, c->newly[i]) : NULL;
        fprintf(out, "  %s", c->newly[i]);
        if (q)
            fprintf(out, "  %s, RFC 8684 %s: %s", ms_level_name(q->level), q->section, q->text);
        fputc('\n', out);
    }
}

static void print_run(const char *word, const char *file, const struct ms_report *r, FILE *out)
{
    fprintf(out, "%s %s: %zu results, %zu failed, Linux %s%s", word, file, r->counts.total,
            r->counts.unexpected, r->kernel ? r->kernel->release : "",
            r->n_rewrites ? ", behind rewrites" : "");
    if (r->site && *r->site->iface)
        fprintf(out, ", at %s", r->site->spec);
    for (size_t i = 0; i < r->n_positions; i++)
        fprintf(out, ", %s", r->position[i]);
    fprintf(out, "%s\n", r->interrupted ? ", interrupted" : "");
}

void ms_compare_print(const struct ms_comparison *c, const struct ms_catalogue *cat, FILE *out)
{
    for (size_t i = 0; i < c->n; i++)
        print_change(&c->change[i], out);
    print_requirements(c, cat, out);
    if (c->n)
        fputc('\n', out);
    print_run("before", c->before_file, c->before, out);
    print_run("after ", c->after_file, c->after, out);
    if (strcmp(c->before->suite->identity, c->after->suite->identity) != 0)
        fputs("the suites differ: a change may come from a case\n", out);
    static const enum ms_change_kind order[] = {MS_CHANGE_FAILING, MS_CHANGE_PASSING, MS_CHANGE_NEW,
                                                MS_CHANGE_GONE, MS_CHANGE_REASON};
    for (size_t i = 0; i < MS_ARRAY_LEN(order); i++)
        fprintf(out, "%zu %s, ", c->count[order[i]], ms_change_name(order[i]));
    fprintf(out, "%zu as before: %zu worse\n", c->same, c->worse);
}

/* ---- JSON ------------------------------------------------------------------------------------------------ */

GET(side_verdict, struct ms_change_side, v->text = x->there ? ms_verdict_name(x->verdict) : "")
GET(side_standing, struct ms_change_side, v->text = x->there ? ms_standing_name(x->standing) : "")
GET(side_text, struct ms_change_side, v->text = x->text)
LIST(side_broken, struct ms_change_side, x->n_broken, x->broken[i])
LIST(side_warned, struct ms_change_side, x->n_warned, x->warned[i])
static const struct ms_report_field side_fields[] = {
    {"verdict", MS_REPORT_STRING, "the worst of its repetitions, empty: not there",
     .get = side_verdict},
    {"standing", MS_REPORT_STRING, "how it counts: pass, expected, skip or unexpected",
     .get = side_standing},
    {"broken", MS_REPORT_STRINGS, "requirements and rules that it breaks", COUNTED(side_broken)},
    {"warned", MS_REPORT_STRINGS, "those that only warn", COUNTED(side_warned)},
    {"text", MS_REPORT_STRING, "what was expected and what came", .get = side_text},
    {0},
};

GET(chg_result, struct ms_change, v->text = x->name)
GET(chg_kind, struct ms_change, v->text = ms_change_name(x->kind))
GET(chg_worse, struct ms_change, v->num = x->worse)
LIST(chg_newly, struct ms_change, x->n_newly, x->newly[i])
PART(chg_before, struct ms_change, &x->before)
PART(chg_after, struct ms_change, &x->after)
static const struct ms_report_field change_fields[] = {
    {"result", MS_REPORT_STRING, "name of the result", .get = chg_result},
    {"change", MS_REPORT_STRING, "newly failing, newly passing, new, gone or changed reason",
     .get = chg_kind},
    {"worse", MS_REPORT_BOOL, "makes the comparison fail", .get = chg_worse},
    {"newly_broken", MS_REPORT_STRINGS, "requirements and rules that only the later one breaks",
     COUNTED(chg_newly)},
    {"before", MS_REPORT_OBJECT, "the result in the earlier run", .item = chg_before,
     .of = side_fields},
    {"after", MS_REPORT_OBJECT, "the result in the later run", .item = chg_after,
     .of = side_fields},
    {0},
};

#define R struct ms_report
GET(run_release, R, v->text = x->kernel ? x->kernel->release : "")
GET(run_version, R, v->text = x->kernel ? x->kernel->version : "")
GET(run_suite, R, v->text = x->suite->identity)
GET(run_results, R, v->num = x->counts.total)
GET(run_failed, R, v->num = x->counts.unexpected)
GET(run_interrupted, R, v->num = x->interrupted)
#undef R
static const struct ms_report_field run_fields[] = {
    {"kernel_release", MS_REPORT_STRING, "release of the kernel under test", .get = run_release},
    {"kernel_version", MS_REPORT_STRING, "its version line", .get = run_version},
    {"suite", MS_REPORT_STRING, "SHA-256 over requirements, topologies and cases",
     .get = run_suite},
    {"results", MS_REPORT_NUMBER, "results", .get = run_results},
    {"failed", MS_REPORT_NUMBER, "fail, inconc or error that nobody expected", .get = run_failed},
    {"interrupted", MS_REPORT_BOOL, "stopped by the user", .get = run_interrupted},
    {0},
};

#define C struct ms_comparison
GET(root_schema, C, (void)x; v->num = MS_REPORT_SCHEMA)
GET(root_before_file, C, v->text = x->before_file)
GET(root_after_file, C, v->text = x->after_file)
GET(root_failing, C, v->num = x->count[MS_CHANGE_FAILING])
GET(root_passing, C, v->num = x->count[MS_CHANGE_PASSING])
GET(root_new, C, v->num = x->count[MS_CHANGE_NEW])
GET(root_gone, C, v->num = x->count[MS_CHANGE_GONE])
GET(root_reason, C, v->num = x->count[MS_CHANGE_REASON])
GET(root_same, C, v->num = x->same)
GET(root_worse, C, v->num = x->worse)
LIST(root_newly, C, x->n_newly, x->newly[i])
LIST(root_changes, C, x->n, &x->change[i])
PART(root_before, C, x->before)
PART(root_after, C, x->after)
#undef C
const struct ms_report_field ms_compare_root_fields[] = {
    {"schema", MS_REPORT_NUMBER, "version of this format", .get = root_schema},
    {"before_file", MS_REPORT_STRING, "results of the earlier run", .get = root_before_file},
    {"after_file", MS_REPORT_STRING, "results of the later run, empty for the run itself",
     .get = root_after_file},
    {"before", MS_REPORT_OBJECT, "the earlier run", .item = root_before, .of = run_fields},
    {"after", MS_REPORT_OBJECT, "the later run", .item = root_after, .of = run_fields},
    {"newly_failing", MS_REPORT_NUMBER, "results that fail and did not", .get = root_failing},
    {"newly_passing", MS_REPORT_NUMBER, "results that deviated and pass", .get = root_passing},
    {"new", MS_REPORT_NUMBER, "results that the earlier run lacks", .get = root_new},
    {"gone", MS_REPORT_NUMBER, "results that the later run lacks", .get = root_gone},
    {"changed_reason", MS_REPORT_NUMBER, "results with another verdict, or broken otherwise",
     .get = root_reason},
    {"same", MS_REPORT_NUMBER, "results as before", .get = root_same},
    {"worse", MS_REPORT_NUMBER, "changes that make the comparison fail", .get = root_worse},
    {"newly_broken", MS_REPORT_STRINGS, "requirements and rules behind what is worse",
     COUNTED(root_newly)},
    {"changes", MS_REPORT_OBJECTS, "one entry a result that changed", COUNTED(root_changes),
     .of = change_fields},
    {0},
};

int ms_compare_json(const struct ms_comparison *c, FILE *out, struct ms_error *err)
{
    return report_json_write(ms_compare_root_fields, c, out, err);
}
