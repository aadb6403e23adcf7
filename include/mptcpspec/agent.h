/* SPDX-License-Identifier: MIT */
/*
 * agent: the protocol in which a tester asks an agent beside the IUT to carry out target verbs, and the agent's serving
 * side. docs/agent-protocol.md says what goes over the stream. The codec (lines <-> requests and replies) is pure: it
 * takes buffers and gives values, reads nothing beyond the lengths it is given and allocates only where it says so.
 */
#ifndef MPTCPSPEC_AGENT_H
#define MPTCPSPEC_AGENT_H

#include "mptcpspec/target.h"

#define MS_AGENT_VERSION      1
#define MS_AGENT_LINE_MAX     8192 /* octets of a line with its '\n' */
#define MS_AGENT_OCTETS_MAX   4096 /* decoded octets of one base64 value */
#define MS_AGENT_KEYS_MAX     40   /* of one line */
#define MS_AGENT_SESSIONS_MAX 64
#define MS_AGENT_REQUESTS_MAX 64  /* unanswered ones of a session */
#define MS_AGENT_NAME_MAX     32  /* octets of a connection's name with its NUL */
#define MS_AGENT_DATA_LINES   256 /* of one answer to `received` */

/* ---- lines ---------------------------------------------------------------------------------------------- */

/* Octets of a line, borrowed from it: not terminated, values as they are written (%XX not yet undone). */
struct ms_agent_text {
    const char *p;
    size_t n;
};
struct ms_agent_key {
    struct ms_agent_text name, value;
};
struct ms_agent_line {
    uint32_t session, id;      /* "S.ID" */
    bool addressed;            /* S.ID was readable, whatever came after it */
    struct ms_agent_text word; /* the verb of a request; ok, err, data, started, event, end */
    struct ms_agent_text name; /* the second word, after err only: ECONNREFUSED, BADARG */
    size_t n_keys;
    struct ms_agent_key key[MS_AGENT_KEYS_MAX];
};

/*
 * Takes one line of `n` octets apart, without its '\n'. MS_ERR_PARSE with the reason otherwise; `addressed` then says
 * whether session and id can be answered. The line must outlive *out. No key comes twice.
 */
int ms_agent_parse(const char *p, size_t n, struct ms_agent_line *out, struct ms_error *err);
bool ms_agent_is(const struct ms_agent_text *t, const char *word);
/* The value of a key as it is written, or NULL. */
const struct ms_agent_text *ms_agent_find(const struct ms_agent_line *l, const char *key);

/*
 * Values. Each gives MS_OK, or MS_ERR_PARSE / MS_ERR_RANGE for what is not of its kind, and leaves *out alone then.
 * Text is decoded into `out` and terminated; an octet 0 in it is refused, more than cap - 1 octets are MS_ERR_SPACE.
 */
int ms_agent_get_text(const struct ms_agent_text *t, char *out, size_t cap);
int ms_agent_get_unsigned(const struct ms_agent_text *t, uint64_t max, uint64_t *out);
int ms_agent_get_signed(const struct ms_agent_text *t, int64_t *out);
int ms_agent_get_flag(const struct ms_agent_text *t, bool *out); /* "0", "1" */
int ms_agent_get_addr(const struct ms_agent_text *t, struct ms_addr *out);
/* Base64 (RFC 4648 4, padded, canonical), %3D for '='; on failure `out` may have been written to. */
int ms_agent_get_octets(const struct ms_agent_text *t, uint8_t out[MS_AGENT_OCTETS_MAX], size_t *n);
/* As the functions of that name, for a key of a line: MS_OK too when there is none, *out stays as it was. */
int ms_agent_key_text(const struct ms_agent_line *l, const char *key, char *out, size_t cap,
                      struct ms_error *err);
int ms_agent_key_unsigned(const struct ms_agent_line *l, const char *key, uint64_t max,
                          uint64_t *out, struct ms_error *err);
int ms_agent_key_flag(const struct ms_agent_line *l, const char *key, bool *out,
                      struct ms_error *err);
/* MS_ERR_PARSE naming the first key that is none of `known` (ends with NULL). */
int ms_agent_only(const struct ms_agent_line *l, const char *const *known, struct ms_error *err);

/* A line that is being written. Starts with ms_agent_begin; what does not fit makes the whole line too long. */
struct ms_agent_out {
    size_t len;
    bool overflow;
    char buf[MS_AGENT_LINE_MAX];
};
void ms_agent_begin(struct ms_agent_out *o, uint32_t session, uint32_t id, const char *word);
void ms_agent_put_word(struct ms_agent_out *o, const char *word);
void ms_agent_put_text(struct ms_agent_out *o, const char *key, const char *text);
void ms_agent_put_textn(struct ms_agent_out *o, const char *key, const void *text, size_t n);
void ms_agent_put_unsigned(struct ms_agent_out *o, const char *key, uint64_t v);
void ms_agent_put_signed(struct ms_agent_out *o, const char *key, int64_t v);
void ms_agent_put_addr(struct ms_agent_out *o, const char *key, const struct ms_addr *a);
void ms_agent_put_octets(struct ms_agent_out *o, const char *key, const uint8_t *p, size_t n);
/* Ends the line with '\n': MS_OK, buf[0..len) is to be sent; MS_ERR_SPACE: it was too long, len is 0. */
int ms_agent_end(struct ms_agent_out *o);

