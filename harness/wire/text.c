/* SPDX-License-Identifier: MIT */
/* Segments and options as one line for people. */
#include "mptcpspec/wire.h"

#include <inttypes.h>

static void put_octets(struct ms_buf *out, const uint8_t *p, size_t n)
{
    ms_buf_puts(out, "0x");
    for (size_t i = 0; i < n; i++)
        ms_buf_printf(out, "%02x", p[i]);
}

static void capable_text(const struct ms_mp *m, struct ms_buf *out)
{
    ms_buf_printf(out, "MP_CAPABLE v%u ", m->version);
    for (unsigned i = 0; i < 8; i++)
        if ((m->cap_flags & 0x80u >> i) != 0)
            ms_buf_printf(out, "%c", (char)('A' + i));
    if (m->cap_flags == 0)
        ms_buf_puts(out, "-");
    if (m->keys >= 1)
        ms_buf_printf(out, " key 0x%016" PRIx64, m->sender_key);
    if (m->keys >= 2)
        ms_buf_printf(out, " peer 0x%016" PRIx64, m->receiver_key);
    if (m->has_dll)
        ms_buf_printf(out, " len %u", m->dll);
    if (m->has_csum)
        ms_buf_printf(out, " csum 0x%04x", m->csum);
}

static void join_text(const struct ms_mp *m, struct ms_buf *out)
{
    ms_buf_puts(out, "MP_JOIN");
    if (m->form != MS_FORM_JOIN_ACK)
        ms_buf_printf(out, "%s id %u", m->backup != 0 ? " backup" : "", m->addr_id);
    if (m->form == MS_FORM_JOIN_SYN)
        ms_buf_printf(out, " token 0x%08x", m->token);
    if (m->form != MS_FORM_JOIN_SYN) {
        ms_buf_puts(out, " hmac ");
        put_octets(out, m->hmac, m->hmac_len);
    }
    if (m->form != MS_FORM_JOIN_ACK)
        ms_buf_printf(out, " nonce 0x%08x", m->nonce);
    if (m->reserved != 0)
        ms_buf_printf(out, " reserved 0x%x", m->reserved);
}

static void dss_text(const struct ms_mp *m, struct ms_buf *out)
{
    ms_buf_puts(out, "DSS");
    if ((m->dss_flags & MS_DSS_A) != 0)
        ms_buf_printf(out, " ack%u %" PRIu64, (m->dss_flags & MS_DSS_a) != 0 ? 8u : 4u, m->dack);
    else if ((m->dss_flags & MS_DSS_a) != 0)
        ms_buf_puts(out, " a");
    if ((m->dss_flags & MS_DSS_M) != 0) {
        ms_buf_printf(out, " map dsn%u %" PRIu64 " ssn %" PRIu32 " len %u",
                      (m->dss_flags & MS_DSS_m) != 0 ? 8u : 4u, m->dsn, m->ssn, m->dll);
        if (m->has_csum)
            ms_buf_printf(out, " csum 0x%04x", m->csum);
    } else if ((m->dss_flags & MS_DSS_m) != 0) {
        ms_buf_puts(out, " m");
    }
    if ((m->dss_flags & MS_DSS_F) != 0)
        ms_buf_puts(out, " F");
    if (m->reserved != 0)
        ms_buf_printf(out, " reserved 0x%x", m->reserved);
}

static void add_addr_text(const struct ms_mp *m, struct ms_buf *out)
{
    char text[46];
    ms_buf_printf(out, "ADD_ADDR%s id %u %s", m->echo ? " echo" : "", m->addr_id,
                  ms_addr_text(&m->addr, text));
    if (m->has_port)
        ms_buf_printf(out, " port %u", m->port);
    if (m->hmac_len != 0) {
        ms_buf_puts(out, " hmac ");
        put_octets(out, m->hmac, m->hmac_len);
    }
    if (m->reserved != 0)
        ms_buf_printf(out, " reserved 0x%x", m->reserved);
}

static void remove_addr_text(const struct ms_mp *m, struct ms_buf *out)
{
    ms_buf_puts(out, "REMOVE_ADDR ids");
    for (unsigned i = 0; i < m->n_ids; i++)
        ms_buf_printf(out, "%s%u", i == 0 ? " " : ",", m->ids[i]);
    if (m->reserved != 0)
        ms_buf_printf(out, " reserved 0x%x", m->reserved);
}

