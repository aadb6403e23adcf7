/* SPDX-License-Identifier: MIT */
/*
 * Writes a capture of honest MPTCP traffic for measuring: `traffic PACKETS CONNECTIONS >FILE` (pcap, Ethernet).
 * So many connections are alive at any time, each with two subflows and checksums; every data packet has 200 octets
 * with timestamps, mapping, checksum and Data ACK. A connection closes after its share of packets and another one
 * takes its place. PACKETS 0: without end.
 * `traffic flood PACKETS >FILE`: nothing but SYNs of connections that never come to be, each from another port.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/crypto.h"
#include "mptcpspec/wire.h"

enum { FRAME = 200, LIFE = 2500, FLOWS = 2, STEP_NS = 10000 };

struct subflow {
    struct ms_addr addr[2];
    uint16_t port[2];
    uint32_t isn[2], next[2], ts;
};

struct conn {
    uint64_t key[2], idsn[2], sent[2]; /* sent: relative to the IDSN, next octet */
    struct subflow flow[FLOWS];
    unsigned step; /* packets so far */
};

static uint64_t packets, limit, time_ns = UINT64_C(1700000000000000000), born;

static void put(uint32_t v)
{
    fwrite(&v, sizeof v, 1, stdout);
}

static void emit(struct conn *c, unsigned f, unsigned from, uint8_t flags, const struct ms_mp *mp,
                 const uint8_t *data, size_t n)
{
    struct subflow *s = &c->flow[f];
    uint8_t frame[512];
    size_t len;
    struct ms_opt opt[2] = {{.kind = MS_TCPOPT_TS, .tsval = s->ts, .tsecr = s->ts},
                            {.kind = MS_TCPOPT_MPTCP}};
    struct ms_seg seg = {.family = MS_IPV4,
                         .src = s->addr[from],
                         .dst = s->addr[1 - from],
                         .sport = s->port[from],
                         .dport = s->port[1 - from],
                         .seq = s->next[from],
                         .ack = flags & MS_TH_ACK ? s->next[1 - from] : 0,
                         .flags = flags,
                         .win = 60000,
                         .n_opt = mp ? 2 : 1,
                         .opt = opt,
                         .payload = data,
                         .payload_len = n};
    if (mp)
        opt[1].mp = *mp;
    if (ms_opt_build(&opt[0]) < 0 || (mp && ms_opt_build(&opt[1]) < 0) ||
        ms_seg_encode(&seg, frame, sizeof frame, &len) < 0)
        abort();
    s->next[from] += ms_seg_len(&seg);
    s->ts += STEP_NS / 1000;
    time_ns += STEP_NS;
    put((uint32_t)(time_ns / 1000000000));
    put((uint32_t)(time_ns % 1000000000));
    put((uint32_t)len);
    put((uint32_t)len);
    fwrite(frame, len, 1, stdout);
    packets++;
    c->step++;
}

static struct ms_mp dack(const struct conn *c, unsigned from)
{
    return (struct ms_mp){.form = MS_FORM_DSS,
                          .dss_flags = MS_DSS_A | MS_DSS_a,
                          .dack = c->idsn[1 - from] + c->sent[1 - from]};
}

static void send_data(struct conn *c, unsigned f, unsigned from, size_t n, bool fin)
{
    static uint8_t data[FRAME];
    struct ms_mp mp = dack(c, from);
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)(c->sent[from] + i + from);
    mp.dss_flags |= MS_DSS_M | MS_DSS_m | (fin ? MS_DSS_F : 0);
    mp.dsn = c->idsn[from] + c->sent[from];
    mp.ssn = n ? c->flow[f].next[from] - c->flow[f].isn[from] : 0;
    mp.dll = (uint16_t)(n + fin);
    mp.has_csum = true;
    mp.csum = ms_dss_csum(mp.dsn, mp.ssn, mp.dll, 0, data, n);
    c->sent[from] += n + fin;
    emit(c, f, from, MS_TH_ACK, &mp, data, n);
}

static void open_flow(struct conn *c, unsigned f)
{
    const unsigned place = (unsigned)(born % 60000);
    struct subflow *s = &c->flow[f];
    for (unsigned h = 0; h < 2; h++) {
        s->addr[h] = (struct ms_addr){
            .family = MS_IPV4,
            .octets = {10, (uint8_t)(f * 2 + h), (uint8_t)(place >> 8), (uint8_t)place}};
        s->isn[h] = s->next[h] = (uint32_t)(born * 2654435761u + f * 77 + h);
    }
    s->port[0] = (uint16_t)(1024 + born % 50000 + f);
    s->port[1] = 443;
    s->ts = (uint32_t)born * 17;
}

static void handshake(struct conn *c)
{
    struct ms_mp mp = {
        .form = MS_FORM_CAPABLE, .version = 1, .cap_flags = MPTCP_CAP_A | MPTCP_CAP_H};
    open_flow(c, 0);
    emit(c, 0, 0, MS_TH_SYN, &mp, NULL, 0);
    mp.keys = 1;
    mp.sender_key = c->key[1];
    emit(c, 0, 1, MS_TH_SYN | MS_TH_ACK, &mp, NULL, 0);
    mp.keys = 2;
    mp.sender_key = c->key[0];
    mp.receiver_key = c->key[1];
    emit(c, 0, 0, MS_TH_ACK, &mp, NULL, 0);
    send_data(c, 0, 0, 60, false);
    send_data(c, 0, 1, 60, false);
}

