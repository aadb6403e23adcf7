/* SPDX-License-Identifier: MIT */
/*
 * The driver of an IUT that nobody drives: what its service does by itself is done already, what cannot be asked is
 * refused with EOPNOTSUPP. A client may be made to connect by a command, or by a person.
 */
#include "site/host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DONE_MAX 64
#define CUES_MAX 16

struct host_target {
    struct ms_target base; /* first */
    const struct host_cue *cue;
    int epoll; /* readable while completions wait, or a client has ended */
    int event; /* readable while completions wait */
    uint32_t last_id;
    unsigned n;
    struct ms_done done[DONE_MAX];
    unsigned n_pids;
    pid_t pid[CUES_MAX];
    int pidfd[CUES_MAX];
};

static struct host_target *own(struct ms_target *t)
{
    return (struct host_target *)(void *)t;
}

static int watch(struct host_target *t, int fd, struct ms_error *err)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &ev) == 0 ? MS_OK : ms_fail_errno(err, "epoll");
}

/* ---- the client on cue ---- */

bool host_cue_person(const struct host_cue *cue)
{
    return cue->command && strcmp(cue->command, "-") == 0;
}

static void cue_shell(const char *command, const char *addr, uint16_t port, const sigset_t *mask)
{
    char text[8];
    sigprocmask(SIG_SETMASK, mask, NULL);
    snprintf(text, sizeof text, "%u", port);
    setenv("MPTCPSPEC_ADDR", addr, 1);
    setenv("MPTCPSPEC_PORT", text, 1);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/*
 * The head of the client's process group: ends with the client's shell and its status, or with the case, however that
 * ends, and then takes the group along.
 */
static void cue_child(const char *command, const char *addr, uint16_t port, pid_t parent)
{
    int null = open("/dev/null", O_RDWR), status;
    sigset_t both, was;
    setpgid(0, 0);
    sigemptyset(&both);
    sigaddset(&both, SIGTERM);
    sigaddset(&both, SIGCHLD);
    sigprocmask(SIG_BLOCK, &both, &was);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
        dup2(null, 2) < 0)
        _exit(126);
    /* Nothing of the harness must live on in a client that outlives the case: sockets, the table that shields it. */
    if (close_range(3, ~0u, 0) != 0)
        _exit(126);
    pid_t shell = fork();
    if (shell < 0)
        _exit(126);
    if (shell == 0)
        cue_shell(command, addr, port, &was);
    for (;;) {
        if (sigwaitinfo(&both, NULL) == SIGTERM)
            kill(0, SIGKILL);
        if (waitpid(shell, &status, WNOHANG) == shell)
            _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
}

static int cue_run(struct host_target *t, const char *addr, uint16_t port, struct ms_error *err)
{
    if (t->n_pids == CUES_MAX)
        return ms_fail(err, MS_ERR_RANGE, "more than %d clients on cue", CUES_MAX);
    pid_t self = getpid(), pid = fork();
    if (pid < 0)
        return ms_fail_errno(err, "fork of the client");
    if (pid == 0)
        cue_child(t->cue->command, addr, port, self);
    setpgid(pid, pid); /* whoever comes first */
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    t->pid[t->n_pids] = pid;
    t->pidfd[t->n_pids++] = pidfd;
    return pidfd < 0 ? ms_fail_errno(err, "pidfd_open of the client") : watch(t, pidfd, err);
}

static int cue(struct host_target *t, const struct ms_verb *v, struct ms_error *err)
{
    char addr[46];
    ms_addr_text(&v->addr, addr);
    if (!t->cue->command)
        return ms_fail(err, MS_ERR_UNSUPPORTED, "nothing makes the IUT connect");
    if (!host_cue_person(t->cue))
        return cue_run(t, addr, v->port, err);
    *t->cue->asking = true;
    bool told = t->cue->ask && t->cue->ask(t->cue->ask_ctx, addr, v->port);
    *t->cue->asking = false;
    if (told)
        return MS_OK;
    return ms_fail(err, MS_ERR_UNSUPPORTED, "nobody let the IUT connect to %s port %u", addr,
                   v->port);
}

/* A shell that cannot run the command says so by its status. */
static int cues_failed(struct host_target *t, struct ms_error *err)
{
    for (unsigned i = 0; i < t->n_pids; i++) {
        int status;
        if (t->pid[i] <= 0 || waitpid(t->pid[i], &status, WNOHANG) != t->pid[i])
            continue;
        kill(-t->pid[i], SIGKILL); /* what it left behind */
        close(t->pidfd[i]);
        t->pid[i] = 0;
        if (WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127))
            return ms_fail(err, MS_ERR_SYS, "--client-cue: '%s' cannot be run (status %d)",
                           t->cue->command, WEXITSTATUS(status));
    }
    return MS_OK;
}

