/* SPDX-License-Identifier: MIT */
/* Releases of kernels: which is later, and whether one lies in a range. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/runner.h"

/* Up to three numbers "6.1.55" of a release; what follows is ignored. False without a leading number. */
static bool version_read(const char **p, unsigned long out[3])
{
    memset(out, 0, 3 * sizeof *out);
    if (!isdigit((unsigned char)**p))
        return false;
    for (unsigned i = 0; i < 3; i++) {
        char *end;
        out[i] = strtoul(*p, &end, 10);
        *p = end;
        if (*end != '.' || !isdigit((unsigned char)end[1]))
            break;
        (*p)++;
    }
    return true;
}

static int version_cmp(const unsigned long a[3], const unsigned long b[3])
{
    for (unsigned i = 0; i < 3; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static bool holds(int cmp, const char *op)
{
    if (strcmp(op, ">=") == 0)
        return cmp >= 0;
    if (strcmp(op, "<=") == 0)
        return cmp <= 0;
    if (strcmp(op, ">") == 0)
        return cmp > 0;
    if (strcmp(op, "<") == 0)
        return cmp < 0;
    if (strcmp(op, "!=") == 0)
        return cmp != 0;
    return cmp == 0;
}

/* One alternative of a range, up to its end or a bar; *p is left there. */
static int in_alternative(const unsigned long have[3], const char *range, const char **p,
                          struct ms_error *err)
{
    static const char *const ops[] = {">=", "<=", "!=", ">", "<", "="}; /* the longer first */
    unsigned long want[3];
    int all = 1;
    do {
        *p += strspn(*p, " ");
        const char *op = "=";
        for (size_t i = 0; i < MS_ARRAY_LEN(ops); i++)
            if (strncmp(*p, ops[i], strlen(ops[i])) == 0) {
                op = ops[i];
                *p += strlen(op);
                break;
            }
        *p += strspn(*p, " ");
        if (!version_read(p, want))
            return ms_fail(err, MS_ERR_PARSE, "kernel range '%s': a version such as 6.1 is missing",
                           range);
        *p += strspn(*p, " ");
        if (**p && **p != ',' && **p != '|')
            return ms_fail(err, MS_ERR_PARSE,
                           "kernel range '%s': '%c' where a comma or a bar should stand", range,
                           **p);
        all = all && holds(version_cmp(have, want), op);
    } while (**p == ',' && (*p)++);
    return all;
}

int ms_kernel_in_range(const char *release, const char *range, struct ms_error *err)
{
    unsigned long have[3];
    const char *r = release;
    if (!version_read(&r, have))
        return ms_fail(err, MS_ERR_PARSE, "kernel release '%s' does not start with a number",
                       release);
    int any = 0;
    const char *p = range;
    do {
        int in = in_alternative(have, range, &p, err);
        if (in < 0)
            return in;
        any = any || in;
    } while (*p++ == '|');
    return any;
}

int ms_kernel_order(const char *a, const char *b)
{
    unsigned long x[3], y[3];
    const char *p = a, *q = b;
    bool known = version_read(&p, x), other = version_read(&q, y);
    if (known != other)
        return known ? -1 : 1;
    int c = known ? version_cmp(x, y) : 0;
    return c ? c : strverscmp(a, b);
}

bool ms_kernel_same_series(const char *a, const char *b)
{
    unsigned long x[3], y[3];
    return version_read(&a, x) && version_read(&b, y) && x[0] == y[0] && x[1] == y[1];
}

const char *ms_kernel_point(struct ms_arena *a, const struct ms_kernel_facts *k)
{
    static const char mark[] = " Debian ";
    unsigned long release[3], real[3];
    const char *at = strstr(k->version, mark), *p = k->release;
    if (!at || !version_read(&p, release))
        return ms_arena_strdup(a, k->release);
    at += strlen(mark);
    p = at;
    if (!version_read(&p, real) || real[0] != release[0] || real[1] != release[1])
        return ms_arena_strdup(a, k->release);
    return ms_arena_strndup(a, at, (size_t)(p - at));
}
