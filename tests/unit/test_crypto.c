/* SPDX-License-Identifier: MIT */
/* Keys, tokens, data sequence numbers and HMACs seen on the wire between Linux hosts. */
#include "unit.h"

#include "mptcpspec/crypto.h"

/*
 * Connections captured with tcpdump, and what `ss` said of them. token and idsn belong to `key`; the octets
 * that a host has sent when a value was seen are added to the IDSN by the row.
 */
static const struct {
    const char *what;
    uint64_t key;
    uint32_t token; /* 0: not seen */
    uint64_t seen;  /* a DSN or Data ACK */
    uint64_t sent;  /* IDSN + sent == seen */
} keys[] = {
    {"loopback client: ss token, write_seq", 0xdbb760db1d55e07b, 0xc1f12b87, 0xde9999038d0a29a2, 1},
    {"loopback server: ss token, write_seq", 0x45edb502d861e7b1, 0x5bba80d9, 0x2266a099179e2476, 1},
    {"loopback client: data ack of 12", 0xdbb760db1d55e07b, 0, 16040019788386937262u, 13},
    {"first internet client: data ack of 6", 0x9dc8e3972e3d9f25, 0, 1561335003985645838u, 7},
    {"http client: ss token, 16 sent", 0xff2ec3a2f6151881, 0xe1e3cdeb, 0x1045ecfa3f05f4ea, 17},
    {"http client: data ack of 16", 0xff2ec3a2f6151881, 0, 1172603837543216362u, 17},
    {"http client: dsn of DATA_FIN", 0xff2ec3a2f6151881, 0, 1172603837543216363u, 18},
    {"http client: data ack of DATA_FIN", 0xff2ec3a2f6151881, 0, 1172603837543216364u, 19},
    {"http server: join token, ss rcv_nxt", 0x54f04ad5bd2d9f42, 0xeef7df2f, 0xd0568f430363c9aa, 1},
    {"http server: first dsn", 0x54f04ad5bd2d9f42, 0, 15012343925868579242u, 1},
    {"http server: data ack of 601", 0x54f04ad5bd2d9f42, 0, 15012343925868579843u, 602},
    {"http server: data ack of DATA_FIN", 0x54f04ad5bd2d9f42, 0, 15012343925868579844u, 603},
    {"namespace client: ss token", 0x41923206b75835f5, 0x768f615c, 1711754507747579648u, 17},
    {"namespace client: data ack of 32", 0x41923206b75835f5, 0, 1711754507747579664u, 33},
    {"namespace server: data ack before data", 0xbb206e3023b47a2d, 0, 1331650533424046587u, 1},
    {"namespace server: ss seq", 0xbb206e3023b47a2d, 0, 0x127af91ad1b321fb, 1},
};

START_TEST(tokens_and_idsn)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(keys); i++) {
        if (keys[i].token != 0)
            ck_assert_msg(ms_token(keys[i].key) == keys[i].token, "%s: token %08x, want %08x",
                          keys[i].what, ms_token(keys[i].key), keys[i].token);
        const uint64_t got = ms_idsn(keys[i].key) + keys[i].sent;
        ck_assert_msg(got == keys[i].seen, "%s: %llu, want %llu", keys[i].what,
                      (unsigned long long)got, (unsigned long long)keys[i].seen);
    }
    UNIT_NUM_EQ(ms_idsn(0xff2ec3a2f6151881), 1172603837543216345u);
    UNIT_NUM_EQ(ms_idsn(0x54f04ad5bd2d9f42), 15012343925868579241u);
}
END_TEST

START_TEST(join_hmacs)
{
    const uint64_t a = 0xff2ec3a2f6151881, b = 0x54f04ad5bd2d9f42;
    const uint32_t nonce_a = 0xc0d346f6, nonce_b = 0x0a54f9af;
    static const uint8_t synack[8] = {0xc7, 0x48, 0x9c, 0xf7, 0x05, 0x64, 0x28, 0xb4};
    static const uint8_t ack[20] = {0xb4, 0xe6, 0xa4, 0x1b, 0xf5, 0x86, 0x13, 0x13, 0xdf, 0x7f,
                                    0x5f, 0x45, 0x49, 0x66, 0x99, 0x8a, 0xd7, 0xe6, 0x98, 0xa4};
    uint8_t got[32];
    ms_join_hmac(b, a, nonce_b, nonce_a, got);
    unit_octets_eq("SYN/ACK", got, 8, synack, 8);
    ms_join_hmac(a, b, nonce_a, nonce_b, got);
    unit_octets_eq("ACK", got, 20, ack, 20);
}
END_TEST

