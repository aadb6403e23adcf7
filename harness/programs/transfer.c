/* SPDX-License-Identifier: MIT */
/* A transfer: a server, a client when it listens, and what arrived when both have ended. */
#include "programs/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* How often the kernel is asked whether the server listens: there is no event to wait for. */
#define ASK_EVERY_NS 2000000L

/* ms_transfer_spec's strings and the words of the command lines live in the arena. */
static int copy_spec(struct ms_transfer *t, const struct ms_transfer_spec *s)
{
    t->spec = *s;
    t->spec.name = ms_arena_strdup(t->arena, s->name != NULL ? s->name : s->tool->name);
    for (int d = 0; d < 2; d++) {
        const char *way = d == 0 ? "up" : "down";
        snprintf(t->file[d], sizeof t->file[d], "transfer%u.%s", t->pool->n_started, way);
        snprintf(t->got[d], sizeof t->got[d], "transfer%u.%s.got", t->pool->n_started, way);
    }
    t->result.why = "";
    return MS_OK;
}

bool transfer_moves(const struct ms_transfer *t, enum ms_flow_dir dir)
{
    return t->spec.dir == dir || t->spec.dir == MS_FLOW_BOTH;
}

static int check(const struct ms_transfer_spec *s, struct ms_error *err)
{
    static const char *const words[] = {"up", "down", "both"};
    const bool can[] = {s->tool->up, s->tool->down, s->tool->both};
    char missing[64];

    if (!can[s->dir])
        return ms_fail(err, MS_ERR_UNSUPPORTED, "%s cannot move octets %s", s->tool->name,
                       words[s->dir]);
    if (s->tool->content && s->octets > TRANSFER_OCTETS_MAX)
        return ms_fail(err, MS_ERR_RANGE, "a transfer of more than %u MiB",
                       (unsigned)(TRANSFER_OCTETS_MAX >> 20));
    if (ms_tool_missing(s->tool, s->plain_client && s->plain_server, missing, sizeof missing) ==
        NULL)
        return MS_OK;
    const char *package = ms_program_missing(missing);
    return ms_fail(err, MS_ERR_NOTFOUND, "%s is not installed (Debian package %s)", missing,
                   package != NULL && *package != '\0' ? package : "unknown");
}

static int watch(struct ms_transfer *t, int fd, struct ms_error *err)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &e) == 0 ? MS_OK
                                                           : ms_fail_errno(err, "epoll_ctl");
}

static int open_waiting(struct ms_transfer *t, struct ms_error *err)
{
    struct itimerspec every = {{0, ASK_EVERY_NS}, {0, ASK_EVERY_NS}};

    t->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (t->epoll < 0)
        return ms_fail_errno(err, "epoll_create1");
    t->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (t->timer < 0 || timerfd_settime(t->timer, 0, &every, NULL) != 0)
        return ms_fail_errno(err, "timerfd");
    t->diag = listening_open(t->spec.netns_server, err);
    return t->diag < 0 ? t->diag : watch(t, t->timer, err);
}

/* Standard files: a server receives what goes up, a client what goes down; a file server reads nothing. */
static int start_side(struct ms_transfer *t, bool server, struct ms_error *err)
{
    const struct tool_recipe *r = tool_recipe(t->spec.tool);
    enum ms_flow_dir sends = server ? MS_FLOW_DOWN : MS_FLOW_UP;
    enum ms_flow_dir receives = server ? MS_FLOW_UP : MS_FLOW_DOWN;
    bool content = t->spec.tool->content;
    const char *const *argv = NULL;
    char name[96];

    snprintf(name, sizeof name, "%s's %s", t->spec.name, server ? "server" : "client");
    struct ms_program_spec s = {
        .name = name,
        .netns = server ? t->spec.netns_server : t->spec.netns_client,
        .stdin_file = content && transfer_moves(t, sends) && !(server && r->server_stays)
                          ? t->file[sends]
                          : NULL,
        .stdout_file = content && transfer_moves(t, receives) ? t->got[receives] : NULL,
    };
    struct native_args own = {
        .server = server,
        .plain = server ? t->spec.plain_server : t->spec.plain_client,
        .sends = transfer_moves(t, sends),
        .to = t->spec.to,
        .from = t->spec.from,
        .port = t->spec.port,
    };
    int rc =
        r->own ? MS_OK : tool_argv(t->arena, &t->spec, server, t->file[MS_FLOW_DOWN], &argv, err);
    s.argv = argv;
    if (rc == MS_OK)
        rc = program_start(t->pool, &s, r->own ? native_main : NULL, &own, &t->side[server], err);
    return rc == MS_OK ? watch(t, ms_program_fd(t->side[server]), err) : rc;
}

