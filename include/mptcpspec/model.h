/* SPDX-License-Identifier: MIT */
/*
 * model: what an observer of the segments alone can know of the MPTCP connections among them: keys, tokens,
 * subflows, sequence spaces, mappings, addresses, fallback. It knows nothing of what a tester meant to send.
 *
 * Feed every segment of both directions in order. Subflows are found by 4-tuple, connections by token. Hosts
 * of a connection are sides: 0 opened it, 1 accepted it. Ends of a subflow are roles: the sender of its SYN
 * and the other one; a join may be opened by either side. A subflow whose SYN was not seen (the capture began
 * later, or lost it) is followed as far as a table of connections needs; its sides and roles are by first sight
 * until an option tells better.
 *
 * Memory is bounded by what lives: a connection whose subflows are all over lingers for a while and is then
 * retired; of idle ones the longest idle goes when there is no more room. Octets and mappings are kept within
 * a window behind the newest ones. What an observer cannot judge for lack of knowledge stands in `unknown`.
 */
#ifndef MPTCPSPEC_MODEL_H
#define MPTCPSPEC_MODEL_H

#include "mptcpspec/wire.h"

struct ms_model;
struct ms_prints; /* fingerprints of a stream */
struct ms_pieces; /* sums of data whose place in a mapping is not reached yet */

/* Named apart from lang.h, whose enum ms_role and struct ms_model_step are the role of an IUT and a step of a case. */
enum ms_end_role { MS_OPENER = 0, MS_ACCEPTOR = 1 };

enum ms_flow_kind {
    MS_FLOW_PLAIN,   /* its SYN had no MPTCP option that opens anything */
    MS_FLOW_CAPABLE, /* MP_CAPABLE: first subflow of a connection */
    MS_FLOW_JOIN,    /* MP_JOIN */
    MS_FLOW_MID,     /* its SYN was not seen */
};

/* Why an observer cannot judge all of a connection. */
enum ms_unknown {
    MS_UNK_START = 1u << 0, /* the capture began in its middle */
    MS_UNK_GAP = 1u << 1,   /* segments that were sent are not in the capture */
    MS_UNK_CUT = 1u << 2,   /* segments are cut by a snap length */
    MS_UNK_MURKY = 1u << 3, /* what was seen contradicts itself */
    MS_UNK_KEYS = 1u << 4,  /* a key was not seen */
    MS_UNK_BOUND =
        1u << 5, /* a repetition of data, or a checksum's data, lies beyond what is kept */
    MS_UNK_EVICTED = 1u << 6, /* it was forgotten, or a part of it, for lack of room */
};
#define MS_UNKNOWNS 7
/* For people; `bit` is one of MS_UNK_*. */
const char *ms_unknown_text(unsigned bit);

enum ms_flow_end { MS_END_OPEN, MS_END_FIN, MS_END_RST, MS_END_FASTCLOSE };

/* A mapping as declared, numbers extended to 64 bits. */
struct ms_map {
    uint64_t ssn; /* relative to the subflow's SYN, never wrapping */
    uint64_t dsn;
    uint64_t reach; /* in the list: one past the highest SSN of this and all before it */
    uint32_t len;   /* subflow octets: dll without the DATA_FIN's octet */
    uint32_t sum;   /* RFC 1071 sum over the first ... */
    uint32_t have;  /* ... so many octets */
    uint16_t dll;
    uint16_t csum;
    bool fin;     /* F */
    bool wide;    /* 64-bit DSN on the wire */
    bool capable; /* declared by MP_CAPABLE */
    bool has_csum;
    bool judged; /* its checksum has been compared */
};

#define MS_MODEL_HOLES 8

/* Positions from..to that were passed over. */
struct ms_hole {
    uint64_t from, to;
};

/* What the option of a join said on a segment that may be repeated. */
struct ms_join_told {
    bool told;
    uint8_t id, backup;
    uint32_t token, nonce;
    uint8_t hmac[20];
};

/* Numbers seen: all below `whole` and some parts beyond. */
#define MS_MODEL_PARTS 8
struct ms_gather {
    bool lost; /* not followed any more: data without mapping, or too many parts */
    uint64_t whole;
    unsigned n;
    struct ms_hole part[MS_MODEL_PARTS];
};

/* How far a data stream was, and when. */
struct ms_rate {
    uint64_t at, ns;
};
#define MS_MODEL_RATES  9                             /* 2^29 octets apart or more */
#define MS_MODEL_MSL_NS (120ull * 1000 * 1000 * 1000) /* RFC 9293 3.4.2: two minutes */

