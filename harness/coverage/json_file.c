/* SPDX-License-Identifier: MIT */
#include "coverage/json_file.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

int coverage_json_wrong(const char *path, struct ms_error *err, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    int rc = ms_fail(err, MS_ERR_PARSE, "%s", text);
    if (err)
        snprintf(err->file, sizeof err->file, "%s", path);
    return rc;
}

static int load(const char *path, const char *what, json_t **out, struct ms_error *err)
{
    json_error_t je;
    struct stat st;
    FILE *f = fopen(path, "re");
    if (!f) {
        int rc = errno == ENOENT ? MS_ERR_NOTFOUND : MS_ERR_SYS;
        ms_fail_errno(err, "cannot read the %s %s", what, path);
        if (err)
            err->status = (enum ms_status)rc;
        return rc;
    }
    if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
        fclose(f);
        return ms_fail(err, MS_ERR_SYS, "cannot read the %s %s: it is a folder", what, path);
    }
    *out = json_loadf(f, JSON_REJECT_DUPLICATES, &je);
    fclose(f);
    if (*out)
        return MS_OK;
    int rc = coverage_json_wrong(path, err, "no JSON: %s", je.text);
    if (err) {
        err->line = je.line > 0 ? (unsigned)je.line : 0;
        err->column = je.column > 0 ? (unsigned)je.column : 0;
    }
    return rc;
}

int coverage_json_read(const char *path, const char *what, json_int_t schema, const char *list,
                       json_t **out, struct ms_error *err)
{
    *out = NULL;
    int rc = load(path, what, out, err);
    if (rc < 0)
        return rc;
    const json_t *version = json_object_get(*out, "schema");
    if (!json_is_object(*out) || !version)
        rc = coverage_json_wrong(path, err, "not a %s: there is no \"schema\"", what);
    else if (!json_is_integer(version) || json_integer_value(version) != schema)
        rc = json_is_integer(version)
                 ? coverage_json_wrong(path, err,
                                       "a %s of schema version %" JSON_INTEGER_FORMAT
                                       "; this program knows version %" JSON_INTEGER_FORMAT,
                                       what, json_integer_value(version), schema)
                 : coverage_json_wrong(path, err, "not a %s: \"schema\" is no number", what);
    else if (!json_is_array(json_object_get(*out, list)))
        rc = coverage_json_wrong(path, err, "not a %s: there is no list \"%s\"", what, list);
    if (rc < 0) {
        json_decref(*out);
        *out = NULL;
    }
    return rc;
}

const char *coverage_json_text(struct ms_arena *a, const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_string(v) ? ms_text_clean(a, json_string_value(v)) : NULL;
}
