/* SPDX-License-Identifier: MIT */
/* libFuzzer target: what a case's process that went mad might send its parent. */
#include <string.h>

#include "mptcpspec/runner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_parcel p;
    struct ms_buf again = {0};
    if (ms_parcel_unpack(a, data, size, &p, NULL) == MS_OK) {
        /* What was taken can be packed, and comes out the same. */
        struct ms_parcel q;
        ms_parcel_pack(&p, &again);
        if (ms_parcel_unpack(a, again.data, again.len, &q, NULL) != MS_OK ||
            q.result.n_reason != p.result.n_reason || strcmp(q.ladder, p.ladder) != 0)
            __builtin_trap();
    }
    ms_buf_free(&again);
    ms_arena_free(a);
    return 0;
}
