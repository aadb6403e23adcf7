/* SPDX-License-Identifier: MIT */
/* "Did you mean": edit distance in which two swapped neighbours count once. */
#include "mptcpspec/base.h"

#include <string.h>

#define WORD_MAX 48u

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    const unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
    unsigned rows[3][WORD_MAX + 1] = {{0}};
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            const unsigned cost = a[i - 1] != b[j - 1];
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + cost < now[j])
                now[j] = before[j - 2] + cost;
        }
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

const char *ms_nearest_word(const char *word, const char *const *words, size_t n)
{
    const size_t len = strlen(word);
    if (len == 0 || len > WORD_MAX)
        return NULL;
    /* About one slip in three letters; beyond that a suggestion only confuses. */
    unsigned limit = (unsigned)(len < 3 ? 1 : 1 + len / 3);
    const char *best = NULL;
    for (size_t i = 0; i < n; i++) {
        const size_t m = words[i] != NULL ? strlen(words[i]) : 0;
        if (m == 0 || m > WORD_MAX)
            continue;
        const unsigned d = distance(word, len, words[i], m);
        if (d <= limit && d < (len > m ? len : m)) {
            best = words[i];
            if (d == 0)
                break;
            limit = d - 1;
        }
    }
    return best;
}
