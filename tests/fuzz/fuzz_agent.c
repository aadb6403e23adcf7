/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: lines of the agent protocol, in both directions. The first octet says which verb the replies among
 * them answer. What is understood is written again and must be understood as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

/* Text of a line is inside of it. */
static void inside(const char *p, size_t n, const struct ms_agent_text *t)
{
    demand(t->n == 0 || (t->p >= p && t->n <= n && (size_t)(t->p - p) <= n - t->n));
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static void again(const struct ms_agent_out *o, struct ms_agent_line *l)
{
    demand(o->len > 0 && o->len <= MS_AGENT_LINE_MAX && o->buf[o->len - 1] == '\n');
    demand(memchr(o->buf, '\n', o->len - 1) == NULL);
    demand(ms_agent_parse(o->buf, o->len - 1, l, NULL) == MS_OK);
}

static void request(const struct ms_agent_line *l)
{
    struct ms_agent_strings s, s2;
    struct ms_verb v, v2;
    struct ms_agent_out o;
    struct ms_agent_line l2;
    struct ms_error err = {0};
    if (ms_agent_get_verb(l, &v, &s, &err) != MS_OK) {
        demand(err.msg[0] != '\0');
        return;
    }
    int rc = ms_agent_put_verb(&o, l->session, l->id, &v, &err);
    /* What is written need not be as short as what was read. */
    demand(rc == MS_OK || rc == MS_ERR_SPACE);
    if (rc != MS_OK)
        return;
    again(&o, &l2);
    demand(l2.session == l->session && l2.id == l->id);
    demand(ms_agent_get_verb(&l2, &v2, &s2, NULL) == MS_OK);
    demand(v.kind == v2.kind && v.num == v2.num && v.num2 == v2.num2 && v.path == v2.path);
    demand(v.flags == v2.flags && v.port == v2.port && v.local_port == v2.local_port);
    demand(v.plain_tcp == v2.plain_tcp && v.addr.family == v2.addr.family &&
           v.local.family == v2.local.family);
    demand(same_text(v.name, v2.name) && same_text(v.text, v2.text) &&
           same_text(v.text2, v2.text2));
}

static void opening(const struct ms_agent_line *l)
{
    static struct ms_agent_opening a, b;
    static struct ms_agent_out o;
    struct ms_agent_line l2;
    struct ms_error err = {0};
    if (ms_agent_get_opening(l, &a, &err) != MS_OK) {
        demand(err.msg[0] != '\0');
        return;
    }
    demand(!a.fresh || (a.topo.n_paths >= 1 && a.topo.n_paths <= MS_PATHS_MAX));
    demand(a.topo.n_addrs <= MS_TOPO_ADDRS_MAX);
    for (unsigned i = 0; i < a.topo.n_addrs; i++)
        demand(a.topo.addr[i].path < a.topo.n_paths);
    if (ms_agent_put_opening(&o, l->session, l->id, &a, &err) != MS_OK)
        return;
    again(&o, &l2);
    demand(ms_agent_get_opening(&l2, &b, NULL) == MS_OK);
    demand(a.fresh == b.fresh && a.topo.n_addrs == b.topo.n_addrs && a.seed == b.seed &&
           memcmp(a.mac, b.mac, sizeof a.mac) == 0 && strcmp(a.topo.name, b.topo.name) == 0);
}

static void facts(const struct ms_agent_line *l)
{
    static struct ms_agent_hello a, b;
    static struct ms_agent_out o;
    struct ms_agent_line l2;
    struct ms_error err = {0};
    if (ms_agent_get_facts(l, &a, &err) != MS_OK) {
        demand(err.msg[0] != '\0');
        return;
    }
    demand(a.n_ifaces <= MS_PATHS_MAX);
    if (ms_agent_put_facts(&o, 1, &a) != MS_OK)
        return;
    again(&o, &l2);
    demand(ms_agent_get_facts(&l2, &b, NULL) == MS_OK);
    demand(a.version == b.version && strcmp(a.nonce, b.nonce) == 0 && a.verbs == b.verbs);
}

/* A completion is written again; what comes of that is the same completion. */
static void completion(const struct ms_done *done)
{
    struct ms_buf b = {0};
    struct ms_agent_gather g = {.kind = done->kind};
    struct ms_agent_line l;
    struct ms_done back = {0};
    int rc = 0;
    ms_agent_put_done(&b, 1, 2, done);
    demand(b.len > 0 && b.data[b.len - 1] == '\n');
    for (const char *p = b.data, *end; rc == 0 && p < b.data + b.len; p = end + 1) {
        end = strchr(p, '\n');
        demand(end != NULL && end - p < MS_AGENT_LINE_MAX);
        demand(ms_agent_parse(p, (size_t)(end - p), &l, NULL) == MS_OK);
        rc = ms_agent_take_done(&g, &l, &back, NULL);
    }
    if (rc == 1)
        demand(back.err == done->err && back.num == done->num);
    ms_agent_gather_free(&g);
    ms_buf_free(&b);
}

static void replies(struct ms_agent_gather *g, struct ms_agent_gather *octets,
                    const struct ms_agent_line *l)
{
    struct ms_done done = {0};
    struct ms_error err = {0};
    uint64_t total = 0;
    int rc = ms_agent_take_done(g, l, &done, &err);
    demand(rc >= 0 || err.msg[0] != '\0');
    if (rc == 1)
        completion(&done);
    err.msg[0] = '\0';
    rc = ms_agent_take_octets(octets, l, &total, &err);
    demand(rc >= 0 || err.msg[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ms_agent_gather g = {0}, octets = {0};
    if (size == 0)
        return 0;
    g.kind = ms_agent_verbs[data[0] % ms_agent_n_verbs].kind;
    const char *p = (const char *)data + 1, *end = (const char *)data + size;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((stop != NULL ? stop : end) - p);
        /* A copy of its own size, so that what is read beyond it is noticed. */
        char *line = malloc(n != 0 ? n : 1);
        struct ms_agent_line l;
        struct ms_error err = {0};
        memcpy(line, p, n);
        if (ms_agent_parse(line, n, &l, &err) == MS_OK) {
            demand(l.addressed && l.n_keys <= MS_AGENT_KEYS_MAX);
            inside(line, n, &l.word);
            for (size_t i = 0; i < l.n_keys; i++) {
                inside(line, n, &l.key[i].name);
                inside(line, n, &l.key[i].value);
            }
            request(&l);
            opening(&l);
            facts(&l);
            replies(&g, &octets, &l);
        } else {
            demand(err.msg[0] != '\0');
        }
        free(line);
        p += n + (stop != NULL);
    }
    ms_agent_gather_free(&g);
    ms_agent_gather_free(&octets);
    return 0;
}
