/* SPDX-License-Identifier: MIT */
/* Frames, addresses, checksums, neighbours: there and back, and damaged in every place. */
#include "unit.h"

#include "mptcpspec/wire.h"

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 0xa};
static const uint8_t mac_b[6] = {2, 0, 0, 0, 0, 0xb};

/* SYN of a captured MPTCP connection (192.168.0.37:47672 to 5.196.67.207:80), as sent but for the checksums. */
static struct ms_seg syn(struct ms_opt opts[MS_OPTS_MAX], uint8_t family)
{
    struct ms_seg s = {.family = family,
                       .ttl = 63,
                       .tos = 0x1a,
                       .sport = 47672,
                       .dport = 80,
                       .seq = 3585891423u,
                       .flags = MS_TH_SYN,
                       .win = 64240,
                       .opt = opts};
    memcpy(s.eth_src, mac_a, 6);
    memcpy(s.eth_dst, mac_b, 6);
    ms_addr_parse(family == MS_IPV4 ? "192.168.0.37" : "2001:db8::37", &s.src);
    ms_addr_parse(family == MS_IPV4 ? "5.196.67.207" : "2001:db8::80", &s.dst);
    const struct ms_opt list[] = {
        {.kind = MS_TCPOPT_MSS, .mss = 1460},
        {.kind = MS_TCPOPT_SACK_OK},
        {.kind = MS_TCPOPT_TS, .tsval = 3993892549u},
        {.kind = MS_TCPOPT_NOP},
        {.kind = MS_TCPOPT_WSCALE, .wscale = 7},
        {.kind = MS_TCPOPT_MPTCP,
         .mp = {.form = MS_FORM_CAPABLE, .version = 1, .cap_flags = MPTCP_CAP_H}},
    };
    for (size_t i = 0; i < MS_ARRAY_LEN(list); i++) {
        opts[i] = list[i];
        ck_assert_int_eq(ms_opt_build(&opts[i]), MS_OK);
    }
    s.n_opt = MS_ARRAY_LEN(list);
    return s;
}

static size_t encode(const struct ms_seg *s, uint8_t *out, size_t cap)
{
    size_t n = 0;
    ck_assert_int_eq(ms_seg_encode(s, out, cap, &n), MS_OK);
    return n;
}

static void check_same(const struct ms_seg *got, const struct ms_seg *want)
{
    unit_octets_eq("eth_src", got->eth_src, 6, want->eth_src, 6);
    unit_octets_eq("eth_dst", got->eth_dst, 6, want->eth_dst, 6);
    ck_assert(ms_addr_eq(&got->src, &want->src));
    ck_assert(ms_addr_eq(&got->dst, &want->dst));
    UNIT_NUM_EQ(got->family, want->family);
    UNIT_NUM_EQ(got->ttl, want->ttl);
    UNIT_NUM_EQ(got->tos, want->tos);
    UNIT_NUM_EQ(got->sport, want->sport);
    UNIT_NUM_EQ(got->dport, want->dport);
    UNIT_NUM_EQ(got->seq, want->seq);
    UNIT_NUM_EQ(got->ack, want->ack);
    UNIT_NUM_EQ(got->flags, want->flags);
    UNIT_NUM_EQ(got->reserved, want->reserved);
    UNIT_NUM_EQ(got->win, want->win);
    UNIT_NUM_EQ(got->urg, want->urg);
    unit_octets_eq("payload", got->payload, got->payload_len, want->payload, want->payload_len);
    UNIT_NUM_EQ(got->n_opt, want->n_opt);
    for (unsigned i = 0; i < want->n_opt; i++)
        unit_octets_eq("option", got->opt[i].raw, got->opt[i].occupied, want->opt[i].raw,
                       want->opt[i].occupied);
}

