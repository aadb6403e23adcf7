/* SPDX-License-Identifier: MIT */
/* The table of checks, one program a check. */
#include "agent/check.h"

#include <string.h>
#include <unistd.h>

static const struct check_row *const tables[] = {check_stream_rows, check_session_rows,
                                                 check_verb_rows, check_wire_rows};

static const struct check_row *row_at(size_t i)
{
    for (size_t t = 0; t < MS_ARRAY_LEN(tables); t++)
        for (const struct check_row *r = tables[t]; r->name != NULL; r++)
            if (i-- == 0)
                return r;
    return NULL;
}

size_t ms_agent_check_count(void)
{
    size_t n = 0;
    while (row_at(n) != NULL)
        n++;
    return n;
}

struct ms_agent_check_entry ms_agent_check_entry(size_t i)
{
    const struct check_row *r = row_at(i);
    return r != NULL ? (struct ms_agent_check_entry){r->name, r->purpose}
                     : (struct ms_agent_check_entry){NULL, NULL};
}

const char *ms_agent_check_verdict_name(enum ms_agent_check_verdict v)
{
    static const char *const names[] = {
        [MS_CHECK_OK] = "ok", [MS_CHECK_FAILED] = "FAILED", [MS_CHECK_SKIPPED] = "skip"};
    return (size_t)v < MS_ARRAY_LEN(names) ? names[v] : "?";
}

static void free_asks(struct check *c)
{
    for (struct check_ask *a = c->asks; a != NULL; a = a->next) {
        ms_buf_free(&a->octets);
        ms_buf_free(&a->values);
    }
    c->asks = NULL;
}

static int run_row(const struct ms_agent_check_config *cfg, const struct check_row *row,
                   bool *stays, struct ms_agent_check_result *r, struct ms_error *err)
{
    struct check c = {.cfg = cfg, .fd = -1, .pidfd = -1, .verdict = MS_CHECK_OK, .stays = *stays};
    uint64_t began = ms_now_ns();
    struct ms_error why = {0};

    if (!check_start(&c, &why)) {
        if (err != NULL)
            *err = why;
        return why.status;
    }
    c.arena = ms_arena_new();
    row->run(&c);
    check_stop(&c);
    *stays = c.stays;
    free_asks(&c);
    ms_arena_free(c.arena);
    *r = (struct ms_agent_check_result){.name = row->name,
                                        .purpose = row->purpose,
                                        .verdict = c.verdict,
                                        .wall_ns = ms_now_ns() - began};
    memcpy(r->text, c.text, sizeof r->text);
    return MS_OK;
}

static bool chosen(const struct check_row *row, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strncmp(row->name, names[i], strlen(names[i])) == 0)
            return true;
    return n == 0;
}

/* Every name must choose something. */
static int good_names(const char *const *names, size_t n, struct ms_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct check_row *row;
        size_t k = 0;
        while ((row = row_at(k)) != NULL && !chosen(row, names + i, 1))
            k++;
        if (row == NULL)
            return ms_fail(err, MS_ERR_NOTFOUND, "no check is named %s", names[i]);
    }
    return MS_OK;
}

int ms_agent_check(const struct ms_agent_check_config *cfg, const char *const *names, size_t n,
                   void (*tell)(void *ctx, const struct ms_agent_check_result *r), void *ctx,
                   struct ms_error *err)
{
    const struct check_row *row;
    int rc = good_names(names, n, err);
    bool stays = false;

    for (size_t i = 0; rc == MS_OK && (row = row_at(i)) != NULL; i++) {
        struct ms_agent_check_result r = {.name = row->name, .purpose = row->purpose};
        if (!chosen(row, names, n))
            continue;
        rc = run_row(cfg, row, &stays, &r, err);
        if (rc == MS_OK && cfg->interrupted != NULL && cfg->interrupted())
            rc = ms_fail(err, MS_ERR_INTR, "interrupted");
        if (rc != MS_OK)
            break;
        tell(ctx, &r);
        /* A program that does not answer hello is not asked for more. */
        if (row == check_stream_rows && strstr(r.text, "waited for") != NULL)
            break;
    }
    return rc;
}
