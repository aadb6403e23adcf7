/* SPDX-License-Identifier: MIT */
#include "report/sections.h"

#include <stdlib.h>
#include <string.h>

static int by_number(const void *pa, const void *pb)
{
    const char *a = *(const char *const *)pa, *b = *(const char *const *)pb;
    while (*a || *b) {
        char *ea, *eb;
        unsigned long x = strtoul(a, &ea, 10), y = strtoul(b, &eb, 10);
        if (ea == a || eb == b) /* a word, an appendix, or the end of one of them */
            return strcmp(a, b);
        if (x != y)
            return x < y ? -1 : 1;
        a = ea + (*ea == '.');
        b = eb + (*eb == '.');
    }
    return 0;
}

const char **section_list(struct ms_arena *a, const struct ms_report *r, size_t *n)
{
    const char **out = ms_arena_alloc(a, (r->n + 1) * sizeof *out);
    *n = 0;
    for (size_t i = 0; i < r->n; i++) {
        const char *s = ms_instance_section(r->entry[i].o->instance);
        size_t k = 0;
        while (k < *n && strcmp(out[k], s) != 0)
            k++;
        if (k == *n)
            out[(*n)++] = s;
    }
    qsort(out, *n, sizeof *out, by_number);
    return out;
}

struct section_counts section_count(const struct ms_report *r, const char *section)
{
    struct section_counts c = {0};
    for (size_t i = 0; i < r->n; i++) {
        const struct ms_report_entry *e = &r->entry[i];
        if (section && strcmp(ms_instance_section(e->o->instance), section) != 0)
            continue;
        c.tests++;
        c.failures += e->standing == MS_STANDS_UNEXPECTED && e->o->result.verdict == MS_FAIL;
        c.errors += e->standing == MS_STANDS_UNEXPECTED && e->o->result.verdict != MS_FAIL;
        c.skipped += e->standing == MS_STANDS_SKIP || e->standing == MS_STANDS_EXPECTED;
        c.wall_ns += e->o->result.wall_ns;
    }
    return c;
}

const char *section_title(struct ms_arena *a, const char *section)
{
    return strcmp(section, "0") == 0 ? "no section"
                                     : ms_arena_printf(a, "RFC 8684 section %s", section);
}
