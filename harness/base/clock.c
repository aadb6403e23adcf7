/* SPDX-License-Identifier: MIT */
#include "mptcpspec/base.h"

#include <time.h>

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t = {0};
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t ms_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t ms_wall_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}
