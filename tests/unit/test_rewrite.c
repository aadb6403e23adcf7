/* SPDX-License-Identifier: MIT */
/* Rewrites: each action on frames, selection, counting, chains, and messages for wrong text. */
#include "rewrite_play.h"

static size_t make(uint8_t flags, const char *opts_hex, const char *payload, uint8_t *frame,
                   size_t cap)
{
    const struct play p = {.sport = 1000};
    struct ms_opt opts[MS_OPTS_MAX];
    const struct ms_seg s = play_seg(&p, MS_DIR_RX, flags, 100, 200, opts_hex, payload, opts);
    return play_encode(&s, frame, cap);
}

/* What comes out for one frame. */
static void apply(struct play *p, enum ms_dir dir, const uint8_t *frame, size_t len)
{
    p->n = 0;
    play_frame(p, dir, frame, len);
}

#define TS   "080a0000000100000002"
#define CAP  "1e0c018154f04ad5bd2d9f42"
#define DSS  "1e14200c00000000000000050000000100041234"
#define ADD  "1e1030040a0102030102030405060708"
#define JOIN "1e101000c7489cf7056428b40a54f9af"

/* One frame in, one out: options as they stand in the header, flags and payload. */
static const struct {
    const char *text;
    uint8_t flags;
    const char *opts, *payload;
    unsigned hits;
    uint8_t want_flags;
    const char *want_opts, *want_payload;
} actions[] = {
    {"down strip dss", MS_TH_ACK, "0101" TS DSS, "data", 1, MS_TH_ACK, "0101" TS, "data"},
    {"rx strip ts", MS_TH_ACK, "0101" TS DSS, "data", 1, MS_TH_ACK, "0101" DSS "0101", "data"},
    {"rx strip mss", MS_TH_SYN, "020405b4" CAP "0000", "", 1, MS_TH_SYN, CAP, ""},
    {"rx strip add_addr", MS_TH_ACK, DSS, "", 0, MS_TH_ACK, DSS, ""},
    {"rx strip_all", MS_TH_ACK, "0101" TS ADD "1e0350", "", 1, MS_TH_ACK, "0101" TS, ""},
    {"rx strip_all", MS_TH_ACK, "0101" TS, "", 0, MS_TH_ACK, "0101" TS, ""},
    {"rx blank mp_capable", MS_TH_SYN, "020405b4" CAP, "", 1, MS_TH_SYN,
     "020405b4010101010101010101010101", ""},
    {"rx set mp_capable.version = 2", MS_TH_SYN, CAP, "", 1, MS_TH_SYN, "1e0c028154f04ad5bd2d9f42",
     ""},
    {"rx set mp_capable.a=0", MS_TH_SYN, CAP, "", 1, MS_TH_SYN, "1e0c010154f04ad5bd2d9f42", ""},
    {"rx set mp_capable.dll = 2", MS_TH_SYN, CAP, "", 0, MS_TH_SYN, CAP, ""},
    {"rx set mp_join.hmac = 0x0000000000000000", MS_TH_SYN | MS_TH_ACK, JOIN, "", 1,
     MS_TH_SYN | MS_TH_ACK, "1e10100000000000000000000a54f9af", ""},
    {"rx set add_addr.addr = 10.9.9.9", MS_TH_ACK, ADD, "", 1, MS_TH_ACK,
     "1e1030040a0909090102030405060708", ""},
    {"rx set mptcp.subtype = 9", MS_TH_ACK, "1e048001", "", 1, MS_TH_ACK, "1e049001", ""},
    {"rx add dss.dsn -6", MS_TH_ACK, DSS, "data", 1, MS_TH_ACK,
     "1e14200cffffffffffffffff0000000100041234", "data"},
    {"rx add dss.ssn 0x10", MS_TH_ACK, DSS, "data", 1, MS_TH_ACK,
     "1e14200c00000000000000050000001100041234", "data"},
    {"rx add dss.dll +65535", MS_TH_ACK, DSS, "data", 1, MS_TH_ACK,
     "1e14200c00000000000000050000000100031234", "data"},
    {"rx flip dss.csum", MS_TH_ACK, DSS, "data", 1, MS_TH_ACK,
     "1e14200c00000000000000050000000100041235", "data"},
    {"rx flip mp_join.hmac", MS_TH_SYN, JOIN, "", 1, MS_TH_SYN, "1e101000c7489cf7056428b50a54f9af",
     ""},
    {"rx flip add_addr.addr", MS_TH_ACK, ADD, "", 1, MS_TH_ACK, "1e1030040a0102020102030405060708",
     ""},
    {"rx flip mp_capable.h", MS_TH_SYN, CAP, "", 1, MS_TH_SYN, "1e0c018054f04ad5bd2d9f42", ""},
    {"rx flags ACK", MS_TH_ACK | MS_TH_FIN, DSS, "", 1, MS_TH_ACK, DSS, ""},
    {"rx swap_flags RST+ACK", MS_TH_ACK, DSS, "", 1, MS_TH_ACK | MS_TH_RST, DSS, ""},
    {"rx insert 1e048001", MS_TH_ACK, "0101" TS, "", 1, MS_TH_ACK, "0101" TS "1e048001", ""},
    {"rx insert 1e0350", MS_TH_ACK, "1e03500101010101", "", 1, MS_TH_ACK, "1e03501e03500101", ""},
    {"rx insert 0x1e0c700054f04ad5bd2d9f42", MS_TH_ACK, "0101" TS DSS, "", 0, MS_TH_ACK,
     "0101" TS DSS, ""},
    {"rx corrupt", MS_TH_ACK, DSS, "data", 1, MS_TH_ACK, DSS, "eata"},
    {"rx corrupt", MS_TH_ACK, DSS, "", 0, MS_TH_ACK, DSS, ""},
    {"rx corrupt_all", MS_TH_ACK, DSS, "data", 1, MS_TH_ACK, DSS, "e`u`"},
    {
        "rx corrupt_all",
        MS_TH_ACK,
        DSS,
        "abba",
        1,
        MS_TH_ACK,
        DSS,
        "bcc`",
    },
    {"rx payload_drop", MS_TH_ACK, DSS, "data", 1, MS_TH_ACK, DSS, ""},
    {"rx truncate_opt mp_capable", MS_TH_SYN, CAP, "", 1, MS_TH_SYN, "1e0b018154f04ad5bd2d9f01",
     ""},
    {"rx truncate_opt nop", MS_TH_SYN, "01010101", "", 0, MS_TH_SYN, "01010101", ""},
    {"rx len dss 8", MS_TH_ACK, DSS, "", 1, MS_TH_ACK, "1e08200c00000000000000050000000100041234",
     ""},
    {"rx len eol 8", MS_TH_ACK, "00000000", "", 0, MS_TH_ACK, "00000000", ""},
    {"rx to_rst", MS_TH_ACK | MS_TH_PSH, "0101" TS DSS, "data", 1, MS_TH_ACK | MS_TH_RST, "0101" TS,
     ""},
    {"rx give dss.csum = 1", MS_TH_ACK, "1e12200c0000000000000005000000010004", "data", 1,
     MS_TH_ACK, "1e14200c00000000000000050000000100040001", "data"},
    {"rx give add_addr.port = 80", MS_TH_ACK, ADD, "", 1, MS_TH_ACK,
     "1e1230040a010203005001020304050607080101", ""},
    {"rx give add_addr.port = 80", MS_TH_ACK, DSS, "", 0, MS_TH_ACK, DSS, ""},
    {"rx set dss.csum = 1", MS_TH_ACK, "1e12200c0000000000000005000000010004", "data", 0, MS_TH_ACK,
     "1e12200c00000000000000050000000100040101", "data"},
    {"rx to_front dss", MS_TH_ACK, "0101" TS DSS, "data", 1, MS_TH_ACK, DSS "0101" TS, "data"},
    {"rx to_front nop", MS_TH_ACK, "0101" TS DSS, "data", 0, MS_TH_ACK, "0101" TS DSS, "data"},
    {"rx to_front dss", MS_TH_ACK, DSS "0101" TS, "data", 0, MS_TH_ACK, DSS "0101" TS, "data"},
    {"tx drop", MS_TH_ACK, DSS, "", 0, MS_TH_ACK, DSS, ""},
    {"any corrupt", MS_TH_ACK, DSS, "data", 1, MS_TH_ACK, DSS, "eata"},
};

