/* SPDX-License-Identifier: MIT */
/* Conditions of a rewrite. */
#include "rewrite/parse.h"

#include <string.h>

/* SYN and ACK tell the steps of the handshake apart; the other flags are tested alone. */
static int flags_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    const int rc = rewrite_parse_resolve_flags(lx, &c->flags_want);
    c->kind = COND_FLAGS;
    c->flags_mask = c->flags_want;
    if (c->flags_want == MS_TH_SYN)
        c->flags_mask = MS_TH_SYN | MS_TH_ACK;
    else if (c->flags_want == MS_TH_ACK)
        c->flags_mask = MS_TH_ACK | MS_TH_SYN | MS_TH_FIN | MS_TH_RST;
    return rc;
}

/* The comparison that was just read. */
static int resolve_op(struct rewrite_lex *lx, enum cond_op *out)
{
    static const char *const ops[] = {"=", "!=", "<", ">"};
    size_t op = 0;
    while (op < MS_ARRAY_LEN(ops) && strcmp(ops[op], lx->word) != 0)
        op++;
    if (op == MS_ARRAY_LEN(ops))
        return rewrite_lex_fail(lx, "expected = != < or >, found '%s'", lx->word);
    *out = (enum cond_op)op;
    return MS_OK;
}

static int field_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    c->kind = COND_FIELD;
    int rc = rewrite_parse_resolve_field(lx, &c->field);
    if (rc == MS_OK)
        rc = rewrite_lex_symbol(lx, NULL);
    if (rc == MS_OK)
        rc = resolve_op(lx, &c->op);
    if (rc != MS_OK)
        return rc;
    if (c->op >= OP_LT && c->field->type != MS_V_NUM && c->field->type != MS_V_BOOL)
        return rewrite_lex_fail(lx, "%s.%s has no order: use = or !=", c->field->option,
                                c->field->name);
    return rewrite_parse_value(lx, c->field, &c->value);
}

static int option_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    return rewrite_parse_option(lx, "an option", &c->option);
}

static int number_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    const uint64_t max = c->kind == COND_SUBTYPE ? 15 : UINT32_MAX;
    c->value.type = MS_V_NUM;
    return rewrite_parse_number(lx, c->kind == COND_SUBTYPE ? 0 : 1, max, &c->value.num);
}

/* N, or a comparison with N. */
static int compared_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    int rc = MS_OK;
    c->op = OP_EQ;
    if (rewrite_lex_more(lx, "=!<>")) {
        rc = rewrite_lex_symbol(lx, NULL);
        if (rc == MS_OK)
            rc = resolve_op(lx, &c->op);
    }
    return rc != MS_OK ? rc : number_cond(lx, c);
}

static int time_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    return rewrite_parse_time(lx, &c->value.num);
}

static int chance_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    const int rc = rewrite_lex_word(lx, "a share such as 2.5%");
    return rc != MS_OK ? rc : rewrite_lex_percent(lx, &c->value.num);
}

static const struct {
    const char *word;
    enum cond_kind kind;
    uint64_t num;
    int (*args)(struct rewrite_lex *lx, struct rewrite_cond *c); /* NULL: none */
} conds[] = {
    {"has", COND_HAS, 0, option_cond},
    {"no", COND_NOT, 0, option_cond},
    {"data", COND_DATA, 0, NULL},
    {"nodata", COND_NODATA, 0, NULL},
    {"third", COND_THIRD, THIRD_FIRST, NULL},
    {"third_repeated", COND_THIRD, THIRD_REPEATED, NULL},
    {"third_data", COND_THIRD, THIRD_DATA, NULL},
    {"established", COND_ESTABLISHED, 0, NULL},
    {"repeated", COND_REPEATED, 0, NULL},
    {"subtype", COND_SUBTYPE, 0, number_cond},
    {"subflow", COND_SUBFLOW, 0, compared_cond},
    {"path", COND_PATH, 0, number_cond},
    {"packet", COND_PACKET, 0, compared_cond},
    {"after", COND_AFTER, 0, time_cond},
    {"before", COND_BEFORE, 0, time_cond},
    {"chance", COND_CHANCE, 0, chance_cond},
};

static int parse_cond(struct rewrite_lex *lx, struct rewrite_cond *c)
{
    static const char *const flags[] = {"SYN", "SYN+ACK", "ACK", "RST", "FIN"};
    const char *words[MS_ARRAY_LEN(conds) + MS_ARRAY_LEN(flags)];
    const int rc = rewrite_lex_word(lx, "a condition");
    if (rc != MS_OK)
        return rc;
    for (size_t i = 0; i < MS_ARRAY_LEN(conds); i++) {
        words[i] = conds[i].word;
        if (strcmp(lx->word, conds[i].word) != 0)
            continue;
        c->kind = conds[i].kind;
        c->value.num = conds[i].num;
        return conds[i].args != NULL ? conds[i].args(lx, c) : MS_OK;
    }
    if (strchr(lx->word, '.') != NULL)
        return field_cond(lx, c);
    if (strspn(lx->word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ+") == strlen(lx->word))
        return flags_cond(lx, c);
    memcpy(words + MS_ARRAY_LEN(conds), flags, sizeof flags);
    return rewrite_lex_unknown(lx, "condition", lx->word, words, MS_ARRAY_LEN(words));
}

int rewrite_parse_conds(struct rewrite_lex *lx, struct ms_rewrite *r)
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
