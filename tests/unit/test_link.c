/* SPDX-License-Identifier: MIT */
#include "netlab.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

/* A plain connect from the IUT, so that a SYN comes. */
static int iut_connect(const struct ms_net *net, const struct ms_addr *to)
{
    LAB_OK(ms_net_enter_iut(net, err));
    bool six = to->family == MS_IPV6;
    int s = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    LAB_OK(ms_net_enter_tester(net, err));
    if (six) {
        struct sockaddr_in6 sa = {.sin6_family = AF_INET6, .sin6_port = htons(4433)};
        memcpy(&sa.sin6_addr, to->octets, 16);
        ck_assert(connect(s, (struct sockaddr *)&sa, sizeof sa) == -1);
    } else {
        struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(4433)};
        memcpy(&sa.sin_addr, to->octets, 4);
        ck_assert(connect(s, (struct sockaddr *)&sa, sizeof sa) == -1);
    }
    return s;
}

/* Next frame within a second; false: none. */
static bool wait_frame(struct ms_link *l, struct ms_link_frame *f, int ms)
{
    struct ms_error why;
    for (uint64_t end = ms_now_ns() + (uint64_t)ms * 1000000;;) {
        int rc = ms_link_next(l, f, &why);
        ck_assert_msg(rc >= 0, "%s", why.msg);
        if (rc == 1)
            return true;
        if (ms_now_ns() >= end)
            return false;
        struct pollfd p = {.fd = ms_link_fd(l), .events = POLLIN};
        poll(&p, 1, 10);
    }
}

static void expect_syn(struct ms_link *l, const struct ms_addr *from, const struct ms_addr *to)
{
    struct ms_link_frame f;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh n;
    ck_assert_msg(wait_frame(l, &f, 1000), "no SYN came");
    ck_assert(ms_frame_decode(f.octets, f.len, &seg, opts, &n) == MS_FRAME_TCP);
    UNIT_NUM_EQ(seg.flags & (MS_TH_SYN | MS_TH_ACK), MS_TH_SYN);
    UNIT_NUM_EQ(seg.dport, 4433);
    ck_assert_msg(seg.tcp_csum_ok, "checksum offload of the IUT is not off");
    ck_assert(ms_addr_eq(&seg.src, from) && ms_addr_eq(&seg.dst, to));
}

START_TEST(test_prove_and_capture)
{
    struct ms_topo t;
    struct ms_net net;
    uint8_t mac[6];
    if (!lab_ready())
        return;
    lab_dual(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    struct ms_link *l[2] = {lab_link(&net, 0), lab_link(&net, 1)};
    for (unsigned p = 0; p < 2; p++) {
        LAB_OK(ms_link_prove(l[p], &t.addr[2 * p].v4, &t.addr[2 * p + 1].v4, 3000, mac, err));
        unit_octets_eq("mac", mac, 6, net.path[p].iut_mac, 6);
        if (net.ipv6) {
            LAB_OK(ms_link_prove(l[p], &t.addr[2 * p].v6, &t.addr[2 * p + 1].v6, 3000, mac, err));
            unit_octets_eq("mac", mac, 6, net.path[p].iut_mac, 6);
        }
    }
    /* The IUT resolves the tester's addresses by itself, each family, on and off link. */
    static const struct {
        unsigned path, tester, iut;
        bool six;
    } rows[] = {
        {0, 0, 1, false}, {1, 2, 3, false}, {0, 0, 1, true}, {1, 2, 3, true}, {1, 4, 3, false}};
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        if (rows[i].six && !net.ipv6)
            continue;
        enum ms_family family = rows[i].six ? MS_IPV6 : MS_IPV4;
        struct ms_addr to = ms_topo_addr_of(&t.addr[rows[i].tester], family);
        struct ms_addr from = ms_topo_addr_of(&t.addr[rows[i].iut], family);
        int s = iut_connect(&net, &to);
        expect_syn(l[rows[i].path], &from, &to);
        close(s);
    }
    /* Nothing else is on the links: neither kernel says anything of itself. */
    struct ms_link_frame f;
    for (unsigned p = 0; p < 2; p++) {
        bool stray = wait_frame(l[p], &f, 200);
        if (stray)
            unit_octets_eq("stray frame", f.octets, f.len, "", 0);
        UNIT_NUM_EQ(ms_link_lost(l[p]), 0);
        ms_link_close(l[p]);
    }
    ms_net_destroy(&net);
}
END_TEST

