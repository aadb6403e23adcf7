/* SPDX-License-Identifier: MIT */
/* Blocks of steps, and going on after a mistake. */
#include "lang/internal.h"

#include <string.h>

/* Inside open parentheses: does a new step begin here, so that the closing one was forgotten? */
static bool step_begins(const struct lang_parser *p)
{
    if (p->tok.kind != T_WORD)
        return false;
    for (size_t i = p->tok.off; i > p->line_start; i--)
        if (p->text[i - 1] != ' ' && p->text[i - 1] != '\t')
            return false;
    return lang_ahead(p) == ':' || lang_is(p, "let") || lang_is(p, "either");
}

static bool opens(const struct lang_parser *p)
{
    return lang_is_punct(p, '(') || lang_is_punct(p, '[') || lang_is_punct(p, '{');
}

static bool closes(const struct lang_parser *p)
{
    return lang_is_punct(p, ')') || lang_is_punct(p, ']') || lang_is_punct(p, '}');
}

/* One token inside parentheses; false when the statement ended all the same. */
static bool skip_inside(struct lang_parser *p)
{
    if (step_begins(p)) {
        p->paren = 0;
        return false;
    }
    if (opens(p))
        p->paren++;
    else if (closes(p))
        p->paren--;
    lang_next(p);
    return true;
}

void lang_recover(struct lang_parser *p)
{
    while (p->tok.kind != T_EOF) {
        if (p->paren > 0) {
            if (!skip_inside(p))
                return;
        } else if (p->tok.kind == T_END || lang_is_punct(p, '}')) {
            return;
        } else if (lang_is_punct(p, '{') && !p->prev_options) {
            struct ms_block ignored;
            lang_block(p, &ignored);
        } else {
            if (opens(p))
                p->paren++;
            lang_next(p);
        }
    }
    p->paren = 0;
}

static void add_step(struct lang_parser *p, struct ms_block *b, size_t *cap,
                     const struct ms_step *s)
{
    b->step = ms_arena_grow(p->a, b->step, cap, b->n, sizeof *b->step);
    b->step[b->n++] = *s;
}

/* The source of a step: its first line, without a comment where the step ends on it. */
static const char *step_text(const struct lang_parser *p, size_t from)
{
    size_t end = p->prev_end < from ? from : p->prev_end;
    const char *nl = memchr(p->text + from, '\n', end - from);
    if (nl != NULL)
        end = (size_t)(nl - p->text);
    while (end > from && strchr(" \t\r", p->text[end - 1]) != NULL)
        end--;
    return ms_arena_strndup(p->a, p->text + from, end - from);
}

static void one_step(struct lang_parser *p, struct ms_block *b, size_t *cap)
{
    struct ms_step s = {.loc = p->tok.loc};
    const size_t from = p->tok.off;
    if (++p->steps > LANG_STEPS_MAX) {
        lang_error(p, &p->tok, "split the case", "more than %u steps", LANG_STEPS_MAX);
        p->stop = true;
        lang_next(p);
        return;
    }
    bool good = lang_step(p, &s);
    if (good && !lang_at_end(p))
        good = lang_expected(p, "the end of the statement", NULL);
    if (!good) {
        lang_recover(p);
        return;
    }
    s.text = step_text(p, from);
    add_step(p, b, cap, &s);
}

void lang_steps(struct lang_parser *p, struct ms_block *b, bool inner)
{
    size_t cap = b->n;
    for (lang_skip_ends(p); p->tok.kind != T_EOF; lang_skip_ends(p)) {
        if (lang_is_punct(p, '}')) {
            if (inner)
                return;
            lang_error(p, &p->tok, NULL, "'}' closes nothing");
            lang_next(p);
            continue;
        }
        one_step(p, b, &cap);
    }
}

bool lang_block(struct lang_parser *p, struct ms_block *b)
{
    *b = (struct ms_block){.loc = p->tok.loc};
    const struct lang_token brace = p->tok;
    if (!lang_is_punct(p, '{'))
        return lang_expected(p, "'{'", NULL);
    if (p->depth >= LANG_DEPTH_MAX) {
        /* Going on would only find the braces that close what was not read. */
        lang_error(p, &brace, NULL, "blocks nested more than %u levels deep", LANG_DEPTH_MAX);
        p->stop = true;
        lang_next(p);
        return false;
    }
    p->depth++;
    lang_next(p);
    lang_steps(p, b, true);
    p->depth--;
    if (p->tok.kind == T_EOF)
        return p->stop ? false : lang_error(p, &brace, NULL, "this '{' is never closed");
    lang_next(p);
    return true;
}
