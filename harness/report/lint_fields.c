/* SPDX-License-Identifier: MIT */
/* What a lint says, declared once: name, type, meaning, and where it comes from. */
#include <string.h>

#include "report/field_def.h"

const char *ms_rule_sections(const struct ms_rule *rule, char *out, size_t cap)
{
    char last[32] = "";
    size_t n = 0;
    out[0] = '\0';
    for (const char *p = rule->reqs; *(p += strspn(p, ", "));) {
        const size_t len = strcspn(p, ", ");
        char section[32];
        /* R-SECTION-NUMBER */
        snprintf(section, sizeof section, "%.*s", (int)(len > 2 ? len - 2 : 0), p + 2);
        char *dash = strrchr(section, '-');
        if (dash)
            *dash = '\0';
        if (strcmp(section, last) != 0 && n < cap)
            n += (size_t)snprintf(out + n, cap - n, "%s%s", n ? ", " : "RFC 8684 ", section);
        memcpy(last, section, sizeof last);
        p += len;
    }
    return out;
}

/* ---- findings ------------------------------------------------------------------------------------------- */

GET(finding_rule, struct ms_lint_finding, v->text = x->rule->name)
GET(finding_level, struct ms_lint_finding, v->text = ms_level_name(x->rule->level))
GET(finding_verdict, struct ms_lint_finding, v->text = ms_verdict_name(x->verdict))
GET(finding_packet, struct ms_lint_finding, v->num = x->packet)
GET(finding_time, struct ms_lint_finding, v->num = x->time_ns)
GET(finding_flow, struct ms_lint_finding, v->num = x->flow)
GET(finding_reqs, struct ms_lint_finding, v->text = x->rule->reqs)
GET(finding_clause, struct ms_lint_finding,
    v->text = ms_rule_sections(x->rule, v->room, sizeof v->room))
GET(finding_text, struct ms_lint_finding, v->text = x->text)

const struct ms_report_field ms_lint_finding_fields[] = {
    {"rule", MS_REPORT_STRING, "rule that was broken", .get = finding_rule},
    {"level", MS_REPORT_STRING, "of the strongest requirement behind it", .get = finding_level},
    {"verdict", MS_REPORT_STRING, "fail, warn, or pass for what is merely remarkable",
     .get = finding_verdict},
    {"packet", MS_REPORT_NUMBER, "number of the packet that shows it, from 1",
     .get = finding_packet},
    {"time_ns", MS_REPORT_NUMBER,
     "when it was captured, nanoseconds since 1970; 0 for what only a later packet proved",
     .get = finding_time},
    {"subflow", MS_REPORT_NUMBER, "number of the subflow, 0 for none", .get = finding_flow},
    {"requirements", MS_REPORT_STRING, "requirement ids that are broken, comma separated",
     .get = finding_reqs},
    {"clause", MS_REPORT_STRING, "their sections", .get = finding_clause},
    {"text", MS_REPORT_STRING, "what was sent and what the rule demands", .get = finding_text},
    {0},
};

/* ---- subflows ------------------------------------------------------------------------------------------- */

static const char *const kind_names[] = {[MS_FLOW_PLAIN] = "plain",
                                         [MS_FLOW_CAPABLE] = "mp_capable",
                                         [MS_FLOW_JOIN] = "mp_join",
                                         [MS_FLOW_MID] = "middle"};
static const char *const end_names[] = {[MS_END_OPEN] = "open",
                                        [MS_END_FIN] = "fin",
                                        [MS_END_RST] = "rst",
                                        [MS_END_FASTCLOSE] = "mp_fastclose"};
static const char *const role_names[] = {[MS_OPENER] = "opener", [MS_ACCEPTOR] = "acceptor"};
static const char *const side_names[] = {"initiator", "listener"};

GET(flow_number, struct ms_flow, v->num = x->number)
GET(flow_kind, struct ms_flow, v->text = kind_names[x->kind])
GET(flow_side, struct ms_flow, v->text = side_names[x->side[MS_OPENER] & 1])
GET(flow_addr0, struct ms_flow, v->text = ms_addr_text(&x->addr[0], v->room))
GET(flow_port0, struct ms_flow, v->num = x->port[0])
GET(flow_addr1, struct ms_flow, v->text = ms_addr_text(&x->addr[1], v->room))
GET(flow_port1, struct ms_flow, v->num = x->port[1])
GET(flow_answered, struct ms_flow, v->num = x->synack_seen)
GET(flow_first_packet, struct ms_flow, v->num = x->first_packet)
GET(flow_first, struct ms_flow, v->num = x->first_ns)
GET(flow_last, struct ms_flow, v->num = x->last_ns)
GET(flow_packets0, struct ms_flow, v->num = x->half[0].packets)
GET(flow_packets1, struct ms_flow, v->num = x->half[1].packets)
GET(flow_octets0, struct ms_flow, v->num = x->half[0].octets)
GET(flow_octets1, struct ms_flow, v->num = x->half[1].octets)
GET(flow_repeated0, struct ms_flow, v->num = x->half[0].repeated)
GET(flow_repeated1, struct ms_flow, v->num = x->half[1].repeated)
GET(flow_end, struct ms_flow, v->text = end_names[x->end])
GET(flow_ended_by, struct ms_flow, v->text = x->end == MS_END_OPEN ? "" : role_names[x->ended_by])
GET(flow_fallback, struct ms_flow, v->text = x->fallback)

