/* SPDX-License-Identifier: MIT */
/*
 * target: what can be asked of an IUT. Every verb is asynchronous: it starts and later completes, so that no
 * verb can block the tester's event loop and the same case runs over any driver. The driver of this header's
 * functions is chosen by a struct of functions; `local` holds the IUT's sockets in the case's own process.
 */
#ifndef MPTCPSPEC_TARGET_H
#define MPTCPSPEC_TARGET_H

#include "mptcpspec/topo.h"

enum ms_verb_kind {
    MS_VERB_LISTEN, /* socket, port (0: default), family */
    MS_VERB_ACCEPT, /* names the next accepted connection `name`; completes when there is one (data: name) */
    MS_VERB_CONNECT, /* `name`, addr, port; local address optional; completes when connected or failed */
    MS_VERB_SEND, /* num octets; completes when all were handed to the kernel. The octet at position i of
                         what the IUT sends on a connection is ms_stream_fill(seed, i), echoed ones excepted */
    MS_VERB_RECV, /* completes when `num` octets in all have been read since the start of the connection */
    MS_VERB_EXPECT_EOF, /* completes when a read returns end of file (num) or an error (err) */
    MS_VERB_SHUTDOWN,   /* text: "read", "write", "both" */
    MS_VERB_CLOSE,
    MS_VERB_CLOSE_LISTENER,
    MS_VERB_STOP_READING,  /* the application stops reading (services too) ... */
    MS_VERB_START_READING, /* ... and goes on */
    MS_VERB_URGENT,        /* sends one octet with MSG_OOB */
    MS_VERB_SOCKOPT, /* text: option name of ms_sockopts, num: value (linger: seconds, -1 off). Of the
                         connection, else the listener, else kept for the sockets that are made later */
    MS_VERB_NAMES, /* data: text "sockname peername" of the socket, "ADDR PORT ADDR PORT"; "- 0": none */
    MS_VERB_DIGEST, /* num: octets read so far on the connection, data: their SHA-256 as 64 hex digits, a NUL
                       behind them that len does not count; err EFBIG when not all of them were kept */
    MS_VERB_SYSCTL,       /* text: name, text2: value */
    MS_VERB_SYSCTL_GET,   /* text: name; data: its value, a NUL behind it that len does not count */
    MS_VERB_ENDPOINT_ADD, /* addr, port, id (num), flags (MS_EP_*), path (ifindex) or -1 */
    MS_VERB_ENDPOINT_DEL, /* id in num; addr for id 0 */
    MS_VERB_ENDPOINT_FLAGS, /* addr or id: set backup / nobackup / fullmesh */
    MS_VERB_ENDPOINT_FLUSH,
    MS_VERB_LIMITS, /* num: subflows, num2: add_addr_accepted */
    /*
     * Path manager in user space (net.mptcp.pm_type = 1): the commands that a daemon would give. num2: token of the
     * connection as its host chose it, 0: of the newest one that the host's events have told of, which takes
     * ms_target_config.pm_commands. No such connection: err ENOTCONN.
     */
    MS_VERB_PM_ANNOUNCE, /* addr, port, id (num), flags MS_EP_BACKUP or 0 */
    MS_VERB_PM_REMOVE,   /* id in num */
    MS_VERB_PM_CREATE, /* a subflow from `local` with id in num (path: ifindex or -1) to addr; port 0: the connection's
                          own; flags MS_EP_BACKUP or 0 */
    MS_VERB_PM_DESTROY, /* the subflow between `local`, local_port and addr, port; ports 0: of the newest one */
    MS_VERB_ADDR_ADD, /* addr, prefix in num, path */
    MS_VERB_ADDR_DEL,
    MS_VERB_LINK,       /* path, num 1 up, 0 down */
    MS_VERB_COUNTERS,   /* data: array of struct ms_counter of the IUT */
    MS_VERB_MPTCP_INFO, /* data: struct ms_mptcp_info_item array; err EOPNOTSUPP after fallback */
    MS_VERB_MPTCP_FULL_INFO, /* likewise with subflows */
};

enum { MS_EP_SIGNAL = 1, MS_EP_SUBFLOW = 2, MS_EP_BACKUP = 4, MS_EP_FULLMESH = 8 };

/* One request. Strings are borrowed for the call only. */
struct ms_verb {
    enum ms_verb_kind kind;
    const char *name;     /* socket handle; NULL or "": the default connection */
    struct ms_addr addr;  /* remote or subject address */
    struct ms_addr local; /* connect: local address, family 0: any */
    uint16_t port;
    uint16_t local_port;
    int path; /* -1: none */
    unsigned flags;
    int64_t num, num2;
    const char *text, *text2;
    bool plain_tcp; /* listen, connect: IPPROTO_TCP instead of IPPROTO_MPTCP */
};

struct ms_done {
    uint32_t id; /* as returned by start */
    enum ms_verb_kind kind;
    int err;      /* 0 or errno of the IUT's call */
    uint64_t num; /* octets sent, octets read, ... */
    const void *
        data; /* valid until the next call of `next`; path manager: the kernel's words on an error */
    size_t len;
};

