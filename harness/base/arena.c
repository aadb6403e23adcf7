/* SPDX-License-Identifier: MIT */
/* Arena: a list of blocks, filled from the front; one free for everything. */
#include "mptcpspec/base.h"
#include "base/oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_ALIGN 16u
#define ARENA_BLOCK 16384u

struct block {
    struct block *next;
    size_t used;
    size_t size;
    _Alignas(ARENA_ALIGN) unsigned char mem[];
};

struct ms_arena {
    struct block *head;
};

_Noreturn void ms_oom(void)
{
    fputs("mptcpspec: out of memory\n", stderr);
    abort();
}

struct ms_arena *ms_arena_new(void)
{
    struct ms_arena *a = calloc(1, sizeof *a);
    if (a == NULL)
        ms_oom();
    return a;
}

void ms_arena_free(struct ms_arena *a)
{
    if (a == NULL)
        return;
    for (struct block *b = a->head; b != NULL;) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
    free(a);
}

static struct block *block_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct block))
        ms_oom();
    struct block *b = calloc(1, sizeof *b + size);
    if (b == NULL)
        ms_oom();
    b->size = size;
    return b;
}

void *ms_arena_alloc(struct ms_arena *a, size_t n)
{
    if (n > SIZE_MAX / 2)
        ms_oom();
    n = (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (n == 0)
        n = ARENA_ALIGN;
    struct block *b = a->head;
    if (b == NULL || b->size - b->used < n) {
        b = block_new(n > ARENA_BLOCK ? n : ARENA_BLOCK);
        if (a->head != NULL && n > ARENA_BLOCK) {
            /* A large piece fills its block; the half-used one stays in front for the next. */
            b->next = a->head->next;
            a->head->next = b;
        } else {
            b->next = a->head;
            a->head = b;
        }
    }
    void *p = b->mem + b->used;
    b->used += n;
    return p;
}

void *ms_arena_memdup(struct ms_arena *a, const void *p, size_t n)
{
    void *copy = ms_arena_alloc(a, n);
    if (n != 0)
        memcpy(copy, p, n);
    return copy;
}

char *ms_arena_strndup(struct ms_arena *a, const char *s, size_t n)
{
    n = strnlen(s, n);
    char *copy = ms_arena_alloc(a, n + 1);
    memcpy(copy, s, n);
    return copy;
}

char *ms_arena_strdup(struct ms_arena *a, const char *s)
{
    return ms_arena_memdup(a, s, strlen(s) + 1);
}

char *ms_arena_printf(struct ms_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return ms_arena_alloc(a, 1);
    char *s = ms_arena_alloc(a, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(s, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return s;
}

static size_t rounded(size_t n)
{
    return (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}

/* The piece allocated last can grow where it stands as long as its block has room. */
static bool grow_in_place(struct ms_arena *a, const void *p, size_t from, size_t to)
{
    struct block *b = a->head;
    if (b == NULL || from == 0 || (const unsigned char *)p + rounded(from) != b->mem + b->used ||
        (const unsigned char *)p < b->mem || rounded(to) - rounded(from) > b->size - b->used)
        return false;
    b->used += rounded(to) - rounded(from);
    return true;
}

void *ms_arena_grow(struct ms_arena *a, void *array, size_t *cap, size_t want, size_t elem_size)
{
    if (array != NULL && want < *cap)
        return array;
    size_t bigger = *cap < 4 ? 4 : *cap * 2;
    if (bigger <= want)
        bigger = want + 1;
    if (elem_size != 0 && bigger > SIZE_MAX / 2 / elem_size)
        ms_oom();
    if (array != NULL && grow_in_place(a, array, *cap * elem_size, bigger * elem_size)) {
        *cap = bigger;
        return array;
    }
    void *moved = ms_arena_alloc(a, bigger * elem_size);
    if (array != NULL)
        memcpy(moved, array, *cap * elem_size);
    *cap = bigger;
    return moved;
}
