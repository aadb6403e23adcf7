/* SPDX-License-Identifier: MIT */
/* Mutants: their files, what counts as a kill, who hunts first, what none covers. */
#include "unit.h"

#include "lang_env.h"
#include "mptcpspec/mutants.h"

struct read {
    struct ms_arena *a;
    struct ms_diags diags;
    struct ms_mutant **list;
    size_t n, cap;
};

static bool parse(struct read *r, const char *text)
{
    *r = (struct read){.a = ms_arena_new()};
    r->diags.arena = r->a;
    return ms_mutants_parse(r->a, "t.mutants", text, strlen(text), &env, &r->list, &r->n, &r->cap,
                            &r->diags);
}

/* ---- files ----------------------------------------------------------------------------------------------- */

static const char good[] = "# Two of them.\n"
                           "mutant  join.synack-hmac-bit\n"
                           "about   \"The HMAC has one wrong bit.\"\n"
                           "breaks  R-3.2-14\n"
                           "implies R-3.2-34,\n"
                           "        R-3.2-32\n"
                           "iut     initiator\n"
                           "family  ipv6\n"
                           "rewrite \"rx flip mp_join.hmac when SYN+ACK\", \"rx strip dss\"\n"
                           "rewrite \"tx drop when FIN\"\n"
                           "\n"
                           "mutant  close.never-1\n"
                           "about   \"It does not close.\"\n"
                           "breaks  R-3.1-01\n"
                           "repair  mp_join.hmac, tcp.ack, payload, mp_capable, dss.map\n"
                           "without endpoint del\n"
                           "without sysctl net.mptcp.enabled\n"
                           "without close\n"
                           "equivalent \"Nobody sees it.\"\n";

START_TEST(reads)
{
    struct read r;
    ck_assert_msg(parse(&r, good), "%s", env_mistakes(r.a, &r.diags));
    UNIT_NUM_EQ(r.n, 2);
    const struct ms_mutant *m = r.list[0];
    ck_assert_str_eq(m->name, "join.synack-hmac-bit");
    ck_assert_str_eq(m->about, "The HMAC has one wrong bit.");
    UNIT_NUM_EQ(m->loc.line, 2);
    UNIT_NUM_EQ(m->breaks.n, 1);
    ck_assert_str_eq(m->breaks.req[0]->id, "R-3.2-14");
    UNIT_NUM_EQ(m->implies.n, 2);
    ck_assert_str_eq(m->implies.req[1]->id, "R-3.2-32");
    ck_assert(m->role_said && m->role == MS_ROLE_INITIATOR && !m->family4 && m->family6);
    UNIT_NUM_EQ(m->n_rewrites, 3);
    ck_assert_str_eq(m->rewrite[2], "tx drop when FIN");
    ck_assert_ptr_null(m->equivalent);
    ck_assert_str_eq(ms_mutant_option(r.a, m), "mp_join");
    ck_assert_str_eq(ms_mutant_section(m), "3.2");

    m = r.list[1];
    ck_assert(!m->role_said && m->family4 && m->family6);
    UNIT_NUM_EQ(m->n_repairs, 5);
    ck_assert_str_eq(m->repair[0].option->name, "mp_join");
    ck_assert_str_eq(m->repair[0].field, "hmac");
    ck_assert(!m->repair[1].option && strcmp(m->repair[1].field, "ack") == 0);
    ck_assert(m->repair[2].payload && !m->repair[2].option);
    ck_assert(m->repair[3].option && !m->repair[3].field);
    UNIT_NUM_EQ(m->n_without, 3);
    ck_assert_str_eq(m->without[0].text, "endpoint del");
    ck_assert_str_eq(m->without[1].word[0], "net.mptcp.enabled");
    UNIT_NUM_EQ(m->without[2].n_words, 0);
    ck_assert_str_eq(m->equivalent, "Nobody sees it.");
    ms_arena_free(r.a);
}
END_TEST

/* `mutant a.b`, `about`, `breaks` stand before each; it begins on line 4. */
#define HEAD "mutant a.b\nabout \"x\"\nbreaks R-3.2-14\n"

