/* SPDX-License-Identifier: MIT */
/* Settings of a host, as steps ask for them, become verbs of the target. */
#include "verdict/verdict_int.h"

#include <string.h>

/* The address among the arguments: a topology name, a literal, or any expression that gives one. */
static bool addr_in(struct ms_names *e, const struct ms_step *s, struct ms_addr *out,
                    unsigned *path)
{
    for (size_t n = 0; n < s->n_args; n++) {
        const struct ms_arg *a = &s->arg[n];
        const char *word = !a->name && a->value && a->value->kind == MS_X_NAME ? a->value->text
                           : a->name && !a->value                              ? a->name
                                                                               : NULL;
        if (word && ms_names_addr(e, word, out, path))
            return true;
        if (a->value && a->value->kind == MS_X_ADDR && (!a->name || strcmp(a->name, "addr") == 0)) {
            *out = a->value->addr;
            return true;
        }
        if (a->value && a->name && strcmp(a->name, "addr") == 0 && a->value->kind == MS_X_NAME &&
            ms_names_addr(e, a->value->text, out, path))
            return true;
    }
    return false;
}

static int path_arg(struct ms_names *e, const struct ms_step *s, int fallback)
{
    uint64_t n;
    if (!ms_arg_num(e, s->arg, s->n_args, "path", &n))
        return fallback;
    if (n < 1 || n > e->topo->n_paths) {
        names_broken(e, "path %llu: this topology has %u", (unsigned long long)n, e->topo->n_paths);
        return fallback;
    }
    return (int)n - 1;
}

static bool v_sysctl(struct ms_names *e, const struct ms_step *s, struct ms_verb *v)
{
    v->kind = MS_VERB_SYSCTL;
    for (size_t i = 0; i < s->n_args; i++) {
        struct ms_value x;
        const struct ms_arg *g = &s->arg[i];
        if (!g->name || !g->value)
            continue;
        v->text = g->name;
        if (g->value->kind == MS_X_STRING) {
            v->text2 = g->value->text;
        } else if (g->value->kind == MS_X_NAME && !ms_names_get(e, g->value->text)) {
            v->text2 = g->value->text;
        } else {
            if (!ms_value_eval(e, g->value, NULL, &x))
                return false;
            v->text2 = x.type == MS_V_OCTETS
                           ? ms_arena_strndup(e->arena, (const char *)x.octets, x.len)
                           : ms_arena_printf(e->arena, "%llu", (unsigned long long)x.num);
        }
        return true;
    }
    names_broken(e, "sysctl needs NAME = VALUE");
    return false;
}

static bool endpoint_add(struct ms_names *e, const struct ms_step *s, struct ms_verb *v)
{
    uint64_t n;
    unsigned path = 0;
    v->kind = MS_VERB_ENDPOINT_ADD;
    if (!addr_in(e, s, &v->addr, &path)) {
        names_broken(e, "endpoint add needs an address");
        return false;
    }
    if (ms_arg_num(e, s->arg, s->n_args, "id", &n))
        v->num = (int64_t)n;
    if (ms_arg_num(e, s->arg, s->n_args, "port", &n))
        v->port = (uint16_t)n;
    v->path = path_arg(e, s, -1);
    return true;
}
static bool v_endpoint(struct ms_names *e, const struct ms_step *s, struct ms_verb *v)
{
    static const struct {
        const char *word;
        unsigned flag;
    } flags[] = {{"signal", MS_EP_SIGNAL},
                 {"subflow", MS_EP_SUBFLOW},
                 {"backup", MS_EP_BACKUP},
                 {"fullmesh", MS_EP_FULLMESH}};
    const char *what = ms_arg_word(s->arg, s->n_args, 0);
    uint64_t n;
    v->path = -1;
    for (size_t i = 0; i < MS_ARRAY_LEN(flags); i++)
        if (ms_arg_flag(s->arg, s->n_args, flags[i].word))
            v->flags |= flags[i].flag;
    if (what && strcmp(what, "add") == 0)
        return endpoint_add(e, s, v);
    if (what && strcmp(what, "flush") == 0) {
        v->kind = MS_VERB_ENDPOINT_FLUSH;
        return true;
    }
    addr_in(e, s, &v->addr, NULL);
    if (ms_arg_num(e, s->arg, s->n_args, "id", &n))
        v->num = (int64_t)n;
    if (what && strcmp(what, "del") == 0) {
        v->kind = MS_VERB_ENDPOINT_DEL;
        return true;
    }
    if (what && strcmp(what, "flags") == 0) {
        v->kind = MS_VERB_ENDPOINT_FLAGS;
        return true;
    }
    names_broken(e, "endpoint: 'add', 'del', 'flags' or 'flush' expected");
    return false;
}
static bool v_limits(struct ms_names *e, const struct ms_step *s, struct ms_verb *v)
{
    uint64_t n;
    v->kind = MS_VERB_LIMITS;
    v->num = 2; /* what a fresh namespace has; a case names what it changes */
    v->num2 = 0;
    if (ms_arg_num(e, s->arg, s->n_args, "subflows", &n))
        v->num = (int64_t)n;
    if (ms_arg_num(e, s->arg, s->n_args, "add_addr_accepted", &n))
        v->num2 = (int64_t)n;
    return true;
}
static bool v_addr(struct ms_names *e, const struct ms_step *s, struct ms_verb *v)
{
    const char *what = ms_arg_word(s->arg, s->n_args, 0);
    unsigned path = 0;
    uint64_t prefix = e->family == MS_IPV4 ? 24 : 64;
    if (!what || !addr_in(e, s, &v->addr, &path)) {
        names_broken(e, "addr: 'add' or 'del' and an address expected");
        return false;
    }
    v->kind = strcmp(what, "add") == 0 ? MS_VERB_ADDR_ADD : MS_VERB_ADDR_DEL;
    ms_arg_num(e, s->arg, s->n_args, "prefix", &prefix);
    v->num = (int64_t)prefix;
    v->path = path_arg(e, s, (int)path);
    return true;
}
static bool v_link(struct ms_names *e, const struct ms_step *s, struct ms_verb *v)
{
    const char *what = ms_arg_word(s->arg, s->n_args, 0);
    v->kind = MS_VERB_LINK;
    v->num = what && strcmp(what, "up") == 0;
    v->path = path_arg(e, s, 0);
    return true;
}

