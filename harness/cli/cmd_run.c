/* SPDX-License-Identifier: MIT */
/* mptcpspec run */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/gate.h"

#define REWRITES_MAX MS_ARRAY_LEN(((struct ms_run_config *)0)->rewrite_text)
#define UNSET        UINT64_MAX

struct settings {
    uint64_t jobs, seed, repeat;
    const char *command; /* as typed */
    enum cli_scope scope;
    bool verbose, quiet, strict, expected_strict, no_expected, no_evidence, slow, quick;
    double time_scale;
    const char *expected, *out_dir;
    const char *path[3]; /* by index into formats */
    const char *rewrite[REWRITES_MAX];
    size_t n_rewrites;
    const char *translation; /* the first rewrite that is one */
    uint32_t positions;
    char *const *selector;
    size_t n_selectors, chosen;
    struct gate gate;
    struct cli_target target;
    struct ms_site_spec spec;
    struct cli_hosts hosts; /* of scenarios */
};

static const struct {
    const char *name;
    int (*render)(const struct ms_report *r, FILE *out, struct ms_error *err);
} formats[] = {{"junit", ms_report_junit}, {"json", ms_report_json}, {"ktap", ms_report_ktap}};

static int set_rewrite(void *settings, const char *value, struct ms_error *err)
{
    struct settings *s = settings;
    struct ms_arena *a = ms_arena_new();
    struct ms_rewrite *r;
    int rc = ms_rewrite_parse(a, value, &r, err);
    if (rc == MS_OK && !s->translation && ms_rewrite_translates(r))
        s->translation = value;
    ms_arena_free(a);
    if (rc < 0)
        return rc;
    if (s->n_rewrites == REWRITES_MAX)
        return ms_fail(err, MS_ERR_RANGE, "at most %zu rewrites", REWRITES_MAX);
    s->rewrite[s->n_rewrites++] = value;
    return MS_OK;
}

static int set_position(void *settings, const char *value, struct ms_error *err)
{
    return cli_set_position(&((struct settings *)settings)->positions, value, err);
}

static int set_shard(void *settings, const char *value, struct ms_error *err)
{
    return gate_read_shard(&((struct settings *)settings)->gate, value, err);
}

const struct cli_option cli_run_options[] = {
    CLI_HOSTS_OPTIONS(struct settings, hosts), /* first: those that `run` has not */
    CLI_OPT_NUMBER(struct settings, jobs, "jobs", 'j', 1, 1024,
                   "side by side (default: 16 cases or 2 scenarios a processor)"),
    CLI_OPT_NUMBER(struct settings, seed, "seed", 0, 0, CLI_SEED_MAX,
                   "seed of the tester's numbers (default: random, printed)"),
    CLI_OPT_NUMBER(struct settings, repeat, "repeat", 0, 1, 100000, "run each result N times"),
    CLI_OPT_FLAG(struct settings, slow, "slow", 0,
                 "also cases with the tag `slow`, which wait for long timers"),
    CLI_OPT_FLAG(
        struct settings, quick, "quick", 0,
        "quick scenarios only: tag `quick`, first values of tables (run: as well as cases, "
        "without a SELECTOR)"),
    CLI_OPT_FLAG(struct settings, strict, "strict", 0,
                 "SHOULD and SHOULD NOT count as MUST and MUST NOT"),
    CLI_OPT_STRING(struct settings, expected, "expected", "FILE",
                   "list of expected deviations (default: that of Linux; host: none)"),
    CLI_OPT_FLAG(struct settings, no_expected, "no-expected", 0, "no list: every deviation counts"),
    CLI_OPT_FLAG(struct settings, expected_strict, "expected-strict", 0,
                 "a listed deviation that no longer shows makes status 1"),
    CLI_OPT_STRING(struct settings, path[0], "junit", "FILE", "write JUnit XML"),
    CLI_OPT_STRING(struct settings, path[1], "json", "FILE", "write JSON"),
    CLI_OPT_STRING(struct settings, path[2], "ktap", "FILE", "write KTAP"),
    CLI_OPT_STRING(struct settings, out_dir, "out", "DIR",
                   "write capture and trace of each result below DIR"),
    CLI_OPT_FLAG(struct settings, no_evidence, "no-evidence", 0,
                 "no captures and traces although --out is given"),
    CLI_OPT_REAL(struct settings, time_scale, "time-scale", 0.001, 1000,
                 "multiply every bound by X"),
    {.name = "rewrite",
     .arg = "SPEC",
     .doc = "lay a rewrite on every link (may be repeated)",
     .type = CLI_CALL,
     .call = set_rewrite},
    {.name = "position",
     .arg = "ID=READING",
     .doc = "read the RFC so where it can be read in two ways",
     .type = CLI_CALL,
     .call = set_position},
    CLI_OPT_STRING(
        struct settings, gate.baseline, "baseline", "FILE",
        "compare with the results of an earlier run (its JSON): only what is worse fails"),
    CLI_OPT_FLAG(struct settings, gate.bisect, "bisect", 0,
                 "status for `git bisect run`: 0 good, 1 bad, 125 cannot be tested"),
    {.name = "shard",
     .arg = "I/N",
     .doc = "run part I of N, each result in exactly one; see `merge`",
     .type = CLI_CALL,
     .call = set_shard},
    CLI_OPT_STRING(struct settings, gate.timing, "timing", "FILE",
                   "results (JSON) by whose times the parts are made equally long"),
    CLI_TARGET_OPTIONS(struct settings, target),
    CLI_OPT_FLAG(struct settings, verbose, "verbose", 'v', "one line a result, every remark"),
    CLI_OPT_FLAG(struct settings, quiet, "quiet", 'q', "failures and the counts only"),
    {0},
};

