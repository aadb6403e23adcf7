/* SPDX-License-Identifier: MIT */
/* The engine's own structs: tester endpoints, received segments, one running case. */
#ifndef MPTCPSPEC_ENGINE_INT_H
#define MPTCPSPEC_ENGINE_INT_H

#include "mptcpspec/crypto.h"
#include "mptcpspec/engine.h"
#include "mptcpspec/link.h"
#include "mptcpspec/rewrite.h"

#define IUT_PORT 4433 /* unless the seat says otherwise */
#define GUARD_NS                                                                                   \
    10000000000ull /* bound of an expectation that names none: a guard, not a judgement */

struct flow;
struct engine;

/* Octet range [from, to) received ahead of the cumulative point. */
struct range {
    uint64_t from, to;
};
struct ranges {
    struct range *r;
    size_t n, cap;
};

/* What the IUT's application did and saw on one connection, as completions told. */
struct app {
    char name[16];
    bool connected, accepted, closed;
    bool eof_asked, eof_done;
    int connect_err, read_err;
    uint64_t recv_asked;
    uint64_t asked_send, sent;
    bool taken; /* a SYN of the IUT was bound to this connect */
};

struct literal {
    uint64_t dsn;
    const uint8_t *octets;
    size_t len;
};

/* An MPTCP (or plain TCP) connection as the tester keeps it. Numbers are the tester's own, right ones. */
struct conn {
    unsigned number;
    struct app *app;
    uint64_t key, peer_key;
    bool have_peer_key;
    uint64_t idsn, peer_idsn;
    uint32_t token, peer_token;
    bool want_csum; /* the tester's A bit */
    bool csum;      /* agreed */
    bool mptcp;     /* the tester speaks MPTCP here: keys exchanged, no fallback */
    bool peer_fell_back;
    bool dss_seen;     /* a DSS came: MP_CAPABLE need not be repeated (RFC 8684 3.1) */
    bool tester_opens; /* the tester sent the first SYN */
    uint64_t dsn_nxt, dsn_una, dsn_max;
    uint64_t data_rcv_nxt;
    bool hold_dack; /* Data ACKs withheld by the case: they stay at held_dack */
    uint64_t held_dack;
    struct ranges data_ahead;
    bool data_fin_sent, data_fin_rcvd;
    uint64_t data_fin_dsn; /* of the IUT */
    uint64_t bad_dsn;      /* mapping last sent with a wrong checksum: what MP_FAIL must name */
    struct ms_mp last_add_addr; /* last one sent by the tester: what an echo must repeat */
    struct ms_mp peer_add_addr; /* last one from the IUT */
    struct literal *literal; /* payload that the case wrote out, in place of the stream's octets */
    size_t n_literal, cap_literal;
    uint64_t sent_total; /* payload octets that went out, repetitions included */
    bool varied;         /* other octets than the stream's went out */
    uint8_t *echoed;     /* what came back of the tester's stream, where that is the witness */
    uint64_t win_edge;   /* right edge the IUT announced: DATA_ACK + window */
};

/* A mapping that the IUT announced on a subflow; SSNs as absolute TCP sequence numbers. */
struct map {
    uint32_t seq;
    uint64_t dsn;
    uint32_t len;
    bool infinite;
};

/* A received segment with what was known when it came. */
struct rx {
    const struct ms_seg *seg;
    struct ms_event *ev;
    struct flow *flow;
    unsigned path;
    bool consumed;         /* an expectation took it */
    bool repeated;         /* same sequence numbers and flags as an earlier one: a retransmission */
    bool lost_mptcp;       /* data without mapping on an MPTCP connection */
    uint64_t dsn_expected; /* data_rcv_nxt before it was processed */
    uint64_t dack_expected; /* the tester's dsn_nxt at that moment */
};

struct octets {
    const uint8_t *p;
    size_t len;
};

