/* SPDX-License-Identifier: MIT */
/* Pieces of a rewrite's text that actions and conditions share. All return MS_OK or MS_ERR_PARSE. */
#ifndef MPTCPSPEC_REWRITE_PARSE_H
#define MPTCPSPEC_REWRITE_PARSE_H

#include "rewrite/internal.h"
#include "rewrite/lex.h"

int rewrite_parse_option(struct rewrite_lex *lx, const char *what,
                         const struct ms_option_name **out);
/* The word that was just read is OPTION.FIELD, are flag names joined with '+'. */
int rewrite_parse_resolve_field(struct rewrite_lex *lx, const struct ms_field **out);
int rewrite_parse_resolve_flags(struct rewrite_lex *lx, uint8_t *flags);
int rewrite_parse_value(struct rewrite_lex *lx, const struct ms_field *f, struct ms_value *v);
int rewrite_parse_signed(struct rewrite_lex *lx, int64_t min, int64_t max, int64_t *out);
int rewrite_parse_number(struct rewrite_lex *lx, uint64_t min, uint64_t max, uint64_t *out);
int rewrite_parse_time(struct rewrite_lex *lx, uint64_t *ns);

/* The arguments of r->action; [when COND {and COND}]. */
int rewrite_parse_args(struct rewrite_lex *lx, struct ms_rewrite *r);
int rewrite_parse_conds(struct rewrite_lex *lx, struct ms_rewrite *r);

#endif
