/* SPDX-License-Identifier: MIT */
/*
 * A capture from its listing: lines as `tcpdump -n` prints them, each made a packet again. What a listing does not
 * show stands in lines of its own: `link`, `day`, `interface NAME NUMBER` before the packets, `data "TEXT"` after the
 * packet whose payload it is (several are joined).
 */
#ifndef MPTCPSPEC_LISTING_H
#define MPTCPSPEC_LISTING_H

#include <ctype.h>
#include <time.h>

#include "capfile.h"

struct listed_flow {
    struct ms_addr addr[2];
    uint16_t port[2];
    uint32_t isn[2], next[2];
};

struct listing {
    char path[128];
    unsigned line;
    time_t day;
    struct {
        char name[16];
        uint32_t index;
    } iface[4];
    unsigned n_iface;
    struct listed_flow flow[8];
    unsigned n_flow;
    /* The packet under construction. */
    bool open;
    uint64_t time_ns;
    uint32_t index;
    bool out;
    struct ms_seg seg;
    struct ms_opt opt[MS_OPTS_MAX];
    uint8_t payload[2048];
    size_t payload_at;
    struct ms_buf text; /* the packet lines, for comparison */
    struct capture *cap;
};

#define LISTING_NEED(l, cond) ck_assert_msg(cond, "%s:%u: %s", (l)->path, (l)->line, #cond)

static inline uint64_t listing_num(struct listing *l, const char *key, const char *in, int base)
{
    const char *at = strstr(in, key);
    char *end;
    ck_assert_msg(at, "%s:%u: no \"%s\" in \"%s\"", l->path, l->line, key, in);
    at += strlen(key);
    uint64_t v = strtoull(at, &end, base);
    LISTING_NEED(l, end != at);
    return v;
}

static inline void listing_hex(struct listing *l, const char *at, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char two[3] = {at[2 * i], at[2 * i + 1], 0};
        LISTING_NEED(l, isxdigit((unsigned char)two[0]) && isxdigit((unsigned char)two[1]));
        out[i] = (uint8_t)strtoul(two, NULL, 16);
    }
}

/* "capable v1 {0x..,0x..}"; H is invented, and the length is that of the packet. */
static inline struct ms_mp listing_capable(struct listing *l, const char *t)
{
    struct ms_mp mp = {.form = MS_FORM_CAPABLE,
                       .version = (uint8_t)listing_num(l, " v", t, 10),
                       .cap_flags = MPTCP_CAP_H};
    if (strchr(t, '{')) {
        mp.keys = 1;
        mp.sender_key = listing_num(l, "{", t, 16);
    }
    if (strchr(t, ',')) {
        mp.keys = 2;
        mp.receiver_key = listing_num(l, ",", t, 16);
        mp.has_dll = l->seg.payload_len > 0;
        mp.dll = (uint16_t)l->seg.payload_len;
    }
    return mp;
}

static inline struct ms_mp listing_join(struct listing *l, const char *t)
{
    struct ms_mp mp = {.form = MS_FORM_JOIN_ACK};
    const char *hmac = strstr(t, "hmac 0x");
    if (strstr(t, "nonce")) {
        mp.form = hmac ? MS_FORM_JOIN_SYNACK : MS_FORM_JOIN_SYN;
        mp.addr_id = (uint8_t)listing_num(l, " id ", t, 10);
        mp.nonce = (uint32_t)listing_num(l, "nonce ", t, 16);
        mp.backup = strstr(t, "backup") != NULL;
    }
    if (hmac) {
        mp.hmac_len = mp.form == MS_FORM_JOIN_ACK ? 20 : 8;
        listing_hex(l, hmac + 7, mp.hmac, mp.hmac_len);
    } else {
        mp.token = (uint32_t)listing_num(l, "token ", t, 16);
    }
    return mp;
}

/* tcpdump prints numbers of 32 and 64 bits alike: the size tells. */
static inline struct ms_mp listing_dss(struct listing *l, const char *t)
{
    struct ms_mp mp = {.form = MS_FORM_DSS};
    if (strstr(t, " fin"))
        mp.dss_flags |= MS_DSS_F;
    if (strstr(t, " ack ")) {
        mp.dack = listing_num(l, " ack ", t, 10);
        mp.dss_flags |= mp.dack >> 32 ? MS_DSS_A | MS_DSS_a : MS_DSS_A;
    }
    if (strstr(t, " seq ")) {
        mp.dsn = listing_num(l, " seq ", t, 10);
        mp.ssn = (uint32_t)listing_num(l, " subseq ", t, 10);
        mp.dll = (uint16_t)listing_num(l, " len ", t, 10);
        mp.dss_flags |= mp.dsn >> 32 ? MS_DSS_M | MS_DSS_m : MS_DSS_M;
    }
    return mp;
}

