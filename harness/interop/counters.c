/* SPDX-License-Identifier: MIT */
/* Counters of both hosts, and those that must not move unless a scenario says so. */
#include "interop/interop_int.h"

#include <string.h>

/*
 * What counts an error, a refusal or the loss of MPTCP. Data that came late, twice or was sent again is no error: it
 * moves on undisturbed transfers too.
 */
static const char *const troubles[] = {
    "MPCapableFallbackACK",
    "MPCapableFallbackSYNACK",
    "MPCapableSYNTXDrop",
    "MPCapableSYNTXDisabled",
    "MPFallbackTokenInit",
    "MPJoinNoTokenFound",
    "MPJoinSynAckHMacFailure",
    "MPJoinAckHMacFailure",
    "MPJoinRejected",
    "MPJoinSynTxCreatSkErr",
    "MPJoinSynTxBindErr",
    "MPJoinSynTxConnectErr",
    "DSSNotMatching",
    "DSSCorruptionFallback",
    "DSSCorruptionReset",
    "InfiniteMapTx",
    "InfiniteMapRx",
    "DSSNoMatchTCP",
    "DataCsumErr",
    "AddAddrTxDrop",
    "AddAddrDrop",
    "EchoAddTxDrop",
    "RmAddrDrop",
    "RmAddrTxDrop",
    "MismatchPortSynRx",
    "MismatchPortAckRx",
    "MPFailTx",
    "MPFailRx",
    "MPFastcloseTx",
    "MPFastcloseRx",
    "MPRstTx",
    "MPRstRx",
    "SubflowStale",
    "Blackhole",
    "MPCapableDataFallback",
    "MD5SigFallback",
    "DssFallback",
    "SimultConnectFallback",
    "FallbackFailed",
};

#define MPTCP_PREFIX "MPTcpExt."

bool counters_read(struct host *h)
{
    struct ms_verb v = {.kind = MS_VERB_COUNTERS, .path = -1};
    struct ms_done d;
    if (!host_verb_now(h, &v, &d))
        return false;
    if (d.err) {
        scene_broken(h->scene, "%s: counters: %s", h->name, strerror(d.err));
        return false;
    }
    size_t n = d.len / sizeof(struct ms_counter);
    if (n > h->cap_counters) {
        h->counters = ms_arena_alloc(h->scene->a, n * sizeof *h->counters);
        h->cap_counters = n;
    }
    memcpy(h->counters, d.data, n * sizeof *h->counters);
    h->n_counters = n;
    return true;
}

bool counter_get(const struct host *h, const char *name, uint64_t *out)
{
    for (size_t i = 0; i < h->n_counters; i++)
        if (strcmp(h->counters[i].name, name) == 0) {
            *out = h->counters[i].value;
            return true;
        }
    return false;
}

static bool names_it(const struct ms_step *st, const char *name)
{
    for (size_t i = 0; i < st->n_args; i++) {
        const struct ms_arg *a = &st->arg[i];
        const char *word = a->name                                     ? a->name
                           : a->value && a->value->kind == MS_X_NAME   ? a->value->text
                           : a->value && a->value->kind == MS_X_STRING ? a->value->text
                                                                       : "";
        if (strcmp(word, name) == 0)
            return true;
    }
    return false;
}

/* The scenario has an expectation of its own for it, or allows that it moves. */
static bool spoken_of(const struct scene *s, const struct ms_block *b, const struct host *h,
                      const char *name)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct ms_step *st = &b->step[i];
        bool speaks = (st->kind == MS_STEP_HOST_EXPECT && strcmp(st->name, "counter") == 0) ||
                      (st->kind == MS_STEP_HOST_VERB && strcmp(st->name, "allow") == 0);
        if (speaks && strcmp(st->subject, h->name) == 0 && names_it(st, name))
            return true;
        for (size_t k = 0; k < st->n_blocks; k++)
            if (spoken_of(s, &st->block[k], h, name))
                return true;
    }
    return false;
}

static bool is_trouble(const char *name)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(troubles); i++)
        if (strcmp(troubles[i], name) == 0)
            return true;
    return false;
}

static void conclude_host(struct scene *s, struct host *h, struct ms_buf *all)
{
    struct ms_buf b = {0};
    for (size_t i = 0; i < h->n_counters; i++) {
        const struct ms_counter *c = &h->counters[i];
        if (!c->value || strncmp(c->name, MPTCP_PREFIX, sizeof MPTCP_PREFIX - 1) != 0)
            continue;
        ms_buf_printf(&b, "%s%s +%llu", b.len ? ", " : "", c->name, (unsigned long long)c->value);
        if (s->result->verdict < MS_INCONC && is_trouble(c->name + sizeof MPTCP_PREFIX - 1) &&
            !spoken_of(s, &s->c->steps, h, c->name))
            ms_record_reason(&s->record, MS_FAIL, "", NULL, NULL, 0,
                             ms_arena_printf(s->a,
                                             "counter %s of the %s moved to %llu, which the "
                                             "scenario does not provide for",
                                             c->name, h->name, (unsigned long long)c->value));
    }
    if (b.len) {
        ms_record_note(&s->record, NULL, h->name, b.data);
        ms_buf_printf(all, "%s%s: %s", all->len ? "; " : "", h->name, b.data);
    }
    ms_buf_free(&b);
}

void counters_conclude(struct scene *s)
{
    struct ms_buf all = {0};
    for (int i = 0; i < 2 && !s->broken; i++)
        if (s->host[i] && s->host[i]->target && counters_read(s->host[i]))
            conclude_host(s, s->host[i], &all);
    s->result->counters = ms_arena_strdup(s->a, all.data ? all.data : "");
    ms_buf_free(&all);
}
