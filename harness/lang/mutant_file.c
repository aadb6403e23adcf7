/* SPDX-License-Identifier: MIT */
/* Files of mutants: one statement a line, `mutant NAME` begins the next. */
#include "lang/internal.h"

#include <string.h>

struct reader {
    struct lang_parser *p;
    struct ms_mutant *m; /* NULL before the first */
    uint32_t seen;       /* bit i: row i of the table of statements */
    size_t mistakes;     /* diags->n when the mutant began */
    size_t cap_rewrite, cap_repair, cap_without;
    struct ms_mutant ***list;
    size_t *n, *cap;
};

/* ---- statements ----------------------------------------------------------------------------------------- */

static bool about(struct reader *r)
{
    return lang_sentence(r->p, "sentence", "about \"The HMAC has one wrong bit.\"", &r->m->about);
}

static bool requirements(struct reader *r, struct ms_tags *tags)
{
    do {
        if (!lang_requirement(r->p, tags))
            return false;
    } while (lang_comma(r->p));
    return true;
}

static bool breaks(struct reader *r)
{
    return requirements(r, &r->m->breaks);
}

static bool implies(struct reader *r)
{
    return requirements(r, &r->m->implies);
}

static bool role(struct reader *r)
{
    r->m->role_said = true;
    return lang_role(r->p, &r->m->role);
}

static bool family(struct reader *r)
{
    return lang_family(r->p, &r->m->family4, &r->m->family6);
}

static bool rewrite(struct reader *r)
{
    struct ms_mutant *m = r->m;
    do {
        if (!lang_rewrite(r->p, "rewrite \"rx flip mp_join.hmac\"", &m->rewrite, &m->n_rewrites,
                          &r->cap_rewrite))
            return false;
    } while (lang_comma(r->p));
    return true;
}

/* Fields of an option and the pseudo arguments that it takes in a segment. */
static bool field_known(struct lang_parser *p, const char *option, const char *field,
                        struct lang_words *w)
{
    bool known = false;
    const size_t n = strlen(option);
    for (const struct ms_field *f = ms_fields; f->option != NULL; f++)
        if (strcmp(f->option, option) == 0) {
            lang_words_add(w, f->name);
            known = known || strcmp(f->name, field) == 0;
        }
    for (const struct ms_word *a = ms_pseudo_args; a->name != NULL; a++)
        if (strncmp(a->name, option, n) == 0 && a->name[n] == '.') {
            lang_words_add(w, a->name + n + 1);
            known = known || strcmp(a->name + n + 1, field) == 0;
        }
    if (known)
        return true;
    return lang_error(p, &p->tok, lang_suggest(w, field, NULL), "%s has no field '%s'", option,
                      field);
}

/* OPTION, OPTION.FIELD, tcp.FIELD or payload */
static bool repaired_part(struct lang_parser *p, struct ms_repair *out)
{
    if (p->tok.kind == T_BAD || !lang_wide(p, "."))
        return lang_expected(p, "what is repaired",
                             "an option, OPTION.FIELD, tcp.FIELD or `payload`");
    *out = (struct ms_repair){.loc = p->tok.loc, .text = p->tok.text};
    struct lang_words w = {.a = p->a}, fields = {.a = p->a};
    const char *dot = strchr(p->tok.text, '.');
    const char *option =
        dot ? ms_arena_strndup(p->a, p->tok.text, (size_t)(dot - p->tok.text)) : p->tok.text;
    const bool tcp = dot && strcmp(option, "tcp") == 0;
    out->payload = strcmp(p->tok.text, "payload") == 0;
    out->option = ms_option_name_find(option);
    if (!out->payload && !tcp && out->option == NULL) {
        for (const struct ms_option_name *o = ms_option_names; o->name != NULL; o++)
            lang_words_add(&w, o->name);
        lang_words_add(&w, "tcp");
        lang_words_add(&w, "payload");
        return lang_error(p, &p->tok,
                          lang_suggest(&w, option, "an option, OPTION.FIELD, tcp.FIELD or payload"),
                          "there is no option '%s'", option);
    }
    if (dot && !field_known(p, option, dot + 1, &fields))
        return false;
    out->field = dot ? dot + 1 : NULL;
    lang_next(p);
    return true;
}

