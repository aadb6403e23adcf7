/* SPDX-License-Identifier: MIT */
/* Path manager events as text lines. */
#include "target/pm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct ms_pm_events {
    struct mnl_socket *sock;
    uint16_t family;
    size_t at, len; /* what of the buffer has not been looked at */
    _Alignas(8) uint8_t buf[8192];
};

static const char *const event_names[] = {
    [1] = "CREATED",           [2] = "ESTABLISHED",      [3] = "CLOSED",     [6] = "ANNOUNCED",
    [7] = "REMOVED",           [10] = "SF_ESTABLISHED",  [11] = "SF_CLOSED", [13] = "SF_PRIO",
    [15] = "LISTENER_CREATED", [16] = "LISTENER_CLOSED",
};

enum attr_form { AS_NUMBER, AS_HEX, AS_PORT, AS_ADDR };
static const struct {
    const char *name;
    enum attr_form form;
} event_attrs[] = {
    [1] = {"token", AS_HEX},           [2] = {"family", AS_NUMBER},
    [3] = {"loc_id", AS_NUMBER},       [4] = {"rem_id", AS_NUMBER},
    [5] = {"saddr", AS_ADDR},          [6] = {"saddr", AS_ADDR},
    [7] = {"daddr", AS_ADDR},          [8] = {"daddr", AS_ADDR},
    [9] = {"sport", AS_PORT},          [10] = {"dport", AS_PORT},
    [11] = {"backup", AS_NUMBER},      [12] = {"error", AS_NUMBER},
    [13] = {"flags", AS_HEX},          [14] = {"timeout", AS_NUMBER},
    [15] = {"if_idx", AS_NUMBER},      [16] = {"reset_reason", AS_NUMBER},
    [17] = {"reset_flags", AS_NUMBER}, [18] = {"server_side", AS_NUMBER},
};

int ms_pm_events_open(const struct ms_net *net, struct ms_pm_events **out, struct ms_error *err)
{
    uint32_t group = 0;

    *out = NULL;
    struct ms_pm_events *e = calloc(1, sizeof *e);
    if (e == NULL)
        return ms_fail(err, MS_ERR_NOMEM, "memory for path manager events");
    int rc = ms_net_enter_iut(net, err);
    if (rc == MS_OK) {
        e->sock = pm_socket(err);
        rc = e->sock == NULL ? MS_ERR_SYS : pm_family(e->sock, &e->family, &group, err);
        int back = ms_net_enter_tester(net, rc == MS_OK ? err : NULL);
        rc = rc != MS_OK ? rc : back;
    }
    if (rc == MS_OK && group == 0)
        rc = ms_fail(err, MS_ERR_UNSUPPORTED, "the kernel has no path manager events");
    if (rc == MS_OK &&
        mnl_socket_setsockopt(e->sock, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
        rc = ms_fail_errno(err, "joining the group of path manager events");
    if (rc != MS_OK) {
        ms_pm_events_close(e);
        return rc;
    }
    *out = e;
    return MS_OK;
}

int ms_pm_events_fd(const struct ms_pm_events *e)
{
    return mnl_socket_get_fd(e->sock);
}

void ms_pm_events_close(struct ms_pm_events *e)
{
    if (e == NULL)
        return;
    if (e->sock != NULL)
        mnl_socket_close(e->sock);
    free(e);
}

/* Number of up to four octets in the host's order; false for other lengths. */
static bool small_number(const uint8_t *p, uint16_t len, uint32_t *out)
{
    uint16_t v16;

    switch (len) {
    case 1:
        *out = *p;
        return true;
    case 2:
        memcpy(&v16, p, 2);
        *out = v16;
        return true;
    case 4:
        memcpy(out, p, 4);
        return true;
    default:
        return false;
    }
}

static int put_attr(const struct nlattr *attr, void *data)
{
    struct ms_buf *b = data;
    unsigned type = mnl_attr_get_type(attr);
    uint16_t len = mnl_attr_get_payload_len(attr);
    const uint8_t *p = mnl_attr_get_payload(attr);
    struct ms_addr a = {.family = len == 16 ? MS_IPV6 : MS_IPV4};
    char text[46];
    uint32_t v;

    if (type >= MS_ARRAY_LEN(event_attrs) || event_attrs[type].name == NULL)
        return MNL_CB_OK;
    ms_buf_printf(b, " %s=", event_attrs[type].name);
    switch (event_attrs[type].form) {
    case AS_ADDR:
        if (len == 4 || len == 16) {
            memcpy(a.octets, p, len);
            ms_buf_puts(b, ms_addr_text(&a, text));
        }
        break;
    case AS_PORT:
        if (len == 2)
            ms_buf_printf(b, "%u", ms_get16(p));
        break;
    case AS_HEX:
    case AS_NUMBER:
        if (small_number(p, len, &v))
            ms_buf_printf(b, event_attrs[type].form == AS_HEX ? "0x%08x" : "%u", v);
        else if (len == 0)
            ms_buf_puts(b, "1"); /* a flag: being there is its value */
        break;
    }
    return MNL_CB_OK;
}

static void put_event(const struct nlmsghdr *nlh, char *out, size_t cap)
{
    const struct genlmsghdr *g = mnl_nlmsg_get_payload(nlh);
    struct ms_buf b = {0};

    if (g->cmd < MS_ARRAY_LEN(event_names) && event_names[g->cmd] != NULL)
        ms_buf_puts(&b, event_names[g->cmd]);
    else
        ms_buf_printf(&b, "EVENT_%u", g->cmd);
    mnl_attr_parse(nlh, sizeof *g, put_attr, &b);
    snprintf(out, cap, "%s", b.data);
    ms_buf_free(&b);
}

int ms_pm_events_next(struct ms_pm_events *e, char *out, size_t cap, struct ms_error *err)
{
    for (;;) {
        while (e->at < e->len) {
            const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)(e->buf + e->at);
            if (!mnl_nlmsg_ok(nlh, (int)(e->len - e->at))) {
                e->at = e->len;
                break;
            }
            e->at += NLMSG_ALIGN(nlh->nlmsg_len);
            if (nlh->nlmsg_type == e->family &&
                mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct genlmsghdr)) {
                put_event(nlh, out, cap);
                return 1;
            }
        }
        ssize_t n = recv(mnl_socket_get_fd(e->sock), e->buf, sizeof e->buf, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return 0;
        if (n < 0)
            return ms_fail_errno(err, "reading path manager events");
        e->at = 0;
        e->len = (size_t)n;
    }
}
