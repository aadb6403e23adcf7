/* SPDX-License-Identifier: MIT */
/*
 * lang: the case language. Text in, a checked plan out, or every mistake with place, line and caret. Pure.
 * The grammar is documented in docs/case-language.md; this header is the plan that the engine runs.
 *
 * Everything that a parse returns lives in the arena that it was given.
 */
#ifndef MPTCPSPEC_LANG_H
#define MPTCPSPEC_LANG_H

#include "mptcpspec/catalogue.h"
#include "mptcpspec/topo.h"
#include "mptcpspec/rewrite.h"

struct ms_loc {
    const char *file;
    unsigned line, column; /* from 1 */
};

/* ---- expressions -------------------------------------------------------------------------------------- */

enum ms_expr_kind {
    MS_X_NUM,    /* num */
    MS_X_OCTETS, /* octets: x"0a0b" or 0x literal of more than 16 digits */
    MS_X_STRING, /* "text" */
    MS_X_ADDR,   /* literal address 192.0.2.1 or [2001:db8::1] */
    MS_X_NAME,   /* bare name: variable, topology address, or the prescribed value of a field */
    MS_X_PROP,   /* A.snd_nxt: text is the handle, prop the property */
    MS_X_CALL,   /* text is the function, arg[0..n_args) */
    MS_X_BIN,    /* op, arg[0], arg[1] */
    MS_X_NEG,    /* -arg[0] */
    MS_X_ANY,    /* any */
};

struct ms_expr {
    enum ms_expr_kind kind;
    struct ms_loc loc;
    uint64_t num;
    const uint8_t *octets;
    size_t len;
    const char *text;
    const char *prop;
    struct ms_addr addr;
    char op; /* + - * / % & | ^ and 'l' for <<, 'r' for >> */
    size_t n_args;
    struct ms_expr **arg;
};

enum ms_cmp { MS_CMP_EQ, MS_CMP_NE, MS_CMP_LT, MS_CMP_LE, MS_CMP_GT, MS_CMP_GE };

/* One thing in parentheses after an option, a group or a verb: `id = 3`, `hmac`, `no map`, `nonce as n`. */
struct ms_arg {
    struct ms_loc loc;
    const char *name; /* NULL: a bare expression without name (verbs) */
    bool negated;     /* `no name` */
    enum ms_cmp cmp;
    struct ms_expr *value; /* NULL: bare name, the value that the RFC prescribes */
    const char *bind;      /* `as NAME`: binds what was matched or sent */
};

/* Requirement tags in brackets. */
struct ms_tags {
    size_t n;
    const struct ms_requirement **req;
};

/* One option in a segment: `mp_join(hmac, id = any)`, `no dss`, `raw(x"1e03")`. */
struct ms_optspec {
    struct ms_loc loc;
    const struct ms_option_name *name;
    bool negated;
    size_t n_args;
    struct ms_arg *arg;
    struct ms_tags tags; /* those right behind the option */
    const struct ms_field *
        *field; /* n_args entries: the field behind each arg; NULL for pseudo fields */
};

enum ms_payload_kind { MS_PAYLOAD_UNSAID, MS_PAYLOAD_NONE, MS_PAYLOAD_STREAM, MS_PAYLOAD_LITERAL };

/* What follows `send`, `expect`, `expect no`. */
struct ms_segspec {
    struct ms_loc loc;
    bool any_flags; /* `any` */
    bool has_flags; /* flags were written */
    uint8_t flags;  /* MS_TH_*, those written */
    enum ms_payload_kind payload;
    struct ms_expr *payload_len;    /* STREAM */
    struct ms_expr *payload_octets; /* LITERAL: string or octets */
    struct ms_expr *variant;        /* other content than the stream's, NULL: the stream's */
    size_t n_opts;
    struct ms_optspec *opt;
    bool
        exact_options; /* `options { ... }`: exactly these, in this order, no padding added but at the end */
    size_t n_fields; /* header fields: seq = ..., win = ... */
    struct ms_arg *fields;
    const struct ms_field **field; /* n_fields entries */
    struct ms_tags tags; /* on the segment as a whole, before the first option or after a field */
    const char *as;      /* names the segment */
    bool commit, keep, strict;
    bool on_any;                        /* `on any`: any subflow of the connection */
    uint64_t within_ns;                 /* 0: the guard */
    const struct ms_requirement **none; /* unused */
};

/* ---- steps -------------------------------------------------------------------------------------------- */

