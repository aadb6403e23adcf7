/* SPDX-License-Identifier: MIT */
/* Frames in and out, through cut and queue. */
#include "link/link_int.h"

#include <errno.h>
#include <sched.h>

void ms_link_strangers(struct ms_link *l, bool on)
{
    l->strangers = on;
}

void ms_link_cut(struct ms_link *l, bool cut)
{
    l->cut = cut;
}

int link_write(struct ms_link *l, const uint8_t *frame, size_t len, struct ms_error *err)
{
    enum { TRIES = 100 };

    for (int i = 0;; i++) {
        int n = libnet_adv_write_link(l->h.libnet, frame, (uint32_t)len);
        if (n == (int)len)
            return MS_OK;
        int cause = n < 0 ? errno : EMSGSIZE;
        if (cause == ENOBUFS && link_no_carrier(&l->h))
            return MS_OK;
        if ((cause == ENOBUFS || cause == EAGAIN || cause == EINTR) && i < TRIES) {
            sched_yield();
            continue;
        }
        errno = cause;
        if (cause == ENXIO || cause == ENODEV || cause == ENETDOWN)
            return ms_fail_errno(err, "interface %s vanished or is down", l->h.ifname);
        return ms_fail_errno(err, "injecting %zu octets on %s", len, l->h.ifname);
    }
}

int link_capture(struct ms_link *l, const uint8_t **frame, size_t *len, struct ms_error *err)
{
    struct pcap_pkthdr *head;
    int rc = pcap_next_ex(l->h.pcap, &head, frame);

    if (rc == 0)
        return 0;
    if (rc != 1)
        return ms_fail(err, MS_ERR_SYS, "capture on %s: %s (did the interface vanish?)",
                       l->h.ifname, pcap_geterr(l->h.pcap));
    if (head->caplen < head->len)
        return ms_fail(err, MS_ERR_RANGE,
                       "capture on %s: a frame of %u octets is larger than the MTU (segmentation "
                       "offload of the other end must be off)",
                       l->h.ifname, head->len);
    *len = head->caplen;
    return 1;
}

int ms_link_next(struct ms_link *l, struct ms_link_frame *f, struct ms_error *err)
{
    for (;;) {
        const struct queued_frame *waiting = queue_take(&l->queue);
        if (waiting != NULL) {
            *f = (struct ms_link_frame){waiting->octets, waiting->len, waiting->time_ns};
            return 1;
        }
        const uint8_t *frame;
        size_t len;
        int rc = link_capture(l, &frame, &len, err);
        if (rc != 1)
            return rc;
        if (l->cut)
            continue;
        int status;
        if (neigh_handle(l, frame, len, NULL, err, &status) != LINK_FRAME_TCP_OR_OTHER) {
            if (status != MS_OK)
                return status;
            continue;
        }
        *f = (struct ms_link_frame){frame, len, ms_now_ns()};
        return 1;
    }
}

int ms_link_send(struct ms_link *l, const uint8_t *frame, size_t len, struct ms_error *err)
{
    int rc = link_confined(l, frame, len, err);
    if (rc != MS_OK || l->cut)
        return rc;
    return l->pace || l->outbound.head ? pace_send(l, frame, len, err)
                                       : link_write(l, frame, len, err);
}
