/* SPDX-License-Identifier: MIT */
/* Sending. */
#include "engine/draft.h"

void tx_frame(struct engine *e, struct flow *f, const struct outgoing *out, bool automatic,
              bool fault)
{
    const struct origin o = {.time_ns =
                                 ms_now_ns(), /* before the write: veth answers before it returns */
                             .handle = f->name,
                             .automatic = automatic,
                             .fault = fault};
    e->stirred = true;
    e->mutant_hits += out->wire.p != out->written.p;
    boxes_send(e, f->path, out, &o);
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
    if (flags == MS_TH_SYN)
        f->syn = (struct octets){ms_arena_memdup(e->a, frame, len), len};
    tx_frame(e, f, &(struct outgoing){written, written}, automatic, false);
}

void tx_plain(struct engine *e, struct flow *f, uint8_t flags, bool automatic)
{
    tx_simple(e, f, flags, NULL, 0, 0, automatic);
}
