/* SPDX-License-Identifier: MIT */
/* Text that came from a case's process, made fit for terminals, XML and JSON. */
#include <string.h>

#include "mptcpspec/runner.h"

/* Length of the valid UTF-8 sequence at `s` that XML 1.0 allows as characters (production 2), 0 if none. */
static size_t valid(const unsigned char *s)
{
    if (s[0] < 0x80)
        return s[0] >= 0x20 ? s[0] != 0x7f : s[0] == '\t' || s[0] == '\n';
    size_t n = s[0] >= 0xc2 && s[0] <= 0xdf   ? 2
               : s[0] >= 0xe0 && s[0] <= 0xef ? 3
               : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                              : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if (s[0] == 0xc2 && s[1] < 0xa0) /* C1 controls: escapes to some terminals */
        return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90)) /* overlong */
        return 0;
    if ((s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf4 && s[1] > 0x8f)) /* surrogates, beyond U+10FFFF */
        return 0;
    if (s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe) /* U+FFFE, U+FFFF */
        return 0;
    return n;
}

char *ms_text_clean(struct ms_arena *a, const char *s)
{
    char *out = ms_arena_strdup(a, s ? s : "");
    for (unsigned char *p = (unsigned char *)out; *p;) {
        size_t n = valid(p);
        if (n == 0)
            *p = '?';
        p += n ? n : 1;
    }
    return out;
}
