/* SPDX-License-Identifier: MIT */
/* Ending and falling back: RFC 8684 3.3.1, 3.3.3, 3.5, 3.7. */
#include "oracle/rules.h"

typedef unsigned long long ull;

static bool works(const struct ms_flow *f)
{
    const struct ms_half *o = &f->half[MS_OPENER], *a = &f->half[MS_ACCEPTOR];
    return f->kind != MS_FLOW_MID && o->third_opt && a->acked_third && !o->fin && !o->rst &&
           !a->fin && !a->rst && !f->murky;
}

/* Another subflow that was established and of which no end has been seen. */
static bool another_works(const struct ms_judge *j)
{
    for (const struct ms_flow *f = j->st->conn->newest; f; f = f->conn_next)
        if (f != j->st->flow && works(f))
            return true;
    return false;
}

/* An infinite mapping of the sender's on another subflow, and the ACK that shows that it came. */
static bool fell_back_elsewhere(const struct ms_judge *j)
{
    for (const struct ms_flow *f = j->st->conn->newest; f; f = f->conn_next)
        for (unsigned r = 0; f != j->st->flow && r < 2; r++) {
            const struct ms_half *h = &f->half[r], *p = &f->half[1 - r];
            if (&j->st->conn->side[f->side[r]] == j->st->side && h->infinite && p->ack_seen &&
                p->ack_hi > h->infinite_pos + h->tfo)
                return true;
        }
    return false;
}

static bool sure_of_others(const struct ms_judge *j)
{
    return (j->live || (j->complete && j->in_sender_view)) && !j->st->conn->gap;
}

static void check_fin_early(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (j->complete && st->watch.fin_early && !st->conn->gap)
        rule_broken(j,
                    "FIN on the only subflow; the Data ACK is %016llx and data goes up to %016llx",
                    (ull)st->side->acked_hi, (ull)st->watch.fin_lacks);
}

static void check_urgent(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (!(j->seg->flags & MS_TH_URG) || !j->seg->urg || st->side->infinite)
        return;
    /* The last urgent octet is the one before the pointer (RFC 9293 3.1) or, as of old, the one it names. */
    uint64_t at = st->pos - st->half->tfo + j->seg->urg;
    const struct ms_map *map = &st->map;
    if (st->has_map && map->ssn && map->ssn + 1 < at && at + 1 < map->ssn + map->len)
        rule_broken(j, "urgent pointer to SSN %llu, within the mapping of %llu to %llu", (ull)at,
                    (ull)map->ssn, (ull)(map->ssn + map->len - 1));
}

static void check_fail_dsn(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    const struct ms_mp *mp = judge_form(j, MS_FORM_FAIL);
    const struct ms_half *p = st->peer_half;
    if (!mp || !j->complete || st->peer->fail_sent || st->conn->gap || !p->n_map ||
        p->watch.maps_lost)
        return;
    for (size_t i = 0; i < p->n_map; i++)
        if (p->map[i].dsn == mp->dsn)
            return;
    rule_broken(j, "MP_FAIL names DSN %016llx; no mapping on this subflow starts there",
                (ull)mp->dsn);
}

static void check_fail_csum(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (judge_form(j, MS_FORM_FAIL) && j->complete && !st->peer->fail_sent &&
        st->conn->csum_known && !st->conn->csum)
        rule_broken(j, "MP_FAIL although no checksums were negotiated");
}

static void check_fail_others(struct ms_judge *j)
{
    if (judge_form(j, MS_FORM_FAIL) && !judge_is_rst(j) && !j->st->peer->fail_sent &&
        sure_of_others(j) && another_works(j))
        rule_broken(j, "MP_FAIL on a %s while another subflow works; a RST is due", judge_kind(j));
}

static void check_fail_answer(struct ms_judge *j)
{
    if (j->st->watch.fail_due && j->complete && j->st->conn->flows == 1 && !j->st->conn->gap)
        rule_broken(j, "data after the peer's MP_FAIL, and no MP_FAIL in answer");
}

static void check_infinite_line(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    const struct ms_half *h = st->half;
    if (!st->map_infinite || !h->n_map || h->watch.maps_lost || st->conn->gap || !j->complete)
        return;
    for (size_t i = 0; i < h->n_map; i++)
        if (h->map[i].dsn - h->map[i].ssn == st->map.dsn - st->map.ssn)
            return;
    rule_broken(j,
                "infinite mapping of SSN %llu to DSN %016llx; no mapping before puts them together",
                (ull)st->map.ssn, (ull)st->map.dsn);
}

