/* SPDX-License-Identifier: MIT */
#include "netlab.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mptcpspec/programs.h"

enum { GUARD_MS = 60000 };

/* A network namespace with nothing but the loopback interface; false where the test cannot run. */
static bool own_loopback(void)
{
    if (!lab_ready() || !lab_has_pidfd())
        return false;
    struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    ck_assert(unshare(CLONE_NEWNET) == 0);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert(ioctl(fd, SIOCSIFFLAGS, &ifr) == 0);
    close(fd);
    return true;
}

static struct ms_programs *pool(void)
{
    struct ms_programs *p;
    LAB_OK(ms_programs_open(&p, err));
    return p;
}

static struct ms_program *start(struct ms_programs *p, const char *command)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_program_spec s = {.netns = -1};
    struct ms_program *g;
    LAB_OK(ms_argv_split(a, command, &s.argv, err));
    LAB_OK(ms_program_start(p, &s, &g, err));
    ms_arena_free(a);
    return g;
}

static void wait_readable(int fd, const char *what)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    ck_assert_msg(poll(&one, 1, GUARD_MS) == 1, "%s did not come", what);
}

/* Waits by the pool's descriptor, as an engine does. */
static int wait_end(struct ms_programs *p, struct ms_program *g)
{
    int status;
    while (!ms_program_ended(g, &status)) {
        wait_readable(ms_programs_fd(p), "the end of a program");
        LAB_OK(ms_programs_work(p, err));
    }
    return status;
}

static void wait_output(struct ms_programs *p, struct ms_program *g, const char *text)
{
    size_t len;
    while (strstr(ms_program_output(g, false, &len), text) == NULL) {
        ck_assert_msg(!ms_program_ended(g, NULL), "ended without \"%s\"", text);
        wait_readable(ms_programs_fd(p), text);
        LAB_OK(ms_programs_work(p, err));
    }
}

START_TEST(test_argv)
{
    static const struct {
        const char *text;
        const char *words[5];
        unsigned column; /* of the error, 0: none */
    } rows[] = {
        {"nc -l 5000", {"nc", "-l", "5000"}, 0},
        {"  a\t'b c'  \"d \\\" \\\\ \\n\" ", {"a", "b c", "d \" \\ \\n"}, 0},
        {"a'b'\"c\"d ''", {"abcd", ""}, 0},
        {"a\\ b \\$c", {"a b", "$c"}, 0},
        {"sh -c 'echo $HOME | wc'", {"sh", "-c", "echo $HOME | wc"}, 0},
        {"", {NULL}, 1},
        {"   ", {NULL}, 4},
        {"a 'b", {NULL}, 3},
        {"a \"b\\\"", {NULL}, 3},
        {"a b\\", {NULL}, 4},
        {"a | b", {NULL}, 3},
        {"echo $HOME", {NULL}, 6},
        {"a >b", {NULL}, 3},
        {"a\nb", {NULL}, 2},
    };
    struct ms_arena *a = ms_arena_new();
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        const char *const *argv;
        struct ms_error err = {0};
        int rc = ms_argv_split(a, rows[i].text, &argv, &err);
        ck_assert_msg(rc == (rows[i].column != 0 ? MS_ERR_PARSE : MS_OK), "%s: %s", rows[i].text,
                      err.msg);
        UNIT_NUM_EQ(err.column, rows[i].column);
        for (size_t k = 0; rc == MS_OK; k++) {
            ck_assert_msg((argv[k] == NULL) == (rows[i].words[k] == NULL), "%s: %zu words",
                          rows[i].text, k);
            if (argv[k] == NULL)
                break;
            ck_assert_str_eq(argv[k], rows[i].words[k]);
        }
    }
    char many[200];
    memset(many, 0, sizeof many);
    for (size_t i = 0; i < 65; i++)
        memcpy(many + 2 * i, "x ", 2);
    const char *const *argv;
    ck_assert(ms_argv_split(a, many, &argv, NULL) == MS_ERR_PARSE);
    many[128] = '\0';
    ck_assert(ms_argv_split(a, many, &argv, NULL) == MS_OK);
    ms_arena_free(a);
}
END_TEST

