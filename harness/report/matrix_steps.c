/* SPDX-License-Identifier: MIT */
/* From one kernel to the next: what was broken, what was mended, and which known bug explains it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "report/matrix_int.h"
#include "report/sides.h"

const char *ms_matrix_kind_name(enum ms_matrix_kind k)
{
    static const char *const names[MS_MATRIX_KINDS] = {
        [MS_MATRIX_BROKEN] = "broken",       [MS_MATRIX_FIXED] = "fixed",
        [MS_MATRIX_OTHERWISE] = "otherwise", [MS_MATRIX_NEW] = "new",
        [MS_MATRIX_GONE] = "gone",
    };
    return names[k];
}

/* ---- known bugs ------------------------------------------------------------------------------------------ */

const struct ms_bug **matrix_add_bug(struct ms_arena *a, const struct ms_bug **list, size_t *n,
                                     const struct ms_bug *b)
{
    for (size_t i = 0; i < *n; i++)
        if (list[i] == b)
            return list;
    const struct ms_bug **out = ms_arena_alloc(a, (*n + 1) * sizeof *out);
    if (*n)
        memcpy(out, list, *n * sizeof *out);
    out[(*n)++] = b;
    return out;
}

/* It breaks one of these; a result that came to no end names nothing, which any bug can do. */
static bool breaks_any(const struct ms_bug *b, const char *const *name, size_t n, bool no_end)
{
    for (size_t i = 0; i < n; i++)
        if (ms_bug_breaks(b, name[i]))
            return true;
    return n == 0 && no_end;
}

static bool no_end(const struct ms_change_side *s)
{
    return s->verdict == MS_INCONC || s->verdict == MS_ERROR;
}

void matrix_cell_bugs(struct ms_arena *a, const struct ms_bugs *bugs, const struct ms_instance *i,
                      struct ms_matrix_cell *c)
{
    const struct ms_change_side *s = &c->side;
    for (size_t k = 0; bugs && k < bugs->n; k++) {
        const struct ms_bug *b = &bugs->bug[k];
        if ((breaks_any(b, s->broken, s->n_broken, no_end(s)) ||
             breaks_any(b, s->warned, s->n_warned, false)) &&
            ms_bug_touches(b, i) && ms_bug_in_kernel(b, c->kernel->point, c->kernel->label))
            c->bug = matrix_add_bug(a, c->bug, &c->n_bugs, b);
    }
}

static bool lists(const struct ms_matrix_cell *c, const struct ms_bug *b)
{
    for (size_t i = 0; i < c->n_bugs; i++)
        if (c->bug[i] == b)
            return true;
    return false;
}

static bool has(const struct ms_matrix_cell *c, const struct ms_bug *b)
{
    return ms_bug_in_kernel(b, c->kernel->point, c->kernel->label);
}

/* Bugs of `with` that explain why `without` does not break the same. */
static void explain(struct ms_arena *a, struct ms_matrix_change *c,
                    const struct ms_matrix_cell *with, const struct ms_matrix_cell *without)
{
    for (size_t i = 0; i < with->n_bugs; i++) {
        const struct ms_bug *b = with->bug[i];
        if (!has(without, b) && !lists(without, b) &&
            breaks_any(b, c->name, c->n_names, no_end(&with->side)))
            c->bug = matrix_add_bug(a, c->bug, &c->n_bugs, b);
    }
}

/* ---- one result ------------------------------------------------------------------------------------------ */

/* What `x` breaks or warns of and `y` does not; returns how many. */
static size_t only_in(struct report_names *out, const struct ms_change_side *x,
                      const struct ms_change_side *y)
{
    size_t before = out->n;
    for (size_t i = 0; i < x->n_broken; i++)
        if (!report_names_hold(y->broken, y->n_broken, x->broken[i]) &&
            !report_names_hold(y->warned, y->n_warned, x->broken[i]))
            report_names_add(out, x->broken[i], strlen(x->broken[i]));
    for (size_t i = 0; i < x->n_warned; i++)
        if (!report_names_hold(y->broken, y->n_broken, x->warned[i]) &&
            !report_names_hold(y->warned, y->n_warned, x->warned[i]))
            report_names_add(out, x->warned[i], strlen(x->warned[i]));
    return out->n - before;
}

static bool ran(const struct ms_change_side *s)
{
    return s->there && s->verdict != MS_SKIP;
}

