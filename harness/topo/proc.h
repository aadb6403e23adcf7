/* SPDX-License-Identifier: MIT */
/* Where sysctls are read and written. */
#ifndef MPTCPSPEC_TOPO_PROC_H
#define MPTCPSPEC_TOPO_PROC_H

#include "mptcpspec/topo.h"

/* A descriptor of a proc file system, for openat; stays open. Negative, with errno, if there is none at all. */
int proc_folder(void);
/* Opens /proc/`path` for reading, also where nothing is mounted there. -1 with errno. */
int proc_open(const char *path);

#endif
