/* SPDX-License-Identifier: MIT */
/* --target and --iface: from options to an open site. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A person lets the IUT connect, and says when it is done: on the terminal, whatever standard input is. The process of a
 * case is in the background there, and takes the terminal for as long as it asks.
 */
static bool ask_person(void *ctx, const char *addr, uint16_t port)
{
    (void)ctx;
    FILE *tty = fopen("/dev/tty", "r+");
    int c;
    if (!tty)
        return false;
    void (*was)(int) = signal(SIGTTOU, SIG_IGN);
    pid_t front = tcgetpgrp(fileno(tty));
    tcsetpgrp(fileno(tty), getpgrp());
    fprintf(tty, "\nlet the IUT connect to %s port %u, then press Enter: ", addr, port);
    fflush(tty);
    while ((c = fgetc(tty)) != EOF && c != '\n')
        ;
    tcsetpgrp(fileno(tty), front);
    signal(SIGTTOU, was);
    fclose(tty);
    /* Ctrl-C came to this process alone, and was meant for the run. */
    if (c != '\n' && cli_interrupted)
        kill(getppid(), SIGINT);
    return c == '\n';
}

void cli_terminal_back(const struct ms_site_spec *spec)
{
    if (spec->kind != MS_SITE_HOST || !spec->host.cue || strcmp(spec->host.cue, "-") != 0)
        return;
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
    pid_t front = tty < 0 ? -1 : tcgetpgrp(tty);
    if (front > 0 && kill(-front, 0) != 0 && errno == ESRCH) {
        void (*was)(int) = signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(tty, getpgrp());
        signal(SIGTTOU, was);
    }
    if (tty >= 0)
        close(tty);
}

static int read_rate(const struct cli_command *self, const char *text, struct ms_host_spec *out)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || n > 10000000)
        return cli_usage(self, "--rate takes packets a second, 0 to 10000000, not '%s'", text);
    out->rate = (unsigned)n;
    out->rate_said = true;
    return CLI_OK;
}

static int read_host(const struct cli_command *self, const struct cli_target *t,
                     struct ms_site_spec *out)
{
    const struct {
        bool given;
        const char *name;
    } options[] = {{t->service != NULL, "service"},
                   {t->source != NULL, "source"},
                   {t->rate != NULL, "rate"},
                   {t->public_too, "public-target"},
                   {t->cue != NULL, "client-cue"}};
    for (size_t i = 0; i < MS_ARRAY_LEN(options) && out->kind != MS_SITE_HOST; i++)
        if (options[i].given)
            return cli_usage(self, "--%s goes with --target host:ADDR:PORT", options[i].name);
    out->host = (struct ms_host_spec){.service = t->service,
                                      .source = t->source,
                                      .public_too = t->public_too,
                                      .cue = t->cue,
                                      .ask = ask_person};
    return t->rate ? read_rate(self, t->rate, &out->host) : CLI_OK;
}

int cli_target_read(const struct cli_command *self, const struct cli_target *t,
                    struct ms_site_spec *out)
{
    struct ms_error err = {0};
    *out = (struct ms_site_spec){.kind = MS_SITE_LOCAL, .argument = "", .iface = t->iface};
    if (t->spec && ms_site_spec_parse(t->spec, out, &err) < 0)
        return cli_usage(self, "--target: %s", err.msg);
    if (out->kind == MS_SITE_LOCAL && t->iface)
        return cli_usage(self, "--iface goes with a --target on another machine");
    if (out->kind != MS_SITE_LOCAL && !t->iface)
        return cli_usage(self, "--target %s needs --iface IF, the interface that leads to it",
                         t->spec);
    return read_host(self, t, out);
}

int cli_site_open(const struct ms_site_spec *spec, struct ms_site **out)
{
    struct ms_error err = {0};
    if (spec->kind == MS_SITE_LOCAL) {
        *out = ms_site_local();
        return cli_prepare(&(*out)->facts.kernel);
    }
    cli_catch_signals();
    if (ms_site_open(spec, &cli_interrupted, out, &err) < 0) {
        cli_say_error(&err);
        return err.status == MS_ERR_INTR ? CLI_INTERRUPTED : CLI_HARNESS;
    }
    return CLI_OK;
}

void cli_site_line(const struct ms_site_facts *f, FILE *out)
{
    if (strcmp(f->spec, "local") == 0)
        return;
    fprintf(out, "target %s on %s: %s", f->spec, f->iface, f->kind);
    if (*f->kernel.release)
        fprintf(out, ", %s %s", f->system, f->kernel.release);
    if (*f->machine)
        fprintf(out, " %s", f->machine);
    if (*f->profile)
        fprintf(out, ", %s", f->profile);
    if (f->rtt_ns)
        fprintf(out, ", round trip %.0f us", (double)f->rtt_ns / 1000);
    fputc('\n', out);
}
