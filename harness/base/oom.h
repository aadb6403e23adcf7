/* SPDX-License-Identifier: MIT */
/* What base does when memory is exhausted: no verdict can be right any more, so it stops. */
#ifndef MPTCPSPEC_BASE_OOM_H
#define MPTCPSPEC_BASE_OOM_H

_Noreturn void ms_oom(void);

#endif
