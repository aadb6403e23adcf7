/* SPDX-License-Identifier: MIT */
/* One running scenario. */
#ifndef MPTCPSPEC_INTEROP_INT_H
#define MPTCPSPEC_INTEROP_INT_H

#include "mptcpspec/interop.h"
#include "mptcpspec/middlebox.h"
#include "mptcpspec/programs.h"
#include "mptcpspec/rewrite.h"

#define GUARD_NS                                                                                   \
    60000000000ull /* bound of an expectation that names none: a guard, not a judgement */
#define QUIET_NS    3000000000ull /* the same when nothing lives any more that could meet it */
#define TICK_MS     20            /* what no event tells of is looked at so often ... */
#define SS_TICK_MS  100           /* ... and by a program */
#define KEPT_OCTETS 256           /* of a frame: all headers, and some payload */

enum go { GO_ON, GO_STOP };

/* What the octets of a host show of MPTCP. */
enum speech { SPEECH_NONE, SPEECH_MPTCP, SPEECH_PLAIN };

/* A subflow as it stands on one side of the box. Ends by host. */
struct flow {
    struct ms_addr addr[2];
    uint16_t port[2];
    bool seen[2];    /* this end has sent something */
    uint32_t hi[2];  /* one past the highest sequence number that it sent */
    uint32_t ack[2]; /* highest acknowledgment that it gave */
    bool acked[2];
    bool fin[2];
    uint32_t fin_end[2];
    bool rst;
    bool repeating; /* its own host repeats ... */
    uint32_t again; /* ... the segment from here */
    unsigned times;
};
#define FLOWS_MAX 512

struct scene;

/* One of the two stacks. */
struct host {
    struct scene *scene;
    enum ms_host which;
    const char *name;
    struct ms_target *target;
    struct ms_oracle *oracle;
    const char **pm_event;
    size_t n_pm_event, cap_pm_event;
    struct ms_counter *counters;
    size_t n_counters, cap_counters;
    struct flow flow[FLOWS_MAX]; /* ring, newest at next_flow - 1 */
    size_t next_flow;
    uint64_t key; /* that it told last on the wire */
    bool key_seen;
    enum speech data, acks; /* its newest segment with payload, and without */
    unsigned stalls;        /* most repetitions of one segment in a row without progress */
};

struct program {
    const char *name;
    const struct host *host;
    struct ms_program *run;
};

struct move;

struct transfer {
    const char *name;
    struct ms_transfer *run; /* by programs, or ... */
    struct move *move;       /* ... by the drivers of the hosts; the other is NULL */
    bool ended;
};

/* A segment that a statement named, by its place in the frame log. */
struct named_frame {
    const char *name;
    size_t pos; /* behind its record */
};

struct guard {
    const struct ms_step *step;
    bool struck;
};

struct scene {
    const struct ms_engine_config *cfg;
    const struct ms_case *c;
    struct ms_arena *a;
    struct ms_trace *trace;
    struct ms_result *result;
    struct ms_record record;
    struct ms_names names;
    struct ms_rng rng;
    struct ms_lab lab;
    bool lab_up;
    struct ms_topo *view;    /* of the hosts that are elsewhere: NULL when both are here */
    struct ms_seat seat[2];  /* theirs; site NULL: that host is here */
    uint64_t stream_seed[2]; /* of what a host sends by verbs */
    struct ms_chain *chain;
    struct ms_box *box;
    int *box_id; /* by number of the statement; -1: not laid */
    struct host *host[2];
    struct ms_programs *programs;
    struct program *program;
    size_t n_program, cap_program;
    struct transfer *transfer;
    size_t n_transfer, cap_transfer;
    uint64_t passed[MS_PATHS_MAX][2]; /* new octets of payload that were handed to that host */
    uint64_t last_ns;                 /* newest TCP segment */
    unsigned signals;                 /* events of segments so far */
    struct named_frame *named;
    size_t n_named, cap_named;
    struct guard *guard;
    size_t n_guard, cap_guard;
    int epoll;
    const struct ms_step *step; /* being run */
    bool stopped;
    bool storm;
    bool broken; /* err holds why the harness cannot go on */
    struct ms_error err;
    const char *
        lacks; /* what a kernel turned out not to have: without other findings the scenario is skipped */
};

