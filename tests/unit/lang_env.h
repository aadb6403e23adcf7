/* SPDX-License-Identifier: MIT */
/* A small world for tests of the language: some requirements and two topologies. */
#ifndef MPTCPSPEC_LANG_ENV_H
#define MPTCPSPEC_LANG_ENV_H

#include "mptcpspec/lang.h"

#include <string.h>

static struct ms_requirement env_req[] = {
    {.id = "R-3.1-01", .section = "3.1", .level = MS_LEVEL_MUST},
    {.id = "R-3.2-14", .section = "3.2", .level = MS_LEVEL_MUST},
    {.id = "R-3.2-32", .section = "3.2", .level = MS_LEVEL_SHOULD},
    {.id = "R-3.2-34", .section = "3.2", .level = MS_LEVEL_MUST},
    {.id = "R-C.1.1-01", .section = "C.1.1", .level = MS_LEVEL_FORMAT},
};
static const char *env_ids[] = {"R-3.1-01", "R-3.2-14", "R-3.2-32", "R-3.2-34", "R-C.1.1-01"};
static const struct ms_catalogue env_catalogue = {
    .n = MS_ARRAY_LEN(env_req), .req = env_req, .ids = env_ids};

static const struct ms_topo env_one = {
    .name = "one-path",
    .n_paths = 1,
    .n_addrs = 3,
    .addr = {{.name = "t1", .v4 = {.family = MS_IPV4}, .v6 = {.family = MS_IPV6}},
             {.name = "t2", .v4 = {.family = MS_IPV4}, .v6 = {.family = MS_IPV6}},
             {.name = "i1", .on_iut = true, .v4 = {.family = MS_IPV4}, .v6 = {.family = MS_IPV6}}},
};
static const struct ms_topo env_two = {
    .name = "two-paths",
    .n_paths = 2,
    .n_addrs = 4,
    .addr = {{.name = "t1", .v4 = {.family = MS_IPV4}, .v6 = {.family = MS_IPV6}},
             {.name = "t2", .path = 1, .v4 = {.family = MS_IPV4}},
             {.name = "i1", .on_iut = true, .v4 = {.family = MS_IPV4}, .v6 = {.family = MS_IPV6}},
             {.name = "i2",
              .path = 1,
              .on_iut = true,
              .v4 = {.family = MS_IPV4},
              .v6 = {.family = MS_IPV6}}},
};
/* Client and server; the server has no second IPv6 address. */
static const struct ms_topo env_lab = {
    .name = "interop-one-path",
    .two_hosts = true,
    .n_paths = 2,
    .n_addrs = 4,
    .addr = {{.name = "c1", .v4 = {4, {10, 1, 0, 2}}, .v6 = {6, {0xfd, [15] = 2}}},
             {.name = "c2", .path = 1, .v4 = {4, {10, 2, 0, 2}}, .v6 = {6, {0xfd, [15] = 3}}},
             {.name = "s1", .on_iut = true, .v4 = {4, {10, 1, 0, 1}}, .v6 = {6, {0xfd, [15] = 1}}},
             {.name = "s2", .path = 1, .on_iut = true, .v4 = {4, {10, 2, 0, 1}}}},
};
static const struct ms_topo *const env_topos[] = {&env_one, &env_two, &env_lab, NULL};
static const struct ms_lang_env env = {.catalogue = &env_catalogue, .topo = env_topos};

/* All mistakes as text, for messages of failing tests. */
static inline char *env_mistakes(struct ms_arena *a, const struct ms_diags *d)
{
    struct ms_buf b = {0};
    ms_buf_puts(&b, "");
    for (size_t i = 0; i < d->n; i++)
        ms_diag_render(&d->d[i], &b);
    char *s = ms_arena_strdup(a, b.data);
    ms_buf_free(&b);
    return s;
}

#endif
