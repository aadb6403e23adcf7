/* SPDX-License-Identifier: MIT */
/* Scenarios: what was seen on the wire between the two hosts. */
#include "lang/internal.h"

#include <string.h>

/* passed SIZE octets up [path N] */
static bool passed(struct lang_parser *p, struct ms_step *s)
{
    s->name = "passed";
    lang_next(p);
    s->value = lang_expr(p);
    if (s->value == NULL)
        return false;
    if (!lang_accept(p, "octets"))
        return lang_expected(p, "`octets`", "write `wire: expect passed 1M octets up path 2`");
    if (!lang_way(p, s, false))
        return false;
    if (lang_accept(p, "path") && !lang_path_number(p, &s->path))
        return false;
    return lang_judgement(p, s);
}

/* stalls <= N */
static bool stalls(struct lang_parser *p, struct ms_step *s)
{
    struct lang_args list = {0};
    struct ms_arg *arg = lang_args_add(p, &list);
    s->name = arg->name = "stalls";
    lang_next(p);
    if (!lang_cmp(p, &arg->cmp))
        return lang_expected(p, "a comparison", "write `wire: expect stalls <= 3`");
    arg->value = lang_expr(p);
    if (arg->value == NULL)
        return false;
    s->value = arg->value;
    s->n_args = list.n;
    s->arg = list.arg;
    return lang_judgement(p, s);
}

bool lang_wire_no(struct lang_parser *p, struct ms_step *s)
{
    s->side = MS_SIDE_UNSAID;
    if (!lang_accept(p, "no"))
        return lang_expected(p, "`no`", "write `from now wire: no up RST`");
    if (!lang_way(p, s, false))
        return false;
    s->seg = lang_wire_segment(p, s);
    return s->seg != NULL;
}

bool lang_wire_step(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_WIRE;
    s->side = MS_SIDE_UNSAID;
    s->subject = "wire";
    lang_next(p);
    lang_next(p); /* the colon, which the caller saw */
    if (!lang_accept(p, "expect"))
        return lang_expected(p, "`expect`", "write `wire: expect up SYN mp_capable`");
    if (lang_is(p, "passed"))
        return passed(p, s);
    if (lang_is(p, "stalls"))
        return stalls(p, s);
    if (lang_is(p, "no")) {
        s->name = "none";
        if (!lang_wire_no(p, s))
            return false;
        s->within_ns = s->seg->within_ns;
        return true;
    }
    s->name = "segment";
    if (p->tok.kind == T_WORD && lang_foreach_find(p->c, p->tok.text) == NULL &&
        !lang_is(p, "up") && !lang_is(p, "down")) {
        struct lang_words w = {.a = p->a};
        lang_words_list(&w, "up down no passed stalls");
        return lang_error(p, &p->tok,
                          lang_suggest(&w, p->tok.text,
                                       "a segment goes up (from the client) or down: `wire: expect "
                                       "up SYN mp_capable`"),
                          "'%s' is no direction", p->tok.text);
    }
    if (!lang_way(p, s, false))
        return false;
    s->seg = lang_wire_segment(p, s);
    if (s->seg == NULL)
        return false;
    s->within_ns = s->seg->within_ns;
    return true;
}
