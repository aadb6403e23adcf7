/* SPDX-License-Identifier: MIT */
/*
 * MPTCP options, octets to content. The length decides the form (RFC 8684 3: each figure has its lengths);
 * a length that no figure has makes MALFORMED, whatever the content says.
 */
#include "mptcpspec/wire.h"
#include "wire/internal.h"

#include <string.h>

/* Each decoder: `p` is the option of `n` octets, kind and length included; n >= 3. False: malformed. */

static bool capable_decode(struct ms_mp *m, const uint8_t *p, size_t n)
{
    m->version = p[2] & 0x0f;
    if (n < 4)
        return false;
    m->cap_flags = p[3];
    if (n != 4 && n != 12 && n != 20 && n != 22 && n != 24)
        return false;
    m->form = MS_FORM_CAPABLE;
    if (n >= 12) {
        m->keys = 1;
        m->sender_key = ms_get64(p + 4);
    }
    if (n >= 20) {
        m->keys = 2;
        m->receiver_key = ms_get64(p + 12);
    }
    if (n >= 22) {
        m->has_dll = true;
        m->dll = ms_get16(p + 20);
    }
    if (n == 24) {
        m->has_csum = true;
        m->csum = ms_get16(p + 22);
    }
    return true;
}

static bool join_decode(struct ms_mp *m, const uint8_t *p, size_t n)
{
    if (n == 24) {
        m->form = MS_FORM_JOIN_ACK;
        m->reserved = ms_get16(p + 2) & 0x0fff;
        m->hmac_len = 20;
        memcpy(m->hmac, p + 4, 20);
        return true;
    }
    m->backup = p[2] & 1;
    m->reserved = (p[2] & 0x0f) >> 1;
    if (n < 4)
        return false;
    m->addr_id = p[3];
    if (n == 12) {
        m->form = MS_FORM_JOIN_SYN;
        m->token = ms_get32(p + 4);
        m->nonce = ms_get32(p + 8);
        return true;
    }
    if (n == 16) {
        m->form = MS_FORM_JOIN_SYNACK;
        m->hmac_len = 8;
        memcpy(m->hmac, p + 4, 8);
        m->nonce = ms_get32(p + 12);
        return true;
    }
    return false;
}

static bool dss_decode(struct ms_mp *m, const uint8_t *p, size_t n)
{
    if (n < 4)
        return false;
    m->dss_flags = p[3] & 0x1f;
    m->reserved = (uint16_t)((p[2] & 0x0f) << 3 | p[3] >> 5);
    /* 3.3: `a` and `m` are ignored where `A` and `M` are not set. */
    const bool ack = (m->dss_flags & MS_DSS_A) != 0;
    const bool map = (m->dss_flags & MS_DSS_M) != 0;
    const size_t ack_len = !ack ? 0 : (m->dss_flags & MS_DSS_a) != 0 ? 8 : 4;
    const size_t dsn_len = !map ? 0 : (m->dss_flags & MS_DSS_m) != 0 ? 8 : 4;
    const size_t want = 4 + ack_len + dsn_len + (map ? 6 : 0);
    const bool csum = map && n == want + 2;
    if (n != want && !csum)
        return false;
    m->form = MS_FORM_DSS;
    p += 4;
    if (ack)
        m->dack = ack_len == 8 ? ms_get64(p) : ms_get32(p);
    p += ack_len;
    if (map) {
        m->dsn = dsn_len == 8 ? ms_get64(p) : ms_get32(p);
        p += dsn_len;
        m->ssn = ms_get32(p);
        m->dll = ms_get16(p + 4);
    }
    if (csum) {
        m->has_csum = true;
        m->csum = ms_get16(p + 6);
    }
    return true;
}

