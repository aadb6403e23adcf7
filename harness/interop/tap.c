/* SPDX-License-Identifier: MIT */
/* What passes on both sides of the box: into the log, before the host's oracle, into the sums. */
#include "interop/interop_int.h"

#include <string.h>

#define FIRST_SHOWN 12u   /* segments that become events whatever they carry */
#define EVENTS_MAX  8000u /* a storm of signals must not fill the memory; the log has all of them */

static struct flow *flow_find(struct host *h, const struct ms_seg *seg, enum ms_host sender)
{
    size_t have = h->next_flow < FLOWS_MAX ? h->next_flow : FLOWS_MAX;
    for (size_t i = 0; i < have; i++) {
        struct flow *f = &h->flow[(h->next_flow - 1 - i) % FLOWS_MAX];
        if (f->port[sender] == seg->sport && f->port[!sender] == seg->dport &&
            ms_addr_eq(&f->addr[sender], &seg->src) && ms_addr_eq(&f->addr[!sender], &seg->dst))
            return f;
    }
    return NULL;
}

static struct flow *flow_new(struct host *h, const struct ms_seg *seg, enum ms_host sender)
{
    struct flow *f = &h->flow[h->next_flow++ % FLOWS_MAX];
    *f = (struct flow){0};
    f->addr[sender] = seg->src;
    f->addr[!sender] = seg->dst;
    f->port[sender] = seg->sport;
    f->port[!sender] = seg->dport;
    return f;
}

bool flow_over(const struct flow *f)
{
    bool closed[2];
    for (int i = 0; i < 2; i++)
        closed[i] = f->fin[i] && f->acked[!i] && ms_seq_le(f->fin_end[i], f->ack[!i]);
    return f->rst || (closed[0] && closed[1]);
}

bool flows_over(const struct scene *s)
{
    for (int k = 0; k < 2; k++) {
        const struct host *h = s->host[k];
        size_t have = h->next_flow < FLOWS_MAX ? h->next_flow : FLOWS_MAX;
        for (size_t i = 0; i < have; i++)
            if (!flow_over(&h->flow[i]))
                return false;
    }
    return true;
}

/* Somebody has got further: no segment of this host is stuck. */
static void progress(struct host *h)
{
    size_t have = h->next_flow < FLOWS_MAX ? h->next_flow : FLOWS_MAX;
    for (size_t i = 0; i < have; i++)
        h->flow[i].repeating = false;
}

static void repetition(struct host *h, struct flow *f, uint32_t seq)
{
    f->times = f->repeating && f->again == seq ? f->times + 1 : 1;
    f->repeating = true;
    f->again = seq;
    if (f->times > h->stalls)
        h->stalls = f->times;
}

/* Sequence space that the segment takes beyond what its sender had sent before: octets of payload alone. */
static uint32_t new_octets(struct flow *f, enum ms_host sender, const struct ms_seg *seg)
{
    uint32_t end = seg->seq + ms_seg_len(seg);
    uint32_t payload = (uint32_t)(seg->payload_len + seg->missing);
    uint32_t from = f->hi[sender];
    if (f->seen[sender] && ms_seq_le(end, from))
        return 0;
    bool whole = !f->seen[sender] || ms_seq_le(from, seg->seq);
    f->hi[sender] = end;
    if (whole)
        return payload;
    uint32_t fresh = end - from;
    return fresh < payload ? fresh : payload;
}

static void speech_note(struct host *h, const struct flow *f, const struct ms_seg *seg)
{
    bool data = seg->payload_len + seg->missing > 0;
    if (seg->flags & (MS_TH_SYN | MS_TH_RST) || (!data && (f->fin[0] || f->fin[1])))
        return; /* the last ACKs of a subflow carry no options, whatever it spoke */
    const struct ms_opt *dss = ms_seg_mp(seg, MPTCP_SUB_DSS);
    bool infinite = dss && dss->mp.dss_flags & MS_DSS_M && dss->mp.dll == 0;
    enum speech now = ms_seg_has_mptcp(seg) && !infinite ? SPEECH_MPTCP : SPEECH_PLAIN;
    if (data)
        h->data = now;
    else
        h->acks = now;
}

