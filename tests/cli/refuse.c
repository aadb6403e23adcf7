/* SPDX-License-Identifier: MIT */
/*
 * refuse WHAT COMMAND...: runs a command whose system calls of one kind fail, as in a container.
 * WHAT: mptcp-eperm, mptcp-eprotonosupport, packet, unshare, fsopen.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MPTCP 262

#define LOAD(member)                                                                               \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, member))
/* The low half of an argument, where the machine stores it. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOAD_ARG(n)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)(offsetof(struct seccomp_data, args) + 8 * (n)))
#else
#define LOAD_ARG(n)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                                             \
             (unsigned)(offsetof(struct seccomp_data, args) + 8 * (n) + 4))
#endif
#define SKIP_UNLESS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))
#define FAIL(error)           BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW                 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int install(struct sock_filter *filter, unsigned short n)
{
    struct sock_fprog program = {.len = n, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("seccomp");
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 64;
    unsigned error = strcmp(argv[1], "mptcp-eprotonosupport") == 0 ? EPROTONOSUPPORT : EPERM;
    struct sock_filter mptcp[] = {
        LOAD(nr), SKIP_UNLESS(__NR_socket, 3), LOAD_ARG(2), SKIP_UNLESS(MPTCP, 1), FAIL(error),
        ALLOW,
    };
    struct sock_filter packet[] = {
        LOAD(nr), SKIP_UNLESS(__NR_socket, 3), LOAD_ARG(0), SKIP_UNLESS(AF_PACKET, 1), FAIL(error),
        ALLOW,
    };
    struct sock_filter no_unshare[] = {
        LOAD(nr),
        SKIP_UNLESS(__NR_unshare, 1),
        FAIL(error),
        ALLOW,
    };
    struct sock_filter no_fsopen[] = {
        LOAD(nr),
        SKIP_UNLESS(__NR_fsopen, 1),
        FAIL(error),
        ALLOW,
    };
    int rc = -1;
    if (strncmp(argv[1], "mptcp-", 6) == 0)
        rc = install(mptcp, sizeof mptcp / sizeof *mptcp);
    else if (strcmp(argv[1], "packet") == 0)
        rc = install(packet, sizeof packet / sizeof *packet);
    else if (strcmp(argv[1], "unshare") == 0)
        rc = install(no_unshare, sizeof no_unshare / sizeof *no_unshare);
    else if (strcmp(argv[1], "fsopen") == 0)
        rc = install(no_fsopen, sizeof no_fsopen / sizeof *no_fsopen);
    if (rc != 0)
        return 77;
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