struct flow {
    const char *name;
    struct conn *conn;
    unsigned path;
    struct ms_addr own, peer;
    uint16_t sport, dport;
    bool bound; /* ports and peer are known */
    bool join;
    bool tester_opens;
    bool established;
    uint32_t isn, peer_isn, snd_nxt, snd_una, rcv_nxt, snd_max;
    bool have_peer_isn;
    uint32_t win; /* octets the tester advertises */
    uint8_t wscale, peer_wscale;
    bool wscale_ok; /* both offered */
    bool offered_wscale, peer_offered_wscale;
    uint32_t peer_win;
    uint16_t peer_mss, mss;
    bool ts_offered, peer_offered_ts, ts_on;
    uint32_t ts_recent, ts_clock;
    uint32_t nonce, peer_nonce;
    uint8_t id, peer_id, backup;
    struct ranges ahead; /* TCP octets beyond rcv_nxt, as offsets from peer_isn */
    struct map *map;
    size_t n_map, cap_map;
    struct rx **rx;
    size_t n_rx, cap_rx;
    size_t cursor; /* first rx an expectation may look at */
    bool answered; /* an expectation was met since the last stimulus */
    bool fin_sent, fin_rcvd, rst_rcvd, rst_sent;
    bool
        rst_missed; /* the case expected a RST in vain, and went on: one that comes later is no surprise */
    uint32_t rst_at;   /* snd_nxt when rst_sent */
    struct octets syn; /* the tester's own, as `handshake` or `join` sent it; length 0: none */
    bool fell_back;
    bool auto_ack, auto_close, auto_echo, auto_fallback;
};

/* A segment that goes out: as the case wrote it, and as the IUT gets it, which differs under a mutant only. */
struct outgoing {
    struct octets written, wire;
};

struct named_seg {
    const char *name;
    struct flow *flow;
    struct outgoing out;
};

struct guard {
    const struct ms_step *step;
    struct flow *flow; /* NULL: every subflow */
    size_t since;      /* events of the trace when it began */
};

struct pending {
    uint32_t id;
    const struct ms_step *step;
    enum ms_verb_kind kind;
    struct app *app;
    bool open;
    int err;
    uint64_t num;
};

/* What the middleboxes made of a frame. */
enum fate { FATE_SAME, FATE_CHANGED, FATE_LATE, FATE_MADE };

/* Who sent a frame, and how it came to where it is. */
struct origin {
    uint64_t time_ns;
    const char *handle; /* of the tester's subflow, "" */
    bool automatic, fault;
    enum fate fate;
    struct ms_event *event; /* of the same octets at the IUT's side, NULL: none */
};

struct passing;
struct passing_list {
    struct passing *first, *last;
};

/* Between the tester's endpoints and the IUT. */
struct boxes {
    struct ms_chain *row; /* the case's middleboxes; NULL: it has laid none */
    struct ms_chain
        *own; /* the IUT's own: rewrites of the run, of altered lines, of mutants; NULL: none */
    struct passing_list under_way; /* emitted by a row, to go on */
    struct passing_list inbox;     /* for the tester */
    struct kept *kept;
    size_t n_kept, cap_kept;
    bool
        fault_kept; /* a segment that the case made wrong was not passed on as it was, or not at once */
    struct box_id *id;
    size_t n_id, cap_id;
};

enum go { GO_ON, GO_STOP, GO_SWITCH };