/* An address behind `name =`. */
static bool named_addr(struct ms_names *e, const struct ms_step *s, const char *name,
                       struct ms_addr *out)
{
    struct ms_value x;
    for (size_t i = 0; i < s->n_args; i++) {
        const struct ms_arg *a = &s->arg[i];
        if (!a->name || !a->value || strcmp(a->name, name) != 0)
            continue;
        if (!ms_value_eval(e, a->value, NULL, &x) || x.type != MS_V_ADDR)
            break;
        *out = x.addr;
        return true;
    }
    names_broken(e, "pm: an address is needed behind `%s =`", name);
    return false;
}
static bool v_pm(struct ms_names *e, const struct ms_step *s, struct ms_verb *v)
{
    static const struct {
        const char *word;
        enum ms_verb_kind kind;
        bool ends; /* the subflow between `from` and `to` */
    } commands[] = {{"announce", MS_VERB_PM_ANNOUNCE, false},
                    {"remove", MS_VERB_PM_REMOVE, false},
                    {"create", MS_VERB_PM_CREATE, true},
                    {"destroy", MS_VERB_PM_DESTROY, true}};
    const char *what = ms_arg_word(s->arg, s->n_args, 0);
    size_t i = 0;
    uint64_t n;
    while (what && i < MS_ARRAY_LEN(commands) && strcmp(commands[i].word, what) != 0)
        i++;
    if (!what || i == MS_ARRAY_LEN(commands)) {
        names_broken(e, "pm: 'announce', 'remove', 'create' or 'destroy' expected");
        return false;
    }
    v->kind = commands[i].kind;
    v->path = -1;
    if (ms_arg_num(e, s->arg, s->n_args, "id", &n))
        v->num = (int64_t)n;
    if (ms_arg_num(e, s->arg, s->n_args, "port", &n))
        v->port = (uint16_t)n;
    if (ms_arg_flag(s->arg, s->n_args, "backup"))
        v->flags = MS_EP_BACKUP;
    if (commands[i].ends)
        return named_addr(e, s, "from", &v->local) && named_addr(e, s, "to", &v->addr);
    if (v->kind == MS_VERB_PM_ANNOUNCE && !addr_in(e, s, &v->addr, NULL)) {
        names_broken(e, "pm announce needs an address");
        return false;
    }
    return true;
}

static const struct {
    const char *name;
    bool (*fill)(struct ms_names *e, const struct ms_step *s, struct ms_verb *v);
} settings[] = {
    {"sysctl", v_sysctl}, {"endpoint", v_endpoint}, {"limits", v_limits},
    {"addr", v_addr},     {"link", v_link},         {"pm", v_pm},
};

bool ms_setting(struct ms_names *e, const struct ms_step *s, struct ms_verb *v)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(settings); i++)
        if (strcmp(settings[i].name, s->name) == 0)
            return settings[i].fill(e, s, v);
    names_broken(e, "'%s' is no setting", s->name);
    return false;
}
