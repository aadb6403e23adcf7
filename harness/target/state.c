/* SPDX-License-Identifier: MIT */
/*
 * A host as it was. Addresses and routes are kept as the messages in which the kernel lists them, which it takes back as
 * requests; what is listed now and was not then is deleted, what was listed then and is not now is made again.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "target/pm.h"

enum { ENDPOINTS_MAX = 256 /* as many as there are ids */, PM_FLAG_IMPLICIT = 16 };

struct pm_state {
    bool known;
    struct pm_endpoint endpoint[ENDPOINTS_MAX];
    size_t n;
    uint32_t subflows, accepted;
};

struct ms_host_state {
    unsigned n_ifaces;
    struct {
        char name[16];
        unsigned index;
        bool up;
    } iface[MS_PATHS_MAX];
    struct pm_state pm;
    struct ms_buf addresses, routes; /* messages, one behind the other */
};

/* ---- lists of the kernel's ---- */

/* How messages of a kind are told apart and taken back. */
struct kind {
    uint16_t get, make, drop;
    size_t head;             /* octets of the fixed part */
    size_t compared;         /* of them, from the start, those that do not change by themselves */
    uint16_t passing, flags; /* attributes that do: timers, states */
};
static const struct kind addresses = {
    RTM_GETADDR, RTM_NEWADDR, RTM_DELADDR, sizeof(struct ifaddrmsg), 2, IFA_CACHEINFO, IFA_FLAGS};
static const struct kind routes = {
    RTM_GETROUTE,  RTM_NEWROUTE, RTM_DELROUTE, sizeof(struct rtmsg), 8,
    RTA_CACHEINFO, RTA_CACHEINFO};

static bool ours(const struct ms_host_state *s, uint32_t index)
{
    for (unsigned i = 0; i < s->n_ifaces; i++)
        if (s->iface[i].index == index)
            return true;
    return false;
}

/* Whether there is an attribute there, all of it. */
static bool whole(const struct nlmsghdr *m, const struct nlattr *a)
{
    return mnl_attr_ok(a, (int)((const char *)mnl_nlmsg_get_payload_tail(m) - (const char *)a));
}

/* Whether one of the next hops of a multipath route goes over an interface of ours. */
static bool any_hop_ours(const struct ms_host_state *s, const struct nlattr *a)
{
    const char *p = mnl_attr_get_payload(a);
    struct rtnexthop hop;

    for (size_t left = mnl_attr_get_payload_len(a); left >= sizeof hop;) {
        memcpy(&hop, p, sizeof hop);
        size_t n = (size_t)RTNH_ALIGN((int)hop.rtnh_len);
        if (ours(s, (uint32_t)hop.rtnh_ifindex))
            return true;
        if (hop.rtnh_len < sizeof hop || n > left)
            return false;
        p += n;
        left -= n;
    }
    return false;
}

/* An address of ours, or a route over an interface of ours that somebody made. */
static bool counts(const struct ms_host_state *s, const struct kind *k, const struct nlmsghdr *m)
{
    const struct nlattr *a;
    uint32_t out = 0, table;
    bool hop = false;

    if (m->nlmsg_type != k->make || mnl_nlmsg_get_payload_len(m) < k->head)
        return false;
    if (k == &addresses)
        return ours(s, ((const struct ifaddrmsg *)mnl_nlmsg_get_payload(m))->ifa_index);
    const struct rtmsg *rt = mnl_nlmsg_get_payload(m);
    table = rt->rtm_table;
    for (a = mnl_nlmsg_get_payload_offset(m, k->head); whole(m, a); a = mnl_attr_next(a)) {
        if (mnl_attr_get_type(a) == RTA_OIF && mnl_attr_validate(a, MNL_TYPE_U32) >= 0)
            out = mnl_attr_get_u32(a);
        if (mnl_attr_get_type(a) == RTA_MULTIPATH)
            hop = any_hop_ours(s, a);
        if (mnl_attr_get_type(a) == RTA_TABLE && mnl_attr_validate(a, MNL_TYPE_U32) >= 0)
            table = mnl_attr_get_u32(a);
    }
    return (ours(s, out) || hop) && table != RT_TABLE_LOCAL && !(rt->rtm_flags & RTM_F_CLONED) &&
           rt->rtm_type == RTN_UNICAST;
}

