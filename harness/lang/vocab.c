/* SPDX-License-Identifier: MIT */
/* The words of the case language: one table each, shared by checks, engine and documentation. */
#include "lang/internal.h"

#include <string.h>

const char *const ms_role_names[] = {
    [MS_ROLE_LISTENER] = "listener", [MS_ROLE_INITIATOR] = "initiator", [MS_ROLE_BOTH] = "both"};

const struct ms_word ms_groups[] = {
    {"handshake", "checksum key mss wscale win from to sport dport path data no_ack ts sack plain",
     "opens a connection with MP_CAPABLE (RFC 8684 3.1) from the side that the IUT's role leaves"},
    {"join", "id backup nonce of from to sport dport path no_fourth by_iut by_tester win",
     "adds a subflow with MP_JOIN (RFC 8684 3.2) to the connection of handle `of`"},
    {"close", "",
     "closes the connection in order: DATA_FIN, its acknowledgment, FINs (RFC 8684 3.3.3)"},
    {"abort", "", "aborts the connection: RST with MP_FASTCLOSE (RFC 8684 3.5)"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_states[] = {
    {"acked", "", "everything sent on this subflow is acknowledged by TCP"},
    {"data_acked", "octets?",
     "everything sent on the connection is Data-ACKed, or exactly the first N octets (RFC 8684 "
     "3.3.2)"},
    {"stream", "octets", "that many octets of the IUT's stream have arrived, intact and in order"},
    {"closed", "", "FINs of both sides are acknowledged"},
    {"reset", "", "the IUT has reset the subflow"},
    {"established", "", "the subflow's handshake is complete"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_autos[] = {
    {"ack", "", "acknowledges what arrives in order"},
    {"data_ack", "", "Data-ACKs what arrives in order"},
    {"close", "", "answers FIN and DATA_FIN"},
    {"fallback", "", "follows the IUT into plain TCP"},
    {"echo", "", "echoes ADD_ADDR"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_props[] = {
    {"key", "", "the tester's key"},
    {"peer_key", "", "the IUT's key"},
    {"token", "", "token of the tester's key"},
    {"peer_token", "", "token of the IUT's key"},
    {"idsn", "", "initial data sequence number of the tester"},
    {"peer_idsn", "", "initial data sequence number of the IUT"},
    {"isn", "", "initial sequence number of the tester on the subflow"},
    {"peer_isn", "", "initial sequence number of the IUT on the subflow"},
    {"snd_nxt", "", "next sequence number that the tester sends"},
    {"snd_una", "", "oldest sequence number of the tester without acknowledgment"},
    {"rcv_nxt", "", "next sequence number expected from the IUT"},
    {"dsn_nxt", "", "next data sequence number that the tester sends"},
    {"dsn_una", "", "oldest data sequence number of the tester without Data ACK"},
    {"data_rcv_nxt", "", "next data sequence number expected from the IUT"},
    {"dsn_max", "", "highest data sequence number sent, plus one"},
    {"win", "", "window that the tester announces, in octets"},
    {"peer_win", "", "window that the IUT announced last, in octets"},
    {"peer_wscale", "", "window scale of the IUT"},
    {"addr", "", "address of the tester's end"},
    {"peer_addr", "", "address of the IUT's end"},
    {"sport", "", "the tester's port"},
    {"dport", "", "the IUT's port"},
    {"nonce", "", "the tester's nonce of the join"},
    {"peer_nonce", "", "the IUT's nonce of the join"},
    {"id", "", "address ID of the tester's end"},
    {"peer_id", "", "address ID of the IUT's end"},
    {"mss", "", "the IUT's maximum segment size"},
    {"checksum", "", "1 when DSS checksums were agreed upon"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_functions[] = {
    {"flip", "x", "x with its lowest bit inverted"},
    {"low32", "x", "lower 32 bits"},
    {"high32", "x", "upper 32 bits"},
    {"left", "x n", "the first n octets"},
    {"right", "x n", "the last n octets"},
    {"concat", "*", "octets one after the other, at most 8 pieces"},
    {"token", "key", "token of a key (RFC 8684 3.2)"},
    {"idsn", "key", "initial data sequence number of a key (RFC 8684 3.1)"},
    {"join_hmac", "local_key remote_key local_nonce remote_nonce", "HMAC of a join (RFC 8684 3.2)"},
    {"add_addr_hmac", "sender_key receiver_key id addr port?", "HMAC of ADD_ADDR (RFC 8684 3.4.1)"},
    {"near_wrap", "n",
     "a key whose initial data sequence number lies at most n before a 32-bit wrap"},
    {"random", "", "a number that depends on the seed and the case only"},
    {"reverse", "x", "octets in reverse order"},
    {"len", "x", "number of octets"},
    {"octets", "x n", "number x as n octets"},
    {"num", "x", "octets as a number"},
    {"csum", "dsn ssn dll variant?",
     "DSS checksum of such a mapping over the stream (RFC 8684 3.3.1)"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_iut_verbs[] = {
    {"listen", "port plain", "opens the listening socket (plain: of TCP instead of MPTCP)"},
    {"connect", "to from port sport plain", "opens a connection to the tester"},
    {"send", "*", "writes N octets of the IUT's stream"},
    {"recv", "*", "reads until N octets have come in all"},
    {"shutdown", "*", "shuts down `read`, `write` or `both`"},
    {"close", "", "closes the connection"},
    {"close_listener", "", "closes the listening socket"},
    {"stop_reading", "", "the application stops reading"},
    {"start_reading", "", "the application reads again"},
    {"urgent", "", "sends one octet of urgent data"},
    {"linger", "*", "SO_LINGER with that many seconds, -1 clears it"},
    {"sockopt", "*", "sets a socket option: `sockopt nodelay = 1`"},
    {"sysctl", "*", "sets a sysctl of the IUT: `sysctl net.mptcp.enabled = 0`"},
    {"endpoint", "* id port addr",
     "path manager: `endpoint add i2 signal id = 5`, `endpoint del id = 5`, `endpoint flags i2 "
     "backup`, "
     "`endpoint flush`"},
    {"limits", "subflows add_addr_accepted", "limits of the path manager"},
    {"addr", "* path prefix", "adds or removes an address: `addr add i3 path = 1`, `addr del i2`"},
    {"link", "* path", "sets an interface: `link down path = 2`"},
    {"names", "", "records the socket's names"},
    {"info", "", "records MPTCP_INFO"},
    {"counters", "", "records the counters"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_iut_expects[] = {
    {"connected", "", "connect() succeeded"},
    {"accepted", "", "accept() returned a connection"},
    {"eof", "", "a read returned end of file"},
    {"error", "*", "a call failed, with this error if one is named: `error ECONNRESET`"},
    {"sent", "", "everything given to `send` was handed to the kernel"},
    {"counter", "*", "a counter: `counter MPTcpExt.MPJoinSynRx = 1`"},
    {"info", "*", "a field of MPTCP_INFO: `info subflows = 1`"},
    {"full_info", "*", "a field of MPTCP_FULL_INFO: `full_info num_subflows = 2`"},
    {"fallback", "", "the connection is plain TCP now"},
    {"names", "* peer port",
     "getsockname and getpeername are those of the handle: `names A`; or the peer is known by "
     "another address or port: `names A, peer = 198.51.100.77`"},
    {"event", "*", "an event of the path manager: `event SF_ESTABLISHED`"},
    {NULL, NULL, NULL},
};

const struct ms_word ms_pseudo_args[] = {
    {"dss.map", "", "the mapping: present and right; `no map`: none"},
    {"dss.ack", "", "the Data ACK: present and right; `no ack`: none"},
    {"dss.dack4", "", "the Data ACK in its short form of four octets"},
    {"dss.dsn4", "", "the data sequence number in its short form of four octets"},
    {"mp_capable.keys", "", "the keys: as the handshake prescribes; `no keys`: none"},
    {"mptcp.subtype", "", "the subtype, number 0 to 15"},
    {"mptcp.len", "", "the length octet"},
    {"raw.octets", "", "the option's octets from the kind on"},
    {NULL, NULL, NULL},
};

/* ---- words that only the checks know ------------------------------------------------------------------ */

const struct ms_word lang_handle_steps[] = {
    {"handshake", NULL, NULL}, {"join", NULL, NULL}, {"close", NULL, NULL}, {"abort", NULL, NULL},
    {"new", NULL, NULL},       {"send", NULL, NULL}, {"hold", NULL, NULL},  {"resend", NULL, NULL},
    {"expect", NULL, NULL},    {"auto", NULL, NULL}, {NULL, NULL, NULL},
};

const struct ms_word lang_statements[] = {
    {"let", NULL, NULL},  {"either", NULL, NULL}, {"all", NULL, NULL},       {"from", NULL, NULL},
    {"path", NULL, NULL}, {"strict", NULL, NULL}, {"middlebox", NULL, NULL}, {NULL, NULL, NULL},
};

const struct ms_word lang_headers[] = {
    {"case", NULL, NULL},    {"purpose", NULL, NULL}, {"iut", NULL, NULL},
    {"family", NULL, NULL},  {"altered", NULL, NULL}, {"topology", NULL, NULL},
    {"needs", NULL, NULL},   {"tags", NULL, NULL},    {"section", NULL, NULL},
    {"foreach", NULL, NULL}, {"sysctl", NULL, NULL},  {"position", NULL, NULL},
    {NULL, NULL, NULL},
};

const struct ms_word lang_needs[] = {
    {"echo", NULL, NULL},     {"discard", NULL, NULL}, {"source", NULL, NULL},
    {"sysctl", NULL, NULL},   {"app", NULL, NULL},     {"pm", NULL, NULL},
    {"counters", NULL, NULL}, {"info", NULL, NULL},    {"full_info", NULL, NULL},
    {"program", NULL, NULL},  {NULL, NULL, NULL},
};

const struct ms_word lang_new_args[] = {
    {"new", "of from to path sport dport id key", NULL},
    {NULL, NULL, NULL},
};

const struct ms_word lang_seg_words[] = {
    {"data", NULL, NULL},  {"nodata", NULL, NULL},  {"no", NULL, NULL},
    {"as", NULL, NULL},    {"within", NULL, NULL},  {"commit", NULL, NULL},
    {"keep", NULL, NULL},  {"strict", NULL, NULL},  {"on", NULL, NULL},
    {"any", NULL, NULL},   {"variant", NULL, NULL}, {"options", NULL, NULL},
    {"until", NULL, NULL}, {"before", NULL, NULL},  {NULL, NULL, NULL},
};

/* Verbs whose first word says what they do, and the words that may follow. */
const struct ms_word lang_verb_words[] = {
    {"endpoint", "add del flags flush", "signal subflow backup fullmesh"},
    {"pm", "announce remove create destroy", "backup"},
    {"addr", "add del", ""},
    {"link", "up down", ""},
    {"shutdown", "read write both", ""},
    {NULL, NULL, NULL},
};

/* Errors of connect, read and write that an application can see here. */
const struct ms_word lang_errors[] = {
    {"ECONNRESET", NULL, NULL},   {"EPIPE", NULL, NULL},        {"ETIMEDOUT", NULL, NULL},
    {"ECONNREFUSED", NULL, NULL}, {"ECONNABORTED", NULL, NULL}, {"EHOSTUNREACH", NULL, NULL},
    {NULL, NULL, NULL},
};

/* Events of the kernel's path manager (generic netlink mptcp_pm), as `ip mptcp monitor` prints them. */
const struct ms_word lang_events[] = {
    {"CREATED", NULL, NULL},         {"ESTABLISHED", NULL, NULL}, {"CLOSED", NULL, NULL},
    {"ANNOUNCED", NULL, NULL},       {"REMOVED", NULL, NULL},     {"SF_ESTABLISHED", NULL, NULL},
    {"SF_CLOSED", NULL, NULL},       {"SF_PRIO", NULL, NULL},     {"LISTENER_CREATED", NULL, NULL},
    {"LISTENER_CLOSED", NULL, NULL}, {NULL, NULL, NULL},
};

const struct ms_word lang_path_words[] = {
    {"cut", NULL, NULL},
    {"restore", NULL, NULL},
    {NULL, NULL, NULL},
};

const struct ms_word lang_topo_words[] = {
    {"topology", NULL, NULL}, {"purpose", NULL, NULL},       {"path", NULL, NULL},
    {"tester", NULL, NULL},   {"iut", NULL, NULL},           {"client", NULL, NULL},
    {"server", NULL, NULL},   {"source_tables", NULL, NULL}, {NULL, NULL, NULL},
};

const struct lang_flag lang_flags[] = {
    {"SYN", MS_TH_SYN}, {"ACK", MS_TH_ACK}, {"FIN", MS_TH_FIN},
    {"RST", MS_TH_RST}, {"PSH", MS_TH_PSH}, {"URG", MS_TH_URG},
    {"ECE", MS_TH_ECE}, {"CWR", MS_TH_CWR}, {NULL, 0},
};

const struct ms_word *lang_word_find(const struct ms_word *table, const char *name)
{
    for (; table->name != NULL; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

bool lang_in_list(const char *list, const char *name)
{
    const size_t n = strlen(name);
    for (const char *p = list; p != NULL && *p != '\0';) {
        const size_t len = strcspn(p, " ");
        if (len == n && memcmp(p, name, n) == 0)
            return true;
        p += len + strspn(p + len, " ");
    }
    return false;
}

const struct lang_flag *lang_flag_find(const char *name)
{
    for (const struct lang_flag *f = lang_flags; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}