int ms_transfer_start(struct ms_programs *p, const struct ms_transfer_spec *s,
                      struct ms_transfer **out, struct ms_error *err)
{
    *out = NULL;
    int rc = check(s, err);
    if (rc != MS_OK)
        return rc;
    struct ms_transfer *t = calloc(1, sizeof *t);
    if (t == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a transfer");
    t->pool = p;
    t->epoll = t->timer = t->diag = -1;
    t->arena = ms_arena_new();
    t->next = p->transfers;
    p->transfers = t;
    copy_spec(t, s);
    rc = transfer_make_content(t, err);
    if (rc == MS_OK)
        rc = open_waiting(t, err);
    if (rc == MS_OK)
        rc = start_side(t, true, err);
    if (rc != MS_OK) {
        transfer_free(t);
        return ms_fail_context(err, "transfer %s", s->name != NULL ? s->name : s->tool->name);
    }
    *out = t;
    return MS_OK;
}

void transfer_free(struct ms_transfer *t)
{
    struct ms_transfer **at = &t->pool->transfers;
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    for (int i = 0; i < 2; i++)
        if (t->side[i] != NULL)
            program_free(t->side[i]);
    const int fds[] = {t->epoll, t->timer, t->diag};
    for (size_t i = 0; i < MS_ARRAY_LEN(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    ms_arena_free(t->arena);
    free(t);
}

int ms_transfer_fd(const struct ms_transfer *t)
{
    return t->epoll;
}

struct ms_program *ms_transfer_program(const struct ms_transfer *t, bool server)
{
    return t->side[server];
}

const struct ms_transfer_result *ms_transfer_result(const struct ms_transfer *t)
{
    return &t->result;
}

/* Whether a side has ended, by now or before; its descriptor is watched no longer then. */
static bool side_ended(struct ms_transfer *t, bool server, int *status)
{
    if (t->side[server] == NULL || !ms_program_ended(t->side[server], status))
        return false;
    if (!t->seen_end[server])
        epoll_ctl(t->epoll, EPOLL_CTL_DEL, ms_program_fd(t->side[server]), NULL);
    t->seen_end[server] = true;
    return true;
}

/* 1: the client has been started, 0 not yet. */
static int wait_for_listener(struct ms_transfer *t, struct ms_error *err)
{
    uint64_t expirations;
    int status;

    while (read(t->timer, &expirations, sizeof expirations) < 0 && errno == EINTR)
        ;
    if (side_ended(t, true, &status)) {
        t->result.status_server = status;
        transfer_judge(t, "the server ended before it listened");
        return MS_OK;
    }
    int rc = listening_ask(t->diag, t->spec.port, err);
    if (rc <= 0)
        return rc;
    epoll_ctl(t->epoll, EPOLL_CTL_DEL, t->timer, NULL);
    return start_side(t, false, err);
}

/* A server that stays, or whose client has failed, has nothing more to wait for. */
static int stop_server(struct ms_transfer *t, struct ms_error *err)
{
    if (t->stopped_server)
        return MS_OK;
    t->stopped_server = true;
    return ms_program_signal(t->side[1], SIGTERM, err);
}

int ms_transfer_work(struct ms_transfer *t, struct ms_error *err)
{
    struct ms_transfer_result *r = &t->result;

    if (r->ended)
        return 1;
    if (t->side[0] == NULL) {
        int rc = wait_for_listener(t, err);
        return rc < 0 ? rc : r->ended;
    }
    bool server_over = side_ended(t, true, &r->status_server);
    if (!side_ended(t, false, &r->status_client))
        return 0;
    if (!server_over) {
        int rc = MS_OK;
        if (tool_recipe(t->spec.tool)->server_stays || r->status_client != 0)
            rc = stop_server(t, err);
        return rc;
    }
    if (t->stopped_server && r->status_server == 128 + SIGTERM)
        r->status_server = 0;
    transfer_judge(t, NULL);
    return 1;
}
