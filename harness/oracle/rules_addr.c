/* SPDX-License-Identifier: MIT */
/* Announcements: RFC 8684 3.4. */
#include <string.h>

#include "oracle/rules.h"

bool judge_echo_with_hmac(const struct ms_opt *o)
{
    return o->mp.subtype == MPTCP_SUB_ADD_ADDR && o->occupied >= 3 && (o->raw[2] & 1) &&
           (o->len == 16 || o->len == 18 || o->len == 28 || o->len == 30);
}

static void check_hmac(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_ADD_ADDR);
    const struct ms_model_step *st = j->st;
    if (!mp || mp->echo || !st->conn || !st->side->key_known || !st->peer->key_known ||
        st->side->n_key_seen != 1 || st->peer->n_key_seen != 1)
        return;
    uint8_t full[32];
    ms_add_addr_hmac(st->side->key, st->peer->key, mp->addr_id, &mp->addr, mp->port, full);
    if (memcmp(mp->hmac, full + 24, 8) != 0)
        rule_broken(j, "HMAC %016llx; keys, id, address and port give %016llx",
                    (unsigned long long)ms_get64(mp->hmac),
                    (unsigned long long)ms_get64(full + 24));
}

static void check_echo(struct ms_judge *j)
{
    char text[46];
    const struct ms_mp *mp = judge_form(j, MS_FORM_ADD_ADDR);
    if (mp && j->complete && j->st->echo_unknown && !j->st->conn->gap)
        rule_broken(j, "echo of id %u, %s, port %u: no such announcement came", mp->addr_id,
                    ms_addr_text(&mp->addr, text), mp->port);
}

static void check_echo_hmac(struct ms_judge *j)
{
    for (unsigned i = 0; i < j->seg->n_opt; i++) {
        const struct ms_opt *o = &j->seg->opt[i];
        if (o->kind == MS_TCPOPT_MPTCP && judge_echo_with_hmac(o))
            rule_broken(j, "echo of %u octets has an HMAC", o->len);
    }
}

static void report_reuse(struct ms_judge *j, uint8_t id, const struct ms_addr *now)
{
    char old[46], fresh[46];
    rule_broken(j, "id %u now means %s; it meant %s and was not removed", id,
                ms_addr_text(now, fresh), ms_addr_text(&j->st->id_before.addr, old));
}

static void check_id(struct ms_judge *j)
{
    const struct ms_mp *mp = judge_form(j, MS_FORM_ADD_ADDR);
    if (mp && j->complete && j->st->id_reused && !j->st->id_before.join && !j->st->conn->gap)
        report_reuse(j, mp->addr_id, &mp->addr);
}

static void check_join_id(struct ms_judge *j)
{
    bool own_address = j->live || (j->complete && j->in_sender_view);
    if (own_address && (j->seg->flags & MS_TH_SYN) && j->st->id_reused && j->st->id_before.join &&
        !j->st->conn->gap)
        report_reuse(j, j->st->id_before.id, &j->seg->src);
}

const struct ms_rule rule_add_addr_hmac = {
    .name = "add-addr-hmac",
    .reqs = "R-3.4.1-14, R-3.4.1-15, R-3.4.1-16, R-3.4.1-17",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_ADD_ADDR | MS_ON_CONN,
    .conditions = "both keys were seen",
    .doc = "The HMAC is the rightmost 64 bits over id, address and port, two zero octets without "
           "a port, with the key of the sender first.",
    .check = check_hmac,
};
const struct ms_rule rule_echo_matches = {
    .name = "echo-matches",
    .reqs = "R-3.4.1-22",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_ADD_ADDR | MS_ON_CONN,
    .conditions = "a case, or a complete capture",
    .doc = "An echo repeats id, address and port of an announcement of the peer.",
    .check = check_echo,
};
const struct ms_rule rule_echo_without_hmac = {
    .name = "echo-without-hmac",
    .reqs = "R-3.4.1-23, R-3.4.1-04",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_ADD_ADDR,
    .despite_peer_fault = true,
    .conditions = "",
    .doc = "The echo of an ADD_ADDR has no HMAC.",
    .check = check_echo_hmac,
};
const struct ms_rule rule_id_one_address = {
    .name = "id-one-address",
    .reqs = "R-3.4.1-05, R-3.4.1-29, R-3.4.1-31",
    .level = MS_LEVEL_MUST,
    .observation = OBS_ANY,
    .on = MS_ON_ADD_ADDR | MS_ON_CONN,
    .conditions = "a case, or a complete capture",
    .doc = "An announced id keeps its address until REMOVE_ADDR.",
    .check = check_id,
};
const struct ms_rule rule_join_id_one_address = {
    .name = "join-id-one-address",
    .reqs = "R-3.2-06, R-3.2-07",
    .level = MS_LEVEL_FORMAT,
    .observation = OBS_ANY,
    .on = MS_ON_JOIN | MS_ON_SYN | MS_ON_CONN,
    .conditions = "a case, or a complete capture at the sender: no address translation on the way",
    .doc = "An id in MP_JOIN stands for one source address; 0 for that of the first subflow.",
    .check = check_join_id,
};
