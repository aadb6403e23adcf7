/* SPDX-License-Identifier: MIT */
/* Our own program for transfers: standard input to the peer, the peer's octets to standard output. */
#include "programs/tools.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum { CHUNK = 65536 };

/* One direction: what is held, and whether more may come. */
struct flow {
    char data[CHUNK];
    size_t at, len;
    bool over;
};

static int complain(const char *what)
{
    dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(errno));
    return 1;
}

static socklen_t socket_address(const struct ms_addr *a, uint16_t port,
                                struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (a->family == MS_IPV6) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)out;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        memcpy(&v6->sin6_addr, a->octets, 16);
        return sizeof *v6;
    }
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    memcpy(&v4->sin_addr, a->octets, 4);
    return sizeof *v4;
}

static int open_connection(const struct native_args *n)
{
    struct sockaddr_storage to, from;
    socklen_t to_len = socket_address(&n->to, n->port, &to);
    int one = 1;
    int fd =
        socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, n->plain ? IPPROTO_TCP : IPPROTO_MPTCP);

    if (fd < 0) {
        complain("socket");
        return -1;
    }
    if (n->server) {
        /* On all addresses: joins to announced ones need a listener there, see below. */
        struct ms_addr all = {.family = n->to.family};
        to_len = socket_address(&all, n->port, &to);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(fd, (struct sockaddr *)&to, to_len) != 0 || listen(fd, 1) != 0) {
            complain("listen");
            return -1;
        }
        int c = accept(fd, NULL, NULL);
        if (c < 0)
            complain("accept");
        /* The listener stays for the life of the process: Linux answers an MP_JOIN to a port that nobody listens on
         * with a RST. */
        return c;
    }
    if (n->from.family != 0 &&
        bind(fd, (struct sockaddr *)&from, socket_address(&n->from, 0, &from)) != 0) {
        complain("bind");
        return -1;
    }
    if (connect(fd, (struct sockaddr *)&to, to_len) != 0) {
        complain("connect");
        return -1;
    }
    return fd;
}

/* Standard input to the peer, as much as goes without waiting. */
static int push(int fd, struct flow *f)
{
    if (f->at == f->len) {
        ssize_t n = read(STDIN_FILENO, f->data, sizeof f->data);
        if (n < 0)
            return complain("read");
        f->at = 0;
        f->len = (size_t)n;
        if (n == 0) {
            f->over = true;
            return shutdown(fd, SHUT_WR) == 0 ? 0 : complain("shutdown");
        }
    }
    ssize_t n = send(fd, f->data + f->at, f->len - f->at, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : complain("send");
    f->at += (size_t)n;
    return 0;
}

/* What has come to standard output. */
static int pull(int fd, struct flow *f)
{
    ssize_t n = recv(fd, f->data, sizeof f->data, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : complain("recv");
    f->over = n == 0;
    for (ssize_t at = 0, w; at < n; at += w)
        if ((w = write(STDOUT_FILENO, f->data + at, (size_t)(n - at))) < 0)
            return complain("write");
    return 0;
}

/* Ends its direction when its octets are sent; one that has none ends it with the connection, as a reader does. */
static int transfer(int fd, const struct native_args *n)
{
    struct flow out = {.over = !n->sends}, in = {.over = false};

    while (!out.over || !in.over) {
        struct pollfd p = {.fd = fd,
                           .events = (short)((out.over ? 0 : POLLOUT) | (in.over ? 0 : POLLIN))};
        if (poll(&p, 1, -1) < 0 && errno != EINTR)
            return complain("poll");
        if (!in.over && (p.revents & (POLLIN | POLLHUP | POLLERR)) && pull(fd, &in) != 0)
            return 1;
        if (!out.over && (p.revents & (POLLOUT | POLLHUP | POLLERR)) && push(fd, &out) != 0)
            return 1;
    }
    return close(fd) == 0 ? 0 : complain("close");
}

int native_main(const void *arg)
{
    const struct native_args *n = arg;
    int fd = open_connection(n);
    return fd < 0 ? 1 : transfer(fd, n);
}
