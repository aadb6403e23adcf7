/* SPDX-License-Identifier: MIT */
/* Expected deviations: exactly which result may break exactly which requirement, on which kernels. */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "mptcpspec/runner.h"

#define SCHEMA_VERSION 1

/* ---- reading ------------------------------------------------------------------------------------------- */

struct reader {
    struct ms_arena *a;
    const char *path, *release;
    const char *text; /* of the file, which is known to be JSON */
    struct ms_expected *out;
    size_t cap;
    size_t entry; /* number of the entry that is being read, from 1; 0 outside of the list */
    struct ms_error *err;
};

/* Where the present entry begins: the objects in the list are the third level. */
static const char *entry_start(const struct reader *r)
{
    size_t depth = 0, n = 0;
    for (const char *p = r->text; *p && r->entry; p++) {
        if (*p == '"') {
            for (p++; *p && *p != '"'; p++)
                p += *p == '\\' && p[1];
            if (!*p)
                break;
        } else if (*p == '{' || *p == '[') {
            if (depth++ == 2 && ++n == r->entry)
                return p;
        } else if (*p == '}' || *p == ']') {
            depth--;
        }
    }
    return r->text;
}

/* The JSON reader keeps no places: the line is that of the key, else that of the entry. */
static int mistake(struct reader *r, const char *key, const char *text)
{
    char quoted[256];
    const char *at = entry_start(r);
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    const char *found = *key ? strstr(at, quoted) : NULL;
    int rc = r->entry ? ms_fail(r->err, MS_ERR_PARSE, "deviations[%zu]: %s", r->entry - 1, text)
                      : ms_fail(r->err, MS_ERR_PARSE, "%s", text);
    if (!r->err)
        return rc;
    snprintf(r->err->file, sizeof r->err->file, "%s", r->path);
    r->err->line = 1;
    for (const char *p = r->text; p < (found ? found : at); p++)
        r->err->line += *p == '\n';
    return rc;
}

static int only_known(struct reader *r, json_t *object, const char *const *known, size_t n)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        bool ok = false;
        for (size_t i = 0; i < n; i++)
            ok = ok || strcmp(key, known[i]) == 0;
        if (!ok) {
            const char *near = ms_nearest_word(key, known, n);
            return mistake(r, key,
                           ms_arena_printf(r->a, "unknown key \"%s\"%s%s%s", key,
                                           near ? "; did you mean \"" : "", near ? near : "",
                                           near ? "\"?" : ""));
        }
    }
    return MS_OK;
}

/* An optional string; *out stays "" without it. */
static int text_of(struct reader *r, json_t *entry, const char *key, const char **out)
{
    json_t *v = json_object_get(entry, key);
    *out = "";
    if (!v)
        return MS_OK;
    if (!json_is_string(v) || json_string_length(v) == 0)
        return mistake(r, key,
                       ms_arena_printf(r->a, "\"%s\" must be a string that is not empty", key));
    *out = ms_arena_strdup(r->a, json_string_value(v));
    return MS_OK;
}

static int add_result(struct reader *r, json_t *name, const struct ms_deviation *like)
{
    if (!json_is_string(name) || json_string_length(name) == 0)
        return mistake(r, "", "a result's name must be a string that is not empty");
    struct ms_expected *e = r->out;
    e->d = ms_arena_grow(r->a, e->d, &r->cap, e->n, sizeof *e->d);
    e->d[e->n] = *like;
    e->d[e->n++].result = ms_arena_strdup(r->a, json_string_value(name));
    return MS_OK;
}

static int read_entry(struct reader *r, json_t *entry)
{
    static const char *const known[] = {"result", "results", "requirement",
                                        "rule",   "reason",  "kernels"};
    if (!json_is_object(entry))
        return mistake(r, "", "an entry must be an object");
    struct ms_deviation d = {0};
    const char *kernels;
    int rc = only_known(r, entry, known, MS_ARRAY_LEN(known));
    if (rc == MS_OK)
        rc = text_of(r, entry, "requirement", &d.requirement);
    if (rc == MS_OK)
        rc = text_of(r, entry, "rule", &d.rule);
    if (rc == MS_OK)
        rc = text_of(r, entry, "reason", &d.reason);
    if (rc == MS_OK)
        rc = text_of(r, entry, "kernels", &kernels);
    if (rc != MS_OK)
        return rc;
    if (!*d.requirement == !*d.rule)
        return mistake(r, "", "exactly one of \"requirement\" and \"rule\" must be given");
    if (!*d.reason)
        return mistake(r, "", "a \"reason\" must be given");
    struct ms_error why = {0};
    /* A target that does not tell its kernel has none of what belongs to some of them. */
    bool told = isdigit((unsigned char)r->release[0]);
    int in = *kernels ? ms_kernel_in_range(told ? r->release : "0", kernels, &why) : 1;
    if (in < 0)
        return mistake(r, "kernels", why.msg);
    d.applies = in && (told || !*kernels);
    json_t *one = json_object_get(entry, "result"), *many = json_object_get(entry, "results");
    if (!one == !many || (many && (!json_is_array(many) || json_array_size(many) == 0)))
        return mistake(
            r, "",
            "exactly one of \"result\" (a name) and \"results\" (a list of names) must be given");
    if (one)
        return add_result(r, one, &d);
    size_t i;
    json_t *name;
    json_array_foreach(many, i, name)
    {
        rc = add_result(r, name, &d);
        if (rc != MS_OK)
            return rc;
    }
    return MS_OK;
}

