/* SPDX-License-Identifier: MIT */
/* The four blocks of pcapng that are written, in the writer's byte order, which the section header tells. */
#ifndef MPTCPSPEC_REPORT_PCAPNG_H
#define MPTCPSPEC_REPORT_PCAPNG_H

#include "mptcpspec/report.h"

enum { PCAPNG_INBOUND = 1, PCAPNG_OUTBOUND = 2 };

/* Texts may be NULL or "". */
void pcapng_section(FILE *out, const char *comment, const char *hardware, const char *os);
void pcapng_interface(FILE *out, uint32_t link, const char *name);

struct pcapng_packet {
    uint32_t iface;
    uint64_t time_ns;
    const uint8_t *octets;
    uint32_t len, wire_len;
    uint32_t direction; /* PCAPNG_*, 0: not known */
};
/* `options`: what pcapng_comment wrote; emptied. */
void pcapng_packet(FILE *out, const struct pcapng_packet *p, struct ms_buf *options);
void pcapng_comment(struct ms_buf *options, const char *text, size_t n);

#endif
