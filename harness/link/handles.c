/* SPDX-License-Identifier: MIT */
/* Opening and closing the capture (libpcap) and injection (libnet) handles of one interface. */
#include "link/handles.h"

#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

enum {
    SNAPLEN_ANY = 65535,
    BUFFER_SMALL = 512 * 1024, /* about 256 frames of an Ethernet MTU */
    BUFFER_ANY = 4 * 1024 * 1024,
    FRAME_MARGIN = 64, /* Ethernet header, VLAN tags */
};

/*
 * The ring of immediate mode has slots of the snap length. Where nobody merges frames (a veth pair whose far end does not
 * offload, a tap device, an interface whose receive offloads are off) none exceeds the MTU, so that small slots do: 512 KiB
 * hold hundreds of frames and cost little to map. Another interface may merge what it receives into frames of 64 KiB.
 * All but a veth must be told to listen to neighbour solicitations for addresses that their kernel does not have
 * (promiscuous mode).
 */
struct iface_kind {
    bool veth;
    int mtu; /* 0: frames may be larger */
};

static bool ask_ethtool(int fd, const char ifname[16], void *request)
{
    struct ifreq ifr = {.ifr_data = request};
    memcpy(ifr.ifr_name, ifname, sizeof ifr.ifr_name);
    return ioctl(fd, SIOCETHTOOL, &ifr) == 0;
}

static bool never_merges(int fd, const char ifname[16], const char *driver)
{
    struct ethtool_value gro = {.cmd = ETHTOOL_GGRO}, flags = {.cmd = ETHTOOL_GFLAGS};
    if (strcmp(driver, "veth") == 0 || strcmp(driver, "tun") == 0)
        return true;
    return ask_ethtool(fd, ifname, &gro) && gro.data == 0 && ask_ethtool(fd, ifname, &flags) &&
           !(flags.data & ETH_FLAG_LRO);
}

static struct iface_kind kind_of(int fd, const char ifname[16])
{
    struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
    struct iface_kind k = {0};
    struct ifreq ifr = {0};
    if (!ask_ethtool(fd, ifname, &info))
        return k;
    k.veth = strcmp(info.driver, "veth") == 0;
    memcpy(ifr.ifr_name, ifname, sizeof ifr.ifr_name);
    if (never_merges(fd, ifname, info.driver) && ioctl(fd, SIOCGIFMTU, &ifr) == 0 &&
        ifr.ifr_mtu > 0)
        k.mtu = ifr.ifr_mtu;
    return k;
}

