/* SPDX-License-Identifier: MIT */
/* The life of a session: its network, its target, and a loop over the two of them and the router. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/place.h"
#include "agent/serve.h"

/* What a session may take of memory besides what it begins with: sixteen times what is kept of one connection. */
#define MEMORY_MAX ((rlim_t)1 << 30)

#define SETTLE_MAX                                                                                 \
    64 /* a service that never comes to rest must not keep requests from being read */

struct request {
    uint32_t id; /* 0: free */
    uint32_t op; /* of the target */
};

struct work {
    const struct ms_agent *agent;
    int fd;
    uint32_t number;
    struct place place;
    struct ms_target *t;
    struct keeper_journal *journal; /* NULL: nothing need be undone */
    struct request request[MS_AGENT_REQUESTS_MAX];
    struct way out;
    bool ended; /* the router says nothing more */
};

/* ---- answers ---- */

static void add(struct work *w, struct ms_agent_out *o)
{
    if (o->len != 0)
        ms_buf_add(&w->out.b, o->buf, o->len);
}

static void refuse(struct work *w, uint32_t id, enum ms_agent_error e, const char *text)
{
    struct ms_agent_out o;
    ms_agent_put_error(&o, w->number, id, e, text);
    add(w, &o);
}

/* Which error of the protocol a failed call stands for. */
static enum ms_agent_error error_of(int rc)
{
    return rc == MS_ERR_UNSUPPORTED                                         ? MS_AGENT_UNSUPPORTED
           : rc == MS_ERR_PARSE || rc == MS_ERR_RANGE || rc == MS_ERR_SPACE ? MS_AGENT_BADARG
                                                                            : MS_AGENT_INTERNAL;
}

