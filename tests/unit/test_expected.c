/* SPDX-License-Identifier: MIT */
/* Lists of expected deviations: what is refused, what they cover, on which kernels. */
#include <unistd.h>

#include "suite_fixture.h"

static int load(struct ms_arena *a, const char *text, const char *release, struct ms_expected *e,
                struct ms_error *err)
{
    char path[] = "/tmp/test-expected-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    int rc = ms_expected_load(a, path, release, e, err);
    unlink(path);
    return rc;
}

#define LIST(entries) "{\"schema\":1,\"iut\":\"linux\",\"deviations\":[" entries "]}"
#define ENTRY(more)   "{\"result\":\"join.listener.ack-hmac/ipv4\",\"reason\":\"known\"," more "}"

START_TEST(wrong_lists_are_refused)
{
    static const struct {
        const char *text, *says;
    } v[] = {
        {"", ""},
        {"{\n \"schema\": 1,\n oops }", ""},
        {"[]", "\"deviations\""},
        {"{\"schema\":2,\"deviations\":[]}", "\"schema\" must be 1"},
        {"{\"schema\":1,\"deviatons\":[],\"deviations\":[]}", "did you mean \"deviations\""},
        {LIST("3"), "must be an object"},
        {LIST(ENTRY("\"requirment\":\"R-1\"")), "did you mean \"requirement\""},
        {LIST(ENTRY("\"requirement\":\"R-1\",\"rule\":\"x\"")),
         "exactly one of \"requirement\" and \"rule\""},
        {LIST("{\"result\":\"a\",\"reason\":\"b\"}"),
         "exactly one of \"requirement\" and \"rule\""},
        {LIST("{\"result\":\"a\",\"rule\":\"b\"}"), "\"reason\" must be given"},
        {LIST("{\"rule\":\"a\",\"reason\":\"b\"}"), "exactly one of \"result\""},
        {LIST("{\"rule\":\"a\",\"reason\":\"b\",\"results\":[]}"), "exactly one of \"result\""},
        {LIST("{\"rule\":\"a\",\"reason\":\"b\",\"results\":[\"\"]}"), "name"},
        {LIST("{\"rule\":7,\"reason\":\"b\",\"result\":\"a\"}"), "string"},
        {LIST(ENTRY("\"rule\":\"a\",\"kernels\":\">=\"")), "kernel range"},
        {LIST(ENTRY("\"rule\":\"a\",\"kernels\":\">=6.1 <7\"")), "comma"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        struct ms_arena *a = ms_arena_new();
        struct ms_expected e;
        struct ms_error err = {0};
        ck_assert_msg(load(a, v[i].text, "6.1.0", &e, &err) < 0, "list %zu was taken", i);
        ck_assert_msg(strstr(err.msg, v[i].says) != NULL, "list %zu: '%s' lacks '%s'", i, err.msg,
                      v[i].says);
        ms_arena_free(a);
    }
}
END_TEST

START_TEST(syntax_errors_have_a_place)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_expected e;
    struct ms_error err = {0};
    ck_assert_int_lt(load(a, "{\n \"schema\": 1,\n oops }", "6.1.0", &e, &err), 0);
    UNIT_NUM_EQ(err.line, 3);
    ck_assert_uint_gt(err.column, 0);
    ck_assert(*err.file != '\0');
    ms_arena_free(a);
}
END_TEST

START_TEST(kernel_ranges)
{
    static const struct {
        const char *release, *range;
        int in; /* negative: malformed */
    } v[] = {
        {"6.1.0-18-amd64", ">=6.1", 1},
        {"6.1.0-18-amd64", ">=6.1.1", 0},
        {"6.1.55", ">6.1", 1},
        {"5.19.17", ">=5.10, <6.8", 1},
        {"6.8.0", ">=5.10, <6.8", 0},
        {"6.10.2", ">=6.9", 1},
        {"6.10", "=6.10.0", 1},
        {"6.10", "6.10", 1},
        {"6.10", "!=6.10", 0},
        {"6.18.44-fc", "<=6.18.44", 1},
        {"6.1.9", "<6.1.5 | >=6.1.9, <6.2", 1},
        {"6.1.7", "<6.1.5|>=6.1.9", 0},
        {"6.1", "6.1 |", -1},
        {"6.1", "6.1 | x", -1},
        {"6.1", "| 6.1", -1},
        {"6.1", "", -1},
        {"6.1", ">=x", -1},
        {"6.1", ">=6.1;", -1},
        {"6.1", ">=6.1,", -1},
        {"unknown", ">=6.1", -1},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        int in = ms_kernel_in_range(v[i].release, v[i].range, NULL);
        ck_assert_msg(v[i].in < 0 ? in < 0 : in == v[i].in, "%s in '%s': want %d, got %d",
                      v[i].release, v[i].range, v[i].in, in);
    }
}
END_TEST

