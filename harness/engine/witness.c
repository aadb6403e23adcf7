/* SPDX-License-Identifier: MIT */
/* What the wire shows of the IUT's application, where nobody can ask it. */
#include "engine/engine_int.h"

#include <string.h>

#define ECHO_MAX                                                                                   \
    ((uint64_t)1 << 20) /* of a connection; a case of more is not asked about content */

/* Where the IUT's stream begins; one that never told a key counts from 0 here (model.c). */
static uint64_t iut_base(const struct conn *c)
{
    return c->have_peer_key ? stream_base(c, false) : 0;
}

void witness_keep(struct engine *e, struct conn *c, uint64_t dsn, const uint8_t *p, size_t n)
{
    uint64_t at = dsn - iut_base(c);
    if (e->seat.witness != MS_WITNESS_ECHO || at >= ECHO_MAX || n > ECHO_MAX - at)
        return;
    if (!c->echoed)
        c->echoed = ms_arena_alloc(e->a, ECHO_MAX);
    memcpy(c->echoed + at, p, n);
}

/* Octets of the IUT's stream that came in order. */
static uint64_t came_back(const struct conn *c)
{
    uint64_t n = c->data_rcv_nxt - iut_base(c);
    return c->data_fin_rcvd && ms_dsn_lt(c->data_fin_dsn, c->data_rcv_nxt) ? n - 1 : n;
}

/* Octets of the tester's stream that are acknowledged: by Data ACKs, in plain TCP by those of the only subflow. */
static uint64_t acknowledged(const struct engine *e, const struct conn *c)
{
    uint64_t most = 0;
    if (c->mptcp && ms_dsn_lt(stream_base(c, true), c->dsn_una)) {
        most = c->dsn_una - stream_base(c, true);
        most -= c->data_fin_sent && c->dsn_una == c->dsn_nxt;
    }
    for (size_t i = 0; i < e->n_flow; i++) {
        const struct flow *f = e->flow[i];
        uint32_t n = f->snd_una - f->isn - 1;
        bool plain = !c->mptcp || c->peer_fell_back || f->fell_back;
        bool fin = f->fin_sent && f->snd_una == f->snd_nxt;
        if (f->conn == c && plain && !f->join && f->have_peer_isn &&
            ms_seq_lt(f->isn, f->snd_una) && n - fin > most)
            most = n - fin;
    }
    return most;
}

bool witness_read(struct engine *e, const struct conn *c, const uint8_t **octets, size_t *n)
{
    *octets = NULL;
    *n = 0;
    switch (e->seat.witness) {
    case MS_WITNESS_ECHO:
        *n = c ? came_back(c) : 0;
        *octets = c && *n <= ECHO_MAX ? c->echoed : NULL;
        return true;
    case MS_WITNESS_ACKS:
        *n = c ? acknowledged(e, c) : 0;
        return true;
    case MS_WITNESS_DRIVER:
        break;
    }
    return false;
}
