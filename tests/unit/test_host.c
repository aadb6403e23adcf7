/* SPDX-License-Identifier: MIT */
/* A bare address: ranges, rows of addresses, ports, what a service is refused. */
#include "netlab.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "site/host.h"
#include "site/iface.h"

START_TEST(ranges)
{
    static const struct {
        const char *addr, *rfc; /* NULL: public; "": of no host */
    } rows[] = {
        {"10.0.0.1", "RFC 1918"},
        {"9.255.255.255", NULL},
        {"172.16.0.1", "RFC 1918"},
        {"172.31.255.255", "RFC 1918"},
        {"172.32.0.0", NULL},
        {"172.15.0.1", NULL},
        {"192.168.3.4", "RFC 1918"},
        {"192.169.0.1", NULL},
        {"127.0.0.1", "RFC 1122"},
        {"169.254.1.1", "RFC 3927"},
        {"192.0.2.1", "RFC 5737"},
        {"192.0.3.1", NULL},
        {"198.51.100.9", "RFC 5737"},
        {"203.0.113.9", "RFC 5737"},
        {"198.18.0.1", "RFC 2544"},
        {"198.19.255.1", "RFC 2544"},
        {"198.20.0.1", NULL},
        {"8.8.8.8", NULL},
        {"fd00::1", "RFC 4193"},
        {"fc00::1", "RFC 4193"},
        {"fe00::1", NULL},
        {"fe80::1", "RFC 4291"},
        {"febf::1", "RFC 4291"},
        {"fec0::1", NULL},
        {"2001:db8::1", "RFC 3849"},
        {"2001:db9::1", NULL},
        {"3fff:fff::1", "RFC 9637"},
        {"3fff:1000::1", NULL},
        {"2001:2::1", "RFC 5180"},
        {"2001:2:1::1", NULL},
        {"::1", "RFC 4291"},
        {"::2", NULL},
        {"2600::1", NULL},
        {"224.0.0.1", ""},
        {"239.1.1.1", ""},
        {"240.0.0.1", NULL},
        {"255.255.255.255", ""},
        {"0.0.0.0", ""},
        {"ff02::1", ""},
        {"::", ""},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        struct ms_addr a = lab_addr(rows[i].addr);
        const char *rfc = host_reserved(&a), *want = rows[i].rfc;
        bool nobody = want && !*want;
        ck_assert_msg(host_no_unicast(&a) == nobody, "%s: %d", rows[i].addr, host_no_unicast(&a));
        if (nobody)
            continue;
        ck_assert_msg(rfc == want || (rfc && want && strcmp(rfc, want) == 0), "%s: %s",
                      rows[i].addr, rfc ? rfc : "public");
    }
}
END_TEST

START_TEST(sources)
{
    struct host_sources s;
    struct ms_error err;
    char text[46];
    UNIT_NUM_EQ(host_sources_parse("10.0.0.254-10.0.1.1/16", MS_IPV4, &s, &err), MS_OK);
    UNIT_NUM_EQ(s.n, 4);
    UNIT_NUM_EQ(s.prefix, 16);
    ck_assert_str_eq(ms_addr_text(&s.addr[2], text), "10.0.1.0");
    UNIT_NUM_EQ(host_sources_parse("fd00::ffff-fd00::1:0", MS_IPV6, &s, &err), MS_OK);
    UNIT_NUM_EQ(s.n, 2);
    UNIT_NUM_EQ(s.prefix, 0);
    static const char *const wrong[] = {"",
                                        "10.0.0.1-",
                                        "-10.0.0.1",
                                        "10.0.0.1/",
                                        "10.0.0.1/33",
                                        "10.0.0.1/0",
                                        "10.0.0.1/8x",
                                        "10.0.0.2-10.0.0.1",
                                        "10.0.0.1-10.0.0.99",
                                        "fd00::1",
                                        "10.0.0.1-fd00::1",
                                        "224.0.0.1",
                                        "10.0.0.1-10.0.0.2-10.0.0.3",
                                        "255.255.255.254-255.255.255.255"};
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++)
        ck_assert_msg(host_sources_parse(wrong[i], MS_IPV4, &s, &err) == MS_ERR_PARSE,
                      "%s is taken", wrong[i]);
}
END_TEST

