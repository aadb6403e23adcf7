/* SPDX-License-Identifier: MIT */
/* TCP options: every MPTCP form there and back, every wrong length, lists that lie. */
#include "unit.h"

#include "mptcpspec/wire.h"

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    for (const char *p = hex; *p != '\0'; p++) {
        if (*p == ' ')
            continue;
        unsigned octet = 0;
        ck_assert_int_eq(sscanf(p, "%2x", &octet), 1);
        out[n++] = (uint8_t)octet;
        p++;
    }
    return n;
}

/*
 * One row a form: octets, name, form, and the line for people, which names every field. Keys, token, nonces
 * and HMACs are those of a capture between Linux hosts.
 */
static const struct {
    const char *hex;
    const char *name;
    uint8_t form;
    const char *text;
} forms[] = {
    {"1e04 0101", "mp_capable", MS_FORM_CAPABLE, "MP_CAPABLE v1 H"},
    {"1e04 0200", "mp_capable", MS_FORM_CAPABLE, "MP_CAPABLE v2 -"},
    {"1e0c 0181 54f04ad5bd2d9f42", "mp_capable", MS_FORM_CAPABLE,
     "MP_CAPABLE v1 AH key 0x54f04ad5bd2d9f42"},
    {"1e0c 0001 54f04ad5bd2d9f42", "mp_capable", MS_FORM_CAPABLE,
     "MP_CAPABLE v0 H key 0x54f04ad5bd2d9f42"},
    {"1e14 0121 ff2ec3a2f6151881 54f04ad5bd2d9f42", "mp_capable", MS_FORM_CAPABLE,
     "MP_CAPABLE v1 CH key 0xff2ec3a2f6151881 peer 0x54f04ad5bd2d9f42"},
    {"1e16 0101 ff2ec3a2f6151881 54f04ad5bd2d9f42 0010", "mp_capable", MS_FORM_CAPABLE,
     "MP_CAPABLE v1 H key 0xff2ec3a2f6151881 peer 0x54f04ad5bd2d9f42 len 16"},
    {"1e18 0181 ff2ec3a2f6151881 54f04ad5bd2d9f42 0010 beef", "mp_capable", MS_FORM_CAPABLE,
     "MP_CAPABLE v1 AH key 0xff2ec3a2f6151881 peer 0x54f04ad5bd2d9f42 len 16 csum 0xbeef"},
    {"1e0c 1008 eef7df2f c0d346f6", "mp_join", MS_FORM_JOIN_SYN,
     "MP_JOIN id 8 token 0xeef7df2f nonce 0xc0d346f6"},
    {"1e0c 1f08 eef7df2f c0d346f6", "mp_join", MS_FORM_JOIN_SYN,
     "MP_JOIN backup id 8 token 0xeef7df2f nonce 0xc0d346f6 reserved 0x7"},
    {"1e10 1000 c7489cf7056428b4 0a54f9af", "mp_join", MS_FORM_JOIN_SYNACK,
     "MP_JOIN id 0 hmac 0xc7489cf7056428b4 nonce 0x0a54f9af"},
    {"1e18 1000 b4e6a41bf5861313df7f5f454966998ad7e698a4", "mp_join", MS_FORM_JOIN_ACK,
     "MP_JOIN hmac 0xb4e6a41bf5861313df7f5f454966998ad7e698a4"},
    {"1e18 1abc b4e6a41bf5861313df7f5f454966998ad7e698a4", "mp_join", MS_FORM_JOIN_ACK,
     "MP_JOIN hmac 0xb4e6a41bf5861313df7f5f454966998ad7e698a4 reserved 0xabc"},
    {"1e04 2000", "dss", MS_FORM_DSS, "DSS"},
    {"1e04 2010", "dss", MS_FORM_DSS, "DSS F"},
    {"1e04 200a", "dss", MS_FORM_DSS, "DSS a m"},
    {"1e08 2001 0000007b", "dss", MS_FORM_DSS, "DSS ack4 123"},
    {"1e0c 2003 1045ecfa3f05f4ea", "dss", MS_FORM_DSS, "DSS ack8 1172603837543216362"},
    {"1e08 2fe1 0000007b", "dss", MS_FORM_DSS, "DSS ack4 123 reserved 0x7f"},
    {"1e0e 2004 00000005 00000001 000a", "dss", MS_FORM_DSS, "DSS map dsn4 5 ssn 1 len 10"},
    {"1e10 2004 00000005 00000001 000a 1234", "dss", MS_FORM_DSS,
     "DSS map dsn4 5 ssn 1 len 10 csum 0x1234"},
    {"1e12 200c 0000000000000005 00000001 000a", "dss", MS_FORM_DSS, "DSS map dsn8 5 ssn 1 len 10"},
    {"1e14 200c 0000000000000005 00000001 000a 1234", "dss", MS_FORM_DSS,
     "DSS map dsn8 5 ssn 1 len 10 csum 0x1234"},
    {"1e12 2005 0000007b 00000005 00000001 000a", "dss", MS_FORM_DSS,
     "DSS ack4 123 map dsn4 5 ssn 1 len 10"},
    {"1e16 2007 000000000000007b 00000005 00000001 000a", "dss", MS_FORM_DSS,
     "DSS ack8 123 map dsn4 5 ssn 1 len 10"},
    {"1e16 200d 0000007b 0000000000000005 00000001 000a", "dss", MS_FORM_DSS,
     "DSS ack4 123 map dsn8 5 ssn 1 len 10"},
    {"1e1a 200f 000000000000007b 0000000000000005 00000001 000a", "dss", MS_FORM_DSS,
     "DSS ack8 123 map dsn8 5 ssn 1 len 10"},
    {"1e1c 201f 000000000000007b 0000000000000005 00000001 000a 1234", "dss", MS_FORM_DSS,
     "DSS ack8 123 map dsn8 5 ssn 1 len 10 csum 0x1234 F"},
    {"1e0e 2006 00000005 00000001 0000", "dss", MS_FORM_DSS, "DSS a map dsn4 5 ssn 1 len 0"},
    {"1e08 2009 0000007b", "dss", MS_FORM_DSS, "DSS ack4 123 m"},
    {"1e10 3004 0a010203 0102030405060708", "add_addr", MS_FORM_ADD_ADDR,
     "ADD_ADDR id 4 10.1.2.3 hmac 0x0102030405060708"},
    {"1e12 3004 0a010203 1f90 0102030405060708", "add_addr", MS_FORM_ADD_ADDR,
     "ADD_ADDR id 4 10.1.2.3 port 8080 hmac 0x0102030405060708"},
    {"1e1c 3006 20010db8000000000000000000000007 0102030405060708", "add_addr", MS_FORM_ADD_ADDR,
     "ADD_ADDR id 6 2001:db8::7 hmac 0x0102030405060708"},
    {"1e1e 3e06 20010db8000000000000000000000007 1f90 0102030405060708", "add_addr",
     MS_FORM_ADD_ADDR, "ADD_ADDR id 6 2001:db8::7 port 8080 hmac 0x0102030405060708 reserved 0x7"},
    {"1e08 3104 0a010203", "add_addr", MS_FORM_ADD_ADDR, "ADD_ADDR echo id 4 10.1.2.3"},
    {"1e0a 3104 0a010203 1f90", "add_addr", MS_FORM_ADD_ADDR,
     "ADD_ADDR echo id 4 10.1.2.3 port 8080"},
    {"1e14 3106 20010db8000000000000000000000007", "add_addr", MS_FORM_ADD_ADDR,
     "ADD_ADDR echo id 6 2001:db8::7"},
    {"1e16 3106 20010db8000000000000000000000007 1f90", "add_addr", MS_FORM_ADD_ADDR,
     "ADD_ADDR echo id 6 2001:db8::7 port 8080"},
    {"1e04 4003", "remove_addr", MS_FORM_REMOVE_ADDR, "REMOVE_ADDR ids 3"},
    {"1e06 4f 030407", "remove_addr", MS_FORM_REMOVE_ADDR, "REMOVE_ADDR ids 3,4,7 reserved 0xf"},
    {"1e03 50", "mp_prio", MS_FORM_PRIO, "MP_PRIO"},
    {"1e03 5f", "mp_prio", MS_FORM_PRIO, "MP_PRIO backup reserved 0x7"},
    {"1e0c 6000 1045ecfa3f05f4ea", "mp_fail", MS_FORM_FAIL, "MP_FAIL dsn 1172603837543216362"},
    {"1e0c 6123 1045ecfa3f05f4ea", "mp_fail", MS_FORM_FAIL,
     "MP_FAIL dsn 1172603837543216362 reserved 0x123"},
    {"1e0c 7000 54f04ad5bd2d9f42", "mp_fastclose", MS_FORM_FASTCLOSE,
     "MP_FASTCLOSE key 0x54f04ad5bd2d9f42"},
    {"1e0c 7fff 54f04ad5bd2d9f42", "mp_fastclose", MS_FORM_FASTCLOSE,
     "MP_FASTCLOSE key 0x54f04ad5bd2d9f42 reserved 0xfff"},
    {"1e04 8001", "mp_tcprst", MS_FORM_TCPRST, "MP_TCPRST reason 1"},
    {"1e04 8f06", "mp_tcprst", MS_FORM_TCPRST, "MP_TCPRST U V W T reason 6"},
    {"1e04 9001", "mptcp", MS_FORM_UNKNOWN, "unknown mptcp subtype 9 length 4 octets 0x1e049001"},
    {"1e05 2001 00", "dss", MS_FORM_MALFORMED,
     "malformed dss subtype 2 length 5 octets 0x1e05200100"},
    {"1e02", "mptcp", MS_FORM_MALFORMED, "malformed mptcp subtype 15 length 2 octets 0x1e02"},
    {"02 04 05b4", "mss", MS_FORM_NONE, "mss 1460"},
    {"03 03 07", "wscale", MS_FORM_NONE, "wscale 7"},
    {"04 02", "sack_ok", MS_FORM_NONE, "sack_ok"},
    {"05 0a 00000001 00000002", "sack", MS_FORM_NONE, "sack 0x050a0000000100000002"},
    {"08 0a 00000001 00000002", "ts", MS_FORM_NONE, "ts 1 ecr 2"},
    {"22 02", "fastopen", MS_FORM_NONE, "fastopen 0x2202"},
    {"fd 04 1234", "opt", MS_FORM_NONE, "opt 0xfd041234"},
    {"02 03 05", "mss", MS_FORM_NONE, "mss 0x020305"},
    {"01", "nop", MS_FORM_NONE, "nop"},
    {"00", "eol", MS_FORM_NONE, "eol"},
};