static void join(struct conn *c)
{
    uint8_t full[32];
    const uint32_t nonce[2] = {(uint32_t)c->key[0], (uint32_t)c->key[1]};
    struct ms_mp mp = {
        .form = MS_FORM_JOIN_SYN, .addr_id = 1, .token = ms_token(c->key[1]), .nonce = nonce[0]};
    open_flow(c, 1);
    emit(c, 1, 0, MS_TH_SYN, &mp, NULL, 0);
    mp =
        (struct ms_mp){.form = MS_FORM_JOIN_SYNACK, .addr_id = 1, .nonce = nonce[1], .hmac_len = 8};
    ms_join_hmac(c->key[1], c->key[0], nonce[1], nonce[0], full);
    memcpy(mp.hmac, full, 8);
    emit(c, 1, 1, MS_TH_SYN | MS_TH_ACK, &mp, NULL, 0);
    mp = (struct ms_mp){.form = MS_FORM_JOIN_ACK, .hmac_len = 20};
    ms_join_hmac(c->key[0], c->key[1], nonce[0], nonce[1], full);
    memcpy(mp.hmac, full, 20);
    emit(c, 1, 0, MS_TH_ACK, &mp, NULL, 0);
    mp = dack(c, 1);
    emit(c, 1, 1, MS_TH_ACK, &mp, NULL, 0);
}

static void close_all(struct conn *c)
{
    for (unsigned h = 0; h < 2; h++)
        send_data(c, 0, h, 0, true);
    struct ms_mp mp = dack(c, 0);
    emit(c, 0, 0, MS_TH_ACK, &mp, NULL, 0);
    for (unsigned f = 0; f < FLOWS; f++) {
        emit(c, f, 0, MS_TH_FIN | MS_TH_ACK, NULL, NULL, 0);
        emit(c, f, 1, MS_TH_FIN | MS_TH_ACK, NULL, NULL, 0);
        emit(c, f, 0, MS_TH_ACK, NULL, NULL, 0);
    }
}

/* A few packets of this connection. */
static void turn(struct conn *c)
{
    /* 14 Ethernet, 20 IP, 20 TCP, 10 timestamps, 28 DSS, 2 of padding */
    const size_t n = FRAME - 94;
    if (c->step == 0) {
        *c = (struct conn){.key = {0x1000000000000 + born * 2, 0x9000000000001 + born * 2}};
        for (unsigned h = 0; h < 2; h++) {
            c->idsn[h] = ms_idsn(c->key[h]);
            c->sent[h] = 1;
        }
        handshake(c);
        join(c);
        born++;
    } else if (c->step >= LIFE) {
        close_all(c);
        c->step = 0;
    } else {
        const unsigned f = c->step / 64 % FLOWS;
        send_data(c, f, 0, n, false);
        send_data(c, f, 0, n, false);
        send_data(c, f, 1, n, false);
    }
}

static void header(void)
{
    /* Magic number of nanoseconds, version 2.4, zone, precision, snap length, Ethernet. */
    static const uint32_t words[] = {0xa1b23c4d, 4u << 16 | 2, 0, 0, 262144, 1};
    fwrite(words, sizeof words, 1, stdout);
}

static bool more(void)
{
    return (!limit || packets < limit) && !ferror(stdout);
}

static void flood(void)
{
    const struct ms_mp mp = {.form = MS_FORM_CAPABLE, .version = 1, .cap_flags = MPTCP_CAP_H};
    for (struct conn c; more(); born++) {
        c = (struct conn){0};
        open_flow(&c, 0);
        c.flow[0].addr[0].octets[1] = (uint8_t)(born / 60000);
        emit(&c, 0, 0, MS_TH_SYN, &mp, NULL, 0);
    }
}

static void lives(size_t n)
{
    struct conn *c = calloc(n, sizeof *c);
    if (!c)
        abort();
    /* Ages differ from the start, so that connections come and go all the time. */
    for (size_t i = 0; more(); i = (i + 1) % n) {
        const bool fresh = c[i].step == 0;
        turn(&c[i]);
        if (fresh && born <= n)
            c[i].step += (unsigned)(i * LIFE / n);
    }
    free(c);
}

int main(int argc, char **argv)
{
    const bool flooding = argc == 3 && strcmp(argv[1], "flood") == 0;
    const size_t n = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    if (argc != 3 || (n == 0 && !flooding)) {
        fprintf(stderr, "usage: traffic PACKETS CONNECTIONS >FILE | traffic flood PACKETS >FILE\n");
        return 64;
    }
    limit = strtoull(argv[flooding ? 2 : 1], NULL, 10);
    header();
    if (flooding)
        flood();
    else
        lives(n);
    return fflush(stdout) || ferror(stdout) ? 2 : 0;
}
