/* SPDX-License-Identifier: MIT */
/*
 * trace: everything that happens in a case as one ordered list of events, and the frames behind them. Reports
 * render it, the oracle judges it. Also the connection model that an observer derives from segments alone
 * (keys, subflows, sequence spaces, mappings): it knows nothing of what a tester meant to send.
 */
#ifndef MPTCPSPEC_TRACE_H
#define MPTCPSPEC_TRACE_H

#include "mptcpspec/catalogue.h"
#include "mptcpspec/wire.h"

/*
 * Frame log: append-only, in memory that the runner shares with the case's process, so that the frames of a
 * case that crashed are still there. One writer; a reader after the writer's death sees whole frames only.
 */
struct ms_framelog {
    uint8_t *base;
    size_t cap;
};
/*
 * Where a frame was seen. One IUT: the path's index at the IUT's side; at the tester's side of a middlebox
 * MS_IFACE_TESTER on top. Two stacks: twice the path's index, and one more at the server's side of the middlebox.
 */
#define MS_IFACE_TESTER 0x10000u
struct ms_frame_rec {
    uint32_t packet; /* 1-based number */
    uint32_t iface;
    enum ms_dir dir;
    uint64_t time_ns; /* CLOCK_MONOTONIC */
    const uint8_t *octets;
    uint32_t len;      /* octets that were kept */
    uint32_t wire_len; /* that the frame had, at least `len` */
};
/* Formats `base` (cap octets, zeroed, 8-aligned) as an empty log. */
void ms_framelog_init(struct ms_framelog *l, void *base, size_t cap);
/* Opens a log that another process wrote; tolerates a writer that died in the middle. */
void ms_framelog_attach(struct ms_framelog *l, void *base, size_t cap);
/* Packet number of the stored frame; 0 when the log is full (then counted as lost). */
uint32_t ms_framelog_add(struct ms_framelog *l, uint32_t iface, enum ms_dir dir, uint64_t time_ns,
                         const void *frame, size_t len);
/* The same for a frame of `wire_len` octets of which only the first `len` are kept. */
uint32_t ms_framelog_add_cut(struct ms_framelog *l, uint32_t iface, enum ms_dir dir,
                             uint64_t time_ns, const void *frame, size_t len, size_t wire_len);
/* Iterates: start with *pos = 0; false at the end. */
bool ms_framelog_next(const struct ms_framelog *l, size_t *pos, struct ms_frame_rec *out);
uint32_t ms_framelog_count(const struct ms_framelog *l);
uint32_t ms_framelog_lost(const struct ms_framelog *l);

enum ms_event_kind {
    MS_EV_SEND,    /* segment to the IUT */
    MS_EV_RECV,    /* segment from the IUT */
    MS_EV_ACTION,  /* a verb was started on the IUT */
    MS_EV_DONE,    /* and completed */
    MS_EV_EXPECT,  /* an expectation was met or failed */
    MS_EV_FINDING, /* an oracle rule was broken */
    MS_EV_NOTE,    /* counters, path cuts, path manager events, remarks */
};

enum ms_verdict { /* order: the larger wins */
                  MS_PASS = 0,
                  MS_SKIP, /* never combined with others */
                  MS_WARN,
                  MS_INCONC,
                  MS_FAIL,
                  MS_ERROR,
};
const char *ms_verdict_name(enum ms_verdict v);

struct ms_event {
    enum ms_event_kind kind;
    uint32_t index; /* position in the trace, from 0 */
    uint64_t time_ns;
    uint32_t line;            /* of the case file, 0: none */
    uint32_t packet;          /* frame behind it, 0: none */
    const char *handle;       /* subflow handle, "iut", or "" */
    const char *at;           /* SEND, RECV: side of the middlebox, see below; NULL: the only one */
    bool automatic;           /* SEND: the tester's own acknowledgment, not a line of the case */
    const struct ms_seg *seg; /* SEND, RECV: decoded, options and payload in the trace's arena */
    const char *text;         /* SEND, RECV: what a middlebox did with it, NULL: nothing */
    /* EXPECT, FINDING */
    bool ok;
    enum ms_verdict verdict;
    const char *reqs; /* "R-3.2-34, R-3.2-32" or "" */
    const char *rule; /* FINDING */
};

/*
 * Sides of a middlebox. With two stacks each SEND (to that host) and RECV (from it) has "client" or "server". With one
 * IUT only what was seen at the tester's side has "tester".
 */
#define MS_AT_CLIENT "client"
#define MS_AT_SERVER "server"
#define MS_AT_TESTER "tester"

/* A file of the evidence besides capture and trace: what a program printed. */
struct ms_attachment {
    const char *name;
    const char *octets;
    size_t len;
};

struct ms_trace {
    struct ms_arena *arena;
    struct ms_event **event;
    size_t n, cap;
    uint64_t start_ns;
    struct ms_framelog *frames;
    struct ms_attachment *attachment;
    size_t n_attachments, cap_attachments;
};
void ms_trace_init(struct ms_trace *t, struct ms_arena *a, struct ms_framelog *frames);
/* New event, stamped with time and index; fields are the caller's to fill. */
struct ms_event *ms_trace_add(struct ms_trace *t, enum ms_event_kind kind, uint64_t time_ns);
/* Deep copy of a decoded segment (options, payload) into the arena. */
const struct ms_seg *ms_seg_copy(struct ms_arena *a, const struct ms_seg *seg);
/* Copies both into the arena; the name becomes a file's name ("client-ncat.out"): letters, digits, '.', '-', '_'. */
void ms_trace_attach(struct ms_trace *t, const char *name, const void *octets, size_t len);
/*
 * Ladder of packets for people: one line a segment, tester left, IUT right (or client, middlebox, server); [first, last]
 * packets, 0: all.
 */
void ms_trace_ladder(const struct ms_trace *t, uint32_t first, uint32_t last, struct ms_buf *out);

#endif