const struct ms_report_field ms_lint_flow_fields[] = {
    {"number", MS_REPORT_NUMBER, "number of the subflow in the file", .get = flow_number},
    {"kind", MS_REPORT_STRING,
     "by what it was opened: mp_capable, mp_join, plain (neither), middle (not seen)",
     .get = flow_kind},
    {"opened_by", MS_REPORT_STRING, "initiator or listener of the connection", .get = flow_side},
    {"opener", MS_REPORT_STRING, "address of the end that sent the SYN", .get = flow_addr0},
    {"opener_port", MS_REPORT_NUMBER, "its port", .get = flow_port0},
    {"acceptor", MS_REPORT_STRING, "address of the other end", .get = flow_addr1},
    {"acceptor_port", MS_REPORT_NUMBER, "its port", .get = flow_port1},
    {"answered", MS_REPORT_BOOL, "a SYN/ACK was seen", .get = flow_answered},
    {"first_packet", MS_REPORT_NUMBER, "number of its first packet", .get = flow_first_packet},
    {"first_ns", MS_REPORT_NUMBER, "time of its first packet", .get = flow_first},
    {"last_ns", MS_REPORT_NUMBER, "time of its last packet", .get = flow_last},
    {"packets_opener", MS_REPORT_NUMBER, "packets from the opener", .get = flow_packets0},
    {"packets_acceptor", MS_REPORT_NUMBER, "packets from the acceptor", .get = flow_packets1},
    {"octets_opener", MS_REPORT_NUMBER, "payload from the opener, repetitions included",
     .get = flow_octets0},
    {"octets_acceptor", MS_REPORT_NUMBER, "payload from the acceptor, repetitions included",
     .get = flow_octets1},
    {"repeated_opener", MS_REPORT_NUMBER, "of these octets: sent before on this subflow",
     .get = flow_repeated0},
    {"repeated_acceptor", MS_REPORT_NUMBER, "of these octets: sent before on this subflow",
     .get = flow_repeated1},
    {"end", MS_REPORT_STRING, "how it ended: fin, rst, mp_fastclose, or open", .get = flow_end},
    {"ended_by", MS_REPORT_STRING, "opener or acceptor, whose signal came first; empty if open",
     .get = flow_ended_by},
    {"fallback", MS_REPORT_STRING, "why it became plain TCP, empty if it did not",
     .get = flow_fallback},
    {0},
};

/* ---- connections ---------------------------------------------------------------------------------------- */

static const char *token_text(const struct ms_side *s, struct ms_report_value *v)
{
    if (!s->key_known)
        return "";
    snprintf(v->room, sizeof v->room, "%08x", s->token);
    return v->room;
}

static const char *fin_text(const struct ms_side *s)
{
    return !s->fin_known ? "none" : ms_side_fin_acked(s) ? "acked" : "sent";
}

GET(unknown_reason, struct ms_lint_unknown, v->text = x->reason)
GET(unknown_packet, struct ms_lint_unknown, v->num = x->packet)

static const struct ms_report_field unknown_fields[] = {
    {"reason", MS_REPORT_STRING, "why not all of it could be judged", .get = unknown_reason},
    {"packet", MS_REPORT_NUMBER, "number of the packet where that showed first",
     .get = unknown_packet},
    {0},
};

GET(conn_number, struct ms_lint_conn, v->num = x->conn->number)
GET(conn_verdict, struct ms_lint_conn, v->text = ms_verdict_name(x->verdict))
GET(conn_first, struct ms_lint_conn, v->num = x->conn->first_ns)
GET(conn_last, struct ms_lint_conn, v->num = x->conn->last_ns)
GET(conn_checksums, struct ms_lint_conn,
    v->text = !x->conn->csum_known ? "unknown"
              : x->conn->csum      ? "on"
                                   : "off")
