/* SPDX-License-Identifier: MIT */
/* Strings in which {name} stands for a value of a foreach: they must be right with each of them. */
#include "lang/internal.h"

#include <string.h>

/* A word in braces from *at on; *at then stands on its '{'. */
static bool placeholder(const char *text, size_t *at, size_t *len)
{
    for (const char *open = text + *at; (open = strchr(open, '{')) != NULL; open++) {
        const size_t n = strspn(open + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_");
        if (n == 0 || open[1 + n] != '}')
            continue;
        *at = (size_t)(open - text);
        *len = n;
        return true;
    }
    return false;
}

/* What varies a text: tables of values, and the family. */
struct varied {
    bool table[LANG_HANDLES_MAX];
    bool family;
};

bool lang_names_known(struct lang_parser *p, const struct lang_token *s)
{
    const struct ms_case *c = p->c;
    size_t len;
    for (size_t at = 0; placeholder(s->text, &at, &len); at += len + 2) {
        const char *name = ms_arena_strndup(p->a, s->text + at + 1, len);
        if (lang_foreach_find(c, name) != NULL || strcmp(name, "family") == 0)
            continue;
        struct lang_words w = {.a = p->a};
        for (size_t i = 0; i < c->n_foreach; i++)
            lang_words_add(&w, c->foreach[i].name);
        lang_words_add(&w, "family");
        struct ms_loc loc = s->loc;
        loc.column = lang_inside_string(p, s, (unsigned)at + 2);
        return lang_error_at(p, loc, (unsigned)len,
                             lang_suggest(&w, name, "define it: `foreach NAME in ...`"),
                             "no foreach is named '%s'", name);
    }
    return true;
}

static struct varied find_varied(const struct lang_parser *p, const char *text, bool commands)
{
    struct varied v = {.family = commands};
    size_t len;
    for (size_t at = 0; placeholder(text, &at, &len); at += len + 2) {
        for (size_t i = 0; i < p->c->n_foreach; i++)
            if (strlen(p->c->foreach[i].name) == len &&
                memcmp(p->c->foreach[i].name, text + at + 1, len) == 0)
                v.table[i] = true;
        if (len == strlen("family") && memcmp(text + at + 1, "family", len) == 0)
            v.family = true;
    }
    return v;
}

/* "option = mss, family = ipv6": the values under which a text is wrong. */
static const char *values_text(struct lang_parser *p, const struct varied *v,
                               const struct ms_instance *in)
{
    const char *text = "";
    for (size_t i = 0; i < p->c->n_foreach; i++)
        if (v->table[i])
            text = ms_arena_printf(p->a, "%s%s%s = %s", text, *text != '\0' ? ", " : "",
                                   p->c->foreach[i].name, p->c->foreach[i].label[in->pick[i]]);
    if (v->family)
        text = ms_arena_printf(p->a, "%s%sfamily = ipv%d", text, *text != '\0' ? ", " : "",
                               (int)in->family);
    return text;
}

/* The next combination of those tables that matter; false after the last one. */
static bool advance(const struct ms_case *c, const struct varied *v, struct ms_instance *in)
{
    for (size_t i = c->n_foreach; i > 0; i--) {
        if (!v->table[i - 1])
            continue;
        if (++in->pick[i - 1] < c->foreach[i - 1].n)
            return true;
        in->pick[i - 1] = 0;
    }
    if (!v->family || in->family == MS_IPV6 || !c->family6)
        return false;
    in->family = MS_IPV6;
    return true;
}

bool lang_every_value(struct lang_parser *p, const struct lang_token *s, lang_text_check *right)
{
    const bool plain = strchr(s->text, '{') == NULL;
    const struct varied v = find_varied(p, s->text, plain && strchr(s->text, '$') != NULL);
    struct ms_instance in = {.c = p->c, .family = p->c->family4 ? MS_IPV4 : MS_IPV6};
    in.pick = ms_arena_alloc(p->a, (p->c->n_foreach + 1) * sizeof *in.pick);
    do {
        if (++p->variants > LANG_VARIANTS_MAX)
            return lang_error(p, s, "use fewer values", "strings with more than %u variants",
                              LANG_VARIANTS_MAX);
        struct ms_arena *scratch = ms_arena_new();
        struct ms_error err = {0};
        const char *hint = NULL;
        const bool good = right(p, &in, ms_instance_text(scratch, &in, s->text), &err, &hint);
        ms_arena_free(scratch);
        if (good)
            continue;
        if (!plain)
            return lang_error(p, s, hint, "with %s: %s", values_text(p, &v, &in), err.msg);
        struct ms_loc at = s->loc;
        at.column = lang_inside_string(p, s, err.column > 0 ? err.column : 1);
        return lang_error_at(p, at, 0, hint, "%s", err.msg);
    } while (advance(p->c, &v, &in));
    return true;
}
