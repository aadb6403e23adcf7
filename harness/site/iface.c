/* SPDX-License-Identifier: MIT */
#include "site/iface.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(const struct iface *i, unsigned long what, struct ifreq *ifr)
{
    memcpy(ifr->ifr_name, i->name, sizeof ifr->ifr_name);
    return ioctl(i->fd, what, ifr);
}

static int ethtool(const struct iface *i, uint32_t cmd, uint32_t *value)
{
    struct ethtool_value v = {.cmd = cmd, .data = *value};
    struct ifreq ifr = {.ifr_data = (char *)&v};
    int rc = ask(i, SIOCETHTOOL, &ifr);
    *value = v.data;
    return rc;
}

static int check(const struct iface *i, unsigned mtu, struct ms_error *err)
{
    struct ifreq ifr = {0};
    uint32_t carrier = 0;
    if (ask(i, SIOCGIFFLAGS, &ifr) != 0)
        return ms_fail(err, MS_ERR_NOTFOUND, "there is no interface %s; `ip link` lists them",
                       i->name);
    if (!(ifr.ifr_flags & IFF_UP))
        return ms_fail(err, MS_ERR_SYS, "interface %s is down: ip link set %s up", i->name,
                       i->name);
    if (ethtool(i, ETHTOOL_GLINK, &carrier) == 0 && carrier == 0)
        return ms_fail(err, MS_ERR_SYS,
                       "interface %s has no carrier: nothing is plugged in, or the other end is "
                       "down",
                       i->name);
    if (ask(i, SIOCGIFHWADDR, &ifr) == 0 && ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return ms_fail(err, MS_ERR_UNSUPPORTED, "%s is not an Ethernet interface", i->name);
    if (ask(i, SIOCGIFMTU, &ifr) == 0 && ifr.ifr_mtu >= 0 && (unsigned)ifr.ifr_mtu < mtu)
        return ms_fail(err, MS_ERR_UNSUPPORTED,
                       "interface %s takes frames of %d octets only, %u are needed: ip link set "
                       "%s mtu %u",
                       i->name, ifr.ifr_mtu, mtu, i->name, mtu);
    return MS_OK;
}

bool iface_merges(struct iface *i)
{
    uint32_t gro = 0, flags = 0;
    i->gro = ethtool(i, ETHTOOL_GGRO, &gro) == 0 && gro != 0;
    i->lro = ethtool(i, ETHTOOL_GFLAGS, &flags) == 0 && flags & ETH_FLAG_LRO;
    return i->gro || i->lro;
}

void iface_merge_again(const struct iface *i)
{
    uint32_t on = 1, flags = 0;
    if (i->gro)
        ethtool(i, ETHTOOL_SGRO, &on);
    if (i->lro && ethtool(i, ETHTOOL_GFLAGS, &flags) == 0) {
        flags |= ETH_FLAG_LRO;
        ethtool(i, ETHTOOL_SFLAGS, &flags);
    }
}

/* Segments must be judged as they were sent: nothing may merge them on their way in. */
static int take_apart(struct iface *i, struct ms_error *err)
{
    uint32_t off = 0, flags = 0;
    int rc = iface_keep(i, err);
    if (rc != MS_OK)
        return rc;
    iface_merges(i);
    if (i->gro && ethtool(i, ETHTOOL_SGRO, &off) != 0)
        return ms_fail_errno(err,
                             "%s merges what it receives, which cannot be switched off: ethtool "
                             "-K %s gro off",
                             i->name, i->name);
    if (i->lro && ethtool(i, ETHTOOL_GFLAGS, &flags) == 0) {
        flags &= ~(uint32_t)ETH_FLAG_LRO;
        if (ethtool(i, ETHTOOL_SFLAGS, &flags) != 0)
            return ms_fail_errno(err,
                                 "%s merges what it receives, which cannot be switched off: "
                                 "ethtool -K %s lro off",
                                 i->name, i->name);
    }
    return MS_OK;
}

/* One membership for the whole run: the interface does not change back and forth with each case. */
static int listen_to_all(const struct iface *i, struct ms_error *err)
{
    struct packet_mreq all = {.mr_ifindex = (int)if_nametoindex(i->name),
                              .mr_type = PACKET_MR_PROMISC};
    if (setsockopt(i->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) != 0)
        return ms_fail_errno(err, "making %s listen to all addresses", i->name);
    return MS_OK;
}

int iface_take(struct iface *i, const char *name, unsigned mtu, struct ms_error *err)
{
    *i = (struct iface){.fd = -1, .use = -1};
    if (strlen(name) >= sizeof i->name)
        return ms_fail(err, MS_ERR_NOTFOUND, "there is no interface %.64s; `ip link` lists them",
                       name);
    memcpy(i->name, name, strlen(name) + 1);
    /* Protocol 0: it receives nothing. */
    i->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (i->fd < 0)
        return errno == EPERM || errno == EACCES
                   ? ms_fail_errno(err,
                                   "frames on %s need CAP_NET_RAW: run as root, or setcap "
                                   "cap_net_raw,cap_net_admin+ep on this program",
                                   name)
                   : ms_fail_errno(err, "socket(AF_PACKET)");
    int rc = check(i, mtu, err);
    if (rc == MS_OK)
        rc = take_apart(i, err);
    if (rc == MS_OK)
        rc = listen_to_all(i, err);
    if (rc != MS_OK)
        iface_give_back(i);
    return rc;
}

void iface_give_back(struct iface *i)
{
    iface_release(i);
    if (i->fd >= 0)
        close(i->fd);
    i->fd = -1;
}
