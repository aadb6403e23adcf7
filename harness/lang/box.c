/* SPDX-License-Identifier: MIT */
/* Middleboxes: the rewrite that a box applies must be right for every value that a foreach puts into it. */
#include "lang/internal.h"

#include <string.h>

/* A word in braces within a string; false when none follows from *at on. *at then stands on its '{'. */
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

/* What varies a rewrite: tables of values, and the family. */
struct varied {
    bool table[LANG_HANDLES_MAX];
    bool family;
};

static bool find_varied(struct lang_parser *p, const struct lang_token *s, struct varied *v)
{
    const struct ms_case *c = p->c;
    size_t len;
    for (size_t at = 0; placeholder(s->text, &at, &len); at += len + 2) {
        const char *name = ms_arena_strndup(p->a, s->text + at + 1, len);
        const struct ms_foreach *f = lang_foreach_find(c, name);
        if (f != NULL) {
            v->table[f - c->foreach] = true;
        } else if (strcmp(name, "family") == 0) {
            v->family = true;
        } else {
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
    }
    return true;
}

/* "with option = mss, family = ipv6": the values under which a text is wrong. */
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

/* One text as a rewrite. `plain`: it is what the file says, so that the place of a mistake is known. */
static bool parse_one(struct lang_parser *p, const struct lang_token *s, const char *text,
                      const char *values)
{
    struct ms_arena *scratch = ms_arena_new();
    struct ms_rewrite *ignored = NULL;
    struct ms_error err = {0};
    const bool good = ms_rewrite_parse(scratch, text, &ignored, &err) >= 0;
    ms_arena_free(scratch);
    if (good)
        return true;
    const char *hint = "`mptcpspec list rewrites` lists them";
    if (*values != '\0')
        return lang_error(p, s, hint, "with %s: %s", values, err.msg);
    struct ms_loc at = s->loc;
    at.column = lang_inside_string(p, s, err.column > 0 ? err.column : 1);
    return lang_error_at(p, at, 0, hint, "%s", err.msg);
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
    if (!v->family || in->family == MS_IPV6)
        return false;
    in->family = MS_IPV6;
    return true;
}

static bool every_value(struct lang_parser *p, const struct lang_token *s, const struct varied *v)
{
    struct ms_instance in = {.c = p->c, .family = MS_IPV4};
    in.pick = ms_arena_alloc(p->a, (p->c->n_foreach + 1) * sizeof *in.pick);
    do {
        if (++p->rewrites > LANG_REWRITES_MAX)
            return lang_error(p, s, "use fewer values", "middleboxes with more than %u variants",
                              LANG_REWRITES_MAX);
        struct ms_arena *scratch = ms_arena_new();
        const bool good =
            parse_one(p, s, ms_instance_text(scratch, &in, s->text), values_text(p, v, &in));
        ms_arena_free(scratch);
        if (!good)
            return false;
    } while (advance(p->c, v, &in));
    return true;
}

/* One IUT is looked at from the tester, two stacks from nowhere: each view has direction words of its own. */
static bool direction(struct lang_parser *p, const struct lang_token *s)
{
    static const struct {
        const char *word, *instead;
        bool scenario;
    } words[] = {
        {"rx", "`rx` means from the IUT: a scenario has `up` (client to server) and `down`", false},
        {"tx", "`tx` means to the IUT: a scenario has `up` (client to server) and `down`", false},
        {"up", "client and server are those of a scenario: here it is `rx` (from the IUT) or `tx`",
         true},
        {"down",
         "client and server are those of a scenario: here it is `rx` (from the IUT) or `tx`", true},
    };
    const bool scenario = p->c->role == MS_ROLE_BOTH;
    const char *text = s->text + strspn(s->text, " \t");
    const size_t n = strcspn(text, " \t");
    for (size_t i = 0; i < MS_ARRAY_LEN(words); i++)
        if (strlen(words[i].word) == n && strncmp(text, words[i].word, n) == 0 &&
            words[i].scenario != scenario) {
            struct ms_loc at = s->loc;
            at.column = lang_inside_string(p, s, (unsigned)(text - s->text) + 1);
            return lang_error_at(p, at, (unsigned)n, words[i].instead,
                                 "'%s' is no direction of this case", words[i].word);
        }
    return true;
}

static bool rewrite(struct lang_parser *p, struct ms_step *s)
{
    const struct lang_token text = p->tok;
    struct varied v = {0};
    if (strlen(text.text) != text.n_octets)
        return lang_error(p, &text, NULL, "a NUL octet in a rewrite");
    if (!direction(p, &text) || !find_varied(p, &text, &v) || !every_value(p, &text, &v))
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
