/* SPDX-License-Identifier: MIT */
/* One buffer between a descriptor and the readers. It grows to the largest packet, never with the input. */
#include "capture/input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER (256u << 10)

bool input_stopped(const struct input *in)
{
    return in->cfg.stop && *in->cfg.stop;
}

/* Signals reach the process only while it waits here, so that none is lost between a look and a read. */
static int await(const struct input *in, struct ms_error *err)
{
    struct pollfd p = {.fd = in->fd, .events = POLLIN};
    while (!input_stopped(in)) {
        int n = ppoll(&p, 1, NULL, in->cfg.wait_mask);
        if (n > 0)
            return 1;
        if (n < 0 && errno != EINTR)
            return ms_fail_errno(err, "%s", in->name);
    }
    return 0;
}

static bool make_room(struct input *in, size_t n)
{
    if (in->start) {
        memmove(in->buf, in->buf + in->start, input_have(in));
        in->end -= in->start;
        in->start = 0;
    }
    if (n <= in->cap)
        return true;
    size_t cap = n > BUFFER ? n + n / 4 : BUFFER;
    uint8_t *more = realloc(in->buf, cap);
    if (!more)
        return false;
    in->buf = more;
    in->cap = cap;
    return true;
}

int input_need(struct input *in, size_t n, struct ms_error *err)
{
    if (input_have(in) >= n)
        return 1;
    if (in->fd < 0 || in->eof)
        return 0;
    if (!make_room(in, n))
        return ms_fail(err, MS_ERR_NOMEM, "%s: no memory for a packet of %zu octets", in->name, n);
    while (input_have(in) < n) {
        int ready = await(in, err);
        if (ready < 0)
            return ready;
        ssize_t got = ready ? read(in->fd, in->buf + in->end, in->cap - in->end) : 0;
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return ms_fail_errno(err, "%s: cannot read (at octet %llu)", in->name,
                                 (unsigned long long)(in->offset + input_have(in)));
        if (got == 0) {
            in->eof = true;
            return 0;
        }
        in->end += (size_t)got;
    }
    return 1;
}

int input_skip(struct input *in, uint64_t n, struct ms_error *err)
{
    while (n > input_have(in)) {
        n -= input_have(in);
        input_take(in, input_have(in));
        int rc = input_need(in, 1, err);
        if (rc <= 0)
            return rc;
    }
    input_take(in, (size_t)n);
    return 1;
}
