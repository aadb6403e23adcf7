/* SPDX-License-Identifier: MIT */
/* The agent's protocol: lines, values, verbs, completions, both ways, and what is hostile. */
#include "unit.h"

#include <errno.h>

#include "mptcpspec/agent.h"
#include "mptcpspec/crypto.h"

static struct ms_error err;

static int parse(const char *text, struct ms_agent_line *l)
{
    return ms_agent_parse(text, strlen(text), l, &err);
}

static void parse_ok(const char *text, struct ms_agent_line *l)
{
    int rc = parse(text, l);
    ck_assert_msg(rc == MS_OK, "%s: %s", text, err.msg);
}

/* The line that was written, without its '\n', terminated. */
static const char *written(struct ms_agent_out *o)
{
    ck_assert(o->len > 0 && o->buf[o->len - 1] == '\n');
    o->buf[o->len - 1] = '\0';
    return o->buf;
}

START_TEST(test_lines)
{
    struct ms_agent_line l;
    parse_ok("3.17 listen", &l);
    ck_assert(l.addressed && l.session == 3 && l.id == 17 && l.n_keys == 0);
    ck_assert(ms_agent_is(&l.word, "listen"));
    parse_ok("4294967295.4294967295 send name=c1 num=0 text=", &l);
    ck_assert(l.session == UINT32_MAX && l.id == UINT32_MAX);
    UNIT_NUM_EQ(l.n_keys, 3);
    ck_assert(ms_agent_is(ms_agent_find(&l, "name"), "c1"));
    ck_assert(ms_agent_find(&l, "text")->n == 0);
    ck_assert(ms_agent_find(&l, "na") == NULL);
    parse_ok("0.0 err BADLINE text=no%20S.ID", &l);
    ck_assert(ms_agent_is(&l.name, "BADLINE"));
}
END_TEST

START_TEST(test_unreadable)
{
    static const struct {
        const char *text;
        bool addressed;
    } lines[] = {
        {"", false},
        {" ", false},
        {"listen", false},
        {"1 listen", false},
        {"1. listen", false},
        {".1 listen", false},
        {"1.1.1 listen", false},
        {"01.1 listen", false},
        {"1.01 listen", false},
        {"+1.1 listen", false},
        {"-1.1 listen", false},
        {"1.4294967296 listen", false},
        {"99999999999999999999999.1 listen", false},
        {"1.1", true},
        {"1.1 ", true},
        {"1.1  listen", true},
        {"1.1 listen ", true},
        {"1.1 listen  name=a", true},
        {"1.1 listen\tname=a", true},
        {"1.1 listen name", true},
        {"1.1 listen =a", true},
        {"1.1 listen NAME=a", true},
        {"1.1 listen name=a=b", true},
        {"1.1 listen name=a%", true},
        {"1.1 listen name=a%4", true},
        {"1.1 listen name=a%4g", true},
        {"1.1 listen name=a\r", true},
        {"1.1 listen name=\xc3\xa4", true},
        {"1.1 listen name=a\"b", true},
        {"1.1 listen name=a name=b", true},
        {"1.1 err", true},
        {"1.1 err name=a", true},
        {"1.1 li=sten", true},
        {"1.1 l\x01sten", true},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(lines); i++) {
        struct ms_agent_line l;
        int rc = parse(lines[i].text, &l);
        ck_assert_msg(rc == MS_ERR_PARSE, "'%s' was read", lines[i].text);
        ck_assert_msg(l.addressed == lines[i].addressed, "'%s'", lines[i].text);
        ck_assert(*err.msg != '\0');
    }
    /* An octet 0 ends nothing. */
    struct ms_agent_line l;
    ck_assert_int_eq(ms_agent_parse("1.1 listen\0 name=a", 18, &l, &err), MS_ERR_PARSE);
    ck_assert_int_eq(ms_agent_parse("1.1 listen name=\0", 17, &l, &err), MS_ERR_PARSE);
}
END_TEST

