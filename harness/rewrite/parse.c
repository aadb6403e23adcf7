/* SPDX-License-Identifier: MIT */
/* Rewrites from text: DIR ACTION [ARGS] [when COND {and COND}] [nth N | from N | first N]. */
#include "rewrite/internal.h"
#include "rewrite/lex.h"

#include <string.h>

static int parse_option(struct rewrite_lex *lx, const char *what, const struct ms_option_name **out)
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
static int resolve_field(struct rewrite_lex *lx, const struct ms_field **out)
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

static int parse_field(struct rewrite_lex *lx, const struct ms_field **out)
{
    const int rc = rewrite_lex_word(lx, "OPTION.FIELD");
    return rc != MS_OK ? rc : resolve_field(lx, out);
}

static int parse_value(struct rewrite_lex *lx, const struct ms_field *f, struct ms_value *v)
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

static int parse_settable(struct rewrite_lex *lx, const struct ms_field **out)
{
    const int rc = parse_field(lx, out);
    if (rc == MS_OK && !ms_field_settable(*out))
        return rewrite_lex_fail(lx, "%s can be read only", lx->word);
    return rc;
}

/* Flag names joined with '+' in the word that was just read. */
static int resolve_flags(struct rewrite_lex *lx, uint8_t *flags)
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

static int parse_insert(struct rewrite_lex *lx, struct ms_rewrite *r)
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

static int parse_signed(struct rewrite_lex *lx, int64_t min, int64_t max, int64_t *out)
{
    int rc = rewrite_lex_word(lx, "a number");
    if (rc == MS_OK)
        rc = rewrite_lex_signed(lx, out);
    if (rc == MS_OK && (*out < min || *out > max))
        return rewrite_lex_fail(lx, "%s is out of range", lx->word);
    return rc;
}

static int parse_args(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    int rc = MS_OK;
    switch (r->action->args) {
    case ARGS_NONE:
        break;
    case ARGS_OPTION:
        rc = parse_option(lx, "an option", &r->option);
        break;
    case ARGS_OPTION_N:
        rc = parse_option(lx, "an option", &r->option);
        if (rc == MS_OK)
            rc = parse_signed(lx, 0, 255, &r->number);
        break;
    case ARGS_FIELD:
        rc = parse_settable(lx, &r->field);
        break;
    case ARGS_FIELD_N:
        rc = parse_settable(lx, &r->field);
        if (rc == MS_OK && r->field->type != MS_V_NUM)
            return rewrite_lex_fail(lx, "%s is not a number", lx->word);
        if (rc == MS_OK)
            rc = parse_signed(lx, INT64_MIN, INT64_MAX, &r->number);
        break;
    case ARGS_FIELD_VALUE:
        rc = parse_settable(lx, &r->field);
        if (rc == MS_OK && r->action->need == NEED_ROOM &&
            ms_option_name_find(r->field->option) == NULL)
            return rewrite_lex_fail(lx, "every segment has %s: use set", lx->word);
        if (rc == MS_OK)
            rc = rewrite_lex_symbol(lx, "=");
        if (rc == MS_OK)
            rc = parse_value(lx, r->field, &r->value);
        break;
    case ARGS_FLAGS:
        rc = rewrite_lex_word(lx, "TCP flags");
        if (rc == MS_OK)
            rc = resolve_flags(lx, &r->flags);
        break;
    case ARGS_HEX:
        rc = parse_insert(lx, r);
        break;
    }
    return rc;
}

/* SYN and ACK tell the steps of the handshake apart; the other flags are tested alone. */
static int flags_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    const int rc = resolve_flags(lx, &c->flags_want);
    c->kind = COND_FLAGS;
    c->flags_mask = c->flags_want;
    if (c->flags_want == MS_TH_SYN)
        c->flags_mask = MS_TH_SYN | MS_TH_ACK;
    else if (c->flags_want == MS_TH_ACK)
        c->flags_mask = MS_TH_ACK | MS_TH_SYN | MS_TH_FIN | MS_TH_RST;
    return rc;
}

static int field_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    static const char *const ops[] = {"=", "!=", "<", ">"};
    c->kind = COND_FIELD;
    int rc = resolve_field(lx, &c->field);
    if (rc != MS_OK)
        return rc;
    rc = rewrite_lex_symbol(lx, NULL);
    if (rc != MS_OK)
        return rc;
    size_t op = 0;
    while (op < MS_ARRAY_LEN(ops) && strcmp(ops[op], lx->word) != 0)
        op++;
    if (op == MS_ARRAY_LEN(ops))
        return rewrite_lex_fail(lx, "expected = != < or >, found '%s'", lx->word);
    c->op = (enum cond_op)op;
    if (c->op >= OP_LT && c->field->type != MS_V_NUM && c->field->type != MS_V_BOOL)
        return rewrite_lex_fail(lx, "%s.%s has no order: use = or !=", c->field->option,
                                c->field->name);
    return parse_value(lx, c->field, &c->value);
}

