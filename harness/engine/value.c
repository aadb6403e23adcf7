/* SPDX-License-Identifier: MIT */
/* Expressions of the case language: names, properties of handles, functions. */
#include "engine/engine_int.h"

#include <string.h>

static void set_num(struct ms_value *v, uint64_t n)
{
    *v = (struct ms_value){.type = MS_V_NUM, .num = n};
}

static void set_octets(struct ms_value *v, const void *p, size_t n)
{
    *v = (struct ms_value){.type = MS_V_OCTETS};
    v->len = (uint8_t)(n > sizeof v->octets ? sizeof v->octets : n);
    memcpy(v->octets, p, v->len);
}

void var_set(struct engine *e, const char *name, const struct ms_value *v)
{
    for (size_t i = 0; i < e->n_var; i++)
        if (strcmp(e->var[i].name, name) == 0) {
            e->var[i].value = *v;
            return;
        }
    e->var = ms_arena_grow(e->a, e->var, &e->cap_var, e->n_var, sizeof *e->var);
    e->var[e->n_var++] = (struct variable){name, *v};
}

const struct ms_value *var_get(const struct engine *e, const char *name)
{
    for (size_t i = 0; i < e->n_var; i++)
        if (strcmp(e->var[i].name, name) == 0)
            return &e->var[i].value;
    return NULL;
}

/* ---- properties of a handle ---- */

static uint64_t prop_key(const struct flow *f) { return f->conn->key; }
static uint64_t prop_peer_key(const struct flow *f) { return f->conn->peer_key; }
static uint64_t prop_token(const struct flow *f) { return f->conn->token; }
static uint64_t prop_peer_token(const struct flow *f) { return f->conn->peer_token; }
static uint64_t prop_idsn(const struct flow *f) { return f->conn->idsn; }
static uint64_t prop_peer_idsn(const struct flow *f) { return f->conn->peer_idsn; }
static uint64_t prop_isn(const struct flow *f) { return f->isn; }
static uint64_t prop_peer_isn(const struct flow *f) { return f->peer_isn; }
static uint64_t prop_snd_nxt(const struct flow *f) { return f->snd_nxt; }
static uint64_t prop_snd_una(const struct flow *f) { return f->snd_una; }
static uint64_t prop_rcv_nxt(const struct flow *f) { return f->rcv_nxt; }
static uint64_t prop_dsn_nxt(const struct flow *f) { return f->conn->dsn_nxt; }
static uint64_t prop_dsn_una(const struct flow *f) { return f->conn->dsn_una; }
static uint64_t prop_data_rcv_nxt(const struct flow *f) { return f->conn->data_rcv_nxt; }
static uint64_t prop_dsn_max(const struct flow *f) { return f->conn->dsn_max; }
static uint64_t prop_win(const struct flow *f) { return f->win; }
static uint64_t prop_peer_win(const struct flow *f) { return f->peer_win; }
static uint64_t prop_peer_wscale(const struct flow *f) { return f->peer_wscale; }
static uint64_t prop_sport(const struct flow *f) { return f->sport; }
static uint64_t prop_dport(const struct flow *f) { return f->dport; }
static uint64_t prop_nonce(const struct flow *f) { return f->nonce; }
static uint64_t prop_peer_nonce(const struct flow *f) { return f->peer_nonce; }
static uint64_t prop_id(const struct flow *f) { return f->id; }
static uint64_t prop_peer_id(const struct flow *f) { return f->peer_id; }
static uint64_t prop_mss(const struct flow *f) { return f->peer_mss; }
static uint64_t prop_checksum(const struct flow *f) { return f->conn->csum; }

