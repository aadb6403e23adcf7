/* SPDX-License-Identifier: MIT */
/* Expressions of the case language and the variables that a case binds. */
#include "verdict/verdict_int.h"

#include <stdio.h>
#include <string.h>

void ms_value_set_num(struct ms_value *v, uint64_t n)
{
    *v = (struct ms_value){.type = MS_V_NUM, .num = n};
}

void ms_value_set_octets(struct ms_value *v, const void *p, size_t n)
{
    *v = (struct ms_value){.type = MS_V_OCTETS};
    v->len = (uint8_t)(n > sizeof v->octets ? sizeof v->octets : n);
    memcpy(v->octets, p, v->len);
}

void ms_names_set(struct ms_names *e, const char *name, const struct ms_value *v)
{
    for (size_t i = 0; i < e->n; i++)
        if (strcmp(e->var[i].name, name) == 0) {
            e->var[i].value = *v;
            return;
        }
    e->var = ms_arena_grow(e->arena, e->var, &e->cap, e->n, sizeof *e->var);
    e->var[e->n++] = (struct ms_variable){name, *v};
}

const struct ms_value *ms_names_get(const struct ms_names *e, const char *name)
{
    for (size_t i = 0; i < e->n; i++)
        if (strcmp(e->var[i].name, name) == 0)
            return &e->var[i].value;
    return NULL;
}

void ms_names_instance(struct ms_names *e, const struct ms_instance *in)
{
    for (size_t i = 0; i < in->c->n_foreach; i++) {
        struct ms_value v;
        if (ms_value_eval(e, in->c->foreach[i].value[in->pick[i]], NULL, &v))
            ms_names_set(e, in->c->foreach[i].name, &v);
    }
}

bool ms_names_addr(const struct ms_names *e, const char *name, struct ms_addr *out, unsigned *path)
{
    const struct ms_topo_addr *t = ms_topo_addr_find(e->topo, name);
    if (!t)
        return false;
    *out = ms_topo_addr_of(t, e->family);
    if (path)
        *path = t->path;
    return out->family != 0;
}

void names_broken(const struct ms_names *e, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    e->broken(e->ctx, text);
}

static bool eval_name(struct ms_names *e, const struct ms_expr *x, const struct ms_scope *s,
                      struct ms_value *out)
{
    const struct ms_value *v = ms_names_get(e, x->text);
    if (v) {
        *out = *v;
        return true;
    }
    struct ms_addr addr;
    if (ms_names_addr(e, x->text, &addr, NULL)) {
        *out = (struct ms_value){.type = MS_V_ADDR, .addr = addr};
        return true;
    }
    if (s && s->field) {
        const struct ms_field *f = ms_field_find(s->field->option, x->text);
        if (!f)
            f = ms_field_find("tcp", x->text);
        if (f && f->get(s->seg, s->opt, out))
            return true;
    }
    names_broken(e, "'%s' has no value here", x->text);
    return false;
}

static bool eval_bin(struct ms_names *e, const struct ms_expr *x, const struct ms_scope *s,
                     struct ms_value *out)
{
    struct ms_value l, r;
    if (!ms_value_eval(e, x->arg[0], s, &l) || !ms_value_eval(e, x->arg[1], s, &r))
        return false;
    uint64_t a = l.num, b = r.num, n = 0;
    switch (x->op) {
    case '+':
        n = a + b;
        break;
    case '-':
        n = a - b;
        break;
    case '*':
        n = a * b;
        break;
    case '/':
    case '%':
        if (b == 0) {
            names_broken(e, "division by zero");
            return false;
        }
        n = x->op == '/' ? a / b : a % b;
        break;
    case '&':
        n = a & b;
        break;
    case '|':
        n = a | b;
        break;
    case '^':
        n = a ^ b;
        break;
    case 'l':
        n = b < 64 ? a << b : 0;
        break;
    default:
        n = b < 64 ? a >> b : 0;
        break;
    }
    ms_value_set_num(out, n);
    return true;
}

