/* SPDX-License-Identifier: MIT */
/*
 * Capture files that explain themselves: pcapng with one interface a path (and side of the middlebox), nanoseconds, the
 * direction of each packet and a comment with the case lines that sent or judged it.
 */
#include "report/pcapng.h"

#include <stdlib.h>
#include <string.h>

enum { LINKTYPE_ETHERNET = 1, PATHS_MAX = 64, INTERFACES_MAX = 2 * PATHS_MAX };

/* Interfaces of the file: which of the log's have which number there. */
struct interfaces {
    bool two_stacks;
    uint32_t near; /* at the IUT's side; two stacks: at both */
    uint32_t far;  /* at the tester's side of a middlebox */
};

/* Number in the file; false for one that the log cannot rightly have. */
static bool interface_number(const struct interfaces *n, uint32_t iface, uint32_t *out)
{
    bool far = iface >= MS_IFACE_TESTER;
    uint32_t k = far ? iface - MS_IFACE_TESTER : iface;
    *out = far ? n->near + k : k;
    return k < (far ? n->far : n->near);
}

static struct interfaces interfaces_of(const struct ms_trace *t, bool two_stacks)
{
    struct interfaces n = {.two_stacks = two_stacks, .near = 1};
    struct ms_frame_rec f;
    for (size_t pos = 0; ms_framelog_next(t->frames, &pos, &f);) {
        bool far = f.iface >= MS_IFACE_TESTER;
        uint32_t k = far ? f.iface - MS_IFACE_TESTER : f.iface;
        uint32_t *most = far ? &n.far : &n.near;
        if (k < (two_stacks ? INTERFACES_MAX : PATHS_MAX) && k >= *most)
            *most = k + 1;
    }
    if (two_stacks)
        n.near += n.near % 2;
    return n;
}

static void write_interfaces(const struct interfaces *n, FILE *out)
{
    static const char *const side[] = {MS_AT_CLIENT, MS_AT_SERVER};
    char name[32];
    for (uint32_t k = 0; k < n->near; k++) {
        if (n->two_stacks)
            snprintf(name, sizeof name, "path%u-%s", k / 2 + 1, side[k % 2]);
        else
            snprintf(name, sizeof name, "path%u", k + 1);
        pcapng_interface(out, LINKTYPE_ETHERNET, name);
    }
    for (uint32_t k = 0; k < n->far; k++) {
        snprintf(name, sizeof name, "path%u-%s", k + 1, MS_AT_TESTER);
        pcapng_interface(out, LINKTYPE_ETHERNET, name);
    }
}

/* Events by packet: a packet's are together, in their order. */
struct index {
    const struct ms_event **event;
    size_t n;
};

static int by_packet(const void *a, const void *b)
{
    const struct ms_event *x = *(const struct ms_event *const *)a;
    const struct ms_event *y = *(const struct ms_event *const *)b;
    return x->packet != y->packet ? (x->packet < y->packet ? -1 : 1)
                                  : (x->index > y->index) - (x->index < y->index);
}

static bool index_events(const struct ms_trace *t, struct index *x)
{
    x->n = 0;
    x->event = calloc(t->n + 1, sizeof(const struct ms_event *));
    for (size_t i = 0; x->event && i < t->n; i++)
        if (t->event[i]->packet)
            x->event[x->n++] = t->event[i];
    if (x->event)
        qsort(x->event, x->n, sizeof(const struct ms_event *), by_packet);
    return x->event != NULL;
}

