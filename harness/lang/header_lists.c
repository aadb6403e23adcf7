/* SPDX-License-Identifier: MIT */
/* Headers with lists: needs, foreach, sysctl, altered. */
#include "lang/internal.h"

#include <string.h>

const char *lang_source(const struct lang_parser *p, size_t from)
{
    const size_t end = p->prev_end < from ? from : p->prev_end;
    char *out = ms_arena_alloc(p->a, end - from + 1);
    size_t n = 0;
    for (size_t i = from; i < end; i++)
        if (strchr(" \t\r\n", p->text[i]) == NULL)
            out[n++] = p->text[i];
    return out;
}

/* A list goes on behind its comma on the next line. */
bool lang_comma(struct lang_parser *p)
{
    if (!lang_accept_punct(p, ','))
        return false;
    lang_skip_ends(p);
    return true;
}

static bool need_service(struct lang_parser *p, const char *name)
{
    if (p->c->service != NULL)
        return lang_error(p, &p->tok, NULL, "a second service: '%s' was asked for before",
                          p->c->service);
    p->c->service = name;
    lang_next(p);
    if (strcmp(name, "source") != 0)
        return true;
    if (p->tok.kind != T_NUM)
        return lang_expected(p, "how many octets the source sends", "needs source 64k");
    p->c->service_arg = p->tok.num;
    lang_next(p);
    return true;
}

static bool need(struct lang_parser *p)
{
    const struct ms_word *w =
        p->tok.kind == T_WORD ? lang_word_find(lang_needs, p->tok.text) : NULL;
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "what the case needs", NULL);
    if (w == NULL) {
        struct lang_words words = {.a = p->a};
        lang_words_table(&words, lang_needs);
        return lang_error(p, &p->tok, lang_suggest(&words, p->tok.text, NULL), "unknown need '%s'",
                          p->tok.text);
    }
    if (lang_in_list("echo discard source", w->name))
        return need_service(p, w->name);
    const char *text = w->name;
    lang_next(p);
    if (strcmp(w->name, "sysctl") == 0) {
        if (p->tok.kind == T_BAD || !lang_wide(p, ".-"))
            return lang_expected(p, "the name of a sysctl", NULL);
        text = ms_arena_printf(p->a, "sysctl:%s", p->tok.text);
        lang_next(p);
    }
    if (strcmp(w->name, "program") == 0) {
        if (p->tok.kind == T_BAD || !lang_wide(p, ".-+"))
            return lang_expected(p, "the name of a program", "needs program ncat");
        text = ms_arena_printf(p->a, "program:%s", p->tok.text);
        lang_next(p);
    }
    struct ms_case *c = p->c;
    c->needs = ms_arena_grow(p->a, c->needs, &p->cap_needs, c->n_needs, sizeof *c->needs);
    c->needs[c->n_needs++] = text;
    return true;
}

bool lang_needs_header(struct lang_parser *p)
{
    do {
        if (!need(p))
            return false;
    } while (lang_comma(p));
    return true;
}

/* foreach NAME in v, v, ... */
static bool foreach_value(struct lang_parser *p, struct ms_foreach *f, size_t *cap_values,
                          size_t *cap_labels)
{
    const struct lang_token at = p->tok;
    if (f->n >= LANG_VALUES_MAX)
        return lang_error(p, &at, NULL, "more than %u values", LANG_VALUES_MAX);
    struct ms_expr *e = lang_expr(p);
    if (e == NULL)
        return false;
    if (e->kind == MS_X_ANY)
        return lang_error(p, &at, NULL, "`any` is no value");
    const char *label = e->kind == MS_X_STRING && lang_plain_text(e->text, e->len)
                            ? e->text
                            : lang_source(p, at.off);
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->label[i], label) == 0)
            return lang_error(p, &at, NULL, "value %s is given twice", label);
    f->value = ms_arena_grow(p->a, f->value, cap_values, f->n, sizeof *f->value);
    f->label = ms_arena_grow(p->a, f->label, cap_labels, f->n, sizeof *f->label);
    f->value[f->n] = e;
    f->label[f->n++] = label;
    return true;
}

bool lang_foreach(struct lang_parser *p)
{
    struct ms_case *c = p->c;
    struct ms_foreach f = {.loc = p->tok.loc};
    const struct lang_token at = p->tok;
    if (!lang_expect_word(p, &f.name, "a name behind `foreach`"))
        return false;
    for (size_t i = 0; i < c->n_foreach; i++)
        if (strcmp(c->foreach[i].name, f.name) == 0)
            return lang_error(p, &at, NULL, "'%s' is already defined on line %u", f.name,
                              c->foreach[i].loc.line);
    if (!lang_accept(p, "in"))
        return lang_expected(p, "`in`", "write `foreach version in 0, 2, 15`");
    size_t cap_values = 0, cap_labels = 0;
    do {
        if (!foreach_value(p, &f, &cap_values, &cap_labels))
            return false;
    } while (lang_comma(p));
    if (c->n_foreach >= LANG_HANDLES_MAX)
        return lang_error(p, &at, NULL, "more than %u tables of values", LANG_HANDLES_MAX);
    c->foreach = ms_arena_grow(p->a, c->foreach, &p->cap_foreach, c->n_foreach, sizeof *c->foreach);
    c->foreach[c->n_foreach++] = f;
    return true;
}

