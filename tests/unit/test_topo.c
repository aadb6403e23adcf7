/* SPDX-License-Identifier: MIT */
#include "netlab.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static ino_t namespace_now(void)
{
    struct stat s;
    ck_assert(stat("/proc/thread-self/ns/net", &s) == 0);
    return s.st_ino;
}

/* The source address that the IUT's kernel would take to reach `to`, by connecting a datagram socket. */
static void source_for(const char *to, const char *from, char out[46])
{
    struct ms_addr a = lab_addr(to);
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(9)};
    socklen_t len = sizeof sa;
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (from != NULL) {
        struct sockaddr_in own = {.sin_family = AF_INET};
        ck_assert(inet_pton(AF_INET, from, &own.sin_addr) == 1);
        ck_assert(bind(s, (struct sockaddr *)&own, sizeof own) == 0);
    }
    memcpy(&sa.sin_addr, a.octets, 4);
    ck_assert_msg(connect(s, (struct sockaddr *)&sa, sizeof sa) == 0, "no route to %s", to);
    ck_assert(getsockname(s, (struct sockaddr *)&sa, &len) == 0);
    inet_ntop(AF_INET, &sa.sin_addr, out, 46);
    close(s);
}

START_TEST(test_create_and_return)
{
    struct ms_topo t;
    struct ms_net net;
    if (!lab_ready())
        return;
    void (*const kinds[])(struct ms_topo *) = {lab_single, lab_dual};
    ino_t home = namespace_now();
    for (size_t i = 0; i < MS_ARRAY_LEN(kinds); i++) {
        kinds[i](&t);
        LAB_OK(ms_net_create(&net, &t, err));
        ino_t tester = namespace_now();
        LAB_OK(ms_net_enter_iut(&net, err));
        ino_t iut = namespace_now();
        ck_assert(tester != home && iut != home && iut != tester);
        LAB_OK(ms_net_enter_tester(&net, err));
        ck_assert(namespace_now() == tester);
        ms_net_destroy(&net);
        ck_assert(namespace_now() == home);
    }
}
END_TEST

