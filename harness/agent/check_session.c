/* SPDX-License-Identifier: MIT */
/* Checks of sessions: their life, their limits, what they leave behind. */
#include <stdio.h>
#include <string.h>

#include "agent/check.h"

static bool needs_mode(struct check *c, bool has, const char *mode)
{
    return c->verdict == MS_CHECK_OK &&
           (has || check_skip(c, "the agent does not open %s sessions (modes=)", mode));
}

static bool fresh_hello(struct check *c)
{
    return check_hello(c) && needs_mode(c, c->facts.fresh, "fresh");
}

static void session_none(struct check *c)
{
    if (check_hello(c) && check_err(c, check_ask(c, 7, "listen"), "NOSESSION") &&
        check_err(c, check_ask(c, 4294967295, "end"), "NOSESSION") &&
        check_err(c, check_ask(c, 7, "received name=c1"), "NOSESSION"))
        check_quiet(c);
}

static void session_twice(struct check *c)
{
    struct ms_agent_opening o;
    if (!check_begin(c, NULL))
        return;
    check_opening(c, &o);
    if (check_err(c, check_ask_opening(c, 1, &o), "EXISTS") && check_ok(c, check_ask(c, 1, "end")))
        check_quiet(c);
}

static void session_end(struct check *c)
{
    struct ms_agent_opening o;
    if (!check_begin(c, NULL) || !check_ok(c, check_ask(c, 1, "end")) ||
        !check_err(c, check_ask(c, 1, "end"), "NOSESSION"))
        return;
    check_opening(c, &o);
    if (check_open(c, 1, &o) && check_ok(c, check_ask(c, 1, "end")))
        check_quiet(c);
}

/* Session 1 with a listener, so that accept waits. */
static bool listening(struct check *c)
{
    return check_begin(c, NULL) && CHECK_HAS(c, MS_VERB_LISTEN, MS_VERB_ACCEPT) &&
           check_ok(c, check_ask(c, 1, "listen addr=127.0.0.1%s", check_plain(c, false)));
}

static void session_end_waiting(struct check *c)
{
    if (!listening(c))
        return;
    struct check_ask *waiting = check_ask(c, 1, "accept");
    if (!check_await_started(c, waiting) || !check_ok(c, check_ask(c, 1, "end")))
        return;
    if (!waiting->done)
        check_fail(c, "end was answered before the accept that waited");
    if (check_err(c, waiting, "ECANCELED"))
        check_quiet(c);
}

static void session_unlistened(struct check *c)
{
    if (!listening(c) || !CHECK_HAS(c, MS_VERB_CLOSE_LISTENER))
        return;
    struct check_ask *waiting = check_ask(c, 1, "accept");
    if (check_await_started(c, waiting) && check_ok(c, check_ask(c, 1, "close-listener")) &&
        check_err(c, waiting, "ECANCELED"))
        check_quiet(c);
}

/* The line of the usual opening with one key's value replaced, or the key left out. */
static struct check_ask *wrong_opening(struct check *c, const char *key, const char *value)
{
    struct ms_agent_opening o;
    struct ms_agent_out line;
    struct ms_buf b = {0};
    char head[16];
    check_opening(c, &o);
    o.mac[0] = 0x02; /* all is right but for the key */
    ms_agent_put_opening(&line, 1, 1, &o, NULL);
    line.buf[line.len - 1] = '\0';
    const char *words = strchr(line.buf, ' ') + 1;
    snprintf(head, sizeof head, " %s=", key);
    const char *at = strstr(words, head);
    if (at == NULL) {
        ms_buf_printf(&b, "%s %s=%s", words, key, value);
    } else {
        const char *rest = at + 1 + strcspn(at + 1, " ");
        ms_buf_printf(&b, "%.*s", (int)(at - words), words);
        if (value != NULL)
            ms_buf_printf(&b, "%s%s", head, value);
        ms_buf_puts(&b, rest);
    }
    struct check_ask *a = check_ask(c, 1, "%s", b.data);
    ms_buf_free(&b);
    return a;
}