/* Two links on one interface: each hears its own peer and nobody else, and asks nobody else. */
START_TEST(test_peer)
{
    static const uint8_t nobody[6] = {2, 9, 9, 9, 1, 2};
    struct ms_topo t;
    struct ms_net net;
    uint8_t mac[6];
    struct ms_link_frame f;
    struct ms_error why;
    if (!lab_ready())
        return;
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    struct ms_link *own = lab_link(&net, 0), *other = lab_link(&net, 0);
    LAB_OK(ms_link_peer(own, net.path[0].iut_mac, err));
    LAB_OK(ms_link_peer(other, nobody, err));
    LAB_OK(ms_link_prove(own, &t.addr[0].v4, &t.addr[1].v4, 3000, mac, err));
    if (net.ipv6)
        LAB_OK(ms_link_prove(own, &t.addr[0].v6, &t.addr[1].v6, 3000, mac, err));
    unit_octets_eq("mac", mac, 6, net.path[0].iut_mac, 6);
    ck_assert(ms_link_prove(other, &t.addr[0].v4, &t.addr[1].v4, 50, mac, &why) == MS_ERR_TIMEOUT);
    int s = iut_connect(&net, &t.addr[0].v4);
    expect_syn(own, &t.addr[1].v4, &t.addr[0].v4);
    ck_assert(!wait_frame(other, &f, 50));
    close(s);
    ms_link_close(own);
    ms_link_close(other);
    ms_net_destroy(&net);
}
END_TEST

START_TEST(test_cut)
{
    struct ms_topo t;
    struct ms_net net;
    uint8_t mac[6];
    struct ms_link_frame f;
    if (!lab_ready())
        return;
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    struct ms_link *l = lab_link(&net, 0);
    LAB_OK(ms_link_prove(l, &t.addr[0].v4, &t.addr[1].v4, 3000, mac, err));
    ms_link_cut(l, true);
    int s = iut_connect(&net, &t.addr[0].v4);
    ck_assert(!wait_frame(l, &f, 100));
    ms_link_cut(l, false);
    expect_syn(l, &t.addr[1].v4, &t.addr[0].v4); /* its repetition after a second */
    close(s);
    ms_link_close(l);
    ms_net_destroy(&net);
}
END_TEST

/* Who asks for an address that the link does not have is heard only on demand. */
START_TEST(test_strangers)
{
    struct ms_topo t;
    struct ms_net net;
    struct ms_addr nobody;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh n = {0};
    struct ms_link_frame f;
    uint8_t mac[6];
    if (!lab_ready())
        return;
    ck_assert_int_eq(ms_addr_parse("10.0.1.77", &nobody), MS_OK);
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    struct ms_link *l = lab_link(&net, 0);
    LAB_OK(ms_link_prove(l, &t.addr[0].v4, &t.addr[1].v4, 3000, mac, err));
    int s = iut_connect(&net, &nobody);
    ck_assert(!wait_frame(l, &f, 100));
    ms_link_strangers(l, true);
    ck_assert(wait_frame(l, &f, 3000)); /* its repetition after a second */
    ck_assert_int_eq(ms_frame_decode(f.octets, f.len, &seg, opts, &n), MS_FRAME_ARP);
    ck_assert(n.request && ms_addr_eq(&n.target, &nobody));
    close(s);
    ms_link_close(l);
    ms_net_destroy(&net);
}
END_TEST

START_TEST(test_failures)
{
    struct ms_topo t;
    struct ms_net net;
    struct ms_link *l = NULL;
    struct ms_error why = {0};
    struct ms_link_frame f;
    uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
    static const uint8_t frame[60] = {2, 0, 0, 0, 1, 2, 2, 0, 0, 0, 1, 1, 0x88, 0xb5};
    if (!lab_ready())
        return;
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    ck_assert(ms_link_open("nosuch0", mac, &l, &why) < 0 && l == NULL);
    ck_assert_msg(strstr(why.msg, "nosuch0") != NULL, "%s", why.msg);
    l = lab_link(&net, 0);
    /* An address that nobody has: the guard ends it. */
    struct ms_addr nobody = lab_addr("10.0.1.200");
    ck_assert(ms_link_prove(l, &t.addr[0].v4, &nobody, 50, mac, &why) == MS_ERR_TIMEOUT);
    ck_assert_msg(strstr(why.msg, "10.0.1.200") != NULL, "%s", why.msg);
    /* The far end is down: frames are lost as in a cable that was pulled, no error. */
    LAB_OK(ms_link_send(l, frame, sizeof frame, err));
    LAB_OK(ms_net_iut_link(&net, 0, false, err));
    LAB_OK(ms_link_send(l, frame, sizeof frame, err));
    LAB_OK(ms_net_iut_link(&net, 0, true, err));
    LAB_OK(ms_link_prove(l, &t.addr[0].v4, &t.addr[1].v4, 3000, mac, err));
    /* The interface vanishes: both directions say so. */
    ck_assert(system("ip link del tester1 2>/dev/null || exit 77") == 0);
    ck_assert(ms_link_send(l, frame, sizeof frame, &why) == MS_ERR_SYS);
    ck_assert_msg(strstr(why.msg, "vanished") != NULL, "%s", why.msg);
    int rc = 0;
    for (int i = 0; i < 100 && rc >= 0; i++)
        rc = ms_link_next(l, &f, &why);
    ck_assert_msg(rc == MS_ERR_SYS, "%d", rc);
    ms_link_close(l);
    ms_net_destroy(&net);
}
END_TEST

UNIT_MAIN("link", test_prove_and_capture, test_peer, test_cut, test_strangers, test_failures)
