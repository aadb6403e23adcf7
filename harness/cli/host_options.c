/* SPDX-License-Identifier: MIT */
/* --client and --server: where the two hosts of scenarios are. */
#include "cli/cli.h"

#include <string.h>
#include <unistd.h>

static int read_one(const struct cli_command *self, enum ms_host h, const struct cli_target *t,
                    struct ms_site_spec *out)
{
    struct ms_error err = {0};
    const char *name = ms_host_name(h);
    *out = (struct ms_site_spec){.kind = MS_SITE_LOCAL, .argument = "", .iface = t->iface};
    if (t->spec && ms_site_spec_parse(t->spec, out, &err) < 0)
        return cli_usage(self, "--%s: %s", name, err.msg);
    out->iface = t->iface;
    if (out->kind == MS_SITE_HOST)
        return cli_usage(self, "--%s %s: a host of scenarios needs an agent", name, t->spec);
    if (out->kind == MS_SITE_LOCAL && t->iface)
        return cli_usage(self, "--%s-iface goes with a --%s on another machine", name, name);
    if (out->kind != MS_SITE_LOCAL && !t->iface)
        return cli_usage(self, "--%s %s needs --%s-iface IF, the interface that leads to it", name,
                         t->spec, name);
    return CLI_OK;
}

int cli_hosts_read(const struct cli_command *self, struct cli_hosts *hosts, double time_scale)
{
    int status = CLI_OK;
    for (enum ms_host h = MS_CLIENT; status == CLI_OK && h <= MS_SERVER; h++) {
        status = read_one(self, h, &hosts->host[h], &hosts->spec[h]);
        hosts->spec[h].time_scale = time_scale;
        hosts->away = hosts->away || hosts->spec[h].kind != MS_SITE_LOCAL;
    }
    return status;
}

int cli_hosts_open(const struct cli_hosts *hosts, struct ms_site **out)
{
    struct ms_site *site[2] = {NULL, NULL};
    struct ms_error err = {0};
    if (geteuid() != 0) {
        cli_say("a scenario with another machine needs root: namespaces here, and the interface "
                "that leads there");
        return CLI_HARNESS;
    }
    int status = cli_prepare(&ms_site_local()->facts.kernel);
    for (enum ms_host h = MS_CLIENT; status == CLI_OK && h <= MS_SERVER; h++)
        status = hosts->spec[h].kind == MS_SITE_LOCAL ? (site[h] = ms_site_local(), CLI_OK)
                                                      : cli_site_open(&hosts->spec[h], &site[h]);
    if (status == CLI_OK && ms_site_pair(site[MS_CLIENT], site[MS_SERVER], out, &err) == MS_OK)
        return CLI_OK;
    for (int h = 2; h-- > 0;) /* as a pair does */
        if (site[h])
            site[h]->ops->close(site[h]);
    if (status == CLI_OK)
        cli_say_error(&err);
    return status == CLI_OK ? CLI_HARNESS : status;
}
