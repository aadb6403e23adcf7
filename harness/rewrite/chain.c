/* SPDX-License-Identifier: MIT */
/* A row of boxes: frames pass them in order, back in the opposite order. */
#include "rewrite/internal.h"

#define BOXES_MAX 64

struct box {
    struct ms_rewrite *rewrite;
    unsigned path;
    bool on;
};

struct ms_chain {
    struct ms_arena *arena;
    uint64_t seed;
    struct box box[BOXES_MAX];
    int n;
};

struct passage {
    struct ms_chain *c;
    unsigned path;
    enum ms_dir dir;
    ms_chain_emit *emit;
    void *ctx;
};

struct ms_chain *ms_chain_new(uint64_t seed)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_chain *c = ms_arena_alloc(a, sizeof *c);
    c->arena = a;
    c->seed = seed;
    return c;
}

void ms_chain_free(struct ms_chain *c)
{
    if (c != NULL)
        ms_arena_free(c->arena);
}

int ms_chain_add(struct ms_chain *c, const char *text, unsigned path, struct ms_error *err)
{
    if (c->n == BOXES_MAX)
        return ms_fail(err, MS_ERR_RANGE, "at most %d boxes stand in a row", BOXES_MAX);
    struct box *b = &c->box[c->n];
    const int rc = ms_rewrite_parse(c->arena, text, &b->rewrite, err);
    if (rc != MS_OK)
        return rc;
    b->path = path;
    b->on = true;
    return c->n++;
}

void ms_chain_enable(struct ms_chain *c, int id, bool on)
{
    if (id >= 0 && id < c->n)
        c->box[id].on = on;
}

bool ms_chain_empty(const struct ms_chain *c)
{
    for (int i = 0; i < c->n; i++)
        if (c->box[i].on)
            return false;
    return true;
}

uint64_t ms_chain_hits(const struct ms_chain *c, int id)
{
    return id >= 0 && id < c->n ? ms_rewrite_hits(c->box[id].rewrite) : 0;
}

uint64_t ms_chain_acted(const struct ms_chain *c)
{
    uint64_t sum = 0;
    for (int i = 0; i < c->n; i++)
        sum += ms_rewrite_hits(c->box[i].rewrite);
    return sum;
}

static void pass_on(const struct passage *p, int i, const uint8_t *frame, size_t len)
{
    const int step = p->dir == MS_DIR_TX ? 1 : -1;
    for (; i >= 0 && i < p->c->n; i += step) {
        struct box *b = &p->c->box[i];
        if (!b->on || (b->path != MS_CHAIN_ALL_PATHS && b->path != p->path))
            continue;
        const enum rewrite_result result =
            rewrite_one(b->rewrite, p->dir, frame, len, &frame, &len);
        if (result == REWRITE_DROP)
            return;
        if (result == REWRITE_DUP)
            pass_on(p, i + step, frame, len);
    }
    p->emit(p->ctx, p->path, p->dir, frame, len);
}

int ms_chain_frame(struct ms_chain *c, unsigned path, enum ms_dir dir, uint64_t now_ns,
                   const uint8_t *frame, size_t len, ms_chain_emit *emit, void *ctx)
{
    const struct passage p = {c, path, dir, emit, ctx};
    (void)now_ns;
    if (dir != MS_DIR_RX && dir != MS_DIR_TX)
        return MS_ERR_RANGE;
    pass_on(&p, dir == MS_DIR_TX ? 0 : c->n - 1, frame, len);
    return MS_OK;
}

uint64_t ms_chain_due(const struct ms_chain *c)
{
    (void)c;
    return UINT64_MAX;
}

int ms_chain_run(struct ms_chain *c, uint64_t now_ns, ms_chain_emit *emit, void *ctx)
{
    (void)c;
    (void)now_ns;
    (void)emit;
    (void)ctx;
    return MS_OK;
}
