/* SPDX-License-Identifier: MIT */
/*
 * site: where the implementation under test is, and how a case comes to its network and its driver there. One struct of
 * functions for each kind: `local` makes namespaces beside the tester, others reach another machine. A site is opened
 * once in the parent; each case takes a seat of its own, in its own process.
 */
#ifndef MPTCPSPEC_SITE_H
#define MPTCPSPEC_SITE_H

#include "mptcpspec/lang.h"
#include "mptcpspec/link.h"
#include "mptcpspec/target.h"

/* What else is said of a bare address. Strings are borrowed. */
struct ms_host_spec {
    const char *service; /* what listens there: "echo", "discard", "http"; NULL: echo */
    /* "ADDR", "FIRST-LAST", with "/PREFIX" where the interface has no address of that network: the tester's own. NULL:
     * the host's. */
    const char *source;
    bool rate_said;
    unsigned rate;   /* packets a second, 0: as fast as they come; unless said: MS_HOST_RATE */
    bool public_too; /* addresses of the public Internet may be tested */
    const char
        *cue; /* command that makes the IUT connect, "-": a person is asked; NULL: nothing does */
    /* Asks a person to let the IUT connect to that address and port, and returns when told to go on: false to give up. */
    bool (*ask)(void *ctx, const char *addr, uint16_t port);
    void *ask_ctx;
    uint64_t seed; /* of the run: where ports begin */
};
#define MS_HOST_RATE 1000u

/* What the user asks for. Strings are borrowed for as long as the site lives. */
enum ms_site_kind { MS_SITE_LOCAL, MS_SITE_EXEC, MS_SITE_UNIX, MS_SITE_HOST };
struct ms_site_spec {
    const char *text; /* as typed: "exec:ssh lab mptcpspec agent --stdio"; NULL: local */
    enum ms_site_kind kind;
    const char *argument; /* what follows the first colon: command, path; "" */
    struct ms_addr addr;  /* MS_SITE_HOST */
    uint16_t port;
    const char *iface;        /* of the tester, NULL: none was given */
    double time_scale;        /* of bounds, 0: 1 */
    struct ms_host_spec host; /* MS_SITE_HOST only */
};
/* Reads the text of --target into kind, argument, addr, port. MS_ERR_PARSE with one clear line. */
int ms_site_spec_parse(const char *text, struct ms_site_spec *out, struct ms_error *err);

/* What is known of a site once it is open; goes into reports. */
struct ms_site_facts {
    const char *kind;              /* "local kernel", "agent", "bare address" */
    const char *spec;              /* as typed, "local" */
    const char *iface;             /* of the tester, "" */
    struct ms_kernel_facts kernel; /* of the IUT; fields that cannot be known are empty */
    char system[64];               /* "Linux", "" when not known */
    char machine[64];              /* "x86_64" */
    char agent[64];                /* version of the agent, "" */
    char profile[64];              /* of a service, "" */
    unsigned processors;           /* 0: not known */
    uint64_t rtt_ns;               /* measured when the site was opened; 0: here */
    unsigned most_parallel;        /* so many cases side by side, 0: any number */
};

struct ms_site;
struct ms_seat;

struct ms_seat_request {
    const struct ms_instance *instance;
    const struct ms_topo *topo;      /* as the case names it */
    struct ms_target_config config;  /* without `net` */
    double time_scale;               /* of bounds */
    unsigned path_mtu;               /* that the IUT's routes tell of, 0: nothing */
    const volatile int *interrupted; /* NULL: nothing interrupts */
};

