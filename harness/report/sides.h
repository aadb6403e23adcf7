/* SPDX-License-Identifier: MIT */
/* The results of one run as what compares runs takes them: sorted by name, repetitions together. */
#ifndef MPTCPSPEC_REPORT_SIDES_H
#define MPTCPSPEC_REPORT_SIDES_H

#include "mptcpspec/report.h"

/* A set of names. Zeroed but for `a`. */
struct report_names {
    struct ms_arena *a;
    size_t n, cap;
    const char **v;
};
void report_names_add(struct report_names *s, const char *name, size_t len);
/* Sorts what was added and leaves each once: n is that of the set from here on. */
const char **report_names_sorted(struct report_names *s);
/* For sorted lists. */
bool report_names_same(const char *const *a, size_t n, const char *const *b, size_t m);
bool report_names_hold(const char *const *v, size_t n, const char *name);

struct report_side {
    const struct ms_instance *instance;
    struct ms_change_side side;
    const char *why; /* an expected deviation: the reason given for it, else "" */
    size_t n_judged;
    const char **judged; /* requirements, sorted, each once */
};
struct report_sides {
    size_t n;
    struct report_side *v;
};
/* Refuses a result that occurs twice with the same repetition; `file` is for the message. Lives in `a`. */
int report_sides(struct ms_arena *a, const struct ms_report *r, const char *file,
                 struct report_sides *out, struct ms_error *err);

#endif
