/* SPDX-License-Identifier: MIT */
/* The field table: every field read, written and read again, in every form that has it and none other. */
#include "unit.h"

#include "mptcpspec/wire.h"

/* One option of each form, with every optional part. */
static const char *const forms[] = {
    "1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef",
    "1e0c1008eef7df2fc0d346f6",
    "1e101000c7489cf7056428b40a54f9af",
    "1e181000b4e6a41bf5861313df7f5f454966998ad7e698a4",
    "1e1c200f000000000000007b000000000000000500000001000a1234",
    "1e1230040a0102031f900102030405060708",
    "1e064f030407",
    "1e0350",
    "1e0c60001045ecfa3f05f4ea",
    "1e0c700054f04ad5bd2d9f42",
    "1e048f06",
    "020405b4",
    "030307",
    "080a0000000100000002",
    "0402",
    "1e0490ff",
    "1e05200f00",
    "1e02",
    "0303",
    "01",
};

static struct ms_opt option(const char *hex)
{
    uint8_t octets[40];
    size_t n = 0;
    struct ms_opt o;
    for (; hex[2 * n] != '\0'; n++) {
        unsigned v = 0;
        ck_assert_int_eq(sscanf(hex + 2 * n, "%2x", &v), 1);
        octets[n] = (uint8_t)v;
    }
    ck_assert_int_eq(ms_opt_raw(&o, octets, n), MS_OK);
    return o;
}

static bool get(const char *field, const struct ms_opt *o, struct ms_value *v)
{
    char name[32];
    const size_t n = strcspn(field, ".");
    snprintf(name, sizeof name, "%.*s", (int)n, field);
    const struct ms_field *f = ms_field_find(name, field + n + 1);
    ck_assert_msg(f != NULL, "no field %s", field);
    const struct ms_seg none = {0};
    return f->get(&none, o, v);
}

