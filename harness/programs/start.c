/* SPDX-License-Identifier: MIT */
/* One program: starting it in its namespaces, its end, what it printed. */
#include "programs/programs_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_FREE_FD = 8, ENV_MAX = 40 };

/* What every program finds in its environment. The history of nstat would be the host's otherwise. */
static const char *const common_env[] = {
    ("PATH=" MS_PROGRAM_PATH), "HOME=/tmp",          "TMPDIR=/tmp", "LANG=C.UTF-8",
    "LC_ALL=C.UTF-8",          "PYTHONUNBUFFERED=1", "TERM=dumb",   "NSTAT_HISTORY=/tmp/.nstat",
};

/* Everything that the child needs, made ready before the fork. */
struct launch {
    struct ms_programs *pool;
    const char *path;
    char *const *argv;
    char *const *env;
    int netns;
    int std[3];
    int report; /* pipe: errno and place of a failure before the program runs */
    program_main *run;
    const void *arg;
};
enum place { AT_FORK, AT_FOLDER, AT_NETNS, AT_FILES, AT_EXEC, FORKED };
static const char *const place_text[] = {
    "entering the PID namespace", "entering the programs' folder", "entering the network namespace",
    "its standard files", "execve"};
/* One word of a child: where it failed, or the process that was made. */
struct word {
    enum place at;
    int value; /* errno, or the process id */
};

static void give_up(const struct launch *l, enum place at)
{
    struct word w = {at, errno};
    ssize_t n = write(l->report, &w, sizeof w);
    _exit(n == sizeof w ? 127 : 126);
}

static void reset_signals(void)
{
    sigset_t none;
    static const int ignored[] = {SIGPIPE, SIGINT,  SIGTERM, SIGHUP,
                                  SIGQUIT, SIGCHLD, SIGUSR1, SIGUSR2};

    for (size_t i = 0; i < MS_ARRAY_LEN(ignored); i++)
        signal(ignored[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The child. Only async-signal-safe calls, unless `run` is a function that minds that itself. */
static void child(const struct launch *l)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setns(l->pool->init_pidfd, CLONE_NEWNS) != 0 || fchdir(l->pool->folder) != 0)
        give_up(l, AT_FOLDER);
    if (l->netns >= 0 && setns(l->netns, CLONE_NEWNET) != 0)
        give_up(l, AT_NETNS);
    for (int i = 0; i < 3; i++)
        if (dup2(l->std[i], i) < 0)
            give_up(l, AT_FILES);
    if (dup2(l->report, 3) < 0 || fcntl(3, F_SETFD, FD_CLOEXEC) != 0)
        give_up(l, AT_FILES);
    syscall(SYS_close_range, 4U, ~0U, 0U);
    reset_signals();
    if (l->run != NULL) {
        close(3);
        _exit(l->run(l->arg));
    }
    execve(l->path, l->argv, l->env);
    struct launch here = *l;
    here.report = 3;
    give_up(&here, AT_EXEC);
}

/* A file of the folder, or /dev/null; numbered above those that the child gives its own. */
static int open_high(int folder, const char *file, int flags)
{
    int low = openat(folder, file, flags | O_CLOEXEC, 0600);
    if (low < 0)
        return -1;
    int fd = fcntl(low, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
    int cause = errno;
    close(low);
    errno = cause;
    return fd;
}

static int open_std(struct ms_program *g, const struct ms_program_spec *s, int std[3],
                    struct ms_error *err)
{
    static const char *const ending[] = {"out", "err"};
    struct ms_programs *p = g->pool;
    char file[40], path[64];

    std[0] = s->stdin_file != NULL ? open_high(p->folder, s->stdin_file, O_RDONLY)
                                   : open_high(AT_FDCWD, "/dev/null", O_RDONLY);
    if (std[0] < 0)
        return ms_fail_errno(err, "%s: input %s", g->name,
                             s->stdin_file != NULL ? s->stdin_file : "/dev/null");
    for (int i = 0; i < 2; i++) {
        if (i == 0 && s->stdout_file != NULL) {
            std[1] = open_high(p->folder, s->stdout_file, O_WRONLY | O_CREAT | O_TRUNC);
        } else {
            snprintf(file, sizeof file, ".%u.%s", p->n_started, ending[i]);
            g->out[i].fd = std[i + 1] =
                open_high(p->folder, file, O_RDWR | O_CREAT | O_TRUNC | O_APPEND);
        }
        if (std[i + 1] < 0)
            return ms_fail_errno(err, "%s: a file for its output", g->name);
        if (g->out[i].fd < 0)
            continue;
        snprintf(path, sizeof path, "/proc/self/fd/%d", g->out[i].fd);
        if (inotify_add_watch(p->inotify, path, IN_MODIFY) < 0)
            return ms_fail_errno(err, "%s: watching its output", g->name);
    }
    return MS_OK;
}

/* What the children say until the program runs: then nobody has the pipe any more. */
static int hear(struct ms_program *g, const char *path, int report, struct ms_error *err)
{
    int rc = MS_OK;
    struct word w;
    ssize_t n;

    while ((n = read(report, &w, sizeof w)) == sizeof w || (n < 0 && errno == EINTR)) {
        if (n < 0)
            continue;
        if (w.at == FORKED) {
            g->pid = w.value;
            continue;
        }
        errno = w.value;
        rc = ms_fail_errno(err, "starting %s: %s%s%s", g->name, place_text[w.at],
                           w.at == AT_EXEC ? " " : "", w.at == AT_EXEC ? path : "");
    }
    if (rc == MS_OK && g->pid <= 0)
        return ms_fail(err, MS_ERR_SYS, "starting %s: its process was killed", g->name);
    return rc;
}

/*
 * The way into the PID namespace: setns decides where children go, and without privileges there is no way back from it.
 * So a process in between goes, and makes the program its sibling.
 */
static void between(const struct launch *l)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setns(l->pool->init_pidfd, CLONE_NEWPID) != 0)
        give_up(l, AT_FORK);
    long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, 0L);
    if (pid == 0)
        child(l);
    if (pid < 0)
        give_up(l, AT_FORK);
    struct word w = {FORKED, (int)pid};
    ssize_t n = write(l->report, &w, sizeof w);
    _exit(n != sizeof w);
}