static bool add_addr_decode(struct ms_mp *m, const uint8_t *p, size_t n)
{
    m->echo = (p[2] & 1) != 0;
    m->reserved = (p[2] & 0x0f) >> 1;
    if (n < 4)
        return false;
    m->addr_id = p[3];
    /* 3.4.1: the HMAC is there exactly when E is 0. */
    const size_t hmac_len = m->echo ? 0 : 8;
    if (n < 4 + hmac_len)
        return false;
    const size_t body = n - 4 - hmac_len;
    const size_t addr_len = body >= 16 ? 16 : 4;
    if (body != addr_len && body != addr_len + 2)
        return false;
    m->form = MS_FORM_ADD_ADDR;
    m->addr.family = addr_len == 16 ? MS_IPV6 : MS_IPV4;
    memcpy(m->addr.octets, p + 4, addr_len);
    if (body != addr_len) {
        m->has_port = true;
        m->port = ms_get16(p + 4 + addr_len);
    }
    m->hmac_len = (uint8_t)hmac_len;
    memcpy(m->hmac, p + n - hmac_len, hmac_len);
    return true;
}

static bool remove_addr_decode(struct ms_mp *m, const uint8_t *p, size_t n)
{
    m->reserved = p[2] & 0x0f;
    if (n < 4 || n - 3 > sizeof m->ids)
        return false;
    m->form = MS_FORM_REMOVE_ADDR;
    m->n_ids = (uint8_t)(n - 3);
    memcpy(m->ids, p + 3, m->n_ids);
    return true;
}

static bool prio_decode(struct ms_mp *m, const uint8_t *p, size_t n)
{
    m->backup = p[2] & 1;
    m->reserved = (p[2] & 0x0f) >> 1;
    m->form = MS_FORM_PRIO;
    return n == 3;
}

static bool fail_decode(struct ms_mp *m, const uint8_t *p, size_t n)
{
    if (n != 12)
        return false;
    m->form = MS_FORM_FAIL;
    m->reserved = ms_get16(p + 2) & 0x0fff;
    m->dsn = ms_get64(p + 4);
    return true;
}

static bool fastclose_decode(struct ms_mp *m, const uint8_t *p, size_t n)
{
    if (n != 12)
        return false;
    m->form = MS_FORM_FASTCLOSE;
    m->reserved = ms_get16(p + 2) & 0x0fff;
    m->receiver_key = ms_get64(p + 4);
    return true;
}

static bool tcprst_decode(struct ms_mp *m, const uint8_t *p, size_t n)
{
    if (n != 4)
        return false;
    m->form = MS_FORM_TCPRST;
    m->rst_flags = p[2] & 0x0f;
    m->reason = p[3];
    return true;
}

static bool (*const decoders[])(struct ms_mp *, const uint8_t *, size_t) = {
    [MPTCP_SUB_CAPABLE] = capable_decode,
    [MPTCP_SUB_JOIN] = join_decode,
    [MPTCP_SUB_DSS] = dss_decode,
    [MPTCP_SUB_ADD_ADDR] = add_addr_decode,
    [MPTCP_SUB_REMOVE_ADDR] = remove_addr_decode,
    [MPTCP_SUB_PRIO] = prio_decode,
    [MPTCP_SUB_FAIL] = fail_decode,
    [MPTCP_SUB_FASTCLOSE] = fastclose_decode,
    [MPTCP_SUB_TCPRST] = tcprst_decode,
};

void wire_mp_decode(struct ms_opt *opt)
{
    struct ms_mp *m = &opt->mp;
    ms_clear(m, sizeof *m);
    m->form = MS_FORM_MALFORMED;
    m->subtype = MPTCP_SUB_NONE;
    /* A length below 3 ends the option before its subtype, whatever octet follows. */
    if (opt->occupied < 3 || opt->len < 3)
        return;
    m->subtype = opt->raw[2] >> 4;
    if (m->subtype >= MS_ARRAY_LEN(decoders)) {
        m->form = MS_FORM_UNKNOWN;
        return;
    }
    /* A length octet that does not tell what is there fits no figure. */
    if (!decoders[m->subtype](m, opt->raw, opt->occupied) || opt->bad || opt->len != opt->occupied)
        m->form = MS_FORM_MALFORMED;
}