START_TEST(test_ss)
{
    /* The listing of two ends of a connection, one of them fallen back, and rubbish. */
    static const char text[] =
        "State    Recv-Q    Send-Q       Local Address:Port        Peer Address:Port    Process\n"
        "ESTAB    0         17               127.0.0.1:12345          127.0.0.1:52854    \n"
        "\t subflows:1 subflows_max:2 remote_key token:5bba80d9 write_seq:2266a099179e2476 "
        "snd_una:2266a099179e2476 rcv_nxt:de9999038d0a29a2\n"
        "rubbish\n"
        "\t subflows:9\n"
        "ESTAB    1         0                [::1]:52854          [::1]:12345 users:((\"nc\"))\n"
        "\t fallback token:zz subflows:99999999999999999999 x: csum_enabled:1";
    struct ms_arena *a = ms_arena_new();
    struct ms_ss_row *rows;
    uint64_t v;
    size_t n;

    ck_assert(ms_ss_parse(a, text, sizeof text - 1, &rows, &n, NULL) == MS_OK);
    UNIT_NUM_EQ(n, 2);
    ck_assert_str_eq(rows[0].state, "ESTAB");
    ck_assert_str_eq(rows[0].local, "127.0.0.1:12345");
    ck_assert_str_eq(rows[1].peer, "[::1]:12345");
    UNIT_NUM_EQ(rows[0].send_q, 17);
    UNIT_NUM_EQ(rows[1].recv_q, 1);
    static const struct {
        size_t row;
        const char *key;
        uint64_t value;
    } want[] = {
        {0, "subflows", 1},
        {0, "subflows_max", 2},
        {0, "remote_key", 1},
        {0, "token", 0x5bba80d9},
        {0, "write_seq", 0x2266a099179e2476},
        {0, "rcv_nxt", 0xde9999038d0a29a2},
        {1, "fallback", 1},
        {1, "csum_enabled", 1},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(want); i++) {
        ck_assert_msg(ms_ss_value(&rows[want[i].row], want[i].key, &v), "no %s", want[i].key);
        UNIT_NUM_EQ(v, want[i].value);
    }
    ck_assert(!ms_ss_value(&rows[1], "token", &v) && !ms_ss_value(&rows[1], "subflows", &v));
    UNIT_NUM_EQ(rows[1].n_items, 2);
    ms_arena_free(a);
}
END_TEST

START_TEST(test_run)
{
    size_t len;
    if (!own_loopback())
        return;
    struct ms_programs *p = pool();
    struct ms_program *g =
        start(p, "A=7 B='x y' sh -c 'echo out $A $B; pwd; echo err >&2; printf \"a\\0b\"; exit 3'");
    UNIT_NUM_EQ(wait_end(p, g), 3);
    const char *out = ms_program_output(g, false, &len);
    ck_assert_str_eq(out, "out 7 x y\n/tmp\na?b");
    UNIT_NUM_EQ(len, strlen(out));
    ck_assert_str_eq(ms_program_output(g, true, &len), "err\n");
    ck_assert_str_eq(ms_program_name(g), "A=7");
    LAB_OK(ms_program_signal(g, SIGTERM, err)); /* too late, no harm */
    wait_readable(ms_program_fd(g), "the end");

    /* A signal reaches what the program has started as well. */
    g = start(p, "sh -c 'sleep 1000 & echo started; wait; sleep 1000'");
    wait_output(p, g, "started");
    ck_assert(!ms_program_ended(g, NULL));
    LAB_OK(ms_program_signal(g, SIGTERM, err));
    UNIT_NUM_EQ(wait_end(p, g), 128 + SIGTERM);

    /* Files of the folder; the environment is the same whatever the caller's is. */
    struct ms_program_spec s = {.netns = -1, .stdin_file = "in", .stdout_file = "copy"};
    int fd = openat(ms_programs_folder(p), "in", O_WRONLY | O_CREAT, 0600);
    ck_assert(write(fd, "octets", 6) == 6);
    close(fd);
    s.argv = (const char *const[]){"cat", NULL};
    LAB_OK(ms_program_start(p, &s, &g, err));
    UNIT_NUM_EQ(wait_end(p, g), 0);
    char got[16];
    fd = openat(ms_programs_folder(p), "copy", O_RDONLY);
    ck_assert(read(fd, got, sizeof got) == 6 && memcmp(got, "octets", 6) == 0);
    close(fd);
    ms_program_output(g, false, &len);
    UNIT_NUM_EQ(len, 0);
    ms_programs_close(p);
}
END_TEST

START_TEST(test_output_is_bounded)
{
    size_t len;
    if (!own_loopback())
        return;
    struct ms_programs *p = pool();
    struct ms_program *g = start(p, "head -c 3000000 /dev/zero");
    UNIT_NUM_EQ(wait_end(p, g), 0);
    const char *out = ms_program_output(g, false, &len);
    UNIT_NUM_EQ(len, MS_PROGRAM_OUTPUT_MAX);
    ck_assert(out[0] == '?' && out[len] == '\0');
    ms_programs_close(p);
}
END_TEST

