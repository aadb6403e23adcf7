/* SPDX-License-Identifier: MIT */
/* Scenarios and middleboxes in the case language: the plan, and mistakes with their places. */
#include "unit.h"

#include "lang_env.h"

#define FRONT "case a.b\npurpose \"p\"\niut both\n"
#define JUDGE "wire: expect up SYN [R-3.1-01]\n"

static struct ms_arena *arena;

static const struct ms_case *parse(const char *text)
{
    struct ms_diags d = {.arena = arena};
    const struct ms_case *c = ms_case_parse(arena, "x.case", text, strlen(text), &env, &d);
    ck_assert_msg(c != NULL, "%s", env_mistakes(arena, &d));
    UNIT_NUM_EQ(d.n, 0);
    return c;
}

static const struct ms_step *step(const char *text)
{
    const struct ms_case *c = parse(ms_arena_printf(arena, FRONT "%s\n" JUDGE, text));
    UNIT_NUM_EQ(c->steps.n, 2);
    return c->steps.step;
}

static void setup(void)
{
    arena = ms_arena_new();
}

static void teardown(void)
{
    ms_arena_free(arena);
}

/* ---- middleboxes -------------------------------------------------------------------------------------- */

START_TEST(boxes_of_a_crafted_case)
{
    setup();
    const struct ms_case *c = parse("case a.b\npurpose \"p\"\niut listener\ntopology two-paths\n"
                                    "foreach option in mss, wscale\n"
                                    "middlebox \"tx strip {option} when SYN\" as first on path 2\n"
                                    "middlebox \"rx drop nth 3\"\n"
                                    "A: handshake\n"
                                    "middlebox first off\n"
                                    "A: expect RST [R-3.1-01]\n");
    UNIT_NUM_EQ(c->n_boxes, 2);
    const struct ms_step *s = c->steps.step;
    UNIT_NUM_EQ(s[0].kind, MS_STEP_BOX);
    UNIT_NUM_EQ(s[0].box, 1);
    UNIT_NUM_EQ(s[0].path, 2);
    ck_assert_str_eq(s[0].as, "first");
    ck_assert_str_eq(s[0].string, "tx strip {option} when SYN");
    UNIT_NUM_EQ(s[1].box, 2);
    UNIT_NUM_EQ(s[1].path, 0);
    ck_assert_ptr_null(s[1].as);
    UNIT_NUM_EQ(s[3].box, 1);
    ck_assert_ptr_null(s[3].string);
    ck_assert(!s[3].flag);
    size_t n = 0;
    const struct ms_instance *list = ms_case_instances(arena, c, &n);
    UNIT_NUM_EQ(n, 4);
    ck_assert_str_eq(ms_instance_text(arena, &list[3], s[0].string), "tx strip wscale when SYN");
    teardown();
}
END_TEST

START_TEST(texts_of_an_instance)
{
    setup();
    const struct ms_case *c = parse(FRONT "foreach n in 1, 22\nfamily ipv6\n" JUDGE);
    size_t n = 0;
    const struct ms_instance *in = &ms_case_instances(arena, c, &n)[1];
    static const struct {
        const char *text, *want;
    } texts[] = {{"{n}{n}", "2222"},         {"{x} {", "{x} {"}, {"{{n}}", "{22}"},
                 {"{family} {n", "ipv6 {n"}, {"", ""},           {"}{n}{}", "}22{}"}};
    for (size_t i = 0; i < MS_ARRAY_LEN(texts); i++)
        ck_assert_str_eq(ms_instance_text(arena, in, texts[i].text), texts[i].want);
    static const struct {
        const char *text, *want; /* NULL: a mistake */
        unsigned column;
    } commands[] = {
        {"nc $s1 $port", "nc fd00::1 4433", 0},
        {"curl http://$[s1]:$port/{n}", "curl http://[fd00::1]:4433/22", 0},
        {"nc -$family $$x", "nc -6 $x", 0},
        {"nc $c{n}", NULL, 5},
        {"nc $s2", NULL, 5},
        {"nc $", NULL, 5},
        {"nc $[s1", NULL, 5},
        {"nc $[]", NULL, 5},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(commands); i++) {
        const char *out = NULL;
        struct ms_error err = {0};
        const int rc = ms_instance_command(arena, in, &env_lab, commands[i].text, &out, &err);
        ck_assert_msg((rc == MS_OK) == (commands[i].want != NULL), "%s: %s", commands[i].text,
                      err.msg);
        if (commands[i].want != NULL)
            ck_assert_str_eq(out, commands[i].want);
        UNIT_NUM_EQ(err.column, commands[i].column);
    }
    in = &ms_case_instances(arena, parse(FRONT "foreach n in 1\n" JUDGE), &n)[0];
    const char *out = NULL;
    UNIT_NUM_EQ(ms_instance_command(arena, in, &env_lab, "$[s2] $family", &out, NULL), MS_OK);
    ck_assert_str_eq(out, "10.2.0.1 4");
    teardown();
}
END_TEST