START_TEST(there_and_back)
{
    struct ms_opt opts[MS_OPTS_MAX];
    uint8_t octets[64];
    for (size_t i = 0; i < MS_ARRAY_LEN(forms); i++) {
        const size_t n = unhex(forms[i].hex, octets);
        UNIT_NUM_EQ(ms_opts_decode(octets, n, opts), 1);
        ck_assert_str_eq(ms_opt_name(&opts[0]), forms[i].name);
        ck_assert_msg(opts[0].mp.form == forms[i].form, "%s: form %u", forms[i].hex,
                      opts[0].mp.form);
        ck_assert(!opts[0].bad);
        struct ms_buf text = {0};
        ms_opt_text(&opts[0], &text);
        ck_assert_str_eq(text.data, forms[i].text);
        ms_buf_free(&text);

        /* From the content alone: the octets are taken away where the content tells all. */
        struct ms_opt built = opts[0];
        const bool whole = built.mp.form > MS_FORM_UNKNOWN || built.mss != 0 || built.wscale != 0 ||
                           built.tsval != 0 || built.kind <= 1 || built.kind == MS_TCPOPT_SACK_OK;
        if (whole) {
            memset(built.raw, 0xee, sizeof built.raw);
            built.len = built.occupied = 0;
            built.mp.subtype = 0;
        }
        if (built.kind != MS_TCPOPT_MSS || whole)
            ck_assert_int_eq(ms_opt_build(&built), MS_OK);
        unit_octets_eq(forms[i].hex, built.raw, built.occupied, octets, n);
        UNIT_NUM_EQ(built.len, opts[0].len);
        UNIT_NUM_EQ(built.mp.subtype, opts[0].mp.subtype);
        if (forms[i].form > MS_FORM_UNKNOWN)
            UNIT_NUM_EQ(ms_mp_length(&opts[0].mp), n);
        else
            UNIT_NUM_EQ(ms_mp_length(&opts[0].mp), 0);
    }
}
END_TEST

