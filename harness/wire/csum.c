/* SPDX-License-Identifier: MIT */
/* Internet checksum (RFC 1071) and DSS checksum (RFC 8684 3.3.1). */
#include "mptcpspec/wire.h"
#include "wire/internal.h"

uint32_t ms_csum_add(uint32_t sum, const void *p, size_t n)
{
    const uint8_t *octets = p;
    uint64_t wide = sum;
    size_t i = 0;
    for (; i + 1 < n; i += 2)
        wide += ms_get16(octets + i);
    if (i < n)
        wide += (uint64_t)octets[i] << 8;
    while (wide > 0xffffffffu)
        wide = (wide & 0xffffffffu) + (wide >> 32);
    return (uint32_t)wide;
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