static int fork_into(struct ms_program *g, struct launch *l, struct ms_error *err)
{
    int pipe_fds[2];

    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return ms_fail_errno(err, "pipe");
    l->report = fcntl(pipe_fds[1], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
    close(pipe_fds[1]);
    pid_t pid = l->report < 0 ? -1 : fork();
    if (pid == 0)
        between(l);
    int rc = pid < 0 ? ms_fail_errno(err, "%s: fork", g->name) : MS_OK;
    if (l->report >= 0)
        close(l->report);
    if (rc == MS_OK) {
        rc = hear(g, l->path, pipe_fds[0], err);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    close(pipe_fds[0]);
    return rc;
}

static int watch(struct ms_program *g, struct ms_error *err)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = g};

    g->pidfd = (int)syscall(SYS_pidfd_open, g->pid, 0);
    if (g->pidfd < 0 || epoll_ctl(g->pool->epoll, EPOLL_CTL_ADD, g->pidfd, &e) != 0)
        return ms_fail_errno(err, "%s: pidfd", g->name);
    g->watched = true;
    return MS_OK;
}

/* Words NAME=VALUE before the command belong to the environment, as in a shell. */
static size_t leading_env(const char *const *argv)
{
    size_t n = 0;
    while (argv[n] != NULL) {
        size_t name =
            strspn(argv[n], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
        if (name == 0 || argv[n][name] != '=')
            break;
        n++;
    }
    return n;
}

static int fill_env(const struct ms_program_spec *s, size_t n_leading, const char **env,
                    struct ms_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < MS_ARRAY_LEN(common_env); i++)
        env[n++] = common_env[i];
    for (size_t i = 0; s->env != NULL && s->env[i] != NULL; i++) {
        if (n >= ENV_MAX - 1)
            return ms_fail(err, MS_ERR_RANGE, "more than %d environment variables", ENV_MAX - 1);
        env[n++] = s->env[i];
    }
    for (size_t i = 0; i < n_leading; i++) {
        if (n >= ENV_MAX - 1)
            return ms_fail(err, MS_ERR_RANGE, "more than %d environment variables", ENV_MAX - 1);
        env[n++] = s->argv[i];
    }
    env[n] = NULL;
    return MS_OK;
}

static int find(const char *program, char *path, size_t cap, struct ms_error *err)
{
    if (program_path(program, path, cap))
        return MS_OK;
    const char *package = ms_program_missing(program);
    if (package != NULL && *package != '\0')
        return ms_fail(err, MS_ERR_NOTFOUND, "%s is not installed (Debian package %s)", program,
                       package);
    return ms_fail(err, MS_ERR_NOTFOUND, "%s is not installed", program);
}

