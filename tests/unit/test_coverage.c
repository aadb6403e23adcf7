/* SPDX-License-Identifier: MIT */
/* Coverage: what counts as cover, what of the evidence holds, files of others. */
#include "unit.h"

#include <unistd.h>

#include "fields_check.h"
#include "lang_env.h"

static const char *const cases[] = {
    "case t.join\npurpose \"p\"\niut listener\nfamily ipv4\nneeds discard\n"
    "A: handshake\nB: send SYN mp_join\nB: expect RST [R-3.2-34] mp_tcprst [R-3.2-32]\n",
    "case t.branch\npurpose \"p\"\niut listener\nneeds discard\n"
    "A: handshake\nfrom now A: no RST [R-C.1.1-01]\neither {\nA: expect RST [R-3.2-32]\n} or {\nA: "
    "expect ACK [R-3.2-32]\n}\n",
};
static const char mutants[] =
    "mutant a.b\nabout \"x\"\nbreaks R-3.2-34\nimplies R-3.2-32\nrewrite \"rx drop when RST\"\n"
    "mutant c.d\nabout \"x\"\nbreaks R-3.2-32, R-3.1-01\nrewrite \"rx strip mp_tcprst\"\n"
    "mutant e.f\nabout \"x\"\nbreaks R-3.2-14\nrewrite \"rx flip mp_join.hmac\"\n"
    "mutant g.h\nabout \"x\"\nbreaks R-3.2-14\nrewrite \"rx drop when RST\"\nequivalent \"y\"\n";

struct world {
    struct ms_arena *a;
    struct ms_suite s;
    struct ms_case *c[MS_ARRAY_LEN(cases)];
    struct ms_requirement req[MS_ARRAY_LEN(env_req)];
    struct ms_catalogue cat;
};

static void world(struct world *w)
{
    *w = (struct world){.a = ms_arena_new()};
    memcpy(w->req, env_req, sizeof env_req);
    for (size_t i = 0; i < MS_ARRAY_LEN(env_req); i++) {
        w->req[i].testable = i == 4 ? "no" : "live-both";
        w->req[i].text = w->req[i].why_not = "t";
    }
    w->cat = (struct ms_catalogue){.n = MS_ARRAY_LEN(env_req), .req = w->req, .ids = env_ids};
    const struct ms_lang_env e = {.catalogue = &w->cat, .topo = env_topos};
    struct ms_diags d = {.arena = w->a};
    w->s = (struct ms_suite){.arena = w->a, .catalogue = w->cat, .n_case = MS_ARRAY_LEN(cases)};
    w->s.instance = ms_arena_alloc(w->a, 8 * sizeof *w->s.instance);
    for (size_t i = 0; i < MS_ARRAY_LEN(cases); i++) {
        w->c[i] = ms_case_parse(w->a, "t.case", cases[i], strlen(cases[i]), &e, &d);
        ck_assert_msg(w->c[i], "%s", env_mistakes(w->a, &d));
        size_t n;
        const struct ms_instance *in = ms_case_instances(w->a, w->c[i], &n);
        memcpy(&w->s.instance[w->s.n_instance], in, n * sizeof *in);
        w->s.n_instance += n;
    }
    w->s.c = (const struct ms_case **)w->c;
    ck_assert_msg(ms_mutants_parse(w->a, "t.mutants", mutants, strlen(mutants), &e, &w->s.mutant,
                                   &w->s.n_mutant, &w->s.cap_mutant, &d),
                  "%s", env_mistakes(w->a, &d));
}

static struct ms_evidence_kill kill_of(struct world *w, size_t mutant, const char *req,
                                       const char *result, const char *rule)
{
    const struct ms_mutant *m = w->s.mutant[mutant];
    return (struct ms_evidence_kill){
        .requirement = req,
        .mutant = m->name,
        .digest = ms_mutant_digest(w->a, m),
        .result = result,
        .rule = rule,
    };
}

static struct ms_coverage build(struct world *w, struct ms_evidence_kill *before, size_t n_before,
                                struct ms_evidence_kill *now, size_t n_now,
                                const struct ms_exceptions *x)
{
    const struct ms_exceptions none = {0};
    const struct ms_kill_list b = {.kernel = "", .n = n_before, .kill = before},
                              k = {.kernel = "", .n = n_now, .kill = now};
    struct ms_coverage c;
    ms_coverage_build(w->a, &w->s, &b, &k, x ? x : &none, &c);
    return c;
}

enum { REQ_OPEN, REQ_HMAC, REQ_REASON, REQ_RESET, REQ_TOKENS };

