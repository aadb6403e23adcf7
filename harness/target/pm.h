/* SPDX-License-Identifier: MIT */
/*
 * The kernel's path manager by generic netlink. The numbers are the kernel's interface, written out because
 * installed headers are often older than the kernel.
 */
#ifndef MPTCPSPEC_TARGET_PM_H
#define MPTCPSPEC_TARGET_PM_H

#include <libmnl/libmnl.h>

#include "mptcpspec/target.h"

enum {
    PM_CMD_ADD_ADDR = 1,
    PM_CMD_DEL_ADDR = 2,
    PM_CMD_GET_ADDR = 3,
    PM_CMD_FLUSH_ADDRS = 4,
    PM_CMD_SET_LIMITS = 5,
    PM_CMD_GET_LIMITS = 6,
    PM_CMD_SET_FLAGS = 7,
    /* of a path manager in user space */
    PM_CMD_ANNOUNCE = 8,
    PM_CMD_REMOVE = 9,
    PM_CMD_SUBFLOW_CREATE = 10,
    PM_CMD_SUBFLOW_DESTROY = 11,
};

/* An endpoint as the kernel holds it. */
struct pm_endpoint {
    struct ms_addr addr;
    uint16_t port;
    uint8_t id;
    uint32_t flags; /* MS_EP_* and higher bits of the kernel's own */
    int ifindex;
};

struct pm;

/* Opens in the caller's present namespace. Close with pm_close (NULL allowed). */
int pm_open(struct pm **out, struct ms_error *err);
void pm_close(struct pm *p);
/* The commands give 0 or the kernel's errno; `text` is what it said about it, "" if nothing. */
int pm_endpoint(struct pm *p, uint8_t cmd, const struct pm_endpoint *e, char *text, size_t cap);
int pm_flush(struct pm *p, char *text, size_t cap);
int pm_limits_set(struct pm *p, uint32_t subflows, uint32_t add_addr_accepted, char *text,
                  size_t cap);
int pm_limits_get(struct pm *p, uint32_t *subflows, uint32_t *add_addr_accepted);
/*
 * A command for one connection: with `local` and `remote` where they are given (a remote one by address and port only),
 * else with the address id alone.
 */
int pm_connection(struct pm *p, uint8_t cmd, uint32_t token, const struct pm_endpoint *local,
                  const struct pm_endpoint *remote, uint8_t id, char *text, size_t cap);
/* Up to `max` endpoints; *n: how many there are. */
int pm_endpoints_get(struct pm *p, struct pm_endpoint *list, size_t max, size_t *n);

/* Numbers of the family "mptcp_pm" and of its event group; the same in all namespaces, asked for once. */
int pm_family(struct mnl_socket *sock, uint16_t *family, uint32_t *event_group,
              struct ms_error *err);
/* A generic netlink socket in the caller's present namespace; NULL with the error filled. */
struct mnl_socket *pm_socket(struct ms_error *err);

#endif
