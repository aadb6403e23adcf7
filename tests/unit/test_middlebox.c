/* SPDX-License-Identifier: MIT */
/* Frames through the box between two hosts: real sockets at both ends. */
#include "netlab.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mptcpspec/middlebox.h"
#include "mptcpspec/rewrite.h"

enum { PORT = 4433, GUARD_S = 10 };

/* What the taps saw, of IP packets that are TCP or UDP. */
struct seen {
    unsigned n[MS_PATHS_MAX][2][2]; /* [path][side][RX] */
    unsigned other;                 /* ARP, neighbour discovery and the like */
    uint64_t last_ns;
    bool backwards;
};

static void see(void *ctx, unsigned path, enum ms_host side, enum ms_dir dir, uint64_t time_ns,
                const uint8_t *frame, size_t len)
{
    struct seen *s = ctx;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    const bool tcp = ms_frame_decode(frame, len, &seg, opts, &neigh) == MS_FRAME_TCP;
    if (tcp)
        s->n[path][side][dir == MS_DIR_RX]++;
    else
        s->other++;
    s->backwards = s->backwards || time_ns < s->last_ns;
    s->last_ns = time_ns;
}

struct bench {
    struct ms_topo topo;
    struct ms_lab lab;
    struct ms_chain *chain;
    struct ms_box *box;
    struct seen seen;
};

static void bench_open(struct bench *b, unsigned paths, unsigned servers)
{
    *b = (struct bench){0};
    lab_hosts(&b->topo, paths, servers);
    b->chain = ms_chain_new(1);
    const struct ms_box_tap tap = {see, &b->seen};
    LAB_OK(ms_lab_create(&b->lab, &b->topo, err));
    LAB_OK(ms_box_open(&b->lab, b->chain, &tap, &b->box, err));
}

static void bench_close(struct bench *b)
{
    ck_assert(!b->seen.backwards);
    UNIT_NUM_EQ(ms_box_lost(b->box), 0);
    ms_box_close(b->box);
    ms_chain_free(b->chain);
    ms_lab_destroy(&b->lab);
}

/* One round of the box; waits for it or for `fd` at most that long. */
static void turn(struct bench *b, int fd, short events, int wait_ms)
{
    struct ms_error err = {0};
    const int rc = ms_box_work(b->box, &err);
    ck_assert_msg(rc >= 0, "%s", err.msg);
    struct pollfd p[2] = {{.fd = ms_box_fd(b->box), .events = POLLIN},
                          {.fd = fd, .events = events}};
    poll(p, 2, rc == 1 ? 0 : wait_ms);
}

static bool ready(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    return poll(&p, 1, 0) == 1;
}