static inline void listing_option(struct listing *l, const char *t)
{
    static const struct {
        const char *word;
        uint8_t kind;
    } kinds[] = {{"nop", MS_TCPOPT_NOP},        {"mss ", MS_TCPOPT_MSS},
                 {"wscale ", MS_TCPOPT_WSCALE}, {"TS val ", MS_TCPOPT_TS},
                 {"sackOK", MS_TCPOPT_SACK_OK}, {"mptcp ", MS_TCPOPT_MPTCP}};
    struct ms_opt *o = &l->opt[l->seg.n_opt++];
    *o = (struct ms_opt){0};
    for (size_t i = 0; i < MS_ARRAY_LEN(kinds); i++)
        if (strncmp(t, kinds[i].word, strlen(kinds[i].word)) == 0)
            o->kind = kinds[i].kind;
    LISTING_NEED(l, o->kind);
    if (o->kind == MS_TCPOPT_MSS)
        o->mss = (uint16_t)listing_num(l, "mss ", t, 10);
    if (o->kind == MS_TCPOPT_WSCALE)
        o->wscale = (uint8_t)listing_num(l, "wscale ", t, 10);
    if (o->kind == MS_TCPOPT_TS) {
        o->tsval = (uint32_t)listing_num(l, "val ", t, 10);
        o->tsecr = (uint32_t)listing_num(l, "ecr ", t, 10);
    }
    if (strncmp(t, "mptcp capable", 13) == 0)
        o->mp = listing_capable(l, t);
    else if (strncmp(t, "mptcp join", 10) == 0)
        o->mp = listing_join(l, t);
    else if (strncmp(t, "mptcp dss", 9) == 0)
        o->mp = listing_dss(l, t);
    ck_assert_int_eq(ms_opt_build(o), MS_OK);
}

/* The text between the brackets; a comma between braces belongs to the option. */
static inline void listing_options(struct listing *l, char *t)
{
    char *from = t;
    for (int depth = 0;; t++) {
        depth += *t == '{' ? 1 : *t == '}' ? -1 : 0;
        if (*t && (*t != ',' || depth))
            continue;
        bool end = !*t;
        *t = 0;
        listing_option(l, from);
        from = t + 1;
        if (end)
            return;
    }
}

static inline void listing_endpoint(struct listing *l, char *t, struct ms_addr *a, uint16_t *port)
{
    char *dot = strrchr(t, '.');
    LISTING_NEED(l, dot);
    *dot = 0;
    *port = (uint16_t)strtoul(dot + 1, NULL, 10);
    LISTING_NEED(l, ms_addr_parse(t, a) == MS_OK);
}

/* Flow of the packet and which of its ends sent it; a SYN opens one. */
static inline struct listed_flow *listing_flow(struct listing *l, int *from)
{
    const struct ms_seg *s = &l->seg;
    for (unsigned i = 0; i < l->n_flow; i++)
        for (*from = 0; *from < 2; ++*from) {
            struct listed_flow *f = &l->flow[i];
            if (f->port[*from] == s->sport && f->port[1 - *from] == s->dport &&
                ms_addr_eq(&f->addr[*from], &s->src))
                return f;
        }
    LISTING_NEED(l, l->n_flow < MS_ARRAY_LEN(l->flow) && (s->flags & MS_TH_SYN));
    struct listed_flow *f = &l->flow[l->n_flow++];
    *f = (struct listed_flow){.addr = {s->src, s->dst}, .port = {s->sport, s->dport}};
    *from = 0;
    return f;
}

/* Numbers are relative after the handshake; a pure ACK shows none: it has the next one. */
static inline void listing_numbers(struct listing *l, const char *t)
{
    int from;
    struct ms_seg *s = &l->seg;
    struct listed_flow *f = listing_flow(l, &from);
    if (s->flags & MS_TH_SYN) {
        f->isn[from] = s->seq = (uint32_t)listing_num(l, ", seq ", t, 10);
        s->ack = (s->flags & MS_TH_ACK) ? (uint32_t)listing_num(l, ", ack ", t, 10) : 0;
    } else {
        s->seq = strstr(t, ", seq ") ? f->isn[from] + (uint32_t)listing_num(l, ", seq ", t, 10)
                                     : f->next[from];
        s->ack = f->isn[1 - from] + (uint32_t)listing_num(l, ", ack ", t, 10);
    }
    LISTING_NEED(l, (s->flags & MS_TH_SYN) || s->seq == f->next[from]);
    f->next[from] =
        s->seq + (uint32_t)s->payload_len + !!(s->flags & MS_TH_SYN) + !!(s->flags & MS_TH_FIN);
}

/* Hands the packet on, once its payload is complete. */
static inline void listing_flush(struct listing *l)
{
    uint8_t frame[4096];
    size_t len = 0;
    if (!l->open)
        return;
    l->open = false;
    LISTING_NEED(l, l->payload_at == l->seg.payload_len);
    ck_assert_int_eq(ms_seg_encode(&l->seg, frame, sizeof frame, &len), MS_OK);
    if (l->cap->link == CAP_SLL2) {
        uint8_t cooked[4096] = {8, 0};
        ms_put32(cooked + 4, l->index);
        ms_put16(cooked + 8, 1); /* ARPHRD_ETHER */
        cooked[10] = l->out ? 4 : 0;
        cooked[11] = 6;
        memcpy(cooked + 12, l->seg.eth_src, 6);
        memcpy(cooked + 20, frame + 14, len - 14);
        cap_add(l->cap, l->time_ns, cooked, len + 6);
    } else {
        cap_add(l->cap, l->time_ns, frame, len);
    }
}