START_TEST(segment_there_and_back)
{
    static const uint8_t families[] = {MS_IPV4, MS_IPV6};
    struct ms_opt opts[MS_OPTS_MAX], got_opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    uint8_t frame[2048], payload[1001];
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 7);
    for (size_t f = 0; f < 2; f++)
        for (size_t n = 0; n <= sizeof payload; n += 143) {
            struct ms_seg want = syn(opts, families[f]), got;
            want.ack = 0x01020304;
            want.flags = MS_TH_ACK | MS_TH_CWR | MS_TH_URG;
            want.reserved = 0xa;
            want.urg = 0x1234;
            want.payload = payload;
            want.payload_len = n;
            const size_t len = encode(&want, frame, sizeof frame);
            UNIT_NUM_EQ(ms_frame_decode(frame, len, &got, got_opts, &neigh), MS_FRAME_TCP);
            check_same(&got, &want);
            UNIT_NUM_EQ(got.doff, 11);
            ck_assert(got.ip_csum_ok);
            ck_assert(got.tcp_csum_ok);
            ck_assert(ms_seg_has_mptcp(&got));
            /* From the IP header on, and with padding that Ethernet adds. */
            memset(frame + len, 0xff, 20);
            UNIT_NUM_EQ(ms_ip_decode(frame + 14, len + 6, &got, got_opts, &neigh), MS_FRAME_TCP);
            UNIT_NUM_EQ(got.payload_len, n);
            ck_assert(got.tcp_csum_ok);
            /* One bit off. */
            frame[len - 1] ^= 1;
            UNIT_NUM_EQ(ms_frame_decode(frame, len, &got, got_opts, &neigh), MS_FRAME_TCP);
            ck_assert(!got.tcp_csum_ok);
        }
}
END_TEST

START_TEST(odd_segments)
{
    struct ms_opt opts[MS_OPTS_MAX], got_opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    struct ms_seg got;
    uint8_t frame[256];
    size_t n = 0;
    struct ms_seg s = syn(opts, MS_IPV4);

    s.keep_csum = true;
    s.csum = 0xdead;
    s.doff = 15;
    n = encode(&s, frame, sizeof frame);
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &got, got_opts, &neigh), MS_FRAME_TCP);
    UNIT_NUM_EQ(got.csum, 0xdead);
    UNIT_NUM_EQ(got.doff, 15);
    ck_assert(!got.tcp_csum_ok);
    check_same(&got, &s);
    /* A data offset below the header: no options can be read, the octets are payload. */
    s.doff = 2;
    n = encode(&s, frame, sizeof frame);
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &got, got_opts, &neigh), MS_FRAME_TCP);
    UNIT_NUM_EQ(got.n_opt, 0);
    UNIT_NUM_EQ(got.payload_len, 24);

    /* Padding: NOP, or zero behind EOL; ttl 0 is replaced. */
    s = syn(opts, MS_IPV4);
    s.ttl = 0;
    s.n_opt = 2;
    opts[1] = (struct ms_opt){.kind = MS_TCPOPT_EOL};
    ms_opt_build(&opts[1]);
    n = encode(&s, frame, sizeof frame);
    unit_octets_eq("EOL", frame + n - 8, 8, "\2\4\5\xb4\0\0\0\0", 8);
    UNIT_NUM_EQ(frame[14 + 8], 64);
    opts[1] = (struct ms_opt){.kind = MS_TCPOPT_WSCALE, .wscale = 9};
    ms_opt_build(&opts[1]);
    n = encode(&s, frame, sizeof frame);
    unit_octets_eq("NOP", frame + n - 8, 8, "\2\4\5\xb4\3\3\x9\1", 8);

    /* What cannot be written. */
    ck_assert_int_eq(ms_seg_encode(&s, frame, n - 1, &n), MS_ERR_SPACE);
    s.payload_len = 65536;
    ck_assert_int_eq(ms_seg_encode(&s, frame, sizeof frame, &n), MS_ERR_RANGE);
    s.payload_len = 65500;
    ck_assert_int_eq(ms_seg_encode(&s, frame, sizeof frame, &n), MS_ERR_RANGE);
    s.payload_len = 0;
    opts[0].occupied = 38;
    ck_assert_int_eq(ms_seg_encode(&s, frame, sizeof frame, &n), MS_ERR_RANGE);
}
END_TEST