GET(conn_token0, struct ms_lint_conn, v->text = token_text(&x->conn->side[0], v))
GET(conn_token1, struct ms_lint_conn, v->text = token_text(&x->conn->side[1], v))
GET(conn_fin0, struct ms_lint_conn, v->text = fin_text(&x->conn->side[0]))
GET(conn_fin1, struct ms_lint_conn, v->text = fin_text(&x->conn->side[1]))
GET(conn_subflows, struct ms_lint_conn, v->num = x->conn->flows)
GET(conn_findings, struct ms_lint_conn, v->num = x->findings)
LIST(conn_flow, struct ms_lint_conn, x->n_flow, x->flow[i])
LIST(conn_unknown, struct ms_lint_conn, x->n_unknown, &x->unknown[i])
LIST(conn_finding, struct ms_lint_conn, x->n_finding, &x->finding[i])

const struct ms_report_field ms_lint_conn_fields[] = {
    {"number", MS_REPORT_NUMBER, "number of the connection in the file", .get = conn_number},
    {"verdict", MS_REPORT_STRING, "fail, inconc, warn, pass, or skip for another version than 1",
     .get = conn_verdict},
    {"first_ns", MS_REPORT_NUMBER, "time of its first packet, nanoseconds since 1970",
     .get = conn_first},
    {"last_ns", MS_REPORT_NUMBER, "time of its last packet", .get = conn_last},
    {"checksums", MS_REPORT_STRING, "DSS checksums: on, off, or unknown", .get = conn_checksums},
    {"token_initiator", MS_REPORT_STRING, "token of the initiator, empty if its key was not seen",
     .get = conn_token0},
    {"token_listener", MS_REPORT_STRING, "token of the listener, empty if its key was not seen",
     .get = conn_token1},
    {"data_fin_initiator", MS_REPORT_STRING, "its DATA_FIN: none, sent, acked", .get = conn_fin0},
    {"data_fin_listener", MS_REPORT_STRING, "its DATA_FIN: none, sent, acked", .get = conn_fin1},
    {"subflows_seen", MS_REPORT_NUMBER, "subflows that it ever had", .get = conn_subflows},
    {"subflows", MS_REPORT_OBJECTS, "those that are still known, oldest first", COUNTED(conn_flow),
     .of = ms_lint_flow_fields},
    {"unknown", MS_REPORT_OBJECTS, "what could not be judged", COUNTED(conn_unknown),
     .of = unknown_fields},
    {"findings_count", MS_REPORT_NUMBER, "all findings", .get = conn_findings},
    {"findings", MS_REPORT_OBJECTS, "the first of them", COUNTED(conn_finding),
     .of = ms_lint_finding_fields},
    {0},
};

/* ---- files ---------------------------------------------------------------------------------------------- */

GET(rule_name, struct ms_lint_rule_count, v->text = x->rule->name)
GET(rule_level, struct ms_lint_rule_count, v->text = ms_level_name(x->rule->level))
GET(rule_reqs, struct ms_lint_rule_count, v->text = x->rule->reqs)
GET(rule_count, struct ms_lint_rule_count, v->num = x->count)
GET(rule_first, struct ms_lint_rule_count, v->num = x->first_packet)

static const struct ms_report_field rule_fields[] = {
    {"rule", MS_REPORT_STRING, "its name", .get = rule_name},
    {"level", MS_REPORT_STRING, "of the strongest requirement behind it", .get = rule_level},
    {"requirements", MS_REPORT_STRING, "their ids, comma separated", .get = rule_reqs},
    {"count", MS_REPORT_NUMBER, "how often it was broken", .get = rule_count},
    {"first_packet", MS_REPORT_NUMBER, "packet that showed it first", .get = rule_first},
    {0},
};

GET(file_path, struct ms_lint_file, v->text = x->result->path)
GET(file_format, struct ms_lint_file, v->text = x->result->format)
GET(file_verdict, struct ms_lint_file, v->text = ms_verdict_name(x->result->verdict))
GET(file_error, struct ms_lint_file, v->text = x->error)
GET(file_packets, struct ms_lint_file, v->num = x->result->packets)
GET(file_tcp, struct ms_lint_file, v->num = x->result->tcp)
GET(file_again, struct ms_lint_file, v->num = x->result->again)
GET(file_fragments, struct ms_lint_file, v->num = x->result->fragments)
GET(file_unread, struct ms_lint_file, v->num = x->result->unread)
GET(file_first, struct ms_lint_file, v->num = x->result->first_ns)
GET(file_last, struct ms_lint_file, v->num = x->result->last_ns)
GET(file_conns, struct ms_lint_file, v->num = x->result->conns)
GET(file_flows, struct ms_lint_file, v->num = x->result->flows)
GET(file_plain, struct ms_lint_file, v->num = x->result->plain_flows)
GET(file_pass, struct ms_lint_file, v->num = x->result->conns_by[MS_PASS])
GET(file_skip, struct ms_lint_file, v->num = x->result->conns_by[MS_SKIP])
GET(file_warn, struct ms_lint_file, v->num = x->result->conns_by[MS_WARN])
GET(file_inconc, struct ms_lint_file, v->num = x->result->conns_by[MS_INCONC])
GET(file_fail, struct ms_lint_file, v->num = x->result->conns_by[MS_FAIL])
LIST(file_rule, struct ms_lint_file, x->result->n_rule, &x->result->rule[i])
LIST(file_finding, struct ms_lint_file, x->result->n_finding, &x->result->finding[i])

