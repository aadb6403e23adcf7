/* SPDX-License-Identifier: MIT */
/* Commands of a scenario: run to their end, started, stopped. */
#include "interop/interop_int.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LAST_OCTETS 600 /* of a program's output in a message */

struct program *command_find(struct scene *s, const char *name)
{
    for (size_t i = s->n_program; name && i-- > 0;)
        if (s->program[i].name && strcmp(s->program[i].name, name) == 0)
            return &s->program[i];
    return NULL;
}

static const char *file_arg(const struct ms_step *st, const char *name)
{
    const struct ms_arg *a = ms_arg_find(st->arg, st->n_args, name);
    return a && a->value ? a->value->text : NULL;
}

static const char *const *command_of(struct scene *s, const struct ms_step *st)
{
    const char *text = NULL;
    const char *const *argv = NULL;
    if (ms_instance_command(s->a, s->cfg->instance, s->cfg->topo, st->string, &text, &s->err) !=
            MS_OK ||
        ms_argv_split(s->a, text, &argv, &s->err) != MS_OK) {
        scene_broken(s, "%s", s->err.msg);
        return NULL;
    }
    return argv;
}

static struct program *begin(struct scene *s, const struct ms_step *st, struct host *h)
{
    const char *const *argv = command_of(s, st);
    struct ms_program_spec spec = {.name = st->as,
                                   .argv = argv,
                                   .netns = s->lab.host[h->which].ns_iut,
                                   .stdin_file = argv ? file_arg(st, "input") : NULL,
                                   .stdout_file = argv ? file_arg(st, "output") : NULL};
    struct ms_program *run;
    if (!argv)
        return NULL;
    struct ms_event *ev = ms_trace_add(s->trace, MS_EV_ACTION, ms_now_ns());
    ev->line = st->loc.line;
    ev->handle = h->name;
    ev->text = st->text;
    if (ms_program_start(s->programs, &spec, &run, &s->err) != MS_OK) {
        scene_broken(s, "%s: %s", h->name, s->err.msg);
        return NULL;
    }
    s->program = ms_arena_grow(s->a, s->program, &s->cap_program, s->n_program, sizeof *s->program);
    struct program *p = &s->program[s->n_program++];
    *p = (struct program){.name = st->as, .host = h, .run = run};
    return p;
}

const char *command_last(struct scene *s, struct ms_program *p)
{
    size_t n[2];
    struct ms_buf b = {0};
    static const char *const what[] = {"printed", "printed to standard error"};
    for (int i = 0; i < 2; i++) {
        const char *text = ms_program_output(p, i == 1, &n[i]);
        if (!n[i])
            continue;
        size_t from = n[i] > LAST_OCTETS ? n[i] - LAST_OCTETS : 0;
        ms_buf_printf(&b, "\n%s %s:\n%s%s", ms_program_name(p), what[i], from ? "... " : "",
                      text + from);
    }
    if (!b.len)
        ms_buf_printf(&b, "\n%s printed nothing", ms_program_name(p));
    const char *copy = ms_arena_strdup(s->a, b.data);
    ms_buf_free(&b);
    return copy;
}

static void ended_note(struct scene *s, const struct ms_step *st, const struct program *p,
                       int status)
{
    struct ms_event *ev = ms_trace_add(s->trace, MS_EV_DONE, ms_now_ns());
    ev->line = st->loc.line;
    ev->handle = p->host->name;
    ev->ok = status == 0;
    ev->text = ms_arena_printf(s->a, "%s ended with status %d", ms_program_name(p->run), status);
}

/* Waits for a program's end: 1 ended, 0 the bound was reached, -1 the scenario stopped. */
static int await_end(struct scene *s, struct ms_program *p, uint64_t within_ns, int *status)
{
    uint64_t until = scene_deadline(s, within_ns);
    while (!ms_program_ended(p, status)) {
        if (s->stopped)
            return -1;
        if (ms_now_ns() >= until)
            return 0;
        scene_wait(s, until);
    }
    return s->stopped ? -1 : 1;
}