START_TEST(test_routes)
{
    struct ms_topo t;
    struct ms_net net;
    char got[46];
    if (!lab_ready())
        return;
    lab_dual(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    LAB_OK(ms_net_enter_iut(&net, err));
    static const struct {
        const char *to, *from, *want;
    } rows[] = {
        {"10.0.1.1", NULL, "10.0.1.2"},       {"10.0.2.1", NULL, "10.0.2.2"},
        {"192.0.2.9", NULL, "10.0.2.2"},      {"198.51.100.1", NULL, "10.0.1.2"},
        {"10.0.1.1", "10.0.2.2", "10.0.2.2"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        source_for(rows[i].to, rows[i].from, got);
        ck_assert_str_eq(got, rows[i].want);
    }
    LAB_OK(ms_net_enter_tester(&net, err));
    ms_net_destroy(&net);
}
END_TEST

START_TEST(test_profile)
{
    struct ms_topo t;
    struct ms_net net;
    char got[128];
    if (!lab_ready())
        return;
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    LAB_OK(ms_net_enter_iut(&net, err));
    for (const struct ms_profile_item *p = ms_profile; p->name != NULL; p++) {
        if (p->optional && ms_sysctl_get(p->name, got, sizeof got, NULL) != MS_OK)
            continue;
        LAB_OK(ms_sysctl_get(p->name, got, sizeof got, err));
        ck_assert_msg(strcmp(got, p->value) == 0, "%s: want %s, got %s", p->name, p->value, got);
    }
    ck_assert(ms_sysctl_set("net.ipv4.no_such_thing", "1", NULL) == MS_ERR_SYS);
    ck_assert(ms_sysctl_set("../../etc/passwd", "1", NULL) == MS_ERR_PARSE);
    ck_assert(ms_sysctl_get("", got, sizeof got, NULL) == MS_ERR_PARSE);
    ms_net_destroy(&net);
}
END_TEST

START_TEST(test_refusals)
{
    struct ms_topo t;
    struct ms_net net;
    struct ms_error err = {0};
    if (!lab_ready())
        return;
    ino_t home = namespace_now();
    lab_single(&t);
    t.n_paths = 0;
    ck_assert(ms_net_create(&net, &t, &err) == MS_ERR_RANGE);
    lab_single(&t);
    t.addr[1].path = 1;
    ck_assert(ms_net_create(&net, &t, &err) == MS_ERR_RANGE);
    /* The kernel's refusal names what was refused; everything is undone. */
    lab_single(&t);
    lab_add(&t, "i2", true, 0, "10.0.1.2", NULL);
    ck_assert(ms_net_create(&net, &t, &err) == MS_ERR_SYS);
    ck_assert_msg(strstr(err.msg, "10.0.1.2") != NULL, "%s", err.msg);
    ck_assert(namespace_now() == home);
    ck_assert(net.ns_iut == -1 && net.ns_tester == -1 && net.ns_host == -1);
}
END_TEST

START_TEST(test_changes)
{
    struct ms_topo t;
    struct ms_net net;
    char got[46];
    if (!lab_ready())
        return;
    lab_dual(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    struct ms_addr extra = lab_addr("10.0.1.77"), extra6 = lab_addr("fd00:1::77");
    LAB_OK(ms_net_iut_addr(&net, 0, &extra, 24, true, err));
    LAB_OK(ms_net_iut_addr(&net, 0, &extra6, 64, true, err));
    ck_assert(ms_net_iut_addr(&net, 0, &extra, 24, true, NULL) == MS_ERR_SYS);
    ck_assert(ms_net_iut_addr(&net, 7, &extra, 24, true, NULL) == MS_ERR_RANGE);
    /* The first address goes: another one of the prefix takes over. */
    LAB_OK(ms_net_iut_addr(&net, 0, &t.addr[1].v4, 24, false, err));
    LAB_OK(ms_net_enter_iut(&net, err));
    source_for("10.0.1.1", NULL, got);
    ck_assert_str_eq(got, "10.0.1.77");
    LAB_OK(ms_net_enter_tester(&net, err));
    /* Down and up: addresses of both families are there, routes again. */
    LAB_OK(ms_net_iut_link(&net, 1, false, err));
    LAB_OK(ms_net_iut_link(&net, 1, true, err));
    LAB_OK(ms_net_enter_iut(&net, err));
    source_for("192.0.2.9", NULL, got);
    ck_assert_str_eq(got, "10.0.2.2");
    LAB_OK(ms_net_enter_tester(&net, err));
    struct ms_link *l = lab_link(&net, 1);
    uint8_t mac[6];
    LAB_OK(ms_link_prove(l, &t.addr[2].v4, &t.addr[3].v4, 3000, mac, err));
    if (net.ipv6)
        LAB_OK(ms_link_prove(l, &t.addr[2].v6, &t.addr[3].v6, 3000, mac, err));
    ms_link_close(l);
    ms_net_destroy(&net);
}
END_TEST

/* As an ordinary user: everything in a user namespace. Exit 77: this system forbids it. */
START_TEST(test_rootless)
{
    pid_t pid = fork();
    ck_assert(pid >= 0);
    if (pid == 0) {
        struct ms_error err = {0};
        struct ms_topo t;
        struct ms_net net;
        uint8_t mac[6];
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(1);
        if (ms_privilege_acquire(&err) != MS_OK) {
            printf("skipped: %s\n", err.msg);
            fflush(stdout);
            _exit(77);
        }
        lab_dual(&t);
        if (ms_net_create(&net, &t, &err) != MS_OK) {
            fprintf(stderr, "%s\n", err.msg);
            _exit(2);
        }
        struct ms_link *l = lab_link(&net, 0);
        if (ms_link_prove(l, &t.addr[0].v4, &t.addr[1].v4, 3000, mac, &err) != MS_OK)
            _exit(3);
        ms_link_close(l);
        ms_net_destroy(&net);
        _exit(0);
    }
    int status = 0;
    ck_assert(waitpid(pid, &status, 0) == pid);
    ck_assert_msg(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77),
                  "status 0x%x", (unsigned)status);
}
END_TEST

START_TEST(test_find)
{
    struct ms_topo t;
    lab_dual(&t);
    ck_assert(ms_topo_addr_find(&t, "i2") == &t.addr[3]);
    ck_assert(ms_topo_addr_find(&t, "i9") == NULL);
    UNIT_NUM_EQ(ms_topo_addr_of(&t.addr[5], MS_IPV4).family, MS_IPV4);
    UNIT_NUM_EQ(ms_topo_addr_of(&t.addr[5], MS_IPV6).family, 0);
}
END_TEST

UNIT_MAIN("topo", test_find, test_create_and_return, test_routes, test_profile, test_refusals,
          test_changes, test_rootless)
