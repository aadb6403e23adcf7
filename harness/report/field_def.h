/* SPDX-License-Identifier: MIT */
/* Declaring fields of reports (struct ms_report_field): where their values come from. */
#ifndef MPTCPSPEC_REPORT_FIELD_DEF_H
#define MPTCPSPEC_REPORT_FIELD_DEF_H

#include "mptcpspec/report.h"

/* `set` gives v its value; x is the subject. */
#define GET(func, ctype, set)                                                                      \
    static void func(const void *subject, struct ms_report_value *v)                               \
    {                                                                                              \
        const ctype *x = subject;                                                                  \
        set;                                                                                       \
    }
/* A list of `number` elements, the i-th of which is `element`; goes into a field by COUNTED. */
#define LIST(name, ctype, number, element)                                                         \
    static size_t name##_count(const void *subject)                                                \
    {                                                                                              \
        const ctype *x = subject;                                                                  \
        return number;                                                                             \
    }                                                                                              \
    static const void *name##_item(const void *subject, size_t i)                                  \
    {                                                                                              \
        const ctype *x = subject;                                                                  \
        return element;                                                                            \
    }
#define COUNTED(name) .count = name##_count, .item = name##_item
/* The one object of a field. */
#define PART(func, ctype, element)                                                                 \
    static const void *func(const void *subject, size_t i)                                         \
    {                                                                                              \
        const ctype *x = subject;                                                                  \
        (void)i;                                                                                   \
        return element;                                                                            \
    }

#endif
