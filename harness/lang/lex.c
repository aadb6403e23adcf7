/* SPDX-License-Identifier: MIT */
/* Tokens on demand: the parser says how wide a word may be and whether newlines count. */
#include "lang/internal.h"

#include <string.h>

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char at(const struct lang_parser *p, size_t off)
{
    return off < p->len ? p->text[off] : '\0';
}

/* Blanks, comments, and newlines where they do not count. */
static void skip_blank(struct lang_parser *p)
{
    while (p->pos < p->len) {
        const char c = p->text[p->pos];
        if (c == ' ' || c == '\t' || c == '\r') {
            p->pos++;
        } else if (c == '#') {
            const char *nl = memchr(p->text + p->pos, '\n', p->len - p->pos);
            p->pos = nl != NULL ? (size_t)(nl - p->text) : p->len;
        } else if (c == '\n' && p->paren > 0) {
            p->pos++;
            p->line++;
            p->line_start = p->pos;
        } else {
            break;
        }
    }
}

/* Signs of two characters and the letter that stands for each. */
static const struct {
    char text[3];
    char letter;
} pairs[] = {{"<=", 'L'}, {">=", 'G'}, {"!=", 'N'}, {"<<", 'l'}, {">>", 'r'}};

static void lex_sign(struct lang_parser *p, struct lang_token *t)
{
    const char c = at(p, t->off);
    for (size_t i = 0; i < MS_ARRAY_LEN(pairs); i++)
        if (c == pairs[i].text[0] && at(p, t->off + 1) == pairs[i].text[1]) {
            t->kind = T_PUNCT;
            t->punct = pairs[i].letter;
            t->len = 2;
            return;
        }
    t->len = 1;
    if (c != '\0' && strchr("(){}[]=<>,.:+-*/%&|^", c) != NULL) {
        t->kind = T_PUNCT;
        t->punct = c;
        return;
    }
    const size_t utf8 = lang_utf8(p->text + t->off, p->len - t->off);
    if (c == '=' && at(p, t->off + 1) == '=')
        t->len = 2;
    if (utf8 > 1) {
        t->len = utf8;
        lex_bad(t, "this character can stand only in a comment or a string", NULL);
    } else if (c == '\0') {
        lex_bad(t, "a NUL octet in a text file", NULL);
    } else if (c == '\'') {
        lex_bad(t, "strings stand in double quotes", NULL);
    } else if (c == '!') {
        lex_bad(t, "stray '!'", "'is not' is written !=");
    } else {
        lex_bad(t, "this character has no meaning here", NULL);
    }
}

static void lex_word(struct lang_parser *p, struct lang_token *t)
{
    t->kind = T_WORD;
    while (is_alpha(at(p, t->off + t->len)) || is_digit(at(p, t->off + t->len)))
        t->len++;
    t->text = ms_arena_strndup(p->a, p->text + t->off, t->len);
}

static void lex(struct lang_parser *p)
{
    skip_blank(p);
    struct lang_token t = {
        .off = p->pos,
        .loc = {p->file, p->line, (unsigned)(p->pos - p->line_start) + 1},
    };
    const char c = at(p, p->pos);
    if (p->stop || p->pos >= p->len) {
        t.kind = T_EOF;
        t.off = p->pos < p->len ? p->pos : p->len;
    } else if (c == '\n') {
        t.kind = T_END;
        t.len = 1;
        p->line++;
        p->line_start = p->pos + 1;
    } else if (c == ';' && p->paren == 0) {
        t.kind = T_END;
        t.len = 1;
    } else if (c == ';') {
        t.len = 1;
        lex_bad(&t, "';' inside parentheses", "arguments are separated by commas");
    } else if (c == 'x' && at(p, p->pos + 1) == '"') {
        lex_octets(p, &t);
    } else if (is_alpha(c)) {
        lex_word(p, &t);
    } else if (is_digit(c)) {
        lex_number(p, &t);
    } else if (c == '"') {
        lex_string(p, &t);
    } else if (c != '[' || !lex_bracket_addr(p, &t)) {
        lex_sign(p, &t);
    }
    p->pos = t.off + t.len;
    p->tok = t;
}

void lang_start(struct lang_parser *p)
{
    p->line = 1;
    lex(p);
}

void lang_next(struct lang_parser *p)
{
    p->prev_end = p->tok.off + p->tok.len;
    p->prev_options = p->tok.kind == T_WORD && strcmp(p->tok.text, "options") == 0;
    if (p->tok.kind != T_EOF)
        lex(p);
}

bool lang_wide(struct lang_parser *p, const char *more)
{
    if (p->tok.kind == T_EOF || p->tok.kind == T_END || p->tok.kind == T_STRING)
        return false;
    size_t n = 0;
    for (char c; (c = at(p, p->tok.off + n)) != '\0' &&
                 (is_alpha(c) || is_digit(c) || strchr(more, c) != NULL);)
        n++;
    if (n == 0)
        return false;
    p->tok.kind = T_WORD;
    p->tok.len = n;
    p->tok.text = ms_arena_strndup(p->a, p->text + p->tok.off, n);
    p->pos = p->tok.off + n;
    return true;
}

char lang_ahead(const struct lang_parser *p)
{
    size_t i = p->pos;
    while (at(p, i) == ' ' || at(p, i) == '\t')
        i++;
    return at(p, i);
}

char lang_adjacent(const struct lang_parser *p)
{
    return at(p, p->pos);
}

bool lang_is(const struct lang_parser *p, const char *word)
{
    return p->tok.kind == T_WORD && strcmp(p->tok.text, word) == 0;
}

bool lang_is_punct(const struct lang_parser *p, char punct)
{
    return p->tok.kind == T_PUNCT && p->tok.punct == punct;
}

bool lang_accept(struct lang_parser *p, const char *word)
{
    if (!lang_is(p, word))
        return false;
    lang_next(p);
    return true;
}

bool lang_accept_punct(struct lang_parser *p, char punct)
{
    if (!lang_is_punct(p, punct))
        return false;
    lang_next(p);
    return true;
}

bool lang_expect_punct(struct lang_parser *p, char punct, const char *what)
{
    return lang_accept_punct(p, punct) || lang_expected(p, what, NULL);
}

bool lang_expect_word(struct lang_parser *p, const char **out, const char *what)
{
    if (p->tok.kind != T_WORD)
        return lang_expected(p, what, NULL);
    *out = p->tok.text;
    lang_next(p);
    return true;
}

void lang_open(struct lang_parser *p)
{
    p->paren++;
    lang_next(p);
}

bool lang_close(struct lang_parser *p, char punct)
{
    if (!lang_is_punct(p, punct)) {
        const char what[] = {'\'', punct, '\'', '\0'};
        return lang_expected(p, ms_arena_strdup(p->a, what), NULL);
    }
    if (p->paren > 0)
        p->paren--;
    lang_next(p);
    return true;
}

bool lang_at_end(const struct lang_parser *p)
{
    return p->tok.kind == T_END || p->tok.kind == T_EOF || lang_is_punct(p, '}');
}

void lang_skip_ends(struct lang_parser *p)
{
    while (p->tok.kind == T_END)
        lang_next(p);
}
