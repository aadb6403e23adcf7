/* SPDX-License-Identifier: MIT */
/* The kinds of sites that must be opened, and what must hold of this host for cases that go there. */
#include "site/host.h"

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

int ms_site_check_topo(const struct ms_topo *t, struct ms_error *err)
{
    char text[46];
    for (unsigned i = 0; i < t->n_addrs; i++)
        for (int six = 0; six < 2 && (t->two_hosts || !t->addr[i].on_iut); six++) {
            const struct ms_addr *a = six ? &t->addr[i].v6 : &t->addr[i].v4;
            if (a->family && host_iface_own(a))
                return ms_fail(err, MS_ERR_RANGE,
                               "this host has the address %s, which is %s in topology %s: its own "
                               "kernel would answer there",
                               ms_addr_text(a, text), t->addr[i].name, t->name);
        }
    return MS_OK;
}
