/* SPDX-License-Identifier: MIT */
/* Arguments of actions, by their kind. */
#include "rewrite/parse.h"

#include <string.h>

static int parse_field(struct rewrite_lex *lx, const struct ms_field **out)
{
    const int rc = rewrite_lex_word(lx, "OPTION.FIELD");
    return rc != MS_OK ? rc : rewrite_parse_resolve_field(lx, out);
}

static int parse_settable(struct rewrite_lex *lx, const struct ms_field **out)
{
    const int rc = parse_field(lx, out);
    if (rc == MS_OK && !ms_field_settable(*out))
        return rewrite_lex_fail(lx, "%s can be read only", lx->word);
    return rc;
}

static int args_none(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    (void)lx;
    (void)r;
    return MS_OK;
}

static int args_option(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    return rewrite_parse_option(lx, "an option", &r->option);
}

static int args_option_n(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const int rc = args_option(lx, r);
    return rc != MS_OK ? rc : rewrite_parse_signed(lx, 0, 255, &r->number);
}

static int args_field(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    return parse_settable(lx, &r->field);
}

static int args_field_n(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const int rc = parse_settable(lx, &r->field);
    if (rc == MS_OK && r->field->type != MS_V_NUM)
        return rewrite_lex_fail(lx, "%s is not a number", lx->word);
    return rc != MS_OK ? rc : rewrite_parse_signed(lx, INT64_MIN, INT64_MAX, &r->number);
}

static int args_field_value(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    int rc = parse_settable(lx, &r->field);
    if (rc == MS_OK && (r->action->need & NEED_ROOM) != 0 &&
        ms_option_name_find(r->field->option) == NULL)
        return rewrite_lex_fail(lx, "every segment has %s: use set", lx->word);
    if (rc == MS_OK)
        rc = rewrite_lex_symbol(lx, "=");
    return rc != MS_OK ? rc : rewrite_parse_value(lx, r->field, &r->value);
}

static int args_flags(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const int rc = rewrite_lex_word(lx, "TCP flags");
    return rc != MS_OK ? rc : rewrite_parse_resolve_flags(lx, &r->flags);
}

static int args_hex(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    uint8_t octets[REWRITE_OPTS_LEN];
    uint8_t n = 0;
    int rc = rewrite_lex_word(lx, "option octets in hex");
    if (rc == MS_OK)
        rc = rewrite_lex_hex(lx, false, octets, &n);
    if (rc == MS_OK && ms_opt_raw(&r->insert, octets, n) != MS_OK)
        return rewrite_lex_fail(lx, "an option has 1 to %d octets", REWRITE_OPTS_LEN);
    return rc;
}

/* Kinds that the box knows: those of every host, and these. */
static int args_kinds(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    static const uint8_t usual[] = {MS_TCPOPT_EOL,    MS_TCPOPT_NOP,     MS_TCPOPT_MSS,
                                    MS_TCPOPT_WSCALE, MS_TCPOPT_SACK_OK, MS_TCPOPT_SACK,
                                    MS_TCPOPT_TS};
    for (size_t i = 0; i < sizeof usual; i++)
        r->kinds[usual[i] / 64] |= (uint64_t)1 << usual[i] % 64;
    if (!rewrite_lex_more(lx, "0123456789"))
        return MS_OK;
    int rc = rewrite_lex_word(lx, "option kinds");
    for (char *p = lx->word; rc == MS_OK && p != NULL;) {
        uint64_t kind = 0;
        lx->word = strsep(&p, ",");
        rc = rewrite_lex_number(lx, &kind);
        if (rc == MS_OK && kind > 255)
            return rewrite_lex_fail(lx, "%s is no option kind", lx->word);
        r->kinds[kind / 64 % 4] |= (uint64_t)1 << kind % 64;
    }
    return rc;
}

static int args_number(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    return rewrite_parse_number(lx, r->action->min, r->action->max, &r->n);
}

static int args_number_or(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    r->n = r->action->fallback;
    return rewrite_lex_more(lx, "0123456789") ? args_number(lx, r) : MS_OK;
}

static int args_number_time(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const int rc = args_number_or(lx, r);
    r->time_ns = REWRITE_HOLD_NS;
    return rc == MS_OK && rewrite_lex_more(lx, "0123456789") ? rewrite_parse_time(lx, &r->time_ns)
                                                             : rc;
}

static int args_number_2(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const int rc = args_number(lx, r);
    r->n2 = r->action->fallback;
    return rc == MS_OK && rewrite_lex_more(lx, "0123456789")
               ? rewrite_parse_number(lx, 1, UINT32_MAX, &r->n2)
               : rc;
}

static int args_time(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    return rewrite_parse_time(lx, &r->time_ns);
}

static int args_addr(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const int rc = rewrite_lex_word(lx, "an address");
    if (rc == MS_OK && ms_addr_parse(lx->word, &r->addr) != MS_OK)
        return rewrite_lex_fail(lx, "'%s' is no IPv4 or IPv6 address", lx->word);
    return rc;
}

static int args_addr_port(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const int rc = args_addr(lx, r);
    return rc != MS_OK ? rc : args_number(lx, r);
}

static int args_addr_or(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const int rc = args_addr(lx, r);
    return rc != MS_OK ? rc : args_number_or(lx, r);
}

static int text(struct rewrite_lex *lx, struct rewrite_text *t)
{
    const int rc = rewrite_lex_text(lx);
    if (rc != MS_OK)
        return rc;
    if (lx->word[0] == '0' && (lx->word[1] == 'x' || lx->word[1] == 'X'))
        return rewrite_lex_hex(lx, true, t->octets, &t->len);
    const char *p = lx->word + (lx->word[0] == '\'');
    const size_t n = strlen(p);
    if (n == 0 || n > sizeof t->octets)
        return rewrite_lex_fail(lx, "a text has 1 to %zu octets", sizeof t->octets);
    memcpy(t->octets, p, n);
    t->len = (uint8_t)n;
    return MS_OK;
}

static int args_texts(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const int rc = text(lx, &r->text[0]);
    return rc != MS_OK ? rc : text(lx, &r->text[1]);
}

static int args_same_texts(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const int rc = args_texts(lx, r);
    if (rc == MS_OK && r->text[0].len != r->text[1].len)
        return rewrite_lex_fail(lx, "the texts differ in length (%u and %u octets): use alg",
                                r->text[0].len, r->text[1].len);
    return rc;
}

int rewrite_parse_args(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    static int (*const by_kind[])(struct rewrite_lex * lx, struct ms_rewrite * r) = {
        [ARGS_NONE] = args_none,
        [ARGS_OPTION] = args_option,
        [ARGS_OPTION_N] = args_option_n,
        [ARGS_FIELD] = args_field,
        [ARGS_FIELD_N] = args_field_n,
        [ARGS_FIELD_VALUE] = args_field_value,
        [ARGS_FLAGS] = args_flags,
        [ARGS_HEX] = args_hex,
        [ARGS_KINDS] = args_kinds,
        [ARGS_NUMBER] = args_number,
        [ARGS_NUMBER_OR] = args_number_or,
        [ARGS_NUMBER_TIME] = args_number_time,
        [ARGS_NUMBER_2] = args_number_2,
        [ARGS_TIME] = args_time,
        [ARGS_ADDR] = args_addr,
        [ARGS_ADDR_PORT] = args_addr_port,
        [ARGS_ADDR_OR] = args_addr_or,
        [ARGS_TEXTS] = args_texts,
        [ARGS_SAME_TEXTS] = args_same_texts,
    };
    return by_kind[r->action->args](lx, r);
}
