/* SPDX-License-Identifier: MIT */
/* Mappings, checksums, content and Data ACKs: RFC 8684 3.3. */
#include "oracle/rules.h"

typedef unsigned long long ull;

static void check_csum_presence(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (st->has_map && st->conn->csum_known && st->map.has_csum != st->conn->csum)
        rule_broken(j, "mapping %s checksum; checksums were %snegotiated",
                    st->map.has_csum ? "with" : "without", st->conn->csum ? "" : "not ");
}

static void check_csum_value(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (st->csum_bad && st->conn->csum_known && st->conn->csum)
        rule_broken(j, "checksum 0x%04x over DSN %016llx, SSN %u, length %u; it is 0x%04x",
                    st->csum_map.csum, (ull)st->csum_map.dsn, (unsigned)st->csum_map.ssn,
                    st->csum_map.dll, st->csum_want);
}

static void check_csum_infinite(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (st->has_map && st->map_infinite && st->map.has_csum && st->map.csum)
        rule_broken(j, "infinite mapping with checksum 0x%04x; it is 0", st->map.csum);
}

/*
 * Where nothing was sent yet, what probes a closed window of the connection lies before the first octet. The window may
 * have opened a moment before.
 */
static bool probes_window(const struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    return j->seg->payload_len == 1 && st->map.len == 1 && st->map.dsn == st->side->idsn &&
           st->peer_half->watch.win_closed;
}

static void check_mapping_first(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (!st->has_map || st->map_infinite || probes_window(j))
        return;
    uint64_t first = st->side->idsn + 1;
    if (ms_dsn_lt(st->map.dsn, first))
        rule_broken(j, "DSN %016llx lies before the first one %016llx", (ull)st->map.dsn,
                    (ull)first);
    else if (st->map_first && st->map.ssn == 1 && st->map.dsn != first)
        rule_broken(j, "the first octet has DSN %016llx; IDSN + 1 is %016llx", (ull)st->map.dsn,
                    (ull)first);
}

static void check_mapping_covers(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    /* A DATA_FIN may stand alone; its form has a rule of its own. */
    if (!st->has_map || st->map_infinite || st->map_fin_only || (st->map.fin && !judge_octets(j)))
        return;
    uint64_t at = st->pos - st->half->tfo;
    if (st->map.ssn == 0)
        rule_broken(j, "mapping of data with SSN 0, the number of the SYN");
    else if (at >= st->map.ssn + st->map.len || st->map.ssn >= at + judge_octets(j))
        rule_broken(j, "mapping of SSN %llu, %u octets, on a segment of SSN %llu, %zu octets",
                    (ull)st->map.ssn, st->map.len, (ull)at, judge_octets(j));
}

static void check_mapping_fixed(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (st->remap)
        rule_broken(j, "SSN %u is mapped to DSN %016llx; SSN %u was mapped to %016llx",
                    (unsigned)st->map.ssn, (ull)st->map.dsn, (unsigned)st->remap_old.ssn,
                    (ull)st->remap_old.dsn);
}

/* The sender may have fallen back with good reason (3.7): then data goes without mappings. */
static bool may_be_plain(const struct ms_model_step *st)
{
    const struct ms_half *own = st->half, *peer = st->peer_half;
    return st->plain_why || st->flow->synack_plain || !st->flow->half[MS_ACCEPTOR].open_opt ||
           !st->flow->half[MS_OPENER].third_opt || st->flow->half[MS_OPENER].third_bare ||
           own->infinite || peer->infinite || peer->bare_data || st->side->fail_sent ||
           st->peer->fail_sent || st->conn->gap || (peer->ack_seen && peer->ack_hi > 1 + own->tfo);
}

static void check_mapping_until_ack(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (!st->conn || !judge_octets(j) || st->has_map || st->before_peer_dack ||
        (j->seg->flags & (MS_TH_SYN | MS_TH_RST)) || !st->side->key_known || may_be_plain(st))
        return;
    rule_broken(j, "data without mapping before the peer's first Data ACK on this subflow");
}

static void check_dsn_same_octet(struct ms_judge *j)
{
    if (j->st->dsn_conflict)
        rule_broken(j, "data from DSN %016llx on differs from an earlier copy",
                    (ull)j->st->dsn_conflict_dsn);
}

static void check_tcp_same_octet(struct ms_judge *j)
{
    if (j->st->tcp_conflict)
        rule_broken(j, "data from SSN %llu on differs from an earlier copy",
                    (ull)j->st->tcp_conflict_pos);
}

static void check_dack_back(struct ms_judge *j)
{
    /* Acknowledgments that were sent in the same instant may have changed places on a network. */
    bool ordered = j->live || j->in_sender_view || j->st->newer;
    if (j->st->dack_back && ordered)
        rule_broken(j, "Data ACK %016llx after %016llx on the same subflow", (ull)j->st->dack,
                    (ull)j->st->dack_before);
}

