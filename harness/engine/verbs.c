/* SPDX-License-Identifier: MIT */
/* `iut:` steps become verbs of the target; their completions become state of the IUT's application. */
#include "engine/engine_int.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

/* The driver did not take the verb. One that the target does not have is no fault of anybody: the case needs it. */
static bool not_started(struct engine *e, const char *text)
{
    if (e->err.status == MS_ERR_UNSUPPORTED) {
        e->lacks = ms_arena_printf(e->a, "the target cannot do this: %s: %s", text, e->err.msg);
        e->stopped = true;
    } else {
        broken(e, "%s: %s", text, e->err.msg);
    }
    return false;
}

bool verb_start(struct engine *e, const struct ms_verb *v, struct app *app, const char *text)
{
    uint32_t id = 0;
    struct ms_event *ev = ms_trace_add(e->trace, MS_EV_ACTION, ms_now_ns());
    ev->line = e->step ? e->step->loc.line : 0;
    ev->handle = "iut";
    ev->text = ms_arena_strdup(e->a, text);
    if (e->seat.target->ops->start(e->seat.target, v, &id, &e->err) != MS_OK)
        return not_started(e, text);
    e->pending = ms_arena_grow(e->a, e->pending, &e->cap_pending, e->n_pending, sizeof *e->pending);
    e->pending[e->n_pending++] =
        (struct pending){.id = id, .step = e->step, .kind = v->kind, .app = app, .open = true};
    return true;
}

static struct pending *pending_find(struct engine *e, uint32_t id)
{
    for (size_t i = e->n_pending; i-- > 0;)
        if (e->pending[i].id == id)
            return &e->pending[i];
    return NULL;
}

void verb_done(struct engine *e, const struct ms_done *d)
{
    struct pending *p = pending_find(e, d->id);
    if (!p)
        return;
    p->open = false;
    p->err = d->err;
    p->num = d->num;
    struct ms_event *ev = ms_trace_add(e->trace, MS_EV_DONE, ms_now_ns());
    ev->line = p->step ? p->step->loc.line : 0;
    ev->handle = "iut";
    ev->ok = d->err == 0;
    ev->text = d->err ? ms_arena_printf(e->a, "%s: %s", ms_verb_name(d->kind), strerror(d->err))
                      : ms_arena_printf(e->a, "%s done (%llu)", ms_verb_name(d->kind),
                                        (unsigned long long)d->num);
    struct app *a = p->app;
    switch (d->kind) {
    case MS_VERB_ACCEPT:
        if (a)
            a->accepted = d->err == 0;
        return;
    case MS_VERB_CONNECT:
        a->connected = d->err == 0;
        a->connect_err = d->err;
        return;
    case MS_VERB_SEND:
        a->sent += d->num;
        if (d->err)
            a->read_err = d->err;
        return;
    case MS_VERB_RECV:
        if (d->err)
            a->read_err = d->err;
        return;
    case MS_VERB_EXPECT_EOF:
        a->eof_done = true;
        a->read_err = d->err;
        return;
    default:
        /* A setting that older kernels lack, as if the case had named it under `needs`. */
        if (d->kind == MS_VERB_SYSCTL && d->err == ENOENT && p->step) {
            e->lacks = ms_arena_printf(e->a, "this kernel does not know: %s", p->step->text);
            e->stopped = true;
            return;
        }
        /* Configuration that the system refuses is the harness's trouble, never the IUT's verdict. */
        if (d->err && d->kind != MS_VERB_SHUTDOWN && d->kind != MS_VERB_CLOSE)
            broken(e, "%s was refused by the system: %s", ms_verb_name(d->kind), strerror(d->err));
        return;
    }
}

