/* SPDX-License-Identifier: MIT */
/* guest-uml LINUX TAP SOCKET LOG ARGUMENT...: one guest of User-mode Linux.
 *
 * Opens the tap device without vnet headers (what the kernel's own tap transport would switch on: frames of 64 KiB with
 * unfilled checksums), starts the kernel LINUX with it as vec0, its console in LOG, and offers its serial line ttyS0 at the
 * Unix socket SOCKET: one client at a time, the next one waits until it goes. Octets are passed on as they are; nothing is
 * read that cannot be kept, so a side that does not read stalls its own direction.
 *
 * Ends with the guest, and the guest with it, however it ends. Status: 0 it was told to end, 1 the guest ended by itself,
 * 2 it could not be started. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TOLD = 0, ENDED = 1, REFUSED = 2, ROOM = 65536, ARGS = 64 };
enum { LINE, CLIENT, SERVER, SIGNALS, SOURCES };

/* One direction of the serial line: what was read and is not yet written. */
struct way {
    char octets[ROOM];
    size_t from, to;
};

struct relay {
    struct pollfd p[SOURCES]; /* no client: -1 */
    struct way in, out;       /* client to guest, guest to client */
};

/* A tap device of that name, as it is or new, up. The descriptor carries frames and nothing before them. */
static int open_tap(const char *name)
{
    struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd, sock;

    if (strlen(name) >= sizeof(ifr.ifr_name))
        errx(REFUSED, "%s: too long for the name of an interface", name);
    strcpy(ifr.ifr_name, name);
    fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (fd < 0)
        err(REFUSED, "/dev/net/tun");
    if (ioctl(fd, TUNSETIFF, &ifr) < 0)
        err(REFUSED, "%s: not to be had as a tap device", name);
    sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifr.ifr_flags = 0;
    if (sock < 0 || ioctl(sock, SIOCGIFFLAGS, &ifr) < 0)
        err(REFUSED, "%s", name);
    ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_UP);
    if (ioctl(sock, SIOCSIFFLAGS, &ifr) < 0)
        err(REFUSED, "%s: cannot be set up", name);
    close(sock);
    return fd;
}

static int open_server(const char *path)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    struct stat st;
    mode_t mask;
    int fd;

    if (strlen(path) >= sizeof(sun.sun_path))
        errx(REFUSED, "%s: too long for the name of a socket", path);
    strcpy(sun.sun_path, path);
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mask = umask(077);
    if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 || listen(fd, 4) != 0)
        err(REFUSED, "%s", path);
    umask(mask);
    return fd;
}

/* The first process of the guest's PID namespace: with it end all processes that the guest consists of. */
static void first_process(char **args, int log, int go, const sigset_t *before)
    __attribute__((noreturn));
