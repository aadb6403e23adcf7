/* SPDX-License-Identifier: MIT */
/*
 * Two hosts that speak MPTCP by the book, for the tests of model and oracle: each segment has a label, is
 * encoded, decoded again and handed to a sink. A doctor may change one labelled segment on its way.
 */
#ifndef MPTCPSPEC_MPTCP_PLAY_H
#define MPTCPSPEC_MPTCP_PLAY_H

#include "mptcpspec/crypto.h"
#include "unit.h"

enum { HOST_A = 0, HOST_B = 1 };

struct play_flow {
    int opener;             /* host that sends the SYN */
    struct ms_addr addr[2]; /* by host */
    uint16_t port[2];
    uint32_t isn[2], next[2];
    uint32_t nonce[2];
};

struct play;
typedef void play_sink(struct play *p, const struct ms_seg *seg, int from, const char *label);
/* `o`: first option of the segment (NULL: none); true: build it again from its content. */
typedef bool play_doctor(struct play *p, struct ms_seg *seg, struct ms_opt *o, uint8_t *payload);

struct play {
    bool v6, csum;
    uint64_t key[2];
    uint64_t next_dsn[2]; /* relative to the IDSN */
    struct play_flow flow[4];
    uint32_t isn_more; /* added to initial sequence numbers */
    uint32_t packet;
    const char *sick; /* label of the segment that the doctor sees */
    play_doctor *doctor;
    unsigned cured; /* how often the label came */
    play_sink *sink;
    void *ctx;
};

static inline struct ms_addr play_addr(const struct play *p, int host, int path)
{
    char text[46];
    struct ms_addr a;
    snprintf(text, sizeof text, p->v6 ? "fd00:%d::%d" : "10.0.%d.%d", path, host + 1);
    ck_assert_int_eq(ms_addr_parse(text, &a), MS_OK);
    return a;
}

static inline uint64_t play_idsn(const struct play *p, int host)
{
    return ms_idsn(p->key[host]);
}

/* The octet of one host's stream at an offset from its first. */
static inline void play_fill(int host, uint64_t off, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((off + i) * 7 + (off + i) / 256 + (uint64_t)host * 101);
}

static inline void play_open(struct play *p, int f, int opener, int path_a, int path_b)
{
    struct play_flow *w = &p->flow[f];
    *w = (struct play_flow){.opener = opener,
                            .addr = {play_addr(p, HOST_A, path_a), play_addr(p, HOST_B, path_b)},
                            .port = {(uint16_t)(4000 + f), 80},
                            .isn = {0xfffffff0u + (uint32_t)f, 77000u * (uint32_t)(f + 1)},
                            .nonce = {0x11110000u + (uint32_t)f, 0x22220000u + (uint32_t)f}};
    w->isn[0] += p->isn_more;
    w->isn[1] += p->isn_more;
    w->next[0] = w->isn[0];
    w->next[1] = w->isn[1];
}

