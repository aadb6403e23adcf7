/* SPDX-License-Identifier: MIT */
/* What the IUT's application is expected to see: connections, octets, ends, counters, MPTCP_INFO. */
#include "engine/engine_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct look {
    struct engine *e;
    const struct ms_step *s;
    struct app *a;
    struct ms_buf *why;
    enum ms_verb_kind info; /* which of the two the values come from */
    bool met, hopeless;
    bool absent; /* the kernel has no value of that name */
};

static void look_connected(struct look *l)
{
    l->met = l->a->connected;
    l->hopeless = l->a->connect_err != 0;
    ms_buf_printf(l->why, "connect: %s\n",
                  l->a->connect_err ? strerror(l->a->connect_err) : "not completed");
}
static void look_accepted(struct look *l)
{
    l->met = l->a->accepted;
    ms_buf_puts(l->why, "the application was given no connection\n");
}
static void look_sent(struct look *l)
{
    l->met = l->a->sent >= l->a->asked_send;
    ms_buf_printf(l->why, "the application wrote %llu of %llu octets\n",
                  (unsigned long long)l->a->sent, (unsigned long long)l->a->asked_send);
}

static void ask_end(struct look *l)
{
    struct ms_verb v = {.kind = MS_VERB_EXPECT_EOF, .name = l->a->name, .path = -1};
    if (l->a->eof_asked)
        return;
    l->a->eof_asked = true;
    if (verb_start(l->e, &v, l->a, "the application reads to the end"))
        loop_drain(l->e);
}
static void look_eof(struct look *l)
{
    ask_end(l);
    l->met = l->a->eof_done && l->a->read_err == 0;
    l->hopeless = l->a->eof_done && l->a->read_err != 0;
    ms_buf_printf(l->why, "the application's read: %s\n",
                  l->a->eof_done ? strerror(l->a->read_err) : "no end of file yet");
}
static void look_error(struct look *l)
{
    static const struct {
        const char *name;
        int err;
    } names[] = {{"ECONNRESET", ECONNRESET},     {"EPIPE", EPIPE},
                 {"ETIMEDOUT", ETIMEDOUT},       {"ECONNREFUSED", ECONNREFUSED},
                 {"ECONNABORTED", ECONNABORTED}, {"EHOSTUNREACH", EHOSTUNREACH}};
    const struct ms_arg *x = l->s->n_args ? &l->s->arg[0] : NULL;
    const char *want = x ? (x->name                                   ? x->name
                            : x->value && x->value->kind == MS_X_NAME ? x->value->text
                                                                      : NULL)
                         : NULL;
    int err = 0;
    for (size_t i = 0; want && i < MS_ARRAY_LEN(names); i++)
        if (strcmp(names[i].name, want) == 0)
            err = names[i].err;
    if (want && !err) {
        broken(l->e, "'%s' is no error name known here", want);
        return;
    }
    if (l->a->connect_err) {
        l->met = !err || l->a->connect_err == err;
        l->hopeless = !l->met;
    } else {
        ask_end(l);
        l->met = l->a->read_err && (!err || l->a->read_err == err);
        l->hopeless = l->a->eof_done && !l->met;
    }
    int is = l->a->connect_err ? l->a->connect_err : l->a->read_err;
    ms_buf_printf(l->why, "the application saw: %s\n",
                  is               ? strerror(is)
                  : l->a->eof_done ? "end of file"
                                   : "no error yet");
}

/* ---- octets ---- */

static void look_received(struct look *l)
{
    struct engine *e = l->e;
    uint64_t want = 0;
    if (!l->s->value || !value_num(e, l->s->value, &want))
        return;
    if (!e->c->service && l->a->recv_asked < want) {
        struct ms_verb v = {
            .kind = MS_VERB_RECV, .name = l->a->name, .num = (int64_t)want, .path = -1};
        l->a->recv_asked = want;
        if (!verb_start(e, &v, l->a, "the application reads"))
            return;
        loop_drain(e);
    }
    struct conn *c = NULL;
    for (size_t i = 0; i < e->n_conn; i++)
        if (e->conn[i]->app == l->a)
            c = e->conn[i];
    size_t n = 0;
    const uint8_t *octets = NULL;
    if (!witness_read(e, c, &octets, &n))
        octets = e->seat.target->ops->received(e->seat.target, l->a->name, &n);
    if (n < want) {
        ms_buf_printf(l->why, "the application read %zu octets so far%s%s\n", n,
                      l->a->read_err ? ", then " : "",
                      l->a->read_err ? strerror(l->a->read_err) : "");
        l->hopeless = l->a->read_err != 0;
        return;
    }
    if (n > want) {
        ms_buf_printf(l->why, "the application read %zu octets, more than expected\n", n);
        l->hopeless = true;
        return;
    }
    l->met = true;
    if (!l->s->flag || !c || !octets)
        return;
    uint8_t *right = malloc(want + 1);
    if (!right) {
        broken(e, "no memory to compare %llu octets", (unsigned long long)want);
        return;
    }
    content_of_tester(e, c, 0, right, want);
    for (size_t i = 0; i < want && l->met; i++)
        if (octets[i] != right[i]) {
            ms_buf_printf(l->why, "octet %zu of the stream was changed: expected %02x, read %02x\n",
                          i, right[i], octets[i]);
            l->met = false;
            l->hopeless = true;
        }
    free(right);
}

