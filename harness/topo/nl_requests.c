/* SPDX-License-Identifier: MIT */
/* The requests that networks are made of: links, addresses, routes, rules. */
#include "topo/nl.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

static uint8_t af_of(enum ms_family family)
{
    return family == MS_IPV6 ? AF_INET6 : AF_INET;
}

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const struct ms_addr *a)
{
    mnl_attr_put(nlh, type, a->family == MS_IPV6 ? 16 : 4, a->octets);
}

/* Puts one end; one queue, since by default veth makes one per processor, which costs memory and order. */
static void put_end(struct nlmsghdr *nlh, unsigned ifindex, unsigned flags, const char *name,
                    const uint8_t mac[6], unsigned mtu)
{
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof *ifi);
    ifi->ifi_index = (int)ifindex;
    ifi->ifi_flags = flags;
    ifi->ifi_change = flags;
    mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
    mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
    mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, 1);
    mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, 1);
    if (mtu != 0)
        mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
}

/*
 * The tester's end is born up, the IUT's is brought up later: it then has its carrier at once, and its frames
 * pass without waiting for the kernel's deferred work on links.
 */
void nl_veth(struct nl_batch *b, const struct ms_net *net, unsigned path)
{
    struct nlmsghdr *nlh = nl_add(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
                                  "veth pair (is the veth driver there?)", NULL);
    put_end(nlh, net->path[path].tester_ifindex, IFF_UP, net->path[path].tester_if,
            net->path[path].tester_mac, net->mtu);
    struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
    mnl_attr_put_str(nlh, IFLA_INFO_KIND, "veth");
    struct nlattr *data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
    struct nlattr *peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
    put_end(nlh, net->path[path].iut_ifindex, 0, net->path[path].iut_if, net->path[path].iut_mac,
            net->mtu);
    mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)net->ns_iut);
    mnl_attr_nest_end(nlh, peer);
    mnl_attr_nest_end(nlh, data);
    mnl_attr_nest_end(nlh, info);
    nl_end(b, nlh);
}

void nl_macvlan(struct nl_batch *b, const struct ms_net *net, unsigned path, unsigned parent,
                unsigned mtu)
{
    struct nlmsghdr *nlh = nl_add(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
                                  "macvlan (is the macvlan driver there? CONFIG_MACVLAN, "
                                  "`modprobe macvlan`)",
                                  NULL);
    put_end(nlh, net->path[path].iut_ifindex, 0, net->path[path].iut_if, net->path[path].iut_mac,
            mtu);
    mnl_attr_put_u32(nlh, IFLA_LINK, parent);
    mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)net->ns_iut);
    struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
    mnl_attr_put_str(nlh, IFLA_INFO_KIND, "macvlan");
    struct nlattr *data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
    mnl_attr_put_u32(nlh, IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE);
    mnl_attr_nest_end(nlh, data);
    mnl_attr_nest_end(nlh, info);
    nl_end(b, nlh);
}

void nl_arp_off(struct nl_batch *b, unsigned ifindex)
{
    struct nlmsghdr *nlh = nl_add(b, RTM_NEWLINK, 0, "ARP off", NULL);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof *ifi);
    ifi->ifi_index = (int)ifindex;
    ifi->ifi_flags = ifi->ifi_change = IFF_NOARP;
    nl_end(b, nlh);
}

void nl_link_up(struct nl_batch *b, unsigned ifindex, bool up)
{
    struct nlmsghdr *nlh = nl_add(b, RTM_NEWLINK, 0, up ? "link up" : "link down", NULL);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof *ifi);
    ifi->ifi_index = (int)ifindex;
    ifi->ifi_flags = up ? IFF_UP : 0;
    ifi->ifi_change = IFF_UP;
    nl_end(b, nlh);
}

/* NODAD: an IPv6 address is usable at once; NOPREFIXROUTE: the connected route is ours, with quickack. */
void nl_addr(struct nl_batch *b, unsigned ifindex, const struct ms_addr *addr, uint8_t prefix,
             bool add)
{
    struct nlmsghdr *nlh =
        nl_add(b, add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE | NLM_F_EXCL : 0,
               add ? "adding address" : "removing address", addr);
    struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof *ifa);
    ifa->ifa_family = af_of(addr->family);
    ifa->ifa_prefixlen = prefix;
    ifa->ifa_index = ifindex;
    ifa->ifa_scope = RT_SCOPE_UNIVERSE;
    put_addr(nlh, IFA_LOCAL, addr);
    put_addr(nlh, IFA_ADDRESS, addr);
    if (add)
        mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
    nl_end(b, nlh);
}

void nl_route(struct nl_batch *b, unsigned ifindex, uint32_t table, const struct ms_addr *dst,
              enum ms_family family, uint8_t prefix, const struct ms_addr *gateway,
              const struct ms_addr *source)
{
    struct nlmsghdr *nlh =
        nl_add(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
               dst != NULL ? "route to" : "default route via", dst != NULL ? dst : gateway);
    struct rtmsg *rt = mnl_nlmsg_put_extra_header(nlh, sizeof *rt);
    rt->rtm_family = af_of(family);
    rt->rtm_dst_len = dst != NULL ? prefix : 0;
    rt->rtm_table = RT_TABLE_UNSPEC;
    rt->rtm_protocol = RTPROT_STATIC;
    rt->rtm_type = RTN_UNICAST;
    rt->rtm_scope = gateway != NULL || family == MS_IPV6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    mnl_attr_put_u32(nlh, RTA_TABLE, table);
    mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
    if (dst != NULL) {
        struct ms_addr net = *dst;
        for (unsigned bit = prefix; bit < (family == MS_IPV6 ? 128u : 32u); bit++)
            net.octets[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
        put_addr(nlh, RTA_DST, &net);
    }
    if (gateway != NULL)
        put_addr(nlh, RTA_GATEWAY, gateway);
    if (source != NULL)
        put_addr(nlh, RTA_PREFSRC, source);
    /* Acknowledgments at once: a delayed one (40 ms) would be taken for a missing one. */
    struct nlattr *metrics = mnl_attr_nest_start(nlh, RTA_METRICS);
    mnl_attr_put_u32(nlh, RTAX_QUICKACK, 1);
    if (b->path_mtu != 0)
        mnl_attr_put_u32(nlh, RTAX_MTU, b->path_mtu);
    mnl_attr_nest_end(nlh, metrics);
    nl_tolerate_existing(b); /* two addresses in one prefix share its route */
    nl_end(b, nlh);
}

void nl_rule(struct nl_batch *b, const struct ms_addr *addr, uint32_t table, uint32_t priority)
{
    struct nlmsghdr *nlh =
        nl_add(b, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, "rule from (policy routing)", addr);
    struct fib_rule_hdr *rule = mnl_nlmsg_put_extra_header(nlh, sizeof *rule);
    rule->family = af_of(addr->family);
    rule->src_len = addr->family == MS_IPV6 ? 128 : 32;
    rule->action = FR_ACT_TO_TBL;
    put_addr(nlh, FRA_SRC, addr);
    mnl_attr_put_u32(nlh, FRA_TABLE, table);
    mnl_attr_put_u32(nlh, FRA_PRIORITY, priority);
    nl_tolerate_existing(b);
    nl_end(b, nlh);
}
