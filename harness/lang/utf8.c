/* SPDX-License-Identifier: MIT */
/* Text goes into JSON and XML reports, so it has to be well-formed UTF-8 (RFC 3629 section 4). */
#include "lang/internal.h"

static bool continues(const unsigned char *s, size_t n, size_t want)
{
    if (n < want)
        return false;
    for (size_t i = 1; i < want; i++)
        if ((s[i] & 0xc0) != 0x80)
            return false;
    return true;
}

size_t lang_utf8(const char *text, size_t n)
{
    const unsigned char *s = (const unsigned char *)text;
    if (n == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return continues(s, n, 2) ? 2 : 0;
    if (s[0] >= 0xe0 && s[0] <= 0xef) {
        if (!continues(s, n, 3) || (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
            return 0;
        return 3;
    }
    if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        if (!continues(s, n, 4) || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
            return 0;
        return 4;
    }
    return 0;
}

bool lang_plain_text(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        const size_t step = lang_utf8(s + i, n - i);
        if (step == 0 || (unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return false;
        i += step;
    }
    return true;
}

/* The first octet of a file that is no text is reported; nothing else of such a file is worth a message. */
bool lang_text_is_good(struct lang_parser *p)
{
    unsigned line = 1;
    size_t start = 0;
    for (size_t i = 0; i < p->len;) {
        const size_t step = lang_utf8(p->text + i, p->len - i);
        if (step == 0 || p->text[i] == '\0') {
            const struct ms_loc at = {p->file, line, (unsigned)(i - start) + 1};
            if (step != 0)
                return lang_error_at(p, at, 1, NULL, "a NUL octet in a text file");
            return lang_error_at(p, at, 1, NULL, "octet 0x%02x is not UTF-8",
                                 (unsigned char)p->text[i]);
        }
        if (p->text[i] == '\n') {
            line++;
            start = i + 1;
        }
        i += step;
    }
    return true;
}
