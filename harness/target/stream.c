/* SPDX-License-Identifier: MIT */
/* Octets of connections: services, send, recv, end of file. */
#include "target/local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mptcpspec/crypto.h"

/* A transfer must not keep the event loop from anything else. */
enum { CHUNKS_PER_RUN = 64 };

static bool can_read(const struct sock *s)
{
    return s->fd >= 0 && !s->connecting && !s->stopped && !s->eof && s->read_err == 0;
}

/* How many octets the application would read now. */
static size_t read_limit(const struct local *l, const struct sock *s)
{
    uint64_t want = 0;

    if (!can_read(s))
        return 0;
    if (l->cfg.service == MS_SERVICE_ECHO && s->spill_len != 0)
        return 0;
    if (l->cfg.service != MS_SERVICE_NONE)
        return TARGET_CHUNK;
    for (const struct op *op = l->ops; op != NULL; op = op->next) {
        if (op->s != s)
            continue;
        if (op->kind == MS_VERB_EXPECT_EOF)
            return TARGET_CHUNK;
        if (op->kind == MS_VERB_RECV && op->want > s->rx_total && op->want - s->rx_total > want)
            want = op->want - s->rx_total;
    }
    return want > TARGET_CHUNK ? TARGET_CHUNK : (size_t)want;
}

bool stream_wants_read(const struct local *l, const struct sock *s)
{
    return read_limit(l, s) != 0;
}

static bool echo_waits(const struct sock *s)
{
    return s->echoed < s->kept || s->spill_len != 0;
}

static bool source_waits(const struct local *l, const struct sock *s)
{
    return l->cfg.source_octets == 0 || s->tx_total < l->cfg.source_octets;
}

static bool service_wants_write(const struct local *l, const struct sock *s)
{
    if (s->fd < 0 || s->connecting || s->write_err != 0)
        return false;
    return (l->cfg.service == MS_SERVICE_ECHO && echo_waits(s)) ||
           (l->cfg.service == MS_SERVICE_SOURCE && source_waits(l, s));
}

bool stream_wants_write(const struct local *l, const struct sock *s)
{
    if (service_wants_write(l, s))
        return true;
    for (const struct op *op = l->ops; op != NULL; op = op->next)
        if (op->s == s && op->kind == MS_VERB_SEND)
            return true;
    return false;
}

/* Room for n more kept octets; false: beyond the limit of what is kept. */
static bool keep_room(struct sock *s, size_t n)
{
    if (s->kept + n > TARGET_KEPT_MAX)
        return false;
    if (s->kept + n > s->rx_cap) {
        size_t cap = s->rx_cap != 0 ? s->rx_cap * 2 : 4096;
        while (cap < s->kept + n)
            cap *= 2;
        uint8_t *p = realloc(s->rx, cap);
        if (p == NULL)
            return false;
        s->rx = p;
        s->rx_cap = cap;
    }
    return true;
}

/* One read: the number of octets, 0 at the end of file, -1 with errno. */
static ssize_t read_some(const struct local *l, struct sock *s, size_t limit)
{
    if (s->rx_total == s->kept && keep_room(s, limit)) {
        ssize_t n = recv(s->fd, s->rx + s->kept, limit, MSG_DONTWAIT);
        if (n > 0)
            s->kept += (size_t)n;
        return n;
    }
    if (s->spill == NULL && (s->spill = malloc(TARGET_CHUNK)) == NULL) {
        errno = ENOMEM;
        return -1;
    }
    ssize_t n = recv(s->fd, s->spill, limit, MSG_DONTWAIT);
    if (n > 0 && l->cfg.service == MS_SERVICE_ECHO)
        s->spill_len = (size_t)n;
    return n;
}

