/* SPDX-License-Identifier: MIT */
/* mptcpspec interop: the scenarios, in which two live stacks talk through a middlebox. */
#include "cli/commands.h"

/* Two stacks have no side that is "the IUT's"; what stands between them is said by the scenario. */
static int refuse_rewrites(const struct ms_suite *s, const bool *chosen)
{
    for (size_t i = 0; i < s->n_instance; i++)
        if (chosen[i] && ms_is_scenario(&s->instance[i])) {
            cli_say("--rewrite: %s is a scenario, which lays its own middleboxes",
                    s->instance[i].name);
            return CLI_USAGE;
        }
    return CLI_OK;
}

static int leave_cases(const struct ms_suite *s, bool quick, bool *chosen)
{
    size_t left = 0;
    if (ms_select_leave_cases(s, chosen) == 0) {
        cli_say("no scenario was chosen; `mptcpspec list cases role=both` lists them");
        return CLI_USAGE;
    }
    for (size_t i = 0; i < s->n_instance; i++) {
        chosen[i] = chosen[i] && (!quick || ms_is_quick(&s->instance[i]));
        left += chosen[i];
    }
    if (left)
        return CLI_OK;
    cli_say("none of the chosen scenarios has the tag `" MS_TAG_QUICK "`");
    return CLI_USAGE;
}

static int leave_scenarios(const struct ms_suite *s, char *const *args, size_t n, bool quick,
                           bool quiet, bool *chosen)
{
    size_t out = ms_select_leave_scenarios(s, (const char *const *)args, n, chosen), left = 0;
    for (size_t i = 0; i < s->n_instance; i++) {
        bool back = quick && n == 0 && ms_is_quick(&s->instance[i]);
        out -= back;
        chosen[i] = chosen[i] || back;
        left += chosen[i];
    }
    if (left == 0) {
        cli_say("only scenarios were chosen; `mptcpspec interop` runs them");
        return CLI_USAGE;
    }
    if (out && !quiet)
        printf("%zu result%s of scenarios left out; `mptcpspec interop` runs them\n", out,
               out == 1 ? "" : "s");
    return CLI_OK;
}

int cli_leave_others(const struct ms_suite *s, char *const *args, size_t n,
                     const struct cli_choice *c, bool *chosen)
{
    int status = c->scope == CLI_SCOPE_SCENARIOS
                     ? leave_cases(s, c->quick, chosen)
                     : leave_scenarios(s, args, n, c->quick && !c->rewrites, c->quiet, chosen);
    return status == CLI_OK && c->rewrites ? refuse_rewrites(s, chosen) : status;
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