enum ms_step_kind {
    MS_STEP_GROUP,      /* handshake, join, close, abort: name, args */
    MS_STEP_NEW,        /* A: new(from = t2, to = i1, of = B): declares a subflow or connection */
    MS_STEP_SEND,       /* seg */
    MS_STEP_HOLD,       /* seg; built and kept, counts as sent for the tester's numbers */
    MS_STEP_RESEND,     /* name: a named segment goes out (again) */
    MS_STEP_EXPECT,     /* seg */
    MS_STEP_EXPECT_NO,  /* seg until block */
    MS_STEP_STATE,      /* name: acked, data_acked, stream, closed ...; args */
    MS_STEP_AUTO,       /* name: ack, data_ack, close, fallback, join, echo; on */
    MS_STEP_LET,        /* name, value */
    MS_STEP_EITHER,     /* blocks */
    MS_STEP_ALL,        /* blocks[0]: expectations in any order */
    MS_STEP_GUARD,      /* from now: no seg, on subject or on all */
    MS_STEP_PATH,       /* num: path, name: "cut" or "restore" */
    MS_STEP_STRICT,     /* on */
    MS_STEP_VERB,       /* iut: name, args */
    MS_STEP_IUT_EXPECT, /* iut: expect name, args */
    MS_STEP_RECEIVED,   /* iut: received N octets[, unchanged] */
    MS_STEP_BOX,        /* middlebox "REWRITE" [as NAME] [on path N], middlebox NAME on|off */
    /* of scenarios only (`iut both`) */
    /*
     * client: name, args. run, start: string is the command, `as` the program's name (run: or NULL), args `input`
     * and `output` name files. stop: arg[0].name is the program. allow: each arg's name is a counter.
     */
    MS_STEP_HOST_VERB,
    /*
     * client: expect name, args. output: arg[0].name is the program, its value the text, negated for `has no`.
     * exit: arg[0].name is the program. event, listening: arg[0].value. ss: `token` alone has value the name token.
     */
    MS_STEP_HOST_EXPECT,
    MS_STEP_TRANSFER,        /* subject: transfer value octets, way, tool, args */
    MS_STEP_TRANSFER_EXPECT, /* subject: expect name: done, failed, changed */
    MS_STEP_WIRE,            /* wire: expect name: segment, none, passed, stalls */
    MS_STEP_KINDS,           /* their number */
};

struct ms_step;
struct ms_block {
    size_t n;
    struct ms_step *step;
    struct ms_loc loc;
};

struct ms_step {
    enum ms_step_kind kind;
    struct ms_loc loc;
    const char *text;    /* the source line, trimmed: for reports */
    const char *subject; /* handle, "iut", "client", "server", "wire", a transfer, or NULL */
    const char *on;      /* iut(A): the connection of A, NULL: the default */
    const char *name;
    bool flag; /* AUTO, STRICT: on; RECEIVED: unchanged */
    struct ms_segspec *seg;
    size_t n_args;
    struct ms_arg *arg;
    struct ms_expr *value;
    struct ms_tags tags;
    uint64_t within_ns;
    size_t n_blocks;
    struct ms_block *block;

    /*
     * BOX: `box` numbers the boxes of a case from 1 in the order of the text. The statement that lays one has
     * `string`, the rewrite as written ({name} stands for the value of a foreach: ms_instance_text), and `as`, its
     * name or NULL. The one that switches it has no string; its `box` is that of the box, `flag` says on.
     */
    unsigned box;
    const char *string;
    unsigned path; /* BOX, WIRE, guards of the wire: from 1; 0: every path */

    /* Scenarios. `up` is client to server, `down` server to client. */
    const char *way; /* as written: up, down, both, or a foreach of these (ms_step_way); or NULL */
    bool up, down;   /* where `way` is no foreach */
    int side;        /* WIRE, guards of the wire: MS_SIDE_*, where the segment is looked for */
    const char *after; /* WIRE: only behind the segment of this name, NULL: from the beginning */
    const char *as;    /* name that it gives: a box, a segment on the wire, a program; or NULL */
    const char *tool;  /* TRANSFER: as written, perhaps a foreach (ms_step_tool) */
};

/* The side of the middlebox at which a segment is looked for; unsaid: where it was sent. */
enum { MS_SIDE_UNSAID = -1, MS_SIDE_CLIENT = 0, MS_SIDE_SERVER = 1 };

/* ---- cases -------------------------------------------------------------------------------------------- */

/* BOTH: a scenario. Two live stacks, client and server, talk through a middlebox; there is no tester. */
enum ms_role { MS_ROLE_LISTENER, MS_ROLE_INITIATOR, MS_ROLE_BOTH };
/* "listener", "initiator", "both": as cases write them. */
extern const char *const ms_role_names[MS_ROLE_BOTH + 1];

struct ms_foreach {
    struct ms_loc loc;
    const char *name;
    size_t n;
    struct ms_expr **value;
    const char **label; /* the value as written, for result names */
};

