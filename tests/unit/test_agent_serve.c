/* SPDX-License-Identifier: MIT */
/* An agent at work: streams, sessions, what is left when one of those who take part is killed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mptcpspec/agent.h"
#include "mptcpspec/crypto.h"
#include "netlab.h"
#include "topo/nl.h"

enum { GUARD_MS = 20000, FILES = 100 /* that an agent may open */ };

static volatile int stop;
static void on_signal(int sig)
{
    (void)sig;
    stop = 1;
}

/* ---- an agent in a process of its own, and a stream to it ---- */

enum way { STREAM, SOCKET, DEVICE };

struct stream {
    int fd;
    struct ms_buf in;
};

static struct ms_net net; /* the agent is in ns_iut, with iut1 as its interface */
static char line[MS_AGENT_LINE_MAX];

/* `other` (-1: none) is the tester's end of the stream. */
static pid_t start_agent(enum way way, const char *path, int fd, int other, bool iface)
{
    struct ms_agent_settings set = {.stop = &stop, .n_ifaces = iface};
    struct ms_agent *a;
    struct ms_error err;
    struct sigaction sa = {.sa_handler = on_signal};

    pid_t pid = fork();
    if (pid != 0)
        return pid;
    if (other >= 0)
        close(other);
    snprintf(set.iface[0], sizeof set.iface[0], "iut1");
    sigaction(SIGTERM, &sa, NULL);
    /* As whoever starts it may have left things. */
    signal(SIGCHLD, SIG_IGN);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){FILES, FILES});
    if (net.n_paths != 0 && ms_net_enter_iut(&net, &err) != MS_OK)
        _exit(3);
    int rc = ms_agent_prepare(&set, &a, &err);
    if (rc == MS_OK)
        rc = way == STREAM   ? ms_agent_serve_stream(a, fd, fd, &err)
             : way == SOCKET ? ms_agent_serve_unix(a, path, &err)
                             : ms_agent_serve_device(a, path, &err);
    if (rc != MS_OK)
        fprintf(stderr, "%s\n", err.msg);
    ms_agent_free(a);
    _exit(rc == MS_OK ? 0 : 2);
}

__attribute__((format(printf, 2, 3))) static void say(struct stream *s, const char *fmt, ...)
{
    char text[MS_AGENT_LINE_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text - 1, fmt, ap);
    va_end(ap);
    text[n++] = '\n';
    ck_assert_int_eq(write(s->fd, text, (size_t)n), n);
}

/* The next line, or NULL at the end of the stream. */
static const char *next_line(struct stream *s)
{
    char *end;
    while (s->in.len == 0 || (end = memchr(s->in.data, '\n', s->in.len)) == NULL) {
        char chunk[65536];
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        ck_assert_msg(poll(&p, 1, GUARD_MS) == 1, "nothing comes; so far: %s",
                      s->in.len != 0 ? s->in.data : "");
        ssize_t n = read(s->fd, chunk, sizeof chunk);
        if (n <= 0)
            return NULL;
        ms_buf_add(&s->in, chunk, (size_t)n);
    }
    size_t n = (size_t)(end - s->in.data);
    ck_assert(n < sizeof line);
    memcpy(line, s->in.data, n);
    line[n] = '\0';
    memmove(s->in.data, end + 1, s->in.len - n - 1);
    s->in.len -= n + 1;
    s->in.data[s->in.len] = '\0';
    return line;
}

/* Passes lines over up to one that begins so. */
static const char *hear(struct stream *s, const char *begins)
{
    const char *l;
    while ((l = next_line(s)) != NULL && strncmp(l, begins, strlen(begins)) != 0)
        ;
    ck_assert_msg(l != NULL, "the stream ended before \"%s\"", begins);
    return l;
}

/* Says a request, the answer to which (data or the last line) must begin so behind S.ID. */
__attribute__((format(printf, 3, 4))) static void answer(struct stream *s, const char *want,
                                                         const char *fmt, ...)
{
    char text[1024], started[64];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    say(s, "%s", text);
    size_t n = strcspn(text, " ") + 1;
    snprintf(started, sizeof started, "%.*sstarted", (int)n, text);
    text[n] = '\0';
    const char *l;
    do
        l = hear(s, text);
    while (strcmp(l, started) == 0);
    ck_assert_msg(strncmp(l + n, want, strlen(want)) == 0, "%s%s, not: %s", text, want, l);
}

