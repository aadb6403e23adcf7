/* SPDX-License-Identifier: MIT */
/*
 * An IUT whose application runs beside the tester may acknowledge data by TCP while its application holds the connection,
 * and then leave the Data ACK for the next segment that it sends, whenever that is: Linux does. A sender goes on until its
 * data is Data-ACKed (RFC 8684 3.3.6), so the tester asks again: with a keepalive (RFC 9293 3.8.4), which is answered with
 * how things stand and hands over nothing. What is never Data-ACKed stays so.
 */
#include "engine/engine_int.h"

enum { MOST = 6 };
#define FIRST_NS 200000000ull /* longer than a Data ACK may be delayed */

/* By TCP all is acknowledged on this subflow, and the connection waits for a Data ACK. */
static bool waits(const struct flow *f)
{
    const struct conn *c = f->conn;
    bool mptcp = c && c->mptcp && !c->peer_fell_back && !f->fell_back;
    return mptcp && f->bound && f->established && !f->fin_sent && !f->rst_sent && !f->rst_rcvd &&
           f->snd_una == f->snd_nxt && ms_dsn_lt(c->dsn_una, c->dsn_nxt);
}

static struct flow *waiting(const struct engine *e)
{
    for (size_t i = 0; i < e->n_flow; i++)
        if (waits(e->flow[i]))
            return e->flow[i];
    return NULL;
}

uint64_t remind_due(const struct engine *e)
{
    const struct ms_site *site = e->seat.site;
    if (!site || site == ms_site_local() || e->reminders >= MOST || !waiting(e))
        return UINT64_MAX;
    return e->heard_ns + (FIRST_NS << e->reminders) + 2 * site->facts.rtt_ns;
}

void remind(struct engine *e)
{
    const char *dss = "dss";
    struct flow *f;
    if (remind_due(e) > ms_now_ns() || !(f = waiting(e)))
        return;
    e->reminders++;
    f->snd_nxt--;
    tx_simple(e, f, MS_TH_ACK, &dss, 1, 0, true);
    f->snd_nxt++;
}
