/* SPDX-License-Identifier: MIT */
/* A capture in memory through a file and lint. */
#ifndef MPTCPSPEC_JUDGE_H
#define MPTCPSPEC_JUDGE_H

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capfile.h"
#include "mptcpspec/lint.h"

struct judgement {
    char rules[512]; /* names, each once */
    char text[600];  /* the last finding */
    unsigned findings;
    struct {
        const struct ms_rule *rule;
        uint64_t packet;
    } first[16]; /* packet of the first finding of each rule */
    enum ms_verdict verdict;
    struct ms_buf story; /* for on_conn */
};

static inline bool judge_has(const char *rules, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = rules; (at = strstr(at, name)); at++)
        if ((at == rules || at[-1] == ' ') && (!at[n] || at[n] == ' '))
            return true;
    return false;
}

static inline void judge_note(void *ctx, const struct ms_lint_finding *f)
{
    struct judgement *j = ctx;
    size_t i = 0;
    while (i < MS_ARRAY_LEN(j->first) && j->first[i].rule && j->first[i].rule != f->rule)
        i++;
    if (i < MS_ARRAY_LEN(j->first) && !j->first[i].rule) {
        j->first[i].rule = f->rule;
        j->first[i].packet = f->packet;
    }
    j->findings++;
    snprintf(j->text, sizeof j->text, "packet %llu: %s: %s", (unsigned long long)f->packet,
             f->rule->name, f->text);
    if (judge_has(j->rules, f->rule->name))
        return;
    size_t at = strlen(j->rules);
    snprintf(j->rules + at, sizeof j->rules - at, "%s%s", at ? " " : "", f->rule->name);
}

/* Packet of the first finding of that rule; 0: none. */
static inline size_t judge_first(const struct judgement *j, const struct ms_rule *r)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(j->first); i++)
        if (j->first[i].rule == r)
            return (size_t)j->first[i].packet;
    return 0;
}

/* A file that is nowhere but in memory; close the descriptor to be rid of it. */
static inline int judge_file(const struct capture *c, char path[32])
{
    int fd = memfd_create("capture", 0);
    ck_assert_int_ge(fd, 0);
    snprintf(path, 32, "/proc/%d/fd/%d", (int)getpid(), fd);
    cap_write(c, path);
    return fd;
}

/* `cfg` with its own callback for findings; on_conn is the caller's, with the judgement as its context. */
static inline struct judgement judge(const struct capture *c, struct ms_lint_config cfg)
{
    struct judgement j = {0};
    struct ms_error err = {0};
    char path[32];
    int fd = judge_file(c, path);
    cfg.ctx = &j;
    cfg.on_finding = judge_note;
    struct ms_lint_result result;
    int rc = ms_lint(&cfg, path, &result, &err);
    close(fd);
    ck_assert_msg(rc == MS_OK, "%s", err.msg);
    ck_assert_uint_eq(result.packets, c->n);
    j.verdict = result.verdict;
    ms_lint_result_free(&result);
    return j;
}

/* The command itself: its exit status, and whether its output has that word. */
static inline int judge_command(const struct capture *c, const char *options, const char *word,
                                bool *said)
{
    char path[32], self[4096], cmd[4400], line[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    ck_assert_int_gt(n, 0);
    self[n] = 0;
    for (int up = 0; up < 2; up++) /* BUILD/lint/test_x */
        *strrchr(self, '/') = 0;
    int fd = judge_file(c, path);
    snprintf(cmd, sizeof cmd, "%s/mptcpspec lint %s %s 2>&1", self, options, path);
    FILE *f = popen(cmd, "r");
    ck_assert_ptr_nonnull(f);
    *said = false;
    while (fgets(line, sizeof line, f))
        *said = *said || strstr(line, word);
    int status = pclose(f);
    close(fd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
