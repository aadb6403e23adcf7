/* SPDX-License-Identifier: MIT */
/* The netlink batch: gathering, sending, and making errors out of acknowledgments. */
#include "topo/nl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int nl_open(struct nl_batch *b, struct ms_error *err)
{
    int one = 1;

    b->n = 0;
    b->len = 0;
    b->path_mtu = 0;
    b->overflow = b->lenient = false;
    b->sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (b->sock == NULL)
        return ms_fail_errno(err, "socket(AF_NETLINK, NETLINK_ROUTE)");
    /* Best effort: the kernel's own words in errors, and no copy of the request in them. */
    mnl_socket_setsockopt(b->sock, NETLINK_EXT_ACK, &one, sizeof one);
    mnl_socket_setsockopt(b->sock, NETLINK_CAP_ACK, &one, sizeof one);
    return MS_OK;
}

void nl_close(struct nl_batch *b)
{
    if (b->sock != NULL)
        mnl_socket_close(b->sock);
    b->sock = NULL;
}

struct nlmsghdr *nl_add(struct nl_batch *b, uint16_t type, uint16_t flags, const char *what,
                        const struct ms_addr *addr)
{
    void *at = b->buf + b->len;
    if (b->n == NL_BATCH_MESSAGES || b->len + NL_MESSAGE_MAX > sizeof b->buf) {
        b->overflow = true;
        at = b->scratch;
    }
    memset(at, 0, NL_MESSAGE_MAX); /* libmnl leaves the padding of attributes as it finds it */
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);
    nlh->nlmsg_type = type;
    nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    nlh->nlmsg_seq = b->n + 1;
    if (!b->overflow) {
        b->msg[b->n].what = what;
        b->msg[b->n].tolerate = b->lenient ? NL_ANY : NL_NOTHING;
        b->msg[b->n].addr = addr != NULL ? *addr : (struct ms_addr){0};
    }
    return nlh;
}

void nl_tolerate_existing(struct nl_batch *b)
{
    if (!b->overflow && b->msg[b->n].tolerate == NL_NOTHING)
        b->msg[b->n].tolerate = NL_EXISTING;
}

void nl_end(struct nl_batch *b, struct nlmsghdr *nlh)
{
    if (b->overflow)
        return;
    b->len += NLMSG_ALIGN(nlh->nlmsg_len);
    b->n++;
}

/* Text that the kernel attached to an error, or "". Looks only at octets within the message. */
static const char *ext_ack_text(const struct nlmsghdr *nlh)
{
    const size_t head = sizeof(struct nlmsgerr);
    if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || !(nlh->nlmsg_flags & NLM_F_CAPPED))
        return "";
    const char *end = mnl_nlmsg_get_payload_tail(nlh);
    for (const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, head);
         mnl_attr_ok(attr, (int)(end - (const char *)attr)); attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
            mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
            return mnl_attr_get_str(attr);
    }
    return "";
}

static int report(const struct nl_batch *b, const struct nlmsghdr *nlh, int code,
                  struct ms_error *err)
{
    char text[46] = "";
    const char *more = ext_ack_text(nlh);
    unsigned i = nlh->nlmsg_seq - 1;

    if (i >= b->n) {
        errno = code;
        return ms_fail_errno(err, "netlink");
    }
    if (b->msg[i].tolerate == NL_ANY || (b->msg[i].tolerate == NL_EXISTING && code == EEXIST))
        return MS_OK;
    if (b->msg[i].addr.family != 0)
        ms_addr_text(&b->msg[i].addr, text);
    errno = code;
    return ms_fail_errno(err, "netlink: %s%s%s%s%s%s", b->msg[i].what, *text ? " " : "", text,
                         *more ? " (" : "", more, *more ? ")" : "");
}

int nl_commit(struct nl_batch *b, struct ms_error *err)
{
    _Alignas(8) uint8_t in[8192];
    unsigned last = b->n;
    int rc = MS_OK;

    if (b->overflow)
        return ms_fail(err, MS_ERR_RANGE, "netlink: the topology is too large for one batch");
    if (last == 0)
        return MS_OK;
    /* The header of the last request stands where walking the batch ends. */
    size_t at = 0;
    for (unsigned i = 1; i < last; i++)
        at += NLMSG_ALIGN(((struct nlmsghdr *)(void *)(b->buf + at))->nlmsg_len);
    ((struct nlmsghdr *)(void *)(b->buf + at))->nlmsg_flags |= NLM_F_ACK;

    if (mnl_socket_sendto(b->sock, b->buf, b->len) < 0)
        return ms_fail_errno(err, "sending to netlink");
    for (bool done = false; !done;) {
        ssize_t n = mnl_socket_recvfrom(b->sock, in, sizeof in);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ms_fail_errno(err, "receiving from netlink");
        const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)in;
        for (int left = (int)n; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
            if (nlh->nlmsg_type != NLMSG_ERROR ||
                mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nlmsgerr))
                continue;
            const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
            if (e->error != 0 && rc == MS_OK)
                rc = report(b, nlh, -e->error, err);
            if (nlh->nlmsg_seq == last)
                done = true;
        }
    }
    b->n = 0;
    b->len = 0;
    return rc;
}
