/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: the agent's router with sessions that are none. Octets are what a tester says, as they are; those from
 * 0xf0 on are what happens between them (enum happening). What comes out must be lines of the protocol, one answer for
 * each line that went in and was not lost with its session, and what the router keeps must stay bounded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/serve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum happening {
    PIECE = 0xf0, /* what comes next is another piece */
    TURN,         /* every session is looked after, and answers all that it was given */
    ANSWER_ONE,   /* the first session that was given something answers one line */
    CRASH,        /* the session of the next octet dies */
    REFUSE,       /* the next opening is refused */
    READ,         /* the tester reads all there is */
    SPEAK,        /* every session tells events, 16 KiB each */
    LOOK_ONLY,    /* the router looks after its sessions, which do nothing */
    MEAN_NOTHING, /* from here on */
};
enum { NO_SUCH_PID = 0x7ffffff0, LINES_KEPT = 512 };

struct fake {
    int fd, death; /* -1: none */
    uint32_t number;
    bool stands, refuses;
    uint32_t id[LINES_KEPT]; /* lines that were taken and not answered */
    size_t n_ids;
};

static struct fake fakes[MS_AGENT_SESSIONS_MAX];
static struct router *router;
static bool refuse_next, lossy;
static size_t lines_in, answers_out;

static void demand(bool holds)
{
    if (!holds)
        abort();
}

/* ---- sessions ---- */

