/* SPDX-License-Identifier: MIT */
/*
 * Captures one interface until a packet with the closing mark passes: grab INTERFACE FILE [LINKTYPE [SNAPLEN]].
 * Writes "ready" to standard output once it captures, and "PACKETS DROPPED" at the end. Everything that was sent before
 * the mark is in the file, which no signal to tcpdump can promise.
 */
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK "mptcpspec-end"

/* The mark is in a small UDP packet, whatever is around it. */
#define MARK_PACKET_MAX 200

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "grab: %s: %s\n", what, why);
    return 2;
}

static pcap_t *open_interface(const char *name, const char *type, int snap)
{
    char err[PCAP_ERRBUF_SIZE];
    pcap_t *p = pcap_create(name, err);
    if (!p) {
        complain(name, err);
        return NULL;
    }
    pcap_set_snaplen(p, snap);
    pcap_set_promisc(p, 0);
    pcap_set_timeout(p, 20);
    pcap_set_buffer_size(p, 32 << 20);
    if (pcap_activate(p) < 0 ||
        (type && pcap_set_datalink(p, pcap_datalink_name_to_val(type)) < 0)) {
        complain(name, pcap_geterr(p));
        pcap_close(p);
        return NULL;
    }
    return p;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 5)
        return complain("usage", "grab INTERFACE FILE [LINKTYPE [SNAPLEN]]");
    pcap_t *p = open_interface(argv[1], argc > 3 && *argv[3] ? argv[3] : NULL,
                               argc > 4 ? atoi(argv[4]) : 262144);
    if (!p)
        return 2;
    pcap_dumper_t *out = pcap_dump_open(p, argv[2]);
    if (!out)
        return complain(argv[2], pcap_geterr(p));
    puts("ready");
    fflush(stdout);
    struct pcap_pkthdr *h;
    const u_char *data;
    int got;
    while ((got = pcap_next_ex(p, &h, &data)) >= 0) {
        if (got == 0)
            continue;
        if (h->len <= MARK_PACKET_MAX && memmem(data, h->caplen, MARK, strlen(MARK)))
            break;
        pcap_dump((u_char *)out, h, data);
    }
    if (got < 0)
        return complain(argv[1], pcap_geterr(p));
    struct pcap_stat st = {0};
    pcap_stats(p, &st);
    printf("%u %u\n", st.ps_recv, st.ps_drop);
    pcap_dump_close(out);
    pcap_close(p);
    return 0;
}
