/* SPDX-License-Identifier: MIT */
/* Every field once: row of the table, and declaration of its two functions. */
#ifndef MPTCPSPEC_WIRE_FIELDS_LIST_H
#define MPTCPSPEC_WIRE_FIELDS_LIST_H

#include "wire/field_def.h"

/* X(option, name, type, bits, function, doc, section) */
#define FIELDS_SET(X)                                                                              \
    X("tcp", "sport", NUM, 16, tcp_sport, "source port", "RFC 9293 3.1")                           \
    X("tcp", "dport", NUM, 16, tcp_dport, "destination port", "RFC 9293 3.1")                      \
    X("tcp", "seq", NUM, 32, tcp_seq, "sequence number", "RFC 9293 3.1")                           \
    X("tcp", "ack", NUM, 32, tcp_ack, "acknowledgment number", "RFC 9293 3.1")                     \
    X("tcp", "flags", NUM, 8, tcp_flags, "CWR ECE URG ACK PSH RST SYN FIN", "RFC 9293 3.1")        \
    X("tcp", "win", NUM, 16, tcp_win, "window as it stands, unscaled", "RFC 9293 3.1")             \
    X("tcp", "urg", NUM, 16, tcp_urg, "urgent pointer", "RFC 9293 3.1")                            \
    X("tcp", "csum", NUM, 16, tcp_csum, "checksum; written as given once set", "RFC 9293 3.1")     \
    X("tcp", "doff", NUM, 4, tcp_doff, "data offset; 0 computes it", "RFC 9293 3.1")               \
    X("tcp", "reserved", NUM, 4, tcp_reserved, "bits after the data offset", "RFC 9293 3.1")       \
    X("tcp", "ttl", NUM, 8, tcp_ttl, "time to live, hop limit", "RFC 791 3.1")                     \
    X("tcp", "tos", NUM, 8, tcp_tos, "type of service, traffic class", "RFC 791 3.1")              \
    X("mp_capable", "version", NUM, 4, cap_version, "MPTCP version", "3.1")                        \
    X("mp_capable", "flags", NUM, 8, cap_flags, "bits A to H as one number", "3.1")                \
    X("mp_capable", "a", BOOL, 1, cap_a, "checksum required", "3.1")                               \
    X("mp_capable", "b", BOOL, 1, cap_b, "extensibility, 0", "3.1")                                \
    X("mp_capable", "c", BOOL, 1, cap_c, "no more subflows to this address", "3.1")                \
    X("mp_capable", "d", BOOL, 1, cap_d, "crypto algorithm, unassigned", "3.1")                    \
    X("mp_capable", "e", BOOL, 1, cap_e, "crypto algorithm, unassigned", "3.1")                    \
    X("mp_capable", "f", BOOL, 1, cap_f, "crypto algorithm, unassigned", "3.1")                    \
    X("mp_capable", "g", BOOL, 1, cap_g, "crypto algorithm, unassigned", "3.1")                    \
    X("mp_capable", "h", BOOL, 1, cap_h, "HMAC-SHA256", "3.1")                                     \
    X("mp_capable", "sender_key", NUM, 64, cap_sender_key, "key of the sender", "3.1")             \
    X("mp_capable", "receiver_key", NUM, 64, cap_receiver_key, "key of the receiver", "3.1")       \
    X("mp_capable", "dll", NUM, 16, cap_dll, "data-level length", "3.1")                           \
    X("mp_capable", "csum", NUM, 16, cap_csum, "DSS checksum of the first data", "3.1")            \
    X("mp_join", "backup", BOOL, 1, join_backup, "B: backup path", "3.2")                          \
    X("mp_join", "id", NUM, 8, join_id, "address ID of the sender", "3.2")                         \
    X("mp_join", "token", NUM, 32, join_token, "token of the receiver", "3.2")                     \
    X("mp_join", "nonce", NUM, 32, join_nonce, "random number of the sender", "3.2")               \
    X("mp_join", "hmac", OCTETS, 0, join_hmac, "8 octets in SYN/ACK, 20 in ACK", "3.2")            \
    X("mp_join", "reserved", NUM, 12, join_reserved, "3 bits, 12 in the ACK", "3.2")               \
    X("dss", "dack", NUM, 64, dss_dack, "Data ACK as it stands", "3.3.2")                          \
    X("dss", "dsn", NUM, 64, dss_dsn, "data sequence number as it stands", "3.3.1")                \
    X("dss", "ssn", NUM, 32, dss_ssn, "relative subflow sequence number", "3.3.1")                 \
    X("dss", "dll", NUM, 16, dss_dll, "data-level length; 0: infinite", "3.3.1")                   \
    X("dss", "csum", NUM, 16, dss_csum, "DSS checksum", "3.3.1")                                   \
    X("dss", "flags", NUM, 5, dss_flags, "bits F m M a A as one number", "3.3")                    \
    X("dss", "fin", BOOL, 1, dss_fin, "F: DATA_FIN", "3.3.3")                                      \
    X("dss", "has_dack", BOOL, 1, dss_has_dack, "A: Data ACK present", "3.3")                      \
    X("dss", "dack8", BOOL, 1, dss_dack8, "a: Data ACK of 8 octets", "3.3")                        \
    X("dss", "has_map", BOOL, 1, dss_has_map, "M: mapping present", "3.3")                         \
    X("dss", "dsn8", BOOL, 1, dss_dsn8, "m: DSN of 8 octets", "3.3")                               \
    X("dss", "has_csum", BOOL, 1, dss_has_csum, "checksum present, by the length", "3.3")          \
    X("dss", "reserved", NUM, 7, dss_reserved, "seven bits before F", "3.3")                       \
    X("add_addr", "echo", BOOL, 1, add_echo, "E: confirms an ADD_ADDR", "3.4.1")                   \
    X("add_addr", "id", NUM, 8, add_id, "address ID", "3.4.1")                                     \
    X("add_addr", "addr", ADDR, 0, add_addr, "the address", "3.4.1")                               \
    X("add_addr", "port", NUM, 16, add_port, "port, if there is one", "3.4.1")                     \
    X("add_addr", "hmac", OCTETS, 64, add_hmac, "rightmost 8 octets, none in an echo", "3.4.1")    \
    X("add_addr", "reserved", NUM, 3, add_reserved, "three bits before E", "3.4.1")                \
    X("remove_addr", "ids", OCTETS, 0, remove_ids, "address IDs, one octet each", "3.4.2")         \
    X("remove_addr", "reserved", NUM, 4, remove_reserved, "reserved bits", "3.4.2")                \
    X("mp_prio", "backup", BOOL, 1, prio_backup, "B: backup path", "3.3.8")                        \
    X("mp_prio", "reserved", NUM, 3, prio_reserved, "three bits before B", "3.3.8")                \
    X("mp_fail", "dsn", NUM, 64, fail_dsn, "DSN where the damage starts", "3.7")                   \
    X("mp_fail", "reserved", NUM, 12, fail_reserved, "reserved bits", "3.7")                       \
    X("mp_fastclose", "key", NUM, 64, fastclose_key, "key of the receiver", "3.5")                 \
    X("mp_fastclose", "reserved", NUM, 12, fastclose_reserved, "reserved bits", "3.5")             \
    X("mp_tcprst", "flags", NUM, 4, tcprst_flags, "bits U V W T as one number", "3.6")             \
    X("mp_tcprst", "t", BOOL, 1, tcprst_t, "T: transient", "3.6")                                  \
    X("mp_tcprst", "reason", NUM, 8, tcprst_reason, "reason code", "3.6")                          \
    X("mp_tcprst", "reserved", NUM, 3, tcprst_reserved, "bits U V W", "3.6")                       \
    X("mss", "value", NUM, 16, mss_value, "maximum segment size", "RFC 9293 3.7.1")                \
    X("wscale", "value", NUM, 8, wscale_value, "shift count", "RFC 7323 2.2")                      \
    X("ts", "val", NUM, 32, ts_val, "TSval", "RFC 7323 3.2")                                       \
    X("ts", "ecr", NUM, 32, ts_ecr, "TSecr", "RFC 7323 3.2")                                       \
    X("mptcp", "subtype", NUM, 4, mptcp_subtype, "subtype of any option of kind 30", "7.2")

