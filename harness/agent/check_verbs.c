/* SPDX-License-Identifier: MIT */
/* Checks of target verbs, over loopback in a session of their own. */
#include <stdio.h>
#include <string.h>

#include "agent/check.h"
#include "mptcpspec/crypto.h"

static void verb_in_session(struct check *c)
{
    static const char *const wrong[] = {"pong", "hello version=1 nonce=x", "ping", "bye", "LISTEN"};
    if (!check_begin(c, NULL))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++)
        if (!check_err(c, check_ask(c, 1, "%s", wrong[i]), "BADVERB"))
            return;
    check_quiet(c);
}

/* What is not in verbs= is refused, by whichever of the two names. */
static void verb_left_out(struct check *c)
{
    char word[32];
    if (!check_begin(c, NULL))
        return;
    for (size_t i = 0; i < ms_agent_n_verbs; i++)
        if ((c->facts.verbs >> ms_agent_verbs[i].kind & 1) == 0 &&
            !check_err(c, check_ask(c, 1, "%s", ms_agent_verb_word(ms_agent_verbs[i].kind, word)),
                       "BADVERB|UNSUPPORTED"))
            return;
    check_quiet(c);
}

static void verb_args(struct check *c)
{
    static const struct {
        enum ms_verb_kind kind;
        const char *request;
    } wrong[] = {
        {MS_VERB_LISTEN, "listen port=65536"},
        {MS_VERB_LISTEN, "listen port=-1"},
        {MS_VERB_LISTEN, "listen addr=10.0.0"},
        {MS_VERB_LISTEN, "listen addr=::g"},
        {MS_VERB_LISTEN, "listen num=1"},
        {MS_VERB_LISTEN, "listen plain=yes"},
        {MS_VERB_LISTEN, "listen text=x"},
        {MS_VERB_SEND, "send num=1e3"},
        {MS_VERB_SEND, "send num=9223372036854775808"},
        {MS_VERB_SEND, "send num=-5"},
        {MS_VERB_ACCEPT, "accept name=a-name-that-is-longer-than-31-octets"},
        {MS_VERB_SHUTDOWN, "shutdown text=sideways"},
        {MS_VERB_LINK, "link path=4 num=0"},
        {MS_VERB_LINK, "link num=0"},
        {MS_VERB_ENDPOINT_ADD, "endpoint-add num=256"},
        {MS_VERB_ENDPOINT_ADD, "endpoint-add flags=loud"},
        {MS_VERB_ADDR_ADD, "addr-add path=0 addr=10.0.0.1 num=129"},
        {MS_VERB_ENDPOINT_FLUSH, "endpoint-flush num=1"},
    };
    if (!check_begin(c, NULL))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++)
        if ((c->facts.verbs >> wrong[i].kind & 1) != 0 &&
            !check_err(c, check_ask(c, 1, "%s", wrong[i].request), "BADARG"))
            return;
    check_quiet(c);
}

static void connection(struct check *c)
{
    if (check_begin(c, NULL) && check_connection(c, 1, false))
        check_quiet(c);
}

static void connection_plain(struct check *c)
{
    if (check_begin(c, NULL) && check_connection(c, 1, true))
        check_quiet(c);
}

static void connection_ipv6(struct check *c)
{
    struct ms_agent_opening o;
    if (!check_hello(c))
        return;
    check_opening(c, &o);
    o.family = MS_IPV6;
    const char *how = check_plain(c, false);
    if (!check_open(c, 1, &o) || !CHECK_HAS(c, MS_VERB_LISTEN, MS_VERB_ACCEPT, MS_VERB_CONNECT) ||
        !check_ok(c, check_ask(c, 1, "listen%s", how)))
        return;
    struct check_ask *accepted = check_ask(c, 1, "accept name=srv");
    if (check_ok(c, check_ask(c, 1, "connect name=cli addr=::1%s", how)) && check_ok(c, accepted))
        check_quiet(c);
}