/* No port comes twice, rows are whole, and the end is told. */
START_TEST(ports)
{
    enum { SPAN = HOST_PORT_LAST - HOST_PORT_FIRST + 1 };
    static const uint64_t seeds[] = {0, 1, 19999, 20000, 123456789};
    for (size_t i = 0; i < MS_ARRAY_LEN(seeds); i++) {
        static bool used[65536];
        struct host_ports p;
        struct ms_error err;
        uint32_t seat, want = 0, n = 0;
        uint16_t first;
        memset(used, 0, sizeof used);
        host_ports_init(&p, seeds[i]);
        while (host_ports_take(&p, 7, &first, &seat, &err) == MS_OK) {
            UNIT_NUM_EQ(seat, want++);
            for (unsigned k = 0; k < 7; k++, n++) {
                ck_assert(first + k >= HOST_PORT_FIRST && first + k <= HOST_PORT_LAST);
                ck_assert_msg(!used[first + k], "port %u comes twice", first + k);
                used[first + k] = true;
            }
        }
        ck_assert_msg(n > SPAN - 14, "only %u of %d ports were given", n, SPAN);
        ck_assert(strstr(err.msg, "ports") != NULL);
        UNIT_NUM_EQ(host_ports_take(&p, SPAN + 1, &first, &seat, &err), MS_ERR_RANGE);
    }
}
END_TEST

START_TEST(refusals)
{
    static const struct {
        const char *service, *want; /* of the case; "": it runs */
        enum ms_role role;
        const char *profile;
        bool cue, no_server;
    } rows[] = {
        {"echo", "", MS_ROLE_LISTENER, "echo", false, false},
        {"discard", "needs a service that does `discard`, and there is `echo`", MS_ROLE_LISTENER,
         "echo", false, false},
        {"discard", "", MS_ROLE_LISTENER, "http", false, false},
        {"discard", "", MS_ROLE_LISTENER, "discard", false, false},
        {NULL, "", MS_ROLE_LISTENER, "discard", false, false},
        {NULL, "no service answers at the target's port", MS_ROLE_LISTENER, "discard", true, true},
        {NULL, "the IUT must connect: --client-cue says how it is made to", MS_ROLE_INITIATOR,
         "discard", false, false},
        {NULL, "", MS_ROLE_INITIATOR, "discard", true, true},
        {NULL, "a scenario has two hosts that the harness makes", MS_ROLE_BOTH, "discard", true,
         false},
    };
    struct ms_arena *a = ms_arena_new();
    struct ms_topo topo;
    lab_single(&topo);
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        const struct ms_case c = {.name = "x", .service = rows[i].service, .role = rows[i].role};
        const struct ms_instance in = {.c = &c, .family = MS_IPV4};
        struct host_offer o = {.profile = host_profile_find(rows[i].profile),
                               .family = MS_IPV4,
                               .tester_addrs = 1,
                               .cue = rows[i].cue,
                               .no_server = rows[i].no_server};
        const char *why = host_refusal(&o, a, &in, &topo);
        ck_assert_msg(strcmp(why ? why : "", rows[i].want) == 0, "row %zu: %s", i,
                      why ? why : "it runs");
        o.family = MS_IPV6;
        ck_assert(host_refusal(&o, a, &in, &topo) != NULL);
    }
    ms_arena_free(a);
}
END_TEST

/* The namespace's table: `nft` says. */
static bool table_there(void)
{
    return system("nft list tables 2>/dev/null | grep -q mptcpspec") == 0;
}

START_TEST(shield_dies_with_its_process)
{
    struct ms_topo t;
    struct ms_net net;
    if (!lab_ready() || system("command -v nft >/dev/null") != 0)
        return;
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    struct host_shield *s;
    LAB_OK(host_shield_raise(&t.addr[1].v4, 7, 10000, 29999, &s, err));
    ck_assert(table_there());
    host_shield_lower(s);
    ck_assert(!table_there());
    int ready[2];
    ck_assert(pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct ms_error why;
        int ok = host_shield_raise(&t.addr[1].v6, 0, 10000, 29999, &s, &why) == MS_OK;
        (void)!write(ready[1], &ok, sizeof ok);
        pause();
        _exit(0);
    }
    int ok = 0;
    ck_assert(read(ready[0], &ok, sizeof ok) == sizeof ok && ok);
    ck_assert(table_there());
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ck_assert_msg(!table_there(), "the table outlived its process");
    ms_net_destroy(&net);
}
END_TEST