static void first_process(char **args, int log, int go, const sigset_t *before)
{
    pid_t kernel, gone;
    char octet;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Who started this may be gone already: then there is nothing to be read. */
    if (read(go, &octet, 1) != 1)
        _exit(REFUSED);
    kernel = fork();
    if (kernel == 0) {
        int null = open("/dev/null", O_RDONLY);

        if (null < 0 || setsid() < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
            _exit(REFUSED);
        sigprocmask(SIG_SETMASK, before, NULL);
        execv(args[0], args);
        warn("%s", args[0]);
        _exit(REFUSED);
    }
    do {
        gone = wait(NULL);
    } while (gone != kernel && (gone > 0 || errno == EINTR));
    _exit(ENDED);
}

static pid_t start_guest(char **args, int log, const sigset_t *before)
{
    int go[2];
    pid_t pid;

    if (unshare(CLONE_NEWPID) != 0 || pipe2(go, O_CLOEXEC) != 0)
        err(REFUSED, "a PID namespace for the guest");
    pid = fork();
    if (pid < 0)
        err(REFUSED, "fork");
    if (pid == 0) {
        close(go[1]);
        first_process(args, log, go[0], before);
    }
    if (write(go[1], "", 1) != 1)
        err(REFUSED, "a pipe");
    close(go[0]);
    close(go[1]);
    return pid;
}

static bool is_full(const struct way *w)
{
    return w->from == 0 && w->to == ROOM;
}

static bool is_lasting(ssize_t n)
{
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Reads what there is room for; false: that end is gone. */
static bool fill(struct way *w, const struct pollfd *p)
{
    ssize_t n;

    if (is_full(w) || !(p->revents & (POLLIN | POLLHUP | POLLERR)))
        return true;
    memmove(w->octets, w->octets + w->from, w->to - w->from);
    w->to -= w->from;
    w->from = 0;
    n = read(p->fd, w->octets + w->to, ROOM - w->to);
    if (n > 0)
        w->to += (size_t)n;
    return is_lasting(n);
}

static bool drain(struct way *w, int fd)
{
    ssize_t n;

    if (w->from == w->to)
        return true;
    n = send(fd, w->octets + w->from, w->to - w->from, MSG_NOSIGNAL);
    if (n > 0)
        w->from += (size_t)n;
    return is_lasting(n);
}

/* Moves what can be moved; false: the guest closed its line. */
static bool move(struct relay *r)
{
    struct pollfd *client = &r->p[CLIENT];
    bool stays = client->fd >= 0;

    if (!fill(&r->out, &r->p[LINE]))
        return false;
    if (stays)
        stays = fill(&r->in, client);
    /* What a client said before it went still goes to the guest. */
    if (!drain(&r->in, r->p[LINE].fd))
        return false;
    if (stays)
        stays = drain(&r->out, client->fd);
    if (client->fd >= 0 && !stays) {
        close(client->fd);
        client->fd = -1;
    } else if (client->fd < 0 && (r->p[SERVER].revents & POLLIN)) {
        client->fd = accept4(r->p[SERVER].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
    /* Nobody listens: the line is read all the same, so that the guest does not wait for anybody. */
    if (client->fd < 0)
        r->out.from = r->out.to = 0;
    return true;
}

static short events(const struct way *into, const struct way *from)
{
    return (short)((is_full(into) ? 0 : POLLIN) | (from->from < from->to ? POLLOUT : 0));
}

static int serve(struct relay *r, pid_t guest)
{
    for (;;) {
        struct signalfd_siginfo info;
        int server = r->p[SERVER].fd;
        int n;

        r->p[LINE].events = events(&r->out, &r->in);
        r->p[CLIENT].events = events(&r->in, &r->out);
        r->p[SERVER].events = r->p[SIGNALS].events = POLLIN;
        if (r->p[CLIENT].fd >= 0)
            r->p[SERVER].fd = -1; /* the next one waits */
        n = poll(r->p, SOURCES, -1);
        r->p[SERVER].fd = server;
        if (n < 0 && errno != EINTR)
            err(ENDED, "poll");
        if (n <= 0)
            continue;
        while (read(r->p[SIGNALS].fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
            if (info.ssi_signo != SIGCHLD)
                return TOLD;
        if (waitpid(guest, NULL, WNOHANG) == guest || !move(r))
            return ENDED;
    }
}

int main(int argc, char **argv)
{
    static struct relay relay;
    sigset_t blocked, before;
    char device[128], serial[32];
    char *args[ARGS] = {argv[1], device, serial};
    int lines[2], log, tap, status;
    pid_t guest;

    if (argc < 5 || argc > ARGS)
        errx(REFUSED, "usage: guest-uml LINUX TAP SOCKET LOG ARGUMENT...");
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigemptyset(&blocked);
    for (const int *s = (const int[]){SIGCHLD, SIGTERM, SIGINT, SIGHUP, 0}; *s; s++)
        sigaddset(&blocked, *s);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    log = open(argv[4], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0)
        err(REFUSED, "%s", argv[4]);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines) != 0 ||
        fcntl(lines[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(lines[1], F_SETFD, 0) != 0)
        err(REFUSED, "a serial line");
    tap = open_tap(argv[2]);
    relay.p[LINE].fd = lines[0];
    relay.p[CLIENT].fd = -1;
    relay.p[SIGNALS].fd = signalfd(-1, &blocked, SFD_NONBLOCK | SFD_CLOEXEC);
    relay.p[SERVER].fd = open_server(argv[3]);
    if (relay.p[SIGNALS].fd < 0)
        err(REFUSED, "signals");

    snprintf(device, sizeof(device), "vec0:transport=fd,fd=%d,vec=0", tap);
    snprintf(serial, sizeof(serial), "ssl0=fd:%d", lines[1]);
    for (int i = 5; i < argc; i++)
        args[i - 2] = argv[i];
    guest = start_guest(args, log, &before);
    close(tap);
    close(lines[1]);
    status = serve(&relay, guest);
    kill(guest, SIGKILL);
    waitpid(guest, NULL, 0);
    unlink(argv[3]);
    return status;
}
