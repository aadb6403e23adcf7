/* SPDX-License-Identifier: MIT */
/*
 * A character device: the serial port of a virtual machine. Nobody connects or disconnects; a client begins by hello.
 * Where the other side can be seen to go (a virtio port whose host closes it), its next one is waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "agent/serve.h"

static int open_device(const char *path, struct ms_error *err)
{
    struct stat st;
    struct termios t;
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return ms_fail_errno(err, "%s", path);
    if (fstat(fd, &st) != 0 || !S_ISCHR(st.st_mode)) {
        close(fd);
        return ms_fail(err, MS_ERR_UNSUPPORTED, "%s is no character device", path);
    }
    if (!isatty(fd))
        return fd;
    /* Octets as they are, no echo, no signals, no waiting for a carrier, and nothing from before. */
    if (tcgetattr(fd, &t) == 0) {
        cfmakeraw(&t);
        t.c_cflag |= CLOCAL | CREAD;
        t.c_cflag &= ~(tcflag_t)CRTSCTS;
        t.c_cc[VMIN] = 1;
        t.c_cc[VTIME] = 0;
        if (tcsetattr(fd, TCSANOW, &t) == 0)
            return fd;
    }
    int rc = ms_fail_errno(err, "%s: its terminal settings", path);
    close(fd);
    return rc;
}

/*
 * Waits until somebody may be there. A device that nobody has open at its other end is always "ready", to say so: only
 * the change counts, which edge-triggered epoll tells. MS_OK too when the agent is to stop.
 */
static int wait_for_client(const struct ms_agent *a, int fd, const char *path,
                           const sigset_t *waiting, struct ms_error *err)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLET};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    bool first = true, ready = false;

    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
        int rc = ms_fail_errno(err, "%s cannot be waited for", path);
        if (epoll >= 0)
            close(epoll);
        return rc;
    }
    while (!ready && !*a->set.stop) {
        int n = epoll_pwait(epoll, &e, 1, -1, waiting);
        if (n == 1)
            ready = (e.events & EPOLLIN) && (!(e.events & (EPOLLHUP | EPOLLERR)) || !first);
        first = false;
    }
    close(epoll);
    return MS_OK;
}

/* A terminal that was hung up is gone for good. */
static bool lives(int fd, bool terminal)
{
    struct termios t;
    return !terminal || tcgetattr(fd, &t) == 0;
}

int ms_agent_serve_device(struct ms_agent *a, const char *path, struct ms_error *err)
{
    sigset_t waiting;
    int fd = open_device(path, err), rc = MS_OK;

    if (fd < 0)
        return fd;
    bool terminal = isatty(fd);
    serve_block_signals(&waiting);
    while (rc == MS_OK && !*a->set.stop) {
        if (a->unread.len == 0) /* else one is there already */
            rc = wait_for_client(a, fd, path, &waiting, err);
        if (rc == MS_OK && !*a->set.stop)
            rc = ms_agent_serve_stream(a, fd, fd, err);
        if (rc == MS_OK && !*a->set.stop && !lives(fd, terminal))
            rc = ms_fail(err, MS_ERR_SYS, "%s is gone", path);
    }
    close(fd);
    return rc;
}
