/* SPDX-License-Identifier: MIT */
/* More of what two honest hosts of mptcp_play.h do: offloaded sizes, ends, failures, several connections. */
#ifndef MPTCPSPEC_PLAYS_H
#define MPTCPSPEC_PLAYS_H

#include "mptcp_doctors.h"

static const char *const play_join_1[] = {"jsyn", "jsynack", "jack", "j4th"};

static inline void play_joined(struct play *p, int f, int opener, int path_a, int path_b,
                               uint8_t id)
{
    play_open(p, f, opener, path_a, path_b);
    play_join(p, f, opener, id, play_join_1);
}

/* DATA_FINs, their Data ACKs, and the FINs of the first `flows` subflows with theirs. */
static inline void play_close(struct play *p, int flows)
{
    play_data(p, "fin", 0, HOST_A, 10, true);
    play_ack(p, "fin-ack", 0, HOST_B);
    play_data(p, "fin", flows - 1, HOST_B, 10, true);
    play_ack(p, "fin-ack", flows - 1, HOST_A);
    for (int f = 0; f < flows; f++) {
        play_send(p, "tcpfin", f, HOST_A, MS_TH_FIN | MS_TH_ACK, NULL);
        play_send(p, "tcpfin", f, HOST_B, MS_TH_FIN | MS_TH_ACK, NULL);
        play_send(p, "last", f, HOST_A, MS_TH_ACK, NULL);
    }
}

/* Mappings of several segments, each of which repeats the option, as segmentation offload leaves them. */
static inline void play_bulk(struct play *p)
{
    uint8_t data[4000];
    play_handshake(p);
    play_first_data(p, "request", 120, 0);
    play_ack(p, "ack", 0, HOST_B);
    play_joined(p, 1, HOST_A, 2, 0, 4);
    for (int round = 0; round < 4; round++) {
        int f = round & 1;
        uint64_t off = p->next_dsn[HOST_B];
        play_fill(HOST_B, off, data, sizeof data);
        struct ms_mp mp = play_map(p, HOST_B, off, play_ssn(p, f, HOST_B), sizeof data, false);
        p->next_dsn[HOST_B] += sizeof data;
        for (size_t at = 0; at < sizeof data; at += 1000)
            play_send_at(p, "bulk", f, HOST_B, MS_TH_ACK, 0, data + at, 1000, &mp);
        play_ack(p, "ack", f, HOST_A);
    }
    play_close(p, 2);
}

/* Data of a subflow that went dead goes over the other one in other pieces, and some of it comes through after all. */
static inline void play_reinject(struct play *p)
{
    uint8_t data[300];
    ready(p);
    play_joined(p, 1, HOST_A, 2, 1, 4);
    uint64_t from = p->next_dsn[HOST_A];
    for (int i = 0; i < 3; i++)
        play_data(p, "dead", 1, HOST_A, 100, false);
    play_fill(HOST_A, from, data, sizeof data);
    static const size_t piece[] = {30, 150, 120};
    for (size_t i = 0, at = 0; i < 3; at += piece[i++]) {
        struct ms_mp mp = play_map(p, HOST_A, from + at, play_ssn(p, 0, HOST_A), piece[i], false);
        play_send_at(p, "again", 0, HOST_A, MS_TH_ACK, 0, data + at, piece[i], &mp);
    }
    play_ack(p, "ack", 0, HOST_B);
    struct ms_mp mp = play_map(p, HOST_A, from + 200, play_ssn(p, 1, HOST_A) - 100, 100, false);
    play_send_at(p, "late", 1, HOST_A, MS_TH_ACK, 100, data + 200, 100, &mp);
    play_ack(p, "ack", 1, HOST_B);
    play_data(p, "answer", 1, HOST_B, 70, false);
    play_ack(p, "ack", 1, HOST_A);
    play_close(p, 2);
}

