/* SPDX-License-Identifier: MIT */
/* Requests of the check and the rules of replies, which hold whatever is checked. */
#include "agent/check.h"

#include <stdio.h>
#include <string.h>

bool check_fail(struct check *c, const char *fmt, ...)
{
    va_list ap;
    if (c->verdict != MS_CHECK_OK)
        return false; /* the first complaint is the cause */
    c->verdict = MS_CHECK_FAILED;
    va_start(ap, fmt);
    vsnprintf(c->text, sizeof c->text, fmt, ap);
    va_end(ap);
    return false;
}

bool check_skip(struct check *c, const char *fmt, ...)
{
    va_list ap;
    if (c->verdict != MS_CHECK_OK)
        return false;
    c->verdict = MS_CHECK_SKIPPED;
    va_start(ap, fmt);
    vsnprintf(c->text, sizeof c->text, fmt, ap);
    va_end(ap);
    return false;
}

/* ---- requests ---- */

static struct check_ask *new_ask(struct check *c, uint32_t session, const char *fmt, va_list ap)
{
    struct check_ask *a = ms_arena_alloc(c->arena, sizeof *a);
    char words[MS_AGENT_LINE_MAX * 2];
    vsnprintf(words, sizeof words, fmt, ap);
    a->session = session;
    a->id = ++c->last_id;
    struct ms_agent_text verb = {words, strcspn(words, " ")};
    a->verb = session != 0 ? ms_agent_verb_find(&verb) : NULL;
    a->request = ms_arena_printf(c->arena, "%u.%u %s\n", session, a->id, words);
    a->request_len = strlen(a->request);
    a->next = c->asks;
    c->asks = a;
    return a;
}

struct check_ask *check_ask_quiet(struct check *c, uint32_t session, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct check_ask *a = new_ask(c, session, fmt, ap);
    va_end(ap);
    return a;
}

struct check_ask *check_ask(struct check *c, uint32_t session, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct check_ask *a = new_ask(c, session, fmt, ap);
    va_end(ap);
    return check_send(c, a->request, a->request_len) ? a : NULL;
}

/* ---- replies ---- */

static void take_text(const struct ms_agent_line *l, const char *key, char *out, size_t cap)
{
    if (ms_agent_key_text(l, key, out, cap, NULL) != MS_OK)
        snprintf(out, cap, "(cannot be read)");
}

static bool take_started(struct check *c, struct check_ask *a)
{
    if (a->verb == NULL)
        return check_fail(c, "`started` to what is no target verb");
    if (a->started++ != 0)
        return check_fail(c, "`started` came twice");
    return true;
}

static bool take_data(struct check *c, struct check_ask *a, const struct ms_agent_line *l)
{
    static uint8_t octets[MS_AGENT_OCTETS_MAX];
    const struct ms_agent_text *v = ms_agent_find(l, "v"), *b = ms_agent_find(l, "b64");
    size_t n = 0;
    if (b != NULL) {
        if (ms_agent_get_octets(b, octets, &n) != MS_OK || n == 0)
            return check_fail(c, "b64= of `data` is not 1 to %d octets in padded base64",
                              MS_AGENT_OCTETS_MAX);
        ms_buf_add(&a->octets, octets, n);
    } else if (v != NULL) {
        ms_buf_puts(&a->values, a->values.len != 0 ? "," : "");
        ms_buf_add(&a->values, v->p, v->n);
    } else {
        return check_fail(c, "`data` has neither v= nor b64=");
    }
    return true;
}

static bool take_ok(struct check *c, struct check_ask *a, const struct ms_agent_line *l)
{
    struct ms_error err = {0};
    a->done = a->ok = true;
    if (a == c->hello && ms_agent_get_facts(l, &c->facts, &err) != MS_OK)
        return check_fail(c, "%s", err.msg);
    take_text(l, "text", a->text, sizeof a->text);
    take_text(l, "name", a->name, sizeof a->name);
    if (ms_agent_key_unsigned(l, "num", UINT64_MAX, &a->num, NULL) != MS_OK ||
        ms_agent_key_unsigned(l, "total", UINT64_MAX, &a->total, NULL) != MS_OK)
        return check_fail(c, "num= or total= of `ok` is no decimal number");
    return true;
}

static bool take_err(struct check *c, struct check_ask *a, const struct ms_agent_line *l)
{
    enum ms_agent_error which;
    a->done = true;
    snprintf(a->error, sizeof a->error, "%.*s", (int)l->name.n, l->name.p);
    take_text(l, "text", a->text, sizeof a->text);
    /* An errno may have no name; it then is E and its number. */
    if (!ms_agent_error_find(&l->name, &which) && ms_agent_errno_find(&l->name) == 0)
        return check_fail(c, "`err %s`: neither an error of the protocol nor an errno name",
                          a->error);
    return true;
}

static struct check_ask *find(const struct check *c, uint32_t session, uint32_t id)
{
    for (struct check_ask *a = c->asks; a != NULL; a = a->next)
        if (a->session == session && a->id == id)
            return a;
    return NULL;
}