static int list(const struct ms_host_state *s, const struct kind *k, struct mnl_socket *sock,
                struct ms_buf *out)
{
    _Alignas(8) uint8_t buf[32768];
    static uint32_t seq;

    memset(buf, 0, sizeof buf);
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    nlh->nlmsg_type = k->get;
    nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    nlh->nlmsg_seq = ++seq;
    mnl_nlmsg_put_extra_header(nlh, k->head);
    if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
        return MS_ERR_SYS;
    for (;;) {
        ssize_t n = mnl_socket_recvfrom(sock, buf, sizeof buf);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return MS_ERR_SYS;
        const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)buf;
        for (int left = (int)n; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
            if (m->nlmsg_type == NLMSG_DONE)
                return MS_OK;
            if (m->nlmsg_type == NLMSG_ERROR)
                return MS_ERR_SYS;
            if (counts(s, k, m))
                ms_buf_add(out, m, NLMSG_ALIGN(m->nlmsg_len));
        }
    }
}

static const struct nlattr *next_lasting(const struct kind *k, const struct nlmsghdr *m,
                                         const struct nlattr *a)
{
    while (whole(m, a)) {
        if (mnl_attr_get_type(a) != k->passing && mnl_attr_get_type(a) != k->flags)
            return a;
        a = mnl_attr_next(a);
    }
    return NULL;
}

static bool same(const struct kind *k, const struct nlmsghdr *m, const struct nlmsghdr *o)
{
    if (memcmp(mnl_nlmsg_get_payload(m), mnl_nlmsg_get_payload(o), k->compared) != 0)
        return false;
    if (k == &addresses && ((const struct ifaddrmsg *)mnl_nlmsg_get_payload(m))->ifa_index !=
                               ((const struct ifaddrmsg *)mnl_nlmsg_get_payload(o))->ifa_index)
        return false;
    const struct nlattr *a = next_lasting(k, m, mnl_nlmsg_get_payload_offset(m, k->head));
    const struct nlattr *b = next_lasting(k, o, mnl_nlmsg_get_payload_offset(o, k->head));
    while (a != NULL && b != NULL) {
        if (a->nla_len != b->nla_len || memcmp(a, b, a->nla_len) != 0)
            return false;
        a = next_lasting(k, m, mnl_attr_next(a));
        b = next_lasting(k, o, mnl_attr_next(b));
    }
    return a == NULL && b == NULL;
}

static const struct nlmsghdr *at(const struct ms_buf *b, size_t *offset)
{
    if (*offset >= b->len)
        return NULL;
    const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)(b->data + *offset);
    *offset += NLMSG_ALIGN(m->nlmsg_len);
    return m;
}

static bool listed(const struct kind *k, const struct ms_buf *b, const struct nlmsghdr *m)
{
    const struct nlmsghdr *o;
    for (size_t offset = 0; (o = at(b, &offset)) != NULL;)
        if (same(k, m, o))
            return true;
    return false;
}