struct engine {
    const struct ms_engine_config *cfg;
    const struct ms_case *c;
    enum ms_family family;
    struct ms_arena *a;
    struct ms_trace *trace;
    struct ms_result *result;
    struct ms_record record;
    struct ms_names names;
    struct ms_seat seat; /* network and driver; its topology is known from the start */
    struct ms_link *link[MS_PATHS_MAX];
    struct boxes boxes;
    struct ms_oracle *oracle;
    struct ms_rng rng;
    uint64_t tester_seed, iut_seed;
    int epoll;
    struct flow **flow;
    size_t n_flow, cap_flow;
    struct conn **conn;
    size_t n_conn, cap_conn;
    struct app **app;
    size_t n_app, cap_app;
    unsigned accepts, connects;
    bool accepting;    /* the listener's application takes what comes */
    struct rx **stray; /* SYNs of the IUT that no handle took yet, and segments of unknown flows */
    size_t n_stray, cap_stray;
    struct named_seg *named;
    size_t n_named, cap_named;
    struct guard *guard;
    size_t n_guard, cap_guard;
    struct pending *pending;
    size_t n_pending, cap_pending;
    uint16_t next_port;
    const struct ms_step *step; /* being run */
    bool strict;
    unsigned control;             /* inside the control of a silence: failures there are inconc */
    const struct ms_step *either; /* alternatives under watch while a silence's control runs */
    size_t either_skip;           /* the block that runs */
    size_t either_won;
    bool stirred; /* segments have passed since the IUT's application was last seen waiting */
    bool stopped;
    bool storm;    /* more packets than are allowed */
    bool reacting; /* inside an automatic answer */
    uint64_t syn_sent_ns;
    uint64_t heard_ns;  /* last frame from a link, last stimulus */
    unsigned reminders; /* since the last stimulus */
    const char **pm_event;
    size_t n_pm_event, cap_pm_event;
    struct ms_counter *counters;
    size_t n_counters;
    uint64_t mutant_hits; /* segments mended, actions left out */
    const char *
        lacks; /* what was asked for and the target does not have: a verb, a counter; NULL: nothing */
    struct ms_error err; /* of the harness itself */
    bool broken;         /* err holds why the harness cannot go on */
};

/* state.c */
struct conn *conn_new(struct engine *e, bool tester_opens);
void conn_set_key(struct conn *c, uint64_t key);
void conn_set_peer_key(struct conn *c, uint64_t key);
struct flow *flow_find(const struct engine *e, const char *name);
struct flow *flow_new(struct engine *e, const char *name);
void flow_bind(struct flow *f, const struct ms_addr *own, const struct ms_addr *peer,
               uint16_t sport, uint16_t dport, unsigned path);
void flow_own_numbers(struct engine *e, struct flow *f);
struct flow *flow_by_tuple(const struct engine *e, const struct ms_seg *rx);
struct app *app_new(struct engine *e, unsigned number);
struct app *app_of(struct engine *e, const struct ms_step *s);
void ranges_add(struct ms_arena *a, struct ranges *r, uint64_t from, uint64_t to);
uint64_t ranges_advance(struct ranges *r, uint64_t from);

/* value.c */
void names_open(struct engine *e);
bool value_eval(struct engine *e, const struct ms_expr *x, const struct ms_scope *s,
                struct ms_value *out);
bool value_num(struct engine *e, const struct ms_expr *x, uint64_t *out);
void var_set(struct engine *e, const char *name, const struct ms_value *v);
const struct ms_value *var_get(const struct engine *e, const char *name);
bool arg_num(struct engine *e, const struct ms_arg *arg, size_t n, const char *name, uint64_t *out);
bool topo_addr(const struct engine *e, const char *name, struct ms_addr *out, unsigned *path);
/* Compares everything that the pattern writes, prescribed values with those of this connection. */
void match_seg(struct engine *e, const struct rx *r, const struct ms_segspec *s,
               struct ms_matching *m);
void match_bind(struct engine *e, const struct rx *r, const struct ms_segspec *s);

/* props.c */
bool value_prop(struct engine *e, const struct ms_expr *x, struct ms_value *out);

/* prescribe.c: the values RFC 8684 prescribes */
void prescribe_tx(struct engine *e, struct flow *f, const struct ms_option_name *name,
                  uint8_t flags, size_t data_len, struct ms_opt *opt);
void prescribe_rx(struct engine *e, const struct rx *r, const struct ms_opt *got,
                  struct ms_opt *want);
uint64_t stream_base(const struct conn *c, bool from_tester);

