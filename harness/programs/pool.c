/* SPDX-License-Identifier: MIT */
/* The pool: a PID namespace that dies with its owner, and a folder in memory that is nobody else's. */
#include "programs/programs_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The folder takes the place of /tmp, so that what programs leave there (the history of nstat, sockets, downloads) goes
 * with the pool as well.
 */
#define FOLDER      "/tmp"
#define RESOLV_CONF ".resolv.conf"
#define FOLDER_OPTS "size=1g,mode=0700"

enum { REAP_MS = 5000 };

/* Where the first process failed, as it tells its parent. */
enum init_step { INIT_READY, INIT_PRIVATE, INIT_FOLDER, INIT_OPEN };
struct init_word {
    enum init_step step;
    int cause; /* errno */
};
static const char *const step_text[] = {
    [INIT_PRIVATE] = "making the mounts private",
    [INIT_FOLDER] = "mounting a tmpfs on " FOLDER,
    [INIT_OPEN] = "opening " FOLDER,
};

static void tell(int line, enum init_step step, int folder)
{
    struct init_word word = {step, errno};
    struct iovec iov = {&word, sizeof word};
    union {
        struct cmsghdr h;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

    if (step == INIT_READY) {
        m.msg_control = control.room;
        m.msg_controllen = sizeof control.room;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &folder, sizeof folder);
    }
    sendmsg(line, &m, MSG_NOSIGNAL);
}

/*
 * Programs ask the name service about addresses (python3 -m http.server does about its own); in a namespace where none
 * answers each question costs seconds, and is traffic. Asked is the loopback interface, which refuses at once. Where the
 * file cannot be put in place it stays as it is.
 */
static void no_name_service(int folder)
{
    static const char text[] = "nameserver 127.0.0.1\n";
    int fd = openat(folder, RESOLV_CONF, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return;
    if (write(fd, text, sizeof text - 1) == sizeof text - 1)
        mount(FOLDER "/" RESOLV_CONF, "/etc/resolv.conf", NULL, MS_BIND, NULL);
    close(fd);
}

/*
 * The first process of the namespace: with it all others die. It goes when its parent dies or closes the line; orphans
 * it need not wait for (SIGCHLD ignored). Only async-signal-safe calls: it is a copy of its parent.
 */
static void init_main(int line)
{
    char c;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "ms-programs");
    setpgid(0, 0);
    signal(SIGCHLD, SIG_IGN);
    if (dup2(line, 3) < 0)
        _exit(1);
    syscall(SYS_close_range, 4U, ~0U, 0U);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        tell(3, INIT_PRIVATE, -1);
        _exit(1);
    }
    if (mount("tmpfs", FOLDER, "tmpfs", MS_NOSUID | MS_NODEV, FOLDER_OPTS) != 0) {
        tell(3, INIT_FOLDER, -1);
        _exit(1);
    }
    /* Refused where the system's own /proc is partly covered, as in some containers: then that one has to do. */
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    int folder = open(FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    no_name_service(folder);
    tell(3, folder < 0 ? INIT_OPEN : INIT_READY, folder);
    close(folder);
    while (read(3, &c, 1) < 0 && errno == EINTR)
        ;
    _exit(0);
}

/* Waits for the first process's word; takes the folder's descriptor from it. */
static int hear(struct ms_programs *p, struct ms_error *err)
{
    struct init_word word;
    struct iovec iov = {&word, sizeof word};
    union {
        struct cmsghdr h;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof control.room};
    ssize_t n;

    while ((n = recvmsg(p->line, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    if (n != sizeof word)
        return ms_fail(err, MS_ERR_SYS, "the first process of the programs ended at once");
    if (word.step != INIT_READY) {
        errno = word.cause;
        ms_fail_errno(err, "%s", step_text[word.step]);
        if (err != NULL)
            err->status = MS_ERR_UNSUPPORTED;
        return MS_ERR_UNSUPPORTED;
    }
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (c == NULL || c->cmsg_type != SCM_RIGHTS)
        return ms_fail(err, MS_ERR_SYS, "the programs' folder did not come");
    memcpy(&p->folder, CMSG_DATA(c), sizeof p->folder);
    return MS_OK;
}

static int start_init(struct ms_programs *p, struct ms_error *err)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return ms_fail_errno(err, "socketpair");
    p->line = pair[0];
    p->init = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, 0L);
    if (p->init == 0)
        init_main(pair[1]);
    int cause = errno;
    close(pair[1]);
    if (p->init < 0) {
        errno = cause;
        ms_fail_errno(err, "clone(CLONE_NEWPID|CLONE_NEWNS)%s",
                      cause == ENOSPC ? ": the limit of namespaces is reached "
                                        "(user.max_pid_namespaces, user.max_mnt_namespaces)"
                                      : "");
        if (err != NULL)
            err->status = MS_ERR_UNSUPPORTED;
        return MS_ERR_UNSUPPORTED;
    }
    p->init_pidfd = (int)syscall(SYS_pidfd_open, p->init, 0);
    if (p->init_pidfd < 0)
        return ms_fail_errno(err, "pidfd_open");
    return hear(p, err);
}

static int open_watch(struct ms_programs *p, struct ms_error *err)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};

    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (p->epoll < 0)
        return ms_fail_errno(err, "epoll_create1");
    p->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (p->inotify < 0)
        return ms_fail_errno(err, "inotify_init1%s",
                             errno == EMFILE ? " (fs.inotify.max_user_instances)" : "");
    if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->inotify, &e) != 0)
        return ms_fail_errno(err, "epoll_ctl");
    return MS_OK;
}

int ms_programs_open(struct ms_programs **out, struct ms_error *err)
{
    *out = NULL;
    struct ms_programs *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for programs");
    p->init = -1;
    p->init_pidfd = p->line = p->folder = p->epoll = p->inotify = -1;
    int rc = start_init(p, err);
    if (rc == MS_OK)
        rc = open_watch(p, err);
    if (rc != MS_OK) {
        ms_programs_close(p);
        return rc;
    }
    *out = p;
    return MS_OK;
}

const char *ms_programs_dir(const struct ms_programs *p)
{
    (void)p;
    return FOLDER;
}

int ms_programs_folder(const struct ms_programs *p)
{
    return p->folder;
}

int ms_programs_fd(const struct ms_programs *p)
{
    return p->epoll;
}

int ms_programs_work(struct ms_programs *p, struct ms_error *err)
{
    char events[4096];
    ssize_t n;

    do
        n = read(p->inotify, events, sizeof events);
    while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0 && errno != EAGAIN)
        return ms_fail_errno(err, "reading what programs have printed");
    for (struct ms_program *g = p->programs; g != NULL; g = g->next)
        ms_program_ended(g, NULL);
    return MS_OK;
}

void reap(pid_t pid, int pidfd)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    int rc = 1;

    if (pidfd >= 0)
        while ((rc = poll(&end, 1, REAP_MS)) < 0 && errno == EINTR)
            ;
    if (rc != 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* pid_namespaces(7): the first process ends only when those that were put into its namespace are waited for. */
void ms_programs_close(struct ms_programs *p)
{
    if (p == NULL)
        return;
    if (p->init > 0)
        kill(p->init, SIGKILL);
    while (p->transfers != NULL)
        transfer_free(p->transfers);
    while (p->programs != NULL)
        program_free(p->programs);
    if (p->init > 0)
        reap(p->init, p->init_pidfd);
    const int fds[] = {p->init_pidfd, p->line, p->folder, p->epoll, p->inotify};
    for (size_t i = 0; i < MS_ARRAY_LEN(fds); i++)
        close_fd(fds[i]);
    free(p);
}
