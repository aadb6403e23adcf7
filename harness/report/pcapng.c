/* SPDX-License-Identifier: MIT */
/*
 * Capture files that explain themselves: pcapng with one interface a path, nanoseconds, the direction of each
 * packet and a comment with the case lines that sent or judged it.
 */
#include "report/pcapng.h"

#include <string.h>

enum { LINKTYPE_ETHERNET = 1, INTERFACES_MAX = 64 };

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
    const struct pcapng_packet p = {
        .iface = f->iface,
        .time_ns = f->time_ns + (uint64_t)to_wall,
        .octets = f->octets,
        .len = f->len,
        .wire_len = f->len,
        .direction = f->dir == MS_DIR_RX ? PCAPNG_INBOUND : PCAPNG_OUTBOUND,
    };
    struct ms_buf options = {0};
    if (*text)
        pcapng_comment(&options, text, strlen(text));
    pcapng_packet(out, &p, &options);
    ms_buf_free(&options);
}

int ms_pcapng_write(const struct ms_instance *i, const struct ms_trace *t, const char *hardware,
                    const char *os, FILE *out, struct ms_error *err)
{
    struct ms_frame_rec f;
    uint32_t interfaces = 1;
    for (size_t pos = 0; ms_framelog_next(t->frames, &pos, &f);)
        if (f.iface < INTERFACES_MAX && f.iface >= interfaces)
            interfaces = f.iface + 1;
    pcapng_section(out, i->name, hardware, os);
    for (uint32_t k = 0; k < interfaces; k++) {
        char name[24];
        snprintf(name, sizeof name, "path%u", k + 1);
        pcapng_interface(out, LINKTYPE_ETHERNET, name);
    }
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