/* tx.c */
enum go tx_spec(struct engine *e, struct flow *f, const struct ms_segspec *s, bool hold);
void tx_frame(struct engine *e, struct flow *f, const struct outgoing *out, bool automatic,
              bool fault);
void tx_plain(struct engine *e, struct flow *f, uint8_t flags, bool automatic);
/* A segment from flags and ready options, all numbers right. */
void tx_simple(struct engine *e, struct flow *f, uint8_t flags, const char *const *options,
               size_t n, size_t data, bool automatic);

/* rx.c */
/* A segment has reached the tester. */
void rx_segment(struct engine *e, unsigned path, struct ms_event *ev);
void rx_bind(struct engine *e, struct flow *f, struct rx *r);
void rx_react(struct engine *e, struct flow *f, const struct ms_seg *seg, bool out_of_order);

/* boxes.c */
/* A frame of the tester on its way to the IUT. Its fate is SAME. */
void boxes_send(struct engine *e, unsigned path, const struct outgoing *out,
                const struct origin *o);
/* A frame that the IUT's wire gave. What comes of it is delivered later. */
void boxes_captured(struct engine *e, unsigned path, const struct ms_link_frame *fr);
/* Passes on what was kept and is due, delivers one frame to the tester; false when there was nothing to do. */
bool boxes_deliver(struct engine *e);
/* When boxes_deliver has something to do without a frame coming; UINT64_MAX: never. */
uint64_t boxes_due(const struct engine *e);

/* boxes_lay.c */
/* Makes the rows that this run needs. False when the harness is broken. */
bool boxes_open(struct engine *e);
void boxes_close(struct engine *e);
enum go box_step(struct engine *e, const struct ms_step *s);
/* What the boxes did: into result and trace. */
void boxes_figures(struct engine *e);

/* model.c: what received segments do to the tester's numbers */
/* The earliest that the flow remembers with the same sequence numbers and flags; NULL: it is new. */
struct rx *first_copy(const struct flow *f, const struct ms_seg *g);
void model_receive(struct engine *e, struct flow *f, struct rx *r);
uint64_t dsn_extend(uint64_t near, uint64_t value, bool eight);

/* content.c */
void content_of_tester(const struct engine *e, const struct conn *c, uint64_t offset, uint8_t *out,
                       size_t n);
/* The octets of the tester's stream from `offset` on, in one of its variants. */
void content_fill(const struct engine *e, uint64_t variant, uint64_t offset, uint8_t *out,
                  size_t n);
void content_check(struct engine *e, const struct rx *r, uint64_t dsn, const uint8_t *p, size_t n);

/* expect.c */
enum tried { TRY_YET, TRY_MET, TRY_FAILED };
struct attempt {
    enum tried state;
    struct rx *rx; /* the segment that met or broke it */
    const struct ms_requirement **failed;
    size_t n_failed;
    const char *text; /* why, when failed or not yet met */
};
/* How the step stands with what has come so far. `take`: consume the segment, bind its names. `explain`: fill text. */
void try_step(struct engine *e, const struct ms_step *s, bool take, bool explain,
              struct attempt *t);
enum go expect_step(struct engine *e, const struct ms_step *s);
/* Another alternative came true while a silence's control runs. */
bool alternative_met(struct engine *e);
void describe_rx(const struct rx *r, struct ms_buf *b);
/* states.c */
void try_state(struct engine *e, const struct ms_step *s, bool take, struct attempt *t);
/* alternatives.c, silence.c */
enum go expect_no_step(struct engine *e, const struct ms_step *s);
enum go before_step(struct engine *e, const struct ms_step *s);
enum go either_step(struct engine *e, const struct ms_step *s);
enum go all_step(struct engine *e, const struct ms_step *s);
void guard_check(struct engine *e, struct rx *r);
/* The same for a segment of a subflow that no handle took. */
void guard_check_stray(struct engine *e, struct rx *r);
void leftovers(struct engine *e);