/* The last of three subflows goes, another comes, the rest lives on. */
static inline void play_come_and_go(struct play *p)
{
    ready(p);
    play_joined(p, 1, HOST_A, 2, 1, 4);
    play_data(p, "data", 1, HOST_A, 40, false);
    play_ack(p, "ack", 1, HOST_B);
    play_send(p, "tcpfin", 1, HOST_B, MS_TH_FIN | MS_TH_ACK, NULL);
    play_send(p, "tcpfin", 1, HOST_A, MS_TH_FIN | MS_TH_ACK, NULL);
    play_send(p, "last", 1, HOST_B, MS_TH_ACK, NULL);
    struct ms_mp rm = {.form = MS_FORM_REMOVE_ADDR, .ids = {4}, .n_ids = 1};
    play_send(p, "rm", 0, HOST_A, MS_TH_ACK, &rm);
    play_joined(p, 2, HOST_A, 5, 0, 7);
    play_data(p, "data", 2, HOST_B, 40, false);
    play_ack(p, "ack", 2, HOST_A);
    struct ms_mp why = {.form = MS_FORM_TCPRST, .rst_flags = 1, .reason = 5};
    play_send(p, "rst", 2, HOST_A, MS_TH_RST | MS_TH_ACK, &why);
    play_data(p, "data", 0, HOST_A, 40, false);
    play_ack(p, "ack", 0, HOST_B);
    play_close(p, 1);
}

static inline void play_fast_close(struct play *p)
{
    ready(p);
    play_joined(p, 1, HOST_A, 2, 1, 4);
    play_data(p, "data", 1, HOST_A, 40, false);
    struct ms_mp end = {.form = MS_FORM_FASTCLOSE, .receiver_key = p->key[HOST_B]};
    play_send(p, "fastclose", 0, HOST_A, MS_TH_ACK, &end);
    play_send(p, "rst", 1, HOST_A, MS_TH_RST | MS_TH_ACK, NULL);
    play_send(p, "rst", 0, HOST_B, MS_TH_RST | MS_TH_ACK, NULL);
}

static inline void play_fast_close_rst(struct play *p)
{
    ready(p);
    play_joined(p, 1, HOST_A, 2, 1, 4);
    struct ms_mp end = {.form = MS_FORM_FASTCLOSE, .receiver_key = p->key[HOST_A]};
    play_send(p, "rst", 0, HOST_B, MS_TH_RST | MS_TH_ACK, &end);
    play_send(p, "rst", 1, HOST_B, MS_TH_RST | MS_TH_ACK, &end);
}

/* 3.7: a checksum failed behind this place, on the only subflow: MP_FAIL both ways, and plain TCP from then on. */
static inline void play_fail_only(struct play *p)
{
    uint8_t data[80];
    ready(p);
    uint64_t off = p->next_dsn[HOST_A];
    play_data(p, "spoiled", 0, HOST_A, 80, false);
    struct ms_mp fail = {.form = MS_FORM_FAIL, .dsn = play_idsn(p, HOST_A) + off};
    play_send(p, "fail", 0, HOST_B, MS_TH_ACK, &fail);
    fail.dsn = play_idsn(p, HOST_B) + p->next_dsn[HOST_B];
    play_fill(HOST_A, off, data, sizeof data);
    play_send(p, "fail", 0, HOST_A, MS_TH_ACK, &fail);
    struct ms_mp mp = play_map(p, HOST_A, off + 80, play_ssn(p, 0, HOST_A), 0, false);
    mp.dll = mp.csum = 0;
    play_fill(HOST_A, off + 80, data, sizeof data);
    play_send_at(p, "infinite", 0, HOST_A, MS_TH_ACK, 0, data, sizeof data, &mp);
    play_send_at(p, "plain", 0, HOST_A, MS_TH_ACK, 0, "hello", 5, NULL);
    mp = play_map(p, HOST_B, p->next_dsn[HOST_B], play_ssn(p, 0, HOST_B), 0, false);
    mp.dll = mp.csum = 0;
    play_send_at(p, "infinite", 0, HOST_B, MS_TH_ACK, 0, "howdy", 5, &mp);
    play_send_at(p, "plain", 0, HOST_B, MS_TH_ACK, 0, "hello", 5, NULL);
    play_send(p, "plain", 0, HOST_A, MS_TH_ACK, NULL);
    for (int h = 0; h < 2; h++)
        play_send(p, "tcpfin", 0, h, MS_TH_FIN | MS_TH_ACK, NULL);
    play_send(p, "last", 0, HOST_A, MS_TH_ACK, NULL);
}

