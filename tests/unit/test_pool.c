/* SPDX-License-Identifier: MIT */
/* The guard over processes of cases that neither end nor answer. Run from the source tree. */
#include <string.h>
#include <unistd.h>

#include "mptcpspec/runner.h"
#include "netlab.h"

#define BEGINNING(name)                                                                            \
    "case     " name "\n"                                                                          \
    "purpose  \"Waits for data that nobody sends.\"\n"                                             \
    "iut      listener\n"                                                                          \
    "family   ipv4\n"                                                                              \
    "needs    discard\n"                                                                           \
    "\n"                                                                                           \
    "A: handshake\n"                                                                               \
    "A: send   data 10\n"                                                                          \
    "A: expect data_acked [R-3.3.2-02]\n"

/* The second expectation waits for some seconds: longer than the guard of this test allows. */
static const char endless[] = BEGINNING("t.endless") "A: expect data 1 [R-3.3.2-02]\n";
/* It says so, and is waited for. */
static const char patient[] = BEGINNING("t.patient") "A: expect data 1 within 2s [R-3.3.2-02]\n";

/* Runs the case NAME of TEXT under a guard of one second. */
static struct ms_outcome *run_case(struct ms_suite *suite, const char *text, const char *name,
                                   struct ms_site *site)
{
    struct ms_error err = {0};
    char path[] = "/tmp/test_pool_XXXXXX.case";
    int fd = mkstemps(path, 5);
    ck_assert_int_ge(fd, 0);
    ck_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    const char *file = path;
    ck_assert_msg(ms_suite_load(suite, ".", &file, 1, &err) == MS_OK, "%s", err.msg);
    unlink(path);
    UNIT_NUM_EQ(suite->diags.n, 0);
    bool *chosen = ms_arena_alloc(suite->arena, (suite->n_instance + 1) * sizeof *chosen);
    ck_assert_msg(ms_select(suite, &name, 1, chosen, &err) == 1, "%s", err.msg);

    struct ms_run_config cfg = {
        .jobs = 1, .repeat = 1, .seed = 1, .time_scale = 1, .hang_guard_s = 1, .site = site};
    struct ms_outcome *o;
    size_t n;
    ck_assert_msg(ms_run(suite, chosen, &cfg, suite->arena, &o, &n, &err) == MS_OK, "%s", err.msg);
    UNIT_NUM_EQ(n, 1);
    return o;
}

START_TEST(hung)
{
    struct ms_suite suite;
    if (!lab_ready())
        return;
    uint64_t start = ms_now_ns();
    struct ms_outcome *o = run_case(&suite, endless, "t.endless", NULL);
    ck_assert_uint_lt((ms_now_ns() - start) / 1000000000, 10);
    UNIT_NUM_EQ(o->result.verdict, MS_ERROR);
    ck_assert(o->timed_out);
    UNIT_NUM_EQ(o->signal, 9);
    UNIT_NUM_EQ(o->result.n_reason, 1);
    ck_assert_str_eq(o->result.reason[0].text, "hung: killed after 1 s");
    /* What it had sent and received until then is kept. */
    ck_assert_uint_ge(o->result.packets, 4);
    ck_assert_ptr_nonnull(strstr(o->ladder, "SYN+ACK"));
    ms_suite_free(&suite);
}
END_TEST

START_TEST(waits_by_its_own_words)
{
    struct ms_suite suite;
    if (!lab_ready())
        return;
    struct ms_outcome *o = run_case(&suite, patient, "t.patient", NULL);
    ck_assert(!o->timed_out);
    UNIT_NUM_EQ(o->result.verdict, MS_FAIL);
    ms_suite_free(&suite);
}
END_TEST

static bool held_up(struct ms_site *site)
{
    (void)site;
    return true;
}

/* What a site keeps a case waiting does not count. */
START_TEST(held_up_by_its_site)
{
    struct ms_suite suite;
    if (!lab_ready())
        return;
    struct ms_site site = *ms_site_local();
    struct ms_site_ops ops = *site.ops;
    ops.holds_up = held_up;
    site.ops = &ops;
    struct ms_outcome *o = run_case(&suite, endless, "t.endless", &site);
    ck_assert(!o->timed_out);
    ck_assert(o->result.verdict != MS_ERROR);
    ms_suite_free(&suite);
}
END_TEST

UNIT_MAIN("pool", hung, waits_by_its_own_words, held_up_by_its_site)