/* ---- scenarios ---------------------------------------------------------------------------------------- */

START_TEST(whole_scenario)
{
    setup();
    const struct ms_case *c = parse(FRONT "needs program tcpdump, sysctl net.mptcp.pm_type\n"
                                          "sysctl net.mptcp.enabled = 1\n"
                                          "family ipv4\n"
                                          "middlebox \"up strip mp_capable when SYN\"\n"
                                          "client: run \"mptcpize run curl http://$s1/\" as get\n"
                                          "T: transfer 64k both over ncat (to = s2, from = c2)\n"
                                          "T: expect done [R-3.2-14] within 5s\n" JUDGE);
    UNIT_NUM_EQ(c->role, MS_ROLE_BOTH);
    ck_assert_str_eq(c->topology, "interop-one-path");
    /* What its steps run is needed too. */
    static const char *const needs[] = {"program:tcpdump", "sysctl:net.mptcp.pm_type",
                                        "program:mptcpize", "program:curl", "program:ncat"};
    UNIT_NUM_EQ(c->n_needs, MS_ARRAY_LEN(needs));
    for (size_t i = 0; i < MS_ARRAY_LEN(needs); i++)
        ck_assert_str_eq(c->needs[i], needs[i]);
    const struct ms_step *s = c->steps.step;
    UNIT_NUM_EQ(c->steps.n, 7);
    for (size_t i = 0; i < 2; i++) {
        UNIT_NUM_EQ(s[i].kind, MS_STEP_HOST_VERB);
        ck_assert_str_eq(s[i].name, "sysctl");
        ck_assert_str_eq(s[i].subject, i == 0 ? "client" : "server");
        ck_assert_str_eq(s[i].arg[0].name, "net.mptcp.enabled");
    }
    UNIT_NUM_EQ(s[4].kind, MS_STEP_TRANSFER);
    ck_assert(s[4].up && s[4].down);
    ck_assert_str_eq(s[4].tool, "ncat");
    UNIT_NUM_EQ(s[4].value->num, 65536);
    UNIT_NUM_EQ(s[4].n_args, 2);
    UNIT_NUM_EQ(s[5].kind, MS_STEP_TRANSFER_EXPECT);
    ck_assert_str_eq(s[5].name, "done");
    UNIT_NUM_EQ(s[5].tags.n, 1);
    UNIT_NUM_EQ(s[5].within_ns, 5000000000);
    UNIT_NUM_EQ(c->n_handles, 1);
    UNIT_NUM_EQ(c->n_reqs, 2);
    teardown();
}
END_TEST