static bool repair(struct reader *r)
{
    struct ms_mutant *m = r->m;
    do {
        struct ms_repair x;
        const struct lang_token at = r->p->tok;
        if (!repaired_part(r->p, &x))
            return false;
        for (size_t i = 0; i < m->n_repairs; i++)
            if (strcmp(m->repair[i].text, x.text) == 0)
                return lang_error(r->p, &at, NULL, "'%s' is given twice", x.text);
        m->repair =
            ms_arena_grow(r->p->a, m->repair, &r->cap_repair, m->n_repairs, sizeof *m->repair);
        m->repair[m->n_repairs++] = x;
    } while (lang_comma(r->p));
    return true;
}

/* `names`, `info` and `counters` merely record: nothing is missing without them. */
static bool does_something(const char *verb)
{
    return !lang_in_list("names info counters", verb);
}

static bool verb_of(struct lang_parser *p, struct ms_left_out *out)
{
    struct lang_words w = {.a = p->a};
    const struct ms_word *v =
        p->tok.kind == T_WORD ? lang_word_find(ms_iut_verbs, p->tok.text) : NULL;
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "a verb of the IUT", "without close");
    for (const struct ms_word *x = ms_iut_verbs; x->name != NULL; x++)
        if (does_something(x->name))
            lang_words_add(&w, x->name);
    if (v == NULL || !does_something(v->name))
        return lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, NULL),
                          v == NULL ? "the IUT has no verb '%s'"
                                    : "'%s' does nothing that could be left out",
                          p->tok.text);
    out->verb = v->name;
    lang_next(p);
    return true;
}

/* VERB WORD...: the words must all stand among the arguments of a step for it to be left out. */
static bool without(struct reader *r)
{
    struct lang_parser *p = r->p;
    struct ms_mutant *m = r->m;
    struct ms_left_out x = {.loc = p->tok.loc};
    const size_t from = p->tok.off;
    size_t cap = 0;
    if (!verb_of(p, &x))
        return false;
    const struct ms_word *first = lang_word_find(lang_verb_words, x.verb);
    while (!lang_at_end(p)) {
        struct lang_words w = {.a = p->a};
        if (!lang_wide(p, ".-"))
            return lang_expected(p, "a word of the verb's arguments", NULL);
        if (first != NULL && x.n_words == 0 && !lang_in_list(first->args, p->tok.text)) {
            lang_words_list(&w, first->args);
            return lang_error(
                p, &p->tok,
                lang_suggest(&w, p->tok.text, ms_arena_printf(p->a, "one of: %s", first->args)),
                "'%s' knows no '%s'", x.verb, p->tok.text);
        }
        if (x.n_words >= LANG_ARGS_MAX)
            return lang_error(p, &p->tok, NULL, "more than %u words", LANG_ARGS_MAX);
        x.word = ms_arena_grow(p->a, x.word, &cap, x.n_words, sizeof *x.word);
        x.word[x.n_words++] = p->tok.text;
        lang_next(p);
    }
    x.text = ms_arena_strndup(p->a, p->text + from, p->prev_end - from);
    m->without = ms_arena_grow(p->a, m->without, &r->cap_without, m->n_without, sizeof *m->without);
    m->without[m->n_without++] = x;
    return true;
}

static bool equivalent(struct reader *r)
{
    return lang_sentence(r->p, "reason",
                         "equivalent \"Why it cannot be told from correct behaviour.\"",
                         &r->m->equivalent);
}

static bool begin(struct reader *r);

static const struct {
    const char *word;
    bool many;
    bool (*parse)(struct reader *r);
} statements[] = {
    {"mutant", true, begin},           {"about", false, about},  {"breaks", false, breaks},
    {"implies", false, implies},       {"iut", false, role},     {"family", false, family},
    {"rewrite", true, rewrite},        {"repair", true, repair}, {"without", true, without},
    {"equivalent", false, equivalent},
};

/* ---- whole mutants -------------------------------------------------------------------------------------- */

static const struct ms_mutant *find(const struct reader *r, const char *name)
{
    for (size_t i = 0; i < *r->n; i++)
        if (strcmp((*r->list)[i]->name, name) == 0)
            return (*r->list)[i];
    return NULL;
}

