/* SPDX-License-Identifier: MIT */
/* The matrix of kernels: how a change is called, which bug explains it, in which order columns stand; its table. */
#include <sys/mman.h>
#include <unistd.h>

#include "fields_check.h"
#include "mptcpspec/matrix.h"
#include "suite_fixture.h"

static struct ms_suite suite;

/* A report of one result on a kernel, or of several (the first instances of the suite). */
struct one {
    enum ms_verdict verdict;
    const char *reqs, *rule; /* of its reason; NULL: no reason */
    bool missing;
};

static void outcome(struct ms_arena *a, struct ms_outcome *out, size_t i, const struct one *o)
{
    static const char *judged[] = {"R-3.2-34"};
    out->instance = &fixture_instances[i];
    out->ladder = out->evidence = out->evidence_error = "";
    out->result.verdict = o->verdict;
    out->result.skip_reason = o->verdict == MS_SKIP ? "no such thing" : "";
    out->result.judged = judged;
    out->result.n_judged = o->verdict != MS_SKIP;
    if (o->reqs) {
        struct ms_reason *why = ms_arena_alloc(a, sizeof *why);
        *why = (struct ms_reason){
            .verdict = o->verdict, .reqs = o->reqs, .rule = o->rule ? o->rule : "", .text = "came"};
        out->result.reason = why;
        out->result.n_reason = 1;
    }
}

static struct ms_report *reports(struct ms_arena *a, const char *release, const struct one *o,
                                 size_t n)
{
    struct ms_report *r = ms_arena_alloc(a, sizeof *r);
    struct ms_outcome *out = ms_arena_alloc(a, n * sizeof *out);
    struct ms_kernel_facts *k = ms_arena_alloc(a, sizeof *k);
    size_t there = 0;
    suite = fixture_suite();
    snprintf(k->release, sizeof k->release, "%s", release);
    for (size_t i = 0; i < n; i++)
        if (!o[i].missing)
            outcome(a, &out[there++], i, &o[i]);
    *r = (struct ms_report){
        .suite = &suite, .kernel = k, .machine = "m", .version = "1", .target = "agent"};
    ms_report_fill(r, a, out, there, NULL);
    return r;
}

static struct ms_report *report(struct ms_arena *a, const char *release, const struct one *o)
{
    return reports(a, release, o, 1);
}

static struct ms_matrix build(struct ms_arena *a, const struct ms_matrix_input *in, size_t n,
                              const struct ms_bugs *bugs)
{
    struct ms_matrix m;
    struct ms_error err = {0};
    struct ms_catalogue cat = fixture_suite().catalogue;
    ck_assert_msg(ms_matrix_build(a, in, n, false, bugs, &cat, &m, &err) == MS_OK, "%s", err.msg);
    return m;
}

static int load_bugs(struct ms_arena *a, const char *rows, size_t len, struct ms_bugs *out,
                     struct ms_error *err)
{
    static const char header[] =
        "id\tsection\tfault\tresults\trequirements\tkernels\tfix\tknown\twhy_not\n";
    char path[64];
    int fd = memfd_create("bugs", 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, header, sizeof header - 1), (ssize_t)sizeof header - 1);
    ck_assert_int_eq(write(fd, rows, len), (ssize_t)len);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int rc = ms_bugs_load(a, path, out, err);
    close(fd);
    return rc;
}

static struct ms_bugs bugs_of(struct ms_arena *a, const char *rows)
{
    struct ms_bugs b;
    struct ms_error err = {0};
    ck_assert_msg(load_bugs(a, rows, strlen(rows), &b, &err) == MS_OK, "%s", err.msg);
    return b;
}

#define PASS                                                                                       \
    {                                                                                              \
        MS_PASS, NULL, NULL, false                                                                 \
    }
#define SKIP                                                                                       \
    {                                                                                              \
        MS_SKIP, NULL, NULL, false                                                                 \
    }
#define NONE                                                                                       \
    {                                                                                              \
        MS_PASS, NULL, NULL, true                                                                  \
    }
#define FAIL(reqs)                                                                                 \
    {                                                                                              \
        MS_FAIL, reqs, NULL, false                                                                 \
    }
#define WARN(reqs)                                                                                 \
    {                                                                                              \
        MS_WARN, reqs, NULL, false                                                                 \
    }
