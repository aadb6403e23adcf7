/* SPDX-License-Identifier: MIT */
/* Expressions: every name means something, every value can stand where it stands. */
#include "lang/internal.h"

#include <inttypes.h>
#include <string.h>

static const char *type_name(enum lang_type t)
{
    static const char *const names[] = {"unknown", "a number", "octets", "an address", "a string"};
    return names[t];
}

enum lang_type lang_type_of(const struct lang_check *k, const struct ms_expr *e)
{
    switch (e->kind) {
    case MS_X_NUM:
    case MS_X_BIN:
    case MS_X_NEG:
        return L_NUM;
    case MS_X_OCTETS:
        return L_OCTETS;
    case MS_X_STRING:
        return L_STRING;
    case MS_X_ADDR:
        return L_ADDR;
    case MS_X_PROP:
        return lang_in_list("addr peer_addr", e->prop) ? L_ADDR : L_NUM;
    case MS_X_CALL:
        if (lang_in_list("flip reverse", e->text))
            return lang_type_of(k, e->arg[0]);
        return lang_in_list("left right concat join_hmac add_addr_hmac octets", e->text) ? L_OCTETS
                                                                                         : L_NUM;
    case MS_X_NAME: {
        const struct ms_foreach *f = lang_foreach_find(k->c, e->text);
        if (f != NULL && lang_known(&k->vars, e->text))
            return k->table_type[f - k->c->foreach];
        if (k->topo != NULL && ms_topo_addr_find(k->topo, e->text) != NULL &&
            !lang_known(&k->vars, e->text))
            return L_ADDR;
        return L_UNKNOWN;
    }
    default:
        return L_UNKNOWN;
    }
}

enum lang_type lang_table_type(const struct lang_check *k, const struct ms_foreach *f)
{
    enum lang_type t = L_UNKNOWN;
    for (size_t i = 0; i < f->n; i++) {
        const enum lang_type one = lang_type_of(k, f->value[i]);
        if (i > 0 && one != t)
            return L_UNKNOWN;
        t = one;
    }
    return t;
}

static void check_address(struct lang_check *k, const struct ms_expr *e,
                          const struct ms_topo_addr *a)
{
    const bool lacks4 = k->c->family4 && a->v4.family == 0;
    if (lacks4 || (k->c->family6 && a->v6.family == 0))
        lang_error_at(k->p, e->loc, 0, "limit the case with `family`", "'%s' has no IPv%d address",
                      e->text, lacks4 ? 4 : 6);
}

static void check_name(struct lang_check *k, const struct ms_expr *e, const struct lang_ctx *ctx)
{
    if (lang_known(&k->vars, e->text))
        return;
    const struct ms_topo_addr *a = k->topo != NULL ? ms_topo_addr_find(k->topo, e->text) : NULL;
    if (a != NULL) {
        check_address(k, e, a);
        return;
    }
    if (k->topo == NULL && lang_in_list("t1 t2 t3 i1 i2 i3", e->text))
        return;
    if (ctx->option != NULL &&
        (ms_field_find(ctx->option, e->text) != NULL || ms_field_find("tcp", e->text) != NULL))
        return;
    if (lang_in_list(ctx->words, e->text))
        return;
    struct lang_words w = {.a = k->p->a};
    lang_scope_words(&w, &k->vars);
    lang_words_list(&w, ctx->words);
    for (unsigned i = 0; k->topo != NULL && i < k->topo->n_addrs; i++)
        lang_words_add(&w, k->topo->addr[i].name);
    for (const struct ms_field *f = ms_fields; ctx->option != NULL && f->option != NULL; f++)
        if (strcmp(f->option, ctx->option) == 0)
            lang_words_add(&w, f->name);
    const char *otherwise =
        lang_handle_known(k, e->text) ? "a handle gives values by its properties: A.snd_nxt" : NULL;
    lang_error_at(k->p, e->loc, 0, lang_suggest(&w, e->text, otherwise), "'%s' is not defined here",
                  e->text);
}

static void check_operands(struct lang_check *k, const struct ms_expr *e)
{
    for (size_t i = 0; i < e->n_args; i++) {
        const enum lang_type t = lang_type_of(k, e->arg[i]);
        if (t != L_UNKNOWN && t != L_NUM) {
            lang_error_at(k->p, e->arg[i]->loc, 0, "num(x) reads octets as a number",
                          "arithmetic needs numbers, this is %s", type_name(t));
            return;
        }
    }
    if (e->kind == MS_X_BIN && (e->op == '/' || e->op == '%') && e->arg[1]->kind == MS_X_NUM &&
        e->arg[1]->num == 0)
        lang_error_at(k->p, e->arg[1]->loc, 0, NULL, "division by zero");
}

