/* SPDX-License-Identifier: MIT */
/* The steps of a case. */
#include "lang/internal.h"

#include <string.h>

static struct ms_block *one_block(struct lang_parser *p, struct ms_step *s)
{
    s->n_blocks = 1;
    s->block = ms_arena_alloc(p->a, sizeof *s->block);
    return s->block;
}

/* ---- steps of a handle -------------------------------------------------------------------------------- */

static bool group(struct lang_parser *p, struct ms_step *s)
{
    const struct ms_word *g = lang_word_find(ms_groups, p->tok.text);
    s->kind = MS_STEP_GROUP;
    s->name = g->name;
    lang_next(p);
    return lang_named_args(p, g->args, ms_arena_printf(p->a, "'%s'", g->name), s);
}

static bool new_handle(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_NEW;
    lang_next(p);
    if (!lang_is_punct(p, '('))
        return lang_expected(p, "'(' behind `new`",
                             ms_arena_printf(p->a, "new takes: %s", lang_new_args[0].args));
    return lang_named_args(p, lang_new_args[0].args, "'new'", s);
}

static bool send(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_SEND;
    lang_next(p);
    s->seg = lang_segment(p, true);
    return s->seg != NULL;
}

static bool hold(struct lang_parser *p, struct ms_step *s)
{
    const struct lang_token at = p->tok;
    s->kind = MS_STEP_HOLD;
    lang_next(p);
    s->seg = lang_segment(p, true);
    if (s->seg == NULL)
        return false;
    if (s->seg->as == NULL)
        return lang_error(p, &at, "write `hold ... as NAME`, later `resend NAME`",
                          "what is held needs a name");
    s->name = s->seg->as;
    return true;
}

static bool resend(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_RESEND;
    lang_next(p);
    return lang_expect_word(p, &s->name, "the name of a segment");
}

static bool auto_switch(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_AUTO;
    lang_next(p);
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "what to switch", NULL);
    if (lang_word_find(ms_autos, p->tok.text) == NULL) {
        struct lang_words w = {.a = p->a};
        lang_words_table(&w, ms_autos);
        return lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, NULL),
                          "nothing automatic is called '%s'", p->tok.text);
    }
    s->name = p->tok.text;
    lang_next(p);
    s->flag = lang_is(p, "on");
    return lang_accept(p, "on") || lang_accept(p, "off") || lang_expected(p, "`on` or `off`", NULL);
}

/* [before { ... }]: the expectation must be met before the control is answered. */
static bool before(struct lang_parser *p, struct ms_step *s)
{
    return !lang_accept(p, "before") || lang_block(p, one_block(p, s));
}

/* acked [tags] [within D] [before { ... }]; stream N octets ... */
static bool state(struct lang_parser *p, struct ms_step *s, const struct ms_word *word)
{
    s->kind = MS_STEP_STATE;
    s->name = word->name;
    lang_next(p);
    /* `octets?`: the count may be left out. */
    size_t name_len = strcspn(word->args, "?");
    bool optional = word->args[name_len] == '?';
    bool count =
        !lang_at_end(p) && !lang_is_punct(p, '[') && !lang_is(p, "within") && !lang_is(p, "before");
    if (name_len != 0 && (count || !optional)) {
        struct lang_args list = {0};
        struct ms_arg *arg = lang_args_add(p, &list);
        arg->name = "octets";
        arg->value = s->value = lang_expr(p);
        if (s->value == NULL)
            return false;
        lang_accept(p, "octets");
        s->n_args = 1;
        s->arg = arg;
    }
    return lang_judgement(p, s) && before(p, s);
}

static bool expect_no(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_EXPECT_NO;
    lang_next(p);
    s->seg = lang_segment(p, false);
    if (s->seg == NULL)
        return false;
    if (!lang_accept(p, "until"))
        return lang_expected(p, "`until { ... }`: silence is shown by a control that is answered",
                             "for a segment that lacks an option write `expect any no OPTION`");
    return lang_block(p, one_block(p, s));
}