static const struct {
    const char *text;
    unsigned line, column;
    const char *message, *hint;
} wrong[] = {
    {"breaks R-3.2-14", 1, 1, "'breaks' stands before the first mutant", "mutant join."},
    {"mutants a.b", 1, 1, "unknown statement 'mutants'", "did you mean 'mutant'?"},
    {"= 3", 1, 1, "expected a statement of a mutant, found '='", NULL},
    {"}", 1, 1, "expected a statement of a mutant, found '}'", NULL},
    {"mutant A.b", 1, 8, "a mutant name has lower-case letters", "such as join.synack-hmac-bit"},
    {"mutant", 1, 7, "expected the name of the mutant", NULL},
    {"mutant a.b\nbreaks R-3.2-14\nwithout close", 1, 8, "mutant a.b says nothing about itself",
     "about \""},
    {"mutant a.b\nabout \"x\"\nwithout close", 1, 8, "mutant a.b breaks no requirement",
     "breaks R-3.2-14"},
    {HEAD, 1, 8, "mutant a.b changes nothing", "give it a `rewrite`, a `repair` or a `without`"},
    {HEAD "implies R-3.2-34, R-3.2-14\nwithout close", 1, 8, "breaks and implies R-3.2-14",
     "leave it out"},
    {HEAD "without close\n" HEAD "without close", 5, 8, "there are two mutants named a.b",
     "the other stands in t.mutants, line 1"},
    {HEAD "breaks R-3.2-34", 4, 1, "`breaks` is given twice", NULL},
    {HEAD "implies R-3.2-35", 4, 9, "unknown requirement 'R-3.2-35'", "did you mean"},
    {HEAD "iut server", 4, 5, "expected `listener` or `initiator`, found 'server'", NULL},
    {HEAD "family ipv5", 4, 8, "expected `ipv4` or `ipv6`", NULL},
    {HEAD "rewrite rx", 4, 9, "expected a rewrite as a string", "rewrite \"rx flip mp_join.hmac\""},
    {HEAD "rewrite \"rx flip mp_join.hmacs\"", 4, 18, "unknown field 'hmacs'", "list rewrites"},
    {HEAD "repair mp_joyn.hmac", 4, 8, "there is no option 'mp_joyn'", "did you mean 'mp_join'?"},
    {HEAD "repair mp_join.nonse", 4, 8, "mp_join has no field 'nonse'", "did you mean 'nonce'?"},
    {HEAD "repair tcp.sec", 4, 8, "tcp has no field 'sec'", "did you mean 'seq'?"},
    {HEAD "repair tcp", 4, 8, "there is no option 'tcp'", NULL},
    {HEAD "repair dss, dss", 4, 13, "'dss' is given twice", NULL},
    {HEAD "repair 5", 4, 8, "there is no option '5'", NULL},
    {HEAD "without clsoe", 4, 9, "the IUT has no verb 'clsoe'", "did you mean 'close'?"},
    {HEAD "without counters", 4, 9, "'counters' does nothing that could be left out", NULL},
    {HEAD "without endpoint dell", 4, 18, "'endpoint' knows no 'dell'", "did you mean 'del'?"},
    {HEAD "without", 4, 8, "expected a verb of the IUT", "without close"},
    {HEAD "equivalent", 4, 11, "expected the reason as a string", "equivalent \""},
    {HEAD "equivalent \"\"", 4, 12, "the reason is empty", NULL},
    {HEAD "without close \"now\"", 4, 15, "expected a word of the verb's arguments", NULL},
};

START_TEST(mistakes)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++) {
        struct read r;
        ck_assert_msg(!parse(&r, wrong[i].text), "accepted: %s", wrong[i].text);
        const struct ms_diag *d = NULL;
        for (size_t k = 0; k < r.diags.n && !d; k++)
            if (r.diags.d[k].loc.line == wrong[i].line &&
                r.diags.d[k].loc.column == wrong[i].column &&
                strstr(r.diags.d[k].message, wrong[i].message) &&
                (!wrong[i].hint || (r.diags.d[k].hint && strstr(r.diags.d[k].hint, wrong[i].hint))))
                d = &r.diags.d[k];
        ck_assert_msg(d, "no '%s' (%s) at %u:%u for:\n%s\n%s", wrong[i].message,
                      wrong[i].hint ? wrong[i].hint : "", wrong[i].line, wrong[i].column,
                      wrong[i].text, env_mistakes(r.a, &r.diags));
        ms_arena_free(r.a);
    }
}
END_TEST

