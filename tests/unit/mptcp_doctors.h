/* SPDX-License-Identifier: MIT */
/*
 * What can be wrong with the two hosts of mptcp_play.h: one segment doctored, or a short scene of its own; with the
 * rules that each breaks. For the tests of the oracle and of lint.
 */
#ifndef MPTCPSPEC_MPTCP_DOCTORS_H
#define MPTCPSPEC_MPTCP_DOCTORS_H

#include "mptcp_play.h"

/* ---- doctors ---------------------------------------------------------------------------------------- */

#define DOCTOR(name)                                                                               \
    static bool name(struct play *p, struct ms_seg *seg, struct ms_opt *o, uint8_t *payload)
#define UNUSED (void)p, (void)seg, (void)o, (void)payload

/* An edit of the first option's content. */
#define EDIT(name, ...)                                                                            \
    DOCTOR(name)                                                                                   \
    {                                                                                              \
        UNUSED;                                                                                    \
        __VA_ARGS__;                                                                               \
        return true;                                                                               \
    }
/* An edit of the segment, or of the option's octets, that must not be built again. */
#define RAW(name, ...)                                                                             \
    DOCTOR(name)                                                                                   \
    {                                                                                              \
        UNUSED;                                                                                    \
        __VA_ARGS__;                                                                               \
        return false;                                                                              \
    }

static void octets(struct ms_opt *o, size_t n)
{
    uint8_t raw[40] = {0};
    memcpy(raw, o->raw, n < o->occupied ? n : o->occupied);
    raw[1] = (uint8_t)n;
    ck_assert_int_eq(ms_opt_raw(o, raw, n), MS_OK);
}

static void extra(struct ms_seg *seg, struct ms_mp mp)
{
    seg->opt[1] = (struct ms_opt){.kind = MS_TCPOPT_MPTCP, .mp = mp};
    seg->n_opt = 2;
    ck_assert_int_eq(ms_opt_build(&seg->opt[1]), MS_OK);
}

RAW(cut_1, octets(o, (size_t)(o->occupied - 1)))
RAW(longer_1, octets(o, (size_t)(o->occupied + 1)))
RAW(strip, seg->n_opt = 0)
RAW(bad_length, o->raw[1] = 39)
RAW(subtype_9, o->raw[2] = 0x90)
RAW(two_octets, octets(o, 2))
RAW(tcp_csum, seg->keep_csum = true; seg->csum = 0x1234)
RAW(flip_payload, payload[3] ^= 0x10)
RAW(win_less, seg->win = 900)
EDIT(reserved, o->mp.reserved = 1)
EDIT(rst_flags, o->mp.rst_flags = 5)
EDIT(rst_reason, o->mp.reason = 7)
EDIT(flip_key, o->mp.sender_key ^= 1)
EDIT(flip_peer_key, o->mp.receiver_key ^= 1)
EDIT(flip_hmac, o->mp.hmac[3] ^= 1)
EDIT(flip_token, o->mp.token ^= 1)
EDIT(own_token, o->mp.token = ms_token(p->key[HOST_A]))
EDIT(old_nonce, o->mp.nonce ^= 1)
EDIT(flag_a, o->mp.cap_flags ^= MPTCP_CAP_A)
EDIT(flag_b, o->mp.cap_flags |= MPTCP_CAP_B)
EDIT(flag_c, o->mp.cap_flags |= MPTCP_CAP_C)
EDIT(flag_g, o->mp.cap_flags |= MPTCP_CAP_G)
EDIT(no_h, o->mp.cap_flags = 0)
EDIT(version_0, o->mp.version = 0)
EDIT(version_2, o->mp.version = 2)
EDIT(two_keys, o->mp.keys = 2)
EDIT(no_dll, o->mp.has_dll = o->mp.has_csum = false)
EDIT(dack_more, o->mp.dack += 500)
EDIT(dack_less, o->mp.dack -= 1)
EDIT(dack_none, o->mp.dack -= 3000)
EDIT(dack_narrow, o->mp.dss_flags &= (uint8_t)~MS_DSS_a)
EDIT(dsn_plus, o->mp.dsn += 1)
EDIT(dsn_minus, o->mp.dsn -= 200)
EDIT(ssn_plus, o->mp.ssn += 500)
EDIT(ssn_0, o->mp.ssn = 0)
EDIT(csum_gone, o->mp.has_csum = false)
EDIT(csum_there, o->mp.has_csum = true)
EDIT(csum_wrong, o->mp.csum ^= 1)
EDIT(infinite_csum, o->mp.dll = 0; o->mp.has_csum = true; o->mp.csum = 5)
EDIT(fin_no_map, o->mp.dss_flags &= (uint8_t)~MS_DSS_M; o->mp.dss_flags |= MS_DSS_F)
EDIT(fin_early, o->mp.dss_flags |= MS_DSS_F; o->mp.dll++)
EDIT(dll_2, o->mp.dll = 2)
EDIT(other_addr, o->mp.addr.octets[3] ^= 4)
EDIT(other_id, o->mp.addr_id ^= 32)
RAW(echo_hmac, o->mp.echo = false; o->mp.hmac_len = 8; ms_opt_build(o); o->raw[2] |= 1)
RAW(second_dss, extra(seg, play_dack(p, HOST_A)))
RAW(second_capable, extra(seg, play_capable(p, 0)))
RAW(second_prio, extra(seg, (struct ms_mp){.form = MS_FORM_PRIO}))
RAW(payload_too, seg->payload_len = 5)
EDIT(as_dss, o->mp = play_dack(p, HOST_A))
EDIT(as_join_syn, o->mp.form = MS_FORM_JOIN_SYN)
EDIT(as_join_ack, o->mp = (struct ms_mp){.form = MS_FORM_JOIN_ACK})
EDIT(as_capable, o->mp = play_capable(p, 2))
EDIT(as_fail, o->mp = (struct ms_mp){.form = MS_FORM_FAIL}; ms_opt_build(o))
EDIT(as_fastclose, o->mp = (struct ms_mp){.form = MS_FORM_FASTCLOSE, .receiver_key = 5})

