/* SPDX-License-Identifier: MIT */
/* Results files read back, compared and joined; suites divided. */
#include <jansson.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fields_check.h"
#include "suite_fixture.h"

static struct ms_kernel_facts kernel = {.release = "6.1.0", .version = "#1", .mptcp = true};
static struct ms_suite suite;

/* ---- reports by hand ------------------------------------------------------------------------------------- */

struct made {
    unsigned instance; /* of the fixture */
    enum ms_verdict verdict;
    const char *reqs, *rule; /* of its reason, NULL: no reason */
    bool expected;
    unsigned repetition;
};

#define M(i, v, ...)                                                                               \
    {                                                                                              \
        .instance = (i), .verdict = (v), __VA_ARGS__                                               \
    }

static struct ms_report report(struct ms_arena *a, const struct made *m, size_t n)
{
    suite = fixture_suite();
    memset(suite.identity, 'a', 64);
    struct ms_outcome *o = ms_arena_alloc(a, (n + 1) * sizeof *o);
    for (size_t i = 0; i < n; i++) {
        fixture_instances[m[i].instance].number = m[i].instance + 1;
        o[i].instance = &fixture_instances[m[i].instance];
        o[i].repetition = m[i].repetition;
        o[i].result.verdict = m[i].verdict;
        o[i].result.wall_ns = 1000 + i;
        o[i].result.skip_reason = m[i].verdict == MS_SKIP ? "no counters" : "";
        o[i].ladder = o[i].evidence = o[i].evidence_error = "";
        if (!m[i].reqs)
            continue;
        struct ms_reason *r = ms_arena_alloc(a, sizeof *r);
        *r = (struct ms_reason){.verdict = m[i].verdict,
                                .reqs = m[i].reqs,
                                .rule = m[i].rule ? m[i].rule : "",
                                .line = 7,
                                .step = "B: expect RST",
                                .packet = 3,
                                .text = "expected <RST>\ncame nothing"};
        o[i].result.reason = r;
        o[i].result.n_reason = 1;
    }
    static struct ms_expected none = {.file = "list.json"};
    struct ms_report r = {.suite = &suite,
                          .command = "mptcpspec run",
                          .seed = 7,
                          .time_scale = 0.5,
                          .jobs = 4,
                          .repeat = 1,
                          .out_dir = "",
                          .kernel = &kernel,
                          .machine = "test",
                          .version = "1",
                          .target = MS_TARGET_LOCAL,
                          .profile = ms_profile,
                          .n_profile = 2,
                          .chosen = n};
    ms_report_fill(&r, a, o, n, &none);
    for (size_t i = 0; i < n; i++)
        if (m[i].expected) {
            r.entry[i].standing = MS_STANDS_EXPECTED;
            r.entry[i].why = "known";
        }
    ms_report_count(&r);
    return r;
}
#define REPORT(a, ...)                                                                             \
    report(a, (const struct made[]){__VA_ARGS__},                                                  \
           sizeof((const struct made[]){__VA_ARGS__}) / sizeof(struct made))

static char *json_of(const struct ms_report *r)
{
    char *text;
    size_t len;
    struct ms_error err = {0};
    FILE *f = open_memstream(&text, &len);
    ck_assert_msg(ms_report_json(r, f, &err) == MS_OK, "%s", err.msg);
    fclose(f);
    return text;
}

static int load(struct ms_arena *a, const char *text, struct ms_report *r, struct ms_error *err)
{
    char path[64];
    int fd = memfd_create("results", 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int rc = ms_report_load(a, path, r, err);
    close(fd);
    return rc;
}

#define SAMPLE(a)                                                                                  \
    REPORT(a, M(0, MS_FAIL, .reqs = "R-3.2-34, R-3.2-36", .rule = "join-rule", .expected = true),  \
           M(1, MS_SKIP), M(2, MS_WARN, .reqs = "R-3.1-02"),                                       \
           M(2, MS_ERROR, .reqs = "", .repetition = 1), M(3, MS_PASS))

/* ---- reading --------------------------------------------------------------------------------------------- */

START_TEST(what_was_written_is_read)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_report r = SAMPLE(a), again;
    static const char *const selectors[] = {"join.*", "open.*"};
    r.selector = selectors;
    r.n_selectors = 2;
    r.shard = 2;
    r.shards = 3;
    struct ms_error err = {0};
    char *first = json_of(&r);
    ck_assert_msg(load(a, first, &again, &err) == MS_OK, "%s", err.msg);
    char *second = json_of(&again);
    ck_assert_str_eq(first, second);
    ck_assert_mem_eq(&r.counts, &again.counts, sizeof r.counts);
    free(first);
    free(second);
    ms_arena_free(a);
}
END_TEST

