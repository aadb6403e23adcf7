/* SPDX-License-Identifier: MIT */
/* The list of requirements that cannot be covered, each with its reason. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/coverage.h"

static const char header[] = "requirement\treason";

struct reader {
    struct ms_arena *a;
    const struct ms_catalogue *c;
    struct ms_exceptions *out;
};

static int take_line(void *ctx, char *line, unsigned number, struct ms_error *err)
{
    const struct reader *r = ctx;
    struct ms_exceptions *out = r->out;
    if (number == 1)
        return strcmp(line, header) == 0
                   ? MS_OK
                   : ms_fail(err, MS_ERR_PARSE,
                             "the first line must name the columns: requirement, tab, reason");
    char *tab = strchr(line, '\t');
    if (!tab || !tab[1] || strchr(tab + 1, '\t'))
        return ms_fail(err, MS_ERR_PARSE, "expected a requirement, a tab and a reason");
    *tab = '\0';
    const struct ms_requirement *q = ms_catalogue_find(r->c, line);
    if (!q) {
        const char *near = ms_nearest_word(line, r->c->ids, r->c->n);
        return ms_fail(err, MS_ERR_PARSE, "unknown requirement '%s'%s%s%s", line,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    for (size_t i = 0; i < out->n; i++)
        if (out->e[i].requirement == q->id)
            return ms_fail(err, MS_ERR_PARSE, "%s stands in the list twice", q->id);
    out->e = ms_arena_grow(r->a, out->e, &out->cap, out->n, sizeof *out->e);
    out->e[out->n++] = (struct ms_exception){q->id, ms_text_clean(r->a, tab + 1)};
    return MS_OK;
}

int ms_coverage_load_exceptions(struct ms_arena *a, const char *path, const struct ms_catalogue *c,
                                struct ms_exceptions *out, struct ms_error *err)
{
    *out = (struct ms_exceptions){0};
    struct reader r = {a, c, out};
    int rc = ms_lines_read(path, "list of exceptions", take_line, &r, err);
    return rc == MS_ERR_SYS && errno == ENOENT ? MS_OK : rc;
}
