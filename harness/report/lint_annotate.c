/* SPDX-License-Identifier: MIT */
/*
 * The capture that was judged once more, with comments. A packet is written when the next one comes, so that
 * what only the end of the file proves still finds a packet to stand on.
 */
#include <stdlib.h>
#include <string.h>

#include "report/pcapng.h"

/* More than that on one packet helps nobody. */
#define COMMENTS_MAX 32

struct ms_annotate {
    FILE *out;
    bool held;
    struct pcapng_packet packet; /* octets in `octets` */
    uint64_t number;
    struct ms_buf octets;
    struct ms_buf options;  /* comments of the packet that is held */
    struct ms_buf findings; /* of the packet that is judged now */
    unsigned n;
    uint32_t n_iface; /* written */
};

struct ms_annotate *ms_annotate_new(FILE *out, const char *source)
{
    struct ms_annotate *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->out = out;
    char text[512];
    snprintf(text, sizeof text, "%s, judged by mptcpspec lint", source);
    pcapng_section(out, text, NULL, NULL);
    return a;
}

void ms_annotate_finding(struct ms_annotate *a, const struct ms_lint_finding *f)
{
    struct ms_buf text = {0};
    if (a->n++ >= COMMENTS_MAX)
        return;
    ms_buf_printf(&text, "%s: breaks rule %s", ms_verdict_name(f->verdict), f->rule->name);
    if (*f->rule->reqs)
        ms_buf_printf(&text, " [%s]", f->rule->reqs);
    ms_buf_printf(&text, ": %s (packet %llu", f->text, (unsigned long long)f->packet);
    if (f->conn)
        ms_buf_printf(&text, ", connection %u", f->conn);
    if (f->flow)
        ms_buf_printf(&text, ", subflow %u", f->flow);
    ms_buf_puts(&text, ")");
    pcapng_comment(&a->findings, text.data, text.len);
    ms_buf_free(&text);
}

static void release(struct ms_annotate *a)
{
    if (!a->held)
        return;
    a->packet.octets = (const uint8_t *)a->octets.data;
    pcapng_packet(a->out, &a->packet, &a->options);
    a->held = false;
}

/* Interfaces appear in order; one that has no packet is written all the same, so that numbers agree. */
static void interfaces(struct ms_annotate *a, const struct ms_capture *c,
                       const struct ms_capture_packet *p)
{
    for (; a->n_iface <= p->iface; a->n_iface++)
        pcapng_interface(a->out, ms_capture_iface_link(c, a->n_iface, p->link),
                         ms_capture_iface_name(c, a->n_iface));
}

void ms_annotate_packet(struct ms_annotate *a, const struct ms_capture *c,
                        const struct ms_capture_packet *p)
{
    release(a);
    interfaces(a, c, p);
    a->packet = (struct pcapng_packet){.iface = p->iface,
                                       .time_ns = p->time_ns,
                                       .len = p->len,
                                       .wire_len = p->wire_len,
                                       .direction = p->dir};
    a->octets.len = 0;
    ms_buf_add(&a->octets, p->octets, p->len);
    const char *text;
    size_t n;
    for (uint32_t pos = 0; ms_capture_comment(p, &pos, &text, &n);)
        pcapng_comment(&a->options, text, n);
    if (a->findings.len)
        ms_buf_add(&a->options, a->findings.data, a->findings.len);
    a->findings.len = 0;
    a->n = 0;
    a->held = true;
}

void ms_annotate_end(struct ms_annotate *a)
{
    if (!a)
        return;
    if (a->findings.len)
        ms_buf_add(&a->options, a->findings.data, a->findings.len);
    release(a);
    ms_buf_free(&a->octets);
    ms_buf_free(&a->options);
    ms_buf_free(&a->findings);
    free(a);
}