#define RULE(name)                                                                                 \
    {                                                                                              \
        MS_FAIL, "", name, false                                                                   \
    }
#define BROKEN_OFF                                                                                 \
    {                                                                                              \
        MS_ERROR, "", NULL, false                                                                  \
    }
#define NO_END                                                                                     \
    {                                                                                              \
        MS_INCONC, "", NULL, false                                                                 \
    }

START_TEST(changes_have_names)
{
    static const struct {
        struct one before, after;
        int kind; /* -1: nothing changed */
        size_t names;
    } v[] = {
        {PASS, PASS, -1, 0},
        {SKIP, SKIP, -1, 0},
        {NONE, SKIP, -1, 0},
        {FAIL("R-3.2-34"), FAIL("R-3.2-34"), -1, 0},
        {PASS, FAIL("R-3.2-34"), MS_MATRIX_BROKEN, 1},
        {PASS, WARN("R-3.2-36"), MS_MATRIX_BROKEN, 1},
        {PASS, RULE("dack-range"), MS_MATRIX_BROKEN, 1},
        {PASS, NO_END, MS_MATRIX_BROKEN, 0},
        {WARN("R-3.2-36"), FAIL("R-3.2-34, R-3.2-36"), MS_MATRIX_BROKEN, 1},
        {FAIL("R-3.2-34"), PASS, MS_MATRIX_FIXED, 1},
        {WARN("R-3.2-36"), PASS, MS_MATRIX_FIXED, 1},
        {NO_END, PASS, MS_MATRIX_FIXED, 0},
        {FAIL("R-3.2-34"), WARN("R-3.2-36"), MS_MATRIX_OTHERWISE, 2},
        {FAIL("R-3.2-34"), NO_END, MS_MATRIX_OTHERWISE, 1},
        {SKIP, PASS, MS_MATRIX_NEW, 0},
        {NONE, FAIL("R-3.2-34"), MS_MATRIX_NEW, 0},
        {FAIL("R-3.2-34"), SKIP, MS_MATRIX_GONE, 0},
        {PASS, NONE, MS_MATRIX_GONE, 0},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        struct ms_arena *a = ms_arena_new();
        const struct ms_matrix_input in[] = {{"a.json", "6.1", report(a, "6.1.1", &v[i].before)},
                                             {"b.json", "6.12", report(a, "6.12.1", &v[i].after)}};
        struct ms_matrix m = build(a, in, 2, NULL);
        UNIT_NUM_EQ(m.n_steps, 1);
        const struct ms_matrix_step *s = &m.step[0];
        ck_assert_msg(s->n == (v[i].kind >= 0), "row %zu: %zu changes", i, s->n);
        if (s->n) {
            ck_assert_msg((int)s->change[0].kind == v[i].kind, "row %zu: %s", i,
                          ms_matrix_kind_name(s->change[0].kind));
            UNIT_NUM_EQ(s->count[s->change[0].kind], 1);
            ck_assert_msg(s->change[0].n_names == v[i].names, "row %zu: %zu names", i,
                          s->change[0].n_names);
        }
        ms_arena_free(a);
    }
}
END_TEST

/* Results of a case stand in one line if they changed in the same way, verdicts included. */
START_TEST(lines_of_changes)
{
    static const struct {
        struct one before[2], after[2];
        bool one_line;
    } v[] = {
        {{PASS, PASS}, {FAIL("R-3.2-34"), FAIL("R-3.2-34")}, true},
        {{PASS, PASS}, {FAIL("R-3.2-34"), WARN("R-3.2-34")}, false},
        {{PASS, PASS}, {FAIL("R-3.2-34"), FAIL("R-3.2-36")}, false},
        {{NO_END, NO_END}, {PASS, PASS}, true},
        {{NO_END, BROKEN_OFF}, {PASS, PASS}, false},
        {{PASS, PASS}, {SKIP, SKIP}, true},
        {{PASS, PASS}, {SKIP, NONE}, false},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        struct ms_arena *a = ms_arena_new();
        const struct ms_matrix_input in[] = {
            {"a.json", "6.1", reports(a, "6.1.1", v[i].before, 2)},
            {"b.json", "6.12", reports(a, "6.12.1", v[i].after, 2)}};
        struct ms_matrix m = build(a, in, 2, NULL);
        char *text;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        ck_assert(out != NULL);
        ms_matrix_print(&m, true, out);
        fclose(out);
        ck_assert_msg((strstr(text, "join.listener.ack-hmac (2 results)") != NULL) == v[i].one_line,
                      "row %zu: %s", i, text);
        free(text);
        ms_arena_free(a);
    }
}
END_TEST