/* ---- during the run -------------------------------------------------------------------------------------- */

struct context {
    struct ms_terminal term;
    struct ms_expected *expected;
    struct ms_evidence evidence;
    const struct ms_site_spec *spec;
};

static void on_started(void *ctx, const struct ms_instance *i, unsigned running)
{
    ms_terminal_started(&((struct context *)ctx)->term, i, running);
}

static void on_finished(void *ctx, const struct ms_outcome *o, size_t done, size_t total)
{
    struct context *c = ctx;
    const char *why;
    cli_terminal_back(c->spec);
    enum ms_standing s = ms_expected_judge(c->expected, o, &why);
    ms_terminal_finished(&c->term, o, s, why, done, total);
}

static int on_evidence(void *ctx, const struct ms_instance *i, unsigned repetition,
                       const struct ms_trace *t, const struct ms_result *r, char *dir, size_t cap,
                       struct ms_error *err)
{
    return ms_evidence_write(&((struct context *)ctx)->evidence, i, repetition, t, r, dir, cap,
                             err);
}

/* ---- before and after ------------------------------------------------------------------------------------ */

/* Files that could not be written after the run had better be known before it. */
static int probe_outputs(const struct settings *s)
{
    struct ms_error err = {0};
    if (s->out_dir && ms_make_dirs(s->out_dir, &err) < 0) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    char probe[4096];
    if (s->out_dir) {
        snprintf(probe, sizeof probe, "%s/probe", s->out_dir);
        if (ms_output_probe(probe, &err) < 0) {
            cli_say("cannot write into the output folder %s: %s", s->out_dir, err.msg);
            return CLI_HARNESS;
        }
    }
    for (size_t i = 0; i < MS_ARRAY_LEN(formats); i++)
        if (s->path[i] && ms_output_probe(s->path[i], &err) < 0) {
            cli_say("--%s: %s", formats[i].name, err.msg);
            return CLI_HARNESS;
        }
    return CLI_OK;
}