START_TEST(decoded_content)
{
    struct ms_opt o;
    uint8_t octets[64];
    size_t n = unhex("1e1c 201f 1122334455667788 99aabbccddeeff00 01020304 0506 0708", octets);
    ck_assert_int_eq(ms_opt_raw(&o, octets, n), MS_OK);
    UNIT_NUM_EQ(o.mp.dss_flags, MS_DSS_A | MS_DSS_a | MS_DSS_M | MS_DSS_m | MS_DSS_F);
    UNIT_NUM_EQ(o.mp.dack, 0x1122334455667788u);
    UNIT_NUM_EQ(o.mp.dsn, 0x99aabbccddeeff00u);
    UNIT_NUM_EQ(o.mp.ssn, 0x01020304u);
    UNIT_NUM_EQ(o.mp.dll, 0x0506u);
    ck_assert(o.mp.has_csum);
    UNIT_NUM_EQ(o.mp.csum, 0x0708u);

    n = unhex("1e1e 3106 20010db8000000000000000000000007 1f90", octets);
    ck_assert_int_eq(ms_opt_raw(&o, octets, n), MS_OK);
    UNIT_NUM_EQ(o.mp.form, MS_FORM_MALFORMED);

    n = unhex("1e12 3104 0a010203 1f90 0102030405060708", octets);
    ck_assert_int_eq(ms_opt_raw(&o, octets, n), MS_OK);
    UNIT_NUM_EQ(o.mp.form, MS_FORM_MALFORMED);
    ck_assert(o.mp.echo);

    n = unhex("1e16 0101 ff2ec3a2f6151881 54f04ad5bd2d9f42 0010", octets);
    ck_assert_int_eq(ms_opt_raw(&o, octets, n), MS_OK);
    UNIT_NUM_EQ(o.mp.keys, 2);
    ck_assert(o.mp.has_dll && !o.mp.has_csum);
    UNIT_NUM_EQ(o.mp.dll, 16);

    /* Flags of a DSS whose length does not fit them are still told. */
    n = unhex("1e0a 201f 000000000000", octets);
    ck_assert_int_eq(ms_opt_raw(&o, octets, n), MS_OK);
    UNIT_NUM_EQ(o.mp.form, MS_FORM_MALFORMED);
    UNIT_NUM_EQ(o.mp.dss_flags, 0x1f);
}
END_TEST

