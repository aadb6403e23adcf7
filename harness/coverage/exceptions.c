/* SPDX-License-Identifier: MIT */
/* The list of requirements that cannot be covered, each with its reason. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/coverage.h"

static const char header[] = "requirement\treason";

/* One line without its newline. */
static int take_line(struct ms_arena *a, char *line, unsigned number, const struct ms_catalogue *c,
                     struct ms_exceptions *out, struct ms_error *err)
{
    if (number == 1)
        return strcmp(line, header) == 0
                   ? MS_OK
                   : ms_fail(err, MS_ERR_PARSE,
                             "the first line must name the columns: requirement, tab, reason");
    char *tab = strchr(line, '\t');
    if (!tab || !tab[1] || strchr(tab + 1, '\t'))
        return ms_fail(err, MS_ERR_PARSE, "expected a requirement, a tab and a reason");
    *tab = '\0';
    const struct ms_requirement *q = ms_catalogue_find(c, line);
    if (!q) {
        const char *near = ms_nearest_word(line, c->ids, c->n);
        return ms_fail(err, MS_ERR_PARSE, "unknown requirement '%s'%s%s%s", line,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    for (size_t i = 0; i < out->n; i++)
        if (out->e[i].requirement == q->id)
            return ms_fail(err, MS_ERR_PARSE, "%s stands in the list twice", q->id);
    out->e = ms_arena_grow(a, out->e, &out->cap, out->n, sizeof *out->e);
    out->e[out->n++] = (struct ms_exception){q->id, ms_text_clean(a, tab + 1)};
    return MS_OK;
}

int ms_coverage_load_exceptions(struct ms_arena *a, const char *path, const struct ms_catalogue *c,
                                struct ms_exceptions *out, struct ms_error *err)
{
    *out = (struct ms_exceptions){0};
    FILE *f = fopen(path, "re");
    if (!f)
        return errno == ENOENT ? MS_OK
                               : ms_fail_errno(err, "cannot read the list of exceptions %s", path);
    char *line = NULL;
    size_t cap = 0;
    ssize_t got;
    unsigned number = 0;
    int rc = MS_OK;
    while (rc == MS_OK && (errno = 0, got = getline(&line, &cap, f)) >= 0) {
        while (got > 0 && (line[got - 1] == '\n' || line[got - 1] == '\r'))
            line[--got] = '\0';
        number++;
        if (strlen(line) != (size_t)got)
            rc = ms_fail(err, MS_ERR_PARSE, "a NUL octet in a text file");
        else
            rc = take_line(a, line, number, c, out, err);
    }
    if (rc < 0 && err) {
        snprintf(err->file, sizeof err->file, "%s", path);
        err->line = number;
    }
    if (rc == MS_OK && ferror(f))
        rc = ms_fail_errno(err, "cannot read the list of exceptions %s", path);
    free(line);
    fclose(f);
    return rc;
}
