/* SPDX-License-Identifier: MIT */
/* Fields of the IP and TCP headers and of the plain TCP options. */
#include "wire/field_def.h"
#include "wire/fields_list.h"
#include "wire/internal.h"

#define FIELD_SEG(fn, bits, lvalue, onset)                                                         \
    FIELD_GETTER(fn)                                                                               \
    {                                                                                              \
        (void)opt;                                                                                 \
        return field_put(out, MS_V_NUM, lvalue, bits);                                             \
    }                                                                                              \
    FIELD_SETTER(fn)                                                                               \
    {                                                                                              \
        uint64_t num = 0;                                                                          \
        (void)opt;                                                                                 \
        if (!field_take(v, bits, &num))                                                            \
            return false;                                                                          \
        onset;                                                                                     \
        lvalue = (__typeof__(lvalue))num;                                                          \
        return true;                                                                               \
    }

#define NOTHING (void)0

FIELD_SEG(tcp_sport, 16, seg->sport, NOTHING)
FIELD_SEG(tcp_dport, 16, seg->dport, NOTHING)
FIELD_SEG(tcp_seq, 32, seg->seq, NOTHING)
FIELD_SEG(tcp_ack, 32, seg->ack, NOTHING)
FIELD_SEG(tcp_flags, 8, seg->flags, NOTHING)
FIELD_SEG(tcp_win, 16, seg->win, NOTHING)
FIELD_SEG(tcp_urg, 16, seg->urg, NOTHING)
/* A checksum that is written on purpose has to survive the encoder. */
FIELD_SEG(tcp_csum, 16, seg->csum, seg->keep_csum = true)
FIELD_SEG(tcp_doff, 4, seg->doff, NOTHING)
FIELD_SEG(tcp_reserved, 4, seg->reserved, NOTHING)
FIELD_SEG(tcp_ttl, 8, seg->ttl, NOTHING)
FIELD_SEG(tcp_tos, 8, seg->tos, NOTHING)

FIELD_GETTER(tcp_len)
{
    (void)opt;
    return field_put(out, MS_V_NUM, seg->payload_len + seg->missing, 0);
}

/* An option that was just made (nothing occupied yet) may be set as well as one of the right length. */
static bool plain_ok(const struct ms_opt *opt, uint8_t kind, uint8_t len, bool fresh)
{
    if (opt == NULL || opt->kind != kind)
        return false;
    return (fresh && opt->occupied == 0) || (opt->len == len && opt->occupied == len);
}

#define FIELD_PLAIN(fn, kind, length, bits, lvalue)                                                \
    FIELD_GETTER(fn)                                                                               \
    {                                                                                              \
        (void)seg;                                                                                 \
        return plain_ok(opt, kind, length, false) && field_put(out, MS_V_NUM, lvalue, bits);       \
    }                                                                                              \
    FIELD_SETTER(fn)                                                                               \
    {                                                                                              \
        uint64_t num = 0;                                                                          \
        (void)seg;                                                                                 \
        if (!plain_ok(opt, kind, length, true) || !field_take(v, bits, &num))                      \
            return false;                                                                          \
        lvalue = (__typeof__(lvalue))num;                                                          \
        return true;                                                                               \
    }

FIELD_PLAIN(mss_value, MS_TCPOPT_MSS, 4, 16, opt->mss)
FIELD_PLAIN(wscale_value, MS_TCPOPT_WSCALE, 3, 8, opt->wscale)
FIELD_PLAIN(ts_val, MS_TCPOPT_TS, 10, 32, opt->tsval)
FIELD_PLAIN(ts_ecr, MS_TCPOPT_TS, 10, 32, opt->tsecr)

/* The length octet of any option, as it stands. */
FIELD_GETTER(opt_len)
{
    (void)seg;
    if (opt == NULL || opt->kind == MS_TCPOPT_EOL || opt->kind == MS_TCPOPT_NOP)
        return false;
    return field_put(out, MS_V_NUM, opt->len, 8);
}

static bool has_subtype(const struct ms_opt *opt)
{
    return opt != NULL && opt->kind == MS_TCPOPT_MPTCP &&
           ((opt->occupied >= 3 && opt->len >= 3) || wire_form_subtype(opt->mp.form) >= 0);
}

FIELD_GETTER(mptcp_subtype)
{
    (void)seg;
    if (!has_subtype(opt))
        return false;
    const int by_form = wire_form_subtype(opt->mp.form);
    return field_put(out, MS_V_NUM, by_form >= 0 ? (uint64_t)by_form : opt->mp.subtype, 4);
}

FIELD_SETTER(mptcp_subtype)
{
    uint64_t num = 0;
    (void)seg;
    if (!has_subtype(opt) || !field_take(v, 4, &num) || ms_opt_build(opt) != MS_OK)
        return false;
    /* Everything else stays as it stands; what that makes of the option is for the decoder to say. */
    opt->raw[2] = (uint8_t)(num << 4 | (opt->raw[2] & 0x0f));
    wire_mp_decode(opt);
    return true;
}
