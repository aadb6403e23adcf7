/* SPDX-License-Identifier: MIT */
/* Middleboxes: boxes are laid, named and switched. */
#include "lang/internal.h"

#include <string.h>

int lang_rewrite_check(const char *text, bool two_stacks, struct ms_error *err)
{
    /* One IUT is looked at from the tester, two stacks from between: each view has words of its own. */
    struct ms_arena *scratch = ms_arena_new();
    struct ms_rewrite *r = NULL;
    int rc = ms_rewrite_parse(scratch, text, &r, err);
    if (rc == MS_OK && two_stacks && ms_rewrite_words(r) == MS_WORDS_ONE_IUT)
        rc = ms_fail(err, MS_ERR_PARSE,
                     "rx and tx are seen from one IUT: between two hosts a direction is up (client "
                     "to server) or down");
    else if (rc == MS_OK && !two_stacks && ms_rewrite_words(r) == MS_WORDS_TWO_STACKS)
        rc = ms_fail(err, MS_ERR_PARSE,
                     "up and down are between two hosts: here a direction is rx (from the IUT) or "
                     "tx (to it)");
    if (rc != MS_OK && err != NULL && err->column == 0)
        err->column = (unsigned)strspn(text, " \t") + 1;
    ms_arena_free(scratch);
    return rc;
}

static bool rewrite_is_right(const struct lang_parser *p, const struct ms_instance *in,
                             const char *text, struct ms_error *err, const char **hint)
{
    (void)in;
    *hint = "`mptcpspec list rewrites` lists them";
    return lang_rewrite_check(text, p->c->role == MS_ROLE_BOTH, err) == MS_OK;
}

static bool rewrite(struct lang_parser *p, struct ms_step *s)
{
    const struct lang_token text = p->tok;
    if (strlen(text.text) != text.n_octets)
        return lang_error(p, &text, NULL, "a NUL octet in a rewrite");
    if (!lang_names_known(p, &text) || !lang_every_value(p, &text, rewrite_is_right))
        return false;
    s->string = text.text;
    lang_next(p);
    return true;
}

static unsigned box_find(const struct lang_parser *p, const char *name)
{
    for (unsigned i = 0; i < p->c->n_boxes; i++)
        if (p->box_name[i] != NULL && strcmp(p->box_name[i], name) == 0)
            return i + 1;
    return 0;
}

/* middlebox NAME on, middlebox NAME off */
static bool switch_box(struct lang_parser *p, struct ms_step *s)
{
    const struct lang_token name = p->tok;
    s->box = box_find(p, name.text);
    if (s->box == 0) {
        struct lang_words w = {.a = p->a};
        for (unsigned i = 0; i < p->c->n_boxes; i++)
            if (p->box_name[i] != NULL)
                lang_words_add(&w, p->box_name[i]);
        return lang_error(
            p, &name,
            lang_suggest(&w, name.text, "`as NAME` behind `middlebox \"...\"` names a box"),
            "no middlebox is named '%s'", name.text);
    }
    s->name = name.text;
    lang_next(p);
    s->flag = lang_is(p, "on");
    return lang_accept(p, "on") || lang_accept(p, "off") || lang_expected(p, "`on` or `off`", NULL);
}

static bool box_name(struct lang_parser *p, struct ms_step *s)
{
    const struct lang_token name = p->tok;
    if (!lang_expect_word(p, &s->as, "a name for the box behind `as`"))
        return false;
    if (box_find(p, s->as) != 0)
        return lang_error(p, &name, NULL, "two middleboxes are named '%s'", s->as);
    return true;
}

/* path N behind `on`, or alone in statements of the wire */
bool lang_path_number(struct lang_parser *p, unsigned *out)
{
    const struct lang_token at = p->tok;
    if (at.kind != T_NUM)
        return lang_expected(p, "the number of a path", NULL);
    if (at.num == 0 || at.num > MS_PATHS_MAX)
        return lang_error(p, &at, NULL, "paths are numbered from 1 to %d", MS_PATHS_MAX);
    *out = (unsigned)at.num;
    lang_next(p);
    return true;
}

bool lang_box(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_BOX;
    lang_next(p);
    if (p->tok.kind == T_WORD)
        return switch_box(p, s);
    if (p->tok.kind != T_STRING)
        return lang_expected(p, "a rewrite as a string, or the name of a box",
                             p->c->role == MS_ROLE_BOTH
                                 ? "middlebox \"up strip mp_capable when SYN\""
                                 : "middlebox \"tx strip mp_capable when SYN\"");
    if (p->c->n_boxes >= LANG_BOXES_MAX)
        return lang_error(p, &p->tok, NULL, "more than %u middleboxes", LANG_BOXES_MAX);
    if (!rewrite(p, s) || (lang_accept(p, "as") && !box_name(p, s)))
        return false;
    if (lang_accept(p, "on")) {
        if (!lang_accept(p, "path"))
            return lang_expected(p, "`path` behind `on`", NULL);
        if (!lang_path_number(p, &s->path))
            return false;
    }
    p->box_name[p->c->n_boxes++] = s->as;
    s->name = s->as;
    s->box = p->c->n_boxes;
    return true;
}