START_TEST(test_missing)
{
    static const struct {
        const char *program, *package;
    } rows[] = {
        {"sh", NULL}, {"/bin/sh", NULL}, {"/nowhere/iperf3", "iperf3"}, {"no-such-program", ""},
        {"/etc", ""}, {"", ""}};
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        const char *package = ms_program_missing(rows[i].program);
        ck_assert_msg((package == NULL) == (rows[i].package == NULL), "%s", rows[i].program);
        if (package != NULL)
            ck_assert_str_eq(package, rows[i].package);
    }
    if (!own_loopback())
        return;
    struct ms_programs *p = pool();
    struct ms_program *g = NULL;
    struct ms_error e = {0};
    struct ms_program_spec s = {.netns = -1,
                                .argv = (const char *const[]){"/nowhere/iperf3", NULL}};
    ck_assert(ms_program_start(p, &s, &g, &e) == MS_ERR_NOTFOUND && g == NULL);
    ck_assert_msg(strstr(e.msg, "Debian package iperf3") != NULL, "%s", e.msg);
    s.argv = (const char *const[]){"A=1", NULL};
    ck_assert(ms_program_start(p, &s, &g, &e) == MS_ERR_PARSE);
    s.argv = (const char *const[]){"cat", NULL};
    s.stdin_file = "not there";
    ck_assert(ms_program_start(p, &s, &g, &e) == MS_ERR_SYS);
    ck_assert_msg(strstr(e.msg, "not there") != NULL, "%s", e.msg);
    /* An executable that the kernel does not take. */
    int fd = openat(ms_programs_folder(p), "bad", O_WRONLY | O_CREAT, 0700);
    ck_assert(write(fd, "\177ELF", 4) == 4);
    close(fd);
    s = (struct ms_program_spec){.netns = -1,
                                 .argv = (const char *const[]){"sh", "-c", "exec ./bad", NULL}};
    LAB_OK(ms_program_start(p, &s, &g, err));
    ck_assert(wait_end(p, g) == 126);
    ms_programs_close(p);
}
END_TEST

/* A program that has left its process group and ignores signals; it listens as long as it lives. */
#define STUBBORN                                                                                   \
    "sh -c 'trap \"\" TERM HUP INT; setsid nc -k -l 127.0.0.1 4433 >/dev/null 2>&1 & echo up; "    \
    "wait'"

static bool listening(void)
{
    struct ms_error err;
    int rc = ms_listening(-1, 4433, &err);
    ck_assert_msg(rc >= 0, "%s", err.msg);
    return rc == 1;
}

static void wait_listening(void)
{
    for (uint64_t end = ms_now_ns() + 60000000000U; !listening();)
        ck_assert_msg(ms_now_ns() < end, "nobody listens");
}

START_TEST(test_close_kills)
{
    if (!own_loopback() || ms_program_missing("nc") != NULL)
        return;
    struct ms_programs *p = pool();
    start(p, STUBBORN);
    wait_listening();
    ms_programs_close(p);
    ck_assert(!listening());
    ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}
END_TEST

START_TEST(test_owner_killed)
{
    int words[2];
    if (!own_loopback() || ms_program_missing("nc") != NULL)
        return;
    ck_assert(pipe(words) == 0);
    pid_t owner = fork();
    if (owner == 0) {
        struct ms_programs *p = pool();
        start(p, STUBBORN);
        wait_listening();
        _exit(write(words[1], "x", 1) == 1 && pause() == 0);
    }
    wait_readable(words[0], "the owner's word");
    ck_assert(listening());
    kill(owner, SIGKILL);
    ck_assert(waitpid(owner, NULL, 0) == owner);
    /* The first process gets its own death by the owner's: soon, not at once. */
    for (uint64_t end = ms_now_ns() + 60000000000U; listening();)
        ck_assert_msg(ms_now_ns() < end, "programs outlive their owner");
}
END_TEST