static void greet(struct stream *s)
{
    static unsigned n;
    char want[64];
    say(s, "0.1 hello version=1 nonce=n%u", ++n);
    snprintf(want, sizeof want, "0.1 ok version=1 nonce=n%u ", n);
    hear(s, want);
}

static void close_stream(struct stream *s)
{
    close(s->fd);
    ms_buf_free(&s->in);
}

/* A session on its own MAC address; the topology's addresses are always the same. */
static void fresh(struct stream *s, unsigned number, const char *more)
{
    answer(s, "ok ipv6=",
           "%u.1 fresh paths=1 mac=02aa%04x a1=i1,i,0,10.9.0.2/24,fd00:9::2/64 "
           "a2=t1,t,0,10.9.0.1/24,fd00:9::1/64 port=4433%s",
           number, number, more);
}

static int connect_to(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    for (uint64_t until = ms_now_ns() + GUARD_MS * 1000000ull; ms_now_ns() < until;) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
            return fd;
        close(fd);
        sched_yield(); /* it is being started */
    }
    ck_abort_msg("nobody listens on %s", path);
    return -1;
}

/* The first child of a process, 0 if it has none. */
static pid_t child_of(pid_t pid, const char *name)
{
    char path[96], text[4096], comm[32] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    FILE *f = fopen(path, "r");
    size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f != NULL)
        fclose(f);
    text[n] = '\0';
    char *save = NULL;
    for (char *p = strtok_r(text, " ", &save); p != NULL; p = strtok_r(NULL, " ", &save)) {
        snprintf(path, sizeof path, "/proc/%s/comm", p);
        f = fopen(path, "r");
        bool same = f != NULL && fgets(comm, sizeof comm, f) != NULL &&
                    strncmp(comm, name, strlen(name)) == 0;
        if (f != NULL)
            fclose(f);
        if (same)
            return (pid_t)atoi(p);
    }
    return 0;
}

/* All descendants that are left are ours (we are their subreaper): waits for them, and gives the status of one. */
static int all_gone(pid_t of)
{
    int status, wanted = -1;
    pid_t pid;
    alarm(GUARD_MS / 1000);
    while ((pid = waitpid(-1, &status, 0)) > 0)
        if (pid == of)
            wanted = status;
    ck_assert_int_eq(errno, ECHILD);
    alarm(0);
    return wanted;
}

static bool lab(void)
{
    static struct ms_topo t;
    if (!lab_ready() || !lab_has_pidfd())
        return false;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    return true;
}

static pid_t start_stream(struct stream *s, bool iface)
{
    int ends[2];
    ck_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    pid_t pid = start_agent(STREAM, NULL, ends[1], ends[0], iface);
    close(ends[1]);
    *s = (struct stream){.fd = ends[0]};
    return pid;
}

static bool offloads_on(void)
{
    struct ethtool_value v = {.cmd = ETHTOOL_GTXCSUM};
    struct ifreq ifr = {.ifr_data = (char *)&v};
    struct ms_error err;
    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "iut1");
    ck_assert(ms_net_enter_iut(&net, &err) == MS_OK);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert(ioctl(fd, SIOCETHTOOL, &ifr) == 0);
    close(fd);
    ck_assert(ms_net_enter_tester(&net, &err) == MS_OK);
    return v.data != 0;
}

static void offloads_set(void)
{
    struct ethtool_value v = {.cmd = ETHTOOL_STXCSUM, .data = 1};
    struct ifreq ifr = {.ifr_data = (char *)&v};
    struct ms_error err;
    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "iut1");
    ck_assert(ms_net_enter_iut(&net, &err) == MS_OK);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert(ioctl(fd, SIOCETHTOOL, &ifr) == 0);
    close(fd);
    ck_assert(ms_net_enter_tester(&net, &err) == MS_OK);
}

/* ---- tests ---- */

