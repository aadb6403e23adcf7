/* SPDX-License-Identifier: MIT */
/* MPTCP options, content to octets, by the figures of RFC 8684 section 3. */
#include "mptcpspec/wire.h"
#include "wire/internal.h"

#include <string.h>

/* Each builder writes from octet 2 on and returns the option's length. The first octet holds the subtype. */

static void put_head(uint8_t *p, unsigned subtype, unsigned low12)
{
    ms_put16(p + 2, (uint16_t)(subtype << 12 | (low12 & 0x0fffu)));
}

static unsigned capable_build(const struct ms_mp *m, uint8_t *p)
{
    unsigned n = 4;
    put_head(p, MPTCP_SUB_CAPABLE, (unsigned)m->version << 8 | m->cap_flags);
    if (m->keys >= 1) {
        ms_put64(p + n, m->sender_key);
        n += 8;
    }
    if (m->keys >= 2) {
        ms_put64(p + n, m->receiver_key);
        n += 8;
    }
    if (m->has_dll) {
        ms_put16(p + n, m->dll);
        n += 2;
    }
    if (m->has_csum) {
        ms_put16(p + n, m->csum);
        n += 2;
    }
    return n;
}

static unsigned rsv_flag_id(unsigned reserved, bool flag, unsigned id)
{
    return (reserved & 7u) << 9 | (flag ? 0x100u : 0u) | id;
}

/* hmac_len 0 means the length of the figure, any other stands. */
static unsigned put_hmac(const struct ms_mp *m, uint8_t *p, unsigned figure)
{
    unsigned n = m->hmac_len != 0 ? m->hmac_len : figure;
    if (n > sizeof m->hmac)
        n = sizeof m->hmac;
    memcpy(p, m->hmac, n);
    return n;
}

static unsigned join_syn_build(const struct ms_mp *m, uint8_t *p)
{
    put_head(p, MPTCP_SUB_JOIN, rsv_flag_id(m->reserved, m->backup != 0, m->addr_id));
    ms_put32(p + 4, m->token);
    ms_put32(p + 8, m->nonce);
    return 12;
}

static unsigned join_synack_build(const struct ms_mp *m, uint8_t *p)
{
    put_head(p, MPTCP_SUB_JOIN, rsv_flag_id(m->reserved, m->backup != 0, m->addr_id));
    const unsigned n = 4 + put_hmac(m, p + 4, 8);
    ms_put32(p + n, m->nonce);
    return n + 4;
}

static unsigned join_ack_build(const struct ms_mp *m, uint8_t *p)
{
    put_head(p, MPTCP_SUB_JOIN, m->reserved);
    return 4 + put_hmac(m, p + 4, 20);
}

static unsigned put_seq(uint8_t *p, uint64_t v, bool eight)
{
    if (eight)
        ms_put64(p, v);
    else
        ms_put32(p, (uint32_t)v);
    return eight ? 8 : 4;
}

static unsigned dss_build(const struct ms_mp *m, uint8_t *p)
{
    unsigned n = 4;
    put_head(p, MPTCP_SUB_DSS, (m->reserved & 0x7fu) << 5 | (m->dss_flags & 0x1fu));
    if ((m->dss_flags & MS_DSS_A) != 0)
        n += put_seq(p + n, m->dack, (m->dss_flags & MS_DSS_a) != 0);
    if ((m->dss_flags & MS_DSS_M) != 0) {
        n += put_seq(p + n, m->dsn, (m->dss_flags & MS_DSS_m) != 0);
        ms_put32(p + n, m->ssn);
        ms_put16(p + n + 4, m->dll);
        n += 6;
        if (m->has_csum) {
            ms_put16(p + n, m->csum);
            n += 2;
        }
    }
    return n;
}

static unsigned add_addr_build(const struct ms_mp *m, uint8_t *p)
{
    const unsigned addr_len = m->addr.family == MS_IPV6 ? 16 : 4;
    unsigned n = 4 + addr_len;
    put_head(p, MPTCP_SUB_ADD_ADDR, rsv_flag_id(m->reserved, m->echo, m->addr_id));
    memcpy(p + 4, m->addr.octets, addr_len);
    if (m->has_port) {
        ms_put16(p + n, m->port);
        n += 2;
    }
    return n + put_hmac(m, p + n, 0);
}

