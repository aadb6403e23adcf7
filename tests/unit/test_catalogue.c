/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <unistd.h>

#include "mptcpspec/catalogue.h"

#define HEAD                                                                                       \
    "id\tsection\tline\tlevel\tactor\trequirement\ttestable\tobservable\tcase_idea\twhy_"          \
    "not\tweak\n"

/* Loads `text` as a file; the status, and the whole error as text in `out`. */
static int load(struct ms_arena *a, const char *text, size_t len, struct ms_catalogue *c, char *out,
                size_t cap)
{
    char path[] = "/tmp/catalogue-XXXXXX";
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
    close(fd);
    struct ms_error err = {0};
    const int rc = ms_catalogue_load(a, path, c, &err);
    unlink(path);
    snprintf(out, cap, "%u: %s", err.line, err.msg);
    return rc;
}

START_TEST(good_table)
{
    static const char text[] =
        HEAD "R-3.1-01\t3.1\t700\tMUST NOT\tany\tText.\tlive-both\tseen\tidea\twhy\t\r\n"
             "R-C.1.1-02\tC.1.1\t12\tFORMAT\tsender\tT\tno\t\t\t\tweak";
    struct ms_arena *a = ms_arena_new();
    struct ms_catalogue c;
    char msg[1100];
    ck_assert_msg(load(a, text, sizeof text - 1, &c, msg, sizeof msg) == MS_OK, "%s", msg);
    UNIT_NUM_EQ(c.n, 2);
    const struct ms_requirement *r = ms_catalogue_find(&c, "R-3.1-01");
    ck_assert_ptr_nonnull(r);
    ck_assert_str_eq(r->section, "3.1");
    UNIT_NUM_EQ(r->rfc_line, 700);
    UNIT_NUM_EQ(r->level, MS_LEVEL_MUST_NOT);
    ck_assert(!r->weak);
    ck_assert_str_eq(r->actor, "any");
    ck_assert_str_eq(r->text, "Text.");
    ck_assert_str_eq(r->testable, "live-both");
    ck_assert_str_eq(r->observable, "seen");
    ck_assert_str_eq(r->idea, "idea");
    ck_assert_str_eq(r->why_not, "why");
    ck_assert(c.req[1].weak);
    ck_assert_str_eq(c.ids[1], "R-C.1.1-02");
    ck_assert_ptr_null(ms_catalogue_find(&c, "R-9"));
    ms_arena_free(a);
}
END_TEST

START_TEST(wrong_tables)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "0: no requirement in the table"},
        {HEAD, "1: no requirement in the table"},
        {"id\tsection\n", "1: the first line names 2 columns instead of 11"},
        {"id\tsection\tline\tlevel\tactor\ttext\ttestable\tobservable\tcase_idea\twhy_not\tweak\n",
         "1: column 6 is named 'text' instead of 'requirement'"},
        {HEAD "R-1-01\t1\t2\n", "2: 3 columns instead of 11"},
        {HEAD "\n", "2: 1 columns instead of 11"},
        {HEAD "R-1-01\t1\t2\tMAY\t\t\t\t\t\t\t\t\t\n", "2: at least 12 columns instead of 11"},
        {HEAD "X-1-01\t1\t2\tMAY\t\t\t\t\t\t\t\n", "2: 'X-1-01' is no requirement id"},
        {HEAD "R-1_01\t1\t2\tMAY\t\t\t\t\t\t\t\n", "2: 'R-1_01' is no requirement id"},
        {HEAD "R-1-01\t1\t2\tMUTS\t\t\t\t\t\t\t\n",
         "2: unknown level 'MUTS'; did you mean 'MUST'?"},
        {HEAD "R-1-01\t1\t2\tZZZZZZZZZZ\t\t\t\t\t\t\t\n", "2: unknown level 'ZZZZZZZZZZ'"},
        {HEAD "R-1-01\t1\tx\tMAY\t\t\t\t\t\t\t\n", "2: R-1-01: 'x' is no line number"},
        {HEAD "R-1-01\t1\t12x\tMAY\t\t\t\t\t\t\t\n", "2: R-1-01: '12x' is no line number"},
        {HEAD "R-1-01\t1\t2\tMAY\t\t\t\t\t\t\tsoft\n", "2: R-1-01: column weak holds 'soft'"},
        {HEAD "R-1-01\t1\t2\tMUST\t\t\t\t\t\t\tweak\n", "2: R-1-01: only FORMAT rows can be weak"},
        {HEAD "R-1-01\t1\t2\tMAY\t\t\t\t\t\t\t\nR-1-01\t1\t2\tMAY\t\t\t\t\t\t\t\n",
         "3: R-1-01 stands in the table twice"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        struct ms_arena *a = ms_arena_new();
        struct ms_catalogue c;
        char msg[1100];
        const int rc = load(a, rows[i].text, strlen(rows[i].text), &c, msg, sizeof msg);
        ck_assert_msg(rc == MS_ERR_PARSE, "row %zu: status %d", i, rc);
        ck_assert_msg(strncmp(msg, rows[i].want, strlen(rows[i].want)) == 0,
                      "row %zu: want '%s', got '%s'", i, rows[i].want, msg);
        ms_arena_free(a);
    }
}
END_TEST

