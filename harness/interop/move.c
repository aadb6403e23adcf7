/* SPDX-License-Identifier: MIT */
/*
 * Transfers between hosts that can be asked for verbs alone: what a native transfer does, with sockets that the drivers of
 * both hosts hold. Content is compared by digest, so that no octet travels beside the wire that is judged.
 */
#include "interop/interop_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one host still has to do, in order; each row is started when the one before has completed. */
enum act { ACT_OPEN, ACT_SEND, ACT_SHUTDOWN, ACT_EOF, ACT_DIGEST, ACT_CLOSE, ACTS };

struct side {
    uint32_t id[ACTS]; /* of the verb, 0: not started */
    bool done[ACTS];
    bool sends, over;
    uint64_t octets; /* that came */
    char digest[65];
};

struct move {
    struct ms_transfer_spec spec;
    char name[32];
    struct side side[2]; /* by enum ms_host */
    struct ms_transfer_result result;
};

static struct ms_verb verb_of(const struct move *m, enum ms_host h, enum act what)
{
    struct ms_verb v = {.name = m->name, .path = -1};
    static const enum ms_verb_kind kind[ACTS] = {
        [ACT_OPEN] = MS_VERB_ACCEPT,       [ACT_SEND] = MS_VERB_SEND,
        [ACT_SHUTDOWN] = MS_VERB_SHUTDOWN, [ACT_EOF] = MS_VERB_EXPECT_EOF,
        [ACT_DIGEST] = MS_VERB_DIGEST,     [ACT_CLOSE] = MS_VERB_CLOSE,
    };
    v.kind = kind[what];
    if (what == ACT_OPEN && h == MS_CLIENT) {
        v.kind = MS_VERB_CONNECT;
        v.addr = m->spec.to;
        v.local = m->spec.from;
        v.port = m->spec.port;
        v.plain_tcp = m->spec.plain_client;
    } else if (what == ACT_SEND) {
        v.num = (int64_t)m->spec.octets;
    } else if (what == ACT_SHUTDOWN) {
        v.text = "write";
    }
    return v;
}

static void act(struct scene *s, struct move *m, enum ms_host h, enum act what)
{
    struct ms_verb v = verb_of(m, h, what);
    struct ms_target *t = s->host[h]->target;
    if (t->ops->start(t, &v, &m->side[h].id[what], &s->err) != MS_OK)
        scene_broken(s, "transfer %s: %s: %s: %s", m->spec.name, ms_host_name(h),
                     ms_verb_name(v.kind), s->err.msg);
}

/* What the sender's stream is, by its seed. */
static const char *wanted(struct scene *s, enum ms_host sender, uint64_t octets, char hex[65])
{
    uint8_t *p = malloc(octets ? (size_t)octets : 1);
    if (!p) {
        scene_broken(s, "memory for a transfer of %llu octets", (unsigned long long)octets);
        return "";
    }
    ms_stream_fill(s->stream_seed[sender], 0, p, (size_t)octets);
    ms_sha256_hex(p, (size_t)octets, hex);
    free(p);
    return hex;
}

static void judge(struct scene *s, struct move *m)
{
    struct ms_transfer_result *r = &m->result;
    bool same = true;
    r->ended = true;
    r->well = !r->status_client && !r->status_server;
    for (int way = 0; way < 2; way++) {
        enum ms_host from = way == MS_FLOW_UP ? MS_CLIENT : MS_SERVER;
        const struct side *to = &m->side[!from];
        r->octets[way] = to->octets;
        if (!m->side[from].sends)
            continue;
        wanted(s, from, m->spec.octets, r->sha_want[way]);
        memcpy(r->sha_got[way], to->digest, sizeof r->sha_got[way]);
        same = same && strcmp(r->sha_want[way], r->sha_got[way]) == 0;
    }
    r->unchanged = r->well && same;
    if (r->well && !same)
        r->why = "what arrived is not what was sent";
}

/* An end failed: the other has nothing more to wait for. */
static void give_up(struct scene *s, struct move *m, enum ms_host h, enum act what, int err)
{
    struct ms_verb v = verb_of(m, h, what);
    *(h == MS_CLIENT ? &m->result.status_client : &m->result.status_server) = 1;
    m->result.why = ms_arena_printf(s->a, "the %s: %s: %s", ms_host_name(h), ms_verb_name(v.kind),
                                    strerror(err));
    for (enum ms_host k = MS_CLIENT; k <= MS_SERVER && !s->broken; k++)
        if (m->side[k].done[ACT_OPEN] && !m->side[k].id[ACT_CLOSE])
            act(s, m, k, ACT_CLOSE);
    judge(s, m);
}

