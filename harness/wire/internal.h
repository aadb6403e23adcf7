/* SPDX-License-Identifier: MIT */
/* Shared inside wire only. */
#ifndef MPTCPSPEC_WIRE_INTERNAL_H
#define MPTCPSPEC_WIRE_INTERNAL_H

#include "mptcpspec/wire.h"

enum {
    WIRE_ETH_LEN = 14,
    WIRE_IP4_LEN = 20,
    WIRE_IP6_LEN = 40,
    WIRE_TCP_LEN = 20,
    WIRE_OPTS_LEN = 40, /* RFC 9293 3.1: data offset has four bits */
    WIRE_ETHERTYPE_IP4 = 0x0800,
    WIRE_ETHERTYPE_ARP = 0x0806,
    WIRE_ETHERTYPE_IP6 = 0x86dd,
    WIRE_PROTO_ICMP = 1,
    WIRE_PROTO_TCP = 6,
    WIRE_PROTO_ICMP6 = 58,
};

/* Sum over the pseudo-header of TCP or ICMPv6 (RFC 9293 3.1, RFC 8200 8.1); the same words for both. */
uint32_t wire_pseudo_sum(const struct ms_addr *src, const struct ms_addr *dst, uint8_t proto,
                         size_t n);

/* Ethernet and IP header for a packet of `n` octets after the IP header; returns their length. */
size_t wire_put_headers(uint8_t *out, const uint8_t eth_dst[6], const uint8_t eth_src[6],
                        const struct ms_addr *src, const struct ms_addr *dst, uint8_t proto,
                        uint8_t ttl, uint8_t tos, size_t n);

/* From the ARP packet or the ICMPv6 message on. */
enum ms_frame_kind wire_arp_decode(const uint8_t *p, size_t len, struct ms_neigh *neigh);
enum ms_frame_kind wire_nd_decode(const uint8_t *p, size_t len, const struct ms_addr *src,
                                  const struct ms_addr *dst, struct ms_neigh *neigh);

/* opt->raw holds `occupied` octets of kind 30: fills opt->mp. */
void wire_mp_decode(struct ms_opt *opt);
/* Writes the layout of mp->form into raw[2..]; returns the whole length, 0 if the form has no layout. */
unsigned wire_mp_build(const struct ms_mp *mp, uint8_t raw[WIRE_OPTS_LEN + 24]);
/* The subtype that belongs to a form; -1 if the form has none. */
int wire_form_subtype(uint8_t form);

/* Octets that the options take in the header before padding. */
size_t wire_opts_size(const struct ms_opt *opt, size_t n);

#endif
