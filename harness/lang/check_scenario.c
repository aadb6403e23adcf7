/* SPDX-License-Identifier: MIT */
/* Scenarios against their topology: whose address it is, what was started, what is waited for. */
#include "lang/internal.h"

#include "mptcpspec/programs.h"

#include <string.h>

#define SIZE_MAX_OCTETS ((uint64_t)1 << 40)

static const struct lang_ctx no_words = {.words = ""};

void lang_check_path_number(struct lang_check *k, const struct ms_step *s)
{
    if (k->topo != NULL && s->path > k->topo->n_paths)
        lang_error_at(k->p, s->loc, 0, NULL, "topology %s has %u path%s only", k->topo->name,
                      k->topo->n_paths, k->topo->n_paths == 1 ? "" : "s");
}

void lang_check_kind(struct lang_check *k)
{
    const struct ms_case *c = k->c;
    const bool scenario = c->role == MS_ROLE_BOTH;
    if (k->topo != NULL && k->topo->two_hosts != scenario)
        lang_error_at(k->p, c->loc, 0,
                      scenario ? "such as `topology interop-one-path`" : "such as one-path",
                      "topology %s has %s, the case has %s", c->topology,
                      scenario ? "a tester and one IUT" : "a client and a server",
                      scenario ? "a client and a server" : "a tester and one IUT");
    if (scenario && c->service != NULL)
        lang_error_at(k->p, c->loc, 0, "programs do that: `client: start NAME \"...\"`",
                      "a scenario cannot have the service '%s'", c->service);
    if (scenario && c->n_altered > 0)
        lang_error_at(k->p, c->altered[0].loc, 0,
                      "what proves it is its middlebox made without effect: `mptcpspec prove "
                      "--boxes`",
                      "a scenario has no `altered`");
    for (size_t i = 0; !scenario && i < c->n_needs; i++)
        if (strncmp(c->needs[i], "program:", strlen("program:")) == 0)
            lang_error_at(k->p, c->loc, 0, "`iut both` makes the case a scenario",
                          "programs run in scenarios only");
}

/* ---- what a case needs, by what it runs ------------------------------------------------------------------- */

static void need(struct lang_check *k, const char *program)
{
    struct ms_case *c = k->c;
    const char *text = ms_arena_printf(k->p->a, "program:%s", program);
    for (size_t i = 0; i < c->n_needs; i++)
        if (strcmp(c->needs[i], text) == 0)
            return;
    c->needs = ms_arena_grow(k->p->a, c->needs, &k->p->cap_needs, c->n_needs, sizeof *c->needs);
    c->needs[c->n_needs++] = text;
}

/* The program of a command, and the one that mptcpize runs; not those that a foreach chooses. */
static void need_command(struct lang_check *k, const char *text)
{
    struct ms_arena *scratch = ms_arena_new();
    struct ms_instance in = {.c = k->c, .family = k->c->family4 ? MS_IPV4 : MS_IPV6};
    in.pick = ms_arena_alloc(scratch, (k->c->n_foreach + 1) * sizeof *in.pick);
    const char *command = NULL;
    const char *const *argv = NULL;
    if (strchr(text, '{') == NULL && k->topo != NULL &&
        ms_instance_command(scratch, &in, k->topo, text, &command, NULL) == MS_OK &&
        ms_argv_split(scratch, command, &argv, NULL) == MS_OK && argv[0] != NULL) {
        size_t i = 0;
        need(k, argv[0]);
        if (strcmp(argv[0], "mptcpize") == 0 && argv[1] != NULL && strcmp(argv[1], "run") == 0)
            for (i = 2; argv[i] != NULL && argv[i][0] == '-';)
                i++;
        if (i > 0 && argv[i] != NULL)
            need(k, argv[i]);
    }
    ms_arena_free(scratch);
}

static bool has_arg(const struct ms_step *s, const char *name)
{
    for (size_t i = 0; i < s->n_args; i++)
        if (s->arg[i].name != NULL && strcmp(s->arg[i].name, name) == 0)
            return true;
    return false;
}

static void need_tool(struct lang_check *k, const struct ms_step *s)
{
    const struct ms_tool *t = ms_tool_find(s->tool);
    if (t == NULL || lang_foreach_find(k->c, s->tool) != NULL)
        return; /* each instance has another one */
    struct lang_words w = {.a = k->p->a};
    lang_words_list(&w, t->programs);
    for (size_t i = 0; i < w.n; i++)
        need(k, w.word[i]);
    if (w.n > 0 && !(has_arg(s, "plain_client") && has_arg(s, "plain_server")))
        need(k, "mptcpize");
}

/* ---- hosts ------------------------------------------------------------------------------------------------ */

