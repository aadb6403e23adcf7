/* SPDX-License-Identifier: MIT */
/* Results of several kernels side by side: columns from files, results, sums over cases and requirements. */
#include "report/matrix_int.h"

#include <stdlib.h>
#include <string.h>

#include "report/sides.h"

/* ---- columns --------------------------------------------------------------------------------------------- */

struct column {
    struct ms_matrix_kernel kernel;
    struct report_sides sides;
};

static int join(struct ms_arena *a, struct column *c, const struct ms_matrix_input *in,
                struct ms_error *err)
{
    struct ms_matrix_kernel *k = &c->kernel;
    const struct ms_kernel_facts *x = k->report->kernel, *y = in->report->kernel;
    if (strcmp(x->release, y->release) != 0 || strcmp(x->version, y->version) != 0)
        return ms_fail(err, MS_ERR_RANGE,
                       "%s and %s have the label '%s' and different kernels: Linux %.60s and "
                       "%.60s; LABEL=FILE tells them apart",
                       k->file[0], in->file, k->label, x->release, y->release);
    struct report_sides more;
    int rc = report_sides(a, in->report, in->file, &more, err);
    if (rc < 0)
        return rc;
    struct report_side *v = ms_arena_alloc(a, (c->sides.n + more.n + 1) * sizeof *v);
    size_t n = 0;
    for (size_t i = 0, j = 0; i < c->sides.n || j < more.n;) {
        int order = i == c->sides.n ? 1
                    : j == more.n   ? -1
                                  : strcmp(c->sides.v[i].instance->name, more.v[j].instance->name);
        if (order == 0)
            return ms_fail(err, MS_ERR_RANGE,
                           "%s and %s have the label '%s', and both hold %s; LABEL=FILE tells them "
                           "apart",
                           k->file[0], in->file, k->label, more.v[j].instance->name);
        v[n++] = order < 0 ? c->sides.v[i++] : more.v[j++];
    }
    c->sides = (struct report_sides){n, v};
    const char **file = ms_arena_alloc(a, (k->n_files + 1) * sizeof *file);
    memcpy(file, k->file, k->n_files * sizeof *file);
    file[k->n_files++] = in->file;
    k->file = file;
    return MS_OK;
}

static void add_counts(struct ms_counts *to, const struct ms_counts *c)
{
    for (size_t v = 0; v <= MS_ERROR; v++)
        to->verdict[v] += c->verdict[v];
    to->total += c->total;
    to->expected += c->expected;
    to->unexpected += c->unexpected;
    to->skipped += c->skipped;
    to->passed += c->passed;
    to->stale += c->stale;
}

static int take_file(struct ms_arena *a, const struct ms_matrix_input *in, struct column *col,
                     size_t *n, struct ms_error *err)
{
    size_t i = 0;
    while (i < *n && strcmp(col[i].kernel.label, in->label) != 0)
        i++;
    int rc = MS_OK;
    if (i < *n) {
        rc = join(a, &col[i], in, err);
    } else if (*n == MS_MATRIX_KERNELS) {
        rc = ms_fail(err, MS_ERR_RANGE, "more than %d kernels", MS_MATRIX_KERNELS);
    } else {
        struct ms_matrix_kernel *k = &col[(*n)++].kernel;
        k->label = in->label;
        k->point = ms_kernel_point(a, in->report->kernel);
        k->report = in->report;
        k->file = ms_arena_memdup(a, &in->file, sizeof in->file);
        k->n_files = 1;
        rc = report_sides(a, in->report, in->file, &col[i].sides, err);
    }
    add_counts(&col[i].kernel.counts, &in->report->counts);
    col[i].kernel.interrupted |= in->report->interrupted;
    return rc;
}

static int by_release(const void *pa, const void *pb)
{
    const struct ms_matrix_kernel *a = &((const struct column *)pa)->kernel,
                                  *b = &((const struct column *)pb)->kernel;
    int c = ms_kernel_order(a->point, b->point);
    return c ? c : strcmp(a->label, b->label);
}

/* ---- results --------------------------------------------------------------------------------------------- */

static const char *section_of(const struct ms_instance *i)
{
    return i->c->section ? i->c->section : "";
}

static int by_place(const void *pa, const void *pb)
{
    const struct ms_instance *a = ((const struct ms_matrix_result *)pa)->instance,
                             *b = ((const struct ms_matrix_result *)pb)->instance;
    int c = strverscmp(section_of(a), section_of(b));
    c = c ? c : strcmp(a->c->name, b->c->name);
    return c ? c : strcmp(a->name, b->name);
}

static bool alike(const struct ms_change_side *a, const struct ms_change_side *b)
{
    return a->verdict == b->verdict &&
           report_names_same(a->broken, a->n_broken, b->broken, b->n_broken) &&
           report_names_same(a->warned, a->n_warned, b->warned, b->n_warned);
}

/* Kernels whose files lack a result say nothing about it. */
static bool differs(const struct ms_matrix_cell *cell, size_t n)
{
    const struct ms_change_side *first = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!cell[i].side.there)
            continue;
        if (first && !alike(first, &cell[i].side))
            return true;
        first = &cell[i].side;
    }
    return false;
}