/* Kept for rules only: one direction of a subflow. */
struct ms_half_watch {
    struct ms_join_told join, third; /* of the SYN or SYN/ACK; of the third packet */
    bool hmac_right, hmac_wrong;     /* HMACs of its joining, by keys that were shown honestly */
    bool echo_right, echo_wrong;     /* the listener's key in the initiator's MP_CAPABLEs */
    unsigned signals;                /* duplicate ACKs in a row that carried options alone */
    bool edge_seen, data_edge_seen;
    uint64_t edge;      /* right edge that this end announced: a position of the other direction */
    uint64_t data_edge; /* Data ACK + window that it gave last here */
    uint32_t win;       /* window that it gave last here, scaled */
    uint32_t held; /* the widest under one ACK and position, as TCP may hold it; 0 once it closed */
    uint64_t held_ack, held_pos; /* these */
    bool win_closed;             /* it was 0 once */
    bool removing;               /* REMOVE_ADDR was sent ... */
    uint64_t removing_pos;       /* ... up to here, and no ACK covers more */
    bool maps_lost;              /* some of its mappings are not kept any more */
    bool fin_seen;
    bool fail_seen; /* MP_FAIL on no RST ... */
    uint64_t fail_pos;
    bool closed;        /* MP_FASTCLOSE on no RST ... */
    uint64_t closed_hi; /* ... one past the highest DSN that the peer had sent then */
    uint16_t last_win;
    uint64_t last_ack, last_end; /* of its segment before */
};

/* Kept for rules only: one host. */
struct ms_side_watch {
    bool cap_told;                    /* SYN or SYN/ACK with MP_CAPABLE ... */
    uint8_t cap_flags_all, cap_flags; /* ... flags that each had, and that any had */
    bool cap_missing;                 /* ... and one without, or of another version */
    bool echo_sent;                   /* of an ADD_ADDR */
    struct ms_gather gather;          /* its data that was seen */
    bool edge_seen;
    uint64_t edge; /* one past the highest DSN that the peer's windows allowed */
    bool held_seen;
    uint64_t edge_held; /* the same by the windows that TCP may hold */
    uint32_t first_win; /* widest before the key was known */
    bool fin_from_known;
    uint64_t fin_from;    /* DSN at which the mapping with the DATA_FIN starts */
    uint32_t last_packet; /* of all that it sent */
    bool fin_tcp;         /* it stood on a segment that TCP acknowledges: on flow ... */
    uint32_t fin_flow;    /* ... number this ... */
    uint64_t fin_end;     /* ... up to this position */
    unsigned
        fin_denied; /* ACKs of that segment whose Data ACK covers all data and not the DATA_FIN */
    struct ms_rate rate[MS_MODEL_RATES]; /* ring */
    unsigned n_rate;
};

/* One direction of a subflow. Positions count from its SYN, which is 0, and do not wrap. */
struct ms_half {
    bool syn_seen;
    bool placed;          /* isn is known, or chosen because the SYN was not seen */
    uint32_t isn;         /* position 0; chosen ones: position MS_MODEL_MID_POS */
    uint32_t tfo_offered; /* octets on the SYN */
    uint32_t tfo;         /* of these accepted: they are not in the SSN space (RFC 8684 B.2) */
    uint8_t wscale;
    bool wscale_seen;
    bool open_opt;   /* SYN or SYN/ACK had the option that opens this kind of flow */
    bool third_seen; /* opener: a segment after the SYN was seen */
    bool third_opt;  /* opener: one with the MP_CAPABLE or MP_JOIN of the third packet */
    bool
        third_bare; /* opener: an ACK without any MPTCP option before that one: its peer falls back (3.1) */
    bool mptcp_seen;  /* any MPTCP option after the SYN */
    bool acked_third; /* acceptor: ACK seen after third_opt of the opener */
    bool
        bare_data; /* sent data without any MPTCP option, or beyond its mapping: its peer may have fallen back */
    bool fin, rst;
    uint64_t pos_hi;  /* one past the highest position sent */
    uint64_t told_hi; /* end of the segment that stands highest, whether it has octets or not */
    bool ack_seen;
    uint64_t ack_hi; /* highest ACK, in the positions of the other direction */
    bool ts_seen;
    uint32_t ts_hi;
    bool dack_seen;
    uint64_t dack_hi;
    bool infinite;         /* sent an infinite mapping ... */
    uint64_t infinite_pos; /* ... on a segment that starts here */
    uint8_t addr_id;       /* of the MP_JOIN; 0 on the first subflow */
    uint32_t nonce[4];
    unsigned n_nonce;        /* different ones seen, at most 4 kept */
    struct ms_map *map;      /* by SSN; of those that are acknowledged only the last ones stay */
    size_t n_map, cap_map;   /* at most MS_MODEL_MAPS */
    struct ms_prints *plain; /* of data without a mapping, by SSN */
    struct ms_pieces *pieces;
    struct ms_half_watch watch;
    /* For tables. */
    uint64_t packets;
    uint64_t octets;                     /* of payload, repeated ones included */
    uint64_t repeated;                   /* of these: seen before on this subflow */
    uint64_t fin_pos;                    /* of the FIN */
    struct ms_hole hole[MS_MODEL_HOLES]; /* positions below pos_hi that were not seen, in order */
    unsigned n_hole;
};
#define MS_MODEL_MAPS    512
#define MS_MODEL_MID_POS ((uint64_t)1 << 32)

