/* SPDX-License-Identifier: MIT */
/*
 * What the middlebox forwards, beside a kernel bridge in its place: forward [SECONDS [FRAMES]]. Two hosts on one path,
 * segmentation and checksum offload off, plain TCP in segments of 1,448 octets; then a datagram to and fro. At the end
 * FRAMES frames (10 million by default) pass, with the memory of the box's process before and after.
 */
#include "mptcpspec/middlebox.h"
#include "mptcpspec/rewrite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT = 4433, MSS = 1448, ROUNDS = 20000, BRIDGE_IFINDEX = 300 };

static void die(const char *what)
{
    fprintf(stderr, "forward: %s: %s\n", what, strerror(errno));
    exit(2);
}

#define OK(call)                                                                                   \
    do {                                                                                           \
        struct ms_error e = {0}, *err = &e;                                                        \
        if ((call) != MS_OK) {                                                                     \
            fprintf(stderr, "forward: %s\n", e.msg);                                               \
            exit(2);                                                                               \
        }                                                                                          \
    } while (0)

static struct sockaddr_in server_address(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    inet_pton(AF_INET, "10.1.0.1", &a.sin_addr);
    return a;
}

static void topology(struct ms_topo *t)
{
    *t = (struct ms_topo){.name = "bench", .n_paths = 1, .n_addrs = 2, .two_hosts = true};
    t->addr[0] = (struct ms_topo_addr){.name = "c1", .prefix4 = 24};
    t->addr[1] = (struct ms_topo_addr){.name = "s1", .on_iut = true, .prefix4 = 24};
    ms_addr_parse("10.1.0.2", &t->addr[0].v4);
    ms_addr_parse("10.1.0.1", &t->addr[1].v4);
}

/* ---- the bridge --------------------------------------------------------------------------------------- */

static void request(struct mnl_socket *nl, struct nlmsghdr *h)
{
    _Alignas(8) char answer[8192];
    if (mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
        die("netlink");
    ssize_t n = mnl_socket_recvfrom(nl, answer, sizeof answer);
    if (n < 0 || mnl_cb_run(answer, (size_t)n, 0, 0, NULL, NULL) < 0)
        die("bridge");
}

static struct nlmsghdr *link_request(char *buf, size_t len, unsigned ifindex, uint16_t flags)
{
    memset(buf, 0, len);
    struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
    h->nlmsg_type = RTM_NEWLINK;
    h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(h, sizeof *ifi);
    ifi->ifi_index = (int)ifindex;
    ifi->ifi_flags = ifi->ifi_change = IFF_UP;
    return h;
}

static void bridge(const struct ms_lab *lab)
{
    _Alignas(8) char buf[512];
    struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
    if (nl == NULL || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
        die("netlink");
    struct nlmsghdr *h = link_request(buf, sizeof buf, BRIDGE_IFINDEX, NLM_F_CREATE | NLM_F_EXCL);
    mnl_attr_put_strz(h, IFLA_IFNAME, "bridge");
    struct nlattr *info = mnl_attr_nest_start(h, IFLA_LINKINFO);
    mnl_attr_put_str(h, IFLA_INFO_KIND, "bridge");
    mnl_attr_nest_end(h, info);
    request(nl, h);
    for (int side = MS_CLIENT; side <= MS_SERVER; side++) {
        h = link_request(buf, sizeof buf, lab->host[side].path[0].tester_ifindex, 0);
        mnl_attr_put_u32(h, IFLA_MASTER, BRIDGE_IFINDEX);
        request(nl, h);
    }
    mnl_socket_close(nl);
}

/* ---- the hosts' programs ------------------------------------------------------------------------------ */

static pid_t program(const struct ms_lab *lab, enum ms_host h)
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        OK(ms_lab_enter(lab, h, err));
    }
    return pid;
}

static int socket_of(int type)
{
    int s = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (s < 0)
        die("socket");
    return s;
}

/* The server's socket is there before its program runs, so that nobody calls in vain. */
static int serve(const struct ms_lab *lab, int type)
{
    const struct sockaddr_in at = server_address();
    OK(ms_lab_enter(lab, MS_SERVER, err));
    int s = socket_of(type);
    if (bind(s, (const struct sockaddr *)&at, sizeof at) != 0 ||
        (type == SOCK_STREAM && listen(s, 1) != 0))
        die("server");
    OK(ms_lab_enter_box(lab, err));
    return s;
}

