/* SPDX-License-Identifier: MIT */
/*
 * crypto: what RFC 8684 computes from keys, and the seeded random numbers of a run. Keys are 64-bit numbers
 * whose big-endian octets are the octets on the wire.
 */
#ifndef MPTCPSPEC_CRYPTO_H
#define MPTCPSPEC_CRYPTO_H

#include "mptcpspec/wire.h"

/* Token: most significant 32 bits of SHA-256(key), RFC 8684 3.1. */
uint32_t ms_token(uint64_t key);
/* IDSN: least significant 64 bits of SHA-256(key), RFC 8684 3.1. */
uint64_t ms_idsn(uint64_t key);
/*
 * HMAC-SHA256 of a join: key = local_key || remote_key, message = local_nonce || remote_nonce, "local" being
 * the host that computes it (RFC 8684 3.2). Full 32 octets, wire order: the SYN/ACK takes the leftmost 8, the
 * third ACK the leftmost 20.
 */
void ms_join_hmac(uint64_t local_key, uint64_t remote_key, uint32_t local_nonce,
                  uint32_t remote_nonce, uint8_t out[32]);
/*
 * HMAC-SHA256 of an ADD_ADDR: key = sender_key || receiver_key, message = id || address || port (two zero
 * octets without a port), RFC 8684 3.4.1. Full 32 octets: the option takes the rightmost 8.
 */
void ms_add_addr_hmac(uint64_t sender_key, uint64_t receiver_key, uint8_t id,
                      const struct ms_addr *addr, uint16_t port, uint8_t out[32]);

/* Deterministic random numbers: equal (seed, name) give equal sequences on every machine. */
struct ms_rng {
    uint64_t s[4];
};
void ms_rng_init(struct ms_rng *r, uint64_t seed, const char *name);
uint64_t ms_rng_u64(struct ms_rng *r);
uint32_t ms_rng_u32(struct ms_rng *r);

/*
 * Searches a key (from `r`) whose IDSN's low 32 bits lie within `before` octets below a multiple of 2^32, so
 * that a transfer of `before` octets crosses it (RFC 8684 3.3.1). Tries at most `limit` keys (0: 2^26).
 * MS_ERR_NOTFOUND if none. About 2^32 / before hashes are needed.
 */
int ms_key_near_wrap(struct ms_rng *r, uint32_t before, uint64_t limit, uint64_t *key,
                     struct ms_error *err);

/*
 * Content of test streams: octet i of stream `seed` depends on seed and i only, so that any octet can be
 * checked wherever it turns up. Fills out[0..n) with octets offset..offset+n.
 */
void ms_stream_fill(uint64_t seed, uint64_t offset, uint8_t *out, size_t n);

/* SHA-256 of a buffer as 64 hex digits and NUL (evidence, configuration hash). */
void ms_sha256_hex(const void *p, size_t n, char out[65]);

#endif