static int launch(struct ms_program *g, const struct ms_program_spec *s, program_main *run,
                  const void *arg, struct ms_error *err)
{
    const char *env[ENV_MAX];
    char path[256] = "";
    int std[3] = {-1, -1, -1};
    size_t n_env = run == NULL ? leading_env(s->argv) : 0;

    if (run == NULL && s->argv[n_env] == NULL)
        return ms_fail(err, MS_ERR_PARSE, "there is no command");
    int rc = fill_env(s, n_env, env, err);
    if (rc == MS_OK && run == NULL)
        rc = find(s->argv[n_env], path, sizeof path, err);
    if (rc == MS_OK)
        rc = open_std(g, s, std, err);
    if (rc == MS_OK) {
        struct launch l = {
            .pool = g->pool,
            .path = path,
            /* execve takes them without const, and changes nothing */
            .argv = (char *const *)(uintptr_t)(s->argv + n_env),
            .env = (char *const *)(uintptr_t)env,
            .netns = s->netns,
            .std = {std[0], std[1], std[2]},
            .run = run,
            .arg = arg,
        };
        rc = fork_into(g, &l, err);
    }
    for (int i = 0; i < 3; i++)
        if (std[i] >= 0 && (i == 0 || std[i] != g->out[i - 1].fd))
            close(std[i]);
    return rc == MS_OK ? watch(g, err) : rc;
}

int program_start(struct ms_programs *p, const struct ms_program_spec *s, program_main *run,
                  const void *arg, struct ms_program **out, struct ms_error *err)
{
    *out = NULL;
    struct ms_program *g = calloc(1, sizeof *g);
    const char *name = s->name != NULL                         ? s->name
                       : s->argv != NULL && s->argv[0] != NULL ? s->argv[0]
                                                               : "program";
    if (g == NULL || (g->name = strdup(name)) == NULL) {
        free(g);
        return ms_fail(err, MS_ERR_NOMEM, "memory for a program");
    }
    g->pool = p;
    g->pidfd = g->out[0].fd = g->out[1].fd = -1;
    g->next = p->programs;
    p->programs = g;
    p->n_started++;
    int rc = launch(g, s, run, arg, err);
    if (rc != MS_OK) {
        program_free(g);
        return rc;
    }
    *out = g;
    return MS_OK;
}

int ms_program_start(struct ms_programs *p, const struct ms_program_spec *s,
                     struct ms_program **out, struct ms_error *err)
{
    return program_start(p, s, NULL, NULL, out, err);
}

void program_free(struct ms_program *g)
{
    struct ms_program **at = &g->pool->programs;
    while (*at != g)
        at = &(*at)->next;
    *at = g->next;
    if (g->pid > 0 && !g->ended) {
        kill(-g->pid, SIGKILL);
        kill(g->pid, SIGKILL);
        reap(g->pid, g->pidfd);
    }
    if (g->pidfd >= 0)
        close(g->pidfd);
    for (int i = 0; i < 2; i++) {
        if (g->out[i].fd >= 0)
            close(g->out[i].fd);
        free(g->out[i].text);
    }
    free(g->name);
    free(g);
}

const char *ms_program_name(const struct ms_program *g)
{
    return g->name;
}

int ms_program_fd(const struct ms_program *g)
{
    return g->pidfd;
}

bool ms_program_ended(struct ms_program *g, int *status)
{
    int s;

    if (!g->ended && waitpid(g->pid, &s, WNOHANG) == g->pid) {
        g->ended = true;
        g->status = WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
        if (g->watched)
            epoll_ctl(g->pool->epoll, EPOLL_CTL_DEL, g->pidfd, NULL);
        g->watched = false;
    }
    if (g->ended && status != NULL)
        *status = g->status;
    return g->ended;
}

int ms_program_signal(struct ms_program *g, int sig, struct ms_error *err)
{
    if (ms_program_ended(g, NULL))
        return MS_OK;
    /* Not waited for yet, so the number is still its own. */
    if (kill(-g->pid, sig) != 0 && errno != ESRCH)
        return ms_fail_errno(err, "%s: signal %d", g->name, sig);
    return MS_OK;
}

const char *ms_program_output(struct ms_program *g, bool err_alone, size_t *len)
{
    int fd = g->out[err_alone].fd;
    char **text = &g->out[err_alone].text;
    struct stat st;
    size_t n = 0, want = 0;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        want = (uint64_t)st.st_size > MS_PROGRAM_OUTPUT_MAX ? MS_PROGRAM_OUTPUT_MAX
                                                            : (size_t)st.st_size;
    char *p = realloc(*text, want + 1);
    if (p == NULL) {
        *len = 0;
        return "";
    }
    *text = p;
    while (n < want) {
        ssize_t got = pread(fd, p + n, want - n, (off_t)n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    for (char *nul = p; (nul = memchr(nul, '\0', n - (size_t)(nul - p))) != NULL;)
        *nul = '?';
    p[n] = '\0';
    *len = n;
    return p;
}