/* ---- errors --------------------------------------------------------------------------------------------- */

/* Errors of the protocol itself; those of the IUT's calls are errno names. */
enum ms_agent_error {
    MS_AGENT_BADLINE,
    MS_AGENT_BADVERB,
    MS_AGENT_BADARG,
    MS_AGENT_NOSESSION,
    MS_AGENT_EXISTS,
    MS_AGENT_TOOMANY,
    MS_AGENT_UNSUPPORTED,
    MS_AGENT_BUSY,
    MS_AGENT_INTERNAL,
    MS_AGENT_ERRORS
};
const char *ms_agent_error_name(enum ms_agent_error e);
/* Whether `name` is an error of the protocol; *out tells which. */
bool ms_agent_error_find(const struct ms_agent_text *name, enum ms_agent_error *out);
/* "ECONNREFUSED" of an errno; for one without a name "E" and its number in `room`. The inverse: 0 for what is none. */
const char *ms_agent_errno_name(int e, char room[16]);
int ms_agent_errno_find(const struct ms_agent_text *name);
/* "S.ID err NAME text=...", ended; a text that is too long is cut. */
void ms_agent_put_error(struct ms_agent_out *o, uint32_t session, uint32_t id,
                        enum ms_agent_error e, const char *text);

/* ---- target verbs --------------------------------------------------------------------------------------- */

enum { /* keys of target verbs, as bits */
       MS_AGENT_NAME = 1 << 0,
       MS_AGENT_ADDR = 1 << 1,
       MS_AGENT_LOCAL = 1 << 2,
       MS_AGENT_PORT = 1 << 3,
       MS_AGENT_LPORT = 1 << 4,
       MS_AGENT_PATH = 1 << 5,
       MS_AGENT_FLAGS = 1 << 6,
       MS_AGENT_NUM = 1 << 7,
       MS_AGENT_NUM2 = 1 << 8,
       MS_AGENT_TEXT = 1 << 9,
       MS_AGENT_TEXT2 = 1 << 10,
       MS_AGENT_PLAIN = 1 << 11,
};
/* How the completion of a verb is written. */
enum ms_agent_reply {
    MS_AGENT_SAYS_NUM,    /* ok num= */
    MS_AGENT_SAYS_NAME,   /* ok num= name= */
    MS_AGENT_SAYS_TEXT,   /* ok num= text= */
    MS_AGENT_SAYS_VALUES, /* data v=NAME:VALUE,... and ok num= */
};
struct ms_agent_verb {
    enum ms_verb_kind kind;
    unsigned keys; /* that it takes; others are refused */
    enum ms_agent_reply reply;
    bool rights; /* needs CAP_NET_ADMIN where it is carried out */
};
/* One row a verb, in the order of enum ms_verb_kind. */
extern const struct ms_agent_verb ms_agent_verbs[];
extern const size_t ms_agent_n_verbs;
/* The row of a request's word ("expect-eof") or of a kind; NULL if there is none. */
const struct ms_agent_verb *ms_agent_verb_find(const struct ms_agent_text *word);
const struct ms_agent_verb *ms_agent_verb_of(enum ms_verb_kind kind);
/* ms_verb_name with '-' for '_'. */
const char *ms_agent_verb_word(enum ms_verb_kind kind, char out[32]);
/* The name of one of the bits above. */
const char *ms_agent_key_name(unsigned bit);

/* Where the strings of a verb that was read live. */
struct ms_agent_strings {
    char name[MS_AGENT_NAME_MAX];
    char text[256];
    char text2[4096];
};
/* Request -> verb: strings point into `s`. MS_ERR_UNSUPPORTED: no such verb; MS_ERR_PARSE / RANGE / SPACE: its keys. */
int ms_agent_get_verb(const struct ms_agent_line *l, struct ms_verb *v, struct ms_agent_strings *s,
                      struct ms_error *err);
/* Verb -> request, ended. Only the keys that the verb takes and that differ from the default are written. */
int ms_agent_put_verb(struct ms_agent_out *o, uint32_t session, uint32_t id,
                      const struct ms_verb *v, struct ms_error *err);

/* ---- completions ---------------------------------------------------------------------------------------- */

/* Completion -> reply lines, appended to `b`: `data` lines and `ok`, or `err` with an errno name. */
void ms_agent_put_done(struct ms_buf *b, uint32_t session, uint32_t id, const struct ms_done *done);