/* sysctl NAME = VALUE: a verb that runs before everything else */
bool lang_sysctl_header(struct lang_parser *p)
{
    struct ms_step s = {
        .kind = MS_STEP_VERB, .loc = p->tok.loc, .subject = "iut", .name = "sysctl"};
    const size_t from = p->tok.off;
    if (p->tok.kind != T_WORD || !lang_wide(p, ".-"))
        return lang_expected(p, "the name of a sysctl", NULL);
    struct lang_args list = {0};
    struct ms_arg *arg = lang_args_add(p, &list);
    arg->name = p->tok.text;
    lang_next(p);
    if (!lang_expect_punct(p, '=', "'='"))
        return false;
    arg->value = lang_expr(p);
    if (arg->value == NULL)
        return false;
    s.n_args = 1;
    s.arg = arg;
    s.text = ms_arena_printf(p->a, "sysctl %s", lang_source(p, from));
    p->front.step =
        ms_arena_grow(p->a, p->front.step, &p->cap_front, p->front.n, sizeof *p->front.step);
    p->front.step[p->front.n++] = s;
    return true;
}

/* Escapes take more places than they mean. */
unsigned lang_inside_string(const struct lang_parser *p, const struct lang_token *s,
                            unsigned column)
{
    size_t i = s->off + 1;
    for (unsigned n = 1; n < column && i + 1 < s->off + s->len; n++)
        i += p->text[i] != '\\' ? 1 : p->text[i + 1] == 'x' ? 4 : 2;
    return s->loc.column + (unsigned)(i - s->off);
}

bool lang_rewrite(struct lang_parser *p, const char *example, const char ***list, size_t *n,
                  size_t *cap)
{
    if (p->tok.kind != T_STRING)
        return lang_expected(p, "a rewrite as a string", example);
    const struct lang_token s = p->tok;
    struct ms_error err = {0};
    if (strlen(s.text) != s.n_octets)
        return lang_error(p, &s, NULL, "a NUL octet in a rewrite");
    if (lang_rewrite_check(s.text, false, &err) < 0) {
        struct ms_loc at = s.loc;
        at.column = lang_inside_string(p, &s, err.column > 0 ? err.column : 1);
        return lang_error_at(p, at, 0, "`mptcpspec list rewrites` lists them", "%s", err.msg);
    }
    *list = ms_arena_grow(p->a, *list, cap, *n, sizeof **list);
    (*list)[(*n)++] = s.text;
    lang_next(p);
    return true;
}

/* when NAME = VALUE, ... */
static bool when(struct lang_parser *p, struct ms_altered *alt)
{
    struct lang_args list = {0};
    do {
        struct ms_arg *arg = lang_args_add(p, &list);
        if (!lang_expect_word(p, &arg->name, "the name of a foreach, or `family`") ||
            !lang_expect_punct(p, '=', "'='"))
            return false;
        arg->value = lang_expr(p);
        if (arg->value == NULL)
            return false;
    } while (lang_comma(p));
    alt->n_when = list.n;
    alt->when = list.arg;
    return true;
}

bool lang_altered(struct lang_parser *p)
{
    struct ms_case *c = p->c;
    struct ms_altered alt = {.loc = p->tok.loc};
    size_t cap = 0;
    do {
        if (!lang_rewrite(p, "altered \"rx flip mp_join.hmac\" fails R-3.2-14", &alt.rewrite,
                          &alt.n_rewrites, &cap))
            return false;
    } while (lang_comma(p));
    lang_skip_ends(p);
    if (!lang_accept(p, "fails"))
        return lang_expected(p, "`fails` and a requirement", NULL);
    do {
        if (!lang_requirement(p, &alt.fails))
            return false;
    } while (lang_comma(p));
    const struct lang_parser before = *p;
    lang_skip_ends(p);
    if (!lang_is(p, "when")) {
        *p = before;
    } else {
        lang_next(p);
        if (!when(p, &alt))
            return false;
    }
    c->altered = ms_arena_grow(p->a, c->altered, &p->cap_altered, c->n_altered, sizeof *c->altered);
    c->altered[c->n_altered++] = alt;
    return true;
}

/* position ID READING */
bool lang_position(struct lang_parser *p)
{
    struct ms_case *c = p->c;
    struct ms_held h = {.loc = p->tok.loc};
    struct lang_words w = {.a = p->a};
    if (p->tok.kind == T_BAD || !lang_wide(p, "-"))
        return lang_expected(p, "a position", "`mptcpspec list positions` lists them");
    h.position = ms_position_find(p->tok.text);
    for (const struct ms_position *x = ms_positions; x->id; x++)
        lang_words_add(&w, x->id);
    if (!h.position)
        return lang_error(p, &p->tok,
                          lang_suggest(&w, p->tok.text, "`mptcpspec list positions` lists them"),
                          "unknown position '%s'", p->tok.text);
    for (size_t i = 0; i < c->n_positions; i++)
        if (c->position[i].position == h.position)
            return lang_error(p, &p->tok, NULL, "position '%s' is given twice", h.position->id);
    lang_next(p);
    const char *names = ms_arena_printf(p->a, "`%s` or `%s`", h.position->reading[0].name,
                                        h.position->reading[1].name);
    if (p->tok.kind == T_BAD || !lang_wide(p, "-"))
        return lang_expected(p, names, NULL);
    int reading = ms_reading_find(h.position, p->tok.text);
    if (reading < 0)
        return lang_error(p, &p->tok, names, "position '%s' has no reading '%s'", h.position->id,
                          p->tok.text);
    h.reading = (unsigned)reading;
    lang_next(p);
    c->position =
        ms_arena_grow(p->a, c->position, &p->cap_positions, c->n_positions, sizeof *c->position);
    c->position[c->n_positions++] = h;
    return true;
}
