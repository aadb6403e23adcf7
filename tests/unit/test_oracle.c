/* SPDX-License-Identifier: MIT */
/* The rules: an honest connection breaks none; each doctored segment breaks the rules that it should. */
#include "mptcp_play.h"

#include "mptcpspec/oracle.h"

struct judge {
    struct ms_oracle *oracle;
    char rules[512]; /* names in order of appearance, each once */
    unsigned findings;
    char text[512];
    int tester;        /* host whose segments are the tester's; -1: both are judged */
    const char *fault; /* label that the tester sends as a fault */
};

static void on_finding(void *ctx, const struct ms_finding *f)
{
    struct judge *g = ctx;
    char word[64], have[520];
    g->findings++;
    snprintf(g->text, sizeof g->text, "%s: %s", f->rule->name, f->text);
    snprintf(word, sizeof word, " %s ", f->rule->name);
    snprintf(have, sizeof have, " %s ", g->rules);
    if (strstr(have, word))
        return;
    size_t at = strlen(g->rules);
    snprintf(g->rules + at, sizeof g->rules - at, "%s%s", at ? " " : "", f->rule->name);
}

static void feed(struct play *p, const struct ms_seg *seg, int from, const char *label)
{
    struct judge *g = p->ctx;
    struct ms_oracle_input in = {.seg = seg,
                                 .dir = from == g->tester ? MS_DIR_TX : MS_DIR_RX,
                                 .packet = p->packet,
                                 .fault = g->fault && strcmp(g->fault, label) == 0};
    ms_oracle_segment(g->oracle, &in);
}

static struct play start(struct judge *g, int tester)
{
    struct ms_oracle_config cfg = {.observation = MS_OBS_RECEIVER,
                                   .judge_rx = true,
                                   .judge_tx = tester < 0,
                                   .finding = on_finding,
                                   .ctx = g};
    g->tester = tester;
    g->oracle = ms_oracle_new(&cfg);
    ck_assert_ptr_nonnull(g->oracle);
    return (struct play){.key = {0x0102030405060708, 0xa1b2c3d4e5f60718}, .sink = feed, .ctx = g};
}

/* Differences are gathered, so that a run shows all of them. */
static struct ms_buf wrong;

static void finish(struct judge *g, const char *want, const char *what)
{
    ms_oracle_end(g->oracle);
    ms_oracle_free(g->oracle);
    if (strcmp(g->rules, want) != 0)
        ms_buf_printf(&wrong, "\n  %s: want \"%s\", got \"%s\" (%s)", what, want, g->rules,
                      g->text);
}

static void all_right(void)
{
    if (wrong.len)
        ck_abort_msg("%s", wrong.data);
}

START_TEST(honest)
{
    for (int tester = -1; tester < 2; tester++)
        for (int kind = 0; kind < 4; kind++) {
            struct judge g = {0};
            struct play p = start(&g, tester);
            p.v6 = kind & 1;
            p.csum = kind & 2;
            play_all(&p);
            finish(&g, "", "honest");
        }
    all_right();
}
END_TEST

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