/* Every value of a file taken out, and replaced by values of other types: never read, or read without harm. */
static void spoil(json_t *root, json_t *at, unsigned *refused)
{
    static const char *const others[] = {"null", "-1", "[]", "{}", "\"\"", "[0]", "1e300"};
    /* What is taken out and put back goes to the end: the names are gathered first. */
    char names[64][40];
    size_t n = 0;
    const char *name;
    json_t *value;
    if (json_is_array(at) && json_array_size(at))
        spoil(root, json_array_get(at, json_array_size(at) - 1), refused);
    json_object_foreach(at, name, value) snprintf(names[n++], sizeof names[0], "%s", name);
    for (size_t m = 0; m < n; m++) {
        const char *key = names[m];
        value = json_object_get(at, key);
        spoil(root, value, refused);
        json_t *keep = json_incref(value);
        for (size_t i = 0; i <= MS_ARRAY_LEN(others); i++) {
            struct ms_arena *a = ms_arena_new();
            struct ms_report r;
            struct ms_error err = {0};
            if (i == MS_ARRAY_LEN(others))
                json_object_del(at, key);
            else
                json_object_set_new(at, key, json_loads(others[i], JSON_DECODE_ANY, NULL));
            char *text = json_dumps(root, 0);
            int rc = load(a, text, &r, &err);
            ck_assert_msg(rc == MS_OK || (rc == MS_ERR_PARSE && *err.msg), "%s: %d", key, rc);
            *refused += rc != MS_OK;
            free(text);
            ms_arena_free(a);
        }
        json_object_set_new(at, key, keep);
    }
}

START_TEST(hostile_files)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_report r = SAMPLE(a);
    char *text = json_of(&r);
    json_t *root = json_loads(text, 0, NULL);
    unsigned refused = 0;
    spoil(root, root, &refused);
    ck_assert_uint_gt(refused, 300);
    json_decref(root);
    /* Cut off anywhere, it is no JSON. */
    struct ms_error err = {0};
    struct ms_report again;
    for (size_t n = strlen(text) - 2; n > 0; n -= n > 97 ? 97 : n) {
        text[n] = '\0';
        ck_assert_int_lt(load(a, text, &again, &err), 0);
        ck_assert_msg(strstr(err.msg, "no JSON"), "%s", err.msg);
    }
    free(text);
    ck_assert_int_lt(ms_report_load(a, "/nowhere/x.json", &again, &err), 0);
    ck_assert_int_lt(load(a, "{\"schema\": 2}", &again, &err), 0);
    ck_assert_msg(strstr(err.msg, "schema version 2"), "%s", err.msg);
    ms_arena_free(a);
}
END_TEST

/* ---- comparing ------------------------------------------------------------------------------------------- */

