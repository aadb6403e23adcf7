/* SPDX-License-Identifier: MIT */
/* Checks of the stream itself: lines, hello, requests that are none, the end. */
#include <stdio.h>
#include <string.h>

#include "agent/check.h"
#include "mptcpspec/crypto.h"

/* ---- hello ---- */

static bool same_text(struct check *c, const char *key, const char *got, const char *want)
{
    return strcmp(got, want) == 0 || check_fail(c, "%s=%s instead of %s", key, got, want);
}

static void hello_answer(struct check *c)
{
    static const char *const due[] = {"version", "nonce",   "agent",      "system",
                                      "release", "machine", "processors", "mptcp",
                                      "modes",   "verbs",   "max_line",   "max_sessions"};
    struct ms_agent_line l;
    char nonce[64] = "";
    if (!check_hello(c) ||
        ms_agent_parse(c->hello->answer, c->hello->answer_len, &l, NULL) != MS_OK)
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(due); i++)
        if (ms_agent_find(&l, due[i]) == NULL)
            check_fail(c, "the answer lacks %s=", due[i]);
    if (c->facts.version != MS_AGENT_VERSION)
        check_fail(c, "version=%u is answered to version=%d", c->facts.version, MS_AGENT_VERSION);
    snprintf(nonce, sizeof nonce, "%s", strstr(c->hello->request, "nonce=") + strlen("nonce="));
    nonce[strcspn(nonce, "\n")] = '\0';
    if (same_text(c, "nonce", c->facts.nonce, nonce) && c->facts.max_line < MS_AGENT_LINE_MAX)
        check_fail(c, "max_line=%u: lines of %d octets must be taken", c->facts.max_line,
                   MS_AGENT_LINE_MAX);
    if (c->facts.max_sessions == 0 || c->facts.processors == 0)
        check_fail(c, "max_sessions= and processors= are 1 at least");
    if (!c->facts.kernel.mptcp && ms_agent_find(&l, "mptcp_errno") == NULL)
        check_fail(c, "mptcp=0 without mptcp_errno=");
    check_quiet(c);
}

static void hello_nonce(struct check *c)
{
    struct check_ask *a = check_ask(c, 0, "hello version=1 nonce=%s", "a%20b%25%3Dc%7e~%c3%A9");
    c->hello = a;
    if (check_ok(c, a) && same_text(c, "nonce", c->facts.nonce, "a b%=c~~\xc3\xa9"))
        check_quiet(c);
}

static void hello_version(struct check *c)
{
    struct check_ask *a = check_ask(c, 0, "hello version=4294967295 nonce=x");
    if (check_err(c, a, "UNSUPPORTED") && check_hello(c))
        check_quiet(c);
}

static void hello_keys(struct check *c)
{
    static const char *const wrong[] = {"hello",
                                        "hello version=1",
                                        "hello nonce=x",
                                        "hello version= nonce=x",
                                        "hello version=01 nonce=x",
                                        "hello version=-1 nonce=x",
                                        "hello version=1 nonce=x a=b"};
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++)
        if (!check_err(c, check_ask(c, 0, "%s", wrong[i]), "BADARG"))
            return;
    if (check_hello(c))
        check_quiet(c);
}

/* A serial line may hold what an earlier client left: half a line, whole requests, line noise. */
static void hello_stale(struct check *c)
{
    static const char stale[] =
        "v name=x addr=10.0.0.1\n7.9 connect name=a\n\xff\xfe\x01garbage\r\n"
        "\n0.5 ping\n3.1 fresh fam";
    if (check_send(c, stale, sizeof stale - 1) && check_send(c, "\n", 1) && check_hello(c))
        check_quiet(c);
}

static void hello_again(struct check *c)
{
    struct ms_agent_opening o;
    if (!check_begin(c, NULL) || !check_hello(c))
        return;
    if (!check_err(c, check_ask(c, 1, "end"), "NOSESSION"))
        return;
    check_opening(c, &o);
    if (check_open(c, 1, &o))
        check_quiet(c);
}

/* ---- lines ---- */

