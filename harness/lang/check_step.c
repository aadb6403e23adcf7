/* SPDX-License-Identifier: MIT */
/* Steps in the order in which they run: what is opened, defined, judged. */
#include "lang/internal.h"

#include <string.h>

static void check_args(struct lang_check *k, const struct ms_step *s)
{
    const struct lang_ctx none = {.words = ""};
    for (size_t i = 0; i < s->n_args; i++) {
        const struct ms_arg *a = &s->arg[i];
        if (strcmp(a->name, "of") == 0) {
            if (a->value == NULL || a->value->kind != MS_X_NAME)
                lang_error_at(k->p, a->loc, 0, "write `of = A`",
                              "`of` names the handle of the connection");
            else
                lang_handle_use(k, a->value->text, a->value->loc);
        } else if (lang_in_list("from to", a->name)) {
            if (a->value == NULL) {
                lang_error_at(k->p, a->loc, 0, "such as `from = t2`", "'%s' needs an address",
                              a->name);
                continue;
            }
            lang_check_expr(k, a->value, &none);
            const enum lang_type t = lang_type_of(k, a->value);
            if (t != L_ADDR && t != L_UNKNOWN)
                lang_error_at(k->p, a->value->loc, 0, "such as t2 or 192.0.2.1",
                              "'%s' needs an address", a->name);
        } else if (a->value != NULL) {
            lang_check_expr(k, a->value, &none);
        }
    }
}

static void check_group(struct lang_check *k, const struct ms_step *s)
{
    if (lang_in_list("close abort", s->name))
        lang_handle_use(k, s->subject, s->loc);
    check_args(k, s);
    lang_handle_add(k, s->subject, s->loc);
}

static void check_new(struct lang_check *k, const struct ms_step *s)
{
    check_args(k, s);
    lang_handle_add(k, s->subject, s->loc);
}

static bool has_syn(const struct ms_segspec *seg)
{
    return seg->has_flags && (seg->flags & MS_TH_SYN) != 0;
}

static void check_send(struct lang_check *k, const struct ms_step *s)
{
    if (has_syn(s->seg))
        lang_handle_add(k, s->subject, s->loc);
    else
        lang_handle_use(k, s->subject, s->loc);
    lang_check_segment(k, s->seg, true);
}

static void check_resend(struct lang_check *k, const struct ms_step *s)
{
    lang_handle_use(k, s->subject, s->loc);
    if (lang_known(&k->segs, s->name))
        return;
    struct lang_words w = {.a = k->p->a};
    lang_scope_words(&w, &k->segs);
    lang_error_at(
        k->p, s->loc, 0,
        lang_suggest(&w, s->name, "`as NAME` behind send, hold or expect names a segment"),
        "no segment is named '%s'", s->name);
}

/* The control of a silence, or of an expectation that must be met before it. */
static void check_control(struct lang_check *k, const struct ms_step *s)
{
    if (s->n_blocks == 0)
        return;
    if (s->block[0].n == 0)
        lang_error_at(k->p, s->block[0].loc, 1,
                      "something that the IUT answers through the same mechanism",
                      "the control is empty");
    lang_check_block(k, &s->block[0]);
}

static void check_expect(struct lang_check *k, const struct ms_step *s)
{
    if (has_syn(s->seg))
        lang_handle_add(k, s->subject, s->loc);
    else
        lang_handle_use(k, s->subject, s->loc);
    lang_check_segment(k, s->seg, false);
    check_control(k, s);
}

/* What must not come may be the SYN that would open the handle. */
static void check_absence(struct lang_check *k, const struct ms_step *s)
{
    if (k->c->role == MS_ROLE_BOTH) {
        lang_check_wire(k, s);
        return;
    }
    if (s->subject != NULL && !has_syn(s->seg))
        lang_handle_use(k, s->subject, s->loc);
    lang_check_segment(k, s->seg, false);
}

static void check_expect_no(struct lang_check *k, const struct ms_step *s)
{
    check_absence(k, s);
    check_control(k, s);
}

static void check_state(struct lang_check *k, const struct ms_step *s)
{
    const struct lang_ctx none = {.words = ""};
    lang_handle_use(k, s->subject, s->loc);
    if (s->value != NULL) {
        lang_check_expr(k, s->value, &none);
        lang_check_number(k, s->value, (uint64_t)1 << 40);
    }
    lang_check_tags(k, &s->tags);
    check_control(k, s);
}

static void check_handle_only(struct lang_check *k, const struct ms_step *s)
{
    lang_handle_use(k, s->subject, s->loc);
}

static void check_let(struct lang_check *k, const struct ms_step *s)
{
    const struct lang_ctx none = {.words = ""};
    lang_check_expr(k, s->value, &none);
    lang_define(k, &k->vars, s->name, s->loc);
}