START_TEST(values)
{
    static const struct {
        const char *hex, *field, *want; /* want NULL: this form lacks the field */
    } table[] = {
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mp_capable.version", "1"},
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mp_capable.flags", "129"},
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mp_capable.a", "1"},
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mp_capable.b", "0"},
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mp_capable.h", "1"},
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mp_capable.keys", "2"},
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mp_capable.sender_key",
         "18387849433281009793"},
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mp_capable.dll", "16"},
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mp_capable.csum", "48879"},
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mp_capable.len", "24"},
        {"1e180181ff2ec3a2f615188154f04ad5bd2d9f420010beef", "mptcp.subtype", "0"},
        {"1e040101", "mp_capable.sender_key", NULL},
        {"1e040101", "mp_capable.dll", NULL},
        {"1e040101", "mp_capable.csum", NULL},
        {"1e0c0101ff2ec3a2f6151881", "mp_capable.receiver_key", NULL},
        {"1e0c1f08eef7df2fc0d346f6", "mp_join.backup", "1"},
        {"1e0c1f08eef7df2fc0d346f6", "mp_join.reserved", "7"},
        {"1e0c1f08eef7df2fc0d346f6", "mp_join.token", "4009221935"},
        {"1e0c1f08eef7df2fc0d346f6", "mp_join.hmac", NULL},
        {"1e101000c7489cf7056428b40a54f9af", "mp_join.hmac", "0xc7489cf7056428b4"},
        {"1e101000c7489cf7056428b40a54f9af", "mp_join.token", NULL},
        {"1e181abcb4e6a41bf5861313df7f5f454966998ad7e698a4", "mp_join.reserved", "2748"},
        {"1e181abcb4e6a41bf5861313df7f5f454966998ad7e698a4", "mp_join.id", NULL},
        {"1e181abcb4e6a41bf5861313df7f5f454966998ad7e698a4", "mp_join.nonce", NULL},
        {"1e08201100000007", "dss.fin", "1"},
        {"1e08201100000007", "dss.dack", "7"},
        {"1e08201100000007", "dss.dack8", "0"},
        {"1e08201100000007", "dss.has_map", "0"},
        {"1e08201100000007", "dss.dsn", NULL},
        {"1e08201100000007", "dss.csum", NULL},
        {"1e0420e2", "dss.dack", NULL},
        {"1e0420e2", "dss.dack8", "1"},
        {"1e0420e2", "dss.reserved", "7"},
        {"1e0831040a010203", "add_addr.addr", "10.1.2.3"},
        {"1e0831040a010203", "add_addr.echo", "1"},
        {"1e0831040a010203", "add_addr.hmac", NULL},
        {"1e0831040a010203", "add_addr.port", NULL},
        {"1e064f030407", "remove_addr.ids", "0x030407"},
        {"1e064f030407", "remove_addr.reserved", "15"},
        {"1e0353", "mp_prio.backup", "1"},
        {"1e0353", "mp_prio.reserved", "1"},
        {"1e0c60001045ecfa3f05f4ea", "mp_fail.dsn", "1172603837543216362"},
        {"1e0c60001045ecfa3f05f4ea", "dss.dsn", NULL},
        {"1e048906", "mp_tcprst.flags", "9"},
        {"1e048906", "mp_tcprst.t", "1"},
        {"1e048906", "mp_tcprst.reserved", "4"},
        {"1e048906", "mp_tcprst.reason", "6"},
        {"1e0490ff", "mptcp.subtype", "9"},
        {"1e02", "mptcp.subtype", NULL},
        {"1e02", "mptcp.len", "2"},
        {"1e05200f00", "dss.len", "5"},
        {"1e05200f00", "dss.dack", NULL},
        {"020405b4", "mss.value", "1460"},
        {"0303", "wscale.value", NULL},
        {"02020405", "mss.value", NULL},
        {"080a0000000100000002", "ts.ecr", "2"},
        {"01", "mptcp.len", NULL},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        const struct ms_opt o = option(table[i].hex);
        struct ms_value v;
        struct ms_buf text = {0};
        if (get(table[i].field, &o, &v))
            ms_value_text(&v, &text);
        const char *got = text.len != 0 ? text.data : "(absent)";
        const char *want = table[i].want != NULL ? table[i].want : "(absent)";
        ck_assert_msg(strcmp(got, want) == 0, "%s %s: want %s, got %s", table[i].hex,
                      table[i].field, want, got);
        ms_buf_free(&text);
    }
}
END_TEST

/* Some other value of the same type. */
static struct ms_value changed(const struct ms_value *v)
{
    struct ms_value c = *v;
    if (v->type == MS_V_OCTETS)
        c.octets[0] ^= 0x80;
    else if (v->type == MS_V_ADDR)
        c.addr.octets[1] ^= 0x80;
    else
        c.num ^= 1;
    return c;
}

START_TEST(read_write_read)
{
    unsigned written = 0;
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++) {
        ck_assert_ptr_eq(ms_field_find(f->option, f->name), f);
        ck_assert_ptr_nonnull(f->doc);
        ck_assert_ptr_nonnull(f->rfc);
        bool seen = false;
        for (size_t i = 0; i < MS_ARRAY_LEN(forms); i++) {
            struct ms_opt o = option(forms[i]);
            const struct ms_opt was = o;
            const bool tcp = strcmp(f->option, "tcp") == 0;
            struct ms_seg seg = {.win = 5};
            struct ms_value v, again;
            if (!f->get(&seg, tcp ? NULL : &o, &v))
                continue;
            seen = true;
            ck_assert_uint_eq(v.type, f->type);
            const struct ms_value other = changed(&v);
            if (!f->set(&seg, tcp ? NULL : &o, &other))
                continue;
            written++;
            ck_assert(f->get(&seg, tcp ? NULL : &o, &again) || strstr(f->name, "has_") != NULL);
            if (tcp) {
                ck_assert_msg(ms_value_eq(&again, &other), "%s.%s", f->option, f->name);
                continue;
            }
            ck_assert_int_eq(ms_opt_build(&o), MS_OK);
            ck_assert_msg(o.occupied != was.occupied || memcmp(o.raw, was.raw, o.occupied) != 0,
                          "%s.%s of %s: octets unchanged", f->option, f->name, forms[i]);
            /* Back again gives the octets of before. */
            if (f->set(&seg, &o, &v) && ms_opt_build(&o) == MS_OK)
                unit_octets_eq(f->name, o.raw, o.occupied, was.raw, was.occupied);
        }
        ck_assert_msg(seen, "%s.%s was never seen", f->option, f->name);
    }
    ck_assert_uint_gt(written, 70);
}
END_TEST

