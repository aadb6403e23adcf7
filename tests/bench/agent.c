/* SPDX-License-Identifier: MIT */
/*
 * Figures of an agent at the Unix socket: agent SOCKET. Round trips of a request to the agent itself and of verbs in a
 * session, until `started` and until `ok`; fresh sessions one after the other, and sixteen at a time.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { TRIPS = 20000, SESSIONS = 320, SIDE_BY_SIDE = 16 };

static FILE *in;
static int stream;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void say(const char *line)
{
    size_t n = strlen(line);
    if (send(stream, line, n, MSG_NOSIGNAL) != (ssize_t)n) {
        perror("send");
        exit(2);
    }
}

/* Reads until a line begins so; an error of the agent ends everything. */
static void until(const char *begin)
{
    static char line[8200];
    size_t n = strlen(begin);
    do {
        if (fgets(line, sizeof line, in) == NULL || strstr(line, " err ") != NULL) {
            fprintf(stderr, "waiting for %s: %s\n", begin, line);
            exit(2);
        }
    } while (strncmp(line, begin, n) != 0);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void print(const char *what, uint64_t *v, size_t n)
{
    qsort(v, n, sizeof *v, by_size);
    printf("%-44s median %8.1f us, p99 %8.1f, max %8.1f (n = %zu)\n", what, (double)v[n / 2] / 1e3,
           (double)v[n * 99 / 100] / 1e3, (double)v[n - 1] / 1e3, n);
}

/* The words in session `s`, until `reply`. */
static void trips(const char *what, unsigned s, const char *words, const char *reply)
{
    static uint64_t took[TRIPS];
    char line[128], begin[64];
    for (unsigned i = 0; i < TRIPS; i++) {
        snprintf(line, sizeof line, "%u.%u %s\n", s, i + 10, words);
        snprintf(begin, sizeof begin, "%u.%u %s", s, i + 10, reply);
        uint64_t began = now();
        say(line);
        until(begin);
        took[i] = now() - began;
    }
    print(what, took, TRIPS);
}

static void open_sessions(unsigned first, unsigned n)
{
    char line[160];
    for (unsigned s = first; s < first + n; s++) {
        snprintf(line, sizeof line,
                 "%u.1 fresh paths=1 mac=02be%04x a1=i1,i,0,198.51.100.2/24,2001:db8:1::2/64\n", s,
                 s);
        say(line);
    }
    for (unsigned i = 0; i < n; i++) {
        snprintf(line, sizeof line, "%u.1 ok", first + i);
        if (n == 1)
            until(line);
    }
}

static void close_sessions(unsigned first, unsigned n)
{
    char line[64];
    for (unsigned s = first; s < first + n; s++) {
        snprintf(line, sizeof line, "%u.2 end\n", s);
        say(line);
    }
    /* They end in any order. */
    for (unsigned left = n; left > 0;) {
        char answer[8200];
        unsigned s, id;
        if (fgets(answer, sizeof answer, in) == NULL || strstr(answer, " err ") != NULL)
            exit(2);
        if (sscanf(answer, "%u.%u", &s, &id) == 2 && id == 2)
            left--;
    }
}

static void lives(const char *what, unsigned side_by_side)
{
    static unsigned used = 100;
    uint64_t began = now();
    for (unsigned i = 0; i < SESSIONS; i += side_by_side, used += side_by_side) {
        open_sessions(used, side_by_side);
        close_sessions(used, side_by_side);
    }
    printf("%-44s %15.1f a second\n", what, SESSIONS / ((double)(now() - began) / 1e9));
}

int main(int argc, char **argv)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (argc != 2)
        return 64;
    snprintf(to.sun_path, sizeof to.sun_path, "%s", argv[1]);
    stream = socket(AF_UNIX, SOCK_STREAM, 0);
    if (stream < 0 || connect(stream, (struct sockaddr *)&to, sizeof to) != 0) {
        perror(argv[1]);
        return 2;
    }
    in = fdopen(dup(stream), "r");
    if (in == NULL)
        return 2;
    say("0.1 hello version=1 nonce=bench\n");
    until("0.1 ok");
    trips("ping", 0, "ping", "ok");
    open_sessions(1, 1);
    trips("a verb, until it is started (stop-reading)", 1, "stop-reading", "started");
    trips("a verb, until it is done (stop-reading)", 1, "stop-reading", "ok");
    trips("a verb in the namespace (sysctl-get)", 1, "sysctl-get text=net.ipv4.tcp_sack", "ok");
    close_sessions(1, 1);
    lives("fresh sessions, one after the other", 1);
    lives("fresh sessions, sixteen at a time", SIDE_BY_SIDE);
    return 0;
}
