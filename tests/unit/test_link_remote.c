/* SPDX-License-Identifier: MIT */
/* What a link does on an interface that others use: scope, limit of rate, asking for an unused address. */
#include "netlab.h"

#include <poll.h>
#include <string.h>

static bool wait_frame(struct ms_link *l, struct ms_link_frame *f, int ms)
{
    struct ms_error why;
    for (uint64_t end = ms_now_ns() + (uint64_t)ms * 1000000;;) {
        int rc = ms_link_next(l, f, &why);
        ck_assert_msg(rc >= 0, "%s", why.msg);
        if (rc == 1 || ms_now_ns() >= end)
            return rc == 1;
        struct pollfd p = {.fd = ms_link_fd(l), .events = POLLIN};
        poll(&p, 1, 10);
    }
}

/* A SYN to a port where nobody listens: the IUT answers each with a RST. */
static size_t syn(uint8_t frame[128], const struct ms_net *net, const struct ms_addr *from,
                  const struct ms_addr *to, uint16_t sport)
{
    struct ms_seg seg = {.family = from->family,
                         .src = *from,
                         .dst = *to,
                         .sport = sport,
                         .dport = 9,
                         .seq = 1,
                         .flags = MS_TH_SYN,
                         .win = 1000};
    size_t len = 0;
    memcpy(seg.eth_dst, net->path[0].iut_mac, 6);
    memcpy(seg.eth_src, net->path[0].tester_mac, 6);
    UNIT_NUM_EQ(ms_seg_encode(&seg, frame, 128, &len), MS_OK);
    return len;
}

static uint16_t port_of_answer(struct ms_link *l, int ms)
{
    struct ms_link_frame f;
    struct ms_seg seg = {0};
    struct ms_opt opts[MS_OPTS_MAX];
    struct ms_neigh n;
    while (wait_frame(l, &f, ms))
        if (ms_frame_decode(f.octets, f.len, &seg, opts, &n) == MS_FRAME_TCP)
            return seg.dport;
    return 0;
}

START_TEST(scope_by_address_and_port)
{
    struct ms_topo t;
    struct ms_net net;
    uint8_t mac[6], frame[128];
    if (!lab_ready())
        return;
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    for (unsigned six = 0; six <= net.ipv6; six++) {
        struct ms_link *l = lab_link(&net, 0);
        const struct ms_addr own = six ? t.addr[0].v6 : t.addr[0].v4;
        const struct ms_addr peer = six ? t.addr[1].v6 : t.addr[1].v4;
        const struct ms_addr other = lab_addr(six ? "fd00:9::9" : "192.0.2.9");
        LAB_OK(ms_link_scope(l, &peer, 2000, 2003, false, err));
        LAB_OK(ms_link_prove(l, &own, &peer, 3000, mac, err)); /* ARP and ND pass */
        static const uint16_t ports[] = {1999, 2004, 2003, 2000};
        for (size_t i = 0; i < MS_ARRAY_LEN(ports); i++)
            LAB_OK(ms_link_send(l, frame, syn(frame, &net, &own, &peer, ports[i]), err));
        UNIT_NUM_EQ(port_of_answer(l, 1000), 2003);
        UNIT_NUM_EQ(port_of_answer(l, 1000), 2000);
        LAB_OK(ms_link_scope(l, &other, 2000, 2003, false, err));
        LAB_OK(ms_link_send(l, frame, syn(frame, &net, &own, &peer, 2001), err));
        UNIT_NUM_EQ(port_of_answer(l, 50), 0);
        ms_link_close(l);
    }
    ms_net_destroy(&net);
}
END_TEST

/* Nothing goes to another address than the peer's, or from another than the link's own ones. */
START_TEST(confined)
{
    struct ms_topo t;
    struct ms_net net;
    uint8_t mac[6], frame[128];
    struct ms_error why = {0};
    if (!lab_ready())
        return;
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    for (unsigned six = 0; six <= net.ipv6; six++) {
        struct ms_link *l = lab_link(&net, 0);
        const struct ms_addr own = six ? t.addr[0].v6 : t.addr[0].v4;
        const struct ms_addr peer = six ? t.addr[1].v6 : t.addr[1].v4;
        const struct ms_addr other = lab_addr(six ? "2001:db8::8" : "198.51.100.8");
        const struct ms_addr both[] = {own, other};
        ms_link_confine(l, &peer, &own, 1);
        LAB_OK(ms_link_prove(l, &own, &peer, 3000, mac, err));
        LAB_OK(ms_link_send(l, frame, syn(frame, &net, &own, &peer, 2000), err));
        UNIT_NUM_EQ(ms_link_send(l, frame, syn(frame, &net, &own, &other, 2001), &why),
                    MS_ERR_RANGE);
        ck_assert_msg(strstr(why.msg, "is not sent") != NULL, "%s", why.msg);
        UNIT_NUM_EQ(ms_link_send(l, frame, syn(frame, &net, &other, &peer, 2002), &why),
                    MS_ERR_RANGE);
        UNIT_NUM_EQ(ms_link_send(l, frame, 13, &why), MS_ERR_RANGE);
        ms_link_confine(l, &peer, both, 2);
        LAB_OK(ms_link_send(l, frame, syn(frame, &net, &other, &peer, 2002), err));
        ms_link_close(l);
    }
    ms_net_destroy(&net);
}
END_TEST

