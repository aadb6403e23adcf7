/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "lang_env.h"

static const char good[] =
    "# comment\n"
    "topology two-paths\n"
    "purpose \"Two \\\"wires\\\".\"\n"
    "path 1 { tester t1 198.51.100.1/24 2001:db8:1::1/64 ; iut i1 198.51.100.2/24 }\n"
    "path 2\t{\n"
    "  tester t2 2001:db8:2::1/64 203.0.113.1/25\n"
    "\n"
    "  iut i2 203.0.113.2/24 2001:db8:2::2/64 }\n"
    "source_tables\n";

START_TEST(good_file)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_diags d = {0};
    const struct ms_topo *t = ms_topo_parse(a, "x.topo", good, sizeof good - 1, &d);
    ck_assert_msg(t != NULL, "%s", env_mistakes(a, &d));
    ck_assert_str_eq(t->name, "two-paths");
    ck_assert_str_eq(t->purpose, "Two \"wires\".");
    UNIT_NUM_EQ(t->n_paths, 2);
    UNIT_NUM_EQ(t->n_addrs, 4);
    ck_assert(t->source_tables);
    char text[46];
    ck_assert_str_eq(t->addr[0].name, "t1");
    ck_assert(!t->addr[0].on_iut && t->addr[1].on_iut);
    ck_assert_str_eq(ms_addr_text(&t->addr[0].v4, text), "198.51.100.1");
    ck_assert_str_eq(ms_addr_text(&t->addr[0].v6, text), "2001:db8:1::1");
    UNIT_NUM_EQ(t->addr[0].prefix6, 64);
    UNIT_NUM_EQ(t->addr[1].v6.family, 0);
    UNIT_NUM_EQ(t->addr[2].path, 1);
    UNIT_NUM_EQ(t->addr[2].prefix4, 25);
    ms_arena_free(a);
}
END_TEST

START_TEST(two_hosts)
{
    static const char text[] = "topology hosts\n"
                               "path 1 { client c1 10.1.0.2/24 ; server s1 10.1.0.1/24 }\n"
                               "path 2 { client c2 10.2.0.2/24 }\n"
                               "source_tables\n";
    struct ms_arena *a = ms_arena_new();
    struct ms_diags d = {0};
    const struct ms_topo *t = ms_topo_parse(a, "x.topo", text, sizeof text - 1, &d);
    ck_assert_msg(t != NULL, "%s", env_mistakes(a, &d));
    ck_assert(t->two_hosts && t->source_tables);
    UNIT_NUM_EQ(t->n_addrs, 3);
    ck_assert(!t->addr[0].on_iut && t->addr[1].on_iut && !t->addr[2].on_iut);
    UNIT_NUM_EQ(t->addr[2].path, 1);
    ms_arena_free(a);
}
END_TEST

#define TOP "topology a\npath 1 {\n"
#define END "\ntester t1 192.0.2.1/24\niut i1 192.0.2.2/24\n}\n"

START_TEST(wrong_files)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *message;
    } rows[] = {
        {"", 1, 1, "`topology` is missing"},
        {"topology a", 1, 1, "a topology needs at least one path"},
        {"topology 5", 1, 10, "expected the name of the topology"},
        {"topology a\ntopology b" END, 2, 10, "`topology` is given twice"},
        {"topology a-name-of-more-than-forty-seven-characters-in-all" END, 1, 10,
         "a name of more than 47"},
        {"topologie a\n", 1, 1, "unknown statement 'topologie'"},
        {"topology a\npurpose x\n", 2, 9, "expected the purpose as a string"},
        {"topology a\npurpose \"a\"\npurpose \"b\"\n", 3, 9, "`purpose` is given twice"},
        {"topology a\npurpose \"a\\xff\"\n", 2, 9, "plain text of one line"},
        {"topology a\npath one {" END, 2, 6, "expected the number of the path"},
        {"topology a\npath 2 {" END, 2, 6, "this is path 1"},
        {"topology a\npath 1\n", 2, 7, "expected '{'"},
        {TOP "tester t1 192.0.2.1/24\n", 2, 8, "this '{' is never closed"},
        {TOP "path 2 {}" END, 3, 1, "`path` cannot stand in the braces of a path"},
        {"topology a\ntester t1 192.0.2.1/24\n", 2, 1, "addresses stand in the braces of a path"},
        {TOP "testr t1 192.0.2.1/24" END, 3, 1, "unknown statement 'testr'"},
        {TOP "tester i1 192.0.2.1/24" END, 3, 8, "addresses of the tester are named t1, t2"},
        {TOP "iut t1 192.0.2.1/24" END, 3, 5, "addresses of the IUT are named i1, i2"},
        {TOP "client s1 192.0.2.1/24\n}\n", 3, 8, "addresses of the client are named c1, c2"},
        {TOP "server c1 192.0.2.1/24\n}\n", 3, 8, "addresses of the server are named s1, s2"},
        {TOP "client c1 192.0.2.9/24" END, 4, 1, "tester and IUT, or client and server, not both"},
        {TOP "client c1 192.0.2.9/24\n}\n", 1, 1, "the server has no address"},
        {TOP "server s1 192.0.2.9/24\n}\n", 1, 1, "path 1 has no address of the client"},
        {TOP "tester t 192.0.2.1/24" END, 3, 8, "addresses of the tester are named"},
        {TOP "tester 5 192.0.2.1/24" END, 3, 8, "expected the name of the address"},
        {TOP "tester t2" END, 3, 10, "expected an address with its prefix length"},
        {TOP "tester t2 \"x\"" END, 3, 11, "expected an address with its prefix length"},
        {TOP "tester t2 192.0.2.1" END, 3, 11, "the prefix length is missing"},
        {TOP "tester t2 192.0.2.300/24" END, 3, 11, "'192.0.2.300' is no address"},
        {TOP "tester t2 192.0.2.9/33" END, 3, 11, "'33' is no prefix length"},
        {TOP "tester t2 192.0.2.9/x" END, 3, 11, "'x' is no prefix length"},
        {TOP "tester t2 2001:db8::1/129" END, 3, 11, "'129' is no prefix length"},
        {TOP "tester t2 192.0.2.9/24 192.0.2.10/24" END, 3, 24, "a second IPv4 address"},
        {TOP "tester t2 192.0.2.9/24\niut i2 192.0.2.9/24" END, 4, 8, "192.0.2.9 is given twice"},
        {TOP "tester t1 192.0.2.9/24\ntester t1 192.0.2.10/24\niut i1 192.0.2.2/24 }", 4, 8,
         "'t1' is given twice"},
        {TOP "tester t1 192.0.2.9/24\n}", 1, 1, "path 1 has no address of the IUT"},
        {TOP "iut i1 192.0.2.9/24\n}", 1, 1, "path 1 has no address of the tester"},
        {"topology a\nsource_tables yes" END, 2, 15, "expected the end of the line"},
        {"topology a\n}\n", 2, 1, "expected a statement"},
        {"topology a\n\377", 2, 1, "octet 0xff is not UTF-8"},
    };
    struct ms_buf bad = {0};
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        struct ms_arena *a = ms_arena_new();
        struct ms_diags d = {.arena = a};
        const struct ms_topo *t =
            ms_topo_parse(a, "x.topo", rows[i].text, strlen(rows[i].text), &d);
        if (t != NULL || d.n == 0 || d.d[0].loc.line != rows[i].line ||
            d.d[0].loc.column != rows[i].column || strstr(d.d[0].message, rows[i].message) == NULL)
            ms_buf_printf(&bad, "-- wanted %u:%u '%s' in:\n%s\n%s", rows[i].line, rows[i].column,
                          rows[i].message, rows[i].text, env_mistakes(a, &d));
        ms_arena_free(a);
    }
    ck_assert_msg(bad.len == 0, "\n%s", bad.data);
    ms_buf_free(&bad);
}
END_TEST