static unsigned remove_addr_build(const struct ms_mp *m, uint8_t *p)
{
    unsigned n = m->n_ids;
    if (n > sizeof m->ids)
        n = sizeof m->ids;
    p[2] = (uint8_t)(MPTCP_SUB_REMOVE_ADDR << 4 | (m->reserved & 0x0f));
    memcpy(p + 3, m->ids, n);
    return 3 + n;
}

static unsigned prio_build(const struct ms_mp *m, uint8_t *p)
{
    p[2] = (uint8_t)(MPTCP_SUB_PRIO << 4 | (m->reserved & 7) << 1 | (m->backup != 0));
    return 3;
}

static unsigned fail_build(const struct ms_mp *m, uint8_t *p)
{
    put_head(p, MPTCP_SUB_FAIL, m->reserved);
    ms_put64(p + 4, m->dsn);
    return 12;
}

static unsigned fastclose_build(const struct ms_mp *m, uint8_t *p)
{
    put_head(p, MPTCP_SUB_FASTCLOSE, m->reserved);
    ms_put64(p + 4, m->receiver_key);
    return 12;
}

static unsigned tcprst_build(const struct ms_mp *m, uint8_t *p)
{
    put_head(p, MPTCP_SUB_TCPRST, (m->rst_flags & 0x0fu) << 8 | m->reason);
    return 4;
}

static const struct {
    int subtype;
    unsigned (*build)(const struct ms_mp *, uint8_t *);
} forms[] = {
    [MS_FORM_NONE] = {-1, NULL},
    [MS_FORM_MALFORMED] = {-1, NULL},
    [MS_FORM_UNKNOWN] = {-1, NULL},
    [MS_FORM_CAPABLE] = {MPTCP_SUB_CAPABLE, capable_build},
    [MS_FORM_JOIN_SYN] = {MPTCP_SUB_JOIN, join_syn_build},
    [MS_FORM_JOIN_SYNACK] = {MPTCP_SUB_JOIN, join_synack_build},
    [MS_FORM_JOIN_ACK] = {MPTCP_SUB_JOIN, join_ack_build},
    [MS_FORM_DSS] = {MPTCP_SUB_DSS, dss_build},
    [MS_FORM_ADD_ADDR] = {MPTCP_SUB_ADD_ADDR, add_addr_build},
    [MS_FORM_REMOVE_ADDR] = {MPTCP_SUB_REMOVE_ADDR, remove_addr_build},
    [MS_FORM_PRIO] = {MPTCP_SUB_PRIO, prio_build},
    [MS_FORM_FAIL] = {MPTCP_SUB_FAIL, fail_build},
    [MS_FORM_FASTCLOSE] = {MPTCP_SUB_FASTCLOSE, fastclose_build},
    [MS_FORM_TCPRST] = {MPTCP_SUB_TCPRST, tcprst_build},
};

unsigned wire_mp_build(const struct ms_mp *mp, uint8_t raw[WIRE_OPTS_LEN + 24])
{
    if (mp->form >= MS_ARRAY_LEN(forms) || forms[mp->form].build == NULL)
        return 0;
    return forms[mp->form].build(mp, raw);
}

int wire_form_subtype(uint8_t form)
{
    return form < MS_ARRAY_LEN(forms) ? forms[form].subtype : -1;
}

unsigned ms_mp_length(const struct ms_mp *mp)
{
    uint8_t raw[WIRE_OPTS_LEN + 24];
    struct ms_mp right = *mp;
    right.hmac_len = 0;
    /* 3.4.1: an ADD_ADDR has an HMAC exactly when it is no echo. */
    if (mp->form == MS_FORM_ADD_ADDR && !mp->echo)
        right.hmac_len = 8;
    return wire_mp_build(&right, raw);
}