static inline void listing_time(struct listing *l, const char *t)
{
    unsigned h = 0, m = 0, s = 0, us = 0;
    LISTING_NEED(l, sscanf(t, "%2u:%2u:%2u.%6u", &h, &m, &s, &us) == 4);
    l->time_ns = ((uint64_t)l->day + h * 3600 + m * 60 + s) * 1000000000u + us * 1000u;
}

static inline void listing_packet(struct listing *l, char *t)
{
    static const struct {
        char letter;
        uint8_t flag;
    } letters[] = {
        {'S', MS_TH_SYN}, {'F', MS_TH_FIN}, {'R', MS_TH_RST}, {'P', MS_TH_PSH}, {'.', MS_TH_ACK}};
    char src[64], dst[64], flags[8];
    char *ip = strstr(t, " IP "), *at = strstr(t, ": Flags ["), *opt, *end;
    LISTING_NEED(l, ip && at && sscanf(at + 9, "%7[^]]", flags) == 1);
    LISTING_NEED(l, sscanf(ip, " IP %63s > %63[0-9.]:", src, dst) == 2);
    listing_time(l, t);
    for (unsigned i = 0; i < l->n_iface; i++) {
        const char *name = strstr(t, l->iface[i].name);
        if (!name || name > ip)
            continue;
        l->index = l->iface[i].index;
        l->out = strncmp(name + strlen(l->iface[i].name), " Out", 4) == 0;
    }
    l->seg = (struct ms_seg){.family = MS_IPV4,
                             .eth_src = {2, 0, 0, 0, 0, 1},
                             .eth_dst = {2, 0, 0, 0, 0, 2},
                             .ttl = 64,
                             .win = (uint16_t)listing_num(l, ", win ", at, 10),
                             .opt = l->opt,
                             .payload = l->payload,
                             .payload_len = listing_num(l, ", length ", at, 10)};
    l->payload_at = 0;
    l->open = true;
    listing_endpoint(l, src, &l->seg.src, &l->seg.sport);
    listing_endpoint(l, dst, &l->seg.dst, &l->seg.dport);
    for (size_t i = 0; i < MS_ARRAY_LEN(letters); i++)
        if (strchr(flags, letters[i].letter))
            l->seg.flags |= letters[i].flag;
    listing_numbers(l, at);
    opt = strstr(at, "options [");
    LISTING_NEED(l, opt && (end = strchr(opt, ']')));
    *end = 0;
    listing_options(l, opt + 9);
}

static inline void listing_data(struct listing *l, const char *t)
{
    LISTING_NEED(l, l->open && *t == '"');
    for (t++; *t && *t != '"'; t++) {
        char c = *t;
        if (c == '\\') {
            c = *++t;
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
        }
        LISTING_NEED(l, l->payload_at < l->seg.payload_len);
        l->payload[l->payload_at++] = (uint8_t)c;
    }
}

static inline void listing_line(struct listing *l, char *t)
{
    char word[16];
    unsigned n = 0;
    struct tm tm = {0};
    if (!*t || *t == '#')
        return;
    if (strncmp(t, "data ", 5) == 0) {
        listing_data(l, t + 5);
    } else if (sscanf(t, "link %15s", word) == 1) {
        l->cap->link = strcmp(word, "sll2") == 0 ? CAP_SLL2 : CAP_ETHERNET;
    } else if (strncmp(t, "day ", 4) == 0) {
        LISTING_NEED(l, strptime(t + 4, "%Y-%m-%d", &tm));
        l->day = timegm(&tm);
    } else if (sscanf(t, "interface %15s %u", word, &n) == 2) {
        LISTING_NEED(l, l->n_iface < MS_ARRAY_LEN(l->iface));
        memcpy(l->iface[l->n_iface].name, word, sizeof word);
        l->iface[l->n_iface++].index = n;
    } else {
        listing_flush(l);
        ms_buf_printf(&l->text, "%s\n", t);
        listing_packet(l, t);
    }
}

/* Reads a whole file; l->text and l->cap are the caller's to free. */
static inline void listing_read(struct listing *l, const char *path, struct capture *cap)
{
    char line[1024];
    FILE *f = fopen(path, "r");
    ck_assert_msg(f, "%s", path);
    *l = (struct listing){.cap = cap};
    snprintf(l->path, sizeof l->path, "%s", path);
    while (fgets(line, sizeof line, f)) {
        l->line++;
        line[strcspn(line, "\n")] = 0;
        listing_line(l, line);
    }
    fclose(f);
    listing_flush(l);
    LISTING_NEED(l, cap->n > 0);
}

#endif
