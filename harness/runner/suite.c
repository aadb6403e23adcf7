/* SPDX-License-Identifier: MIT */
/* Loads a whole suite: requirements, topologies, cases. Goes on after mistakes so that all are reported. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mptcpspec/crypto.h"
#include "mptcpspec/runner.h"

#define DEPTH_MAX 8

struct paths {
    struct ms_arena *a;
    size_t n, cap;
    const char **path;
};

static void paths_add(struct paths *p, const char *path)
{
    p->path = ms_arena_grow(p->a, p->path, &p->cap, p->n, sizeof *p->path);
    p->path[p->n++] = ms_arena_strdup(p->a, path);
}

static bool has_suffix(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n > m && strcmp(s + n - m, suffix) == 0;
}

/* Every file below `dir` that ends in `suffix`, in alphabetical order, folders where they stand. */
static int walk(struct paths *p, const char *dir, const char *suffix, unsigned depth,
                struct ms_error *err)
{
    struct dirent **entry = NULL;
    int n = scandir(dir, &entry, NULL, alphasort);
    if (n < 0)
        return ms_fail_errno(err, "cannot read the folder %s", dir);
    int rc = MS_OK;
    for (int i = 0; i < n; i++) {
        char path[PATH_MAX];
        int len = strcmp(dir, ".") == 0
                      ? snprintf(path, sizeof path, "%s", entry[i]->d_name)
                      : snprintf(path, sizeof path, "%s/%s", dir, entry[i]->d_name);
        struct stat st;
        if (rc == MS_OK && entry[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof path &&
            stat(path, &st) == 0) {
            if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
                rc = walk(p, path, suffix, depth + 1, err);
            else if (S_ISREG(st.st_mode) && has_suffix(path, suffix))
                paths_add(p, path);
        }
        free(entry[i]);
    }
    free(entry);
    return rc;
}

static const char *under(struct ms_arena *a, const char *data_dir, const char *name)
{
    return strcmp(data_dir, ".") == 0 ? name : ms_arena_printf(a, "%s/%s", data_dir, name);
}

/* Folds a file into what the suite is recognised by; the order of files is that of their names. */
static void identify(struct ms_suite *s, const char *text, size_t len)
{
    char both[2 * sizeof s->identity];
    memcpy(both, s->identity, sizeof s->identity);
    ms_sha256_hex(text, len, both + sizeof s->identity);
    ms_sha256_hex(both, sizeof both, s->identity);
}

static int identify_file(struct ms_suite *s, const char *path, struct ms_error *err)
{
    char *text;
    size_t len;
    int rc = ms_file_read(s->arena, path, &text, &len, err);
    if (rc == MS_OK)
        identify(s, text, len);
    return rc;
}

/* The word after `case` at the start of a line: for a file whose parse failed. */
static const char *guess_name(struct ms_arena *a, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        const char *line = text + i, *end = memchr(line, '\n', len - i);
        size_t n = end ? (size_t)(end - line) : len - i;
        i += n + 1;
        while (n > 0 && isblank((unsigned char)*line))
            line++, n--;
        if (n < 6 || strncmp(line, "case", 4) != 0 || !isblank((unsigned char)line[4]))
            continue;
        line += 5, n -= 5;
        while (n > 0 && isblank((unsigned char)*line))
            line++, n--;
        size_t w = 0;
        while (w < n && !isspace((unsigned char)line[w]) && line[w] != '#' && line[w] != '\0')
            w++;
        return ms_arena_strndup(a, line, w);
    }
    return "";
}

static void add_broken(struct ms_suite *s, size_t *cap, const char *file, const char *name)
{
    s->broken = ms_arena_grow(s->arena, s->broken, cap, s->n_broken, sizeof *s->broken);
    s->broken[s->n_broken++] = (struct ms_broken_file){.file = file, .name = name};
}

static void add_diag(struct ms_diags *d, struct ms_loc loc, const char *message, const char *hint)
{
    d->d = ms_arena_grow(d->arena, d->d, &d->cap, d->n, sizeof *d->d);
    d->d[d->n++] =
        (struct ms_diag){.loc = loc, .length = 1, .message = message, .hint = hint, .source = ""};
}

static int load_topologies(struct ms_suite *s, struct ms_error *err)
{
    struct paths p = {.a = s->arena};
    int rc = walk(&p, under(s->arena, s->data_dir, "topo"), ".topo", 0, err);
    if (rc < 0)
        return rc;
    s->topo = ms_arena_alloc(s->arena, (p.n + 1) * sizeof *s->topo);
    for (size_t i = 0; i < p.n; i++) {
        char *text;
        size_t len;
        rc = ms_file_read(s->arena, p.path[i], &text, &len, err);
        if (rc < 0)
            return rc;
        identify(s, text, len);
        const struct ms_topo *t = ms_topo_parse(s->arena, p.path[i], text, len, &s->diags);
        s->n_files++;
        if (t)
            s->topo[s->n_topo++] = t;
    }
    return MS_OK;
}

static const struct ms_case *find_case(const struct ms_suite *s, const char *name)
{
    for (size_t i = 0; i < s->n_case; i++)
        if (strcmp(s->c[i]->name, name) == 0)
            return s->c[i];
    return NULL;
}

