/* SPDX-License-Identifier: MIT */
#include "link/queue.h"

#include <stdlib.h>
#include <string.h>

void queue_init(struct frame_queue *q)
{
    *q = (struct frame_queue){0};
    q->tail = &q->head;
}

bool queue_put(struct frame_queue *q, const uint8_t *octets, size_t len, uint64_t time_ns)
{
    struct queued_frame *f = malloc(sizeof *f + len);
    if (f == NULL)
        return false;
    f->next = NULL;
    f->time_ns = time_ns;
    f->len = len;
    if (len != 0)
        memcpy(f->octets, octets, len);
    *q->tail = f;
    q->tail = &f->next;
    return true;
}

const struct queued_frame *queue_take(struct frame_queue *q)
{
    queue_release(q);
    struct queued_frame *f = q->head;
    if (f == NULL)
        return NULL;
    q->head = f->next;
    if (q->head == NULL)
        q->tail = &q->head;
    q->given = f;
    return f;
}

void queue_release(struct frame_queue *q)
{
    free(q->given);
    q->given = NULL;
}

void queue_free(struct frame_queue *q)
{
    while (queue_take(q) != NULL)
        ;
}
