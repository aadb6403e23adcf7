/* SPDX-License-Identifier: MIT */
/* Networks for the tests of topo, link and target; skips where neither privileges nor user namespaces exist. */
#ifndef MPTCPSPEC_NETLAB_H
#define MPTCPSPEC_NETLAB_H

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit.h"

#include "mptcpspec/link.h"
#include "mptcpspec/topo.h"

/* False: the test cannot run here, said so on standard output. */
static inline bool lab_ready(void)
{
    struct ms_error err;
    if (ms_privilege_acquire(&err) == MS_OK)
        return true;
    printf("skipped: %s\n", err.msg);
    return false;
}

/* What looks after processes does so by pidfd, which valgrind does not know. */
static inline bool lab_has_pidfd(void)
{
    int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (fd < 0)
        printf("skipped: no pidfd_open: %s\n", strerror(errno));
    else
        close(fd);
    return fd >= 0;
}

#define LAB_OK(call)                                                                               \
    do {                                                                                           \
        struct ms_error lab_err = {0};                                                             \
        struct ms_error *err = &lab_err;                                                           \
        int lab_rc = (call);                                                                       \
        ck_assert_msg(lab_rc == MS_OK, "%s: %d: %s", #call, lab_rc, lab_err.msg);                  \
    } while (0)

static inline struct ms_addr lab_addr(const char *text)
{
    struct ms_addr a = {0};
    ck_assert_msg(ms_addr_parse(text, &a) == MS_OK, "address %s", text);
    return a;
}

static inline void lab_add(struct ms_topo *t, const char *name, bool on_iut, unsigned path,
                           const char *v4, const char *v6)
{
    struct ms_topo_addr *a = &t->addr[t->n_addrs++];
    *a = (struct ms_topo_addr){.on_iut = on_iut, .path = path, .prefix4 = 24, .prefix6 = 64};
    snprintf(a->name, sizeof a->name, "%s", name);
    if (v4 != NULL)
        a->v4 = lab_addr(v4);
    if (v6 != NULL)
        a->v6 = lab_addr(v6);
}

/* One path, both families. */
static inline void lab_single(struct ms_topo *t)
{
    *t = (struct ms_topo){.name = "single", .n_paths = 1};
    lab_add(t, "t1", false, 0, "10.0.1.1", "fd00:1::1");
    lab_add(t, "i1", true, 0, "10.0.1.2", "fd00:1::2");
}

/* Two paths, the IUT chooses the interface by its source address; a tester address outside all prefixes. */
static inline void lab_dual(struct ms_topo *t)
{
    *t = (struct ms_topo){.name = "dual", .n_paths = 2, .source_tables = true};
    lab_add(t, "t1", false, 0, "10.0.1.1", "fd00:1::1");
    lab_add(t, "i1", true, 0, "10.0.1.2", "fd00:1::2");
    lab_add(t, "t2", false, 1, "10.0.2.1", "fd00:2::1");
    lab_add(t, "i2", true, 1, "10.0.2.2", "fd00:2::2");
    lab_add(t, "t3", false, 1, "192.0.2.9", "2001:db8::9");
    lab_add(t, "i3", true, 1, "10.0.2.3", NULL);
}

/* Client and server on two paths; `servers`: on how many of them the server has an address. */
static inline void lab_hosts(struct ms_topo *t, unsigned paths, unsigned servers)
{
    *t = (struct ms_topo){
        .name = "hosts", .n_paths = paths, .source_tables = true, .two_hosts = true};
    lab_add(t, "c1", false, 0, "10.1.0.2", "fd00:1::2");
    lab_add(t, "s1", true, 0, "10.1.0.1", "fd00:1::1");
    if (paths > 1)
        lab_add(t, "c2", false, 1, "10.2.0.2", "fd00:2::2");
    if (servers > 1)
        lab_add(t, "s2", true, 1, "10.2.0.1", "fd00:2::1");
}

/* Opens the tester's link of a path and owns all tester addresses on it. */
static inline struct ms_link *lab_link(const struct ms_net *net, unsigned path)
{
    struct ms_link *l = NULL;
    LAB_OK(ms_link_open(net->path[path].tester_if, net->path[path].tester_mac, &l, err));
    for (unsigned i = 0; i < net->topo->n_addrs; i++) {
        const struct ms_topo_addr *a = &net->topo->addr[i];
        if (a->on_iut || a->path != path)
            continue;
        if (a->v4.family != 0)
            LAB_OK(ms_link_own(l, &a->v4, err));
        if (a->v6.family != 0)
            LAB_OK(ms_link_own(l, &a->v6, err));
    }
    return l;
}

#endif
