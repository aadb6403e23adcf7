/* SPDX-License-Identifier: MIT */
/*
 * An IUT whose application runs beside the tester may acknowledge data by TCP while its application holds the connection,
 * and then leave the Data ACK for the next segment that it sends, whenever that is: Linux does. A sender goes on until its
 * data is Data-ACKed (RFC 8684 3.3.6), so the tester asks again: with a keepalive (RFC 9293 3.8.4), which is answered with
 * how things stand and hands over nothing. What is never Data-ACKed stays so.
 */
#include "engine/engine_int.h"

#include <string.h>

enum { MOST = 6 };
#define SYN_NS   1000000000ull /* RFC 6298 2.1 */
#define FIRST_NS 200000000ull  /* longer than a Data ACK may be delayed */

/* It can be asked there: the subflow lives, and by TCP all is acknowledged on it. A RST that was not heeded is none. */
static bool can_ask(const struct flow *f)
{
    const struct conn *c = f->conn;
    bool mptcp = c && c->mptcp && !c->peer_fell_back && !f->fell_back;
    bool ended = f->fin_sent || f->rst_rcvd || (f->rst_sent && !ms_seq_lt(f->rst_at, f->snd_una));
    return mptcp && f->bound && f->established && !ended && f->snd_una == f->snd_nxt;
}

/* The step waits for what Data ACKs tell. */
static bool asked_for(const struct ms_step *s)
{
    bool dss = false;
    if (!s)
        return false;
    for (size_t i = 0; s->kind == MS_STEP_EXPECT && i < s->seg->n_opts; i++)
        dss |= !s->seg->opt[i].negated && s->seg->opt[i].name->subtype == MPTCP_SUB_DSS;
    return dss || s->kind == MS_STEP_RECEIVED ||
           (s->kind == MS_STEP_STATE && strcmp(s->name, "data_acked") == 0);
}

/* A listener whose backlog is full drops a SYN, and the next one finds room: `handshake` and `join` repeat theirs. */
static struct flow *unanswered(const struct engine *e)
{
    const struct ms_step *s = e->step;
    struct flow *f = s && s->kind == MS_STEP_GROUP ? flow_find(e, s->subject) : NULL;
    return f && f->syn.len && !f->have_peer_isn ? f : NULL;
}

static uint64_t heard(const struct flow *f)
{
    return f->n_rx ? f->rx[f->n_rx - 1]->ev->time_ns : 0;
}

/* Of several subflows the one that the IUT used last: another may be gone without the tester's knowledge. */
static struct flow *waiting(const struct engine *e)
{
    struct flow *last = NULL;
    for (size_t i = 0; i < e->n_flow; i++) {
        struct flow *f = e->flow[i];
        if (can_ask(f) && (asked_for(e->step) || ms_dsn_lt(f->conn->dsn_una, f->conn->dsn_max)) &&
            (!last || heard(f) > heard(last)))
            last = f;
    }
    return last;
}

uint64_t remind_due(const struct engine *e)
{
    const struct ms_site *site = e->seat.site;
    if (!site || site == ms_site_local() || e->reminders >= MOST)
        return UINT64_MAX;
    uint64_t first = unanswered(e) ? SYN_NS : waiting(e) ? FIRST_NS : 0;
    return first ? e->heard_ns + (first << e->reminders) + 2 * site->facts.rtt_ns : UINT64_MAX;
}

void remind(struct engine *e)
{
    const char *dss = "dss";
    struct flow *f;
    if (remind_due(e) > ms_now_ns())
        return;
    e->reminders++;
    if ((f = unanswered(e)) != NULL) {
        tx_frame(e, f, &(struct outgoing){f->syn, f->syn}, true, false);
        return;
    }
    f = waiting(e);
    f->snd_nxt--;
    tx_simple(e, f, MS_TH_ACK, &dss, 1, 0, true);
    f->snd_nxt++;
}
