/* SPDX-License-Identifier: MIT */
/* Names of results, made fit for a file system. */
#include <ctype.h>
#include <string.h>

#include "mptcpspec/report.h"

void ms_evidence_dir(const char *name, unsigned repetition, char *out, size_t cap)
{
    enum { LONGEST = 180 }; /* leaves room for the suffixes within NAME_MAX, whatever the depth */
    uint32_t hash = 2166136261u; /* FNV-1a: two names that look alike once made safe stay apart */
    bool changed = false;
    size_t n = 0;
    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char)*p;
        hash = (hash ^ c) * 16777619u;
        bool dots = c == '.' && (n == 0 || out[n - 1] == '/');
        bool ok = (isalnum(c) || strchr("._=+-/", c)) && !dots;
        if (n >= LONGEST || n + 24 >= cap) {
            changed = true;
            continue;
        }
        out[n++] = ok ? (char)c : '_';
        changed = changed || !ok;
    }
    out[n] = '\0';
    if (changed)
        n += (size_t)snprintf(out + n, cap - n, "-%08x", hash);
    if (repetition)
        snprintf(out + n, cap - n, "~%u", repetition + 1);
}
