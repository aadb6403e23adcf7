/* SPDX-License-Identifier: MIT */
/* What rewrites do to a segment: one function and one row of ACTIONS each. */
#include "rewrite/internal.h"

#include <string.h>

static enum rewrite_result do_drop(struct ms_rewrite *r, struct rewrite_work *w)
{
    (void)r;
    (void)w;
    return REWRITE_DROP;
}

static enum rewrite_result do_dup(struct ms_rewrite *r, struct rewrite_work *w)
{
    (void)r;
    (void)w;
    return REWRITE_DUP;
}

/* The encoder pads anew, so padding at the end may go. */
static void trim_padding(struct ms_seg *seg)
{
    while (seg->n_opt > 0 && seg->opt[seg->n_opt - 1].kind <= MS_TCPOPT_NOP)
        seg->n_opt--;
}

static void remove_options(struct ms_seg *seg, const struct ms_option_name *name)
{
    uint8_t kept = 0;
    for (unsigned i = 0; i < seg->n_opt; i++)
        if (!ms_opt_is(&seg->opt[i], name))
            seg->opt[kept++] = seg->opt[i];
    seg->n_opt = kept;
    trim_padding(seg);
}

static enum rewrite_result do_strip(struct ms_rewrite *r, struct rewrite_work *w)
{
    remove_options(&w->seg, r->option);
    return REWRITE_CHANGED;
}

static enum rewrite_result do_strip_all(struct ms_rewrite *r, struct rewrite_work *w)
{
    (void)r;
    remove_options(&w->seg, ms_option_name_find("mptcp"));
    return REWRITE_CHANGED;
}

static enum rewrite_result do_blank(struct ms_rewrite *r, struct rewrite_work *w)
{
    for (unsigned i = 0; i < w->seg.n_opt; i++)
        if (ms_opt_is(&w->opts[i], r->option))
            memset(w->opts[i].raw, MS_TCPOPT_NOP, w->opts[i].occupied);
    return REWRITE_CHANGED;
}

/* Runs `edit` over the field wherever the segment has it, and rebuilds the option around it. */
static enum rewrite_result edit_field(struct ms_rewrite *r, struct rewrite_work *w,
                                      void (*edit)(const struct ms_rewrite *r, struct ms_value *v))
{
    enum rewrite_result result = REWRITE_UNCHANGED;
    struct ms_value v;
    if (rewrite_has_field(r->field, &w->seg, NULL, &v)) {
        edit(r, &v);
        return r->field->set(&w->seg, NULL, &v) ? REWRITE_CHANGED : REWRITE_UNCHANGED;
    }
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        if (!rewrite_has_field(r->field, &w->seg, &w->opts[i], &v))
            continue;
        edit(r, &v);
        if (r->field->set(&w->seg, &w->opts[i], &v) && ms_opt_build(&w->opts[i]) == MS_OK)
            result = REWRITE_CHANGED;
    }
    return result;
}

static void edit_set(const struct ms_rewrite *r, struct ms_value *v)
{
    *v = r->value;
}

static void edit_add(const struct ms_rewrite *r, struct ms_value *v)
{
    v->num += (uint64_t)r->number;
    if (v->width > 0 && v->width < 64)
        v->num &= ((uint64_t)1 << v->width) - 1;
}

static void edit_flip(const struct ms_rewrite *r, struct ms_value *v)
{
    (void)r;
    if (v->type == MS_V_OCTETS) {
        if (v->len > 0)
            v->octets[v->len - 1] ^= 1;
    } else if (v->type == MS_V_ADDR) {
        v->addr.octets[v->addr.family == MS_IPV6 ? 15 : 3] ^= 1;
    } else {
        v->num ^= 1;
    }
}

static enum rewrite_result do_set(struct ms_rewrite *r, struct rewrite_work *w)
{
    return edit_field(r, w, edit_set);
}

/* Setting a field brings the optional part into being that it belongs to. */
static enum rewrite_result do_give(struct ms_rewrite *r, struct rewrite_work *w)
{
    const struct ms_option_name *name = ms_option_name_find(r->field->option);
    enum rewrite_result result = REWRITE_UNCHANGED;
    for (unsigned i = 0; i < w->seg.n_opt; i++)
        if (ms_opt_is(&w->opts[i], name) && r->field->set(&w->seg, &w->opts[i], &r->value) &&
            ms_opt_build(&w->opts[i]) == MS_OK)
            result = REWRITE_CHANGED;
    if (result == REWRITE_CHANGED)
        trim_padding(&w->seg); /* the option has grown */
    return result;
}

static enum rewrite_result do_add(struct ms_rewrite *r, struct rewrite_work *w)
{
    return edit_field(r, w, edit_add);
}

static enum rewrite_result do_flip(struct ms_rewrite *r, struct rewrite_work *w)
{
    return edit_field(r, w, edit_flip);
}

static enum rewrite_result do_flags(struct ms_rewrite *r, struct rewrite_work *w)
{
    w->seg.flags = r->flags;
    return REWRITE_CHANGED;
}

