/* SPDX-License-Identifier: MIT */
#include "site/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a command may take to end once its stream is closed, and again once it was asked to. */
enum { END_MS = 1000, REASON_MS = 500, READS_AT_ONCE = 16 };

static void command_child(const struct ms_site_spec *spec, int io, int said, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent || dup2(io, 0) < 0 || dup2(io, 1) < 0 || dup2(said, 2) < 0)
        _exit(126);
    execl("/bin/sh", "sh", "-c", spec->argument, (char *)NULL);
    _exit(127);
}

static int open_exec(struct stream *s, const struct ms_site_spec *spec, struct ms_error *err)
{
    int io[2] = {-1, -1}, said[2] = {-1, -1};
    int rc = MS_OK;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, io) < 0 || pipe2(said, O_CLOEXEC) < 0) {
        rc = ms_fail_errno(err, "socketpair or pipe for the command");
        goto cleanup;
    }
    pid_t self = getpid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    s->pid = fork();
    if (s->pid == 0)
        command_child(spec, io[1], said[1], self);
    if (s->pid < 0) {
        s->pid = 0;
        rc = ms_fail_errno(err, "fork for the command");
        goto cleanup;
    }
    s->command = true;
    s->fd = io[0];
    s->said_fd = said[0];
    io[0] = said[0] = -1;
    fcntl(s->said_fd, F_SETFL, O_NONBLOCK);
cleanup:
    for (int i = 0; i < 2; i++) {
        if (io[i] >= 0)
            close(io[i]);
        if (said[i] >= 0)
            close(said[i]);
    }
    return rc;
}

static int open_unix(struct stream *s, const struct ms_site_spec *spec, struct ms_error *err)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    if (strlen(spec->argument) >= sizeof sa.sun_path)
        return ms_fail(err, MS_ERR_RANGE, "the socket's path is longer than %zu octets: %s",
                       sizeof sa.sun_path - 1, spec->argument);
    memcpy(sa.sun_path, spec->argument, strlen(spec->argument) + 1);
    /* One that serves others may let a new one wait for as long as it likes. */
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0)
        return ms_fail_errno(err, "socket(AF_UNIX)");
    if (connect(s->fd, (struct sockaddr *)&sa, sizeof sa) < 0)
        return errno == EAGAIN
                   ? ms_fail(err, MS_ERR_SYS, "the agent at %s is busy: it takes no connection now",
                             spec->argument)
                   : ms_fail_errno(err, "no agent at %s", spec->argument);
    return MS_OK;
}

int stream_open(struct stream *s, const struct ms_site_spec *spec, struct ms_error *err)
{
    *s = (struct stream){.fd = -1, .said_fd = -1};
    int rc = spec->kind == MS_SITE_EXEC ? open_exec(s, spec, err) : open_unix(s, spec, err);
    if (rc == MS_OK && fcntl(s->fd, F_SETFL, O_NONBLOCK) < 0)
        rc = ms_fail_errno(err, "fcntl");
    if (rc != MS_OK)
        stream_close(s);
    return rc;
}

/* Keeps the end: what a program said last is what explains its end. */
void stream_hear(struct stream *s)
{
    char chunk[1024];
    ssize_t n = 1;
    for (int i = 0; i < READS_AT_ONCE && s->said_fd >= 0; i++) {
        n = read(s->said_fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        if (n == 0)
            break;
        size_t take = (size_t)n, most = sizeof s->said - 1;
        if (s->n_said + take > most) {
            size_t drop = s->n_said + take - most;
            memmove(s->said, s->said + drop, s->n_said - drop);
            s->n_said -= drop;
        }
        memcpy(s->said + s->n_said, chunk, take);
        s->n_said += take;
        s->said[s->n_said] = '\0';
    }
    if (n != 0)
        return; /* there may be more, which waits */
    close(s->said_fd);
    s->said_fd = -1;
}

/* True when the command has ended within `ms`; its status. */
static bool ended(struct stream *s, int ms, int *status)
{
    int fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (fd >= 0 && poll(&p, 1, ms) < 0 && errno == EINTR)
        ;
    if (fd >= 0)
        close(fd);
    pid_t got = waitpid(s->pid, status, WNOHANG);
    if (got != s->pid)
        return false;
    s->pid = 0;
    return true;
}

/* The last lines that the command said, on one line. */
static void put_said(const struct stream *s, char *out, size_t cap)
{
    enum { LINES = 3 };
    const char *from = s->said, *end = s->said + s->n_said;
    while (end > from && end[-1] == '\n')
        end--;
    unsigned lines = 0;
    const char *p = end;
    while (p > from && (p[-1] != '\n' || ++lines < LINES))
        p--;
    size_t n = strlen(out);
    if (p == end || n + 4 >= cap)
        return;
    out[n++] = ':';
    out[n++] = ' ';
    for (; p < end && n + 3 < cap; p++) {
        if (*p == '\n')
            out[n++] = ';';
        out[n++] = *p == '\n' ? ' ' : *p >= ' ' && *p <= '~' ? *p : '?';
    }
    out[n] = '\0';
}

void stream_reason(struct stream *s, int cause, char *out, size_t cap)
{
    int status;
    if (s->pid == 0) {
        snprintf(out, cap, "the agent ended the connection%s%s", cause ? ": " : "",
                 cause ? strerror(cause) : "");
        return;
    }
    bool over = ended(s, REASON_MS, &status);
    stream_hear(s);
    if (!over)
        snprintf(out, cap, "the agent's command closed its output");
    else if (WIFSIGNALED(status))
        snprintf(out, cap, "the agent's command was killed by signal %d", WTERMSIG(status));
    else
        snprintf(out, cap, "the agent's command ended with status %d", WEXITSTATUS(status));
    put_said(s, out, cap);
}

/*
 * Whatever a shell started for the command and left behind has become this process's own child (PR_SET_CHILD_SUBREAPER).
 * A process group would tell them as well, but one in the background cannot ask for a password.
 */
static pid_t next_child(void)
{
    char path[64];
    int pid = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "re");
    if (f && fscanf(f, "%d", &pid) != 1)
        pid = 0;
    if (f)
        fclose(f);
    return pid;
}

static void end_children(struct stream *s)
{
    int status;
    while ((s->pid = next_child()) > 0) {
        kill(s->pid, SIGTERM);
        if (!ended(s, END_MS, &status)) {
            kill(s->pid, SIGKILL);
            waitpid(s->pid, &status, 0);
        }
    }
}

void stream_close(struct stream *s)
{
    int status;
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    if (s->pid > 0 && !ended(s, END_MS, &status))
        kill(s->pid, SIGTERM);
    if (s->command)
        end_children(s);
    s->pid = 0;
    if (s->said_fd >= 0)
        close(s->said_fd);
    s->said_fd = -1;
}
