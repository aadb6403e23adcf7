/* SPDX-License-Identifier: MIT */
/* A short name for what a mutant does, so that old findings about it are told from those that still hold. */
#include <inttypes.h>
#include <string.h>

#include "mptcpspec/mutants.h"

/* FNV-1a over the text and its closing zero, so that neighbours do not run together. */
static uint64_t add(uint64_t h, const char *text)
{
    for (size_t i = 0, n = strlen(text); i <= n; i++)
        h = (h ^ (uint8_t)text[i]) * 1099511628211u;
    return h;
}

const char *ms_mutant_digest(struct ms_arena *a, const struct ms_mutant *m)
{
    uint64_t h = add(14695981039346656037u, m->name);
    for (size_t i = 0; i < m->breaks.n; i++)
        h = add(h, m->breaks.req[i]->id);
    h = add(h, !m->role_said ? "any" : m->role == MS_ROLE_LISTENER ? "listener" : "initiator");
    h = add(add(h, m->family4 ? "ipv4" : ""), m->family6 ? "ipv6" : "");
    for (size_t i = 0; i < m->n_rewrites; i++)
        h = add(add(h, "rewrite"), m->rewrite[i]);
    for (size_t i = 0; i < m->n_repairs; i++)
        h = add(add(h, "repair"), m->repair[i].text);
    for (size_t i = 0; i < m->n_without; i++)
        h = add(add(h, "without"), m->without[i].text);
    return ms_arena_printf(a, "%016" PRIx64, h);
}
