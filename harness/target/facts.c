/* SPDX-License-Identifier: MIT */
/* What the running kernel offers. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "mptcpspec/crypto.h"
#include "target/info.h"
#include "target/local.h"
#include "target/pm.h"
#include "topo/proc.h"

/* Whole file on the heap, or false; the descriptor (negative: there is none) is closed. Configurations are small; more than 4 MiB is none. */
static bool read_file(int fd, struct ms_buf *b)
{
    char chunk[16384];
    ssize_t n;

    if (fd < 0)
        return false;
    while ((n = read(fd, chunk, sizeof chunk)) > 0 && b->len < (size_t)4 << 20)
        ms_buf_add(b, chunk, (size_t)n);
    close(fd);
    return n == 0 && b->len != 0;
}

static void hash_config(struct ms_kernel_facts *k)
{
    char path[192];
    struct ms_buf b = {0};

    snprintf(path, sizeof path, "/boot/config-%s", k->release);
    bool found = read_file(proc_open("config.gz"), &b);
    if (!found) {
        b.len = 0;
        found = read_file(open(path, O_RDONLY | O_CLOEXEC), &b);
    }
    if (found)
        ms_sha256_hex(b.data, b.len, k->config_sha256);
    ms_buf_free(&b);
}

static void try_socket(struct ms_kernel_facts *k)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
    k->mptcp = fd >= 0;
    k->mptcp_errno = fd >= 0 ? 0 : errno;
    if (fd >= 0) {
        struct info_items items = {0};
        k->full_info = info_read_full(fd, &items) == 0;
        free(items.list);
        close(fd);
    }
}

static void try_path_manager(struct ms_kernel_facts *k)
{
    struct pm *pm;
    k->pm_netlink = pm_open(&pm, NULL) == MS_OK;
    pm_close(pm);
}

/*
 * The questions are asked in a fresh namespace (the host may have MPTCP switched off for itself), where one can
 * be made; otherwise where the caller is.
 */
int ms_kernel_facts_read(struct ms_kernel_facts *k, struct ms_error *err)
{
    struct utsname u;
    struct ms_buf b = {0};

    *k = (struct ms_kernel_facts){0};
    if (uname(&u) != 0)
        return ms_fail_errno(err, "uname");
    snprintf(k->release, sizeof k->release, "%s", u.release);
    if (read_file(proc_open("version"), &b))
        snprintf(k->version, sizeof k->version, "%.*s", (int)strcspn(b.data, "\n"), b.data);
    ms_buf_free(&b);
    hash_config(k);

    int home = proc_open("thread-self/ns/net");
    bool fresh = home >= 0 && unshare(CLONE_NEWNET) == 0;
    try_socket(k);
    try_path_manager(k);
    int rc = MS_OK;
    if (fresh && setns(home, CLONE_NEWNET) != 0)
        rc = ms_fail_errno(err, "setns back to the first namespace");
    if (home >= 0)
        close(home);
    return rc;
}
