/* SPDX-License-Identifier: MIT */
/* What hunts of mutants found: kept in the snapshot, added to by further hunts. */
#include <string.h>

#include "coverage/json_file.h"

static void append(struct ms_arena *a, struct ms_kill_list *l, const struct ms_evidence_kill *k)
{
    l->kill = ms_arena_grow(a, l->kill, &l->cap, l->n, sizeof *l->kill);
    l->kill[l->n++] = *k;
}

/* ---- the snapshot ---------------------------------------------------------------------------------------- */

static int read_kill(struct ms_arena *a, const char *path, size_t i, const json_t *entry,
                     struct ms_kill_list *out, struct ms_error *err)
{
    struct ms_evidence_kill k;
    const struct {
        const char *key, **to;
    } texts[] = {{"requirement", &k.requirement},
                 {"mutant", &k.mutant},
                 {"digest", &k.digest},
                 {"result", &k.result},
                 {"rule", &k.rule}};
    for (size_t t = 0; t < MS_ARRAY_LEN(texts); t++) {
        *texts[t].to = coverage_json_text(a, entry, texts[t].key);
        if (!*texts[t].to)
            return coverage_json_wrong(path, err, "kills[%zu]: \"%s\" must be a string", i,
                                       texts[t].key);
    }
    append(a, out, &k);
    return MS_OK;
}

int ms_coverage_load_snapshot(struct ms_arena *a, const char *path, struct ms_kill_list *out,
                              struct ms_error *err)
{
    json_t *root, *entry;
    size_t i;
    *out = (struct ms_kill_list){.kernel = ""};
    int rc =
        coverage_json_read(path, "snapshot of coverage", MS_COVERAGE_SCHEMA, "kills", &root, err);
    if (rc < 0)
        return rc;
    const char *iut = coverage_json_text(a, root, "iut"),
               *kernel = coverage_json_text(a, root, "kernel");
    if (!iut || strcmp(iut, MS_COVERAGE_IUT) != 0)
        rc =
            iut ? coverage_json_wrong(path, err,
                                      "a snapshot of another target: \"%s\" instead of \"%s\"", iut,
                                      MS_COVERAGE_IUT)
                : coverage_json_wrong(path, err, "not a snapshot of coverage: there is no \"iut\"");
    out->kernel = kernel ? kernel : "";
    json_array_foreach(json_object_get(root, "kills"), i, entry)
    {
        if (rc == MS_OK)
            rc = read_kill(a, path, i, entry, out, err);
    }
    json_decref(root);
    return rc;
}

/* ---- a hunt ---------------------------------------------------------------------------------------------- */

static const struct ms_mutant *mutant_named(const struct ms_suite *s, const char *name)
{
    for (size_t i = 0; i < s->n_mutant; i++)
        if (strcmp(s->mutant[i]->name, name) == 0)
            return s->mutant[i];
    return NULL;
}

static void forget(struct ms_kill_list *l, const char *mutant)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->kill[i].mutant, mutant) != 0)
            l->kill[kept++] = l->kill[i];
    l->n = kept;
}

/* The first kill through each requirement that the mutant breaks. */
static void take(struct ms_arena *a, const struct ms_mutant *m, const char *digest,
                 const json_t *kills, struct ms_kill_list *list)
{
    for (size_t b = 0; b < m->breaks.n; b++) {
        const char *id = m->breaks.req[b]->id;
        size_t i;
        json_t *kill;
        json_array_foreach(kills, i, kill)
        {
            const char *result = coverage_json_text(a, kill, "result"),
                       *rule = coverage_json_text(a, kill, "rule"),
                       *tied = coverage_json_text(a, kill, "requirements");
            if (!result || !rule || !tied || !ms_id_listed(tied, id))
                continue;
            append(a, list,
                   &(struct ms_evidence_kill){.requirement = id,
                                              .mutant = m->name,
                                              .digest = digest,
                                              .result = result,
                                              .rule = rule});
            break;
        }
    }
}

int ms_coverage_merge_hunt(struct ms_arena *a, const char *path, const struct ms_suite *s,
                           struct ms_kill_list *list, size_t *ignored, struct ms_error *err)
{
    json_t *root, *entry;
    size_t i;
    int rc =
        coverage_json_read(path, "report of a hunt", MS_COVERAGE_SCHEMA, "mutants", &root, err);
    *ignored = 0;
    if (rc < 0)
        return rc;
    const char *kernel = coverage_json_text(a, root, "kernel");
    list->kernel = kernel ? kernel : "";
    json_array_foreach(json_object_get(root, "mutants"), i, entry)
    {
        const char *name = coverage_json_text(a, entry, "name"),
                   *digest = coverage_json_text(a, entry, "digest"),
                   *fate = coverage_json_text(a, entry, "fate");
        const json_t *kills = json_object_get(entry, "kills");
        if (!name || !digest || !fate || !json_is_array(kills)) {
            rc = coverage_json_wrong(path, err,
                                     "not a report of a hunt: mutants[%zu] lacks its name, digest, "
                                     "fate or kills",
                                     i);
            break;
        }
        const struct ms_mutant *m = mutant_named(s, name);
        if (!m || strcmp(ms_mutant_digest(a, m), digest) != 0) {
            ++*ignored;
            continue;
        }
        if (strcmp(fate, ms_fate_name(MS_FATE_NOT_RUN)) == 0)
            continue;
        forget(list, name);
        take(a, m, digest, kills, list);
    }
    json_decref(root);
    return rc;
}
