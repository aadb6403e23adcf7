/* SPDX-License-Identifier: MIT */
/*
 * Numbers of a run: they depend on the seed and a name only, so that a failing case can be played again
 * octet by octet. The generator is xoshiro256** (Blackman and Vigna, public domain description), its state
 * the SHA-256 of seed and name.
 */
#include "mptcpspec/crypto.h"

#include <openssl/sha.h>
#include <string.h>

static uint64_t rotl(uint64_t x, unsigned k)
{
    return x << k | x >> (64 - k);
}

void ms_rng_init(struct ms_rng *r, uint64_t seed, const char *name)
{
    struct ms_buf text = {0};
    uint8_t octets[8];
    uint8_t md[SHA256_DIGEST_LENGTH];
    ms_put64(octets, seed);
    ms_buf_add(&text, octets, sizeof octets);
    ms_buf_puts(&text, name);
    SHA256((const uint8_t *)text.data, text.len, md);
    ms_buf_free(&text);
    for (size_t i = 0; i < 4; i++)
        r->s[i] = ms_get64(md + 8 * i);
}

uint64_t ms_rng_u64(struct ms_rng *r)
{
    uint64_t *s = r->s;
    const uint64_t result = rotl(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint32_t ms_rng_u32(struct ms_rng *r)
{
    return (uint32_t)(ms_rng_u64(r) >> 32);
}

int ms_key_near_wrap(struct ms_rng *r, uint32_t before, uint64_t limit, uint64_t *key,
                     struct ms_error *err)
{
    if (limit == 0)
        limit = (uint64_t)1 << 26;
    for (uint64_t i = 0; i < limit; i++) {
        const uint64_t candidate = ms_rng_u64(r);
        /* Octet k of the stream has DSN IDSN + k, so `before` octets reach the multiple of 2^32. */
        const uint32_t low = (uint32_t)ms_idsn(candidate);
        const uint32_t left = (uint32_t)0 - low;
        if (left != 0 && left <= before) {
            *key = candidate;
            return MS_OK;
        }
    }
    return ms_fail(err, MS_ERR_NOTFOUND,
                   "no key whose IDSN lies within %u octets below a multiple of 2^32 in %llu tries",
                   before, (unsigned long long)limit);
}

/* splitmix64's output function over seed and block number: any block without those before it. */
static uint64_t stream_block(uint64_t seed, uint64_t block)
{
    uint64_t z = seed + (block + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void ms_stream_fill(uint64_t seed, uint64_t offset, uint8_t *out, size_t n)
{
    while (n > 0) {
        uint8_t octets[8];
        const size_t skip = (size_t)(offset % 8);
        size_t take = 8 - skip;
        if (take > n)
            take = n;
        ms_put64(octets, stream_block(seed, offset / 8));
        memcpy(out, octets + skip, take);
        out += take;
        offset += take;
        n -= take;
    }
}