EDIT(as_tcprst, o->mp = (struct ms_mp){.form = MS_FORM_TCPRST, .rst_flags = 1, .reason = 1})
EDIT(dss_nothing, o->mp = (struct ms_mp){.form = MS_FORM_DSS})
EDIT(fastclose_reserved, o->mp = (struct ms_mp){.form = MS_FORM_FASTCLOSE,
                                                .receiver_key = p->key[HOST_B],
                                                .reserved = 2})
EDIT(fail_reserved, o->mp = (struct ms_mp){.form = MS_FORM_FAIL, .reserved = 2})

EDIT(fail_plain, o->mp = (struct ms_mp){.form = MS_FORM_FAIL, .dsn = play_idsn(p, HOST_B) + 1})

DOCTOR(fail_short)
{
    as_fail(p, seg, o, payload);
    return cut_1(p, seg, o, payload);
}

DOCTOR(fastclose_short)
{
    as_fastclose(p, seg, o, payload);
    ck_assert_int_eq(ms_opt_build(o), MS_OK);
    return cut_1(p, seg, o, payload);
}

DOCTOR(leak_key)
{
    UNUSED;
    o->mp = (struct ms_mp){.form = MS_FORM_FAIL, .dsn = p->key[HOST_A]};
    return true;
}

static const struct doctored {
    const char *label;
    play_doctor *doctor;
    bool csum;
    int tester;       /* -1: both hosts are judged */
    const char *want; /* the rule that it breaks first, then those which that implies; "": none */
} doctored_rows[] = {
    {"dack1", bad_length, false, -1, "option-wellformed"},
    {"prio", subtype_9, false, -1, "subtype-known"},
    {"prio", two_octets, false, -1, "subtype-known"},
    {"dack1", tcp_csum, false, -1, "tcp-checksum"},
    {"syn", second_prio, false, -1, "syn-options"},
    {"syn", second_capable, false, -1, "syn-options"},
    {"prio", leak_key, false, -1, "key-secret fail-without-checksums"},
    {"dack2", longer_1, false, -1, "dss-length"},
    {"syn", longer_1, false, HOST_B, "capable-length mptcp-after-fallback"},
    {"jsyn", cut_1, false, HOST_B, "join-length mptcp-after-fallback"},
    {"add", cut_1, false, -1, "add-addr-length echo-matches remove-addr-known"},
    {"rm", strip, false, -1, "id-one-address"},
    {"rm", cut_1, false, -1, "remove-addr-length id-one-address"},
    {"prio", longer_1, false, -1, "prio-length"},
    {"prio", fail_short, false, -1, "fail-length"},
    {"prio", fastclose_short, false, -1, "fastclose-length"},
    {"rst", longer_1, false, -1, "tcprst-length"},
    {"jsyn", reserved, false, -1, "join-reserved"},
    {"jsynack", reserved, false, -1, "join-reserved"},
    {"jack", reserved, false, -1, "join-reserved"},
    {"dack2", reserved, false, -1, "dss-reserved"},
    {"add", reserved, false, -1, "add-addr-reserved"},
    {"rst", rst_flags, false, -1, "tcprst-reserved"},
    {"ack", no_dll, false, -1, ""},
    {"data1", no_dll, false, HOST_B, "capable-form mapping-until-ack"},
    {"syn", two_keys, false, HOST_B, "capable-form"},
    {"rst", as_capable, false, -1, "capable-form capable-first-flow"},
    {"jdack", as_capable, false, -1, "capable-first-flow"},
    {"syn", version_2, false, -1, "capable-version"},
    {"synack", version_2, false, -1, "capable-version capable-version-offered"},
    {"ack", version_0, false, -1, "capable-version"},
    {"syn", flag_b, false, -1, "capable-b-flag capable-b-taken"},
    {"syn", flag_g, false, -1, "capable-algorithm"},
    {"synack", no_h, false, -1, "capable-algorithm capable-answer-algorithm"},
    {"syn", no_h, false, HOST_A, "capable-no-algorithm capable-algorithm-chosen"},
    {"synack", flag_g, false, -1, "capable-algorithm capable-algorithm-chosen"},
    {"ack", flip_peer_key, false, -1, "capable-key-echo"},
    {"data1", flip_key, false, -1, "capable-key-kept"},
    {"ack", flag_a, false, -1, "capable-csum-agreed"},
    {"ack", flag_a, true, -1, "capable-csum-agreed"},
    {"data1", second_dss, false, -1, "capable-alone"},
    {"ack", as_dss, false, HOST_B, "capable-third"},
    {"jsyn", as_join_ack, false, HOST_B, "join-form mptcp-after-fallback"},
    {"jack", as_join_syn, false, HOST_B, "join-form join-third"},
    {"j4th", as_join_ack, false, -1, "join-form"},
    {"dack2", as_join_ack, false, -1, "join-form"},
    {"rst", as_join_ack, false, -1, "join-form join-ack-hmac"},
    {"jsyn", flip_token, false, HOST_B, "join-token"},
    {"jsyn", flip_token, false, -1, "join-token join-token-taken"},
    {"jsyn", own_token, false, HOST_B, "join-token"},
    {"jsynack", flip_hmac, false, -1, "join-synack-hmac join-synack-hmac-taken"},
    {"jack", flip_hmac, false, -1, "join-ack-hmac join-ack-hmac-taken"},
    {"kack", flip_hmac, false, -1, "join-ack-hmac join-ack-hmac-taken"},
    {"jack", payload_too, false, HOST_B, "join-early-data mapping-until-ack tcp-same-octet"},
    {"j4th", strip, false, -1, ""},
    {"synack", flag_c, false, -1, ""},
    {"data1", csum_gone, true, -1, "csum-presence"},
    {"jdata", csum_gone, true, -1, "csum-presence"},
    {"jdata", csum_there, false, -1, "csum-presence"},
    {"jdata", csum_wrong, true, -1, "csum-value"},
    {"data1", csum_wrong, true, -1, "csum-value"},
    {"fin2", csum_wrong, true, -1, "csum-value"},
    {"two1", csum_wrong, true, -1, "csum-value"},
    {"two2", flip_payload, true, -1, "csum-value"},
    {"data2", infinite_csum, true, -1, "csum-infinite mptcp-after-fallback"},
    {"data2", dsn_plus, false, -1, "mapping-first dack-hole dsn-same-octet dack-fin-hole"},
    {"data2", dsn_minus, false, HOST_A, "mapping-first"},
    {"jdata", ssn_plus, false, -1, "mapping-covers"},
    {"jdata", ssn_0, false, -1, "mapping-covers"},
    {"data2", strip, false, -1, "mapping-until-ack dack-range"},
    {"moved", flip_payload, false, -1, "dsn-same-octet"},
    {"data1-again", flip_payload, false, -1, "dsn-same-octet tcp-same-octet"},
    {"two-ack", dack_less, false, -1, ""},
    {"fin1-ack", dack_more, false, -1, "dack-range"},
    {"dack2", dack_more, false, -1, "dack-range dack-back window-edge"},
    {"dack2", dack_none, false, -1, "dack-range"},
    {"moved-ack", dack_less, false, -1, ""},
    {"dack2", dack_narrow, false, -1, "dack-width"},
    {"dack1", dack_narrow, false, -1, ""},
    {"dack2", fin_no_map, false, -1, "fin-mapping"},
    {"fin2", dll_2, false, -1, "fin-alone fin-fixed dack-hole"},
    {"fin2-again", dsn_plus, false, -1, "fin-fixed"},
    {"jdata", fin_early, false, -1, "fin-last fin-fixed dack-fin-hole"},
    {"prio", as_fastclose, false, -1, "fastclose-key fastclose-dack"},
    {"rst", rst_reason, false, -1, "tcprst-reason"},
    {"add", flip_hmac, false, -1, "add-addr-hmac add-addr-hmac-taken"},
    {"addport", flip_hmac, false, -1, "add-addr-hmac add-addr-hmac-taken"},
    {"echo", other_addr, false, -1, "echo-matches"},
    {"echoport", other_id, false, -1, "echo-matches"},
    {"echo", echo_hmac, false, -1, "echo-without-hmac"},
    {"ksyn", old_nonce, false, HOST_A, "join-ack-hmac join-synack-hmac-taken"},
    {"ksyn", old_nonce, false, HOST_B, "join-synack-hmac join-ack-hmac-taken"},
    {"prio", reserved, false, -1, "prio-reserved"},
    {"rm", reserved, false, -1, "remove-addr-reserved"},
    {"prio", fastclose_reserved, false, -1, "fastclose-reserved fastclose-dack"},
    {"prio", fail_reserved, false, -1, "fail-reserved fail-without-checksums"},
    {"prio", fail_plain, false, -1, "fail-without-checksums"},
    {"two-ack", win_less, false, -1, "window-edge"},
    {"prio", as_tcprst, false, -1, "tcprst-place"},
    {"prio", dss_nothing, false, -1, "dss-empty"},
    {"add", flip_hmac, false, HOST_B, "add-addr-hmac-taken"},
    {"jack", flip_hmac, false, HOST_A, "join-ack-hmac-taken"},
    {"jsynack", flip_hmac, false, HOST_B, "join-synack-hmac-taken"},
};

