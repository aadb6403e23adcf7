/* SPDX-License-Identifier: MIT */
/* What the subcommands share: exit statuses, options from tables, messages, loading the suite. */
#ifndef MPTCPSPEC_CLI_CLI_H
#define MPTCPSPEC_CLI_CLI_H

#include <stddef.h>

#include "mptcpspec/report.h"

enum cli_status {
    CLI_OK = 0,          /* nothing unexpected */
    CLI_UNEXPECTED = 1,  /* an unexpected fail, inconc or error; mistakes found by check */
    CLI_HARNESS = 2,     /* the harness could not do its work */
    CLI_ALL_SKIPPED = 4, /* nothing was tested */
    CLI_USAGE = 64,      /* wrong usage, empty selection */
    CLI_INTERRUPTED = 130,
};

/* What an option's argument becomes in the command's settings. */
enum cli_type {
    CLI_FLAG,   /* bool: true */
    CLI_STRING, /* const char * */
    CLI_NUMBER, /* uint64_t from 0 or 1 */
    CLI_REAL,   /* double */
    CLI_CALL,   /* what `call` makes of it */
};
struct cli_option {
    const char *name; /* long name, NULL ends the table */
    char letter;      /* 0: none */
    const char *arg;  /* name of its argument, NULL for CLI_FLAG */
    const char *doc;
    enum cli_type type;
    size_t offset;   /* of the member in the settings */
    double min, max; /* CLI_REAL, CLI_NUMBER */
    int (*call)(void *settings, const char *value, struct ms_error *err);
};

/* Rows of an options table; S is the struct of settings. */
#define CLI_OPT(k, S, member, long_name, short_name, argument, text)                               \
    .name = (long_name), .letter = (short_name), .arg = (argument), .doc = (text), .type = (k),    \
    .offset = offsetof(S, member)
#define CLI_OPT_FLAG(S, member, long_name, short_name, text)                                       \
    {                                                                                              \
        CLI_OPT(CLI_FLAG, S, member, long_name, short_name, NULL, text)                            \
    }
#define CLI_OPT_STRING(S, member, long_name, argument, text)                                       \
    {                                                                                              \
        CLI_OPT(CLI_STRING, S, member, long_name, 0, argument, text)                               \
    }
#define CLI_OPT_NUMBER(S, member, long_name, short_name, low, high, text)                          \
    {                                                                                              \
        CLI_OPT(CLI_NUMBER, S, member, long_name, short_name, "N", text), .min = (low),            \
                                                                          .max = (high)            \
    }
#define CLI_OPT_REAL(S, member, long_name, low, high, text)                                        \
    {                                                                                              \
        CLI_OPT(CLI_REAL, S, member, long_name, 0, "X", text), .min = (low), .max = (high)         \
    }
/* Seeds stay exact in readers of JSON that keep 53 bits. */
#define CLI_SEED_MAX 9007199254740991.0

/* Where the implementation under test is, as the options say it. */
struct cli_target {
    const char *spec, *iface; /* NULL: not given */
    /* of a bare address */
    const char *service, *source, *rate, *cue;
    bool public_too;
};
/* Their rows in an options table; `member` is the struct cli_target in the settings S. */
#define CLI_TARGET_OPTIONS(S, member)                                                              \
    CLI_OPT_STRING(S, member.spec, "target", "SPEC",                                               \
                   "exec:COMMAND or unix:PATH of an agent, host:ADDR:PORT (default: local)"),      \
        CLI_OPT_STRING(S, member.iface, "iface", "IF", "interface that leads to the target"),      \
        CLI_OPT_STRING(S, member.service, "service", "WORD",                                       \
                       "host: what listens there: echo (default), discard, http"),                 \
        CLI_OPT_STRING(S, member.source, "source", "ADDRS",                                        \
                       "host: unused ADDR or FIRST-LAST[/PREFIX] for the tester (default: the "    \
                       "host's own)"),                                                             \
        CLI_OPT_STRING(S, member.rate, "rate", "N",                                                \
                       "host: packets a second at most (1000, 0: "                                 \
                       "no limit)"),                                                               \
        CLI_OPT_FLAG(S, member.public_too, "public-target", 0,                                     \
                     "host: test an address of the public Internet, whose owner agrees"),          \
        CLI_OPT_STRING(S, member.cue, "client-cue", "COMMAND",                                     \
                       "host: makes the IUT connect to $MPTCPSPEC_ADDR, $MPTCPSPEC_PORT; `-`: "    \
                       "asks you to")

/* Where the two hosts of scenarios are. */
struct cli_hosts {
    struct cli_target host[2]; /* by enum ms_host */
    struct ms_site_spec spec[2];
    bool away; /* at least one is on another machine */
};
#define CLI_HOSTS_N 4 /* rows */
#define CLI_HOSTS_OPTIONS(S, member)                                                               \
    CLI_OPT_STRING(S, member.host[MS_CLIENT].spec, "client", "SPEC",                               \
                   "the client is behind the agent of exec:COMMAND or "                            \
                   "unix:PATH"),                                                                   \
        CLI_OPT_STRING(S, member.host[MS_CLIENT].iface, "client-iface", "IF",                      \
                       "interface that leads to it"),                                              \
        CLI_OPT_STRING(S, member.host[MS_SERVER].spec, "server", "SPEC", "likewise the server"),   \
        CLI_OPT_STRING(S, member.host[MS_SERVER].iface, "server-iface", "IF",                      \
                       "interface that leads to it")

