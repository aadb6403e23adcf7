/* SPDX-License-Identifier: MIT */
/* The table of rewrites: a new one is a function in act_*.c and a row here. */
#include "rewrite/actions.h"

#define N(min, max, fallback) min, max, fallback
#define NO_N                  0, 0, 0

/* name, parameters, arguments, range and default of the number, needs, apply, each, what it does */
#define ACTIONS(X)                                                                                 \
    X("drop", "", NONE, NO_N, NOTHING, act_drop, NULL, "the frame vanishes")                       \
    X("dup", "", NONE, NO_N, NOTHING, act_dup, NULL, "the frame goes out twice")                   \
    X("strip", "OPTION", OPTION, NO_N, NOTHING, act_strip, NULL,                                   \
      "the option is removed, the rest moves up")                                                  \
    X("blank", "OPTION", OPTION, NO_N, NOTHING, act_blank, NULL,                                   \
      "the option is replaced by as many NOPs")                                                    \
    X("strip_all", "", NONE, NO_N, MPTCP, act_strip_all, NULL, "every MPTCP option is removed")    \
    X("strip_subtype", "N", NUMBER, N(0, 15, 0), MPTCP, act_strip_subtype, NULL,                   \
      "MPTCP options of this subtype are removed")                                                 \
    X("strip_unknown", "[KIND,...]", KINDS, NO_N, NOTHING, act_strip_unknown, NULL,                \
      "options are removed but for NOP, MSS, window scale, SACK, timestamps and the kinds that "   \
      "are given")                                                                                 \
    X("drop_unknown", "[KIND,...]", KINDS, NO_N, NOTHING, act_drop_unknown, NULL,                  \
      "segments vanish that have an option which strip_unknown would remove")                      \
    X("set", "OPTION.FIELD = VALUE", FIELD_VALUE, NO_N, NOTHING, act_set, NULL,                    \
      "the field gets this number, address or 0x octets")                                          \
    X("add", "OPTION.FIELD N", FIELD_N, NO_N, NOTHING, act_add, NULL,                              \
      "N, maybe negative, is added to the field")                                                  \
    X("flip", "OPTION.FIELD", FIELD, NO_N, NOTHING, act_flip, NULL,                                \
      "the lowest (last) bit of the field is inverted")                                            \
    X("flags", "FLAGS", FLAGS, NO_N, NOTHING, act_flags, NULL,                                     \
      "the TCP flags become these, e.g. RST+ACK")                                                  \
    X("swap_flags", "FLAGS", FLAGS, NO_N, NOTHING, act_flags, NULL, "the same as flags")           \
    X("insert", "HEX", HEX, NO_N, NOTHING, act_insert, NULL, "these option octets are appended")   \
    X("corrupt", "", NONE, NO_N, PAYLOAD, act_corrupt, NULL,                                       \
      "one payload bit is inverted; the TCP checksum fits, that of the DSS does not")              \
    X("corrupt_all", "", NONE, NO_N, PAYLOAD, act_corrupt_all, NULL,                               \
      "a bit of every payload octet is inverted; the TCP checksum fits, that of the DSS does not") \
    X("change_payload", "", NONE, NO_N, PAYLOAD, act_change_payload, NULL,                         \
      "one payload bit is inverted and the DSS checksum of this segment made to fit")              \
    X("payload_drop", "", NONE, NO_N, PAYLOAD, act_payload_drop, NULL,                             \
      "the payload is removed, the header stays")                                                  \
    X("truncate_opt", "OPTION", OPTION, NO_N, NOTHING, act_truncate_opt, NULL,                     \
      "the option loses its last octet, a NOP fills the place")                                    \
    X("len", "OPTION N", OPTION_N, NO_N, NOTHING, act_len, NULL,                                   \
      "only the length octet of the option changes")                                               \
    X("to_rst", "", NONE, NO_N, NOTHING, act_to_rst, NULL,                                         \
      "the segment becomes RST+ACK without payload and MPTCP")                                     \
    X("replay", "", NONE, NO_N, NOTHING, act_replay, NULL,                                         \
      "the frame matched before goes out in place of this one; the first passes")                  \
    X("copy_opt", "OPTION", OPTION, NO_N, NOTHING, act_copy_opt, NULL,                             \
      "the option of the first match replaces that of all later ones")                             \
    X("copy_field", "OPTION.FIELD", FIELD, NO_N, NOTHING, act_copy_field, NULL,                    \
      "the field gets the value that it has in the first match")                                   \
    X("give", "OPTION.FIELD = VALUE", FIELD_VALUE, NO_N, ROOM, act_give, NULL,                     \
      "as set, also where the option lacks the optional part that the field belongs to")           \
    X("to_front", "OPTION", OPTION, NO_N, NOTHING, act_to_front, NULL,                             \
      "the option moves before all others")                                                        \
    X("late_opt", "OPTION", OPTION, NO_N, NOTHING, act_late_opt, NULL,                             \
      "the first match loses the option, each later one carries that of the match before")         \
    X("replay_opt", "OPTION", OPTION, NO_N, ABSENT, NULL, act_replay_opt,                          \
      "segments without the option get the one that was seen last")                                \
    X("replace", "TEXT TEXT", SAME_TEXTS, NO_N, PAYLOAD, act_replace, NULL,                        \
      "the first text is replaced by the second, of the same length, wherever it stands in the "   \
      "payload")                                                                                   \
    X("alg", "TEXT TEXT", TEXTS, NO_N, PAYLOAD, NULL, act_alg,                                     \
      "as replace, by a text of any length; later SEQ, ACK and SACK of the flow are adjusted, "    \
      "mappings are not")                                                                          \
    X("ftp_port", "ADDRESS PORT", ADDR_PORT, N(0, 65535, 0), PAYLOAD, NULL, act_ftp_port,          \
      "as alg, for the address and port of FTP's PORT and EPRT")                                   \
    X("split", "N", NUMBER, N(1, 65535, 0), PAYLOAD, act_split, NULL,                              \
      "the segment is split into parts of N octets, each with all options (TSO)")                  \
    X("split_first", "N", NUMBER, N(1, 65535, 0), PAYLOAD, act_split_first, NULL,                  \
      "as split, but only the first part has the MPTCP options")                                   \
    X("coalesce", "[N [TIME]]", NUMBER_TIME, N(2, 64, 2), PAYLOAD, NULL, act_coalesce,             \
      "N adjacent segments with the same options become one of at most 9000 octets (LRO); 2, "     \
      "waiting 20ms at most")                                                                      \
    X("coalesce_first", "[N [TIME]]", NUMBER_TIME, N(2, 64, 2), PAYLOAD, NULL, act_coalesce_first, \
      "as coalesce, whatever the options are: those of the first remain")                          \
    X("dup_changed", "", NONE, NO_N, PAYLOAD, act_dup_changed, NULL,                               \
      "a repetition follows that has other content")                                               \
    X("dup_later", "TIME", TIME, NO_N, NOTHING, act_dup_later, NULL,                               \
      "the frame passes, and once more after this time")                                           \
    X("delay", "TIME", TIME, NO_N, NOTHING, act_delay, NULL, "the frame goes on after this time")  \
    X("reorder", "[N [TIME]]", NUMBER_TIME, N(1, 1024, 1), NOTHING, NULL, act_reorder,             \
      "the segment goes on behind the next N of its flow and direction; 1, waiting 20ms at most")  \
    X("rate", "N [QUEUE]", NUMBER_2, N(1, UINT32_MAX, 65536), NOTHING, act_rate, NULL,             \
      "N octets a second pass; a queue of 65536, or QUEUE, octets waits, the rest vanishes")       \
    X("cut", "TIME", TIME, NO_N, NOTHING, NULL, act_cut,                                           \
      "from the first match on, nothing passes in these directions for this time")                 \
    X("cut_packets", "N", NUMBER, N(1, UINT32_MAX, 0), NOTHING, NULL, act_cut_packets,             \
      "from the first match on, N segments vanish")                                                \
    X("idle", "TIME", TIME, NO_N, NOTHING, NULL, act_idle,                                         \
      "a flow that was silent for longer is forgotten: nothing of it passes any more")             \
    X("mtu", "N", NUMBER, N(68, 65535, 0), NOTHING, act_mtu, NULL,                                 \
      "IP packets of more than N octets vanish")                                                   \
    X("mss", "N", NUMBER, N(1, 65535, 0), SYN, act_mss, NULL, "the MSS option says at most N")     \
    X("no_sack", "", NONE, NO_N, NOTHING, act_no_sack, NULL,                                       \
      "SACK-permitted and SACK options are removed")                                               \
    X("window", "N", NUMBER, N(0, 1 << 30, 0), NOTHING, act_window, NULL,                          \
      "the window, scaled, is at most N octets")                                                   \
    X("zero_window", "TIME", TIME, NO_N, NOTHING, NULL, act_zero_window,                           \
      "from the first match on, for this time, the window closes: no more may be sent than was "   \
      "allowed")                                                                                   \
    X("clear_ecn", "", NONE, NO_N, NOTHING, act_clear_ecn, NULL,                                   \
      "ECN is cleared in the IP header, and ECE and CWR on SYNs")                                  \
    X("mark_ce", "", NONE, NO_N, NOTHING, act_mark_ce, NULL,                                       \
      "packets of ECN-capable transports are marked: congestion experienced")                      \
    X("dscp", "N", NUMBER, N(0, 63, 0), NOTHING, act_dscp, NULL,                                   \
      "the differentiated services code point becomes N")                                          \
    X("hops", "N", NUMBER, N(1, 255, 0), NOTHING, act_hops, NULL,                                  \
      "TTL or hop limit falls by N; at 0 the packet vanishes")                                     \
    X("nat", "ADDRESS", ADDR, NO_N, ONE_WAY | NEED_NEIGH, NULL, act_nat,                           \
      "the sender's address becomes this one, back on the way back; ARP and neighbour discovery "  \
      "follow")                                                                                    \
    X("napt", "ADDRESS [PORT]", ADDR_OR, N(1, 65534, 40000), ONE_WAY | NEED_NEIGH, NULL, act_napt, \
      "as nat, with ports of its own from PORT on (40000); what comes in for none of them "        \
      "vanishes")                                                                                  \
    X("isn", "[N]", NUMBER_OR, N(1, UINT32_MAX, 0), SYN, NULL, act_isn,                            \
      "the sender's sequence numbers are N, or a random number, higher; ACK and SACK are "         \
      "adjusted")                                                                                  \
    X("isn_wrong_ack", "[N]", NUMBER_OR, N(1, UINT32_MAX, 0), SYN, NULL, act_isn_wrong_ack,        \
      "as isn, but ACK stays wrong")                                                               \
    X("isn_wrong_sack", "[N]", NUMBER_OR, N(1, UINT32_MAX, 0), SYN, NULL, act_isn_wrong_sack,      \
      "as isn, but SACK stays wrong")                                                              \
    X("isn_wrong_ssn", "[N]", NUMBER_OR, N(1, UINT32_MAX, 0), SYN, NULL, act_isn_wrong_ssn,        \
      "as isn, but the SSN of mappings is shifted too, and so made wrong")                         \
    X("proxy_ack", "", NONE, NO_N, PAYLOAD, NULL, act_proxy_ack,                                   \
      "data in order is acknowledged in the receiver's name, without MPTCP options; it passes")    \
    X("proxy_ack_copied", "", NONE, NO_N, PAYLOAD, NULL, act_proxy_ack_copied,                     \
      "as proxy_ack, with the options that the receiver sent last")                                \
    X("keepalive", "", NONE, NO_N, PAYLOAD, act_keepalive, NULL,                                   \
      "a keepalive probe in the sender's name follows the data")                                   \
    X("reset", "", NONE, NO_N, NOTHING, act_reset, NULL,                                           \
      "the segment vanishes, its sender gets a RST")                                               \
    X("reset_both", "", NONE, NO_N, NOTHING, act_reset_both, NULL,                                 \
      "the segment becomes a RST, its sender gets one, too")

#define ROW_PUBLIC(name, params, args, n, need, apply, each, doc) {name, params, doc},
#define ROW_PRIVATE(name, params, args, n, need, apply, each, doc)                                 \
    {name, ARGS_##args, n, NEED_##need, apply, each},

const struct ms_rewrite_entry ms_rewrite_table[] = {ACTIONS(ROW_PUBLIC){NULL, NULL, NULL}};
const struct rewrite_action rewrite_actions[] = {
    ACTIONS(ROW_PRIVATE){NULL, ARGS_NONE, NO_N, NEED_NOTHING, NULL, NULL}};