START_TEST(ranges_of_entries)
{
    static const struct {
        const char *release;
        bool second;
    } v[] = {{"6.1.9", true}, {"6.1.20", false}, {"", false}, {"Darwin", false}};
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        struct ms_arena *a = ms_arena_new();
        struct ms_expected e;
        struct ms_error err = {0};
        const char *list = LIST(ENTRY("\"rule\":\"a\"") "," ENTRY(
            "\"rule\":\"b\",\"kernels\":\"<6.1.10 | >=6.2, <6.3\""));
        ck_assert_msg(load(a, list, v[i].release, &e, &err) == MS_OK, "%s", err.msg);
        ck_assert(e.d[0].applies);
        ck_assert_msg(e.d[1].applies == v[i].second, "'%s'", v[i].release);
        ms_arena_free(a);
    }
}
END_TEST

START_TEST(releases_in_order)
{
    static const char *const sorted[] = {"5.10.0-1", "6.1.0-9-amd64", "6.1.0-18-amd64", "6.1.192",
                                         "6.12",     "7.2.1",         "unknown"};
    for (size_t i = 0; i < MS_ARRAY_LEN(sorted); i++)
        for (size_t k = 0; k < MS_ARRAY_LEN(sorted); k++) {
            int c = ms_kernel_order(sorted[i], sorted[k]);
            ck_assert_msg(i < k   ? c < 0
                          : i > k ? c > 0
                                  : c == 0,
                          "%s and %s: %d", sorted[i], sorted[k], c);
        }
    ck_assert(ms_kernel_same_series("6.1.0-9-amd64", "6.1.192"));
    ck_assert(!ms_kernel_same_series("6.1", "6.12"));
    ck_assert(!ms_kernel_same_series("x", "x"));
}
END_TEST

