/* SPDX-License-Identifier: MIT */
/* What must have been seen on the wire: patterns against the frame log, sums of what passed. */
#include "interop/interop_int.h"

#include <string.h>

/* Scenarios prescribe nothing by themselves: a field without a value is to be there. */
static void as_it_is(void *ctx, const struct ms_seg *seg, const struct ms_opt *got,
                     struct ms_opt *want)
{
    (void)ctx;
    (void)seg;
    *want = *got;
}
static const struct ms_prescriber nobody = {.option = as_it_is};

/* Where a step looks: at which side of the box, for what a host sent or what was handed to it. */
struct place {
    enum ms_host side;
    enum ms_dir dir;
    unsigned path; /* from 1, 0: any */
};

static struct place place_of(const struct scene *s, const struct ms_step *st)
{
    bool up, down;
    ms_step_way(s->cfg->instance, st, &up, &down);
    enum ms_host sender = up ? MS_CLIENT : MS_SERVER;
    enum ms_host side = st->side == MS_SIDE_UNSAID ? sender : (enum ms_host)st->side;
    return (struct place){side, side == sender ? MS_DIR_RX : MS_DIR_TX, st->path};
}

static bool at_place(const struct place *p, uint32_t iface, enum ms_dir dir)
{
    return dir == p->dir && (iface & 1) == (uint32_t)p->side &&
           (!p->path || iface / 2 + 1 == p->path);
}

static bool fits(struct scene *s, const struct ms_step *st, const struct ms_seg *seg)
{
    struct ms_matching m = {.untagged = true};
    ms_match_seg(&s->names, seg, st->seg, &nobody, &m);
    return m.all;
}

/* The next frame at that place, decoded. */
static bool next_at(const struct scene *s, const struct place *p, size_t *pos,
                    struct ms_frame_rec *rec, struct ms_seg *seg, struct ms_opt opts[MS_OPTS_MAX])
{
    struct ms_neigh neigh;
    while (ms_framelog_next(s->trace->frames, pos, rec))
        if (at_place(p, rec->iface, rec->dir) &&
            ms_frame_decode(rec->octets, rec->len, seg, opts, &neigh) == MS_FRAME_TCP)
            return true;
    return false;
}

static size_t begin_of(struct scene *s, const struct ms_step *st)
{
    for (size_t i = s->n_named; st->after && i-- > 0;)
        if (strcmp(s->named[i].name, st->after) == 0)
            return s->named[i].pos;
    if (st->after)
        scene_broken(s, "no segment was named '%s'", st->after);
    return 0;
}

/* How many of the options that the pattern wants are there, whatever they hold. */
static size_t present(const struct ms_segspec *p, const struct ms_seg *seg)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_opts; i++) {
        const struct ms_option_name *want = p->opt[i].name;
        const struct ms_opt *o = want->subtype >= 0 ? ms_seg_mp(seg, (uint8_t)want->subtype)
                                                    : ms_seg_opt(seg, want->kind);
        n += !p->opt[i].negated && o != NULL;
    }
    return n;
}

/* The segment that comes closest, with what does not fit. */
static void closest(struct scene *s, const struct ms_step *st, struct attempt *t)
{
    struct place p = place_of(s, st);
    struct ms_frame_rec rec;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_buf why = {0};
    size_t best = 0, best_pos = 0, before, n = 0;
    for (size_t pos = begin_of(s, st);
         before = pos, !s->stopped && next_at(s, &p, &pos, &rec, &seg, opts);) {
        struct ms_matching m = {.untagged = true};
        n++;
        ms_match_seg(&s->names, &seg, st->seg, &nobody, &m);
        size_t worth = m.base ? 1 + 2 * m.fitting + present(st->seg, &seg) : 0;
        if (worth > best) {
            best = worth;
            best_pos = before;
        }
    }
    ms_buf_printf(&why, "%zu segments were looked at", n);
    if (best && next_at(s, &p, &best_pos, &rec, &seg, opts)) {
        struct ms_matching m = {.why = &why};
        t->packet = rec.packet;
        ms_buf_puts(&why, "; the closest is\n");
        ms_buf_printf(&why, "  packet %u: ", rec.packet);
        ms_seg_text(&seg, 0, 0, &why);
        ms_buf_puts(&why, "\n");
        ms_match_seg(&s->names, &seg, st->seg, &nobody, &m);
        t->failed = m.failed;
        t->n_failed = m.n_failed;
    }
    t->text = ms_arena_strdup(s->a, why.data);
    ms_buf_free(&why);
}

