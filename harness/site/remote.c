/* SPDX-License-Identifier: MIT */
#include "site/remote.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "site/lines.h"

#define SESSION 1u /* the broker puts the right number in its place */

/* A request under way, then its completion until that was handed out and another is asked for. */
struct request {
    struct request *next;
    uint32_t id;
    struct ms_agent_gather gather;
    struct ms_done done;
    bool octets; /* of `received`: another form of answer */
    bool over;
    uint64_t total;
    int status; /* not MS_OK: the agent refused it */
    struct ms_error err;
};

struct news {
    struct news *next;
    char text[];
};

/* What the application has read on a connection, as far as it was asked for. */
struct heard {
    struct heard *next;
    char name[MS_AGENT_NAME_MAX];
    struct ms_buf octets;
};

struct remote {
    struct ms_target base; /* first: the driver's functions get this pointer */
    struct remote_config cfg;
    int fd, epoll, event;
    bool event_set;
    uint32_t last_id;
    struct request *waiting;           /* unanswered */
    struct request *done, **done_tail; /* answered */
    struct request *given;             /* handed out by the last call of next */
    struct news *news, **news_tail;
    struct heard *heard;
    bool dead; /* err says why; nothing more will come */
    struct ms_error err;
    struct lines in;
};

static struct remote *remote_of(struct ms_target *t)
{
    return (struct remote *)(void *)t;
}

static void request_free(struct request *q)
{
    if (q != NULL)
        ms_agent_gather_free(&q->gather);
    free(q);
}

static int dead(const struct remote *r, struct ms_error *err)
{
    if (err != NULL)
        *err = r->err;
    return r->err.status;
}

static void die(struct remote *r, enum ms_status status, const char *text)
{
    if (!r->dead)
        ms_fail(&r->err, status, "%s", text);
    r->dead = true;
}

/* The descriptor is readable as long as something waits that came together with something else. */
static void signal_waiting(struct remote *r)
{
    bool want = r->done != NULL || r->news != NULL || r->dead;
    uint64_t count = 1;
    if (want && !r->event_set)
        r->event_set = write(r->event, &count, sizeof count) == sizeof count;
    else if (!want && r->event_set)
        r->event_set = read(r->event, &count, sizeof count) != sizeof count;
}

/* ---- lines that come --------------------------------------------------------------------------------------- */

static void take_news(struct remote *r, const struct ms_agent_line *l)
{
    char text[512] = "";
    const struct ms_agent_text *v = ms_agent_find(l, "text");
    if (v == NULL || ms_agent_get_text(v, text, sizeof text) != MS_OK)
        return;
    struct news *n = malloc(sizeof *n + strlen(text) + 1);
    if (n == NULL)
        return;
    n->next = NULL;
    memcpy(n->text, text, strlen(text) + 1);
    *r->news_tail = n;
    r->news_tail = &n->next;
}

static void finish(struct remote *r, struct request *q)
{
    for (struct request **at = &r->waiting; *at != NULL; at = &(*at)->next)
        if (*at == q) {
            *at = q->next;
            break;
        }
    q->over = true;
    q->next = NULL;
    q->done.id = q->id;
    *r->done_tail = q;
    r->done_tail = &q->next;
}

static void take_answer(struct remote *r, struct request *q, const struct ms_agent_line *l)
{
    int rc = q->octets ? ms_agent_take_octets(&q->gather, l, &q->total, &q->err)
                       : ms_agent_take_done(&q->gather, l, &q->done, &q->err);
    if (rc == 0)
        return;
    q->status = rc < 0 ? rc : MS_OK;
    finish(r, q);
}

static void take_line(struct remote *r, const char *p, size_t n)
{
    struct ms_agent_line l;
    struct ms_error err = {0};
    char text[512] = "";
    if (ms_agent_parse(p, n, &l, &err) != MS_OK) {
        ms_fail_context(&err, "the agent's line is none of its protocol");
        die(r, MS_ERR_PARSE, err.msg);
        return;
    }
    if (ms_agent_is(&l.word, "event")) {
        take_news(r, &l);
        return;
    }
    if (l.id == 0 && ms_agent_is(&l.word, "end")) {
        const struct ms_agent_text *v = ms_agent_find(&l, "text");
        if (v != NULL)
            ms_agent_get_text(v, text, sizeof text);
        ms_fail(&err, MS_ERR_SYS, "the agent's session ended: %s", text);
        die(r, MS_ERR_SYS, err.msg);
        return;
    }
    for (struct request *q = r->waiting; q != NULL; q = q->next)
        if (q->id == l.id) {
            take_answer(r, q, &l);
            return;
        }
    /* `started` may come behind `ok`. */
}

