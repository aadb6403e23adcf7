/* SPDX-License-Identifier: MIT */
/* What follows send, hold, expect: flags, then items in any order. */
#include "lang/internal.h"

#include <string.h>

struct seg_parse {
    struct lang_parser *p;
    struct ms_segspec *s;
    bool send;
    struct ms_step *wire;    /* looked for on the wire of a scenario: words of its own; else NULL */
    struct ms_optspec *last; /* the option right before: tags behind it are its own */
    size_t cap_opts;
    struct lang_args fields;
};

static bool flags(struct seg_parse *g)
{
    struct lang_parser *p = g->p;
    struct ms_segspec *s = g->s;
    if (lang_is(p, "any")) {
        if (g->send)
            return lang_error(p, &p->tok, "name the flags to send", "`any` cannot be sent");
        s->any_flags = true;
        lang_next(p);
        return true;
    }
    while (p->tok.kind == T_WORD) {
        const struct lang_flag *f = lang_flag_find(p->tok.text);
        if (f == NULL && !s->has_flags)
            return true;
        if (f == NULL)
            return lang_expected(p, "a flag behind '+'",
                                 "flags are SYN ACK FIN RST PSH URG ECE CWR");
        if (s->flags & f->bit)
            return lang_error(p, &p->tok, NULL, "flag %s is given twice", f->name);
        s->flags |= f->bit;
        s->has_flags = true;
        lang_next(p);
        if (!lang_accept_punct(p, '+'))
            return true;
        if (p->tok.kind != T_WORD)
            return lang_expected(p, "a flag behind '+'", NULL);
    }
    return true;
}

static struct ms_optspec *add_option(struct seg_parse *g)
{
    struct ms_segspec *s = g->s;
    s->opt = ms_arena_grow(g->p->a, s->opt, &g->cap_opts, s->n_opts, sizeof *s->opt);
    return &s->opt[s->n_opts++];
}

static bool option(struct seg_parse *g, bool negated)
{
    if (g->s->n_opts >= LANG_ARGS_MAX)
        return lang_error(g->p, &g->p->tok, NULL, "more than %u options", LANG_ARGS_MAX);
    struct ms_optspec *o = add_option(g);
    g->last = o;
    return lang_option(g->p, negated, g->send, o);
}

/* options { OPT [R-..], OPT } */
static bool options(struct seg_parse *g)
{
    struct lang_parser *p = g->p;
    if (g->s->n_opts > 0)
        return lang_error(p, &p->tok, NULL,
                          "`options { }` is the whole list: no option can stand beside it");
    lang_next(p);
    if (!lang_is_punct(p, '{'))
        return lang_expected(p, "'{' behind `options`", NULL);
    lang_open(p);
    g->s->exact_options = true;
    if (!lang_is_punct(p, '}')) {
        do {
            if (!option(g, false))
                return false;
            if (lang_is_punct(p, '[') && !g->send && !lang_tags(p, &g->last->tags))
                return false;
        } while (lang_accept_punct(p, ','));
    }
    g->last = NULL;
    return lang_close(p, '}');
}

static bool is_octet_call(const struct ms_expr *e)
{
    return e->kind == MS_X_CALL &&
           lang_in_list("concat left right octets reverse join_hmac add_addr_hmac", e->text);
}

static bool data(struct seg_parse *g)
{
    struct lang_parser *p = g->p;
    struct ms_segspec *s = g->s;
    const struct lang_token at = p->tok;
    if (s->payload != MS_PAYLOAD_UNSAID)
        return lang_error(p, &at, NULL, "the payload is given twice");
    const bool none = lang_is(p, "nodata");
    lang_next(p);
    g->last = NULL;
    if (none) {
        s->payload = MS_PAYLOAD_NONE;
        return true;
    }
    struct ms_expr *e = lang_expr(p);
    if (e == NULL)
        return false;
    if (e->kind == MS_X_STRING || e->kind == MS_X_OCTETS || is_octet_call(e)) {
        s->payload = MS_PAYLOAD_LITERAL;
        s->payload_octets = e;
    } else {
        s->payload = MS_PAYLOAD_STREAM;
        s->payload_len = e;
    }
    return true;
}

