/* SPDX-License-Identifier: MIT */
/* The two rows of boxes.c: how they come about, and what they did. */
#include "engine/engine_int.h"

#include <string.h>

/* The case numbers its boxes, a row those that were laid. */
struct box_id {
    unsigned box;
    int id;
};

/*
 * A row passes what the IUT sent from its last box to its first; lists of rewrites apply in their order in either
 * direction. So those of the IUT's answers are laid in reverse.
 */
static bool of_answers(const char *text)
{
    text += strspn(text, " \t");
    return strncmp(text, "rx", 2) == 0;
}

static bool own_add(struct engine *e, const char *text)
{
    if (ms_chain_add(e->boxes.own, text, MS_CHAIN_ALL_PATHS, &e->err) >= 0)
        return true;
    broken(e, "rewrite \"%s\": %s", text, e->err.msg);
    return false;
}

static void row_open(struct engine *e)
{
    struct ms_rng rng; /* of its own: a box must not cost the tester its numbers */
    ms_rng_init(&rng, e->cfg->seed, "middlebox");
    e->boxes.row = ms_chain_new(ms_rng_u64(&rng));
    /* A box that is laid in the midst of a connection must know how that began. */
    ms_chain_follow(e->boxes.row);
    for (unsigned p = 0; p < e->seat.net.n_paths; p++)
        ms_link_strangers(e->link[p], true);
}

bool boxes_open(struct engine *e)
{
    const struct ms_engine_config *cfg = e->cfg;
    if (e->c->n_boxes > 0)
        row_open(e);
    if (cfg->n_rewrites == 0)
        return true;
    e->boxes.own = ms_chain_new(cfg->seed);
    for (size_t i = cfg->n_rewrites; i-- > 0 && !e->broken;)
        if (of_answers(cfg->rewrites[i]))
            own_add(e, cfg->rewrites[i]);
    for (size_t i = 0; i < cfg->n_rewrites && !e->broken; i++)
        if (!of_answers(cfg->rewrites[i]))
            own_add(e, cfg->rewrites[i]);
    return !e->broken;
}

enum go box_step(struct engine *e, const struct ms_step *s)
{
    struct boxes *b = &e->boxes;
    if (s->string) {
        const char *text = ms_instance_text(e->a, e->cfg->instance, s->string);
        unsigned path = s->path ? s->path - 1 : MS_CHAIN_ALL_PATHS;
        int id = ms_chain_add(b->row, text, path, &e->err);
        if (id < 0) {
            broken(e, "middlebox \"%s\": %s", text, e->err.msg);
            return GO_STOP;
        }
        b->id = ms_arena_grow(e->a, b->id, &b->cap_id, b->n_id, sizeof *b->id);
        b->id[b->n_id++] = (struct box_id){s->box, id};
        ms_chain_enable(b->row, id, s->box != e->cfg->noop_box);
        note(e, "middlebox %u: %s", s->box, text);
    } else {
        for (size_t i = 0; i < b->n_id; i++)
            if (b->id[i].box == s->box)
                ms_chain_enable(b->row, b->id[i].id, s->flag && s->box != e->cfg->noop_box);
        note(e, "middlebox %u is %s", s->box, s->flag ? "on" : "off");
    }
    loop_drain(e);
    return GO_ON;
}

void boxes_figures(struct engine *e)
{
    if (e->boxes.own)
        e->result->rewrite_hits += ms_chain_acted(e->boxes.own);
    for (size_t i = 0; i < e->boxes.n_id; i++)
        note(e, "middlebox %u acted on %llu frames", e->boxes.id[i].box,
             (unsigned long long)ms_chain_hits(e->boxes.row, e->boxes.id[i].id));
}

void boxes_close(struct engine *e)
{
    ms_chain_free(e->boxes.own);
    ms_chain_free(e->boxes.row);
}
