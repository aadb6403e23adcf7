/* SPDX-License-Identifier: MIT */
/*
 * The local driver's inside. One thread: `next` looks at the sockets that are ready, moves octets, and turns
 * what came to pass into completions. Nothing here blocks.
 */
#ifndef MPTCPSPEC_TARGET_LOCAL_H
#define MPTCPSPEC_TARGET_LOCAL_H

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include "mptcpspec/target.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#define TARGET_NAME_MAX 32
#define TARGET_KEPT_MAX ((size_t)64 << 20)
#define TARGET_CHUNK    ((size_t)64 << 10)

enum sock_kind { SOCK_CONNECTION, SOCK_LISTENER, SOCK_EVENT, SOCK_CLOSER };

struct sock {
    enum sock_kind kind;
    int fd;          /* -1 when closed */
    uint32_t events; /* what epoll watches now; 0: not registered */
    struct sock *next;
    char name[TARGET_NAME_MAX];
    char alias
        [TARGET_NAME_MAX]; /* what ACCEPT called a connection that had been accepted by itself */
    uint8_t family;

    /* connections */
    bool connecting;
    bool claimed; /* an ACCEPT has named it, or it was connected */
    bool stopped; /* the application does not read */
    bool eof;
    int read_err;  /* errno that reading ended with */
    int write_err; /* likewise for the service's writing */
    uint64_t rx_total;
    uint8_t *rx; /* the first `kept` octets read */
    size_t kept, rx_cap;
    uint64_t tx_total;
    uint64_t echoed;
    uint8_t *spill; /* echo only: octets read after the kept part was full */
    size_t spill_len;

    /* closers: a helper process in whose close() a lingering socket waits */
    pid_t pid;
    uint32_t op_id;
};

/* A verb that waits for something. */
struct op {
    struct op *next;
    uint32_t id;
    enum ms_verb_kind kind;
    struct sock *s;      /* NULL: ACCEPT */
    uint64_t want, base; /* octets; stream position where a SEND starts */
    char name[TARGET_NAME_MAX];
};

struct completion {
    struct completion *next;
    struct ms_done done;
    uint8_t *data; /* owned */
};

/* A socket option set before its socket exists. */
struct pending_option {
    struct pending_option *next;
    char name[TARGET_NAME_MAX];
    char option[TARGET_NAME_MAX];
    int64_t value;
};

struct local {
    struct ms_target base; /* first: the driver's functions get this pointer */
    struct ms_target_config cfg;
    int epoll;
    int event; /* eventfd: readable while completions wait */
    bool event_set;
    bool stopped_before; /* STOP_READING came before the first connection */
    bool full;           /* a service could not accept for want of room: no listener is watched */
    uint32_t last_id;
    unsigned n_accepted;
    struct sock *socks, **socks_tail; /* in order of creation */
    struct sock event_sock, news_sock;
    struct op *ops;
    struct completion *done, **done_tail;
    struct completion *given; /* handed out by the last call of next */
    struct pending_option *options;
    struct pm *pm;             /* path manager socket, opened when needed */
    struct pm_known *known;    /* what events have told, with cfg.pm_commands */
    struct ms_pm_events *news; /* with cfg.pm_events; NULL: there are none */
};

/* local.c */
/* Queues a completion; `data` (may be NULL) is malloc'd and becomes the driver's. */
void local_complete(struct local *l, uint32_t id, enum ms_verb_kind kind, int err, uint64_t num,
                    void *data, size_t len);
struct sock *local_find(struct local *l, enum sock_kind kind, const char *name);
struct sock *local_add_sock(struct local *l, enum sock_kind kind, int fd, const char *name);
struct op *local_add_op(struct local *l, uint32_t id, const struct ms_verb *v, struct sock *s);
void local_end_op(struct local *l, struct op *op, int err, uint64_t num);
/* Sets what epoll watches of a socket by what it is waiting for. */
void local_watch(struct local *l, struct sock *s);
/* Runs `what` in the IUT's namespace and comes back. */
int local_in_iut(struct local *l, int (*what)(struct local *l, void *arg), void *arg,
                 struct ms_error *err);

/* connect.c: each start_* returns a status; what the IUT's call says goes into a completion. */
int start_listen(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
int start_connect(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
int start_accept(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
int start_sockopt(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
int start_names(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
void listener_ready(struct local *l, struct sock *s);
void connect_ready(struct local *l, struct sock *s);

/* stream.c */
int start_transfer(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
int start_reading(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
int start_shutdown(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
int start_urgent(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
/* Moves what can be moved on a connection; completes verbs. */
void stream_run(struct local *l, struct sock *s);
bool stream_wants_read(const struct local *l, const struct sock *s);
bool stream_wants_write(const struct local *l, const struct sock *s);

/* close.c */
int start_close(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
void sock_close(struct local *l, struct sock *s);
/* There may be room for connections again that a service could not accept. */
void accept_again(struct local *l);
void closer_ready(struct local *l, struct sock *s);

/* sockopt.c: 0 or an errno */
bool sockopt_known(const char *option);
int sockopt_set(int fd, uint8_t family, const char *option, int64_t value);

/* observe.c */
int start_digest(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
int start_observe(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);

/* control.c: path manager, sysctls, addresses and links */
int start_control(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);
/* The path manager's socket, opened in the IUT's namespace at the first use. */
int local_pm(struct local *l, struct ms_error *err);

/* pm_user.c: the path manager in user space */
int pm_known_open(const struct ms_net *net, struct pm_known **out, struct ms_error *err);
void pm_known_close(struct pm_known *k); /* NULL allowed */
int start_pm_user(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err);

#endif