START_TEST(every_action)
{
    uint8_t frame[256], octets[40];
    for (size_t i = 0; i < MS_ARRAY_LEN(actions); i++) {
        struct play p;
        play_open(&p, actions[i].text);
        const size_t len = make(actions[i].flags, actions[i].opts, actions[i].payload, frame, 256);
        apply(&p, MS_DIR_RX, frame, len);
        UNIT_NUM_EQ(p.n, 1);
        struct ms_opt opts[MS_OPTS_MAX];
        struct ms_seg seg;
        struct ms_neigh neigh;
        UNIT_NUM_EQ(ms_frame_decode(p.out[0].frame, p.out[0].len, &seg, opts, &neigh),
                    MS_FRAME_TCP);
        ck_assert_msg(seg.tcp_csum_ok && seg.ip_csum_ok, "%s: checksum", actions[i].text);
        ck_assert_msg(ms_chain_acted(p.row) == actions[i].hits, "%s: %llu hits", actions[i].text,
                      (unsigned long long)ms_chain_acted(p.row));
        UNIT_NUM_EQ(seg.flags, actions[i].want_flags);
        const size_t n = play_unhex(actions[i].want_opts, octets);
        unit_octets_eq(actions[i].text, p.out[0].frame + 54, seg.doff * 4u - 20, octets, n);
        unit_octets_eq(actions[i].text, seg.payload, seg.payload_len, actions[i].want_payload,
                       strlen(actions[i].want_payload));
        if (actions[i].hits == 0)
            unit_octets_eq("untouched", p.out[0].frame, p.out[0].len, frame, len);
        play_close(&p);
    }
}
END_TEST

