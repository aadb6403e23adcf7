/* SPDX-License-Identifier: MIT */
/*
 * JSON of a lint, written as the files are read: what a list holds is never in memory as a whole. The fields
 * before and after a list that is streamed come from the same tables as everything else.
 */
#include <jansson.h>
#include <string.h>

#include "report/json.h"

/* "name": value for the fields from `f` up to the one with that name, or to the end. Returns where it stopped. */
static const struct ms_report_field *fields(struct ms_lint_json *j, const struct ms_report_field *f,
                                            const char *until, const void *subject, bool *first)
{
    for (; f->name && (!until || strcmp(f->name, until) != 0); f++) {
        struct ms_arena *a = ms_arena_new();
        json_t *v = report_json_value(a, f, subject);
        fprintf(j->out, "%s\"%s\": ", *first ? "" : ",\n", f->name);
        *first = false;
        if (v)
            json_dumpf(v, j->out, JSON_ENCODE_ANY | JSON_COMPACT);
        json_decref(v);
        ms_arena_free(a);
    }
    return f;
}

void ms_lint_json_begin(struct ms_lint_json *j, const struct ms_lint_report *r, FILE *out)
{
    bool first = true;
    *j = (struct ms_lint_json){.out = out};
    fputs("{\n", out);
    fields(j, ms_lint_root_fields, "files", r, &first);
    fputs(",\n\"files\": [", out);
}

void ms_lint_json_file(struct ms_lint_json *j, const char *path)
{
    const struct ms_lint_result r = {.path = path};
    const struct ms_lint_file f = {.result = &r};
    bool first = true;
    fputs(j->files++ ? ",\n{" : "\n{", j->out);
    fields(j, ms_lint_file_fields, "connections", &f, &first);
    fputs(",\n\"connections\": [", j->out);
    j->conns = 0;
}

void ms_lint_json_conn(struct ms_lint_json *j, const struct ms_lint_conn *c)
{
    struct ms_arena *a = ms_arena_new();
    json_t *o = report_json_object(a, ms_lint_conn_fields, c);
    fputs(j->conns++ ? ",\n" : "\n", j->out);
    if (o)
        json_dumpf(o, j->out, JSON_COMPACT);
    json_decref(o);
    ms_arena_free(a);
}

/* The field behind the list of that name. */
static const struct ms_report_field *after(const struct ms_report_field *f, const char *name)
{
    while (strcmp(f->name, name) != 0)
        f++;
    return f + 1;
}

void ms_lint_json_file_end(struct ms_lint_json *j, const struct ms_lint_file *f)
{
    bool first = false;
    fputs(j->conns ? "\n]" : "]", j->out);
    fields(j, after(ms_lint_file_fields, "connections"), NULL, f, &first);
    fputs("}", j->out);
}

void ms_lint_json_end(struct ms_lint_json *j, const struct ms_lint_report *r)
{
    bool first = false;
    fputs(j->files ? "\n]" : "]", j->out);
    fields(j, after(ms_lint_root_fields, "files"), NULL, r, &first);
    fputs("\n}\n", j->out);
}
