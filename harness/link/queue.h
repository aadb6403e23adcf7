/* SPDX-License-Identifier: MIT */
/* Frames that wait inside a link: they came while it was being proved. */
#ifndef MPTCPSPEC_LINK_QUEUE_H
#define MPTCPSPEC_LINK_QUEUE_H

#include "mptcpspec/base.h"

struct queued_frame {
    struct queued_frame *next;
    uint64_t time_ns;
    size_t len;
    uint8_t octets[];
};

struct frame_queue {
    struct queued_frame *head, **tail;
    struct queued_frame *given; /* the one handed out last, freed by the next call */
};

void queue_init(struct frame_queue *q);
/* False when memory is exhausted. */
bool queue_put(struct frame_queue *q, const uint8_t *octets, size_t len, uint64_t time_ns);
/* NULL when empty; the frame lives until the next call of queue_take or queue_release. */
const struct queued_frame *queue_take(struct frame_queue *q);
void queue_release(struct frame_queue *q);
void queue_free(struct frame_queue *q);

#endif