START_TEST(header_fields)
{
    uint8_t frame[256];
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg seg;
    struct ms_neigh neigh;
    struct play p;
    const size_t len = make(MS_TH_ACK, DSS, "", frame, sizeof frame);

    play_open(&p, "rx set tcp.csum = 0x1234");
    apply(&p, MS_DIR_RX, frame, len);
    UNIT_NUM_EQ(ms_frame_decode(p.out[0].frame, p.out[0].len, &seg, opts, &neigh), MS_FRAME_TCP);
    UNIT_NUM_EQ(seg.csum, 0x1234);
    play_close(&p);

    /* Frames to this side pass the last box first. What was made wrong is not repaired by later boxes. */
    play_open(&p, "rx add tcp.seq -101");
    play_lay(&p, "rx set tcp.csum = 0x1234");
    apply(&p, MS_DIR_RX, frame, len);
    UNIT_NUM_EQ(ms_frame_decode(p.out[0].frame, p.out[0].len, &seg, opts, &neigh), MS_FRAME_TCP);
    UNIT_NUM_EQ(seg.seq, 0xffffffffu);
    ck_assert(!seg.tcp_csum_ok);
    play_close(&p);

    play_open(&p, "rx strip dss when tcp.seq = 0xffffffff");
    play_lay(&p, "rx flip tcp.win");
    play_lay(&p, "rx set tcp.doff = 6 when tcp.doff = 10");
    apply(&p, MS_DIR_RX, frame, len);
    UNIT_NUM_EQ(ms_frame_decode(p.out[0].frame, p.out[0].len, &seg, opts, &neigh), MS_FRAME_TCP);
    UNIT_NUM_EQ(seg.doff, 6);
    UNIT_NUM_EQ(seg.win, 513);
    UNIT_NUM_EQ(ms_chain_hits(p.row, 0), 0);
    play_lay(&p, "rx add tcp.seq -101");
    apply(&p, MS_DIR_RX, frame, make(MS_TH_ACK, DSS, "", frame, sizeof frame));
    UNIT_NUM_EQ(ms_chain_hits(p.row, 0), 1);
    play_close(&p);
}
END_TEST

