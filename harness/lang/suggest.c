/* SPDX-License-Identifier: MIT */
/* "Did you mean": first words that differ in case or in '-' and '_' only, then the nearest one. */
#include "lang/internal.h"

#include <ctype.h>
#include <string.h>

void lang_words_add(struct lang_words *w, const char *word)
{
    w->word = ms_arena_grow(w->a, w->word, &w->cap, w->n, sizeof *w->word);
    w->word[w->n++] = word;
}

void lang_words_table(struct lang_words *w, const struct ms_word *table)
{
    for (; table->name != NULL; table++)
        lang_words_add(w, table->name);
}

void lang_words_list(struct lang_words *w, const char *list)
{
    for (const char *p = list; p != NULL && *p != '\0';) {
        const size_t len = strcspn(p, " ");
        if (len > 0 && *p != '*')
            lang_words_add(w, ms_arena_strndup(w->a, p, len));
        p += len + strspn(p + len, " ");
    }
}

static int plain(char c)
{
    return c == '-' ? '_' : tolower((unsigned char)c);
}

static bool same_but_for_case(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if (plain(*a) != plain(*b))
            return false;
    return *a == *b;
}

const char *lang_suggest(const struct lang_words *w, const char *word, const char *otherwise)
{
    const char *best = NULL;
    for (size_t i = 0; i < w->n && best == NULL; i++)
        if (same_but_for_case(w->word[i], word))
            best = w->word[i];
    if (best == NULL) {
        best = ms_nearest_word(word, w->word, w->n);
        /* Nearly every short word is near another: those have to begin alike. */
        if (best != NULL && strlen(word) <= 3 && plain(*best) != plain(*word))
            best = NULL;
    }
    return best != NULL ? ms_arena_printf(w->a, "did you mean '%s'?", best) : otherwise;
}
