/* SPDX-License-Identifier: MIT */
/*
 * Several runs may use one interface, and only the last to end may let it merge frames again. The first one leaves that to
 * a process, the keeper: it has a name in the interface's network namespace, by which later runs find it, and learns by
 * the end of its connections that a run has ended, however that came.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mptcpspec/topo.h"
#include "site/iface.h"

enum { RUNS_MAX = 64, ANSWER_MS = 3000 };
/* Where the keeper has its descriptors. */
enum { AT_NAME, AT_DEVICE, AT_RUN };

/* ---- the keeper ------------------------------------------------------------------------------------------- */

struct users {
    nfds_t n;
    struct pollfd fd[RUNS_MAX];
};

static void add(struct users *u, int fd)
{
    if (fd >= 0 && u->n < RUNS_MAX)
        u->fd[u->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    else if (fd >= 0)
        close(fd);
}

/* A run that is answered knows that nothing is given back while it lives. */
static void welcome(struct users *u)
{
    int fd = accept4(AT_NAME, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0 && u->n < RUNS_MAX)
        (void)!send(fd, "", 1, MSG_NOSIGNAL);
    add(u, fd);
}

static void keeper_main(struct iface *i, int name, int run)
{
    struct users u = {.n = 1, .fd = {{.fd = AT_NAME, .events = POLLIN}}};
    const int keep[] = {
        [AT_NAME] = name, [AT_DEVICE] = socket(AF_INET, SOCK_DGRAM, 0), [AT_RUN] = run};
    ms_outlive("iface-keeper", keep, MS_ARRAY_LEN(keep));
    add(&u, AT_RUN);
    for (;;) {
        if (poll(u.fd, u.n, -1) < 0)
            continue;
        for (nfds_t k = u.n; k-- > 1;) {
            if (!u.fd[k].revents)
                continue;
            if (u.n == 2) { /* the last one, which waits for it */
                i->fd = AT_DEVICE;
                iface_merge_again(i);
                (void)!send(u.fd[k].fd, "", 1, MSG_NOSIGNAL);
                _exit(0);
            }
            close(u.fd[k].fd);
            u.fd[k] = u.fd[--u.n];
        }
        if (u.fd[0].revents)
            welcome(&u);
    }
}

/* ---- the run ---------------------------------------------------------------------------------------------- */

/* The keeper of another run: true with i->use. */
static bool join_keeper(struct iface *i, const struct sockaddr_un *a, socklen_t len)
{
    const struct timeval bound = {.tv_sec = ANSWER_MS / 1000};
    char octet;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    if (connect(fd, (const struct sockaddr *)a, len) == 0 && read(fd, &octet, 1) == 1) {
        i->use = fd;
        return true;
    }
    close(fd);
    return false;
}

static int start_keeper(struct iface *i, int name, struct ms_error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return ms_fail_errno(err, "socketpair");
    i->keeper = fork();
    if (i->keeper == 0) {
        close(pair[0]);
        keeper_main(i, name, pair[1]);
    }
    close(pair[1]);
    i->use = pair[0];
    return i->keeper < 0 ? ms_fail_errno(err, "fork") : MS_OK;
}

int iface_keep(struct iface *i, struct ms_error *err)
{
    struct sockaddr_un a;
    socklen_t len = ms_netns_name(&a, "run-on-", i->name);
    const uint64_t until = ms_now_ns() + ANSWER_MS * UINT64_C(1000000);
    do {
        if (join_keeper(i, &a, len))
            return MS_OK;
        int name = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int cause = 0, rc = MS_OK;
        if (name < 0 || bind(name, (struct sockaddr *)&a, len) != 0 || listen(name, RUNS_MAX) != 0)
            cause = errno;
        else if (iface_merges(i))
            rc = start_keeper(i, name, err);
        if (name >= 0)
            close(name);
        errno = cause;
        if (cause != EADDRINUSE)
            return cause ? ms_fail_errno(err, "socket(AF_UNIX)") : rc;
    } while (ms_now_ns() < until);
    return ms_fail(err, MS_ERR_TIMEOUT, "another run uses interface %s, and its keeper is silent",
                   i->name);
}

void iface_release(struct iface *i)
{
    char octet;
    if (i->use < 0)
        return;
    /* Processes of this run may have the connection as well: it ends for all of them. */
    shutdown(i->use, SHUT_WR);
    if (read(i->use, &octet, 1) == 1 && i->keeper > 0)
        while (waitpid(i->keeper, NULL, 0) < 0 && errno == EINTR)
            ;
    close(i->use);
    i->use = -1;
    i->keeper = 0;
}
