/* SPDX-License-Identifier: MIT */
/* Ranges of addresses that are not the public Internet's. */
#include "site/host.h"

#include <string.h>

static const struct range {
    const char *rfc;
    uint8_t family, prefix;
    uint8_t octets[16];
} ranges[] = {
    {"RFC 1918", MS_IPV4, 8, {10}},
    {"RFC 1918", MS_IPV4, 12, {172, 16}},
    {"RFC 1918", MS_IPV4, 16, {192, 168}},
    {"RFC 1122", MS_IPV4, 8, {127}},
    {"RFC 3927", MS_IPV4, 16, {169, 254}},
    {"RFC 5737", MS_IPV4, 24, {192, 0, 2}},
    {"RFC 5737", MS_IPV4, 24, {198, 51, 100}},
    {"RFC 5737", MS_IPV4, 24, {203, 0, 113}},
    {"RFC 2544", MS_IPV4, 15, {198, 18}},
    {"RFC 4193", MS_IPV6, 7, {0xfc}},
    {"RFC 4291", MS_IPV6, 10, {0xfe, 0x80}},
    {"RFC 4291", MS_IPV6, 128, {[15] = 1}},
    {"RFC 3849", MS_IPV6, 32, {0x20, 0x01, 0x0d, 0xb8}},
    {"RFC 9637", MS_IPV6, 20, {0x3f, 0xff}},
    {"RFC 5180", MS_IPV6, 48, {0x20, 0x01, 0x00, 0x02}},
};
/* Multicast, broadcast, "this host". */
static const struct range nobodys[] = {
    {"", MS_IPV4, 4, {224}}, {"", MS_IPV4, 32, {255, 255, 255, 255}},
    {"", MS_IPV4, 8, {0}},   {"", MS_IPV6, 8, {0xff}},
    {"", MS_IPV6, 128, {0}},
};

static bool within(const struct range *r, const struct ms_addr *a)
{
    unsigned whole = r->prefix / 8, rest = r->prefix % 8;
    if (r->family != a->family || memcmp(r->octets, a->octets, whole) != 0)
        return false;
    return !rest || (r->octets[whole] ^ a->octets[whole]) >> (8 - rest) == 0;
}

const char *host_reserved(const struct ms_addr *a)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(ranges); i++)
        if (within(&ranges[i], a))
            return ranges[i].rfc;
    return NULL;
}

bool host_no_unicast(const struct ms_addr *a)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(nobodys); i++)
        if (within(&nobodys[i], a))
            return true;
    return false;
}
