/* SPDX-License-Identifier: MIT */
/*
 * mptcpspec prove: shows that cases can fail. Each `altered` line of a case names rewrites that break a rule of
 * the RFC in what the implementation sends; with them the case must fail in exactly the requirements that the
 * line names, and without them it must stand as it should.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/prove.h"

#define IDS_MAX  64
#define PATIENCE 10 /* so much longer are the bounds of a second try */

static int set_position(void *settings, const char *value, struct ms_error *err)
{
    return cli_set_position(&((struct prove_settings *)settings)->positions, value, err);
}

static const struct cli_option options[] = {
    CLI_OPT_NUMBER(struct prove_settings, jobs, "jobs", 'j', 1, 1024, "runs side by side"),
    CLI_OPT_NUMBER(struct prove_settings, seed, "seed", 0, 0, CLI_SEED_MAX,
                   "seed of the tester's numbers (default: 1)"),
    CLI_OPT_REAL(struct prove_settings, time_scale, "time-scale", 0.001, 1000,
                 "bounds of the altered runs (default 0.05: failures are waited for)"),
    CLI_OPT_FLAG(struct prove_settings, boxes, "boxes", 0,
                 "run cases and scenarios with one of their middleboxes without effect instead"),
    CLI_OPT_FLAG(struct prove_settings, cover, "cover", 0,
                 "with --boxes: only as many as show that each rewrite matters somewhere"),
    CLI_OPT_FLAG(struct prove_settings, all, "all", 0,
                 "every result of a case, not only the first that a line applies to"),
    {.name = "position",
     .arg = "ID=READING",
     .doc = "read the RFC so where it can be read in two ways",
     .type = CLI_CALL,
     .call = set_position},
    CLI_OPT_FLAG(struct prove_settings, verbose, "verbose", 'v',
                 "show what each altered run found"),
    {0},
};

/* One altered line on one instance. */
struct pair {
    const struct ms_altered *altered;
    const struct ms_instance *instance;
    size_t plain, with; /* indices of their jobs */
};

struct plan {
    struct ms_arena *a;
    struct pair *pair;
    size_t n, cap;
    struct prove_jobs jobs;
};

/* ---- planning ------------------------------------------------------------------------------------------- */

static bool same_value(const struct ms_expr *a, const struct ms_expr *b)
{
    if (a->kind == MS_X_NUM && b->kind == MS_X_NUM)
        return a->num == b->num;
    if (a->kind == MS_X_OCTETS && b->kind == MS_X_OCTETS)
        return a->len == b->len && memcmp(a->octets, b->octets, a->len) == 0;
    if (a->kind == MS_X_ADDR && b->kind == MS_X_ADDR)
        return ms_addr_eq(&a->addr, &b->addr);
    return a->text && b->text && strcmp(a->text, b->text) == 0;
}

static bool condition_holds(const struct ms_arg *w, const struct ms_instance *i)
{
    if (!w->value)
        return false;
    if (strcmp(w->name, "family") == 0)
        return w->value->text &&
               strcmp(w->value->text, i->family == MS_IPV4 ? "ipv4" : "ipv6") == 0;
    for (size_t k = 0; k < i->c->n_foreach; k++)
        if (strcmp(i->c->foreach[k].name, w->name) == 0)
            return same_value(w->value, i->c->foreach[k].value[i->pick[k]]);
    return false;
}

static bool applies(const struct ms_altered *a, const struct ms_instance *i)
{
    for (size_t k = 0; k < a->n_when; k++)
        if (!condition_holds(&a->when[k], i))
            return false;
    return true;
}

size_t prove_add(struct prove_jobs *p, const struct ms_job *j)
{
    p->job = ms_arena_grow(p->a, p->job, &p->cap, p->n, sizeof *p->job);
    p->job[p->n] = *j;
    return p->n++;
}

size_t prove_plain(struct prove_jobs *p, const struct ms_instance *i, double time_scale)
{
    for (size_t k = 0; k < p->n; k++)
        if (p->job[k].instance == i && p->job[k].n_rewrites == 0 && p->job[k].noop_box == 0)
            return k;
    return prove_add(p, &(struct ms_job){.instance = i, .time_scale = time_scale});
}

static void add_pair(struct plan *p, const struct prove_settings *s, const struct ms_altered *a,
                     const struct ms_instance *i)
{
    p->pair = ms_arena_grow(p->a, p->pair, &p->cap, p->n, sizeof *p->pair);
    struct pair *x = &p->pair[p->n++];
    *x = (struct pair){
        .altered = a, .instance = i, .plain = prove_plain(&p->jobs, i, cli_default_time_scale())};
    x->with = prove_add(
        &p->jobs,
        &(struct ms_job){.instance = i,
                         .repetition = 1, /* evidence and names apart from the plain run */
                         .rewrite = a->rewrite,
                         .n_rewrites = a->n_rewrites,
                         .time_scale = s->time_scale * cli_default_time_scale()});
}

