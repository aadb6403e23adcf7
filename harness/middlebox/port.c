/* SPDX-License-Identifier: MIT */
/* Wires: opening them, and writing frames in batches. */
#include "middlebox/port.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOT_OCTETS = 1500 + 64, /* hosts are told of a path MTU of 1500; Ethernet header, VLAN tags */
    /*
     * About 5,000 frames: what a connection may have in flight (profile: 4 MiB sent, 6 MiB received) fits while the box
     * waits for a processor.
     */
    RING_OCTETS = 9 * 1024 * 1024,
    SEND_BUFFER = 4 * 1024 * 1024,
};
#define RETRY_NS   (1000 * 1000 * 1000ull)
#define NOT_SPOKEN 0x88b5 /* IEEE 802: for local experiments */

/*
 * libnet's socket asks for a copy of everything that arrives in the namespace, though its filter refuses them all: each
 * costs time on the way of every frame. Bound to a protocol that nobody speaks, it is asked for nothing.
 */
static int bind_sender(const struct box_port *p, unsigned ifindex, struct ms_error *err)
{
    const struct sockaddr_ll to = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(NOT_SPOKEN),
        .sll_ifindex = (int)ifindex,
    };
    const int size = SEND_BUFFER;
    if (bind(p->h.send_fd, (const struct sockaddr *)&to, sizeof to) != 0)
        return ms_fail_errno(err, "bind(AF_PACKET) to %s", p->h.ifname);
    /*
     * Frames are stamped when the host hands them to the wire, not when the kernel gets round to copying them into the
     * ring: asked of any socket it holds for all. Best effort.
     */
    const int one = 1;
    setsockopt(p->h.send_fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    /* Best effort, the second for those who may go beyond the system's limit. */
    setsockopt(p->h.send_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(p->h.send_fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    return MS_OK;
}

struct box_port *port_open(const struct ms_lab *lab, enum ms_host side, unsigned path,
                           struct ms_error *err)
{
    const struct ms_net *host = &lab->host[side];
    struct box_port *p = calloc(1, sizeof *p);
    uint8_t *octets = malloc(PORT_BATCH_OCTETS);
    if (p == NULL || octets == NULL) {
        free(p);
        free(octets);
        ms_fail(err, MS_ERR_NOMEM, "memory for a wire of the middlebox");
        return NULL;
    }
    p->octets = octets;
    p->side = side;
    p->path = path;
    p->away = lab->away[side];
    memcpy(p->mac, host->path[path].tester_mac, sizeof p->mac);
    memcpy(p->host_mac, host->path[path].iut_mac, sizeof p->host_mac);
    for (unsigned i = 0; i < PORT_BATCH_FRAMES; i++) {
        p->message[i].msg_hdr.msg_iov = &p->part[i];
        p->message[i].msg_hdr.msg_iovlen = 1;
    }
    if (link_handles_open(&p->h, host->path[path].tester_if, SLOT_OCTETS, RING_OCTETS, err) !=
            MS_OK ||
        bind_sender(p, host->path[path].tester_ifindex, err) != MS_OK ||
        (p->away && link_handles_only(&p->h, p->host_mac, err) != MS_OK)) {
        port_close(p);
        return NULL;
    }
    return p;
}

void port_close(struct box_port *p)
{
    if (p == NULL)
        return;
    link_handles_close(&p->h);
    free(p->octets);
    free(p);
}

bool port_has_room(const struct box_port *p, size_t len)
{
    return p->n < PORT_BATCH_FRAMES && len <= PORT_BATCH_OCTETS - p->used;
}

void port_put(struct box_port *p, const uint8_t *frame, size_t len)
{
    uint8_t *at = p->octets + p->used;
    memcpy(at, frame, len);
    /* Other sessions' hosts there have the same IP addresses: what is for all (ARP, neighbour solicitations) is for one. */
    if (p->away && len >= sizeof p->host_mac && at[0] & 1)
        memcpy(at, p->host_mac, sizeof p->host_mac);
    p->part[p->n++] = (struct iovec){.iov_base = at, .iov_len = len};
    p->used += len;
}

/* What to do with a frame that was not taken: try it again, or count it and go on; negative: the wire is gone. */
enum refusal { AGAIN, GIVEN_UP, GONE };

static enum refusal refused(const struct box_port *p, int cause, uint64_t *since,
                            struct ms_box_counts *counts)
{
    switch (cause) {
    case EINTR:
        return AGAIN;
    case EMSGSIZE:
        counts->too_large++;
        return GIVEN_UP;
    case ENOBUFS:
        if (link_no_carrier(&p->h)) {
            counts->no_carrier++;
            return GIVEN_UP;
        }
        /* fall through */
    case EAGAIN:
    case ENOMEM:
        if (*since == 0)
            *since = ms_now_ns();
        if (ms_now_ns() - *since < RETRY_NS) {
            sched_yield(); /* to the kernel's own thread that empties the queue */
            return AGAIN;
        }
        counts->refused++;
        return GIVEN_UP;
    default:
        return GONE;
    }
}

/* Writes frames `from` to `to`; those that were not taken are counted. */
static int write_frames(struct box_port *p, unsigned from, unsigned to,
                        struct ms_box_counts *counts, struct ms_error *err)
{
    uint64_t since = 0;

    while (from < to) {
        int n = sendmmsg(p->h.send_fd, p->message + from, to - from, MSG_DONTWAIT);
        if (n > 0) {
            from += (unsigned)n;
            counts->given += (unsigned)n;
            since = 0;
            continue;
        }
        int cause = errno;
        switch (refused(p, cause, &since, counts)) {
        case AGAIN:
            break;
        case GIVEN_UP:
            from++;
            break;
        case GONE:
            errno = cause;
            return ms_fail_errno(err, "middlebox: interface %s vanished or is down", p->h.ifname);
        }
    }
    return MS_OK;
}

int port_flush(struct box_port *p, struct ms_box_counts *counts, struct ms_error *err)
{
    int rc = write_frames(p, 0, p->n, counts, err);
    port_clear(p);
    return rc;
}

int port_write(struct box_port *p, unsigned i, struct ms_box_counts *counts, struct ms_error *err)
{
    const uint64_t before = counts->given;
    int rc = write_frames(p, i, i + 1, counts, err);
    return rc != MS_OK ? rc : counts->given != before;
}

void port_clear(struct box_port *p)
{
    p->n = 0;
    p->used = 0;
}
