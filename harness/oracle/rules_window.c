/* SPDX-License-Identifier: MIT */
/* Windows, and which data a Data ACK may cover: RFC 8684 3.3.1, 3.3.2, 3.3.4, 3.3.5. */
#include "oracle/rules.h"

typedef unsigned long long ull;

static void check_edge_back(struct ms_judge *j)
{
    const struct ms_step_watch *w = &j->st->watch;
    /* Acknowledgments that were sent in the same instant may have changed places on a network. */
    bool ordered = j->live || j->in_sender_view || j->st->newer;
    if (w->edge_back && ordered)
        rule_broken(j, "Data ACK + window is %016llx, %llu less than before", (ull)w->edge,
                    (ull)(w->edge_before - w->edge));
}

static void check_beyond_conn(struct ms_judge *j)
{
    const struct ms_step_watch *w = &j->st->watch;
    if (!j->complete || !w->beyond_conn || j->st->conn->gap || j->st->side->infinite)
        return;
    /* A reader who looks for the window that was used finds it under an older Data ACK. */
    bool held = !ms_dsn_lt(w->data_held, w->data_beyond);
    rule_broken(j, "data up to DSN %016llx; the peer's windows allow up to %016llx%s",
                (ull)w->data_beyond, (ull)w->data_edge,
                held ? ", and one from before it got smaller would" : "");
}

static void check_beyond_flow(struct ms_judge *j)
{
    const struct ms_step_watch *w = &j->st->watch;
    if (j->complete && w->beyond_flow && !j->st->conn->gap)
        rule_broken(j,
                    "data up to relative sequence number %llu; the subflow's windows allow up "
                    "to %llu",
                    (ull)w->beyond, (ull)w->edge);
}

static bool all_seen(const struct ms_judge *j)
{
    return j->complete && !j->st->conn->gap && !j->st->peer->infinite &&
           !j->st->peer->watch.gather.lost;
}

/* The Data ACK goes beyond the first octet that nobody sent, and not beyond all that was sent. */
static bool over_hole(const struct ms_judge *j)
{
    const struct ms_side *peer = j->st->peer;
    const struct ms_gather *g = &peer->watch.gather;
    uint64_t whole = peer->idsn + (g->whole ? g->whole : 1);
    if (!ms_dsn_lt(whole, j->st->dack) || ms_dsn_lt(j->st->dack_limit, j->st->dack))
        return false;
    return !(peer->fin_known && peer->fin_dsn == whole && j->st->dack == whole + 1);
}

static bool covers_fin(const struct ms_judge *j)
{
    const struct ms_side *peer = j->st->peer;
    return peer->fin_known && ms_dsn_lt(peer->fin_dsn, j->st->dack);
}

static void check_dack_hole(struct ms_judge *j)
{
    const struct ms_side *peer = j->st->peer;
    if (all_seen(j) && over_hole(j) && !covers_fin(j))
        rule_broken(j, "Data ACK %016llx; the octet of DSN %016llx was not sent yet",
                    (ull)j->st->dack, (ull)(peer->idsn + peer->watch.gather.whole));
}

static void check_dack_fin_hole(struct ms_judge *j)
{
    const struct ms_side *peer = j->st->peer;
    if (all_seen(j) && over_hole(j) && covers_fin(j))
        rule_broken(j,
                    "Data ACK %016llx covers the DATA_FIN; the octet of DSN %016llx was not sent "
                    "yet",
                    (ull)j->st->dack, (ull)(peer->idsn + peer->watch.gather.whole));
}

static void check_width(struct ms_judge *j)
{
    if (j->st->watch.width_due && !j->st->conn->gap)
        rule_broken(j, "DSN of 32 bits; the stream took 2^32 octets in less than %u s",
                    (unsigned)(MS_MODEL_MSL_NS / 1000000000u));
}

RULE(rule_window_edge, "window-edge", "R-3.3.4-03", MS_LEVEL_MUST_NOT, MS_ON_DACK,
     "on one subflow, up to the grain of the window scale; not for segments that may have "
     "been reordered on the way",
     "The right edge of the window, Data ACK + window, never moves back.", check_edge_back);
RULE(rule_window_conn, "window-connection", "R-3.3.5-04, R-4-04, R-3.3.5-01", MS_LEVEL_FORMAT,
     MS_ON_PAYLOAD | MS_ON_MAP, "a case, or a complete capture; one octet may probe",
     "Data lies within the widest window that the peer gave last on any subflow, counted from the "
     "Data ACK.",
     check_beyond_conn);
RULE(rule_window_subflow, "window-subflow", "R-3.3.5-03, R-4-06, R-6-09", MS_LEVEL_MUST,
     MS_ON_PAYLOAD | MS_ON_CONN, "a case, or a complete capture; one octet may probe",
     "Data lies within the widest window that the peer gave on the subflow.", check_beyond_flow);
RULE(rule_dack_hole, "dack-hole", "R-3.3.2-01, R-3.3.2-02, R-3.3.2-05, R-3.3.1-16", MS_LEVEL_FORMAT,
     MS_ON_DACK, "a case, or a complete capture",
     "The Data ACK stops at the first octet that was not sent.", check_dack_hole);
RULE(rule_dack_fin_hole, "dack-fin-hole", "R-3.3.3-13", MS_LEVEL_FORMAT, MS_ON_DACK,
     "a case, or a complete capture",
     "A DATA_FIN is acknowledged when all data before it was sent.", check_dack_fin_hole);
RULE(rule_dsn_width, "dsn-width", "R-3.3.1-26", MS_LEVEL_MUST, MS_ON_MAP,
     "a maximum segment lifetime of two minutes",
     "DSNs have 64 bits when 2^32 octets are sent within one segment lifetime.", check_width);
