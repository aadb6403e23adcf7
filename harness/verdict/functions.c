/* SPDX-License-Identifier: MIT */
/* Functions of the case language. */
#include "verdict/verdict_int.h"

#include <string.h>

#define ARGS_MAX 8

typedef bool fn_eval(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out);

/* Changes the lowest bit: the smallest deviation there is. */
static bool fn_flip(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    *out = v[0];
    if (v[0].type == MS_V_OCTETS && v[0].len)
        out->octets[v[0].len - 1] ^= 1;
    else if (v[0].type == MS_V_ADDR)
        out->addr.octets[v[0].addr.family == MS_IPV4 ? 3 : 15] ^= 1;
    else
        out->num ^= 1;
    return true;
}
static bool fn_low32(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    ms_value_set_num(out, v[0].num & 0xffffffffu);
    return true;
}
static bool fn_high32(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    ms_value_set_num(out, v[0].num >> 32);
    return true;
}

/* Numbers become octets of their natural width where octets are needed. */
struct ms_value ms_value_as_octets(const struct ms_value *v)
{
    struct ms_value o = *v;
    if (v->type == MS_V_NUM || v->type == MS_V_BOOL) {
        uint8_t b[8];
        ms_put64(b, v->num);
        size_t w = v->width               ? v->width / 8u
                   : v->num > 0xffffffffu ? 8
                   : v->num > 0xffff      ? 4
                   : v->num > 0xff        ? 2
                                          : 1;
        if (w == 0)
            w = 1;
        ms_value_set_octets(&o, b + 8 - w, w);
    } else if (v->type == MS_V_ADDR) {
        ms_value_set_octets(&o, v->addr.octets, v->addr.family == MS_IPV4 ? 4 : 16);
    }
    return o;
}
static bool fn_left(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    struct ms_value o = ms_value_as_octets(&v[0]);
    ms_value_set_octets(out, o.octets, v[1].num < o.len ? v[1].num : o.len);
    return true;
}
static bool fn_right(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    struct ms_value o = ms_value_as_octets(&v[0]);
    size_t k = v[1].num < o.len ? v[1].num : o.len;
    ms_value_set_octets(out, o.octets + o.len - k, k);
    return true;
}
static bool fn_concat(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    *out = (struct ms_value){.type = MS_V_OCTETS};
    for (size_t i = 0; i < n; i++) {
        struct ms_value o = ms_value_as_octets(&v[i]);
        size_t room = sizeof out->octets - out->len;
        size_t k = o.len < room ? o.len : room;
        memcpy(out->octets + out->len, o.octets, k);
        out->len = (uint8_t)(out->len + k);
    }
    return true;
}
static bool fn_reverse(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    if (v[0].type == MS_V_NUM) { /* octets of a 64-bit number: a key read in the wrong byte order */
        ms_value_set_num(out, __builtin_bswap64(v[0].num));
        return true;
    }
    *out = v[0];
    for (size_t i = 0; i < v[0].len; i++)
        out->octets[i] = v[0].octets[v[0].len - 1u - i];
    return true;
}
static bool fn_octets(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    uint8_t b[8];
    ms_put64(b, v[0].num);
    size_t k = v[1].num < 8 ? v[1].num : 8;
    ms_value_set_octets(out, b + 8 - k, k);
    return true;
}
static bool fn_num(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    struct ms_value o = ms_value_as_octets(&v[0]);
    uint64_t x = 0;
    for (size_t i = 0; i < o.len; i++)
        x = x << 8 | o.octets[i];
    ms_value_set_num(out, x);
    return true;
}
static bool fn_len(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    ms_value_set_num(out, ms_value_as_octets(&v[0]).len);
    return true;
}
static bool fn_token(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    ms_value_set_num(out, ms_token(v[0].num));
    return true;
}
static bool fn_idsn(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    ms_value_set_num(out, ms_idsn(v[0].num));
    return true;
}
static bool fn_join_hmac(struct ms_names *e, const struct ms_value *v, size_t n,
                         struct ms_value *out)
{
    (void)e;
    (void)n;
    uint8_t h[32];
    ms_join_hmac(v[0].num, v[1].num, (uint32_t)v[2].num, (uint32_t)v[3].num, h);
    ms_value_set_octets(out, h, sizeof h);
    return true;
}
static bool fn_add_addr_hmac(struct ms_names *e, const struct ms_value *v, size_t n,
                             struct ms_value *out)
{
    (void)e;
    uint8_t h[32];
    ms_add_addr_hmac(v[0].num, v[1].num, (uint8_t)v[2].num, &v[3].addr,
                     n > 4 ? (uint16_t)v[4].num : 0, h);
    ms_value_set_octets(out, h, sizeof h);
    return true;
}
static bool fn_near_wrap(struct ms_names *e, const struct ms_value *v, size_t n,
                         struct ms_value *out)
{
    (void)n;
    uint64_t key;
    struct ms_error err;
    if (ms_key_near_wrap(e->rng, (uint32_t)v[0].num, 0, &key, &err) != MS_OK) {
        names_broken(e, "near_wrap(%llu): %s", (unsigned long long)v[0].num, err.msg);
        return false;
    }
    ms_value_set_num(out, key);
    return true;
}
static bool fn_random(struct ms_names *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)v;
    (void)n;
    ms_value_set_num(out, ms_rng_u64(e->rng));
    return true;
}
static const struct {
    const char *name;
    size_t min, max;
    fn_eval *fn; /* NULL: of the runner */
} functions[] = {
    {"flip", 1, 1, fn_flip},
    {"low32", 1, 1, fn_low32},
    {"high32", 1, 1, fn_high32},
    {"left", 2, 2, fn_left},
    {"right", 2, 2, fn_right},
    {"concat", 1, ARGS_MAX, fn_concat},
    {"reverse", 1, 1, fn_reverse},
    {"octets", 2, 2, fn_octets},
    {"num", 1, 1, fn_num},
    {"len", 1, 1, fn_len},
    {"token", 1, 1, fn_token},
    {"idsn", 1, 1, fn_idsn},
    {"join_hmac", 4, 4, fn_join_hmac},
    {"add_addr_hmac", 4, 5, fn_add_addr_hmac},
    {"near_wrap", 1, 1, fn_near_wrap},
    {"random", 0, 0, fn_random},
    {"csum", 3, 4, NULL},
};

bool ms_value_call(struct ms_names *e, const struct ms_expr *x, const struct ms_scope *s,
                   struct ms_value *out)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(functions); i++) {
        if (strcmp(functions[i].name, x->text) != 0)
            continue;
        struct ms_value v[ARGS_MAX];
        if (x->n_args < functions[i].min || x->n_args > functions[i].max) {
            names_broken(e, "%s() takes %zu to %zu arguments", x->text, functions[i].min,
                         functions[i].max);
            return false;
        }
        for (size_t k = 0; k < x->n_args; k++)
            if (!ms_value_eval(e, x->arg[k], s, &v[k]))
                return false;
        if (functions[i].fn)
            return functions[i].fn(e, v, x->n_args, out);
        if (e->call)
            return e->call(e->ctx, x->text, v, x->n_args, out);
        break;
    }
    names_broken(e, "no function '%s'", x->text);
    return false;
}
