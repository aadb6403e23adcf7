/* SPDX-License-Identifier: MIT */
/*
 * Inside the oracle. A rule is one row in the table of its topic's file and one small check, called for each
 * segment under judgement after the model took it. A check compares and calls rule_broken; whether it may
 * speak at all (peer's fault, other version, place of observation) was decided before.
 */
#ifndef ORACLE_RULES_H
#define ORACLE_RULES_H

#include "mptcpspec/crypto.h"
#include "mptcpspec/oracle.h"

#define OBS_ANY (MS_OBS_RECEIVER | MS_OBS_SENDER | MS_OBS_MIDDLE)

/* A row of the table. RULE rests where the peer misbehaved on the connection, RULE_ANYWAY does not. */
#define RULE_ROW(var, anyway, rule_name, ids, lvl, traits, when, what, fn)                         \
    const struct ms_rule var = {                                                                   \
        .name = rule_name,                                                                         \
        .reqs = ids,                                                                               \
        .level = lvl,                                                                              \
        .observation = OBS_ANY,                                                                    \
        .on = traits,                                                                              \
        .despite_peer_fault = anyway,                                                              \
        .conditions = when,                                                                        \
        .doc = what,                                                                               \
        .check = fn,                                                                               \
    }
#define RULE(var, ...)        RULE_ROW(var, false, __VA_ARGS__)
#define RULE_ANYWAY(var, ...) RULE_ROW(var, true, __VA_ARGS__)

struct ms_judge {
    struct ms_oracle *oracle;
    const struct ms_rule *rule;
    const struct ms_oracle_input *in;
    const struct ms_seg *seg;
    const struct ms_model_step *st;
    uint32_t packet;      /* that a finding names */
    unsigned observation; /* one of MS_OBS_* */
    bool in_sender_view;  /* captured where it was sent: nothing is reordered */
    bool complete;        /* what was not seen was not sent, and nothing is out of order */
    bool live;            /* a case: complete, and no address translation on the way */
};