/* One bad mutant does not hide the next, nor does it draw further complaints. */
START_TEST(goes_on)
{
    struct read r;
    ck_assert(!parse(&r, "mutant a.b\nabout 5\nmutant c.d\nabout \"x\"\nbreaks R-3.2-14\n"
                         "repair dss\nmutant e.f\nbreaks R-9\n"));
    UNIT_NUM_EQ(r.diags.n, 2);
    UNIT_NUM_EQ(r.n, 1);
    ck_assert_str_eq(r.list[0]->name, "c.d");
    ms_arena_free(r.a);
}
END_TEST

/* ---- what counts as a kill ------------------------------------------------------------------------------- */

static const struct ms_requirement *const hmac_req = &env_req[1], *const reason_req = &env_req[2],
                                          *const refused_req = &env_req[3];
static const struct ms_requirement *broken_ids[] = {&env_req[1]};
static const struct ms_requirement *implied_ids[] = {&env_req[2]};
static const struct ms_mutant prey = {
    .name = "a.b", .breaks = {1, broken_ids}, .implies = {1, implied_ids}};

static const struct ms_case some_case = {.name = "t.some", .role = MS_ROLE_LISTENER};
static const struct ms_instance some = {.c = &some_case, .name = "t.some/ipv4"};

static struct ms_outcome outcome(enum ms_verdict v, uint64_t hits, struct ms_reason *r, size_t n)
{
    return (struct ms_outcome){
        .instance = &some,
        .result = {.verdict = v, .rewrite_hits = hits, .n_reason = n, .reason = r}};
}

static struct ms_reason reason(enum ms_verdict v, const char *reqs, const char *rule)
{
    return (struct ms_reason){.verdict = v, .reqs = reqs, .rule = rule, .step = "", .text = "t"};
}

static const struct {
    const char *what;
    enum ms_verdict plain_verdict;
    const char *plain_reqs, *plain_rule; /* reqs NULL: no reason */
    enum ms_verdict verdict, reason;
    uint64_t hits;
    const char *reqs, *rule;
    const char *tied; /* NULL: no kill */
} judged[] = {
    {"expectation", MS_PASS, NULL, NULL, MS_FAIL, MS_FAIL, 1, "R-3.2-34, R-3.2-14", "", "R-3.2-14"},
    {"implied", MS_PASS, NULL, NULL, MS_WARN, MS_WARN, 1, "R-3.2-32", "", "R-3.2-32"},
    {"both", MS_PASS, NULL, NULL, MS_FAIL, MS_FAIL, 3, "R-3.2-32, R-3.2-14", "",
     "R-3.2-32, R-3.2-14"},
    {"rule", MS_PASS, NULL, NULL, MS_FAIL, MS_FAIL, 1, "R-3.2-14", "some-rule", "R-3.2-14"},
    {"other requirement", MS_PASS, NULL, NULL, MS_FAIL, MS_FAIL, 1, "R-3.2-34", "", NULL},
    {"prefix of an id", MS_PASS, NULL, NULL, MS_FAIL, MS_FAIL, 1, "R-3.2-1, R-3.2-144", "", NULL},
    {"stall", MS_PASS, NULL, NULL, MS_INCONC, MS_INCONC, 1, "", "", NULL},
    {"error", MS_PASS, NULL, NULL, MS_ERROR, MS_FAIL, 1, "R-3.2-14", "", NULL},
    {"observation", MS_PASS, NULL, NULL, MS_PASS, MS_PASS, 1, "R-3.2-14", "", NULL},
    {"never acted", MS_PASS, NULL, NULL, MS_FAIL, MS_FAIL, 0, "R-3.2-14", "", NULL},
    {"there before", MS_FAIL, "R-3.2-14", "", MS_FAIL, MS_FAIL, 1, "R-3.2-14", "", NULL},
    {"rule there before", MS_FAIL, "R-3.2-14", "r", MS_FAIL, MS_FAIL, 1, "R-3.2-14", "r", NULL},
    {"other rule before", MS_FAIL, "R-3.2-14", "q", MS_FAIL, MS_FAIL, 1, "R-3.2-14", "r",
     "R-3.2-14"},
    {"other deviation before", MS_FAIL, "R-3.2-34", "", MS_FAIL, MS_FAIL, 1, "R-3.2-14", "",
     "R-3.2-14"},
    {"part was there before", MS_WARN, "R-3.2-32", "", MS_FAIL, MS_FAIL, 1, "R-3.2-14, R-3.2-32",
     "", "R-3.2-14"},
};

