/* SPDX-License-Identifier: MIT */
#include "lint/records.h"

#include <stdlib.h>
#include <string.h>

void records_init(struct records *r)
{
    *r = (struct records){0};
    while (ms_rules[r->rules])
        r->rules++;
}

size_t records_rule(const struct ms_rule *rule)
{
    size_t i = 0;
    while (ms_rules[i] && ms_rules[i] != rule)
        i++;
    return i;
}

static struct record **place(const struct records *r, uint32_t conn)
{
    struct record *const *p = &r->bucket[conn % RECORD_BUCKETS];
    while (*p && (*p)->conn != conn)
        p = &(*p)->next;
    return (struct record **)(uintptr_t)p;
}

struct record *records_find(const struct records *r, uint32_t conn)
{
    return *place(r, conn);
}

static void keep(struct records *r, struct record *d, const struct ms_lint_finding *f)
{
    if (d->n == MS_LINT_KEPT || r->kept == MS_LINT_KEPT_ALL)
        return;
    if (d->n == d->cap) {
        size_t cap = d->cap ? 2 * d->cap : 4;
        struct ms_lint_finding *more = realloc(d->kept, cap * sizeof *more);
        if (!more)
            return;
        d->kept = more;
        d->cap = cap;
    }
    char *text = strdup(f->text);
    if (!text)
        return;
    d->kept[d->n] = *f;
    d->kept[d->n++].text = text;
    r->kept++;
}

bool records_add(struct records *r, struct ms_lint_finding *f)
{
    struct record **p = place(r, f->conn);
    if (!*p)
        *p = calloc(1, sizeof **p + r->rules * sizeof(*p)->by_rule[0]);
    struct record *d = *p;
    if (!d)
        return false;
    d->conn = f->conn;
    d->findings++;
    if (f->verdict > d->worst)
        d->worst = f->verdict;
    f->nth = ++d->by_rule[records_rule(f->rule)];
    keep(r, d, f);
    return true;
}

static void record_free(struct records *r, struct record *d)
{
    r->kept -= d->n;
    for (size_t i = 0; i < d->n; i++)
        free((char *)(uintptr_t)d->kept[i].text);
    free(d->kept);
    free(d);
}

void records_drop(struct records *r, uint32_t conn)
{
    struct record **p = place(r, conn), *d = *p;
    if (!d)
        return;
    *p = d->next;
    record_free(r, d);
}

void records_free(struct records *r)
{
    for (size_t i = 0; i < RECORD_BUCKETS; i++)
        while (r->bucket[i]) {
            struct record *d = r->bucket[i];
            r->bucket[i] = d->next;
            record_free(r, d);
        }
}
