/* SPDX-License-Identifier: MIT */
/* Segments of two hosts through a row of boxes, for tests of rewrites. */
#ifndef MPTCPSPEC_TESTS_REWRITE_PLAY_H
#define MPTCPSPEC_TESTS_REWRITE_PLAY_H

#include "unit.h"

#include "mptcpspec/rewrite.h"

#define OUT_MAX 64

/* What came out of the row since play_clear. */
struct play_out {
    enum ms_dir dir;
    unsigned path;
    size_t len;
    uint8_t frame[10240];
};

struct play {
    struct ms_chain *row;
    uint64_t now;
    bool six; /* IPv6 */
    uint16_t sport;
    unsigned path;
    unsigned n;
    struct play_out out[OUT_MAX];
    /* the last segment that play_got took apart */
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
};

static inline void play_emit(void *ctx, unsigned path, enum ms_dir dir, const uint8_t *frame,
                             size_t len)
{
    struct play *p = ctx;
    ck_assert_uint_lt(p->n, OUT_MAX);
    struct play_out *o = &p->out[p->n++];
    ck_assert_uint_le(len, sizeof o->frame);
    memcpy(o->frame, frame, len);
    o->len = len;
    o->dir = dir;
    o->path = path;
}

static inline int play_lay(struct play *p, const char *text)
{
    struct ms_error err = {0};
    const int id = ms_chain_add(p->row, text, MS_CHAIN_ALL_PATHS, &err);
    ck_assert_msg(id >= 0, "%s: %u: %s", text, err.column, err.msg);
    return id;
}

static inline void play_open(struct play *p, const char *text)
{
    memset(p, 0, sizeof *p);
    p->row = ms_chain_new(7);
    p->sport = 1000;
    p->now = 1000000000;
    if (text != NULL)
        play_lay(p, text);
}

static inline void play_close(struct play *p)
{
    ms_chain_free(p->row);
}

static inline size_t play_unhex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    for (; hex[2 * n] != '\0'; n++) {
        unsigned v = 0;
        ck_assert_int_eq(sscanf(hex + 2 * n, "%2x", &v), 1);
        out[n] = (uint8_t)v;
    }
    return n;
}

/* A segment as one of the two hosts sends it; the rest may be changed before play_encode. */
static inline struct ms_seg play_seg(const struct play *p, enum ms_dir dir, uint8_t flags,
                                     uint32_t seq, uint32_t ack, const char *opts_hex,
                                     const char *payload, struct ms_opt opts[MS_OPTS_MAX])
{
    static const char *const addr[2][2] = {{"10.0.0.2", "10.0.0.1"},
                                           {"2001:db8::2", "2001:db8::1"}};
    uint8_t octets[40];
    struct ms_seg s = {.ttl = 64,
                       .sport = dir == MS_DIR_TX ? p->sport : 80,
                       .dport = dir == MS_DIR_TX ? 80 : p->sport,
                       .seq = seq,
                       .ack = ack,
                       .flags = flags,
                       .win = 512,
                       .opt = opts,
                       .payload = (const uint8_t *)payload,
                       .payload_len = strlen(payload)};
    memset(s.eth_src, dir == MS_DIR_TX ? 0x02 : 0x04, 6);
    memset(s.eth_dst, dir == MS_DIR_TX ? 0x04 : 0x02, 6);
    ms_addr_parse(addr[p->six][dir == MS_DIR_TX], &s.src);
    ms_addr_parse(addr[p->six][dir != MS_DIR_TX], &s.dst);
    s.n_opt = (uint8_t)ms_opts_decode(octets, play_unhex(opts_hex, octets), opts);
    return s;
}

static inline size_t play_encode(const struct ms_seg *s, uint8_t *frame, size_t cap)
{
    size_t len = 0;
    ck_assert_int_eq(ms_seg_encode(s, frame, cap, &len), MS_OK);
    return len;
}

static inline void play_frame(struct play *p, enum ms_dir dir, const uint8_t *frame, size_t len)
{
    ck_assert_int_eq(ms_chain_frame(p->row, p->path, dir, p->now, frame, len, play_emit, p), MS_OK);
}

/* The same in one; what came out before stays. */
static inline void play_send(struct play *p, enum ms_dir dir, uint8_t flags, uint32_t seq,
                             uint32_t ack, const char *opts_hex, const char *payload)
{
    uint8_t frame[10240];
    struct ms_opt opts[MS_OPTS_MAX];
    const struct ms_seg s = play_seg(p, dir, flags, seq, ack, opts_hex, payload, opts);
    play_frame(p, dir, frame, play_encode(&s, frame, sizeof frame));
}

static inline void play_wait(struct play *p, uint64_t ms)
{
    p->now += ms * 1000000;
    ck_assert_int_eq(ms_chain_run(p->row, p->now, play_emit, p), MS_OK);
}

/* Takes output i apart into p->seg: a segment with right checksums. */
static inline struct ms_seg *play_got(struct play *p, unsigned i)
{
    struct ms_neigh neigh;
    ck_assert_msg(i < p->n, "%u frames came out, not %u", p->n, i + 1);
    UNIT_NUM_EQ(ms_frame_decode(p->out[i].frame, p->out[i].len, &p->seg, p->opts, &neigh),
                MS_FRAME_TCP);
    ck_assert_msg(p->seg.ip_csum_ok, "frame %u: IP checksum", i);
    ck_assert_msg(p->seg.tcp_csum_ok, "frame %u: TCP checksum", i);
    return &p->seg;
}

static inline void play_options_eq(struct play *p, unsigned i, const char *hex)
{
    uint8_t want[40], got[40];
    const struct ms_seg *s = play_got(p, i);
    size_t n = 0;
    for (unsigned k = 0; k < s->n_opt; k++) {
        memcpy(got + n, s->opt[k].raw, s->opt[k].occupied);
        n += s->opt[k].occupied;
    }
    unit_octets_eq("options", got, n, want, play_unhex(hex, want));
}

static inline void play_payload_eq(struct play *p, unsigned i, const char *want)
{
    const struct ms_seg *s = play_got(p, i);
    unit_octets_eq("payload", s->payload, s->payload_len, want, strlen(want));
}

/* The three packets of a handshake: sequence numbers 100 and 900. */
static inline void play_handshake(struct play *p, const char *syn_opts, const char *third_opts)
{
    play_send(p, MS_DIR_TX, MS_TH_SYN, 100, 0, syn_opts, "");
    play_send(p, MS_DIR_RX, MS_TH_SYN | MS_TH_ACK, 900, 101, syn_opts, "");
    play_send(p, MS_DIR_TX, MS_TH_ACK, 101, 901, third_opts, "");
}

#endif
