/* SPDX-License-Identifier: MIT */
/* Results grouped by section of the RFC, for the renderings that nest. */
#ifndef MPTCPSPEC_REPORT_SECTIONS_H
#define MPTCPSPEC_REPORT_SECTIONS_H

#include "mptcpspec/report.h"

struct section_counts {
    size_t tests, failures, errors, skipped;
    uint64_t wall_ns; /* sum over the results */
};
/* Sections that occur, numbers compared as numbers ("3.10" after "3.2"). */
const char **section_list(struct ms_arena *a, const struct ms_report *r, size_t *n);
/* NULL: all. */
struct section_counts section_count(const struct ms_report *r, const char *section);
const char *section_title(struct ms_arena *a, const char *section);

#endif