static void check_infinite_one(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (st->side->infinite && !st->half->infinite && st->has_map && sure_of_others(j) &&
        fell_back_elsewhere(j))
        rule_broken(j, "data with a mapping after an infinite mapping on another subflow");
}

static void check_infinite_join(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (judge_is_syn(j) && !st->syn_repeated && st->side->infinite && sure_of_others(j) &&
        fell_back_elsewhere(j))
        rule_broken(j, "a join after an infinite mapping");
}

static void check_dack_needless(struct ms_judge *j)
{
    if (j->st->watch.dack_needless && !j->st->conn->gap)
        rule_broken(j, "Data ACK although the peer's infinite mapping was acknowledged before");
}

static void check_dack_closed(struct ms_judge *j)
{
    if (j->st->watch.dack_closed && j->complete && !j->st->conn->gap)
        rule_broken(j, "Data ACK %016llx for data that came after the own MP_FASTCLOSE",
                    (ull)j->st->dack);
}

RULE(rule_fin_early, "fin-early", "R-3.3.3-15", MS_LEVEL_MUST_NOT, MS_ON_FIN | MS_ON_CONN,
     "a case, or a complete capture; one subflow, on which nothing was repeated",
     "The only subflow is not closed before all data but that of the segment with the DATA_FIN "
     "has a Data ACK.",
     check_fin_early);
RULE(rule_urgent_mapping, "urgent-mapping", "R-3.3.1-13", MS_LEVEL_MUST_NOT,
     MS_ON_PAYLOAD | MS_ON_MAP, "",
     "The urgent pointer does not point into the middle of a mapping.", check_urgent);
RULE(rule_fail_dsn, "fail-dsn", "R-3.7-14", MS_LEVEL_FORMAT, MS_ON_FAIL | MS_ON_CONN,
     "a case, or a complete capture; the first MP_FAIL, not the one that answers",
     "MP_FAIL names the DSN at which a mapping on the subflow starts.", check_fail_dsn);
RULE(rule_fail_csum, "fail-without-checksums", "R-3.7-11, R-3.7-20", MS_LEVEL_MAY,
     MS_ON_FAIL | MS_ON_CONN,
     "an observation: something else may have told of the damage; a case, or a complete capture",
     "MP_FAIL is sent where checksums were negotiated.", check_fail_csum);
RULE(rule_fail_others, "fail-several-subflows", "R-3.7-13", MS_LEVEL_FORMAT,
     MS_ON_FAIL | MS_ON_CONN,
     "a case, or a complete capture at the sender; not in answer to MP_FAIL",
     "With another subflow at work MP_FAIL stands on a RST.", check_fail_others);
RULE(rule_fail_answer, "fail-answer", "R-3.7-24", MS_LEVEL_MUST, MS_ON_PAYLOAD | MS_ON_CONN,
     "a case, or a complete capture; one subflow; an ACK showed that MP_FAIL came",
     "Who receives MP_FAIL sends one back before it sends on.", check_fail_answer);
RULE(rule_infinite_line, "infinite-line", "R-3.7-22", MS_LEVEL_FORMAT, MS_ON_MAP,
     "a case, or a complete capture; there were mappings on the subflow",
     "An infinite mapping ties SSN and DSN together as a mapping before it did.",
     check_infinite_line);
RULE(rule_infinite_one, "infinite-one-subflow", "R-3.7-33", MS_LEVEL_FORMAT,
     MS_ON_PAYLOAD | MS_ON_MAP,
     "a case, or a complete capture at the sender; an ACK covers the infinite mapping",
     "After an infinite mapping no data is sent on another subflow.", check_infinite_one);
RULE(rule_infinite_join, "infinite-join", "R-3.7-34", MS_LEVEL_MUST_NOT,
     MS_ON_JOIN | MS_ON_SYN | MS_ON_CONN,
     "a case, or a complete capture at the sender; an ACK covers the infinite mapping",
     "After an infinite mapping its sender opens no subflow.", check_infinite_join);
RULE(rule_infinite_dack, "infinite-dack", "R-3.7-32", MS_LEVEL_SHOULD, MS_ON_DACK,
     "an earlier ACK covers the infinite mapping",
     "Who receives an infinite mapping stops sending Data ACKs.", check_dack_needless);
RULE(rule_fastclose_dack, "fastclose-dack", "R-3.5-02", MS_LEVEL_FORMAT, MS_ON_DACK,
     "a case, or a complete capture", "After MP_FASTCLOSE its sender takes no more data.",
     check_dack_closed);
