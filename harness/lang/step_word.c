/* SPDX-License-Identifier: MIT */
/* The word out of a table by which a step of the IUT, of a host or of a transfer is known, and what follows a verb. */
#include "lang/internal.h"

const struct ms_word *lang_step_word(struct lang_parser *p, struct ms_step *s,
                                     const struct lang_choice *c)
{
    if (p->tok.kind != T_WORD) {
        lang_expected(p, c->wanted, NULL);
        return NULL;
    }
    const struct ms_word *w = lang_word_find(c->table, p->tok.text);
    if (w != NULL) {
        s->name = w->name;
        lang_next(p);
        return w;
    }
    struct lang_words words = {.a = p->a};
    lang_words_table(&words, c->table);
    for (size_t i = 0; i < MS_ARRAY_LEN(c->more) && c->more[i] != NULL; i++)
        lang_words_add(&words, c->more[i]);
    lang_error(p, &p->tok, lang_suggest(&words, p->tok.text, c->hint), "%s '%s'", c->unknown,
               p->tok.text);
    return NULL;
}

bool lang_verb_rest(struct lang_parser *p, const struct ms_word *w, struct ms_step *s)
{
    if (!lang_verb_args(p, w, false, s))
        return false;
    if (lang_is_punct(p, '['))
        return lang_error(p, &p->tok, "tags stand behind what is expected",
                          "a verb judges nothing");
    return true;
}
