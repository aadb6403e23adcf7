/* SPDX-License-Identifier: MIT */
/* What the hosts are expected to show: sockets, programs, counters, events, what they speak. */
#include "interop/interop_int.h"

#include <string.h>

struct look {
    struct scene *s;
    const struct ms_step *st;
    struct host *h;
    struct ms_buf *why;
    struct attempt *t;
};

static void decide(struct look *l, bool met, bool hopeless)
{
    l->t->state = met ? TRY_MET : hopeless ? TRY_FAILED : TRY_YET;
}

static const char *word_of(const struct ms_arg *a)
{
    if (a->name)
        return a->name;
    return a->value && (a->value->kind == MS_X_NAME || a->value->kind == MS_X_STRING)
               ? a->value->text
               : "";
}

/* ---- what it speaks ---- */

static const char *speech_text(enum speech sp)
{
    static const char *const text[] = {"nothing yet", "MPTCP", "plain TCP"};
    return text[sp];
}

static void speech(struct look *l, enum speech want, bool may_change)
{
    enum speech is = l->h->data != SPEECH_NONE ? l->h->data : l->h->acks;
    decide(l, is == want, is != SPEECH_NONE && is != want && !may_change);
    ms_buf_printf(l->why, "the newest %s of the %s is %s", l->h->data ? "data" : "segment",
                  l->h->name, speech_text(is));
}
static void look_mptcp(struct look *l)
{
    speech(l, SPEECH_MPTCP, false); /* RFC 8684 3.7: what has fallen back stays so */
}
static void look_fallback(struct look *l)
{
    speech(l, SPEECH_PLAIN, true);
}

/* ---- programs ---- */

static void look_listening(struct look *l)
{
    const struct ms_arg *a = l->st->n_args ? &l->st->arg[0] : NULL;
    uint64_t port = MS_SCENARIO_PORT;
    if (a && a->value && !ms_value_num(&l->s->names, a->value, &port))
        return;
    l->t->poll_ms = TICK_MS;
    l->t->local = true;
    int got = ms_listening(l->s->lab.host[l->h->which].ns_iut, (uint16_t)port, &l->s->err);
    if (got < 0)
        scene_broken(l->s, "%s: %s", l->h->name, l->s->err.msg);
    decide(l, got == 1, false);
    ms_buf_printf(l->why, "no socket of the %s listens on port %llu", l->h->name,
                  (unsigned long long)port);
}

static struct program *program_arg(struct look *l)
{
    const char *name = l->st->n_args ? word_of(&l->st->arg[0]) : "";
    struct program *p = command_find(l->s, name);
    if (!p || p->host != l->h) {
        scene_broken(l->s, "no program of the %s was started as '%s'", l->h->name, name);
        return NULL;
    }
    return p;
}

static void look_exit(struct look *l)
{
    struct program *p = program_arg(l);
    const struct ms_arg *a = &l->st->arg[0];
    int status = 0;
    l->t->local = true;
    uint64_t want = 0;
    if (!p || (a->value && !ms_value_num(&l->s->names, a->value, &want)))
        return;
    if (!ms_program_ended(p->run, &status)) {
        ms_buf_printf(l->why, "%s is still running%s", p->name, command_last(l->s, p->run));
        return;
    }
    struct ms_value is, wanted;
    ms_value_set_num(&is, (uint64_t)status);
    ms_value_set_num(&wanted, want);
    decide(l, ms_value_compare(&is, a->cmp, &wanted), true);
    ms_buf_printf(l->why, "%s ended with status %d%s", p->name, status, command_last(l->s, p->run));
}

static void look_output(struct look *l)
{
    struct program *p = program_arg(l);
    if (!p)
        return;
    const struct ms_arg *a = &l->st->arg[0];
    const char *text = ms_instance_text(l->s->a, l->s->cfg->instance, a->value->text);
    size_t n;
    bool ended = ms_program_ended(p->run, NULL), has = false;
    for (int err = 0; err < 2; err++)
        has |= strstr(ms_program_output(p->run, err, &n), text) != NULL;
    l->t->poll_ms = TICK_MS;
    l->t->local = true;
    if (a->negated)
        decide(l, !has, has); /* as far as it has printed */
    else
        decide(l, has, ended);
    if (l->t->state != TRY_MET)
        ms_buf_printf(l->why, "'%s' %s%s", text, has ? "was printed" : "was not printed",
                      command_last(l->s, p->run));
}

/* ---- numbers ---- */

/* What only grows is past it for ever; MPCurrEstab and its like count what there is. */
static bool past(const char *name, enum ms_cmp cmp, uint64_t is, uint64_t want)
{
    if (strstr(name, "CurrEstab"))
        return false;
    return ((cmp == MS_CMP_EQ || cmp == MS_CMP_LE) && is > want) ||
           (cmp == MS_CMP_LT && is >= want);
}