/* The folder is nobody else's. */
START_TEST(test_folder_is_private)
{
    struct stat st;
    char path[64];
    if (!own_loopback())
        return;
    struct ms_programs *p = pool();
    struct ms_program *g = start(p, "sh -c 'echo >/tmp/ms-private-probe; ls -a /tmp; echo $TMPDIR "
                                    "$HOME; ls /proc | grep -c \"^[0-9]\"'");
    UNIT_NUM_EQ(wait_end(p, g), 0);
    snprintf(path, sizeof path, "%s/ms-private-probe", ms_programs_dir(p));
    ck_assert(stat(path, &st) != 0);
    ck_assert(fstatat(ms_programs_folder(p), "ms-private-probe", &st, 0) == 0);
    ms_programs_close(p);
}
END_TEST

static struct ms_transfer *begin(struct ms_programs *p, const struct ms_transfer_spec *s)
{
    struct ms_transfer *t;
    LAB_OK(ms_transfer_start(p, s, &t, err));
    return t;
}

static const struct ms_transfer_result *finish(struct ms_transfer *t)
{
    for (;;) {
        struct ms_error err = {0};
        int rc = ms_transfer_work(t, &err);
        ck_assert_msg(rc >= 0, "%s", err.msg);
        if (rc == 1)
            return ms_transfer_result(t);
        wait_readable(ms_transfer_fd(t), "the end of a transfer");
    }
}

static struct ms_transfer_spec spec(const char *tool, enum ms_flow_dir dir)
{
    return (struct ms_transfer_spec){
        .name = "t",
        .tool = ms_tool_find(tool),
        .dir = dir,
        .octets = 3000001,
        .seed = 42,
        .to = lab_addr("127.0.0.1"),
        .port = 4433,
        .netns_client = -1,
        .netns_server = -1,
    };
}

static bool can(const struct ms_tool *t, enum ms_flow_dir dir)
{
    return dir == MS_FLOW_UP ? t->up : dir == MS_FLOW_DOWN ? t->down : t->both;
}

static void one_transfer(struct ms_programs *p, const struct ms_tool *tool, enum ms_flow_dir dir,
                         const char *to, const char *from)
{
    struct ms_transfer_spec s = spec(tool->name, dir);
    s.to = lab_addr(to);
    if (from != NULL)
        s.from = lab_addr(from);
    const struct ms_transfer_result *r = finish(begin(p, &s));
    ck_assert_msg(r->ended && r->well && r->unchanged, "%s %d to %s: %s", tool->name, dir, to,
                  r->why);
    ck_assert_str_eq(r->why, "");
    for (enum ms_flow_dir d = MS_FLOW_UP; d <= MS_FLOW_DOWN; d++) {
        bool moved = dir == d || dir == MS_FLOW_BOTH;
        if (!tool->content)
            continue;
        UNIT_NUM_EQ(r->octets[d], moved ? s.octets : 0);
        UNIT_NUM_EQ(strlen(r->sha_want[d]), moved ? 64 : 0);
        ck_assert_str_eq(r->sha_want[d], r->sha_got[d]);
    }
}

START_TEST(test_tools)
{
    char missing[64];
    if (!own_loopback())
        return;
    struct ms_programs *p = pool();
    for (const struct ms_tool *t = ms_tools; t->name != NULL; t++)
        for (enum ms_flow_dir dir = MS_FLOW_UP; dir <= MS_FLOW_BOTH; dir++) {
            if (ms_tool_missing(t, false, missing, sizeof missing) != NULL) {
                printf("without %s\n", missing);
                continue;
            }
            if (!can(t, dir)) {
                struct ms_transfer_spec s = spec(t->name, dir);
                struct ms_transfer *out;
                ck_assert(ms_transfer_start(p, &s, &out, NULL) == MS_ERR_UNSUPPORTED);
                continue;
            }
            one_transfer(p, t, dir, "127.0.0.1", "127.0.0.7");
            one_transfer(p, t, dir, "::1", NULL);
        }
    ms_programs_close(p);
}
END_TEST

/* The content is what the header says. */
START_TEST(test_content)
{
    if (!own_loopback())
        return;
    struct ms_programs *p = pool();
    struct ms_transfer_spec s = spec("native", MS_FLOW_BOTH);
    const struct ms_transfer_result *r = finish(begin(p, &s));
    uint8_t *octets = malloc(s.octets);
    char sha[65];
    ck_assert(r->unchanged);
    for (unsigned d = 0; d < 2; d++) {
        ms_stream_fill(s.seed + d, 0, octets, s.octets);
        ms_sha256_hex(octets, s.octets, sha);
        ck_assert_str_eq(r->sha_got[d], sha);
    }
    free(octets);
    ms_programs_close(p);
}
END_TEST

