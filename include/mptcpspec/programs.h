/* SPDX-License-Identifier: MIT */
/*
 * programs: other people's programs in the namespaces of a case. All of them live in a PID namespace that dies with the
 * process that opened it, however that ends, and work in a folder that only they and their owner see.
 */
#ifndef MPTCPSPEC_PROGRAMS_H
#define MPTCPSPEC_PROGRAMS_H

#include "mptcpspec/crypto.h"

/* ---- programs ---- */

/* A pool of programs: a PID namespace, a mount namespace, a working folder in memory (at most 1 GiB of files). */
struct ms_programs;
/*
 * Opens an empty pool. Needs CAP_SYS_ADMIN in its user namespace (ms_privilege_acquire). MS_ERR_UNSUPPORTED where the
 * system refuses a PID namespace or the folder.
 */
int ms_programs_open(struct ms_programs **out, struct ms_error *err);
/* The working folder's path as the programs see it; the caller itself reaches it by ms_programs_folder only. */
const char *ms_programs_dir(const struct ms_programs *p);
/* A descriptor of the working folder for openat and the like; the pool's. */
int ms_programs_folder(const struct ms_programs *p);
/* Kills what still runs, waits for its end, forgets the folder. NULL allowed. Programs and transfers of the pool are
 * freed with it. */
void ms_programs_close(struct ms_programs *p);

/*
 * One descriptor for all: readable when a program has ended or one has printed something since the last
 * ms_programs_work, which takes note of it.
 */
int ms_programs_fd(const struct ms_programs *p);
int ms_programs_work(struct ms_programs *p, struct ms_error *err);

/*
 * Splits a command line: words divided by blanks, 'literally', "with \" and \\", \ before a character. No shell:
 * characters that one would understand ($ ` | & ; < > ( ) * ? ~ outside quotes) are refused, so that no command means
 * something else than it seems to. *argv ends with NULL; it and its strings are the arena's. MS_ERR_PARSE with the column.
 */
int ms_argv_split(struct ms_arena *a, const char *text, const char *const **argv,
                  struct ms_error *err);

/*
 * NULL if `program` (a path, or a name that is looked for in MS_PROGRAM_PATH) can be executed, else the Debian package
 * that has it, "" if that is not known.
 */
#define MS_PROGRAM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
const char *ms_program_missing(const char *program);

/* What to run. Strings and arrays are borrowed for the call only. */
struct ms_program_spec {
    const char *name;        /* what messages call it; NULL: argv[0] */
    const char *const *argv; /* ends with NULL; argv[0] is looked for in MS_PROGRAM_PATH */
    const char *const
        *env;  /* "NAME=value" besides PATH, HOME, TMPDIR, LANG, NSTAT_HISTORY; may be NULL */
    int netns; /* descriptor of the network namespace; -1: the caller's present one */
    const char *stdin_file;  /* relative to the folder; NULL: /dev/null */
    const char *stdout_file; /* relative to the folder, made anew; NULL: captured */
};
struct ms_program;
/*
 * Starts a program in the pool's folder, in a process group of its own. It belongs to the pool. A program that cannot be
 * executed is MS_ERR_NOTFOUND; its package stands in the message.
 */
int ms_program_start(struct ms_programs *p, const struct ms_program_spec *s,
                     struct ms_program **out, struct ms_error *err);
const char *ms_program_name(const struct ms_program *g);
/* pidfd: readable when (and as long as) it has ended. The program's. */
int ms_program_fd(const struct ms_program *g);
/* Whether it has ended; *status (may be NULL): its exit status, 128 + signal when a signal ended it. Never waits. */
bool ms_program_ended(struct ms_program *g, int *status);
/* Sends a signal to it and its process group. Nothing happens when it has ended. */
int ms_program_signal(struct ms_program *g, int sig, struct ms_error *err);
/*
 * What it has printed so far to standard output (empty if that went to a file) or standard error: at most the first
 * MS_PROGRAM_OUTPUT_MAX octets, NUL-terminated, NULs within made '?'. Valid until the next call of the same kind.
 */
#define MS_PROGRAM_OUTPUT_MAX ((size_t)1 << 20)
const char *ms_program_output(struct ms_program *g, bool err_alone, size_t *len);

/* ---- who listens ---- */

/*
 * Whether a TCP socket (an MPTCP one has one below it) listens on `port` in a network namespace (-1: the present one);
 * asked of the kernel by sock_diag. 1 yes, 0 no, negative on error.
 */