static void connect_to_server(int s)
{
    const struct sockaddr_in to = server_address();
    if (connect(s, (const struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
}

static void send_for(uint64_t ns)
{
    static char octets[1 << 17];
    int s = socket_of(SOCK_STREAM);
    connect_to_server(s);
    const uint64_t end = ms_now_ns() + ns;
    while (ms_now_ns() < end)
        if (send(s, octets, sizeof octets, MSG_NOSIGNAL) < 0)
            break; /* the receiver has enough */
    _exit(0);
}

struct bulk {
    uint64_t octets, ns;
};

static void receive(int l, int out)
{
    static char octets[1 << 18];
    int s = accept(l, NULL, NULL);
    struct bulk b = {0};
    const uint64_t start = ms_now_ns();
    for (ssize_t n; (n = recv(s, octets, sizeof octets, 0)) > 0;)
        b.octets += (uint64_t)n;
    b.ns = ms_now_ns() - start;
    _exit(write(out, &b, sizeof b) == sizeof b ? 0 : 2);
}

static void echo(int s)
{
    char octet;
    struct sockaddr_in from;
    for (socklen_t len = sizeof from;
         recvfrom(s, &octet, 1, 0, (struct sockaddr *)&from, &len) == 1; len = sizeof from)
        sendto(s, &octet, 1, 0, (const struct sockaddr *)&from, len);
    _exit(0);
}

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

struct times {
    uint64_t median, p99;
};

static void ping(int out)
{
    static uint64_t took[ROUNDS];
    char octet = 0;
    int s = socket_of(SOCK_DGRAM);
    connect_to_server(s);
    for (unsigned i = 0; i < ROUNDS; i++) {
        const uint64_t start = ms_now_ns();
        if (send(s, &octet, 1, 0) != 1 || recv(s, &octet, 1, 0) != 1)
            die("datagram");
        took[i] = ms_now_ns() - start;
    }
    qsort(took, ROUNDS, sizeof took[0], by_size);
    const struct times t = {took[ROUNDS / 2], took[ROUNDS / 100 * 99]};
    _exit(write(out, &t, sizeof t) == sizeof t ? 0 : 2);
}

/* ---- measuring ---------------------------------------------------------------------------------------- */

/* Works, if there is a box, until `fd` has what a program says of its run; or the box has passed that many frames. */
static void work(struct ms_box *box, int fd, void *out, size_t len, uint64_t frames)
{
    struct ms_box_counts n = {0};
    while (n.given < frames) {
        struct ms_error err = {0};
        int rc = box == NULL ? 0 : ms_box_work(box, &err);
        if (rc < 0) {
            fprintf(stderr, "forward: %s\n", err.msg);
            exit(2);
        }
        if (rc > 0)
            continue;
        struct pollfd p[2] = {{.fd = fd, .events = POLLIN},
                              {.fd = box == NULL ? -1 : ms_box_fd(box), .events = POLLIN}};
        poll(p, 2, -1);
        if (p[0].revents != 0)
            break;
        if (frames != UINT64_MAX)
            ms_box_counts(box, &n);
    }
    if (frames == UINT64_MAX && read(fd, out, len) != (ssize_t)len)
        die("a program failed");
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static double bulk(const struct ms_lab *lab, struct ms_box *box, double seconds)
{
    int fds[2];
    struct bulk b = {0};
    if (pipe(fds) != 0)
        die("pipe");
    int l = serve(lab, SOCK_STREAM);
    pid_t receiver = program(lab, MS_SERVER);
    if (receiver == 0)
        receive(l, fds[1]);
    close(l);
    pid_t sender = program(lab, MS_CLIENT);
    if (sender == 0)
        send_for((uint64_t)(seconds * 1e9));
    close(fds[1]);
    work(box, fds[0], &b, sizeof b, UINT64_MAX);
    close(fds[0]);
    end(sender);
    end(receiver);
    return (double)b.octets / MSS / ((double)b.ns / 1e9);
}

static struct times delay(const struct ms_lab *lab, struct ms_box *box)
{
    int fds[2];
    struct times t = {0};
    if (pipe(fds) != 0)
        die("pipe");
    int u = serve(lab, SOCK_DGRAM);
    pid_t server = program(lab, MS_SERVER);
    if (server == 0)
        echo(u);
    close(u);
    pid_t client = program(lab, MS_CLIENT);
    if (client == 0)
        ping(fds[1]);
    close(fds[1]);
    work(box, fds[0], &t, sizeof t, UINT64_MAX);
    close(fds[0]);
    end(client);
    end(server);
    return t;
}

static long resident_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "VmRSS: %ld", &kib) == 1)
            break;
    if (f != NULL)
        fclose(f);
    return kib;
}

static void memory(const struct ms_lab *lab, struct ms_box *box, uint64_t frames)
{
    int fds[2];
    if (pipe(fds) != 0)
        die("pipe");
    int l = serve(lab, SOCK_STREAM);
    pid_t receiver = program(lab, MS_SERVER);
    if (receiver == 0)
        receive(l, fds[1]);
    close(l);
    pid_t sender = program(lab, MS_CLIENT);
    if (sender == 0)
        send_for(UINT64_MAX / 2);
    struct ms_box_counts n;
    ms_box_counts(box, &n);
    work(box, fds[0], NULL, 0, n.given + frames / 10);
    const long before = resident_kib();
    ms_box_counts(box, &n);
    work(box, fds[0], NULL, 0, n.given + frames);
    const long after = resident_kib();
    printf("%15ld KiB resident, %ld KiB after %llu more frames\n", before, after,
           (unsigned long long)frames);
    end(sender);
    end(receiver);
    close(fds[0]);
    close(fds[1]);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* As scenarios have it, but for what they do with a frame: the box shows each, in order. */
static void look(void *ctx, unsigned path, enum ms_host side, enum ms_dir dir, uint64_t time_ns,
                 const uint8_t *frame, size_t len)
{
    (void)path;
    (void)side;
    (void)dir;
    (void)time_ns;
    (void)frame;
    *(uint64_t *)ctx += len;
}

static void observed(const struct ms_topo *topo, double seconds)
{
    struct ms_lab lab;
    struct ms_box *box;
    uint64_t octets = 0;
    const struct ms_box_tap tap = {look, &octets};
    OK(ms_lab_create(&lab, topo, err));
    OK(ms_box_open(&lab, NULL, &tap, &box, err));
    printf("%15.0f data packets a second while each is shown to an observer on either side\n",
           bulk(&lab, box, seconds));
    const struct times t = delay(&lab, box);
    printf("%15.1f us median of a round trip then (p99: %.1f us)\n", (double)t.median / 1e3,
           (double)t.p99 / 1e3);
    ms_box_close(box);
    ms_lab_destroy(&lab);
}

/*
 * Bridge and box, one after the other, several times, so that what else the machine does hits both; of each the middle
 * value.
 */
int main(int argc, char **argv)
{
    enum { TIMES = 5 };
    const double seconds = argc > 1 ? atof(argv[1]) : 2;
    const uint64_t frames = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000000;
    struct ms_topo topo;
    struct ms_lab lab;
    struct ms_box *box = NULL;
    double rate[2][TIMES];
    struct times took[2];

    setvbuf(stdout, NULL, _IOLBF, 0);
    OK(ms_privilege_acquire(err));
    topology(&topo);
    for (int i = 0; i < TIMES; i++) {
        for (int kind = 0; kind < 2; kind++) {
            OK(ms_lab_create(&lab, &topo, err));
            if (kind == 0)
                bridge(&lab);
            else
                OK(ms_box_open(&lab, NULL, NULL, &box, err));
            rate[kind][i] = bulk(&lab, box, seconds);
            if (i == TIMES - 1)
                took[kind] = delay(&lab, box);
            if (kind == 1 && i == TIMES - 1 && frames > 0)
                memory(&lab, box, frames);
            if (box != NULL && ms_box_lost(box) != 0)
                printf("%15llu frames lost\n", (unsigned long long)ms_box_lost(box));
            ms_box_close(box);
            box = NULL;
            ms_lab_destroy(&lab);
        }
        printf("%15.0f data packets a second by a bridge, %.0f by the box\n", rate[0][i],
               rate[1][i]);
    }
    for (int kind = 0; kind < 2; kind++)
        qsort(rate[kind], TIMES, sizeof rate[kind][0], by_value);
    printf("%15.0f data packets a second in the middle: %.0f %% of the bridge's %.0f\n",
           rate[1][TIMES / 2], 100 * rate[1][TIMES / 2] / rate[0][TIMES / 2], rate[0][TIMES / 2]);
    printf("%15.1f us added on a way, half of a round trip's median of %.1f us less the bridge's "
           "%.1f us (p99: %.1f and %.1f us)\n",
           ((double)took[1].median - (double)took[0].median) / 2e3, (double)took[1].median / 1e3,
           (double)took[0].median / 1e3, (double)took[1].p99 / 1e3, (double)took[0].p99 / 1e3);
    observed(&topo, seconds);
    return 0;
}
