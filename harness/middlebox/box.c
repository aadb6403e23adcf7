/* SPDX-License-Identifier: MIT */
/* Frames from one host to the other. */
#include "middlebox/box_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* What the box's descriptor watches, besides MS_CLIENT and MS_SERVER. */
enum { TIMER = 2, WATCHED = 3 };

void box_fail(struct ms_box *b, int status)
{
    if (b->status == MS_OK)
        b->status = status;
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
        box_flush(b, p);
    port_put(p, frame, len);
}

static bool row_is_empty(const struct ms_box *b)
{
    return b->chain == NULL || ms_chain_empty(b->chain);
}

void box_pass(struct ms_box *b, const struct box_port *from, const uint8_t *frame, size_t len)
{
    const enum ms_dir dir = from->side == MS_CLIENT ? MS_DIR_TX : MS_DIR_RX;

    if (b->cut[from->path]) {
        b->counts.swallowed_by_cut++;
        return;
    }
    if (row_is_empty(b)) {
        give(b, from->path, dir, frame, len);
        return;
    }
    int rc = ms_chain_frame(b->chain, from->path, dir, ms_now_ns(), frame, len, give, b);
    if (rc != MS_OK)
        box_fail(b, ms_fail(b->err, (enum ms_status)rc, "middlebox: rewriting a frame of the %s",
                            ms_host_name(from->side)));
}

/* What rewrites hold and is due. */
static void run_row(struct ms_box *b)
{
    if (b->chain == NULL || ms_chain_due(b->chain) > ms_now_ns())
        return;
    int rc = ms_chain_run(b->chain, ms_now_ns(), give, b);
    if (rc != MS_OK)
        box_fail(b,
                 ms_fail(b->err, (enum ms_status)rc, "middlebox: passing on what a rewrite held"));
}

static bool inbox_waits(const struct ms_box *b)
{
    return b->host[MS_CLIENT].in.n > 0 || b->host[MS_SERVER].in.n > 0 || b->work.n > 0;
}

static void arm(struct ms_box *b)
{
    uint64_t due = b->chain == NULL ? UINT64_MAX : ms_chain_due(b->chain);
    if (inbox_waits(b)) /* its turn is the next round */
        due = 0;
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
        box_fail(b, ms_fail_errno(b->err, "middlebox: timerfd_settime"));
    b->armed = due;
}

static int finish(struct ms_box *b, bool more)
{
    run_row(b);
    for (unsigned i = 0; i < b->n_ports; i++)
        box_flush(b, b->port[i]);
    arm(b);
    b->err = NULL;
    return b->status != MS_OK ? b->status : more || inbox_waits(b);
}

/* What the taps were shown of a host becomes the work to be done. More may come into the inbox while that is written. */
static void begin_work(struct ms_box *b, enum ms_host side)
{
    const struct inbox taken = b->host[side].in;
    b->host[side].in = b->work;
    b->work = taken;
    b->work_at = 0;
    if (!inbox_move_fresh(&b->work, &b->host[side].in))
        box_fail(b, ms_fail(b->err, MS_ERR_NOMEM, "middlebox: memory for a frame"));
}

/*
 * A batch of it, through the row; true when some is left. A whole window of a host may wait: who cuts a path when so many
 * octets have passed must be heard before the rest has gone as well.
 */
static bool go_on_with_work(struct ms_box *b)
{
    for (unsigned i = 0; i < PORT_BATCH_FRAMES && b->work_at < b->work.n; i++, b->work_at++) {
        const struct inbox_frame *f = &b->work.frame[b->work_at];
        box_pass(b, f->from, b->work.octets + f->at, f->len);
    }
    if (b->work_at < b->work.n)
        return true;
    inbox_empty(&b->work);
    b->work_at = 0;
    return false;
}

