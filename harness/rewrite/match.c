/* SPDX-License-Identifier: MIT */
/* Selection of segments by a rewrite's conditions. */
#include "rewrite/internal.h"

#include <string.h>

bool rewrite_has_field(const struct ms_field *f, const struct ms_seg *seg, const struct ms_opt *opt,
                       struct ms_value *v)
{
    const struct ms_option_name *name = ms_option_name_find(f->option);
    if (name == NULL)
        return opt == NULL && f->get(seg, NULL, v);
    return opt != NULL && ms_opt_is(opt, name) && f->get(seg, opt, v);
}

bool rewrite_has_option(const struct ms_seg *seg, const struct ms_option_name *name)
{
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (ms_opt_is(&seg->opt[i], name))
            return true;
    return false;
}

static bool compare(const struct ms_value *got, enum cond_op op, const struct ms_value *want)
{
    switch (op) {
    case OP_EQ:
        return ms_value_eq(got, want);
    case OP_NE:
        return !ms_value_eq(got, want);
    case OP_LT:
        return got->num < want->num;
    case OP_GT:
        return got->num > want->num;
    }
    return false;
}

/* True if the header, or any option, has the field with such a value. A field that is not there never fits. */
static bool field_fits(const struct rewrite_cond *c, const struct ms_seg *seg)
{
    struct ms_value v;
    if (rewrite_has_field(c->field, seg, NULL, &v))
        return compare(&v, c->op, &c->value);
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (rewrite_has_field(c->field, seg, &seg->opt[i], &v) && compare(&v, c->op, &c->value))
            return true;
    return false;
}

static bool has_subtype(const struct ms_seg *seg, uint64_t subtype)
{
    return ms_seg_mp(seg, (uint8_t)subtype) != NULL;
}

static bool compare_number(uint64_t got, const struct rewrite_cond *c)
{
    const struct ms_value v = {.type = MS_V_NUM, .num = got};
    return compare(&v, c->op, &c->value);
}

static bool cond_holds(const struct rewrite_cond *c, const struct ms_rewrite *r,
                       const struct rewrite_work *w)
{
    const struct ms_seg *seg = &w->seg;
    const uint64_t num = c->value.num;
    switch (c->kind) {
    case COND_FLAGS:
        return (seg->flags & c->flags_mask) == c->flags_want;
    case COND_HAS:
        return rewrite_has_option(seg, c->option);
    case COND_NOT:
        return !rewrite_has_option(seg, c->option);
    case COND_DATA:
        return seg->payload_len != 0;
    case COND_NODATA:
        return seg->payload_len == 0;
    case COND_FIELD:
        return field_fits(c, seg);
    case COND_THIRD:
        return w->marks.third != THIRD_NOT && w->marks.third <= num;
    case COND_ESTABLISHED:
        return w->marks.established;
    case COND_REPEATED:
        return w->marks.repeated;
    case COND_SUBTYPE:
        return has_subtype(seg, num);
    case COND_SUBFLOW:
        return w->flow != NULL && compare_number(w->flow->ordinal, c);
    case COND_PATH:
        return w->path + (uint64_t)1 == num;
    case COND_PACKET:
        return compare_number(r->frames[w->dir], c);
    case COND_AFTER:
        return w->now - r->since_ns >= num;
    case COND_BEFORE:
        return w->now - r->since_ns < num;
    case COND_CHANCE:
        return (rewrite_random(w) & UINT32_MAX) < num;
    }
    return false;
}

static bool action_fits(const struct ms_rewrite *r, const struct ms_seg *seg)
{
    struct ms_value v;
    const unsigned need = r->action->need;
    if ((need & NEED_PAYLOAD) != 0 && seg->payload_len == 0)
        return false;
    if ((need & NEED_MPTCP) != 0 && !ms_seg_has_mptcp(seg))
        return false;
    if ((need & NEED_SYN) != 0 && (seg->flags & MS_TH_SYN) == 0)
        return false;
    if (r->option != NULL && rewrite_has_option(seg, r->option) != ((need & NEED_ABSENT) == 0))
        return false;
    if ((need & NEED_ROOM) != 0) {
        const struct ms_option_name *name = ms_option_name_find(r->field->option);
        return name != NULL && rewrite_has_option(seg, name);
    }
    if (r->field == NULL || rewrite_has_field(r->field, seg, NULL, &v))
        return true;
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (rewrite_has_field(r->field, seg, &seg->opt[i], &v))
            return true;
    return false;
}

bool ms_rewrite_translates(const struct ms_rewrite *r)
{
    return r->action->args == ARGS_ADDR || r->action->args == ARGS_ADDR_OR;
}

const struct ms_option_name *ms_rewrite_option(const struct ms_rewrite *r)
{
    const struct ms_option_name *name = r->option;
    if (name == NULL && r->field != NULL)
        name = ms_option_name_find(r->field->option);
    if (name == NULL && r->insert.occupied > 0)
        name = ms_option_name_find(ms_opt_name(&r->insert));
    for (const struct rewrite_cond *c = r->conds; c != NULL && name == NULL; c = c->next) {
        if (c->kind == COND_HAS)
            name = c->option;
        else if (c->kind == COND_FIELD)
            name = ms_option_name_find(c->field->option);
    }
    return name;
}

/* Chance comes last: it is asked only for what is selected but for it. */
bool rewrite_selects(const struct ms_rewrite *r, const struct rewrite_work *w)
{
    bool chance = false;
    for (const struct rewrite_cond *c = r->conds; c != NULL; c = c->next) {
        chance |= c->kind == COND_CHANCE;
        if (c->kind != COND_CHANCE && !cond_holds(c, r, w))
            return false;
    }
    if (!action_fits(r, &w->seg))
        return false;
    for (const struct rewrite_cond *c = r->conds; chance && c != NULL; c = c->next)
        if (c->kind == COND_CHANCE && !cond_holds(c, r, w))
            return false;
    return true;
}