START_TEST(test_life)
{
    struct stream s;
    if (!lab())
        return;
    offloads_set();
    pid_t agent = start_stream(&s, true);
    answer(&s, "err NOSESSION", "0.9 ping");
    greet(&s);
    ck_assert_msg(strstr(line, " modes=fresh,shared ifaces=iut1 ") != NULL, "%s", line);
    ck_assert(!offloads_on());
    fresh(&s, 1, " service=discard");
    answer(&s, "err EXISTS", "1.2 shared");
    answer(&s, "err NOSESSION", "2.2 listen");
    answer(&s, "err BADVERB", "1.3 dance");
    answer(&s, "ok", "1.4 listen");
    answer(&s, "err BADLINE", "1.5 listen port");
    say(&s, "1.5 accept name=other\n1.5 received");
    hear(&s, "1.5 err EXISTS");
    answer(&s, "err UNSUPPORTED", "1.6 sysctl text=kernel.no_such text2=1");
    answer(&s, "err EINVAL", "1.6 sysctl text=net.//.kernel.no_such text2=1");
    answer(&s, "err ENOPROTOOPT", "1.6 sockopt text=nonsense name=later num=1");
    answer(&s, "ok", "1.6 close-listener");
    ck_assert_msg(strcmp(line, "1.6 ok num=0") == 0, "%s", line);
    answer(&s, "ok", "1.6 end");
    answer(&s, "err NOSESSION", "1.7 listen");
    /* The same number and the same MAC address again, at once. */
    fresh(&s, 1, " service=discard");
    /* What came in one piece with a hello that has sessions to end is taken up when they are gone. */
    say(&s, "0.3 hello version=1 nonce=again\n0.4 ping");
    hear(&s, "0.3 ok version=1 nonce=again ");
    hear(&s, "0.4 ok");
    answer(&s, "err NOSESSION", "1.8 listen");
    answer(&s, "ok", "0.2 bye");
    ck_assert(next_line(&s) == NULL);
    ck_assert_int_eq(all_gone(agent), 0);
    ck_assert(offloads_on());
    close_stream(&s);
}
END_TEST

/* A tester that opens sessions does not keep an agent that is told to end. */
START_TEST(test_stopped)
{
    struct stream s;
    if (!lab())
        return;
    pid_t agent = start_stream(&s, true);
    greet(&s);
    for (unsigned i = 1; i <= 4; i++)
        fresh(&s, i, "");
    kill(agent, SIGTERM);
    for (unsigned i = 5; i <= 8; i++) {
        char text[64];
        int n = snprintf(text, sizeof text, "%u.1 fresh paths=1 mac=02aa%04x\n", i, i);
        if (send(s.fd, text, (size_t)n, MSG_NOSIGNAL) != n)
            break; /* it has ended already */
    }
    ck_assert_int_eq(all_gone(agent), 0);
    close_stream(&s);
}
END_TEST

/* An interface has one agent: a second one would be robbed of the settings when the first ends. */
START_TEST(test_one_agent)
{
    struct stream s, other;
    if (!lab())
        return;
    pid_t agent = start_stream(&s, true);
    greet(&s);
    pid_t second = start_stream(&other, true);
    int status;
    ck_assert_int_eq(waitpid(second, &status, 0), second);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    close_stream(&other);
    fresh(&s, 1, "");
    kill(agent, SIGKILL);
    /* Not so if the first is ending. */
    second = start_stream(&other, true);
    greet(&other);
    ck_assert(!offloads_on());
    fresh(&other, 1, "");
    close_stream(&s);
    close_stream(&other);
    ck_assert_int_eq(all_gone(second), 0);
}
END_TEST

