/* SPDX-License-Identifier: MIT */
/*
 * An interface belongs to one agent: the first of two to end would give its offloads back, and what the other's sessions
 * send would leave with checksums that are yet to be computed. The claim is a name in the interface's network namespace,
 * which is free again when its last holder, the guardian, is gone.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/serve.h"

enum {
    RELEASE_MS = 2000, /* an agent that has ended gives back within moments */
    AGAIN_MS = 10,
    BACKLOG = 16
};

/*
 * Waits for the end of the holder, up to `until`. False: it stays. One that refuses is gone, or has not got as far as to
 * listen: there is nothing to wait for then, and it is tried again.
 */
static bool wait_for_release(const struct sockaddr_un *a, socklen_t len, uint64_t until)
{
    uint64_t now = ms_now_ns();
    if (now >= until)
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool gone =
        fd >= 0 && connect(fd, (const struct sockaddr *)a, len) != 0 && errno == ECONNREFUSED;
    struct pollfd p = {.fd = fd};

    if (gone)
        poll(NULL, 0, AGAIN_MS);
    else if (fd >= 0)
        gone = poll(&p, 1, (int)((until - now) / 1000000)) == 1;
    if (fd >= 0)
        close(fd);
    return gone;
}

int claim_iface(const char *iface, struct ms_error *err)
{
    struct sockaddr_un a;
    socklen_t len = ms_netns_name(&a, "agent-on-", iface);
    uint64_t until = ms_now_ns() + (uint64_t)RELEASE_MS * 1000000;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    while (fd >= 0 && bind(fd, (struct sockaddr *)&a, len) != 0) {
        bool again = errno == EADDRINUSE && wait_for_release(&a, len, until);
        if (again)
            continue;
        close(fd);
        return ms_fail(
            err, MS_ERR_SYS,
            "another agent uses interface %s: an agent with --unix serves several testers", iface);
    }
    if (fd < 0 || listen(fd, BACKLOG) != 0) {
        if (fd >= 0)
            close(fd);
        return ms_fail_errno(err, "socket(AF_UNIX)");
    }
    return fd;
}