START_TEST(nul_octet_and_missing_file)
{
    static const char text[] = HEAD "R-1-01\0";
    struct ms_arena *a = ms_arena_new();
    struct ms_catalogue c;
    char msg[1100];
    UNIT_NUM_EQ(-load(a, text, sizeof text, &c, msg, sizeof msg), -MS_ERR_PARSE);
    ck_assert_str_eq(msg, "2: a NUL octet in a text file");
    struct ms_error err = {0};
    UNIT_NUM_EQ(-ms_catalogue_load(a, "/nonexistent/requirements.tsv", &c, &err), -MS_ERR_SYS);
    ck_assert_ptr_nonnull(strstr(err.msg, "No such file"));
    UNIT_NUM_EQ(-ms_catalogue_load(a, "/", &c, NULL), -MS_ERR_SYS);
    ms_arena_free(a);
}
END_TEST

START_TEST(levels)
{
    ck_assert_str_eq(ms_level_name(MS_LEVEL_SHOULD_NOT), "SHOULD NOT");
    ck_assert_str_eq(ms_level_name(MS_LEVEL_FORMAT), "FORMAT");
    ck_assert_str_eq(ms_level_name((enum ms_level)99), "?");
}
END_TEST

/* The table of this project, read from the folder that the tests run in. */
START_TEST(own_table)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_catalogue c;
    struct ms_error err = {0};
    ck_assert_msg(ms_catalogue_load(a, "cases/requirements.tsv", &c, &err) == MS_OK, "%s", err.msg);
    UNIT_NUM_EQ(c.n, 454);
    size_t weak = 0;
    for (size_t i = 0; i < c.n; i++)
        weak += c.req[i].weak;
    UNIT_NUM_EQ(weak, 12);
    const struct ms_requirement *r = ms_catalogue_find(&c, "R-3.2-34");
    ck_assert_ptr_nonnull(r);
    UNIT_NUM_EQ(r->level, MS_LEVEL_MUST);
    ck_assert(ms_catalogue_find(&c, "R-7.4-03")->weak);
    ms_arena_free(a);
}
END_TEST

START_TEST(positions)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_catalogue c;
    struct ms_error err = {0};
    ck_assert_int_eq(ms_catalogue_load(a, "cases/requirements.tsv", &c, &err), MS_OK);
    unsigned n = 0;
    for (const struct ms_position *p = ms_positions; p->id; p++, n++) {
        ck_assert_ptr_eq(ms_position_find(p->id), p);
        ck_assert_str_ne(p->reading[0].name, p->reading[1].name);
        for (const char *s = p->requirements; *s; s += strcspn(s, " "), s += strspn(s, " ")) {
            const char *id = ms_arena_strndup(a, s, strcspn(s, " "));
            ck_assert_msg(ms_catalogue_find(&c, id) != NULL, "%s: no requirement %s", p->id, id);
        }
        /* Each has a bit of its own. */
        for (int r = 0; r < MS_READINGS; r++) {
            ck_assert_int_eq(ms_reading_find(p, p->reading[r].name), r);
            uint32_t held = r ? 0 : UINT32_MAX;
            ms_reading_set(&held, p, (unsigned)r);
            UNIT_NUM_EQ(ms_reading_of(held, p), r);
            UNIT_NUM_EQ(__builtin_popcount(held), r ? 1 : 31);
        }
    }
    ck_assert(n > 0 && n <= 32);
    ck_assert_ptr_null(ms_position_find(""));
    ck_assert_ptr_null(ms_position_find("no-such"));
    ck_assert_int_eq(ms_reading_find(ms_positions, "no-such"), -1);
    ms_arena_free(a);
}
END_TEST

UNIT_MAIN("catalogue", good_table, wrong_tables, nul_octet_and_missing_file, levels, own_table,
          positions)