static bool expects(const struct ms_step *s)
{
    switch (s->kind) {
    case MS_STEP_EXPECT:
    case MS_STEP_EXPECT_NO:
    case MS_STEP_STATE:
    case MS_STEP_IUT_EXPECT:
    case MS_STEP_RECEIVED:
        return true;
    default:
        return false;
    }
}

static void hide(struct lang_scope *scope, size_t from, bool hidden)
{
    for (size_t i = from; i < scope->n; i++)
        scope->name[i].hidden = hidden;
}

/* Names of one alternative are unknown in the others; behind the step all are known. */
static void check_either(struct lang_check *k, const struct ms_step *s)
{
    const size_t vars = k->vars.n, segs = k->segs.n;
    for (size_t i = 0; i < s->n_blocks; i++) {
        const struct ms_block *b = &s->block[i];
        hide(&k->vars, vars, true);
        hide(&k->segs, segs, true);
        if (b->n == 0)
            lang_error_at(k->p, b->loc, 1, NULL, "an alternative is empty");
        else if (!expects(&b->step[0]))
            lang_error_at(
                k->p, b->step[0].loc, 0, NULL,
                "an alternative begins with an expectation, which decides whether it is taken");
        lang_check_block(k, b);
    }
    hide(&k->vars, vars, false);
    hide(&k->segs, segs, false);
}

static void check_all(struct lang_check *k, const struct ms_step *s)
{
    const struct ms_block *b = &s->block[0];
    if (b->n == 0)
        lang_error_at(k->p, b->loc, 1, NULL, "`all` expects nothing");
    for (size_t i = 0; i < b->n; i++)
        if (!expects(&b->step[i]) || b->step[i].n_blocks != 0)
            lang_error_at(k->p, b->step[i].loc, 0, NULL,
                          "only expectations without `no` and `before` can stand in `all`");
    lang_check_block(k, b);
}

static void check_path(struct lang_check *k, const struct ms_step *s)
{
    const uint64_t n = s->value->kind == MS_X_NUM ? s->value->num : 0;
    if (s->value->kind != MS_X_NUM || n == 0)
        lang_error_at(k->p, s->value->loc, 0, NULL, "paths are numbered from 1");
    else if (k->topo != NULL && n > k->topo->n_paths)
        lang_error_at(k->p, s->value->loc, 0, NULL, "topology %s has %u path%s only", k->topo->name,
                      k->topo->n_paths, k->topo->n_paths == 1 ? "" : "s");
}

static void check_iut(struct lang_check *k, const struct ms_step *s)
{
    /* A connection may be named by the verb that makes it, before its handle has seen a segment. */
    if (s->on != NULL && !lang_in_list("connect accept listen connected accepted", s->name))
        lang_handle_use(k, s->on, s->loc);
    lang_check_verb(k, s);
    lang_check_tags(k, &s->tags);
}

static void check_received(struct lang_check *k, const struct ms_step *s)
{
    if (s->on != NULL)
        lang_handle_use(k, s->on, s->loc);
    const struct lang_ctx none = {.words = ""};
    lang_check_expr(k, s->value, &none);
    lang_check_number(k, s->value, (uint64_t)1 << 40);
    lang_check_tags(k, &s->tags);
}

static void (*const checks[])(struct lang_check *k, const struct ms_step *s) = {
    [MS_STEP_GROUP] = check_group,
    [MS_STEP_NEW] = check_new,
    [MS_STEP_SEND] = check_send,
    [MS_STEP_HOLD] = check_send,
    [MS_STEP_RESEND] = check_resend,
    [MS_STEP_EXPECT] = check_expect,
    [MS_STEP_EXPECT_NO] = check_expect_no,
    [MS_STEP_STATE] = check_state,
    [MS_STEP_AUTO] = check_handle_only,
    [MS_STEP_LET] = check_let,
    [MS_STEP_EITHER] = check_either,
    [MS_STEP_ALL] = check_all,
    [MS_STEP_GUARD] = check_absence,
    [MS_STEP_PATH] = check_path,
    [MS_STEP_STRICT] = NULL,
    [MS_STEP_VERB] = check_iut,
    [MS_STEP_IUT_EXPECT] = check_iut,
    [MS_STEP_RECEIVED] = check_received,
    [MS_STEP_BOX] = lang_check_path_number,
    [MS_STEP_HOST_VERB] = lang_check_host,
    [MS_STEP_HOST_EXPECT] = lang_check_host,
    [MS_STEP_TRANSFER] = lang_check_transfer,
    [MS_STEP_TRANSFER_EXPECT] = lang_check_transfer_expect,
    [MS_STEP_WIRE] = lang_check_wire,
};

void lang_check_block(struct lang_check *k, const struct ms_block *b)
{
    for (size_t i = 0; i < b->n && !k->p->stop; i++)
        if (checks[b->step[i].kind] != NULL)
            checks[b->step[i].kind](k, &b->step[i]);
}
