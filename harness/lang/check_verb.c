/* SPDX-License-Identifier: MIT */
/* Verbs and expectations of the IUT: the words behind them, their numbers. */
#include "lang/internal.h"

#include "mptcpspec/target.h"

#include <string.h>

/* The bare word of an argument, or NULL. */
static const char *word_of(const struct ms_arg *a)
{
    return a->name == NULL && a->value != NULL && a->value->kind == MS_X_NAME ? a->value->text
                                                                              : NULL;
}

static const char *table_words(struct lang_check *k, const struct ms_word *table)
{
    struct ms_buf b = {0};
    ms_buf_puts(&b, "");
    for (; table->name != NULL; table++)
        ms_buf_printf(&b, "%s%s", b.len > 0 ? " " : "", table->name);
    char *s = ms_arena_strdup(k->p->a, b.data);
    ms_buf_free(&b);
    return s;
}

/* `endpoint add ...`: the first word out of a list. */
static bool first_word(struct lang_check *k, const struct ms_step *s, const char *list)
{
    const char *word = s->n_args > 0 ? word_of(&s->arg[0]) : NULL;
    if (word != NULL && lang_in_list(list, word))
        return true;
    struct lang_words w = {.a = k->p->a};
    lang_words_list(&w, list);
    const char *hint = ms_arena_printf(k->p->a, "one of: %s", list);
    if (s->n_args == 0)
        return lang_error_at(k->p, s->loc, 0, hint, "'%s' needs a word that says what", s->name);
    if (word == NULL)
        return lang_error_at(k->p, s->arg[0].loc, 0, hint, "'%s' needs a word here that says what",
                             s->name);
    return lang_error_at(k->p, s->arg[0].loc, 0, lang_suggest(&w, word, hint), "'%s' knows no '%s'",
                         s->name, word);
}

static bool check_sockopt(struct lang_check *k, const struct ms_step *s)
{
    struct lang_words w = {.a = k->p->a};
    for (size_t i = 0; ms_sockopts[i] != NULL; i++)
        lang_words_add(&w, ms_sockopts[i]);
    if (s->n_args != 1 || s->arg[0].name == NULL || s->arg[0].value == NULL)
        return lang_error_at(k->p, s->loc, 0, "write `sockopt nodelay = 1`",
                             "sockopt takes one NAME = VALUE");
    for (size_t i = 0; i < w.n; i++)
        if (strcmp(w.word[i], s->arg[0].name) == 0)
            return true;
    return lang_error_at(k->p, s->arg[0].loc, 0, lang_suggest(&w, s->arg[0].name, NULL),
                         "unknown socket option '%s'", s->arg[0].name);
}

/* Words that are no variable are the value itself: tcp_congestion_control = reno. */
static bool check_sysctl(struct lang_check *k, const struct ms_step *s)
{
    if (s->n_args != 1 || s->arg[0].name == NULL || s->arg[0].value == NULL)
        return lang_error_at(k->p, s->loc, 0, "write `sysctl net.mptcp.enabled = 0`",
                             "sysctl takes one NAME = VALUE");
    struct ms_expr *e = s->arg[0].value;
    if (e->kind == MS_X_NAME && !lang_known(&k->vars, e->text)) {
        e->kind = MS_X_STRING;
        e->octets = (const uint8_t *)e->text;
        e->len = strlen(e->text);
    }
    return true;
}

/* counter, info: what is compared has a name and a value. */
static bool check_compared(struct lang_check *k, const struct ms_step *s)
{
    const char *hint =
        ms_arena_printf(k->p->a, "write `%s: expect %s NAME = VALUE`", s->subject, s->name);
    if (s->n_args == 0)
        return lang_error_at(k->p, s->loc, 0, hint, "'%s' compares nothing", s->name);
    for (size_t i = 0; i < s->n_args; i++)
        if (s->arg[i].name == NULL || s->arg[i].value == NULL)
            return lang_error_at(k->p, s->arg[i].loc, 0, hint,
                                 "'%s' needs something to compare with", s->name);
    return true;
}

