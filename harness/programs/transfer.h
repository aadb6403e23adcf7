/* SPDX-License-Identifier: MIT */
/* The inside of a transfer. */
#ifndef MPTCPSPEC_TRANSFER_H
#define MPTCPSPEC_TRANSFER_H

#include "programs/tools.h"

#define TRANSFER_OCTETS_MAX ((uint64_t)256 << 20)

struct ms_transfer {
    struct ms_transfer *next;
    struct ms_programs *pool;
    struct ms_arena *arena;
    struct ms_transfer_spec spec;
    char file[2][40], got[2][48]; /* what is sent and what arrived, by direction */
    int epoll, timer;
    int diag;                   /* sock_diag in the server's namespace */
    struct ms_program *side[2]; /* client, server */
    bool seen_end[2];
    bool stopped_server;
    struct ms_transfer_result result;
};

bool transfer_moves(const struct ms_transfer *t, enum ms_flow_dir dir);

/* content.c */
/* Writes the files that are sent. */
int transfer_make_content(struct ms_transfer *t, struct ms_error *err);
/* Fills the result; `why` (NULL: look for it) is what went wrong before anything could arrive. */
void transfer_judge(struct ms_transfer *t, const char *why);

#endif