/* An errno of the IUT's call; nobody listens at port 9 of the loopback addresses 127.0.0.9. */
static void connection_refused(struct check *c)
{
    if (check_begin(c, NULL) && CHECK_HAS(c, MS_VERB_CONNECT) &&
        check_err(c, check_ask(c, 1, "connect name=cli addr=127.0.0.9 port=9 plain=1"),
                  "ECONNREFUSED"))
        check_quiet(c);
}

static void connection_unknown(struct check *c)
{
    static const struct {
        enum ms_verb_kind kind;
        const char *words;
    } with[] = {
        {MS_VERB_SEND, "send name=nobody num=1"},
        {MS_VERB_RECV, "recv name=nobody num=1"},
        {MS_VERB_CLOSE, "close name=nobody"},
        {MS_VERB_NAMES, "names name=nobody"},
        {MS_VERB_EXPECT_EOF, "expect-eof name=nobody"},
        {MS_VERB_SHUTDOWN, "shutdown name=nobody"},
        {MS_VERB_URGENT, "urgent name=nobody"},
        {MS_VERB_MPTCP_INFO, "mptcp-info name=nobody"},
        {MS_VERB_STOP_READING, "stop-reading name=nobody"},
    };
    if (!check_begin(c, NULL))
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(with); i++)
        if ((c->facts.verbs >> with[i].kind & 1) != 0 &&
            !check_err(c, check_ask(c, 1, "%s", with[i].words), "ENOTCONN|EBADF"))
            return;
    check_quiet(c);
}

/* ---- octets ---- */

static bool content(struct check *c, const struct check_ask *a, uint64_t from, uint64_t want)
{
    uint8_t *due = ms_arena_alloc(c->arena, want + 1);
    ms_stream_fill(8684, from, due, want);
    if (a->octets.len != want)
        return check_fail(c, "received gave %zu octets instead of %llu", a->octets.len,
                          (unsigned long long)want);
    for (size_t i = 0; i < want; i++)
        if ((uint8_t)a->octets.data[i] != due[i])
            return check_fail(c, "octet %llu of what was sent is %02x instead of %02x (seed=8684)",
                              (unsigned long long)(from + i), (uint8_t)a->octets.data[i], due[i]);
    return true;
}

static bool moved(struct check *c, struct check_ask *a, const char *verb, uint64_t want)
{
    return check_ok(c, a) &&
           (a->num == want || check_fail(c, "%s says num=%llu instead of %llu", verb,
                                         (unsigned long long)a->num, (unsigned long long)want));
}

static bool received(struct check *c, uint64_t from, uint64_t total)
{
    struct check_ask *a = check_ask(c, 1, "received name=srv from=%llu", (unsigned long long)from);
    return check_ok(c, a) &&
           (a->total == total ||
            check_fail(c, "received says total=%llu instead of %llu", (unsigned long long)a->total,
                       (unsigned long long)total)) &&
           content(c, a, from, from < total ? total - from : 0);
}

static void octets_digest(struct check *c)
{
    uint8_t due[777];
    char hex[65];
    if (!check_begin(c, NULL) || !check_connection(c, 1, false) ||
        !CHECK_HAS(c, MS_VERB_SEND, MS_VERB_RECV, MS_VERB_DIGEST) ||
        !moved(c, check_ask(c, 1, "send name=cli num=%zu", sizeof due), "send", sizeof due) ||
        !moved(c, check_ask(c, 1, "recv name=srv num=%zu", sizeof due), "recv", sizeof due))
        return;
    struct check_ask *a = check_ask(c, 1, "digest name=srv");
    if (!moved(c, a, "digest", sizeof due))
        return;
    ms_stream_fill(8684, 0, due, sizeof due);
    ms_sha256_hex(due, sizeof due, hex);
    if (strcmp(a->text, hex) != 0)
        check_fail(c, "digest says %s instead of %s", a->text, hex);
    check_quiet(c);
}

static bool has_octets(struct check *c)
{
    return CHECK_HAS(c, MS_VERB_SEND, MS_VERB_RECV) &&
           (c->facts.received || check_skip(c, "the agent does not have received (verbs=)"));
}