START_TEST(test_bounds)
{
    struct ms_agent_line l;
    struct ms_buf b = {0};
    ms_buf_puts(&b, "1.1 listen name=");
    while (b.len < MS_AGENT_LINE_MAX - 1)
        ms_buf_puts(&b, "a");
    parse_ok(b.data, &l);
    ms_buf_puts(&b, "a");
    ck_assert_int_eq(parse(b.data, &l), MS_ERR_PARSE);
    ck_assert(l.addressed);

    b.len = 0;
    ms_buf_puts(&b, "1.1 listen");
    for (int i = 0; i < MS_AGENT_KEYS_MAX; i++)
        ms_buf_printf(&b, " k%d=", i);
    parse_ok(b.data, &l);
    UNIT_NUM_EQ(l.n_keys, MS_AGENT_KEYS_MAX);
    ms_buf_puts(&b, " k=");
    ck_assert_int_eq(parse(b.data, &l), MS_ERR_PARSE);
    ms_buf_free(&b);
}
END_TEST

/* Whatever octets come: no reading beyond the end, no crash (with the sanitizers this test is what it is for). */
START_TEST(test_garbage)
{
    struct ms_rng r;
    ms_rng_init(&r, 5, "agent");
    for (int i = 0; i < 200000; i++) {
        static const char often[] = "01.9 =%,:/-abzAZ\r\n";
        char *line = malloc(64);
        size_t n = ms_rng_u64(&r) % 65;
        for (size_t k = 0; k < n; k++) {
            uint64_t v = ms_rng_u64(&r);
            line[k] = v % 8 != 0 ? often[v / 8 % (sizeof often - 1)] : (char)(v / 8);
        }
        char *exact = malloc(n != 0 ? n : 1);
        memcpy(exact, line, n);
        struct ms_agent_line l;
        struct ms_verb v;
        struct ms_agent_strings s;
        if (ms_agent_parse(exact, n, &l, NULL) == MS_OK)
            ms_agent_get_verb(&l, &v, &s, NULL);
        free(exact);
        free(line);
    }
}
END_TEST

START_TEST(test_text)
{
    static const char odd[] = "a b=c%d,e:f\n\x01\x7f\xff\"'\\;|&";
    struct ms_agent_out o;
    struct ms_agent_line l;
    char text[64];
    ms_agent_begin(&o, 1, 2, "sysctl");
    ms_agent_put_text(&o, "text", odd);
    ck_assert_int_eq(ms_agent_end(&o), MS_OK);
    parse_ok(written(&o), &l);
    ck_assert_int_eq(ms_agent_get_text(ms_agent_find(&l, "text"), text, sizeof text), MS_OK);
    ck_assert_str_eq(text, odd);
    ck_assert_int_eq(ms_agent_get_text(ms_agent_find(&l, "text"), text, strlen(odd)), MS_ERR_SPACE);
    ck_assert_int_eq(ms_agent_get_text(ms_agent_find(&l, "text"), text, strlen(odd) + 1), MS_OK);
    parse_ok("1.1 x text=a%00b", &l);
    ck_assert_int_eq(ms_agent_get_text(ms_agent_find(&l, "text"), text, sizeof text), MS_ERR_PARSE);
    parse_ok("1.1 x text=%41%6a%6A", &l);
    ck_assert_int_eq(ms_agent_get_text(ms_agent_find(&l, "text"), text, sizeof text), MS_OK);
    ck_assert_str_eq(text, "Ajj");
}
END_TEST

START_TEST(test_numbers)
{
    static const struct {
        const char *text;
        int rc;
        int64_t value;
    } numbers[] = {
        {"0", MS_OK, 0},
        {"7", MS_OK, 7},
        {"-1", MS_OK, -1},
        {"9223372036854775807", MS_OK, INT64_MAX},
        {"-9223372036854775808", MS_OK, INT64_MIN},
        {"9223372036854775808", MS_ERR_RANGE, 0},
        {"-9223372036854775809", MS_ERR_RANGE, 0},
        {"99999999999999999999", MS_ERR_RANGE, 0},
        {"999999999999999999999", MS_ERR_PARSE, 0},
        {"", MS_ERR_PARSE, 0},
        {"-", MS_ERR_PARSE, 0},
        {"-0", MS_ERR_PARSE, 0},
        {"00", MS_ERR_PARSE, 0},
        {"+1", MS_ERR_PARSE, 0},
        {"1a", MS_ERR_PARSE, 0},
        {"0x1", MS_ERR_PARSE, 0},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(numbers); i++) {
        struct ms_agent_text t = {numbers[i].text, strlen(numbers[i].text)};
        int64_t v = 42;
        ck_assert_msg(ms_agent_get_signed(&t, &v) == numbers[i].rc, "'%s'", numbers[i].text);
        ck_assert_msg(v == (numbers[i].rc == MS_OK ? numbers[i].value : 42), "'%s'",
                      numbers[i].text);
    }
    struct ms_agent_text t = {"65536", 5};
    uint64_t u = 42;
    ck_assert_int_eq(ms_agent_get_unsigned(&t, 65535, &u), MS_ERR_RANGE);
    UNIT_NUM_EQ(u, 42);
    ck_assert_int_eq(ms_agent_get_unsigned(&t, 65536, &u), MS_OK);
}
END_TEST

