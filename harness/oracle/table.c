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
    /* 3.1 */
    &rule_capable_form,
    &rule_capable_first_flow,
    &rule_capable_version,
    &rule_capable_version_offered,
    &rule_capable_b_flag,
    &rule_capable_algorithm,
    &rule_capable_algorithm_chosen,
    &rule_capable_uninvited,
    &rule_capable_key_echo,
    &rule_capable_key_kept,
    &rule_capable_csum_agreed,
    &rule_capable_alone,
    &rule_capable_third,
    &rule_key_unique,
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
    /* 3.3.3, 3.5, 3.6, 3.7 */
    &rule_fin_mapping,
    &rule_fin_alone,
    &rule_fin_fixed,
    &rule_fin_last,
    &rule_fastclose_key,
    &rule_tcprst_reason,
    /* 3.4 */
    &rule_add_addr_hmac,
    &rule_echo_matches,
    &rule_echo_without_hmac,
    &rule_id_one_address,
    &rule_join_id_one_address,
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
