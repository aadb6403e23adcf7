/* SPDX-License-Identifier: MIT */
/* Two hosts and what they would send where; frames between them: test_middlebox.c. */
#include "netlab.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <linux/ip.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static ino_t namespace_now(void)
{
    struct stat s;
    ck_assert(stat("/proc/thread-self/ns/net", &s) == 0);
    return s.st_ino;
}

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

START_TEST(test_create_and_return)
{
    struct ms_topo t;
    struct ms_lab lab;
    if (!lab_ready())
        return;
    ino_t home = namespace_now();
    lab_hosts(&t, 2, 2);
    /* What the process keeps for itself from the first time on is no leak. */
    LAB_OK(ms_lab_create(&lab, &t, err));
    ms_lab_destroy(&lab);
    const unsigned before = open_descriptors();
    LAB_OK(ms_lab_create(&lab, &t, err));
    ino_t box = namespace_now();
    LAB_OK(ms_lab_enter(&lab, MS_CLIENT, err));
    ino_t client = namespace_now();
    LAB_OK(ms_lab_enter(&lab, MS_SERVER, err));
    ino_t server = namespace_now();
    LAB_OK(ms_net_enter_iut(&lab.host[MS_CLIENT], err));
    ck_assert(namespace_now() == client);
    LAB_OK(ms_net_enter_tester(&lab.host[MS_CLIENT], err));
    ck_assert(namespace_now() == box);
    ck_assert(box != home && client != home && server != home);
    ck_assert(box != client && box != server && client != server);
    ms_lab_destroy(&lab);
    ck_assert(namespace_now() == home);
    UNIT_NUM_EQ(open_descriptors(), before);
    ms_lab_destroy(&lab); /* harmless */
}
END_TEST

START_TEST(test_interfaces)
{
    struct ms_topo t;
    struct ms_lab lab;
    if (!lab_ready())
        return;
    lab_hosts(&t, 2, 2);
    LAB_OK(ms_lab_create(&lab, &t, err));
    static const char *const in_box[] = {"c1", "c2", "s1", "s2"}, *const in_host[] = {"eth1",
                                                                                      "eth2"};
    for (size_t i = 0; i < MS_ARRAY_LEN(in_box); i++)
        ck_assert_msg(if_nametoindex(in_box[i]) != 0, "%s", in_box[i]);
    /* The box has no address of any kind. */
    struct ifaddrs *all = NULL;
    ck_assert(getifaddrs(&all) == 0);
    for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next)
        ck_assert_msg(a->ifa_addr == NULL || a->ifa_addr->sa_family == AF_PACKET ||
                          strcmp(a->ifa_name, "lo") == 0,
                      "%s", a->ifa_name);
    freeifaddrs(all);
    for (enum ms_host h = MS_CLIENT; h <= MS_SERVER; h++) {
        LAB_OK(ms_lab_enter(&lab, h, err));
        for (size_t i = 0; i < MS_ARRAY_LEN(in_host); i++)
            UNIT_NUM_EQ(if_nametoindex(in_host[i]), lab.host[h].path[i].iut_ifindex);
        char got[64];
        for (const struct ms_profile_item *p = ms_profile; p->name != NULL; p++) {
            if (strcmp(p->name, "net.ipv4.tcp_rmem") == 0 ||
                strcmp(p->name, "net.ipv4.tcp_wmem") == 0)
                continue; /* the lab's own, below */
            if (p->optional && ms_sysctl_get(p->name, got, sizeof got, NULL) != MS_OK)
                continue;
            LAB_OK(ms_sysctl_get(p->name, got, sizeof got, err));
            ck_assert_str_eq(got, p->value);
        }
        LAB_OK(ms_sysctl_get("net.ipv4.tcp_rmem", got, sizeof got, err));
        ck_assert_str_eq(got, "4096 6291456 6291456");
        LAB_OK(ms_sysctl_get("net.ipv4.tcp_wmem", got, sizeof got, err));
        ck_assert_str_eq(got, "4096 16384 524288");
    }
    ms_lab_destroy(&lab);
}
END_TEST

/*
 * By which interface ("1", "2") and with which source a host would send to `to`, bound to `from` (may be NULL); and
 * the MTU of that path.
 */
