/* SPDX-License-Identifier: MIT */
/* What a hunt of mutants found: counted, as text, as JSON from a table of fields, as a matrix. */
#include <inttypes.h>
#include <string.h>

#include "report/field_def.h"
#include "report/json.h"

/* ---- counting -------------------------------------------------------------------------------------------- */

static bool killed(const struct ms_mutant_result *r)
{
    return r->fate == MS_FATE_KILLED || r->fate == MS_FATE_CONTRADICTED;
}

/* Equivalent ones and those not run are counted apart. */
static bool counted(const struct ms_mutant_result *r)
{
    return r->fate != MS_FATE_EQUIVALENT && r->fate != MS_FATE_NOT_RUN;
}

static void group_add(struct ms_arena *a, struct ms_kill_groups *g, const char *name,
                      const struct ms_mutant_result *m)
{
    size_t i = 0;
    while (i < g->n && strcmp(g->group[i].name, name) != 0)
        i++;
    if (i == g->n) {
        g->group = ms_arena_grow(a, g->group, &g->cap, g->n, sizeof *g->group);
        g->group[g->n++] = (struct ms_kill_group){.name = name};
    }
    g->group[i].killed += killed(m);
    g->group[i].total += counted(m);
}

static void groups_sort(struct ms_kill_groups *g)
{
    for (size_t i = 1; i < g->n; i++)
        for (size_t k = i; k > 0 && strcmp(g->group[k].name, g->group[k - 1].name) < 0; k--) {
            struct ms_kill_group x = g->group[k];
            g->group[k] = g->group[k - 1];
            g->group[k - 1] = x;
        }
}

void ms_mutation_fill(struct ms_mutation_report *r, struct ms_arena *a)
{
    size_t kills = 0, total = 0;
    for (size_t i = 0; i < r->found->n; i++) {
        const struct ms_mutant_result *m = &r->found->result[i];
        const char *option = ms_mutant_option(a, m->mutant);
        r->fate[m->fate]++;
        kills += killed(m);
        total += counted(m);
        group_add(a, &r->sections, ms_mutant_section(m->mutant), m);
        group_add(a, &r->options, *option ? option : "other", m);
    }
    groups_sort(&r->sections);
    groups_sort(&r->options);
    r->kill_rate = total ? (double)kills / (double)total : 0;
    r->failed =
        r->fate[MS_FATE_SURVIVED] + r->fate[MS_FATE_NEVER_ACTED] + r->fate[MS_FATE_CONTRADICTED];
}

/* ---- text ------------------------------------------------------------------------------------------------ */

static void print_kill(const struct ms_kill *k, FILE *out)
{
    if (*k->rule)
        fprintf(out, "rule %s in %s", k->rule, k->instance->name);
    else
        fprintf(out, "%s line %u", k->instance->name, k->line);
    fprintf(out, " (%s)", k->reqs);
}

static void print_reqs(const struct ms_tags *t, FILE *out)
{
    for (size_t i = 0; i < t->n; i++)
        fprintf(out, "%s%s", i ? ", " : "", t->req[i]->id);
}

static void print_one(const struct ms_mutant_result *m, bool all, FILE *out)
{
    fprintf(out, "%-14s %-40s ", ms_fate_name(m->fate), m->mutant->name);
    if (m->fate == MS_FATE_EQUIVALENT)
        fprintf(out, "%s", m->mutant->equivalent);
    else if (m->n_kills)
        print_kill(&m->kill[0], out);
    else
        print_reqs(&m->mutant->breaks, out);
    if (m->n_kills > 1)
        fprintf(out, " and %zu more", m->n_kills - 1);
    fputc('\n', out);
    for (size_t i = 1; all && i < m->n_kills; i++) {
        fprintf(out, "%55s ", "");
        print_kill(&m->kill[i], out);
        fputc('\n', out);
    }
    if (!killed(m) && m->fate != MS_FATE_EQUIVALENT)
        fprintf(
            out,
            "               %s:%u: %s\n               changed something in %zu of %zu results\n",
            m->mutant->loc.file, m->mutant->loc.line, m->mutant->about, m->acted, m->runs);
}

static void print_groups(const char *what, const struct ms_kill_groups *g, FILE *out)
{
    fprintf(out, "by %s:", what);
    for (size_t i = 0; i < g->n; i++)
        fprintf(out, "%s %s %zu/%zu", i ? "," : "", g->group[i].name, g->group[i].killed,
                g->group[i].total);
    fputc('\n', out);
}