/* Two sessions with the same addresses on one interface have nothing to do with each other. */
START_TEST(test_side_by_side)
{
    struct stream s;
    if (!lab())
        return;
    pid_t agent = start_stream(&s, true);
    greet(&s);
    for (unsigned i = 1; i <= 2; i++) {
        fresh(&s, i, " service=none seed=5");
        answer(&s, "ok", "%u.2 listen", i);
        answer(&s, "ok", "%u.3 connect name=a addr=10.9.0.2", i);
        answer(&s, "ok num=0 name=b", "%u.4 accept name=b", i);
    }
    answer(&s, "ok", "1.5 sysctl text=net.ipv4.tcp_fin_timeout text2=17");
    answer(&s, "ok num=0 text=60", "2.5 sysctl-get text=net.ipv4.tcp_fin_timeout");
    answer(&s, "ok num=0 text=17", "1.6 sysctl-get text=net.ipv4.tcp_fin_timeout");
    say(&s, "1.7 recv name=b num=100000"); /* waits, and holds up nobody */
    answer(&s, "ok num=70", "2.6 send name=a num=70");
    answer(&s, "ok num=70", "2.7 recv name=b num=70");
    say(&s, "1.8 send name=a num=100000");
    hear(&s, "1.7 ok num=100000");
    answer(&s, "ok total=70", "2.8 received name=b from=70");
    say(&s, "2.9 expect-eof name=b");
    hear(&s, "2.9 started");
    say(&s, "2.10 end");
    hear(&s, "2.9 err ECANCELED"); /* what waits is answered before the end is */
    hear(&s, "2.10 ok");
    answer(&s, "data b64=", "1.9 received name=b from=99990");
    hear(&s, "1.9 ok total=100000");
    close_stream(&s);
    ck_assert_int_eq(all_gone(agent), 0);
}
END_TEST

/* A session that dies takes nothing with it. */
START_TEST(test_session_killed)
{
    struct stream s;
    if (!lab())
        return;
    pid_t agent = start_stream(&s, true);
    greet(&s);
    fresh(&s, 1, "");
    pid_t victim = child_of(agent, "agent-session");
    ck_assert_int_gt(victim, 0);
    fresh(&s, 2, "");
    kill(victim, SIGKILL);
    hear(&s, "1.0 end text=its%20process%20was%20ended%20by%20signal%209");
    answer(&s, "err NOSESSION", "1.2 listen");
    answer(&s, "ok", "2.2 listen");
    fresh(&s, 1, "");
    close_stream(&s);
    ck_assert_int_eq(all_gone(agent), 0);
}
END_TEST

