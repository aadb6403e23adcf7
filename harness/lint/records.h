/* SPDX-License-Identifier: MIT */
/* What was found on each connection that lives. One without findings needs no record. */
#ifndef LINT_RECORDS_H
#define LINT_RECORDS_H

#include "mptcpspec/lint.h"

#define RECORD_BUCKETS 1024

struct record {
    uint32_t conn; /* 0: findings on no known connection */
    struct record *next;
    enum ms_verdict worst;
    uint64_t findings;
    struct ms_lint_finding *kept;
    size_t n, cap;
    uint32_t by_rule[]; /* index as in ms_rules */
};

struct records {
    struct record *bucket[RECORD_BUCKETS];
    size_t rules; /* number of rules */
    size_t kept;  /* of all records */
};

void records_init(struct records *r);
void records_free(struct records *r);
/* Index of a rule in ms_rules. */
size_t records_rule(const struct ms_rule *rule);
/* Notes the finding, whose text is copied, and fills f->nth. False: no memory, nothing is noted. */
bool records_add(struct records *r, struct ms_lint_finding *f);
struct record *records_find(const struct records *r, uint32_t conn);
void records_drop(struct records *r, uint32_t conn);

#endif