START_TEST(hosts)
{
    setup();
    const struct ms_step *s = step("client: endpoint add c2 subflow backup id = 5");
    UNIT_NUM_EQ(s->kind, MS_STEP_HOST_VERB);
    ck_assert_str_eq(s->subject, "client");
    UNIT_NUM_EQ(s->n_args, 5);
    s = step("server: pm announce s1 id = 3 port = 99");
    ck_assert_str_eq(s->name, "pm");
    UNIT_NUM_EQ(s->n_args, 4);
    step("client: pm remove id = 3");
    step("client: pm create from = c2 to = s1 id = 5 backup");
    step("client: pm destroy from = c2 to = s1");
    step("server: limits subflows = 2 add_addr_accepted = 2");
    step("server: addr add 10.9.9.9 path = 2 prefix = 24");
    step("client: link down path = 2");
    step("client: sysctl net.ipv4.tcp_congestion_control = reno");
    s = step("client: run \"/bin/sh -c 'a b'\" input \"in\" output \"out\" as x within 2s");
    ck_assert_str_eq(s->string, "/bin/sh -c 'a b'");
    ck_assert_str_eq(s->as, "x");
    UNIT_NUM_EQ(s->within_ns, 2000000000);
    ck_assert_str_eq(s->arg[1].name, "output");
    ck_assert_str_eq(s->arg[1].value->text, "out");
    s = step("client: allow counter MPTcpExt.OFOQueue,\n MPTcpExt.X");
    UNIT_NUM_EQ(s->n_args, 2);
    ck_assert_str_eq(s->arg[1].name, "MPTcpExt.X");
    s = step("server: expect counter MPTcpExt.A = 1, MPTcpExt.B >= 2 [R-3.1-01]");
    UNIT_NUM_EQ(s->kind, MS_STEP_HOST_EXPECT);
    UNIT_NUM_EQ(s->n_args, 2);
    UNIT_NUM_EQ(s->arg[1].cmp, MS_CMP_GE);
    s = step("client: expect ss subflows = 1, token");
    UNIT_NUM_EQ(s->n_args, 2);
    ck_assert_ptr_null(s->arg[1].name);
    ck_assert_str_eq(s->arg[1].value->text, "token");
    step("client: expect mptcp [R-3.1-01]");
    step("server: expect fallback");
    step("server: expect listening 4433 within 1s");
    step("server: expect event SF_ESTABLISHED");
    const struct ms_case *c = parse(FRONT "client: start srv \"nc -l $port\"\n"
                                          "client: expect output srv has no \"x\"\n"
                                          "client: stop srv\n"
                                          "client: expect exit srv != 0\n" JUDGE);
    s = c->steps.step;
    ck_assert_str_eq(s[0].as, "srv");
    ck_assert(s[1].arg[0].negated);
    ck_assert_str_eq(s[1].arg[0].name, "srv");
    ck_assert_str_eq(s[1].arg[0].value->text, "x");
    ck_assert_str_eq(s[2].arg[0].name, "srv");
    ck_assert_str_eq(s[3].arg[0].name, "srv");
    teardown();
}
END_TEST

START_TEST(wire)
{
    setup();
    const struct ms_case *c =
        parse(FRONT "wire: expect up SYN mp_capable(len = 4) as syn path 2 at server [R-3.1-01]\n"
                    "wire: expect down SYN+ACK mp_capable(sender_key as k) after syn within 1s\n"
                    "wire: expect up dss(dack = idsn(k) + 1, map)\n"
                    "wire: expect no down RST after syn\n"
                    "from now wire: no up RST path 1\n"
                    "wire: expect passed 1M octets up path 2 [R-3.1-01]\n"
                    "wire: expect stalls <= 3\n");
    const struct ms_step *s = c->steps.step;
    UNIT_NUM_EQ(s[0].kind, MS_STEP_WIRE);
    ck_assert_str_eq(s[0].name, "segment");
    ck_assert_str_eq(s[0].as, "syn");
    ck_assert(s[0].up && !s[0].down);
    UNIT_NUM_EQ(s[0].path, 2);
    UNIT_NUM_EQ(s[0].side, MS_SIDE_SERVER);
    ck_assert_str_eq(s[1].after, "syn");
    ck_assert_int_eq(s[1].side, MS_SIDE_UNSAID);
    UNIT_NUM_EQ(s[1].within_ns, 1000000000);
    ck_assert_str_eq(s[3].name, "none");
    ck_assert(s[3].down && !s[3].up);
    UNIT_NUM_EQ(s[4].kind, MS_STEP_GUARD);
    ck_assert_str_eq(s[4].subject, "wire");
    UNIT_NUM_EQ(s[4].path, 1);
    ck_assert_str_eq(s[5].name, "passed");
    UNIT_NUM_EQ(s[5].value->num, 1 << 20);
    UNIT_NUM_EQ(s[5].path, 2);
    ck_assert_str_eq(s[6].name, "stalls");
    UNIT_NUM_EQ(s[6].arg[0].cmp, MS_CMP_LE);
    teardown();
}
END_TEST

