/* SPDX-License-Identifier: MIT */
#include "middlebox/inbox.h"

#include <stdlib.h>
#include <string.h>

void inbox_free(struct inbox *in)
{
    free(in->frame);
    free(in->octets);
    *in = (struct inbox){0};
}

static bool make_room(void **at, size_t *room, size_t need, size_t unit)
{
    if (need <= *room)
        return true;
    size_t want = *room * 2 > need ? *room * 2 : need;
    void *p = realloc(*at, want * unit);
    if (p == NULL)
        return false;
    *at = p;
    *room = want;
    return true;
}

bool inbox_put(struct inbox *in, struct box_port *from, uint64_t sent_ns, const uint8_t *frame,
               size_t len)
{
    void *frames = in->frame, *octets = in->octets;
    bool good = make_room(&frames, &in->room, in->n + 1, sizeof *in->frame);
    in->frame = frames;
    good = good && make_room(&octets, &in->size, in->used + len, 1);
    in->octets = octets;
    if (!good)
        return false;
    /* The kernel's clock may be set back; a wire does not reorder. */
    if (sent_ns < from->last_sent_ns)
        sent_ns = from->last_sent_ns;
    from->last_sent_ns = sent_ns;
    in->frame[in->n] = (struct inbox_frame){
        .from = from, .sent_ns = sent_ns, .order = in->n, .at = in->used, .len = len};
    in->n++;
    if (len != 0)
        memcpy(in->octets + in->used, frame, len);
    in->used += len;
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct inbox_frame *x = a, *y = b;
    if (x->sent_ns != y->sent_ns)
        return x->sent_ns < y->sent_ns ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

void inbox_sort(struct inbox *in)
{
    size_t fresh = in->n - in->told;
    if (fresh > 1)
        qsort(in->frame + in->told, fresh, sizeof *in->frame, by_time);
    for (size_t i = in->told; i < in->n; i++)
        in->frame[i].from->last_sent_ns = 0;
}

bool inbox_move_fresh(struct inbox *in, struct inbox *to)
{
    for (size_t i = in->told; i < in->n; i++) {
        const struct inbox_frame *f = &in->frame[i];
        if (!inbox_put(to, f->from, f->sent_ns, in->octets + f->at, f->len))
            return false;
    }
    in->n = in->told;
    return true;
}

void inbox_empty(struct inbox *in)
{
    in->n = in->told = in->used = 0;
}