START_TEST(change_payload)
{
    static const char *const payloads[] = {"data", "d", "abc", "\xff\xff\xff"};
    uint8_t frame[256];
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg seg;
    struct ms_neigh neigh;
    for (size_t i = 0; i < MS_ARRAY_LEN(payloads); i++) {
        struct play p;
        play_open(&p, "rx change_payload when has dss");
        struct ms_opt o = {
            .kind = MS_TCPOPT_MPTCP,
            .mp = {
                .form = MS_FORM_DSS, .dss_flags = MS_DSS_M, .has_csum = true, .dsn = 5, .ssn = 1}};
        /* The option shows 32 bits of the DSN, the checksum covers all 64. */
        const uint64_t dsn = 0x1234567800000005u;
        const size_t n = strlen(payloads[i]);
        char hex[81];
        o.mp.dll = (uint16_t)n;
        o.mp.csum = ms_dss_csum(dsn, 1, o.mp.dll, 0, payloads[i], n);
        ck_assert_int_eq(ms_opt_build(&o), MS_OK);
        for (unsigned k = 0; k < o.occupied; k++)
            snprintf(hex + 2 * k, 3, "%02x", o.raw[k]);
        apply(&p, MS_DIR_RX, frame, make(MS_TH_ACK, hex, payloads[i], frame, sizeof frame));
        UNIT_NUM_EQ(ms_frame_decode(p.out[0].frame, p.out[0].len, &seg, opts, &neigh),
                    MS_FRAME_TCP);
        ck_assert_int_ne(memcmp(seg.payload, payloads[i], n), 0);
        const struct ms_mp *m = &ms_seg_mp(&seg, MPTCP_SUB_DSS)->mp;
        UNIT_NUM_EQ(ms_dss_csum(dsn, 1, m->dll, m->csum, seg.payload, n), 0);
        UNIT_NUM_EQ(ms_chain_acted(p.row), 1);
        play_close(&p);
    }
}
END_TEST

START_TEST(drop_dup_replay)
{
    uint8_t one[256], two[256], three[256];
    const size_t n1 = make(MS_TH_ACK, DSS, "one", one, sizeof one);
    const size_t n2 = make(MS_TH_ACK, DSS, "two", two, sizeof two);
    const size_t n3 = make(MS_TH_ACK, TS, "three", three, sizeof three);
    struct play p;
    play_open(&p, "any drop");
    apply(&p, MS_DIR_TX, one, n1);
    UNIT_NUM_EQ(p.n, 0);
    UNIT_NUM_EQ(ms_chain_acted(p.row), 1);
    play_close(&p);

    play_open(&p, "any dup");
    apply(&p, MS_DIR_TX, one, n1);
    UNIT_NUM_EQ(p.n, 2);
    unit_octets_eq("first", p.out[0].frame, p.out[0].len, one, n1);
    unit_octets_eq("second", p.out[1].frame, p.out[1].len, one, n1);
    play_lay(&p, "any dup");
    play_lay(&p, "any drop nth 3");
    apply(&p, MS_DIR_TX, one, n1);
    UNIT_NUM_EQ(p.n, 3);
    play_close(&p);

    play_open(&p, "any replay when has dss");
    apply(&p, MS_DIR_RX, one, n1);
    unit_octets_eq("passes", p.out[0].frame, p.out[0].len, one, n1);
    UNIT_NUM_EQ(ms_chain_acted(p.row), 0);
    apply(&p, MS_DIR_RX, three, n3);
    unit_octets_eq("not selected", p.out[0].frame, p.out[0].len, three, n3);
    apply(&p, MS_DIR_RX, two, n2);
    unit_octets_eq("the first again", p.out[0].frame, p.out[0].len, one, n1);
    apply(&p, MS_DIR_RX, one, n1);
    unit_octets_eq("then the second", p.out[0].frame, p.out[0].len, two, n2);
    UNIT_NUM_EQ(ms_chain_acted(p.row), 2);
    play_close(&p);
}
END_TEST

START_TEST(copy_option)
{
    uint8_t frame[256];
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg seg;
    struct ms_neigh neigh;
    struct play p;
    play_open(&p, "rx copy_opt dss");
    apply(&p, MS_DIR_RX, frame, make(MS_TH_ACK, "0101" TS DSS, "", frame, sizeof frame));
    apply(&p, MS_DIR_RX, frame,
          make(MS_TH_ACK, "1e08200100000007" TS "0101", "abc", frame, sizeof frame));
    UNIT_NUM_EQ(ms_frame_decode(p.out[0].frame, p.out[0].len, &seg, opts, &neigh), MS_FRAME_TCP);
    UNIT_NUM_EQ(opts[0].occupied, 20);
    UNIT_NUM_EQ(opts[0].mp.dsn, 5);
    ck_assert_str_eq(ms_opt_name(&opts[1]), "ts");
    UNIT_NUM_EQ(ms_chain_acted(p.row), 1);
    /* No room for the copy: passes, is no hit. */
    const size_t n = make(MS_TH_ACK,
                          "1e0820010000000722161111111111111111111111111111111111111111"
                          "01010101",
                          "", frame, sizeof frame);
    apply(&p, MS_DIR_RX, frame, n);
    unit_octets_eq("full", p.out[0].frame, p.out[0].len, frame, n);
    UNIT_NUM_EQ(ms_chain_acted(p.row), 1);
    play_close(&p);
}
END_TEST