START_TEST(chosen_by_foreach)
{
    setup();
    const struct ms_case *c = parse(FRONT "family ipv4\n"
                                          "foreach dir in down, both\nforeach tool in nc, native\n"
                                          "T: transfer 1 dir over tool\nT: expect done\n" JUDGE);
    size_t n = 0;
    const struct ms_instance *list = ms_case_instances(arena, c, &n);
    const struct ms_step *s = c->steps.step;
    UNIT_NUM_EQ(n, 4);
    ck_assert(!s->up && !s->down);
    bool up, down;
    ms_step_way(&list[0], s, &up, &down);
    ck_assert(!up && down);
    ms_step_way(&list[3], s, &up, &down);
    ck_assert(up && down);
    ck_assert_str_eq(ms_step_tool(&list[2], s), "nc");
    ck_assert_str_eq(ms_step_tool(&list[3], s), "native");
    ms_step_way(&list[0], &s[1], &up, &down);
    ck_assert(!up && !down);
    teardown();
}
END_TEST

/* ---- mistakes ----------------------------------------------------------------------------------------- */

struct wrong {
    const char *text;
    unsigned line, column;
    const char *message;
    const char *hint; /* NULL: not looked at */
};

static void look(const struct wrong *w, const char *text, struct ms_buf *bad)
{
    struct ms_diags d = {.arena = arena};
    const struct ms_case *c = ms_case_parse(arena, "x.case", text, strlen(text), &env, &d);
    if (c != NULL || d.n != 1)
        ms_buf_printf(bad, "-- %zu mistakes instead of one in:\n%s\n", d.n, text);
    else if (d.d[0].loc.line != w->line || d.d[0].loc.column != w->column)
        ms_buf_printf(bad, "-- wanted place %u:%u:\n", w->line, w->column);
    else if (strstr(d.d[0].message, w->message) == NULL)
        ms_buf_printf(bad, "-- wanted '%s':\n", w->message);
    else if (w->hint != NULL && (d.d[0].hint == NULL || strstr(d.d[0].hint, w->hint) == NULL))
        ms_buf_printf(bad, "-- wanted hint '%s':\n", w->hint);
    else
        d.n = 0;
    ms_buf_puts(bad, env_mistakes(arena, &d));
}

static void look_all(const struct wrong *list, size_t n, const char *front, const char *behind)
{
    struct ms_buf bad = {0};
    ms_buf_puts(&bad, "");
    setup();
    for (size_t i = 0; i < n; i++)
        look(&list[i], ms_arena_printf(arena, "%s%s%s", front, list[i].text, behind), &bad);
    ck_assert_msg(bad.len == 0, "\n%s", bad.data);
    ms_buf_free(&bad);
    teardown();
}

