/* SPDX-License-Identifier: MIT */
/* The interface that leads to a bare address, and the addresses that this host has. */
#include "site/host.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int host_iface_read(const char *name, struct host_iface *out, struct ms_error *err)
{
    struct ifreq ifr = {0};
    size_t n = strnlen(name, sizeof out->name - 1);
    *out = (struct host_iface){0};
    memcpy(out->name, name, n);
    memcpy(ifr.ifr_name, out->name, sizeof out->name);
    out->index = if_nametoindex(out->name);
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int rc = s < 0 ? s : ioctl(s, SIOCGIFHWADDR, &ifr);
    if (rc != 0)
        ms_fail_errno(err, "the hardware address of %s", out->name);
    if (s >= 0)
        close(s);
    memcpy(out->mac, ifr.ifr_hwaddr.sa_data, 6);
    return rc == 0 ? MS_OK : MS_ERR_SYS;
}

static struct ms_addr addr_of(const struct sockaddr *sa)
{
    struct ms_addr a = {0};
    if (sa && sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        a.family = MS_IPV4;
        memcpy(a.octets, &in.sin_addr, 4);
    } else if (sa && sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, sa, sizeof in);
        a.family = MS_IPV6;
        memcpy(a.octets, &in.sin6_addr, 16);
    }
    return a;
}

static uint8_t prefix_of(const struct ms_addr *mask)
{
    uint8_t n = 0;
    for (unsigned i = 0; i < 16; i++)
        n = (uint8_t)(n + __builtin_popcount(mask->octets[i]));
    return n;
}

bool host_same_network(const struct ms_addr *a, const struct ms_addr *b, uint8_t prefix)
{
    unsigned whole = prefix / 8, rest = prefix % 8;
    if (a->family != b->family || memcmp(a->octets, b->octets, whole) != 0)
        return false;
    return !rest || (a->octets[whole] ^ b->octets[whole]) >> (8 - rest) == 0;
}

bool host_iface_network(const struct host_iface *i, const struct ms_addr *a, uint8_t *prefix)
{
    struct ifaddrs *all;
    bool found = false;
    if (getifaddrs(&all) != 0)
        return false;
    for (const struct ifaddrs *p = all; p && !found; p = p->ifa_next) {
        struct ms_addr is = addr_of(p->ifa_addr), mask = addr_of(p->ifa_netmask);
        if (strcmp(p->ifa_name, i->name) != 0 || is.family != a->family)
            continue;
        *prefix = prefix_of(&mask);
        found = host_same_network(&is, a, *prefix);
    }
    freeifaddrs(all);
    return found;
}

bool host_iface_own(const struct ms_addr *a)
{
    struct ifaddrs *all;
    bool found = false;
    if (getifaddrs(&all) != 0)
        return false;
    for (const struct ifaddrs *p = all; p && !found; p = p->ifa_next) {
        struct ms_addr is = addr_of(p->ifa_addr);
        found = ms_addr_eq(&is, a);
    }
    freeifaddrs(all);
    return found;
}
