/* SPDX-License-Identifier: MIT */
/* The matrix as text: kernels, tables of what differs, what changed from one kernel to the next. */
#include <ctype.h>
#include <string.h>

#include "report/matrix_int.h"

/* ---- tables ---------------------------------------------------------------------------------------------- */

static void cell_text(const struct ms_matrix_sum *s, char *out, size_t cap)
{
    if (s->results == 0) {
        snprintf(out, cap, "-");
    } else if (s->ran == 0) {
        snprintf(out, cap, "skip");
    } else if (s->bad == 0) {
        snprintf(out, cap, "pass");
    } else {
        char word[16];
        const char *v = ms_verdict_name(s->worst);
        snprintf(word, sizeof word, "%s", s->unexpected || s->worst == MS_WARN ? v : "dev");
        for (char *p = word; s->unexpected && *p; p++)
            *p = (char)toupper((unsigned char)*p);
        snprintf(out, cap, s->bad < s->ran ? "%s %zu/%zu" : "%s", word, s->bad, s->ran);
    }
}

/* Columns stay narrow: a long label stands in the list of kernels, with a number for the heads of tables. */
#define HEAD_MAX 12

static void head_of(const struct ms_matrix *m, size_t k, char *out, size_t cap)
{
    if (strlen(m->kernel[k].label) <= HEAD_MAX)
        snprintf(out, cap, "%s", m->kernel[k].label);
    else
        snprintf(out, cap, "#%zu", k + 1);
}

static size_t name_width(const struct ms_matrix_row *row, size_t n, bool all)
{
    size_t w = 8;
    for (size_t i = 0; i < n; i++)
        if ((all || row[i].differs) && strlen(row[i].name) > w)
            w = strlen(row[i].name);
    return w < 60 ? w : 60;
}

static void print_row(const struct ms_matrix *m, const struct ms_matrix_row *r, int name, FILE *out)
{
    fprintf(out, "%-*s", name, r->name);
    if (r->requirement)
        fprintf(out, "  %-10s", ms_level_name(r->requirement->level));
    for (size_t k = 0; k < m->n_kernels; k++) {
        char text[64];
        cell_text(&r->sum[k], text, sizeof text);
        fprintf(out, "  %-*s", k + 1 < m->n_kernels || r->n_bugs ? HEAD_MAX : 0, text);
    }
    for (size_t i = 0; i < r->n_bugs; i++)
        fprintf(out, "%s%s", i ? ", " : "  known: ", r->bug[i]->id);
    fputc('\n', out);
}

static void print_table(const struct ms_matrix *m, const char *what,
                        const struct ms_matrix_row *row, size_t n, bool all, FILE *out)
{
    size_t differing = 0;
    bool levels = false;
    for (size_t i = 0; i < n; i++) {
        differing += row[i].differs;
        levels |= row[i].requirement != NULL;
    }
    fprintf(out, "\n%s x kernel: %zu of %zu differ\n", what, differing, n);
    if (n == 0 || (!all && !differing))
        return;
    int name = (int)name_width(row, n, all);
    fprintf(out, "%-*s", name, "");
    if (levels)
        fprintf(out, "  %-10s", "");
    for (size_t k = 0; k < m->n_kernels; k++) {
        char head[32];
        head_of(m, k, head, sizeof head);
        fprintf(out, "  %-*s", k + 1 < m->n_kernels ? HEAD_MAX : 0, head);
    }
    fputc('\n', out);
    for (size_t i = 0; i < n; i++)
        if (all || row[i].differs)
            print_row(m, &row[i], name, out);
}

/* ---- changes --------------------------------------------------------------------------------------------- */

static bool same_bugs(const struct ms_matrix_change *a, const struct ms_matrix_change *b)
{
    if (a->n_bugs != b->n_bugs)
        return false;
    for (size_t i = 0; i < a->n_bugs; i++)
        if (a->bug[i] != b->bug[i])
            return false;
    return true;
}

static const char *verdict_of(const struct ms_change_side *s)
{
    return s->there ? ms_verdict_name(s->verdict) : "-";
}

static bool same_verdict(const struct ms_matrix_cell *a, const struct ms_matrix_cell *b)
{
    return strcmp(verdict_of(&a->side), verdict_of(&b->side)) == 0;
}

/* Results of a case that changed in the same way stand in one line. */
static bool one_line(const struct ms_matrix_change *a, const struct ms_matrix_change *b)
{
    if (a->kind != b->kind || a->n_names != b->n_names || !same_bugs(a, b) ||
        !same_verdict(a->before, b->before) || !same_verdict(a->after, b->after) ||
        strcmp(a->result->instance->c->name, b->result->instance->c->name) != 0)
        return false;
    for (size_t i = 0; i < a->n_names; i++)
        if (strcmp(a->name[i], b->name[i]) != 0)
            return false;
    return true;
}

