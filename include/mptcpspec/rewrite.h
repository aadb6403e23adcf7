/* SPDX-License-Identifier: MIT */
/*
 * rewrite: what boxes in the middle do to packets. A rewrite is one line of text; a chain is a row of boxes, one rewrite
 * each, through which frames pass in both directions.
 *
 * Pure: no I/O, no clock of its own (the caller says what time it is), numbers by chance from a seed.
 */
#ifndef MPTCPSPEC_REWRITE_H
#define MPTCPSPEC_REWRITE_H

#include "mptcpspec/wire.h"

/* ---- one rewrite -------------------------------------------------------------------------------------- */

struct ms_rewrite;        /* one parsed rewrite: direction, selection, action */
struct ms_rewrite_entry { /* a row of the table that `list rewrites` prints */
    const char *name;
    const char *params;
    const char *doc;
};
extern const struct ms_rewrite_entry ms_rewrite_table[]; /* ends with name NULL */

/*
 * Parses one rewrite: "rx ACTION [ARGS] [when COND {and COND}] [nth N | from N | first N]".
 * Errors carry the column. The grammar stands in docs/case-language.md. *out lives in the arena.
 */
int ms_rewrite_parse(struct ms_arena *a, const char *text, struct ms_rewrite **out,
                     struct ms_error *err);

/* Which words said its direction: `any` alone, `rx` or `tx` (one IUT), `up` or `down` (two stacks). */
enum ms_rewrite_words { MS_WORDS_NEITHER, MS_WORDS_ONE_IUT, MS_WORDS_TWO_STACKS };
enum ms_rewrite_words ms_rewrite_words(const struct ms_rewrite *r);
/* The option that it changes, or else looks for; NULL if it names none. */
const struct ms_option_name *ms_rewrite_option(const struct ms_rewrite *r);

/* It gives the sender another address (nat, napt). */
bool ms_rewrite_translates(const struct ms_rewrite *r);

/* ---- a row of boxes ----------------------------------------------------------------------------------- */

/*
 * Frames with MS_DIR_TX (to the IUT, up from client to server) pass the boxes in the order in which they were
 * added, those with MS_DIR_RX in the opposite one.
 */
struct ms_chain;
#define MS_CHAIN_ALL_PATHS UINT32_MAX

/* `seed`: for probabilities and for numbers that boxes choose. Never NULL. Free with ms_chain_free. */
struct ms_chain *ms_chain_new(uint64_t seed);
void ms_chain_free(struct ms_chain *c); /* NULL allowed */
/*
 * Appends a box. `path`: 0-based, it sees only frames of this path; MS_CHAIN_ALL_PATHS: all. Returns its id (0, 1, ...)
 * or MS_ERR_PARSE with column, MS_ERR_RANGE when the row is full.
 */
int ms_chain_add(struct ms_chain *c, const char *text, unsigned path, struct ms_error *err);
/* A box switched off passes frames; what it holds goes out at the next ms_chain_run. Unknown ids are ignored. */
void ms_chain_enable(struct ms_chain *c, int id, bool on);
/* Flows are followed from the first box on; now, if boxes are to be laid later that must know what was before. */
void ms_chain_follow(struct ms_chain *c);
/* No box stands in the row, and it need not follow flows: frames may go round it. */
bool ms_chain_empty(const struct ms_chain *c);
/* How often the box changed, dropped, held or added something; 0 for an unknown id. */
uint64_t ms_chain_hits(const struct ms_chain *c, int id);
/* Sum over all boxes: a mutant that never acted proves nothing. */
uint64_t ms_chain_acted(const struct ms_chain *c);
/* Frames that went on before their time since boxes held too much (16 MiB). */
uint64_t ms_chain_overflows(const struct ms_chain *c);

/*
 * A frame that leaves the row in direction `dir`. It may not call the chain. `frame` is gone when it returns.
 */
typedef void ms_chain_emit(void *ctx, unsigned path, enum ms_dir dir, const uint8_t *frame,
                           size_t len);
/*
 * One frame that arrives at the row, `now_ns` on any monotonic clock. Emits what leaves it now: none, it, others, some in
 * the other direction (an acknowledging proxy). MS_ERR_RANGE for an impossible direction.
 */
int ms_chain_frame(struct ms_chain *c, unsigned path, enum ms_dir dir, uint64_t now_ns,
                   const uint8_t *frame, size_t len, ms_chain_emit *emit, void *ctx);
/* When ms_chain_run must be called, on the clock of now_ns (0: at once); UINT64_MAX: no need. */
uint64_t ms_chain_due(const struct ms_chain *c);
/* Emits what was held and is due. */
int ms_chain_run(struct ms_chain *c, uint64_t now_ns, ms_chain_emit *emit, void *ctx);

#endif
