/* SPDX-License-Identifier: MIT */
/* Tables of fields against schema, documentation and the JSON that is written. */
#ifndef MPTCPSPEC_FIELDS_CHECK_H
#define MPTCPSPEC_FIELDS_CHECK_H

#include <jansson.h>

#include "mptcpspec/report.h"
#include "unit.h"

/* The fields of a table are exactly the properties of the schema, and each stands in the documentation. */
static inline void same_fields(const struct ms_report_field *f, const json_t *schema,
                               const char *prefix, const char *doc)
{
    const json_t *props = json_object_get(schema, "properties");
    size_t n = 0;
    for (; f[n].name; n++) {
        char name[256], cell[300];
        snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", f[n].name);
        snprintf(cell, sizeof cell, "| `%s` |", name);
        const json_t *p = json_object_get(props, f[n].name);
        ck_assert_msg(p != NULL, "the schema lacks %s", name);
        ck_assert_msg(strstr(doc, cell) != NULL, "the documentation lacks %s", name);
        if (f[n].of)
            same_fields(f[n].of, f[n].type == MS_REPORT_OBJECTS ? json_object_get(p, "items") : p,
                        name, doc);
    }
    UNIT_NUM_EQ(json_object_size(props), n);
    UNIT_NUM_EQ(json_array_size(json_object_get(schema, "required")), n);
}

static inline void right_type(const json_t *v, const struct ms_report_field *f)
{
    static const json_type types[] = {
        [MS_REPORT_STRING] = JSON_STRING, [MS_REPORT_NUMBER] = JSON_INTEGER,
        [MS_REPORT_REAL] = JSON_REAL,     [MS_REPORT_STRINGS] = JSON_ARRAY,
        [MS_REPORT_OBJECTS] = JSON_ARRAY, [MS_REPORT_OBJECT] = JSON_OBJECT,
    };
    ck_assert_msg(v != NULL, "%s is missing", f->name);
    ck_assert_msg(f->type == MS_REPORT_BOOL ? json_is_boolean(v) : json_typeof(v) == types[f->type],
                  "type of %s", f->name);
}

#endif
