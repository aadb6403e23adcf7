/* SPDX-License-Identifier: MIT */
/* Errors, arena, buffer, octet access, serial numbers, word suggestions. */
#include "unit.h"

#include <errno.h>

START_TEST(error_texts)
{
    static const struct {
        struct ms_error err;
        const char *want;
    } table[] = {
        {{.msg = "bad"}, "bad"},
        {{.file = "a.case", .msg = "bad"}, "a.case: bad"},
        {{.file = "a.case", .line = 3, .msg = "bad"}, "a.case:3: bad"},
        {{.file = "a.case", .line = 3, .column = 7, .msg = "bad"}, "a.case:3:7: bad"},
        {{.line = 3, .column = 7, .msg = "bad"}, "3:7: bad"},
        {{.column = 7, .msg = "bad"}, "7: bad"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        char text[64];
        ms_error_format(&table[i].err, text, sizeof text);
        ck_assert_str_eq(text, table[i].want);
    }
    char small[4];
    ms_error_format(&table[3].err, small, sizeof small);
    ck_assert_str_eq(small, "a.c");
}
END_TEST

START_TEST(error_fill)
{
    struct ms_error err = {.line = 9};
    ck_assert_int_eq(ms_fail(&err, MS_ERR_RANGE, "%d is %s", 5, "odd"), MS_ERR_RANGE);
    ck_assert_str_eq(err.msg, "5 is odd");
    ck_assert_int_eq(err.status, MS_ERR_RANGE);
    ck_assert_uint_eq(err.line, 0);
    ck_assert_int_eq(ms_fail_context(&err, "while %s", "counting"), MS_ERR_RANGE);
    ck_assert_str_eq(err.msg, "while counting: 5 is odd");

    errno = ENOENT;
    ck_assert_int_eq(ms_fail_errno(&err, "open %s", "x"), MS_ERR_SYS);
    ck_assert_str_eq(err.msg, "open x: No such file or directory");
    ck_assert_int_eq(errno, ENOENT);

    ck_assert_int_eq(ms_fail(NULL, MS_ERR_PARSE, "unseen"), MS_ERR_PARSE);
    ck_assert_int_eq(ms_fail_errno(NULL, "unseen"), MS_ERR_SYS);
    ck_assert_int_lt(ms_fail_context(NULL, "unseen"), 0);

    char longest[2000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    ms_fail(&err, MS_ERR_PARSE, "%s", longest);
    ms_fail_errno(&err, "%s", longest);
    ms_fail_context(&err, "%s", longest);
    ck_assert_uint_eq(strlen(err.msg), sizeof err.msg - 1);
}
END_TEST

START_TEST(arena)
{
    struct ms_arena *a = ms_arena_new();
    static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 16384, 16385, 100000, 3};
    for (size_t round = 0; round < 20; round++)
        for (size_t i = 0; i < MS_ARRAY_LEN(sizes); i++) {
            unsigned char *p = ms_arena_alloc(a, sizes[i]);
            ck_assert_uint_eq((uintptr_t)p % 16, 0);
            for (size_t k = 0; k < sizes[i]; k++)
                ck_assert_uint_eq(p[k], 0);
            if (sizes[i] != 0)
                memset(p, 0xa5, sizes[i]);
        }
    ck_assert_str_eq(ms_arena_strdup(a, "token"), "token");
    ck_assert_str_eq(ms_arena_strndup(a, "token", 3), "tok");
    ck_assert_str_eq(ms_arena_strndup(a, "token", 99), "token");
    ck_assert_str_eq(ms_arena_printf(a, "%s-%d", "dsn", 7), "dsn-7");
    unit_octets_eq("memdup", ms_arena_memdup(a, "abc", 3), 3, "abc", 3);
    ck_assert_ptr_nonnull(ms_arena_memdup(a, NULL, 0));
    ms_arena_free(a);
    ms_arena_free(NULL);
}
END_TEST

START_TEST(arena_array)
{
    struct ms_arena *a = ms_arena_new();
    uint32_t *v = NULL;
    size_t cap = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        v = ms_arena_grow(a, v, &cap, i, sizeof *v);
        ck_assert_uint_gt(cap, i);
        v[i] = i * 3;
    }
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_uint_eq(v[i], i * 3);
    v = ms_arena_grow(a, v, &cap, 100000, sizeof *v);
    ck_assert_uint_gt(cap, 100000);
    ck_assert_uint_eq(v[999], 2997);
    ck_assert_uint_eq(v[100000], 0);
    ms_arena_free(a);
}
END_TEST

