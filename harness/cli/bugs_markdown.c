/* SPDX-License-Identifier: MIT */
/* docs/known-bugs.md, printed from the table of known bugs. */
#include <string.h>

#include "cli/cli.h"

static const char preamble[] =
    "# Known bugs and the cases that notice them\n"
    "\n"
    "<!-- Printed by `mptcpspec list bugs --markdown`; `make test` compares. -->\n"
    "\n"
    "Faults that implementations of MPTCP had, or have, in our words, from `cases/known-bugs.tsv`. "
    "*Kernels*: releases of\n"
    "Linux that have it, as far as the change logs of stable releases tell; what they do not list "
    "is left out, so a kernel\n"
    "outside of the range may have it all the same. *Told*: issues of\n"
    "[mptcp_net-next](https://github.com/multipath-tcp/mptcp_net-next/issues), or of the kernel "
    "that lived out of the tree; the stable\n"
    "releases that have the change. `mptcpspec matrix` names a bug where it explains what differs "
    "between kernels.\n";

static void words(const char *label, const char *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("%s`%s`", i ? ", " : label, v[i]);
    if (n)
        fputc('\n', stdout);
}

static void text(const char *label, const char *s)
{
    if (*s)
        printf("- *%s*: %s\n", label, s);
}

static void print_bug(const struct ms_bug *b)
{
    printf("\n### %s\n\n%s\n\n", b->id, b->fault);
    text("RFC 8684", b->section);
    if (*b->kernels)
        printf("- *kernels*: `%s`\n", b->kernels);
    text("mended by", b->fix);
    text("told", b->known);
    words("- *noticed by*: ", b->results, b->n_results);
    words("- *breaks*: ", b->requirements, b->n_requirements);
    text("no case", b->why_not);
}

void cli_bugs_markdown(const struct ms_bugs *bugs)
{
    size_t noticed = 0;
    for (size_t i = 0; i < bugs->n; i++)
        noticed += bugs->bug[i].n_results > 0;
    fputs(preamble, stdout);
    printf("\n%zu bugs: a case would notice %zu of them.\n", bugs->n, noticed);
    for (int pass = 0; pass < 2; pass++) {
        fputs(pass ? "\n## Not noticed\n" : "\n## Noticed\n", stdout);
        for (size_t i = 0; i < bugs->n; i++)
            if ((bugs->bug[i].n_results == 0) == (pass == 1))
                print_bug(&bugs->bug[i]);
    }
}