/* What the mutant that was read so far still lacks; it joins the list when all is well. */
static void finish(struct reader *r)
{
    struct lang_parser *p = r->p;
    struct ms_mutant *m = r->m;
    if (m == NULL)
        return;
    /* A line that was there but wrong is not told to be missing as well. */
    const bool clean = p->diags->n == r->mistakes;
    if (clean && m->about == NULL)
        lang_error_at(p, m->loc, 0, "about \"What is wrong with it, in one sentence.\"",
                      "mutant %s says nothing about itself", m->name);
    if (clean && m->breaks.n == 0)
        lang_error_at(p, m->loc, 0, "breaks R-3.2-14", "mutant %s breaks no requirement", m->name);
    if (clean && m->n_rewrites + m->n_repairs + m->n_without == 0)
        lang_error_at(p, m->loc, 0, "give it a `rewrite`, a `repair` or a `without`",
                      "mutant %s changes nothing", m->name);
    for (size_t i = 0; i < m->implies.n; i++)
        for (size_t k = 0; k < m->breaks.n; k++)
            if (m->implies.req[i] == m->breaks.req[k])
                lang_error_at(p, m->loc, 0, "leave it out of `implies`",
                              "mutant %s breaks and implies %s", m->name, m->breaks.req[k]->id);
    const struct ms_mutant *same = find(r, m->name);
    if (same != NULL)
        lang_error_at(p, m->loc, 0,
                      ms_arena_printf(p->a, "the other stands in %s, line %u", same->loc.file,
                                      same->loc.line),
                      "there are two mutants named %s", m->name);
    if (p->diags->n == r->mistakes) {
        *r->list = ms_arena_grow(p->a, *r->list, r->cap, *r->n, sizeof **r->list);
        (*r->list)[(*r->n)++] = m;
    }
    r->m = NULL;
}

static bool begin(struct reader *r)
{
    finish(r);
    r->mistakes = r->p->diags->n;
    r->seen = 0;
    r->cap_rewrite = r->cap_repair = r->cap_without = 0;
    r->m = ms_arena_alloc(r->p->a, sizeof *r->m);
    *r->m = (struct ms_mutant){.loc = r->p->tok.loc, .name = "?", .family4 = true, .family6 = true};
    return lang_plain_name(r->p, "mutant", "join.synack-hmac-bit", &r->m->name);
}

static bool unknown(struct lang_parser *p)
{
    struct lang_words w = {.a = p->a};
    if (p->tok.kind != T_WORD)
        return lang_expected(p, "a statement of a mutant", NULL);
    for (size_t i = 0; i < MS_ARRAY_LEN(statements); i++)
        lang_words_add(&w, statements[i].word);
    return lang_error(p, &p->tok, lang_suggest(&w, p->tok.text, NULL),
                      "unknown statement '%s' of a mutant", p->tok.text);
}

static bool statement(struct reader *r)
{
    struct lang_parser *p = r->p;
    size_t i = 0;
    while (i < MS_ARRAY_LEN(statements) && !lang_is(p, statements[i].word))
        i++;
    if (i == MS_ARRAY_LEN(statements))
        return unknown(p);
    if (r->m == NULL && i != 0)
        return lang_error(p, &p->tok, "mutant join.synack-hmac-bit",
                          "'%s' stands before the first mutant", p->tok.text);
    if (!statements[i].many && (r->seen & (uint32_t)1 << i) != 0)
        return lang_error(p, &p->tok, NULL, "`%s` is given twice", statements[i].word);
    lang_next(p);
    if (!statements[i].parse(r))
        return false;
    r->seen |= (uint32_t)1 << i;
    return lang_at_end(p) || lang_expected(p, "the end of the line", NULL);
}

bool ms_mutants_parse(struct ms_arena *a, const char *file, const char *text, size_t len,
                      const struct ms_lang_env *env, struct ms_mutant ***list, size_t *n,
                      size_t *cap, struct ms_diags *diags)
{
    struct lang_parser p = {
        .a = a,
        .file = ms_arena_strdup(a, file),
        .text = text,
        .len = len,
        .env = env,
        .diags = diags,
        .diags_before = diags->n,
    };
    struct reader r = {.p = &p, .list = list, .n = n, .cap = cap};
    if (diags->arena == NULL)
        diags->arena = a;
    if (!lang_text_is_good(&p))
        return false;
    lang_start(&p);
    for (lang_skip_ends(&p); p.tok.kind != T_EOF; lang_skip_ends(&p))
        if (!statement(&r))
            while (p.tok.kind != T_END && p.tok.kind != T_EOF)
                lang_next(&p);
    finish(&r);
    return diags->n == p.diags_before;
}