void ms_mutation_print(const struct ms_mutation_report *r, bool verbose, FILE *out)
{
    const struct ms_mutation *f = r->found;
    for (size_t i = 0; i < f->n; i++)
        if (f->result[i].fate == MS_FATE_KILLED || f->result[i].fate == MS_FATE_EQUIVALENT)
            print_one(&f->result[i], verbose, out);
    for (size_t i = 0; i < f->n; i++)
        if (f->result[i].fate != MS_FATE_KILLED && f->result[i].fate != MS_FATE_EQUIVALENT)
            print_one(&f->result[i], verbose, out);
    for (size_t i = 0; i < f->n_unusable; i++)
        fprintf(out, "%-14s %s: %s without any mutant: %.*s\n", "unusable",
                f->unusable[i].instance->name, ms_verdict_name(f->unusable[i].verdict),
                (int)strcspn(f->unusable[i].text, "\n"), f->unusable[i].text);
    fputc('\n', out);
    print_groups("section", &r->sections, out);
    print_groups("option", &r->options, out);
    fprintf(out, "%zu mutants in %.1f s, %zu runs:", f->n, (double)f->duration_ns / 1e9,
            f->plain_runs + f->mutant_runs);
    for (int i = 0; i < MS_FATES; i++)
        fprintf(out, "%s %zu %s", i ? "," : "", r->fate[i], ms_fate_name((enum ms_fate)i));
    fprintf(out, "; kill rate %.1f %%\n", r->kill_rate * 100);
    fprintf(out, "%zu passed, %zu failed, %zu skipped\n", r->fate[MS_FATE_KILLED],
            r->failed + f->n_unusable, r->fate[MS_FATE_EQUIVALENT] + r->fate[MS_FATE_NOT_RUN]);
}

/* ---- matrix ---------------------------------------------------------------------------------------------- */

int ms_mutation_matrix(const struct ms_mutation_report *r, FILE *out, struct ms_error *err)
{
    (void)err;
    fputs("mutant\tfate\tresult\trule\tline\trequirements\n", out);
    for (size_t i = 0; i < r->found->n; i++) {
        const struct ms_mutant_result *m = &r->found->result[i];
        for (size_t k = 0; k < m->n_kills; k++)
            fprintf(out, "%s\t%s\t%s\t%s\t%u\t%s\n", m->mutant->name, ms_fate_name(m->fate),
                    m->kill[k].instance->name, m->kill[k].rule,
                    *m->kill[k].rule ? 0 : m->kill[k].line, m->kill[k].reqs);
        if (m->n_kills == 0)
            fprintf(out, "%s\t%s\t\t\t0\t\n", m->mutant->name, ms_fate_name(m->fate));
    }
    return MS_OK;
}

/* ---- JSON ------------------------------------------------------------------------------------------------ */

GET(kill_result, struct ms_kill, v->text = x->instance->name)
GET(kill_rule, struct ms_kill, v->text = x->rule)
GET(kill_line, struct ms_kill, v->num = *x->rule ? 0 : x->line)
GET(kill_reqs, struct ms_kill, v->text = x->reqs)
GET(kill_text, struct ms_kill, v->text = x->text)
static const struct ms_report_field kill_fields[] = {
    {"result", MS_REPORT_STRING, "result in which it failed", .get = kill_result},
    {"rule", MS_REPORT_STRING, "rule of the oracle, empty for an expectation", .get = kill_rule},
    {"line", MS_REPORT_NUMBER, "line of the expectation, 0 for a rule", .get = kill_line},
    {"requirements", MS_REPORT_STRING, "what the failure and the mutant have in common",
     .get = kill_reqs},
    {"text", MS_REPORT_STRING, "what was expected and what came", .get = kill_text},
    {0},
};