void lang_check_expr(struct lang_check *k, const struct ms_expr *e, const struct lang_ctx *ctx)
{
    struct lang_ctx inner = *ctx;
    inner.any = false;
    switch (e->kind) {
    case MS_X_ANY:
        if (!ctx->any)
            lang_error_at(k->p, e->loc, 0, NULL,
                          "`any` can stand only for a value that is expected");
        return;
    case MS_X_NAME:
        check_name(k, e, ctx);
        return;
    case MS_X_PROP:
        if (k->c->role == MS_ROLE_BOTH)
            lang_error_at(k->p, e->loc, 0,
                          "`mp_capable(sender_key as k)` gives a name to what was seen",
                          "a scenario has no handles, and no properties of them");
        else
            lang_handle_use(k, e->text, e->loc);
        return;
    case MS_X_CALL:
        if (k->c->role == MS_ROLE_BOTH && lang_in_list("csum near_wrap random", e->text))
            lang_error_at(k->p, e->loc, 0, NULL, "%s() is for a tester: a scenario has none",
                          e->text);
        break;
    default:
        break;
    }
    for (size_t i = 0; i < e->n_args; i++)
        lang_check_expr(k, e->arg[i], &inner);
    if (e->kind == MS_X_BIN || e->kind == MS_X_NEG)
        check_operands(k, e);
}

static enum lang_type wanted(const struct ms_field *f)
{
    switch (f->type) {
    case MS_V_NUM:
    case MS_V_BOOL:
        return L_NUM;
    case MS_V_OCTETS:
        return L_OCTETS;
    case MS_V_ADDR:
        return L_ADDR;
    default:
        return L_UNKNOWN;
    }
}

/* One value, literal or from the table of a foreach, against the field; `at` is where it is used. */
static bool fits(struct lang_check *k, const struct ms_expr *e, const struct ms_field *f,
                 struct ms_loc at, const char *of)
{
    const enum lang_type want = wanted(f), is = lang_type_of(k, e);
    if (want == L_UNKNOWN || is == L_UNKNOWN)
        return true;
    /* One octet of a list may be written as a number: an address id of REMOVE_ADDR. */
    if (want == L_OCTETS && e->kind == MS_X_NUM && e->num <= 255 && strcmp(f->name, "ids") == 0)
        return true;
    if (is != want) {
        const char *hint = want == L_OCTETS ? "octets are written x\"0a 0b\"" : NULL;
        return lang_error_at(k->p, at, 0, hint, "'%s' is %s, not %s%s", f->name, type_name(want),
                             type_name(is), of);
    }
    if (want == L_NUM && e->kind == MS_X_NUM && f->bits > 0 && f->bits < 64 &&
        e->num >> f->bits != 0)
        return lang_error_at(
            k->p, at, 0,
            ms_arena_printf(k->p->a, "the greatest is %" PRIu64, ((uint64_t)1 << f->bits) - 1),
            "%" PRIu64 " does not fit in the %u bit%s of '%s'%s", e->num, f->bits,
            f->bits == 1 ? "" : "s", f->name, of);
    return true;
}

void lang_check_fits(struct lang_check *k, const struct ms_expr *e, const struct ms_field *f)
{
    const struct ms_foreach *table = e->kind == MS_X_NAME ? lang_foreach_find(k->c, e->text) : NULL;
    if (table == NULL) {
        fits(k, e, f, e->loc, "");
        return;
    }
    const char *of = ms_arena_printf(k->p->a, " (a value of '%s')", e->text);
    for (size_t i = 0; i < table->n; i++)
        if (table->value[i]->kind != MS_X_NAME && !fits(k, table->value[i], f, e->loc, of))
            return;
}

void lang_check_number(struct lang_check *k, const struct ms_expr *e, uint64_t most)
{
    const enum lang_type t = lang_type_of(k, e);
    if (t != L_UNKNOWN && t != L_NUM)
        lang_error_at(k->p, e->loc, 0, NULL, "a number is needed here, this is %s", type_name(t));
    else if (e->kind == MS_X_NUM && e->num > most)
        lang_error_at(k->p, e->loc, 0, NULL,
                      "%" PRIu64 " is too large here, the greatest is %" PRIu64, e->num, most);
}
