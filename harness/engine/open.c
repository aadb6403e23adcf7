/* SPDX-License-Identifier: MIT */
/* Handles: where a new subflow stands, which connection it belongs to. */
#include "engine/engine_int.h"

#include <string.h>

static bool addr_arg(struct engine *e, const struct ms_arg *arg, size_t n, const char *name,
                     struct ms_addr *out, unsigned *path)
{
    const struct ms_arg *a = ms_arg_find(arg, n, name);
    if (!a || !a->value)
        return false;
    if (a->value->kind == MS_X_ADDR) {
        *out = a->value->addr;
        return true;
    }
    if (a->value->kind == MS_X_NAME && topo_addr(e, a->value->text, out, path))
        return true;
    broken(e, "%s: not an address of topology %s in this family", name, e->seat.topo->name);
    return false;
}

static bool first_addr(const struct engine *e, bool on_iut, unsigned path, struct ms_addr *out)
{
    const struct ms_topo *t = e->seat.topo;
    for (unsigned i = 0; i < t->n_addrs; i++) {
        if (t->addr[i].on_iut != on_iut || t->addr[i].path != path)
            continue;
        *out = ms_topo_addr_of(&t->addr[i], e->family);
        if (out->family)
            return true;
    }
    return false;
}

/* Addresses: as written; else those of the connection's first subflow; else the first of the path. */
static bool place(struct engine *e, struct flow *f, const struct ms_arg *arg, size_t n,
                  const struct flow *model)
{
    struct ms_addr own = {0}, peer = {0};
    uint64_t num, sport = 0, dport = e->seat.port;
    unsigned path = model ? model->path : 0;
    if (arg_num(e, arg, n, "path", &num))
        path = (unsigned)num - 1;
    bool from = addr_arg(e, arg, n, "from", &own, &path);
    bool to = addr_arg(e, arg, n, "to", &peer, from ? NULL : &path);
    if (e->broken)
        return false;
    if (path >= e->seat.net.n_paths) {
        broken(e, "path %u: this topology has %u", path + 1, e->seat.net.n_paths);
        return false;
    }
    bool same = model && model->path == path;
    if (!from && !(same && (own = model->own, true)) && !first_addr(e, false, path, &own))
        broken(e, "no tester address on path %u in this family", path + 1);
    if (!to && !(same && (peer = model->peer, true)) && !first_addr(e, true, path, &peer))
        broken(e, "no IUT address on path %u in this family", path + 1);
    if (model)
        dport = model->dport;
    if (arg_num(e, arg, n, "dport", &num))
        dport = num;
    sport = arg_num(e, arg, n, "sport", &num) ? num : e->next_port++;
    if (e->broken)
        return false;
    flow_bind(f, &own, &peer, (uint16_t)sport, (uint16_t)dport, path);
    flow_own_numbers(e, f);
    f->tester_opens = true;
    return true;
}

static struct flow *flow_of_conn(const struct engine *e, const struct conn *c)
{
    for (size_t i = 0; i < e->n_flow; i++)
        if (e->flow[i]->conn == c && e->flow[i]->bound)
            return e->flow[i];
    return NULL;
}

static struct conn *conn_of_arg(struct engine *e, const struct ms_arg *arg, size_t n)
{
    const struct ms_arg *of = ms_arg_find(arg, n, "of");
    if (of && of->value && of->value->kind == MS_X_NAME) {
        struct flow *f = flow_find(e, of->value->text);
        if (!f || !f->conn)
            broken(e, "of = %s: no such connection yet", of->value->text);
        return f ? f->conn : NULL;
    }
    return e->n_conn ? e->conn[0] : NULL;
}

void conn_args(struct engine *e, struct flow *f, const struct ms_arg *arg, size_t n)
{
    uint64_t v;
    struct conn *c = f->conn;
    if (arg_num(e, arg, n, "key", &v) && !c->have_peer_key)
        conn_set_key(c, v);
    if (arg_num(e, arg, n, "checksum", &v))
        c->want_csum = v != 0;
    if (arg_num(e, arg, n, "mss", &v))
        f->mss = (uint16_t)v;
    if (arg_num(e, arg, n, "wscale", &v))
        f->wscale = (uint8_t)v;
    if (arg_num(e, arg, n, "win", &v))
        f->win = (uint32_t)v;
    if (arg_num(e, arg, n, "id", &v))
        f->id = (uint8_t)v;
    if (arg_num(e, arg, n, "backup", &v))
        f->backup = v != 0;
    if (arg_num(e, arg, n, "nonce", &v))
        f->nonce = (uint32_t)v;
}

struct flow *flow_open(struct engine *e, const char *name, const struct ms_arg *arg, size_t n,
                       bool join)
{
    struct flow *f = flow_find(e, name);
    if (f && f->bound)
        return f;
    struct conn *c = join ? conn_of_arg(e, arg, n) : NULL;
    if (join && !c) {
        broken(e, "'%s' joins, but there is no connection yet", name);
        return NULL;
    }
    const struct flow *model = c ? flow_of_conn(e, c) : NULL;
    if (!f)
        f = flow_new(e, name);
    f->join = join;
    f->conn = c ? c : conn_new(e, true);
    if (join && f->id == 0)
        f->id = (uint8_t)(e->n_flow < 255 ? e->n_flow
                                          : 255); /* an ID of its own; 0 is the first subflow's */
    if (!place(e, f, arg, n, model))
        return NULL;
    conn_args(e, f, arg, n);
    if (!c) { /* the application of the IUT's listener sees connections in the order of their handshakes */
        e->accepts++;
        f->conn->app = e->accepts <= e->n_app ? e->app[e->accepts - 1] : app_new(e, e->accepts);
    }
    return e->broken ? NULL : f;
}

struct flow *flow_for_syn(struct engine *e, const struct ms_step *s, bool join)
{
    return flow_open(e, s->subject, NULL, 0, join);
}

enum go new_step(struct engine *e, const struct ms_step *s)
{
    bool join = ms_arg_find(s->arg, s->n_args, "of") != NULL;
    return flow_open(e, s->subject, s->arg, s->n_args, join) ? GO_ON : GO_STOP;
}

struct flow *flow_from_stray(struct engine *e, const char *name, bool join, size_t from)
{
    for (size_t i = from; i < e->n_stray; i++) {
        struct rx *r = e->stray[i];
        if (r->flow || (r->seg->flags & (MS_TH_SYN | MS_TH_ACK | MS_TH_RST)) != MS_TH_SYN)
            continue;
        const struct ms_opt *j = ms_seg_mp(r->seg, MPTCP_SUB_JOIN);
        if ((j != NULL) != join)
            continue;
        struct flow *f = flow_find(e, name);
        if (!f)
            f = flow_new(e, name);
        f->conn = NULL;
        for (size_t k = 0; join && k < e->n_conn; k++)
            if (e->conn[k]->token == j->mp.token)
                f->conn = e->conn[k];
        if (join && !f->conn && e->n_conn)
            f->conn = e->conn[0]; /* a token of nobody: the pattern will show it */
        if (!f->conn) {
            f->conn = conn_new(e, false);
            for (size_t k = 0; k < e->n_app && !f->conn->app; k++)
                if (!e->app[k]->taken) {
                    e->app[k]->taken = true;
                    f->conn->app = e->app[k];
                }
        }
        f->join = join;
        rx_bind(e, f, r);
        return f;
    }
    return NULL;
}
