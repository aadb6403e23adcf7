/* SPDX-License-Identifier: MIT */
/* What a service behind a bare address can do for a case, and what it cannot. */
#include "site/host.h"

#include <string.h>

static const struct host_profile profiles[] = {
    {"discard", "discard", "it reads everything and sends nothing", MS_WITNESS_ACKS, false, 0},
    {"echo", "echo", "it sends back what it reads", MS_WITNESS_ECHO, false, 0},
    /*
     * A server reads a request's first line to its end, up to a length that the common ones set at 8000 octets or above: as
     * long as the line goes on it discards.
     */
    {"http", "discard", "it reads a request that does not end", MS_WITNESS_ACKS, true, 4000},
};

const struct host_profile *host_profile_find(const char *name)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(profiles); i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}

const char *host_profile_names(struct ms_buf *out)
{
    ms_buf_puts(out, "");
    for (size_t i = 0; i < MS_ARRAY_LEN(profiles); i++)
        ms_buf_printf(out, "%s%s", i ? ", " : "", profiles[i].name);
    return out->data;
}

/* ---- refusals ---- */

struct question {
    const struct host_offer *o;
    struct ms_arena *a;
    const struct ms_case *c;
    const struct ms_instance *in;
    const struct ms_asks *k;
};

static const char *scenario(const struct question *q)
{
    return q->c->role == MS_ROLE_BOTH ? "a scenario has two hosts that the harness makes" : NULL;
}
static const char *family(const struct question *q)
{
    if (q->in->family == q->o->family)
        return NULL;
    return q->o->family == MS_IPV4 ? "the target's address is an IPv4 address"
                                   : "the target's address is an IPv6 address";
}

static const char *needs(const struct question *q)
{
    static const struct {
        const char *word, *text;
    } known[] = {
        {"app", "needs sockets of the IUT's application"}, {"pm", "needs the IUT's path manager"},
        {"counters", "needs the IUT's counters"},          {"info", "needs the IUT's MPTCP_INFO"},
        {"full_info", "needs the IUT's MPTCP_FULL_INFO"},
    };
    if (!q->k->needs.n)
        return NULL;
    const char *need = q->k->needs.word[0];
    for (size_t i = 0; i < MS_ARRAY_LEN(known); i++)
        if (strcmp(known[i].word, need) == 0)
            return known[i].text;
    return ms_arena_printf(q->a, "needs %s of the IUT", need);
}

static const char *role(const struct question *q)
{
    if (q->c->role != MS_ROLE_INITIATOR)
        return q->o->no_server ? "no service answers at the target's port" : NULL;
    if (!q->o->cue)
        return "the IUT must connect: --client-cue says how it is made to";
    return q->k->connects_so ? "the IUT must connect in a way of the case's choice" : NULL;
}

static const char *verbs(const struct question *q)
{
    bool cue = q->c->role == MS_ROLE_INITIATOR && q->o->cue;
    for (size_t i = 0; i < q->k->verbs.n; i++)
        if (!cue || strcmp(q->k->verbs.word[i], "connect") != 0)
            return ms_arena_printf(q->a, "makes the IUT act: `iut: %s`", q->k->verbs.word[i]);
    return NULL;
}
static const char *looks(const struct question *q)
{
    if (!q->k->looks.n)
        return NULL;
    return ms_arena_printf(q->a, "looks into the IUT: `iut: expect %s`", q->k->looks.word[0]);
}

/*
 * An application that is told nothing but to read shows on the wire what one shows that reads by itself, unless it sees the
 * end of the stream: that one closes then.
 */
static bool reads_only(const struct question *q)
{
    return !q->c->service && !q->k->ends;
}
static const char *service(const struct question *q)
{
    const char *wants = q->c->service;
    if (!wants && reads_only(q))
        wants = "discard";
    if (!wants)
        return "needs an application that does not close when the tester has";
    if (strcmp(wants, q->o->profile->stands) == 0)
        return NULL;
    return ms_arena_printf(q->a, "needs a service that does `%s`, and there is `%s`", wants,
                           q->o->profile->name);
}
/* Octets that are not acknowledged make a sender wait before it sends small pieces (RFC 9293 3.7.4, Nagle). */
static const char *pieces(const struct question *q)
{
    bool echo = q->o->profile->witness == MS_WITNESS_ECHO;
    return echo && q->k->withholds
               ? "withholds acknowledgments: when the echo sends what is left to its own timing"
               : NULL;
}
static const char *judged_read(const struct question *q)
{
    bool blind = q->o->profile->witness == MS_WITNESS_ACKS;
    bool vital = !q->k->else_judged || q->k->received_inside;
    return blind && q->k->received_judged && vital
               ? "judges what the application has read, which this service does not show"
               : NULL;
}

static const char *network(const struct question *q)
{
    const struct ms_asks *k = q->k;
    if (k->paths > 1)
        return ms_arena_printf(q->a, "needs %u paths to the IUT", k->paths);
    if (k->iut_addrs > 1)
        return ms_arena_printf(q->a, "needs %u addresses of the IUT", k->iut_addrs);
    if (k->tester_addrs > q->o->tester_addrs)
        return ms_arena_printf(q->a, "needs %u addresses of the tester: --source FIRST-LAST",
                               k->tester_addrs);
    if (k->literal_addr)
        return "writes out an address: only the target's and the tester's own are used";
    if (k->translates)
        return "a middlebox of the case has an address that the network does not lead here";
    return NULL;
}
static const char *ports(const struct question *q)
{
    if (q->k->iut_ports)
        return "goes to a port of the IUT other than the service's";
    return q->k->tester_ports ? "chooses ports of the tester, which may be in use" : NULL;
}

static const char *text(const struct question *q)
{
    const struct host_profile *p = q->o->profile;
    if (p->text && q->k->content)
        return "sends octets of its own, which are no request";
    if (p->text && q->k->ends)
        return "the tester ends its stream, and the server answers what it has got";
    if (p->most_octets && (q->k->many_octets || q->k->octets > p->most_octets))
        return "sends more than the server takes for one line of a request";
    return NULL;
}

const char *host_refusal(const struct host_offer *o, struct ms_arena *a,
                         const struct ms_instance *in, const struct ms_topo *topo)
{
    static const char *(*const questions[])(const struct question *q) = {
        scenario, family, role,        needs,   verbs, looks,
        service,  pieces, judged_read, network, ports, text};
    struct ms_asks k;
    if (!topo)
        return NULL; /* the run says so */
    ms_instance_asks(a, in, topo, &k);
    const struct question q = {o, a, in->c, in, &k};
    const char *why = NULL;
    for (size_t i = 0; i < MS_ARRAY_LEN(questions) && !why; i++)
        why = questions[i](&q);
    return why;
}
