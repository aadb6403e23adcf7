/* SPDX-License-Identifier: MIT */
/* The IUT namespace's recorded profile, and sysctls of the namespace that the thread is in. */
#include "topo/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * A new namespace takes some settings from the host's (congestion control, buffer sizes, the IPv4 device
 * defaults) and others from the kernel's build. Each one that can change what the IUT puts on the wire is
 * written, so that a verdict does not depend on how the host is tuned.
 */
const struct ms_profile_item ms_profile[] = {
    {"net.ipv4.tcp_congestion_control", "reno", false},
    /* Out-of-window segments are each answered, not one in 500 ms (RFC 5961 3.2). */
    {"net.ipv4.tcp_invalid_ratelimit", "0", false},
    {"net.ipv4.tcp_rmem", "4096 131072 6291456", false},
    {"net.ipv4.tcp_wmem", "4096 16384 4194304", false},
    {"net.ipv4.tcp_timestamps", "1", false},
    {"net.ipv4.tcp_sack", "1", false},
    {"net.ipv4.tcp_window_scaling", "1", false},
    {"net.ipv4.tcp_ecn", "2", false},
    {"net.ipv4.tcp_syncookies", "1", true},
    {"net.ipv4.tcp_fin_timeout", "60", false},
    {"net.ipv4.tcp_fastopen", "1", false},
    {"net.ipv4.ip_local_port_range", "32768 60999", false},
    {"net.ipv4.ip_forward", "0", false},
    {"net.ipv4.conf.all.rp_filter", "0", false},
    {"net.ipv4.conf.default.rp_filter", "0", false},
    {"net.ipv4.conf.all.promote_secondaries", "1", false},
    {"net.mptcp.enabled", "1", true},
    {"net.mptcp.checksum_enabled", "0", true},
    {"net.mptcp.allow_join_initial_addr_port", "1", true},
    {"net.mptcp.add_addr_timeout", "120", true},
    {"net.mptcp.stale_loss_cnt", "4", true},
    {"net.mptcp.pm_type", "0", true},
    {"net.mptcp.scheduler", "default", true},
    {"net.mptcp.close_timeout", "60", true},
    /* One SYN that went unanswered must not turn later connections of the same case into plain TCP. */
    {"net.mptcp.blackhole_timeout", "0", true},
    {NULL, NULL, false},
};

/* "net.ipv4.tcp_sack" -> "sys/net/ipv4/tcp_sack"; '/' stands for a '.' inside a component. */
static int sysctl_path(const char *name, char *out, size_t cap, struct ms_error *err)
{
    int n = snprintf(out, cap, "sys/%s", name);
    if (n < 0 || (size_t)n >= cap)
        return ms_fail(err, MS_ERR_RANGE, "sysctl name is too long: %.80s", name);
    if (*name == '\0' || *name == '.' || *name == '/' || strstr(name, "..") != NULL)
        return ms_fail(err, MS_ERR_PARSE, "not a sysctl name: \"%.80s\"", name);
    for (char *p = out + strlen("sys/"); *p; p++) {
        if (*p == '.')
            *p = '/';
        else if (*p == '/')
            *p = '.';
    }
    if (strstr(out, "/./") != NULL || strstr(out, "/../") != NULL) /* of "./." and ".//." */
        return ms_fail(err, MS_ERR_PARSE, "not a sysctl name: \"%.80s\"", name);
    return MS_OK;
}

int ms_sysctl_set(const char *name, const char *value, struct ms_error *err)
{
    char path[256], line[4100];
    int rc = sysctl_path(name, path, sizeof path, err);
    if (rc != MS_OK)
        return rc;
    /* With its end: nothing at all would be no write, and an empty list stay what it was. */
    int len = snprintf(line, sizeof line, "%s\n", value);
    if (len < 0 || (size_t)len >= sizeof line)
        return ms_fail(err, MS_ERR_SPACE, "the value of sysctl %s is too long", name);
    int fd = openat(proc_folder(), path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return ms_fail_errno(err, "sysctl %s", name);
    ssize_t n = write(fd, line, (size_t)len);
    int saved = n < 0 ? errno : EINVAL;
    close(fd);
    if (n == len)
        return MS_OK;
    errno = saved;
    return ms_fail_errno(err, "sysctl %s = %s", name, value);
}

int ms_sysctl_get(const char *name, char *out, size_t cap, struct ms_error *err)
{
    char path[256];
    int rc = sysctl_path(name, path, sizeof path, err);
    if (rc != MS_OK)
        return rc;
    if (cap == 0)
        return ms_fail(err, MS_ERR_SPACE, "no room for the value of %s", name);
    int fd = openat(proc_folder(), path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ms_fail_errno(err, "sysctl %s", name);
    ssize_t n = read(fd, out, cap - 1);
    int saved = errno;
    close(fd);
    if (n < 0) {
        errno = saved;
        return ms_fail_errno(err, "reading sysctl %s", name);
    }
    if ((size_t)n == cap - 1) /* the rest of it cannot be had */
        return ms_fail(err, MS_ERR_SPACE, "the value of sysctl %s is too long", name);
    while (n > 0 && (out[n - 1] == '\n' || out[n - 1] == '\0'))
        n--;
    out[n] = '\0';
    for (char *p = out; *p; p++)
        if (*p == '\t')
            *p = ' ';
    return MS_OK;
}
