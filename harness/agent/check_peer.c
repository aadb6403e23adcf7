/* SPDX-License-Identifier: MIT */
/* The program that is checked: its start, its stream, its end. */
#include "agent/check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEPT_MAX = 4 << 20 }; /* octets without a line's end, or that nobody takes */

/* In the child: `report` tells the parent why exec did not work. */
static void become(char *const *argv, int stream, int report)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    if (dup2(stream, STDIN_FILENO) >= 0 && dup2(stream, STDOUT_FILENO) >= 0)
        execvp(argv[0], argv);
    int e = errno;
    _exit(write(report, &e, sizeof e) == sizeof e ? 127 : 126);
}

bool check_start(struct check *c, struct ms_error *err)
{
    int ends[2], report[2], failed = 0;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        ms_fail_errno(err, "socketpair");
        return false;
    }
    if (pipe2(report, O_CLOEXEC) != 0) {
        ms_fail_errno(err, "pipe");
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    c->pid = fork();
    if (c->pid == 0)
        become(c->cfg->argv, ends[1], report[1]);
    int saved = errno;
    close(ends[1]);
    close(report[1]);
    bool told = c->pid > 0 && read(report[0], &failed, sizeof failed) == sizeof failed;
    close(report[0]);
    c->fd = ends[0];
    if (c->pid < 0 || told) {
        errno = told ? failed : saved;
        ms_fail_errno(err, "%s cannot be started", c->cfg->argv[0]);
        if (told)
            waitpid(c->pid, NULL, 0);
        c->pid = 0;
        close(c->fd);
        c->fd = -1;
        return false;
    }
    setpgid(c->pid, c->pid); /* as the child does: whoever is first */
    c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    return true;
}

/* Waits for events of one descriptor: false when the guard has passed or the user wants no more. */
static bool wait_for(const struct check *c, int fd, short events, uint64_t until)
{
    for (;;) {
        uint64_t now = ms_now_ns();
        struct pollfd p = {.fd = fd, .events = events};
        if (now >= until || (c->cfg->interrupted != NULL && c->cfg->interrupted()))
            return false;
        uint64_t left = (until - now) / 1000000 + 1;
        int n = poll(&p, 1, left > 60000 ? 60000 : (int)left);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

void check_stop(struct check *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    if (c->pid > 0) {
        /* The stream's end is its word to go: it undoes what it has changed before it does. */
        if (!c->stays)
            c->stays = !wait_for(c, c->pidfd, POLLIN, ms_now_ns() + c->cfg->guard_ns);
        kill(-c->pid, SIGKILL);
        waitpid(c->pid, NULL, 0);
    }
    if (c->pidfd >= 0)
        close(c->pidfd);
    c->pid = 0;
    c->pidfd = -1;
    ms_buf_free(&c->rx);
    c->rx_at = 0;
}

/* Takes what there is. */
static void read_some(struct check *c)
{
    char chunk[16384];
    ssize_t n = read(c->fd, chunk, sizeof chunk);
    if (n > 0) {
        if (c->rx_at == c->rx.len)
            c->rx_at = c->rx.len = 0;
        ms_buf_add(&c->rx, chunk, (size_t)n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        c->eof = true;
    }
}

bool check_send(struct check *c, const void *p, size_t n)
{
    const char *at = p;
    uint64_t until = ms_now_ns() + c->cfg->guard_ns;

    while (n > 0) {
        ssize_t k = send(c->fd, at, n, MSG_NOSIGNAL);
        if (k > 0) {
            at += k;
            n -= (size_t)k;
            continue;
        }
        if (k < 0 && errno != EAGAIN && errno != EINTR)
            return check_fail(c, "the agent ended while it was spoken to (%s)", strerror(errno));
        /* An agent may wait until its answers are read before it reads on. */
        short events = (short)(c->eof || c->rx.len > KEPT_MAX ? POLLOUT : POLLOUT | POLLIN);
        if (!wait_for(c, c->fd, events, until))
            return check_fail(c, "the agent does not read");
        if ((events & POLLIN) != 0)
            read_some(c);
    }
    return true;
}

bool check_taken(struct check *c)
{
    uint64_t until = ms_now_ns() + c->cfg->guard_ns;
    int waiting = 1;
    /* No event tells of it: a look each millisecond. */
    while (ioctl(c->fd, SIOCOUTQ, &waiting) == 0 && waiting > 0 && ms_now_ns() < until)
        poll(NULL, 0, 1);
    return waiting == 0 || check_fail(c, "the agent does not read");
}

void check_half_close(struct check *c)
{
    shutdown(c->fd, SHUT_WR);
}

bool check_line(struct check *c, const char **text, size_t *n, const char **why)
{
    uint64_t until = ms_now_ns() + c->cfg->guard_ns;
    size_t looked = c->rx_at;

    for (;;) {
        const char *end =
            c->rx.len > looked ? memchr(c->rx.data + looked, '\n', c->rx.len - looked) : NULL;
        if (end != NULL) {
            *text = c->rx.data + c->rx_at;
            *n = (size_t)(end - *text);
            c->rx_at += *n + 1;
            return true;
        }
        *why = c->eof                            ? "the agent ended the stream"
               : c->rx.len - c->rx_at > KEPT_MAX ? "the agent writes a line without end"
                                                 : NULL;
        if (*why != NULL)
            return false;
        looked = c->rx.len;
        if (!wait_for(c, c->fd, POLLIN, until)) {
            *why = "no answer came";
            return false;
        }
        if (c->rx_at == c->rx.len)
            looked = 0;
        read_some(c);
    }
}

bool check_ended(struct check *c)
{
    uint64_t until = ms_now_ns() + c->cfg->guard_ns;
    while (!c->eof && c->rx.len < KEPT_MAX && wait_for(c, c->fd, POLLIN, until))
        read_some(c);
    return c->eof || check_fail(c, "the agent does not end the stream");
}

bool check_gone(struct check *c)
{
    return wait_for(c, c->pidfd, POLLIN, ms_now_ns() + c->cfg->guard_ns) ||
           check_fail(c, "the agent's process does not end");
}
