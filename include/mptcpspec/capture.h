/* SPDX-License-Identifier: MIT */
/*
 * capture: packets out of capture files (pcap, pcapng) and pipes, one after the other, whatever the size of the
 * input; and the IP packet inside of each. Every octet is hostile.
 *
 * libpcap reads such files too, but refuses pcapng whose interfaces differ in link type or snap length and hides
 * interface, direction and comments of a packet, which an observer and an annotated copy need.
 */
#ifndef MPTCPSPEC_CAPTURE_H
#define MPTCPSPEC_CAPTURE_H

#include <signal.h>

#include "mptcpspec/wire.h"

/* Largest packet that is believed; Linux makes super-segments of up to 512 KiB. */
#define MS_CAPTURE_PACKET_MAX (1u << 20)
/* Most interfaces of one pcapng section. */
#define MS_CAPTURE_INTERFACES 4096

enum ms_capture_dir { MS_CAPTURE_UNKNOWN = 0, MS_CAPTURE_IN = 1, MS_CAPTURE_OUT = 2 };

struct ms_capture_packet {
    uint64_t number; /* from 1 */
    uint64_t offset; /* of its record in the input */
    uint64_t time_ns;
    bool time_known;
    uint32_t iface; /* counts on over the sections of a file */
    uint32_t link;  /* LINKTYPE_ number */
    enum ms_capture_dir dir;
    uint32_t len, wire_len; /* captured, and as it was sent */
    const uint8_t *octets;  /* until the next packet is read */
    const uint8_t *option;  /* pcapng options behind the packet, for ms_capture_comment */
    uint32_t option_len;
    bool swapped; /* byte order of these */
};

struct ms_capture_config {
    volatile const int *stop; /* not 0: end as at the end of the input; NULL: never */
    const sigset_t
        *wait_mask; /* signals that are let through while input is awaited; NULL: unchanged */
};

struct ms_capture;

/* Opens `path`, "-" is standard input. Reads as much as tells the format. */
int ms_capture_open(struct ms_capture **out, const char *path, const struct ms_capture_config *cfg,
                    struct ms_error *err);
/* Reads from octets in memory, which the caller keeps. */
int ms_capture_open_memory(struct ms_capture **out, const void *octets, size_t n,
                           struct ms_error *err);
void ms_capture_close(struct ms_capture *c); /* NULL allowed */
/*
 * 1: a packet, 0: the end, negative: the input is damaged or unreadable here; the message tells the place and
 * what was read before stands.
 */
int ms_capture_next(struct ms_capture *c, struct ms_capture_packet *out, struct ms_error *err);
/* The next comment of the packet; false if there is none. Start with *pos = 0. The text has no terminator. */
bool ms_capture_comment(const struct ms_capture_packet *p, uint32_t *pos, const char **text,
                        size_t *len);
/* "pcap", "pcapng". */
const char *ms_capture_format(const struct ms_capture *c);
/* Name of an interface as the file gives it, "" if it gives none or the section is over. */
const char *ms_capture_iface_name(const struct ms_capture *c, uint32_t iface);

/* Its link type, `other` if the section is over. */
uint32_t ms_capture_iface_link(const struct ms_capture *c, uint32_t iface, uint32_t other);

/* What stands inside of the link layer. */
struct ms_capture_ip {
    const uint8_t *octets; /* the IP header; NULL: no IP packet */
    size_t len;
    enum ms_capture_dir dir; /* of the file, or of the cooked header */
    uint64_t path; /* tells one way of seeing a packet (interface, addresses, tags) from another */
};
/* False if the link type is unknown. */
bool ms_capture_ip(const struct ms_capture_packet *p, struct ms_capture_ip *out);
/*
 * Views: one packet may stand in a capture several times (all interfaces of a router, two captures merged, a
 * mirror port that copies both directions), perhaps with a translated address. One view of each is enough, and
 * two would look like a host that repeats itself. Memory is of fixed size; what it no longer knows is fed twice.
 */
struct ms_views;
struct ms_views *ms_views_new(void);    /* NULL: no memory */
void ms_views_free(struct ms_views *v); /* NULL allowed */
/*
 * Where the packet stands. again: another view of it came before, it is not to be judged a second time. The
 * addresses and ports of `seg` become those under which its flow was first seen.
 */
struct ms_view {
    bool again;
    bool translated;
    bool sums_left; /* its sender leaves TCP checksums to the network card, as its SYN showed */
    enum ms_capture_dir
        end; /* OUT: seen at the host that sent it, IN: at the one it goes to; else UNKNOWN */
};
void ms_views_look(struct ms_views *v, struct ms_seg *seg, const struct ms_capture_ip *ip,
                   uint64_t time_ns, struct ms_view *out);

/* NULL if packets of this link type cannot be read. */
const char *ms_capture_link_name(uint32_t link);
/* What libpcap calls it, for messages about those that cannot be read; NULL if it has no name either. */
const char *ms_capture_link_description(uint32_t link);
/* "Ethernet (1), ..." */
void ms_capture_links_text(struct ms_buf *out);

#endif
