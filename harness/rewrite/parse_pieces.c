/* SPDX-License-Identifier: MIT */
/* Names, numbers and values in the text of a rewrite. */
#include "rewrite/parse.h"

#include <string.h>

int rewrite_parse_option(struct rewrite_lex *lx, const char *what,
                         const struct ms_option_name **out)
{
    const int rc = rewrite_lex_word(lx, what);
    if (rc != MS_OK)
        return rc;
    *out = ms_option_name_find(lx->word);
    if (*out == NULL) {
        const char *names[64];
        size_t n = 0;
        for (const struct ms_option_name *o = ms_option_names; o->name != NULL && n < 64; o++)
            names[n++] = o->name;
        return rewrite_lex_unknown(lx, "option", lx->word, names, n);
    }
    return MS_OK;
}

/* The word that was just read is OPTION.FIELD. */
int rewrite_parse_resolve_field(struct rewrite_lex *lx, const struct ms_field **out)
{
    const char *dot = strchr(lx->word, '.');
    if (dot == NULL)
        return rewrite_lex_fail(lx, "expected OPTION.FIELD, found '%s'", lx->word);
    const char *option = ms_arena_strndup(lx->arena, lx->word, (size_t)(dot - lx->word));
    *out = ms_field_find(option, dot + 1);
    if (*out != NULL)
        return MS_OK;
    const char *names[128];
    size_t options = 0;
    size_t n = 0;
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++)
        if (strcmp(f->option, option) == 0 && n < MS_ARRAY_LEN(names))
            names[n++] = f->name;
    if (n != 0)
        return rewrite_lex_unknown(lx, "field", dot + 1, names, n);
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++)
        if (options < MS_ARRAY_LEN(names))
            names[options++] = f->option;
    return rewrite_lex_unknown(lx, "option with fields", option, names, options);
}

int rewrite_parse_value(struct rewrite_lex *lx, const struct ms_field *f, struct ms_value *v)
{
    int rc = rewrite_lex_word(lx, "a value");
    if (rc != MS_OK)
        return rc;
    *v = (struct ms_value){.type = f->type, .width = f->bits};
    if (f->type == MS_V_OCTETS)
        return rewrite_lex_hex(lx, true, v->octets, &v->len);
    if (f->type == MS_V_ADDR) {
        if (ms_addr_parse(lx->word, &v->addr) != MS_OK)
            return rewrite_lex_fail(lx, "'%s' is no IPv4 or IPv6 address", lx->word);
        return MS_OK;
    }
    rc = rewrite_lex_number(lx, &v->num);
    if (rc == MS_OK && f->bits != 0 && f->bits < 64 && v->num >> f->bits != 0)
        return rewrite_lex_fail(lx, "%s does not fit %s.%s (%u bit)", lx->word, f->option, f->name,
                                f->bits);
    return rc;
}

/* Flag names joined with '+' in the word that was just read. */
int rewrite_parse_resolve_flags(struct rewrite_lex *lx, uint8_t *flags)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    *flags = 0;
    for (const char *p = lx->word;; p++) {
        const size_t n = strcspn(p, "+");
        const char *name = ms_arena_strndup(lx->arena, p, n);
        size_t i = 0;
        while (i < MS_ARRAY_LEN(names) && strcmp(names[i], name) != 0)
            i++;
        if (i == MS_ARRAY_LEN(names))
            return rewrite_lex_unknown(lx, "TCP flag", name, names, MS_ARRAY_LEN(names));
        *flags |= (uint8_t)(1u << i);
        p += n;
        if (*p == '\0')
            return MS_OK;
    }
}

int rewrite_parse_signed(struct rewrite_lex *lx, int64_t min, int64_t max, int64_t *out)
{
    int rc = rewrite_lex_word(lx, "a number");
    if (rc == MS_OK)
        rc = rewrite_lex_signed(lx, out);
    if (rc == MS_OK && (*out < min || *out > max))
        return rewrite_lex_fail(lx, "%s is out of range", lx->word);
    return rc;
}

int rewrite_parse_number(struct rewrite_lex *lx, uint64_t min, uint64_t max, uint64_t *out)
{
    int rc = rewrite_lex_word(lx, "a number");
    if (rc == MS_OK)
        rc = rewrite_lex_number(lx, out);
    if (rc == MS_OK && (*out < min || *out > max))
        return rewrite_lex_fail(lx, "%s is out of range", lx->word);
    return rc;
}

int rewrite_parse_time(struct rewrite_lex *lx, uint64_t *ns)
{
    const int rc = rewrite_lex_word(lx, "a time");
    return rc != MS_OK ? rc : rewrite_lex_time(lx, ns);
}