START_TEST(test_octets)
{
    /* RFC 4648 10 */
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg%3D%3D"},
                                             {"fo", "Zm8%3D"},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg%3D%3D"},
                                             {"fooba", "Zm9vYmE%3D"},
                                             {"foobar", "Zm9vYmFy"}};
    static const char *const wrong[] = {
        "Zg", "Zg%3D", "Zh%3D%3D", "Zm9%3D", "%3D%3D%3D%3D", "Zg%3D%3DZg%3D%3D", "Z-9v", "Zm9v%20"};
    uint8_t octets[MS_AGENT_OCTETS_MAX], want[MS_AGENT_OCTETS_MAX];
    struct ms_agent_out o;
    struct ms_agent_line l;
    size_t n = 9;
    for (size_t i = 0; i < MS_ARRAY_LEN(vectors); i++) {
        struct ms_agent_text t = {vectors[i][1], strlen(vectors[i][1])};
        ck_assert_int_eq(ms_agent_get_octets(&t, octets, &n), MS_OK);
        unit_octets_eq("base64", octets, n, vectors[i][0], strlen(vectors[i][0]));
        ms_agent_begin(&o, 1, 1, "data");
        ms_agent_put_octets(&o, "b64", (const uint8_t *)vectors[i][0], strlen(vectors[i][0]));
        ms_agent_end(&o);
        ck_assert_str_eq(strchr(written(&o), '=') + 1, vectors[i][1]);
    }
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++) {
        struct ms_agent_text t = {wrong[i], strlen(wrong[i])};
        ck_assert_msg(ms_agent_get_octets(&t, octets, &n) != MS_OK, "%s", wrong[i]);
    }
    ms_stream_fill(3, 0, want, sizeof want);
    ms_agent_begin(&o, UINT32_MAX, UINT32_MAX, "data");
    ms_agent_put_octets(&o, "b64", want, sizeof want);
    ck_assert_int_eq(ms_agent_end(&o), MS_OK);
    parse_ok(written(&o), &l);
    ck_assert_int_eq(ms_agent_get_octets(ms_agent_find(&l, "b64"), octets, &n), MS_OK);
    unit_octets_eq("a whole value", octets, n, want, sizeof want);
    /* One more is refused. */
    char *text = malloc(6000);
    memset(text, 'A', 5464);
    struct ms_agent_text t = {text, 5464};
    ck_assert_int_eq(ms_agent_get_octets(&t, octets, &n), MS_ERR_RANGE);
    free(text);
}
END_TEST