static enum rewrite_result do_insert(struct ms_rewrite *r, struct rewrite_work *w)
{
    trim_padding(&w->seg);
    if (w->seg.n_opt >= MS_OPTS_MAX)
        return REWRITE_UNCHANGED;
    w->opts[w->seg.n_opt++] = r->insert;
    return REWRITE_CHANGED;
}

/* The TCP checksum is made anew by the encoder; that of the DSS stays and so gives the change away. */
static enum rewrite_result do_corrupt(struct ms_rewrite *r, struct rewrite_work *w)
{
    (void)r;
    w->payload[0] ^= 1;
    return REWRITE_CHANGED;
}

static enum rewrite_result do_corrupt_all(struct ms_rewrite *r, struct rewrite_work *w)
{
    (void)r;
    for (size_t i = 0; i < w->seg.payload_len; i++)
        w->payload[i] ^= 1;
    return REWRITE_CHANGED;
}

/*
 * RFC 8684 3.3.1: the DSS checksum is a plain sum, so a changed word changes it alone (RFC 1624); the upper
 * half of the DSN, which the segment may not show, is not needed. The mapping must start in this segment.
 */
static enum rewrite_result do_change_payload(struct ms_rewrite *r, struct rewrite_work *w)
{
    uint8_t word[2] = {w->payload[0], 0};
    const uint32_t was = ms_get16(word);
    do_corrupt(r, w);
    word[0] = w->payload[0];
    const uint32_t is = ms_get16(word);
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        struct ms_opt *o = &w->opts[i];
        if (o->kind != MS_TCPOPT_MPTCP || !o->mp.has_csum)
            continue;
        const uint32_t sum = (uint32_t)(uint16_t)~o->mp.csum + (uint16_t)~was + is;
        o->mp.csum = ms_csum_finish(sum);
        ms_opt_build(o);
    }
    return REWRITE_CHANGED;
}

static enum rewrite_result do_truncate_opt(struct ms_rewrite *r, struct rewrite_work *w)
{
    enum rewrite_result result = REWRITE_UNCHANGED;
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        struct ms_opt *o = &w->opts[i];
        if (!ms_opt_is(o, r->option) || o->occupied < 3)
            continue;
        o->raw[1]--;
        o->raw[o->occupied - 1] = MS_TCPOPT_NOP;
        result = REWRITE_CHANGED;
    }
    return result;
}

static enum rewrite_result do_len(struct ms_rewrite *r, struct rewrite_work *w)
{
    enum rewrite_result result = REWRITE_UNCHANGED;
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        struct ms_opt *o = &w->opts[i];
        if (!ms_opt_is(o, r->option) || o->occupied < 2)
            continue;
        o->raw[1] = (uint8_t)r->number;
        result = REWRITE_CHANGED;
    }
    return result;
}

static enum rewrite_result do_payload_drop(struct ms_rewrite *r, struct rewrite_work *w)
{
    (void)r;
    w->seg.payload_len = 0;
    return REWRITE_CHANGED;
}

static enum rewrite_result do_to_rst(struct ms_rewrite *r, struct rewrite_work *w)
{
    do_strip_all(r, w);
    w->seg.flags = MS_TH_RST | MS_TH_ACK;
    w->seg.payload_len = 0;
    return REWRITE_CHANGED;
}

static enum rewrite_result do_replay(struct ms_rewrite *r, struct rewrite_work *w)
{
    const bool again = r->memory_len != 0;
    r->out = ms_arena_grow(r->arena, r->out, &r->out_cap, r->memory_len, 1);
    r->out_len = r->memory_len;
    if (again)
        memcpy(r->out, r->memory, r->memory_len);
    r->memory = ms_arena_grow(r->arena, r->memory, &r->memory_cap, w->frame_len, 1);
    r->memory_len = w->frame_len;
    memcpy(r->memory, w->frame, w->frame_len);
    return again ? REWRITE_FRAME : REWRITE_UNCHANGED;
}

static enum rewrite_result do_copy_opt(struct ms_rewrite *r, struct rewrite_work *w)
{
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        if (!ms_opt_is(&w->opts[i], r->option))
            continue;
        if (!r->has_remembered) {
            r->remembered = w->opts[i];
            r->has_remembered = true;
            return REWRITE_UNCHANGED;
        }
        w->opts[i] = r->remembered;
        return REWRITE_CHANGED;
    }
    return REWRITE_UNCHANGED;
}

/* The field of the first match, wherever it stands there, in all that come later. */
static enum rewrite_result do_copy_field(struct ms_rewrite *r, struct rewrite_work *w)
{
    struct ms_value v;
    bool found = rewrite_has_field(r->field, &w->seg, NULL, &v);
    for (unsigned i = 0; i < w->seg.n_opt && !found; i++)
        found = rewrite_has_field(r->field, &w->seg, &w->opts[i], &v);
    if (r->remembered_value.type == MS_V_NONE) {
        r->remembered_value = v;
        return REWRITE_UNCHANGED;
    }
    if (ms_value_eq(&v, &r->remembered_value))
        return REWRITE_UNCHANGED;
    r->value = r->remembered_value;
    return do_set(r, w);
}