/* False if nothing changed. */
static bool change(struct ms_arena *a, struct ms_matrix_change *c)
{
    const struct ms_change_side *x = &c->before->side, *y = &c->after->side;
    struct report_names names = {.a = a};
    if (!ran(x) || !ran(y)) {
        c->kind = ran(y) ? MS_MATRIX_NEW : MS_MATRIX_GONE;
        return ran(x) || ran(y);
    }
    size_t mended = only_in(&names, x, y), worse = only_in(&names, y, x);
    mended += no_end(x) && !no_end(y);
    worse += no_end(y) && !no_end(x);
    if (!mended && !worse && x->verdict == y->verdict)
        return false;
    c->kind = mended && !worse   ? MS_MATRIX_FIXED
              : worse && !mended ? MS_MATRIX_BROKEN
                                 : MS_MATRIX_OTHERWISE;
    c->name = report_names_sorted(&names);
    c->n_names = names.n;
    explain(a, c, c->before, c->after);
    explain(a, c, c->after, c->before);
    return true;
}

static int by_kind(const void *pa, const void *pb)
{
    const struct ms_matrix_change *a = pa, *b = pb;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->result > b->result) - (a->result < b->result);
}

/* ---- columns --------------------------------------------------------------------------------------------- */

static void step(struct ms_arena *a, struct ms_matrix *m, size_t before, size_t after)
{
    struct ms_matrix_step *s = &m->step[m->n_steps++];
    *s = (struct ms_matrix_step){.before = &m->kernel[before], .after = &m->kernel[after]};
    s->change = ms_arena_alloc(a, (m->n_results + 1) * sizeof *s->change);
    for (size_t i = 0; i < m->n_results; i++) {
        const struct ms_matrix_result *r = &m->result[i];
        struct ms_matrix_change *c = &s->change[s->n];
        *c = (struct ms_matrix_change){
            .result = r, .before = &r->cell[before], .after = &r->cell[after]};
        if (!change(a, c)) {
            s->same += c->before->side.there && c->after->side.there;
            continue;
        }
        s->n++;
        s->count[c->kind]++;
        s->unexplained += c->kind != MS_MATRIX_NEW && c->kind != MS_MATRIX_GONE && !c->n_bugs;
    }
    if (s->n)
        qsort(s->change, s->n, sizeof *s->change, by_kind);
}

/* Labels such as "6.12" are those of the kernels themselves, "uml-6.12" or "local" of others. */
static bool plain(const struct ms_matrix_kernel *k)
{
    return isdigit((unsigned char)k->label[0]);
}

/* "uml-6.12" of "uml-6.12-without-some-fix"; n_kernels: there is none. */
static size_t with_its_fix(const struct ms_matrix *m, size_t k)
{
    static const char mark[] = "-without-";
    const char *label = m->kernel[k].label, *at = strstr(label, mark);
    for (size_t i = 0; at && i < m->n_kernels; i++)
        if (strlen(m->kernel[i].label) == (size_t)(at - label) &&
            strncmp(m->kernel[i].label, label, (size_t)(at - label)) == 0)
            return i;
    return m->n_kernels;
}

/* What a column of its own kind is compared with; n_kernels: it is in the row of kernels. */
static size_t base_of(const struct ms_matrix *m, size_t k)
{
    size_t found = with_its_fix(m, k);
    if (found < m->n_kernels || plain(&m->kernel[k]))
        return found;
    for (size_t i = 0; i < m->n_kernels; i++) {
        const struct ms_matrix_kernel *x = &m->kernel[i];
        if (!plain(x) || !ms_kernel_same_series(x->point, m->kernel[k].point))
            continue;
        /* The nearest before it, else the first of the series. */
        if (found == m->n_kernels || ms_kernel_order(x->point, m->kernel[k].point) <= 0)
            found = i;
    }
    return found;
}

void matrix_steps(struct ms_arena *a, const struct ms_bugs *bugs, struct ms_matrix *m)
{
    size_t last = m->n_kernels;
    m->step = ms_arena_alloc(a, (m->n_kernels + 1) * sizeof *m->step);
    for (size_t k = 0; k < m->n_kernels; k++) {
        size_t beside = base_of(m, k);
        m->kernel[k].beside = beside < m->n_kernels;
        if (m->kernel[k].beside)
            step(a, m, beside, k);
        else if (last < m->n_kernels)
            step(a, m, last, k);
        if (!m->kernel[k].beside)
            last = k;
    }
    for (size_t b = 0; bugs && b < bugs->n; b++)
        for (size_t i = 0; i < m->n_cases; i++)
            for (size_t k = 0; k < m->acase[i].n_bugs; k++)
                if (m->acase[i].bug[k] == &bugs->bug[b])
                    m->bug = matrix_add_bug(a, m->bug, &m->n_bugs, &bugs->bug[b]);
}