/* Each stands on line 4. */
static const struct wrong steps[] = {
    /* middleboxes */
    {"middlebox \"up stip mss\"", 4, 15, "unknown action 'stip'", "list rewrites"},
    {"middlebox \"rx strip mss\"", 4, 12, "rx and tx are seen from one IUT", NULL},
    {"middlebox \"up strip mss\" as b\nmiddlebox \"up drop\" as b", 5, 24,
     "two middleboxes are named 'b'", NULL},
    {"middlebox b off", 4, 11, "no middlebox is named 'b'", "`as NAME`"},
    {"middlebox \"up drop\" as box\nmiddlebox bx off", 5, 11, "no middlebox is named 'bx'",
     "did you mean 'box'?"},
    {"middlebox \"up drop\" as b\nmiddlebox b of", 5, 13, "expected `on` or `off`", NULL},
    {"middlebox 5", 4, 11, "expected a rewrite as a string", "up strip"},
    {"middlebox \"up drop\" on 2", 4, 24, "expected `path` behind `on`", NULL},
    {"middlebox \"up drop\" on path 0", 4, 29, "paths are numbered from 1", NULL},
    {"middlebox \"up drop\" on path 3", 4, 1, "topology interop-one-path has 2 paths only", NULL},
    {"middlebox \"up strip {opt}\"", 4, 22, "no foreach is named 'opt'", "foreach NAME in"},
    {"middlebox \"up strip \\x00\"", 4, 11, "a NUL octet", NULL},
    /* who speaks */
    {"iut: close", 4, 1, "a scenario has two implementations", "name the host"},
    {"iut(A): close", 4, 1, "a scenario has two implementations", NULL},
    {"A: handshake", 4, 4, "a scenario has no tester", "T: transfer"},
    {"A: 5", 4, 4, "expected `transfer` or `expect`", NULL},
    {"let x = 1", 4, 1, "`let` is for a tester", NULL},
    {"all { }", 4, 1, "`all` is for a tester", NULL},
    {"strict on", 4, 1, "`strict` is for a tester", NULL},
    {"endpoint flush", 4, 1, "'endpoint' is something that a host does",
     "write `client: endpoint`"},
    {"from now A: no RST", 4, 13, "expected `wire:`", "from now wire: no up RST"},
    {"from now wire: up RST", 4, 16, "expected `no`", NULL},
    {"from now wire: no RST", 4, 19, "expected `up` or `down`", NULL},
    {"from now wire: no up RST within 1s", 4, 22, "a guard holds from here to the end", NULL},
    /* hosts */
    {"client: endpiont add c2", 4, 9, "no verb 'endpiont'", "did you mean 'endpoint'?"},
    {"client: connect", 4, 9, "no verb 'connect'", "programs talk in a scenario"},
    {"client: 5", 4, 9, "expected a verb or `expect`", NULL},
    {"client: endpoint add s1", 4, 22, "'s1' is an address of the server", "c1, c2"},
    {"server: endpoint add c1", 4, 22, "'c1' is an address of the client", "s1, s2"},
    {"client: addr del s1", 4, 18, "'s1' is an address of the server", NULL},
    {"client: endpoint", 4, 1, "'endpoint' needs a word", NULL},
    {"client: counters [R-3.1-01]", 4, 18, "a verb judges nothing", NULL},
    {"client: pm anounce c2 id = 1", 4, 12, "'pm' knows no 'anounce'", "did you mean 'announce'?"},
    {"client: pm announce c2", 4, 1, "`pm announce` needs `id`", NULL},
    {"client: pm announce id = 1", 4, 1, "`pm announce` needs an address", NULL},
    {"client: pm create from = c2 id = 1", 4, 1, "`pm create` needs `to`", NULL},
    {"client: pm create from = s1 to = s1", 4, 26, "'s1' is an address of the server", NULL},
    {"client: pm destroy from = c1 to = 5", 4, 35, "an address is needed here", NULL},
    {"client: pm remove id = 256", 4, 24, "256 is too large", NULL},
    {"client: run nc", 4, 13, "expected a command as a string", NULL},
    {"client: run \"\"", 4, 14, "there is no command", NULL},
    {"client: run \"nc $s3\"", 4, 18, "topology interop-one-path has no address 's3'", "$c1"},
    {"client: run \"nc $c 1\"", 4, 18, "no address 'c', did you mean", NULL},
    {"client: run \"nc $\"", 4, 18, "a name is missing", NULL},
    {"client: run \"nc 'a\"", 4, 17, "the quote that opens here is not closed", NULL},
    {"client: run \"a | b\"", 4, 16, "no shell runs this command", NULL},
    {"client: run \"a\" output \"x/y\"", 4, 24, "the name of a file, without '/'", NULL},
    {"client: run \"a\" output \"x\" output \"y\"", 4, 28, "`output` is given twice", NULL},
    {"client: run \"a\" into \"x\"", 4, 17, "expected `input`, `output` or `as`", NULL},
    {"client: start \"nc\"", 4, 15, "expected a name for the program", NULL},
    {"client: start a \"nc\"\nclient: start a \"nc\"", 5, 1, "'a' is already defined", NULL},
    {"client: stop a", 4, 14, "no program of the client is named 'a'", "client: start a"},
    {"client: start a \"nc\"\nserver: stop a", 5, 14, "no program of the server is named 'a'",
     "it runs on the client"},
    {"client: allow MPTcpExt.X", 4, 15, "expected `counter`", NULL},
    {"client: allow counter X", 4, 23, "expected the name of a counter", NULL},
    {"client: expect", 4, 15, "expected what the host must show", NULL},
    {"client: expect mptpc", 4, 16, "nothing of a host that can be expected is called 'mptpc'",
     "did you mean 'mptcp'?"},
    {"client: expect output a has \"x\"", 4, 23, "no program of the client is named 'a'", NULL},
    {"client: expect output a \"x\"", 4, 25, "expected `has`", NULL},
    {"client: expect exit a = 0", 4, 21, "no program of the client is named 'a'", NULL},
    {"client: expect counter", 4, 1, "'counter' compares nothing", "client: expect counter"},
    {"client: expect listening", 4, 1, "'listening' takes one number", NULL},
    {"client: expect listening 65536", 4, 26, "65536 is too large", NULL},
    {"client: expect ss", 4, 1, "'ss' compares nothing", NULL},
    {"client: expect ss subflows", 4, 19, "only `token` can stand", NULL},
    {"client: expect event FOO", 4, 22, "'event' knows no 'FOO'", NULL},
    {"client: expect mptcp now", 4, 22, "takes no arguments", NULL},
    /* transfers */
    {"T: transfer", 4, 12, "expected a value", NULL},
    {"T: transfer 1 sideways over nc", 4, 15, "expected `up`, `down` or `both`", NULL},
    {"T: transfer 1 up", 4, 17, "expected `over` and a tool", NULL},
    {"T: transfer 1 up over nca", 4, 23, "no tool is called 'nca'", "did you mean"},
    {"T: transfer 1 up over curl", 4, 23, "curl cannot transfer 'up'", NULL},
    {"T: transfer 1 up over nc (form = c1)", 4, 27, "a transfer has no argument 'form'",
     "did you mean 'from'?"},
    {"T: transfer 1 up over nc (from = s1)\nT: expect done", 4, 34,
     "'s1' is an address of the server", NULL},
    {"T: transfer 1 up over nc (to)\nT: expect done", 4, 27, "'to' needs a value", NULL},
    {"T: transfer 1 up over nc (plain_client = 1)\nT: expect done", 4, 27,
     "'plain_client' has no value", NULL},
    {"T: transfer x\"00\" up over nc\nT: expect done", 4, 13, "a number is needed here", NULL},
    {"T: transfer 1 up over nc", 4, 1, "nothing waits for transfer 'T'", "`T: expect done`"},
    {"T: expect done", 4, 1, "transfer 'T' is never started", NULL},
    {"T: transfer 1 up over nc\nT: transfer 1 up over nc\nT: expect done", 5, 1,
     "transfer 'T' is started twice", NULL},
    {"T: transfer 1 up over nc\nT: expect don", 5, 11, "called 'don'", "did you mean 'done'?"},
    {"T: transfer 1 up over iperf3\nT: expect changed", 5, 1, "iperf3 does not tell", NULL},
    /* the wire */
    {"wire: up SYN", 4, 7, "expected `expect`", NULL},
    {"wire: expect SYN", 4, 14, "'SYN' is no direction", "wire: expect up SYN"},
    {"wire: expect pased 5 octets up", 4, 14, "'pased' is no direction", "did you mean 'passed'?"},
    {"wire: expect both SYN", 4, 14, "'both' is no direction", NULL},
    {"wire: expect up", 4, 16, "expected a segment", NULL},
    {"wire: expect up SYN mp_jion", 4, 21, "'mp_jion' is no option", "did you mean 'mp_join'?"},
    {"wire: expect up SYN strict", 4, 21, "`strict` has no meaning on the wire", NULL},
    {"wire: expect up SYN at clint", 4, 24, "expected `client` or `server`", NULL},
    {"wire: expect up SYN path 9", 4, 26, "paths are numbered", NULL},
    {"wire: expect up SYN path 3", 4, 1, "has 2 paths only", NULL},
    {"wire: expect up SYN after x", 4, 1, "no segment is named 'x'", NULL},
    {"wire: expect up ACK seq = A.snd_nxt", 4, 27, "a scenario has no handles", NULL},
    {"wire: expect up ACK seq = random()", 4, 27, "random() is for a tester", NULL},
    {"wire: expect up ACK seq = k", 4, 27, "'k' is not defined here", NULL},
    {"wire: expect passed 5 up", 4, 23, "expected `octets`", NULL},
    {"wire: expect passed 5 octets", 4, 29, "expected `up` or `down`", NULL},
    {"wire: expect stalls 5", 4, 21, "expected a comparison", NULL},
};

