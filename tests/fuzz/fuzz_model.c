/* SPDX-License-Identifier: MIT */
/*
 * Segments in any order before model and oracle, both hosts judged. The input is a script: a head of four octets
 * (start of the sequence numbers, what is allowed), then steps of four octets each, some with more behind them.
 * Two hosts with real keys speak MPTCP over a few subflows by it; segments are lost, repeated, cut, moved to
 * other subflows and times, or are no segments at all.
 *
 * With "honest" in the head no step writes anything wrong: then no rule on content may speak, whatever is lost,
 * repeated or out of order.
 */
#include <stdlib.h>
#include <string.h>

#include "mptcpspec/crypto.h"
#include "mptcpspec/oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FLOWS   4u /* 0 opens a connection, 1 and 2 join it, 3 opens another */
#define RING    32u
#define LONGEST 1500u

/* Octets of input, zeros beyond its end. */
struct script {
    const uint8_t *p;
    size_t left;
};

struct flow {
    uint32_t isn[2], next[2];
    uint16_t port;
};

/* Data as it was sent. */
struct sent {
    uint8_t flow, host;
    uint32_t ssn;
    uint64_t off; /* in the host's stream */
    uint16_t len, map_at, map_len;
};

struct play {
    struct script in;
    struct ms_oracle *oracle;
    bool honest, csum;
    struct flow flow[FLOWS];
    uint64_t next_off[2][2]; /* by connection and host: next octet of the stream, from 1 */
    struct sent sent[RING];
    unsigned n_sent;
    uint32_t packet;
    uint64_t now_ns;
    uint64_t retired;
};

/* The first has an IDSN short of a multiple of 2^32. */
static const uint64_t keys[2][2] = {{0xc2368d1dc37f8108u, 0xa1b2c3d4e5f60718u},
                                    {0x0f1e2d3c4b5a6978u, 0xfedcba9876543210u}};
static const uint32_t nonces[2] = {0x11110001u, 0x22220002u};

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static unsigned take8(struct script *s)
{
    if (!s->left)
        return 0;
    s->left--;
    return *s->p++;
}

static unsigned take16(struct script *s)
{
    unsigned high = take8(s);
    return high << 8 | take8(s);
}

static unsigned conn_of(unsigned flow)
{
    return flow == 3;
}

/* Hashes are costly and the same each time. */
static uint64_t idsn(unsigned conn, unsigned host)
{
    static uint64_t known[2][2];
    if (!known[conn][host])
        known[conn][host] = ms_idsn(keys[conn][host]);
    return known[conn][host];
}

/* The octets of a host's stream repeat after 64 KiB. */
static void fill(unsigned host, uint64_t off, uint8_t *out, size_t n)
{
    static uint8_t known[2][65536 + LONGEST];
    if (!known[1][0])
        for (size_t i = 0; i < sizeof known; i++) {
            size_t at = i % sizeof known[0];
            known[i / sizeof known[0]][at] =
                (uint8_t)(at * 7 + at % 65536 / 256 + i / sizeof known[0] * 101);
        }
    memcpy(out, &known[host][off % 65536], n);
}

static void feed(struct play *p, const struct ms_seg *seg, unsigned how)
{
    static const unsigned places[] = {0, MS_OBS_SENDER, MS_OBS_RECEIVER, MS_OBS_MIDDLE};
    const struct ms_oracle_input in = {.seg = seg,
                                       .dir = (how & 4) ? MS_DIR_TX : MS_DIR_RX,
                                       .packet = ++p->packet,
                                       .time_ns = p->now_ns,
                                       .observation = places[how & 3],
                                       .fault = !p->honest && (how & 0xf8) == 0xf8};
    struct ms_model_counts c;
    ms_oracle_segment(p->oracle, &in);
    ms_model_count(ms_oracle_model(p->oracle), &c);
    demand(c.live_conns <= c.live_flows && c.live_flows <= p->packet);
    demand(c.memory < (1u << 20) + (uint64_t)p->packet * 4096);
    p->now_ns += 1000000;
}

