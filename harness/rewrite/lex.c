/* SPDX-License-Identifier: MIT */
#include "rewrite/lex.h"

#include <stdio.h>
#include <string.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_.:+-", c) != NULL);
}

static bool is_symbol(char c)
{
    return c != '\0' && strchr("=!<>", c) != NULL;
}

static void skip_space(struct rewrite_lex *lx)
{
    while (lx->text[lx->at] == ' ' || lx->text[lx->at] == '\t')
        lx->at++;
    lx->start = lx->at;
}

int rewrite_lex_fail(struct rewrite_lex *lx, const char *fmt, ...)
{
    char msg[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    ms_fail(lx->err, MS_ERR_PARSE, "%s", msg);
    if (lx->err != NULL)
        lx->err->column = (unsigned)lx->start + 1;
    return MS_ERR_PARSE;
}

int rewrite_lex_unknown(struct rewrite_lex *lx, const char *what, const char *word,
                        const char *const *names, size_t n)
{
    const char *near = ms_nearest_word(word, names, n);
    if (near == NULL)
        return rewrite_lex_fail(lx, "unknown %s '%s'", what, word);
    return rewrite_lex_fail(lx, "unknown %s '%s', did you mean '%s'?", what, word, near);
}

static size_t run(const struct rewrite_lex *lx, bool (*is)(char))
{
    size_t n = 0;
    while (is(lx->text[lx->at + n]))
        n++;
    return n;
}

static int take(struct rewrite_lex *lx, size_t n, const char *what)
{
    if (n == 0 && lx->text[lx->at] == '\0')
        return rewrite_lex_fail(lx, "expected %s, found the end", what);
    if (n == 0)
        return rewrite_lex_fail(lx, "expected %s, found '%c'", what, lx->text[lx->at]);
    lx->word = ms_arena_strndup(lx->arena, lx->text + lx->at, n);
    lx->at += n;
    return MS_OK;
}

int rewrite_lex_word(struct rewrite_lex *lx, const char *what)
{
    skip_space(lx);
    return take(lx, run(lx, is_word), what);
}

int rewrite_lex_symbol(struct rewrite_lex *lx, const char *want)
{
    skip_space(lx);
    const int rc = take(lx, run(lx, is_symbol), want != NULL ? want : "= != < or >");
    if (rc == MS_OK && want != NULL && strcmp(lx->word, want) != 0)
        return rewrite_lex_fail(lx, "expected %s, found '%s'", want, lx->word);
    return rc;
}

bool rewrite_lex_accept(struct rewrite_lex *lx, const char *word)
{
    skip_space(lx);
    const size_t n = run(lx, is_word);
    if (n != strlen(word) || strncmp(lx->text + lx->at, word, n) != 0)
        return false;
    lx->at += n;
    return true;
}

int rewrite_lex_end(struct rewrite_lex *lx)
{
    static const char *const words[] = {"when", "and", "nth", "from", "first"};
    skip_space(lx);
    if (lx->text[lx->at] == '\0')
        return MS_OK;
    const int rc = rewrite_lex_word(lx, "the end");
    return rc != MS_OK ? rc : rewrite_lex_unknown(lx, "word", lx->word, words, MS_ARRAY_LEN(words));
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

static bool has_0x(const char *p)
{
    return p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
}

static bool number(const char *p, uint64_t *out)
{
    const uint64_t base = has_0x(p) ? 16 : 10;
    p += base == 16 ? 2 : 0;
    *out = 0;
    if (*p == '\0')
        return false;
    for (; *p != '\0'; p++) {
        const uint64_t d = (uint64_t)digit(*p);
        if (d >= base || *out > (UINT64_MAX - d) / base)
            return false;
        *out = *out * base + d;
    }
    return true;
}

int rewrite_lex_number(struct rewrite_lex *lx, uint64_t *out)
{
    if (!number(lx->word, out))
        return rewrite_lex_fail(lx, "'%s' is not a number of 64 bits", lx->word);
    return MS_OK;
}

int rewrite_lex_signed(struct rewrite_lex *lx, int64_t *out)
{
    const bool minus = lx->word[0] == '-';
    uint64_t n = 0;
    if (!number(lx->word + (minus || lx->word[0] == '+'), &n) || n > INT64_MAX)
        return rewrite_lex_fail(lx, "'%s' is not a number of 63 bits", lx->word);
    *out = minus ? -(int64_t)n : (int64_t)n;
    return MS_OK;
}

int rewrite_lex_hex(struct rewrite_lex *lx, bool prefix, uint8_t out[40], uint8_t *n)
{
    const char *p = lx->word;
    if (has_0x(p))
        p += 2;
    else if (prefix)
        return rewrite_lex_fail(lx, "expected octets such as 0x1e03, found '%s'", lx->word);
    const size_t digits = strlen(p);
    if (digits == 0 || digits % 2 != 0 || digits > 80)
        return rewrite_lex_fail(lx, "expected 1 to 40 octets of two hex digits each");
    for (size_t i = 0; i < digits; i += 2) {
        const int high = digit(p[i]), low = digit(p[i + 1]);
        if (high > 15 || low > 15)
            return rewrite_lex_fail(lx, "'%s' is not hex", lx->word);
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    *n = (uint8_t)(digits / 2);
    return MS_OK;
}