static int read_root(struct reader *r, json_t *root)
{
    static const char *const known[] = {"schema", "iut", "deviations", "$schema"};
    json_t *list = json_object_get(root, "deviations");
    if (!json_is_object(root) || !json_is_array(list))
        return mistake(r, "deviations", "must be an object with a list \"deviations\"");
    int rc = only_known(r, root, known, MS_ARRAY_LEN(known));
    if (rc != MS_OK)
        return rc;
    json_t *schema = json_object_get(root, "schema");
    if (!json_is_integer(schema) || json_integer_value(schema) != SCHEMA_VERSION)
        return mistake(r, "schema", ms_arena_printf(r->a, "\"schema\" must be %d", SCHEMA_VERSION));
    rc = text_of(r, root, "iut", &r->out->iut);
    if (rc != MS_OK)
        return rc;
    json_t *entry;
    size_t i;
    json_array_foreach(list, i, entry)
    {
        r->entry = i + 1;
        rc = read_entry(r, entry);
        if (rc != MS_OK)
            return rc;
    }
    return MS_OK;
}

int ms_expected_load(struct ms_arena *a, const char *path, const char *release,
                     struct ms_expected *out, struct ms_error *err)
{
    *out = (struct ms_expected){.file = ms_arena_strdup(a, path), .iut = ""};
    char *text;
    size_t len;
    int rc = ms_file_read(a, path, &text, &len, err);
    if (rc < 0)
        return rc;
    json_error_t je;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
    if (!root) {
        rc = ms_fail(err, MS_ERR_PARSE, "%s", je.text);
        if (err) {
            snprintf(err->file, sizeof err->file, "%s", path);
            err->line = je.line > 0 ? (unsigned)je.line : 0;
            err->column = je.column > 0 ? (unsigned)je.column : 0;
        }
        return rc;
    }
    struct reader r = {
        .a = a, .path = path, .text = text, .release = release, .out = out, .err = err};
    rc = read_root(&r, root);
    json_decref(root);
    return rc;
}

const char *ms_standing_name(enum ms_standing s)
{
    static const char *const names[] = {[MS_STANDS_PASS] = "pass",
                                        [MS_STANDS_EXPECTED] = "expected",
                                        [MS_STANDS_SKIP] = "skip",
                                        [MS_STANDS_UNEXPECTED] = "unexpected"};
    return names[s];
}

/* ---- judging ------------------------------------------------------------------------------------------- */

static struct ms_deviation *covering(struct ms_expected *e, const char *result, const char *req,
                                     size_t req_len, const char *rule)
{
    for (size_t i = 0; i < e->n; i++) {
        struct ms_deviation *d = &e->d[i];
        if (!d->applies || strcmp(d->result, result) != 0)
            continue;
        if (*d->rule
                ? strcmp(d->rule, rule) == 0
                : strlen(d->requirement) == req_len && strncmp(d->requirement, req, req_len) == 0)
            return d;
    }
    return NULL;
}

/* Every requirement of the reason must be covered, or its rule. Marks what covers. */
static bool reason_covered(struct ms_expected *e, const char *result, const struct ms_reason *r,
                           const char **why)
{
    const char *rule = r->rule ? r->rule : "", *p = r->reqs ? r->reqs : "";
    struct ms_deviation *d = *rule ? covering(e, result, "", 0, rule) : NULL;
    bool covered = d != NULL, any = false, all = true;
    if (d)
        d->shown = true;
    for (p += strspn(p, ", "); *p; p += strspn(p, ", ")) {
        size_t n = strcspn(p, ", ");
        struct ms_deviation *q = covering(e, result, p, n, rule);
        any = true;
        all = all && q;
        if (q) {
            q->shown = true;
            d = d ? d : q;
        }
        p += n;
    }
    covered = covered || (any && all);
    if (covered && !**why)
        *why = d->reason;
    return covered;
}

static bool bad(enum ms_verdict v)
{
    return v == MS_FAIL || v == MS_INCONC || v == MS_ERROR;
}

enum ms_standing ms_expected_judge(struct ms_expected *e, const struct ms_outcome *o,
                                   const char **why)
{
    const struct ms_result *r = &o->result;
    bool covered = e != NULL && (r->verdict == MS_FAIL || r->verdict == MS_WARN);
    bool any = false;
    *why = "";
    for (size_t i = 0; e && r->verdict != MS_SKIP && i < r->n_reason; i++) {
        enum ms_verdict v = r->reason[i].verdict;
        if (v != MS_WARN && !bad(v))
            continue;
        any = true;
        if (v == MS_INCONC || v == MS_ERROR ||
            !reason_covered(e, o->instance->name, &r->reason[i], why))
            covered = false;
    }
    /* A run that came to no end shows nothing about what it would have shown. */
    if (e && (r->verdict == MS_PASS || r->verdict == MS_WARN || r->verdict == MS_FAIL))
        for (size_t i = 0; i < e->n; i++)
            if (strcmp(e->d[i].result, o->instance->name) == 0)
                e->d[i].ran = true;
    if (r->verdict == MS_SKIP)
        return MS_STANDS_SKIP;
    if (covered && any)
        return MS_STANDS_EXPECTED;
    *why = "";
    return bad(r->verdict) ? MS_STANDS_UNEXPECTED : MS_STANDS_PASS;
}
