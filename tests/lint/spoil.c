/* SPDX-License-Identifier: MIT */
/*
 * A capture with a fault put into it: spoil IN OUT REWRITE, the rewrite as in `mptcpspec run --rewrite`, for packets of
 * either direction. Says how often it struck; status 1 when never.
 */
#include <inttypes.h>
#include <pcap.h>
#include <stdio.h>
#include <string.h>

#include "mptcpspec/rewrite.h"

#define ETHERNET 14u

struct writer {
    pcap_dumper_t *out;
    struct pcap_pkthdr head;
    uint8_t link[32]; /* link header as it was */
    size_t n_link;
};

static void write_frame(void *ctx, unsigned path, enum ms_dir dir, const uint8_t *frame, size_t len)
{
    (void)path;
    (void)dir;
    struct writer *w = ctx;
    uint8_t packet[1 << 16];
    if (len < ETHERNET || w->n_link + len - ETHERNET > sizeof packet)
        return;
    memcpy(packet, w->link, w->n_link);
    memcpy(packet + w->n_link, frame + ETHERNET, len - ETHERNET);
    struct pcap_pkthdr h = w->head;
    h.caplen = h.len = (bpf_u_int32)(w->n_link + len - ETHERNET);
    pcap_dump((u_char *)w->out, &h, packet);
}

/* Rewrites want Ethernet. */
static size_t as_ethernet(const uint8_t *packet, size_t len, size_t link, uint8_t *frame)
{
    size_t n = len - link;
    memset(frame, 2, 12);
    bool v6 = n && packet[link] >> 4 == 6;
    frame[12] = v6 ? 0x86 : 0x08;
    frame[13] = v6 ? 0xdd : 0x00;
    memcpy(frame + ETHERNET, packet + link, n);
    return ETHERNET + n;
}

static int spoil(pcap_t *in, struct writer *w, struct ms_chain *row)
{
    struct pcap_pkthdr *h;
    const u_char *data;
    int got;
    while ((got = pcap_next_ex(in, &h, &data)) == 1) {
        uint8_t frame[1 << 16];
        struct ms_seg seg;
        struct ms_opt opts[MS_OPTS_MAX];
        struct ms_neigh neigh;
        bool fits = h->caplen == h->len && h->caplen >= w->n_link &&
                    h->caplen - w->n_link + ETHERNET <= sizeof frame;
        size_t len = fits ? as_ethernet(data, h->caplen, w->n_link, frame) : 0;
        if (!fits || ms_frame_decode(frame, len, &seg, opts, &neigh) != MS_FRAME_TCP) {
            pcap_dump((u_char *)w->out, h, data);
            continue;
        }
        w->head = *h;
        memcpy(w->link, data, w->n_link);
        ms_chain_frame(row, 0, MS_DIR_TX, 0, frame, len, write_frame, w);
    }
    return got;
}

int main(int argc, char **argv)
{
    char why[PCAP_ERRBUF_SIZE] = "spoil IN OUT REWRITE";
    struct ms_chain *row = ms_chain_new(0);
    struct ms_error err = {0};
    struct writer w = {0};
    pcap_t *in = argc == 4 ? pcap_open_offline(argv[1], why) : NULL;
    int status = 2;
    if (!in) {
        fprintf(stderr, "spoil: %s\n", why);
        goto cleanup;
    }
    if (ms_chain_add(row, argv[3], MS_CHAIN_ALL_PATHS, &err) < 0) {
        fprintf(stderr, "spoil: %s\n", err.msg);
        goto cleanup;
    }
    int link = pcap_datalink(in);
    w.n_link = link == DLT_EN10MB ? ETHERNET : link == DLT_LINUX_SLL ? 16 : 20;
    w.out = pcap_dump_open(in, argv[2]);
    if (!w.out || spoil(in, &w, row) == PCAP_ERROR) {
        fprintf(stderr, "spoil: %s\n", pcap_geterr(in));
        goto cleanup;
    }
    printf("%" PRIu64 "\n", ms_chain_acted(row));
    status = ms_chain_acted(row) ? 0 : 1;
cleanup:
    if (w.out)
        pcap_dump_close(w.out);
    if (in)
        pcap_close(in);
    ms_chain_free(row);
    return status;
}