static enum rewrite_result do_to_front(struct ms_rewrite *r, struct rewrite_work *w)
{
    for (unsigned i = 1; i < w->seg.n_opt; i++) {
        if (!ms_opt_is(&w->opts[i], r->option) || ms_opt_is(&w->opts[0], r->option))
            continue;
        const struct ms_opt moved = w->opts[i];
        memmove(&w->opts[1], &w->opts[0], i * sizeof w->opts[0]);
        w->opts[0] = moved;
        return REWRITE_CHANGED;
    }
    return REWRITE_UNCHANGED;
}

/* What is due now comes with the next one. */
static enum rewrite_result do_late_opt(struct ms_rewrite *r, struct rewrite_work *w)
{
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        if (!ms_opt_is(&w->opts[i], r->option))
            continue;
        const struct ms_opt now = w->opts[i];
        if (r->has_remembered)
            w->opts[i] = r->remembered;
        else
            remove_options(&w->seg, r->option);
        r->remembered = now;
        r->has_remembered = true;
        return REWRITE_CHANGED;
    }
    return REWRITE_UNCHANGED;
}

/* A new action is a function above and one row here. */
#define ACTIONS(X)                                                                                 \
    X("drop", "", NONE, NOTHING, do_drop, "the frame vanishes")                                    \
    X("dup", "", NONE, NOTHING, do_dup, "the frame goes out twice")                                \
    X("strip", "OPTION", OPTION, NOTHING, do_strip, "the option is removed, the rest moves up")    \
    X("blank", "OPTION", OPTION, NOTHING, do_blank, "the option is replaced by as many NOPs")      \
    X("strip_all", "", NONE, MPTCP, do_strip_all, "every MPTCP option is removed")                 \
    X("set", "OPTION.FIELD = VALUE", FIELD_VALUE, NOTHING, do_set,                                 \
      "the field gets this number, address or 0x octets")                                          \
    X("add", "OPTION.FIELD N", FIELD_N, NOTHING, do_add,                                           \
      "N, maybe negative, is added to the "                                                        \
      "field")                                                                                     \
    X("flip", "OPTION.FIELD", FIELD, NOTHING, do_flip,                                             \
      "the lowest (last) bit of the field is "                                                     \
      "inverted")                                                                                  \
    X("flags", "FLAGS", FLAGS, NOTHING, do_flags, "the TCP flags become these, e.g. RST+ACK")      \
    X("swap_flags", "FLAGS", FLAGS, NOTHING, do_flags, "the same as flags")                        \
    X("insert", "HEX", HEX, NOTHING, do_insert, "these option octets are appended")                \
    X("corrupt", "", NONE, PAYLOAD, do_corrupt,                                                    \
      "one payload bit is inverted; the TCP checksum fits, that of the DSS does not")              \
    X("corrupt_all", "", NONE, PAYLOAD, do_corrupt_all,                                            \
      "one bit of every payload octet is inverted; the TCP checksum fits")                         \
    X("change_payload", "", NONE, PAYLOAD, do_change_payload,                                      \
      "one payload bit is inverted and the DSS checksum of this segment made to fit")              \
    X("payload_drop", "", NONE, PAYLOAD, do_payload_drop,                                          \
      "the payload is removed, the header "                                                        \
      "stays")                                                                                     \
    X("truncate_opt", "OPTION", OPTION, NOTHING, do_truncate_opt,                                  \
      "the option loses its last octet, a NOP fills the place")                                    \
    X("len", "OPTION N", OPTION_N, NOTHING, do_len, "only the length octet of the option changes") \
    X("to_rst", "", NONE, NOTHING, do_to_rst,                                                      \
      "the segment becomes RST+ACK without payload and "                                           \
      "MPTCP")                                                                                     \
    X("replay", "", NONE, NOTHING, do_replay,                                                      \
      "the frame matched before goes out in place of this one; the first passes")                  \
    X("copy_opt", "OPTION", OPTION, NOTHING, do_copy_opt,                                          \
      "the option of the first match replaces that of all later ones")                             \
    X("copy_field", "OPTION.FIELD", FIELD, NOTHING, do_copy_field,                                 \
      "the field gets the value that it has in the first match")                                   \
    X("give", "OPTION.FIELD = VALUE", FIELD_VALUE, ROOM, do_give,                                  \
      "as set, also where the option lacks the optional part that the field belongs to")           \
    X("to_front", "OPTION", OPTION, NOTHING, do_to_front, "the option moves before all others")    \
    X("late_opt", "OPTION", OPTION, NOTHING, do_late_opt,                                          \
      "the first match loses the option, each later one carries that of the match before")

#define ROW_PUBLIC(name, params, args, need, fn, doc)  {name, params, doc},
#define ROW_PRIVATE(name, params, args, need, fn, doc) {name, ARGS_##args, NEED_##need, fn},

const struct ms_rewrite_entry ms_rewrite_table[] = {ACTIONS(ROW_PUBLIC){NULL, NULL, NULL}};
const struct rewrite_action rewrite_actions[] = {
    ACTIONS(ROW_PRIVATE){NULL, ARGS_NONE, NEED_NOTHING, NULL}};