static int load_case(struct ms_suite *s, const char *path, const struct ms_lang_env *env,
                     size_t *case_cap, size_t *broken_cap, struct ms_error *err)
{
    char *text;
    size_t len;
    int rc = ms_file_read(s->arena, path, &text, &len, err);
    if (rc < 0)
        return rc;
    s->n_files++;
    identify(s, text, len);
    const struct ms_case *c = ms_case_parse(s->arena, path, text, len, env, &s->diags);
    if (!c) {
        add_broken(s, broken_cap, path, guess_name(s->arena, text, len));
        return MS_OK;
    }
    const struct ms_case *same = find_case(s, c->name);
    if (same) {
        add_diag(&s->diags, c->loc,
                 ms_arena_printf(s->arena, "there are two cases named %s", c->name),
                 ms_arena_printf(s->arena, "the other stands in %s, line %u", same->file,
                                 same->loc.line));
        add_broken(s, broken_cap, path, c->name);
        return MS_OK;
    }
    s->c = ms_arena_grow(s->arena, s->c, case_cap, s->n_case, sizeof *s->c);
    s->c[s->n_case++] = c;
    return MS_OK;
}

/* A file that was named stands below cases/ as well: once is enough. */
static bool already(const struct paths *p, const char *file)
{
    struct stat a, b;
    if (stat(file, &a) != 0)
        return false;
    for (size_t i = 0; i < p->n; i++)
        if (stat(p->path[i], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
            return true;
    return false;
}

static void make_instances(struct ms_suite *s)
{
    size_t total = 0;
    struct ms_instance **part = ms_arena_alloc(s->arena, (s->n_case + 1) * sizeof *part);
    size_t *count = ms_arena_alloc(s->arena, (s->n_case + 1) * sizeof *count);
    for (size_t i = 0; i < s->n_case; i++) {
        part[i] = ms_case_instances(s->arena, s->c[i], &count[i]);
        total += count[i];
    }
    s->instance = ms_arena_alloc(s->arena, (total + 1) * sizeof *s->instance);
    for (size_t i = 0; i < s->n_case; i++)
        for (size_t k = 0; k < count[i]; k++) {
            s->instance[s->n_instance] = part[i][k];
            s->instance[s->n_instance].number = s->n_instance + 1;
            s->n_instance++;
        }
}

int ms_suite_load(struct ms_suite *s, const char *data_dir, const char *const *files,
                  size_t n_files, struct ms_error *err)
{
    *s = (struct ms_suite){.arena = ms_arena_new()};
    s->data_dir = ms_arena_strdup(s->arena, data_dir);
    s->diags.arena = s->arena;
    const char *requirements = under(s->arena, data_dir, "cases/requirements.tsv");
    int rc = ms_catalogue_load(s->arena, requirements, &s->catalogue, err);
    if (rc == MS_OK)
        rc = identify_file(s, requirements, err);
    if (rc < 0)
        return rc;
    rc = load_topologies(s, err);
    if (rc < 0)
        return rc;
    struct paths p = {.a = s->arena};
    rc = walk(&p, under(s->arena, data_dir, "cases"), ".case", 0, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < n_files; i++)
        if (!already(&p, files[i]))
            paths_add(&p, files[i]);
    const struct ms_lang_env env = {.catalogue = &s->catalogue, .topo = s->topo};
    size_t case_cap = 0, broken_cap = 0;
    for (size_t i = 0; i < p.n; i++) {
        rc = load_case(s, p.path[i], &env, &case_cap, &broken_cap, err);
        if (rc < 0)
            return rc;
    }
    make_instances(s);
    return MS_OK;
}

int ms_suite_load_mutants(struct ms_suite *s, const char *const *files, size_t n_files,
                          struct ms_error *err)
{
    struct paths p = {.a = s->arena};
    const struct ms_lang_env env = {.catalogue = &s->catalogue, .topo = s->topo};
    int rc = walk(&p, under(s->arena, s->data_dir, "cases"), ".mutants", 0, err);
    for (size_t i = 0; i < n_files; i++)
        if (!already(&p, files[i]))
            paths_add(&p, files[i]);
    for (size_t i = 0; rc == MS_OK && i < p.n; i++) {
        char *text;
        size_t len;
        rc = ms_file_read(s->arena, p.path[i], &text, &len, err);
        if (rc < 0)
            return rc;
        s->n_mutant_files++;
        ms_mutants_parse(s->arena, p.path[i], text, len, &env, &s->mutant, &s->n_mutant,
                         &s->cap_mutant, &s->mutant_diags);
    }
    return rc;
}

void ms_suite_free(struct ms_suite *s)
{
    ms_arena_free(s->arena);
    *s = (struct ms_suite){0};
}

const struct ms_topo *ms_suite_topo(const struct ms_suite *s, const char *name)
{
    for (size_t i = 0; i < s->n_topo; i++)
        if (strcmp(s->topo[i]->name, name) == 0)
            return s->topo[i];
    return NULL;
}

const char *ms_instance_section(const struct ms_instance *i)
{
    return i->c->section && *i->c->section ? i->c->section : "0";
}
