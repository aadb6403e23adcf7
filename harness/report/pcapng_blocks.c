/* SPDX-License-Identifier: MIT */
/* Blocks of pcapng (draft-ietf-opsawg-pcapng). */
#include "report/pcapng.h"

#include <string.h>

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
    OPTION_MAX = 0xffff,
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

void pcapng_section(FILE *out, const char *comment, const char *hardware, const char *os)
{
    struct ms_buf b = {0};
    put32(&b, 0x1a2b3c4d);
    put16(&b, 1); /* version 1.0 */
    put16(&b, 0);
    put32(&b, 0xffffffff); /* length of the section: not said */
    put32(&b, 0xffffffff);
    option_text(&b, OPT_COMMENT, comment);
    option_text(&b, SHB_HARDWARE, hardware);
    option_text(&b, SHB_OS, os);
    option_text(&b, SHB_USERAPPL, "mptcpspec " MS_VERSION);
    option(&b, OPT_END, NULL, 0);
    block(out, BLOCK_SHB, &b);
    ms_buf_free(&b);
}

void pcapng_interface(FILE *out, uint32_t link, const char *name)
{
    struct ms_buf b = {0};
    const uint8_t nanoseconds = 9;
    put16(&b, (uint16_t)link);
    put16(&b, 0);
    put32(&b, 0); /* no snap length */
    option_text(&b, IF_NAME, name);
    option(&b, IF_TSRESOL, &nanoseconds, 1);
    option(&b, OPT_END, NULL, 0);
    block(out, BLOCK_IDB, &b);
    ms_buf_free(&b);
}

void pcapng_comment(struct ms_buf *options, const char *text, size_t n)
{
    option(options, OPT_COMMENT, text, n);
}

void pcapng_packet(FILE *out, const struct pcapng_packet *p, struct ms_buf *options)
{
    struct ms_buf b = {0};
    put32(&b, p->iface);
    put32(&b, (uint32_t)(p->time_ns >> 32));
    put32(&b, (uint32_t)p->time_ns);
    put32(&b, p->len);
    put32(&b, p->wire_len);
    ms_buf_add(&b, p->octets, p->len);
    pad(&b);
    if (options->len)
        ms_buf_add(&b, options->data, options->len);
    options->len = 0;
    if (p->direction)
        option(&b, EPB_FLAGS, &p->direction, sizeof p->direction);
    option(&b, OPT_END, NULL, 0);
    block(out, BLOCK_EPB, &b);
    ms_buf_free(&b);
}
