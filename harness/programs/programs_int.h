/* SPDX-License-Identifier: MIT */
/* The inside of the pool of programs. */
#ifndef MPTCPSPEC_PROGRAMS_INT_H
#define MPTCPSPEC_PROGRAMS_INT_H

#include <sys/types.h>

#include "mptcpspec/programs.h"

struct ms_program {
    struct ms_program *next;
    struct ms_programs *pool;
    char *name;
    pid_t pid;
    int pidfd;
    bool watched; /* the pool's epoll descriptor has the pidfd */
    bool ended;
    int status;
    struct {
        int fd;     /* -1: it goes elsewhere */
        char *text; /* what ms_program_output gave last */
    } out[2];       /* standard output, standard error */
};

struct ms_programs {
    pid_t init; /* first process of the PID namespace */
    int init_pidfd;
    int line; /* socket whose end tells the first process that the pool is closed */
    int folder;
    int epoll, inotify;
    unsigned n_started;
    struct ms_program *programs;
    struct ms_transfer *transfers;
};

/* A program that is a function of ours: runs in the child instead of an executable; its value is the exit status. */
typedef int program_main(const void *arg);

/*
 * Waits for a process that was killed, for seconds at most: one that hangs in the kernel is left to it. pidfd: -1 waits
 * for ever.
 */
void reap(pid_t pid, int pidfd);

/* start.c: as ms_program_start; with `run` argv is for messages only. */
int program_start(struct ms_programs *p, const struct ms_program_spec *s, program_main *run,
                  const void *arg, struct ms_program **out, struct ms_error *err);
/* Kills and forgets one; waits for its end. */
void program_free(struct ms_program *g);

/* packages.c: the path of an executable by name or path; false when there is none. */
bool program_path(const char *program, char *out, size_t cap);

/* transfer.c */
void transfer_free(struct ms_transfer *t);

/* netns.c: enters a namespace and gives a descriptor of the one left, -1 for `ns` -1, or a negative status below -1. */
int netns_enter(int ns, int *left, struct ms_error *err);
void netns_leave(int left);

/* listening.c: a socket that can ask a namespace again and again. */
int listening_open(int netns, struct ms_error *err);
int listening_ask(int fd, uint16_t port, struct ms_error *err);

#endif
