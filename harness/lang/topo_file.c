/* SPDX-License-Identifier: MIT */
/* Topology files: paths with the addresses of tester and IUT, or of client and server, on them. Same lexer, same messages. */
#include "lang/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whose addresses a topology has: of one pair, not of both. */
static const struct party {
    const char *word, *name;
    char letter;
    bool on_iut, two_hosts;
} parties[] = {
    {"tester", "tester", 't', false, false},
    {"iut", "IUT", 'i', true, false},
    {"client", "client", 'c', false, true},
    {"server", "server", 's', true, true},
};

static const struct party *party_here(struct lang_parser *p)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(parties); i++)
        if (lang_is(p, parties[i].word))
            return &parties[i];
    return NULL;
}

struct topo_parse {
    struct lang_parser *p;
    struct ms_topo *t;
    bool named;
    bool purpose;
};

static bool unknown_word(struct lang_parser *p)
{
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "a statement", NULL);
    struct lang_words w = {.a = p->a};
    lang_words_table(&w, lang_topo_words);
    if (party_here(p) != NULL)
        return lang_error(p, &p->tok, NULL, "addresses stand in the braces of a path");
    if (lang_word_find(lang_topo_words, p->tok.text) != NULL)
        return lang_error(p, &p->tok, NULL, "`%s` cannot stand in the braces of a path",
                          p->tok.text);
    return lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, NULL), "unknown statement '%s'",
                      p->tok.text);
}

static bool name(struct topo_parse *g)
{
    struct lang_parser *p = g->p;
    if (p->tok.kind != T_WORD || !lang_wide(p, "-"))
        return lang_expected(p, "the name of the topology", NULL);
    if (g->named)
        return lang_error(p, &p->tok, NULL, "`topology` is given twice");
    if (p->tok.len >= sizeof g->t->name)
        return lang_error(p, &p->tok, NULL, "a name of more than %zu characters",
                          sizeof g->t->name - 1);
    snprintf(g->t->name, sizeof g->t->name, "%s", p->tok.text);
    g->named = true;
    lang_next(p);
    return true;
}

static bool purpose(struct topo_parse *g)
{
    struct lang_parser *p = g->p;
    if (p->tok.kind != T_STRING)
        return lang_expected(p, "the purpose as a string", NULL);
    if (g->purpose)
        return lang_error(p, &p->tok, NULL, "`purpose` is given twice");
    if (!lang_plain_text(p->tok.text, p->tok.n_octets))
        return lang_error(p, &p->tok, NULL, "a purpose is plain text of one line");
    if (p->tok.n_octets >= sizeof g->t->purpose)
        return lang_error(p, &p->tok, NULL, "a purpose of more than %zu octets",
                          sizeof g->t->purpose - 1);
    snprintf(g->t->purpose, sizeof g->t->purpose, "%s", p->tok.text);
    g->purpose = true;
    lang_next(p);
    return true;
}

static bool same_address(const struct ms_topo *t, const struct ms_addr *a)
{
    for (unsigned i = 0; i < t->n_addrs; i++)
        if (ms_addr_eq(&t->addr[i].v4, a) || ms_addr_eq(&t->addr[i].v6, a))
            return true;
    return false;
}

/* 198.51.100.1/24 or 2001:db8:1::1/64 */
static bool address(struct topo_parse *g, struct ms_topo_addr *out)
{
    struct lang_parser *p = g->p;
    if (lang_at_end(p) || p->tok.kind == T_STRING || !lang_wide(p, ".:/"))
        return lang_expected(p, "an address with its prefix length", "such as 198.51.100.1/24");
    char *text = ms_arena_strdup(p->a, p->tok.text);
    char *slash = strchr(text, '/');
    if (slash == NULL)
        return lang_error(p, &p->tok, "such as 198.51.100.1/24", "the prefix length is missing");
    *slash = '\0';
    struct ms_addr a = {0};
    if (ms_addr_parse(text, &a) != MS_OK)
        return lang_error(p, &p->tok, NULL, "'%s' is no address", text);
    char *end = NULL;
    const unsigned long prefix = strtoul(slash + 1, &end, 10);
    if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || prefix == 0 ||
        prefix > (a.family == MS_IPV4 ? 32u : 128u))
        return lang_error(p, &p->tok, NULL, "'%s' is no prefix length", slash + 1);
    struct ms_addr *slot = a.family == MS_IPV4 ? &out->v4 : &out->v6;
    if (slot->family != 0)
        return lang_error(p, &p->tok, NULL, "a second IPv%d address under one name", a.family);
    if (same_address(g->t, &a))
        return lang_error(p, &p->tok, NULL, "%s is given twice", text);
    *slot = a;
    *(a.family == MS_IPV4 ? &out->prefix4 : &out->prefix6) = (uint8_t)prefix;
    lang_next(p);
    return true;
}