/* ---- scenes: traces of their own ------------------------------------------------------------------------ */

static const char *const join_1[] = {"jsyn", "jsynack", "jack", "j4th"};
static const char *const join_2[] = {"ksyn", "ksynack", "kack", "k4th"};

/* Handshake, data both ways: what a join needs. */
static void ready(struct play *p)
{
    play_handshake(p);
    play_first_data(p, "data1", 100, 0);
    play_ack(p, "dack1", 0, HOST_B);
    play_data(p, "data2", 0, HOST_B, 61, false);
    play_ack(p, "dack2", 0, HOST_A);
}

static void scene_remap(struct play *p)
{
    uint8_t data[64];
    ready(p);
    play_fill(HOST_A, 101, data, 50);
    struct ms_mp mp = play_map(p, HOST_A, 101, 101, 50, false);
    p->next_dsn[HOST_A] += 70;
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, data, 50, &mp);
    mp.dsn += 20; /* the content no longer fits either, but its numbers are what counts */
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 50, data, 50, &mp);
}

static void scene_dack_back(struct play *p)
{
    ready(p);
    struct ms_mp old = play_dack(p, HOST_B);
    old.dack -= 5;
    play_data(p, "x", 0, HOST_B, 10, false);
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, &old);
}

/* The same, but on a segment that may have been overtaken. */
static void scene_dack_late(struct play *p)
{
    ready(p);
    uint8_t data[64];
    play_fill(HOST_B, 1, data, 61);
    struct ms_mp old = play_map(p, HOST_B, 1, 1, 61, false);
    old.dack -= 5;
    play_data(p, "x", 0, HOST_B, 10, false);
    play_send_at(p, "x", 0, HOST_B, MS_TH_ACK, 71, data, 61, &old);
}

