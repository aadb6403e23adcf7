/* SPDX-License-Identifier: MIT */
/* Words, keys and values into lines; base64 both ways. */
#include "mptcpspec/agent.h"

#include <stdio.h>
#include <string.h>

#include "agent/codec.h"

void codec_put(struct ms_agent_out *o, const char *p, size_t n)
{
    if (o->overflow || n > sizeof o->buf - 1 - o->len) { /* the '\n' has its place */
        o->overflow = true;
        return;
    }
    memcpy(o->buf + o->len, p, n);
    o->len += n;
}

void codec_put_encoded(struct ms_agent_out *o, const void *p, size_t n, const char *more)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *at = p;

    for (size_t i = 0; i < n && !o->overflow; i++) {
        char c[3] = {(char)at[i]};
        bool plain = codec_plain(at[i]) && strchr(more, c[0]) == NULL;
        if (!plain) {
            c[0] = '%';
            c[1] = digits[at[i] >> 4];
            c[2] = digits[at[i] & 15];
        }
        codec_put(o, c, plain ? 1 : 3);
    }
}

void codec_put_key(struct ms_agent_out *o, const char *key)
{
    codec_put(o, " ", 1);
    codec_put(o, key, strlen(key));
    codec_put(o, "=", 1);
}

void ms_agent_begin(struct ms_agent_out *o, uint32_t session, uint32_t id, const char *word)
{
    char head[32];

    o->len = 0;
    o->overflow = false;
    codec_put(o, head, (size_t)snprintf(head, sizeof head, "%u.%u", session, id));
    ms_agent_put_word(o, word);
}

void ms_agent_put_word(struct ms_agent_out *o, const char *word)
{
    codec_put(o, " ", 1);
    codec_put(o, word, strlen(word));
}

void ms_agent_put_textn(struct ms_agent_out *o, const char *key, const void *text, size_t n)
{
    codec_put_key(o, key);
    codec_put_encoded(o, text, n, "");
}

void ms_agent_put_text(struct ms_agent_out *o, const char *key, const char *text)
{
    ms_agent_put_textn(o, key, text, strlen(text));
}

void ms_agent_put_unsigned(struct ms_agent_out *o, const char *key, uint64_t v)
{
    char text[24];
    codec_put_key(o, key);
    codec_put(o, text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)v));
}

void ms_agent_put_signed(struct ms_agent_out *o, const char *key, int64_t v)
{
    char text[24];
    codec_put_key(o, key);
    codec_put(o, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)v));
}

void ms_agent_put_addr(struct ms_agent_out *o, const char *key, const struct ms_addr *a)
{
    char text[46];
    ms_agent_put_text(o, key, ms_addr_text(a, text));
}

int ms_agent_end(struct ms_agent_out *o)
{
    if (o->overflow) {
        o->len = 0;
        return MS_ERR_SPACE;
    }
    o->buf[o->len++] = '\n';
    return MS_OK;
}

/* ---- base64, RFC 4648 4 ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* '+' and '/' stand for themselves in a value; the padding is written %3D. */
void ms_agent_put_octets(struct ms_agent_out *o, const char *key, const uint8_t *p, size_t n)
{
    codec_put_key(o, key);
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                     (left > 2 ? p[i + 2] : 0);
        char four[4] = {alphabet[v >> 18], alphabet[v >> 12 & 63], alphabet[v >> 6 & 63],
                        alphabet[v & 63]};
        codec_put(o, four, left > 2 ? 4 : left + 1);
        for (size_t pad = left; pad < 3; pad++)
            codec_put(o, "%3D", 3);
    }
}

static int digit(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

int ms_agent_get_octets(const struct ms_agent_text *t, uint8_t out[MS_AGENT_OCTETS_MAX], size_t *n)
{
    char text[MS_AGENT_LINE_MAX];
    int rc = ms_agent_get_text(t, text, sizeof text);
    if (rc != MS_OK)
        return rc;
    size_t len = strlen(text), pad = 0, made = 0;
    while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
        pad++;
    if (len % 4 != 0)
        return MS_ERR_PARSE;
    if (len / 4 * 3 - pad > MS_AGENT_OCTETS_MAX)
        return MS_ERR_RANGE;
    uint32_t v = 0;
    for (size_t i = 0; i < len; i++) {
        int d = i < len - pad ? digit(text[i]) : 0;
        if (d < 0)
            return MS_ERR_PARSE;
        v = v << 6 | (uint32_t)d;
        if (i % 4 != 3)
            continue;
        size_t here = i == len - 1 ? 3 - pad : 3;
        if (here < 3 && (v & ((1u << 8 * (3 - here)) - 1)) != 0)
            return MS_ERR_PARSE; /* bits that no octet takes are 0 */
        for (size_t k = 0; k < here; k++)
            out[made++] = (uint8_t)(v >> (16 - 8 * k));
        v = 0;
    }
    *n = made;
    return MS_OK;
}
