/* SPDX-License-Identifier: MIT */
/* guest-ready SOCKET PID SECONDS: waits until the agent behind the Unix socket SOCKET answers a hello, and says so
 * ("ready" on stdout, status 0). Status 1: process PID, whose guest it is, ended before. Status 3: SECONDS passed.
 * It waits for events: the socket to appear in its folder, a reply, the end of the process. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

enum { READY = 0, GUEST_ENDED = 1, USAGE = 2, TOO_LATE = 3 };
#define BOUND_NOT_LISTENING_MS 50
/* A serial line may lose, or not look at, what came before somebody opened it. */
#define HELLO_AGAIN_MS 1000

enum { GUEST, TIMER, FOLDER, AGENT, SOURCES };

/* An empty line first: it ends what an earlier client may have left unfinished. */
static int say_hello(int fd, const char *nonce)
{
    char line[128];
    int n = snprintf(line, sizeof(line), "\n0.1 hello version=1 nonce=%s\n", nonce);

    return send(fd, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == n ? 0 : -1;
}

/* A connection to PATH, a hello sent on it; -1 while nobody listens there. */
static int try_connect(const char *path, const char *nonce)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    int fd;

    memcpy(sun.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 && say_hello(fd, nonce) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Reads what is there. 1: the answer with NONCE is among it, 0 not yet, -1 the other side closed. */
static int read_answer(int fd, const char *nonce)
{
    static char line[16384];
    static size_t have;
    ssize_t n = read(fd, line + have, sizeof(line) - 1 - have);
    char *end;

    if (n <= 0)
        return n < 0 && errno == EINTR ? 0 : -1;
    have += (size_t)n;
    line[have] = '\0';
    while ((end = memchr(line, '\n', have)) != NULL) {
        *end = '\0';
        if (strncmp(line, "0.1 ok ", 7) == 0 && strstr(line, nonce))
            return 1;
        have -= (size_t)(end + 1 - line);
        memmove(line, end + 1, have);
        line[have] = '\0';
    }
    if (have == sizeof(line) - 1)
        have = 0; /* no line of the protocol is that long: it cannot be the answer */
    return 0;
}

static int await_answer(const char *path, const char *nonce, struct pollfd *p)
{
    for (;;) {
        char events[4096];
        int bound, ready;

        if (p[AGENT].fd < 0)
            p[AGENT].fd = try_connect(path, nonce);
        /* Between bind and listen a socket refuses, and nothing tells when that is over. */
        bound = p[AGENT].fd >= 0          ? HELLO_AGAIN_MS
                : access(path, F_OK) == 0 ? BOUND_NOT_LISTENING_MS
                                          : -1;
        ready = poll(p, SOURCES, bound);
        if (ready < 0 && errno != EINTR)
            return USAGE;
        /* All answers but the first come before that to the hello of whoever is next, who passes over them. */
        if (ready == 0 && p[AGENT].fd >= 0)
            say_hello(p[AGENT].fd, nonce);
        if (p[AGENT].fd >= 0 && p[AGENT].revents) {
            int got = read_answer(p[AGENT].fd, nonce);

            if (got > 0)
                return READY;
            if (got < 0) {
                close(p[AGENT].fd);
                p[AGENT].fd = -1;
                p[AGENT].revents = 0;
            }
        }
        if (p[GUEST].revents)
            return GUEST_ENDED;
        if (p[TIMER].revents)
            return TOO_LATE;
        if (p[FOLDER].revents)
            (void)!read(p[FOLDER].fd, events, sizeof(events));
    }
}

int main(int argc, char **argv)
{
    struct itimerspec limit = {0};
    struct pollfd p[SOURCES];
    char nonce[32], folder[4096];
    int status;

    if (argc != 4 || strlen(argv[1]) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
        fprintf(stderr,
                "usage: guest-ready SOCKET PID SECONDS (a socket's path has at most %zu octets)\n",
                sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
        return USAGE;
    }
    snprintf(nonce, sizeof(nonce), "ready%ld", (long)getpid());
    snprintf(folder, sizeof(folder), "%s", argv[1]);
    limit.it_value.tv_sec = atoi(argv[3]);
    for (int i = 0; i < SOURCES; i++)
        p[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    p[FOLDER].fd = inotify_init1(IN_CLOEXEC);
    p[GUEST].fd = (int)syscall(SYS_pidfd_open, (pid_t)atoi(argv[2]), 0);
    if (p[GUEST].fd < 0 && errno == ESRCH)
        return GUEST_ENDED;
    p[TIMER].fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (p[GUEST].fd < 0 || timerfd_settime(p[TIMER].fd, 0, &limit, NULL) != 0 ||
        inotify_add_watch(p[FOLDER].fd, dirname(folder), IN_CREATE | IN_MOVED_TO | IN_ATTRIB) < 0) {
        fprintf(stderr, "guest-ready: %s: %s\n", argv[1], strerror(errno));
        return USAGE;
    }
    status = await_answer(argv[1], nonce, p);
    if (status == READY)
        puts("ready");
    return status;
}
