/* SPDX-License-Identifier: MIT */
/* Argument lists of groups and verbs, and requirement tags. */
#include "lang/internal.h"

#include <string.h>

struct ms_arg *lang_args_add(struct lang_parser *p, struct lang_args *list)
{
    list->arg = ms_arena_grow(p->a, list->arg, &list->cap, list->n, sizeof *list->arg);
    struct ms_arg *arg = &list->arg[list->n++];
    *arg = (struct ms_arg){.loc = p->tok.loc};
    return arg;
}

static bool twice(struct lang_parser *p, const struct lang_args *list, const struct lang_token *at,
                  const char *name)
{
    for (size_t i = 0; i + 1 < list->n; i++)
        if (list->arg[i].name != NULL && strcmp(list->arg[i].name, name) == 0) {
            lang_error(p, at, NULL, "'%s' is given twice", name);
            return true;
        }
    return false;
}

static bool unknown_arg(struct lang_parser *p, const char *words, const char *what)
{
    struct lang_words w = {.a = p->a};
    lang_words_list(&w, words);
    const char *otherwise =
        w.n > 0 ? ms_arena_printf(p->a, "it takes: %s", words[0] == '*' ? words + 2 : words) : NULL;
    if (w.n == 0)
        return lang_error(p, &p->tok, NULL, "%s takes no arguments", what);
    return lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, otherwise),
                      "%s has no argument '%s'", what, p->tok.text);
}

static bool named_arg(struct lang_parser *p, const char *words, const char *what,
                      struct lang_args *list)
{
    struct ms_arg *arg = lang_args_add(p, list);
    arg->negated = lang_accept(p, "no");
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "the name of an argument", NULL);
    const struct lang_token name = p->tok;
    if (!lang_in_list(words, name.text))
        return unknown_arg(p, words, what);
    if (twice(p, list, &name, name.text))
        return false;
    arg->name = name.text;
    lang_next(p);
    if (arg->negated || !lang_is_punct(p, '='))
        return true;
    lang_next(p);
    arg->value = lang_expr(p);
    return arg->value != NULL;
}

bool lang_named_args(struct lang_parser *p, const char *words, const char *what, struct ms_step *s)
{
    struct lang_args list = {0};
    if (!lang_is_punct(p, '('))
        return true;
    lang_open(p);
    if (!lang_is_punct(p, ')')) {
        do {
            if (!named_arg(p, words, what, &list))
                return false;
        } while (lang_accept_punct(p, ','));
    }
    s->n_args = list.n;
    s->arg = list.arg;
    return lang_close(p, ')');
}

/* Is the word at hand a dotted name that a comparison follows (net.mptcp.enabled = 0)? Takes it then. */
static bool dotted_name(struct lang_parser *p)
{
    if (lang_adjacent(p) != '.')
        return false;
    const struct lang_parser before = *p;
    lang_wide(p, ".-");
    const char next = lang_ahead(p);
    if (next == '=' || next == '<' || next == '>' || next == '!')
        return true;
    *p = before;
    return false;
}

/* Names that this verb lets stand before '='; a lone "*" admits every name. */
static bool admits(const struct ms_word *verb, const char *name)
{
    return strcmp(verb->args, "*") == 0 || lang_in_list(verb->args, name);
}

static bool verb_value(struct lang_parser *p, const struct ms_word *verb, bool expect,
                       struct ms_arg *arg, const struct lang_args *list)
{
    const struct lang_token name = p->tok;
    if (!admits(verb, name.text))
        return unknown_arg(p, verb->args, ms_arena_printf(p->a, "'%s'", verb->name));
    if (twice(p, list, &name, name.text))
        return false;
    arg->name = name.text;
    lang_next(p);
    const struct lang_token sign = p->tok;
    if (!lang_cmp(p, &arg->cmp))
        return lang_expected(p, "'='", NULL);
    if (!expect && arg->cmp != MS_CMP_EQ)
        return lang_error(p, &sign, NULL, "a verb sets values: only '=' can stand here");
    arg->value = lang_expr(p);
    return arg->value != NULL;
}

static bool verb_arg(struct lang_parser *p, const struct ms_word *verb, bool expect,
                     struct lang_args *list)
{
    if (list->n >= LANG_ARGS_MAX)
        return lang_error(p, &p->tok, NULL, "more than %u arguments", LANG_ARGS_MAX);
    struct ms_arg *arg = lang_args_add(p, list);
    if (p->tok.kind == T_WORD) {
        const char next = lang_ahead(p);
        if (dotted_name(p) || next == '=' || next == '<' || next == '>' || next == '!')
            return verb_value(p, verb, expect, arg, list);
        if (verb->args[0] != '\0' && lang_in_list(verb->args, p->tok.text)) {
            arg->name = p->tok.text;
            lang_next(p);
            return true;
        }
    }
    if (verb->args[0] == '\0')
        return lang_error(p, &p->tok, NULL, "'%s' takes no arguments", verb->name);
    if (!lang_in_list(verb->args, "*"))
        return lang_error(p, &p->tok, ms_arena_printf(p->a, "name it: %s", verb->args),
                          "'%s' takes named arguments only", verb->name);
    arg->value = lang_expr(p);
    return arg->value != NULL;
}

bool lang_verb_args(struct lang_parser *p, const struct ms_word *verb, bool expect,
                    struct ms_step *s)
{
    struct lang_args list = {0};
    const bool paren = lang_is_punct(p, '(');
    if (paren)
        lang_open(p);
    while (!lang_at_end(p) && !lang_is_punct(p, ')') && !lang_is_punct(p, '[') &&
           !lang_is(p, "within")) {
        if (!verb_arg(p, verb, expect, &list))
            return false;
        if (lang_is_punct(p, ',')) {
            lang_next(p);
            if (lang_at_end(p) || lang_is_punct(p, ')'))
                return lang_expected(p, "another argument behind the comma", NULL);
        }
    }
    s->n_args = list.n;
    s->arg = list.arg;
    return !paren || lang_close(p, ')');
}

bool lang_requirement(struct lang_parser *p, struct ms_tags *tags)
{
    if (p->tok.kind == T_BAD || !lang_wide(p, ".-"))
        return lang_expected(p, "a requirement such as R-3.2-34", NULL);
    const struct ms_catalogue *cat = p->env->catalogue;
    const struct ms_requirement *r = cat != NULL ? ms_catalogue_find(cat, p->tok.text) : NULL;
    if (r == NULL) {
        const struct lang_words w = {
            .a = p->a, .n = cat != NULL ? cat->n : 0, .word = cat != NULL ? cat->ids : NULL};
        return lang_error(p, &p->tok,
                          lang_suggest(&w, p->tok.text, "`mptcpspec list requirements` lists them"),
                          "unknown requirement '%s'", p->tok.text);
    }
    for (size_t i = 0; i < tags->n; i++)
        if (tags->req[i] == r)
            return lang_error(p, &p->tok, NULL, "'%s' is given twice", r->id);
    const struct ms_requirement **more = ms_arena_alloc(p->a, (tags->n + 1) * sizeof *more);
    if (tags->n > 0)
        memcpy(more, tags->req, tags->n * sizeof *more);
    more[tags->n++] = r;
    tags->req = more;
    lang_next(p);
    return true;
}

bool lang_tags(struct lang_parser *p, struct ms_tags *tags)
{
    lang_open(p);
    do {
        if (!lang_requirement(p, tags))
            return false;
    } while (lang_accept_punct(p, ','));
    return lang_close(p, ']');
}
