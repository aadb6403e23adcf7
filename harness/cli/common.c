/* SPDX-License-Identifier: MIT */
/* Loading, choosing, and what must hold before any case can run. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

volatile int cli_interrupted;

static void on_signal(int sig)
{
    (void)sig;
    cli_interrupted = 1;
}

void cli_catch_signals(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGHUP, &sa, NULL);
}

double cli_default_time_scale(void)
{
    const char *slow = getenv("KSFT_MACHINE_SLOW");
    return slow && strcmp(slow, "yes") == 0 ? 4 : 1;
}

bool cli_ends_in(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n > m && strcmp(s + n - m, suffix) == 0;
}

int cli_load(struct ms_suite *s, char *const *args, size_t n)
{
    char data[PATH_MAX];
    struct ms_error err = {0};
    const char **files = calloc(n + 1, sizeof *files);
    size_t n_files = 0;
    int status = CLI_OK;
    for (size_t i = 0; files && i < n; i++)
        if (cli_ends_in(args[i], ".case"))
            files[n_files++] = args[i];
    *s = (struct ms_suite){0};
    if (!files || ms_data_dir(data, sizeof data, &err) < 0 ||
        ms_suite_load(s, data, files, n_files, &err) < 0) {
        cli_say_error(&err);
        ms_suite_free(s);
        status = CLI_HARNESS;
    }
    free(files);
    return status;
}

bool cli_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return strcmp(a, b) == 0 ||
           (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

size_t cli_print_diags(const struct ms_diags *d, char *const *files, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < d->n; i++) {
        bool wanted = n == 0;
        for (size_t k = 0; k < n; k++)
            wanted = wanted || cli_same_file(files[k], d->d[i].loc.file);
        if (!wanted)
            continue;
        struct ms_buf b = {0};
        ms_diag_render(&d->d[i], &b);
        fputs(b.data ? b.data : "", stderr);
        if (b.len && b.data[b.len - 1] != '\n')
            fputc('\n', stderr);
        ms_buf_free(&b);
        count++;
    }
    return count;
}

int cli_choose(const struct ms_suite *s, char *const *args, size_t n, bool **chosen)
{
    const char *const *sel = (const char *const *)args;
    struct ms_error err = {0};
    if (ms_select_touches_broken(s, sel, n)) {
        size_t mistakes = cli_print_diags(&s->diags, NULL, 0);
        cli_say("%zu mistake%s in case or topology files: nothing was run", mistakes,
                mistakes == 1 ? "" : "s");
        return CLI_UNEXPECTED;
    }
    *chosen = ms_arena_alloc(s->arena, (s->n_instance + 1) * sizeof **chosen);
    if (ms_select(s, sel, n, *chosen, &err) < 0) {
        cli_say_error(&err);
        return CLI_USAGE;
    }
    return CLI_OK;
}

int cli_leave_slow(const struct ms_suite *s, char *const *args, size_t n, bool *chosen, bool quiet)
{
    size_t out = ms_select_leave_slow(s, (const char *const *)args, n, chosen);
    bool any = false;
    for (size_t i = 0; i < s->n_instance; i++)
        any = any || chosen[i];
    if (!any) {
        cli_say("only slow results were chosen; --slow runs them");
        return CLI_USAGE;
    }
    if (out && !quiet)
        printf("%zu slow result%s left out; --slow runs them\n", out, out == 1 ? "" : "s");
    return CLI_OK;
}

const char *cli_data_path(const struct ms_suite *s, const char *name)
{
    return strcmp(s->data_dir, ".") == 0 ? name
                                         : ms_arena_printf(s->arena, "%s/%s", s->data_dir, name);
}

int cli_prepare(struct ms_kernel_facts *kernel)
{
    struct ms_error err = {0};
    if (ms_privilege_acquire(&err) < 0 || ms_kernel_facts_read(kernel, &err) < 0) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    if (!kernel->mptcp) {
        bool forbidden = kernel->mptcp_errno == EPERM || kernel->mptcp_errno == EACCES;
        cli_say("socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) failed on Linux %s: %s",
                kernel->release, strerror(kernel->mptcp_errno));
        cli_say("%s; `mptcpspec doctor` tells more",
                forbidden ? "a seccomp filter (of a container) or a security module forbids it: "
                            "run outside of it"
                          : "the kernel needs CONFIG_MPTCP=y (CONFIG_MPTCP_IPV6=y for IPv6)");
        return CLI_HARNESS;
    }
    if (cli_try_network(&err) < 0) {
        cli_say("no case can have its network: %s", err.msg);
        cli_say("`mptcpspec doctor` tells more");
        return CLI_HARNESS;
    }
    return CLI_OK;
}

char *cli_command_line(int argc, char **argv)
{
    struct ms_buf b = {0};
    ms_buf_puts(&b, "mptcpspec");
    for (int i = 0; i < argc; i++)
        ms_buf_printf(&b, strpbrk(argv[i], " '\"*?[$") ? " '%s'" : " %s", argv[i]);
    return b.data;
}

int cli_bugs(const struct ms_suite *s, struct ms_bugs *out)
{
    struct ms_error err = {0};
    const char *path = cli_data_path(s, "cases/known-bugs.tsv");
    *out = (struct ms_bugs){0};
    if (access(path, F_OK) != 0 || ms_bugs_load(s->arena, path, out, &err) == MS_OK)
        return CLI_OK;
    cli_say_error(&err);
    return CLI_HARNESS;
}

int cli_expected(const struct ms_suite *s, const char *release, struct ms_expected *store,
                 struct ms_expected **out)
{
    const char *path = cli_data_path(s, "cases/expected/linux.json");
    struct ms_error err = {0};
    *out = NULL;
    if (access(path, F_OK) != 0)
        return CLI_OK;
    if (ms_expected_load(s->arena, path, release, store, &err) < 0) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    *out = store;
    return CLI_OK;
}

int cli_load_mutants(struct ms_suite *s, char *const *args, size_t n)
{
    struct ms_error err = {0};
    const char **files = ms_arena_alloc(s->arena, (n + 1) * sizeof *files);
    size_t n_files = 0;
    for (size_t i = 0; i < n; i++)
        if (cli_ends_in(args[i], ".mutants"))
            files[n_files++] = args[i];
    if (ms_suite_load_mutants(s, files, n_files, &err) < 0) {
        cli_say_error(&err);
        return CLI_HARNESS;
    }
    return CLI_OK;
}

int cli_mutants_good(const struct ms_suite *s)
{
    if (s->mutant_diags.n == 0)
        return CLI_OK;
    size_t mistakes = cli_print_diags(&s->mutant_diags, NULL, 0);
    cli_say("%zu mistake%s in files of mutants: nothing was run", mistakes,
            mistakes == 1 ? "" : "s");
    return CLI_UNEXPECTED;
}