static bool expect(struct lang_parser *p, struct ms_step *s)
{
    lang_next(p);
    if (lang_is(p, "no"))
        return expect_no(p, s);
    const struct ms_word *word =
        p->tok.kind == T_WORD ? lang_word_find(ms_states, p->tok.text) : NULL;
    if (word != NULL)
        return state(p, s, word);
    s->kind = MS_STEP_EXPECT;
    s->seg = lang_segment(p, false);
    if (s->seg == NULL)
        return false;
    if (lang_is(p, "until"))
        return lang_error(p, &p->tok, NULL, "`until` belongs to `expect no`");
    s->within_ns = s->seg->within_ns;
    return before(p, s);
}

static const struct {
    const char *word;
    bool (*parse)(struct lang_parser *p, struct ms_step *s);
} handle_steps[] = {
    {"handshake", group}, {"join", group},       {"close", group}, {"abort", group},
    {"new", new_handle},  {"send", send},        {"hold", hold},   {"resend", resend},
    {"expect", expect},   {"auto", auto_switch},
};

static bool handle_step(struct lang_parser *p, struct ms_step *s)
{
    s->subject = p->tok.text;
    lang_next(p);
    lang_next(p); /* the colon, which the caller saw */
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "what happens", "send, expect, handshake, join, ...");
    for (size_t i = 0; i < MS_ARRAY_LEN(handle_steps); i++)
        if (lang_is(p, handle_steps[i].word))
            return handle_steps[i].parse(p, s);
    struct lang_words w = {.a = p->a};
    lang_words_table(&w, lang_handle_steps);
    return lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, NULL), "a handle cannot '%s'",
                      p->tok.text);
}

/* ---- other statements --------------------------------------------------------------------------------- */

static bool let(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_LET;
    lang_next(p);
    if (!lang_expect_word(p, &s->name, "a name behind `let`") || !lang_expect_punct(p, '=', "'='"))
        return false;
    s->value = lang_expr(p);
    return s->value != NULL;
}

/* Does `or` follow, perhaps on the next line? The newlines are taken only then. */
static bool or_follows(struct lang_parser *p)
{
    const struct lang_parser before = *p;
    lang_skip_ends(p);
    if (lang_is(p, "or") && lang_ahead(p) != ':')
        return true;
    *p = before;
    return false;
}

static bool either(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_EITHER;
    const struct lang_token at = p->tok;
    size_t cap = 0;
    do {
        lang_next(p);
        s->block = ms_arena_grow(p->a, s->block, &cap, s->n_blocks, sizeof *s->block);
        if (!lang_block(p, &s->block[s->n_blocks++]))
            return false;
    } while (or_follows(p));
    if (s->n_blocks < 2)
        return lang_error(p, &at, "write `either { ... } or { ... }`",
                          "`either` has one alternative only");
    return true;
}

static bool all(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_ALL;
    lang_next(p);
    return lang_block(p, one_block(p, s));
}

/* In a scenario only the wire can be watched: from now wire: no up SPEC */
static bool wire_guard(struct lang_parser *p, struct ms_step *s)
{
    if (s->subject == NULL || strcmp(s->subject, "wire") != 0)
        return lang_expected(p, "`wire:` behind `from now`", "write `from now wire: no up RST`");
    if (!lang_wire_no(p, s))
        return false;
    if (s->seg->within_ns != 0 || s->as != NULL || s->after != NULL)
        return lang_error_at(p, s->seg->loc, 0, NULL,
                             "a guard holds from here to the end: `within`, `as` and `after` have "
                             "no meaning");
    return true;
}

/* from now [HANDLE:] no SPEC */
static bool guard(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_GUARD;
    lang_next(p);
    if (!lang_accept(p, "now"))
        return lang_expected(p, "`now` behind `from`", "write `from now A: no RST`");
    if (p->tok.kind == T_WORD && lang_ahead(p) == ':') {
        s->subject = p->tok.text;
        lang_next(p);
        lang_next(p);
    }
    if (p->c->role == MS_ROLE_BOTH)
        return wire_guard(p, s);
    if (!lang_is(p, "no"))
        return lang_expected(p, "`no`", "write `from now A: no RST`");
    lang_next(p);
    s->seg = lang_segment(p, false);
    if (s->seg == NULL)
        return false;
    if (s->seg->within_ns != 0)
        return lang_error_at(p, s->seg->loc, 0, NULL,
                             "a guard holds to the end: `within` has no meaning");
    return true;
}

