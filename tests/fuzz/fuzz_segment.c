/* SPDX-License-Identifier: MIT */
/*
 * Frames from anywhere: decoded, encoded again, every field read and written back.
 */
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

/* Writing back what was read changes no octet. */
static void check_fields(struct ms_seg *seg, const struct ms_opt *opt)
{
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++) {
        struct ms_value v;
        struct ms_opt copy = *opt;
        if (strcmp(f->option, "tcp") == 0 || !f->get(seg, opt, &v))
            continue;
        if (f->set(seg, &copy, &v) && ms_opt_build(&copy) == MS_OK)
            demand(copy.occupied == opt->occupied &&
                   memcmp(copy.raw, opt->raw, opt->occupied) == 0);
    }
}

static void check_options(struct ms_seg *seg, const struct ms_opt *opts, size_t n)
{
    struct ms_buf text = {0};
    size_t taken = 0;
    for (size_t i = 0; i < n; i++) {
        check_fields(seg, &opts[i]);
        ms_opt_text(&opts[i], &text);
        taken += opts[i].occupied;
        struct ms_opt built = opts[i];
        if (opts[i].mp.form > MS_FORM_UNKNOWN) {
            demand(ms_opt_build(&built) == MS_OK);
            demand(built.occupied == opts[i].occupied);
            demand(memcmp(built.raw, opts[i].raw, built.occupied) == 0);
            demand(ms_mp_length(&opts[i].mp) == built.occupied);
        }
    }
    demand(taken <= 40);
    ms_seg_text(seg, 0, 0, &text);
    ms_buf_free(&text);
}

/* What is encoded from a decoded segment decodes to the same. */
static void check_again(struct ms_seg *seg)
{
    static uint8_t out[70000];
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg got;
    struct ms_neigh neigh;
    size_t len = 0, taken = 0;
    for (unsigned i = 0; i < seg->n_opt; i++)
        taken += seg->opt[i].occupied;
    /* A header that the frame cut short does not end on a word: padding is added to it. */
    const bool whole = taken % 4 == 0 || seg->opt[seg->n_opt - 1].kind == MS_TCPOPT_EOL;
    seg->doff = 0;
    if (ms_seg_encode(seg, out, sizeof out, &len) != MS_OK)
        return;
    demand(ms_frame_decode(out, len, &got, opts, &neigh) == MS_FRAME_TCP);
    demand(got.tcp_csum_ok && got.ip_csum_ok);
    demand(got.payload_len == seg->payload_len);
    demand(got.payload_len == 0 || memcmp(got.payload, seg->payload, got.payload_len) == 0);
    if (!whole)
        return;
    demand(got.n_opt == seg->n_opt);
    for (unsigned i = 0; i < got.n_opt; i++)
        demand(memcmp(&got.opt[i], &seg->opt[i], sizeof got.opt[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg seg;
    struct ms_neigh neigh;

    if (ms_frame_decode(data, size, &seg, opts, &neigh) == MS_FRAME_TCP) {
        check_options(&seg, opts, seg.n_opt);
        check_again(&seg);
    }
    if (ms_ip_decode(data, size, &seg, opts, &neigh) == MS_FRAME_TCP)
        check_again(&seg);
    seg = (struct ms_seg){0};
    check_options(&seg, opts, ms_opts_decode(data, size, opts));

    return 0;
}
