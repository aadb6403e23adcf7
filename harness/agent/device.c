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
 * the change counts, which edge-triggered epoll tells.
 */
static bool wait_for_client(const struct ms_agent *a, int fd, const sigset_t *waiting)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLET};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    bool first = true, ready = false;

    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
        if (epoll >= 0)
            close(epoll);
        return false;
    }
    while (!ready && !*a->set.stop) {
        int n = epoll_pwait(epoll, &e, 1, -1, waiting);
        if (n == 1)
            ready = (e.events & EPOLLIN) && (!(e.events & (EPOLLHUP | EPOLLERR)) || !first);
        first = false;
    }
    close(epoll);
    return ready;
}

/* True if the device can be used still: a terminal that was hung up is gone for good. */
static bool lives(int fd)
{
    struct termios t;
    return !isatty(fd) ? errno != EIO : tcgetattr(fd, &t) == 0;
}

int ms_agent_serve_device(struct ms_agent *a, const char *path, struct ms_error *err)
{
    sigset_t waiting;
    int fd = open_device(path, err), rc = MS_OK;

    if (fd < 0)
        return fd;
    serve_block_signals(&waiting);
    while (rc == MS_OK && !*a->set.stop) {
        if (!wait_for_client(a, fd, &waiting))
            continue;
        rc = ms_agent_serve_stream(a, fd, fd, err);
        if (rc == MS_OK && !*a->set.stop && !lives(fd))
            rc = ms_fail(err, MS_ERR_SYS, "%s is gone", path);
    }
    close(fd);
    return rc;
}