/* The lengths that RFC 8684 allows, flag octets being `b2` (low nibble) and `b3`. */
static bool length_right(unsigned subtype, unsigned b2, unsigned b3, unsigned n)
{
    switch (subtype) {
    case MPTCP_SUB_CAPABLE:
        return n == 4 || n == 12 || n == 20 || n == 22 || n == 24;
    case MPTCP_SUB_JOIN:
        return n == 12 || n == 16 || n == 24;
    case MPTCP_SUB_DSS: {
        unsigned want = 4;
        if (b3 & 1)
            want += b3 & 2 ? 8 : 4;
        if (b3 & 4)
            want += b3 & 8 ? 14 : 10;
        return n == want || ((b3 & 4) && n == want + 2);
    }
    case MPTCP_SUB_ADD_ADDR:
        return b2 & 1 ? n == 8 || n == 10 || n == 20 || n == 22
                      : n == 16 || n == 18 || n == 28 || n == 30;
    case MPTCP_SUB_REMOVE_ADDR:
        return n >= 4;
    case MPTCP_SUB_PRIO:
        return n == 3;
    case MPTCP_SUB_TCPRST:
        return n == 4;
    default:
        return n == 12;
    }
}

START_TEST(every_length)
{
    struct ms_opt opts[MS_OPTS_MAX];
    uint8_t octets[40];
    for (unsigned subtype = 0; subtype < 16; subtype++)
        for (unsigned b2 = 0; b2 < 16; b2++)
            for (unsigned b3 = 0; b3 < 32; b3++)
                for (unsigned n = 3; n <= 40; n++) {
                    memset(octets, 0x5a, sizeof octets);
                    octets[0] = MS_TCPOPT_MPTCP;
                    octets[1] = (uint8_t)n;
                    octets[2] = (uint8_t)(subtype << 4 | b2);
                    if (n > 3)
                        octets[3] = (uint8_t)b3;
                    const size_t count = ms_opts_decode(octets, n, opts);
                    UNIT_NUM_EQ(count, 1);
                    UNIT_NUM_EQ(opts[0].mp.subtype, subtype);
                    if (subtype > MPTCP_SUB_TCPRST) {
                        UNIT_NUM_EQ(opts[0].mp.form, MS_FORM_UNKNOWN);
                        continue;
                    }
                    const bool right = length_right(subtype, b2, b3, n);
                    ck_assert_msg((opts[0].mp.form != MS_FORM_MALFORMED) == right,
                                  "subtype %u flags %x %x length %u: form %u", subtype, b2, b3, n,
                                  opts[0].mp.form);
                    /* Whatever it is, building it again changes no octet. */
                    ck_assert_int_eq(ms_opt_build(&opts[0]), MS_OK);
                    unit_octets_eq("built", opts[0].raw, opts[0].occupied, octets, n);
                }
}
END_TEST

