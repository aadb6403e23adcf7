/* SPDX-License-Identifier: MIT */
/* Commands to the kernel's path manager. */
#include "target/pm.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PM_VERSION = 1 };
enum {
    PM_ATTR_ADDR = 1,
    PM_ATTR_RCV_ADD_ADDRS = 2,
    PM_ATTR_SUBFLOWS = 3,
    PM_ATTR_TOKEN = 4,
    PM_ATTR_LOC_ID = 5,
    PM_ATTR_ADDR_REMOTE = 6,
};
enum {
    PM_ADDR_FAMILY = 1,
    PM_ADDR_ID = 2,
    PM_ADDR_ADDR4 = 3,
    PM_ADDR_ADDR6 = 4,
    PM_ADDR_PORT = 5,
    PM_ADDR_FLAGS = 6,
    PM_ADDR_IF_IDX = 7,
};

struct pm {
    struct mnl_socket *sock;
    uint16_t family;
    uint32_t seq;
    _Alignas(8) uint8_t out[512];
};

int pm_open(struct pm **out, struct ms_error *err)
{
    uint32_t group;

    *out = NULL;
    struct pm *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for a netlink socket");
    p->sock = pm_socket(err);
    int rc = p->sock == NULL ? MS_ERR_SYS : pm_family(p->sock, &p->family, &group, err);
    if (rc != MS_OK) {
        pm_close(p);
        return rc;
    }
    *out = p;
    return MS_OK;
}

void pm_close(struct pm *p)
{
    if (p == NULL)
        return;
    if (p->sock != NULL)
        mnl_socket_close(p->sock);
    free(p);
}

static struct nlmsghdr *request(struct pm *p, uint8_t cmd, uint16_t flags)
{
    memset(p->out, 0, sizeof p->out);
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(p->out);
    nlh->nlmsg_type = p->family;
    nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    nlh->nlmsg_seq = ++p->seq;
    struct genlmsghdr *g = mnl_nlmsg_put_extra_header(nlh, sizeof *g);
    g->cmd = cmd;
    g->version = PM_VERSION;
    return nlh;
}

/* What the kernel attached to an error in words. */
static void keep_text(const struct nlmsghdr *nlh, char *text, size_t cap)
{
    if (cap == 0 || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || !(nlh->nlmsg_flags & NLM_F_CAPPED))
        return;
    const char *end = mnl_nlmsg_get_payload_tail(nlh);
    for (const struct nlattr *a = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nlmsgerr));
         mnl_attr_ok(a, (int)(end - (const char *)a)); a = mnl_attr_next(a))
        if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG &&
            mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0)
            snprintf(text, cap, "%s", mnl_attr_get_str(a));
}

/* Sends and reads up to the acknowledgment or the end of a dump; `each` gets what came before it. */
static int talk(struct pm *p, struct nlmsghdr *nlh, int (*each)(const struct nlattr *, void *),
                void *arg, char *text, size_t cap)
{
    _Alignas(8) uint8_t in[16384];

    if (cap != 0)
        *text = '\0';
    if (mnl_socket_sendto(p->sock, nlh, nlh->nlmsg_len) < 0)
        return errno;
    for (;;) {
        ssize_t n = mnl_socket_recvfrom(p->sock, in, sizeof in);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)in;
        for (int left = (int)n; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
            if (m->nlmsg_seq != p->seq)
                continue;
            if (m->nlmsg_type == NLMSG_DONE)
                return 0;
            if (m->nlmsg_type == NLMSG_ERROR) {
                if (mnl_nlmsg_get_payload_len(m) < sizeof(struct nlmsgerr))
                    return EBADMSG;
                keep_text(m, text, cap);
                return -((const struct nlmsgerr *)mnl_nlmsg_get_payload(m))->error;
            }
            if (m->nlmsg_type == p->family && each != NULL)
                mnl_attr_parse(m, sizeof(struct genlmsghdr), each, arg);
        }
    }
}

static void put_address(struct nlmsghdr *nlh, const struct pm_endpoint *e)
{
    if (e->addr.family == MS_IPV4) {
        mnl_attr_put_u16(nlh, PM_ADDR_FAMILY, AF_INET);
        mnl_attr_put(nlh, PM_ADDR_ADDR4, 4, e->addr.octets);
    } else if (e->addr.family == MS_IPV6) {
        mnl_attr_put_u16(nlh, PM_ADDR_FAMILY, AF_INET6);
        mnl_attr_put(nlh, PM_ADDR_ADDR6, 16, e->addr.octets);
    }
    if (e->port != 0)
        mnl_attr_put_u16(nlh, PM_ADDR_PORT, e->port);
}

int pm_endpoint(struct pm *p, uint8_t cmd, const struct pm_endpoint *e, char *text, size_t cap)
{
    struct nlmsghdr *nlh = request(p, cmd, NLM_F_ACK);
    struct nlattr *nest = mnl_attr_nest_start(nlh, PM_ATTR_ADDR);

    put_address(nlh, e);
    /* Without an id the kernel chooses one when adding; for the others it names the endpoint. */
    if (e->id != 0 || cmd == PM_CMD_DEL_ADDR)
        mnl_attr_put_u8(nlh, PM_ADDR_ID, e->id);
    if (cmd != PM_CMD_DEL_ADDR)
        mnl_attr_put_u32(nlh, PM_ADDR_FLAGS, e->flags);
    if (e->ifindex > 0)
        mnl_attr_put_u32(nlh, PM_ADDR_IF_IDX, (uint32_t)e->ifindex);
    mnl_attr_nest_end(nlh, nest);
    return talk(p, nlh, NULL, NULL, text, cap);
}

