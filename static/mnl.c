/* SPDX-License-Identifier: MIT */
/*
 * What this project uses of libmnl's interface, for the static build: Debian has libmnl as a shared library only. The
 * declarations are libmnl's own header; what the functions do is written anew from them and from netlink(7).
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_HEADER = 16, ATTR_HEADER = 4 }; /* sizes of their structs, aligned */

static size_t align(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

struct mnl_socket {
    int fd;
    struct sockaddr_nl addr;
};

/* Sockets. */

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
    struct mnl_socket *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->fd = socket(AF_NETLINK, SOCK_RAW | flags, bus);
    if (s->fd >= 0)
        return s;
    int saved = errno;
    free(s);
    errno = saved;
    return NULL;
}

int mnl_socket_bind(struct mnl_socket *s, unsigned int groups, pid_t pid)
{
    socklen_t len = sizeof s->addr;
    s->addr =
        (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_groups = groups, .nl_pid = (uint32_t)pid};
    if (bind(s->fd, (struct sockaddr *)&s->addr, sizeof s->addr) != 0)
        return -1;
    return getsockname(s->fd, (struct sockaddr *)&s->addr, &len);
}

int mnl_socket_close(struct mnl_socket *s)
{
    int rc = close(s->fd);
    free(s);
    return rc;
}

int mnl_socket_get_fd(const struct mnl_socket *s)
{
    return s->fd;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *s)
{
    return s->addr.nl_pid;
}

int mnl_socket_setsockopt(const struct mnl_socket *s, int type, void *buf, socklen_t len)
{
    return setsockopt(s->fd, SOL_NETLINK, type, buf, len);
}

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *req, size_t len)
{
    static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    return sendto(s->fd, req, len, 0, (const struct sockaddr *)&kernel, sizeof kernel);
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buf, size_t cap)
{
    struct sockaddr_nl from;
    struct iovec part = {.iov_base = buf, .iov_len = cap};
    struct msghdr m = {
        .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1};
    ssize_t n = recvmsg(s->fd, &m, 0);
    if (n < 0)
        return -1;
    if ((m.msg_flags & MSG_TRUNC) != 0 || m.msg_namelen != sizeof from) {
        errno = (m.msg_flags & MSG_TRUNC) != 0 ? ENOSPC : EINVAL;
        return -1;
    }
    return n;
}

/* Messages. */

struct nlmsghdr *mnl_nlmsg_put_header(void *buf)
{
    struct nlmsghdr *h = buf;
    memset(h, 0, MESSAGE_HEADER);
    h->nlmsg_len = MESSAGE_HEADER;
    return h;
}

void *mnl_nlmsg_get_payload_tail(const struct nlmsghdr *h)
{
    return (char *)(uintptr_t)h + align(h->nlmsg_len);
}

void *mnl_nlmsg_put_extra_header(struct nlmsghdr *h, size_t size)
{
    void *at = mnl_nlmsg_get_payload_tail(h);
    h->nlmsg_len += (uint32_t)align(size);
    return memset(at, 0, align(size));
}

void *mnl_nlmsg_get_payload(const struct nlmsghdr *h)
{
    return (char *)(uintptr_t)h + MESSAGE_HEADER;
}

void *mnl_nlmsg_get_payload_offset(const struct nlmsghdr *h, size_t offset)
{
    return (char *)mnl_nlmsg_get_payload(h) + align(offset);
}

size_t mnl_nlmsg_get_payload_len(const struct nlmsghdr *h)
{
    return h->nlmsg_len - MESSAGE_HEADER;
}

bool mnl_nlmsg_ok(const struct nlmsghdr *h, int len)
{
    return len >= (int)sizeof *h && h->nlmsg_len >= sizeof *h && (int)h->nlmsg_len >= 0 &&
           (int)h->nlmsg_len <= len;
}

struct nlmsghdr *mnl_nlmsg_next(const struct nlmsghdr *h, int *len)
{
    *len -= (int)align(h->nlmsg_len);
    return mnl_nlmsg_get_payload_tail(h);
}

/* An acknowledgment ends what runs, an error too. */
static int run_control(const struct nlmsghdr *h)
{
    if (h->nlmsg_type == NLMSG_DONE)
        return MNL_CB_STOP;
    if (h->nlmsg_type != NLMSG_ERROR)
        return MNL_CB_OK;
    const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
    if (mnl_nlmsg_get_payload_len(h) < sizeof *e) {
        errno = EBADMSG;
        return MNL_CB_ERROR;
    }
    errno = e->error < 0 ? -e->error : e->error;
    return e->error == 0 ? MNL_CB_STOP : MNL_CB_ERROR;
}