static void scene_early_data(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    struct play_flow *w = &p->flow[1];
    uint8_t full[32];
    struct ms_mp syn = {.form = MS_FORM_JOIN_SYN,
                        .addr_id = 4,
                        .token = ms_token(p->key[HOST_B]),
                        .nonce = w->nonce[0]};
    struct ms_mp synack = {.form = MS_FORM_JOIN_SYNACK, .nonce = w->nonce[1], .hmac_len = 8};
    struct ms_mp ack = {.form = MS_FORM_JOIN_ACK, .hmac_len = 20};
    synack.addr_id = 21;
    ms_join_hmac(p->key[1], p->key[0], w->nonce[1], w->nonce[0], full);
    memcpy(synack.hmac, full, 8);
    ms_join_hmac(p->key[0], p->key[1], w->nonce[0], w->nonce[1], full);
    memcpy(ack.hmac, full, 20);
    play_send(p, "x", 1, HOST_A, MS_TH_SYN, &syn);
    play_send(p, "x", 1, HOST_B, MS_TH_SYN | MS_TH_ACK, &synack);
    play_send(p, "x", 1, HOST_A, MS_TH_ACK, &ack);
    play_data(p, "x", 1, HOST_A, 10, false);
}

static void scene_refused(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    struct ms_mp syn = {
        .form = MS_FORM_JOIN_SYN, .addr_id = 4, .token = ms_token(p->key[HOST_B]), .nonce = 9};
    play_send(p, "x", 1, HOST_A, MS_TH_SYN, &syn);
    play_send(p, "x", 1, HOST_B, MS_TH_SYN | MS_TH_ACK, NULL);
    play_send(p, "x", 1, HOST_A, MS_TH_ACK, NULL);
}

static void scene_refused_reset(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    struct ms_mp syn = {
        .form = MS_FORM_JOIN_SYN, .addr_id = 4, .token = ms_token(p->key[HOST_B]), .nonce = 9};
    struct ms_mp why = {.form = MS_FORM_TCPRST, .rst_flags = 1, .reason = 1};
    play_send(p, "x", 1, HOST_A, MS_TH_SYN, &syn);
    play_send(p, "x", 1, HOST_B, MS_TH_SYN | MS_TH_ACK, NULL);
    play_send(p, "x", 1, HOST_A, MS_TH_RST, &why);
}

