/* SPDX-License-Identifier: MIT */
/* Packets in the order in which they were sent. */
#include <sched.h>
#include <unistd.h>

#include "interop/interop_int.h"

/*
 * A veth pair hands a packet over through the backlog of the CPU that sends it. A host that sends on two CPUs, a
 * program here and an ACK there, is seen in another order than it sent in: as if windows and Data ACKs went back. So
 * everything that belongs to one scenario stays on one CPU; several scenarios spread by their process numbers.
 */
void interop_keep_order(void)
{
    cpu_set_t allowed, one;

    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return; /* more CPUs than the set holds: as it was */
    int left = (int)(getpid() % CPU_COUNT(&allowed));
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && left-- == 0) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
}
