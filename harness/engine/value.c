/* SPDX-License-Identifier: MIT */
/* What names and calls are worth to the tester; the rest of expressions and patterns is the verdict layer's. */
#include "engine/engine_int.h"

static void no_value(void *ctx, const char *why)
{
    broken(ctx, "%s", why);
}

static bool prop(void *ctx, const struct ms_expr *x, struct ms_value *out)
{
    return value_prop(ctx, x, out);
}

/* csum(dsn, ssn, dll[, variant]): DSS checksum over the tester's stream at that DSN of the first connection. */
static bool csum(void *ctx, const char *name, const struct ms_value *v, size_t n,
                 struct ms_value *out)
{
    struct engine *e = ctx;
    if (!e->n_conn || v[2].num > 65535) {
        broken(e, "%s() needs a connection and at most 65535 octets", name);
        return false;
    }
    uint8_t *data = ms_arena_alloc(e->a, v[2].num + 1);
    content_fill(e, n > 3 ? v[3].num : 0, v[0].num - stream_base(e->conn[0], true), data, v[2].num);
    ms_value_set_num(
        out, ms_dss_csum(v[0].num, (uint32_t)v[1].num, (uint16_t)v[2].num, 0, data, v[2].num));
    return true;
}

void names_open(struct engine *e)
{
    e->names = (struct ms_names){.arena = e->a,
                                 .topo = e->cfg->topo,
                                 .family = e->family,
                                 .rng = &e->rng,
                                 .broken = no_value,
                                 .prop = prop,
                                 .call = csum,
                                 .ctx = e};
}

void var_set(struct engine *e, const char *name, const struct ms_value *v)
{
    ms_names_set(&e->names, name, v);
}

const struct ms_value *var_get(const struct engine *e, const char *name)
{
    return ms_names_get(&e->names, name);
}

bool value_eval(struct engine *e, const struct ms_expr *x, const struct ms_scope *s,
                struct ms_value *out)
{
    return ms_value_eval(&e->names, x, s, out);
}

bool value_num(struct engine *e, const struct ms_expr *x, uint64_t *out)
{
    return ms_value_num(&e->names, x, out);
}

bool arg_num(struct engine *e, const struct ms_arg *arg, size_t n, const char *name, uint64_t *out)
{
    return ms_arg_num(&e->names, arg, n, name, out);
}

bool topo_addr(const struct engine *e, const char *name, struct ms_addr *out, unsigned *path)
{
    return ms_names_addr(&e->names, name, out, path);
}

struct prescribing {
    struct engine *e;
    const struct rx *r;
};

static void prescribed(void *ctx, const struct ms_seg *seg, const struct ms_opt *got,
                       struct ms_opt *want)
{
    const struct prescribing *p = ctx;
    (void)seg;
    prescribe_rx(p->e, p->r, got, want);
}

void match_seg(struct engine *e, const struct rx *r, const struct ms_segspec *s,
               struct ms_matching *m)
{
    struct prescribing p = {e, r};
    struct ms_prescriber by = {.option = prescribed, .ctx = &p};
    ms_match_seg(&e->names, r->seg, s, &by, m);
}

void match_bind(struct engine *e, const struct rx *r, const struct ms_segspec *s)
{
    ms_match_bind(&e->names, r->seg, s);
}
