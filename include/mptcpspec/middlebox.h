/* SPDX-License-Identifier: MIT */
/*
 * middlebox: what stands between the two hosts of a lab. Takes each frame that a host sends (libpcap), passes it
 * through a row of rewrites, and gives what comes out to the other host (libnet's descriptor, in batches). It is a
 * bump in the wire: it has no addresses, and MAC addresses stay as they are.
 */
#ifndef MPTCPSPEC_MIDDLEBOX_H
#define MPTCPSPEC_MIDDLEBOX_H

#include "mptcpspec/topo.h"

struct ms_box;
struct ms_chain; /* rewrite.h */

/*
 * Sees every frame on both sides of the row. MS_DIR_RX: sent by host `side`; MS_DIR_TX: given to it. The frames of one
 * host, of all paths, are shown in the order in which it sent and was given them, by the kernel's time stamps: what it
 * had sent before a frame was written to it comes before that frame, what it sent in answer behind it. time_ns is
 * CLOCK_MONOTONIC, when the frame was sent or about to be written, and never goes back. The frame lives for the call
 * only. Is called from ms_box_open and ms_box_work.
 */
struct ms_box_tap {
    void (*frame)(void *ctx, unsigned path, enum ms_host side, enum ms_dir dir, uint64_t time_ns,
                  const uint8_t *frame, size_t len);
    void *ctx;
};

/*
 * Opens the box of `lab` (borrowed, as `chain`, which may be NULL: no rewrites, and *tap, which may be NULL); the caller
 * is in any namespace, and still is afterwards. Before it returns every wire has been seen to carry frames both ways.
 * Fails if a wire does not within some seconds (MS_ERR_TIMEOUT) or an interface cannot be opened.
 */
int ms_box_open(const struct ms_lab *lab, struct ms_chain *chain, const struct ms_box_tap *tap,
                struct ms_box **out, struct ms_error *err);
/* Readable when ms_box_work has something to do: a frame came, or what a rewrite holds is due. */
int ms_box_fd(const struct ms_box *b);
/*
 * Passes a bounded number of frames, never blocks. 1: more may wait; 0: nothing waits; negative: an interface vanished,
 * memory is exhausted, or a frame came that no wire should carry.
 */
int ms_box_work(struct ms_box *b, struct ms_error *err);
/*
 * After the row was changed from outside (ms_chain_add, ms_chain_enable): passes on what is due at once, and wakes
 * for the rest. Status as ms_box_work's negative ones, else MS_OK.
 */
int ms_box_chain_changed(struct ms_box *b, struct ms_error *err);
/*
 * A cut path (0-based) passes nothing in either direction, ARP and neighbour discovery included, from now on. The taps
 * see what the hosts send into it. What a rewrite holds for it is lost when it comes due while the path is cut.
 */
void ms_box_cut(struct ms_box *b, unsigned path, bool cut);

struct ms_box_counts {
    uint64_t taken, given;     /* frames from hosts and to hosts */
    uint64_t swallowed_by_cut; /* frames from or to hosts that a cut path did not pass */
    uint64_t lost;    /* the capture's ring was full: a verdict with losses is not to be trusted */
    uint64_t refused; /* the kernel did not take them although tried again and again */
    uint64_t too_large;  /* made larger than the wire carries by a rewrite */
    uint64_t no_carrier; /* for a host whose interface is down */
};
void ms_box_counts(const struct ms_box *b, struct ms_box_counts *out);
/* Frames that were neither passed nor meant to be dropped: lost and refused. */
uint64_t ms_box_lost(const struct ms_box *b);
void ms_box_close(struct ms_box *b); /* NULL allowed; what is held is lost */

#endif