struct cli_command {
    const char *name;
    const char *args; /* "[SELECTOR...]" */
    const char *help; /* one line */
    const char *more; /* further lines of its help, or NULL */
    const struct cli_option *options;
    bool words; /* operands are another program's: behind the first there is no option */
    int (*run)(const struct cli_command *self, int argc, char **argv);
};
extern const struct cli_command *const cli_commands[]; /* ends with NULL */

/*
 * Reads options into `settings`. Returns the index of the first operand in argv, or a negative number after a
 * wrong option (told on stderr; the caller returns CLI_USAGE) and 0 after --help (the caller returns CLI_OK).
 */
int cli_parse(const struct cli_command *cmd, void *settings, int argc, char **argv);
void cli_help(const struct cli_command *cmd, FILE *out);

/* "mptcpspec: message" on stderr. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cli_say_error(const struct ms_error *err);
/* The same and the command's usage line; returns CLI_USAGE. */
int cli_usage(const struct cli_command *cmd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Loads the suite and the .case files among `args`. CLI_OK, or the exit status after a message. */
int cli_load(struct ms_suite *s, char *const *args, size_t n);
/* Prints every mistake that belongs to one of `files` (n 0: all); returns how many. */
size_t cli_print_diags(const struct ms_diags *d, char *const *files, size_t n);
/* Loads the mutants of the suite and the .mutants files among `args`. CLI_OK, or the exit status after a message. */
int cli_load_mutants(struct ms_suite *s, char *const *args, size_t n);
/* CLI_OK unless mistakes were found there: they are told. */
int cli_mutants_good(const struct ms_suite *s);
/* The usual list of expected deviations, *out NULL when there is none; `release` as ms_kernel_point tells it. */
int cli_expected(const struct ms_suite *s, const char *release, struct ms_expected *store,
                 struct ms_expected **out);
bool cli_ends_in(const char *s, const char *suffix);
/*
 * The command line quoted so that it can be typed again; the caller frees it. To be called before options are read,
 * which changes their order.
 */
char *cli_command_line(int argc, char **argv);
/* True if both paths lead to one file. */
bool cli_same_file(const char *a, const char *b);
/* Chooses; CLI_OK, or the exit status after a message (mistakes in what was chosen included). */
int cli_choose(const struct ms_suite *s, char *const *args, size_t n, bool **chosen);
/* Takes out of `chosen` what is slow and not asked for, and tells it; CLI_USAGE if nothing is left then. */
int cli_leave_slow(const struct ms_suite *s, char *const *args, size_t n, bool *chosen, bool quiet);
/* What `run` and `interop` share. */
enum cli_scope { CLI_SCOPE_CASES, CLI_SCOPE_SCENARIOS };
extern const struct cli_option cli_run_options[];
int cli_run_scope(const struct cli_command *self, enum cli_scope scope, int argc, char **argv);
struct cli_choice {
    enum cli_scope scope;
    bool quick;    /* the quick scenarios, with SCOPE_CASES besides the cases */
    bool rewrites; /* there are some for the whole run, which scenarios cannot take */
    bool quiet;
};
/* Leaves of `chosen` what the command is about, and tells what is left out; CLI_USAGE if that is nothing. */
int cli_leave_others(const struct ms_suite *s, char *const *args, size_t n,
                     const struct cli_choice *c, bool *chosen);
/* Path below the data folder, in the suite's arena. */
const char *cli_data_path(const struct ms_suite *s, const char *name);

/* Sets what "ID=READING" says; otherwise the message names every position. */
int cli_set_position(uint32_t *positions, const char *value, struct ms_error *err);
/* "ID=READING" of each that is not read as usual. */
const char *const *cli_positions(struct ms_arena *a, uint32_t positions, size_t *n);

/* docs/oracle.md. */
void cli_rules_markdown(const struct ms_catalogue *cat, FILE *out);
/* docs/known-bugs.md, on standard output. */
void cli_bugs_markdown(const struct ms_bugs *bugs);
/* The table of known bugs; none without the file. CLI_OK, or CLI_HARNESS after a message. */
int cli_bugs(const struct ms_suite *s, struct ms_bugs *out);

/* MS_OK if a case can have its network: namespaces, veth pair, capture, injection. */
int cli_try_network(struct ms_error *err);
/* Acquires privileges, insists on MPTCP and on a network. CLI_OK or CLI_HARNESS after a message. */
int cli_prepare(struct ms_kernel_facts *kernel);
/* CLI_OK with *out filled, or CLI_USAGE after a message. */
int cli_target_read(const struct cli_command *self, const struct cli_target *t,
                    struct ms_site_spec *out);
/* Opens it, or insists on all that the local kernel needs. CLI_OK, or the exit status after a message of one line. */
int cli_site_open(const struct ms_site_spec *spec, struct ms_site **out);
/* The same for the hosts of scenarios: fills spec and away. */
int cli_hosts_read(const struct cli_command *self, struct cli_hosts *hosts, double time_scale);
/* Opens those that are away, and insists on what the box between them needs here. */
int cli_hosts_open(const struct cli_hosts *hosts, struct ms_site **out);
/* Takes the terminal back from a case that died while it asked a person. */
void cli_terminal_back(const struct ms_site_spec *spec);
/* A line about a target that is not local. */
void cli_site_line(const struct ms_site_facts *f, FILE *out);
/* Set by SIGINT, SIGTERM and SIGHUP once cli_catch_signals was called. */
extern volatile int cli_interrupted;
void cli_catch_signals(void);
/* 4 on machines that say they are slow (KSFT_MACHINE_SLOW=yes), else 1. */
double cli_default_time_scale(void);

#endif