START_TEST(refused)
{
    static const struct {
        const char *hex, *option, *field;
        struct ms_value v;
    } table[] = {
        {"1e040101", "mp_capable", "version", {.type = MS_V_NUM, .num = 16}},
        {"1e040101", "mp_capable", "version", {.type = MS_V_OCTETS, .len = 1}},
        {"1e040101", "mp_capable", "keys", {.type = MS_V_NUM, .num = 1}},
        {"1e040101", "mp_capable", "len", {.type = MS_V_NUM, .num = 4}},
        {"1e040101", "mp_join", "id", {.type = MS_V_NUM, .num = 4}},
        {"1e0c1008eef7df2fc0d346f6", "mp_join", "hmac", {.type = MS_V_OCTETS, .len = 8}},
        {"1e101000c7489cf7056428b40a54f9af", "mp_join", "hmac", {.type = MS_V_OCTETS, .len = 21}},
        {"1e101000c7489cf7056428b40a54f9af", "mp_join", "hmac", {.type = MS_V_NUM, .num = 8}},
        {"1e0c1008eef7df2fc0d346f6", "mp_join", "reserved", {.type = MS_V_NUM, .num = 8}},
        {"1e0831040a010203", "add_addr", "addr", {.type = MS_V_NUM, .num = 8}},
        {"1e0831040a010203", "add_addr", "addr", {.type = MS_V_ADDR}},
        {"1e064f030407", "remove_addr", "ids", {.type = MS_V_OCTETS, .len = 38}},
        {"1e05200f00", "dss", "dack", {.type = MS_V_NUM, .num = 8}},
        {"0303", "wscale", "value", {.type = MS_V_NUM, .num = 8}},
        {"1e02", "mptcp", "subtype", {.type = MS_V_NUM, .num = 8}},
        {"1e040101", "mptcp", "subtype", {.type = MS_V_NUM, .num = 16}},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct ms_opt o = option(table[i].hex);
        struct ms_seg seg = {0};
        const struct ms_field *f = ms_field_find(table[i].option, table[i].field);
        ck_assert_ptr_nonnull(f);
        ck_assert_msg(!f->set(&seg, &o, &table[i].v), "row %zu was accepted", i);
        if (strcmp(f->option, "tcp") != 0) {
            struct ms_value v;
            ck_assert(!f->set(&seg, NULL, &table[i].v));
            ck_assert(!f->get(&seg, NULL, &v));
        }
    }
    struct ms_seg seg = {0};
    const struct ms_field *doff = ms_field_find("tcp", "doff");
    ck_assert(!doff->set(&seg, NULL, &(struct ms_value){.type = MS_V_NUM, .num = 16}));
    ck_assert_ptr_null(ms_field_find("tcp", "dofff"));
    ck_assert_ptr_null(ms_field_find("dss", "token"));
}
END_TEST

