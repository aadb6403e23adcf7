/* SPDX-License-Identifier: MIT */
/* Octets of a file, a pipe or memory through one bounded buffer, and the readers that stand on it. */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include "mptcpspec/capture.h"

struct input {
    int fd; /* -1: memory, all of it is in the buffer */
    bool own_fd;
    char name[256]; /* for messages */
    uint8_t *buf;   /* memory: the caller's, never written */
    size_t cap, start, end;
    uint64_t offset; /* of buf[start] in the input */
    bool eof;
    struct ms_capture_config cfg;
};

/* Makes n octets available; 1, or 0 when the input ends before (what there is can be read), or an error. */
int input_need(struct input *in, size_t n, struct ms_error *err);
/* Passes over n octets, which need not be available. 1, 0 when the input ends before, or an error. */
int input_skip(struct input *in, uint64_t n, struct ms_error *err);
static inline const uint8_t *input_at(const struct input *in)
{
    return in->buf + in->start;
}
static inline size_t input_have(const struct input *in)
{
    return in->end - in->start;
}
static inline void input_take(struct input *in, size_t n)
{
    in->start += n;
    in->offset += n;
}
/* True if the user asked to stop: then an end is no damage. */
bool input_stopped(const struct input *in);

struct iface {
    uint32_t link, snap;
    uint8_t tsresol; /* as in the option if_tsresol */
    int64_t tsoffset;
    char name[32];
};

struct ms_capture {
    struct input in;
    const char *format;
    int (*next)(struct ms_capture *c, struct ms_capture_packet *out, struct ms_error *err);
    bool swapped;
    bool nanoseconds;     /* pcap */
    size_t record_header; /* pcap */
    struct iface *iface;  /* of the section */
    uint32_t n_iface, cap_iface, first_iface;
    uint64_t packets;
};

static inline uint16_t cap16(const uint8_t *p, bool swapped)
{
    uint16_t v;
    __builtin_memcpy(&v, p, sizeof v);
    return swapped ? __builtin_bswap16(v) : v;
}
static inline uint32_t cap32(const uint8_t *p, bool swapped)
{
    uint32_t v;
    __builtin_memcpy(&v, p, sizeof v);
    return swapped ? __builtin_bswap32(v) : v;
}

/* Adds an interface to the section; MS_ERR_RANGE beyond the bound. */
int capture_iface_add(struct ms_capture *c, const struct iface *i, struct ms_error *err);
/* "FILE: MESSAGE (at octet N)". */
int capture_damaged(const struct ms_capture *c, uint64_t offset, struct ms_error *err,
                    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Each looks at the first octets: 1 it is this format and its header was read, 0 it is not. */
int pcap_begin(struct ms_capture *c, struct ms_error *err);
int pcapng_begin(struct ms_capture *c, struct ms_error *err);

#endif