static void small_text(const struct ms_mp *m, struct ms_buf *out)
{
    if (m->form == MS_FORM_PRIO)
        ms_buf_printf(out, "MP_PRIO%s", m->backup != 0 ? " backup" : "");
    else if (m->form == MS_FORM_FAIL)
        ms_buf_printf(out, "MP_FAIL dsn %" PRIu64, m->dsn);
    else if (m->form == MS_FORM_FASTCLOSE)
        ms_buf_printf(out, "MP_FASTCLOSE key 0x%016" PRIx64, m->receiver_key);
    else
        ms_buf_printf(out, "MP_TCPRST%s%s%s%s reason %u", (m->rst_flags & 8) != 0 ? " U" : "",
                      (m->rst_flags & 4) != 0 ? " V" : "", (m->rst_flags & 2) != 0 ? " W" : "",
                      (m->rst_flags & 1) != 0 ? " T" : "", m->reason);
    if (m->reserved != 0)
        ms_buf_printf(out, " reserved 0x%x", m->reserved);
}

static void mp_text(const struct ms_opt *opt, struct ms_buf *out)
{
    switch (opt->mp.form) {
    case MS_FORM_CAPABLE:
        capable_text(&opt->mp, out);
        break;
    case MS_FORM_JOIN_SYN:
    case MS_FORM_JOIN_SYNACK:
    case MS_FORM_JOIN_ACK:
        join_text(&opt->mp, out);
        break;
    case MS_FORM_DSS:
        dss_text(&opt->mp, out);
        break;
    case MS_FORM_ADD_ADDR:
        add_addr_text(&opt->mp, out);
        break;
    case MS_FORM_REMOVE_ADDR:
        remove_addr_text(&opt->mp, out);
        break;
    case MS_FORM_PRIO:
    case MS_FORM_FAIL:
    case MS_FORM_FASTCLOSE:
    case MS_FORM_TCPRST:
        small_text(&opt->mp, out);
        break;
    default:
        ms_buf_printf(out, "%s %s subtype %u length %u octets ",
                      opt->mp.form == MS_FORM_UNKNOWN ? "unknown" : "malformed", ms_opt_name(opt),
                      opt->mp.subtype, opt->len);
        put_octets(out, opt->raw, opt->occupied);
        break;
    }
}

void ms_opt_text(const struct ms_opt *opt, struct ms_buf *out)
{
    if (opt->kind == MS_TCPOPT_MPTCP) {
        mp_text(opt, out);
        return;
    }
    if (opt->bad)
        ms_buf_puts(out, "bad ");
    if (opt->kind == MS_TCPOPT_MSS && opt->len == 4 && !opt->bad)
        ms_buf_printf(out, "mss %u", opt->mss);
    else if (opt->kind == MS_TCPOPT_WSCALE && opt->len == 3 && !opt->bad)
        ms_buf_printf(out, "wscale %u", opt->wscale);
    else if (opt->kind == MS_TCPOPT_TS && opt->len == 10 && !opt->bad)
        ms_buf_printf(out, "ts %" PRIu32 " ecr %" PRIu32, opt->tsval, opt->tsecr);
    else if (opt->occupied <= 1 || (opt->kind == MS_TCPOPT_SACK_OK && opt->len == 2))
        ms_buf_puts(out, ms_opt_name(opt));
    else {
        ms_buf_printf(out, "%s ", ms_opt_name(opt));
        put_octets(out, opt->raw, opt->occupied);
    }
}

static void flags_text(uint8_t flags, struct ms_buf *out)
{
    static const struct {
        uint8_t bit;
        const char *name;
    } names[] = {{MS_TH_SYN, "SYN"}, {MS_TH_FIN, "FIN"}, {MS_TH_RST, "RST"}, {MS_TH_PSH, "PSH"},
                 {MS_TH_ACK, "ACK"}, {MS_TH_URG, "URG"}, {MS_TH_ECE, "ECE"}, {MS_TH_CWR, "CWR"}};
    bool first = true;
    for (size_t i = 0; i < MS_ARRAY_LEN(names); i++) {
        if ((flags & names[i].bit) == 0)
            continue;
        ms_buf_printf(out, "%s%s", first ? "" : "+", names[i].name);
        first = false;
    }
    if (first)
        ms_buf_puts(out, "no flags");
}

void ms_seg_text(const struct ms_seg *seg, uint32_t rel_seq_base, uint32_t rel_ack_base,
                 struct ms_buf *out)
{
    flags_text(seg->flags, out);
    ms_buf_printf(out, " seq %" PRIu32, seg->seq - rel_seq_base);
    if ((seg->flags & MS_TH_ACK) != 0)
        ms_buf_printf(out, " ack %" PRIu32, seg->ack - rel_ack_base);
    ms_buf_printf(out, " win %u <", seg->win);
    bool first = true;
    for (unsigned i = 0; i < seg->n_opt; i++) {
        /* Padding tells people nothing. */
        if (seg->opt[i].kind == MS_TCPOPT_NOP)
            continue;
        if (!first)
            ms_buf_puts(out, ", ");
        ms_opt_text(&seg->opt[i], out);
        first = false;
    }
    ms_buf_printf(out, "> len %zu", seg->payload_len + seg->missing);
}