static void session_config(struct check *c)
{
    static const struct {
        const char *key, *value;
        bool fresh; /* a key of fresh alone */
    } wrong[] = {
        {"family", "5", false},
        {"family", "", false},
        {"service", "ftp", false},
        {"octets", "-1", false},
        {"seed", "18446744073709551616", false},
        {"port", "65536", false},
        {"pm", "2", false},
        {"events", "yes", false},
        {"colour", "red", false},
        {"paths", "0", true},
        {"paths", "5", true},
        {"mac", "0201", true},
        {"mac", "0301aabb", true},
        {"mac", "0201aabg", true},
        {"mac", NULL, true},
        {"paths", NULL, true},
        {"a2", "i1,x,0,-,-", true},
        {"a2", "i1,i,1,198.51.100.2/24,-", true},
        {"a2", "i1,i,0,198.51.100.2/33,-", true},
        {"a2", "i1,i,0,2001:db8::2/64,-", true},
        {"a2", "i1,i,0,198.51.100.2/24", true},
        {"mtu", "65536", true},
    };
    if (!check_hello(c) || !(c->facts.fresh || c->facts.shared))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++) {
        if (wrong[i].fresh && !c->facts.fresh)
            continue;
        if (!check_err(c, wrong_opening(c, wrong[i].key, wrong[i].value), "BADARG")) {
            size_t used = strlen(c->text);
            snprintf(c->text + used, sizeof c->text - used, " (%s=%s)", wrong[i].key,
                     wrong[i].value != NULL ? wrong[i].value : "(left out)");
            return;
        }
    }
    if (check_err(c, check_ask(c, 1, "end"), "NOSESSION"))
        check_quiet(c);
}

/* Two sessions with the same addresses, told apart by their MAC addresses; requests in turn. */
static void session_side_by_side(struct check *c)
{
    struct ms_agent_opening o;
    struct check_ask *sent[2][4];
    if (!fresh_hello(c))
        return;
    check_opening(c, &o);
    if (!check_open(c, 1, &o) || !check_open(c, 2, &o) || !check_connection(c, 1, false) ||
        !check_connection(c, 2, false) || !CHECK_HAS(c, MS_VERB_SEND, MS_VERB_RECV))
        return;
    for (unsigned i = 0; i < 4; i++)
        for (uint32_t s = 0; s < 2; s++)
            sent[s][i] =
                check_ask(c, s + 1, i % 2 == 0 ? "send name=cli num=%u" : "recv name=srv num=%u",
                          i % 2 == 0 ? 100 + s : (i / 2 + 1) * (100 + s));
    for (uint32_t s = 0; s < 2; s++)
        for (unsigned i = 0; i < 4; i++)
            if (!check_ok(c, sent[s][i]))
                return;
    for (uint32_t s = 0; s < 2; s++)
        if (sent[s][3]->num != 2 * (100 + s))
            check_fail(c, "session %u received %llu octets instead of %u", s + 1,
                       (unsigned long long)sent[s][3]->num, 2 * (100 + s));
    if (check_ok(c, check_ask(c, 1, "end")) && check_ok(c, check_ask(c, 2, "names name=cli")))
        check_quiet(c);
}

/* The same numbers of requests in two sessions are different requests. */
static void session_numbers(struct check *c)
{
    struct ms_agent_opening o;
    if (!fresh_hello(c))
        return;
    check_opening(c, &o);
    if (!check_open(c, 1, &o) || !check_open(c, 2, &o) ||
        !CHECK_HAS(c, MS_VERB_SYSCTL_GET, MS_VERB_SYSCTL))
        return;
    c->last_id = 500;
    struct check_ask *one = check_ask(c, 1, "sysctl text=net.ipv4.tcp_fin_timeout text2=41");
    c->last_id = 500;
    struct check_ask *two = check_ask(c, 2, "sysctl text=net.ipv4.tcp_fin_timeout text2=42");
    if (!check_ok(c, two) || !check_ok(c, one))
        return;
    one = check_ask(c, 1, "sysctl-get text=net.ipv4.tcp_fin_timeout");
    two = check_ask(c, 2, "sysctl-get text=net.ipv4.tcp_fin_timeout");
    if (!check_ok(c, one) || !check_ok(c, two))
        return;
    if (strcmp(one->text, "41") != 0 || strcmp(two->text, "42") != 0)
        check_fail(c, "sessions share a sysctl: 41 and 42 were set, %s and %s are there", one->text,
                   two->text);
    check_quiet(c);
}

static void session_limit(struct check *c)
{
    struct ms_agent_opening o;
    if (!fresh_hello(c))
        return;
    unsigned most = c->facts.max_sessions;
    if (most > 256) {
        check_skip(c, "the agent opens %u sessions: too many to try", most);
        return;
    }
    check_opening(c, &o);
    for (uint32_t s = 1; s <= most; s++)
        if (!check_open(c, s, &o))
            return;
    if (!check_err(c, check_ask_opening(c, most + 1, &o), "TOOMANY") ||
        !check_ok(c, check_ask(c, 1, "end")))
        return;
    check_opening(c, &o);
    if (check_open(c, most + 1, &o))
        check_quiet(c);
}