static int load_expected(const struct settings *s, const struct ms_suite *suite,
                         const char *release, struct ms_expected *store, struct ms_expected **out)
{
    struct ms_error err = {0};
    *out = NULL;
    /* Of a bare address nobody knows whose deviations to expect. */
    if (s->no_expected || (!s->expected && s->spec.kind == MS_SITE_HOST))
        return CLI_OK;
    if (!s->expected)
        return cli_expected(suite, release, store, out);
    if (ms_expected_load(suite->arena, s->expected, release, store, &err) < 0) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    *out = store;
    return CLI_OK;
}

static int write_reports(const struct settings *s, const struct ms_report *r)
{
    int status = CLI_OK;
    for (size_t i = 0; i < MS_ARRAY_LEN(formats); i++) {
        struct ms_error err = {0};
        if (s->path[i] && ms_report_write(r, formats[i].render, s->path[i], &err) < 0) {
            cli_say_error(&err);
            status = CLI_HARNESS;
        }
    }
    return status;
}

static int status_of(const struct settings *s, const struct ms_report *r)
{
    const struct ms_counts *c = &r->counts;
    if (r->interrupted)
        return CLI_INTERRUPTED;
    if (c->unexpected || (s->expected_strict && c->stale))
        return CLI_UNEXPECTED;
    return c->skipped == c->total ? CLI_ALL_SKIPPED : CLI_OK;
}

