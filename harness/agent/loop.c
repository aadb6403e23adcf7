/* SPDX-License-Identifier: MIT */
/*
 * The router's loop. Descriptors are left as they were given: standard input and output are often shared with others,
 * so they are not made non-blocking. Reading follows a poll that promised something, and so does writing: to a socket
 * without waiting, to a pipe no more than poll promises room for.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/serve.h"

enum {
    FDS = 2 + 2 * MS_AGENT_SESSIONS_MAX,
    GUARD_MS = 1000,
    AWAY_MS = 1000, /* a port whose other side is away for longer has no client any more */
    AWAY_LOOK_MS = 10,
    ENDS_MAX = 3 /* a port reads "end" that often, and is not hung up: it is none */
};

struct loop {
    struct router *r;
    bool socket;         /* `out` is one */
    bool port;           /* `in` is a device that says when its other side is away */
    bool eof;            /* nothing more comes in */
    bool broken;         /* nothing more can go out */
    unsigned ends;       /* read one after the other without being hung up */
    uint64_t away_since; /* ns; 0: it is not */
    size_t at, len;
    nfds_t n_fds;
    struct pollfd fds[FDS]; /* the first is the stream's */
    char in[65536];
};

struct router *router_new(const struct ms_agent *a, int in, int out)
{
    struct router *r = calloc(1, sizeof *r);
    if (r != NULL) {
        r->agent = a;
        r->spawn = spawn_session;
        r->in = in;
        r->out = out;
    }
    return r;
}

static void read_stream(struct loop *l)
{
    struct router *r = l->r;
    ssize_t n = read(r->in, l->in, sizeof l->in);

    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    if (n == 0 && l->port && l->ends++ < ENDS_MAX) {
        l->away_since = ms_now_ns();
        return;
    }
    if (n <= 0) {
        l->eof = true;
        router_end_all(r);
        return;
    }
    l->ends = 0;
    l->at = 0;
    l->len = (size_t)n;
}

/*
 * A virtio port tells late that its other side was closed: not before, but after the first octets of the next client. So what
 * it says is the end only when it stays so; a hello of the next client ends the sessions of the one before in any case.
 */
static void look_for_return(struct loop *l)
{
    struct pollfd p = {.fd = l->r->in, .events = POLLIN};
    bool hung_up = poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));

    if (hung_up)
        l->ends = 0;
    if (!hung_up) {
        l->away_since = 0;
    } else if (ms_now_ns() - l->away_since > AWAY_MS * UINT64_C(1000000)) {
        l->away_since = 0;
        l->eof = true;
        router_end_all(l->r);
    }
}

static void write_stream(struct loop *l)
{
    struct way *q = &l->r->outq;
    size_t n = way_len(q);
    ssize_t gone;

    if (n == 0 || l->broken)
        return;
    if (l->socket)
        gone = send(l->r->out, way_head(q), n, MSG_DONTWAIT | MSG_NOSIGNAL);
    else
        gone = write(l->r->out, way_head(q), n < PIPE_BUF ? n : PIPE_BUF);
    if (gone >= 0) {
        way_gone(q, (size_t)gone);
    } else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
        l->broken = l->eof = true; /* nobody is there: what was asked and answered is void */
        l->at = l->len;
        way_gone(q, n);
        router_drop_all(l->r);
    }
}

/* Entries that wait for nothing are left out: a kernel refuses more of them than descriptors may be open. */
static void await(struct loop *l, int fd, short events)
{
    if (fd >= 0 && events != 0)
        l->fds[l->n_fds++] = (struct pollfd){.fd = fd, .events = events};
}

/* What the loop waits for. */
static void prepare(struct loop *l)
{
    const struct router *r = l->r;
    bool input = !l->eof && l->away_since == 0 && l->at == l->len && router_wants(r);

    l->fds[0] = (struct pollfd){.fd = input ? r->in : -1, .events = POLLIN};
    l->n_fds = 1;
    if (way_len(&r->outq) != 0 && !l->broken && l->away_since == 0)
        await(l, r->out, POLLOUT);
    for (unsigned i = 0; i < MS_AGENT_SESSIONS_MAX; i++) {
        const struct session *s = &r->session[i];
        if (s->number == 0)
            continue;
        if (!s->closed)
            await(l, s->fd,
                  (short)((way_len(&r->outq) < SERVE_OUT_MAX ? POLLIN : 0) |
                          (router_speaks(s) ? POLLOUT : 0)));
        await(l, s->pidfd, POLLIN);
    }
}

static bool guarded(const struct router *r)
{
    for (unsigned i = 0; i < MS_AGENT_SESSIONS_MAX; i++)
        if (r->session[i].number != 0 && r->session[i].deadline != 0)
            return true;
    return false;
}

/* How long to wait for what is prepared; NULL: until it comes. */
static const struct timespec *patience(const struct loop *l)
{
    static const struct timespec now = {0}, guard = {.tv_sec = GUARD_MS / 1000},
                                 look = {.tv_nsec = AWAY_LOOK_MS * 1000000};

    if (l->at < l->len && router_wants(l->r))
        return &now; /* what was read already wakes nobody */
    return l->away_since != 0 ? &look : guarded(l->r) ? &guard : NULL;
}

/* One round. */
static int turn(struct loop *l, const sigset_t *waiting, struct ms_error *err)
{
    prepare(l);
    if (ppoll(l->fds, l->n_fds, patience(l), waiting) <
        0) /* a signal: the caller looks what it was */
        return errno == EINTR ? MS_OK : ms_fail_errno(err, "ppoll");
    if (l->away_since)
        look_for_return(l);
    if (l->fds[0].revents != 0)
        read_stream(l);
    if (l->at < l->len)
        l->at += router_take(l->r, l->in + l->at, l->len - l->at);
    for (unsigned i = 0; i < MS_AGENT_SESSIONS_MAX; i++)
        router_step(l->r, i);
    write_stream(l);
    return MS_OK;
}

/* What a client said behind the `bye` of the one before comes first. */
static void take_unread(struct loop *l)
{
    struct ms_buf *b = l->r->unread;

    if (b == NULL || b->len == 0)
        return;
    memcpy(l->in, b->data, b->len); /* it came out of such a buffer */
    l->len = b->len;
    ms_buf_free(b);
}

int router_run(struct router *r, struct ms_error *err)
{
    struct loop *l = calloc(1, sizeof *l);
    struct stat st;
    sigset_t waiting;
    bool stopped = false;
    int rc = MS_OK;

    if (l == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a stream");
    l->r = r;
    l->socket = fstat(r->out, &st) == 0 && S_ISSOCK(st.st_mode);
    l->port = fstat(r->in, &st) == 0 && S_ISCHR(st.st_mode) && !isatty(r->in);
    take_unread(l);
    serve_block_signals(&waiting);
    while (rc == MS_OK) {
        if (*r->agent->set.stop) {
            stopped = true;
            r->over = true; /* nothing more is taken in */
            router_drop_all(r);
        }
        bool ended = l->eof && l->at == l->len;
        bool said = way_len(&r->outq) == 0 || l->broken || stopped;
        if ((ended || r->over || stopped) && r->n_sessions == 0 && said)
            break;
        rc = turn(l, &waiting, err);
        if (l->eof && l->at == l->len)
            router_end_all(r); /* those that were opened by the last octets, too */
    }
    if (rc != MS_OK)
        router_drop_all(r);
    else if (r->unread != NULL && l->at < l->len)
        ms_buf_add(r->unread, l->in + l->at, l->len - l->at);
    free(l);
    return rc;
}
