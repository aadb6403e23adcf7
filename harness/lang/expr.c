/* SPDX-License-Identifier: MIT */
/* Expressions by precedence climbing. Functions and properties are looked up here, bare names by the checks. */
#include "lang/internal.h"

#include <string.h>

/* Signs by level, loosest first, as in C. */
static const struct {
    char op;
    unsigned level;
} operators[] = {
    {'|', 1}, {'^', 2}, {'&', 3}, {'l', 4}, {'r', 4},
    {'+', 5}, {'-', 5}, {'*', 6}, {'/', 6}, {'%', 6},
};

/* Words that go on with a segment; where a value is wanted they mean that the value is missing. */
static const char reserved[] = "as within until commit keep no nodata data options octets";

static struct ms_expr *binary(struct lang_parser *p, unsigned level);

static struct ms_expr *node(struct lang_parser *p, enum ms_expr_kind kind)
{
    if (++p->terms > LANG_TERMS_MAX) {
        lang_error(p, &p->tok, NULL, "the expression is too long");
        return NULL;
    }
    struct ms_expr *e = ms_arena_alloc(p->a, sizeof *e);
    e->kind = kind;
    e->loc = p->tok.loc;
    return e;
}

static bool enter(struct lang_parser *p)
{
    if (++p->depth <= LANG_DEPTH_MAX)
        return true;
    p->depth--;
    return lang_error(p, &p->tok, NULL, "nested more than %u levels deep", LANG_DEPTH_MAX);
}

static struct ms_expr *parenthesised(struct lang_parser *p)
{
    if (!enter(p))
        return NULL;
    lang_open(p);
    struct ms_expr *e = binary(p, 1);
    p->depth--;
    return e != NULL && lang_close(p, ')') ? e : NULL;
}

/* How many arguments a function takes; '?' marks those that may be missing, '*' any number. */
static void arity(const char *args, size_t *least, size_t *most)
{
    *least = *most = 0;
    for (const char *s = args; *s != '\0';) {
        const size_t len = strcspn(s, " ");
        (*most)++;
        if (*s == '*') {
            *least = 1;
            *most = 8;
        } else if (s[len - 1] != '?') {
            (*least)++;
        }
        s += len + strspn(s + len, " ");
    }
}

static bool call_args(struct lang_parser *p, struct ms_expr *e, size_t most)
{
    e->arg = ms_arena_alloc(p->a, (most + 1) * sizeof *e->arg);
    if (lang_is_punct(p, ')'))
        return true;
    do {
        struct ms_expr *arg = binary(p, 1);
        if (arg == NULL)
            return false;
        if (e->n_args < most)
            e->arg[e->n_args] = arg;
        e->n_args++;
    } while (lang_accept_punct(p, ','));
    return true;
}

static struct ms_expr *call(struct lang_parser *p)
{
    const struct lang_token name = p->tok;
    const struct ms_word *f = lang_word_find(ms_functions, name.text);
    if (f == NULL) {
        struct lang_words w = {.a = p->a};
        lang_words_table(&w, ms_functions);
        lang_error(p, &name, lang_suggest(&w, name.text, NULL), "unknown function '%s'", name.text);
        return NULL;
    }
    struct ms_expr *e = node(p, MS_X_CALL);
    if (e == NULL || !enter(p))
        return NULL;
    e->text = name.text;
    size_t least, most;
    arity(f->args, &least, &most);
    lang_next(p);
    lang_open(p);
    const bool good = call_args(p, e, most);
    p->depth--;
    if (!good || !lang_close(p, ')'))
        return NULL;
    if (e->n_args < least || e->n_args > most) {
        lang_error(p, &name, ms_arena_printf(p->a, "it is %s(%s)", f->name, f->args),
                   "%s takes %zu argument%s, not %zu", f->name, e->n_args < least ? least : most,
                   (e->n_args < least ? least : most) == 1 ? "" : "s", e->n_args);
        return NULL;
    }
    return e;
}

/* A.snd_nxt */
static struct ms_expr *property(struct lang_parser *p)
{
    struct ms_expr *e = node(p, MS_X_PROP);
    if (e == NULL)
        return NULL;
    e->text = p->tok.text;
    lang_next(p);
    lang_next(p);
    if (p->tok.kind != T_WORD) {
        lang_expected(p, "the name of a property", NULL);
        return NULL;
    }
    if (lang_word_find(ms_props, p->tok.text) == NULL) {
        struct lang_words w = {.a = p->a};
        lang_words_table(&w, ms_props);
        lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, NULL), "unknown property '%s'",
                   p->tok.text);
        return NULL;
    }
    e->prop = p->tok.text;
    lang_next(p);
    return e;
}