/* A written part comes into being: a case may send a checksum that nobody negotiated. */
START_TEST(optional_parts)
{
    static const struct {
        const char *before, *option, *field;
        uint64_t num;
        const char *after;
    } table[] = {
        {"1e040101", "mp_capable", "sender_key", 0x1122334455667788u, "1e0c01011122334455667788"},
        {"1e0c01011122334455667788", "mp_capable", "receiver_key", 9,
         "1e14010111223344556677880000000000000009"},
        {"1e14010111223344556677880000000000000009", "mp_capable", "dll", 3,
         "1e160101112233445566778800000000000000090003"},
        {"1e14010111223344556677880000000000000009", "mp_capable", "csum", 5,
         "1e1801011122334455667788000000000000000900000005"},
        {"1e042000", "dss", "dack", 0x100000007u, "1e08200100000007"},
        {"1e08200100000007", "dss", "dack8", 1, "1e0c20030000000000000007"},
        {"1e08200100000007", "dss", "ssn", 6, "1e1220050000000700000000000000060000"},
        {"1e08200100000007", "dss", "csum", 6,
         "1e142005000000070000000000000000"
         "00000006"},
        {"1e0c20030000000000000007", "dss", "has_dack", 0, "1e042002"},
        {"1e0831040a010203", "add_addr", "port", 80, "1e0a31040a0102030050"},
        {"1e0c60001045ecfa3f05f4ea", "mptcp", "subtype", 7, "1e0c70001045ecfa3f05f4ea"},
        {"1e0c60001045ecfa3f05f4ea", "mptcp", "subtype", 13, "1e0cd0001045ecfa3f05f4ea"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct ms_opt o = option(table[i].before);
        const struct ms_opt want = option(table[i].after);
        struct ms_seg seg = {0};
        const struct ms_field *f = ms_field_find(table[i].option, table[i].field);
        const struct ms_value v = {.type = MS_V_NUM, .num = table[i].num};
        ck_assert_ptr_nonnull(f);
        ck_assert(f->set(&seg, &o, &v));
        ck_assert_int_eq(ms_opt_build(&o), MS_OK);
        unit_octets_eq(table[i].after, o.raw, o.occupied, want.raw, want.occupied);
        UNIT_NUM_EQ(o.mp.form, want.mp.form);
    }
    /* A fresh option has no octets yet and can be written. */
    struct ms_opt o = {.kind = MS_TCPOPT_MSS};
    struct ms_seg seg = {0};
    ck_assert(ms_field_find("mss", "value")
                  ->set(&seg, &o, &(struct ms_value){.type = MS_V_NUM, .num = 536}));
    ck_assert_int_eq(ms_opt_build(&o), MS_OK);
    unit_octets_eq("mss", o.raw, o.occupied, "\2\4\2\x18", 4);
    /* A written checksum is kept by the encoder. */
    ck_assert(ms_field_find("tcp", "csum")
                  ->set(&seg, NULL, &(struct ms_value){.type = MS_V_NUM, .num = 1}));
    ck_assert(seg.keep_csum);
}
END_TEST

START_TEST(value_equality)
{
    static const struct ms_value num = {.type = MS_V_NUM, .num = 1},
                                 yes = {.type = MS_V_BOOL, .num = 1}, none = {.type = MS_V_NONE},
                                 oct = {.type = MS_V_OCTETS, .len = 2, .octets = {1, 2}},
                                 oct3 = {.type = MS_V_OCTETS, .len = 3, .octets = {1, 2}},
                                 addr = {.type = MS_V_ADDR, .addr = {.family = MS_IPV4}};
    ck_assert(ms_value_eq(&num, &yes));
    ck_assert(!ms_value_eq(&num, &none));
    ck_assert(!ms_value_eq(&num, &oct));
    ck_assert(ms_value_eq(&oct, &oct));
    ck_assert(!ms_value_eq(&oct, &oct3));
    ck_assert(ms_value_eq(&addr, &addr));
    ck_assert(ms_value_eq(&none, &none));
    struct ms_buf b = {0};
    ms_value_text(&none, &b);
    ck_assert_str_eq(b.data, "none");
    ms_buf_free(&b);
}
END_TEST

UNIT_MAIN("fields", values, read_write_read, refused, optional_parts, value_equality)
