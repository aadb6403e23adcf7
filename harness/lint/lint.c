/* SPDX-License-Identifier: MIT */
/* From packets to findings and to what became of each connection. */
#include "mptcpspec/lint.h"

#include <stdlib.h>
#include <string.h>

#include "lint/records.h"
#include "lint/segment.h"

struct lint {
    const struct ms_lint_config *cfg;
    struct ms_lint_result *out;
    struct ms_oracle *oracle;
    struct ms_views *views;
    struct records records;
    struct ms_lint_rule_count *rule; /* as ms_rules */
    uint64_t packet, time_ns;        /* that is judged now, or was the last one */
};

static enum ms_verdict verdict_of(const struct lint *l, const struct ms_rule *r)
{
    static const enum ms_verdict by_level[] = {
        [MS_LEVEL_MUST] = MS_FAIL,       [MS_LEVEL_MUST_NOT] = MS_FAIL, [MS_LEVEL_SHOULD] = MS_WARN,
        [MS_LEVEL_SHOULD_NOT] = MS_WARN, [MS_LEVEL_MAY] = MS_PASS,      [MS_LEVEL_FORMAT] = MS_FAIL,
    };
    enum ms_verdict v = by_level[r->level];
    return v == MS_WARN && l->cfg->strict ? MS_FAIL : v;
}

static bool ignored(const struct lint *l, const struct ms_rule *r)
{
    for (size_t i = 0; i < l->cfg->n_ignore; i++)
        if (l->cfg->ignore[i] == r)
            return true;
    return false;
}

/* The oracle counts packets in 32 bits; what it names lies behind the present one. */
static uint64_t full_number(const struct lint *l, uint32_t packet)
{
    return l->packet - (uint32_t)((uint32_t)l->packet - packet);
}

static void found(void *ctx, const struct ms_finding *f)
{
    struct lint *l = ctx;
    if (ignored(l, f->rule))
        return;
    const uint64_t packet = full_number(l, f->packet);
    struct ms_lint_finding g = {
        .rule = f->rule,
        .verdict = verdict_of(l, f->rule),
        .packet = packet,
        .time_ns = packet == l->packet ? l->time_ns : 0,
        .conn = f->conn ? f->conn->number : 0,
        .flow = f->flow ? f->flow->number : 0,
        .text = f->text,
    };
    struct ms_lint_rule_count *n = &l->rule[records_rule(f->rule)];
    if (n->count++ == 0)
        *n = (struct ms_lint_rule_count){f->rule, 1, packet};
    records_add(&l->records, &g);
    l->out->findings_by[g.verdict]++;
    if (g.verdict > l->out->verdict)
        l->out->verdict = g.verdict;
    if (l->cfg->on_finding)
        l->cfg->on_finding(l->cfg->ctx, &g);
}

static enum ms_verdict conn_verdict(const struct ms_conn *c, const struct record *d)
{
    enum ms_verdict v = d ? d->worst : MS_PASS;
    if (c->unknown && v < MS_INCONC)
        v = MS_INCONC;
    /* Of another version only the format can be judged. */
    return c->foreign && v <= MS_INCONC ? MS_SKIP : v;
}

static void retired(void *ctx, const struct ms_conn *c)
{
    struct lint *l = ctx;
    const struct record *d = records_find(&l->records, c->number);
    const struct ms_flow *flow[MS_MODEL_CONN_FLOWS];
    size_t n = 0;
    for (const struct ms_flow *f = c->newest; f && n < MS_MODEL_CONN_FLOWS; f = f->conn_next)
        n++;
    size_t i = n;
    for (const struct ms_flow *f = c->newest; i > 0; f = f->conn_next)
        flow[--i] = f;
    struct ms_lint_conn g = {.conn = c,
                             .verdict = conn_verdict(c, d),
                             .n_flow = n,
                             .flow = flow,
                             .findings = d ? d->findings : 0,
                             .n_finding = d ? d->n : 0,
                             .finding = d ? d->kept : NULL,
                             .base_ns = l->out->first_ns};
    for (i = 0; i < MS_UNKNOWNS; i++)
        if (c->unknown & 1u << i)
            g.unknown[g.n_unknown++] = (struct ms_lint_unknown){ms_unknown_text(1u << i),
                                                                full_number(l, c->unknown_at[i])};
    l->out->conns++;
    l->out->flows += c->flows;
    l->out->conns_by[g.verdict]++;
    if (g.verdict != MS_SKIP && g.verdict > l->out->verdict)
        l->out->verdict = g.verdict;
    if (l->cfg->on_conn)
        l->cfg->on_conn(l->cfg->ctx, &g);
    records_drop(&l->records, c->number);
}

static unsigned observation_of(const struct lint *l, const struct ms_view *v)
{
    static const unsigned by_end[] = {[MS_CAPTURE_UNKNOWN] = MS_OBS_MIDDLE,
                                      [MS_CAPTURE_IN] = MS_OBS_RECEIVER,
                                      [MS_CAPTURE_OUT] = MS_OBS_SENDER};
    return l->cfg->observation ? l->cfg->observation : by_end[v->end];
}

