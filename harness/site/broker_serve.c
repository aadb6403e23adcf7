/* SPDX-License-Identifier: MIT */
/* The broker's loop: lines of many sessions over one stream. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "site/broker.h"
#include "site/lines.h"

/* What waits for a case that does not read: more ends it. A case asks for 256 lines of 8 KiB at the most. */
#define CLIENT_QUEUE_MAX ((size_t)8 << 20)
/* What waits for an agent that does not read: cases are not read until it is less. */
#define STREAM_QUEUE_MAX ((size_t)1 << 20)
/* Lines that are none of the protocol: an agent that sends so many is none. */
#define FOREIGN_MAX 1000
/* The number of the request that ends a session: cases count from 1. */
#define END_ID UINT32_MAX
#define BYE_MS 1000

struct queue {
    struct ms_buf b;
    size_t at; /* what was written of it */
};

enum client_phase {
    WAITS, /* for a session: the agent takes no more now */
    TALKS,
    ENDS, /* its process is gone; the agent was asked to end the session */
};

struct client {
    struct client *next;
    enum client_phase phase;
    int fd; /* -1 once it is gone */
    uint32_t session;
    bool writing, /* epoll waits for room */
        deaf;     /* not read until the stream takes more */
    struct queue out;
    struct lines in;
};

struct serve {
    struct stream *s;
    struct broker_state *state;
    int epoll, doorbell;
    unsigned max_sessions, sessions; /* those that talk or end */
    uint32_t last_session;
    struct client *first;
    bool stream_writing, over, closing;
    struct queue out;
    struct lines in;
    uint64_t foreign;
};

volatile int broker_told_to_end;

static void on_term(int sig)
{
    (void)sig;
    broker_told_to_end = 1;
}

void broker_heed_term(void)
{
    struct sigaction sa = {.sa_handler = on_term};
    sigaction(SIGTERM, &sa, NULL);
}

/* ---- what ends it --------------------------------------------------------------------------------------- */

/* Cases and the runner find the reason in shared memory when their socket ends. */
static void lose(struct serve *v, const char *why)
{
    if (v->over || v->closing)
        return;
    snprintf(v->state->text, sizeof v->state->text, "%s", why);
    v->state->lost = 1;
    v->over = true;
}

static void stream_over(struct serve *v, int cause)
{
    char why[BROKER_TEXT_MAX];
    if (v->over || v->closing) {
        v->over = true;
        return;
    }
    stream_reason(v->s, cause, why, sizeof why);
    lose(v, why);
}

/* ---- writing ---------------------------------------------------------------------------------------------- */