struct ms_announced {
    uint8_t id;
    struct ms_addr addr;
    bool has_port;
    uint16_t port;
    bool withdrawn; /* by REMOVE_ADDR */
    bool echoed;
    bool join;             /* learned from MP_JOIN, not from ADD_ADDR */
    bool told, hmac_wrong; /* its HMAC was compared, and wrong each time */
    uint32_t removed_on;   /* number of the flow on which it was withdrawn, 0: none */
    bool removal_came;     /* an ACK shows that the peer knows */
};
#define MS_MODEL_ANNOUNCED 64

struct ms_join_nonce {
    uint32_t nonce;
    uint32_t flow; /* its number */
    uint32_t isn;
};

/* A stretch of data and the width of the DSN that it was sent with. */
struct ms_width {
    uint64_t from, to;
    bool wide;
};
#define MS_MODEL_WIDTHS 16

/* One host of a connection. */
struct ms_side {
    int host; /* machine behind it as the feeder told, -1: it did not */
    bool key_known;
    uint64_t key, idsn;
    uint32_t token;
    uint64_t key_seen[4]; /* SYN/ACKs of one attempt may show several keys */
    unsigned n_key_seen;
    bool cap_seen;
    uint8_t cap_flags, version; /* of its SYN or SYN/ACK */
    bool dss_sent;              /* a DSS, or data by MP_CAPABLE */
    bool announced;             /* an ADD_ADDR that is no echo */
    bool data_seen;             /* any mapping */
    bool acked_seen;
    uint64_t acked_hi; /* highest Data ACK that the peer gave, on any subflow */
    uint64_t data_hi;  /* one past the highest DSN sent, DATA_FIN included */
    bool fin_known;
    uint64_t fin_dsn; /* DSN of the DATA_FIN's own octet */
    bool infinite;    /* data_hi means nothing any more */
    bool fail_sent;
    bool fastclose_sent;
    struct ms_announced *ann; /* at most MS_MODEL_ANNOUNCED */
    size_t n_ann, cap_ann;
    bool ann_overflow;
    struct ms_join_nonce *nonce; /* of the joins that it opened; at most MS_MODEL_ANNOUNCED */
    size_t n_nonce, cap_nonce;
    struct ms_width width[MS_MODEL_WIDTHS]; /* ring; newest at next_width - 1 */
    size_t next_width;
    uint64_t octets_hi;       /* one past the highest DSN of payload */
    struct ms_prints *stream; /* by DSN - IDSN */
    struct ms_side_watch watch;
};

/* Place of a connection, or of a flow without one, among those in the same state of life. */
struct ms_life {
    struct ms_life *prev, *next;
    unsigned state; /* private to the model */
    bool is_flow;
    uint64_t since; /* number of the segment, or time, at which it was put there */
};

