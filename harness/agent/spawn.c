/* SPDX-License-Identifier: MIT */
/* Processes of sessions come into being. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/serve.h"

void serve_block_signals(sigset_t *waiting)
{
    static const int ending[] = {SIGTERM, SIGINT, SIGHUP};
    sigset_t blocked;

    sigemptyset(&blocked);
    sigemptyset(waiting);
    for (size_t i = 0; i < MS_ARRAY_LEN(ending); i++)
        sigaddset(&blocked, ending[i]);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
}

/* Standard input and output are the stream: who keeps them keeps the tester from seeing their end. */
static void leave_streams(void)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0) { /* no /dev at all: the numbers must be taken nevertheless */
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            _exit(1);
        nowhere = ends[0];
    }
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
}

int spawn_settle(const char *name, pid_t parent, int death, int fd)
{
    enum { KEPT = 3 };
    static const int keyboard[] = {SIGINT, SIGHUP, SIGQUIT};
    sigset_t none;

    prctl(PR_SET_NAME, name);
    prctl(PR_SET_PDEATHSIG, death);
    if (getppid() != parent)
        _exit(0);
    for (size_t i = 0; i < MS_ARRAY_LEN(keyboard); i++)
        signal(keyboard[i], SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    leave_streams();
    if (fd != KEPT && dup2(fd, KEPT) < 0)
        _exit(1);
    fcntl(KEPT, F_SETFD, FD_CLOEXEC);
    syscall(SYS_close_range, KEPT + 1U, ~0U, 0U);
    return KEPT;
}

int spawn_session(struct router *r, struct session *s, const char *line, size_t n,
                  struct ms_error *err)
{
    int ends[2];
    pid_t self = getpid();

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return ms_fail_errno(err, "socketpair");
    pid_t pid = fork();
    if (pid == 0 && s->shared)
        keeper_main(r->agent, spawn_settle("agent-keeper", self, SIGTERM, ends[1]), line, n);
    if (pid == 0)
        session_main(r->agent, spawn_settle("agent-session", self, SIGKILL, ends[1]), line, n,
                     NULL);
    int cause = errno;
    close(ends[1]);
    s->pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0U) : -1;
    if (s->pidfd < 0) {
        if (pid > 0) {
            cause = errno;
            kill(pid, SIGKILL);
            while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        }
        close(ends[0]);
        errno = cause;
        return ms_fail_errno(err, pid > 0 ? "pidfd_open" : "fork");
    }
    s->fd = ends[0];
    s->pid = pid;
    return MS_OK;
}