/* Length octet 0..255 in front of 0..40 octets: never more than what is there. */
START_TEST(lying_lengths)
{
    struct ms_opt opts[MS_OPTS_MAX];
    static const uint8_t kinds[] = {2, 3, 4, 5, 8, 30, 34, 253};
    for (size_t k = 0; k < sizeof kinds; k++)
        for (unsigned subtype = 0; subtype < 16; subtype++)
            for (unsigned said = 0; said < 256; said++)
                for (size_t n = 1; n <= 40; n++) {
                    uint8_t *octets = calloc(1, n);
                    ck_assert_ptr_nonnull(octets);
                    octets[0] = kinds[k];
                    if (n > 1)
                        octets[1] = (uint8_t)said;
                    if (n > 2)
                        octets[2] = (uint8_t)(subtype << 4);
                    const size_t count = ms_opts_decode(octets, n, opts);
                    const bool lies = n < 2 || said < 2 || said > n;
                    ck_assert_msg(opts[0].bad == lies, "kind %u length %u of %zu", kinds[k], said,
                                  n);
                    UNIT_NUM_EQ(opts[0].occupied, lies ? n : said);
                    UNIT_NUM_EQ(opts[0].len, n < 2 ? 0 : said);
                    UNIT_NUM_EQ(count, !lies && said < n ? 2 : 1);
                    if (lies && kinds[k] == MS_TCPOPT_MPTCP && (n < 3 || said < 3 || subtype < 9))
                        UNIT_NUM_EQ(opts[0].mp.form, MS_FORM_MALFORMED);
                    free(octets);
                }
}
END_TEST

START_TEST(lists)
{
    struct ms_opt opts[MS_OPTS_MAX];
    uint8_t octets[64];
    size_t n = unhex("020405b4 0402 080a000000010000000201030307 1e040101", octets);
    UNIT_NUM_EQ(ms_opts_decode(octets, n, opts), 6);
    static const char *const names[] = {"mss", "sack_ok", "ts", "nop", "wscale", "mp_capable"};
    for (size_t i = 0; i < 6; i++)
        ck_assert_str_eq(ms_opt_name(&opts[i]), names[i]);

    n = unhex("0101 00 1e040101", octets);
    UNIT_NUM_EQ(ms_opts_decode(octets, n, opts), 3);
    UNIT_NUM_EQ(opts[2].kind, MS_TCPOPT_EOL);

    n = unhex("1e040101 1e00 0101", octets);
    UNIT_NUM_EQ(ms_opts_decode(octets, n, opts), 2);
    ck_assert(opts[1].bad);
    UNIT_NUM_EQ(opts[1].occupied, 4);
    UNIT_NUM_EQ(opts[1].mp.subtype, MPTCP_SUB_NONE); /* not of this option any more */
    ck_assert_int_eq(ms_opt_build(&opts[1]), MS_OK);
    unit_octets_eq("bad as it was", opts[1].raw, opts[1].occupied, "\x1e\0\1\1", 4);

    UNIT_NUM_EQ(ms_opts_decode(octets, 0, opts), 0);
    memset(octets, MS_TCPOPT_NOP, sizeof octets);
    UNIT_NUM_EQ(ms_opts_decode(octets, sizeof octets, opts), MS_OPTS_MAX);
}
END_TEST

