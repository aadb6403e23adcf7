/* SPDX-License-Identifier: MIT */
/* Rewrites from text: DIR ACTION [ARGS] [when COND {and COND}] [nth N | from N | first N]. */
#include "rewrite/parse.h"

#include <string.h>

static int parse_count(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    static const char *const words[] = {"nth", "from", "first"};
    int64_t n = 0;
    for (size_t i = 0; i < MS_ARRAY_LEN(words); i++) {
        if (!rewrite_lex_accept(lx, words[i]))
            continue;
        r->count = (enum count_kind)(COUNT_NTH + i);
        const int rc = rewrite_parse_signed(lx, 1, INT64_MAX, &n);
        r->count_n = (uint64_t)n;
        return rc;
    }
    return MS_OK;
}

static int parse_dir(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    static const struct {
        const char *word;
        bool rx, tx;
        enum ms_rewrite_words words;
    } table[] = {
        {"rx", true, false, MS_WORDS_ONE_IUT},      {"tx", false, true, MS_WORDS_ONE_IUT},
        {"down", true, false, MS_WORDS_TWO_STACKS}, {"up", false, true, MS_WORDS_TWO_STACKS},
        {"any", true, true, MS_WORDS_NEITHER},
    };
    const char *names[MS_ARRAY_LEN(table)];
    const int rc = rewrite_lex_word(lx, "rx, tx, up, down or any");
    if (rc != MS_OK)
        return rc;
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        names[i] = table[i].word;
        if (strcmp(lx->word, table[i].word) != 0)
            continue;
        r->dirs[MS_DIR_RX] = table[i].rx;
        r->dirs[MS_DIR_TX] = table[i].tx;
        r->words = table[i].words;
        return MS_OK;
    }
    return rewrite_lex_unknown(lx, "direction", lx->word, names, MS_ARRAY_LEN(names));
}

static int parse_action(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const char *names[128];
    size_t n = 0;
    const int rc = rewrite_lex_word(lx, "an action");
    if (rc != MS_OK)
        return rc;
    for (const struct rewrite_action *act = rewrite_actions; act->name != NULL; act++) {
        if (strcmp(act->name, lx->word) == 0)
            r->action = act;
        if (n < MS_ARRAY_LEN(names))
            names[n++] = act->name;
    }
    if (r->action == NULL)
        return rewrite_lex_unknown(lx, "action", lx->word, names, n);
    if ((r->action->need & NEED_ONE_WAY) != 0 && r->dirs[MS_DIR_RX] && r->dirs[MS_DIR_TX])
        return rewrite_lex_fail(lx, "%s has an inside: say a direction, whence its hosts send",
                                lx->word);
    return rewrite_parse_args(lx, r);
}

int ms_rewrite_parse(struct ms_arena *a, const char *text, struct ms_rewrite **out,
                     struct ms_error *err)
{
    struct rewrite_lex lx = {.text = text, .arena = a, .err = err};
    struct ms_rewrite *r = ms_arena_alloc(a, sizeof *r);
    r->arena = a;
    *out = NULL;
    int rc = parse_dir(&lx, r);
    if (rc == MS_OK)
        rc = parse_action(&lx, r);
    if (rc == MS_OK)
        rc = rewrite_parse_conds(&lx, r);
    if (rc == MS_OK)
        rc = parse_count(&lx, r);
    if (rc == MS_OK)
        rc = rewrite_lex_end(&lx);
    if (rc == MS_OK)
        *out = r;
    return rc;
}

enum ms_rewrite_words ms_rewrite_words(const struct ms_rewrite *r)
{
    return r->words;
}
