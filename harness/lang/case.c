/* SPDX-License-Identifier: MIT */
/* A case file from front to back: headers, steps, checks. */
#include "lang/internal.h"

#include <string.h>

static void require(struct lang_parser *p, const char *word, bool there, const char *example)
{
    const struct ms_loc at = p->c->name != NULL ? p->c->loc : (struct ms_loc){p->file, 1, 1};
    if (!there)
        lang_error_at(p, at, 0, example, "header `%s` is missing", word);
}

/* A header that was there but wrong is reported once, as wrong. */
static bool seen(const struct lang_parser *p, size_t row)
{
    return (p->headers_seen & (uint32_t)1 << row) != 0;
}

/* A word that begins neither a header nor a step: a header with a slip in it. */
static bool unknown_header(struct lang_parser *p)
{
    const char ahead = lang_ahead(p);
    if (p->tok.kind != T_WORD || ahead == ':' || ahead == '(' ||
        lang_word_find(lang_statements, p->tok.text) != NULL ||
        lang_word_find(lang_handle_steps, p->tok.text) != NULL ||
        lang_word_find(ms_iut_verbs, p->tok.text) != NULL)
        return false;
    struct lang_words w = {.a = p->a};
    lang_words_table(&w, lang_headers);
    lang_words_table(&w, lang_statements);
    lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, NULL), "unknown header '%s'", p->tok.text);
    return true;
}

static void headers(struct lang_parser *p)
{
    lang_skip_ends(p);
    if (p->tok.kind != T_EOF && !lang_is(p, "case"))
        lang_expected(p, "`case NAME` at the front of the file", NULL);
    if (p->tok.kind != T_EOF && !lang_is_header(p))
        lang_recover(p);
    for (lang_skip_ends(p); p->tok.kind != T_EOF; lang_skip_ends(p)) {
        if (lang_is_header(p) ? !lang_header(p) : unknown_header(p))
            lang_recover(p);
        else if (p->tok.kind != T_END)
            break;
    }
    /* Rows 0, 1, 2 and 4 of the table of headers. */
    if (p->c->role == MS_ROLE_BOTH && !seen(p, 4))
        p->c->topology = "interop-one-path";
    require(p, "case", seen(p, 0), "case area.role.what");
    require(p, "purpose", seen(p, 1), "purpose \"What the case shows, in one sentence.\"");
    require(p, "iut", seen(p, 2), "`iut listener` or `iut initiator`");
}

/* A setting of the IUT is one of both hosts in a scenario. */
static void set_both(struct lang_parser *p)
{
    static const char *const hosts[] = {"client", "server"};
    struct ms_step *both = ms_arena_alloc(p->a, (2 * p->front.n + 1) * sizeof *both);
    for (size_t i = 0; i < 2 * p->front.n; i++) {
        both[i] = p->front.step[i / 2];
        both[i].kind = MS_STEP_HOST_VERB;
        both[i].subject = hosts[i % 2];
    }
    p->front.n *= 2;
    p->front.step = both;
}

/* Headers that make steps go to the front. */
static void put_front(struct lang_parser *p)
{
    struct ms_block *steps = &p->c->steps;
    if (p->c->role == MS_ROLE_BOTH)
        set_both(p);
    if (p->front.n == 0)
        return;
    struct ms_step *all = ms_arena_alloc(p->a, (p->front.n + steps->n) * sizeof *all);
    memcpy(all, p->front.step, p->front.n * sizeof *all);
    if (steps->n > 0)
        memcpy(all + p->front.n, steps->step, steps->n * sizeof *all);
    steps->step = all;
    steps->n += p->front.n;
}

struct ms_case *ms_case_parse(struct ms_arena *a, const char *file, const char *text, size_t len,
                              const struct ms_lang_env *env, struct ms_diags *diags)
{
    struct lang_parser p = {
        .a = a,
        .file = ms_arena_strdup(a, file),
        .text = text,
        .len = len,
        .env = env,
        .diags = diags,
        .diags_before = diags->n,
    };
    if (diags->arena == NULL)
        diags->arena = a;
    p.c = ms_arena_alloc(a, sizeof *p.c);
    p.c->file = p.file;
    p.c->loc = (struct ms_loc){p.file, 1, 1};
    p.c->family4 = p.c->family6 = true;
    p.c->topology = "one-path";
    if (!lang_text_is_good(&p))
        return NULL;
    lang_start(&p);
    headers(&p);
    p.c->steps.loc = p.tok.loc;
    lang_steps(&p, &p.c->steps, false);
    put_front(&p);
    /* What the checks say about names is of use only when every statement was understood. */
    if (diags->n > p.diags_before || !lang_check_case(&p))
        return NULL;
    return p.c;
}
