/* SPDX-License-Identifier: MIT */
#ifndef MPTCPSPEC_VERDICT_INT_H
#define MPTCPSPEC_VERDICT_INT_H

#include "mptcpspec/verdict.h"

void names_broken(const struct ms_names *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