static void line_unreadable(struct check *c)
{
    static const char *const wrong[] = {"",
                                        " ",
                                        "ping",
                                        "0",
                                        "0.",
                                        ".1",
                                        "0.1.2 ping",
                                        "00.1 ping",
                                        "0.01 ping",
                                        "-1.1 ping",
                                        "+0.1 ping",
                                        "0.4294967296 ping",
                                        "4294967296.1 ping",
                                        "0x0.1 ping",
                                        " 0.1 ping",
                                        "0,1 ping",
                                        "0.1ping",
                                        "\t0.1 ping",
                                        "99999999999999999999999999.1 ping"};
    if (!check_hello(c))
        return;
    for (unsigned i = 0; i < MS_ARRAY_LEN(wrong); i++) {
        c->badlines_due = i + 1;
        if (!check_send(c, wrong[i], strlen(wrong[i])) || !check_send(c, "\n", 1) ||
            !check_badlines(c, i + 1)) {
            size_t used = strlen(c->text);
            snprintf(c->text + used, sizeof c->text - used, " to the line \"%s\"", wrong[i]);
            return;
        }
    }
    check_quiet(c);
}

/* With a readable S.ID the answer has it. */
static void line_malformed(struct check *c)
{
    static const char *const wrong[] = {
        "ping ",        "ping  a=1", " ping",       "ping a",         "ping =1",    "ping A=1",
        "ping a=\x01",  "ping a=%",  "ping a=%4",   "ping a=%4g",     "ping a=b=c", "ping a=\"x\"",
        "ping a=1 a=2", "ping \xff", "p\xc3\xa4ng", "ping a=\xc3\xa4"};
    if (!check_hello(c))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++)
        if (!check_err(c, check_ask(c, 0, "%s", wrong[i]), "BADLINE"))
            return;
    check_quiet(c);
}

static void line_binary(struct check *c)
{
    uint8_t noise[4096];
    unsigned lines = 1;
    if (!check_hello(c))
        return;
    ms_stream_fill(c->last_id, 0, noise, sizeof noise);
    /* The first octet of a line is none of a number, so that each line is unreadable. */
    for (size_t i = 0; i < sizeof noise; i++) {
        bool first = i == 0 || noise[i - 1] == '\n';
        if (first && noise[i] != '\n')
            noise[i] |= 0x80;
        lines += i != 0 && noise[i - 1] == '\n';
    }
    noise[sizeof noise - 1] = '\n';
    c->badlines_due = lines;
    if (check_send(c, noise, sizeof noise) && check_badlines(c, lines))
        check_quiet(c);
}

/* A request of `total` octets with its line's end, by a key that ping does not take. */
static struct check_ask *long_request(struct check *c, size_t total)
{
    char *pad = ms_arena_alloc(c->arena, total);
    struct check_ask *a;
    char head[32];
    int n = snprintf(head, sizeof head, "0.%u ping x=", c->last_id + 1);
    memset(pad, 'y', total - (size_t)n - 1);
    a = check_ask_quiet(c, 0, "ping x=%s", pad);
    return a;
}

static void line_longest(struct check *c)
{
    if (!check_hello(c))
        return;
    struct check_ask *a = long_request(c, MS_AGENT_LINE_MAX);
    if (check_send(c, a->request, a->request_len) && check_err(c, a, "BADARG"))
        check_quiet(c);
}

static void line_overlong(struct check *c)
{
    static const size_t sizes[] = {MS_AGENT_LINE_MAX + 1, MS_AGENT_LINE_MAX + 2,
                                   3 * MS_AGENT_LINE_MAX};
    char *huge;
    if (!check_hello(c))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(sizes); i++) {
        huge = ms_arena_alloc(c->arena, sizes[i]);
        memset(huge, 'z', sizes[i]);
        huge[sizes[i] - 1] = '\n';
        c->badlines_due = (unsigned)i + 1;
        if (!check_send(c, huge, sizes[i]) || !check_badlines(c, (unsigned)i + 1))
            return;
    }
    check_quiet(c);
}

static void line_endless(struct check *c)
{
    enum { PIECE = 65536, PIECES = 64 };
    char *piece = ms_arena_alloc(c->arena, PIECE);
    if (!check_hello(c))
        return;
    memset(piece, '0', PIECE);
    c->badlines_due = 1;
    for (int i = 0; i < PIECES; i++)
        if (!check_send(c, piece, PIECE))
            return;
    if (check_send(c, "\n", 1) && check_badlines(c, 1))
        check_quiet(c);
}

