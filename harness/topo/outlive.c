/* SPDX-License-Identifier: MIT */
/* Names in a network namespace, and processes that give back what was changed when those who changed it are gone. */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "mptcpspec/topo.h"

unsigned ms_netns_name(struct sockaddr_un *a, const char *what, const char *iface)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(a->sun_path + 1, sizeof a->sun_path - 1, "mptcpspec-%.64s%.15s", what, iface);
    return (unsigned)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

void ms_outlive(const char *comm, const int *keep, unsigned n)
{
    static const int heedless[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    int high[MS_OUTLIVE_MAX];

    prctl(PR_SET_NAME, comm);
    for (size_t i = 0; i < MS_ARRAY_LEN(heedless); i++)
        signal(heedless[i], SIG_IGN);
    setsid(); /* who kills the parent's group does not kill what gives back */
    if (n > MS_OUTLIVE_MAX)
        _exit(1);
    for (unsigned i = 0; i < n; i++)
        high[i] = fcntl(keep[i], F_DUPFD, (int)n);
    for (unsigned i = 0; i < n; i++)
        if (high[i] < 0 || dup2(high[i], (int)i) < 0)
            _exit(1);
    syscall(SYS_close_range, n, ~0U, 0U);
}
