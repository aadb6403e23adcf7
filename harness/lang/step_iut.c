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

static bool iut_expect(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_IUT_EXPECT;
    lang_next(p);
    const struct ms_word *w = lang_step_word(
        p, s,
        &(struct lang_choice){.table = ms_iut_expects,
                              .wanted = "what the IUT must have seen",
                              .unknown = "nothing of the IUT that can be expected is called"});
    return w != NULL && lang_verb_args(p, w, true, s) && lang_judgement(p, s) && nothing_more(p);
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
    s->kind = MS_STEP_VERB;
    const struct ms_word *w = lang_step_word(p, s,
                                             &(struct lang_choice){.table = ms_iut_verbs,
                                                                   .wanted = "a verb or `expect`",
                                                                   .unknown = "the IUT has no verb",
                                                                   .more = {"expect", "received"}});
    return w != NULL && lang_verb_rest(p, w, s);
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
    if (lang_is(p, "expect"))
        return iut_expect(p, s);
    if (lang_is(p, "received"))
        return received(p, s);
    return verb(p, s);
}
