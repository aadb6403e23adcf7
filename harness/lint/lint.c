/* SPDX-License-Identifier: MIT */
/* From packets to findings. */
#include "mptcpspec/lint.h"

struct lint {
    const struct ms_lint_config *cfg;
    struct ms_lint_result *out;
    struct ms_oracle *oracle;
    const struct ms_capture_packet *packet; /* that is judged now */
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

static void found(void *ctx, const struct ms_finding *f)
{
    struct lint *l = ctx;
    if (ignored(l, f->rule))
        return;
    const struct ms_lint_finding g = {
        .rule = f->rule,
        .verdict = verdict_of(l, f->rule),
        .packet = l->packet->number,
        .time_ns = l->packet->time_ns,
        .conn = f->conn ? f->conn->number : 0,
        .flow = f->flow ? f->flow->number : 0,
        .text = f->text,
    };
    l->out->findings[g.verdict]++;
    if (g.verdict > l->out->verdict)
        l->out->verdict = g.verdict;
    if (l->cfg->on_finding)
        l->cfg->on_finding(l->cfg->ctx, &g);
}

static void judge(struct lint *l, const struct ms_capture_packet *p)
{
    struct ms_capture_ip ip;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    l->out->packets++;
    if (!ms_capture_ip(p, &ip)) {
        l->out->unread++;
        return;
    }
    if (!ip.octets || ms_ip_decode(ip.octets, ip.len, &seg, opts, &neigh) != MS_FRAME_TCP)
        return;
    l->out->tcp++;
    l->packet = p;
    const struct ms_oracle_input in = {.seg = &seg,
                                       .dir = MS_DIR_RX,
                                       .iface = p->iface,
                                       .packet = (uint32_t)p->number,
                                       .time_ns = p->time_ns,
                                       .observation = l->cfg->observation};
    ms_oracle_segment(l->oracle, &in);
}

static int no_link(const struct lint *l, const char *path, const struct ms_capture_packet *p,
                   struct ms_error *err)
{
    struct ms_buf links = {0};
    (void)l;
    ms_capture_links_text(&links);
    int rc = ms_fail(err, MS_ERR_UNSUPPORTED,
                     "%s: packets of link type %u cannot be read; those of %s can", path, p->link,
                     links.data);
    ms_buf_free(&links);
    return rc;
}

int ms_lint(const struct ms_lint_config *cfg, const char *path, struct ms_lint_result *out,
            struct ms_error *err)
{
    struct lint l = {.cfg = cfg, .out = out};
    const struct ms_oracle_config oc = {.observation =
                                            cfg->observation ? cfg->observation : MS_OBS_MIDDLE,
                                        .complete = cfg->complete,
                                        .judge_rx = true,
                                        .judge_tx = true,
                                        .finding = found,
                                        .ctx = &l};
    struct ms_capture *c;
    struct ms_capture_packet p;
    *out = (struct ms_lint_result){0};
    int rc = ms_capture_open(&c, path, &cfg->capture, err);
    if (rc < 0)
        return rc;
    l.oracle = ms_oracle_new(&oc);
    if (!l.oracle) {
        ms_capture_close(c);
        return ms_fail(err, MS_ERR_NOMEM, "%s: no memory to judge", path);
    }
    while ((rc = ms_capture_next(c, &p, err)) > 0)
        judge(&l, &p);
    ms_oracle_end(l.oracle);
    struct ms_model_counts count;
    ms_model_count(ms_oracle_model(l.oracle), &count);
    out->conns = (uint32_t)count.conns;
    if (rc == 0 && out->packets && out->unread == out->packets)
        rc = no_link(&l, path, &p, err);
    ms_oracle_free(l.oracle);
    ms_capture_close(c);
    return rc;
}