static void octets_moved(struct check *c)
{
    enum { MANY = 10000 };
    if (!check_begin(c, NULL) || !check_connection(c, 1, false) || !has_octets(c))
        return;
    struct check_ask *recv = check_ask(c, 1, "recv name=srv num=%d", MANY);
    if (!check_await_started(c, recv) ||
        !moved(c, check_ask(c, 1, "send name=cli num=%d", MANY), "send", MANY) ||
        !moved(c, recv, "recv", MANY))
        return;
    if (received(c, 0, MANY) && received(c, MANY - 7, MANY) && received(c, MANY, MANY) &&
        received(c, MANY + 1, MANY) &&
        /* What was there already completes at once. */
        moved(c, check_ask(c, 1, "recv name=srv num=5000"), "recv", MANY))
        check_quiet(c);
}

/* Of what is longer than one answer the rest is asked for again. */
static void octets_long(struct check *c)
{
    enum { MANY = MS_AGENT_DATA_LINES * MS_AGENT_OCTETS_MAX + 5000 };
    uint64_t at = 0;
    if (!check_begin(c, NULL) || !check_connection(c, 1, false) || !has_octets(c))
        return;
    struct check_ask *recv = check_ask(c, 1, "recv name=srv num=%d", MANY);
    if (!moved(c, check_ask(c, 1, "send name=cli num=%d", MANY), "send", MANY) ||
        !moved(c, recv, "recv", MANY))
        return;
    while (at < MANY) {
        struct check_ask *a =
            check_ask(c, 1, "received name=srv from=%llu", (unsigned long long)at);
        if (!check_ok(c, a))
            return;
        if (a->octets.len == 0 || a->octets.len > MANY - at ||
            a->octets.len > MS_AGENT_DATA_LINES * MS_AGENT_OCTETS_MAX) {
            check_fail(c, "received from=%llu of %d gave %zu octets", (unsigned long long)at, MANY,
                       a->octets.len);
            return;
        }
        if (!content(c, a, at, a->octets.len))
            return;
        at += a->octets.len;
    }
    check_quiet(c);
}

static void octets_eof(struct check *c)
{
    if (!check_begin(c, NULL) || !check_connection(c, 1, false) ||
        !CHECK_HAS(c, MS_VERB_SEND, MS_VERB_EXPECT_EOF, MS_VERB_SHUTDOWN, MS_VERB_CLOSE))
        return;
    struct check_ask *eof = check_ask(c, 1, "expect-eof name=srv");
    if (!moved(c, check_ask(c, 1, "send name=cli num=300"), "send", 300))
        return;
    if (eof->done) {
        check_fail(c, "expect-eof was over before the peer shut down");
        return;
    }
    if (check_ok(c, check_ask(c, 1, "shutdown name=cli text=write")) &&
        moved(c, eof, "expect-eof", 300) && check_ok(c, check_ask(c, 1, "close name=srv")) &&
        check_ok(c, check_ask(c, 1, "close name=cli")) &&
        check_err(c, check_ask(c, 1, "close name=cli"), "EBADF"))
        check_quiet(c);
}

/* A verb that waits on a connection which is closed is over, with ECANCELED. */
static void octets_cancelled(struct check *c)
{
    if (!check_begin(c, NULL) || !check_connection(c, 1, false) ||
        !CHECK_HAS(c, MS_VERB_RECV, MS_VERB_CLOSE))
        return;
    struct check_ask *recv = check_ask(c, 1, "recv name=srv num=100");
    if (check_await_started(c, recv) && check_ok(c, check_ask(c, 1, "close name=srv")) &&
        check_err(c, recv, "ECANCELED"))
        check_quiet(c);
}

static void waiting(struct check *c)
{
    if (!check_begin(c, NULL) || !check_connection(c, 1, false) ||
        !CHECK_HAS(c, MS_VERB_RECV, MS_VERB_SEND, MS_VERB_NAMES))
        return;
    struct check_ask *recv = check_ask(c, 1, "recv name=srv num=100");
    if (!check_await_started(c, recv) || !check_ok(c, check_ask(c, 1, "names name=srv")) ||
        !check_ok(c, check_ask(c, 0, "ping")))
        return;
    if (recv->done) {
        check_fail(c, "recv was over before there was anything to read");
        return;
    }
    if (check_ok(c, check_ask(c, 1, "send name=cli num=100")) && moved(c, recv, "recv", 100))
        check_quiet(c);
}

