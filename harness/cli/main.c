/* SPDX-License-Identifier: MIT */
/* mptcpspec: the table of subcommands. */
#include <string.h>

#include "cli/commands.h"

static int cmd_help(const struct cli_command *self, int argc, char **argv);
static int cmd_version(const struct cli_command *self, int argc, char **argv);

static const struct cli_command help = {
    .name = "help", .args = "[COMMAND]", .help = "Tell how a command is used.", .run = cmd_help};
static const struct cli_command version = {
    .name = "version", .args = "", .help = "Print the version.", .run = cmd_version};

const struct cli_command *const cli_commands[] = {
    &cli_run,   &cli_interop,     &cli_list,     &cli_check,   &cli_explain, &cli_new,
    &cli_prove, &cli_mutants,     &cli_coverage, &cli_compare, &cli_merge,   &cli_matrix,
    &cli_agent, &cli_agent_check, &cli_lint,     &cli_doctor,  &help,        &version,
    NULL,
};
static const struct cli_command *find(const char *name)
{
    for (size_t i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    return NULL;
}

static void overview(FILE *out)
{
    fputs(
        "usage: mptcpspec COMMAND [OPTION...] [ARGUMENT...]\n\n"
        "Drives a live Multipath TCP implementation packet by packet and says, clause by clause,\n"
        "whether it conforms to RFC 8684.\n\n",
        out);
    for (size_t i = 0; cli_commands[i]; i++)
        fprintf(out, "  %-12s %s\n", cli_commands[i]->name, cli_commands[i]->help);
    fputs("\nExit status: 0 nothing unexpected, 1 something unexpected or a mistake in a file, 2 "
          "the harness\n"
          "could not do its work, 4 everything was skipped, 64 wrong usage, 130 interrupted.\n",
          out);
}

static int unknown_command(const char *word)
{
    const char *names[sizeof cli_commands / sizeof cli_commands[0]];
    size_t n = 0;
    for (; cli_commands[n]; n++)
        names[n] = cli_commands[n]->name;
    const char *near = ms_nearest_word(word, names, n);
    cli_say("no such command: %s%s%s%s", word, near ? "; did you mean '" : "", near ? near : "",
            near ? "'?" : "");
    fputs("`mptcpspec help` lists the commands.\n", stderr);
    return CLI_USAGE;
}

static int cmd_help(const struct cli_command *self, int argc, char **argv)
{
    int first = cli_parse(self, NULL, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (argc - first > 1)
        return cli_usage(self, "unexpected argument %s", argv[first + 1]);
    if (argc == first) {
        overview(stdout);
        return CLI_OK;
    }
    const struct cli_command *c = find(argv[first]);
    if (!c)
        return unknown_command(argv[first]);
    cli_help(c, stdout);
    return CLI_OK;
}

static int cmd_version(const struct cli_command *self, int argc, char **argv)
{
    int first = cli_parse(self, NULL, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (argc > first)
        return cli_usage(self, "unexpected argument %s", argv[first]);
    puts("mptcpspec " MS_VERSION);
    return CLI_OK;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        overview(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return cmd_help(&help, 1, argv);
    if (strcmp(argv[1], "--version") == 0)
        return cmd_version(&version, 1, argv);
    const struct cli_command *c = find(argv[1]);
    int status = c ? c->run(c, argc - 1, argv + 1) : unknown_command(argv[1]);
    /* What was printed must have arrived: a full disk behind a redirection is not success. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == CLI_OK) {
        cli_say("cannot write to standard output");
        status = CLI_HARNESS;
    }
    return status;
}