START_TEST(counts)
{
    struct world w;
    world(&w);
    struct ms_evidence_kill k[] = {kill_of(&w, 0, "R-3.2-34", "t.join/ipv4", ""),
                                   kill_of(&w, 2, "R-3.2-14", "t.join/ipv4", "join-synack-hmac")};
    const struct ms_coverage c = build(&w, NULL, 0, k, 2, NULL);
    ck_assert_int_eq(c.row[REQ_RESET].cover, MS_COVER_YES);
    ck_assert_int_eq(c.row[REQ_RESET].way, MS_WAY_STIMULUS);
    ck_assert_int_eq(c.row[REQ_HMAC].cover, MS_COVER_YES);
    ck_assert_int_eq(c.row[REQ_HMAC].way, MS_WAY_PASSIVE);
    ck_assert_int_eq(c.row[REQ_REASON].cover, MS_COVER_UNPROVEN);
    UNIT_NUM_EQ(c.row[REQ_REASON].n_steps, 3); /* behind an option, in both branches */
    UNIT_NUM_EQ(c.row[REQ_REASON].step[1].step->loc.line, 8);
    UNIT_NUM_EQ(c.row[REQ_REASON].n_implies, 1);
    ck_assert_int_eq(c.row[REQ_OPEN].cover, MS_COVER_NO_TAG); /* a mutant alone judges nothing */
    UNIT_NUM_EQ(c.row[REQ_HMAC].n_breaks, 1); /* the one called equivalent is none */
    ck_assert_int_eq(c.row[REQ_TOKENS].cover, MS_COVER_UNTESTABLE); /* a tag does not change that */
    UNIT_NUM_EQ(c.all.n[MS_COVER_YES], 2);
    UNIT_NUM_EQ(c.strong.total, 3);
    UNIT_NUM_EQ(c.n_gained, 2);
    UNIT_NUM_EQ(c.n_lost, 0);
    ms_arena_free(w.a);
}
END_TEST

/* Each of these is no evidence, or no more. */
START_TEST(holds)
{
    struct world w;
    world(&w);
    struct ms_evidence_kill k[] = {
        kill_of(&w, 0, "R-3.2-34", "t.join/ipv6", ""),   /* no such result */
        kill_of(&w, 0, "R-3.2-34", "t.branch/ipv4", ""), /* that case does not judge it */
        kill_of(&w, 0, "R-3.2-32", "t.join/ipv4", ""),   /* implied, not broken */
        kill_of(&w, 0, "R-3.2-34", "t.join/ipv4", "no-such-rule"),
        kill_of(&w, 0, "R-3.2-34", "t.join/ipv4", "join-synack-hmac"), /* of another requirement */
        kill_of(&w, 3, "R-3.2-14", "t.join/ipv4", "join-synack-hmac"), /* equivalent */
        kill_of(&w, 0, "R-9-01", "t.join/ipv4", ""),
        {"R-3.2-34", "a.b", "0000000000000000", "t.join/ipv4", ""}, /* of an older form */
        {"R-3.2-34", "a.c", "0000000000000000", "t.join/ipv4", ""}, /* gone */
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(k); i++) {
        const struct ms_coverage c = build(&w, &k[i], 1, &k[i], 1, NULL);
        ck_assert_msg(c.all.n[MS_COVER_YES] == 0 && c.n_stale == 1 && c.holding.n == 0,
                      "kill %zu counts", i);
        ck_assert_msg(c.n_lost == (strcmp(k[i].requirement, "R-9-01") ? 1 : 0), "kill %zu", i);
    }
    ms_arena_free(w.a);
}
END_TEST

START_TEST(digests)
{
    struct world w;
    world(&w);
    struct ms_mutant m = *w.s.mutant[0];
    const char *first = ms_mutant_digest(w.a, &m);
    UNIT_NUM_EQ(strlen(first), 16);
    m.about = "other words";
    ck_assert_str_eq(ms_mutant_digest(w.a, &m), first);
    m.rewrite = w.s.mutant[1]->rewrite;
    ck_assert_str_ne(ms_mutant_digest(w.a, &m), first);
    m = *w.s.mutant[0];
    m.family6 = false;
    ck_assert_str_ne(ms_mutant_digest(w.a, &m), first);
    m = *w.s.mutant[0];
    m.role_said = true;
    ck_assert_str_ne(ms_mutant_digest(w.a, &m), first);
    m = *w.s.mutant[0];
    m.breaks.n = 0;
    ck_assert_str_ne(ms_mutant_digest(w.a, &m), first);
    ms_arena_free(w.a);
}
END_TEST