struct ms_conn {
    uint32_t number; /* from 1 */
    struct ms_side side[2];
    struct ms_flow *first;            /* of those that were seen; never forgotten */
    struct ms_flow *newest;           /* all subflows that are kept, newest first, by conn_next */
    unsigned flows;                   /* that it ever had */
    unsigned flows_kept;              /* of them; at most MS_MODEL_CONN_FLOWS */
    unsigned flows_over;              /* kept ones that have ended */
    unsigned unknown;                 /* MS_UNK_* */
    uint32_t unknown_at[MS_UNKNOWNS]; /* packet at which each bit was first set */
    uint64_t first_ns, last_ns;
    bool csum;       /* checksums agreed: A in SYN or SYN/ACK */
    bool csum_known; /* both were seen */
    bool joined;     /* a joined subflow was seen */
    bool fault;      /* one side misbehaved on purpose */
    bool gap;        /* MS_UNK_START, MS_UNK_GAP or MS_UNK_MURKY: numbers may be missing */
    bool foreign;    /* not version 1: nothing but the format can be judged */
    bool closed;     /* a RST or a FIN was seen on its first subflow, or MP_FASTCLOSE */
    /* Private to the model. */
    struct ms_life life;
    struct ms_conn *prev, *next; /* by number */
    struct ms_token_node *tokens;
};
#define MS_MODEL_CONN_FLOWS 256

struct ms_flow {
    uint32_t number;        /* from 1 */
    struct ms_addr addr[2]; /* by role */
    uint16_t port[2];
    enum ms_flow_kind kind;
    struct ms_half half[2]; /* by role of the sender */
    struct ms_conn *conn;   /* NULL: plain, or a join to a token that was not seen */
    unsigned side[2];       /* by role, index into conn->side */
    uint32_t join_token;    /* of the MP_JOIN on the SYN */
    bool synack_seen;
    bool synack_plain; /* a SYN/ACK without the option was seen, and none with it */
    bool fault;
    bool murky; /* what was seen contradicts itself: not judged any more */
    bool over;  /* RST, or FIN of both ends acknowledged */
    uint64_t first_ns, last_ns;
    uint32_t first_packet;
    enum ms_flow_end end;
    enum ms_end_role ended_by; /* sender of the first RST, FIN or MP_FASTCLOSE */
    const char *fallback;      /* why it became plain TCP; NULL: it did not */
    struct ms_flow *conn_next; /* in the connection's list */
    /* Private to the model. */
    struct ms_flow *hash_next;
    uint32_t hash;
    struct ms_life life; /* of a flow without a connection */
};

/* What a segment did, for rules only. */
struct ms_step_watch {
    const char *join_changed; /* field of MP_JOIN that differs from the first copy's, NULL: none */
    bool key_changed;         /* a repeated SYN/ACK shows another key */
    unsigned signals;         /* this is the n-th duplicate ACK in a row for options alone */
    bool echo_of_wrong;       /* echoes an announcement whose HMAC was wrong each time */
    bool id_elsewhere;        /* ADD_ADDR or MP_JOIN: the other one gave the ID another address */
    struct ms_addr id_addr;   /* this one */
    bool id_unknown;          /* REMOVE_ADDR of an ID that its sender never used ... */
    uint8_t id;               /* ... this one */
    bool to_removed;  /* a join to an address that its owner withdrew, as the opener knows */
    bool edge_back;   /* Data ACK + window below what it was on the subflow */
    bool beyond_flow; /* data beyond any window given for the subflow ... */
    uint64_t edge, edge_before, beyond;
    bool beyond_conn; /* ... or for the connection */
    uint64_t data_edge, data_beyond, data_held;
    bool fin_again;
    bool fin_early; /* FIN of the only subflow before a Data ACK for ... */
    uint64_t fin_lacks;
    bool fail_due;      /* its ACKs show that MP_FAIL came, and it has not sent one */
    bool dack_needless; /* a Data ACK behind the peer's infinite mapping */
    bool dack_closed;   /* ... for data sent after its own MP_FASTCLOSE */
    bool width_due;     /* a 32-bit DSN at a rate that needs 64 bits */
};

/* What a segment did; filled by ms_model_segment. Pointers live until the next segment is taken. */
struct ms_model_step {
    struct ms_flow *flow; /* NULL: the flow's SYN was not seen */
    struct ms_conn *conn;
    enum ms_end_role role; /* of the sender */
    struct ms_half *half, *peer_half;
    struct ms_side *side, *peer; /* NULL without a connection */

    int host;          /* as given */
    bool syn_repeated; /* a SYN or SYN/ACK of this end had been seen before */
    bool late;         /* older than other segments of its direction: repeated or reordered */
    bool newer;        /* surely sent after them: its ACK, timestamp or end is beyond theirs */
    uint64_t pos;      /* position of the first octet (of the SYN for a SYN) */

