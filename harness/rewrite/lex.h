/* SPDX-License-Identifier: MIT */
/* Words and symbols of a rewrite's text, and errors that know their column. */
#ifndef MPTCPSPEC_REWRITE_LEX_H
#define MPTCPSPEC_REWRITE_LEX_H

#include "mptcpspec/rewrite.h"

struct rewrite_lex {
    const char *text;
    struct ms_arena *arena;
    struct ms_error *err;
    size_t at;    /* next octet to read */
    size_t start; /* where the last word or symbol began */
    char *word;   /* the last word or symbol */
};

/* Reads a word into lx->word; `what` says in the error what was expected. */
int rewrite_lex_word(struct rewrite_lex *lx, const char *what);
/* Reads a symbol such as "!="; which one does not matter if `want` is NULL. */
int rewrite_lex_symbol(struct rewrite_lex *lx, const char *want);
/* Reads 'a text' or a word; of the former lx->word has the quote at its beginning, but not that at its end. */
int rewrite_lex_text(struct rewrite_lex *lx);
/* Does what follows begin with one of these characters? */
bool rewrite_lex_more(struct rewrite_lex *lx, const char *first);
/* Reads the next word only if it is this one. */
bool rewrite_lex_accept(struct rewrite_lex *lx, const char *word);
/* MS_OK if nothing is left. */
int rewrite_lex_end(struct rewrite_lex *lx);

/* The last word as a number, a signed number, octets in hex (with or without a prescribed 0x). */
int rewrite_lex_number(struct rewrite_lex *lx, uint64_t *out);
int rewrite_lex_signed(struct rewrite_lex *lx, int64_t *out);
int rewrite_lex_hex(struct rewrite_lex *lx, bool prefix, uint8_t out[40], uint8_t *n);
/* The last word as a time ("1.5s", "200ms", "50us") in nanoseconds, or as a share ("2.5%") of 2^32. */
int rewrite_lex_time(struct rewrite_lex *lx, uint64_t *ns);
int rewrite_lex_percent(struct rewrite_lex *lx, uint64_t *of_2_32);

/* MS_ERR_PARSE with the column of the last word. */
int rewrite_lex_fail(struct rewrite_lex *lx, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "unknown WHAT 'word', did you mean ..." */
int rewrite_lex_unknown(struct rewrite_lex *lx, const char *what, const char *word,
                        const char *const *names, size_t n);

#endif
