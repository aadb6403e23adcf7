/* SPDX-License-Identifier: MIT */
/*
 * wire: octets <-> structs. Ethernet, ARP, IPv4, IPv6, ICMPv6 neighbour discovery, TCP and every MPTCP
 * option of RFC 8684 section 3, well formed or malformed on purpose; checksums.
 * Pure: no I/O, no clock, no allocation except where an arena is passed.
 *
 * All integers in these structs are in host byte order unless a comment says "wire order".
 */
#ifndef MPTCPSPEC_WIRE_H
#define MPTCPSPEC_WIRE_H

#include "mptcpspec/base.h"

/* ---- addresses ---------------------------------------------------------------------------------------- */

enum ms_family { MS_IPV4 = 4, MS_IPV6 = 6 };

struct ms_addr {
    uint8_t family;     /* enum ms_family; 0: none */
    uint8_t octets[16]; /* wire order; IPv4 uses the first four, the rest is 0 */
};
bool ms_addr_eq(const struct ms_addr *a, const struct ms_addr *b);
int ms_addr_parse(const char *text, struct ms_addr *out); /* MS_OK or MS_ERR_PARSE */
const char *ms_addr_text(const struct ms_addr *a, char out[46]);

/* ---- TCP options -------------------------------------------------------------------------------------- */

enum {
    MS_TCPOPT_EOL = 0,
    MS_TCPOPT_NOP = 1,
    MS_TCPOPT_MSS = 2,
    MS_TCPOPT_WSCALE = 3,
    MS_TCPOPT_SACK_OK = 4,
    MS_TCPOPT_SACK = 5,
    MS_TCPOPT_TS = 8,
    MS_TCPOPT_MPTCP = 30, /* RFC 8684 7.1 */
    MS_TCPOPT_FASTOPEN = 34,
};

/* Subtypes, RFC 8684 7.2. */
enum {
    MPTCP_SUB_CAPABLE = 0,
    MPTCP_SUB_JOIN = 1,
    MPTCP_SUB_DSS = 2,
    MPTCP_SUB_ADD_ADDR = 3,
    MPTCP_SUB_REMOVE_ADDR = 4,
    MPTCP_SUB_PRIO = 5,
    MPTCP_SUB_FAIL = 6,
    MPTCP_SUB_FASTCLOSE = 7,
    MPTCP_SUB_TCPRST = 8,
    MPTCP_SUB_NONE = 15, /* stands for an option of kind 30 that is too short to have a subtype */
};

/* MP_CAPABLE flag bits A..H, RFC 8684 3.1. */
enum {
    MPTCP_CAP_A = 0x80,
    MPTCP_CAP_B = 0x40,
    MPTCP_CAP_C = 0x20,
    MPTCP_CAP_D = 0x10,
    MPTCP_CAP_E = 0x08,
    MPTCP_CAP_F = 0x04,
    MPTCP_CAP_G = 0x02,
    MPTCP_CAP_H = 0x01,
};

/* What the length and content of an option make it. MALFORMED: no layout of the RFC has this length. */
enum ms_form {
    MS_FORM_NONE = 0,  /* not an MPTCP option */
    MS_FORM_MALFORMED, /* kind 30, known subtype, impossible length */
    MS_FORM_UNKNOWN,   /* kind 30, subtype 9..15 */
    MS_FORM_CAPABLE, /* MP_CAPABLE, any of 4, 12, 20, 22, 24 octets (and the v0 forms of 12 and 20) */
    MS_FORM_JOIN_SYN,    /* 12 octets */
    MS_FORM_JOIN_SYNACK, /* 16 */
    MS_FORM_JOIN_ACK,    /* 24 */
    MS_FORM_DSS,
    MS_FORM_ADD_ADDR,
    MS_FORM_REMOVE_ADDR,
    MS_FORM_PRIO,
    MS_FORM_FAIL,
    MS_FORM_FASTCLOSE,
    MS_FORM_TCPRST,
};

/*
 * One MPTCP option, every field of every form flat in one struct so that a table of {name, offset, width}
 * serves the case language, the rewrites, reports and the oracle alike. Fields a form lacks are 0.
 */
struct ms_mp {
    uint8_t form;    /* enum ms_form */
    uint8_t subtype; /* upper nibble of octet 2 */

