/* SPDX-License-Identifier: MIT */
/* hello and its answer: who is there, what it can do. */
#include <stdio.h>
#include <string.h>

#include "agent/codec.h"

int ms_agent_put_hello(struct ms_agent_out *o, uint32_t id, unsigned version, const char *nonce)
{
    ms_agent_begin(o, 0, id, "hello");
    ms_agent_put_unsigned(o, "version", version);
    ms_agent_put_text(o, "nonce", nonce);
    return ms_agent_end(o);
}

/* What of the answer goes one to one into the struct: unsigned numbers, 0 and 1, texts. */
enum form { NUMBER, TRUTH, WORD };
#define AT(form, member)                                                                           \
    form, offsetof(struct ms_agent_hello, member), sizeof(((struct ms_agent_hello *)0)->member)
static const struct fact {
    const char *key;
    enum form form;
    size_t at, size;
} facts[] = {
    {"version", AT(NUMBER, version)},
    {"nonce", AT(WORD, nonce)},
    {"agent", AT(WORD, agent)},
    {"system", AT(WORD, system)},
    {"release", AT(WORD, kernel.release)},
    {"kernel_version", AT(WORD, kernel.version)},
    {"machine", AT(WORD, machine)},
    {"processors", AT(NUMBER, processors)},
    {"mptcp", AT(TRUTH, kernel.mptcp)},
    {"pm", AT(TRUTH, kernel.pm_netlink)},
    {"full_info", AT(TRUTH, kernel.full_info)},
    {"config_sha256", AT(WORD, kernel.config_sha256)},
    {"max_line", AT(NUMBER, max_line)},
    {"max_sessions", AT(NUMBER, max_sessions)},
};

static void put_list(struct ms_agent_out *o, const char *word, bool *any)
{
    if (*any)
        codec_put(o, ",", 1);
    codec_put_encoded(o, word, strlen(word), ",");
    *any = true;
}

static void put_lists(struct ms_agent_out *o, const struct ms_agent_hello *h)
{
    char word[32];
    bool any = false;

    codec_put_key(o, "modes");
    if (h->fresh)
        put_list(o, "fresh", &any);
    if (h->shared)
        put_list(o, "shared", &any);
    codec_put_key(o, "ifaces");
    any = false;
    for (unsigned i = 0; i < h->n_ifaces; i++)
        put_list(o, h->iface[i], &any);
    codec_put_key(o, "verbs");
    any = false;
    for (size_t i = 0; i < ms_agent_n_verbs; i++)
        if (h->verbs >> ms_agent_verbs[i].kind & 1)
            put_list(o, ms_agent_verb_word(ms_agent_verbs[i].kind, word), &any);
    if (h->received)
        put_list(o, "received", &any);
}

int ms_agent_put_facts(struct ms_agent_out *o, uint32_t id, const struct ms_agent_hello *h)
{
    char room[16];

    ms_agent_begin(o, 0, id, "ok");
    for (size_t i = 0; i < MS_ARRAY_LEN(facts); i++) {
        const void *at = (const char *)h + facts[i].at;
        switch (facts[i].form) {
        case NUMBER:
            ms_agent_put_unsigned(o, facts[i].key, *(const unsigned *)at);
            break;
        case TRUTH:
            ms_agent_put_unsigned(o, facts[i].key, *(const bool *)at);
            break;
        case WORD:
            ms_agent_put_text(o, facts[i].key, at);
            break;
        }
    }
    if (h->kernel.mptcp_errno != 0)
        ms_agent_put_text(o, "mptcp_errno", ms_agent_errno_name(h->kernel.mptcp_errno, room));
    put_lists(o, h);
    return ms_agent_end(o);
}

/* ---- and back ---- */

static int get_fact(const struct ms_agent_line *l, const struct fact *f, struct ms_agent_hello *h,
                    struct ms_error *err)
{
    void *at = (char *)h + f->at;
    uint64_t n = 0;
    int rc = MS_OK;

    switch (f->form) {
    case NUMBER:
        rc = ms_agent_key_unsigned(l, f->key, UINT32_MAX, &n, err);
        *(unsigned *)at = (unsigned)n;
        break;
    case TRUTH:
        rc = ms_agent_key_flag(l, f->key, at, err);
        break;
    case WORD:
        rc = ms_agent_key_text(l, f->key, at, f->size, err);
        break;
    }
    return rc;
}

static void get_verbs(const struct ms_agent_text *t, struct ms_agent_hello *h)
{
    struct ms_agent_text rest = *t, piece;

    while (codec_split(&rest, ',', &piece)) {
        const struct ms_agent_verb *verb = ms_agent_verb_find(&piece);
        if (verb != NULL)
            h->verbs |= (uint64_t)1 << verb->kind;
        h->received = h->received || ms_agent_is(&piece, "received");
    }
}

static int get_ifaces(const struct ms_agent_text *t, struct ms_agent_hello *h)
{
    struct ms_agent_text rest = *t, piece;

    while (codec_split(&rest, ',', &piece)) {
        if (h->n_ifaces == MS_PATHS_MAX ||
            ms_agent_get_text(&piece, h->iface[h->n_ifaces], sizeof h->iface[0]) != MS_OK)
            return MS_ERR_RANGE;
        h->n_ifaces++;
    }
    return MS_OK;
}

int ms_agent_get_facts(const struct ms_agent_line *l, struct ms_agent_hello *h,
                       struct ms_error *err)
{
    const struct ms_agent_text *t;
    struct ms_agent_text rest, piece;
    int rc = MS_OK;

    *h = (struct ms_agent_hello){0};
    if (!ms_agent_is(&l->word, "ok"))
        return ms_fail(err, MS_ERR_PARSE, "not an answer to hello");
    for (size_t i = 0; rc == MS_OK && i < MS_ARRAY_LEN(facts); i++)
        rc = get_fact(l, &facts[i], h, err);
    if (rc == MS_OK && (t = ms_agent_find(l, "ifaces")) != NULL)
        rc = codec_bad_value("ifaces", get_ifaces(t, h), err);
    if (rc == MS_OK && (t = ms_agent_find(l, "verbs")) != NULL) {
        get_verbs(t, h);
        rc = codec_bad_value("verbs", ms_agent_get_text(t, h->words, sizeof h->words), err);
    }
    if (rc != MS_OK)
        return ms_fail_context(err, "the agent's answer to hello"), rc;
    if ((t = ms_agent_find(l, "mptcp_errno")) != NULL)
        h->kernel.mptcp_errno = ms_agent_errno_find(t);
    if ((t = ms_agent_find(l, "modes")) != NULL) {
        rest = *t;
        while (codec_split(&rest, ',', &piece)) {
            h->fresh = h->fresh || ms_agent_is(&piece, "fresh");
            h->shared = h->shared || ms_agent_is(&piece, "shared");
        }
    }
    return MS_OK;
}
