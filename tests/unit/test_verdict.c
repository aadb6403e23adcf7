/* SPDX-License-Identifier: MIT */
/* From expectations and findings to the verdict; values of expressions; segments against patterns. */
#include "unit.h"

#include "lang_env.h"
#include "mptcpspec/verdict.h"

#define FRONT "case a.b\npurpose \"p\"\niut both\n"

static struct ms_arena *arena;
static struct ms_trace trace;
static struct ms_framelog frames;
static struct ms_result result;
static struct ms_record record;
static struct ms_rng rng;
static struct ms_names names;
static char refused[600];
static _Alignas(8) uint8_t memory[4096];

static void no_value(void *ctx, const char *why)
{
    (void)ctx;
    snprintf(refused, sizeof refused, "%s", why);
}

static void setup(void)
{
    arena = ms_arena_new();
    memset(memory, 0, sizeof memory);
    ms_framelog_init(&frames, memory, sizeof memory);
    ms_trace_init(&trace, arena, &frames);
    result = (struct ms_result){.verdict = MS_PASS};
    record = (struct ms_record){&trace, &result, false};
    refused[0] = '\0';
    ms_rng_init(&rng, 1, "test");
    names = (struct ms_names){
        .arena = arena, .topo = &env_lab, .family = MS_IPV4, .rng = &rng, .broken = no_value};
}

static void teardown(void)
{
    ms_arena_free(arena);
}

/* The last step of a scenario with these lines. */
static const struct ms_step *step(const char *lines)
{
    struct ms_diags d = {.arena = arena};
    const char *text = ms_arena_printf(arena, FRONT "%s\n", lines);
    const struct ms_case *c = ms_case_parse(arena, "x.case", text, strlen(text), &env, &d);
    ck_assert_msg(c != NULL, "%s", env_mistakes(arena, &d));
    return &c->steps.step[c->steps.n - 1];
}

/* ---- verdicts --------------------------------------------------------------------------------------------- */

START_TEST(levels_make_verdicts)
{
    static const struct ms_requirement must = {.id = "R-1", .level = MS_LEVEL_MUST},
                                       should = {.id = "R-2", .level = MS_LEVEL_SHOULD},
                                       may = {.id = "R-3", .level = MS_LEVEL_MAY},
                                       format = {.id = "R-4", .level = MS_LEVEL_FORMAT},
                                       weak = {.id = "R-5", .level = MS_LEVEL_FORMAT, .weak = true};
    static const struct {
        const struct ms_requirement *req[2];
        size_t n;
        bool strict, control;
        enum ms_verdict want;
    } rows[] = {
        {{&must}, 1, false, false, MS_FAIL},   {{&should}, 1, false, false, MS_WARN},
        {{&should}, 1, true, false, MS_FAIL},  {{&may}, 1, true, false, MS_PASS},
        {{&format}, 1, false, false, MS_FAIL}, {{&weak}, 1, false, false, MS_WARN},
        {{&weak}, 1, true, false, MS_FAIL},    {{&should, &must}, 2, false, false, MS_FAIL},
        {{NULL}, 0, false, false, MS_INCONC},  {{&must}, 1, false, true, MS_INCONC},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        setup();
        record.strict = rows[i].strict;
        const struct ms_step *s = step("wire: expect up SYN [R-3.1-01]");
        enum ms_verdict v = ms_record_failed(&record, s, rows[i].req, rows[i].n, rows[i].control, 7,
                                             "it did not come");
        ck_assert_msg(v == rows[i].want, "row %zu: %s", i, ms_verdict_name(v));
        UNIT_NUM_EQ(result.verdict, rows[i].want);
        UNIT_NUM_EQ(result.n_reason, 1);
        UNIT_NUM_EQ(result.reason[0].packet, 7);
        UNIT_NUM_EQ(result.reason[0].line, s->loc.line);
        UNIT_NUM_EQ(result.n_judged, rows[i].n);
        UNIT_NUM_EQ(trace.n, 1);
        ck_assert(!trace.event[0]->ok);
        teardown();
    }
}
END_TEST

