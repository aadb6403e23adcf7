/* SPDX-License-Identifier: MIT */
/* Segments that a box makes in somebody's name. */
#include "rewrite/actions.h"

#include <string.h>

REWRITE_APPLY(act_to_rst)
{
    const struct ms_option_name *mptcp = ms_option_name_find("mptcp");
    (void)r;
    rewrite_remove_options(&w->seg, mptcp);
    w->seg.flags = MS_TH_RST | MS_TH_ACK;
    w->seg.payload_len = 0;
    return REWRITE_CHANGED;
}

/* An answer to the segment at hand, as its receiver would number it; without options. */
static struct ms_seg answer(const struct ms_seg *seg)
{
    struct ms_seg s = {.family = seg->family,
                       .src = seg->dst,
                       .dst = seg->src,
                       .ttl = seg->ttl,
                       .sport = seg->dport,
                       .dport = seg->sport,
                       .seq = (seg->flags & MS_TH_ACK) != 0 ? seg->ack : 0,
                       .ack = seg->seq + ms_seg_len(seg),
                       .flags = MS_TH_ACK};
    memcpy(s.eth_dst, seg->eth_src, 6);
    memcpy(s.eth_src, seg->eth_dst, 6);
    return s;
}

/* RFC 9293 3.10.7.1: nobody answers a RST with a RST. */
REWRITE_APPLY(act_reset)
{
    struct ms_seg s = answer(&w->seg);
    (void)r;
    s.flags = MS_TH_RST | MS_TH_ACK;
    if ((w->seg.flags & MS_TH_RST) != 0 ||
        !rewrite_send_new(w, w->dir == MS_DIR_TX ? MS_DIR_RX : MS_DIR_TX, &s))
        return REWRITE_UNCHANGED;
    return REWRITE_GONE;
}

REWRITE_APPLY(act_reset_both)
{
    if (act_reset(r, w) == REWRITE_UNCHANGED)
        return REWRITE_UNCHANGED;
    w->seg.flags = MS_TH_RST | MS_TH_ACK;
    w->seg.n_opt = 0;
    w->seg.payload_len = 0;
    return REWRITE_CHANGED;
}

/* RFC 7323 3.2: where timestamps are used, every segment has one. */
static void only_ts(struct ms_seg *s, struct ms_opt *opt, const struct ms_opt *ts)
{
    s->opt = opt;
    s->n_opt = ts != NULL && ts->len == 10;
    if (s->n_opt != 0)
        *opt = *ts;
}

/* RFC 9293 3.8.4: a segment that was received already asks for an ACK. */
REWRITE_APPLY(act_keepalive)
{
    struct ms_opt opt;
    struct ms_seg s = w->seg;
    (void)r;
    if ((s.flags & (MS_TH_SYN | MS_TH_RST | MS_TH_FIN)) != 0)
        return REWRITE_UNCHANGED;
    s.seq += (uint32_t)s.payload_len - 1;
    s.payload_len = 0;
    s.flags = MS_TH_ACK;
    only_ts(&s, &opt, ms_seg_opt(&w->seg, MS_TCPOPT_TS));
    return rewrite_send_like(w, &s) ? REWRITE_ADDED : REWRITE_UNCHANGED;
}

/* What either side said last. */
struct proxy_state {
    struct {
        bool known;
        uint32_t edge; /* how far the other side may send */
        uint32_t tsval;
        uint8_t n_opts;
        uint8_t opts[REWRITE_OPTS_LEN];
        bool has_next;
        uint32_t next; /* acknowledged for the other side up to here */
    } last[2];
};

static void proxy_note(struct proxy_state *p, const struct rewrite_work *w)
{
    const struct ms_seg *seg = &w->seg;
    const struct ms_opt *ts = ms_seg_opt(seg, MS_TCPOPT_TS);
    if ((seg->flags & (MS_TH_SYN | MS_TH_RST | MS_TH_ACK)) != MS_TH_ACK)
        return;
    p->last[w->dir].known = true;
    p->last[w->dir].edge = seg->ack + ((uint32_t)seg->win << rewrite_scale(w, w->dir));
    p->last[w->dir].tsval = ts != NULL ? ts->tsval : 0;
    uint8_t n = 0;
    for (unsigned i = 0; i < seg->n_opt; i++) {
        memcpy(p->last[w->dir].opts + n, seg->opt[i].raw, seg->opt[i].occupied);
        n = (uint8_t)(n + seg->opt[i].occupied);
    }
    p->last[w->dir].n_opts = n;
}

/* The timestamp of an ACK that the receiver might have sent (RFC 7323 3.2). */
static void put_ts(struct ms_seg *s, const struct ms_opt *theirs, uint32_t tsval)
{
    for (unsigned i = 0; i < s->n_opt; i++)
        if (s->opt[i].kind == MS_TCPOPT_TS && s->opt[i].len == 10) {
            s->opt[i].tsval = tsval;
            s->opt[i].tsecr = theirs->tsval;
            ms_opt_build(&s->opt[i]);
        }
}

static enum rewrite_result proxy_ack(struct rewrite_work *w, bool selected, bool copied)
{
    struct proxy_state *p = rewrite_state(w, sizeof *p);
    const enum ms_dir back = w->dir == MS_DIR_TX ? MS_DIR_RX : MS_DIR_TX;
    const uint8_t flags = w->seg.flags & (MS_TH_SYN | MS_TH_RST | MS_TH_FIN | MS_TH_ACK);
    if (p == NULL)
        return REWRITE_UNCHANGED;
    proxy_note(p, w);
    /* A FIN is the receiver's to acknowledge: the ACK would end what it may still want to say. */
    if (!selected || flags != MS_TH_ACK || !p->last[back].known)
        return REWRITE_UNCHANGED;
    /* What is beyond a hole is nobody's to acknowledge. */
    const uint32_t end = w->seg.seq + (uint32_t)w->seg.payload_len;
    uint32_t *next = &p->last[w->dir].next;
    if (p->last[w->dir].has_next && ms_seq_lt(*next, w->seg.seq))
        return REWRITE_UNCHANGED;
    if (!p->last[w->dir].has_next || ms_seq_lt(*next, end))
        *next = end;
    p->last[w->dir].has_next = true;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg s = answer(&w->seg);
    s.ack = *next;
    const struct ms_opt *ts = ms_seg_opt(&w->seg, MS_TCPOPT_TS);
    /* The receiver's window keeps its end, whatever is acknowledged before it. */
    const uint32_t left = ms_seq_lt(*next, p->last[back].edge) ? p->last[back].edge - *next : 0;
    s.win = (uint16_t)(left >> rewrite_scale(w, back));
    if (copied) {
        s.opt = opts;
        s.n_opt = (uint8_t)ms_opts_decode(p->last[back].opts, p->last[back].n_opts, opts);
    } else {
        only_ts(&s, opts, ts);
    }
    if (ts != NULL)
        put_ts(&s, ts, p->last[back].tsval);
    return rewrite_send_new(w, back, &s) ? REWRITE_ADDED : REWRITE_UNCHANGED;
}

REWRITE_EACH(act_proxy_ack)
{
    (void)r;
    return proxy_ack(w, selected, false);
}

REWRITE_EACH(act_proxy_ack_copied)
{
    (void)r;
    return proxy_ack(w, selected, true);
}
