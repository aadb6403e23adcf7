/* SPDX-License-Identifier: MIT */
/* The headers of a case, one function a word. */
#include "lang/internal.h"

#include <string.h>

bool lang_plain_name(struct lang_parser *p, const char *what, const char *example, const char **out)
{
    if (p->tok.kind == T_BAD || !lang_wide(p, ".-"))
        return lang_expected(p, ms_arena_printf(p->a, "the name of the %s", what), NULL);
    const char *name = p->tok.text;
    bool good =
        name[0] >= 'a' && name[0] <= 'z' && strlen(name) <= 128 && strstr(name, "..") == NULL;
    for (const char *s = name; *s != '\0'; s++)
        good = good && *s != '_' && !(*s >= 'A' && *s <= 'Z');
    const char last = name[strlen(name) - 1];
    if (!good || last == '.' || last == '-')
        return lang_error(p, &p->tok, ms_arena_printf(p->a, "such as %s", example),
                          "a %s name has lower-case letters, digits, dots and dashes", what);
    *out = name;
    lang_next(p);
    return true;
}

static bool case_name(struct lang_parser *p)
{
    const struct ms_loc at = p->tok.loc;
    if (!lang_plain_name(p, "case", "join.listener.ack-hmac-wrong", &p->c->name))
        return false;
    p->c->loc = at;
    return true;
}

bool lang_sentence(struct lang_parser *p, const char *what, const char *example, const char **out)
{
    if (p->tok.kind != T_STRING)
        return lang_expected(p, ms_arena_printf(p->a, "the %s as a string", what), example);
    if (p->tok.n_octets == 0)
        return lang_error(p, &p->tok, NULL, "the %s is empty", what);
    if (!lang_plain_text(p->tok.text, p->tok.n_octets))
        return lang_error(p, &p->tok, NULL, "a %s is plain text of one line", what);
    *out = p->tok.text;
    lang_next(p);
    return true;
}

static bool purpose(struct lang_parser *p)
{
    return lang_sentence(p, "purpose", "purpose \"One sentence.\"", &p->c->purpose);
}

bool lang_role(struct lang_parser *p, enum ms_role *out)
{
    if (lang_accept(p, "listener"))
        *out = MS_ROLE_LISTENER;
    else if (lang_accept(p, "initiator"))
        *out = MS_ROLE_INITIATOR;
    else
        return lang_expected(p, "`listener` or `initiator`", NULL);
    return true;
}

static bool role(struct lang_parser *p)
{
    if (lang_accept(p, "both")) {
        p->c->role = MS_ROLE_BOTH;
        return true;
    }
    if (!lang_is(p, "listener") && !lang_is(p, "initiator"))
        return lang_expected(p, "`listener`, `initiator` or `both`", NULL);
    return lang_role(p, &p->c->role);
}

bool lang_family(struct lang_parser *p, bool *ipv4, bool *ipv6)
{
    *ipv4 = *ipv6 = false;
    do {
        bool *which = lang_is(p, "ipv4") ? ipv4 : ipv6;
        if (!lang_is(p, "ipv4") && !lang_is(p, "ipv6"))
            return lang_expected(p, "`ipv4` or `ipv6`", NULL);
        if (*which)
            return lang_error(p, &p->tok, NULL, "'%s' is given twice", p->tok.text);
        *which = true;
        lang_next(p);
    } while (lang_accept_punct(p, ','));
    return true;
}

static bool family(struct lang_parser *p)
{
    return lang_family(p, &p->c->family4, &p->c->family6);
}

static bool topology(struct lang_parser *p)
{
    if (p->tok.kind == T_BAD || !lang_wide(p, ".-"))
        return lang_expected(p, "the name of a topology", NULL);
    const char *name = p->tok.text;
    struct lang_words w = {.a = p->a};
    const struct ms_topo *const *known = p->env->topo;
    bool found = known == NULL;
    for (size_t i = 0; known != NULL && known[i] != NULL; i++) {
        lang_words_add(&w, known[i]->name);
        found = found || strcmp(known[i]->name, name) == 0;
    }
    if (!found)
        return lang_error(p, &p->tok, lang_suggest(&w, name, NULL), "unknown topology '%s'", name);
    p->c->topology = name;
    lang_next(p);
    return true;
}

static bool tags(struct lang_parser *p)
{
    struct ms_case *c = p->c;
    do {
        if (p->tok.kind == T_BAD || !lang_wide(p, ".-"))
            return lang_expected(p, "a tag", NULL);
        for (size_t i = 0; i < c->n_tags; i++)
            if (strcmp(c->tag[i], p->tok.text) == 0)
                return lang_error(p, &p->tok, NULL, "'%s' is given twice", p->tok.text);
        if (c->n_tags >= LANG_ARGS_MAX)
            return lang_error(p, &p->tok, NULL, "more than %u tags", LANG_ARGS_MAX);
        c->tag = ms_arena_grow(p->a, c->tag, &p->cap_tags, c->n_tags, sizeof *c->tag);
        c->tag[c->n_tags++] = p->tok.text;
        lang_next(p);
    } while (lang_accept_punct(p, ','));
    return true;
}

static bool section(struct lang_parser *p)
{
    if (p->tok.kind == T_BAD || !lang_wide(p, "."))
        return lang_expected(p, "a section of RFC 8684", NULL);
    const char first = p->tok.text[0];
    bool good = (first >= '1' && first <= '9') || (first >= 'A' && first <= 'E');
    for (const char *s = p->tok.text + 1; *s != '\0'; s++)
        good = good && ((*s >= '0' && *s <= '9') || *s == '.');
    if (!good)
        return lang_error(p, &p->tok, "such as 3.2", "'%s' is no section number", p->tok.text);
    p->c->section = p->tok.text;
    lang_next(p);
    return true;
}

static const struct {
    const char *word;
    bool many; /* may stand several times */
    bool (*parse)(struct lang_parser *p);
} headers[] = {
    {"case", false, case_name},
    {"purpose", false, purpose},
    {"iut", false, role},
    {"family", false, family},
    {"topology", false, topology},
    {"needs", true, lang_needs_header},
    {"tags", true, tags},
    {"section", false, section},
    {"foreach", true, lang_foreach},
    {"sysctl", true, lang_sysctl_header},
    {"position", true, lang_position},
    {"altered", true, lang_altered},
};

bool lang_is_header(const struct lang_parser *p)
{
    if (p->tok.kind != T_WORD || lang_ahead(p) == ':' ||
        (lang_is(p, "iut") && lang_ahead(p) == '('))
        return false;
    return lang_word_find(lang_headers, p->tok.text) != NULL;
}

bool lang_header(struct lang_parser *p)
{
    size_t i = 0;
    while (i + 1 < MS_ARRAY_LEN(headers) && !lang_is(p, headers[i].word))
        i++;
    const uint32_t bit = (uint32_t)1 << i;
    if (!headers[i].many && (p->headers_seen & bit) != 0)
        return lang_error(p, &p->tok, NULL, "header `%s` is given twice", headers[i].word);
    p->headers_seen |= bit;
    lang_next(p);
    if (!headers[i].parse(p))
        return false;
    return lang_at_end(p) || lang_expected(p, "the end of the line", NULL);
}
