/* SPDX-License-Identifier: MIT */
/* Opening and closing the capture (libpcap) and injection (libnet) handles of one interface. */
#include "link/link_int.h"

#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

enum {
    SNAPLEN_ANY = 65535,
    BUFFER_VIRTUAL = 512 * 1024, /* about 256 frames of an Ethernet MTU */
    BUFFER_ANY = 4 * 1024 * 1024,
    VETH_MARGIN = 64, /* Ethernet header, VLAN tags */
};

/*
 * The ring of immediate mode has slots of the snap length. On a veth pair whose far end does not offload no
 * frame exceeds the MTU, so that small slots do: 512 KiB hold hundreds of frames and cost little to map. A real
 * interface may merge what it receives into frames of 64 KiB, and must be told to listen to neighbour
 * solicitations for addresses that its kernel does not have (promiscuous mode).
 */
static bool is_veth(int fd, const char ifname[16], int *mtu)
{
    struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
    struct ifreq ifr = {.ifr_data = (char *)&info};
    memcpy(ifr.ifr_name, ifname, sizeof ifr.ifr_name);
    if (ioctl(fd, SIOCETHTOOL, &ifr) != 0 || strcmp(info.driver, "veth") != 0)
        return false;
    memset(&ifr, 0, sizeof ifr);
    memcpy(ifr.ifr_name, ifname, sizeof ifr.ifr_name);
    if (ioctl(fd, SIOCGIFMTU, &ifr) != 0 || ifr.ifr_mtu <= 0)
        return false;
    *mtu = ifr.ifr_mtu;
    return true;
}

static int open_libnet(struct ms_link *l, struct ms_error *err)
{
    char text[LIBNET_ERRBUF_SIZE] = "";
    int one = 1;

    l->libnet = libnet_init(LIBNET_LINK_ADV, l->ifname, text);
    if (l->libnet == NULL)
        return ms_fail(err, MS_ERR_SYS,
                       "libnet_init on %s: %s (socket(AF_PACKET) needs CAP_NET_RAW; a container's "
                       "seccomp filter may refuse it)",
                       l->ifname, text);
    l->send_fd = libnet_getfd(l->libnet);
    /* libnet's socket would collect a copy of each frame that arrives: refuse them all. */
    struct sock_filter refuse = {.code = BPF_RET | BPF_K, .k = 0};
    struct sock_fprog program = {.len = 1, .filter = &refuse};
    if (setsockopt(l->send_fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
        return ms_fail_errno(err, "setsockopt(SO_ATTACH_FILTER) on %s", l->ifname);
    /* Past the queueing discipline, whose activation after link up is deferred work of the kernel. */
    setsockopt(l->send_fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    return MS_OK;
}

static int pcap_failed(struct ms_link *l, const char *call, int rc, struct ms_error *err)
{
    const char *more = pcap_geterr(l->pcap);
    return ms_fail(err, MS_ERR_SYS, "%s on %s: %s%s%s", call, l->ifname, pcap_statustostr(rc),
                   more != NULL && *more ? ": " : "", more != NULL ? more : "");
}

static int open_pcap(struct ms_link *l, struct ms_error *err)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    int mtu = 0, rc, one = 1;
    bool veth = is_veth(l->send_fd, l->ifname, &mtu);

    l->pcap = pcap_create(l->ifname, text);
    if (l->pcap == NULL)
        return ms_fail(err, MS_ERR_SYS, "pcap_create on %s: %s", l->ifname, text);
    pcap_set_snaplen(l->pcap, veth ? mtu + VETH_MARGIN : SNAPLEN_ANY);
    pcap_set_buffer_size(l->pcap, veth ? BUFFER_VIRTUAL : BUFFER_ANY);
    pcap_set_immediate_mode(l->pcap, 1);
    pcap_set_promisc(l->pcap, !veth);
    pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO);
    if ((rc = pcap_activate(l->pcap)) < 0)
        return pcap_failed(l, "pcap_activate", rc, err);
    if (pcap_datalink(l->pcap) != DLT_EN10MB)
        return ms_fail(err, MS_ERR_UNSUPPORTED, "%s is not an Ethernet interface", l->ifname);
    if ((rc = pcap_setdirection(l->pcap, PCAP_D_IN)) < 0)
        return pcap_failed(l, "pcap_setdirection", rc, err);
    if ((rc = pcap_setnonblock(l->pcap, 1, text)) < 0)
        return ms_fail(err, MS_ERR_SYS, "pcap_setnonblock on %s: %s", l->ifname, text);
    /* Own frames do not even take slots of the ring; older kernels leave that to libpcap. */
    setsockopt(pcap_fileno(l->pcap), SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
    return MS_OK;
}

int ms_link_open(const char *ifname, const uint8_t own_mac[6], struct ms_link **out,
                 struct ms_error *err)
{
    *out = NULL;
    struct ms_link *l = calloc(1, sizeof *l);
    if (l == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a link");
    queue_init(&l->queue);
    memcpy(l->mac, own_mac, 6);
    int rc = MS_OK;
    if (strlen(ifname) >= sizeof l->ifname)
        rc = ms_fail(err, MS_ERR_RANGE, "interface name is too long: %.64s", ifname);
    else
        memcpy(l->ifname, ifname, strlen(ifname) + 1);
    if (rc == MS_OK)
        rc = open_libnet(l, err);
    if (rc == MS_OK)
        rc = open_pcap(l, err);
    if (rc != MS_OK) {
        ms_link_close(l);
        return rc;
    }
    *out = l;
    return MS_OK;
}

void ms_link_close(struct ms_link *l)
{
    if (l == NULL)
        return;
    if (l->pcap != NULL)
        pcap_close(l->pcap);
    if (l->libnet != NULL)
        libnet_destroy(l->libnet);
    queue_free(&l->queue);
    free(l);
}

int ms_link_fd(const struct ms_link *l)
{
    return pcap_get_selectable_fd(l->pcap);
}

unsigned ms_link_lost(const struct ms_link *l)
{
    struct pcap_stat s;
    return pcap_stats(l->pcap, &s) == 0 ? s.ps_drop : 0;
}