static int run_chosen(const struct settings *s, const struct ms_suite *suite, const bool *chosen,
                      struct ms_site *site, struct ms_report *r, struct context *ctx)
{
    struct ms_run_config cfg = {
        .jobs = r->jobs,
        .scenario_jobs = s->jobs ? 0 : ms_default_scenario_jobs(),
        .repeat = r->repeat,
        .seed = r->seed,
        .time_scale = r->time_scale,
        .strict = r->strict,
        .positions = s->positions,
        .site = site,
        .n_rewrites = s->n_rewrites,
        .interrupted = &cli_interrupted,
        .evidence = s->out_dir && !s->no_evidence ? on_evidence : NULL,
        .finished = on_finished,
        .started = on_started,
        .ctx = ctx,
    };
    memcpy(cfg.rewrite_text, s->rewrite, sizeof cfg.rewrite_text);
    struct ms_outcome *outcome;
    struct ms_error err = {0};
    size_t n;
    uint64_t start = ms_now_ns();
    r->start_wall_ns = ms_wall_ns();
    cli_catch_signals();
    int rc = ms_run(suite, chosen, &cfg, suite->arena, &outcome, &n, &err);
    r->duration_ns = ms_now_ns() - start;
    r->interrupted = rc == MS_ERR_INTR;
    if (rc < 0 && rc != MS_ERR_INTR) {
        if (ctx->term.live)
            fputs("\r\033[K", ctx->term.out);
        fflush(stdout);
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    ms_report_fill(r, suite->arena, outcome, n, ctx->expected);
    ms_terminal_end(&ctx->term, r);
    int status = write_reports(s, r);
    if (status == CLI_OK)
        status = status_of(s, r);
    /* What was known before does not count; what could not be found out still does. */
    if (s->gate.baseline && (status == CLI_OK || status == CLI_UNEXPECTED))
        status = gate_judge(&s->gate, r);
    if (status == CLI_OK && s->expected_strict && r->counts.stale && !s->gate.bisect)
        return CLI_UNEXPECTED;
    return status;
}

/* What captures say of their origin: the tester, and where the IUT is if that is not the tester. */
static const char *captured_by(struct ms_arena *a, const char *release,
                               const struct ms_site_facts *f)
{
    if (!*f->iface)
        return ms_arena_printf(a, "Linux %s", release);
    return ms_arena_printf(a, "Linux %s; target %s on %s: %s %s", release, f->spec, f->iface,
                           *f->system ? f->system : "unknown", f->kernel.release);
}

static int run_at(const struct settings *s, const struct ms_suite *suite, const bool *chosen,
                  struct ms_site *site)
{
    struct ms_expected store;
    struct context ctx = {.spec = &s->spec};
    const struct ms_site_facts *facts = &site->facts;
    struct utsname uts;
    uname(&uts);
    int status = load_expected(s, suite, ms_kernel_point(suite->arena, &facts->kernel), &store,
                               &ctx.expected);
    if (status == CLI_OK)
        status = gate_target(&s->gate, facts->kind);
    if (status != CLI_OK)
        return status;
    struct ms_report r = {
        .suite = suite,
        .command = s->command,
        .seed = s->seed,
        .time_scale = s->time_scale,
        .jobs = s->jobs                           ? (unsigned)s->jobs
                : s->scope == CLI_SCOPE_SCENARIOS ? ms_default_scenario_jobs()
                                                  : ms_default_jobs(),
        .repeat = (unsigned)s->repeat,
        .strict = s->strict,
        .n_rewrites = s->n_rewrites,
        .rewrite = s->rewrite,
        .out_dir = s->out_dir ? s->out_dir : "",
        .kernel = &facts->kernel,
        .site = facts,
        .machine = ms_arena_printf(suite->arena, "%s, %ld processors", uts.machine,
                                   sysconf(_SC_NPROCESSORS_ONLN)),
        .version = MS_VERSION,
        .target = facts->kind,
        .profile = ms_profile,
        .n_selectors = s->n_selectors,
        .selector = (const char *const *)s->selector,
        .chosen = s->chosen,
        .shard = s->gate.shard,
        .shards = s->gate.shards,
    };
    while (ms_profile[r.n_profile].name)
        r.n_profile++;
    ctx.evidence = (struct ms_evidence){
        .out_dir = r.out_dir,
        .seed = r.seed,
        .hardware = r.machine,
        .os = captured_by(suite->arena, uts.release, facts),
    };
    r.position = cli_positions(suite->arena, s->positions, &r.n_positions);
    ms_terminal_init(&ctx.term, stdout, s->quiet ? MS_QUIET : s->verbose ? MS_VERBOSE : MS_NORMAL);
    if (!s->quiet)
        cli_site_line(facts, stdout);
    if (!s->quiet)
        printf("seed %llu\n", (unsigned long long)s->seed);
    return run_chosen(s, suite, chosen, site, &r, &ctx);
}

/* Behind an agent packets are on a wire that this host's kernel is on as well. */
static int check_topos(const struct settings *s, const struct ms_suite *suite, const bool *chosen)
{
    const struct ms_topo *last = NULL;
    struct ms_error err = {0};
    if (!s->hosts.away && s->spec.kind != MS_SITE_EXEC && s->spec.kind != MS_SITE_UNIX)
        return CLI_OK;
    for (size_t i = 0; i < suite->n_instance; i++) {
        const struct ms_topo *t = ms_suite_topo(suite, suite->instance[i].c->topology);
        if (!chosen[i] || !t || t == last)
            continue;
        last = t;
        if (ms_site_check_topo(t, &err) != MS_OK) {
            cli_say_error(&err);
            return CLI_HARNESS;
        }
    }
    return CLI_OK;
}

static int run_suite(const struct settings *s, const struct ms_suite *suite, const bool *chosen)
{
    struct ms_site *site;
    int status = probe_outputs(s);
    struct ms_site_spec spec = s->spec;
    spec.host.seed = s->seed;
    if (status == CLI_OK)
        status = check_topos(s, suite, chosen);
    if (status == CLI_OK)
        status = s->hosts.away ? cli_hosts_open(&s->hosts, &site) : cli_site_open(&spec, &site);
    if (status != CLI_OK)
        return status;
    status = run_at(s, suite, chosen, site);
    const char *lost = site->ops->lost ? site->ops->lost(site) : NULL;
    if (lost && status != CLI_INTERRUPTED) {
        cli_say("%s%s: %s", s->hosts.away ? "" : "--target ", site->facts.spec, lost);
        status = CLI_HARNESS;
    }
    site->ops->close(site);
    return status;
}

static int load_and_run(struct settings *s, char *const *selector, size_t n)
{
    uint32_t random_seed;
    if (s->seed == UNSET && getrandom(&random_seed, sizeof random_seed, 0) == sizeof random_seed)
        s->seed = random_seed;
    struct ms_suite suite;
    bool *chosen;
    int status = cli_load(&suite, selector, n);
    if (status != CLI_OK)
        return status;
    s->selector = selector;
    s->n_selectors = n;
    status = cli_choose(&suite, selector, n, &chosen);
    if (status == CLI_OK)
        status = cli_leave_others(&suite, selector, n,
                                  &(struct cli_choice){.scope = s->scope,
                                                       .quick = s->quick,
                                                       .rewrites = s->n_rewrites > 0,
                                                       .quiet = s->quiet},
                                  chosen);
    if (status == CLI_OK && !s->slow)
        status = cli_leave_slow(&suite, selector, n, chosen, s->quiet);
    for (size_t i = 0; status == CLI_OK && i < suite.n_instance; i++)
        s->chosen += chosen[i];
    if (status == CLI_OK)
        status = gate_load(&s->gate, suite.arena);
    if (status == CLI_OK)
        status = gate_shard(&s->gate, &suite, chosen);
    if (status == CLI_OK)
        status = run_suite(s, &suite, chosen);
    ms_suite_free(&suite);
    return status;
}

static int check_settings(const struct cli_command *self, struct settings *s)
{
    const char *out = s->path[1];
    if (s->gate.bisect && !s->gate.baseline)
        return cli_usage(self, "--bisect needs --baseline FILE");
    if (s->gate.timing && !s->gate.shards)
        return cli_usage(self, "--timing goes with --shard I/N");
    if (out && s->gate.baseline && cli_same_file(out, s->gate.baseline))
        return cli_usage(self, "--json: %s is the baseline", out);
    if (s->scope == CLI_SCOPE_SCENARIOS && s->target.spec && strcmp(s->target.spec, "local") != 0)
        return cli_usage(self, "--target: a scenario has two hosts: --client SPEC, --server SPEC");
    int status = cli_target_read(self, &s->target, &s->spec);
    s->spec.time_scale = s->time_scale;
    if (status == CLI_OK && s->spec.kind == MS_SITE_HOST && s->translation)
        status = cli_usage(self,
                           "--rewrite '%s': the network does not lead this address to the tester "
                           "(--target %s)",
                           s->translation, s->target.spec);
    if (status == CLI_OK)
        status = cli_hosts_read(self, &s->hosts, s->time_scale);
    return status;
}

int cli_run_scope(const struct cli_command *self, enum cli_scope scope, int argc, char **argv)
{
    char *command = cli_command_line(argc, argv);
    struct settings s = {
        .command = command,
        .scope = scope,
        .seed = UNSET,
        .repeat = 1,
        .time_scale = cli_default_time_scale(),
        .gate.bisect = gate_asks_bisect(argc, argv),
    };
    int first = cli_parse(self, &s, argc, argv);
    int status = first < 0 ? CLI_USAGE : CLI_OK;
    if (first > 0)
        status = check_settings(self, &s);
    if (first > 0 && status == CLI_OK)
        status = load_and_run(&s, argv + first, (size_t)(argc - first));
    free(command);
    return s.gate.bisect ? gate_bisect_status(status) : status;
}

static int cmd_run(const struct cli_command *self, int argc, char **argv)
{
    return cli_run_scope(self, CLI_SCOPE_CASES, argc, argv);
}

const struct cli_command cli_run = {
    .name = "run",
    .args = "[SELECTOR...]",
    .help = "Run cases against the local kernel or another machine and report.",
    .more =
        "A SELECTOR is a name or glob of cases or results, a .case file, or one of section=3.2,\n"
        "req=R-3.2-34, role=listener, family=ipv4, tag=WORD. Several of one kind add up, "
        "different\n"
        "kinds narrow. Without any, everything is run but scenarios (`mptcpspec interop`), which\n"
        "run here when a SELECTOR chooses nothing else.\n",
    .options = cli_run_options + CLI_HOSTS_N,
    .run = cmd_run,
};
