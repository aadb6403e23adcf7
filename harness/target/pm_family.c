/* SPDX-License-Identifier: MIT */
/* Finding the path manager's generic netlink family. */
#include "target/pm.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

#define PM_FAMILY_NAME "mptcp_pm"
#define PM_EVENT_GROUP "mptcp_pm_events"

struct found {
    uint16_t family;
    uint32_t event_group;
};

struct mnl_socket *pm_socket(struct ms_error *err)
{
    int one = 1;
    struct mnl_socket *s = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
    if (s == NULL) {
        ms_fail_errno(err, "socket(AF_NETLINK, NETLINK_GENERIC)");
        return NULL;
    }
    /* Now: once it has sent something it has an address and takes no other. */
    if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0) {
        ms_fail_errno(err, "bind(AF_NETLINK)");
        mnl_socket_close(s);
        return NULL;
    }
    mnl_socket_setsockopt(s, NETLINK_EXT_ACK, &one, sizeof one);
    mnl_socket_setsockopt(s, NETLINK_CAP_ACK, &one, sizeof one);
    return s;
}

static int one_group_attr(const struct nlattr *attr, void *data)
{
    struct {
        const char *name;
        uint32_t id;
    } *g = data;

    if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME &&
        mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
        g->name = mnl_attr_get_str(attr);
    else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID &&
             mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
        g->id = mnl_attr_get_u32(attr);
    return MNL_CB_OK;
}

static int group(const struct nlattr *attr, void *data)
{
    struct found *f = data;
    struct {
        const char *name;
        uint32_t id;
    } g = {"", 0};

    if (mnl_attr_validate(attr, MNL_TYPE_NESTED) >= 0)
        mnl_attr_parse_nested(attr, one_group_attr, &g);
    if (strcmp(g.name, PM_EVENT_GROUP) == 0)
        f->event_group = g.id;
    return MNL_CB_OK;
}

static int family_attr(const struct nlattr *attr, void *data)
{
    struct found *f = data;

    if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
        mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
        f->family = mnl_attr_get_u16(attr);
    else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS &&
             mnl_attr_validate(attr, MNL_TYPE_NESTED) >= 0)
        mnl_attr_parse_nested(attr, group, f);
    return MNL_CB_OK;
}

static int family_message(const struct nlmsghdr *nlh, void *data)
{
    return mnl_attr_parse(nlh, sizeof(struct genlmsghdr), family_attr, data);
}

int pm_family(struct mnl_socket *sock, uint16_t *family, uint32_t *event_group,
              struct ms_error *err)
{
    static struct found cached;
    _Alignas(8) uint8_t buf[8192] = {0};

    if (cached.family == 0) {
        struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
        nlh->nlmsg_type = GENL_ID_CTRL;
        nlh->nlmsg_flags = NLM_F_REQUEST;
        struct genlmsghdr *g = mnl_nlmsg_put_extra_header(nlh, sizeof *g);
        g->cmd = CTRL_CMD_GETFAMILY;
        g->version = 1;
        mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, PM_FAMILY_NAME);
        struct found f = {0, 0};
        ssize_t n = mnl_socket_sendto(sock, nlh, nlh->nlmsg_len);
        if (n >= 0)
            n = mnl_socket_recvfrom(sock, buf, sizeof buf);
        if (n >= 0 && mnl_cb_run(buf, (size_t)n, 0, 0, family_message, &f) < 0)
            n = -1;
        if (n < 0 && errno == ENOENT)
            return ms_fail(err, MS_ERR_UNSUPPORTED,
                           "the kernel has no generic netlink family " PM_FAMILY_NAME
                           " (CONFIG_MPTCP)");
        if (n < 0 || f.family == 0)
            return ms_fail_errno(err, "looking up the generic netlink family " PM_FAMILY_NAME);
        cached = f;
    }
    *family = cached.family;
    *event_group = cached.event_group;
    return MS_OK;
}
