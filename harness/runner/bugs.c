/* SPDX-License-Identifier: MIT */
/* The table of known bugs: tab-separated, the first line names the columns, one bug a line. */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/runner.h"

enum column {
    COL_ID,
    COL_SECTION,
    COL_FAULT,
    COL_RESULTS,
    COL_REQUIREMENTS,
    COL_KERNELS,
    COL_FIX,
    COL_KNOWN,
    COL_WHY_NOT,
    COLUMNS
};
static const char header[] =
    "id\tsection\tfault\tresults\trequirements\tkernels\tfix\tknown\twhy_not";

static size_t split(char *line, char *cell[COLUMNS])
{
    size_t n = 0;
    for (char *next = line; next; n++) {
        char *here = next;
        next = strchr(here, '\t');
        if (next)
            *next++ = '\0';
        if (n == COLUMNS)
            return COLUMNS + 1;
        cell[n] = here;
    }
    return n;
}

static const char **words(struct ms_arena *a, const char *text, size_t *n)
{
    const char **out = NULL;
    size_t cap = 0;
    *n = 0;
    for (const char *p = text; *(p += strspn(p, ", "));) {
        size_t len = strcspn(p, ", ");
        out = ms_arena_grow(a, out, &cap, *n, sizeof *out);
        out[(*n)++] = ms_arena_strndup(a, p, len);
        p += len;
    }
    return out;
}

static bool id_is_good(const char *id)
{
    for (const char *p = id; *p; p++)
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
            return false;
    return *id && strlen(id) <= 40;
}

static int take_row(struct ms_arena *a, char *const cell[COLUMNS], struct ms_bugs *out,
                    struct ms_error *err)
{
    for (size_t i = 0; i < COLUMNS; i++)
        if (strcmp(cell[i], ms_text_clean(a, cell[i])) != 0)
            return ms_fail(err, MS_ERR_PARSE, "column %zu holds what is no text", i + 1);
    struct ms_bug b = {.id = ms_arena_strdup(a, cell[COL_ID]),
                       .section = ms_arena_strdup(a, cell[COL_SECTION]),
                       .fault = ms_arena_strdup(a, cell[COL_FAULT]),
                       .kernels = ms_arena_strdup(a, cell[COL_KERNELS]),
                       .fix = ms_arena_strdup(a, cell[COL_FIX]),
                       .known = ms_arena_strdup(a, cell[COL_KNOWN]),
                       .why_not = ms_arena_strdup(a, cell[COL_WHY_NOT])};
    b.results = words(a, cell[COL_RESULTS], &b.n_results);
    b.requirements = words(a, cell[COL_REQUIREMENTS], &b.n_requirements);
    if (!id_is_good(b.id))
        return ms_fail(err, MS_ERR_PARSE,
                       "'%.60s' is no id: lowercase letters, digits and dashes, at most 40", b.id);
    if (!*b.fault)
        return ms_fail(err, MS_ERR_PARSE, "%s: the fault is missing", b.id);
    if (!b.n_results == !*b.why_not)
        return ms_fail(err, MS_ERR_PARSE,
                       "%s: either results that notice it, or why there are none", b.id);
    struct ms_error why = {0};
    if (*b.kernels && ms_kernel_in_range("6.1", b.kernels, &why) < 0)
        return ms_fail(err, MS_ERR_PARSE, "%s: %s", b.id, why.msg);
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->bug[i].id, b.id) == 0)
            return ms_fail(err, MS_ERR_PARSE, "%s stands in the table twice", b.id);
    out->bug = ms_arena_grow(a, out->bug, &out->cap, out->n, sizeof *out->bug);
    out->bug[out->n++] = b;
    return MS_OK;
}

struct reader {
    struct ms_arena *a;
    struct ms_bugs *out;
};

static int take_line(void *ctx, char *line, unsigned number, struct ms_error *err)
{
    const struct reader *r = ctx;
    char *cell[COLUMNS] = {0};
    if (number == 1)
        return strcmp(line, header) == 0
                   ? MS_OK
                   : ms_fail(err, MS_ERR_PARSE, "the first line must name the columns: %s", header);
    size_t n = split(line, cell);
    if (n != COLUMNS)
        return ms_fail(err, MS_ERR_PARSE, "%s%zu columns instead of %d",
                       n > COLUMNS ? "at least " : "", n, (int)COLUMNS);
    return take_row(r->a, cell, r->out, err);
}

int ms_bugs_load(struct ms_arena *a, const char *path, struct ms_bugs *out, struct ms_error *err)
{
    *out = (struct ms_bugs){0};
    struct reader r = {a, out};
    return ms_lines_read(path, "table of known bugs", take_line, &r, err);
}

bool ms_bug_touches(const struct ms_bug *b, const struct ms_instance *i)
{
    for (size_t k = 0; k < b->n_results; k++)
        if (fnmatch(b->results[k], i->name, 0) == 0 || fnmatch(b->results[k], i->c->name, 0) == 0)
            return true;
    return false;
}

bool ms_bug_breaks(const struct ms_bug *b, const char *name)
{
    bool any = b->n_requirements == 0;
    for (size_t k = 0; k < b->n_requirements && !any; k++)
        any = strcmp(b->requirements[k], name) == 0;
    return any;
}

bool ms_bug_in_kernel(const struct ms_bug *b, const char *release, const char *label)
{
    static const char mark[] = "-without-";
    const char *at = strstr(label, mark);
    if (at && strcmp(at + strlen(mark), b->id) == 0)
        return true;
    return *b->kernels && ms_kernel_in_range(release, b->kernels, NULL) > 0;
}
