/* SPDX-License-Identifier: MIT */
/*
 * Base: errors, memory, octet access. Everything else stands on this.
 *
 * Nothing here prints or exits. A function that can fail returns an enum ms_status (0 is success, failures
 * are negative) and fills the caller's struct ms_error, which may be NULL when the caller needs no text.
 */
#ifndef MPTCPSPEC_BASE_H
#define MPTCPSPEC_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ms_status {
    MS_OK = 0,
    MS_ERR_NOMEM = -1,       /* memory exhausted */
    MS_ERR_SYS = -2,         /* a system call failed; the message holds strerror() */
    MS_ERR_PARSE = -3,       /* input that does not follow its grammar or format */
    MS_ERR_RANGE = -4,       /* a value or length beyond its limit */
    MS_ERR_UNSUPPORTED = -5, /* this machine or target cannot do it */
    MS_ERR_TIMEOUT = -6,     /* a bound was reached */
    MS_ERR_SPACE = -7,       /* output does not fit the buffer that was given */
    MS_ERR_NOTFOUND = -8,    /* no such thing */
    MS_ERR_INTR = -9,        /* interrupted by the user */
};

/* Caller-owned. `file` is "" when the error has no place; line and column count from 1, 0 is "none". */
struct ms_error {
    enum ms_status status;
    char file[256];
    unsigned line;
    unsigned column;
    char msg[768];
};

/* Fills `err` (NULL allowed) and returns `status`, so that `return ms_fail(err, ...)` reads well. */
int ms_fail(struct ms_error *err, enum ms_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* As ms_fail with MS_ERR_SYS; appends ": strerror(errno)" to the message. Keeps errno. */
int ms_fail_errno(struct ms_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts "context: " before the message that is already there; returns err->status. */
int ms_fail_context(struct ms_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Renders "file:line:col: message" (parts that are missing left out) into `out`; always terminated. */
void ms_error_format(const struct ms_error *err, char *out, size_t cap);

/*
 * Takes one line of a text file: terminated, without its end (LF or CRLF), number from 1. It may write into the line, which
 * lives until it returns. A negative status ends the reading.
 */
typedef int ms_line_fn(void *ctx, char *line, unsigned number, struct ms_error *err);
/*
 * Gives each line of the file to `take`. A status of `take`, and MS_ERR_PARSE for a NUL octet, get file and line; a file that
 * cannot be read is MS_ERR_SYS (errno is kept), "cannot read the WHAT PATH: ...".
 */
int ms_lines_read(const char *path, const char *what, ms_line_fn *take, void *ctx,
                  struct ms_error *err);

/*
 * Arena: many small allocations, one free. Memory is zeroed, aligned to 16, never moved. Allocation never
 * returns NULL: exhausted memory calls the handler (default: message and abort), since no test verdict can
 * be right any more.
 */
struct ms_arena;
struct ms_arena *ms_arena_new(void);
void ms_arena_free(struct ms_arena *a); /* NULL allowed */
void *ms_arena_alloc(struct ms_arena *a, size_t n);
void *ms_arena_memdup(struct ms_arena *a, const void *p, size_t n);
char *ms_arena_strdup(struct ms_arena *a, const char *s);
char *ms_arena_strndup(struct ms_arena *a, const char *s, size_t n);
char *ms_arena_printf(struct ms_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Grows an arena-backed array so that it holds at least want+1 elements; returns the (maybe moved) array. */
void *ms_arena_grow(struct ms_arena *a, void *array, size_t *cap, size_t want, size_t elem_size);

/* memset to 0 in a call of its own: for large structs compilers write string instructions, many times slower. */
void ms_clear(void *p, size_t n);

/* Growing text/octet buffer on the heap; `data` is always NUL-terminated after a write. Free with ms_buf_free. */
struct ms_buf {
    char *data;
    size_t len;
    size_t cap;
};
void ms_buf_add(struct ms_buf *b, const void *p, size_t n);
void ms_buf_puts(struct ms_buf *b, const char *s);
void ms_buf_printf(struct ms_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ms_buf_free(struct ms_buf *b);

/* Monotonic clock in nanoseconds. */
uint64_t ms_now_ns(void);
/* Wall clock in nanoseconds since 1970, for evidence only. */
uint64_t ms_wall_ns(void);

/* Network-order accessors: no alignment needed, no cast of the wire. */
static inline uint16_t ms_get16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}
static inline uint32_t ms_get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint64_t ms_get64(const uint8_t *p)
{
    return (uint64_t)ms_get32(p) << 32 | ms_get32(p + 4);
}
static inline void ms_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void ms_put32(uint8_t *p, uint32_t v)
{
    ms_put16(p, (uint16_t)(v >> 16));
    ms_put16(p + 2, (uint16_t)v);
}
static inline void ms_put64(uint8_t *p, uint64_t v)
{
    ms_put32(p, (uint32_t)(v >> 32));
    ms_put32(p + 4, (uint32_t)v);
}

/* Serial-number comparison (RFC 9293 3.4; RFC 8684 3.3.1 for 64 bits): true if a is before b. */
static inline bool ms_seq_lt(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}
static inline bool ms_seq_le(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) <= 0;
}
static inline bool ms_dsn_lt(uint64_t a, uint64_t b)
{
    return (int64_t)(a - b) < 0;
}
static inline bool ms_dsn_le(uint64_t a, uint64_t b)
{
    return (int64_t)(a - b) <= 0;
}

/* Nearest of `n` candidate words to `word` for "did you mean"; NULL if none is near (edit distance). */
const char *ms_nearest_word(const char *word, const char *const *words, size_t n);

#define MS_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
