/* SPDX-License-Identifier: MIT */
/* mptcpspec agent: carries out beside the IUT what a tester elsewhere asks for. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "mptcpspec/agent.h"

struct settings {
    bool stdio;
    const char *socket, *device;
    const char *ifaces;
    uint64_t sessions;
};

static const struct cli_option options[] = {
    CLI_OPT_FLAG(struct settings, stdio, "stdio", 0, "speak over standard input and output"),
    CLI_OPT_STRING(struct settings, socket, "unix", "PATH", "listen on a Unix socket (mode 0600)"),
    CLI_OPT_STRING(struct settings, device, "device", "PATH",
                   "speak over a character device, such as a serial port"),
    CLI_OPT_STRING(struct settings, ifaces, "iface", "IF[,IF...]",
                   "interface that leads to the tester; several are paths"),
    CLI_OPT_NUMBER(struct settings, sessions, "sessions", 0, 1, MS_AGENT_SESSIONS_MAX,
                   "so many sessions of a stream at a time, at most (64)"),
    {0},
};

/* "eth1,eth2" */
static int read_ifaces(const struct cli_command *self, const char *list,
                       struct ms_agent_settings *set)
{
    for (const char *p = list; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, ",");
        if (n == 0 || n >= sizeof set->iface[0])
            return cli_usage(self, "--iface: '%.*s' is not the name of an interface", (int)n, p);
        if (set->n_ifaces == MS_PATHS_MAX)
            return cli_usage(self, "--iface: at most %d interfaces", MS_PATHS_MAX);
        memcpy(set->iface[set->n_ifaces++], p, n);
        p += n + (p[n] == ',');
    }
    return list != NULL && set->n_ifaces == 0 ? cli_usage(self, "--iface: no interface is named")
                                              : CLI_OK;
}

static int serve(const struct settings *set, const struct ms_agent_settings *as)
{
    struct ms_agent *a;
    struct ms_error err = {0};
    int rc = ms_agent_prepare(as, &a, &err);

    if (rc == MS_OK)
        rc = set->stdio            ? ms_agent_serve_stream(a, STDIN_FILENO, STDOUT_FILENO, &err)
             : set->socket != NULL ? ms_agent_serve_unix(a, set->socket, &err)
                                   : ms_agent_serve_device(a, set->device, &err);
    ms_agent_free(a);
    if (rc == MS_OK)
        return CLI_OK;
    cli_say_error(&err);
    return CLI_HARNESS;
}

/* A socket that is number 2 for want of a standard error would have messages written to it. */
static void take_standard(void)
{
    int fd;

    while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
        ;
    if (fd > STDERR_FILENO)
        close(fd);
}

static int cmd_agent(const struct cli_command *self, int argc, char **argv)
{
    struct settings set = {0};
    struct ms_agent_settings as = {.stop = &cli_interrupted};
    int first = cli_parse(self, &set, argc, argv);

    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (argc > first)
        return cli_usage(self, "unexpected argument %s", argv[first]);
    if (set.stdio + (set.socket != NULL) + (set.device != NULL) != 1)
        return cli_usage(self, "one of --stdio, --unix and --device is needed");
    int status = read_ifaces(self, set.ifaces, &as);
    if (status != CLI_OK)
        return status;
    as.max_sessions = (unsigned)set.sessions;
    cli_catch_signals();
    take_standard();
    return serve(&set, &as);
}

const struct cli_command cli_agent = {
    .name = "agent",
    .args = "",
    .help = "Carry out beside the implementation under test what a tester elsewhere asks for.",
    .more = "Speaks the protocol of docs/agent-protocol.md over a stream that somebody else "
            "secures (ssh, a\n"
            "virtual machine's serial port); it listens on no TCP port. With --iface and as root "
            "each session\n"
            "has a network namespace of its own on that interface; without, sessions share what is "
            "there.\n"
            "SIGTERM and SIGINT end it; what it changed is put back then, also after a crash.\n",
    .options = options,
    .run = cmd_agent,
};
