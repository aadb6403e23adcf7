/* SPDX-License-Identifier: MIT */
/* Expectations on the state of a subflow or connection, met by one or several segments. */
#include "engine/engine_int.h"

#include <stdio.h>
#include <string.h>

struct standing {
    bool met, hopeless;
    char text[400];
};

static void state_acked(struct engine *e, struct flow *f, const struct ms_step *s,
                        struct standing *st)
{
    (void)e;
    (void)s;
    st->met = f->snd_una == f->snd_nxt;
    snprintf(st->text, sizeof st->text, "acknowledged up to %u, sent up to %u (relative)",
             f->snd_una - f->isn, f->snd_nxt - f->isn);
}
static void state_data_acked(struct engine *e, struct flow *f, const struct ms_step *s,
                             struct standing *st)
{
    struct conn *c = f->conn;
    uint64_t want = c->dsn_nxt, n;
    if (s->n_args && s->arg[0].value && value_num(e, s->arg[0].value, &n))
        want = stream_base(c, true) + n; /* data_acked N: exactly the first N octets */
    st->met = c->dsn_una == want;
    st->hopeless = ms_dsn_lt(want, c->dsn_una);
    snprintf(st->text, sizeof st->text, "Data ACK at IDSN+%lld, expected IDSN+%lld",
             (long long)(c->dsn_una - c->idsn), (long long)(want - c->idsn));
}
static void state_stream(struct engine *e, struct flow *f, const struct ms_step *s,
                         struct standing *st)
{
    struct conn *c = f->conn;
    uint64_t want = 0;
    if (s->n_args && s->arg[0].value && !value_num(e, s->arg[0].value, &want))
        return;
    uint64_t got = c->data_rcv_nxt - stream_base(c, false);
    if (c->data_fin_rcvd && ms_dsn_lt(c->data_fin_dsn, c->data_rcv_nxt))
        got--; /* the DATA_FIN's octet is none of the stream's */
    st->met = got >= want;
    snprintf(st->text, sizeof st->text,
             "%llu octets of the IUT's stream came in order, expected %llu",
             (unsigned long long)got, (unsigned long long)want);
}
static void state_closed(struct engine *e, struct flow *f, const struct ms_step *s,
                         struct standing *st)
{
    (void)e;
    (void)s;
    st->met = f->fin_rcvd && f->fin_sent && f->snd_una == f->snd_nxt;
    snprintf(st->text, sizeof st->text, "FIN %s, own FIN %s, %s",
             f->fin_rcvd ? "received" : "not received", f->fin_sent ? "sent" : "not sent",
             f->snd_una == f->snd_nxt ? "all acknowledged" : "not acknowledged");
}
static void state_reset(struct engine *e, struct flow *f, const struct ms_step *s,
                        struct standing *st)
{
    (void)e;
    (void)s;
    st->met = f->rst_rcvd;
    snprintf(st->text, sizeof st->text, "no RST came");
}
static void state_established(struct engine *e, struct flow *f, const struct ms_step *s,
                              struct standing *st)
{
    (void)e;
    (void)s;
    st->met = f->established && ms_seq_lt(f->isn, f->snd_una);
    snprintf(st->text, sizeof st->text, "the SYN is not acknowledged");
}

static const struct {
    const char *name;
    void (*fn)(struct engine *e, struct flow *f, const struct ms_step *s, struct standing *st);
} states[] = {{"acked", state_acked},   {"data_acked", state_data_acked},
              {"stream", state_stream}, {"closed", state_closed},
              {"reset", state_reset},   {"established", state_established}};

void try_state(struct engine *e, const struct ms_step *s, bool take, struct attempt *t)
{
    struct flow *f = flow_find(e, s->subject);
    struct standing st = {0};
    char lead[96] = "";
    if (!f || !f->conn) {
        broken(e, "'%s' was never opened", s->subject);
        return;
    }
    for (size_t i = 0; i < MS_ARRAY_LEN(states); i++)
        if (strcmp(states[i].name, s->name) == 0)
            states[i].fn(e, f, s, &st);
    for (size_t i = f->cursor; i < f->n_rx && !st.met && !st.hopeless; i++) {
        struct rx *r = f->rx[i];
        if (!r->consumed && !r->repeated && r->seg->flags & MS_TH_RST) {
            st.hopeless = true;
            t->rx = r;
            snprintf(lead, sizeof lead, "came instead: a RST, packet %u\n", r->ev->packet);
        }
    }
    t->failed = s->tags.req;
    t->n_failed = s->tags.n;
    t->state = st.met ? TRY_MET : st.hopeless ? TRY_FAILED : TRY_YET;
    t->text = ms_arena_printf(e->a, "expected: %s\n%s%s\n", s->text ? s->text : "", lead, st.text);
    if (st.met && take) {
        f->answered = true;
        for (size_t i = f->cursor; i < f->n_rx && strcmp(s->name, "reset") == 0; i++)
            f->rx[i]->consumed |= (f->rx[i]->seg->flags & MS_TH_RST) != 0;
    }
}
