/* SPDX-License-Identifier: MIT */
/* Socket options by name. */
#include "target/local.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* The one list of options: X(name, level, option). */
#define SOCKOPTS(X)                                                                                \
    X("keepalive", SOL_SOCKET, SO_KEEPALIVE)                                                       \
    X("sndbuf", SOL_SOCKET, SO_SNDBUF)                                                             \
    X("rcvbuf", SOL_SOCKET, SO_RCVBUF)                                                             \
    X("reuseaddr", SOL_SOCKET, SO_REUSEADDR)                                                       \
    X("reuseport", SOL_SOCKET, SO_REUSEPORT)                                                       \
    X("mark", SOL_SOCKET, SO_MARK)                                                                 \
    X("priority", SOL_SOCKET, SO_PRIORITY)                                                         \
    X("oobinline", SOL_SOCKET, SO_OOBINLINE)                                                       \
    X("nodelay", IPPROTO_TCP, TCP_NODELAY)                                                         \
    X("cork", IPPROTO_TCP, TCP_CORK)                                                               \
    X("quickack", IPPROTO_TCP, TCP_QUICKACK)                                                       \
    X("maxseg", IPPROTO_TCP, TCP_MAXSEG)                                                           \
    X("keepidle", IPPROTO_TCP, TCP_KEEPIDLE)                                                       \
    X("keepintvl", IPPROTO_TCP, TCP_KEEPINTVL)                                                     \
    X("keepcnt", IPPROTO_TCP, TCP_KEEPCNT)                                                         \
    X("user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT)                                               \
    X("defer_accept", IPPROTO_TCP, TCP_DEFER_ACCEPT)                                               \
    X("notsent_lowat", IPPROTO_TCP, TCP_NOTSENT_LOWAT)                                             \
    X("window_clamp", IPPROTO_TCP, TCP_WINDOW_CLAMP)                                               \
    X("fastopen", IPPROTO_TCP, TCP_FASTOPEN)                                                       \
    X("fastopen_connect", IPPROTO_TCP, TCP_FASTOPEN_CONNECT)                                       \
    X("fastopen_no_cookie", IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE)                                   \
    X("freebind", IPPROTO_IP, IP_FREEBIND)                                                         \
    X("v6only", IPPROTO_IPV6, IPV6_V6ONLY)

#define ROW(name, level, option) {name, level, option},
static const struct {
    const char *name;
    int level, option;
} table[] = {SOCKOPTS(ROW)};
#undef ROW

#define NAME(name, level, option) name,
const char *const ms_sockopts[] = {SOCKOPTS(NAME) "linger", "tos", NULL};
#undef NAME

static int set_int(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0 ? 0 : errno;
}

bool sockopt_known(const char *option)
{
    for (size_t i = 0; ms_sockopts[i] != NULL; i++)
        if (strcmp(ms_sockopts[i], option) == 0)
            return true;
    return false;
}

int sockopt_set(int fd, uint8_t family, const char *option, int64_t value)
{
    if (value < INT32_MIN || value > INT32_MAX)
        return ERANGE;
    if (strcmp(option, "linger") == 0) {
        struct linger linger = {.l_onoff = value >= 0, .l_linger = value >= 0 ? (int)value : 0};
        return setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0 ? 0 : errno;
    }
    if (strcmp(option, "tos") == 0)
        return family == MS_IPV6 ? set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, (int)value)
                                 : set_int(fd, IPPROTO_IP, IP_TOS, (int)value);
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++)
        if (strcmp(table[i].name, option) == 0)
            return set_int(fd, table[i].level, table[i].option, (int)value);
    return ENOPROTOOPT;
}