void rule_broken(struct ms_judge *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* traits.c: MS_ON_* of the segment, and the rules that they wake. */
#define WAKING_WORDS 2 /* of 64 rules each */
struct waking {
    uint64_t all[WAKING_WORDS];
    uint64_t needs[MS_TRAITS][WAKING_WORDS]; /* rules that sleep without the trait */
};
uint32_t judge_traits(const struct ms_judge *j);
void waking_index(struct waking *w);
void waking_choose(const struct waking *w, uint32_t traits, uint64_t rules[WAKING_WORDS]);

/* First MPTCP option of that form; NULL if none. */
const struct ms_mp *judge_form(const struct ms_judge *j, enum ms_form form);
/* "SYN", "SYN/ACK", "RST", "ACK", "data": the kinds of segment that the option forms know. */
const char *judge_kind(const struct ms_judge *j);
/* True if every connection so far can be joined by what is known of it. */
bool judge_all_known(const struct ms_judge *j);
/* An ADD_ADDR with the echo flag and the length of one with an HMAC: it has a rule of its own. */
bool judge_echo_with_hmac(const struct ms_opt *o);
/* Octets of payload that were sent, whether the capture holds them or not. */
static inline size_t judge_octets(const struct ms_judge *j)
{
    return j->seg->payload_len + j->seg->missing;
}
/* The TCP checksum is the unfinished one that a stack leaves to its network card. */
bool judge_csum_left_to_card(const struct ms_seg *seg);
static inline bool judge_is_syn(const struct ms_judge *j)
{
    return (j->seg->flags & (MS_TH_SYN | MS_TH_ACK)) == MS_TH_SYN;
}
static inline bool judge_is_synack(const struct ms_judge *j)
{
    return (j->seg->flags & (MS_TH_SYN | MS_TH_ACK)) == (MS_TH_SYN | MS_TH_ACK);
}
static inline bool judge_is_rst(const struct ms_judge *j)
{
    return (j->seg->flags & MS_TH_RST) != 0;
}

/* rules_general.c */
extern const struct ms_rule rule_option_wellformed, rule_subtype_known, rule_tcp_checksum,
    rule_syn_options, rule_mptcp_after_fallback, rule_key_secret;
/* rules_layout.c */
extern const struct ms_rule rule_capable_length, rule_join_length, rule_dss_length,
    rule_add_addr_length, rule_remove_addr_length, rule_prio_length, rule_fail_length,
    rule_fastclose_length, rule_tcprst_length, rule_join_reserved, rule_dss_reserved,
    rule_add_addr_reserved, rule_tcprst_reserved, rule_prio_reserved, rule_remove_addr_reserved,
    rule_fail_reserved, rule_fastclose_reserved;
/* rules_handshake.c */
extern const struct ms_rule rule_capable_form, rule_capable_first_flow, rule_capable_version,
    rule_capable_version_offered, rule_capable_b_flag, rule_capable_algorithm,
    rule_capable_algorithm_chosen, rule_capable_uninvited, rule_capable_key_echo,
    rule_capable_key_kept, rule_capable_csum_agreed, rule_capable_alone, rule_capable_third,
    rule_key_unique, rule_token_unique;
/* rules_join.c */
extern const struct ms_rule rule_join_form, rule_join_token, rule_join_synack_hmac,
    rule_join_ack_hmac, rule_join_early_data, rule_join_refused, rule_join_nonce_fresh,
    rule_join_before_dss, rule_join_despite_c;
/* rules_dss.c */
extern const struct ms_rule rule_csum_presence, rule_csum_value, rule_csum_infinite,
    rule_mapping_first, rule_mapping_covers, rule_mapping_fixed, rule_mapping_until_ack,
    rule_dsn_same_octet, rule_tcp_same_octet, rule_dack_back, rule_dack_range, rule_dack_width;
/* rules_addr.c */
extern const struct ms_rule rule_add_addr_hmac, rule_echo_matches, rule_echo_without_hmac,
    rule_id_one_address, rule_join_id_one_address;
/* rules_close.c */
extern const struct ms_rule rule_fin_mapping, rule_fin_alone, rule_fin_fixed, rule_fin_last,
    rule_fastclose_key, rule_tcprst_reason;
/* rules_repeat.c */
extern const struct ms_rule rule_capable_synack_key, rule_join_syn_fixed, rule_join_synack_fixed,
    rule_join_ack_fixed, rule_signals_few;
/* rules_taken.c */
extern const struct ms_rule rule_capable_no_algorithm, rule_capable_b_taken,
    rule_capable_answer_algorithm, rule_capable_echo_taken, rule_join_synack_hmac_taken,
    rule_join_ack_hmac_taken, rule_join_token_taken, rule_add_addr_hmac_taken,
    rule_join_accepted_despite_c, rule_join_accepted_early;
/* rules_first.c */
extern const struct ms_rule rule_capable_first_data, rule_listener_first_data, rule_join_third,
    rule_join_syn_data;
/* rules_signal.c */
extern const struct ms_rule rule_tcprst_place, rule_tcprst_refusal, rule_tcprst_outstanding,
    rule_dss_empty, rule_add_addr_port, rule_add_addr_address, rule_id_both_ways, rule_remove_known,
    rule_join_removed;
/* rules_window.c */
extern const struct ms_rule rule_window_edge, rule_window_conn, rule_window_subflow, rule_dack_hole,
    rule_dack_fin_hole, rule_dsn_width;
/* rules_fallback.c */
extern const struct ms_rule rule_fin_early, rule_urgent_mapping, rule_fail_dsn, rule_fail_csum,
    rule_fail_others, rule_fail_answer, rule_infinite_line, rule_infinite_one, rule_infinite_join,
    rule_infinite_dack, rule_fastclose_dack;
/* rules_end.c */
extern const struct ms_rule rule_fin_acked;

#endif