int ms_listening(int netns, uint16_t port, struct ms_error *err);

/* ---- transfers ---- */

enum ms_flow_dir { MS_FLOW_UP, MS_FLOW_DOWN, MS_FLOW_BOTH }; /* up: client to server */

/* How octets can be moved by real programs; ends with name NULL. */
struct ms_tool {
    const char *name;
    const char *programs; /* what it needs, divided by blanks ("" none), besides mptcpize */
    bool up, down, both;
    bool content; /* what arrives can be compared with what was sent */
    const char *doc;
};
extern const struct ms_tool ms_tools[];
/* NULL if there is none of that name. */
const struct ms_tool *ms_tool_find(const char *name);
/* The first program that a transfer with this tool needs and that is missing, NULL if none; its package by
 * ms_program_missing. `plain`: neither side needs mptcpize. */
const char *ms_tool_missing(const struct ms_tool *tool, bool plain, char *out, size_t cap);

struct ms_transfer_spec {
    const char *name; /* what messages and files call it */
    const struct ms_tool *tool;
    enum ms_flow_dir dir;
    uint64_t octets; /* each way; at most 256 MiB where the content is compared */
    uint64_t seed;   /* content upwards: ms_stream_fill(seed, i), downwards: (seed + 1, i) */
    struct ms_addr to, from; /* from with family 0: not bound */
    uint16_t port;
    bool plain_client, plain_server; /* TCP instead of MPTCP */
    int netns_client, netns_server;
};
struct ms_transfer;
/*
 * Starts the server's program; ms_transfer_work starts the client's as soon as the server listens. The transfer is the
 * pool's. A direction that the tool has not, or a missing program, is an error.
 */
int ms_transfer_start(struct ms_programs *p, const struct ms_transfer_spec *s,
                      struct ms_transfer **out, struct ms_error *err);
/* Descriptor that is readable when ms_transfer_work has something to do. */
int ms_transfer_fd(const struct ms_transfer *t);
/* Goes on with it: 1 it is over (the result stands), 0 not yet, negative: the harness could not go on. Never blocks. */
int ms_transfer_work(struct ms_transfer *t, struct ms_error *err);
/* The programs behind it, for their output; NULL when not started. */
struct ms_program *ms_transfer_program(const struct ms_transfer *t, bool server);
/* Octets that have arrived in the receiver's file so far (MS_FLOW_UP or MS_FLOW_DOWN); 0 where the tool keeps none. */
uint64_t ms_transfer_arrived(const struct ms_transfer *t, enum ms_flow_dir dir);

struct ms_transfer_result {
    bool ended; /* both programs have ended, or were stopped as the tool demands */
    int status_client,
        status_server; /* exit status, 128 + signal; a server stopped on purpose: 0 */
    bool well;         /* ended, both with status 0 */
    bool
        unchanged; /* well, and what arrived is what was sent; where the tool cannot tell: all was sent */
    char sha_want[2][65],
        sha_got[2][65]; /* by MS_FLOW_UP, MS_FLOW_DOWN; "" where not moved or compared */
    uint64_t octets[2]; /* that arrived */
    const char *why;    /* "" or what was not well, in words; the transfer's */
};
const struct ms_transfer_result *ms_transfer_result(const struct ms_transfer *t);

/* ---- ss ---- */

/* One MPTCP socket as `ss` shows it. Numbers that ss writes in hexadecimal (token, write_seq, ...) are numbers here. */
struct ms_ss_item {
    char key[32]; /* "subflows", "token", "remote_key" (a flag: 1), "fallback", ... */
    uint64_t value;
};
struct ms_ss_row {
    char state[16]; /* "ESTAB", "LISTEN", ... */
    uint64_t recv_q, send_q;
    char local[64], peer[64]; /* ADDRESS:PORT as ss writes it */
    struct ms_ss_item item[40];
    size_t n_items;
};
/* The command line whose output ms_ss_parse reads. */
extern const char *const ms_ss_argv[];
/* Reads the output of ss. The rows are the arena's. Lines that are not understood are left out. */
int ms_ss_parse(struct ms_arena *a, const char *text, size_t len, struct ms_ss_row **rows,
                size_t *n, struct ms_error *err);
/* Value of a key, by name; false if the row has not got it. */
bool ms_ss_value(const struct ms_ss_row *row, const char *key, uint64_t *value);

#endif