static const struct {
    const char *label;
    play_doctor *doctor;
    bool csum;
    int tester; /* -1: both hosts are judged */
    const char *want;
} table[] = {
    {"dack1", bad_length, false, -1, "option-wellformed"},
    {"prio", subtype_9, false, -1, "subtype-known"},
    {"prio", two_octets, false, -1, "subtype-known"},
    {"dack1", tcp_csum, false, -1, "tcp-checksum"},
    {"syn", second_prio, false, -1, "syn-options"},
    {"syn", second_capable, false, -1, "syn-options"},
    {"prio", leak_key, false, -1, "key-secret"},
    {"dack2", longer_1, false, -1, "dss-length"},
    {"syn", longer_1, false, HOST_B, "capable-length mptcp-after-fallback"},
    {"jsyn", cut_1, false, HOST_B, "join-length mptcp-after-fallback"},
    {"add", cut_1, false, -1, "add-addr-length echo-matches"},
    {"rm", strip, false, -1, "id-one-address"},
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
    {"syn", flag_b, false, -1, "capable-b-flag"},
    {"syn", flag_g, false, -1, "capable-algorithm"},
    {"synack", no_h, false, -1, "capable-algorithm"},
    {"synack", flag_g, false, -1, "capable-algorithm capable-algorithm-chosen"},
    {"ack", flip_peer_key, false, -1, "capable-key-echo"},
    {"data1", flip_key, false, -1, "capable-key-kept"},
    {"ack", flag_a, false, -1, "capable-csum-agreed"},
    {"ack", flag_a, true, -1, "capable-csum-agreed"},
    {"data1", second_dss, false, -1, "capable-alone"},
    {"ack", as_dss, false, HOST_B, "capable-third"},
    {"jsyn", as_join_ack, false, HOST_B, "join-form mptcp-after-fallback"},
    {"jack", as_join_syn, false, HOST_B, "join-form"},
    {"j4th", as_join_ack, false, -1, "join-form"},
    {"dack2", as_join_ack, false, -1, "join-form"},
    {"rst", as_join_ack, false, -1, "join-form join-ack-hmac"},
    {"jsyn", flip_token, false, HOST_B, "join-token"},
    {"jsyn", flip_token, false, -1, ""},
    {"jsyn", own_token, false, HOST_B, "join-token"},
    {"jsynack", flip_hmac, false, -1, "join-synack-hmac"},
    {"jack", flip_hmac, false, -1, "join-ack-hmac"},
    {"kack", flip_hmac, false, -1, "join-ack-hmac"},
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
    {"data2", dsn_plus, false, -1, "mapping-first dsn-same-octet"},
    {"data2", dsn_minus, false, HOST_A, "mapping-first"},
    {"jdata", ssn_plus, false, -1, "mapping-covers"},
    {"jdata", ssn_0, false, -1, "mapping-covers"},
    {"data2", strip, false, -1, "mapping-until-ack dack-range"},
    {"moved", flip_payload, false, -1, "dsn-same-octet"},
    {"data1-again", flip_payload, false, -1, "dsn-same-octet tcp-same-octet"},
    {"two-ack", dack_less, false, -1, ""},
    {"fin1-ack", dack_more, false, -1, "dack-range"},
    {"dack2", dack_more, false, -1, "dack-range dack-back"},
    {"dack2", dack_none, false, -1, "dack-range"},
    {"moved-ack", dack_less, false, -1, ""},
    {"dack2", dack_narrow, false, -1, "dack-width"},
    {"dack1", dack_narrow, false, -1, ""},
    {"dack2", fin_no_map, false, -1, "fin-mapping"},
    {"fin2", dll_2, false, -1, "fin-alone fin-fixed"},
    {"fin2-again", dsn_plus, false, -1, "fin-fixed"},
    {"jdata", fin_early, false, -1, "fin-last fin-fixed"},
    {"prio", as_fastclose, false, -1, "fastclose-key"},
    {"rst", rst_reason, false, -1, "tcprst-reason"},
    {"add", flip_hmac, false, -1, "add-addr-hmac"},
    {"addport", flip_hmac, false, -1, "add-addr-hmac"},
    {"echo", other_addr, false, -1, "echo-matches"},
    {"echoport", other_id, false, -1, "echo-matches"},
    {"echo", echo_hmac, false, -1, "echo-without-hmac"},
    {"ksyn", old_nonce, false, HOST_A, "join-ack-hmac"},
    {"ksyn", old_nonce, false, HOST_B, "join-synack-hmac"},
};

START_TEST(doctored)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        char what[80];
        struct judge g = {0};
        struct play p = start(&g, table[i].tester);
        snprintf(what, sizeof what, "row %zu, label %s", i, table[i].label);
        p.csum = table[i].csum;
        p.sick = table[i].label;
        p.doctor = table[i].doctor;
        play_all(&p);
        ck_assert_msg(p.cured, "%s never came", what);
        finish(&g, table[i].want, what);
    }
    all_right();
}
END_TEST

UNIT_MAIN("oracle", honest, doctored)