/* Sends one segment; `seq` relative to the flow's next one allows repetitions. */
static inline void play_send_at(struct play *p, const char *label, int f, int from, uint8_t flags,
                                int32_t back, const void *data, size_t n, const struct ms_mp *mp)
{
    struct play_flow *w = &p->flow[f];
    uint8_t payload[4096] = {0}, frame[4400];
    struct ms_opt opt[2] = {{0}}, got[MS_OPTS_MAX];
    struct ms_neigh neigh;
    size_t len = 0;
    if (n)
        memcpy(payload, data, n);
    struct ms_seg seg = {.family = p->v6 ? MS_IPV6 : MS_IPV4,
                         .src = w->addr[from],
                         .dst = w->addr[1 - from],
                         .ttl = 64,
                         .sport = w->port[from],
                         .dport = w->port[1 - from],
                         .seq = w->next[from] - (uint32_t)back,
                         .ack = (flags & MS_TH_ACK) ? w->next[1 - from] : 0,
                         .flags = flags,
                         .win = 1000,
                         .opt = opt,
                         .payload = payload,
                         .payload_len = n};
    if (!back)
        w->next[from] += ms_seg_len(&seg);
    if (mp) {
        opt[0] = (struct ms_opt){.kind = MS_TCPOPT_MPTCP, .mp = *mp};
        seg.n_opt = 1;
        ck_assert_int_eq(ms_opt_build(&opt[0]), MS_OK);
    }
    if (p->sick && strcmp(p->sick, label) == 0) {
        p->cured++;
        if (p->doctor(p, &seg, &opt[0], payload) && seg.n_opt)
            ck_assert_int_eq(ms_opt_build(&opt[0]), MS_OK);
    }
    ck_assert_int_eq(ms_seg_encode(&seg, frame, sizeof frame, &len), MS_OK);
    struct ms_seg back_seg;
    ck_assert_int_eq(ms_frame_decode(frame, len, &back_seg, got, &neigh), MS_FRAME_TCP);
    p->packet++;
    p->sink(p, &back_seg, from, label);
}

static inline void play_send(struct play *p, const char *label, int f, int from, uint8_t flags,
                             const struct ms_mp *mp)
{
    play_send_at(p, label, f, from, flags, 0, NULL, 0, mp);
}

static inline struct ms_mp play_capable(const struct play *p, int keys)
{
    return (struct ms_mp){.form = MS_FORM_CAPABLE,
                          .version = 1,
                          .cap_flags =
                              (uint8_t)(MPTCP_CAP_H | (p->csum && keys != 0 ? MPTCP_CAP_A : 0)),
                          .keys = (uint8_t)keys,
                          .sender_key = p->key[keys == 1 ? HOST_B : HOST_A],
                          .receiver_key = keys == 2 ? p->key[HOST_B] : 0};
}

/* DSS with a Data ACK for all that the peer has sent. */
static inline struct ms_mp play_dack(const struct play *p, int from)
{
    return (struct ms_mp){.form = MS_FORM_DSS,
                          .dss_flags = MS_DSS_A | MS_DSS_a,
                          .dack = play_idsn(p, 1 - from) + p->next_dsn[1 - from]};
}

/* ... and a mapping of n octets at offset `off` of the stream, at subflow number ssn. */
static inline struct ms_mp play_map(const struct play *p, int from, uint64_t off, uint32_t ssn,
                                    size_t n, bool fin)
{
    struct ms_mp mp = play_dack(p, from);
    uint8_t data[4096];
    play_fill(from, off, data, n);
    mp.dss_flags |= MS_DSS_M | MS_DSS_m;
    if (fin)
        mp.dss_flags |= MS_DSS_F;
    mp.dsn = play_idsn(p, from) + off;
    mp.ssn = ssn;
    mp.dll = (uint16_t)(n + fin);
    mp.has_csum = p->csum;
    mp.csum = ms_dss_csum(mp.dsn, ssn, mp.dll, 0, data, n);
    return mp;
}

static inline uint32_t play_ssn(const struct play *p, int f, int from)
{
    return p->flow[f].next[from] - p->flow[f].isn[from];
}

/* New data of `n` octets on flow f. */
static inline void play_data(struct play *p, const char *label, int f, int from, size_t n, bool fin)
{
    uint8_t data[4096];
    uint64_t off = p->next_dsn[from];
    play_fill(from, off, data, n);
    struct ms_mp mp = play_map(p, from, off, play_ssn(p, f, from), n, fin);
    p->next_dsn[from] += n + fin;
    play_send_at(p, label, f, from, MS_TH_ACK | MS_TH_PSH, 0, data, n, &mp);
}

static inline void play_ack(struct play *p, const char *label, int f, int from)
{
    struct ms_mp mp = play_dack(p, from);
    play_send(p, label, f, from, MS_TH_ACK, &mp);
}

