/* SPDX-License-Identifier: MIT */
/* Selectors: what each chooses, and the words for those that choose nothing. */
#include "suite_fixture.h"

struct vector {
    const char *selector[4];
    const char
        *chosen; /* one letter an instance: x chosen, . not; NULL: an error that holds `says` */
    const char *says;
};

static const struct vector vectors[] = {
    {{NULL}, "xxxx", NULL},
    {{"join.*"}, "xx..", NULL},
    {{"join.listener.ack-hmac"}, "xx..", NULL},
    {{"join.listener.ack-hmac/ipv6"}, ".x..", NULL},
    {{"*/ipv4"}, "x...", NULL},
    {{"*/ipv4*"}, "x.xx", NULL},
    {{"open.initiator.version/ipv4"}, "..xx", NULL}, /* a family with all its values */
    {{"open.initiator.version/ipv4/version=2"},
     "...x",
     NULL},                               /* '=' behind a '/' is part of a name */
    {{"join.*", "open.*"}, "xxxx", NULL}, /* one kind adds up */
    {{"section=3.2"}, "xx..", NULL},
    {{"section=3"}, "xxxx", NULL},
    {{"section=3.1", "section=3.2"}, "xxxx", NULL},
    {{"req=R-3.2-36"}, "xx..", NULL},
    {{"req=R-3.2-*"}, "xx..", NULL},
    {{"role=initiator"}, "..xx", NULL},
    {{"family=ipv6"}, ".x..", NULL},
    {{"tag=slow"}, "xx..", NULL},
    {{"family=ipv4", "role=listener"}, "x...", NULL}, /* different kinds narrow */
    {{"join.*", "family=ipv4"}, "x...", NULL},
    {{"cases/join/ack-hmac.case"}, "xx..", NULL},
    {{"join.listener.ack-hmc"}, NULL, "did you mean 'join.listener.ack-hmac'"},
    {{"famly=ipv4"}, NULL, "did you mean 'family'"},
    {{"family=ipv5"}, NULL, "did you mean 'ipv4'"},
    {{"req=R-3.2-35"}, NULL, "chooses nothing"},
    {{"section=3.20"}, NULL, "chooses nothing"},
    {{"section="}, NULL, "chooses nothing"},
    {{"=x"}, NULL, "no such key"},
    {{""}, NULL, "chooses nothing"},
    {{"join.*", "nothing.*"}, NULL, "'nothing.*' chooses nothing"}, /* each must choose something */
    {{"join.*", "role=initiator"}, NULL, "together choose nothing"},
    {{"/nowhere/x.case"}, NULL, "/nowhere/x.case"},
};

START_TEST(selectors_choose)
{
    const struct ms_suite s = fixture_suite();
    for (size_t i = 0; i < MS_ARRAY_LEN(vectors); i++) {
        const struct vector *v = &vectors[i];
        bool chosen[FIXTURE_N] = {false};
        char got[FIXTURE_N + 1] = "";
        struct ms_error err = {0};
        size_t n = 0;
        while (n < 4 && v->selector[n])
            n++;
        int rc = ms_select(&s, v->selector, n, chosen, &err);
        if (!v->chosen) {
            ck_assert_msg(rc < 0, "vector %zu: chose %d", i, rc);
            ck_assert_msg(strstr(err.msg, v->says) != NULL, "vector %zu: '%s' lacks '%s'", i,
                          err.msg, v->says);
            continue;
        }
        ck_assert_msg(rc > 0, "vector %zu: %s", i, err.msg);
        int count = 0;
        for (size_t k = 0; k < FIXTURE_N; k++) {
            got[k] = chosen[k] ? 'x' : '.';
            count += chosen[k];
        }
        ck_assert_msg(strcmp(got, v->chosen) == 0, "vector %zu: want %s, got %s", i, v->chosen,
                      got);
        ck_assert_int_eq(rc, count);
    }
}
END_TEST

START_TEST(mistakes_concern_those_who_chose_them)
{
    struct ms_broken_file broken[] = {{"cases/join/new.case", "join.new"}};
    struct ms_suite s = fixture_suite();
    struct ms_diag diag = {.message = "wrong"};
    s.n_broken = 1;
    s.broken = broken;
    s.diags.n = 1;
    s.diags.d = &diag;
    static const struct {
        const char *selector;
        bool touches;
    } v[] = {
        {NULL, true},
        {"join.*", true},
        {"join.new", true},
        {"join.new/ipv4", true},
        {"cases/join/new.case", true},
        {"section=3.2", true}, /* nobody knows what a file with mistakes would have been */
        {"open.*", false},
        {"join.listener.ack-hmac", false},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        bool t = ms_select_touches_broken(&s, &v[i].selector, v[i].selector ? 1 : 0);
        ck_assert_msg(t == v[i].touches, "selector %s", v[i].selector ? v[i].selector : "(none)");
    }
}
END_TEST

