/* SPDX-License-Identifier: MIT */
/* Transfers: real programs move octets, and what arrives is compared. */
#include "interop/interop_int.h"

#include <string.h>

static struct transfer *transfer_find(struct scene *s, const char *name)
{
    for (size_t i = s->n_transfer; name && i-- > 0;)
        if (strcmp(s->transfer[i].name, name) == 0)
            return &s->transfer[i];
    return NULL;
}

const struct ms_transfer_result *transfer_result(const struct transfer *t)
{
    return t->move ? move_result(t->move) : ms_transfer_result(t->run);
}

/* By programs where both hosts are here. */
static bool begin(struct scene *s, const struct ms_transfer_spec *spec)
{
    struct ms_transfer *run = NULL;
    if (!s->view && ms_transfer_start(s->programs, spec, &run, &s->err) != MS_OK) {
        scene_broken(s, "transfer: %s", s->err.msg);
        return false;
    }
    s->transfer =
        ms_arena_grow(s->a, s->transfer, &s->cap_transfer, s->n_transfer, sizeof *s->transfer);
    struct transfer *t = &s->transfer[s->n_transfer++];
    *t = (struct transfer){.name = spec->name, .run = run};
    if (run)
        return scene_watch(s, ms_transfer_fd(run));
    struct move *m = t->move = move_new(s, spec);
    move_start(s, m);
    return !s->stopped;
}

static bool address(struct scene *s, const struct ms_step *st, const char *arg, const char *other,
                    struct ms_addr *out)
{
    const struct ms_arg *a = ms_arg_find(st->arg, st->n_args, arg);
    struct ms_value v;
    if (!a || !a->value)
        return !other || ms_names_addr(&s->names, other, out, NULL);
    if (!ms_value_eval(&s->names, a->value, NULL, &v))
        return false;
    *out = v.addr;
    return v.type == MS_V_ADDR;
}

enum go transfer_step(struct scene *s, const struct ms_step *st)
{
    bool up, down;
    uint64_t octets = 0, port = MS_SCENARIO_PORT;
    ms_step_way(s->cfg->instance, st, &up, &down);
    struct ms_transfer_spec spec = {
        .name = st->subject,
        .tool = ms_tool_find(ms_step_tool(s->cfg->instance, st)),
        .dir = up && down ? MS_FLOW_BOTH
               : up       ? MS_FLOW_UP
                          : MS_FLOW_DOWN,
        .seed = ms_rng_u64(&s->rng),
        .plain_client = ms_arg_flag(st->arg, st->n_args, "plain_client"),
        .plain_server = ms_arg_flag(st->arg, st->n_args, "plain_server"),
        .netns_client = s->lab.host[MS_CLIENT].ns_iut,
        .netns_server = s->lab.host[MS_SERVER].ns_iut,
    };
    if (!ms_value_num(&s->names, st->value, &octets))
        return GO_STOP;
    ms_arg_num(&s->names, st->arg, st->n_args, "port", &port);
    spec.octets = octets;
    spec.port = (uint16_t)port;
    if (!spec.tool || !address(s, st, "to", "s1", &spec.to) ||
        !address(s, st, "from", NULL, &spec.from)) {
        scene_broken(s, spec.tool ? "transfer: no such address in this family"
                                  : "transfer: no such tool");
        return GO_STOP;
    }
    struct ms_event *ev = ms_trace_add(s->trace, MS_EV_ACTION, ms_now_ns());
    ev->line = st->loc.line;
    ev->handle = st->subject;
    ev->text = st->text;
    if (!begin(s, &spec))
        return GO_STOP;
    scene_drain(s);
    return s->stopped ? GO_STOP : GO_ON;
}

static void result_note(struct scene *s, const struct transfer *t)
{
    const struct ms_transfer_result *r = transfer_result(t);
    struct ms_buf b = {0};
    static const char *const way[2] = {"up", "down"};
    struct ms_event *ev = ms_trace_add(s->trace, MS_EV_DONE, ms_now_ns());
    ev->handle = t->name;
    ev->line = s->step ? s->step->loc.line : 0;
    ev->ok = r->unchanged;
    ms_buf_printf(&b, "transfer over: status %d and %d", r->status_client, r->status_server);
    for (int i = 0; i < 2; i++)
        if (r->octets[i] || r->sha_got[i][0])
            ms_buf_printf(&b, ", %llu octets %s%s%s", (unsigned long long)r->octets[i], way[i],
                          r->sha_got[i][0] ? " with SHA-256 " : "", r->sha_got[i]);
    if (r->why && *r->why)
        ms_buf_printf(&b, ", %s", r->why);
    ev->text = ms_arena_strdup(s->a, b.data);
    ms_buf_free(&b);
}

bool transfers_work(struct scene *s)
{
    bool any = false;
    for (size_t i = 0; i < s->n_transfer && !s->broken; i++) {
        struct transfer *t = &s->transfer[i];
        if (t->ended)
            continue;
        int got = t->move ? transfer_result(t)->ended : ms_transfer_work(t->run, &s->err);
        if (got < 0) {
            scene_broken(s, "transfer %s: %s", t->name, s->err.msg);
        } else if (got > 0) {
            t->ended = any = true;
            result_note(s, t);
        }
    }
    return any;
}

static void explain_transfer(struct scene *s, const struct transfer *t, struct attempt *out)
{
    const struct ms_transfer_result *r = transfer_result(t);
    struct ms_buf b = {0};
    if (t->ended)
        ms_buf_printf(&b, "%s", r->why && *r->why ? r->why : "the octets arrived unchanged");
    else
        ms_buf_puts(&b, "the transfer is still going on");
    for (int way = 0; way < 2; way++) {
        uint64_t got = t->ended || t->move ? r->octets[way]
                                           : ms_transfer_arrived(t->run, (enum ms_flow_dir)way);
        if (got)
            ms_buf_printf(&b, "\n%llu octets arrived %s", (unsigned long long)got,
                          way == MS_FLOW_UP ? "at the server" : "at the client");
        if (t->ended && strcmp(r->sha_want[way], r->sha_got[way]) != 0)
            ms_buf_printf(&b, "\nSHA-256 %s: expected %s, got %s",
                          way == MS_FLOW_UP ? "up" : "down", r->sha_want[way], r->sha_got[way]);
    }
    for (int k = 0; k < 2 && t->run; k++) {
        struct ms_program *p = ms_transfer_program(t->run, k == MS_SERVER);
        if (p)
            ms_buf_printf(&b, "%s", command_last(s, p));
    }
    out->text = ms_arena_strdup(s->a, b.data);
    ms_buf_free(&b);
}

static void try_transfer(struct scene *s, const struct ms_step *st, bool explain,
                         struct attempt *out)
{
    const struct transfer *t = transfer_find(s, st->subject);
    if (!t) {
        scene_broken(s, "no transfer '%s' was started", st->subject);
        return;
    }
    if (t->ended) {
        const struct ms_transfer_result *r = transfer_result(t);
        bool met = strcmp(st->name, "done") == 0 ? r->unchanged
                   : strcmp(st->name, "failed") == 0
                       ? r->status_client || r->status_server
                       : r->ended && !r->status_client && !r->status_server && !r->unchanged;
        out->state = met ? TRY_MET : TRY_FAILED;
    }
    if (explain)
        explain_transfer(s, t, out);
}

enum go transfer_expect_step(struct scene *s, const struct ms_step *st)
{
    return scene_expect(s, st, try_transfer);
}
