/* SPDX-License-Identifier: MIT */
/* Literals: numbers with suffixes, durations, octets, strings, addresses. */
#include "lang/internal.h"

#include <string.h>

static char at(const struct lang_parser *p, size_t off)
{
    return off < p->len ? p->text[off] : '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

void lex_bad(struct lang_token *t, const char *bad, const char *hint)
{
    t->kind = T_BAD;
    t->bad = bad;
    t->bad_hint = hint;
}

/* Takes the rest of the word into the token, so that one slip gives one message. */
static void take_word(const struct lang_parser *p, struct lang_token *t)
{
    while (is_word(at(p, t->off + t->len)))
        t->len++;
}

/* 0x...: up to 16 digits a number, more of them octets. */
static void lex_hex(struct lang_parser *p, struct lang_token *t)
{
    t->len = 2;
    size_t digits = 0;
    uint64_t value = 0;
    for (int d; (d = hex_digit(at(p, t->off + t->len))) >= 0; digits++, t->len++)
        value = value << 4 | (uint64_t)d;
    if (is_word(at(p, t->off + t->len))) {
        take_word(p, t);
        lex_bad(t, "not a hexadecimal number", NULL);
        return;
    }
    if (digits == 0) {
        lex_bad(t, "hexadecimal digits are missing after 0x", NULL);
        return;
    }
    if (digits <= 16) {
        t->kind = T_NUM;
        t->num = value;
        return;
    }
    if (digits % 2 != 0) {
        lex_bad(t, "an odd number of digits: more than 16 digits are octets, two digits each",
                NULL);
        return;
    }
    uint8_t *octets = ms_arena_alloc(p->a, digits / 2);
    for (size_t i = 0; i < digits / 2; i++) {
        const size_t off = t->off + 2 + 2 * i;
        octets[i] = (uint8_t)(hex_digit(at(p, off)) << 4 | hex_digit(at(p, off + 1)));
    }
    t->kind = T_OCTETS;
    t->octets = octets;
    t->n_octets = digits / 2;
}

/* Digits and dots that hold three dots are an IPv4 address. */
static bool lex_ipv4(struct lang_parser *p, struct lang_token *t)
{
    size_t n = 0, dots = 0;
    for (char c; (c = at(p, t->off + n)) == '.' || (c >= '0' && c <= '9'); n++)
        dots += c == '.';
    if (dots < 3)
        return false;
    t->len = n;
    t->kind = T_ADDR;
    const char *text = ms_arena_strndup(p->a, p->text + t->off, n < 64 ? n : 64);
    if (n > 15 || ms_addr_parse(text, &t->addr) != MS_OK)
        lex_bad(t, "not an IPv4 address", NULL);
    return true;
}

static const struct {
    char text[3];
    enum lang_token_kind kind;
    uint64_t factor;
} suffixes[] = {
    {"", T_NUM, 1},
    {"k", T_NUM, 1024},
    {"M", T_NUM, 1024 * 1024},
    {"s", T_DURATION, 1000000000},
    {"ms", T_DURATION, 1000000},
};

void lex_number(struct lang_parser *p, struct lang_token *t)
{
    if (at(p, t->off) == '0' && (at(p, t->off + 1) == 'x' || at(p, t->off + 1) == 'X')) {
        lex_hex(p, t);
        return;
    }
    if (lex_ipv4(p, t))
        return;
    uint64_t value = 0;
    bool over = false;
    for (char c; (c = at(p, t->off + t->len)) >= '0' && c <= '9'; t->len++) {
        const uint64_t d = (uint64_t)(c - '0');
        over = over || value > (UINT64_MAX - d) / 10;
        value = value * 10 + d;
    }
    const size_t digits = t->len;
    take_word(p, t);
    const size_t n = t->len - digits;
    for (size_t i = 0; i < MS_ARRAY_LEN(suffixes); i++) {
        if (strlen(suffixes[i].text) != n ||
            memcmp(p->text + t->off + digits, suffixes[i].text, n) != 0)
            continue;
        if (over || value > UINT64_MAX / suffixes[i].factor) {
            lex_bad(t, "the number does not fit in 64 bits", NULL);
            return;
        }
        t->kind = suffixes[i].kind;
        t->num = value * suffixes[i].factor;
        return;
    }
    lex_bad(
        t, "unknown suffix of a number",
        "numbers take k and M (times 1024), durations ms and s, hexadecimal numbers start with 0x");
}

void lex_octets(struct lang_parser *p, struct lang_token *t)
{
    const char *bad = NULL;
    size_t digits = 0;
    t->len = 2;
    for (;; t->len++) {
        const char c = at(p, t->off + t->len);
        if (t->off + t->len >= p->len || c == '\n') {
            lex_bad(t, "the closing quote is missing", NULL);
            return;
        }
        if (c == '"')
            break;
        if (hex_digit(c) >= 0)
            digits++;
        else if (c != ' ' && c != '\t')
            bad = "only hexadecimal digits and blanks can stand in x\"...\"";
        else if (digits % 2 != 0)
            bad = "a blank inside an octet: each octet takes two digits";
    }
    t->len++;
    if (bad == NULL && digits % 2 != 0)
        bad = "an odd number of digits: each octet takes two digits";
    if (bad != NULL) {
        lex_bad(t, bad, NULL);
        return;
    }
    uint8_t *octets = ms_arena_alloc(p->a, digits / 2);
    size_t n = 0;
    for (size_t i = 2; i + 1 < t->len; i++) {
        const int d = hex_digit(at(p, t->off + i));
        if (d >= 0) {
            octets[n / 2] = (uint8_t)(octets[n / 2] << 4 | d);
            n++;
        }
    }
    t->kind = T_OCTETS;
    t->octets = octets;
    t->n_octets = digits / 2;
}

/* The octet behind a backslash; *used counts the characters of the escape after the backslash. */
static int escape(const struct lang_parser *p, size_t off, size_t *used)
{
    *used = 1;
    switch (at(p, off)) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case '\\':
        return '\\';
    case '"':
        return '"';
    case 'x': {
        const int high = hex_digit(at(p, off + 1));
        const int low = high >= 0 ? hex_digit(at(p, off + 2)) : -1;
        if (low < 0)
            return -1;
        *used = 3;
        return high << 4 | low;
    }
    default:
        return -1;
    }
}

