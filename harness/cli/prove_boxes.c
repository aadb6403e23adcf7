/* SPDX-License-Identifier: MIT */
/*
 * prove --boxes: a middlebox whose loss nobody notices proves nothing. Each case and scenario is run with one of its
 * middleboxes laid but without effect, and must not stand as it does with it. All of them together must show that every
 * rewrite of the table has an effect.
 */
#include "cli/prove.h"

#include <string.h>

/* One middlebox of one instance. */
struct box {
    const struct ms_instance *instance;
    const struct ms_step *step;
    const char *text; /* as the instance lays it */
    size_t rewrite;   /* index into ms_rewrite_table */
    size_t plain, without;
};

struct boxes {
    struct ms_arena *a;
    struct box *box;
    size_t n, cap;
    struct prove_jobs jobs;
};

/*
 * What is waited for in vain has a shorter bound, as with altered lines; data that two stacks move need more of it than
 * a segment that a tester sends.
 */
#define SCENARIO_PATIENCE 4

/* ---- planning ------------------------------------------------------------------------------------------- */

static size_t n_rewrites(void)
{
    size_t n = 0;
    while (ms_rewrite_table[n].name)
        n++;
    return n;
}

/* The row of the table: a rewrite begins with its direction and its name. */
static size_t row_of(const char *text)
{
    const char *name = text + strcspn(text, " \t");
    name += strspn(name, " \t");
    size_t len = strcspn(name, " \t"), n = n_rewrites(), row = 0;
    while (row < n && (strlen(ms_rewrite_table[row].name) != len ||
                       strncmp(ms_rewrite_table[row].name, name, len) != 0))
        row++;
    return row;
}

/* The statement that lays middlebox `number`. */
static const struct ms_step *find_box(const struct ms_block *b, unsigned number)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct ms_step *s = &b->step[i];
        if (s->kind == MS_STEP_BOX && s->string && s->box == number)
            return s;
        for (size_t k = 0; k < s->n_blocks; k++) {
            const struct ms_step *inner = find_box(&s->block[k], number);
            if (inner)
                return inner;
        }
    }
    return NULL;
}

/* The same statement with the same text was taken from another instance. */
static bool taken(const struct boxes *b, const struct ms_step *step, const char *text)
{
    for (size_t i = b->n; i-- > 0;)
        if (b->box[i].step == step && strcmp(b->box[i].text, text) == 0)
            return true;
    return false;
}

static void add_boxes(struct boxes *b, const struct prove_settings *s, const struct ms_instance *i)
{
    for (unsigned number = 1; number <= i->c->n_boxes; number++) {
        const struct ms_step *step = find_box(&i->c->steps, number);
        const char *text = step ? ms_instance_text(b->a, i, step->string) : NULL;
        if (!text || (!s->all && taken(b, step, text)))
            continue;
        b->box = ms_arena_grow(b->a, b->box, &b->cap, b->n, sizeof *b->box);
        b->box[b->n++] =
            (struct box){.instance = i, .step = step, .text = text, .rewrite = row_of(text)};
    }
}

/* Leaves the first middlebox of each rewrite, that of a case before that of a scenario. */
static void leave_cover(struct boxes *b)
{
    const size_t n = n_rewrites();
    size_t kept = 0;
    struct box *all = ms_arena_memdup(b->a, b->box, (b->n + 1) * sizeof *all);
    bool *done = ms_arena_alloc(b->a, n + 1);
    for (int scenarios = 0; scenarios < 2; scenarios++)
        for (size_t i = 0; i < b->n; i++)
            if (ms_is_scenario(all[i].instance) == scenarios && all[i].rewrite < n &&
                !done[all[i].rewrite]) {
                done[all[i].rewrite] = true;
                b->box[kept++] = all[i];
            }
    b->n = kept;
}

static void plan(struct boxes *b, const struct prove_settings *s, const struct ms_suite *suite,
                 const bool *chosen)
{
    for (size_t i = 0; i < suite->n_instance; i++)
        if (chosen[i])
            add_boxes(b, s, &suite->instance[i]);
    if (s->cover)
        leave_cover(b);
    for (size_t i = 0; i < b->n; i++) {
        struct box *x = &b->box[i];
        double slow = cli_default_time_scale();
        double patience = ms_is_scenario(x->instance) ? SCENARIO_PATIENCE : 1;
        x->plain = prove_plain(&b->jobs, x->instance, slow);
        x->without =
            prove_add(&b->jobs, &(struct ms_job){.instance = x->instance,
                                                 .repetition = 1,
                                                 .noop_box = x->step->box,
                                                 .time_scale = s->time_scale * slow * patience});
    }
}

