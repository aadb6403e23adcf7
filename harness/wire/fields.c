/* SPDX-License-Identifier: MIT */
/* The table of all fields, and the values that go in and out of them. */
#include "wire/field_def.h"
#include "wire/fields_list.h"

#include <inttypes.h>
#include <string.h>

bool field_has_form(const struct ms_opt *opt, unsigned forms)
{
    return opt != NULL && opt->kind == MS_TCPOPT_MPTCP && opt->mp.form < 32 &&
           (forms >> opt->mp.form & 1u) != 0;
}

bool field_put(struct ms_value *out, enum ms_vtype type, uint64_t num, unsigned bits)
{
    *out = (struct ms_value){.type = type, .num = num, .width = (uint8_t)bits};
    return true;
}

bool field_take(const struct ms_value *v, unsigned bits, uint64_t *num)
{
    if (v->type != MS_V_NUM && v->type != MS_V_BOOL)
        return false;
    if (bits < 64 && v->num >> bits != 0)
        return false;
    *num = v->num;
    return true;
}

bool field_set_none(struct ms_seg *seg, struct ms_opt *opt, const struct ms_value *v)
{
    (void)seg;
    (void)opt;
    (void)v;
    return false;
}

bool ms_field_settable(const struct ms_field *f)
{
    return f->set != field_set_none;
}

#define ROW_SET(option, name, type, bits, fn, doc, rfc)                                            \
    {option, name, MS_V_##type, bits, doc, rfc, field_get_##fn, field_set_##fn},
#define ROW_GET(option, name, type, bits, fn, doc, rfc)                                            \
    {option, name, MS_V_##type, bits, doc, rfc, field_get_##fn, field_set_none},

const struct ms_field ms_fields[] = {
    FIELDS_SET(ROW_SET) FIELDS_GET(ROW_GET){NULL, NULL, MS_V_NONE, 0, NULL, NULL, NULL, NULL},
};

const struct ms_field *ms_field_find(const char *option, const char *name)
{
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++)
        if (strcmp(f->option, option) == 0 && strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

bool ms_value_eq(const struct ms_value *a, const struct ms_value *b)
{
    const bool a_num = a->type == MS_V_NUM || a->type == MS_V_BOOL;
    const bool b_num = b->type == MS_V_NUM || b->type == MS_V_BOOL;
    if (a_num && b_num)
        return a->num == b->num;
    if (a->type != b->type)
        return false;
    if (a->type == MS_V_OCTETS)
        return a->len == b->len && memcmp(a->octets, b->octets, a->len) == 0;
    return a->type == MS_V_NONE || ms_addr_eq(&a->addr, &b->addr);
}

void ms_value_text(const struct ms_value *v, struct ms_buf *out)
{
    char text[46];
    switch (v->type) {
    case MS_V_NUM:
    case MS_V_BOOL:
        ms_buf_printf(out, "%" PRIu64, v->num);
        break;
    case MS_V_OCTETS:
        ms_buf_puts(out, "0x");
        for (unsigned i = 0; i < v->len; i++)
            ms_buf_printf(out, "%02x", v->octets[i]);
        break;
    case MS_V_ADDR:
        ms_buf_puts(out, ms_addr_text(&v->addr, text));
        break;
    case MS_V_NONE:
        ms_buf_puts(out, "none");
        break;
    }
}