static struct ms_expr *word(struct lang_parser *p)
{
    if (lang_ahead(p) == '(')
        return call(p);
    if (lang_in_list(reserved, p->tok.text)) {
        lang_expected(p, "a value", NULL);
        return NULL;
    }
    if (lang_adjacent(p) == '.')
        return property(p);
    struct ms_expr *e = node(p, lang_is(p, "any") ? MS_X_ANY : MS_X_NAME);
    if (e != NULL) {
        e->text = p->tok.text;
        lang_next(p);
    }
    return e;
}

static struct ms_expr *literal(struct lang_parser *p, enum ms_expr_kind kind)
{
    struct ms_expr *e = node(p, kind);
    if (e == NULL)
        return NULL;
    e->num = p->tok.num;
    e->octets = p->tok.octets;
    e->len = p->tok.n_octets;
    e->text = p->tok.text;
    e->addr = p->tok.addr;
    lang_next(p);
    return e;
}

static struct ms_expr *primary(struct lang_parser *p)
{
    switch (p->tok.kind) {
    case T_NUM:
        return literal(p, MS_X_NUM);
    case T_OCTETS:
        return literal(p, MS_X_OCTETS);
    case T_STRING:
        return literal(p, MS_X_STRING);
    case T_ADDR:
        return literal(p, MS_X_ADDR);
    case T_WORD:
        return word(p);
    case T_DURATION:
        lang_error(p, &p->tok, "durations stand behind `within` only",
                   "a duration is no value here");
        return NULL;
    default:
        if (lang_is_punct(p, '('))
            return parenthesised(p);
        lang_expected(p, "a value", NULL);
        return NULL;
    }
}

static struct ms_expr *unary(struct lang_parser *p)
{
    if (!lang_is_punct(p, '-'))
        return primary(p);
    struct ms_expr *e = node(p, MS_X_NEG);
    if (e == NULL || !enter(p))
        return NULL;
    lang_next(p);
    struct ms_expr *arg = unary(p);
    p->depth--;
    if (arg == NULL)
        return NULL;
    e->n_args = 1;
    e->arg = ms_arena_alloc(p->a, sizeof *e->arg);
    e->arg[0] = arg;
    return e;
}

static unsigned operator_level(const struct lang_parser *p)
{
    if (p->tok.kind == T_PUNCT)
        for (size_t i = 0; i < MS_ARRAY_LEN(operators); i++)
            if (operators[i].op == p->tok.punct)
                return operators[i].level;
    return 0;
}

static struct ms_expr *binary(struct lang_parser *p, unsigned level)
{
    struct ms_expr *left = unary(p);
    for (unsigned l; left != NULL && (l = operator_level(p)) >= level;) {
        struct ms_expr *e = node(p, MS_X_BIN);
        if (e == NULL)
            return NULL;
        e->op = p->tok.punct;
        e->n_args = 2;
        e->arg = ms_arena_alloc(p->a, 2 * sizeof *e->arg);
        lang_next(p);
        e->arg[0] = left;
        e->arg[1] = binary(p, l + 1);
        if (e->arg[1] == NULL)
            return NULL;
        left = e;
    }
    return left;
}

struct ms_expr *lang_expr(struct lang_parser *p)
{
    p->terms = 0;
    return binary(p, 1);
}

bool lang_duration(struct lang_parser *p, uint64_t *out_ns)
{
    if (p->tok.kind == T_NUM)
        return lang_error(p, &p->tok, "write it as 200ms or 3s", "a duration needs its unit");
    if (p->tok.kind != T_DURATION)
        return lang_expected(p, "a duration such as 200ms or 3s", NULL);
    if (p->tok.num == 0)
        return lang_error(p, &p->tok, NULL, "a duration of 0 leaves no time for anything");
    *out_ns = p->tok.num;
    lang_next(p);
    return true;
}

bool lang_cmp(struct lang_parser *p, enum ms_cmp *out)
{
    static const struct {
        char punct;
        enum ms_cmp cmp;
    } signs[] = {{'=', MS_CMP_EQ}, {'N', MS_CMP_NE}, {'<', MS_CMP_LT},
                 {'L', MS_CMP_LE}, {'>', MS_CMP_GT}, {'G', MS_CMP_GE}};
    if (p->tok.kind == T_PUNCT)
        for (size_t i = 0; i < MS_ARRAY_LEN(signs); i++)
            if (signs[i].punct == p->tok.punct) {
                *out = signs[i].cmp;
                lang_next(p);
                return true;
            }
    return false;
}
