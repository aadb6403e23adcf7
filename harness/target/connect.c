/* SPDX-License-Identifier: MIT */
/* Sockets come into being: listen, accept, connect, their options and names. */
#include "target/local.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128 };

struct new_socket {
    uint8_t family;
    bool plain_tcp;
    int fd;
};

static socklen_t to_sockaddr(const struct ms_addr *a, uint8_t family, uint16_t port,
                             struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (family == MS_IPV6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        memcpy(&in6->sin6_addr, a->octets, 16);
        return sizeof *in6;
    }
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)out;
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    memcpy(&in->sin_addr, a->octets, 4);
    return sizeof *in;
}

static int make_socket(struct local *l, void *arg)
{
    struct new_socket *n = arg;
    (void)l;
    n->fd = socket(n->family == MS_IPV6 ? AF_INET6 : AF_INET,
                   SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                   n->plain_tcp ? IPPROTO_TCP : IPPROTO_MPTCP);
    return MS_OK;
}

/*
 * A socket of the IUT: its descriptor, or -errno for what MPTCP switched off by sysctl gives (a case may want
 * that). Other refusals are no behaviour of the protocol: *rc is a failure then.
 */
static int open_socket(struct local *l, uint8_t family, bool plain_tcp, int *rc,
                       struct ms_error *err)
{
    struct new_socket n = {.family = family, .plain_tcp = plain_tcp, .fd = -1};
    const char *call =
        plain_tcp ? "socket(SOCK_STREAM, IPPROTO_TCP)" : "socket(SOCK_STREAM, IPPROTO_MPTCP)";

    *rc = local_in_iut(l, make_socket, &n, err);
    if (*rc != MS_OK || n.fd >= 0)
        return n.fd;
    if (errno == ENOPROTOOPT)
        return -errno;
    if (errno == EPROTONOSUPPORT || errno == EINVAL)
        *rc = ms_fail_errno(err, "%s: the kernel has no MPTCP (CONFIG_MPTCP)", call);
    else if (errno == EPERM || errno == EACCES)
        *rc = ms_fail_errno(err, "%s: refused, perhaps by a seccomp filter or SELinux", call);
    else
        *rc = ms_fail_errno(err, "%s", call);
    return -1;
}

/* Options that were set before the socket existed: those of its name, and nameless ones. */
static int apply_options(struct local *l, int fd, uint8_t family, const char *name)
{
    for (const struct pending_option *o = l->options; o != NULL; o = o->next) {
        if (*o->name && (name == NULL || strcmp(o->name, name) != 0))
            continue;
        int e = sockopt_set(fd, family, o->option, o->value);
        if (e != 0)
            return e;
    }
    return 0;
}

static int bind_to(int fd, const struct ms_addr *a, uint8_t family, uint16_t port)
{
    struct sockaddr_storage sa;
    socklen_t len = to_sockaddr(a, family, port, &sa);
    return bind(fd, (struct sockaddr *)&sa, len) == 0 ? 0 : errno;
}

int start_listen(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    int rc;
    uint8_t family = v->addr.family != 0 ? v->addr.family : (uint8_t)l->cfg.family;
    int fd = open_socket(l, family, v->plain_tcp, &rc, err);
    if (rc != MS_OK)
        return rc;
    int e = fd < 0 ? -fd : sockopt_set(fd, family, "reuseaddr", 1);
    if (e == 0)
        e = apply_options(l, fd, family, v->name);
    if (e == 0)
        e = bind_to(fd, &v->addr, family, v->port != 0 ? v->port : l->cfg.default_port);
    if (e == 0 && listen(fd, BACKLOG) != 0)
        e = errno;
    if (e == 0) {
        struct sock *s = local_add_sock(l, SOCK_LISTENER, fd,
                                        v->name != NULL && *v->name ? v->name : "listener");
        s->family = family;
        local_watch(l, s);
    } else if (fd >= 0) {
        close(fd);
    }
    local_complete(l, id, v->kind, e, 0, NULL, 0);
    return MS_OK;
}

int start_connect(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    int rc;
    uint8_t family = v->addr.family != 0 ? v->addr.family : (uint8_t)l->cfg.family;
    int fd = open_socket(l, family, v->plain_tcp, &rc, err);
    if (rc != MS_OK)
        return rc;
    if (fd < 0) {
        local_complete(l, id, v->kind, -fd, 0, NULL, 0);
        return MS_OK;
    }
    struct sock *s = local_add_sock(l, SOCK_CONNECTION, fd, v->name);
    s->family = family;
    s->claimed = true;
    int e = apply_options(l, fd, family, v->name);
    if (e == 0 && (v->local.family != 0 || v->local_port != 0))
        e = bind_to(fd, &v->local, family, v->local_port);
    if (e == 0) {
        struct sockaddr_storage sa;
        socklen_t len =
            to_sockaddr(&v->addr, family, v->port != 0 ? v->port : l->cfg.default_port, &sa);
        if (connect(fd, (struct sockaddr *)&sa, len) != 0)
            e = errno;
    }
    if (e == EINPROGRESS) {
        s->connecting = true;
        local_add_op(l, id, v, s);
    } else {
        local_complete(l, id, v->kind, e, 0, NULL, 0);
        if (e != 0)
            sock_close(l, s);
    }
    local_watch(l, s);
    return MS_OK;
}

