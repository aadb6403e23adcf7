/* SPDX-License-Identifier: MIT */
/* What the JSON renderings share. */
#ifndef MPTCPSPEC_REPORT_JSON_H
#define MPTCPSPEC_REPORT_JSON_H

#include <jansson.h>

#include "mptcpspec/report.h"

/* NULL is "". */
json_t *report_json_string(struct ms_arena *a, const char *s);
json_t *report_json_object(struct ms_arena *a, const struct ms_report_field *fields,
                           const void *subject);
/* One field of `subject`. */
json_t *report_json_value(struct ms_arena *a, const struct ms_report_field *f, const void *subject);
/* A whole document: one object. */
int report_json_write(const struct ms_report_field *fields, const void *subject, FILE *out,
                      struct ms_error *err);
/* Writes and releases `root`. */
int report_json_dump(json_t *root, FILE *out, struct ms_error *err);

#endif