/* 3.7: behind MP_FAIL data comes without mappings, and how far it goes in DSNs is not on the wire. */
static bool peer_went_plain(const struct ms_model_step *st)
{
    return st->peer->infinite ||
           (st->peer_half->bare_data && (st->peer->fail_sent || st->side->fail_sent));
}

static void check_dack_range(struct ms_judge *j)
{
    const struct ms_model_step *st = j->st;
    if (!st->has_dack)
        return;
    uint64_t first = st->peer->idsn + 1;
    if (ms_dsn_lt(st->dack, first))
        rule_broken(j, "Data ACK %016llx lies before the first DSN %016llx", (ull)st->dack,
                    (ull)first);
    else if (j->complete && ms_dsn_lt(st->dack_limit, st->dack) && !peer_went_plain(st) &&
             !st->conn->gap)
        rule_broken(j, "Data ACK %016llx; the peer sent up to %016llx", (ull)st->dack,
                    (ull)st->dack_limit);
}

static void check_dack_width(struct ms_judge *j)
{
    if (j->st->has_dack && !j->st->dack_wide && j->st->dack_covers_wide)
        rule_broken(j, "Data ACK of 32 bits for data that came with a 64-bit DSN");
}

RULE(rule_csum_presence, "csum-presence", "R-3.3-12, R-3.1-13, R-3.1-59, R-3.1-60, R-C.1.1-02",
     MS_LEVEL_MUST, MS_ON_MAP, "SYN and SYN/ACK were seen",
     "A mapping has a checksum exactly when SYN or SYN/ACK had A = 1.", check_csum_presence);
RULE(rule_csum_value, "csum-value", "R-3.3.1-08, R-3.3.1-10, R-3.3.1-11, R-3.3.1-12, R-3.3.3-12",
     MS_LEVEL_FORMAT, MS_ON_CONTENT, "all octets of the mapping were seen",
     "The checksum fits the mapped data and the pseudo-header with the full DSN.",
     check_csum_value);
RULE(rule_csum_infinite, "csum-infinite", "R-3.3.1-34", MS_LEVEL_FORMAT, MS_ON_MAP, "",
     "The checksum of an infinite mapping is 0.", check_csum_infinite);
RULE(rule_mapping_first, "mapping-first", "R-3.1-56, R-3.1-75, R-3.1-77, R-3.3.1-29", MS_LEVEL_MUST,
     MS_ON_MAP,
     "the first octet: as long as there is one subflow; one octet may probe a closed window",
     "Data starts at IDSN + 1 of the sender's own key.", check_mapping_first);
RULE(rule_mapping_covers, "mapping-covers", "R-3.3.1-30, R-3.3.1-07", MS_LEVEL_MUST, MS_ON_MAP,
     "not for a DATA_FIN of its own and infinite mappings",
     "A mapping covers at least part of the segment that carries it.", check_mapping_covers);
RULE(rule_mapping_fixed, "mapping-fixed", "R-3.3.1-03", MS_LEVEL_MUST_NOT, MS_ON_CONTENT,
     "not for infinite mappings", "No octet of a subflow is mapped to a second DSN.",
     check_mapping_fixed);
RULE(rule_mapping_until_ack, "mapping-until-ack", "R-3.7-03", MS_LEVEL_MUST,
     MS_ON_PAYLOAD | MS_ON_CONN, "as long as nothing gave the sender a reason to fall back",
     "Until the first Data ACK each segment with data has a mapping.", check_mapping_until_ack);
RULE(rule_dsn_same_octet, "dsn-same-octet", "R-3.3.6-01", MS_LEVEL_FORMAT, MS_ON_CONTENT, "",
     "All copies of a DSN, on whatever subflow, are the same octet.", check_dsn_same_octet);
RULE(rule_tcp_same_octet, "tcp-same-octet", "R-6-07", MS_LEVEL_FORMAT, MS_ON_CONTENT, "",
     "A repeated segment has the same octets.", check_tcp_same_octet);
RULE(rule_dack_back, "dack-back", "R-3.3.2-05", MS_LEVEL_FORMAT, MS_ON_DACK,
     "not for segments that may have been reordered on the way",
     "The Data ACK on a subflow never moves back.", check_dack_back);
RULE(rule_dack_range, "dack-range", "R-3.3.2-01, R-3.3.2-02, R-3.3.2-05", MS_LEVEL_FORMAT,
     MS_ON_DACK, "the end: a case, or a complete capture",
     "The Data ACK lies between the peer's first DSN and the end of what it sent.",
     check_dack_range);
RULE(rule_dack_width, "dack-width", "R-3.3.2-03", MS_LEVEL_MUST, MS_ON_DACK,
     "a DATA_FIN is no data", "Data that came with a 64-bit DSN is acknowledged with 64 bits.",
     check_dack_width);
