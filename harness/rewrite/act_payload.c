/* SPDX-License-Identifier: MIT */
/* Actions on the payload that do not change its length, or leave nothing of it. */
#include "rewrite/actions.h"

#include <string.h>

/* The TCP checksum is made anew by the encoder; that of the DSS stays and so gives the change away. */
REWRITE_APPLY(act_corrupt)
{
    (void)r;
    w->payload[0] ^= 1;
    return REWRITE_CHANGED;
}

/* As many octets may have got larger as smaller: one more bit sees to it that the sum differs. */
REWRITE_APPLY(act_corrupt_all)
{
    const size_t n = w->seg.payload_len;
    const uint16_t sum = ms_csum_finish(ms_csum_add(0, w->payload, n));
    (void)r;
    for (size_t i = 0; i < n; i++)
        w->payload[i] ^= 1;
    if (ms_csum_finish(ms_csum_add(0, w->payload, n)) == sum)
        w->payload[0] ^= 2;
    return REWRITE_CHANGED;
}

/*
 * RFC 8684 3.3.1: the DSS checksum is a plain sum, so a changed word changes it alone (RFC 1624); the upper
 * half of the DSN, which the segment may not show, is not needed. The mapping must start in this segment.
 */
REWRITE_APPLY(act_change_payload)
{
    uint8_t word[2] = {w->payload[0], 0};
    const uint32_t was = ms_get16(word);
    act_corrupt(r, w);
    word[0] = w->payload[0];
    const uint32_t is = ms_get16(word);
    for (unsigned i = 0; i < w->seg.n_opt; i++) {
        struct ms_opt *o = &w->opts[i];
        if (o->kind != MS_TCPOPT_MPTCP || !o->mp.has_csum)
            continue;
        const uint32_t sum = (uint32_t)(uint16_t)~o->mp.csum + (uint16_t)~was + is;
        o->mp.csum = ms_csum_finish(sum);
        ms_opt_build(o);
    }
    return REWRITE_CHANGED;
}

REWRITE_APPLY(act_payload_drop)
{
    (void)r;
    w->seg.payload_len = 0;
    return REWRITE_CHANGED;
}

REWRITE_APPLY(act_replace)
{
    const struct rewrite_text *from = &r->text[0], *to = &r->text[1];
    enum rewrite_result result = REWRITE_UNCHANGED;
    uint8_t *at = w->payload, *end = w->payload + w->seg.payload_len;
    while ((at = memmem(at, (size_t)(end - at), from->octets, from->len)) != NULL) {
        memcpy(at, to->octets, to->len);
        at += to->len;
        result = REWRITE_CHANGED;
    }
    return result;
}

/* The copy is an honest segment but for its content. */
REWRITE_APPLY(act_dup_changed)
{
    act_corrupt_all(r, w);
    const bool sent = rewrite_send_like(w, &w->seg);
    return sent ? REWRITE_ADDED : REWRITE_UNCHANGED;
}