struct ms_counter {
    char name[56]; /* "MPTcpExt.MPJoinSynRx" */
    uint64_t value;
};
struct ms_mptcp_info_item {
    char name[40]; /* "subflows", "token", "csum_enabled", ..., fields the kernel returned only */
    uint64_t value;
};

/*
 * Service that the IUT's application runs on each accepted (or connected) connection. With a service,
 * connections are accepted by themselves as "c1", "c2", ...; echo and discard close after the peer's end of
 * file (echo when all is echoed), source when it has sent all as well. A service reads at once, whatever RECV asks.
 */
enum ms_service { MS_SERVICE_NONE, MS_SERVICE_DISCARD, MS_SERVICE_ECHO, MS_SERVICE_SOURCE };

struct ms_target;

/* One driver. `ctx` is the driver's own. */
struct ms_target_ops {
    const char *name;
    /* Starts a verb; *id identifies its completion. Negative status: it could not even be started. */
    int (*start)(struct ms_target *t, const struct ms_verb *v, uint32_t *id, struct ms_error *err);
    /* Next completion: 1 with *done filled, 0 none now, negative on error. Never blocks. */
    int (*next)(struct ms_target *t, struct ms_done *done, struct ms_error *err);
    /* Descriptor that becomes readable when `next` may have something. */
    int (*fd)(const struct ms_target *t);
    /* All octets read so far on a connection by application or service; valid until the next call. */
    const uint8_t *(*received)(struct ms_target *t, const char *name, size_t *len);
    /*
     * Next path manager event of the IUT as text (see ms_pm_events_next), when the configuration asked for them: 1, 0 none
     * now, negative on error. `fd` becomes readable for them as well.
     */
    int (*event)(struct ms_target *t, char *out, size_t cap, struct ms_error *err);
    /*
     * Comes back when the IUT's application has dealt with what the network had brought it, and waits again. NULL: a driver
     * whose application moves in `next` only. Who sends the next segment before that meets a kernel whose socket is in use,
     * which puts off what it has to say; no case is about that.
     */
    int (*settle)(struct ms_target *t, struct ms_error *err);
    void (*free)(struct ms_target *t);
};

struct ms_target {
    const struct ms_target_ops *ops;
};

struct ms_target_config {
    const struct ms_net *net;
    enum ms_service service;
    uint64_t source_octets; /* MS_SERVICE_SOURCE: how many octets, 0: without end */
    uint64_t stream_seed;   /* content of what the IUT sends: ms_stream_fill(seed, offset) */
    uint16_t default_port;  /* of LISTEN with port 0 */
    enum ms_family family;
    bool pm_commands; /* MS_VERB_PM_* may come: events are heard from the start */
    bool pm_events;   /* ops->event is asked; a kernel without events tells of none */
};

/*
 * The local driver: opens sockets in net->ns_iut by setns and returns to the tester's namespace after each
 * call. Received octets are kept up to 64 MiB a connection, then counted only.
 */
int ms_target_local(const struct ms_target_config *cfg, struct ms_target **out,
                    struct ms_error *err);

/* Sockets options by name, for the language's checks; ends with NULL. */
extern const char *const ms_sockopts[];
const char *ms_verb_name(enum ms_verb_kind kind);

/*
 * Path manager events (generic netlink mptcp_pm, multicast) of the IUT's namespace: text lines such as
 * "SF_ESTABLISHED token=... loc_id=1 ...". Next one into `out`: 1, 0 none, negative on error.
 */
struct ms_pm_events;
int ms_pm_events_open(const struct ms_net *net, struct ms_pm_events **out, struct ms_error *err);
int ms_pm_events_fd(const struct ms_pm_events *e);
int ms_pm_events_next(struct ms_pm_events *e, char *out, size_t cap, struct ms_error *err);
void ms_pm_events_close(struct ms_pm_events *e);

/*
 * What verbs change of a host that is not made for one case alone: endpoints and limits of the path manager, and of the
 * interfaces of `net` whether they are up, their addresses and routes. Saved from the caller's namespace; restored there
 * (MS_ERR_SYS: something could not be given back). `links`: interfaces, addresses and routes too.
 */
struct ms_host_state;
int ms_host_state_save(const struct ms_net *net, struct ms_host_state **out, struct ms_error *err);
int ms_host_state_restore(const struct ms_host_state *s, bool links, struct ms_error *err);
void ms_host_state_free(struct ms_host_state *s); /* NULL allowed */

/* What the running kernel offers; each false has a remedy for `doctor`. */
struct ms_kernel_facts {
    char release[128];
    char version[256];
    char config_sha256
        [65];        /* of /proc/config.gz or /boot/config-RELEASE, "" when neither can be read */
    bool mptcp;      /* an IPPROTO_MPTCP socket can be made in a fresh namespace */
    int mptcp_errno; /* why not */
    bool pm_netlink;
    bool full_info;
};
int ms_kernel_facts_read(struct ms_kernel_facts *k, struct ms_error *err);

#endif
