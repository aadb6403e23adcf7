/* SPDX-License-Identifier: MIT */
/* What a link listens to on an interface that is not its own, and whom it speaks to. */
#include "link/link_int.h"

#include <stdio.h>
#include <string.h>

int link_filter(struct ms_link *l, const char *filter, struct ms_error *err)
{
    struct bpf_program program;
    if (pcap_compile(l->h.pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return ms_fail(err, MS_ERR_SYS, "pcap_compile of '%s': %s", filter, pcap_geterr(l->h.pcap));
    int rc = pcap_setfilter(l->h.pcap, &program);
    pcap_freecode(&program);
    if (rc != 0)
        return ms_fail(err, MS_ERR_SYS, "pcap_setfilter on %s: %s", l->h.ifname,
                       pcap_geterr(l->h.pcap));
    return MS_OK;
}

int ms_link_scope(struct ms_link *l, const struct ms_addr *peer, uint16_t first, uint16_t last,
                  bool errors, struct ms_error *err)
{
    char text[46], filter[200];
    snprintf(filter, sizeof filter,
             "arp or icmp6%s or (tcp and src host %s and dst portrange %u-%u)",
             errors ? " or icmp" : "", ms_addr_text(peer, text), first, last);
    return link_filter(l, filter, err);
}

void ms_link_confine(struct ms_link *l, const struct ms_addr *peer, const struct ms_addr *own,
                     unsigned n_own)
{
    l->only_to = *peer;
    l->n_only_from = n_own < LINK_OWN_MAX ? n_own : LINK_OWN_MAX;
    memcpy(l->only_from, own, l->n_only_from * sizeof *own);
}

/* Addresses stand at fixed places, whatever else of a packet is malformed. */
static bool addresses(const uint8_t *frame, size_t len, struct ms_addr *from, struct ms_addr *to)
{
    enum { ETH = 14, IP4_FROM = 12, IP4_TO = 16, IP6_FROM = 8, IP6_TO = 24 };
    const uint16_t type = len >= ETH ? ms_get16(frame + 12) : 0;
    const uint8_t *ip = frame + ETH;
    *from = *to = (struct ms_addr){.family = type == 0x86dd ? MS_IPV6 : MS_IPV4};
    if (type == 0x0800 && len >= ETH + IP4_TO + 4) {
        memcpy(from->octets, ip + IP4_FROM, 4);
        memcpy(to->octets, ip + IP4_TO, 4);
        return true;
    }
    if (type != 0x86dd || len < ETH + IP6_TO + 16)
        return false;
    memcpy(from->octets, ip + IP6_FROM, 16);
    memcpy(to->octets, ip + IP6_TO, 16);
    return true;
}

int link_confined(const struct ms_link *l, const uint8_t *frame, size_t len, struct ms_error *err)
{
    struct ms_addr from, to;
    char text[46], other[46];
    if (!l->only_to.family)
        return MS_OK;
    if (!addresses(frame, len, &from, &to))
        return ms_fail(err, MS_ERR_RANGE, "a frame without addresses is not sent");
    for (unsigned i = 0; i < l->n_only_from && ms_addr_eq(&to, &l->only_to); i++)
        if (ms_addr_eq(&from, &l->only_from[i]))
            return MS_OK;
    return ms_fail(err, MS_ERR_RANGE,
                   "a packet from %s to %s is not sent: only the target's address and the tester's "
                   "own are used",
                   ms_addr_text(&from, text), ms_addr_text(&to, other));
}