/* Every verb with every key it takes goes over and comes back as it was. */
START_TEST(test_verbs)
{
    struct ms_addr v4, v6;
    ms_addr_parse("10.1.1.2", &v4);
    ms_addr_parse("fd00:1::2", &v6);
    ck_assert(ms_agent_verb_of(MS_VERB_SYSCTL_GET) != NULL);
    for (int k = 0; strcmp(ms_verb_name((enum ms_verb_kind)k), "?") != 0; k++) {
        const struct ms_agent_verb *verb = ms_agent_verb_of((enum ms_verb_kind)k);
        ck_assert_msg(verb != NULL, "%s has no row", ms_verb_name((enum ms_verb_kind)k));
        UNIT_NUM_EQ(verb - ms_agent_verbs, k);
        struct ms_verb v = {.kind = (enum ms_verb_kind)k,
                            .name = "a b",
                            .addr = v6,
                            .local = v4,
                            .port = 65535,
                            .local_port = 1,
                            .path = MS_PATHS_MAX - 1,
                            .flags = 15,
                            .num = -1,
                            .num2 = INT64_MAX,
                            .text = "net.ipv4.x",
                            .text2 = "4096 16384 4194304",
                            .plain_tcp = true},
                       got;
        struct ms_agent_out o;
        struct ms_agent_line l;
        struct ms_agent_strings s;
        ck_assert_int_eq(ms_agent_put_verb(&o, 7, 9, &v, &err), MS_OK);
        parse_ok(written(&o), &l);
        ck_assert(l.session == 7 && l.id == 9);
        ck_assert_msg(ms_agent_get_verb(&l, &got, &s, &err) == MS_OK, "%s", err.msg);
        ck_assert_int_eq(got.kind, k);
        unsigned keys = verb->keys;
        ck_assert(!(keys & MS_AGENT_NAME) || strcmp(got.name, v.name) == 0);
        ck_assert(!(keys & MS_AGENT_ADDR) || ms_addr_eq(&got.addr, &v6));
        ck_assert(!(keys & MS_AGENT_LOCAL) || ms_addr_eq(&got.local, &v4));
        ck_assert(got.port == (keys & MS_AGENT_PORT ? 65535 : 0));
        ck_assert(got.local_port == (keys & MS_AGENT_LPORT ? 1 : 0));
        ck_assert(got.path == (keys & MS_AGENT_PATH ? MS_PATHS_MAX - 1 : -1));
        ck_assert(got.flags == (keys & MS_AGENT_FLAGS ? 15 : 0));
        ck_assert(got.num == (keys & MS_AGENT_NUM ? -1 : 0));
        ck_assert(got.num2 == (keys & MS_AGENT_NUM2 ? INT64_MAX : 0));
        ck_assert(!(keys & MS_AGENT_TEXT) || strcmp(got.text, v.text) == 0);
        ck_assert(!(keys & MS_AGENT_TEXT2) || strcmp(got.text2, v.text2) == 0);
        ck_assert(got.plain_tcp == !!(keys & MS_AGENT_PLAIN));
        for (unsigned bit = 1; bit <= MS_AGENT_PLAIN; bit <<= 1)
            ck_assert_msg((ms_agent_find(&l, ms_agent_key_name(bit)) != NULL) == !!(keys & bit),
                          "%s: %s", ms_verb_name(v.kind), ms_agent_key_name(bit));
        /* Defaults are not written, and are what comes back. */
        v = (struct ms_verb){.kind = (enum ms_verb_kind)k, .path = -1};
        ms_agent_put_verb(&o, 7, 9, &v, &err);
        parse_ok(written(&o), &l);
        UNIT_NUM_EQ(l.n_keys, 0);
        ck_assert_int_eq(ms_agent_get_verb(&l, &got, &s, &err), MS_OK);
        ck_assert(got.path == -1 && got.text == NULL && got.name == NULL && got.addr.family == 0);
    }
}
END_TEST

START_TEST(test_wrong_verbs)
{
    static const struct {
        const char *line;
        int rc;
    } lines[] = {
        {"1.1 lisen", MS_ERR_UNSUPPORTED},
        {"1.1 expect_eof", MS_ERR_UNSUPPORTED},
        {"1.1 listen num=1", MS_ERR_PARSE},
        {"1.1 listen colour=red", MS_ERR_PARSE},
        {"1.1 listen port=65536", MS_ERR_RANGE},
        {"1.1 listen port=-1", MS_ERR_PARSE},
        {"1.1 listen addr=10.1.1", MS_ERR_PARSE},
        {"1.1 listen addr=", MS_ERR_PARSE},
        {"1.1 listen plain=2", MS_ERR_PARSE},
        {"1.1 link path=4", MS_ERR_RANGE},
        {"1.1 link path=-1", MS_ERR_PARSE},
        {"1.1 endpoint-add flags=signal,red", MS_ERR_PARSE},
        {"1.1 endpoint-add flags=signal,,backup", MS_ERR_PARSE},
        {"1.1 send name=0123456789012345678901234567890x", MS_ERR_SPACE},
        {"1.1 send num=9223372036854775808", MS_ERR_RANGE},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(lines); i++) {
        struct ms_agent_line l;
        struct ms_verb v;
        struct ms_agent_strings s;
        parse_ok(lines[i].line, &l);
        ck_assert_msg(ms_agent_get_verb(&l, &v, &s, &err) == lines[i].rc, "%s: %s", lines[i].line,
                      err.msg);
    }
}
END_TEST