static void plan(struct plan *p, const struct prove_settings *s, const struct ms_suite *suite,
                 const bool *chosen)
{
    for (size_t c = 0; c < suite->n_case; c++)
        for (size_t k = 0; k < suite->c[c]->n_altered; k++) {
            bool done = false;
            for (size_t i = 0; i < suite->n_instance && (s->all || !done); i++)
                if (chosen[i] && suite->instance[i].c == suite->c[c] &&
                    applies(&suite->c[c]->altered[k], &suite->instance[i])) {
                    add_pair(p, s, &suite->c[c]->altered[k], &suite->instance[i]);
                    done = true;
                }
        }
}

/* ---- judging -------------------------------------------------------------------------------------------- */

struct ids {
    const char *id[IDS_MAX];
    size_t n;
};

static bool has(const struct ids *s, const char *id)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->id[i], id) == 0)
            return true;
    return false;
}

/* Requirements of expectations that failed; what rules found besides is not asked. */
static void failed_ids(struct ms_arena *a, const struct ms_result *r, struct ids *out)
{
    for (size_t i = 0; i < r->n_reason; i++) {
        const struct ms_reason *x = &r->reason[i];
        if ((x->verdict != MS_FAIL && x->verdict != MS_WARN) || *x->rule)
            continue;
        for (const char *p = x->reqs; *(p += strspn(p, ", "));) {
            size_t n = strcspn(p, ", ");
            const char *id = ms_arena_strndup(a, p, n);
            if (!has(out, id) && out->n < IDS_MAX)
                out->id[out->n++] = id;
            p += n;
        }
    }
}

/* NULL if the pair holds, else why not. */
static const char *judge(struct ms_arena *a, const struct pair *p, const struct ms_outcome *plain,
                         enum ms_standing plain_stands, const struct ms_outcome *with)
{
    if (plain_stands == MS_STANDS_SKIP)
        return ms_arena_printf(a, "skipped unaltered: %s", plain->result.skip_reason);
    if (plain_stands == MS_STANDS_UNEXPECTED)
        return ms_arena_printf(a, "unaltered, the result is %s",
                               ms_verdict_name(plain->result.verdict));
    if (with->result.verdict == MS_ERROR)
        return ms_arena_printf(a, "error: %s",
                               with->result.n_reason ? with->result.reason[0].text : "");
    if (with->result.rewrite_hits == 0)
        return "the rewrite never changed anything";
    struct ids before = {.n = 0}, now = {.n = 0}, want = {.n = 0};
    failed_ids(a, &plain->result, &before);
    failed_ids(a, &with->result, &now);
    for (size_t i = 0; i < p->altered->fails.n && want.n < IDS_MAX; i++)
        want.id[want.n++] = p->altered->fails.req[i]->id;
    struct ms_buf b = {0};
    for (size_t i = 0; i < want.n; i++)
        if (!has(&now, want.id[i]))
            ms_buf_printf(&b, "%s%s did not fail", b.len ? "; " : "", want.id[i]);
    for (size_t i = 0; i < now.n; i++)
        if (!has(&want, now.id[i]) && !has(&before, now.id[i]))
            ms_buf_printf(&b, "%s%s failed as well", b.len ? "; " : "", now.id[i]);
    const char *why =
        b.len ? ms_arena_printf(a, "%s (verdict %s)", b.data, ms_verdict_name(with->result.verdict))
              : NULL;
    ms_buf_free(&b);
    return why;
}

void prove_reasons(const struct ms_outcome *o)
{
    for (size_t i = 0; i < o->result.n_reason; i++) {
        const struct ms_reason *x = &o->result.reason[i];
        printf("      %s %s%s line %u: %.*s\n", ms_verdict_name(x->verdict), x->reqs, x->rule,
               x->line, (int)strcspn(x->text, "\n"), x->text);
    }
}

static int report(const struct prove_settings *s, const struct plan *p, const struct ms_outcome *o,
                  struct ms_expected *e)
{
    size_t held = 0, skipped = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct pair *x = &p->pair[i];
        const char *ignored;
        enum ms_standing stands = ms_expected_judge(e, &o[x->plain], &ignored);
        const char *why = judge(p->a, x, &o[x->plain], stands, &o[x->with]);
        held += why == NULL;
        skipped += stands == MS_STANDS_SKIP;
        printf("%-8s %s:%u  %s ",
               !why                       ? "holds"
               : stands == MS_STANDS_SKIP ? "skip"
                                          : "FAILS",
               x->instance->c->file, x->altered->loc.line, x->instance->name);
        for (size_t k = 0; k < x->altered->n_rewrites; k++)
            printf("%s \"%s\"", k ? "," : "", x->altered->rewrite[k]);
        printf(" ->");
        for (size_t k = 0; k < x->altered->fails.n; k++)
            printf("%s %s", k ? "," : "", x->altered->fails.req[k]->id);
        putchar('\n');
        if (why)
            printf("         %s\n", why);
        if (s->verbose || (why && stands != MS_STANDS_SKIP))
            prove_reasons(&o[x->with]);
    }
    return prove_sum(held, p->n - held - skipped, skipped);
}