enum go command_run(struct scene *s, const struct ms_step *st, struct host *h)
{
    struct program *p = begin(s, st, h);
    int status = 0;
    if (!p)
        return GO_STOP;
    struct ms_program *run = p->run;
    int got = await_end(s, run, st->within_ns, &status);
    if (got < 0)
        return GO_STOP;
    if (got == 0) {
        ms_program_signal(run, SIGKILL, NULL);
        return scene_failed(s, st, 0,
                            ms_arena_printf(s->a, "%s\nthe program did not end within the bound%s",
                                            st->text, command_last(s, run)));
    }
    ended_note(s, st, p, status);
    if (status)
        return scene_failed(s, st, 0,
                            ms_arena_printf(s->a, "%s\nthe program ended with status %d%s",
                                            st->text, status, command_last(s, run)));
    ms_record_met(&s->record, st, 0);
    return GO_ON;
}

enum go command_start(struct scene *s, const struct ms_step *st, struct host *h)
{
    return begin(s, st, h) ? GO_ON : GO_STOP;
}

enum go command_stop(struct scene *s, const struct ms_step *st, struct host *h)
{
    struct program *p = st->n_args ? command_find(s, st->arg[0].name) : NULL;
    int status = 0;
    if (!p || p->host != h) {
        scene_broken(s, "no program of the %s was started as '%s'", h->name,
                     st->n_args ? st->arg[0].name : "");
        return GO_STOP;
    }
    if (ms_program_signal(p->run, SIGTERM, &s->err) != MS_OK) {
        scene_broken(s, "%s", s->err.msg);
        return GO_STOP;
    }
    int got = await_end(s, p->run, st->within_ns, &status);
    if (got < 0)
        return GO_STOP;
    if (got == 0) {
        ms_program_signal(p->run, SIGKILL, NULL);
        return scene_failed(s, st, 0,
                            ms_arena_printf(s->a, "%s\nthe program ignores SIGTERM%s", st->text,
                                            command_last(s, p->run)));
    }
    ended_note(s, st, p, status);
    return GO_ON;
}

const char *command_read(struct scene *s, struct host *h, const char *const *argv, size_t *len)
{
    struct ms_program_spec spec = {.argv = argv, .netns = s->lab.host[h->which].ns_iut};
    struct ms_program *run;
    int status = 0;
    if (ms_program_start(s->programs, &spec, &run, &s->err) != MS_OK) {
        scene_broken(s, "%s: %s", h->name, s->err.msg);
        return NULL;
    }
    int got = await_end(s, run, 0, &status);
    if (got == 1 && status == 0)
        return ms_program_output(run, false, len);
    if (got >= 0)
        scene_broken(s, "%s of the %s: %s%s", argv[0], h->name,
                     got ? "it ended with an error" : "it did not end", command_last(s, run));
    return NULL;
}

static void attach(struct scene *s, const char *host, const char *name, struct ms_program *p)
{
    size_t n;
    for (int err = 0; p && err < 2; err++) {
        const char *text = ms_program_output(p, err, &n);
        if (n)
            ms_trace_attach(s->trace,
                            ms_arena_printf(s->a, "%s-%s.%s", host, name, err ? "err" : "out"),
                            text, n);
    }
}

void commands_attach(struct scene *s)
{
    for (size_t i = 0; i < s->n_program; i++) {
        const struct program *p = &s->program[i];
        attach(s, p->host->name,
               p->name ? p->name : ms_arena_printf(s->a, "%zu-%s", i + 1, ms_program_name(p->run)),
               p->run);
    }
    for (size_t i = 0; i < s->n_transfer; i++)
        for (int k = 0; k < 2 && s->transfer[i].run; k++)
            attach(s, s->host[k]->name, s->transfer[i].name,
                   ms_transfer_program(s->transfer[i].run, k == MS_SERVER));
}
