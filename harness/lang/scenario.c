/* SPDX-License-Identifier: MIT */
/* Scenarios: what the two hosts are asked to do and to show, and transfers between them. */
#include "lang/internal.h"

#include "mptcpspec/programs.h"

#include <string.h>

/* For those who know the verbs of an IUT. */
static const char *other_than_iut(const struct lang_parser *p)
{
    return p->tok.kind == T_WORD && lang_word_find(ms_iut_verbs, p->tok.text) != NULL
               ? "programs talk in a scenario: `client: run \"...\"`, `T: transfer ...`"
               : NULL;
}

static struct ms_expr *string_value(struct lang_parser *p)
{
    struct ms_expr *e = ms_arena_alloc(p->a, sizeof *e);
    *e = (struct ms_expr){.kind = MS_X_STRING,
                          .loc = p->tok.loc,
                          .text = p->tok.text,
                          .octets = p->tok.octets,
                          .len = p->tok.n_octets};
    lang_next(p);
    return e;
}

/* ---- programs ----------------------------------------------------------------------------------------- */

/* The command with the instance's values: its names are addresses, its quotes close. */
static bool command_is_right(const struct lang_parser *p, const struct ms_instance *in,
                             const char *text, struct ms_error *err, const char **hint)
{
    const struct ms_topo *topo = lang_topo_find(p->env, p->c->topology);
    if (topo == NULL)
        return true; /* told elsewhere, or not known */
    struct ms_arena *scratch = ms_arena_new();
    const char *line = NULL;
    const char *const *argv = NULL;
    bool good = ms_instance_command(scratch, in, topo, text, &line, err) == MS_OK;
    if (!good) {
        *hint =
            "$c1 is an address, $[c1] the same in a URL, $port and $family numbers, $$ a dollar";
    } else if (ms_argv_split(scratch, line, &argv, err) != MS_OK) {
        good = false;
        if (strcmp(line, text) != 0)
            err->column = 0; /* names stood there, the columns are others */
    }
    ms_arena_free(scratch);
    return good;
}

static bool command(struct lang_parser *p, struct ms_step *s)
{
    const struct lang_token text = p->tok;
    if (text.kind != T_STRING)
        return lang_expected(p, "a command as a string", NULL);
    if (strlen(text.text) != text.n_octets)
        return lang_error(p, &text, NULL, "a NUL octet in a command");
    if (!lang_every_value(p, &text, command_is_right))
        return false;
    s->string = text.text;
    lang_next(p);
    return true;
}

/* [input "FILE"] [output "FILE"] [as NAME] */
static bool files(struct lang_parser *p, struct ms_step *s, bool named)
{
    struct lang_args list = {0};
    while (p->tok.kind == T_WORD) {
        const struct lang_token word = p->tok;
        if (lang_is(p, "as") && named && s->as == NULL) {
            lang_next(p);
            if (!lang_expect_word(p, &s->as, "a name for the program behind `as`"))
                return false;
            continue;
        }
        if (lang_is(p, "within"))
            break;
        if (!lang_is(p, "input") && !lang_is(p, "output"))
            return lang_expected(p, "`input`, `output` or `as`", NULL);
        for (size_t i = 0; i < list.n; i++)
            if (strcmp(list.arg[i].name, word.text) == 0)
                return lang_error(p, &word, NULL, "`%s` is given twice", word.text);
        struct ms_arg *arg = lang_args_add(p, &list);
        arg->name = word.text;
        lang_next(p);
        if (p->tok.kind != T_STRING || p->tok.n_octets == 0 || strchr(p->tok.text, '/') != NULL)
            return lang_expected(p, "the name of a file, without '/'",
                                 "files stand in the folder that programs of a scenario share");
        arg->value = string_value(p);
    }
    s->n_args = list.n;
    s->arg = list.arg;
    return true;
}

static bool run(struct lang_parser *p, struct ms_step *s)
{
    return command(p, s) && files(p, s, true) && lang_judgement(p, s);
}

static bool start(struct lang_parser *p, struct ms_step *s)
{
    return lang_expect_word(p, &s->as, "a name for the program, and its command") &&
           command(p, s) && files(p, s, false);
}

static bool stop(struct lang_parser *p, struct ms_step *s)
{
    const struct ms_loc at = p->tok.loc;
    struct lang_args list = {0};
    struct ms_arg *arg = lang_args_add(p, &list);
    arg->loc = at;
    if (!lang_expect_word(p, &arg->name, "the name of a program that was started"))
        return false;
    s->n_args = list.n;
    s->arg = list.arg;
    return true;
}

