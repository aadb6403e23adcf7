/* SPDX-License-Identifier: MIT */
/*
 * Rows of boxes: lines of rewrites, an empty line, then frames. Each frame begins with three octets: bit 0 of the first is
 * the direction, bit 1 the path, bit 2 calls for what is due, bit 3 switches a box, bit 4 repeats the frame before with the
 * octets that follow put over it from the middle on; the second is the time that has passed in 8 ms; the third the length.
 */
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

struct seen {
    bool was_right; /* what came in had right checksums, and no rewrite says otherwise */
    size_t n;
};

static void emit(void *ctx, unsigned path, enum ms_dir dir, const uint8_t *frame, size_t len)
{
    struct seen *s = ctx;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg seg;
    struct ms_neigh neigh;
    demand(path < 2 && (dir == MS_DIR_RX || dir == MS_DIR_TX));
    if (ms_frame_decode(frame, len, &seg, opts, &neigh) == MS_FRAME_TCP && s->was_right)
        demand(seg.tcp_csum_ok && seg.ip_csum_ok);
    /* Every octet is there to be read. */
    static volatile uint8_t sum;
    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + frame[i]);
    s->n++;
}

static const uint8_t *lay_boxes(struct ms_chain *row, const uint8_t *p, const uint8_t *end,
                                struct seen *s)
{
    while (p < end) {
        const uint8_t *line_end = memchr(p, '\n', (size_t)(end - p));
        const size_t n = (size_t)((line_end != NULL ? line_end : end) - p);
        char text[256];
        struct ms_error err = {0};
        const size_t kept = n < sizeof text - 1 ? n : sizeof text - 1;
        memcpy(text, p, kept);
        text[kept] = '\0';
        p += n + (line_end != NULL);
        if (n == 0)
            break;
        if (ms_chain_add(row, text, p[-1] % 3 == 0 ? 1 : MS_CHAIN_ALL_PATHS, &err) < 0)
            demand(err.msg[0] != '\0' && err.column <= strlen(text) + 1);
        /* Lengths and offsets that lie hide octets from checksums, or show them others. */
        if (strstr(text, "csum") != NULL || strstr(text, "doff") != NULL)
            s->was_right = false;
    }
    return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t frame[70000];
    static size_t frame_len;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg seg;
    struct ms_neigh neigh;
    struct ms_chain *row = ms_chain_new(size);
    struct seen s = {.was_right = true};
    uint64_t now = 0;
    const uint8_t *end = data + size, *p = lay_boxes(row, data, end, &s);
    frame_len = 0;
    while (end - p >= 3) {
        const uint8_t what = p[0];
        const unsigned path = what >> 1 & 1;
        size_t n = (size_t)p[2] * (what & 0x20 ? 64 : 1);
        now += (uint64_t)p[1] * 8000000;
        p += 3;
        if (n > (size_t)(end - p))
            n = (size_t)(end - p);
        if ((what & 8) != 0)
            ms_chain_enable(row, p < end ? *p % 8 : 0, (what & 0x40) != 0);
        if ((what & 4) != 0) {
            demand(ms_chain_run(row, now, emit, &s) == MS_OK);
            demand(ms_chain_due(row) > now);
        }
        if ((what & 0x10) != 0 && frame_len > n) {
            memcpy(frame + (frame_len - n) / 2, p, n);
        } else {
            memcpy(frame, p, n);
            frame_len = n;
        }
        p += n;
        /* A segment of the fuzzer's is made right as often as not: wrong checksums stay wrong. */
        if (ms_frame_decode(frame, frame_len, &seg, opts, &neigh) == MS_FRAME_TCP) {
            static uint8_t again[sizeof frame];
            size_t len = 0;
            if ((what & 0x80) == 0 && ms_seg_encode(&seg, again, sizeof again, &len) == MS_OK) {
                memcpy(frame, again, len);
                frame_len = len;
                ms_frame_decode(frame, frame_len, &seg, opts, &neigh);
            }
            if (!seg.tcp_csum_ok || !seg.ip_csum_ok || seg.csum_unknown)
                s.was_right = false;
        }
        demand(ms_chain_frame(row, path, what & 1 ? MS_DIR_TX : MS_DIR_RX, now, frame, frame_len,
                              emit, &s) == MS_OK);
    }
    ms_chain_run(row, UINT64_MAX - 1, emit, &s);
    demand(ms_chain_due(row) == UINT64_MAX);
    demand(ms_chain_acted(row) == 0 || !ms_chain_empty(row));
    ms_chain_free(row);
    return 0;
}
