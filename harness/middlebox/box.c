/* SPDX-License-Identifier: MIT */
/* Frames from one host to the other. */
#include "middlebox/box_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { TIMER_EVENT = BOX_PORTS_MAX };

static void fail(struct ms_box *b, int status)
{
    if (b->status == MS_OK)
        b->status = status;
}

static void flush(struct ms_box *b, struct box_port *p)
{
    if (p->n == 0)
        return;
    if (b->tap.frame != NULL) {
        uint64_t now = ms_now_ns();
        for (unsigned i = 0; i < p->n; i++)
            b->tap.frame(b->tap.ctx, p->path, p->side, MS_DIR_TX, now, p->part[i].iov_base,
                         p->part[i].iov_len);
    }
    int rc = port_flush(p, &b->counts, b->err);
    if (rc != MS_OK)
        fail(b, rc);
}

/* What leaves the row; MS_DIR_TX is up, to the server. */
static void give(void *ctx, unsigned path, enum ms_dir dir, const uint8_t *frame, size_t len)
{
    struct ms_box *b = ctx;
    struct box_port *p = b->port[2 * path + (dir == MS_DIR_TX ? MS_SERVER : MS_CLIENT)];

    if (b->cut[path]) {
        b->counts.swallowed_by_cut++;
        return;
    }
    if (len > PORT_BATCH_OCTETS) {
        b->counts.too_large++;
        return;
    }
    if (!port_has_room(p, len))
        flush(b, p);
    port_put(p, frame, len);
}

static bool row_is_empty(const struct ms_box *b)
{
    return b->chain == NULL || ms_chain_empty(b->chain);
}

struct taking {
    struct ms_box *b;
    struct box_port *p;
};

static void take(u_char *user, const struct pcap_pkthdr *head, const u_char *frame)
{
    struct taking *t = (void *)user;
    struct ms_box *b = t->b;
    struct box_port *p = t->p;
    const enum ms_dir dir = p->side == MS_CLIENT ? MS_DIR_TX : MS_DIR_RX;

    if (head->caplen < head->len) {
        fail(b, ms_fail(b->err, MS_ERR_RANGE,
                        "middlebox: a frame of %u octets from the %s is larger than the path's MTU "
                        "(were routes or offloads of the host changed?)",
                        head->len, ms_host_name(p->side)));
        return;
    }
    if (head->caplen >= sizeof p->mac && memcmp(frame, p->mac, sizeof p->mac) == 0) {
        p->proven = true;
        return;
    }
    b->counts.taken++;
    if (b->tap.frame != NULL)
        b->tap.frame(b->tap.ctx, p->path, p->side, MS_DIR_RX, ms_now_ns(), frame, head->caplen);
    if (b->cut[p->path]) {
        b->counts.swallowed_by_cut++;
        return;
    }
    if (row_is_empty(b)) {
        give(b, p->path, dir, frame, head->caplen);
        return;
    }
    int rc = ms_chain_frame(b->chain, p->path, dir, ms_now_ns(), frame, head->caplen, give, b);
    if (rc != MS_OK)
        fail(b, ms_fail(b->err, (enum ms_status)rc, "middlebox: rewriting a frame of the %s",
                        ms_host_name(p->side)));
}

/* What rewrites hold and is due. */
static void run_row(struct ms_box *b)
{
    if (b->chain == NULL || ms_chain_due(b->chain) > ms_now_ns())
        return;
    int rc = ms_chain_run(b->chain, ms_now_ns(), give, b);
    if (rc != MS_OK)
        fail(b, ms_fail(b->err, (enum ms_status)rc, "middlebox: passing on what a rewrite held"));
}