/* verbs.c */
enum go verb_step(struct engine *e, const struct ms_step *s);
void verb_done(struct engine *e, const struct ms_done *d);
/* Starts a verb; its completion comes by the loop. False when it could not be started (the harness is broken). */
bool verb_start(struct engine *e, const struct ms_verb *v, struct app *app, const char *text);
/* Starts a verb and takes its completion at once: for verbs that need no answer from the wire. */
bool verb_now(struct engine *e, const struct ms_verb *v, struct ms_done *d);

/* mutant.c: true if the mutant leaves this action out; then the trace says that it was done. */
bool verb_left_out(struct engine *e, const char *verb, const struct ms_arg *arg, size_t n,
                   const char *text);

/* iut.c: what the IUT's application is expected to see */
void try_iut(struct engine *e, const struct ms_step *s, struct ms_buf *why, struct attempt *t);
void counters_note(struct engine *e);
bool iut_record(struct engine *e, const char *what, const struct app *a);

/* witness.c */
/* Octets of the IUT's stream came: kept where they tell what its application read. */
void witness_keep(struct engine *e, struct conn *c, uint64_t dsn, const uint8_t *p, size_t n);
/*
 * What the IUT's application on `c` has read as far as the wire shows it: *n octets, and *octets where they are known,
 * else NULL. False: the driver must be asked.
 */
bool witness_read(struct engine *e, const struct conn *c, const uint8_t **octets, size_t *n);

/* remind.c */
/* When the tester asks again for a Data ACK that is owed; UINT64_MAX: never. */
uint64_t remind_due(const struct engine *e);
void remind(struct engine *e);

/* farewell.c */
/* Ends what the case left open, so that a service that goes on to live is rid of it. After the verdict. */
void farewell(struct engine *e);

/* open.c */
struct flow *flow_open(struct engine *e, const char *name, const struct ms_arg *arg, size_t n,
                       bool join);
void conn_args(struct engine *e, struct flow *f, const struct ms_arg *arg, size_t n);
enum go new_step(struct engine *e, const struct ms_step *s);
/* groups.c */
enum go group_step(struct engine *e, const struct ms_step *s);
/* The flow of a handle for a first SYN of the tester; made with default addresses when unknown. */
struct flow *flow_for_syn(struct engine *e, const struct ms_step *s, bool join);
/* Binds a handle to a SYN of the IUT that nobody took yet, of the kind wanted, among strays from that index on; NULL
 * when none waits. */
struct flow *flow_from_stray(struct engine *e, const char *name, bool join, size_t from);
/* Does the pattern ask for a SYN that the IUT sends on its own, and is it a join? */
bool wants_syn(const struct ms_segspec *s, bool *join);

/* loop.c */
/* Takes what has arrived, without waiting; true when something came. */
bool loop_drain(struct engine *e);
/* The same once the IUT's application waits again, where it moves by itself: what it does next is an answer to what comes next. */
void loop_settle(struct engine *e);
/* Waits until something came or the deadline passed (false). */
bool loop_wait(struct engine *e, uint64_t deadline_ns);
bool loop_wait_poll(struct engine *e, uint64_t deadline_ns, unsigned poll_ms);
uint64_t deadline(const struct engine *e, uint64_t within_ns);

/* verdict.c */
void stimulus(struct engine *e, struct flow *f);
void reason_add(struct engine *e, enum ms_verdict v, const char *reqs, const char *rule,
                const struct ms_step *s, uint32_t packet, const char *text);
/* A failed step: verdict from the levels of the tags (none: inconc). GO_STOP when the case must end. */
enum go step_failed(struct engine *e, const struct ms_step *s,
                    const struct ms_requirement *const *failed, size_t n, uint32_t packet,
                    const char *text);
void step_ok(struct engine *e, const struct ms_step *s, uint32_t packet);
void broken(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void note(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* engine.c */
enum go run_block(struct engine *e, const struct ms_block *b, size_t from);
enum go run_step(struct engine *e, const struct ms_step *s);
/* Without a service: one application for each connection that the case may open. */
bool accept_default(struct engine *e);

#endif
