/* SPDX-License-Identifier: MIT */
/* From a captured packet to a segment that an observer may judge. */
#ifndef LINT_SEGMENT_H
#define LINT_SEGMENT_H

#include "mptcpspec/capture.h"

enum segment_kind {
    SEGMENT_TCP,
    SEGMENT_FRAGMENT, /* of a TCP segment */
    SEGMENT_OTHER,    /* nothing for us */
    SEGMENT_UNREAD,   /* the link type is unknown */
};

enum segment_kind segment_read(const struct ms_capture_packet *p, struct ms_capture_ip *ip,
                               struct ms_seg *seg, struct ms_opt opts[MS_OPTS_MAX]);

#endif
