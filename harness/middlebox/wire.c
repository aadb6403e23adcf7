/* SPDX-License-Identifier: MIT */
/*
 * Taking frames from the hosts and giving frames to them, so that the taps see each host's frames in the order in which
 * the host sent and got them. With a box that looks at one wire after the other and writes batches they would see what a
 * host had sent already behind what it got a moment later, and judge it by what it could not know.
 */
#include "middlebox/box_int.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

enum { INBOX_OCTETS_MAX = 64 * 1024 * 1024 };
/* With taps a wire is emptied: what it still has would be older than what the others gave. */
enum { ALL_THAT_WAITS = -1 };
/* A frame so far ahead was stamped before somebody set the clock back. */
#define AHEAD_NS (100 * 1000 * 1000ull)

static uint64_t real_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
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

    if (head->caplen < head->len) {
        box_fail(b, ms_fail(b->err, MS_ERR_RANGE,
                            "middlebox: a frame of %u octets from the %s is larger than the path's "
                            "MTU (were routes or offloads of the host changed?)",
                            head->len, ms_host_name(p->side)));
        return;
    }
    if (head->caplen >= sizeof p->mac && memcmp(frame, p->mac, sizeof p->mac) == 0) {
        p->proven = true;
        return;
    }
    b->counts.taken++;
    if (b->tap.frame == NULL) {
        box_pass(b, p, frame, head->caplen);
        return;
    }
    const uint64_t sent = (uint64_t)head->ts.tv_sec * 1000000000u + (uint64_t)head->ts.tv_usec;
    if (!inbox_put(&b->host[p->side].in, p, sent, frame, head->caplen))
        box_fail(b, ms_fail(b->err, MS_ERR_NOMEM, "middlebox: memory for a frame"));
}

bool box_take(struct ms_box *b, enum ms_host side)
{
    struct epoll_event ready[MS_PATHS_MAX];
    const int batch = b->tap.frame != NULL ? ALL_THAT_WAITS : PORT_BATCH_FRAMES;
    bool more = false;

    b->host[side].horizon_ns = real_ns();
    int n = epoll_wait(b->host[side].fd, ready, MS_PATHS_MAX, 0);
    if (n < 0 && errno != EINTR)
        box_fail(b, ms_fail_errno(b->err, "middlebox: epoll_wait"));
    for (int i = 0; i < n; i++) {
        struct taking t = {b, b->port[ready[i].data.u32]};
        int got = pcap_dispatch(t.p->h.pcap, batch, take, (u_char *)&t);
        if (got < 0)
            box_fail(b, ms_fail(b->err, MS_ERR_SYS, "middlebox: capture on %s: %s (did it vanish?)",
                                t.p->h.ifname, pcap_geterr(t.p->h.pcap)));
        more = more || got == PORT_BATCH_FRAMES;
    }
    inbox_sort(&b->host[side].in);
    return more;
}

static void tell(struct ms_box *b, const struct box_port *p, enum ms_dir dir, uint64_t time_ns,
                 const uint8_t *frame, size_t len)
{
    if (time_ns < b->told_ns)
        time_ns = b->told_ns;
    b->told_ns = time_ns;
    b->tap.frame(b->tap.ctx, p->path, p->side, dir, time_ns, frame, len);
}

void box_tell_taken(struct ms_box *b, enum ms_host side, uint64_t limit_ns)
{
    struct inbox *in = &b->host[side].in;
    if (in->told == in->n)
        return;
    const uint64_t now = ms_now_ns(), real = real_ns();
    if (limit_ns > b->host[side].horizon_ns)
        limit_ns = b->host[side].horizon_ns;
    for (; in->told < in->n; in->told++) {
        const struct inbox_frame *f = &in->frame[in->told];
        if (f->sent_ns >= limit_ns && f->sent_ns - limit_ns < AHEAD_NS)
            break;
        const uint64_t ago = real > f->sent_ns ? real - f->sent_ns : 0;
        tell(b, f->from, MS_DIR_RX, ago < now ? now - ago : now, in->octets + f->at, f->len);
    }
}

/*
 * One frame: written first, told then, between what the host sent before it was written and what it sent afterwards. The
 * answer may be there before the write returns.
 */
static void give_one(struct ms_box *b, struct box_port *p, unsigned i)
{
    const uint64_t real = real_ns(), now = ms_now_ns();
    int rc = port_write(p, i, &b->counts, b->err);
    if (rc < 0)
        box_fail(b, rc);
    if (b->host[p->side].in.used < INBOX_OCTETS_MAX)
        box_take(b, p->side);
    box_tell_taken(b, p->side, real);
    if (rc > 0)
        tell(b, p, MS_DIR_TX, now, p->part[i].iov_base, p->part[i].iov_len);
    box_tell_taken(b, p->side, UINT64_MAX);
}

void box_flush(struct ms_box *b, struct box_port *p)
{
    if (p->n == 0)
        return;
    if (b->tap.frame == NULL) {
        int rc = port_flush(p, &b->counts, b->err);
        if (rc != MS_OK)
            box_fail(b, rc);
        return;
    }
    for (unsigned i = 0; i < p->n && b->status == MS_OK; i++)
        give_one(b, p, i);
    port_clear(p);
}
