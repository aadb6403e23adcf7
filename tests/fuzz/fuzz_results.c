/* SPDX-License-Identifier: MIT */
/*
 * Any octets as a results file. What is read can be written, read and written again with the same octets, joined, and
 * compared with itself without a difference.
 */
#include "mptcpspec/report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int load(struct ms_arena *a, const void *octets, size_t len, struct ms_report *r)
{
    static int fd = -1;
    static char path[32];
    if (fd < 0) {
        fd = memfd_create("results", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, octets, len, 0) != (ssize_t)len)
        abort();
    struct ms_error err = {0};
    int rc = ms_report_load(a, path, r, &err);
    if (rc != MS_OK && err.msg[0] == '\0')
        abort();
    return rc;
}

static char *json(const struct ms_report *r, size_t *len)
{
    char *text;
    FILE *f = open_memstream(&text, len);
    if (!f || ms_report_json(r, f, NULL) != MS_OK)
        abort();
    fclose(f);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ms_arena *a = ms_arena_new();
    struct ms_report r, again, out;
    struct ms_comparison c;
    const char *const file[] = {"x"};
    if (load(a, data, len, &r) == MS_OK) {
        size_t n, m;
        char *first = json(&r, &n);
        if (load(a, first, n, &again) != MS_OK)
            abort();
        char *second = json(&again, &m);
        if (n != m || memcmp(first, second, n) != 0)
            abort();
        if (ms_compare(a, &r, "x", &again, "y", true, &c, NULL) == MS_OK && (c.n || c.worse))
            abort();
        FILE *sink = fopen("/dev/null", "w");
        if (ms_report_merge(a, &r, file, 1, &out, NULL) == MS_OK && sink &&
            (ms_report_junit(&out, sink, NULL) != MS_OK ||
             ms_report_ktap(&out, sink, NULL) != MS_OK))
            abort();
        if (sink)
            fclose(sink);
        free(first);
        free(second);
    }
    ms_arena_free(a);
    return 0;
}