static void read_ready(struct local *l, struct sock *s)
{
    size_t limit;

    for (int i = 0; i < CHUNKS_PER_RUN && (limit = read_limit(l, s)) != 0; i++) {
        ssize_t n = read_some(l, s, limit);
        if (n > 0) {
            s->rx_total += (uint64_t)n;
        } else if (n == 0) {
            s->eof = true;
        } else if (errno == EINTR) {
            continue;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else {
            s->read_err = errno;
        }
    }
}

/* True if it took some; waiting is no error. */
static bool write_some(struct sock *s, const uint8_t *p, size_t n, size_t *taken, int *error)
{
    ssize_t k = send(s->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);

    *taken = k > 0 ? (size_t)k : 0;
    *error = 0;
    /* EINPROGRESS: a fast open SYN without a cookie has left, the data waits for the handshake. */
    if (k < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINPROGRESS && errno != EINTR)
        *error = errno;
    s->tx_total += *taken;
    return k > 0;
}

static bool echo_some(struct sock *s)
{
    size_t taken;
    bool spilt = s->echoed >= s->kept;
    const uint8_t *from = spilt ? s->spill : s->rx + s->echoed;
    size_t n = spilt ? s->spill_len : (size_t)(s->kept - s->echoed);
    bool more = write_some(s, from, n > TARGET_CHUNK ? TARGET_CHUNK : n, &taken, &s->write_err);

    if (spilt) {
        memmove(s->spill, s->spill + taken, s->spill_len - taken);
        s->spill_len -= taken;
    } else {
        s->echoed += taken;
    }
    return more;
}

/* Octets of the IUT's stream from where the connection stands. */
static bool stream_some(const struct local *l, struct sock *s, uint64_t n, size_t *taken,
                        int *error)
{
    uint8_t chunk[16384];
    size_t now = n > sizeof chunk ? sizeof chunk : (size_t)n;
    ms_stream_fill(l->cfg.stream_seed, s->tx_total, chunk, now);
    return write_some(s, chunk, now, taken, error);
}

static void serve(struct local *l, struct sock *s)
{
    size_t taken;
    bool more = true;

    for (int i = 0; more && i < CHUNKS_PER_RUN && service_wants_write(l, s); i++) {
        if (l->cfg.service == MS_SERVICE_ECHO)
            more = echo_some(s);
        else
            more = stream_some(
                l, s, l->cfg.source_octets != 0 ? l->cfg.source_octets - s->tx_total : UINT64_MAX,
                &taken, &s->write_err);
    }
}

static void send_ready(struct local *l, struct sock *s)
{
    for (struct op *op = l->ops, *next; op != NULL; op = next) {
        next = op->next;
        if (op->s != s || op->kind != MS_VERB_SEND)
            continue;
        int error = 0;
        bool more = true;
        size_t taken;
        for (int i = 0; more && i < CHUNKS_PER_RUN && op->base < op->want; i++) {
            more = stream_some(l, s, op->want - op->base, &taken, &error);
            op->base += taken;
        }
        if (error == 0 && op->base < op->want)
            return; /* later sends wait behind this one */
        local_end_op(l, op, error, op->base);
    }
}

static void complete_reads(struct local *l, struct sock *s)
{
    bool ended = s->eof || s->read_err != 0;

    for (struct op *op = l->ops, *next; op != NULL; op = next) {
        next = op->next;
        if (op->s != s)
            continue;
        if (op->kind == MS_VERB_RECV && (s->rx_total >= op->want || ended))
            local_end_op(l, op, s->rx_total >= op->want ? 0 : s->read_err, s->rx_total);
        else if (op->kind == MS_VERB_EXPECT_EOF && ended)
            local_end_op(l, op, s->read_err, s->rx_total);
    }
}

static bool has_ops(const struct local *l, const struct sock *s)
{
    for (const struct op *op = l->ops; op != NULL; op = op->next)
        if (op->s == s)
            return true;
    return false;
}

/* A service whose peer has ended, and that has said all it had to say, closes. */
static void service_end(struct local *l, struct sock *s)
{
    if (l->cfg.service == MS_SERVICE_NONE || s->fd < 0 || s->connecting || has_ops(l, s))
        return;
    if (s->read_err != 0) {
        sock_close(l, s);
    } else if (s->eof && !service_wants_write(l, s)) {
        shutdown(s->fd, SHUT_WR);
        sock_close(l, s);
    }
}

void stream_run(struct local *l, struct sock *s)
{
    read_ready(l, s);
    complete_reads(l, s);
    if (s->fd >= 0 && !s->connecting) {
        serve(l, s);
        send_ready(l, s);
    }
    service_end(l, s);
}

static struct sock *connection_of(struct local *l, uint32_t id, const struct ms_verb *v)
{
    struct sock *s = local_find(l, SOCK_CONNECTION, v->name);
    if (s == NULL)
        local_complete(l, id, v->kind, ENOTCONN, 0, NULL, 0);
    return s;
}

int start_transfer(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    if (v->num < 0)
        return ms_fail(err, MS_ERR_RANGE, "a negative number of octets");
    struct sock *s = connection_of(l, id, v);
    if (s == NULL)
        return MS_OK;
    bool known_end = v->kind != MS_VERB_SEND && (s->eof || s->read_err != 0);
    if (s->fd < 0 && !known_end && !(v->kind == MS_VERB_RECV && s->rx_total >= (uint64_t)v->num)) {
        local_complete(l, id, v->kind, EBADF, v->kind == MS_VERB_SEND ? 0 : s->rx_total, NULL, 0);
        return MS_OK;
    }
    struct op *op = local_add_op(l, id, v, s);
    op->want = (uint64_t)v->num;
    stream_run(l, s);
    local_watch(l, s);
    return MS_OK;
}

int start_reading(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    bool stop = v->kind == MS_VERB_STOP_READING;
    struct sock *s = local_find(l, SOCK_CONNECTION, v->name);
    (void)err;

    if (s == NULL && v->name != NULL && *v->name) {
        local_complete(l, id, v->kind, ENOTCONN, 0, NULL, 0);
        return MS_OK;
    }
    if (s == NULL || !stop)
        l->stopped_before = stop;
    if (s != NULL) {
        s->stopped = stop;
        stream_run(l, s);
        local_watch(l, s);
    }
    local_complete(l, id, v->kind, 0, 0, NULL, 0);
    return MS_OK;
}

int start_shutdown(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    static const struct {
        const char *name;
        int how;
    } ways[] = {{"read", SHUT_RD}, {"write", SHUT_WR}, {"both", SHUT_RDWR}};
    const char *text = v->text != NULL ? v->text : "write";

    for (size_t i = 0; i < MS_ARRAY_LEN(ways); i++) {
        if (strcmp(ways[i].name, text) != 0)
            continue;
        struct sock *s = connection_of(l, id, v);
        if (s == NULL)
            return MS_OK;
        int e = s->fd < 0 ? EBADF : shutdown(s->fd, ways[i].how) == 0 ? 0 : errno;
        local_complete(l, id, v->kind, e, 0, NULL, 0);
        return MS_OK;
    }
    return ms_fail(err, MS_ERR_PARSE, "\"%s\" is neither read nor write nor both", text);
}

int start_urgent(struct local *l, uint32_t id, const struct ms_verb *v, struct ms_error *err)
{
    struct sock *s = connection_of(l, id, v);
    uint8_t octet;
    (void)err;

    if (s == NULL)
        return MS_OK;
    ms_stream_fill(l->cfg.stream_seed, s->tx_total, &octet, 1);
    ssize_t n = s->fd < 0 ? (errno = EBADF, -1)
                          : send(s->fd, &octet, 1, MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n == 1)
        s->tx_total++;
    local_complete(l, id, v->kind, n == 1 ? 0 : errno, n == 1, NULL, 0);
    return MS_OK;
}
