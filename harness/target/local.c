/* SPDX-License-Identifier: MIT */
/* The local driver: verbs into operations, readiness into completions. */
#include "target/local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "target/pm.h"

static struct local *local_of(struct ms_target *t)
{
    return (struct local *)(void *)t;
}

void local_complete(struct local *l, uint32_t id, enum ms_verb_kind kind, int err, uint64_t num,
                    void *data, size_t len)
{
    struct completion *c = calloc(1, sizeof *c);
    if (c == NULL)
        abort(); /* as ms_arena_alloc: no verdict can be right any more */
    c->done =
        (struct ms_done){.id = id, .kind = kind, .err = err, .num = num, .data = data, .len = len};
    c->data = data;
    *l->done_tail = c;
    l->done_tail = &c->next;
    if (!l->event_set) {
        uint64_t one = 1;
        l->event_set = write(l->event, &one, sizeof one) == sizeof one;
    }
}

static bool named(const struct sock *s, const char *name)
{
    return strcmp(s->name, name) == 0 || (*s->alias && strcmp(s->alias, name) == 0);
}

/* Without a name: the first connection, but the latest listener. The latest of equal names counts. */
struct sock *local_find(struct local *l, enum sock_kind kind, const char *name)
{
    struct sock *found = NULL;
    bool any = name == NULL || *name == '\0';

    for (struct sock *s = l->socks; s != NULL; s = s->next) {
        if (s->kind != kind || (kind == SOCK_LISTENER && s->fd < 0))
            continue;
        if (any && kind == SOCK_CONNECTION)
            return s;
        if (any || named(s, name))
            found = s;
    }
    return found;
}

struct sock *local_add_sock(struct local *l, enum sock_kind kind, int fd, const char *name)
{
    struct sock *s = calloc(1, sizeof *s);
    if (s == NULL)
        abort();
    s->kind = kind;
    s->fd = fd;
    s->family = (uint8_t)l->cfg.family;
    if (name != NULL)
        strncpy(s->name, name, sizeof s->name - 1);
    if (kind == SOCK_CONNECTION)
        s->stopped = l->stopped_before;
    *l->socks_tail = s;
    l->socks_tail = &s->next;
    return s;
}

struct op *local_add_op(struct local *l, uint32_t id, const struct ms_verb *v, struct sock *s)
{
    struct op *op = calloc(1, sizeof *op), **at = &l->ops;
    if (op == NULL)
        abort();
    op->id = id;
    op->kind = v->kind;
    op->s = s;
    if (v->name != NULL)
        strncpy(op->name, v->name, sizeof op->name - 1);
    while (*at != NULL)
        at = &(*at)->next;
    *at = op;
    return op;
}

void local_end_op(struct local *l, struct op *op, int err, uint64_t num)
{
    local_complete(l, op->id, op->kind, err, num, NULL, 0);
    for (struct op **at = &l->ops; *at != NULL; at = &(*at)->next) {
        if (*at == op) {
            *at = op->next;
            break;
        }
    }
    free(op);
}

static uint32_t wanted_events(const struct local *l, const struct sock *s)
{
    switch (s->kind) {
    case SOCK_LISTENER:
        if (l->cfg.service != MS_SERVICE_NONE)
            return l->full ? 0 : EPOLLIN;
        for (const struct op *op = l->ops; op != NULL; op = op->next)
            if (op->kind == MS_VERB_ACCEPT)
                return EPOLLIN;
        return 0;
    case SOCK_CONNECTION:
        if (s->connecting)
            return EPOLLOUT;
        return (stream_wants_read(l, s) ? (uint32_t)EPOLLIN : 0) |
               (stream_wants_write(l, s) ? (uint32_t)EPOLLOUT : 0);
    default:
        return EPOLLIN;
    }
}

/* A socket that nothing is wanted of is taken out: EPOLLHUP and EPOLLERR would be reported for ever. */
void local_watch(struct local *l, struct sock *s)
{
    if (s->fd < 0)
        return;
    uint32_t want = wanted_events(l, s);
    if (want == s->events)
        return;
    struct epoll_event e = {.events = want, .data.ptr = s};
    int op = s->events == 0 ? EPOLL_CTL_ADD : want == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    if (epoll_ctl(l->epoll, op, s->fd, &e) == 0)
        s->events = want;
}