/* Place of the packet's first event, or of the first one of a later packet. */
static size_t index_find(const struct index *x, uint32_t packet)
{
    size_t low = 0, high = x->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (x->event[mid]->packet < packet)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
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
        /* What a host of a scenario gets is no step's deed. */
        if (e->at && strcmp(e->at, MS_AT_TESTER) != 0)
            return NULL;
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
static void comment(struct ms_buf *c, const struct ms_instance *inst, const struct index *x,
                    uint32_t number)
{
    c->len = 0;
    for (size_t i = index_find(x, number); i < x->n && x->event[i]->packet == number; i++) {
        const struct ms_event *e = x->event[i];
        bool frame = e->kind == MS_EV_SEND || e->kind == MS_EV_RECV;
        const char *what = deed(e);
        if (frame && e->text && *e->text)
            ms_buf_printf(c, "%s%s", c->len ? "\n" : "", e->text);
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
        if (!frame && e->text && *e->text && (!e->ok || e->kind == MS_EV_FINDING))
            ms_buf_printf(c, ": %s", e->text);
    }
}

static void packet(FILE *out, const struct ms_frame_rec *f, uint32_t iface, int64_t to_wall,
                   const char *text)
{
    const struct pcapng_packet p = {
        .iface = iface,
        .time_ns = f->time_ns + (uint64_t)to_wall,
        .octets = f->octets,
        .len = f->len,
        .wire_len = f->wire_len,
        .direction = f->dir == MS_DIR_RX ? PCAPNG_INBOUND : PCAPNG_OUTBOUND,
    };
    struct ms_buf options = {0};
    if (*text)
        pcapng_comment(&options, text, strlen(text));
    pcapng_packet(out, &p, &options);
    ms_buf_free(&options);
}

/* Which packets are written. Octets that arrived as they should take ten MiB a scenario and tell nothing. */
struct choice {
    bool whole;
    uint32_t count;
};
#define KEPT_FIRST 4000u
#define KEPT_LAST  1000u

static bool written(const struct choice *c, const struct index *x, uint32_t packet)
{
    size_t at;
    if (c->whole || packet <= KEPT_FIRST || packet + KEPT_LAST > c->count)
        return true;
    at = index_find(x, packet);
    return at < x->n && x->event[at]->packet == packet;
}

static void section(FILE *out, const struct ms_instance *i, const struct ms_trace *t,
                    const struct choice *c, const struct index *x, const char *hardware,
                    const char *os)
{
    struct ms_buf text = {0};
    struct ms_frame_rec f;
    uint32_t left_out = 0;
    for (size_t pos = 0; !c->whole && ms_framelog_next(t->frames, &pos, &f);)
        left_out += !written(c, x, f.packet);
    ms_buf_puts(&text, i->name);
    if (left_out)
        ms_buf_printf(&text, "\n%u packets between the first %u and the last %u left out", left_out,
                      KEPT_FIRST, KEPT_LAST);
    pcapng_section(out, text.data, hardware, os);
    ms_buf_free(&text);
}

int ms_pcapng_write(const struct ms_instance *i, const struct ms_trace *t, bool whole,
                    const char *hardware, const char *os, FILE *out, struct ms_error *err)
{
    struct index x;
    if (!index_events(t, &x))
        return ms_fail(err, MS_ERR_NOMEM, "out of memory");
    struct interfaces n = interfaces_of(t, i->c->role == MS_ROLE_BOTH);
    const struct choice c = {.whole = whole, .count = ms_framelog_count(t->frames)};
    section(out, i, t, &c, &x, hardware, os);
    write_interfaces(&n, out);
    /* Frames are stamped by the monotonic clock; readers want the time of day. */
    int64_t to_wall = (int64_t)(ms_wall_ns() - ms_now_ns());
    struct ms_buf text = {0};
    struct ms_frame_rec f;
    uint32_t iface;
    for (size_t pos = 0; ms_framelog_next(t->frames, &pos, &f);) {
        if (!written(&c, &x, f.packet) || !interface_number(&n, f.iface, &iface))
            continue;
        comment(&text, i, &x, f.packet);
        packet(out, &f, iface, to_wall, text.len ? text.data : "");
    }
    ms_buf_free(&text);
    free(x.event);
    return ferror(out) ? ms_fail_errno(err, "cannot write the capture") : MS_OK;
}
