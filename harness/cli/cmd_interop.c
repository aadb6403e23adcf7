/* SPDX-License-Identifier: MIT */
/* mptcpspec interop: the scenarios, in which two live stacks talk through a middlebox. */
#include "cli/commands.h"

int cli_scope(const struct ms_suite *s, char *const *args, size_t n, enum cli_scope scope,
              bool quick, bool quiet, bool *chosen)
{
    bool only = scope == CLI_SCOPE_SCENARIOS;
    size_t out = 0, left = 0;
    if (only && ms_select_leave_cases(s, chosen) == 0) {
        cli_say("no scenario was chosen; `mptcpspec list cases role=both` lists them");
        return CLI_USAGE;
    }
    if (!only)
        out = ms_select_leave_scenarios(s, (const char *const *)args, n, chosen);
    for (size_t i = 0; i < s->n_instance; i++) {
        if (quick && only) {
            chosen[i] = chosen[i] && ms_is_quick(&s->instance[i]);
        } else if (quick && n == 0 && ms_is_quick(&s->instance[i])) {
            chosen[i] = true;
            out--;
        }
        left += chosen[i];
    }
    if (left == 0) {
        cli_say(only ? "none of the chosen scenarios has the tag `" MS_TAG_QUICK "`"
                     : "only scenarios were chosen; `mptcpspec interop` runs them");
        return CLI_USAGE;
    }
    if (out && !quiet)
        printf("%zu result%s of scenarios left out; `mptcpspec interop` runs them\n", out,
               out == 1 ? "" : "s");
    return CLI_OK;
}

static int cmd_interop(const struct cli_command *self, int argc, char **argv)
{
    return cli_run_scope(self, CLI_SCOPE_SCENARIOS, argc, argv);
}

const struct cli_command cli_interop = {
    .name = "interop",
    .args = "[SELECTOR...]",
    .help = "Run scenarios: two live stacks, real programs, a middlebox between them.",
    .more = "A SELECTOR as for `run`; without any, every scenario is run. `list cases role=both` "
            "lists them,\n"
            "`doctor` tells which of their programs are missing; see docs/scenarios.md.\n",
    .options = cli_run_options,
    .run = cmd_interop,
};