/* ---- judging -------------------------------------------------------------------------------------------- */

static bool same_reason(const struct ms_reason *a, const struct ms_reason *b)
{
    return a->verdict == b->verdict && a->line == b->line && strcmp(a->reqs, b->reqs) == 0 &&
           strcmp(a->rule, b->rule) == 0;
}

/* Both failed, and of the same. */
static bool same_result(const struct ms_result *a, const struct ms_result *b)
{
    bool same = a->verdict == b->verdict && a->n_reason == b->n_reason;
    for (size_t i = 0; same && i < a->n_reason; i++)
        same = same_reason(&a->reason[i], &b->reason[i]);
    return same;
}

/* NULL if the middlebox matters, else why it is not known to. */
static const char *judge(struct ms_arena *a, const struct ms_outcome *plain,
                         enum ms_standing stands, const struct ms_outcome *without)
{
    const struct ms_result *r = &without->result;
    if (stands == MS_STANDS_SKIP)
        return ms_arena_printf(a, "skipped with it: %s", plain->result.skip_reason);
    if (stands == MS_STANDS_UNEXPECTED)
        return ms_arena_printf(a, "with it, the result is %s",
                               ms_verdict_name(plain->result.verdict));
    if (r->verdict == MS_ERROR || r->verdict == MS_SKIP)
        return ms_arena_printf(a, "without it: %s: %s", ms_verdict_name(r->verdict),
                               r->verdict == MS_SKIP ? r->skip_reason
                               : r->n_reason         ? r->reason[0].text
                                                     : "");
    if (r->verdict == MS_PASS)
        return "without it the result is pass as well";
    return same_result(&plain->result, r) ? "without it the result fails in the same" : NULL;
}

static void show(const struct box *x, const char *word, const char *why,
                 const struct ms_outcome *without, bool reasons)
{
    printf("%-8s %s:%u  %s  \"%s\"\n", word, x->instance->c->file, x->step->loc.line,
           x->instance->name, x->text);
    if (why)
        printf("         %s\n", why);
    if (reasons)
        prove_reasons(without);
}

/* Rewrites of the table that no middlebox showed to matter; how many. */
static size_t show_missing(const bool *shown)
{
    size_t n = n_rewrites(), missing = 0;
    for (size_t i = 0; i < n; i++)
        if (!shown[i])
            printf("%s %s", missing++ ? "," : "rewrites that no middlebox shows to matter:",
                   ms_rewrite_table[i].name);
    if (missing)
        putchar('\n');
    printf("%zu of %zu rewrites matter somewhere\n", n - missing, n);
    return missing;
}

static int report(const struct prove_settings *s, const struct boxes *b, const struct ms_outcome *o,
                  struct ms_expected *e, bool whole)
{
    bool *shown = ms_arena_alloc(b->a, n_rewrites() + 1);
    size_t held = 0, skipped = 0;
    for (size_t i = 0; i < b->n; i++) {
        const struct box *x = &b->box[i];
        const char *ignored;
        enum ms_standing stands = ms_expected_judge(e, &o[x->plain], &ignored);
        const char *why = judge(b->a, &o[x->plain], stands, &o[x->without]);
        bool skip = stands == MS_STANDS_SKIP;
        held += why == NULL;
        skipped += skip;
        shown[x->rewrite] |= why == NULL;
        show(x,
             !why   ? "matters"
             : skip ? "skip"
                    : "FAILS",
             why, &o[x->without], s->verbose || (why && !skip));
    }
    putchar('\n');
    size_t missing = show_missing(shown);
    int status = prove_sum(held, b->n - held - skipped, skipped);
    return status == CLI_OK && whole && missing && !skipped ? CLI_UNEXPECTED : status;
}

int prove_boxes(const struct prove_settings *s, const struct ms_suite *suite, const bool *chosen,
                bool whole)
{
    struct boxes b = {.a = suite->arena, .jobs.a = suite->arena};
    struct ms_expected store, *expected;
    struct ms_outcome *o;
    plan(&b, s, suite, chosen);
    if (b.n == 0) {
        cli_say("no `middlebox` among the chosen cases");
        return CLI_USAGE;
    }
    int status = prove_run(s, suite, &b.jobs, &o, &store, &expected);
    return status == CLI_OK ? report(s, &b, o, expected, whole) : status;
}
