/* SPDX-License-Identifier: MIT */
/* Sessions of the checks, connections in them. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/check.h"

static void place(struct ms_topo *t, const char *name, bool on_iut, const char *v4, const char *v6)
{
    struct ms_topo_addr *a = &t->addr[t->n_addrs++];
    *a = (struct ms_topo_addr){.on_iut = on_iut, .prefix4 = 24, .prefix6 = 64};
    snprintf(a->name, sizeof a->name, "%s", name);
    ms_addr_parse(v4, &a->v4);
    ms_addr_parse(v6, &a->v6);
}

void check_opening(const struct check *c, struct ms_agent_opening *o)
{
    ms_clear(o, sizeof *o);
    o->fresh = c->facts.fresh;
    o->family = MS_IPV4;
    o->seed = 8684;
    /* In a shared session the port is the machine's: one that hardly anybody has. */
    o->port = (uint16_t)(20000 + getpid() % 10000);
    snprintf(o->topo.name, sizeof o->topo.name, "agent-check");
    o->topo.n_paths = 1;
    place(&o->topo, "t1", false, "198.51.100.1", "2001:db8:1::1");
    place(&o->topo, "i1", true, "198.51.100.2", "2001:db8:1::2");
}

struct check_ask *check_ask_opening(struct check *c, uint32_t s,
                                    const struct ms_agent_opening *opening)
{
    static uint8_t n; /* networks of a moment ago may still have their addresses */
    struct ms_agent_opening o = *opening;
    struct ms_agent_out line;
    uint32_t own = (uint32_t)getpid();

    /* Locally administered, unicast; the rest tells this process' sessions from others'. */
    const uint8_t mac[4] = {0x02, (uint8_t)(own >> 8), (uint8_t)own, ++n};
    memcpy(o.mac, mac, sizeof mac);
    memcpy(c->mac, mac, sizeof mac);
    if (ms_agent_put_opening(&line, s, 1, &o, NULL) != MS_OK)
        return NULL; /* never: all of it is short */
    const char *words = strchr(line.buf, ' ') + 1;
    return check_ask(c, s, "%.*s", (int)(line.len - 1 - (size_t)(words - line.buf)), words);
}

bool check_open(struct check *c, uint32_t s, const struct ms_agent_opening *o)
{
    if (c->verdict != MS_CHECK_OK)
        return false;
    if (!c->facts.fresh && !c->facts.shared)
        return check_skip(c, "the agent opens no sessions (modes=)");
    c->opened = check_ask_opening(c, s, o);
    return check_ok(c, c->opened);
}

bool check_begin(struct check *c, const struct ms_agent_opening *opening)
{
    struct ms_agent_opening o;
    if (!check_hello(c))
        return false;
    if (opening != NULL)
        o = *opening;
    else
        check_opening(c, &o);
    o.fresh = c->facts.fresh;
    return check_open(c, 1, &o);
}

bool check_has_verbs(struct check *c, const enum ms_verb_kind *kind, size_t n)
{
    char word[32];
    if (c->verdict != MS_CHECK_OK)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((c->facts.verbs >> kind[i] & 1) == 0)
            return check_skip(c, "the agent does not have %s (verbs=)",
                              ms_agent_verb_word(kind[i], word));
    return true;
}

const char *check_plain(const struct check *c, bool plain)
{
    return plain || !c->facts.kernel.mptcp ? " plain=1" : "";
}

bool check_connection(struct check *c, uint32_t s, bool plain)
{
    const char *how = check_plain(c, plain);
    if (!CHECK_HAS(c, MS_VERB_LISTEN, MS_VERB_ACCEPT, MS_VERB_CONNECT) ||
        !check_ok(c, check_ask(c, s, "listen addr=127.0.0.1%s", how)))
        return false;
    struct check_ask *accepted = check_ask(c, s, "accept name=srv");
    if (!check_await_started(c, accepted))
        return false;
    if (accepted->done)
        return check_fail(c, "accept was over before there was a connection");
    return check_ok(c, check_ask(c, s, "connect name=cli addr=127.0.0.1%s", how)) &&
           check_ok(c, accepted) &&
           (strcmp(accepted->name, "srv") == 0 ||
            check_fail(c, "accept name=srv was answered name=%s", accepted->name));
}