bool verb_now(struct engine *e, const struct ms_verb *v, struct ms_done *d)
{
    uint32_t id = 0;
    if (e->seat.target->ops->start(e->seat.target, v, &id, &e->err) != MS_OK)
        return not_started(e, ms_verb_name(v->kind));
    uint64_t until = deadline(e, 0);
    for (;;) {
        int got = e->seat.target->ops->next(e->seat.target, d, &e->err);
        if (got < 0) {
            broken(e, "the IUT's driver: %s", e->err.msg);
            return false;
        }
        if (got == 1 && d->id == id)
            return true;
        if (got == 1) {
            verb_done(e, d);
            continue;
        }
        struct epoll_event ev;
        if (ms_now_ns() >= until) {
            broken(e, "%s: the IUT's driver gave no answer", ms_verb_name(v->kind));
            return false;
        }
        epoll_wait(e->epoll, &ev, 1, 10);
    }
}

/* ---- arguments ---- */

static bool number_at(struct engine *e, const struct ms_step *s, int64_t *out)
{
    for (size_t n = 0; n < s->n_args; n++)
        if (!s->arg[n].name && s->arg[n].value) {
            uint64_t v;
            if (!value_num(e, s->arg[n].value, &v))
                return false;
            *out = (int64_t)v;
            return true;
        }
    broken(e, "'%s' needs a number", s->name);
    return false;
}

/* ---- one function a verb: fills the request; false: nothing is to be sent ---- */

static bool v_send(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a)
{
    v->kind = MS_VERB_SEND;
    if (!number_at(e, s, &v->num))
        return false;
    a->asked_send += (uint64_t)v->num;
    return true;
}
static bool v_recv(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a)
{
    v->kind = MS_VERB_RECV;
    if (!number_at(e, s, &v->num))
        return false;
    a->recv_asked = (uint64_t)v->num;
    return true;
}
static bool v_shutdown(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a)
{
    (void)e;
    (void)a;
    v->kind = MS_VERB_SHUTDOWN;
    v->text = ms_arg_word(s->arg, s->n_args, 0);
    if (!v->text)
        v->text = "write";
    return true;
}
static bool v_close(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a)
{
    (void)e;
    (void)s;
    v->kind = MS_VERB_CLOSE;
    a->closed = true;
    return true;
}
static bool v_simple(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a)
{
    (void)e;
    (void)a;
    static const struct {
        const char *name;
        enum ms_verb_kind kind;
    } k[] = {{"close_listener", MS_VERB_CLOSE_LISTENER},
             {"stop_reading", MS_VERB_STOP_READING},
             {"start_reading", MS_VERB_START_READING},
             {"urgent", MS_VERB_URGENT}};
    for (size_t i = 0; i < MS_ARRAY_LEN(k); i++)
        if (strcmp(k[i].name, s->name) == 0)
            v->kind = k[i].kind;
    if (v->kind == MS_VERB_URGENT)
        a->asked_send++;
    return true;
}
static bool v_linger(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a)
{
    (void)a;
    v->kind = MS_VERB_SOCKOPT;
    v->text = "linger";
    return number_at(e, s, &v->num);
}
static bool v_sockopt(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a)
{
    (void)a;
    v->kind = MS_VERB_SOCKOPT;
    for (size_t i = 0; i < s->n_args; i++)
        if (s->arg[i].name && s->arg[i].value) {
            uint64_t n;
            v->text = s->arg[i].name;
            if (!value_num(e, s->arg[i].value, &n))
                return false;
            v->num = (int64_t)n;
            return true;
        }
    broken(e, "sockopt needs NAME = VALUE");
    return false;
}
static bool v_setting(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a)
{
    (void)a;
    return ms_setting(&e->names, s, v);
}
static bool v_listen(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a)
{
    uint64_t port = 0;
    (void)a;
    v->kind = MS_VERB_LISTEN;
    arg_num(e, s->arg, s->n_args, "port", &port);
    v->port = (uint16_t)port;
    v->plain_tcp = ms_arg_flag(s->arg, s->n_args, "plain");
    return true;
}
static bool v_connect(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a)
{
    uint64_t n;
    const struct ms_arg *to = ms_arg_find(s->arg, s->n_args, "to"),
                        *from = ms_arg_find(s->arg, s->n_args, "from");
    (void)a;
    v->kind = MS_VERB_CONNECT;
    v->port = e->seat.port;
    if (!to || !to->value || to->value->kind != MS_X_NAME ||
        !topo_addr(e, to->value->text, &v->addr, NULL))
        topo_addr(e, "t1", &v->addr, NULL);
    if (from && from->value && from->value->kind == MS_X_NAME)
        topo_addr(e, from->value->text, &v->local, NULL);
    if (arg_num(e, s->arg, s->n_args, "port", &n))
        v->port = (uint16_t)n;
    if (arg_num(e, s->arg, s->n_args, "sport", &n))
        v->local_port = (uint16_t)n;
    v->plain_tcp = ms_arg_flag(s->arg, s->n_args, "plain");
    return true;
}