    /* State before this segment. */
    const char *plain_why;    /* the sender must not send MPTCP options, and why; NULL if it may */
    bool before_third_opt;    /* the opener's third packet had its option */
    bool before_acked_third;  /* and the acceptor had acknowledged it */
    bool before_dss_peer;     /* the peer of the sender had sent a DSS */
    bool before_synack_plain; /* a SYN/ACK without the option */
    bool before_peer_dack;    /* a Data ACK came on this subflow from the peer */

    /* MP_JOIN on a SYN. */
    bool join_known;     /* the token belongs to a connection ... */
    bool join_own_token; /* ... but to the sender of the SYN itself */
    const struct ms_conn *join_conn;

    /* Mapping of this segment (DSS or MP_CAPABLE with data). */
    bool has_map;
    bool map_infinite;
    bool map_fin_only; /* SSN 0, data-level length 1, F */
    bool map_first;    /* first mapping of this side on the only subflow so far */
    struct ms_map map;
    bool remap;              /* contradicts an earlier mapping of the subflow ... */
    struct ms_map remap_old; /* ... this one */
    bool fin_moved;
    uint64_t fin_before;
    bool beyond_fin;

    /* Content. */
    bool
        tcp_conflict; /* octets differ from earlier ones at the same positions of the subflow ... */
    uint64_t tcp_conflict_pos; /* ... in the stretch that starts here */
    bool dsn_conflict;         /* ... of the same DSNs */
    uint64_t dsn_conflict_dsn;

    /* Checksums that could be computed now and are wrong. */
    bool csum_bad;
    struct ms_map csum_map;
    uint16_t csum_want;

    /* Data ACK. */
    bool has_dack, dack_wide;
    uint64_t dack;  /* extended */
    bool dack_back; /* below an earlier one of this direction of the subflow, not late */
    uint64_t dack_before;
    uint64_t dack_limit;   /* one past the highest DSN that the peer had sent */
    bool dack_covers_wide; /* its newest octet came with a 64-bit DSN */

    /* ADD_ADDR (not an echo) or MP_JOIN: the ID had another address. */
    bool id_reused;
    struct ms_announced id_before;
    bool echo_unknown; /* ADD_ADDR echo that no announcement of the peer matches */
    bool nonce_reused;
    bool key_shared;   /* the key of another connection that is still open */
    bool token_shared; /* another key of such a connection gives the same token */

    struct ms_step_watch watch;
};

/* A segment and what the feeder knows about it beyond its octets. */
struct ms_seen {
    const struct ms_seg *seg;
    uint64_t time_ns;
    uint32_t packet;
    /*
     * Deliberately wrong, so nothing is learned from it that could spoil the judgement of others: no key
     * replaced, no mapping kept; only high marks rise.
     */
    bool fault;
    int host; /* 0 or 1: the machine that sent it, whatever its address; -1 if that is not known */
};

struct ms_model_counts {
    uint64_t segments;
    uint64_t conns, flows;         /* ever seen; flows without a connection are not among them */
    uint64_t plain;                /* flows that never belonged to a connection */
    size_t live_conns, live_flows; /* held now, plain ones included */
    size_t memory;                 /* octets held for streams and mappings */
};

struct ms_model *ms_model_new(void);
void ms_model_free(struct ms_model *m); /* NULL allowed; does not retire */
void ms_model_segment(struct ms_model *m, const struct ms_seen *in, struct ms_model_step *step);

/*
 * Called with each connection before its memory goes: retired some time after its end, forgotten under
 * pressure, or by ms_model_finish. It may look at the connection and its subflows, not keep them.
 */
void ms_model_on_retire(struct ms_model *m, void (*fn)(void *ctx, const struct ms_conn *c),
                        void *ctx);
/* End of the input: retires all that are left, in order of their numbers. */
void ms_model_finish(struct ms_model *m);
void ms_model_count(const struct ms_model *m, struct ms_model_counts *out);

/* Connections that are held, in order of appearance; NULL beyond the last. */
const struct ms_conn *ms_model_conn(const struct ms_model *m, size_t i);
/* Finds the side whose token this is; NULL if none. The newest connection wins. */
const struct ms_conn *ms_model_token(const struct ms_model *m, uint32_t token, unsigned *side);
const struct ms_flow *ms_model_flow(const struct ms_model *m, const struct ms_seg *seg);
/* True if the DATA_FIN of this side was seen and a Data ACK covers it. */
bool ms_side_fin_acked(const struct ms_side *s);

#endif
