/* SPDX-License-Identifier: MIT */
/* Fields of the MPTCP options, in the order of RFC 8684 section 3. */
#include "wire/field_def.h"
#include "wire/fields_list.h"

#include <string.h>

#define NOTHING    (void)0
#define JOIN_FORMS (FORM(JOIN_SYN) | FORM(JOIN_SYNACK))
#define JOIN_ALL   (JOIN_FORMS | FORM(JOIN_ACK))

/* An optional part that is set comes into being: a case may write what was not negotiated. */
static void capable_need(struct ms_mp *m, uint8_t keys, bool dll)
{
    if (m->keys < keys)
        m->keys = keys;
    if (dll)
        m->has_dll = true;
}

FIELD_MP(cap_version, FORM(CAPABLE), true, MS_V_NUM, 4, 4, m->version, NOTHING)
FIELD_MP(cap_flags, FORM(CAPABLE), true, MS_V_NUM, 8, 8, m->cap_flags, NOTHING)
FIELD_MP_BITS(cap_a, FORM(CAPABLE), m->cap_flags, 7, 1)
FIELD_MP_BITS(cap_b, FORM(CAPABLE), m->cap_flags, 6, 1)
FIELD_MP_BITS(cap_c, FORM(CAPABLE), m->cap_flags, 5, 1)
FIELD_MP_BITS(cap_d, FORM(CAPABLE), m->cap_flags, 4, 1)
FIELD_MP_BITS(cap_e, FORM(CAPABLE), m->cap_flags, 3, 1)
FIELD_MP_BITS(cap_f, FORM(CAPABLE), m->cap_flags, 2, 1)
FIELD_MP_BITS(cap_g, FORM(CAPABLE), m->cap_flags, 1, 1)
FIELD_MP_BITS(cap_h, FORM(CAPABLE), m->cap_flags, 0, 1)
FIELD_MP(cap_sender_key, FORM(CAPABLE), m->keys >= 1, MS_V_NUM, 64, 64, m->sender_key,
         capable_need(m, 1, false))
FIELD_MP(cap_receiver_key, FORM(CAPABLE), m->keys >= 2, MS_V_NUM, 64, 64, m->receiver_key,
         capable_need(m, 2, false))
FIELD_MP(cap_dll, FORM(CAPABLE), m->has_dll, MS_V_NUM, 16, 16, m->dll, capable_need(m, 2, true))
FIELD_MP(cap_csum, FORM(CAPABLE), m->has_csum, MS_V_NUM, 16, 16, m->csum,
         (capable_need(m, 2, true), m->has_csum = true))

FIELD_MP(join_backup, JOIN_FORMS, true, MS_V_BOOL, 1, 1, m->backup, NOTHING)
FIELD_MP(join_id, JOIN_FORMS, true, MS_V_NUM, 8, 8, m->addr_id, NOTHING)
FIELD_MP(join_token, FORM(JOIN_SYN), true, MS_V_NUM, 32, 32, m->token, NOTHING)
FIELD_MP(join_nonce, JOIN_FORMS, true, MS_V_NUM, 32, 32, m->nonce, NOTHING)
FIELD_MP(join_reserved, JOIN_ALL, true, MS_V_NUM, m->form == MS_FORM_JOIN_ACK ? 12 : 3,
         opt->mp.form == MS_FORM_JOIN_ACK ? 12 : 3, m->reserved, NOTHING)

static bool hmac_get(const struct ms_mp *m, struct ms_value *out)
{
    if (m->hmac_len == 0 || m->hmac_len > sizeof m->hmac)
        return false;
    *out = (struct ms_value){.type = MS_V_OCTETS, .len = m->hmac_len};
    memcpy(out->octets, m->hmac, m->hmac_len);
    return true;
}

/* Any length up to the longest is taken, so that a wrong one can be sent. */
static bool hmac_set(struct ms_mp *m, const struct ms_value *v)
{
    if (v->type != MS_V_OCTETS || v->len == 0 || v->len > sizeof m->hmac)
        return false;
    memset(m->hmac, 0, sizeof m->hmac);
    memcpy(m->hmac, v->octets, v->len);
    m->hmac_len = v->len;
    return true;
}

FIELD_GETTER(join_hmac)
{
    (void)seg;
    return field_has_form(opt, FORM(JOIN_SYNACK) | FORM(JOIN_ACK)) && hmac_get(&opt->mp, out);
}

FIELD_SETTER(join_hmac)
{
    (void)seg;
    return field_has_form(opt, FORM(JOIN_SYNACK) | FORM(JOIN_ACK)) && hmac_set(&opt->mp, v);
}

#define DSS_MAP m->dss_flags |= MS_DSS_M

FIELD_MP_BITS(dss_flags, FORM(DSS), m->dss_flags, 0, 5)
FIELD_MP_BITS(dss_has_dack, FORM(DSS), m->dss_flags, 0, 1)
FIELD_MP_BITS(dss_dack8, FORM(DSS), m->dss_flags, 1, 1)
FIELD_MP_BITS(dss_has_map, FORM(DSS), m->dss_flags, 2, 1)
FIELD_MP_BITS(dss_dsn8, FORM(DSS), m->dss_flags, 3, 1)
FIELD_MP_BITS(dss_fin, FORM(DSS), m->dss_flags, 4, 1)
/* Setting takes the whole 64-bit number in either form; the encoder keeps what the form has room for. */
FIELD_MP(dss_dack, FORM(DSS), (m->dss_flags & MS_DSS_A) != 0, MS_V_NUM,
         (m->dss_flags & MS_DSS_a) != 0 ? 64 : 32, 64, m->dack, m->dss_flags |= MS_DSS_A)
