/* SPDX-License-Identifier: MIT */
/* One TCP option of a segment with its arguments, all names looked up. */
#include "lang/internal.h"

#include <string.h>

static const struct ms_word *pseudo_find(const char *option, const char *name)
{
    const size_t n = strlen(option);
    for (const struct ms_word *w = ms_pseudo_args; w->name != NULL; w++)
        if (strncmp(w->name, option, n) == 0 && w->name[n] == '.' &&
            strcmp(w->name + n + 1, name) == 0)
            return w;
    return NULL;
}

static bool has_field(const struct ms_option_name *o, const char *name)
{
    return ms_field_find(o->name, name) != NULL || pseudo_find(o->name, name) != NULL;
}

/* Every argument name that the option knows. */
static void field_words(struct lang_words *w, const struct ms_option_name *o)
{
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++)
        if (strcmp(f->option, o->name) == 0)
            lang_words_add(w, f->name);
    const size_t n = strlen(o->name);
    for (const struct ms_word *s = ms_pseudo_args; s->name != NULL; s++)
        if (strncmp(s->name, o->name, n) == 0 && s->name[n] == '.')
            lang_words_add(w, s->name + n + 1);
}

/* Options of one obvious value take it without a name: mss(1460), wscale(7), raw(x"1e03"). */
static const char *positional(const struct ms_option_name *o)
{
    if (strcmp(o->name, "raw") == 0)
        return "octets";
    if (o->kind == MS_TCPOPT_MPTCP)
        return NULL;
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++)
        if (strcmp(f->option, o->name) == 0 && strcmp(f->name, "len") != 0 &&
            strcmp(f->name, "kind") != 0)
            return f->name;
    return NULL;
}

static bool unknown_field(struct lang_parser *p, const struct ms_option_name *o)
{
    struct lang_words w = {.a = p->a};
    field_words(&w, o);
    const char *all = NULL;
    for (size_t i = 0; i < w.n && i < 24; i++)
        all = all == NULL ? w.word[i] : ms_arena_printf(p->a, "%s %s", all, w.word[i]);
    const char *otherwise = all != NULL ? ms_arena_printf(p->a, "it has: %s", all) : NULL;
    return lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, otherwise), "%s has no field '%s'",
                      o->name, p->tok.text);
}

static bool bind(struct lang_parser *p, struct ms_arg *arg)
{
    if (!lang_accept(p, "as"))
        return true;
    return lang_expect_word(p, &arg->bind, "the name to bind behind `as`");
}

/* [cmp EXPR] [as NAME] behind a field name */
static bool field_value(struct lang_parser *p, bool send, struct ms_arg *arg)
{
    const struct lang_token sign = p->tok;
    if (lang_cmp(p, &arg->cmp)) {
        if (send && arg->cmp != MS_CMP_EQ)
            return lang_error(p, &sign, NULL,
                              "what is sent has one value: only '=' can stand here");
        arg->value = lang_expr(p);
        if (arg->value == NULL)
            return false;
    }
    return bind(p, arg);
}

static bool option_arg(struct lang_parser *p, const struct ms_option_name *o, bool send,
                       struct lang_args *list)
{
    struct ms_arg *arg = lang_args_add(p, list);
    const struct lang_token start = p->tok;
    arg->negated = lang_accept(p, "no");
    const char *value_name = positional(o);
    if (p->tok.kind == T_WORD && has_field(o, p->tok.text)) {
        arg->name = p->tok.text;
        lang_next(p);
        if (!arg->negated && !field_value(p, send, arg))
            return false;
    } else if (arg->negated || value_name == NULL) {
        return p->tok.kind == T_WORD ? unknown_field(p, o)
                                     : lang_expected(p, "the name of a field", NULL);
    } else {
        const char next = p->tok.kind == T_WORD ? lang_ahead(p) : '\0';
        if (next == '=' || next == '<' || next == '>' || next == '!')
            return unknown_field(p, o);
        arg->name = value_name;
        arg->value = lang_expr(p);
        if (arg->value == NULL || !bind(p, arg))
            return false;
    }
    for (size_t i = 0; i + 1 < list->n; i++)
        if (strcmp(list->arg[i].name, arg->name) == 0)
            return lang_error(p, &start, NULL, "'%s' is given twice", arg->name);
    return true;
}

bool lang_option(struct lang_parser *p, bool negated, bool send, struct ms_optspec *out)
{
    *out = (struct ms_optspec){.loc = p->tok.loc, .negated = negated};
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "the name of an option", NULL);
    out->name = ms_option_name_find(p->tok.text);
    if (out->name == NULL) {
        struct lang_words w = {.a = p->a};
        for (const struct ms_option_name *o = ms_option_names; o->name != NULL; o++)
            lang_words_add(&w, o->name);
        return lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, NULL), "unknown option '%s'",
                          p->tok.text);
    }
    lang_next(p);
    if (!lang_is_punct(p, '('))
        return true;
    if (negated)
        return lang_error(p, &p->tok,
                          "leave the parentheses out, or write `expect no` with the option",
                          "`no %s` means the whole option", out->name->name);
    struct lang_args list = {0};
    lang_open(p);
    if (!lang_is_punct(p, ')')) {
        do {
            if (!option_arg(p, out->name, send, &list))
                return false;
        } while (lang_accept_punct(p, ','));
    }
    out->n_args = list.n;
    out->arg = list.arg;
    out->field = ms_arena_alloc(p->a, (list.n + 1) * sizeof *out->field);
    for (size_t i = 0; i < list.n; i++)
        out->field[i] = ms_field_find(out->name->name, list.arg[i].name);
    return lang_close(p, ')');
}