/* Sends a message that the kernel listed back to it as a request. */
static int ask(struct mnl_socket *sock, const struct kind *k, const struct nlmsghdr *m, bool make)
{
    _Alignas(8) uint8_t buf[8192];
    static uint32_t seq = 1u << 31;

    if (m->nlmsg_len > sizeof buf)
        return MS_ERR_SPACE;
    memcpy(buf, m, m->nlmsg_len);
    struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)buf;
    nlh->nlmsg_type = make ? k->make : k->drop;
    nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | (make ? NLM_F_CREATE : 0));
    nlh->nlmsg_seq = ++seq;
    nlh->nlmsg_pid = 0;
    if (k == &routes)
        ((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_flags &= RTNH_F_ONLINK;
    if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
        return MS_ERR_SYS;
    ssize_t n;
    while ((n = mnl_socket_recvfrom(sock, buf, sizeof buf)) < 0 && errno == EINTR)
        ;
    return n < 0 || mnl_cb_run(buf, (size_t)n, seq, 0, NULL, NULL) < 0 ? MS_ERR_SYS : MS_OK;
}

/* Makes the list what it was. Some things follow others by themselves, so failures show in the list alone. */
static int level(const struct ms_host_state *s, const struct kind *k, const struct ms_buf *was,
                 struct mnl_socket *sock, struct ms_error *err)
{
    enum { ROUNDS = 3 }; /* a route may need another one first */
    bool equal = false;
    int rc = MS_OK;

    for (int round = 0; round < ROUNDS && !equal && rc == MS_OK; round++) {
        struct ms_buf now = {0};
        const struct nlmsghdr *m;
        rc = list(s, k, sock, &now);
        equal = rc == MS_OK;
        for (size_t o = 0; rc == MS_OK && (m = at(&now, &o)) != NULL;)
            if (!listed(k, was, m)) {
                equal = false;
                (void)ask(sock, k, m, false);
            }
        for (size_t o = 0; rc == MS_OK && (m = at(was, &o)) != NULL;)
            if (!listed(k, &now, m)) {
                equal = false;
                (void)ask(sock, k, m, true);
            }
        ms_buf_free(&now);
    }
    if (rc != MS_OK)
        return ms_fail_errno(err, "listing what the host has");
    return equal ? MS_OK
                 : ms_fail(err, MS_ERR_SYS, "%s could not all be given back",
                           k == &addresses ? "addresses" : "routes");
}

/* ---- path manager ---- */

static void read_pm(struct pm_state *p)
{
    struct pm *pm;

    if (pm_open(&pm, NULL) != MS_OK)
        return;
    p->known = pm_endpoints_get(pm, p->endpoint, ENDPOINTS_MAX, &p->n) == 0 &&
               pm_limits_get(pm, &p->subflows, &p->accepted) == 0 && p->n <= ENDPOINTS_MAX;
    pm_close(pm);
}

static bool same_endpoints(const struct pm_state *a, const struct pm_state *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct pm_endpoint *x = &a->endpoint[i], *y = &b->endpoint[i];
        if (!ms_addr_eq(&x->addr, &y->addr) || x->port != y->port || x->id != y->id ||
            x->flags != y->flags || x->ifindex != y->ifindex)
            return false;
    }
    return true;
}

static int first_of(int e, int then)
{
    return e != 0 ? e : then;
}

/* The kernel makes endpoints of its own for addresses that a user space manager announced: they are not given back. */
static int restore_pm(const struct pm_state *was, struct ms_error *err)
{
    struct pm_state now = {0};
    struct pm *pm;
    int e = 0;

    read_pm(&now);
    if (!was->known || !now.known)
        return MS_OK;
    if (pm_open(&pm, err) != MS_OK)
        return MS_ERR_SYS;
    bool moved = !same_endpoints(was, &now);
    if (moved)
        e = pm_flush(pm, NULL, 0);
    for (size_t i = 0; moved && i < was->n; i++)
        if (!(was->endpoint[i].flags & PM_FLAG_IMPLICIT))
            e = first_of(e, pm_endpoint(pm, PM_CMD_ADD_ADDR, &was->endpoint[i], NULL, 0));
    if (was->subflows != now.subflows || was->accepted != now.accepted)
        e = first_of(e, pm_limits_set(pm, was->subflows, was->accepted, NULL, 0));
    pm_close(pm);
    errno = e;
    return e == 0 ? MS_OK : ms_fail_errno(err, "endpoints and limits of the path manager");
}

