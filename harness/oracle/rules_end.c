/* SPDX-License-Identifier: MIT */
/* What a connection as a whole must have shown when it is over. */
#include "oracle/rules.h"

/* Closed by FINs of both ends on every subflow, MPTCP to the last, and all of it seen. */
static bool closed_in_peace(const struct ms_conn *c)
{
    if ((c->unknown & ~(unsigned)MS_UNK_BOUND) || c->fault || c->foreign ||
        c->flows != c->flows_kept)
        return false;
    for (unsigned s = 0; s < 2; s++)
        if (!c->side[s].key_known || c->side[s].infinite || c->side[s].fail_sent ||
            c->side[s].fastclose_sent)
            return false;
    for (const struct ms_flow *f = c->newest; f; f = f->conn_next)
        if (!f->over || f->fallback || f->murky || f->half[0].rst || f->half[1].rst)
            return false;
    return true;
}

static void end_fin_acked(struct ms_judge *j)
{
    const struct ms_side *peer = j->st->peer;
    if (!peer->fin_known || !peer->acked_seen || ms_side_fin_acked(peer) ||
        !closed_in_peace(j->st->conn))
        return;
    /* Of a capture that may lack the one packet with the Data ACK, two others must show that it was due. */
    if (!j->complete && peer->watch.fin_denied < 2)
        return;
    const struct ms_side *own = j->st->side;
    j->packet = peer->watch.last_packet > own->watch.last_packet ? peer->watch.last_packet
                                                                 : own->watch.last_packet;
    rule_broken(j, "the DATA_FIN of DSN %016llx was never acknowledged; the Data ACK is %016llx",
                (unsigned long long)peer->fin_dsn, (unsigned long long)peer->acked_hi);
}

const struct ms_rule rule_fin_acked = {
    .name = "fin-acked",
    .reqs = "R-3.3.3-08, R-D-02, R-D-04, R-D-07",
    .level = MS_LEVEL_SHOULD,
    .observation = OBS_ANY,
    .conditions =
        "all subflows were closed by FINs; a case, a complete capture, or two ACKs of the "
        "segment with the DATA_FIN; a warning, since packets may be lost behind the "
        "capture",
    .doc = "A DATA_FIN is acknowledged by a Data ACK before the connection is gone.",
    .end = end_fin_acked,
};