/* Writes what waits: 0 all of it, 1 there is more, negative: nobody reads any more (errno). */
static int flush(struct queue *q, int fd)
{
    while (q->at < q->b.len) {
        ssize_t n = send(fd, q->b.data + q->at, q->b.len - q->at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            return -1;
        if (n < 0) {
            memmove(q->b.data, q->b.data + q->at, q->b.len - q->at);
            q->b.len -= q->at;
            q->at = 0;
            return 1;
        }
        q->at += (size_t)n;
    }
    q->at = q->b.len = 0;
    return 0;
}

static void watch(struct serve *v, int fd, void *who, bool in, bool out)
{
    struct epoll_event e = {.events = (in ? EPOLLIN : 0u) | (out ? EPOLLOUT : 0u), .data.ptr = who};
    epoll_ctl(v->epoll, EPOLL_CTL_MOD, fd, &e);
}

static void watch_client(struct serve *v, struct client *c)
{
    if (c->fd >= 0)
        watch(v, c->fd, c, c->phase == TALKS && !c->deaf, c->writing);
}

static void to_stream(struct serve *v, const void *p, size_t n)
{
    ms_buf_add(&v->out.b, p, n);
}

static void flush_stream(struct serve *v)
{
    int left = v->over ? 0 : flush(&v->out, v->s->fd);
    if (left < 0) {
        stream_over(v, errno);
        return;
    }
    if ((left > 0) != v->stream_writing) {
        v->stream_writing = left > 0;
        watch(v, v->s->fd, v->s, true, v->stream_writing);
    }
    for (struct client *c = v->first; c && v->out.b.len - v->out.at < STREAM_QUEUE_MAX; c = c->next)
        if (c->deaf) {
            c->deaf = false;
            watch_client(v, c);
        }
}

/* ---- cases ------------------------------------------------------------------------------------------------ */

static void ask_end(struct serve *v, const struct client *c)
{
    struct ms_agent_out o;
    ms_agent_begin(&o, c->session, END_ID, "end");
    ms_agent_end(&o);
    to_stream(v, o.buf, o.len);
}

static void drop(struct serve *v, struct client *c)
{
    for (struct client **at = &v->first; *at; at = &(*at)->next)
        if (*at == c) {
            *at = c->next;
            break;
        }
    v->sessions -= c->phase != WAITS;
    ms_buf_free(&c->out.b);
    free(c);
}

/* The case's process is done with it, or gone. */
static void hang_up(struct serve *v, struct client *c)
{
    if (c->fd < 0)
        return;
    close(c->fd);
    c->fd = -1;
    if (c->phase == TALKS) {
        ask_end(v, c);
        c->phase = ENDS;
    } else {
        drop(v, c);
    }
}

static void admit(struct serve *v)
{
    for (struct client *c = v->first; c && v->sessions < v->max_sessions; c = c->next)
        if (c->phase == WAITS) {
            c->phase = TALKS;
            c->session = ++v->last_session;
            v->sessions++;
            watch_client(v, c);
        }
}

static void to_client(struct serve *v, struct client *c, const char *line, size_t n)
{
    if (c->fd < 0)
        return;
    ms_buf_add(&c->out.b, line, n);
    ms_buf_add(&c->out.b, "\n", 1);
    if (c->out.b.len - c->out.at > CLIENT_QUEUE_MAX)
        hang_up(v, c);
}

static void flush_clients(struct serve *v)
{
    for (struct client *c = v->first, *next; c; c = next) {
        next = c->next;
        if (c->fd < 0 || (c->out.b.len == 0 && !c->writing))
            continue;
        int left = flush(&c->out, c->fd);
        if (left < 0) {
            hang_up(v, c);
        } else if ((left > 0) != c->writing) {
            c->writing = left > 0;
            watch_client(v, c);
        }
    }
}

/* A line of a case: its session's number takes the place of the one that it wrote. */
static void from_client(struct serve *v, const struct client *c, const char *line, size_t n)
{
    char number[16];
    const char *dot = memchr(line, '.', n);
    if (!dot)
        return;
    int len = snprintf(number, sizeof number, "%u", c->session);
    to_stream(v, number, (size_t)len);
    to_stream(v, dot, n - (size_t)(dot - line));
    to_stream(v, "\n", 1);
}

static void read_client(struct serve *v, struct client *c)
{
    int cause;
    size_t n;
    enum lines_read got = lines_read(&c->in, c->fd, &cause);
    for (const char *line; (line = lines_next(&c->in, &n));)
        from_client(v, c, line, n);
    if (got == LINES_END) {
        hang_up(v, c);
    } else if (v->out.b.len - v->out.at >= STREAM_QUEUE_MAX) {
        c->deaf = true;
        watch_client(v, c);
    }
}

/* A case hands over its end of a socket pair. False: nobody is left who could. */
static bool answer_bell(struct serve *v)
{
    char octet;
    struct iovec io = {&octet, 1};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr m = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    for (;;) {
        m.msg_controllen = sizeof control;
        ssize_t n = recvmsg(v->doorbell, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        if (n == 0)
            return false;
        struct cmsghdr *h = CMSG_FIRSTHDR(&m);
        if (!h || h->cmsg_type != SCM_RIGHTS)
            continue;
        struct client *c = calloc(1, sizeof *c);
        int fd;
        memcpy(&fd, CMSG_DATA(h), sizeof fd);
        if (!c) {
            close(fd);
            continue;
        }
        c->fd = fd;
        struct client **at = &v->first;
        while (*at)
            at = &(*at)->next;
        *at = c;
        struct epoll_event e = {.events = 0, .data.ptr = c};
        epoll_ctl(v->epoll, EPOLL_CTL_ADD, fd, &e);
        admit(v);
    }
}

/* ---- the agent -------------------------------------------------------------------------------------------- */

static void not_the_protocol(struct serve *v, const char *p, size_t n)
{
    char sample[48] = "", why[BROKER_TEXT_MAX];
    if (++v->foreign < FOREIGN_MAX)
        return;
    for (size_t i = 0; i < n && i + 1 < sizeof sample; i++)
        sample[i] = p[i] >= ' ' && p[i] <= '~' ? p[i] : '?';
    snprintf(why, sizeof why, "the agent sends what is not its protocol: %s",
             n ? sample : "lines without end");
    lose(v, why);
}

static bool starts_with_number(const char *p, size_t n, uint32_t *session)
{
    uint64_t value = 0;
    size_t i = 0;
    for (; i < n && p[i] >= '0' && p[i] <= '9' && value <= UINT32_MAX; i++)
        value = value * 10 + (uint64_t)(p[i] - '0');
    *session = (uint32_t)value;
    return i > 0 && i < n && p[i] == '.' && value <= UINT32_MAX;
}

static void from_stream(struct serve *v, const char *line, size_t n)
{
    uint32_t session;
    if (!starts_with_number(line, n, &session)) {
        not_the_protocol(v, line, n);
        return;
    }
    struct client *c = v->first;
    while (c && (c->phase == WAITS || c->session != session))
        c = c->next;
    if (!c)
        return; /* session 0, or one that has ended */
    if (c->phase == TALKS) {
        to_client(v, c, line, n);
        return;
    }
    /* The answer to `end`, or the news that the session died before. */
    struct ms_agent_line l;
    if (ms_agent_parse(line, n, &l, NULL) != MS_OK)
        return;
    if ((l.id == END_ID && (ms_agent_is(&l.word, "ok") || ms_agent_is(&l.word, "err"))) ||
        (l.id == 0 && ms_agent_is(&l.word, "end"))) {
        drop(v, c);
        admit(v);
    }
}

static void read_stream(struct serve *v)
{
    int cause;
    size_t n;
    uint64_t before = v->in.too_long;
    enum lines_read got = lines_read(&v->in, v->s->fd, &cause);
    for (const char *line; !v->over && (line = lines_next(&v->in, &n));)
        from_stream(v, line, n);
    /* A line without end counts as it grows. */
    if (v->in.too_long > before || v->in.skipping)
        not_the_protocol(v, "", 0);
    if (got == LINES_END)
        stream_over(v, cause);
}

/* ---- the loop ----------------------------------------------------------------------------------------------- */

static void handle(struct serve *v, const struct epoll_event *e)
{
    if (e->data.ptr == v->s) {
        if (e->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            read_stream(v);
    } else if (e->data.ptr == v) {
        v->closing = v->closing || !answer_bell(v);
    } else if (e->data.ptr == &v->s->said_fd) {
        stream_hear(v->s);
    } else {
        struct client *c = e->data.ptr;
        if (c->phase == TALKS && e->events & EPOLLIN)
            read_client(v, c);
        else if (e->events & (EPOLLHUP | EPOLLERR))
            hang_up(v, c);
    }
}

/* Says goodbye, so that an agent on a device ends its sessions and waits for the next one who says hello. */
static void part(struct serve *v)
{
    struct ms_agent_out o;
    uint64_t until = ms_now_ns() + BYE_MS * UINT64_C(1000000);
    ms_agent_begin(&o, 0, END_ID, "bye");
    ms_agent_end(&o);
    to_stream(v, o.buf, o.len);
    flush_stream(v);
    while (!v->over && ms_now_ns() < until) {
        struct epoll_event e[4];
        int n = epoll_wait(v->epoll, e, MS_ARRAY_LEN(e), 50);
        for (int i = 0; i < n; i++) {
            if (e[i].data.ptr != v->s)
                continue;
            int cause;
            size_t len;
            struct ms_agent_line l;
            if (lines_read(&v->in, v->s->fd, &cause) == LINES_END)
                v->over = true;
            for (const char *line; (line = lines_next(&v->in, &len));)
                if (ms_agent_parse(line, len, &l, NULL) == MS_OK && l.session == 0 &&
                    l.id == END_ID)
                    v->over = true;
            flush_stream(v);
        }
    }
}

static bool add(struct serve *v, int fd, void *who)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = who};
    return fd < 0 || epoll_ctl(v->epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

void broker_serve(struct stream *s, int doorbell, unsigned max_sessions, struct broker_state *state)
{
    struct serve *v = calloc(1, sizeof *v);
    if (!v)
        return;
    *v = (struct serve){.s = s, .state = state, .doorbell = doorbell, .max_sessions = max_sessions};
    v->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (v->epoll < 0 || !add(v, s->fd, s) || !add(v, doorbell, v) ||
        !add(v, s->said_fd, &s->said_fd))
        lose(v, "the broker has no epoll");
    while (!v->over && !v->closing && !broker_told_to_end) {
        struct epoll_event e;
        /* One at a time: what an event does may make the others those of clients that are gone. */
        if (epoll_wait(v->epoll, &e, 1, -1) == 1)
            handle(v, &e);
        flush_clients(v);
        flush_stream(v);
    }
    v->closing = true;
    if (!v->over)
        part(v);
    while (v->first) {
        if (v->first->fd >= 0)
            close(v->first->fd);
        drop(v, v->first);
    }
    ms_buf_free(&v->out.b);
    close(v->epoll);
    free(v);
}
