/* SPDX-License-Identifier: MIT */
/* Choice of instances: names, globs, files and KEY=VALUE. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mptcpspec/runner.h"

static bool matches(const char *pattern, const char *text)
{
    return fnmatch(pattern, text, 0) == 0;
}

static bool by_section(const struct ms_instance *i, const char *v)
{
    const char *s = ms_instance_section(i);
    size_t n = strlen(v);
    return matches(v, s) || (strncmp(s, v, n) == 0 && s[n] == '.');
}

static bool by_req(const struct ms_instance *i, const char *v)
{
    for (size_t k = 0; k < i->c->n_reqs; k++)
        if (matches(v, i->c->req[k]->id))
            return true;
    return false;
}

static bool by_role(const struct ms_instance *i, const char *v)
{
    return strcmp(v, ms_role_names[i->c->role]) == 0;
}

static bool by_family(const struct ms_instance *i, const char *v)
{
    return strcmp(v, i->family == MS_IPV4 ? "ipv4" : "ipv6") == 0;
}

static bool by_tag(const struct ms_instance *i, const char *v)
{
    for (size_t k = 0; k < i->c->n_tags; k++)
        if (matches(v, i->c->tag[k]))
            return true;
    return false;
}

/* The same file, however its path is written. */
static bool same_file(const char *a, const char *b)
{
    struct stat sa, sb;
    return strcmp(a, b) == 0 || (stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
                                 sa.st_ino == sb.st_ino);
}

static bool is_path(const char *sel)
{
    size_t n = strlen(sel);
    return n > 5 && strcmp(sel + n - 5, ".case") == 0;
}

/* A name chooses a result, a case with all its results, or a family of a case with all its values. */
static bool by_name(const struct ms_instance *i, const char *v)
{
    if (is_path(v))
        return same_file(v, i->c->file);
    size_t n = strlen(v);
    return matches(v, i->name) || matches(v, i->c->name) ||
           (strncmp(i->name, v, n) == 0 && i->name[n] == '/');
}

static const struct {
    const char *key;
    bool (*match)(const struct ms_instance *i, const char *value);
} kinds[] = {
    {"section", by_section}, {"req", by_req}, {"role", by_role}, {"family", by_family},
    {"tag", by_tag},         {NULL, by_name}, /* last: a name; names may hold '=' (version=2) but then a '/' before it */
};
#define N_KINDS MS_ARRAY_LEN(kinds)

