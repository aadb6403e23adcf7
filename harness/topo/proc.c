/* SPDX-License-Identifier: MIT */
/* A proc file system that nobody else has looked into. */
#include "topo/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * In /proc the kernel keeps what was looked up for each namespace that ever was, until it needs the memory, and a look-up
 * wades through all of it: on a machine that has run thousands of cases one takes milliseconds. So each process has a
 * proc of its own, which is mounted nowhere and goes with the process. Where that is not allowed, or not known (before
 * Linux 5.8 it would be the same one), /proc serves.
 */
static int own_proc(void)
{
#ifdef SYS_fsopen
    int fs = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);
    if (fs < 0)
        return -1;
    int fd = -1;
    if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
    close(fs);
    return fd;
#else
    return -1;
#endif
}

int proc_folder(void)
{
    static struct {
        pid_t of;
        int fd;
    } own;
    if (own.of != getpid()) {
        own.fd = own_proc();
        if (own.fd < 0 || faccessat(own.fd, "sys/net", F_OK, 0) != 0)
            own.fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        own.of = getpid();
    }
    return own.fd;
}

int proc_open(const char *path)
{
    char whole[64];
    snprintf(whole, sizeof whole, "/proc/%s", path);
    int fd = open(whole, O_RDONLY | O_CLOEXEC);
    return fd < 0 && errno == ENOENT ? openat(proc_folder(), path, O_RDONLY | O_CLOEXEC) : fd;
}
