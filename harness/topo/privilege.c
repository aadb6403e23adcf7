/* SPDX-License-Identifier: MIT */
/* Running without privileges: a user namespace in which the caller is root. */
#include "mptcpspec/topo.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Capabilities decide, not the user id: root in a container often lacks them, and an ordinary user may have
 * been given them.
 */
static bool have_capabilities(void)
{
    static const unsigned needed[] = {CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN};
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

    if (syscall(SYS_capget, &head, data) != 0)
        return false;
    for (size_t i = 0; i < MS_ARRAY_LEN(needed); i++)
        if (!(data[needed[i] / 32].effective & 1u << needed[i] % 32))
            return false;
    return true;
}

/* Value of a small numeric file, -1 when it cannot be read. */
static long read_long(const char *path)
{
    char text[32];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return -1;
    text[n] = '\0';
    return strtol(text, NULL, 10);
}

/* Adds the likely cause and its remedy to a failure of the user namespace. */
static int refuse(struct ms_error *err, const char *call, int cause)
{
    static const char need[] =
        "root, or CAP_NET_ADMIN, CAP_NET_RAW and CAP_SYS_ADMIN, or unprivileged "
        "user namespaces are needed";
    errno = cause;
    if (read_long("/proc/sys/user/max_user_namespaces") == 0)
        return ms_fail_errno(err,
                             "%s: user namespaces are off (user.max_user_namespaces is 0): run as "
                             "root, or set it with sysctl user.max_user_namespaces=10000",
                             call);
    errno = cause;
    if (read_long("/proc/sys/kernel/unprivileged_userns_clone") == 0)
        return ms_fail_errno(err,
                             "%s: user namespaces are kept from ordinary users: run as root, or "
                             "set sysctl kernel.unprivileged_userns_clone=1",
                             call);
    errno = cause;
    if (read_long("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1)
        return ms_fail_errno(err,
                             "%s: AppArmor restricts user namespaces: run as root, or set sysctl "
                             "kernel.apparmor_restrict_unprivileged_userns=0",
                             call);
    errno = cause;
    if (cause == EINVAL)
        return ms_fail_errno(err,
                             "%s: the kernel has no user namespaces (CONFIG_USER_NS), or the "
                             "process has several threads; %s",
                             call, need);
    if (cause == ENOSPC)
        return ms_fail_errno(err,
                             "%s: the limit of namespaces is reached (user.max_user_namespaces, "
                             "user.max_net_namespaces)",
                             call);
    if (cause == ENOSYS || cause == EPERM)
        return ms_fail_errno(err, "%s: refused, perhaps by a seccomp filter (a container); %s",
                             call, need);
    return ms_fail_errno(err, "%s; %s", call, need);
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    int saved = errno;
    close(fd);
    errno = saved;
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

int ms_privilege_acquire(struct ms_error *err)
{
    if (have_capabilities())
        return MS_OK;

    unsigned uid = geteuid(), gid = getegid();
    char map[32];
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return refuse(err, "unshare(CLONE_NEWUSER|CLONE_NEWNET)", errno);
    /* A process that changed its ids, or whose file is unreadable, does not own its /proc entries. */
    prctl(PR_SET_DUMPABLE, 1);
    /* user_namespaces(7): a group map may be written only after setgroups was given up. */
    if (write_file("/proc/self/setgroups", "deny") != 0 && errno != ENOENT)
        return refuse(err, "/proc/self/setgroups", errno);
    snprintf(map, sizeof map, "0 %u 1", uid);
    if (write_file("/proc/self/uid_map", map) != 0) {
        /* user_namespaces(7), since Linux 5.12: user id 0 is mapped by those with CAP_SETFCAP only. */
        if (uid == 0 && errno == EPERM)
            return ms_fail_errno(err, "/proc/self/uid_map: root without CAP_SETFCAP cannot use a "
                                      "user namespace: run as an ordinary user, or with "
                                      "CAP_NET_ADMIN, CAP_NET_RAW and CAP_SYS_ADMIN");
        return refuse(err, "/proc/self/uid_map", errno);
    }
    snprintf(map, sizeof map, "0 %u 1", gid);
    if (write_file("/proc/self/gid_map", map) != 0)
        return refuse(err, "/proc/self/gid_map", errno);
    if (!have_capabilities())
        return refuse(err, "a user namespace without capabilities", EPERM);
    return MS_OK;
}