FIELD_MP(dss_dsn, FORM(DSS), (m->dss_flags & MS_DSS_M) != 0, MS_V_NUM,
         (m->dss_flags & MS_DSS_m) != 0 ? 64 : 32, 64, m->dsn, DSS_MAP)
FIELD_MP(dss_ssn, FORM(DSS), (m->dss_flags & MS_DSS_M) != 0, MS_V_NUM, 32, 32, m->ssn, DSS_MAP)
FIELD_MP(dss_dll, FORM(DSS), (m->dss_flags & MS_DSS_M) != 0, MS_V_NUM, 16, 16, m->dll, DSS_MAP)
FIELD_MP(dss_csum, FORM(DSS), (m->dss_flags & MS_DSS_M) != 0 && m->has_csum, MS_V_NUM, 16, 16,
         m->csum, (DSS_MAP, m->has_csum = true))
FIELD_MP(dss_has_csum, FORM(DSS), true, MS_V_BOOL, 1, 1, m->has_csum, NOTHING)
FIELD_MP(dss_reserved, FORM(DSS), true, MS_V_NUM, 7, 7, m->reserved, NOTHING)

FIELD_MP(add_echo, FORM(ADD_ADDR), true, MS_V_BOOL, 1, 1, m->echo, NOTHING)
FIELD_MP(add_id, FORM(ADD_ADDR), true, MS_V_NUM, 8, 8, m->addr_id, NOTHING)
FIELD_MP(add_port, FORM(ADD_ADDR), m->has_port, MS_V_NUM, 16, 16, m->port, m->has_port = true)
FIELD_MP(add_reserved, FORM(ADD_ADDR), true, MS_V_NUM, 3, 3, m->reserved, NOTHING)

FIELD_GETTER(add_addr)
{
    (void)seg;
    if (!field_has_form(opt, FORM(ADD_ADDR)))
        return false;
    *out = (struct ms_value){.type = MS_V_ADDR, .addr = opt->mp.addr};
    return true;
}

FIELD_SETTER(add_addr)
{
    (void)seg;
    if (!field_has_form(opt, FORM(ADD_ADDR)) || v->type != MS_V_ADDR || v->addr.family == 0)
        return false;
    opt->mp.addr = v->addr;
    return true;
}

FIELD_GETTER(add_hmac)
{
    (void)seg;
    return field_has_form(opt, FORM(ADD_ADDR)) && hmac_get(&opt->mp, out);
}

FIELD_SETTER(add_hmac)
{
    (void)seg;
    return field_has_form(opt, FORM(ADD_ADDR)) && hmac_set(&opt->mp, v);
}

FIELD_GETTER(remove_ids)
{
    (void)seg;
    if (!field_has_form(opt, FORM(REMOVE_ADDR)) || opt->mp.n_ids > sizeof opt->mp.ids)
        return false;
    *out = (struct ms_value){.type = MS_V_OCTETS, .len = opt->mp.n_ids};
    memcpy(out->octets, opt->mp.ids, opt->mp.n_ids);
    return true;
}

FIELD_SETTER(remove_ids)
{
    (void)seg;
    if (!field_has_form(opt, FORM(REMOVE_ADDR)) || v->type != MS_V_OCTETS ||
        v->len > sizeof opt->mp.ids)
        return false;
    opt->mp.n_ids = v->len;
    memcpy(opt->mp.ids, v->octets, v->len);
    return true;
}

FIELD_MP(remove_reserved, FORM(REMOVE_ADDR), true, MS_V_NUM, 4, 4, m->reserved, NOTHING)

FIELD_MP(prio_backup, FORM(PRIO), true, MS_V_BOOL, 1, 1, m->backup, NOTHING)
FIELD_MP(prio_reserved, FORM(PRIO), true, MS_V_NUM, 3, 3, m->reserved, NOTHING)

FIELD_MP(fail_dsn, FORM(FAIL), true, MS_V_NUM, 64, 64, m->dsn, NOTHING)
FIELD_MP(fail_reserved, FORM(FAIL), true, MS_V_NUM, 12, 12, m->reserved, NOTHING)

FIELD_MP(fastclose_key, FORM(FASTCLOSE), true, MS_V_NUM, 64, 64, m->receiver_key, NOTHING)
FIELD_MP(fastclose_reserved, FORM(FASTCLOSE), true, MS_V_NUM, 12, 12, m->reserved, NOTHING)

FIELD_MP_BITS(tcprst_flags, FORM(TCPRST), m->rst_flags, 0, 4)
FIELD_MP_BITS(tcprst_t, FORM(TCPRST), m->rst_flags, 0, 1)
FIELD_MP_BITS(tcprst_reserved, FORM(TCPRST), m->rst_flags, 1, 3)
FIELD_MP(tcprst_reason, FORM(TCPRST), true, MS_V_NUM, 8, 8, m->reason, NOTHING)

FIELD_GETTER(cap_keys)
{
    (void)seg;
    return field_has_form(opt, FORM(CAPABLE)) && field_put(out, MS_V_NUM, opt->mp.keys, 0);
}
