/* SPDX-License-Identifier: MIT */
/* Properties of a handle: A.snd_nxt and the like. */
#include "engine/engine_int.h"

#include <string.h>

static uint64_t prop_key(const struct flow *f)
{
    return f->conn->key;
}
static uint64_t prop_peer_key(const struct flow *f)
{
    return f->conn->peer_key;
}
static uint64_t prop_token(const struct flow *f)
{
    return f->conn->token;
}
static uint64_t prop_peer_token(const struct flow *f)
{
    return f->conn->peer_token;
}
static uint64_t prop_idsn(const struct flow *f)
{
    return f->conn->idsn;
}
static uint64_t prop_peer_idsn(const struct flow *f)
{
    return f->conn->peer_idsn;
}
static uint64_t prop_isn(const struct flow *f)
{
    return f->isn;
}
static uint64_t prop_peer_isn(const struct flow *f)
{
    return f->peer_isn;
}
static uint64_t prop_snd_nxt(const struct flow *f)
{
    return f->snd_nxt;
}
static uint64_t prop_snd_una(const struct flow *f)
{
    return f->snd_una;
}
static uint64_t prop_rcv_nxt(const struct flow *f)
{
    return f->rcv_nxt;
}
static uint64_t prop_dsn_nxt(const struct flow *f)
{
    return f->conn->dsn_nxt;
}
static uint64_t prop_dsn_una(const struct flow *f)
{
    return f->conn->dsn_una;
}
static uint64_t prop_data_rcv_nxt(const struct flow *f)
{
    return f->conn->data_rcv_nxt;
}
static uint64_t prop_dsn_max(const struct flow *f)
{
    return f->conn->dsn_max;
}
static uint64_t prop_win(const struct flow *f)
{
    return f->win;
}
static uint64_t prop_peer_win(const struct flow *f)
{
    return f->peer_win;
}
static uint64_t prop_peer_wscale(const struct flow *f)
{
    return f->peer_wscale;
}
static uint64_t prop_sport(const struct flow *f)
{
    return f->sport;
}
static uint64_t prop_dport(const struct flow *f)
{
    return f->dport;
}
static uint64_t prop_nonce(const struct flow *f)
{
    return f->nonce;
}
static uint64_t prop_peer_nonce(const struct flow *f)
{
    return f->peer_nonce;
}
static uint64_t prop_id(const struct flow *f)
{
    return f->id;
}
static uint64_t prop_peer_id(const struct flow *f)
{
    return f->peer_id;
}
static uint64_t prop_mss(const struct flow *f)
{
    return f->peer_mss;
}
static uint64_t prop_checksum(const struct flow *f)
{
    return f->conn->csum;
}

static const struct {
    const char *name;
    uint64_t (*get)(const struct flow *f);
} props[] = {
    {"key", prop_key},
    {"peer_key", prop_peer_key},
    {"token", prop_token},
    {"peer_token", prop_peer_token},
    {"idsn", prop_idsn},
    {"peer_idsn", prop_peer_idsn},
    {"isn", prop_isn},
    {"peer_isn", prop_peer_isn},
    {"snd_nxt", prop_snd_nxt},
    {"snd_una", prop_snd_una},
    {"rcv_nxt", prop_rcv_nxt},
    {"dsn_nxt", prop_dsn_nxt},
    {"dsn_una", prop_dsn_una},
    {"data_rcv_nxt", prop_data_rcv_nxt},
    {"dsn_max", prop_dsn_max},
    {"win", prop_win},
    {"peer_win", prop_peer_win},
    {"peer_wscale", prop_peer_wscale},
    {"sport", prop_sport},
    {"dport", prop_dport},
    {"nonce", prop_nonce},
    {"peer_nonce", prop_peer_nonce},
    {"id", prop_id},
    {"peer_id", prop_peer_id},
    {"mss", prop_mss},
    {"checksum", prop_checksum},
};

bool value_prop(struct engine *e, const struct ms_expr *x, struct ms_value *out)
{
    struct flow *f = flow_find(e, x->text);
    if (!f || !f->conn) {
        broken(e, "'%s' has no connection yet", x->text);
        return false;
    }
    for (size_t i = 0; i < MS_ARRAY_LEN(props); i++)
        if (strcmp(props[i].name, x->prop) == 0) {
            ms_value_set_num(out, props[i].get(f));
            return true;
        }
    if (strcmp(x->prop, "addr") == 0 || strcmp(x->prop, "peer_addr") == 0) {
        *out = (struct ms_value){.type = MS_V_ADDR, .addr = x->prop[0] == 'a' ? f->own : f->peer};
        return true;
    }
    broken(e, "'%s' has no property '%s'", x->text, x->prop);
    return false;
}
