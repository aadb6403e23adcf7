/* SPDX-License-Identifier: MIT */
/* The programs that a scenario needs, as its header and its steps tell, and what of them is not installed here. */
#include "interop/interop_int.h"

#include <string.h>

struct search {
    struct ms_arena *a;
    const struct ms_instance *i;
    const struct ms_topo *topo;
};

static const char *lacks(const char *program)
{
    return ms_program_missing(program) ? program : NULL;
}

/* The program that a command begins with, and the one that it begins in turn. A command that is wrong is told when it is
 * to be run. */
static const char *lacks_command(const struct search *q, const struct ms_step *st)
{
    const char *text = NULL;
    const char *const *argv = NULL;
    struct ms_error err;
    if (ms_instance_command(q->a, q->i, q->topo, st->string, &text, &err) != MS_OK ||
        ms_argv_split(q->a, text, &argv, &err) != MS_OK || !argv[0])
        return NULL;
    if (lacks(argv[0]))
        return argv[0];
    size_t k = 1;
    if (strcmp(argv[0], "mptcpize") == 0 && argv[1] && strcmp(argv[1], "run") == 0)
        k = 2;
    else if (strcmp(argv[0], "env") != 0)
        return NULL;
    while (argv[k] && (argv[k][0] == '-' || strchr(argv[k], '=')))
        k++;
    return argv[k] ? lacks(argv[k]) : NULL;
}

static const char *lacks_transfer(const struct search *q, const struct ms_step *st)
{
    char name[64];
    const struct ms_tool *tool = ms_tool_find(ms_step_tool(q->i, st));
    bool plain = ms_arg_flag(st->arg, st->n_args, "plain_client") &&
                 ms_arg_flag(st->arg, st->n_args, "plain_server");
    const char *program = tool ? ms_tool_missing(tool, plain, name, sizeof name) : NULL;
    return program ? ms_arena_strdup(q->a, program) : NULL;
}

static const char *lacks_step(const struct search *q, const struct ms_step *st)
{
    if (st->kind == MS_STEP_HOST_VERB && st->string)
        return lacks_command(q, st);
    if (st->kind == MS_STEP_HOST_EXPECT && strcmp(st->name, "ss") == 0)
        return lacks(ms_ss_argv[0]);
    return st->kind == MS_STEP_TRANSFER ? lacks_transfer(q, st) : NULL;
}

const char *ms_interop_missing(struct ms_arena *a, const struct ms_instance *i,
                               const struct ms_topo *topo)
{
    static const char prefix[] = "program:";
    const struct search q = {.a = a, .i = i, .topo = topo};
    const char *program = NULL;
    for (size_t k = 0; k < i->c->n_needs && !program; k++)
        if (strncmp(i->c->needs[k], prefix, sizeof prefix - 1) == 0)
            program = lacks(i->c->needs[k] + sizeof prefix - 1);
    for (size_t k = 0; k < i->c->steps.n && !program; k++)
        program = lacks_step(&q, &i->c->steps.step[k]);
    return program;
}