GET(mut_name, struct ms_mutant_result, v->text = x->mutant->name)
GET(mut_about, struct ms_mutant_result, v->text = x->mutant->about)
GET(mut_file, struct ms_mutant_result, v->text = x->mutant->loc.file)
GET(mut_line, struct ms_mutant_result, v->num = x->mutant->loc.line)
GET(mut_section, struct ms_mutant_result, v->text = ms_mutant_section(x->mutant))
GET(mut_fate, struct ms_mutant_result, v->text = ms_fate_name(x->fate))
GET(mut_reason, struct ms_mutant_result, v->text = x->mutant->equivalent)
GET(mut_runs, struct ms_mutant_result, v->num = x->runs)
GET(mut_acted, struct ms_mutant_result, v->num = x->acted)
LIST(mut_breaks, struct ms_mutant_result, x->mutant->breaks.n, x->mutant->breaks.req[i]->id)
LIST(mut_implies, struct ms_mutant_result, x->mutant->implies.n, x->mutant->implies.req[i]->id)
LIST(mut_rewrites, struct ms_mutant_result, x->mutant->n_rewrites, x->mutant->rewrite[i])
LIST(mut_repairs, struct ms_mutant_result, x->mutant->n_repairs, x->mutant->repair[i].text)
LIST(mut_without, struct ms_mutant_result, x->mutant->n_without, x->mutant->without[i].text)
LIST(mut_kills, struct ms_mutant_result, x->n_kills, &x->kill[i])
/* Of what it breaks, the n-th that a kill is tied to (`through`), or none is. */
static const char *nth_broken(const struct ms_mutant_result *x, bool through, size_t n)
{
    for (size_t i = 0; i < x->mutant->breaks.n; i++) {
        const struct ms_requirement *q = x->mutant->breaks.req[i];
        if (ms_mutant_killed_through(x, q) == through && n-- == 0)
            return q->id;
    }
    return NULL;
}
static size_t count_broken(const struct ms_mutant_result *x, bool through)
{
    size_t n = 0;
    while (nth_broken(x, through, n))
        n++;
    return n;
}
GET(mut_digest, struct ms_mutant_result, {
    struct ms_arena *a = ms_arena_new();
    snprintf(v->room, sizeof v->room, "%s", ms_mutant_digest(a, x->mutant));
    v->text = v->room;
    ms_arena_free(a);
})
LIST(mut_through, struct ms_mutant_result, count_broken(x, true), nth_broken(x, true, i))
LIST(mut_missing, struct ms_mutant_result, count_broken(x, false), nth_broken(x, false, i))
static const struct ms_report_field mutant_fields[] = {
    {"name", MS_REPORT_STRING, "name of the mutant", .get = mut_name},
    {"about", MS_REPORT_STRING, "what is wrong with it", .get = mut_about},
    {"file", MS_REPORT_STRING, "where it is described", .get = mut_file},
    {"line", MS_REPORT_NUMBER, "line in that file", .get = mut_line},
    {"section", MS_REPORT_STRING, "of the first requirement that it breaks", .get = mut_section},
    {"breaks", MS_REPORT_STRINGS, "requirements that it breaks", COUNTED(mut_breaks)},
    {"implies", MS_REPORT_STRINGS, "requirements that break with them", COUNTED(mut_implies)},
    {"through", MS_REPORT_STRINGS, "of `breaks`, those whose failure killed it",
     COUNTED(mut_through)},
    {"missing", MS_REPORT_STRINGS, "of `breaks`, those that no kill is tied to",
     COUNTED(mut_missing)},
    {"digest", MS_REPORT_STRING, "changes when what it does or breaks changes", .get = mut_digest},
    {"rewrites", MS_REPORT_STRINGS, "what it does to packets", COUNTED(mut_rewrites)},
    {"repairs", MS_REPORT_STRINGS, "what it does not check", COUNTED(mut_repairs)},
    {"without", MS_REPORT_STRINGS, "what its application leaves out", COUNTED(mut_without)},
    {"fate", MS_REPORT_STRING,
     "killed, survived, equivalent, not equivalent, never acted or not run", .get = mut_fate},
    {"equivalent_because", MS_REPORT_STRING,
     "why it cannot be told from correct behaviour; empty if it should be", .get = mut_reason},
    {"runs", MS_REPORT_NUMBER, "results that were run with it", .get = mut_runs},
    {"acted", MS_REPORT_NUMBER, "those in which it changed something", .get = mut_acted},
    {"kills", MS_REPORT_OBJECTS, "expectations and rules that noticed it", COUNTED(mut_kills),
     .of = kill_fields},
    {0},
};

GET(group_name, struct ms_kill_group, v->text = x->name)
GET(group_killed, struct ms_kill_group, v->num = x->killed)
GET(group_total, struct ms_kill_group, v->num = x->total)
static const struct ms_report_field group_fields[] = {
    {"name", MS_REPORT_STRING, "section, or option", .get = group_name},
    {"killed", MS_REPORT_NUMBER, "mutants killed", .get = group_killed},
    {"total", MS_REPORT_NUMBER, "mutants, without equivalent ones and those not run",
     .get = group_total},
    {0},
};