/* ---- services ---- */

/* Nobody asks for the octets: the service takes them. */
static bool taken_by_itself(struct check *c, uint64_t want)
{
    uint64_t until = ms_now_ns() + c->cfg->guard_ns;
    struct check_ask *a;
    do {
        a = check_ask(c, 1, "received name=srv from=%llu", (unsigned long long)want);
        if (!check_ok(c, a))
            return false;
    } while (a->total < want && ms_now_ns() < until);
    return a->total == want || check_fail(c, "of %llu octets the service has read %llu",
                                          (unsigned long long)want, (unsigned long long)a->total);
}

static void service_discard(struct check *c)
{
    struct ms_agent_opening o;
    if (!check_hello(c))
        return;
    check_opening(c, &o);
    o.service = MS_SERVICE_DISCARD;
    if (check_open(c, 1, &o) && check_connection(c, 1, false) && has_octets(c) &&
        moved(c, check_ask(c, 1, "send name=cli num=4000"), "send", 4000) &&
        taken_by_itself(c, 4000) && received(c, 0, 4000))
        check_quiet(c);
}

static void service_source(struct check *c)
{
    struct ms_agent_opening o;
    if (!check_hello(c))
        return;
    check_opening(c, &o);
    o.service = MS_SERVICE_SOURCE;
    o.octets = 3000;
    if (check_open(c, 1, &o) && check_connection(c, 1, false) && has_octets(c) &&
        moved(c, check_ask(c, 1, "recv name=srv num=3000"), "recv", 3000) && received(c, 0, 3000))
        check_quiet(c);
}

/* ---- looking and setting ---- */

static void names(struct check *c)
{
    char addr[2][64];
    unsigned port[2];
    if (!check_begin(c, NULL) || !check_connection(c, 1, false) || !CHECK_HAS(c, MS_VERB_NAMES))
        return;
    struct check_ask *a = check_ask(c, 1, "names name=cli");
    if (!check_ok(c, a))
        return;
    if (sscanf(a->text, "%63s %u %63s %u", addr[0], &port[0], addr[1], &port[1]) != 4 ||
        strcmp(addr[1], "127.0.0.1") != 0 || port[1] < 20000 || port[1] >= 30000)
        check_fail(c, "names says \"%s\", not \"ADDR PORT 127.0.0.1 (port= of the session)\"",
                   a->text);
    check_quiet(c);
}

static void sockopt(struct check *c)
{
    if (check_begin(c, NULL) && check_connection(c, 1, false) && CHECK_HAS(c, MS_VERB_SOCKOPT) &&
        check_ok(c, check_ask(c, 1, "sockopt name=cli text=nodelay num=1")) &&
        check_err(c, check_ask(c, 1, "sockopt name=cli text=no_such_option num=1"), "ENOPROTOOPT"))
        check_quiet(c);
}

/* "NAME:VALUE,..." and one NAME that must be among them. */
static bool values(struct check *c, const struct check_ask *a, const char *must)
{
    bool found = false;
    const char *p = a->values.data != NULL ? a->values.data : "";
    for (; *p != '\0'; p += strcspn(p, ","), p += *p == ',') {
        size_t n = strcspn(p, ":,"), digits = p[n] == ':' ? strspn(p + n + 1, "0123456789") : 0;
        if (n == 0 || digits == 0 || (p[n + 1 + digits] != ',' && p[n + 1 + digits] != '\0'))
            return check_fail(c, "\"%.60s\" in v= is not NAME:NUMBER", p);
        found |= n == strlen(must) && memcmp(p, must, n) == 0;
    }
    return found || check_fail(c, "%s is not among the values", must);
}

static void counters(struct check *c)
{
    if (!check_begin(c, NULL) || !CHECK_HAS(c, MS_VERB_COUNTERS))
        return;
    struct check_ask *a = check_ask(c, 1, "counters");
    if (check_ok(c, a) && values(c, a, "Tcp.ActiveOpens") &&
        (!c->facts.kernel.mptcp || values(c, a, "MPTcpExt.MPCapableSYNRX")))
        check_quiet(c);
}

