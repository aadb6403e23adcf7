/* SPDX-License-Identifier: MIT */
/*
 * The kernel's MPTCP socket information. Layouts are given by offset and width, since they grow from kernel to
 * kernel: fields beyond what the kernel returned are left out.
 */
#include "target/info.h"

#include <errno.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef SOL_MPTCP
#define SOL_MPTCP 284
#endif

enum { OPT_MPTCP_INFO = 1, OPT_MPTCP_FULL_INFO = 4 };
enum { INFO_LEN = 96, SUBFLOWS_MAX = 16 };

struct layout {
    const char *name;
    uint16_t offset;
    uint8_t width;
};

static const struct layout info_layout[] = {
    {"subflows", 0, 1},        {"add_addr_signal", 1, 1},     {"add_addr_accepted", 2, 1},
    {"subflows_max", 3, 1},    {"add_addr_signal_max", 4, 1}, {"add_addr_accepted_max", 5, 1},
    {"flags", 8, 4}, /* 1: fallback, 2: remote key received */
    {"token", 12, 4},          {"write_seq", 16, 8},          {"snd_una", 24, 8},
    {"rcv_nxt", 32, 8},        {"local_addr_used", 40, 1},    {"local_addr_max", 41, 1},
    {"csum_enabled", 42, 1},   {"retransmits", 44, 4},        {"bytes_retrans", 48, 8},
    {"bytes_sent", 56, 8},     {"bytes_received", 64, 8},     {"bytes_acked", 72, 8},
    {"subflows_total", 80, 1}, {"last_data_sent", 84, 4},     {"last_data_recv", 88, 4},
    {"last_ack_recv", 92, 4},
};

#define TCPI(field)                                                                                \
    {                                                                                              \
#field, offsetof(struct tcp_info, tcpi_##field),                                           \
            sizeof((struct tcp_info *)0)->tcpi_##field                                             \
    }
static const struct layout tcp_layout[] = {
    TCPI(state),         TCPI(ca_state),    TCPI(retransmits),    TCPI(rto),      TCPI(ato),
    TCPI(snd_mss),       TCPI(rcv_mss),     TCPI(unacked),        TCPI(lost),     TCPI(retrans),
    TCPI(pmtu),          TCPI(rtt),         TCPI(snd_cwnd),       TCPI(advmss),   TCPI(rcv_space),
    TCPI(total_retrans), TCPI(bytes_acked), TCPI(bytes_received), TCPI(segs_out), TCPI(segs_in),
};

static void add(struct info_items *out, const char *prefix, const char *name, uint64_t value)
{
    if (out->n == out->cap) {
        size_t cap = out->cap != 0 ? out->cap * 2 : 32;
        struct ms_mptcp_info_item *p = realloc(out->list, cap * sizeof *p);
        if (p == NULL)
            return;
        out->list = p;
        out->cap = cap;
    }
    struct ms_mptcp_info_item *i = &out->list[out->n++];
    memset(i, 0, sizeof *i);
    snprintf(i->name, sizeof i->name, "%s%s", prefix, name);
    i->value = value;
}

/* A number of 1, 2, 4 or 8 octets in the host's order. */
static uint64_t number_at(const uint8_t *p, uint8_t width)
{
    uint16_t v16;
    uint32_t v32;
    uint64_t v64;

    switch (width) {
    case 1:
        return *p;
    case 2:
        memcpy(&v16, p, 2);
        return v16;
    case 4:
        memcpy(&v32, p, 4);
        return v32;
    default:
        memcpy(&v64, p, 8);
        return v64;
    }
}

static void add_layout(struct info_items *out, const char *prefix, const struct layout *rows,
                       size_t n_rows, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < n_rows; i++)
        if ((size_t)rows[i].offset + rows[i].width <= len)
            add(out, prefix, rows[i].name, number_at(p + rows[i].offset, rows[i].width));
}

int info_read(int fd, struct info_items *out)
{
    _Alignas(8) uint8_t buf[INFO_LEN] = {0};
    socklen_t len = sizeof buf;

    if (getsockopt(fd, SOL_MPTCP, OPT_MPTCP_INFO, buf, &len) != 0)
        return errno;
    add_layout(out, "", info_layout, MS_ARRAY_LEN(info_layout), buf,
               len < sizeof buf ? len : sizeof buf);
    return 0;
}

/* struct mptcp_full_info and mptcp_subflow_info of linux/mptcp.h (since 6.5). */
struct full_info {
    uint32_t size_tcpinfo_kernel, size_tcpinfo_user;
    uint32_t size_sfinfo_kernel, size_sfinfo_user;
    uint32_t num_subflows, size_arrays_user;
    uint64_t subflow_info, tcp_info;
    _Alignas(8) uint8_t info[INFO_LEN];
};
struct subflow_info {
    uint32_t id;
    uint32_t padding;
    uint8_t local[128], remote[128]; /* sockaddr_storage */
};

static void add_subflow(struct info_items *out, unsigned i, const struct subflow_info *sf,
                        size_t sf_len, const struct tcp_info *ti, size_t ti_len)
{
    char prefix[24];

    snprintf(prefix, sizeof prefix, "subflow.%u.", i);
    if (sf_len >= sizeof *sf) {
        add(out, prefix, "id", sf->id);
        /* IPv4 and IPv6 socket addresses have the port at the same place, in network order. */
        add(out, prefix, "family", number_at(sf->local, 2));
        add(out, prefix, "local_port", ms_get16(sf->local + 2));
        add(out, prefix, "remote_port", ms_get16(sf->remote + 2));
    }
    add_layout(out, prefix, tcp_layout, MS_ARRAY_LEN(tcp_layout), (const uint8_t *)ti, ti_len);
}

static size_t at_most(uint32_t kernel, size_t user)
{
    return kernel < user ? kernel : user;
}

int info_read_full(int fd, struct info_items *out)
{
    struct subflow_info sf[SUBFLOWS_MAX] = {0};
    struct tcp_info ti[SUBFLOWS_MAX] = {0};
    struct full_info f = {
        .size_tcpinfo_user = sizeof ti[0],
        .size_sfinfo_user = sizeof sf[0],
        .size_arrays_user = SUBFLOWS_MAX,
        .subflow_info = (uintptr_t)sf,
        .tcp_info = (uintptr_t)ti,
    };
    socklen_t len = sizeof f;

    if (getsockopt(fd, SOL_MPTCP, OPT_MPTCP_FULL_INFO, &f, &len) != 0)
        return errno;
    size_t info_at = offsetof(struct full_info, info);
    if (len < info_at)
        return EBADMSG;
    add_layout(out, "", info_layout, MS_ARRAY_LEN(info_layout), f.info,
               (len < sizeof f ? len : sizeof f) - info_at);
    add(out, "", "num_subflows", f.num_subflows);
    for (unsigned i = 0; i < f.num_subflows && i < SUBFLOWS_MAX; i++)
        add_subflow(out, i, &sf[i], at_most(f.size_sfinfo_kernel, sizeof sf[0]), &ti[i],
                    at_most(f.size_tcpinfo_kernel, sizeof ti[0]));
    return 0;
}