START_TEST(debians_point_release)
{
    static const struct {
        const char *release, *version, *point;
    } v[] = {
        {"6.1.0-50-cloud-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-01)", "6.1.192"},
        {"6.12.90+deb12-amd64", "#1 SMP Debian 6.12.90-1~bpo12+1 (2026-11-01)", "6.12.90"},
        {"6.1.0-50-cloud-amd64", "#1 SMP Debian 5.10.2-1", "6.1.0-50-cloud-amd64"},
        {"6.1.0-50-cloud-amd64", "#1 SMP Debian ", "6.1.0-50-cloud-amd64"},
        {"6.18.44", "#1 SMP", "6.18.44"},
        {"x", "#1 SMP Debian 6.1.192-2", "x"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        struct ms_arena *a = ms_arena_new();
        struct ms_kernel_facts k = {0};
        snprintf(k.release, sizeof k.release, "%s", v[i].release);
        snprintf(k.version, sizeof k.version, "%s", v[i].version);
        ck_assert_str_eq(ms_kernel_point(a, &k), v[i].point);
        ms_arena_free(a);
    }
}
END_TEST

static struct ms_reason reason(enum ms_verdict v, const char *reqs, const char *rule)
{
    return (struct ms_reason){.verdict = v, .reqs = reqs, .rule = rule, .step = "", .text = "text"};
}

START_TEST(only_what_is_listed_is_expected)
{
    static const char list[] =
        LIST(ENTRY("\"requirement\":\"R-3.2-34\"") "," ENTRY("\"rule\":\"hmac\""));
    const struct {
        size_t instance;
        enum ms_verdict verdict;
        size_t n;
        struct ms_reason reason[2];
        enum ms_standing want;
    } v[] = {
        {0, MS_PASS, 0, {{0}}, MS_STANDS_PASS},
        {0, MS_SKIP, 0, {{0}}, MS_STANDS_SKIP},
        {0, MS_FAIL, 1, {reason(MS_FAIL, "R-3.2-34", "")}, MS_STANDS_EXPECTED},
        {0, MS_FAIL, 1, {reason(MS_FAIL, "R-9-1", "hmac")}, MS_STANDS_EXPECTED}, /* by its rule */
        {0,
         MS_FAIL,
         2,
         {reason(MS_FAIL, "R-3.2-34", ""), reason(MS_FAIL, "R-9-1", "hmac")},
         MS_STANDS_EXPECTED},
        {0,
         MS_FAIL,
         2,
         {reason(MS_FAIL, "R-3.2-34", ""), reason(MS_PASS, "R-9-1", "")},
         MS_STANDS_EXPECTED},
        {1,
         MS_FAIL,
         1,
         {reason(MS_FAIL, "R-3.2-34", "")},
         MS_STANDS_UNEXPECTED}, /* the other family */
        {0, MS_FAIL, 1, {reason(MS_FAIL, "R-3.2-3", "")}, MS_STANDS_UNEXPECTED},
        {0,
         MS_FAIL,
         1,
         {reason(MS_FAIL, "R-3.2-34, R-3.2-36", "")},
         MS_STANDS_UNEXPECTED}, /* one of two */
        {0,
         MS_FAIL,
         2,
         {reason(MS_FAIL, "R-3.2-34", ""), reason(MS_WARN, "R-3.2-36", "")},
         MS_STANDS_UNEXPECTED},
        {0,
         MS_FAIL,
         2,
         {reason(MS_FAIL, "R-3.2-34", ""), reason(MS_INCONC, "", "")},
         MS_STANDS_UNEXPECTED},
        {0, MS_FAIL, 1, {reason(MS_FAIL, "", "")}, MS_STANDS_UNEXPECTED},
        {0, MS_INCONC, 1, {reason(MS_INCONC, "R-3.2-34", "")}, MS_STANDS_UNEXPECTED},
        {0, MS_ERROR, 1, {reason(MS_ERROR, "R-3.2-34", "")}, MS_STANDS_UNEXPECTED},
        {0, MS_WARN, 1, {reason(MS_WARN, "R-3.2-34", "")}, MS_STANDS_EXPECTED},
        {0, MS_WARN, 1, {reason(MS_WARN, "R-3.2-36", "")}, MS_STANDS_PASS},
    };
    struct ms_arena *a = ms_arena_new();
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        struct ms_expected e;
        struct ms_error err = {0};
        struct ms_reason r[2] = {v[i].reason[0], v[i].reason[1]};
        struct ms_outcome o = {
            .instance = &fixture_instances[v[i].instance],
            .result = {.verdict = v[i].verdict, .n_reason = v[i].n, .reason = r}};
        const char *why;
        ck_assert_msg(load(a, list, "6.1.0", &e, &err) == MS_OK, "%s", err.msg);
        enum ms_standing got = ms_expected_judge(&e, &o, &why);
        ck_assert_msg(got == v[i].want, "vector %zu: want standing %d, got %d", i, (int)v[i].want,
                      (int)got);
        ck_assert_str_eq(why, got == MS_STANDS_EXPECTED ? "known" : "");
    }
    ms_arena_free(a);
}
END_TEST

START_TEST(what_no_longer_shows_is_told)
{
    static const char list[] = LIST(ENTRY("\"requirement\":\"R-3.2-34\"") "," ENTRY(
        "\"requirement\":\"R-3.2-36\",\"kernels\":\"<5\"") ",{\"results\":[\"join.listener.ack-"
                                                           "hmac/ipv6\",\"other/"
                                                           "ipv4\"],\"rule\":\"hmac\",\"reason\":"
                                                           "\"b\"}");
    struct ms_arena *a = ms_arena_new();
    struct ms_expected e;
    struct ms_error err = {0};
    struct ms_report r = {0};
    struct ms_outcome o[] = {{.instance = &fixture_instances[0]},
                             {.instance = &fixture_instances[1]}};
    ck_assert_msg(load(a, list, "6.1.0", &e, &err) == MS_OK, "%s", err.msg);
    UNIT_NUM_EQ(e.n, 4);
    ms_report_fill(&r, a, o, 2, &e);
    UNIT_NUM_EQ(r.counts.stale,
                2); /* the entry for another kernel and the result that did not run do not count */
    o[1].result.verdict = MS_SKIP; /* what did not run shows nothing */
    ck_assert_int_eq(load(a, list, "6.1.0", &e, &err), MS_OK);
    ms_report_fill(&r, a, o, 2, &e);
    UNIT_NUM_EQ(r.counts.stale, 1);
    ms_arena_free(a);
}
END_TEST

UNIT_MAIN("expected", wrong_lists_are_refused, syntax_errors_have_a_place, kernel_ranges,
          ranges_of_entries, releases_in_order, debians_point_release,
          only_what_is_listed_is_expected, what_no_longer_shows_is_told)
