/* SPDX-License-Identifier: MIT */
/* Look-ups in a topology. */
#include "mptcpspec/topo.h"

#include <string.h>

const struct ms_topo_addr *ms_topo_addr_find(const struct ms_topo *t, const char *name)
{
    for (unsigned i = 0; i < t->n_addrs; i++)
        if (strcmp(t->addr[i].name, name) == 0)
            return &t->addr[i];
    return NULL;
}

struct ms_addr ms_topo_addr_of(const struct ms_topo_addr *a, enum ms_family family)
{
    return family == MS_IPV6 ? a->v6 : a->v4;
}
