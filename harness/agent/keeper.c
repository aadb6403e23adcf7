/* SPDX-License-Identifier: MIT */
/*
 * A session where the agent itself is: its own process changes the host, and its parent, the keeper, gives back what was
 * changed, whatever became of the session. A journal in memory that both have tells what was written over.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/place.h"
#include "agent/serve.h"

enum { SYSCTLS_MAX = 128, LISTEN_BACKLOG = 1 };

struct keeper_journal {
    volatile bool links;
    volatile unsigned n; /* rows that are whole */
    struct {
        char name[192];
        char value[4096];
    } sysctl[SYSCTLS_MAX];
};

/* Whether writing it writes others that the journal knows nothing of. */
static bool moves_others(const char *name)
{
    return strcmp(name, "net.ipv4.ip_forward") == 0 ||
           strcmp(name, "net.ipv4.conf.all.forwarding") == 0 ||
           strncmp(name, "net.ipv6.conf.all.", strlen("net.ipv6.conf.all.")) == 0;
}

bool keeper_note_sysctl(struct keeper_journal *j, const char *name)
{
    unsigned n = j->n;

    if (moves_others(name))
        return false;
    if (strncmp(name, "net.ipv6.", strlen("net.ipv6.")) == 0)
        j->links = true; /* addresses and routes go with disable_ipv6, for one */
    for (unsigned i = 0; i < n; i++)
        if (strcmp(j->sysctl[i].name, name) == 0)
            return true;
    if (n == SYSCTLS_MAX || strlen(name) >= sizeof j->sysctl[n].name)
        return false;
    /* One that cannot be read is not there or not ours to change: writing it will say so. */
    int rc = ms_sysctl_get(name, j->sysctl[n].value, sizeof j->sysctl[n].value, NULL);
    if (rc != MS_OK)
        return rc != MS_ERR_SPACE;
    memcpy(j->sysctl[n].name, name, strlen(name) + 1);
    j->n = n + 1;
    return true;
}

void keeper_note_links(struct keeper_journal *j)
{
    j->links = true;
}

/* One such session in a network namespace, whichever agent it belongs to: the name is free again when its holder dies. */
static int take_turn(void)
{
    struct sockaddr_un a;
    socklen_t len = ms_netns_name(&a, "agent-shared", "");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) != 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static void refuse(int fd, const struct ms_agent_line *l, enum ms_agent_error e, const char *text)
{
    struct ms_agent_out o;
    char message[MS_AGENT_LINE_MAX + 1] = {SERVE_REFUSES};

    ms_agent_put_error(&o, l->session, l->id, e, text);
    memcpy(message + 1, o.buf, o.len);
    (void)!send(fd, message, o.len + 1, MSG_NOSIGNAL);
    _exit(0);
}

/* Waits for the session's end; when the router goes, or asks for it, the session is ended. Its status. */
static int wait_for_end(pid_t session, const sigset_t *both)
{
    int status = 0;

    for (;;) {
        int sig = sigwaitinfo(both, NULL);
        if (sig == SIGTERM)
            kill(session, SIGKILL);
        if (sig == SIGCHLD && waitpid(session, &status, WNOHANG) == session)
            return status;
    }
}

static void give_back(const struct keeper_journal *j, const struct ms_host_state *was)
{
    struct ms_error err;

    for (unsigned i = j->n; i-- > 0;)
        if (ms_sysctl_set(j->sysctl[i].name, j->sysctl[i].value, &err) != MS_OK)
            fprintf(stderr, "mptcpspec agent: not given back: %s\n", err.msg);
    if (was != NULL && ms_host_state_restore(was, j->links, &err) != MS_OK)
        fprintf(stderr, "mptcpspec agent: not given back: %s\n", err.msg);
}

void keeper_main(const struct ms_agent *a, int fd, const char *line, size_t n)
{
    struct ms_agent_line l;
    struct place p = {0};
    struct ms_host_state *was = NULL;
    struct ms_error err;
    sigset_t both;

    setsid(); /* who kills the agent's group does not kill what gives back */
    signal(SIGCHLD, SIG_DFL);
    if (ms_agent_parse(line, n, &l, NULL) != MS_OK)
        _exit(1);
    sigemptyset(&both);
    sigaddset(&both, SIGTERM);
    sigaddset(&both, SIGCHLD);
    sigprocmask(SIG_BLOCK, &both, NULL);
    if (take_turn() < 0)
        refuse(fd, &l, MS_AGENT_BUSY, "there is a session of this kind already");
    struct keeper_journal *j =
        mmap(NULL, sizeof *j, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (j == MAP_FAILED)
        refuse(fd, &l, MS_AGENT_INTERNAL, strerror(errno));
    place_shared_net(a, &p);
    if (a->rights && ms_host_state_save(&p.net, &was, &err) != MS_OK)
        refuse(fd, &l, MS_AGENT_INTERNAL, err.msg);
    pid_t self = getpid(), session = fork();
    if (session == 0)
        session_main(a, spawn_settle("agent-session", self, SIGKILL, fd), line, n, j);
    if (session < 0)
        refuse(fd, &l, MS_AGENT_INTERNAL, strerror(errno));
    close(fd);
    int status = wait_for_end(session, &both);
    give_back(j, was);
    if (WIFSIGNALED(status)) { /* so that the router tells the session's end, not ours */
        signal(WTERMSIG(status), SIG_DFL);
        prctl(PR_SET_DUMPABLE, 0); /* one core file is enough */
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, WTERMSIG(status));
        sigprocmask(SIG_UNBLOCK, &one, NULL);
        raise(WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}