static int parse_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    static const char *const words[] = {"has",     "no",  "data", "nodata", "SYN",
                                        "SYN+ACK", "ACK", "RST",  "FIN"};
    const int rc = rewrite_lex_word(lx, "a condition");
    if (rc != MS_OK)
        return rc;
    const bool no = strcmp(lx->word, "no") == 0;
    if (no || strcmp(lx->word, "has") == 0) {
        c->kind = no ? COND_NOT : COND_HAS;
        return parse_option(lx, "an option", &c->option);
    }
    if (strcmp(lx->word, "data") == 0 || strcmp(lx->word, "nodata") == 0) {
        c->kind = lx->word[0] == 'd' ? COND_DATA : COND_NODATA;
        return MS_OK;
    }
    if (strchr(lx->word, '.') != NULL)
        return field_cond(lx, c);
    if (strspn(lx->word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ+") == strlen(lx->word))
        return flags_cond(lx, c);
    return rewrite_lex_unknown(lx, "condition", lx->word, words, MS_ARRAY_LEN(words));
}

static int parse_conds(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    struct rewrite_cond **tail = &r->conds;
    int rc = MS_OK;
    if (!rewrite_lex_accept(lx, "when"))
        return MS_OK;
    do {
        *tail = ms_arena_alloc(lx->arena, sizeof **tail);
        rc = parse_cond(lx, *tail);
        tail = &(*tail)->next;
    } while (rc == MS_OK && rewrite_lex_accept(lx, "and"));
    return rc;
}

static int parse_count(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    static const char *const words[] = {"nth", "from", "first"};
    int64_t n = 0;
    for (size_t i = 0; i < MS_ARRAY_LEN(words); i++) {
        if (!rewrite_lex_accept(lx, words[i]))
            continue;
        r->count = (enum count_kind)(COUNT_NTH + i);
        const int rc = parse_signed(lx, 1, INT64_MAX, &n);
        r->count_n = (uint64_t)n;
        return rc;
    }
    return MS_OK;
}

static int parse_dir(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    static const struct {
        const char *word;
        bool rx, tx;
        enum ms_rewrite_words words;
    } table[] = {
        {"rx", true, false, MS_WORDS_ONE_IUT},      {"tx", false, true, MS_WORDS_ONE_IUT},
        {"down", true, false, MS_WORDS_TWO_STACKS}, {"up", false, true, MS_WORDS_TWO_STACKS},
        {"any", true, true, MS_WORDS_NEITHER},
    };
    const char *names[MS_ARRAY_LEN(table)];
    const int rc = rewrite_lex_word(lx, "rx, tx, up, down or any");
    if (rc != MS_OK)
        return rc;
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        names[i] = table[i].word;
        if (strcmp(lx->word, table[i].word) != 0)
            continue;
        r->dirs[MS_DIR_RX] = table[i].rx;
        r->dirs[MS_DIR_TX] = table[i].tx;
        r->words = table[i].words;
        return MS_OK;
    }
    return rewrite_lex_unknown(lx, "direction", lx->word, names, MS_ARRAY_LEN(names));
}

static int parse_action(struct rewrite_lex *lx, struct ms_rewrite *r)
{
    const char *names[64];
    size_t n = 0;
    const int rc = rewrite_lex_word(lx, "an action");
    if (rc != MS_OK)
        return rc;
    for (const struct rewrite_action *act = rewrite_actions; act->name != NULL; act++) {
        if (strcmp(act->name, lx->word) == 0)
            r->action = act;
        if (n < MS_ARRAY_LEN(names))
            names[n++] = act->name;
    }
    if (r->action == NULL)
        return rewrite_lex_unknown(lx, "action", lx->word, names, n);
    return parse_args(lx, r);
}

int ms_rewrite_parse(struct ms_arena *a, const char *text, struct ms_rewrite **out,
                     struct ms_error *err)
{
    struct rewrite_lex lx = {.text = text, .arena = a, .err = err};
    struct ms_rewrite *r = ms_arena_alloc(a, sizeof *r);
    r->arena = a;
    *out = NULL;
    int rc = parse_dir(&lx, r);
    if (rc == MS_OK)
        rc = parse_action(&lx, r);
    if (rc == MS_OK)
        rc = parse_conds(&lx, r);
    if (rc == MS_OK)
        rc = parse_count(&lx, r);
    if (rc == MS_OK)
        rc = rewrite_lex_end(&lx);
    if (rc == MS_OK)
        *out = r;
    return rc;
}
