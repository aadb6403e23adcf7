/* SPDX-License-Identifier: MIT */
/* The functions behind the table of actions, by file. */
#ifndef MPTCPSPEC_REWRITE_ACTIONS_H
#define MPTCPSPEC_REWRITE_ACTIONS_H

#include "rewrite/internal.h"

#define REWRITE_APPLY(fn) enum rewrite_result fn(struct ms_rewrite *r, struct rewrite_work *w)
#define REWRITE_EACH(fn)                                                                           \
    enum rewrite_result fn(struct ms_rewrite *r, struct rewrite_work *w, bool selected)

/* act_frames.c */
REWRITE_APPLY(act_drop);
REWRITE_APPLY(act_dup);
REWRITE_APPLY(act_replay);
REWRITE_APPLY(act_mtu);
REWRITE_EACH(act_cut);
REWRITE_EACH(act_cut_packets);
REWRITE_EACH(act_idle);
/* act_options.c */
REWRITE_APPLY(act_strip);
REWRITE_APPLY(act_strip_all);
REWRITE_APPLY(act_strip_subtype);
REWRITE_APPLY(act_strip_unknown);
REWRITE_APPLY(act_drop_unknown);
REWRITE_APPLY(act_blank);
REWRITE_APPLY(act_insert);
REWRITE_APPLY(act_truncate_opt);
REWRITE_APPLY(act_len);
REWRITE_APPLY(act_copy_opt);
REWRITE_APPLY(act_to_front);
REWRITE_APPLY(act_late_opt);
REWRITE_EACH(act_replay_opt);
REWRITE_APPLY(act_no_sack);
REWRITE_APPLY(act_mss);
/* act_fields.c */
REWRITE_APPLY(act_set);
REWRITE_APPLY(act_give);
REWRITE_APPLY(act_add);
REWRITE_APPLY(act_flip);
REWRITE_APPLY(act_flags);
REWRITE_APPLY(act_copy_field);
REWRITE_APPLY(act_clear_ecn);
REWRITE_APPLY(act_mark_ce);
REWRITE_APPLY(act_dscp);
REWRITE_APPLY(act_hops);
REWRITE_APPLY(act_window);
REWRITE_EACH(act_zero_window);
/* act_payload.c */
REWRITE_APPLY(act_corrupt);
REWRITE_APPLY(act_corrupt_all);
REWRITE_APPLY(act_change_payload);
REWRITE_APPLY(act_payload_drop);
REWRITE_APPLY(act_replace);
REWRITE_APPLY(act_dup_changed);
/* act_alg.c */
REWRITE_EACH(act_alg);
REWRITE_EACH(act_ftp_port);
/* act_seq.c */
REWRITE_EACH(act_isn);
REWRITE_EACH(act_isn_wrong_ack);
REWRITE_EACH(act_isn_wrong_sack);
REWRITE_EACH(act_isn_wrong_ssn);
/* act_nat.c */
REWRITE_EACH(act_nat);
REWRITE_EACH(act_napt);
/* act_parts.c */
REWRITE_APPLY(act_split);
REWRITE_APPLY(act_split_first);
REWRITE_EACH(act_coalesce);
REWRITE_EACH(act_coalesce_first);
/* act_time.c */
REWRITE_APPLY(act_delay);
REWRITE_APPLY(act_dup_later);
REWRITE_APPLY(act_rate);
REWRITE_EACH(act_reorder);
/* act_proxy.c */
REWRITE_APPLY(act_to_rst);
REWRITE_APPLY(act_reset);
REWRITE_APPLY(act_reset_both);
REWRITE_APPLY(act_keepalive);
REWRITE_EACH(act_proxy_ack);
REWRITE_EACH(act_proxy_ack_copied);

#endif