START_TEST(judges)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(judged); i++) {
        struct ms_arena *a = ms_arena_new();
        struct ms_reason p =
            reason(judged[i].plain_verdict, judged[i].plain_reqs, judged[i].plain_rule);
        struct ms_reason w = reason(judged[i].reason, judged[i].reqs, judged[i].rule);
        struct ms_outcome plain =
            outcome(judged[i].plain_verdict, 0, &p, judged[i].plain_reqs ? 1 : 0);
        struct ms_outcome with = outcome(judged[i].verdict, judged[i].hits, &w, 1);
        struct ms_mutant_result r = {.mutant = &prey};
        size_t n = ms_mutant_judge(a, &plain, &with, &r);
        ck_assert_msg(n == (judged[i].tied ? 1 : 0) && r.n_kills == n, "%s: %zu kills",
                      judged[i].what, n);
        if (n) {
            ck_assert_str_eq(r.kill[0].reqs, judged[i].tied);
            ck_assert_str_eq(r.kill[0].rule, judged[i].rule);
            ck_assert_ptr_eq(r.kill[0].instance, &some);
        }
        ms_arena_free(a);
    }
}
END_TEST

/* ---- ranking --------------------------------------------------------------------------------------------- */

static const struct ms_case *case_of(struct ms_arena *a, const char *name, const char *steps)
{
    struct ms_diags d = {.arena = a};
    const char *text =
        ms_arena_printf(a, "case %s\npurpose \"p\"\niut listener\nneeds discard\n%s", name, steps);
    const struct ms_case *c = ms_case_parse(a, name, text, strlen(text), &env, &d);
    ck_assert_msg(c, "%s", env_mistakes(a, &d));
    return c;
}

#define CASES 5
struct world {
    struct ms_suite suite;
    const struct ms_case *c[CASES];
    bool chosen[64];
    size_t order[64];
};

/* Instance i of case k stands at 2 k + i: both families of each. */
static void world(struct world *w)
{
    struct ms_arena *a = ms_arena_new();
    *w = (struct world){.suite = {.arena = a, .catalogue = env_catalogue, .n_case = CASES}};
    w->c[0] = case_of(a, "t.unrelated", "A: handshake\nA: send data 1\nA: expect RST [R-3.1-01]\n");
    w->c[1] = case_of(a, "t.uses", "A: handshake\nA: join\nA: expect RST [R-3.1-01]\n");
    w->c[2] = case_of(a, "t.implied",
                      "A: handshake\nB: send SYN mp_join\n"
                      "B: expect RST [R-3.2-32]\n");
    w->c[3] = case_of(a, "t.judges",
                      "A: handshake\nB: send SYN mp_join\n"
                      "B: expect RST [R-3.2-14]\n");
    w->c[4] = case_of(a, "t.acts",
                      "A: handshake\nB: send SYN mp_join\n"
                      "A: expect no RST [R-3.2-34] until {\n"
                      "B: send ACK mp_join(hmac = flip(hmac))\niut: close\nB: expect ACK\n}\n");
    w->suite.c = w->c;
    w->suite.instance = ms_arena_alloc(a, 2 * CASES * sizeof *w->suite.instance);
    for (size_t i = 0; i < CASES; i++) {
        size_t n;
        const struct ms_instance *in = ms_case_instances(a, w->c[i], &n);
        UNIT_NUM_EQ(n, 2);
        memcpy(&w->suite.instance[w->suite.n_instance], in, 2 * sizeof *in);
        w->suite.n_instance += 2;
    }
    memset(w->chosen, 1, sizeof w->chosen);
}

