/* SPDX-License-Identifier: MIT */
/*
 * agent: tests any program against the agent protocol (docs/agent-protocol.md). Each check starts the program anew, with
 * its standard input and output as the stream, and says what the program did wrong.
 */
#ifndef MPTCPSPEC_AGENTCHECK_H
#define MPTCPSPEC_AGENTCHECK_H

#include "mptcpspec/agent.h"

struct ms_agent_check_config {
    char *const *argv; /* the program and its arguments, ends with NULL */
    const char
        *iface; /* on the link that the agent's interfaces are on; NULL: no check of the wire */
    uint64_t guard_ns; /* how long an answer is waited for: bounds hanging, judges no speed */
    /* Asked between steps whether to give up; NULL: never. */
    bool (*interrupted)(void);
};

enum ms_agent_check_verdict { MS_CHECK_OK, MS_CHECK_FAILED, MS_CHECK_SKIPPED };
const char *ms_agent_check_verdict_name(enum ms_agent_check_verdict v); /* "ok", "FAILED", "skip" */

struct ms_agent_check_result {
    const char *name;    /* "line.overlong" */
    const char *purpose; /* the rule, one sentence */
    enum ms_agent_check_verdict verdict;
    char text[768]; /* why it failed or was left out, else "" */
    uint64_t wall_ns;
};

/* All checks in their order; `name` NULL ends. For lists. */
struct ms_agent_check_entry {
    const char *name, *purpose;
};
size_t ms_agent_check_count(void);
struct ms_agent_check_entry ms_agent_check_entry(size_t i);

/*
 * Runs the checks whose names begin with one of `names` (n 0: all) and gives each result to `tell`. MS_OK when they were
 * run, whatever their verdicts (a program that does not answer hello is asked nothing more); MS_ERR_SYS if the program cannot be started, MS_ERR_NOTFOUND if a name fits no check,
 * MS_ERR_INTR if interrupted() said so. Processes that it started are gone afterwards.
 */
int ms_agent_check(const struct ms_agent_check_config *cfg, const char *const *names, size_t n,
                   void (*tell)(void *ctx, const struct ms_agent_check_result *r), void *ctx,
                   struct ms_error *err);

#endif