/* ---- counters and socket state ---- */

static bool read_counters(struct engine *e)
{
    struct ms_verb v = {.kind = MS_VERB_COUNTERS, .path = -1};
    struct ms_done d;
    if (!verb_now(e, &v, &d) || d.err)
        return false;
    e->n_counters = d.len / sizeof(struct ms_counter);
    e->counters = ms_arena_memdup(e->a, d.data, d.len);
    return true;
}

/* Compares each NAME = N argument with the value of that name. */
static void look_values(struct look *l,
                        bool (*get)(struct look *l, const char *name, uint64_t *out))
{
    l->met = true;
    for (size_t i = 0; i < l->s->n_args; i++) {
        const struct ms_arg *a = &l->s->arg[i];
        uint64_t want = 0, is = 0;
        if (!a->name || !a->value)
            continue;
        if (!value_num(l->e, a->value, &want))
            return;
        if (!get(l, a->name, &is)) {
            ms_buf_printf(l->why, "%s: not to be had\n", a->name);
            l->met = false;
            if (!l->absent)
                continue;
            /* Younger than this kernel, as some counters are: what needs it cannot be tested here. */
            l->e->lacks = ms_arena_printf(l->e->a, "this kernel has no %s", a->name);
            l->e->stopped = true;
            l->hopeless = true;
            return;
        }
        struct ms_value g = {.type = MS_V_NUM, .num = is}, w = {.type = MS_V_NUM, .num = want};
        if (!ms_value_compare(&g, a->cmp, &w)) {
            ms_buf_printf(l->why, "%s: expected %llu, is %llu\n", a->name, (unsigned long long)want,
                          (unsigned long long)is);
            l->met = false;
        }
    }
}

static bool counter_get(struct look *l, const char *name, uint64_t *out)
{
    for (size_t i = 0; i < l->e->n_counters; i++)
        if (strcmp(l->e->counters[i].name, name) == 0) {
            *out = l->e->counters[i].value;
            return true;
        }
    l->absent = true;
    return false;
}
static void look_counter(struct look *l)
{
    /* The namespace is new: its counters are differences since the case began. */
    if (read_counters(l->e))
        look_values(l, counter_get);
}

static bool info_get(struct look *l, const char *name, uint64_t *out)
{
    struct ms_verb v = {.kind = l->info, .name = l->a->name, .path = -1};
    struct ms_done d;
    if (!verb_now(l->e, &v, &d) || d.err)
        return false;
    const struct ms_mptcp_info_item *it = d.data;
    for (size_t i = 0; i < d.len / sizeof *it; i++)
        if (strcmp(it[i].name, name) == 0) {
            *out = it[i].value;
            return true;
        }
    l->absent = true;
    return false;
}
static void look_info(struct look *l)
{
    l->info = MS_VERB_MPTCP_INFO;
    look_values(l, info_get);
}
static void look_full_info(struct look *l)
{
    l->info = MS_VERB_MPTCP_FULL_INFO;
    look_values(l, info_get);
}
static void look_fallback(struct look *l)
{
    struct ms_verb v = {.kind = MS_VERB_MPTCP_INFO, .name = l->a->name, .path = -1};
    struct ms_done d;
    if (!verb_now(l->e, &v, &d))
        return;
    /* A socket that fell back says EOPNOTSUPP; one that was accepted as plain TCP knows no MPTCP level at all. */
    l->met = d.err == EOPNOTSUPP || d.err == ENOPROTOOPT;
    ms_buf_printf(l->why, "MPTCP_INFO: %s\n",
                  d.err ? strerror(d.err) : "the socket still speaks MPTCP");
}

static void look_event(struct look *l)
{
    const struct ms_arg *x = l->s->n_args ? &l->s->arg[0] : NULL;
    const char *want = x ? (x->name ? x->name : x->value ? x->value->text : NULL) : NULL;
    for (size_t i = 0; want && i < l->e->n_pm_event; i++)
        l->met |= strncmp(l->e->pm_event[i], want, strlen(want)) == 0;
    ms_buf_printf(l->why, "no such event among the %zu that came\n", l->e->n_pm_event);
}