/* Fields that are read only: X(option, name, type, bits, getter, doc, section) */
#define FIELDS_GET(X)                                                                              \
    X("tcp", "len", NUM, 0, tcp_len, "octets of payload", "RFC 9293 3.1")                          \
    X("mp_capable", "keys", NUM, 0, cap_keys, "how many keys: 0, 1, 2", "3.1")                     \
    X("mp_capable", "len", NUM, 8, opt_len, "length octet", "3.1")                                 \
    X("mp_join", "len", NUM, 8, opt_len, "length octet", "3.2")                                    \
    X("dss", "len", NUM, 8, opt_len, "length octet", "3.3")                                        \
    X("add_addr", "len", NUM, 8, opt_len, "length octet", "3.4.1")                                 \
    X("remove_addr", "len", NUM, 8, opt_len, "length octet", "3.4.2")                              \
    X("mp_prio", "len", NUM, 8, opt_len, "length octet", "3.3.8")                                  \
    X("mp_fail", "len", NUM, 8, opt_len, "length octet", "3.7")                                    \
    X("mp_fastclose", "len", NUM, 8, opt_len, "length octet", "3.5")                               \
    X("mp_tcprst", "len", NUM, 8, opt_len, "length octet", "3.6")                                  \
    X("mptcp", "len", NUM, 8, opt_len, "length octet", "3")

#define FIELDS_DECLARE(option, name, type, bits, fn, doc, rfc) FIELD_DECL(fn);
FIELDS_SET(FIELDS_DECLARE)
#undef FIELDS_DECLARE
FIELD_GETTER(tcp_len);
FIELD_GETTER(opt_len);
FIELD_GETTER(cap_keys);

#endif
