/* SPDX-License-Identifier: MIT */
/* The captures of seeds/, made from listings that others published of real connections. */
#include <unistd.h>

#include "listing.h"

static const char *const seeds[] = {"loopback", "internet", "two-subflows", "no-data-ack"};

static void read_seed(const char *name, struct listing *l, struct capture *cap)
{
    char path[128];
    snprintf(path, sizeof path, "tests/lint/seeds/%s.txt", name);
    listing_read(l, path, cap);
}

/* Newer versions of tcpdump print an option's length where older ones did not. */
static void without_length(char *line)
{
    char *at = strstr(line, "mptcp "), *end;
    if (!at)
        return;
    strtoul(at + 6, &end, 10);
    if (end != at + 6)
        memmove(at + 6, end + 1, strlen(end));
}

/* tcpdump names interfaces of this machine: the names of the listing are put in the place of what it says. */
static void same_lines(const struct listing *l, FILE *got)
{
    char line[1024];
    const char *want = l->text.data;
    while (fgets(line, sizeof line, got)) {
        without_length(line);
        size_t n = strcspn(want, "\n");
        char *from = line;
        const char *w = want;
        if (l->n_iface) {
            ck_assert_int_eq(strncmp(line, want, 16), 0);
            from = strstr(line, " IP ");
            w = strstr(want, " IP ");
            ck_assert(from && w);
        }
        ck_assert_msg(strncmp(from, w, n - (size_t)(w - want)) == 0, "want %.*s\ngot  %s", (int)n,
                      want, line);
        want += n + 1;
    }
    ck_assert_msg(!*want, "missing: %s", want);
}

/* What tcpdump shows of the capture is the listing that it was made from. */
START_TEST(rebuilt)
{
    if (system("command -v tcpdump >/dev/null") != 0) {
        puts("rebuilt: left out, tcpdump is not here");
        return;
    }
    for (size_t i = 0; i < MS_ARRAY_LEN(seeds); i++) {
        char path[] = "/tmp/mptcpspec-seed-XXXXXX", cmd[128];
        struct listing l;
        struct capture cap = {0};
        int fd = mkstemp(path);
        ck_assert_int_ge(fd, 0);
        close(fd);
        read_seed(seeds[i], &l, &cap);
        cap_write(&cap, path);
        snprintf(cmd, sizeof cmd, "TZ=UTC tcpdump --micro -n -r %s 2>/dev/null", path);
        FILE *f = popen(cmd, "r");
        ck_assert_ptr_nonnull(f);
        same_lines(&l, f);
        ck_assert_int_eq(pclose(f), 0);
        unlink(path);
        cap_free(&cap);
        ms_buf_free(&l.text);
    }
}
END_TEST

UNIT_MAIN("seeds", rebuilt)