static const struct {
    const char *name;
    uint64_t (*get)(const struct flow *f);
} props[] = {
    {"key", prop_key},
    {"peer_key", prop_peer_key},
    {"token", prop_token},
    {"peer_token", prop_peer_token},
    {"idsn", prop_idsn},
    {"peer_idsn", prop_peer_idsn},
    {"isn", prop_isn},
    {"peer_isn", prop_peer_isn},
    {"snd_nxt", prop_snd_nxt},
    {"snd_una", prop_snd_una},
    {"rcv_nxt", prop_rcv_nxt},
    {"dsn_nxt", prop_dsn_nxt},
    {"dsn_una", prop_dsn_una},
    {"data_rcv_nxt", prop_data_rcv_nxt},
    {"dsn_max", prop_dsn_max},
    {"win", prop_win},
    {"peer_win", prop_peer_win},
    {"peer_wscale", prop_peer_wscale},
    {"sport", prop_sport},
    {"dport", prop_dport},
    {"nonce", prop_nonce},
    {"peer_nonce", prop_peer_nonce},
    {"id", prop_id},
    {"peer_id", prop_peer_id},
    {"mss", prop_mss},
    {"checksum", prop_checksum},
};

static bool eval_prop(struct engine *e, const struct ms_expr *x, struct ms_value *out)
{
    struct flow *f = flow_find(e, x->text);
    if (!f || !f->conn) {
        broken(e, "'%s' has no connection yet", x->text);
        return false;
    }
    for (size_t i = 0; i < MS_ARRAY_LEN(props); i++)
        if (strcmp(props[i].name, x->prop) == 0) {
            set_num(out, props[i].get(f));
            return true;
        }
    if (strcmp(x->prop, "addr") == 0 || strcmp(x->prop, "peer_addr") == 0) {
        *out = (struct ms_value){.type = MS_V_ADDR, .addr = x->prop[0] == 'a' ? f->own : f->peer};
        return true;
    }
    broken(e, "'%s' has no property '%s'", x->text, x->prop);
    return false;
}