START_TEST(vacant_or_taken)
{
    struct ms_topo t;
    struct ms_net net;
    uint8_t mac[6];
    struct ms_error why = {0};
    if (!lab_ready())
        return;
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    for (unsigned six = 0; six <= net.ipv6; six++) {
        struct ms_link *l = lab_link(&net, 0);
        const struct ms_addr own = six ? t.addr[0].v6 : t.addr[0].v4;
        const struct ms_addr peer = six ? t.addr[1].v6 : t.addr[1].v4;
        const struct ms_addr unused = lab_addr(six ? "fd00:1::77" : "10.0.1.77");
        LAB_OK(ms_link_prove(l, &own, &peer, 3000, mac, err));
        memset(mac, 0, sizeof mac);
        UNIT_NUM_EQ(ms_link_vacant(l, &peer, 3, 1000, mac, &why), 0);
        unit_octets_eq("who has it", mac, 6, net.path[0].iut_mac, 6);
        uint64_t from = ms_now_ns();
        UNIT_NUM_EQ(ms_link_vacant(l, &unused, 3, 20, mac, &why), 1);
        ck_assert(ms_now_ns() - from >= 60000000);
        ms_link_close(l);
    }
    ms_net_destroy(&net);
}
END_TEST

/* Frames beyond the limit wait in order, and no sooner go than the limit says. */
START_TEST(limit_of_rate)
{
    enum { RATE = 1000, BURST = 5, FRAMES = 25 };
    struct ms_topo t;
    struct ms_net net;
    uint8_t mac[6], frame[128];
    if (!lab_ready())
        return;
    lab_single(&t);
    LAB_OK(ms_net_create(&net, &t, err));
    struct ms_link *l = lab_link(&net, 0), *other = lab_link(&net, 0);
    const struct ms_addr own = t.addr[0].v4, peer = t.addr[1].v4;
    LAB_OK(ms_link_prove(l, &own, &peer, 3000, mac, err));
    struct ms_pace pace;
    ms_pace_init(&pace, RATE, BURST);
    ms_link_pace(l, &pace);
    ms_link_pace(other, &pace); /* shares the bucket */
    UNIT_NUM_EQ(ms_link_due(l), UINT64_MAX);
    UNIT_NUM_EQ(ms_link_done(l), 0);
    uint64_t from = ms_now_ns();
    for (uint16_t i = 0; i < FRAMES; i++)
        LAB_OK(ms_link_send(i == 1 ? other : l, frame,
                            syn(frame, &net, &own, &peer, (uint16_t)(2000 + i)), err));
    ck_assert(ms_link_due(l) != UINT64_MAX);
    ck_assert_uint_ge(ms_link_done(l), from + (FRAMES - BURST - 1) * 1000000ull);
    UNIT_NUM_EQ(ms_link_done(other), 0);
    for (uint16_t i = 0; i < FRAMES; i++) {
        while (ms_link_due(l) != UINT64_MAX && ms_now_ns() < ms_link_due(l))
            poll(NULL, 0, 1);
        LAB_OK(ms_link_flush(l, err));
        UNIT_NUM_EQ(port_of_answer(l, 1000), 2000 + i);
    }
    ck_assert_uint_ge(ms_now_ns() - from, (FRAMES - BURST) * 1000000ull - 1000000ull);
    /* Without a limit the rest goes at once. */
    for (uint16_t i = 0; i < FRAMES; i++)
        LAB_OK(ms_link_send(l, frame, syn(frame, &net, &own, &peer, (uint16_t)(3000 + i)), err));
    ms_link_pace(l, NULL);
    LAB_OK(ms_link_flush(l, err));
    UNIT_NUM_EQ(ms_link_due(l), UINT64_MAX);
    ms_link_close(l);
    ms_link_close(other);
    ms_net_destroy(&net);
}
END_TEST

UNIT_MAIN("link on a shared interface", scope_by_address_and_port, confined, vacant_or_taken,
          limit_of_rate)