#define NONE M(99, MS_PASS)
static const struct {
    struct made before, after; /* instance 99: not there */
    const char *change;        /* "": nothing changed */
    bool worse, strictly;      /* strictly: worse with `strict` alone */
    const char *newly;
    int bisect;
} vectors[] = {
    {M(0, MS_PASS), M(0, MS_PASS), "", 0, 0, "", 0},
    {M(0, MS_PASS), M(0, MS_FAIL, .reqs = "R-3.2-34"), "newly failing", 1, 0, "R-3.2-34", 1},
    {M(0, MS_PASS), M(0, MS_FAIL, .reqs = "R-3.2-36, R-3.2-34", .rule = "a-rule"), "newly failing",
     1, 0, "R-3.2-34 R-3.2-36 a-rule", 1},
    {M(0, MS_PASS), M(0, MS_INCONC, .reqs = ""), "newly failing", 1, 0, "", 1},
    {M(0, MS_PASS), M(0, MS_ERROR, .reqs = ""), "newly failing", 1, 0, "", 125},
    {M(0, MS_SKIP), M(0, MS_FAIL, .reqs = "R-3.2-34"), "newly failing", 1, 0, "R-3.2-34", 1},
    {M(0, MS_FAIL, .reqs = "R-3.2-34"), M(0, MS_PASS), "newly passing", 0, 0, "", 0},
    {M(0, MS_FAIL, .reqs = "R-3.2-34", .expected = true), M(0, MS_PASS), "newly passing", 0, 0, "",
     0},
    {M(0, MS_FAIL, .reqs = "R-3.2-34"), M(0, MS_FAIL, .reqs = "R-3.2-34"), "", 0, 0, "", 0},
    /* An expected deviation that breaks more than the list covers. */
    {M(0, MS_FAIL, .reqs = "R-3.2-34", .expected = true),
     M(0, MS_FAIL, .reqs = "R-3.2-34, R-3.2-36"), "newly failing", 1, 0, "R-3.2-36", 1},
    /* The list became shorter. */
    {M(0, MS_FAIL, .reqs = "R-3.2-34", .expected = true), M(0, MS_FAIL, .reqs = "R-3.2-34"),
     "newly failing", 1, 0, "R-3.2-34", 1},
    {M(0, MS_FAIL, .reqs = "R-3.2-34"), M(0, MS_FAIL, .reqs = "R-3.2-36"), "changed reason", 1, 0,
     "R-3.2-36", 1},
    {M(0, MS_FAIL, .reqs = "R-3.2-34, R-3.2-36"), M(0, MS_FAIL, .reqs = "R-3.2-36"),
     "changed reason", 0, 0, "", 0},
    {M(0, MS_FAIL, .reqs = "R-3.2-34"), M(0, MS_ERROR, .reqs = ""), "changed reason", 0, 0, "",
     125},
    {M(0, MS_PASS), M(0, MS_FAIL, .reqs = "R-3.2-34", .expected = true), "changed reason", 0, 0,
     "R-3.2-34", 0},
    {M(0, MS_PASS), M(0, MS_WARN, .reqs = "R-3.2-36"), "changed reason", 0, 1, "", 0},
    {M(0, MS_WARN, .reqs = "R-3.2-36"), M(0, MS_WARN, .reqs = "R-3.2-36"), "", 0, 0, "", 0},
    {M(0, MS_PASS), M(0, MS_SKIP), "changed reason", 0, 1, "", 0},
    {M(0, MS_PASS), NONE, "gone", 0, 1, "", 0},
    {NONE, M(0, MS_PASS), "new", 0, 0, "", 0},
    {NONE, M(0, MS_FAIL, .reqs = "R-3.2-34"), "new", 1, 0, "R-3.2-34", 0},
};

START_TEST(changes)
{
    struct ms_arena *a = ms_arena_new();
    for (size_t i = 0; i < MS_ARRAY_LEN(vectors); i++)
        for (int strict = 0; strict < 2; strict++) {
            /* One more that passes stands beside each, before and behind it. */
            const struct made x[] = {M(3, MS_PASS), vectors[i].before};
            const struct made y[] = {M(3, MS_PASS), vectors[i].after};
            struct ms_report before = report(a, x, vectors[i].before.instance == 99 ? 1 : 2);
            struct ms_report after = report(a, y, vectors[i].after.instance == 99 ? 1 : 2);
            struct ms_comparison c;
            struct ms_error err = {0};
            ck_assert_int_eq(ms_compare(a, &before, "b", &after, "a", strict, &c, &err), MS_OK);
            bool changed = *vectors[i].change != '\0';
            ck_assert_msg(c.n == changed, "vector %zu: %zu changes", i, c.n);
            ck_assert_msg(c.same == 2 - c.n, "vector %zu: %zu as before", i, c.same);
            bool worse = vectors[i].worse || (strict && vectors[i].strictly);
            ck_assert_msg(c.worse == worse, "vector %zu, strict %d: %zu worse", i, strict, c.worse);
            if (!strict)
                UNIT_NUM_EQ(ms_compare_bisect(&c), vectors[i].bisect);
            if (!changed)
                continue;
            const char *newly = "";
            for (size_t k = 0; k < c.change[0].n_newly; k++)
                newly = ms_arena_printf(a, "%s%s%s", newly, k ? " " : "", c.change[0].newly[k]);
            ck_assert_str_eq(ms_change_name(c.change[0].kind), vectors[i].change);
            ck_assert_msg(strcmp(newly, vectors[i].newly) == 0, "vector %zu: %s", i, newly);
            UNIT_NUM_EQ(c.count[c.change[0].kind], 1);
        }
    ms_arena_free(a);
}
END_TEST

