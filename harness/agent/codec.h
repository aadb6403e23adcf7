/* SPDX-License-Identifier: MIT */
/* What the parts of the codec share. */
#ifndef MPTCPSPEC_AGENT_CODEC_H
#define MPTCPSPEC_AGENT_CODEC_H

#include "mptcpspec/agent.h"

/* An octet that stands for itself in a value. */
bool codec_plain(unsigned char c);
/* Decimal without sign and leading zeros. */
int codec_decimal(const char *p, size_t n, uint64_t max, uint64_t *out);
/* What is wrong with the value of a key; MS_OK for MS_OK. */
int codec_bad_value(const char *key, int rc, struct ms_error *err);
/* Octets as they are. */
void codec_put(struct ms_agent_out *o, const char *p, size_t n);
/* Octets encoded; those in `more` as well. */
void codec_put_encoded(struct ms_agent_out *o, const void *p, size_t n, const char *more);
/* " key=" */
void codec_put_key(struct ms_agent_out *o, const char *key);
/* What is left of *rest up to `by`, which is passed over; false when nothing is left. */
bool codec_split(struct ms_agent_text *rest, char by, struct ms_agent_text *piece);
/* "discard" and back; "none" is MS_SERVICE_NONE. */
const char *codec_service_name(enum ms_service s);
bool codec_service_find(const struct ms_agent_text *t, enum ms_service *out);

#endif
