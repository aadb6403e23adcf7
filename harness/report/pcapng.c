/* SPDX-License-Identifier: MIT */
/*
 * Capture files that explain themselves: pcapng (draft-ietf-opsawg-pcapng) with one interface a path,
 * nanoseconds, the direction of each packet and a comment with the case lines that sent or judged it.
 */
#include <string.h>

#include "mptcpspec/report.h"

enum {
    BLOCK_SHB = 0x0a0d0d0a,
    BLOCK_IDB = 1,
    BLOCK_EPB = 6,
    OPT_END = 0,
    OPT_COMMENT = 1,
    SHB_HARDWARE = 2,
    SHB_OS = 3,
    SHB_USERAPPL = 4,
    IF_NAME = 2,
    IF_TSRESOL = 9,
    EPB_FLAGS = 2,
    LINKTYPE_ETHERNET = 1,
    FLAG_INBOUND = 1,
    FLAG_OUTBOUND = 2,
    OPTION_MAX = 0xffff,
    INTERFACES_MAX = 64,
};

/* The format is in the writer's byte order, which the magic number tells. */
static void put32(struct ms_buf *b, uint32_t v)
{
    ms_buf_add(b, &v, sizeof v);
}

static void put16(struct ms_buf *b, uint16_t v)
{
    ms_buf_add(b, &v, sizeof v);
}

static void pad(struct ms_buf *b)
{
    static const char zeros[4];
    if (b->len % 4)
        ms_buf_add(b, zeros, 4 - b->len % 4);
}

static void option(struct ms_buf *b, uint16_t code, const void *p, size_t n)
{
    if (n > OPTION_MAX)
        n = OPTION_MAX;
    put16(b, code);
    put16(b, (uint16_t)n);
    if (n)
        ms_buf_add(b, p, n);
    pad(b);
}

static void option_text(struct ms_buf *b, uint16_t code, const char *s)
{
    if (s && *s)
        option(b, code, s, strlen(s));
}

/* Type, length, body, length. */
static void block(FILE *out, uint32_t type, struct ms_buf *body)
{
    uint32_t head[2] = {type, (uint32_t)body->len + 12};
    fwrite(head, sizeof head, 1, out);
    fwrite(body->data, body->len, 1, out);
    fwrite(&head[1], sizeof head[1], 1, out);
    body->len = 0;
}

static void section(FILE *out, const struct ms_instance *i, const char *hardware, const char *os)
{
    struct ms_buf b = {0};
    put32(&b, 0x1a2b3c4d);
    put16(&b, 1); /* version 1.0 */
    put16(&b, 0);
    put32(&b, 0xffffffff); /* length of the section: not said */
    put32(&b, 0xffffffff);
    option_text(&b, OPT_COMMENT, i->name);
    option_text(&b, SHB_HARDWARE, hardware);
    option_text(&b, SHB_OS, os);
    option_text(&b, SHB_USERAPPL, "mptcpspec " MS_VERSION);
    option(&b, OPT_END, NULL, 0);
    block(out, BLOCK_SHB, &b);
    ms_buf_free(&b);
}

static void interface(FILE *out, unsigned path)
{
    struct ms_buf b = {0};
    char name[24];
    const uint8_t nanoseconds = 9;
    snprintf(name, sizeof name, "path%u", path + 1);
    put16(&b, LINKTYPE_ETHERNET);
    put16(&b, 0);
    put32(&b, 0); /* no snap length */
    option_text(&b, IF_NAME, name);
    option(&b, IF_TSRESOL, &nanoseconds, 1);
    option(&b, OPT_END, NULL, 0);
    block(out, BLOCK_IDB, &b);
    ms_buf_free(&b);
}

/* The source line of the step at `line`; NULL if none begins there. */
static const char *step_text(const struct ms_block *b, uint32_t line)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct ms_step *s = &b->step[i];
        if (s->loc.line == line && s->text)
            return s->text;
        for (size_t k = 0; k < s->n_blocks; k++) {
            const char *t = step_text(&s->block[k], line);
            if (t)
                return t;
        }
    }
    return NULL;
}