/* Every length of a good frame and every value of every header octet: nothing but a kind comes back. */
START_TEST(damaged_frames)
{
    static const uint8_t families[] = {MS_IPV4, MS_IPV6};
    struct ms_opt opts[MS_OPTS_MAX], got_opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    struct ms_seg got;
    uint8_t frame[256];
    for (size_t f = 0; f < 2; f++) {
        const struct ms_seg s = syn(opts, families[f]);
        const size_t n = encode(&s, frame, sizeof frame);
        const size_t tcp = families[f] == MS_IPV4 ? 34 : 54;
        for (size_t cut = 0; cut <= n; cut++) {
            uint8_t *copy = malloc(cut + 1);
            ck_assert_ptr_nonnull(copy);
            memcpy(copy, frame, cut);
            uint8_t *exact = realloc(copy, cut > 0 ? cut : 1);
            ck_assert_ptr_nonnull(exact);
            const enum ms_frame_kind k = ms_frame_decode(exact, cut, &got, got_opts, &neigh);
            UNIT_NUM_EQ(k, cut < tcp + 20 ? MS_FRAME_OTHER : MS_FRAME_TCP);
            if (cut < n && k == MS_FRAME_TCP)
                ck_assert(got.tcp_csum_ok && got.csum_unknown &&
                          ms_seg_len(&got) == ms_seg_len(&s));
            for (unsigned i = 0; k == MS_FRAME_TCP && i < got.n_opt; i++)
                ck_assert(!got.opt[i].bad);
            ms_ip_decode(exact, cut, &got, got_opts, &neigh);
            free(exact);
        }
        for (size_t at = 12; at < n; at++)
            for (unsigned v = 0; v < 256; v++) {
                uint8_t *copy = malloc(n);
                ck_assert_ptr_nonnull(copy);
                memcpy(copy, frame, n);
                copy[at] = (uint8_t)v;
                const enum ms_frame_kind k = ms_frame_decode(copy, n, &got, got_opts, &neigh);
                if (k == MS_FRAME_TCP)
                    ck_assert(got.payload >= copy && got.payload + got.payload_len <= copy + n);
                free(copy);
            }
    }
}
END_TEST

START_TEST(headers_between)
{
    struct ms_opt opts[MS_OPTS_MAX], got_opts[MS_OPTS_MAX];
    struct ms_neigh neigh;
    struct ms_seg got;
    uint8_t frame[256], longer[256];
    struct ms_seg s = syn(opts, MS_IPV6);
    size_t n = encode(&s, frame, sizeof frame);

    /* Hop-by-hop of 8 and destination options of 16 octets before TCP. */
    memcpy(longer, frame, 54);
    memset(longer + 54, 0, 24);
    longer[14 + 6] = 0;
    longer[54] = 60;
    longer[62] = 6;
    longer[63] = 1;
    memcpy(longer + 78, frame + 54, n - 54);
    ms_put16(longer + 14 + 4, (uint16_t)(n - 54 + 24));
    UNIT_NUM_EQ(ms_frame_decode(longer, n + 24, &got, got_opts, &neigh), MS_FRAME_TCP);
    ck_assert(got.tcp_csum_ok);
    UNIT_NUM_EQ(got.n_opt, s.n_opt);
    longer[63] = 200; /* beyond the packet */
    UNIT_NUM_EQ(ms_frame_decode(longer, n + 24, &got, got_opts, &neigh), MS_FRAME_OTHER);
    longer[54] = 44; /* a fragment header */
    UNIT_NUM_EQ(ms_frame_decode(longer, n + 24, &got, got_opts, &neigh), MS_FRAME_OTHER);
    UNIT_NUM_EQ(ms_frame_decode(longer, 58, &got, got_opts, &neigh), MS_FRAME_OTHER);
    /* Length 0, as captured behind segmentation offload. */
    ms_put16(frame + 14 + 4, 0);
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &got, got_opts, &neigh), MS_FRAME_TCP);
    UNIT_NUM_EQ(got.n_opt, s.n_opt);

    s = syn(opts, MS_IPV4);
    n = encode(&s, frame, sizeof frame);
    /* IPv4 options: one word. */
    memcpy(longer, frame, 34);
    longer[14] = 0x46;
    memset(longer + 34, 1, 4);
    memcpy(longer + 38, frame + 34, n - 34);
    ms_put16(longer + 16, (uint16_t)(n - 14 + 4));
    UNIT_NUM_EQ(ms_frame_decode(longer, n + 4, &got, got_opts, &neigh), MS_FRAME_TCP);
    ck_assert(got.tcp_csum_ok);
    ck_assert(!got.ip_csum_ok);
    ms_put16(longer + 16, 0);
    UNIT_NUM_EQ(ms_frame_decode(longer, n + 4, &got, got_opts, &neigh), MS_FRAME_TCP);
    ms_put16(longer + 16, 20); /* ends before its own header */
    UNIT_NUM_EQ(ms_frame_decode(longer, n + 4, &got, got_opts, &neigh), MS_FRAME_OTHER);
    /* Fragments. */
    frame[20] = 0x20;
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &got, got_opts, &neigh), MS_FRAME_OTHER);
    frame[20] = 0;
    frame[21] = 9;
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &got, got_opts, &neigh), MS_FRAME_OTHER);
    frame[21] = 0;
    /* Other protocols. */
    frame[23] = 1;
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &got, got_opts, &neigh), MS_FRAME_ICMP);
    frame[23] = 17;
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &got, got_opts, &neigh), MS_FRAME_OTHER);
    ms_put16(frame + 12, 0x86dd); /* an EtherType that contradicts the version */
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &got, got_opts, &neigh), MS_FRAME_OTHER);
    UNIT_NUM_EQ(ms_ip_decode(frame, 0, &got, got_opts, &neigh), MS_FRAME_OTHER);
}
END_TEST

