/* SPDX-License-Identifier: MIT */
/* The first words with an agent: hello until it answers, then the round trip. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "site/broker.h"
#include "site/lines.h"

#define NS_PER_MS UINT64_C(1000000)
/* A person may type a password meanwhile, a serial line may have to be read to its end: bounds guard, they do not judge. */
#define GUARD_MS 30000
/* On a serial line the first one may find the middle of another line. */
#define AGAIN_MS 1000
#define PINGS    9

struct talk {
    struct stream *s;
    struct lines in;
    struct ms_agent_line line; /* the one taken last */
    uint64_t until_ns;
    uint64_t foreign; /* lines that were not the answer */
    char sample[64];  /* of the first of them */
    const volatile int *interrupted;
    struct ms_error *err;
};

static int say(struct talk *t, const struct ms_agent_out *o)
{
    for (size_t at = 0; at < o->len;) {
        ssize_t n = write(t->s->fd, o->buf + at, o->len - at);
        struct pollfd p = {.fd = t->s->fd, .events = POLLOUT};
        if (n > 0)
            at += (size_t)n;
        else if (n < 0 && errno == EAGAIN && ms_now_ns() < t->until_ns)
            poll(&p, 1, 10);
        else if (n < 0 && errno != EINTR && errno != EAGAIN)
            return MS_OK; /* what ended the stream is told when it is read */
        else if (ms_now_ns() >= t->until_ns)
            return ms_fail(t->err, MS_ERR_TIMEOUT, "the agent does not read");
    }
    return MS_OK;
}

static int stream_over(struct talk *t, int cause)
{
    char why[BROKER_TEXT_MAX];
    stream_reason(t->s, cause, why, sizeof why);
    return ms_fail(t->err, MS_ERR_SYS, "%s", why);
}

static void note_foreign(struct talk *t, const char *p, size_t n)
{
    if (t->foreign++ > 0)
        return;
    for (size_t i = 0; i < n && i + 1 < sizeof t->sample; i++)
        t->sample[i] = p[i] >= ' ' && p[i] <= '~' ? p[i] : '?';
}

/* The next line of the stream, any: 1, 0 none before that time, negative. */
static int next_line(struct talk *t, uint64_t wait_until_ns)
{
    for (;;) {
        size_t n;
        uint64_t now = ms_now_ns();
        const char *p = lines_next(&t->in, &n);
        if (p && ms_agent_parse(p, n, &t->line, NULL) == MS_OK)
            return 1;
        if (p)
            note_foreign(t, p, n);
        if (t->interrupted && *t->interrupted)
            return ms_fail(t->err, MS_ERR_INTR, "interrupted");
        if (now >= wait_until_ns)
            return 0;
        if (p)
            continue;
        struct pollfd fds[2] = {{.fd = t->s->fd, .events = POLLIN},
                                {.fd = t->s->said_fd, .events = POLLIN}};
        uint64_t left = (wait_until_ns - now) / NS_PER_MS + 1;
        if (poll(fds, 2, left > 100 ? 100 : (int)left) <= 0)
            continue;
        int cause;
        if (fds[1].revents)
            stream_hear(t->s);
        if (fds[0].revents && lines_read(&t->in, t->s->fd, &cause) == LINES_END)
            return stream_over(t, cause);
    }
}

/* Is the line an answer to this request of session 0? */
static bool answers(const struct talk *t, uint32_t id)
{
    return t->line.session == 0 && t->line.id == id &&
           (ms_agent_is(&t->line.word, "ok") || ms_agent_is(&t->line.word, "err"));
}

static bool same_nonce(const struct talk *t, const char *nonce)
{
    char got[64] = "";
    const struct ms_agent_text *v = ms_agent_find(&t->line, "nonce");
    return v && ms_agent_get_text(v, got, sizeof got) == MS_OK && strcmp(got, nonce) == 0;
}

static int refused(struct talk *t)
{
    char versions[64] = "another one";
    enum ms_agent_error e;
    const struct ms_agent_text *v = ms_agent_find(&t->line, "versions");
    if (v)
        ms_agent_get_text(v, versions, sizeof versions);
    if (ms_agent_error_find(&t->line.name, &e) && e == MS_AGENT_UNSUPPORTED)
        return ms_fail(t->err, MS_ERR_UNSUPPORTED,
                       "the agent speaks version %s of the protocol, this mptcpspec version %d",
                       versions, MS_AGENT_VERSION);
    int rc = ms_agent_take_error(&t->line, t->err);
    ms_fail_context(t->err, "the agent refuses hello");
    return rc;
}

