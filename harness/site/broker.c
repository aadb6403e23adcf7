/* SPDX-License-Identifier: MIT */
/* Starting and ending the broker, and how cases come to it. */
#include "site/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The broker parts from the agent and gives its command a while: what takes longer is ended. */
#define STOP_MS 8000

static void broker_child(const struct ms_site_spec *spec, int doorbell, int report,
                         struct broker_state *state)
{
    struct stream s;
    struct greeting g = {0};
    /* Ctrl-C is for the runner, which ends this process when the cases are done. */
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    broker_heed_term();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    g.status = stream_open(&s, spec, &g.err);
    if (g.status == MS_OK)
        greet(&s, &broker_told_to_end, spec->time_scale > 0 ? spec->time_scale : 1, &g);
    bool told = write(report, &g, sizeof g) == sizeof g;
    close(report);
    if (told && g.status == MS_OK)
        broker_serve(&s, doorbell, g.hello.max_sessions ? g.hello.max_sessions : 1, state);
    stream_close(&s);
    _exit(0);
}

/* Waits for the whole greeting; the broker has bounds of its own. */
static int hear(int fd, const volatile int *interrupted, struct greeting *g, struct ms_error *err)
{
    for (size_t at = 0; at < sizeof *g;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (interrupted && *interrupted)
            return ms_fail(err, MS_ERR_INTR, "interrupted");
        if (poll(&p, 1, 100) <= 0)
            continue;
        ssize_t n = read(fd, (char *)g + at, sizeof *g - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ms_fail(err, MS_ERR_SYS, "the process that speaks with the agent died");
        at += (size_t)n;
    }
    if (g->status != MS_OK && err)
        *err = g->err;
    return g->status;
}

int broker_start(struct broker *b, const struct ms_site_spec *spec, const volatile int *interrupted,
                 struct greeting *g, struct ms_error *err)
{
    int bell[2] = {-1, -1}, report[2] = {-1, -1};
    int rc = MS_OK;
    *b = (struct broker){.doorbell = -1};
    b->state =
        mmap(NULL, sizeof *b->state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (b->state == MAP_FAILED) {
        b->state = NULL;
        return ms_fail_errno(err, "memory for the broker");
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, bell) < 0 ||
        pipe2(report, O_CLOEXEC) < 0) {
        rc = ms_fail_errno(err, "socketpair or pipe for the broker");
        goto cleanup;
    }
    b->pid = fork();
    if (b->pid == 0) {
        close(bell[0]);
        close(report[0]);
        broker_child(spec, bell[1], report[1], b->state);
    }
    if (b->pid < 0) {
        b->pid = 0;
        rc = ms_fail_errno(err, "fork for the broker");
        goto cleanup;
    }
    b->doorbell = bell[0];
    bell[0] = -1;
    close(report[1]);
    report[1] = -1;
    rc = hear(report[0], interrupted, g, err);
cleanup:
    for (int i = 0; i < 2; i++) {
        if (bell[i] >= 0)
            close(bell[i]);
        if (report[i] >= 0)
            close(report[i]);
    }
    if (rc != MS_OK) {
        if (b->pid > 0)
            kill(b->pid, SIGTERM); /* it may still be waiting for an answer */
        broker_stop(b);
    }
    return rc;
}

int broker_connect(const struct broker *b, struct ms_error *err)
{
    int pair[2];
    char octet = 0;
    struct iovec io = {&octet, 1};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr m = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (b->state->lost)
        return ms_fail(err, MS_ERR_SYS, "%s", b->state->text);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return ms_fail_errno(err, "socketpair");
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    *h = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(h), &pair[1], sizeof(int));
    ssize_t n;
    while ((n = sendmsg(b->doorbell, &m, MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    int cause = errno;
    close(pair[1]);
    if (n == 1)
        return pair[0];
    close(pair[0]);
    errno = cause;
    return b->state->lost ? ms_fail(err, MS_ERR_SYS, "%s", b->state->text)
                          : ms_fail_errno(err, "the broker of the agent's stream is gone");
}

void broker_stop(struct broker *b)
{
    if (b->doorbell >= 0)
        close(b->doorbell);
    b->doorbell = -1;
    if (b->pid > 0) {
        int fd = (int)syscall(SYS_pidfd_open, b->pid, 0);
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (fd >= 0 && poll(&p, 1, STOP_MS) <= 0)
            kill(b->pid, SIGKILL);
        if (fd >= 0)
            close(fd);
        while (waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    b->pid = 0;
    if (b->state)
        munmap(b->state, sizeof *b->state);
    b->state = NULL;
}
