/* SPDX-License-Identifier: MIT */
#include "site/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum lines_read lines_read(struct lines *l, int fd, int *cause)
{
    *cause = 0;
    if (l->from > 0) {
        memmove(l->buf, l->buf + l->from, l->to - l->from);
        l->to -= l->from;
        l->from = 0;
    }
    if (l->to == sizeof l->buf)
        return LINES_SOME; /* whole lines wait to be taken */
    ssize_t n = read(fd, l->buf + l->to, sizeof l->buf - l->to);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return LINES_NOTHING;
    if (n <= 0) {
        *cause = n < 0 ? errno : 0;
        return LINES_END;
    }
    l->to += (size_t)n;
    return LINES_SOME;
}

/* A line that cannot be one is dropped as it comes; its end begins the next. */
static void skip(struct lines *l, const char *end)
{
    l->too_long += !l->skipping;
    l->skipping = end == NULL;
    l->from = end != NULL ? (size_t)(end + 1 - l->buf) : l->to;
}

const char *lines_next(struct lines *l, size_t *n)
{
    while (l->from < l->to) {
        const char *line = l->buf + l->from, *end = memchr(line, '\n', l->to - l->from);
        size_t len = end != NULL ? (size_t)(end - line) : l->to - l->from;
        if (l->skipping || len >= MS_AGENT_LINE_MAX) {
            skip(l, end);
            continue;
        }
        if (end == NULL)
            return NULL;
        l->from += len + 1;
        *n = len > 0 && line[len - 1] == '\r' ? len - 1 : len; /* a terminal's line discipline */
        return line;
    }
    return NULL;
}