START_TEST(test_agent_killed)
{
    struct stream s;
    struct stat st;
    char path[64];
    if (!lab())
        return;
    snprintf(path, sizeof path, "/tmp/mptcpspec-agent-%d", getpid());
    offloads_set();
    pid_t agent = start_agent(SOCKET, path, -1, -1, true);
    s = (struct stream){.fd = connect_to(path)};
    ck_assert(stat(path, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0600);
    greet(&s);
    fresh(&s, 1, "");
    answer(&s, "ok", "1.2 listen");
    kill(agent, SIGKILL);
    int status = all_gone(agent);
    ck_assert(WIFSIGNALED(status));
    ck_assert(next_line(&s) == NULL);
    ck_assert(stat(path, &st) != 0 && errno == ENOENT);
    ck_assert(offloads_on());
    close_stream(&s);
}
END_TEST

/* Several clients of a socket; one that goes takes its sessions only; files in the way. */
START_TEST(test_socket)
{
    struct stream a, b;
    struct stat st;
    char path[64];
    if (!lab())
        return;
    snprintf(path, sizeof path, "/tmp/mptcpspec-agent-%d", getpid());
    ck_assert(close(open(path, O_CREAT | O_WRONLY, 0600)) == 0);
    ck_assert_int_eq(WEXITSTATUS(all_gone(start_agent(SOCKET, path, -1, -1, false))), 2);
    ck_assert(unlink(path) == 0);
    /* One that nobody listens on. */
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
    int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert(bind(dead, (struct sockaddr *)&un, sizeof un) == 0);
    close(dead);

    pid_t agent = start_agent(SOCKET, path, -1, -1, true);
    a = (struct stream){.fd = connect_to(path)};
    b = (struct stream){.fd = connect_to(path)};
    greet(&a);
    greet(&b);
    fresh(&a, 1, "");
    answer(&b, "ok ipv6=", "1.1 fresh paths=1 mac=02bb0001 a1=i1,i,0,10.9.0.2/24,-");
    answer(&b, "err EXISTS", "1.2 shared");
    close_stream(&b);
    close_stream(&a);
    kill(agent, SIGTERM);
    ck_assert_int_eq(all_gone(agent), 0);
    ck_assert(stat(path, &st) != 0);
}
END_TEST

/* A terminal stands for a serial port: garbage before hello, clients one after the other. */
START_TEST(test_device)
{
    struct stream s;
    char path[64];
    if (!lab())
        return;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    ck_assert(ptsname_r(master, path, sizeof path) == 0);
    int slave =
        open(path, O_RDWR | O_NOCTTY | O_CLOEXEC); /* so that it lives before the agent has it */
    pid_t agent = start_agent(DEVICE, path, -1, master, true);
    s = (struct stream){.fd = master};
    /* What is said before the agent has set the terminal up is echoed, as a console would. */
    say(&s, "\x03 boot messages \xff\x80 are over");
    hear(&s, "0.0 err BADLINE");
    for (int i = 0; i < 3; i++) {
        greet(&s);
        fresh(&s, 1, " service=none seed=5");
        answer(&s, "ok", "1.2 listen");
        answer(&s, "ok", "1.3 connect name=a addr=10.9.0.2");
        answer(&s, "ok", "1.4 accept name=b");
        answer(&s, "ok", "1.5 send name=a num=3000");
        answer(&s, "ok", "1.6 recv name=b num=3000");
        answer(&s, "data b64=", "1.7 received name=b");
        hear(&s, "1.7 ok total=3000");
        if (i == 1)
            answer(&s, "ok", "0.5 bye");
    }
    /* One tester's end and the next one's beginning in one piece. */
    say(&s, "0.6 bye\n0.7 hello version=1 nonce=next");
    hear(&s, "0.6 ok");
    hear(&s, "0.7 ok version=1 nonce=next ");
    close(slave);
    kill(agent, SIGTERM);
    ck_assert_int_eq(all_gone(agent), 0);
    close_stream(&s);
}
END_TEST

/* ---- sessions without a namespace of their own ---- */

static void iut_sysctl(const char *name, char value[64])
{
    LAB_OK(ms_net_enter_iut(&net, err));
    LAB_OK(ms_sysctl_get(name, value, 64, err));
    LAB_OK(ms_net_enter_tester(&net, err));
}

/*
 * What the kernel lists of a host, to be compared. Its own routes to IPv6 addresses are left out: it makes them from a
 * work queue, some time after a link came up.
 */
static char *picture(void)
{
    static const char command[] =
        "ip -o addr; ip -4 route show table all | sort; ip -6 route show table all | grep -v "
        "^local | "
        "sort; ip -o link | cut -d' ' -f2-3; ip mptcp endpoint; ip mptcp limits";
    struct ms_buf b = {0};
    char chunk[4096];
    size_t n;
    LAB_OK(ms_net_enter_iut(&net, err));
    FILE *f = popen(command, "r");
    ck_assert(f != NULL);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        ms_buf_add(&b, chunk, n);
    pclose(f);
    LAB_OK(ms_net_enter_tester(&net, err));
    ck_assert(b.len > 100);
    return b.data;
}

enum ending { BY_END, BY_EOF, SESSION_KILLED, AGENT_KILLED };

START_TEST(test_shared_undone)
{
    struct stream s;
    char before[64], after[64];
    if (system("ip mptcp limits >/dev/null 2>&1") != 0) {
        printf("skipped: no ip with mptcp\n");
        return;
    }
    if (!lab())
        return;
    LAB_OK(ms_net_enter_iut(&net, err));
    ck_assert_int_eq(system("ip mptcp endpoint add 10.0.1.2 dev iut1 port 5555 signal && "
                            "ip mptcp limits set subflow 3 add_addr_accepted 1 && "
                            "ip route add 192.0.2.0/24 via 10.0.1.1 && "
                            "ip route add 198.18.0.0/16 nexthop via 10.0.1.1 dev iut1 "
                            "nexthop via 10.0.1.3 dev iut1 && "
                            "ip -6 route add 2001:db8:5::/48 via fd00:1::1"),
                     0);
    LAB_OK(ms_net_enter_tester(&net, err));
    iut_sysctl("net.mptcp.add_addr_timeout", before);
    char *was = picture();
    for (enum ending how = BY_END; how <= AGENT_KILLED; how++) {
        pid_t agent = start_stream(&s, true);
        greet(&s);
        answer(&s, "ok v4=10.0.1.2/24 v6=fd00:1::2/64 iface=iut1", "1.1 shared port=4433");
        answer(&s, "err BUSY", "2.1 shared");
        answer(&s, "err NOSESSION", "2.2 listen");
        answer(&s, "ok", "1.2 sysctl text=net.mptcp.add_addr_timeout text2=7");
        answer(&s, "ok", "1.3 sysctl text=net.mptcp.add_addr_timeout text2=8");
        answer(&s, "err ENOENT", "1.4 sysctl text=net.mptcp.nothing text2=8");
        answer(&s, "ok", "1.4 sysctl text=net.ipv4.ip_local_reserved_ports text2=5000");
        answer(&s, "err UNSUPPORTED", "1.4 sysctl text=net.ipv4.ip_forward text2=1");
        answer(&s, "ok", "1.4 sysctl text=net.ipv6.conf.iut1.disable_ipv6 text2=1");
        answer(&s, "ok", "1.5 limits num=5 num2=5");
        answer(&s, "ok", "1.6 endpoint-flush");
        answer(&s, "ok", "1.7 endpoint-add addr=10.0.1.77 flags=subflow,backup num=9");
        answer(&s, "ok", "1.8 addr-add addr=10.0.1.9 num=24 path=0");
        answer(&s, "ok", "1.9 addr-del addr=10.0.1.2 num=24 path=0");
        answer(&s, "ok", "1.10 link path=0 num=0");
        iut_sysctl("net.mptcp.add_addr_timeout", after);
        ck_assert_str_eq(after, "8");
        char *now = picture();
        ck_assert_str_ne(now, was);
        free(now);
        pid_t keeper = child_of(agent, "agent-keeper"), victim;
        switch (how) {
        case BY_END:
            answer(&s, "ok", "1.20 end");
            answer(&s, "ok", "1.21 shared");
            break;
        case BY_EOF:
            break;
        case SESSION_KILLED:
            victim = child_of(keeper, "agent-session");
            ck_assert_int_gt(victim, 0);
            kill(victim, SIGKILL);
            hear(&s, "1.0 end text=its%20process%20was%20ended%20by%20signal%209");
            break;
        case AGENT_KILLED:
            kill(agent, SIGKILL);
            break;
        }
        close_stream(&s);
        all_gone(agent);
        now = picture();
        if (strcmp(now, was) != 0)
            printf("ending %d:\n%s---- was:\n%s", (int)how, now, was);
        ck_assert_msg(strcmp(now, was) == 0, "ending %d: not all is as it was", (int)how);
        free(now);
        iut_sysctl("net.mptcp.add_addr_timeout", after);
        ck_assert_str_eq(after, before);
        iut_sysctl("net.ipv4.ip_local_reserved_ports", after);
        ck_assert_str_eq(after, "");
    }
    free(was);
}
END_TEST

/* ---- what comes out of a session's interface ---- */

/* Frames from the session: none beyond the MTU, each checksum right. */
static unsigned check_frames(int packets)
{
    static uint8_t frame[70000];
    unsigned n = 0;
    ssize_t len;
    while ((len = recv(packets, frame, sizeof frame, MSG_DONTWAIT)) > 0) {
        struct ms_seg seg;
        struct ms_opt opts[MS_OPTS_MAX];
        struct ms_neigh neigh;
        if (frame[6] != 2 || frame[7] != 0xaa)
            continue;
        ck_assert_msg(len <= 1514, "a frame of %zd octets", len);
        if (ms_frame_decode(frame, (size_t)len, &seg, opts, &neigh) != MS_FRAME_TCP)
            continue;
        ck_assert_msg(seg.tcp_csum_ok && seg.ip_csum_ok, "a wrong checksum");
        n += seg.payload_len != 0;
    }
    return n;
}

START_TEST(test_frames)
{
    struct stream s;
    struct nl_batch b;
    if (!lab())
        return;
    struct ms_addr own = lab_addr("10.9.0.1");
    LAB_OK(nl_open(&b, err));
    nl_addr(&b, net.path[0].tester_ifindex, &own, 24, true);
    nl_route(&b, net.path[0].tester_ifindex, RT_TABLE_MAIN, &own, MS_IPV4, 24, NULL, &own);
    LAB_OK(nl_commit(&b, err));
    nl_close(&b);
    offloads_set();
    pid_t agent = start_stream(&s, true);
    greet(&s);
    fresh(&s, 1, " seed=5");

    int packets = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)), big = 64 << 20;
    struct sockaddr_ll ll = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = (int)net.path[0].tester_ifindex};
    /* Without the right to such a buffer frames are lost: those that are there are looked at. */
    bool all = setsockopt(packets, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof big) == 0;
    ck_assert(bind(packets, (struct sockaddr *)&ll, sizeof ll) == 0);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(5000)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert(bind(listener, (struct sockaddr *)&in, sizeof in) == 0 && listen(listener, 1) == 0);

    answer(&s, "ok", "1.2 connect name=a addr=10.9.0.1 port=5000");
    int fd = accept(listener, NULL, NULL);
    say(&s, "1.3 send name=a num=2000000");
    size_t total = 0;
    static uint8_t octets[2000000], want[2000000];
    unsigned data = 0;
    while (total < sizeof octets) {
        ssize_t n = recv(fd, octets + total, sizeof octets - total, 0);
        ck_assert_int_gt(n, 0);
        total += (size_t)n;
        data += check_frames(packets);
    }
    hear(&s, "1.3 ok num=2000000");
    data += check_frames(packets);
    ck_assert_msg(data >= (all ? 2000000 / 1460 : 1), "%u segments", data);
    ms_stream_fill(5, 0, want, sizeof want);
    unit_octets_eq("what came", octets, sizeof octets, want, sizeof want);
    close(fd);
    close(listener);
    close(packets);
    close_stream(&s);
    ck_assert_int_eq(all_gone(agent), 0);
}
END_TEST