struct ms_site_ops {
    bool pair; /* two hosts, see ms_site_pair; it has no seats */
    /*
     * NULL: this instance, whose case names `topo`, can run there; else why it is skipped (in the arena or static).
     * NULL: everything runs.
     */
    const char *(*refuses)(const struct ms_site *site, struct ms_arena *a,
                           const struct ms_instance *i, const struct ms_topo *topo);
    /*
     * Takes a seat: the network and the driver of one case, in the case's own process, whose thread is afterwards in the
     * namespace from which links are opened. *out was cleared. On failure nothing is left.
     */
    int (*seat)(struct ms_site *site, const struct ms_seat_request *r, struct ms_seat *out,
                struct ms_error *err);
    /* Opens the link of a path and proves it; NULL: as ms_seat_link says. */
    int (*link)(struct ms_seat *seat, unsigned path, struct ms_link **out, struct ms_error *err);
    /* Gives the seat back; links were closed before, the driver is freed here. */
    void (*leave)(struct ms_seat *seat);
    /* Why what a case met is the site's end and not the case's: "the agent ended: ..."; NULL: it is still there. */
    const char *(*lost)(struct ms_site *site);
    /*
     * In the parent: cases wait now for what is nobody's fault, a limit of rate or a person. No hang guard counts such time.
     * NULL: never.
     */
    bool (*holds_up)(struct ms_site *site);
    /* In the parent, when no case runs any more; frees the site. */
    void (*close)(struct ms_site *site);
};

struct ms_site {
    const struct ms_site_ops *ops;
    struct ms_site_facts facts;
};

/* How it shows what the IUT's application has read, where nobody can ask it (`iut: received`). */
enum ms_witness {
    MS_WITNESS_DRIVER, /* the driver's `received` tells */
    MS_WITNESS_ECHO,   /* what it echoed it has read */
    MS_WITNESS_ACKS, /* it reads all that its host acknowledges; what the octets were is not seen */
};

struct ms_seat {
    struct ms_site *site;
    struct ms_net net; /* paths, interfaces and MAC addresses; namespaces -1 where there are none */
    const struct ms_topo *topo; /* that of the request, or what stands in its place */
    struct ms_target *target;
    enum ms_family family;
    bool
        peers; /* several seats share an interface: links listen to the IUT's MAC address of their path only */
    uint16_t port;        /* on which the IUT listens when the case names none */
    uint16_t tester_port; /* first port of the tester; 0: the engine's own choice */
    enum ms_witness witness;
    bool
        by_address; /* the link brings what is the IUT's, from whatever MAC address: routers may stand between */
    bool lasting; /* the IUT's service lives on: what the case leaves open is aborted at its end */
    bool text;    /* what the tester sends is the beginning of a line of text that never ends */
    void *own;    /* of the site */
};

/* The site of the tester's own kernel: needs no opening, is never closed. */
struct ms_site *ms_site_local(void);
/*
 * Opens what `spec` names: speaks with an agent, looks for an interface. A site that is not there, speaks another version,
 * has no MPTCP: a negative status with one clear line. `*out` is closed with ops->close. Call it in the process from
 * which cases are forked. `interrupted` NULL: nothing interrupts.
 */
int ms_site_open(const struct ms_site_spec *spec, const volatile int *interrupted,
                 struct ms_site **out, struct ms_error *err);

/*
 * For sites behind agents: MS_ERR_RANGE with one clear line when this host has an address that the topology gives to the
 * tester, or to a host of scenarios. Its kernel would answer for that as well.
 */
int ms_site_check_topo(const struct ms_topo *t, struct ms_error *err);

/*
 * Client and server of scenarios, of which at least one is elsewhere; refuses what needs programs there. It owns both and
 * closes them.
 */
int ms_site_pair(struct ms_site *client, struct ms_site *server, struct ms_site **out,
                 struct ms_error *err);
/* The site of a host of scenarios: the local one when `site` is no pair, or NULL. */
struct ms_site *ms_site_of_host(const struct ms_site *site, enum ms_host h);
/* Whether it is another machine's kernel. */
bool ms_site_is_away(const struct ms_site *site);

int ms_seat_take(struct ms_site *site, const struct ms_seat_request *r, struct ms_seat *out,
                 struct ms_error *err);
/* Takes a cleared seat as well as a taken one. */
void ms_seat_leave(struct ms_seat *seat);
/*
 * Opens the link of a path (0-based): it answers for the tester's addresses of every path and every address of the IUT on
 * this path was proved. The caller closes it before the seat is left.
 */
int ms_seat_link(struct ms_seat *seat, unsigned path, struct ms_link **out, struct ms_error *err);

#endif