START_TEST(wrong_steps)
{
    look_all(steps, MS_ARRAY_LEN(steps), FRONT, "\n" JUDGE);
}
END_TEST

static const struct wrong headers[] = {
    {"iut both\ntopology two-paths\n" JUDGE, 1, 6, "has a tester and one IUT", "interop-one-path"},
    {"iut listener\ntopology interop-one-path\nA: handshake\nA: expect RST [R-3.1-01]", 1, 6,
     "has a client and a server", NULL},
    {"iut both\nneeds echo\n" JUDGE, 1, 6, "cannot have the service 'echo'", NULL},
    {"iut both\nneeds program\n" JUDGE, 4, 14, "expected the name of a program", NULL},
    {"iut both\naltered \"rx drop\" fails R-3.1-01\n" JUDGE, 4, 9, "a scenario has no `altered`",
     "prove --boxes"},
    {"iut listener\nneeds program nc\nA: handshake\nA: expect RST [R-3.1-01]", 1, 6,
     "programs run in scenarios only", NULL},
    {"iut listener\naltered \"up drop\" fails R-3.1-01\nA: handshake\nA: expect RST [R-3.1-01]", 4,
     10, "up and down are between two hosts", NULL},
    {"iut listener\nmiddlebox \"down drop\"\nA: handshake\nA: expect RST [R-3.1-01]", 4, 12,
     "up and down are between two hosts", NULL},
    {"iut listener\nclient: counters\nA: expect RST [R-3.1-01]", 4, 1,
     "'client' is part of a scenario", "`iut both`"},
    {"iut both\nforeach o in mss, foo\nmiddlebox \"up strip {o}\"\n" JUDGE, 5, 11,
     "with o = foo: ", NULL},
    {"iut both\nforeach d in up, rx\nmiddlebox \"{d} drop\"\n" JUDGE, 5, 11,
     "with d = rx: rx and tx are seen from one IUT", NULL},
    {"iut both\nforeach n in 1, 3\nclient: run \"nc $s{n}\"\n" JUDGE, 5, 13, "with n = 3", NULL},
    {"iut both\nclient: run \"nc $s2\"\n" JUDGE, 4, 18, "'s2' has no IPv6 address", NULL},
    {"iut both\nforeach d in up, right\nT: transfer 1 d over nc\nT: expect done\n" JUDGE, 5, 15,
     "value right of 'd'", NULL},
    {"iut both\nforeach d in down, both\nT: transfer 1 d over wget\nT: expect done\n" JUDGE, 5, 22,
     "wget cannot transfer 'both'", NULL},
    {"iut both\nforeach t in nc, nx\nT: transfer 1 up over t\nT: expect done\n" JUDGE, 5, 23,
     "no tool is called 'nx'", NULL},
    {"iut both\nclient: counters", 1, 6, "the case judges nothing", NULL},
};

