/* SPDX-License-Identifier: MIT */
/* What rules alone ask for, a file a topic. */
#include "trace/model_int.h"

void model_watch(struct ms_model *m, struct ms_model_step *st, const struct ms_seg *seg)
{
    if (st->flow->murky || (st->conn && st->conn->foreign))
        return;
    model_watch_opening(st, seg);
    if (st->conn) {
        model_watch_signals(st, seg);
        model_watch_window(st, seg);
        model_watch_gather(st, seg);
        model_watch_ending(m, st, seg);
    }
    struct ms_half_watch *w = &st->half->watch;
    if (seg->flags & MS_TH_RST)
        return;
    w->last_win = seg->win;
    w->last_ack = st->half->ack_hi;
    w->last_end = st->half->pos_hi;
}