/* ... on one of two subflows: that one is reset, and its data comes by the other. */
static inline void play_fail_one_of_two(struct play *p)
{
    uint8_t data[80];
    ready(p);
    play_joined(p, 1, HOST_A, 2, 1, 4);
    uint64_t off = p->next_dsn[HOST_A];
    play_data(p, "spoiled", 1, HOST_A, 80, false);
    struct ms_mp fail = {.form = MS_FORM_FAIL, .dsn = play_idsn(p, HOST_A) + off};
    play_send(p, "fail", 1, HOST_B, MS_TH_RST | MS_TH_ACK, &fail);
    play_fill(HOST_A, off, data, sizeof data);
    struct ms_mp mp = play_map(p, HOST_A, off, play_ssn(p, 0, HOST_A), sizeof data, false);
    play_send_at(p, "again", 0, HOST_A, MS_TH_ACK, 0, data, sizeof data, &mp);
    play_ack(p, "ack", 0, HOST_B);
    play_close(p, 1);
}

/* Numbers of 32 bits over a multiple of 2^32 (this key's IDSN ends in ffffff0f). */
static inline void play_narrow_wrap(struct play *p)
{
    uint8_t data[100];
    p->key[HOST_A] = 0x5eed000000f74b73;
    ready(p);
    for (int i = 0; i < 5; i++) {
        uint64_t off = p->next_dsn[HOST_A];
        play_fill(HOST_A, off, data, sizeof data);
        struct ms_mp mp = play_map(p, HOST_A, off, play_ssn(p, 0, HOST_A), sizeof data, false);
        mp.dss_flags &= (uint8_t)~MS_DSS_m;
        p->next_dsn[HOST_A] += sizeof data;
        play_send_at(p, "data", 0, HOST_A, MS_TH_ACK, 0, data, sizeof data, &mp);
        struct ms_mp ack = play_dack(p, HOST_B);
        ack.dss_flags &= (uint8_t)~MS_DSS_a;
        play_send(p, "ack", 0, HOST_B, MS_TH_ACK, &ack);
    }
    play_close(p, 1);
}

/* Two connections of the same hosts at the same time. */
static inline void play_two(struct play *p)
{
    ready(p);
    struct play other = *p;
    other.key[HOST_A] ^= 0x1234567;
    other.key[HOST_B] ^= 0x7654321;
    other.isn_more = 333333;
    struct ms_mp syn = play_capable(&other, 0), synack = play_capable(&other, 1),
                 ack = play_capable(&other, 2);
    other.next_dsn[0] = other.next_dsn[1] = 1;
    play_open(&other, 3, HOST_A, 0, 0);
    play_send(&other, "syn", 3, HOST_A, MS_TH_SYN, &syn);
    play_send(&other, "synack", 3, HOST_B, MS_TH_SYN | MS_TH_ACK, &synack);
    play_send(&other, "ack", 3, HOST_A, MS_TH_ACK, &ack);
    play_joined(p, 1, HOST_A, 2, 1, 4);
    play_data(&other, "data", 3, HOST_B, 20, false);
    play_data(p, "data", 1, HOST_B, 50, false);
    play_ack(&other, "ack", 3, HOST_A);
    play_joined(&other, 2, HOST_A, 2, 1, 4);
    play_data(&other, "data", 2, HOST_A, 20, false);
    play_ack(p, "ack", 1, HOST_A);
    play_ack(&other, "ack", 2, HOST_B);
    play_close(p, 2);
}

#endif
