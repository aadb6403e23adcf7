/* SPDX-License-Identifier: MIT */
/* fresh and shared: what a session is to be. */
#include <stdio.h>
#include <string.h>

#include "agent/codec.h"

enum { MTU_LEAST = 576, MTU_MOST = 65535 };

static const struct {
    const char *name;
    enum ms_service service;
} services[] = {
    {"none", MS_SERVICE_NONE},
    {"discard", MS_SERVICE_DISCARD},
    {"echo", MS_SERVICE_ECHO},
    {"source", MS_SERVICE_SOURCE},
};

const char *codec_service_name(enum ms_service s)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(services); i++)
        if (services[i].service == s)
            return services[i].name;
    return services[0].name;
}

bool codec_service_find(const struct ms_agent_text *t, enum ms_service *out)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(services); i++)
        if (ms_agent_is(t, services[i].name)) {
            *out = services[i].service;
            return true;
        }
    return false;
}

/* ---- writing ---- */

static void put_place(struct ms_agent_out *o, const struct ms_addr *a, uint8_t prefix)
{
    char text[46], whole[56];

    codec_put(o, ",", 1);
    if (a->family == 0) {
        codec_put(o, "-", 1);
        return;
    }
    snprintf(whole, sizeof whole, "%s/%u", ms_addr_text(a, text), prefix);
    codec_put_encoded(o, whole, strlen(whole), ",");
}

static void put_addresses(struct ms_agent_out *o, const struct ms_topo *t)
{
    for (unsigned i = 0; i < t->n_addrs && i < MS_TOPO_ADDRS_MAX; i++) {
        const struct ms_topo_addr *a = &t->addr[i];
        char key[8], middle[16];
        snprintf(key, sizeof key, "a%u", i + 1);
        codec_put_key(o, key);
        codec_put_encoded(o, a->name, strnlen(a->name, sizeof a->name), ",");
        snprintf(middle, sizeof middle, ",%c,%u", a->on_iut ? 'i' : 't', a->path);
        codec_put(o, middle, strlen(middle));
        put_place(o, &a->v4, a->prefix4);
        put_place(o, &a->v6, a->prefix6);
    }
}

static void put_fresh(struct ms_agent_out *o, const struct ms_agent_opening *a)
{
    char mac[9];

    snprintf(mac, sizeof mac, "%02x%02x%02x%02x", a->mac[0], a->mac[1], a->mac[2], a->mac[3]);
    ms_agent_put_unsigned(o, "paths", a->topo.n_paths);
    ms_agent_put_text(o, "mac", mac);
    ms_agent_put_unsigned(o, "mtu", a->mtu);
    ms_agent_put_unsigned(o, "path_mtu", a->path_mtu);
    ms_agent_put_unsigned(o, "tables", a->topo.source_tables);
    ms_agent_put_text(o, "name", a->topo.name);
    put_addresses(o, &a->topo);
}

int ms_agent_put_opening(struct ms_agent_out *o, uint32_t session, uint32_t id,
                         const struct ms_agent_opening *a, struct ms_error *err)
{
    ms_agent_begin(o, session, id, a->fresh ? "fresh" : "shared");
    ms_agent_put_unsigned(o, "family", a->family == MS_IPV6 ? 6 : 4);
    if (a->fresh)
        put_fresh(o, a);
    ms_agent_put_text(o, "service", codec_service_name(a->service));
    ms_agent_put_unsigned(o, "octets", a->octets);
    ms_agent_put_unsigned(o, "seed", a->seed);
    ms_agent_put_unsigned(o, "port", a->port);
    ms_agent_put_unsigned(o, "pm", a->pm);
    ms_agent_put_unsigned(o, "events", a->events);
    if (ms_agent_end(o) != MS_OK)
        return ms_fail(err, MS_ERR_SPACE, "topology %s does not fit a line", a->topo.name);
    return MS_OK;
}

/* ---- reading ---- */

/* "10.1.1.2/24" or "-" */
static int get_place(const struct ms_agent_text *t, enum ms_family family, struct ms_addr *addr,
                     uint8_t *prefix)
{
    const char *slash = memchr(t->p, '/', t->n);
    uint64_t bits;

    if (ms_agent_is(t, "-"))
        return MS_OK;
    if (slash == NULL)
        return MS_ERR_PARSE;
    struct ms_agent_text a = {t->p, (size_t)(slash - t->p)};
    struct ms_addr parsed;
    if (ms_agent_get_addr(&a, &parsed) != MS_OK || parsed.family != family ||
        codec_decimal(slash + 1, t->n - a.n - 1, family == MS_IPV6 ? 128 : 32, &bits) != MS_OK)
        return MS_ERR_PARSE;
    *addr = parsed;
    *prefix = (uint8_t)bits;
    return MS_OK;
}

/* NAME,i|t,PATH,V4,V6 */
static int get_address(const struct ms_agent_text *t, unsigned paths, struct ms_topo_addr *a)
{
    struct ms_agent_text rest = *t, piece[5];
    uint64_t path;

    *a = (struct ms_topo_addr){0};
    for (size_t i = 0; i < MS_ARRAY_LEN(piece); i++)
        if (!codec_split(&rest, ',', &piece[i]))
            return MS_ERR_PARSE;
    if (rest.n != 0 || (!ms_agent_is(&piece[1], "i") && !ms_agent_is(&piece[1], "t")))
        return MS_ERR_PARSE;
    a->on_iut = *piece[1].p == 'i';
    int rc = ms_agent_get_text(&piece[0], a->name, sizeof a->name);
    if (rc == MS_OK)
        rc = ms_agent_get_unsigned(&piece[2], paths - 1, &path);
    if (rc == MS_OK) {
        a->path = (unsigned)path;
        rc = get_place(&piece[3], MS_IPV4, &a->v4, &a->prefix4);
    }
    return rc == MS_OK ? get_place(&piece[4], MS_IPV6, &a->v6, &a->prefix6) : rc;
}