/* What one segment had shows in the next. */
START_TEST(from_before)
{
    static const char short_dss[] = "1e08200100000007", other_dss[] = "1e08200100000009";
    static const struct {
        const char *text;
        const char *want[3]; /* options of what goes out for short_dss, other_dss, other_dss */
        unsigned hits;
    } table[] = {
        {"rx copy_field dss.dack", {short_dss, short_dss, short_dss}, 2},
        {"rx late_opt dss", {"", short_dss, other_dss}, 3},
        {"rx copy_field dss.dsn", {short_dss, other_dss, other_dss}, 0},
        {"rx late_opt dss when data", {short_dss, other_dss, other_dss}, 0},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        const char *const in[3] = {short_dss, other_dss, other_dss};
        struct play p;
        play_open(&p, table[i].text);
        for (size_t k = 0; k < 3; k++) {
            uint8_t frame[256], want[256];
            apply(&p, MS_DIR_RX, frame, make(MS_TH_ACK, in[k], "", frame, sizeof frame));
            const size_t n = make(MS_TH_ACK, table[i].want[k], "", want, sizeof want);
            unit_octets_eq(table[i].text, p.out[0].frame, p.out[0].len, want, n);
        }
        UNIT_NUM_EQ(ms_chain_acted(p.row), table[i].hits);
        play_close(&p);
    }
}
END_TEST

static struct ms_rewrite *parse(struct ms_arena *a, const char *text)
{
    struct ms_rewrite *r = NULL;
    struct ms_error err = {0};
    const int rc = ms_rewrite_parse(a, text, &r, &err);
    ck_assert_msg(rc == MS_OK, "%s: %u: %s", text, err.column, err.msg);
    return r;
}

START_TEST(directions)
{
    static const struct {
        const char *text;
        enum ms_rewrite_words words;
    } table[] = {
        {"rx drop", MS_WORDS_ONE_IUT},    {"tx drop", MS_WORDS_ONE_IUT},
        {"up drop", MS_WORDS_TWO_STACKS}, {"down drop", MS_WORDS_TWO_STACKS},
        {"any drop", MS_WORDS_NEITHER},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct ms_arena *a = ms_arena_new();
        UNIT_NUM_EQ(ms_rewrite_words(parse(a, table[i].text)), table[i].words);
        ms_arena_free(a);
    }
}
END_TEST

/* What a rewrite is about, for whoever wants to know where it acts. */
START_TEST(subject)
{
    static const struct {
        const char *text, *option;
    } table[] = {
        {"rx strip dss", "dss"},
        {"rx flip mp_join.hmac when has dss", "mp_join"},
        {"rx insert 1e048001 when has dss", "mp_tcprst"},
        {"rx drop when has mp_fail", "mp_fail"},
        {"rx drop when data and dss.fin = 1", "dss"},
        {"rx set tcp.win = 0 when has dss", "dss"},
        {"rx drop when no dss", NULL},
        {"rx drop when tcp.win = 0", NULL},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct ms_arena *a = ms_arena_new();
        const struct ms_option_name *o = ms_rewrite_option(parse(a, table[i].text));
        const char *is = o ? o->name : "none", *want = table[i].option ? table[i].option : "none";
        ck_assert_msg(strcmp(is, want) == 0, "%s: %s", table[i].text, is);
        ms_arena_free(a);
    }
}
END_TEST