/* One segment of a flow. `back`: how far before the next sequence number it starts. */
static void send(struct play *p, unsigned f, unsigned host, uint8_t flags, uint32_t back,
                 const struct ms_mp *mp, const uint8_t *data, size_t n, unsigned how)
{
    struct ms_opt opt[2] = {{.kind = MS_TCPOPT_NOP}};
    struct flow *w = &p->flow[f];
    struct ms_seg seg = {.family = MS_IPV4,
                         .src = {.family = MS_IPV4, .octets = {10, 0, (uint8_t)f, (uint8_t)host}},
                         .dst = {.family = MS_IPV4, .octets = {10, 0, (uint8_t)f, (uint8_t)!host}},
                         .sport = host ? 80 : w->port,
                         .dport = host ? w->port : 80,
                         .seq = w->next[host] - back,
                         .ack = (flags & MS_TH_ACK) ? w->next[1 - host] : 0,
                         .flags = flags,
                         .win = 1000,
                         .tcp_csum_ok = true,
                         .ip_csum_ok = true,
                         .opt = opt,
                         .payload = data,
                         .payload_len = n};
    ms_opt_build(&opt[0]);
    seg.n_opt = 1;
    if (mp) {
        opt[1] = (struct ms_opt){.kind = MS_TCPOPT_MPTCP, .mp = *mp};
        if (ms_opt_build(&opt[1]) == MS_OK)
            seg.n_opt = 2;
    }
    if (!back)
        w->next[host] += ms_seg_len(&seg);
    if ((how & 0x30) == 0x10)
        return; /* lost before the capture */
    if ((how & 0x30) == 0x20 && n) {
        seg.payload_len = n / 2;
        seg.missing = n - n / 2;
        seg.csum_unknown = true;
    }
    feed(p, &seg, how);
    if ((how & 0xc0) == 0x40)
        feed(p, &seg, how);
}

static struct ms_mp dack(const struct play *p, unsigned f, unsigned host, unsigned how)
{
    unsigned c = conn_of(f);
    uint64_t upto = idsn(c, 1 - host) + p->next_off[c][1 - host];
    bool wide = how & 1;
    return (struct ms_mp){.form = MS_FORM_DSS,
                          .dss_flags = (uint8_t)(MS_DSS_A | (wide ? MS_DSS_a : 0)),
                          .dack = wide ? upto : (uint32_t)upto};
}

/* Sends part of what a mapping covers: octets from..from + n of it, the mapping as well if it is told. */
static void send_mapped(struct play *p, const struct sent *s, bool tell, uint32_t back,
                        unsigned how)
{
    uint8_t data[LONGEST], all[LONGEST];
    unsigned c = conn_of(s->flow);
    struct ms_mp mp = dack(p, s->flow, s->host, how);
    mp.dss_flags |= MS_DSS_M;
    mp.dsn = idsn(c, s->host) + s->off - s->map_at;
    mp.ssn = s->ssn - s->map_at;
    mp.dll = s->map_len;
    fill(s->host, s->off - s->map_at, all, s->map_len);
    mp.has_csum = p->csum;
    mp.csum = ms_dss_csum(mp.dsn, mp.ssn, mp.dll, 0, all, s->map_len);
    if (how & 2)
        mp.dss_flags |= MS_DSS_m;
    else
        mp.dsn = (uint32_t)mp.dsn;
    fill(s->host, s->off, data, s->len);
    send(p, s->flow, s->host, MS_TH_ACK, back, tell ? &mp : NULL, data, s->len, how);
}

/* New data of the stream, or data that went over another subflow: a mapping over one to three segments. */
static void step_data(struct play *p, unsigned f, unsigned host, unsigned how, bool again)
{
    unsigned c = conn_of(f), n = take16(&p->in) % LONGEST + 1, parts = 1 + (take8(&p->in) & 1) * 2;
    uint64_t off = p->next_off[c][host];
    if (again && off > n)
        off -= n + (off - n > 64 ? how & 63 : 0);
    if (off + n > p->next_off[c][host])
        p->next_off[c][host] = off + n;
    for (unsigned done = 0, k = 0; done < n; k++) {
        unsigned piece = k + 1 < parts ? n / parts : n - done;
        struct sent s = {.flow = (uint8_t)f,
                         .host = (uint8_t)host,
                         .ssn = p->flow[f].next[host] - p->flow[f].isn[host],
                         .off = off + done,
                         .len = (uint16_t)piece,
                         .map_at = (uint16_t)done,
                         .map_len = (uint16_t)n};
        if (piece) {
            p->sent[p->n_sent++ % RING] = s;
            send_mapped(p, &s, k == 0 || (how & 8), 0, how);
        } else if (k + 1 >= parts) {
            break;
        }
        done += piece;
    }
}

