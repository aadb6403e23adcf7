/* SPDX-License-Identifier: MIT */
/* One scenario from the lab to the verdict. */
#include "interop/interop_int.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define SETTLE_NS                                                                                  \
    1000000000ull /* bound for subflows to end when the programs have: then counters stand still */

/* ---- set-up ---- */

static void no_value(void *ctx, const char *why)
{
    scene_broken(ctx, "%s", why);
}

/*
 * Rules that real traffic meets by chance: whether a sender comes to the edge of a window depends on how fast the reader
 * is scheduled. Crafted cases bring it there and judge it; here it is an observation, or a verdict would be a matter of load.
 */
static const char *const by_chance[] = {"window-subflow", "window-connection"};

static void finding(void *ctx, const struct ms_finding *f)
{
    const struct host *h = ctx;
    bool observe = false;
    for (size_t i = 0; i < MS_ARRAY_LEN(by_chance); i++)
        observe |= strcmp(by_chance[i], f->rule->name) == 0;
    ms_record_finding(&h->scene->record, f, h->name, observe, h->scene->step);
}

static struct ms_target_config target_config(const struct scene *s, enum ms_host which)
{
    return (struct ms_target_config){.net = s->seat[which].site ? NULL : &s->lab.host[which],
                                     .default_port = MS_SCENARIO_PORT,
                                     .stream_seed = s->stream_seed[which],
                                     .family = s->names.family,
                                     .pm_commands = true,
                                     .pm_events = true};
}

/* Hosts that are elsewhere take their seats, before the process leaves its namespace. */
static bool take_seats(struct scene *s)
{
    for (enum ms_host h = MS_CLIENT; h <= MS_SERVER; h++) {
        struct ms_site *site = ms_site_of_host(s->cfg->site, h);
        if (!ms_site_is_away(site))
            continue;
        if (!s->view) {
            s->view = ms_arena_alloc(s->a, 2 * sizeof *s->view);
            s->stream_seed[MS_CLIENT] = ms_rng_u64(&s->rng);
            s->stream_seed[MS_SERVER] = ms_rng_u64(&s->rng);
        }
        ms_lab_view(s->cfg->topo, h, &s->view[h]);
        struct ms_seat_request r = {.instance = s->cfg->instance,
                                    .topo = &s->view[h],
                                    .config = target_config(s, h),
                                    .time_scale = s->cfg->time_scale,
                                    .path_mtu = MS_LAB_AWAY_MTU,
                                    .interrupted = s->cfg->interrupted};
        if (ms_seat_take(site, &r, &s->seat[h], &s->err) != MS_OK) {
            scene_broken(s, "the %s: %s", ms_host_name(h), s->err.msg);
            return false;
        }
    }
    return true;
}

static bool lab_open(struct scene *s)
{
    const struct ms_net *const away[2] = {
        s->seat[MS_CLIENT].site ? &s->seat[MS_CLIENT].net : NULL,
        s->seat[MS_SERVER].site ? &s->seat[MS_SERVER].net : NULL,
    };
    if (ms_lab_create_with(&s->lab, s->cfg->topo, away, &s->err) != MS_OK) {
        scene_broken(s, "network: %s", s->err.msg);
        return false;
    }
    s->lab_up = true;
    for (int i = 0; i < 2; i++)
        s->lab.ipv6 = s->lab.ipv6 && (!away[i] || away[i]->ipv6);
    return true;
}

static bool host_open(struct scene *s, enum ms_host which)
{
    struct host *h = ms_arena_alloc(s->a, sizeof *h);
    struct ms_target_config cfg = target_config(s, which);
    struct ms_oracle_config oc = {.observation = MS_OBS_RECEIVER,
                                  .judge_rx = true,
                                  .mind_peer = true,
                                  .finding = finding,
                                  .ctx = h};
    *h = (struct host){.scene = s, .which = which, .name = ms_host_name(which)};
    s->host[which] = h;
    h->oracle = ms_oracle_new(&oc);
    if (s->seat[which].site) {
        h->target = s->seat[which].target;
    } else if (ms_target_local(&cfg, &h->target, &s->err) != MS_OK) {
        scene_broken(s, "the driver of the %s: %s", h->name, s->err.msg);
        return false;
    }
    return scene_watch(s, h->target->ops->fd(h->target));
}

static bool set_up(struct scene *s)
{
    static const struct ms_box_tap no_tap;
    struct ms_box_tap tap = no_tap;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll < 0) {
        scene_broken(s, "epoll_create1: %s", strerror(errno));
        return false;
    }
    if (ms_programs_open(&s->programs, &s->err) != MS_OK) {
        scene_broken(s, "programs: %s", s->err.msg);
        return false;
    }
    if (!scene_watch(s, ms_programs_fd(s->programs)))
        return false;
    if (!take_seats(s) || !lab_open(s))
        return false;
    if (!host_open(s, MS_CLIENT) || !host_open(s, MS_SERVER))
        return false;
    s->chain = ms_chain_new(ms_rng_u64(&s->rng));
    /* A box that is laid in the midst of a connection must know how that began. */
    if (s->c->n_boxes > 0)
        ms_chain_follow(s->chain);
    tap.frame = tap_frame;
    tap.ctx = s;
    if (ms_box_open(&s->lab, s->chain, &tap, &s->box, &s->err) != MS_OK) {
        scene_broken(s, "%s", s->err.msg);
        return false;
    }
    return scene_watch(s, ms_box_fd(s->box));
}

