/* SPDX-License-Identifier: MIT */
/* Who listens in a namespace, by sock_diag: plain TCP has no event for it. */
#include "programs/programs_int.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

int netns_enter(int ns, int *left, struct ms_error *err)
{
    *left = -1;
    if (ns < 0)
        return MS_OK;
    int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0)
        return ms_fail_errno(err, "/proc/thread-self/ns/net");
    if (setns(ns, CLONE_NEWNET) != 0) {
        int rc = ms_fail_errno(err, "entering a network namespace");
        close(own);
        return rc;
    }
    *left = own;
    return MS_OK;
}

void netns_leave(int left)
{
    if (left < 0)
        return;
    setns(left, CLONE_NEWNET);
    close(left);
}

int listening_open(int netns, struct ms_error *err)
{
    int left, rc = netns_enter(netns, &left, err);
    if (rc != MS_OK)
        return rc;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    int cause = errno;
    netns_leave(left);
    errno = cause;
    return fd >= 0 ? fd : ms_fail_errno(err, "socket(AF_NETLINK, NETLINK_SOCK_DIAG)");
}

/* One octet buffer of answers; sets *found; 1 when the dump is over, 0 if more comes, or an errno, negated. */
static int look(const uint8_t *buf, size_t len, uint16_t port, bool *found)
{
    const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)buf;

    for (int left = (int)len; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
        if (m->nlmsg_type == NLMSG_DONE)
            return 1;
        if (m->nlmsg_type == NLMSG_ERROR) {
            if (mnl_nlmsg_get_payload_len(m) < sizeof(struct nlmsgerr))
                return -EBADMSG;
            return ((const struct nlmsgerr *)mnl_nlmsg_get_payload(m))->error;
        }
        if (m->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            mnl_nlmsg_get_payload_len(m) < sizeof(struct inet_diag_msg))
            continue;
        const struct inet_diag_msg *d = mnl_nlmsg_get_payload(m);
        *found |= ntohs(d->id.idiag_sport) == port;
    }
    return 0;
}

static int ask_family(int fd, uint8_t family, uint16_t port, bool *found)
{
    static uint32_t seq;
    _Alignas(8) uint8_t buf[16384] = {0};
    struct nlmsghdr *m = mnl_nlmsg_put_header(buf);
    m->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    m->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    m->nlmsg_seq = ++seq;
    struct inet_diag_req_v2 *q = mnl_nlmsg_put_extra_header(m, sizeof *q);
    q->sdiag_family = family;
    q->sdiag_protocol = IPPROTO_TCP;
    q->idiag_states = 1U << TCP_LISTEN;
    q->id.idiag_sport = htons(port);
    if (send(fd, buf, m->nlmsg_len, 0) < 0)
        return -errno;
    for (;;) {
        ssize_t n = recv(fd, buf, sizeof buf, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EBADMSG;
        int rc = look(buf, (size_t)n, port, found);
        if (rc != 0)
            return rc < 0 ? rc : 0;
    }
}

int listening_ask(int fd, uint16_t port, struct ms_error *err)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};
    bool found = false;

    for (size_t i = 0; i < MS_ARRAY_LEN(families) && !found; i++) {
        int rc = ask_family(fd, families[i], port, &found);
        if (rc < 0 && !(rc == -ENOENT && families[i] == AF_INET6)) {
            errno = -rc;
            return ms_fail_errno(err, "asking who listens (sock_diag)");
        }
    }
    return found;
}

int ms_listening(int netns, uint16_t port, struct ms_error *err)
{
    int fd = listening_open(netns, err);
    if (fd < 0)
        return fd;
    int rc = listening_ask(fd, port, err);
    close(fd);
    return rc;
}