static inline void play_first_data(struct play *p, const char *label, size_t n, int32_t back)
{
    uint8_t data[4096];
    play_fill(HOST_A, 1, data, n);
    struct ms_mp mp = play_capable(p, 2);
    mp.has_dll = true;
    mp.dll = (uint16_t)n;
    mp.has_csum = p->csum;
    mp.csum = ms_dss_csum(play_idsn(p, HOST_A) + 1, 1, mp.dll, 0, data, n);
    if (!back)
        p->next_dsn[HOST_A] += n;
    play_send_at(p, label, 0, HOST_A, MS_TH_ACK | MS_TH_PSH, back, data, n, &mp);
}

static inline struct ms_mp play_add_addr(const struct play *p, int from, uint8_t id, int path,
                                         uint16_t port)
{
    struct ms_mp mp = {.form = MS_FORM_ADD_ADDR,
                       .addr_id = id,
                       .addr = play_addr(p, from, path),
                       .has_port = port != 0,
                       .port = port,
                       .hmac_len = 8};
    uint8_t full[32];
    ms_add_addr_hmac(p->key[from], p->key[1 - from], id, &mp.addr, port, full);
    memcpy(mp.hmac, full + 24, 8);
    return mp;
}

static inline struct ms_mp play_echo(struct ms_mp mp)
{
    mp.echo = true;
    mp.hmac_len = 0;
    return mp;
}

/* MP_CAPABLE handshake on flow 0 with the labels syn, synack, ack. */
static inline void play_handshake(struct play *p)
{
    play_open(p, 0, HOST_A, 0, 0);
    p->next_dsn[0] = p->next_dsn[1] = 1;
    struct ms_mp syn = play_capable(p, 0), synack = play_capable(p, 1), ack = play_capable(p, 2);
    play_send(p, "syn", 0, HOST_A, MS_TH_SYN, &syn);
    play_send(p, "synack", 0, HOST_B, MS_TH_SYN | MS_TH_ACK, &synack);
    play_send(p, "ack", 0, HOST_A, MS_TH_ACK, &ack);
}

/* Join by `opener` on flow f; labels are the given ones. */
static inline void play_join(struct play *p, int f, int opener, uint8_t id,
                             const char *const label[4])
{
    struct play_flow *w = &p->flow[f];
    int other = 1 - opener;
    uint8_t full[32];
    struct ms_mp syn = {.form = MS_FORM_JOIN_SYN,
                        .addr_id = id,
                        .token = ms_token(p->key[other]),
                        .nonce = w->nonce[opener]};
    struct ms_mp synack = {.form = MS_FORM_JOIN_SYNACK, .nonce = w->nonce[other], .hmac_len = 8};
    struct ms_mp ack = {.form = MS_FORM_JOIN_ACK, .hmac_len = 20};
    if (!ms_addr_eq(&w->addr[other], &p->flow[0].addr[other]))
        synack.addr_id = (uint8_t)(20 + f);
    ms_join_hmac(p->key[other], p->key[opener], w->nonce[other], w->nonce[opener], full);
    memcpy(synack.hmac, full, 8);
    ms_join_hmac(p->key[opener], p->key[other], w->nonce[opener], w->nonce[other], full);
    memcpy(ack.hmac, full, 20);
    play_send(p, label[0], f, opener, MS_TH_SYN, &syn);
    play_send(p, label[1], f, other, MS_TH_SYN | MS_TH_ACK, &synack);
    play_send(p, label[2], f, opener, MS_TH_ACK, &ack);
    play_ack(p, label[3], f, other);
}