/* ---- the functions of a driver ---- */

/* What holds of a service that runs already, without anybody's doing. */
static bool holds(enum ms_verb_kind k)
{
    return k == MS_VERB_LISTEN || k == MS_VERB_ACCEPT || k == MS_VERB_RECV || k == MS_VERB_CONNECT;
}

static int target_start(struct ms_target *base, const struct ms_verb *v, uint32_t *id,
                        struct ms_error *err)
{
    struct host_target *t = own(base);
    int rc = v->kind == MS_VERB_CONNECT ? cue(t, v, err) : MS_OK;
    if (rc != MS_OK)
        return rc;
    if (t->n == DONE_MAX)
        return ms_fail(err, MS_ERR_RANGE, "more than %d verbs wait to be taken", DONE_MAX);
    *id = ++t->last_id;
    t->done[t->n++] =
        (struct ms_done){.id = *id, .kind = v->kind, .err = holds(v->kind) ? 0 : EOPNOTSUPP};
    const uint64_t one = 1;
    if (write(t->event, &one, sizeof one) < 0)
        return ms_fail_errno(err, "eventfd");
    return MS_OK;
}

static int target_next(struct ms_target *base, struct ms_done *done, struct ms_error *err)
{
    struct host_target *t = own(base);
    uint64_t n;
    int rc = cues_failed(t, err);
    if (rc != MS_OK || t->n == 0)
        return rc;
    *done = t->done[0];
    memmove(t->done, t->done + 1, --t->n * sizeof t->done[0]);
    if (t->n == 0 && read(t->event, &n, sizeof n) < 0 && errno != EAGAIN)
        return ms_fail_errno(err, "eventfd");
    return 1;
}

static int target_fd(const struct ms_target *base)
{
    return ((const struct host_target *)(const void *)base)->epoll;
}

static const uint8_t *target_received(struct ms_target *base, const char *name, size_t *len)
{
    (void)base;
    (void)name;
    *len = 0;
    return NULL;
}

static int target_event(struct ms_target *base, char *out, size_t cap, struct ms_error *err)
{
    (void)base;
    (void)out;
    (void)cap;
    (void)err;
    return 0;
}

static void target_free(struct ms_target *base)
{
    struct host_target *t = own(base);
    for (unsigned i = 0; i < t->n_pids; i++)
        if (t->pid[i] > 0) {
            kill(-t->pid[i], SIGKILL);
            waitpid(t->pid[i], NULL, 0);
            if (t->pidfd[i] >= 0)
                close(t->pidfd[i]);
        }
    if (t->event >= 0)
        close(t->event);
    if (t->epoll >= 0)
        close(t->epoll);
    free(t);
}

int host_target_new(const struct host_cue *cue, struct ms_target **out, struct ms_error *err)
{
    static const struct ms_target_ops ops = {.name = "bare address",
                                             .start = target_start,
                                             .next = target_next,
                                             .fd = target_fd,
                                             .received = target_received,
                                             .event = target_event,
                                             .free = target_free};
    struct host_target *t = calloc(1, sizeof *t);
    if (!t)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a driver");
    t->base.ops = &ops;
    t->cue = cue;
    t->epoll = epoll_create1(EPOLL_CLOEXEC);
    t->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = t->epoll < 0 || t->event < 0 ? ms_fail_errno(err, "eventfd, epoll")
                                          : watch(t, t->event, err);
    if (rc == MS_OK)
        *out = &t->base;
    else
        target_free(&t->base);
    return rc;
}