static void judge(struct lint *l, const struct ms_capture_packet *p)
{
    struct ms_lint_result *out = l->out;
    struct ms_capture_ip ip;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_view view;
    switch (segment_read(p, &ip, &seg, opts)) {
    case SEGMENT_UNREAD:
        out->unread++;
        out->unread_link = p->link;
        return;
    case SEGMENT_FRAGMENT:
        out->fragments++;
        return;
    case SEGMENT_OTHER:
        return;
    case SEGMENT_TCP:
        out->tcp++;
    }
    ms_views_look(l->views, &seg, &ip, p->time_ns, &view);
    if (view.again) {
        out->again++;
        return;
    }
    /* What the sender's machine left unfinished tells nothing; under another address it looks like nothing known. */
    if ((view.sums_left || view.translated) && !seg.tcp_csum_ok)
        seg.csum_unknown = seg.tcp_csum_ok = true;
    const struct ms_oracle_input in = {.seg = &seg,
                                       .dir = MS_DIR_RX,
                                       .iface = p->iface,
                                       .packet = (uint32_t)p->number,
                                       .time_ns = p->time_ns,
                                       .observation = observation_of(l, &view)};
    ms_oracle_segment(l->oracle, &in);
}

static void take(struct lint *l, const struct ms_capture *c, const struct ms_capture_packet *p)
{
    struct ms_lint_result *out = l->out;
    out->packets++;
    if (out->first_ns == 0)
        out->first_ns = p->time_ns;
    if (p->time_ns > out->last_ns)
        out->last_ns = p->time_ns;
    l->packet = p->number;
    l->time_ns = p->time_ns;
    judge(l, p);
    if (l->cfg->on_packet)
        l->cfg->on_packet(l->cfg->ctx, c, p);
}

static int no_link(const struct lint *l, struct ms_error *err)
{
    struct ms_buf links = {0};
    const char *name = ms_capture_link_description(l->out->unread_link);
    ms_capture_links_text(&links);
    int rc = ms_fail(err, MS_ERR_UNSUPPORTED,
                     "%s: packets of link type %u%s%s%s cannot be read; these can: %s",
                     l->out->path, l->out->unread_link, name ? " (" : "", name ? name : "",
                     name ? ")" : "", links.data);
    ms_buf_free(&links);
    return rc;
}

/* What only the end shows, and what is left in the records. */
static void finish(struct lint *l)
{
    struct ms_lint_result *out = l->out;
    struct ms_model_counts counts;
    ms_oracle_end(l->oracle);
    ms_model_count(ms_oracle_model(l->oracle), &counts);
    out->plain_flows = counts.plain;
    for (size_t i = 0; i < l->records.rules; i++)
        if (l->rule[i].count)
            l->rule[out->n_rule++] = l->rule[i];
    out->rule = l->rule;
    l->rule = NULL;
    struct record *d = records_find(&l->records, 0);
    if (d) {
        out->finding = d->kept;
        out->n_finding = d->n;
        d->kept = NULL;
        d->n = 0;
    }
    /* Nothing was judged: that is no pass. */
    if (out->verdict == MS_PASS && out->conns && out->conns_by[MS_SKIP] == out->conns)
        out->verdict = MS_SKIP;
    if (out->unread && out->verdict < MS_INCONC)
        out->verdict = MS_INCONC;
}

static bool start(struct lint *l)
{
    const struct ms_lint_config *cfg = l->cfg;
    const struct ms_oracle_config oc = {.observation =
                                            cfg->observation ? cfg->observation : MS_OBS_MIDDLE,
                                        .complete = cfg->complete,
                                        .judge_rx = true,
                                        .judge_tx = true,
                                        .finding = found,
                                        .retired = retired,
                                        .ctx = l};
    records_init(&l->records);
    l->rule = calloc(l->records.rules + 1, sizeof *l->rule);
    l->views = ms_views_new();
    l->oracle = ms_oracle_new(&oc);
    return l->rule && l->views && l->oracle;
}

static int run(struct lint *l, struct ms_capture *c, struct ms_error *err)
{
    struct ms_capture_packet p;
    int rc;
    if (!start(l))
        return ms_fail(err, MS_ERR_NOMEM, "%s: no memory to judge", l->out->path);
    while ((rc = ms_capture_next(c, &p, err)) > 0)
        take(l, c, &p);
    l->out->interrupted = l->cfg->capture.stop && *l->cfg->capture.stop;
    finish(l);
    if (rc == 0 && l->out->packets && l->out->unread == l->out->packets)
        rc = no_link(l, err);
    return rc;
}

int ms_lint(const struct ms_lint_config *cfg, const char *path, struct ms_lint_result *out,
            struct ms_error *err)
{
    struct lint l = {.cfg = cfg, .out = out};
    struct ms_capture *c;
    *out = (struct ms_lint_result){.path = path, .format = ""};
    int rc = ms_capture_open(&c, path, &cfg->capture, err);
    out->interrupted = rc == MS_ERR_INTR;
    if (rc < 0)
        return out->interrupted ? MS_OK : rc;
    out->format = ms_capture_format(c);
    rc = run(&l, c, err);
    ms_oracle_free(l.oracle);
    ms_views_free(l.views);
    records_free(&l.records);
    free(l.rule);
    ms_capture_close(c);
    return rc;
}

void ms_lint_result_free(struct ms_lint_result *r)
{
    for (size_t i = 0; i < r->n_finding; i++)
        free((char *)(uintptr_t)r->finding[i].text);
    free(r->finding);
    free(r->rule);
    *r = (struct ms_lint_result){0};
}
