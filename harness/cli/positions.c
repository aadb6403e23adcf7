/* SPDX-License-Identifier: MIT */
/* --position ID=READING */
#include <string.h>

#include "cli/cli.h"

/* What may be said, for the message about something else. */
static int unknown(struct ms_error *err, const char *value)
{
    struct ms_buf b = {0};
    for (const struct ms_position *p = ms_positions; p->id; p++)
        ms_buf_printf(&b, "%s%s=%s|%s", p == ms_positions ? "" : ", ", p->id, p->reading[0].name,
                      p->reading[1].name);
    ms_fail(err, MS_ERR_NOTFOUND, "there is no position '%s'; there are %s", value, b.data);
    ms_buf_free(&b);
    return MS_ERR_NOTFOUND;
}

int cli_set_position(uint32_t *positions, const char *value, struct ms_error *err)
{
    char id[64];
    size_t n = strcspn(value, "=");
    if (value[n] == '\0' || n >= sizeof id)
        return unknown(err, value);
    snprintf(id, sizeof id, "%.*s", (int)n, value);
    const struct ms_position *p = ms_position_find(id);
    int reading = p ? ms_reading_find(p, value + n + 1) : -1;
    if (reading < 0)
        return unknown(err, value);
    ms_reading_set(positions, p, (unsigned)reading);
    return MS_OK;
}

const char *const *cli_positions(struct ms_arena *a, uint32_t positions, size_t *n)
{
    const char **list = NULL;
    size_t cap = 0;
    *n = 0;
    for (const struct ms_position *p = ms_positions; p->id; p++) {
        if (ms_reading_of(positions, p) == 0)
            continue;
        list = ms_arena_grow(a, list, &cap, *n, sizeof *list);
        list[(*n)++] = ms_arena_printf(a, "%s=%s", p->id, p->reading[1].name);
    }
    return list;
}
