/* SPDX-License-Identifier: MIT */
/* Completions into reply lines, and back. */
#include <stdio.h>
#include <string.h>

#include "agent/codec.h"

enum {
    ITEM_ROOM = 3 * 64 + 24,    /* one NAME:VALUE, however it is encoded */
    GATHERED_MAX = 1024 * 1024, /* octets of values that one reply may bring */
    OCTETS_GATHERED = MS_AGENT_DATA_LINES * MS_AGENT_OCTETS_MAX,
};

bool codec_split(struct ms_agent_text *rest, char by, struct ms_agent_text *piece)
{
    if (rest->n == 0)
        return false;
    const char *at = memchr(rest->p, by, rest->n);
    size_t n = at != NULL ? (size_t)(at - rest->p) : rest->n;
    *piece = (struct ms_agent_text){rest->p, n};
    size_t over = at != NULL ? n + 1 : n;
    rest->p += over;
    rest->n -= over;
    return true;
}

static void add(struct ms_buf *b, struct ms_agent_out *o)
{
    if (ms_agent_end(o) == MS_OK)
        ms_buf_add(b, o->buf, o->len);
}

/* ---- values ---- */

struct item {
    const char *name;
    size_t n;
    uint64_t value;
};

/* The item at *at of a completion's data, counters or MPTCP_INFO. */
static struct item item_at(const struct ms_done *d, size_t i)
{
    if (d->kind == MS_VERB_COUNTERS) {
        const struct ms_counter *c = (const struct ms_counter *)d->data + i;
        return (struct item){c->name, strnlen(c->name, sizeof c->name), c->value};
    }
    const struct ms_mptcp_info_item *m = (const struct ms_mptcp_info_item *)d->data + i;
    return (struct item){m->name, strnlen(m->name, sizeof m->name), m->value};
}

static size_t item_size(enum ms_verb_kind kind)
{
    return kind == MS_VERB_COUNTERS ? sizeof(struct ms_counter) : sizeof(struct ms_mptcp_info_item);
}

static void put_values(struct ms_buf *b, uint32_t session, uint32_t id, const struct ms_done *d)
{
    struct ms_agent_out o;
    size_t n = d->len / item_size(d->kind);
    bool open = false;

    for (size_t i = 0; i < n; i++) {
        struct item it = item_at(d, i);
        char number[24];
        if (open && o.len + ITEM_ROOM > sizeof o.buf - 1) {
            add(b, &o);
            open = false;
        }
        if (open) {
            codec_put(&o, ",", 1);
        } else {
            ms_agent_begin(&o, session, id, "data");
            codec_put_key(&o, "v");
            open = true;
        }
        codec_put_encoded(&o, it.name, it.n, ",:");
        codec_put(&o, number,
                  (size_t)snprintf(number, sizeof number, ":%llu", (unsigned long long)it.value));
    }
    if (open)
        add(b, &o);
}

static int take_item(struct ms_agent_gather *g, const struct ms_agent_text *piece)
{
    const char *colon = memchr(piece->p, ':', piece->n);
    struct ms_counter c = {{0}, 0};
    struct ms_mptcp_info_item m = {{0}, 0};
    bool counter = g->kind == MS_VERB_COUNTERS;
    uint64_t value;

    if (colon == NULL || g->data.len + item_size(g->kind) > GATHERED_MAX)
        return MS_ERR_PARSE;
    struct ms_agent_text name = {piece->p, (size_t)(colon - piece->p)};
    if (codec_decimal(colon + 1, piece->n - name.n - 1, UINT64_MAX, &value) != MS_OK ||
        ms_agent_get_text(&name, counter ? c.name : m.name,
                          counter ? sizeof c.name : sizeof m.name) != MS_OK)
        return MS_ERR_PARSE;
    c.value = m.value = value;
    if (counter)
        ms_buf_add(&g->data, &c, sizeof c);
    else
        ms_buf_add(&g->data, &m, sizeof m);
    return MS_OK;
}

static int take_values(struct ms_agent_gather *g, const struct ms_agent_line *l,
                       struct ms_error *err)
{
    const struct ms_agent_text *v = ms_agent_find(l, "v");
    struct ms_agent_text rest = v != NULL ? *v : (struct ms_agent_text){"", 0}, piece;

    if (v == NULL)
        return ms_fail(err, MS_ERR_PARSE, "the agent's data line has no values");
    while (codec_split(&rest, ',', &piece))
        if (take_item(g, &piece) != MS_OK)
            return ms_fail(err, MS_ERR_PARSE, "the agent's values are not NAME:NUMBER");
    return MS_OK;
}

/* ---- completions ---- */

static void put_failure(struct ms_buf *b, uint32_t session, uint32_t id, const struct ms_done *d)
{
    struct ms_agent_out o;
    char room[16];

    ms_agent_begin(&o, session, id, "err");
    ms_agent_put_word(&o, ms_agent_errno_name(d->err, room));
    if (d->num != 0)
        ms_agent_put_unsigned(&o, "num", d->num);
    if (d->data != NULL && d->len != 0)
        ms_agent_put_textn(&o, "text", d->data, d->len < 1024 ? d->len : 1024);
    add(b, &o);
}