/* ---- counters ----------------------------------------------------------------------------------------- */

/* allow counter MPTcpExt.X, MPTcpExt.Y */
static bool allow(struct lang_parser *p, struct ms_step *s)
{
    struct lang_args list = {0};
    if (!lang_accept(p, "counter"))
        return lang_expected(p, "`counter` behind `allow`", "allow counter MPTcpExt.OFOQueue");
    do {
        if (list.n >= LANG_ARGS_MAX)
            return lang_error(p, &p->tok, NULL, "more than %u counters", LANG_ARGS_MAX);
        struct ms_arg *arg = lang_args_add(p, &list);
        if (p->tok.kind != T_WORD || !lang_wide(p, ".") || strchr(p->tok.text, '.') == NULL)
            return lang_expected(p, "the name of a counter", "such as MPTcpExt.OFOQueue");
        arg->name = p->tok.text;
        lang_next(p);
    } while (lang_comma(p));
    s->n_args = list.n;
    s->arg = list.arg;
    return true;
}

static const struct {
    const char *word;
    bool (*parse)(struct lang_parser *p, struct ms_step *s);
} own_grammar[] = {{"run", run}, {"start", start}, {"stop", stop}, {"allow", allow}};

static bool verb(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_HOST_VERB;
    const struct ms_word *w =
        lang_step_word(p, s,
                       &(struct lang_choice){.table = ms_host_verbs,
                                             .wanted = "a verb or `expect`",
                                             .unknown = "a host of a scenario has no verb",
                                             .more = {"expect"},
                                             .hint = other_than_iut(p)});
    if (w == NULL)
        return false;
    for (size_t i = 0; i < MS_ARRAY_LEN(own_grammar); i++)
        if (strcmp(own_grammar[i].word, w->name) == 0)
            return own_grammar[i].parse(p, s);
    return lang_verb_rest(p, w, s);
}

/* ---- what a host shows -------------------------------------------------------------------------------- */

/* output NAME has [no] "TEXT" */
static bool output(struct lang_parser *p, struct ms_step *s)
{
    struct lang_args list = {0};
    struct ms_arg *arg = lang_args_add(p, &list);
    if (!lang_expect_word(p, &arg->name, "the name of a program"))
        return false;
    if (!lang_accept(p, "has"))
        return lang_expected(p, "`has`", "write `expect output NAME has \"TEXT\"`");
    arg->negated = lang_accept(p, "no");
    if (p->tok.kind != T_STRING || p->tok.n_octets == 0)
        return lang_expected(p, "a text as a string", NULL);
    arg->value = string_value(p);
    s->n_args = list.n;
    s->arg = list.arg;
    return true;
}

static bool expect(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_HOST_EXPECT;
    lang_next(p);
    const struct ms_word *w = lang_step_word(
        p, s,
        &(struct lang_choice){.table = ms_host_expects,
                              .wanted = "what the host must show",
                              .unknown = "nothing of a host that can be expected is called",
                              .hint = other_than_iut(p)});
    if (w == NULL)
        return false;
    const bool good = strcmp(w->name, "output") == 0 ? output(p, s) : lang_verb_args(p, w, true, s);
    return good && lang_judgement(p, s);
}

static bool host_step(struct lang_parser *p, struct ms_step *s)
{
    s->subject = p->tok.text;
    lang_next(p);
    lang_next(p); /* the colon, which the caller saw */
    return lang_is(p, "expect") ? expect(p, s) : verb(p, s);
}

/* ---- transfers ---------------------------------------------------------------------------------------- */

bool lang_way(struct lang_parser *p, struct ms_step *s, bool both)
{
    const char *words = both ? "`up`, `down` or `both`" : "`up` or `down`";
    if (p->tok.kind != T_WORD)
        return lang_expected(p, words, "up is from the client to the server");
    s->way = p->tok.text;
    s->up = lang_is(p, "up") || lang_is(p, "both");
    s->down = lang_is(p, "down") || lang_is(p, "both");
    const struct ms_foreach *f = lang_foreach_find(p->c, s->way);
    if ((s->up || s->down) && f == NULL) {
        if (!both && s->up && s->down)
            return lang_expected(p, words, NULL);
        lang_next(p);
        return true;
    }
    if (f == NULL)
        return lang_expected(p, words, "up is from the client to the server");
    for (size_t i = 0; i < f->n; i++)
        if (!lang_in_list(both ? "up down both" : "up down", f->label[i]))
            return lang_error(p, &p->tok, NULL, "value %s of '%s' is not %s", f->label[i], f->name,
                              words);
    s->up = s->down = false;
    lang_next(p);
    return true;
}

