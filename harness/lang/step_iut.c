/* SPDX-License-Identifier: MIT */
/* What is asked of the IUT's application and system, and what they must have seen. */
#include "lang/internal.h"

#include <string.h>

/* [tags] [within D], in any order; ends before `before` */
bool lang_judgement(struct lang_parser *p, struct ms_step *s)
{
    while (!lang_at_end(p) && !lang_is(p, "before")) {
        if (lang_is_punct(p, '[')) {
            if (!lang_tags(p, &s->tags))
                return false;
        } else if (lang_accept(p, "within")) {
            if (!lang_duration(p, &s->within_ns))
                return false;
        } else {
            return lang_expected(p, "tags, `within` or the end of the line", NULL);
        }
    }
    return true;
}

static bool nothing_more(struct lang_parser *p)
{
    return lang_at_end(p) ||
           lang_expected(p, "the end of the line", "`before` follows what a subflow is to show");
}

static bool unknown(struct lang_parser *p, const struct ms_word *table, const char *what)
{
    struct lang_words w = {.a = p->a};
    lang_words_table(&w, table);
    if (table == ms_iut_verbs) {
        lang_words_add(&w, "expect");
        lang_words_add(&w, "received");
    }
    return lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, NULL), "%s '%s'", what,
                      p->tok.text);
}

static bool iut_expect(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_IUT_EXPECT;
    lang_next(p);
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "what the IUT must have seen", NULL);
    const struct ms_word *w = lang_word_find(ms_iut_expects, p->tok.text);
    if (w == NULL)
        return unknown(p, ms_iut_expects, "nothing of the IUT that can be expected is called");
    s->name = w->name;
    lang_next(p);
    return lang_verb_args(p, w, true, s) && lang_judgement(p, s) && nothing_more(p);
}

/* received N octets [, unchanged] */
static bool received(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_RECEIVED;
    s->name = "received";
    lang_next(p);
    s->value = lang_expr(p);
    if (s->value == NULL)
        return false;
    if (!lang_accept(p, "octets"))
        return lang_expected(p, "`octets`", "write `iut: received 12 octets, unchanged`");
    if (lang_accept_punct(p, ',')) {
        if (!lang_accept(p, "unchanged"))
            return lang_expected(p, "`unchanged`", NULL);
        s->flag = true;
    }
    return lang_judgement(p, s) && nothing_more(p);
}

static bool verb(struct lang_parser *p, struct ms_step *s)
{
    const struct ms_word *w = lang_word_find(ms_iut_verbs, p->tok.text);
    if (w == NULL)
        return unknown(p, ms_iut_verbs, "the IUT has no verb");
    s->kind = MS_STEP_VERB;
    s->name = w->name;
    lang_next(p);
    if (!lang_verb_args(p, w, false, s))
        return false;
    if (lang_is_punct(p, '['))
        return lang_error(p, &p->tok, "tags stand behind what is expected",
                          "a verb judges nothing");
    return true;
}

bool lang_iut_step(struct lang_parser *p, struct ms_step *s)
{
    s->subject = "iut";
    lang_next(p);
    if (lang_is_punct(p, '(')) {
        lang_next(p);
        if (!lang_expect_word(p, &s->on, "the handle of a connection") ||
            !lang_expect_punct(p, ')', "')' behind the handle"))
            return false;
    }
    if (!lang_expect_punct(p, ':', "':' behind `iut`"))
        return false;
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "a verb or `expect`", NULL);
    if (lang_is(p, "expect"))
        return iut_expect(p, s);
    if (lang_is(p, "received"))
        return received(p, s);
    return verb(p, s);
}