/* Ends its direction when its octets are sent; one that has none ends it with the connection, as a reader does. */
static void go_on(struct scene *s, struct move *m, enum ms_host h, enum act was)
{
    struct side *d = &m->side[h];
    if (was == ACT_OPEN) {
        act(s, m, h, ACT_EOF);
        if (d->sends && !s->broken)
            act(s, m, h, ACT_SEND);
    } else if (was == ACT_SEND) {
        act(s, m, h, ACT_SHUTDOWN);
    } else if (was == ACT_EOF) {
        act(s, m, h, ACT_DIGEST);
    } else if (was == ACT_CLOSE) {
        d->over = true;
    }
    if (d->done[ACT_DIGEST] && (!d->sends || d->done[ACT_SHUTDOWN]) && !d->id[ACT_CLOSE])
        act(s, m, h, ACT_CLOSE);
    if (m->side[MS_CLIENT].over && m->side[MS_SERVER].over)
        judge(s, m);
}

/* The listener stays as long as the transfer: Linux answers an MP_JOIN to a port that nobody listens on with a RST. */
static void close_listener(struct scene *s, struct move *m)
{
    struct ms_verb v = {.kind = MS_VERB_CLOSE_LISTENER, .name = m->name, .path = -1};
    struct ms_target *t = s->host[MS_SERVER]->target;
    uint32_t id;
    if (!s->broken && t->ops->start(t, &v, &id, &s->err) != MS_OK)
        scene_broken(s, "transfer %s: close_listener: %s", m->spec.name, s->err.msg);
}

static bool take(struct scene *s, struct move *m, enum ms_host h, const struct ms_done *done)
{
    struct side *d = &m->side[h];
    enum act was = ACT_OPEN;
    while (was < ACTS && (!d->id[was] || d->id[was] != done->id || d->done[was]))
        was++;
    if (was == ACTS)
        return false;
    d->done[was] = true;
    if (m->result.ended)
        return true;
    if (was == ACT_EOF)
        d->octets = done->num;
    if (was == ACT_DIGEST && !done->err)
        snprintf(d->digest, sizeof d->digest, "%.*s", (int)done->len, (const char *)done->data);
    if (done->err)
        give_up(s, m, h, was, done->err);
    else
        go_on(s, m, h, was);
    if (m->result.ended)
        close_listener(s, m);
    return true;
}

bool move_take(struct scene *s, enum ms_host h, const struct ms_done *done)
{
    for (size_t i = 0; i < s->n_transfer; i++)
        if (s->transfer[i].move && take(s, s->transfer[i].move, h, done))
            return true;
    return false;
}

const struct ms_transfer_result *move_result(const struct move *m)
{
    return &m->result;
}

struct move *move_new(struct scene *s, const struct ms_transfer_spec *spec)
{
    struct move *m = ms_arena_alloc(s->a, sizeof *m);
    *m = (struct move){.spec = *spec, .result = {.why = ""}};
    snprintf(m->name, sizeof m->name, "%s", spec->name);
    m->side[MS_CLIENT].sends = spec->dir != MS_FLOW_DOWN;
    m->side[MS_SERVER].sends = spec->dir != MS_FLOW_UP;
    return m;
}

void move_start(struct scene *s, struct move *m)
{
    /* On all addresses: joins to announced ones need a listener there. */
    struct ms_verb v = {.kind = MS_VERB_LISTEN,
                        .name = m->name,
                        .addr = {.family = m->spec.to.family},
                        .port = m->spec.port,
                        .path = -1,
                        .plain_tcp = m->spec.plain_server};
    struct ms_done d;
    if (!host_verb_now(s->host[MS_SERVER], &v, &d))
        return;
    if (d.err) {
        scene_broken(s, "transfer %s: the server cannot listen: %s", m->spec.name, strerror(d.err));
        return;
    }
    act(s, m, MS_SERVER, ACT_OPEN);
    if (!s->broken)
        act(s, m, MS_CLIENT, ACT_OPEN);
}