/* Directions of very unequal length: no tool ends early because its peer has. */
START_TEST(test_slow_server)
{
    static const char *const tools[] = {"native", "ncat", "nc"};
    char missing[64];
    if (!own_loopback())
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(tools); i++) {
        struct ms_transfer_spec s = spec(tools[i], MS_FLOW_BOTH);
        if (ms_tool_missing(s.tool, false, missing, sizeof missing) != NULL)
            continue;
        s.octets = 20000000;
        struct ms_programs *p = pool();
        struct ms_transfer *t = begin(p, &s);
        /* Nothing to send any more for the client, which has not started yet: it is at its end at once. */
        int fd = openat(ms_programs_folder(p), "transfer0.up", O_WRONLY | O_TRUNC);
        ck_assert(fd >= 0);
        close(fd);
        const struct ms_transfer_result *r = finish(t);
        ck_assert_msg(r->unchanged && r->octets[0] == 0 && r->octets[1] == s.octets, "%s: %s",
                      tools[i], r->why);
        ms_programs_close(p);
    }
}
END_TEST

START_TEST(test_failing_transfers)
{
    if (!own_loopback())
        return;
    struct ms_programs *p = pool();
    /* The client cannot bind: it fails, and its server is stopped. */
    struct ms_transfer_spec s = spec("native", MS_FLOW_UP);
    s.from = lab_addr("192.0.2.1");
    const struct ms_transfer_result *r = finish(begin(p, &s));
    ck_assert_msg(!r->well && !r->unchanged && r->status_client == 1, "%s", r->why);
    ck_assert_msg(strstr(r->why, "t's client ended with status 1: bind: ") == r->why, "%s", r->why);

    /* The port is taken, by one who does not listen. */
    s = spec("native", MS_FLOW_DOWN);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr sa = {.sa_family = AF_INET};
    const uint8_t port_and_address[] = {4433 >> 8, 4433 & 255, 127, 0, 0, 1};
    memcpy(sa.sa_data, port_and_address, sizeof port_and_address);
    ck_assert(bind(fd, &sa, sizeof(struct sockaddr)) == 0);
    r = finish(begin(p, &s));
    ck_assert_msg(r->ended && !r->well && r->status_server == 1, "%s", r->why);
    ck_assert_str_eq(r->why, "the server ended before it listened");
    close(fd);

    /* The port is free again, for plain TCP as well. */
    s = spec("native", MS_FLOW_BOTH);
    s.plain_client = s.plain_server = true;
    ck_assert(finish(begin(p, &s))->unchanged);

    struct ms_error err = {0};
    struct ms_transfer *t;
    s.octets = (uint64_t)1 << 40;
    ck_assert(ms_transfer_start(p, &s, &t, &err) == MS_ERR_RANGE);
    ms_programs_close(p);
}
END_TEST

/* A client that hangs (its server never answers) is gone with the pool. */
START_TEST(test_hanging)
{
    if (!own_loopback())
        return;
    struct ms_programs *p = pool();
    struct ms_transfer_spec s = spec("native", MS_FLOW_BOTH);
    struct ms_transfer *t = begin(p, &s);
    LAB_OK(ms_program_signal(ms_transfer_program(t, true), SIGSTOP, err));
    ck_assert(ms_transfer_program(t, false) == NULL || !ms_transfer_result(t)->ended);
    ms_programs_close(p);
    ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}
END_TEST

START_TEST(test_ss_lives)
{
    if (!own_loopback() || ms_program_missing("ss") != NULL)
        return;
    struct ms_programs *p = pool();
    struct ms_arena *a = ms_arena_new();
    struct ms_program *g;
    struct ms_ss_row *rows;
    size_t n, len;
    int listener = socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
    ck_assert(listener >= 0 && listen(listener, 1) == 0);
    struct ms_program_spec s = {.netns = -1, .argv = ms_ss_argv};
    LAB_OK(ms_program_start(p, &s, &g, err));
    UNIT_NUM_EQ(wait_end(p, g), 0);
    const char *text = ms_program_output(g, false, &len);
    LAB_OK(ms_ss_parse(a, text, len, &rows, &n, err));
    UNIT_NUM_EQ(n, 1);
    ck_assert_str_eq(rows[0].state, "LISTEN");
    close(listener);
    ms_arena_free(a);
    ms_programs_close(p);
}
END_TEST

UNIT_MAIN("programs", test_argv, test_ss, test_run, test_output_is_bounded, test_missing,
          test_close_kills, test_owner_killed, test_folder_is_private, test_tools, test_content,
          test_slow_server, test_failing_transfers, test_hanging, test_ss_lives)
