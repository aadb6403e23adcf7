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

static bool has_option(const struct ms_seg *seg, const struct ms_option_name *name)
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

static bool cond_holds(const struct rewrite_cond *c, const struct ms_seg *seg)
{
    switch (c->kind) {
    case COND_FLAGS:
        return (seg->flags & c->flags_mask) == c->flags_want;
    case COND_HAS:
        return has_option(seg, c->option);
    case COND_NOT:
        return !has_option(seg, c->option);
    case COND_DATA:
        return seg->payload_len != 0;
    case COND_NODATA:
        return seg->payload_len == 0;
    case COND_FIELD:
        return field_fits(c, seg);
    }
    return false;
}

static bool action_fits(const struct ms_rewrite *r, const struct ms_seg *seg)
{
    struct ms_value v;
    if (r->action->need == NEED_PAYLOAD && seg->payload_len == 0)
        return false;
    if (r->action->need == NEED_MPTCP && !ms_seg_has_mptcp(seg))
        return false;
    if (r->option != NULL && !has_option(seg, r->option))
        return false;
    if (r->action->need == NEED_ROOM) {
        const struct ms_option_name *name = ms_option_name_find(r->field->option);
        return name != NULL && has_option(seg, name);
    }
    if (r->field == NULL || rewrite_has_field(r->field, seg, NULL, &v))
        return true;
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (rewrite_has_field(r->field, seg, &seg->opt[i], &v))
            return true;
    return false;
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

bool rewrite_selects(const struct ms_rewrite *r, const struct rewrite_work *w)
{
    for (const struct rewrite_cond *c = r->conds; c != NULL; c = c->next)
        if (!cond_holds(c, &w->seg))
            return false;
    return action_fits(r, &w->seg);
}
