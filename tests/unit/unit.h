/* SPDX-License-Identifier: MIT */
/* Thin cover over libcheck: a test file lists its tests in one table and gets its main(). */
#ifndef MPTCPSPEC_UNIT_H
#define MPTCPSPEC_UNIT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/base.h"

/* Fails with both octet strings as hex when they differ. */
static inline void unit_octets_eq(const char *what, const void *got, size_t got_len,
                                  const void *want, size_t want_len)
{
    if (got_len == want_len && (want_len == 0 || memcmp(got, want, want_len) == 0))
        return;
    struct ms_buf b = {0};
    ms_buf_printf(&b, "%s:\n  want %zu:", what, want_len);
    for (size_t i = 0; i < want_len; i++)
        ms_buf_printf(&b, " %02x", ((const uint8_t *)want)[i]);
    ms_buf_printf(&b, "\n  got  %zu:", got_len);
    for (size_t i = 0; i < got_len; i++)
        ms_buf_printf(&b, " %02x", ((const uint8_t *)got)[i]);
    ck_abort_msg("%s", b.data);
}

#define UNIT_NUM_EQ(got, want)                                                                     \
    do {                                                                                           \
        unsigned long long unit_got = (unsigned long long)(got);                                   \
        unsigned long long unit_want = (unsigned long long)(want);                                 \
        ck_assert_msg(unit_got == unit_want, "%s: want %llu (0x%llx), got %llu (0x%llx)", #got,    \
                      unit_want, unit_want, unit_got, unit_got);                                   \
    } while (0)

/* UNIT_MAIN("wire", test_a, test_b): one suite, one case, main() that runs it in fork mode. */
#define UNIT_MAIN(name, ...)                                                                       \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        Suite *s = suite_create(name);                                                             \
        TCase *c = tcase_create(name);                                                             \
        tcase_set_timeout(c, 120);                                                                 \
        for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)                                \
            tcase_add_test(c, tests[i]);                                                           \
        suite_add_tcase(s, c);                                                                     \
        SRunner *r = srunner_create(s);                                                            \
        srunner_run_all(r, CK_ENV);                                                                \
        int failed = srunner_ntests_failed(r);                                                     \
        srunner_free(r);                                                                           \
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                               \
    }

#endif