/* What the event did with its packet; NULL: nothing worth a comment. */
static const char *deed(const struct ms_event *e)
{
    switch (e->kind) {
    case MS_EV_SEND:
        return e->automatic ? "sent by the tester itself" : e->line ? "sent by" : NULL;
    case MS_EV_EXPECT:
        return e->ok ? "matched by" : "judged by";
    case MS_EV_FINDING:
        return "breaks";
    default:
        return NULL;
    }
}

/* True if the source line names every requirement of the list already. */
static bool named(const char *source, const char *reqs)
{
    for (const char *p = reqs; source && *(p += strspn(p, ", "));) {
        char id[32];
        size_t n = strcspn(p, ", ");
        snprintf(id, sizeof id, "%.*s", (int)n, p);
        if (!strstr(source, id))
            return false;
        p += n;
    }
    return source != NULL;
}

/* What the case said and did about this packet: one line an event. */
static void comment(struct ms_buf *c, const struct ms_instance *inst, const struct ms_trace *t,
                    uint32_t number)
{
    c->len = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct ms_event *e = t->event[i];
        const char *what = e->packet == number ? deed(e) : NULL;
        if (!what)
            continue;
        const char *source = e->line ? step_text(&inst->c->steps, e->line) : NULL;
        ms_buf_printf(c, "%s%s", c->len ? "\n" : "", what);
        if (e->kind == MS_EV_FINDING)
            ms_buf_printf(c, " rule %s", e->rule ? e->rule : "");
        else if (e->line && !e->automatic)
            ms_buf_printf(c, " line %u%s%s", e->line, source ? ": " : "", source ? source : "");
        if (e->reqs && *e->reqs && (e->kind == MS_EV_FINDING || !named(source, e->reqs)))
            ms_buf_printf(c, " [%s]", e->reqs);
        if (e->text && *e->text && (!e->ok || e->kind == MS_EV_FINDING))
            ms_buf_printf(c, ": %s", e->text);
    }
}

static void packet(FILE *out, const struct ms_frame_rec *f, int64_t to_wall, const char *text)
{
    struct ms_buf b = {0};
    uint64_t time = f->time_ns + (uint64_t)to_wall;
    put32(&b, f->iface);
    put32(&b, (uint32_t)(time >> 32));
    put32(&b, (uint32_t)time);
    put32(&b, f->len);
    put32(&b, f->len);
    ms_buf_add(&b, f->octets, f->len);
    pad(&b);
    uint32_t flags = f->dir == MS_DIR_RX ? FLAG_INBOUND : FLAG_OUTBOUND;
    option_text(&b, OPT_COMMENT, text);
    option(&b, EPB_FLAGS, &flags, sizeof flags);
    option(&b, OPT_END, NULL, 0);
    block(out, BLOCK_EPB, &b);
    ms_buf_free(&b);
}

int ms_pcapng_write(const struct ms_instance *i, const struct ms_trace *t, const char *hardware,
                    const char *os, FILE *out, struct ms_error *err)
{
    struct ms_frame_rec f;
    uint32_t interfaces = 1;
    for (size_t pos = 0; ms_framelog_next(t->frames, &pos, &f);)
        if (f.iface < INTERFACES_MAX && f.iface >= interfaces)
            interfaces = f.iface + 1;
    section(out, i, hardware, os);
    for (uint32_t k = 0; k < interfaces; k++)
        interface(out, k);
    /* Frames are stamped by the monotonic clock; readers want the time of day. */
    int64_t to_wall = (int64_t)(ms_wall_ns() - ms_now_ns());
    struct ms_buf text = {0};
    for (size_t pos = 0; ms_framelog_next(t->frames, &pos, &f);) {
        if (f.iface >= INTERFACES_MAX)
            continue;
        comment(&text, i, t, f.packet);
        packet(out, &f, to_wall, text.len ? text.data : "");
    }
    ms_buf_free(&text);
    return ferror(out) ? ms_fail_errno(err, "cannot write the capture") : MS_OK;
}