/* ---- files ----------------------------------------------------------------------------------------------- */

static const char *file(struct world *w, const char *text)
{
    char *path = ms_arena_strdup(w->a, "/tmp/test-coverage-XXXXXX");
    int fd = mkstemp(path);
    ck_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return path;
}

START_TEST(snapshots)
{
    struct world w;
    world(&w);
    struct ms_evidence_kill k[] = {kill_of(&w, 2, "R-3.2-14", "t.join/ipv4", "join-synack-hmac"),
                                   kill_of(&w, 0, "R-3.2-34", "t.join/ipv4", ""),
                                   kill_of(&w, 3, "R-3.2-14", "t.join/ipv4", "join-synack-hmac")};
    const struct ms_coverage c = build(&w, NULL, 0, k, 3, NULL);
    const char *path = file(&w, "");
    struct ms_error err = {0};
    struct ms_kill_list l;
    ck_assert_int_eq(ms_coverage_write_snapshot(&c, path, &err), MS_OK);
    ck_assert_msg(ms_coverage_load_snapshot(w.a, path, &l, &err) == MS_OK, "%s", err.msg);
    UNIT_NUM_EQ(l.n, 2);
    ck_assert_str_eq(l.kill[0].requirement, "R-3.2-14");
    ck_assert_str_eq(l.kill[0].rule, "join-synack-hmac");
    ck_assert_str_eq(l.kill[1].mutant, "a.b");
    ck_assert_str_eq(l.kill[1].digest, ms_mutant_digest(w.a, w.s.mutant[0]));
    unlink(path);
    ms_arena_free(w.a);
}
END_TEST

static const struct {
    const char *text, *message;
} wrong[] = {
    {"", "no JSON"},
    {"{\"schema\": 1", "no JSON"},
    {"[]", "there is no \"schema\""},
    {"{\"kills\": []}", "there is no \"schema\""},
    {"{\"schema\": \"1\", \"kills\": []}", "\"schema\" is no number"},
    {"{\"schema\": 2, \"iut\": \"linux\", \"kills\": []}", "schema version 2"},
    {"{\"schema\": 1, \"iut\": \"linux\"}", "there is no list \"kills\""},
    {"{\"schema\": 1, \"kills\": []}", "there is no \"iut\""},
    {"{\"schema\": 1, \"iut\": \"freebsd\", \"kills\": []}", "another target: \"freebsd\""},
    {"{\"schema\": 1, \"iut\": \"linux\", \"kills\": [5]}", "kills[0]: \"requirement\" must be"},
    {"{\"schema\": 1, \"iut\": \"linux\", \"kills\": [{\"requirement\": \"R\", \"mutant\": 3}]}",
     "kills[0]: \"mutant\" must be a string"},
};

START_TEST(bad_snapshots)
{
    struct world w;
    world(&w);
    for (size_t i = 0; i < MS_ARRAY_LEN(wrong); i++) {
        struct ms_error err = {0};
        struct ms_kill_list l;
        const char *path = file(&w, wrong[i].text);
        int rc = ms_coverage_load_snapshot(w.a, path, &l, &err);
        ck_assert_msg(rc == MS_ERR_PARSE && strstr(err.msg, wrong[i].message) &&
                          strcmp(err.file, path) == 0,
                      "%s: %d %s: %s", wrong[i].text, rc, err.file, err.msg);
        unlink(path);
    }
    struct ms_error err = {0};
    struct ms_kill_list l;
    ck_assert_int_eq(ms_coverage_load_snapshot(w.a, "/no/such/file", &l, &err), MS_ERR_NOTFOUND);
    UNIT_NUM_EQ(l.n, 0);
    ck_assert_int_eq(ms_coverage_load_snapshot(w.a, "/tmp", &l, &err), MS_ERR_SYS);
    ms_arena_free(w.a);
}
END_TEST

