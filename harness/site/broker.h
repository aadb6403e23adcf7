/* SPDX-License-Identifier: MIT */
/*
 * One stream, many cases: a process of its own holds the stream to the agent, and the processes of cases hand it one end
 * of a socket pair each. It gives each a session, carries lines to and fro, and ends the sessions of those that are gone.
 */
#ifndef MPTCPSPEC_SITE_BROKER_H
#define MPTCPSPEC_SITE_BROKER_H

#include "mptcpspec/agent.h"
#include "site/stream.h"

#define BROKER_TEXT_MAX 1024

/* In memory that parent, broker and cases share. */
struct broker_state {
    _Atomic int lost; /* the stream has ended: `text` says why and stays as it is */
    char text[BROKER_TEXT_MAX];
};

struct broker {
    pid_t pid;
    int doorbell; /* cases pass their sockets here; its last copy closed: the broker ends */
    struct broker_state *state;
};

/* What the agent said of itself, and how long a round trip takes. */
struct greeting {
    int status;
    struct ms_error err;
    struct ms_agent_hello hello;
    uint64_t rtt_ns;
};

/* greet.c: speaks with an agent until it has answered hello, or a bound is reached. */
void greet(struct stream *s, const volatile int *interrupted, double time_scale,
           struct greeting *out);

/* Starts it and waits for the greeting. Nothing is left on failure. */
int broker_start(struct broker *b, const struct ms_site_spec *spec, const volatile int *interrupted,
                 struct greeting *g, struct ms_error *err);
/*
 * A socket to the broker for one session, or a negative status when the broker or the stream is gone. In any process that
 * has the doorbell.
 */
int broker_connect(const struct broker *b, struct ms_error *err);
void broker_stop(struct broker *b);

/* broker_serve.c: the broker's own process. SIGTERM asks it to end, in order. */
extern volatile int broker_told_to_end;
void broker_heed_term(void);
/* Once the agent has answered. */
void broker_serve(struct stream *s, int doorbell, unsigned max_sessions,
                  struct broker_state *state);

#endif