int prove_sum(size_t held, size_t failed, size_t skipped)
{
    printf("\n%zu passed, %zu failed, %zu skipped\n", held, failed, skipped);
    return failed ? CLI_UNEXPECTED : held ? CLI_OK : CLI_ALL_SKIPPED;
}

static int prove_jobs_run(const struct prove_settings *s, const struct ms_suite *suite,
                          const struct prove_jobs *p, struct ms_outcome **outcome)
{
    struct ms_error err = {0};
    struct ms_run_config cfg = {.jobs = (unsigned)s->jobs,
                                .scenario_jobs = s->jobs ? 0 : ms_default_scenario_jobs(),
                                .seed = s->seed,
                                .time_scale = 1,
                                .positions = s->positions,
                                .interrupted = &cli_interrupted};
    cli_catch_signals();
    int rc = ms_run_jobs(suite, p->job, p->n, &cfg, suite->arena, outcome, &err);
    if (rc < 0) {
        cli_say_error(&err);
        return rc == MS_ERR_INTR ? CLI_INTERRUPTED : CLI_HARNESS;
    }
    return CLI_OK;
}

int prove_run(const struct prove_settings *s, const struct ms_suite *suite,
              const struct prove_jobs *p, struct ms_outcome **outcome, struct ms_expected *store,
              struct ms_expected **expected)
{
    struct ms_kernel_facts kernel = {0};
    int status = cli_prepare(&kernel);
    if (status == CLI_OK)
        status = cli_expected(suite, ms_kernel_point(suite->arena, &kernel), store, expected);
    return status == CLI_OK ? prove_jobs_run(s, suite, p, outcome) : status;
}

/*
 * Bounds are cut short so that failures are not waited for; where that was too short for what the rewrite waits for, the
 * proof is tried again with longer ones.
 */
static int patiently(const struct prove_settings *s, const struct ms_suite *suite,
                     const struct plan *p, struct ms_outcome *o, struct ms_expected *e)
{
    struct prove_jobs again = {.a = p->a};
    size_t *with = ms_arena_alloc(p->a, (p->n + 1) * sizeof *with);
    for (size_t i = 0; i < p->n; i++) {
        const struct pair *x = &p->pair[i];
        const char *ignored;
        enum ms_standing stands = ms_expected_judge(e, &o[x->plain], &ignored);
        if (stands == MS_STANDS_SKIP || stands == MS_STANDS_UNEXPECTED ||
            !judge(p->a, x, &o[x->plain], stands, &o[x->with]))
            continue;
        struct ms_job j = p->jobs.job[x->with];
        j.time_scale *= PATIENCE;
        with[prove_add(&again, &j)] = x->with;
    }
    struct ms_outcome *second;
    int status = again.n ? prove_jobs_run(s, suite, &again, &second) : CLI_OK;
    for (size_t i = 0; status == CLI_OK && i < again.n; i++)
        o[with[i]] = second[i];
    return status;
}

static int prove_altered(const struct prove_settings *s, const struct ms_suite *suite,
                         const bool *chosen)
{
    struct plan p = {.a = suite->arena, .jobs.a = suite->arena};
    struct ms_expected store, *expected;
    struct ms_outcome *o;
    plan(&p, s, suite, chosen);
    if (p.n == 0) {
        cli_say("no `altered` line among the chosen cases");
        return CLI_USAGE;
    }
    int status = prove_run(s, suite, &p.jobs, &o, &store, &expected);
    if (status == CLI_OK)
        status = patiently(s, suite, &p, o, expected);
    return status == CLI_OK ? report(s, &p, o, expected) : status;
}

static int cmd_prove(const struct cli_command *self, int argc, char **argv)
{
    struct prove_settings s = {.time_scale = 0.05, .seed = 1};
    int first = cli_parse(self, &s, argc, argv);
    if (first <= 0)
        return first < 0 ? CLI_USAGE : CLI_OK;
    if (s.cover && !s.boxes)
        return cli_usage(self, "--cover goes with --boxes");
    struct ms_suite suite;
    bool *chosen;
    int status = cli_load(&suite, argv + first, (size_t)(argc - first));
    if (status != CLI_OK)
        return status;
    status = cli_choose(&suite, argv + first, (size_t)(argc - first), &chosen);
    if (status == CLI_OK && s.boxes)
        ms_select_leave_slow(&suite, (const char *const *)(argv + first), (size_t)(argc - first),
                             chosen);
    if (status == CLI_OK)
        status = s.boxes ? prove_boxes(&s, &suite, chosen, first == argc)
                         : prove_altered(&s, &suite, chosen);
    ms_suite_free(&suite);
    return status;
}

const struct cli_command cli_prove = {
    .name = "prove",
    .args = "[SELECTOR...]",
    .help = "Show that cases can fail: run them altered, or without their middleboxes.",
    .more =
        "Each `altered` line must make its case fail in exactly the requirements that it names.\n"
        "With --boxes each middlebox of a case must matter: the case does not stand without it.\n",
    .options = options,
    .run = cmd_prove,
};