START_TEST(the_worst_reason_counts)
{
    setup();
    ms_record_reason(&record, MS_FAIL, "R-1", NULL, NULL, 0, "one");
    ms_record_reason(&record, MS_WARN, "R-2", NULL, NULL, 0, "two");
    UNIT_NUM_EQ(result.verdict, MS_FAIL);
    UNIT_NUM_EQ(result.n_reason, 2);
    ck_assert_str_eq(result.reason[1].text, "two");
    teardown();
}
END_TEST

START_TEST(what_was_met_is_judged_once)
{
    setup();
    const struct ms_step *s = step("wire: expect up SYN [R-3.1-01] mp_capable [R-3.2-14]");
    ms_record_met(&record, s, 3);
    ms_record_met(&record, s, 4);
    UNIT_NUM_EQ(result.verdict, MS_PASS);
    UNIT_NUM_EQ(result.n_judged, 2);
    ck_assert_str_eq(result.judged[0], "R-3.1-01");
    ck_assert_str_eq(trace.event[0]->reqs, "R-3.1-01, R-3.2-14");
    teardown();
}
END_TEST

START_TEST(findings_count_once_a_host)
{
    setup();
    const struct ms_rule rule = {.name = "a-rule", .reqs = "R-9", .level = MS_LEVEL_MUST};
    const struct ms_finding f = {.rule = &rule, .packet = 5, .text = "this and that"};
    ms_record_finding(&record, &f, "client", true, NULL);
    UNIT_NUM_EQ(result.verdict, MS_PASS);
    ms_record_finding(&record, &f, "client", true, NULL);
    ms_record_finding(&record, &f, "server", false, NULL);
    UNIT_NUM_EQ(result.verdict, MS_FAIL);
    UNIT_NUM_EQ(result.n_reason, 2);
    ck_assert_str_eq(result.reason[1].text, "the server: this and that");
    ck_assert_str_eq(result.reason[1].rule, "a-rule");
    teardown();
}
END_TEST

START_TEST(lost_frames_spoil_a_verdict)
{
    setup();
    ms_framelog_add(&frames, 0, MS_DIR_RX, 1, "x", 1);
    ms_record_figures(&record);
    UNIT_NUM_EQ(result.packets, 1);
    UNIT_NUM_EQ(result.verdict, MS_PASS);
    result.lost = 1;
    ms_record_figures(&record);
    UNIT_NUM_EQ(result.verdict, MS_INCONC);
    teardown();
}
END_TEST

/* ---- values ----------------------------------------------------------------------------------------------- */

START_TEST(values_of_expressions)
{
    static const struct {
        const char *text;
        uint64_t want;
    } rows[] = {
        {"1 + 2 * 3", 7},
        {"0xff & 0x0f", 0x0f},
        {"1 << 40", 1ull << 40},
        {"10 - 12", UINT64_MAX - 1},
        {"low32(0x1122334455667788)", 0x55667788},
        {"high32(0x1122334455667788)", 0x11223344},
        {"flip(6)", 7},
        {"num(left(0x11223344, 2))", 0x1122},
        {"len(concat(x\"0102\", x\"03\"))", 3},
        {"n + 1", 43},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        setup();
        struct ms_value v;
        uint64_t n = 0;
        ms_value_set_num(&v, 42);
        ms_names_set(&names, "n", &v);
        const struct ms_step *s = step(ms_arena_printf(
            arena, "foreach n in 42\nwire: expect up SYN seq = %s [R-3.1-01]", rows[i].text));
        ck_assert_msg(ms_value_num(&names, s->seg->fields[0].value, &n), "%s: %s", rows[i].text,
                      refused);
        ck_assert_msg(n == rows[i].want, "%s: %llu", rows[i].text, (unsigned long long)n);
        teardown();
    }
}
END_TEST