/* a1, a2, ... without a gap. */
static int get_addresses(const struct ms_agent_line *l, struct ms_topo *t, struct ms_error *err)
{
    for (unsigned i = 0; i < MS_TOPO_ADDRS_MAX; i++) {
        char key[8];
        snprintf(key, sizeof key, "a%u", i + 1);
        const struct ms_agent_text *v = ms_agent_find(l, key);
        if (v == NULL)
            continue;
        int rc =
            i == t->n_addrs ? get_address(v, t->n_paths, &t->addr[t->n_addrs++]) : MS_ERR_PARSE;
        if (rc != MS_OK)
            return codec_bad_value(key, rc, err);
    }
    return MS_OK;
}

static int get_mac(const struct ms_agent_text *t, uint8_t mac[4])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t octets[4] = {0};

    if (t->n != 8)
        return MS_ERR_PARSE;
    for (size_t i = 0; i < 8; i++) {
        const char *d = memchr(digits, t->p[i], 16);
        if (d == NULL)
            return MS_ERR_PARSE;
        octets[i / 2] = (uint8_t)(octets[i / 2] << 4 | (d - digits));
    }
    if ((octets[0] & 3) != 2) /* locally administered, unicast */
        return MS_ERR_RANGE;
    memcpy(mac, octets, 4);
    return MS_OK;
}

static int get_mtu(const struct ms_agent_line *l, const char *key, unsigned *out,
                   struct ms_error *err)
{
    uint64_t v = 0;
    int rc = ms_agent_key_unsigned(l, key, MTU_MOST, &v, err);

    if (rc == MS_OK && v != 0 && v < MTU_LEAST)
        rc = codec_bad_value(key, MS_ERR_RANGE, err);
    *out = (unsigned)v;
    return rc;
}

static int get_fresh(const struct ms_agent_line *l, struct ms_agent_opening *a,
                     struct ms_error *err)
{
    const struct ms_agent_text *mac = ms_agent_find(l, "mac"), *paths = ms_agent_find(l, "paths");
    uint64_t n = 0;

    if (mac == NULL || paths == NULL)
        return ms_fail(err, MS_ERR_PARSE, "fresh needs paths= and mac=");
    int rc = codec_bad_value("mac", get_mac(mac, a->mac), err);
    if (rc == MS_OK)
        rc = codec_bad_value("paths", ms_agent_get_unsigned(paths, MS_PATHS_MAX, &n), err);
    if (rc == MS_OK && n == 0)
        rc = codec_bad_value("paths", MS_ERR_RANGE, err);
    a->topo.n_paths = (unsigned)n;
    if (rc == MS_OK)
        rc = get_mtu(l, "mtu", &a->mtu, err);
    if (rc == MS_OK)
        rc = get_mtu(l, "path_mtu", &a->path_mtu, err);
    if (rc == MS_OK)
        rc = ms_agent_key_flag(l, "tables", &a->topo.source_tables, err);
    if (rc == MS_OK)
        rc = ms_agent_key_text(l, "name", a->topo.name, sizeof a->topo.name, err);
    return rc == MS_OK ? get_addresses(l, &a->topo, err) : rc;
}

static int get_configuration(const struct ms_agent_line *l, struct ms_agent_opening *a,
                             struct ms_error *err)
{
    const struct ms_agent_text *service = ms_agent_find(l, "service");
    uint64_t family = 4, port = 0;

    if (service != NULL && !codec_service_find(service, &a->service))
        return codec_bad_value("service", MS_ERR_PARSE, err);
    int rc = ms_agent_key_unsigned(l, "family", 6, &family, err);
    if (rc == MS_OK && family != 4 && family != 6)
        rc = codec_bad_value("family", MS_ERR_RANGE, err);
    a->family = family == 6 ? MS_IPV6 : MS_IPV4;
    if (rc == MS_OK)
        rc = ms_agent_key_unsigned(l, "octets", UINT64_MAX, &a->octets, err);
    if (rc == MS_OK)
        rc = ms_agent_key_unsigned(l, "seed", UINT64_MAX, &a->seed, err);
    if (rc == MS_OK)
        rc = ms_agent_key_unsigned(l, "port", UINT16_MAX, &port, err);
    a->port = (uint16_t)port;
    if (rc == MS_OK)
        rc = ms_agent_key_flag(l, "pm", &a->pm, err);
    return rc == MS_OK ? ms_agent_key_flag(l, "events", &a->events, err) : rc;
}

int ms_agent_get_opening(const struct ms_agent_line *l, struct ms_agent_opening *a,
                         struct ms_error *err)
{
    static const char *const shared_keys[] = {"family", "service", "octets", "seed",
                                              "port",   "pm",      "events", NULL};
    static const char *const fresh_keys[] = {
        "family",   "service", "octets", "seed", "port", "pm",  "events", "paths", "mac", "mtu",
        "path_mtu", "tables",  "name",   "a1",   "a2",   "a3",  "a4",     "a5",    "a6",  "a7",
        "a8",       "a9",      "a10",    "a11",  "a12",  "a13", "a14",    "a15",   "a16", NULL};

    *a = (struct ms_agent_opening){.fresh = ms_agent_is(&l->word, "fresh")};
    int rc = ms_agent_only(l, a->fresh ? fresh_keys : shared_keys, err);
    if (rc == MS_OK)
        rc = get_configuration(l, a, err);
    if (rc == MS_OK && a->fresh)
        rc = get_fresh(l, a, err);
    return rc;
}
