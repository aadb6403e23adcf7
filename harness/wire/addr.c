/* SPDX-License-Identifier: MIT */
#include "mptcpspec/wire.h"

#include <arpa/inet.h>
#include <string.h>

bool ms_addr_eq(const struct ms_addr *a, const struct ms_addr *b)
{
    if (a->family != b->family)
        return false;
    const size_t n = a->family == MS_IPV6 ? 16 : a->family == MS_IPV4 ? 4 : 0;
    return memcmp(a->octets, b->octets, n) == 0;
}

int ms_addr_parse(const char *text, struct ms_addr *out)
{
    struct ms_addr a = {.family = MS_IPV4};
    if (inet_pton(AF_INET, text, a.octets) != 1) {
        a.family = MS_IPV6;
        if (inet_pton(AF_INET6, text, a.octets) != 1)
            return MS_ERR_PARSE;
    }
    *out = a;
    return MS_OK;
}

const char *ms_addr_text(const struct ms_addr *a, char out[46])
{
    if (a->family == MS_IPV4)
        inet_ntop(AF_INET, a->octets, out, 46);
    else if (a->family == MS_IPV6)
        inet_ntop(AF_INET6, a->octets, out, 46);
    else
        strcpy(out, "none");
    return out;
}
