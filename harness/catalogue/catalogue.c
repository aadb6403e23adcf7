/* SPDX-License-Identifier: MIT */
/*
 * The requirement table: tab-separated, the first line names the columns, one requirement a line. Column
 * `weak` holds the word "weak" for FORMAT rows that rest on a lowercase "should" or a mere expectation of the
 * RFC: broken, they warn instead of failing.
 */
#include "mptcpspec/catalogue.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column {
    COL_ID,
    COL_SECTION,
    COL_LINE,
    COL_LEVEL,
    COL_ACTOR,
    COL_TEXT,
    COL_TESTABLE,
    COL_OBSERVABLE,
    COL_IDEA,
    COL_WHY_NOT,
    COL_WEAK,
    COLUMNS
};

static const char *const column_names[COLUMNS] = {
    "id",       "section",    "line",      "level",   "actor", "requirement",
    "testable", "observable", "case_idea", "why_not", "weak",
};

static const char *const level_names[] = {
    [MS_LEVEL_MUST] = "MUST",     [MS_LEVEL_MUST_NOT] = "MUST NOT",
    [MS_LEVEL_SHOULD] = "SHOULD", [MS_LEVEL_SHOULD_NOT] = "SHOULD NOT",
    [MS_LEVEL_MAY] = "MAY",       [MS_LEVEL_FORMAT] = "FORMAT",
};

const char *ms_level_name(enum ms_level level)
{
    return (size_t)level < MS_ARRAY_LEN(level_names) ? level_names[level] : "?";
}

const struct ms_requirement *ms_catalogue_find(const struct ms_catalogue *c, const char *id)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->req[i].id, id) == 0)
            return &c->req[i];
    return NULL;
}

struct reader {
    struct ms_arena *a;
    struct ms_catalogue *c;
    size_t cap;
    unsigned lines; /* read so far */
    struct ms_error *err;
};

/* Cuts a line at its tabs; the number of columns found, at most COLUMNS + 1. */
static size_t split(char *line, char *cell[COLUMNS])
{
    size_t n = 0;
    for (char *next = line; next != NULL; n++) {
        char *here = next;
        next = strchr(here, '\t');
        if (next != NULL)
            *next++ = '\0';
        if (n == COLUMNS)
            return COLUMNS + 1;
        cell[n] = here;
    }
    return n;
}

static int check_header(const struct reader *r, char *const cell[COLUMNS], size_t n)
{
    if (n != COLUMNS)
        return ms_fail(r->err, MS_ERR_PARSE, "the first line names %zu columns instead of %d", n,
                       (int)COLUMNS);
    for (size_t i = 0; i < COLUMNS; i++)
        if (strcmp(cell[i], column_names[i]) != 0)
            return ms_fail(r->err, MS_ERR_PARSE, "column %zu is named '%s' instead of '%s'", i + 1,
                           cell[i], column_names[i]);
    return MS_OK;
}

/* "R-3.2-34", "R-C.1.1-01": letters, digits, dots and dashes after "R-". */
static bool id_is_good(const char *id)
{
    if (strncmp(id, "R-", 2) != 0 || strlen(id) < 5 || strlen(id) > 31)
        return false;
    for (const char *p = id; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && *p != '.' && *p != '-')
            return false;
    return true;
}

static int parse_level(const struct reader *r, const char *name, enum ms_level *out)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(level_names); i++)
        if (strcmp(level_names[i], name) == 0) {
            *out = (enum ms_level)i;
            return MS_OK;
        }
    const char *near = ms_nearest_word(name, level_names, MS_ARRAY_LEN(level_names));
    return ms_fail(r->err, MS_ERR_PARSE, "unknown level '%s'%s%s%s", name,
                   near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                   near != NULL ? "'?" : "");
}