/* A client that asks and does not read: bounded, and others are served. */
START_TEST(test_deaf_client)
{
    struct stream s, other;
    char path[64];
    if (!lab())
        return;
    snprintf(path, sizeof path, "/tmp/mptcpspec-agent-%d", getpid());
    pid_t agent = start_agent(SOCKET, path, -1, -1, false);
    s = (struct stream){.fd = connect_to(path)};
    greet(&s);
    fcntl(s.fd, F_SETFL, O_NONBLOCK);
    size_t sent = 0, row = 0;
    static const char ping[] = "0.2 ping\n";
    struct ms_buf many = {0};
    for (int i = 0; i < 4000; i++)
        ms_buf_puts(&many, ping);
    /* Until it takes no more for a whole second. */
    for (;;) {
        struct pollfd p = {.fd = s.fd, .events = POLLOUT};
        if (poll(&p, 1, 1000) == 0)
            break;
        ssize_t n = write(s.fd, many.data + row, many.len - row);
        ck_assert(n > 0 || errno == EAGAIN);
        sent += n > 0 ? (size_t)n : 0;
        row = sent % many.len;
        ck_assert_msg(sent < 16 << 20, "it takes everything");
    }
    other = (struct stream){.fd = connect_to(path)};
    greet(&other);
    answer(&other, "ok", "0.3 ping");
    /* Nothing was lost. */
    for (size_t i = 0; i < sent / (sizeof ping - 1); i++)
        ck_assert_str_eq(next_line(&s), "0.2 ok");
    ms_buf_free(&many);
    close_stream(&s);
    close_stream(&other);
    kill(agent, SIGTERM);
    ck_assert_int_eq(all_gone(agent), 0);
}
END_TEST

UNIT_MAIN("agent_serve", test_life, test_stopped, test_one_agent, test_side_by_side,
          test_session_killed, test_agent_killed, test_socket, test_device, test_shared_undone,
          test_frames, test_deaf_client)