START_TEST(neighbours)
{
    static const struct {
        const char *sender, *target;
        enum ms_frame_kind ask, answer;
    } table[] = {
        {"10.0.0.1", "10.0.0.2", MS_FRAME_ARP, MS_FRAME_ARP},
        {"2001:db8::1", "2001:db8::2", MS_FRAME_NS, MS_FRAME_NA},
    };
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg seg;
    uint8_t frame[128];
    size_t n = 0;
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct ms_neigh ask = {.request = true}, seen;
        ms_addr_parse(table[i].sender, &ask.sender);
        ms_addr_parse(table[i].target, &ask.target);
        ck_assert_int_eq(ms_neigh_encode(&ask, mac_a, mac_b, frame, sizeof frame, &n), MS_OK);
        UNIT_NUM_EQ(ms_frame_decode(frame, n, &seg, opts, &seen), table[i].ask);
        ck_assert(seen.request);
        ck_assert(ms_addr_eq(&seen.sender, &ask.sender));
        ck_assert(ms_addr_eq(&seen.target, &ask.target));
        unit_octets_eq("sender_mac", seen.sender_mac, 6, mac_a, 6);
        unit_octets_eq("eth_src", seen.eth_src, 6, mac_a, 6);
        for (size_t cut = 0; cut < n; cut++)
            ck_assert(ms_frame_decode(frame, cut, &seg, opts, &(struct ms_neigh){0}) !=
                          table[i].ask ||
                      cut >= 14 + 40 + 24);
        ck_assert_int_eq(ms_neigh_encode(&ask, mac_a, mac_b, frame, n - 1, &n), MS_ERR_SPACE);

        seen.request = false;
        ck_assert_int_eq(ms_neigh_encode(&seen, mac_b, seen.sender_mac, frame, sizeof frame, &n),
                         MS_OK);
        struct ms_neigh told;
        UNIT_NUM_EQ(ms_frame_decode(frame, n, &seg, opts, &told), table[i].answer);
        ck_assert(!told.request);
        ck_assert(ms_addr_eq(&told.sender, &ask.target));
        ck_assert(ms_addr_eq(&told.target, &ask.sender));
        unit_octets_eq("answer mac", told.sender_mac, 6, mac_b, 6);
        unit_octets_eq("to the asker", frame, 6, mac_a, 6);
    }
    struct ms_neigh none = {0};
    ck_assert_int_eq(ms_neigh_encode(&none, mac_a, mac_b, frame, sizeof frame, &n), MS_ERR_RANGE);
}
END_TEST

