/* SPDX-License-Identifier: MIT */
/* --source: one address, or a row of them. */
#include "site/host.h"

#include <stdlib.h>
#include <string.h>

static int read_addr(const char *text, size_t n, enum ms_family family, struct ms_addr *out,
                     struct ms_error *err)
{
    char word[64];
    if (n == 0 || n >= sizeof word)
        return ms_fail(err, MS_ERR_PARSE, "--source takes ADDR or FIRST-LAST");
    memcpy(word, text, n);
    word[n] = '\0';
    if (ms_addr_parse(word, out) != MS_OK)
        return ms_fail(err, MS_ERR_PARSE, "--source: '%s' is no address", word);
    if (out->family != family)
        return ms_fail(err, MS_ERR_PARSE, "--source %s: the target has an %s address", word,
                       family == MS_IPV4 ? "IPv4" : "IPv6");
    if (host_no_unicast(out))
        return ms_fail(err, MS_ERR_PARSE, "--source %s: no host can have this address", word);
    return MS_OK;
}

static int read_prefix(const char *text, enum ms_family family, uint8_t *out, struct ms_error *err)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || n < 1 || n > (family == MS_IPV4 ? 32 : 128))
        return ms_fail(err, MS_ERR_PARSE, "--source: '/%s' is no length of a prefix", text);
    *out = (uint8_t)n;
    return MS_OK;
}

/* The next address in numeric order. */
static void step(struct ms_addr *a)
{
    for (size_t i = a->family == MS_IPV4 ? 4 : 16; i-- > 0;)
        if (++a->octets[i])
            return;
}

int host_sources_parse(const char *text, enum ms_family family, struct host_sources *out,
                       struct ms_error *err)
{
    const char *slash = strchr(text, '/'), *end = slash ? slash : text + strlen(text);
    const char *dash = memchr(text, '-', (size_t)(end - text));
    struct ms_addr first, last;
    *out = (struct host_sources){0};
    int rc = read_addr(text, (size_t)((dash ? dash : end) - text), family, &first, err);
    if (rc == MS_OK && slash)
        rc = read_prefix(slash + 1, family, &out->prefix, err);
    if (rc != MS_OK)
        return rc;
    last = first;
    if (dash && (rc = read_addr(dash + 1, (size_t)(end - dash - 1), family, &last, err)) != MS_OK)
        return rc;
    for (;; step(&first)) {
        if (out->n == HOST_SOURCES_MAX || memcmp(first.octets, last.octets, 16) > 0)
            return ms_fail(err, MS_ERR_PARSE,
                           "--source %s: FIRST-LAST must be a row of at most %d addresses", text,
                           HOST_SOURCES_MAX);
        out->addr[out->n++] = first;
        if (ms_addr_eq(&first, &last))
            return MS_OK;
    }
}
