/* SPDX-License-Identifier: MIT */
/* What grammar alone cannot see, in a file whose every statement was understood. */
#include "lang/internal.h"

#include <string.h>

const struct ms_foreach *lang_foreach_find(const struct ms_case *c, const char *name)
{
    for (size_t i = 0; i < c->n_foreach; i++)
        if (strcmp(c->foreach[i].name, name) == 0)
            return &c->foreach[i];
    return NULL;
}

void lang_check_tags(struct lang_check *k, const struct ms_tags *tags)
{
    struct ms_case *c = k->c;
    for (size_t i = 0; i < tags->n; i++) {
        size_t at = 0;
        while (at < c->n_reqs && c->req[at] != tags->req[i])
            at++;
        k->judges = true;
        if (at < c->n_reqs)
            continue;
        c->req = ms_arena_grow(k->p->a, c->req, &k->cap_reqs, c->n_reqs, sizeof *c->req);
        c->req[c->n_reqs++] = tags->req[i];
    }
}

const struct ms_topo *lang_topo_find(const struct ms_lang_env *env, const char *name)
{
    for (size_t i = 0; env->topo != NULL && env->topo[i] != NULL; i++)
        if (strcmp(env->topo[i]->name, name) == 0)
            return env->topo[i];
    return NULL;
}

/* A bare word that names nothing is a string. */
static void word_to_string(const struct lang_check *k, struct ms_expr *e)
{
    if (e->kind != MS_X_NAME || lang_known(&k->vars, e->text) ||
        (k->topo != NULL && ms_topo_addr_find(k->topo, e->text) != NULL))
        return;
    e->kind = MS_X_STRING;
    e->octets = (const uint8_t *)e->text;
    e->len = strlen(e->text);
}

static void check_foreach(struct lang_check *k)
{
    const struct lang_ctx none = {.words = ""};
    size_t instances = 1;
    for (size_t i = 0; i < k->c->n_foreach; i++) {
        const struct ms_foreach *f = &k->c->foreach[i];
        for (size_t v = 0; v < f->n; v++) {
            word_to_string(k, f->value[v]);
            lang_check_expr(k, f->value[v], &none);
        }
        k->table_type[i] = lang_table_type(k, f);
        lang_define(k, &k->vars, f->name, f->loc);
        instances *= f->n;
        if (instances > LANG_INSTANCES_MAX) {
            lang_error_at(k->p, f->loc, 0, NULL, "the tables make more than %u combinations",
                          LANG_INSTANCES_MAX);
            return;
        }
    }
}

static bool same_value(const struct ms_expr *a, const struct ms_expr *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case MS_X_NUM:
        return a->num == b->num;
    case MS_X_OCTETS:
    case MS_X_STRING:
        return a->len == b->len && (a->len == 0 || memcmp(a->octets, b->octets, a->len) == 0);
    case MS_X_NAME:
        return strcmp(a->text, b->text) == 0;
    case MS_X_ADDR:
        return ms_addr_eq(&a->addr, &b->addr);
    default:
        return false;
    }
}

static void check_when_family(struct lang_check *k, const struct ms_arg *a)
{
    const char *text = a->value->kind == MS_X_STRING ? a->value->text : "";
    const bool v4 = strcmp(text, "ipv4") == 0, v6 = strcmp(text, "ipv6") == 0;
    if (!v4 && !v6)
        lang_error_at(k->p, a->value->loc, 0, NULL, "the family is ipv4 or ipv6");
    else if (v4 ? !k->c->family4 : !k->c->family6)
        lang_error_at(k->p, a->value->loc, 0, NULL, "the case does not run over %s", text);
}

static void check_when(struct lang_check *k, const struct ms_arg *a)
{
    word_to_string(k, a->value);
    if (strcmp(a->name, "family") == 0) {
        check_when_family(k, a);
        return;
    }
    const struct ms_foreach *f = lang_foreach_find(k->c, a->name);
    if (f == NULL) {
        struct lang_words w = {.a = k->p->a};
        for (size_t i = 0; i < k->c->n_foreach; i++)
            lang_words_add(&w, k->c->foreach[i].name);
        lang_words_add(&w, "family");
        lang_error_at(k->p, a->loc, 0, lang_suggest(&w, a->name, NULL), "no foreach is named '%s'",
                      a->name);
        return;
    }
    for (size_t i = 0; i < f->n; i++)
        if (same_value(f->value[i], a->value))
            return;
    lang_error_at(k->p, a->value->loc, 0, NULL, "'%s' never has this value", a->name);
}

static void check_altered(struct lang_check *k)
{
    for (size_t i = 0; i < k->c->n_altered; i++)
        for (size_t w = 0; w < k->c->altered[i].n_when; w++)
            check_when(k, &k->c->altered[i].when[w]);
}

static bool check(struct lang_check *k)
{
    struct lang_parser *p = k->p;
    struct ms_case *c = k->c;
    k->topo = lang_topo_find(p->env, c->topology);
    if (p->env->topo != NULL && k->topo == NULL)
        lang_error_at(p, c->loc, 0, "name another with `topology`", "unknown topology '%s'",
                      c->topology);
    lang_check_kind(k);
    check_foreach(k);
    if (p->diags->n > p->diags_before)
        return false;
    check_altered(k);
    lang_check_block(k, &c->steps);
    lang_check_awaited(k);
    if (!k->judges && p->diags->n == p->diags_before)
        lang_error_at(p, c->loc, 0,
                      "put the requirement behind an expectation: A: expect RST [R-3.2-34]",
                      "the case judges nothing: no expectation names a requirement");
    if (c->section == NULL && c->n_reqs > 0)
        c->section = c->req[0]->section;
    return p->diags->n == p->diags_before;
}

bool lang_check_case(struct lang_parser *p)
{
    /* What is known while checking is of no use afterwards: it must not stay with the plan. */
    struct ms_arena *scratch = ms_arena_new();
    struct lang_check *k = ms_arena_alloc(scratch, sizeof *k);
    k->p = p;
    k->c = p->c;
    bool right = check(k);
    ms_arena_free(scratch);
    return right;
}