START_TEST(wrong_headers)
{
    look_all(headers, MS_ARRAY_LEN(headers), "case a.b\npurpose \"p\"\n", "\n");
}
END_TEST

/* Tables that multiply, and more boxes than a row should have. */
START_TEST(bounds)
{
    struct ms_buf b = {0};
    setup();
    ms_buf_puts(&b, FRONT);
    for (int i = 0; i < 40; i++)
        ms_buf_puts(&b, "middlebox \"up drop\"\n");
    struct ms_buf bad = {0};
    ms_buf_puts(&bad, "");
    struct ms_diags d = {.arena = arena};
    ck_assert_ptr_null(ms_case_parse(arena, "x.case", b.data, b.len, &env, &d));
    ck_assert_ptr_nonnull(strstr(env_mistakes(arena, &d), "more than 32 middleboxes"));
    b.len = 0;
    ms_buf_puts(&b, FRONT);
    for (char c = 'a'; c <= 'n'; c++)
        ms_buf_printf(&b, "foreach %c in 0, 1\n", c);
    ms_buf_puts(&b, "middlebox \"up drop when mp_capable.sender_key = "
                    "{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}\"\n");
    d.n = 0;
    ck_assert_ptr_null(ms_case_parse(arena, "x.case", b.data, b.len, &env, &d));
    ck_assert_ptr_nonnull(strstr(env_mistakes(arena, &d), "more than 8192 variants"));
    ms_buf_free(&b);
    ms_buf_free(&bad);
    teardown();
}
END_TEST

UNIT_MAIN("scenario", boxes_of_a_crafted_case, texts_of_an_instance, whole_scenario, hosts, wire,
          chosen_by_foreach, wrong_steps, wrong_headers, bounds)