    /* MP_CAPABLE (3.1). keys: how many follow (0, 1, 2); has_dll: 22/24-octet form; has_csum: 24. */
    uint8_t version;
    uint8_t cap_flags; /* A..H as MPTCP_CAP_* */
    uint8_t keys;
    bool has_dll;
    bool has_csum; /* also DSS: checksum present; decoder: by length; encoder: written if set */
    uint64_t sender_key;
    uint64_t receiver_key;
    uint16_t dll;  /* data-level length, also DSS */
    uint16_t csum; /* as on the wire, host order; also DSS */

    /* MP_JOIN (3.2), address ids also ADD_ADDR */
    uint8_t backup; /* B bit; also MP_PRIO */
    uint8_t addr_id;
    uint16_t reserved; /* whatever reserved bits the form has, right-aligned */
    uint32_t token;
    uint32_t nonce;
    uint8_t hmac[20]; /* wire order; hmac_len octets are used: 8 (SYN/ACK, ADD_ADDR) or 20 (ACK) */
    uint8_t hmac_len; /* 0: no HMAC in this form */

    /* DSS (3.3) */
    uint8_t dss_flags; /* MS_DSS_* */
    uint64_t dack;     /* 4- or 8-octet value as it stands, not extended */
    uint64_t dsn;      /* likewise; also MP_FAIL */
    uint32_t ssn;

    /* ADD_ADDR (3.4.1) / REMOVE_ADDR (3.4.2) */
    bool echo;
    struct ms_addr addr;
    bool has_port;
    uint16_t port;
    uint8_t ids[37]; /* a header has room for an option of 40 octets */
    uint8_t n_ids;

    /* MP_FASTCLOSE (3.5) key in receiver_key; MP_TCPRST (3.6) */
    uint8_t rst_flags; /* U V W T, four bits, T is 1 */
    uint8_t reason;
};

enum {
    MS_DSS_A = 0x01, /* Data ACK present */
    MS_DSS_a = 0x02, /* ... of 8 octets */
    MS_DSS_M = 0x04, /* mapping present */
    MS_DSS_m = 0x08, /* ... with a DSN of 8 octets */
    MS_DSS_F = 0x10, /* DATA_FIN */
};

/* One TCP option as it stands in the header. */
struct ms_opt {
    uint8_t kind;
    uint8_t len;      /* the length octet as it stands; 1 for EOL and NOP, which have none */
    uint8_t occupied; /* octets that it really takes in the header, padding excluded */
    bool bad; /* length 0 or 1, or beyond the end of the header: nothing after it can be read */
    uint8_t raw[40]; /* the `occupied` octets */
    /* decoded content of the well known ones */
    uint16_t mss;
    uint8_t wscale;
    uint32_t tsval, tsecr;
    struct ms_mp mp; /* kind 30 only */
};

#define MS_OPTS_MAX 40

/* ---- segments ----------------------------------------------------------------------------------------- */

enum {
    MS_TH_FIN = 0x01,
    MS_TH_SYN = 0x02,
    MS_TH_RST = 0x04,
    MS_TH_PSH = 0x08,
    MS_TH_ACK = 0x10,
    MS_TH_URG = 0x20,
    MS_TH_ECE = 0x40,
    MS_TH_CWR = 0x80,
};

struct ms_seg {
    uint8_t eth_dst[6], eth_src[6];
    uint8_t family; /* enum ms_family */
    struct ms_addr src, dst;
    uint8_t ttl, tos; /* hop limit, traffic class; encoder: ttl 0 means 64 */
    uint16_t sport, dport;
    uint32_t seq, ack;
    uint8_t flags;    /* MS_TH_* */
    uint8_t reserved; /* four reserved bits after the data offset */
    uint8_t doff;     /* data offset in 32-bit words; encoder: 0 means computed */
    uint16_t win;     /* as it stands, unscaled */
    uint16_t csum;    /* as it stands */
    uint16_t urg;
    bool ip_csum_ok, tcp_csum_ok; /* decoder: verified; encoder ignores */
    bool csum_unknown; /* the frame is cut: tcp_csum_ok could not be verified and is set */
    bool opts_cut;     /* ... within the header: options are missing */
    bool keep_csum;    /* encoder: write `csum` instead of computing it */
    uint8_t n_opt;
    struct ms_opt *opt;     /* caller's storage */
    const uint8_t *payload; /* decoder: points into the frame */
    size_t payload_len;     /* octets at hand */
    size_t missing; /* further octets of payload that the IP length promises and the frame lacks */
};

