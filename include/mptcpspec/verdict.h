/* SPDX-License-Identifier: MIT */
/*
 * verdict: what every kind of case shares, whoever runs it: the result and its reasons, how a failed expectation
 * or a broken rule becomes a verdict, the values of expressions, and whether a segment fits a pattern. No I/O.
 */
#ifndef MPTCPSPEC_VERDICT_H
#define MPTCPSPEC_VERDICT_H

#include "mptcpspec/crypto.h"
#include "mptcpspec/lang.h"
#include "mptcpspec/oracle.h"
#include "mptcpspec/target.h"
#include "mptcpspec/trace.h"

/* ---- results -------------------------------------------------------------------------------------------- */

/* One thing that a verdict rests on: an expectation that failed, a rule that was broken, a remark. */
struct ms_reason {
    enum ms_verdict verdict; /* what it alone would make the case; PASS: an observation (MAY) */
    const char *reqs;        /* "R-3.2-34" list of the failed tag(s), "" for none */
    const char *rule;        /* oracle rule, "" for an expectation */
    unsigned line;           /* case line, 0: none */
    const char *step;        /* the source line */
    uint32_t packet;         /* packet that shows it, 0: none */
    const char *text;        /* what was expected, what came, field by field; several lines */
};

struct ms_result {
    enum ms_verdict verdict;
    size_t n_reason, cap_reason;
    struct ms_reason *reason;
    const char *skip_reason;  /* SKIP only */
    uint64_t wall_ns, cpu_ns; /* of the whole case process so far */
    uint64_t syn_ns;          /* first SYN written to SYN/ACK taken, 0: not measured */
    uint32_t packets;         /* frames in the log */
    uint32_t lost;            /* frames that capture or log lost */
    long max_rss_kib;
    uint64_t rewrite_hits; /* what rewrites on the link and the mutant changed or left out */
    size_t n_judged;       /* requirements whose expectation was evaluated */
    const char **judged;
    const char *counters; /* "MPTcpExt.MPJoinSynRx +1, ..." differences over the case, "" if none */
};

/* Where a running case writes down what it sees. Strings that are handed over are copied into the trace's arena. */
struct ms_record {
    struct ms_trace *trace;
    struct ms_result *result;
    bool strict; /* SHOULD broken fails */
};

/* Adds a reason; the result's verdict becomes the worse of the two. `s` NULL: no step. */
void ms_record_reason(const struct ms_record *r, enum ms_verdict v, const char *reqs,
                      const char *rule, const struct ms_step *s, uint32_t packet, const char *text);
/*
 * An expectation failed: event, judged requirements, reason. Its verdict follows from the levels of the tags that
 * failed. Without tags it was a preamble: inconc; so it is where the case needs a step but does not judge it
 * (`control`). Returns that verdict.
 */
enum ms_verdict ms_record_failed(const struct ms_record *r, const struct ms_step *s,
                                 const struct ms_requirement *const *failed, size_t n, bool control,
                                 uint32_t packet, const char *text);
/* An expectation was met: event, judged requirements. */
void ms_record_met(const struct ms_record *r, const struct ms_step *s, uint32_t packet);
/*
 * A rule was broken during `s` (NULL: none) by `who` ("": the only IUT). The first finding of a rule and host counts, the
 * others are left out. `observe`: it is recorded, and judges nothing.
 */
void ms_record_finding(const struct ms_record *r, const struct ms_finding *f, const char *who,
                       bool observe, const struct ms_step *s);
