/* SPDX-License-Identifier: MIT */
/* Token, IDSN and HMACs (RFC 8684 3.1, 3.2, 3.4.1). */
#include "mptcpspec/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

static void key_hash(uint64_t key, uint8_t md[SHA256_DIGEST_LENGTH])
{
    uint8_t octets[8];
    ms_put64(octets, key);
    SHA256(octets, sizeof octets, md);
}

uint32_t ms_token(uint64_t key)
{
    uint8_t md[SHA256_DIGEST_LENGTH];
    key_hash(key, md);
    return ms_get32(md);
}

uint64_t ms_idsn(uint64_t key)
{
    uint8_t md[SHA256_DIGEST_LENGTH];
    key_hash(key, md);
    return ms_get64(md + SHA256_DIGEST_LENGTH - 8);
}

/* All HMACs of RFC 8684 are keyed with two concatenated 64-bit keys. */
static void hmac_pair(uint64_t first, uint64_t second, const uint8_t *msg, size_t n,
                      uint8_t out[32])
{
    uint8_t key[16];
    unsigned len = 32;
    ms_put64(key, first);
    ms_put64(key + 8, second);
    HMAC(EVP_sha256(), key, (int)sizeof key, msg, n, out, &len);
}

void ms_join_hmac(uint64_t local_key, uint64_t remote_key, uint32_t local_nonce,
                  uint32_t remote_nonce, uint8_t out[32])
{
    uint8_t msg[8];
    ms_put32(msg, local_nonce);
    ms_put32(msg + 4, remote_nonce);
    hmac_pair(local_key, remote_key, msg, sizeof msg, out);
}

void ms_add_addr_hmac(uint64_t sender_key, uint64_t receiver_key, uint8_t id,
                      const struct ms_addr *addr, uint16_t port, uint8_t out[32])
{
    uint8_t msg[1 + 16 + 2];
    const size_t n = addr->family == MS_IPV6 ? 16 : 4;
    msg[0] = id;
    memcpy(msg + 1, addr->octets, n);
    ms_put16(msg + 1 + n, port);
    hmac_pair(sender_key, receiver_key, msg, 1 + n + 2, out);
}

void ms_sha256_hex(const void *p, size_t n, char out[65])
{
    uint8_t md[SHA256_DIGEST_LENGTH];
    SHA256(n != 0 ? p : "", n, md);
    for (size_t i = 0; i < sizeof md; i++)
        snprintf(out + 2 * i, 3, "%02x", md[i]);
}