/* Takes what has come, without waiting. */
static void pump(struct remote *r)
{
    int cause;
    size_t n;
    const char *line;
    enum lines_read got;
    do {
        got = r->dead ? LINES_NOTHING : lines_read(&r->in, r->fd, &cause);
        while (!r->dead && (line = lines_next(&r->in, &n)) != NULL)
            take_line(r, line, n);
        if (r->in.too_long)
            die(r, MS_ERR_PARSE, "the agent sends a line without end");
    } while (got == LINES_SOME && !r->dead);
    if (got == LINES_END)
        die(r, MS_ERR_SYS,
            r->cfg.broker->state->lost ? r->cfg.broker->state->text
                                       : "the broker of the agent's stream ended");
}

/* ---- lines that go ----------------------------------------------------------------------------------------- */

static bool interrupted(const struct remote *r)
{
    return r->cfg.interrupted != NULL && *r->cfg.interrupted;
}

/* Waits for the descriptor; false, and dead, when the bound is reached. */
static bool wait_for(struct remote *r, short events, uint64_t until_ns)
{
    uint64_t now = ms_now_ns();
    struct pollfd p = {.fd = r->fd, .events = events};
    if (interrupted(r))
        die(r, MS_ERR_INTR, "interrupted");
    else if (now >= until_ns)
        die(r, MS_ERR_TIMEOUT, "the agent does not answer");
    else if (poll(&p, 1, (int)((until_ns - now) / 1000000 + 1)) < 0 && errno != EINTR)
        die(r, MS_ERR_SYS, strerror(errno));
    return !r->dead;
}

static bool send_line(struct remote *r, const struct ms_agent_out *o, uint64_t until_ns)
{
    for (size_t at = 0; at < o->len && !r->dead;) {
        ssize_t n = write(r->fd, o->buf + at, o->len - at);
        if (n > 0)
            at += (size_t)n;
        else if (n < 0 && errno == EAGAIN)
            wait_for(r, POLLOUT, until_ns);
        else if (n < 0 && errno != EINTR)
            break; /* the broker is gone: reading tells why */
    }
    return !r->dead;
}

static struct request *request_new(struct remote *r, enum ms_verb_kind kind)
{
    struct request *q = calloc(1, sizeof *q);
    if (q == NULL)
        abort(); /* as ms_arena_alloc: no verdict can be right any more */
    q->id = ++r->last_id;
    q->gather.kind = kind;
    q->next = r->waiting;
    r->waiting = q;
    return q;
}

static void unlink_done(struct remote *r, struct request *q)
{
    for (struct request **at = &r->done; *at != NULL; at = &(*at)->next)
        if (*at == q) {
            *at = q->next;
            if (*at == NULL)
                r->done_tail = at;
            return;
        }
}

/* Waits until the agent has started the request, or answered it. */
static void exchange(struct remote *r, struct request *q, const struct ms_agent_out *o, bool whole)
{
    uint64_t until = ms_now_ns() + r->cfg.guard_ns;
    if (!send_line(r, o, until))
        return;
    for (;;) {
        pump(r);
        if (r->dead || q->over || (q->gather.started && !whole) || !wait_for(r, POLLIN, until))
            return;
    }
}

/* ---- the driver's functions ------------------------------------------------------------------------------- */