START_TEST(neighbour_details)
{
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg seg;
    struct ms_neigh n6 = {.request = true}, seen;
    uint8_t frame[128];
    size_t n = 0;
    ms_addr_parse("2001:db8::1", &n6.sender);
    ms_addr_parse("2001:db8::ab:cdef", &n6.target);
    ck_assert_int_eq(ms_neigh_encode(&n6, mac_a, mac_b, frame, sizeof frame, &n), MS_OK);
    struct ms_addr want;
    ms_addr_parse("ff02::1:ffab:cdef", &want);
    unit_octets_eq("solicited node", frame + 14 + 24, 16, want.octets, 16);
    UNIT_NUM_EQ(frame[14 + 7], 255);
    /* ICMPv6 checksum over the pseudo-header is right when all sums up to nothing. */
    uint32_t sum = ms_csum_add(0, frame + 14 + 8, 32);
    sum = ms_csum_add(sum, "\0\0\0\x20\0\x3a", 6);
    UNIT_NUM_EQ(ms_csum_finish(ms_csum_add(sum, frame + 54, 32)), 0);
    /* Without the link-layer option, with one of length 0, with another type before it. */
    frame[14 + 5] = 24;
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &seg, opts, &seen), MS_FRAME_NS);
    unit_octets_eq("no option", seen.sender_mac, 6, "\0\0\0\0\0\0", 6);
    frame[14 + 5] = 32;
    frame[54 + 25] = 0;
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &seg, opts, &seen), MS_FRAME_NS);
    unit_octets_eq("length 0", seen.sender_mac, 6, "\0\0\0\0\0\0", 6);
    frame[54 + 25] = 1;
    frame[54 + 24] = 14;
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &seg, opts, &seen), MS_FRAME_NS);
    unit_octets_eq("other type", seen.sender_mac, 6, "\0\0\0\0\0\0", 6);
    /* Other ICMPv6, and too little of it. */
    frame[54] = 128;
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &seg, opts, &seen), MS_FRAME_ICMP);
    UNIT_NUM_EQ(ms_frame_decode(frame, 57, &seg, opts, &seen), MS_FRAME_OTHER);

    /* Duplicate address detection asks from the unspecified address: all nodes are told. */
    struct ms_neigh dad = {.request = false, .target = n6.target};
    ms_addr_parse("::", &dad.sender);
    ck_assert_int_eq(ms_neigh_encode(&dad, mac_b, mac_a, frame, sizeof frame, &n), MS_OK);
    ms_addr_parse("ff02::1", &want);
    unit_octets_eq("all nodes", frame + 14 + 24, 16, want.octets, 16);
    UNIT_NUM_EQ(frame[54 + 4], 0x20);

    /* ARP of other hardware, other operations. */
    struct ms_neigh arp = {.request = true};
    ms_addr_parse("10.0.0.1", &arp.sender);
    ms_addr_parse("10.0.0.2", &arp.target);
    ck_assert_int_eq(ms_neigh_encode(&arp, mac_a, mac_b, frame, sizeof frame, &n), MS_OK);
    frame[14 + 7] = 3;
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &seg, opts, &seen), MS_FRAME_OTHER);
    frame[14 + 7] = 1;
    frame[14 + 4] = 8;
    UNIT_NUM_EQ(ms_frame_decode(frame, n, &seg, opts, &seen), MS_FRAME_OTHER);
}
END_TEST

START_TEST(addresses)
{
    static const struct {
        const char *text, *back;
    } table[] = {{"10.0.0.1", "10.0.0.1"},
                 {"255.255.255.255", "255.255.255.255"},
                 {"::", "::"},
                 {"2001:DB8:0::1", "2001:db8::1"},
                 {"fe80::ffff:ffff:ffff:ffff", "fe80::ffff:ffff:ffff:ffff"},
                 {"10.0.0", NULL},
                 {"10.0.0.256", NULL},
                 {"1:2:3", NULL},
                 {"", NULL},
                 {"eth0", NULL}};
    for (size_t i = 0; i < MS_ARRAY_LEN(table); i++) {
        struct ms_addr a = {0};
        char text[46];
        const int rc = ms_addr_parse(table[i].text, &a);
        ck_assert_int_eq(rc, table[i].back != NULL ? MS_OK : MS_ERR_PARSE);
        ck_assert_str_eq(ms_addr_text(&a, text), table[i].back != NULL ? table[i].back : "none");
    }
    struct ms_addr a, b;
    ms_addr_parse("10.0.0.1", &a);
    ms_addr_parse("10.0.0.2", &b);
    ck_assert(!ms_addr_eq(&a, &b));
    b.octets[3] = 1;
    ck_assert(ms_addr_eq(&a, &b));
    b.family = MS_IPV6;
    ck_assert(!ms_addr_eq(&a, &b));
    ck_assert(ms_addr_eq(&(struct ms_addr){0}, &(struct ms_addr){0}));
}
END_TEST

