/* SPDX-License-Identifier: MIT */
/* How many octets the options of a segment take at least: more than 40 fit no TCP header (RFC 9293 3.1). */
#include "lang/internal.h"

#include <string.h>

static const struct ms_arg *arg_find(const struct ms_optspec *o, const char *name)
{
    for (size_t i = 0; i < o->n_args; i++)
        if (strcmp(o->arg[i].name, name) == 0 && !o->arg[i].negated)
            return &o->arg[i];
    return NULL;
}

/* RFC 8684 3.1: 4 octets in a SYN, 12 in a SYN/ACK, 20 or more in an ACK. */
static unsigned capable(const struct ms_segspec *s, const struct ms_optspec *o)
{
    const uint8_t hs = s->flags & (MS_TH_SYN | MS_TH_ACK);
    (void)o;
    return hs == MS_TH_SYN ? 4 : hs == (MS_TH_SYN | MS_TH_ACK) ? 12 : hs == MS_TH_ACK ? 20 : 4;
}

/* RFC 8684 3.2: 12 octets in a SYN, 16 in a SYN/ACK, 24 in an ACK. */
static unsigned join(const struct ms_segspec *s, const struct ms_optspec *o)
{
    const uint8_t hs = s->flags & (MS_TH_SYN | MS_TH_ACK);
    (void)o;
    return hs == (MS_TH_SYN | MS_TH_ACK) ? 16 : hs == MS_TH_ACK ? 24 : 12;
}

/* RFC 8684 3.3: 4, a Data ACK of 4 or 8, a mapping of 10 or 14, a checksum of 2. */
static unsigned dss(const struct ms_segspec *s, const struct ms_optspec *o)
{
    unsigned n = 4;
    (void)s;
    if (arg_find(o, "ack") != NULL || arg_find(o, "dack") != NULL || arg_find(o, "dack4") != NULL)
        n += 4;
    if (arg_find(o, "map") != NULL || arg_find(o, "dsn") != NULL || arg_find(o, "dsn4") != NULL ||
        arg_find(o, "ssn") != NULL || arg_find(o, "dll") != NULL)
        n += 10;
    return arg_find(o, "csum") != NULL ? n + 2 : n;
}

/* RFC 8684 3.4.1: 8 octets for an IPv4 address, 2 for a port, 8 for an HMAC. */
static unsigned add_addr(const struct ms_segspec *s, const struct ms_optspec *o)
{
    (void)s;
    return 8u + (arg_find(o, "port") != NULL ? 2u : 0u) + (arg_find(o, "hmac") != NULL ? 8u : 0u);
}

static unsigned raw(const struct ms_segspec *s, const struct ms_optspec *o)
{
    const struct ms_arg *a = arg_find(o, "octets");
    (void)s;
    return a != NULL && a->value != NULL && a->value->kind == MS_X_OCTETS
               ? (unsigned)(a->value->len < 1000 ? a->value->len : 1000)
               : 1;
}

static const struct {
    const char *name;
    unsigned fixed;
    unsigned (*length)(const struct ms_segspec *s, const struct ms_optspec *o);
} lengths[] = {
    {"mp_capable", 0, capable},
    {"mp_join", 0, join},
    {"dss", 0, dss},
    {"add_addr", 0, add_addr},
    {"remove_addr", 4, NULL},
    {"mp_prio", 3, NULL},
    {"mp_fail", 12, NULL},
    {"mp_fastclose", 12, NULL},
    {"mp_tcprst", 4, NULL},
    {"mss", 4, NULL},
    {"wscale", 3, NULL},
    {"sack_ok", 2, NULL},
    {"sack", 10, NULL},
    {"ts", 10, NULL},
    {"fastopen", 2, NULL},
    {"nop", 1, NULL},
    {"eol", 1, NULL},
    {"mptcp", 3, NULL},
    {"raw", 0, raw},
};

/* Several patterns of one option describe the same option when they are expected. */
static bool said_before(const struct ms_segspec *s, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (s->opt[k].name == s->opt[i].name && !s->opt[k].negated)
            return true;
    return false;
}

unsigned lang_options_length(const struct ms_segspec *s, bool send)
{
    unsigned sum = 0;
    for (size_t i = 0; i < s->n_opts && sum < 100000; i++) {
        if (!send && !s->exact_options && said_before(s, i))
            continue;
        for (size_t k = 0; k < MS_ARRAY_LEN(lengths) && !s->opt[i].negated; k++)
            if (strcmp(s->opt[i].name->name, lengths[k].name) == 0)
                sum +=
                    lengths[k].length != NULL ? lengths[k].length(s, &s->opt[i]) : lengths[k].fixed;
    }
    return sum;
}