static int remote_start(struct ms_target *t, const struct ms_verb *v, uint32_t *id,
                        struct ms_error *err)
{
    struct remote *r = remote_of(t);
    struct ms_agent_out o;
    if (r->dead)
        return dead(r, err);
    int rc = ms_agent_put_verb(&o, SESSION, r->last_id + 1, v, err);
    if (rc != MS_OK)
        return rc;
    struct request *q = request_new(r, v->kind);
    *id = q->id;
    exchange(r, q, &o, false);
    if (q->over && q->status != MS_OK) {
        rc = q->status;
        if (err != NULL)
            *err = q->err;
        unlink_done(r, q);
        request_free(q);
    } else if (r->dead && !q->over) {
        rc = dead(r, err);
    }
    signal_waiting(r);
    return rc;
}

static int remote_next(struct ms_target *t, struct ms_done *done, struct ms_error *err)
{
    struct remote *r = remote_of(t);
    request_free(r->given);
    r->given = NULL;
    if (r->done == NULL)
        pump(r);
    struct request *q = r->done;
    if (q == NULL) {
        signal_waiting(r);
        return r->dead ? dead(r, err) : 0;
    }
    unlink_done(r, q);
    r->given = q;
    signal_waiting(r);
    if (q->status != MS_OK) {
        if (err != NULL)
            *err = q->err;
        return q->status;
    }
    *done = q->done;
    return 1;
}

static int remote_fd(const struct ms_target *t)
{
    return ((const struct remote *)(const void *)t)->epoll;
}

static struct heard *heard_of(struct remote *r, const char *name)
{
    for (struct heard *h = r->heard; h != NULL; h = h->next)
        if (strcmp(h->name, name) == 0)
            return h;
    struct heard *h = calloc(1, sizeof *h);
    if (h == NULL)
        abort();
    strncpy(h->name, name, sizeof h->name - 1);
    h->next = r->heard;
    r->heard = h;
    return h;
}

/* Asks for what is beyond the octets that were told before; false when there is no more, or no answer. */
static bool ask_octets(struct remote *r, struct heard *h)
{
    struct ms_agent_out o;
    struct request *q = request_new(r, MS_VERB_RECV);
    q->octets = true;
    ms_agent_begin(&o, SESSION, q->id, "received");
    ms_agent_put_text(&o, "name", h->name);
    ms_agent_put_unsigned(&o, "from", h->octets.len);
    ms_agent_end(&o);
    exchange(r, q, &o, true);
    if (!q->over)
        return false;
    unlink_done(r, q);
    bool more = false;
    if (q->status == MS_OK) {
        size_t n = q->gather.data.len;
        if (n > 0)
            ms_buf_add(&h->octets, q->gather.data.data, n);
        more = n > 0 && h->octets.len < q->total;
    } else if (q->status != MS_ERR_SYS) { /* an errno: there is no such connection yet */
        die(r, (enum ms_status)q->status, q->err.msg);
    }
    request_free(q);
    return more;
}

static const uint8_t *remote_received(struct ms_target *t, const char *name, size_t *len)
{
    static const uint8_t nothing[1];
    struct remote *r = remote_of(t);
    struct heard *h = heard_of(r, name != NULL ? name : "");
    while (!r->dead && ask_octets(r, h))
        ;
    signal_waiting(r);
    *len = h->octets.len;
    return h->octets.data != NULL ? (const uint8_t *)h->octets.data : nothing;
}

static int remote_event(struct ms_target *t, char *out, size_t cap, struct ms_error *err)
{
    struct remote *r = remote_of(t);
    (void)err; /* that the agent is gone is told by `next` */
    if (r->news == NULL)
        pump(r);
    struct news *n = r->news;
    if (n != NULL) {
        r->news = n->next;
        if (r->news == NULL)
            r->news_tail = &r->news;
        size_t len = strlen(n->text);
        len = len < cap ? len : cap - 1;
        memcpy(out, n->text, len);
        out[len] = '\0';
        free(n);
    }
    signal_waiting(r);
    return n != NULL;
}

/*
 * Any request does: the agent looks at what has come to pass before it carries one out. This one asks for octets beyond all
 * that there can be.
 */
static int remote_settle(struct ms_target *t, struct ms_error *err)
{
    struct remote *r = remote_of(t);
    struct ms_agent_out o;
    if (r->dead)
        return dead(r, err);
    struct request *q = request_new(r, MS_VERB_RECV);
    q->octets = true;
    ms_agent_begin(&o, SESSION, q->id, "received");
    ms_agent_put_unsigned(&o, "from", UINT64_MAX);
    ms_agent_end(&o);
    exchange(r, q, &o, true);
    if (q->over) {
        unlink_done(r, q);
        request_free(q);
    }
    signal_waiting(r);
    return r->dead ? dead(r, err) : MS_OK;
}

