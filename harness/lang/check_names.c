/* SPDX-License-Identifier: MIT */
/* Names: variables, named segments, handles. All are defined before they are used. */
#include "lang/internal.h"

#include <string.h>

static const struct lang_name *find(const struct lang_scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->n; i++)
        if (!scope->name[i].hidden && strcmp(scope->name[i].name, name) == 0)
            return &scope->name[i];
    return NULL;
}

bool lang_known(const struct lang_scope *scope, const char *name)
{
    return find(scope, name) != NULL;
}

void lang_scope_words(struct lang_words *w, const struct lang_scope *scope)
{
    for (size_t i = 0; i < scope->n; i++)
        if (!scope->name[i].hidden)
            lang_words_add(w, scope->name[i].name);
}

/* Words of segments and values that a variable would hide. */
static bool taken(const char *name)
{
    return lang_word_find(lang_seg_words, name) != NULL || strcmp(name, "octets") == 0 ||
           strcmp(name, "iut") == 0;
}

void lang_define(struct lang_check *k, struct lang_scope *scope, const char *name,
                 struct ms_loc loc)
{
    const struct lang_name *before = find(scope, name);
    if (before != NULL) {
        lang_error_at(k->p, loc, 0, NULL, "'%s' is already defined on line %u", name,
                      before->loc.line);
        return;
    }
    if (taken(name)) {
        lang_error_at(k->p, loc, 0, NULL, "'%s' is a word of the language and cannot be a name",
                      name);
        return;
    }
    if (k->topo != NULL && ms_topo_addr_find(k->topo, name) != NULL) {
        lang_error_at(k->p, loc, 0, NULL, "'%s' is an address of topology %s", name, k->topo->name);
        return;
    }
    if (scope->n >= LANG_NAMES_MAX) {
        lang_error_at(k->p, loc, 0, NULL, "more than %u names", LANG_NAMES_MAX);
        return;
    }
    scope->name[scope->n++] = (struct lang_name){.name = name, .loc = loc};
}

bool lang_handle_known(const struct lang_check *k, const char *name)
{
    for (size_t i = 0; i < k->c->n_handles; i++)
        if (strcmp(k->c->handle[i], name) == 0)
            return true;
    return false;
}

void lang_handle_add(struct lang_check *k, const char *name, struct ms_loc loc)
{
    struct ms_case *c = k->c;
    if (lang_handle_known(k, name))
        return;
    if (strcmp(name, "iut") == 0 || strcmp(name, "any") == 0) {
        lang_error_at(k->p, loc, 0, NULL, "'%s' cannot be a handle", name);
        return;
    }
    if (c->n_handles >= LANG_HANDLES_MAX) {
        lang_error_at(k->p, loc, 0, NULL, "more than %u handles", LANG_HANDLES_MAX);
        return;
    }
    c->handle = ms_arena_grow(k->p->a, c->handle, &k->cap_handles, c->n_handles, sizeof *c->handle);
    c->handle[c->n_handles++] = name;
}

void lang_handle_use(struct lang_check *k, const char *name, struct ms_loc loc)
{
    if (lang_handle_known(k, name))
        return;
    const struct lang_words w = {.a = k->p->a, .n = k->c->n_handles, .word = k->c->handle};
    lang_error_at(
        k->p, loc, 0,
        lang_suggest(&w, name,
                     ms_arena_printf(k->p->a,
                                     "`%s: handshake` opens a connection, `%s: join` a subflow, "
                                     "`%s: new(...)` only prepares one",
                                     name, name, name)),
        "handle '%s' is never opened before this", name);
}