/* The kernel's way: on the link, by a router, to this host itself, none. */
START_TEST(routes)
{
    struct ms_topo t;
    struct ms_net net;
    struct host_route r;
    if (!lab_ready())
        return;
    lab_dual(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    LAB_OK(ms_net_enter_iut(&net, err));
    LAB_OK(host_route_find(&t.addr[0].v4, 0, &r, err));
    ck_assert(!r.local && r.gateway.family == 0 && ms_addr_eq(&r.source, &t.addr[1].v4));
    UNIT_NUM_EQ(r.ifindex, net.path[0].iut_ifindex);
    LAB_OK(host_route_find(&t.addr[1].v4, 0, &r, err));
    ck_assert(r.local);
    if (net.ipv6) {
        LAB_OK(host_route_find(&t.addr[0].v6, net.path[0].iut_ifindex, &r, err));
        ck_assert(!r.local && ms_addr_eq(&r.source, &t.addr[1].v6));
    }
    ck_assert(host_iface_own(&t.addr[1].v4) && !host_iface_own(&t.addr[0].v4));
    LAB_OK(ms_net_enter_tester(&net, err));
    struct ms_error why = {0};
    UNIT_NUM_EQ(host_route_find(&t.addr[0].v4, 0, &r, &why), MS_ERR_NOTFOUND);
    ck_assert(strstr(why.msg, "no route to 10.0.1.1") != NULL);
    ms_net_destroy(&net);
}
END_TEST

/* Asks or says whether the interface merges what it receives. */
static bool gro(const char *name, uint32_t cmd, uint32_t on)
{
    struct ethtool_value v = {.cmd = cmd, .data = on};
    struct ifreq ifr = {.ifr_data = (char *)&v};
    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", name);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert_msg(ioctl(s, SIOCETHTOOL, &ifr) == 0, "ethtool on %s", name);
    close(s);
    return v.data != 0;
}

/* Takes the interface in a process of its own, until that is killed. */
static pid_t other_run(const char *name)
{
    int ready[2], ok = 0;
    ck_assert(pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct iface i;
        struct ms_error why;
        ok = iface_take(&i, name, 1280, &why) == MS_OK;
        (void)!write(ready[1], &ok, sizeof ok);
        pause();
        _exit(0);
    }
    ck_assert(read(ready[0], &ok, sizeof ok) == sizeof ok && ok);
    return pid;
}

/* The last of several runs gives it back, whichever began, and whether it ends or is killed. */
START_TEST(merging_is_given_back_by_the_last)
{
    struct ms_topo t;
    struct ms_net net;
    struct iface first, last;
    if (!lab_ready())
        return;
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    LAB_OK(ms_net_enter_tester(&net, err));
    const char *name = net.path[0].tester_if;
    gro(name, ETHTOOL_SGRO, 1);
    LAB_OK(iface_take(&first, name, 1280, err));
    ck_assert(!gro(name, ETHTOOL_GGRO, 0));
    iface_give_back(&first);
    ck_assert(gro(name, ETHTOOL_GGRO, 0));
    for (int killed_first = 0; killed_first < 2; killed_first++) {
        pid_t pid = killed_first ? other_run(name) : 0;
        LAB_OK(iface_take(&first, name, 1280, err));
        if (!killed_first)
            pid = other_run(name);
        iface_give_back(&first);
        ck_assert_msg(!gro(name, ETHTOOL_GGRO, 0), "given back under another run");
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        LAB_OK(iface_take(&last, name, 1280, err));
        ck_assert(!gro(name, ETHTOOL_GGRO, 0));
        iface_give_back(&last);
        ck_assert_msg(gro(name, ETHTOOL_GGRO, 0), "a run that was killed left it off");
    }
    gro(name, ETHTOOL_SGRO, 0);
    LAB_OK(iface_take(&first, name, 1280, err));
    iface_give_back(&first);
    ck_assert_msg(!gro(name, ETHTOOL_GGRO, 0), "switched on though it was off before");
    ms_net_destroy(&net);
}
END_TEST

UNIT_MAIN("bare address", ranges, sources, ports, refusals, shield_dies_with_its_process, routes,
          merging_is_given_back_by_the_last)