static int spawn_fake(struct router *r, struct session *s, const char *line, size_t n,
                      struct ms_error *err)
{
    int ends[2];
    struct fake *f = &fakes[s - r->session];
    struct ms_agent_line l;
    demand(ms_agent_parse(line, n, &l, err) == MS_OK && l.session != 0);
    demand(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    s->pidfd = eventfd(0, EFD_CLOEXEC);
    demand(s->pidfd >= 0);
    s->fd = ends[0];
    s->pid = NO_SUCH_PID;
    *f = (struct fake){.fd = ends[1],
                       .death = dup(s->pidfd),
                       .number = l.session,
                       .refuses = refuse_next,
                       .id = {l.id},
                       .n_ids = 1};
    refuse_next = false;
    return MS_OK;
}

static void die(struct fake *f)
{
    uint64_t one = 1;
    if (f->fd < 0)
        return;
    close(f->fd);
    demand(write(f->death, &one, sizeof one) == sizeof one);
    close(f->death);
    f->fd = -1;
}

/* A message; false when there is no room for it. */
static bool tell(const struct fake *f, const void *p, size_t n)
{
    return send(f->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n;
}

static bool answer(struct fake *f)
{
    char text[64];
    if (f->n_ids == 0)
        return false;
    bool opening = !f->stands;
    int n = snprintf(text, sizeof text, "%s%u.%u %s\n",
                     !opening     ? ""
                     : f->refuses ? "-"
                                  : "+",
                     f->number, f->id[0], f->refuses ? "err INTERNAL" : "ok");
    if (!tell(f, text, (size_t)n))
        return false;
    f->stands = true;
    memmove(f->id, f->id + 1, --f->n_ids * sizeof f->id[0]);
    if (f->refuses)
        die(f);
    return true;
}

/* Takes what the router has for it; its end ends it. */
static void hear(struct fake *f)
{
    char line[MS_AGENT_LINE_MAX];
    struct ms_agent_line l;
    ssize_t n = 0;
    while (f->fd >= 0 && f->n_ids < LINES_KEPT &&
           (n = recv(f->fd, line, sizeof line, MSG_DONTWAIT)) > 0) {
        demand(memchr(line, '\n', (size_t)n) == NULL);
        demand(ms_agent_parse(line, (size_t)n, &l, NULL) == MS_OK && l.session == f->number &&
               l.id != 0);
        demand(f->stands && !f->refuses); /* nothing is said to a session that does not stand yet */
        f->id[f->n_ids++] = l.id;
    }
    if (f->fd >= 0 && n == 0 && f->n_ids < LINES_KEPT) {
        while (answer(f))
            ;
        if (f->fd >= 0 && f->n_ids == 0)
            die(f);
    }
}

static void speak(struct fake *f)
{
    static char events[16384];
    size_t n = 0;
    if (f->fd < 0 || !f->stands)
        return;
    while (n + 64 < sizeof events)
        n += (size_t)snprintf(events + n, sizeof events - n, "%u.0 event text=%zu\n", f->number, n);
    tell(f, events, n);
}

/* ---- the stream ---- */

static void read_out(void)
{
    const char *p = way_head(&router->outq), *end = p + way_len(&router->outq);
    while (p < end) {
        struct ms_agent_line l;
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        demand(stop != NULL && stop - p < MS_AGENT_LINE_MAX);
        demand(ms_agent_parse(p, (size_t)(stop - p), &l, NULL) == MS_OK);
        bool final = ms_agent_is(&l.word, "ok") || ms_agent_is(&l.word, "err");
        demand(l.id != 0 || l.session != 0 || ms_agent_is(&l.name, "BADLINE"));
        answers_out += final;
        lossy = lossy || ms_agent_is(&l.word, "end");
        p = stop + 1;
    }
    way_gone(&router->outq, way_len(&router->outq));
    demand(answers_out <= lines_in);
}

static void look_after(void)
{
    size_t held = 0;
    for (unsigned i = 0; i < MS_AGENT_SESSIONS_MAX; i++) {
        struct session *s = &router->session[i];
        if (s->number != 0 && s->dropped) {
            lossy = true;
            die(&fakes[i]); /* as SIGKILL does */
        }
        router_step(router, i);
        demand(way_len(&s->to) <= SERVE_PENDING_MAX);
        held += s->number != 0;
    }
    demand(held == router->n_sessions && held <= MS_AGENT_SESSIONS_MAX);
    demand(way_len(&router->outq) <= SERVE_OUT_MAX + ((size_t)1 << 20));
}

static void turn(void)
{
    look_after();
    for (unsigned i = 0; i < MS_AGENT_SESSIONS_MAX; i++) {
        hear(&fakes[i]);
        while (fakes[i].fd >= 0 && answer(&fakes[i]))
            ;
    }
    look_after();
}

static void feed(const char *p, size_t n)
{
    for (int tries = 0; n > 0 && !router->over; tries++) {
        size_t taken = router_take(router, p, n);
        demand(taken <= n && tries < 1000000);
        for (size_t i = 0; i < taken; i++)
            lines_in += p[i] == '\n';
        p += taken;
        n -= taken;
        if (n > 0) {
            read_out();
            turn();
        }
    }
}

static void happens(uint8_t what, uint8_t which)
{
    switch (what) {
    case TURN:
        turn();
        break;
    case ANSWER_ONE:
        look_after();
        for (unsigned i = 0; i < MS_AGENT_SESSIONS_MAX; i++) {
            hear(&fakes[i]);
            if (fakes[i].fd >= 0 && answer(&fakes[i]))
                break;
        }
        break;
    case CRASH:
        lossy = true;
        die(&fakes[which % MS_AGENT_SESSIONS_MAX]);
        break;
    case REFUSE:
        refuse_next = true;
        break;
    case READ:
        read_out();
        break;
    case SPEAK:
        for (unsigned i = 0; i < MS_AGENT_SESSIONS_MAX; i++)
            speak(&fakes[i]);
        break;
    case LOOK_ONLY:
        look_after();
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ms_agent agent = {.facts = {.version = 1, .fresh = true, .shared = true}};
    const uint8_t *p = data, *end = data + size;
    agent.set.max_sessions = size % 4 != 0 ? 3 : 8;
    router = router_new(&agent, -1, -1);
    demand(router != NULL);
    router->spawn = spawn_fake;
    for (size_t i = 0; i < MS_AGENT_SESSIONS_MAX; i++)
        fakes[i].fd = -1;
    refuse_next = lossy = false;
    lines_in = answers_out = 0;
    while (p < end && !router->over) {
        size_t n = 0;
        while (p + n < end && p[n] < PIECE)
            n++;
        feed((const char *)p, n);
        p += n;
        if (p < end) {
            happens(p[0], p + 1 < end ? p[1] : 0);
            p++;
        }
    }
    /* The stream ends: everything that was asked is answered, and nothing is left. */
    lossy = lossy || router->over;
    router_end_all(router);
    for (int i = 0; router->n_sessions > 0; i++) {
        turn();
        read_out();
        demand(i < 100000);
    }
    read_out();
    demand(lossy || answers_out == lines_in);
    router_free(router);
    free(router);
    return 0;
}