/* Only the token can stand alone: what it must be is seen on the wire. */
static bool check_ss(struct lang_check *k, const struct ms_step *s)
{
    if (s->n_args == 0)
        return lang_error_at(k->p, s->loc, 0, "write `client: expect ss subflows = 1`",
                             "'ss' compares nothing");
    for (size_t i = 0; i < s->n_args; i++) {
        const char *word = word_of(&s->arg[i]);
        if (s->arg[i].name == NULL && (word == NULL || strcmp(word, "token") != 0))
            return lang_error_at(k->p, s->arg[i].loc, 0, "write `client: expect ss subflows = 1`",
                                 "only `token` can stand without a comparison");
    }
    return true;
}

static void one_number(struct lang_check *k, const struct ms_step *s)
{
    if (s->n_args != 1 || s->arg[0].value == NULL)
        lang_error_at(k->p, s->loc, 0, NULL, "'%s' takes one number", s->name);
    else
        lang_check_number(k, s->arg[0].value, (uint64_t)1 << 40);
}

/* Numbers behind names, by their greatest value. */
static void check_named_numbers(struct lang_check *k, const struct ms_step *s)
{
    const bool verb = s->kind == MS_STEP_VERB || s->kind == MS_STEP_HOST_VERB;
    static const struct {
        const char *name;
        uint64_t most;
    } limits[] = {{"id", 255},
                  {"port", 65535},
                  {"sport", 65535},
                  {"prefix", 128},
                  {"path", MS_PATHS_MAX},
                  {"subflows", 8},
                  {"add_addr_accepted", 8}};
    for (size_t i = 0; i < s->n_args; i++)
        for (size_t l = 0; l < MS_ARRAY_LEN(limits); l++)
            if (verb && s->arg[i].name != NULL && s->arg[i].value != NULL &&
                strcmp(s->arg[i].name, limits[l].name) == 0)
                lang_check_number(k, s->arg[i].value, limits[l].most);
}

void lang_check_verb(struct lang_check *k, const struct ms_step *s)
{
    const bool verb = s->kind == MS_STEP_VERB || s->kind == MS_STEP_HOST_VERB;
    const struct ms_word *rule = verb ? lang_word_find(lang_verb_words, s->name) : NULL;
    const char *words = "";
    if (rule != NULL) {
        if (!first_word(k, s, rule->args))
            return;
        words = ms_arena_printf(k->p->a, "%s %s", rule->args, rule->doc);
    } else if (verb && strcmp(s->name, "sockopt") == 0) {
        if (!check_sockopt(k, s))
            return;
    } else if (verb && strcmp(s->name, "sysctl") == 0) {
        if (!check_sysctl(k, s))
            return;
    } else if (verb && lang_in_list("send recv linger", s->name)) {
        one_number(k, s);
    } else if (!verb && lang_in_list("counter info exit", s->name)) {
        if (!check_compared(k, s))
            return;
    } else if (!verb && strcmp(s->name, "listening") == 0) {
        one_number(k, s);
    } else if (!verb && strcmp(s->name, "ss") == 0) {
        words = "token";
        if (!check_ss(k, s))
            return;
    } else if (!verb && strcmp(s->name, "error") == 0) {
        words = table_words(k, lang_errors);
        if (s->n_args > 0 && !first_word(k, s, words))
            return;
    } else if (!verb && strcmp(s->name, "event") == 0) {
        words = table_words(k, lang_events);
        if (!first_word(k, s, words))
            return;
    }
    const struct lang_ctx ctx = {.words = words, .any = !verb};
    for (size_t i = 0; i < s->n_args; i++) {
        const char *word = word_of(&s->arg[i]);
        if (!verb && strcmp(s->name, "names") == 0 && word != NULL)
            lang_handle_use(k, word, s->arg[i].loc);
        else if (s->arg[i].value != NULL)
            lang_check_expr(k, s->arg[i].value, &ctx);
    }
    check_named_numbers(k, s);
}