/* What was sent before: as it was, or a part of it. */
static void step_repeat(struct play *p, unsigned how)
{
    if (!p->n_sent)
        return;
    unsigned have = p->n_sent < RING ? p->n_sent : RING;
    struct sent s = p->sent[take8(&p->in) % have];
    uint16_t skip = (how & 0x80) ? (uint16_t)(take8(&p->in) % s.len) : 0;
    s.ssn += skip;
    s.off += skip;
    s.map_at = (uint16_t)(s.map_at + skip);
    s.len = (uint16_t)(s.len - skip);
    struct flow *w = &p->flow[s.flow];
    uint32_t back = w->next[s.host] - (w->isn[s.host] + s.ssn);
    if (back && back < 1u << 30)
        send_mapped(p, &s, true, back, how & ~0x40u);
}

static struct ms_mp capable(const struct play *p, unsigned c, unsigned n_keys)
{
    return (struct ms_mp){.form = MS_FORM_CAPABLE,
                          .version = 1,
                          .cap_flags = (uint8_t)(MPTCP_CAP_H | (p->csum ? MPTCP_CAP_A : 0)),
                          .keys = (uint8_t)n_keys,
                          .sender_key = n_keys ? keys[c][n_keys == 1] : 0,
                          .receiver_key = n_keys == 2 ? keys[c][1] : 0};
}

/* SYN, SYN/ACK or third packet. */
static void step_open(struct play *p, unsigned f, unsigned which, unsigned how)
{
    static const uint8_t flags[] = {MS_TH_SYN, MS_TH_SYN | MS_TH_ACK, MS_TH_ACK};
    unsigned c = conn_of(f), host = which == 1;
    struct ms_mp mp = capable(p, c, which);
    if (f == 1 || f == 2) {
        uint8_t full[32];
        mp = (struct ms_mp){.form = (uint8_t)(MS_FORM_JOIN_SYN + which), .addr_id = (uint8_t)f};
        mp.nonce = nonces[host] + f;
        if (which == 0)
            mp.token = ms_token(keys[c][1]);
        mp.hmac_len = which == 2 ? 20 : which == 1 ? 8 : 0;
        ms_join_hmac(keys[c][host], keys[c][1 - host], nonces[host] + f, nonces[1 - host] + f,
                     full);
        memcpy(mp.hmac, full, mp.hmac_len);
    }
    /* A SYN always has the first number; repeated ones keep it. */
    struct flow *w = &p->flow[f];
    uint32_t back = which < 2 && w->next[host] != w->isn[host] ? w->next[host] - w->isn[host] : 0;
    send(p, f, host, flags[which], back, &mp, NULL, 0, how);
}

static void step_addr(struct play *p, unsigned f, unsigned host, unsigned how)
{
    unsigned c = conn_of(f), id = take8(&p->in);
    struct ms_mp mp = {.form = MS_FORM_ADD_ADDR,
                       .addr_id = (uint8_t)(id & 7),
                       .addr = {.family = MS_IPV4, .octets = {10, 1, 0, (uint8_t)(id & 15)}},
                       .hmac_len = 8};
    uint8_t full[32];
    ms_add_addr_hmac(keys[c][host], keys[c][1 - host], mp.addr_id, &mp.addr, 0, full);
    memcpy(mp.hmac, full + 24, 8);
    if (id & 16) {
        mp.echo = true;
        mp.hmac_len = 0;
    }
    if (id & 32)
        mp = (struct ms_mp){.form = MS_FORM_REMOVE_ADDR, .n_ids = 1, .ids = {(uint8_t)(id & 7)}};
    if (id & 64)
        mp = (struct ms_mp){.form = MS_FORM_PRIO, .backup = id & 1};
    send(p, f, host, MS_TH_ACK, 0, &mp, NULL, 0, how);
}

