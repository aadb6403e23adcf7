/* SPDX-License-Identifier: MIT */
/* The byte stream to an agent: behind a command, or a Unix socket. */
#ifndef MPTCPSPEC_SITE_STREAM_H
#define MPTCPSPEC_SITE_STREAM_H

#include <sys/types.h>

#include "mptcpspec/site.h"

#define STREAM_SAID_MAX 2048

struct stream {
    int fd;      /* both directions, not blocking; -1: closed */
    int said_fd; /* standard error of the command, -1: none */
    bool command;
    pid_t pid;                  /* of the command, 0: none */
    char said[STREAM_SAID_MAX]; /* the end of what it wrote there */
    size_t n_said;
};

int stream_open(struct stream *s, const struct ms_site_spec *spec, struct ms_error *err);
/* Takes what the command wrote to standard error. */
void stream_hear(struct stream *s);
/*
 * The stream has ended: why, as far as it can be found out within a moment, such as "the command ended with status 127: sh:
 * 1: foo: not found". `cause`: errno of the read, 0.
 */
void stream_reason(struct stream *s, int cause, char *out, size_t cap);
/* Closes the stream, gives the command a while to end by that, then ends it. */
void stream_close(struct stream *s);

#endif