static bool needs_mptcp(struct check *c)
{
    return c->verdict == MS_CHECK_OK &&
           (c->facts.kernel.mptcp || check_skip(c, "the kernel there has no MPTCP"));
}

static void mptcp_info(struct check *c)
{
    if (!check_begin(c, NULL) || !needs_mptcp(c) || !check_connection(c, 1, false) ||
        !CHECK_HAS(c, MS_VERB_MPTCP_INFO))
        return;
    struct check_ask *a = check_ask(c, 1, "mptcp-info name=cli");
    if (check_ok(c, a) && values(c, a, "token") && check_ok(c, check_ask(c, 1, "close-listener")) &&
        check_ok(c, check_ask(c, 1, "close name=cli")))
        check_quiet(c);
}

static void sysctls(struct check *c)
{
    if (!check_begin(c, NULL) || !CHECK_HAS(c, MS_VERB_SYSCTL, MS_VERB_SYSCTL_GET) ||
        !check_ok(c, check_ask(c, 1, "sysctl text=net.ipv4.tcp_fin_timeout text2=37")))
        return;
    struct check_ask *a = check_ask(c, 1, "sysctl-get text=net.ipv4.tcp_fin_timeout");
    if (check_ok(c, a) && strcmp(a->text, "37") != 0)
        check_fail(c, "37 was set, \"%s\" is there", a->text);
    if (check_err(c, check_ask(c, 1, "sysctl-get text=net.no.such"), "ENOENT") &&
        check_err(c, check_ask(c, 1, "sysctl text=net.no.such text2=1"), "ENOENT") &&
        check_err(c, check_ask(c, 1, "sysctl text=net.ipv4.tcp_fin_timeout text2=blue"), "EINVAL"))
        check_quiet(c);
}

static bool fresh_session(struct check *c, const struct ms_agent_opening *o)
{
    if (!check_hello(c))
        return false;
    if (!c->facts.fresh)
        return check_skip(c, "the agent does not open fresh sessions (modes=)");
    return check_open(c, 1, o);
}

static void sysctl_host(struct check *c)
{
    struct ms_agent_opening o;
    if (!check_hello(c))
        return;
    check_opening(c, &o);
    o.fresh = true;
    if (fresh_session(c, &o) && CHECK_HAS(c, MS_VERB_SYSCTL) &&
        check_err(c, check_ask(c, 1, "sysctl text=kernel.no_such text2=1"), "UNSUPPORTED"))
        check_quiet(c);
}

static void endpoints(struct check *c)
{
    struct ms_agent_opening o;
    if (!check_hello(c))
        return;
    check_opening(c, &o);
    o.fresh = true;
    if (fresh_session(c, &o) &&
        (c->facts.kernel.pm_netlink || check_skip(c, "the kernel there has no path manager")) &&
        CHECK_HAS(c, MS_VERB_LIMITS, MS_VERB_ENDPOINT_ADD, MS_VERB_ENDPOINT_DEL,
                  MS_VERB_ENDPOINT_FLUSH) &&
        check_ok(c, check_ask(c, 1, "limits num=2 num2=2")) &&
        check_ok(c, check_ask(c, 1, "endpoint-add addr=198.51.100.2 num=5 flags=signal path=0")) &&
        check_err(c, check_ask(c, 1, "endpoint-add addr=198.51.100.2 num=5 flags=signal"), "*") &&
        check_ok(c, check_ask(c, 1, "endpoint-del addr=198.51.100.2 num=5")) &&
        check_err(c, check_ask(c, 1, "endpoint-del addr=198.51.100.2 num=5"), "*") &&
        check_ok(c, check_ask(c, 1, "endpoint-flush")))
        check_quiet(c);
}