/* Ways to end a subflow or a connection. */
static void step_end(struct play *p, unsigned f, unsigned host, unsigned how)
{
    unsigned c = conn_of(f);
    struct ms_mp mp = dack(p, f, host, how);
    switch (take8(&p->in) & 7) {
    case 0:
        mp = (struct ms_mp){.form = MS_FORM_TCPRST, .rst_flags = 1, .reason = 1};
        send(p, f, host, MS_TH_RST | MS_TH_ACK, 0, &mp, NULL, 0, how);
        break;
    case 1:
        mp = (struct ms_mp){.form = MS_FORM_FASTCLOSE, .receiver_key = keys[c][1 - host]};
        send(p, f, host, MS_TH_ACK, 0, &mp, NULL, 0, how);
        break;
    case 2:
    case 3:
        mp.dss_flags |= MS_DSS_M | MS_DSS_m | MS_DSS_F;
        mp.dsn = idsn(c, host) + p->next_off[c][host]++;
        mp.dll = 1;
        mp.has_csum = p->csum;
        mp.csum = ms_dss_csum(mp.dsn, 0, 1, 0, "", 0);
        send(p, f, host, MS_TH_ACK, 0, &mp, NULL, 0, how);
        break;
    default:
        send(p, f, host, MS_TH_FIN | MS_TH_ACK, 0, &mp, NULL, 0, how);
        break;
    }
}

/* Options of any octets on a segment of the flow; with them any payload, flags and numbers. */
static void step_wild(struct play *p, unsigned f, unsigned host, unsigned how)
{
    uint8_t raw[40], data[256];
    size_t n = take8(&p->in) % (sizeof raw + 1);
    struct ms_opt opt[MS_OPTS_MAX];
    for (size_t i = 0; i < n; i++)
        raw[i] = (uint8_t)take8(&p->in);
    unsigned shape = take16(&p->in);
    fill(host, shape, data, sizeof data);
    struct ms_seg seg = {.family = MS_IPV4,
                         .src = {.family = MS_IPV4, .octets = {10, 0, (uint8_t)f, (uint8_t)host}},
                         .dst = {.family = MS_IPV4, .octets = {10, 0, (uint8_t)f, (uint8_t)!host}},
                         .sport = host ? 80 : p->flow[f].port,
                         .dport = host ? p->flow[f].port : 80,
                         .seq = p->flow[f].next[host] + (shape & 0x700) * 0x04000100u,
                         .ack = p->flow[f].next[1 - host] - (shape & 0x1800) * 0x00400010u,
                         .flags = (uint8_t)(shape & 0x1f),
                         .opt = opt,
                         .payload = data,
                         .payload_len = shape >> 8};
    seg.n_opt = (uint8_t)ms_opts_decode(raw, n, opt);
    feed(p, &seg, how);
}

static void step_frame(struct play *p, unsigned how)
{
    struct ms_opt opt[MS_OPTS_MAX];
    struct ms_neigh neigh;
    struct ms_seg seg;
    size_t n = take8(&p->in) + 54u;
    if (n > p->in.left)
        n = p->in.left;
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact)
        abort();
    memcpy(exact, p->in.p, n);
    p->in.p += n;
    p->in.left -= n;
    if (ms_frame_decode(exact, n, &seg, opt, &neigh) == MS_FRAME_TCP) {
        seg.tcp_csum_ok = seg.tcp_csum_ok || (how & 8);
        feed(p, &seg, how);
    }
    free(exact);
}

/* The 4-tuple again for another connection, or a long silence. */
static void step_time(struct play *p, unsigned f)
{
    unsigned what = take8(&p->in);
    if (what & 1)
        p->now_ns += (uint64_t)what << 28;
    if (what & 2)
        p->flow[f].port++;
    if (what & 6)
        for (unsigned h = 0; h < 2; h++)
            p->flow[f].next[h] = p->flow[f].isn[h] += 100000;
}

