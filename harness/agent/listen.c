/* SPDX-License-Identifier: MIT */
/* A Unix socket: each connection is a stream with a process of its own. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/serve.h"

enum { CONNECTIONS_MAX = 64, BACKLOG = 16 };

struct listener {
    struct ms_agent *agent;
    int fd;
    pid_t connection[CONNECTIONS_MAX]; /* 0: free */
};

/* What stands in the way: a file that is no socket, or a socket that somebody listens on. */
static int make_way(const struct sockaddr_un *a, struct ms_error *err)
{
    struct stat st;

    if (lstat(a->sun_path, &st) != 0)
        return errno == ENOENT ? MS_OK : ms_fail_errno(err, "%s", a->sun_path);
    if (!S_ISSOCK(st.st_mode))
        return ms_fail(err, MS_ERR_SYS, "%s is there and is no socket", a->sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return ms_fail_errno(err, "socket(AF_UNIX)");
    int rc = connect(fd, (const struct sockaddr *)a, sizeof *a);
    int cause = rc == 0 ? 0 : errno;
    close(fd);
    if (cause != ECONNREFUSED)
        return ms_fail(err, MS_ERR_SYS, "somebody listens on %s already", a->sun_path);
    return unlink(a->sun_path) == 0 ? MS_OK : ms_fail_errno(err, "%s", a->sun_path);
}

static int open_listener(struct listener *l, const char *path, struct ms_error *err)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    if (*path == '\0' || strlen(path) >= sizeof a.sun_path)
        return ms_fail(err, MS_ERR_RANGE, "the path of a Unix socket has 1 to %zu octets: %s",
                       sizeof a.sun_path - 1, path);
    memcpy(a.sun_path, path, strlen(path) + 1);
    int rc = make_way(&a, err);
    if (rc != MS_OK)
        return rc;
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0)
        return ms_fail_errno(err, "socket(AF_UNIX)");
    mode_t was = umask(0177); /* the file is never open to others, not for a moment */
    rc = bind(l->fd, (struct sockaddr *)&a, sizeof a);
    umask(was);
    if (rc != 0)
        return ms_fail_errno(err, "%s", path);
    guardian_file(l->agent, path);
    return listen(l->fd, BACKLOG) == 0 ? MS_OK : ms_fail_errno(err, "listen on %s", path);
}

static void reap(struct listener *l)
{
    pid_t gone;

    while ((gone = waitpid(-1, NULL, WNOHANG)) > 0)
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
            if (l->connection[i] == gone)
                l->connection[i] = 0;
}

static void serve_one(struct listener *l, int fd, pid_t parent)
{
    struct ms_error err;

    prctl(PR_SET_NAME, "agent-stream");
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(0);
    signal(SIGCHLD, SIG_DFL);
    close(l->fd);
    close(l->agent->guard_fd);
    int rc = ms_agent_serve_stream(l->agent, fd, fd, &err);
    _exit(rc == MS_OK ? 0 : 1);
}

static void refuse(int fd, const char *text)
{
    struct ms_agent_out o;
    ms_agent_put_error(&o, 0, 0, MS_AGENT_TOOMANY, text);
    (void)!send(fd, o.buf, o.len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void accept_one(struct listener *l)
{
    size_t i = 0;
    pid_t self = getpid();
    int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    while (i < CONNECTIONS_MAX && l->connection[i] != 0)
        i++;
    pid_t pid = i < CONNECTIONS_MAX ? fork() : -1;
    if (pid == 0)
        serve_one(l, fd, self);
    if (pid < 0)
        refuse(fd, i < CONNECTIONS_MAX ? strerror(errno) : "there are too many connections");
    else
        l->connection[i] = pid;
    close(fd);
}

static void on_child(int sig)
{
    (void)sig; /* it is enough that the wait ends */
}

static void end_all(struct listener *l)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (l->connection[i] > 0)
            kill(l->connection[i], SIGTERM);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        while (l->connection[i] > 0 && waitpid(l->connection[i], NULL, 0) < 0 && errno == EINTR)
            ;
}

int ms_agent_serve_unix(struct ms_agent *a, const char *path, struct ms_error *err)
{
    struct listener l = {.agent = a, .fd = -1};
    struct sigaction sa = {.sa_handler = on_child};
    sigset_t waiting, child;
    int rc = open_listener(&l, path, err);

    sigaction(SIGCHLD, &sa, NULL);
    serve_block_signals(&waiting);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    while (rc == MS_OK && !*a->set.stop) {
        struct pollfd p = {.fd = l.fd, .events = POLLIN};
        if (ppoll(&p, 1, NULL, &waiting) > 0)
            accept_one(&l);
        reap(&l);
    }
    end_all(&l);
    if (l.fd >= 0)
        close(l.fd);
    return rc;
}