int pm_connection(struct pm *p, uint8_t cmd, uint32_t token, const struct pm_endpoint *local,
                  const struct pm_endpoint *remote, uint8_t id, char *text, size_t cap)
{
    struct nlmsghdr *nlh = request(p, cmd, NLM_F_ACK);
    struct nlattr *nest;

    mnl_attr_put_u32(nlh, PM_ATTR_TOKEN, token);
    if (local != NULL) {
        nest = mnl_attr_nest_start(nlh, PM_ATTR_ADDR);
        put_address(nlh, local);
        if (local->id != 0)
            mnl_attr_put_u8(nlh, PM_ADDR_ID, local->id);
        if (local->flags != 0)
            mnl_attr_put_u32(nlh, PM_ADDR_FLAGS, local->flags);
        if (local->ifindex > 0)
            mnl_attr_put_u32(nlh, PM_ADDR_IF_IDX, (uint32_t)local->ifindex);
        mnl_attr_nest_end(nlh, nest);
    } else {
        mnl_attr_put_u8(nlh, PM_ATTR_LOC_ID, id);
    }
    if (remote != NULL) {
        nest = mnl_attr_nest_start(nlh, PM_ATTR_ADDR_REMOTE);
        put_address(nlh, remote);
        mnl_attr_nest_end(nlh, nest);
    }
    return talk(p, nlh, NULL, NULL, text, cap);
}

int pm_flush(struct pm *p, char *text, size_t cap)
{
    return talk(p, request(p, PM_CMD_FLUSH_ADDRS, NLM_F_ACK), NULL, NULL, text, cap);
}

int pm_limits_set(struct pm *p, uint32_t subflows, uint32_t add_addr_accepted, char *text,
                  size_t cap)
{
    struct nlmsghdr *nlh = request(p, PM_CMD_SET_LIMITS, NLM_F_ACK);
    mnl_attr_put_u32(nlh, PM_ATTR_SUBFLOWS, subflows);
    mnl_attr_put_u32(nlh, PM_ATTR_RCV_ADD_ADDRS, add_addr_accepted);
    return talk(p, nlh, NULL, NULL, text, cap);
}

static int limit_attr(const struct nlattr *attr, void *data)
{
    uint32_t *limits = data; /* subflows, add_addr_accepted */
    unsigned type = mnl_attr_get_type(attr);
    if ((type == PM_ATTR_SUBFLOWS || type == PM_ATTR_RCV_ADD_ADDRS) &&
        mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
        limits[type == PM_ATTR_RCV_ADD_ADDRS] = mnl_attr_get_u32(attr);
    return MNL_CB_OK;
}

int pm_limits_get(struct pm *p, uint32_t *subflows, uint32_t *add_addr_accepted)
{
    uint32_t limits[2] = {0, 0};
    int e = talk(p, request(p, PM_CMD_GET_LIMITS, NLM_F_ACK), limit_attr, limits, NULL, 0);
    *subflows = limits[0];
    *add_addr_accepted = limits[1];
    return e;
}

static int endpoint_attr(const struct nlattr *attr, void *data)
{
    struct pm_endpoint *e = data;
    uint16_t len = mnl_attr_get_payload_len(attr);
    const void *p = mnl_attr_get_payload(attr);

    switch (mnl_attr_get_type(attr)) {
    case PM_ADDR_ID:
        if (len >= 1)
            e->id = mnl_attr_get_u8(attr);
        break;
    case PM_ADDR_ADDR4:
        e->addr.family = len >= 4 ? MS_IPV4 : 0;
        memcpy(e->addr.octets, p, len >= 4 ? 4 : 0);
        break;
    case PM_ADDR_ADDR6:
        e->addr.family = len >= 16 ? MS_IPV6 : 0;
        memcpy(e->addr.octets, p, len >= 16 ? 16 : 0);
        break;
    case PM_ADDR_PORT:
        if (len >= 2)
            e->port = mnl_attr_get_u16(attr);
        break;
    case PM_ADDR_FLAGS:
        if (len >= 4)
            e->flags = mnl_attr_get_u32(attr);
        break;
    case PM_ADDR_IF_IDX:
        if (len >= 4)
            e->ifindex = (int)mnl_attr_get_u32(attr);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

struct endpoint_list {
    struct pm_endpoint *list;
    size_t max, n;
};

static int endpoint_list_attr(const struct nlattr *attr, void *data)
{
    struct endpoint_list *l = data;
    if (mnl_attr_get_type(attr) != PM_ATTR_ADDR || mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
        return MNL_CB_OK;
    struct pm_endpoint e = {0};
    mnl_attr_parse_nested(attr, endpoint_attr, &e);
    if (l->n < l->max)
        l->list[l->n] = e;
    l->n++;
    return MNL_CB_OK;
}

int pm_endpoints_get(struct pm *p, struct pm_endpoint *list, size_t max, size_t *n)
{
    struct endpoint_list l = {list, max, 0};
    int e = talk(p, request(p, PM_CMD_GET_ADDR, NLM_F_DUMP), endpoint_list_attr, &l, NULL, 0);
    *n = l.n;
    return e;
}