/* Works until `fd` is ready; false if it is not within the time. */
static bool until(struct bench *b, int fd, short events, unsigned ms)
{
    const uint64_t end = ms_now_ns() + ms * 1000000ull;
    while (!ready(fd, events)) {
        if (ms_now_ns() > end)
            return false;
        turn(b, fd, events, 20);
    }
    return true;
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t fill(union address *u, const char *text, uint16_t port)
{
    const bool six = strchr(text, ':') != NULL;
    memset(u, 0, sizeof *u);
    u->any.sa_family = six ? AF_INET6 : AF_INET;
    u->v4.sin_port = htons(port);
    ck_assert(inet_pton(u->any.sa_family, text,
                        six ? (void *)&u->v6.sin6_addr : (void *)&u->v4.sin_addr) == 1);
    return six ? sizeof u->v6 : sizeof u->v4;
}

/* A TCP socket in a host's namespace, bound; not blocking. */
static int bound(const struct bench *b, enum ms_host h, const char *at, uint16_t port)
{
    union address u;
    const socklen_t len = fill(&u, at, port);
    const int one = 1;
    LAB_OK(ms_lab_enter(&b->lab, h, err));
    int s = socket(u.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ck_assert(s >= 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    ck_assert_msg(bind(s, &u.any, len) == 0, "%s: %s", at, strerror(errno));
    LAB_OK(ms_lab_enter_box(&b->lab, err));
    return s;
}

static int listening(const struct bench *b, const char *at)
{
    int s = bound(b, MS_SERVER, at, PORT);
    ck_assert(listen(s, 8) == 0);
    return s;
}

static int connecting(const struct bench *b, const char *from, const char *to)
{
    union address u;
    int s = bound(b, MS_CLIENT, from, 0);
    const socklen_t len = fill(&u, to, PORT);
    ck_assert(connect(s, &u.any, len) == -1 && errno == EINPROGRESS);
    return s;
}

static int connected(const int s)
{
    int cause = 0;
    socklen_t len = sizeof cause;
    ck_assert(getsockopt(s, SOL_SOCKET, SO_ERROR, &cause, &len) == 0);
    return cause;
}

START_TEST(test_every_path)
{
    static const struct {
        unsigned servers;
        const char *from, *to;
        unsigned path;
    } rows[] = {
        {2, "10.1.0.2", "10.1.0.1", 0},   {2, "10.2.0.2", "10.2.0.1", 1},
        {2, "10.2.0.2", "10.1.0.1", 1},   {2, "10.1.0.2", "10.2.0.1", 0},
        {2, "fd00:1::2", "fd00:1::1", 0}, {2, "fd00:2::2", "fd00:1::1", 1},
        {1, "10.2.0.2", "10.1.0.1", 1},   {1, "fd00:2::2", "fd00:1::1", 1},
    };
    if (!lab_ready())
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        struct bench b;
        bench_open(&b, 2, rows[i].servers);
        if (b.lab.ipv6 || strchr(rows[i].to, ':') == NULL) {
            int l = listening(&b, rows[i].to), c = connecting(&b, rows[i].from, rows[i].to);
            ck_assert_msg(until(&b, c, POLLOUT, GUARD_S * 1000), "row %zu: no connection", i);
            UNIT_NUM_EQ(connected(c), 0);
            ck_assert(until(&b, l, POLLIN, GUARD_S * 1000));
            const unsigned p = rows[i].path;
            for (unsigned side = 0; side < 2; side++)
                for (unsigned rx = 0; rx < 2; rx++) {
                    ck_assert_msg(b.seen.n[p][side][rx] > 0, "row %zu: side %u", i, side);
                    UNIT_NUM_EQ(b.seen.n[!p][side][rx], 0);
                }
            ck_assert(b.seen.other >= 4); /* asked and answered, on both sides */
            struct ms_box_counts n;
            ms_box_counts(b.box, &n);
            UNIT_NUM_EQ(n.taken, n.given);
            UNIT_NUM_EQ(n.swallowed_by_cut + n.refused + n.too_large + n.no_carrier, 0);
            close(c);
            close(l);
        }
        bench_close(&b);
    }
}
END_TEST

/* Moves `octets` up, and as many down if `both`; true if they came unchanged before the guard's end. */
static bool transfer(struct bench *b, int c, int s, size_t octets, bool both)
{
    static uint8_t out[65536], in[65536];
    const uint64_t end = ms_now_ns() + GUARD_S * 3 * 1000000000ull;
    size_t sent[2] = {0}, got[2] = {0};
    const int fd[2] = {c, s};
    const unsigned flows = both ? 2 : 1;
    bool same = true;

    while (got[0] < octets || (both && got[1] < octets)) {
        bool moved = false;
        for (unsigned f = 0; f < flows; f++) {
            size_t n = octets - sent[f] < sizeof out ? octets - sent[f] : sizeof out;
            for (size_t i = 0; i < n; i++)
                out[i] = (uint8_t)((sent[f] + i) * 2654435761u >> 13 ^ f);
            ssize_t w = n == 0 ? -1 : send(fd[f], out, n, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (w > 0)
                sent[f] += (size_t)w;
            ssize_t r = recv(fd[!f], in, sizeof in, MSG_DONTWAIT);
            for (ssize_t i = 0; i < r; i++)
                same = same && in[i] == (uint8_t)((got[f] + (size_t)i) * 2654435761u >> 13 ^ f);
            if (r > 0)
                got[f] += (size_t)r;
            moved = moved || w > 0 || r > 0;
        }
        if (ms_now_ns() > end)
            return false;
        turn(b, -1, 0, moved ? 0 : 5);
    }
    return same;
}

/* A pair of connected sockets over path 1. */
static void pair(struct bench *b, int *c, int *s)
{
    int l = listening(b, "10.1.0.1");
    *c = connecting(b, "10.1.0.2", "10.1.0.1");
    ck_assert(until(b, *c, POLLOUT, GUARD_S * 1000));
    ck_assert(until(b, l, POLLIN, GUARD_S * 1000));
    *s = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    ck_assert(*s >= 0);
    close(l);
}

START_TEST(test_transfer)
{
    struct bench b;
    int c, s;
    if (!lab_ready())
        return;
    bench_open(&b, 1, 1);
    pair(&b, &c, &s);
    ck_assert(transfer(&b, c, s, 10 << 20, true));
    close(c);
    close(s);
    bench_close(&b); /* and nothing was lost */
}
END_TEST

START_TEST(test_cut)
{
    struct bench b;
    int c, s;
    if (!lab_ready())
        return;
    bench_open(&b, 2, 2);
    pair(&b, &c, &s);
    ck_assert(transfer(&b, c, s, 1000, true));
    ms_box_cut(b.box, 0, true);
    ms_box_cut(b.box, 7, true); /* no such path: nothing happens */
    const struct seen before = b.seen;
    ck_assert(send(c, "x", 1, MSG_NOSIGNAL) == 1);
    /* Until the client was seen to try again. */
    while (b.seen.n[0][MS_CLIENT][1] < before.n[0][MS_CLIENT][1] + 2)
        turn(&b, -1, 0, 50);
    UNIT_NUM_EQ(b.seen.n[0][MS_SERVER][0], before.n[0][MS_SERVER][0]);
    ck_assert(!ready(s, POLLIN));
    struct ms_box_counts n;
    ms_box_counts(b.box, &n);
    ck_assert(n.swallowed_by_cut >= 2);
    /* The other path lives. */
    int l2 = listening(&b, "10.2.0.1"), c2 = connecting(&b, "10.2.0.2", "10.2.0.1");
    ck_assert(until(&b, c2, POLLOUT, GUARD_S * 1000));
    ms_box_cut(b.box, 0, false);
    ck_assert(until(&b, s, POLLIN, GUARD_S * 1000));
    close(l2);
    close(c2);
    close(c);
    close(s);
    bench_close(&b);
}
END_TEST

/* Adds a box to the row. */
static int lay(struct bench *b, const char *text, unsigned path)
{
    struct ms_error mistake = {0};
    const int id = ms_chain_add(b->chain, text, path, &mistake);
    ck_assert_msg(id >= 0, "%s: %s", text, mistake.msg);
    LAB_OK(ms_box_chain_changed(b->box, err));
    return id;
}

START_TEST(test_drop_and_duplicate)
{
    struct bench b;
    if (!lab_ready())
        return;
    bench_open(&b, 2, 2);
    int id = lay(&b, "up drop when SYN", 0);
    int l = listening(&b, "10.1.0.1"), c = connecting(&b, "10.1.0.2", "10.1.0.1");
    while (b.seen.n[0][MS_CLIENT][1] < 2)
        turn(&b, -1, 0, 50);
    UNIT_NUM_EQ(b.seen.n[0][MS_SERVER][0], 0);
    UNIT_NUM_EQ(ms_chain_hits(b.chain, id), 2);
    /* Of path 1 only. */
    int l2 = listening(&b, "10.2.0.1"), c2 = connecting(&b, "10.2.0.2", "10.2.0.1");
    ck_assert(until(&b, c2, POLLOUT, GUARD_S * 1000));
    /* Switched off it passes the next one. */
    ms_chain_enable(b.chain, id, false);
    LAB_OK(ms_box_chain_changed(b.box, err));
    ck_assert(until(&b, c, POLLOUT, GUARD_S * 1000));
    ck_assert(until(&b, l, POLLIN, GUARD_S * 1000));
    lay(&b, "down dup when data", MS_CHAIN_ALL_PATHS);
    int s = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const struct seen before = b.seen;
    ck_assert(send(s, "y", 1, MSG_NOSIGNAL) == 1);
    ck_assert(until(&b, c, POLLIN, GUARD_S * 1000));
    UNIT_NUM_EQ(b.seen.n[0][MS_SERVER][1] - before.n[0][MS_SERVER][1], 1);
    UNIT_NUM_EQ(b.seen.n[0][MS_CLIENT][0] - before.n[0][MS_CLIENT][0], 2);
    close(l2);
    close(c2);
    close(l);
    close(c);
    close(s);
    bench_close(&b);
}
END_TEST

static int datagrams(const struct bench *b, enum ms_host h, const char *at, uint16_t port)
{
    union address u;
    const socklen_t len = fill(&u, at, port);
    LAB_OK(ms_lab_enter(&b->lab, h, err));
    int s = socket(u.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ck_assert(s >= 0 && bind(s, &u.any, len) == 0);
    LAB_OK(ms_lab_enter_box(&b->lab, err));
    return s;
}

/* What is held goes out when it is due, and the box wakes for it by itself. */
START_TEST(test_delay)
{
    struct bench b;
    int c, s;
    if (!lab_ready())
        return;
    bench_open(&b, 1, 1);
    pair(&b, &c, &s);
    lay(&b, "up delay 100ms when data", 0);
    const uint64_t start = ms_now_ns();
    const unsigned before = b.seen.n[0][MS_SERVER][0];
    ck_assert(send(c, "x", 1, MSG_NOSIGNAL) == 1);
    ck_assert(until(&b, s, POLLIN, GUARD_S * 1000));
    const uint64_t took = ms_now_ns() - start;
    ck_assert_msg(took >= 100 * 1000000ull, "%llu ns", (unsigned long long)took);
    UNIT_NUM_EQ(b.seen.n[0][MS_SERVER][0] - before, 1);
    /* Switched off, what it holds comes at once, however long that would have taken. */
    char octet;
    ck_assert(recv(s, &octet, 1, 0) == 1);
    const int id = lay(&b, "down delay 1000s when data", 0);
    const unsigned taken = b.seen.n[0][MS_SERVER][1];
    ck_assert(send(s, "y", 1, MSG_NOSIGNAL) == 1);
    while (b.seen.n[0][MS_SERVER][1] == taken)
        turn(&b, -1, 0, 20);
    ck_assert(!ready(c, POLLIN));
    ms_chain_enable(b.chain, id, false);
    LAB_OK(ms_box_chain_changed(b.box, err));
    ck_assert(until(&b, c, POLLIN, GUARD_S * 1000));
    close(c);
    close(s);
    bench_close(&b);
}
END_TEST

/* A box that answers: the RST goes to the client, nothing to the server. */
START_TEST(test_answer)
{
    struct bench b;
    if (!lab_ready())
        return;
    bench_open(&b, 1, 1);
    lay(&b, "up reset when SYN", MS_CHAIN_ALL_PATHS);
    int l = listening(&b, "10.1.0.1"), c = connecting(&b, "10.1.0.2", "10.1.0.1");
    ck_assert(until(&b, c, POLLOUT, GUARD_S * 1000));
    UNIT_NUM_EQ(connected(c), ECONNREFUSED);
    UNIT_NUM_EQ(b.seen.n[0][MS_SERVER][0], 0);
    UNIT_NUM_EQ(b.seen.n[0][MS_CLIENT][0], 1);
    close(l);
    close(c);
    bench_close(&b);
}
END_TEST

/* Segments as large as the path allows grow, and still get through. */
START_TEST(test_growth)
{
    struct bench b;
    int c, s;
    if (!lab_ready())
        return;
    bench_open(&b, 1, 1);
    const int id = lay(&b, "up insert fd08f98900000000 when data", 0);
    pair(&b, &c, &s);
    ck_assert(transfer(&b, c, s, 1 << 20, false));
    ck_assert(ms_chain_hits(b.chain, id) > 100);
    struct ms_box_counts n;
    ms_box_counts(b.box, &n);
    UNIT_NUM_EQ(n.too_large, 0);
    close(c);
    close(s);
    bench_close(&b);
}
END_TEST

/* Translated, the client is another to the server, which finds it by ARP or neighbour discovery. */
START_TEST(test_translation)
{
    static const struct {
        const char *rewrite, *from, *to, *seen_as;
    } rows[] = {{"up nat 10.1.0.77", "10.1.0.2", "10.1.0.1", "10.1.0.77"},
                {"up nat fd00:1::77", "fd00:1::2", "fd00:1::1", "fd00:1::77"}};
    if (!lab_ready())
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        struct bench b;
        bench_open(&b, 1, 1);
        if (b.lab.ipv6 || i == 0) {
            lay(&b, rows[i].rewrite, MS_CHAIN_ALL_PATHS);
            int l = listening(&b, rows[i].to), c = connecting(&b, rows[i].from, rows[i].to);
            ck_assert_msg(until(&b, c, POLLOUT, GUARD_S * 1000), "%s", rows[i].rewrite);
            ck_assert(until(&b, l, POLLIN, GUARD_S * 1000));
            union address peer;
            socklen_t len = sizeof peer;
            int s = accept4(l, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
            char text[INET6_ADDRSTRLEN];
            inet_ntop(peer.any.sa_family,
                      i == 1 ? (void *)&peer.v6.sin6_addr : (void *)&peer.v4.sin_addr, text,
                      sizeof text);
            ck_assert_str_eq(text, rows[i].seen_as);
            ck_assert(transfer(&b, c, s, 1 << 20, true));
            close(l);
            close(c);
            close(s);
        }
        bench_close(&b);
    }
}
END_TEST

enum { NUMBERED = 300 };

/* Numbers of the datagrams that the client sent, as the taps saw them. */
struct numbers {
    unsigned n, wrong_order;
    uint32_t last;
};

static void count(void *ctx, unsigned path, enum ms_host side, enum ms_dir dir, uint64_t time_ns,
                  const uint8_t *frame, size_t len)
{
    struct numbers *k = ctx;
    (void)path;
    (void)time_ns;
    enum { UDP = 17, PROTOCOL_AT = 14 + 9, PAYLOAD_AT = 14 + 20 + 8 };
    if (side != MS_CLIENT || dir != MS_DIR_RX || len < PAYLOAD_AT + 4 ||
        ms_get16(frame + 12) != 0x0800 || frame[PROTOCOL_AT] != UDP)
        return;
    const uint32_t number = ms_get32(frame + PAYLOAD_AT);
    k->wrong_order += number != k->last + 1;
    k->last = number;
    k->n++;
}

/* Frames of several paths are seen in the order in which the host sent them, though they come by several wires. */
START_TEST(test_order)
{
    struct ms_topo topo;
    struct ms_lab lab;
    struct ms_box *box;
    struct numbers k = {0};
    const struct ms_box_tap tap = {count, &k};
    if (!lab_ready())
        return;
    lab_hosts(&topo, 2, 2);
    LAB_OK(ms_lab_create(&lab, &topo, err));
    LAB_OK(ms_box_open(&lab, NULL, &tap, &box, err));
    struct bench b = {.lab = lab, .box = box};
    const int s[2] = {datagrams(&b, MS_CLIENT, "10.1.0.2", 0),
                      datagrams(&b, MS_CLIENT, "10.2.0.2", 0)};
    union address to[2];
    fill(&to[0], "10.1.0.1", PORT);
    fill(&to[1], "10.2.0.1", PORT);
    uint8_t number[4];
    /* Before the rest, one over each path, so that the hosts know one another. */
    for (unsigned i = 1; i <= NUMBERED; i++) {
        ms_put32(number, i);
        const unsigned p = i < 3 ? i - 1 : i * 7 / 3 % 2;
        ck_assert(sendto(s[p], number, 4, 0, &to[p].any, sizeof to[p].v4) == 4);
        while (i < 3 && k.n < i)
            turn(&b, -1, 0, 5);
    }
    const uint64_t end = ms_now_ns() + GUARD_S * 1000000000ull;
    while (k.n < NUMBERED && ms_now_ns() < end)
        turn(&b, -1, 0, 5);
    UNIT_NUM_EQ(k.n, NUMBERED);
    UNIT_NUM_EQ(k.wrong_order, 0);
    close(s[0]);
    close(s[1]);
    ms_box_close(box);
    ms_lab_destroy(&lab);
}
END_TEST

/* Takes the client's first interface away. */
static void delete_interface(const struct bench *b)
{
    _Alignas(8) char buf[256] = {0};
    LAB_OK(ms_lab_enter(&b->lab, MS_CLIENT, err));
    struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
    ck_assert_ptr_nonnull(nl);
    struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
    h->nlmsg_type = RTM_DELLINK;
    h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(h, sizeof *ifi);
    ifi->ifi_index = (int)b->lab.host[MS_CLIENT].path[0].iut_ifindex;
    ck_assert(mnl_socket_sendto(nl, h, h->nlmsg_len) > 0);
    ck_assert(mnl_socket_recvfrom(nl, buf, sizeof buf) > 0);
    mnl_socket_close(nl);
    LAB_OK(ms_lab_enter_box(&b->lab, err));
}

START_TEST(test_vanishing_interface)
{
    struct bench b;
    struct ms_error err = {0};
    if (!lab_ready())
        return;
    bench_open(&b, 1, 1);
    delete_interface(&b);
    const uint64_t end = ms_now_ns() + GUARD_S * 1000000000ull;
    int rc;
    while ((rc = ms_box_work(b.box, &err)) >= 0 && ms_now_ns() < end) {
        struct pollfd p = {.fd = ms_box_fd(b.box), .events = POLLIN};
        poll(&p, 1, 100);
    }
    ck_assert(rc == MS_ERR_SYS);
    ck_assert_msg(strstr(err.msg, "c1") != NULL && strstr(err.msg, "middlebox") != NULL, "%s",
                  err.msg);
    /* And a box is not opened on what is not there. */
    struct ms_box *none = NULL;
    ck_assert(ms_box_open(&b.lab, NULL, NULL, &none, &err) < 0 && none == NULL);
    ms_box_close(b.box);
    ms_chain_free(b.chain);
    ms_lab_destroy(&b.lab);
}
END_TEST

/* A host's interface goes down and up: frames for it vanish, nothing breaks. */
START_TEST(test_interface_down)
{
    struct bench b;
    int c, s;
    if (!lab_ready())
        return;
    bench_open(&b, 1, 1);
    pair(&b, &c, &s);
    ck_assert(transfer(&b, c, s, 1000, true));
    LAB_OK(ms_net_iut_link(&b.lab.host[MS_SERVER], 0, false, err));
    ck_assert(send(c, "x", 1, MSG_NOSIGNAL) == 1);
    const unsigned before = b.seen.n[0][MS_CLIENT][1];
    while (b.seen.n[0][MS_CLIENT][1] < before + 1)
        turn(&b, -1, 0, 50);
    LAB_OK(ms_net_iut_link(&b.lab.host[MS_SERVER], 0, true, err));
    ck_assert(until(&b, s, POLLIN, GUARD_S * 1000));
    struct ms_box_counts n;
    ms_box_counts(b.box, &n);
    ck_assert(n.no_carrier >= 1);
    close(c);
    close(s);
    bench_close(&b);
}
END_TEST

static unsigned open_descriptors(void)
{
    unsigned n = 0;
    DIR *d = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(d);
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n;
}

START_TEST(test_nothing_left)
{
    if (!lab_ready())
        return;
    struct bench b;
    bench_open(&b, 2, 2); /* what stays open for the process' life */
    bench_close(&b);
    const unsigned before = open_descriptors();
    bench_open(&b, 2, 2);
    bench_close(&b);
    UNIT_NUM_EQ(open_descriptors(), before);
}
END_TEST

/* As an ordinary user: everything in a user namespace. Exit 77: this system forbids it. */
START_TEST(test_rootless)
{
    pid_t pid = fork();
    ck_assert(pid >= 0);
    if (pid == 0) {
        struct ms_error why = {0};
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(1);
        if (ms_privilege_acquire(&why) != MS_OK) {
            printf("skipped: %s\n", why.msg);
            fflush(stdout);
            _exit(77);
        }
        struct bench b;
        int c, s;
        bench_open(&b, 2, 2);
        pair(&b, &c, &s);
        if (!transfer(&b, c, s, 1 << 20, true))
            _exit(2);
        bench_close(&b);
        _exit(0);
    }
    int status = 0;
    ck_assert(waitpid(pid, &status, 0) == pid);
    ck_assert_msg(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77),
                  "status 0x%x", (unsigned)status);
}
END_TEST

UNIT_MAIN("middlebox", test_every_path, test_transfer, test_cut, test_drop_and_duplicate,
          test_delay, test_answer, test_translation, test_growth, test_order,
          test_vanishing_interface, test_interface_down, test_nothing_left, test_rootless)
