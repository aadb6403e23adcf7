/* SPDX-License-Identifier: MIT */
/* What a link listens to on an interface that is not its own. */
#include "link/link_int.h"

#include <stdio.h>

int ms_link_scope(struct ms_link *l, const struct ms_addr *peer, uint16_t first, uint16_t last,
                  bool errors, struct ms_error *err)
{
    char text[46], filter[200];
    struct bpf_program program;
    snprintf(filter, sizeof filter,
             "arp or icmp6%s or (tcp and src host %s and dst portrange %u-%u)",
             errors ? " or icmp" : "", ms_addr_text(peer, text), first, last);
    if (pcap_compile(l->h.pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return ms_fail(err, MS_ERR_SYS, "pcap_compile of '%s': %s", filter, pcap_geterr(l->h.pcap));
    int rc = pcap_setfilter(l->h.pcap, &program);
    pcap_freecode(&program);
    if (rc != 0)
        return ms_fail(err, MS_ERR_SYS, "pcap_setfilter on %s: %s", l->h.ifname,
                       pcap_geterr(l->h.pcap));
    return MS_OK;
}