static void one_step(struct play *p)
{
    unsigned op = take8(&p->in), how = take8(&p->in), f = op >> 5 & 3, host = op >> 7;
    if (!p->honest && (op & 31) >= 28) {
        if (op & 1)
            step_frame(p, how);
        else
            step_wild(p, f, host, how);
        return;
    }
    switch (op & 31) {
    case 0:
    case 1:
    case 2:
        step_open(p, f, op & 31, how);
        break;
    case 3: /* the whole handshake, nothing lost */
        for (unsigned which = 0; which < 3; which++)
            step_open(p, f, which, how & 7);
        break;
    case 4:
        step_addr(p, f, host, how);
        break;
    case 5:
        step_end(p, f, host, how);
        break;
    case 6:
        /* Streams, and so keys, must not begin again where honesty is asked for. */
        if (!p->honest)
            step_time(p, f);
        break;
    case 7:
    case 8:
    case 9: {
        struct ms_mp mp = dack(p, f, host, how);
        send(p, f, host, MS_TH_ACK, 0, &mp, NULL, 0, how);
        break;
    }
    case 10:
    case 11:
    case 12:
        step_repeat(p, how);
        break;
    case 13:
    case 14:
        step_data(p, f, host, how, true);
        break;
    default:
        step_data(p, f, host, how, false);
        break;
    }
}

static void finding(void *ctx, const struct ms_finding *f)
{
    static const char *const content[] = {"csum-value", "dsn-same-octet", "tcp-same-octet",
                                          "mapping-fixed"};
    const struct play *p = ctx;
    demand(f->rule && f->text && f->packet);
    for (size_t i = 0; p->honest && i < MS_ARRAY_LEN(content); i++)
        demand(strcmp(f->rule->name, content[i]) != 0);
}

static void retired(void *ctx, const struct ms_conn *c)
{
    struct play *p = ctx;
    unsigned flows = 0, over = 0;
    for (const struct ms_flow *f = c->newest; f; f = f->conn_next) {
        demand(f->conn == c && f->first_ns <= f->last_ns);
        flows++;
        over += f->over;
        for (unsigned r = 0; r < 2; r++) {
            const struct ms_half *h = &f->half[r];
            demand(h->repeated <= h->octets && h->n_hole <= MS_MODEL_HOLES);
            demand(h->n_map <= MS_MODEL_MAPS && h->n_map <= h->cap_map);
            for (size_t i = 1; i < h->n_map; i++)
                demand(h->map[i - 1].ssn <= h->map[i].ssn &&
                       h->map[i - 1].reach <= h->map[i].reach);
        }
    }
    demand(flows == c->flows_kept && over == c->flows_over && flows <= c->flows && c->first);
    for (unsigned i = 0; i < MS_UNKNOWNS; i++)
        demand(!(c->unknown >> i & 1) == !c->unknown_at[i]);
    p->retired++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct play p = {.in = {data, size}, .now_ns = 1};
    unsigned head = take8(&p.in), start = take16(&p.in);
    struct ms_oracle_config cfg = {.observation = MS_OBS_MIDDLE,
                                   .judge_rx = true,
                                   .judge_tx = !(head & 4),
                                   .finding = finding,
                                   .retired = retired,
                                   .ctx = &p};
    p.honest = head & 1;
    p.csum = head & 2;
    for (unsigned f = 0; f < FLOWS; f++) {
        p.flow[f].port = (uint16_t)(4000 + f);
        for (unsigned h = 0; h < 2; h++)
            p.flow[f].next[h] = p.flow[f].isn[h] = 0xffff0000u + start + f * 77;
    }
    for (unsigned c = 0; c < 2; c++)
        p.next_off[c][0] = p.next_off[c][1] = 1;
    p.oracle = ms_oracle_new(&cfg);
    if (!p.oracle)
        abort();
    while (p.in.left)
        one_step(&p);
    struct ms_model_counts c;
    ms_oracle_end(p.oracle);
    ms_model_count(ms_oracle_model(p.oracle), &c);
    demand(c.live_conns == 0 && c.live_flows == 0 && c.memory == 0);
    demand(c.conns == p.retired && c.segments <= p.packet); /* damaged ones are discarded */
    ms_oracle_free(p.oracle);
    return 0;
}
