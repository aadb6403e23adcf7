/* SPDX-License-Identifier: MIT */
/* Target verbs: which keys each takes, requests into verbs and verbs into requests. */
#include <stdio.h>
#include <string.h>

#include "agent/codec.h"

#define NAME   MS_AGENT_NAME
#define ADDR   MS_AGENT_ADDR
#define LOCAL  MS_AGENT_LOCAL
#define PORT   MS_AGENT_PORT
#define LPORT  MS_AGENT_LPORT
#define PATH   MS_AGENT_PATH
#define FLAGS  MS_AGENT_FLAGS
#define NUM    MS_AGENT_NUM
#define NUM2   MS_AGENT_NUM2
#define TEXT   MS_AGENT_TEXT
#define TEXT2  MS_AGENT_TEXT2
#define PLAIN  MS_AGENT_PLAIN
#define EP     (ADDR | PORT | NUM | FLAGS | PATH) /* an endpoint */
#define ENDS   (LOCAL | LPORT | ADDR | PORT)      /* both ends of a subflow */
#define NUMBER MS_AGENT_SAYS_NUM
#define VALUES MS_AGENT_SAYS_VALUES
#define WORDS  MS_AGENT_SAYS_TEXT

const struct ms_agent_verb ms_agent_verbs[] = {
    {MS_VERB_LISTEN, NAME | ADDR | PORT | PLAIN, NUMBER, false},
    {MS_VERB_ACCEPT, NAME, MS_AGENT_SAYS_NAME, false},
    {MS_VERB_CONNECT, NAME | ENDS | PLAIN, NUMBER, false},
    {MS_VERB_SEND, NAME | NUM, NUMBER, false},
    {MS_VERB_RECV, NAME | NUM, NUMBER, false},
    {MS_VERB_EXPECT_EOF, NAME, NUMBER, false},
    {MS_VERB_SHUTDOWN, NAME | TEXT, NUMBER, false},
    {MS_VERB_CLOSE, NAME, NUMBER, false},
    {MS_VERB_CLOSE_LISTENER, NAME, NUMBER, false},
    {MS_VERB_STOP_READING, NAME, NUMBER, false},
    {MS_VERB_START_READING, NAME, NUMBER, false},
    {MS_VERB_URGENT, NAME, NUMBER, false},
    {MS_VERB_SOCKOPT, NAME | TEXT | NUM, NUMBER, false},
    {MS_VERB_NAMES, NAME, WORDS, false},
    {MS_VERB_DIGEST, NAME, WORDS, false},
    {MS_VERB_SYSCTL, TEXT | TEXT2, NUMBER, true},
    {MS_VERB_SYSCTL_GET, TEXT, WORDS, false},
    {MS_VERB_ENDPOINT_ADD, EP, NUMBER, true},
    {MS_VERB_ENDPOINT_DEL, EP, NUMBER, true},
    {MS_VERB_ENDPOINT_FLAGS, EP, NUMBER, true},
    {MS_VERB_ENDPOINT_FLUSH, 0, NUMBER, true},
    {MS_VERB_LIMITS, NUM | NUM2, NUMBER, true},
    {MS_VERB_PM_ANNOUNCE, EP | NUM2, NUMBER, true},
    {MS_VERB_PM_REMOVE, NUM | NUM2, NUMBER, true},
    {MS_VERB_PM_CREATE, ENDS | NUM | NUM2 | FLAGS | PATH, NUMBER, true},
    {MS_VERB_PM_DESTROY, ENDS | NUM | NUM2 | FLAGS | PATH, NUMBER, true},
    {MS_VERB_ADDR_ADD, ADDR | NUM | PATH, NUMBER, true},
    {MS_VERB_ADDR_DEL, ADDR | NUM | PATH, NUMBER, true},
    {MS_VERB_LINK, NUM | PATH, NUMBER, true},
    {MS_VERB_COUNTERS, 0, VALUES, false},
    {MS_VERB_MPTCP_INFO, NAME, VALUES, false},
    {MS_VERB_MPTCP_FULL_INFO, NAME, VALUES, false},
};
const size_t ms_agent_n_verbs = MS_ARRAY_LEN(ms_agent_verbs);

const struct ms_agent_verb *ms_agent_verb_of(enum ms_verb_kind kind)
{
    for (size_t i = 0; i < ms_agent_n_verbs; i++)
        if (ms_agent_verbs[i].kind == kind)
            return &ms_agent_verbs[i];
    return NULL;
}