int local_in_iut(struct local *l, int (*what)(struct local *l, void *arg), void *arg,
                 struct ms_error *err)
{
    int rc = ms_net_enter_iut(l->cfg.net, err);
    if (rc != MS_OK)
        return rc;
    rc = what(l, arg);
    int saved = errno;
    int back = ms_net_enter_tester(l->cfg.net, err);
    errno = saved;
    return back != MS_OK ? back : rc;
}

static int local_start(struct ms_target *t, const struct ms_verb *v, uint32_t *id,
                       struct ms_error *err)
{
    static int (*const start[])(struct local *, uint32_t, const struct ms_verb *,
                                struct ms_error *) = {
        [MS_VERB_LISTEN] = start_listen,          [MS_VERB_ACCEPT] = start_accept,
        [MS_VERB_CONNECT] = start_connect,        [MS_VERB_SEND] = start_transfer,
        [MS_VERB_RECV] = start_transfer,          [MS_VERB_EXPECT_EOF] = start_transfer,
        [MS_VERB_SHUTDOWN] = start_shutdown,      [MS_VERB_CLOSE] = start_close,
        [MS_VERB_CLOSE_LISTENER] = start_close,   [MS_VERB_STOP_READING] = start_reading,
        [MS_VERB_START_READING] = start_reading,  [MS_VERB_URGENT] = start_urgent,
        [MS_VERB_SOCKOPT] = start_sockopt,        [MS_VERB_NAMES] = start_names,
        [MS_VERB_DIGEST] = start_digest,          [MS_VERB_SYSCTL] = start_control,
        [MS_VERB_SYSCTL_GET] = start_control,     [MS_VERB_ENDPOINT_ADD] = start_control,
        [MS_VERB_ENDPOINT_DEL] = start_control,   [MS_VERB_ENDPOINT_FLAGS] = start_control,
        [MS_VERB_ENDPOINT_FLUSH] = start_control, [MS_VERB_LIMITS] = start_control,
        [MS_VERB_PM_ANNOUNCE] = start_pm_user,    [MS_VERB_PM_REMOVE] = start_pm_user,
        [MS_VERB_PM_CREATE] = start_pm_user,      [MS_VERB_PM_DESTROY] = start_pm_user,
        [MS_VERB_ADDR_ADD] = start_control,       [MS_VERB_ADDR_DEL] = start_control,
        [MS_VERB_LINK] = start_control,           [MS_VERB_COUNTERS] = start_observe,
        [MS_VERB_MPTCP_INFO] = start_observe,     [MS_VERB_MPTCP_FULL_INFO] = start_observe,
    };
    struct local *l = local_of(t);

    if ((size_t)v->kind >= MS_ARRAY_LEN(start) || start[v->kind] == NULL)
        return ms_fail(err, MS_ERR_UNSUPPORTED, "the local target has no verb %d", (int)v->kind);
    accept_again(l);
    *id = ++l->last_id;
    int rc = start[v->kind](l, *id, v, err);
    if (rc != MS_OK && err != NULL)
        ms_fail_context(err, "iut %s", ms_verb_name(v->kind));
    return rc;
}

static int pump(struct local *l, struct ms_error *err)
{
    struct epoll_event events[16];
    int n = epoll_wait(l->epoll, events, (int)MS_ARRAY_LEN(events), 0);
    if (n < 0)
        return errno == EINTR ? MS_OK : ms_fail_errno(err, "epoll_wait");
    for (int i = 0; i < n; i++) {
        struct sock *s = events[i].data.ptr;
        if (s->fd < 0)
            continue; /* closed by an earlier event of this round */
        switch (s->kind) {
        case SOCK_EVENT:
            break;
        case SOCK_CLOSER:
            closer_ready(l, s);
            break;
        case SOCK_LISTENER:
            listener_ready(l, s);
            break;
        case SOCK_CONNECTION:
            if (s->connecting)
                connect_ready(l, s);
            else
                stream_run(l, s);
            break;
        }
        local_watch(l, s);
    }
    return MS_OK;
}

static void forget_given(struct local *l)
{
    if (l->given != NULL)
        free(l->given->data);
    free(l->given);
    l->given = NULL;
}