START_TEST(repetitions_count_by_the_worst)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_error err = {0};
    struct ms_comparison c;
    struct ms_report before = REPORT(a, M(0, MS_PASS));
    struct ms_report after =
        REPORT(a, M(0, MS_PASS), M(0, MS_FAIL, .reqs = "R-3.2-34", .repetition = 1),
               M(0, MS_PASS, .repetition = 2));
    ck_assert_int_eq(ms_compare(a, &before, "b", &after, "a", false, &c, &err), MS_OK);
    UNIT_NUM_EQ(c.count[MS_CHANGE_FAILING], 1);
    /* The other way round a run that flickers is no run that passes. */
    ck_assert_int_eq(ms_compare(a, &after, "b", &before, "a", false, &c, &err), MS_OK);
    UNIT_NUM_EQ(c.count[MS_CHANGE_PASSING], 1);
    struct ms_report twice = REPORT(a, M(0, MS_PASS), M(0, MS_PASS));
    ck_assert_int_lt(ms_compare(a, &before, "b", &twice, "a", false, &c, &err), 0);
    ck_assert_msg(strstr(err.msg, "a holds join.listener.ack-hmac/ipv4 twice"), "%s", err.msg);
    after.target = "another";
    ck_assert_int_lt(ms_compare(a, &before, "b", &after, "a", false, &c, &err), 0);
    ck_assert_msg(strstr(err.msg, "another target"), "%s", err.msg);
    ms_arena_free(a);
}
END_TEST

START_TEST(comparison_in_schema_and_documentation)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_error err = {0};
    json_error_t je;
    char *doc;
    size_t len;
    ck_assert_msg(ms_file_read(a, "docs/ci.md", &doc, &len, &err) == MS_OK, "%s", err.msg);
    json_t *schema = json_load_file("reports/compare.schema.json", 0, &je);
    ck_assert_msg(schema != NULL, "%s", je.text);
    same_fields(ms_compare_root_fields, schema, "", doc);
    json_decref(schema);
    ms_arena_free(a);
}
END_TEST

/* ---- shards ---------------------------------------------------------------------------------------------- */

enum { MANY = 500 };

static struct ms_suite many(struct ms_arena *a)
{
    struct ms_suite s = {.arena = a, .n_instance = MANY};
    s.instance = ms_arena_alloc(a, MANY * sizeof *s.instance);
    for (size_t i = 0; i < MANY; i++)
        s.instance[i] =
            (struct ms_instance){.name = ms_arena_printf(a, "case.%zu/ipv4", i), .number = i + 1};
    return s;
}

/* Divides; each chosen one is in exactly one part. load[k] receives the time of part k. */
static void divide(const struct ms_suite *s, const uint64_t *time, unsigned shards, size_t skip,
                   unsigned *owner, uint64_t *load)
{
    unsigned times[MANY] = {0};
    for (unsigned k = 1; k <= shards; k++) {
        bool chosen[MANY];
        size_t n = 0;
        for (size_t i = 0; i < MANY; i++)
            chosen[i] = i != skip;
        size_t left = ms_shard(s, time, k, shards, chosen);
        load[k - 1] = 0;
        for (size_t i = 0; i < MANY; i++)
            if (chosen[i]) {
                n++;
                times[i]++;
                owner[i] = k;
                load[k - 1] += time ? time[i] : 1;
            }
        UNIT_NUM_EQ(n, left);
    }
    for (size_t i = 0; i < MANY; i++)
        UNIT_NUM_EQ(times[i], i != skip);
}

START_TEST(each_result_in_one_shard)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_suite s = many(a);
    uint64_t time[MANY], load[7], sum = 0, longest = 0;
    unsigned owner[MANY], other[MANY];
    for (size_t i = 0; i < MANY; i++) {
        time[i] = i % 5 == 0 ? 0 : 1000000 + (i * i * 7919) % 90000000; /* some are not known */
        sum += time[i];
        longest = time[i] > longest ? time[i] : longest;
    }
    for (unsigned shards = 1; shards <= 7; shards++) {
        divide(&s, time, shards, MANY, owner, load);
        divide(&s, NULL, shards, MANY, owner, load);
    }
    /* With all times known no part is longer than an even one by more than the longest of the results. */
    for (size_t i = 0; i < MANY; i++)
        sum += time[i] ? 0 : (time[i] = 3000000);
    divide(&s, time, 4, MANY, owner, load);
    for (unsigned k = 0; k < 4; k++)
        ck_assert_msg(load[k] <= sum / 4 + longest && load[k] + longest >= sum / 4,
                      "part %u takes %ju of %ju", k, (uintmax_t)load[k], (uintmax_t)sum);
    /* Three that take as long as all the others together leave these to the fourth part. */
    for (size_t i = 0; i < MANY; i++)
        time[i] = i < 3 ? 497000000 : 1000000;
    divide(&s, time, 4, MANY, owner, load);
    for (unsigned k = 0; k < 4; k++)
        UNIT_NUM_EQ(load[k], 497000000);
    /* By names alone: even enough, and a result that goes moves none of the others. */
    divide(&s, NULL, 4, MANY, owner, load);
    for (unsigned k = 0; k < 4; k++)
        ck_assert_msg(load[k] > MANY / 8, "part %u holds %ju", k, (uintmax_t)load[k]);
    divide(&s, NULL, 4, 17, other, load);
    for (size_t i = 0; i < MANY; i++)
        if (i != 17)
            UNIT_NUM_EQ(owner[i], other[i]);
    ms_arena_free(a);
}
END_TEST

