/* SPDX-License-Identifier: MIT */
/* The guard over processes of cases that neither end nor answer. Run from the source tree. */
#include <unistd.h>

#include "mptcpspec/runner.h"
#include "netlab.h"

/* The second expectation waits for some seconds: longer than the guard of this test allows. */
static const char endless[] = "case     t.endless\n"
                              "purpose  \"Waits for data that nobody sends.\"\n"
                              "iut      listener\n"
                              "family   ipv4\n"
                              "needs    discard\n"
                              "\n"
                              "A: handshake\n"
                              "A: send   data 10\n"
                              "A: expect data_acked [R-3.3.2-02]\n"
                              "A: expect data 1 within 30s [R-3.3.2-02]\n";

START_TEST(hung)
{
    struct ms_error err = {0};
    char path[] = "/tmp/test_pool_XXXXXX.case";
    struct ms_suite suite;
    if (!lab_ready())
        return;
    int fd = mkstemps(path, 5);
    ck_assert_int_ge(fd, 0);
    ck_assert(write(fd, endless, sizeof endless - 1) == sizeof endless - 1);
    close(fd);
    const char *file = path;
    ck_assert_msg(ms_suite_load(&suite, ".", &file, 1, &err) == MS_OK, "%s", err.msg);
    unlink(path);
    UNIT_NUM_EQ(suite.diags.n, 0);
    bool *chosen = ms_arena_alloc(suite.arena, (suite.n_instance + 1) * sizeof *chosen);
    const char *name = "t.endless";
    ck_assert_msg(ms_select(&suite, &name, 1, chosen, &err) == 1, "%s", err.msg);

    struct ms_run_config cfg = {.jobs = 1, .repeat = 1, .seed = 1, .time_scale = 1};
    struct ms_outcome *o;
    size_t n;
    cfg.hang_guard_s = 1;
    uint64_t start = ms_now_ns();
    ck_assert_msg(ms_run(&suite, chosen, &cfg, suite.arena, &o, &n, &err) == MS_OK, "%s", err.msg);
    ck_assert_uint_lt((ms_now_ns() - start) / 1000000000, 10);
    UNIT_NUM_EQ(n, 1);
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

UNIT_MAIN("pool", hung)
