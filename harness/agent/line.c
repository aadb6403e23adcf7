/* SPDX-License-Identifier: MIT */
/* Lines into words, keys and values. */
#include "mptcpspec/agent.h"

#include <string.h>

#include "agent/codec.h"

bool codec_plain(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("._:/,+@*<>()[]{}~!-", c) != NULL);
}

static bool key_octet(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

static bool word_octet(unsigned char c)
{
    return key_octet(c) || (c >= 'A' && c <= 'Z');
}

static int hex(unsigned char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

bool ms_agent_is(const struct ms_agent_text *t, const char *word)
{
    return t->n == strlen(word) && memcmp(t->p, word, t->n) == 0;
}

static bool same(const struct ms_agent_text *a, const struct ms_agent_text *b)
{
    return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

int codec_decimal(const char *p, size_t n, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (n == 0 || n > 20 || (n > 1 && *p == '0'))
        return MS_ERR_PARSE;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return MS_ERR_PARSE;
        unsigned digit = (unsigned)(p[i] - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return MS_ERR_RANGE;
        v = v * 10 + digit;
    }
    if (v > max)
        return MS_ERR_RANGE;
    *out = v;
    return MS_OK;
}

/* "S.ID" */
static bool address(const struct ms_agent_text *t, struct ms_agent_line *out)
{
    const char *dot = memchr(t->p, '.', t->n);
    uint64_t session, id;

    if (dot == NULL)
        return false;
    size_t at = (size_t)(dot - t->p);
    if (codec_decimal(t->p, at, UINT32_MAX, &session) != MS_OK ||
        codec_decimal(dot + 1, t->n - at - 1, UINT32_MAX, &id) != MS_OK)
        return false;
    out->session = (uint32_t)session;
    out->id = (uint32_t)id;
    return true;
}

/* The token at *at, which goes behind it and behind one space. */
static struct ms_agent_text token(const char *p, size_t n, size_t *at)
{
    size_t from = *at, end = from;
    while (end < n && p[end] != ' ')
        end++;
    *at = end < n ? end + 1 : end;
    return (struct ms_agent_text){p + from, end - from};
}

static bool is_word(const struct ms_agent_text *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (!word_octet((unsigned char)t->p[i]))
            return false;
    return t->n != 0;
}

static bool is_value(const struct ms_agent_text *t)
{
    for (size_t i = 0; i < t->n; i++) {
        unsigned char c = (unsigned char)t->p[i];
        if (codec_plain(c))
            continue;
        if (c != '%' || t->n - i < 3 || hex((unsigned char)t->p[i + 1]) < 0 ||
            hex((unsigned char)t->p[i + 2]) < 0)
            return false;
        i += 2;
    }
    return true;
}

static int key(const struct ms_agent_text *t, struct ms_agent_line *out, struct ms_error *err)
{
    const char *equals = memchr(t->p, '=', t->n);
    struct ms_agent_key k;

    if (equals == NULL)
        return ms_fail(err, MS_ERR_PARSE, "a word where key=value is due");
    k.name = (struct ms_agent_text){t->p, (size_t)(equals - t->p)};
    k.value = (struct ms_agent_text){equals + 1, t->n - k.name.n - 1};
    bool good = k.name.n != 0;
    for (size_t i = 0; i < k.name.n; i++)
        good = good && key_octet((unsigned char)k.name.p[i]);
    if (!good)
        return ms_fail(err, MS_ERR_PARSE, "a key is made of a-z, 0-9, _ and -");
    if (!is_value(&k.value))
        return ms_fail(err, MS_ERR_PARSE, "the value of %.*s is not encoded",
                       (int)(k.name.n < 32 ? k.name.n : 32), k.name.p);
    for (size_t i = 0; i < out->n_keys; i++)
        if (same(&out->key[i].name, &k.name))
            return ms_fail(err, MS_ERR_PARSE, "%.*s comes twice",
                           (int)(k.name.n < 32 ? k.name.n : 32), k.name.p);
    if (out->n_keys == MS_AGENT_KEYS_MAX)
        return ms_fail(err, MS_ERR_PARSE, "more than %d keys", MS_AGENT_KEYS_MAX);
    out->key[out->n_keys++] = k;
    return MS_OK;
}

int ms_agent_parse(const char *p, size_t n, struct ms_agent_line *out, struct ms_error *err)
{
    size_t at = 0;
    int rc = MS_OK;

    out->session = out->id = 0;
    out->addressed = false;
    out->word = out->name = (struct ms_agent_text){"", 0};
    out->n_keys = 0;
    if (n == 0)
        return ms_fail(err, MS_ERR_PARSE, "an empty line");
    struct ms_agent_text first = token(p, n, &at);
    out->addressed = address(&first, out);
    if (!out->addressed)
        return ms_fail(err, MS_ERR_PARSE, "no S.ID at the beginning");
    if (n >= MS_AGENT_LINE_MAX)
        return ms_fail(err, MS_ERR_PARSE, "longer than %d octets", MS_AGENT_LINE_MAX);
    out->word = token(p, n, &at);
    if (!is_word(&out->word))
        return ms_fail(err, MS_ERR_PARSE, "no verb behind S.ID");
    if (ms_agent_is(&out->word, "err")) {
        out->name = token(p, n, &at);
        if (!is_word(&out->name))
            return ms_fail(err, MS_ERR_PARSE, "no name behind err");
    }
    while (rc == MS_OK && at < n) {
        struct ms_agent_text t = token(p, n, &at);
        rc = key(&t, out, err);
    }
    if (rc == MS_OK && p[n - 1] == ' ')
        rc = ms_fail(err, MS_ERR_PARSE, "a space at the end");
    return rc;
}

const struct ms_agent_text *ms_agent_find(const struct ms_agent_line *l, const char *name)
{
    for (size_t i = 0; i < l->n_keys; i++)
        if (ms_agent_is(&l->key[i].name, name))
            return &l->key[i].value;
    return NULL;
}

int ms_agent_only(const struct ms_agent_line *l, const char *const *known, struct ms_error *err)
{
    for (size_t i = 0; i < l->n_keys; i++) {
        size_t k = 0;
        while (known[k] != NULL && !ms_agent_is(&l->key[i].name, known[k]))
            k++;
        if (known[k] == NULL)
            return ms_fail(err, MS_ERR_PARSE, "%.*s takes no key %.*s", (int)l->word.n, l->word.p,
                           (int)(l->key[i].name.n < 32 ? l->key[i].name.n : 32), l->key[i].name.p);
    }
    return MS_OK;
}

/* ---- values ---- */

int ms_agent_get_text(const struct ms_agent_text *t, char *out, size_t cap)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++, n++) {
        unsigned char c = (unsigned char)t->p[i];
        if (c == '%') {
            c = (unsigned char)(hex((unsigned char)t->p[i + 1]) << 4 |
                                hex((unsigned char)t->p[i + 2]));
            i += 2;
        }
        if (c == '\0')
            return MS_ERR_PARSE;
    }
    if (n >= cap)
        return MS_ERR_SPACE;
    n = 0;
    for (size_t i = 0; i < t->n; i++) {
        char c = t->p[i];
        if (c == '%') {
            c = (char)(hex((unsigned char)t->p[i + 1]) << 4 | hex((unsigned char)t->p[i + 2]));
            i += 2;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return MS_OK;
}

int ms_agent_get_unsigned(const struct ms_agent_text *t, uint64_t max, uint64_t *out)
{
    return codec_decimal(t->p, t->n, max, out);
}

int ms_agent_get_signed(const struct ms_agent_text *t, int64_t *out)
{
    bool minus = t->n != 0 && *t->p == '-';
    uint64_t v;
    int rc = codec_decimal(t->p + minus, t->n - minus, (uint64_t)INT64_MAX + minus, &v);

    if (rc != MS_OK)
        return rc;
    if (minus && v == 0)
        return MS_ERR_PARSE;
    *out = minus ? -(int64_t)(v - 1) - 1 : (int64_t)v;
    return MS_OK;
}

int ms_agent_get_flag(const struct ms_agent_text *t, bool *out)
{
    if (!ms_agent_is(t, "0") && !ms_agent_is(t, "1"))
        return MS_ERR_PARSE;
    *out = *t->p == '1';
    return MS_OK;
}

int ms_agent_get_addr(const struct ms_agent_text *t, struct ms_addr *out)
{
    char text[64];
    struct ms_addr a;
    int rc = ms_agent_get_text(t, text, sizeof text);

    if (rc != MS_OK || ms_addr_parse(text, &a) != MS_OK)
        return MS_ERR_PARSE;
    *out = a;
    return MS_OK;
}

int codec_bad_value(const char *key, int rc, struct ms_error *err)
{
    if (rc == MS_OK)
        return rc;
    return ms_fail(err, (enum ms_status)rc, "%s=: %s", key,
                   rc == MS_ERR_RANGE   ? "beyond its limits"
                   : rc == MS_ERR_SPACE ? "too long"
                                        : "not a value of its kind");
}

int ms_agent_key_text(const struct ms_agent_line *l, const char *name, char *out, size_t cap,
                      struct ms_error *err)
{
    const struct ms_agent_text *t = ms_agent_find(l, name);
    return t == NULL ? MS_OK : codec_bad_value(name, ms_agent_get_text(t, out, cap), err);
}

int ms_agent_key_unsigned(const struct ms_agent_line *l, const char *name, uint64_t max,
                          uint64_t *out, struct ms_error *err)
{
    const struct ms_agent_text *t = ms_agent_find(l, name);
    return t == NULL ? MS_OK : codec_bad_value(name, ms_agent_get_unsigned(t, max, out), err);
}

int ms_agent_key_flag(const struct ms_agent_line *l, const char *name, bool *out,
                      struct ms_error *err)
{
    const struct ms_agent_text *t = ms_agent_find(l, name);
    return t == NULL ? MS_OK : codec_bad_value(name, ms_agent_get_flag(t, out), err);
}
