/* SPDX-License-Identifier: MIT */
/*
 * The inside of the check of agents. A check is a chain of steps, each of which is false once something was wrong (the
 * first complaint stays) or the check was left out. What the agent says is held against the rules of replies as it is
 * read, whatever the check is about.
 */
#ifndef MPTCPSPEC_AGENT_CHECK_H
#define MPTCPSPEC_AGENT_CHECK_H

#include <sys/types.h>

#include "mptcpspec/agentcheck.h"

/* One request and all that was said to it. */
struct check_ask {
    struct check_ask *next;
    uint32_t session, id;
    const struct ms_agent_verb *verb; /* NULL: no target verb, `started` is not due */
    unsigned started;
    bool done, ok;
    char error[40];       /* the name behind err */
    char text[512];       /* text= of ok or err */
    char name[64];        /* name= of ok */
    uint64_t num, total;  /* num=, total= of ok */
    struct ms_buf octets; /* of b64= */
    struct ms_buf values; /* of v= as written, joined by ',' */
    const char *request;  /* as it was written */
    size_t request_len;
    const char *answer; /* the `ok` line as it came, without its end */
    size_t answer_len;
};

struct check {
    const struct ms_agent_check_config *cfg;
    struct ms_arena *arena; /* of this check */
    enum ms_agent_check_verdict verdict;
    char text[768];

    pid_t pid; /* 0: none */
    int pidfd, fd;
    bool eof;   /* the agent has ended the stream */
    bool stays; /* it did not go when its stream had ended: not waited for again */
    struct ms_buf rx;
    size_t rx_at;

    uint32_t last_id;
    struct check_ask *asks;
    unsigned badlines;     /* 0.0 err BADLINE that came ... */
    unsigned badlines_due; /* ... and that were provoked */
    bool deaf;             /* before hello: whatever comes is passed over */
    char events[2048];     /* texts of S.0 event lines */
    unsigned n_events, n_ends;

    struct check_ask *hello;     /* the newest */
    struct check_ask *opened;    /* the newest opening of a session, */
    uint8_t mac[4];              /* and its MAC address */
    struct ms_agent_hello facts; /* what was answered to it */
};

struct check_row {
    const char *name, *purpose;
    void (*run)(struct check *c);
};
extern const struct check_row check_stream_rows[], check_session_rows[], check_verb_rows[],
    check_wire_rows[]; /* each ends with name NULL */

/* check_peer.c: the program and its stream */
bool check_start(struct check *c, struct ms_error *err);
void check_stop(struct check *c);
bool check_send(struct check *c, const void *p, size_t n);
/* What was sent has been read by the program (or by whatever brings it there). */
bool check_taken(struct check *c);
/* Ends our side of the stream. */
void check_half_close(struct check *c);
/* The stream has ended from the other side, nothing unread; and the program is gone. */
bool check_ended(struct check *c);
bool check_gone(struct check *c);
/* One more line in *text (valid until the next call); false: guard or end, *why says which. */
bool check_line(struct check *c, const char **text, size_t *n, const char **why);

/* check_say.c: requests and replies */
bool check_fail(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool check_skip(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Sends "S.ID " and the words. */
struct check_ask *check_ask(struct check *c, uint32_t session, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Makes the same request without sending it, for those who send it in their own way. */
struct check_ask *check_ask_quiet(struct check *c, uint32_t session, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Reads until all was said to `a`. */
bool check_await(struct check *c, struct check_ask *a);
/* Reads until that verb was started (or is over). */
bool check_await_started(struct check *c, struct check_ask *a);
/* The same and demands ok; err NAME ("A|B": one of them; "*": any errno name). NULL asks fail. */
bool check_ok(struct check *c, struct check_ask *a);
bool check_err(struct check *c, struct check_ask *a, const char *names);
/* Reads until so many BADLINEs have come. */
bool check_badlines(struct check *c, unsigned n);
/* Whatever was said is answered, and nothing more: a ping is answered and nothing else comes. */
bool check_quiet(struct check *c);
/* hello with a nonce; what comes before its answer is passed over. */
bool check_hello(struct check *c);

/* check_open.c: sessions */
/* Fills what all sessions of the checks have in common: one path, 198.51.100.0/24 and 2001:db8:1::/64. */
void check_opening(const struct check *c, struct ms_agent_opening *o);
/* Asks for a session, with a MAC address that no other has. */
struct check_ask *check_ask_opening(struct check *c, uint32_t s, const struct ms_agent_opening *o);
/* Opens session `s` by `fresh` (by `shared` where the agent has no other mode). */
bool check_open(struct check *c, uint32_t s, const struct ms_agent_opening *o);
/* hello and a session with number 1. */
bool check_begin(struct check *c, const struct ms_agent_opening *o);
bool check_has_verbs(struct check *c, const enum ms_verb_kind *kind, size_t n);
#define CHECK_HAS(c, ...)                                                                          \
    check_has_verbs(c, (const enum ms_verb_kind[]){__VA_ARGS__},                                   \
                    sizeof((const enum ms_verb_kind[]){__VA_ARGS__}) / sizeof(enum ms_verb_kind))
/* A connection over loopback in session `s`: "cli" and "srv". `plain`: TCP. */
bool check_connection(struct check *c, uint32_t s, bool plain);
/* " plain=1" where the kernel has no MPTCP. */
const char *check_plain(const struct check *c, bool plain);

#endif