static void scene_nonce(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
    play_open(p, 2, HOST_A, 3, 1);
    p->flow[2].nonce[HOST_A] = p->flow[1].nonce[HOST_A];
    play_join(p, 2, HOST_A, 5, join_2);
}

static void scene_join_id(struct play *p)
{
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
    play_open(p, 2, HOST_A, 3, 1);
    play_join(p, 2, HOST_A, 4, join_2);
}

static void scene_too_early(struct play *p)
{
    play_handshake(p);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
}

/* An announcement of the peer shows as well that options pass. */
static void scene_announced(struct play *p)
{
    play_handshake(p);
    struct ms_mp add = play_add_addr(p, HOST_B, 9, 1, 0);
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, &add);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
}

static bool set_c(struct play *p, struct ms_seg *seg, struct ms_opt *o, uint8_t *payload)
{
    UNUSED;
    o->mp.cap_flags |= MPTCP_CAP_C;
    return true;
}

static void scene_despite_c(struct play *p)
{
    p->sick = "synack";
    p->doctor = set_c;
    ready(p);
    play_open(p, 1, HOST_A, 2, 0);
    play_join(p, 1, HOST_A, 4, join_1);
}

/* C concerns that address and port only. */
static void scene_c_elsewhere(struct play *p)
{
    p->sick = "synack";
    p->doctor = set_c;
    ready(p);
    play_open(p, 1, HOST_A, 2, 1);
    play_join(p, 1, HOST_A, 4, join_1);
}

static void scene_plain(struct play *p)
{
    play_open(p, 0, HOST_A, 0, 0);
    play_send(p, "x", 0, HOST_A, MS_TH_SYN, NULL);
    play_send(p, "x", 0, HOST_B, MS_TH_SYN | MS_TH_ACK, NULL);
    play_send(p, "x", 0, HOST_A, MS_TH_ACK, NULL);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, "hello", 5, NULL);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 5, "hello", 5, NULL);
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, NULL);
}

static void scene_uninvited(struct play *p)
{
    struct ms_mp mp = play_capable(p, 1);
    play_open(p, 0, HOST_A, 0, 0);
    play_send(p, "x", 0, HOST_A, MS_TH_SYN, NULL);
    play_send(p, "x", 0, HOST_B, MS_TH_SYN | MS_TH_ACK, &mp);
}

static void scene_plain_answer(struct play *p)
{
    struct ms_mp syn = play_capable(p, 0);
    play_open(p, 0, HOST_A, 0, 0);
    play_send(p, "x", 0, HOST_A, MS_TH_SYN, &syn);
    play_send(p, "x", 0, HOST_A, MS_TH_SYN, &syn);
    p->flow[0].next[HOST_A] = p->flow[0].isn[HOST_A] + 1;
    play_send(p, "x", 0, HOST_B, MS_TH_SYN | MS_TH_ACK, NULL);
    play_send(p, "x", 0, HOST_A, MS_TH_ACK, NULL);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, "hello", 5, NULL);
}

static void scene_option_anyway(struct play *p)
{
    scene_plain_answer(p);
    struct ms_mp mp = {.form = MS_FORM_PRIO};
    play_send(p, "x", 0, HOST_A, MS_TH_ACK, &mp);
}

static void scene_third_plain(struct play *p)
{
    p->sick = "ack";
    p->doctor = strip;
    play_handshake(p);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, "hello", 5, NULL);
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, NULL);
}

static void scene_third_plain_dss(struct play *p)
{
    scene_third_plain(p);
    p->key[0] = 7; /* never shown */
    play_ack(p, "x", 0, HOST_B);
}

static void infinite(struct play *p, int32_t back)
{
    uint8_t data[16];
    play_fill(HOST_A, 101, data, sizeof data);
    struct ms_mp mp = play_map(p, HOST_A, 101, 101, 0, false);
    mp.dss_flags &= (uint8_t) ~(MS_DSS_A | MS_DSS_a);
    mp.csum = 0;
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, back, data, sizeof data, &mp);
}

/* After an infinite mapping data goes plain; a repetition of its segment may carry it again. */
static void scene_infinite(struct play *p)
{
    p->csum = true;
    ready(p);
    infinite(p, 0);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, "hello", 5, NULL);
    infinite(p, 21);
    struct ms_mp fail = {.form = MS_FORM_FAIL, .dsn = play_idsn(p, HOST_B) + 1};
    play_send(p, "x", 0, HOST_A, MS_TH_ACK, &fail);
    struct ms_mp beyond = play_dack(p, HOST_B);
    beyond.dack += 20; /* the infinite mapping covers that */
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, &beyond);
}

static void scene_infinite_broken(struct play *p)
{
    ready(p);
    infinite(p, 0);
    play_data(p, "x", 0, HOST_A, 5, false);
}

