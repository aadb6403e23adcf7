/* SPDX-License-Identifier: MIT */
/* MPTCP_INFO and MPTCP_FULL_INFO as lists of named numbers. */
#ifndef MPTCPSPEC_TARGET_INFO_H
#define MPTCPSPEC_TARGET_INFO_H

#include "mptcpspec/target.h"

struct info_items {
    struct ms_mptcp_info_item *list; /* malloc'd */
    size_t n, cap;
};

/* 0 or errno: EOPNOTSUPP after fallback to TCP. */
int info_read(int fd, struct info_items *out);
int info_read_full(int fd, struct info_items *out);

#endif
