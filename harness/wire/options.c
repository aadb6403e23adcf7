/* SPDX-License-Identifier: MIT */
/* The TCP option list: decode, and building of single options. MPTCP's content is in mptcp_*.c. */
#include "mptcpspec/wire.h"
#include "wire/internal.h"

#include <string.h>

/* Fixed lengths of the options whose content is decoded (RFC 9293 3.1, RFC 7323, RFC 2018). */
enum { LEN_MSS = 4, LEN_WSCALE = 3, LEN_SACK_OK = 2, LEN_TS = 10 };

static void content_decode(struct ms_opt *o)
{
    if (o->kind == MS_TCPOPT_MPTCP) {
        wire_mp_decode(o);
        return;
    }
    if (o->bad || o->occupied != o->len)
        return;
    if (o->kind == MS_TCPOPT_MSS && o->len == LEN_MSS)
        o->mss = ms_get16(o->raw + 2);
    else if (o->kind == MS_TCPOPT_WSCALE && o->len == LEN_WSCALE)
        o->wscale = o->raw[2];
    else if (o->kind == MS_TCPOPT_TS && o->len == LEN_TS) {
        o->tsval = ms_get32(o->raw + 2);
        o->tsecr = ms_get32(o->raw + 6);
    }
}

/* One option at p[0..left), left >= 1; returns how many octets it takes. */
static size_t opt_decode(const uint8_t *p, size_t left, struct ms_opt *o)
{
    ms_clear(o, sizeof *o);
    o->kind = p[0];
    o->len = 1;
    size_t take = 1;
    if (o->kind != MS_TCPOPT_EOL && o->kind != MS_TCPOPT_NOP) {
        o->len = left > 1 ? p[1] : 0;
        o->bad = o->len < 2 || o->len > left;
        /* Nobody can say where a bad option ends: it takes the rest. */
        take = o->bad ? left : o->len;
    }
    o->occupied = (uint8_t)take;
    memcpy(o->raw, p, take);
    content_decode(o);
    return take;
}

size_t ms_opts_decode(const uint8_t *p, size_t len, struct ms_opt opts[MS_OPTS_MAX])
{
    size_t n = 0;
    if (len > WIRE_OPTS_LEN)
        len = WIRE_OPTS_LEN;
    for (size_t at = 0; at < len && n < MS_OPTS_MAX; n++) {
        at += opt_decode(p + at, len - at, &opts[n]);
        if (opts[n].kind == MS_TCPOPT_EOL)
            return n + 1;
    }
    return n;
}

int ms_opt_raw(struct ms_opt *opt, const uint8_t *octets, size_t n)
{
    if (n == 0 || n > WIRE_OPTS_LEN)
        return MS_ERR_RANGE;
    opt_decode(octets, n, opt);
    if (opt->occupied != n) {
        /* The length octet says less than what was given: the octets stand, the length is a lie. */
        memcpy(opt->raw, octets, n);
        opt->occupied = (uint8_t)n;
        if (opt->kind == MS_TCPOPT_MPTCP)
            wire_mp_decode(opt);
    }
    return MS_OK;
}

static int mptcp_build(struct ms_opt *o)
{
    uint8_t raw[WIRE_OPTS_LEN + 24] = {MS_TCPOPT_MPTCP};
    const unsigned n = wire_mp_build(&o->mp, raw);
    if (n == 0) {
        /* Malformed and unknown ones have no layout: their octets stand, only the subtype is known. */
        if (o->occupied < 3) {
            o->occupied = o->occupied < 2 ? 3 : o->occupied;
            o->raw[0] = MS_TCPOPT_MPTCP;
            o->raw[1] = o->len = o->occupied;
        }
        if (o->occupied >= 3 && o->len >= 3)
            o->raw[2] = (uint8_t)(o->mp.subtype << 4 | (o->raw[2] & 0x0f));
        return MS_OK;
    }
    if (n > WIRE_OPTS_LEN)
        return MS_ERR_RANGE;
    raw[1] = (uint8_t)n;
    memcpy(o->raw, raw, n);
    o->len = o->occupied = (uint8_t)n;
    o->bad = false;
    o->mp.subtype = (uint8_t)wire_form_subtype(o->mp.form);
    return MS_OK;
}

int ms_opt_build(struct ms_opt *o)
{
    unsigned len = 0;
    switch (o->kind) {
    case MS_TCPOPT_MPTCP:
        return mptcp_build(o);
    case MS_TCPOPT_EOL:
    case MS_TCPOPT_NOP:
        o->raw[0] = o->kind;
        o->len = o->occupied = 1;
        o->bad = false;
        return MS_OK;
    case MS_TCPOPT_MSS:
        len = LEN_MSS;
        ms_put16(o->raw + 2, o->mss);
        break;
    case MS_TCPOPT_WSCALE:
        len = LEN_WSCALE;
        o->raw[2] = o->wscale;
        break;
    case MS_TCPOPT_SACK_OK:
        len = LEN_SACK_OK;
        break;
    case MS_TCPOPT_TS:
        len = LEN_TS;
        ms_put32(o->raw + 2, o->tsval);
        ms_put32(o->raw + 6, o->tsecr);
        break;
    default:
        /* Content that is not decoded stands as it is. */
        if (o->occupied >= 2)
            return MS_OK;
        len = 2;
        break;
    }
    o->raw[0] = o->kind;
    o->raw[1] = o->len = o->occupied = (uint8_t)len;
    o->bad = false;
    return MS_OK;
}

size_t wire_opts_size(const struct ms_opt *opt, size_t n)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++)
        size += opt[i].occupied;
    return size;
}
