/* SPDX-License-Identifier: MIT */
/* Internet checksum (RFC 1071) and DSS checksum (RFC 8684 3.3.1). */
#include "mptcpspec/wire.h"
#include "wire/internal.h"

#include <string.h>

/* RFC 1071 2 (B): the sum of octets in the machine's order is the sum with its two octets swapped. */
static uint32_t to_host_sum(uint64_t wide)
{
    wide = (wide & 0xffffffff) + (wide >> 32);
    wide = (wide & 0xffffffff) + (wide >> 32);
    uint32_t sum = (uint32_t)(wide & 0xffff) + (uint32_t)(wide >> 16);
    uint16_t folded = (uint16_t)((sum & 0xffff) + (sum >> 16));
    uint8_t octets[2];
    memcpy(octets, &folded, sizeof octets);
    return ms_get16(octets);
}

uint32_t ms_csum_add(uint32_t sum, const void *p, size_t n)
{
    const uint8_t *octets = p;
    uint64_t low = 0, high = 0, w;
    for (; n >= 8; octets += 8, n -= 8) {
        memcpy(&w, octets, 8);
        low += (uint32_t)w;
        high += w >> 32;
    }
    w = 0;
    memcpy(&w, octets, n); /* an odd octet is the first of its word, on either kind of machine */
    low += (uint32_t)w;
    high += w >> 32;
    low = (low & 0xffffffff) + (low >> 32);
    uint64_t wide = (uint64_t)sum + to_host_sum(low + (high & 0xffffffff) + (high >> 32));
    return (uint32_t)(wide & 0xffffffff) + (uint32_t)(wide >> 32);
}

uint16_t ms_csum_finish(uint32_t sum)
{
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

uint16_t ms_dss_csum(uint64_t dsn, uint32_t ssn, uint16_t dll, uint16_t field, const void *data,
                     size_t n)
{
    uint8_t pseudo[16];
    ms_put64(pseudo, dsn);
    ms_put32(pseudo + 8, ssn);
    ms_put16(pseudo + 12, dll);
    ms_put16(pseudo + 14, field);
    return ms_csum_finish(ms_csum_add(ms_csum_add(0, pseudo, sizeof pseudo), data, n));
}

uint32_t wire_pseudo_sum(const struct ms_addr *src, const struct ms_addr *dst, uint8_t proto,
                         size_t n)
{
    const size_t alen = src->family == MS_IPV6 ? 16 : 4;
    uint32_t sum = ms_csum_add(0, src->octets, alen);
    sum = ms_csum_add(sum, dst->octets, alen);
    uint8_t tail[6];
    ms_put32(tail, (uint32_t)n);
    ms_put16(tail + 4, proto);
    return ms_csum_add(sum, tail, sizeof tail);
}
