/* SPDX-License-Identifier: MIT */
#include "lang/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX ((size_t)1 << 20)

int ms_file_read(struct ms_arena *a, const char *path, char **text, size_t *len,
                 struct ms_error *err)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return ms_fail_errno(err, "cannot read %s", path);
    struct ms_buf b = {0};
    char chunk[8192];
    size_t n;
    errno = 0;
    while (b.len <= FILE_MAX && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        ms_buf_add(&b, chunk, n);
    int rc = MS_OK;
    if (ferror(f))
        rc = ms_fail_errno(err, "cannot read %s", path);
    else if (b.len > FILE_MAX)
        rc = ms_fail(err, MS_ERR_RANGE, "%s is larger than 1 MiB", path);
    fclose(f);
    if (rc == MS_OK) {
        *len = b.len;
        char *copy = ms_arena_alloc(a, b.len + 1);
        if (b.len > 0)
            memcpy(copy, b.data, b.len);
        *text = copy;
    }
    ms_buf_free(&b);
    return rc;
}