static bool path(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_PATH;
    lang_next(p);
    if (p->tok.kind != T_NUM)
        return lang_expected(p, "the number of a path", NULL);
    s->value = lang_expr(p);
    if (s->value == NULL)
        return false;
    if (p->tok.kind != T_WORD || lang_word_find(lang_path_words, p->tok.text) == NULL)
        return lang_expected(p, "`cut` or `restore`", NULL);
    s->name = p->tok.text;
    lang_next(p);
    return true;
}

static bool strict(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_STRICT;
    lang_next(p);
    s->flag = lang_is(p, "on");
    return lang_accept(p, "on") || lang_accept(p, "off") || lang_expected(p, "`on` or `off`", NULL);
}

static const struct {
    const char *word;
    bool (*parse)(struct lang_parser *p, struct ms_step *s);
    bool scenario; /* has a meaning there too */
} statements[] = {
    {"let", let, false},           {"either", either, false}, {"all", all, false},
    {"from", guard, true},         {"path", path, true},      {"strict", strict, false},
    {"middlebox", lang_box, true},
};

static bool tester_only(struct lang_parser *p)
{
    return lang_error(p, &p->tok, NULL, "`%s` is for a tester: a scenario has none", p->tok.text);
}

static bool unknown_statement(struct lang_parser *p)
{
    const char *word = p->tok.text;
    if (lang_word_find(lang_headers, word) != NULL)
        return lang_error(p, &p->tok, NULL, "header `%s` stands before the first step", word);
    if (strcmp(word, "or") == 0)
        return lang_error(p, &p->tok, NULL, "`or` without `either`");
    if (lang_word_find(lang_handle_steps, word) != NULL)
        return lang_error(p, &p->tok, ms_arena_printf(p->a, "write `A: %s`", word),
                          "'%s' needs the handle that it is about", word);
    if (p->c->role == MS_ROLE_BOTH && lang_word_find(ms_host_verbs, word) != NULL)
        return lang_error(p, &p->tok, ms_arena_printf(p->a, "write `client: %s`", word),
                          "'%s' is something that a host does", word);
    if (lang_word_find(ms_iut_verbs, word) != NULL)
        return lang_error(p, &p->tok, ms_arena_printf(p->a, "write `iut: %s`", word),
                          "'%s' is something that the IUT does", word);
    struct lang_words w = {.a = p->a};
    lang_words_table(&w, lang_statements);
    lang_words_table(&w, lang_headers);
    return lang_error(
        p, &p->tok,
        lang_suggest(&w, word, "a step begins with a handle and a colon: `A: send ...`"),
        "unknown statement '%s'", word);
}

bool lang_step(struct lang_parser *p, struct ms_step *s)
{
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "a step", NULL);
    const char ahead = lang_ahead(p);
    const bool scenario = p->c->role == MS_ROLE_BOTH;
    if (scenario && (ahead == ':' || (lang_is(p, "iut") && ahead == '(')))
        return lang_scenario_step(p, s);
    if (!scenario && ahead == ':' && lang_in_list("client server wire", p->tok.text))
        return lang_error(p, &p->tok, "`iut both` makes the case a scenario",
                          "'%s' is part of a scenario", p->tok.text);
    if (lang_is(p, "iut") && (ahead == ':' || ahead == '('))
        return lang_iut_step(p, s);
    if (ahead == ':')
        return handle_step(p, s);
    for (size_t i = 0; i < MS_ARRAY_LEN(statements); i++)
        if (lang_is(p, statements[i].word))
            return scenario && !statements[i].scenario ? tester_only(p) : statements[i].parse(p, s);
    return unknown_statement(p);
}