static bool is_server(const struct ms_step *s)
{
    return strcmp(s->subject, "server") == 0;
}

/* An address by its name: it must be one of that host. */
static void check_owner(struct lang_check *k, const struct ms_expr *e, bool server)
{
    const struct ms_topo_addr *a =
        e != NULL && e->kind == MS_X_NAME && k->topo != NULL && !lang_known(&k->vars, e->text)
            ? ms_topo_addr_find(k->topo, e->text)
            : NULL;
    if (a != NULL && a->on_iut != server)
        lang_error_at(k->p, e->loc, 0,
                      server ? "addresses of the server are s1, s2, ..."
                             : "addresses of the client are c1, c2, ...",
                      "'%s' is an address of the %s", e->text, server ? "client" : "server");
}

static const struct ms_expr *arg_value(const struct ms_step *s, const char *name)
{
    for (size_t i = 0; i < s->n_args; i++)
        if (s->arg[i].name != NULL && strcmp(s->arg[i].name, name) == 0)
            return s->arg[i].value;
    return NULL;
}

static void check_address(struct lang_check *k, const struct ms_expr *e, bool server)
{
    if (e == NULL)
        return;
    const enum lang_type t = lang_type_of(k, e);
    if (t != L_ADDR && t != L_UNKNOWN)
        lang_error_at(k->p, e->loc, 0, "such as c1 or 192.0.2.1", "an address is needed here");
    check_owner(k, e, server);
}

/* What each command of the path manager in user space cannot do without. */
static void check_pm(struct lang_check *k, const struct ms_step *s)
{
    static const struct {
        const char *word;
        bool address;
        const char *args;
    } needed[] = {{"announce", true, "id"},
                  {"remove", false, "id"},
                  {"create", false, "from to"},
                  {"destroy", false, "from to"}};
    const char *word = s->arg[0].value->text;
    for (size_t i = 0; i < MS_ARRAY_LEN(needed); i++) {
        if (strcmp(word, needed[i].word) != 0)
            continue;
        struct lang_words w = {.a = k->p->a};
        lang_words_list(&w, needed[i].args);
        for (size_t n = 0; n < w.n; n++)
            if (arg_value(s, w.word[n]) == NULL)
                lang_error_at(k->p, s->loc, 0, lang_word_find(ms_host_verbs, "pm")->doc,
                              "`pm %s` needs `%s`", word, w.word[n]);
        if (needed[i].address && (s->n_args < 2 || s->arg[1].name != NULL))
            lang_error_at(k->p, s->loc, 0, "such as `pm announce c2 id = 5`",
                          "`pm %s` needs an address", word);
    }
    check_address(k, arg_value(s, "from"), is_server(s));
    check_address(k, arg_value(s, "to"), !is_server(s));
}

static struct lang_scope *programs(struct lang_check *k, const struct ms_step *s)
{
    return &k->programs[is_server(s) ? 1 : 0];
}

static void check_program(struct lang_check *k, const struct ms_step *s, const char *name,
                          struct ms_loc loc)
{
    if (lang_known(programs(k, s), name))
        return;
    struct lang_words w = {.a = k->p->a};
    lang_scope_words(&w, programs(k, s));
    const char *hint =
        lang_known(&k->programs[is_server(s) ? 0 : 1], name)
            ? ms_arena_printf(k->p->a, "it runs on the %s", is_server(s) ? "client" : "server")
            : ms_arena_printf(k->p->a, "`%s: start %s \"...\"` starts one", s->subject, name);
    lang_error_at(k->p, loc, 0, lang_suggest(&w, name, hint), "no program of the %s is named '%s'",
                  s->subject, name);
}

static void check_verb(struct lang_check *k, const struct ms_step *s)
{
    if (s->string != NULL) {
        need_command(k, s->string);
        if (s->as != NULL)
            lang_define(k, programs(k, s), s->as, s->loc);
        return;
    }
    if (strcmp(s->name, "allow") == 0)
        return;
    if (strcmp(s->name, "stop") == 0) {
        check_program(k, s, s->arg[0].name, s->arg[0].loc);
        return;
    }
    const size_t mistakes = k->p->diags->n;
    lang_check_verb(k, s);
    if (k->p->diags->n > mistakes)
        return;
    if (strcmp(s->name, "pm") == 0)
        check_pm(k, s);
    for (size_t i = 0; i < s->n_args; i++)
        if (s->arg[i].name == NULL || strcmp(s->arg[i].name, "addr") == 0)
            check_owner(k, s->arg[i].value, is_server(s));
}