/* What is about no request: S.0 event, S.0 end, 0.0 err BADLINE. */
static bool take_unasked(struct check *c, const struct ms_agent_line *l)
{
    char text[512] = "";
    take_text(l, "text", text, sizeof text);
    if (l->session == 0 && ms_agent_is(&l->word, "err") && ms_agent_is(&l->name, "BADLINE")) {
        if (++c->badlines > c->badlines_due)
            return check_fail(c, "`0.0 err BADLINE` to a line that is none: %s", text);
        return true;
    }
    if (l->session != 0 && ms_agent_is(&l->word, "event")) {
        size_t used = strlen(c->events);
        snprintf(c->events + used, sizeof c->events - used, "%s\n", text);
        c->n_events++;
        return true;
    }
    if (l->session != 0 && ms_agent_is(&l->word, "end"))
        return check_fail(c, "session %u ended by itself: %s", l->session, text);
    return check_fail(c, "an S.0 line that is neither event nor end nor 0.0 err BADLINE");
}

static bool take(struct check *c, const struct ms_agent_line *l, const char *text, size_t n)
{
    if (l->id == 0)
        return take_unasked(c, l);
    struct check_ask *a = find(c, l->session, l->id);
    if (a == NULL)
        return check_fail(c, "a line for %u.%u, which nobody asked", l->session, l->id);
    if (ms_agent_is(&l->word, "started") && !(a->done && !a->ok))
        return take_started(c, a);
    if (a->done)
        return check_fail(c, "`%.*s` after the request was answered", (int)l->word.n, l->word.p);
    if (ms_agent_is(&l->word, "data"))
        return take_data(c, a, l);
    if (ms_agent_is(&l->word, "ok")) {
        a->answer = ms_arena_strndup(c->arena, text, n);
        a->answer_len = n;
        return take_ok(c, a, l);
    }
    if (ms_agent_is(&l->word, "err"))
        return take_err(c, a, l);
    return check_fail(c, "`%.*s` is no word of a reply", (int)l->word.n, l->word.p);
}

/* One more line, held against the rules. `about` is for the message when none comes. */
static bool hear(struct check *c, const char *about)
{
    struct ms_agent_line l;
    struct ms_error err = {0};
    const char *text, *why;
    size_t n;

    if (c->verdict != MS_CHECK_OK)
        return false;
    if (!check_line(c, &text, &n, &why))
        return check_fail(c, "%s; waited for %s", why, about);
    int shown = n > 120 ? 120 : (int)n;
    if (n >= MS_AGENT_LINE_MAX)
        return check_fail(c, "a line of more than %d octets: %.*s...", MS_AGENT_LINE_MAX, shown,
                          text);
    bool readable = ms_agent_parse(text, n, &l, &err) == MS_OK;
    if (c->deaf && !(readable && l.session == 0 && l.id == c->last_id))
        return true;
    if (!readable)
        return check_fail(c, "\"%.*s\" is no line of the protocol: %s", shown, text, err.msg);
    if (take(c, &l, text, n))
        return true;
    /* The line that was wrong belongs to the complaint. */
    size_t used = strlen(c->text);
    snprintf(c->text + used, sizeof c->text - used, ": \"%.*s\"", shown, text);
    return false;
}

static const char *about(const struct check_ask *a, char *out, size_t cap)
{
    size_t n = a->request_len - 1;
    snprintf(out, cap, "the answer to \"%.*s%s\"", n > 100 ? 100 : (int)n, a->request,
             n > 100 ? "..." : "");
    return out;
}

bool check_await(struct check *c, struct check_ask *a)
{
    char words[160];
    if (a == NULL)
        return false;
    while (!a->done || (a->ok && a->verb != NULL && a->started == 0))
        if (!hear(c, a->done ? "`started`" : about(a, words, sizeof words)))
            return false;
    return true;
}

bool check_await_started(struct check *c, struct check_ask *a)
{
    if (a == NULL)
        return false;
    while (!a->done && a->started == 0)
        if (!hear(c, "`started`"))
            return false;
    return true;
}

bool check_ok(struct check *c, struct check_ask *a)
{
    char words[160];
    if (!check_await(c, a))
        return false;
    return a->ok ||
           check_fail(c, "err %s (%s) is %s", a->error, a->text, about(a, words, sizeof words));
}

static bool among(const char *names, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = names; *p != '\0'; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == n && memcmp(p, name, n) == 0)
            return true;
    return false;
}

bool check_err(struct check *c, struct check_ask *a, const char *names)
{
    char words[160];
    enum ms_agent_error which;
    if (!check_await(c, a))
        return false;
    struct ms_agent_text name = {a->error, strlen(a->error)};
    bool fits = !a->ok && (strcmp(names, "*") == 0 ? !ms_agent_error_find(&name, &which)
                                                   : among(names, a->error));
    return fits || check_fail(c, "%s%s instead of err %s is %s", a->ok ? "ok" : "err ", a->error,
                              strcmp(names, "*") == 0 ? "and an errno name" : names,
                              about(a, words, sizeof words));
}

bool check_badlines(struct check *c, unsigned n)
{
    while (c->badlines < n)
        if (!hear(c, "0.0 err BADLINE"))
            return false;
    return c->verdict == MS_CHECK_OK;
}

bool check_quiet(struct check *c)
{
    if (c->verdict != MS_CHECK_OK)
        return false;
    unsigned badlines = c->badlines_due;
    return check_badlines(c, badlines) && check_ok(c, check_ask(c, 0, "ping"));
}

bool check_hello(struct check *c)
{
    char nonce[32];
    snprintf(nonce, sizeof nonce, "check-%llx", (unsigned long long)ms_now_ns());
    c->hello = check_ask(c, 0, "hello version=%d nonce=%s", MS_AGENT_VERSION, nonce);
    c->deaf = true;
    if (!check_ok(c, c->hello))
        return false;
    c->deaf = false;
    return true;
}
