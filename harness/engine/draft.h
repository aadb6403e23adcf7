/* SPDX-License-Identifier: MIT */
/* A segment under construction, shared by the files that build, send and account for it. */
#ifndef MPTCPSPEC_ENGINE_DRAFT_H
#define MPTCPSPEC_ENGINE_DRAFT_H

#include "engine/engine_int.h"

#define FRAME_MAX   65535
#define PAYLOAD_MAX 65000

/* One segment under construction. */
struct draft {
    struct engine *e;
    struct flow *f;
    const struct ms_segspec *s;
    struct ms_seg seg;
    struct ms_opt opt[MS_OPTS_MAX];
    size_t n_opt;
    uint8_t *payload;
    size_t payload_len;
    uint64_t variant;
    uint64_t payload_dsn; /* DSN of the first payload octet */
    bool placed;          /* payload_dsn is set */
    bool seq_written, dsn_written;
    bool fault;
};

/* draft_option.c: appends an option; `os` is what the case wrote of it, NULL: the prescribed one. */
bool draft_option(struct draft *d, const char *name, const struct ms_optspec *os);
void draft_fill_payload(struct draft *d, const struct ms_mp *map);
/* draft.c: header, payload and options from the pattern and the defaults. */
bool draft_build(struct draft *d);
/* adopt.c: what sending does to the tester's numbers. */
void draft_adopt(struct draft *d);

#endif