static void want_order(struct world *w, const char *mutant, const char *const *names, size_t n,
                       size_t total)
{
    struct read r;
    const char *text = ms_arena_printf(
        w->suite.arena, "mutant a.b\nabout \"x\"\nbreaks R-3.2-14\nimplies R-3.2-32\n%s\n", mutant);
    ck_assert_msg(parse(&r, text), "%s", env_mistakes(r.a, &r.diags));
    UNIT_NUM_EQ(ms_mutant_rank(w->suite.arena, &w->suite, w->chosen, r.list[0], w->order), total);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(strcmp(w->suite.instance[w->order[i]].c->name, names[i]) == 0,
                      "%s: place %zu is %s, not %s", mutant, i,
                      w->suite.instance[w->order[i]].c->name, names[i]);
    ms_arena_free(r.a);
}

START_TEST(ranks)
{
    struct world w;
    world(&w);
    /* What judges it, then what judges what it implies, then what uses the option; families last. */
    const char *const by_tags[] = {"t.judges", "t.judges", "t.implied", "t.implied"};
    want_order(&w, "rewrite \"rx flip mp_join.hmac\"", by_tags, 4, 10);
    ck_assert(w.suite.instance[w.order[0]].family != w.suite.instance[w.order[1]].family);
    ck_assert_str_eq(w.suite.instance[w.order[9]].c->name, "t.unrelated");
    /* A case that sends what is repaired, or does what is left out, comes before one that merely implies. */
    const char *const by_act[] = {"t.judges", "t.judges", "t.acts", "t.acts", "t.implied"};
    want_order(&w, "repair mp_join.hmac", by_act, 5, 10);
    want_order(&w, "without close", by_act, 5, 10);
    const char *const no_act[] = {"t.judges", "t.judges", "t.implied"};
    want_order(&w, "repair mp_join.nonce", no_act, 3, 10);
    want_order(&w, "without shutdown", no_act, 3, 10);
    /* A bare option: a segment that has it without a word about its fields deviates in nothing. */
    want_order(&w, "repair mp_join", by_act, 5, 10);
    /* Role, family and what was chosen limit it. */
    want_order(&w, "iut initiator\nrewrite \"rx strip dss\"", NULL, 0, 0);
    want_order(&w, "family ipv6\nrewrite \"rx strip dss\"", NULL, 0, CASES);
    w.chosen[0] = false;
    want_order(&w, "rewrite \"rx strip dss\"", NULL, 0, 9);
    ms_arena_free(w.suite.arena);
}
END_TEST

START_TEST(uncovered)
{
    struct world w;
    struct read r;
    size_t n;
    world(&w);
    for (size_t i = 0; i < env_catalogue.n; i++)
        env_req[i].testable = i == 0 ? "no" : "live-both";
    /* R-3.1-01 cannot be tested, R-3.2-32 is a SHOULD, no case judges R-C.1.1-01: two are left. */
    const struct ms_requirement **q = ms_mutants_uncovered(&w.suite, &n);
    UNIT_NUM_EQ(n, 2);
    ck_assert(q[0] == hmac_req && q[1] == refused_req);
    ck_assert(parse(&r, HEAD "implies R-3.2-34\nwithout close"));
    w.suite.mutant = r.list;
    w.suite.n_mutant = r.n;
    q = ms_mutants_uncovered(&w.suite, &n);
    UNIT_NUM_EQ(n, 1); /* what is implied is not covered */
    ck_assert(q[0] == refused_req && q[0] != reason_req);
    ms_arena_free(r.a);
    ms_arena_free(w.suite.arena);
}
END_TEST

UNIT_MAIN("mutants", reads, mistakes, goes_on, judges, ranks, uncovered)
