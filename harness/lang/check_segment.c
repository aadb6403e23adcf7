/* SPDX-License-Identifier: MIT */
/* Segments: no demand contradicts another, every value can stand in its field, the options fit a header. */
#include "lang/internal.h"

#include <string.h>

#define OPTIONS_MAX 40u

static const struct ms_arg *arg_find(const struct ms_optspec *o, const char *name)
{
    for (size_t i = 0; i < o->n_args; i++)
        if (strcmp(o->arg[i].name, name) == 0)
            return &o->arg[i];
    return NULL;
}

/* `no map` beside `dsn = 1`: what leaves a part out and what speaks of it. */
static void check_parts(struct lang_check *k, const struct ms_optspec *o)
{
    static const struct {
        const char *option, *part, *members;
    } parts[] = {
        {"dss", "map", "dsn ssn dll csum dsn4 dsn8"},
        {"dss", "ack", "dack dack4 dack8"},
        {"mp_capable", "keys", "sender_key receiver_key dll csum"},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(parts); i++) {
        const struct ms_arg *part =
            strcmp(o->name->name, parts[i].option) == 0 ? arg_find(o, parts[i].part) : NULL;
        for (size_t m = 0; part != NULL && part->negated && m < o->n_args; m++)
            if (!o->arg[m].negated && lang_in_list(parts[i].members, o->arg[m].name))
                lang_error_at(k->p, o->arg[m].loc, 0, NULL, "`no %s` leaves no '%s'", part->name,
                              o->arg[m].name);
    }
}

static void check_option(struct lang_check *k, const struct ms_optspec *o, bool send)
{
    if (send && !o->negated && strcmp(o->name->name, "mptcp") == 0)
        lang_error_at(k->p, o->loc, 0,
                      "octets that no name stands for are written raw(x\"1e03..\")",
                      "'mptcp' names any option of kind 30: it cannot be sent");
    const struct lang_ctx ctx = {.option = o->name->name, .any = !send};
    for (size_t i = 0; i < o->n_args; i++) {
        const struct ms_arg *a = &o->arg[i];
        if (a->value != NULL) {
            lang_check_expr(k, a->value, &ctx);
            if (o->field[i] != NULL)
                lang_check_fits(k, a->value, o->field[i]);
            if (a->value->kind == MS_X_ANY && a->cmp != MS_CMP_EQ)
                lang_error_at(k->p, a->value->loc, 0, NULL, "`any` can be compared with '=' only");
        }
        if (a->bind != NULL)
            lang_define(k, &k->vars, a->bind, a->loc);
    }
    check_parts(k, o);
    const struct ms_arg *octets = strcmp(o->name->name, "raw") == 0 ? arg_find(o, "octets") : NULL;
    if (octets != NULL && octets->value != NULL && lang_type_of(k, octets->value) == L_NUM)
        lang_error_at(k->p, octets->value->loc, 0, "octets are written x\"0a 0b\"",
                      "raw takes octets, not a number");
    if (send && !o->negated && strcmp(o->name->name, "raw") == 0 &&
        (octets == NULL || octets->value == NULL))
        lang_error_at(k->p, o->loc, 0, "raw(x\"1e 03 f0\")", "raw needs the octets to send");
}

static bool is_mptcp(const struct ms_optspec *o)
{
    return o->name->kind == MS_TCPOPT_MPTCP;
}

/* `no X` beside X, `no mptcp` beside any of its subtypes. */
static void check_absent(struct lang_check *k, const struct ms_segspec *s, size_t i)
{
    const struct ms_optspec *no = &s->opt[i];
    const bool all = strcmp(no->name->name, "mptcp") == 0;
    for (size_t j = 0; j < s->n_opts; j++) {
        const struct ms_optspec *o = &s->opt[j];
        if (j == i || (o->name != no->name && !(all && is_mptcp(o))))
            continue;
        if (!o->negated) {
            lang_error_at(k->p, o->loc, 0, NULL, "'%s' contradicts `no %s`", o->name->name,
                          no->name->name);
            return;
        }
        if (j > i && o->name == no->name) {
            lang_error_at(k->p, o->loc, 0, NULL, "`no %s` is given twice", o->name->name);
            return;
        }
    }
}

static void check_payload(struct lang_check *k, const struct ms_segspec *s, bool send)
{
    const struct lang_ctx ctx = {.option = "tcp"};
    const struct lang_ctx length = {.option = "tcp", .any = !send};
    if (s->payload_len != NULL) {
        lang_check_expr(k, s->payload_len, &length);
        lang_check_number(k, s->payload_len, (uint64_t)1 << 30);
    }
    if (s->payload_octets != NULL)
        lang_check_expr(k, s->payload_octets, &ctx);
    if (s->variant == NULL)
        return;
    lang_check_expr(k, s->variant, &ctx);
    if (s->payload != MS_PAYLOAD_STREAM)
        lang_error_at(k->p, s->variant->loc, 0, NULL, "`variant` changes the content of `data N`");
}

static bool says_nothing(const struct ms_segspec *s)
{
    return !s->has_flags && !s->any_flags && s->payload == MS_PAYLOAD_UNSAID && s->n_opts == 0 &&
           s->n_fields == 0 && !s->exact_options;
}

void lang_check_segment(struct lang_check *k, const struct ms_segspec *s, bool send)
{
    const struct lang_ctx ctx = {.option = "tcp", .any = !send};
    for (size_t i = 0; i < s->n_opts; i++) {
        check_option(k, &s->opt[i], send);
        if (s->opt[i].negated)
            check_absent(k, s, i);
        lang_check_tags(k, &s->opt[i].tags);
    }
    for (size_t i = 0; i < s->n_fields; i++) {
        if (s->fields[i].bind != NULL) {
            lang_define(k, &k->vars, s->fields[i].bind, s->fields[i].loc);
            continue;
        }
        lang_check_expr(k, s->fields[i].value, &ctx);
        lang_check_fits(k, s->fields[i].value, s->field[i]);
    }
    check_payload(k, s, send);
    const unsigned length = lang_options_length(s, send);
    if (length > OPTIONS_MAX)
        lang_error_at(k->p, s->loc, 0, NULL,
                      "these options take at least %u octets, a header has room for %u", length,
                      OPTIONS_MAX);
    if (!send && says_nothing(s))
        lang_error_at(k->p, s->loc, 0, "`any` is every segment",
                      "this expects nothing in particular");
    if (s->as != NULL)
        lang_define(k, &k->segs, s->as, s->loc);
    lang_check_tags(k, &s->tags);
}