/* A bug explains what one of two kernels has and the other has not, in what the bug can break. */
START_TEST(bugs_explain)
{
    static const struct {
        const char *row;
        bool cell, change; /* named beside the case, and as explanation of the change */
    } v[] = {
        {"b\t3.2\tfault\tjoin.listener.ack-hmac\tR-3.2-34\t<6.12\tfix\t\t\n", true, true},
        {"b\t3.2\tfault\tjoin.*/ipv4\t\t6.1.1\tfix\t\t\n", true, true},
        {"b\t3.2\tfault\tjoin.*\tR-3.2-36 R-3.2-34\t>=6\tfix\t\t\n", true,
         false}, /* both have it */
        {"b\t3.2\tfault\tjoin.*\tR-3.2-36\t<6.12\tfix\t\t\n", false, false},
        {"b\t3.2\tfault\topen.*\t\t<6.12\tfix\t\t\n", false, false},
        {"b\t3.2\tfault\tjoin.*\t\t>=6.12\tfix\t\t\n", false, false},
        {"b\t3.2\tfault\tjoin.*\t\t\tfix\t\t\n", false, false}, /* nobody knows where it is */
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(v); i++) {
        struct ms_arena *a = ms_arena_new();
        const struct ms_bugs bugs = bugs_of(a, v[i].row);
        const struct one bad = FAIL("R-3.2-34"), good = PASS;
        const struct ms_matrix_input in[] = {{"a.json", "6.1", report(a, "6.1.1", &bad)},
                                             {"b.json", "6.12", report(a, "6.12.1", &good)}};
        struct ms_matrix m = build(a, in, 2, &bugs);
        ck_assert_msg((m.result[0].cell[0].n_bugs == 1) == v[i].cell, "row %zu", i);
        UNIT_NUM_EQ(m.result[0].cell[1].n_bugs, 0);
        ck_assert_msg((m.step[0].change[0].n_bugs == 1) == v[i].change, "row %zu", i);
        UNIT_NUM_EQ(m.step[0].unexplained, v[i].change ? 0 : 1);
        UNIT_NUM_EQ(m.n_bugs, v[i].cell ? 1 : 0);
        UNIT_NUM_EQ(m.requirement[0].n_bugs, v[i].cell ? 1 : 0);
        ms_arena_free(a);
    }
}
END_TEST

START_TEST(columns_in_order)
{
    struct ms_arena *a = ms_arena_new();
    const struct one o = PASS;
    static const struct {
        const char *label, *release;
    } made[] = {{"7.2", "7.2.1"},       {"local", "6.18.44"},    {"6.12", "6.12.100"},
                {"uml-6.12", "6.12.9"}, {"6.12-old", "6.12.43"}, {"uml-6.12-without-b", "6.12.9"},
                {"6.1", "6.1.0-50"}};
    static const char *const order[] = {
        "6.1", "uml-6.12", "uml-6.12-without-b", "6.12-old", "6.12", "local", "7.2"};
    static const char *const steps[] = {"6.12-old>uml-6.12", "uml-6.12>uml-6.12-without-b",
                                        "6.1>6.12-old",      "6.12-old>6.12",
                                        "6.12>local",        "local>7.2"};
    struct ms_matrix_input in[MS_ARRAY_LEN(made)];
    for (size_t i = 0; i < MS_ARRAY_LEN(made); i++)
        in[i] = (struct ms_matrix_input){"x.json", made[i].label, report(a, made[i].release, &o)};
    struct ms_matrix m = build(a, in, MS_ARRAY_LEN(in), NULL);
    for (size_t i = 0; i < MS_ARRAY_LEN(order); i++)
        ck_assert_str_eq(m.kernel[i].label, order[i]);
    UNIT_NUM_EQ(m.n_steps, MS_ARRAY_LEN(steps));
    for (size_t i = 0; i < MS_ARRAY_LEN(steps); i++)
        ck_assert_str_eq(
            ms_arena_printf(a, "%s>%s", m.step[i].before->label, m.step[i].after->label), steps[i]);
    /* Files of one label are one column if they are of one kernel and hold different results. */
    struct ms_error err = {0};
    in[1] = in[0];
    ck_assert_int_lt(ms_matrix_build(a, in, 2, false, NULL, NULL, &m, &err), 0);
    ck_assert_msg(strstr(err.msg, "both hold join.listener.ack-hmac/ipv4"), "%s", err.msg);
    const struct one none = NONE;
    in[1].report = report(a, "7.2.1", &none);
    ck_assert_int_eq(ms_matrix_build(a, in, 2, false, NULL, NULL, &m, &err), MS_OK);
    UNIT_NUM_EQ(m.n_kernels, 1);
    UNIT_NUM_EQ(m.kernel[0].n_files, 2);
    in[1].report = report(a, "7.2.2", &none);
    ck_assert_int_lt(ms_matrix_build(a, in, 2, false, NULL, NULL, &m, &err), 0);
    ms_arena_free(a);
}
END_TEST

