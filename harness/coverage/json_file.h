/* SPDX-License-Identifier: MIT */
/* Reading JSON that others wrote. */
#ifndef MPTCPSPEC_COVERAGE_JSON_FILE_H
#define MPTCPSPEC_COVERAGE_JSON_FILE_H

#include <jansson.h>

#include "mptcpspec/coverage.h"

/*
 * An object whose "schema" is `schema` and whose `list` is an array; the caller releases *out. `what` names the kind of
 * file in messages.
 */
int coverage_json_read(const char *path, const char *what, json_int_t schema, const char *list,
                       json_t **out, struct ms_error *err);
/* MS_ERR_PARSE with the file's name. */
int coverage_json_wrong(const char *path, struct ms_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The string under `key`, clean (ms_text_clean); NULL if it is missing or none. */
const char *coverage_json_text(struct ms_arena *a, const json_t *object, const char *key);

#endif
