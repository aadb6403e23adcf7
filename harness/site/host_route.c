/* SPDX-License-Identifier: MIT */
/* Which way the kernel would send something: asked by rtnetlink. */
#include "site/host.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>

static void take_addr(const struct nlattr *attr, uint8_t family, struct ms_addr *out)
{
    size_t want = family == AF_INET ? 4 : 16;
    if (mnl_attr_get_payload_len(attr) != want)
        return;
    *out = (struct ms_addr){.family = family == AF_INET ? MS_IPV4 : MS_IPV6};
    memcpy(out->octets, mnl_attr_get_payload(attr), want);
}

/* A gateway of the other family (RFC 8950): two octets of family before the address. */
static void take_via(const struct nlattr *attr, struct ms_addr *out)
{
    const struct rtvia *via = mnl_attr_get_payload(attr);
    size_t len = mnl_attr_get_payload_len(attr);
    if (len < sizeof *via)
        return;
    size_t want = via->rtvia_family == AF_INET ? 4 : 16;
    if (len - sizeof *via != want)
        return;
    *out = (struct ms_addr){.family = via->rtvia_family == AF_INET ? MS_IPV4 : MS_IPV6};
    memcpy(out->octets, via->rtvia_addr, want);
}

static void take_route(const struct nlmsghdr *nlh, struct host_route *out)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    const char *end = mnl_nlmsg_get_payload_tail(nlh);
    out->local = rtm->rtm_type == RTN_LOCAL;
    for (const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, sizeof *rtm);
         mnl_attr_ok(attr, (int)(end - (const char *)attr)); attr = mnl_attr_next(attr)) {
        switch (mnl_attr_get_type(attr)) {
        case RTA_OIF:
            if (mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
                out->ifindex = mnl_attr_get_u32(attr);
            break;
        case RTA_GATEWAY:
            take_addr(attr, rtm->rtm_family, &out->gateway);
            break;
        case RTA_VIA:
            take_via(attr, &out->gateway);
            break;
        case RTA_PREFSRC:
            take_addr(attr, rtm->rtm_family, &out->source);
            break;
        default:
            break;
        }
    }
}

static int no_way(const struct ms_addr *to, int code, struct ms_error *err)
{
    char text[46];
    errno = code;
    return ms_fail(err, MS_ERR_NOTFOUND, "no route to %s: %s", ms_addr_text(to, text),
                   strerror(code));
}

static int ask(struct mnl_socket *s, const struct ms_addr *to, unsigned ifindex,
               struct host_route *out, struct ms_error *err)
{
    _Alignas(8) uint8_t buf[8192] = {0};
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    nlh->nlmsg_type = RTM_GETROUTE;
    nlh->nlmsg_flags = NLM_F_REQUEST;
    nlh->nlmsg_seq = 1;
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof *rtm);
    bool four = to->family == MS_IPV4;
    rtm->rtm_family = four ? AF_INET : AF_INET6;
    rtm->rtm_dst_len = four ? 32 : 128;
    mnl_attr_put(nlh, RTA_DST, four ? 4 : 16, to->octets);
    if (ifindex)
        mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
    if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
        return ms_fail_errno(err, "asking for a route");
    ssize_t n = mnl_socket_recvfrom(s, buf, sizeof buf);
    if (n < 0)
        return ms_fail_errno(err, "hearing of a route");
    nlh = (struct nlmsghdr *)(void *)buf;
    if (!mnl_nlmsg_ok(nlh, (int)n))
        return ms_fail(err, MS_ERR_SYS, "the kernel's answer about a route is cut");
    if (nlh->nlmsg_type == NLMSG_ERROR && mnl_nlmsg_get_payload_len(nlh) >= sizeof(int)) {
        const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
        return no_way(to, -e->error, err);
    }
    if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(struct rtmsg))
        return ms_fail(err, MS_ERR_SYS, "the kernel answers something else about a route");
    take_route(nlh, out);
    return MS_OK;
}

int host_route_find(const struct ms_addr *to, unsigned ifindex, struct host_route *out,
                    struct ms_error *err)
{
    *out = (struct host_route){0};
    struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (!s)
        return ms_fail_errno(err, "socket(AF_NETLINK, NETLINK_ROUTE)");
    int rc = ask(s, to, ifindex, out, err);
    mnl_socket_close(s);
    return rc;
}