static int no_answer(struct talk *t, uint64_t guard_ms)
{
    if (t->foreign || t->in.too_long)
        return ms_fail(t->err, MS_ERR_TIMEOUT,
                       "no agent answers within %.1f s; what came is not its protocol: %s",
                       (double)guard_ms / 1000, *t->sample ? t->sample : "a line without end");
    return ms_fail(t->err, MS_ERR_TIMEOUT, "no agent answers within %.1f s",
                   (double)guard_ms / 1000);
}

/* An error that answers one of the hellos sent so far; errors about what an old line made of them are passed over. */
static bool refusal(const struct talk *t, uint32_t sent)
{
    enum ms_agent_error e;
    return t->line.session == 0 && t->line.id >= 1 && t->line.id <= sent &&
           ms_agent_is(&t->line.word, "err") && ms_agent_error_find(&t->line.name, &e) &&
           e != MS_AGENT_BADLINE;
}

static int hello(struct talk *t, uint64_t guard_ms, struct ms_agent_hello *out, uint32_t *id)
{
    /* An earlier tester may have left the beginning of a line there. */
    static const struct ms_agent_out end_of_line = {.len = 1, .buf = "\n"};
    char nonce[33];
    uint8_t random[16];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return ms_fail_errno(t->err, "getrandom");
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(nonce + 2 * i, 3, "%02x", random[i]);
    while (ms_now_ns() < t->until_ns) {
        struct ms_agent_out o;
        uint64_t again = ms_now_ns() + AGAIN_MS * NS_PER_MS;
        int rc = say(t, &end_of_line);
        if (rc == MS_OK)
            rc = ms_agent_put_hello(&o, ++*id, MS_AGENT_VERSION, nonce);
        if (rc == MS_OK)
            rc = say(t, &o);
        if (rc != MS_OK)
            return rc;
        while ((rc = next_line(t, again < t->until_ns ? again : t->until_ns)) == 1) {
            if (t->line.session == 0 && ms_agent_is(&t->line.word, "ok") && same_nonce(t, nonce)) {
                rc = ms_agent_get_facts(&t->line, out, t->err);
                if (rc == MS_OK && out->version != MS_AGENT_VERSION)
                    rc = ms_fail(t->err, MS_ERR_UNSUPPORTED,
                                 "the agent speaks version %u of the protocol, this mptcpspec "
                                 "version %d",
                                 out->version, MS_AGENT_VERSION);
                return rc;
            }
            if (refusal(t, *id))
                return refused(t);
        }
        if (rc < 0)
            return rc;
    }
    return no_answer(t, guard_ms);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int measure(struct talk *t, uint32_t id, uint64_t *rtt_ns)
{
    uint64_t took[PINGS];
    for (size_t i = 0; i < PINGS; i++) {
        struct ms_agent_out o;
        uint64_t start = ms_now_ns();
        ms_agent_begin(&o, 0, ++id, "ping");
        ms_agent_end(&o);
        int rc = say(t, &o);
        while (rc == MS_OK && (rc = next_line(t, t->until_ns)) == 1 && !answers(t, id))
            rc = MS_OK;
        if (rc == 0)
            return ms_fail(t->err, MS_ERR_TIMEOUT, "the agent said hello and then nothing more");
        if (rc < 0)
            return rc;
        took[i] = ms_now_ns() - start;
    }
    qsort(took, PINGS, sizeof *took, by_value);
    *rtt_ns = took[PINGS / 2];
    return MS_OK;
}

void greet(struct stream *s, const volatile int *interrupted, double time_scale,
           struct greeting *out)
{
    uint64_t guard_ms = (uint64_t)(GUARD_MS * time_scale);
    struct talk *t = calloc(1, sizeof *t);
    uint32_t id = 0;
    *out = (struct greeting){0};
    if (!t) {
        out->status = ms_fail(&out->err, MS_ERR_NOMEM, "memory for a greeting");
        return;
    }
    t->s = s;
    t->until_ns = ms_now_ns() + guard_ms * NS_PER_MS;
    t->interrupted = interrupted;
    t->err = &out->err;
    out->status = hello(t, guard_ms, &out->hello, &id);
    if (out->status == MS_OK)
        out->status = measure(t, id, &out->rtt_ns);
    free(t);
}