static void remote_free(struct ms_target *t)
{
    struct remote *r = remote_of(t);
    struct request *lists[] = {r->waiting, r->done, r->given};
    for (size_t i = 0; i < MS_ARRAY_LEN(lists); i++)
        for (struct request *q = lists[i], *next; q != NULL; q = next) {
            next = q->next;
            request_free(q);
        }
    for (struct news *n = r->news, *next; n != NULL; n = next) {
        next = n->next;
        free(n);
    }
    for (struct heard *h = r->heard, *next; h != NULL; h = next) {
        next = h->next;
        ms_buf_free(&h->octets);
        free(h);
    }
    const int fds[] = {r->fd, r->event, r->epoll}; /* the broker ends the session */
    for (size_t i = 0; i < MS_ARRAY_LEN(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    free(r);
}

static const struct ms_target_ops remote_ops = {
    .name = "remote",
    .start = remote_start,
    .next = remote_next,
    .fd = remote_fd,
    .received = remote_received,
    .event = remote_event,
    .settle = remote_settle,
    .free = remote_free,
};

static int open_descriptors(struct remote *r, struct ms_error *err)
{
    r->fd = broker_connect(r->cfg.broker, err);
    if (r->fd < 0)
        return r->fd;
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    r->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN};
    if (r->epoll < 0 || r->event < 0 || epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->fd, &e) != 0 ||
        epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->event, &e) != 0)
        return ms_fail_errno(err, "epoll or eventfd for the agent's driver");
    return MS_OK;
}

/* The answer to the opening is no completion of a verb: it is looked at by itself. */
static int open_session(struct remote *r, const struct ms_agent_opening *opening, bool *ipv6,
                        struct ms_error *err)
{
    struct ms_agent_out o;
    uint64_t until = ms_now_ns() + r->cfg.guard_ns;
    uint32_t id = ++r->last_id;
    int rc = ms_agent_put_opening(&o, SESSION, id, opening, err);
    if (rc != MS_OK)
        return rc;
    if (!send_line(r, &o, until))
        return dead(r, err);
    for (;;) {
        size_t n;
        int cause;
        const char *line = lines_next(&r->in, &n);
        struct ms_agent_line l;
        if (line != NULL && ms_agent_parse(line, n, &l, NULL) == MS_OK && l.id == id) {
            if (ms_agent_is(&l.word, "ok"))
                return ms_agent_key_flag(&l, "ipv6", ipv6, err);
            if (ms_agent_is(&l.word, "err")) {
                rc = ms_agent_take_error(&l, err);
                return ms_fail_context(err, "the agent opens no session"), rc;
            }
        }
        if (line != NULL) {
            if (ms_agent_parse(line, n, &l, NULL) == MS_OK && l.id == 0)
                take_line(r, line, n);
            if (r->dead)
                return dead(r, err);
            continue;
        }
        if (!wait_for(r, POLLIN, until))
            return dead(r, err);
        if (lines_read(&r->in, r->fd, &cause) == LINES_END) {
            pump(r);
            return dead(r, err);
        }
    }
}

int remote_open(const struct remote_config *cfg, const struct ms_agent_opening *opening,
                struct ms_target **out, bool *ipv6, struct ms_error *err)
{
    struct ms_error local;
    struct remote *r = calloc(1, sizeof *r);
    *out = NULL;
    if (r == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for the agent's driver");
    r->base.ops = &remote_ops;
    r->cfg = *cfg;
    r->fd = r->epoll = r->event = -1;
    r->done_tail = &r->done;
    r->news_tail = &r->news;
    int rc = open_descriptors(r, err != NULL ? err : &local);
    if (rc == MS_OK)
        rc = open_session(r, opening, ipv6, err != NULL ? err : &local);
    if (rc != MS_OK)
        remote_free(&r->base);
    else
        *out = &r->base;
    return rc;
}