START_TEST(buffer)
{
    struct ms_buf b = {0};
    ms_buf_puts(&b, "");
    ck_assert_str_eq(b.data, "");
    for (int i = 0; i < 100; i++)
        ms_buf_printf(&b, "%d,", i);
    ms_buf_add(&b, "\0x", 2);
    ck_assert_uint_eq(b.len, 10 * 2 + 90 * 3 + 2);
    ck_assert_int_eq(memcmp(b.data, "0,1,2,", 6), 0);
    ck_assert_int_eq(b.data[b.len], '\0');
    ms_buf_free(&b);
    ck_assert_ptr_null(b.data);
    ck_assert_uint_eq(b.len, 0);
    ms_buf_free(&b);
}
END_TEST

START_TEST(octets)
{
    uint8_t p[9] = {0};
    ms_put64(p + 1, 0x0102030405060708u);
    unit_octets_eq("put64", p, 9, "\0\1\2\3\4\5\6\7\10", 9);
    UNIT_NUM_EQ(ms_get64(p + 1), 0x0102030405060708u);
    UNIT_NUM_EQ(ms_get32(p + 1), 0x01020304u);
    UNIT_NUM_EQ(ms_get16(p + 7), 0x0708u);
    ms_put64(p, UINT64_MAX);
    UNIT_NUM_EQ(ms_get64(p), UINT64_MAX);
}
END_TEST

START_TEST(serial_numbers)
{
    ck_assert(ms_seq_lt(0xffffffffu, 0));
    ck_assert(!ms_seq_lt(0, 0xffffffffu));
    ck_assert(!ms_seq_lt(5, 5));
    ck_assert(ms_seq_le(5, 5));
    ck_assert(ms_seq_le(0xfffffff0u, 0x10));
    ck_assert(ms_dsn_lt(UINT64_MAX, 0));
    ck_assert(!ms_dsn_lt(0, UINT64_MAX));
    ck_assert(ms_dsn_le(7, 7));
    ck_assert(ms_dsn_lt(0xffffffffu, 0x100000000u));
}
END_TEST

START_TEST(nearest)
{
    static const char *const words[] = {"expect", "send", "either", "until", NULL, "iut"};
    static const struct {
        const char *word, *want;
    } table[] = {
        {"expct", "expect"}, {"exepct", "expect"}, {"sned", "send"},     {"Send", "send"},
        {"send", "send"},    {"utnil", "until"},   {"iutt", "iut"},      {"", NULL},
        {"xyzzy", NULL},     {"q", NULL},          {"eithre", "either"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        const char *got = ms_nearest_word(table[i].word, words, MS_ARRAY_LEN(words));
        if (table[i].want == NULL)
            ck_assert_msg(got == NULL, "%s: got %s", table[i].word, got);
        else
            ck_assert_msg(got != NULL && strcmp(got, table[i].want) == 0, "%s: got %s",
                          table[i].word, got != NULL ? got : "nothing");
    }
    char longest[200];
    memset(longest, 'e', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const one[] = {longest};
    ck_assert_ptr_null(ms_nearest_word(longest, words, 1));
    ck_assert_ptr_null(ms_nearest_word("eee", one, 1));
}
END_TEST

START_TEST(clocks)
{
    const uint64_t before = ms_now_ns();
    ck_assert_uint_ge(ms_now_ns(), before);
    ck_assert_uint_gt(ms_wall_ns(), 1600000000000000000u);
}
END_TEST

UNIT_MAIN("base", error_texts, error_fill, arena, arena_array, buffer, octets, serial_numbers,
          nearest, clocks)
