/* SPDX-License-Identifier: MIT */
/* An agent gets ready: what the machine offers, what it may do, which interfaces it uses. */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/serve.h"

static bool capable(unsigned cap)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

    return syscall(SYS_capget, &head, data) == 0 &&
           (data[cap / 32].effective & 1u << cap % 32) != 0;
}

static void describe(struct ms_agent *a)
{
    struct ms_agent_hello *h = &a->facts;
    struct utsname u = {0};
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    uname(&u);
    h->version = MS_AGENT_VERSION;
    snprintf(h->agent, sizeof h->agent, "%s", MS_VERSION);
    snprintf(h->system, sizeof h->system, "%.63s", u.sysname);
    snprintf(h->machine, sizeof h->machine, "%.63s", u.machine);
    h->processors = n > 0 ? (unsigned)n : 1;
    h->shared = true;
    h->fresh = a->rights && capable(CAP_SYS_ADMIN) && a->set.n_ifaces != 0;
    h->n_ifaces = a->set.n_ifaces;
    memcpy(h->iface, a->set.iface, sizeof h->iface);
    h->max_line = MS_AGENT_LINE_MAX;
    h->max_sessions = a->set.max_sessions;
    h->received = true;
    for (size_t i = 0; i < ms_agent_n_verbs; i++)
        if (a->rights || !ms_agent_verbs[i].rights)
            h->verbs |= (uint64_t)1 << ms_agent_verbs[i].kind;
}

/*
 * Without the rights nothing is attached to the interfaces: their addresses are told to the tester, that is all. With them
 * the offloads are switched off by the agent, and put back by the guardian, which is there before and reads in memory that
 * both have what they were.
 */
static int use_interfaces(struct ms_agent *a, struct ms_error *err)
{
    const size_t size = MS_PATHS_MAX * sizeof(struct ms_offloads);
    int rc = MS_OK;

    for (unsigned i = 0; i < a->set.n_ifaces; i++)
        if (if_nametoindex(a->set.iface[i]) == 0)
            return ms_fail_errno(err, "interface %s", a->set.iface[i]);
    while (a->facts.fresh && a->n_claims < a->set.n_ifaces) {
        int claim = claim_iface(a->set.iface[a->n_claims], err);
        if (claim < 0)
            return claim;
        a->claim[a->n_claims++] = claim;
    }
    struct ms_offloads *was =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (was == MAP_FAILED)
        return ms_fail_errno(err, "memory for the interfaces");
    rc = guardian_start(a, was, a->n_claims, err);
    for (unsigned i = 0; rc == MS_OK && i < a->n_claims; i++)
        rc = ms_offloads_off(a->set.iface[i], &was[i], err);
    munmap(was, size);
    return rc;
}

const struct ms_agent_hello *ms_agent_facts(const struct ms_agent *a)
{
    return &a->facts;
}

int ms_agent_prepare(const struct ms_agent_settings *set, struct ms_agent **out,
                     struct ms_error *err)
{
    *out = NULL;
    struct ms_agent *a = calloc(1, sizeof *a);
    if (a == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for the agent");
    a->set = *set;
    if (a->set.max_sessions == 0 || a->set.max_sessions > MS_AGENT_SESSIONS_MAX)
        a->set.max_sessions = MS_AGENT_SESSIONS_MAX;
    a->guard_fd = -1;
    a->rights = capable(CAP_NET_ADMIN);
    signal(SIGPIPE, SIG_IGN);
    signal(
        SIGCHLD,
        SIG_DFL); /* who starts an agent may have had it ignored: then nobody could be waited for */
    describe(a);
    int rc = ms_kernel_facts_read(&a->facts.kernel, err);
    if (rc == MS_OK)
        rc = use_interfaces(a, err);
    if (rc != MS_OK) {
        ms_agent_free(a);
        return rc;
    }
    *out = a;
    return MS_OK;
}

int ms_agent_serve_stream(struct ms_agent *a, int in, int out, struct ms_error *err)
{
    struct router *r = router_new(a, in, out);
    if (r == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a stream");
    r->unread = &a->unread;
    int rc = router_run(r, err);
    router_free(r);
    free(r);
    return rc;
}

void ms_agent_free(struct ms_agent *a)
{
    if (a == NULL)
        return;
    if (a->guardian > 0) {
        close(a->guard_fd);
        while (waitpid(a->guardian, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    for (unsigned i = 0; i < a->n_claims; i++)
        close(a->claim[i]);
    ms_buf_free(&a->unread);
    free(a);
}