static void scene_same_key(struct play *p)
{
    ready(p);
    struct play second = *p;
    play_open(&second, 3, HOST_A, 0, 0);
    struct ms_mp syn = play_capable(&second, 0), synack = play_capable(&second, 1);
    play_send(&second, "x", 3, HOST_A, MS_TH_SYN, &syn);
    play_send(&second, "x", 3, HOST_B, MS_TH_SYN | MS_TH_ACK, &synack);
}

static void scene_same_key_later(struct play *p)
{
    ready(p);
    play_send(p, "x", 0, HOST_A, MS_TH_RST, NULL);
    play_open(p, 3, HOST_A, 0, 0);
    struct ms_mp syn = play_capable(p, 0), synack = play_capable(p, 1);
    play_send(p, "x", 3, HOST_A, MS_TH_SYN, &syn);
    play_send(p, "x", 3, HOST_B, MS_TH_SYN | MS_TH_ACK, &synack);
}

/* A closed window is probed with one octet below the Data ACK, whatever it is. */
static void scene_window_probe(struct play *p)
{
    ready(p);
    struct ms_mp mp = play_map(p, HOST_A, 100, 101, 1, false);
    uint8_t any = 0xee;
    mp.csum = ms_dss_csum(mp.dsn, 101, 1, 0, &any, 1);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, &any, 1, &mp);
    any = 0xaa;
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, NULL);
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 1, &any, 1, NULL); /* keepalive with an octet */
}

/* Narrow numbers and a 32-bit Data ACK for them. */

static void scene_narrow(struct play *p)
{
    ready(p);
    uint8_t data[40];
    play_fill(HOST_A, 101, data, 40);
    struct ms_mp mp = play_map(p, HOST_A, 101, 101, 40, false);
    mp.dss_flags &= (uint8_t)~MS_DSS_m;
    p->next_dsn[HOST_A] += 40;
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, data, 40, &mp);
    struct ms_mp ack = play_dack(p, HOST_B);
    ack.dss_flags &= (uint8_t)~MS_DSS_a;
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, &ack);
}

/* A repeated SYN/ACK with another key; the echo tells which one counts. */
static void scene_two_keys_shown(struct play *p)
{
    play_open(p, 0, HOST_A, 0, 0);
    p->next_dsn[0] = p->next_dsn[1] = 1;
    struct ms_mp syn = play_capable(p, 0), synack = play_capable(p, 1), ack;
    play_send(p, "x", 0, HOST_A, MS_TH_SYN, &syn);
    play_send(p, "x", 0, HOST_B, MS_TH_SYN | MS_TH_ACK, &synack);
    p->key[HOST_B] ^= 0x55;
    p->flow[0].next[HOST_B]--;
    synack = play_capable(p, 1);
    play_send(p, "x", 0, HOST_B, MS_TH_SYN | MS_TH_ACK, &synack);
    ack = play_capable(p, 2);
    play_send(p, "x", 0, HOST_A, MS_TH_ACK, &ack);
    play_first_data(p, "x", 100, 0);
    play_ack(p, "x", 0, HOST_B);
    play_data(p, "x", 0, HOST_B, 30, false);
}

/* RFC 6824: other layouts and hashes, left alone. */
static void scene_version_0(struct play *p)
{
    struct ms_mp mp = {.form = MS_FORM_CAPABLE, .keys = 1, .sender_key = 5, .cap_flags = 1};
    play_open(p, 0, HOST_A, 0, 0);
    play_send(p, "x", 0, HOST_A, MS_TH_SYN, &mp);
    mp.sender_key = 6;
    play_send(p, "x", 0, HOST_B, MS_TH_SYN | MS_TH_ACK, &mp);
    mp.keys = 2;
    play_send(p, "x", 0, HOST_A, MS_TH_ACK, &mp);
    p->next_dsn[0] = 1;
    play_ack(p, "x", 0, HOST_B);
}

/* Fast open: two octets on the SYN are taken; the mapping then starts at SSN 1. */
static void scene_fast_open(struct play *p)
{
    uint8_t data[10];
    play_open(p, 0, HOST_A, 0, 0);
    p->next_dsn[0] = p->next_dsn[1] = 1;
    struct ms_mp syn = play_capable(p, 0), synack = play_capable(p, 1), ack = play_capable(p, 2);
    play_send_at(p, "x", 0, HOST_A, MS_TH_SYN, 0, "ab", 2, &syn);
    play_send(p, "x", 0, HOST_B, MS_TH_SYN | MS_TH_ACK, &synack);
    play_send(p, "x", 0, HOST_A, MS_TH_ACK, &ack);
    play_ack(p, "x", 0, HOST_B);
    play_fill(HOST_A, 1, data, 10);
    struct ms_mp mp = play_map(p, HOST_A, 1, 1, 10, false);
    p->next_dsn[0] += 10;
    play_send_at(p, "x", 0, HOST_A, MS_TH_ACK, 0, data, 10, &mp);
    play_ack(p, "x", 0, HOST_B);
}