bool ms_value_eval(struct ms_names *e, const struct ms_expr *x, const struct ms_scope *s,
                   struct ms_value *out)
{
    switch (x->kind) {
    case MS_X_NUM:
        ms_value_set_num(out, x->num);
        return true;
    case MS_X_OCTETS:
        ms_value_set_octets(out, x->octets, x->len);
        return true;
    case MS_X_STRING:
        ms_value_set_octets(out, x->text, strlen(x->text));
        return true;
    case MS_X_ADDR:
        *out = (struct ms_value){.type = MS_V_ADDR, .addr = x->addr};
        return true;
    case MS_X_NAME:
        return eval_name(e, x, s, out);
    case MS_X_PROP:
        if (e->prop)
            return e->prop(e->ctx, x, out);
        names_broken(e, "'%s' is no handle", x->text);
        return false;
    case MS_X_CALL:
        return ms_value_call(e, x, s, out);
    case MS_X_BIN:
        return eval_bin(e, x, s, out);
    case MS_X_NEG:
        if (!ms_value_eval(e, x->arg[0], s, out))
            return false;
        out->num = 0 - out->num;
        return true;
    case MS_X_ANY:
        *out = (struct ms_value){.type = MS_V_NONE};
        return true;
    }
    return false;
}

bool ms_value_num(struct ms_names *e, const struct ms_expr *x, uint64_t *out)
{
    struct ms_value v;
    if (!ms_value_eval(e, x, NULL, &v))
        return false;
    *out = v.num;
    return true;
}

/* Makes a value the type of the field: numbers are cut to the field's width, and become octets where octets
 * stand (a list of address ids of one entry), octets become numbers where they fit. */
void ms_value_fit(const struct ms_field *f, struct ms_value *v)
{
    if ((f->type == MS_V_NUM || f->type == MS_V_BOOL) && v->type == MS_V_OCTETS && v->len <= 8) {
        uint64_t n = 0;
        for (size_t i = 0; i < v->len; i++)
            n = n << 8 | v->octets[i];
        *v = (struct ms_value){.type = f->type, .num = n};
    } else if (f->type == MS_V_OCTETS && (v->type == MS_V_NUM || v->type == MS_V_BOOL)) {
        *v = ms_value_as_octets(v);
    }
    if (f->type == MS_V_NUM && v->type == MS_V_NUM && f->bits && f->bits < 64)
        v->num &= (1ull << f->bits) - 1;
    if (f->type == MS_V_BOOL && v->type == MS_V_NUM) {
        v->type = MS_V_BOOL;
        v->num = v->num != 0;
    }
}

const struct ms_arg *ms_arg_find(const struct ms_arg *arg, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (arg[i].name && strcmp(arg[i].name, name) == 0)
            return &arg[i];
    return NULL;
}

bool ms_arg_num(struct ms_names *e, const struct ms_arg *arg, size_t n, const char *name,
                uint64_t *out)
{
    const struct ms_arg *a = ms_arg_find(arg, n, name);
    if (!a || a->negated)
        return false;
    if (!a->value) {
        *out = 1; /* a bare word switches on */
        return true;
    }
    return ms_value_num(e, a->value, out);
}

bool ms_arg_flag(const struct ms_arg *arg, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++) {
        if (arg[i].name && !arg[i].value && !arg[i].negated && strcmp(arg[i].name, word) == 0)
            return true;
        if (!arg[i].name && arg[i].value && arg[i].value->kind == MS_X_NAME &&
            strcmp(arg[i].value->text, word) == 0)
            return true;
    }
    return false;
}

const char *ms_arg_word(const struct ms_arg *arg, size_t n, size_t i)
{
    size_t k = 0;
    for (size_t j = 0; j < n; j++) {
        const struct ms_arg *a = &arg[j];
        const char *w =
            !a->name && a->value && (a->value->kind == MS_X_NAME || a->value->kind == MS_X_STRING)
                ? a->value->text
            : a->name && !a->value ? a->name
                                   : NULL;
        if (w && k++ == i)
            return w;
    }
    return NULL;
}
