/* SPDX-License-Identifier: MIT */
/*
 * The packets of a trace as a ladder for people: tester left, IUT right, numbers relative to the SYNs. With two stacks
 * the client is left and the server right, and each segment stands beside the host at whose side it was seen.
 */
#include <string.h>

#include "mptcpspec/trace.h"

/* Flows whose initial numbers are remembered; the oldest is forgotten when a trace has more. */
#define LADDER_FLOWS 64

struct ladder_flow {
    const char *at; /* numbers and addresses may differ on both sides of a middlebox */
    struct ms_addr tester, iut;
    uint16_t tester_port, iut_port;
    uint32_t isn[2]; /* by enum ms_dir of the sender */
    bool known[2];
};

struct ladder {
    struct ladder_flow flow[LADDER_FLOWS];
    size_t n;
};

static bool same_side(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static struct ladder_flow *ladder_find(struct ladder *l, const char *at, const struct ms_seg *seg,
                                       enum ms_dir dir)
{
    bool tx = dir == MS_DIR_TX;
    struct ladder_flow key = {.at = at,
                              .tester = tx ? seg->src : seg->dst,
                              .iut = tx ? seg->dst : seg->src,
                              .tester_port = tx ? seg->sport : seg->dport,
                              .iut_port = tx ? seg->dport : seg->sport};
    size_t have = l->n < LADDER_FLOWS ? l->n : LADDER_FLOWS;
    for (size_t i = 0; i < have; i++) {
        struct ladder_flow *f = &l->flow[i];
        if (f->tester_port == key.tester_port && f->iut_port == key.iut_port &&
            ms_addr_eq(&f->tester, &key.tester) && ms_addr_eq(&f->iut, &key.iut) &&
            same_side(f->at, at))
            return f;
    }
    struct ladder_flow *f = &l->flow[l->n++ % LADDER_FLOWS];
    *f = key;
    return f;
}

/* Learns initial numbers; a segment seen without its SYN shows absolute numbers. */
static void ladder_bases(struct ladder *l, const char *at, const struct ms_seg *seg,
                         enum ms_dir dir, uint32_t *seq_base, uint32_t *ack_base)
{
    struct ladder_flow *f = ladder_find(l, at, seg, dir);
    enum ms_dir other = dir == MS_DIR_TX ? MS_DIR_RX : MS_DIR_TX;
    if (seg->flags & MS_TH_SYN) {
        f->isn[dir] = seg->seq;
        f->known[dir] = true;
        if (!(seg->flags & MS_TH_ACK))
            f->known[other] = false;
    }
    /* A SYN that passed a middlebox as it was stands there once, for both sides. */
    bool lacks = same_side(at, MS_AT_TESTER) && !(f->known[dir] && f->known[other]);
    const struct ladder_flow *near = lacks ? ladder_find(l, NULL, seg, dir) : f;
    *seq_base = f->known[dir] ? f->isn[dir] : near->known[dir] ? near->isn[dir] : 0;
    *ack_base = f->known[other] ? f->isn[other] : near->known[other] ? near->isn[other] : 0;
}

/* What stands before the segment: the handle and an arrow, or the host and an arrow on its side. */
static void ladder_head(const struct ms_event *e, enum ms_dir dir, struct ms_buf *out)
{
    const char *handle = e->handle ? e->handle : "";
    if (same_side(e->at, MS_AT_CLIENT)) {
        ms_buf_printf(out, "client %s        ", dir == MS_DIR_RX ? "---->" : "<----");
        return;
    }
    if (same_side(e->at, MS_AT_SERVER)) {
        ms_buf_printf(out, "       %s server ", dir == MS_DIR_RX ? "<----" : "---->");
        return;
    }
    /* Dots: the tester's own acknowledgment, which no line of the case asked for. */
    const char *arrow = dir == MS_DIR_RX ? "<----" : e->automatic ? "....>" : "---->";
    /* A bar: the middlebox, on the other side of which it was seen. */
    ms_buf_printf(out, "%-2s %s%s ", handle, arrow, e->at ? "|" : "");
}

void ms_trace_ladder(const struct ms_trace *t, uint32_t first, uint32_t last, struct ms_buf *out)
{
    struct ladder l = {0};
    for (size_t i = 0; i < t->n; i++) {
        const struct ms_event *e = t->event[i];
        if ((e->kind != MS_EV_SEND && e->kind != MS_EV_RECV) || !e->seg)
            continue;
        enum ms_dir dir = e->kind == MS_EV_SEND ? MS_DIR_TX : MS_DIR_RX;
        uint32_t seq_base, ack_base;
        ladder_bases(&l, e->at, e->seg, dir, &seq_base, &ack_base);
        if ((first && e->packet < first) || (last && e->packet > last))
            continue;
        uint64_t ns = e->time_ns >= t->start_ns ? e->time_ns - t->start_ns : 0;
        ms_buf_printf(out, "%4u  %llu.%06llu  ", e->packet, (unsigned long long)(ns / 1000000000),
                      (unsigned long long)(ns % 1000000000 / 1000));
        ladder_head(e, dir, out);
        ms_seg_text(e->seg, seq_base, ack_base, out);
        ms_buf_printf(out, "%s%s\n", e->text ? "  # " : "", e->text ? e->text : "");
    }
}