static bool header_field(struct seg_parse *g, const struct ms_field *f)
{
    struct lang_parser *p = g->p;
    struct ms_arg *arg = lang_args_add(p, &g->fields);
    for (size_t i = 0; i + 1 < g->fields.n; i++)
        if (strcmp(g->fields.arg[i].name, f->name) == 0)
            return lang_error(p, &p->tok, NULL, "'%s' is given twice", f->name);
    arg->name = f->name;
    lang_next(p);
    const struct lang_token sign = p->tok;
    if (!g->send && lang_is(p, "as")) {
        lang_next(p);
        g->last = NULL;
        arg->loc = p->tok.loc;
        return lang_expect_word(p, &arg->bind, "the name to bind behind `as`");
    }
    if (!lang_cmp(p, &arg->cmp))
        return lang_expected(p, ms_arena_printf(p->a, "a comparison behind '%s'", f->name),
                             ms_arena_printf(p->a, "write `%s = ...`", f->name));
    if (g->send && arg->cmp != MS_CMP_EQ)
        return lang_error(p, &sign, NULL, "what is sent has one value: only '=' can stand here");
    g->last = NULL;
    arg->value = lang_expr(p);
    return arg->value != NULL;
}

static bool once(struct seg_parse *g, bool *flag, bool for_send, bool for_expect)
{
    struct lang_parser *p = g->p;
    if (g->send ? !for_send : !for_expect)
        return lang_error(p, &p->tok, NULL, "`%s` has no meaning for what is %s", p->tok.text,
                          g->send ? "sent" : "expected");
    *flag = true;
    lang_next(p);
    return true;
}

static bool kw_as(struct seg_parse *g)
{
    if (g->s->as != NULL)
        return lang_error(g->p, &g->p->tok, NULL, "the segment is named twice");
    lang_next(g->p);
    return lang_expect_word(g->p, &g->s->as, "a name for the segment behind `as`");
}

static bool kw_within(struct seg_parse *g)
{
    bool seen;
    return once(g, &seen, false, true) && lang_duration(g->p, &g->s->within_ns);
}

static bool kw_commit(struct seg_parse *g)
{
    return once(g, &g->s->commit, true, false);
}

static bool kw_keep(struct seg_parse *g)
{
    return once(g, &g->s->keep, true, false);
}

static bool kw_strict(struct seg_parse *g)
{
    return once(g, &g->s->strict, false, true);
}

static bool kw_on(struct seg_parse *g)
{
    if (!once(g, &g->s->on_any, false, true))
        return false;
    return lang_accept(g->p, "any") || lang_expected(g->p, "`any` behind `on`", NULL);
}

static bool kw_variant(struct seg_parse *g)
{
    lang_next(g->p);
    g->s->variant = lang_expr(g->p);
    return g->s->variant != NULL;
}

static bool kw_no(struct seg_parse *g)
{
    lang_next(g->p);
    return option(g, true);
}

static bool kw_path(struct seg_parse *g)
{
    lang_next(g->p);
    return lang_path_number(g->p, &g->wire->path);
}

static bool kw_at(struct seg_parse *g)
{
    lang_next(g->p);
    g->wire->side = lang_is(g->p, "server") ? MS_SIDE_SERVER : MS_SIDE_CLIENT;
    return lang_accept(g->p, "client") || lang_accept(g->p, "server") ||
           lang_expected(g->p, "`client` or `server` behind `at`", NULL);
}

static bool kw_after(struct seg_parse *g)
{
    lang_next(g->p);
    return lang_expect_word(g->p, &g->wire->after, "the name of a segment behind `after`");
}

static const struct {
    const char *word;
    bool (*parse)(struct seg_parse *g);
} wire_items[] = {{"path", kw_path}, {"at", kw_at}, {"after", kw_after}};

/* What concerns the order of sending and comes from a tester alone. */
static bool kw_not_there(struct seg_parse *g)
{
    return lang_error(g->p, &g->p->tok, NULL, "`%s` has no meaning on the wire", g->p->tok.text);
}