/* ---- interfaces ---- */

static bool flags_of(int fd, const char *name, struct ifreq *ifr)
{
    *ifr = (struct ifreq){0};
    memcpy(ifr->ifr_name, name, sizeof ifr->ifr_name);
    return ioctl(fd, SIOCGIFFLAGS, ifr) == 0;
}

static void read_flags(struct ms_host_state *s)
{
    struct ifreq ifr;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    for (unsigned i = 0; fd >= 0 && i < s->n_ifaces; i++)
        s->iface[i].up = flags_of(fd, s->iface[i].name, &ifr) && (ifr.ifr_flags & IFF_UP);
    if (fd >= 0)
        close(fd);
}

static void restore_flags(const struct ms_host_state *s)
{
    struct ifreq ifr;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    for (unsigned i = 0; fd >= 0 && i < s->n_ifaces; i++) {
        if (!flags_of(fd, s->iface[i].name, &ifr) || !!(ifr.ifr_flags & IFF_UP) == s->iface[i].up)
            continue;
        ifr.ifr_flags = (short)(ifr.ifr_flags ^ IFF_UP);
        (void)ioctl(fd, SIOCSIFFLAGS, &ifr);
    }
    if (fd >= 0)
        close(fd);
}

/* ---- all ---- */

static struct mnl_socket *open_socket(struct ms_error *err)
{
    struct mnl_socket *sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (sock == NULL)
        ms_fail_errno(err, "socket(AF_NETLINK, NETLINK_ROUTE)");
    return sock;
}

int ms_host_state_save(const struct ms_net *net, struct ms_host_state **out, struct ms_error *err)
{
    *out = NULL;
    struct ms_host_state *s = calloc(1, sizeof *s);
    struct mnl_socket *sock = open_socket(err);
    if (s == NULL || sock == NULL) {
        free(s);
        if (sock != NULL)
            mnl_socket_close(sock);
        return sock == NULL ? MS_ERR_SYS
                            : ms_fail(err, MS_ERR_NOMEM, "memory for the host's state");
    }
    s->n_ifaces = net->n_paths;
    for (unsigned i = 0; i < net->n_paths; i++) {
        memcpy(s->iface[i].name, net->path[i].iut_if, sizeof s->iface[i].name);
        s->iface[i].index = net->path[i].iut_ifindex;
    }
    read_pm(&s->pm);
    read_flags(s);
    int rc = list(s, &addresses, sock, &s->addresses);
    if (rc == MS_OK)
        rc = list(s, &routes, sock, &s->routes);
    if (rc != MS_OK)
        rc = ms_fail_errno(err, "listing what the host has");
    mnl_socket_close(sock);
    if (rc != MS_OK) {
        ms_host_state_free(s);
        return rc;
    }
    *out = s;
    return MS_OK;
}

static int restore_links(const struct ms_host_state *s, struct ms_error *err)
{
    struct mnl_socket *sock = open_socket(err);

    if (sock == NULL)
        return MS_ERR_SYS;
    restore_flags(s);
    int rc = level(s, &addresses, &s->addresses, sock, err);
    int back = level(s, &routes, &s->routes, sock, rc == MS_OK ? err : NULL);
    mnl_socket_close(sock);
    return rc == MS_OK ? back : rc;
}

/* An endpoint with a port listens on its address, which must be there before. */
int ms_host_state_restore(const struct ms_host_state *s, bool links, struct ms_error *err)
{
    int rc = links ? restore_links(s, err) : MS_OK;
    int back = restore_pm(&s->pm, rc == MS_OK ? err : NULL);
    return rc == MS_OK ? back : rc;
}

void ms_host_state_free(struct ms_host_state *s)
{
    if (s == NULL)
        return;
    ms_buf_free(&s->addresses);
    ms_buf_free(&s->routes);
    free(s);
}
