/* SPDX-License-Identifier: MIT */
/* What is done with each line of a stream; sessions come, are handed their lines, and go. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/serve.h"

#define END_GUARD_NS UINT64_C(5000000000) /* a session that does not end by itself is killed */
#define LET_GO_NS                                                                                  \
    UINT64_C(5000000000) /* one that a kernel holds even then is waited for no longer */

/* ---- answers ---- */

static void say(struct router *r, struct ms_agent_out *o)
{
    if (ms_agent_end(o) == MS_OK)
        ms_buf_add(&r->outq.b, o->buf, o->len);
}

static void refuse(struct router *r, uint32_t session, uint32_t id, enum ms_agent_error e,
                   const char *text)
{
    struct ms_agent_out o;
    ms_agent_put_error(&o, session, id, e, text);
    ms_buf_add(&r->outq.b, o.buf, o.len);
}

static void say_ok(struct router *r, uint32_t session, uint32_t id)
{
    struct ms_agent_out o;
    ms_agent_begin(&o, session, id, "ok");
    say(r, &o);
}

/* ---- sessions ---- */

static struct session *find(struct router *r, uint32_t number)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(r->session); i++)
        if (r->session[i].number == number)
            return &r->session[i];
    return NULL;
}

static void let_go(struct router *r, struct session *s)
{
    if (s->fd >= 0)
        close(s->fd);
    if (s->pidfd >= 0)
        close(s->pidfd);
    way_free(&s->to);
    ms_buf_free(&s->held);
    *s = (struct session){.fd = -1, .pidfd = -1};
    r->n_sessions--;
}

static void open_session(struct router *r, const struct ms_agent_line *l, const char *line,
                         size_t n)
{
    struct ms_agent_opening opening;
    struct ms_error err;
    unsigned most = r->agent->set.max_sessions;

    if (find(r, l->session) != NULL) {
        refuse(r, l->session, l->id, MS_AGENT_EXISTS, "there is a session of that number");
        return;
    }
    if (ms_agent_get_opening(l, &opening, &err) != MS_OK) {
        refuse(r, l->session, l->id, MS_AGENT_BADARG, err.msg);
        return;
    }
    struct session *s = r->n_sessions < most ? find(r, 0) : NULL;
    if (s == NULL) {
        refuse(r, l->session, l->id, MS_AGENT_TOOMANY,
               "there are as many sessions as there may be");
        return;
    }
    *s = (struct session){
        .fd = -1, .pidfd = -1, .opening = true, .shared = !opening.fresh, .open_id = l->id};
    if (r->spawn(r, s, line, n, &err) != MS_OK) {
        refuse(r, l->session, l->id, MS_AGENT_INTERNAL, err.msg);
        return;
    }
    s->number = l->session;
    r->n_sessions++;
}

static void close_session(struct session *s, uint32_t id)
{
    s->ending = true;
    s->end_id = id;
    s->deadline = ms_now_ns() + END_GUARD_NS;
}

void router_end_all(struct router *r)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(r->session); i++)
        if (r->session[i].number != 0 && !r->session[i].ending)
            close_session(&r->session[i], 0);
}

void router_drop_all(struct router *r)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(r->session); i++) {
        struct session *s = &r->session[i];
        if (s->number == 0 || s->dropped)
            continue;
        s->dropped = true;
        s->deadline = ms_now_ns() + END_GUARD_NS;
        if (s->pid > 0) /* what was shared is put in order first */
            kill(s->pid, s->shared ? SIGTERM : SIGKILL);
    }
}

static void to_session(struct router *r, const struct ms_agent_line *l, const char *line, size_t n)
{
    static const char *const none[] = {NULL};
    struct session *s = find(r, l->session);
    struct ms_error err;

    if (s == NULL || s->ending || s->refused) {
        refuse(r, l->session, l->id, MS_AGENT_NOSESSION, "there is no session of that number");
    } else if (ms_agent_is(&l->word, "end")) {
        if (ms_agent_only(l, none, &err) != MS_OK)
            refuse(r, l->session, l->id, MS_AGENT_BADARG, err.msg);
        else
            close_session(s, l->id);
    } else if (way_len(&s->to) + n + 1 > SERVE_PENDING_MAX) {
        refuse(r, l->session, l->id, MS_AGENT_TOOMANY, "too many requests wait");
    } else {
        ms_buf_add(&s->to.b, line, n);
        ms_buf_add(&s->to.b, "\n", 1);
    }
}

/* ---- requests to the agent itself ---- */