static int open_libnet(struct link_handles *h, struct ms_error *err)
{
    char text[LIBNET_ERRBUF_SIZE] = "";
    int one = 1;

    h->libnet = libnet_init(LIBNET_LINK_ADV, h->ifname, text);
    if (h->libnet == NULL)
        return ms_fail(err, MS_ERR_SYS,
                       "libnet_init on %s: %s (socket(AF_PACKET) needs CAP_NET_RAW; a container's "
                       "seccomp filter may refuse it)",
                       h->ifname, text);
    h->send_fd = libnet_getfd(h->libnet);
    /* libnet's socket would collect a copy of each frame that arrives: refuse them all. */
    struct sock_filter refuse = {.code = BPF_RET | BPF_K, .k = 0};
    struct sock_fprog program = {.len = 1, .filter = &refuse};
    if (setsockopt(h->send_fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
        return ms_fail_errno(err, "setsockopt(SO_ATTACH_FILTER) on %s", h->ifname);
    /* Past the queueing discipline, whose activation after link up is deferred work of the kernel. */
    setsockopt(h->send_fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    return MS_OK;
}

static int pcap_failed(struct link_handles *h, const char *call, int rc, struct ms_error *err)
{
    const char *more = pcap_geterr(h->pcap);
    return ms_fail(err, MS_ERR_SYS, "%s on %s: %s%s%s", call, h->ifname, pcap_statustostr(rc),
                   more != NULL && *more ? ": " : "", more != NULL ? more : "");
}

static int open_pcap(struct link_handles *h, int snaplen, int ring, struct ms_error *err)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    int rc, one = 1;
    struct iface_kind kind = kind_of(h->send_fd, h->ifname);

    h->pcap = pcap_create(h->ifname, text);
    if (h->pcap == NULL)
        return ms_fail(err, MS_ERR_SYS, "pcap_create on %s: %s", h->ifname, text);
    if (snaplen == 0)
        snaplen = kind.mtu ? kind.mtu + FRAME_MARGIN : SNAPLEN_ANY;
    if (ring == 0)
        ring = kind.mtu ? BUFFER_SMALL : BUFFER_ANY;
    pcap_set_snaplen(h->pcap, snaplen);
    pcap_set_buffer_size(h->pcap, ring);
    pcap_set_immediate_mode(h->pcap, 1);
    pcap_set_promisc(h->pcap, !kind.veth);
    pcap_set_tstamp_precision(h->pcap, PCAP_TSTAMP_PRECISION_NANO);
    if ((rc = pcap_activate(h->pcap)) < 0)
        return pcap_failed(h, "pcap_activate", rc, err);
    if (pcap_datalink(h->pcap) != DLT_EN10MB)
        return ms_fail(err, MS_ERR_UNSUPPORTED, "%s is not an Ethernet interface", h->ifname);
    if ((rc = pcap_setdirection(h->pcap, PCAP_D_IN)) < 0)
        return pcap_failed(h, "pcap_setdirection", rc, err);
    if ((rc = pcap_setnonblock(h->pcap, 1, text)) < 0)
        return ms_fail(err, MS_ERR_SYS, "pcap_setnonblock on %s: %s", h->ifname, text);
    /* Own frames do not even take slots of the ring; older kernels leave that to libpcap. */
    setsockopt(pcap_fileno(h->pcap), SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
    return MS_OK;
}

int link_handles_open(struct link_handles *h, const char *ifname, int snaplen, int ring,
                      struct ms_error *err)
{
    *h = (struct link_handles){.send_fd = -1};
    if (strlen(ifname) >= sizeof h->ifname)
        return ms_fail(err, MS_ERR_RANGE, "interface name is too long: %.64s", ifname);
    memcpy(h->ifname, ifname, strlen(ifname) + 1);
    int rc = open_libnet(h, err);
    if (rc == MS_OK)
        rc = open_pcap(h, snaplen, ring, err);
    if (rc != MS_OK)
        link_handles_close(h);
    return rc;
}

int link_handles_only(struct link_handles *h, const uint8_t mac[6], struct ms_error *err)
{
    char text[64];
    struct bpf_program program;

    snprintf(text, sizeof text, "ether src %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
             mac[3], mac[4], mac[5]);
    int rc = pcap_compile(h->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN);
    if (rc < 0)
        return pcap_failed(h, "pcap_compile", rc, err);
    rc = pcap_setfilter(h->pcap, &program);
    pcap_freecode(&program);
    return rc < 0 ? pcap_failed(h, "pcap_setfilter", rc, err) : MS_OK;
}

void link_handles_close(struct link_handles *h)
{
    if (h->pcap != NULL)
        pcap_close(h->pcap);
    if (h->libnet != NULL)
        libnet_destroy(h->libnet);
    h->pcap = NULL;
    h->libnet = NULL;
}

unsigned link_handles_lost(const struct link_handles *h)
{
    struct pcap_stat s;
    return pcap_stats(h->pcap, &s) == 0 ? s.ps_drop : 0;
}

bool link_no_carrier(const struct link_handles *h)
{
    struct ethtool_value v = {.cmd = ETHTOOL_GLINK};
    struct ifreq ifr = {.ifr_data = (char *)&v};
    memcpy(ifr.ifr_name, h->ifname, sizeof ifr.ifr_name);
    return ioctl(h->send_fd, SIOCETHTOOL, &ifr) == 0 && v.data == 0;
}
