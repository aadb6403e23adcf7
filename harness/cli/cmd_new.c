/* SPDX-License-Identifier: MIT */
/* mptcpspec new: a case or a scenario to start from. It passes `check` and runs as it stands. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"

static const char before_name[] = "# A case says what one situation demands. docs/case-language.md "
                                  "explains every word; `mptcpspec check FILE`\n"
                                  "# finds mistakes, `mptcpspec run FILE` runs it, `mptcpspec list "
                                  "requirements` shows what can be judged.\n"
                                  "\n"
                                  "case    ";

static const char after_name[] =
    "\n"
    "purpose \"Data that arrives in order is acknowledged at the data level.\"\n"
    "section 3.3.2\n"
    "iut     listener            # the role of the implementation under test: listener or "
    "initiator\n"
    "family  ipv4, ipv6          # one result each\n"
    "needs   echo                # its application returns what it reads; others: discard, source "
    "N\n"
    "\n"
    "# One result for each value; the name of the result tells it.\n"
    "foreach size in 1, 1000\n"
    "\n"
    "# The proof that this case can fail: with this change to what the implementation sends, "
    "exactly these\n"
    "# requirements must fail. `mptcpspec prove` shows it, `mptcpspec list rewrites` lists the "
    "changes.\n"
    "#   altered \"rx ...\" fails R-3.3.2-02\n"
    "\n"
    "A: handshake                         # MP_CAPABLE, done right unless arguments say otherwise\n"
    "A: send   data size                  # what is not written is right: numbers, checksums, "
    "mapping\n"
    "A: expect data_acked [R-3.3.2-02]    # the tag names what this expectation judges\n"
    "iut: received size octets, unchanged\n";

static const char before_scenario[] =
    "# A scenario: two live stacks, real programs, a middlebox between them. docs/case-language.md "
    "explains every word;\n"
    "# `mptcpspec check FILE` finds mistakes, `mptcpspec interop FILE` runs it, `mptcpspec list "
    "rewrites` shows what a\n"
    "# middlebox can do.\n"
    "\n"
    "case     ";

static const char after_scenario[] =
    "\n"
    "purpose  \"Without MP_CAPABLE in the SYN both hosts speak TCP, and the octets arrive.\"\n"
    "iut      both               # client and server: there is no tester\n"
    "topology interop-one-path   # others: `mptcpspec list topologies`\n"
    "family   ipv4, ipv6         # one result each\n"
    "\n"
    "# One result for each value; {how} stands for it in strings.\n"
    "foreach  how in strip, blank\n"
    "\n"
    "# Laid before anything is sent. up: from the client to the server. `mptcpspec prove --boxes` "
    "shows "
    "that it matters.\n"
    "middlebox \"up {how} mp_capable when SYN\"\n"
    "\n"
    "T: transfer 1M both over native                # others: ncat, nc, iperf3, curl, wget\n"
    "T: expect done [R-3.7-01]                      # unchanged, by SHA-256\n"
    "client: expect fallback [R-3.7-02]             # its newest data is plain TCP\n"
    "wire: expect up SYN mp_capable at client as syn\n"
    "wire: expect down SYN+ACK no mptcp after syn [R-3.1-70]\n"
    "client: expect counter MPTcpExt.MPCapableFallbackSYNACK = 1\n";

struct settings {
    bool scenario;
};
static const struct cli_option options[] = {
    CLI_OPT_FLAG(struct settings, scenario, "scenario", 0,
                 "a scenario: two live stacks instead of the tester and one"),
    {0},
};

static bool valid_name(const char *s)
{
    bool start = true; /* a word begins */
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '.' || c == '-') {
            if (start)
                return false;
            start = true;
        } else if (islower(c) || isdigit(c)) {
            start = false;
        } else {
            return false;
        }
    }
    return !start;
}

static int cmd_new(const struct cli_command *self, int argc, char **argv)
{
    struct settings set = {0};
    int first = cli_parse(self, &set, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (argc - first != 1)
        return cli_usage(self, "one name is needed");
    char path[4096], name[256];
    const char *arg = argv[first], *slash = strrchr(arg, '/'), *base = slash ? slash + 1 : arg;
    size_t n = strlen(base);
    if (n > 5 && strcmp(base + n - 5, ".case") == 0)
        n -= 5;
    int a = snprintf(name, sizeof name, "%.*s", (int)n, base);
    int b = snprintf(path, sizeof path, "%.*s%s.case", (int)(base - arg), arg, name);
    if (a <= 0 || (size_t)a >= sizeof name || (size_t)b >= sizeof path || !valid_name(name))
        return cli_usage(
            self, "'%s' is no name for a case: lower-case words joined by dots and dashes", base);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) {
        cli_say("%s is there already and was left as it is", path);
        return CLI_HARNESS;
    }
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    bool ok = f && fprintf(f, "%s%s%s", set.scenario ? before_scenario : before_name, name,
                           set.scenario ? after_scenario : after_name) > 0;
    ok = f && fclose(f) == 0 && ok;
    if (!ok) {
        cli_say("cannot write %s: %s", path, strerror(errno));
        if (fd >= 0)
            unlink(path);
        return CLI_HARNESS;
    }
    printf("%s\n", path);
    return CLI_OK;
}

const struct cli_command cli_new = {
    .name = "new",
    .args = "[DIR/]NAME",
    .help = "Write a commented case to start from to NAME.case.",
    .options = options,
    .run = cmd_new,
};