void ms_agent_put_done(struct ms_buf *b, uint32_t session, uint32_t id, const struct ms_done *done)
{
    const struct ms_agent_verb *verb = ms_agent_verb_of(done->kind);
    enum ms_agent_reply says = verb != NULL ? verb->reply : MS_AGENT_SAYS_NUM;
    struct ms_agent_out o;

    if (done->err != 0) {
        put_failure(b, session, id, done);
        return;
    }
    if (says == MS_AGENT_SAYS_VALUES && done->data != NULL)
        put_values(b, session, id, done);
    ms_agent_begin(&o, session, id, "ok");
    ms_agent_put_unsigned(&o, "num", done->num);
    if (says == MS_AGENT_SAYS_NAME || says == MS_AGENT_SAYS_TEXT)
        ms_agent_put_textn(&o, says == MS_AGENT_SAYS_NAME ? "name" : "text",
                           done->data != NULL ? done->data : "",
                           done->data != NULL ? done->len : 0);
    if (o.overflow) /* a text that takes more than a line cannot be told */
        ms_agent_put_error(&o, session, id, MS_AGENT_INTERNAL, "the answer is longer than a line");
    else
        ms_agent_end(&o);
    ms_buf_add(b, o.buf, o.len);
}

static int no_reply(const struct ms_agent_line *l, struct ms_error *err)
{
    return ms_fail(err, MS_ERR_PARSE, "the agent's line is no reply: %.*s",
                   (int)(l->word.n < 32 ? l->word.n : 32), l->word.p);
}

/* A text of the line becomes what is gathered. */
static int take_text(struct ms_agent_gather *g, const struct ms_agent_line *l, const char *key,
                     struct ms_error *err)
{
    char text[MS_AGENT_LINE_MAX] = "";

    g->data.len = 0;
    if (ms_agent_key_text(l, key, text, sizeof text, err) != MS_OK)
        return ms_fail(err, MS_ERR_PARSE, "the agent's %s= cannot be read", key);
    ms_buf_add(&g->data, text, strlen(text));
    return MS_OK;
}

static int take_end(struct ms_agent_gather *g, const struct ms_agent_line *l, int error,
                    struct ms_done *done, struct ms_error *err)
{
    const struct ms_agent_verb *verb = ms_agent_verb_of(g->kind);
    enum ms_agent_reply says = verb != NULL ? verb->reply : MS_AGENT_SAYS_NUM;
    uint64_t num = 0;
    int rc = ms_agent_key_unsigned(l, "num", UINT64_MAX, &num, err);

    if (rc == MS_OK && error != 0)
        rc = take_text(g, l, "text", err);
    else if (rc == MS_OK && says != MS_AGENT_SAYS_NUM && says != MS_AGENT_SAYS_VALUES)
        rc = take_text(g, l, says == MS_AGENT_SAYS_NAME ? "name" : "text", err);
    if (rc != MS_OK)
        return rc;
    *done = (struct ms_done){.kind = g->kind,
                             .err = error,
                             .num = num,
                             .data = g->data.len != 0 ? g->data.data : NULL,
                             .len = g->data.len};
    return 1;
}

int ms_agent_take_done(struct ms_agent_gather *g, const struct ms_agent_line *l,
                       struct ms_done *done, struct ms_error *err)
{
    enum ms_agent_error own;
    bool values = ms_agent_verb_of(g->kind) != NULL &&
                  ms_agent_verb_of(g->kind)->reply == MS_AGENT_SAYS_VALUES;

    if (ms_agent_is(&l->word, "started") && !g->started) {
        g->started = true;
        return 0;
    }
    if (ms_agent_is(&l->word, "data") && values)
        return take_values(g, l, err);
    if (ms_agent_is(&l->word, "ok"))
        return take_end(g, l, 0, done, err);
    if (!ms_agent_is(&l->word, "err"))
        return no_reply(l, err);
    int error = ms_agent_errno_find(&l->name);
    if (ms_agent_error_find(&l->name, &own) || error == 0)
        return ms_agent_take_error(l, err);
    return take_end(g, l, error, done, err);
}

int ms_agent_take_octets(struct ms_agent_gather *g, const struct ms_agent_line *l, uint64_t *total,
                         struct ms_error *err)
{
    const struct ms_agent_text *b64 = ms_agent_find(l, "b64");
    uint8_t octets[MS_AGENT_OCTETS_MAX];
    size_t n;

    if (ms_agent_is(&l->word, "data")) {
        if (b64 == NULL || ms_agent_get_octets(b64, octets, &n) != MS_OK)
            return ms_fail(err, MS_ERR_PARSE, "the agent's octets are not base64");
        if (g->data.len + n > OCTETS_GATHERED)
            return ms_fail(err, MS_ERR_RANGE, "the agent sends more octets than a reply may have");
        ms_buf_add(&g->data, octets, n);
        return 0;
    }
    if (ms_agent_is(&l->word, "err"))
        return ms_agent_take_error(l, err);
    if (!ms_agent_is(&l->word, "ok") || ms_agent_find(l, "total") == NULL)
        return no_reply(l, err);
    int rc = ms_agent_key_unsigned(l, "total", UINT64_MAX, total, err);
    return rc == MS_OK ? 1 : rc;
}

void ms_agent_gather_free(struct ms_agent_gather *g)
{
    ms_buf_free(&g->data);
}
