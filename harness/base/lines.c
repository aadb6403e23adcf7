/* SPDX-License-Identifier: MIT */
/* Text files, line by line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/base.h"

static int give(ms_line_fn *take, void *ctx, char *line, size_t len, unsigned number,
                struct ms_error *err)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        line[--len] = '\0';
    if (memchr(line, '\0', len))
        return ms_fail(err, MS_ERR_PARSE, "a NUL octet in a text file");
    return take(ctx, line, number, err);
}

int ms_lines_read(const char *path, const char *what, ms_line_fn *take, void *ctx,
                  struct ms_error *err)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return ms_fail_errno(err, "cannot read the %s %s", what, path);
    char *line = NULL;
    size_t cap = 0;
    ssize_t got;
    unsigned number = 0;
    int rc = MS_OK;
    while (rc == MS_OK && (errno = 0, got = getline(&line, &cap, f)) >= 0)
        rc = give(take, ctx, line, (size_t)got, ++number, err);
    if (rc < 0 && err) {
        snprintf(err->file, sizeof err->file, "%s", path);
        err->line = number;
    }
    if (rc == MS_OK && ferror(f))
        rc = ms_fail_errno(err, "cannot read the %s %s", what, path);
    free(line);
    fclose(f);
    return rc;
}