/* What the scenario needs and this machine or the topology lacks: it is skipped, with the reason. */
static const char *lacking(struct scene *s)
{
    const char *program = ms_interop_missing(s->a, s->cfg->instance, s->cfg->topo);
    const char *package = program ? ms_program_missing(program) : NULL;
    if (package)
        return ms_arena_printf(s->a, "needs %s, which is not installed%s%s%s", program,
                               *package ? " (package " : "", package, *package ? ")" : "");
    if (s->names.family != MS_IPV6)
        return NULL;
    for (unsigned i = 0; i < s->cfg->topo->n_addrs; i++)
        if (s->cfg->topo->addr[i].v6.family)
            return NULL;
    return ms_arena_printf(s->a, "topology %s has no IPv6 address", s->cfg->topo->name);
}

/* The same of the kernel, which is asked when the hosts are there. */
static const char *kernel_lacking(struct scene *s)
{
    if (s->names.family == MS_IPV6 && !s->lab.ipv6)
        return "this kernel has no IPv6";
    for (size_t i = 0; i < s->c->n_needs && !s->broken; i++) {
        const char *n = s->c->needs[i];
        struct ms_verb v = {.kind = MS_VERB_SYSCTL_GET, .text = n + 7, .path = -1};
        struct ms_done d;
        if (strncmp(n, "sysctl:", 7) == 0 && host_verb_now(s->host[MS_CLIENT], &v, &d) && d.err)
            return ms_arena_printf(s->a, "this kernel has no %s", n + 7);
    }
    return NULL;
}

static void tear_down(struct scene *s)
{
    ms_programs_close(s->programs);
    ms_box_close(s->box);
    ms_chain_free(s->chain);
    for (int i = 0; i < 2; i++) {
        struct host *h = s->host[i];
        if (!h)
            continue;
        if (h->target && !s->seat[i].site)
            h->target->ops->free(h->target);
        ms_oracle_free(h->oracle);
    }
    if (s->lab_up)
        ms_lab_destroy(&s->lab);
    for (int i = 0; i < 2; i++)
        ms_seat_leave(&s->seat[i]);
    if (s->epoll >= 0)
        close(s->epoll);
}

/* ---- steps ---- */

static enum go box_step(struct scene *s, const struct ms_step *st)
{
    scene_drain(s);
    if (st->box < 1 || st->box > s->c->n_boxes) {
        scene_broken(s, "no middlebox of that number");
        return GO_STOP;
    }
    int *id = &s->box_id[st->box];
    if (!st->string) {
        if (*id >= 0)
            ms_chain_enable(s->chain, *id, st->flag);
    } else if (st->box != s->cfg->noop_box) {
        const char *text = ms_instance_text(s->a, s->cfg->instance, st->string);
        *id = ms_chain_add(s->chain, text, st->path ? st->path - 1 : MS_CHAIN_ALL_PATHS, &s->err);
        if (*id < 0) {
            scene_broken(s, "middlebox \"%s\": %s", text, s->err.msg);
            return GO_STOP;
        }
    }
    scene_note(s, "", "%s", st->text);
    if (ms_box_chain_changed(s->box, &s->err) < 0)
        scene_broken(s, "%s", s->err.msg);
    return s->stopped ? GO_STOP : GO_ON;
}

static enum go path_step(struct scene *s, const struct ms_step *st)
{
    uint64_t n = 0;
    if (!st->value || !ms_value_num(&s->names, st->value, &n))
        return GO_STOP;
    if (n < 1 || n > s->lab.n_paths) {
        scene_broken(s, "path %llu: this topology has %u", (unsigned long long)n, s->lab.n_paths);
        return GO_STOP;
    }
    scene_drain(s);
    ms_box_cut(s->box, (unsigned)n - 1, strcmp(st->name, "cut") == 0);
    scene_note(s, "", "path %llu %s", (unsigned long long)n, st->name);
    return s->stopped ? GO_STOP : GO_ON;
}

static enum go let_step(struct scene *s, const struct ms_step *st)
{
    struct ms_value v;
    if (!ms_value_eval(&s->names, st->value, NULL, &v))
        return GO_STOP;
    ms_names_set(&s->names, st->name, &v);
    return GO_ON;
}