const char *ms_agent_verb_word(enum ms_verb_kind kind, char out[32])
{
    snprintf(out, 32, "%s", ms_verb_name(kind));
    for (char *p = out; *p != '\0'; p++)
        if (*p == '_')
            *p = '-';
    return out;
}

const struct ms_agent_verb *ms_agent_verb_find(const struct ms_agent_text *word)
{
    char own[32];

    for (size_t i = 0; i < ms_agent_n_verbs; i++)
        if (ms_agent_is(word, ms_agent_verb_word(ms_agent_verbs[i].kind, own)))
            return &ms_agent_verbs[i];
    return NULL;
}

/* ---- keys ---- */

static const struct {
    const char *name;
    unsigned flag;
} endpoint_flags[] = {
    {"signal", MS_EP_SIGNAL},
    {"subflow", MS_EP_SUBFLOW},
    {"backup", MS_EP_BACKUP},
    {"fullmesh", MS_EP_FULLMESH},
};

static int get_flags(const struct ms_agent_text *t, unsigned *out)
{
    struct ms_agent_text rest = *t, piece;
    unsigned flags = 0;

    while (codec_split(&rest, ',', &piece)) {
        size_t i = 0;
        while (i < MS_ARRAY_LEN(endpoint_flags) && !ms_agent_is(&piece, endpoint_flags[i].name))
            i++;
        if (i == MS_ARRAY_LEN(endpoint_flags))
            return MS_ERR_PARSE;
        flags |= endpoint_flags[i].flag;
    }
    *out = flags;
    return MS_OK;
}

static void put_flags(struct ms_agent_out *o, const char *key, unsigned flags)
{
    bool any = false;

    codec_put_key(o, key);
    for (size_t i = 0; i < MS_ARRAY_LEN(endpoint_flags); i++) {
        if (!(flags & endpoint_flags[i].flag))
            continue;
        if (any)
            codec_put(o, ",", 1);
        codec_put(o, endpoint_flags[i].name, strlen(endpoint_flags[i].name));
        any = true;
    }
}

enum form {
    NAME_FORM,
    TEXT_FORM,
    LONG_FORM,
    ADDR_FORM,
    PORT_FORM,
    PATH_FORM,
    FLAGS_FORM,
    NUM_FORM,
    BOOL_FORM
};

static const struct field {
    unsigned bit;
    const char *name;
    enum form form;
    size_t at;
} fields[] = {
    {NAME, "name", NAME_FORM, offsetof(struct ms_verb, name)},
    {ADDR, "addr", ADDR_FORM, offsetof(struct ms_verb, addr)},
    {LOCAL, "local", ADDR_FORM, offsetof(struct ms_verb, local)},
    {PORT, "port", PORT_FORM, offsetof(struct ms_verb, port)},
    {LPORT, "lport", PORT_FORM, offsetof(struct ms_verb, local_port)},
    {PATH, "path", PATH_FORM, offsetof(struct ms_verb, path)},
    {FLAGS, "flags", FLAGS_FORM, offsetof(struct ms_verb, flags)},
    {NUM, "num", NUM_FORM, offsetof(struct ms_verb, num)},
    {NUM2, "num2", NUM_FORM, offsetof(struct ms_verb, num2)},
    {TEXT, "text", TEXT_FORM, offsetof(struct ms_verb, text)},
    {TEXT2, "text2", LONG_FORM, offsetof(struct ms_verb, text2)},
    {PLAIN, "plain", BOOL_FORM, offsetof(struct ms_verb, plain_tcp)},
};

const char *ms_agent_key_name(unsigned bit)
{
    for (size_t i = 0; i < MS_ARRAY_LEN(fields); i++)
        if (fields[i].bit == bit)
            return fields[i].name;
    return "?";
}

static int get_string(const struct ms_agent_text *t, char *room, size_t cap, const char **out)
{
    int rc = ms_agent_get_text(t, room, cap);
    if (rc == MS_OK)
        *out = room;
    return rc;
}

static int get_field(const struct field *f, const struct ms_agent_text *t, struct ms_verb *v,
                     struct ms_agent_strings *s)
{
    void *at = (char *)v + f->at;
    uint64_t n = 0;
    int rc = MS_OK;

