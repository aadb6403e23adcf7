/* SPDX-License-Identifier: MIT */
/* Opening and closing a link. */
#include "link/link_int.h"

#include <stdlib.h>
#include <string.h>

int ms_link_open(const char *ifname, const uint8_t own_mac[6], struct ms_link **out,
                 struct ms_error *err)
{
    *out = NULL;
    struct ms_link *l = calloc(1, sizeof *l);
    if (l == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a link");
    queue_init(&l->queue);
    queue_init(&l->outbound);
    memcpy(l->mac, own_mac, 6);
    int rc = link_handles_open(&l->h, ifname, 0, 0, err);
    if (rc != MS_OK) {
        ms_link_close(l);
        return rc;
    }
    *out = l;
    return MS_OK;
}

int ms_link_peer(struct ms_link *l, const uint8_t mac[6], struct ms_error *err)
{
    memcpy(l->peer, mac, 6);
    l->shared = true;
    return link_handles_only(&l->h, mac, err);
}

void ms_link_close(struct ms_link *l)
{
    if (l == NULL)
        return;
    link_handles_close(&l->h);
    queue_free(&l->queue);
    queue_free(&l->outbound);
    free(l);
}

int ms_link_fd(const struct ms_link *l)
{
    return pcap_get_selectable_fd(l->h.pcap);
}

unsigned ms_link_lost(const struct ms_link *l)
{
    return link_handles_lost(&l->h);
}
