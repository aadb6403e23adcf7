/* SPDX-License-Identifier: MIT */
/* A trial of all that a case's network needs, before any case has to tell it. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "mptcpspec/link.h"

static int make_network(struct ms_error *err)
{
    struct ms_topo topo = {.name = "trial", .n_paths = 1, .n_addrs = 2};
    static const char *const text[] = {"192.0.2.1", "192.0.2.2"};
    for (unsigned i = 0; i < 2; i++) {
        struct ms_topo_addr *a = &topo.addr[i];
        *a = (struct ms_topo_addr){.on_iut = i == 1, .prefix4 = 24};
        snprintf(a->name, sizeof a->name, "%s1", i ? "i" : "t");
        ms_addr_parse(text[i], &a->v4);
    }
    struct ms_net net;
    int rc = ms_net_create(&net, &topo, err);
    if (rc < 0)
        return rc;
    struct ms_link *l;
    rc = ms_link_open(net.path[0].tester_if, net.path[0].tester_mac, &l, err);
    if (rc == MS_OK)
        rc = ms_link_own(l, &topo.addr[0].v4, err);
    uint8_t mac[6];
    if (rc == MS_OK)
        rc = ms_link_prove(l, &topo.addr[0].v4, &topo.addr[1].v4, 5000, mac, err);
    return rc;
}

/* In a process of its own, since it changes namespaces; its end takes all of them away. */
int cli_try_network(struct ms_error *err)
{
    int fd[2];
    if (pipe(fd) < 0)
        return ms_fail_errno(err, "pipe");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* who interrupts the parent wants this to end as well */
        struct ms_error why = {0};
        char text[1200];
        int rc = make_network(&why);
        ms_error_format(&why, text, sizeof text);
        ssize_t w = rc < 0 ? write(fd[1], text, strlen(text)) : 0;
        _exit(rc < 0 || w < 0);
    }
    int cause = errno;
    close(fd[1]);
    char text[1200] = "";
    ssize_t n = pid < 0 ? -1 : read(fd[0], text, sizeof text - 1);
    close(fd[0]);
    if (pid < 0) {
        errno = cause;
        return ms_fail_errno(err, "fork");
    }
    int status = 1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (n == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return MS_OK;
    return ms_fail(err, MS_ERR_SYS, "%s", *text ? text : "the trial of the network died");
}
