/* SPDX-License-Identifier: MIT */
/* Closing, at once or lingering. */
#include "target/local.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void accept_again(struct local *l)
{
    if (!l->full)
        return;
    l->full = false;
    for (struct sock *s = l->socks; s != NULL; s = s->next)
        if (s->kind == SOCK_LISTENER)
            local_watch(l, s);
}

/* A closed connection keeps what was read from it, and no more than that: a peer may make many of them. */
static void give_back_room(struct sock *s)
{
    free(s->spill);
    s->spill = NULL;
    s->spill_len = 0;
    if (s->kept == 0) {
        free(s->rx);
        s->rx = NULL;
        s->rx_cap = 0;
    } else if (s->kept < s->rx_cap) {
        uint8_t *less = realloc(s->rx, s->kept);
        s->rx = less != NULL ? less : s->rx;
        s->rx_cap = less != NULL ? s->kept : s->rx_cap;
    }
}

void sock_close(struct local *l, struct sock *s)
{
    if (s->fd < 0)
        return;
    if (s->kind == SOCK_CLOSER) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
    }
    if (s->events != 0)
        epoll_ctl(l->epoll, EPOLL_CTL_DEL, s->fd, NULL);
    s->events = 0;
    close(s->fd);
    s->fd = -1;
    s->connecting = false;
    give_back_room(s);
    accept_again(l);
}

static bool lingers(int fd)
{
    struct linger linger = {0};
    socklen_t len = sizeof linger;
    return getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len) == 0 && linger.l_onoff &&
           linger.l_linger > 0;
}

/*
 * The helper: keeps the socket, waits until the parent has closed its own copy (end of file on `go`), then
 * closes the last one, which is where close() waits. Its end closes `over`, which the parent sees. Only
 * async-signal-safe calls: the parent may be a sanitizer's or have buffers to flush.
 */
static void closer_child(int fd, int go, int over)
{
    char c;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(fd, 3) < 0 || dup2(go, 4) < 0 || dup2(over, 5) < 0)
        _exit(1);
    syscall(SYS_close_range, 6U, ~0U, 0U);
    while (read(4, &c, 1) < 0 && errno == EINTR)
        ;
    close(3);
    _exit(0);
}

/* A pipe whose ends lie above the numbers that the helper gives its descriptors. */
static int high_pipe(int ends[2])
{
    int low[2];

    ends[0] = ends[1] = -1;
    if (pipe2(low, O_CLOEXEC) != 0)
        return -1;
    ends[0] = fcntl(low[0], F_DUPFD_CLOEXEC, 6);
    ends[1] = fcntl(low[1], F_DUPFD_CLOEXEC, 6);
    int saved = errno;
    close(low[0]);
    close(low[1]);
    errno = saved;
    return ends[0] < 0 || ends[1] < 0 ? -1 : 0;
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/*
 * SO_LINGER makes close() wait, on a non-blocking socket as well, for acknowledgments that only this event
 * loop's tester can send: the last reference is given to a helper process.
 */
static int close_lingering(struct local *l, uint32_t id, struct sock *s)
{
    int go[2] = {-1, -1}, over[2] = {-1, -1};
    int fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 6);
    pid_t pid = fd >= 0 && high_pipe(go) == 0 && high_pipe(over) == 0 ? fork() : -1;
    int cause = errno;

    if (pid == 0) {
        close(go[1]);
        closer_child(fd, go[0], over[1]);
    }
    close_all((const int[]){fd, go[0], over[1]}, 3);
    if (pid < 0) {
        close_all((const int[]){go[1], over[0]}, 2);
        return cause;
    }
    sock_close(l, s);
    close(go[1]); /* the helper goes on */
    struct sock *closer = local_add_sock(l, SOCK_CLOSER, over[0], NULL);
    closer->pid = pid;
    closer->op_id = id;
    local_watch(l, closer);
    return 0;
}

void closer_ready(struct local *l, struct sock *s)
{
    local_complete(l, s->op_id, MS_VERB_CLOSE, 0, 0, NULL, 0);
    sock_close(l, s); /* the helper is at its end: waiting for it takes no time */
}

/* What still waits on a socket that goes away, on the last listener (NULL) accepts, will never come. */
static void cancel_ops(struct local *l, const struct sock *s)
{
    for (struct op *op = l->ops, *next; op != NULL; op = next) {
        next = op->next;
        if (op->s == s)
            local_end_op(l, op, ECANCELED,
                         s == NULL                  ? 0
                         : op->kind == MS_VERB_SEND ? op->base
                                                    : s->rx_total);
    }
}

static bool listening(const struct local *l)
{
    for (const struct sock *s = l->socks; s != NULL; s = s->next)
        if (s->kind == SOCK_LISTENER && s->fd >= 0)
            return true;
    return false;
}

int start_close(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    bool listener = v->kind == MS_VERB_CLOSE_LISTENER;
    struct sock *s = local_find(l, listener ? SOCK_LISTENER : SOCK_CONNECTION, v->name);
    int e = s == NULL && !listener ? ENOTCONN : s == NULL || s->fd < 0 ? EBADF : 0;
    (void)err;

    if (e == 0) {
        cancel_ops(l, s);
        if (!listener && lingers(s->fd) && (e = close_lingering(l, id, s)) == 0)
            return MS_OK;
        sock_close(l, s);
        if (listener && !listening(l))
            cancel_ops(l, NULL);
    }
    local_complete(l, id, v->kind, e, 0, NULL, 0);
    return MS_OK;
}