static void try_segment(struct scene *s, const struct ms_step *st, bool explain, struct attempt *t)
{
    struct place p = place_of(s, st);
    struct ms_frame_rec rec;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    if (t->pos == 0)
        t->pos = begin_of(s, st);
    while (!s->stopped && next_at(s, &p, &t->pos, &rec, &seg, opts)) {
        if (!fits(s, st, &seg) || s->stopped)
            continue;
        ms_match_bind(&s->names, &seg, st->seg);
        t->state = TRY_MET;
        t->packet = rec.packet;
        const char *as = st->as ? st->as : st->seg->as;
        if (as) {
            s->named = ms_arena_grow(s->a, s->named, &s->cap_named, s->n_named, sizeof *s->named);
            s->named[s->n_named++] = (struct named_frame){as, t->pos};
        }
        return;
    }
    if (explain && !s->stopped)
        closest(s, st, t);
}

static enum go none_step(struct scene *s, const struct ms_step *st)
{
    struct place p = place_of(s, st);
    struct ms_frame_rec rec;
    struct ms_seg seg;
    struct ms_opt opts[MS_OPTS_MAX];
    scene_drain(s);
    for (size_t pos = begin_of(s, st); !s->stopped && next_at(s, &p, &pos, &rec, &seg, opts);) {
        if (!fits(s, st, &seg) || s->stopped)
            continue;
        struct ms_buf b = {0};
        ms_buf_printf(&b, "%s\ncame nevertheless:\n  packet %u: ", st->text, rec.packet);
        ms_seg_text(&seg, 0, 0, &b);
        const char *text = ms_arena_strdup(s->a, b.data);
        ms_buf_free(&b);
        return scene_failed(s, st, rec.packet, text);
    }
    if (s->stopped)
        return GO_STOP;
    ms_record_met(&s->record, st, 0);
    return GO_ON;
}

static void try_passed(struct scene *s, const struct ms_step *st, bool explain, struct attempt *t)
{
    uint64_t want = 0, is = 0;
    bool up, down;
    ms_step_way(s->cfg->instance, st, &up, &down);
    enum ms_host to = up ? MS_SERVER : MS_CLIENT;
    if (!st->value || !ms_value_num(&s->names, st->value, &want))
        return;
    for (unsigned p = 0; p < MS_PATHS_MAX; p++)
        if (!st->path || st->path == p + 1)
            is += s->passed[p][to];
    t->state = is >= want ? TRY_MET : TRY_YET;
    if (explain)
        t->text =
            ms_arena_printf(s->a, "%llu of %llu octets of payload reached the %s",
                            (unsigned long long)is, (unsigned long long)want, s->host[to]->name);
}

/* At most so many repetitions of one segment in a row while nothing else got on. */
static void try_stalls(struct scene *s, const struct ms_step *st, bool explain, struct attempt *t)
{
    uint64_t want = 0;
    const struct ms_arg *a = st->n_args ? &st->arg[0] : NULL;
    const struct ms_expr *x = a && a->value ? a->value : st->value;
    unsigned is = s->host[0]->stalls > s->host[1]->stalls ? s->host[0]->stalls : s->host[1]->stalls;
    if (!x || !ms_value_num(&s->names, x, &want))
        return;
    struct ms_value got, wanted;
    ms_value_set_num(&got, is);
    ms_value_set_num(&wanted, want);
    t->state = ms_value_compare(&got, a ? a->cmp : MS_CMP_LE, &wanted) ? TRY_MET : TRY_FAILED;
    if (explain)
        t->text = ms_arena_printf(s->a,
                                  "a segment was sent again %u times without progress "
                                  "(client %u, server %u)",
                                  is, s->host[0]->stalls, s->host[1]->stalls);
}

enum go wire_step(struct scene *s, const struct ms_step *st)
{
    static const struct {
        const char *name;
        try_fn *try;
    } kinds[] = {{"segment", try_segment}, {"passed", try_passed}, {"stalls", try_stalls}};
    if (strcmp(st->name, "none") == 0)
        return none_step(s, st);
    for (size_t i = 0; i < MS_ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].name, st->name) == 0)
            return scene_expect(s, st, kinds[i].try);
    scene_broken(s, "wire: expect '%s' is not known", st->name);
    return GO_STOP;
}

enum go wire_guard_step(struct scene *s, const struct ms_step *st)
{
    scene_drain(s);
    s->guard = ms_arena_grow(s->a, s->guard, &s->cap_guard, s->n_guard, sizeof *s->guard);
    s->guard[s->n_guard++] = (struct guard){.step = st};
    return s->stopped ? GO_STOP : GO_ON;
}

void guards_check(struct scene *s, uint32_t iface, enum ms_dir dir, uint32_t packet,
                  const struct ms_seg *seg)
{
    for (size_t i = 0; i < s->n_guard; i++) {
        struct guard *g = &s->guard[i];
        struct place p = place_of(s, g->step);
        if (g->struck || !at_place(&p, iface, dir) || !fits(s, g->step, seg))
            continue;
        g->struck = true;
        struct ms_buf b = {0};
        ms_buf_printf(&b, "guard: %s\ncame nevertheless:\n  packet %u: ", g->step->text, packet);
        ms_seg_text(seg, 0, 0, &b);
        scene_failed(s, g->step, packet, b.data);
        ms_buf_free(&b);
    }
}
