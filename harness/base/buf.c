/* SPDX-License-Identifier: MIT */
/* Growing buffer on the heap, always NUL-terminated. */
#include "mptcpspec/base.h"
#include "base/oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `n` more octets and the NUL. */
static void buf_reserve(struct ms_buf *b, size_t n)
{
    if (n > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
        ms_oom();
    const size_t need = b->len + n + 1;
    if (need <= b->cap)
        return;
    size_t cap = b->cap < 64 ? 64 : b->cap * 2;
    if (cap < need)
        cap = need;
    char *data = realloc(b->data, cap);
    if (data == NULL)
        ms_oom();
    b->data = data;
    b->cap = cap;
}

void ms_buf_add(struct ms_buf *b, const void *p, size_t n)
{
    buf_reserve(b, n);
    if (n != 0)
        memcpy(b->data + b->len, p, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void ms_buf_puts(struct ms_buf *b, const char *s)
{
    ms_buf_add(b, s, strlen(s));
}

void ms_buf_printf(struct ms_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    buf_reserve(b, (size_t)n);
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void ms_buf_free(struct ms_buf *b)
{
    free(b->data);
    *b = (struct ms_buf){0};
}
