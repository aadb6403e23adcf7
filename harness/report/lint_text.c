/* SPDX-License-Identifier: MIT */
/* A lint for people: findings and connections as they come, then the rules that were broken and the sum. */
#include <inttypes.h>
#include <string.h>

#include "report/terminal.h"

enum {
    SHOWN_EACH = 3,      /* findings of one rule on one connection */
    SHOWN_CONNS = 1000,  /* connections, */
    SHOWN_ODD = 10000,   /* and further ones that did not pass */
    SHOWN_SUBFLOWS = 32, /* of one connection */
};

static enum term_color color_of(enum ms_verdict v)
{
    static const enum term_color by_verdict[] = {
        [MS_PASS] = COL_GREEN,    [MS_SKIP] = COL_DIM, [MS_WARN] = COL_YELLOW,
        [MS_INCONC] = COL_YELLOW, [MS_FAIL] = COL_RED, [MS_ERROR] = COL_RED};
    return by_verdict[v];
}

static void word(const struct ms_lint_view *v, enum ms_verdict x)
{
    fprintf(v->t->out, "%s%s%s", term_on(v->t, color_of(x)), ms_verdict_name(x), term_off(v->t));
}

void ms_lint_view_finding(struct ms_lint_view *v, const struct ms_lint_finding *f)
{
    FILE *out = v->t->out;
    if (v->t->loud == MS_QUIET || (v->t->loud != MS_VERBOSE && f->nth > SHOWN_EACH)) {
        v->findings_hidden++;
        return;
    }
    fprintf(out, "packet %" PRIu64 ": ", f->packet);
    word(v, f->verdict);
    fprintf(out, " %s%s%s", term_on(v->t, COL_BOLD), f->rule->name, term_off(v->t));
    fprintf(out, *f->rule->reqs ? " [%s] %s" : "%s %s", f->rule->reqs, f->text);
    if (f->conn && f->flow)
        fprintf(out, " (connection %u, subflow %u)", f->conn, f->flow);
    else if (f->conn)
        fprintf(out, " (connection %u)", f->conn);
    fputc('\n', out);
}

/* ---- connections ---------------------------------------------------------------------------------------- */

static const char *octets_text(uint64_t n, char out[24])
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB"};
    double x = (double)n;
    size_t k = 0;
    for (; x >= 999.5 && k + 1 < MS_ARRAY_LEN(unit); k++)
        x /= 1000;
    snprintf(out, 24, x < 9.95 && k ? "%.1f %s" : "%.0f %s", x, unit[k]);
    return out;
}

static double seconds(uint64_t from, uint64_t to)
{
    return (double)(int64_t)(to - from) / 1e9;
}

static void end_name(const struct ms_addr *a, uint16_t port, char out[64])
{
    char text[46];
    ms_addr_text(a, text);
    snprintf(out, 64, a->family == MS_IPV6 ? "[%s]:%u" : "%s:%u", text, port);
}

static void end_text(const struct ms_flow *f, char *out, size_t cap)
{
    static const char *const how[] = {
        [MS_END_FIN] = "FIN", [MS_END_RST] = "RST", [MS_END_FASTCLOSE] = "MP_FASTCLOSE"};
    if (f->end != MS_END_OPEN)
        snprintf(out, cap, "%s by %s%s", how[f->end],
                 f->ended_by == MS_OPENER ? "opener" : "acceptor",
                 f->over || f->end == MS_END_RST ? "" : ", not complete");
    else if (!f->synack_seen && f->kind != MS_FLOW_MID)
        snprintf(out, cap, "no answer");
    else
        snprintf(out, cap, "still open");
}

static const char *const kind_names[] = {[MS_FLOW_PLAIN] = "plain",
                                         [MS_FLOW_CAPABLE] = "first",
                                         [MS_FLOW_JOIN] = "join",
                                         [MS_FLOW_MID] = "middle"};

static void subflow(const struct ms_lint_view *v, const struct ms_lint_conn *c,
                    const struct ms_flow *f)
{
    char a[64], b[64], there[24], back[24], end[64];
    end_name(&f->addr[0], f->port[0], a);
    end_name(&f->addr[1], f->port[1], b);
    end_text(f, end, sizeof end);
    fprintf(v->t->out, "  %-6s %4u  %s > %s  %.6f .. %.6f s  %s > < %s", kind_names[f->kind],
            f->number, a, b, seconds(c->base_ns, f->first_ns), seconds(c->base_ns, f->last_ns),
            octets_text(f->half[0].octets - f->half[0].repeated, there),
            octets_text(f->half[1].octets - f->half[1].repeated, back));
    const uint64_t again = f->half[0].repeated + f->half[1].repeated;
    if (again)
        fprintf(v->t->out, " (%s repeated)", octets_text(again, there));
    fprintf(v->t->out, "  %s\n", end);
    if (f->fallback)
        fprintf(v->t->out, "              %sfallback to TCP: %s%s\n", term_on(v->t, COL_YELLOW),
                f->fallback, term_off(v->t));
}

static void data_fins(const struct ms_lint_view *v, const struct ms_conn *c)
{
    static const char *const who[] = {"initiator", "listener"};
    for (unsigned s = 0; s < 2; s++)
        if (c->side[s].fin_known && !ms_side_fin_acked(&c->side[s]))
            fprintf(v->t->out, "  the DATA_FIN of the %s is not Data-ACKed\n", who[s]);
}