void lex_string(struct lang_parser *p, struct lang_token *t)
{
    size_t end = t->off + 1;
    while (end < p->len && p->text[end] != '"' && p->text[end] != '\n')
        end += p->text[end] == '\\' && end + 1 < p->len && p->text[end + 1] != '\n' ? 2 : 1;
    if (end >= p->len || p->text[end] != '"') {
        t->len = (end < p->len ? end : p->len) - t->off;
        lex_bad(t, "the closing quote is missing", NULL);
        return;
    }
    t->len = end + 1 - t->off;
    char *s = ms_arena_alloc(p->a, t->len);
    size_t n = 0;
    for (size_t i = t->off + 1; i < end;) {
        int c = (unsigned char)p->text[i++];
        if (c == '\\') {
            size_t used = 0;
            c = escape(p, i, &used);
            if (c < 0) {
                lex_bad(t, "unknown escape in a string", "known are \\n \\t \\\\ \\\" \\xNN");
                return;
            }
            i += used;
        } else if (c < 0x20 && c != '\t') {
            lex_bad(t, "a control character in a string", "write it as \\xNN");
            return;
        }
        s[n++] = (char)c;
    }
    t->kind = T_STRING;
    t->text = s;
    t->octets = (const uint8_t *)s;
    t->n_octets = n;
}

/* [2001:db8::1]; false when the bracket opens something else. */
bool lex_bracket_addr(struct lang_parser *p, struct lang_token *t)
{
    size_t n = 1, colons = 0;
    for (char c; hex_digit(c = at(p, t->off + n)) >= 0 || c == ':' || c == '.'; n++)
        colons += c == ':';
    if (at(p, t->off + n) != ']' || colons == 0)
        return false;
    t->len = n + 1;
    t->kind = T_ADDR;
    const char *text = ms_arena_strndup(p->a, p->text + t->off + 1, n - 1 < 64 ? n - 1 : 64);
    if (n - 1 > 45 || ms_addr_parse(text, &t->addr) != MS_OK)
        lex_bad(t, "not an IPv6 address", NULL);
    return true;
}