static void addresses(struct check *c)
{
    struct ms_agent_opening o;
    const char *how;
    if (!check_hello(c))
        return;
    check_opening(c, &o);
    o.fresh = true;
    if (!fresh_session(c, &o) || !CHECK_HAS(c, MS_VERB_ADDR_ADD, MS_VERB_ADDR_DEL, MS_VERB_LINK,
                                            MS_VERB_LISTEN, MS_VERB_CONNECT))
        return;
    how = check_plain(c, false);
    if (check_ok(c, check_ask(c, 1, "addr-add path=0 addr=198.51.100.77 num=24")) &&
        check_err(c, check_ask(c, 1, "addr-add path=0 addr=198.51.100.77 num=24"), "EEXIST") &&
        check_ok(c, check_ask(c, 1, "listen%s", how)) &&
        check_ok(c, check_ask(c, 1, "connect name=a addr=198.51.100.77%s", how)) &&
        check_ok(c,
                 check_ask(c, 1, "connect name=b addr=198.51.100.2 local=198.51.100.77%s", how)) &&
        check_ok(c, check_ask(c, 1, "addr-del path=0 addr=198.51.100.77 num=24")) &&
        check_ok(c, check_ask(c, 1, "link path=0 num=0")) &&
        check_ok(c, check_ask(c, 1, "link path=0 num=1")))
        check_quiet(c);
}

static void events(struct check *c)
{
    struct ms_agent_opening o;
    if (!check_hello(c) || !needs_mptcp(c) ||
        !(c->facts.kernel.pm_netlink || check_skip(c, "the kernel there has no path manager")))
        return;
    check_opening(c, &o);
    o.events = true;
    if (!check_open(c, 1, &o) || !check_connection(c, 1, false))
        return;
    /* Each request makes the agent speak: events come by themselves, the pings bound the waiting. */
    uint64_t until = ms_now_ns() + c->cfg->guard_ns;
    while (strstr(c->events, " token=") == NULL && ms_now_ns() < until)
        if (!check_ok(c, check_ask(c, 0, "ping")))
            return;
    if (strstr(c->events, "CREATED token=") == NULL)
        check_fail(c, "no event CREATED told of the connection; %u came: %.200s", c->n_events,
                   c->events);
    check_quiet(c);
}

const struct check_row check_verb_rows[] = {
    {"verb.session", "in a session too, what is no verb of it is BADVERB", verb_in_session},
    {"verb.left-out", "a verb that verbs= leaves out is refused", verb_left_out},
    {"verb.args", "a key or value that a verb does not take is BADARG", verb_args},
    {"connection.mptcp", "listen, accept and connect; accept waits and is started once",
     connection},
    {"connection.plain", "the same with plain=1", connection_plain},
    {"connection.ipv6", "the same over IPv6", connection_ipv6},
    {"connection.refused", "the errno of the IUT's call comes by its name", connection_refused},
    {"connection.unknown", "a connection of that name that is not there is ENOTCONN or EBADF",
     connection_unknown},
    {"octets.moved", "send, recv and received move the octets of the stream that seed= names",
     octets_moved},
    {"octets.long", "received gives 1 MiB at a time", octets_long},
    {"octets.digest", "digest is the SHA-256 of what was read", octets_digest},
    {"octets.eof", "expect-eof, shutdown and close", octets_eof},
    {"octets.cancelled", "what waits on a connection that is closed is ECANCELED",
     octets_cancelled},
    {"octets.waiting", "a verb that waits holds up no other", waiting},
    {"service.discard", "service=discard reads by itself", service_discard},
    {"service.source", "service=source sends octets= octets", service_source},
    {"look.names", "names says socket's and peer's address and port", names},
    {"look.counters", "counters are NAME:VALUE, of TCP and MPTCP", counters},
    {"look.mptcp-info", "mptcp-info has the token", mptcp_info},
    {"set.sockopt", "sockopt; an option that there is not is ENOPROTOOPT", sockopt},
    {"set.sysctl", "sysctl and sysctl-get; errors are ENOENT and EINVAL", sysctls},
    {"set.sysctl-host", "a fresh session sets nothing that is the whole machine's", sysctl_host},
    {"set.endpoints", "limits and endpoints of the path manager", endpoints},
    {"set.addresses", "addresses and links of a session", addresses},
    {"events.connection", "events=1: a connection is told of", events},
    {NULL, NULL, NULL},
};