/* The 4-tuple of a dead connection is used again. */
static void scene_reused(struct play *p)
{
    play_all(p);
    p->key[0] ^= 0x99;
    p->key[1] ^= 0x7788;
    p->isn_more = 1000000;
    ready(p);
}

/* A SYN into a living flow, and one from its other end: nothing more is said about it. */
static void scene_murky(struct play *p)
{
    ready(p);
    struct ms_mp syn = play_capable(p, 0);
    struct play_flow keep = p->flow[0];
    p->flow[0].next[HOST_A] += 5000;
    play_send(p, "x", 0, HOST_A, MS_TH_SYN, &syn);
    p->flow[0] = keep;
    struct ms_mp mp = play_dack(p, HOST_B);
    mp.dack += 999;
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, &mp);
}

static void scene_simultaneous(struct play *p)
{
    struct ms_mp syn = play_capable(p, 0), synack = play_capable(p, 1);
    play_open(p, 0, HOST_A, 0, 0);
    play_send(p, "x", 0, HOST_A, MS_TH_SYN, &syn);
    play_send(p, "x", 0, HOST_B, MS_TH_SYN, &syn);
    play_send(p, "x", 0, HOST_A, MS_TH_SYN | MS_TH_ACK, &synack);
}

/* Octets that the capture lost: Data ACKs and echoes are not judged any more. */
static void scene_gap(struct play *p)
{
    ready(p);
    p->flow[0].next[HOST_A] += 500;
    p->next_dsn[HOST_A] += 500;
    play_ack(p, "x", 0, HOST_B);
    struct ms_mp echo = play_echo(play_add_addr(p, HOST_A, 77, 3, 0));
    play_send(p, "x", 0, HOST_B, MS_TH_ACK, &echo);
}

static void scene_mid_capture(struct play *p)
{
    play_open(p, 0, HOST_A, 0, 0);
    play_data(p, "x", 0, HOST_A, 10, false);
    play_ack(p, "x", 0, HOST_B);
}

#include "mptcp_scenes.h"