static int parse_row(const struct reader *r, char *const cell[COLUMNS], struct ms_requirement *out)
{
    if (!id_is_good(cell[COL_ID]))
        return ms_fail(r->err, MS_ERR_PARSE, "'%s' is no requirement id such as R-3.2-34",
                       cell[COL_ID]);
    int rc = parse_level(r, cell[COL_LEVEL], &out->level);
    if (rc < 0)
        return rc;
    char *end = NULL;
    errno = 0;
    const unsigned long rfc_line = strtoul(cell[COL_LINE], &end, 10);
    if (!isdigit((unsigned char)cell[COL_LINE][0]) || *end != '\0' || errno != 0 ||
        rfc_line > 100000)
        return ms_fail(r->err, MS_ERR_PARSE, "%s: '%s' is no line number", cell[COL_ID],
                       cell[COL_LINE]);
    out->weak = strcmp(cell[COL_WEAK], "weak") == 0;
    if (!out->weak && cell[COL_WEAK][0] != '\0')
        return ms_fail(r->err, MS_ERR_PARSE, "%s: column weak holds '%s'; it is \"weak\" or empty",
                       cell[COL_ID], cell[COL_WEAK]);
    if (out->weak && out->level != MS_LEVEL_FORMAT)
        return ms_fail(r->err, MS_ERR_PARSE, "%s: only FORMAT rows can be weak", cell[COL_ID]);
    out->id = ms_arena_strdup(r->a, cell[COL_ID]);
    out->section = ms_arena_strdup(r->a, cell[COL_SECTION]);
    out->rfc_line = (unsigned)rfc_line;
    out->actor = ms_arena_strdup(r->a, cell[COL_ACTOR]);
    out->text = ms_arena_strdup(r->a, cell[COL_TEXT]);
    out->testable = ms_arena_strdup(r->a, cell[COL_TESTABLE]);
    out->observable = ms_arena_strdup(r->a, cell[COL_OBSERVABLE]);
    out->idea = ms_arena_strdup(r->a, cell[COL_IDEA]);
    out->why_not = ms_arena_strdup(r->a, cell[COL_WHY_NOT]);
    return MS_OK;
}

static int take_line(void *ctx, char *line, unsigned number, struct ms_error *err)
{
    struct reader *r = ctx;
    struct ms_catalogue *c = r->c;
    char *cell[COLUMNS] = {0};
    const size_t n = split(line, cell);
    r->err = err;
    r->lines = number;
    if (number == 1)
        return check_header(r, cell, n);
    if (n != COLUMNS)
        return ms_fail(r->err, MS_ERR_PARSE, "%s%zu columns instead of %d",
                       n > COLUMNS ? "at least " : "", n, (int)COLUMNS);
    struct ms_requirement req = {0};
    int rc = parse_row(r, cell, &req);
    if (rc < 0)
        return rc;
    if (ms_catalogue_find(c, req.id) != NULL)
        return ms_fail(r->err, MS_ERR_PARSE, "%s stands in the table twice", req.id);
    c->req = ms_arena_grow(r->a, c->req, &r->cap, c->n, sizeof *c->req);
    c->req[c->n++] = req;
    return MS_OK;
}

int ms_catalogue_load(struct ms_arena *a, const char *path, struct ms_catalogue *out,
                      struct ms_error *err)
{
    *out = (struct ms_catalogue){0};
    struct reader r = {.a = a, .c = out};
    int rc = ms_lines_read(path, "requirement table", take_line, &r, err);
    if (rc == MS_OK && out->n == 0) {
        rc = ms_fail(err, MS_ERR_PARSE, "no requirement in the table");
        if (err) {
            snprintf(err->file, sizeof err->file, "%s", path);
            err->line = r.lines;
        }
    }
    if (rc != MS_OK)
        return rc;
    out->ids = ms_arena_alloc(a, out->n * sizeof *out->ids);
    for (size_t i = 0; i < out->n; i++)
        out->ids[i] = out->req[i].id;
    return MS_OK;
}