static int local_next(struct ms_target *t, struct ms_done *done, struct ms_error *err)
{
    struct local *l = local_of(t);

    forget_given(l);
    if (l->done == NULL) {
        int rc = pump(l, err);
        if (rc != MS_OK)
            return rc;
    }
    struct completion *c = l->done;
    if (c == NULL)
        return 0;
    l->done = c->next;
    if (l->done == NULL) {
        uint64_t count;
        l->done_tail = &l->done;
        l->event_set = read(l->event, &count, sizeof count) != sizeof count && l->event_set;
    }
    l->given = c;
    *done = c->done;
    return 1;
}

static int local_fd(const struct ms_target *t)
{
    return ((const struct local *)(const void *)t)->epoll;
}

static const uint8_t *local_received(struct ms_target *t, const char *name, size_t *len)
{
    static const uint8_t nothing[1];
    const struct sock *s = local_find(local_of(t), SOCK_CONNECTION, name);
    *len = s != NULL ? s->kept : 0;
    return s != NULL && s->rx != NULL ? s->rx : nothing;
}

static int local_event(struct ms_target *t, char *out, size_t cap, struct ms_error *err)
{
    struct local *l = local_of(t);
    return l->news != NULL ? ms_pm_events_next(l->news, out, cap, err) : 0;
}

/*
 * Nobody will answer what an end in order would wait for: a kernel keeps such a socket for a minute, and its network with
 * it. One that is disconnected is gone at once (an abort, for TCP and MPTCP), and closing it waits for nothing.
 */
static void disconnect(const struct sock *s)
{
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    if (s->kind == SOCK_CONNECTION && s->fd >= 0 && connect(s->fd, &none, sizeof none) != 0)
        sockopt_set(s->fd, s->family, "linger", -1);
}

static void local_free(struct ms_target *t)
{
    struct local *l = local_of(t);
    if (l == NULL)
        return;
    l->full = false; /* nothing more is accepted */
    for (struct sock *s = l->socks, *next; s != NULL; s = next) {
        next = s->next;
        disconnect(s);
        sock_close(l, s);
        free(s->rx);
        free(s->spill);
        free(s);
    }
    for (struct op *op = l->ops, *next; op != NULL; op = next) {
        next = op->next;
        free(op);
    }
    for (struct completion *c = l->done, *next; c != NULL; c = next) {
        next = c->next;
        free(c->data);
        free(c);
    }
    for (struct pending_option *o = l->options, *next; o != NULL; o = next) {
        next = o->next;
        free(o);
    }
    forget_given(l);
    pm_close(l->pm);
    pm_known_close(l->known);
    ms_pm_events_close(l->news);
    if (l->event >= 0)
        close(l->event);
    if (l->epoll >= 0)
        close(l->epoll);
    free(l);
}

/* A kernel without events is no error: who waits for one is told that none came. */
static int open_news(struct local *l, struct ms_error *err)
{
    if (ms_pm_events_open(l->cfg.net, &l->news, NULL) != MS_OK) {
        l->news = NULL;
        return MS_OK;
    }
    l->news_sock = (struct sock){.kind = SOCK_EVENT, .fd = ms_pm_events_fd(l->news)};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &l->news_sock};
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->news_sock.fd, &e) != 0)
        return ms_fail_errno(err, "epoll for path manager events");
    return MS_OK;
}

static const struct ms_target_ops local_ops = {
    .name = "local",
    .start = local_start,
    .next = local_next,
    .fd = local_fd,
    .received = local_received,
    .event = local_event,
    .free = local_free,
};

int ms_target_local(const struct ms_target_config *cfg, struct ms_target **out,
                    struct ms_error *err)
{
    *out = NULL;
    struct local *l = calloc(1, sizeof *l);
    if (l == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for the target");
    l->base.ops = &local_ops;
    l->cfg = *cfg;
    if (l->cfg.family == 0)
        l->cfg.family = MS_IPV4;
    l->socks_tail = &l->socks;
    l->done_tail = &l->done;
    l->event = -1;
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll >= 0)
        l->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    l->event_sock = (struct sock){.kind = SOCK_EVENT, .fd = l->event};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &l->event_sock};
    if (l->event < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->event, &e) != 0) {
        int rc = ms_fail_errno(err, "epoll or eventfd for the target");
        local_free(&l->base);
        return rc;
    }
    int rc = cfg->pm_commands ? pm_known_open(cfg->net, &l->known, err) : MS_OK;
    if (rc == MS_OK && cfg->pm_events)
        rc = open_news(l, err);
    if (rc != MS_OK) {
        local_free(&l->base);
        return rc;
    }
    *out = &l->base;
    return MS_OK;
}