/* `altered "rx flip mp_join.hmac when SYN+ACK" fails R-3.2-14`: the proof that the case can fail. */
struct ms_altered {
    struct ms_loc loc;
    size_t n_rewrites;
    const char **rewrite; /* checked with ms_rewrite_parse */
    struct ms_tags fails;
    size_t n_when; /* `when len = 4, family = ipv6`: only for these parameter values */
    struct ms_arg *when;
};

/* `position join-port token`: the case judges under this reading of the RFC only. */
struct ms_held {
    struct ms_loc loc;
    const struct ms_position *position;
    unsigned reading;
};

struct ms_case {
    const char *file;
    struct ms_loc loc;
    const char *name;
    const char *purpose;
    const char *section; /* of the RFC: from `section` or the first judged requirement */
    enum ms_role role;
    bool family4, family6;
    const char *topology;
    const char *service; /* NULL, "echo", "discard", "source" */
    uint64_t service_arg;
    size_t n_needs;
    /* other needs: "sysctl:net.mptcp.x", "program:ncat", "app", "pm", "counters", "info" */
    const char **needs;
    size_t n_tags;
    const char **tag;
    size_t n_positions;
    struct ms_held *position;
    size_t n_foreach;
    struct ms_foreach *foreach;
    size_t n_altered;
    struct ms_altered *altered;
    struct ms_block steps;
    size_t n_reqs; /* every requirement that an expectation judges, in order of appearance, once */
    const struct ms_requirement **req;
    size_t n_handles;
    const char **handle; /* of a scenario: its transfers */
    unsigned n_boxes;    /* middleboxes that its steps lay */
};

/* One run of a case: a family and one value per foreach. */
struct ms_instance {
    const struct ms_case *c;
    const char *name; /* "join.listener.ack-hmac-wrong/ipv4/version=2" */
    enum ms_family family;
    size_t *pick;  /* n_foreach indices */
    size_t number; /* place in the suite, from 1 */
};

/* ---- mutants ------------------------------------------------------------------------------------------ */

/* `repair mp_join.hmac`: the tester's deviation there never reaches the IUT. */
struct ms_repair {
    struct ms_loc loc;
    const char *text;                    /* as written */
    const struct ms_option_name *option; /* NULL: of the TCP header, or the payload */
    const char *field; /* field or pseudo argument, of `option` or the header; NULL: all of it */
    bool payload;
};

/* `without endpoint del`: what the IUT's application or system does not do although a case asks for it. */
struct ms_left_out {
    struct ms_loc loc;
    const char *text; /* as written */
    const char *verb;
    size_t n_words;
    const char **word; /* words or names that stand among the arguments, all of them */
};

/* A faulty implementation: the real one behind something that breaks one rule. */
struct ms_mutant {
    struct ms_loc loc;
    const char *name, *about;
    struct ms_tags breaks, implies;
    bool role_said;
    enum ms_role role;
    bool family4, family6;
    size_t n_rewrites;
    const char **rewrite; /* checked with ms_rewrite_parse */
    size_t n_repairs;
    struct ms_repair *repair;
    size_t n_without;
    struct ms_left_out *without;
    const char *equivalent; /* why it cannot be told from correct behaviour, NULL: it can */
};

/* ---- parsing and checking ----------------------------------------------------------------------------- */

struct ms_diag {
    struct ms_loc loc;
    unsigned length;     /* columns to underline, at least 1 */
    const char *message; /* what is wrong */
    const char *hint;    /* remedy, or NULL */
    const char *source;  /* the line itself, without newline */
};
struct ms_diags {
    struct ms_arena *arena;
    size_t n, cap;
    struct ms_diag *d;
};
/* "file:line:col: message", the line, the caret, the hint. */
void ms_diag_render(const struct ms_diag *d, struct ms_buf *out);

struct ms_lang_env {
    const struct ms_catalogue *catalogue;
    const struct ms_topo *const *topo; /* NULL-terminated, known topologies */
};

/*
 * Parses and checks one case file's text. Goes on after a mistake and reports the next one. NULL when there
 * was at least one mistake (then diags->n > 0).
 */
struct ms_case *ms_case_parse(struct ms_arena *a, const char *file, const char *text, size_t len,
                              const struct ms_lang_env *env, struct ms_diags *diags);
/* The same for a topology file. */
struct ms_topo *ms_topo_parse(struct ms_arena *a, const char *file, const char *text, size_t len,
                              struct ms_diags *diags);
/*
 * The same for a file of mutants: those without mistakes are appended to *list, which has *n entries and *cap
 * places; names must differ from those that are there. False when there was a mistake.
 */
bool ms_mutants_parse(struct ms_arena *a, const char *file, const char *text, size_t len,
                      const struct ms_lang_env *env, struct ms_mutant ***list, size_t *n,
                      size_t *cap, struct ms_diags *diags);