static bool eval_name(struct engine *e, const struct ms_expr *x, const struct scope *s, struct ms_value *out)
{
    const struct ms_value *v = var_get(e, x->text);
    if (v) {
        *out = *v;
        return true;
    }
    struct ms_addr addr;
    if (topo_addr(e, x->text, &addr, NULL)) {
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
    broken(e, "'%s' has no value here", x->text);
    return false;
}

/* ---- functions ---- */

#define ARGS_MAX 8

typedef bool fn_eval(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out);

/* Changes the lowest bit: the smallest deviation there is. */
static bool fn_flip(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
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
static bool fn_low32(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    set_num(out, v[0].num & 0xffffffffu);
    return true;
}
static bool fn_high32(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    set_num(out, v[0].num >> 32);
    return true;
}

/* Numbers become octets of their natural width where octets are needed. */
static struct ms_value as_octets(const struct ms_value *v)
{
    struct ms_value o = *v;
    if (v->type == MS_V_NUM || v->type == MS_V_BOOL) {
        uint8_t b[8];
        ms_put64(b, v->num);
        size_t w = v->width ? v->width / 8u : v->num > 0xffffffffu ? 8 : v->num > 0xffff ? 4 : v->num > 0xff ? 2 : 1;
        if (w == 0)
            w = 1;
        set_octets(&o, b + 8 - w, w);
    } else if (v->type == MS_V_ADDR) {
        set_octets(&o, v->addr.octets, v->addr.family == MS_IPV4 ? 4 : 16);
    }
    return o;
}
static bool fn_left(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    struct ms_value o = as_octets(&v[0]);
    set_octets(out, o.octets, v[1].num < o.len ? v[1].num : o.len);
    return true;
}
static bool fn_right(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    struct ms_value o = as_octets(&v[0]);
    size_t k = v[1].num < o.len ? v[1].num : o.len;
    set_octets(out, o.octets + o.len - k, k);
    return true;
}
static bool fn_concat(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    *out = (struct ms_value){.type = MS_V_OCTETS};
    for (size_t i = 0; i < n; i++) {
        struct ms_value o = as_octets(&v[i]);
        size_t room = sizeof out->octets - out->len;
        size_t k = o.len < room ? o.len : room;
        memcpy(out->octets + out->len, o.octets, k);
        out->len = (uint8_t)(out->len + k);
    }
    return true;
}
static bool fn_reverse(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    if (v[0].type == MS_V_NUM) { /* octets of a 64-bit number: a key read in the wrong byte order */
        set_num(out, __builtin_bswap64(v[0].num));
        return true;
    }
    *out = v[0];
    for (size_t i = 0; i < v[0].len; i++)
        out->octets[i] = v[0].octets[v[0].len - 1u - i];
    return true;
}
static bool fn_octets(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    uint8_t b[8];
    ms_put64(b, v[0].num);
    size_t k = v[1].num < 8 ? v[1].num : 8;
    set_octets(out, b + 8 - k, k);
    return true;
}
static bool fn_num(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    struct ms_value o = as_octets(&v[0]);
    uint64_t x = 0;
    for (size_t i = 0; i < o.len; i++)
        x = x << 8 | o.octets[i];
    set_num(out, x);
    return true;
}
static bool fn_len(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    set_num(out, as_octets(&v[0]).len);
    return true;
}
static bool fn_token(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    set_num(out, ms_token(v[0].num));
    return true;
}
static bool fn_idsn(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    set_num(out, ms_idsn(v[0].num));
    return true;
}
static bool fn_join_hmac(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    (void)n;
    uint8_t h[32];
    ms_join_hmac(v[0].num, v[1].num, (uint32_t)v[2].num, (uint32_t)v[3].num, h);
    set_octets(out, h, sizeof h);
    return true;
}
static bool fn_add_addr_hmac(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)e;
    uint8_t h[32];
    ms_add_addr_hmac(v[0].num, v[1].num, (uint8_t)v[2].num, &v[3].addr, n > 4 ? (uint16_t)v[4].num : 0, h);
    set_octets(out, h, sizeof h);
    return true;
}
static bool fn_near_wrap(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)n;
    uint64_t key;
    struct ms_error err;
    if (ms_key_near_wrap(&e->rng, (uint32_t)v[0].num, 0, &key, &err) != MS_OK) {
        broken(e, "near_wrap(%llu): %s", (unsigned long long)v[0].num, err.msg);
        return false;
    }
    set_num(out, key);
    return true;
}
static bool fn_random(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    (void)v;
    (void)n;
    set_num(out, ms_rng_u64(&e->rng));
    return true;
}
/* csum(dsn, ssn, dll[, variant]): DSS checksum over the tester's stream at that DSN of the first connection. */
static bool fn_csum(struct engine *e, const struct ms_value *v, size_t n, struct ms_value *out)
{
    if (!e->n_conn || v[2].num > 65535) {
        broken(e, "csum() needs a connection and at most 65535 octets");
        return false;
    }
    uint8_t *data = ms_arena_alloc(e->a, v[2].num + 1);
    ms_stream_fill(e->tester_seed + (n > 3 ? v[3].num : 0), v[0].num - stream_base(e->conn[0], true), data, v[2].num);
    set_num(out, ms_dss_csum(v[0].num, (uint32_t)v[1].num, (uint16_t)v[2].num, 0, data, v[2].num));
    return true;
}

static const struct {
    const char *name;
    size_t min, max;
    fn_eval *fn;
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
    {"csum", 3, 4, fn_csum},
};

static bool eval_call(struct engine *e, const struct ms_expr *x, const struct scope *s, struct ms_value *out)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(functions); i++) {
        if (strcmp(functions[i].name, x->text) != 0)
            continue;
        struct ms_value v[ARGS_MAX];
        if (x->n_args < functions[i].min || x->n_args > functions[i].max) {
            broken(e, "%s() takes %zu to %zu arguments", x->text, functions[i].min, functions[i].max);
            return false;
        }
        for (size_t k = 0; k < x->n_args; k++)
            if (!value_eval(e, x->arg[k], s, &v[k]))
                return false;
        return functions[i].fn(e, v, x->n_args, out);
    }
    broken(e, "no function '%s'", x->text);
    return false;
}