/* The replies of one completion, taken again as a client takes them. */
static struct ms_done there_and_back(struct ms_agent_gather *g, const struct ms_done *d)
{
    struct ms_buf b = {0};
    struct ms_done got;
    ms_agent_put_done(&b, 5, 6, d);
    int rc = 0;
    g->kind = d->kind;
    for (char *p = b.data; rc == 0; p = strchr(p, '\n') + 1) {
        struct ms_agent_line l;
        ck_assert_msg(p < b.data + b.len, "no end of the reply");
        ck_assert_int_eq(ms_agent_parse(p, (size_t)(strchr(p, '\n') - p), &l, &err), MS_OK);
        ck_assert(l.session == 5 && l.id == 6);
        rc = ms_agent_take_done(g, &l, &got, &err);
        ck_assert_msg(rc >= 0, "%s", err.msg);
    }
    ms_buf_free(&b);
    return got;
}

START_TEST(test_completions)
{
    struct ms_agent_gather g = {0};
    struct ms_done d = {.kind = MS_VERB_SEND, .num = UINT64_MAX};
    struct ms_done got = there_and_back(&g, &d);
    ck_assert(got.err == 0 && got.num == UINT64_MAX && got.kind == MS_VERB_SEND);
    ms_agent_gather_free(&g);

    d = (struct ms_done){.kind = MS_VERB_ACCEPT, .data = "c1", .len = 2};
    got = there_and_back(&g, &d);
    unit_octets_eq("name", got.data, got.len, "c1", 2);
    ms_agent_gather_free(&g);

    d = (struct ms_done){
        .kind = MS_VERB_ENDPOINT_ADD, .err = EINVAL, .data = "bad, flag", .len = 9};
    got = there_and_back(&g, &d);
    ck_assert_int_eq(got.err, EINVAL);
    ck_assert_str_eq(got.data, "bad, flag");
    ms_agent_gather_free(&g);

    d = (struct ms_done){.kind = MS_VERB_RECV, .err = ECONNRESET, .num = 12};
    got = there_and_back(&g, &d);
    ck_assert(got.err == ECONNRESET && got.num == 12 && got.len == 0);
    ms_agent_gather_free(&g);

    /* More than one line holds, names that need encoding. */
    static struct ms_counter c[700];
    for (size_t i = 0; i < MS_ARRAY_LEN(c); i++) {
        snprintf(c[i].name, sizeof c[i].name, "Tcp,Ext:%zu.A counter with a long name", i);
        c[i].value = i * i;
    }
    d = (struct ms_done){
        .kind = MS_VERB_COUNTERS, .num = MS_ARRAY_LEN(c), .data = c, .len = sizeof c};
    got = there_and_back(&g, &d);
    unit_octets_eq("counters", got.data, got.len, c, sizeof c);
    ms_agent_gather_free(&g);

    struct ms_mptcp_info_item m = {"subflows", 2};
    d = (struct ms_done){.kind = MS_VERB_MPTCP_INFO, .num = 1, .data = &m, .len = sizeof m};
    got = there_and_back(&g, &d);
    unit_octets_eq("info", got.data, got.len, &m, sizeof m);
    ms_agent_gather_free(&g);
}
END_TEST

