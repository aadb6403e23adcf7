/* SPDX-License-Identifier: MIT */
/*
 * The serving side. A router process has the stream; each session is a child of it with a namespace of its own, which
 * speaks the same lines over a socket that keeps messages apart: to it one line each, from it some whole lines each.
 */
#ifndef MPTCPSPEC_AGENT_SERVE_H
#define MPTCPSPEC_AGENT_SERVE_H

#include <signal.h>
#include <sys/types.h>

#include "mptcpspec/agent.h"

#define SERVE_OUT_MAX ((size_t)1 << 20) /* octets on their way out, then nothing more is taken in */
#define SERVE_PENDING_MAX                                                                          \
    ((size_t)MS_AGENT_REQUESTS_MAX * MS_AGENT_LINE_MAX) /* lines to a session */
#define SERVE_MESSAGE_MAX 32768                         /* from a session */

/* What a session's first message begins with: it stands, or it does not and its process ends. */
#define SERVE_STANDS  '+'
#define SERVE_REFUSES '-'

struct ms_agent {
    struct ms_agent_settings set;
    struct ms_agent_hello facts; /* without nonce */
    bool rights;                 /* CAP_NET_ADMIN: everything of `verbs` may be asked */
    pid_t guardian;              /* gives back what was changed; 0: there is none */
    int guard_fd;                /* its cue is the end of this pipe */
    unsigned n_claims;
    int claim[MS_PATHS_MAX]; /* of the interfaces */
    struct ms_buf unread;    /* came behind a `bye`: the next stream begins with it */
};

/* ---- way.c: octets on their way ---- */

struct way {
    struct ms_buf b;
    size_t at; /* what is before it has gone */
};
static inline size_t way_len(const struct way *q)
{
    return q->b.len - q->at;
}
static inline const char *way_head(const struct way *q)
{
    return q->b.data != NULL ? q->b.data + q->at : "";
}
void way_gone(struct way *q, size_t n);
void way_free(struct way *q);

/* ---- router.c ---- */

struct session {
    uint32_t number; /* 0: free */
    pid_t pid;
    int fd, pidfd;
    bool shared;
    bool opening; /* its first message has not come */
    bool refused; /* its first message is held back until its process is gone */
    bool ending;  /* it is to end: by request end_id, or (0) because the stream ended */
    bool dropped; /* the stream wants nothing of it any more */
    bool closed;  /* its side of the socket has ended */
    bool shut;    /* ours */
    bool killed;  /* its deadline has passed once */
    uint32_t open_id, end_id;
    uint64_t deadline; /* of its end, ns; 0: none */
    struct way to;     /* lines for it */
    struct ms_buf held;
};

struct router {
    const struct ms_agent *agent;
    struct ms_buf
        *unread; /* taken first; at `bye` what came behind it. NULL: there is no such thing */
    /* Starts a session's process: fd, pid and pidfd are filled. */
    int (*spawn)(struct router *r, struct session *s, const char *line, size_t n,
                 struct ms_error *err);
    int in, out; /* -1: not by descriptors */
    char line[MS_AGENT_LINE_MAX];
    size_t have;  /* octets of the line at hand; of one that is too long the beginning is kept */
    bool greeted; /* hello was said */
    bool hello;   /* ... and is answered when all sessions are gone, */
    uint32_t hello_id;
    char nonce[64];
    bool over; /* bye was said */
    struct way outq;
    struct session session[MS_AGENT_SESSIONS_MAX];
    unsigned n_sessions;
};
/* Takes what came by the stream; gives how much of it was taken (less: call again when more can be taken). */
size_t router_take(struct router *r, const char *p, size_t n);
/* Whether anything more would be taken now. */
bool router_wants(const struct router *r);
/* All sessions end when they have answered what was asked. */
void router_end_all(struct router *r);
/* Ends all sessions at once; they are gone when n_sessions is 0, which router_step sees to. */
void router_drop_all(struct router *r);
/* Whether lines wait that session `s` can be given. */
bool router_speaks(const struct session *s);
/* Reads, writes, reaps: what can be done now for session i. */
void router_step(struct router *r, unsigned i);
void router_free(struct router *r);
/* loop.c: the loop over a stream until it ends, `bye` or stop. MS_OK, whatever became of the stream. */
int router_run(struct router *r, struct ms_error *err);
/* A new router. NULL when memory is exhausted. */
struct router *router_new(const struct ms_agent *a, int in, int out);

/* ---- the processes of sessions ---- */

/* spawn.c: the `spawn` of real sessions. */
int spawn_session(struct router *r, struct session *s, const char *line, size_t n,
                  struct ms_error *err);
/* In a child: dies with `parent`, keeps `fd` and standard error only, heeds no keyboard. Returns the number fd has now. */
int spawn_settle(const char *name, pid_t parent, int death, int fd);
/* session.c: the whole life of a session; `line` is its first. Does not return. */
struct keeper_journal;
void session_main(const struct ms_agent *a, int fd, const char *line, size_t n,
                  struct keeper_journal *journal) __attribute__((noreturn));
/* keeper.c: a session without a namespace of its own, and what undoes it. Does not return. */
void keeper_main(const struct ms_agent *a, int fd, const char *line, size_t n)
    __attribute__((noreturn));
/* Before a sysctl is written: its value now, so that it can be given back. False: it could not be. */
bool keeper_note_sysctl(struct keeper_journal *j, const char *name);
/* Links or addresses are going to change. */
void keeper_note_links(struct keeper_journal *j);

/* ---- claim.c ---- */

/* A descriptor that keeps other agents from the interface as long as anybody has it; negative: it is taken. */
int claim_iface(const char *iface, struct ms_error *err);

/* ---- guardian.c ---- */

/* Starts the process that restores `was` (n of them, in memory that is shared) and removes a socket's file at the end of this one. */
int guardian_start(struct ms_agent *a, const struct ms_offloads *was, unsigned n,
                   struct ms_error *err);
/* Tells it of a file that is to be removed then, if it is still the same one. */
void guardian_file(const struct ms_agent *a, const char *path);

/* Signals that end the agent are heeded only while it waits: the mask for that wait. */
void serve_block_signals(sigset_t *waiting);

#endif