START_TEST(conditions)
{
    static const struct {
        const char *cond;
        uint8_t flags;
        const char *opts, *payload;
        bool holds;
    } table[] = {
        {"SYN", MS_TH_SYN, CAP, "", true},
        {"SYN", MS_TH_SYN | MS_TH_ACK, CAP, "", false},
        {"SYN+ACK", MS_TH_SYN | MS_TH_ACK, CAP, "", true},
        {"SYN+ACK", MS_TH_SYN, CAP, "", false},
        {"ACK", MS_TH_ACK | MS_TH_PSH, "", "", true},
        {"ACK", MS_TH_ACK | MS_TH_RST, "", "", false},
        {"ACK", MS_TH_ACK | MS_TH_FIN, "", "", false},
        {"ACK", MS_TH_ACK | MS_TH_SYN, "", "", false},
        {"FIN", MS_TH_ACK | MS_TH_FIN, "", "", true},
        {"RST", MS_TH_RST, "", "", true},
        {"RST", MS_TH_ACK, "", "", false},
        {"PSH", MS_TH_ACK | MS_TH_PSH, "", "", true},
        {"FIN+ACK", MS_TH_FIN, "", "", false},
        {"has dss", MS_TH_ACK, DSS, "", true},
        {"has ts", MS_TH_ACK, DSS, "", false},
        {"has mptcp", MS_TH_ACK, "1e049001", "", true},
        {"has raw", MS_TH_ACK, "fd040000", "", true},
        {"no dss", MS_TH_ACK, DSS, "", false},
        {"no dss", MS_TH_ACK, TS, "", true},
        {"data", MS_TH_ACK, DSS, "x", true},
        {"data", MS_TH_ACK, DSS, "", false},
        {"nodata", MS_TH_ACK, DSS, "", true},
        {"nodata", MS_TH_ACK, DSS, "x", false},
        {"dss.dsn = 5", MS_TH_ACK, DSS, "", true},
        {"dss.dsn != 5", MS_TH_ACK, DSS, "", false},
        {"dss.dsn<6", MS_TH_ACK, DSS, "", true},
        {"dss.dsn > 5", MS_TH_ACK, DSS, "", false},
        {"dss.fin = 0", MS_TH_ACK, DSS, "", true},
        {"dss.dack = 5", MS_TH_ACK, DSS, "", false},
        {"dss.dack != 5", MS_TH_ACK, DSS, "", false},
        {"dss.len = 0x14", MS_TH_ACK, DSS, "", true},
        {"mp_capable.keys = 1", MS_TH_ACK, CAP, "", true},
        {"mp_join.hmac = 0xc7489cf7056428b4", MS_TH_SYN, JOIN, "", true},
        {"mp_join.hmac != 0x00", MS_TH_SYN, JOIN, "", true},
        {"add_addr.addr = 10.1.2.3", MS_TH_ACK, ADD, "", true},
        {"add_addr.addr = 2001:db8::1", MS_TH_ACK, ADD, "", false},
        {"tcp.len > 2 and has dss and ACK", MS_TH_ACK, DSS, "abc", true},
        {"tcp.len > 2 and has dss and ACK", MS_TH_ACK, DSS, "ab", false},
        {"mptcp.subtype = 3", MS_TH_ACK, "1e0350" ADD, "", true},
    };
    uint8_t frame[256];
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct play p;
        char text[128];
        snprintf(text, sizeof text, "rx drop when %s", table[i].cond);
        play_open(&p, text);
        apply(&p, MS_DIR_RX, frame,
              make(table[i].flags, table[i].opts, table[i].payload, frame, sizeof frame));
        ck_assert_msg((p.n == 0) == table[i].holds, "row %zu: %s", i, table[i].cond);
        play_close(&p);
    }
}
END_TEST

START_TEST(counting)
{
    static const struct {
        const char *text, *dropped;
    } table[] = {
        {"rx drop when data nth 2", "010000"},          {"rx drop when data from 3", "001111"},
        {"rx drop when data first 2", "110000"},        {"rx drop nth 1", "100000"},
        {"rx drop when dss.dll = 4 first 1", "100000"},
    };
    uint8_t frame[256];
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct play p;
        play_open(&p, table[i].text);
        const size_t len = make(MS_TH_ACK, DSS, "data", frame, sizeof frame);
        char got[7] = "";
        for (size_t k = 0; k < 6; k++) {
            apply(&p, MS_DIR_TX, frame, len); /* the other direction does not count */
            UNIT_NUM_EQ(p.n, 1);
            apply(&p, MS_DIR_RX, frame, len);
            got[k] = p.n == 0 ? '1' : '0';
        }
        ck_assert_str_eq(got, table[i].dropped);
        play_close(&p);
    }
}
END_TEST