static void check_expectation(struct lang_check *k, const struct ms_step *s)
{
    const bool program = lang_in_list("exit output", s->name);
    if (program && s->n_args > 0 && s->arg[0].name != NULL)
        check_program(k, s, s->arg[0].name, s->arg[0].loc);
    if (strcmp(s->name, "output") == 0)
        return;
    lang_check_verb(k, s);
    if (strcmp(s->name, "listening") == 0 && s->n_args == 1 && s->arg[0].value != NULL)
        lang_check_number(k, s->arg[0].value, 65535);
}

void lang_check_host(struct lang_check *k, const struct ms_step *s)
{
    if (s->kind == MS_STEP_HOST_VERB)
        check_verb(k, s);
    else
        check_expectation(k, s);
    lang_check_tags(k, &s->tags);
}

/* ---- transfers -------------------------------------------------------------------------------------------- */

void lang_check_transfer(struct lang_check *k, const struct ms_step *s)
{
    if (lang_handle_known(k, s->subject)) {
        lang_error_at(k->p, s->loc, 0, NULL, "transfer '%s' is started twice", s->subject);
        return;
    }
    lang_handle_add(k, s->subject, s->loc);
    lang_check_expr(k, s->value, &no_words);
    lang_check_number(k, s->value, SIZE_MAX_OCTETS);
    for (size_t i = 0; i < s->n_args; i++) {
        const struct ms_arg *a = &s->arg[i];
        const bool flag = lang_in_list("plain_client plain_server", a->name);
        if (flag ? a->value != NULL : a->value == NULL)
            lang_error_at(k->p, a->loc, 0, NULL, flag ? "'%s' has no value" : "'%s' needs a value",
                          a->name);
        else if (!flag)
            lang_check_expr(k, a->value, &no_words);
    }
    check_address(k, arg_value(s, "to"), true);
    check_address(k, arg_value(s, "from"), false);
    if (arg_value(s, "port") != NULL)
        lang_check_number(k, arg_value(s, "port"), 65535);
    need_tool(k, s);
}

static const struct ms_step *started(const struct ms_block *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->step[i].kind == MS_STEP_TRANSFER && strcmp(b->step[i].subject, name) == 0)
            return &b->step[i];
    return NULL;
}

void lang_check_transfer_expect(struct lang_check *k, const struct ms_step *s)
{
    lang_check_tags(k, &s->tags);
    if (!lang_handle_known(k, s->subject)) {
        const struct lang_words w = {.a = k->p->a, .n = k->c->n_handles, .word = k->c->handle};
        lang_error_at(
            k->p, s->loc, 0,
            lang_suggest(&w, s->subject,
                         ms_arena_printf(k->p->a, "`%s: transfer 10M up over ncat`", s->subject)),
            "transfer '%s' is never started before this", s->subject);
        return;
    }
    const struct ms_step *t = started(&k->c->steps, s->subject);
    const struct ms_tool *tool =
        t != NULL && lang_foreach_find(k->c, t->tool) == NULL ? ms_tool_find(t->tool) : NULL;
    if (strcmp(s->name, "changed") == 0 && tool != NULL && !tool->content)
        lang_error_at(k->p, s->loc, 0, NULL, "%s does not tell whether octets were changed",
                      tool->name);
}

void lang_check_awaited(struct lang_check *k)
{
    const struct ms_block *b = &k->c->steps;
    for (size_t i = 0; i < b->n; i++) {
        bool awaited = b->step[i].kind != MS_STEP_TRANSFER;
        for (size_t n = i + 1; n < b->n && !awaited; n++)
            awaited = b->step[n].kind == MS_STEP_TRANSFER_EXPECT &&
                      strcmp(b->step[n].subject, b->step[i].subject) == 0;
        if (!awaited)
            lang_error_at(k->p, b->step[i].loc, 0,
                          ms_arena_printf(k->p->a, "`%s: expect done`", b->step[i].subject),
                          "nothing waits for transfer '%s'", b->step[i].subject);
    }
}

/* ---- the wire --------------------------------------------------------------------------------------------- */

void lang_check_wire(struct lang_check *k, const struct ms_step *s)
{
    lang_check_path_number(k, s);
    if (s->value != NULL) {
        lang_check_expr(k, s->value, &no_words);
        lang_check_number(k, s->value, SIZE_MAX_OCTETS);
    }
    if (s->after != NULL && !lang_known(&k->segs, s->after)) {
        struct lang_words w = {.a = k->p->a};
        lang_scope_words(&w, &k->segs);
        lang_error_at(k->p, s->loc, 0,
                      lang_suggest(&w, s->after, "`as NAME` behind a segment on the wire names it"),
                      "no segment is named '%s'", s->after);
    }
    if (s->seg != NULL)
        lang_check_segment(k, s->seg, false);
    lang_check_tags(k, &s->tags);
}
