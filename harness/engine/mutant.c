/* SPDX-License-Identifier: MIT */
/*
 * What a mutant does besides rewrites: deviations of the tester that the IUT never sees, so that it looks like one that
 * does not check, and actions of its application that are left out.
 */
#include "engine/draft.h"

#include <string.h>

static bool of_option(const struct ms_repair *r, const char *option)
{
    if (r->payload)
        return false;
    if (!r->option)
        return strcmp(option, "tcp") == 0;
    if (strcmp(r->option->name, option) == 0)
        return true;
    /* A bare `mptcp` is every option of kind 30. */
    const struct ms_option_name *name = ms_option_name_find(option);
    return r->option->kind == MS_TCPOPT_MPTCP && r->option->subtype < 0 && name &&
           name->kind == MS_TCPOPT_MPTCP && !r->field;
}

bool draft_mends(const struct draft *d, const char *option, const char *field, bool wrong)
{
    const struct ms_mutant *m = d->e->cfg->mutant;
    for (size_t i = 0; d->twin && i < m->n_repairs; i++) {
        const struct ms_repair *r = &m->repair[i];
        if (of_option(r, option) && (r->field ? field && strcmp(r->field, field) == 0 : wrong))
            return true;
    }
    return false;
}

bool draft_mends_option(const struct draft *d, const char *option)
{
    return draft_mends(d, option, NULL, true);
}

bool draft_mends_payload(const struct draft *d)
{
    const struct ms_mutant *m = d->e->cfg->mutant;
    for (size_t i = 0; d->twin && i < m->n_repairs; i++)
        if (m->repair[i].payload)
            return true;
    return false;
}

bool draft_mended(const struct draft *d, struct octets *out)
{
    struct engine *e = d->e;
    uint8_t frame[FRAME_MAX];
    if (!e->cfg->mutant || e->cfg->mutant->n_repairs == 0)
        return true;
    const struct ms_rng rng =
        e->rng; /* the second of the twins must not cost the case its numbers */
    struct draft twin = {.e = e, .f = d->f, .s = d->s, .twin = d};
    size_t len;
    bool ok = draft_build(&twin) && draft_encode(&twin, frame, &len);
    e->rng = rng;
    if (ok && (len != out->len || memcmp(frame, out->p, len) != 0))
        *out = (struct octets){ms_arena_memdup(e->a, frame, len), len};
    return ok;
}

/* ---- actions left out ------------------------------------------------------------------------------------ */

static bool among(const char *word, const struct ms_arg *arg, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct ms_expr *x = arg[i].value;
        const char *text = arg[i].name                                             ? arg[i].name
                           : x && (x->kind == MS_X_NAME || x->kind == MS_X_STRING) ? x->text
                                                                                   : NULL;
        if (text && strcmp(text, word) == 0)
            return true;
    }
    return false;
}

static bool leaves_out(const struct engine *e, const char *verb, const struct ms_arg *arg, size_t n)
{
    const struct ms_mutant *m = e->cfg->mutant;
    for (size_t i = 0; m && i < m->n_without; i++) {
        const struct ms_left_out *x = &m->without[i];
        bool all = strcmp(x->verb, verb) == 0;
        for (size_t k = 0; k < x->n_words; k++)
            all = all && among(x->word[k], arg, n);
        if (all)
            return true;
    }
    return false;
}

bool verb_left_out(struct engine *e, const char *verb, const struct ms_arg *arg, size_t n,
                   const char *text)
{
    if (!leaves_out(e, verb, arg, n))
        return false;
    for (int done = 0; done < 2; done++) {
        struct ms_event *ev = ms_trace_add(e->trace, done ? MS_EV_DONE : MS_EV_ACTION, ms_now_ns());
        ev->line = e->step ? e->step->loc.line : 0;
        ev->handle = "iut";
        ev->ok = done;
        ev->text = done ? ms_arena_printf(e->a, "%s done (left out by the mutant)", verb)
                        : ms_arena_strdup(e->a, text);
    }
    e->mutant_hits++;
    return true;
}
