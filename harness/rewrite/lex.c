/* SPDX-License-Identifier: MIT */
#include "rewrite/lex.h"

#include <stdio.h>
#include <string.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_.:+-,%", c) != NULL);
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

int rewrite_lex_text(struct rewrite_lex *lx)
{
    skip_space(lx);
    if (lx->text[lx->at] != '\'')
        return rewrite_lex_word(lx, "a text in single quotes, or 0x octets");
    const size_t n = strcspn(lx->text + lx->at + 1, "'");
    if (lx->text[lx->at + 1 + n] == '\0')
        return rewrite_lex_fail(lx, "the text does not end");
    lx->word = ms_arena_strndup(lx->arena, lx->text + lx->at, n + 1);
    lx->at += n + 2;
    return MS_OK;
}

bool rewrite_lex_more(struct rewrite_lex *lx, const char *first)
{
    skip_space(lx);
    return lx->text[lx->at] != '\0' && strchr(first, lx->text[lx->at]) != NULL;
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

/* DIGITS [. DIGITS] before a unit; the value in millionths. */
static bool decimal(const char **p, uint64_t *millionths)
{
    uint64_t n = 0, digits = 0;
    for (; **p >= '0' && **p <= '9' && digits < 9; (*p)++, digits++)
        n = n * 10 + (uint64_t)(**p - '0');
    if (digits == 0)
        return false;
    n *= 1000000;
    if (**p == '.') {
        (*p)++;
        if (**p < '0' || **p > '9')
            return false;
        for (uint64_t place = 100000; **p >= '0' && **p <= '9' && place > 0; (*p)++, place /= 10)
            n += (uint64_t)(**p - '0') * place;
    }
    *millionths = n;
    return true;
}

int rewrite_lex_time(struct rewrite_lex *lx, uint64_t *ns)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    const char *p = lx->word;
    uint64_t n = 0;
    if (decimal(&p, &n))
        for (size_t i = 0; i < MS_ARRAY_LEN(units); i++)
            if (strcmp(p, units[i].unit) == 0 &&
                n <= UINT64_C(3600) * 1000000 * 1000000 / units[i].ns * 1000) {
                *ns = n / 1000 * (units[i].ns / 1000) + n % 1000 * (units[i].ns / 1000) / 1000;
                return MS_OK;
            }
    return rewrite_lex_fail(lx, "expected a time of at most an hour such as 200ms, found '%s'",
                            lx->word);
}

int rewrite_lex_percent(struct rewrite_lex *lx, uint64_t *of_2_32)
{
    const char *p = lx->word;
    uint64_t n = 0;
    if (!decimal(&p, &n) || strcmp(p, "%") != 0 || n > 100000000)
        return rewrite_lex_fail(lx, "expected a share such as 2.5%%, found '%s'", lx->word);
    *of_2_32 = (n << 32) / 100000000;
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