static const struct {
    const char *name;
    bool needs_app;
    bool (*fill)(struct engine *e, const struct ms_step *s, struct ms_verb *v, struct app *a);
} verbs[] = {
    {"send", true, v_send},
    {"recv", true, v_recv},
    {"shutdown", true, v_shutdown},
    {"close", true, v_close},
    {"close_listener", false, v_simple},
    {"stop_reading", true, v_simple},
    {"start_reading", true, v_simple},
    {"urgent", true, v_simple},
    {"linger", true, v_linger},
    {"sockopt", true, v_sockopt},
    {"sysctl", false, v_setting},
    {"endpoint", false, v_setting},
    {"limits", false, v_setting},
    {"addr", false, v_setting},
    {"link", false, v_setting},
    {"listen", false, v_listen},
    {"connect", false, v_connect},
    {"names", true, NULL},
    {"info", true, NULL},
    {"counters", false, NULL},
};

static bool accepting(const struct engine *e, const struct app *a)
{
    for (size_t i = 0; i < e->n_pending; i++)
        if (e->pending[i].app == a && e->pending[i].kind == MS_VERB_ACCEPT && e->pending[i].open)
            return true;
    return false;
}

/*
 * What an application does needs the connection that it is about to be given. The word of a tester on another machine goes
 * another way than its segments, and may be there first.
 */
static void await_accept(struct engine *e, const struct app *a)
{
    uint64_t until = deadline(e, 0);
    while (!e->stopped && accepting(e, a) && ms_now_ns() < until)
        loop_wait(e, until);
}

enum go verb_step(struct engine *e, const struct ms_step *s)
{
    struct ms_verb v = {.path = -1};
    loop_drain(e);
    for (size_t i = 0; i < MS_ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].name, s->name) != 0)
            continue;
        struct app *a = app_of(e, s);
        if (strcmp(s->name, "connect") == 0)
            a = app_new(e, ++e->connects);
        if (verbs[i].needs_app && !a) {
            broken(e, "iut: %s: the IUT has no connection yet", s->name);
            return GO_STOP;
        }
        if (verbs[i].needs_app)
            await_accept(e, a);
        if (verbs[i].fill && !verbs[i].fill(e, s, &v, a))
            return GO_STOP;
        bool of_connection = verbs[i].needs_app || strcmp(s->name, "connect") == 0;
        v.name = of_connection && a ? a->name : NULL;
        if (!verbs[i].fill) /* to be recorded */
            return iut_record(e, s->name, a) ? GO_ON : GO_STOP;
        stimulus(e, NULL);
        if (verb_left_out(e, s->name, s->arg, s->n_args, s->text ? s->text : s->name))
            return GO_ON;
        if (!verb_start(e, &v, a, s->text ? s->text : s->name))
            return GO_STOP;
        loop_drain(e);
        if (strcmp(s->name, "listen") == 0 && !accept_default(e))
            return GO_STOP;
        return e->stopped ? GO_STOP : GO_ON;
    }
    broken(e, "iut: '%s' is no verb", s->name);
    return GO_STOP;
}
