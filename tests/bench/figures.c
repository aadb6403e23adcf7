/* SPDX-License-Identifier: MIT */
/*
 * Figures from what runs left behind: `figures results FILE` reads a results file (processor time, memory, wall
 * time), `figures syn TRACE...` reads traces (time from each SYN to its SYN/ACK). `figures cost N COMMAND...` runs
 * a command that handles N packets, three times, and tells what the best one cost; `figures share FILE COMMAND...`
 * tells it as a part of the processor time in a results file. `figures linear FILE COMMAND...` runs, once, a command that
 * writes a results file, and tells what each result cost, processes of the harness included. `figures ratio FILE...
 * FILE...` compares the shortest of some runs with the shortest of as many others.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct numbers {
    uint64_t *v;
    size_t n;
};

static void add(struct numbers *s, uint64_t v)
{
    uint64_t *more = realloc(s->v, (s->n + 1) * sizeof *more);
    if (!more)
        abort();
    s->v = more;
    s->v[s->n++] = v;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void print(const char *what, struct numbers *s, double unit, const char *name)
{
    if (!s->n) {
        printf("%-44s no figures\n", what);
        return;
    }
    qsort(s->v, s->n, sizeof *s->v, by_size);
    printf("%-44s median %8.2f %s, p99 %8.2f, max %8.2f (n = %zu)\n", what,
           (double)s->v[s->n / 2] / unit, name, (double)s->v[s->n * 99 / 100] / unit,
           (double)s->v[s->n - 1] / unit, s->n);
    free(s->v);
}

static json_t *load(const char *path)
{
    json_error_t e;
    json_t *j = json_load_file(path, 0, &e);
    if (!j)
        fprintf(stderr, "figures: %s:%d: %s\n", path, e.line, e.text);
    return j;
}

static uint64_t number(const json_t *o, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(o, name));
}

static int results(const char *path)
{
    struct numbers cpu = {0}, wall = {0}, rss = {0};
    json_t *j = load(path);
    size_t i;
    json_t *r;
    if (!j)
        return 2;
    json_array_foreach(json_object_get(j, "results"), i, r)
    {
        add(&cpu, number(r, "cpu_ns"));
        add(&wall, number(r, "wall_ns"));
        add(&rss, number(r, "max_rss_kib"));
    }
    const json_t *run = json_object_get(j, "run");
    printf("%-44s %.2f s for %zu results with -j %llu\n", "wall time of the run",
           (double)number(run, "duration_ns") / 1e9, cpu.n,
           (unsigned long long)number(run, "jobs"));
    print("processor time of one case process", &cpu, 1e6, "ms");
    print("wall time of one case", &wall, 1e6, "ms");
    print("resident memory of one case process", &rss, 1024, "MiB");
    json_decref(j);
    return 0;
}

static void syns_of(const json_t *trace, struct numbers *out)
{
    const json_t *events = json_object_get(trace, "events"), *e;
    size_t i;
    uint64_t sent = 0;
    json_array_foreach(events, i, e)
    {
        const char *kind = json_string_value(json_object_get(e, "kind"));
        const char *seg = json_string_value(json_object_get(e, "segment"));
        if (!kind)
            continue;
        if (strcmp(kind, "send") == 0) {
            sent = number(e, "time_ns");
        } else if (strncmp(kind, "rec", 3) == 0 && sent && (!seg || strstr(seg, "SYN+ACK"))) {
            add(out, number(e, "time_ns") - sent);
            sent = 0;
        }
    }
}

static int syn(int n, char **path)
{
    struct numbers t = {0};
    for (int i = 0; i < n; i++) {
        json_t *j = load(path[i]);
        if (!j)
            return 2;
        syns_of(j, &t);
        json_decref(j);
    }
    print("SYN to SYN/ACK through the engine", &t, 1e3, "us");
    return 0;
}

static double seconds(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

/* The best of some runs of a command; false if it could not do its work. */
struct price {
    double wall, cpu; /* seconds */
    long rss;         /* KiB, the most */
};
static bool measure(char **command, int times, struct price *out)
{
    for (int i = 0; i < times; i++) {
        struct timespec from, to;
        struct rusage u;
        int status;
        clock_gettime(CLOCK_MONOTONIC, &from);
        pid_t p = fork();
        if (p == 0) {
            execvp(command[0], command);
            _exit(127);
        }
        if (p < 0 || wait4(p, &status, 0, &u) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
            return false;
        clock_gettime(CLOCK_MONOTONIC, &to);
        double wall = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        double cpu = seconds(&u.ru_utime) + seconds(&u.ru_stime);
        if (i == 0 || wall < out->wall)
            out->wall = wall;
        if (i == 0 || cpu < out->cpu)
            out->cpu = cpu;
        if (i == 0 || u.ru_maxrss > out->rss)
            out->rss = u.ru_maxrss;
    }
    return true;
}

static int cost(const char *packets, char **command)
{
    struct price p;
    if (!measure(command, 3, &p))
        return 2;
    double n = strtod(packets, NULL);
    printf("%-44s %.2f million packets/s, %.2f per second of processor time; at most %.1f MiB\n",
           "speed, best of three; resident memory", n / p.wall / 1e6, n / p.cpu / 1e6,
           (double)p.rss / 1024);
    return 0;
}

/* What part of a run's processor time the command takes. */
static int share(const char *path, char **command)
{
    json_t *j = load(path), *r;
    struct price p;
    size_t i;
    double run = 0;
    if (!j || !measure(command, 3, &p))
        return 2;
    json_array_foreach(json_object_get(j, "results"), i, r) run +=
        (double)number(r, "cpu_ns") / 1e9;
    printf("%-44s %.3f s, %.1f %% of the %.2f s of the run's cases\n",
           "processor time, best of three", p.cpu, 100 * p.cpu / run, run);
    json_decref(j);
    return 0;
}

static int linear(const char *path, char **command)
{
    struct price p;
    if (!measure(command, 1, &p))
        return 2;
    json_t *j = load(path);
    if (!j)
        return 2;
    double n = (double)json_array_size(json_object_get(j, "results"));
    printf("%7.0f results: %6.2f s, %5.2f ms of processor time a result; at most %.1f MiB\n", n,
           p.wall, p.cpu / n * 1e3, (double)p.rss / 1024);
    json_decref(j);
    return 0;
}

/* The shortest of some runs, in seconds; negative without any. */
static double shortest(int n, char **path)
{
    double best = -1;
    for (int i = 0; i < n; i++) {
        json_t *j = load(path[i]);
        if (!j)
            return -1;
        double s = (double)number(json_object_get(j, "run"), "duration_ns") / 1e9;
        if (best < 0 || s < best)
            best = s;
        json_decref(j);
    }
    return best;
}

/* The first half of the files against the second. */
static int ratio(int n, char **path)
{
    double one = shortest(n / 2, path), other = shortest(n / 2, path + n / 2);
    if (one <= 0 || other <= 0)
        return 2;
    printf("%-44s %.2f s and %.2f s: %.2f times\n", "wall time, best of each", one, other,
           other / one);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 4 && argc % 2 == 0 && strcmp(argv[1], "ratio") == 0)
        return ratio(argc - 2, argv + 2);
    if (argc == 3 && strcmp(argv[1], "results") == 0)
        return results(argv[2]);
    if (argc >= 3 && strcmp(argv[1], "syn") == 0)
        return syn(argc - 2, argv + 2);
    if (argc >= 4 && strcmp(argv[1], "cost") == 0)
        return cost(argv[2], argv + 3);
    if (argc >= 4 && strcmp(argv[1], "share") == 0)
        return share(argv[2], argv + 3);
    if (argc >= 4 && strcmp(argv[1], "linear") == 0)
        return linear(argv[2], argv + 3);
    fprintf(stderr, "usage: figures results FILE | figures syn TRACE... |\n"
                    "       figures cost N COMMAND... | figures share FILE COMMAND... |\n"
                    "       figures linear FILE COMMAND... | figures ratio FILE... FILE...\n");
    return 64;
}