START_TEST(too_many)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_buf b = {0};
    ms_buf_puts(&b, "topology a\npath 1 {\n");
    for (unsigned i = 1; i < 30; i++)
        ms_buf_printf(&b, "tester t%u 192.0.2.%u/24\n", i, i);
    struct ms_diags d = {.arena = a};
    ck_assert_ptr_null(ms_topo_parse(a, "x.topo", b.data, b.len, &d));
    ck_assert_ptr_nonnull(strstr(env_mistakes(a, &d), "more than 16 addresses"));
    b.len = 0;
    ms_buf_puts(&b, "topology a\n");
    for (unsigned i = 1; i < 7; i++)
        ms_buf_printf(&b, "path %u { tester t%u 192.0.%u.1/24; iut i%u 192.0.%u.2/24 }\n", i, i, i,
                      i, i);
    d.n = 0;
    ck_assert_ptr_null(ms_topo_parse(a, "x.topo", b.data, b.len, &d));
    UNIT_NUM_EQ(d.n, 1);
    ck_assert_ptr_nonnull(strstr(d.d[0].message, "more than 4 paths"));
    b.len = 0;
    ms_buf_puts(&b, "topology a\npurpose \"");
    for (unsigned i = 0; i < 300; i++)
        ms_buf_puts(&b, "x");
    ms_buf_puts(&b, "\"\n");
    d.n = 0;
    ck_assert_ptr_null(ms_topo_parse(a, "x.topo", b.data, b.len, &d));
    ck_assert_ptr_nonnull(strstr(d.d[0].message, "more than 255 octets"));
    ms_buf_free(&b);
    ms_arena_free(a);
}
END_TEST

/* The topologies of this project, read from the folder that the tests run in. */
START_TEST(own_files)
{
    static const char *const names[] = {"one-path",
                                        "two-paths",
                                        "iut-two-addresses",
                                        "tester-two-addresses",
                                        "interop-one-path",
                                        "interop-two-paths",
                                        "interop-two-paths-one-server",
                                        "interop-two-addresses"};
    for (size_t i = 0; i < MS_ARRAY_LEN(names); i++) {
        struct ms_arena *a = ms_arena_new();
        struct ms_diags d = {.arena = a};
        struct ms_error err = {0};
        char *text = NULL;
        size_t len = 0;
        const char *path = ms_arena_printf(a, "topo/%s.topo", names[i]);
        ck_assert_msg(ms_file_read(a, path, &text, &len, &err) == MS_OK, "%s", err.msg);
        const struct ms_topo *t = ms_topo_parse(a, path, text, len, &d);
        ck_assert_msg(t != NULL, "%s", env_mistakes(a, &d));
        ck_assert_str_eq(t->name, names[i]);
        ck_assert(t->purpose[0] != '\0');
        for (unsigned k = 0; k < t->n_addrs; k++)
            ck_assert(t->addr[k].v4.family == MS_IPV4 && t->addr[k].v6.family == MS_IPV6);
        ms_arena_free(a);
    }
}
END_TEST

UNIT_MAIN("topo_file", good_file, two_hosts, wrong_files, too_many, own_files)