/* The whole life of a connection: see the labels. */
static inline void play_all(struct play *p)
{
    static const char *const join_a[] = {"jsyn", "jsynack", "jack", "j4th"};
    static const char *const join_b[] = {"ksyn", "ksynack", "kack", "k4th"};
    uint8_t data[4096];
    play_handshake(p);
    play_first_data(p, "data1", 100, 0);
    play_ack(p, "dack1", 0, HOST_B);
    play_first_data(p, "data1-again", 100, 100);
    play_data(p, "data2", 0, HOST_B, 61, false);
    play_ack(p, "dack2", 0, HOST_A);

    struct ms_mp add = play_add_addr(p, HOST_B, 9, 1, 0), echo = play_echo(add);
    play_send(p, "add", 0, HOST_B, MS_TH_ACK, &add);
    play_send(p, "echo", 0, HOST_A, MS_TH_ACK, &echo);
    add = play_add_addr(p, HOST_A, 5, 3, 5555);
    echo = play_echo(add);
    play_send(p, "addport", 0, HOST_A, MS_TH_ACK, &add);
    play_send(p, "echoport", 0, HOST_B, MS_TH_ACK, &echo);

    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_a);
    uint64_t moved = p->next_dsn[HOST_A];
    play_data(p, "jdata", 1, HOST_A, 50, false);
    play_ack(p, "jdack", 1, HOST_B);
    /* The same data once more on the first subflow. */
    play_fill(HOST_A, moved, data, 50);
    struct ms_mp again = play_map(p, HOST_A, moved, play_ssn(p, 0, HOST_A), 50, false);
    play_send_at(p, "moved", 0, HOST_A, MS_TH_ACK, 0, data, 50, &again);
    play_ack(p, "moved-ack", 0, HOST_B);

    play_open(p, 2, HOST_B, 0, 2);
    play_join(p, 2, HOST_B, 6, join_b);
    play_data(p, "kdata", 2, HOST_B, 33, false);
    play_ack(p, "kdack", 2, HOST_A);

    /* One mapping over two segments, the second without option. */
    play_fill(HOST_A, p->next_dsn[HOST_A], data, 80);
    struct ms_mp two = play_map(p, HOST_A, p->next_dsn[HOST_A], play_ssn(p, 0, HOST_A), 80, false);
    p->next_dsn[HOST_A] += 80;
    play_send_at(p, "two1", 0, HOST_A, MS_TH_ACK, 0, data, 45, &two);
    play_send_at(p, "two2", 0, HOST_A, MS_TH_ACK, 0, data + 45, 35, NULL);
    play_ack(p, "two-ack", 0, HOST_B);

    struct ms_mp prio = {.form = MS_FORM_PRIO, .backup = 1};
    play_send(p, "prio", 1, HOST_A, MS_TH_ACK, &prio);
    struct ms_mp rm = {.form = MS_FORM_REMOVE_ADDR, .ids = {9}, .n_ids = 1};
    play_send(p, "rm", 0, HOST_B, MS_TH_ACK, &rm);
    add = play_add_addr(p, HOST_B, 9, 7, 0);
    play_send(p, "add9", 0, HOST_B, MS_TH_ACK, &add);

    play_data(p, "fin1", 0, HOST_A, 10, true);
    play_ack(p, "fin1-ack", 0, HOST_B);
    struct ms_mp fin = play_map(p, HOST_B, p->next_dsn[HOST_B], 0, 0, true);
    p->next_dsn[HOST_B]++;
    play_send(p, "fin2", 0, HOST_B, MS_TH_ACK, &fin);
    play_send(p, "fin2-again", 0, HOST_B, MS_TH_ACK, &fin);
    play_ack(p, "fin2-ack", 0, HOST_A);
    struct ms_mp why = {.form = MS_FORM_TCPRST, .rst_flags = 1, .reason = 4};
    play_send(p, "rst", 2, HOST_B, MS_TH_RST | MS_TH_ACK, &why);
    for (int f = 0; f < 2; f++) {
        play_ack(p, "last", f, HOST_A);
        play_send(p, "tcpfin", f, HOST_A, MS_TH_FIN | MS_TH_ACK, NULL);
        play_send(p, "tcpfin", f, HOST_B, MS_TH_FIN | MS_TH_ACK, NULL);
    }
}

#endif