/* Sends what waits, whole lines in each message. */
static void flush(struct work *w)
{
    while (way_len(&w->out) != 0) {
        const char *head = way_head(&w->out);
        size_t n = way_len(&w->out);
        if (n > SERVE_MESSAGE_MAX) {
            const char *end = memrchr(head, '\n', SERVE_MESSAGE_MAX);
            n = (size_t)(end - head) + 1;
        }
        if (send(w->fd, head, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
                return;
            _exit(0); /* the router is gone */
        }
        way_gone(&w->out, n);
    }
}

/* ---- completions ---- */

static void tell_done(struct work *w)
{
    struct ms_done done;
    struct ms_error err;
    int rc;

    while ((rc = w->t->ops->next(w->t, &done, &err)) == 1) {
        for (size_t i = 0; i < MS_ARRAY_LEN(w->request); i++) {
            struct request *q = &w->request[i];
            if (q->id == 0 || q->op != done.id)
                continue;
            ms_agent_put_done(&w->out.b, w->number, q->id, &done);
            q->id = 0;
            break;
        }
    }
    if (rc < 0) {
        fprintf(stderr, "mptcpspec agent: session %u: %s\n", w->number, err.msg);
        _exit(1);
    }
}

static void tell_events(struct work *w)
{
    struct ms_agent_out o;
    char text[512];

    while (way_len(&w->out) < SERVE_OUT_MAX &&
           w->t->ops->event(w->t, text, sizeof text, NULL) == 1) {
        ms_agent_begin(&o, w->number, 0, "event");
        ms_agent_put_text(&o, "text", text);
        ms_agent_end(&o);
        add(w, &o);
    }
}

/* ---- requests ---- */

static struct request *place_for(struct work *w, uint32_t id)
{
    struct request *empty = NULL;

    for (size_t i = 0; i < MS_ARRAY_LEN(w->request); i++) {
        struct request *q = &w->request[i];
        if (q->id == id) {
            refuse(w, id, MS_AGENT_EXISTS, "a request of that ID is not yet answered");
            return NULL;
        }
        if (q->id == 0 && empty == NULL)
            empty = q;
    }
    if (empty == NULL)
        refuse(w, id, MS_AGENT_TOOMANY, "too many requests are unanswered");
    return empty;
}

/*
 * What a session without a namespace of its own changes is noted first. One that has its own changes nothing beyond it:
 * sysctls but net.* are those of the whole machine.
 */
static const char *note(struct work *w, const struct ms_verb *v)
{
    if (v->kind == MS_VERB_SYSCTL && v->text != NULL && w->place.fresh &&
        strncmp(v->text, "net.", 4) != 0)
        return "a fresh session has sysctls of net. only";
    if (w->journal == NULL)
        return NULL;
    if (v->kind == MS_VERB_SYSCTL && v->text != NULL && !keeper_note_sysctl(w->journal, v->text))
        return "this sysctl could not be given back";
    if (v->kind == MS_VERB_ADDR_ADD || v->kind == MS_VERB_ADDR_DEL || v->kind == MS_VERB_LINK)
        keeper_note_links(w->journal);
    return NULL;
}

/*
 * What has come to pass is looked at before the next request, as the local driver's user does: a connection that is there is
 * accepted, what was sent is read. And a request finds an application that waits, not one in the midst of a system call.
 */
static void settle(struct work *w)
{
    struct pollfd p = {.fd = w->t->ops->fd(w->t), .events = POLLIN};

    for (int i = 0; i < SETTLE_MAX && poll(&p, 1, 0) > 0; i++) {
        tell_done(w);
        tell_events(w);
    }
}

static void start_verb(struct work *w, const struct ms_agent_line *l)
{
    struct ms_verb v;
    struct ms_agent_strings strings;
    struct ms_agent_out o;
    struct ms_error err = {0};
    int rc = ms_agent_get_verb(l, &v, &strings, &err);

    if (rc != MS_OK) {
        refuse(w, l->id, rc == MS_ERR_UNSUPPORTED ? MS_AGENT_BADVERB : MS_AGENT_BADARG, err.msg);
        return;
    }
    if (!(w->agent->facts.verbs >> v.kind & 1)) {
        refuse(w, l->id, MS_AGENT_UNSUPPORTED,
               "the agent lacks CAP_NET_ADMIN for it: it runs without root");
        return;
    }
    struct request *q = place_for(w, l->id);
    const char *unnoted = q != NULL ? note(w, &v) : NULL;
    if (unnoted != NULL)
        refuse(w, l->id, MS_AGENT_UNSUPPORTED, unnoted);
    if (q == NULL || unnoted != NULL)
        return;
    rc = w->t->ops->start(w->t, &v, &q->op, &err);
    if (rc != MS_OK) {
        refuse(w, l->id, error_of(rc), err.msg);
        return;
    }
    q->id = l->id;
    ms_agent_begin(&o, w->number, l->id, "started");
    ms_agent_end(&o);
    add(w, &o);
    tell_done(w);
}

static void received(struct work *w, const struct ms_agent_line *l)
{
    static const char *const keys[] = {"name", "from", NULL};
    char name[MS_AGENT_NAME_MAX] = "";
    uint64_t from = 0;
    struct ms_agent_out o;
    struct ms_error err;
    size_t total;

    if (ms_agent_only(l, keys, &err) != MS_OK ||
        ms_agent_key_text(l, "name", name, sizeof name, &err) != MS_OK ||
        ms_agent_key_unsigned(l, "from", UINT64_MAX, &from, &err) != MS_OK) {
        refuse(w, l->id, MS_AGENT_BADARG, err.msg);
        return;
    }
    if (place_for(w, l->id) == NULL) /* it takes none, as it is answered at once */
        return;
    const uint8_t *octets = w->t->ops->received(w->t, name, &total);
    for (int i = 0; i < MS_AGENT_DATA_LINES && from < total; i++) {
        size_t n = total - from < MS_AGENT_OCTETS_MAX ? total - from : MS_AGENT_OCTETS_MAX;
        ms_agent_begin(&o, w->number, l->id, "data");
        ms_agent_put_octets(&o, "b64", octets + from, n);
        ms_agent_end(&o);
        add(w, &o);
        from += n;
    }
    ms_agent_begin(&o, w->number, l->id, "ok");
    ms_agent_put_unsigned(&o, "total", total);
    ms_agent_end(&o);
    add(w, &o);
}

static void take_line(struct work *w, const char *p, size_t n)
{
    struct ms_agent_line l;

    if (ms_agent_parse(p, n, &l, NULL) != MS_OK)
        return; /* the router passes on what it could read */
    settle(w);
    if (ms_agent_is(&l.word, "received"))
        received(w, &l);
    else
        start_verb(w, &l);
}

static void read_lines(struct work *w)
{
    char line[MS_AGENT_LINE_MAX];

    while (!w->ended && way_len(&w->out) < SERVE_OUT_MAX) {
        ssize_t n = recv(w->fd, line, sizeof line, MSG_DONTWAIT);
        if (n > 0) {
            take_line(w, line, (size_t)n);
            flush(w); /* each is answered at once: what came after it may take long */
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return;
        } else {
            w->ended = true;
        }
    }
}

/* ---- life ---- */

static void cancel_all(struct work *w)
{
    struct ms_done done = {.err = ECANCELED};

    for (size_t i = 0; i < MS_ARRAY_LEN(w->request); i++)
        if (w->request[i].id != 0)
            ms_agent_put_done(&w->out.b, w->number, w->request[i].id, &done);
}

/* While too much waits to be read nothing new is looked at: neither requests nor what goes on, which is told of. */
static void wait_for(struct work *w)
{
    bool reads = !w->ended && way_len(&w->out) < SERVE_OUT_MAX;
    struct pollfd fds[] = {
        {.fd = w->fd,
         .events = (short)((reads ? POLLIN : 0) | (way_len(&w->out) != 0 ? POLLOUT : 0))},
        {.fd = reads ? w->t->ops->fd(w->t) : -1, .events = POLLIN},
    };
    poll(fds, MS_ARRAY_LEN(fds), -1);
}

static void serve(struct work *w)
{
    while (!w->ended) {
        wait_for(w);
        read_lines(w);
        tell_done(w);
        tell_events(w);
        flush(w);
    }
    cancel_all(w);
    if (w->place.fresh)
        ms_net_hush(&w->place.net); /* sockets say their last to nobody */
    w->t->ops->free(w->t);
    for (flush(w); way_len(&w->out) != 0; flush(w))
        wait_for(w);
}

/* The first message: the session stands or does not. */
static void answer_opening(struct work *w, char mark, const struct ms_agent_out *o)
{
    ms_buf_add(&w->out.b, &mark, 1);
    ms_buf_add(&w->out.b, o->buf, o->len);
}

static void limit_memory(void)
{
    unsigned long long pages;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f == NULL)
        return;
    if (fscanf(f, "%*u %*u %*u %*u %*u %llu", &pages) == 1) {
        rlim_t most = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + MEMORY_MAX;
        setrlimit(RLIMIT_DATA, &(struct rlimit){most, most});
    }
    fclose(f);
}

void session_main(const struct ms_agent *a, int fd, const char *line, size_t n,
                  struct keeper_journal *journal)
{
    struct work *w = calloc(1, sizeof *w);
    struct ms_agent_opening opening;
    struct ms_agent_line l;
    struct ms_agent_out o;
    struct ms_error err = {0};

    if (w == NULL || ms_agent_parse(line, n, &l, NULL) != MS_OK)
        _exit(1);
    limit_memory();
    w->agent = a;
    w->fd = fd;
    w->number = l.session;
    w->journal = journal;
    int rc = ms_agent_get_opening(&l, &opening, &err);
    if (rc == MS_OK)
        rc = place_take(a, &opening, &w->place, &w->t, &err);
    if (rc != MS_OK) {
        ms_agent_put_error(&o, l.session, l.id, error_of(rc), err.msg);
        answer_opening(w, SERVE_REFUSES, &o);
        flush(w);
        _exit(0);
    }
    ms_agent_begin(&o, l.session, l.id, "ok");
    place_describe(&w->place, &o);
    ms_agent_end(&o);
    answer_opening(w, SERVE_STANDS, &o);
    flush(w);
    serve(w);
    _exit(0);
}