START_TEST(checksums)
{
    /* The example of RFC 1071 section 3. */
    static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    UNIT_NUM_EQ(ms_csum_finish(ms_csum_add(0, example, 8)), 0xffff ^ 0xddf2);
    UNIT_NUM_EQ(ms_csum_finish(ms_csum_add(0, "\x12", 1)), 0xffff ^ 0x1200);
    UNIT_NUM_EQ(ms_csum_finish(0), 0xffff);
    /* In pieces, and beyond 32 bits of carry. */
    uint8_t ones[65536];
    memset(ones, 0xff, sizeof ones);
    UNIT_NUM_EQ(ms_csum_finish(ms_csum_add(0xffffffffu, ones, sizeof ones)), 0);
    UNIT_NUM_EQ(ms_csum_finish(ms_csum_add(ms_csum_add(0, example, 4), example + 4, 4)),
                0xffff ^ 0xddf2);

    /* RFC 8684 3.3.1: a receiver that sums all with the checksum in place gets 0; odd lengths too. */
    uint8_t data[101];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31 + 5);
    for (size_t n = 0; n <= sizeof data; n++) {
        const uint64_t dsn = 0x12345678fffffff0u + n;
        const uint16_t sum = ms_dss_csum(dsn, (uint32_t)n * 77, (uint16_t)n, 0, data, n);
        UNIT_NUM_EQ(ms_dss_csum(dsn, (uint32_t)n * 77, (uint16_t)n, sum, data, n), 0);
        /* The upper half of the DSN counts even when the option shows the lower only. */
        ck_assert_uint_ne(
            ms_dss_csum(dsn & 0xffffffffu, (uint32_t)n * 77, (uint16_t)n, sum, data, n), 0);
    }
    /* By hand: DSN 1, SSN 2, length 3, data 04 05 06: 1 + 2 + 3 + 0405 + 0600 = 0a0b. */
    UNIT_NUM_EQ(ms_dss_csum(1, 2, 3, 0, "\4\5\6", 3), 0xffff ^ 0x0a0b);
}
END_TEST

START_TEST(lookups)
{
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg s = syn(opts, MS_IPV4);
    ck_assert_ptr_eq(ms_seg_mp(&s, MPTCP_SUB_CAPABLE), &opts[5]);
    ck_assert_ptr_null(ms_seg_mp(&s, MPTCP_SUB_JOIN));
    ck_assert_ptr_eq(ms_seg_opt(&s, MS_TCPOPT_TS), &opts[2]);
    ck_assert_ptr_null(ms_seg_opt(&s, MS_TCPOPT_SACK));
    UNIT_NUM_EQ(ms_seg_len(&s), 1);
    s.flags = MS_TH_FIN | MS_TH_ACK;
    s.payload_len = 10;
    UNIT_NUM_EQ(ms_seg_len(&s), 11);
    s.n_opt = 3;
    ck_assert(!ms_seg_has_mptcp(&s));
}
END_TEST

START_TEST(segment_text)
{
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_seg s = syn(opts, MS_IPV4);
    struct ms_buf b = {0};
    ms_seg_text(&s, s.seq, 0, &b);
    ck_assert_str_eq(b.data, "SYN seq 0 win 64240 <mss 1460, sack_ok, ts 3993892549 ecr 0, "
                             "wscale 7, MP_CAPABLE v1 H> len 0");
    ms_buf_free(&b);
    s.flags = MS_TH_SYN | MS_TH_ACK;
    s.ack = 3;
    s.n_opt = 1;
    s.payload_len = 4;
    ms_seg_text(&s, s.seq - 1, 2, &b);
    ck_assert_str_eq(b.data, "SYN+ACK seq 1 ack 1 win 64240 <mss 1460> len 4");
    ms_buf_free(&b);
    s.flags = 0;
    s.n_opt = 0;
    ms_seg_text(&s, s.seq, 0, &b);
    ck_assert_str_eq(b.data, "no flags seq 0 win 64240 <> len 4");
    ms_buf_free(&b);
}
END_TEST

UNIT_MAIN("wire", segment_there_and_back, odd_segments, damaged_frames, headers_between, neighbours,
          neighbour_details, addresses, checksums, lookups, segment_text)
