/* SPDX-License-Identifier: MIT */
/*
 * Macros that write the getter and setter of one field. A field is declared once in fields_*.c and takes one
 * row of the table in fields.c.
 */
#ifndef MPTCPSPEC_WIRE_FIELD_DEF_H
#define MPTCPSPEC_WIRE_FIELD_DEF_H

#include "mptcpspec/wire.h"

#define FORM(x) (1u << MS_FORM_##x)

/* False if there is no option, or its form is none of `forms`. */
bool field_has_form(const struct ms_opt *opt, unsigned forms);
bool field_put(struct ms_value *out, enum ms_vtype type, uint64_t num, unsigned bits);
/* The number of `v`, if it is one and fits `bits`. */
bool field_take(const struct ms_value *v, unsigned bits, uint64_t *num);
bool field_set_none(struct ms_seg *seg, struct ms_opt *opt, const struct ms_value *v);

#define FIELD_GETTER(fn)                                                                           \
    bool field_get_##fn(const struct ms_seg *seg, const struct ms_opt *opt, struct ms_value *out)
#define FIELD_SETTER(fn)                                                                           \
    bool field_set_##fn(struct ms_seg *seg, struct ms_opt *opt, const struct ms_value *v)

/* A number in the MPTCP content `m`; `present`: does this content have it; `onset`: what setting adds. */
#define FIELD_MP(fn, forms, present, type, get_bits, set_bits, lvalue, onset)                      \
    FIELD_GETTER(fn)                                                                               \
    {                                                                                              \
        (void)seg;                                                                                 \
        if (!field_has_form(opt, forms))                                                           \
            return false;                                                                          \
        const struct ms_mp *m = &opt->mp;                                                          \
        return (present) && field_put(out, type, (uint64_t)(lvalue), get_bits);                    \
    }                                                                                              \
    FIELD_SETTER(fn)                                                                               \
    {                                                                                              \
        uint64_t num = 0;                                                                          \
        (void)seg;                                                                                 \
        if (!field_has_form(opt, forms) || !field_take(v, set_bits, &num))                         \
            return false;                                                                          \
        struct ms_mp *m = &opt->mp;                                                                \
        onset;                                                                                     \
        lvalue = (__typeof__(lvalue))num;                                                          \
        return true;                                                                               \
    }

/* Bits `mask` (shifted down) of an octet in `m`; numbers of `bits` bits, BOOL when it is one. */
#define FIELD_MP_BITS(fn, forms, lvalue, shift, bits)                                              \
    FIELD_GETTER(fn)                                                                               \
    {                                                                                              \
        (void)seg;                                                                                 \
        if (!field_has_form(opt, forms))                                                           \
            return false;                                                                          \
        const struct ms_mp *m = &opt->mp;                                                          \
        return field_put(out, (bits) == 1 ? MS_V_BOOL : MS_V_NUM,                                  \
                         (uint64_t)(lvalue) >> (shift) & ((1u << (bits)) - 1u), bits);             \
    }                                                                                              \
    FIELD_SETTER(fn)                                                                               \
    {                                                                                              \
        uint64_t num = 0;                                                                          \
        (void)seg;                                                                                 \
        if (!field_has_form(opt, forms) || !field_take(v, bits, &num))                             \
            return false;                                                                          \
        struct ms_mp *m = &opt->mp;                                                                \
        const unsigned mask = ((1u << (bits)) - 1u) << (shift);                                    \
        lvalue = (uint8_t)((lvalue & ~mask) | (unsigned)num << (shift));                           \
        return true;                                                                               \
    }

#define FIELD_DECL(fn)                                                                             \
    FIELD_GETTER(fn);                                                                              \
    FIELD_SETTER(fn)

#endif