static void way(const char *from, const char *to, char got[64])
{
    struct sockaddr_storage own = {0}, peer = {0};
    const bool six = strchr(to, ':') != NULL;
    const int family = six ? AF_INET6 : AF_INET;
    socklen_t len = six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    struct sockaddr_in6 *p6 = (void *)&peer, *o6 = (void *)&own;
    struct sockaddr_in *p4 = (void *)&peer, *o4 = (void *)&own;
    own.ss_family = peer.ss_family = (sa_family_t)family;
    p4->sin_port = htons(9);
    ck_assert(inet_pton(family, to, six ? (void *)&p6->sin6_addr : (void *)&p4->sin_addr) == 1);
    if (from != NULL)
        ck_assert(inet_pton(family, from, six ? (void *)&o6->sin6_addr : (void *)&o4->sin_addr) ==
                  1);
    const int s = socket(family, SOCK_DGRAM, 0);
    ck_assert(from == NULL || bind(s, (struct sockaddr *)&own, len) == 0);
    ck_assert_msg(connect(s, (struct sockaddr *)&peer, len) == 0, "no route to %s", to);
    ck_assert(getsockname(s, (struct sockaddr *)&own, &len) == 0);
    char text[INET6_ADDRSTRLEN];
    inet_ntop(family, six ? (void *)&o6->sin6_addr : (void *)&o4->sin_addr, text, sizeof text);
    int mtu = 0;
    socklen_t size = sizeof mtu;
    ck_assert(
        getsockopt(s, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_MTU : IP_MTU, &mtu, &size) == 0);
    snprintf(got, 64, "%s %d", text, mtu);
    close(s);
}

START_TEST(test_routes)
{
    static const struct {
        enum ms_host at;
        unsigned servers;
        const char *from, *to, *want;
    } rows[] = {
        {MS_CLIENT, 2, NULL, "10.1.0.1", "10.1.0.2 1500"},
        {MS_CLIENT, 2, NULL, "10.2.0.1", "10.2.0.2 1500"},
        {MS_CLIENT, 2, NULL, "fd00:2::1", "fd00:2::2 1500"},
        {MS_CLIENT, 2, "10.2.0.2", "10.1.0.1", "10.2.0.2 1500"},
        {MS_CLIENT, 2, NULL, "192.0.2.1", "10.1.0.2 1500"},
        {MS_SERVER, 2, NULL, "10.2.0.2", "10.2.0.1 1500"},
        {MS_SERVER, 2, "10.1.0.1", "10.2.0.2", "10.1.0.1 1500"},
        {MS_CLIENT, 1, "10.2.0.2", "10.1.0.1", "10.2.0.2 1500"},
        {MS_CLIENT, 1, "fd00:2::2", "fd00:1::1", "fd00:2::2 1500"},
        {MS_SERVER, 1, NULL, "10.2.0.2", "10.1.0.1 1500"},
        {MS_SERVER, 1, NULL, "fd00:2::2", "fd00:1::1 1500"},
    };
    if (!lab_ready())
        return;
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        struct ms_topo t;
        struct ms_lab lab;
        char got[64];
        lab_hosts(&t, 2, rows[i].servers);
        LAB_OK(ms_lab_create(&lab, &t, err));
        if (lab.ipv6 || strchr(rows[i].to, ':') == NULL) {
            LAB_OK(ms_lab_enter(&lab, rows[i].at, err));
            way(rows[i].from, rows[i].to, got);
            ck_assert_msg(strcmp(got, rows[i].want) == 0, "row %zu: %s, not %s", i, got,
                          rows[i].want);
        }
        ms_lab_destroy(&lab);
    }
}
END_TEST

START_TEST(test_refusals)
{
    struct ms_topo t;
    struct ms_lab lab;
    struct ms_error err = {0};
    if (!lab_ready())
        return;
    ino_t home = namespace_now();
    lab_dual(&t);
    ck_assert(ms_lab_create(&lab, &t, &err) == MS_ERR_RANGE);
    ck_assert_msg(strstr(err.msg, "no client and server") != NULL, "%s", err.msg);
    lab_hosts(&t, 2, 2);
    t.n_paths = MS_PATHS_MAX + 1;
    ck_assert(ms_lab_create(&lab, &t, &err) == MS_ERR_RANGE);
    lab_hosts(&t, 2, 2);
    lab_add(&t, "c3", false, 0, "10.1.0.2", NULL);
    ck_assert(ms_lab_create(&lab, &t, &err) == MS_ERR_SYS);
    ck_assert_msg(strstr(err.msg, "10.1.0.2") != NULL, "%s", err.msg);
    ck_assert(namespace_now() == home);
    ck_assert(lab.ns_origin == -1 && lab.ns_box == -1 && lab.host[MS_CLIENT].ns_iut == -1);
}
END_TEST

UNIT_MAIN("lab", test_create_and_return, test_interfaces, test_routes, test_refusals)
