/* SPDX-License-Identifier: MIT */
/* Two sites as the two hosts of scenarios: which scenarios they can play, and what is told of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/site.h"

struct pair {
    struct ms_site base; /* first */
    struct ms_site *host[2];
    char spec[512], iface[40];
};

static const struct pair *pair_of(const struct ms_site *site)
{
    return (const struct pair *)(const void *)site;
}

struct ms_site *ms_site_of_host(const struct ms_site *site, enum ms_host h)
{
    return site && site->ops->pair ? pair_of(site)->host[h] : ms_site_local();
}

bool ms_site_is_away(const struct ms_site *site)
{
    return site != ms_site_local();
}

/* What of a step needs a program on that host: NULL if nothing does. */
static const char *program_at(const struct ms_instance *i, const struct ms_step *st, enum ms_host h)
{
    static const struct {
        enum ms_step_kind kind;
        const char *name, *what;
    } by_program[] = {
        {MS_STEP_HOST_VERB, "run", "run"},
        {MS_STEP_HOST_VERB, "start", "start"},
        {MS_STEP_HOST_EXPECT, "ss", "expect ss"},
        {MS_STEP_HOST_EXPECT, "listening", "expect listening"},
    };
    if (st->kind == MS_STEP_TRANSFER) {
        const char *tool = ms_step_tool(i, st);
        return strcmp(tool, "native") == 0 ? NULL : tool;
    }
    for (size_t k = 0; k < MS_ARRAY_LEN(by_program); k++)
        if (st->kind == by_program[k].kind && strcmp(st->name, by_program[k].name) == 0 &&
            st->subject && strcmp(st->subject, ms_host_name(h)) == 0)
            return by_program[k].what;
    return NULL;
}

static const char *pair_refuses(const struct ms_site *site, struct ms_arena *a,
                                const struct ms_instance *i, const struct ms_topo *topo)
{
    (void)topo;
    if (i->c->role != MS_ROLE_BOTH)
        return "a case has one implementation under test, and no client and server";
    for (enum ms_host h = MS_CLIENT; h <= MS_SERVER; h++)
        for (size_t k = 0; k < i->c->steps.n && ms_site_is_away(pair_of(site)->host[h]); k++) {
            const struct ms_step *st = &i->c->steps.step[k];
            const char *what = program_at(i, st, h);
            if (what)
                return ms_arena_printf(
                    a, "line %u, %s: needs a program on the %s, which is another machine",
                    st->loc.line, what, ms_host_name(h));
        }
    return NULL;
}

static const char *pair_lost(struct ms_site *site)
{
    for (int h = 0; h < 2; h++) {
        struct ms_site *one = pair_of(site)->host[h];
        const char *lost = one->ops->lost ? one->ops->lost(one) : NULL;
        if (lost)
            return lost;
    }
    return NULL;
}

static int pair_seat(struct ms_site *site, const struct ms_seat_request *r, struct ms_seat *out,
                     struct ms_error *err)
{
    (void)site;
    (void)r;
    (void)out;
    return ms_fail(err, MS_ERR_UNSUPPORTED, "two hosts have no seat for one implementation");
}

static void pair_leave(struct ms_seat *seat)
{
    (void)seat;
}

static void pair_close(struct ms_site *site)
{
    /* The last first: its processes hold what the other site's wait for the end of. */
    for (int h = 2; h-- > 0;) {
        struct ms_site *one = pair_of(site)->host[h];
        one->ops->close(one);
    }
    free(site);
}

static unsigned lesser(unsigned a, unsigned b)
{
    return a && (!b || a < b) ? a : b;
}

static void tell(struct pair *p)
{
    const struct ms_site_facts *c = &p->host[MS_CLIENT]->facts, *s = &p->host[MS_SERVER]->facts;
    struct ms_site_facts *f = &p->base.facts;
    snprintf(p->spec, sizeof p->spec, "client %s, server %s", c->spec, s->spec);
    snprintf(p->iface, sizeof p->iface, "%s%s%s", c->iface, *c->iface && *s->iface ? ", " : "",
             s->iface);
    /* Of the kernel that is not this one; of the client's if neither is. */
    *f = ms_site_is_away(p->host[MS_CLIENT]) ? *c : *s;
    f->kind = "client and server";
    f->spec = p->spec;
    f->iface = p->iface;
    f->rtt_ns = c->rtt_ns > s->rtt_ns ? c->rtt_ns : s->rtt_ns;
    f->most_parallel = lesser(c->most_parallel, s->most_parallel);
}

int ms_site_pair(struct ms_site *client, struct ms_site *server, struct ms_site **out,
                 struct ms_error *err)
{
    static const struct ms_site_ops ops = {
        .pair = true,
        .refuses = pair_refuses,
        .seat = pair_seat,
        .leave = pair_leave,
        .lost = pair_lost,
        .close = pair_close,
    };
    struct pair *p = calloc(1, sizeof *p);
    if (!p)
        return ms_fail(err, MS_ERR_NOMEM, "memory for two sites");
    p->base.ops = &ops;
    p->host[MS_CLIENT] = client;
    p->host[MS_SERVER] = server;
    tell(p);
    *out = &p->base;
    return MS_OK;
}
