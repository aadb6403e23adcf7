/* SPDX-License-Identifier: MIT */
/* The text of --target. */
#include "mptcpspec/site.h"

#include <stdlib.h>
#include <string.h>

#define FORMS "local, exec:COMMAND, unix:PATH, host:ADDR:PORT"

static int read_local(const char *argument, struct ms_site_spec *out, struct ms_error *err)
{
    (void)out;
    return *argument ? ms_fail(err, MS_ERR_PARSE, "local takes nothing behind it") : MS_OK;
}

static int read_text(const char *argument, struct ms_site_spec *out, struct ms_error *err)
{
    (void)out;
    return *argument ? MS_OK : ms_fail(err, MS_ERR_PARSE, "nothing stands behind the colon");
}

/* "192.0.2.1:80", "[2001:db8::1]:80" */
static int read_host(const char *argument, struct ms_site_spec *out, struct ms_error *err)
{
    char addr[64], *end;
    const char *colon = strrchr(argument, ':');
    size_t n = colon ? (size_t)(colon - argument) : 0;
    bool bracket = n > 1 && *argument == '[' && argument[n - 1] == ']';
    const char *from = bracket ? argument + 1 : argument;
    n -= bracket ? 2 : 0;
    if (n == 0 || n >= sizeof addr)
        return ms_fail(err, MS_ERR_PARSE, "host:ADDR:PORT is wanted, IPv6 in brackets");
    memcpy(addr, from, n);
    addr[n] = '\0';
    if (ms_addr_parse(addr, &out->addr) != MS_OK)
        return ms_fail(err, MS_ERR_PARSE, "'%s' is no IPv4 or IPv6 address", addr);
    if ((out->addr.family == MS_IPV6) != bracket)
        return ms_fail(err, MS_ERR_PARSE, "%s",
                       bracket ? "brackets are for IPv6 addresses"
                               : "an IPv6 address stands in brackets: host:[2001:db8::1]:80");
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end || port == 0 || port > 65535)
        return ms_fail(err, MS_ERR_PARSE, "'%s' is no port", colon + 1);
    out->port = (uint16_t)port;
    return MS_OK;
}

static const struct {
    const char *word;
    enum ms_site_kind kind;
    int (*read)(const char *argument, struct ms_site_spec *out, struct ms_error *err);
} forms[] = {
    {"local", MS_SITE_LOCAL, read_local},
    {"exec", MS_SITE_EXEC, read_text},
    {"unix", MS_SITE_UNIX, read_text},
    {"host", MS_SITE_HOST, read_host},
};

int ms_site_spec_parse(const char *text, struct ms_site_spec *out, struct ms_error *err)
{
    size_t n = strcspn(text, ":");
    for (size_t i = 0; i < MS_ARRAY_LEN(forms); i++) {
        if (strlen(forms[i].word) != n || strncmp(forms[i].word, text, n) != 0)
            continue;
        const char *argument = text[n] ? text + n + 1 : text + n;
        out->text = text;
        out->kind = forms[i].kind;
        out->argument = argument;
        return forms[i].read(argument, out, err);
    }
    return ms_fail(err, MS_ERR_PARSE, "'%s' is no target; there are " FORMS, text);
}