/* Collects the reply lines of one request. Zeroed before the first, ended by ms_agent_reply_free. */
struct ms_agent_gather {
    enum ms_verb_kind kind;
    bool started;       /* `started` has come */
    struct ms_buf data; /* items of v=, or text; for `received` the octets (ms_agent_take_octets) */
};
/*
 * Takes one line of the reply to a verb of g->kind: 1 *done is filled (id 0: the caller's; data valid as long as `g` is
 * not given another line), 0 more is to come, negative: the agent refused or said what is no reply (err says what).
 */
int ms_agent_take_done(struct ms_agent_gather *g, const struct ms_agent_line *l,
                       struct ms_done *done, struct ms_error *err);
/* The same for the reply to `received`: octets are appended to g->data; *total: how many there are in all. */
int ms_agent_take_octets(struct ms_agent_gather *g, const struct ms_agent_line *l, uint64_t *total,
                         struct ms_error *err);
/* An `err` line as an error: an errno name is MS_ERR_SYS, BADVERB and UNSUPPORTED are MS_ERR_UNSUPPORTED. */
int ms_agent_take_error(const struct ms_agent_line *l, struct ms_error *err);
void ms_agent_gather_free(struct ms_agent_gather *g);

/* ---- hello and the opening of sessions ------------------------------------------------------------------ */

struct ms_agent_hello {
    unsigned version;
    char nonce[64];
    char agent[64]; /* its own version */
    char system[64];
    char machine[64];
    unsigned processors;
    struct ms_kernel_facts kernel;
    bool fresh, shared; /* modes */
    unsigned n_ifaces;
    char iface[MS_PATHS_MAX][16];
    uint64_t verbs;   /* bit ms_verb_kind: it carries out that verb */
    bool received;    /* and `received` */
    char words[1024]; /* verbs= as it was written */
    unsigned max_line, max_sessions;
};
/* "0.ID hello version= nonce=", ended. */
int ms_agent_put_hello(struct ms_agent_out *o, uint32_t id, unsigned version, const char *nonce);
/* The agent's answer, ended. Of verbs, h->verbs and h->received are written. */
int ms_agent_put_facts(struct ms_agent_out *o, uint32_t id, const struct ms_agent_hello *h);
/* The `ok` line of the answer. Unknown keys are passed over, missing ones are 0 or "". */
int ms_agent_get_facts(const struct ms_agent_line *l, struct ms_agent_hello *h,
                       struct ms_error *err);

/* What `fresh` and `shared` ask for. */
struct ms_agent_opening {
    bool fresh;
    enum ms_family family;
    enum ms_service service;
    uint64_t octets, seed;
    uint16_t port;
    bool pm;     /* MS_VERB_PM_* may come */
    bool events; /* the session is to tell path manager events */
    /* fresh only */
    uint8_t mac
        [4]; /* the IUT's interface of path P is mac[0..3], P + 1, 2; the tester's the same with 1 */
    unsigned mtu, path_mtu; /* 0: the interface's own; nothing is said */
    struct ms_topo topo;    /* name, paths, addresses, source_tables */
};
/* "S.ID fresh ..." or "shared", ended; and back. */
int ms_agent_put_opening(struct ms_agent_out *o, uint32_t session, uint32_t id,
                         const struct ms_agent_opening *a, struct ms_error *err);
int ms_agent_get_opening(const struct ms_agent_line *l, struct ms_agent_opening *a,
                         struct ms_error *err);

/* ---- serving -------------------------------------------------------------------------------------------- */

struct ms_agent_settings {
    unsigned n_ifaces; /* where fresh sessions are attached; 0: none, there are shared ones only */
    char iface[MS_PATHS_MAX][16];
    unsigned max_sessions; /* of one stream; 0: MS_AGENT_SESSIONS_MAX */
    const volatile int
        *stop; /* set by a handler of SIGTERM, SIGINT and SIGHUP: everything ends and is undone */
};

struct ms_agent;
/*
 * Asks the kernel what it offers, looks at the interfaces and switches their offloads off; a process beside this one
 * gives them back whatever becomes of it. Call it where there are no threads. SIGPIPE is ignored from here on.
 */
int ms_agent_prepare(const struct ms_agent_settings *set, struct ms_agent **out,
                     struct ms_error *err);
/* What it answers to hello. */
const struct ms_agent_hello *ms_agent_facts(const struct ms_agent *a);
/* Serves one stream until it ends, `bye` is said or `stop` is set (all MS_OK). The descriptors remain the caller's. */
int ms_agent_serve_stream(struct ms_agent *a, int in, int out, struct ms_error *err);
/* Listens on a Unix socket (mode 0600; a file that nobody listens on any more is replaced) until `stop` is set. */
int ms_agent_serve_unix(struct ms_agent *a, const char *path, struct ms_error *err);
/* Serves a character device, one client after the other, until `stop` is set or the device is gone. */
int ms_agent_serve_device(struct ms_agent *a, const char *path, struct ms_error *err);
/* Gives back what was changed; nothing of it is left when this returns. NULL allowed. */
void ms_agent_free(struct ms_agent *a);

#endif