/* Index into kinds and the value; negative for a KEY= that does not exist. */
static int kind_of(const char *sel, const char **value, struct ms_error *err)
{
    *value = sel;
    const char *eq = strchr(sel, '=');
    const char *slash = strchr(sel, '/');
    if (!eq || (slash && slash < eq) || is_path(sel))
        return N_KINDS - 1;
    const char *keys[N_KINDS - 1];
    for (size_t k = 0; k < N_KINDS - 1; k++) {
        keys[k] = kinds[k].key;
        if (strlen(keys[k]) == (size_t)(eq - sel) &&
            strncmp(sel, keys[k], (size_t)(eq - sel)) == 0) {
            *value = eq + 1;
            return (int)k;
        }
    }
    char key[64] = "";
    strncpy(key, sel, (size_t)(eq - sel) < sizeof key - 1 ? (size_t)(eq - sel) : sizeof key - 1);
    const char *near = ms_nearest_word(key, keys, N_KINDS - 1);
    return ms_fail(err, MS_ERR_NOTFOUND,
                   "selector '%s': no such key '%s'%s%s%s (section, req, role, family, tag)", sel,
                   key, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Words that could have stood there, for the message about a selector that chooses nothing. */
static const char *suggest(const struct ms_suite *s, int kind, const char *value)
{
    static const char *const families[] = {"ipv4", "ipv6"};
    const char *key = kinds[kind].key;
    if (key && strcmp(key, "role") == 0)
        return ms_nearest_word(value, ms_role_names, MS_ARRAY_LEN(ms_role_names));
    if (key && strcmp(key, "family") == 0)
        return ms_nearest_word(value, families, 2);
    if (key && strcmp(key, "req") == 0)
        return ms_catalogue_find(&s->catalogue, value)
                   ? NULL
                   : ms_nearest_word(value, s->catalogue.ids, s->catalogue.n);
    if (key)
        return NULL;
    const char **names = calloc(s->n_case + s->n_instance + 1, sizeof *names);
    if (!names)
        return NULL;
    size_t n = 0;
    for (size_t i = 0; i < s->n_case; i++)
        names[n++] = s->c[i]->name;
    for (size_t i = 0; i < s->n_instance; i++)
        names[n++] = s->instance[i].name;
    const char *near = ms_nearest_word(value, names, n);
    free(names);
    return near;
}

static int nothing(const struct ms_suite *s, const char *sel, int kind, const char *value,
                   struct ms_error *err)
{
    if (!kinds[kind].key && is_path(sel)) {
        struct stat st;
        if (stat(sel, &st) != 0)
            return ms_fail_errno(err, "cannot read the case file %s", sel);
    }
    const char *near = suggest(s, kind, value);
    if (near && strcmp(near, value) == 0) /* a good word that nothing bears */
        near = NULL;
    return ms_fail(err, MS_ERR_NOTFOUND, "selector '%s' chooses nothing%s%s%s", sel,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

int ms_select(const struct ms_suite *s, const char *const *selector, size_t n, bool *chosen,
              struct ms_error *err)
{
    int *kind = calloc(n + 1, sizeof *kind);
    const char **value = calloc(n + 1, sizeof *value);
    bool *hit = calloc(n + 1, sizeof *hit);
    int count = MS_ERR_NOMEM;
    if (!kind || !value || !hit) {
        ms_fail(err, MS_ERR_NOMEM, "out of memory");
        goto cleanup;
    }
    bool present[N_KINDS] = {false};
    for (size_t k = 0; k < n; k++) {
        kind[k] = kind_of(selector[k], &value[k], err);
        if (kind[k] < 0) {
            count = kind[k];
            goto cleanup;
        }
        present[kind[k]] = true;
    }
    count = 0;
    for (size_t i = 0; i < s->n_instance; i++) {
        bool ok[N_KINDS] = {false}, all = true;
        for (size_t k = 0; k < n; k++)
            if (kinds[kind[k]].match(&s->instance[i], value[k]))
                ok[kind[k]] = hit[k] = true;
        for (size_t k = 0; k < N_KINDS; k++)
            all = all && (!present[k] || ok[k]);
        chosen[i] = all;
        count += all;
    }
    for (size_t k = 0; k < n; k++)
        if (!hit[k]) {
            count = nothing(s, selector[k], kind[k], value[k], err);
            goto cleanup;
        }
    if (count == 0)
        count = ms_fail(err, MS_ERR_NOTFOUND,
                        n ? "the selectors together choose nothing" : "the suite has no cases");
cleanup:
    free(kind);
    free(value);
    free(hit);
    return count;
}

static bool chooses(const struct ms_instance *i, const char *sel)
{
    const char *value;
    int kind = kind_of(sel, &value, NULL);
    return kind >= 0 && kinds[kind].match(i, value);
}

/* The selector means just this: by its name, its file or the tag. A glob means whatever there is. */
static bool asks_for(const struct ms_instance *i, const char *sel)
{
    const char *value;
    int kind = kind_of(sel, &value, NULL);
    if (kind < 0)
        return false;
    if (kinds[kind].match == by_tag)
        return strcmp(value, MS_TAG_SLOW) == 0;
    return kinds[kind].match == by_name && !strpbrk(value, "*?[") && by_name(i, value);
}

size_t ms_select_leave_slow(const struct ms_suite *s, const char *const *selector, size_t n,
                            bool *chosen)
{
    size_t left_out = 0;
    for (size_t i = 0; i < s->n_instance; i++) {
        bool keep = !chosen[i] || !by_tag(&s->instance[i], MS_TAG_SLOW);
        for (size_t k = 0; k < n && !keep; k++)
            keep = asks_for(&s->instance[i], selector[k]);
        chosen[i] = chosen[i] && keep;
        left_out += !keep;
    }
    return left_out;
}

/* The selector chooses scenarios and nothing else. */
static bool asks_for_scenarios(const struct ms_suite *s, const char *sel)
{
    const char *value;
    int kind = kind_of(sel, &value, NULL);
    bool any = false;
    for (size_t i = 0; kind >= 0 && i < s->n_instance; i++)
        if (kinds[kind].match(&s->instance[i], value)) {
            if (!ms_is_scenario(&s->instance[i]))
                return false;
            any = true;
        }
    return any;
}

bool ms_is_scenario(const struct ms_instance *i)
{
    return i->c->role == MS_ROLE_BOTH;
}

size_t ms_select_leave_scenarios(const struct ms_suite *s, const char *const *selector, size_t n,
                                 bool *chosen)
{
    bool *asked = calloc(n + 1, sizeof *asked);
    size_t left_out = 0;
    for (size_t k = 0; asked && k < n; k++)
        asked[k] = asks_for_scenarios(s, selector[k]);
    for (size_t i = 0; i < s->n_instance; i++) {
        bool keep = !chosen[i] || !ms_is_scenario(&s->instance[i]);
        for (size_t k = 0; asked && k < n && !keep; k++)
            keep = asked[k] && chooses(&s->instance[i], selector[k]);
        chosen[i] = chosen[i] && keep;
        left_out += !keep;
    }
    free(asked);
    return left_out;
}

size_t ms_select_leave_cases(const struct ms_suite *s, bool *chosen)
{
    size_t left = 0;
    for (size_t i = 0; i < s->n_instance; i++)
        left += chosen[i] = chosen[i] && ms_is_scenario(&s->instance[i]);
    return left;
}

bool ms_is_quick(const struct ms_instance *i)
{
    for (size_t k = 0; k < i->c->n_foreach; k++)
        if (i->pick[k] != 0)
            return false;
    return ms_is_scenario(i) && by_tag(i, MS_TAG_QUICK);
}

bool ms_select_touches_broken(const struct ms_suite *s, const char *const *selector, size_t n)
{
    if (n == 0)
        return s->diags.n > 0;
    for (size_t k = 0; k < n; k++) {
        const char *value;
        int kind = kind_of(selector[k], &value, NULL);
        if (kind < 0)
            continue;
        for (size_t b = 0; b < s->n_broken; b++) {
            const struct ms_broken_file *f = &s->broken[b];
            size_t len = strlen(f->name);
            if (kinds[kind].key || same_file(value, f->file) || matches(value, f->name) ||
                (len > 0 && strncmp(value, f->name, len) == 0 && value[len] == '/'))
                return true;
        }
    }
    return false;
}