/* Kinds of frame the decoder tells apart. */
enum ms_frame_kind {
    MS_FRAME_OTHER,
    MS_FRAME_TCP,
    MS_FRAME_ARP,
    MS_FRAME_NS,
    MS_FRAME_NA,
    MS_FRAME_ICMP
};

/*
 * ARP and neighbour discovery in one shape. Decoded: in a request `sender` asks for `target`; in an answer
 * `sender` is at `sender_mac` (all zero when the option is absent) and `target` is who is told.
 */
struct ms_neigh {
    uint8_t family;
    bool request; /* ARP request or neighbour solicitation */
    uint8_t eth_src[6];
    uint8_t sender_mac[6]; /* ARP sender, or the link-layer address option */
    struct ms_addr sender, target;
};

/*
 * Decodes one Ethernet frame. Never reads beyond frame+len, assumes nothing about its content; lengths in
 * headers are believed only as far as the frame goes. Fills `seg` for TCP (with `opts` as option storage,
 * MS_OPTS_MAX entries) and `neigh` for ARP/NS/NA. payload points into `frame`. A TCP frame too damaged to
 * have ports, a bad IP header, or a fragment is MS_FRAME_OTHER.
 */
enum ms_frame_kind ms_frame_decode(const uint8_t *frame, size_t len, struct ms_seg *seg,
                                   struct ms_opt opts[MS_OPTS_MAX], struct ms_neigh *neigh);
/* Same, from the IP header on (raw-IP captures; no Ethernet addresses). */
enum ms_frame_kind ms_ip_decode(const uint8_t *ip, size_t len, struct ms_seg *seg,
                                struct ms_opt opts[MS_OPTS_MAX], struct ms_neigh *neigh);
/* Parses TCP option octets alone; returns the number of options stored (EOL ends the list, is stored). */
size_t ms_opts_decode(const uint8_t *p, size_t len, struct ms_opt opts[MS_OPTS_MAX]);

/*
 * Encodes `seg` with its options (raw octets of each opt[i], `occupied` octets long) and payload as an
 * Ethernet frame. Options are padded to a multiple of four with NOP at the end (none where EOL ended them:
 * then zeros). Checksums are computed unless keep_csum. MS_ERR_SPACE if `cap` is too small, MS_ERR_RANGE if
 * the options exceed 40 octets or the packet 65535. *out_len: octets written.
 */
int ms_seg_encode(const struct ms_seg *seg, uint8_t *out, size_t cap, size_t *out_len);
/*
 * request false: the ARP reply or neighbour advertisement that answers `n`, telling n->sender (at dst_mac)
 * that n->target is at src_mac. So answering a decoded request means clearing `request` and nothing else.
 * request true: the ARP request or neighbour solicitation of n->sender (at src_mac) for n->target; dst_mac
 * is the broadcast or solicited-node address.
 */
int ms_neigh_encode(const struct ms_neigh *n, const uint8_t src_mac[6], const uint8_t dst_mac[6],
                    uint8_t *out, size_t cap, size_t *out_len);

/* First MPTCP option of that subtype in the segment, or NULL; malformed ones are found as well. */
const struct ms_opt *ms_seg_mp(const struct ms_seg *seg, uint8_t subtype);
const struct ms_opt *ms_seg_opt(const struct ms_seg *seg, uint8_t kind);
bool ms_seg_has_mptcp(const struct ms_seg *seg);
/* Sequence space the segment takes: payload, missing octets, SYN and FIN (RFC 9293 3.4). */
uint32_t ms_seg_len(const struct ms_seg *seg);

/* ---- building options --------------------------------------------------------------------------------- */

/*
 * Builds the octets of an option from its decoded content (`mp` for kind 30, mss/wscale/ts for the others),
 * sets len and occupied. The form decides the layout. MS_ERR_RANGE if it would exceed 40 octets.
 */
