/* SPDX-License-Identifier: MIT */
/* The two hosts of mptcp_play.h, recorded as a capture. */
#ifndef MPTCPSPEC_RECORD_H
#define MPTCPSPEC_RECORD_H

#include "capfile.h"
#include "mptcp_doctors.h"

struct recording {
    struct capture cap;
    bool ts; /* with timestamps where the header has room */
    uint32_t packet;
    bool ends; /* nothing is taken after the doctored segment: honest hosts would go on otherwise */
    bool was_sick; /* it came */
};

/* RFC 7323 3.2: each host's clock in milliseconds, echoing what it saw last. */
static inline void record_ts(struct ms_seg *seg, struct ms_opt out[MS_OPTS_MAX], int from,
                             uint32_t packet)
{
    static const struct ms_opt nop = {.kind = MS_TCPOPT_NOP, .occupied = 1, .raw = {1}};
    size_t used = 0;
    for (unsigned i = 0; i < seg->n_opt; i++)
        used += seg->opt[i].occupied;
    if (used + 12 > 40 || seg->n_opt + 3u > MS_OPTS_MAX)
        return;
    uint32_t base[2] = {70000, 4000000000u};
    struct ms_opt ts = {
        .kind = MS_TCPOPT_TS, .tsval = base[from] + packet, .tsecr = base[1 - from] + packet - 1};
    ck_assert_int_eq(ms_opt_build(&ts), MS_OK);
    if (packet == 1)
        ts.tsecr = 0;
    memcpy(out + 3, seg->opt, seg->n_opt * sizeof *out);
    out[0] = out[1] = nop;
    out[2] = ts;
    seg->opt = out;
    seg->n_opt = (uint8_t)(seg->n_opt + 3);
}

static inline void record(struct play *p, const struct ms_seg *seg, int from, const char *label)
{
    struct recording *r = p->ctx;
    struct ms_opt opt[MS_OPTS_MAX];
    struct ms_seg copy = *seg;
    (void)label;
    r->packet++;
    copy.eth_src[0] = copy.eth_dst[0] = 2;
    copy.eth_src[5] = (uint8_t)(from + 1);
    copy.eth_dst[5] = (uint8_t)(2 - from);
    copy.keep_csum = !r->ts;
    copy.doff = r->ts ? 0 : seg->doff;
    if (r->ts)
        record_ts(&copy, opt, from, r->packet);
    cap_add_seg(&r->cap, 1700000000000000000u + r->packet * 1000000u, &copy);
}

static inline struct play record_start(struct recording *r)
{
    r->cap.link = CAP_ETHERNET;
    return (struct play){.key = {0x0102030405060708, 0xa1b2c3d4e5f60718}, .sink = record, .ctx = r};
}

#endif