START_TEST(sums_of_rows)
{
    struct ms_arena *a = ms_arena_new();
    const struct one bad = FAIL("R-3.2-34, R-3.1-02"), skip = SKIP;
    const struct ms_matrix_input in[] = {{"a.json", "6.1", report(a, "6.1.1", &bad)},
                                         {"b.json", "6.12", report(a, "6.12.1", &skip)}};
    struct ms_matrix m = build(a, in, 2, NULL);
    UNIT_NUM_EQ(m.n_requirements, 2);
    ck_assert_str_eq(m.requirement[0].name, "R-3.1-02");
    ck_assert_str_eq(m.requirement[0].section, "3.1");
    const struct ms_matrix_sum *s = m.requirement[1].sum;
    ck_assert(s[0].worst == MS_FAIL && s[0].ran == 1 && s[0].bad == 1 && s[0].unexpected == 1);
    UNIT_NUM_EQ(s[1].results, 0);
    ck_assert(!m.requirement[1].differs); /* the other kernel came to no judgement */
    UNIT_NUM_EQ(m.n_cases, 1);
    ck_assert(m.acase[0].differs);
    s = m.acase[0].sum;
    ck_assert(s[1].worst == MS_SKIP && s[1].results == 1 && s[1].ran == 0);
    ms_arena_free(a);
}
END_TEST

/* Whatever a table of bugs holds, it is read or refused with its line. */
START_TEST(tables_of_bugs)
{
    static const char good[] = "b\t3.2\tfault\tjoin.*\tR-3.2-34\t<6.12\tfix\tknown\t\n";
    struct ms_error err = {0};
    for (size_t i = 0; i < sizeof good - 1; i++)
        for (size_t k = 0; k < 4; k++) {
            char row[sizeof good];
            memcpy(row, good, sizeof good);
            row[i] = "\0\t\xff\n"[k];
            struct ms_arena *a = ms_arena_new();
            struct ms_bugs b;
            int rc = load_bugs(a, row, sizeof row - 1, &b, &err);
            if (rc < 0)
                ck_assert_msg(err.line >= 2 && *err.file, "octet %zu: no place", i);
            else
                UNIT_NUM_EQ(b.n, 1);
            ms_arena_free(a);
        }
    struct ms_arena *a = ms_arena_new();
    struct ms_bugs b;
    ck_assert_int_lt(ms_bugs_load(a, "/no/such/file", &b, &err), 0);
    ck_assert_int_lt(ms_bugs_load(a, "/proc/self", &b, &err), 0);
    ms_arena_free(a);
}
END_TEST

START_TEST(fields_in_schema_and_documentation)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_error err = {0};
    json_error_t je;
    char *doc;
    size_t len;
    ck_assert_msg(ms_file_read(a, "docs/matrix.md", &doc, &len, &err) == MS_OK, "%s", err.msg);
    json_t *schema = json_load_file("reports/matrix.schema.json", 0, &je);
    ck_assert_msg(schema != NULL, "%s", je.text);
    same_fields(ms_matrix_root_fields, schema, "", doc);
    json_decref(schema);
    ms_arena_free(a);
}
END_TEST

UNIT_MAIN("matrix", changes_have_names, lines_of_changes, bugs_explain, columns_in_order,
          sums_of_rows, tables_of_bugs, fields_in_schema_and_documentation)