static void session_requests(struct check *c)
{
    struct check_ask *a[MS_AGENT_REQUESTS_MAX];
    if (!listening(c))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(a); i++) {
        a[i] = check_ask(c, 1, "accept");
        if (!check_await_started(c, a[i]))
            return;
        if (a[i]->done) {
            check_fail(c, "accept %zu of %zu was answered err %s", i + 1, MS_ARRAY_LEN(a),
                       a[i]->error);
            return;
        }
    }
    if (check_err(c, check_ask(c, 1, "accept"), "TOOMANY"))
        check_quiet(c);
}

static void session_same_id(struct check *c)
{
    if (!listening(c))
        return;
    struct check_ask *first = check_ask(c, 1, "accept");
    if (!check_await_started(c, first))
        return;
    c->last_id--;
    struct check_ask *second = check_ask(c, 1, "accept");
    if (check_err(c, second, "EXISTS"))
        check_quiet(c);
}

static const char *const undone[] = {"net.ipv4.tcp_fin_timeout", "net.mptcp.add_addr_timeout",
                                     "net.ipv4.tcp_syn_retries"};

/* Changes values in a session, ends it, looks in another one. */
static void undo(struct check *c, const struct ms_agent_opening *o)
{
    const char *was[MS_ARRAY_LEN(undone)];
    bool there[MS_ARRAY_LEN(undone)];
    if (!check_open(c, 1, o) || !CHECK_HAS(c, MS_VERB_SYSCTL, MS_VERB_SYSCTL_GET))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(undone); i++) {
        struct check_ask *a = check_ask(c, 1, "sysctl-get text=%s", undone[i]);
        if (!check_await(c, a))
            return;
        there[i] = a->ok;
        was[i] = a->text;
        if (a->ok &&
            !check_ok(c, check_ask(c, 1, "sysctl text=%s text2=%u", undone[i], (unsigned)(3 + i))))
            return;
    }
    if (!check_ok(c, check_ask(c, 1, "end")) || !check_open(c, 1, o))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(undone); i++) {
        if (!there[i])
            continue;
        struct check_ask *a = check_ask(c, 1, "sysctl-get text=%s", undone[i]);
        if (!check_ok(c, a))
            return;
        if (strcmp(a->text, was[i]) != 0)
            check_fail(c, "%s was %s and is %s in the next session", undone[i], was[i], a->text);
    }
    check_quiet(c);
}

static void session_undo(struct check *c)
{
    struct ms_agent_opening o;
    if (!fresh_hello(c))
        return;
    check_opening(c, &o);
    undo(c, &o);
}

static bool shared_hello(struct check *c, struct ms_agent_opening *o)
{
    if (!check_hello(c) || !needs_mode(c, c->facts.shared, "shared"))
        return false;
    check_opening(c, o);
    o->fresh = false;
    return true;
}

static void shared_undo(struct check *c)
{
    struct ms_agent_opening o;
    if (shared_hello(c, &o))
        undo(c, &o);
}

static void shared_busy(struct check *c)
{
    struct ms_agent_opening o;
    if (!shared_hello(c, &o) || !check_open(c, 1, &o))
        return;
    if (check_err(c, check_ask_opening(c, 2, &o), "BUSY") && check_ok(c, check_ask(c, 1, "end")) &&
        check_open(c, 2, &o))
        check_quiet(c);
}

static void shared_connection(struct check *c)
{
    struct ms_agent_opening o;
    if (shared_hello(c, &o) && check_open(c, 1, &o) && check_connection(c, 1, false))
        check_quiet(c);
}

const struct check_row check_session_rows[] = {
    {"session.none", "a verb in a session that is not open is NOSESSION", session_none},
    {"session.twice", "opening a session that is open is EXISTS", session_twice},
    {"session.end", "end is answered when the session is gone; its number is free then",
     session_end},
    {"session.end-waiting", "end makes what waits ECANCELED, before its own answer",
     session_end_waiting},
    {"session.unlistened", "an accept that waits is ECANCELED with the last listener",
     session_unlistened},
    {"session.config", "a configuration that is wrong is BADARG and opens nothing", session_config},
    {"session.side-by-side", "sessions with the same addresses run side by side",
     session_side_by_side},
    {"session.numbers", "numbers of requests belong to their session; so does what is changed",
     session_numbers},
    {"session.limit", "max_sessions sessions open, one more is TOOMANY", session_limit},
    {"session.requests", "64 requests wait, one more is TOOMANY", session_requests},
    {"session.same-id", "the number of a request that waits is EXISTS", session_same_id},
    {"session.undo", "a fresh session has nothing of the one before", session_undo},
    {"shared.undo", "the end of a shared session undoes its changes", shared_undo},
    {"shared.busy", "a second shared session is BUSY", shared_busy},
    {"shared.connection", "a shared session connects over loopback", shared_connection},
    {NULL, NULL, NULL},
};