/* tester t1 ADDRESS ADDRESS, client c1 ADDRESS */
static bool named_address(struct topo_parse *g, unsigned path)
{
    struct lang_parser *p = g->p;
    struct ms_topo *t = g->t;
    const struct party *party = party_here(p);
    if (party == NULL)
        return unknown_word(p);
    if (t->n_addrs > 0 && party->two_hosts != t->two_hosts)
        return lang_error(p, &p->tok, NULL,
                          "a topology has tester and IUT, or client and server, not both");
    struct ms_topo_addr a = {.on_iut = party->on_iut, .path = path};
    lang_next(p);
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "the name of the address", NULL);
    const char want = party->letter;
    const char *s = p->tok.text;
    if (s[0] != want || strspn(s + 1, "0123456789") != strlen(s + 1) || s[1] == '\0' ||
        strlen(s) >= sizeof a.name)
        return lang_error(p, &p->tok, NULL, "addresses of the %s are named %c1, %c2, ...",
                          party->name, want, want);
    for (unsigned i = 0; i < t->n_addrs; i++)
        if (strcmp(t->addr[i].name, s) == 0)
            return lang_error(p, &p->tok, NULL, "'%s' is given twice", s);
    snprintf(a.name, sizeof a.name, "%s", s);
    const struct lang_token at = p->tok;
    lang_next(p);
    do {
        if (!address(g, &a))
            return false;
    } while (!lang_at_end(p));
    if (t->n_addrs >= MS_TOPO_ADDRS_MAX)
        return lang_error(p, &at, NULL, "more than %d addresses", MS_TOPO_ADDRS_MAX);
    t->addr[t->n_addrs++] = a;
    t->two_hosts = party->two_hosts;
    return true;
}

/* Skips to the end of a statement that was not understood. */
static void skip(struct lang_parser *p)
{
    while (!lang_at_end(p))
        lang_next(p);
}

/* path N { ... } */
static bool path(struct topo_parse *g)
{
    struct lang_parser *p = g->p;
    if (p->tok.kind != T_NUM)
        return lang_expected(p, "the number of the path", NULL);
    if (p->tok.num != g->t->n_paths + 1u)
        lang_error(p, &p->tok, NULL, "paths are numbered in order: this is path %u",
                   g->t->n_paths + 1u);
    if (g->t->n_paths >= MS_PATHS_MAX) {
        p->stop = true; /* what stands in its braces would only be misunderstood */
        return lang_error(p, &p->tok, NULL, "more than %d paths", MS_PATHS_MAX);
    }
    const unsigned index = g->t->n_paths++;
    lang_next(p);
    const struct lang_token brace = p->tok;
    if (!lang_expect_punct(p, '{', "'{'"))
        return false;
    for (lang_skip_ends(p); !lang_is_punct(p, '}'); lang_skip_ends(p)) {
        if (p->tok.kind == T_EOF)
            return lang_error(p, &brace, NULL, "this '{' is never closed");
        if (!named_address(g, index) ||
            (!lang_at_end(p) && !lang_expected(p, "the end of the line", NULL)))
            skip(p);
    }
    lang_next(p);
    return true;
}

static bool statement(struct topo_parse *g)
{
    struct lang_parser *p = g->p;
    if (lang_accept(p, "topology"))
        return name(g);
    if (lang_accept(p, "purpose"))
        return purpose(g);
    if (lang_accept(p, "path"))
        return path(g);
    if (!lang_is(p, "source_tables"))
        return unknown_word(p);
    g->t->source_tables = true;
    lang_next(p);
    return true;
}

/* The client must be on each path, the server on any: its address of another path is reached there as well. */
static void complete(struct topo_parse *g)
{
    const struct ms_loc start = {g->p->file, 1, 1};
    const struct ms_topo *t = g->t;
    const struct party *first = &parties[t->two_hosts ? 2 : 0], *second = first + 1;
    bool any_second = false;
    if (!g->named)
        lang_error_at(g->p, start, 1, "topology NAME", "`topology` is missing");
    if (t->n_paths == 0)
        lang_error_at(g->p, start, 1, NULL, "a topology needs at least one path");
    for (unsigned i = 0; i < t->n_paths; i++) {
        bool has_first = false, has_second = false;
        for (unsigned k = 0; k < t->n_addrs; k++)
            if (t->addr[k].path == i)
                *(t->addr[k].on_iut ? &has_second : &has_first) = true;
        if (!has_first || (!has_second && !t->two_hosts))
            lang_error_at(g->p, start, 1, NULL, "path %u has no address of the %s", i + 1u,
                          has_first ? second->name : first->name);
        any_second = any_second || has_second;
    }
    if (t->two_hosts && !any_second)
        lang_error_at(g->p, start, 1, NULL, "the server has no address");
}

struct ms_topo *ms_topo_parse(struct ms_arena *a, const char *file, const char *text, size_t len,
                              struct ms_diags *diags)
{
    const struct ms_lang_env env = {0};
    struct lang_parser p = {
        .a = a,
        .file = ms_arena_strdup(a, file),
        .text = text,
        .len = len,
        .env = &env,
        .diags = diags,
        .diags_before = diags->n,
    };
    if (diags->arena == NULL)
        diags->arena = a;
    struct topo_parse g = {.p = &p, .t = ms_arena_alloc(a, sizeof *g.t)};
    if (!lang_text_is_good(&p))
        return NULL;
    lang_start(&p);
    for (lang_skip_ends(&p); p.tok.kind != T_EOF; lang_skip_ends(&p)) {
        bool good = statement(&g);
        if (good && p.tok.kind != T_END && p.tok.kind != T_EOF)
            good = lang_expected(&p, "the end of the line", NULL);
        if (!good) {
            if (lang_is_punct(&p, '}'))
                lang_next(&p);
            skip(&p);
        }
    }
    if (diags->n == p.diags_before)
        complete(&g);
    return diags->n == p.diags_before ? g.t : NULL;
}
