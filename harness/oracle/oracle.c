/* SPDX-License-Identifier: MIT */
/* Runs the rules over the segments under judgement. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/rules.h"

struct ms_oracle {
    struct ms_oracle_config cfg;
    struct ms_model *model;
    struct waking waking;
};

static bool judged(const struct ms_oracle *o, enum ms_dir dir)
{
    return dir == MS_DIR_RX ? o->cfg.judge_rx : o->cfg.judge_tx;
}

/* A case knows which machine is which; in a capture file a direction is per flow at best. */
static bool is_live(const struct ms_oracle *o)
{
    return !(o->cfg.judge_rx && o->cfg.judge_tx);
}

static void retire(void *ctx, const struct ms_conn *c);

struct ms_oracle *ms_oracle_new(const struct ms_oracle_config *cfg)
{
    struct ms_model *m = ms_model_new();
    struct ms_oracle *o = calloc(1, sizeof *o);
    if (!o) {
        ms_model_free(m);
        return NULL;
    }
    o->cfg = *cfg;
    o->model = m;
    ms_model_on_retire(m, retire, o);
    waking_index(&o->waking);
    return o;
}

void ms_oracle_free(struct ms_oracle *o)
{
    if (!o)
        return;
    ms_model_free(o->model);
    free(o);
}

const struct ms_model *ms_oracle_model(const struct ms_oracle *o)
{
    return o->model;
}

/* The peer broke a rule: what is asked of the other side rests on that connection. */
static void note_peer_fault(const struct ms_judge *j)
{
    if (j->st->flow)
        j->st->flow->fault = true;
    if (j->st->conn)
        j->st->conn->fault = true;
}

void rule_broken(struct ms_judge *j, const char *fmt, ...)
{
    if (j->in && !judged(j->oracle, j->in->dir)) {
        note_peer_fault(j);
        return;
    }
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const struct ms_finding f = {.rule = j->rule,
                                 .conn = j->st->conn,
                                 .flow = j->st->flow,
                                 .packet = j->packet,
                                 .text = text};
    if (j->oracle->cfg.finding)
        j->oracle->cfg.finding(j->oracle->cfg.ctx, &f);
}

const struct ms_mp *judge_form(const struct ms_judge *j, enum ms_form form)
{
    for (unsigned i = 0; i < j->seg->n_opt; i++)
        if (j->seg->opt[i].kind == MS_TCPOPT_MPTCP && j->seg->opt[i].mp.form == form)
            return &j->seg->opt[i].mp;
    return NULL;
}

const char *judge_kind(const struct ms_judge *j)
{
    if (judge_is_rst(j))
        return "RST";
    if (judge_is_synack(j))
        return "SYN/ACK";
    if (judge_is_syn(j))
        return "SYN";
    return judge_octets(j) ? "data segment" : "ACK";
}

/* Whether the rule has anything to say here at all. */
static bool may_speak(const struct ms_judge *j, const struct ms_rule *r)
{
    const struct ms_model_step *st = j->st;
    if (!(r->observation & j->observation))
        return false;
    if (st->conn && st->conn->foreign && !r->any_version)
        return false;
    if (r->despite_peer_fault)
        return true;
    if (st->flow && (st->flow->fault || st->flow->murky))
        return false;
    /* A join by the IUT into a connection that the tester upset. */
    if (st->join_conn && st->join_conn->fault)
        return false;
    return !(st->conn && st->conn->fault);
}

/*
 * In a capture file: a segment that was damaged on its way. Its receiver discards it (RFC 9293 3.1), so nothing
 * is learned from it, and nothing but the damage is said of it.
 */
static bool discarded(struct ms_oracle *o, const struct ms_oracle_input *in, unsigned seen_at)
{
    if (in->seg->tcp_csum_ok || seen_at == MS_OBS_SENDER || judge_csum_left_to_card(in->seg))
        return false;
    const struct ms_flow *f = ms_model_flow(o->model, in->seg);
    if (!(f && f->conn) && !ms_seg_has_mptcp(in->seg))
        return true;
    const struct ms_model_step st = {.flow = (struct ms_flow *)(uintptr_t)f,
                                     .conn = f ? f->conn : NULL};
    struct ms_judge j = {.oracle = o,
                         .rule = &rule_tcp_checksum,
                         .in = in,
                         .packet = in->packet,
                         .seg = in->seg,
                         .st = &st};
    j.rule->check(&j);
    return true;
}

void ms_oracle_segment(struct ms_oracle *o, const struct ms_oracle_input *in)
{
    struct ms_model_step st;
    bool live = is_live(o);
    unsigned seen_at = in->observation ? in->observation : o->cfg.observation;
    if (!live && discarded(o, in, seen_at))
        return;
    const struct ms_seen seen = {.seg = in->seg,
                                 .time_ns = in->time_ns,
                                 .packet = in->packet,
                                 .fault = in->fault,
                                 .host = live ? (int)in->dir : -1};
    ms_model_segment(o->model, &seen, &st);
    if (!judged(o, in->dir) && !o->cfg.mind_peer)
        return;
    struct ms_judge j = {.oracle = o,
                         .in = in,
                         .seg = in->seg,
                         .st = &st,
                         .packet = in->packet,
                         .observation = seen_at,
                         .in_sender_view = seen_at == MS_OBS_SENDER,
                         .complete = live || o->cfg.complete,
                         .live = live};
    uint64_t awake[WAKING_WORDS];
    waking_choose(&o->waking, judge_traits(&j), awake);
    for (unsigned k = 0; k < WAKING_WORDS; k++)
        for (uint64_t left = awake[k]; left; left &= left - 1) {
            j.rule = ms_rules[k * 64 + (unsigned)__builtin_ctzll(left)];
            if (may_speak(&j, j.rule))
                j.rule->check(&j);
        }
}

/* The connection as a whole, for one of its hosts. */
static void judge_end(struct ms_oracle *o, const struct ms_conn *c, unsigned side)
{
    bool live = is_live(o);
    if (live && (c->side[side].host < 0 || !judged(o, (enum ms_dir)c->side[side].host)))
        return;
    /* Rules look only; a step's pointers serve segments as well, so they are not to const. */
    struct ms_conn *conn = (struct ms_conn *)(uintptr_t)c;
    const struct ms_model_step st = {.conn = conn,
                                     .flow = conn->first,
                                     .side = &conn->side[side],
                                     .peer = &conn->side[1 - side],
                                     .host = -1};
    struct ms_judge j = {.oracle = o,
                         .st = &st,
                         .observation = o->cfg.observation,
                         .complete = live || o->cfg.complete,
                         .live = live};
    for (size_t i = 0; ms_rules[i]; i++) {
        j.rule = ms_rules[i];
        if (j.rule->end && may_speak(&j, j.rule))
            j.rule->end(&j);
    }
}

static void retire(void *ctx, const struct ms_conn *c)
{
    struct ms_oracle *o = ctx;
    for (unsigned side = 0; side < 2; side++)
        judge_end(o, c, side);
    if (o->cfg.retired)
        o->cfg.retired(o->cfg.ctx, c);
}

void ms_oracle_end(struct ms_oracle *o)
{
    ms_model_finish(o->model);
}
