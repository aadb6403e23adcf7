/* SPDX-License-Identifier: MIT */
/* mptcpspec-agent: `mptcpspec agent` as a program of its own, for systems that have little else. */
#include <string.h>

#include "cli/commands.h"

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("mptcpspec-agent %s\n", MS_VERSION);
        return CLI_OK;
    }
    return cli_agent.run(&cli_agent, argc, argv);
}