/* A segment at the side of `h`, sent by `sender`. */
static void flow_take(struct host *h, enum ms_host sender, unsigned path, const struct ms_seg *seg)
{
    struct flow *f = flow_find(h, seg, sender);
    bool opening = (seg->flags & (MS_TH_SYN | MS_TH_ACK | MS_TH_RST)) == MS_TH_SYN;
    if (!f || (opening && flow_over(f)))
        f = flow_new(h, seg, sender);
    bool own = sender == h->which;
    bool seen = f->seen[sender];
    uint32_t before = f->hi[sender], taken = ms_seg_len(seg);
    uint32_t fresh = new_octets(f, sender, seg);
    f->seen[sender] = true;
    if (!own)
        h->scene->passed[path][h->which] += fresh;
    if (own && taken && !(seg->flags & MS_TH_RST)) {
        if (seen && ms_seq_le(seg->seq + taken, before))
            repetition(h, f, seg->seq);
        else
            progress(h);
    }
    if (seg->flags & MS_TH_ACK && (!f->acked[sender] || ms_seq_lt(f->ack[sender], seg->ack))) {
        f->ack[sender] = seg->ack;
        f->acked[sender] = true;
        if (!own)
            progress(h);
    }
    if (seg->flags & MS_TH_FIN) {
        f->fin[sender] = true;
        f->fin_end[sender] = seg->seq + taken;
    }
    f->rst |= (seg->flags & MS_TH_RST) != 0;
    if (own) {
        const struct ms_opt *cap = ms_seg_mp(seg, MPTCP_SUB_CAPABLE);
        if (cap && cap->mp.form == MS_FORM_CAPABLE && cap->mp.keys) {
            h->key = cap->mp.sender_key;
            h->key_seen = true;
        }
        speech_note(h, f, seg);
    }
}

/* Whether the segment says more than that data flows. */
static bool signals(const struct ms_seg *seg)
{
    if (seg->flags & (MS_TH_SYN | MS_TH_FIN | MS_TH_RST))
        return true;
    for (size_t i = 0; i < seg->n_opt; i++) {
        const struct ms_mp *mp = &seg->opt[i].mp;
        if (seg->opt[i].kind != MS_TCPOPT_MPTCP)
            continue;
        if (mp->form != MS_FORM_DSS || (mp->dss_flags & MS_DSS_M && mp->dll == 0))
            return true;
        if (mp->dss_flags & MS_DSS_F && seg->payload_len + seg->missing == 0)
            return true; /* many segments of the last mapping have it */
    }
    return false;
}

static void show(struct scene *s, struct host *h, enum ms_dir dir, uint64_t time_ns,
                 uint32_t packet, const struct ms_seg *seg)
{
    if (s->signals >= EVENTS_MAX || (s->signals >= FIRST_SHOWN && !signals(seg)))
        return;
    s->signals++;
    struct ms_seg header = *seg; /* without its payload: that is in the log */
    header.payload_len = 0;
    header.missing = seg->payload_len + seg->missing;
    struct ms_event *ev =
        ms_trace_add(s->trace, dir == MS_DIR_RX ? MS_EV_RECV : MS_EV_SEND, time_ns);
    ev->packet = packet;
    ev->line = s->step ? s->step->loc.line : 0;
    ev->at = h->name;
    ev->seg = ms_seg_copy(s->a, &header);
    if (s->signals == EVENTS_MAX)
        scene_note(s, "", "more segments that signal something are in the capture alone");
}

void tap_frame(void *ctx, unsigned path, enum ms_host side, enum ms_dir dir, uint64_t time_ns,
               const uint8_t *frame, size_t len)
{
    struct scene *s = ctx;
    struct host *h = s->host[side];
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    uint32_t iface = 2 * path + (uint32_t)side;
    uint32_t packet = ms_framelog_add_cut(s->trace->frames, iface, dir, time_ns, frame,
                                          len < KEPT_OCTETS ? len : (size_t)KEPT_OCTETS, len);
    s->result->packets++;
    if (ms_frame_decode(frame, len, &seg, opts, &neigh) != MS_FRAME_TCP)
        return;
    s->last_ns = time_ns;
    flow_take(h, dir == MS_DIR_RX ? side : (enum ms_host) !side, path, &seg);
    show(s, h, dir, time_ns, packet, &seg);
    struct ms_oracle_input in = {
        .seg = &seg, .dir = dir, .iface = path, .packet = packet, .time_ns = time_ns};
    /* A host discards what was damaged on the way (RFC 9293 3.1): nothing follows from it. */
    if (dir == MS_DIR_RX || seg.tcp_csum_ok)
        ms_oracle_segment(h->oracle, &in);
    guards_check(s, iface, dir, packet, &seg);
}
