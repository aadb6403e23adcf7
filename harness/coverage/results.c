/* SPDX-License-Identifier: MIT */
/* What the last run said about each requirement. */
#include <string.h>

#include "coverage/json_file.h"

/* From the one that tells least to the one that tells most. */
static const char *const ranks[] = {"", "skip", "not reached", "pass", "warn", "fail"};

static size_t rank_of(const char *verdict)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(ranks); i++)
        if (strcmp(ranks[i], verdict) == 0)
            return i;
    return 0;
}

static void raise(struct ms_cover_row *row, const char *verdict)
{
    size_t r = rank_of(verdict);
    if (r > rank_of(row->last))
        row->last = ranks[r];
}

static struct ms_cover_row *row_of(struct ms_coverage *c, const char *id)
{
    for (size_t i = 0; id && i < c->n; i++)
        if (strcmp(c->row[i].req->id, id) == 0)
            return &c->row[i];
    return NULL;
}

static bool judged_in(const struct ms_cover_row *row, const char *case_name)
{
    for (size_t i = 0; i < row->n_steps; i++)
        if (strcmp(row->step[i].c->name, case_name) == 0)
            return true;
    return false;
}

/* `from now no ...`: it is not evaluated at one point, and held if the case came to its end. */
static bool guarded_in(const struct ms_cover_row *row, const char *case_name)
{
    for (size_t i = 0; i < row->n_steps; i++)
        if (row->step[i].step->kind == MS_STEP_GUARD &&
            strcmp(row->step[i].c->name, case_name) == 0)
            return true;
    return false;
}

/* Reasons name what was broken, an observation (a verdict of its own, `pass`) included. */
static void take_reasons(struct ms_arena *a, struct ms_coverage *c, const json_t *reasons)
{
    size_t i;
    json_t *reason;
    json_array_foreach(reasons, i, reason)
    {
        const char *verdict = coverage_json_text(a, reason, "verdict"),
                   *ids = coverage_json_text(a, reason, "requirements");
        for (size_t k = 0; verdict && ids && k < c->n; k++)
            if (ms_id_listed(ids, c->row[k].req->id))
                raise(&c->row[k], verdict);
    }
}

static bool take_result(struct ms_arena *a, struct ms_coverage *c, const json_t *entry)
{
    const char *verdict = coverage_json_text(a, entry, "verdict"),
               *name = coverage_json_text(a, entry, "case");
    const json_t *judged = json_object_get(entry, "judged"),
                 *reasons = json_object_get(entry, "reasons");
    if (!verdict || !name || !json_is_array(judged) || !json_is_array(reasons))
        return false;
    bool skipped = strcmp(verdict, "skip") == 0;
    bool ended = strcmp(verdict, "pass") == 0 || strcmp(verdict, "warn") == 0;
    for (size_t i = 0; i < c->n; i++)
        if (judged_in(&c->row[i], name))
            raise(&c->row[i], skipped                                 ? "skip"
                              : ended && guarded_in(&c->row[i], name) ? "pass"
                                                                      : "not reached");
        else if (c->row[i].way == MS_WAY_PASSIVE && !skipped)
            raise(&c->row[i], "pass"); /* the rules watched, and found nothing so far */
    for (size_t i = 0; i < json_array_size(judged); i++) {
        const json_t *id = json_array_get(judged, i);
        struct ms_cover_row *row = row_of(c, json_string_value(id));
        if (row)
            raise(row, "pass");
    }
    take_reasons(a, c, reasons);
    return true;
}

int ms_coverage_read_results(struct ms_arena *a, const char *path, struct ms_coverage *c,
                             struct ms_error *err)
{
    json_t *root, *entry;
    size_t i;
    int rc = coverage_json_read(path, "report of a run", MS_COVERAGE_SCHEMA, "results", &root, err);
    if (rc < 0)
        return rc;
    json_array_foreach(json_object_get(root, "results"), i, entry)
    {
        if (!take_result(a, c, entry)) {
            rc = coverage_json_wrong(path, err,
                                     "not a report of a run: results[%zu] lacks its case, verdict, "
                                     "reasons or what was judged",
                                     i);
            break;
        }
    }
    json_decref(root);
    return rc;
}
