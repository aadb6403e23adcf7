/* SPDX-License-Identifier: MIT */
/* Coverage as text: shares, what is not covered and why, what is known of one requirement. */
#include <string.h>

#include "mptcpspec/report.h"

/* Columns of the tables of shares, in the order in which there is less to be done. */
static const struct {
    enum ms_cover cover;
    const char *head;
} columns[] = {
    {MS_COVER_YES, "covered"},        {MS_COVER_UNPROVEN, "not proven"},
    {MS_COVER_NO_MUTANT, "tag only"}, {MS_COVER_NO_TAG, "not judged"},
    {MS_COVER_EXCEPTED, "excepted"},  {MS_COVER_UNTESTABLE, "not testable"},
};

static void print_head(const char *what, FILE *out)
{
    fprintf(out, "%-28s %5s", what, "all");
    for (size_t i = 0; i < MS_ARRAY_LEN(columns); i++)
        fprintf(out, " %12s", columns[i].head);
    fputs("  share\n", out);
}

static void print_share(const struct ms_cover_share *s, FILE *out)
{
    fprintf(out, "%-28s %5zu", s->name, s->total);
    for (size_t i = 0; i < MS_ARRAY_LEN(columns); i++)
        fprintf(out, " %12zu", s->n[columns[i].cover]);
    fprintf(out, " %4.0f %%\n", ms_cover_percent(s));
}

double ms_cover_percent(const struct ms_cover_share *s)
{
    return s->total ? 100.0 * (double)s->n[MS_COVER_YES] / (double)s->total : 0;
}

static void print_shares(const char *what, const struct ms_cover_shares *l, FILE *out)
{
    print_head(what, out);
    for (size_t i = 0; i < l->n; i++)
        print_share(&l->share[i], out);
    fputc('\n', out);
}

static void print_uncovered(const struct ms_cover_row *row, FILE *out)
{
    fprintf(out, "%-12s %-10s %-12s ", row->req->id, ms_level_name(row->req->level),
            ms_cover_name(row->cover));
    if (*row->why)
        fprintf(out, "%s", row->why);
    else
        fprintf(out, "%s%s%s", row->req->text, *row->last ? "; last verdict: " : "", row->last);
    fputc('\n', out);
}

static void print_one(const struct ms_cover_row *row, FILE *out)
{
    const struct ms_requirement *q = row->req;
    fprintf(out, "%s  %s, %s, RFC 8684 %s: %s\n", q->id, ms_level_name(q->level), q->testable,
            q->section, ms_cover_name(row->cover));
    fprintf(out, "    %s\n", q->text);
    if (*row->why)
        fprintf(out, "    because: %s\n", row->why);
    if (row->way == MS_WAY_PASSIVE)
        fputs("    passive only: no case provokes it\n", out);
    for (size_t i = 0; i < row->n_steps; i++)
        fprintf(out, "    %s:%u: %s: %s\n", row->step[i].c->file, row->step[i].step->loc.line,
                row->step[i].c->name, row->step[i].step->text);
    for (size_t i = 0; i < row->n_rules; i++)
        fprintf(out, "    rule %s\n", row->rule[i]->name);
    for (size_t i = 0; i < row->n_breaks; i++) {
        const struct ms_evidence_kill *k = NULL;
        for (size_t n = 0; n < row->n_kills && !k; n++)
            if (strcmp(row->kill[n]->mutant, row->breaks[i]->name) == 0)
                k = row->kill[n];
        fprintf(out, "    mutant %s: ", row->breaks[i]->name);
        if (!k)
            fputs("no kill by this requirement is known\n", out);
        else
            fprintf(out, "killed by %s%s in %s\n", *k->rule ? "rule " : "its expectation", k->rule,
                    k->result);
    }
    for (size_t i = 0; i < row->n_implies; i++)
        fprintf(out, "    implied by mutant %s\n", row->implies[i]->name);
    if (*row->last)
        fprintf(out, "    last verdict: %s\n", row->last);
}

void ms_coverage_print_rows(const struct ms_coverage *c, const bool *chosen, FILE *out)
{
    for (size_t i = 0; i < c->n; i++)
        if (chosen[i])
            print_one(&c->row[i], out);
}

void ms_coverage_print(const struct ms_coverage *c, FILE *out)
{
    print_shares("section", &c->sections, out);
    print_shares("class", &c->classes, out);
    print_shares("level", &c->levels, out);
    for (size_t i = 0; i < c->n; i++)
        if (c->row[i].cover != MS_COVER_YES)
            print_uncovered(&c->row[i], out);
    fputc('\n', out);
    print_head("", out);
    print_share(&c->all, out);
    print_share(&c->strong, out);
}

void ms_coverage_print_changes(const struct ms_coverage *c, FILE *out)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct ms_cover_row *row = &c->row[i];
        if (row->was_covered && row->cover != MS_COVER_YES)
            fprintf(out, "lost      %-12s %-10s %s: %s\n", row->req->id,
                    ms_level_name(row->req->level), ms_cover_name(row->cover), row->req->text);
        else if (!row->was_covered && row->cover == MS_COVER_YES)
            fprintf(out, "gained    %-12s %-10s %s\n", row->req->id, ms_level_name(row->req->level),
                    row->req->text);
        if (row->needless)
            fprintf(out, "needless  %-12s %-10s covered, and among the exceptions\n", row->req->id,
                    ms_level_name(row->req->level));
    }
    const size_t *n = c->strong.n;
    fprintf(out,
            "%zu of %zu covered; MUST and MUST NOT: %zu of %zu, %zu excepted, %zu open; %zu lost, "
            "%zu gained\n",
            c->all.n[MS_COVER_YES], c->all.total, n[MS_COVER_YES], c->strong.total,
            n[MS_COVER_EXCEPTED] + n[MS_COVER_UNTESTABLE],
            n[MS_COVER_UNPROVEN] + n[MS_COVER_NO_MUTANT] + n[MS_COVER_NO_TAG], c->n_lost,
            c->n_gained);
}