void connect_ready(struct local *l, struct sock *s)
{
    int e = 0;
    socklen_t len = sizeof e;

    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &e, &len) != 0)
        e = errno;
    s->connecting = false;
    s->read_err = e;
    for (struct op *op = l->ops, *next; op != NULL; op = next) {
        next = op->next;
        /* A connection that fails takes all with it that was to be done on it. */
        if (op->s == s && (op->kind == MS_VERB_CONNECT || e != 0))
            local_end_op(l, op, e, 0);
    }
    if (e != 0)
        sock_close(l, s);
    else
        stream_run(l, s);
}

static void report_accept(struct local *l, uint32_t id, struct sock *s, const char *name)
{
    s->claimed = true;
    if (name != NULL && *name)
        strncpy(s->alias, name, sizeof s->alias - 1);
    const char *said = *s->alias ? s->alias : s->name;
    char *text = strdup(said);
    if (text == NULL)
        abort();
    local_complete(l, id, MS_VERB_ACCEPT, 0, 0, text, strlen(text));
}

static struct op *first_accept(const struct local *l)
{
    for (struct op *op = l->ops; op != NULL; op = op->next)
        if (op->kind == MS_VERB_ACCEPT)
            return op;
    return NULL;
}

static void drop_op(struct local *l, struct op *op)
{
    for (struct op **at = &l->ops; *at != NULL; at = &(*at)->next) {
        if (*at == op) {
            *at = op->next;
            free(op);
            return;
        }
    }
}

void listener_ready(struct local *l, struct sock *s)
{
    while (l->cfg.service != MS_SERVICE_NONE || first_accept(l) != NULL) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        struct op *op = first_accept(l);
        if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
            continue;
        if (fd < 0) {
            l->full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
            if (errno != EAGAIN && errno != EWOULDBLOCK && op != NULL)
                local_end_op(l, op, errno, 0);
            return;
        }
        char name[TARGET_NAME_MAX];
        snprintf(name, sizeof name, "c%u", ++l->n_accepted);
        struct sock *c = local_add_sock(l, SOCK_CONNECTION, fd, name);
        c->family = s->family;
        if (op != NULL) {
            report_accept(l, op->id, c, op->name);
            drop_op(l, op);
        }
        local_watch(l, c);
    }
}

int start_accept(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    bool listening = false;
    (void)err;

    for (struct sock *s = l->socks; s != NULL; s = s->next) {
        if (s->kind == SOCK_CONNECTION && !s->claimed) {
            report_accept(l, id, s, v->name);
            return MS_OK;
        }
        listening = listening || (s->kind == SOCK_LISTENER && s->fd >= 0);
    }
    if (!listening) {
        local_complete(l, id, v->kind, EINVAL, 0, NULL, 0);
        return MS_OK;
    }
    local_add_op(l, id, v, NULL);
    for (struct sock *s = l->socks; s != NULL; s = s->next)
        if (s->kind == SOCK_LISTENER)
            local_watch(l, s);
    return MS_OK;
}

static int defer_option(struct local *l, const struct ms_verb *v)
{
    if (!sockopt_known(v->text))
        return ENOPROTOOPT;
    struct pending_option *o = calloc(1, sizeof *o), **at = &l->options;
    if (o == NULL)
        abort();
    if (v->name != NULL)
        strncpy(o->name, v->name, sizeof o->name - 1);
    strncpy(o->option, v->text, sizeof o->option - 1);
    o->value = v->num;
    while (*at != NULL)
        at = &(*at)->next;
    *at = o;
    return 0;
}

/* On the connection of that name, else the listener (what it accepts inherits), else on what comes. */
int start_sockopt(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    if (v->text == NULL)
        return ms_fail(err, MS_ERR_PARSE, "no option is named");
    struct sock *s = local_find(l, SOCK_CONNECTION, v->name);
    if (s == NULL)
        s = local_find(l, SOCK_LISTENER, v->name);
    int e = s == NULL   ? defer_option(l, v)
            : s->fd < 0 ? EBADF
                        : sockopt_set(s->fd, s->family, v->text, v->num);
    local_complete(l, id, v->kind, e, 0, NULL, 0);
    return MS_OK;
}

static void put_name(struct ms_buf *b, const struct sockaddr_storage *sa)
{
    struct ms_addr a = {0};
    char text[46];
    unsigned port = 0;

    if (sa->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;
        a.family = MS_IPV6;
        memcpy(a.octets, &in6->sin6_addr, 16);
        port = ntohs(in6->sin6_port);
    } else if (sa->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;
        a.family = MS_IPV4;
        memcpy(a.octets, &in->sin_addr, 4);
        port = ntohs(in->sin_port);
    }
    ms_buf_printf(b, "%s%s %u", b->len != 0 ? " " : "",
                  a.family != 0 ? ms_addr_text(&a, text) : "-", port);
}

int start_names(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    struct sockaddr_storage own = {0}, peer = {0};
    socklen_t own_len = sizeof own, peer_len = sizeof peer;
    struct ms_buf b = {0};
    struct sock *s = local_find(l, SOCK_CONNECTION, v->name);
    (void)err;

    if (s == NULL)
        s = local_find(l, SOCK_LISTENER, v->name);
    int e = s == NULL || s->fd < 0 ? EBADF : 0;
    if (e == 0 && getsockname(s->fd, (struct sockaddr *)&own, &own_len) != 0)
        e = errno;
    if (e == 0) {
        /* A listener and a connection that is gone have no peer: "- 0". */
        if (getpeername(s->fd, (struct sockaddr *)&peer, &peer_len) != 0)
            peer.ss_family = AF_UNSPEC;
        put_name(&b, &own);
        put_name(&b, &peer);
    }
    local_complete(l, id, v->kind, e, 0, b.data, b.len);
    return MS_OK;
}
