/* SPDX-License-Identifier: MIT */
#include "mptcpspec/base.h"

#include <string.h>

void ms_clear(void *p, size_t n)
{
    memset(p, 0, n);
}
