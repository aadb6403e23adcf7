/* SPDX-License-Identifier: MIT */
/* All rules in the order of the documentation: one line adds one. */
#include <string.h>

#include "oracle/rules.h"

const struct ms_rule *const ms_rules[] = {
    /* any segment */
    &rule_option_wellformed,
    &rule_subtype_known,
    &rule_tcp_checksum,
    &rule_syn_options,
    &rule_mptcp_after_fallback,
    &rule_key_secret,
    &rule_signals_few,
    /* layout of each option */
    &rule_capable_length,
    &rule_join_length,
    &rule_dss_length,
    &rule_add_addr_length,
    &rule_remove_addr_length,
    &rule_prio_length,
    &rule_fail_length,
    &rule_fastclose_length,
    &rule_tcprst_length,
    &rule_join_reserved,
    &rule_dss_reserved,
    &rule_add_addr_reserved,
    &rule_tcprst_reserved,
    &rule_prio_reserved,
    &rule_remove_addr_reserved,
    &rule_fail_reserved,
    &rule_fastclose_reserved,
    /* 3.1 */
    &rule_capable_form,
    &rule_capable_first_flow,
    &rule_capable_version,
    &rule_capable_version_offered,
    &rule_capable_b_flag,
    &rule_capable_algorithm,
    &rule_capable_no_algorithm,
    &rule_capable_algorithm_chosen,
    &rule_capable_uninvited,
    &rule_capable_key_echo,
    &rule_capable_key_kept,
    &rule_capable_csum_agreed,
    &rule_capable_alone,
    &rule_capable_third,
    &rule_key_unique,
    &rule_token_unique,
    &rule_capable_synack_key,
    &rule_capable_first_data,
    &rule_listener_first_data,
    &rule_capable_b_taken,
    &rule_capable_answer_algorithm,
    &rule_capable_echo_taken,
    /* 3.2 */
    &rule_join_form,
    &rule_join_token,
    &rule_join_synack_hmac,
    &rule_join_ack_hmac,
    &rule_join_early_data,
    &rule_join_refused,
    &rule_join_nonce_fresh,
    &rule_join_before_dss,
    &rule_join_despite_c,
    &rule_join_syn_data,
    &rule_join_syn_fixed,
    &rule_join_synack_fixed,
    &rule_join_third,
    &rule_join_ack_fixed,
    &rule_join_synack_hmac_taken,
    &rule_join_ack_hmac_taken,
    &rule_join_token_taken,
    &rule_join_accepted_despite_c,
    &rule_join_accepted_early,
    /* 3.3 */
    &rule_csum_presence,
    &rule_csum_value,
    &rule_csum_infinite,
    &rule_mapping_first,
    &rule_mapping_covers,
    &rule_mapping_fixed,
    &rule_mapping_until_ack,
    &rule_dsn_same_octet,
    &rule_tcp_same_octet,
    &rule_dack_back,
    &rule_dack_range,
    &rule_dack_width,
    &rule_dss_empty,
    /* 3.3.3, 3.5, 3.6, 3.7 */
    &rule_fin_mapping,
    &rule_fin_alone,
    &rule_fin_fixed,
    &rule_fin_last,
    &rule_fastclose_key,
    &rule_tcprst_reason,
    &rule_tcprst_place,
    &rule_tcprst_refusal,
    &rule_tcprst_outstanding,
    /* 3.4 */
    &rule_add_addr_hmac,
    &rule_echo_matches,
    &rule_echo_without_hmac,
    &rule_id_one_address,
    &rule_join_id_one_address,
    &rule_id_both_ways,
    &rule_add_addr_port,
    &rule_add_addr_address,
    &rule_add_addr_hmac_taken,
    &rule_remove_known,
    NULL,
};

_Static_assert(MS_ARRAY_LEN(ms_rules) - 1 <= WAKING_WORDS * 64, "more rules than bits for them");

const struct ms_rule_topic ms_rule_topics[] = {
    {"Any segment", &rule_option_wellformed},
    {"Layout of each option", &rule_capable_length},
    {"Connection initiation (3.1)", &rule_capable_form},
    {"Starting a new subflow (3.2)", &rule_join_form},
    {"Data transfer (3.3)", &rule_csum_presence},
    {"Closing (3.3.3, 3.5, 3.6)", &rule_fin_mapping},
    {"Addresses (3.4)", &rule_add_addr_hmac},
    {NULL, NULL},
};

const struct ms_rule *ms_rule_find(const char *name)
{
    for (size_t i = 0; ms_rules[i]; i++)
        if (strcmp(ms_rules[i]->name, name) == 0)
            return ms_rules[i];
    return NULL;
}