/* No capture at hand shows an ADD_ADDR with its keys: an independent HMAC gave these values. */
START_TEST(add_addr_hmacs)
{
    const uint64_t a = 0xff2ec3a2f6151881, b = 0x54f04ad5bd2d9f42;
    struct ms_addr four, six;
    uint8_t got[32], other[32];
    ck_assert_int_eq(ms_addr_parse("10.1.2.3", &four), MS_OK);
    ck_assert_int_eq(ms_addr_parse("2001:db8::7", &six), MS_OK);

    /* HMAC-SHA256(key = a || b, id || address || port), rightmost 8 octets (RFC 8684 3.4.1). */
    static const uint8_t id4_port0[8] = {0x6c, 0x55, 0xeb, 0x29, 0x4d, 0xc7, 0x5d, 0x20};
    static const uint8_t id4_port8080[8] = {0x97, 0x99, 0x36, 0xe8, 0x7d, 0xba, 0x36, 0xba};
    static const uint8_t id6_port0[8] = {0x3b, 0x44, 0xf7, 0xfa, 0x8b, 0x38, 0xc1, 0x1d};
    ms_add_addr_hmac(a, b, 4, &four, 0, got);
    unit_octets_eq("IPv4", got + 24, 8, id4_port0, 8);
    ms_add_addr_hmac(a, b, 4, &four, 8080, got);
    unit_octets_eq("IPv4 with port", got + 24, 8, id4_port8080, 8);
    ms_add_addr_hmac(a, b, 6, &six, 0, got);
    unit_octets_eq("IPv6", got + 24, 8, id6_port0, 8);
    ms_add_addr_hmac(b, a, 6, &six, 0, other);
    ck_assert_int_ne(memcmp(got, other, 32), 0);
}
END_TEST

START_TEST(random_numbers)
{
    struct ms_rng a, b, c, d;
    ms_rng_init(&a, 7, "join.listener");
    ms_rng_init(&b, 7, "join.listener");
    ms_rng_init(&c, 7, "join.listener2");
    ms_rng_init(&d, 8, "join.listener");
    for (int i = 0; i < 100; i++) {
        const uint64_t x = ms_rng_u64(&a);
        UNIT_NUM_EQ(ms_rng_u64(&b), x);
        ck_assert(ms_rng_u64(&c) != x);
        ck_assert(ms_rng_u64(&d) != x);
    }
    const uint64_t next = ms_rng_u64(&a);
    UNIT_NUM_EQ(ms_rng_u32(&b), next >> 32);
    /* The generator itself, from its published definition: state 1, 2, 3, 4. */
    struct ms_rng known = {{1, 2, 3, 4}};
    UNIT_NUM_EQ(ms_rng_u64(&known), 11520u);
    UNIT_NUM_EQ(ms_rng_u64(&known), 0u);
    UNIT_NUM_EQ(ms_rng_u64(&known), 1509978240u);
    UNIT_NUM_EQ(ms_rng_u64(&known), 1215971899390074240u);
}
END_TEST

START_TEST(key_near_wrap)
{
    struct ms_rng r;
    struct ms_error err = {0};
    uint64_t key = 0;
    ms_rng_init(&r, 1, "wrap");
    const uint32_t before = 1u << 20;
    ck_assert_int_eq(ms_key_near_wrap(&r, before, 0, &key, &err), MS_OK);
    const uint64_t idsn = ms_idsn(key);
    ck_assert_uint_ne(idsn >> 32, (idsn + before) >> 32);
    ck_assert_int_eq(ms_key_near_wrap(&r, 1, 10, &key, &err), MS_ERR_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.msg, "10 tries"));
    ck_assert_int_eq(ms_key_near_wrap(&r, 1, 10, &key, NULL), MS_ERR_NOTFOUND);
}
END_TEST

START_TEST(stream_content)
{
    uint8_t whole[4096], part[300], other[300];
    ms_stream_fill(42, 0, whole, sizeof whole);
    for (size_t at = 0; at < 64; at++)
        for (size_t n = 0; n <= 40; n++) {
            memset(part, 0xee, sizeof part);
            ms_stream_fill(42, at, part, n);
            unit_octets_eq("part", part, n, whole + at, n);
            ck_assert_uint_eq(part[n], 0xee);
        }
    ms_stream_fill(42, 0xffffffffu, part, sizeof part);
    ms_stream_fill(42, 0x100000000u, other, 100);
    unit_octets_eq("beyond 32 bits", other, 100, part + 1, 100);
    ms_stream_fill(43, 0, other, sizeof other);
    ck_assert_int_ne(memcmp(whole, other, sizeof other), 0);
    /* Content must not repeat, or misplaced data would go unnoticed. */
    for (size_t i = 8; i + 8 <= sizeof whole; i++)
        ck_assert_int_ne(memcmp(whole, whole + i, 8), 0);
}
END_TEST

START_TEST(sha256_text)
{
    char hex[65];
    ms_sha256_hex("abc", 3, hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ms_sha256_hex(NULL, 0, hex);
    ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

UNIT_MAIN("crypto", tokens_and_idsn, join_hmacs, add_addr_hmacs, random_numbers, key_near_wrap,
          stream_content, sha256_text)