const struct ms_report_field ms_lint_file_fields[] = {
    {"file", MS_REPORT_STRING, "its path, - for standard input", .get = file_path},
    {"connections", MS_REPORT_OBJECTS, "in the order of their ends", .of = ms_lint_conn_fields},
    {"findings", MS_REPORT_OBJECTS, "findings on no known connection, the first of them",
     COUNTED(file_finding), .of = ms_lint_finding_fields},
    {"rules", MS_REPORT_OBJECTS, "rules that were broken", COUNTED(file_rule), .of = rule_fields},
    {"verdict", MS_REPORT_STRING,
     "the worst of its connections and findings; inconc also where packets could not be read",
     .get = file_verdict},
    {"error", MS_REPORT_STRING, "why it was not read, or not to its end; empty if it was",
     .get = file_error},
    {"format", MS_REPORT_STRING, "pcap or pcapng, empty if it is neither", .get = file_format},
    {"packets", MS_REPORT_NUMBER, "packets that were read", .get = file_packets},
    {"tcp", MS_REPORT_NUMBER, "of these: TCP segments", .get = file_tcp},
    {"again", MS_REPORT_NUMBER, "of these: further views of a packet that was judged",
     .get = file_again},
    {"fragments", MS_REPORT_NUMBER, "IP fragments of TCP segments, not judged",
     .get = file_fragments},
    {"unread", MS_REPORT_NUMBER, "packets of a link type that cannot be read", .get = file_unread},
    {"first_ns", MS_REPORT_NUMBER, "time of the first packet", .get = file_first},
    {"last_ns", MS_REPORT_NUMBER, "time of the latest packet", .get = file_last},
    {"connections_seen", MS_REPORT_NUMBER, "MPTCP connections", .get = file_conns},
    {"subflows_seen", MS_REPORT_NUMBER, "their subflows", .get = file_flows},
    {"plain_flows", MS_REPORT_NUMBER, "TCP connections without MPTCP", .get = file_plain},
    {"pass", MS_REPORT_NUMBER, "connections with verdict pass", .get = file_pass},
    {"skip", MS_REPORT_NUMBER, "connections with verdict skip", .get = file_skip},
    {"warn", MS_REPORT_NUMBER, "connections with verdict warn", .get = file_warn},
    {"inconc", MS_REPORT_NUMBER, "connections with verdict inconc", .get = file_inconc},
    {"fail", MS_REPORT_NUMBER, "connections with verdict fail", .get = file_fail},
    {0},
};

/* ---- the whole ------------------------------------------------------------------------------------------ */

GET(root_schema, struct ms_lint_report, (void)x; v->num = MS_REPORT_SCHEMA)
GET(root_version, struct ms_lint_report, (void)x; v->text = MS_VERSION)
GET(root_command, struct ms_lint_report, v->text = x->command)
GET(root_at, struct ms_lint_report, v->text = x->at)
GET(root_strict, struct ms_lint_report, v->num = x->strict)
GET(root_complete, struct ms_lint_report, v->num = x->complete)
GET(root_verdict, struct ms_lint_report, v->text = ms_verdict_name(x->verdict))
GET(root_interrupted, struct ms_lint_report, v->num = x->interrupted)
LIST(root_ignored, struct ms_lint_report, x->n_ignore, x->ignore[i]->name)

const struct ms_report_field ms_lint_root_fields[] = {
    {"schema", MS_REPORT_NUMBER, "version of this format", .get = root_schema},
    {"mptcpspec", MS_REPORT_STRING, "version of the harness", .get = root_version},
    {"command", MS_REPORT_STRING, "command line", .get = root_command},
    {"at", MS_REPORT_STRING, "--at: sender, receiver, middle; empty: as the file tells",
     .get = root_at},
    {"strict", MS_REPORT_BOOL, "SHOULD counts as MUST", .get = root_strict},
    {"complete", MS_REPORT_BOOL, "the capture was called complete", .get = root_complete},
    {"ignored", MS_REPORT_STRINGS, "rules that were not to speak", COUNTED(root_ignored)},
    {"files", MS_REPORT_OBJECTS, "one entry a file", .of = ms_lint_file_fields},
    {"verdict", MS_REPORT_STRING, "the worst of the files", .get = root_verdict},
    {"interrupted", MS_REPORT_BOOL, "stopped by the user", .get = root_interrupted},
    {0},
};