static const struct {
    const char *word;
    bool (*parse)(struct seg_parse *g);
} items[] = {
    {"data", data},        {"nodata", data},      {"no", kw_no},           {"options", options},
    {"as", kw_as},         {"within", kw_within}, {"commit", kw_commit},   {"keep", kw_keep},
    {"strict", kw_strict}, {"on", kw_on},         {"variant", kw_variant},
};

static bool unknown_item(struct seg_parse *g)
{
    struct lang_parser *p = g->p;
    if (lang_flag_find(p->tok.text) != NULL || lang_is(p, "any"))
        return lang_error(p, &p->tok, "several flags are joined: SYN+ACK",
                          "flags stand at the front of a segment, once");
    struct lang_words w = {.a = p->a};
    for (const struct ms_option_name *o = ms_option_names; o->name != NULL; o++)
        lang_words_add(&w, o->name);
    lang_words_table(&w, lang_seg_words);
    for (size_t i = 0; g->wire != NULL && i < MS_ARRAY_LEN(wire_items); i++)
        lang_words_add(&w, wire_items[i].word);
    for (const struct lang_flag *f = lang_flags; f->name != NULL; f++)
        lang_words_add(&w, f->name);
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++)
        if (strcmp(f->option, "tcp") == 0)
            lang_words_add(&w, f->name);
    if (!g->send && g->wire == NULL)
        lang_words_table(&w, ms_states);
    return lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, NULL),
                      "'%s' is no option, header field or word of a segment", p->tok.text);
}

static bool item(struct seg_parse *g)
{
    struct lang_parser *p = g->p;
    if (lang_is_punct(p, '[') && g->send)
        return lang_error(p, &p->tok, "tags stand behind what is expected",
                          "what is sent judges nothing");
    if (lang_is_punct(p, '['))
        return lang_tags(p, g->last != NULL ? &g->last->tags : &g->s->tags);
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "an option, a header field or a word of a segment", NULL);
    for (size_t i = 0; g->wire != NULL && i < MS_ARRAY_LEN(wire_items); i++)
        if (lang_is(p, wire_items[i].word))
            return wire_items[i].parse(g);
    if (g->wire != NULL && lang_in_list("strict on variant", p->tok.text))
        return kw_not_there(g);
    for (size_t i = 0; i < MS_ARRAY_LEN(items); i++)
        if (lang_is(p, items[i].word))
            return items[i].parse(g);
    const struct ms_field *f = ms_field_find("tcp", p->tok.text);
    if (f != NULL)
        return header_field(g, f);
    if (ms_option_name_find(p->tok.text) == NULL)
        return unknown_item(g);
    if (g->s->exact_options)
        return lang_error(p, &p->tok, NULL,
                          "`options { }` is the whole list: no option can stand beside it");
    return option(g, false);
}

static struct ms_segspec *segment(struct lang_parser *p, bool send, struct ms_step *wire)
{
    struct seg_parse g = {
        .p = p, .s = ms_arena_alloc(p->a, sizeof *g.s), .send = send, .wire = wire};
    g.s->loc = p->tok.loc;
    if (lang_at_end(p) || lang_is(p, "until") || lang_is(p, "before")) {
        lang_expected(p, "a segment: flags, options, header fields or data", NULL);
        return NULL;
    }
    if (!flags(&g))
        return NULL;
    while (!lang_at_end(p) && !lang_is(p, "until") && !lang_is(p, "before"))
        if (!item(&g))
            return NULL;
    g.s->n_fields = g.fields.n;
    g.s->fields = g.fields.arg;
    g.s->field = ms_arena_alloc(p->a, (g.fields.n + 1) * sizeof *g.s->field);
    for (size_t i = 0; i < g.fields.n; i++)
        g.s->field[i] = ms_field_find("tcp", g.fields.arg[i].name);
    return g.s;
}

struct ms_segspec *lang_segment(struct lang_parser *p, bool send)
{
    return segment(p, send, NULL);
}

struct ms_segspec *lang_wire_segment(struct lang_parser *p, struct ms_step *wire)
{
    struct ms_segspec *s = segment(p, false, wire);
    if (s != NULL)
        wire->as = s->as;
    return s;
}
