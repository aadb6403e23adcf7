/* SPDX-License-Identifier: MIT */
/* Results on their way between processes: what is packed comes out; what is damaged is refused. */
#include "mptcpspec/crypto.h"
#include "mptcpspec/runner.h"
#include "unit.h"

static struct ms_reason reasons[] = {
    {MS_FAIL, "R-3.2-34, R-3.2-32", "", 12, "B: expect RST", 7, "expected RST\ncame ACK"},
    {MS_PASS, "", "join-synack-hmac", 0, "", 0, ""},
};
static const char *judged[] = {"R-3.2-34", "R-3.2-32"};

static struct ms_parcel sample(void)
{
    return (struct ms_parcel){
        .result = {.verdict = MS_FAIL,
                   .n_reason = 2,
                   .reason = reasons,
                   .skip_reason = NULL, /* taken for "" */
                   .wall_ns = 1,
                   .cpu_ns = UINT64_MAX,
                   .syn_ns = 3,
                   .packets = 4,
                   .lost = 5,
                   .max_rss_kib = 6,
                   .rewrite_hits = 7,
                   .n_judged = 2,
                   .judged = judged,
                   .counters = "MPTcpExt.MPJoinSynRx +1"},
        .ladder = "1 ---> SYN\n",
        .evidence = "evidence/x",
        .evidence_error = "",
    };
}

START_TEST(what_is_packed_comes_out)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_parcel in = sample(), out;
    struct ms_buf b = {0};
    struct ms_error err = {0};
    ms_parcel_pack(&in, &b);
    ck_assert_msg(ms_parcel_unpack(a, b.data, b.len, &out, &err) == MS_OK, "%s", err.msg);
    const struct ms_result *r = &out.result;
    UNIT_NUM_EQ(r->verdict, MS_FAIL);
    UNIT_NUM_EQ(r->n_reason, 2);
    for (size_t i = 0; i < 2; i++) {
        UNIT_NUM_EQ(r->reason[i].verdict, reasons[i].verdict);
        ck_assert_str_eq(r->reason[i].reqs, reasons[i].reqs);
        ck_assert_str_eq(r->reason[i].rule, reasons[i].rule);
        UNIT_NUM_EQ(r->reason[i].line, reasons[i].line);
        ck_assert_str_eq(r->reason[i].step, reasons[i].step);
        UNIT_NUM_EQ(r->reason[i].packet, reasons[i].packet);
        ck_assert_str_eq(r->reason[i].text, reasons[i].text);
    }
    ck_assert_str_eq(r->skip_reason, "");
    UNIT_NUM_EQ(r->wall_ns, 1);
    UNIT_NUM_EQ(r->cpu_ns, UINT64_MAX);
    UNIT_NUM_EQ(r->syn_ns, 3);
    UNIT_NUM_EQ(r->packets, 4);
    UNIT_NUM_EQ(r->lost, 5);
    UNIT_NUM_EQ(r->max_rss_kib, 6);
    UNIT_NUM_EQ(r->rewrite_hits, 7);
    UNIT_NUM_EQ(r->n_judged, 2);
    ck_assert_str_eq(r->judged[1], judged[1]);
    ck_assert_str_eq(r->counters, in.result.counters);
    ck_assert_str_eq(out.ladder, in.ladder);
    ck_assert_str_eq(out.evidence, in.evidence);
    ms_buf_free(&b);
    ms_arena_free(a);
}
END_TEST

START_TEST(every_cut_is_refused)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_parcel in = sample(), out;
    struct ms_buf b = {0};
    ms_parcel_pack(&in, &b);
    for (size_t n = 0; n < b.len; n++) {
        char *exact = malloc(n ? n : 1); /* so that a sanitizer sees a read beyond it */
        memcpy(exact, b.data, n);
        ck_assert_msg(ms_parcel_unpack(a, exact, n, &out, NULL) < 0, "%zu of %zu octets were taken",
                      n, b.len);
        free(exact);
    }
    ms_buf_add(&b, "x", 1);
    ck_assert_int_lt(ms_parcel_unpack(a, b.data, b.len, &out, NULL), 0);
    ms_buf_free(&b);
    ms_arena_free(a);
}
END_TEST

/* Whatever a mad process sends: it is refused, or it is a result whose parts can all be read. */
START_TEST(damage_does_no_harm)
{
    struct ms_parcel in = sample(), out;
    struct ms_buf b = {0};
    struct ms_rng rng;
    ms_rng_init(&rng, 1, "parcel");
    ms_parcel_pack(&in, &b);
    for (unsigned i = 0; i < 20000; i++) {
        struct ms_arena *a = ms_arena_new();
        char *copy = malloc(b.len);
        memcpy(copy, b.data, b.len);
        for (unsigned k = 0; k <= i % 4; k++)
            copy[ms_rng_u32(&rng) % b.len] = (char)ms_rng_u32(&rng);
        if (ms_parcel_unpack(a, copy, b.len, &out, NULL) == MS_OK) {
            size_t sum = strlen(out.ladder) + strlen(out.result.counters);
            for (size_t r = 0; r < out.result.n_reason; r++)
                sum += strlen(out.result.reason[r].text);
            for (size_t r = 0; r < out.result.n_judged; r++)
                sum += strlen(out.result.judged[r]);
            ck_assert_uint_le(sum, b.len);
            ck_assert_uint_le(out.result.verdict, MS_ERROR);
        }
        free(copy);
        ms_arena_free(a);
    }
    ms_buf_free(&b);
}
END_TEST

START_TEST(text_is_cleaned)
{
    static const struct {
        const char *in, *want;
    } v[] = {
        {"plain\ttext\n", "plain\ttext\n"},
        {"\x1b[31mred\x07", "?[31mred?"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\xc2\x9b", "??"},           /* a C1 control */
        {"\xc0\xaf", "??"},           /* overlong */
        {"\xe0\x80\x80", "???"},      /* overlong */
        {"\xed\xa0\x80", "???"},      /* surrogate */
        {"\xef\xbf\xbe", "???"},      /* U+FFFE */
        {"\xf4\x90\x80\x80", "????"}, /* beyond U+10FFFF */
        {"cut\xe2\x82", "cut??"},
        {"\r\x7f", "??"},
        {NULL, ""},
    };
    struct ms_arena *a = ms_arena_new();
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++)
        ck_assert_str_eq(ms_text_clean(a, v[i].in), v[i].want);
    ms_arena_free(a);
}
END_TEST

UNIT_MAIN("parcel", what_is_packed_comes_out, every_cut_is_refused, damage_does_no_harm,
          text_is_cleaned)
