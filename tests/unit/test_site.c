/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <unistd.h>

#include "mptcpspec/site.h"
#include "site/lines.h"
#include "unit.h"

START_TEST(test_spec)
{
    static const struct {
        const char *text;
        int kind; /* -1: refused */
        const char *argument, *addr;
        unsigned port;
    } rows[] = {
        {"local", MS_SITE_LOCAL, "", NULL, 0},
        {"exec:ssh lab mptcpspec agent --stdio", MS_SITE_EXEC, "ssh lab mptcpspec agent --stdio",
         NULL, 0},
        {"exec: ", MS_SITE_EXEC, " ", NULL, 0},
        {"unix:/run/a:b", MS_SITE_UNIX, "/run/a:b", NULL, 0},
        {"host:192.0.2.1:80", MS_SITE_HOST, "192.0.2.1:80", "192.0.2.1", 80},
        {"host:[2001:db8::1]:65535", MS_SITE_HOST, "[2001:db8::1]:65535", "2001:db8::1", 65535},
        {"", -1, NULL, NULL, 0},
        {"local:", MS_SITE_LOCAL, "", NULL, 0},
        {"local:x", -1, NULL, NULL, 0},
        {"exec", -1, NULL, NULL, 0},
        {"exec:", -1, NULL, NULL, 0},
        {"unix:", -1, NULL, NULL, 0},
        {"ssh:lab", -1, NULL, NULL, 0},
        {"host:", -1, NULL, NULL, 0},
        {"host:192.0.2.1", -1, NULL, NULL, 0},
        {"host:192.0.2.1:", -1, NULL, NULL, 0},
        {"host:192.0.2.1:0", -1, NULL, NULL, 0},
        {"host:192.0.2.1:65536", -1, NULL, NULL, 0},
        {"host:192.0.2.1:-1", -1, NULL, NULL, 0},
        {"host:192.0.2.1:8o", -1, NULL, NULL, 0},
        {"host:2001:db8::1:80", -1, NULL, NULL, 0},
        {"host:[192.0.2.1]:80", -1, NULL, NULL, 0},
        {"host:[]:80", -1, NULL, NULL, 0},
        {"host:lab.example:80", -1, NULL, NULL, 0},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        struct ms_site_spec s = {0};
        struct ms_error err = {0};
        char text[46];
        int rc = ms_site_spec_parse(rows[i].text, &s, &err);
        if (rows[i].kind < 0) {
            ck_assert_msg(rc == MS_ERR_PARSE && *err.msg, "'%s' was taken", rows[i].text);
            continue;
        }
        ck_assert_msg(rc == MS_OK, "'%s': %s", rows[i].text, err.msg);
        UNIT_NUM_EQ(s.kind, rows[i].kind);
        ck_assert_str_eq(s.argument, rows[i].argument);
        UNIT_NUM_EQ(s.port, rows[i].port);
        if (rows[i].addr)
            ck_assert_str_eq(ms_addr_text(&s.addr, text), rows[i].addr);
    }
}
END_TEST

static void feed(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        ck_assert(w > 0);
        p += w;
        n -= (size_t)w;
    }
}

static void next_is(struct lines *l, const char *want)
{
    size_t n = 0;
    const char *got = lines_next(l, &n);
    if (!want) {
        ck_assert_msg(got == NULL, "a line of %zu octets came", n);
        return;
    }
    ck_assert_msg(got != NULL, "'%s' did not come", want);
    unit_octets_eq("line", got, n, want, strlen(want));
}

START_TEST(test_lines)
{
    int p[2], cause;
    char big[MS_AGENT_LINE_MAX + 10];
    struct lines *l = calloc(1, sizeof *l);
    ck_assert(l && pipe2(p, O_NONBLOCK) == 0);
    ck_assert(lines_read(l, p[0], &cause) == LINES_NOTHING);
    next_is(l, NULL);
    feed(p[1], "one\ntw", 6);
    ck_assert(lines_read(l, p[0], &cause) == LINES_SOME);
    next_is(l, "one");
    next_is(l, NULL);
    feed(p[1], "o\r\n\n", 4);
    ck_assert(lines_read(l, p[0], &cause) == LINES_SOME);
    next_is(l, "two");
    next_is(l, "");
    next_is(l, NULL);

    /* The longest line there is, then one octet more, which is passed over to its end. */
    memset(big, 'x', sizeof big);
    feed(p[1], big, MS_AGENT_LINE_MAX - 1);
    feed(p[1], "\n", 1);
    ck_assert(lines_read(l, p[0], &cause) == LINES_SOME);
    size_t n = 0;
    ck_assert(lines_next(l, &n) != NULL);
    UNIT_NUM_EQ(n, MS_AGENT_LINE_MAX - 1);
    UNIT_NUM_EQ(l->too_long, 0);
    feed(p[1], big, MS_AGENT_LINE_MAX);
    ck_assert(lines_read(l, p[0], &cause) == LINES_SOME);
    next_is(l, NULL);
    UNIT_NUM_EQ(l->too_long, 1);
    feed(p[1], "still it\nafter\n", 15);
    ck_assert(lines_read(l, p[0], &cause) == LINES_SOME);
    next_is(l, "after");
    next_is(l, NULL);
    UNIT_NUM_EQ(l->too_long, 1);

    feed(p[1], "half", 4);
    close(p[1]);
    ck_assert(lines_read(l, p[0], &cause) == LINES_SOME);
    ck_assert(lines_read(l, p[0], &cause) == LINES_END);
    UNIT_NUM_EQ(cause, 0);
    next_is(l, NULL);
    close(p[0]);
    free(l);
}
END_TEST

UNIT_MAIN("site", test_spec, test_lines)