int ms_opt_build(struct ms_opt *opt);
/* Any octets as an option; parsed back so that the decoded content fits them where they make sense. */
int ms_opt_raw(struct ms_opt *opt, const uint8_t *octets, size_t n);
/* Length that RFC 8684 prescribes for this content; 0 if the form has none. */
unsigned ms_mp_length(const struct ms_mp *mp);

/* ---- checksums ---------------------------------------------------------------------------------------- */

/* RFC 1071 sum, host-order 16-bit words; start with 0, chain, then ms_csum_finish (complement, 0..0xffff). */
uint32_t ms_csum_add(uint32_t sum, const void *p,
                     size_t n); /* chunks before the last must be even */
uint16_t ms_csum_finish(uint32_t sum);
/*
 * DSS checksum (RFC 8684 3.3.1, figure 10): data and pseudo-header of 64-bit DSN, 32-bit SSN, 16-bit length
 * and 16 zero bits (or, to verify, the received checksum there: then 0 means right).
 */
uint16_t ms_dss_csum(uint64_t dsn, uint32_t ssn, uint16_t dll, uint16_t field, const void *data,
                     size_t n);

/* ---- the field table: every field of segment and options under its name --------------------------------- */

enum ms_vtype { MS_V_NONE = 0, MS_V_NUM, MS_V_OCTETS, MS_V_ADDR, MS_V_BOOL };

struct ms_value {
    enum ms_vtype type;
    uint64_t num;       /* NUM, BOOL */
    uint8_t octets[40]; /* OCTETS */
    uint8_t len;
    uint8_t width; /* NUM: bits on the wire, 0 if none */
    struct ms_addr addr;
};

struct ms_field {
    const char *option; /* "tcp" for header fields, else option name as in ms_option_names */
    const char *name;
    enum ms_vtype type;
    uint8_t bits;
    const char *doc;
    const char *rfc; /* section, e.g. "3.3.1" */
    /* `opt` is NULL for "tcp" fields. get: false when this form does not have the field. */
    bool (*get)(const struct ms_seg *seg, const struct ms_opt *opt, struct ms_value *out);
    /* Changes the field in the decoded content only; call ms_opt_build afterwards. False: no such field. */
    bool (*set)(struct ms_seg *seg, struct ms_opt *opt, const struct ms_value *v);
};
/* Ends with an entry whose option is NULL. */
extern const struct ms_field ms_fields[];
const struct ms_field *ms_field_find(const char *option, const char *name);
/* False for what can only be read, such as lengths. */
bool ms_field_settable(const struct ms_field *f);

/*
 * Option names of the case language: mp_capable, mp_join, dss, add_addr, remove_addr, mp_prio, mp_fail,
 * mp_fastclose, mp_tcprst, mss, wscale, sack_ok, sack, ts, fastopen, nop, eol, mptcp (any kind 30), raw.
 */
struct ms_option_name {
    const char *name;
    uint8_t kind;
    int subtype; /* -1: no subtype */
    const char *doc;
};
extern const struct ms_option_name ms_option_names[]; /* ends with name NULL */
const struct ms_option_name *ms_option_name_find(const char *name);
/* The name of this option, "mptcp" for unknown subtypes, "opt" for unknown kinds. */
const char *ms_opt_name(const struct ms_opt *opt);
/* Does this option answer to this name? ("mptcp" is any of kind 30, "raw" any at all.) */
bool ms_opt_is(const struct ms_opt *opt, const struct ms_option_name *name);

/* One line for people: "SYN+ACK seq 0 ack 1 win 65160 <mss 1460, MP_CAPABLE v1 H key ..> len 0". */
void ms_seg_text(const struct ms_seg *seg, uint32_t rel_seq_base, uint32_t rel_ack_base,
                 struct ms_buf *out);
void ms_opt_text(const struct ms_opt *opt, struct ms_buf *out);
void ms_value_text(const struct ms_value *v, struct ms_buf *out);
bool ms_value_eq(const struct ms_value *a, const struct ms_value *b);

/* ---- directions --------------------------------------------------------------------------------------- */

enum ms_dir { MS_DIR_RX = 0 /* from the IUT */, MS_DIR_TX = 1 /* to the IUT */ };

#endif