START_TEST(test_wrong_replies)
{
    static const struct {
        enum ms_verb_kind kind;
        const char *line;
    } lines[] = {
        {MS_VERB_SEND, "1.1 data v=a:1"},
        {MS_VERB_SEND, "1.1 oK num=1"},
        {MS_VERB_SEND, "1.1 ok num=-1"},
        {MS_VERB_SEND, "1.1 ok num=18446744073709551616"},
        {MS_VERB_SEND, "1.1 err EWHAT"},
        {MS_VERB_SEND, "1.1 err BADARG text=no"},
        {MS_VERB_COUNTERS, "1.1 data"},
        {MS_VERB_COUNTERS, "1.1 data v=a"},
        {MS_VERB_COUNTERS, "1.1 data v=a:"},
        {MS_VERB_COUNTERS, "1.1 data v=a:1,,b:2"},
        {MS_VERB_COUNTERS,
         "1.1 data v=0123456789012345678901234567890123456789012345678901234567890123456789:1"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(lines); i++) {
        struct ms_agent_gather g = {.kind = lines[i].kind};
        struct ms_agent_line l;
        struct ms_done d;
        parse_ok(lines[i].line, &l);
        ck_assert_msg(ms_agent_take_done(&g, &l, &d, &err) < 0, "%s", lines[i].line);
        ms_agent_gather_free(&g);
    }
    struct ms_agent_gather g = {.kind = MS_VERB_SEND};
    struct ms_agent_line l;
    struct ms_done d;
    parse_ok("1.1 started", &l);
    ck_assert_int_eq(ms_agent_take_done(&g, &l, &d, &err), 0);
    ck_assert(g.started);
    ck_assert_int_lt(ms_agent_take_done(&g, &l, &d, &err), 0); /* once only */
}
END_TEST

START_TEST(test_errnos)
{
    char room[16];
    for (int e = 1; e < 600; e++) {
        const char *name = ms_agent_errno_name(e, room);
        struct ms_agent_text t = {name, strlen(name)};
        enum ms_agent_error own;
        UNIT_NUM_EQ(ms_agent_errno_find(&t), e);
        ck_assert(!ms_agent_error_find(&t, &own));
    }
    ck_assert_str_eq(ms_agent_errno_name(ECONNREFUSED, room), "ECONNREFUSED");
    for (int e = 0; e < MS_AGENT_ERRORS; e++) {
        const char *name = ms_agent_error_name((enum ms_agent_error)e);
        struct ms_agent_text t = {name, strlen(name)};
        enum ms_agent_error own = MS_AGENT_ERRORS;
        ck_assert(ms_agent_error_find(&t, &own) && own == (enum ms_agent_error)e);
        UNIT_NUM_EQ(ms_agent_errno_find(&t), 0);
    }
}
END_TEST

START_TEST(test_facts)
{
    struct ms_agent_hello h = {.version = 1,
                               .nonce = "ab c",
                               .agent = "0.1.0",
                               .system = "Linux",
                               .machine = "x86_64",
                               .processors = 2,
                               .fresh = true,
                               .n_ifaces = 2,
                               .iface = {"eth1", "eth,2"},
                               .received = true,
                               .max_line = MS_AGENT_LINE_MAX,
                               .max_sessions = MS_AGENT_SESSIONS_MAX,
                               .verbs = UINT64_C(1) << MS_VERB_LISTEN | UINT64_C(1)
                                                                            << MS_VERB_SYSCTL_GET},
                          got;
    snprintf(h.kernel.release, sizeof h.kernel.release, "6.1.0");
    memset(h.kernel.version, 'v', sizeof h.kernel.version - 1);
    h.kernel.mptcp_errno = EPROTONOSUPPORT;
    struct ms_agent_out o;
    struct ms_agent_line l;
    ck_assert_int_eq(ms_agent_put_facts(&o, 1, &h), MS_OK);
    parse_ok(written(&o), &l);
    ck_assert_msg(ms_agent_get_facts(&l, &got, &err) == MS_OK, "%s", err.msg);
    ck_assert_str_eq(got.words, "listen,sysctl-get,received");
    memset(got.words, 0, sizeof got.words);
    unit_octets_eq("facts", &got, sizeof got, &h, sizeof h);
    parse_ok("0.1 ok version=1 a=b nonce=n kernel_version=%41 more=1", &l);
    ck_assert_int_eq(ms_agent_get_facts(&l, &got, &err), MS_OK);
    ck_assert_str_eq(got.kernel.version, "A");
    parse_ok("0.1 ok version=one", &l);
    ck_assert_int_lt(ms_agent_get_facts(&l, &got, &err), 0);
    parse_ok("0.1 ok ifaces=a,b,c,d,e", &l);
    ck_assert_int_lt(ms_agent_get_facts(&l, &got, &err), 0);
}
END_TEST

START_TEST(test_opening)
{
    struct ms_agent_opening a = {.fresh = true,
                                 .family = MS_IPV6,
                                 .service = MS_SERVICE_SOURCE,
                                 .octets = UINT64_MAX,
                                 .seed = 9,
                                 .port = 4433,
                                 .pm = true,
                                 .mac = {2, 0xaa, 0, 0x1f},
                                 .mtu = 1400},
                            got;
    a.topo = (struct ms_topo){
        .name = "dual", .n_paths = 4, .n_addrs = MS_TOPO_ADDRS_MAX, .source_tables = true};
    for (unsigned i = 0; i < a.topo.n_addrs; i++) {
        struct ms_topo_addr *t = &a.topo.addr[i];
        snprintf(t->name, sizeof t->name, "i,%u", i);
        t->on_iut = i % 2;
        t->path = i % 4;
        if (i != 3) {
            ms_addr_parse("255.255.255.255", &t->v4);
            t->prefix4 = 32;
        }
        ms_addr_parse("fd00:1111:2222:3333:4444:5555:6666:7777", &t->v6);
        t->prefix6 = 128;
    }
    struct ms_agent_out o;
    struct ms_agent_line l;
    ck_assert_int_eq(ms_agent_put_opening(&o, 3, 1, &a, &err), MS_OK);
    parse_ok(written(&o), &l);
    ck_assert_msg(ms_agent_get_opening(&l, &got, &err) == MS_OK, "%s", err.msg);
    unit_octets_eq("opening", &got, sizeof got, &a, sizeof a);

    static const char *const wrong[] = {
        "1.1 fresh",
        "1.1 fresh paths=1",
        "1.1 fresh paths=0 mac=02000000",
        "1.1 fresh paths=5 mac=02000000",
        "1.1 fresh paths=1 mac=0200000",
        "1.1 fresh paths=1 mac=0200000g",
        "1.1 fresh paths=1 mac=01000000",
        "1.1 fresh paths=1 mac=03000000",
        "1.1 fresh paths=1 mac=00000000",
        "1.1 fresh paths=1 mac=02000000 mtu=100",
        "1.1 fresh paths=1 mac=02000000 mtu=65536",
        "1.1 fresh paths=1 mac=02000000 tables=2",
        "1.1 fresh paths=1 mac=02000000 family=5",
        "1.1 fresh paths=1 mac=02000000 a2=i1,i,0,-,-",
        "1.1 fresh paths=1 mac=02000000 a1=i1,i,1,-,-",
        "1.1 fresh paths=1 mac=02000000 a1=i1,x,0,-,-",
        "1.1 fresh paths=1 mac=02000000 a1=i1,i,0,-",
        "1.1 fresh paths=1 mac=02000000 a1=i1,i,0,-,-,-",
        "1.1 fresh paths=1 mac=02000000 a1=i1,i,0,10.1.1.2,-",
        "1.1 fresh paths=1 mac=02000000 a1=i1,i,0,10.1.1.2/33,-",
        "1.1 fresh paths=1 mac=02000000 a1=i1,i,0,fd00::1/64,-",
        "1.1 fresh paths=1 mac=02000000 a17=i1,i,0,-,-",
        "1.1 shared paths=1",
        "1.1 shared service=http",
        "1.1 shared port=65536",
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++) {
        parse_ok(wrong[i], &l);
        ck_assert_msg(ms_agent_get_opening(&l, &got, &err) < 0, "%s was taken", wrong[i]);
    }
    parse_ok("1.1 shared", &l);
    ck_assert_int_eq(ms_agent_get_opening(&l, &got, &err), MS_OK);
    ck_assert(!got.fresh && got.family == MS_IPV4 && got.service == MS_SERVICE_NONE);
}
END_TEST

UNIT_MAIN("agent", test_lines, test_unreadable, test_bounds, test_garbage, test_text, test_numbers,
          test_octets, test_verbs, test_wrong_verbs, test_completions, test_wrong_replies,
          test_errnos, test_facts, test_opening)