/* What a hunt found replaces what was known of its mutants and of no other. */
START_TEST(hunts)
{
    struct world w;
    world(&w);
    struct ms_evidence_kill old[] = {kill_of(&w, 0, "R-3.2-34", "t.join/ipv4", ""),
                                     kill_of(&w, 2, "R-3.2-14", "t.join/ipv4", "old")};
    struct ms_kill_list l = {
        .kernel = "", .n = 2, .cap = 2, .kill = ms_arena_memdup(w.a, old, sizeof old)};
#define KILL(reqs) "{\"result\": \"t.join/ipv4\", \"rule\": \"\", \"requirements\": \"" reqs "\"}"
    const char *path = file(
        &w,
        ms_arena_printf(w.a,
                        "{\"schema\": 1, \"kernel\": \"6.1\", \"mutants\": ["
                        "{\"name\": \"a.b\", \"digest\": \"%s\", \"fate\": \"survived\", "
                        "\"kills\": []},"
                        "{\"name\": \"c.d\", \"digest\": \"%s\", \"fate\": \"killed\", \"kills\": "
                        "[" KILL("R-3.2-34") ", " KILL("R-3.2-14, R-3.2-32") ", " KILL(
                            "R-3.2-32") "]},"
                                        "{\"name\": \"e.f\", \"digest\": \"%s\", \"fate\": \"not "
                                        "run\", \"kills\": []},"
                                        "{\"name\": \"g.h\", \"digest\": \"old\", \"fate\": "
                                        "\"killed\", \"kills\": []},"
                                        "{\"name\": \"x.y\", \"digest\": \"\", \"fate\": "
                                        "\"killed\", \"kills\": []}]}",
                        ms_mutant_digest(w.a, w.s.mutant[0]), ms_mutant_digest(w.a, w.s.mutant[1]),
                        ms_mutant_digest(w.a, w.s.mutant[2])));
    size_t ignored;
    struct ms_error err = {0};
    ck_assert_msg(ms_coverage_merge_hunt(w.a, path, &w.s, &l, &ignored, &err) == MS_OK, "%s",
                  err.msg);
    UNIT_NUM_EQ(ignored, 2);
    UNIT_NUM_EQ(l.n, 2);
    ck_assert_str_eq(l.kernel, "6.1");
    ck_assert_str_eq(l.kill[0].rule, "old");
    ck_assert_str_eq(l.kill[1].mutant, "c.d");
    ck_assert_str_eq(l.kill[1].requirement, "R-3.2-32");
    unlink(path);
    ms_arena_free(w.a);
}
END_TEST

static const struct {
    const char *text;
    unsigned line; /* 0: good */
    const char *message;
} lists[] = {
    {"requirement\treason\nR-3.2-14\tCannot be seen.\n", 0, NULL},
    {"requirement\treason\n", 0, NULL},
    {"", 0, NULL},
    {"R-3.2-14\tx\n", 1, "name the columns"},
    {"requirement\treason\nR-3.2-14\n", 2, "a tab and a reason"},
    {"requirement\treason\nR-3.2-14\t\n", 2, "a tab and a reason"},
    {"requirement\treason\nR-3.2-14\tx\ty\n", 2, "a tab and a reason"},
    {"requirement\treason\n\n", 2, "a tab and a reason"},
    {"requirement\treason\nR-3.2-15\tx\n", 2, "did you mean 'R-3.2-14'?"},
    {"requirement\treason\nR-3.2-14\tx\nR-3.2-14\ty\n", 3, "twice"},
};

START_TEST(exceptions)
{
    struct world w;
    world(&w);
    for (size_t i = 0; i < MS_ARRAY_LEN(lists); i++) {
        struct ms_error err = {0};
        struct ms_exceptions x;
        const char *path = file(&w, lists[i].text);
        int rc = ms_coverage_load_exceptions(w.a, path, &w.s.catalogue, &x, &err);
        ck_assert_msg((rc == MS_OK) == (lists[i].line == 0) && err.line == lists[i].line &&
                          (!lists[i].message || strstr(err.msg, lists[i].message)),
                      "%s: %d line %u %s", lists[i].text, rc, err.line, err.msg);
        unlink(path);
    }
    struct ms_exception one[] = {{env_req[REQ_RESET].id, "not seen"}};
    struct ms_exceptions x = {.n = 1, .e = one};
    struct ms_coverage c = build(&w, NULL, 0, NULL, 0, &x);
    ck_assert_int_eq(c.row[REQ_RESET].cover, MS_COVER_EXCEPTED);
    ck_assert_str_eq(c.row[REQ_RESET].why, "not seen");
    struct ms_evidence_kill k = kill_of(&w, 0, "R-3.2-34", "t.join/ipv4", "");
    c = build(&w, NULL, 0, &k, 1, &x);
    ck_assert_int_eq(c.row[REQ_RESET].cover, MS_COVER_YES);
    UNIT_NUM_EQ(c.n_needless, 1);
    ms_arena_free(w.a);
}
END_TEST

/* ---- last verdicts --------------------------------------------------------------------------------------- */