static void fill(struct ms_arena *a, const struct report_side *s, const struct ms_bugs *bugs,
                 struct ms_matrix_cell *c)
{
    c->side = s->side;
    c->why = s->why;
    c->n_judged = s->n_judged;
    c->judged = s->judged;
    matrix_cell_bugs(a, bugs, s->instance, c);
}

/* Columns are sorted by name: the smallest name that none has given yet is the next row. */
static void results(struct ms_arena *a, const struct column *col, const struct ms_bugs *bugs,
                    struct ms_matrix *m)
{
    size_t at[MS_MATRIX_KERNELS] = {0}, cap = 0;
    for (;;) {
        const struct ms_instance *next = NULL;
        for (size_t k = 0; k < m->n_kernels; k++) {
            const struct report_sides *s = &col[k].sides;
            if (at[k] < s->n && (!next || strcmp(s->v[at[k]].instance->name, next->name) < 0))
                next = s->v[at[k]].instance;
        }
        if (!next)
            break;
        struct ms_matrix_result r = {.instance = next, .n = m->n_kernels};
        r.cell = ms_arena_alloc(a, m->n_kernels * sizeof *r.cell);
        for (size_t k = 0; k < m->n_kernels; k++) {
            const struct report_sides *s = &col[k].sides;
            r.cell[k] = (struct ms_matrix_cell){.kernel = &m->kernel[k], .why = ""};
            r.cell[k].side.text = "";
            if (at[k] < s->n && strcmp(s->v[at[k]].instance->name, next->name) == 0)
                fill(a, &s->v[at[k]++], bugs, &r.cell[k]);
        }
        r.differs = differs(r.cell, m->n_kernels);
        m->result = ms_arena_grow(a, m->result, &cap, m->n_results, sizeof *m->result);
        m->result[m->n_results++] = r;
    }
    if (m->n_results)
        qsort(m->result, m->n_results, sizeof *m->result, by_place);
}

/* ---- sums ------------------------------------------------------------------------------------------------ */

static struct ms_matrix_row row(struct ms_arena *a, const struct ms_matrix *m, const char *name,
                                const char *section)
{
    struct ms_matrix_row r = {.name = name, .section = section, .n = m->n_kernels};
    r.sum = ms_arena_alloc(a, m->n_kernels * sizeof *r.sum);
    for (size_t k = 0; k < m->n_kernels; k++)
        r.sum[k] = (struct ms_matrix_sum){.kernel = &m->kernel[k], .worst = MS_SKIP};
    return r;
}

static bool is_bad(enum ms_verdict v)
{
    return v != MS_PASS && v != MS_SKIP;
}

static void add(struct ms_matrix_sum *s, enum ms_verdict v, bool unexpected)
{
    s->results++;
    if (v == MS_SKIP)
        return;
    if (s->ran == 0 || v > s->worst)
        s->worst = v;
    s->ran++;
    s->bad += is_bad(v);
    s->unexpected += is_bad(v) && unexpected;
}

static void cases(struct ms_arena *a, struct ms_matrix *m)
{
    size_t cap = 0;
    const char *last = NULL;
    for (size_t i = 0; i < m->n_results; i++) {
        const struct ms_matrix_result *r = &m->result[i];
        if (!last || strcmp(last, r->instance->c->name) != 0) {
            last = r->instance->c->name;
            m->acase = ms_arena_grow(a, m->acase, &cap, m->n_cases, sizeof *m->acase);
            m->acase[m->n_cases++] = row(a, m, last, section_of(r->instance));
        }
        struct ms_matrix_row *c = &m->acase[m->n_cases - 1];
        c->differs |= r->differs;
        for (size_t k = 0; k < m->n_kernels; k++) {
            const struct ms_matrix_cell *cell = &r->cell[k];
            if (cell->side.there)
                add(&c->sum[k], cell->side.verdict, cell->side.standing == MS_STANDS_UNEXPECTED);
            for (size_t b = 0; b < cell->n_bugs; b++)
                c->bug = matrix_add_bug(a, c->bug, &c->n_bugs, cell->bug[b]);
        }
    }
}

static bool is_requirement(const char *name)
{
    return strncmp(name, "R-", 2) == 0;
}

