/* SPDX-License-Identifier: MIT */
/* The kinds of sites that must be opened. */
#include "site/kinds.h"

int ms_site_open(const struct ms_site_spec *spec, const volatile int *interrupted,
                 struct ms_site **out, struct ms_error *err)
{
    static int (*const open[])(const struct ms_site_spec *, const volatile int *, struct ms_site **,
                               struct ms_error *) = {
        [MS_SITE_LOCAL] = NULL,
        [MS_SITE_EXEC] = site_agent_open,
        [MS_SITE_UNIX] = site_agent_open,
        [MS_SITE_HOST] = host_site_open,
    };
    *out = NULL;
    if ((size_t)spec->kind >= MS_ARRAY_LEN(open) || !open[spec->kind])
        return ms_fail(err, MS_ERR_UNSUPPORTED, "--target %s: not known here",
                       spec->text ? spec->text : "local");
    return open[spec->kind](spec, interrupted, out, err);
}