static bool tool_is_right(struct lang_parser *p, const struct lang_token *at, const char *name,
                          const struct ms_step *s)
{
    const struct ms_tool *t = ms_tool_find(name);
    if (t == NULL) {
        struct lang_words w = {.a = p->a};
        const char *all = "";
        for (const struct ms_tool *x = ms_tools; x->name != NULL; x++) {
            lang_words_add(&w, x->name);
            all = ms_arena_printf(p->a, "%s %s", all, x->name);
        }
        return lang_error(p, at, lang_suggest(&w, name, ms_arena_printf(p->a, "there are:%s", all)),
                          "no tool is called '%s'", name);
    }
    const struct ms_foreach *f = lang_foreach_find(p->c, s->way);
    for (size_t i = 0; i < (f != NULL ? f->n : 1); i++) {
        const char *way = f != NULL ? f->label[i] : s->way;
        const bool can = strcmp(way, "up") == 0     ? t->up
                         : strcmp(way, "down") == 0 ? t->down
                                                    : t->both;
        if (!can)
            return lang_error(p, at, t->doc, "%s cannot transfer '%s'", t->name, way);
    }
    return true;
}

static bool tool(struct lang_parser *p, struct ms_step *s)
{
    const struct lang_token at = p->tok;
    if (p->tok.kind == T_BAD || !lang_wide(p, "-"))
        return lang_expected(p, "the name of a tool", NULL);
    s->tool = p->tok.text;
    const struct ms_foreach *f = lang_foreach_find(p->c, s->tool);
    for (size_t i = 0; i < (f != NULL ? f->n : 1); i++)
        if (!tool_is_right(p, &at, f != NULL ? f->label[i] : s->tool, s))
            return false;
    lang_next(p);
    return true;
}

/* transfer SIZE up|down|both over TOOL (ARGS) */
static bool transfer(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_TRANSFER;
    s->name = "transfer";
    lang_next(p);
    s->value = lang_expr(p);
    if (s->value == NULL)
        return false;
    lang_accept(p, "octets");
    if (!lang_way(p, s, true))
        return false;
    if (!lang_accept(p, "over"))
        return lang_expected(p, "`over` and a tool", "write `T: transfer 10M up over ncat`");
    return tool(p, s) &&
           lang_named_args(p, "to from port plain_client plain_server", "a transfer", s);
}

static bool transfer_expect(struct lang_parser *p, struct ms_step *s)
{
    s->kind = MS_STEP_TRANSFER_EXPECT;
    lang_next(p);
    return lang_step_word(p, s,
                          &(struct lang_choice){
                              .table = ms_transfer_expects,
                              .wanted = "`done`, `failed` or `changed`",
                              .unknown = "nothing of a transfer that can be expected is called",
                              .hint = other_than_iut(p)}) != NULL &&
           lang_judgement(p, s);
}

static bool transfer_step(struct lang_parser *p, struct ms_step *s)
{
    s->subject = p->tok.text;
    lang_next(p);
    lang_next(p);
    if (lang_is(p, "transfer"))
        return transfer(p, s);
    if (lang_is(p, "expect"))
        return transfer_expect(p, s);
    if (p->tok.kind == T_WORD && lang_word_find(lang_handle_steps, p->tok.text) != NULL)
        return lang_error(p, &p->tok,
                          "two live stacks talk here: `T: transfer 10M up over ncat` moves octets",
                          "a scenario has no tester that could '%s'", p->tok.text);
    return lang_expected(p, "`transfer` or `expect`", NULL);
}

bool lang_scenario_step(struct lang_parser *p, struct ms_step *s)
{
    if (lang_is(p, "client") || lang_is(p, "server"))
        return host_step(p, s);
    if (lang_is(p, "wire"))
        return lang_wire_step(p, s);
    if (lang_is(p, "iut"))
        return lang_error(p, &p->tok, "name the host: `client: ...` or `server: ...`",
                          "a scenario has two implementations under test");
    return transfer_step(p, s);
}
