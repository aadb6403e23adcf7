/* SPDX-License-Identifier: MIT */
/* What is seen becomes a record; what stops a case. */
#include "engine/engine_int.h"

#include <stdio.h>
#include <string.h>

/* An expectation sees only what came after its stimulus. */
void stimulus(struct engine *e, struct flow *f)
{
    e->heard_ns = ms_now_ns();
    e->reminders = 0;
    if (f) {
        f->cursor = f->n_rx;
        f->answered = false;
        return;
    }
    /* An action on the IUT concerns every subflow, but it must not hide answers that are still awaited. */
    for (size_t i = 0; i < e->n_flow; i++)
        if (e->flow[i]->answered) {
            e->flow[i]->cursor = e->flow[i]->n_rx;
            e->flow[i]->answered = false;
        }
}

void reason_add(struct engine *e, enum ms_verdict v, const char *reqs, const char *rule,
                const struct ms_step *s, uint32_t packet, const char *text)
{
    ms_record_reason(&e->record, v, reqs, rule, s, packet, text);
}

enum go step_failed(struct engine *e, const struct ms_step *s,
                    const struct ms_requirement *const *failed, size_t n, uint32_t packet,
                    const char *text)
{
    if (ms_record_failed(&e->record, s, failed, n, e->control, packet, text) <= MS_WARN)
        return GO_ON;
    e->stopped = true;
    return GO_STOP;
}

void step_ok(struct engine *e, const struct ms_step *s, uint32_t packet)
{
    ms_record_met(&e->record, s, packet);
}

void broken(struct engine *e, const char *fmt, ...)
{
    if (e->broken)
        return;
    va_list ap;
    va_start(ap, fmt);
    ms_step_error(&e->err, e->step, fmt, ap);
    va_end(ap);
    e->broken = true;
    e->stopped = true;
}

void note(struct engine *e, const char *fmt, ...)
{
    char msg[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    ms_record_note(&e->record, e->step, "", msg);
}
