/* SPDX-License-Identifier: MIT */
/* Lines out of a descriptor that anything may come from: bounded, never blocking. */
#ifndef MPTCPSPEC_SITE_LINES_H
#define MPTCPSPEC_SITE_LINES_H

#include "mptcpspec/agent.h"

struct lines {
    size_t from, to;   /* what of the buffer has not been taken */
    bool skipping;     /* inside a line that is too long */
    uint64_t too_long; /* such lines so far */
    char buf[8 * MS_AGENT_LINE_MAX];
};

enum lines_read { LINES_SOME, LINES_NOTHING, LINES_END };

/* Reads once: LINES_END at the end of the stream and after an error that ends it (*cause: errno, 0: it was the end). */
enum lines_read lines_read(struct lines *l, int fd, int *cause);
/* The next whole line without its '\n', NULL when there is none; valid until the next lines_read. */
const char *lines_next(struct lines *l, size_t *n);

#endif