int mnl_cb_run(const void *buf, size_t n, unsigned int seq, unsigned int portid, mnl_cb_t cb,
               void *data)
{
    const struct nlmsghdr *h = buf;
    int len = (int)n, rc = MNL_CB_OK;
    for (; rc > MNL_CB_STOP && mnl_nlmsg_ok(h, len); h = mnl_nlmsg_next(h, &len)) {
        /* Messages that nobody asked for have neither a number nor a port. */
        bool foreign = (h->nlmsg_pid != 0 && portid != 0 && h->nlmsg_pid != portid) ||
                       (h->nlmsg_seq != 0 && seq != 0 && h->nlmsg_seq != seq);
        if (foreign || (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0) {
            errno = !foreign ? EINTR : h->nlmsg_seq != seq ? EPROTO : ESRCH;
            return MNL_CB_ERROR;
        }
        if (h->nlmsg_type < NLMSG_MIN_TYPE)
            rc = run_control(h);
        else if (cb != NULL)
            rc = cb(h, data);
    }
    return rc;
}

/* Attributes: reading. */

uint16_t mnl_attr_get_type(const struct nlattr *a)
{
    return (uint16_t)(a->nla_type & 0x3fff); /* without NLA_F_NESTED, NLA_F_NET_BYTEORDER */
}

uint16_t mnl_attr_get_payload_len(const struct nlattr *a)
{
    return (uint16_t)(a->nla_len - ATTR_HEADER);
}

void *mnl_attr_get_payload(const struct nlattr *a)
{
    return (char *)(uintptr_t)a + ATTR_HEADER;
}

uint8_t mnl_attr_get_u8(const struct nlattr *a)
{
    return *(const uint8_t *)mnl_attr_get_payload(a);
}

uint16_t mnl_attr_get_u16(const struct nlattr *a)
{
    uint16_t v;
    memcpy(&v, mnl_attr_get_payload(a), sizeof v);
    return v;
}

uint32_t mnl_attr_get_u32(const struct nlattr *a)
{
    uint32_t v;
    memcpy(&v, mnl_attr_get_payload(a), sizeof v);
    return v;
}

uint64_t mnl_attr_get_u64(const struct nlattr *a)
{
    uint64_t v;
    memcpy(&v, mnl_attr_get_payload(a), sizeof v);
    return v;
}

const char *mnl_attr_get_str(const struct nlattr *a)
{
    return mnl_attr_get_payload(a);
}

bool mnl_attr_ok(const struct nlattr *a, int len)
{
    return len >= (int)sizeof *a && a->nla_len >= sizeof *a && (int)a->nla_len <= len;
}

struct nlattr *mnl_attr_next(const struct nlattr *a)
{
    return (struct nlattr *)(void *)((char *)(uintptr_t)a + align(a->nla_len));
}

int mnl_attr_validate(const struct nlattr *a, enum mnl_attr_data_type type)
{
    static const struct {
        uint16_t least, most; /* octets; 0: any number */
    } size[MNL_TYPE_MAX] = {
        [MNL_TYPE_U8] = {1, 1},  [MNL_TYPE_U16] = {2, 2},   [MNL_TYPE_U32] = {4, 4},
        [MNL_TYPE_U64] = {8, 8}, [MNL_TYPE_MSECS] = {8, 8}, [MNL_TYPE_NUL_STRING] = {1, 0},
    };
    if (type >= MNL_TYPE_MAX) {
        errno = EINVAL;
        return -1;
    }
    uint16_t len = mnl_attr_get_payload_len(a);
    const char *text = mnl_attr_get_str(a);
    if (len < size[type].least || (size[type].most != 0 && len > size[type].most) ||
        (type == MNL_TYPE_FLAG && len != 0) ||
        (type == MNL_TYPE_NUL_STRING && text[len - 1] != '\0')) {
        errno = ERANGE;
        return -1;
    }
    return 0;
}

static int parse(const char *p, const char *end, mnl_attr_cb_t cb, void *data)
{
    int rc = MNL_CB_OK;
    while (rc > MNL_CB_STOP && p < end) {
        const struct nlattr *a = (const void *)p;
        if (!mnl_attr_ok(a, (int)(end - p)))
            break;
        rc = cb(a, data);
        p += align(a->nla_len);
    }
    return rc;
}

int mnl_attr_parse(const struct nlmsghdr *h, unsigned int offset, mnl_attr_cb_t cb, void *data)
{
    return parse(mnl_nlmsg_get_payload_offset(h, offset), (const char *)h + h->nlmsg_len, cb, data);
}

int mnl_attr_parse_nested(const struct nlattr *a, mnl_attr_cb_t cb, void *data)
{
    return parse(mnl_attr_get_payload(a), (const char *)a + a->nla_len, cb, data);
}

/* Attributes: writing. The caller has made room. */

void mnl_attr_put(struct nlmsghdr *h, uint16_t type, size_t len, const void *data)
{
    struct nlattr *a = mnl_nlmsg_get_payload_tail(h);
    char *at = mnl_attr_get_payload(a);
    a->nla_type = type;
    a->nla_len = (uint16_t)(ATTR_HEADER + len);
    if (len != 0)
        memcpy(at, data, len);
    memset(at + len, 0, align(len) - len);
    h->nlmsg_len += (uint32_t)align(a->nla_len);
}

void mnl_attr_put_u8(struct nlmsghdr *h, uint16_t type, uint8_t v)
{
    mnl_attr_put(h, type, sizeof v, &v);
}

void mnl_attr_put_u16(struct nlmsghdr *h, uint16_t type, uint16_t v)
{
    mnl_attr_put(h, type, sizeof v, &v);
}

void mnl_attr_put_u32(struct nlmsghdr *h, uint16_t type, uint32_t v)
{
    mnl_attr_put(h, type, sizeof v, &v);
}

void mnl_attr_put_u64(struct nlmsghdr *h, uint16_t type, uint64_t v)
{
    mnl_attr_put(h, type, sizeof v, &v);
}

void mnl_attr_put_str(struct nlmsghdr *h, uint16_t type, const char *s)
{
    mnl_attr_put(h, type, strlen(s), s);
}

void mnl_attr_put_strz(struct nlmsghdr *h, uint16_t type, const char *s)
{
    mnl_attr_put(h, type, strlen(s) + 1, s);
}

struct nlattr *mnl_attr_nest_start(struct nlmsghdr *h, uint16_t type)
{
    struct nlattr *a = mnl_nlmsg_get_payload_tail(h);
    a->nla_type = (uint16_t)(NLA_F_NESTED | type);
    h->nlmsg_len += (uint32_t)ATTR_HEADER;
    return a;
}

void mnl_attr_nest_end(struct nlmsghdr *h, struct nlattr *start)
{
    start->nla_len = (uint16_t)((char *)mnl_nlmsg_get_payload_tail(h) - (char *)start);
}