static bool hidden(struct ms_lint_view *v, const struct ms_lint_conn *c)
{
    v->conns++;
    if (v->t->loud == MS_VERBOSE || v->conns <= SHOWN_CONNS)
        return v->t->loud == MS_QUIET && c->verdict < MS_WARN;
    return c->verdict < MS_WARN || v->conns > SHOWN_ODD;
}

void ms_lint_view_conn(struct ms_lint_view *v, const struct ms_lint_conn *c)
{
    FILE *out = v->t->out;
    if (hidden(v, c) || v->t->loud == MS_QUIET) {
        v->conns_hidden++;
        return;
    }
    const struct ms_conn *k = c->conn;
    fprintf(out, "%sconnection %u%s: ", term_on(v->t, COL_BOLD), k->number, term_off(v->t));
    word(v, c->verdict);
    fprintf(out, ", %u subflow%s", k->flows, k->flows == 1 ? "" : "s");
    if (k->csum_known)
        fprintf(out, ", checksums %s", k->csum ? "on" : "off");
    if (k->side[0].key_known && k->side[1].key_known)
        fprintf(out, ", tokens %08x %08x", k->side[0].token, k->side[1].token);
    if (c->findings)
        fprintf(out, ", %" PRIu64 " finding%s", c->findings, c->findings == 1 ? "" : "s");
    if (k->foreign)
        fprintf(out, ", not MPTCP version 1: only the layout was judged");
    fputc('\n', out);
    const bool all = v->t->loud == MS_VERBOSE;
    for (size_t i = 0; i < c->n_flow && (all || i < SHOWN_SUBFLOWS); i++)
        subflow(v, c, c->flow[i]);
    if (!all && k->flows > SHOWN_SUBFLOWS)
        fprintf(out, "  ... and %u more subflows\n", k->flows - SHOWN_SUBFLOWS);
    else if (c->n_flow < k->flows)
        fprintf(out, "  ... and %u more, forgotten\n", k->flows - (unsigned)c->n_flow);
    data_fins(v, k);
    for (size_t i = 0; i < c->n_unknown; i++)
        fprintf(out, "  not judged in full: %s (packet %" PRIu64 ")\n", c->unknown[i].reason,
                c->unknown[i].packet);
}

/* ---- files ---------------------------------------------------------------------------------------------- */

static void rules(const struct ms_lint_view *v, const struct ms_lint_result *r)
{
    FILE *out = v->t->out;
    if (r->n_rule)
        fputs("rules that were broken:\n", out);
    for (size_t i = 0; i < r->n_rule; i++) {
        const struct ms_lint_rule_count *n = &r->rule[i];
        char sections[128];
        ms_rule_sections(n->rule, sections, sizeof sections);
        fprintf(out,
                "  %s%s%s  %s%s%s  %" PRIu64 " time%s, first in packet %" PRIu64 "\n      %s\n",
                term_on(v->t, COL_BOLD), n->rule->name, term_off(v->t),
                ms_level_name(n->rule->level), *sections ? "  " : "", sections, n->count,
                n->count == 1 ? "" : "s", n->first_packet, n->rule->doc);
    }
}

static void count(FILE *out, uint64_t n, const char *what)
{
    if (n)
        fprintf(out, ", %" PRIu64 " %s", n, what);
}

void ms_lint_view_file(struct ms_lint_view *v, const struct ms_lint_file *f)
{
    const struct ms_lint_result *r = f->result;
    FILE *out = v->t->out;
    if (v->findings_hidden && v->t->loud == MS_NORMAL)
        fprintf(out,
                "... and %" PRIu64 " more findings of the same rules; -v and --json have all\n",
                v->findings_hidden);
    if (v->conns_hidden && v->t->loud == MS_NORMAL)
        fprintf(out, "... and %" PRIu64 " more connections; -v and --json have all\n",
                v->conns_hidden);
    rules(v, r);
    fprintf(out, "%s: ", r->path);
    if (*f->error)
        fprintf(out, "%snot read to its end%s, until there ", term_on(v->t, COL_RED),
                term_off(v->t));
    word(v, r->verdict);
    fprintf(out, ", %" PRIu64 " packet%s in %.3f s", r->packets, r->packets == 1 ? "" : "s",
            seconds(r->first_ns, r->last_ns));
    count(out, r->again, "of them seen again");
    count(out, r->fragments, "IP fragments not judged");
    count(out, r->unread, "of an unknown link type not read");
    fprintf(out, ", %" PRIu64 " MPTCP connection%s", r->conns, r->conns == 1 ? "" : "s");
    static const enum ms_verdict order[] = {MS_PASS, MS_WARN, MS_INCONC, MS_FAIL, MS_SKIP};
    for (size_t i = 0, any = 0; i < MS_ARRAY_LEN(order); i++)
        if (r->conns_by[order[i]])
            fprintf(out, "%s%" PRIu64 " %s", any++ ? ", " : ": ", r->conns_by[order[i]],
                    ms_verdict_name(order[i]));
    fputc('\n', out);
    *v = (struct ms_lint_view){.t = v->t};
}