/* ---- joining --------------------------------------------------------------------------------------------- */

static struct ms_report shard_of(struct ms_report r, unsigned k)
{
    r.shard = k;
    r.shards = 2;
    r.chosen = 4;
    return r;
}

START_TEST(shards_are_joined)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_error err = {0};
    const char *const file[] = {"one", "two"};
    struct ms_report in[2], out;
    in[0] =
        shard_of(REPORT(a, M(3, MS_PASS), M(0, MS_FAIL, .reqs = "R-3.2-34", .expected = true)), 1);
    in[1] = shard_of(REPORT(a, M(1, MS_SKIP), M(2, MS_WARN, .reqs = "R-3.1-02")), 2);
    in[1].interrupted = true;
    in[1].duration_ns = 5;
    in[1].machine = "other";
    ck_assert_msg(ms_report_merge(a, in, file, 2, &out, &err) == MS_OK, "%s", err.msg);
    UNIT_NUM_EQ(out.n, 4);
    for (size_t i = 0; i < 4; i++) /* in the order of the suite */
        UNIT_NUM_EQ(out.entry[i].o->instance->number, i + 1);
    UNIT_NUM_EQ(out.counts.passed, 3);
    UNIT_NUM_EQ(out.counts.expected, 1);
    UNIT_NUM_EQ(out.counts.skipped, 1);
    UNIT_NUM_EQ(out.shards, 0);
    UNIT_NUM_EQ(out.duration_ns, 5);
    ck_assert(out.interrupted);
    ck_assert_str_eq(out.machine, "test; other");
    ms_arena_free(a);
}
END_TEST

static struct ms_kernel_facts other_kernel = {.release = "6.2.0", .version = "#1"};
static struct ms_suite other_suite = {.identity = "b"};
static const char *const one_selector[] = {"join.*"};

START_TEST(what_does_not_belong_together)
{
    struct ms_arena *a = ms_arena_new();
    const char *const file[] = {"one", "two"};
    struct ms_report in[2], out;
    for (int i = 0;; i++) {
        struct ms_error err = {0};
        const char *says = NULL;
        in[0] = shard_of(REPORT(a, M(3, MS_PASS), M(0, MS_PASS)), 1);
        in[1] = shard_of(REPORT(a, M(1, MS_PASS), M(2, MS_PASS)), 2);
        switch (i) {
        case 0:
            in[1].kernel = &other_kernel;
            says = "different kernels";
            break;
        case 1:
            in[1].suite = &other_suite;
            says = "different suites";
            break;
        case 2:
            in[1].target = "remote";
            says = "different targets";
            break;
        case 3:
            in[1].n_selectors = 1;
            in[1].selector = one_selector;
            says = "asked for";
            break;
        case 4:
            in[1].shards = 3;
            says = "number of shards";
            break;
        case 5:
            in[1].strict = true;
            says = "strict";
            break;
        case 6:
            in[1].version = "2";
            says = "versions of mptcpspec";
            break;
        case 7:
            in[1].repeat = 2;
            says = "differently often";
            break;
        case 8:
            in[1].n_rewrites = 1;
            in[1].rewrite = one_selector;
            says = "rewrites";
            break;
        case 9:
            in[1] = in[0];
            says = "one and two overlap: both hold join.";
            break;
        case 10:
            in[0].chosen = in[1].chosen = 5;
            says = "4 results instead of 5";
            break;
        case 11:
            in[1].n_profile = 1;
            says = "settings of the namespace";
            break;
        }
        if (!says)
            break;
        ck_assert_msg(ms_report_merge(a, in, file, 2, &out, &err) < 0, "%s is taken", says);
        ck_assert_msg(strstr(err.msg, says), "'%s' instead of '%s'", err.msg, says);
    }
    struct ms_error err = {0};
    ck_assert_int_lt(ms_report_merge(a, in, file, 1, &out, &err), 0);
    ck_assert_msg(strstr(err.msg, "missing: 2/2"), "%s", err.msg);
    ms_arena_free(a);
}
END_TEST

UNIT_MAIN("gate", what_was_written_is_read, hostile_files, changes, repetitions_count_by_the_worst,
          comparison_in_schema_and_documentation, each_result_in_one_shard, shards_are_joined,
          what_does_not_belong_together)
