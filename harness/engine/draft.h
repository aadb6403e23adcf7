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
    const struct draft *twin; /* as the case wrote it: this is the copy that the mutant mends */
};

/* draft_option.c: appends an option; `os` is what the case wrote of it, NULL: the prescribed one. */
bool draft_option(struct draft *d, const char *name, const struct ms_optspec *os);
void draft_fill_payload(struct draft *d, const struct ms_mp *map);
/* draft.c: header, payload and options from the pattern and the defaults. */
bool draft_build(struct draft *d);
bool draft_encode(struct draft *d, uint8_t *frame, size_t *len);
/* adopt.c: what sending does to the tester's numbers. */
void draft_adopt(struct draft *d);

/*
 * mutant.c: in a mended copy, is what the case wrote of this field passed over? `wrong`: it deviates from what is
 * prescribed, which is what a repair of the whole option is about.
 */
bool draft_mends(const struct draft *d, const char *option, const char *field, bool wrong);
bool draft_mends_option(const struct draft *d, const char *option);
bool draft_mends_payload(const struct draft *d);
/* Replaces *out, the draft's octets, by those that go to the IUT, if the mutant changes them. */
bool draft_mended(const struct draft *d, struct octets *out);

#endif
