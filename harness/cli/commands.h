/* SPDX-License-Identifier: MIT */
/* The subcommands, a file each. */
#ifndef MPTCPSPEC_CLI_COMMANDS_H
#define MPTCPSPEC_CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_command cli_run;
extern const struct cli_command cli_interop;
extern const struct cli_command cli_list;
extern const struct cli_command cli_check;
extern const struct cli_command cli_explain;
extern const struct cli_command cli_new;
extern const struct cli_command cli_prove;
extern const struct cli_command cli_mutants;
extern const struct cli_command cli_coverage;
extern const struct cli_command cli_agent_check;
extern const struct cli_command cli_doctor;
extern const struct cli_command cli_lint;
extern const struct cli_command cli_compare;
extern const struct cli_command cli_merge;
extern const struct cli_command cli_matrix;
extern const struct cli_command cli_agent;

#endif