/* Reads a whole file (at most 1 MiB) into the arena. */
int ms_file_read(struct ms_arena *a, const char *path, char **text, size_t *len,
                 struct ms_error *err);

/* All instances of a case in stable order; *n receives their number. */
struct ms_instance *ms_case_instances(struct ms_arena *a, const struct ms_case *c, size_t *n);
/*
 * `text` with {name} replaced by the instance's value of that foreach, as its result name shows it, and {family}
 * by ipv4 or ipv6. Other braces stay. The result lives in the arena, or is `text` itself.
 */
const char *ms_instance_text(struct ms_arena *a, const struct ms_instance *in, const char *text);
/* Which ways a step of a scenario means in this instance. */
void ms_step_way(const struct ms_instance *in, const struct ms_step *s, bool *up, bool *down);
/* The name of a transfer's tool in this instance. */
const char *ms_step_tool(const struct ms_instance *in, const struct ms_step *s);
/*
 * The command of `run` or `start` as it is to be executed: {name} as above, $c1 the address of that name in the
 * instance's family, $[c1] the same as it stands in URLs, $port MS_SCENARIO_PORT, $family 4 or 6, $$ a dollar.
 * MS_ERR_PARSE with the column for a name that the topology does not have, or that has no such address.
 */
#define MS_SCENARIO_PORT 4433
int ms_instance_command(struct ms_arena *a, const struct ms_instance *in,
                        const struct ms_topo *topo, const char *text, const char **out,
                        struct ms_error *err);

/* ---- what a case asks of its target -------------------------------------------------------------------- */

/* Words, each once, in the order of their first appearance. */
struct ms_asked_words {
    size_t n, cap;
    const char **word;
};

/*
 * What one instance uses of the IUT and of the network, from its text alone: a target that cannot do something of it
 * cannot run the case.
 */
struct ms_asks {
    struct ms_asked_words verbs; /* `iut:` verbs, those of the headers too: "sysctl", "send" ... */
    struct ms_asked_words looks; /* `iut: expect` words: "info", "eof" ... */
    struct ms_asked_words needs; /* other than the service: "sysctl:net.mptcp.x", "app" ... */
    /*
     * `iut: received`, what the application read: it is looked at; a requirement is judged by it; it is so inside another
     * step; and a requirement is judged by something else.
     */
    bool received, received_judged, received_inside, else_judged;
    unsigned paths;        /* how many it uses */
    unsigned tester_addrs; /* it uses the first so many addresses of the tester, */
    unsigned iut_addrs;    /* and of the IUT, in the order of the topology */
    bool connects_so;      /* `iut: connect` says more than that it connects to t1 */
    bool tester_ports;     /* it chooses ports of the tester by number */
    bool iut_ports;        /* it goes to other ports of the IUT than that of the service */
    bool withholds;        /* the tester holds back ACKs or Data ACKs for a while */
    bool content;          /* it writes out what the tester sends */
    bool ends; /* the tester ends its stream (FIN, DATA_FIN): what the service does then is seen */
    bool translates;   /* a middlebox gives the tester other addresses or ports */
    bool literal_addr; /* it writes out from or to which address it opens a subflow */
    bool many_octets;  /* how many octets the tester sends does not stand in the text */
    uint64_t octets;   /* that the tester sends, over all connections, at most */
};
/* `topo` is that of the instance's case. Words live in the arena or in the case. */
void ms_instance_asks(struct ms_arena *a, const struct ms_instance *in, const struct ms_topo *topo,
                      struct ms_asks *out);
bool ms_asked(const struct ms_asked_words *w, const char *word);

/* ---- vocabulary: tables that checks, engine and documentation share ------------------------------------ */

struct ms_word {
    const char *name;
    const char
        *args; /* for verbs and groups: space-separated argument names, "*" for positional ones */
    const char *doc;
};
extern const struct ms_word ms_groups[];    /* handshake, join, close, abort */
extern const struct ms_word ms_states[];    /* acked, data_acked, stream, closed */
extern const struct ms_word ms_autos[];     /* ack, data_ack, ... */
extern const struct ms_word ms_props[];     /* properties of a handle */
extern const struct ms_word ms_functions[]; /* flip(x), low32(x), ... */
extern const struct ms_word ms_iut_verbs[];
extern const struct ms_word ms_iut_expects[];
extern const struct ms_word ms_host_verbs[];       /* of client and server in a scenario */
extern const struct ms_word ms_host_expects[];     /* the same */
extern const struct ms_word ms_transfer_args[];    /* behind the tool of a transfer */
extern const struct ms_word ms_transfer_expects[]; /* done, failed, changed */
extern const struct ms_word ms_wire_expects[];     /* passed, stalls */
extern const struct ms_word
    ms_pseudo_args[]; /* option args that are no wire field: "dss.map", ... */

#endif