/* order.c */
/* Keeps all that belongs to the scenario, programs included, on one CPU. */
void interop_keep_order(void);
/* scene.c */
void scene_broken(struct scene *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void scene_lacks(struct scene *s, const char *what);
void scene_note(struct scene *s, const char *handle, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum go scene_failed(struct scene *s, const struct ms_step *st, uint32_t packet, const char *text);
uint64_t scene_deadline(const struct scene *s, uint64_t within_ns);
struct host *host_of(struct scene *s, const struct ms_step *st);
bool scene_watch(struct scene *s, int fd);

/* loop.c */
/* Takes what has arrived, without waiting; true when something came. */
bool scene_drain(struct scene *s);
/* Waits until something came or the deadline passed (false). */
bool scene_wait(struct scene *s, uint64_t deadline_ns);
/* Nothing lives that could still send: no transfer, no program of the client, every subflow over, and no segment for a
 * while. */
bool scene_quiet(const struct scene *s);
/* Starts a verb and takes its completion. */
bool host_verb_now(struct host *h, const struct ms_verb *v, struct ms_done *d);

/* tap.c */
void tap_frame(void *ctx, unsigned path, enum ms_host side, enum ms_dir dir, uint64_t time_ns,
               const uint8_t *frame, size_t len);
bool flow_over(const struct flow *f);
bool flows_over(const struct scene *s);

/* How an expectation stands. */
enum tried { TRY_YET, TRY_MET, TRY_FAILED };
struct attempt {
    enum tried state;
    uint32_t packet;
    const struct ms_requirement **failed; /* NULL: all tags of the step */
    size_t n_failed;
    const char *text; /* why it is not met */
    size_t pos;       /* wire: how far the log was searched */
    bool local;       /* it may come although nothing lives on the wire */
    unsigned poll_ms; /* no event tells when it changes: looked at so often, 0: an event tells */
};
typedef void try_fn(struct scene *s, const struct ms_step *st, bool explain, struct attempt *t);
enum go scene_expect(struct scene *s, const struct ms_step *st, try_fn *try);

/* host.c */
enum go host_verb_step(struct scene *s, const struct ms_step *st);
/* look.c */
enum go host_expect_step(struct scene *s, const struct ms_step *st);
/* commands.c */
struct program *command_find(struct scene *s, const char *name);
enum go command_run(struct scene *s, const struct ms_step *st, struct host *h);
enum go command_start(struct scene *s, const struct ms_step *st, struct host *h);
enum go command_stop(struct scene *s, const struct ms_step *st, struct host *h);
/* Runs a command of the harness itself to its end; its output, NULL when it could not be had (then broken). */
const char *command_read(struct scene *s, struct host *h, const char *const *argv, size_t *len);
/* The last lines of what it printed, for messages. */
const char *command_last(struct scene *s, struct ms_program *p);
void commands_attach(struct scene *s);
/* What the scenario needs and the machine lacks; NULL: nothing. */
/* transfer.c */
enum go transfer_step(struct scene *s, const struct ms_step *st);
enum go transfer_expect_step(struct scene *s, const struct ms_step *st);
bool transfers_work(struct scene *s);
const struct ms_transfer_result *transfer_result(const struct transfer *t);
/* move.c */
struct move *move_new(struct scene *s, const struct ms_transfer_spec *spec);
/* Once the scene knows it. */
void move_start(struct scene *s, struct move *m);
/* A completion of a host's driver: false when it belongs to no transfer. */
bool move_take(struct scene *s, enum ms_host h, const struct ms_done *done);
const struct ms_transfer_result *move_result(const struct move *m);
/* wire.c */
enum go wire_step(struct scene *s, const struct ms_step *st);
enum go wire_guard_step(struct scene *s, const struct ms_step *st);
/* A frame that was just logged, before the guards. */
void guards_check(struct scene *s, uint32_t iface, enum ms_dir dir, uint32_t packet,
                  const struct ms_seg *seg);
/* counters.c */
bool counters_read(struct host *h);
bool counter_get(const struct host *h, const char *name, uint64_t *out);
/* Notes what moved; judges those that the scenario does not name. */
void counters_conclude(struct scene *s);

#endif