static int by_id(const void *pa, const void *pb)
{
    return strverscmp(((const struct ms_matrix_row *)pa)->name,
                      ((const struct ms_matrix_row *)pb)->name);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What a result says of the requirements that it judges or breaks. */
static void judge(struct ms_arena *a, const struct ms_matrix_cell *c, size_t k,
                  const char *const *id, struct ms_matrix *m)
{
    const struct {
        const char *const *v;
        size_t n;
        enum ms_verdict verdict;
    } said[] = {{c->side.broken, c->side.n_broken, MS_FAIL},
                {c->side.warned, c->side.n_warned, MS_WARN},
                {c->judged, c->n_judged, MS_PASS}};
    for (size_t s = 0; s < MS_ARRAY_LEN(said); s++)
        for (size_t i = 0; i < said[s].n; i++) {
            const char *name = said[s].v[i];
            bool earlier = false;
            for (size_t e = 0; e < s; e++)
                earlier = earlier || report_names_hold(said[e].v, said[e].n, name);
            const char *const *at = bsearch(&name, id, m->n_requirements, sizeof *id, by_text);
            if (earlier || !at)
                continue;
            struct ms_matrix_row *r = &m->requirement[at - id];
            add(&r->sum[k], said[s].verdict, c->side.standing == MS_STANDS_UNEXPECTED);
            for (size_t b = 0; b < c->n_bugs && said[s].verdict != MS_PASS; b++)
                if (ms_bug_breaks(c->bug[b], name))
                    r->bug = matrix_add_bug(a, r->bug, &r->n_bugs, c->bug[b]);
        }
}

/* What one kernel breaks in a result and another, which has the result too, does not. */
static void tell_apart(const struct ms_matrix_result *r, const char *const *id, struct ms_matrix *m)
{
    for (size_t k = 0; k < r->n && r->differs; k++) {
        const struct ms_change_side *s = &r->cell[k].side;
        for (size_t i = 0; i < s->n_broken + s->n_warned; i++) {
            bool warned = i >= s->n_broken, everywhere = true;
            const char *name = warned ? s->warned[i - s->n_broken] : s->broken[i];
            const char *const *at = bsearch(&name, id, m->n_requirements, sizeof *id, by_text);
            for (size_t o = 0; o < r->n; o++) {
                const struct ms_change_side *t = &r->cell[o].side;
                if (t->there && t->verdict != MS_SKIP)
                    everywhere =
                        everywhere && report_names_hold(warned ? t->warned : t->broken,
                                                        warned ? t->n_warned : t->n_broken, name);
            }
            if (at && !everywhere)
                m->requirement[at - id].differs = true;
        }
    }
}

static void requirements(struct ms_arena *a, const struct ms_catalogue *cat, struct ms_matrix *m)
{
    struct report_names names = {.a = a};
    for (size_t i = 0; i < m->n_results; i++)
        for (size_t k = 0; k < m->n_kernels; k++) {
            const struct ms_matrix_cell *c = &m->result[i].cell[k];
            for (size_t j = 0; j < c->n_judged; j++)
                report_names_add(&names, c->judged[j], strlen(c->judged[j]));
            for (size_t j = 0; j < c->side.n_broken; j++)
                report_names_add(&names, c->side.broken[j], strlen(c->side.broken[j]));
            for (size_t j = 0; j < c->side.n_warned; j++)
                report_names_add(&names, c->side.warned[j], strlen(c->side.warned[j]));
        }
    report_names_sorted(&names);
    const char **id = ms_arena_alloc(a, (names.n + 1) * sizeof *id);
    m->requirement = ms_arena_alloc(a, (names.n + 1) * sizeof *m->requirement);
    for (size_t i = 0; i < names.n; i++) {
        if (!is_requirement(names.v[i]))
            continue;
        const struct ms_requirement *q = cat ? ms_catalogue_find(cat, names.v[i]) : NULL;
        id[m->n_requirements] = names.v[i];
        m->requirement[m->n_requirements] = row(a, m, names.v[i], q ? q->section : "");
        m->requirement[m->n_requirements++].requirement = q;
    }
    for (size_t i = 0; i < m->n_results && m->n_requirements; i++) {
        for (size_t k = 0; k < m->n_kernels; k++)
            judge(a, &m->result[i].cell[k], k, id, m);
        tell_apart(&m->result[i], id, m);
    }
    if (m->n_requirements)
        qsort(m->requirement, m->n_requirements, sizeof *m->requirement, by_id);
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

int ms_matrix_build(struct ms_arena *a, const struct ms_matrix_input *in, size_t n, bool given,
                    const struct ms_bugs *bugs, const struct ms_catalogue *cat,
                    struct ms_matrix *out, struct ms_error *err)
{
    struct column *col = ms_arena_alloc(a, MS_MATRIX_KERNELS * sizeof *col);
    *out = (struct ms_matrix){0};
    for (size_t i = 0; i < n; i++) {
        int rc = take_file(a, &in[i], col, &out->n_kernels, err);
        if (rc < 0)
            return rc;
        out->other_suites |=
            strcmp(in[i].report->suite->identity, in[0].report->suite->identity) != 0;
        out->other_versions |= strcmp(in[i].report->version, in[0].report->version) != 0;
    }
    if (!given)
        qsort(col, out->n_kernels, sizeof *col, by_release);
    out->kernel = ms_arena_alloc(a, (out->n_kernels + 1) * sizeof *out->kernel);
    for (size_t k = 0; k < out->n_kernels; k++)
        out->kernel[k] = col[k].kernel;
    results(a, col, bugs, out);
    cases(a, out);
    requirements(a, cat, out);
    matrix_steps(a, bugs, out);
    return MS_OK;
}
