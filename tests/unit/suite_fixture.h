/* SPDX-License-Identifier: MIT */
/* A small suite built by hand, for tests of choice and reports: no file is parsed. */
#ifndef MPTCPSPEC_SUITE_FIXTURE_H
#define MPTCPSPEC_SUITE_FIXTURE_H

#include "mptcpspec/report.h"
#include "unit.h"

static const char *const fixture_tags[] = {"slow"};
static struct ms_requirement fixture_reqs[] = {
    {.id = "R-3.1-02",
     .section = "3.1",
     .level = MS_LEVEL_MUST,
     .actor = "listener",
     .text = "says the version"},
    {.id = "R-3.2-34",
     .section = "3.2",
     .level = MS_LEVEL_MUST,
     .actor = "listener",
     .text = "resets the subflow"},
    {.id = "R-3.2-36",
     .section = "3.2",
     .level = MS_LEVEL_SHOULD,
     .actor = "any",
     .text = "gives a reason"},
};
static const char *fixture_ids[] = {"R-3.1-02", "R-3.2-34", "R-3.2-36"};
static const struct ms_requirement *fixture_join_reqs[] = {&fixture_reqs[1], &fixture_reqs[2]};
static const struct ms_requirement *fixture_open_reqs[] = {&fixture_reqs[0]};

static const struct ms_case fixture_join = {
    .file = "cases/join/ack-hmac.case",
    .loc = {.file = "cases/join/ack-hmac.case", .line = 2, .column = 1},
    .name = "join.listener.ack-hmac",
    .purpose = "A listener resets a joining subflow whose HMAC is wrong <&\">.",
    .section = "3.2",
    .role = MS_ROLE_LISTENER,
    .topology = "one-path",
    .n_tags = 1,
    .tag = (const char **)fixture_tags,
    .n_reqs = 2,
    .req = fixture_join_reqs,
};
static const struct ms_case fixture_open = {
    .file = "cases/open/version.case",
    .loc = {.file = "cases/open/version.case", .line = 1, .column = 1},
    .name = "open.initiator.version",
    .purpose = "The first SYN names the highest version.",
    .section = "3.1",
    .role = MS_ROLE_INITIATOR,
    .topology = "one-path",
    .n_reqs = 1,
    .req = fixture_open_reqs,
};
static const struct ms_case *fixture_cases[] = {&fixture_join, &fixture_open};
static struct ms_instance fixture_instances[] = {
    {.c = &fixture_join, .name = "join.listener.ack-hmac/ipv4", .family = MS_IPV4},
    {.c = &fixture_join, .name = "join.listener.ack-hmac/ipv6", .family = MS_IPV6},
    {.c = &fixture_open, .name = "open.initiator.version/ipv4/version=0", .family = MS_IPV4},
    {.c = &fixture_open, .name = "open.initiator.version/ipv4/version=2", .family = MS_IPV4},
};
#define FIXTURE_N MS_ARRAY_LEN(fixture_instances)

static inline struct ms_suite fixture_suite(void)
{
    return (struct ms_suite){
        .catalogue = {.n = 3, .req = fixture_reqs, .ids = fixture_ids},
        .n_case = 2,
        .c = fixture_cases,
        .n_instance = FIXTURE_N,
        .instance = fixture_instances,
    };
}

#endif
