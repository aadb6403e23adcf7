/* SPDX-License-Identifier: MIT */
/* What stands on the terminal after a run: remarks first, failures complete, counts, and one last line. */
#include <string.h>

#include "report/terminal.h"

/* Prints `text` line by line behind `indent` spaces; long lines are wrapped at blanks when `wrap`. */
static void block(const struct ms_terminal *t, int indent, const char *text, bool wrap)
{
    size_t width = t->columns > (unsigned)indent + 40 ? t->columns - (unsigned)indent : 72;
    for (const char *p = text; p && *p;) {
        size_t n = strcspn(p, "\n");
        size_t cut = n;
        if (wrap && n > width) {
            for (cut = width; cut > 0 && p[cut] != ' '; cut--)
                ;
            if (cut == 0)
                cut = n;
        }
        fprintf(t->out, "%*s%.*s\n", indent, "", (int)cut, p);
        p += cut;
        p += *p == '\n' || (*p == ' ' && cut < n);
    }
}

/* Each requirement that a reason names, with its level and text. */
static void requirements(const struct ms_terminal *t, const struct ms_report *r, const char *reqs)
{
    for (const char *p = reqs ? reqs : ""; *(p += strspn(p, ", "));) {
        char id[64];
        size_t n = strcspn(p, ", ");
        snprintf(id, sizeof id, "%.*s", (int)n, p);
        const struct ms_requirement *q = ms_catalogue_find(&r->suite->catalogue, id);
        fprintf(t->out, "    %s%s%s", term_on(t, COL_BOLD), id, term_off(t));
        if (q) {
            fprintf(t->out, "  %s, RFC 8684 %s\n", ms_level_name(q->level), q->section);
            block(t, 6, q->text, true);
        } else {
            fputc('\n', t->out);
        }
        p += n;
    }
}

static void reason(const struct ms_terminal *t, const struct ms_report *r,
                   const struct ms_outcome *o, const struct ms_reason *x)
{
    fprintf(t->out, "  %s%s%s", term_on(t, COL_BOLD), ms_verdict_name(x->verdict), term_off(t));
    if (x->line)
        fprintf(t->out, "  %s:%u: %s", o->instance->c->file, x->line, x->step ? x->step : "");
    if (x->rule && *x->rule)
        fprintf(t->out, "  rule %s", x->rule);
    if (x->packet)
        fprintf(t->out, "  (packet %u)", x->packet);
    fputc('\n', t->out);
    requirements(t, r, x->reqs);
    block(t, 4, x->text, false);
}

static void complete(const struct ms_terminal *t, const struct ms_report *r,
                     const struct ms_report_entry *e)
{
    const struct ms_outcome *o = e->o;
    const struct ms_instance *i = o->instance;
    fprintf(t->out, "\n%s%s%s %s%s%s", term_on(t, COL_RED), ms_verdict_name(o->result.verdict),
            term_off(t), term_on(t, COL_BOLD), i->name, term_off(t));
    if (o->repetition)
        fprintf(t->out, " (run %u)", o->repetition + 1);
    fprintf(t->out, "  %s%s:%u%s\n", term_on(t, COL_DIM), i->c->file, i->c->loc.line, term_off(t));
    block(t, 2, i->c->purpose, true);
    for (size_t k = 0; k < o->result.n_reason; k++)
        if (o->result.reason[k].verdict != MS_PASS || t->loud == MS_VERBOSE)
            reason(t, r, o, &o->result.reason[k]);
    if (o->ladder && *o->ladder) {
        fputs("  packets\n", t->out);
        block(t, 4, o->ladder, false);
    }
    if (o->result.counters && *o->result.counters) {
        fputs("  counters\n", t->out);
        block(t, 4, o->result.counters, true);
    }
    if (o->evidence && *o->evidence)
        fprintf(t->out, "  evidence  %s/%s\n", r->out_dir, o->evidence);
    fprintf(t->out, "  again     mptcpspec run '%s' --seed %llu", i->name,
            (unsigned long long)e->seed);
    if (r->time_scale < 1 || r->time_scale > 1)
        fprintf(t->out, " --time-scale %g", r->time_scale);
    if (r->strict)
        fputs(" --strict", t->out);
    for (size_t k = 0; k < r->n_positions; k++)
        fprintf(t->out, " --position %s", r->position[k]);
    for (size_t k = 0; k < r->n_rewrites; k++)
        fprintf(t->out, " --rewrite '%s'", r->rewrite[k]);
    fputc('\n', t->out);
}

/* Two results that say the same are one remark with a number. */
static bool same_reason(const struct ms_reason *a, const struct ms_reason *b)
{
    return a->verdict == b->verdict &&
           strcmp(a->reqs ? a->reqs : "", b->reqs ? b->reqs : "") == 0 &&
           strcmp(a->rule ? a->rule : "", b->rule ? b->rule : "") == 0;
}

