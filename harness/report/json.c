/* SPDX-License-Identifier: MIT */
/* JSON from the tables of fields. */
#include <inttypes.h>
#include <jansson.h>

#include "report/json.h"

json_t *report_json_string(struct ms_arena *a, const char *s)
{
    return json_string(ms_text_clean(a, s));
}

static json_t *list(struct ms_arena *a, const struct ms_report_field *f, const void *subject)
{
    json_t *out = json_array();
    size_t n = f->count(subject);
    for (size_t i = 0; i < n; i++) {
        const void *item = f->item(subject, i);
        json_array_append_new(out, f->type == MS_REPORT_STRINGS
                                       ? report_json_string(a, item)
                                       : report_json_object(a, f->of, item));
    }
    return out;
}

json_t *report_json_value(struct ms_arena *a, const struct ms_report_field *f, const void *subject)
{
    struct ms_report_value v = {0};
    switch (f->type) {
    case MS_REPORT_STRINGS:
    case MS_REPORT_OBJECTS:
        return list(a, f, subject);
    case MS_REPORT_OBJECT:
        return report_json_object(a, f->of, f->item(subject, 0));
    case MS_REPORT_STRING:
        f->get(subject, &v);
        return report_json_string(a, v.text);
    case MS_REPORT_NUMBER:
        f->get(subject, &v);
        return json_integer((json_int_t)v.num);
    case MS_REPORT_REAL:
        f->get(subject, &v);
        return json_real(v.real);
    case MS_REPORT_BOOL:
        f->get(subject, &v);
        return json_boolean(v.num);
    }
    return json_null();
}

json_t *report_json_object(struct ms_arena *a, const struct ms_report_field *fields,
                           const void *subject)
{
    json_t *out = json_object();
    for (const struct ms_report_field *f = fields; f->name; f++)
        json_object_set_new(out, f->name, report_json_value(a, f, subject));
    return out;
}

int report_json_dump(json_t *root, FILE *out, struct ms_error *err)
{
    int rc = root ? json_dumpf(root, out, JSON_INDENT(1)) : -1;
    json_decref(root);
    if (rc < 0 && ferror(out))
        return ms_fail_errno(err, "cannot write JSON");
    if (rc < 0)
        return ms_fail(err, MS_ERR_NOMEM, "cannot build JSON");
    fputc('\n', out);
    return MS_OK;
}

int report_json_write(const struct ms_report_field *fields, const void *subject, FILE *out,
                      struct ms_error *err)
{
    struct ms_arena *a = ms_arena_new();
    int rc = report_json_dump(report_json_object(a, fields, subject), out, err);
    ms_arena_free(a);
    return rc;
}

int ms_report_json(const struct ms_report *r, FILE *out, struct ms_error *err)
{
    return report_json_write(ms_report_root_fields, r, out, err);
}
