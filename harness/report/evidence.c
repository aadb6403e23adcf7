/* SPDX-License-Identifier: MIT */
/* Evidence of one result: capture, trace and what programs printed, in a folder of its own. */
#include <limits.h>

#include "mptcpspec/report.h"

static int write_capture(const struct ms_evidence *c, const struct ms_instance *i,
                         const struct ms_trace *t, const struct ms_result *r, const char *path,
                         struct ms_error *err)
{
    bool whole = !ms_is_scenario(i) || r->verdict != MS_PASS;
    struct ms_output o;
    int rc = ms_output_open(&o, path, err);
    return rc < 0
               ? rc
               : ms_output_end(&o, ms_pcapng_write(i, t, whole, c->hardware, c->os, o.f, err), err);
}

static int write_trace(const struct ms_evidence *c, const struct ms_instance *i,
                       unsigned repetition, const struct ms_trace *t, const struct ms_result *r,
                       const char *path, struct ms_error *err)
{
    struct ms_output o;
    int rc = ms_output_open(&o, path, err);
    return rc < 0 ? rc
                  : ms_output_end(&o, ms_trace_json_write(i, repetition, c->seed, t, r, o.f, err),
                                  err);
}

static int write_attachment(const struct ms_attachment *x, const char *path, struct ms_error *err)
{
    struct ms_output o;
    int rc = ms_output_open(&o, path, err);
    if (rc < 0)
        return rc;
    if (x->len)
        fwrite(x->octets, x->len, 1, o.f);
    return ms_output_end(&o, MS_OK, err);
}

int ms_evidence_write(const struct ms_evidence *c, const struct ms_instance *i, unsigned repetition,
                      const struct ms_trace *t, const struct ms_result *r, char *dir, size_t cap,
                      struct ms_error *err)
{
    char name[PATH_MAX], path[2 * PATH_MAX];
    ms_evidence_dir(i->name, repetition, name, sizeof name);
    int n = snprintf(dir, cap, "evidence/%s", name);
    int m = snprintf(path, sizeof path, "%s/%s", c->out_dir, dir);
    if (n < 0 || (size_t)n >= cap || m < 0 || (size_t)m + NAME_MAX + 2 >= sizeof path)
        return ms_fail(err, MS_ERR_SPACE, "the evidence folder's path is too long: %s/%s",
                       c->out_dir, name);
    int rc = ms_make_dirs(path, err);
    if (rc < 0)
        return rc;
    snprintf(path + m, sizeof path - (size_t)m, "/capture.pcapng");
    rc = write_capture(c, i, t, r, path, err);
    if (rc < 0)
        return rc;
    snprintf(path + m, sizeof path - (size_t)m, "/trace.json");
    rc = write_trace(c, i, repetition, t, r, path, err);
    for (size_t k = 0; rc == MS_OK && k < t->n_attachments; k++) {
        snprintf(path + m, sizeof path - (size_t)m, "/%.*s", NAME_MAX, t->attachment[k].name);
        rc = write_attachment(&t->attachment[k], path, err);
    }
    return rc;
}
