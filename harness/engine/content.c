/* SPDX-License-Identifier: MIT */
/* What should be on the two streams: the tester's, and what the IUT's application wrote. */
#include "engine/engine_int.h"

#include <string.h>

/* A request of HTTP whose first line goes on and on: a server reads it and has nothing to answer. */
static void as_text(uint64_t offset, bool variant, uint8_t *out, size_t n)
{
    static const char *const start[] = {"GET /", "PUT /"};
    for (size_t i = 0; i < n; i++)
        out[i] =
            offset + i < 5 ? (uint8_t)start[variant][offset + i] : (uint8_t)('a' + out[i] % 26);
}

void content_fill(const struct engine *e, uint64_t variant, uint64_t offset, uint8_t *out, size_t n)
{
    ms_stream_fill(e->tester_seed + variant, offset, out, n);
    if (e->seat.text)
        as_text(offset, variant != 0, out, n);
}

void content_of_tester(const struct engine *e, const struct conn *c, uint64_t offset, uint8_t *out,
                       size_t n)
{
    content_fill(e, 0, offset, out, n);
    for (size_t i = 0; i < c->n_literal;
         i++) { /* payloads that the case wrote out lie over the generated octets */
        const struct literal *x = &c->literal[i];
        uint64_t at = x->dsn - stream_base(c, true);
        for (size_t k = 0; k < x->len; k++)
            if (at + k >= offset && at + k - offset < n)
                out[at + k - offset] = x->octets[k];
    }
}

/* How many octets the IUT's application can have written by now. */
static uint64_t written(const struct engine *e, const struct conn *c)
{
    const char *service = e->c->service;
    uint64_t asked = c->app ? c->app->asked_send : 0;
    if (service && strcmp(service, "echo") == 0)
        return asked + c->sent_total;
    if (service && strcmp(service, "source") == 0)
        return e->c->service_arg ? asked + e->c->service_arg : UINT64_MAX;
    return asked;
}

static void differs(struct engine *e, const struct rx *r, uint64_t at, const char *what)
{
    reason_add(e, MS_FAIL, "R-3.3.1-01", NULL, e->step, r->ev->packet,
               ms_arena_printf(e->a, "data from the IUT at stream offset %llu %s",
                               (unsigned long long)at, what));
}

void content_check(struct engine *e, const struct rx *r, uint64_t dsn, const uint8_t *p, size_t n)
{
    const struct conn *c = r->flow->conn;
    bool echo = e->c->service && strcmp(e->c->service, "echo") == 0;
    uint8_t want[2048];
    /* Without the key the stream has no known start; one octet below what is due is a window probe (RFC 9293
     * 3.8.6.1), whose content is nobody's; what a middlebox changed on the way is not the IUT's. */
    if (!c->have_peer_key || r->ev->at || (n == 1 && ms_dsn_lt(dsn, c->data_rcv_nxt)) ||
        (echo && (c->varied || (c->app && c->app->asked_send))))
        return;
    uint64_t at = dsn - stream_base(c, false);
    if (at > UINT32_MAX)
        return; /* numbered from another start than its key gives: that is for the rule of the first DSN */
    if (at + n > written(e, c)) {
        differs(e, r, at, "are more than its application wrote");
        return;
    }
    for (size_t done = 0; done < n;) {
        size_t k = n - done < sizeof want ? n - done : sizeof want;
        if (echo)
            content_of_tester(e, c, at + done, want, k);
        else
            ms_stream_fill(e->iut_seed, at + done, want, k);
        if (memcmp(want, p + done, k) != 0) {
            differs(e, r, at + done, "are not what its application wrote");
            return;
        }
        done += k;
    }
}