/* Address and port by which the IUT knows the tester: those of the handle unless the step says otherwise. */
static bool known_peer(struct look *l, const struct flow *f, struct ms_addr *addr, uint64_t *port)
{
    const struct ms_arg *peer = ms_arg_find(l->s->arg, l->s->n_args, "peer");
    struct ms_value v;
    *addr = f->own;
    *port = f->sport;
    arg_num(l->e, l->s->arg, l->s->n_args, "port", port);
    if (!peer || !peer->value)
        return !l->e->broken;
    if (!value_eval(l->e, peer->value, NULL, &v))
        return false;
    if (v.type != MS_V_ADDR)
        broken(l->e, "peer: not an address");
    *addr = v.addr;
    return v.type == MS_V_ADDR;
}

static void look_names(struct look *l)
{
    struct engine *e = l->e;
    const struct ms_arg *a = l->s->n_args ? &l->s->arg[0] : NULL;
    const struct flow *f = a && !a->name && a->value ? flow_find(e, a->value->text) : NULL;
    struct ms_verb v = {.kind = MS_VERB_NAMES, .name = l->a->name, .path = -1};
    struct ms_done d;
    struct ms_addr addr;
    uint64_t port;
    char own[46], peer[46];
    if (!f)
        f = e->n_flow ? e->flow[0] : NULL;
    if (!f || !known_peer(l, f, &addr, &port) || !verb_now(e, &v, &d))
        return;
    const char *want = ms_arena_printf(e->a, "%s %u %s %u", ms_addr_text(&f->peer, own), f->dport,
                                       ms_addr_text(&addr, peer), (unsigned)port);
    const char *is = d.err ? strerror(d.err) : ms_arena_strndup(e->a, d.data, d.len);
    l->met = strcmp(want, is) == 0;
    ms_buf_printf(l->why, "getsockname and getpeername: expected %s, is %s\n", want, is);
}

static const struct {
    const char *name;
    bool needs_app;
    void (*look)(struct look *l);
} looks[] = {
    {"connected", true, look_connected}, {"accepted", true, look_accepted},
    {"sent", true, look_sent},           {"eof", true, look_eof},
    {"error", true, look_error},         {"counter", false, look_counter},
    {"info", true, look_info},           {"full_info", true, look_full_info},
    {"fallback", true, look_fallback},   {"event", false, look_event},
    {"names", true, look_names},
};

void try_iut(struct engine *e, const struct ms_step *s, struct ms_buf *why, struct attempt *t)
{
    struct look l = {.e = e, .s = s, .a = app_of(e, s), .why = why};
    bool known = false;
    if (s->kind == MS_STEP_RECEIVED) {
        known = true;
        if (l.a)
            look_received(&l);
    }
    for (size_t i = 0; s->kind != MS_STEP_RECEIVED && i < MS_ARRAY_LEN(looks); i++)
        if (strcmp(looks[i].name, s->name) == 0) {
            known = true;
            if (l.a || !looks[i].needs_app)
                looks[i].look(&l);
        }
    if (!known)
        broken(e, "iut: expect '%s' is not known", s->name);
    else if (!l.a && !l.met)
        ms_buf_puts(why, "the IUT has no connection\n");
    t->state = l.met ? TRY_MET : l.hopeless ? TRY_FAILED : TRY_YET;
}

/* Observations explain, they do not judge: into the trace, whatever they say. */
bool iut_record(struct engine *e, const char *what, const struct app *a)
{
    struct ms_done d;
    struct ms_buf b = {0};
    if (strcmp(what, "counters") == 0) {
        counters_note(e);
        return true;
    }
    bool names = strcmp(what, "names") == 0;
    struct ms_verb v = {
        .kind = names ? MS_VERB_NAMES : MS_VERB_MPTCP_INFO, .name = a->name, .path = -1};
    if (!verb_now(e, &v, &d))
        return false;
    const struct ms_mptcp_info_item *it = d.data;
    if (d.err)
        ms_buf_puts(&b, strerror(d.err));
    else if (names)
        ms_buf_add(&b, d.data, d.len);
    else
        for (size_t i = 0; i < d.len / sizeof *it; i++)
            ms_buf_printf(&b, "%s%s %llu", i ? ", " : "", it[i].name,
                          (unsigned long long)it[i].value);
    note(e, "%s of %s: %s", what, a->name, b.data ? b.data : "");
    ms_buf_free(&b);
    return true;
}

void counters_note(struct engine *e)
{
    struct ms_buf b = {0};
    if (!e->seat.target || e->broken || !read_counters(e))
        return;
    for (size_t i = 0; i < e->n_counters; i++)
        if (e->counters[i].value && strncmp(e->counters[i].name, "MPTcpExt.", 9) == 0)
            ms_buf_printf(&b, "%s%s +%llu", b.len ? ", " : "", e->counters[i].name,
                          (unsigned long long)e->counters[i].value);
    e->result->counters = ms_arena_strdup(e->a, b.data ? b.data : "");
    if (b.len) {
        struct ms_event *ev = ms_trace_add(e->trace, MS_EV_NOTE, ms_now_ns());
        ev->handle = "iut";
        ev->text = e->result->counters;
    }
    ms_buf_free(&b);
}