/* Why the harness cannot go on, at the place of `s` (NULL: none): fills *err, MS_ERR_SYS. */
void ms_step_error(struct ms_error *err, const struct ms_step *s, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
/* A remark of the trace about `handle` ("": nobody). */
void ms_record_note(const struct ms_record *r, const struct ms_step *s, const char *handle,
                    const char *text);
/* Fills what the process has used: cpu_ns, max_rss_kib; packets and lost of the frame log are added. A result with lost
 * frames is inconclusive at best. */
void ms_record_figures(const struct ms_record *r);

/* The tags of a step, its segment and its options, in the order of the line. Arena-backed. */
void ms_step_tags(const struct ms_step *s, struct ms_arena *a, const struct ms_requirement ***out,
                  size_t *n);
/* "R-3.2-34, R-3.2-32"; "" for none. */
const char *ms_reqs_text(struct ms_arena *a, const struct ms_requirement *const *req, size_t n);
/* Why the case judges under another reading than that of the run; NULL: it does not. */
const char *ms_case_not_read(struct ms_arena *a, const struct ms_case *c, uint32_t positions);

/* ---- values --------------------------------------------------------------------------------------------- */

struct ms_variable {
    const char *name;
    struct ms_value value;
};

/* What names and calls of an expression are worth. Zeroed but for the first members. */
struct ms_names {
    struct ms_arena *arena;
    const struct ms_topo *topo; /* names of addresses ... */
    enum ms_family family;      /* ... which stand for those of this family */
    struct ms_rng *rng;         /* of random() and near_wrap() */
    /* Why an expression has no value: the case cannot go on. */
    void (*broken)(void *ctx, const char *why);
    /* Properties of a handle, and functions that only the runner of the case knows: false, after `broken`, when there
     * is none; NULL: no such thing. */
    bool (*prop)(void *ctx, const struct ms_expr *x, struct ms_value *out);
    bool (*call)(void *ctx, const char *name, const struct ms_value *v, size_t n,
                 struct ms_value *out);
    void *ctx;
    size_t n, cap;
    struct ms_variable *var;
};

/* For a value inside a segment: names may stand for fields of it. */
struct ms_scope {
    const struct ms_field *field; /* field under evaluation */
    const struct ms_seg *seg;     /* segment with prescribed values */
    const struct ms_opt *opt;     /* option with prescribed values, NULL for header fields */
};

void ms_names_set(struct ms_names *e, const char *name, const struct ms_value *v);
const struct ms_value *ms_names_get(const struct ms_names *e, const char *name); /* NULL: none */
/* Binds the parameters of an instance. */
void ms_names_instance(struct ms_names *e, const struct ms_instance *in);
/* An address of the topology in this family; false when there is none. `path` (NULL allowed): the path it is on. */
bool ms_names_addr(const struct ms_names *e, const char *name, struct ms_addr *out, unsigned *path);

/* False, after `broken`, when it has no value. Type NONE: any. `s` NULL: outside of a segment. */
bool ms_value_eval(struct ms_names *e, const struct ms_expr *x, const struct ms_scope *s,
                   struct ms_value *out);
bool ms_value_num(struct ms_names *e, const struct ms_expr *x, uint64_t *out);
bool ms_value_call(struct ms_names *e, const struct ms_expr *x, const struct ms_scope *s,
                   struct ms_value *out);
/* Makes a value the type and width of the field. */
void ms_value_fit(const struct ms_field *f, struct ms_value *v);
void ms_value_set_num(struct ms_value *v, uint64_t n);
void ms_value_set_octets(struct ms_value *v, const void *p, size_t n);
/* Numbers and addresses as the octets of their natural width. */
struct ms_value ms_value_as_octets(const struct ms_value *v);
bool ms_value_compare(const struct ms_value *got, enum ms_cmp cmp, const struct ms_value *want);

const struct ms_arg *ms_arg_find(const struct ms_arg *arg, size_t n, const char *name);
/* `name = N`, or a bare name: 1. False when it is not there. */
bool ms_arg_num(struct ms_names *e, const struct ms_arg *arg, size_t n, const char *name,
                uint64_t *out);
/* A bare word among the arguments. */
bool ms_arg_flag(const struct ms_arg *arg, size_t n, const char *word);
/* The i-th bare word or string; NULL. */
const char *ms_arg_word(const struct ms_arg *arg, size_t n, size_t i);

/* Fills the verb that a step of `sysctl`, `endpoint`, `limits`, `addr` or `link` asks for; false after `broken`. */
bool ms_setting(struct ms_names *e, const struct ms_step *s, struct ms_verb *v);

/* ---- patterns ------------------------------------------------------------------------------------------- */

struct ms_matching {
    bool base;                            /* flags, payload, header fields fit */
    bool all;                             /* and every option */
    size_t fitting;                       /* options that fit: tells the closest candidate */
    struct ms_buf *why;                   /* differences, one a line; NULL: not wanted */
    bool untagged;                        /* `failed` is not wanted */
    const struct ms_requirement **failed; /* tags of what does not fit */
    size_t n_failed, cap_failed;
};

/* What RFC 8684 prescribes for this option of this segment: `want` is filled. */
struct ms_prescriber {
    void (*option)(void *ctx, const struct ms_seg *seg, const struct ms_opt *got,
                   struct ms_opt *want);
    void *ctx;
};

/* Does the segment fit the pattern? Everything that the pattern writes is compared. */
void ms_match_seg(struct ms_names *e, const struct ms_seg *seg, const struct ms_segspec *s,
                  const struct ms_prescriber *p, struct ms_matching *m);
/* Binds what the pattern names (`as NAME`). */
void ms_match_bind(struct ms_names *e, const struct ms_seg *seg, const struct ms_segspec *s);
/* A pattern that means the first new segment of its kind: SYN, FIN, RST, or so many octets. */
bool ms_spec_decisive(const struct ms_segspec *s);

#endif