static void line_split(struct check *c)
{
    if (!check_hello(c))
        return;
    struct check_ask *a = check_ask_quiet(c, 0, "ping");
    for (size_t i = 0; i < a->request_len; i++)
        if (!check_send(c, a->request + i, 1) || !check_taken(c))
            return;
    if (check_ok(c, a))
        check_quiet(c);
}

static void line_many(struct check *c)
{
    enum { MANY = 2000 };
    struct ms_buf all = {0};
    struct check_ask *a[MANY];
    if (!check_hello(c))
        return;
    for (size_t i = 0; i < MANY; i++) {
        a[i] = check_ask_quiet(c, 0, "ping");
        ms_buf_add(&all, a[i]->request, a[i]->request_len);
    }
    if (check_send(c, all.data, all.len))
        for (size_t i = 0; i < MANY && check_ok(c, a[i]); i++)
            ;
    ms_buf_free(&all);
    check_quiet(c);
}

/* ---- requests to the agent ---- */

static void verb_unknown(struct check *c)
{
    static const char *const wrong[] = {"pong", "PING", "fresh2", "ok", "started", "-", "_"};
    if (!check_hello(c))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++)
        if (!check_err(c, check_ask(c, 0, "%s", wrong[i]), "BADVERB"))
            return;
    check_quiet(c);
}

static void verb_place(struct check *c)
{
    static const char *const wrong[] = {"listen", "received name=x", "end", "fresh"};
    if (!check_hello(c))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++)
        if (!check_err(c, check_ask(c, 0, "%s", wrong[i]), "BADVERB"))
            return;
    check_quiet(c);
}

static void key_unknown(struct check *c)
{
    if (check_hello(c) && check_err(c, check_ask(c, 0, "ping a=1"), "BADARG") &&
        check_err(c, check_ask(c, 0, "bye now=1"), "BADARG"))
        check_quiet(c);
}

/* ---- the end ---- */

static void end_bye(struct check *c)
{
    if (check_begin(c, NULL) && check_ok(c, check_ask(c, 0, "bye")) && check_ended(c))
        check_gone(c);
}

static void end_eof(struct check *c)
{
    if (!check_begin(c, NULL))
        return;
    check_half_close(c);
    if (check_ended(c))
        check_gone(c);
}

static void end_half_line(struct check *c)
{
    if (!check_hello(c) || !check_send(c, "0.77 pi", 7))
        return;
    check_half_close(c);
    if (check_ended(c))
        check_gone(c);
}

const struct check_row check_stream_rows[] = {
    {"hello.answer", "hello is answered with every fact that is due", hello_answer},
    {"hello.nonce", "the nonce comes back as it was, however it was written", hello_nonce},
    {"hello.version", "a version that is not known is UNSUPPORTED and the stream goes on",
     hello_version},
    {"hello.keys", "hello without its keys, or with others, is BADARG", hello_keys},
    {"hello.stale", "what an earlier client left on the line does no harm", hello_stale},
    {"hello.again", "a second hello ends all sessions", hello_again},
    {"line.unreadable",
     "a line without a readable S.ID is `0.0 err BADLINE`, and the stream goes on",
     line_unreadable},
    {"line.malformed", "a line that is malformed behind its S.ID is `S.ID err BADLINE`",
     line_malformed},
    {"line.binary", "octets of any kind are unreadable lines", line_binary},
    {"line.longest", "a line of 8192 octets is taken", line_longest},
    {"line.overlong", "a longer line is one BADLINE and is skipped to its end", line_overlong},
    {"line.endless", "4 MiB without a line's end are one BADLINE", line_endless},
    {"line.split", "a request may come octet by octet", line_split},
    {"line.many", "2000 requests in one piece are each answered", line_many},
    {"verb.unknown", "a verb that is not known is BADVERB", verb_unknown},
    {"verb.place", "verbs of sessions are BADVERB in session 0", verb_place},
    {"key.unknown", "a key that the verb does not take is BADARG", key_unknown},
    {"end.bye", "bye is answered, then the agent ends", end_bye},
    {"end.eof", "the end of the stream ends the agent and its sessions", end_eof},
    {"end.half-line", "so it does in the middle of a line", end_half_line},
    {NULL, NULL, NULL},
};
