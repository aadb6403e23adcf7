/* SPDX-License-Identifier: MIT */
/* --target and --iface: from options to an open site. */
#include "cli/cli.h"

#include <string.h>

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
    return CLI_OK;
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