START_TEST(other_frames)
{
    static const uint8_t junk[60] = {0};
    struct play p;
    play_open(&p, "any drop");
    apply(&p, MS_DIR_RX, junk, sizeof junk);
    UNIT_NUM_EQ(p.n, 1);
    UNIT_NUM_EQ(ms_chain_acted(p.row), 0);
    ck_assert_int_eq(ms_chain_frame(p.row, 0, (enum ms_dir)7, 0, junk, 60, play_emit, &p),
                     MS_ERR_RANGE);
    play_close(&p);
    play_open(&p, NULL);
    ck_assert(ms_chain_empty(p.row));
    apply(&p, MS_DIR_RX, junk, sizeof junk);
    UNIT_NUM_EQ(p.n, 1);
    play_close(&p);
}
END_TEST

START_TEST(messages)
{
    static const struct {
        const char *text;
        unsigned column;
        const char *msg;
    } table[] = {
        {"", 1, "expected rx, tx, up, down or any, found the end"},
        {"xr drop", 1, "unknown direction 'xr', did you mean 'rx'?"},
        {"rx", 3, "expected an action, found the end"},
        {"rx dorp", 4, "unknown action 'dorp', did you mean 'drop'?"},
        {"rx frobnicate", 4, "unknown action 'frobnicate'"},
        {"rx give tcp.win = 1", 9, "every segment has tcp.win: use set"},
        {"rx strip", 9, "expected an option, found the end"},
        {"rx strip mp_jion", 10, "unknown option 'mp_jion', did you mean 'mp_join'?"},
        {"rx set dss.dns = 1", 8, "unknown field 'dns', did you mean 'dsn'?"},
        {"rx set ds.dsn = 1", 8, "unknown option with fields 'ds', did you mean 'dss'?"},
        {"rx set dss = 1", 8, "expected OPTION.FIELD, found 'dss'"},
        {"rx set dss.len = 1", 8, "dss.len can be read only"},
        {"rx set dss.ssn 1", 16, "expected =, found '1'"},
        {"rx set dss.ssn != 1", 16, "expected =, found '!='"},
        {"rx set dss.ssn = one", 18, "'one' is not a number of 64 bits"},
        {"rx set dss.ssn = 0x", 18, "'0x' is not a number of 64 bits"},
        {"rx set dss.dsn = 18446744073709551616", 18,
         "'18446744073709551616' is not a number of 64 bits"},
        {"rx set dss.dll = 65536", 18, "65536 does not fit dss.dll (16 bit)"},
        {"rx set mp_capable.a = 2", 23, "2 does not fit mp_capable.a (1 bit)"},
        {"rx set mp_join.hmac = 12", 23, "expected octets such as 0x1e03, found '12'"},
        {"rx set mp_join.hmac = 0x123", 23, "expected 1 to 40 octets of two hex digits each"},
        {"rx set mp_join.hmac = 0x12zz", 23, "'0x12zz' is not hex"},
        {"rx set add_addr.addr = 10.0.0", 24, "'10.0.0' is no IPv4 or IPv6 address"},
        {"rx add mp_join.hmac 1", 8, "mp_join.hmac is not a number"},
        {"rx add dss.ssn", 15, "expected a number, found the end"},
        {"rx add dss.ssn 9223372036854775808", 16,
         "'9223372036854775808' is not a number of 63 bits"},
        {"rx len dss 256", 12, "256 is out of range"},
        {"rx flags SYN+AKC", 10, "unknown TCP flag 'AKC', did you mean 'ACK'?"},
        {"rx insert 1e0", 11, "expected 1 to 40 octets of two hex digits each"},
        {"rx drop when", 13, "expected a condition, found the end"},
        {"rx drop when dta", 14, "unknown condition 'dta', did you mean 'data'?"},
        {"rx drop when SNY", 14, "unknown TCP flag 'SNY', did you mean 'SYN'?"},
        {"rx drop when has dsss", 18, "unknown option 'dsss', did you mean 'dss'?"},
        {"rx drop when dss.dsn <= 5", 22, "expected = != < or >, found '<='"},
        {"rx drop when dss.dsn", 21, "expected = != < or >, found the end"},
        {"rx drop when mp_join.hmac < 0x00", 27, "mp_join.hmac has no order: use = or !="},
        {"rx drop when dss.dsn = 5 adn data", 26, "unknown word 'adn', did you mean 'and'?"},
        {"rx drop nth 0", 13, "0 is out of range"},
        {"rx drop nth", 12, "expected a number, found the end"},
        {"rx drop data", 9, "unknown word 'data'"},
        {"rx drop ;", 9, "expected the end, found ';'"},
        {"up", 3, "expected an action, found the end"},
        {"upp drop", 1, "unknown direction 'upp', did you mean 'up'?"},
        {"any nat 10.0.0.9", 5, "nat has an inside: say a direction, whence its hosts send"},
        {"up nat", 7, "expected an address, found the end"},
        {"up nat 10.0.0", 8, "'10.0.0' is no IPv4 or IPv6 address"},
        {"up napt 10.0.0.9 65535", 18, "65535 is out of range"},
        {"up ftp_port 10.0.0.9", 21, "expected a number, found the end"},
        {"up delay", 9, "expected a time, found the end"},
        {"up delay 20", 10, "expected a time of at most an hour such as 200ms, found '20'"},
        {"up delay 3601s", 10, "expected a time of at most an hour such as 200ms, found '3601s'"},
        {"up delay 1.s", 10, "expected a time of at most an hour such as 200ms, found '1.s'"},
        {"up drop_unknown 30,256", 17, "256 is no option kind"},
        {"up drop_unknown 30,", 17, "'' is not a number of 64 bits"},
        {"up split 0", 10, "0 is out of range"},
        {"up strip_subtype 16", 18, "16 is out of range"},
        {"up coalesce 1", 13, "1 is out of range"},
        {"up reorder 1 soon", 14, "unknown word 'soon'"},
        {"up reorder 1 5", 14, "expected a time of at most an hour such as 200ms, found '5'"},
        {"up alg 'a", 8, "the text does not end"},
        {"up alg '' 'b'", 8, "a text has 1 to 64 octets"},
        {"up alg 'a'", 11, "expected a text in single quotes, or 0x octets, found the end"},
        {"up replace 'ab' 'abc'", 17, "the texts differ in length (2 and 3 octets): use alg"},
        {"up rate 0", 9, "0 is out of range"},
        {"up isn 4294967296", 8, "4294967296 is out of range"},
        {"up drop when chance 5", 21, "expected a share such as 2.5%, found '5'"},
        {"up drop when chance 101%", 21, "expected a share such as 2.5%, found '101%'"},
        {"up drop when subflow 0", 22, "0 is out of range"},
        {"up drop when subflow <= 1", 22, "expected = != < or >, found '<='"},
        {"up drop when subtype 16", 22, "16 is out of range"},
        {"up drop when thrid", 14, "unknown condition 'thrid', did you mean 'third'?"},
        {"up drop when after", 19, "expected a time, found the end"},
        {"rx drop when data and", 22, "expected a condition, found the end"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct ms_arena *a = ms_arena_new();
        struct ms_rewrite *r = NULL;
        struct ms_error err = {0};
        ck_assert_int_eq(ms_rewrite_parse(a, table[i].text, &r, &err), MS_ERR_PARSE);
        ck_assert_ptr_null(r);
        ck_assert_str_eq(err.msg, table[i].msg);
        ck_assert_msg(err.column == table[i].column, "%s: column %u", table[i].text, err.column);
        ck_assert_int_eq(ms_rewrite_parse(a, table[i].text, &r, NULL), MS_ERR_PARSE);
        ms_arena_free(a);
    }
}
END_TEST

START_TEST(action_table)
{
    unsigned n = 0;
    for (const struct ms_rewrite_entry *e = ms_rewrite_table; e->name != NULL; e++, n++) {
        ck_assert_ptr_nonnull(e->params);
        ck_assert_uint_gt(strlen(e->doc), 10);
    }
    ck_assert_uint_ge(n, 60);
}
END_TEST

UNIT_MAIN("rewrite", every_action, header_fields, change_payload, drop_dup_replay, copy_option,
          from_before, directions, subject, conditions, counting, other_frames, messages,
          action_table)