#define RESULT(name, verdict, judged, reasons)                                                     \
    "{\"case\": \"" name "\", \"verdict\": \"" verdict "\", \"judged\": [" judged                  \
    "], \"reasons\": [" reasons "]}"
#define REASON(verdict, reqs) "{\"verdict\": \"" verdict "\", \"requirements\": \"" reqs "\"}"

static const struct {
    const char *results;
    const char *reset, *reason, *hmac; /* hmac: judged by rules alone */
} runs[] = {
    {"", "", "", ""},
    {RESULT("t.join", "pass", "\"R-3.2-34\", \"R-3.2-32\"", ""), "pass", "pass", "pass"},
    {RESULT("t.join", "skip", "", ""), "skip", "skip", ""},
    {RESULT("t.join", "inconc", "", REASON("inconc", "")), "not reached", "not reached", "pass"},
    {RESULT("t.join", "fail", "\"R-3.2-34\"", REASON("fail", "R-3.2-34")), "fail", "not reached",
     "pass"},
    {RESULT("t.join", "fail", "\"R-3.2-34\"", REASON("fail", "R-3.2-14, R-3.1-01")), "pass",
     "not reached", "fail"},
    {RESULT("t.join", "warn", "\"R-3.2-34\", \"R-3.2-32\"", REASON("warn", "R-3.2-32")) ", " RESULT(
         "t.join", "pass", "\"R-3.2-34\", \"R-3.2-32\"", ""),
     "pass", "warn", "pass"},
};

START_TEST(results)
{
    struct world w;
    world(&w);
    for (size_t i = 0; i < MS_ARRAY_LEN(runs); i++) {
        struct ms_coverage c = build(&w, NULL, 0, NULL, 0, NULL);
        struct ms_error err = {0};
        const char *path =
            file(&w, ms_arena_printf(w.a, "{\"schema\": 1, \"results\": [%s]}", runs[i].results));
        ck_assert_msg(ms_coverage_read_results(w.a, path, &c, &err) == MS_OK, "%s", err.msg);
        ck_assert_msg(strcmp(c.row[REQ_RESET].last, runs[i].reset) == 0 &&
                          strcmp(c.row[REQ_REASON].last, runs[i].reason) == 0 &&
                          strcmp(c.row[REQ_HMAC].last, runs[i].hmac) == 0,
                      "%zu: '%s' '%s' '%s'", i, c.row[REQ_RESET].last, c.row[REQ_REASON].last,
                      c.row[REQ_HMAC].last);
        unlink(path);
    }
    /* A guard held if its case came to the end. */
    static const struct {
        const char *result, *tokens;
    } guards[] = {{RESULT("t.branch", "pass", "\"R-3.2-32\"", ""), "pass"},
                  {RESULT("t.branch", "inconc", "", ""), "not reached"}};
    for (size_t i = 0; i < MS_ARRAY_LEN(guards); i++) {
        struct ms_coverage g = build(&w, NULL, 0, NULL, 0, NULL);
        struct ms_error none = {0};
        const char *run =
            file(&w, ms_arena_printf(w.a, "{\"schema\": 1, \"results\": [%s]}", guards[i].result));
        ck_assert_int_eq(ms_coverage_read_results(w.a, run, &g, &none), MS_OK);
        ck_assert_str_eq(g.row[REQ_TOKENS].last, guards[i].tokens);
        unlink(run);
    }
    struct ms_coverage c = build(&w, NULL, 0, NULL, 0, NULL);
    struct ms_error err = {0};
    const char *path = file(&w, "{\"schema\": 1, \"results\": [{\"case\": \"t.join\"}]}");
    ck_assert_int_eq(ms_coverage_read_results(w.a, path, &c, &err), MS_ERR_PARSE);
    ck_assert_msg(strstr(err.msg, "results[0]"), "%s", err.msg);
    unlink(path);
    ms_arena_free(w.a);
}
END_TEST

START_TEST(schema_and_documentation)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_error err = {0};
    json_error_t je;
    char *doc;
    size_t len;
    ck_assert_msg(ms_file_read(a, "docs/coverage.md", &doc, &len, &err) == MS_OK, "%s", err.msg);
    json_t *schema = json_load_file("reports/coverage.schema.json", 0, &je);
    ck_assert_msg(schema != NULL, "%s", je.text);
    same_fields(ms_coverage_root_fields, schema, "", doc);
    json_decref(schema);
    ms_arena_free(a);
}
END_TEST

UNIT_MAIN("coverage", schema_and_documentation, counts, holds, digests, snapshots, bad_snapshots,
          hunts, exceptions, results)