static void arm(struct ms_box *b)
{
    const uint64_t due = b->chain == NULL ? UINT64_MAX : ms_chain_due(b->chain);
    if (due == b->armed)
        return;
    struct itimerspec when = {0};
    if (due != UINT64_MAX) {
        when.it_value.tv_sec = (time_t)(due / 1000000000u);
        when.it_value.tv_nsec = (long)(due % 1000000000u);
        if (due == 0)
            when.it_value.tv_nsec = 1; /* zero would switch it off */
    }
    if (timerfd_settime(b->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0)
        fail(b, ms_fail_errno(b->err, "middlebox: timerfd_settime"));
    b->armed = due;
}

static bool take_all(struct ms_box *b, struct box_port *p)
{
    struct taking t = {b, p};
    int n = pcap_dispatch(p->h.pcap, PORT_BATCH_FRAMES, take, (u_char *)&t);
    if (n < 0)
        fail(b, ms_fail(b->err, MS_ERR_SYS, "middlebox: capture on %s: %s (did it vanish?)",
                        p->h.ifname, pcap_geterr(p->h.pcap)));
    return n >= PORT_BATCH_FRAMES;
}

static int finish(struct ms_box *b, bool more)
{
    run_row(b);
    for (unsigned i = 0; i < b->n_ports; i++)
        flush(b, b->port[i]);
    arm(b);
    b->err = NULL;
    return b->status != MS_OK ? b->status : more;
}

/*
 * First everything is taken, then everything is given: so what a host had sent before it got a frame is seen before
 * that frame, but for what it sends in the moment between.
 */
int box_round(struct ms_box *b, struct ms_error *err)
{
    struct epoll_event ready[BOX_PORTS_MAX + 1];
    bool more = false;

    b->err = err;
    int n = epoll_wait(b->epoll_fd, ready, BOX_PORTS_MAX + 1, 0);
    if (n < 0 && errno != EINTR)
        fail(b, ms_fail_errno(err, "middlebox: epoll_wait"));
    for (int i = 0; i < n; i++) {
        if (ready[i].data.u32 == TIMER_EVENT) {
            uint64_t rung;
            (void)!read(b->timer_fd, &rung, sizeof rung);
            b->armed = UINT64_MAX;
        } else if (take_all(b, b->port[ready[i].data.u32])) {
            more = true;
        }
    }
    return finish(b, more);
}

int ms_box_work(struct ms_box *b, struct ms_error *err)
{
    return box_round(b, err);
}

int ms_box_chain_changed(struct ms_box *b, struct ms_error *err)
{
    b->err = err;
    return finish(b, false);
}

int ms_box_fd(const struct ms_box *b)
{
    return b->epoll_fd;
}

void ms_box_cut(struct ms_box *b, unsigned path, bool cut)
{
    if (path < b->lab->n_paths)
        b->cut[path] = cut;
}

void ms_box_counts(const struct ms_box *b, struct ms_box_counts *out)
{
    *out = b->counts;
    for (unsigned i = 0; i < b->n_ports; i++)
        out->lost += link_handles_lost(&b->port[i]->h);
}

uint64_t ms_box_lost(const struct ms_box *b)
{
    struct ms_box_counts c;
    ms_box_counts(b, &c);
    return c.lost + c.refused;
}

static int watch(struct ms_box *b, int fd, uint32_t number, struct ms_error *err)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = number};
    if (epoll_ctl(b->epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0)
        return ms_fail_errno(err, "middlebox: epoll_ctl");
    return MS_OK;
}

static int open_all(struct ms_box *b, struct ms_error *err)
{
    b->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    b->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (b->epoll_fd < 0 || b->timer_fd < 0)
        return ms_fail_errno(err, "middlebox: epoll and timer descriptors");
    int rc = watch(b, b->timer_fd, TIMER_EVENT, err);
    for (unsigned i = 0; rc == MS_OK && i < 2 * b->lab->n_paths; i++) {
        const enum ms_host side = i % 2 == 0 ? MS_CLIENT : MS_SERVER;
        b->port[i] = port_open(&b->lab->host[side], side, i / 2, err);
        if (b->port[i] == NULL)
            return MS_ERR_SYS;
        b->n_ports++;
        rc = watch(b, pcap_get_selectable_fd(b->port[i]->h.pcap), i, err);
    }
    return rc;
}

int ms_box_open(const struct ms_lab *lab, struct ms_chain *chain, const struct ms_box_tap *tap,
                struct ms_box **out, struct ms_error *err)
{
    *out = NULL;
    struct ms_box *b = calloc(1, sizeof *b);
    if (b == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a middlebox");
    b->lab = lab;
    b->chain = chain;
    if (tap != NULL)
        b->tap = *tap;
    b->epoll_fd = b->timer_fd = -1;
    b->armed = UINT64_MAX;

    int was;
    int rc = ms_ns_enter(lab->ns_box, &was, err);
    if (rc == MS_OK) {
        rc = open_all(b, err);
        int back = ms_ns_return(was, rc == MS_OK ? err : NULL);
        rc = rc != MS_OK ? rc : back;
    }
    if (rc == MS_OK)
        rc = box_prove(b, err);
    if (rc != MS_OK) {
        ms_box_close(b);
        return rc;
    }
    *out = b;
    return MS_OK;
}

void ms_box_close(struct ms_box *b)
{
    if (b == NULL)
        return;
    for (unsigned i = 0; i < b->n_ports; i++)
        port_close(b->port[i]);
    if (b->timer_fd >= 0)
        close(b->timer_fd);
    if (b->epoll_fd >= 0)
        close(b->epoll_fd);
    free(b);
}