static void print_text(const char *text, FILE *out)
{
    unsigned lines = 0;
    for (const char *p = text; *p && lines < 2; lines++) {
        size_t n = strcspn(p, "\n");
        fprintf(out, "      %.*s\n", (int)(n > 160 ? 160 : n), p);
        p += n + (p[n] == '\n');
    }
}

static void print_change(const struct ms_matrix_change *c, size_t n, FILE *out)
{
    fprintf(out, "  %-9s %s", ms_matrix_kind_name(c->kind),
            n > 1 ? c->result->instance->c->name : c->result->instance->name);
    if (n > 1)
        fprintf(out, " (%zu results)", n);
    fprintf(out, "  %s -> %s", verdict_of(&c->before->side), verdict_of(&c->after->side));
    for (size_t i = 0; i < c->n_names; i++)
        fprintf(out, "%s%s", i ? ", " : "  ", c->name[i]);
    for (size_t i = 0; i < c->n_bugs; i++)
        fprintf(out, "%s%s", i ? ", " : "  known: ", c->bug[i]->id);
    fputc('\n', out);
    if (!c->n_bugs)
        print_text(c->kind == MS_MATRIX_FIXED ? c->before->side.text : c->after->side.text, out);
}

static void print_step(const struct ms_matrix_step *s, bool all, FILE *out)
{
    fprintf(out, "\n%s -> %s: ", s->before->label, s->after->label);
    for (size_t k = 0; k < MS_MATRIX_KINDS; k++)
        fprintf(out, "%zu %s, ", s->count[k], ms_matrix_kind_name((enum ms_matrix_kind)k));
    fprintf(out, "%zu as before; %zu without a known bug\n", s->same, s->unexplained);
    for (size_t i = 0, n; i < s->n; i += n) {
        const struct ms_matrix_change *c = &s->change[i];
        for (n = 1; i + n < s->n && one_line(c, &s->change[i + n]);)
            n++;
        if (all || (c->kind != MS_MATRIX_NEW && c->kind != MS_MATRIX_GONE))
            print_change(c, n, out);
    }
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

static void print_kernels(const struct ms_matrix *m, FILE *out)
{
    for (size_t k = 0; k < m->n_kernels; k++) {
        const struct ms_matrix_kernel *x = &m->kernel[k];
        char head[32];
        head_of(m, k, head, sizeof head);
        fprintf(out, "%-*s  ", HEAD_MAX, head);
        if (strcmp(head, x->label) != 0)
            fprintf(out, "%s: ", x->label);
        fprintf(out, "Linux %s", x->report->kernel->release);
        if (strcmp(x->point, x->report->kernel->release) != 0)
            fprintf(out, " (%s)", x->point);
        fprintf(out, ", %s: %zu passed (%zu as expected deviations), %zu failed, %zu skipped%s\n",
                x->report->target, x->counts.passed, x->counts.expected, x->counts.unexpected,
                x->counts.skipped, x->interrupted ? ", interrupted" : "");
    }
}

/* Behind something that is shown. */
static bool shown(const struct ms_matrix *m, const struct ms_bug *b, bool all)
{
    for (size_t i = 0; i < m->n_cases; i++)
        for (size_t k = 0; k < m->acase[i].n_bugs; k++)
            if (m->acase[i].bug[k] == b && (all || m->acase[i].differs))
                return true;
    return false;
}

static void print_bugs(const struct ms_matrix *m, bool all, FILE *out)
{
    const char *head = "\nknown bugs\n";
    for (size_t i = 0; i < m->n_bugs; i++) {
        const struct ms_bug *b = m->bug[i];
        if (!shown(m, b, all))
            continue;
        fprintf(out, "%s  %s: %s", head, b->id, b->fault);
        if (*b->fix)
            fprintf(out, " Mended by \"%s\".", b->fix);
        fprintf(out, "%s%s\n", *b->known ? " " : "", b->known);
        head = "";
    }
}

void ms_matrix_print(const struct ms_matrix *m, bool all, FILE *out)
{
    print_kernels(m, out);
    if (m->other_suites)
        fputs("the suites differ: a difference may come from a case\n", out);
    if (m->other_versions)
        fputs("the versions of mptcpspec differ: a difference may come from there\n", out);
    print_table(m, "requirement", m->requirement, m->n_requirements, all, out);
    print_table(m, "case", m->acase, m->n_cases, all, out);
    fputs(
        "\ndev: an expected deviation; FAIL, INCONC, ERROR: not expected; k/n: k of n results; -: "
        "not there\n",
        out);
    for (size_t i = 0; i < m->n_steps; i++)
        print_step(&m->step[i], all, out);
    print_bugs(m, all, out);
}