START_TEST(raw_options)
{
    struct ms_opt o;
    uint8_t octets[64] = {0};
    ck_assert_int_eq(ms_opt_raw(&o, octets, 0), MS_ERR_RANGE);
    ck_assert_int_eq(ms_opt_raw(&o, octets, 41), MS_ERR_RANGE);
    /* The length octet says 4, twelve octets are to be sent. */
    size_t n = unhex("1e04 0101 54f04ad5bd2d9f42", octets);
    ck_assert_int_eq(ms_opt_raw(&o, octets, n), MS_OK);
    UNIT_NUM_EQ(o.len, 4);
    UNIT_NUM_EQ(o.occupied, 12);
    UNIT_NUM_EQ(o.mp.form, MS_FORM_MALFORMED);
    unit_octets_eq("raw", o.raw, o.occupied, octets, n);
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    unit_octets_eq("rebuilt", o.raw, o.occupied, octets, n);
    n = unhex("1e14 0101 54f0", octets);
    ck_assert_int_eq(ms_opt_raw(&o, octets, n), MS_OK);
    ck_assert(o.bad);
    struct ms_buf text = {0};
    n = unhex("0304 05", octets);
    ck_assert_int_eq(ms_opt_raw(&o, octets, n), MS_OK);
    ms_opt_text(&o, &text);
    ck_assert_str_eq(text.data, "bad wscale 0x030405");
    ms_buf_free(&text);
}
END_TEST

START_TEST(deliberate_builds)
{
    /* A third ACK with an HMAC cut to 10 octets. */
    struct ms_opt o = {.kind = MS_TCPOPT_MPTCP, .mp = {.form = MS_FORM_JOIN_ACK, .hmac_len = 10}};
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    UNIT_NUM_EQ(o.len, 14);
    UNIT_NUM_EQ(ms_mp_length(&o.mp), 24);
    o.mp.hmac_len = 0;
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    UNIT_NUM_EQ(o.len, 24);
    o.mp.hmac_len = 200;
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    UNIT_NUM_EQ(o.len, 24);

    /* An echo that carries an HMAC, and an announcement that lacks it. */
    o = (struct ms_opt){.kind = MS_TCPOPT_MPTCP,
                        .mp = {.form = MS_FORM_ADD_ADDR, .echo = true, .hmac_len = 8}};
    ck_assert_int_eq(ms_addr_parse("10.0.0.1", &o.mp.addr), MS_OK);
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    UNIT_NUM_EQ(o.len, 16);
    UNIT_NUM_EQ(ms_mp_length(&o.mp), 8);
    o.mp.echo = false;
    o.mp.hmac_len = 0;
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    UNIT_NUM_EQ(o.len, 8);
    UNIT_NUM_EQ(ms_mp_length(&o.mp), 16);

    o = (struct ms_opt){.kind = MS_TCPOPT_MPTCP, .mp = {.form = MS_FORM_REMOVE_ADDR, .n_ids = 200}};
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    UNIT_NUM_EQ(o.len, 40);

    /* Options without content get the shortest form. */
    o = (struct ms_opt){.kind = MS_TCPOPT_SACK};
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    unit_octets_eq("sack", o.raw, o.occupied, "\5\2", 2);
    o = (struct ms_opt){.kind = MS_TCPOPT_MPTCP, .mp = {.form = MS_FORM_UNKNOWN, .subtype = 12}};
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    unit_octets_eq("unknown", o.raw, o.occupied, "\x1e\3\xc0", 3);
    o = (struct ms_opt){.kind = MS_TCPOPT_MPTCP, .mp = {.form = 77}};
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    UNIT_NUM_EQ(o.len, 3);
}
END_TEST

START_TEST(names)
{
    for (const struct ms_option_name *n = ms_option_names; n->name != NULL; n++) {
        ck_assert_ptr_eq(ms_option_name_find(n->name), n);
        ck_assert_ptr_nonnull(n->doc);
    }
    ck_assert_ptr_null(ms_option_name_find("mp_capabel"));
    ck_assert_ptr_null(ms_option_name_find("tcp"));
}
END_TEST

UNIT_MAIN("opts", there_and_back, decoded_content, every_length, lying_lengths, lists, raw_options,
          deliberate_builds, names)