GET(unusable_result, struct ms_unusable, v->text = x->instance->name)
GET(unusable_verdict, struct ms_unusable, v->text = ms_verdict_name(x->verdict))
GET(unusable_text, struct ms_unusable, v->text = x->text)
static const struct ms_report_field unusable_fields[] = {
    {"result", MS_REPORT_STRING, "name of the result", .get = unusable_result},
    {"verdict", MS_REPORT_STRING, "its verdict without a mutant", .get = unusable_verdict},
    {"text", MS_REPORT_STRING, "its first reason", .get = unusable_text},
    {0},
};

#define R struct ms_mutation_report
GET(root_schema, R, (void)x; v->num = MS_REPORT_SCHEMA)
GET(root_command, R, v->text = x->command)
GET(root_kernel, R, v->text = x->kernel)
GET(root_seed, R, v->num = x->seed)
GET(root_duration, R, v->real = (double)x->found->duration_ns / 1e9)
GET(root_interrupted, R, v->num = x->interrupted)
GET(root_plain, R, v->num = x->found->plain_runs)
GET(root_with, R, v->num = x->found->mutant_runs)
GET(root_rate, R, v->real = x->kill_rate)
GET(root_killed, R, v->num = x->fate[MS_FATE_KILLED])
GET(root_survived, R, v->num = x->fate[MS_FATE_SURVIVED])
GET(root_equivalent, R, v->num = x->fate[MS_FATE_EQUIVALENT])
GET(root_contradicted, R, v->num = x->fate[MS_FATE_CONTRADICTED])
GET(root_never, R, v->num = x->fate[MS_FATE_NEVER_ACTED])
GET(root_not_run, R, v->num = x->fate[MS_FATE_NOT_RUN])
LIST(root_sections, R, x->sections.n, &x->sections.group[i])
LIST(root_options, R, x->options.n, &x->options.group[i])
LIST(root_unusable, R, x->found->n_unusable, &x->found->unusable[i])
LIST(root_mutants, R, x->found->n, &x->found->result[i])
#undef R
const struct ms_report_field ms_mutation_root_fields[] = {
    {"schema", MS_REPORT_NUMBER, "version of this format", .get = root_schema},
    {"command", MS_REPORT_STRING, "command line", .get = root_command},
    {"kernel", MS_REPORT_STRING, "release of the kernel", .get = root_kernel},
    {"seed", MS_REPORT_NUMBER, "seed of the tester's numbers", .get = root_seed},
    {"duration_s", MS_REPORT_REAL, "seconds", .get = root_duration},
    {"interrupted", MS_REPORT_BOOL, "ended early", .get = root_interrupted},
    {"plain_runs", MS_REPORT_NUMBER, "results run without a mutant", .get = root_plain},
    {"mutant_runs", MS_REPORT_NUMBER, "results run with one", .get = root_with},
    {"killed", MS_REPORT_NUMBER, "mutants that were noticed", .get = root_killed},
    {"survived", MS_REPORT_NUMBER, "mutants that nothing noticed", .get = root_survived},
    {"equivalent", MS_REPORT_NUMBER, "mutants that cannot be noticed", .get = root_equivalent},
    {"not_equivalent", MS_REPORT_NUMBER, "mutants called equivalent that were noticed",
     .get = root_contradicted},
    {"never_acted", MS_REPORT_NUMBER, "mutants that changed nothing", .get = root_never},
    {"not_run", MS_REPORT_NUMBER, "mutants that were not decided", .get = root_not_run},
    {"kill_rate", MS_REPORT_REAL, "killed, of those neither equivalent nor not run",
     .get = root_rate},
    {"sections", MS_REPORT_OBJECTS, "kills by section", COUNTED(root_sections), .of = group_fields},
    {"options", MS_REPORT_OBJECTS, "kills by option", COUNTED(root_options), .of = group_fields},
    {"unusable", MS_REPORT_OBJECTS, "results that deviate without any mutant",
     COUNTED(root_unusable), .of = unusable_fields},
    {"mutants", MS_REPORT_OBJECTS, "one entry a mutant", COUNTED(root_mutants),
     .of = mutant_fields},
    {0},
};

int ms_mutation_json(const struct ms_mutation_report *r, FILE *out, struct ms_error *err)
{
    return report_json_write(ms_mutation_root_fields, r, out, err);
}

int ms_mutation_write(const struct ms_mutation_report *r,
                      int (*render)(const struct ms_mutation_report *r, FILE *out,
                                    struct ms_error *err),
                      const char *path, struct ms_error *err)
{
    struct ms_output o;
    int rc = ms_output_open(&o, path, err);
    return rc < 0 ? rc : ms_output_end(&o, render(r, o.f, err), err);
}