static enum go run_step(struct scene *s, const struct ms_step *st)
{
    static enum go (*const run[MS_STEP_KINDS])(struct scene *, const struct ms_step *) = {
        [MS_STEP_BOX] = box_step,
        [MS_STEP_PATH] = path_step,
        [MS_STEP_LET] = let_step,
        [MS_STEP_GUARD] = wire_guard_step,
        [MS_STEP_HOST_VERB] = host_verb_step,
        [MS_STEP_HOST_EXPECT] = host_expect_step,
        [MS_STEP_TRANSFER] = transfer_step,
        [MS_STEP_TRANSFER_EXPECT] = transfer_expect_step,
        [MS_STEP_WIRE] = wire_step,
    };
    s->step = st;
    if (s->cfg->interrupted && *s->cfg->interrupted)
        return GO_STOP;
    if ((unsigned)st->kind >= MS_STEP_KINDS || !run[st->kind]) {
        scene_broken(s, "no step of a scenario");
        return GO_STOP;
    }
    enum go go = run[st->kind](s, st);
    return s->stopped || s->broken ? GO_STOP : go;
}

/* `sysctl` among the headers: both hosts. Its step names no host. */
static enum go header_step(struct scene *s, const struct ms_step *st)
{
    for (int i = 0; i < 2; i++) {
        struct ms_step one = *st;
        one.subject = s->host[i]->name;
        one.kind = MS_STEP_HOST_VERB;
        if (run_step(s, &one) != GO_ON)
            return GO_STOP;
        s->step = st;
    }
    return GO_ON;
}

/* Programs have ended; now subflows end, and what they still say belongs to the scenario. */
static void settle(struct scene *s)
{
    uint64_t until = scene_deadline(s, SETTLE_NS);
    for (size_t i = 0; i < s->n_transfer; i++)
        if (!s->transfer[i].ended)
            return;
    s->step = NULL;
    scene_drain(s);
    while (!s->stopped && !flows_over(s) && ms_now_ns() < until)
        scene_wait(s, until);
    scene_drain(s);
}

static void run_scenario(struct scene *s)
{
    const struct ms_block *b = &s->c->steps;
    for (size_t i = 0; i < b->n; i++) {
        const struct ms_step *st = &b->step[i];
        enum go go = st->kind == MS_STEP_VERB ? header_step(s, st) : run_step(s, st);
        if (go != GO_ON)
            return;
    }
    settle(s);
}

static void figures(struct scene *s)
{
    struct ms_result *r = s->result;
    if (s->box)
        r->lost += (uint32_t)ms_box_lost(s->box);
    if (s->chain)
        r->rewrite_hits += ms_chain_acted(s->chain);
    ms_record_figures(&s->record);
}

/* Everything of the run proper; false: it was skipped. */
static bool perform(struct scene *s)
{
    struct ms_result *r = s->result;
    r->skip_reason = ms_case_not_read(s->a, s->c, s->cfg->positions);
    if (!r->skip_reason && !s->broken)
        r->skip_reason = lacking(s);
    if (r->skip_reason || s->broken || !set_up(s))
        return !r->skip_reason;
    r->skip_reason = kernel_lacking(s);
    if (r->skip_reason)
        return false;
    run_scenario(s);
    if (s->lacks && r->verdict == MS_PASS) {
        r->skip_reason = s->lacks;
        return false;
    }
    s->step = s->broken ? s->step : NULL;
    if (!s->broken)
        counters_conclude(s);
    for (int i = 0; i < 2; i++)
        ms_oracle_end(s->host[i]->oracle);
    commands_attach(s);
    return true;
}

int ms_interop_run(const struct ms_engine_config *cfg, struct ms_trace *trace,
                   struct ms_result *result, struct ms_error *err)
{
    uint64_t start = ms_now_ns();
    struct scene scene = {.cfg = cfg,
                          .c = cfg->instance->c,
                          .a = trace->arena,
                          .trace = trace,
                          .result = result,
                          .record = {trace, result, cfg->strict},
                          .epoll = -1};
    struct scene *s = &scene;
    *result = (struct ms_result){.verdict = MS_PASS};
    ms_rng_init(&s->rng, cfg->seed, cfg->instance->c->name);
    interop_keep_order();
    s->names = (struct ms_names){.arena = s->a,
                                 .topo = cfg->topo,
                                 .family = cfg->instance->family,
                                 .rng = &s->rng,
                                 .broken = no_value,
                                 .ctx = s};
    ms_names_instance(&s->names, cfg->instance);
    s->box_id = ms_arena_alloc(s->a, (s->c->n_boxes + 1) * sizeof *s->box_id);
    for (unsigned i = 0; i <= s->c->n_boxes; i++)
        s->box_id[i] = -1;
    if (!perform(s))
        result->verdict = MS_SKIP;
    else if (cfg->interrupted && *cfg->interrupted)
        ms_record_reason(&s->record, MS_INCONC, "", NULL, NULL, 0, "interrupted");
    if (s->broken) {
        char text[1100];
        ms_error_format(&s->err, text, sizeof text);
        ms_record_reason(&s->record, MS_ERROR, "", NULL, s->step, 0, text);
        if (err)
            *err = s->err;
    }
    figures(s);
    tear_down(s);
    result->wall_ns = ms_now_ns() - start;
    return s->broken ? s->err.status : MS_OK;
}