static const struct scene {
    const char *name;
    void (*play)(struct play *p);
    int tester;
    const char *want; /* as above */
} scenes[] = {
    {"remap", scene_remap, HOST_B, "mapping-fixed dsn-same-octet"},
    {"dack back", scene_dack_back, HOST_A, "dack-back window-edge"},
    {"dack late", scene_dack_late, HOST_A, ""},
    {"early data", scene_early_data, HOST_B, "join-early-data"},
    {"refused", scene_refused, HOST_B, "join-refused"},
    {"refused, reset", scene_refused_reset, -1, ""},
    {"nonce", scene_nonce, -1, "join-nonce-fresh"},
    {"join id", scene_join_id, HOST_B, "join-id-one-address"},
    {"join id in a file", scene_join_id, -1, ""},
    {"too early", scene_too_early, -1, "join-before-dss join-accepted-early"},
    {"accepted early", scene_too_early, HOST_A, "join-accepted-early"},
    {"announced", scene_announced, HOST_B, ""},
    {"despite C", scene_despite_c, -1, "join-despite-c join-accepted-despite-c"},
    {"accepted despite C", scene_despite_c, HOST_A, "join-accepted-despite-c"},
    {"C elsewhere", scene_c_elsewhere, -1, ""},
    {"plain", scene_plain, -1, ""},
    {"uninvited", scene_uninvited, -1, "capable-uninvited"},
    {"plain answer", scene_plain_answer, -1, ""},
    {"option anyway", scene_option_anyway, -1, "mptcp-after-fallback"},
    {"third plain", scene_third_plain, -1, ""},
    {"third plain, DSS", scene_third_plain_dss, HOST_A, "mptcp-after-fallback"},
    {"infinite", scene_infinite, -1, ""},
    {"infinite, broken", scene_infinite_broken, -1, "mptcp-after-fallback"},
    {"same key", scene_same_key, -1, "key-unique"},
    {"same key later", scene_same_key_later, -1, ""},
    {"window probe", scene_window_probe, -1, ""},
    {"narrow", scene_narrow, -1, ""},
    {"two keys shown", scene_two_keys_shown, -1, "capable-synack-key"},
    {"version 0", scene_version_0, -1, ""},
    {"fast open", scene_fast_open, -1, ""},
    {"reused", scene_reused, -1, ""},
    {"murky", scene_murky, -1, ""},
    {"simultaneous", scene_simultaneous, -1, ""},
    {"gap", scene_gap, -1, ""},
    {"middle of a flow", scene_mid_capture, -1, ""},
    {"join SYN repeated", scene_syn_same, -1, ""},
    {"join SYN, other id", scene_syn_id, -1, "join-syn-fixed"},
    {"join SYN, other number", scene_syn_nonce, -1, "join-syn-fixed"},
    {"join SYN, other B", scene_syn_backup, -1, "join-syn-fixed"},
    {"join SYN/ACK, other number", scene_synack_nonce, -1, "join-synack-fixed"},
    {"join ACK, other HMAC", scene_ack_hmac, -1, "join-ack-hmac join-ack-fixed"},
    {"join without third packet", scene_join_no_third, -1, "join-third"},
    {"join SYN with data", scene_join_syn_data, -1, "join-syn-data"},
    {"unknown token taken", scene_token_taken, HOST_A, "join-token-taken"},
    {"refused by reason 3", scene_refusal, -1, ""},
    {"refused by reason 5", scene_refusal_odd, -1, "tcprst-refusal"},
    {"first data by DSS", scene_first_by_dss, -1, "capable-first-data"},
    {"listener first", scene_listener_first, -1, ""},
    {"listener first without Data ACK", scene_listener_mute, -1, "listener-first-data"},
    {"same token", scene_same_token, -1, "token-unique"},
    {"two signals", scene_two_signals, -1, ""},
    {"three signals", scene_three_signals, HOST_B, "signals-few"},
    {"signals, nothing outstanding", scene_idle_signals, -1, ""},
    {"ADD_ADDR, port 0", scene_add_port_0, -1, "add-addr-port"},
    {"ADD_ADDR, multicast", scene_add_multicast, -1, "add-addr-address"},
    {"ADD_ADDR, no address", scene_add_nothing, -1, "add-addr-address"},
    {"ADD_ADDR, id 0", scene_add_id_0, HOST_A, "id-both-ways"},
    {"ADD_ADDR, id 0 of the first", scene_add_own_id_0, HOST_A, ""},
    {"id of ADD_ADDR in a join", scene_id_of_join, HOST_B, "id-both-ways"},
    {"id of ADD_ADDR in a file", scene_id_of_join, -1, ""},
    {"id removed and used", scene_id_free_again, HOST_B, ""},
    {"REMOVE_ADDR, unknown", scene_remove_unknown, -1, "remove-addr-known"},
    {"RST, reason 4, no data", scene_rst_4, -1, "tcprst-outstanding"},
    {"third packet bare, keys later", scene_third_bare, HOST_A, ""},
    {"third packet, then plain data", scene_third_there, HOST_A, "mapping-until-ack"},
    {"first data grown, then plain data", scene_grown, HOST_A, ""},
    {"closed window probed below the first octet", scene_first_probe, HOST_A, ""},
    {"below the first octet", scene_first_below, HOST_A, "mapping-first"},
    {"wrong echo taken", scene_echo_taken, HOST_A, "capable-echo-taken"},
    {"window kept", scene_window_kept, -1, ""},
    {"window passed", scene_window_passed, -1, "window-connection"},
    {"window smaller under one ACK", scene_window_smaller, -1, ""},
    {"window from before it got smaller", scene_window_before_smaller, -1, "window-connection"},
    {"window of another subflow", scene_window_widest, -1, ""},
    {"window of a subflow passed", scene_window_of_subflow, -1, "window-subflow"},
    {"Data ACK over a hole", scene_dack_hole, -1, "dack-hole"},
    {"DATA_FIN over a hole", scene_dack_fin_hole, -1, "dack-fin-hole"},
    {"hole filled", scene_hole_filled, -1, ""},
    {"2^32 in no time", scene_fast_narrow, -1, "window-connection dsn-width"},
    {"FIN in time", scene_fin_in_time, -1, ""},
    {"FIN early", scene_fin_early, -1, "fin-early"},
    {"DATA_FIN never acknowledged", scene_fin_never_acked, -1, "fin-acked"},
    {"urgent within", scene_urgent, -1, "urgent-mapping"},
    {"urgent at the end", scene_urgent_end, -1, ""},
    {"MP_FAIL", scene_fail, -1, ""},
    {"MP_FAIL within a mapping", scene_fail_inside, -1, "fail-dsn"},
    {"MP_FAIL answered", scene_fail_answered, -1, ""},
    {"MP_FAIL not answered", scene_fail_unanswered, -1, "fail-answer"},
    {"MP_FAIL of two subflows", scene_fail_of_two, HOST_A, "fail-several-subflows"},
    {"MP_FAIL of two subflows, reset", scene_fail_of_two_reset, HOST_A, ""},
    {"infinite askew", scene_infinite_askew, -1, "infinite-line"},
    {"infinite back", scene_infinite_back, -1, ""},
    {"infinite, then another subflow", scene_infinite_and_more, HOST_B, "infinite-one-subflow"},
    {"infinite, then a join", scene_infinite_and_join, HOST_B, "infinite-join"},
    {"infinite, Data ACKs", scene_infinite_dacks, -1, "infinite-dack"},
    {"data after MP_FASTCLOSE", scene_fastclose_dack, -1, "fastclose-dack"},
    {"join to a removed address", scene_join_removed, -1, "join-removed-address"},
    {"join to an address given again", scene_join_given_again, -1, ""},
};

#endif