int box_round(struct ms_box *b, struct ms_error *err)
{
    struct epoll_event ready[WATCHED];
    /* What could not be shown yet: the wires must be looked at again, though nothing may have come. */
    bool look[2] = {b->host[MS_CLIENT].in.n > 0, b->host[MS_SERVER].in.n > 0};
    bool more = false;

    b->err = err;
    int n = epoll_wait(b->epoll_fd, ready, WATCHED, 0);
    if (n < 0 && errno != EINTR)
        box_fail(b, ms_fail_errno(err, "middlebox: epoll_wait"));
    for (int i = 0; i < n; i++) {
        if (ready[i].data.u32 == TIMER) {
            uint64_t rung;
            (void)!read(b->timer_fd, &rung, sizeof rung);
            b->armed = UINT64_MAX;
        } else {
            look[ready[i].data.u32] = true;
        }
    }
    bool left = b->work.n > 0 && go_on_with_work(b);
    for (unsigned k = 0; k < 2 && !left; k++) {
        const enum ms_host h = b->turn;
        b->turn = h == MS_CLIENT ? MS_SERVER : MS_CLIENT;
        if (!look[h])
            continue;
        more = box_take(b, h) || more;
        box_tell_taken(b, h, UINT64_MAX);
        begin_work(b, h);
        left = go_on_with_work(b);
    }
    return finish(b, more || left);
}

int ms_box_work(struct ms_box *b, struct ms_error *err)
{
    return box_round(b, err);
}

int ms_box_chain_changed(struct ms_box *b, struct ms_error *err)
{
    b->err = err;
    int rc = finish(b, false);
    return rc < 0 ? rc : MS_OK;
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

static int watch(int epoll_fd, int fd, uint32_t number, struct ms_error *err)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = number};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0)
        return ms_fail_errno(err, "middlebox: epoll_ctl");
    return MS_OK;
}

static int open_descriptors(struct ms_box *b, struct ms_error *err)
{
    b->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    b->host[MS_CLIENT].fd = epoll_create1(EPOLL_CLOEXEC);
    b->host[MS_SERVER].fd = epoll_create1(EPOLL_CLOEXEC);
    b->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (b->epoll_fd < 0 || b->host[MS_CLIENT].fd < 0 || b->host[MS_SERVER].fd < 0 ||
        b->timer_fd < 0)
        return ms_fail_errno(err, "middlebox: epoll and timer descriptors");
    int rc = watch(b->epoll_fd, b->timer_fd, TIMER, err);
    for (enum ms_host h = MS_CLIENT; rc == MS_OK && h <= MS_SERVER; h++)
        rc = watch(b->epoll_fd, b->host[h].fd, h, err);
    return rc;
}

static int open_ports(struct ms_box *b, struct ms_error *err)
{
    int rc = MS_OK;
    for (unsigned i = 0; rc == MS_OK && i < 2 * b->lab->n_paths; i++) {
        const enum ms_host side = i % 2 == 0 ? MS_CLIENT : MS_SERVER;
        int was;
        rc = ms_ns_enter(b->lab->away[side] ? b->lab->ns_origin : b->lab->ns_box, &was, err);
        if (rc != MS_OK)
            return rc;
        b->port[i] = port_open(b->lab, side, i / 2, err);
        rc = ms_ns_return(was, b->port[i] != NULL ? err : NULL);
        if (b->port[i] == NULL)
            return MS_ERR_SYS;
        b->n_ports++;
        if (rc == MS_OK)
            rc = watch(b->host[side].fd, pcap_get_selectable_fd(b->port[i]->h.pcap), i, err);
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
    b->epoll_fd = b->timer_fd = b->host[MS_CLIENT].fd = b->host[MS_SERVER].fd = -1;
    b->armed = UINT64_MAX;

    int rc = open_descriptors(b, err);
    if (rc == MS_OK)
        rc = open_ports(b, err);
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
    const int fds[] = {b->timer_fd, b->host[MS_CLIENT].fd, b->host[MS_SERVER].fd, b->epoll_fd};
    for (size_t i = 0; i < MS_ARRAY_LEN(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    inbox_free(&b->host[MS_CLIENT].in);
    inbox_free(&b->host[MS_SERVER].in);
    inbox_free(&b->work);
    free(b);
}