/* Compares each counter with what is expected of it. */
static void look_counter(struct look *l)
{
    bool met = true, hopeless = false;
    l->t->poll_ms = TICK_MS;
    if (!counters_read(l->h)) /* the namespace is new: differences since the scenario began */
        return;
    for (size_t i = 0; i < l->st->n_args; i++) {
        const struct ms_arg *a = &l->st->arg[i];
        uint64_t want = 0, is = 0;
        if (!a->name || !a->value)
            continue;
        if (!ms_value_num(&l->s->names, a->value, &want))
            return;
        if (!counter_get(l->h, a->name, &is)) {
            scene_lacks(l->s, ms_arena_printf(l->s->a, "the kernel of the %s has no %s", l->h->name,
                                              a->name));
            return;
        }
        struct ms_value g, w;
        ms_value_set_num(&g, is);
        ms_value_set_num(&w, want);
        if (!ms_value_compare(&g, a->cmp, &w)) {
            ms_buf_printf(l->why, "%s%s: expected %llu, is %llu", l->why->len ? "\n" : "", a->name,
                          (unsigned long long)want, (unsigned long long)is);
            met = false;
            hopeless |= past(a->name, a->cmp, is, want);
        }
    }
    decide(l, met, hopeless);
}

/* ---- events ---- */

static void look_event(struct look *l)
{
    const char *want = l->st->n_args ? word_of(&l->st->arg[0]) : "";
    size_t n = strlen(want);
    bool met = false;
    for (size_t i = 0; n && i < l->h->n_pm_event && !met; i++)
        met = strncmp(l->h->pm_event[i], want, n) == 0 &&
              (l->h->pm_event[i][n] == ' ' || l->h->pm_event[i][n] == '\0');
    decide(l, met, false);
    ms_buf_printf(l->why, "no such event among the %zu that the %s told", l->h->n_pm_event,
                  l->h->name);
}

/* ---- ss ---- */

/* The newest connection: ss lists the sockets of a hash table, so the one that is no listener, the last of them. */
static const struct ms_ss_row *newest_row(struct look *l)
{
    size_t len = 0, n = 0;
    struct ms_ss_row *row = NULL, *found = NULL;
    const char *text = command_read(l->s, l->h, ms_ss_argv, &len);
    if (!text)
        return NULL;
    if (ms_ss_parse(l->s->a, text, len, &row, &n, &l->s->err) != MS_OK) {
        scene_broken(l->s, "ss of the %s: %s", l->h->name, l->s->err.msg);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(row[i].state, "LISTEN") != 0)
            found = &row[i];
    return found;
}

static void ss_value(struct look *l, const struct ms_ss_row *row, const struct ms_arg *a, bool *met)
{
    uint64_t want = 0, is = 0;
    const char *name = word_of(a);
    bool wire = !a->name || !a->value ||
                (a->value->kind == MS_X_NAME && strcmp(a->value->text, "token") == 0);
    if (wire)
        want = l->h->key_seen ? ms_token(l->h->key) : 0;
    else if (!ms_value_num(&l->s->names, a->value, &want))
        return;
    enum ms_cmp cmp = wire ? MS_CMP_EQ : a->cmp;
    bool there = ms_ss_value(row, name, &is);
    struct ms_value g, w;
    ms_value_set_num(&g, is);
    ms_value_set_num(&w, want);
    /* ss leaves out what is 0. */
    if (ms_value_compare(&g, cmp, &w) && (there || !wire))
        return;
    *met = false;
    ms_buf_printf(l->why, "%s%s: expected %llu%s, is %llu%s", l->why->len ? "\n" : "", name,
                  (unsigned long long)want, wire ? " by the key on the wire" : "",
                  (unsigned long long)is, there ? "" : " (not shown)");
}

static void look_ss(struct look *l)
{
    l->t->poll_ms = SS_TICK_MS;
    const struct ms_ss_row *row = newest_row(l);
    if (!row) {
        ms_buf_printf(l->why, "ss shows no MPTCP connection of the %s", l->h->name);
        return;
    }
    bool met = true;
    for (size_t i = 0; i < l->st->n_args; i++)
        ss_value(l, row, &l->st->arg[i], &met);
    decide(l, met, false);
}

static const struct {
    const char *name;
    void (*look)(struct look *l);
} looks[] = {
    {"mptcp", look_mptcp},         {"fallback", look_fallback},
    {"listening", look_listening}, {"exit", look_exit},
    {"output", look_output},       {"counter", look_counter},
    {"event", look_event},         {"ss", look_ss},
};

static void try_look(struct scene *s, const struct ms_step *st, bool explain, struct attempt *t)
{
    struct ms_buf why = {0};
    struct look l = {.s = s, .st = st, .h = host_of(s, st), .why = &why, .t = t};
    t->state = TRY_YET;
    for (size_t i = 0; i < MS_ARRAY_LEN(looks); i++)
        if (strcmp(looks[i].name, st->name) == 0)
            looks[i].look(&l);
    if (explain)
        t->text = ms_arena_strdup(s->a, why.data ? why.data : "");
    ms_buf_free(&why);
}

enum go host_expect_step(struct scene *s, const struct ms_step *st)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(looks); i++)
        if (strcmp(looks[i].name, st->name) == 0)
            return scene_expect(s, st, try_look);
    scene_broken(s, "%s: expect '%s' is not known", st->subject, st->name);
    return GO_STOP;
}