START_TEST(what_has_no_value_says_so)
{
    setup();
    uint64_t n;
    struct ms_expr zero = {.kind = MS_X_NUM}, name = {.kind = MS_X_NAME, .text = "nobody"},
                   call = {.kind = MS_X_CALL, .text = "csum"},
                   prop = {.kind = MS_X_PROP, .text = "A", .prop = "key"};
    struct ms_expr *both[] = {&zero, &zero};
    struct ms_expr division = {.kind = MS_X_BIN, .op = '/', .arg = both, .n_args = 2};
    ck_assert(!ms_value_num(&names, &division, &n));
    ck_assert_str_eq(refused, "division by zero");
    ck_assert(!ms_value_num(&names, &name, &n));
    ck_assert_str_eq(refused, "'nobody' has no value here");
    ck_assert(!ms_value_num(&names, &call, &n));
    ck_assert(!ms_value_num(&names, &prop, &n));
    ck_assert_str_eq(refused, "'A' is no handle");
    teardown();
}
END_TEST

START_TEST(addresses_by_name)
{
    setup();
    struct ms_addr a;
    unsigned path = 9;
    ck_assert(ms_names_addr(&names, "s2", &a, &path));
    UNIT_NUM_EQ(path, 1);
    unit_octets_eq("s2", a.octets, 4, "\x0a\x02\x00\x01", 4);
    names.family = MS_IPV6;
    ck_assert(!ms_names_addr(&names, "s2", &a, NULL));
    ck_assert(!ms_names_addr(&names, "t1", &a, NULL));
    teardown();
}
END_TEST

/* ---- settings --------------------------------------------------------------------------------------------- */

START_TEST(settings_become_verbs)
{
    setup();
    struct ms_verb v = {.path = -1};
    const char *tail = "\nwire: expect up SYN [R-3.1-01]";
    const struct ms_step *s = step(ms_arena_printf(
        arena, "client: endpoint add c2 subflow backup id = 5 port = 1234%s", tail));
    ck_assert(ms_setting(&names, s - 1, &v));
    UNIT_NUM_EQ(v.kind, MS_VERB_ENDPOINT_ADD);
    UNIT_NUM_EQ(v.flags, MS_EP_SUBFLOW | MS_EP_BACKUP);
    UNIT_NUM_EQ(v.num, 5);
    UNIT_NUM_EQ(v.port, 1234);
    unit_octets_eq("c2", v.addr.octets, 4, "\x0a\x02\x00\x02", 4);

    v = (struct ms_verb){.path = -1};
    s = step(ms_arena_printf(arena, "server: link down path = 2%s", tail));
    ck_assert(ms_setting(&names, s - 1, &v));
    UNIT_NUM_EQ(v.kind, MS_VERB_LINK);
    UNIT_NUM_EQ(v.path, 1);
    UNIT_NUM_EQ(v.num, 0);

    v = (struct ms_verb){.path = -1};
    s = step(ms_arena_printf(arena, "client: sysctl net.mptcp.enabled = 0%s", tail));
    ck_assert(ms_setting(&names, s - 1, &v));
    ck_assert_str_eq(v.text, "net.mptcp.enabled");
    ck_assert_str_eq(v.text2, "0");
    teardown();
}
END_TEST

/* ---- patterns --------------------------------------------------------------------------------------------- */

static void as_it_is(void *ctx, const struct ms_seg *seg, const struct ms_opt *got,
                     struct ms_opt *want)
{
    (void)ctx;
    (void)seg;
    *want = *got;
}

/* SYN/ACK of a join with a timestamp before it, and a data segment of which most is cut off. */
static void segments(struct ms_seg seg[2], struct ms_opt opt[3])
{
    memset(seg, 0, 2 * sizeof *seg);
    memset(opt, 0, 3 * sizeof *opt);
    opt[0] = (struct ms_opt){.kind = MS_TCPOPT_TS, .tsval = 1, .tsecr = 2};
    opt[1].kind = opt[2].kind = MS_TCPOPT_MPTCP;
    opt[1].mp = (struct ms_mp){.form = MS_FORM_JOIN_SYNACK,
                               .subtype = MPTCP_SUB_JOIN,
                               .addr_id = 3,
                               .nonce = 0x01020304,
                               .hmac_len = 8};
    opt[2].mp = (struct ms_mp){.form = MS_FORM_DSS,
                               .subtype = MPTCP_SUB_DSS,
                               .dss_flags = MS_DSS_A | MS_DSS_M | MS_DSS_m,
                               .dack = 77,
                               .dsn = 1ull << 33,
                               .ssn = 1,
                               .dll = 1000};
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ms_opt_build(&opt[i]), MS_OK);
    seg[0] = (struct ms_seg){.flags = MS_TH_SYN | MS_TH_ACK, .seq = 5, .n_opt = 2, .opt = opt};
    seg[1] = (struct ms_seg){.flags = MS_TH_ACK | MS_TH_PSH,
                             .seq = 0xfffffff0,
                             .n_opt = 1,
                             .opt = opt + 2,
                             .payload = (const uint8_t *)"abc",
                             .payload_len = 3,
                             .missing = 997};
}