static bool eval_bin(struct engine *e, const struct ms_expr *x, const struct scope *s, struct ms_value *out)
{
    struct ms_value l, r;
    if (!value_eval(e, x->arg[0], s, &l) || !value_eval(e, x->arg[1], s, &r))
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
            broken(e, "division by zero");
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
    set_num(out, n);
    return true;
}

bool value_eval(struct engine *e, const struct ms_expr *x, const struct scope *s, struct ms_value *out)
{
    switch (x->kind) {
    case MS_X_NUM:
        set_num(out, x->num);
        return true;
    case MS_X_OCTETS:
        set_octets(out, x->octets, x->len);
        return true;
    case MS_X_STRING:
        set_octets(out, x->text, strlen(x->text));
        return true;
    case MS_X_ADDR:
        *out = (struct ms_value){.type = MS_V_ADDR, .addr = x->addr};
        return true;
    case MS_X_NAME:
        return eval_name(e, x, s, out);
    case MS_X_PROP:
        return eval_prop(e, x, out);
    case MS_X_CALL:
        return eval_call(e, x, s, out);
    case MS_X_BIN:
        return eval_bin(e, x, s, out);
    case MS_X_NEG:
        if (!value_eval(e, x->arg[0], s, out))
            return false;
        out->num = 0 - out->num;
        return true;
    case MS_X_ANY:
        *out = (struct ms_value){.type = MS_V_NONE};
        return true;
    }
    return false;
}

bool value_num(struct engine *e, const struct ms_expr *x, uint64_t *out)
{
    struct ms_value v;
    if (!value_eval(e, x, NULL, &v))
        return false;
    *out = v.num;
    return true;
}

/* Makes a value the type of the field: numbers are cut to the field's width, and become octets where octets
 * stand (a list of address ids of one entry), octets become numbers where they fit. */
void value_fit(const struct ms_field *f, struct ms_value *v)
{
    if ((f->type == MS_V_NUM || f->type == MS_V_BOOL) && v->type == MS_V_OCTETS && v->len <= 8) {
        uint64_t n = 0;
        for (size_t i = 0; i < v->len; i++)
            n = n << 8 | v->octets[i];
        *v = (struct ms_value){.type = f->type, .num = n};
    } else if (f->type == MS_V_OCTETS && (v->type == MS_V_NUM || v->type == MS_V_BOOL)) {
        *v = as_octets(v);
    }
    if (f->type == MS_V_NUM && v->type == MS_V_NUM && f->bits && f->bits < 64)
        v->num &= (1ull << f->bits) - 1;
    if (f->type == MS_V_BOOL && v->type == MS_V_NUM) {
        v->type = MS_V_BOOL;
        v->num = v->num != 0;
    }
}

const struct ms_arg *arg_find(const struct ms_arg *arg, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (arg[i].name && strcmp(arg[i].name, name) == 0)
            return &arg[i];
    return NULL;
}

bool arg_num(struct engine *e, const struct ms_arg *arg, size_t n, const char *name, uint64_t *out)
{
    const struct ms_arg *a = arg_find(arg, n, name);
    if (!a || a->negated)
        return false;
    if (!a->value) {
        *out = 1; /* a bare word switches on */
        return true;
    }
    return value_num(e, a->value, out);
}

bool arg_flag(const struct ms_arg *arg, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++) {
        if (arg[i].name && !arg[i].value && !arg[i].negated && strcmp(arg[i].name, word) == 0)
            return true;
        if (!arg[i].name && arg[i].value && arg[i].value->kind == MS_X_NAME && strcmp(arg[i].value->text, word) == 0)
            return true;
    }
    return false;
}