START_TEST(slow_ones_run_when_they_are_named)
{
    const struct ms_suite s = fixture_suite();
    static const struct {
        const char *selector[2];
        size_t left_out;
        const char *chosen;
    } v[] = {
        {{NULL}, 2, "..xx"},
        {{"*"}, 2, "..xx"},
        {{"join.*"}, 2, "...."},
        {{"*/ipv4*"}, 1, "..xx"},
        {{"role=listener"}, 2, "...."},
        {{"tag=slow"}, 0, "xx.."},
        {{"tag=s*"}, 2, "...."},
        {{"join.listener.ack-hmac"}, 0, "xx.."},
        {{"join.listener.ack-hmac/ipv6"}, 0, ".x.."},
        {{"*", "join.listener.ack-hmac/ipv6"}, 1, ".xxx"},
        {{"cases/join/ack-hmac.case"}, 0, "xx.."},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        bool chosen[FIXTURE_N] = {false};
        char got[FIXTURE_N + 1] = "";
        struct ms_error err = {0};
        size_t n = !v[i].selector[0] ? 0 : v[i].selector[1] ? 2 : 1;
        ck_assert_int_gt(ms_select(&s, v[i].selector, n, chosen, &err), 0);
        size_t left_out = ms_select_leave_slow(&s, v[i].selector, n, chosen);
        for (size_t k = 0; k < FIXTURE_N; k++)
            got[k] = chosen[k] ? 'x' : '.';
        ck_assert_msg(strcmp(got, v[i].chosen) == 0, "vector %zu: want %s, got %s", i, v[i].chosen,
                      got);
        ck_assert_uint_eq(left_out, v[i].left_out);
    }
}
END_TEST

/* The same suite, in which the second case is a scenario. */
START_TEST(scenarios_run_when_they_are_asked_for)
{
    static const struct {
        const char *selector[3];
        const char *chosen;
        size_t left_out;
    } v[] = {
        {{NULL}, "xx..", 2},
        {{"*"}, "xx..", 2},
        {{"family=ipv4"}, "x...", 2},
        {{"open.*"}, "..xx", 0},
        {{"role=both"}, "..xx", 0},
        {{"cases/open/version.case"}, "..xx", 0},
        {{"open.initiator.version/ipv4/version=2", "*"}, "xx.x", 1},
        {{"family=ipv4", "role=both"}, "..xx", 0},
        {{"join.*", "open.*"}, "xxxx", 0},
    };
    static const char *quick_tags[] = {"quick"};
    struct ms_case scenario = fixture_open;
    struct ms_instance instance[FIXTURE_N];
    memcpy(instance, fixture_instances, sizeof instance);
    instance[2].c = instance[3].c = &scenario;
    scenario.role = MS_ROLE_BOTH;
    struct ms_suite s = fixture_suite();
    s.instance = instance;
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        bool chosen[FIXTURE_N] = {false};
        char got[FIXTURE_N + 1] = "";
        struct ms_error err = {0};
        size_t n = !v[i].selector[0] ? 0 : v[i].selector[1] ? 2 : 1;
        ck_assert_int_gt(ms_select(&s, v[i].selector, n, chosen, &err), 0);
        size_t left_out = ms_select_leave_scenarios(&s, v[i].selector, n, chosen);
        for (size_t k = 0; k < FIXTURE_N; k++)
            got[k] = chosen[k] ? 'x' : '.';
        ck_assert_msg(strcmp(got, v[i].chosen) == 0, "vector %zu: want %s, got %s", i, v[i].chosen,
                      got);
        ck_assert_uint_eq(left_out, v[i].left_out);
    }
    bool all[FIXTURE_N] = {true, true, true, true};
    ck_assert_uint_eq(ms_select_leave_cases(&s, all), 2);
    ck_assert(!all[0] && !all[1] && all[2] && all[3]);
    ck_assert(!ms_is_quick(&instance[2]));
    scenario.tag = quick_tags;
    scenario.n_tags = 1;
    ck_assert(ms_is_quick(&instance[2]) && !ms_is_quick(&instance[0]));
    /* Of a table only the first value. */
    size_t first = 0, second = 1;
    scenario.n_foreach = 1;
    instance[2].pick = &first;
    instance[3].pick = &second;
    ck_assert(ms_is_quick(&instance[2]) && !ms_is_quick(&instance[3]));
}
END_TEST

UNIT_MAIN("select", selectors_choose, scenarios_run_when_they_are_asked_for,
          slow_ones_run_when_they_are_named, mistakes_concern_those_who_chose_them)