START_TEST(patterns)
{
    static const struct {
        const char *pattern;
        bool fits[2];
    } rows[] = {
        {"any", {true, true}},
        {"SYN", {false, false}},
        {"SYN+ACK", {true, false}},
        {"ACK", {false, true}},
        {"SYN+ACK mp_join", {true, false}},
        {"SYN+ACK mp_join(id = 3, nonce = 0x01020304, hmac)", {true, false}},
        {"SYN+ACK mp_join(id = 4)", {false, false}},
        {"SYN+ACK no mp_capable", {true, false}},
        {"any no mptcp", {false, false}},
        {"SYN+ACK options { ts, mp_join }", {true, false}},
        {"SYN+ACK options { mp_join, ts }", {false, false}},
        {"any data any", {false, true}},
        {"any data 1000", {false, true}},
        {"any data 3", {false, false}},
        {"any nodata", {true, false}},
        {"any len = 1000", {false, true}},
        {"any data any dss(map, ack, no csum)", {false, true}},
        {"any dss(dsn = 0x200000000, dll = 1000, dack = 77)", {false, true}},
        {"any dss(fin)", {false, false}},
        {"any seq < 0", {false, true}}, /* modulo 2^32 */
        {"any seq > 0", {true, false}},
    };
    const struct ms_prescriber nobody = {.option = as_it_is};
    for (size_t i = 0; i < MS_ARRAY_LEN(rows); i++) {
        setup();
        struct ms_seg seg[2];
        struct ms_opt opt[3];
        segments(seg, opt);
        const struct ms_step *s =
            step(ms_arena_printf(arena, "wire: expect up %s [R-3.1-01]", rows[i].pattern));
        for (int k = 0; k < 2; k++) {
            struct ms_buf why = {0};
            struct ms_matching m = {.why = &why}, quiet = {.untagged = true};
            ms_match_seg(&names, &seg[k], s->seg, &nobody, &m);
            ck_assert_msg(m.all == rows[i].fits[k], "%s, segment %d: %s", rows[i].pattern, k,
                          why.data ? why.data : "fits");
            ck_assert(!m.all || m.n_failed == 0);
            ms_match_seg(&names, &seg[k], s->seg, &nobody, &quiet);
            ck_assert_msg(quiet.all == m.all && quiet.n_failed == 0, "%s, segment %d, quietly",
                          rows[i].pattern, k);
            ms_buf_free(&why);
        }
        teardown();
    }
}
END_TEST

START_TEST(patterns_bind_names)
{
    setup();
    struct ms_seg seg[2];
    struct ms_opt opt[3];
    segments(seg, opt);
    const struct ms_step *s = step("wire: expect up SYN+ACK mp_join(nonce as n) "
                                   "[R-3.1-01]");
    ms_match_bind(&names, &seg[0], s->seg);
    ck_assert_ptr_nonnull(ms_names_get(&names, "n"));
    UNIT_NUM_EQ(ms_names_get(&names, "n")->num, 0x01020304);
    teardown();
}
END_TEST

UNIT_MAIN("verdict", levels_make_verdicts, the_worst_reason_counts, what_was_met_is_judged_once,
          findings_count_once_a_host, lost_frames_spoil_a_verdict, values_of_expressions,
          what_has_no_value_says_so, addresses_by_name, settings_become_verbs, patterns,
          patterns_bind_names)