    switch (f->form) {
    case NAME_FORM:
        return get_string(t, s->name, sizeof s->name, at);
    case TEXT_FORM:
        return get_string(t, s->text, sizeof s->text, at);
    case LONG_FORM:
        return get_string(t, s->text2, sizeof s->text2, at);
    case ADDR_FORM:
        return ms_agent_get_addr(t, at);
    case PORT_FORM:
        rc = ms_agent_get_unsigned(t, UINT16_MAX, &n);
        *(uint16_t *)at = (uint16_t)n;
        return rc;
    case PATH_FORM:
        rc = ms_agent_get_unsigned(t, MS_PATHS_MAX - 1, &n);
        *(int *)at = rc == MS_OK ? (int)n : -1;
        return rc;
    case FLAGS_FORM:
        return get_flags(t, at);
    case NUM_FORM:
        return ms_agent_get_signed(t, at);
    case BOOL_FORM:
        return ms_agent_get_flag(t, at);
    }
    return rc;
}

int ms_agent_get_verb(const struct ms_agent_line *l, struct ms_verb *v, struct ms_agent_strings *s,
                      struct ms_error *err)
{
    const struct ms_agent_verb *verb = ms_agent_verb_find(&l->word);
    if (verb == NULL)
        return ms_fail(err, MS_ERR_UNSUPPORTED, "no verb %.*s",
                       (int)(l->word.n < 32 ? l->word.n : 32), l->word.p);
    *v = (struct ms_verb){.kind = verb->kind, .path = -1};
    for (size_t i = 0; i < l->n_keys; i++) {
        const struct ms_agent_key *k = &l->key[i];
        size_t f = 0;
        while (f < MS_ARRAY_LEN(fields) &&
               !((verb->keys & fields[f].bit) && ms_agent_is(&k->name, fields[f].name)))
            f++;
        if (f == MS_ARRAY_LEN(fields))
            return ms_fail(err, MS_ERR_PARSE, "%.*s takes no key %.*s", (int)l->word.n, l->word.p,
                           (int)(k->name.n < 32 ? k->name.n : 32), k->name.p);
        int rc = codec_bad_value(fields[f].name, get_field(&fields[f], &k->value, v, s), err);
        if (rc != MS_OK)
            return rc;
    }
    return MS_OK;
}

static void put_field(struct ms_agent_out *o, const struct field *f, const struct ms_verb *v)
{
    const void *at = (const char *)v + f->at;

    switch (f->form) {
    case NAME_FORM:
    case TEXT_FORM:
    case LONG_FORM: {
        const char *text = *(const char *const *)at;
        if (text != NULL && (*text != '\0' || f->form != NAME_FORM))
            ms_agent_put_text(o, f->name, text);
        break;
    }
    case ADDR_FORM:
        if (((const struct ms_addr *)at)->family != 0)
            ms_agent_put_addr(o, f->name, at);
        break;
    case PORT_FORM:
        if (*(const uint16_t *)at != 0)
            ms_agent_put_unsigned(o, f->name, *(const uint16_t *)at);
        break;
    case PATH_FORM:
        if (*(const int *)at >= 0)
            ms_agent_put_signed(o, f->name, *(const int *)at);
        break;
    case FLAGS_FORM:
        if (*(const unsigned *)at != 0)
            put_flags(o, f->name, *(const unsigned *)at);
        break;
    case NUM_FORM:
        if (*(const int64_t *)at != 0)
            ms_agent_put_signed(o, f->name, *(const int64_t *)at);
        break;
    case BOOL_FORM:
        if (*(const bool *)at)
            ms_agent_put_unsigned(o, f->name, 1);
        break;
    }
}

int ms_agent_put_verb(struct ms_agent_out *o, uint32_t session, uint32_t id,
                      const struct ms_verb *v, struct ms_error *err)
{
    char word[32];
    const struct ms_agent_verb *verb = ms_agent_verb_of(v->kind);

    o->len = 0;
    if (verb == NULL)
        return ms_fail(err, MS_ERR_UNSUPPORTED, "the agent's protocol has no verb %d",
                       (int)v->kind);
    ms_agent_begin(o, session, id, ms_agent_verb_word(v->kind, word));
    for (size_t i = 0; i < MS_ARRAY_LEN(fields); i++)
        if (verb->keys & fields[i].bit)
            put_field(o, &fields[i], v);
    if (ms_agent_end(o) != MS_OK)
        return ms_fail(err, MS_ERR_SPACE, "%s: longer than a line of %d octets", word,
                       MS_AGENT_LINE_MAX);
    return MS_OK;
}