static void hello(struct router *r, const struct ms_agent_line *l)
{
    static const char *const keys[] = {"version", "nonce", NULL};
    uint64_t version = 0;
    char nonce[sizeof r->nonce] = "";
    struct ms_error err;

    if (ms_agent_find(l, "version") == NULL || ms_agent_find(l, "nonce") == NULL) {
        refuse(r, 0, l->id, MS_AGENT_BADARG, "hello needs version= and nonce=");
        return;
    }
    if (ms_agent_only(l, keys, &err) != MS_OK ||
        ms_agent_key_unsigned(l, "version", UINT32_MAX, &version, &err) != MS_OK ||
        ms_agent_key_text(l, "nonce", nonce, sizeof nonce, &err) != MS_OK) {
        refuse(r, 0, l->id, MS_AGENT_BADARG, err.msg);
        return;
    }
    if (ms_agent_find(l, "version") == NULL || ms_agent_find(l, "nonce") == NULL) {
        refuse(r, 0, l->id, MS_AGENT_BADARG, "hello has a version and a nonce");
        return;
    }
    if (version != MS_AGENT_VERSION) {
        struct ms_agent_out o;
        ms_agent_begin(&o, 0, l->id, "err");
        ms_agent_put_word(&o, ms_agent_error_name(MS_AGENT_UNSUPPORTED));
        ms_agent_put_text(&o, "text", "another version of the protocol");
        ms_agent_put_unsigned(&o, "versions", MS_AGENT_VERSION);
        say(r, &o);
        return;
    }
    memcpy(r->nonce, nonce, sizeof nonce);
    r->hello = true;
    r->hello_id = l->id;
    router_drop_all(r);
}

static void answer_hello(struct router *r)
{
    struct ms_agent_hello h = r->agent->facts;
    struct ms_agent_out o;

    memcpy(h.nonce, r->nonce, sizeof h.nonce);
    if (ms_agent_put_facts(&o, r->hello_id, &h) == MS_OK)
        ms_buf_add(&r->outq.b, o.buf, o.len);
    else
        refuse(r, 0, r->hello_id, MS_AGENT_INTERNAL, "the answer is longer than a line");
    r->hello = false;
    r->greeted = true;
}

static void ping(struct router *r, const struct ms_agent_line *l)
{
    say_ok(r, 0, l->id);
}

static void bye(struct router *r, const struct ms_agent_line *l)
{
    say_ok(r, 0, l->id);
    r->over = true;
    router_drop_all(r);
}

static void to_agent(struct router *r, const struct ms_agent_line *l)
{
    static const struct {
        const char *word;
        void (*what)(struct router *r, const struct ms_agent_line *l);
        bool keys, first;
    } table[] = {
        {"hello", hello, true, true}, {"ping", ping, false, false}, {"bye", bye, false, true}};
    static const char *const none[] = {NULL};
    struct ms_error err;
    size_t i = 0;

    while (i < MS_ARRAY_LEN(table) && !ms_agent_is(&l->word, table[i].word))
        i++;
    if (i == MS_ARRAY_LEN(table))
        refuse(r, 0, l->id, MS_AGENT_BADVERB, "the agent itself knows hello, ping and bye");
    else if (!table[i].first && !r->greeted)
        refuse(r, 0, l->id, MS_AGENT_NOSESSION, "hello comes first");
    else if (!table[i].keys && ms_agent_only(l, none, &err) != MS_OK)
        refuse(r, 0, l->id, MS_AGENT_BADARG, err.msg);
    else
        table[i].what(r, l);
}

static void take_line(struct router *r, const char *line, size_t n)
{
    struct ms_agent_line l;
    struct ms_error err;
    int rc = ms_agent_parse(line, n, &l, &err);

    if (rc == MS_OK && l.id == 0) {
        refuse(r, 0, 0, MS_AGENT_BADLINE, "a request's ID is not 0");
    } else if (rc != MS_OK) {
        bool known = l.addressed && l.id != 0;
        refuse(r, known ? l.session : 0, known ? l.id : 0, MS_AGENT_BADLINE, err.msg);
    } else if (l.session == 0) {
        to_agent(r, &l);
    } else if (!r->greeted) {
        refuse(r, l.session, l.id, MS_AGENT_NOSESSION, "hello comes first");
    } else if (ms_agent_is(&l.word, "fresh") || ms_agent_is(&l.word, "shared")) {
        open_session(r, &l, line, n);
    } else {
        to_session(r, &l, line, n);
    }
}

bool router_wants(const struct router *r)
{
    return !r->hello && !r->over && way_len(&r->outq) < SERVE_OUT_MAX;
}

size_t router_take(struct router *r, const char *p, size_t n)
{
    size_t at = 0;

    while (at < n && router_wants(r)) {
        const char *end = memchr(p + at, '\n', n - at);
        size_t more = end != NULL ? (size_t)(end - p) - at : n - at;
        size_t room = sizeof r->line - r->have;
        memcpy(r->line + r->have, p + at, more < room ? more : room);
        r->have += more < room ? more : room;
        at += more + (end != NULL);
        if (end != NULL) { /* what is too long is cut, and seen to be by its length */
            take_line(r, r->line, r->have);
            r->have = 0;
        }
        if (r->hello && r->n_sessions == 0)
            answer_hello(r);
    }
    return at;
}

/* ---- what goes on with sessions ---- */

