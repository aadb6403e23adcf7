/* SPDX-License-Identifier: MIT */
/* Shards of one run, joined. */
#include <stdlib.h>
#include <string.h>

#include "report/json.h"

/* What shards of one run have in common, by the names of the fields. */
static const struct {
    const char *field, *words;
} common[] = {
    {"suite", "come from different suites"},
    {"target", "come from different targets"},
    {"kernel_release", "come from different kernels"},
    {"kernel_version", "come from different kernels"},
    {"kernel_config_sha256", "come from kernels of different configurations"},
    {"mptcpspec", "come from different versions of mptcpspec"},
    {"selectors", "were asked for different results"},
    {"chosen", "were asked for different results"},
    {"shards", "were not divided into the same number of shards"},
    {"repeat", "repeat their results differently often"},
    {"strict", "are not equally strict"},
    {"time_scale", "have different bounds"},
    {"rewrites", "have different rewrites"},
    {"positions", "read the RFC differently"},
    {"profile", "have different settings of the namespace under test"},
};

static const struct ms_report_field *field_of(const char *name)
{
    const struct ms_report_field *f = ms_report_run_fields;
    while (f->name && strcmp(f->name, name) != 0)
        f++;
    return f;
}

static bool same(struct ms_arena *a, const char *field, const struct ms_report *x,
                 const struct ms_report *y, char **vx, char **vy)
{
    const struct ms_report_field *f = field_of(field);
    json_t *jx = report_json_value(a, f, x), *jy = report_json_value(a, f, y);
    bool equal = json_equal(jx, jy);
    *vx = json_dumps(jx, JSON_ENCODE_ANY | JSON_COMPACT);
    *vy = json_dumps(jy, JSON_ENCODE_ANY | JSON_COMPACT);
    json_decref(jx);
    json_decref(jy);
    return equal;
}

static int belong_together(struct ms_arena *a, const struct ms_report *in, const char *const *file,
                           size_t i, struct ms_error *err)
{
    for (size_t k = 0; k < MS_ARRAY_LEN(common); k++) {
        char *x, *y;
        int rc = MS_OK;
        if (!same(a, common[k].field, &in[0], &in[i], &x, &y))
            rc = ms_fail(err, MS_ERR_RANGE, "%s and %s %s: %s is %.80s and %.80s", file[0], file[i],
                         common[k].words, common[k].field, x ? x : "", y ? y : "");
        free(x);
        free(y);
        if (rc < 0)
            return rc;
    }
    return MS_OK;
}

/* ---- entries -------------------------------------------------------------------------------------------- */

struct origin {
    struct ms_report_entry entry;
    size_t file;
};

static int by_name(const void *pa, const void *pb)
{
    const struct ms_outcome *a = ((const struct origin *)pa)->entry.o,
                            *b = ((const struct origin *)pb)->entry.o;
    int c = strcmp(a->instance->name, b->instance->name);
    return c ? c : (a->repetition > b->repetition) - (a->repetition < b->repetition);
}

static int by_place(const void *pa, const void *pb)
{
    const struct ms_outcome *a = ((const struct origin *)pa)->entry.o,
                            *b = ((const struct origin *)pb)->entry.o;
    if (a->instance->number != b->instance->number)
        return a->instance->number < b->instance->number ? -1 : 1;
    return by_name(pa, pb);
}

static int overlap(struct origin *o, size_t n, const char *const *file, struct ms_error *err)
{
    qsort(o, n, sizeof *o, by_name);
    for (size_t i = 1; i < n; i++)
        if (by_name(&o[i - 1], &o[i]) == 0)
            return o[i - 1].file == o[i].file
                       ? ms_fail(err, MS_ERR_RANGE, "%s holds %s twice", file[o[i].file],
                                 o[i].entry.o->instance->name)
                       : ms_fail(err, MS_ERR_RANGE, "%s and %s overlap: both hold %s",
                                 file[o[i - 1].file], file[o[i].file],
                                 o[i].entry.o->instance->name);
    return MS_OK;
}

static int complete(struct ms_arena *a, const struct ms_report *in, size_t n_in, size_t n,
                    struct ms_error *err)
{
    const char *missing = "";
    if (n == in[0].chosen * in[0].repeat)
        return MS_OK;
    for (unsigned k = 1; k <= in[0].shards && k <= 1000; k++) {
        bool there = false;
        for (size_t i = 0; i < n_in; i++)
            there = there || in[i].shard == k;
        if (!there)
            missing = ms_arena_printf(a, "%s %u/%u", missing, k, in[0].shards);
    }
    return ms_fail(err, MS_ERR_RANGE, "%zu results instead of %zu%s%s", n,
                   in[0].chosen * in[0].repeat,
                   *missing ? "; shards that are missing:"
                            : "; were the shards divided by different files of times?",
                   missing);
}

static int entries(struct ms_arena *a, const struct ms_report *in, const char *const *file,
                   size_t n_in, struct ms_report *out, struct ms_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < n_in; i++)
        n += in[i].n;
    struct origin *o = ms_arena_alloc(a, (n + 1) * sizeof *o);
    n = 0;
    for (size_t i = 0; i < n_in; i++)
        for (size_t k = 0; k < in[i].n; k++)
            o[n++] = (struct origin){in[i].entry[k], i};
    int rc = overlap(o, n, file, err);
    if (rc == MS_OK)
        rc = complete(a, in, n_in, n, err);
    if (rc < 0)
        return rc;
    qsort(o, n, sizeof *o, by_place);
    out->n = n;
    out->entry = ms_arena_alloc(a, (n + 1) * sizeof *out->entry);
    for (size_t i = 0; i < n; i++)
        out->entry[i] = o[i].entry;
    return MS_OK;
}

static const struct ms_expected *stale(struct ms_arena *a, const struct ms_report *in, size_t n)
{
    struct ms_expected *e = ms_arena_alloc(a, sizeof *e);
    size_t cap = 0;
    *e = *in[0].expected;
    e->n = 0;
    e->d = NULL;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < in[i].expected->n; k++) {
            e->d = ms_arena_grow(a, e->d, &cap, e->n, sizeof *e->d);
            e->d[e->n++] = in[i].expected->d[k];
        }
    return e;
}

int ms_report_merge(struct ms_arena *a, const struct ms_report *in, const char *const *file,
                    size_t n, struct ms_report *out, struct ms_error *err)
{
    *out = in[0];
    for (size_t i = 1; i < n; i++) {
        int rc = belong_together(a, in, file, i, err);
        if (rc < 0)
            return rc;
    }
    int rc = entries(a, in, file, n, out, err);
    if (rc < 0)
        return rc;
    out->expected = stale(a, in, n);
    out->shard = out->shards = 0;
    for (size_t i = 1; i < n; i++) {
        out->interrupted |= in[i].interrupted;
        if (in[i].start_wall_ns < out->start_wall_ns)
            out->start_wall_ns = in[i].start_wall_ns;
        if (in[i].duration_ns > out->duration_ns)
            out->duration_ns = in[i].duration_ns;
        if (!strstr(out->machine, in[i].machine))
            out->machine = ms_arena_printf(a, "%s; %s", out->machine, in[i].machine);
    }
    ms_report_count(out);
    return MS_OK;
}