static const struct ms_reason *warning_of(const struct ms_report_entry *e)
{
    if (e->standing != MS_STANDS_PASS || e->o->result.verdict != MS_WARN)
        return NULL;
    for (size_t k = 0; k < e->o->result.n_reason; k++)
        if (e->o->result.reason[k].verdict == MS_WARN)
            return &e->o->result.reason[k];
    return NULL;
}

static void warnings(const struct ms_terminal *t, const struct ms_report *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct ms_reason *x = warning_of(&r->entry[i]);
        size_t n = 0, first = i;
        for (size_t k = 0; x && k < r->n; k++) {
            const struct ms_reason *y = warning_of(&r->entry[k]);
            if (y && same_reason(x, y)) {
                n++;
                first = k < first ? k : first;
            }
        }
        if (!x || (first < i && t->loud != MS_VERBOSE))
            continue;
        fprintf(t->out, "\n%swarn%s", term_on(t, COL_YELLOW), term_off(t));
        if (n > 1 && t->loud != MS_VERBOSE)
            fprintf(t->out, " %zu results, the first:", n);
        fprintf(t->out, " %s", r->entry[i].o->instance->name);
        if (x->line)
            fprintf(t->out, "  %s%s:%u%s", term_on(t, COL_DIM), r->entry[i].o->instance->c->file,
                    x->line, term_off(t));
        if (x->rule && *x->rule)
            fprintf(t->out, "  rule %s", x->rule);
        fputc('\n', t->out);
        requirements(t, r, x->reqs);
        block(t, 4, x->text, false);
    }
}

/* Results of one standing that share their words: expected deviations, skips. */
static void grouped(const struct ms_terminal *t, const struct ms_report *r,
                    enum ms_standing standing, const char *word)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct ms_report_entry *e = &r->entry[i];
        if (e->standing != standing)
            continue;
        const char *text = standing == MS_STANDS_SKIP ? e->o->result.skip_reason : e->why;
        size_t n = 0, first = i;
        for (size_t k = 0; k < r->n; k++) {
            const struct ms_report_entry *f = &r->entry[k];
            const char *other = standing == MS_STANDS_SKIP ? f->o->result.skip_reason : f->why;
            if (f->standing == standing && strcmp(text ? text : "", other ? other : "") == 0) {
                n++;
                first = k < first ? k : first;
            }
        }
        if (first < i && t->loud != MS_VERBOSE)
            continue;
        fprintf(t->out, "%s%s%s ", term_on(t, term_verdict_color(e->o->result.verdict, standing)),
                word, term_off(t));
        if (n > 1 && t->loud != MS_VERBOSE)
            fprintf(t->out, "%zu results, the first: ", n);
        fprintf(t->out, "%s  %s%s%s\n", e->o->instance->name, term_on(t, COL_DIM), text ? text : "",
                term_off(t));
    }
}

static void stale(const struct ms_terminal *t, const struct ms_report *r)
{
    for (size_t i = 0; r->expected && i < r->expected->n; i++) {
        const struct ms_deviation *d = &r->expected->d[i];
        if (d->applies && d->ran && !d->shown)
            fprintf(t->out, "%sno longer shows%s %s  %s%s  (listed in %s)\n",
                    term_on(t, COL_YELLOW), term_off(t), d->result, d->requirement, d->rule,
                    r->expected->file);
    }
}

void ms_terminal_end(struct ms_terminal *t, const struct ms_report *r)
{
    const struct ms_counts *c = &r->counts;
    if (t->live)
        fputs("\r\033[K", t->out);
    if (t->loud != MS_QUIET) {
        warnings(t, r);
        if (c->expected + c->skipped + c->stale)
            fputc('\n', t->out);
        grouped(t, r, MS_STANDS_EXPECTED, "xfail");
        grouped(t, r, MS_STANDS_SKIP, "skip");
    }
    stale(t, r);
    for (size_t i = 0; i < r->n; i++)
        if (r->entry[i].standing == MS_STANDS_UNEXPECTED)
            complete(t, r, &r->entry[i]);
    size_t by[MS_ERROR + 1] = {0}; /* those that are not expected deviations */
    for (size_t i = 0; i < r->n; i++)
        by[r->entry[i].o->result.verdict] += r->entry[i].standing != MS_STANDS_EXPECTED;
    fprintf(t->out,
            "\n%zu results in %.1f s, seed %llu%s: %zu pass, %zu warn, %zu expected deviation%s, ",
            c->total, (double)r->duration_ns / 1e9, (unsigned long long)r->seed,
            r->interrupted ? ", interrupted" : "", by[MS_PASS], by[MS_WARN], c->expected,
            c->expected == 1 ? "" : "s");
    fprintf(t->out, "%zu fail, %zu inconc, %zu error, %zu skip\n", by[MS_FAIL], by[MS_INCONC],
            by[MS_ERROR], by[MS_SKIP]);
    fprintf(t->out, "%s%zu passed, %zu failed, %zu skipped%s\n",
            term_on(t, c->unexpected ? COL_RED
                       : c->passed   ? COL_GREEN
                                     : COL_YELLOW),
            c->passed, c->unexpected, c->skipped, term_off(t));
    fflush(t->out);
}