/* What a session says goes on as it is: its lines are whole. */
static void from_session(struct router *r, struct session *s, const char *p, size_t n)
{
    if (s->opening) {
        s->opening = false;
        s->refused = *p != SERVE_STANDS;
        p++;
        n--;
    }
    if (s->refused)
        ms_buf_add(&s->held, p, n);
    else if (!s->dropped)
        ms_buf_add(&r->outq.b, p, n);
}

static void read_session(struct router *r, struct session *s, size_t most)
{
    char message[SERVE_MESSAGE_MAX];

    while (!s->closed && way_len(&r->outq) < most) {
        ssize_t n = recv(s->fd, message, sizeof message, MSG_DONTWAIT);
        if (n > 0)
            from_session(r, s, message, (size_t)n);
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        else
            s->closed = true;
    }
}

bool router_speaks(const struct session *s)
{
    return way_len(&s->to) != 0 && !s->opening && !s->refused;
}

static void write_session(struct session *s)
{
    if (s->opening || s->refused)
        return; /* whether there is anybody to answer is not yet known */
    while (way_len(&s->to) != 0) {
        const char *head = way_head(&s->to);
        size_t n = (size_t)((const char *)memchr(head, '\n', way_len(&s->to)) - head);
        if (send(s->fd, head, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
                return;
            way_gone(&s->to, way_len(&s->to)); /* it is gone: nobody answers these */
            return;
        }
        way_gone(&s->to, n + 1);
    }
    if ((s->ending || s->dropped) && !s->shut) {
        shutdown(s->fd, SHUT_WR);
        s->shut = true;
    }
}

/* The session did not come to be: what was asked of it meanwhile has its answer, too. */
static void tell_refusal(struct router *r, struct session *s)
{
    if (s->held.len != 0)
        ms_buf_add(&r->outq.b, s->held.data, s->held.len);
    while (way_len(&s->to) != 0) {
        const char *head = way_head(&s->to);
        size_t n = (size_t)((const char *)memchr(head, '\n', way_len(&s->to)) - head);
        struct ms_agent_line l;
        if (ms_agent_parse(head, n, &l, NULL) == MS_OK)
            refuse(r, l.session, l.id, MS_AGENT_NOSESSION, "the session could not be opened");
        way_gone(&s->to, n + 1);
    }
    if (s->ending && s->end_id != 0)
        refuse(r, s->number, s->end_id, MS_AGENT_NOSESSION, "the session could not be opened");
}

static void tell_end(struct router *r, const struct session *s, const char *why)
{
    struct ms_agent_out o;

    ms_agent_begin(&o, s->number, 0, "end");
    ms_agent_put_text(&o, "text", why);
    say(r, &o);
}

/* The last that is said of a session. One that did not end in order has left requests unanswered, `end` or not. */
static void tell_last(struct router *r, struct session *s, bool in_order, const char *why)
{
    if (s->dropped)
        return;
    if (s->opening)
        refuse(r, s->number, s->open_id, MS_AGENT_INTERNAL, why);
    if (s->opening || s->refused)
        tell_refusal(r, s);
    else if (!s->ending || (s->end_id != 0 && !in_order))
        tell_end(r, s, why);
    else if (s->end_id != 0)
        say_ok(r, s->number, s->end_id);
}

/* True if its process is gone: whatever it said was read before. */
static bool reap(struct router *r, struct session *s)
{
    struct pollfd p = {.fd = s->pidfd, .events = POLLIN};
    char why[128];
    int status = 0;

    if (poll(&p, 1, 0) != 1)
        return false;
    read_session(r, s, SIZE_MAX);
    waitpid(s->pid, &status, 0);
    if (WIFSIGNALED(status))
        snprintf(why, sizeof why, "its process was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(why, sizeof why, "its process ended with status %d", WEXITSTATUS(status));
    tell_last(r, s, status == 0, why);
    let_go(r, s);
    return true;
}

/* A session that is to end and does not is killed; one that is held in a system call even then is let go. */
static void guard(struct router *r, struct session *s)
{
    uint64_t now = ms_now_ns();

    if (s->deadline == 0)
        return;
    if (!s->dropped && way_len(&r->outq) >= SERVE_OUT_MAX) {
        s->deadline = now + END_GUARD_NS; /* it waits for the tester: nobody reads what it says */
    } else if (now > s->deadline && !s->killed) {
        kill(s->pid, s->shared ? SIGTERM : SIGKILL);
        s->killed = true;
        s->deadline = now + LET_GO_NS;
    } else if (now > s->deadline) {
        tell_last(r, s, false, "its process does not end: the kernel holds it");
        let_go(r, s);
    }
}

void router_step(struct router *r, unsigned i)
{
    struct session *s = &r->session[i];

    if (s->number == 0)
        return;
    read_session(r, s, SERVE_OUT_MAX);
    if (!reap(r, s)) {
        write_session(s);
        guard(r, s);
    }
    if (r->hello && r->n_sessions == 0)
        answer_hello(r);
}

void router_free(struct router *r)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(r->session); i++)
        if (r->session[i].number != 0)
            let_go(r, &r->session[i]);
    way_free(&r->outq);
}
