/* SPDX-License-Identifier: MIT */
/* Octets on their way. */
#include <string.h>

#include "agent/serve.h"

enum { KEPT_CAP = 65536 }; /* room that an empty queue keeps */

void way_gone(struct way *q, size_t n)
{
    q->at += n;
    if (q->at == q->b.len) {
        q->at = q->b.len = 0;
        if (q->b.cap > KEPT_CAP)
            ms_buf_free(&q->b);
    } else if (q->at > q->b.len / 2) {
        memmove(q->b.data, q->b.data + q->at, q->b.len - q->at);
        q->b.len -= q->at;
        q->at = 0;
    }
}

void way_free(struct way *q)
{
    ms_buf_free(&q->b);
    q->at = 0;
}
