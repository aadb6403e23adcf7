/* SPDX-License-Identifier: MIT */
/* Sending: onto the link, into the trace, before the oracle. */
#include "engine/draft.h"

void tx_frame(struct engine *e, struct flow *f, const struct outgoing *out, bool automatic,
              bool fault)
{
    const uint8_t *frame = out->written.p;
    const size_t len = out->written.len;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    uint64_t now = ms_now_ns(); /* before the write: veth answers before it returns */
    e->mutant_hits += out->wire.p != frame;
    if (ms_link_send(e->link[f->path], out->wire.p, out->wire.len, &e->err) != MS_OK) {
        broken(e, "cannot send on path %u: %s", f->path + 1, e->err.msg);
        return;
    }
    uint32_t packet = ms_framelog_add(e->trace->frames, f->path, MS_DIR_TX, now, frame, len);
    struct ms_event *ev = ms_trace_add(e->trace, MS_EV_SEND, now);
    ev->line = e->step ? e->step->loc.line : 0;
    ev->handle = f->name;
    ev->packet = packet;
    ev->automatic = automatic;
    if (ms_frame_decode(frame, len, &seg, opts, &neigh) != MS_FRAME_TCP)
        return;
    ev->seg = ms_seg_copy(e->a, &seg);
    if (!e->syn_sent_ns && seg.flags == MS_TH_SYN)
        e->syn_sent_ns = now;
    struct ms_oracle_input in = {.seg = ev->seg,
                                 .dir = MS_DIR_TX,
                                 .iface = f->path,
                                 .packet = packet,
                                 .time_ns = now,
                                 .fault = fault};
    ms_oracle_segment(e->oracle, &in);
}

bool draft_encode(struct draft *d, uint8_t *frame, size_t *len)
{
    int st = ms_seg_encode(&d->seg, frame, FRAME_MAX, len);
    if (st != MS_OK)
        broken(d->e, "the segment cannot be encoded (status %d)", st);
    return st == MS_OK;
}

static void name_segment(struct engine *e, struct flow *f, const char *name,
                         const struct outgoing *out)
{
    const struct octets w = out->written, kept = {ms_arena_memdup(e->a, w.p, w.len), w.len};
    e->named = ms_arena_grow(e->a, e->named, &e->cap_named, e->n_named, sizeof *e->named);
    e->named[e->n_named++] =
        (struct named_seg){name, f, {kept, out->wire.p == w.p ? kept : out->wire}};
}

enum go tx_spec(struct engine *e, struct flow *f, const struct ms_segspec *s, bool hold)
{
    loop_drain(e);
    if (alternative_met(e))
        return GO_SWITCH; /* before the stimulus hides it */
    struct draft d = {.e = e, .f = f, .s = s};
    uint8_t frame[FRAME_MAX];
    size_t len;
    if (!draft_build(&d) || !draft_encode(&d, frame, &len))
        return GO_STOP;
    const struct octets written = {frame, len};
    struct outgoing out = {written, written};
    if (!draft_mended(&d, &out.wire))
        return GO_STOP;
    draft_adopt(&d);
    if (s->as)
        name_segment(e, f, s->as, &out);
    if (hold)
        return GO_ON;
    stimulus(e, f);
    tx_frame(e, f, &out, false, d.fault);
    loop_drain(e);
    return e->stopped ? GO_STOP : GO_ON;
}

void tx_simple(struct engine *e, struct flow *f, uint8_t flags, const char *const *options,
               size_t n, size_t data, bool automatic)
{
    struct ms_optspec os[4] = {0};
    struct ms_segspec s = {.has_flags = true, .flags = flags, .opt = os, .n_opts = n < 4 ? n : 4};
    struct draft d = {.e = e, .f = f, .s = &s, .payload_len = data};
    uint8_t frame[FRAME_MAX];
    size_t len;
    for (size_t i = 0; i < s.n_opts; i++)
        os[i].name = ms_option_name_find(options[i]);
    if (!draft_build(&d) || !draft_encode(&d, frame, &len))
        return;
    draft_adopt(&d);
    const struct octets written = {frame, len};
    tx_frame(e, f, &(struct outgoing){written, written}, automatic, false);
}

void tx_plain(struct engine *e, struct flow *f, uint8_t flags, bool automatic)
{
    tx_simple(e, f, flags, NULL, 0, 0, automatic);
}
